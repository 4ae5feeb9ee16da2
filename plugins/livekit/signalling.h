/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model.h"

/* The signalling connection's messages (version 0 of LiveKit's signalling,
 * protocol 17), as plain values. Strings are never %NULL. */

#define LIVEKIT_SIGNAL_PROTOCOL 17

typedef enum
{
  LIVEKIT_SIGNAL_OTHER,         /* nothing that we know or need */
  LIVEKIT_SIGNAL_JOIN,
  LIVEKIT_SIGNAL_RESUMED,
  LIVEKIT_SIGNAL_OFFER,
  LIVEKIT_SIGNAL_ANSWER,
  LIVEKIT_SIGNAL_CANDIDATE,
  LIVEKIT_SIGNAL_UPDATE,
  LIVEKIT_SIGNAL_ROOM,
  LIVEKIT_SIGNAL_MOVED,
  LIVEKIT_SIGNAL_PUBLISHED,
  LIVEKIT_SIGNAL_UNPUBLISHED,
  LIVEKIT_SIGNAL_SUBSCRIBED,
  LIVEKIT_SIGNAL_NOT_SUBSCRIBED,
  LIVEKIT_SIGNAL_MUTE,
  LIVEKIT_SIGNAL_SPEAKERS,
  LIVEKIT_SIGNAL_QUALITIES,
  LIVEKIT_SIGNAL_TOKEN,
  LIVEKIT_SIGNAL_RESPONSE,
  LIVEKIT_SIGNAL_PONG,
  LIVEKIT_SIGNAL_LEAVE,
} LivekitSignalType;

typedef enum
{
  LIVEKIT_ACTION_DISCONNECT,
  LIVEKIT_ACTION_RESUME,
  LIVEKIT_ACTION_RECONNECT,
} LivekitAction;

/* Why we reconnect, for the server's statistics. */
typedef enum
{
  LIVEKIT_RECONNECT_UNKNOWN,
  LIVEKIT_RECONNECT_SIGNAL_DISCONNECTED,
  LIVEKIT_RECONNECT_PUBLISHER_FAILED,
  LIVEKIT_RECONNECT_SUBSCRIBER_FAILED,
  LIVEKIT_RECONNECT_SWITCH_CANDIDATE,
} LivekitReconnectReason;

/* What became of a request of ours. */
typedef enum
{
  LIVEKIT_RESPONSE_OK,
  LIVEKIT_RESPONSE_NOT_FOUND,
  LIVEKIT_RESPONSE_NOT_ALLOWED,
  LIVEKIT_RESPONSE_LIMIT_EXCEEDED,
  LIVEKIT_RESPONSE_QUEUED,      /* not an error: wait */
  LIVEKIT_RESPONSE_UNSUPPORTED_TYPE,
  LIVEKIT_RESPONSE_UNCLASSIFIED,
} LivekitResponseReason;

typedef struct
{
  GStrv urls;
  gchar *username;
  gchar *credential;
} LivekitIceServer;

typedef struct
{
  LivekitRoom *room;
  LivekitParticipant *self;
  GPtrArray *others;            /* LivekitParticipant */
  GPtrArray *ice_servers;       /* LivekitIceServer */
  gchar *server_version;
  gchar *token;                 /* of MOVED */
  gboolean subscriber_primary;
  gboolean fast_publish;        /* connect the publisher at once */
  gboolean force_relay;
  guint ping_interval, ping_timeout;    /* seconds */
  guint32 last_sequence;        /* of RESUMED: what the server has of ours */
} LivekitJoin;

typedef struct
{
  gchar *sdp;
  guint32 id;
  GHashTable *mids;             /* mid → sid of the track */
} LivekitDescription;

typedef struct
{
  gchar *candidate;             /* empty: there are no more */
  gchar *mid;
  guint line;                   /* of the description */
  LivekitTarget target;
  gboolean final;               /* this is the last one */
} LivekitCandidate;

typedef struct
{
  gchar *sid;
  gfloat level;                 /* 0 to 1 */
  gboolean active;
} LivekitSpeaker;

typedef struct
{
  gchar *sid;
  LivekitQuality quality;
} LivekitParticipantQuality;

typedef struct
{
  LivekitReason reason;
  LivekitAction action;
  GStrv urls;                   /* to try first, wss://… */
} LivekitLeave;

typedef struct
{
  LivekitSignalType type;
  union
  {
    LivekitJoin join;           /* JOIN, RESUMED, MOVED */
    LivekitDescription description;     /* OFFER, ANSWER */
    LivekitCandidate candidate; /* CANDIDATE */
    struct
    {
      GPtrArray *participants;  /* LivekitParticipant */
      gboolean everybody;       /* whoever is not in it has left */
    } update;                   /* UPDATE */
    LivekitRoom *room;          /* ROOM */
    struct
    {
      gchar *cid;
      LivekitTrack *track;
    } published;                /* PUBLISHED */
    struct
    {
      gchar *sid;
      gboolean muted;
    } track;                    /* (UN|NOT_)?(PUB|SUB)…, MUTE: of a track */
    GPtrArray *speakers;        /* SPEAKERS: LivekitSpeaker, what changed */
    GPtrArray *qualities;       /* QUALITIES: LivekitParticipantQuality */
    gchar *token;               /* TOKEN */
    struct
    {
      guint32 id;
      LivekitResponseReason reason;
      gchar *text;
      gchar *cid;               /* of the track that was to be added */
    } response;                 /* RESPONSE */
    gint64 pong;                /* PONG: the time that was sent with the ping */
    LivekitLeave leave;         /* LEAVE */
  };
} LivekitSignal;

LivekitSignal *livekit_signal_decode (const guint8 * data, gsize size,
    GError ** error);
void livekit_signal_free (LivekitSignal * signal);

typedef struct
{
  const gchar *cid;             /* ours, also in the description's msid */
  const gchar *name;
  const gchar *stream;          /* (nullable) */
  LivekitSource source;
  gboolean muted;
  gboolean dtx;
  gboolean red;
} LivekitAddTrack;

typedef struct
{
  const gchar *cid;
  const LivekitTrack *track;
} LivekitPublished;

typedef struct
{
  const gchar *sid;             /* of the participant that sends */
  guint32 sequence;             /* last reliable packet that came from it */
} LivekitReceived;

/* What we know of the session that we want to resume. */
typedef struct
{
  const gchar *offer, *answer;  /* (nullable): last of the subscriber */
  guint32 offer_id;
  const gchar *const *unsubscribed;     /* (nullable): sids of tracks */
  const LivekitPublished *published;
  guint n_published;
  const LivekitReceived *received;
  guint n_received;
  gboolean publisher_channels;  /* _reliable, _lossy are open */
} LivekitSync;

GBytes *livekit_signal_encode_offer (const gchar * sdp, guint32 id);
GBytes *livekit_signal_encode_answer (const gchar * sdp, guint32 id);
GBytes *livekit_signal_encode_candidate (const LivekitCandidate * candidate);
GBytes *livekit_signal_encode_add_track (const LivekitAddTrack * track);
GBytes *livekit_signal_encode_mute (const gchar * sid, gboolean muted);
GBytes *livekit_signal_encode_subscribe (const gchar * const *sids,
    gboolean subscribe);
GBytes *livekit_signal_encode_pause (const gchar * const *sids,
    gboolean pause);
GBytes *livekit_signal_encode_update (const gchar * name,
    const gchar * metadata, GHashTable * attributes, guint32 id);
GBytes *livekit_signal_encode_sync (const LivekitSync * sync);
GBytes *livekit_signal_encode_ping (gint64 now_ms, gint64 rtt_ms);
GBytes *livekit_signal_encode_old_ping (gint64 now_ms);
GBytes *livekit_signal_encode_leave (LivekitReason reason);
GBytes *livekit_signal_encode_simulate (const gchar * scenario);
