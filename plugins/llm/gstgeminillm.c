/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-geminillm
 * @title: geminillm
 *
 * Language models of Google (Gemini), in their own protocol.
 *
 * - `url` is what comes before `/models/`. For Vertex it is
 *   `https://HOST/v1/projects/PROJECT/locations/LOCATION/publishers/google`,
 *   where HOST is `LOCATION-aiplatform.googleapis.com`, with `auth=bearer`.
 * - The key is named, never given: `api-key=env:NAME` or `api-key=file:PATH`;
 *   by default it is in `GEMINI_API_KEY`. It is sent in a header. The token of
 *   `auth=bearer` is read when the call begins.
 * - Tokens are passed on as they come, what the model thinks aloud is not. Tool
 *   calls go to `toolcall`, all of an answer together; their thought signatures
 *   are sent back with them.
 * - Schemas of tools lose what Gemini does not know (`$ref` is followed,
 *   `additionalProperties` and the like are left out); `toolcall` checks all of
 *   it.
 * - An interruption takes the request back; the service stops writing then.
 * - A request whose connection breaks before anything has come, or whose answer
 *   is empty, is sent once more. Every other failure is one, with a code
 *   (docs/events.md).
 * - What an answer has cost is told by data/prices.json; thoughts are tokens
 *   written.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/os-release num-buffers=1 ! \
 *   text/x-raw,format=utf8 ! \
 *   geminillm url=http://localhost:8000/v1beta thinking-budget=0 ! fdsink fd=2
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

#include "gstgeminillm.h"
#include "gemini-wire.h"
#include "llm-ask.h"

#include <string.h>

#define MAX_STOPS 5
#define MAX_SIGNATURES 512

static const GstVoiceProviderInfo info = {
  .name = "gemini",
  .url = "https://generativelanguage.googleapis.com/v1beta",
  .key_variable = "GEMINI_API_KEY",
  .model = "gemini-2.5-flash",
  .deadlines = {2000, 5000, 5000, 60000},
  .probe = "/models?pageSize=1",
  .probe_headers = (const gchar * const[]) {"x-goog-api-key", "${key}", NULL},
};

typedef struct
{
  gchar *stop, *response_schema, *thinking_level, *extra;
  guint max_tokens;
  gint64 seed;
  gint thinking_budget;
  GstVoiceGeminiAuth auth;
} Settings;

struct _GstVoiceGeminiLlm
{
  GstVoiceLlm parent;

  /* set once in init; have their own rules */
  GstVoiceProvider *provider;
  LlmAsk *ask;

  Settings settings;            /* object lock */

  /* state changes only, read by the task */
  Settings now;
  JsonNode *stop, *response_schema, *extra;
  gchar *path;

  GHashTable *signatures;       /* task: of this call's tool calls, by id */
};

enum
{
  PROP_AUTH = 1,
  PROP_MAX_TOKENS,
  PROP_SEED,
  PROP_STOP,
  PROP_RESPONSE_SCHEMA,
  PROP_THINKING_BUDGET,
  PROP_THINKING_LEVEL,
  PROP_EXTRA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

G_DEFINE_FINAL_TYPE (GstVoiceGeminiLlm, gst_voice_gemini_llm,
    GST_TYPE_VOICE_LLM);
GST_ELEMENT_REGISTER_DEFINE (geminillm, "geminillm", GST_RANK_NONE,
    GST_TYPE_VOICE_GEMINI_LLM);

GType
gst_voice_gemini_auth_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    {GST_VOICE_GEMINI_AUTH_KEY, "An API key", "key"},
    {GST_VOICE_GEMINI_AUTH_BEARER, "A token of OAuth, for Vertex", "bearer"},
    {0, NULL, NULL}
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstVoiceGeminiAuth",
            values));
  return type;
}

static void
settings_clear (Settings * s)
{
  g_free (s->stop);
  g_free (s->response_schema);
  g_free (s->thinking_level);
  g_free (s->extra);
  memset (s, 0, sizeof *s);
}

static void
settings_copy (Settings * to, const Settings * from)
{
  settings_clear (to);
  *to = *from;
  to->stop = g_strdup (from->stop);
  to->response_schema = g_strdup (from->response_schema);
  to->thinking_level = g_strdup (from->thinking_level);
  to->extra = g_strdup (from->extra);
}

static GstVoiceLink *
make_link (GstVoiceLlm * llm)
{
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (llm);
  GstVoiceLink *link = gst_voice_provider_http (self->provider, "POST",
      self->path);
  const gchar *key = gst_voice_provider_key (self->provider);

  if (self->now.auth == GST_VOICE_GEMINI_AUTH_BEARER)
    gst_voice_provider_bearer (self->provider, link);
  else if (key)
    gst_voice_link_set_header (link, "x-goog-api-key", key);
  return link;
}

/* A call is named here if the service has not, so that its signature is found
 * again. A conversation has few calls, and one that is not found does no harm.
 */
static void
keep_signatures (GstVoiceLlm * llm, guint request, LlmAnswer * answer)
{
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (llm);

  for (guint i = 0; i < answer->calls->len; i++) {
    LlmCall *call = g_ptr_array_index (answer->calls, i);

    if (!call->id)
      call->id = g_strdup_printf ("gemini-%u-%u", request, i + 1);
    if (!call->signature || g_hash_table_contains (self->signatures, call->id))
      continue;
    if (g_hash_table_size (self->signatures) >= MAX_SIGNATURES)
      g_hash_table_remove_all (self->signatures);
    g_hash_table_insert (self->signatures, g_strdup (call->id),
        g_strdup (call->signature));
  }
}

static const LlmAskKind kind = {
  .link = make_link,
  .answer_new = gemini_answer_new,
  .answer_free = gemini_answer_free,
  .read = gemini_answer_read,
  .end = gemini_answer_end,
  .refusal = gemini_refusal,
  .complete = keep_signatures,
};

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (llm);
  GeminiQuestion question = {
    .model = gst_voice_provider_model (self->provider),
    .system = asked->system,
    .messages = asked->messages,
    .tools = asked->tools,
    .signatures = self->signatures,
    .temperature = asked->temperature,
    .seed = self->now.seed,
    .max_tokens = self->now.max_tokens,
    .stop = self->stop,
    .thinking_budget = self->now.thinking_budget,
    .thinking_level = self->now.thinking_level,
    .response_schema = self->response_schema,
    .extra = self->extra ? json_node_get_object (self->extra) : NULL,
  };

  llm_ask_send (self->ask, asked, gemini_question_to_json (&question));
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  llm_ask_cancel (GST_VOICE_GEMINI_LLM (llm)->ask, id);
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  llm_ask_oob (GST_VOICE_GEMINI_LLM (stage)->ask, event);
  return GST_VOICE_STAGE_CLASS (gst_voice_gemini_llm_parent_class)->oob (stage,
      event);
}

static void
clear_call_state (GstVoiceGeminiLlm * self)
{
  llm_ask_stop (self->ask);
  g_hash_table_remove_all (self->signatures);
  settings_clear (&self->now);
  g_clear_pointer (&self->stop, json_node_unref);
  g_clear_pointer (&self->response_schema, json_node_unref);
  g_clear_pointer (&self->extra, json_node_unref);
  g_clear_pointer (&self->path, g_free);
}

static gboolean
take_settings (GstVoiceGeminiLlm * self, GError ** error)
{
  Settings *now = &self->now;
  const gchar *model = gst_voice_provider_model (self->provider);

  GST_OBJECT_LOCK (self);
  settings_copy (now, &self->settings);
  GST_OBJECT_UNLOCK (self);
  if (!model || !*model)
    return gst_voice_provider_reject (self->provider, "model", "set", error);
  if (now->thinking_budget != GEMINI_NO_BUDGET && now->thinking_level
      && *now->thinking_level)
    return gst_voice_provider_reject (self->provider, "thinking-level",
        "to be set together " "with thinking-budget", error);
  self->path = gemini_path (model);
  return llm_ask_parse_stop (self->ask, now->stop, MAX_STOPS, &self->stop,
      error)
      && gst_voice_provider_parse (self->provider, "response-schema",
      now->response_schema, &self->response_schema, error)
      && gst_voice_provider_parse (self->provider, "extra", now->extra,
      &self->extra, error);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (stage);

  clear_call_state (self);
  if (!GST_VOICE_STAGE_CLASS (gst_voice_gemini_llm_parent_class)->start (stage,
          error) || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  if (take_settings (self, error))
    return TRUE;
  gst_voice_provider_stop (self->provider);
  return FALSE;
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (stage);

  GST_VOICE_STAGE_CLASS (gst_voice_gemini_llm_parent_class)->stop (stage);
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
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (object);
  Settings *s = &self->settings;

  if (gst_voice_provider_set (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_AUTH:
      s->auth = g_value_get_enum (value);
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
    case PROP_RESPONSE_SCHEMA:
      set_text (&s->response_schema, value);
      break;
    case PROP_THINKING_BUDGET:
      s->thinking_budget = g_value_get_int (value);
      break;
    case PROP_THINKING_LEVEL:
      set_text (&s->thinking_level, value);
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
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (object);
  const Settings *s = &self->settings;

  if (gst_voice_provider_get (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_AUTH:
      g_value_set_enum (value, s->auth);
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
    case PROP_RESPONSE_SCHEMA:
      g_value_set_string (value, s->response_schema);
      break;
    case PROP_THINKING_BUDGET:
      g_value_set_int (value, s->thinking_budget);
      break;
    case PROP_THINKING_LEVEL:
      g_value_set_string (value, s->thinking_level);
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
  GstVoiceGeminiLlm *self = GST_VOICE_GEMINI_LLM (object);

  clear_call_state (self);
  settings_clear (&self->settings);
  g_hash_table_unref (self->signatures);
  llm_ask_free (self->ask);
  gst_voice_provider_free (self->provider);
  G_OBJECT_CLASS (gst_voice_gemini_llm_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceGeminiLlm:auth:
   *
   * Whether `api-key` is an API key, or a token of OAuth as Vertex wants it.
   */
  props[PROP_AUTH] = g_param_spec_enum ("auth", "Authorisation",
      "What api-key is: a key, or a token of OAuth (Vertex)",
      GST_TYPE_VOICE_GEMINI_AUTH, GST_VOICE_GEMINI_AUTH_KEY, flags);
  /**
   * GstVoiceGeminiLlm:max-tokens:
   *
   * How much the model may write at the most, thoughts included; 0 leaves it to
   * the service.
   */
  props[PROP_MAX_TOKENS] = g_param_spec_uint ("max-tokens", "Maximum tokens",
      "How much the model may write and think, 0 for the service's default",
      0, 1000000, 0, flags);
  /**
   * GstVoiceGeminiLlm:seed:
   *
   * Asks for the same answer to the same question; negative asks for nothing.
   */
  props[PROP_SEED] = g_param_spec_int64 ("seed", "Seed",
      "Asks for repeatable answers, negative for none", -1, G_MAXINT32, -1,
      flags);
  /**
   * GstVoiceGeminiLlm:stop:
   *
   * A text before which the model stops, or a JSON array of up to five.
   */
  props[PROP_STOP] = g_param_spec_string ("stop", "Stop",
      "A text before which the model stops, or a JSON array of up to five",
      NULL, flags);
  /**
   * GstVoiceGeminiLlm:response-schema:
   *
   * A JSON Schema: the answer is JSON that it describes.
   */
  props[PROP_RESPONSE_SCHEMA] = g_param_spec_string ("response-schema",
      "Response schema", "What the answer is to be like, as a JSON Schema",
      NULL, flags);
  /**
   * GstVoiceGeminiLlm:thinking-budget:
   *
   * How many tokens a model of Gemini 2.5 may think: 0 for none, -1 for as many
   * as it likes; by default nothing is said of it.
   */
  props[PROP_THINKING_BUDGET] = g_param_spec_int ("thinking-budget",
      "Thinking budget", "How many tokens the model may think (Gemini 2.5), "
      "-1 for any; the lowest number says nothing", GEMINI_NO_BUDGET, 1000000,
      GEMINI_NO_BUDGET, flags);
  /**
   * GstVoiceGeminiLlm:thinking-level:
   *
   * How much a model since Gemini 3 thinks: minimal, low, medium, high.
   */
  props[PROP_THINKING_LEVEL] = g_param_spec_string ("thinking-level",
      "Thinking level", "How much the model thinks (since Gemini 3): minimal, "
      "low, medium, high", NULL, flags);
  /**
   * GstVoiceGeminiLlm:extra:
   *
   * A JSON object that is merged into every request, over ours; a member that
   * is null takes ours out: `{"safetySettings": […]}`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "A JSON object that is merged into every request, over ours", NULL,
      flags);
  g_object_class_install_properties (klass, N_PROPS, props);
  gst_voice_provider_install (klass, N_PROPS, &info);
}

static void
gst_voice_gemini_llm_class_init (GstVoiceGeminiLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceLlmClass *llm_class = GST_VOICE_LLM_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Gemini language models", "Text/LLM",
      "Asks a language model by generateContent", GST_PACKAGE_ORIGIN);
  stage_class->start = start;
  stage_class->stop = stop;
  stage_class->oob = oob;
  llm_class->request = request;
  llm_class->cancel = cancel;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_GEMINI_AUTH, 0);
}

static void
gst_voice_gemini_llm_init (GstVoiceGeminiLlm * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->ask = llm_ask_new (GST_VOICE_LLM (self), self->provider, &kind);
  self->signatures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  self->settings.seed = -1;
  self->settings.thinking_budget = GEMINI_NO_BUDGET;
}
