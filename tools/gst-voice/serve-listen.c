/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes connections and gives them to libsoup, which by itself takes any
 * number, and waits for ever for what does not come.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "serve-listen.h"

#define MAX_CONNECTIONS 256
/* Longer than between two comments in a stream of events. */
#define IDLE_SECONDS 40

struct _ServeListen
{
  SoupServer *server;
  GTlsCertificate *certificate; /* (nullable) */
  GSocketService *service;
  guint n_open;
  guint16 port;
};

/* It may outlive the listener, whose life ends with the process's. */
static void
on_gone (gpointer data, GObject * connection)
{
  ServeListen *listen = data;

  listen->n_open--;
  if (!listen->service && listen->n_open == 0)
    g_free (listen);
}

static GIOStream *
secure (ServeListen * listen, GSocketConnection * connection)
{
  GIOStream *stream = G_IO_STREAM (connection);

  if (!listen->certificate)
    return g_object_ref (stream);
  return g_tls_server_connection_new (stream, listen->certificate, NULL);
}

static gboolean
incoming (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer data)
{
  ServeListen *listen = data;
  GSocketAddress *local, *remote;
  GIOStream *stream;

  if (listen->n_open >= MAX_CONNECTIONS)
    return TRUE;
  stream = secure (listen, connection);
  if (!stream)
    return TRUE;
  g_socket_set_timeout (g_socket_connection_get_socket (connection),
      IDLE_SECONDS);
  local = g_socket_connection_get_local_address (connection, NULL);
  remote = g_socket_connection_get_remote_address (connection, NULL);
  listen->n_open++;
  g_object_weak_ref (G_OBJECT (connection), on_gone, listen);
  if (local && remote)
    soup_server_accept_iostream (listen->server, stream, local, remote, NULL);
  g_clear_object (&local);
  g_clear_object (&remote);
  g_object_unref (stream);
  return TRUE;
}

static gboolean
listen_at (ServeListen * listen, GInetAddress * host, guint16 port,
    GError ** error)
{
  GSocketAddress *address, *effective = NULL;
  gboolean ok;

  if (!host) {
    listen->port = port;
    if (port > 0)
      return g_socket_listener_add_inet_port (G_SOCKET_LISTENER
          (listen->service), port, NULL, error);
    listen->port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER
        (listen->service), NULL, error);
    return listen->port > 0;
  }
  address = g_inet_socket_address_new (host, port);
  ok = g_socket_listener_add_address (G_SOCKET_LISTENER (listen->service),
      address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &effective,
      error);
  if (ok)
    listen->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS
        (effective));
  g_clear_object (&effective);
  g_object_unref (address);
  return ok;
}

/**
 * serve_listen_new:
 * @settings: where, and with what certificate
 * @server: who gets the connections
 * @error: why that cannot be
 *
 * Returns: (transfer full) (nullable): what listens from now on
 */
ServeListen *
serve_listen_new (const ServeSettings * settings, SoupServer * server,
    GError ** error)
{
  ServeListen *listen = g_new0 (ServeListen, 1);

  listen->service = g_socket_service_new ();
  listen->server = g_object_ref (server);
  listen->certificate = settings->certificate ?
      g_object_ref (settings->certificate) : NULL;
  g_signal_connect (listen->service, "incoming", G_CALLBACK (incoming), listen);
  if (listen_at (listen, settings->address, settings->port, error))
    return listen;
  g_prefix_error (error, "cannot listen on %s: ", settings->listen);
  serve_listen_free (listen);
  return NULL;
}

/**
 * serve_listen_free:
 * @listen: (transfer full) (nullable): takes no more connections
 */
void
serve_listen_free (ServeListen * listen)
{
  if (!listen)
    return;
  g_socket_service_stop (listen->service);
  g_socket_listener_close (G_SOCKET_LISTENER (listen->service));
  g_clear_object (&listen->service);
  g_clear_object (&listen->server);
  g_clear_object (&listen->certificate);
  if (listen->n_open == 0)
    g_free (listen);
}

/**
 * serve_listen_get_port:
 * @listen: what listens
 *
 * Returns: on which port
 */
guint16
serve_listen_get_port (const ServeListen * listen)
{
  return listen->port;
}
