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
#include "llm-ask.h"
#include "openai-wire.h"

#include <string.h>

#define PATH "/chat/completions"
#define MAX_STOPS 4

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

struct _GstVoiceOpenaiLlm
{
  GstVoiceLlm parent;

  /* set once in init; have their own rules */
  GstVoiceProvider *provider;
  LlmAsk *ask;

  Settings settings;            /* object lock */

  /* state changes only, read by the task */
  Settings now;
  JsonNode *stop, *response_format, *extra;
  gchar *path;
  gboolean azure, old_max_tokens;
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

G_DEFINE_FINAL_TYPE (GstVoiceOpenaiLlm, gst_voice_openai_llm,
    GST_TYPE_VOICE_LLM);
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

static GstVoiceLink *
make_link (GstVoiceLlm * llm)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (llm);
  GstVoiceLink *link = gst_voice_provider_http (self->provider, "POST",
      self->path);
  const gchar *key = gst_voice_provider_key (self->provider);

  if (!self->azure)
    gst_voice_provider_bearer (self->provider, link);
  else if (key)
    gst_voice_link_set_header (link, "api-key", key);
  return link;
}

static const LlmAskKind kind = {
  .link = make_link,
  .answer_new = openai_answer_new,
  .answer_free = openai_answer_free,
  .read = openai_answer_read,
  .end = openai_answer_end,
  .refusal = openai_refusal,
};

static void
request (GstVoiceLlm * llm, const GstVoiceLlmRequest * asked)
{
  GstVoiceOpenaiLlm *self = GST_VOICE_OPENAI_LLM (llm);
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

  llm_ask_send (self->ask, asked, openai_question_to_json (&question));
}

static void
cancel (GstVoiceLlm * llm, guint id)
{
  llm_ask_cancel (GST_VOICE_OPENAI_LLM (llm)->ask, id);
}

static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  llm_ask_oob (GST_VOICE_OPENAI_LLM (stage)->ask, event);
  return GST_VOICE_STAGE_CLASS (gst_voice_openai_llm_parent_class)->oob (stage,
      event);
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
  llm_ask_stop (self->ask);
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
  if (llm_ask_parse_stop (self->ask, self->now.stop, MAX_STOPS, &self->stop,
          error)
      && gst_voice_provider_parse (self->provider, "response-format",
          self->now.response_format, &self->response_format, error)
      && gst_voice_provider_parse (self->provider, "extra", self->now.extra,
          &self->extra, error))
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
  llm_ask_free (self->ask);
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
  self->ask = llm_ask_new (GST_VOICE_LLM (self), self->provider, &kind);
  self->settings.seed = -1;
  self->settings.parallel = TRUE;
}
