/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The room's state machine at work: events of the socket and the peer
 * connections go in, what it wants done is done, and people are told.
 *
 * Threads: network thread only. Locks: those of client.c, not held here while
 * anybody is told.
 */
#include "client-private.h"
#include "signalling-url.h"

#include <gst-voice/secret.h>
#include <string.h>

#define GST_CAT_DEFAULT livekit_client_debug

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

gint64
client_room_now (void)
{
  return g_get_monotonic_time () / 1000;
}

static void
handle_socket (LivekitClient * self, RoomEvent * event)
{
  event->serial = self->socket_serial;
  client_room_handle (self, event);
}

static void
on_opened (gpointer data)
{
  RoomEvent event = {.type = ROOM_EVENT_OPENED };

  handle_socket (data, &event);
}

static void
on_refused (gpointer data, const GError * error)
{
  RoomEvent event = {.type = ROOM_EVENT_REFUSED };

  GST_DEBUG ("%p: refused: %s", data, error->message);
  event.refused.code = error->code;
  event.refused.text = error->message;
  handle_socket (data, &event);
}

static void
on_closed (gpointer data)
{
  RoomEvent event = {.type = ROOM_EVENT_CLOSED };

  handle_socket (data, &event);
}

/* A message that cannot be read may be the one that mattered: the session is
 * begun anew, and the room knows when to give up. */
static void
on_message (gpointer data, const guint8 * message, gsize size)
{
  RoomEvent event = {.type = ROOM_EVENT_SIGNAL,
    .signal = livekit_signal_decode (message, size, NULL)
  };

  if (!event.signal) {
    event.type = ROOM_EVENT_CLOSED;
    GST_WARNING ("the server sent what is no message of LiveKit");
  }
  handle_socket (data, &event);
}

static const ClientSocketEvents socket_events = {
  .opened = on_opened,
  .refused = on_refused,
  .closed = on_closed,
  .message = on_message,
};

static void
close_socket (LivekitClient * self)
{
  client_socket_close (g_steal_pointer (&self->socket));
}

/* A server that sends us elsewhere may be a wrong one. */
static const gchar *
choose_server (LivekitClient * self, const RoomAction * action)
{
  if (action->url && client_socket_is_trusted (action->url, self->settings.url))
    return action->url;
  return self->settings.url;
}

static void
open_socket (LivekitClient * self, const RoomAction * action)
{
  LivekitConnect connect = {.resume = action->resume,.reason = action->why,
    .version = VERSION
  };
  GError *error = NULL;
  gchar *url = livekit_signal_url (choose_server (self, action), &connect,
      &error);

  close_socket (self);
  self->socket_serial = action->serial;
  if (url) {
    self->socket = client_socket_open (url, action->token, self->authorities,
        &socket_events, self);
    if (!self->socket)
      g_set_error (&error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
          "the certificate authorities cannot be read: look at "
          "GST_VOICE_CA_FILE");
  }
  if (error)
    on_refused (self, error);
  g_clear_error (&error);
  g_free (url);
}

static void
set_connected (LivekitClient * self, gboolean connected)
{
  self->connected = connected;
  client_packet_check_ready (self);
}

static void
set_listened (LivekitClient * self, gboolean listened)
{
  if (self->listened == listened)
    return;
  self->listened = listened;
  client_tell (self, listened, listened);
}

static void
set_track_sid (LivekitClient * self, const gchar * sid)
{
  g_free (self->track_sid);
  self->track_sid = g_strdup (sid);
}

static void
make_peers (LivekitClient * self, const RoomAction * action)
{
  set_listened (self, FALSE);
  set_track_sid (self, NULL);
  client_data_restart (self->data);
  self->peers_serial = action->serial;
  client_peers_make (self, &action->signal->join);
}

static void
keep_peers (LivekitClient * self, const RoomAction * action)
{
  client_peers_keep (self, &action->signal->join);
  client_data_resume (self->data, action->signal->join.last_sequence);
  set_connected (self, TRUE);
}

static void
do_for_peers (LivekitClient * self, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_MAKE_PEERS:
      make_peers (self, action);
      break;
    case ROOM_ACTION_KEEP_PEERS:
      keep_peers (self, action);
      break;
    case ROOM_ACTION_DROP_PEERS:
      client_peers_drop (self);
      break;
    default:
      client_peers_offer (self, action->restart);
      break;
  }
}

static void
do_for_socket (LivekitClient * self, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_OPEN:
      open_socket (self, action);
      break;
    case ROOM_ACTION_CLOSE:
      close_socket (self);
      break;
    default:
      if (self->socket)
        client_socket_send (self->socket, action->bytes);
      break;
  }
}

static void
do_signal (LivekitClient * self, const LivekitSignal * signal)
{
  switch (signal->type) {
    case LIVEKIT_SIGNAL_OFFER:
      client_peers_take_offer (self, &signal->description);
      break;
    case LIVEKIT_SIGNAL_ANSWER:
      client_peers_take_answer (self, signal->description.sdp);
      break;
    case LIVEKIT_SIGNAL_CANDIDATE:
      client_peers_take_candidate (self, &signal->candidate);
      break;
    case LIVEKIT_SIGNAL_SUBSCRIBED:
      if (g_strcmp0 (signal->track.sid, self->track_sid) == 0)
        set_listened (self, TRUE);
      break;
    case LIVEKIT_SIGNAL_SPEAKERS:
      client_tell (self, speakers, signal->speakers);
      break;
    case LIVEKIT_SIGNAL_QUALITIES:
      client_tell (self, quality, signal->qualities);
      break;
    default:
      break;
  }
}

static void
tell_state (LivekitClient * self, LivekitClientState state)
{
  client_tell (self, state, state, LIVEKIT_REASON_UNKNOWN, NULL);
}

static void
on_joined (LivekitClient * self)
{
  g_mutex_lock (&self->lock);
  self->stats.joined = g_get_monotonic_time () * 1000 - self->asked;
  g_mutex_unlock (&self->lock);
  set_connected (self, TRUE);
  tell_state (self, LIVEKIT_CLIENT_JOINED);
}

static void
on_reconnected (LivekitClient * self, gboolean full)
{
  g_mutex_lock (&self->lock);
  self->stats.reconnects++;
  self->stats.full_reconnects += full;
  g_mutex_unlock (&self->lock);
  set_connected (self, TRUE);
  tell_state (self, LIVEKIT_CLIENT_RECONNECTED);
}

static void
on_left (LivekitClient * self, const RoomAction * action)
{
  GST_DEBUG ("%p: left, %s: %s", self, livekit_reason_name (action->reason),
      action->error ? action->error->message : "in good order");
  self->left = TRUE;
  self->left_reason = action->reason;
  g_clear_error (&self->left_error);
  self->left_error = action->error ? g_error_copy (action->error) : NULL;
  set_connected (self, FALSE);
  client_data_restart (self->data);
  client_rpc_end (self->rpc);
  set_track_sid (self, NULL);
  set_listened (self, FALSE);
  client_tell (self, state, LIVEKIT_CLIENT_LEFT, action->reason, action->error);
}

static void
do_for_state (LivekitClient * self, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_RETRYING:
      client_tell (self, state, LIVEKIT_CLIENT_RETRYING,
          LIVEKIT_REASON_UNKNOWN, action->error);
      break;
    case ROOM_ACTION_JOINED:
      on_joined (self);
      break;
    case ROOM_ACTION_RECONNECTING:
      set_connected (self, FALSE);
      tell_state (self, LIVEKIT_CLIENT_RECONNECTING);
      break;
    case ROOM_ACTION_RECONNECTED:
      on_reconnected (self, action->full);
      break;
    default:
      on_left (self, action);
      break;
  }
}

static void
on_participant_left (LivekitClient * self, const LivekitParticipant * gone)
{
  text_streams_left (self->texts, gone->sid);
  client_tell (self, participant, gone, LIVEKIT_REMOVED);
  client_rpc_left (self->rpc, gone->identity);
}

static void
do_for_people (LivekitClient * self, const RoomAction * action)
{
  client_peers_forget_routes (self);
  switch (action->type) {
    case ROOM_ACTION_PARTICIPANT_JOINED:
      client_tell (self, participant, action->participant, LIVEKIT_ADDED);
      break;
    case ROOM_ACTION_PARTICIPANT_CHANGED:
      client_tell (self, participant, action->participant, LIVEKIT_CHANGED);
      break;
    case ROOM_ACTION_PARTICIPANT_LEFT:
      on_participant_left (self, action->participant);
      break;
    default:
      client_tell (self, track, action->participant, action->track,
          action->type == ROOM_ACTION_TRACK_ADDED ? LIVEKIT_ADDED :
          action->type == ROOM_ACTION_TRACK_CHANGED ? LIVEKIT_CHANGED :
          LIVEKIT_REMOVED);
      break;
  }
}

static void
do_for_track (LivekitClient * self, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_PUBLISHED:
      set_track_sid (self, action->track->sid);
      client_tell (self, published, self->track_sid);
      break;
    case ROOM_ACTION_MUTED:
      self->muted = action->muted;
      client_tell (self, muted, action->muted);
      break;
    default:
      self->track_refused = TRUE;
      set_track_sid (self, NULL);
      set_listened (self, FALSE);
      client_tell (self, unpublished, action->error);
      break;
  }
}

static void
do_action (LivekitClient * self, const RoomAction * action)
{
  GST_LOG ("%p: action %d, serial %u", self, action->type, action->serial);
  if (action->type <= ROOM_ACTION_SEND)
    do_for_socket (self, action);
  else if (action->type <= ROOM_ACTION_MAKE_OFFER)
    do_for_peers (self, action);
  else if (action->type == ROOM_ACTION_SIGNAL)
    do_signal (self, action->signal);
  else if (action->type <= ROOM_ACTION_LEFT)
    do_for_state (self, action);
  else if (action->type <= ROOM_ACTION_SELF_CHANGED)
    client_tell (self, room, room_core_get_room (self->core),
        room_core_get_self (self->core));
  else if (action->type <= ROOM_ACTION_TRACK_REMOVED)
    do_for_people (self, action);
  else
    do_for_track (self, action);
}

/* What is done may bring new events at once: these only queue up. */
static void
obey (LivekitClient * self)
{
  RoomAction *action;

  if (self->obeying)
    return;
  self->obeying = TRUE;
  while ((action = room_core_pop (self->core))) {
    do_action (self, action);
    room_action_free (action);
  }
  self->obeying = FALSE;
}

/**
 * client_room_handle:
 * @event: passed over if nobody has joined
 */
void
client_room_handle (LivekitClient * self, RoomEvent * event)
{
  if (!self->core)
    return;
  room_core_handle (self->core, event, client_room_now ());
  obey (self);
  client_room_schedule (self);
}

static gint64
get_deadline (LivekitClient * self)
{
  gint64 deadline = MIN (room_core_get_deadline (self->core),
      MIN (client_rpc_get_deadline (self->rpc),
          client_peers_get_deadline (self)));

  if (self->connected && self->peers[LIVEKIT_TARGET_PUBLISHER].open
      && client_data_is_waiting (self->data))
    deadline = MIN (deadline, client_room_now () + CLIENT_DATA_RETRY);
  return deadline;
}

/**
 * client_room_schedule:
 *
 * Sets the timer to what is due next.
 */
void
client_room_schedule (LivekitClient * self)
{
  gint64 deadline;

  if (!self->core || self->obeying)
    return;
  deadline = get_deadline (self);
  if (deadline == G_MAXINT64)
    gst_voice_io_timer_stop (self->timer);
  else
    gst_voice_io_timer_start (self->timer,
        CLAMP (deadline - client_room_now (), 0, G_MAXINT));
}

static void
on_timer (gpointer data)
{
  LivekitClient *self = data;
  gint64 now = client_room_now ();

  room_core_tick (self->core, now);
  obey (self);
  client_peers_tick (self, now);
  client_rpc_tick (self->rpc, now);
  client_data_flush (self->data);
  client_room_schedule (self);
}

static void
fail_at_once (LivekitClient * self, GError * error)
{
  RoomAction left = {.type = ROOM_ACTION_LEFT,.error = error };

  close_socket (self);
  gst_voice_io_timer_stop (self->timer);
  on_left (self, &left);
  g_clear_pointer (&self->core, room_core_free);
  g_error_free (error);
}

static gboolean
read_authorities (LivekitClient * self, GError ** error)
{
  gchar *path;

  if (!self->settings.ca_file)
    return TRUE;
  path = g_canonicalize_filename (self->settings.ca_file, NULL);
  self->authorities = g_tls_file_database_new (path, NULL);
  g_free (path);
  if (self->authorities)
    return TRUE;
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
      "%s is not a readable PEM file of certificates: correct the path",
      self->settings.ca_file);
  return FALSE;
}

static void
forget_session (LivekitClient * self)
{
  g_clear_pointer (&self->core, room_core_free);
  client_rpc_free (g_steal_pointer (&self->rpc));
  g_clear_pointer (&self->data, client_data_free);
  g_clear_pointer (&self->texts, text_streams_free);
  g_clear_object (&self->authorities);
  g_clear_pointer (&self->certificate, dtls_identity_unref);
  g_clear_error (&self->left_error);
}

/**
 * client_room_begin:
 *
 * Joins with the settings there are; not if there is a session.
 */
void
client_room_begin (LivekitClient * self)
{
  RoomEvent join = {.type = ROOM_EVENT_JOIN };
  GError *error = NULL;

  forget_session (self);
  if (!self->timer)
    self->timer = gst_voice_io_timer_new (on_timer, self);
  self->left = self->track_refused = FALSE;
  self->asked = g_get_monotonic_time () * 1000;
  self->core = room_core_new (self->settings.token, g_random_int ());
  self->data = client_data_new (client_packet_send, self);
  self->rpc = client_rpc_new (client_packet_push, self);
  self->texts = text_streams_new ();
  if (!read_authorities (self, &error)) {
    fail_at_once (self, error);
    return;
  }
  client_room_publish (self);
  client_room_handle (self, &join);
  /* While the server thinks. */
  self->certificate = dtls_identity_new (&error);
  if (!self->certificate)
    fail_at_once (self, error);
}

/**
 * client_room_publish:
 *
 * Our track, if there is one.
 */
void
client_room_publish (LivekitClient * self)
{
  LivekitAddTrack track = {.cid = "voice",.name = self->track_name,
    .source = self->track_source,.muted = self->muted,.dtx = self->track_dtx
  };
  RoomEvent event = {.type = ROOM_EVENT_PUBLISH,.track = &track };

  if (!self->track_name)
    return;
  client_peers_set_track (self);
  client_room_handle (self, &event);
}

/**
 * client_room_end:
 *
 * Leaves, if there is a room, and frees what there is. Nobody listens any more.
 */
void
client_room_end (LivekitClient * self)
{
  RoomEvent leave = {.type = ROOM_EVENT_LEAVE,
    .reason = LIVEKIT_REASON_CLIENT_INITIATED
  };

  client_room_handle (self, &leave);
  close_socket (self);
  client_peers_drop (self);
  forget_session (self);
  gst_voice_io_timer_free (self->timer);
}
