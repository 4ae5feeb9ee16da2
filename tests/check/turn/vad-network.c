/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The network against its test vectors, and what is no model.
 */
#include "vad-network.h"

#include "vad-signal.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static gchar *weights;
static gsize weights_size;

static void
matches_the_vectors (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "tests",
      "data", "vad", "probabilities.txt", NULL);
  VadModel *model = vad_model_new (weights, weights_size, NULL);
  static gint16 pcm[VAD_SIGNAL_SAMPLES];
  VadNetwork network;
  gchar *text, **lines;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  g_assert_nonnull (model);
  vad_signal (pcm);
  vad_network_reset (&network);
  for (guint t = 0; t < VAD_SIGNAL_SAMPLES / VAD_HOP; t++) {
    gfloat hop[VAD_HOP], power[VAD_BINS];
    gdouble expected = g_ascii_strtod (lines[t], NULL);

    for (guint i = 0; i < VAD_HOP; i++)
      hop[i] = pcm[t * VAD_HOP + i] / 32768.f;
    vad_network_spectrum (model, &network, hop, power);
    g_assert_cmpfloat_with_epsilon (vad_network_run (model, &network, power,
            1.f), expected, 2e-6);
  }
  vad_model_free (model);
  g_strfreev (lines);
  g_free (text);
  g_free (path);
}

/* The power of every bin of a tone, against the transform by definition. */
static void
spectrum_is_right (void)
{
  VadModel *model = vad_model_new (weights, weights_size, NULL);
  VadNetwork network;
  gfloat power[VAD_BINS], hop[VAD_HOP];
  gint sample = 0;

  vad_network_reset (&network);
  for (guint t = 0; t < 4; t++) {
    for (guint i = 0; i < VAD_HOP; i++, sample++)
      hop[i] = .3 * cos (.7 * sample) + .1 * sin (2.9 * sample) + .05;
    vad_network_spectrum (model, &network, hop, power);
  }
  for (guint k = 0; k < VAD_BINS; k++) {
    gdouble re = 0., im = 0.;

    for (guint i = 0; i < VAD_WINDOW; i++) {
      gdouble turn = 2. * G_PI * i / VAD_WINDOW;
      gdouble x = network.samples[i] * (.5 - .5 * cos (turn));

      re += x * cos (k * turn);
      im -= x * sin (k * turn);
    }
    g_assert_cmpfloat_with_epsilon (power[k], re * re + im * im,
        1e-5 * (1. + re * re + im * im));
  }
  vad_model_free (model);
}

static void
gain_is_that_of_the_sound (void)
{
  VadModel *model = vad_model_new (weights, weights_size, NULL);
  static gint16 pcm[VAD_SIGNAL_SAMPLES];
  VadNetwork loud, faint;

  vad_signal (pcm);
  vad_network_reset (&loud);
  vad_network_reset (&faint);
  for (guint t = 0; t < 200; t++) {
    gfloat a[VAD_HOP], b[VAD_HOP], power[VAD_BINS];
    gfloat p;

    for (guint i = 0; i < VAD_HOP; i++) {
      a[i] = pcm[t * VAD_HOP + i] / 32768.f;
      b[i] = a[i] / 16.f;
    }
    vad_network_spectrum (model, &loud, a, power);
    p = vad_network_run (model, &loud, power, 1.f);
    vad_network_spectrum (model, &faint, b, power);
    g_assert_cmpfloat_with_epsilon (vad_network_run (model, &faint, power,
            256.f), p, 1e-6);
  }
  vad_model_free (model);
}

static void
extremes_give_a_probability (void)
{
  VadModel *model = vad_model_new (weights, weights_size, NULL);
  static const gfloat levels[] = { 0.f, 1.f, -1.f };
  VadNetwork network;

  vad_network_reset (&network);
  for (guint t = 0; t < 300; t++) {
    gfloat hop[VAD_HOP], power[VAD_BINS], p;

    for (guint i = 0; i < VAD_HOP; i++)
      hop[i] = levels[(t / 100 + i * (t / 100 == 2)) % 3];
    vad_network_spectrum (model, &network, hop, power);
    p = vad_network_run (model, &network, power, t % 2 ? 1.f : 1e6f);
    g_assert_true (p >= 0.f && p <= 1.f);
  }
  vad_model_free (model);
}

static void
refuse (const gchar * data, gsize size)
{
  const gchar *why = NULL;

  g_assert_null (vad_model_new (data, size, &why));
  g_assert_nonnull (why);
  g_assert_null (vad_model_new (data, size, NULL));
}

static void
garbage_is_refused (void)
{
  static const guint8 not_finite[][4] = {
    {0, 0, 0xc0, 0x7f}, {0, 0, 0x80, 0x7f}, {0, 0, 0x80, 0xff},
    {0xff, 0xff, 0x7f, 0x7f}
  };
  gchar *copy = g_memdup2 (weights, weights_size);
  gchar *longer = g_malloc0 (weights_size + 4);

  refuse (copy, 0);
  refuse (copy, weights_size - 1);
  refuse (copy, weights_size - 4);
  memcpy (longer, weights, weights_size);
  refuse (longer, weights_size + 4);
  for (guint i = 0; i < G_N_ELEMENTS (not_finite); i++) {
    static const gsize places[] = { 0, 7392, VAD_WEIGHTS - 1 };

    for (guint k = 0; k < G_N_ELEMENTS (places); k++) {
      memcpy (copy + 4 * places[k], not_finite[i], 4);
      refuse (copy, weights_size);
      memcpy (copy, weights, weights_size);
    }
  }
  memset (copy, 'x', weights_size);
  refuse (copy, weights_size);
  g_free (copy);
  g_free (longer);
}

int
main (int argc, char **argv)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_DATADIR"), "vad",
      "vad-weights.f32", NULL);
  int result;

  g_test_init (&argc, &argv, NULL);
  if (!g_file_get_contents (path, &weights, &weights_size, NULL))
    g_error ("no weights in %s", path);
  g_free (path);
  g_test_add_func ("/vad-network/vectors", matches_the_vectors);
  g_test_add_func ("/vad-network/spectrum", spectrum_is_right);
  g_test_add_func ("/vad-network/gain", gain_is_that_of_the_sound);
  g_test_add_func ("/vad-network/extremes", extremes_give_a_probability);
  g_test_add_func ("/vad-network/garbage", garbage_is_refused);
  result = g_test_run ();
  g_free (weights);
  return result;
}
