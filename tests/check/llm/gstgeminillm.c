/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `geminillm` between a caller and a mouth, and the stand-in of Gemini:
 * replies, tools and their signatures, usage, each fault, interruptions, and
 * the key.
 */
#include "http-peer.h"
#include "llm-fixture.h"
#include "provider-peer.h"

#include <gst-voice/error.h>
#include <gst-voice/health.h>
#include <gst-voice/json.h>
#include <string.h>

#define KEY "AIza-Zx81hush"
#define PATH "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
#define APOLOGY "Sorry, something went wrong. Could you say that again?"
#define TOOLS "[{\"name\": \"get_time\", \"parameters\": {\"type\": " \
    "\"object\", \"properties\": {\"tz\": {\"type\": \"string\"}}}}, " \
    "{\"name\": \"get_weather\"}]"

typedef struct
{
  Fixture f;
  ProviderPeer *peer;
} Test;

static void
begin_at (Test * t, const gchar * path, const gchar * options)
{
  ProviderPeerSettings settings = {.key = KEY,
    .script = "{\"answers\": [{\"when\": \"say nothing\", \"say\": \"\"}]}"
  };
  GError *error = NULL;
  gchar *url, *launch;

  t->peer = provider_peer_new (&settings, &error);
  g_assert_no_error (error);
  url = provider_peer_url (t->peer, "http", path);
  launch = g_strdup_printf ("geminillm name=llm url=%s api-key=env:TEST_KEY "
      "first-byte-timeout=20000 stall-timeout=20000 connect-timeout=20000 %s",
      url, options);
  t->f.arbiter = TRUE;
  set_up (&t->f, launch, NULL);
  g_free (launch);
  g_free (url);
}

static void
begin (Test * t, const gchar * options)
{
  begin_at (t, "/v1beta", options);
}

static void
end (Test * t)
{
  tear_down (&t->f);
  provider_peer_free (t->peer);
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
  const ProviderRequest *request = provider_peer_request (t->peer, index);
  gsize size;
  const gchar *text = g_bytes_get_data (request->body, &size);
  gchar *json = g_strdelimit (g_strdup (expected), "'", '"');
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
  return g_hash_table_lookup (provider_peer_request (t->peer, index)->headers,
      name);
}

static void
a_reply_is_spoken_as_it_comes (void)
{
  Test t = { 0 };

  begin (&t, "system-prompt=Short. temperature=0.5 max-tokens=9 seed=3 "
      "stop=END thinking-budget=0 " "extra=\"{\\\"safetySettings\\\":[]}\"");
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"You \" \"said: \" \"hello\" E1");
  assert_up (&t.f, "");
  assert_warnings (&t.f, "");
  assert_body (&t, 0, "{'systemInstruction': {'parts': [{'text': 'Short.'}]},"
      "'contents': [{'role': 'user', 'parts': [{'text': 'hello'}]}],"
      "'generationConfig': {'temperature': 0.5, 'seed': 3,"
      "'maxOutputTokens': 9, 'stopSequences': ['END'],"
      "'thinkingConfig': {'thinkingBudget': 0}}, 'safetySettings': []}");
  g_assert_cmpstr (provider_peer_request (t.peer, 0)->target, ==, PATH);
  g_assert_cmpstr (sent_header (&t, 0, "x-goog-api-key"), ==, KEY);
  g_assert_null (sent_header (&t, 0, "authorization"));
  end (&t);
}

static void
vertex_is_shown_a_token (void)
{
  static const gchar at[] = "/v1/projects/p/locations/l/publishers/google";
  Test t = { 0 };

  begin_at (&t, at, "auth=bearer model=gemini-2.5-pro");
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"You \" \"said: \" \"hello\" E1");
  g_assert_cmpstr (provider_peer_request (t.peer, 0)->path, ==,
      "/v1/projects/p/locations/l/publishers/google/models/gemini-2.5-pro"
      ":streamGenerateContent");
  g_assert_cmpstr (sent_header (&t, 0, "authorization"), ==, "Bearer " KEY);
  g_assert_null (sent_header (&t, 0, "x-goog-api-key"));
  end (&t);
}

static void
usage_is_told (void)
{
  Test t = { 0 };
  GstMessage *message;
  const GstStructure *s;

  begin (&t, "");
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  message = pop_report (&t, "voice/usage");
  s = gst_message_get_structure (message);
  g_assert_cmpstr (gst_voice_structure_string (s, "provider"), ==, "geminillm");
  g_assert_cmpstr (gst_voice_structure_string (s, "model"), ==, "stand-in");
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-in"), ==, 4);
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-cached"), ==, 2);
  /* three words, two thoughts */
  g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-out"), ==, 5);
  gst_message_unref (message);
  end (&t);
}

static void
one_tool_is_called (void)
{
  Test t = {.f.tools = TOOLS };

  begin (&t, "");
  hear (&t.f, 1, 0, "get_time {\"tz\":\"UTC\"}");
  wait_down (&t.f, "Cf-1-0");
  assert_down (&t.f, "Cf-1-0:get_time{\"tz\":\"UTC\"}");
  result (&t.f, "f-1-0", "done", "\"noon\"");
  wait_down (&t.f, "E2");
  assert_down (&t.f, "S2:reply \"The \" \"answer \" \"is: \" \"noon\" E2");
  assert_warnings (&t.f, "");
  end (&t);
}

#define CALL(n, name, args) "{'functionCall': {'id': 'f-1-" n "', 'name': '" \
    name "', 'args': " args "}"
#define RESULT(n, name, is) "{'functionResponse': {'id': 'f-1-" n "', 'name':" \
    "'" name "', 'response': {'output': " is "}}}"

/* A gemini-3 refuses calls that come back without their signature. */
static void
tools_are_called_together_and_signed (void)
{
  Test t = {.f.tools = TOOLS };

  begin (&t, "model=gemini-3-flash");
  hear (&t.f, 1, 0, "get_time {\"tz\":\"UTC\"} and get_weather");
  wait_down (&t.f, "Cf-1-1");
  assert_down (&t.f, "Cf-1-0:get_time{\"tz\":\"UTC\"} Cf-1-1:get_weather{}");
  result (&t.f, "f-1-1", "done", "{\"sun\":true}");
  result (&t.f, "f-1-0", "done", "\"noon\"");
  wait_down (&t.f, "E2");
  assert_body (&t, 1, "{'tools': [{'functionDeclarations': [{'name':"
      "'get_time', 'parameters': {'type': 'OBJECT', 'properties': {'tz':"
      "{'type': 'STRING'}}}}, {'name': 'get_weather'}]}], 'contents': ["
      "{'role': 'user', 'parts': [{'text': 'get_time {\\u0022tz\\u0022:"
      "\\u0022UTC\\u0022} and get_weather'}]}, {'role': 'model', 'parts': ["
      CALL ("0", "get_time", "{'tz': 'UTC'}")
      ", 'thoughtSignature': 'c2lnbmF0dXJl'},"
      CALL ("1", "get_weather", "{}") "}]}, {'role': 'user', 'parts': ["
      RESULT ("0", "get_time", "'noon'") ","
      RESULT ("1", "get_weather", "{'sun': true}") "]}]}");
  assert_warnings (&t.f, "");
  end (&t);
}

/* All that is said of a failure; the key is not in it. */
static void
assert_told (Test * t, const gchar * code)
{
  GstMessage *message = pop_report (t, "voice/provider");
  const GstStructure *s = gst_message_get_structure (message);
  gboolean fault = FALSE;

  g_assert_cmpstr (gst_voice_structure_string (s, "state"), ==, "failed");
  g_assert_cmpstr (gst_voice_structure_string (s, "code"), ==, code);
  do {
    gchar *dump = gst_structure_to_string (gst_message_get_structure (message));

    fault |= gst_message_has_name (message, "voice/fault");
    g_assert_null (strstr (dump, "Zx81"));
    g_free (dump);
    gst_message_unref (message);
    message = gst_bus_pop_filtered (t->f.bus, GST_MESSAGE_ELEMENT |
        GST_MESSAGE_WARNING);
  } while (message);
  g_assert_true (fault);
}

static void
each_fault_has_its_code (void)
{
  static const struct
  {
    const gchar *fault, *options, *code, *spoken;
    guint after, requests;
  } rows[] = {
    {"refuse", "", "disconnected", ""},
    {"401", "", "auth", "", 0, 1},
    {"403", "", "auth", "", 0, 1},
    {"429", "", "rate-limited", "", 0, 1},
    {"500", "", "server", "", 0, 1},
    {"stall-head", "first-byte-timeout=60", "first-byte-timeout", "", 0, 1},
    {"stall-body", "stall-timeout=60", "stalled", "S1:reply \"You \" E1", 1, 1},
    {"malformed", "", "bad-response", "S1:reply \"You \" E1", 1, 1},
    {"huge", "", "bad-response", "", 0, 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t = { 0 };

    g_test_message ("%s", rows[i].fault);
    begin (&t, rows[i].options);
    g_assert_true (provider_peer_add_fault (t.peer, rows[i].fault, 1, 9,
            rows[i].after));
    hear (&t.f, 1, 0, "hello");
    wait_up (&t.f, "say(");
    assert_down (&t.f, rows[i].spoken);
    assert_up (&t.f, "no-reply(1:error) say(" APOLOGY ")");
    assert_told (&t, rows[i].code);
    if (rows[i].requests)
      g_assert_cmpuint (provider_peer_n_requests (t.peer), ==,
          rows[i].requests);
    end (&t);
  }
}

/* What came before the connection broke has been said. */
static void
a_reset_ends_what_was_begun (void)
{
  Test t = { 0 };

  begin (&t, "");
  provider_peer_add_fault (t.peer, "stall-body", 1, 1, 1);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "\"You \"");
  g_assert_true (provider_peer_break (t.peer, "reset"));
  wait_up (&t.f, "say(");
  assert_down (&t.f, "S1:reply \"You \" E1");
  assert_told (&t, "disconnected");
  g_assert_cmpuint (provider_peer_n_requests (t.peer), ==, 1);
  end (&t);
}

static void
a_wrong_key_is_not_told (void)
{
  Test t = { 0 };

  g_setenv ("TEST_KEY", "AIza-Zx81wrong", TRUE);
  begin (&t, "");
  g_setenv ("TEST_KEY", KEY, TRUE);
  hear (&t.f, 1, 0, "hello");
  wait_up (&t.f, "say(");
  assert_told (&t, "auth");
  g_assert_null (strstr (provider_peer_request (t.peer, 0)->target, "Zx81"));
  end (&t);
}

/* Nothing is lost of what comes byte by byte. */
static void
what_is_slow_is_whole (void)
{
  Test t = { 0 };

  begin (&t, "");
  provider_peer_add_fault (t.peer, "slow", 1, 1, 0);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"You \" \"said: \" \"hello\" E1");
  end (&t);
}

/* The end comes before the last word; that is the service's own fault, and the
 * next answer is none the worse. */
static void
what_is_out_of_order_has_an_end (void)
{
  Test t = { 0 };

  begin (&t, "");
  provider_peer_add_fault (t.peer, "order", 1, 1, 0);
  hear (&t.f, 1, 0, "hello you");
  wait_down (&t.f, "E1");
  settle (&t.f);
  g_free (take_down (&t.f));
  hear (&t.f, 2, 0, "again");
  wait_down (&t.f, "E2");
  assert_down (&t.f, "S2:reply \"You \" \"said: \" \"again\" E2");
  assert_warnings (&t.f, "");
  end (&t);
}

static void
nothing_is_asked_for_once_more (void)
{
  Test t = { 0 };

  begin (&t, "");
  hear (&t.f, 1, 0, "say nothing");
  wait_up (&t.f, "say(");
  assert_told (&t, "server");
  g_assert_cmpuint (provider_peer_n_requests (t.peer), ==, 2);
  g_assert_true (g_bytes_equal (provider_peer_request (t.peer, 0)->body,
          provider_peer_request (t.peer, 1)->body));
  end (&t);
}

static void
an_interruption_takes_the_request_back (void)
{
  Test t = { 0 };

  begin (&t, "");
  provider_peer_add_fault (t.peer, "stall-body", 1, 1, 1);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "\"You \"");
  interrupt (&t.f, 1, TRUE);
  provider_peer_mend (t.peer);
  hear (&t.f, 2, 1, "stop");
  wait_down (&t.f, "E2");
  assert_down (&t.f, "S1:reply \"You \" S2:reply \"You \" \"said: \" "
      "\"hello \" \"stop\" E2");
  assert_warnings (&t.f, "");
  end (&t);
}

static void
a_broken_connection_is_tried_once_more (void)
{
  Test t = { 0 };
  GError *error = NULL;
  HttpPeer *peer = http_peer_new ("{\"/v1beta/models/m:streamGenerateContent\":"
      "[{\"status\": 0, \"steps\": [{\"close\": true}]}, {\"headers\":"
      "{\"Content-Type\": \"application/json\"}, \"steps\": [\"[{\\\"candidates"
      "\\\":[{\\\"content\\\":{\\\"parts\\\":[{\\\"text\\\":\\\"Hi.\\\"}]},"
      "\\\"finishReason\\\":\\\"STOP\\\"}]}]\"]}]}", NULL, 0, &error);
  gchar *url, *launch;

  g_assert_no_error (error);
  url = http_peer_url (peer, "/v1beta");
  launch = g_strdup_printf ("geminillm name=llm model=m url=%s", url);
  set_up (&t.f, launch, NULL);
  hear (&t.f, 1, 0, "hello");
  wait_down (&t.f, "E1");
  assert_down (&t.f, "S1:reply \"Hi.\" E1");
  assert_warnings (&t.f, "");
  g_assert_cmpuint (http_peer_n_requests (peer), ==, 2);
  tear_down (&t.f);
  http_peer_free (peer);
  gst_voice_health_clear ();
  g_free (launch);
  g_free (url);
}

/* What is wrong with the settings stops the element, and the key is not in what
 * it says. */
static void
assert_refused (const gchar * const *settings, GstVoiceError code,
    const gchar * says)
{
  GstElement *llm = gst_element_factory_make ("geminillm", NULL);
  GstBus *bus = gst_bus_new ();
  const GstStructure *details;
  GstMessage *message;
  GError *error;

  gst_element_set_bus (llm, bus);
  for (guint i = 0; settings[i]; i += 2)
    gst_util_set_object_arg (G_OBJECT (llm), settings[i], settings[i + 1]);
  g_assert_cmpint (gst_element_set_state (llm, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, NULL);
  gst_message_parse_error_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "code"), ==,
      gst_voice_error_name (code));
  if (!strstr (error->message, says))
    g_error ("%s", error->message);
  g_assert_null (strstr (error->message, "Zx81"));
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_state (llm, GST_STATE_NULL);
  gst_element_set_bus (llm, NULL);
  gst_object_unref (bus);
  gst_object_unref (llm);
}

static void
wrong_settings_are_refused (void)
{
  static const gchar url[] = "http://127.0.0.1:1/v1beta";
  const gchar *literal[] = { "api-key", KEY, NULL };
  const gchar *none[] = { NULL };
  const gchar *model[] = { "url", url, "model", "", NULL };
  const gchar *extra[] = { "url", url, "extra", "[1]", NULL };
  const gchar *schema[] = { "url", url, "response-schema", "json", NULL };
  const gchar *stops[] = { "url", url, "stop", "[1]", NULL };
  const gchar *both[] = { "url", url, "thinking-budget", "0",
    "thinking-level", "low", NULL
  };

  assert_refused (literal, GST_VOICE_ERROR_AUTH, "api-key=env:GEMINI_API_KEY");
  assert_refused (none, GST_VOICE_ERROR_AUTH, "GEMINI_API_KEY");
  assert_refused (model, GST_VOICE_ERROR_BAD_REQUEST, "model");
  assert_refused (extra, GST_VOICE_ERROR_BAD_REQUEST, "extra");
  assert_refused (schema, GST_VOICE_ERROR_BAD_REQUEST, "response-schema");
  assert_refused (stops, GST_VOICE_ERROR_BAD_REQUEST, "up to 5");
  assert_refused (both, GST_VOICE_ERROR_BAD_REQUEST, "thinking-budget");
}

static void
properties_keep_what_they_are_given (void)
{
  static const gchar *const pairs[] = {
    "url", "http://h/v1beta", "model", "m", "api-key", "env:K", "auth",
    "bearer", "stop", "s", "response-schema", "{}", "thinking-level", "low",
    "thinking-budget", "7", "extra", "{}", "max-tokens", "5", "seed", "6",
    "total-timeout", "4", NULL
  };
  GstElement *llm = gst_element_factory_make ("geminillm", NULL);

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
  gst_object_unref (llm);
}

int
main (int argc, char **argv)
{
  int result;

  g_setenv ("TEST_KEY", KEY, TRUE);
  g_unsetenv ("GEMINI_API_KEY");
  g_unsetenv ("http_proxy");
  g_unsetenv ("all_proxy");
  g_unsetenv ("ALL_PROXY");
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/geminillm/reply", a_reply_is_spoken_as_it_comes);
  g_test_add_func ("/geminillm/vertex", vertex_is_shown_a_token);
  g_test_add_func ("/geminillm/usage", usage_is_told);
  g_test_add_func ("/geminillm/tool", one_tool_is_called);
  g_test_add_func ("/geminillm/tools", tools_are_called_together_and_signed);
  g_test_add_func ("/geminillm/faults", each_fault_has_its_code);
  g_test_add_func ("/geminillm/reset", a_reset_ends_what_was_begun);
  g_test_add_func ("/geminillm/wrong-key", a_wrong_key_is_not_told);
  g_test_add_func ("/geminillm/slow", what_is_slow_is_whole);
  g_test_add_func ("/geminillm/order", what_is_out_of_order_has_an_end);
  g_test_add_func ("/geminillm/nothing", nothing_is_asked_for_once_more);
  g_test_add_func ("/geminillm/interrupted",
      an_interruption_takes_the_request_back);
  g_test_add_func ("/geminillm/once-more",
      a_broken_connection_is_tried_once_more);
  g_test_add_func ("/geminillm/settings", wrong_settings_are_refused);
  g_test_add_func ("/geminillm/properties",
      properties_keep_what_they_are_given);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
