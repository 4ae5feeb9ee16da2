/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Gemini's generateContent as JSON: a question is written, a streamed answer is
 * put together, a refusal is understood.
 *
 * There are two roles, and the user's begins and ends; who asks otherwise is
 * refused. Calls come right behind what the user has said, so what the model
 * says one after the other is one content; results are one of their own, for
 * they are counted against the calls.
 *
 * No text of a service goes into an error: it may quote the key.
 *
 * Threads: any, one at a time. Locks: none.
 */
#include "gemini-wire.h"
#include "gemini-schema.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_SIGNATURE (256 * 1024)

/* Stands for the signature of a call that another model has made. */
#define NO_SIGNATURE "skip_thought_signature_validator"

typedef enum
{
  CONTENT_NONE,
  CONTENT_MODEL,
  CONTENT_USER,
  CONTENT_RESULTS,
} Content;

/* The conversation as it is written. */
typedef struct
{
  const GeminiQuestion *question;
  JsonArray *contents;
  JsonArray *parts;             /* of the last content */
  Content last;
} Writer;

typedef struct
{
  LlmAnswer common;
  gboolean usage_known;
  gboolean failed;              /* the model has come to nothing */
  gboolean cut;                 /* it has written all that it may */
} Answer;

/**
 * gemini_path:
 * @model: `gemini-2.5-flash`, or with a collection: `tunedModels/mine`
 *
 * Returns: (transfer full): what comes behind the service's address
 */
gchar *
gemini_path (const gchar * model)
{
  gchar *escaped = g_uri_escape_string (model, "/", FALSE);
  gchar *path = g_strdup_printf ("%s%s:streamGenerateContent?alt=sse",
      strchr (model, '/') ? "/" : "/models/", escaped);

  g_free (escaped);
  return path;
}

/* The parts of a content of that kind: the last one, or a new one. */
static JsonArray *
open_content (Writer * w, Content kind)
{
  JsonObject *content;

  if (w->last == kind)
    return w->parts;
  content = json_object_new ();
  w->parts = json_array_new ();
  w->last = kind;
  json_object_set_string_member (content, "role",
      kind == CONTENT_MODEL ? "model" : "user");
  json_object_set_array_member (content, "parts", w->parts);
  json_array_add_object_element (w->contents, content);
  return w->parts;
}

static void
add_text_part (JsonArray * parts, const gchar * text)
{
  JsonObject *part = json_object_new ();

  json_object_set_string_member (part, "text", text);
  json_array_add_object_element (parts, part);
}

/* An empty part is refused; and two texts are not one word. */
static void
write_text (Writer * w, Content kind, const gchar * text)
{
  gchar *line;

  if (!text || !*text)
    return;
  if (w->last == CONTENT_NONE && kind == CONTENT_MODEL)
    add_text_part (open_content (w, CONTENT_USER), ".");
  line = g_strconcat (w->last == kind ? "\n" : "", text, NULL);
  add_text_part (open_content (w, kind), line);
  g_free (line);
}

/* Models since Gemini 3 refuse a call of theirs without its signature. */
static gboolean
signs (const gchar * model)
{
  const gchar *name = model ? strrchr (model, '/') : NULL;

  name = name ? name + 1 : model;
  return name && g_str_has_prefix (name, "gemini-")
      && !g_str_has_prefix (name, "gemini-1")
      && !g_str_has_prefix (name, "gemini-2");
}

/* The first call of several bears the signature of them all. */
static void
sign (Writer * w, JsonObject * part, const gchar * id, gboolean first)
{
  GHashTable *known = w->question->signatures;
  const gchar *signature = known && id ? g_hash_table_lookup (known, id) : NULL;

  if (!signature && first && signs (w->question->model))
    signature = NO_SIGNATURE;
  if (signature)
    json_object_set_string_member (part, "thoughtSignature", signature);
}

static void
write_calls (Writer * w, JsonArray * calls)
{
  JsonArray *parts;

  if (llm_wire_length (calls) == 0)
    return;
  if (w->last == CONTENT_NONE)
    write_text (w, CONTENT_USER, ".");
  parts = open_content (w, CONTENT_MODEL);
  for (guint i = 0; i < llm_wire_length (calls); i++) {
    JsonObject *call = llm_wire_element (calls, i), *part = json_object_new ();
    JsonObject *function = json_object_new ();
    JsonNode *arguments = llm_wire_member (call, "arguments", JSON_NODE_OBJECT);
    const gchar *id = llm_wire_string (call, "id");

    if (id)
      json_object_set_string_member (function, "id", id);
    json_object_set_string_member (function, "name", llm_wire_string (call,
            "name"));
    if (arguments)
      json_object_set_member (function, "args",
          gst_voice_json_copy (arguments));
    json_object_set_object_member (part, "functionCall", function);
    sign (w, part, id, i == 0);
    json_array_add_object_element (parts, part);
  }
}

/* What is no object becomes one. */
static JsonObject *
result_object (JsonNode * content)
{
  JsonObject *object = content && JSON_NODE_HOLDS_OBJECT (content) ?
      json_node_get_object (content) : NULL;

  if (object && (json_object_has_member (object, "error")
          || json_object_has_member (object, "output"))) {
    JsonNode *copy = gst_voice_json_copy (content);

    object = json_node_dup_object (copy);
    json_node_unref (copy);
    return object;
  }
  object = json_object_new ();
  if (content)
    json_object_set_member (object, "output", gst_voice_json_copy (content));
  return object;
}

static void
write_result (Writer * w, JsonObject * message)
{
  JsonObject *part = json_object_new (), *response = json_object_new ();
  const gchar *id = llm_wire_string (message, "id");

  if (id)
    json_object_set_string_member (response, "id", id);
  json_object_set_string_member (response, "name", llm_wire_string (message,
          "name"));
  json_object_set_object_member (response, "response",
      result_object (json_object_get_member (message, "content")));
  json_object_set_object_member (part, "functionResponse", response);
  json_array_add_object_element (open_content (w, CONTENT_RESULTS), part);
}

/* Nobody has said it; there is no third role. */
static void
write_note (Writer * w, const gchar * text)
{
  gchar *note = g_strdup_printf ("(Note, not said by the caller: %s)",
      text ? text : "");

  write_text (w, CONTENT_USER, note);
  g_free (note);
}

static JsonArray *
contents_to_json (const GeminiQuestion * q)
{
  Writer w = {.question = q,.contents = json_array_new () };

  for (guint i = 0; i < json_array_get_length (q->messages); i++) {
    JsonObject *message = llm_wire_element (q->messages, i);
    const gchar *role = llm_wire_string (message, "role");
    const gchar *content = llm_wire_string (message, "content");

    if (g_strcmp0 (role, "tool") == 0) {
      write_result (&w, message);
    } else if (g_strcmp0 (role, "assistant") == 0) {
      write_text (&w, CONTENT_MODEL, content);
      write_calls (&w, llm_wire_array (message, "tool_calls"));
    } else if (g_strcmp0 (role, "system") == 0) {
      write_note (&w, content);
    } else {
      write_text (&w, CONTENT_USER, content);
    }
  }
  if (w.last == CONTENT_NONE || w.last == CONTENT_MODEL)
    write_text (&w, CONTENT_USER, ".");
  return w.contents;
}

/* Parameters without any are refused. */
static JsonObject *
tool_to_json (JsonObject * tool)
{
  JsonObject *out = json_object_new (), *parameters = NULL;
  JsonNode *schema = llm_wire_member (tool, "parameters", JSON_NODE_OBJECT);
  const gchar *description = llm_wire_string (tool, "description");

  json_object_set_string_member (out, "name", llm_wire_string (tool, "name"));
  if (description)
    json_object_set_string_member (out, "description", description);
  if (schema)
    parameters = gemini_schema (schema);
  if (parameters && json_object_has_member (parameters, "properties"))
    json_object_set_object_member (out, "parameters",
        json_object_ref (parameters));
  g_clear_pointer (&parameters, json_object_unref);
  return out;
}

static void
add_tools (JsonObject * out, JsonArray * tools)
{
  JsonArray *declarations, *list;
  JsonObject *one;

  if (llm_wire_length (tools) == 0)
    return;
  declarations = json_array_new ();
  list = json_array_new ();
  one = json_object_new ();
  for (guint i = 0; i < json_array_get_length (tools); i++)
    json_array_add_object_element (declarations,
        tool_to_json (llm_wire_element (tools, i)));
  json_object_set_array_member (one, "functionDeclarations", declarations);
  json_array_add_object_element (list, one);
  json_object_set_array_member (out, "tools", list);
}

static void
add_thinking (JsonObject * config, const GeminiQuestion * q)
{
  JsonObject *thinking = json_object_new ();

  if (q->thinking_budget != GEMINI_NO_BUDGET)
    json_object_set_int_member (thinking, "thinkingBudget", q->thinking_budget);
  if (q->thinking_level && *q->thinking_level)
    json_object_set_string_member (thinking, "thinkingLevel",
        q->thinking_level);
  if (json_object_get_size (thinking) > 0)
    json_object_set_object_member (config, "thinkingConfig",
        json_object_ref (thinking));
  json_object_unref (thinking);
}

static void
add_config (JsonObject * out, const GeminiQuestion * q)
{
  JsonObject *config = json_object_new ();

  if (q->temperature >= 0)
    json_object_set_double_member (config, "temperature", q->temperature);
  if (q->seed >= 0)
    json_object_set_int_member (config, "seed", q->seed);
  if (q->max_tokens)
    json_object_set_int_member (config, "maxOutputTokens", q->max_tokens);
  if (q->stop)
    json_object_set_member (config, "stopSequences",
        gst_voice_json_copy (q->stop));
  add_thinking (config, q);
  if (q->response_schema) {
    json_object_set_string_member (config, "responseMimeType",
        "application/json");
    json_object_set_object_member (config, "responseSchema",
        gemini_schema (q->response_schema));
  }
  if (json_object_get_size (config) > 0)
    json_object_set_object_member (out, "generationConfig",
        json_object_ref (config));
  json_object_unref (config);
}

/* RFC 7396; as deep as @extra is. */
static void
merge (JsonObject * out, JsonObject * extra)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init (&iter, extra);
  while (json_object_iter_next (&iter, &name, &node)) {
    JsonObject *ours = llm_wire_object (out, name);

    if (JSON_NODE_HOLDS_NULL (node))
      json_object_remove_member (out, name);
    else if (ours && JSON_NODE_HOLDS_OBJECT (node))
      merge (ours, json_node_get_object (node));
    else
      json_object_set_member (out, name, gst_voice_json_copy (node));
  }
}

/**
 * gemini_question_to_json:
 * @question: what to ask
 *
 * Returns: (transfer full): the request's body
 */
gchar *
gemini_question_to_json (const GeminiQuestion * question)
{
  JsonObject *out = json_object_new (), *system;
  JsonArray *parts;

  if (question->system && *question->system) {
    system = json_object_new ();
    parts = json_array_new ();
    add_text_part (parts, question->system);
    json_object_set_array_member (system, "parts", parts);
    json_object_set_object_member (out, "systemInstruction", system);
  }
  json_object_set_array_member (out, "contents", contents_to_json (question));
  add_tools (out, question->tools);
  add_config (out, question);
  if (question->extra)
    merge (out, question->extra);
  return llm_wire_to_json (out);
}

LlmAnswer *
gemini_answer_new (void)
{
  Answer *a = g_new0 (Answer, 1);

  llm_answer_init (&a->common);
  return &a->common;
}

void
gemini_answer_free (LlmAnswer * answer)
{
  llm_answer_clear (answer);
  g_free (answer);
}

static gboolean
take_call (Answer * a, JsonObject * part, JsonObject * function,
    GError ** error)
{
  const gchar *id = llm_wire_string (function, "id");
  const gchar *name = llm_wire_string (function, "name");
  const gchar *signature = llm_wire_string (part, "thoughtSignature");
  JsonNode *arguments = llm_wire_member (function, "args", JSON_NODE_OBJECT);
  LlmCall *call = llm_answer_add_call (&a->common);
  gchar *json = arguments ? gst_voice_json_to_string (arguments) : NULL;

  if (call && json)
    g_string_assign (call->arguments, json);
  g_free (json);
  if (!call || !name || !*name || strlen (name) > LLM_WIRE_MAX_NAME
      || (id && strlen (id) > LLM_WIRE_MAX_NAME)
      || (signature && strlen (signature) > MAX_SIGNATURE)
      || call->arguments->len > LLM_WIRE_MAX_ARGUMENTS)
    return llm_wire_fail (error, GST_VOICE_ERROR_BAD_RESPONSE, "the model "
        "calls too many tools, or one without a name, or what it says with it "
        "is far too long");
  call->id = id && *id ? g_strdup (id) : NULL;
  g_free (call->name);
  call->name = g_strdup (name);
  call->signature = g_strdup (signature);
  a->common.surfaced = TRUE;
  return TRUE;
}

static gboolean
take_part (Answer * a, JsonObject * part, GString * text, GError ** error)
{
  const gchar *said = llm_wire_string (part, "text");
  JsonObject *function = llm_wire_object (part, "functionCall");
  JsonNode *thought = llm_wire_member (part, "thought", JSON_NODE_VALUE);

  if (function)
    return take_call (a, part, function, error);
  if (!said || !*said || (thought && json_node_get_boolean (thought)))
    return TRUE;
  if (!llm_answer_count (&a->common, strlen (said), error))
    return FALSE;
  a->common.surfaced = TRUE;
  g_string_append (text, said);
  return TRUE;
}

static void
take_reason (Answer * a, const gchar * reason)
{
  static const gchar *const filters[] = { "SAFETY", "RECITATION", "LANGUAGE",
    "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", NULL
  };

  if (!reason || !*reason || strcmp (reason, "FINISH_REASON_UNSPECIFIED") == 0)
    return;
  a->common.finished = TRUE;
  if (g_strv_contains (filters, reason))
    a->common.filtered = TRUE;
  else if (strcmp (reason, "MAX_TOKENS") == 0)
    a->cut = TRUE;
  else if (strcmp (reason, "STOP") != 0)
    a->failed = TRUE;
}

static gboolean
take_candidate (Answer * a, JsonObject * candidate, GString * text,
    GError ** error)
{
  JsonArray *parts = llm_wire_array (llm_wire_object (candidate, "content"),
      "parts");
  gint64 index = 0;

  llm_wire_number (candidate, "index", &index);
  if (index != 0)
    return TRUE;
  for (guint i = 0; i < llm_wire_length (parts); i++) {
    if (!take_part (a, llm_wire_element (parts, i), text, error))
      return FALSE;
  }
  take_reason (a, llm_wire_string (candidate, "finishReason"));
  return TRUE;
}

/* All of it so far, with each chunk. Thoughts are billed as what is written,
 * and are not among it. */
static void
take_usage (Answer * a, JsonObject * usage)
{
  gint64 prompt = 0, tools = 0, written = 0, thoughts = 0, cached = 0;

  if (!usage)
    return;
  llm_wire_number (usage, "promptTokenCount", &prompt);
  llm_wire_number (usage, "toolUsePromptTokenCount", &tools);
  llm_wire_number (usage, "candidatesTokenCount", &written);
  llm_wire_number (usage, "thoughtsTokenCount", &thoughts);
  llm_wire_number (usage, "cachedContentTokenCount", &cached);
  a->usage_known = TRUE;
  a->common.usage.read = prompt + tools;
  a->common.usage.written = written + thoughts;
  a->common.usage.cached = MIN (cached, prompt);
}

#define NOT_HERE "the service is not to be had from here, or not without " \
    "billing: look at the account"

static const LlmMeaning bad_key =
    { "", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY };

static const LlmMeaning no_money = { "", GST_VOICE_ERROR_QUOTA,
  LLM_WIRE_NO_MONEY
};

static const LlmMeaning too_long = { "", GST_VOICE_ERROR_BAD_REQUEST,
  LLM_WIRE_TOO_LONG
};

static const LlmMeaning meanings[] = {
  {"UNAUTHENTICATED", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"PERMISSION_DENIED", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"NOT_FOUND", GST_VOICE_ERROR_UNSUPPORTED, LLM_WIRE_NO_MODEL},
  {"FAILED_PRECONDITION", GST_VOICE_ERROR_UNSUPPORTED, NOT_HERE},
  {"RESOURCE_EXHAUSTED", GST_VOICE_ERROR_RATE_LIMITED, LLM_WIRE_TOO_MANY},
  {"INTERNAL", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"UNAVAILABLE", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"DEADLINE_EXCEEDED", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"CANCELLED", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"INVALID_ARGUMENT", GST_VOICE_ERROR_BAD_REQUEST, NULL},
};

/* The element of the details that is of that type. */
static JsonObject *
detail_of (JsonObject * error, const gchar * type)
{
  JsonArray *details = llm_wire_array (error, "details");

  for (guint i = 0; i < llm_wire_length (details); i++) {
    JsonObject *one = llm_wire_element (details, i);
    const gchar *is = llm_wire_string (one, "@type");

    if (is && g_str_has_suffix (is, type))
      return one;
  }
  return NULL;
}

/* A quota of the day is no matter of waiting; nor is one that does not say for
 * how long. */
static gboolean
is_used_up (JsonObject * error)
{
  JsonObject *quota = detail_of (error, ".QuotaFailure");
  JsonArray *violations = llm_wire_array (quota, "violations");

  for (guint i = 0; i < llm_wire_length (violations); i++) {
    const gchar *id = llm_wire_string (llm_wire_element (violations, i),
        "quotaId");

    if (id && strstr (id, "PerDay"))
      return TRUE;
  }
  return quota && !detail_of (error, ".RetryInfo");
}

static const LlmMeaning *
meaning_of (JsonObject * error)
{
  const gchar *status = llm_wire_string (error, "status");
  const gchar *message = llm_wire_string (error, "message");
  const gchar *reason = llm_wire_string (detail_of (error, ".ErrorInfo"),
      "reason");

  if ((reason && g_str_has_prefix (reason, "API_KEY_")) || (message
          && g_str_has_prefix (message, "API key ")))
    return &bad_key;
  if (message && strstr (message, "input token count"))
    return &too_long;
  if (g_strcmp0 (status, "RESOURCE_EXHAUSTED") == 0 && is_used_up (error))
    return &no_money;
  return llm_wire_find (meanings, G_N_ELEMENTS (meanings), status);
}

/* `12s`, `0.5s`; -1 if there is none. */
static gint64
delay_of (JsonObject * error)
{
  const gchar *delay = llm_wire_string (detail_of (error, ".RetryInfo"),
      "retryDelay");
  gdouble seconds = delay ? g_ascii_strtod (delay, NULL) : -1;

  return seconds >= 0 && seconds <= 86400 ? (gint64) (seconds * 1000) : -1;
}

static gboolean
take_chunk (Answer * a, JsonObject * chunk, GString * text, GError ** error)
{
  JsonObject *failure = llm_wire_object (chunk, "error");
  JsonArray *candidates = llm_wire_array (chunk, "candidates");
  const gchar *model = llm_wire_string (chunk, "modelVersion");
  const gchar *blocked = llm_wire_string (llm_wire_object (chunk,
          "promptFeedback"), "blockReason");

  if (failure)
    return llm_wire_fail_late (error, meaning_of (failure), failure);
  llm_answer_set_model (&a->common, model);
  take_usage (a, llm_wire_object (chunk, "usageMetadata"));
  for (guint i = 0; i < llm_wire_length (candidates); i++) {
    if (!take_candidate (a, llm_wire_element (candidates, i), text, error))
      return FALSE;
  }
  if (blocked && *blocked)
    a->common.filtered = a->common.finished = TRUE;
  return TRUE;
}

gboolean
gemini_answer_read (LlmAnswer * answer, const gchar * json, gsize size,
    GString * text, GError ** error)
{
  Answer *a = (Answer *) answer;
  JsonNode *root = llm_wire_parse (json, size);
  JsonArray *all = root && JSON_NODE_HOLDS_ARRAY (root) ?
      json_node_get_array (root) : NULL;
  gboolean ok = TRUE;

  if (root && JSON_NODE_HOLDS_OBJECT (root))
    ok = take_chunk (a, json_node_get_object (root), text, error);
  else if (!all)
    ok = llm_wire_fail (error, GST_VOICE_ERROR_BAD_RESPONSE, "the model's "
        "service sent what is no JSON object: check that the url is one of "
        "Gemini");
  for (guint i = 0; ok && i < llm_wire_length (all); i++)
    ok = take_chunk (a, llm_wire_element (all, i), text, error);
  /* There is no other mark of the end. */
  answer->over = ok && answer->finished && a->usage_known;
  g_clear_pointer (&root, json_node_unref);
  return ok;
}

gboolean
gemini_answer_end (LlmAnswer * answer, GString * text, GError ** error)
{
  Answer *a = (Answer *) answer;

  if (!llm_answer_is_whole (answer, error))
    return FALSE;
  if (a->cut && !answer->surfaced)
    return llm_wire_fail (error, GST_VOICE_ERROR_BAD_REQUEST, "the model has "
        "used up max-tokens before it said anything: raise it, or let it think "
        "less");
  if (a->failed || (!answer->surfaced && !answer->filtered))
    return llm_wire_fail (error, GST_VOICE_ERROR_SERVER, "the model's service "
        "gave up its answer, or gave none: try again");
  return TRUE;
}

/* Also one in an array. */
static JsonObject *
error_in (JsonNode * root)
{
  if (root && JSON_NODE_HOLDS_OBJECT (root))
    return llm_wire_object (json_node_get_object (root), "error");
  if (root && JSON_NODE_HOLDS_ARRAY (root)
      && json_array_get_length (json_node_get_array (root)) > 0)
    return llm_wire_object (llm_wire_element (json_node_get_array (root), 0),
        "error");
  return NULL;
}

/**
 * gemini_refusal:
 * @refusal: the error of an answer that is not 2xx
 * @body: (nullable): its body
 * @retry_after: (inout): in ms, or -1
 *
 * Returns: (transfer full): the same error, or one that says more
 */
GError *
gemini_refusal (const GError * refusal, const gchar * body,
    gint64 * retry_after)
{
  JsonNode *root = body ? llm_wire_parse (body, -1) : NULL;
  JsonObject *error = error_in (root);
  const LlmMeaning *meaning = error ? meaning_of (error) : NULL;
  gint64 delay = delay_of (error);
  GError *better = llm_wire_say_better (refusal, meaning);

  if (delay >= 0)
    *retry_after = delay;
  g_clear_pointer (&root, json_node_unref);
  return better;
}
