/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Starts a coturn for a test, on loopback, with UDP, TCP and TLS and a
 * certificate of its own, for `localhost`.
 *
 * Threads: one. Locks: none.
 */
#include "turn-server.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PATIENCE 20             /* seconds */

guint16
turn_server_free_port (void)
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

static GSubprocess *
spawn (const TurnServer * server, const gchar * const *argv)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GSubprocess *process;
  GError *error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  g_subprocess_launcher_set_cwd (launcher, server->folder);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_object_unref (launcher);
  return process;
}

static void
make_certificate (TurnServer * server)
{
  static const gchar *const argv[] = { "openssl", "req", "-x509", "-newkey",
    "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-keyout", "key.pem", "-out", "certificate.pem", NULL
  };
  GSubprocess *process = spawn (server, argv);

  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_object_unref (process);
  server->certificate = g_build_filename (server->folder, "certificate.pem",
      NULL);
}

static gboolean
has_ipv6 (void)
{
  GSocketAddress *any = g_inet_socket_address_new_from_string ("::1", 0);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_DATAGRAM,
      G_SOCKET_PROTOCOL_UDP, NULL);
  gboolean has = socket && g_socket_bind (socket, any, FALSE, NULL);

  g_clear_object (&socket);
  g_object_unref (any);
  return has;
}

static gboolean
listens (guint16 port)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (client,
      "127.0.0.1", port, NULL, NULL);
  gboolean good = connection != NULL;

  g_clear_object (&connection);
  g_object_unref (client);
  return good;
}

void
turn_server_start (TurnServer * server)
{
  gchar *port, *tls_port;
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;

  server->port = turn_server_free_port ();
  server->tls_port = turn_server_free_port ();
  port = g_strdup_printf ("%u", server->port);
  tls_port = g_strdup_printf ("%u", server->tls_port);
  server->process = spawn (server, (const gchar *[]) { "turnserver", "-n",
        "--no-cli", "-E", "127.0.0.1", "-p", port,
        "--tls-listening-port", tls_port, "--cert", "certificate.pem",
        "--pkey", "key.pem", "-a", "-r", "here", "-u", "user:right",
        "--allow-loopback-peers", "--no-dtls", "--no-rfc5780", "--simple-log",
        "-v", "--log-file", "log", "--db", "db", "--pidfile", "pid",
        "-L", "127.0.0.1", has_ipv6 ()? "-L" : NULL, "::1", NULL
      });
  /* It listens when it listens. */
  while (!listens (server->port) || !listens (server->tls_port)) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_usleep (20000);
  }
  g_free (port);
  g_free (tls_port);
}

void
turn_server_stop (TurnServer * server)
{
  g_subprocess_force_exit (server->process);
  g_subprocess_wait (server->process, NULL, NULL);
  g_clear_object (&server->process);
}

static guint
count_in_log (const TurnServer * server, const gchar * what)
{
  gchar *text, *at;
  guint n = 0;

  g_assert_true (g_file_get_contents (server->log, &text, NULL, NULL));
  for (at = text; (at = strstr (at, what)); at++)
    n++;
  g_free (text);
  return n;
}

/* Both ways, of the relays that have ended; packets. */
guint
turn_server_count_relayed (const TurnServer * server)
{
  guint sum = 0, from = 0, to = 0;
  gchar *text, *at;

  g_assert_true (g_file_get_contents (server->log, &text, NULL, NULL));
  for (at = text; (at = strstr (at, "peer usage: ")); at++) {
    const gchar *rp = strstr (at, " rp="), *sp = strstr (at, " sp=");

    if (rp && sp && sscanf (rp, " rp=%u", &from) == 1
        && sscanf (sp, " sp=%u", &to) == 1)
      sum += from + to;
  }
  g_free (text);
  return sum;
}

/* The log is written by other threads than those that answer, and whoever asks
 * again gets another answer, but not another relay. */
void
turn_server_check_given_back (TurnServer * server)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  guint n = count_in_log (server, ": new, realm=");

  g_assert_cmpuint (n, >=, 2);
  while (count_in_log (server, "lifetime=0") < n) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_usleep (20000);
  }
}

void
turn_server_forget_log (TurnServer * server)
{
  g_assert_cmpint (truncate (server->log, 0), ==, 0);
}

/* What is missing, or NULL. */
const gchar *
turn_server_find_missing (void)
{
  gchar *turn = g_find_program_in_path ("turnserver");
  gchar *openssl = g_find_program_in_path ("openssl");
  const gchar *missing = !turn ? "there is no turnserver (Debian: coturn)" :
      !openssl ? "there is no openssl" : NULL;

  g_free (turn);
  g_free (openssl);
  return missing;
}

void
turn_server_set_up (TurnServer * server)
{
  server->folder = g_dir_make_tmp ("turn-XXXXXX", NULL);
  server->log = g_build_filename (server->folder, "log", NULL);
  make_certificate (server);
  g_setenv ("GST_VOICE_CA_FILE", server->certificate, TRUE);
  turn_server_start (server);
}

void
turn_server_clear (TurnServer * server)
{
  static const gchar *const files[] = { "certificate.pem", "key.pem", "log",
    "db", "pid"
  };

  turn_server_stop (server);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    gchar *path = g_build_filename (server->folder, files[i], NULL);

    g_remove (path);
    g_free (path);
  }
  g_assert_cmpint (g_rmdir (server->folder), ==, 0);
  g_free (server->folder);
  g_free (server->certificate);
  g_free (server->log);
}
