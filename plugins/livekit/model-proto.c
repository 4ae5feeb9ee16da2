/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rooms, participants and tracks out of LiveKit's messages.
 *
 * Threads: any. Locks: none.
 */
#include "model-proto.h"

#include "proto.h"

G_STATIC_ASSERT ((gint) LIVEKIT_REASON_AGENT_ERROR ==
    (gint) LIVEKIT__DISCONNECT_REASON__AGENT_ERROR);
G_STATIC_ASSERT ((gint) LIVEKIT_KIND_BRIDGE ==
    (gint) LIVEKIT__PARTICIPANT_INFO__KIND__BRIDGE);
G_STATIC_ASSERT ((gint) LIVEKIT_SOURCE_SCREEN_SHARE_AUDIO ==
    (gint) LIVEKIT__TRACK_SOURCE__SCREEN_SHARE_AUDIO);
G_STATIC_ASSERT ((gint) LIVEKIT_STATE_DISCONNECTED ==
    (gint) LIVEKIT__PARTICIPANT_INFO__STATE__DISCONNECTED);
G_STATIC_ASSERT ((gint) LIVEKIT_QUALITY_LOST ==
    (gint) LIVEKIT__CONNECTION_QUALITY__LOST);

LivekitTrack *
livekit_track_from_proto (const Livekit__TrackInfo * info)
{
  Livekit__TrackInfo none;
  LivekitTrack *track = g_new0 (LivekitTrack, 1);

  livekit__track_info__init (&none);
  if (!info)
    info = &none;
  track->sid = g_strdup (info->sid);
  track->name = g_strdup (info->name);
  track->mime = g_strdup (info->mime_type);
  track->mid = g_strdup (info->mid);
  track->stream = g_strdup (info->stream);
  track->type = (LivekitTrackType) info->type;
  track->source = (LivekitSource) info->source;
  track->muted = info->muted;
  return track;
}

/* @info borrows the strings of @track. */
void
livekit_track_to_proto (const LivekitTrack * track, Livekit__TrackInfo * info)
{
  livekit__track_info__init (info);
  info->sid = track->sid;
  info->name = track->name;
  info->mime_type = track->mime;
  info->mid = track->mid;
  info->stream = track->stream;
  info->type = (Livekit__TrackType) track->type;
  info->source = (Livekit__TrackSource) track->source;
  info->muted = track->muted;
}

LivekitParticipant *
livekit_participant_from_proto (const Livekit__ParticipantInfo * info)
{
  LivekitParticipant *participant = livekit_participant_new (info ?
      info->sid : "", info ? info->identity : "");

  if (!info)
    return participant;
  g_free (participant->name);
  participant->name = g_strdup (info->name);
  g_free (participant->metadata);
  participant->metadata = g_strdup (info->metadata);
  g_hash_table_unref (participant->attributes);
  participant->attributes =
      livekit_proto_get_map (info->n_attributes, info->attributes);
  for (gsize i = 0; i < info->n_tracks; i++)
    g_ptr_array_add (participant->tracks,
        livekit_track_from_proto (info->tracks[i]));
  participant->state = (LivekitState) info->state;
  participant->kind = (LivekitKind) info->kind;
  participant->reason = (LivekitReason) info->disconnect_reason;
  participant->version = info->version;
  participant->joined_at_ms = info->joined_at_ms;
  participant->client_protocol = info->client_protocol;
  if (info->permission) {
    participant->can_publish = info->permission->can_publish;
    participant->can_subscribe = info->permission->can_subscribe;
    participant->can_publish_data = info->permission->can_publish_data;
    participant->can_update_metadata = info->permission->can_update_metadata;
  }
  return participant;
}

GPtrArray *
livekit_participants_from_proto (gsize n, Livekit__ParticipantInfo ** list)
{
  GPtrArray *participants = g_ptr_array_new_with_free_func ((GDestroyNotify)
      livekit_participant_free);

  for (gsize i = 0; i < n; i++)
    g_ptr_array_add (participants, livekit_participant_from_proto (list[i]));
  return participants;
}

LivekitRoom *
livekit_room_from_proto (const Livekit__Room * info)
{
  LivekitRoom *room = g_new0 (LivekitRoom, 1);

  room->sid = g_strdup (info ? info->sid : "");
  room->name = g_strdup (info ? info->name : "");
  room->metadata = g_strdup (info ? info->metadata : "");
  room->n_participants = info ? info->num_participants : 0;
  room->recorded = info && info->active_recording;
  return room;
}
