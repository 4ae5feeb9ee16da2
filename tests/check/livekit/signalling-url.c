/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * URLs of the WebSockets, and refusals as the server words them.
 */
#include <gst-voice/error.h>
#include <signalling-url.h>
#include <string.h>

#define QUERY "/rtc?protocol=17&auto_subscribe=1&os=linux"

static void
urls (void)
{
  static const struct
  {
    const gchar *server, *url;
  } rows[] = {
    {"wss://a.example", "wss://a.example" QUERY},
    {"wss://a.example/", "wss://a.example" QUERY},
    {"https://a.example:7880", "wss://a.example:7880" QUERY},
    {"http://127.0.0.1:7880//", "ws://127.0.0.1:7880" QUERY},
    {"ws://[::1]:7880/base/x/", "ws://[::1]:7880/base/x" QUERY},
    {"WSS://a.example/b%20c", "wss://a.example/b%20c" QUERY},
  };
  LivekitConnect connect = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    gchar *url = livekit_signal_url (rows[i].server, &connect, &error);

    g_assert_no_error (error);
    g_assert_cmpstr (url, ==, rows[i].url);
    g_free (url);
  }
}

static void
parameters (void)
{
  LivekitConnect connect = {.resume = "PA_a&b",.reason =
        LIVEKIT_RECONNECT_SUBSCRIBER_FAILED,.manual = TRUE,.version = "0 1"
  };
  gchar *url = livekit_signal_url ("ws://h", &connect, NULL);
  gchar *validate = livekit_signal_validate_url (url);
  gchar *worker = livekit_worker_url ("https://h/x/", NULL);

  g_assert_cmpstr (url, ==, "ws://h/rtc?protocol=17&auto_subscribe=0&os=linux"
      "&version=0%201&reconnect=1&reconnect_reason=3&sid=PA_a%26b");
  g_assert_cmpstr (validate, ==, "http://h/rtc/validate?protocol=17"
      "&auto_subscribe=0&os=linux&version=0%201&reconnect=1"
      "&reconnect_reason=3&sid=PA_a%26b");
  g_assert_cmpstr (worker, ==, "wss://h/x/agent?protocol=1");
  g_free (worker);
  g_free (validate);
  g_free (url);
}

static void
no_urls (void)
{
  static const gchar *const rows[] = {
    "", "a.example", "ftp://a.example", "wss://", "wss:///x",
    "wss://u:hunter2@h", "wss://h?x=hunter2", "wss://h/#x", "wss://h:x",
  };
  LivekitConnect connect = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_null (livekit_signal_url (rows[i], &connect, &error));
    g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST);
    g_assert_null (strstr (error->message, "hunter2"));
    g_clear_error (&error);
    g_assert_null (livekit_worker_url (rows[i], &error));
    g_error_free (error);
  }
}

/* The bodies are those of livekit-server 1.13.5, one of an older one. */
static void
refusals (void)
{
  static const struct
  {
    guint status;
    const gchar *body;
    GstVoiceError code;
    const gchar *part;
  } rows[] = {
    {401, "invalid token: eyJhbGci.eyJzdWIi.c2ln, error: token has invalid "
          "claims: token is expired", GST_VOICE_ERROR_AUTH,
        "has expired: make a new one"},
    {401, "invalid token: eyJhbGci.eyJzdWIi.c2ln, error: token has invalid "
          "claims: token is not valid yet", GST_VOICE_ERROR_AUTH, "not valid "
          "yet: compare the clocks"},
    {401, "invalid token: eyJhbGci.eyJzdWIi.c2ln, error: token signature is "
          "invalid: signature is invalid", GST_VOICE_ERROR_AUTH,
        "another secret"},
    {401, "invalid token: eyJhbGci.eyJzdWIi.c2ln, error: go-jose/go-jose: "
          "error in cryptographic primitive", GST_VOICE_ERROR_AUTH,
        "another secret"},
    {401, "invalid API key: devkey", GST_VOICE_ERROR_AUTH, "LIVEKIT_API_KEY"},
    {401, "permissions denied", GST_VOICE_ERROR_AUTH, "roomJoin"},
    {401, NULL, GST_VOICE_ERROR_AUTH, "did not accept"},
    {404, "requested room does not exist", GST_VOICE_ERROR_UNSUPPORTED,
        "create it first"},
    {404, "404 page not found", GST_VOICE_ERROR_UNSUPPORTED, "too old"},
    {400, "identity cannot be empty\n", GST_VOICE_ERROR_BAD_REQUEST,
        "(400): identity cannot be empty"},
    {500, "", GST_VOICE_ERROR_SERVER, "(500)"},
    {503, "\xff eyJhbGci.x.y", GST_VOICE_ERROR_SERVER, "(503): \xef\xbf\xbd"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = livekit_signal_refusal (rows[i].status, rows[i].body);

    g_assert_error (error, GST_VOICE_ERROR, (gint) rows[i].code);
    g_assert_nonnull (strstr (error->message, rows[i].part));
    g_assert_null (strstr (error->message, "eyJ"));
    g_error_free (error);
  }
}

static void
long_refusal (void)
{
  gchar *body = g_strnfill (100000, 'x');
  GError *error = livekit_signal_refusal (500, body);

  g_assert_cmpuint (strlen (error->message), <, 250);
  g_error_free (error);
  g_free (body);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/signalling-url/urls", urls);
  g_test_add_func ("/signalling-url/parameters", parameters);
  g_test_add_func ("/signalling-url/no-urls", no_urls);
  g_test_add_func ("/signalling-url/refusals", refusals);
  g_test_add_func ("/signalling-url/long-refusal", long_refusal);
  return g_test_run ();
}
