/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who may cross the bridge: sockets of this process, to a server that speaks
 * TLS. That something crosses it, tests/interop/turn.c says.
 */
#include <turn-bridge.h>

#include <gst-voice/io.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 20             /* seconds */

typedef struct
{
  GAsyncQueue *words;
  guint16 port;                 /* of the server */
  guint near_port;
  TurnBridge *bridge;
  gint go[2];                   /* a pipe that tells the child its port */
} Scene;

static void
on_failed (gpointer data, const GError * error)
{
  Scene *scene = data;

  g_test_message ("%s", error->message);
  g_clear_pointer (&scene->bridge, turn_bridge_free);
  g_async_queue_push (scene->words, (gpointer) "failed");
}

static void
open_on_io (gpointer data)
{
  Scene *scene = data;
  GError *error = NULL;

  scene->bridge = turn_bridge_new ("127.0.0.1", scene->port, FALSE, on_failed,
      scene, &error);
  g_assert_no_error (error);
  scene->near_port = turn_bridge_get_port (scene->bridge);
  g_async_queue_push (scene->words, (gpointer) "open");
}

static void
close_on_io (gpointer data)
{
  turn_bridge_free (((Scene *) data)->bridge);
}

static void
expect (Scene * scene, const gchar * word)
{
  g_assert_cmpstr (g_async_queue_pop (scene->words), ==, word);
}

/* Returns what recv() says, 0: the other end was closed. */
static gint
knock (guint port)
{
  struct sockaddr_in to = {.sin_family = AF_INET,.sin_port = htons (port),
    .sin_addr.s_addr = htonl (INADDR_LOOPBACK)
  };
  gint fd = socket (AF_INET, SOCK_STREAM, 0);
  gint got = -1;
  gchar byte;

  if (connect (fd, (struct sockaddr *) &to, sizeof to) == 0)
    got = recv (fd, &byte, 1, 0);
  close (fd);
  return got;
}

/* Before there are threads. */
static pid_t
fork_stranger (Scene * scene)
{
  guint port;
  pid_t child;

  g_assert_cmpint (pipe (scene->go), ==, 0);
  child = fork ();
  if (child != 0)
    return child;
  alarm (PATIENCE);
  if (read (scene->go[0], &port, sizeof port) != sizeof port)
    _exit (2);
  _exit (knock (port) == 0 ? 0 : 1);
}

static void
set_up (Scene * scene, guint16 port)
{
  scene->port = port;
  scene->words = g_async_queue_new ();
  gst_voice_io_ref ();
  gst_voice_io_post (open_on_io, scene, NULL);
  expect (scene, "open");
}

static void
tear_down (Scene * scene)
{
  gst_voice_io_post (close_on_io, scene, NULL);
  gst_voice_io_unref ();
  g_async_queue_unref (scene->words);
}

static void
stranger (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  Scene scene = { 0 };
  pid_t child = fork_stranger (&scene);
  gint status;

  /* The server is silent: whoever is let in waits. */
  set_up (&scene, port);
  g_assert_cmpint (write (scene.go[1], &scene.near_port,
          sizeof scene.near_port), ==, sizeof scene.near_port);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (g_async_queue_length (scene.words), ==, 0);
  close (scene.go[0]);
  close (scene.go[1]);
  tear_down (&scene);
  g_object_unref (listener);
}

/* The server speaks something else; the bridge is freed when it says so. */
static void
no_tls (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  GSocketConnection *connection;
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *near;
  Scene scene = { 0 };

  set_up (&scene, port);
  near = g_socket_client_connect_to_host (client, "127.0.0.1",
      scene.near_port, NULL, NULL);
  g_assert_nonnull (near);
  connection = g_socket_listener_accept (listener, NULL, NULL, NULL);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream
          (G_IO_STREAM (connection)), "hello, you\r\n", 12, NULL, NULL, NULL));
  expect (&scene, "failed");
  tear_down (&scene);
  g_object_unref (connection);
  g_object_unref (near);
  g_object_unref (client);
  g_object_unref (listener);
}

/* With the handshake under way. */
static void
freed_early (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  GSocketConnection *connection;
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *near;
  Scene scene = { 0 };
  gchar byte;

  set_up (&scene, port);
  near = g_socket_client_connect_to_host (client, "127.0.0.1",
      scene.near_port, NULL, NULL);
  connection = g_socket_listener_accept (listener, NULL, NULL, NULL);
  tear_down (&scene);
  /* It is closed for whoever has come. */
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream
          (G_IO_STREAM (near)), &byte, 1, NULL, NULL), <=, 0);
  g_object_unref (connection);
  g_object_unref (near);
  g_object_unref (client);
  g_object_unref (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-bridge/stranger", stranger);
  g_test_add_func ("/turn-bridge/no-tls", no_tls);
  g_test_add_func ("/turn-bridge/freed-early", freed_early);
  return g_test_run ();
}
