/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The HTTP client: what is sent and told, deadlines, every moment to cancel,
 * back-pressure, redirections, and what happens when the network thread ends.
 */
#include "http-harness.h"

#include <string.h>

static void
answer_is_told (void)
{
  World w;
  Call *call;
  const HttpPeerRequest *request;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/hello");
  call_send (call);
  call_wait (call);
  assert_succeeded (call, "hello world");
  g_assert_cmpuint (call->n_headers, ==, 1);
  g_assert_cmpstr (call->header, ==, "yes");
  g_assert_cmpstr (call->id, ==, "r-1");
  g_assert_cmpint (call->retry_after, ==, -1);
  g_assert_null (call->error_body);
  call_free (call);

  request = http_peer_request (w.peer, 0);
  g_assert_cmpstr (request->target, ==, "/hello?key=" SECRET);
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-key"), ==, SECRET);
  g_assert_true (g_str_has_prefix (g_hash_table_lookup (request->headers,
              "user-agent"), "gst-voice/0"));
  g_assert_nonnull (strstr (g_hash_table_lookup (request->headers,
              "accept-encoding"), "gzip"));
  world_end (&w);
}

static void
body_is_sent (void)
{
  World w;
  GBytes *body = g_bytes_new_static ("{\"key\": \"" SECRET "\"}", 19);
  const HttpPeerRequest *request;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "POST", "/hello");
  gst_voice_http_request_set_body (call->request, body, "text/plain");
  gst_voice_http_request_set_body (call->request, body, "application/json");
  gst_voice_http_request_set_header (call->request, "X-Key", "first");
  gst_voice_http_request_set_header (call->request, "X-Key", "last");
  call_send (call);
  call_wait (call);
  assert_succeeded (call, "hello world");
  call_free (call);
  request = http_peer_request (w.peer, 0);
  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_true (g_bytes_equal (request->body, body));
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "content-type"), ==,
      "application/json");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-key"), ==, "last");
  g_bytes_unref (body);
  world_end (&w);
}

static void
answers_without_a_body (void)
{
  World w;
  Call *call;

  world_begin (&w);
  fetch_ok (w.peer, "HEAD", "/hello", "");
  call = call_peer (w.peer, "DELETE", "/none");
  call_send (call);
  call_wait (call);
  g_assert_no_error (call->error);
  g_assert_cmpuint (call->status, ==, 204);
  call_free (call);
  world_end (&w);
}

static void
every_framing (void)
{
  World w;

  world_begin (&w);
  fetch_ok (w.peer, "GET", "/until-close", "all of it");
  fetch_ok (w.peer, "GET", "/trailer", "text");
  world_end (&w);
}

/* Each piece is there before the next is sent. */
static void
answer_is_streamed (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "POST", "/gates");
  call_send (call);
  call_wait_bytes (call, 3);
  http_peer_release (w.peer, "/gates");
  call_wait_bytes (call, 6);
  http_peer_release (w.peer, "/gates");
  call_wait (call);
  assert_succeeded (call, "onetwothree");
  call_free (call);
  world_end (&w);
}

static void
first_byte_deadline (void)
{
  World w;

  world_begin (&w);
  assert_deadline (w.peer, "/hang", GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
      SHORT_MS, 0, 0);
  assert_deadline (w.peer, "/hang", GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT, 0, 0,
      SHORT_MS);
  assert_deadline (w.peer, "/hang", GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
      PATIENCE_MS, SHORT_MS, SHORT_MS);
  world_end (&w);
}

static void
stall_deadline (void)
{
  World w;

  world_begin (&w);
  assert_deadline (w.peer, "/stall", GST_VOICE_ERROR_STALLED, PATIENCE_MS,
      SHORT_MS, 0);
  assert_deadline (w.peer, "/head-only", GST_VOICE_ERROR_STALLED, PATIENCE_MS,
      SHORT_MS, 0);
  assert_deadline (w.peer, "/stall", GST_VOICE_ERROR_STALLED, PATIENCE_MS,
      PATIENCE_MS, SHORT_MS);
  world_end (&w);
}

/* The kernel takes the connection, nobody else does. */
static void
deaf_host (void)
{
  static const struct
  {
    const gchar *scheme;
    GstVoiceHttpDeadlines deadlines;
    GstVoiceError code;
  } rows[] = {
    {"https", {SHORT_MS, 0, 0, 0}, GST_VOICE_ERROR_CONNECT_TIMEOUT},
    {"https", {PATIENCE_MS, 0, 0, SHORT_MS}, GST_VOICE_ERROR_CONNECT_TIMEOUT},
    {"http", {PATIENCE_MS, SHORT_MS, 0, 0},
        GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT},
  };
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint16 port;
    GSocket *socket = http_peer_deaf (&port);
    gchar *url = g_strdup_printf ("%s://127.0.0.1:%u/" SECRET,
        rows[i].scheme, port);
    Call *call = call_new ("POST", url);

    gst_voice_http_request_set_deadlines (call->request, &rows[i].deadlines);
    call_send (call);
    call_wait (call);
    assert_failed (call, rows[i].code);
    call_free (call);
    g_free (url);
    g_object_unref (socket);
  }
  world_end (&w);
}

/* A byte at a time: no pause is long enough for the stall deadline, but all of
 * it takes too long. */
static void
slow_loris (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/loris");
  call_deadlines (call, PATIENCE_MS, PATIENCE_MS, PATIENCE_MS, 400);
  call_send (call);
  for (guint i = 1; i <= 3; i++) {
    call_wait_bytes (call, i);
    http_peer_release (w.peer, "/loris");
  }
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_STALLED);
  g_assert_nonnull (strstr (call->error->message, "total"));
  call_free (call);
  world_end (&w);
}

static void
cancelled_before_it_is_sent (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/hello");
  gst_voice_http_cancel (call->request);
  call_send (call);
  call_wait (call);
  assert_cancelled (call);
  call_free (call);
  world_end (&w);
}

static void
never_sent (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/hello");
  gst_voice_http_cancel (call->request);
  gst_voice_http_pause (call->request, TRUE);
  world_end (&w);
  g_assert_cmpuint (call->n_destroyed, ==, 0);
  g_clear_pointer (&call->request, gst_voice_http_request_unref);
  assert_cancelled (call);
  call_free (call);
}

/* From another thread, at every stage. The peer sees the connection go. */
static void
cancelled_from_outside (void)
{
  static const gchar *const paths[] = { "/hang", "/head-only", "/stall" };
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Call *call = call_peer (w.peer, "POST", paths[i]);

    call_send (call);
    http_peer_request (w.peer, i);
    if (i == 2)
      call_wait_bytes (call, 5);
    gst_voice_http_cancel (call->request);
    gst_voice_http_cancel (call->request);
    call_wait (call);
    assert_cancelled (call);
    http_peer_wait_open (w.peer, 0);
    call_free (call);
  }
  world_end (&w);
}

static void
cancelled_while_connecting (void)
{
  World w;
  guint16 port;
  GSocket *socket;
  gchar *url;
  Call *call;

  world_begin (&w);
  socket = http_peer_deaf (&port);
  url = g_strdup_printf ("https://127.0.0.1:%u/", port);
  call = call_new ("POST", url);
  call_send (call);
  gst_voice_http_cancel (call->request);
  call_wait (call);
  assert_cancelled (call);
  call_free (call);
  g_free (url);
  g_object_unref (socket);
  world_end (&w);
}

static void
cancelled_in_a_callback (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "POST", "/stall");
  call->cancel_in_headers = TRUE;
  call_send (call);
  call_wait (call);
  assert_cancelled (call);
  g_assert_cmpuint (call->n_headers, ==, 1);
  g_assert_cmpuint (call->n_pieces, ==, 0);
  call_free (call);
  call = call_peer (w.peer, "POST", "/big");
  call->cancel_in_data = TRUE;
  call_send (call);
  call_wait (call);
  assert_cancelled (call);
  g_assert_cmpuint (call->n_pieces, ==, 1);
  call_free (call);
  http_peer_wait_open (w.peer, 0);
  world_end (&w);
}

static void
cancelled_when_it_is_over (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/hello");
  call_send (call);
  call_wait (call);
  gst_voice_http_cancel (call->request);
  gst_voice_http_pause (call->request, TRUE);
  gst_voice_http_pause (call->request, FALSE);
  fetch_ok (w.peer, "GET", "/hello", NULL);
  assert_succeeded (call, "hello world");
  call_free (call);
  world_end (&w);
}

static void
many_at_once (void)
{
  Call *calls[200];
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    calls[i] = call_peer (w.peer, i % 2 ? "GET" : "POST", "/hold");
    call_send (calls[i]);
  }
  http_peer_wait_open (w.peer, G_N_ELEMENTS (calls));
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    http_peer_release (w.peer, "/hold");
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    call_wait (calls[i]);
    assert_succeeded (calls[i], "held");
    call_free (calls[i]);
  }
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, G_N_ELEMENTS (calls));
  world_end (&w);
}

static void
many_cancelled_at_once (void)
{
  Call *calls[50];
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    calls[i] = call_peer (w.peer, "POST", i % 2 ? "/hang" : "/stall");
    call_send (calls[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    gst_voice_http_cancel (calls[i]->request);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    call_wait (calls[i]);
    assert_cancelled (calls[i]);
    call_free (calls[i]);
  }
  world_end (&w);
}

/* Waits until a deadline as long as that of the paused request has passed for a
 * request that was sent later. */
static void
let_deadline_pass (HttpPeer * peer)
{
  assert_deadline (peer, "/stall", GST_VOICE_ERROR_STALLED, 0, PAUSE_MS, 0);
}

static void
paused_and_resumed (void)
{
  World w;
  Call *call;
  guint before;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/big-again");
  gst_voice_http_request_set_max_bytes (call->request, TEN_MB);
  call_deadlines (call, 0, 0, PAUSE_MS, 0);
  call->pause_in_data = TRUE;
  call_send (call);
  http_peer_wait_full (w.peer);
  before = call_bytes (call);
  g_assert_cmpuint (before, <=, 16 * 1024);
  let_deadline_pass (w.peer);
  g_assert_cmpuint (call_bytes (call), ==, before);
  g_assert_cmpuint (call->n_done, ==, 0);
  g_assert_cmpuint (http_peer_sent (w.peer), <, TEN_MB);
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_ten_mb (call);
  call_free (call);
  world_end (&w);
}

/* From outside, while the next piece is waited for. */
static void
paused_while_reading (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/gates");
  call_deadlines (call, 0, 0, PAUSE_MS, 0);
  call_send (call);
  call_wait_bytes (call, 3);
  gst_voice_http_pause (call->request, TRUE);
  let_deadline_pass (w.peer);
  http_peer_release (w.peer, "/gates");
  http_peer_release (w.peer, "/gates");
  let_deadline_pass (w.peer);
  assert_body (call, "one");
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_succeeded (call, "onetwothree");
  call_free (call);

  /* Resumed before anything has come, the deadline holds again. */
  call = call_peer (w.peer, "GET", "/stall");
  call_deadlines (call, 0, 0, PAUSE_MS, 0);
  call_send (call);
  call_wait_bytes (call, 5);
  gst_voice_http_pause (call->request, TRUE);
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_STALLED);
  call_free (call);
  world_end (&w);
}

/* Paused and resumed within the callback, which goes on looking at its data. */
static void
paused_for_no_time (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/big");
  gst_voice_http_request_set_max_bytes (call->request, TEN_MB);
  call->toggle_in_data = TRUE;
  call_send (call);
  call_wait (call);
  assert_ten_mb (call);
  call_free (call);
  world_end (&w);
}

static void
total_does_not_count_a_pause (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/gates");
  call_deadlines (call, 0, 0, 0, PAUSE_MS);
  call->pause_in_data = TRUE;
  call_send (call);
  call_wait_bytes (call, 3);
  let_deadline_pass (w.peer);
  http_peer_release (w.peer, "/gates");
  http_peer_release (w.peer, "/gates");
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_succeeded (call, "onetwothree");
  call_free (call);

  /* And goes on afterwards. */
  call = call_peer (w.peer, "GET", "/stall");
  call_deadlines (call, 0, 0, 0, PAUSE_MS);
  call->pause_in_data = TRUE;
  call_send (call);
  call_wait_bytes (call, 5);
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_STALLED);
  call_free (call);
  world_end (&w);
}

/* Paused before the head comes: head yes, body no. The end waits, too. */
static void
paused_from_the_start (void)
{
  World w;
  Call *call;

  world_begin (&w);
  call = call_peer (w.peer, "GET", "/hello");
  call_deadlines (call, 0, 0, PAUSE_MS, PAUSE_MS);
  gst_voice_http_pause (call->request, TRUE);
  call_send (call);
  call_wait_headers (call);
  let_deadline_pass (w.peer);
  g_assert_cmpuint (call_bytes (call), ==, 0);
  g_assert_cmpuint (call->n_done, ==, 0);
  gst_voice_http_pause (call->request, FALSE);
  call_wait (call);
  assert_succeeded (call, "hello world");
  call_free (call);

  call = call_peer (w.peer, "GET", "/hello");
  gst_voice_http_pause (call->request, TRUE);
  call_send (call);
  gst_voice_http_cancel (call->request);
  call_wait (call);
  assert_cancelled (call);
  call_free (call);
  world_end (&w);
}

static void
redirections_are_followed (void)
{
  World w;
  Call *call;

  world_begin (&w);
  fetch_ok (w.peer, "GET", "/301", "hello world");
  fetch_ok (w.peer, "HEAD", "/301", "");
  fetch_ok (w.peer, "GET", "/302", "hello world");
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 6);
  g_assert_cmpstr (g_hash_table_lookup (http_peer_request (w.peer,
              1)->headers, "x-key"), ==, SECRET);
  call = call_peer (w.peer, "GET", "/301");
  gst_voice_http_request_set_redirects (call->request, FALSE);
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_BAD_RESPONSE);
  call_free (call);
  call = call_peer (w.peer, "POST", "/301");
  gst_voice_http_request_set_redirects (call->request, TRUE);
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_BAD_RESPONSE);
  call_free (call);
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 8);
  world_end (&w);
}

static void
redirections_to_nowhere (void)
{
  World w;

  world_begin (&w);
  call_free (fetch_bad (w.peer, "GET", "/nowhere",
          GST_VOICE_ERROR_BAD_RESPONSE));
  call_free (fetch_bad (w.peer, "GET", "/no-location",
          GST_VOICE_ERROR_BAD_RESPONSE));
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 2);
  call_free (fetch_bad (w.peer, "GET", "/circle",
          GST_VOICE_ERROR_BAD_RESPONSE));
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 2 + 6);
  world_end (&w);
}

/* Another port is another origin: what we sent to the first is not for it. */
static void
redirection_to_another_host (void)
{
  HttpPeer *other = http_peer_new ("{\"/x\": {\"steps\": [\"there\"]}}", NULL,
      0, NULL);
  gchar *url = http_peer_url (other, "/x");
  gchar *text = g_strdup_printf ("{'/away': {'status': 307, 'headers': "
      "{'Location': '%s'}}}", url);
  World w;

  world_begin_with (&w, text, NULL);
  fetch_ok (w.peer, "GET", "/away", "there");
  g_assert_true (g_hash_table_contains (http_peer_request (w.peer, 0)->headers,
          "x-key"));
  g_assert_false (g_hash_table_contains (http_peer_request (other, 0)->headers,
          "x-key"));
  world_end (&w);

  world_begin_tls (&w, text);
  call_free (fetch_bad (w.peer, "GET", "/away", GST_VOICE_ERROR_BAD_RESPONSE));
  g_assert_cmpuint (http_peer_n_requests (other), ==, 1);
  world_end (&w);
  http_peer_free (other);
  g_free (text);
  g_free (url);
}

static void
requests_that_are_none (void)
{
  static const gchar *const urls[] = { "", "host/path", "ftp://host/",
    "https://", "http:///path", "http://host:port/", "wss://host/", NULL
  };
  static const gchar *const values[] = { "a\r\nX-Evil: 1", "a\n", "\001" };
  World w;
  Call *call;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    assert_call_fails (urls[i], GST_VOICE_ERROR_BAD_REQUEST, "address");
  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    call = call_peer (w.peer, "GET", "/hello");
    gst_voice_http_request_set_header (call->request, "X-Other", values[i]);
    call_send (call);
    call_wait (call);
    assert_failed (call, GST_VOICE_ERROR_BAD_REQUEST);
    call_free (call);
  }
  call = call_peer (w.peer, "GET", "/hello");
  gst_voice_http_request_set_header (call->request, "X Other", "1");
  call_send (call);
  call_wait (call);
  assert_failed (call, GST_VOICE_ERROR_BAD_REQUEST);
  call_free (call);
  call_free (fetch_bad (w.peer, "GET / HTTP/1.1\r\n", "/hello",
          GST_VOICE_ERROR_BAD_REQUEST));
  g_assert_cmpuint (http_peer_n_requests (w.peer), ==, 0);
  world_end (&w);
}

static void
no_network_thread (void)
{
  Call *call = call_new ("GET", "http://127.0.0.1/");

  g_assert_false (gst_voice_http_send (call->request));
  gst_voice_http_cancel (call->request);
  g_assert_cmpuint (call->n_done, ==, 0);
  call_free (call);
}

/* Whoever still waits when the thread ends is told, once. */
static void
thread_ends_before_the_answer (void)
{
  static const gchar *const paths[] = { "/hang", "/stall", "/head-only",
    "/hello", "/big"
  };
  Call *calls[G_N_ELEMENTS (paths)];
  World w;

  world_begin (&w);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    calls[i] = call_peer (w.peer, "POST", paths[i]);
    gst_voice_http_pause (calls[i]->request, i >= 3);
    call_send (calls[i]);
  }
  http_peer_request (w.peer, G_N_ELEMENTS (paths) - 1);
  world_end (&w);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    assert_failed (calls[i], GST_VOICE_ERROR_CANCELLED);
    call_free (calls[i]);
  }
}

/* Nobody holds the request but the client. */
static void
sent_and_forgotten (void)
{
  World w;
  gchar *url;
  GstVoiceHttpRequest *request;

  world_begin (&w);
  url = http_peer_url (w.peer, "/hello");
  request = gst_voice_http_request_new ("POST", url);
  g_assert_true (gst_voice_http_send (request));
  gst_voice_http_request_unref (request);
  http_peer_request (w.peer, 0);
  g_free (url);
  world_end (&w);
}

static void
nested_done (GstVoiceHttpRequest * request, const GError * error,
    guint status, const gchar * id, gpointer data)
{
  g_assert_no_error (error);
  call_send (data);
  gst_voice_http_request_unref (request);
}

/* The next request is sent from the done callback of the one before, which also
 * drops the last reference: its connection is taken over. */
static void
sent_in_a_callback (void)
{
  static const GstVoiceHttpCallbacks callbacks = {.done = nested_done };
  World w;
  gchar *url;
  GstVoiceHttpRequest *request;
  Call *call;

  world_begin (&w);
  url = http_peer_url (w.peer, "/hello");
  request = gst_voice_http_request_new ("POST", url);
  call = call_peer (w.peer, "POST", "/hello");
  gst_voice_http_request_set_callbacks (request, &callbacks, call, NULL);
  g_assert_true (gst_voice_http_send (request));
  call_wait (call);
  assert_succeeded (call, "hello world");
  g_assert_cmpuint (http_peer_n_accepted (w.peer), ==, 1);
  call_free (call);
  g_free (url);
  world_end (&w);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
  g_test_add_func ("/http/answer-is-told", answer_is_told);
  g_test_add_func ("/http/body-is-sent", body_is_sent);
  g_test_add_func ("/http/answers-without-a-body", answers_without_a_body);
  g_test_add_func ("/http/every-framing", every_framing);
  g_test_add_func ("/http/answer-is-streamed", answer_is_streamed);
  g_test_add_func ("/http/first-byte-deadline", first_byte_deadline);
  g_test_add_func ("/http/stall-deadline", stall_deadline);
  g_test_add_func ("/http/deaf-host", deaf_host);
  g_test_add_func ("/http/slow-loris", slow_loris);
  g_test_add_func ("/http/cancelled-before-it-is-sent",
      cancelled_before_it_is_sent);
  g_test_add_func ("/http/never-sent", never_sent);
  g_test_add_func ("/http/cancelled-from-outside", cancelled_from_outside);
  g_test_add_func ("/http/cancelled-while-connecting",
      cancelled_while_connecting);
  g_test_add_func ("/http/cancelled-in-a-callback", cancelled_in_a_callback);
  g_test_add_func ("/http/cancelled-when-it-is-over",
      cancelled_when_it_is_over);
  g_test_add_func ("/http/many-at-once", many_at_once);
  g_test_add_func ("/http/many-cancelled-at-once", many_cancelled_at_once);
  g_test_add_func ("/http/paused-and-resumed", paused_and_resumed);
  g_test_add_func ("/http/paused-while-reading", paused_while_reading);
  g_test_add_func ("/http/paused-for-no-time", paused_for_no_time);
  g_test_add_func ("/http/total-does-not-count-a-pause",
      total_does_not_count_a_pause);
  g_test_add_func ("/http/paused-from-the-start", paused_from_the_start);
  g_test_add_func ("/http/redirections-are-followed",
      redirections_are_followed);
  g_test_add_func ("/http/redirections-to-nowhere", redirections_to_nowhere);
  g_test_add_func ("/http/redirection-to-another-host",
      redirection_to_another_host);
  g_test_add_func ("/http/requests-that-are-none", requests_that_are_none);
  g_test_add_func ("/http/no-network-thread", no_network_thread);
  g_test_add_func ("/http/thread-ends-before-the-answer",
      thread_ends_before_the_answer);
  g_test_add_func ("/http/sent-and-forgotten", sent_and_forgotten);
  g_test_add_func ("/http/sent-in-a-callback", sent_in_a_callback);
  return http_test_run ();
}
