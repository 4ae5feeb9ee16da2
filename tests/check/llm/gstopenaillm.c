/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `openaillm` between a caller and a mouth, and a service that answers by a
 * script: replies, tools, usage, each way to fail, interruptions, connections,
 * and the key.
 */
#include "http-peer.h"
#include "llm-fixture.h"

#include <gst-voice/error.h>
#include <gst-voice/health.h>
#include <gst-voice/json.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEY "sk-Zx81hush"
#define PATH "/v1/chat/completions"
#define APOLOGY "Sorry, something went wrong. Could you say that again?"

#define TEXT(text) "{'choices': [{'index': 0, 'delta': {'content': '" text \
    "'}}]}"
#define CALLS(calls) "{'choices': [{'index': 0, 'delta': {'tool_calls': [" \
    calls "]}}]}"
#define STOP(reason) "{'choices': [{'index': 0, 'delta': {}, 'finish_reason':" \
    "'" reason "'}]}"
#define USAGE "{'model': 'm-2026-01-01', 'choices': [], 'usage':" \
    "{'prompt_tokens': 1000, 'completion_tokens': 10," \
    "'prompt_tokens_details': {'cached_tokens': 400}}}"
#define DONE "[DONE]"

typedef struct
{
  Fixture f;
  HttpPeer *peer;
} Test;

static gchar *folder;           /* with the prices */

static gchar *
quoted (const gchar * text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

/* A reply of events. What begins with `!` is a step of its own (`gate`, `hang`,
 * `reset`, `close`), with `=` a piece of text as it is. */
static gchar *
stream (const gchar * first, ...)
    G_GNUC_NULL_TERMINATED;

     static gchar *stream (const gchar * first, ...)
{
  GString *out = g_string_new ("{\"headers\": {\"Content-Type\": "
      "\"text/event-stream\"}, \"steps\": [");
  va_list args;

  va_start (args, first);
  for (const gchar * step = first; step; step = va_arg (args, const gchar *))
  {
    gchar *json = quoted (step), *event;

    if (step != first)
      g_string_append_c (out, ',');
    if (*step == '!') {
      g_string_append_printf (out, "{\"%s\": true}", step + 1);
    } else {
      event = *step == '=' ? g_strdup (step + 1) :
          g_strdup_printf ("data: %s\n\n", json);
      gst_voice_json_append_string (out, event);
      g_free (event);
    }
    g_free (json);
  }
  va_end (args);
  g_string_append (out, "]}");
  return g_string_free (out, FALSE);
}

static gchar *
refusal (guint status, const gchar * body)
{
  GString *out = g_string_new (NULL);
  gchar *json = quoted (body);

  g_string_printf (out, "{\"status\": %u, \"headers\": {\"Retry-After\": "
      "\"7\"}, \"steps\": [", status);
  gst_voice_json_append_string (out, json);
  g_string_append (out, "]}");
  g_free (json);
  return g_string_free (out, FALSE);
}

/* With the replies of the service, which are taken. */
static void
begin (Test * t, const gchar * options, gchar * first, ...)
    G_GNUC_NULL_TERMINATED;

     static void begin (Test * t, const gchar * options, gchar * first, ...)
{
  GString *script = g_string_new ("{\"" PATH "\": [");
  gchar *url, *launch;
  GError *error = NULL;
  va_list args;

  va_start (args, first);
  for (gchar * reply = first; reply; reply = va_arg (args, gchar *)) {
    g_string_append_printf (script, "%s%s", reply == first ? "" : ",", reply);
    g_free (reply);
  }
  va_end (args);
  g_string_append (script, "]}");
  t->peer = http_peer_new (script->str, NULL, 0, &error);
  g_assert_no_error (error);
  g_string_free (script, TRUE);
  url = http_peer_url (t->peer, "/v1");
  launch = g_strdup_printf ("openaillm name=llm url=%s model=m "
      "api-key=env:TEST_KEY first-byte-timeout=20000 stall-timeout=20000 "
      "connect-timeout=20000 %s", url, options);
  t->f.arbiter = TRUE;
  set_up (&t->f, launch, NULL);
  g_free (launch);
  g_free (url);
}

static void
end (Test * t)
{
  tear_down (&t->f);
  http_peer_free (t->peer);
  gst_voice_health_clear ();
}

/* The next report of that name. */
static GstMessage *
pop_report (Test * t, const gchar * name)
{
  GstMessage *message;

  settle (&t->f);
  while ((message = gst_bus_pop_filtered (t->f.bus, GST_MESSAGE_ELEMENT))) {
    if (gst_message_has_name (message, name))
      return message;
    gst_message_unref (message);
  }
  g_error ("there is no %s", name);
}

static void
assert_body (Test * t, guint index, const gchar * expected)
{
  const HttpPeerRequest *request = http_peer_request (t->peer, index);
  gsize size;
  const gchar *text = g_bytes_get_data (request->body, &size);
  gchar *json = quoted (expected);
  JsonNode *is = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  JsonNode *wanted = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (!is || !wanted || !gst_voice_json_equal (is, wanted))
    g_error ("asked %.*s", (gint) size, text);
  json_node_unref (is);
  json_node_unref (wanted);
  g_free (json);
}

static const gchar *
sent_header (Test * t, guint index, const gchar * name)
{
  return g_hash_table_lookup (http_peer_request (t->peer, index)->headers,
      name);
}

/* Must be the first: prices are read once. */
static void
usage_and_cost_are_told (void)
{
  Test t = { 0 };
  GstMessage *message;
  const GstStructure *s;
  gchar *path = g_build_filename (folder, "prices.json", NULL), *prices;

  begin (&t, "", stream (TEXT ("Hi."), STOP ("stop"), USAGE, DONE, NULL),
      stream (TEXT ("Hi."), STOP ("stop"), "{'model': 'alias', 'usage':"
          "{'completion_tokens': 1}}", DONE, NULL), NULL);
  prices = g_strdup_printf ("{\"prices\": {\"openai@127.0.0.1:%u/m\": "
      "{\"input\": 10, \"cached\": 5, \"output\": 100}}}",
      http_peer_port (t.peer));
  g_assert_true (g_file_set_contents (path, prices, -1, NULL));
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  message = pop_report (&t, "voice/usage");
  s = gst_message_get_structure (message);
  g_assert_cmpstr (gst_voice_structure_string (s, "provider"), ==, "openaillm");
  g_assert_cmpstr (gst_voice_structure_string (s, "model"), ==, "m-2026-01-01");
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-in"), ==, 1000);
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-cached"), ==, 400);
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-out"), ==, 10);
  g_assert_cmpfloat_with_epsilon (gst_voice_structure_double (s, "cost"),
      (600 * 10 + 400 * 5 + 10 * 100) / 1e6, 1e-9);
  gst_message_unref (message);
  hear (&t.f, 2, 0, "hello");
  wait_down (&t.f, "E2");
  message = pop_report (&t, "voice/usage");
  g_assert_cmpfloat_with_epsilon (gst_voice_structure_double
      (gst_message_get_structure (message), "cost"), 100 / 1e6, 1e-9);
  gst_message_unref (message);
  end (&t);
  g_free (prices);
  g_free (path);
}

static void
a_reply_is_spoken_as_it_comes (void)
{
  Test t = { 0 };

  begin (&t, "system-prompt=Short. temperature=0.5 max-tokens=9 seed=3 "
      "stop=END reasoning-effort=low", stream ("=: ping\n\n", TEXT ("Hello"),
          "!gate", TEXT (" you."), STOP ("stop"), USAGE, DONE, NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "\"Hello\"");
  http_peer_release (t.peer, PATH);
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"Hello\" \" you.\" E1");
  assert_up (&t.f, "");
  assert_warnings (&t.f, "");
  assert_body (&t, 0, "{'model': 'm', 'stream': true, 'stream_options':"
      "{'include_usage': true}, 'temperature': 0.5, 'max_tokens': 9,"
      "'seed': 3, 'stop': ['END'], 'reasoning_effort': 'low', 'messages':"
      "[{'role': 'system', 'content': 'Short.'},"
      "{'role': 'user', 'content': 'hello'}]}");
  g_assert_cmpstr (http_peer_request (t.peer, 0)->method, ==, "POST");
  g_assert_cmpstr (http_peer_request (t.peer, 0)->target, ==, PATH);
  g_assert_cmpstr (sent_header (&t, 0, "authorization"), ==, "Bearer " KEY);
  g_assert_cmpstr (sent_header (&t, 0, "content-type"), ==, "application/json");
  g_assert_cmpstr (sent_header (&t, 0, "accept"), ==, "text/event-stream");
  g_assert_null (sent_header (&t, 0, "api-key"));
  end (&t);
}

static void
azure_is_asked_in_its_way (void)
{
  Test t = { 0 };

  begin (&t, "api-version=2024-10-21 max-tokens=9", stream (TEXT ("Hi."),
          STOP ("stop"), DONE, NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_body (&t, 0, "{'model': 'm', 'stream': true, 'stream_options':"
      "{'include_usage': true}, 'max_completion_tokens': 9, 'messages':"
      "[{'role': 'user', 'content': 'hello'}]}");
  g_assert_cmpstr (http_peer_request (t.peer, 0)->target, ==,
      PATH "?api-version=2024-10-21");
  g_assert_cmpstr (sent_header (&t, 0, "api-key"), ==, KEY);
  g_assert_null (sent_header (&t, 0, "authorization"));
  end (&t);
}

static void
services_that_do_not_stream_are_understood (void)
{
  Test t = { 0 };

  begin (&t, "", refusal (200, "{'choices': [{'message': {'content': 'Hi.'},"
          "'finish_reason': 'stop'}]}"), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"Hi.\" E1");
  end (&t);
}

#define TOOLS "[{\"name\": \"f\", \"description\": \"d\", \"parameters\": " \
    "{\"type\": \"object\"}}]"

static void
tools_are_called_together (void)
{
  Test t = {.f.tools = TOOLS };

  begin (&t, "", stream (TEXT ("Wait."), CALLS ("{'index': 0, 'id': 'a',"
              "'function': {'name': 'f', 'arguments': '{'}},"
              "{'index': 1, 'function': {'name': 'f', 'arguments':"
              "{'x': 1}}}"), CALLS ("{'index': 0, 'function':"
              "{'arguments': '}'}}"), STOP ("tool_calls"), DONE, NULL),
      stream (TEXT ("Done."), STOP ("stop"), DONE, NULL), NULL);
  hear (&t.f, 1, 0, "do it");
  wait_down (&t.f, "Ccall-1-1-2");
  assert_down (&t.f, "S1:reply \"Wait.\" E1 Ca:f{} Ccall-1-1-2:f{\"x\":1}");
  result (&t.f, "call-1-1-2", "done", "{\"ok\":true}");
  result (&t.f, "a", "done", "\"text\"");
  wait_down (&t.f, "E2");
  assert_down (&t.f, "S2:reply \"Done.\" E2");
  assert_body (&t, 1, "{'model': 'm', 'stream': true, 'stream_options':"
      "{'include_usage': true}, 'tools': [{'type': 'function', 'function':"
      "{'name': 'f', 'description': 'd', 'parameters': {'type': 'object'}}}],"
      "'messages': [{'role': 'user', 'content': 'do it'},"
      "{'role': 'assistant', 'content': 'Wait.', 'tool_calls': ["
      "{'id': 'a', 'type': 'function', 'function': {'name': 'f',"
      "'arguments': '{}'}}, {'id': 'call-1-1-2', 'type': 'function',"
      "'function': {'name': 'f', 'arguments': '{\\u0022x\\u0022:1}'}}]},"
      "{'role': 'tool', 'tool_call_id': 'a', 'content': 'text'},"
      "{'role': 'tool', 'tool_call_id': 'call-1-1-2', 'content':"
      "'{\\u0022ok\\u0022:true}'}]}");
  assert_warnings (&t.f, "");
  end (&t);
}

/* One failure, after "Hi" or at once: what is said of it, and that the key is
 * not. A gate opens when the caller has heard that. */
static void
assert_fails (const gchar * options, gchar * reply, const gchar * code,
    const gchar * spoken)
{
  Test t = { 0 };
  GstMessage *message;
  gchar *dump;

  begin (&t, options, reply, NULL);
  hear (&t.f, 1, 0, "hello");
  if (*spoken)
    wait_down (&t.f, "\"Hi\"");
  http_peer_release (t.peer, PATH);
  wait_up (&t.f, "say(");
  assert_down (&t.f, spoken);
  assert_up (&t.f, "no-reply(1:error) say(" APOLOGY ")");
  message = pop_report (&t, "voice/provider");
  g_assert_cmpstr (gst_voice_structure_string (gst_message_get_structure
          (message), "state"), ==, "failed");
  g_assert_cmpstr (gst_voice_structure_string (gst_message_get_structure
          (message), "code"), ==, code);
  dump = gst_structure_to_string (gst_message_get_structure (message));
  g_assert_null (strstr (dump, "Zx81"));
  g_free (dump);
  gst_message_unref (message);
  message = gst_bus_pop_filtered (t.f.bus, GST_MESSAGE_ELEMENT);
  dump = gst_structure_to_string (gst_message_get_structure (message));
  g_assert_nonnull (strstr (dump, "voice/fault"));
  g_assert_nonnull (strstr (dump, code));
  g_assert_null (strstr (dump, "Zx81"));
  g_free (dump);
  gst_message_unref (message);
  end (&t);
}

static void
refusals_have_their_codes (void)
{
  static const struct
  {
    guint status;
    const gchar *body, *code;
  } rows[] = {
    {401, "{'error': {'message': 'Incorrect key " KEY "', 'code':"
          "'invalid_api_key'}}", "auth"},
    {403, "", "auth"},
    {400, "{'error': {'message': '" KEY "', 'code':"
          "'context_length_exceeded'}}", "bad-request"},
    {404, "{'error': {'code': 'model_not_found'}}", "unsupported"},
    {429, "{'error': {'code': 'insufficient_quota'}}", "quota"},
    {429, "{'error': {'code': 'rate_limit_exceeded'}}", "rate-limited"},
    {500, "oh", "server"},
    {503, "", "server"},
    {301, "", "bad-response"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_fails ("", refusal (rows[i].status, rows[i].body), rows[i].code, "");
}

static void
broken_answers_have_their_codes (void)
{
  gchar *event = g_strnfill (10 * 1024 * 1024, 'x');
  gchar *huge = g_strconcat ("=data: ", event, NULL);

  assert_fails ("", stream ("nonsense", "!hang", NULL), "bad-response", "");
  assert_fails ("", stream (TEXT ("Hi"), "{'error': {'code':"
          "'rate_limit_exceeded'}}", "!hang", NULL), "rate-limited",
      "S1:reply \"Hi\" E1");
  assert_fails ("", stream (huge, "!hang", NULL), "bad-response", "");
  assert_fails ("", stream (TEXT ("Hi"), "!gate", "!reset", NULL),
      "disconnected", "S1:reply \"Hi\" E1");
  assert_fails ("", stream (TEXT ("Hi"), "!close", NULL), "disconnected",
      "S1:reply \"Hi\" E1");
  assert_fails ("", stream (TEXT ("Hi"), NULL), "disconnected",
      "S1:reply \"Hi\" E1");
  g_free (huge);
  g_free (event);
}

static void
silence_has_its_codes (void)
{
  assert_fails ("first-byte-timeout=60",
      g_strdup ("{\"status\": 0, \"steps\": [{\"hang\": true}]}"),
      "first-byte-timeout", "");
  assert_fails ("stall-timeout=60", stream (TEXT ("Hi"), "!hang", NULL),
      "stalled", "S1:reply \"Hi\" E1");
  assert_fails ("stall-timeout=60", stream ("!hang", NULL), "stalled", "");
  assert_fails ("total-timeout=60",
      g_strdup ("{\"status\": 0, \"steps\": [{\"hang\": true}]}"),
      "first-byte-timeout", "");
}

/* Everything was said before the connection broke. */
static void
what_breaks_after_the_end_is_whole (void)
{
  Test t = { 0 };

  begin (&t, "", stream (TEXT ("Hi."), STOP ("stop"), "!close", NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"Hi.\" E1");
  assert_warnings (&t.f, "");
  end (&t);
}

static const gchar gone[] = "{\"status\": 0, \"steps\": [{\"close\": true}]}";

static void
a_broken_connection_is_tried_once_more (void)
{
  Test t = { 0 };

  begin (&t, "", g_strdup (gone), stream (TEXT ("Hi."), STOP ("stop"), DONE,
          NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"Hi.\" E1");
  assert_warnings (&t.f, "");
  g_assert_cmpuint (http_peer_n_requests (t.peer), ==, 2);
  g_assert_cmpuint (http_peer_request (t.peer, 1)->connection, ==, 2);
  g_assert_true (g_bytes_equal (http_peer_request (t.peer, 0)->body,
          http_peer_request (t.peer, 1)->body));
  end (&t);

  assert_fails ("", g_strdup (gone), "disconnected", "");
}

static void
a_refused_connection_is_a_failure (void)
{
  Test t = { 0 };
  guint16 port;
  GSocket *socket = http_peer_refusing (&port);
  gchar *launch = g_strdup_printf ("openaillm name=llm "
      "url=http://127.0.0.1:%u/v1", port);

  t.f.arbiter = TRUE;
  set_up (&t.f, launch, NULL);
  hear (&t.f, 1, 0, "hello");
  wait_up (&t.f, "say(");
  assert_warnings (&t.f, "disconnected");
  hear (&t.f, 2, 0, "hello?");
  wait_up (&t.f, "hangup(error)");
  tear_down (&t.f);
  gst_voice_health_clear ();
  g_object_unref (socket);
  g_free (launch);
}

static void
an_interruption_takes_the_request_back (void)
{
  Test t = { 0 };

  begin (&t, "", stream (TEXT ("Hello"), "!hang", NULL), stream (TEXT ("Yes."),
          STOP ("stop"), DONE, NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "\"Hello\"");
  interrupt (&t.f, 1, TRUE);
  http_peer_wait_open (t.peer, 0);
  hear (&t.f, 2, 1, "stop");
  wait_down (&t.f, "E2");
  assert_down (&t.f, "S1:reply \"Hello\" S2:reply \"Yes.\" E2");
  assert_warnings (&t.f, "");
  end (&t);
}

static void
a_question_is_taken_back_before_its_answer (void)
{
  Test t = { 0 };

  begin (&t, "", g_strdup ("{\"status\": 0, \"steps\": [{\"hang\": true}]}"),
      NULL);
  hear (&t.f, 1, 0, "hello");
  http_peer_request (t.peer, 0);
  interrupt (&t.f, 1, TRUE);
  http_peer_wait_open (t.peer, 0);
  assert_down (&t.f, "");
  assert_warnings (&t.f, "");
  end (&t);
}

static void
a_connection_is_used_again (void)
{
  Test t = { 0 };

  begin (&t, "", stream (TEXT ("Hi."), STOP ("stop"), DONE, NULL), NULL);
  for (guint turn = 1; turn <= 3; turn++) {
    gchar *over = g_strdup_printf ("E%u", turn);

    hear (&t.f, turn, 0, "hello");
    wait_down (&t.f, over);
    g_free (over);
  }
  settle (&t.f);
  g_assert_cmpuint (http_peer_n_requests (t.peer), ==, 3);
  g_assert_cmpuint (http_peer_n_accepted (t.peer), <=, 2);
  end (&t);
}

static void
who_begins_to_speak_finds_a_connection (void)
{
  Test t = { 0 };

  begin (&t, "", stream (TEXT ("Hi."), STOP ("stop"), DONE, NULL), NULL);
  send_oob (&t.f, gst_voice_structure_new ("speech-start", NULL));
  http_peer_wait_open (t.peer, 1);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  end (&t);
}

static void
it_is_told_that_a_service_is_well_again (void)
{
  Test t = { 0 };
  GstMessage *message;

  begin (&t, "", refusal (500, ""), stream (TEXT ("Hi."), STOP ("stop"), DONE,
          NULL), NULL);
  hear (&t.f, 1, 0, "hello");
  wait_up (&t.f, "say(");
  hear (&t.f, 2, 0, "hello");
  wait_down (&t.f, "\"Hi.\" E");
  message = pop_report (&t, "voice/provider");
  gst_message_unref (message);
  message = pop_report (&t, "voice/provider");
  g_assert_cmpstr (gst_voice_structure_string (gst_message_get_structure
          (message), "state"), ==, "healthy");
  gst_message_unref (message);
  end (&t);
}

/* What is wrong with the settings stops the element, and the key is not in what
 * it says. */
static void
assert_refused (const gchar * const *settings, GstVoiceError code,
    const gchar * says)
{
  GstElement *llm = gst_element_factory_make ("openaillm", NULL);
  GstBus *bus = gst_bus_new ();
  const GstStructure *details;
  GstMessage *message;
  GError *error;
  gchar *debug;

  gst_element_set_bus (llm, bus);
  for (guint i = 0; settings[i]; i += 2)
    gst_util_set_object_arg (G_OBJECT (llm), settings[i], settings[i + 1]);
  g_assert_cmpint (gst_element_set_state (llm, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, &debug);
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==,
      gst_voice_error_name (code));
  if (!strstr (error->message, says))
    g_error ("%s", error->message);
  g_assert_null (strstr (error->message, "Zx81"));
  g_assert_null (debug ? strstr (debug, "Zx81") : NULL);
  g_error_free (error);
  g_free (debug);
  gst_message_unref (message);
  gst_element_set_state (llm, GST_STATE_NULL);
  gst_element_set_bus (llm, NULL);
  gst_object_unref (bus);
  gst_object_unref (llm);
}

static void
wrong_settings_are_refused (void)
{
  static const gchar url[] = "http://127.0.0.1:1/v1";
  const gchar *literal[] = { "api-key", KEY, NULL };
  const gchar *unset[] = { "api-key", "env:NOT_SET_ANYWHERE", NULL };
  const gchar *none[] = { NULL };
  const gchar *address[] = { "url", "localhost/v1?k=" KEY, NULL };
  const gchar *extra[] = { "url", url, "extra", "[1]", NULL };
  const gchar *format[] = { "url", url, "response-format", "json", NULL };
  const gchar *stops[] = { "url", url, "stop", "[1]", NULL };

  assert_refused (literal, GST_VOICE_ERROR_AUTH, "api-key=env:OPENAI_API_KEY");
  assert_refused (unset, GST_VOICE_ERROR_AUTH, "NOT_SET_ANYWHERE");
  assert_refused (none, GST_VOICE_ERROR_AUTH, "OPENAI_API_KEY");
  assert_refused (address, GST_VOICE_ERROR_BAD_REQUEST, "complete address");
  assert_refused (extra, GST_VOICE_ERROR_BAD_REQUEST, "extra");
  assert_refused (format, GST_VOICE_ERROR_BAD_REQUEST, "response-format");
  assert_refused (stops, GST_VOICE_ERROR_BAD_REQUEST, "stop");
}

static void
properties_keep_what_they_are_given (void)
{
  static const gchar *const pairs[] = {
    "url", "http://h/v1", "model", "m", "api-key", "env:K", "api-version", "v",
    "stop", "s", "response-format", "{}", "reasoning-effort", "low", "extra",
    "{}", "max-tokens", "5", "seed", "6", "parallel-tool-calls", "false",
    "connect-timeout", "1", "first-byte-timeout", "2", "stall-timeout", "3",
    "total-timeout", "4", NULL
  };
  GstElement *llm = gst_element_factory_make ("openaillm", NULL);

  for (guint i = 0; pairs[i]; i += 2) {
    GValue value = G_VALUE_INIT;
    gchar *text;

    gst_util_set_object_arg (G_OBJECT (llm), pairs[i], pairs[i + 1]);
    g_object_get_property (G_OBJECT (llm), pairs[i], &value);
    text = G_VALUE_HOLDS_STRING (&value) ? g_value_dup_string (&value) :
        gst_value_serialize (&value);
    g_assert_cmpstr (text, ==, pairs[i + 1]);
    g_free (text);
    g_value_unset (&value);
  }
  g_object_set (llm, "api-key", KEY, NULL);
  {
    gchar *key;

    g_object_get (llm, "api-key", &key, NULL);
    g_assert_null (key);
  }
  gst_object_unref (llm);
}

int
main (int argc, char **argv)
{
  gchar *path;
  int result;

  folder = g_dir_make_tmp ("openaillm-XXXXXX", NULL);
  path = g_build_filename (folder, "prices.json", NULL);
  g_setenv ("GST_VOICE_DATADIR", folder, TRUE);
  g_setenv ("TEST_KEY", KEY, TRUE);
  g_unsetenv ("OPENAI_API_KEY");
  g_unsetenv ("http_proxy");
  g_unsetenv ("all_proxy");
  g_unsetenv ("ALL_PROXY");
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/openaillm/usage", usage_and_cost_are_told);
  g_test_add_func ("/openaillm/reply", a_reply_is_spoken_as_it_comes);
  g_test_add_func ("/openaillm/azure", azure_is_asked_in_its_way);
  g_test_add_func ("/openaillm/whole",
      services_that_do_not_stream_are_understood);
  g_test_add_func ("/openaillm/tools", tools_are_called_together);
  g_test_add_func ("/openaillm/refusals", refusals_have_their_codes);
  g_test_add_func ("/openaillm/broken", broken_answers_have_their_codes);
  g_test_add_func ("/openaillm/silence", silence_has_its_codes);
  g_test_add_func ("/openaillm/late-break", what_breaks_after_the_end_is_whole);
  g_test_add_func ("/openaillm/once-more",
      a_broken_connection_is_tried_once_more);
  g_test_add_func ("/openaillm/refused", a_refused_connection_is_a_failure);
  g_test_add_func ("/openaillm/interrupted",
      an_interruption_takes_the_request_back);
  g_test_add_func ("/openaillm/taken-back",
      a_question_is_taken_back_before_its_answer);
  g_test_add_func ("/openaillm/connection", a_connection_is_used_again);
  g_test_add_func ("/openaillm/prewarm",
      who_begins_to_speak_finds_a_connection);
  g_test_add_func ("/openaillm/well-again",
      it_is_told_that_a_service_is_well_again);
  g_test_add_func ("/openaillm/settings", wrong_settings_are_refused);
  g_test_add_func ("/openaillm/properties",
      properties_keep_what_they_are_given);
  result = g_test_run ();
  gst_deinit ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return result;
}
