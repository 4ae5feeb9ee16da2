/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RTCP both ways, feedback that is walked over, and compound packets that are
 * cut or lie about their lengths.
 */
#include <rtcp-packet.h>
#include <string.h>

/* PLI, NACK and REMB as browsers send them, then a goodbye with a reason. */
static const guint8 FEEDBACK[] = {
  0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2,
  0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 3,
  0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 2, 3, 4,
  0, 0, 0, 2,
  0x82, 203, 0, 3, 0, 0, 0, 5, 0, 0, 0, 6, 3, 'o', 'f', 'f',
};

static const RtcpReport REPORTS[] = {
  {10, 64, -2, 0x00021234, 77, 0xaabbccdd, 65536},
  {11, 255, 0x7fffff, 3, 0, 0, 0},
};

static void
check_report (const RtcpPacket * packet, guint i, const RtcpReport * expected)
{
  RtcpReport report;

  g_assert_true (rtcp_packet_get_report (packet, i, &report));
  g_assert_cmpuint (report.ssrc, ==, expected->ssrc);
  g_assert_cmpuint (report.fraction_lost, ==, expected->fraction_lost);
  g_assert_cmpint (report.lost, ==, expected->lost);
  g_assert_cmphex (report.highest_sequence, ==, expected->highest_sequence);
  g_assert_cmpuint (report.jitter, ==, expected->jitter);
  g_assert_cmphex (report.last_report, ==, expected->last_report);
  g_assert_cmpuint (report.delay, ==, expected->delay);
}

static gsize
write_compound (guint8 * data, gsize capacity)
{
  RtcpSenderInfo info = { 7, 0x1122334455667788, 960, 3, 400 };
  RtcpWriter writer;

  rtcp_writer_init (&writer, data, capacity);
  return rtcp_writer_add_sender_report (&writer, &info, REPORTS, 2)
      && rtcp_writer_add_cname (&writer, 7, "somebody")
      && rtcp_writer_add_bye (&writer, 7) ? writer.size : 0;
}

static void
compound (void)
{
  guint8 data[256];
  gsize n = write_compound (data, sizeof data), size;
  const gchar *name;
  RtcpSenderInfo info;
  RtcpPacket packet;
  RtcpReader reader;
  RtcpReport report;
  guint32 ssrc;

  g_assert_cmpuint (n, ==, 4 + 24 + 48 + 4 + 16 + 8);
  g_assert_true (rtcp_reader_init (&reader, data, n));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_true (rtcp_packet_get_sender_info (&packet, &info));
  g_assert_true (rtcp_packet_get_ssrc (&packet, &ssrc));
  g_assert_cmpuint (ssrc, ==, 7);
  g_assert_cmphex (info.ntp, ==, 0x1122334455667788);
  g_assert_cmpuint (info.rtp_timestamp, ==, 960);
  g_assert_cmpuint (info.packets, ==, 3);
  g_assert_cmpuint (info.octets, ==, 400);
  check_report (&packet, 0, &REPORTS[0]);
  check_report (&packet, 1, &REPORTS[1]);
  g_assert_false (rtcp_packet_get_report (&packet, 2, &report));

  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_false (rtcp_packet_get_ssrc (&packet, &ssrc));
  g_assert_true (rtcp_packet_get_cname (&packet, 7, &name, &size));
  g_assert_cmpmem (name, size, "somebody", 8);
  g_assert_false (rtcp_packet_get_cname (&packet, 8, &name, &size));

  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_true (rtcp_packet_get_bye (&packet, 0, &ssrc));
  g_assert_cmpuint (ssrc, ==, 7);
  g_assert_false (rtcp_packet_get_bye (&packet, 1, &ssrc));
  g_assert_false (rtcp_reader_next (&reader, &packet));
}

static void
receiver_report (void)
{
  guint8 data[64];
  RtcpPacket packet;
  RtcpReader reader;
  RtcpSenderInfo info;
  RtcpWriter writer;

  rtcp_writer_init (&writer, data, sizeof data);
  g_assert_true (rtcp_writer_add_receiver_report (&writer, 9, REPORTS, 1));
  g_assert_true (rtcp_reader_init (&reader, data, writer.size));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_false (rtcp_packet_get_sender_info (&packet, &info));
  check_report (&packet, 0, &REPORTS[0]);
}

static void
no_room (void)
{
  RtcpReport reports[RTCP_MAX_REPORTS + 1] = { 0 };
  guint8 data[1000], before[1000];
  gchar long_name[257];
  RtcpWriter writer;

  for (gsize n = 0; n < 104; n++)
    g_assert_cmpuint (write_compound (data, n), ==, 0);
  g_assert_cmpuint (write_compound (data, 104), ==, 104);
  rtcp_writer_init (&writer, data, sizeof data);
  memset (data, 7, sizeof data);
  memcpy (before, data, sizeof data);
  memset (long_name, 'x', 256);
  long_name[256] = 0;
  g_assert_false (rtcp_writer_add_receiver_report (&writer, 1, reports,
          RTCP_MAX_REPORTS + 1));
  g_assert_false (rtcp_writer_add_cname (&writer, 1, long_name));
  g_assert_cmpuint (writer.size, ==, 0);
  g_assert_cmpmem (data, sizeof data, before, sizeof before);
  g_assert_true (rtcp_writer_add_receiver_report (&writer, 1, reports,
          RTCP_MAX_REPORTS));
}

static void
feedback_is_walked_over (void)
{
  static const guint types[] = { 206, 205, 206, 203 };
  RtcpPacket packet;
  RtcpReader reader;
  RtcpReport report;
  guint32 ssrc;

  g_assert_true (rtcp_reader_init (&reader, FEEDBACK, sizeof FEEDBACK));
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    g_assert_true (rtcp_reader_next (&reader, &packet));
    g_assert_cmpuint (packet.type, ==, types[i]);
    g_assert_false (rtcp_packet_get_report (&packet, 0, &report));
  }
  g_assert_true (rtcp_packet_get_bye (&packet, 1, &ssrc));
  g_assert_cmpuint (ssrc, ==, 6);
  g_assert_false (rtcp_reader_next (&reader, &packet));
}

static void
cut_anywhere (void)
{
  guint8 data[256];
  gsize size = write_compound (data, sizeof data);

  for (gsize n = 0; n < size; n++) {
    guint8 *copy = g_memdup2 (data, n);
    RtcpReader reader;

    /* What ends with a packet is whole. */
    g_assert_true (rtcp_reader_init (&reader, copy, n) == (n == 76 || n == 96));
    g_free (copy);
  }
}

static void
padding (void)
{
  guint8 data[] = { 0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4,
    0x80, 201, 0, 1, 0, 0, 0, 1
  };
  RtcpPacket packet;
  RtcpReader reader;

  g_assert_true (rtcp_reader_init (&reader, data, 12));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_cmpuint (packet.body_size, ==, 4);
  g_assert_false (rtcp_reader_init (&reader, data, sizeof data));
  data[11] = 12;
  g_assert_false (rtcp_reader_init (&reader, data, 12));
  data[11] = 3;
  g_assert_false (rtcp_reader_init (&reader, data, 12));
}

/* More reports, sources and items promised than there are. */
static void
counts_that_lie (void)
{
  static const guint8 reports[] = { 0x82, 201, 0, 1, 0, 0, 0, 1 };
  static const guint8 names[] = { 0x82, 202, 0, 2, 0, 0, 0, 1, 1, 9, 'a', 0 };
  static const guint8 byes[] = { 0x82, 203, 0, 1, 0, 0, 0, 1 };
  const gchar *name;
  RtcpPacket packet;
  RtcpReader reader;
  RtcpReport report;
  guint32 ssrc;
  gsize size;

  g_assert_true (rtcp_reader_init (&reader, reports, sizeof reports));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_false (rtcp_packet_get_report (&packet, 0, &report));
  g_assert_true (rtcp_reader_init (&reader, names, sizeof names));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_false (rtcp_packet_get_cname (&packet, 1, &name, &size));
  g_assert_true (rtcp_reader_init (&reader, byes, sizeof byes));
  g_assert_true (rtcp_reader_next (&reader, &packet));
  g_assert_true (rtcp_packet_get_bye (&packet, 0, &ssrc));
  g_assert_false (rtcp_packet_get_bye (&packet, 1, &ssrc));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtcp-packet/compound", compound);
  g_test_add_func ("/rtcp-packet/receiver-report", receiver_report);
  g_test_add_func ("/rtcp-packet/no-room", no_room);
  g_test_add_func ("/rtcp-packet/feedback", feedback_is_walked_over);
  g_test_add_func ("/rtcp-packet/cut-anywhere", cut_anywhere);
  g_test_add_func ("/rtcp-packet/padding", padding);
  g_test_add_func ("/rtcp-packet/counts-that-lie", counts_that_lie);
  return g_test_run ();
}
