/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loss, jitter and round trip by the arithmetic of RFC 3550: what we report of
 * a source that we hear, and what others report of us.
 *
 * Threads: one at a time. Locks: none.
 */
#include "rtcp-stats.h"

#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
#define NTP_OF_UNIX G_GUINT64_CONSTANT (2208988800)     /* 1970 from 1900 */
#define WRAP 65536u
#define MAX_DROPOUT 3000        /* A.1: further ahead is another stream */
#define MAX_MISORDER 100        /* A.1: further behind, too */
#define NO_BAD (WRAP + 1)
#define MAX_ROUND_TRIP (60 * SECOND)

/**
 * rtcp_ntp_from_unix:
 * @microseconds: since 1970, as of g_get_real_time()
 *
 * Returns: the same as a timestamp of NTP, 32.32 bits
 */
guint64
rtcp_ntp_from_unix (gint64 microseconds)
{
  guint64 us = MAX (microseconds, 0);

  return (us / 1000000 + NTP_OF_UNIX) << 32 | ((us % 1000000) << 32) / 1000000;
}

static gint64
to_ticks (gint64 time, guint clock_rate)
{
  return time / SECOND * clock_rate + time % SECOND * clock_rate / SECOND;
}

static gint64
from_ticks (guint64 ticks, guint clock_rate)
{
  return ticks / clock_rate * SECOND + ticks % clock_rate * SECOND / clock_rate;
}

static gint64
from_65536 (guint32 time)
{
  return (gint64) time *(SECOND / 64) / 1024;
}

/**
 * rtcp_received_init:
 * @self: (out): the account of a source
 * @ssrc: of the source
 * @clock_rate: of its timestamps, in Hz
 */
void
rtcp_received_init (RtcpReceived * self, guint32 ssrc, guint clock_rate)
{
  memset (self, 0, sizeof *self);
  self->ssrc = ssrc;
  self->clock_rate = clock_rate;
  self->last_report_at = -1;
}

static void
start_sequence (RtcpReceived * self, guint16 sequence)
{
  self->started = TRUE;
  self->base = self->highest = sequence;
  self->bad = NO_BAD;
  self->cycles = 0;
  self->received = self->received_before = self->expected_before = 0;
}

/* A.1 without the probation, which SRTP's authentication makes needless.
 * FALSE: the packet does not belong to what came before. */
static gboolean
follow_sequence (RtcpReceived * self, guint16 sequence)
{
  guint16 delta = sequence - self->highest;

  if (delta < MAX_DROPOUT) {
    if (sequence < self->highest)
      self->cycles += WRAP;
    self->highest = sequence;
    self->bad = NO_BAD;
    return TRUE;
  }
  if (delta > WRAP - MAX_MISORDER)
    return TRUE;
  if (sequence != self->bad) {
    self->bad = (guint16) (sequence + 1);
    return FALSE;
  }
  start_sequence (self, sequence);      /* two in a row: it began anew */
  self->transit = 0;
  return TRUE;
}

static void
follow_jitter (RtcpReceived * self, guint32 timestamp, gint64 now)
{
  /* Modulo 2^32, as timestamps wrap. */
  guint32 transit = (guint32) to_ticks (now, self->clock_rate) - timestamp;

  if (self->received > 0) {
    gint32 d = transit - self->transit;

    self->jitter_16 += ABS ((gint64) d) - ((self->jitter_16 + 8) >> 4);
  }
  self->transit = transit;
}

/**
 * rtcp_received_packet:
 * @self: the account of the packet's source
 * @sequence: the packet's number
 * @timestamp: its timestamp
 * @now: when it came
 */
void
rtcp_received_packet (RtcpReceived * self, guint16 sequence, guint32 timestamp,
    gint64 now)
{
  if (!self->started)
    start_sequence (self, sequence);
  else if (!follow_sequence (self, sequence))
    return;
  follow_jitter (self, timestamp, now);
  self->received++;
}

/**
 * rtcp_received_sender_report:
 * @self: the account of a source
 * @info: what the source says of itself
 * @now: when it came
 */
void
rtcp_received_sender_report (RtcpReceived * self, const RtcpSenderInfo * info,
    gint64 now)
{
  if (info->ssrc != self->ssrc)
    return;
  self->last_report = info->ntp >> 16;
  self->last_report_at = now;
}

/* A.3: how much of what was sent since the report before did not come. */
static guint8
take_fraction_lost (RtcpReceived * self, guint32 expected)
{
  guint32 n = expected - self->expected_before;
  guint32 came = self->received - self->received_before;

  self->expected_before = expected;
  self->received_before = self->received;
  return n == 0 || came >= n ? 0 : MIN (255, (guint64) (n - came) * 256 / n);
}

/**
 * rtcp_received_report:
 * @self: the account of a source
 * @now: when the report is made
 * @report: (out): what to tell the source; begins a new interval
 */
void
rtcp_received_report (RtcpReceived * self, gint64 now, RtcpReport * report)
{
  guint32 highest = self->cycles + self->highest;
  guint32 expected = self->started ? highest - self->base + 1 : 0;

  memset (report, 0, sizeof *report);
  report->ssrc = self->ssrc;
  report->fraction_lost = take_fraction_lost (self, expected);
  report->lost = CLAMP ((gint64) expected - self->received, -0x800000,
      0x7fffff);
  report->highest_sequence = highest;
  report->jitter = MIN (G_MAXUINT32, self->jitter_16 >> 4);
  if (self->last_report_at >= 0) {
    gint64 delay = MAX (0, now - self->last_report_at);

    report->last_report = self->last_report;
    report->delay = MIN (G_MAXUINT32, to_ticks (delay, 65536));
  }
}

/**
 * rtcp_received_jitter:
 * @self: the account of a source
 *
 * Returns: the jitter of its packets, in nanoseconds
 */
gint64
rtcp_received_jitter (const RtcpReceived * self)
{
  return from_ticks (self->jitter_16 >> 4, self->clock_rate);
}

/**
 * rtcp_sent_init:
 * @self: (out): our own account
 * @ssrc: as which we send
 * @clock_rate: of our timestamps, in Hz
 */
void
rtcp_sent_init (RtcpSent * self, guint32 ssrc, guint clock_rate)
{
  memset (self, 0, sizeof *self);
  self->ssrc = ssrc;
  self->clock_rate = clock_rate;
  self->round_trip = -1;
}

/**
 * rtcp_sent_packet:
 * @self: our account
 * @timestamp: of a packet that we send
 * @payload_size: of its payload
 * @now: when
 */
void
rtcp_sent_packet (RtcpSent * self, guint32 timestamp, gsize payload_size,
    gint64 now)
{
  self->packets++;
  self->octets += payload_size;
  self->timestamp = timestamp;
  self->timestamp_at = now;
}

/**
 * rtcp_sent_info:
 * @self: our account
 * @ntp: the time, as of rtcp_ntp_from_unix()
 * @now: the same time
 * @info: (out): what to report of us
 */
void
rtcp_sent_info (const RtcpSent * self, guint64 ntp, gint64 now,
    RtcpSenderInfo * info)
{
  info->ssrc = self->ssrc;
  info->ntp = ntp;
  info->rtp_timestamp = self->timestamp
      + (guint32) to_ticks (now - self->timestamp_at, self->clock_rate);
  info->packets = self->packets;
  info->octets = self->octets;
}

/* Section 6.4.1: what passed since our report, less what it lay there. */
static gint64
round_trip (const RtcpReport * report, guint64 ntp)
{
  guint32 now = ntp >> 16, passed = now - report->last_report;
  gint64 trip;

  if (report->last_report == 0)
    return -1;                  /* it has not seen any report of ours */
  trip = from_65536 (passed) - from_65536 (report->delay);
  if (trip > MAX_ROUND_TRIP || trip < -SECOND)
    return -1;                  /* no clock of ours says that */
  return MAX (0, trip);
}

/**
 * rtcp_sent_take_report:
 * @self: our account
 * @report: what another says of us
 * @ntp: when it came, by the clock that rtcp_sent_info() was given
 *
 * Returns: whether the report is about us
 */
gboolean
rtcp_sent_take_report (RtcpSent * self, const RtcpReport * report, guint64 ntp)
{
  gint64 trip;

  if (report->ssrc != self->ssrc)
    return FALSE;
  self->reported = TRUE;
  self->loss = report->fraction_lost / 256.0;
  self->lost = report->lost;
  self->jitter = from_ticks (report->jitter, self->clock_rate);
  trip = round_trip (report, ntp);
  if (trip >= 0)
    self->round_trip = trip;
  return TRUE;
}
