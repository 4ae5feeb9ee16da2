/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as packets of Opus, one after another (a byte of length before
 * each), each decoded, restored from or missed.
 */
#include <opus-codec.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
use_packet (OpusSpeechDecoder * decoder, const guint8 * packet, gsize size)
{
  guint n = opus_packet_duration (packet, size) / 3;    /* 16 kHz */
  gint16 samples[1920];

  if (n > G_N_ELEMENTS (samples))
    g_error ("longer than Opus may be");
  if (n > 0 && opus_packet_has_fec (packet, size))
    opus_speech_decoder_restore (decoder, packet, size, samples, n);
  else if (opus_packet_has_fec (packet, size))
    g_error ("no packet restores another");
  opus_packet_is_rest (packet, size);
  n = opus_speech_decoder_decode (decoder, packet, size, samples,
      G_N_ELEMENTS (samples));
  if (n == 0)
    opus_speech_decoder_conceal (decoder, samples, size);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  OpusSpeechDecoder *decoder = opus_speech_decoder_new (16000, NULL);
  guint8 *copy;

  if (size > 2000)
    size = 0;
  while (size > 0) {
    gsize n = MIN (data[0], size - 1);

    copy = g_memdup2 (data + 1, n);
    use_packet (decoder, copy, n);
    g_free (copy);
    data += 1 + n;
    size -= 1 + n;
  }
  opus_speech_decoder_free (decoder);
  return 0;
}
