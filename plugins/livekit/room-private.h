/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "room-core.h"

/* A track of ours. */
typedef struct
{
  gchar *cid, *name, *stream;
  LivekitSource source;
  gboolean muted, dtx, red;
  gboolean offered;             /* the last offer has it */
  LivekitTrack *track;          /* (nullable): not yet published */
  gint64 deadline;              /* by when it must be */
} RoomPublication;

struct _RoomCore
{
  RoomState state;
  GQueue actions;               /* RoomAction */
  guint32 random;

  /* The socket. */
  guint serial;
  gboolean opening, open;
  gchar *token;                 /* the newest */
  GStrv urls;                   /* (nullable): to be tried first */
  guint url;                    /* the next of them */
  gint64 heard, ping_at;
  gint64 ping_interval, ping_timeout, rtt;

  /* Reconnecting. */
  guint attempts;
  gboolean full;                /* the next attempt is no resume */
  gboolean joined;              /* there has been a session */
  gboolean unconfirmed;         /* that the session resumed is ours */
  guint thrown_out;             /* how often, without a word */
  gint64 thrown_first;          /* when it began */
  LivekitReconnectReason why;
  gint64 deadline;              /* of the state */
  gint64 settle_by;             /* media, since the join or resume */
  GPtrArray *held;              /* GBytes: updates until it is connected */

  /* The peer connections. */
  guint peers;                  /* their serial; 0 = none */
  gboolean subscriber_primary;
  gboolean settled;             /* since the last join or resume */
  gboolean failed[2];           /* by LivekitTarget */
  gboolean connected[2];
  gboolean offered;             /* the publisher has offered something */
  gboolean making, awaiting;    /* an offer is being made, an answer awaited */
  gboolean wanted, restart;     /* another offer */
  guint32 offer_id;
  gint64 answer_by;
  gchar *remote_offer, *local_answer;   /* of the subscriber, the last */
  guint32 remote_offer_id;

  /* Who is there. */
  LivekitRoom *room;
  LivekitParticipant *self;
  GHashTable *participants;     /* identity → LivekitParticipant */
  GHashTable *unseen;           /* identities; not seen since the resume */
  GHashTable *received;         /* sid of a participant → last sequence */
  GPtrArray *published;         /* RoomPublication */
};

RoomAction *room_core_act (RoomCore * core, RoomActionType type);
void room_core_send (RoomCore * core, GBytes * bytes);

void room_people_update (RoomCore * core, GPtrArray * participants,
    gboolean everybody);
void room_people_forget_unseen (RoomCore * core);
void room_people_expect_all (RoomCore * core);
void room_people_set_self (RoomCore * core, const LivekitParticipant * self);

void room_publish_add (RoomCore * core, const LivekitAddTrack * track,
    gint64 now);
void room_publish_again (RoomCore * core, gint64 now);
void room_publish_offered (RoomCore * core);
void room_publish_mute (RoomCore * core, const gchar * cid, gboolean muted);
gboolean room_publish_done (RoomCore * core, LivekitSignal * signal);
void room_publish_response (RoomCore * core, const LivekitSignal * signal);
void room_publish_server_mute (RoomCore * core, const LivekitSignal * signal);
void room_publish_remove (RoomCore * core, const gchar * sid);
void room_publish_expire (RoomCore * core, gint64 now);
gint64 room_publish_get_deadline (RoomCore * core);
GBytes *room_publish_get_sync (RoomCore * core);
void room_publication_free (RoomPublication * publication);
