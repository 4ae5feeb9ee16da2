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

#define MAX_SIGNATURES 512

typedef enum
{
  AUTH_KEY,
  AUTH_BEARER,
} Auth;

typedef struct
{
  gchar *stop, *response_schema, *thinking_level, *extra;
  JsonNode *schema, *more;      /* (nullable): of response_schema and extra */
  guint max_tokens;
  gint64 seed;
  gint thinking_budget;
  Auth auth;
} Settings;

struct _GstVoiceGeminiLlm
{
  GstVoiceAskLlm parent;

  GHashTable *signatures;       /* task: of this call's tool calls, by id */
};

static const GEnumValue auths[] = {
  {AUTH_KEY, "An API key", "key"},
  {AUTH_BEARER, "A token of OAuth, for Vertex", "bearer"},
  {0, NULL, NULL}
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceGeminiLlm:auth:
   *
   * Whether `api-key` is an API key, or a token of OAuth as Vertex wants it.
   */
  {"auth", "Authorisation",
        "What api-key is: a key, or a token of OAuth (Vertex)", G_TYPE_ENUM,
        G_STRUCT_OFFSET (Settings, auth),
      .type_name = "GstVoiceGeminiAuth",.values = auths},
  /**
   * GstVoiceGeminiLlm:max-tokens:
   *
   * How much the model may write at the most, thoughts included; 0 leaves it to
   * the service.
   */
  {"max-tokens", "Maximum tokens",
        "How much the model may write and think, 0 for the service's default",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, max_tokens), 0, 1000000},
  /**
   * GstVoiceGeminiLlm:seed:
   *
   * Asks for the same answer to the same question; negative asks for nothing.
   */
  {"seed", "Seed", "Asks for repeatable answers, negative for none",
      G_TYPE_INT64, G_STRUCT_OFFSET (Settings, seed), -1, G_MAXINT32, -1},
  /**
   * GstVoiceGeminiLlm:stop:
   *
   * A text before which the model stops, or a JSON array of up to five.
   */
  {"stop", "Stop",
        "A text before which the model stops, or a JSON array of up to five",
      G_TYPE_STRING, G_STRUCT_OFFSET (Settings, stop)},
  /**
   * GstVoiceGeminiLlm:response-schema:
   *
   * A JSON Schema: the answer is JSON that it describes.
   */
  {"response-schema", "Response schema",
        "What the answer is to be like, as a JSON Schema", G_TYPE_STRING,
        G_STRUCT_OFFSET (Settings, response_schema),
      .object = G_STRUCT_OFFSET (Settings, schema)},
  /**
   * GstVoiceGeminiLlm:thinking-budget:
   *
   * How many tokens a model of Gemini 2.5 may think: 0 for none, -1 for as many
   * as it likes; by default nothing is said of it.
   */
  {"thinking-budget", "Thinking budget",
        "How many tokens the model may think (Gemini 2.5), -1 for any; the "
        "lowest number says nothing", G_TYPE_INT,
        G_STRUCT_OFFSET (Settings, thinking_budget), GEMINI_NO_BUDGET, 1000000,
      GEMINI_NO_BUDGET},
  /**
   * GstVoiceGeminiLlm:thinking-level:
   *
   * How much a model since Gemini 3 thinks: minimal, low, medium, high.
   */
  {"thinking-level", "Thinking level",
      "How much the model thinks (since Gemini 3): minimal, low, medium, "
        "high", G_TYPE_STRING, G_STRUCT_OFFSET (Settings, thinking_level)},
  /**
   * GstVoiceGeminiLlm:extra:
   *
   * A JSON object that is merged into every request, over ours; a member that
   * is null takes ours out: `{"safetySettings": […]}`.
   */
  {"extra", "Extra",
        "A JSON object that is merged into every request, over ours",
        G_TYPE_STRING, G_STRUCT_OFFSET (Settings, extra),
      .object = G_STRUCT_OFFSET (Settings, more)},
};

static const GstVoiceProviderInfo info = {
  .name = "gemini",
  .url = "https://generativelanguage.googleapis.com/v1beta",
  .key_variable = "GEMINI_API_KEY",
  .model = "gemini-2.5-flash",
  .deadlines = {2000, 5000, 5000, 60000},
  .headers = (const gchar * const[]) {"x-goog-api-key", "${key}", NULL},
  .probe = "/models?pageSize=1",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

G_DEFINE_FINAL_TYPE (GstVoiceGeminiLlm, gst_voice_gemini_llm,
    GST_TYPE_VOICE_ASK_LLM);
GST_ELEMENT_REGISTER_DEFINE (geminillm, "geminillm", GST_RANK_NONE,
    GST_TYPE_VOICE_GEMINI_LLM);

/* A call is named here if the service has not, so that its signature is found
 * again. A conversation has few calls, and one that is not found does no harm.
 */
static void
keep_signatures (GstVoiceAskLlm * llm, guint request, LlmAnswer * answer)
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

static gchar *
path (GstVoiceAskLlm * llm)
{
  return gemini_path (gst_voice_provider_model (llm->provider));
}

static gchar *
body (GstVoiceAskLlm * llm, const GstVoiceLlmRequest * asked)
{
  const Settings *now = gst_voice_provider_options (llm->provider);
  const GeminiQuestion question = {
    .model = gst_voice_provider_model (llm->provider),
    .system = asked->system,
    .messages = asked->messages,
    .tools = asked->tools,
    .signatures = GST_VOICE_GEMINI_LLM (llm)->signatures,
    .temperature = asked->temperature,
    .seed = now->seed,
    .max_tokens = now->max_tokens,
    .stop = llm->stop,
    .thinking_budget = now->thinking_budget,
    .thinking_level = now->thinking_level,
    .response_schema = now->schema,
    .extra = now->more ? json_node_get_object (now->more) : NULL,
  };

  return gemini_question_to_json (&question);
}

static gboolean
start (GstVoiceAskLlm * llm, GError ** error)
{
  static const gchar *const bearer[] = { "Authorization", "Bearer ${key}",
    NULL
  };
  const Settings *now = gst_voice_provider_options (llm->provider);
  const gchar *model = gst_voice_provider_model (llm->provider);

  g_hash_table_remove_all (GST_VOICE_GEMINI_LLM (llm)->signatures);
  if (!model || !*model)
    return gst_voice_provider_reject (llm->provider, "model", "set", error);
  if (now->thinking_budget != GEMINI_NO_BUDGET && now->thinking_level
      && *now->thinking_level)
    return gst_voice_provider_reject (llm->provider, "thinking-level",
        "to be set together with thinking-budget", error);
  if (now->auth == AUTH_BEARER)
    gst_voice_provider_set_headers (llm->provider, bearer);
  return TRUE;
}

static void
finalize (GObject * object)
{
  g_hash_table_unref (GST_VOICE_GEMINI_LLM (object)->signatures);
  G_OBJECT_CLASS (gst_voice_gemini_llm_parent_class)->finalize (object);
}

static void
gst_voice_gemini_llm_class_init (GstVoiceGeminiLlmClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceAskLlmClass *ask_class = GST_VOICE_ASK_LLM_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass),
      "Gemini language models", "Text/LLM",
      "Asks a language model by generateContent", GST_PACKAGE_ORIGIN);
  ask_class->info = &info;
  ask_class->most_stops = 5;
  ask_class->start = start;
  ask_class->path = path;
  ask_class->body = body;
  ask_class->answer_new = gemini_answer_new;
  ask_class->answer_free = gemini_answer_free;
  ask_class->read = gemini_answer_read;
  ask_class->end = gemini_answer_end;
  ask_class->refusal = gemini_refusal;
  ask_class->complete = keep_signatures;
}

static void
gst_voice_gemini_llm_init (GstVoiceGeminiLlm * self)
{
  self->signatures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
}
