/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What noise suppression costs: CPU time for a second of sound, and by how
 * much it is late.
 */
#include "denoise-core.h"
#include "figures.h"

#include <glib.h>
#include <time.h>

enum
{ SECONDS = 20 };

static gdouble
cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void
measure (DenoiseMethod method, const gchar * name, gint rate)
{
  DenoiseCore *core = denoise_core_new (method, rate);
  gint16 *pcm = g_new (gint16, rate / 50);
  gdouble begin = cpu_seconds ();
  gchar *what;

  for (gint k = 0; k < SECONDS * 50; k++) {
    for (gint i = 0; i < rate / 50; i++)
      pcm[i] = g_random_int_range (-3000, 3000) / (k % 50 < 25 ? 1 : 50);
    denoise_core_process (core, pcm, rate / 50, 1.f);
  }
  what = g_strdup_printf ("%s at %d Hz, %% of a core / ms late", name, rate);
  figures_row (what, "", "%.2f / %.0f", 100. * (cpu_seconds () -
          begin) / SECONDS, 1000. * denoise_core_latency (core) / rate);
  g_free (what);
  denoise_core_free (core);
  g_free (pcm);
}

int
main (void)
{
  static const gint rates[] = { 8000, 16000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (denoise_core_has (DENOISE_RNNOISE))
      measure (DENOISE_RNNOISE, "rnnoise", rates[i]);
    if (denoise_core_has (DENOISE_SPEEXDSP))
      measure (DENOISE_SPEEXDSP, "speexdsp", rates[i]);
  }
  return 0;
}
