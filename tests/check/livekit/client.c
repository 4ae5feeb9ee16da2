/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The client against a stand-in of the server that speaks the signalling, and
 * in which nobody answers the media unless a test has it done: what is refused,
 * what is malformed, where it goes next and with which token, which candidates
 * it tells, when it may send, and who hears of it.
 */
#include <client-socket.h>
#include <client.h>
#include <gst/gst.h>
#include <gst-voice/error.h>
#include <gst-voice/io.h>
#include <jwt.h>
#include <libsoup/soup.h>
#include <livekit_rtc.pb-c.h>
#include <interfaces.h>
#include <proto.h>
#include <rtc-peer.h>
#include <string.h>

GST_VOICE_API const char *__lsan_default_suppressions (void);
GST_VOICE_API const char *__asan_default_options (void);

/* libsoup's server keeps the socket of each WebSocket, and the address that it
 * listens on. That these are its leaks is seen in whole stacks only. */
const char *
__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n";
}

const char *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

typedef struct
{
  /* main thread */
  SoupServer *server;
  gchar *url;
  gchar *ca_file;               /* (nullable): whom the client trusts */
  SoupWebsocketConnection *socket;
  guint opened;
  gchar *authorization, *query;
  gboolean refuse;              /* the socket, by 401 */
  guint validate;               /* status of the plain request, 0: none */
  const gchar *why;
  const gchar *version;
  guint offers, answers, leaves, tracks;
  const gchar *local_address;   /* of the client */
  gchar *offer;                 /* the last one */
  guint32 offer_id;
  GPtrArray *candidates;        /* `candidate:…`, of the publisher */

  /* lock */
  GMutex lock;
  gint joined, reconnecting, reconnected, left, destroyed, others;
  gint begun, ended;            /* sending */
  LivekitReason reason;
  gchar *error, *room;
  gint code;
} Scene;

static void
on_state (gpointer user, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  Scene *s = user;

  g_assert_true (gst_voice_io_is_owner ());
  g_mutex_lock (&s->lock);
  s->joined += state == LIVEKIT_CLIENT_JOINED;
  s->reconnecting += state == LIVEKIT_CLIENT_RECONNECTING;
  s->reconnected += state == LIVEKIT_CLIENT_RECONNECTED;
  if (state == LIVEKIT_CLIENT_LEFT) {
    s->left++;
    s->reason = reason;
    g_free (s->error);
    s->error = error ? g_strdup (error->message) : NULL;
    s->code = error ? error->code : -1;
  }
  g_mutex_unlock (&s->lock);
  g_main_context_wakeup (NULL);
}

static void
on_room (gpointer user, const LivekitRoom * room,
    const LivekitParticipant * self)
{
  Scene *s = user;

  g_assert_cmpstr (self->identity, ==, "anna");
  g_mutex_lock (&s->lock);
  g_free (s->room);
  s->room = g_strdup (room->name);
  g_mutex_unlock (&s->lock);
}

static void
on_participant (gpointer user, const LivekitParticipant * participant,
    LivekitChange change)
{
  Scene *s = user;

  g_mutex_lock (&s->lock);
  s->others += change == LIVEKIT_ADDED;
  g_mutex_unlock (&s->lock);
  g_main_context_wakeup (NULL);
}

static void
on_sending (gpointer user, gboolean sending)
{
  Scene *s = user;

  g_assert_true (gst_voice_io_is_owner ());
  g_mutex_lock (&s->lock);
  s->begun += sending;
  s->ended += !sending;
  g_mutex_unlock (&s->lock);
  g_main_context_wakeup (NULL);
}

static const LivekitListener listener = {
  .state = on_state,
  .sending = on_sending,
  .room = on_room,
  .participant = on_participant,
};

static void
on_destroy (gpointer user)
{
  g_atomic_int_inc (&((Scene *) user)->destroyed);
  g_main_context_wakeup (NULL);
}

/* The test's own limit of time ends what does not come. */
static void
wait_for (Scene * s, const gint * count, gint least)
{
  for (;;) {
    gint now;

    g_mutex_lock (&s->lock);
    now = *count;
    g_mutex_unlock (&s->lock);
    if (now >= least)
      return;
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
wait_for_server (const guint * count, guint least)
{
  while (*count < least)
    g_main_context_iteration (NULL, TRUE);
}

static void
say (Scene * s, Livekit__SignalResponse__MessageCase which, gpointer content)
{
  Livekit__SignalResponse response;
  GBytes *bytes;

  livekit__signal_response__init (&response);
  response.message_case = which;
  response.join = content;
  bytes = livekit_proto_encode (&response);
  soup_websocket_connection_send_message (s->socket,
      SOUP_WEBSOCKET_DATA_BINARY, bytes);
  g_bytes_unref (bytes);
}

static void
say_join (Scene * s)
{
  Livekit__JoinResponse join;
  Livekit__Room room;
  Livekit__ParticipantInfo self, other, *others[] = { &other };

  livekit__join_response__init (&join);
  livekit__room__init (&room);
  livekit__participant_info__init (&self);
  livekit__participant_info__init (&other);
  room.name = (char *) "room";
  self.sid = (char *) "PA_1";
  self.identity = (char *) "anna";
  other.sid = (char *) "PA_2";
  other.identity = (char *) "bert";
  join.room = &room;
  join.participant = &self;
  join.other_participants = others;
  join.n_other_participants = 1;
  join.server_version = (char *) s->version;
  join.subscriber_primary = TRUE;
  join.fast_publish = TRUE;
  join.ping_interval = 5;
  join.ping_timeout = 15;
  say (s, LIVEKIT__SIGNAL_RESPONSE__MESSAGE_JOIN, &join);
}

static void
say_leave (Scene * s, Livekit__LeaveRequest__Action action,
    Livekit__DisconnectReason reason, const gchar * url)
{
  Livekit__LeaveRequest leave;
  Livekit__RegionSettings regions;
  Livekit__RegionInfo region, *list[] = { &region };

  livekit__leave_request__init (&leave);
  livekit__region_settings__init (&regions);
  livekit__region_info__init (&region);
  leave.action = action;
  leave.reason = reason;
  region.url = (char *) url;
  regions.regions = list;
  regions.n_regions = 1;
  leave.regions = url ? &regions : NULL;
  say (s, LIVEKIT__SIGNAL_RESPONSE__MESSAGE_LEAVE, &leave);
}

static void
say_nonsense (Scene * s)
{
  GBytes *bytes = g_bytes_new_static ("\x0a\xff\xff", 3);

  soup_websocket_connection_send_message (s->socket,
      SOUP_WEBSOCKET_DATA_BINARY, bytes);
  g_bytes_unref (bytes);
}

static void
take_offer (Scene * s, const Livekit__SessionDescription * offer)
{
  s->offers++;
  g_free (s->offer);
  s->offer = g_strdup (offer->sdp);
  s->offer_id = offer->id;
}

/* Out of its JSON. */
static void
take_candidate (Scene * s, const Livekit__TrickleRequest * trickle)
{
  const gchar *text = strstr (trickle->candidateinit, "candidate:");

  g_assert_nonnull (text);
  if (trickle->target == LIVEKIT__SIGNAL_TARGET__PUBLISHER)
    g_ptr_array_add (s->candidates, g_strndup (text, strcspn (text, "\"")));
}

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    Scene * s)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  Livekit__SignalRequest *request =
      livekit_proto_decode (&livekit__signal_request__descriptor, data, size,
      size, NULL);

  g_assert_nonnull (request);
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_OFFER)
    take_offer (s, request->offer);
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_TRICKLE)
    take_candidate (s, request->trickle);
  s->tracks += request->message_case ==
      LIVEKIT__SIGNAL_REQUEST__MESSAGE_ADD_TRACK;
  s->leaves += request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_LEAVE;
  livekit_proto_free (request);
}

static void
on_socket (SoupServer * server, SoupServerMessage * message,
    const char *path, SoupWebsocketConnection * socket, gpointer user)
{
  Scene *s = user;

  g_clear_object (&s->socket);
  s->socket = g_object_ref (socket);
  s->opened++;
  g_free (s->authorization);
  s->authorization = g_strdup (soup_message_headers_get_one
      (soup_server_message_get_request_headers (message), "Authorization"));
  g_free (s->query);
  s->query = g_strdup (g_uri_get_query (soup_server_message_get_uri (message)));
  g_signal_connect (socket, "message", G_CALLBACK (on_message), s);
}

static void
on_early (SoupServer * server, SoupServerMessage * message, const char *path,
    GHashTable * query, gpointer user)
{
  Scene *s = user;

  if (s->refuse)
    soup_server_message_set_status (message, 401, NULL);
}

static void
on_validate (SoupServer * server, SoupServerMessage * message,
    const char *path, GHashTable * query, gpointer user)
{
  Scene *s = user;

  soup_server_message_set_status (message, s->validate, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY,
      s->why, strlen (s->why));
}

/* @pem: (nullable): a key and a certificate, for TLS */
static void
set_up_with (Scene * s, const gchar * pem)
{
  GTlsCertificate *certificate = pem ? g_tls_certificate_new_from_file (pem,
      NULL) : NULL;
  GSList *uris;

  memset (s, 0, sizeof *s);
  g_mutex_init (&s->lock);
  s->version = "1.13.5";
  s->local_address = "127.0.0.1";
  s->candidates = g_ptr_array_new_with_free_func (g_free);
  s->validate = 200;
  s->why = "success";
  s->server = soup_server_new ("tls-certificate", certificate, NULL);
  g_clear_object (&certificate);
  soup_server_add_early_handler (s->server, "/rtc", on_early, s, NULL);
  soup_server_add_handler (s->server, "/rtc/validate", on_validate, s, NULL);
  soup_server_add_websocket_handler (s->server, "/rtc", NULL, NULL, on_socket,
      s, NULL);
  g_assert_true (soup_server_listen_local (s->server, 0,
          SOUP_SERVER_LISTEN_IPV4_ONLY | (pem ? SOUP_SERVER_LISTEN_HTTPS : 0),
          NULL));
  uris = soup_server_get_uris (s->server);
  s->url = g_strdup_printf ("%s://127.0.0.1:%d", pem ? "wss" : "ws",
      g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static void
set_up (Scene * s)
{
  set_up_with (s, NULL);
}

static void
tear_down (Scene * s)
{
  if (s->socket)
    g_signal_handlers_disconnect_by_data (s->socket, s);
  g_clear_object (&s->socket);
  soup_server_disconnect (s->server);
  g_object_unref (s->server);
  while (g_main_context_iteration (NULL, FALSE));
  g_ptr_array_unref (s->candidates);
  g_free (s->offer);
  g_free (s->url);
  g_free (s->authorization);
  g_free (s->query);
  g_free (s->error);
  g_free (s->room);
  g_mutex_clear (&s->lock);
}

static LivekitClient *
join (Scene * s)
{
  LivekitClient *client = livekit_client_new ();
  LivekitClientSettings settings = {.url = s->url,.token = (gchar *) "first",
    .local_address = (gchar *) s->local_address,.ca_file = s->ca_file
  };

  livekit_client_listen (client, &listener, s, on_destroy);
  livekit_client_publish (client, "voice", LIVEKIT_SOURCE_MICROPHONE, FALSE);
  livekit_client_join (client, &settings);
  return client;
}

/* As far as the offer. */
static LivekitClient *
get_in (Scene * s)
{
  LivekitClient *client = join (s);

  wait_for_server (&s->opened, 1);
  say_join (s);
  wait_for (s, &s->joined, 1);
  wait_for_server (&s->offers, 1);
  g_assert_cmpuint (s->tracks, ==, 1);
  return client;
}

static void
joins_and_leaves (void)
{
  Scene s, late;
  LivekitClient *client;
  guint id;

  set_up (&s);
  memset (&late, 0, sizeof late);
  g_mutex_init (&late.lock);
  client = get_in (&s);
  g_assert_cmpstr (s.authorization, ==, "Bearer first");
  g_assert_nonnull (strstr (s.query, "protocol=17"));
  g_assert_null (strstr (s.query, "first"));
  wait_for (&s, &s.others, 1);
  g_assert_cmpstr (s.room, ==, "room");
  /* Who comes late is told as much. */
  id = livekit_client_listen (client, &listener, &late, on_destroy);
  wait_for (&late, &late.others, 1);
  g_assert_cmpint (late.joined, ==, 1);
  g_assert_cmpstr (late.room, ==, "room");
  livekit_client_unlisten (client, id);
  livekit_client_unlisten (client, id);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  wait_for (&s, &s.left, 1);
  g_assert_null (s.error);
  wait_for_server (&s.leaves, 1);
  g_assert_cmpint (late.left, ==, 0);
  livekit_client_unref (client);
  g_assert_cmpint (s.destroyed, ==, 1);
  g_assert_cmpint (late.destroyed, ==, 1);
  g_mutex_clear (&late.lock);
  g_free (late.room);
  tear_down (&s);
}

/* A certificate that its authority alone makes good. */
static void
by_tls (void)
{
  Scene s;
  LivekitClient *client;

  set_up_with (&s, PEER_PEM);
  s.ca_file = (gchar *) PEER_PEM;
  client = get_in (&s);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  wait_for (&s, &s.left, 1);
  g_assert_null (s.error);
  livekit_client_unref (client);
  tear_down (&s);
}

static void
by_tls_of_nobody (void)
{
  Scene s;
  LivekitClient *client;

  set_up_with (&s, PEER_PEM);
  s.ca_file = (gchar *) STRANGER_PEM;
  client = join (&s);
  wait_for (&s, &s.left, 1);
  g_assert_nonnull (strstr (s.error, "127.0.0.1"));
  g_assert_nonnull (strstr (s.error, "no authority we know"));
  g_assert_cmpuint (s.opened, ==, 0);
  livekit_client_unref (client);
  g_assert_cmpint (s.left, ==, 1);
  tear_down (&s);
}

/* Nobody says that it leaves. */
static void
dropped (void)
{
  Scene s;
  LivekitClient *client;

  set_up (&s);
  client = livekit_client_new ();
  livekit_client_unref (client);
  client = join (&s);
  livekit_client_unref (client);
  client = get_in (&s);
  livekit_client_unref (client);
  g_assert_cmpint (s.left, ==, 0);
  g_assert_cmpint (s.destroyed, ==, 2);
  tear_down (&s);
}

typedef struct
{
  LivekitClient *client;
  guint id;
  Scene scene;                  /* its `destroyed` */
} Only;

static void
on_unlisten (gpointer user, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  Only *only = user;

  livekit_client_unlisten (only->client, only->id);
  livekit_client_unref (only->client);
}

static void
on_only_destroyed (gpointer user)
{
  on_destroy (&((Only *) user)->scene);
}

/* A listener goes, and takes the last reference along. */
static void
unlistens_in_a_call (void)
{
  static const LivekitListener last = {.state = on_unlisten };
  LivekitClientSettings settings = {.url = (gchar *) "nonsense",
    .token = (gchar *) ""
  };
  Only only = {.client = livekit_client_new () };

  gst_voice_io_ref ();
  only.id = livekit_client_listen (only.client, &last, &only,
      on_only_destroyed);
  livekit_client_join (only.client, &settings);
  while (!g_atomic_int_get (&only.scene.destroyed))
    g_main_context_iteration (NULL, TRUE);
  gst_voice_io_unref ();        /* waits for the rest */
}

static void
expect_refusal (Scene * s, guint status, const gchar * why, gint code,
    const gchar * part)
{
  LivekitClient *client;
  gint before = s->left;

  s->refuse = TRUE;
  s->validate = status;
  s->why = why;
  client = join (s);
  wait_for (s, &s->left, before + 1);
  g_assert_cmpint (s->code, ==, code);
  g_assert_nonnull (strstr (s->error, part));
  livekit_client_unref (client);
}

static void
refusals (void)
{
  Scene s;
  gchar *much = g_strnfill (100000, 'x');

  set_up (&s);
  expect_refusal (&s, 401, "token is expired", GST_VOICE_ERROR_AUTH,
      "has expired");
  expect_refusal (&s, 401, much, GST_VOICE_ERROR_AUTH, "did not accept");
  expect_refusal (&s, 404, "requested room does not exist",
      GST_VOICE_ERROR_UNSUPPORTED, "create it first");
  g_free (s.url);
  s.url = g_strdup ("wss://user:secret@127.0.0.1");
  expect_refusal (&s, 401, "", GST_VOICE_ERROR_BAD_REQUEST, "no place in it");
  g_assert_null (strstr (s.error, "secret"));
  g_assert_cmpuint (s.opened, ==, 0);
  g_free (much);
  tear_down (&s);
}

static void
too_old (void)
{
  Scene s;
  LivekitClient *client;

  set_up (&s);
  s.version = "1.7.2";
  client = join (&s);
  wait_for_server (&s.opened, 1);
  say_join (&s);
  wait_for (&s, &s.left, 1);
  g_assert_cmpint (s.code, ==, GST_VOICE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (s.error, "1.7.2: update it, 1.8 or later"));
  livekit_client_unref (client);
  tear_down (&s);
}

static void
deleted (void)
{
  Scene s;
  LivekitClient *client;

  set_up (&s);
  client = get_in (&s);
  say_leave (&s, LIVEKIT__LEAVE_REQUEST__ACTION__DISCONNECT,
      LIVEKIT__DISCONNECT_REASON__ROOM_DELETED, NULL);
  wait_for (&s, &s.left, 1);
  g_assert_cmpint (s.reason, ==, LIVEKIT_REASON_ROOM_DELETED);
  livekit_client_unref (client);
  tear_down (&s);
}

/* What is no message ends the connection, and the next has the new token. */
static void
malformed (void)
{
  Scene s;
  LivekitClient *client;

  set_up (&s);
  client = get_in (&s);
  say (&s, LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REFRESH_TOKEN,
      (gpointer) "second");
  say_nonsense (&s);
  wait_for_server (&s.opened, 2);
  g_assert_cmpstr (s.authorization, ==, "Bearer second");
  /* Without media there is nothing to resume. */
  g_assert_null (strstr (s.query, "reconnect=1"));
  say_join (&s);
  wait_for (&s, &s.reconnected, 1);
  wait_for_server (&s.offers, 2);
  g_assert_cmpuint (s.tracks, ==, 2);
  g_assert_cmpint (s.joined, ==, 1);
  livekit_client_unref (client);
  tear_down (&s);
}

static void
closed (void)
{
  Scene s;
  LivekitClient *client;

  set_up (&s);
  client = get_in (&s);
  soup_websocket_connection_close (s.socket, 1000, NULL);
  wait_for (&s, &s.reconnecting, 1);
  wait_for_server (&s.opened, 2);
  livekit_client_unref (client);
  tear_down (&s);
}

/* An order to go elsewhere is obeyed where that is safe. */
static void
sent_elsewhere (void)
{
  Scene s, other;
  LivekitClient *client;

  set_up (&s);
  set_up (&other);
  client = get_in (&s);
  say_leave (&s, LIVEKIT__LEAVE_REQUEST__ACTION__RECONNECT,
      LIVEKIT__DISCONNECT_REASON__MIGRATION, other.url);
  wait_for_server (&other.opened, 1);
  g_assert_cmpstr (other.authorization, ==, "Bearer first");
  say_join (&other);
  wait_for (&s, &s.reconnected, 1);
  say_leave (&other, LIVEKIT__LEAVE_REQUEST__ACTION__RECONNECT,
      LIVEKIT__DISCONNECT_REASON__MIGRATION, "ws://evil.example");
  wait_for_server (&s.opened, 2);
  livekit_client_unref (client);
  tear_down (&s);
  tear_down (&other);
}

static void
trust (void)
{
  static const gchar ours[] = "ws://Host:7880/base";

  g_assert_true (client_socket_is_trusted ("wss://other", ours));
  g_assert_true (client_socket_is_trusted ("https://other:1", ours));
  g_assert_true (client_socket_is_trusted ("ws://host:1", ours));
  g_assert_false (client_socket_is_trusted ("ws://other", ours));
  g_assert_false (client_socket_is_trusted ("http://host.other", ours));
  g_assert_false (client_socket_is_trusted ("nonsense", ours));
  g_assert_false (client_socket_is_trusted ("", ours));
}

/* A resolver that knows one more name of this machine. */
typedef GResolver NameResolver;
typedef GResolverClass NameResolverClass;

static GType name_resolver_get_type (void);
G_DEFINE_TYPE (NameResolver, name_resolver, G_TYPE_RESOLVER);

static void
look_up (GResolver * resolver, const gchar * name,
    GResolverNameLookupFlags flags, GCancellable * cancellable,
    GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (resolver, cancellable, callback, data);

  g_assert_cmpstr (name, ==, "server.test");
  if (flags & G_RESOLVER_NAME_LOOKUP_FLAGS_IPV6_ONLY)
    g_task_return_new_error (task, G_RESOLVER_ERROR,
        G_RESOLVER_ERROR_NOT_FOUND, "not of this family");
  else
    g_task_return_pointer (task, g_list_append (NULL,
            g_inet_address_new_from_string ("127.0.0.1")),
        (GDestroyNotify) g_resolver_free_addresses);
  g_object_unref (task);
}

static GList *
finish_look_up (GResolver * resolver, GAsyncResult * result, GError ** error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
name_resolver_init (NameResolver * resolver)
{
}

static void
name_resolver_class_init (NameResolverClass * klass)
{
  klass->lookup_by_name_with_flags_async = look_up;
  klass->lookup_by_name_with_flags_finish = finish_look_up;
}

static guint
count_loopback (const Scene * s)
{
  guint n = 0;

  for (guint i = 0; i < s->candidates->len; i++)
    n += strstr (s->candidates->pdata[i], " 127.0.0.1 ") != NULL;
  return n;
}

/* All candidates come at once, so when one is told all are before the end. */
static void
get_in_and_out (Scene * s)
{
  LivekitClient *client;

  s->local_address = NULL;
  client = get_in (s);
  wait_for_server (&s->candidates->len, 1);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  wait_for_server (&s->leaves, 1);
  livekit_client_unref (client);
}

/* A server on this machine may have its media there, too. */
static void
server_here (void)
{
  Scene s;

  set_up (&s);
  get_in_and_out (&s);
  g_assert_cmpuint (count_loopback (&s), >, 0);
  tear_down (&s);
}

/* Any other has no use for such candidates. */
static void
server_elsewhere (void)
{
  GList *addresses = nice_interfaces_get_local_ips (FALSE);
  GResolver *before = g_resolver_get_default ();
  GResolver *ours = g_object_new (name_resolver_get_type (), NULL);
  Scene s;
  gchar *url;

  if (addresses) {
    g_resolver_set_default (ours);
    set_up (&s);
    url = g_strconcat ("ws://server.test", strrchr (s.url, ':'), NULL);
    g_free (s.url);
    s.url = url;
    get_in_and_out (&s);
    g_assert_cmpuint (s.candidates->len, >, 0);
    g_assert_cmpuint (count_loopback (&s), ==, 0);
    tear_down (&s);
    g_resolver_set_default (before);
  } else {
    g_test_skip ("there is no address but those of loopback");
  }
  g_list_free_full (addresses, g_free);
  g_object_unref (before);
  g_object_unref (ours);
}

/* The server's side of the publisher. */
typedef struct
{
  DtlsIdentity *identity;
  RtcPeer *peer;                /* network thread */
  gchar *offer;
  GPtrArray *candidates;        /* (unowned) */
  GAsyncQueue *answers;
} Media;

static void
no_candidate (gpointer user, const gchar * candidate)
{
}

static void
no_state (gpointer user, RtcState state, const GError * error)
{
}

static void
no_track (gpointer user, const RtcTrack * track, gboolean there)
{
}

static void
no_rtp (gpointer user, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
}

static void
no_channel (gpointer user, const gchar * label)
{
}

static void
no_message (gpointer user, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
}

static void
no_report (gpointer user, const RtcSenderStats * stats)
{
}

static void
answer_on_io (gpointer user)
{
  static const RtcPeerEvents events = { no_candidate, no_state, no_track,
    no_rtp, no_channel, no_message, no_report
  };
  RtcPeerSettings settings = {.path.local_address = "127.0.0.1" };
  Media *media = user;
  GError *error = NULL;
  gchar *answer;

  media->peer = rtc_peer_new (media->identity, &settings, &events, media,
      &error);
  g_assert_no_error (error);
  answer = rtc_peer_create_answer (media->peer, media->offer, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < media->candidates->len; i++)
    rtc_peer_add_candidate (media->peer, media->candidates->pdata[i]);
  g_async_queue_push (media->answers, answer);
}

/* The client's candidates are enough for a path. */
static void
answer_media (Scene * s, Media * media)
{
  Livekit__SessionDescription answer;

  wait_for_server (&s->candidates->len, 1);
  media->identity = dtls_identity_new (NULL);
  media->offer = s->offer;
  media->candidates = s->candidates;
  media->answers = g_async_queue_new ();
  gst_voice_io_post (answer_on_io, media, NULL);
  livekit__session_description__init (&answer);
  answer.type = (char *) "answer";
  answer.sdp = g_async_queue_pop (media->answers);
  answer.id = s->offer_id;
  say (s, LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ANSWER, &answer);
  g_free (answer.sdp);
  g_async_queue_unref (media->answers);
}

static void
end_media_on_io (gpointer user)
{
  Media *media = user;

  rtc_peer_close (media->peer);
  rtc_peer_free (media->peer);
  dtls_identity_unref (media->identity);
}

/* What is said goes out from when there is a path until there is none, and who
 * listens late is told how it stands. */
static void
sending (void)
{
  Scene s, late;
  Media media;
  LivekitClient *client;

  set_up (&s);
  memset (&late, 0, sizeof late);
  g_mutex_init (&late.lock);
  client = get_in (&s);
  g_assert_cmpint (g_atomic_int_get (&s.begun), ==, 0);
  answer_media (&s, &media);
  wait_for (&s, &s.begun, 1);
  g_assert_cmpint (s.ended, ==, 0);
  livekit_client_listen (client, &listener, &late, NULL);
  wait_for (&late, &late.begun, 1);
  gst_voice_io_post (end_media_on_io, &media, NULL);
  wait_for (&s, &s.ended, 1);
  wait_for (&late, &late.ended, 1);
  livekit_client_unref (client);
  g_assert_cmpint (s.begun, ==, 1);
  g_assert_cmpint (s.ended, ==, 1);
  g_mutex_clear (&late.lock);
  g_free (late.room);
  tear_down (&s);
}

static void
on_done (gpointer user, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  g_assert_null (payload);
  *(gint *) user = code;
}

/* Whatever is asked before there is a room, or after, does no harm. */
static void
without_a_room (void)
{
  LivekitClient *client = livekit_client_new ();
  GBytes *bytes = g_bytes_new_static ("x", 1);
  LivekitClientStats stats;
  gint code = 0;

  livekit_client_send_data (client, NULL, NULL, bytes, TRUE);
  livekit_client_send_data (client, NULL, NULL, bytes, FALSE);
  livekit_client_send_audio (client, bytes, 0, 0, FALSE, FALSE);
  livekit_client_send_text (client, NULL, NULL, "lk.chat", "x", NULL);
  livekit_client_send_dtmf (client, NULL, "1");
  livekit_client_mute (client, TRUE);
  livekit_client_update (client, "x", NULL, NULL);
  livekit_client_simulate (client, "no such");
  livekit_client_call (client, "bert", "m", NULL, 0, on_done, &code);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  livekit_client_get_stats (client, &stats);
  g_assert_cmpint (stats.joined, ==, -1);
  livekit_client_unref (client);
  g_assert_cmpint (code, ==, LIVEKIT_RPC_SEND_FAILED);
  g_bytes_unref (bytes);
}

int
main (int argc, char **argv)
{
  int rc;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/livekit/client/joins-and-leaves", joins_and_leaves);
  g_test_add_func ("/livekit/client/tls", by_tls);
  g_test_add_func ("/livekit/client/tls-of-nobody", by_tls_of_nobody);
  g_test_add_func ("/livekit/client/dropped", dropped);
  g_test_add_func ("/livekit/client/unlistens-in-a-call", unlistens_in_a_call);
  g_test_add_func ("/livekit/client/refusals", refusals);
  g_test_add_func ("/livekit/client/too-old", too_old);
  g_test_add_func ("/livekit/client/deleted", deleted);
  g_test_add_func ("/livekit/client/malformed", malformed);
  g_test_add_func ("/livekit/client/closed", closed);
  g_test_add_func ("/livekit/client/sent-elsewhere", sent_elsewhere);
  g_test_add_func ("/livekit/client/trust", trust);
  g_test_add_func ("/livekit/client/server-here", server_here);
  g_test_add_func ("/livekit/client/server-elsewhere", server_elsewhere);
  g_test_add_func ("/livekit/client/sending", sending);
  g_test_add_func ("/livekit/client/without-a-room", without_a_room);
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
