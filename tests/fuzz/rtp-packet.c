/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any datagram as an RTP packet; what is one comes out of the writer as the
 * same packet.
 */
#include <rtp-packet.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
check_same (const RtpPacket * packet, const uint8_t * data, size_t size)
{
  guint8 *out = g_malloc (size);
  gsize n = rtp_packet_write (packet, out, size), rest = packet->padding;

  /* Only the filling of the padding may differ. */
  if (n != size || memcmp (out, data, size - rest) != 0
      || out[size - 1] != data[size - 1])
    g_error ("written differently");
  g_free (out);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const guint8 *found;
  RtpPacket packet;
  gboolean voice;
  guint level;
  gsize n;

  if (size > 70000 || !rtp_packet_parse (&packet, data, size))
    return 0;
  for (guint id = 0; id < 256; id++) {
    if (rtp_packet_get_extension (&packet, id, &found, &n)
        && (found < data || found + n > data + size))
      g_error ("extension %u lies outside", id);
    rtp_packet_get_audio_level (&packet, id, &level, &voice);
  }
  check_same (&packet, data, size);
  return 0;
}
