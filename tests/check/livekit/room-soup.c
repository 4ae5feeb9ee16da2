/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A room among events in any order, and what must be true nevertheless: one
 * socket at a time, nothing sent without it, the state before any offer after
 * a resume, an offer only when asked for, everybody and every track comes
 * before they go, and the end is the end.
 */
#include "room-soup.h"
#include "room-scene.h"

#include <livekit_rtc.pb-c.h>
#include <proto.h>

typedef struct
{
  RoomCore *core;
  const guint8 *data;
  gsize size, at;
  gint64 now;
  guint socket, peers;
  gboolean open, opening, left, joined, synced, resumed;
  GHashTable *people, *tracks;
} Soup;

static guint
take (Soup * s, guint range)
{
  return s->at < s->size ? s->data[s->at++] % range : 0;
}

static void
check_send (Soup * s, GBytes * bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  Livekit__SignalRequest *request =
      livekit_proto_decode (&livekit__signal_request__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, NULL);

  g_assert (s->open && request);
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_SYNC_STATE)
    s->synced = TRUE;
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_OFFER)
    g_assert (s->synced || !s->resumed);
  livekit_proto_free (request);
}

static void
check_person (Soup * s, const RoomAction * action)
{
  const gchar *key = action->participant->identity;

  if (action->type == ROOM_ACTION_PARTICIPANT_JOINED)
    g_assert (g_hash_table_add (s->people, g_strdup (key)));
  else if (action->type == ROOM_ACTION_PARTICIPANT_LEFT)
    g_assert (g_hash_table_remove (s->people, key));
  else
    g_assert (g_hash_table_contains (s->people, key));
}

static void
check_track (Soup * s, const RoomAction * action)
{
  gchar *key = g_strdup_printf ("%s/%s", action->participant->identity,
      action->track->sid);

  g_assert (g_hash_table_contains (s->people, action->participant->identity)
      || action->type == ROOM_ACTION_TRACK_REMOVED);
  if (action->type == ROOM_ACTION_TRACK_ADDED)
    g_assert (g_hash_table_add (s->tracks, g_strdup (key)));
  else if (action->type == ROOM_ACTION_TRACK_REMOVED)
    g_assert (g_hash_table_remove (s->tracks, key));
  else
    g_assert (g_hash_table_contains (s->tracks, key));
  g_free (key);
}

static void
check_socket (Soup * s, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_OPEN:
      g_assert (!s->open && !s->opening && action->serial > s->socket);
      g_assert (!action->resume || s->joined);
      s->opening = TRUE;
      s->resumed = action->resume != NULL;
      s->synced = FALSE;
      s->socket = action->serial;
      break;
    case ROOM_ACTION_CLOSE:
      g_assert (s->open || s->opening);
      s->open = s->opening = FALSE;
      break;
    default:
      check_send (s, action->bytes);
      break;
  }
}

static void
check_peers (Soup * s, const RoomAction * action)
{
  switch (action->type) {
    case ROOM_ACTION_MAKE_PEERS:
      g_assert (s->peers == 0);
      s->peers = action->serial;
      s->resumed = FALSE;
      break;
    case ROOM_ACTION_DROP_PEERS:
      g_assert (s->peers > 0);
      s->peers = 0;
      break;
    default:
      g_assert (s->peers > 0 && action->serial == s->peers);
      break;
  }
}

static void
check (Soup * s, const RoomAction * action)
{
  g_assert (!s->left);
  switch (action->type) {
    case ROOM_ACTION_OPEN:
    case ROOM_ACTION_CLOSE:
    case ROOM_ACTION_SEND:
      check_socket (s, action);
      break;
    case ROOM_ACTION_MAKE_PEERS:
    case ROOM_ACTION_KEEP_PEERS:
    case ROOM_ACTION_DROP_PEERS:
      check_peers (s, action);
      break;
    case ROOM_ACTION_MAKE_OFFER:
      g_assert (s->peers > 0 && s->open);
      break;
    case ROOM_ACTION_JOINED:
      g_assert (!s->joined);
      s->joined = TRUE;
      break;
    case ROOM_ACTION_LEFT:
      g_assert (!s->open && !s->opening && s->peers == 0);
      s->left = TRUE;
      break;
    case ROOM_ACTION_PARTICIPANT_JOINED:
    case ROOM_ACTION_PARTICIPANT_CHANGED:
    case ROOM_ACTION_PARTICIPANT_LEFT:
      check_person (s, action);
      break;
    case ROOM_ACTION_TRACK_ADDED:
    case ROOM_ACTION_TRACK_CHANGED:
    case ROOM_ACTION_TRACK_REMOVED:
      check_track (s, action);
      break;
    default:
      break;
  }
}

static LivekitSignal *
some_update (Soup * s)
{
  static const gchar *const sids[] = { "PA_2", "PA_3", "PA_4", "PA_1" };
  static const gchar *const who[] = { "caller", "other", "agent", "" };
  static const gchar *const tracks[] = { "TR_1", "TR_2", "", "TR_3" };
  guint w = take (s, 256);
  LivekitSignal *signal = room_scene_update (sids[w % 4], who[w / 4 % 4],
      w / 16 % 4, (LivekitState) take (s, 4), tracks[w / 64], take (s, 2));

  signal->update.everybody = take (s, 8) == 0;
  return signal;
}

static LivekitSignal *
some_signal (Soup * s)
{
  static const gchar *const cids[] = { "c0", "c1" };
  LivekitSignal *signal;

  switch (take (s, 14)) {
    case 0:
    case 1:
      return room_scene_join ("PA_1", take (s, 2) ? "PA_2" : NULL);
    case 2:
    case 3:
      return room_scene_join (NULL, NULL);
    case 4:
      return room_scene_leave ((LivekitAction) take (s, 3),
          (LivekitReason) take (s, 17), take (s, 2) ? "wss://b" : NULL);
    case 5:
    case 6:
      return some_update (s);
    case 7:
      return room_scene_description (LIVEKIT_SIGNAL_OFFER, take (s, 4));
    case 8:
      return room_scene_description (LIVEKIT_SIGNAL_ANSWER, take (s, 4));
    case 9:
      return room_scene_published (cids[take (s, 2)], "TR_9");
    case 10:
      return room_scene_response (cids[take (s, 2)],
          (LivekitResponseReason) take (s, 7));
    case 11:
      return room_scene_mute ("TR_9", take (s, 2));
    case 12:
      signal = room_scene_join ("PA_1", take (s, 2) ? "PA_3" : NULL);
      signal->type = LIVEKIT_SIGNAL_MOVED;
      return signal;
    default:
      return room_scene_signal (LIVEKIT_SIGNAL_OTHER);
  }
}

static void
play_request (Soup * s)
{
  static const gchar *const cids[] = { "c0", "c1" };
  LivekitAddTrack track = {.cid = cids[take (s, 2)],.name = "" };
  RoomEvent event = {.type = ROOM_EVENT_JOIN };

  switch (take (s, 12)) {
    case 0:
    case 1:
      event.type = ROOM_EVENT_PUBLISH;
      event.track = &track;
      break;
    case 2:
      event.type = ROOM_EVENT_MUTE;
      event.mute.cid = track.cid;
      event.mute.muted = take (s, 2);
      break;
    case 3:
      event.type = ROOM_EVENT_UPDATE;
      event.update.id = 1;
      break;
    case 4:
      event.type = ROOM_EVENT_NEGOTIATE;
      break;
    case 5:
      event.type = ROOM_EVENT_RECEIVED;
      event.received.sid = "PA_2";
      event.received.sequence = take (s, 256);
      break;
    case 6:
      if (take (s, 16) == 0)
        event.type = ROOM_EVENT_LEAVE;
      break;
    default:
      break;
  }
  room_core_handle (s->core, &event, s->now);
}

static void
play_socket (Soup * s)
{
  RoomEvent event = {.type = ROOM_EVENT_SIGNAL,
    .serial = s->socket - (take (s, 16) == 0)
  };
  gboolean ours = event.serial == s->socket;
  guint what = take (s, 32);

  if (what == 0 || (s->opening && what < 4)) {
    event.type = ROOM_EVENT_REFUSED;
    event.refused.code = (GstVoiceError) take (s, 64);
    event.refused.code = MIN (event.refused.code, GST_VOICE_ERROR_SERVER);
    event.refused.text = "no";
    if (ours)
      s->opening = FALSE;
    /* An open socket is not refused. */
    if (ours && s->open)
      return;
  } else if (what == 1) {
    event.type = ROOM_EVENT_CLOSED;
    if (ours)
      s->open = s->opening = FALSE;
  } else if (s->opening) {
    event.type = ROOM_EVENT_OPENED;
    if (ours) {
      s->opening = FALSE;
      s->open = TRUE;
    }
  } else {
    event.signal = some_signal (s);
  }
  room_core_handle (s->core, &event, s->now);
}

static void
play_peers (Soup * s)
{
  LivekitCandidate candidate = {.candidate = (gchar *) "c",.mid = (gchar *) "0"
  };
  RoomEvent event = {.type = ROOM_EVENT_PEER,
    .serial = s->peers + (take (s, 16) == 0)
  };

  switch (take (s, 5)) {
    case 0:
      event.type = ROOM_EVENT_OFFER;
      event.description.sdp = "v=0";
      break;
    case 1:
      event.type = ROOM_EVENT_ANSWER;
      event.description.sdp = "v=0";
      event.description.id = take (s, 4);
      break;
    case 2:
      event.type = ROOM_EVENT_CANDIDATE;
      event.candidate = &candidate;
      break;
    default:
      event.peer.target = (LivekitTarget) take (s, 2);
      event.peer.connected = take (s, 4) > 0;
      break;
  }
  room_core_handle (s->core, &event, s->now);
}

static void
play_time (Soup * s)
{
  gint64 deadline = room_core_get_deadline (s->core);

  if (take (s, 2) && deadline < G_MAXINT64)
    s->now = MAX (s->now, deadline);
  else
    s->now += take (s, 256) * 16;
  room_core_tick (s->core, s->now);
  /* A deadline that stays in the past would spin. */
  g_assert (room_core_get_deadline (s->core) > s->now);
}

static void
do_actions (Soup * s)
{
  RoomAction *action;

  while ((action = room_core_pop (s->core))) {
    GString *words = g_string_new (NULL);

    check (s, action);
    room_scene_tell (action, words);
    g_string_free (words, TRUE);
    room_action_free (action);
  }
  g_assert (s->left == (room_core_get_state (s->core) == ROOM_LEFT));
}

gboolean
room_soup_run (const guint8 * data, gsize size)
{
  Soup s = {.data = data,.size = size,.core = room_core_new ("t", 1) };
  gboolean left;

  s.people = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  s.tracks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  while (s.at < s.size) {
    switch (take (&s, 6)) {
      case 0:
        play_request (&s);
        break;
      case 1:
      case 2:
      case 3:
        play_socket (&s);
        break;
      case 4:
        play_peers (&s);
        break;
      default:
        play_time (&s);
        break;
    }
    do_actions (&s);
  }
  left = s.left;
  room_core_free (s.core);
  g_hash_table_unref (s.people);
  g_hash_table_unref (s.tracks);
  return left;
}
