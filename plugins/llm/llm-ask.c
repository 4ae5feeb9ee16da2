/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asking a language model over HTTP, whoever's it is: the request goes out, the
 * answer is passed on as it comes, usage and cost are told.
 *
 * A request whose connection breaks before anything has come is sent once more,
 * on a new connection; so is one whose answer is nothing, for no reason. Every
 * other failure is one.
 *
 * Threads: as GstVoiceStage. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "llm-ask.h"

#include <gst-voice/events.h>
#include <gst-voice/http.h>
#include <gst-voice/json.h>
#include <gst-voice/price.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (llm_ask_debug);
#define GST_CAT_DEFAULT llm_ask_debug

#define MAX_WHOLE (1024 * 1024) /* of a service that does not stream */
#define MAX_STOP (256 * 1024)
/* Bytes of text, as long as nothing better is known. */
#define BYTES_PER_TOKEN 4.0

/* One question on its way, until the connection is free again. */
struct _LlmQuestion
{
  GstVoiceAskLlm *llm;
  guint request;                /* of the base, or 0 once it is answered */
  guint turn;
  gboolean paid;                /* also if it fails */
  GBytes *body;
  GstVoiceLink *link;
  gboolean repeated;
  LlmAnswer *answer;
  GString *whole;               /* of a service that does not stream */
  gint64 asked_us;
  GstClockTime first;           /* how long the first token took */
};

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstVoiceAskLlm, gst_voice_ask_llm,
    GST_TYPE_VOICE_LLM,
    GST_DEBUG_CATEGORY_INIT (llm_ask_debug, "voice-llm-ask", 0,
        "questions to language models"));

#define CLASS(self) GST_VOICE_ASK_LLM_GET_CLASS (self)

static void
question_free (LlmQuestion * q)
{
  gst_voice_link_close (q->link);
  g_bytes_unref (q->body);
  CLASS (q->llm)->answer_free (q->answer);
  if (q->whole)
    g_string_free (q->whole, TRUE);
  g_free (q);
}

static void
forget (GstVoiceAskLlm * self)
{
  g_clear_pointer (&self->now, question_free);
}

/* By the name that it gives itself, or by the one that it was asked by: a
 * deployment, an alias. */
static gdouble
cost_of (GstVoiceAskLlm * self, const LlmAnswer * answer)
{
  const gchar *service = gst_voice_provider_service (self->provider);
  GstVoiceAmount amount = {
    .tokens_in = answer->usage.read,
    .tokens_cached = answer->usage.cached,
    .tokens_out = answer->usage.written,
  };
  gdouble cost = answer->model ?
      gst_voice_price (service, answer->model, &amount) : 0;

  return cost > 0 ? cost : gst_voice_price (service,
      gst_voice_provider_model (self->provider), &amount);
}

/* A service that is cut off tells no usage, but bills it: what it has read, and
 * written so far. What it has told until then is better than what we reckon. */
static void
tell_spent (GstVoiceAskLlm * self)
{
  LlmAnswer *answer = self->now->answer;
  GstVoiceLlmUsage usage = { NULL };
  gboolean told = answer->usage.read > 0;
  gdouble length = answer->length;

  for (guint i = 0; i < answer->calls->len; i++)
    length += strlen (llm_call_arguments (g_ptr_array_index (answer->calls,
                i)));
  if (!told)
    answer->usage.read = g_bytes_get_size (self->now->body)
        / self->bytes_per_token + 1;
  answer->usage.written = MAX (answer->usage.written,
      length > 0 ? length / BYTES_PER_TOKEN + 1 : 0);
  usage.model = answer->model ? answer->model :
      gst_voice_provider_model (self->provider);
  usage.tokens_in = answer->usage.read;
  usage.tokens_cached = answer->usage.cached;
  usage.tokens_out = answer->usage.written;
  usage.cost = cost_of (self, answer);
  gst_voice_llm_spent (GST_VOICE_LLM (self), self->now->turn, &usage, TRUE);
}

/* Takes @error. */
static void
fail (GstVoiceAskLlm * self, GError * error, gint64 retry_after)
{
  guint request = self->now->request;

  if (self->now->paid)
    tell_spent (self);
  gst_voice_link_blame (self->now->link, error);
  forget (self);
  gst_voice_provider_refused (self->provider, error, retry_after);
  gst_voice_llm_fail (GST_VOICE_LLM (self), request, error);
}

static void
give_out (LlmQuestion * q, const GString * text)
{
  if (!GST_CLOCK_TIME_IS_VALID (q->first)
      && (text->len > 0 || q->answer->calls->len > 0))
    q->first = (g_get_monotonic_time () - q->asked_us) * GST_USECOND;
  if (text->len > 0)
    gst_voice_llm_token (GST_VOICE_LLM (q->llm), q->request, text->str);
}

static void
tell_usage (GstVoiceAskLlm * self, guint request, const LlmAnswer * answer)
{
  const LlmUsage *usage = &answer->usage;
  gsize size = g_bytes_get_size (self->spent->body);

  if (usage->read > 0)
    self->bytes_per_token = MAX ((gdouble) size / usage->read, .5);
  gst_voice_llm_done (GST_VOICE_LLM (self), request,
      answer->model ? answer->model : gst_voice_provider_model (self->provider),
      usage->read, usage->cached, usage->written, cost_of (self, answer));
}

static void
tell_answer (GstVoiceAskLlm * self, const GString * text)
{
  LlmQuestion *q = self->now;
  LlmAnswer *answer = q->answer;
  guint request = q->request;

  give_out (q, text);
  if (CLASS (self)->complete)
    CLASS (self)->complete (self, request, answer);
  for (guint i = 0; i < answer->calls->len; i++) {
    const LlmCall *call = g_ptr_array_index (answer->calls, i);

    gst_voice_llm_call (GST_VOICE_LLM (self), request, call->id, call->name,
        llm_call_arguments (call));
  }
  g_clear_pointer (&self->spent, question_free);
  self->spent = g_steal_pointer (&self->now);
  q->request = 0;
  gst_voice_provider_answered (self->provider, q->first);
  tell_usage (self, request, answer);
}

static void send_question (LlmQuestion * q);

static void
ask_again (LlmQuestion * q)
{
  g_clear_pointer (&q->link, gst_voice_link_close);
  CLASS (q->llm)->answer_free (q->answer);
  q->answer = CLASS (q->llm)->answer_new ();
  if (q->whole)
    g_string_truncate (q->whole, 0);
  q->repeated = TRUE;
  send_question (q);
}

/* The answer is complete. Its connection is of use once the body has ended,
 * too. */
static void
finish (GstVoiceAskLlm * self)
{
  LlmQuestion *q = self->now;
  GString *text = g_string_new (NULL);
  GError *error = NULL;

  if (CLASS (self)->end (q->answer, text, &error)) {
    tell_answer (self, text);
  } else if (error->code == GST_VOICE_ERROR_SERVER && !q->repeated
      && !q->answer->surfaced) {
    g_error_free (error);
    ask_again (q);
  } else {
    fail (self, error, -1);
  }
  g_string_free (text, TRUE);
}

static void
read_event (GstVoiceAskLlm * self, const gchar * json, gsize size)
{
  GString *text = g_string_new (NULL);
  GError *error = NULL;
  gboolean ok;

  self->now->paid = TRUE;
  ok = CLASS (self)->read (self->now->answer, json, size, text, &error);
  give_out (self->now, text);
  g_string_free (text, TRUE);
  if (!ok)
    fail (self, error, -1);
  else if (self->now->answer->over)
    finish (self);
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  LlmQuestion *q = data;

  if (q->request)
    read_event (q->llm, text, size);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  LlmQuestion *q = data;
  gsize size;
  const gchar *piece = g_bytes_get_data (bytes, &size);

  if (!q->request)
    return;
  if (!q->whole)
    q->whole = g_string_new (NULL);
  g_string_append_len (q->whole, piece, size);
  if (q->whole->len > MAX_WHOLE)
    fail (q->llm, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
            "the service does not stream and sent more than a megabyte: check "
            "the url"), -1);
}

/* An idle connection may be closed while the request is on its way. */
static gboolean
may_be_repeated (const LlmQuestion * q, const GstVoiceLinkEnd * end)
{
  return !q->repeated && end->error->code == GST_VOICE_ERROR_DISCONNECTED
      && end->went_out && end->http_status == 0 && !end->received;
}

static void
fail_with (GstVoiceAskLlm * self, const GstVoiceLinkEnd * end)
{
  gint64 retry_after = end->retry_after;
  GError *error = end->http_status >= 400 ?
      CLASS (self)->refusal (end->error, end->body, &retry_after) :
      g_error_copy (end->error);

  gst_voice_error_inherit (error, end->error);
  GST_DEBUG_OBJECT (self, "status %u, request %s",
      end->http_status, end->request_id ? end->request_id : "-");
  /* Who refuses a key quotes it. */
  if (end->body && error->code != GST_VOICE_ERROR_AUTH)
    GST_DEBUG_OBJECT (self, "it says: %s", end->body);
  fail (self, error, retry_after);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  LlmQuestion *q = data;
  GstVoiceAskLlm *self = q->llm;

  if (q == self->spent) {
    g_clear_pointer (&self->spent, question_free);
  } else if (end->error && may_be_repeated (q, end)) {
    ask_again (q);
  } else if (end->error && !q->answer->finished) {
    g_clear_pointer (&q->link, gst_voice_link_close);
    q->paid |= end->went_out && end->http_status < 300;
    fail_with (self, end);
  } else {
    g_clear_pointer (&q->link, gst_voice_link_close);
    if (q->whole)
      read_event (self, q->whole->str, q->whole->len);
    /* Not if that has failed, was all of it, or is asked again. */
    if (q == self->now && !q->link)
      finish (self);
    if (self->spent && !self->spent->link)
      g_clear_pointer (&self->spent, question_free);
  }
}

static void
send_question (LlmQuestion * q)
{
  static const GstVoiceLinkEvents events = {
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };

  gchar *path = CLASS (q->llm)->path (q->llm);

  q->link = gst_voice_provider_http (q->llm->provider, "POST", path);
  gst_voice_link_set_header (q->link, "Accept", "text/event-stream");
  gst_voice_link_set_body (q->link, q->body, "application/json");
  gst_voice_link_set_fresh (q->link, q->repeated);
  gst_voice_link_open (q->link, &events, q);
  g_free (path);
}

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (llm);
  LlmQuestion *q = g_new0 (LlmQuestion, 1);
  gchar *body = CLASS (self)->body (self, asked);

  forget (self);
  q->llm = self;
  q->request = asked->id;
  q->turn = asked->turn;
  q->answer = CLASS (self)->answer_new ();
  q->body = g_bytes_new_take (body, strlen (body));
  q->asked_us = g_get_monotonic_time ();
  q->first = GST_CLOCK_TIME_NONE;
  self->now = q;
  send_question (q);
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (llm);

  if (!self->now || self->now->request != id)
    return;
  tell_spent (self);
  forget (self);
}

static void
prewarm (GstVoiceStage * stage, gpointer data)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (stage);

  if (!self->now)
    gst_voice_http_prewarm (gst_voice_provider_url (self->provider));
}

/* Who begins to speak will be answered soon. */
static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "speech-start"))
    gst_voice_stage_post (stage, prewarm, NULL, NULL);
  return GST_VOICE_STAGE_CLASS (gst_voice_ask_llm_parent_class)->oob (stage,
      event);
}

static gboolean
are_texts (JsonNode * node, guint most)
{
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  if (!array || json_array_get_length (array) > most)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *one = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_VALUE (one)
        || json_node_get_value_type (one) != G_TYPE_STRING)
      return FALSE;
  }
  return TRUE;
}

/* An array of texts; what is no array is one text. */
static gboolean
parse_stop (GstVoiceAskLlm * self, const gchar * text, GError ** error)
{
  guint most = CLASS (self)->most_stops;
  JsonArray *array;
  gboolean fine;
  gchar *what;

  if (!text || !*text)
    return TRUE;
  if (*text != '[') {
    array = json_array_new ();
    json_array_add_string_element (array, text);
    self->stop = json_node_init_array (json_node_alloc (), array);
    json_array_unref (array);
    return TRUE;
  }
  self->stop = gst_voice_json_parse (text, -1, MAX_STOP,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  what = g_strdup_printf ("a text, or a JSON array of up to %u texts", most);
  fine = are_texts (self->stop, most)
      || gst_voice_provider_reject (self->provider, "stop", what, error);
  g_free (what);
  return fine;
}

/* Nothing is told any more, but for what is to be paid. */
static void
forget_all (GstVoiceAskLlm * self)
{
  if (self->now)
    tell_spent (self);
  forget (self);
  g_clear_pointer (&self->spent, question_free);
  g_clear_pointer (&self->stop, json_node_unref);
}

static gboolean
prepare (GstVoiceAskLlm * self, GError ** error)
{
  gchar *text;
  gboolean fine;

  g_object_get (self, "stop", &text, NULL);
  fine = (!CLASS (self)->start || CLASS (self)->start (self, error))
      && parse_stop (self, text, error);
  g_free (text);
  return fine;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (stage);

  forget_all (self);
  if (!GST_VOICE_STAGE_CLASS (gst_voice_ask_llm_parent_class)->start (stage,
          error) || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  if (prepare (self, error))
    return TRUE;
  gst_voice_provider_stop (self->provider);
  return FALSE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (stage);

  GST_VOICE_STAGE_CLASS (gst_voice_ask_llm_parent_class)->stop (stage);
  forget_all (self);
  gst_voice_provider_stop (self->provider);
}

static void
constructed (GObject * object)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (object);

  G_OBJECT_CLASS (gst_voice_ask_llm_parent_class)->constructed (object);
  self->provider = gst_voice_provider_new (GST_ELEMENT (self),
      CLASS (self)->info);
}

static void
finalize (GObject * object)
{
  GstVoiceAskLlm *self = GST_VOICE_ASK_LLM (object);

  forget_all (self);
  gst_voice_provider_free (self->provider);
  G_OBJECT_CLASS (gst_voice_ask_llm_parent_class)->finalize (object);
}

static void
gst_voice_ask_llm_class_init (GstVoiceAskLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceLlmClass *llm_class = GST_VOICE_LLM_CLASS (klass);

  object_class->constructed = constructed;
  object_class->finalize = finalize;
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->oob = oob;
  llm_class->request = request;
  llm_class->cancel = cancel;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_ASK_LLM, 0);
}

static void
gst_voice_ask_llm_init (GstVoiceAskLlm * self)
{
  self->bytes_per_token = BYTES_PER_TOKEN;
}
