/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See tunnel.h.
 *
 * Threads: one that accepts, and one for each connection. Locks: none.
 */
#include "tunnel.h"

#include <stdio.h>
#include <string.h>

#define MAX_HEAD 8192

struct _Tunnel
{
  /* set once */
  void (*serve) (Tunnel * tunnel, GSocket * client);
  GSocket *socket;
  guint16 port;
  GCancellable *ends;
  GThread *thread;

  /* its thread only, until it has ended */
  GPtrArray *threads;

  gint count;                   /* atomic */
};

typedef struct
{
  Tunnel *tunnel;
  GSocket *client;
} Visit;

/* Returns: FALSE if the one has closed */
static gboolean
pass (GSocket * from, GSocket * to, GCancellable * ends)
{
  gchar buffer[4096];
  gssize got = g_socket_receive (from, buffer, sizeof buffer, ends, NULL);
  gssize sent = 0;

  while (got > 0 && sent < got) {
    gssize n = g_socket_send (to, buffer + sent, got - sent, ends, NULL);

    if (n <= 0)
      return FALSE;
    sent += n;
  }
  return got > 0;
}

static void
splice (GSocket * a, GSocket * b, GCancellable * ends)
{
  GPollFD fds[3] = { {g_socket_get_fd (a), G_IO_IN, 0},
  {g_socket_get_fd (b), G_IO_IN, 0}
  };

  g_assert_true (g_cancellable_make_pollfd (ends, &fds[2]));
  for (;;) {
    g_poll (fds, 3, -1);
    if (fds[2].revents || (fds[0].revents && !pass (a, b, ends))
        || (fds[1].revents && !pass (b, a, ends)))
      break;
  }
  g_cancellable_release_fd (ends);
}

static GSocket *
connect_to (guint port)
{
  GInetAddress *loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GSocketAddress *address = g_inet_socket_address_new (loopback, port);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL);

  g_assert_true (g_socket_connect (socket, address, NULL, NULL));
  g_object_unref (address);
  g_object_unref (loopback);
  return socket;
}

/* Returns: its size, or 0 if the client has gone */
static gsize
read_head (GSocket * client, gchar * head, GCancellable * ends)
{
  gsize size = 0;

  while (size < MAX_HEAD) {
    gssize n = g_socket_receive (client, head + size, MAX_HEAD - size, ends,
        NULL);

    if (n <= 0)
      return 0;
    size += n;
    head[size] = '\0';
    if (strstr (head, "\r\n\r\n"))
      return size;
  }
  return 0;
}

static void
serve_proxy (Tunnel * tunnel, GSocket * client)
{
  static const gchar yes[] = "HTTP/1.1 200 OK\r\n\r\n";
  gchar head[MAX_HEAD + 1];
  gsize size = read_head (client, head, tunnel->ends);
  guint port = 0;
  GSocket *service;

  if (size == 0)
    return;
  if (sscanf (head, "%*s http://%*[^:]:%u", &port) != 1)
    g_assert_cmpint (sscanf (head, "CONNECT %*[^:]:%u", &port), ==, 1);
  g_atomic_int_inc (&tunnel->count);
  service = connect_to (port);
  if (g_str_has_prefix (head, "CONNECT"))
    g_socket_send (client, yes, strlen (yes), NULL, NULL);
  else
    g_socket_send (service, head, size, NULL, NULL);
  splice (client, service, tunnel->ends);
  g_object_unref (service);
}

/* RFC 8446 §4: the record has 122 bytes, and the first 11 come. */
static void
serve_half_hello (Tunnel * tunnel, GSocket * client)
{
  static const gchar half[] = "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03"
      "0123456789a";
  gchar hello[4096];

  if (g_socket_receive (client, hello, sizeof hello, tunnel->ends, NULL) <= 0)
    return;
  g_atomic_int_inc (&tunnel->count);
  g_socket_send (client, half, strlen (half), NULL, NULL);
  while (g_socket_receive (client, hello, sizeof hello, tunnel->ends,
          NULL) > 0);
}

static gpointer
visit (gpointer data)
{
  Visit *visit = data;

  visit->tunnel->serve (visit->tunnel, visit->client);
  g_object_unref (visit->client);
  g_free (visit);
  return NULL;
}

static gpointer
run (gpointer data)
{
  Tunnel *tunnel = data;
  GSocket *client;

  while ((client = g_socket_accept (tunnel->socket, tunnel->ends, NULL))) {
    Visit *one = g_new (Visit, 1);

    one->tunnel = tunnel;
    one->client = client;
    g_ptr_array_add (tunnel->threads, g_thread_new ("tunnel", visit, one));
  }
  return NULL;
}

static Tunnel *
tunnel_new (void (*serve) (Tunnel * tunnel, GSocket * client))
{
  GInetAddress *loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GSocketAddress *address = g_inet_socket_address_new (loopback, 0);
  Tunnel *tunnel = g_new0 (Tunnel, 1);

  tunnel->serve = serve;
  tunnel->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, NULL);
  g_assert_true (g_socket_bind (tunnel->socket, address, TRUE, NULL));
  g_assert_true (g_socket_listen (tunnel->socket, NULL));
  g_object_unref (address);
  address = g_socket_get_local_address (tunnel->socket, NULL);
  tunnel->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS
      (address));
  tunnel->ends = g_cancellable_new ();
  tunnel->threads = g_ptr_array_new ();
  tunnel->thread = g_thread_new ("tunnels", run, tunnel);
  g_object_unref (address);
  g_object_unref (loopback);
  return tunnel;
}

Tunnel *
tunnel_new_proxy (void)
{
  return tunnel_new (serve_proxy);
}

Tunnel *
tunnel_new_half_hello (void)
{
  return tunnel_new (serve_half_hello);
}

void
tunnel_free (Tunnel * tunnel)
{
  g_cancellable_cancel (tunnel->ends);
  g_thread_join (tunnel->thread);
  for (guint i = 0; i < tunnel->threads->len; i++)
    g_thread_join (tunnel->threads->pdata[i]);
  g_ptr_array_unref (tunnel->threads);
  g_object_unref (tunnel->ends);
  g_object_unref (tunnel->socket);
  g_free (tunnel);
}

guint16
tunnel_port (Tunnel * tunnel)
{
  return tunnel->port;
}

guint
tunnel_count (Tunnel * tunnel)
{
  return g_atomic_int_get (&tunnel->count);
}
