/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two sides that report to one another, with times of the test's own.
 */
#include <rtc-reports.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
#define EPOCH G_GINT64_CONSTANT (1700000000000000)

static gsize
write (RtcReports * self, RtcpReceived ** sources, guint n, gboolean bye,
    gint64 now, guint8 * data)
{
  return rtc_reports_write (self, sources, n, bye, now, EPOCH + now / 1000,
      data, RTC_MAX_REPORT);
}

/* RFC 3550, section 6.2: 0.5 to 1.5 of five seconds, the first time of half
 * of that, compensated for what reconsideration would do. */
static void
interval (void)
{
  RtcReports reports;

  rtc_reports_init (&reports, 48000);
  g_assert_cmpuint (rtc_reports_interval (&reports, 0), ==, 1026);
  g_assert_cmpuint (rtc_reports_interval (&reports, 1), ==, 3078);
  reports.begun = TRUE;
  g_assert_cmpuint (rtc_reports_interval (&reports, 0), ==, 2052);
  g_assert_cmpuint (rtc_reports_interval (&reports, 1), ==, 6156);
}

static void
nothing (void)
{
  guint8 data[RTC_MAX_REPORT];
  RtcpReceived source, *sources[] = { &source };
  RtcReports reports;

  rtc_reports_init (&reports, 48000);
  rtcp_received_init (&source, 7, 48000);
  g_assert_cmpuint (write (&reports, NULL, 0, FALSE, 0, data), ==, 0);
  g_assert_cmpuint (write (&reports, sources, 1, FALSE, 0, data), ==, 0);
  g_assert_cmpuint (write (&reports, sources, 1, TRUE, 0, data), ==, 0);
}

/* A sender is one for two reports more than it sends. */
static void
rests (void)
{
  guint8 data[RTC_MAX_REPORT];
  RtcReports reports;

  rtc_reports_init (&reports, 48000);
  rtc_reports_sent (&reports, 960, 100, 0);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (write (&reports, NULL, 0, FALSE, SECOND, data), >, 0);
    g_assert_cmpuint (data[1], ==, RTCP_SENDER_REPORT);
  }
  g_assert_cmpuint (write (&reports, NULL, 0, FALSE, SECOND, data), ==, 0);
  g_assert_cmpuint (write (&reports, NULL, 0, TRUE, SECOND, data), >, 0);
  g_assert_cmpuint (data[1], ==, RTCP_RECEIVER_REPORT);
  rtc_reports_sent (&reports, 1920, 100, 0);
  g_assert_cmpuint (write (&reports, NULL, 0, FALSE, SECOND, data), >, 0);
  g_assert_cmpuint (data[1], ==, RTCP_SENDER_REPORT);
  g_assert_cmpuint (reports.packets, ==, 2);
}

static void
assert_parts (const guint8 * data, gsize size, guint32 ssrc,
    const gchar * cname, gboolean bye)
{
  RtcpReader reader;
  RtcpPacket packet;
  const gchar *name;
  guint32 gone;
  gsize n;

  g_assert_true (rtcp_reader_init (&reader, data, size));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_true (rtcp_packet_get_cname (&packet, ssrc, &name, &n));
  g_assert_cmpmem (name, n, cname, strlen (cname));
  g_assert_true (rtcp_reader_next (&reader, &packet) == bye);
  if (bye) {
    g_assert_true (rtcp_packet_get_bye (&packet, 0, &gone));
    g_assert_cmpuint (gone, ==, ssrc);
  }
}

/* Ten packets, of which two are lost; the report comes after 300 ms, of which
 * the other side had it for 200. */
static void
both_ways (void)
{
  guint8 data[RTC_MAX_REPORT];
  RtcpReceived source, *sources[] = { &source };
  RtcReports a, b;
  gsize size;

  rtc_reports_init (&a, 48000);
  rtc_reports_init (&b, 48000);
  rtcp_received_init (&source, a.sent.ssrc, 48000);
  for (guint i = 0; i < 10; i++) {
    rtc_reports_sent (&a, i * 960, 100, i * SECOND / 50);
    if (i != 3 && i != 4)
      rtcp_received_packet (&source, i, i * 960, i * SECOND / 50);
  }
  size = write (&a, NULL, 0, FALSE, SECOND, data);
  assert_parts (data, size, a.sent.ssrc, a.cname, FALSE);
  g_assert_false (rtc_reports_take (&b, sources, 1, data, size,
          SECOND + SECOND / 20, EPOCH));
  size = write (&b, sources, 1, FALSE, SECOND + SECOND / 4, data);
  g_assert_cmpuint (data[1], ==, RTCP_RECEIVER_REPORT);
  assert_parts (data, size, b.sent.ssrc, b.cname, FALSE);
  g_assert_true (rtc_reports_take (&a, NULL, 0, data, size,
          SECOND + SECOND * 3 / 10, EPOCH + 1300000));
  g_assert_cmpint (a.sent.lost, ==, 2);
  g_assert_cmpfloat_with_epsilon (a.sent.loss, 0.2, 0.01);
  g_assert_cmpint (ABS (a.sent.round_trip - SECOND / 10), <, SECOND / 1000);
  /* Nothing new: nothing to say, but that we go. */
  g_assert_cmpuint (write (&b, sources, 1, FALSE, 2 * SECOND, data), ==, 0);
  size = write (&b, sources, 1, TRUE, 2 * SECOND, data);
  assert_parts (data, size, b.sent.ssrc, b.cname, TRUE);
  rtc_reports_set_source (&a, 42);
  g_assert_cmpint (a.sent.round_trip, ==, -1);
  g_assert_cmpuint (a.packets, ==, 10);
}

/* More sources than a packet holds take turns. */
static void
many (void)
{
  guint8 data[RTC_MAX_REPORT];
  RtcpReceived list[40], *sources[40];
  RtcReports reports;
  gboolean reported[40] = { FALSE };

  rtc_reports_init (&reports, 48000);
  for (guint i = 0; i < 40; i++) {
    sources[i] = &list[i];
    rtcp_received_init (&list[i], i + 1, 48000);
  }
  for (guint round = 0; round < 2; round++) {
    RtcpReader reader;
    RtcpPacket packet;
    RtcpReport report;
    gsize size;

    for (guint i = 0; i < 40; i++)
      rtcp_received_packet (&list[i], round, round * 960, round);
    size = write (&reports, sources, 40, FALSE, SECOND, data);
    g_assert_true (rtcp_reader_init (&reader, data, size));
    g_assert_true (rtcp_reader_next (&reader, &packet));
    g_assert_cmpuint (packet.count, ==, RTCP_MAX_REPORTS);
    for (guint i = 0; rtcp_packet_get_report (&packet, i, &report); i++)
      reported[report.ssrc - 1] = TRUE;
  }
  for (guint i = 0; i < 40; i++)
    g_assert_true (reported[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc-reports/interval", interval);
  g_test_add_func ("/rtc-reports/nothing", nothing);
  g_test_add_func ("/rtc-reports/rests", rests);
  g_test_add_func ("/rtc-reports/both-ways", both_ways);
  g_test_add_func ("/rtc-reports/many", many);
  return g_test_run ();
}
