/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signalling.h"

#include <gst-voice/error.h>

/* A participant's side of a LiveKit room as a state machine without sockets,
 * media or clocks. Everything that happens is a RoomEvent; what is to be done
 * about it comes out as RoomActions, in order. Times are milliseconds of any
 * clock that does not jump.
 *
 *   IDLE, JOINING, CONNECTED, BACKING_OFF, RESUMING or REJOINING,
 *   CONNECTED, … and LEFT from everywhere
 *
 * A lost socket or a failed peer connection is resumed: same participant, same
 * peer connections. If that fails, or the server says so, it is a full
 * reconnect: new peer connections, all tracks published anew. */

typedef enum
{
  ROOM_IDLE,
  ROOM_JOINING,                 /* the socket, for the first time */
  ROOM_CONNECTED,
  ROOM_BACKING_OFF,             /* until the next attempt */
  ROOM_RESUMING,
  ROOM_REJOINING,
  ROOM_LEFT,                    /* for good */
} RoomState;

typedef enum
{
  /* Asked of us. */
  ROOM_EVENT_JOIN,
  ROOM_EVENT_LEAVE,
  ROOM_EVENT_PUBLISH,
  ROOM_EVENT_MUTE,              /* a track of ours */
  ROOM_EVENT_UPDATE,            /* our name, metadata, attributes */
  ROOM_EVENT_NEGOTIATE,         /* the publisher has something new to offer */
  ROOM_EVENT_RECEIVED,          /* a reliable packet came */
  ROOM_EVENT_SIMULATE,          /* the server is to play a fault */
  /* From the socket with that serial. */
  ROOM_EVENT_OPENED,
  ROOM_EVENT_REFUSED,
  ROOM_EVENT_CLOSED,
  ROOM_EVENT_SIGNAL,
  /* From the peer connections with that serial. */
  ROOM_EVENT_PEER,
  ROOM_EVENT_OFFER,             /* as asked for by ROOM_ACTION_MAKE_OFFER */
  ROOM_EVENT_ANSWER,            /* to the offer with that id */
  ROOM_EVENT_CANDIDATE,
} RoomEventType;

/* What is pointed to is borrowed, but for the signal. */
typedef struct
{
  RoomEventType type;
  guint serial;
  union
  {
    LivekitReason reason;       /* LEAVE */
    const LivekitAddTrack *track;       /* PUBLISH */
    struct
    {
      const gchar *cid;
      gboolean muted;
    } mute;
    struct
    {
      const gchar *name, *metadata;
      GHashTable *attributes;
      guint32 id;               /* comes back in a LIVEKIT_SIGNAL_RESPONSE */
    } update;
    struct
    {
      const gchar *sid;         /* of the participant */
      guint32 sequence;
    } received;
    const gchar *scenario;      /* SIMULATE */
    struct
    {
      GstVoiceError code;
      const gchar *text;
    } refused;
    LivekitSignal *signal;      /* (transfer full) */
    struct
    {
      LivekitTarget target;
      gboolean connected;       /* or failed */
    } peer;
    struct
    {
      const gchar *sdp;
      guint32 id;               /* of ANSWER */
    } description;
    const LivekitCandidate *candidate;
  };
} RoomEvent;

typedef enum
{
  /* The socket. */
  ROOM_ACTION_OPEN,
  ROOM_ACTION_CLOSE,            /* and forget it: nothing of it is awaited */
  ROOM_ACTION_SEND,
  /* The peer connections. */
  ROOM_ACTION_MAKE_PEERS,       /* in place of those there are */
  ROOM_ACTION_KEEP_PEERS,       /* resumed: new ICE servers, packets again */
  ROOM_ACTION_DROP_PEERS,
  ROOM_ACTION_MAKE_OFFER,       /* of the publisher; ROOM_EVENT_OFFER answers */
  ROOM_ACTION_SIGNAL,           /* for the peers, or for people */
  /* For people. */
  ROOM_ACTION_RETRYING,         /* the first attempt to join has failed */
  ROOM_ACTION_JOINED,
  ROOM_ACTION_RECONNECTING,
  ROOM_ACTION_RECONNECTED,
  ROOM_ACTION_LEFT,             /* the last one */
  ROOM_ACTION_ROOM_CHANGED,
  ROOM_ACTION_SELF_CHANGED,
  ROOM_ACTION_PARTICIPANT_JOINED,
  ROOM_ACTION_PARTICIPANT_CHANGED,
  ROOM_ACTION_PARTICIPANT_LEFT,
  ROOM_ACTION_TRACK_ADDED,
  ROOM_ACTION_TRACK_CHANGED,
  ROOM_ACTION_TRACK_REMOVED,
  ROOM_ACTION_PUBLISHED,        /* and in an offer, or one is asked for */
  ROOM_ACTION_NOT_PUBLISHED,
  ROOM_ACTION_UNPUBLISHED,      /* by the server */
  ROOM_ACTION_MUTED,            /* by the server: obey */
} RoomActionType;

/* Which fields are set is told by the type; the rest is %NULL or 0. */
typedef struct
{
  RoomActionType type;
  guint serial;                 /* OPEN: the socket's, *_PEERS: theirs */
  gchar *token;                 /* OPEN */
  gchar *url;                   /* OPEN: (nullable) instead of the usual */
  gchar *resume;                /* OPEN: (nullable) sid to resume */
  LivekitReconnectReason why;   /* OPEN */
  GBytes *bytes;                /* SEND */
  LivekitSignal *signal;        /* SIGNAL; *_PEERS: the join or resumed */
  gboolean restart;             /* MAKE_OFFER: of ICE */
  gboolean full;                /* RECONNECTED: with new peers */
  LivekitParticipant *participant;      /* PARTICIPANT_*, TRACK_* */
  LivekitTrack *track;          /* TRACK_*, PUBLISHED */
  gchar *cid;                   /* *PUBLISHED, MUTED */
  gboolean muted;               /* MUTED */
  LivekitReason reason;         /* LEFT, PARTICIPANT_LEFT */
  GError *error;                /* LEFT: (nullable), NOT_PUBLISHED, RETRYING */
} RoomAction;

typedef struct _RoomCore RoomCore;

RoomCore *room_core_new (const gchar * token, guint32 seed);
void room_core_free (RoomCore * core);

void room_core_handle (RoomCore * core, RoomEvent * event, gint64 now);
void room_core_tick (RoomCore * core, gint64 now);
gint64 room_core_get_deadline (RoomCore * core);
RoomAction *room_core_pop (RoomCore * core);
void room_action_free (RoomAction * action);

RoomState room_core_get_state (RoomCore * core);
gint64 room_core_get_rtt (RoomCore * core);
const LivekitRoom *room_core_get_room (RoomCore * core);
const LivekitParticipant *room_core_get_self (RoomCore * core);
const LivekitParticipant *room_core_get_participant (RoomCore * core,
    const gchar * identity);
GHashTable *room_core_get_participants (RoomCore * core);
guint32 room_core_get_received (RoomCore * core, const gchar * sid);
const LivekitTrack *room_core_find_track (RoomCore * core, const gchar * sid,
    const LivekitParticipant ** participant);
