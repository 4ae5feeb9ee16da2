/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The signalling connection: a WebSocket that is opened, or refused with words
 * that say what to do. A server says why it refuses in answer to a plain GET
 * only, so that is asked for then. Time limits are the caller's: it closes.
 *
 * Threads: network thread only. Locks: none.
 */
#include "client-socket.h"
#include "signalling-url.h"

#include "../lib/http-error.h"
#include "../lib/http-session.h"
#include <gst-voice/error.h>
#include <gst-voice/io.h>

/* The join of a room with thousands of participants stays below it; libsoup's
 * own limit of 128 KiB does not do. */
#define MAX_MESSAGE (4 * 1024 * 1024)
#define MAX_REASON 2048
#define CLOSE_TIMEOUT_MS 1000

struct _ClientSocket
{
  guint refs;
  SoupSession *session;
  SoupMessage *request;
  gchar *url, *host, *bearer;
  GCancellable *cancellable;
  SoupWebsocketConnection *connection;  /* (nullable): not open */
  GstVoiceIoTimer *timer;       /* (nullable): while it closes */
  ClientSocketEvents events;
  gpointer data;
  gboolean over;                /* nothing is told any more */
  guint status;                 /* in place of a WebSocket */
  gchar reason[MAX_REASON + 1];
};

static void
socket_unref (ClientSocket * self)
{
  if (--self->refs > 0)
    return;
  g_clear_object (&self->connection);
  gst_voice_io_timer_free (self->timer);
  g_object_unref (self->session);
  g_clear_object (&self->request);
  g_object_unref (self->cancellable);
  g_free (self->url);
  g_free (self->host);
  g_free (self->bearer);
  g_free (self);
}

/* An operation of libsoup is under way: the network thread waits for it. */
static void
begin (ClientSocket * self)
{
  self->refs++;
  gst_voice_http_session_hold_on_io ();
}

static void
end (ClientSocket * self)
{
  gst_voice_http_session_release_on_io ();
  socket_unref (self);
}

static void
refuse (ClientSocket * self, GError * error)
{
  if (!self->over)
    self->events.refused (self->data, error);
  g_error_free (error);
}

/* With what is known by now. */
static void
refuse_by_status (ClientSocket * self)
{
  if (self->status == 407)
    refuse (self, gst_voice_http_error_proxy (self->host));
  else if (self->status < 300)
    refuse (self, g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
            "%s lets us in but opens no WebSocket: look at the proxy or load "
            "balancer before it", self->host));
  else
    refuse (self, livekit_signal_refusal (self->status, self->reason));
}

static void
on_reason (GObject * stream, GAsyncResult * result, gpointer data)
{
  ClientSocket *self = data;
  gsize size = 0;

  g_input_stream_read_all_finish (G_INPUT_STREAM (stream), result, &size, NULL);
  self->reason[size] = '\0';
  refuse_by_status (self);
  end (self);
}

static void
on_validated (GObject * session, GAsyncResult * result, gpointer data)
{
  ClientSocket *self = data;
  GInputStream *stream =
      soup_session_send_finish (SOUP_SESSION (session), result, NULL);

  if (!stream) {
    refuse_by_status (self);
    end (self);
    return;
  }
  self->status = soup_message_get_status (self->request);
  g_input_stream_read_all_async (stream, self->reason, MAX_REASON,
      G_PRIORITY_DEFAULT, self->cancellable, on_reason, self);
  g_object_unref (stream);
}

static SoupMessage *
make_request (ClientSocket * self, const gchar * url)
{
  SoupMessage *request = soup_message_new ("GET", url);

  gst_voice_http_session_prepare_on_io (request);
  /* The token is for this host. */
  soup_message_add_flags (request, SOUP_MESSAGE_NO_REDIRECT);
  soup_message_headers_replace (soup_message_get_request_headers (request),
      "Authorization", self->bearer);
  return request;
}

static void
ask_why (ClientSocket * self)
{
  gchar *url = livekit_signal_validate_url (self->url);

  g_object_unref (self->request);
  self->request = make_request (self, url);
  begin (self);
  soup_session_send_async (self->session, self->request, G_PRIORITY_DEFAULT,
      self->cancellable, on_validated, self);
  g_free (url);
}

static void
on_message (SoupWebsocketConnection * connection, gint type, GBytes * message,
    ClientSocket * self)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (message, &size);

  if (!self->over && type == SOUP_WEBSOCKET_DATA_BINARY)
    self->events.message (self->data, data, size);
}

/* It is closed, or we no longer wait for that. */
static void
gone (ClientSocket * self)
{
  g_signal_handlers_disconnect_by_data (self->connection, self);
  end (self);
}

static void
on_closed (SoupWebsocketConnection * connection, ClientSocket * self)
{
  if (!self->over)
    self->events.closed (self->data);
  gone (self);
}

static void
on_close_timeout (gpointer data)
{
  gone (data);
}

static void
on_failed (ClientSocket * self, const GError * error)
{
  GTlsCertificateFlags flags =
      soup_message_get_tls_peer_certificate_errors (self->request);

  self->status = soup_message_get_status (self->request);
  if (self->over)
    return;
  if (self->status >= 200)
    ask_why (self);
  else
    refuse (self, gst_voice_http_error_from_lower (error, self->host, TRUE,
            flags));
}

static void
on_connected (GObject * session, GAsyncResult * result, gpointer data)
{
  ClientSocket *self = data;
  GError *error = NULL;
  SoupWebsocketConnection *connection =
      soup_session_websocket_connect_finish (SOUP_SESSION (session), result,
      &error);

  if (!connection) {
    on_failed (self, error);
    g_error_free (error);
  } else if (self->over) {
    g_object_unref (connection);
  } else {
    self->connection = connection;
    soup_websocket_connection_set_max_incoming_payload_size (connection,
        MAX_MESSAGE);
    begin (self);               /* until it is gone */
    g_signal_connect (connection, "message", G_CALLBACK (on_message), self);
    g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);
    self->events.opened (self->data);
  }
  end (self);
}

static SoupSession *
get_session (GTlsDatabase * authorities)
{
  SoupSession *session;

  if (!authorities) {
    session = gst_voice_http_session_on_io (NULL);
    return session ? g_object_ref (session) : NULL;
  }
  session = gst_voice_http_session_new (NULL);
  if (session)
    soup_session_set_tls_database (session, authorities);
  return session;
}

/**
 * client_socket_open:
 * @url: what livekit_signal_url () returned
 * @token: that lets us in; copied
 * @authorities: (nullable): whom to trust in place of the system's
 * @events: copied; none is called before this returns
 *
 * Returns: (transfer full) (nullable): %NULL if the system's authorities
 *   cannot be read
 */
ClientSocket *
client_socket_open (const gchar * url, const gchar * token,
    GTlsDatabase * authorities, const ClientSocketEvents * events,
    gpointer data)
{
  SoupSession *session = get_session (authorities);
  ClientSocket *self;

  if (!session)
    return NULL;
  self = g_new0 (ClientSocket, 1);
  self->refs = 1;
  self->session = session;
  self->url = g_strdup (url);
  self->bearer = g_strconcat ("Bearer ", token, NULL);
  self->events = *events;
  self->data = data;
  self->cancellable = g_cancellable_new ();
  self->request = make_request (self, url);
  self->host = g_strdup (g_uri_get_host (soup_message_get_uri (self->request)));
  /* No compression: what is received is what is bounded. */
  soup_message_disable_feature (self->request,
      SOUP_TYPE_WEBSOCKET_EXTENSION_MANAGER);
  begin (self);
  soup_session_websocket_connect_async (self->session, self->request, NULL,
      NULL, G_PRIORITY_DEFAULT, self->cancellable, on_connected, self);
  return self;
}

/**
 * client_socket_send:
 * @message: (transfer none): lost if the connection is not open
 */
void
client_socket_send (ClientSocket * self, GBytes * message)
{
  if (self->connection && soup_websocket_connection_get_state
      (self->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_message (self->connection,
        SOUP_WEBSOCKET_DATA_BINARY, message);
}

/**
 * client_socket_close:
 * @self: (transfer full) (nullable): open or not
 *
 * Nothing is told any more. What was sent before still goes out.
 */
void
client_socket_close (ClientSocket * self)
{
  if (!self)
    return;
  self->over = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->connection && soup_websocket_connection_get_state
      (self->connection) == SOUP_WEBSOCKET_STATE_OPEN) {
    self->timer = gst_voice_io_timer_new (on_close_timeout, self);
    gst_voice_io_timer_start (self->timer, CLOSE_TIMEOUT_MS);
    soup_websocket_connection_close (self->connection,
        SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  }
  socket_unref (self);
}

/**
 * client_socket_is_trusted:
 * @url: that a server has named
 * @ours: the one that we were given
 *
 * Returns: whether our token may go there: encrypted, or to the same host
 */
gboolean
client_socket_is_trusted (const gchar * url, const gchar * ours)
{
  GUri *named = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  GUri *given = g_uri_parse (ours, G_URI_FLAGS_NONE, NULL);
  gboolean trusted = FALSE;

  if (named && given && g_uri_get_host (named) && g_uri_get_host (given))
    trusted = g_str_equal (g_uri_get_scheme (named), "wss")
        || g_str_equal (g_uri_get_scheme (named), "https")
        || g_ascii_strcasecmp (g_uri_get_host (named),
        g_uri_get_host (given)) == 0;
  g_clear_pointer (&named, g_uri_unref);
  g_clear_pointer (&given, g_uri_unref);
  return trusted;
}
