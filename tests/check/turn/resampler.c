/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The resampler: tones keep their place and height, what would alias is
 * gone, every sample is counted.
 */
#include "resampler.h"

#include <glib.h>
#include <math.h>

static const gint rates[] = { 8000, 8001, 11025, 12000, 16000, 22050, 24000,
  32000, 44100, 47999, 48000
};

static gdouble
tone (gdouble hertz, gint rate, gsize n)
{
  return .5 * sin (2. * G_PI * hertz * n / rate);
}

/* The largest difference to a tone made at the output's rate. */
static gdouble
worst_of_tone (gint from, gint to, gdouble hertz, gdouble expected)
{
  Resampler *resampler = resampler_new (from, to);
  gfloat out[RESAMPLER_OUT_MAX];
  gdouble worst = 0.;
  gsize n = 0;

  g_assert_nonnull (resampler);
  for (gsize i = 0; i < (gsize) from / 2; i++) {
    gsize made = resampler_push (resampler, tone (hertz, from, i), out);

    g_assert_cmpuint (made, <=, RESAMPLER_OUT_MAX);
    for (gsize k = 0; k < made; k++, n++)
      if (n > (gsize) to / 20)  /* past the beginning */
        worst = MAX (worst, fabs (out[k] - expected * tone (hertz, to, n)));
  }
  g_assert_cmpuint (n, >, (gsize) to / 3);
  resampler_free (resampler);
  return worst;
}

static void
tones_pass (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_assert_cmpfloat (worst_of_tone (rates[i], 8000, 1000., 1.), <, 2e-3);
    g_assert_cmpfloat (worst_of_tone (rates[i], 8000, 3300., 1.), <, 3e-3);
    g_assert_cmpfloat (worst_of_tone (8000, rates[i], 1000., 1.), <, 2e-3);
    g_assert_cmpfloat (worst_of_tone (rates[i], 48000, 3300., 1.), <, 3e-3);
  }
}

static void
aliases_are_gone (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++)
    if (rates[i] >= 11025)
      g_assert_cmpfloat (worst_of_tone (rates[i], 8000, 4700., 0.), <, 1e-3);
}

static void
every_sample_is_counted (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    Resampler *resampler = resampler_new (rates[i], 8000);
    gint64 half = resampler_delay (resampler), made = 0;
    gfloat out[RESAMPLER_OUT_MAX];

    for (gint64 n = 1; n < 30000; n++) {
      made += resampler_push (resampler, 0.f, out);
      /* Output m is due with the input sample after m * from / to + half. */
      if (n > half)
        g_assert_cmpint (made, ==, ((n - half) * 8000 - 1) / rates[i] + 1);
      else
        g_assert_cmpint (made, ==, 0);
    }
    resampler_free (resampler);
  }
}

static void
equal_rates_are_untouched (void)
{
  Resampler *resampler = resampler_new (16000, 16000);
  gfloat out[RESAMPLER_OUT_MAX];

  g_assert_cmpint (resampler_delay (resampler), ==, 0);
  for (guint i = 0; i < 100; i++) {
    g_assert_cmpuint (resampler_push (resampler, i / 7.f, out), ==, 1);
    g_assert_cmpfloat (out[0], ==, i / 7.f);
  }
  resampler_free (resampler);
}

static void
reset_is_as_new (void)
{
  Resampler *used = resampler_new (44100, 8000);
  Resampler *fresh = resampler_new (44100, 8000);
  gfloat a[RESAMPLER_OUT_MAX], b[RESAMPLER_OUT_MAX];

  for (guint i = 0; i < 1001; i++)
    resampler_push (used, 1.f, a);
  resampler_reset (used);
  for (guint i = 0; i < 5000; i++) {
    gfloat sample = sinf (i * .1f);
    gsize n = resampler_push (used, sample, a);

    g_assert_cmpuint (resampler_push (fresh, sample, b), ==, n);
    if (n)
      g_assert_cmpfloat (a[0], ==, b[0]);
  }
  resampler_free (used);
  resampler_free (fresh);
}

static void
odd_rates_are_refused (void)
{
  g_assert_null (resampler_new (0, 8000));
  g_assert_null (resampler_new (-8000, 8000));
  g_assert_null (resampler_new (7999, 8000));
  g_assert_null (resampler_new (8000, 48001));
  g_assert_null (resampler_new (G_MAXINT, G_MAXINT));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/resampler/tones", tones_pass);
  g_test_add_func ("/resampler/aliases", aliases_are_gone);
  g_test_add_func ("/resampler/count", every_sample_is_counted);
  g_test_add_func ("/resampler/equal", equal_rates_are_untouched);
  g_test_add_func ("/resampler/reset", reset_is_as_new);
  g_test_add_func ("/resampler/refused", odd_rates_are_refused);
  return g_test_run ();
}
