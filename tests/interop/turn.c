/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A real TURN server, coturn: two connections of ours through forced relays by
 * UDP, TCP and TLS, what is refused, relays given back, and a path that is
 * lost and found again. Without turnserver or openssl it is skipped.
 */
#include "rtc-scene.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst-voice/io.h>
#include <interfaces.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PATIENCE 20             /* seconds */

typedef struct
{
  gchar *folder, *certificate, *log;
  guint16 port, tls_port;
  GSubprocess *process;
} TurnServer;

static TurnServer server;

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

static GSubprocess *
spawn (const gchar * const *argv)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GSubprocess *process;
  GError *error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  g_subprocess_launcher_set_cwd (launcher, server.folder);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_object_unref (launcher);
  return process;
}

static void
make_certificate (void)
{
  static const gchar *const argv[] = { "openssl", "req", "-x509", "-newkey",
    "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-keyout", "key.pem", "-out", "certificate.pem", NULL
  };
  GSubprocess *process = spawn (argv);

  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_object_unref (process);
  server.certificate = g_build_filename (server.folder, "certificate.pem",
      NULL);
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

static void
start (void)
{
  gchar *port, *tls_port;
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;

  server.port = free_port ();
  server.tls_port = free_port ();
  port = g_strdup_printf ("%u", server.port);
  tls_port = g_strdup_printf ("%u", server.tls_port);
  server.process = spawn ((const gchar *[]) { "turnserver", "-n", "--no-cli",
        "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", port,
        "--tls-listening-port", tls_port, "--cert", "certificate.pem",
        "--pkey", "key.pem", "-a", "-r", "here", "-u", "user:right",
        "--allow-loopback-peers", "--no-dtls", "--no-rfc5780", "--simple-log",
        "-v", "--log-file", "log", "--db", "db", "--pidfile", "pid", NULL
      });
  /* It listens when it listens. */
  while (!listens (server.port) || !listens (server.tls_port)) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_usleep (20000);
  }
  g_free (port);
  g_free (tls_port);
}

static void
stop (void)
{
  g_subprocess_force_exit (server.process);
  g_subprocess_wait (server.process, NULL, NULL);
  g_clear_object (&server.process);
}

static guint
count_in_log (const gchar * what)
{
  gchar *text, *at;
  guint n = 0;

  g_assert_true (g_file_get_contents (server.log, &text, NULL, NULL));
  for (at = text; (at = strstr (at, what)); at++)
    n++;
  g_free (text);
  return n;
}

/* The log is written by other threads than those that answer. */
static void
check_all_given_back (void)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;
  guint n = count_in_log ("ALLOCATE processed, success");

  g_assert_cmpuint (n, >=, 2);
  while (count_in_log ("lifetime=0") < n) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_usleep (20000);
  }
}

static void
forget_log (void)
{
  g_assert_cmpint (truncate (server.log, 0), ==, 0);
}

static RtcServer
a_server (RtcServerKind kind, const gchar * host)
{
  return (RtcServer) {
  .kind = kind,.host = host,.port = kind == RTC_SERVER_TURN_TLS ?
        server.tls_port : server.port,.user = "user",.password = "right"};
}

static void
expect_relayed (Scene * scene)
{
  for (guint i = 0; i < 2; i++) {
    RtcPath path;

    scene_get_path (scene, i, &path);
    g_assert_cmpstr (path.local, ==, "relay");
    g_assert_cmpstr (path.transport, ==, "udp");
    g_assert_nonnull (strstr (scene->side[i].candidate,
            "typ relay raddr 0.0.0.0 rport 9"));
  }
}

static void
relayed (const RtcServer * turn)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene.settings.servers = turn;
  scene.settings.n_servers = 1;
  scene.only = "typ relay";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  expect_relayed (&scene);
  scene_check_media (&scene);
  scene_clear (&scene);
}

static void
by_kind (gconstpointer kind)
{
  gboolean tls = GPOINTER_TO_UINT (kind) == RTC_SERVER_TURN_TLS;
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), tls ? "localhost" :
      "127.0.0.1");

  forget_log ();
  relayed (&turn);
  check_all_given_back ();
}

static void
by_name (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_UDP, "localhost");

  relayed (&turn);
}

static gboolean
has_ipv6 (void)
{
  GList *addresses = nice_interfaces_get_local_ips (TRUE);
  gboolean found = g_list_find_custom (addresses, "::1",
      (GCompareFunc) g_strcmp0) != NULL;

  g_list_free_full (addresses, g_free);
  return found;
}

/* The bridge is where the candidates are; the relay is as the server is. */
static void
from_ipv6 (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_TLS, "localhost");
  Scene scene;

  if (!has_ipv6 ()) {
    g_test_skip ("there is no ::1");
    return;
  }
  scene_init (&scene);
  scene.settings.local_address = "::1";
  scene.settings.relay_only = TRUE;
  scene.settings.servers = &turn;
  scene.settings.n_servers = 1;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  expect_relayed (&scene);
  scene_check_media (&scene);
  scene_clear (&scene);
}

/* From whichever address a candidate has, to the bridge and the server. */
static void
from_all_addresses (gconstpointer kind)
{
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), "localhost");
  GList *addresses = nice_interfaces_get_local_ips (FALSE);
  Scene scene;

  if (!addresses || strchr (addresses->data, ':')) {
    g_test_skip ("there is no IPv4 address but that of loopback");
    g_list_free_full (addresses, g_free);
    return;
  }
  g_list_free_full (addresses, g_free);
  scene_init (&scene);
  scene.settings.local_address = NULL;
  scene.settings.relay_only = TRUE;
  scene.settings.servers = &turn;
  scene.settings.n_servers = 1;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  expect_relayed (&scene);
  scene_check_media (&scene);
  scene_clear (&scene);
}

/* A resolver that takes its time for names of `.slow`. */
typedef GResolver SlowResolver;
typedef GResolverClass SlowResolverClass;

static GType slow_resolver_get_type (void);
G_DEFINE_TYPE (SlowResolver, slow_resolver, G_TYPE_RESOLVER);

static gboolean
answer_slowly (gpointer data)
{
  GTask *task = data;

  g_task_return_pointer (task, g_list_append (NULL,
          g_inet_address_new_from_string ("127.0.0.1")),
      (GDestroyNotify) g_resolver_free_addresses);
  return G_SOURCE_REMOVE;
}

static void
look_up_slowly (GResolver * resolver, const gchar * name,
    GCancellable * cancellable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, data);
  GSource *source = g_timeout_source_new (700);

  g_source_set_callback (source, answer_slowly, task, g_object_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_source_unref (source);
}

static GList *
finish_slowly (GResolver * resolver, GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
slow_resolver_init (SlowResolver * resolver)
{
}

static void
slow_resolver_class_init (SlowResolverClass * klass)
{
  klass->lookup_by_name_async = look_up_slowly;
  klass->lookup_by_name_finish = finish_slowly;
}

/* Others have gathered before the name is known. */
static void
by_slow_name (gconstpointer relay_only)
{
  GResolver *before = g_resolver_get_default ();
  GResolver *slow = g_object_new (slow_resolver_get_type (), NULL);
  RtcServer turn = a_server (RTC_SERVER_TURN_UDP, "turn.slow");
  Scene scene;

  g_resolver_set_default (slow);
  scene_init (&scene);
  scene.settings.relay_only = relay_only != NULL;
  scene.settings.servers = &turn;
  scene.settings.n_servers = 1;
  scene.only = "typ relay";
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  if (relay_only)
    expect_relayed (&scene);
  scene_check_media (&scene);
  scene_clear (&scene);
  g_resolver_set_default (before);
  g_object_unref (before);
  g_object_unref (slow);
}

/* With names, handshakes and allocations under way. */
static void
freed_early (gconstpointer kind)
{
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), "localhost");

  for (guint i = 0; i < 5; i++) {
    Scene scene;

    scene_init (&scene);
    scene.settings.servers = &turn;
    scene.settings.n_servers = 1;
    scene_start (&scene);
    if (i > 2)
      scene_expect_both (&scene, "a connected", "b connected");
    scene_clear (&scene);
  }
}

static void
refused (const RtcServer * turn)
{
  gint64 begin = g_get_monotonic_time ();
  Scene scene;

  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene.settings.servers = turn;
  scene.settings.n_servers = 1;
  scene_start (&scene);
  scene_expect_both (&scene, "a failed", "b failed");
  g_assert_null (scene.side[0].candidate);
  scene_clear (&scene);
  g_test_message ("after %.1f s",
      (g_get_monotonic_time () - begin) / (gdouble) G_USEC_PER_SEC);
}

static void
wrong_password (gconstpointer kind)
{
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), "localhost");

  turn.password = "wrong";
  refused (&turn);
}

/* The certificate is not for this host. */
static void
wrong_host (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_TLS, "127.0.0.1");

  refused (&turn);
}

static void
unknown_authority (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_TLS, "localhost");

  g_unsetenv ("GST_VOICE_CA_FILE");
  refused (&turn);
  g_setenv ("GST_VOICE_CA_FILE", server.certificate, TRUE);
}

static void
nobody_there (gconstpointer kind)
{
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), "localhost");

  turn.port = free_port ();
  refused (&turn);
}

/* The one that answers is found among others. */
static void
several_servers (void)
{
  RtcServer turns[4];
  Scene scene;

  turns[0] = a_server (RTC_SERVER_TURN_TLS, "127.0.0.1");
  turns[1] = a_server (RTC_SERVER_TURN_UDP, "no-such-host.invalid");
  turns[2] = a_server (RTC_SERVER_TURN_UDP, "127.0.0.1");
  turns[2].password = "wrong";
  turns[3] = a_server (RTC_SERVER_TURN_TCP, "127.0.0.1");
  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene.settings.servers = turns;
  scene.settings.n_servers = 4;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  expect_relayed (&scene);
  scene_clear (&scene);
}

typedef struct
{
  Scene *scene;
  RtcServer turn;
} NewServers;

static void
set_servers_on_io (gpointer data)
{
  NewServers *new = data;

  for (guint i = 0; i < 2; i++)
    rtc_connection_set_servers (new->scene->side[i].connection, &new->turn, 1);
  g_async_queue_push (new->scene->words, g_strdup ("set"));
}

/* The relays end without a word: who is there notices, and a restart goes by
 * the new server's. */
static void
lost_and_found (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_UDP, "127.0.0.1");
  gint64 begin;
  gdouble seconds;
  Scene scene;
  NewServers new;

  scene_init (&scene);
  scene.settings.relay_only = TRUE;
  scene.settings.servers = &turn;
  scene.settings.n_servers = 1;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  stop ();
  begin = g_get_monotonic_time ();
  scene_expect_both (&scene, "a failed", "b failed");
  seconds = (g_get_monotonic_time () - begin) / (gdouble) G_USEC_PER_SEC;
  g_test_message ("noticed after %.1f s", seconds);
  g_assert_cmpfloat (seconds, <, PATIENCE);
  start ();
  new.scene = &scene;
  new.turn = a_server (RTC_SERVER_TURN_TCP, "127.0.0.1");
  gst_voice_io_post (set_servers_on_io, &new, NULL);
  scene_expect (&scene, "set");
  scene_restart (&scene, 1);
  scene_expect_both (&scene, "a connected", "b connected");
  expect_relayed (&scene);
  scene_check_media (&scene);
  scene_clear (&scene);
}

static void
vanish_on_io (gpointer data)
{
  Side *side = data;

  g_clear_pointer (&side->connection, rtc_connection_free);
}

/* Without a goodbye. */
static void
vanished (gconstpointer only)
{
  gint64 begin;
  Scene scene;

  scene_init (&scene);
  scene.only = only;
  scene.settings.tcp = TRUE;
  scene_start (&scene);
  scene_expect_both (&scene, "a connected", "b connected");
  gst_voice_io_post (vanish_on_io, &scene.side[1], NULL);
  begin = g_get_monotonic_time ();
  scene_expect (&scene, "a failed");
  g_test_message ("noticed after %.1f s",
      (g_get_monotonic_time () - begin) / (gdouble) G_USEC_PER_SEC);
  g_assert_cmpint (g_get_monotonic_time () - begin, <,
      PATIENCE * G_USEC_PER_SEC);
  scene_clear (&scene);
}

static void
set_up (void)
{
  server.folder = g_dir_make_tmp ("turn-XXXXXX", NULL);
  server.log = g_build_filename (server.folder, "log", NULL);
  make_certificate ();
  g_setenv ("GST_VOICE_CA_FILE", server.certificate, TRUE);
  start ();
}

static void
clear (void)
{
  static const gchar *const files[] = { "certificate.pem", "key.pem", "log",
    "db", "pid"
  };

  stop ();
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    gchar *path = g_build_filename (server.folder, files[i], NULL);

    g_remove (path);
    g_free (path);
  }
  g_assert_cmpint (g_rmdir (server.folder), ==, 0);
  g_free (server.folder);
  g_free (server.certificate);
  g_free (server.log);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

static void
add_kinds (const gchar * prefix, GTestDataFunc func)
{
  static const gchar *const names[] = { "stun", "udp", "tcp", "tls" };

  for (guint i = RTC_SERVER_TURN_UDP; i <= RTC_SERVER_TURN_TLS; i++) {
    gchar *path = g_strconcat ("/turn/", prefix, names[i], NULL);

    g_test_add_data_func (path, GUINT_TO_POINTER (i), func);
    g_free (path);
  }
}

static void
add_tests (void)
{
  add_kinds ("relayed-by-", by_kind);
  g_test_add_func ("/turn/server-by-name", by_name);
  g_test_add_data_func ("/turn/from-all-addresses-by-tcp",
      GUINT_TO_POINTER (RTC_SERVER_TURN_TCP), from_all_addresses);
  g_test_add_data_func ("/turn/from-all-addresses-by-tls",
      GUINT_TO_POINTER (RTC_SERVER_TURN_TLS), from_all_addresses);
  g_test_add_func ("/turn/from-ipv6-by-tls", from_ipv6);
  g_test_add_data_func ("/turn/slow-name", NULL, by_slow_name);
  g_test_add_data_func ("/turn/slow-name-relay-only", "only", by_slow_name);
  add_kinds ("freed-early-", freed_early);
  add_kinds ("wrong-password-by-", wrong_password);
  add_kinds ("nobody-there-by-", nobody_there);
  g_test_add_func ("/turn/wrong-host", wrong_host);
  g_test_add_func ("/turn/unknown-authority", unknown_authority);
  g_test_add_func ("/turn/several-servers", several_servers);
  g_test_add_func ("/turn/lost-and-found", lost_and_found);
  g_test_add_data_func ("/turn/vanished-by-udp", "UDP", vanished);
  g_test_add_data_func ("/turn/vanished-by-tcp", "TCP", vanished);
}

int
main (int argc, char **argv)
{
  gchar *path = g_find_program_in_path ("turnserver");
  gchar *openssl = g_find_program_in_path ("openssl");
  int rc;

  g_test_init (&argc, &argv, NULL);
  if (path && openssl) {
    set_up ();
    add_tests ();
  } else {
    g_test_add_data_func ("/turn", "there is no turnserver (Debian: coturn) "
        "or no openssl", skip);
  }
  rc = g_test_run ();
  if (server.process)
    clear ();
  g_free (path);
  g_free (openssl);
  return rc;
}
