/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Chat Completions as JSON: a question is written, a streamed answer is put
 * together, a refusal is understood. OpenAI's own service and those that are
 * like it (Azure, vLLM, llama.cpp, Ollama, Groq) differ in details, and all of
 * them are taken: usage on any chunk, calls without an id, with a wrong index
 * or whole, arguments as an object, choices without a delta, thoughts in the
 * text, errors within an answer of status 200, no `[DONE]`.
 *
 * No text of a service goes into an error: it may quote the key.
 *
 * Threads: any, one at a time. Locks: none.
 */
#include "openai-wire.h"

#include <gst-voice/json.h>
#include <string.h>

static const gchar think_begin[] = "<think>";
static const gchar think_end[] = "</think>";

typedef struct
{
  LlmAnswer common;
  GArray *indices;              /* of gint64: what the service numbers them */
  gboolean thinking, after_thought;
  GString *held;                /* may become a tag */
} Answer;

static JsonArray *
calls_to_json (JsonArray * calls)
{
  JsonArray *out = json_array_new ();

  for (guint i = 0; i < llm_wire_length (calls); i++) {
    JsonObject *call = llm_wire_element (calls, i), *one = json_object_new ();
    JsonObject *function = json_object_new ();
    JsonNode *arguments = llm_wire_member (call, "arguments", JSON_NODE_OBJECT);
    gchar *text = arguments ? gst_voice_json_to_string (arguments) : NULL;

    json_object_set_string_member (one, "id", llm_wire_string (call, "id"));
    json_object_set_string_member (one, "type", "function");
    json_object_set_string_member (function, "name", llm_wire_string (call,
            "name"));
    /* What was no JSON when it came would be refused now. */
    json_object_set_string_member (function, "arguments", text ? text : "{}");
    json_object_set_object_member (one, "function", function);
    json_array_add_object_element (out, one);
    g_free (text);
  }
  return out;
}

static void
add_message (JsonArray * out, const gchar * role, const gchar * content)
{
  JsonObject *one = json_object_new ();

  json_object_set_string_member (one, "role", role);
  json_object_set_string_member (one, "content", content ? content : "");
  json_array_add_object_element (out, one);
}

static void
add_calling (JsonArray * out, JsonObject * message, JsonArray * calls)
{
  JsonObject *one = json_object_new ();
  const gchar *content = llm_wire_string (message, "content");

  json_object_set_string_member (one, "role", "assistant");
  if (content && *content)
    json_object_set_string_member (one, "content", content);
  else
    json_object_set_null_member (one, "content");
  json_object_set_array_member (one, "tool_calls", calls_to_json (calls));
  json_array_add_object_element (out, one);
}

static void
add_result (JsonArray * out, JsonObject * message)
{
  JsonObject *one = json_object_new ();
  JsonNode *content = json_object_get_member (message, "content");
  const gchar *text = llm_wire_string (message, "content");
  gchar *json = !text && content ? gst_voice_json_to_string (content) : NULL;

  json_object_set_string_member (one, "role", "tool");
  json_object_set_string_member (one, "tool_call_id", llm_wire_string (message,
          "id"));
  json_object_set_string_member (one, "content", json ? json :
      text ? text : "");
  json_array_add_object_element (out, one);
  g_free (json);
}

static JsonArray *
messages_to_json (const OpenaiQuestion * q)
{
  JsonArray *out = json_array_new ();

  if (q->system && *q->system)
    add_message (out, "system", q->system);
  for (guint i = 0; i < json_array_get_length (q->messages); i++) {
    JsonObject *message = llm_wire_element (q->messages, i);
    const gchar *role = llm_wire_string (message, "role");
    JsonArray *calls = llm_wire_array (message, "tool_calls");

    if (g_strcmp0 (role, "tool") == 0)
      add_result (out, message);
    else if (calls)
      add_calling (out, message, calls);
    else
      add_message (out, role, llm_wire_string (message, "content"));
  }
  return out;
}

static JsonArray *
tools_to_json (JsonArray * tools)
{
  static const gchar *const names[] = { "name", "description", "parameters" };
  JsonArray *out = json_array_new ();

  for (guint i = 0; i < json_array_get_length (tools); i++) {
    JsonObject *tool = llm_wire_element (tools, i), *one = json_object_new ();
    JsonObject *function = json_object_new ();

    for (guint n = 0; tool && n < G_N_ELEMENTS (names); n++) {
      JsonNode *node = json_object_get_member (tool, names[n]);

      if (node)
        json_object_set_member (function, names[n], gst_voice_json_copy (node));
    }
    json_object_set_string_member (one, "type", "function");
    json_object_set_object_member (one, "function", function);
    json_array_add_object_element (out, one);
  }
  return out;
}

static void
add_tools (JsonObject * out, const OpenaiQuestion * q)
{
  if (llm_wire_length (q->tools) == 0)
    return;
  json_object_set_array_member (out, "tools", tools_to_json (q->tools));
  if (q->one_call)
    json_object_set_boolean_member (out, "parallel_tool_calls", FALSE);
}

static void
add_options (JsonObject * out, const OpenaiQuestion * q)
{
  if (q->temperature >= 0)
    json_object_set_double_member (out, "temperature", q->temperature);
  if (q->seed >= 0)
    json_object_set_int_member (out, "seed", q->seed);
  if (q->max_tokens)
    json_object_set_int_member (out, q->old_max_tokens ? "max_tokens" :
        "max_completion_tokens", q->max_tokens);
  if (q->stop)
    json_object_set_member (out, "stop", gst_voice_json_copy (q->stop));
  if (q->response_format)
    json_object_set_member (out, "response_format",
        gst_voice_json_copy (q->response_format));
  if (q->reasoning_effort && *q->reasoning_effort)
    json_object_set_string_member (out, "reasoning_effort",
        q->reasoning_effort);
}

static void
add_extra (JsonObject * out, JsonObject * extra)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  json_object_iter_init (&iter, extra);
  while (json_object_iter_next (&iter, &name, &node)) {
    if (JSON_NODE_HOLDS_NULL (node))
      json_object_remove_member (out, name);
    else
      json_object_set_member (out, name, gst_voice_json_copy (node));
  }
}

/**
 * openai_question_to_json:
 * @question: what to ask
 *
 * Returns: (transfer full): the request's body
 */
gchar *
openai_question_to_json (const OpenaiQuestion * question)
{
  JsonObject *out = json_object_new (), *stream = json_object_new ();

  if (question->model && *question->model)
    json_object_set_string_member (out, "model", question->model);
  json_object_set_boolean_member (out, "stream", TRUE);
  json_object_set_boolean_member (stream, "include_usage", TRUE);
  json_object_set_object_member (out, "stream_options", stream);
  add_options (out, question);
  add_tools (out, question);
  json_object_set_array_member (out, "messages", messages_to_json (question));
  if (question->extra)
    add_extra (out, question->extra);
  return llm_wire_to_json (out);
}

LlmAnswer *
openai_answer_new (void)
{
  Answer *a = g_new0 (Answer, 1);

  llm_answer_init (&a->common);
  a->indices = g_array_new (FALSE, FALSE, sizeof (gint64));
  a->held = g_string_new (NULL);
  return &a->common;
}

void
openai_answer_free (LlmAnswer * answer)
{
  Answer *a = (Answer *) answer;

  llm_answer_clear (answer);
  g_array_unref (a->indices);
  g_string_free (a->held, TRUE);
  g_free (a);
}

/* How much of @tag the end of @text may be the beginning of. */
static gsize
tag_begun (const gchar * text, gsize size, const gchar * tag)
{
  for (gsize n = MIN (size, strlen (tag) - 1); n > 0; n--) {
    if (memcmp (text + size - n, tag, n) == 0)
      return n;
  }
  return 0;
}

static void
say (Answer * a, GString * text, const gchar * what, gsize size)
{
  while (a->after_thought && size > 0 && g_ascii_isspace (*what)) {
    what++;
    size--;
  }
  if (size == 0)
    return;
  a->after_thought = FALSE;
  a->common.surfaced = TRUE;
  g_string_append_len (text, what, size);
}

/* Says what is no thought, and holds back what may become a tag. */
static gboolean
take_text (Answer * a, const gchar * what, GString * text, GError ** error)
{
  const gchar *at, *tag;
  gsize left, keep;

  if (!llm_answer_count (&a->common, strlen (what), error))
    return FALSE;
  g_string_append (a->held, what);
  for (at = a->held->str;; at = tag + strlen (a->thinking ? think_begin :
          think_end)) {
    const gchar *wanted = a->thinking ? think_end : think_begin;

    tag = strstr (at, wanted);
    if (!tag)
      break;
    if (!a->thinking)
      say (a, text, at, tag - at);
    a->thinking = !a->thinking;
    a->after_thought = !a->thinking;
  }
  left = a->held->str + a->held->len - at;
  keep = tag_begun (at, left, a->thinking ? think_end : think_begin);
  if (!a->thinking)
    say (a, text, at, left - keep);
  g_string_erase (a->held, 0, a->held->len - keep);
  return TRUE;
}

/* A text, or an array of parts with a text. */
static gboolean
take_content (Answer * a, JsonObject * delta, GString * text, GError ** error)
{
  const gchar *content = llm_wire_string (delta, "content");
  const gchar *refusal = llm_wire_string (delta, "refusal");
  JsonArray *parts = llm_wire_array (delta, "content");

  for (guint i = 0; i < llm_wire_length (parts); i++) {
    const gchar *part = llm_wire_string (llm_wire_element (parts, i), "text");

    if (part && !take_text (a, part, text, error))
      return FALSE;
  }
  return (!content || take_text (a, content, text, error))
      && (!refusal || take_text (a, refusal, text, error));
}

static gboolean
is_whole (const LlmCall * call)
{
  JsonNode *node = gst_voice_json_parse (call->arguments->str,
      call->arguments->len, LLM_WIRE_MAX_ARGUMENTS, LLM_WIRE_MAX_DEPTH, NULL);
  gboolean yes = node && JSON_NODE_HOLDS_OBJECT (node);

  g_clear_pointer (&node, json_node_unref);
  return yes;
}

/* Which call a piece belongs to. Some services number all calls 0 and some none
 * of them; but each has its id, or comes whole. */
static LlmCall *
call_of (Answer * a, gint64 index, const gchar * id, const gchar * name)
{
  LlmCall *call = NULL;

  for (guint i = a->indices->len; i > 0 && !call; i--) {
    if (g_array_index (a->indices, gint64, i - 1) == index)
      call = g_ptr_array_index (a->common.calls, i - 1);
  }
  if (call && id && *id && call->id && strcmp (id, call->id) != 0)
    call = NULL;
  if (call && name && *name && *call->name && !(id && *id) && is_whole (call))
    call = NULL;
  if (call)
    return call;
  call = llm_answer_add_call (&a->common);
  if (call)
    g_array_append_val (a->indices, index);
  return call;
}

static gboolean
take_arguments (LlmCall * call, JsonObject * function, GError ** error)
{
  const gchar *piece = llm_wire_string (function, "arguments");
  JsonNode *object = llm_wire_member (function, "arguments", JSON_NODE_OBJECT);
  gchar *json;

  if (piece)
    g_string_append (call->arguments, piece);
  if (object) {
    json = gst_voice_json_to_string (object);
    g_string_assign (call->arguments, json);
    g_free (json);
  }
  return call->arguments->len <= LLM_WIRE_MAX_ARGUMENTS || llm_wire_fail (error,
      GST_VOICE_ERROR_BAD_RESPONSE, "the model wrote arguments of a tool that "
      "are far too long");
}

static gboolean
take_call (Answer * a, gint64 index, const gchar * id,
    JsonObject * function, GError ** error)
{
  const gchar *name = llm_wire_string (function, "name");
  LlmCall *call = call_of (a, index, id, name);

  if (!call || (name && strlen (name) > LLM_WIRE_MAX_NAME)
      || (id && strlen (id) > LLM_WIRE_MAX_NAME))
    return llm_wire_fail (error, GST_VOICE_ERROR_BAD_RESPONSE,
        "the model calls too many tools, or by names that are too long");
  if (id && *id && !call->id)
    call->id = g_strdup (id);
  if (name && *name && !*call->name) {
    g_free (call->name);
    call->name = g_strdup (name);
  }
  a->common.surfaced = TRUE;
  return take_arguments (call, function, error);
}

static gboolean
take_calls (Answer * a, JsonObject * delta, GError ** error)
{
  JsonArray *calls = llm_wire_array (delta, "tool_calls");
  JsonObject *legacy = llm_wire_object (delta, "function_call");

  for (guint i = 0; i < llm_wire_length (calls); i++) {
    JsonObject *one = llm_wire_element (calls, i);
    JsonObject *function = llm_wire_object (one, "function");
    gint64 index = i;

    llm_wire_number (one, "index", &index);
    if (one
        && !take_call (a, index, llm_wire_string (one, "id"), function, error))
      return FALSE;
  }
  return !legacy || take_call (a, 0, NULL, legacy, error);
}

static gboolean
take_choice (Answer * a, JsonObject * choice, GString * text, GError ** error)
{
  JsonObject *delta = llm_wire_object (choice, "delta");
  const gchar *reason = llm_wire_string (choice, "finish_reason");
  gint64 index = 0;

  llm_wire_number (choice, "index", &index);
  if (index != 0)
    return TRUE;
  if (!delta)
    delta = llm_wire_object (choice, "message");
  if (delta && (!take_content (a, delta, text, error)
          || !take_calls (a, delta, error)))
    return FALSE;
  if (!reason || !*reason)
    return TRUE;
  a->common.finished = TRUE;
  a->common.filtered |= strcmp (reason, "content_filter") == 0;
  return strcmp (reason, "error") != 0
      || llm_wire_fail (error, GST_VOICE_ERROR_SERVER,
      "the service gave up its answer: try again");
}

static void
take_usage (Answer * a, JsonObject * usage)
{
  JsonObject *details = llm_wire_object (usage, "prompt_tokens_details");
  gint64 n;

  if (llm_wire_number (usage, "prompt_tokens", &n))
    a->common.usage.read = n;
  if (llm_wire_number (usage, "completion_tokens", &n))
    a->common.usage.written = n;
  if (llm_wire_number (details, "cached_tokens", &n))
    a->common.usage.cached = n;
  a->common.usage.cached = MIN (a->common.usage.cached, a->common.usage.read);
}

#define BAD_OPTION "the model does not take one of the options: check " \
    "temperature, seed, stop, max-tokens, reasoning-effort and extra"
static const LlmMeaning meanings[] = {
  {"context_length_exceeded", GST_VOICE_ERROR_BAD_REQUEST, LLM_WIRE_TOO_LONG},
  {"exceed_context_size_error", GST_VOICE_ERROR_BAD_REQUEST, LLM_WIRE_TOO_LONG},
  {"insufficient_quota", GST_VOICE_ERROR_QUOTA, LLM_WIRE_NO_MONEY},
  {"billing_hard_limit_reached", GST_VOICE_ERROR_QUOTA, LLM_WIRE_NO_MONEY},
  {"invalid_api_key", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"invalid_organization", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"account_deactivated", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"model_not_found", GST_VOICE_ERROR_UNSUPPORTED, LLM_WIRE_NO_MODEL},
  {"DeploymentNotFound", GST_VOICE_ERROR_UNSUPPORTED, LLM_WIRE_NO_MODEL},
  {"content_filter", GST_VOICE_ERROR_BAD_REQUEST, LLM_WIRE_FILTERED},
  {"content_policy_violation", GST_VOICE_ERROR_BAD_REQUEST, LLM_WIRE_FILTERED},
  {"unsupported_parameter", GST_VOICE_ERROR_BAD_REQUEST, BAD_OPTION},
  {"unsupported_value", GST_VOICE_ERROR_BAD_REQUEST, BAD_OPTION},
  {"rate_limit_exceeded", GST_VOICE_ERROR_RATE_LIMITED, LLM_WIRE_TOO_MANY},
  {"rate_limit_error", GST_VOICE_ERROR_RATE_LIMITED, LLM_WIRE_TOO_MANY},
  {"authentication_error", GST_VOICE_ERROR_AUTH, LLM_WIRE_BAD_KEY},
  {"server_error", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"api_error", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"overloaded_error", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"unavailable_error", GST_VOICE_ERROR_SERVER, LLM_WIRE_BUSY},
  {"not_found_error", GST_VOICE_ERROR_UNSUPPORTED, LLM_WIRE_NO_MODEL},
  {"NotFoundError", GST_VOICE_ERROR_UNSUPPORTED, LLM_WIRE_NO_MODEL},
  {"invalid_request_error", GST_VOICE_ERROR_BAD_REQUEST, NULL},
  {"BadRequestError", GST_VOICE_ERROR_BAD_REQUEST, NULL},
};

static const LlmMeaning *
meaning_of (const gchar * word)
{
  return llm_wire_find (meanings, G_N_ELEMENTS (meanings), word);
}

/* The code says more than the type. vLLM has no word for what is too long. */
static const LlmMeaning *
meaning_of_error (JsonObject * error)
{
  const gchar *message = llm_wire_string (error, "message");
  const LlmMeaning *meaning = meaning_of (llm_wire_string (error, "code"));

  if (!meaning)
    meaning = meaning_of (llm_wire_string (error, "type"));
  if ((!meaning || !meaning->text) && message
      && strstr (message, "maximum context length"))
    meaning = &meanings[0];
  return meaning;
}

/* Also a flat one, as older vLLM has. */
static JsonObject *
error_in (JsonObject * root)
{
  JsonObject *error = llm_wire_object (root, "error");

  if (!error && g_strcmp0 (llm_wire_string (root, "object"), "error") == 0)
    error = root;
  return error;
}

static gboolean
take_object (Answer * a, JsonObject * root, GString * text, GError ** error)
{
  JsonObject *failure = error_in (root);
  JsonArray *choices = llm_wire_array (root, "choices");
  const gchar *model = llm_wire_string (root, "model");

  if (failure || llm_wire_string (root, "error"))
    return llm_wire_fail_late (error, meaning_of_error (failure), failure);
  llm_answer_set_model (&a->common, model);
  take_usage (a, llm_wire_object (llm_wire_object (root, "x_groq"), "usage"));
  take_usage (a, llm_wire_object (root, "usage"));
  for (guint i = 0; i < llm_wire_length (choices); i++) {
    JsonObject *choice = llm_wire_element (choices, i);

    if (choice && !take_choice (a, choice, text, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
openai_answer_read (LlmAnswer * answer, const gchar * json, gsize size,
    GString * text, GError ** error)
{
  JsonNode *root;
  gboolean ok;

  if (answer->over)
    return TRUE;
  if (strcmp (json, "[DONE]") == 0) {
    answer->over = answer->finished = TRUE;
    return TRUE;
  }
  root = llm_wire_parse (json, size);
  ok = root && JSON_NODE_HOLDS_OBJECT (root) ?
      take_object ((Answer *) answer, json_node_get_object (root), text,
      error) : llm_wire_fail (error, GST_VOICE_ERROR_BAD_RESPONSE,
      "the model's service sent what is no JSON object: check that the url is "
      "one of Chat Completions");
  g_clear_pointer (&root, json_node_unref);
  return ok;
}

gboolean
openai_answer_end (LlmAnswer * answer, GString * text, GError ** error)
{
  Answer *a = (Answer *) answer;

  if (!llm_answer_is_whole (answer, error))
    return FALSE;
  for (guint i = 0; i < answer->calls->len; i++) {
    if (!*((LlmCall *) g_ptr_array_index (answer->calls, i))->name)
      return llm_wire_fail (error, GST_VOICE_ERROR_BAD_RESPONSE,
          "the model calls a tool without saying which");
  }
  if (!a->thinking)
    say (a, text, a->held->str, a->held->len);
  g_string_truncate (a->held, 0);
  return TRUE;
}

/**
 * openai_refusal:
 * @refusal: the error of an answer that is not 2xx
 * @body: (nullable): its body
 * @retry_after: (inout): in ms, or -1
 *
 * Returns: (transfer full): the same error, or one that says more
 */
GError *
openai_refusal (const GError * refusal, const gchar * body,
    gint64 * retry_after)
{
  JsonNode *root = body ? llm_wire_parse (body, -1) : NULL;
  JsonObject *error = root && JSON_NODE_HOLDS_OBJECT (root) ?
      error_in (json_node_get_object (root)) : NULL;
  const LlmMeaning *meaning = meaning_of_error (error);
  GError *better = llm_wire_say_better (refusal, meaning);

  g_clear_pointer (&root, json_node_unref);
  return better;
}
