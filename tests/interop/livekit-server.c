/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Starts a livekit-server for a test. GST_VOICE_LIVEKIT_SERVER names the
 * program, else it is looked for as livekit-server.
 *
 * Threads: one. Locks: none.
 */
#include "livekit-server.h"

#include <signal.h>
#include <sys/prctl.h>

#define PATIENCE_US (30 * G_USEC_PER_SEC)

gchar *
livekit_server_find (void)
{
  const gchar *named = g_getenv ("GST_VOICE_LIVEKIT_SERVER");

  return g_find_program_in_path (named ? named : "livekit-server");
}

static guint16
free_port (void)
{
  GSocketListener *listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  g_object_unref (listener);
  return port;
}

/* Also when a test aborts. */
static void
end_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
takes_connections (guint16 port)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection =
      g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  gboolean takes = connection != NULL;

  g_clear_object (&connection);
  g_object_unref (client);
  return takes;
}

/* Without a STUN server it would name public ones, whose names would have to
 * be looked up.
 * @more: lines of its configuration, those of `rtc:` first, or "" */
gboolean
livekit_server_start (LivekitServer * server, const gchar * path,
    const gchar * more)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  guint16 port = free_port ();
  gchar *config = g_strdup_printf ("port: %u\nbind_addresses: [127.0.0.1]\n"
      "keys:\n  " LIVEKIT_SERVER_KEY ": " LIVEKIT_SERVER_SECRET "\n"
      "logging:\n  level: error\n"
      "rtc:\n  tcp_port: %u\n  udp_port: %u\n  node_ip: 127.0.0.1\n"
      "  enable_loopback_candidate: true\n"
      "  stun_servers: [\"127.0.0.1:3478\"]\n%s", port, free_port (),
      free_port (), more);
  gint64 until = g_get_monotonic_time () + PATIENCE_US;

  server->port = port;
  server->url = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  server->process = g_subprocess_launcher_spawn (launcher, NULL, path,
      "--config-body", config, NULL);
  g_object_unref (launcher);
  g_free (config);
  while (server->process && g_get_monotonic_time () < until) {
    if (takes_connections (port))
      return TRUE;
    g_usleep (50000);
  }
  return FALSE;
}

void
livekit_server_stop (LivekitServer * server)
{
  if (server->process) {
    g_subprocess_force_exit (server->process);
    g_subprocess_wait (server->process, NULL, NULL);
  }
  g_clear_object (&server->process);
  g_clear_pointer (&server->url, g_free);
}
