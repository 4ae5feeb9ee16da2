/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client-data.h"
#include "client-rpc.h"
#include "client-socket.h"
#include "client.h"
#include "room-core.h"
#include "text-stream.h"

#include <gst-voice/io.h>
#include <rtc-peer.h>

GST_DEBUG_CATEGORY_EXTERN (livekit_client_debug);

/* Who listens. Referred to by the lists it is in. */
typedef struct
{
  gint refs;                    /* atomic */
  LivekitListener funcs;
  gpointer data;
  GDestroyNotify destroy;
  guint id;

  /* lock of the client */
  gboolean active;              /* knows what there is already */
  gboolean gone;
  guint calls;                  /* that are running */
} ClientListener;

typedef struct
{
  LivekitClient *client;
  LivekitTarget target;
  RtcPeer *peer;                /* (nullable) */
  gboolean described;           /* a description of ours is on its way */
  gboolean open;                /* our reliable channel */
  SrtpDropped dropped;          /* as counted before */
  GPtrArray *held;              /* strings; candidates until then */
  gint64 failed_at;             /* ms; the server may first say why */
} ClientPeer;

/* A track of somebody, as its packets are told. */
typedef struct
{
  gchar *sid;
  gchar *identity;              /* (nullable): not known yet */
} ClientRoute;

struct _LivekitClient
{
  gint refs;                    /* atomic */
  gint streams;                 /* atomic: the last number given */
  gint audio;                   /* atomic: packets on their way to the thread */

  GMutex lock;
  GCond called;                 /* a call of a listener has come back */
  /* lock */
  GPtrArray *listeners;         /* ClientListener; replaced, never changed */
  guint last_listener;
  LivekitClientStats stats;

  /* network thread only */
  LivekitClientSettings settings;
  GTlsDatabase *authorities;    /* (nullable): the system's */
  RoomCore *core;               /* (nullable): nobody has joined */
  gboolean obeying;
  GstVoiceIoTimer *timer;
  gint64 asked;                 /* ns, for the join */
  ClientSocket *socket;
  guint socket_serial;
  DtlsIdentity *certificate;
  ClientPeer peers[2];          /* by LivekitTarget */
  guint peers_serial;
  gboolean connected;           /* the session is not being resumed */
  gboolean negotiated;          /* the publisher has offered */
  GHashTable *mids;             /* (nullable): of the subscriber → sid */
  GHashTable *routes;           /* mid → ClientRoute */
  ClientData *data;
  ClientRpc *rpc;
  TextStreams *texts;
  guint32 updates;              /* the last one's id */

  /* network thread only: our track */
  gchar *track_name;            /* (nullable): there is none */
  LivekitSource track_source;
  gboolean track_dtx;
  gboolean track_refused;
  gchar *track_sid;             /* (nullable): not published */
  gboolean muted, listened, sending;

  /* network thread only: how it ended, for who comes to listen later */
  gboolean left;
  LivekitReason left_reason;
  GError *left_error;
};

/* client.c */
GPtrArray *client_hold_listeners (LivekitClient * self);
gboolean client_enter (LivekitClient * self, ClientListener * listener);
void client_exit (LivekitClient * self, ClientListener * listener);

/* Calls @func of one listener, or of all. Not with the lock held. */
#define client_tell_one(self, listener, func, ...)                           \
  G_STMT_START {                                                             \
    if ((listener)->funcs.func && client_enter (self, listener)) {           \
      (listener)->funcs.func ((listener)->data, __VA_ARGS__);                \
      client_exit (self, listener);                                          \
    }                                                                        \
  } G_STMT_END
#define client_tell(self, func, ...)                                         \
  G_STMT_START {                                                             \
    GPtrArray *_listeners = client_hold_listeners (self);                    \
    for (guint _i = 0; _i < _listeners->len; _i++)                           \
      client_tell_one (self, ((ClientListener *) _listeners->pdata[_i]),     \
          func, __VA_ARGS__);                                                \
    g_ptr_array_unref (_listeners);                                          \
  } G_STMT_END

/* client-room.c */
void client_room_begin (LivekitClient * self);
void client_room_handle (LivekitClient * self, RoomEvent * event);
void client_room_publish (LivekitClient * self);
void client_room_schedule (LivekitClient * self);
void client_room_end (LivekitClient * self);
gint64 client_room_now (void);

/* client-peer.c */
void client_peers_init (LivekitClient * self);
void client_peers_clear (LivekitClient * self);
void client_peers_make (LivekitClient * self, const LivekitJoin * join);
void client_peers_keep (LivekitClient * self, const LivekitJoin * resumed);
void client_peers_drop (LivekitClient * self);
void client_peers_offer (LivekitClient * self, gboolean restart);
void client_peers_take_offer (LivekitClient * self,
    const LivekitDescription * offer);
void client_peers_take_answer (LivekitClient * self, const gchar * sdp);
void client_peers_take_candidate (LivekitClient * self,
    const LivekitCandidate * candidate);
void client_peers_set_track (LivekitClient * self);
void client_peers_forget_routes (LivekitClient * self);
void client_peers_tick (LivekitClient * self, gint64 now);
gint64 client_peers_get_deadline (LivekitClient * self);

/* client-packet.c */
void client_packet_take (LivekitClient * self, const guint8 * message,
    gsize size);
gboolean client_packet_send (gpointer client, GBytes * packet);
gboolean client_packet_push (gpointer client, GBytes * packet);
void client_packet_flushed (LivekitClient * self);
void client_packet_check_ready (LivekitClient * self);
