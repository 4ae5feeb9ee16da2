/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Requests to the server's APIs, and what is read from their answers.
 */
#include <gst-voice/error.h>
#include <string.h>
#include <twirp.h>

static void
expect_url (const gchar * server, const gchar * expected)
{
  GError *error = NULL;
  gchar *url = livekit_twirp_url (server, LIVEKIT_TWIRP_CREATE_DISPATCH,
      &error);

  g_assert_no_error (error);
  g_assert_cmpstr (url, ==, expected);
  g_free (url);
}

static void
urls (void)
{
  GError *error = NULL;

  expect_url ("wss://h", "https://h/twirp/livekit.AgentDispatchService/"
      "CreateDispatch");
  expect_url ("ws://h:1/b/", "http://h:1/b/twirp/livekit.AgentDispatchService/"
      "CreateDispatch");
  expect_url ("https://h", "https://h/twirp/livekit.AgentDispatchService/"
      "CreateDispatch");
  g_assert_null (livekit_twirp_url ("ftp://h", "X/Y", &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST);
  g_error_free (error);
}

static void
requests (void)
{
  GHashTable *attributes = g_hash_table_new (g_str_hash, g_str_equal);
  LivekitDispatch dispatch = {.room = "a \"room\"" };
  gchar *text = livekit_twirp_create_dispatch (&dispatch);

  g_assert_cmpstr (text, ==, "{\"room\":\"a \\\"room\\\"\"}");
  g_free (text);
  g_hash_table_insert (attributes, (gpointer) "k", (gpointer) "v");
  dispatch.agent_name = "n";
  dispatch.metadata = "{}";
  dispatch.attributes = attributes;
  text = livekit_twirp_create_dispatch (&dispatch);
  g_assert_cmpstr (text, ==, "{\"room\":\"a \\\"room\\\"\","
      "\"agent_name\":\"n\",\"metadata\":\"{}\",\"attributes\":{\"k\":\"v\"}}");
  g_free (text);
  text = livekit_twirp_list_participants ("r");
  g_assert_cmpstr (text, ==, "{\"room\":\"r\"}");
  g_free (text);
  g_hash_table_unref (attributes);
}

static void
expect_people (const gchar * body, guint expected)
{
  GError *error = NULL;
  guint people;

  g_assert_true (livekit_twirp_count_people (body, -1, &people, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (people, ==, expected);
}

static void
people (void)
{
  GError *error = NULL;
  guint n;

  expect_people ("{}", 0);
  expect_people ("{\"participants\":[]}", 0);
  expect_people ("{\"participants\":{}}", 0);
  expect_people ("{\"participants\":[1,null,[]]}", 0);
  expect_people ("{\"participants\":[{\"kind\":\"STANDARD\"},"
      "{\"kind\":\"AGENT\"},{\"kind\":\"EGRESS\"},{\"kind\":\"SIP\"},"
      "{\"kind\":\"SIP\",\"state\":\"DISCONNECTED\"},{\"kind\":7}]}", 3);
  g_assert_false (livekit_twirp_count_people ("[]", -1, &n, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
}

static void
dispatches (void)
{
  static const gchar *const wrong[] = { "", "{}", "{\"id\":\"\"}",
    "{\"id\":1}", "x"
  };
  GError *error = NULL;
  gchar *id;

  g_assert_true (livekit_twirp_read_dispatch ("{\"id\":\"AD_1\"}", -1, &id,
          &error));
  g_assert_cmpstr (id, ==, "AD_1");
  g_free (id);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_false (livekit_twirp_read_dispatch (wrong[i], -1, &id, &error));
    g_assert_null (id);
    g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
    g_clear_error (&error);
  }
}

static void
expect_state (const gchar * body, LivekitDispatchState expected)
{
  GError *error = NULL;
  LivekitDispatchState state;

  g_assert_true (livekit_twirp_find_dispatch (body, -1, "AD_1", &state,
          &error));
  g_assert_no_error (error);
  g_assert_cmpint (state, ==, expected);
}

static void
states (void)
{
  GError *error = NULL;
  LivekitDispatchState state;
  gchar *text = livekit_twirp_name_dispatch ("r", "AD_1");

  g_assert_cmpstr (text, ==, "{\"dispatch_id\":\"AD_1\",\"room\":\"r\"}");
  g_free (text);
  expect_state ("{}", LIVEKIT_DISPATCH_UNKNOWN);
  expect_state ("{\"agent_dispatches\":{}}", LIVEKIT_DISPATCH_UNKNOWN);
  expect_state ("{\"agent_dispatches\":[1,{\"id\":\"AD_2\",\"state\":"
      "{\"jobs\":[{}]}},{\"id\":1}]}", LIVEKIT_DISPATCH_UNKNOWN);
  expect_state ("{\"agent_dispatches\":[{\"id\":\"AD_2\"},{\"id\":"
      "\"AD_1\",\"state\":null}]}", LIVEKIT_DISPATCH_WAITING);
  expect_state ("{\"agent_dispatches\":[{\"id\":\"AD_1\",\"state\":"
      "{\"jobs\":[]}}]}", LIVEKIT_DISPATCH_WAITING);
  expect_state ("{\"agent_dispatches\":[{\"id\":\"AD_1\",\"state\":"
      "{\"jobs\":[{\"id\":\"AJ_1\"}]}},{}]}", LIVEKIT_DISPATCH_TAKEN);
  g_assert_false (livekit_twirp_find_dispatch ("x", -1, "AD_1", &state,
          &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE);
  g_error_free (error);
}

static void
expect_refusal (guint status, const gchar * body, GstVoiceError code,
    const gchar * text)
{
  GError *error = livekit_twirp_refusal (status, body);

  g_assert_error (error, GST_VOICE_ERROR, code);
  if (!strstr (error->message, text))
    g_error ("no '%s' in %s", text, error->message);
  g_error_free (error);
}

static void
refusals (void)
{
  expect_refusal (401, "invalid API key: k", GST_VOICE_ERROR_AUTH,
      "LIVEKIT_API_KEY");
  expect_refusal (401, "{\"code\":\"unauthenticated\","
      "\"msg\":\"permissions denied\"}", GST_VOICE_ERROR_AUTH, "(401)");
  expect_refusal (503, "{\"code\":\"unavailable\",\"msg\":\"x\"}",
      GST_VOICE_ERROR_SERVER, "unavailable");
  expect_refusal (500, "{\"code\":\"\\u001b[31m\"}", GST_VOICE_ERROR_SERVER,
      "(500, ???");
  expect_refusal (500, NULL, GST_VOICE_ERROR_SERVER, "(500)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/twirp/urls", urls);
  g_test_add_func ("/twirp/requests", requests);
  g_test_add_func ("/twirp/people", people);
  g_test_add_func ("/twirp/dispatches", dispatches);
  g_test_add_func ("/twirp/states", states);
  g_test_add_func ("/twirp/refusals", refusals);
  return g_test_run ();
}
