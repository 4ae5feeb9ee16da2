/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtc-connection.h"
#include "rtp-packet.h"

/* A peer connection for speech, as signalling sees it: descriptions in and
 * out, one track of ours, any number of the other side's, data channels by
 * name. All on the network thread. */
typedef struct _RtcPeer RtcPeer;

typedef struct
{
  gboolean offers;              /* it makes the offers and controls ICE */
  gboolean receives;            /* offers ask for a track of the other side */
  gboolean no_channels;         /* are let come */
  RtcSettings path;             /* `controlling` is set by `offers` */
} RtcPeerSettings;

/* A track of the other side, by its description. Strings are never %NULL. */
typedef struct
{
  gchar *mid;
  gchar *stream, *id;           /* of `msid` */
  guint32 ssrc;                 /* 0: not told */
} RtcTrack;

/* What the reports of both sides say of our track. */
typedef struct
{
  guint64 sent;                 /* packets */
  gint64 round_trip;            /* ns, -1: not known */
  gint64 jitter;                /* at the other side, ns */
  gdouble loss;                 /* 0 to 1, since the report before */
} RtcSenderStats;

/* Called on the network thread; the peer may be freed in any of them. */
typedef struct
{
  void (*candidate) (gpointer data, const gchar * candidate);
  void (*state) (gpointer data, RtcState state, const GError * error);
  /* After a description of the other side: what has come and gone by it. */
  void (*track) (gpointer data, const RtcTrack * track, gboolean there);
  /* Media of a track, decrypted; @now is g_get_monotonic_time () * 1000. */
  void (*rtp) (gpointer data, const RtcTrack * track,
      const RtpPacket * packet, gint64 now);
  void (*channel) (gpointer data, const gchar * label);     /* is open */
  void (*message) (gpointer data, const gchar * label, gboolean binary,
      const guint8 * message, gsize size);
  /* A report of the other side on our track has come. */
  void (*report) (gpointer data, const RtcSenderStats * stats);
} RtcPeerEvents;

RtcPeer *rtc_peer_new (DtlsIdentity * identity,
    const RtcPeerSettings * settings, const RtcPeerEvents * events,
    gpointer data, GError ** error);
void rtc_peer_free (RtcPeer * self);

/* Before the first offer. Reliable and in order, or neither. */
void rtc_peer_add_channel (RtcPeer * self, const gchar * label,
    gboolean reliable);
/* What the next offer or answer has; @id is also the track's in `msid`. */
void rtc_peer_set_track (RtcPeer * self, const gchar * stream,
    const gchar * id);

/* (transfer full) descriptions; %NULL with @error. */
gchar *rtc_peer_create_offer (RtcPeer * self, gboolean restart,
    GError ** error);
gboolean rtc_peer_set_answer (RtcPeer * self, const gchar * sdp,
    GError ** error);
gchar *rtc_peer_create_answer (RtcPeer * self, const gchar * offer,
    GError ** error);
gboolean rtc_peer_add_candidate (RtcPeer * self, const gchar * candidate);
/* New servers, for the next restart of ICE. */
void rtc_peer_set_servers (RtcPeer * self, const RtcServer * servers,
    guint n_servers);

/* @timestamp: ticks of 48 kHz since the track's begin (the random offset is
 * added here); @level: -dBov, 127 = silence; @marker: after a rest. */
gboolean rtc_peer_send_audio (RtcPeer * self, const guint8 * opus, gsize size,
    guint32 timestamp, guint level, gboolean voice, gboolean marker);
gboolean rtc_peer_send_message (RtcPeer * self, const gchar * label,
    gboolean binary, const guint8 * message, gsize size);
gboolean rtc_peer_channel_is_open (RtcPeer * self, const gchar * label);
void rtc_peer_close (RtcPeer * self);
RtcState rtc_peer_get_state (const RtcPeer * self);
void rtc_peer_get_sender_stats (const RtcPeer * self, RtcSenderStats * stats);
/* Packets of media that were not let through. */
void rtc_peer_get_dropped (const RtcPeer * self, SrtpDropped * dropped);
