/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * generateContent as JSON: what is asked, what is left of a schema, how answers
 * are put together, and what refusals mean.
 */
#include "gemini-schema.h"
#include "gemini-wire.h"
#include "quoted.h"

#include <gst-voice/json.h>
#include <string.h>

/* @q without messages, tools and JSON options, which are given as text. */
static void
assert_asked (GeminiQuestion q, const gchar * messages, const gchar * tools,
    const gchar * extra, const gchar * expected)
{
  JsonNode *m = parse (messages), *t = tools ? parse (tools) : NULL;
  JsonNode *e = extra ? parse (extra) : NULL;
  gchar *json;

  q.messages = json_node_get_array (m);
  q.tools = t ? json_node_get_array (t) : NULL;
  q.extra = e ? json_node_get_object (e) : NULL;
  json = gemini_question_to_json (&q);
  assert_says (json, -1, expected);
  g_free (json);
  json_node_unref (m);
  g_clear_pointer (&t, json_node_unref);
  g_clear_pointer (&e, json_node_unref);
}

static const GeminiQuestion plain = {
  .model = "gemini-2.5-flash",.temperature = -1,.seed = -1,
  .thinking_budget = GEMINI_NO_BUDGET
};

#define USER(text) "{'role': 'user', 'parts': [{'text': '" text "'}]}"
#define MODEL(text) "{'role': 'model', 'parts': [{'text': '" text "'}]}"

static void
the_conversation_alternates (void)
{
  GeminiQuestion q = plain;

  assert_asked (q, "[{'role': 'user', 'content': 'Hi'}]", NULL, NULL,
      "{'contents': [" USER ("Hi") "]}");
  assert_asked (q, "[]", NULL, NULL, "{'contents': [" USER (".") "]}");
  q.system = "Be brief.";
  assert_asked (q, "[{'role': 'assistant', 'content': 'Hello.'},"
      "{'role': 'assistant', 'content': 'Yes?'}, {'role': 'user',"
      "'content': 'a'}, {'role': 'user', 'content': 'b'}, {'role':"
      "'assistant', 'content': ''}, {'role': 'system', 'content': 'n'},"
      "{'role': 'assistant', 'content': 'c', 'interrupted': true}]", NULL,
      NULL, "{'systemInstruction': {'parts': [{'text': 'Be brief.'}]},"
      "'contents': [" USER (".") ", {'role': 'model', 'parts': [{'text':"
      "'Hello.'}, {'text': '\\nYes?'}]}, {'role': 'user', 'parts': [{'text':"
      "'a'}, {'text': '\\nb'}, {'text': '\\n(Note, not said by the caller:"
      " n)'}]}," MODEL ("c") "," USER (".") "]}");
}

#define CALLS "[{'role': 'user', 'content': 'go'}, {'role': 'assistant'," \
  "'content': 'Wait.', 'tool_calls': [{'id': 'c1', 'name': 'f'," \
  "'arguments': {'a': 1}}, {'id': 'c2', 'name': 'g', 'arguments': 'no'}]}," \
  "{'role': 'tool', 'id': 'c1', 'name': 'f', 'content': {'ok': true}}," \
  "{'role': 'tool', 'id': 'c2', 'name': 'g', 'content': {'error': 'e'}}," \
  "{'role': 'user', 'content': 'and?'}]"
#define ASKED(signature, second) "'contents': [" USER ("go") ", {'role':" \
  "'model', 'parts': [{'text': 'Wait.'}, {'functionCall': {'id': 'c1'," \
  "'name': 'f', 'args': {'a': 1}}" signature "}, {'functionCall': {'id':" \
  "'c2', 'name': 'g'}" second "}]}, {'role': 'user', 'parts': [" \
  "{'functionResponse': {'id': 'c1', 'name': 'f', 'response': {'output':" \
  "{'ok': true}}}}, {'functionResponse': {'id': 'c2', 'name': 'g'," \
  "'response': {'error': 'e'}}}]}, " USER ("and?") "]"
#define SIGNATURE(text) ", 'thoughtSignature': '" text "'"

static void
calls_and_their_signatures_are_asked (void)
{
  GeminiQuestion q = plain;

  assert_asked (q, CALLS, "[{'name': 'f', 'description': 'd', 'parameters':"
      "{'type': 'object', 'properties': {'a': {'type': 'integer'}}}},"
      "{'name': 'g', 'parameters': {'type': 'object'}}]", NULL,
      "{'tools': [{'functionDeclarations': [{'name': 'f', 'description': 'd',"
      "'parameters': {'type': 'OBJECT', 'properties': {'a': {'type':"
      "'INTEGER'}}}}, {'name': 'g'}]}], " ASKED ("", "") "}");
  q.model = "models/gemini-3-flash";
  assert_asked (q, CALLS, NULL, NULL,
      "{" ASKED (SIGNATURE ("skip_thought_signature_validator"), "") "}");
  q.signatures = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  g_hash_table_insert (q.signatures, g_strdup ("c1"), g_strdup ("one"));
  assert_asked (q, CALLS, NULL, NULL, "{" ASKED (SIGNATURE ("one"), "") "}");
  g_hash_table_insert (q.signatures, g_strdup ("c2"), g_strdup ("two"));
  assert_asked (q, CALLS, NULL, NULL,
      "{" ASKED (SIGNATURE ("one"), SIGNATURE ("two")) "}");
  g_hash_table_unref (q.signatures);
}

static void
options_are_asked (void)
{
  GeminiQuestion q = {.model = "m",.temperature = 0.5,.seed = 7,
    .max_tokens = 100,.thinking_budget = 0
  };

#define HI "[{'role': 'user', 'content': 'Hi'}]"
#define SAFETY "'safetySettings': [{'category': 'C', 'threshold': 'OFF'}]"
  q.stop = parse ("['END']");
  q.response_schema = parse ("{'type': 'string', 'x': 1}");
  assert_asked (q, HI, "[]", "{" SAFETY ", 'generationConfig': {'topP': 1,"
      "'seed': null}}", "{'contents': [" USER ("Hi") "], " SAFETY ","
      "'generationConfig': {'temperature': 0.5, 'maxOutputTokens': 100,"
      "'stopSequences': ['END'], 'thinkingConfig': {'thinkingBudget': 0},"
      "'responseMimeType': 'application/json', 'responseSchema': {'type':"
      "'STRING'}, 'topP': 1}}");
  json_node_unref (q.stop);
  json_node_unref (q.response_schema);
  q = plain;
  q.thinking_level = "low";
  assert_asked (q, HI, NULL, NULL, "{'contents': [" USER ("Hi") "],"
      "'generationConfig': {'thinkingConfig': {'thinkingLevel': 'low'}}}");
}

static void
models_have_their_paths (void)
{
  static const gchar *const pairs[] = {
    "gemini-2.5-flash", "/models/gemini-2.5-flash:streamGenerateContent"
        "?alt=sse",
    "tunedModels/a?b", "/tunedModels/a%3Fb:streamGenerateContent?alt=sse",
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i += 2) {
    gchar *path = gemini_path (pairs[i]);

    g_assert_cmpstr (path, ==, pairs[i + 1]);
    g_free (path);
  }
}

static void
schemas_lose_what_is_refused (void)
{
  static const gchar *const pairs[] = {
    "{'$schema': 's', 'type': 'object', 'additionalProperties': false,"
        "'properties': {'a': {'type': ['string', 'null'], 'format': 'email',"
        "'minLength': 1}}, 'required': ['a', 'gone']}",
    "{'type': 'OBJECT', 'properties': {'a': {'type': 'STRING', 'nullable':"
        "true, 'minLength': 1}}, 'required': ['a']}",
    "{'type': ['string', 'integer']}",
    "{'anyOf': [{'type': 'STRING'}, {'type': 'INTEGER'}]}",
    "{'enum': ['a', '', null, 'b']}",
    "{'type': 'STRING', 'enum': ['a', 'b'], 'nullable': true}",
    "{'type': 'integer', 'enum': [1, 2], 'exclusiveMinimum': 0}",
    "{'type': 'INTEGER'}",
    "{'const': 'k'}", "{'type': 'STRING', 'enum': ['k']}",
    "{'oneOf': [{'type': 'null'}, {'type': 'number', 'format': 'double'}]}",
    "{'anyOf': [{'type': 'NUMBER', 'format': 'double'}], 'nullable': true}",
    "{'type': 'array', 'items': {'$ref': '#/$defs/one'}, '$defs':"
        "{'one': {'type': 'string', 'description': 'd'}}}",
    "{'type': 'ARRAY', 'items': {'type': 'STRING', 'description': 'd'}}",
    "{'$ref': 'http://elsewhere'}", "{}",
    "{'type': [1, {}], 'required': [[]], 'enum': 5, 'properties': {'a': 1}}",
    "{'properties': {'a': {}}}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i += 2) {
    JsonNode *schema = parse (pairs[i]), *wanted = parse (pairs[i + 1]);
    JsonNode *is = json_node_new (JSON_NODE_OBJECT);

    json_node_take_object (is, gemini_schema (schema));
    if (!gst_voice_json_equal (is, wanted))
      g_error ("%s: %s", pairs[i], gst_voice_json_to_string (is));
    json_node_unref (is);
    json_node_unref (wanted);
    json_node_unref (schema);
  }
}

static void
an_endless_schema_has_an_end (void)
{
  JsonNode *schema = parse ("{'anyOf': [{'$ref': '#'}, {'$ref': '#'}],"
      "'items': {'$ref': '#'}, 'properties': {'a': {'$ref': '#'}}}");

  json_object_unref (gemini_schema (schema));
  json_node_unref (schema);
}

/* What an answer of those events is, in one line. */
static gchar *
answer_of (const gchar * const *events)
{
  LlmAnswer *a = gemini_answer_new ();
  GString *out = g_string_new (NULL);
  GError *error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; ok && events[i]; i++) {
    gchar *json = quoted (events[i]);

    g_assert_false (a->over);
    ok = gemini_answer_read (a, json, strlen (json), out, &error);
    g_free (json);
  }
  ok = ok && gemini_answer_end (a, out, &error);
  for (guint i = 0; ok && i < a->calls->len; i++) {
    const LlmCall *call = g_ptr_array_index (a->calls, i);

    g_string_append_printf (out, " %s:%s%s/%s", call->id ? call->id : "-",
        call->name, llm_call_arguments (call),
        call->signature ? call->signature : "-");
  }
  if (ok)
    g_string_append_printf (out, " %u(%u)>%u %s%s", a->usage.read,
        a->usage.cached, a->usage.written, a->model ? a->model : "-",
        a->over ? " over" : "");
  else
    g_string_append_printf (out, " %s", gst_voice_error_name (error->code));
  g_clear_error (&error);
  gemini_answer_free (a);
  return g_string_free (out, FALSE);
}

#define PARTS(parts) "{'candidates': [{'content': {'role': 'model', 'parts':" \
  "[" parts "]}}]}"
#define END(reason) "{'candidates': [{'finishReason': '" reason "', 'index':" \
  "0}]}"
#define LAST(parts) "{'candidates': [{'content': {'parts': [" parts "]}," \
  "'finishReason': 'STOP'}], 'usageMetadata': {'promptTokenCount': 10," \
  "'cachedContentTokenCount': 4, 'candidatesTokenCount': 2," \
  "'thoughtsTokenCount': 3, 'toolUsePromptTokenCount': 1}, 'modelVersion':" \
  "'v'}"

static void
answers_are_understood (void)
{
  static const struct
  {
    const gchar *events[4];
    const gchar *is;
  } rows[] = {
    {{PARTS ("{'text': 'Hel'}"), LAST ("{'text': 'lo'}")},
        "Hello 11(4)>5 v over"},
    {{PARTS ("{'text': 'hm', 'thought': true}, {'text': 'Yes'}"),
            END ("MAX_TOKENS")}, "Yes 0(0)>0 -"},
    {{PARTS ("{'text': 'Wait.'}"), LAST ("{'functionCall': {'id': 'a',"
                    "'name': 'f', 'args': {'x': 1}}, 'thoughtSignature': 's'},"
                    "{'functionCall': {'name': 'g'}}")},
        "Wait. a:f{\"x\":1}/s -:g{}/- 11(4)>5 v over"},
    {{PARTS ("{'text': 'a'}"), LAST ("{'text': '', 'thoughtSignature': 's'}")},
        "a 11(4)>5 v over"},
    {{"[" PARTS ("{'text': 'a'}") "," LAST ("{'text': 'b'}") "]"},
        "ab 11(4)>5 v over"},
    {{PARTS ("{'text': 'a'}"), END ("SAFETY")}, "a 0(0)>0 -"},
    {{"{'candidates': [{'index': 1, 'content': {'parts': [{'text': 'no'}]}},"
                "{'content': {'parts': [{'text': 'yes'}]}}]}", END ("STOP")},
        "yes 0(0)>0 -"},
    {{END ("SAFETY")}, " bad-request"},
    {{END ("RECITATION")}, " bad-request"},
    {{"{'promptFeedback': {'blockReason': 'OTHER'}}"}, " bad-request"},
    {{END ("MAX_TOKENS")}, " bad-request"},
    {{END ("STOP")}, " server"},
    {{END ("MALFORMED_FUNCTION_CALL")}, " server"},
    {{END ("OTHER")}, " server"},
    {{PARTS ("{'text': 'a'}")}, "a disconnected"},
    {{PARTS ("{'functionCall': {}}")}, " bad-response"},
    {{"nonsense"}, " bad-response"},
    {{"5"}, " bad-response"},
    {{"{'error': {'code': 503, 'status': 'UNAVAILABLE'}}"}, " server"},
    {{"{'error': {'code': 429}}"}, " rate-limited"},
    {{"[{'error': {'status': 'PERMISSION_DENIED'}}]"}, " auth"},
    {{"{'candidates': [7, {'content': [], 'index': 'x'}, {'content':"
                "{'parts': [1, {'text': {}}, {'functionCall': 1}]}}],"
                "'usageMetadata': []}", LAST ("{'text': 'a'}")},
        "a 11(4)>5 v over"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *is = answer_of (rows[i].events);

    if (strcmp (is, rows[i].is) != 0)
      g_error ("row %u: %s", i, is);
    g_free (is);
  }
}

static void
too_much_is_refused (void)
{
  LlmAnswer *a = gemini_answer_new ();
  GString *text = g_string_new (NULL), *many = g_string_new (NULL);
  gchar *half = g_strnfill (600 * 1024, 'x');
  gchar *event = g_strdup_printf ("{\"candidates\":[{\"content\":{\"parts\":"
      "[{\"text\":\"%s\"}]}}]}", half);
  GError *error = NULL;

  g_assert_true (gemini_answer_read (a, event, strlen (event), text, &error));
  g_assert_false (gemini_answer_read (a, event, strlen (event), text, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  gemini_answer_free (a);
  a = gemini_answer_new ();
  g_string_append (many, "{\"candidates\":[{\"content\":{\"parts\":[");
  for (guint i = 0; i <= LLM_WIRE_MAX_CALLS; i++)
    g_string_append_printf (many, "%s{\"functionCall\":{\"name\":\"f\"}}",
        i ? "," : "");
  g_string_append (many, "]}}]}");
  g_assert_false (gemini_answer_read (a, many->str, many->len, text, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  gemini_answer_free (a);
  g_string_free (text, TRUE);
  g_string_free (many, TRUE);
  g_free (event);
  g_free (half);
}

#define TYPE(name) "{'@type': 'type.googleapis.com/google.rpc." name "'"
#define WAIT TYPE ("RetryInfo") ", 'retryDelay': '1.5s'}"
#define QUOTA(id) TYPE ("QuotaFailure") ", 'violations': [{'quotaId': '" id \
  "'}]}"
#define ERROR(status, details) "{'error': {'message': 'SECRET', 'status': '" \
  status "', 'details': [" details "]}}"

static void
refusals_are_understood (void)
{
  static const struct
  {
    GstVoiceError code;
    const gchar *body;
    GstVoiceError meant;
    gint64 retry_after;
    const gchar *says;
  } rows[] = {
    {GST_VOICE_ERROR_BAD_REQUEST, ERROR ("INVALID_ARGUMENT",
              TYPE ("ErrorInfo") ", 'reason': 'API_KEY_INVALID'}"),
        GST_VOICE_ERROR_AUTH, 500, "key"},
    {GST_VOICE_ERROR_BAD_REQUEST, "[{'error': {'message': 'API key not valid."
          " SECRET', 'status': 'INVALID_ARGUMENT'}}]", GST_VOICE_ERROR_AUTH,
        500, "key"},
    {GST_VOICE_ERROR_BAD_REQUEST, ERROR ("INVALID_ARGUMENT", ""),
        GST_VOICE_ERROR_BAD_REQUEST, 500, "as before"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'status': 'INVALID_ARGUMENT',"
          "'message': 'The input token count (9) exceeds the maximum'}}",
        GST_VOICE_ERROR_BAD_REQUEST, 500, "longer"},
    {GST_VOICE_ERROR_BAD_REQUEST, ERROR ("FAILED_PRECONDITION", ""),
        GST_VOICE_ERROR_UNSUPPORTED, 500, "billing"},
    {GST_VOICE_ERROR_UNSUPPORTED, ERROR ("NOT_FOUND", ""),
        GST_VOICE_ERROR_UNSUPPORTED, 500, "model"},
    {GST_VOICE_ERROR_RATE_LIMITED, ERROR ("RESOURCE_EXHAUSTED", WAIT),
        GST_VOICE_ERROR_RATE_LIMITED, 1500, "too many"},
    {GST_VOICE_ERROR_RATE_LIMITED, ERROR ("RESOURCE_EXHAUSTED", WAIT ","
              QUOTA ("RequestsPerMinute")), GST_VOICE_ERROR_RATE_LIMITED, 1500,
        "too many"},
    {GST_VOICE_ERROR_RATE_LIMITED, ERROR ("RESOURCE_EXHAUSTED", WAIT ","
              QUOTA ("RequestsPerDay-Free")), GST_VOICE_ERROR_QUOTA, 1500,
        "nothing left"},
    {GST_VOICE_ERROR_RATE_LIMITED, ERROR ("RESOURCE_EXHAUSTED",
            QUOTA ("Requests")), GST_VOICE_ERROR_QUOTA, 500, "nothing left"},
    {GST_VOICE_ERROR_RATE_LIMITED, ERROR ("RESOURCE_EXHAUSTED", ""),
        GST_VOICE_ERROR_RATE_LIMITED, 500, "too many"},
    {GST_VOICE_ERROR_SERVER, ERROR ("UNAVAILABLE", ""), GST_VOICE_ERROR_SERVER,
        500, "not able"},
    {GST_VOICE_ERROR_BAD_REQUEST, ERROR ("CANCELLED", ""),
        GST_VOICE_ERROR_SERVER, 500, "not able"},
    {GST_VOICE_ERROR_SERVER, "<html>SECRET", GST_VOICE_ERROR_SERVER, 500,
        "as before"},
    {GST_VOICE_ERROR_SERVER, "[]", GST_VOICE_ERROR_SERVER, 500, "as before"},
    {GST_VOICE_ERROR_SERVER, NULL, GST_VOICE_ERROR_SERVER, 500, "as before"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *body = rows[i].body ? quoted (rows[i].body) : NULL;
    GError *refusal = g_error_new (GST_VOICE_ERROR, rows[i].code,
        "localhost:8000 answered 4xx: as before");
    gint64 retry_after = 500;
    GError *error = gemini_refusal (refusal, body, &retry_after);

    g_assert_error (error, GST_VOICE_ERROR, rows[i].meant);
    g_assert_cmpint (retry_after, ==, rows[i].retry_after);
    g_assert_true (g_str_has_prefix (error->message,
            "localhost:8000 answered 4xx: "));
    if (!strstr (error->message, rows[i].says))
      g_error ("row %u: %s", i, error->message);
    g_assert_null (strstr (error->message, "SECRET"));
    g_error_free (error);
    g_error_free (refusal);
    g_free (body);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gemini-wire/conversation", the_conversation_alternates);
  g_test_add_func ("/gemini-wire/calls", calls_and_their_signatures_are_asked);
  g_test_add_func ("/gemini-wire/options", options_are_asked);
  g_test_add_func ("/gemini-wire/path", models_have_their_paths);
  g_test_add_func ("/gemini-wire/schemas", schemas_lose_what_is_refused);
  g_test_add_func ("/gemini-wire/endless", an_endless_schema_has_an_end);
  g_test_add_func ("/gemini-wire/answers", answers_are_understood);
  g_test_add_func ("/gemini-wire/too-much", too_much_is_refused);
  g_test_add_func ("/gemini-wire/refusals", refusals_are_understood);
  return g_test_run ();
}
