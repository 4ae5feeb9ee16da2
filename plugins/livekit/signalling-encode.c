/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What we say on the signalling connection. Each function returns one binary
 * message; strings are UTF-8.
 *
 * Threads: any. Locks: none.
 */
#include "model-proto.h"
#include "proto.h"
#include "signalling.h"

#include <gst-voice/json.h>
#include <livekit_rtc.pb-c.h>
#include <stdlib.h>

/* protobuf-c has no pointers to const. */
#define TEXT(s) ((char *) ((s) ? (s) : ""))

static GBytes *
encode (Livekit__SignalRequest__MessageCase which, gpointer content)
{
  Livekit__SignalRequest request;

  livekit__signal_request__init (&request);
  request.message_case = which;
  request.offer = content;      /* one of a union of pointers */
  return livekit_proto_encode (&request);
}

static GBytes *
encode_description (Livekit__SignalRequest__MessageCase which,
    const gchar * type, const gchar * sdp, guint32 id)
{
  Livekit__SessionDescription message;

  livekit__session_description__init (&message);
  message.type = TEXT (type);
  message.sdp = TEXT (sdp);
  message.id = id;
  return encode (which, &message);
}

/**
 * livekit_signal_encode_offer:
 * @sdp: of the publisher
 * @id: not 0, greater than before; the answer repeats it
 */
GBytes *
livekit_signal_encode_offer (const gchar * sdp, guint32 id)
{
  return encode_description (LIVEKIT__SIGNAL_REQUEST__MESSAGE_OFFER, "offer",
      sdp, id);
}

/**
 * livekit_signal_encode_answer:
 * @sdp: of the subscriber
 * @id: of the offer
 */
GBytes *
livekit_signal_encode_answer (const gchar * sdp, guint32 id)
{
  return encode_description (LIVEKIT__SIGNAL_REQUEST__MESSAGE_ANSWER,
      "answer", sdp, id);
}

/**
 * livekit_signal_encode_candidate:
 * @candidate: of ours
 */
GBytes *
livekit_signal_encode_candidate (const LivekitCandidate * candidate)
{
  Livekit__TrickleRequest message;
  GString *init = g_string_new ("{\"candidate\":");
  GBytes *bytes;

  gst_voice_json_append_string (init, TEXT (candidate->candidate));
  g_string_append (init, ",\"sdpMid\":");
  gst_voice_json_append_string (init, TEXT (candidate->mid));
  g_string_append_printf (init, ",\"sdpMLineIndex\":%u}", candidate->line);
  livekit__trickle_request__init (&message);
  message.candidateinit = init->str;
  message.target = (Livekit__SignalTarget) candidate->target;
  message.final = candidate->final;
  bytes = encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_TRICKLE, &message);
  g_string_free (init, TRUE);
  return bytes;
}

/**
 * livekit_signal_encode_add_track:
 * @track: an audio track of ours, before it is offered
 */
GBytes *
livekit_signal_encode_add_track (const LivekitAddTrack * track)
{
  Livekit__AddTrackRequest message;
  Livekit__AudioTrackFeature no_dtx = LIVEKIT__AUDIO_TRACK_FEATURE__TF_NO_DTX;

  livekit__add_track_request__init (&message);
  message.cid = TEXT (track->cid);
  message.name = TEXT (track->name);
  message.stream = TEXT (track->stream);
  message.type = LIVEKIT__TRACK_TYPE__AUDIO;
  message.source = (Livekit__TrackSource) track->source;
  message.muted = track->muted;
  message.disable_red = !track->red;
  message.disable_dtx = !track->dtx;
  if (!track->dtx) {
    message.n_audio_features = 1;
    message.audio_features = &no_dtx;
  }
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_ADD_TRACK, &message);
}

/**
 * livekit_signal_encode_mute:
 * @sid: of a track of ours
 */
GBytes *
livekit_signal_encode_mute (const gchar * sid, gboolean muted)
{
  Livekit__MuteTrackRequest message;

  livekit__mute_track_request__init (&message);
  message.sid = TEXT (sid);
  message.muted = muted;
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_MUTE, &message);
}

/**
 * livekit_signal_encode_subscribe:
 * @sids: of tracks of others
 * @subscribe: or not any more
 */
GBytes *
livekit_signal_encode_subscribe (const gchar * const *sids, gboolean subscribe)
{
  Livekit__UpdateSubscription message;

  livekit__update_subscription__init (&message);
  message.n_track_sids = g_strv_length ((GStrv) sids);
  message.track_sids = (char **) sids;
  message.subscribe = subscribe;
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_SUBSCRIPTION, &message);
}

/**
 * livekit_signal_encode_pause:
 * @sids: of tracks that we are subscribed to
 * @pause: no media until they go on; nothing is negotiated anew
 */
GBytes *
livekit_signal_encode_pause (const gchar * const *sids, gboolean pause)
{
  Livekit__UpdateTrackSettings message;

  livekit__update_track_settings__init (&message);
  message.n_track_sids = g_strv_length ((GStrv) sids);
  message.track_sids = (char **) sids;
  message.disabled = pause;
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_TRACK_SETTING, &message);
}

/**
 * livekit_signal_encode_update:
 * @name: (nullable): of ourselves; %NULL and empty change nothing
 * @metadata: (nullable): likewise
 * @attributes: (nullable): what changes; an empty value deletes
 * @id: not 0; comes back in the response
 */
GBytes *
livekit_signal_encode_update (const gchar * name, const gchar * metadata,
    GHashTable * attributes, guint32 id)
{
  Livekit__UpdateParticipantMetadata message;
  GBytes *bytes;

  livekit__update_participant_metadata__init (&message);
  message.name = TEXT (name);
  message.metadata = TEXT (metadata);
  message.request_id = id;
  message.attributes = livekit_proto_new_map (attributes,
      &livekit__update_participant_metadata__attributes_entry__descriptor,
      &message.n_attributes);
  bytes = encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_UPDATE_METADATA, &message);
  livekit_proto_free_map (message.attributes, message.n_attributes);
  return bytes;
}

/* The parts of a SyncState that are lists. */
typedef struct
{
  Livekit__TrackInfo *tracks;
  Livekit__TrackPublishedResponse *published, **published_list;
  Livekit__DataChannelReceiveState *received, **received_list;
  Livekit__DataChannelInfo channels[2], *channel_list[2];
} SyncLists;

static void
fill_sync_lists (SyncLists * lists, const LivekitSync * sync,
    Livekit__SyncState * message)
{
  lists->tracks = g_new0 (Livekit__TrackInfo, sync->n_published);
  lists->published = g_new0 (Livekit__TrackPublishedResponse,
      sync->n_published);
  lists->published_list = g_new (Livekit__TrackPublishedResponse *,
      sync->n_published);
  for (guint i = 0; i < sync->n_published; i++) {
    livekit_track_to_proto (sync->published[i].track, &lists->tracks[i]);
    livekit__track_published_response__init (&lists->published[i]);
    lists->published[i].cid = TEXT (sync->published[i].cid);
    lists->published[i].track = &lists->tracks[i];
    lists->published_list[i] = &lists->published[i];
  }
  message->n_publish_tracks = sync->n_published;
  message->publish_tracks = lists->published_list;

  lists->received = g_new0 (Livekit__DataChannelReceiveState, sync->n_received);
  lists->received_list = g_new (Livekit__DataChannelReceiveState *,
      sync->n_received);
  for (guint i = 0; i < sync->n_received; i++) {
    livekit__data_channel_receive_state__init (&lists->received[i]);
    lists->received[i].publisher_sid = TEXT (sync->received[i].sid);
    lists->received[i].last_seq = sync->received[i].sequence;
    lists->received_list[i] = &lists->received[i];
  }
  message->n_datachannel_receive_states = sync->n_received;
  message->datachannel_receive_states = lists->received_list;
}

static void
fill_channels (SyncLists * lists, Livekit__SyncState * message)
{
  static const gchar *const labels[] = { "_reliable", "_lossy" };

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++) {
    livekit__data_channel_info__init (&lists->channels[i]);
    lists->channels[i].label = TEXT (labels[i]);
    lists->channels[i].target = LIVEKIT__SIGNAL_TARGET__PUBLISHER;
    lists->channel_list[i] = &lists->channels[i];
  }
  message->n_data_channels = G_N_ELEMENTS (labels);
  message->data_channels = lists->channel_list;
}

static void
free_sync_lists (SyncLists * lists)
{
  g_free (lists->tracks);
  g_free (lists->published);
  g_free (lists->published_list);
  g_free (lists->received);
  g_free (lists->received_list);
}

/**
 * livekit_signal_encode_sync:
 * @sync: what we know of the session; must go before any offer of ours
 */
GBytes *
livekit_signal_encode_sync (const LivekitSync * sync)
{
  Livekit__SyncState message;
  Livekit__SessionDescription offer, answer;
  Livekit__UpdateSubscription subscription;
  SyncLists lists;
  GBytes *bytes;

  livekit__sync_state__init (&message);
  livekit__session_description__init (&offer);
  livekit__session_description__init (&answer);
  livekit__update_subscription__init (&subscription);
  offer.type = TEXT ("offer");
  answer.type = TEXT ("answer");
  offer.id = answer.id = sync->offer_id;
  if (sync->offer) {
    offer.sdp = TEXT (sync->offer);
    message.offer = &offer;
  }
  if (sync->answer) {
    answer.sdp = TEXT (sync->answer);
    message.answer = &answer;
  }
  if (sync->unsubscribed) {
    subscription.n_track_sids = g_strv_length ((GStrv) sync->unsubscribed);
    subscription.track_sids = (char **) sync->unsubscribed;
  }
  message.subscription = &subscription;
  fill_sync_lists (&lists, sync, &message);
  if (sync->publisher_channels)
    fill_channels (&lists, &message);
  bytes = encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_SYNC_STATE, &message);
  free_sync_lists (&lists);
  return bytes;
}

/**
 * livekit_signal_encode_ping:
 * @now_ms: comes back in the pong
 * @rtt_ms: of the last one, 0 at first
 */
GBytes *
livekit_signal_encode_ping (gint64 now_ms, gint64 rtt_ms)
{
  Livekit__Ping message;

  livekit__ping__init (&message);
  message.timestamp = now_ms;
  message.rtt = rtt_ms;
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_PING_REQ, &message);
}

/**
 * livekit_signal_encode_old_ping:
 * @now_ms: milliseconds
 *
 * The ping that old servers know; to be sent beside the other.
 */
GBytes *
livekit_signal_encode_old_ping (gint64 now_ms)
{
  Livekit__SignalRequest request;

  livekit__signal_request__init (&request);
  request.message_case = LIVEKIT__SIGNAL_REQUEST__MESSAGE_PING;
  request.ping = now_ms;
  return livekit_proto_encode (&request);
}

/**
 * livekit_signal_encode_leave:
 * @reason: the server takes %LIVEKIT_REASON_CLIENT_INITIATED,
 *   %LIVEKIT_REASON_USER_UNAVAILABLE, %LIVEKIT_REASON_USER_REJECTED and
 *   %LIVEKIT_REASON_AGENT_ERROR from us
 */
GBytes *
livekit_signal_encode_leave (LivekitReason reason)
{
  Livekit__LeaveRequest message;

  livekit__leave_request__init (&message);
  message.reason = (Livekit__DisconnectReason) reason;
  message.action = LIVEKIT__LEAVE_REQUEST__ACTION__DISCONNECT;
  return encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_LEAVE, &message);
}

/* In the order of Livekit__CandidateProtocol. */
static const gchar *const protocols[] = { "udp", "tcp", "tls", NULL };

#define SCENARIO(name) LIVEKIT__SIMULATE_SCENARIO__SCENARIO_ ## name

/* Those that are on or off. */
static const struct
{
  const gchar *name;
  Livekit__SimulateScenario__ScenarioCase which;
} flags[] = {
  {"node_failure", SCENARIO (NODE_FAILURE)},
  {"migration", SCENARIO (MIGRATION)},
  {"server_leave", SCENARIO (SERVER_LEAVE)},
  {"disconnect_signal_on_resume", SCENARIO (DISCONNECT_SIGNAL_ON_RESUME)},
  {"disconnect_signal_on_resume_no_messages",
      SCENARIO (DISCONNECT_SIGNAL_ON_RESUME_NO_MESSAGES)},
  {"leave_request_full_reconnect", SCENARIO (LEAVE_REQUEST_FULL_RECONNECT)},
};

static gboolean
read_flag (const gchar * name, Livekit__SimulateScenario * message)
{
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++) {
    if (g_str_equal (flags[i].name, name)) {
      message->scenario_case = flags[i].which;
      message->node_failure = TRUE;     /* one of a union of booleans */
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_value (const gchar * name, const gchar * value,
    Livekit__SimulateScenario * message)
{
  if (g_str_equal (name, "speaker_update")) {
    message->scenario_case = SCENARIO (SPEAKER_UPDATE);
    message->speaker_update = value ? atoi (value) : 3;
  } else if (g_str_equal (name, "subscriber_bandwidth")) {
    message->scenario_case = SCENARIO (SUBSCRIBER_BANDWIDTH);
    message->subscriber_bandwidth =
        value ? g_ascii_strtoll (value, NULL, 10) : 100000;
  } else if (g_str_equal (name, "switch_candidate_protocol")) {
    message->scenario_case = SCENARIO (SWITCH_CANDIDATE_PROTOCOL);
    message->switch_candidate_protocol = LIVEKIT__CANDIDATE_PROTOCOL__TCP;
    for (guint i = 0; value && protocols[i]; i++) {
      if (g_str_equal (protocols[i], value))
        message->switch_candidate_protocol = i;
    }
  } else {
    return FALSE;
  }
  return TRUE;
}

/**
 * livekit_signal_encode_simulate:
 * @scenario: as the protocol calls it, some with `=` and a value:
 *   `speaker_update=3` (seconds), `subscriber_bandwidth=100000`,
 *   `switch_candidate_protocol=tcp`
 *
 * Returns: (transfer full) (nullable): what makes the server play a fault, for
 *   tests; %NULL if there is no such scenario
 */
GBytes *
livekit_signal_encode_simulate (const gchar * scenario)
{
  gchar **parts = g_strsplit (scenario, "=", 2);
  Livekit__SimulateScenario message;
  GBytes *bytes = NULL;

  livekit__simulate_scenario__init (&message);
  if (parts[0] && (read_flag (parts[0], &message)
          || read_value (parts[0], parts[1], &message)))
    bytes = encode (LIVEKIT__SIGNAL_REQUEST__MESSAGE_SIMULATE, &message);
  g_strfreev (parts);
  return bytes;
}
