/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A real livekit-server: our tokens, the room's and the worker's signalling
 * over libsoup's WebSocket; no media. GST_VOICE_LIVEKIT_SERVER names the
 * server, else it is looked for as livekit-server; without one it is skipped.
 */
#include <gio/gio.h>
#include <jwt.h>
#include <libsoup/soup.h>
#include <room-core.h>
#include <signal.h>
#include <signalling-url.h>
#include <string.h>
#include <sys/prctl.h>
#include <worker-core.h>

#define KEY "key"
#define SECRET "a secret of thirty-two characters"
#define PATIENCE 30             /* seconds, for all of a test */

typedef struct
{
  gchar *url;
  GSubprocess *process;
  SoupSession *session;
} Server;

typedef struct
{
  Server *server;
  RoomCore *room;
  WorkerCore *worker;
  SoupWebsocketConnection *socket;
  gchar *token;
  guint serial;
  gboolean joined, left, registered, ran;
} Client;

static Server server;

static gint64
now_ms (void)
{
  return g_get_monotonic_time () / 1000;
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

static guint
get (const gchar * url, const gchar * token, gchar ** body)
{
  SoupMessage *message = soup_message_new ("GET", url);
  gchar *bearer = g_strconcat ("Bearer ", token, NULL);
  GBytes *bytes;
  guint status;

  if (*token)
    soup_message_headers_replace (soup_message_get_request_headers (message),
        "Authorization", bearer);
  bytes = soup_session_send_and_read (server.session, message, NULL, NULL);
  status = bytes ? soup_message_get_status (message) : 0;
  if (body)
    *body = bytes ? g_strndup (g_bytes_get_data (bytes, NULL),
        g_bytes_get_size (bytes)) : NULL;
  g_clear_pointer (&bytes, g_bytes_unref);
  g_object_unref (message);
  g_free (bearer);
  return status;
}

/* Also when a test aborts. */
static void
end_with_us (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static gboolean
start (const gchar * path)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE
      | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  guint16 port = free_port ();
  gchar *config = g_strdup_printf ("port: %u\nbind_addresses: [127.0.0.1]\n"
      "rtc:\n  tcp_port: %u\n  udp_port: %u\n  node_ip: 127.0.0.1\n"
      "  enable_loopback_candidate: true\nkeys:\n  " KEY ": " SECRET "\n"
      "logging:\n  level: error\n", port, free_port (), free_port ());
  gint64 until = now_ms () + PATIENCE * 1000;

  server.url = g_strdup_printf ("http://127.0.0.1:%u", port);
  g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
  server.process = g_subprocess_launcher_spawn (launcher, NULL, path,
      "--config-body", config, NULL);
  g_object_unref (launcher);
  g_free (config);
  /* It listens when it listens. */
  while (server.process && now_ms () < until) {
    if (get (server.url, "", NULL) == 200)
      return TRUE;
    g_usleep (50000);
  }
  return FALSE;
}

static gchar *
make_token (const gchar * secret, const gchar * room, gint64 begin)
{
  LivekitGrants grants = {.identity = room ? "caller" : NULL,.room = room,
    .room_join = room != NULL,.agent = room == NULL
  };
  gchar *token = livekit_jwt_make (KEY, secret, &grants,
      g_get_real_time () / G_USEC_PER_SEC + begin, 600, NULL);

  g_assert_nonnull (token);
  return token;
}

static void obey (Client * client);

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    Client * client)
{
  GError *error = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  g_assert_cmpint (type, ==, SOUP_WEBSOCKET_DATA_BINARY);
  if (client->room) {
    RoomEvent event = {.type = ROOM_EVENT_SIGNAL,.serial = client->serial,
      .signal = livekit_signal_decode (data, size, &error)
    };

    g_assert_no_error (error);
    room_core_handle (client->room, &event, now_ms ());
  } else {
    WorkerEvent event = {.type = WORKER_EVENT_MESSAGE,
      .serial = client->serial,
      .message = livekit_worker_decode (data, size, &error)
    };

    g_assert_no_error (error);
    worker_core_handle (client->worker, &event, now_ms ());
  }
  obey (client);
}

static void
on_open (GObject * session, GAsyncResult * result, gpointer data)
{
  Client *client = data;
  RoomEvent opened = {.type = ROOM_EVENT_OPENED,.serial = client->serial };
  WorkerEvent ready = {.type = WORKER_EVENT_OPENED,.serial = client->serial };
  GError *error = NULL;

  client->socket = soup_session_websocket_connect_finish (SOUP_SESSION
      (session), result, &error);
  g_assert_no_error (error);
  soup_websocket_connection_set_max_incoming_payload_size (client->socket, 0);
  g_signal_connect (client->socket, "message", G_CALLBACK (on_message), client);
  if (client->room)
    room_core_handle (client->room, &opened, now_ms ());
  else
    worker_core_handle (client->worker, &ready, now_ms ());
  obey (client);
}

static void
open_socket (Client * client, guint serial)
{
  LivekitConnect connect = {.version = "0" };
  gchar *url = client->room ? livekit_signal_url (client->server->url,
      &connect, NULL) : livekit_worker_url (client->server->url, NULL);
  SoupMessage *message = soup_message_new ("GET", url);
  gchar *bearer = g_strconcat ("Bearer ", client->token, NULL);

  client->serial = serial;
  soup_message_headers_replace (soup_message_get_request_headers (message),
      "Authorization", bearer);
  soup_session_websocket_connect_async (client->server->session, message, NULL,
      NULL, G_PRIORITY_DEFAULT, NULL, on_open, client);
  g_object_unref (message);
  g_free (bearer);
  g_free (url);
}

static void
send_bytes (Client * client, GBytes * bytes)
{
  soup_websocket_connection_send_message (client->socket,
      SOUP_WEBSOCKET_DATA_BINARY, bytes);
}

static void
obey_room (Client * client)
{
  RoomAction *action;

  while ((action = room_core_pop (client->room))) {
    if (action->type == ROOM_ACTION_OPEN)
      open_socket (client, action->serial);
    else if (action->type == ROOM_ACTION_SEND)
      send_bytes (client, action->bytes);
    client->joined = client->joined || action->type == ROOM_ACTION_JOINED;
    client->left = client->left || action->type == ROOM_ACTION_LEFT;
    room_action_free (action);
  }
}

static void
obey_worker (Client * client)
{
  static const LivekitAcceptance acceptance = {.name = "Anna" };
  WorkerAction *action;

  while ((action = worker_core_pop (client->worker))) {
    WorkerEvent accept = {.type = WORKER_EVENT_ACCEPT,
      .acceptance = &acceptance
    };

    if (action->type == WORKER_ACTION_OPEN) {
      open_socket (client, action->serial);
    } else if (action->type == WORKER_ACTION_SEND) {
      send_bytes (client, action->bytes);
    } else if (action->type == WORKER_ACTION_OFFER) {
      accept.job = action->job->id;
      worker_core_handle (client->worker, &accept, now_ms ());
    } else if (action->type == WORKER_ACTION_RUN) {
      g_assert_cmpstr (action->job->room->name, ==, "room");
      /* The server's token for us is one of ours. */
      json_node_unref (livekit_jwt_read (action->token, SECRET,
              g_get_real_time () / G_USEC_PER_SEC, NULL));
      client->ran = TRUE;
    }
    client->registered |= action->type == WORKER_ACTION_REGISTERED;
    worker_action_free (action);
  }
}

static void
obey (Client * client)
{
  if (client->room)
    obey_room (client);
  else
    obey_worker (client);
}

static gboolean
give_up (gpointer data)
{
  g_error ("the server does not do what is awaited");
  return G_SOURCE_REMOVE;
}

static void
wait_for (const gboolean * flag)
{
  guint timeout = g_timeout_add_seconds (PATIENCE, give_up, NULL);

  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
}

static void
clear (Client * client)
{
  g_signal_handlers_disconnect_by_data (client->socket, client);
  soup_websocket_connection_close (client->socket, 1000, NULL);
  g_object_unref (client->socket);
  room_core_free (client->room);
  worker_core_free (client->worker);
  g_free (client->token);
}

/* A worker registers, somebody joins, the worker gets the job. */
static void
join_and_work (void)
{
  Client worker = {.server = &server,.token = make_token (SECRET, NULL, 0) };
  Client caller = {.server = &server,.token = make_token (SECRET, "room", 0) };
  WorkerConfig config = {.version = "0",.load_limit = 0.7 };
  WorkerEvent start_work = {.type = WORKER_EVENT_START };
  RoomEvent join = {.type = ROOM_EVENT_JOIN };
  RoomEvent leave = {.type = ROOM_EVENT_LEAVE,.reason =
        LIVEKIT_REASON_CLIENT_INITIATED
  };

  worker.worker = worker_core_new (&config);
  worker_core_handle (worker.worker, &start_work, now_ms ());
  obey (&worker);
  wait_for (&worker.registered);

  caller.room = room_core_new (caller.token, 1);
  room_core_handle (caller.room, &join, now_ms ());
  obey (&caller);
  wait_for (&caller.joined);
  g_assert_cmpstr (room_core_get_room (caller.room)->name, ==, "room");
  g_assert_cmpstr (room_core_get_self (caller.room)->identity, ==, "caller");
  wait_for (&worker.ran);

  room_core_handle (caller.room, &leave, now_ms ());
  obey (&caller);
  g_assert_true (caller.left);
  clear (&caller);
  clear (&worker);
}

static void
refused (const gchar * token, const gchar * part)
{
  LivekitConnect connect = { 0 };
  gchar *url = livekit_signal_url (server.url, &connect, NULL);
  gchar *validate = livekit_signal_validate_url (url), *body;
  guint status = get (validate, token, &body);
  GError *error = livekit_signal_refusal (status, body);

  g_test_message ("%s", error->message);
  g_assert_cmpuint (status, ==, 401);
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH);
  g_assert_nonnull (strstr (error->message, part));
  g_error_free (error);
  g_free (body);
  g_free (validate);
  g_free (url);
}

static void
refusals (void)
{
  gchar *other = make_token ("another secret", "room", 0);
  gchar *old = make_token (SECRET, "room", -3600);
  gchar *worker = make_token (SECRET, NULL, 0);

  refused (other, "another secret");
  refused (old, "expired");
  refused (worker, "roomJoin");
  refused ("nonsense", "damaged");
  g_free (other);
  g_free (old);
  g_free (worker);
}

static void
skip (gconstpointer reason)
{
  g_test_skip (reason);
}

int
main (int argc, char **argv)
{
  const gchar *named = g_getenv ("GST_VOICE_LIVEKIT_SERVER");
  gchar *path = g_find_program_in_path (named ? named : "livekit-server");
  int rc;

  g_test_init (&argc, &argv, NULL);
  server.session = soup_session_new ();
  if (!path) {
    g_test_add_data_func ("/livekit-signal", "there is no livekit-server: go "
        "install github.com/livekit/livekit-server/cmd/server@v1.13.5 makes "
        "one, to be named in GST_VOICE_LIVEKIT_SERVER", skip);
  } else if (!start (path)) {
    g_error ("%s does not start", path);
  } else {
    g_test_add_func ("/livekit-signal/join-and-work", join_and_work);
    g_test_add_func ("/livekit-signal/refusals", refusals);
  }
  rc = g_test_run ();
  if (server.process)
    g_subprocess_force_exit (server.process);
  g_clear_object (&server.process);
  g_object_unref (server.session);
  g_free (server.url);
  g_free (path);
  return rc;
}
