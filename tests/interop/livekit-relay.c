/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two pipelines in a room of a real livekit-server that names a TURN server, a
 * coturn: with `relay=true` all media goes through it, by UDP, TCP and TLS, and
 * from an address that is not its own. Without either server it is skipped.
 */
#include "livekit-server.h"
#include "livekit-sides.h"
#include "turn-server.h"

#include <gst-voice/tls.h>
#include <interfaces.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 20             /* seconds */
#define PATIENCE_ALL 200        /* seconds */
#define LEAST 250               /* packets: more than ICE and DTLS need */

static gchar *program;
static TurnServer turn;

/* A TURN server lets in only whom we have named, so the server must send from
 * the address that it tells of. With more than one it tells of 127.0.0.1 for
 * all of them (`node_ip`), and has one of them behind it, in each run another:
 * it is kept to 127.0.0.1. */
static void
start_server (LivekitServer * server, const gchar * protocol)
{
  gboolean tls = strcmp (protocol, "tls") == 0;
  gchar *config = g_strdup_printf ("  ips:\n    includes: [127.0.0.1/32]\n"
      "  turn_servers:\n  - host: %s\n"
      "    port: %u\n    protocol: %s\n    username: " TURN_SERVER_USER
      "\n    credential: " TURN_SERVER_PASSWORD "\n",
      tls ? "localhost" : "127.0.0.1", tls ? turn.tls_port : turn.port,
      protocol);

  if (!livekit_server_start (server, program, config))
    g_error ("%s does not start", program);
  sides_set_server (server->url);
  g_free (config);
}

/* Its log says so of each relay when it is given back. */
static void
check_relayed (void)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * G_USEC_PER_SEC;

  turn_server_check_given_back (&turn);
  while (turn_server_count_relayed (&turn) < LEAST) {
    g_assert_cmpint (g_get_monotonic_time (), <, until);
    g_usleep (20000);
  }
  g_test_message ("%u packets relayed", turn_server_count_relayed (&turn));
}

static void
call (const gchar * protocol, const gchar * more)
{
  LivekitServer server = { 0 };
  gchar *of_caller = g_strconcat (more, " kinds=agent", NULL);
  Side agent, caller;

  turn_server_forget_log (&turn);
  start_server (&server, protocol);
  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, more);
  side_begin (&caller, "caller", NULL, 700, 440, of_caller);
  side_await_tone (&agent);
  side_await_tone (&caller);
  side_end (&caller);
  side_end (&agent);
  check_relayed ();
  sides_set_server (NULL);
  livekit_server_stop (&server);
  g_free (of_caller);
}

static void
relayed (gconstpointer protocol)
{
  call (protocol, "relay=true");
}

/* The server's media are out of reach from there, only the relays are not. */
static void
from_elsewhere (gconstpointer protocol)
{
  GList *addresses = nice_interfaces_get_local_ips (FALSE);
  gchar *more;

  if (addresses && !strchr (addresses->data, ':')) {
    more = g_strdup_printf ("relay=true local-address=%s",
        (gchar *) addresses->data);
    call (protocol, more);
    g_free (more);
  } else {
    g_test_skip ("there is no IPv4 address but that of loopback");
  }
  g_list_free_full (addresses, g_free);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

static void
add_tests (void)
{
  static const gchar *const protocols[] = { "udp", "tcp", "tls" };

  for (guint i = 0; i < G_N_ELEMENTS (protocols); i++) {
    gchar *path = g_strconcat ("/livekit-relay/", protocols[i], NULL);
    gchar *elsewhere = g_strconcat (path, "-from-elsewhere", NULL);

    g_test_add_data_func (path, protocols[i], relayed);
    g_test_add_data_func (elsewhere, protocols[i], from_elsewhere);
    g_free (elsewhere);
    g_free (path);
  }
}

int
main (int argc, char **argv)
{
  const gchar *missing = turn_server_find_missing ();
  int rc;

  alarm (PATIENCE_ALL);
  program = livekit_server_find ();
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (!program || missing) {
    g_test_add_data_func ("/livekit-relay", program ? missing :
        LIVEKIT_SERVER_MISSING, skip);
  } else {
    turn_server_set_up (&turn);
    /* As the command does: not once more for each connection. */
    g_assert_true (gst_voice_tls_share_database (NULL));
    /* The server waits 2 s for a better path than a relay's, until when DTX
     * takes the tone for noise. */
    sides_set_sinks ("relay=true dtx=false");
    add_tests ();
  }
  rc = g_test_run ();
  if (turn.process)
    turn_server_clear (&turn);
  g_free (program);
  gst_deinit ();
  return rc;
}
