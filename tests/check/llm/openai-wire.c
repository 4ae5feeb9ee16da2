/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Chat Completions as JSON: what is asked, how answers are put together in
 * whatever way a service writes them, and what its refusals mean.
 */
#include "openai-wire.h"
#include "quoted.h"

#include <gst-voice/json.h>
#include <string.h>

/* @q without messages, tools and JSON options, which are given as text. */
static void
assert_asked (OpenaiQuestion q, const gchar * messages, const gchar * tools,
    const gchar * extra, const gchar * expected)
{
  JsonNode *m = parse (messages), *t = tools ? parse (tools) : NULL;
  JsonNode *e = extra ? parse (extra) : NULL;
  gchar *json;

  q.messages = json_node_get_array (m);
  q.tools = t ? json_node_get_array (t) : NULL;
  q.extra = e ? json_node_get_object (e) : NULL;
  json = openai_question_to_json (&q);
  assert_says (json, -1, expected);
  g_free (json);
  json_node_unref (m);
  g_clear_pointer (&t, json_node_unref);
  g_clear_pointer (&e, json_node_unref);
}

static const OpenaiQuestion plain = {
  .model = "m",.temperature = -1,.seed = -1
};

#define STREAM "'model': 'm', 'stream': true, " \
    "'stream_options': {'include_usage': true}, "

static void
the_conversation_is_asked (void)
{
  OpenaiQuestion q = plain;

  assert_asked (q, "[{'role': 'user', 'content': 'Hi'}]", NULL, NULL,
      "{" STREAM "'messages': [{'role': 'user', 'content': 'Hi'}]}");
  q.system = "Be brief.";
  assert_asked (q, "[{'role': 'assistant', 'content': 'Hel', 'interrupted':"
      " true}, {'role': 'user', 'content': 'a'}, {'role': 'system',"
      " 'content': 'note'}]", NULL, NULL,
      "{" STREAM "'messages': [{'role': 'system', 'content': 'Be brief.'},"
      "{'role': 'assistant', 'content': 'Hel'},"
      "{'role': 'user', 'content': 'a'},"
      "{'role': 'system', 'content': 'note'}]}");
}

static void
tools_and_their_results_are_asked (void)
{
  OpenaiQuestion q = plain;
  const gchar *tools = "[{'name': 'f', 'description': 'd', 'parameters':"
      " {'type': 'object'}, 'access': 'read'}]";

#define CALLS "[{'role': 'assistant', 'content': '', 'tool_calls': [{'id':" \
  " 'c1', 'name': 'f', 'arguments': {'a': 1}}, {'id': 'c2', 'name': 'g'," \
  " 'arguments': 'broken'}]}, {'role': 'tool', 'id': 'c1', 'name': 'f'," \
  " 'content': {'ok': true}}, {'role': 'tool', 'id': 'c2', 'name': 'g'," \
  " 'content': 'text'}]"
#define ASKED "'messages': [{'role': 'assistant', 'content': null," \
  " 'tool_calls': [{'id': 'c1', 'type': 'function', 'function': {'name':" \
  " 'f', 'arguments': '{\\u0022a\\u0022:1}'}}, {'id': 'c2', 'type':" \
  " 'function', 'function': {'name': 'g', 'arguments': '{}'}}]}," \
  " {'role': 'tool', 'tool_call_id': 'c1', 'content':" \
  " '{\\u0022ok\\u0022:true}'}, {'role': 'tool', 'tool_call_id': 'c2'," \
  " 'content': 'text'}]"
#define TOOLS "'tools': [{'type': 'function', 'function': {'name': 'f'," \
  " 'description': 'd', 'parameters': {'type': 'object'}}}], "

  assert_asked (q, CALLS, tools, NULL, "{" STREAM TOOLS ASKED "}");
  q.one_call = TRUE;
  assert_asked (q, CALLS, tools, NULL, "{" STREAM TOOLS
      "'parallel_tool_calls': false, " ASKED "}");
  /* Without tools a service refuses it. */
  assert_asked (q, CALLS, "[]", NULL, "{" STREAM ASKED "}");
}

static void
options_are_asked (void)
{
  OpenaiQuestion q = {
    .model = "m",
    .temperature = 0.5,
    .seed = 7,
    .max_tokens = 100,
    .reasoning_effort = "low",
  };

  q.stop = parse ("['END']");
  q.response_format = parse ("{'type': 'json_object'}");
#define OPTIONS "'temperature': 0.5, 'seed': 7, 'stop': ['END']," \
  "'response_format': {'type': 'json_object'}, 'reasoning_effort': 'low'," \
  "'messages': []"
  assert_asked (q, "[]", NULL, NULL, "{" STREAM OPTIONS
      ", 'max_completion_tokens': 100}");
  q.old_max_tokens = TRUE;
  assert_asked (q, "[]", NULL, "{'seed': 8, 'stream_options': null, 'stop':"
      " null, 'top_k': {'a': [1]}}", "{'model': 'm', 'stream': true,"
      "'temperature': 0.5, 'seed': 8, 'max_tokens': 100, 'top_k':"
      "{'a': [1]}, 'response_format': {'type': 'json_object'},"
      "'reasoning_effort': 'low', 'messages': []}");
  json_node_unref (q.stop);
  json_node_unref (q.response_format);
}

/* Reads the events and puts down `text|calls|read/cached/written`, or the code
 * with which it fails. Each event's text ends with a `.` if there was any. */
static gchar *
answer (const gchar * const *events)
{
  LlmAnswer *a = openai_answer_new ();
  GString *out = g_string_new (NULL), *text = g_string_new (NULL);
  GError *error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; events[i] && ok; i++) {
    gchar *json = quoted (events[i]);

    ok = openai_answer_read (a, json, strlen (json), text, &error);
    if (text->len)
      g_string_append_printf (out, "%s.", text->str);
    g_string_truncate (text, 0);
    g_free (json);
  }
  ok = ok && openai_answer_end (a, text, &error);
  g_string_append_printf (out, "%s|", text->str);
  if (ok) {
    const LlmUsage *usage = &a->usage;
    const GPtrArray *calls = a->calls;

    for (guint i = 0; i < calls->len; i++) {
      const LlmCall *call = g_ptr_array_index (calls, i);

      g_string_append_printf (out, "%s:%s%s ", call->id ? call->id : "-",
          call->name, llm_call_arguments (call));
    }
    g_string_append_printf (out, "|%u/%u/%u", usage->read, usage->cached,
        usage->written);
  } else {
    g_string_append (out, gst_voice_error_name (error->code));
  }
  g_clear_error (&error);
  g_string_free (text, TRUE);
  openai_answer_free (a);
  return g_string_free (out, FALSE);
}

#define assert_answer(expected, ...) G_STMT_START { \
  const gchar *events_[] = { __VA_ARGS__, NULL }; \
  gchar *got_ = answer (events_); \
  g_assert_cmpstr (got_, ==, expected); \
  g_free (got_); \
} G_STMT_END

#define DELTA(delta) "{'id': 'x', 'object': 'chat.completion.chunk'," \
    "'model': 'm', 'choices': [{'index': 0, 'delta': {" delta "}," \
    "'logprobs': null, 'finish_reason': null}], 'usage': null, 'pad': 'aa'}"
#define TEXT(text) DELTA ("'content': '" text "'")
#define CALL(call) DELTA ("'tool_calls': [" call "]")
#define STOP(reason) "{'choices': [{'index': 0, 'delta': {}, 'finish_reason':" \
    "'" reason "'}]}"

static void
text_is_put_together (void)
{
  assert_answer ("Hello. you.||9/4/2", DELTA ("'role': 'assistant', 'content':"
          "null"), TEXT (""), TEXT ("Hello"), TEXT (" you"), STOP ("stop"),
      "{'choices': [], 'usage': {'prompt_tokens': 9, 'completion_tokens': 2,"
      "'prompt_tokens_details': {'cached_tokens': 4}}}", "[DONE]", "garbage");
  /* No [DONE], usage with the last chunk; numbers may be decimal. */
  assert_answer ("a.||3/0/1", TEXT ("a"), "{'choices': [{'index': 0, 'delta':"
      "{}, 'finish_reason': 'stop'}], 'usage': {'prompt_tokens': 3.0,"
      "'completion_tokens': 1}, 'timings': {}}");
  assert_answer ("a.||3/0/1", TEXT ("a"), "{'choices': [], 'x_groq': {'usage':"
      "{'prompt_tokens': 3, 'completion_tokens': 1}}}", "[DONE]");
  /* Azure: nothing, no delta, null. */
  assert_answer ("a.||0/0/0", "{'choices': [], 'prompt_filter_results': []}",
      "{'choices': [{'index': 0}]}", "{'choices': [{'index': 0, 'delta':"
      "null}]}", "{'choices': null}", TEXT ("a"), STOP ("stop"));
  /* A service that does not stream. */
  assert_answer ("Hi.||1/0/1", "{'choices': [{'index': 0, 'message': {'role':"
      "'assistant', 'content': 'Hi'}, 'finish_reason': 'stop'}], 'usage':"
      "{'prompt_tokens': 1, 'completion_tokens': 1}}");
  assert_answer ("no.||0/0/0", DELTA ("'refusal': 'no'"), STOP ("stop"));
  assert_answer ("ab.||0/0/0", DELTA ("'content': [{'type': 'text', 'text':"
          "'a'}, {'type': 'text', 'text': 'b'}, 1]"), STOP ("length"));
  assert_answer ("one.||0/0/0", "{'choices': [{'index': 1, 'delta': {"
      "'content': 'two'}}, {'index': 0, 'delta': {'content': 'one'}}]}",
      STOP ("stop"));
  assert_answer ("||0/0/0", STOP ("stop"));
}

static void
thoughts_are_left_out (void)
{
  assert_answer ("Yes.||0/0/0", TEXT ("<think>hm, <b> maybe</think>\\n\\nYes"),
      STOP ("stop"));
  assert_answer ("Yes.||0/0/0", TEXT ("<th"), TEXT ("ink>"), TEXT ("hm</thi"),
      TEXT ("nk"), TEXT (">"), TEXT ("\\n "), TEXT ("Yes"), STOP ("stop"));
  assert_answer ("a.b.c.||0/0/0", TEXT ("a<think>x</think>"), TEXT ("b"),
      TEXT ("<think>y</think>c"), STOP ("stop"));
  assert_answer ("1 .< 2.||0/0/0", TEXT ("1 <"), TEXT (" 2"), STOP ("stop"));
  assert_answer ("a.<thin||0/0/0", TEXT ("a<thin"), STOP ("stop"));
  assert_answer ("||0/0/0", TEXT ("<think>never ends"), STOP ("length"));
  assert_answer ("x.||0/0/0", DELTA ("'reasoning_content': 'hm', 'reasoning':"
          "'hm'"), TEXT ("x"), STOP ("stop"));
}

static void
calls_are_put_together (void)
{
  assert_answer ("|c1:f{\"a\":1} |0/0/0", CALL ("{'index': 0, 'id': 'c1',"
          "'type': 'function', 'function': {'name': 'f', 'arguments': ''}}"),
      CALL ("{'index': 0, 'function': {'arguments': '{\\u0022a\\u0022:'}}"),
      CALL ("{'index': 0, 'function': {'arguments': '1}'}}"),
      STOP ("tool_calls"), "[DONE]");
  /* Two at once, mixed; a forced one ends with `stop`. */
  assert_answer ("|c1:f{} c2:g{} |0/0/0",
      CALL ("{'index': 0, 'id': 'c1', 'function': {'name': 'f'}},"
          "{'index': 1, 'id': 'c2', 'function': {'name': 'g'}}"),
      CALL ("{'index': 1, 'function': {'arguments': '{'}}"),
      CALL ("{'index': 0, 'function': {'arguments': '{'}}"),
      CALL ("{'index': 1, 'function': {'arguments': '}'}}"),
      CALL ("{'index': 0, 'function': {'arguments': '}'}}"), STOP ("stop"));
  /* No id, no index, arguments as an object, all at once. */
  assert_answer ("|-:f{\"a\":1} -:g{} |0/0/0",
      CALL ("{'function': {'name': 'f', 'arguments': {'a': 1}}},"
          "{'function': {'name': 'g', 'arguments': {}}}"), STOP ("stop"));
  /* Everything is number 0. */
  assert_answer ("|c1:f{} c2:f{} |0/0/0",
      CALL ("{'index': 0, 'id': 'c1', 'function': {'name': 'f', 'arguments':"
          "'{}'}}"), CALL ("{'index': 0, 'id': 'c2', 'function': {'name':"
          "'f', 'arguments': '{}'}}"), STOP ("stop"));
  assert_answer ("|-:f{\"a\":1} -:f{\"a\":2} |0/0/0",
      CALL ("{'function': {'name': 'f', 'arguments': {'a': 1}}}"),
      CALL ("{'function': {'name': 'f', 'arguments': {'a': 2}}}"),
      STOP ("stop"));
  /* The name and the id in each piece. */
  assert_answer ("|c1:f{} |0/0/0",
      CALL ("{'index': 0, 'id': 'c1', 'function': {'name': 'f', 'arguments':"
          "'{'}}"), CALL ("{'index': 0, 'id': 'c1', 'function': {'name':"
          "'f', 'arguments': '}'}}"), STOP ("stop"));
  assert_answer ("|-:f{} |0/0/0", DELTA ("'function_call': {'name': 'f',"
          "'arguments': '{}'}"), STOP ("function_call"));
  assert_answer ("Wait.|c1:f{} |0/0/0", TEXT ("Wait"), CALL ("{'index': 0,"
          "'id': 'c1', 'function': {'name': 'f', 'arguments': null}}"),
      STOP ("tool_calls"));
}

static void
what_is_wrong_has_a_code (void)
{
  assert_answer ("a.|disconnected", TEXT ("a"));
  assert_answer ("|disconnected", "{}");
  assert_answer ("|bad-response", "nonsense");
  assert_answer ("|bad-response", "[1]");
  assert_answer ("|bad-response", "");
  assert_answer ("a.|bad-response", TEXT ("a"), "{'choices': [");
  assert_answer ("|bad-response", CALL ("{'index': 0, 'id': 'c1'}"),
      STOP ("stop"));
  assert_answer ("|server", STOP ("error"));
  assert_answer ("|bad-request", STOP ("content_filter"));
  assert_answer ("a.||0/0/0", TEXT ("a"), STOP ("content_filter"));
  assert_answer ("a.|server", TEXT ("a"), "{'error': {'message': 'm', 'type':"
      "'server_error', 'code': null}}");
  assert_answer ("|server", "{'error': 'text'}");
  assert_answer ("|server", "{'error': {}}");
  assert_answer ("|server", "{'error': {'code': 503, 'type':"
      "'unavailable_error'}}");
  assert_answer ("|rate-limited", "{'error': {'code': 429}}");
  assert_answer ("|bad-request", "{'object': 'error', 'message': 'm',"
      "'type': 'BadRequestError', 'code': 400}");
  assert_answer ("|quota", "{'error': {'code': 'insufficient_quota'}}");
}

static void
an_answer_is_bounded (void)
{
  LlmAnswer *a = openai_answer_new ();
  GString *json =
      g_string_new ("{\"choices\": [{\"delta\": {\"tool_calls\": ["), *text =
      g_string_new (NULL);
  gchar *long_text = g_strnfill (600000, 'x'), *event;
  GError *error = NULL;

  for (guint i = 0; i < 65; i++)
    g_string_append_printf (json, "%s{\"index\": %u, \"function\": {\"name\":"
        "\"f\"}}", i ? "," : "", i);
  g_string_append (json, "]}}]}");
  g_assert_false (openai_answer_read (a, json->str, json->len, text, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  g_string_free (json, TRUE);
  openai_answer_free (a);

  a = openai_answer_new ();
  event = g_strdup_printf ("{\"choices\": [{\"delta\": {\"content\":"
      "\"%s\"}}]}", long_text);
  g_assert_true (openai_answer_read (a, event, strlen (event), text, &error));
  g_assert_false (openai_answer_read (a, event, strlen (event), text, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  g_free (event);
  openai_answer_free (a);

  a = openai_answer_new ();
  event = g_strdup_printf ("{\"choices\": [{\"delta\": {\"tool_calls\":"
      "[{\"index\": 0, \"function\": {\"name\": \"f\", \"arguments\":"
      "\"%s\"}}]}}]}", long_text);
  g_assert_false (openai_answer_read (a, event, strlen (event), text, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_clear_error (&error);
  g_free (event);
  openai_answer_free (a);
  g_string_free (text, TRUE);
  g_free (long_text);
}

/* Nothing of what a service writes is repeated. */
static void
refusals_are_understood (void)
{
  static const struct
  {
    GstVoiceError code;
    const gchar *body;
    GstVoiceError meant;
    const gchar *says;
  } rows[] = {
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'message': 'SECRET', 'type':"
          "'invalid_request_error', 'code': 'context_length_exceeded'}}",
        GST_VOICE_ERROR_BAD_REQUEST, "longer than the model can read"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'object': 'error', 'message': 'This"
          " model`s maximum context length is SECRET', 'code': 400}",
        GST_VOICE_ERROR_BAD_REQUEST, "longer than the model can read"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'message': 'maximum context"
          " length', 'type': 'BadRequestError', 'code': 400}}",
        GST_VOICE_ERROR_BAD_REQUEST, "longer than the model can read"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'type':"
          "'exceed_context_size_error', 'code': 400}}",
        GST_VOICE_ERROR_BAD_REQUEST, "longer than the model can read"},
    {GST_VOICE_ERROR_RATE_LIMITED, "{'error': {'type': 'insufficient_quota',"
          "'code': 'insufficient_quota'}}", GST_VOICE_ERROR_QUOTA,
        "nothing left"},
    {GST_VOICE_ERROR_RATE_LIMITED, "{'error': {'type': 'tokens',"
          "'code': 'rate_limit_exceeded'}}", GST_VOICE_ERROR_RATE_LIMITED,
        "too many requests"},
    {GST_VOICE_ERROR_UNSUPPORTED, "{'error': {'code': 'model_not_found'}}",
        GST_VOICE_ERROR_UNSUPPORTED, "property model"},
    {GST_VOICE_ERROR_AUTH, "{'error': {'message': 'Incorrect key SECRET',"
          "'code': 'invalid_api_key'}}", GST_VOICE_ERROR_AUTH, "check it"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'code': 'content_filter',"
          "'innererror': {'code': 'ResponsibleAIPolicyViolation'}}}",
        GST_VOICE_ERROR_BAD_REQUEST, "filter"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'code': 'unsupported_parameter',"
          "'param': 'max_tokens'}}", GST_VOICE_ERROR_BAD_REQUEST, "options"},
    {GST_VOICE_ERROR_BAD_REQUEST, "{'error': {'type':"
          "'invalid_request_error'}}", GST_VOICE_ERROR_BAD_REQUEST,
        "as before"},
    {GST_VOICE_ERROR_SERVER,
          "{'error': {'code': 503, 'message': 'Loading"
          " model', 'type': 'unavailable_error'}}", GST_VOICE_ERROR_SERVER,
        "not able to answer now"},
    {GST_VOICE_ERROR_SERVER, "<html>SECRET", GST_VOICE_ERROR_SERVER,
        "as before"},
    {GST_VOICE_ERROR_SERVER, "[]", GST_VOICE_ERROR_SERVER, "as before"},
    {GST_VOICE_ERROR_SERVER, NULL, GST_VOICE_ERROR_SERVER, "as before"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *body = rows[i].body ? quoted (rows[i].body) : NULL;
    GError *refusal = g_error_new (GST_VOICE_ERROR, rows[i].code,
        "localhost:8000 answered 4xx: as before");
    gint64 retry_after = -1;
    GError *error = openai_refusal (refusal, body, &retry_after);

    g_assert_error (error, GST_VOICE_ERROR, rows[i].meant);
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
  g_test_add_func ("/openai-wire/conversation", the_conversation_is_asked);
  g_test_add_func ("/openai-wire/tools", tools_and_their_results_are_asked);
  g_test_add_func ("/openai-wire/options", options_are_asked);
  g_test_add_func ("/openai-wire/text", text_is_put_together);
  g_test_add_func ("/openai-wire/thoughts", thoughts_are_left_out);
  g_test_add_func ("/openai-wire/calls", calls_are_put_together);
  g_test_add_func ("/openai-wire/wrong", what_is_wrong_has_a_code);
  g_test_add_func ("/openai-wire/bounded", an_answer_is_bounded);
  g_test_add_func ("/openai-wire/refusals", refusals_are_understood);
  return g_test_run ();
}
