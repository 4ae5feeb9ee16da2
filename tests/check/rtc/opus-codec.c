/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes through Opus comes out: by FEC, too, where a packet was lost. The
 * voice is a tone that is switched on and off, its pitch gliding.
 */
#include <math.h>
#include <opus-codec.h>
#include <string.h>

#define SECONDS 4

typedef struct
{
  guint rate, frame;
  gint16 *in, *out;
  guint n;
  OpusSpeechEncoder *encoder;
  OpusSpeechDecoder *decoder;
} Fixture;

static void
set_up (Fixture * f, guint rate, gboolean dtx)
{
  OpusSpeechSettings settings = {.rate = rate,.bitrate = 32000,
    .complexity = 5,.fec = TRUE,.dtx = dtx
  };
  gdouble phase = 0;

  f->rate = rate;
  f->frame = rate / 50;
  f->n = SECONDS * rate;
  f->in = g_new0 (gint16, f->n);
  f->out = g_new0 (gint16, f->n);
  for (guint i = 0; i < f->n; i++) {
    gdouble t = (gdouble) i / rate, a = sin (2 * G_PI * 3 * t);

    phase += 2 * G_PI * (200 + 80 * sin (2 * G_PI * 5 * t)) / rate;
    for (guint k = 1; k < 8; k++)
      f->in[i] += 5000 * MAX (0, a) * sin (k * phase) / k;
  }
  f->encoder = opus_speech_encoder_new (&settings, NULL);
  f->decoder = opus_speech_decoder_new (rate, NULL);
  g_assert_nonnull (f->encoder);
  g_assert_nonnull (f->decoder);
}

static void
tear_down (Fixture * f)
{
  opus_speech_encoder_free (f->encoder);
  opus_speech_decoder_free (f->decoder);
  g_free (f->in);
  g_free (f->out);
}

/* How alike @from to @to is at the best delay up to 20 ms: 1 is equal. */
static gdouble
likeness (const Fixture * f, guint from, guint to)
{
  gdouble best = -1;

  for (guint delay = 0; delay <= f->rate / 50; delay++) {
    gdouble xy = 0, xx = 1, yy = 1;

    for (guint i = from; i + delay < f->n && i < to; i++) {
      gdouble x = f->in[i], y = f->out[i + delay];

      xy += x * y;
      xx += x * x;
      yy += y * y;
    }
    best = MAX (best, xy / sqrt (xx * yy));
  }
  return best;
}

static gsize
encode (Fixture * f, guint i, guint8 * packet)
{
  gsize size = opus_speech_encoder_encode (f->encoder, f->in + i * f->frame,
      f->frame, packet, OPUS_CODEC_MAX_PACKET);

  g_assert_cmpuint (size, >, 0);
  g_assert_cmpuint (opus_packet_duration (packet, size), ==, 960);
  return size;
}

static void
there_and_back (void)
{
  static const guint rates[] = { 8000, 12000, 16000, 24000, 48000 };

  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    guint8 packet[OPUS_CODEC_MAX_PACKET];
    Fixture f;

    set_up (&f, rates[r], FALSE);
    for (guint i = 0; i < SECONDS * 50; i++) {
      gsize size = encode (&f, i, packet);

      g_assert_cmpuint (opus_speech_decoder_decode (f.decoder, packet, size,
              f.out + i * f.frame, f.frame), ==, f.frame);
    }
    g_assert_cmpfloat (likeness (&f, f.rate, 2 * f.rate), >, 0.9);
    tear_down (&f);
  }
}

/* Every fifth packet is lost; @fec: what comes out in its place. */
static gdouble
with_losses (gboolean fec, guint * n_restored)
{
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  gdouble sum = 0;
  guint n = 0;
  Fixture f;

  set_up (&f, 48000, FALSE);
  opus_speech_encoder_set_loss (f.encoder, 0.2);
  *n_restored = 0;
  for (guint i = 0; i < SECONDS * 50; i++) {
    gint16 *out = f.out + i * f.frame;
    gsize size = encode (&f, i, packet);

    if (i % 5 == 3)
      continue;
    if (i % 5 == 4 && fec)
      *n_restored += opus_speech_decoder_restore (f.decoder, packet, size,
          out - f.frame, f.frame);
    else if (i % 5 == 4)
      opus_speech_decoder_conceal (f.decoder, out - f.frame, f.frame);
    opus_speech_decoder_decode (f.decoder, packet, size, out, f.frame);
  }
  for (guint i = 53; i < SECONDS * 50 - 5; i += 5) {
    gdouble t = (i + 0.5) / 50;

    if (sin (2 * G_PI * 3 * t) < 0.3)
      continue;                 /* nothing is said there */
    sum += likeness (&f, i * f.frame, (i + 1) * f.frame);
    n++;
  }
  tear_down (&f);
  return sum / n;
}

static void
fec_restores (void)
{
  guint restored, none;
  gdouble with = with_losses (TRUE, &restored);
  gdouble without = with_losses (FALSE, &none);

  g_test_message ("restored %u, likeness %.2f, concealed %.2f", restored, with,
      without);
  g_assert_cmpuint (restored, >=, 20);
  g_assert_cmpuint (none, ==, 0);
  g_assert_cmpfloat (with, >, 0.7);
  g_assert_cmpfloat (with, >, without + 0.03);
}

static void
concealed (void)
{
  static const guint lengths[] = { 1, 119, 120, 121, 960, 1000, 2880, 5999 };
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  gdouble energy = 0;
  Fixture f;

  set_up (&f, 48000, FALSE);
  for (guint i = 50; i < 55; i++)
    opus_speech_decoder_decode (f.decoder, packet, encode (&f, i, packet),
        f.out, f.frame);
  opus_speech_decoder_conceal (f.decoder, f.out, f.frame);
  for (guint i = 0; i < f.frame; i++)
    energy += f.out[i] * (gdouble) f.out[i];
  g_assert_cmpfloat (sqrt (energy / f.frame), >, 100);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    gint16 *samples = g_new (gint16, lengths[i]);       /* not a sample more */

    opus_speech_decoder_conceal (f.decoder, samples, lengths[i]);
    g_free (samples);
  }
  tear_down (&f);
}

/* While nothing is said, hardly anything is to be sent. */
static void
rests (void)
{
  guint8 packet[OPUS_CODEC_MAX_PACKET];
  guint n_rests = 0;
  Fixture f;

  set_up (&f, 16000, TRUE);
  memset (f.in + f.n / 2, 0, f.n / 2 * sizeof *f.in);
  for (guint i = 0; i < SECONDS * 50; i++) {
    gsize size = encode (&f, i, packet);

    if (i < SECONDS * 25)
      continue;
    n_rests += opus_packet_is_rest (packet, size);
  }
  g_assert_cmpuint (n_rests, >, 70);
  g_assert_cmpuint (n_rests, <, 100);   /* something is, now and then */
  tear_down (&f);
}

static void
no_packets (void)
{
  static const guint8 celt[] = { 0xf8, 0xff, 0xfe }, bad[] = { 0xfb };
  guint8 packet[64];
  gint16 samples[5760];
  Fixture f;

  set_up (&f, 48000, FALSE);
  g_assert_cmpuint (opus_packet_duration (celt, sizeof celt), ==, 960);
  g_assert_false (opus_packet_has_fec (celt, sizeof celt));
  g_assert_cmpuint (opus_packet_duration (celt, 0), ==, 0);
  g_assert_cmpuint (opus_packet_duration (bad, 1), ==, 0);
  g_assert_false (opus_packet_has_fec (bad, 1));
  g_assert_false (opus_packet_is_rest (bad, 1));
  g_assert_cmpuint (opus_speech_decoder_decode (f.decoder, bad, 1, samples,
          5760), ==, 0);
  g_assert_cmpuint (opus_speech_decoder_decode (f.decoder, celt, 0, samples,
          5760), ==, 0);
  g_assert_cmpuint (opus_speech_decoder_decode (f.decoder, celt, sizeof celt,
          samples, 100), ==, 0);
  g_assert_false (opus_speech_decoder_restore (f.decoder, bad, 1, samples,
          960));
  g_assert_cmpuint (opus_speech_encoder_encode (f.encoder, f.in, 100, packet,
          sizeof packet), ==, 0);
  tear_down (&f);
}

static void
refused_settings (void)
{
  OpusSpeechSettings settings = {.rate = 44100,.bitrate = 32000,
    .complexity = 5
  };
  GError *error = NULL;

  g_assert_null (opus_speech_encoder_new (&settings, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  settings.rate = 48000;
  settings.complexity = 11;
  g_assert_null (opus_speech_encoder_new (&settings, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (opus_speech_decoder_new (44100, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opus-codec/there-and-back", there_and_back);
  g_test_add_func ("/opus-codec/fec-restores", fec_restores);
  g_test_add_func ("/opus-codec/concealed", concealed);
  g_test_add_func ("/opus-codec/rests", rests);
  g_test_add_func ("/opus-codec/no-packets", no_packets);
  g_test_add_func ("/opus-codec/refused-settings", refused_settings);
  return g_test_run ();
}
