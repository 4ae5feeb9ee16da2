/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Signals made by hand, and what a room does as words.
 */
#include "room-scene.h"

#include <livekit_rtc.pb-c.h>
#include <proto.h>

LivekitSignal *
room_scene_signal (LivekitSignalType type)
{
  LivekitSignal *signal = g_new0 (LivekitSignal, 1);

  signal->type = type;
  return signal;
}

static LivekitParticipant *
participant (const gchar * sid, const gchar * identity, const gchar * track,
    gboolean muted)
{
  LivekitParticipant *p = livekit_participant_new (sid, identity);

  if (track && *track) {
    LivekitTrack t = {.sid = (gchar *) track,.name = (gchar *) "",
      .mime = (gchar *) "audio/opus",.mid = (gchar *) "",
      .stream = (gchar *) "",.muted = muted
    };

    g_ptr_array_add (p->tracks, livekit_track_copy (&t));
  }
  return p;
}

static LivekitSignal *
session (LivekitSignalType type)
{
  LivekitSignal *signal = room_scene_signal (type);
  LivekitRoom room = {.sid = (gchar *) "RM_1",.name = (gchar *) "room",
    .metadata = (gchar *) ""
  };

  signal->join.room = livekit_room_copy (&room);
  signal->join.others = g_ptr_array_new_with_free_func ((GDestroyNotify)
      livekit_participant_free);
  signal->join.ice_servers = g_ptr_array_new ();
  signal->join.server_version = g_strdup ("");
  signal->join.token = g_strdup ("");
  signal->join.subscriber_primary = TRUE;
  signal->join.ping_interval = 5;
  signal->join.ping_timeout = 15;
  return signal;
}

/* @sid: of ourselves, %NULL for a resumed session; @other: (nullable): the
 * sid of the caller, whose track is TR_1 */
LivekitSignal *
room_scene_join (const gchar * sid, const gchar * other)
{
  LivekitSignal *signal =
      session (sid ? LIVEKIT_SIGNAL_JOIN : LIVEKIT_SIGNAL_RESUMED);

  signal->join.self = livekit_participant_new (sid ? sid : "",
      sid ? "agent" : "");
  if (other)
    g_ptr_array_add (signal->join.others,
        participant (other, "caller", "TR_1", FALSE));
  return signal;
}

LivekitSignal *
room_scene_leave (LivekitAction action, LivekitReason reason, const gchar * url)
{
  LivekitSignal *signal = room_scene_signal (LIVEKIT_SIGNAL_LEAVE);

  signal->leave.action = action;
  signal->leave.reason = reason;
  signal->leave.urls = g_new0 (gchar *, 2);
  signal->leave.urls[0] = g_strdup (url);
  return signal;
}

LivekitSignal *
room_scene_update (const gchar * sid, const gchar * identity, guint version,
    LivekitState state, const gchar * track, gboolean muted)
{
  LivekitSignal *signal = room_scene_signal (LIVEKIT_SIGNAL_UPDATE);
  LivekitParticipant *p = participant (sid, identity, track, muted);

  p->version = version;
  p->state = state;
  p->reason = state == LIVEKIT_STATE_DISCONNECTED ?
      LIVEKIT_REASON_CLIENT_INITIATED : LIVEKIT_REASON_UNKNOWN;
  signal->update.participants = g_ptr_array_new_with_free_func ((GDestroyNotify)
      livekit_participant_free);
  g_ptr_array_add (signal->update.participants, p);
  return signal;
}

LivekitSignal *
room_scene_description (LivekitSignalType type, guint32 id)
{
  LivekitSignal *signal = room_scene_signal (type);

  signal->description.sdp = g_strdup ("v=0");
  signal->description.id = id;
  signal->description.mids = livekit_attributes_new ();
  return signal;
}

LivekitSignal *
room_scene_published (const gchar * cid, const gchar * sid)
{
  LivekitSignal *signal = room_scene_signal (LIVEKIT_SIGNAL_PUBLISHED);
  LivekitParticipant *p = participant ("", "", sid, FALSE);

  signal->published.cid = g_strdup (cid);
  signal->published.track = livekit_track_copy (p->tracks->pdata[0]);
  livekit_participant_free (p);
  return signal;
}

LivekitSignal *
room_scene_response (const gchar * cid, LivekitResponseReason reason)
{
  LivekitSignal *signal = room_scene_signal (LIVEKIT_SIGNAL_RESPONSE);

  signal->response.cid = g_strdup (cid);
  signal->response.text = g_strdup ("");
  signal->response.reason = reason;
  return signal;
}

LivekitSignal *
room_scene_mute (const gchar * sid, gboolean muted)
{
  LivekitSignal *signal = room_scene_signal (LIVEKIT_SIGNAL_MUTE);

  signal->track.sid = g_strdup (sid);
  signal->track.muted = muted;
  return signal;
}

static void
tell_request (GBytes * bytes, GString * out)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  Livekit__SignalRequest *request =
      livekit_proto_decode (&livekit__signal_request__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, NULL);
  const ProtobufCFieldDescriptor *field;

  g_assert_nonnull (request);
  field = protobuf_c_message_descriptor_get_field
      (&livekit__signal_request__descriptor, request->message_case);
  g_string_append (out, field->name);
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_OFFER)
    g_string_append_printf (out, "%u", request->offer->id);
  if (request->message_case == LIVEKIT__SIGNAL_REQUEST__MESSAGE_SYNC_STATE)
    g_string_append_printf (out, "%s%s%s%s",
        request->sync_state->offer ? "+offer" : "",
        request->sync_state->answer ? "+answer" : "",
        request->sync_state->n_publish_tracks ? "+track" : "",
        request->sync_state->n_datachannel_receive_states ? "+received" : "");
  livekit_proto_free (request);
}

static const gchar *const names[] = {
  "open", "close", "", "peers", "keep-peers", "drop-peers", "make-offer",
  "signal", "RETRYING", "JOINED", "RECONNECTING", "RECONNECTED", "LEFT",
  "ROOM", "SELF", "+", "~", "-", "+", "~", "-", "PUBLISHED", "NOT-PUBLISHED",
  "UNPUBLISHED", "MUTED",
};

/* Appends one word. */
void
room_scene_tell (const RoomAction * action, GString * out)
{
  static const gchar *const signals[] = {[LIVEKIT_SIGNAL_OFFER] = "offer",
    [LIVEKIT_SIGNAL_ANSWER] = "answer",
    [LIVEKIT_SIGNAL_CANDIDATE] = "candidate",
    [LIVEKIT_SIGNAL_RESPONSE] = "response",
    [LIVEKIT_SIGNAL_LEAVE] = NULL,
  };

  if (out->len > 0)
    g_string_append_c (out, ' ');
  g_string_append (out, names[action->type]);
  if (action->type == ROOM_ACTION_SEND)
    tell_request (action->bytes, out);
  if (action->type == ROOM_ACTION_SIGNAL)
    g_string_append_printf (out, ":%s", signals[action->signal->type]);
  if (action->resume)
    g_string_append_printf (out, "(%s)", action->resume);
  if (action->url)
    g_string_append_printf (out, "@%s", action->url);
  if (action->restart)
    g_string_append (out, "!");
  if (action->full)
    g_string_append (out, "(full)");
  if (action->track && !action->cid)
    g_string_append (out, action->track->sid);
  else if (action->participant && action->type != ROOM_ACTION_SELF_CHANGED)
    g_string_append (out, action->participant->identity);
  if (action->cid)
    g_string_append_printf (out, "(%s%s)", action->cid,
        action->muted ? ",muted" : "");
  if (action->type == ROOM_ACTION_LEFT)
    g_string_append_printf (out, "(%s%s%s)",
        livekit_reason_name (action->reason), action->error ? "," : "",
        action->error ? gst_voice_error_name (action->error->code) : "");
}
