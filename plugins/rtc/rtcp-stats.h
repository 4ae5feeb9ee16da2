/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtcp-packet.h"

/* Times are nanoseconds of any clock that only goes forward. */

/* What we have received from one source (RFC 3550, appendix A.1, A.3, A.8). */
typedef struct
{
  guint32 ssrc;
  guint clock_rate;

  gboolean started;
  guint16 highest;              /* sequence number */
  guint32 cycles;               /* how often it wrapped, times 65536 */
  guint32 base, bad;            /* first one; the one that proves a restart */
  guint32 received, expected_before, received_before;
  guint32 transit;              /* of the packet before, in ticks */
  guint64 jitter_16;            /* 16 times the jitter, in ticks */

  guint32 last_report;          /* middle of the last sender report's time */
  gint64 last_report_at;        /* when it came, or -1 */
} RtcpReceived;

/* What we have sent, and how it went by what the other side reports. */
typedef struct
{
  guint32 ssrc;
  guint clock_rate;
  guint32 packets, octets;
  guint32 timestamp;            /* of the last packet */
  gint64 timestamp_at;

  gboolean reported;            /* the rest has been told */
  gdouble loss;                 /* 0 to 1, since the report before */
  gint32 lost;                  /* ever */
  gint64 jitter;                /* at the other side */
  gint64 round_trip;            /* or -1 */
} RtcpSent;

guint64 rtcp_ntp_from_unix (gint64 microseconds);

void rtcp_received_init (RtcpReceived * self, guint32 ssrc, guint clock_rate);
void rtcp_received_packet (RtcpReceived * self, guint16 sequence,
    guint32 timestamp, gint64 now);
void rtcp_received_sender_report (RtcpReceived * self,
    const RtcpSenderInfo * info, gint64 now);
void rtcp_received_report (RtcpReceived * self, gint64 now,
    RtcpReport * report);
gint64 rtcp_received_jitter (const RtcpReceived * self);

void rtcp_sent_init (RtcpSent * self, guint32 ssrc, guint clock_rate);
void rtcp_sent_packet (RtcpSent * self, guint32 timestamp, gsize payload_size,
    gint64 now);
void rtcp_sent_info (const RtcpSent * self, guint64 ntp, gint64 now,
    RtcpSenderInfo * info);
gboolean rtcp_sent_take_report (RtcpSent * self, const RtcpReport * report,
    guint64 ntp);
