/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dtls-session.h"
#include "ice-path.h"
#include "srtp-session.h"

/* A path to one other side: ICE finds it, DTLS proves who is there, SRTP
 * carries media on it. Signalling is the caller's. */
typedef struct _RtcConnection RtcConnection;

typedef enum
{
  RTC_NEW,
  RTC_CONNECTING,               /* the other side's description is known */
  RTC_CONNECTED,                /* media may go both ways */
  RTC_CLOSED,                   /* by the other side, in good order */
  RTC_FAILED,                   /* no path (any more), or not who was meant;
                                 * rtc_connection_restart() where it was ICE */
} RtcState;

/* What happens. Called on the network thread; the connection may be freed in
 * any of them. */
typedef struct
{
  /* A candidate of ours, `candidate:…` as in a description; NULL: no more. */
  void (*candidate) (gpointer data, const gchar * candidate);
  /* @error is set with RTC_FAILED only. */
  void (*state) (gpointer data, RtcState state, const GError * error);
  /* Decrypted, aligned, and the callee's to change until it returns. */
  void (*rtp) (gpointer data, guint8 * packet, gsize size);
  void (*rtcp) (gpointer data, guint8 * packet, gsize size);
  /* Through DTLS: what SCTP lives on. */
  void (*message) (gpointer data, const guint8 * message, gsize size);
} RtcEvents;

RtcConnection *rtc_connection_new (DtlsIdentity * identity,
    const RtcSettings * settings, const RtcEvents * events, gpointer data,
    GError ** error);
void rtc_connection_free (RtcConnection * self);
const gchar *rtc_connection_get_ufrag (const RtcConnection * self);
const gchar *rtc_connection_get_password (const RtcConnection * self);
gboolean rtc_connection_gather (RtcConnection * self, GError ** error);
gboolean rtc_connection_set_remote (RtcConnection * self, const gchar * ufrag,
    const gchar * password, gboolean dtls_client, const gchar * hash,
    const gchar * fingerprint, GError ** error);
void rtc_connection_set_remote_lite (RtcConnection * self);
gboolean rtc_connection_add_candidate (RtcConnection * self,
    const gchar * candidate);
void rtc_connection_set_servers (RtcConnection * self,
    const RtcServer * servers, guint n_servers);
gboolean rtc_connection_restart (RtcConnection * self, GError ** error);
gboolean rtc_connection_send_rtp (RtcConnection * self, guint8 * packet,
    gsize size, gsize capacity);
gboolean rtc_connection_send_rtcp (RtcConnection * self, guint8 * packet,
    gsize size, gsize capacity);
gboolean rtc_connection_send_message (RtcConnection * self,
    const guint8 * message, gsize size);
void rtc_connection_close (RtcConnection * self);
RtcState rtc_connection_get_state (const RtcConnection * self);
void rtc_connection_get_dropped (const RtcConnection * self,
    SrtpDropped * dropped);
void rtc_connection_forget (RtcConnection * self, guint32 ssrc);
void rtc_connection_get_path (const RtcConnection * self, RtcPath * path);
