/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any datagram as a compound RTCP packet, its reports through the statistics.
 */
#include <rtcp-stats.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
use_reports (const RtcpPacket * packet)
{
  RtcpSenderInfo info;
  RtcpReceived received;
  RtcpReport report;
  RtcpSent sent;

  rtcp_received_init (&received, 1, 48000);
  if (rtcp_packet_get_sender_info (packet, &info))
    rtcp_received_sender_report (&received, &info, 0);
  for (guint i = 0; rtcp_packet_get_report (packet, i, &report); i++) {
    rtcp_sent_init (&sent, report.ssrc, 48000);
    rtcp_sent_take_report (&sent, &report, rtcp_ntp_from_unix (0));
    if (sent.round_trip < -1 || sent.loss > 1)
      g_error ("no such round trip or loss");
    rtcp_received_packet (&received, report.highest_sequence, report.jitter,
        report.delay);
  }
  rtcp_received_report (&received, G_MAXUINT32, &report);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  RtcpReader reader;
  RtcpPacket packet;
  gsize walked = 0;

  if (!rtcp_reader_init (&reader, data, size))
    return 0;
  while (rtcp_reader_next (&reader, &packet)) {
    const gchar *name;
    guint32 ssrc = 1;
    gsize n;

    walked += 4 + packet.body_size;
    use_reports (&packet);
    rtcp_packet_get_ssrc (&packet, &ssrc);
    if (rtcp_packet_get_cname (&packet, ssrc, &name, &n)
        && (name < (gchar *) data || name + n > (gchar *) data + size))
      g_error ("the name lies outside");
    for (guint i = 0; rtcp_packet_get_bye (&packet, i, &ssrc); i++);
  }
  if (walked > size)
    g_error ("walked too far");
  return 0;
}
