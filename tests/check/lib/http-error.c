/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every way in which a service can fail, and what it is called.
 */
#include "http-harness.h"

#include <string.h>

static void
statuses (void)
{
  static const struct
  {
    const gchar *path;
    guint status;
    GstVoiceError code;
    gint64 retry_after;
    const gchar *body;
  } rows[] = {
    {"/400", 400, GST_VOICE_ERROR_BAD_REQUEST, -1, "{\"why\": 1}"},
    {"/401", 401, GST_VOICE_ERROR_AUTH, -1, "bad key"},
    {"/402", 402, GST_VOICE_ERROR_QUOTA, -1, NULL},
    {"/403", 403, GST_VOICE_ERROR_AUTH, -1, NULL},
    {"/not-there", 404, GST_VOICE_ERROR_UNSUPPORTED, -1,
        "not in the script\r\n"},
    {"/429", 429, GST_VOICE_ERROR_RATE_LIMITED, 7000, NULL},
    {"/429-ms", 429, GST_VOICE_ERROR_RATE_LIMITED, 250, NULL},
    {"/429-past", 429, GST_VOICE_ERROR_RATE_LIMITED, 0, NULL},
    {"/429-date", 429, GST_VOICE_ERROR_RATE_LIMITED, 24 * 3600 * 1000, NULL},
    {"/429-nonsense", 429, GST_VOICE_ERROR_RATE_LIMITED, -1, NULL},
    {"/500", 500, GST_VOICE_ERROR_SERVER, -1, NULL},
    {"/503", 503, GST_VOICE_ERROR_SERVER, -1, "busy"},
    {"/not-utf8", 500, GST_VOICE_ERROR_SERVER, -1, "\357\277\275xx"},
    {"/301", 301, GST_VOICE_ERROR_BAD_RESPONSE, -1, NULL},
  };
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Call *call = fetch_bad (w.peer, "POST", rows[i].path, rows[i].code);

    g_assert_cmpuint (call->status, ==, rows[i].status);
    g_assert_cmpint (call->retry_after, ==, rows[i].retry_after);
    g_assert_cmpstr (call->error_body, ==, rows[i].body);
    g_assert_cmpuint (call->n_headers, ==, 1);
    g_assert_cmpuint (call->n_pieces, ==, 0);
    g_assert_cmpstr (call->id, ==, rows[i].status == 401 ? "r-401" : NULL);
    call_free (call);
  }
  world_end (&w);
}

static void
long_refusal_is_cut (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = fetch_bad (w.peer, "GET", "/100", GST_VOICE_ERROR_UNSUPPORTED);
  g_assert_cmpint (g_utf8_strlen (call->error_body, -1), <=, 500);
  call_free (call);
  world_end (&w);
}

/* libsoup would keep it all, to ask for a password. */
static void
long_refusal_is_not_read (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = fetch_bad (w.peer, "POST", "/401-big", GST_VOICE_ERROR_AUTH);
  g_assert_cmpuint (http_peer_sent (w.peer), <, TEN_MB);
  call_free (call);
  world_end (&w);
}

/* What is known of a refusal counts more than how its text ends. */
static void
refusal_that_stalls (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/refusal-stalls");
  call_deadlines (call, 0, 0, SHORT_MS, 0);
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_SERVER);
  g_assert_cmpstr (call->error_body, ==, "no");
  call_free (call);
  world_end (&w);
}

static void
refused_connection (void)
{
  World w;
  guint16 port;
  GSocket *socket;
  gchar *url, *host;

  world_begin (&w);
  socket = http_peer_refusing (&port);
  url = g_strdup_printf ("http://127.0.0.1:%u/" SECRET "?k=" SECRET, port);
  host = g_strdup_printf ("127.0.0.1:%u refused", port);
  assert_call_fails (url, GST_VOICE_ERROR_DISCONNECTED, host);
  g_free (host);
  g_free (url);
  g_object_unref (socket);
  world_end (&w);
}

static void
connections_that_break (void)
{
  static const gchar *const paths[] = { "/gone", "/cut-chunk", "/cut-length",
    "/cut-length-close"
  };
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Call *call = fetch_bad (w.peer, "POST", paths[i],
        GST_VOICE_ERROR_DISCONNECTED);

    g_assert_true (call->went_out);
    call_free (call);
  }
  world_end (&w);
}

static void
reset_in_the_middle (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "POST", "/reset");
  call_send (call);
  call_wait_bytes (call, 5);
  http_peer_release (w.peer, "/reset");
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_DISCONNECTED);
  assert_body (call, "piece");
  call_free (call);
  world_end (&w);
}

static void
not_http (void)
{
  World w;

  world_begin (&w);
  call_free (fetch_bad (w.peer, "GET", "/garbage",
          GST_VOICE_ERROR_BAD_RESPONSE));
  world_end (&w);
}

/* libsoup gives up at 64 KiB, with the error of a connection that closed. */
static void
endless_head (void)
{
  gchar *long_text = g_strnfill (300 * 1024, 'x');
  gchar *text = g_strdup_printf ("{'/head': {'headers': {'X': '%s'}}}",
      long_text);
  World w;

  world_begin_with (&w, text, NULL);
  call_free (fetch_bad (w.peer, "GET", "/head", GST_VOICE_ERROR_DISCONNECTED));
  world_end (&w);
  g_free (text);
  g_free (long_text);
}

static void
unknown_host (void)
{
  World w;
  Call *call;

  world_begin (&w);
  use_test_resolver (&w);
  assert_call_fails ("http://none.invalid/" SECRET,
      GST_VOICE_ERROR_DISCONNECTED, "none.invalid is not a known host");

  call = call_new ("GET", "https://slow.invalid/");
  call_deadlines (call, SHORT_MS, 0, 0, 0);
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_CONNECT_TIMEOUT);
  call_free (call);

  call = call_new ("GET", "https://slow.invalid/");
  call_send (call);
  world_end (&w);
  assert_failed (call, GST_VOICE_ERROR_CANCELLED);
  call_free (call);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
  g_test_add_func ("/http-error/statuses", statuses);
  g_test_add_func ("/http-error/long-refusal-is-cut", long_refusal_is_cut);
  g_test_add_func ("/http-error/long-refusal-is-not-read",
      long_refusal_is_not_read);
  g_test_add_func ("/http-error/refusal-that-stalls", refusal_that_stalls);
  g_test_add_func ("/http-error/refused-connection", refused_connection);
  g_test_add_func ("/http-error/connections-that-break",
      connections_that_break);
  g_test_add_func ("/http-error/reset-in-the-middle", reset_in_the_middle);
  g_test_add_func ("/http-error/not-http", not_http);
  g_test_add_func ("/http-error/endless-head", endless_head);
  g_test_add_func ("/http-error/unknown-host", unknown_host);
  return http_test_run ();
}
