/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The WebSocket of a link, on libsoup's. What we send waits here and goes to
 * libsoup a message at a time while the socket takes it: libsoup itself would
 * queue without bound and not say how much.
 *
 * A refused handshake is told by its HTTP status; libsoup throws the answer's
 * body away, so a `dg-error` header stands in for it.
 *
 * Threads: the network thread, but for what sets a link up before it is opened.
 * Locks: none.
 */
#include "link-private.h"

#include "error.h"
#include "http-error.h"
#include "http-request.h"
#include "http-session.h"
#include "io.h"
#include "link-bound.h"

#include <string.h>

#define MAX_MESSAGE (4 * 1024 * 1024)
#define MAX_BODY 2048
#define CLOSE_TIMEOUT_MS 1000
#define NO_STATUS_CODE 1005     /* RFC 6455 §7.4.1 */

typedef struct
{
  GBytes *bytes;
  gboolean binary;
} Message;

typedef enum
{
  NEW,
  LATER,                        /* it is to connect after `delay` */
  CONNECTING,
  OPEN,
  FLUSHING,                     /* to be closed behind what is unsent */
  CLOSING,
  OVER,
} State;

typedef struct
{
  /* set before it is opened */
  guint delay;                  /* ms */
  guint keep_alive_after;       /* ms */
  gchar *keep_alive;            /* (nullable) */

  /* network thread only */
  State state;
  GstVoiceHttpRequest *request; /* (nullable): of the handshake */
  GCancellable *cancellable;
  SoupWebsocketConnection *connection;  /* (nullable) */
  GstVoiceIoTimer *deadline;    /* delay, connect, first byte, stall, closing */
  GstVoiceIoTimer *quiet;       /* when to keep it alive */
  GstVoiceIoTimer *silence;     /* when the peer is taken for gone */
  GQueue unsent;                /* of Message */
  gsize unsent_size;
  GSource *writable;            /* (nullable): while something is unsent */
  gboolean expecting, heard;    /* heard: since it was expected */
  gchar *request_id;            /* (nullable): of the handshake */
  GError *error;                /* (nullable): libsoup's, before it closes */
} Socket;

static Socket *
get (GstVoiceLink * link)
{
  return link->impl;
}

/* An operation is under way: the network thread waits for it. */
static void
begin (GstVoiceLink * link)
{
  gst_voice_link_ref (link);
  gst_voice_http_session_hold_on_io ();
}

static void
end (GstVoiceLink * link)
{
  gst_voice_http_session_release_on_io ();
  gst_voice_link_unref (link);
}

static void
message_free (Message * message)
{
  g_bytes_unref (message->bytes);
  g_free (message);
}

static Message *
take_unsent (GstVoiceLink * link)
{
  Socket *self = get (link);
  Message *message = g_queue_pop_head (&self->unsent);
  gsize size = message ? g_bytes_get_size (message->bytes) : 0;

  if (message) {
    self->unsent_size -= size;
    gst_voice_link_tell_sent (link, size);
  }
  return message;
}

static void
stop_writing (Socket * self)
{
  if (!self->writable)
    return;
  g_source_destroy (self->writable);
  g_source_unref (self->writable);
  self->writable = NULL;
}

static void
drop_unsent (GstVoiceLink * link)
{
  Message *message;

  stop_writing (get (link));
  while ((message = take_unsent (link)))
    message_free (message);
}

static void
drop_request (GstVoiceLink * link)
{
  Socket *self = get (link);

  if (!self->request)
    return;
  if (self->request->msg)
    g_signal_handlers_disconnect_by_data (self->request->msg, link);
  g_clear_object (&self->request->msg);
  g_clear_pointer (&self->request, gst_voice_http_request_unref);
}

static void
drop_timers (Socket * self)
{
  g_clear_pointer (&self->deadline, gst_voice_io_timer_free);
  g_clear_pointer (&self->quiet, gst_voice_io_timer_free);
  g_clear_pointer (&self->silence, gst_voice_io_timer_free);
}

/* Nothing is left of it but, perhaps, an operation that comes back. */
static void
let_go (GstVoiceLink * link)
{
  Socket *self = get (link);
  SoupWebsocketConnection *connection = g_steal_pointer (&self->connection);

  self->state = OVER;
  drop_unsent (link);
  drop_timers (self);
  drop_request (link);
  g_cancellable_cancel (self->cancellable);
  if (!connection)
    return;
  g_signal_handlers_disconnect_by_data (connection, link);
  g_object_unref (connection);
  end (link);
}

/* Says goodbye; the rest is not told any more. */
static void
part (GstVoiceLink * link, gushort code)
{
  Socket *self = get (link);

  self->state = CLOSING;
  drop_unsent (link);
  gst_voice_io_timer_start (self->deadline, CLOSE_TIMEOUT_MS);
  if (soup_websocket_connection_get_state (self->connection)
      == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (self->connection, code, NULL);
}

/* Takes the error. */
static void
fail (GstVoiceLink * link, GError * error, const GstVoiceLinkEnd * more)
{
  Socket *self = get (link);
  GstVoiceLinkEnd told = {.retry_after = -1 };

  if (more)
    told = *more;
  told.error = error;
  if (!told.request_id)
    told.request_id = self->request_id;
  gst_voice_link_ref (link);
  gst_voice_link_tell_closed (link, &told);
  if (self->state == OPEN)
    part (link, SOUP_WEBSOCKET_CLOSE_GOING_AWAY);
  else
    let_go (link);
  gst_voice_link_unref (link);
  g_clear_error (&error);
}

static void
too_late (GstVoiceLink * link, GstVoiceError code, const gchar * what,
    const gchar * deadline, guint ms)
{
  fail (link, g_error_new (GST_VOICE_ERROR, code, "%s %s within %u ms "
          "(deadline %s): try again, or check the network and the service",
          get (link)->request->host, what, ms, deadline), NULL);
}

static void
arm (GstVoiceIoTimer * timer, guint ms)
{
  if (ms)
    gst_voice_io_timer_start (timer, ms);
  else
    gst_voice_io_timer_stop (timer);
}

/* What is owed, and since when. */
static void
await (GstVoiceLink * link)
{
  Socket *self = get (link);

  if (self->state == OPEN)
    arm (self->deadline, !self->expecting ? 0 : self->heard ?
        link->deadlines.stall : link->deadlines.first_byte);
}

static void
kept_quiet (gpointer data)
{
  GstVoiceLink *link = data;
  Socket *self = get (link);

  if (self->state != OPEN)
    return;
  gst_voice_io_timer_start (self->quiet, self->keep_alive_after);
  if (g_queue_is_empty (&self->unsent) && soup_websocket_connection_get_state
      (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (self->connection, self->keep_alive);
}

/* libsoup sends pings and does not care for the answers. */
static void
was_silent (gpointer data)
{
  GstVoiceLink *link = data;

  if (get (link)->state == OPEN)
    too_late (link, GST_VOICE_ERROR_STALLED, "did not answer our pings", "ping",
        3000 * link->ping);
}

static void
hear (GstVoiceLink * link)
{
  if (link->ping)
    gst_voice_io_timer_start (get (link)->silence, 3000 * link->ping);
}

static void
hand_on (GstVoiceLink * link)
{
  Socket *self = get (link);
  Message *message = take_unsent (link);

  soup_websocket_connection_send_message (self->connection, message->binary ?
      SOUP_WEBSOCKET_DATA_BINARY : SOUP_WEBSOCKET_DATA_TEXT, message->bytes);
  message_free (message);
  if (self->keep_alive)
    gst_voice_io_timer_start (self->quiet, self->keep_alive_after);
}

/* One at a time: libsoup writes one at a time. */
static gboolean
can_write (GObject * stream, gpointer data)
{
  GstVoiceLink *link = data;
  Socket *self = get (link);

  if (soup_websocket_connection_get_state (self->connection)
      != SOUP_WEBSOCKET_STATE_OPEN) {
    drop_unsent (link);
    return G_SOURCE_REMOVE;
  }
  if (!g_queue_is_empty (&self->unsent))
    hand_on (link);
  if (!g_queue_is_empty (&self->unsent))
    return G_SOURCE_CONTINUE;
  if (self->state == FLUSHING)
    part (link, SOUP_WEBSOCKET_CLOSE_NORMAL);
  else
    stop_writing (self);
  return G_SOURCE_REMOVE;
}

static void
write_on (GstVoiceLink * link)
{
  Socket *self = get (link);
  GIOStream *stream;

  if (self->writable || g_queue_is_empty (&self->unsent))
    return;
  /* Its descriptor may be closed before it says so. */
  if (soup_websocket_connection_get_state (self->connection)
      != SOUP_WEBSOCKET_STATE_OPEN)
    return;
  stream = soup_websocket_connection_get_io_stream (self->connection);
  self->writable = g_pollable_output_stream_create_source
      (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)), NULL);
  g_source_set_callback (self->writable, G_SOURCE_FUNC (can_write), link, NULL);
  g_source_attach (self->writable, g_main_context_get_thread_default ());
}

static void
too_large (GstVoiceLink * link)
{
  fail (link, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
          "%s sent a message of more than the %" G_GSIZE_FORMAT " bytes that "
          "are allowed: ask for less", get (link)->request->host,
          link->max_message), NULL);
}

static void
on_message (SoupWebsocketConnection * connection, gint type, GBytes * message,
    GstVoiceLink * link)
{
  Socket *self = get (link);
  gsize size = g_bytes_get_size (message);
  gchar *text;

  hear (link);
  if (self->state != OPEN)
    return;
  if (size > link->max_message) {
    too_large (link);
    return;
  }
  self->heard = TRUE;
  await (link);
  if (type == SOUP_WEBSOCKET_DATA_BINARY) {
    gst_voice_link_tell_binary (link, message);
  } else {
    text = g_malloc (size + 1);
    memcpy (text, g_bytes_get_data (message, NULL), size);
    text[size] = '\0';
    gst_voice_link_tell_text (link, NULL, text, size);
  }
}

static void
on_pong (SoupWebsocketConnection * connection, GBytes * message,
    GstVoiceLink * link)
{
  hear (link);
}

static void
give_up (gpointer data)
{
  GstVoiceLink *link = data;
  Socket *self = get (link);

  if (self->state != OPEN)
    return;
  self->state = CLOSING;
  too_large (link);
}

/* It may come before `closed` even if the peer has closed as it should, so
 * that is where it is judged. But whoever sends too much is not listened to
 * until it closes. */
static void
on_error (SoupWebsocketConnection * connection, GError * error,
    GstVoiceLink * link)
{
  Socket *self = get (link);

  if (self->state != OPEN || self->error)
    return;
  self->error = g_error_copy (error);
  if (g_error_matches (error, SOUP_WEBSOCKET_ERROR,
          SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    gst_voice_io_post (give_up, gst_voice_link_ref (link),
        (GDestroyNotify) gst_voice_link_unref);
}

static GstVoiceError
error_of_code (gushort code)
{
  switch (code) {
    case SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR:
    case SOUP_WEBSOCKET_CLOSE_UNSUPPORTED_DATA:
    case SOUP_WEBSOCKET_CLOSE_BAD_DATA:
    case SOUP_WEBSOCKET_CLOSE_POLICY_VIOLATION:
    case SOUP_WEBSOCKET_CLOSE_TOO_BIG:
    case SOUP_WEBSOCKET_CLOSE_NO_EXTENSION:
      return GST_VOICE_ERROR_BAD_REQUEST;
    case SOUP_WEBSOCKET_CLOSE_SERVER_ERROR:
      return GST_VOICE_ERROR_SERVER;
    default:
      return GST_VOICE_ERROR_DISCONNECTED;
  }
}

static GError *
error_of_end (GstVoiceLink * link, gushort code)
{
  const gchar *host = get (link)->request->host;

  if (code == SOUP_WEBSOCKET_CLOSE_NORMAL)
    return NULL;
  if (code == 0 || code == NO_STATUS_CODE)
    return g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
        "%s closed the connection without a word: try again", host);
  return g_error_new (GST_VOICE_ERROR, error_of_code (code),
      "%s closed the connection with code %u: look up what it means by that",
      host, code);
}

static void
on_closed (SoupWebsocketConnection * connection, GstVoiceLink * link)
{
  Socket *self = get (link);
  GstVoiceLinkEnd told = {.retry_after = -1 };

  if (self->state != OPEN) {
    let_go (link);
    return;
  }
  self->state = CLOSING;
  told.close_code = soup_websocket_connection_get_close_code (connection);
  told.reason = soup_websocket_connection_get_close_data (connection);
  /* The code is an echo of ours if it is libsoup that was not content. */
  if (g_error_matches (self->error, SOUP_WEBSOCKET_ERROR,
          SOUP_WEBSOCKET_CLOSE_TOO_BIG))
    too_large (link);
  else if (self->error && self->error->domain == SOUP_WEBSOCKET_ERROR)
    fail (link, gst_voice_http_error_not_understood (self->request->host),
        &told);
  else
    fail (link, error_of_end (link, told.close_code), &told);
}

static GError *
error_of_status (const gchar * host, guint status)
{
  if (status == SOUP_STATUS_PROXY_AUTHENTICATION_REQUIRED)
    return gst_voice_http_error_proxy (host);
  if (status < 300)
    return g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "%s answered %u and opened no WebSocket: check the address, or the "
        "proxy before it", host, status);
  return gst_voice_http_error_from_status (status, host);
}

/* An answer that is no WebSocket. */
static void
refuse (GstVoiceLink * link)
{
  GstVoiceHttpRequest *request = get (link)->request;
  guint status = soup_message_get_status (request->msg);
  gchar *id = gst_voice_http_request_get_id (request);
  const gchar *why = gst_voice_http_request_get_header (request, "dg-error");
  gchar *body = why ? g_utf8_make_valid (why, MIN (strlen (why), MAX_BODY)) :
      NULL;
  GstVoiceLinkEnd told = {
    .http_status = status,
    .body = body,
    .request_id = id,
    .retry_after = gst_voice_http_request_get_retry_after (request),
  };

  fail (link, error_of_status (request->host, status), &told);
  g_free (body);
  g_free (id);
}

/* Its head says all; the body may never end. */
static void
on_head (SoupMessage * msg, gpointer data)
{
  if (get (data)->state == CONNECTING)
    refuse (data);
}

static void
on_refused (GstVoiceLink * link, const GError * error)
{
  Socket *self = get (link);
  SoupMessage *msg;
  GError *mapped;

  if (self->state != CONNECTING)
    return;
  msg = self->request->msg;
  if (soup_message_get_status (msg) >= 200) {
    refuse (link);
    return;
  }
  if (error->domain == SOUP_WEBSOCKET_ERROR
      && soup_message_get_status (msg) == SOUP_STATUS_SWITCHING_PROTOCOLS)
    mapped = gst_voice_http_error_not_understood (self->request->host);
  else
    mapped = gst_voice_http_error_from_lower (error, self->request->host, TRUE,
        soup_message_get_tls_peer_certificate_errors (msg));
  fail (link, mapped, NULL);
}

static void
is_open (GstVoiceLink * link, SoupWebsocketConnection * connection)
{
  Socket *self = get (link);

  self->state = OPEN;
  self->connection = connection;
  self->request_id = gst_voice_http_request_get_id (self->request);
  soup_websocket_connection_set_max_incoming_payload_size (connection,
      link->max_message);
  soup_websocket_connection_set_keepalive_interval (connection, link->ping);
  begin (link);                 /* until we let go */
  g_signal_connect (connection, "message", G_CALLBACK (on_message), link);
  g_signal_connect (connection, "pong", G_CALLBACK (on_pong), link);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), link);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), link);
  if (self->keep_alive)
    gst_voice_io_timer_start (self->quiet, self->keep_alive_after);
  hear (link);
  await (link);
  write_on (link);
  gst_voice_link_tell_opened (link, self->request_id);
}

static void
on_connected (GObject * session, GAsyncResult * result, gpointer data)
{
  GstVoiceLink *link = data;
  Socket *self = get (link);
  GError *error = NULL;
  SoupWebsocketConnection *connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
      &error);

  if (!connection)
    on_refused (link, error);
  else if (self->state == CONNECTING)
    is_open (link, connection);
  else
    g_object_unref (connection);
  g_clear_error (&error);
  end (link);
}

static SoupMessage *
make_handshake (GstVoiceLink * link, SoupSession * session, GUri * uri)
{
  SoupMessage *msg = soup_message_new_from_uri ("GET", uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (msg);

  gst_voice_http_session_prepare_on_io (msg);
  /* The key is for this host. */
  soup_message_add_flags (msg, SOUP_MESSAGE_NO_REDIRECT);
  gst_voice_link_bound_prepare (session, msg, link->max_message);
  for (guint i = 0; i < link->headers->len; i += 2)
    soup_message_headers_replace (headers, link->headers->pdata[i],
        link->headers->pdata[i + 1]);
  g_signal_connect (msg, "got-headers", G_CALLBACK (on_head), link);
  return msg;
}

static gchar *
name_host (GUri * uri)
{
  gint port = g_uri_get_port (uri);

  return port > 0 && port != 80 && port != 443 ?
      g_strdup_printf ("%s:%d", g_uri_get_host (uri), port) :
      g_strdup (g_uri_get_host (uri));
}

static void
connect_now (GstVoiceLink * link)
{
  Socket *self = get (link);
  GError *error = NULL;
  GUri *uri = gst_voice_http_request_check (self->request, &error);
  SoupSession *session = uri ? gst_voice_http_session_on_io (&error) : NULL;

  self->state = CONNECTING;
  if (uri)
    self->request->host = name_host (uri);
  if (!session) {
    fail (link, error, NULL);
  } else {
    self->request->msg = make_handshake (link, session, uri);
    arm (self->deadline, link->deadlines.connect);
    begin (link);
    soup_session_websocket_connect_async (session, self->request->msg, NULL,
        NULL, G_PRIORITY_DEFAULT, self->cancellable, on_connected, link);
  }
  if (uri)
    g_uri_unref (uri);
}

static void
passed (gpointer data)
{
  GstVoiceLink *link = data;
  Socket *self = get (link);
  const GstVoiceLinkDeadlines *deadlines = &link->deadlines;

  /* What is owed may lie before the stage, which is blocked. */
  if (self->state == OPEN && gst_voice_link_is_behind (link))
    return;
  if (self->state == LATER)
    connect_now (link);
  else if (self->state == CONNECTING)
    too_late (link, GST_VOICE_ERROR_CONNECT_TIMEOUT,
        "did not take the connection", "connect", deadlines->connect);
  else if (self->state != OPEN)
    let_go (link);
  else if (self->heard)
    too_late (link, GST_VOICE_ERROR_STALLED, "did not go on with its answer",
        "stall", deadlines->stall);
  else
    too_late (link, GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
        "did not begin to answer", "first-byte", deadlines->first_byte);
}

/* What libsoup calls ws and wss too; the proxies of http and https hold. */
static gchar *
http_url (const gchar * url)
{
  if (g_ascii_strncasecmp (url, "ws", 2) == 0)
    return g_strconcat ("http", url + 2, NULL);
  return g_strdup (url);
}

static void
socket_open (GstVoiceLink * link)
{
  Socket *self = get (link);
  gchar *url = http_url (link->url);

  self->request = gst_voice_http_request_new ("GET", url);
  for (guint i = 0; i < link->headers->len; i += 2)
    gst_voice_http_request_set_header (self->request, link->headers->pdata[i],
        link->headers->pdata[i + 1]);
  self->cancellable = g_cancellable_new ();
  self->deadline = gst_voice_io_timer_new (passed, link);
  self->quiet = gst_voice_io_timer_new (kept_quiet, link);
  self->silence = gst_voice_io_timer_new (was_silent, link);
  if (self->delay) {
    self->state = LATER;
    gst_voice_io_timer_start (self->deadline, self->delay);
  } else {
    connect_now (link);
  }
  g_free (url);
}

static void
socket_send (GstVoiceLink * link, GBytes * bytes, gboolean binary)
{
  Socket *self = get (link);
  Message *message;

  /* New: it was closed before it could begin. */
  if (self->state == NEW || self->state > OPEN) {
    gst_voice_link_tell_sent (link, g_bytes_get_size (bytes));
    return;
  }
  message = g_new (Message, 1);
  message->bytes = g_bytes_ref (bytes);
  message->binary = binary;
  g_queue_push_tail (&self->unsent, message);
  self->unsent_size += g_bytes_get_size (bytes);
  if (self->unsent_size > GST_VOICE_LINK_MAX_UNSENT)
    fail (link, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_STALLED,
            "%s has not taken the last %" G_GSIZE_FORMAT " bytes that we sent: "
            "try again, or check the network", self->request->host ?
            self->request->host : "it", self->unsent_size), NULL);
  else if (self->state == OPEN)
    write_on (link);
}

static void
socket_expect (GstVoiceLink * link, gboolean expecting)
{
  Socket *self = get (link);

  self->expecting = expecting;
  self->heard = FALSE;
  await (link);
}

/* Our own delay was not the peer's. */
static void
socket_caught_up (GstVoiceLink * link)
{
  await (link);
}

static void
socket_close (GstVoiceLink * link)
{
  Socket *self = get (link);

  gst_voice_link_ref (link);
  if (self->state == OPEN && !g_queue_is_empty (&self->unsent)) {
    self->state = FLUSHING;
    gst_voice_io_timer_start (self->deadline, CLOSE_TIMEOUT_MS);
  } else if (self->state == OPEN) {
    part (link, SOUP_WEBSOCKET_CLOSE_NORMAL);
  } else {
    let_go (link);
  }
  gst_voice_link_unref (link);
}

static void
socket_free (gpointer impl)
{
  Socket *self = impl;

  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_free (self->request_id);
  g_free (self->keep_alive);
  g_free (self);
}

/**
 * gst_voice_link_new_socket:
 * @stage: who connects; to be called in its task
 * @url: with the scheme ws, wss, http or https
 *
 * A WebSocket without deadlines and pings, whose messages may have 4 MiB.
 *
 * Returns: (transfer full): the link, to be given back with
 *   gst_voice_link_close()
 */
GstVoiceLink *
gst_voice_link_new_socket (GstVoiceStage * stage, const gchar * url)
{
  static const GstVoiceLinkTransport transport = {
    .open = socket_open,
    .send = socket_send,
    .expect = socket_expect,
    .caught_up = socket_caught_up,
    .close = socket_close,
    .free = socket_free,
  };
  Socket *self = g_new0 (Socket, 1);

  g_queue_init (&self->unsent);
  return gst_voice_link_new (stage, &transport, url, MAX_MESSAGE, self);
}

/**
 * gst_voice_link_set_delay:
 * @link: a socket that was not opened
 * @ms: how long to wait before it connects, for one that tries again
 *
 * What is sent meanwhile waits, as it does while it connects.
 */
void
gst_voice_link_set_delay (GstVoiceLink * link, guint ms)
{
  get (link)->delay = ms;
}

/**
 * gst_voice_link_set_keep_alive:
 * @link: a socket that was not opened
 * @ms: after how long without anything sent
 * @text: what to send then
 *
 * For services that want to hear of us more than a ping. It is sent by the
 * network thread, whatever the stage is busy with.
 */
void
gst_voice_link_set_keep_alive (GstVoiceLink * link, guint ms,
    const gchar * text)
{
  Socket *self = get (link);

  self->keep_alive_after = ms;
  g_free (self->keep_alive);
  self->keep_alive = g_strdup (text);
}
