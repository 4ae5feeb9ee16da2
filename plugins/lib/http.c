/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HTTP requests with deadlines, streamed answers and errors in the codes of
 * error.h. An error's text names the host and never the path, the query, a
 * header or the body: keys may be in them.
 *
 * Which failure has which code: no connection in time, `connect-timeout`; no
 * head of an answer in time, `first-byte-timeout`; a pause in the answer,
 * `stalled`; `total` passed, whichever of the three it was waiting for. Name
 * not found, refused, reset, closed too early and every TLS failure,
 * `disconnected`. Not HTTP, too long, broken compression, a redirection that is
 * not followed, `bad-response`. A status of 4xx and 5xx, what
 * gst_voice_error_from_http_status () says.
 *
 * Threads: requests are made and sent on any thread; everything else happens on
 * the network thread (io.h).
 * Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "http.h"
#include "error.h"
#include "http-error.h"
#include "http-request.h"
#include "http-session.h"

#include <string.h>

#define MAX_REDIRECTS 5
#define MIN_ERROR_BYTES 4096    /* read of a refusal's body */
#define PREWARM_TIMEOUT_MS 10000

GST_DEBUG_CATEGORY_STATIC (http_debug);
#define GST_CAT_DEFAULT http_debug

typedef struct
{
  GHashTable *requests;         /* sent, not done; the table has a reference */
} Live;

static GPrivate live_on_io;

static gboolean
is_success (GstVoiceHttpRequest * r)
{
  return r->status >= 200 && r->status < 300;
}

static GError *
status_error (GstVoiceHttpRequest * r)
{
  return gst_voice_http_error_from_status (r->status, r->host);
}

static void
closed (GObject * source, GAsyncResult * result, gpointer user_data)
{
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
  gst_voice_http_session_release_on_io ();
}

/* A body that was read to its end gives the connection back for the next
 * request; any other closes it. */
static void
close_stream (GInputStream * stream)
{
  gst_voice_http_session_hold_on_io ();
  g_input_stream_close_async (stream, G_PRIORITY_DEFAULT, NULL, closed, NULL);
  g_object_unref (stream);
}

static void
drop_message (GstVoiceHttpRequest * r)
{
  if (!r->msg)
    return;
  g_signal_handlers_disconnect_by_data (r->msg, r);
  g_clear_object (&r->msg);
}

static void
call_done (GstVoiceHttpRequest * r, const GError * error)
{
  gchar *id = gst_voice_http_request_get_id (r);

  GST_DEBUG ("%s %s: status %u, %" G_GUINT64_FORMAT " bytes, request %s, %"
      G_GINT64_FORMAT " ms%s%s", r->method, r->host, r->status, r->received,
      id ? id : "-", (g_get_monotonic_time () - r->sent_at_us) / 1000,
      error ? ", " : "", error ? gst_voice_error_name (error->code) : "");
  gst_voice_http_request_keep_error_body (r);
  if (r->callbacks.done && !g_atomic_int_get (&r->cancelled))
    r->callbacks.done (r, error, r->status, id, r->user_data);
  g_free (id);
}

static void
call_destroy (GstVoiceHttpRequest * r)
{
  GDestroyNotify destroy = r->destroy;

  r->destroy = NULL;
  if (destroy)
    destroy (r->user_data);
}

/* The end of a request, whatever the reason; takes @error. An operation that is
 * under way comes back later and finds GST_VOICE_HTTP_DONE. */
static void
finish_on_io (GstVoiceHttpRequest * r, GError * error)
{
  Live *live = g_private_get (&live_on_io);

  g_assert (gst_voice_io_is_owner ());
  if (r->state == GST_VOICE_HTTP_DONE) {
    g_clear_error (&error);
    return;
  }
  gst_voice_http_request_ref (r);
  r->state = GST_VOICE_HTTP_DONE;
  g_clear_pointer (&r->phase_timer, gst_voice_io_timer_free);
  g_clear_pointer (&r->total_timer, gst_voice_io_timer_free);
  g_cancellable_cancel (r->cancellable);
  if (r->stream && !r->reading)
    close_stream (g_steal_pointer (&r->stream));
  call_done (r, error);
  call_destroy (r);
  drop_message (r);
  g_clear_error (&error);
  g_hash_table_remove (live->requests, r);
  gst_voice_http_request_unref (r);
}

static void
phase_start (GstVoiceHttpRequest * r, guint ms)
{
  if (ms)
    gst_voice_io_timer_start (r->phase_timer, ms);
  else
    gst_voice_io_timer_stop (r->phase_timer);
}

static void
total_start (GstVoiceHttpRequest * r)
{
  if (!r->deadlines.total)
    return;
  r->total_end_us = g_get_monotonic_time () + r->total_left_us;
  gst_voice_io_timer_start (r->total_timer, (r->total_left_us + 999) / 1000);
}

static void
total_hold (GstVoiceHttpRequest * r)
{
  if (!r->deadlines.total)
    return;
  gst_voice_io_timer_stop (r->total_timer);
  r->total_left_us = MAX (r->total_end_us - g_get_monotonic_time (), 0);
}

static void
deadline_passed (GstVoiceHttpRequest * r, const gchar * deadline, guint ms)
{
  static const struct
  {
    GstVoiceError code;
    const gchar *what;
  } phases[] = {
    [GST_VOICE_HTTP_CONNECTING] = {GST_VOICE_ERROR_CONNECT_TIMEOUT,
        "did not take the connection"},
    [GST_VOICE_HTTP_WAITING] = {GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
        "did not begin to answer"},
    [GST_VOICE_HTTP_READING] = {GST_VOICE_ERROR_STALLED,
        "did not go on with its answer"},
  };

  if (r->state == GST_VOICE_HTTP_READING && !is_success (r))
    finish_on_io (r, status_error (r));
  else
    finish_on_io (r, g_error_new (GST_VOICE_ERROR, phases[r->state].code,
            "%s %s within %u ms (deadline %s): try again, or check the network "
            "and the service", r->host, phases[r->state].what, ms, deadline));
}

static void
phase_passed (gpointer data)
{
  GstVoiceHttpRequest *r = data;

  if (r->state == GST_VOICE_HTTP_CONNECTING)
    deadline_passed (r, "connect", r->deadlines.connect);
  else if (r->state == GST_VOICE_HTTP_WAITING)
    deadline_passed (r, "first-byte", r->deadlines.first_byte);
  else
    deadline_passed (r, "stall", r->deadlines.stall);
}

static void
total_passed (gpointer data)
{
  GstVoiceHttpRequest *r = data;

  deadline_passed (r, "total", r->deadlines.total);
}

static void
deliver (GstVoiceHttpRequest * r, const guint8 * data, gsize size)
{
  r->received += size;
  if (!is_success (r)) {
    if (!r->error_bytes)
      r->error_bytes = g_byte_array_new ();
    g_byte_array_append (r->error_bytes, data, size);
    if (r->error_bytes->len >= MAX (MIN_ERROR_BYTES, r->max_error_body))
      finish_on_io (r, status_error (r));
  } else if (r->received > r->max_bytes) {
    finish_on_io (r, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "%s sent more than the %"
            G_GUINT64_FORMAT " bytes that are allowed: ask for less", r->host,
            r->max_bytes));
  } else if (r->callbacks.data && !g_atomic_int_get (&r->cancelled)) {
    r->callbacks.data (r, data, size, r->user_data);
  }
}

static void
body_over (GstVoiceHttpRequest * r, GstVoiceHttpBodyResult result)
{
  if (!is_success (r))
    finish_on_io (r, status_error (r));
  else if (r->read_error)
    finish_on_io (r, gst_voice_http_error_from_lower (r->read_error, r->host,
            FALSE, r->tls_errors));
  else if (result == GST_VOICE_HTTP_BODY_END)
    finish_on_io (r, NULL);
  else if (result == GST_VOICE_HTTP_BODY_CUT)
    finish_on_io (r, gst_voice_http_error_cut_short (r->host));
  else
    finish_on_io (r, gst_voice_http_error_not_understood (r->host));
}

static void read_done (GObject * source, GAsyncResult * result, gpointer data);

static void
read_on (GstVoiceHttpRequest * r)
{
  gsize size;
  guint8 *buffer = gst_voice_http_body_get_buffer (r->in, &size);

  r->reading = TRUE;
  phase_start (r, r->deadlines.stall);
  gst_voice_http_session_hold_on_io ();
  g_input_stream_read_async (r->stream, buffer, size, G_PRIORITY_DEFAULT,
      r->cancellable, read_done, gst_voice_http_request_ref (r));
}

/* Passes on what was read and reads on, unless that is held back. A callback
 * that pauses or resumes does not come in here a second time. */
static void
advance_on_io (GstVoiceHttpRequest * r)
{
  if (r->advancing)
    return;
  r->advancing = TRUE;
  while (r->state == GST_VOICE_HTTP_READING && !r->paused && !r->reading) {
    const guint8 *data;
    gsize size;
    GstVoiceHttpBodyResult result = r->read_error ? GST_VOICE_HTTP_BODY_CUT :
        gst_voice_http_body_take (r->in, &data, &size);

    if (result == GST_VOICE_HTTP_BODY_PIECE)
      deliver (r, data, size);
    else if (result == GST_VOICE_HTTP_BODY_MORE)
      read_on (r);
    else
      body_over (r, result);
  }
  r->advancing = FALSE;
}

static void
read_done (GObject * source, GAsyncResult * result, gpointer data)
{
  GstVoiceHttpRequest *r = data;
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result,
      &r->read_error);

  r->reading = FALSE;
  gst_voice_http_session_release_on_io ();
  if (r->state == GST_VOICE_HTTP_DONE) {
    close_stream (g_steal_pointer (&r->stream));
  } else {
    gst_voice_io_timer_stop (r->phase_timer);
    if (got >= 0)
      gst_voice_http_body_put (r->in, got);
    advance_on_io (r);
  }
  gst_voice_http_request_unref (r);
}

static void
answer_begins (GstVoiceHttpRequest * r)
{
  r->state = GST_VOICE_HTTP_READING;
  r->in = gst_voice_http_body_new (soup_message_get_response_headers (r->msg),
      strcmp (r->method, "HEAD") != 0 && r->status != SOUP_STATUS_NO_CONTENT);
  if (r->paused)
    total_hold (r);
  if (r->callbacks.headers && !g_atomic_int_get (&r->cancelled))
    r->callbacks.headers (r, r->status, r->user_data);
  if (r->in)
    advance_on_io (r);
  else
    body_over (r, GST_VOICE_HTTP_BODY_BAD);
}

static void start_on_io (GstVoiceHttpRequest * r, GUri * uri);

static gboolean
is_redirect (guint status)
{
  return status == 301 || status == 302 || status == 303 || status == 307
      || status == 308;
}

static gboolean
same_origin (GUri * a, GUri * b)
{
  return !strcmp (g_uri_get_scheme (a), g_uri_get_scheme (b))
      && !g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b))
      && g_uri_get_port (a) == g_uri_get_port (b);
}

/* libsoup could follow, but it takes the whole body of the redirecting answer
 * into memory, and our headers along to any host. */
static void
follow (GstVoiceHttpRequest * r, GInputStream * stream)
{
  GUri *from = g_uri_ref (soup_message_get_uri (r->msg));
  const gchar *location = gst_voice_http_request_get_header (r, "Location");
  GUri *to = location ? g_uri_parse_relative (from, location,
      SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  const gchar *scheme = to ? g_uri_get_scheme (to) : NULL;
  gboolean secure = !strcmp (g_uri_get_scheme (from), "https");

  close_stream (stream);
  if (!to || !g_uri_get_host (to) || !*g_uri_get_host (to)
      || ++r->n_redirects > MAX_REDIRECTS
      || (strcmp (scheme, "https") && (secure || strcmp (scheme, "http")))) {
    finish_on_io (r, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "%s redirects in a circle, to http "
            "or to nowhere: use the final address", r->host));
  } else {
    if (!same_origin (from, to))
      r->bare = TRUE;
    drop_message (r);
    start_on_io (r, to);
  }
  g_uri_unref (from);
  if (to)
    g_uri_unref (to);
}

static void
sent (GObject * source, GAsyncResult * result, gpointer data)
{
  GstVoiceHttpRequest *r = data;
  GError *lower = NULL;
  GInputStream *stream = soup_session_send_finish (SOUP_SESSION (source),
      result, &lower);

  gst_voice_http_session_release_on_io ();
  if (r->state == GST_VOICE_HTTP_DONE) {
    if (stream)
      close_stream (stream);
  } else if (!stream) {
    finish_on_io (r, gst_voice_http_error_from_lower (lower, r->host,
            r->state == GST_VOICE_HTTP_CONNECTING, r->tls_errors));
  } else if (r->state == GST_VOICE_HTTP_CONNECTING) {
    /* Not sent, yet answered: by the proxy that was to make a tunnel. */
    close_stream (stream);
    finish_on_io (r, gst_voice_http_error_proxy (r->host));
  } else {
    gst_voice_io_timer_stop (r->phase_timer);
    r->status = soup_message_get_status (r->msg);
    if (r->redirects && is_redirect (r->status)) {
      follow (r, stream);
    } else {
      r->stream = stream;
      answer_begins (r);
    }
  }
  g_clear_error (&lower);
  gst_voice_http_request_unref (r);
}

static void
connected (GObject * source, GAsyncResult * result, gpointer data)
{
  GstVoiceHttpRequest *r = data;
  GError *lower = NULL;

  soup_session_preconnect_finish (SOUP_SESSION (source), result, &lower);
  gst_voice_http_session_release_on_io ();
  if (r->state != GST_VOICE_HTTP_DONE)
    finish_on_io (r, lower ? gst_voice_http_error_from_lower (lower, r->host,
            TRUE, r->tls_errors) : NULL);
  g_clear_error (&lower);
  gst_voice_http_request_unref (r);
}

static gboolean
accept_certificate (SoupMessage * msg, GTlsCertificate * certificate,
    GTlsCertificateFlags errors, gpointer data)
{
  ((GstVoiceHttpRequest *) data)->tls_errors = errors;
  return FALSE;
}

/* The connection stands, the request goes out. */
static void
starting (SoupMessage * msg, gpointer data)
{
  GstVoiceHttpRequest *r = data;

  if (r->state != GST_VOICE_HTTP_CONNECTING)
    return;
  r->went_out = TRUE;
  r->state = GST_VOICE_HTTP_WAITING;
  phase_start (r, r->deadlines.first_byte);
}

/* libsoup found an old connection closed and takes a new one; only for methods
 * that may be repeated. */
static void
restarted (SoupMessage * msg, gpointer data)
{
  GstVoiceHttpRequest *r = data;

  if (r->state != GST_VOICE_HTTP_WAITING)
    return;
  r->state = GST_VOICE_HTTP_CONNECTING;
  phase_start (r, r->deadlines.connect);
}

static SoupMessage *
make_message (GstVoiceHttpRequest * r, GUri * uri)
{
  SoupMessage *msg = soup_message_new_from_uri (r->method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (msg);

  /* Without IDEMPOTENT libsoup opens a connection for each POST; with it, it
   * takes one that is open, and does not repeat a POST either. */
  soup_message_add_flags (msg, SOUP_MESSAGE_NO_REDIRECT
      | (r->fresh ? SOUP_MESSAGE_NEW_CONNECTION : SOUP_MESSAGE_IDEMPOTENT));
  gst_voice_http_session_prepare_on_io (msg);
  soup_message_disable_feature (msg, SOUP_TYPE_CONTENT_DECODER);
  soup_message_headers_replace (headers, "Accept-Encoding", "gzip");
  if (r->body && !r->bare)
    soup_message_set_request_body_from_bytes (msg, r->content_type, r->body);
  for (guint i = 0; i < r->headers->len && !r->bare; i += 2)
    soup_message_headers_replace (headers, r->headers->pdata[i],
        r->headers->pdata[i + 1]);
  g_signal_connect (msg, "accept-certificate", G_CALLBACK (accept_certificate),
      r);
  g_signal_connect (msg, "starting", G_CALLBACK (starting), r);
  g_signal_connect (msg, "restarted", G_CALLBACK (restarted), r);
  return msg;
}

static void
start_on_io (GstVoiceHttpRequest * r, GUri * uri)
{
  GError *error = NULL;
  SoupSession *session = gst_voice_http_session_on_io (&error);
  gint port = g_uri_get_port (uri);

  g_free (r->host);
  r->host = port > 0 && port != 80 && port != 443 ?
      g_strdup_printf ("%s:%d", g_uri_get_host (uri), port) :
      g_strdup (g_uri_get_host (uri));
  if (!session) {
    finish_on_io (r, error);
    return;
  }
  r->msg = make_message (r, uri);
  r->state = GST_VOICE_HTTP_CONNECTING;
  phase_start (r, r->deadlines.connect);
  gst_voice_http_session_hold_on_io ();
  if (r->connect_only)
    soup_session_preconnect_async (session, r->msg, G_PRIORITY_DEFAULT,
        r->cancellable, connected, gst_voice_http_request_ref (r));
  else
    soup_session_send_async (session, r->msg, G_PRIORITY_DEFAULT,
        r->cancellable, sent, gst_voice_http_request_ref (r));
}

/* The network thread ends: whoever still waits is told. */
static void
live_end (gpointer data)
{
  Live *live = data;
  GHashTableIter iter;
  gpointer r;

  for (;;) {
    g_hash_table_iter_init (&iter, live->requests);
    if (!g_hash_table_iter_next (&iter, &r, NULL))
      break;
    finish_on_io (r, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_CANCELLED,
            "the request was given up: the network thread has ended"));
  }
  g_hash_table_unref (live->requests);
  g_private_set (&live_on_io, NULL);
  g_free (live);
}

static Live *
get_live (void)
{
  Live *live = g_private_get (&live_on_io);

  if (!live) {
    GST_DEBUG_CATEGORY_INIT (http_debug, "voice-http", 0, "HTTP requests");
    /* Before ours, so that at the end its turn comes after. */
    gst_voice_http_session_on_io (NULL);
    live = g_new0 (Live, 1);
    live->requests = g_hash_table_new_full (NULL, NULL,
        (GDestroyNotify) gst_voice_http_request_unref, NULL);
    g_private_set (&live_on_io, live);
    gst_voice_io_at_end (live_end, live);
  }
  return live;
}

static void
send_on_io (gpointer data)
{
  GstVoiceHttpRequest *r = data;
  GError *error = NULL;
  GUri *uri;

  r->thread = g_thread_self ();
  if (g_atomic_int_get (&r->cancelled)) {
    r->state = GST_VOICE_HTTP_DONE;
    call_destroy (r);
    return;
  }
  g_hash_table_add (get_live ()->requests, gst_voice_http_request_ref (r));
  r->cancellable = g_cancellable_new ();
  r->phase_timer = gst_voice_io_timer_new (phase_passed, r);
  r->total_timer = gst_voice_io_timer_new (total_passed, r);
  r->sent_at_us = g_get_monotonic_time ();
  r->total_left_us = (gint64) r->deadlines.total * 1000;
  total_start (r);
  uri = gst_voice_http_request_check (r, &error);
  if (uri) {
    start_on_io (r, uri);
    g_uri_unref (uri);
  } else {
    r->host = g_strdup ("-");
    finish_on_io (r, error);
  }
}

/**
 * gst_voice_http_send:
 * @request: a request; it is kept alive until it is done
 *
 * Sends the request, once. The callbacks come later, also if this is called on
 * the network thread. The caller holds a reference to that thread (io.h) until
 * the request is done; if the thread ends before, so does the request, with
 * `cancelled`.
 *
 * Returns: %FALSE if there is no network thread, and so no callback
 */
gboolean
gst_voice_http_send (GstVoiceHttpRequest * request)
{
  g_return_val_if_fail (g_atomic_int_compare_and_exchange (&request->sent,
          FALSE, TRUE), FALSE);
  return gst_voice_io_post (send_on_io, gst_voice_http_request_ref (request),
      (GDestroyNotify) gst_voice_http_request_unref);
}

static void
cancel_on_io (gpointer data)
{
  GstVoiceHttpRequest *r = data;

  /* Else not yet sent, or of a network thread that ends and does this too. */
  if (r->thread == g_thread_self ())
    finish_on_io (r, NULL);
}

/**
 * gst_voice_http_cancel:
 * @request: a request, in any state
 *
 * Takes the request back: its connection is closed and no callback is called
 * any more, not even done. Called on the network thread this holds when the
 * call returns; called elsewhere, one callback may be running at that time.
 * The data of the callbacks is given back in either case.
 */
void
gst_voice_http_cancel (GstVoiceHttpRequest * request)
{
  g_atomic_int_set (&request->cancelled, TRUE);
  if (gst_voice_io_is_owner ())
    cancel_on_io (request);
  else
    gst_voice_io_post (cancel_on_io, gst_voice_http_request_ref (request),
        (GDestroyNotify) gst_voice_http_request_unref);
}

static void
set_paused_on_io (GstVoiceHttpRequest * r, gboolean paused)
{
  if (r->paused == paused || (r->thread && r->thread != g_thread_self ()))
    return;
  r->paused = paused;
  if (r->state != GST_VOICE_HTTP_READING)
    return;
  if (paused) {
    gst_voice_io_timer_stop (r->phase_timer);
    total_hold (r);
  } else {
    total_start (r);
    if (r->reading)
      phase_start (r, r->deadlines.stall);
    advance_on_io (r);
  }
}

static void
pause_on_io (gpointer data)
{
  set_paused_on_io (data, TRUE);
}

static void
resume_on_io (gpointer data)
{
  set_paused_on_io (data, FALSE);
}

/**
 * gst_voice_http_pause:
 * @request: a request
 * @paused: %TRUE to hold the body back, %FALSE to go on
 *
 * While it is paused nothing but what lies in the socket's buffers and one
 * buffer of ours (16 KiB) is taken from the service, and neither the data nor
 * the done callback is called. Called on the network thread this holds when the
 * call returns.
 */
void
gst_voice_http_pause (GstVoiceHttpRequest * request, gboolean paused)
{
  GstVoiceIoFunc func = paused ? pause_on_io : resume_on_io;

  if (gst_voice_io_is_owner ())
    func (request);
  else
    gst_voice_io_post (func, gst_voice_http_request_ref (request),
        (GDestroyNotify) gst_voice_http_request_unref);
}

/**
 * gst_voice_http_prewarm:
 * @url: an address at the host to be called soon
 *
 * Opens a connection ahead, TLS included, unless one is idle. No request is
 * sent. libsoup gives up a connection that has carried nothing for three
 * seconds, so this is for when the request is near: the caller has begun to
 * speak, a reply was interrupted.
 *
 * Returns: %FALSE if there is no network thread
 */
gboolean
gst_voice_http_prewarm (const gchar * url)
{
  GstVoiceHttpRequest *r = gst_voice_http_request_new ("HEAD", url);
  gboolean sending;

  r->connect_only = TRUE;
  r->deadlines.connect = PREWARM_TIMEOUT_MS;
  sending = gst_voice_http_send (r);
  gst_voice_http_request_unref (r);
  return sending;
}
