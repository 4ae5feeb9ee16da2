/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One path by itself: from which addresses it is looked for, and when TCP is
 * tried. What happens on the network thread is told by a queue of words.
 */
#include <gst-voice/io.h>
#include <ice-path.h>
#include <interfaces.h>
#include <string.h>

#define LONG (60 * 60 * 1000)   /* ms */

typedef struct
{
  RtcSettings settings;
  GAsyncQueue *words;
  gchar *candidate;             /* of the other side */
  IcePath *path;
  guint n, n_loopback;          /* of ours */
} Scene;

static void
on_candidate (gpointer data, IcePath * path, const gchar * candidate)
{
  Scene *scene = data;

  if (!candidate) {
    g_async_queue_push (scene->words, g_strdup ("gathered"));
    return;
  }
  scene->n++;
  scene->n_loopback += strstr (candidate, " 127.") || strstr (candidate,
      " ::1 ");
}

static void
on_found (gpointer data, IcePath * path)
{
  g_async_queue_push (((Scene *) data)->words, g_strdup ("found"));
}

static void
on_lost (gpointer data, IcePath * path, const GError * error)
{
  g_async_queue_push (((Scene *) data)->words, g_strdup ("lost"));
}

static void
on_datagram (gpointer data, IcePath * path, const guint8 * datagram, gsize size)
{
}

static const IcePathEvents EVENTS = { on_candidate, on_found, on_lost,
  on_datagram
};

static void
begin_on_io (gpointer data)
{
  Scene *scene = data;

  scene->path = ice_path_new (&scene->settings, &EVENTS, scene);
  g_assert_nonnull (scene->path);
  g_assert_true (ice_path_gather (scene->path));
  if (!scene->candidate)
    return;
  g_assert_true (ice_path_set_remote (scene->path, "ufrag",
          "a password of 22 letters"));
  g_assert_true (ice_path_add_candidate (scene->path, scene->candidate));
}

static void
begin (Scene * scene)
{
  scene->words = g_async_queue_new_full (g_free);
  gst_voice_io_ref ();
  gst_voice_io_post (begin_on_io, scene, NULL);
}

static void
end_on_io (gpointer data)
{
  ice_path_free (((Scene *) data)->path);
}

static void
end (Scene * scene)
{
  gst_voice_io_post (end_on_io, scene, NULL);
  gst_voice_io_unref ();
  g_async_queue_unref (scene->words);
  g_free (scene->candidate);
}

static void
expect (Scene * scene, const gchar * word)
{
  gchar *next = g_async_queue_pop (scene->words);

  g_assert_cmpstr (next, ==, word);
  g_free (next);
}

static gboolean
is_alone (void)
{
  GList *addresses = nice_interfaces_get_local_ips (FALSE);
  gboolean alone = !addresses;

  g_list_free_full (addresses, g_free);
  if (alone)
    g_test_skip ("there is no address but those of loopback");
  return alone;
}

/* Nobody elsewhere can use it. */
static void
loopback (gconstpointer wanted)
{
  Scene scene = {.settings.loopback = wanted != NULL,.settings.tcp = TRUE };

  if (!wanted && is_alone ())
    return;
  begin (&scene);
  expect (&scene, "gathered");
  end (&scene);
  g_assert_cmpuint (scene.n, >, 0);
  g_assert_cmpuint (scene.n_loopback > 0, ==, wanted != NULL);
}

static GSocket *
listen_here (GSocketType type, const gchar * address, guint * port)
{
  GSocketAddress *any = g_inet_socket_address_new_from_string (address, 0);
  GSocket *socket = g_socket_new (g_socket_address_get_family (any), type,
      G_SOCKET_PROTOCOL_DEFAULT, NULL);
  gboolean good = g_socket_bind (socket, any, FALSE, NULL)
      && (type == G_SOCKET_TYPE_DATAGRAM || g_socket_listen (socket, NULL));
  GSocketAddress *bound;

  g_object_unref (any);
  if (!good) {
    g_object_unref (socket);
    return NULL;
  }
  bound = g_socket_get_local_address (socket, NULL);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_object_unref (bound);
  g_socket_set_timeout (socket, 20);
  return socket;
}

/* An Allocate request (RFC 8656 7.1). */
static void
await_request (GSocket * server)
{
  guint8 datagram[512];
  GError *error = NULL;
  gssize size = g_socket_receive (server, (gchar *) datagram, sizeof datagram,
      NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (size, >=, 20);
  g_assert_cmpuint (datagram[0], ==, 0);
  g_assert_cmpuint (datagram[1], ==, 3);
}

/* It is asked from there, and still nobody is told of an address there. */
static void
turn_on_loopback (gconstpointer address)
{
  RtcServer turn = {.kind = RTC_SERVER_TURN_UDP,.host = address,
    .user = "user",.password = "right"
  };
  Scene scene = {.settings.servers = &turn,.settings.n_servers = 1 };
  GSocket *server = listen_here (G_SOCKET_TYPE_DATAGRAM, address, &turn.port);

  if (!server) {
    g_test_skip ("there is no such address");
    return;
  }
  begin (&scene);
  await_request (server);
  end (&scene);
  g_assert_cmpuint (scene.n_loopback, ==, 0);
  g_object_unref (server);
}

static void
begin_with_tcp (Scene * scene, guint port)
{
  scene->settings.local_address = "127.0.0.1";
  scene->settings.controlling = scene->settings.tcp = TRUE;
  scene->candidate = g_strdup_printf ("candidate:1 1 TCP 1000 127.0.0.1 %u "
      "typ host tcptype passive", port);
  begin (scene);
  expect (scene, "gathered");
}

/* While it waits for UDP nobody is connected to. */
static void
tcp_waits (void)
{
  guint port;
  GSocket *server = listen_here (G_SOCKET_TYPE_STREAM, "127.0.0.1", &port);
  Scene scene = {.settings.tcp_wait = LONG,.settings.patience = 300 };
  GError *error = NULL;

  begin_with_tcp (&scene, port);
  expect (&scene, "lost");
  end (&scene);
  g_socket_set_blocking (server, FALSE);
  g_assert_null (g_socket_accept (server, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
  g_error_free (error);
  g_object_unref (server);
}

static void
tcp_waits_no_longer (void)
{
  guint port;
  GSocket *server = listen_here (G_SOCKET_TYPE_STREAM, "127.0.0.1", &port);
  Scene scene = {.settings.tcp_wait = 1 };
  GError *error = NULL;
  GSocket *socket;

  begin_with_tcp (&scene, port);
  socket = g_socket_accept (server, NULL, &error);
  g_assert_no_error (error);
  end (&scene);
  g_object_unref (socket);
  g_object_unref (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rtc/ice-path/loopback", "wanted", loopback);
  g_test_add_data_func ("/rtc/ice-path/no-loopback", NULL, loopback);
  g_test_add_data_func ("/rtc/ice-path/turn-on-loopback", "127.0.0.1",
      turn_on_loopback);
  g_test_add_data_func ("/rtc/ice-path/turn-on-loopback-ipv6", "::1",
      turn_on_loopback);
  g_test_add_func ("/rtc/ice-path/tcp-waits", tcp_waits);
  g_test_add_func ("/rtc/ice-path/tcp-waits-no-longer", tcp_waits_no_longer);
  return g_test_run ();
}
