/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The two peer connections of a room: one on which we offer our track and data
 * channels, one on which the server offers those of the others.
 *
 * Threads: network thread only. Locks: none.
 */
#include "client-private.h"

#include <string.h>

#define GST_CAT_DEFAULT livekit_client_debug

/* What the server may name. */
#define MAX_SERVERS 16
#define MAX_HELD 256
#define MAX_ROUTES 256

/* The server closes the media before or after it says why; only the reason
 * tells whether to come back. */
#define CLOSED_GRACE 500

#define TRACK_ID "voice"        /* also what the server calls its cid */

static const gchar *const labels[] = { "_reliable", "_lossy" };

static void
route_free (ClientRoute * route)
{
  g_free (route->sid);
  g_free (route->identity);
  g_free (route);
}

static void
tell_room (ClientPeer * peer, RoomEvent * event)
{
  event->serial = peer->client->peers_serial;
  client_room_handle (peer->client, event);
}

static void
tell_state (ClientPeer * peer, gboolean connected)
{
  RoomEvent event = {.type = ROOM_EVENT_PEER };

  event.peer.target = peer->target;
  event.peer.connected = connected;
  peer->failed_at = G_MAXINT64;
  tell_room (peer, &event);
}

static void
send_candidate (ClientPeer * peer, const gchar * text)
{
  LivekitCandidate candidate = {.candidate = (gchar *) text,
    .mid = (gchar *) "0",.target = peer->target
  };
  RoomEvent event = {.type = ROOM_EVENT_CANDIDATE,.candidate = &candidate };

  tell_room (peer, &event);
}

/* The server must know the description first. */
static void
on_candidate (gpointer data, const gchar * candidate)
{
  ClientPeer *peer = data;

  if (!candidate)
    return;                     /* the server passes over an end */
  if (peer->described)
    send_candidate (peer, candidate);
  else if (peer->held->len < MAX_HELD)
    g_ptr_array_add (peer->held, g_strdup (candidate));
}

static void
describe (ClientPeer * peer, RoomEvent * event)
{
  GPtrArray *held;

  tell_room (peer, event);
  peer->described = TRUE;
  held = g_steal_pointer (&peer->held);
  peer->held = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < held->len; i++)
    send_candidate (peer, held->pdata[i]);
  g_ptr_array_unref (held);
}

static void
note_connected (LivekitClient * self, LivekitTarget target)
{
  gint64 *when = target == LIVEKIT_TARGET_PUBLISHER ?
      &self->stats.publisher_connected : &self->stats.subscriber_connected;

  g_mutex_lock (&self->lock);
  if (*when < 0)
    *when = g_get_monotonic_time () * 1000 - self->asked;
  g_mutex_unlock (&self->lock);
}

static void
set_sending (LivekitClient * self, gboolean sending)
{
  if (self->sending == sending)
    return;
  self->sending = sending;
  client_tell (self, sending, sending);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  ClientPeer *peer = data;

  GST_DEBUG ("%p: %s %d %s", peer->client, peer->target ==
      LIVEKIT_TARGET_PUBLISHER ? "publisher" : "subscriber", state,
      error ? error->message : "");
  if (peer->target == LIVEKIT_TARGET_PUBLISHER)
    set_sending (peer->client, state == RTC_CONNECTED);
  switch (state) {
    case RTC_CONNECTED:
      note_connected (peer->client, peer->target);
      tell_state (peer, TRUE);
      break;
    case RTC_FAILED:
      tell_state (peer, FALSE);
      break;
    case RTC_CLOSED:
      peer->failed_at = client_room_now () + CLOSED_GRACE;
      client_room_schedule (peer->client);
      break;
    default:
      break;
  }
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
  ClientPeer *peer = data;

  if (!there)
    g_hash_table_remove (peer->client->routes, track->mid);
}

/* Section 3.4 of the protocol's reference: by the description's list, the
 * track of `msid`, or the second half of its stream. */
static const gchar *
resolve (LivekitClient * self, const RtcTrack * track)
{
  const gchar *sid = self->mids ? g_hash_table_lookup (self->mids, track->mid) :
      NULL;
  const gchar *bar = strchr (track->stream, '|');

  if (sid)
    return sid;
  if (g_str_has_prefix (track->id, "TR_"))
    return track->id;
  return bar && g_str_has_prefix (bar + 1, "TR_") ? bar + 1 : NULL;
}

static ClientRoute *
find_route (LivekitClient * self, const RtcTrack * track)
{
  ClientRoute *route = g_hash_table_lookup (self->routes, track->mid);
  const LivekitParticipant *participant;
  const gchar *sid;

  if (!route) {
    sid = resolve (self, track);
    if (!sid || g_hash_table_size (self->routes) >= MAX_ROUTES)
      return NULL;
    route = g_new0 (ClientRoute, 1);
    route->sid = g_strdup (sid);
    g_hash_table_insert (self->routes, g_strdup (track->mid), route);
  }
  if (!route->identity
      && room_core_find_track (self->core, route->sid, &participant))
    route->identity = g_strdup (participant->identity);
  return route;
}

/* Until the server has said whose track it is, nobody could use it. */
static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  LivekitClient *self = ((ClientPeer *) data)->client;
  const ClientRoute *route = find_route (self, track);

  if (!route || !route->identity)
    return;
  g_mutex_lock (&self->lock);
  self->stats.received++;
  g_mutex_unlock (&self->lock);
  client_tell (self, audio, route->identity, route->sid, packet, now);
}

static void
on_channel (gpointer data, const gchar * label)
{
  ClientPeer *peer = data;

  if (peer->target == LIVEKIT_TARGET_PUBLISHER
      && g_str_equal (label, labels[0])) {
    peer->open = TRUE;
    client_packet_check_ready (peer->client);
  }
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  LivekitClient *self = ((ClientPeer *) data)->client;

  if (binary && g_strv_contains ((const gchar * const[]) {
            labels[0], labels[1], NULL
          }, label))
    client_packet_take (self, message, size);
}

/* What has come to it since the last time. */
static void
count_dropped (ClientPeer * peer)
{
  LivekitClient *self = peer->client;
  SrtpDropped now;

  if (!peer->peer)
    return;
  rtc_peer_get_dropped (peer->peer, &now);
  g_mutex_lock (&self->lock);
  self->stats.forged += now.forged - peer->dropped.forged;
  self->stats.replayed += now.replayed - peer->dropped.replayed;
  self->stats.malformed += now.malformed - peer->dropped.malformed;
  g_mutex_unlock (&self->lock);
  peer->dropped = now;
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
  LivekitClient *self = ((ClientPeer *) data)->client;

  count_dropped (&self->peers[LIVEKIT_TARGET_SUBSCRIBER]);
  g_mutex_lock (&self->lock);
  self->stats.round_trip = stats->round_trip;
  self->stats.loss = stats->loss;
  g_mutex_unlock (&self->lock);
  if (stats->round_trip >= 0)
    client_tell (self, delay, stats->round_trip / 2, stats->loss);
}

static const RtcPeerEvents peer_events = {
  .candidate = on_candidate,
  .state = on_state,
  .track = on_track,
  .rtp = on_rtp,
  .channel = on_channel,
  .message = on_message,
  .report = on_report,
};

/* What the join names: as many relays as we take, others are passed over. The
 * hosts' names are kept in @hosts. STUN servers are not asked: whoever has sent
 * us there can be reached, and sees our address by that. Those of LiveKit's
 * default would learn of every call, and where there is no way out their names
 * are waited for. */
static GArray *
read_servers (const LivekitJoin * join, GPtrArray * hosts)
{
  GArray *servers = g_array_new (FALSE, TRUE, sizeof (RtcServer));

  for (guint i = 0; i < join->ice_servers->len; i++) {
    const LivekitIceServer *named = join->ice_servers->pdata[i];

    for (guint k = 0; named->urls[k] && servers->len < MAX_SERVERS; k++) {
      RtcServer server = { 0 };
      gchar *host = NULL;

      if (!rtc_server_parse (named->urls[k], &server, &host))
        continue;
      if (server.kind == RTC_SERVER_STUN) {
        g_free (host);
        continue;
      }
      server.user = named->username;
      server.password = named->credential;
      g_ptr_array_add (hosts, host);
      g_array_append_val (servers, server);
    }
  }
  return servers;
}

/* A peer connection that cannot be made counts as one that failed: there will
 * be another attempt, and an error when all have failed. */
static void
make_peer (ClientPeer * peer, const RtcPeerSettings * settings)
{
  GError *error = NULL;

  peer->described = peer->open = FALSE;
  peer->failed_at = G_MAXINT64;
  g_ptr_array_set_size (peer->held, 0);
  peer->peer = rtc_peer_new (peer->client->certificate, settings, &peer_events,
      peer, &error);
  if (!peer->peer) {
    GST_WARNING ("a peer connection cannot be made: %s", error->message);
    g_error_free (error);
    peer->failed_at = client_room_now ();
  }
}

/* A server on this machine may say that its media are there, too. libnice binds
 * sockets to their interface, so only one of this address gets there. */
static gboolean
is_here (const gchar * url)
{
  GUri *uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const gchar *host = uri ? g_uri_get_host (uri) : NULL;
  GInetAddress *address = host ? g_inet_address_new_from_string (host) : NULL;
  gboolean here = address ? g_inet_address_get_is_loopback (address) :
      g_strcmp0 (host, "localhost") == 0;

  g_clear_object (&address);
  g_clear_pointer (&uri, g_uri_unref);
  return here;
}

/**
 * client_peers_make:
 * @join: names the servers
 *
 * In place of those there are.
 */
void
client_peers_make (LivekitClient * self, const LivekitJoin * join)
{
  GPtrArray *hosts = g_ptr_array_new_with_free_func (g_free);
  GArray *servers = read_servers (join, hosts);
  RtcPeerSettings settings = {
    .path = {.local_address = self->settings.local_address,
          .loopback = is_here (self->settings.url),
          .servers = (const RtcServer *) servers->data,
          .n_servers = servers->len,
          .relay_only = self->settings.relay_only || join->force_relay,
          .min_port = self->settings.min_port,
        .max_port = self->settings.max_port,.tcp = TRUE}
  };

  client_peers_drop (self);
  self->negotiated = FALSE;
  for (guint i = 0; i < 2; i++) {
    settings.offers = i == LIVEKIT_TARGET_PUBLISHER;
    make_peer (&self->peers[i], &settings);
  }
  for (guint i = 0; i < 2 && self->peers[0].peer; i++)
    rtc_peer_add_channel (self->peers[0].peer, labels[i], i == 0);
  client_peers_set_track (self);
  g_array_unref (servers);
  g_ptr_array_unref (hosts);
}

/**
 * client_peers_keep:
 * @resumed: names the servers from here on
 */
void
client_peers_keep (LivekitClient * self, const LivekitJoin * resumed)
{
  GPtrArray *hosts = g_ptr_array_new_with_free_func (g_free);
  GArray *servers = read_servers (resumed, hosts);

  for (guint i = 0; i < 2; i++) {
    self->peers[i].failed_at = G_MAXINT64;
    if (self->peers[i].peer)
      rtc_peer_set_servers (self->peers[i].peer,
          (const RtcServer *) servers->data, servers->len);
  }
  g_array_unref (servers);
  g_ptr_array_unref (hosts);
}

void
client_peers_drop (LivekitClient * self)
{
  set_sending (self, FALSE);
  for (guint i = 0; i < 2; i++) {
    RtcPeer *peer;

    count_dropped (&self->peers[i]);
    memset (&self->peers[i].dropped, 0, sizeof self->peers[i].dropped);
    peer = g_steal_pointer (&self->peers[i].peer);
    self->peers[i].open = FALSE;
    self->peers[i].failed_at = G_MAXINT64;
    if (peer) {
      rtc_peer_close (peer);
      rtc_peer_free (peer);
    }
  }
  g_hash_table_remove_all (self->routes);
  g_clear_pointer (&self->mids, g_hash_table_unref);
}

/**
 * client_peers_set_track:
 *
 * The next offer has our track, if there is one.
 */
void
client_peers_set_track (LivekitClient * self)
{
  RtcPeer *publisher = self->peers[LIVEKIT_TARGET_PUBLISHER].peer;

  if (publisher && self->track_name)
    rtc_peer_set_track (publisher, TRACK_ID, TRACK_ID);
}

static void
describe_or_fail (ClientPeer * peer, RoomEventType type, const gchar * sdp,
    guint32 id, const GError * error)
{
  RoomEvent event = {.type = type };

  if (!sdp) {
    GST_WARNING ("the media could not be negotiated: %s", error->message);
    tell_state (peer, FALSE);
    return;
  }
  event.description.sdp = sdp;
  event.description.id = id;
  describe (peer, &event);
}

void
client_peers_offer (LivekitClient * self, gboolean restart)
{
  ClientPeer *publisher = &self->peers[LIVEKIT_TARGET_PUBLISHER];
  GError *error = NULL;
  gchar *sdp;

  if (!publisher->peer)
    return;
  self->negotiated = TRUE;
  /* Credentials of a restart must not be told before the offer. */
  if (restart)
    publisher->described = FALSE;
  sdp = rtc_peer_create_offer (publisher->peer, restart, &error);
  describe_or_fail (publisher, ROOM_EVENT_OFFER, sdp, 0, error);
  g_clear_error (&error);
  g_free (sdp);
}

void
client_peers_take_offer (LivekitClient * self, const LivekitDescription * offer)
{
  ClientPeer *subscriber = &self->peers[LIVEKIT_TARGET_SUBSCRIBER];
  GError *error = NULL;
  gchar *sdp;

  if (!subscriber->peer)
    return;
  g_clear_pointer (&self->mids, g_hash_table_unref);
  self->mids = g_hash_table_ref (offer->mids);
  g_hash_table_remove_all (self->routes);
  subscriber->described = FALSE;
  sdp = rtc_peer_create_answer (subscriber->peer, offer->sdp, &error);
  describe_or_fail (subscriber, ROOM_EVENT_ANSWER, sdp, offer->id, error);
  g_clear_error (&error);
  g_free (sdp);
}

void
client_peers_take_answer (LivekitClient * self, const gchar * sdp)
{
  ClientPeer *publisher = &self->peers[LIVEKIT_TARGET_PUBLISHER];
  GError *error = NULL;

  if (!publisher->peer)
    return;
  if (!rtc_peer_set_answer (publisher->peer, sdp, &error)) {
    GST_WARNING ("the server's answer cannot be used: %s", error->message);
    g_error_free (error);
    tell_state (publisher, FALSE);
  }
}

void
client_peers_take_candidate (LivekitClient * self,
    const LivekitCandidate * candidate)
{
  RtcPeer *peer = (guint) candidate->target < 2 ?
      self->peers[candidate->target].peer : NULL;

  if (peer && *candidate->candidate)
    rtc_peer_add_candidate (peer, candidate->candidate);
}

/**
 * client_peers_forget_routes:
 *
 * Somebody has come, gone or changed what he publishes.
 */
void
client_peers_forget_routes (LivekitClient * self)
{
  g_hash_table_remove_all (self->routes);
}

/**
 * client_peers_tick:
 *
 * To be called when client_peers_get_deadline () has come.
 */
void
client_peers_tick (LivekitClient * self, gint64 now)
{
  for (guint i = 0; i < 2; i++) {
    if (now >= self->peers[i].failed_at)
      tell_state (&self->peers[i], FALSE);
  }
}

gint64
client_peers_get_deadline (LivekitClient * self)
{
  return MIN (self->peers[0].failed_at, self->peers[1].failed_at);
}

/* Of a client that is new. */
void
client_peers_init (LivekitClient * self)
{
  for (guint i = 0; i < 2; i++) {
    self->peers[i].client = self;
    self->peers[i].target = i;
    self->peers[i].failed_at = G_MAXINT64;
    self->peers[i].held = g_ptr_array_new_with_free_func (g_free);
  }
  self->routes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) route_free);
}

void
client_peers_clear (LivekitClient * self)
{
  client_peers_drop (self);
  for (guint i = 0; i < 2; i++)
    g_ptr_array_unref (self->peers[i].held);
  g_hash_table_unref (self->routes);
}
