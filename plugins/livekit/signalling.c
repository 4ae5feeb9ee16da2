/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the server says on the signalling connection, as plain values. What is
 * written to it is in signalling-encode.c, where it is found in
 * signalling-url.c.
 *
 * Threads: any. Locks: none.
 */
#include "signalling.h"

#include "model-proto.h"
#include "proto.h"

#include <gst-voice/error.h>
#include <gst-voice/json.h>
#include <livekit_rtc.pb-c.h>

G_STATIC_ASSERT ((gint) LIVEKIT_ACTION_RECONNECT ==
    (gint) LIVEKIT__LEAVE_REQUEST__ACTION__RECONNECT);
G_STATIC_ASSERT ((gint) LIVEKIT_RESPONSE_UNCLASSIFIED ==
    (gint) LIVEKIT__REQUEST_RESPONSE__REASON__UNCLASSIFIED_ERROR);

/* A JSON text of some hundred bytes. */
#define MAX_CANDIDATE 4096
#define MAX_LINE 1024
/* What the server says when it says nothing, and what is sensible at all. */
#define PING_INTERVAL 5
#define PING_TIMEOUT 15
#define PING_MAX 300

static void
ice_server_free (LivekitIceServer * server)
{
  g_strfreev (server->urls);
  g_free (server->username);
  g_free (server->credential);
  g_free (server);
}

static void
speaker_free (LivekitSpeaker * speaker)
{
  g_free (speaker->sid);
  g_free (speaker);
}

static void
quality_free (LivekitParticipantQuality * quality)
{
  g_free (quality->sid);
  g_free (quality);
}

static GStrv
copy_strings (gsize n, char **strings)
{
  GStrv copy = g_new0 (gchar *, n + 1);

  for (gsize i = 0; i < n; i++)
    copy[i] = g_strdup (strings[i]);
  return copy;
}

static GPtrArray *
read_ice_servers (gsize n, Livekit__ICEServer ** list)
{
  GPtrArray *servers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ice_server_free);

  for (gsize i = 0; i < n; i++) {
    LivekitIceServer *server = g_new0 (LivekitIceServer, 1);

    server->urls = copy_strings (list[i]->n_urls, list[i]->urls);
    server->username = g_strdup (list[i]->username);
    server->credential = g_strdup (list[i]->credential);
    g_ptr_array_add (servers, server);
  }
  return servers;
}

static gboolean
forces_relay (const Livekit__ClientConfiguration * config)
{
  return config
      && config->force_relay == LIVEKIT__CLIENT_CONFIG_SETTING__ENABLED;
}

static guint
read_seconds (gint32 seconds, guint otherwise)
{
  return seconds > 0 ? MIN ((guint) seconds, PING_MAX) : otherwise;
}

static void
read_join (LivekitSignal * signal, const Livekit__JoinResponse * message)
{
  LivekitJoin *join = &signal->join;

  signal->type = LIVEKIT_SIGNAL_JOIN;
  join->room = livekit_room_from_proto (message->room);
  join->self = livekit_participant_from_proto (message->participant);
  join->others =
      livekit_participants_from_proto (message->n_other_participants,
      message->other_participants);
  join->ice_servers =
      read_ice_servers (message->n_ice_servers, message->ice_servers);
  join->server_version =
      g_strdup (message->server_info ? message->server_info->
      version : message->server_version);
  join->token = g_strdup ("");
  join->subscriber_primary = message->subscriber_primary;
  join->fast_publish = message->fast_publish;
  join->force_relay = forces_relay (message->client_configuration);
  join->ping_interval = read_seconds (message->ping_interval, PING_INTERVAL);
  join->ping_timeout = read_seconds (message->ping_timeout, PING_TIMEOUT);
}

static void
read_resumed (LivekitSignal * signal,
    const Livekit__ReconnectResponse * message)
{
  LivekitJoin *join = &signal->join;

  signal->type = LIVEKIT_SIGNAL_RESUMED;
  join->room = livekit_room_from_proto (NULL);
  join->self = livekit_participant_from_proto (NULL);
  join->others = livekit_participants_from_proto (0, NULL);
  join->ice_servers =
      read_ice_servers (message->n_ice_servers, message->ice_servers);
  join->server_version = g_strdup (message->server_info ?
      message->server_info->version : "");
  join->token = g_strdup ("");
  join->force_relay = forces_relay (message->client_configuration);
  join->last_sequence = message->last_message_seq;
}

static void
read_moved (LivekitSignal * signal, const Livekit__RoomMovedResponse * message)
{
  LivekitJoin *join = &signal->join;

  signal->type = LIVEKIT_SIGNAL_MOVED;
  join->room = livekit_room_from_proto (message->room);
  join->self = livekit_participant_from_proto (message->participant);
  join->others =
      livekit_participants_from_proto (message->n_other_participants,
      message->other_participants);
  join->ice_servers = read_ice_servers (0, NULL);
  join->server_version = g_strdup ("");
  join->token = g_strdup (message->token);
}

static void
read_description (LivekitSignal * signal, LivekitSignalType type,
    const Livekit__SessionDescription * message)
{
  signal->type = type;
  signal->description.sdp = g_strdup (message->sdp);
  signal->description.id = message->id;
  signal->description.mids = livekit_proto_get_map (message->n_mid_to_track_id,
      message->mid_to_track_id);
}

static const gchar *
get_text (JsonNode * root, const gchar * pointer)
{
  JsonNode *node = gst_voice_json_at (root, pointer);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static guint
get_line (JsonNode * root)
{
  JsonNode *node = gst_voice_json_at (root, "/sdpMLineIndex");
  gint64 line = node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_INT64 ?
      json_node_get_int (node) : 0;

  return CLAMP (line, 0, MAX_LINE);
}

/* `candidateInit` is a JSON text, as browsers have it. One that cannot be read
 * is no reason to end a call: there are others. */
static void
read_candidate (LivekitSignal * signal, const Livekit__TrickleRequest * message)
{
  JsonNode *init = gst_voice_json_parse (message->candidateinit, -1,
      MAX_CANDIDATE, 4, NULL);
  const gchar *text = init ? get_text (init, "/candidate") : NULL;
  const gchar *mid = init ? get_text (init, "/sdpMid") : NULL;

  if (text) {
    signal->type = LIVEKIT_SIGNAL_CANDIDATE;
    signal->candidate.candidate = g_strdup (text);
    signal->candidate.mid = g_strdup (mid ? mid : "");
    signal->candidate.line = get_line (init);
    signal->candidate.target = message->target ==
        LIVEKIT__SIGNAL_TARGET__SUBSCRIBER ? LIVEKIT_TARGET_SUBSCRIBER :
        LIVEKIT_TARGET_PUBLISHER;
    signal->candidate.final = message->final;
  }
  g_clear_pointer (&init, json_node_unref);
}

static void
read_speakers (LivekitSignal * signal, const Livekit__SpeakersChanged * message)
{
  signal->type = LIVEKIT_SIGNAL_SPEAKERS;
  signal->speakers =
      g_ptr_array_new_with_free_func ((GDestroyNotify) speaker_free);
  for (gsize i = 0; i < message->n_speakers; i++) {
    LivekitSpeaker *speaker = g_new0 (LivekitSpeaker, 1);
    gfloat level = message->speakers[i]->level;

    speaker->sid = g_strdup (message->speakers[i]->sid);
    /* Also what is not a number becomes one. */
    speaker->level = level > 0 ? MIN (level, 1) : 0;
    speaker->active = message->speakers[i]->active;
    g_ptr_array_add (signal->speakers, speaker);
  }
}

static void
read_qualities (LivekitSignal * signal,
    const Livekit__ConnectionQualityUpdate * message)
{
  signal->type = LIVEKIT_SIGNAL_QUALITIES;
  signal->qualities =
      g_ptr_array_new_with_free_func ((GDestroyNotify) quality_free);
  for (gsize i = 0; i < message->n_updates; i++) {
    LivekitParticipantQuality *quality = g_new0 (LivekitParticipantQuality, 1);

    quality->sid = g_strdup (message->updates[i]->participant_sid);
    quality->quality = (LivekitQuality) message->updates[i]->quality;
    g_ptr_array_add (signal->qualities, quality);
  }
}

static void
read_response (LivekitSignal * signal, const Livekit__RequestResponse * message)
{
  gboolean of_track = message->request_case ==
      LIVEKIT__REQUEST_RESPONSE__REQUEST_ADD_TRACK;

  signal->type = LIVEKIT_SIGNAL_RESPONSE;
  signal->response.id = message->request_id;
  signal->response.reason = (guint) message->reason <=
      LIVEKIT_RESPONSE_UNCLASSIFIED ?
      (LivekitResponseReason) message->reason : LIVEKIT_RESPONSE_UNCLASSIFIED;
  signal->response.text = g_strdup (message->message);
  signal->response.cid = g_strdup (of_track ? message->add_track->cid : "");
}

/* An action that we do not know ends the session: the safe side. */
static void
read_leave (LivekitSignal * signal, const Livekit__LeaveRequest * message)
{
  gsize n = message->regions ? message->regions->n_regions : 0;

  signal->type = LIVEKIT_SIGNAL_LEAVE;
  signal->leave.reason = (LivekitReason) message->reason;
  signal->leave.action = (guint) message->action <= LIVEKIT_ACTION_RECONNECT ?
      (LivekitAction) message->action : LIVEKIT_ACTION_DISCONNECT;
  /* What servers before protocol 13 say instead. */
  if (message->can_reconnect && signal->leave.action ==
      LIVEKIT_ACTION_DISCONNECT)
    signal->leave.action = LIVEKIT_ACTION_RECONNECT;
  signal->leave.urls = g_new0 (gchar *, n + 1);
  for (gsize i = 0; i < n; i++)
    signal->leave.urls[i] = g_strdup (message->regions->regions[i]->url);
}

static void
read_track (LivekitSignal * signal, LivekitSignalType type, const gchar * sid,
    gboolean muted)
{
  signal->type = type;
  signal->track.sid = g_strdup (sid);
  signal->track.muted = muted;
}

/* What happens to a track. */
static gboolean
read_about_track (LivekitSignal * signal,
    const Livekit__SignalResponse * message)
{
  switch (message->message_case) {
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_PUBLISHED:
      signal->type = LIVEKIT_SIGNAL_PUBLISHED;
      signal->published.cid = g_strdup (message->track_published->cid);
      signal->published.track =
          livekit_track_from_proto (message->track_published->track);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_UNPUBLISHED:
      read_track (signal, LIVEKIT_SIGNAL_UNPUBLISHED,
          message->track_unpublished->track_sid, FALSE);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRACK_SUBSCRIBED:
      read_track (signal, LIVEKIT_SIGNAL_SUBSCRIBED,
          message->track_subscribed->track_sid, FALSE);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_SUBSCRIPTION_RESPONSE:
      read_track (signal, LIVEKIT_SIGNAL_NOT_SUBSCRIBED,
          message->subscription_response->track_sid, FALSE);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_MUTE:
      read_track (signal, LIVEKIT_SIGNAL_MUTE, message->mute->sid,
          message->mute->muted);
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

/* What happens to the session. */
static gboolean
read_about_session (LivekitSignal * signal,
    const Livekit__SignalResponse * message)
{
  switch (message->message_case) {
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_JOIN:
      read_join (signal, message->join);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_RECONNECT:
      read_resumed (signal, message->reconnect);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ROOM_MOVED:
      read_moved (signal, message->room_moved);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_LEAVE:
      read_leave (signal, message->leave);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REFRESH_TOKEN:
      signal->type = LIVEKIT_SIGNAL_TOKEN;
      signal->token = g_strdup (message->refresh_token);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_PONG_RESP:
      signal->type = LIVEKIT_SIGNAL_PONG;
      signal->pong = message->pong_resp->last_ping_timestamp;
      break;
    default:
      return FALSE;
  }
  return TRUE;
}

static void
read_message (LivekitSignal * signal, const Livekit__SignalResponse * message)
{
  if (read_about_session (signal, message)
      || read_about_track (signal, message))
    return;
  switch (message->message_case) {
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_OFFER:
      read_description (signal, LIVEKIT_SIGNAL_OFFER, message->offer);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ANSWER:
      read_description (signal, LIVEKIT_SIGNAL_ANSWER, message->answer);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_TRICKLE:
      read_candidate (signal, message->trickle);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_UPDATE:
      signal->type = LIVEKIT_SIGNAL_UPDATE;
      signal->update.everybody = message->update->full_snapshot;
      signal->update.participants =
          livekit_participants_from_proto (message->update->n_participants,
          message->update->participants);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_ROOM_UPDATE:
      signal->type = LIVEKIT_SIGNAL_ROOM;
      signal->room = livekit_room_from_proto (message->room_update->room);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_SPEAKERS_CHANGED:
      read_speakers (signal, message->speakers_changed);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_CONNECTION_QUALITY:
      read_qualities (signal, message->connection_quality);
      break;
    case LIVEKIT__SIGNAL_RESPONSE__MESSAGE_REQUEST_RESPONSE:
      read_response (signal, message->request_response);
      break;
    default:
      break;
  }
}

/**
 * livekit_signal_decode:
 * @data: a binary message of the server
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): what it says; what we do not know is
 *   %LIVEKIT_SIGNAL_OTHER and no error
 */
LivekitSignal *
livekit_signal_decode (const guint8 * data, gsize size, GError ** error)
{
  Livekit__SignalResponse *message =
      livekit_proto_decode (&livekit__signal_response__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, error);
  LivekitSignal *signal;

  if (!message)
    return NULL;
  signal = g_new0 (LivekitSignal, 1);
  read_message (signal, message);
  livekit_proto_free (message);
  return signal;
}

static void
clear_join (LivekitJoin * join)
{
  livekit_room_free (join->room);
  livekit_participant_free (join->self);
  g_ptr_array_unref (join->others);
  g_ptr_array_unref (join->ice_servers);
  g_free (join->server_version);
  g_free (join->token);
}

static void
clear_content (LivekitSignal * signal)
{
  switch (signal->type) {
    case LIVEKIT_SIGNAL_JOIN:
    case LIVEKIT_SIGNAL_RESUMED:
    case LIVEKIT_SIGNAL_MOVED:
      clear_join (&signal->join);
      break;
    case LIVEKIT_SIGNAL_OFFER:
    case LIVEKIT_SIGNAL_ANSWER:
      g_free (signal->description.sdp);
      g_hash_table_unref (signal->description.mids);
      break;
    case LIVEKIT_SIGNAL_CANDIDATE:
      g_free (signal->candidate.candidate);
      g_free (signal->candidate.mid);
      break;
    case LIVEKIT_SIGNAL_UPDATE:
      g_ptr_array_unref (signal->update.participants);
      break;
    case LIVEKIT_SIGNAL_ROOM:
      livekit_room_free (signal->room);
      break;
    case LIVEKIT_SIGNAL_PUBLISHED:
      g_free (signal->published.cid);
      livekit_track_free (signal->published.track);
      break;
    case LIVEKIT_SIGNAL_SPEAKERS:
      g_ptr_array_unref (signal->speakers);
      break;
    case LIVEKIT_SIGNAL_QUALITIES:
      g_ptr_array_unref (signal->qualities);
      break;
    case LIVEKIT_SIGNAL_TOKEN:
      g_free (signal->token);
      break;
    case LIVEKIT_SIGNAL_RESPONSE:
      g_free (signal->response.text);
      g_free (signal->response.cid);
      break;
    case LIVEKIT_SIGNAL_LEAVE:
      g_strfreev (signal->leave.urls);
      break;
    case LIVEKIT_SIGNAL_UNPUBLISHED:
    case LIVEKIT_SIGNAL_SUBSCRIBED:
    case LIVEKIT_SIGNAL_NOT_SUBSCRIBED:
    case LIVEKIT_SIGNAL_MUTE:
      g_free (signal->track.sid);
      break;
    case LIVEKIT_SIGNAL_PONG:
    case LIVEKIT_SIGNAL_OTHER:
      break;
  }
}

/**
 * livekit_signal_free:
 * @signal: (transfer full) (nullable): what livekit_signal_decode () returned
 */
void
livekit_signal_free (LivekitSignal * signal)
{
  if (!signal)
    return;
  clear_content (signal);
  g_free (signal);
}
