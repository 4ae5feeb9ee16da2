/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-openaillm
 * @title: openaillm
 *
 * Language models of OpenAI (Chat Completions), and of every service that
 * speaks the same protocol: vLLM, llama.cpp, Ollama, Groq by `url`, Azure by
 * `url` and, for addresses of the older kind, `api-version`.
 *
 * - `url` is what comes before `/chat/completions`:
 *   `http://localhost:8000/v1`,
 *   `https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT`.
 * - The key is named, never given: `api-key=env:NAME` or `api-key=file:PATH`;
 *   by default it is in `OPENAI_API_KEY`. A service of one's own needs none.
 * - Tokens are passed on as they come, what a model thinks aloud
 *   (between `<think>` and `</think>`) is not. Tool calls go to `toolcall`, all
 *   of an answer together.
 * - An interruption takes the request back; the service stops writing then.
 * - A request whose connection breaks before anything has come is sent once
 *   more, on a new connection. Every other failure is one, with a code
 *   (docs/events.md): the caller hears the apology, or `fallback` asks another.
 * - What an answer has cost is told by data/prices.json.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/os-release num-buffers=1 ! \
 *   text/x-raw,format=utf8 ! \
 *   openaillm url=http://localhost:8000/v1 model=llama ! fdsink fd=2
 * ]|
 */
/*
 * Threads: everything happens in the stage's task, but for the properties and
 * out-of-band events.
 * Locks: the object lock guards the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenaillm.h"
#include "openai-wire.h"

#include <gst-voice/http.h>
#include <gst-voice/json.h>
#include <gst-voice/price.h>
#include <gst-voice/provider.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (openaillm_debug);
#define GST_CAT_DEFAULT openaillm_debug

#define PATH "/chat/completions"
#define MAX_STOPS 4
#define MAX_WHOLE (1024 * 1024) /* of a service that does not stream */
#define MAX_OPTION (256 * 1024)

static const GstVoiceProviderInfo info = {
  .name = "openai",
  .url = "https://api.openai.com/v1",
  .key_variable = "OPENAI_API_KEY",
  .model = "gpt-4.1-mini",
  .deadlines = {2000, 5000, 5000, 60000},
  .probe = "/models",
  .probe_headers = (const gchar * const[]) {"Authorization", "Bearer ${key}",
      NULL},
  .probe_not_at = ".azure.com",
};

typedef struct
{
  gchar *api_version, *stop, *response_format, *reasoning_effort, *extra;
  guint max_tokens;
  gint64 seed;
  gboolean parallel;
} Settings;

/* One question on its way, until the connection is free again. */
typedef struct
{
  GstVoiceOpenaiLlm *self;
  guint request;                /* of the base, or 0 once it is answered */
  GBytes *body;
  GstVoiceLink *link;
  gboolean repeated;
  OpenaiAnswer *answer;
  GString *whole;               /* of a service that does not stream */
  gint64 asked_us;
  GstClockTime first;           /* how long the first token took */
} Ask;

struct _GstVoiceOpenaiLlm
{
  GstVoiceLlm parent;

  GstVoiceProvider *provider;   /* set once in init; has its own rules */
  Settings settings;            /* object lock */

  /* state changes only, read by the task */
  Settings now;
  JsonNode *stop, *response_format, *extra;
  gchar *path;
  gboolean azure, old_max_tokens;

  /* task only */
  Ask *ask;                     /* what is being answered, or NULL */
  Ask *spent;                   /* answered; the body has not quite ended */
};

enum
{
  PROP_API_VERSION = 1,
  PROP_MAX_TOKENS,
  PROP_SEED,
  PROP_STOP,
  PROP_RESPONSE_FORMAT,
  PROP_REASONING_EFFORT,
  PROP_PARALLEL_TOOL_CALLS,
  PROP_EXTRA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceOpenaiLlm, gst_voice_openai_llm,
    GST_TYPE_VOICE_LLM, GST_DEBUG_CATEGORY_INIT (openaillm_debug, "openaillm",
        0, "language models of OpenAI and the like"));
GST_ELEMENT_REGISTER_DEFINE (openaillm, "openaillm", GST_RANK_NONE,
    GST_TYPE_VOICE_OPENAI_LLM);

static void
settings_clear (Settings * s)
{
  g_free (s->api_version);
  g_free (s->stop);
  g_free (s->response_format);
  g_free (s->reasoning_effort);
  g_free (s->extra);
  memset (s, 0, sizeof *s);
}

static void
settings_copy (Settings * to, const Settings * from)
{
  settings_clear (to);
  *to = *from;
  to->api_version = g_strdup (from->api_version);
  to->stop = g_strdup (from->stop);
  to->response_format = g_strdup (from->response_format);
  to->reasoning_effort = g_strdup (from->reasoning_effort);
  to->extra = g_strdup (from->extra);
}

static void
ask_free (Ask * ask)
{
  gst_voice_link_close (ask->link);
  g_bytes_unref (ask->body);
  g_clear_pointer (&ask->answer, openai_answer_free);
  if (ask->whole)
    g_string_free (ask->whole, TRUE);
  g_free (ask);
}

static void
forget (GstVoiceOpenaiLlm * self)
{
  g_clear_pointer (&self->ask, ask_free);
}

/* Takes @error. */
static void
fail (GstVoiceOpenaiLlm * self, GError * error, gint64 retry_after)
{
  guint request = self->ask->request;

  forget (self);
  gst_voice_provider_refused (self->provider, error, retry_after);
  gst_voice_llm_fail (GST_VOICE_LLM (self), request, error);
}

static void
give_out (Ask * ask, const GString * text)
{
  if (!GST_CLOCK_TIME_IS_VALID (ask->first)
      && (text->len > 0 || openai_answer_calls (ask->answer)->len > 0))
    ask->first = (g_get_monotonic_time () - ask->asked_us) * GST_USECOND;
  if (text->len > 0)
    gst_voice_llm_token (GST_VOICE_LLM (ask->self), ask->request, text->str);
}

/* By the name that it gives itself, or by the one that it was asked by: a
 * deployment, an alias. */
static gdouble
cost_of (GstVoiceOpenaiLlm * self, const gchar * model,
    const OpenaiUsage * usage)
{
  const gchar *service = gst_voice_provider_service (self->provider);
  GstVoiceAmount amount = {
    .tokens_in = usage->read,
    .tokens_cached = usage->cached,
    .tokens_out = usage->written,
  };
  gdouble cost = model ? gst_voice_price (service, model, &amount) : 0;

  return cost > 0 ? cost : gst_voice_price (service,
      gst_voice_provider_model (self->provider), &amount);
}

static void
tell_usage (GstVoiceOpenaiLlm * self, guint request, const Ask * ask)
{
  const OpenaiUsage *usage = openai_answer_usage (ask->answer);
  const gchar *model = openai_answer_model (ask->answer);

  gst_voice_llm_done (GST_VOICE_LLM (self), request, model ? model :
      gst_voice_provider_model (self->provider), usage->read, usage->cached,
      usage->written, cost_of (self, model, usage));
}

/* The answer is complete. Its connection is of use once the body has ended,
 * too. */
static void
finish (GstVoiceOpenaiLlm * self)
{
  GstVoiceLlm *llm = GST_VOICE_LLM (self);
  Ask *ask = self->ask;
  GString *text = g_string_new (NULL);
  const GPtrArray *calls = openai_answer_calls (ask->answer);
  guint request = ask->request;
  GError *error = NULL;

  if (!openai_answer_end (ask->answer, text, &error)) {
    fail (self, error, -1);
  } else {
    give_out (ask, text);
    for (guint i = 0; i < calls->len; i++) {
      const OpenaiCall *call = g_ptr_array_index (calls, i);

      gst_voice_llm_call (llm, request, call->id, call->name,
          openai_call_arguments (call));
    }
    g_clear_pointer (&self->spent, ask_free);
    self->spent = g_steal_pointer (&self->ask);
    ask->request = 0;
    gst_voice_provider_answered (self->provider, ask->first);
    tell_usage (self, request, ask);
  }
  g_string_free (text, TRUE);
}

static void
read_event (GstVoiceOpenaiLlm * self, const gchar * json, gsize size)
{
  GString *text = g_string_new (NULL);
  GError *error = NULL;
  gboolean ok = openai_answer_read (self->ask->answer, json, size, text,
      &error);

  give_out (self->ask, text);
  g_string_free (text, TRUE);
  if (!ok)
    fail (self, error, -1);
  else if (openai_answer_is_over (self->ask->answer))
    finish (self);
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  Ask *ask = data;

  if (ask->request)
    read_event (ask->self, text, size);
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  Ask *ask = data;
  gsize size;
  const gchar *piece = g_bytes_get_data (bytes, &size);

  if (!ask->request)
    return;
  if (!ask->whole)
    ask->whole = g_string_new (NULL);
  g_string_append_len (ask->whole, piece, size);
  if (ask->whole->len > MAX_WHOLE)
    fail (ask->self, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
            "the service does not stream and sent more than a megabyte: check "
            "the url"), -1);
}

static void send_ask (GstVoiceOpenaiLlm * self, Ask * ask);

/* An idle connection may be closed while the request is on its way. */
static gboolean
may_be_repeated (const Ask * ask, const GstVoiceLinkEnd * end)
{
  return !ask->repeated && end->error->code == GST_VOICE_ERROR_DISCONNECTED
      && end->went_out && end->http_status == 0 && !end->received;
}

static void
fail_with (GstVoiceOpenaiLlm * self, const GstVoiceLinkEnd * end)
{
  GError *error = end->http_status >= 400 ?
      openai_refusal (end->error, end->body) : g_error_copy (end->error);

  GST_DEBUG_OBJECT (self, "status %u, request %s", end->http_status,
      end->request_id ? end->request_id : "-");
  /* Who refuses a key quotes it. */
  if (end->body && error->code != GST_VOICE_ERROR_AUTH)
    GST_DEBUG_OBJECT (self, "it says: %s", end->body);
  fail (self, error, end->retry_after);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  Ask *ask = data;
  GstVoiceOpenaiLlm *self = ask->self;

  g_clear_pointer (&ask->link, gst_voice_link_close);
  if (ask == self->spent) {
    g_clear_pointer (&self->spent, ask_free);
  } else if (end->error && may_be_repeated (ask, end)) {
    ask->repeated = TRUE;
    send_ask (self, ask);
  } else if (end->error && !openai_answer_is_finished (ask->answer)) {
    fail_with (self, end);
  } else {
    if (ask->whole)
      read_event (self, ask->whole->str, ask->whole->len);
    if (ask == self->ask)
      finish (self);
    if (ask == self->spent)
      g_clear_pointer (&self->spent, ask_free);
  }
}

static void
set_key (GstVoiceOpenaiLlm * self, GstVoiceLink * link)
{
  const gchar *key = gst_voice_provider_key (self->provider);
  gchar *bearer;

  if (!key)
    return;
  if (self->azure) {
    gst_voice_link_set_header (link, "api-key", key);
    return;
  }
  bearer = g_strconcat ("Bearer ", key, NULL);
  gst_voice_link_set_header (link, "Authorization", bearer);
  explicit_bzero (bearer, strlen (bearer));
  g_free (bearer);
}

static void
send_ask (GstVoiceOpenaiLlm * self, Ask * ask)
{
  static const GstVoiceLinkEvents events = {
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };

  ask->link = gst_voice_provider_http (self->provider, "POST", self->path);
  set_key (self, ask->link);
  gst_voice_link_set_header (ask->link, "Accept", "text/event-stream");
  gst_voice_link_set_body (ask->link, ask->body, "application/json");
  gst_voice_link_set_fresh (ask->link, ask->repeated);
  gst_voice_link_open (ask->link, &events, ask);
}

static GBytes *
make_body (GstVoiceOpenaiLlm * self, const GstVoiceLlmRequest * asked)
{
  OpenaiQuestion question = {
    .model = gst_voice_provider_model (self->provider),
    .system = asked->system,
    .messages = asked->messages,
    .tools = asked->tools,
    .one_call = !self->now.parallel,
    .temperature = asked->temperature,
    .seed = self->now.seed,
    .max_tokens = self->now.max_tokens,
    .old_max_tokens = self->old_max_tokens,
    .stop = self->stop,
    .response_format = self->response_format,
    .reasoning_effort = self->now.reasoning_effort,
    .extra = self->extra ? json_node_get_object (self->extra) : NULL,
  };
  gchar *json = openai_question_to_json (&question);

  return g_bytes_new_take (json, strlen (json));
}

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (llm);
  Ask *ask = g_new0 (Ask, 1);

  forget (self);
  ask->self = self;
  ask->request = asked->id;
  ask->answer = openai_answer_new ();
  ask->body = make_body (self, asked);
  ask->asked_us = g_get_monotonic_time ();
  ask->first = GST_CLOCK_TIME_NONE;
  self->ask = ask;
  send_ask (self, ask);
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (llm);

  if (self->ask && self->ask->request == id)
    forget (self);
}

static void
prewarm (GstVoiceStage * stage, gpointer data)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (stage);

  if (!self->ask)
    gst_voice_http_prewarm (gst_voice_provider_url (self->provider));
}

/* Who begins to speak will be answered soon. */
static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "speech-start"))
    gst_voice_stage_post (stage, prewarm, NULL, NULL);
  return GST_VOICE_STAGE_CLASS (gst_voice_openai_llm_parent_class)->oob (stage,
      event);
}

static gboolean
refuse (GError ** error, const gchar * property, const gchar * what)
{
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      "the property %s of openaillm is not %s", property, what);
  return FALSE;
}

static JsonNode *
parse_option (const gchar * text)
{
  return gst_voice_json_parse (text, -1, MAX_OPTION, GST_VOICE_JSON_MAX_DEPTH,
      NULL);
}

static gboolean
parse_object (const gchar * text, const gchar * property, JsonNode ** node,
    GError ** error)
{
  if (!text || !*text)
    return TRUE;
  *node = parse_option (text);
  return (*node && JSON_NODE_HOLDS_OBJECT (*node))
      || refuse (error, property, "a JSON object");
}

/* An array of texts; what is no array is one text. */
static gboolean
parse_stop (GstVoiceOpenaiLlm * self, GError ** error)
{
  const gchar *text = self->now.stop;
  JsonArray *array;

  if (!text || !*text)
    return TRUE;
  if (*text != '[') {
    array = json_array_new ();
    json_array_add_string_element (array, text);
    self->stop = json_node_init_array (json_node_alloc (), array);
    json_array_unref (array);
    return TRUE;
  }
  self->stop = parse_option (text);
  array = self->stop && JSON_NODE_HOLDS_ARRAY (self->stop) ?
      json_node_get_array (self->stop) : NULL;
  if (!array || json_array_get_length (array) > MAX_STOPS)
    return refuse (error, "stop", "a text, or a JSON array of up to 4 texts");
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *one = json_array_get_element (array, i);

    if (!JSON_NODE_HOLDS_VALUE (one)
        || json_node_get_value_type (one) != G_TYPE_STRING)
      return refuse (error, "stop", "a text, or a JSON array of up to 4 texts");
  }
  return TRUE;
}

/* Others than OpenAI and Azure mostly know `max_tokens` only. */
static void
look_at_address (GstVoiceOpenaiLlm * self)
{
  const gchar *version = self->now.api_version;
  GUri *uri = g_uri_parse (gst_voice_provider_url (self->provider),
      G_URI_FLAGS_NONE, NULL);
  const gchar *host = g_uri_get_host (uri);
  gchar *escaped;

  self->azure = (version && *version) || g_str_has_suffix (host, ".azure.com");
  self->old_max_tokens = !self->azure
      && !g_str_has_suffix (host, ".openai.com");
  g_free (self->path);
  if (version && *version) {
    escaped = g_uri_escape_string (version, NULL, FALSE);
    self->path = g_strconcat (PATH "?api-version=", escaped, NULL);
    g_free (escaped);
  } else {
    self->path = g_strdup (PATH);
  }
  g_uri_unref (uri);
}

static void
clear_call_state (GstVoiceOpenaiLlm * self)
{
  forget (self);
  g_clear_pointer (&self->spent, ask_free);
  settings_clear (&self->now);
  g_clear_pointer (&self->stop, json_node_unref);
  g_clear_pointer (&self->response_format, json_node_unref);
  g_clear_pointer (&self->extra, json_node_unref);
  g_clear_pointer (&self->path, g_free);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (stage);

  clear_call_state (self);
  if (!GST_VOICE_STAGE_CLASS (gst_voice_openai_llm_parent_class)->start (stage,
          error) || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  GST_OBJECT_LOCK (self);
  settings_copy (&self->now, &self->settings);
  GST_OBJECT_UNLOCK (self);
  look_at_address (self);
  if (parse_stop (self, error)
      && parse_object (self->now.response_format, "response-format",
          &self->response_format, error)
      && parse_object (self->now.extra, "extra", &self->extra, error))
    return TRUE;
  gst_voice_provider_stop (self->provider);
  return FALSE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (stage);

  GST_VOICE_STAGE_CLASS (gst_voice_openai_llm_parent_class)->stop (stage);
  clear_call_state (self);
  gst_voice_provider_stop (self->provider);
}

static void
set_text (gchar ** text, const GValue * value)
{
  g_free (*text);
  *text = g_value_dup_string (value);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (object);
  Settings *s = &self->settings;

  if (gst_voice_provider_set (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_API_VERSION:
      set_text (&s->api_version, value);
      break;
    case PROP_MAX_TOKENS:
      s->max_tokens = g_value_get_uint (value);
      break;
    case PROP_SEED:
      s->seed = g_value_get_int64 (value);
      break;
    case PROP_STOP:
      set_text (&s->stop, value);
      break;
    case PROP_RESPONSE_FORMAT:
      set_text (&s->response_format, value);
      break;
    case PROP_REASONING_EFFORT:
      set_text (&s->reasoning_effort, value);
      break;
    case PROP_PARALLEL_TOOL_CALLS:
      s->parallel = g_value_get_boolean (value);
      break;
    case PROP_EXTRA:
      set_text (&s->extra, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (object);
  const Settings *s = &self->settings;

  if (gst_voice_provider_get (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_API_VERSION:
      g_value_set_string (value, s->api_version);
      break;
    case PROP_MAX_TOKENS:
      g_value_set_uint (value, s->max_tokens);
      break;
    case PROP_SEED:
      g_value_set_int64 (value, s->seed);
      break;
    case PROP_STOP:
      g_value_set_string (value, s->stop);
      break;
    case PROP_RESPONSE_FORMAT:
      g_value_set_string (value, s->response_format);
      break;
    case PROP_REASONING_EFFORT:
      g_value_set_string (value, s->reasoning_effort);
      break;
    case PROP_PARALLEL_TOOL_CALLS:
      g_value_set_boolean (value, s->parallel);
      break;
    case PROP_EXTRA:
      g_value_set_string (value, s->extra);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (object);

  clear_call_state (self);
  settings_clear (&self->settings);
  gst_voice_provider_free (self->provider);
  G_OBJECT_CLASS (gst_voice_openai_llm_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceOpenaiLlm:api-version:
   *
   * Version of the protocol, for Azure's addresses with `/deployments/`.
   */
  props[PROP_API_VERSION] = g_param_spec_string ("api-version", "API version",
      "Version of the protocol, for Azure's addresses with /deployments/",
      NULL, flags);
  /**
   * GstVoiceOpenaiLlm:max-tokens:
   *
   * How much the model may write at the most; 0 leaves it to the service.
   */
  props[PROP_MAX_TOKENS] = g_param_spec_uint ("max-tokens", "Maximum tokens",
      "How much the model may write, 0 for the service's default", 0, 1000000,
      0, flags);
  /**
   * GstVoiceOpenaiLlm:seed:
   *
   * Asks for the same answer to the same question; negative asks for nothing.
   */
  props[PROP_SEED] = g_param_spec_int64 ("seed", "Seed",
      "Asks for repeatable answers, negative for none", -1, G_MAXINT64, -1,
      flags);
  /**
   * GstVoiceOpenaiLlm:stop:
   *
   * A text before which the model stops, or a JSON array of up to four.
   */
  props[PROP_STOP] = g_param_spec_string ("stop", "Stop",
      "A text before which the model stops, or a JSON array of up to four",
      NULL, flags);
  /**
   * GstVoiceOpenaiLlm:response-format:
   *
   * `{"type": "json_schema", "json_schema": {…}}`: what the answer is like.
   */
  props[PROP_RESPONSE_FORMAT] = g_param_spec_string ("response-format",
      "Response format", "What the answer is to be like, as a JSON object",
      NULL, flags);
  /**
   * GstVoiceOpenaiLlm:reasoning-effort:
   *
   * How much the model thinks: none, minimal, low, medium, high, … by model.
   */
  props[PROP_REASONING_EFFORT] = g_param_spec_string ("reasoning-effort",
      "Reasoning effort", "How much the model thinks, if it does: none, "
      "minimal, low, medium, high", NULL, flags);
  /**
   * GstVoiceOpenaiLlm:parallel-tool-calls:
   *
   * Whether the model may call several tools at once.
   */
  props[PROP_PARALLEL_TOOL_CALLS] =
      g_param_spec_boolean ("parallel-tool-calls", "Parallel tool calls",
      "Whether the model may call several tools at once", TRUE, flags);
  /**
   * GstVoiceOpenaiLlm:extra:
   *
   * A JSON object whose members go into every request, over ours; one that is
   * null takes ours out: `{"stream_options": null}`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "A JSON object whose members go into every request, over ours", NULL,
      flags);
  g_object_class_install_properties (klass, N_PROPS, props);
  gst_voice_provider_install (klass, N_PROPS, &info);
}

static void
gst_voice_openai_llm_class_init (GstVoiceOpenaiLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceLlmClass *llm_class = GST_VOICE_LLM_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI language models", "Text/LLM",
      "Asks a language model by Chat Completions", GST_PACKAGE_ORIGIN);
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->oob = oob;
  llm_class->request = request;
  llm_class->cancel = cancel;
}

static void
gst_voice_openai_llm_init (GstVoiceOpenaiLlm * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->settings.seed = -1;
  self->settings.parallel = TRUE;
}
