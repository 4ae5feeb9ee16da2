/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "rtcp-stats.h"

/* Bytes of a compound packet of ours at most. */
#define RTC_MAX_REPORT 1024
#define RTC_CNAME_SIZE 17

/* RTCP of one connection (RFC 3550, section 6): when to report, and what. */
typedef struct
{
  gchar cname[RTC_CNAME_SIZE];  /* RFC 7022, short-term */
  RtcpSent sent;                /* of our source */
  guint64 packets;              /* that we have sent, of whatever source */
  gboolean begun;               /* a report has been made */
  guint quiet;                  /* reports since a packet of ours */
  guint first;                  /* source to report of next */
} RtcReports;

void rtc_reports_init (RtcReports * self, guint clock_rate);
void rtc_reports_set_source (RtcReports * self, guint32 ssrc);
void rtc_reports_sent (RtcReports * self, guint32 timestamp, gsize size,
    gint64 now);
guint rtc_reports_interval (const RtcReports * self, gdouble random);
gsize rtc_reports_write (RtcReports * self, RtcpReceived * const *sources,
    guint n, gboolean bye, gint64 now, gint64 unix_time, guint8 * data,
    gsize capacity);
gboolean rtc_reports_take (RtcReports * self, RtcpReceived * const *sources,
    guint n, const guint8 * data, gsize size, gint64 now, gint64 unix_time);
