/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A real TURN server, coturn: two connections of ours through forced relays by
 * UDP, TCP and TLS, what is refused, relays given back, and a path that is
 * lost and found again. Without turnserver or openssl it is skipped.
 */
#include "rtc-scene.h"
#include "turn-server.h"

#include <gst-voice/io.h>
#include <interfaces.h>
#include <string.h>

#define PATIENCE 20             /* seconds */

static TurnServer server;

static RtcServer
a_server (RtcServerKind kind, const gchar * host)
{
  return (RtcServer) {
  .kind = kind,.host = host,.port = kind == RTC_SERVER_TURN_TLS ?
        server.tls_port : server.port,.user = TURN_SERVER_USER,.password =
        TURN_SERVER_PASSWORD};
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
relayed_from (const RtcServer * turn, const gchar * address)
{
  Scene scene;

  scene_init (&scene);
  scene.settings.local_address = address;
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
relayed (const RtcServer * turn)
{
  relayed_from (turn, "127.0.0.1");
}

static void
by_kind (gconstpointer kind)
{
  gboolean tls = GPOINTER_TO_UINT (kind) == RTC_SERVER_TURN_TLS;
  RtcServer turn = a_server (GPOINTER_TO_UINT (kind), tls ? "localhost" :
      "127.0.0.1");

  turn_server_forget_log (&server);
  relayed (&turn);
  turn_server_check_given_back (&server);
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

/* The relay is of IPv4 all the same. */
static void
by_ipv6 (void)
{
  RtcServer turn = a_server (RTC_SERVER_TURN_UDP, "::1");

  if (has_ipv6 ())
    relayed_from (&turn, NULL);
  else
    g_test_skip ("there is no ::1");
}

/* From whichever address a candidate has, to the bridge and the server: also
 * relays that nobody has a use for are given back, before the agent is. */
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

  turn.port = turn_server_free_port ();
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
  turn_server_stop (&server);
  begin = g_get_monotonic_time ();
  scene_expect_both (&scene, "a failed", "b failed");
  seconds = (g_get_monotonic_time () - begin) / (gdouble) G_USEC_PER_SEC;
  g_test_message ("noticed after %.1f s", seconds);
  g_assert_cmpfloat (seconds, <, PATIENCE);
  turn_server_start (&server);
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
  g_test_add_func ("/turn/server-by-ipv6", by_ipv6);
  add_kinds ("from-all-addresses-by-", from_all_addresses);
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
  const gchar *missing = turn_server_find_missing ();
  int rc;

  g_test_init (&argc, &argv, NULL);
  if (missing) {
    g_test_add_data_func ("/turn", missing, skip);
  } else {
    turn_server_set_up (&server);
    add_tests ();
  }
  rc = g_test_run ();
  if (server.process)
    turn_server_clear (&server);
  return rc;
}
