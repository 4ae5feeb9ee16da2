/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "data.h"
#include "model.h"
#include "text-stream.h"

#include <gio/gio.h>
#include <rtp-packet.h>

/* A participant of a LiveKit room: signalling, both peer connections, data.
 * Its state lives on the network thread; every function may be called from any
 * thread unless its name ends in `_on_io`, and never blocks. */
typedef struct _LivekitClient LivekitClient;

typedef struct
{
  gchar *url;                   /* ws[s]:// or http[s]:// */
  gchar *token;                 /* plain text; never logged */
  gchar *ca_file;               /* (nullable): instead of the system's */
  gboolean relay_only;
  guint min_port, max_port;     /* of UDP; 0: any */
  gchar *local_address;         /* (nullable) the only one */
} LivekitClientSettings;

typedef enum
{
  LIVEKIT_CLIENT_JOINED,
  LIVEKIT_CLIENT_RECONNECTING,
  LIVEKIT_CLIENT_RECONNECTED,
  LIVEKIT_CLIENT_LEFT,          /* the last one, with or without an error */
  LIVEKIT_CLIENT_RETRYING,      /* to join, with why it has failed; once */
} LivekitClientState;

typedef enum
{
  LIVEKIT_ADDED,
  LIVEKIT_CHANGED,
  LIVEKIT_REMOVED,
} LivekitChange;

/* Called on the network thread; none may block. All but @data are borrowed.
 * Each may be %NULL. */
typedef struct
{
  void (*state) (gpointer data, LivekitClientState state,
      LivekitReason reason, const GError * error);
  /* The room and ourselves, once they are known and when they change. */
  void (*room) (gpointer data, const LivekitRoom * room,
      const LivekitParticipant * self);
  void (*participant) (gpointer data, const LivekitParticipant * participant,
      LivekitChange change);
  /* Tracks that others publish. */
  void (*track) (gpointer data, const LivekitParticipant * participant,
      const LivekitTrack * track, LivekitChange change);
  /* A packet of speech (Opus) of a track that we are subscribed to. */
  void (*audio) (gpointer data, const gchar * identity, const gchar * sid,
      const RtpPacket * packet, gint64 now);
  /* Our track: it is published under @sid; it is not, with (nullable) @error,
   * refused or withdrawn by the server; somebody listens (again after a full
   * reconnect); the server has muted it. */
  void (*published) (gpointer data, const gchar * sid);
  void (*unpublished) (gpointer data, const GError * error);
  void (*listened) (gpointer data, gboolean somebody);
  void (*muted) (gpointer data, gboolean muted);
  /* What we say goes out from now on, or no more. */
  void (*sending) (gpointer data, gboolean sending);
  /* How far away the other side is: ns, half the round trip. */
  void (*delay) (gpointer data, gint64 half_round_trip, gdouble loss);
  void (*speakers) (gpointer data, GPtrArray * speakers);
  void (*quality) (gpointer data, GPtrArray * qualities);
  void (*text) (gpointer data, const LivekitText * text);
  /* LIVEKIT_DATA_USER or _DTMF. */
  void (*packet) (gpointer data, const LivekitData * packet);
  /* Somebody calls us: answer by livekit_client_answer_on_io (), now or later
   * within the timeout; %FALSE: there is no such method. */
  gboolean (*call) (gpointer data, const LivekitData * request);
} LivekitListener;

LivekitClient *livekit_client_new (void);
LivekitClient *livekit_client_ref (LivekitClient * self);
void livekit_client_unref (LivekitClient * self);

guint livekit_client_listen (LivekitClient * self,
    const LivekitListener * listener, gpointer data, GDestroyNotify destroy);
/* When it returns nothing is called any more, and @destroy has run or will. */
void livekit_client_unlisten (LivekitClient * self, guint id);

void livekit_client_join (LivekitClient * self,
    const LivekitClientSettings * settings);
void livekit_client_leave (LivekitClient * self, LivekitReason reason);
void livekit_client_simulate (LivekitClient * self, const gchar * scenario);

void livekit_client_publish (LivekitClient * self, const gchar * name,
    LivekitSource source, gboolean dtx);
void livekit_client_mute (LivekitClient * self, gboolean muted);
/* Takes a reference to @opus. Dropped, untold, while there is no path. */
void livekit_client_send_audio (LivekitClient * self, GBytes * opus,
    guint32 timestamp, guint level, gboolean voice, gboolean marker);
void livekit_client_update (LivekitClient * self, const gchar * name,
    const gchar * metadata, GHashTable * attributes);

/* (nullable) @to: NULL-terminated identities; reliable unless said. Kept and
 * sent again over a reconnect (resume). */
void livekit_client_send_data (LivekitClient * self, const gchar * const *to,
    const gchar * topic, GBytes * payload, gboolean reliable);
void livekit_client_send_dtmf (LivekitClient * self, const gchar * const *to,
    const gchar * digits);
/* A whole text on a topic. */
void livekit_client_send_text (LivekitClient * self, const gchar * const *to,
    const gchar * as, const gchar * topic, const gchar * text,
    GHashTable * attributes);
/* A text that grows: open, write deltas, close with the last attributes. */
guint livekit_client_open_text (LivekitClient * self, const gchar * const *to,
    const gchar * as, const gchar * topic, GHashTable * attributes);
void livekit_client_write_text (LivekitClient * self, guint stream,
    const gchar * delta);
void livekit_client_close_text (LivekitClient * self, guint stream,
    const gchar * reason, GHashTable * attributes);

/* RPC. @done is called on the network thread, once. */
typedef void (*LivekitRpcFunc) (gpointer data, const gchar * payload,
    LivekitRpcCode code, const gchar * message);
void livekit_client_call (LivekitClient * self, const gchar * identity,
    const gchar * method, const gchar * payload, guint timeout_ms,
    LivekitRpcFunc done, gpointer data);
void livekit_client_answer_on_io (LivekitClient * self, const gchar * identity,
    const gchar * id, const gchar * payload, LivekitRpcCode code,
    const gchar * message);

/* Figures, for messages, metrics and tests. */
typedef struct
{
  /* ns after the join was asked for, -1: not yet. */
  gint64 joined, publisher_connected, subscriber_connected;
  gint64 first_packet;          /* of ours on the wire */
  guint64 sent, received;       /* packets of speech */
  guint64 forged, replayed, malformed;  /* dropped */
  guint reconnects, full_reconnects;
  gint64 round_trip;            /* ns, -1 */
  gdouble loss;
} LivekitClientStats;
void livekit_client_get_stats (LivekitClient * self,
    LivekitClientStats * stats);
