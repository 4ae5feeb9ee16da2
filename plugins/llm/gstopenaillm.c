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

#define PATH "/chat/completions"

typedef struct
{
  gchar *api_version, *stop, *response_format, *reasoning_effort, *extra;
  JsonNode *format, *more;      /* (nullable): of response_format and extra */
  guint max_tokens;
  gint64 seed;
  gboolean parallel;
} Settings;

struct _GstVoiceOpenaiLlm
{
  GstVoiceAskLlm parent;

  gboolean old_max_tokens;      /* state changes only, read by the task */
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceOpenaiLlm:api-version:
   *
   * Version of the protocol, for Azure's addresses with `/deployments/`.
   */
  {"api-version", "API version",
        "Version of the protocol, for Azure's addresses with /deployments/",
      G_TYPE_STRING, G_STRUCT_OFFSET (Settings, api_version)},
  /**
   * GstVoiceOpenaiLlm:max-tokens:
   *
   * How much the model may write at the most; 0 leaves it to the service.
   */
  {"max-tokens", "Maximum tokens",
        "How much the model may write, 0 for the service's default",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, max_tokens), 0, 1000000},
  /**
   * GstVoiceOpenaiLlm:seed:
   *
   * Asks for the same answer to the same question; negative asks for nothing.
   */
  {"seed", "Seed", "Asks for repeatable answers, negative for none",
      G_TYPE_INT64, G_STRUCT_OFFSET (Settings, seed), -1,.usual = -1},
  /**
   * GstVoiceOpenaiLlm:stop:
   *
   * A text before which the model stops, or a JSON array of up to four.
   */
  {"stop", "Stop",
        "A text before which the model stops, or a JSON array of up to four",
      G_TYPE_STRING, G_STRUCT_OFFSET (Settings, stop)},
  /**
   * GstVoiceOpenaiLlm:response-format:
   *
   * `{"type": "json_schema", "json_schema": {…}}`: what the answer is like.
   */
  {"response-format", "Response format",
        "What the answer is to be like, as a JSON object", G_TYPE_STRING,
        G_STRUCT_OFFSET (Settings, response_format),
      .object = G_STRUCT_OFFSET (Settings, format)},
  /**
   * GstVoiceOpenaiLlm:reasoning-effort:
   *
   * How much the model thinks: none, minimal, low, medium, high, … by model.
   */
  {"reasoning-effort", "Reasoning effort",
      "How much the model thinks, if it does: none, minimal, low, medium, "
        "high", G_TYPE_STRING, G_STRUCT_OFFSET (Settings, reasoning_effort)},
  /**
   * GstVoiceOpenaiLlm:parallel-tool-calls:
   *
   * Whether the model may call several tools at once.
   */
  {"parallel-tool-calls", "Parallel tool calls",
        "Whether the model may call several tools at once", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, parallel),.usual = TRUE},
  /**
   * GstVoiceOpenaiLlm:extra:
   *
   * A JSON object whose members go into every request, over ours; one that is
   * null takes ours out: `{"stream_options": null}`.
   */
  {"extra", "Extra",
        "A JSON object whose members go into every request, over ours",
        G_TYPE_STRING, G_STRUCT_OFFSET (Settings, extra),
      .object = G_STRUCT_OFFSET (Settings, more)},
};

static const GstVoiceProviderInfo info = {
  .name = "openai",
  .url = "https://api.openai.com/v1",
  .key_variable = "OPENAI_API_KEY",
  .model = "gpt-4.1-mini",
  .deadlines = {2000, 5000, 5000, 60000},
  .headers = (const gchar * const[]) {"Authorization", "Bearer ${key}", NULL},
  .probe = "/models",
  .probe_not_at = ".azure.com",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

G_DEFINE_FINAL_TYPE (GstVoiceOpenaiLlm, gst_voice_openai_llm,
    GST_TYPE_VOICE_ASK_LLM);
GST_ELEMENT_REGISTER_DEFINE (openaillm, "openaillm", GST_RANK_NONE,
    GST_TYPE_VOICE_OPENAI_LLM);

static gchar *
path (GstVoiceAskLlm * llm)
{
  const Settings *now = gst_voice_provider_options (llm->provider);
  gchar *version, *path;

  if (!now->api_version || !*now->api_version)
    return g_strdup (PATH);
  version = g_uri_escape_string (now->api_version, NULL, FALSE);
  path = g_strconcat (PATH "?api-version=", version, NULL);
  g_free (version);
  return path;
}

static gchar *
body (GstVoiceAskLlm * llm, const GstVoiceLlmRequest * asked)
{
  const Settings *now = gst_voice_provider_options (llm->provider);
  const OpenaiQuestion question = {
    .model = gst_voice_provider_model (llm->provider),
    .system = asked->system,
    .messages = asked->messages,
    .tools = asked->tools,
    .one_call = !now->parallel,
    .temperature = asked->temperature,
    .seed = now->seed,
    .max_tokens = now->max_tokens,
    .old_max_tokens = GST_VOICE_OPENAI_LLM (llm)->old_max_tokens,
    .stop = llm->stop,
    .response_format = now->format,
    .reasoning_effort = now->reasoning_effort,
    .extra = now->more ? json_node_get_object (now->more) : NULL,
  };

  return openai_question_to_json (&question);
}

/* Others than OpenAI and Azure mostly know `max_tokens` only. */
static gboolean
look_at_address (GstVoiceAskLlm * llm, GError ** error)
{
  static const gchar *const azures[] = { "api-key", "${key}", NULL };
  const Settings *now = gst_voice_provider_options (llm->provider);
  GUri *uri = g_uri_parse (gst_voice_provider_url (llm->provider),
      G_URI_FLAGS_NONE, NULL);
  const gchar *host = g_uri_get_host (uri);
  gboolean azure = (now->api_version && *now->api_version)
      || g_str_has_suffix (host, ".azure.com");

  if (azure)
    gst_voice_provider_set_headers (llm->provider, azures);
  GST_VOICE_OPENAI_LLM (llm)->old_max_tokens = !azure
      && !g_str_has_suffix (host, ".openai.com");
  g_uri_unref (uri);
  return TRUE;
}

static void
gst_voice_openai_llm_class_init (GstVoiceOpenaiLlmClass * klass)
{
  GstVoiceAskLlmClass *ask_class = GST_VOICE_ASK_LLM_CLASS (klass);

  gst_voice_provider_install (G_OBJECT_CLASS (klass), &info);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "OpenAI language models", "Text/LLM",
      "Asks a language model by Chat Completions", GST_PACKAGE_ORIGIN);
  ask_class->info = &info;
  ask_class->most_stops = 4;
  ask_class->start = look_at_address;
  ask_class->path = path;
  ask_class->body = body;
  ask_class->answer_new = openai_answer_new;
  ask_class->answer_free = openai_answer_free;
  ask_class->read = openai_answer_read;
  ask_class->end = openai_answer_end;
  ask_class->refusal = openai_refusal;
}

static void
gst_voice_openai_llm_init (GstVoiceOpenaiLlm * self)
{
}
