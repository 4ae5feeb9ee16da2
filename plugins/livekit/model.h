/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Who and what is in a room, as plain values. Strings are never %NULL; the
 * numbers of the enumerations are those of the wire, so that a number that we
 * do not know passes through. */

typedef enum
{
  LIVEKIT_STATE_JOINING,
  LIVEKIT_STATE_JOINED,
  LIVEKIT_STATE_ACTIVE,
  LIVEKIT_STATE_DISCONNECTED,
} LivekitState;

typedef enum
{
  LIVEKIT_KIND_STANDARD = 0,
  LIVEKIT_KIND_INGRESS = 1,
  LIVEKIT_KIND_EGRESS = 2,
  LIVEKIT_KIND_SIP = 3,
  LIVEKIT_KIND_AGENT = 4,
  LIVEKIT_KIND_CONNECTOR = 7,
  LIVEKIT_KIND_BRIDGE = 8,
} LivekitKind;

typedef enum
{
  LIVEKIT_TRACK_AUDIO,
  LIVEKIT_TRACK_VIDEO,
  LIVEKIT_TRACK_DATA,
} LivekitTrackType;

typedef enum
{
  LIVEKIT_SOURCE_UNKNOWN,
  LIVEKIT_SOURCE_CAMERA,
  LIVEKIT_SOURCE_MICROPHONE,
  LIVEKIT_SOURCE_SCREEN_SHARE,
  LIVEKIT_SOURCE_SCREEN_SHARE_AUDIO,
} LivekitSource;

/* Why a participant has left. */
typedef enum
{
  LIVEKIT_REASON_UNKNOWN,
  LIVEKIT_REASON_CLIENT_INITIATED,
  LIVEKIT_REASON_DUPLICATE_IDENTITY,
  LIVEKIT_REASON_SERVER_SHUTDOWN,
  LIVEKIT_REASON_PARTICIPANT_REMOVED,
  LIVEKIT_REASON_ROOM_DELETED,
  LIVEKIT_REASON_STATE_MISMATCH,
  LIVEKIT_REASON_JOIN_FAILURE,
  LIVEKIT_REASON_MIGRATION,
  LIVEKIT_REASON_SIGNAL_CLOSE,
  LIVEKIT_REASON_ROOM_CLOSED,
  LIVEKIT_REASON_USER_UNAVAILABLE,
  LIVEKIT_REASON_USER_REJECTED,
  LIVEKIT_REASON_SIP_TRUNK_FAILURE,
  LIVEKIT_REASON_CONNECTION_TIMEOUT,
  LIVEKIT_REASON_MEDIA_FAILURE,
  LIVEKIT_REASON_AGENT_ERROR,
} LivekitReason;

typedef enum
{
  LIVEKIT_QUALITY_POOR,
  LIVEKIT_QUALITY_GOOD,
  LIVEKIT_QUALITY_EXCELLENT,
  LIVEKIT_QUALITY_LOST,
} LivekitQuality;

/* Which of the two peer connections. */
typedef enum
{
  LIVEKIT_TARGET_PUBLISHER,
  LIVEKIT_TARGET_SUBSCRIBER,
} LivekitTarget;

typedef struct
{
  gchar *sid;
  gchar *name;
  gchar *mime;                  /* audio/opus */
  gchar *mid;                   /* of the publisher's description */
  gchar *stream;
  LivekitTrackType type;
  LivekitSource source;
  gboolean muted;
} LivekitTrack;

typedef struct
{
  gchar *sid;                   /* new after every full join */
  gchar *identity;              /* the key of everything users see */
  gchar *name;
  gchar *metadata;
  GHashTable *attributes;       /* strings */
  GPtrArray *tracks;            /* LivekitTrack */
  LivekitState state;
  LivekitKind kind;
  LivekitReason reason;         /* why it has left */
  guint32 version;              /* grows with every change */
  gint64 joined_at_ms;
  gint client_protocol;
  gboolean can_publish;
  gboolean can_subscribe;
  gboolean can_publish_data;
  gboolean can_update_metadata;
} LivekitParticipant;

typedef struct
{
  gchar *sid;                   /* may come later */
  gchar *name;
  gchar *metadata;
  guint n_participants;
  gboolean recorded;
} LivekitRoom;

LivekitTrack *livekit_track_copy (const LivekitTrack * track);
gboolean livekit_track_equal (const LivekitTrack * a, const LivekitTrack * b);
void livekit_track_free (LivekitTrack * track);

LivekitParticipant *livekit_participant_new (const gchar * sid,
    const gchar * identity);
LivekitParticipant *livekit_participant_copy (const LivekitParticipant *
    participant);
const LivekitTrack *livekit_participant_find_track (const LivekitParticipant *
    participant, const gchar * sid);
void livekit_participant_free (LivekitParticipant * participant);

LivekitRoom *livekit_room_copy (const LivekitRoom * room);
void livekit_room_free (LivekitRoom * room);

GHashTable *livekit_attributes_new (void);
GHashTable *livekit_attributes_copy (GHashTable * attributes);
gboolean livekit_attributes_equal (GHashTable * a, GHashTable * b);

const gchar *livekit_reason_name (LivekitReason reason);
const gchar *livekit_reason_explain (LivekitReason reason);
