/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The room's states: joining, resuming, reconnecting in full, backing off,
 * leaving, and what the peer connections negotiate meanwhile. Who is in the
 * room is in room-people.c, what we publish in room-publish.c.
 *
 * Threads: one at a time; the room's thread owns it. Locks: none.
 */
#include "room-private.h"

#include <gst-voice/secret.h>
#include <string.h>

/* Milliseconds. */
#define OPEN_TIMEOUT 10000      /* socket and first message */
#define PEER_TIMEOUT 15000      /* until media flow */
#define ANSWER_TIMEOUT 15000    /* as the server's */
#define SETTLE_TIME 2000        /* after a resume with peers that are well */
#define JITTER 1000

#define MAX_ATTEMPTS 10
#define MAX_JOIN_ATTEMPTS 3
/* So often in that time the server may have lost us without having said why. */
#define MAX_THROWN_OUT 3
#define THROWN_OUT_TIME 60000
#define MAX_HELD 64
#define MAX_RECEIVED 4096
#define MAX_URL 2048

/* The delay before the nth attempt. */
static const guint16 back_off[MAX_ATTEMPTS] =
    { 0, 300, 1200, 2700, 4800, 7000, 7000, 7000, 7000, 7000 };

RoomAction *
room_core_act (RoomCore * core, RoomActionType type)
{
  RoomAction *action = g_new0 (RoomAction, 1);

  action->type = type;
  g_queue_push_tail (&core->actions, action);
  return action;
}

/**
 * room_core_send:
 * @bytes: (transfer full): lost without an open socket: whatever matters is
 *   said again after the reconnect
 */
void
room_core_send (RoomCore * core, GBytes * bytes)
{
  if (core->open)
    room_core_act (core, ROOM_ACTION_SEND)->bytes = bytes;
  else
    g_bytes_unref (bytes);
}

/* xorshift: many calls that lose a server shall not come back as one. */
static guint32
get_random (RoomCore * core)
{
  core->random ^= core->random << 13;
  core->random ^= core->random >> 17;
  core->random ^= core->random << 5;
  return core->random;
}

static void
close_socket (RoomCore * core)
{
  if (core->open || core->opening)
    room_core_act (core, ROOM_ACTION_CLOSE);
  core->open = core->opening = FALSE;
  core->ping_at = G_MAXINT64;
}

static void
drop_peers (RoomCore * core)
{
  if (core->peers > 0)
    room_core_act (core, ROOM_ACTION_DROP_PEERS);
  core->peers = 0;
}

static void
leave (RoomCore * core, LivekitReason reason, GError * error)
{
  RoomAction *action;

  close_socket (core);
  drop_peers (core);
  core->state = ROOM_LEFT;
  core->deadline = core->answer_by = G_MAXINT64;
  g_ptr_array_set_size (core->held, 0);
  g_ptr_array_set_size (core->published, 0);
  action = room_core_act (core, ROOM_ACTION_LEFT);
  action->reason = reason;
  action->error = error;
}

static void
fail (RoomCore * core, GstVoiceError code, const gchar * text)
{
  leave (core, LIVEKIT_REASON_UNKNOWN,
      g_error_new_literal (GST_VOICE_ERROR, code, text));
}

static void
open_socket (RoomCore * core, gint64 now)
{
  RoomAction *action = room_core_act (core, ROOM_ACTION_OPEN);
  gboolean resume = core->joined && !core->full;

  core->state = !core->joined ? ROOM_JOINING : resume ? ROOM_RESUMING :
      ROOM_REJOINING;
  core->opening = TRUE;
  core->deadline = now + OPEN_TIMEOUT;
  action->serial = ++core->serial;
  action->token = g_strdup (core->token);
  action->resume = resume ? g_strdup (core->self->sid) : NULL;
  action->why = core->why;
  if (core->urls && core->urls[core->url])
    action->url = g_strdup (core->urls[core->url++]);
}

/* The next attempt, later if there were some. */
static void
try_again (RoomCore * core, GstVoiceError code, const gchar * why, gint64 now)
{
  guint max = core->joined ? MAX_ATTEMPTS : MAX_JOIN_ATTEMPTS;
  gint64 delay;

  close_socket (core);
  if (core->attempts >= max) {
    fail (core, code, why);
    return;
  }
  if (!core->joined && core->attempts == 0)
    room_core_act (core, ROOM_ACTION_RETRYING)->error =
        g_error_new_literal (GST_VOICE_ERROR, code, why);
  delay = back_off[core->attempts];
  if (!core->joined)
    delay = back_off[core->attempts + 1];
  if (core->attempts >= 2)
    delay += get_random (core) % JITTER;
  core->attempts++;
  core->state = ROOM_BACKING_OFF;
  core->deadline = now + delay;
  core->answer_by = G_MAXINT64;
  if (delay == 0)
    open_socket (core, now);
}

/* The session that we had is broken; @full: for good. */
static void
reconnect (RoomCore * core, gboolean full, LivekitReconnectReason why,
    const gchar * text, gint64 now)
{
  gboolean first = core->state == ROOM_CONNECTED && core->settled;

  if (core->state == ROOM_CONNECTED) {
    room_core_act (core, ROOM_ACTION_RECONNECTING);
    /* A session that has worked has all its attempts again. */
    if (first)
      core->attempts = 0;
  }
  core->full = core->full || full || !first;
  core->why = why;
  close_socket (core);
  if (core->full)
    drop_peers (core);
  try_again (core, GST_VOICE_ERROR_DISCONNECTED, text, now);
}

/* An attempt to join, resume or rejoin has failed. */
static void
attempt_failed (RoomCore * core, GstVoiceError code, const gchar * text,
    gint64 now)
{
  close_socket (core);
  if (core->joined) {
    core->full = TRUE;
    drop_peers (core);
  }
  try_again (core, code, text, now);
}

static void
broken (RoomCore * core, LivekitReconnectReason why, const gchar * text,
    gint64 now)
{
  switch (core->state) {
    case ROOM_CONNECTED:
      reconnect (core, FALSE, why, text, now);
      break;
    case ROOM_JOINING:
    case ROOM_RESUMING:
    case ROOM_REJOINING:
      attempt_failed (core, GST_VOICE_ERROR_DISCONNECTED, text, now);
      break;
    default:
      break;
  }
}

static void
make_offer (RoomCore * core)
{
  core->wanted = FALSE;
  core->making = TRUE;
  room_core_act (core, ROOM_ACTION_MAKE_OFFER)->restart = core->restart;
  core->restart = FALSE;
}

/* Only one at a time: what comes meanwhile is in the next. */
static void
want_offer (RoomCore * core, gboolean restart)
{
  core->restart = core->restart || restart;
  if (core->state != ROOM_CONNECTED || core->making || core->awaiting)
    core->wanted = TRUE;
  else
    make_offer (core);
}

static gboolean
is_well (RoomCore * core)
{
  LivekitTarget primary = core->subscriber_primary ?
      LIVEKIT_TARGET_SUBSCRIBER : LIVEKIT_TARGET_PUBLISHER;

  return core->connected[primary] && !core->failed[LIVEKIT_TARGET_PUBLISHER]
      && !core->failed[LIVEKIT_TARGET_SUBSCRIBER];
}

static void
settle (RoomCore * core)
{
  core->settled = TRUE;
  core->attempts = 0;
  core->full = FALSE;
  core->deadline = G_MAXINT64;
  room_people_forget_unseen (core);
}

static void
check_settled (RoomCore * core, gint64 now, gint64 grace)
{
  if (core->settled || core->state != ROOM_CONNECTED || !is_well (core))
    return;
  if (grace > 0)
    core->deadline = now + grace;
  else
    settle (core);
}

static void
say_held (RoomCore * core)
{
  for (guint i = 0; i < core->held->len; i++)
    room_core_send (core, g_bytes_ref (core->held->pdata[i]));
  g_ptr_array_set_size (core->held, 0);
}

static void
set_token (RoomCore * core, const gchar * token)
{
  if (!*token)
    return;
  gst_voice_secret_free (core->token);
  core->token = g_strdup (token);
}

static void
set_room (RoomCore * core, const LivekitRoom * room)
{
  livekit_room_free (core->room);
  core->room = livekit_room_copy (room);
}

static void
new_peers (RoomCore * core, LivekitSignal * signal)
{
  RoomAction *action;

  drop_peers (core);
  memset (core->failed, 0, sizeof core->failed);
  memset (core->connected, 0, sizeof core->connected);
  core->making = core->awaiting = core->wanted = core->restart = FALSE;
  core->offered = FALSE;
  core->answer_by = G_MAXINT64;
  g_clear_pointer (&core->remote_offer, g_free);
  g_clear_pointer (&core->local_answer, g_free);
  core->subscriber_primary = signal->join.subscriber_primary;
  core->peers = core->serial;
  action = room_core_act (core, ROOM_ACTION_MAKE_PEERS);
  action->serial = core->peers;
  action->signal = signal;
}

static void
start_pings (RoomCore * core, gint64 now)
{
  core->heard = now;
  core->ping_at = now + core->ping_interval;
}

/* RPC and the orders to leave are as we know them from here on. */
static gboolean
is_too_old (const gchar * version)
{
  gchar *end;
  guint64 major = g_ascii_strtoull (version, &end, 10);

  if (end == version || *end != '.')
    return FALSE;               /* none, or not LiveKit's own: it may do */
  return major < 1 || (major == 1 && g_ascii_strtoull (end + 1, NULL, 10) < 8);
}

static void
refuse_old (RoomCore * core, const gchar * version)
{
  gchar *text = g_strdup_printf ("the LiveKit server is of version %.32s: "
      "update it, 1.8 or later is needed", version);

  room_core_send (core, livekit_signal_encode_leave
      (LIVEKIT_REASON_CLIENT_INITIATED));
  fail (core, GST_VOICE_ERROR_UNSUPPORTED, text);
  g_free (text);
}

static void
on_join (RoomCore * core, LivekitSignal * signal, gint64 now)
{
  gboolean again = core->joined;
  gboolean offer = core->wanted || signal->join.fast_publish
      || !signal->join.subscriber_primary;

  if (!*signal->join.self->sid || !*signal->join.self->identity) {
    livekit_signal_free (signal);
    attempt_failed (core, GST_VOICE_ERROR_BAD_RESPONSE,
        "the server let us in without telling who we are", now);
    return;
  }
  if (is_too_old (signal->join.server_version)) {
    refuse_old (core, signal->join.server_version);
    livekit_signal_free (signal);
    return;
  }
  core->state = ROOM_CONNECTED;
  core->unconfirmed = FALSE;
  core->joined = core->full = TRUE;
  core->settled = FALSE;
  core->deadline = core->settle_by = now + PEER_TIMEOUT;
  core->ping_interval = signal->join.ping_interval * 1000;
  core->ping_timeout = signal->join.ping_timeout * 1000;
  start_pings (core, now);
  g_hash_table_remove_all (core->received);
  set_room (core, signal->join.room);
  if (again)
    room_core_act (core, ROOM_ACTION_RECONNECTED)->full = TRUE;
  else
    room_core_act (core, ROOM_ACTION_JOINED);
  room_people_set_self (core, signal->join.self);
  room_people_update (core, signal->join.others, TRUE);
  new_peers (core, signal);
  room_publish_again (core, now);
  core->full = FALSE;
  say_held (core);
  if (offer)
    want_offer (core, FALSE);
}

/* The order is the server's: its state, then offers, then the rest. */
static void
on_resumed (RoomCore * core, LivekitSignal * signal, gint64 now)
{
  RoomAction *action = room_core_act (core, ROOM_ACTION_KEEP_PEERS);

  action->serial = core->peers;
  action->signal = signal;
  core->state = ROOM_CONNECTED;
  core->unconfirmed = TRUE;
  core->settled = FALSE;
  core->deadline = core->settle_by = now + PEER_TIMEOUT;
  start_pings (core, now);
  room_people_expect_all (core);
  room_core_send (core, room_publish_get_sync (core));
  /* An offer on its way is lost, one being made will be sent. */
  core->awaiting = FALSE;
  core->answer_by = G_MAXINT64;
  room_core_act (core, ROOM_ACTION_RECONNECTED);
  if (core->offered || core->wanted)
    want_offer (core, core->offered);
  room_publish_again (core, now);
  say_held (core);
  check_settled (core, now, SETTLE_TIME);
}

static void
take_urls (RoomCore * core, GStrv urls)
{
  g_clear_pointer (&core->urls, g_strfreev);
  core->url = 0;
  for (guint i = 0; urls[i]; i++) {
    if (i >= MAX_ATTEMPTS || strlen (urls[i]) > MAX_URL)
      return;
  }
  core->urls = g_strdupv (urls);
}

static void
leave_by_order (RoomCore * core, LivekitReason reason)
{
  GError *error = NULL;

  if (!core->joined || reason == LIVEKIT_REASON_DUPLICATE_IDENTITY)
    error = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_DISCONNECTED,
        "LiveKit ended the session: %s", livekit_reason_explain (reason));
  leave (core, reason, error);
}

/* Two of one identity push each other out. The word that says so may be lost
 * with the connection, and then it looks as if the server had forgotten us;
 * whoever came back each time would do it for ever. */
static gboolean
is_thrown_out (RoomCore * core, const LivekitLeave * order, gint64 now)
{
  if (core->state != ROOM_RESUMING
      || order->reason != LIVEKIT_REASON_STATE_MISMATCH)
    return FALSE;
  if (core->thrown_out == 0 || now - core->thrown_first > THROWN_OUT_TIME) {
    core->thrown_out = 0;
    core->thrown_first = now;
  }
  return ++core->thrown_out >= MAX_THROWN_OUT;
}

static void
on_leave (RoomCore * core, const LivekitLeave * order, gint64 now)
{
  /* Whatever else it says: coming back would push out the other one. */
  if (order->action == LIVEKIT_ACTION_DISCONNECT
      || order->reason == LIVEKIT_REASON_DUPLICATE_IDENTITY) {
    leave_by_order (core, order->reason);
    return;
  }
  if (is_thrown_out (core, order, now)) {
    leave (core, order->reason, g_error_new_literal (GST_VOICE_ERROR,
            GST_VOICE_ERROR_DISCONNECTED, "LiveKit ended the session again and "
            "again: probably another participant joins with the same "
            "identity; each one needs an identity of its own"));
    return;
  }
  take_urls (core, order->urls);
  if (core->state == ROOM_CONNECTED)
    reconnect (core, order->action == LIVEKIT_ACTION_RECONNECT,
        LIVEKIT_RECONNECT_UNKNOWN, livekit_reason_explain (order->reason), now);
  else
    attempt_failed (core, GST_VOICE_ERROR_DISCONNECTED,
        livekit_reason_explain (order->reason), now);
}

/* The first message on a socket. */
static void
on_first (RoomCore * core, LivekitSignal * signal, gint64 now)
{
  if (signal->type == LIVEKIT_SIGNAL_JOIN) {
    on_join (core, signal, now);
    return;
  }
  if (signal->type == LIVEKIT_SIGNAL_RESUMED && core->state == ROOM_RESUMING) {
    on_resumed (core, signal, now);
    return;
  }
  if (signal->type == LIVEKIT_SIGNAL_LEAVE)
    on_leave (core, &signal->leave, now);
  else if (signal->type == LIVEKIT_SIGNAL_TOKEN)
    set_token (core, signal->token);
  else if (signal->type != LIVEKIT_SIGNAL_OTHER)
    attempt_failed (core, GST_VOICE_ERROR_BAD_RESPONSE,
        "the server began with something else than the session", now);
  livekit_signal_free (signal);
}

static void
pass_on (RoomCore * core, LivekitSignal * signal)
{
  RoomAction *action = room_core_act (core, ROOM_ACTION_SIGNAL);

  action->serial = core->peers;
  action->signal = signal;
}

/* Returns: whether the signal has been taken. */
static gboolean
on_negotiation (RoomCore * core, LivekitSignal * signal)
{
  switch (signal->type) {
    case LIVEKIT_SIGNAL_OFFER:
      g_free (core->remote_offer);
      core->remote_offer = g_strdup (signal->description.sdp);
      core->remote_offer_id = signal->description.id;
      break;
    case LIVEKIT_SIGNAL_ANSWER:
      /* An answer to an older offer; 0 is from an old server. */
      if (!core->awaiting || (signal->description.id != 0
              && signal->description.id != core->offer_id))
        return FALSE;
      core->awaiting = FALSE;
      core->answer_by = G_MAXINT64;
      pass_on (core, signal);
      if (core->wanted)
        make_offer (core);
      return TRUE;
    case LIVEKIT_SIGNAL_RESPONSE:
      room_publish_response (core, signal);
      break;
    case LIVEKIT_SIGNAL_CANDIDATE:
    case LIVEKIT_SIGNAL_SUBSCRIBED:
    case LIVEKIT_SIGNAL_NOT_SUBSCRIBED:
    case LIVEKIT_SIGNAL_SPEAKERS:
    case LIVEKIT_SIGNAL_QUALITIES:
      break;
    default:
      return FALSE;
  }
  pass_on (core, signal);
  return TRUE;
}

static void
on_moved (RoomCore * core, const LivekitSignal * signal)
{
  set_token (core, signal->join.token);
  set_room (core, signal->join.room);
  room_core_act (core, ROOM_ACTION_ROOM_CHANGED);
  if (*signal->join.self->sid && *signal->join.self->identity)
    room_people_set_self (core, signal->join.self);
  room_people_update (core, signal->join.others, TRUE);
}

/* The server resumes whoever has our identity: the first update after that,
 * which names us, too, says whether we still are it. */
static gboolean
is_replaced (RoomCore * core, GPtrArray * participants)
{
  for (guint i = 0; core->unconfirmed && i < participants->len; i++) {
    const LivekitParticipant *participant = participants->pdata[i];

    if (participant->state == LIVEKIT_STATE_DISCONNECTED
        || !g_str_equal (participant->identity, core->self->identity))
      continue;
    core->unconfirmed = FALSE;
    return !g_str_equal (participant->sid, core->self->sid);
  }
  return FALSE;
}

static void
on_update_of_people (RoomCore * core, const LivekitSignal * signal)
{
  /* Nothing is said to the server: it would take it as the other's word. */
  if (is_replaced (core, signal->update.participants))
    leave_by_order (core, LIVEKIT_REASON_DUPLICATE_IDENTITY);
  else
    room_people_update (core, signal->update.participants,
        signal->update.everybody);
}

static void
on_message (RoomCore * core, LivekitSignal * signal, gint64 now)
{
  if (on_negotiation (core, signal))
    return;
  switch (signal->type) {
    case LIVEKIT_SIGNAL_UPDATE:
      on_update_of_people (core, signal);
      break;
    case LIVEKIT_SIGNAL_ROOM:
      set_room (core, signal->room);
      room_core_act (core, ROOM_ACTION_ROOM_CHANGED);
      break;
    case LIVEKIT_SIGNAL_MOVED:
      on_moved (core, signal);
      break;
    case LIVEKIT_SIGNAL_PUBLISHED:
      if (room_publish_done (core, signal))
        want_offer (core, FALSE);
      break;
    case LIVEKIT_SIGNAL_UNPUBLISHED:
      room_publish_remove (core, signal->track.sid);
      break;
    case LIVEKIT_SIGNAL_MUTE:
      room_publish_server_mute (core, signal);
      break;
    case LIVEKIT_SIGNAL_TOKEN:
      set_token (core, signal->token);
      break;
    case LIVEKIT_SIGNAL_PONG:
      if (signal->pong > 0 && signal->pong <= now)
        core->rtt = now - signal->pong;
      break;
    case LIVEKIT_SIGNAL_LEAVE:
      on_leave (core, &signal->leave, now);
      break;
    default:
      break;
  }
  livekit_signal_free (signal);
}

static void
on_refused (RoomCore * core, const RoomEvent * event, gint64 now)
{
  GstVoiceError code = event->refused.code;

  core->opening = FALSE;
  /* What is refused for good is not asked for again. */
  if (code == GST_VOICE_ERROR_AUTH || code == GST_VOICE_ERROR_UNSUPPORTED
      || code == GST_VOICE_ERROR_BAD_REQUEST)
    fail (core, code, event->refused.text);
  else
    attempt_failed (core, code, event->refused.text, now);
}

static void
on_socket (RoomCore * core, RoomEvent * event, gint64 now)
{
  if (event->serial != core->serial || (!core->opening && !core->open)) {
    if (event->type == ROOM_EVENT_SIGNAL)
      livekit_signal_free (event->signal);
    return;
  }
  core->heard = now;
  switch (event->type) {
    case ROOM_EVENT_OPENED:
      core->opening = FALSE;
      core->open = TRUE;
      break;
    case ROOM_EVENT_REFUSED:
      if (core->opening)
        on_refused (core, event, now);
      break;
    case ROOM_EVENT_CLOSED:
      core->opening = core->open = FALSE;
      broken (core, LIVEKIT_RECONNECT_SIGNAL_DISCONNECTED,
          "the server closed the signalling connection", now);
      break;
    default:
      if (!core->open)
        livekit_signal_free (event->signal);
      else if (core->state == ROOM_CONNECTED)
        on_message (core, event->signal, now);
      else
        on_first (core, event->signal, now);
      break;
  }
}

static void
on_peer (RoomCore * core, LivekitTarget target, gboolean connected, gint64 now)
{
  if ((guint) target > LIVEKIT_TARGET_SUBSCRIBER)
    return;
  core->connected[target] = connected;
  core->failed[target] = !connected;
  if (connected)
    check_settled (core, now, 0);
  else if (core->state == ROOM_CONNECTED && core->settled)
    reconnect (core, FALSE, target == LIVEKIT_TARGET_PUBLISHER ?
        LIVEKIT_RECONNECT_PUBLISHER_FAILED :
        LIVEKIT_RECONNECT_SUBSCRIBER_FAILED, "the media connection broke", now);
  else if (core->state == ROOM_CONNECTED)
    core->deadline = core->settle_by;   /* it may come back until then */
}

static void
on_offer (RoomCore * core, const gchar * sdp, gint64 now)
{
  if (!core->making)
    return;
  core->making = FALSE;
  if (core->state != ROOM_CONNECTED) {
    core->wanted = TRUE;        /* after the resume */
    return;
  }
  core->awaiting = core->offered = TRUE;
  room_publish_offered (core);
  core->answer_by = now + ANSWER_TIMEOUT;
  room_core_send (core, livekit_signal_encode_offer (sdp, ++core->offer_id));
}

static void
on_answer (RoomCore * core, const gchar * sdp, guint32 id)
{
  g_free (core->local_answer);
  core->local_answer = g_strdup (sdp);
  room_core_send (core, livekit_signal_encode_answer (sdp, id));
}

static void
on_peers (RoomCore * core, const RoomEvent * event, gint64 now)
{
  if (core->peers == 0 || event->serial != core->peers)
    return;
  switch (event->type) {
    case ROOM_EVENT_PEER:
      on_peer (core, event->peer.target, event->peer.connected, now);
      break;
    case ROOM_EVENT_OFFER:
      on_offer (core, event->description.sdp, now);
      break;
    case ROOM_EVENT_ANSWER:
      on_answer (core, event->description.sdp, event->description.id);
      break;
    default:
      room_core_send (core, livekit_signal_encode_candidate (event->candidate));
      break;
  }
}

static void
on_update (RoomCore * core, const RoomEvent * event)
{
  GBytes *bytes = livekit_signal_encode_update (event->update.name,
      event->update.metadata, event->update.attributes, event->update.id);

  if (core->state == ROOM_CONNECTED)
    room_core_send (core, bytes);
  else if (core->held->len < MAX_HELD)
    g_ptr_array_add (core->held, bytes);
  else
    g_bytes_unref (bytes);
}

static void
on_received (RoomCore * core, const gchar * sid, guint32 sequence)
{
  if (g_hash_table_size (core->received) < MAX_RECEIVED
      || g_hash_table_contains (core->received, sid))
    g_hash_table_replace (core->received, g_strdup (sid),
        GUINT_TO_POINTER (sequence));
}

static void
on_simulate (RoomCore * core, const gchar * scenario)
{
  GBytes *bytes = livekit_signal_encode_simulate (scenario);

  if (bytes)
    room_core_send (core, bytes);
}

static void
on_request (RoomCore * core, const RoomEvent * event, gint64 now)
{
  switch (event->type) {
    case ROOM_EVENT_JOIN:
      if (core->state == ROOM_IDLE)
        open_socket (core, now);
      break;
    case ROOM_EVENT_LEAVE:
      if (core->joined)
        room_core_send (core, livekit_signal_encode_leave (event->reason));
      leave (core, event->reason, NULL);
      break;
    case ROOM_EVENT_PUBLISH:
      room_publish_add (core, event->track, now);
      break;
    case ROOM_EVENT_MUTE:
      room_publish_mute (core, event->mute.cid, event->mute.muted);
      break;
    case ROOM_EVENT_UPDATE:
      on_update (core, event);
      break;
    case ROOM_EVENT_NEGOTIATE:
      want_offer (core, FALSE);
      break;
    case ROOM_EVENT_SIMULATE:
      on_simulate (core, event->scenario);
      break;
    default:
      on_received (core, event->received.sid, event->received.sequence);
      break;
  }
}

/**
 * room_core_handle:
 * @event: what has happened; its signal is taken, the rest borrowed
 * @now: milliseconds, not less than before
 */
void
room_core_handle (RoomCore * core, RoomEvent * event, gint64 now)
{
  if (core->state == ROOM_LEFT) {
    if (event->type == ROOM_EVENT_SIGNAL)
      livekit_signal_free (event->signal);
    return;
  }
  if (event->type < ROOM_EVENT_OPENED)
    on_request (core, event, now);
  else if (event->type < ROOM_EVENT_PEER)
    on_socket (core, event, now);
  else
    on_peers (core, event, now);
}

static void
on_deadline (RoomCore * core, gint64 now)
{
  core->deadline = G_MAXINT64;
  switch (core->state) {
    case ROOM_BACKING_OFF:
      open_socket (core, now);
      break;
    case ROOM_CONNECTED:
      if (is_well (core))
        settle (core);
      else
        reconnect (core, TRUE, LIVEKIT_RECONNECT_UNKNOWN, "no media "
            "connection came about: look at the server's UDP and TCP ports",
            now);
      break;
    default:
      attempt_failed (core, core->open ? GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT :
          GST_VOICE_ERROR_CONNECT_TIMEOUT, core->open ?
          "the server said nothing for too long" :
          "no connection to the server in time", now);
      break;
  }
}

static void
ping (RoomCore * core, gint64 now)
{
  if (now >= core->heard + core->ping_timeout) {
    broken (core, LIVEKIT_RECONNECT_SIGNAL_DISCONNECTED,
        "the signalling connection is dead", now);
    return;
  }
  if (now < core->ping_at)
    return;
  core->ping_at = now + core->ping_interval;
  room_core_send (core, livekit_signal_encode_ping (now, core->rtt));
  room_core_send (core, livekit_signal_encode_old_ping (now));
}

/**
 * room_core_tick:
 * @now: milliseconds; to be called when room_core_get_deadline () has come
 */
void
room_core_tick (RoomCore * core, gint64 now)
{
  if (core->state == ROOM_LEFT)
    return;
  if (now >= core->deadline)
    on_deadline (core, now);
  if (core->state != ROOM_CONNECTED)
    return;
  ping (core, now);
  if (core->state != ROOM_CONNECTED)
    return;
  room_publish_expire (core, now);
  if (now >= core->answer_by)
    reconnect (core, TRUE, LIVEKIT_RECONNECT_PUBLISHER_FAILED,
        "the server did not answer our offer", now);
}

/**
 * room_core_get_deadline:
 *
 * Returns: when room_core_tick () is to be called, or G_MAXINT64
 */
gint64
room_core_get_deadline (RoomCore * core)
{
  gint64 deadline = core->deadline;

  if (core->state == ROOM_CONNECTED) {
    deadline = MIN (deadline, MIN (core->ping_at,
            core->heard + core->ping_timeout));
    deadline = MIN (deadline, core->answer_by);
    deadline = MIN (deadline, room_publish_get_deadline (core));
  }
  return deadline;
}

/**
 * room_core_pop:
 *
 * Returns: (transfer full) (nullable): the next thing to do
 */
RoomAction *
room_core_pop (RoomCore * core)
{
  return g_queue_pop_head (&core->actions);
}

/**
 * room_action_free:
 * @action: (transfer full) (nullable): what room_core_pop () returned
 */
void
room_action_free (RoomAction * action)
{
  if (!action)
    return;
  gst_voice_secret_free (action->token);
  g_free (action->url);
  g_free (action->resume);
  g_clear_pointer (&action->bytes, g_bytes_unref);
  livekit_signal_free (action->signal);
  livekit_participant_free (action->participant);
  livekit_track_free (action->track);
  g_free (action->cid);
  g_clear_error (&action->error);
  g_free (action);
}

/**
 * room_core_new:
 * @token: that lets us in
 * @seed: of the jitter between attempts; different in every call
 */
RoomCore *
room_core_new (const gchar * token, guint32 seed)
{
  RoomCore *core = g_new0 (RoomCore, 1);

  core->token = g_strdup (token);
  core->random = seed ? seed : 1;
  core->deadline = core->ping_at = core->answer_by = G_MAXINT64;
  core->ping_timeout = PEER_TIMEOUT;
  g_queue_init (&core->actions);
  core->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  core->participants = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) livekit_participant_free);
  core->unseen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  core->received = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  core->published = g_ptr_array_new_with_free_func ((GDestroyNotify)
      room_publication_free);
  return core;
}

/**
 * room_core_free:
 * @core: (transfer full) (nullable): a room; nothing is said to the server
 */
void
room_core_free (RoomCore * core)
{
  if (!core)
    return;
  g_queue_clear_full (&core->actions, (GDestroyNotify) room_action_free);
  gst_voice_secret_free (core->token);
  g_strfreev (core->urls);
  g_ptr_array_unref (core->held);
  g_free (core->remote_offer);
  g_free (core->local_answer);
  livekit_room_free (core->room);
  livekit_participant_free (core->self);
  g_hash_table_unref (core->participants);
  g_hash_table_unref (core->unseen);
  g_hash_table_unref (core->received);
  g_ptr_array_unref (core->published);
  g_free (core);
}

RoomState
room_core_get_state (RoomCore * core)
{
  return core->state;
}

/**
 * room_core_get_rtt:
 *
 * Returns: the signalling connection's round trip in milliseconds; 0 = unknown
 */
gint64
room_core_get_rtt (RoomCore * core)
{
  return core->rtt;
}

/**
 * room_core_get_room:
 *
 * Returns: (transfer none) (nullable): the room; valid until the next event
 */
const LivekitRoom *
room_core_get_room (RoomCore * core)
{
  return core->room;
}

/**
 * room_core_get_self:
 *
 * Returns: (transfer none) (nullable): ourselves; valid until the next event
 */
const LivekitParticipant *
room_core_get_self (RoomCore * core)
{
  return core->self;
}

/**
 * room_core_get_participant:
 *
 * Returns: (transfer none) (nullable): somebody; valid until the next event
 */
const LivekitParticipant *
room_core_get_participant (RoomCore * core, const gchar * identity)
{
  return g_hash_table_lookup (core->participants, identity);
}

/**
 * room_core_get_participants:
 *
 * Returns: (transfer none): everybody else, by identity; valid until the next
 *   event
 */
GHashTable *
room_core_get_participants (RoomCore * core)
{
  return core->participants;
}

/**
 * room_core_get_received:
 * @sid: of a participant
 *
 * Returns: the number of the last reliable packet that came from it; one with
 *   this number or a lower one has been here before
 */
guint32
room_core_get_received (RoomCore * core, const gchar * sid)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (core->received, sid));
}

/**
 * room_core_find_track:
 * @sid: of the track, as a description's mids have it
 * @participant: (out): whose it is
 *
 * Returns: (transfer none) (nullable): the track; valid until the next event
 */
const LivekitTrack *
room_core_find_track (RoomCore * core, const gchar * sid,
    const LivekitParticipant ** participant)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, core->participants);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LivekitTrack *track = livekit_participant_find_track (value, sid);

    if (track) {
      *participant = value;
      return track;
    }
  }
  return NULL;
}
