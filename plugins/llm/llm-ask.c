/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asking a language model over HTTP, whoever's it is: the request goes out, the
 * answer is passed on as it comes, usage and cost are told.
 *
 * A request whose connection breaks before anything has come is sent once more,
 * on a new connection; so is one whose answer is nothing, for no reason. Every
 * other failure is one.
 *
 * Threads: the stage's task, but for llm_ask_oob(). Locks: none.
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
#define MAX_OPTION (256 * 1024)
/* Bytes of text, as long as nothing better is known. */
#define BYTES_PER_TOKEN 4.0

/* One question on its way, until the connection is free again. */
typedef struct
{
  LlmAsk *ask;
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
} Question;

struct _LlmAsk
{
  /* set once in new */
  GstVoiceLlm *llm;
  GstVoiceProvider *provider;
  const LlmAskKind *kind;

  Question *now;                /* what is being answered, or NULL */
  Question *spent;              /* answered; the body has not quite ended */
  gdouble bytes_per_token;      /* of a request */
};

static void
question_free (Question * q)
{
  gst_voice_link_close (q->link);
  g_bytes_unref (q->body);
  q->ask->kind->answer_free (q->answer);
  if (q->whole)
    g_string_free (q->whole, TRUE);
  g_free (q);
}

static void
forget (LlmAsk * ask)
{
  g_clear_pointer (&ask->now, question_free);
}

static gdouble cost_of (LlmAsk * ask, const LlmAnswer * answer);

/* A service that is cut off tells no usage, but bills it: what it has read, and
 * written so far. What it has told until then is better than what we reckon. */
static void
tell_spent (LlmAsk * ask)
{
  LlmAnswer *answer = ask->now->answer;
  GstVoiceLlmUsage usage = { NULL };
  gboolean told = answer->usage.read > 0;
  gdouble length = answer->length;

  for (guint i = 0; i < answer->calls->len; i++)
    length += strlen (llm_call_arguments (g_ptr_array_index (answer->calls,
                i)));
  if (!told)
    answer->usage.read = g_bytes_get_size (ask->now->body)
        / ask->bytes_per_token + 1;
  answer->usage.written = MAX (answer->usage.written,
      length > 0 ? length / BYTES_PER_TOKEN + 1 : 0);
  usage.model = answer->model ? answer->model :
      gst_voice_provider_model (ask->provider);
  usage.tokens_in = answer->usage.read;
  usage.tokens_cached = answer->usage.cached;
  usage.tokens_out = answer->usage.written;
  usage.cost = cost_of (ask, answer);
  gst_voice_llm_spent (ask->llm, ask->now->turn, &usage, TRUE);
}

/* Takes @error. */
static void
fail (LlmAsk * ask, GError * error, gint64 retry_after)
{
  guint request = ask->now->request;

  if (ask->now->paid)
    tell_spent (ask);
  forget (ask);
  gst_voice_provider_refused (ask->provider, error, retry_after);
  gst_voice_llm_fail (ask->llm, request, error);
}

static void
give_out (Question * q, const GString * text)
{
  if (!GST_CLOCK_TIME_IS_VALID (q->first)
      && (text->len > 0 || q->answer->calls->len > 0))
    q->first = (g_get_monotonic_time () - q->asked_us) * GST_USECOND;
  if (text->len > 0)
    gst_voice_llm_token (q->ask->llm, q->request, text->str);
}

/* By the name that it gives itself, or by the one that it was asked by: a
 * deployment, an alias. */
static gdouble
cost_of (LlmAsk * ask, const LlmAnswer * answer)
{
  const gchar *service = gst_voice_provider_service (ask->provider);
  GstVoiceAmount amount = {
    .tokens_in = answer->usage.read,
    .tokens_cached = answer->usage.cached,
    .tokens_out = answer->usage.written,
  };
  gdouble cost = answer->model ?
      gst_voice_price (service, answer->model, &amount) : 0;

  return cost > 0 ? cost : gst_voice_price (service,
      gst_voice_provider_model (ask->provider), &amount);
}

static void
tell_usage (LlmAsk * ask, guint request, const LlmAnswer * answer)
{
  const LlmUsage *usage = &answer->usage;
  gsize size = g_bytes_get_size (ask->spent->body);

  if (usage->read > 0)
    ask->bytes_per_token = MAX ((gdouble) size / usage->read, .5);
  gst_voice_llm_done (ask->llm, request, answer->model ? answer->model :
      gst_voice_provider_model (ask->provider), usage->read, usage->cached,
      usage->written, cost_of (ask, answer));
}

static void
tell_answer (LlmAsk * ask, const GString * text)
{
  Question *q = ask->now;
  LlmAnswer *answer = q->answer;
  guint request = q->request;

  give_out (q, text);
  if (ask->kind->complete)
    ask->kind->complete (ask->llm, request, answer);
  for (guint i = 0; i < answer->calls->len; i++) {
    const LlmCall *call = g_ptr_array_index (answer->calls, i);

    gst_voice_llm_call (ask->llm, request, call->id, call->name,
        llm_call_arguments (call));
  }
  g_clear_pointer (&ask->spent, question_free);
  ask->spent = g_steal_pointer (&ask->now);
  q->request = 0;
  gst_voice_provider_answered (ask->provider, q->first);
  tell_usage (ask, request, answer);
}

static void send_question (Question * q);

static void
ask_again (Question * q)
{
  g_clear_pointer (&q->link, gst_voice_link_close);
  q->ask->kind->answer_free (q->answer);
  q->answer = q->ask->kind->answer_new ();
  if (q->whole)
    g_string_truncate (q->whole, 0);
  q->repeated = TRUE;
  send_question (q);
}

/* The answer is complete. Its connection is of use once the body has ended,
 * too. */
static void
finish (LlmAsk * ask)
{
  Question *q = ask->now;
  GString *text = g_string_new (NULL);
  GError *error = NULL;

  if (ask->kind->end (q->answer, text, &error)) {
    tell_answer (ask, text);
  } else if (error->code == GST_VOICE_ERROR_SERVER && !q->repeated
      && !q->answer->surfaced) {
    g_error_free (error);
    ask_again (q);
  } else {
    fail (ask, error, -1);
  }
  g_string_free (text, TRUE);
}

static void
read_event (LlmAsk * ask, const gchar * json, gsize size)
{
  GString *text = g_string_new (NULL);
  GError *error = NULL;
  gboolean ok;

  ask->now->paid = TRUE;
  ok = ask->kind->read (ask->now->answer, json, size, text, &error);
  give_out (ask->now, text);
  g_string_free (text, TRUE);
  if (!ok)
    fail (ask, error, -1);
  else if (ask->now->answer->over)
    finish (ask);
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  Question *q = data;

  if (q->request)
    read_event (q->ask, text, size);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  Question *q = data;
  gsize size;
  const gchar *piece = g_bytes_get_data (bytes, &size);

  if (!q->request)
    return;
  if (!q->whole)
    q->whole = g_string_new (NULL);
  g_string_append_len (q->whole, piece, size);
  if (q->whole->len > MAX_WHOLE)
    fail (q->ask, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
            "the service does not stream and sent more than a megabyte: check "
            "the url"), -1);
}

/* An idle connection may be closed while the request is on its way. */
static gboolean
may_be_repeated (const Question * q, const GstVoiceLinkEnd * end)
{
  return !q->repeated && end->error->code == GST_VOICE_ERROR_DISCONNECTED
      && end->went_out && end->http_status == 0 && !end->received;
}

static void
fail_with (LlmAsk * ask, const GstVoiceLinkEnd * end)
{
  gint64 retry_after = end->retry_after;
  GError *error = end->http_status >= 400 ?
      ask->kind->refusal (end->error, end->body, &retry_after) :
      g_error_copy (end->error);

  GST_DEBUG_OBJECT (ask->llm, "status %u, request %s", end->http_status,
      end->request_id ? end->request_id : "-");
  /* Who refuses a key quotes it. */
  if (end->body && error->code != GST_VOICE_ERROR_AUTH)
    GST_DEBUG_OBJECT (ask->llm, "it says: %s", end->body);
  fail (ask, error, retry_after);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  Question *q = data;
  LlmAsk *ask = q->ask;

  if (q == ask->spent) {
    g_clear_pointer (&ask->spent, question_free);
  } else if (end->error && may_be_repeated (q, end)) {
    ask_again (q);
  } else if (end->error && !q->answer->finished) {
    g_clear_pointer (&q->link, gst_voice_link_close);
    q->paid |= end->went_out && end->http_status < 300;
    fail_with (ask, end);
  } else {
    g_clear_pointer (&q->link, gst_voice_link_close);
    if (q->whole)
      read_event (ask, q->whole->str, q->whole->len);
    /* Not if that has failed, was all of it, or is asked again. */
    if (q == ask->now && !q->link)
      finish (ask);
    if (ask->spent && !ask->spent->link)
      g_clear_pointer (&ask->spent, question_free);
  }
}

static void
send_question (Question * q)
{
  static const GstVoiceLinkEvents events = {
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };

  q->link = q->ask->kind->link (q->ask->llm);
  gst_voice_link_set_header (q->link, "Accept", "text/event-stream");
  gst_voice_link_set_body (q->link, q->body, "application/json");
  gst_voice_link_set_fresh (q->link, q->repeated);
  gst_voice_link_open (q->link, &events, q);
}

/* @llm has @provider and outlives this, and so does @kind. */
LlmAsk *
llm_ask_new (GstVoiceLlm * llm, GstVoiceProvider * provider,
    const LlmAskKind * kind)
{
  static gsize once;
  LlmAsk *ask = g_new0 (LlmAsk, 1);

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (llm_ask_debug, "voice-llm-ask", 0,
        "questions to language models");
    g_once_init_leave (&once, 1);
  }
  ask->llm = llm;
  ask->provider = provider;
  ask->kind = kind;
  ask->bytes_per_token = BYTES_PER_TOKEN;
  return ask;
}

void
llm_ask_free (LlmAsk * ask)
{
  llm_ask_stop (ask);
  g_free (ask);
}

/* Takes @body; what is being answered is not wanted any more. */
void
llm_ask_send (LlmAsk * ask, const GstVoiceLlmRequest * request, gchar * body)
{
  Question *q = g_new0 (Question, 1);

  forget (ask);
  q->ask = ask;
  q->request = request->id;
  q->turn = request->turn;
  q->answer = ask->kind->answer_new ();
  q->body = g_bytes_new_take (body, strlen (body));
  q->asked_us = g_get_monotonic_time ();
  q->first = GST_CLOCK_TIME_NONE;
  ask->now = q;
  send_question (q);
}

void
llm_ask_cancel (LlmAsk * ask, guint request)
{
  if (!ask->now || ask->now->request != request)
    return;
  tell_spent (ask);
  forget (ask);
}

/* Nothing is told any more, but for what is to be paid. */
void
llm_ask_stop (LlmAsk * ask)
{
  if (ask->now)
    tell_spent (ask);
  forget (ask);
  g_clear_pointer (&ask->spent, question_free);
}

static void
prewarm (GstVoiceStage * stage, gpointer data)
{
  LlmAsk *ask = data;

  if (!ask->now)
    gst_voice_http_prewarm (gst_voice_provider_url (ask->provider));
}

/* Who begins to speak will be answered soon. */
void
llm_ask_oob (LlmAsk * ask, GstEvent * event)
{
  if (gst_voice_event_is (event, "speech-start"))
    gst_voice_stage_post (GST_VOICE_STAGE (ask->llm), prewarm, ask, NULL);
}

static JsonNode *
parse_option (const gchar * text)
{
  return gst_voice_json_parse (text, -1, MAX_OPTION, GST_VOICE_JSON_MAX_DEPTH,
      NULL);
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

/* An array of up to @most texts; what is no array is one text. */
gboolean
llm_ask_parse_stop (LlmAsk * ask, const gchar * text, guint most,
    JsonNode ** node, GError ** error)
{
  JsonArray *array;
  gchar *what;

  if (!text || !*text)
    return TRUE;
  if (*text != '[') {
    array = json_array_new ();
    json_array_add_string_element (array, text);
    *node = json_node_init_array (json_node_alloc (), array);
    json_array_unref (array);
    return TRUE;
  }
  *node = parse_option (text);
  if (are_texts (*node, most))
    return TRUE;
  what = g_strdup_printf ("a text, or a JSON array of up to %u texts", most);
  gst_voice_provider_reject (ask->provider, "stop", what, error);
  g_free (what);
  return FALSE;
}
