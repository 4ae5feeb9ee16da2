/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What may befall a call in a room of a real livekit-server: telephones that
 * ring, microphones that the server mutes, several callers, methods that are
 * called, a connection that is cut, TLS and ports. Without a server it is
 * skipped.
 */
#include "livekit-server.h"
#include "livekit-sides.h"

#include <glib/gstdio.h>
#include <jwt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_ALL 240        /* seconds */

static LivekitServer server;

static GstElement *
element (Side * side, const gchar * name)
{
  GstElement *found = gst_bin_get_by_name (GST_BIN (side->pipeline), name);

  gst_object_unref (found);
  return found;
}

static void
expect_message (Side * side, const gchar * name, const gchar * field,
    const gchar * value)
{
  gst_structure_free (side_await_message (side, name, field, value));
}

/* --- telephones ------------------------------------------------------- */

static void
ring (Side * agent, Caller * caller)
{
  GstStructure *s;
  gboolean listened = FALSE;

  sides_new_room ();
  caller_come (caller, "phone", "sip");
  caller_order (caller, "status ringing\n");
  caller_await (caller, "phone is ringing\n");
  side_begin (agent, "agent", "agent", 440, 700, "");
  expect_message (agent, "voice/participant", "change", "joined");
  caller_await (caller, "track roomio_audio of agent\n");
  while (!listened) {
    g_usleep (10000);
    g_object_get (element (agent, "sink"), "stats", &s, NULL);
    listened = gst_voice_structure_boolean (s, "listened");
    g_assert_false (gst_voice_structure_boolean (s, "open"));
    gst_structure_free (s);
  }
}

/* It is heard from the answer on, and gone when it has hung up. */
static void
answered (void)
{
  GstStructure *s;
  Caller caller;
  Side agent;

  ring (&agent, &caller);
  caller_order (&caller, "status active\n");
  side_await_open (&agent, TRUE);
  s = side_await_message (&agent, "voice/participant", "change", "changed");
  g_assert_nonnull (strstr (gst_voice_structure_string (s, "attributes"),
          "\"sip.callStatus\":\"active\""));
  gst_structure_free (s);
  caller_order (&caller, "status hangup\n");
  expect_message (&agent, "voice/disconnected", "reason", "client-initiated");
  side_await_eos (&agent);
  caller_go (&caller);
  side_end (&agent);
}

/* Nobody takes the call: why is told. */
static void
declined (void)
{
  Caller caller;
  Side agent;

  ring (&agent, &caller);
  caller_order (&caller, "status hangup\n");
  caller_order (&caller, "leave 12\n");
  expect_message (&agent, "voice/participant", "reason", "user-rejected");
  expect_message (&agent, "voice/disconnected", "reason", "user-rejected");
  side_await_eos (&agent);
  caller_go (&caller);
  side_end (&agent);
}

/* --- the server's API ------------------------------------------------- */

static gchar *
ask_server (const gchar * method, const gchar * json)
{
  gchar *room = sides_room (), *token, *header, *url, *answer;
  LivekitGrants grants = {.room = room,.room_admin = TRUE };
  GSubprocess *curl;
  GError *error = NULL;

  token = livekit_jwt_make (LIVEKIT_SERVER_KEY, LIVEKIT_SERVER_SECRET, &grants,
      g_get_real_time () / G_USEC_PER_SEC, 600, NULL);
  header = g_strconcat ("Authorization: Bearer ", token, NULL);
  url = g_strconcat (server.url, "/twirp/livekit.RoomService/", method, NULL);
  curl = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "curl",
      "-sS", "--fail-with-body", "--max-time", "20", "-H", header, "-H",
      "Content-Type: application/json", "-d", json, url, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (curl, NULL, NULL, &answer, NULL, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_successful (curl))
    g_error ("%s: %s", method, answer);
  g_object_unref (curl);
  g_free (url);
  g_free (header);
  g_free (token);
  g_free (room);
  return answer;
}

static void
mute (const gchar * identity, gboolean muted)
{
  gchar *room = sides_room ();
  gchar *json = g_strdup_printf ("{\"room\": \"%s\", \"identity\": \"%s\"}",
      room, identity);
  gchar *participant = ask_server ("GetParticipant", json);
  gchar *track = strstr (participant, "TR_");

  g_assert_nonnull (track);
  track[strcspn (track, "\"")] = '\0';
  g_free (json);
  json = g_strdup_printf ("{\"room\": \"%s\", \"identity\": \"%s\", "
      "\"track_sid\": \"%s\", \"muted\": %s}", room, identity, track,
      muted ? "true" : "false");
  g_free (ask_server ("MutePublishedTrack", json));
  g_free (json);
  g_free (participant);
  g_free (room);
}

/* Both sides are ours: one obeys, the other hears silence; and the call goes
 * on. */
static void
muted (void)
{
  Side agent, caller;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  side_await_tone (&agent);
  side_await_open (&caller, TRUE);
  mute ("caller", TRUE);
  side_await_silence (&agent);
  side_await_open (&caller, FALSE);
  side_await_tone (&caller);
  mute ("caller", FALSE);
  side_await_tone (&agent);
  side_await_open (&caller, TRUE);
  side_end (&caller);
  side_end (&agent);
}

/* --- several callers -------------------------------------------------- */

/* The first is heard, and the other when that one has left. */
static void
one_of_two (void)
{
  Side agent, anna, bert;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  side_begin (&anna, "anna", NULL, 700, 440, "kinds=agent");
  side_await_tone (&agent);
  side_begin (&bert, "bert", NULL, 700, 1000, "kinds=agent");
  side_await_tone (&bert);
  side_await_open (&bert, TRUE);
  side_await_tone (&agent);
  side_end (&anna);
  expect_message (&agent, "voice/participant", "change", "left");
  expect_message (&agent, "voice/participant", "identity", "bert");
  side_listen_for (&agent, 1000, 0.8);
  side_await_tone (&agent);
  side_end (&bert);
  side_await_eos (&agent);
  side_end (&agent);
}

/* Each 10 s, by both elements. */
static void
expect_network (Side * agent)
{
  gboolean sent = FALSE, received = FALSE;

  while (!sent || !received) {
    GstStructure *s = side_await_message (agent, "voice/network", NULL, NULL);

    if (gst_structure_has_field (s, "sent"))
      sent = gst_voice_structure_uint (s, "sent") > 100;
    else
      received = gst_voice_structure_uint (s, "received") > 100;
    gst_structure_free (s);
  }
}

static void
mixed (void)
{
  Side agent, anna, bert;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "mix=true");
  side_begin (&anna, "anna", NULL, 700, 440, "kinds=agent");
  side_begin (&bert, "bert", NULL, 700, 1000, "kinds=agent");
  side_await_open (&anna, TRUE);
  side_await_open (&bert, TRUE);
  side_listen_for (&agent, 440, 0.3);
  side_await_tone (&agent);
  side_listen_for (&agent, 1000, 0.3);
  side_await_tone (&agent);
  side_await_tone (&anna);
  side_await_tone (&bert);
  expect_network (&agent);
  side_end (&anna);
  side_await_tone (&agent);
  side_end (&bert);
  side_await_eos (&agent);
  side_end (&agent);
}

/* --- calls of methods ------------------------------------------------- */

static gchar *
on_rpc (GstElement * src, const gchar * identity, const gchar * method,
    const gchar * payload, gpointer unused)
{
  g_assert_cmpstr (identity, ==, "caller");
  return strcmp (method, "greet") == 0 ? g_strconcat ("got ", payload, NULL) :
      NULL;
}

static void
expect_answer (Side * agent, const gchar * method, guint code,
    const gchar * payload)
{
  GstStructure *s;
  guint id;

  g_signal_emit_by_name (element (agent, "src"), "call-rpc", NULL, method,
      "from us", 0, &id);
  g_assert_cmpuint (id, >, 0);
  s = side_await_message (agent, "voice/rpc", "method", method);
  g_assert_cmpuint (gst_voice_structure_uint (s, "id"), ==, id);
  g_assert_cmpuint (gst_voice_structure_uint (s, "code"), ==, code);
  g_assert_cmpstr (gst_voice_structure_string (s, "payload"), ==, payload);
  g_assert_cmpstr (gst_voice_structure_string (s, "identity"), ==, "caller");
  gst_structure_free (s);
}

static void
methods (void)
{
  Caller caller;
  Side agent;

  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, "");
  caller_come (&caller, "caller", NULL);
  caller_await (&caller, "track roomio_audio of agent\n");
  expect_message (&agent, "voice/participant", "change", "joined");
  caller_order (&caller, "call greet\n");
  caller_await (&caller, "answer '' 1400\n");
  g_signal_connect (element (&agent, "src"), "rpc", G_CALLBACK (on_rpc), NULL);
  caller_order (&caller, "call greet\n");
  caller_await (&caller, "answer 'got payload' 0\n");
  caller_order (&caller, "call dance\n");
  caller_await (&caller, "answer '' 1400\n");
  expect_answer (&agent, "echo", 0, "from us");
  expect_answer (&agent, "dance", 1400, "");
  caller_go (&caller);
  side_await_eos (&agent);
  side_end (&agent);
}

/* --- the signalling through a proxy ----------------------------------- */

typedef struct
{
  GSocketListener *listener;
  GCancellable *over;
  GTlsCertificate *certificate; /* (nullable) */
  GThread *thread;

  /* lock */
  GMutex lock;
  GCond cond;
  GPtrArray *sockets;           /* that are open */
} Proxy;

typedef struct
{
  Proxy *proxy;
  GSocketConnection *connection;
  GIOStream *here, *there;
} Line;

static void
splice (GIOStream * to, GIOStream * from)
{
  g_output_stream_splice (g_io_stream_get_output_stream (to),
      g_io_stream_get_input_stream (from), G_OUTPUT_STREAM_SPLICE_NONE, NULL,
      NULL);
}

static void
shut (GIOStream * connection)
{
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION
          (connection)), TRUE, TRUE, NULL);
}

static gpointer
copy_back (gpointer data)
{
  Line *line = data;

  splice (line->here, line->there);
  shut (G_IO_STREAM (line->connection));
  return NULL;
}

static gpointer
serve (gpointer data)
{
  Line *line = data;
  Proxy *proxy = line->proxy;
  GThread *back = g_thread_new ("back", copy_back, line);

  splice (line->there, line->here);
  shut (line->there);
  g_thread_join (back);
  g_mutex_lock (&proxy->lock);
  g_ptr_array_remove (proxy->sockets, line->connection);
  g_object_unref (line->here);
  g_object_unref (line->there);
  g_object_unref (line->connection);
  g_cond_signal (&proxy->cond);
  g_mutex_unlock (&proxy->lock);
  g_free (line);
  return NULL;
}

static void
take (Proxy * proxy, GSocketConnection * connection)
{
  GSocketClient *client = g_socket_client_new ();
  Line *line = g_new0 (Line, 1);

  line->proxy = proxy;
  line->connection = connection;
  line->there = G_IO_STREAM (g_socket_client_connect_to_host (client,
          "127.0.0.1", server.port, NULL, NULL));
  g_assert_nonnull (line->there);
  line->here = proxy->certificate ?
      g_tls_server_connection_new (G_IO_STREAM (connection),
      proxy->certificate, NULL) : g_object_ref (G_IO_STREAM (connection));
  g_mutex_lock (&proxy->lock);
  g_ptr_array_add (proxy->sockets, connection);
  g_mutex_unlock (&proxy->lock);
  g_thread_unref (g_thread_new ("line", serve, line));
  g_object_unref (client);
}

static gpointer
take_all (gpointer data)
{
  Proxy *proxy = data;
  GSocketConnection *connection;

  while ((connection = g_socket_listener_accept (proxy->listener, NULL,
              proxy->over, NULL)))
    take (proxy, connection);
  return NULL;
}

static void
begin_proxy (Proxy * proxy, GTlsCertificate * certificate)
{
  guint16 port;
  gchar *url;

  memset (proxy, 0, sizeof *proxy);
  g_mutex_init (&proxy->lock);
  g_cond_init (&proxy->cond);
  proxy->sockets = g_ptr_array_new ();
  proxy->certificate = certificate;
  proxy->over = g_cancellable_new ();
  proxy->listener = g_socket_listener_new ();
  port = g_socket_listener_add_any_inet_port (proxy->listener, NULL, NULL);
  proxy->thread = g_thread_new ("proxy", take_all, proxy);
  url = g_strdup_printf ("%s://localhost:%u", certificate ? "https" : "http",
      port);
  sides_set_server (url);
  g_free (url);
}

static void
cut (Proxy * proxy)
{
  g_mutex_lock (&proxy->lock);
  g_assert_cmpuint (proxy->sockets->len, >, 0);
  for (guint i = 0; i < proxy->sockets->len; i++)
    shut (proxy->sockets->pdata[i]);
  g_mutex_unlock (&proxy->lock);
}

static void
end_proxy (Proxy * proxy)
{
  sides_set_server (server.url);
  g_cancellable_cancel (proxy->over);
  g_thread_join (proxy->thread);
  g_mutex_lock (&proxy->lock);
  while (proxy->sockets->len > 0)
    g_cond_wait (&proxy->cond, &proxy->lock);
  g_mutex_unlock (&proxy->lock);
  g_object_unref (proxy->listener);
  g_object_unref (proxy->over);
  g_ptr_array_unref (proxy->sockets);
  g_mutex_clear (&proxy->lock);
  g_cond_clear (&proxy->cond);
}

/* What is said goes on while the signalling is found again. */
static void
cut_off (void)
{
  Side agent, caller;
  Proxy proxy;

  sides_new_room ();
  side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  begin_proxy (&proxy, NULL);
  side_begin (&agent, "agent", "agent", 440, 700, "");
  side_await_tone (&agent);
  side_await_tone (&caller);
  g_mutex_lock (&agent.lock);
  agent.longest = 0;
  g_mutex_unlock (&agent.lock);
  cut (&proxy);
  expect_message (&agent, "voice/room", "state", "reconnecting");
  expect_message (&agent, "voice/room", "state", "reconnected");
  side_await_tone (&agent);
  side_await_tone (&caller);
  g_test_message ("%u frames were missing in a row", agent.longest);
  g_assert_cmpuint (agent.longest, <, 10);
  side_await_open (&agent, TRUE);
  side_end (&caller);
  side_await_eos (&agent);
  side_end (&agent);
  end_proxy (&proxy);
}

/* --- TLS and ports ---------------------------------------------------- */

static void
run (const gchar * folder, const gchar * const *argv)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  GSubprocess *process;

  g_subprocess_launcher_set_cwd (launcher, folder);
  process = g_subprocess_launcher_spawnv (launcher, argv, NULL);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
  g_object_unref (process);
  g_object_unref (launcher);
}

/* The authority of the test counts if it is named, and only then. */
static void
authority (void)
{
  static const gchar *const argv[] = { "openssl", "req", "-x509", "-newkey",
    "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
    "-keyout", "key.pem", "-out", "certificate.pem", NULL
  };
  gchar *folder = g_dir_make_tmp ("livekit-XXXXXX", NULL);
  gchar *key = g_build_filename (folder, "key.pem", NULL);
  gchar *file = g_build_filename (folder, "certificate.pem", NULL);
  gchar *more = g_strconcat ("ca-file=", file, NULL);
  GTlsCertificate *certificate;
  GstMessage *message;
  Side agent, caller;
  Proxy proxy;

  run (folder, argv);
  certificate = g_tls_certificate_new_from_files (file, key, NULL);
  g_assert_nonnull (certificate);
  sides_new_room ();
  side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  begin_proxy (&proxy, certificate);
  side_begin (&agent, "agent", "agent", 440, 700, "");
  message = gst_bus_timed_pop_filtered (agent.bus, 30 * GST_SECOND,
      GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_unref (message);
  side_end (&agent);
  side_begin (&agent, "agent", "agent", 440, 700, more);
  side_await_tone (&agent);
  side_await_tone (&caller);
  side_end (&agent);
  side_end (&caller);
  end_proxy (&proxy);
  g_object_unref (certificate);
  g_unlink (file);
  g_unlink (key);
  g_rmdir (folder);
  g_free (more);
  g_free (file);
  g_free (key);
  g_free (folder);
}

/* UDP sockets of this machine in a range of ports. */
static guint
count_sockets (guint from, guint to)
{
  guint n = 0, port;
  gchar *text, **lines;

  g_assert_true (g_file_get_contents ("/proc/net/udp", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (gchar ** line = lines; *line; line++) {
    if (sscanf (*line, " %*u: %*x:%x", &port) == 1)
      n += port >= from && port <= to;
  }
  g_strfreev (lines);
  g_free (text);
  return n;
}

static void
ports (void)
{
  guint from = g_random_int_range (20000, 30000), to = from + 7;
  gchar *more = g_strdup_printf ("min-port=%u max-port=%u", from, to);
  Side agent, caller;

  if (count_sockets (from, to) > 0) {
    g_test_skip ("somebody else has the ports");
    g_free (more);
    return;
  }
  sides_new_room ();
  side_begin (&agent, "agent", "agent", 440, 700, more);
  side_begin (&caller, "caller", NULL, 700, 440, "kinds=agent");
  side_await_tone (&agent);
  side_await_tone (&caller);
  g_assert_cmpuint (count_sockets (from, to), >, 0);
  side_end (&caller);
  side_end (&agent);
  g_assert_cmpuint (count_sockets (from, to), ==, 0);
  g_free (more);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

static void
add_tests (void)
{
  g_test_add_func ("/livekit-conditions/answered", answered);
  g_test_add_func ("/livekit-conditions/declined", declined);
  g_test_add_func ("/livekit-conditions/muted", muted);
  g_test_add_func ("/livekit-conditions/one-of-two", one_of_two);
  g_test_add_func ("/livekit-conditions/mixed", mixed);
  g_test_add_func ("/livekit-conditions/methods", methods);
  g_test_add_func ("/livekit-conditions/cut-off", cut_off);
  g_test_add_func ("/livekit-conditions/authority", authority);
  g_test_add_func ("/livekit-conditions/ports", ports);
}

int
main (int argc, char **argv)
{
  gchar *path;
  int rc;

  if (argc == 4 && strcmp (argv[1], "--caller") == 0)
    return caller_main (argv[2], argv[3]);
  alarm (PATIENCE_ALL);
  path = livekit_server_find ();
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  if (!path) {
    g_test_add_data_func ("/livekit-conditions", LIVEKIT_SERVER_MISSING, skip);
  } else if (livekit_server_start (&server, path,
          "room:\n  enable_remote_unmute: true\n")) {
    sides_set_server (server.url);
    add_tests ();
  } else {
    g_error ("%s does not start", path);
  }
  rc = g_test_run ();
  livekit_server_stop (&server);
  sides_set_server (NULL);
  g_free (path);
  gst_deinit ();
  return rc;
}
