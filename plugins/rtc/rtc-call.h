/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtc-peer.h"

#include <gst/gst.h>

#define RTC_TYPE_CALL (rtc_call_get_type ())
G_DECLARE_FINAL_TYPE (RtcCall, rtc_call, RTC, CALL, GObject);

/* Somebody who calls us by an offer: what `voicertcsrc` and `voicertcsink` of
 * a pipeline have in common. */

typedef enum
{
  RTC_CALL_SOURCE,
  RTC_CALL_SINK,
  RTC_CALL_N_SIDES
} RtcCallSide;

/* Called on the network thread; all but `state` may be %NULL. */
typedef struct
{
  void (*answer) (gpointer data, const gchar * sdp);
  /* RTC_CONNECTED; then, or instead, one of RTC_CLOSED and RTC_FAILED. */
  void (*state) (gpointer data, RtcState state, const GError * error);
  void (*audio) (gpointer data, const RtpPacket * packet, gint64 now);
  void (*delay) (gpointer data, gint64 half_round_trip, gdouble loss);
} RtcCallListener;

typedef struct
{
  gint64 connect, first_packet; /* ns since the offer, or -1 */
  guint64 sent;
  gint64 round_trip;            /* ns, or -1 */
  gdouble loss;                 /* of our packets, 0 to 1, or -1 */
  guint dropped;                /* packets that were not let through */
} RtcCallStats;

RtcCall *rtc_call_obtain (GstElement * element);
/* In state changes; when these return they are done. */
void rtc_call_listen (RtcCall * self, RtcCallSide side,
    const RtcCallListener * listener, gpointer data);
void rtc_call_unlisten (RtcCall * self, RtcCallSide side);
gboolean rtc_call_begin (RtcCall * self, const gchar * offer,
    const RtcSettings * settings, GError ** error);
void rtc_call_end (RtcCall * self);
/* Any thread. */
void rtc_call_send (RtcCall * self, const guint8 * opus, gsize size,
    guint32 timestamp, guint level, gboolean voice, gboolean marker);
void rtc_call_get_stats (RtcCall * self, RtcCallStats * stats);
