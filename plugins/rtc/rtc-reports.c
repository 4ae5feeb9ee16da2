/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What we report by RTCP, and when: sender reports while we send, receiver
 * reports of whom we hear, nothing while nothing happens (RFC 3550, section
 * 6.2 and 6.4). Two participants of one connection never need more than the
 * least interval, so that the count of members is left out.
 *
 * Threads: one at a time. Locks: none.
 */
#include "rtc-reports.h"

#include <string.h>

#define INTERVAL 5000           /* ms; RFC 3550, section 6.2 */
#define COMPENSATION 1.21828    /* section 6.3.1: e - 3/2 */
#define QUIET 2                 /* section 6.3.8: then we are no sender */

/**
 * rtc_reports_init:
 * @self: (out): the reports of a connection
 * @clock_rate: of our timestamps
 */
void
rtc_reports_init (RtcReports * self, guint clock_rate)
{
  memset (self, 0, sizeof *self);
  g_snprintf (self->cname, sizeof self->cname, "%08x%08x", g_random_int (),
      g_random_int ());
  rtcp_sent_init (&self->sent, g_random_int (), clock_rate);
  self->quiet = QUIET;
}

/**
 * rtc_reports_set_source:
 * @self: the reports of a connection
 * @ssrc: as which we send from now on
 */
void
rtc_reports_set_source (RtcReports * self, guint32 ssrc)
{
  rtcp_sent_init (&self->sent, ssrc, self->sent.clock_rate);
  self->quiet = QUIET;
}

/**
 * rtc_reports_sent:
 * @self: the reports of a connection
 * @timestamp: of a packet that we have sent
 * @size: of its payload
 * @now: when
 */
void
rtc_reports_sent (RtcReports * self, guint32 timestamp, gsize size, gint64 now)
{
  rtcp_sent_packet (&self->sent, timestamp, size, now);
  self->packets++;
  self->quiet = 0;
}

/**
 * rtc_reports_interval:
 * @self: the reports of a connection
 * @random: from 0 to 1
 *
 * Returns: how long the next report is to wait, in milliseconds
 */
guint
rtc_reports_interval (const RtcReports * self, gdouble random)
{
  guint interval = self->begun ? INTERVAL : INTERVAL / 2;

  return interval * (random + 0.5) / COMPENSATION;
}

/* Of whom we have heard since we last reported of them. */
static guint
collect (RtcReports * self, RtcpReceived * const *sources, guint n, gint64 now,
    RtcpReport * reports)
{
  guint first = n > 0 ? self->first % n : 0, found = 0;

  for (guint i = 0; i < n && found < RTCP_MAX_REPORTS; i++) {
    RtcpReceived *source = sources[(first + i) % n];

    if (source->received == source->received_before)
      continue;
    rtcp_received_report (source, now, &reports[found++]);
    self->first = (first + i + 1) % n;
  }
  return found;
}

/**
 * rtc_reports_write:
 * @self: the reports of a connection
 * @sources: (array length=n): the other side's
 * @n: how many
 * @bye: whether it is our last one
 * @now: the time
 * @unix_time: the same, in microseconds since 1970
 * @data: (out): where to
 * @capacity: of @data; %RTC_MAX_REPORT is enough
 *
 * Returns: the size of a compound packet; 0 if there is nothing to report
 */
gsize
rtc_reports_write (RtcReports * self, RtcpReceived * const *sources, guint n,
    gboolean bye, gint64 now, gint64 unix_time, guint8 * data, gsize capacity)
{
  RtcpReport reports[RTCP_MAX_REPORTS];
  gboolean sender = self->quiet < QUIET;
  RtcpSenderInfo info;
  RtcpWriter writer;

  n = collect (self, sources, n, now, reports);
  if (!sender && n == 0 && !(bye && self->begun))
    return 0;
  rtcp_writer_init (&writer, data, capacity);
  if (sender) {
    rtcp_sent_info (&self->sent, rtcp_ntp_from_unix (unix_time), now, &info);
    rtcp_writer_add_sender_report (&writer, &info, reports, n);
  } else {
    rtcp_writer_add_receiver_report (&writer, self->sent.ssrc, reports, n);
  }
  rtcp_writer_add_cname (&writer, self->sent.ssrc, self->cname);
  if (bye)
    rtcp_writer_add_bye (&writer, self->sent.ssrc);
  self->begun = TRUE;
  self->quiet++;
  return writer.size;
}

/**
 * rtc_reports_take:
 * @self: the reports of a connection
 * @sources: (array length=n): the other side's
 * @n: how many
 * @data: a compound packet of the other side
 * @size: of @data
 * @now: the time
 * @unix_time: the same, in microseconds since 1970
 *
 * Returns: whether it has a report on what we send
 */
gboolean
rtc_reports_take (RtcReports * self, RtcpReceived * const *sources, guint n,
    const guint8 * data, gsize size, gint64 now, gint64 unix_time)
{
  guint64 ntp = rtcp_ntp_from_unix (unix_time);
  gboolean on_us = FALSE;
  RtcpReader reader;
  RtcpPacket packet;
  RtcpSenderInfo info;
  RtcpReport report;

  if (!rtcp_reader_init (&reader, data, size))
    return FALSE;
  while (rtcp_reader_next (&reader, &packet)) {
    if (rtcp_packet_get_sender_info (&packet, &info))
      for (guint i = 0; i < n; i++)
        rtcp_received_sender_report (sources[i], &info, now);
    for (guint i = 0; rtcp_packet_get_report (&packet, i, &report); i++)
      on_us |= rtcp_sent_take_report (&self->sent, &report, ntp);
  }
  return on_us;
}
