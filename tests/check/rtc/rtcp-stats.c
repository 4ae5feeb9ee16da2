/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loss, jitter and round trip in virtual time, against figures worked out by
 * hand.
 */
#include <rtcp-stats.h>

#define MS G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)
#define START (G_GINT64_CONSTANT (5000000) * SECOND)

static void
ntp (void)
{
  g_assert_cmphex (rtcp_ntp_from_unix (0), ==, 0x83aa7e8000000000);
  g_assert_cmphex (rtcp_ntp_from_unix (500000), ==, 0x83aa7e8080000000);
  g_assert_cmphex (rtcp_ntp_from_unix (1000000), ==, 0x83aa7e8100000000);
}

/* Packets @from to @to of 20 ms, on time. */
static void
packets (RtcpReceived * r, guint from, guint to)
{
  for (guint i = from; i < to; i++)
    rtcp_received_packet (r, i, i * 960, START + i * 20 * MS);
}

static void
nothing_lost (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  packets (&r, 0, 100);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.ssrc, ==, 5);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
  g_assert_cmpint (report.lost, ==, 0);
  g_assert_cmpuint (report.highest_sequence, ==, 99);
  g_assert_cmpuint (report.jitter, ==, 0);
  g_assert_cmpuint (report.last_report, ==, 0);
  g_assert_cmpuint (report.delay, ==, 0);
}

static void
nothing_received (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpint (report.lost, ==, 0);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
}

static void
a_quarter_lost (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  packets (&r, 65500, 65600);   /* over the wrap */
  rtcp_received_report (&r, START, &report);
  packets (&r, 65625, 65700);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.fraction_lost, ==, 64);
  g_assert_cmpint (report.lost, ==, 25);
  g_assert_cmphex (report.highest_sequence, ==, 65699);
  packets (&r, 65700, 65800);   /* the interval begins anew, the sum does not */
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
  g_assert_cmpint (report.lost, ==, 25);
}

static void
reordered_and_doubled (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  packets (&r, 0, 10);
  packets (&r, 11, 12);
  packets (&r, 10, 11);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpint (report.lost, ==, 0);
  g_assert_cmpuint (report.highest_sequence, ==, 11);
  packets (&r, 10, 12);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpint (report.lost, ==, -2);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
}

/* One stray packet changes nothing, two in a row begin anew. */
static void
restart (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  packets (&r, 0, 10);
  packets (&r, 30000, 30001);
  packets (&r, 10, 12);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.highest_sequence, ==, 11);
  packets (&r, 30000, 30010);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.highest_sequence, ==, 30009);
  g_assert_cmpint (report.lost, ==, 0);
}

/* Every other packet 8 ms late: D is 384 ticks each time, and so the jitter
 * becomes (A.8). */
static void
jitter (void)
{
  RtcpReport report;
  RtcpReceived r;

  rtcp_received_init (&r, 5, 48000);
  for (guint i = 0; i < 500; i++)
    rtcp_received_packet (&r, i, 0xffff0000u + i * 960,
        START + i * 20 * MS + i % 2 * 8 * MS);
  rtcp_received_report (&r, START, &report);
  g_assert_cmpuint (report.jitter, >=, 383);
  g_assert_cmpuint (report.jitter, <=, 384);
  g_assert_cmpint (rtcp_received_jitter (&r) / MS, ==, 7);
}

/* The example of RFC 3550, section 6.4.1, figure 2: 6.125 s. */
static void
round_trip_of_the_rfc (void)
{
  RtcpReport report = {.ssrc = 1,.last_report = 0xb7052000,.delay = 0x00054000
  };
  guint64 now = G_GUINT64_CONSTANT (0xb7108000) << 16;
  RtcpSent s;

  rtcp_sent_init (&s, 1, 48000);
  g_assert_true (rtcp_sent_take_report (&s, &report, now));
  g_assert_cmpint (s.round_trip / MS, ==, 6125);
}

/* Both sides, 40 ms there and 30 ms back, the report a second later. */
static void
round_trip_of_two (void)
{
  guint64 wall = 1700000000u * G_GUINT64_CONSTANT (1000000);
  RtcpSenderInfo info;
  RtcpReport report;
  RtcpReceived r;
  RtcpSent s;

  rtcp_sent_init (&s, 5, 48000);
  rtcp_received_init (&r, 5, 48000);
  for (guint i = 0; i < 50; i++)
    rtcp_sent_packet (&s, 1000 + i * 960, 80, START + i * 20 * MS);
  rtcp_sent_info (&s, rtcp_ntp_from_unix (wall), START + 990 * MS, &info);
  g_assert_cmpuint (info.rtp_timestamp, ==, 1000 + 48 * 990);
  g_assert_cmpuint (info.packets, ==, 50);
  g_assert_cmpuint (info.octets, ==, 4000);
  rtcp_received_sender_report (&r, &info, START);
  packets (&r, 0, 1);
  packets (&r, 2, 3);
  rtcp_received_report (&r, START + SECOND, &report);
  g_assert_cmpuint (report.delay, ==, 65536);
  g_assert_true (rtcp_sent_take_report (&s, &report,
          rtcp_ntp_from_unix (wall + 1070000)));
  g_assert_cmpint (s.round_trip, >, 69 * MS);
  g_assert_cmpint (s.round_trip, <, 71 * MS);
  g_assert_cmpfloat_with_epsilon (s.loss, 1 / 3.0, 0.01);
  g_assert_cmpint (s.lost, ==, 1);
}

static void
reports_that_lie (void)
{
  RtcpReport report = {.ssrc = 1,.last_report = 0x10000,.delay = G_MAXUINT32 };
  RtcpSent s;

  rtcp_sent_init (&s, 1, 48000);
  rtcp_sent_take_report (&s, &report, G_GUINT64_CONSTANT (0x1f0) << 32);
  g_assert_cmpint (s.round_trip, ==, -1);       /* lay longer than it exists */
  report.delay = 0;
  rtcp_sent_take_report (&s, &report, G_GUINT64_CONSTANT (0xff0) << 32);
  g_assert_cmpint (s.round_trip, ==, -1);       /* an hour under way */
  report.last_report = 0;
  rtcp_sent_take_report (&s, &report, G_GUINT64_CONSTANT (1) << 32);
  g_assert_cmpint (s.round_trip, ==, -1);       /* knows no report of ours */
  report.ssrc = 2;
  g_assert_false (rtcp_sent_take_report (&s, &report, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtcp-stats/ntp", ntp);
  g_test_add_func ("/rtcp-stats/nothing-lost", nothing_lost);
  g_test_add_func ("/rtcp-stats/nothing-received", nothing_received);
  g_test_add_func ("/rtcp-stats/a-quarter-lost", a_quarter_lost);
  g_test_add_func ("/rtcp-stats/reordered-and-doubled", reordered_and_doubled);
  g_test_add_func ("/rtcp-stats/restart", restart);
  g_test_add_func ("/rtcp-stats/jitter", jitter);
  g_test_add_func ("/rtcp-stats/round-trip-of-the-rfc", round_trip_of_the_rfc);
  g_test_add_func ("/rtcp-stats/round-trip-of-two", round_trip_of_two);
  g_test_add_func ("/rtcp-stats/reports-that-lie", reports_that_lie);
  return g_test_run ();
}
