/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Noise suppression: as many samples out as in, the latency that is told,
 * the same in any pieces, less noise.
 */
#include "denoise-core.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static const gint rates[] = { 8000, 11025, 12000, 16000, 24000, 44100, 48000 };
static const DenoiseMethod methods[] = { DENOISE_RNNOISE, DENOISE_SPEEXDSP };
static const gchar *const names[] = { "rnnoise", "speexdsp" };

typedef void (*Check) (DenoiseMethod method, gint rate);

/* Every method and rate; a skip if the build has no method. */
static void
everywhere (gconstpointer check)
{
  guint n = 0;

  for (guint m = 0; m < G_N_ELEMENTS (methods); m++) {
    if (!denoise_core_has (methods[m])) {
      g_test_message ("built without %s", names[m]);
      g_assert_null (denoise_core_new (methods[m], 16000));
      continue;
    }
    for (guint r = 0; r < G_N_ELEMENTS (rates); r++, n++)
      ((Check) check) (methods[m], rates[r]);
  }
  if (n == 0)
    g_test_skip ("built without any method");
}

/* A hum with overtones that comes and goes four times a second, and hiss. */
static gint16 *
sound (gint rate, gint seconds, gdouble hiss)
{
  gint16 *pcm = g_new (gint16, seconds * rate);
  GRand *random = g_rand_new_with_seed (7);

  for (gint i = 0; i < seconds * rate; i++) {
    gdouble t = (gdouble) i / rate, x = 0.;

    for (gint k = 1; k < 12; k++)
      x += sin (2. * G_PI * 140. * k * t) / k;
    x *= 2500. * (1. + sin (2. * G_PI * 4. * t));
    pcm[i] = x + hiss * g_rand_double_range (random, -1., 1.);
  }
  g_rand_free (random);
  return pcm;
}

static gdouble
power (const gint16 * pcm, gint n)
{
  gdouble sum = 0.;

  for (gint i = 0; i < n; i++)
    sum += (gdouble) pcm[i] * pcm[i];
  return sum / n;
}

static void
strength_of_nought_delays_only (DenoiseMethod method, gint rate)
{
  DenoiseCore *core = denoise_core_new (method, rate);
  gint16 *in = sound (rate, 1, 500.), *out = g_memdup2 (in, rate * 2);
  gint latency = denoise_core_latency (core);

  g_assert_cmpint (latency, >=, rate / 50);
  g_assert_cmpint (latency, <=, rate * 30 / 1000);
  denoise_core_process (core, out, rate, 0.f);
  for (gint i = 0; i < latency; i++)
    g_assert_cmpint (out[i], ==, 0);
  g_assert_cmpmem (out + latency, (rate - latency) * 2, in,
      (rate - latency) * 2);
  denoise_core_free (core);
  g_free (in);
  g_free (out);
}

/* The delay at which the output is most like the input. */
static void
latency_is_true (DenoiseMethod method, gint rate)
{
  DenoiseCore *core = denoise_core_new (method, rate);
  gint n = 3 * rate, latency = denoise_core_latency (core), best = 0;
  gint16 *in = sound (rate, 3, 0.), *out = g_memdup2 (in, n * 2);
  gdouble most = 0.;

  denoise_core_process (core, out, n, 1.f);
  for (gint d = latency - rate / 200; d <= latency + rate / 200; d++) {
    gdouble sum = 0.;

    for (gint i = rate; i < n; i++)
      sum += (gdouble) out[i] * in[i - d];
    if (sum > most) {
      most = sum;
      best = d;
    }
  }
  g_assert_cmpint (ABS (best - latency), <=, MAX (1, rate / 16000));
  denoise_core_free (core);
  g_free (in);
  g_free (out);
}

static void
pieces_do_not_matter (DenoiseMethod method, gint rate)
{
  gint16 *whole = sound (rate, 1, 800.), *parts = g_memdup2 (whole, rate * 2);
  DenoiseCore *core = denoise_core_new (method, rate);

  denoise_core_process (core, whole, rate, 1.f);
  denoise_core_free (core);
  core = denoise_core_new (method, rate);
  for (gint at = 0, n = 1; at < rate; at += n, n = n * 7 % 701 + 1) {
    n = MIN (n, rate - at);
    denoise_core_process (core, parts + at, n, 1.f);
  }
  denoise_core_free (core);
  g_assert_cmpmem (whole, rate * 2, parts, rate * 2);
  g_free (whole);
  g_free (parts);
}

/* Noise like that of a fan: RNNoise hardly touches white noise up to 24 kHz. */
static void
noise_is_reduced (DenoiseMethod method, gint rate)
{
  DenoiseCore *core = denoise_core_new (method, rate);
  gint n = 4 * rate, last = 3 * rate;
  gint16 *pcm = g_new (gint16, n);
  GRand *random = g_rand_new_with_seed (3);
  gdouble before, low = 0.;

  for (gint i = 0; i < n; i++) {
    low += 6000. / rate * (g_rand_double_range (random, -3000., 3000.) - low);
    pcm[i] = low;
  }
  before = power (pcm + last, rate);
  denoise_core_process (core, pcm, n, 1.f);
  g_assert_cmpfloat (power (pcm + last, rate), <, before / 10.);
  g_rand_free (random);
  denoise_core_free (core);
  g_free (pcm);
}

static void
extremes (DenoiseMethod method, gint rate)
{
  DenoiseCore *core = denoise_core_new (method, rate);
  gint16 *pcm = g_new0 (gint16, rate);

  denoise_core_process (core, pcm, 0, 1.f);
  denoise_core_process (core, pcm, rate, 1.f);
  g_assert_cmpfloat (power (pcm, rate), <, 4.);
  for (gint i = 0; i < rate; i++)
    pcm[i] = i / 50 % 2 ? G_MAXINT16 : G_MININT16;
  denoise_core_process (core, pcm, rate, 1.f);
  denoise_core_free (core);
  g_free (pcm);
}

static void
odd_rates_are_refused (void)
{
  for (guint m = 0; m < G_N_ELEMENTS (methods); m++) {
    g_assert_null (denoise_core_new (methods[m], 7999));
    g_assert_null (denoise_core_new (methods[m], 48001));
    g_assert_null (denoise_core_new (methods[m], 0));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/denoise-core/strength-0",
      strength_of_nought_delays_only, everywhere);
  g_test_add_data_func ("/denoise-core/latency", latency_is_true, everywhere);
  g_test_add_data_func ("/denoise-core/pieces", pieces_do_not_matter,
      everywhere);
  g_test_add_data_func ("/denoise-core/noise", noise_is_reduced, everywhere);
  g_test_add_data_func ("/denoise-core/extremes", extremes, everywhere);
  g_test_add_func ("/denoise-core/refused", odd_rates_are_refused);
  return g_test_run ();
}
