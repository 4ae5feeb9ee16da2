/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The Ogg Opus encoder, decoded again with libogg and libopus: length and
 * alignment to the sample, what a page says, channels that stay apart.
 */
#include <math.h>
#include <ogg/ogg.h>
#include <opus.h>
#include <recording-opus.h>
#include <string.h>

typedef struct
{
  guint rate, preskip;          /* of OpusHead */
  guint n_packets, n_pages;
  gint64 granule;               /* of the last page */
  gboolean eos;
  gint16 *frames;               /* at 48 kHz, preskip and end cut off */
  gsize n;
} Decoded;

static gint16
tone (guint rate, guint64 i, gdouble frequency)
{
  return 8000 * sin (2 * G_PI * frequency * i / rate);
}

/* 400 Hz on the left, 700 Hz on the right. */
static void
encode_tones (RecordingOpus * opus, guint rate, guint64 from, gsize n)
{
  gint16 *frames = g_new (gint16, 2 * n);

  for (gsize i = 0; i < n; i++) {
    frames[2 * i] = tone (rate, from + i, 400);
    frames[2 * i + 1] = tone (rate, from + i, 700);
  }
  g_assert_true (recording_opus_encode (opus, frames, n, NULL));
  g_free (frames);
}

static void
read_head (Decoded * self, const ogg_packet * packet)
{
  g_assert_cmpint (packet->bytes, ==, 19);
  g_assert_cmpmem (packet->packet, 10, "OpusHead\1\2", 10);
  self->preskip = packet->packet[10] | packet->packet[11] << 8;
  self->rate = packet->packet[12] | packet->packet[13] << 8;
}

/* Only the software's name is in the tags. */
static void
read_tags (const ogg_packet * packet)
{
  guint length = packet->packet[8];

  g_assert_cmpmem (packet->packet, 8, "OpusTags", 8);
  g_assert_cmpint (packet->bytes, ==, 16 + length);
  g_assert_cmpmem (packet->packet + 12, 9, "gst-voice", 9);
  g_assert_cmpint (packet->packet[12 + length], ==, 0);
}

static void
decode_packet (Decoded * self, OpusDecoder * decoder, GArray * out,
    ogg_packet * packet)
{
  gint16 frames[2 * 5760];
  gint n;

  if (self->n_packets == 0) {
    read_head (self, packet);
  } else if (self->n_packets == 1) {
    read_tags (packet);
  } else {
    n = opus_decode (decoder, packet->packet, packet->bytes, frames, 5760, 0);
    g_assert_cmpint (n, ==, 960);
    g_array_append_vals (out, frames, 2 * n);
  }
  self->n_packets++;
}

static void
decode_page (Decoded * self, OpusDecoder * decoder, GArray * out,
    ogg_stream_state * stream, ogg_page * page)
{
  ogg_packet packet;

  if (self->n_pages == 0)
    ogg_stream_init (stream, ogg_page_serialno (page));
  g_assert_cmpint (ogg_stream_pagein (stream, page), ==, 0);
  while (ogg_stream_packetout (stream, &packet) == 1)
    decode_packet (self, decoder, out, &packet);
  self->n_pages++;
  self->granule = ogg_page_granulepos (page);
  self->eos = ogg_page_eos (page);
  if (self->n_packets > 2 && !self->eos)
    g_assert_cmpint (self->granule, ==, (self->n_packets - 2) * 960);
}

static void
decode (RecordingOpus * opus, Decoded * self)
{
  GByteArray *pages = recording_opus_get_pages (opus);
  OpusDecoder *decoder = opus_decoder_create (48000, 2, NULL);
  GArray *out = g_array_new (FALSE, FALSE, sizeof (gint16));
  ogg_stream_state stream;
  ogg_sync_state sync;
  ogg_page page;
  gsize end;

  memset (self, 0, sizeof *self);
  ogg_sync_init (&sync);
  memcpy (ogg_sync_buffer (&sync, pages->len), pages->data, pages->len);
  ogg_sync_wrote (&sync, pages->len);
  while (ogg_sync_pageout (&sync, &page) == 1)
    decode_page (self, decoder, out, &stream, &page);
  end = MIN ((gsize) self->granule, out->len / 2);
  g_assert_cmpuint (end, ==, self->granule);
  self->n = end > self->preskip ? end - self->preskip : 0;
  self->frames = g_memdup2 ((gint16 *) out->data + 2 * self->preskip,
      self->n * 4);
  g_array_unref (out);
  ogg_stream_clear (&stream);
  ogg_sync_clear (&sync);
  opus_decoder_destroy (decoder);
}

/* How loud a tone is in a channel, and how many samples it comes late. */
static gdouble
measure (const Decoded * self, guint channel, gdouble frequency,
    gdouble * delay)
{
  const gdouble step = 2 * G_PI * frequency / 48000;
  gdouble in = 0, quadrature = 0;

  for (gsize i = 4800; i + 4800 < self->n; i++) {
    in += self->frames[2 * i + channel] * sin (step * i);
    quadrature += self->frames[2 * i + channel] * cos (step * i);
  }
  if (delay)
    *delay = -atan2 (quadrature, in) / step;
  return 2 * hypot (in, quadrature) / (self->n - 9600);
}

static void
expect_tone (const Decoded * self, guint channel, gdouble frequency)
{
  gdouble delay;

  g_assert_cmpfloat_with_epsilon (measure (self, channel, frequency, &delay),
      8000, 800);
  g_assert_cmpfloat_with_epsilon (delay, 0, 0.5);
}

static void
every_rate_is_aligned (void)
{
  static const guint rates[] = { 8000, 12000, 16000, 24000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    guint rate = rates[i];
    RecordingOpus *opus = recording_opus_new (rate, 64000, NULL);
    Decoded decoded;

    encode_tones (opus, rate, 0, rate);
    g_assert_true (recording_opus_finish (opus, NULL));
    decode (opus, &decoded);
    g_assert_cmpuint (decoded.rate, ==, rate);
    g_assert_cmpuint (decoded.n, ==, 48000);
    g_assert_true (decoded.eos);
    expect_tone (&decoded, 0, 400);
    expect_tone (&decoded, 1, 700);
    g_assert_cmpfloat (measure (&decoded, 0, 700, NULL), <, 80);
    g_assert_cmpfloat (measure (&decoded, 1, 400, NULL), <, 80);
    g_free (decoded.frames);
    recording_opus_free (opus);
  }
}

static void
length_is_exact (void)
{
  /* Around the ends of frames, and of frames less the lookahead (104). */
  static const guint lengths[] = { 0, 1, 215, 216, 217, 319, 320, 321, 5000 };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    RecordingOpus *opus = recording_opus_new (16000, 48000, NULL);
    Decoded decoded;

    encode_tones (opus, 16000, 0, lengths[i]);
    g_assert_true (recording_opus_finish (opus, NULL));
    decode (opus, &decoded);
    g_assert_cmpuint (decoded.n, ==, 3 * lengths[i]);
    g_assert_true (decoded.eos);
    g_free (decoded.frames);
    recording_opus_free (opus);
  }
}

static void
a_flush_leaves_whole_pages (void)
{
  RecordingOpus *opus = recording_opus_new (16000, 48000, NULL);
  Decoded decoded;

  encode_tones (opus, 16000, 0, 4000);
  recording_opus_flush (opus);
  decode (opus, &decoded);
  g_assert_false (decoded.eos);
  g_assert_cmpint (decoded.granule, ==, 4000 / 320 * 960);
  g_free (decoded.frames);
  recording_opus_free (opus);
}

static void
a_page_each_second (void)
{
  RecordingOpus *opus = recording_opus_new (16000, 48000, NULL);
  gint16 *silence = g_new0 (gint16, 2 * 160000);
  Decoded decoded;

  /* Silence is small: pages by size would be far apart. */
  g_assert_true (recording_opus_encode (opus, silence, 160000, NULL));
  decode (opus, &decoded);
  g_assert_cmpuint (decoded.n_pages, >=, 2 + 10);
  g_assert_cmpint (decoded.granule, ==, 480000);
  g_free (decoded.frames);
  g_free (silence);
  recording_opus_free (opus);
}

static void
rate_that_opus_does_not_know (void)
{
  GError *error = NULL;

  g_assert_null (recording_opus_new (44100, 48000, &error));
  g_assert_nonnull (error);
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opus/rates", every_rate_is_aligned);
  g_test_add_func ("/opus/length", length_is_exact);
  g_test_add_func ("/opus/flush", a_flush_leaves_whole_pages);
  g_test_add_func ("/opus/pages", a_page_each_second);
  g_test_add_func ("/opus/rate", rate_that_opus_does_not_know);
  return g_test_run ();
}
