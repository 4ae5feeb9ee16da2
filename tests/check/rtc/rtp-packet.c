/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RTP packets both ways: every field, both forms of extensions, and all the
 * ways in which a packet can be cut or lie about its lengths.
 */
#include <rtp-packet.h>
#include <string.h>

static const guint8 PLAIN[] = {
  0x80, 0xef, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0x03, 0x04,
  'a', 'b', 'c',
};

/* Padding, two CSRCs, one-byte extensions 3 (two bytes) and 1 (-30 dB). */
static const guint8 FULL[] = {
  0xb2, 0x6f, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x03,
  0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05,
  0xbe, 0xde, 0x00, 0x02, 0x31, 0x77, 0x88, 0x00, 0x10, 0x9e, 0x00, 0x00,
  'x', 'y', 0x00, 0x00, 0x00, 0x04,
};

static void
plain (void)
{
  RtpPacket packet;

  g_assert_true (rtp_packet_parse (&packet, PLAIN, sizeof PLAIN));
  g_assert_true (packet.marker);
  g_assert_cmpuint (packet.payload_type, ==, 111);
  g_assert_cmphex (packet.sequence, ==, 0x1234);
  g_assert_cmphex (packet.timestamp, ==, 0xdeadbeef);
  g_assert_cmphex (packet.ssrc, ==, 0x01020304);
  g_assert_cmpuint (packet.n_csrc, ==, 0);
  g_assert_null (packet.extensions);
  g_assert_cmpmem (packet.payload, packet.payload_size, "abc", 3);
}

static void
everything (void)
{
  const guint8 *data;
  RtpPacket packet;
  gboolean voice;
  guint level;
  gsize size;

  g_assert_true (rtp_packet_parse (&packet, FULL, sizeof FULL));
  g_assert_false (packet.marker);
  g_assert_cmpuint (packet.n_csrc, ==, 2);
  g_assert_cmpuint (packet.csrc[0], ==, 4);
  g_assert_cmpuint (packet.csrc[1], ==, 5);
  g_assert_cmpuint (packet.padding, ==, 4);
  g_assert_cmpmem (packet.payload, packet.payload_size, "xy", 2);
  g_assert_true (rtp_packet_get_extension (&packet, 3, &data, &size));
  g_assert_cmpmem (data, size, "\x77\x88", 2);
  g_assert_true (rtp_packet_get_audio_level (&packet, 1, &level, &voice));
  g_assert_cmpuint (level, ==, 30);
  g_assert_true (voice);
  g_assert_false (rtp_packet_get_extension (&packet, 2, &data, &size));
  g_assert_false (rtp_packet_get_extension (&packet, 0, &data, &size));
}

/* Every shorter piece is either refused or shorter in its payload only. */
static void
cut_anywhere (void)
{
  const gsize fixed = 32;       /* header, CSRCs and extensions of FULL */

  for (gsize n = 0; n < sizeof FULL; n++) {
    guint8 *copy = g_memdup2 (FULL, n);
    RtpPacket packet;

    g_assert_false (n <= fixed && rtp_packet_parse (&packet, copy, n));
    if (n > 0) {
      copy[0] &= ~0x20;         /* without padding any payload will do */
      g_assert_true (rtp_packet_parse (&packet, copy, n) == (n >= fixed));
    }
    g_free (copy);
  }
}

static void
refused (void)
{
  RtpPacket packet;
  guint8 bad[sizeof FULL];

  memcpy (bad, FULL, sizeof FULL);
  bad[0] = 0x72;                /* version 1 */
  g_assert_false (rtp_packet_parse (&packet, bad, sizeof bad));
  memcpy (bad, FULL, sizeof FULL);
  bad[sizeof bad - 1] = 0;      /* no padding, not even the count */
  g_assert_false (rtp_packet_parse (&packet, bad, sizeof bad));
  bad[sizeof bad - 1] = 7;      /* more than there is */
  g_assert_false (rtp_packet_parse (&packet, bad, sizeof bad));
  bad[sizeof bad - 1] = 6;      /* nothing else, as a probe may be */
  g_assert_true (rtp_packet_parse (&packet, bad, sizeof bad));
  g_assert_cmpuint (packet.payload_size, ==, 0);
}

static void
two_byte_form (void)
{
  static const guint8 block[] = { 0, 5, 0, 17, 3, 'a', 'b', 'c', 0, 200, 9, 1 };
  RtpPacket packet = {.extension_profile = 0x1007,.extensions = block,
    .extensions_size = sizeof block
  };
  const guint8 *data;
  gsize size;

  g_assert_true (rtp_packet_get_extension (&packet, 5, &data, &size));
  g_assert_cmpuint (size, ==, 0);
  g_assert_true (rtp_packet_get_extension (&packet, 17, &data, &size));
  g_assert_cmpmem (data, size, "abc", 3);
  /* Nine bytes are promised, one is there. */
  g_assert_false (rtp_packet_get_extension (&packet, 200, &data, &size));
  packet.extension_profile = 0x4321;    /* not ours to read */
  g_assert_false (rtp_packet_get_extension (&packet, 17, &data, &size));
}

static void
one_byte_form_stops (void)
{
  static const guint8 block[] = { 0xf0, 1, 0x20, 7 };
  RtpPacket packet = {.extension_profile = RTP_ONE_BYTE_EXTENSIONS,
    .extensions = block,.extensions_size = sizeof block
  };
  const guint8 *data;
  gsize size;

  g_assert_false (rtp_packet_get_extension (&packet, 2, &data, &size));
}

static void
written_as_it_was (void)
{
  guint8 out[sizeof FULL];
  RtpPacket packet;

  g_assert_true (rtp_packet_parse (&packet, FULL, sizeof FULL));
  g_assert_cmpuint (rtp_packet_write (&packet, out, sizeof out), ==,
      sizeof FULL);
  g_assert_cmpmem (out, sizeof out, FULL, sizeof FULL);
  g_assert_cmpuint (rtp_packet_write (&packet, out, sizeof out - 1), ==, 0);
  packet.n_csrc = RTP_MAX_CSRC + 1;
  g_assert_cmpuint (rtp_packet_write (&packet, out, sizeof out), ==, 0);
}

static void
level_there_and_back (void)
{
  static const guint16 forms[] = { RTP_ONE_BYTE_EXTENSIONS,
    RTP_TWO_BYTE_EXTENSIONS
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++) {
    guint8 block[4], wire[64];
    gboolean voice;
    gsize used = 0;
    guint level;
    RtpPacket packet = {.payload_type = 111,.payload = (guint8 *) "p",
      .payload_size = 1,.extension_profile = forms[i],.extensions = block
    };

    g_assert_true (rtp_extension_add_audio_level (forms[i], block,
            sizeof block, &used, 1, 300, FALSE));
    packet.extensions_size = used;
    used = rtp_packet_write (&packet, wire, sizeof wire);
    g_assert_cmpuint (used, ==, 12 + 8 + 1);
    g_assert_true (rtp_packet_parse (&packet, wire, used));
    g_assert_true (rtp_packet_get_audio_level (&packet, 1, &level, &voice));
    g_assert_cmpuint (level, ==, 127);
    g_assert_false (voice);
  }
}

static void
extension_limits (void)
{
  guint8 data[256] = { 0 }, block[600];
  gsize used = 0;

  g_assert_false (rtp_extension_add (RTP_ONE_BYTE_EXTENSIONS, block, 600,
          &used, 15, data, 1));
  g_assert_false (rtp_extension_add (RTP_ONE_BYTE_EXTENSIONS, block, 600,
          &used, 1, data, 17));
  g_assert_false (rtp_extension_add (RTP_ONE_BYTE_EXTENSIONS, block, 600,
          &used, 1, data, 0));
  g_assert_false (rtp_extension_add (RTP_TWO_BYTE_EXTENSIONS, block, 600,
          &used, 0, data, 1));
  g_assert_false (rtp_extension_add (RTP_TWO_BYTE_EXTENSIONS, block, 600,
          &used, 1, data, 256));
  g_assert_false (rtp_extension_add (RTP_TWO_BYTE_EXTENSIONS, block, 256,
          &used, 1, data, 255));
  g_assert_cmpuint (used, ==, 0);
  g_assert_true (rtp_extension_add (RTP_TWO_BYTE_EXTENSIONS, block, 257,
          &used, 1, data, 255));
  g_assert_cmpuint (used, ==, 257);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtp-packet/plain", plain);
  g_test_add_func ("/rtp-packet/everything", everything);
  g_test_add_func ("/rtp-packet/cut-anywhere", cut_anywhere);
  g_test_add_func ("/rtp-packet/refused", refused);
  g_test_add_func ("/rtp-packet/two-byte-form", two_byte_form);
  g_test_add_func ("/rtp-packet/one-byte-form-stops", one_byte_form_stops);
  g_test_add_func ("/rtp-packet/written-as-it-was", written_as_it_was);
  g_test_add_func ("/rtp-packet/level-there-and-back", level_there_and_back);
  g_test_add_func ("/rtp-packet/extension-limits", extension_limits);
  return g_test_run ();
}
