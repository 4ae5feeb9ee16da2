/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * TURN over TLS. libnice has a kind of server of this name, but speaks plain
 * TCP to it where it follows RFC 5245 (agent_create_tcp_turn_socket()). So it
 * is given a port on the loopback interface, and what it says there goes
 * through TLS to the server, whose certificate must be good. Only sockets of
 * ours may connect, each gets a connection of its own to the server. A block
 * a direction is under way at most: who reads slowly is written to slowly.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "turn-bridge.h"

#include <gst-voice/io.h>
#include <gst-voice/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_LINKS 8             /* one for each local address */
#define BLOCK 16384
#define END_MS 1000             /* for what is taken back to come back */

typedef struct _Link Link;

typedef struct
{
  Link *link;
  GInputStream *from;           /* (unowned) */
  GOutputStream *to;            /* (unowned) */
  guint8 block[BLOCK];
} Pipe;

struct _Link
{
  guint refs;                   /* of operations under way */
  TurnBridge *bridge;
  GCancellable *cancellable;
  GSocketConnection *near, *far;
  Pipe out, in;
};

struct _TurnBridge
{
  guint refs;                   /* the owner's and those of operations */
  TurnBridgeFailed failed;      /* NULL: was called, or is not to be */
  gpointer data;
  gchar *host;
  guint port;
  GSocketListener *listener;
  guint near_port, n_links;
  GSList *links;                /* (unowned) of Link */
  GTlsDatabase *database;
  GSocketClient *client;
  GCancellable *cancellable;    /* of the listener */
};

static GPrivate n_bridges;      /* of guint: those of this network thread */

static void
stop_waiting (gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* A handshake of GnuTLS has a thread of its own and comes back when it does,
 * which may be after the last iteration of a network thread that ends. */
static void
wait_for_all (gpointer data)
{
  guint *n = data;
  gboolean over = FALSE;
  GstVoiceIoTimer *timer = gst_voice_io_timer_new (stop_waiting, &over);

  gst_voice_io_timer_start (timer, END_MS);
  while (*n > 0 && !over)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  gst_voice_io_timer_free (timer);
  g_private_set (&n_bridges, NULL);
  g_free (n);
}

static void
count_bridge (void)
{
  guint *n = g_private_get (&n_bridges);

  if (!n) {
    n = g_new0 (guint, 1);
    g_private_set (&n_bridges, n);
    gst_voice_io_at_end (wait_for_all, n);
  }
  (*n)++;
}

static void
uncount_bridge (void)
{
  guint *n = g_private_get (&n_bridges);

  if (n)
    (*n)--;
}

static void
bridge_unref (TurnBridge * self)
{
  if (--self->refs > 0)
    return;
  uncount_bridge ();
  g_object_unref (self->cancellable);
  g_object_unref (self->client);
  g_clear_object (&self->database);
  g_object_unref (self->listener);
  g_free (self->host);
  g_free (self);
}

/* One operation has come back and no other follows: the rest is taken back,
 * and the last one closes the streams. */
static void
link_unref (Link * link)
{
  g_cancellable_cancel (link->cancellable);
  if (--link->refs > 0)
    return;
  link->bridge->links = g_slist_remove (link->bridge->links, link);
  bridge_unref (link->bridge);
  g_object_unref (link->cancellable);
  g_object_unref (link->near);
  g_clear_object (&link->far);
  g_free (link);
}

static void read_block (Pipe * pipe);

static void
on_written (GObject * stream, GAsyncResult * result, gpointer data)
{
  Pipe *pipe = data;

  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (stream), result, NULL,
          NULL))
    read_block (pipe);
  else
    link_unref (pipe->link);
}

static void
on_read (GObject * stream, GAsyncResult * result, gpointer data)
{
  Pipe *pipe = data;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (stream), result,
      NULL);

  if (size > 0)
    g_output_stream_write_all_async (pipe->to, pipe->block, size,
        G_PRIORITY_DEFAULT, pipe->link->cancellable, on_written, pipe);
  else
    link_unref (pipe->link);
}

static void
read_block (Pipe * pipe)
{
  g_input_stream_read_async (pipe->from, pipe->block, BLOCK,
      G_PRIORITY_DEFAULT, pipe->link->cancellable, on_read, pipe);
}

static void
start_pipe (Pipe * pipe, Link * link, GSocketConnection * from,
    GSocketConnection * to)
{
  pipe->link = link;
  pipe->from = g_io_stream_get_input_stream (G_IO_STREAM (from));
  pipe->to = g_io_stream_get_output_stream (G_IO_STREAM (to));
  link->refs++;
  read_block (pipe);
}

/* Media does not wait for more of it. */
static void
send_at_once (GSocketConnection * connection)
{
  g_socket_set_option (g_socket_connection_get_socket (connection),
      IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void
on_far (GObject * client, GAsyncResult * result, gpointer data)
{
  Link *link = data;
  TurnBridge *self = link->bridge;
  gpointer told = self->data;
  TurnBridgeFailed failed = self->failed;
  GError *error = NULL;

  link->far = g_socket_client_connect_finish (G_SOCKET_CLIENT (client), result,
      &error);
  if (!link->far) {
    g_prefix_error (&error, "%s, port %u: ", self->host, self->port);
    self->failed = NULL;
    link_unref (link);
    if (failed)
      failed (told, error);
    g_error_free (error);
    return;
  }
  send_at_once (link->near);
  send_at_once (link->far);
  start_pipe (&link->out, link, link->near, link->far);
  start_pipe (&link->in, link, link->far, link->near);
  link->refs--;
}

static void
on_client_event (GSocketClient * client, GSocketClientEvent event,
    GSocketConnectable * connectable, GIOStream * stream, TurnBridge * self)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_tls_connection_set_database (G_TLS_CONNECTION (stream), self->database);
}

static void
open_link (TurnBridge * self, GSocketConnection * near)
{
  Link *link = g_new0 (Link, 1);
  GSocketConnectable *server = g_network_address_new (self->host, self->port);

  link->refs = 1;
  link->bridge = self;
  link->cancellable = g_cancellable_new ();
  link->near = g_object_ref (near);
  self->refs++;
  self->n_links++;
  self->links = g_slist_prepend (self->links, link);
  g_socket_client_connect_async (self->client, server, link->cancellable,
      on_far, link);
  g_object_unref (server);
}

static gboolean
has_address (gint fd, const struct sockaddr_storage *address, gsize size)
{
  struct sockaddr_storage own = { 0 };
  socklen_t own_size = sizeof own;

  return getsockname (fd, (struct sockaddr *) &own, &own_size) == 0
      && own_size == size && memcmp (&own, address, size) == 0;
}

/* A port on the loopback interface is open to whoever is on this machine: the
 * other end must be a socket of this process. */
static gboolean
is_ours (GSocketConnection * near)
{
  GSocketAddress *remote = g_socket_connection_get_remote_address (near, NULL);
  struct sockaddr_storage address = { 0 };
  gsize size = remote ? g_socket_address_get_native_size (remote) : 0;
  GDir *open = g_dir_open ("/proc/self/fd", 0, NULL);
  gboolean found = FALSE;
  const gchar *fd;

  if (open && remote && g_socket_address_to_native (remote, &address,
          sizeof address, NULL)) {
    while (!found && (fd = g_dir_read_name (open)))
      found = has_address (atoi (fd), &address, size);
  }
  g_clear_pointer (&open, g_dir_close);
  g_clear_object (&remote);
  return found;
}

static void
on_near (GObject * listener, GAsyncResult * result, gpointer data)
{
  TurnBridge *self = data;
  GSocketConnection *near =
      g_socket_listener_accept_finish (G_SOCKET_LISTENER (listener), result,
      NULL, NULL);

  if (!near || g_cancellable_is_cancelled (self->cancellable)) {
    bridge_unref (self);
  } else {
    if (self->n_links < MAX_LINKS && is_ours (near))
      open_link (self, near);
    g_socket_listener_accept_async (self->listener, self->cancellable, on_near,
        self);
  }
  g_clear_object (&near);
}

static gboolean
listen_near (TurnBridge * self, gboolean ipv6, GError ** error)
{
  GInetAddress *loopback = g_inet_address_new_loopback (ipv6 ?
      G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
  GSocketAddress *any = g_inet_socket_address_new (loopback, 0);
  GSocketAddress *bound = NULL;
  gboolean good = g_socket_listener_add_address (self->listener, any,
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &bound, error);

  if (good)
    self->near_port =
        g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_clear_object (&bound);
  g_object_unref (any);
  g_object_unref (loopback);
  return good;
}

/**
 * turn_bridge_new:
 * @host: the server, by the name that its certificate has
 * @port: of it
 * @ipv6: whether to be reached at `::1` and not at 127.0.0.1
 * @failed: called once if the server is not reached, or not who it should be
 * @data: with what
 * @error: why there is none
 *
 * Returns: (transfer full) (nullable): a bridge
 */
TurnBridge *
turn_bridge_new (const gchar * host, guint port, gboolean ipv6,
    TurnBridgeFailed failed, gpointer data, GError ** error)
{
  TurnBridge *self = g_new0 (TurnBridge, 1);

  count_bridge ();
  self->refs = 1;
  self->failed = failed;
  self->data = data;
  self->host = g_strdup (host);
  self->port = port;
  self->listener = g_socket_listener_new ();
  self->client = g_socket_client_new ();
  self->cancellable = g_cancellable_new ();
  self->database = gst_voice_tls_get_database (error);
  if (!self->database || !listen_near (self, ipv6, error)) {
    bridge_unref (self);
    return NULL;
  }
  g_socket_client_set_tls (self->client, TRUE);
  /* To ask for one starts threads; the other kinds of TURN know none. */
  g_socket_client_set_enable_proxy (self->client, FALSE);
  g_signal_connect (self->client, "event", G_CALLBACK (on_client_event), self);
  self->refs++;
  g_socket_listener_accept_async (self->listener, self->cancellable, on_near,
      self);
  return self;
}

/**
 * turn_bridge_get_port:
 * @self: a bridge
 *
 * Returns: where to connect to
 */
guint
turn_bridge_get_port (const TurnBridge * self)
{
  return self->near_port;
}

/**
 * turn_bridge_mute:
 * @self: a bridge; nobody is told or let in any more, but what is connected
 *   stays so
 */
void
turn_bridge_mute (TurnBridge * self)
{
  self->failed = NULL;
  g_cancellable_cancel (self->cancellable);
  g_socket_listener_close (self->listener);
}

/**
 * turn_bridge_free:
 * @self: (transfer full) (nullable): a bridge
 */
void
turn_bridge_free (TurnBridge * self)
{
  if (!self)
    return;
  turn_bridge_mute (self);
  for (GSList * item = self->links, *next; item; item = next) {
    next = item->next;
    g_cancellable_cancel (((Link *) item->data)->cancellable);
  }
  bridge_unref (self);
}
