/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What voice activity detection costs: CPU time for a second of sound, at
 * several rates.
 */
#include "figures.h"
#include "vad-core.h"

#include <glib.h>
#include <gst-voice/data.h>
#include <time.h>

enum
{ SECONDS = 300 };

static gdouble
cpu_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

/* Noise in bursts, pushed in buffers of 20 ms; percent of a core. */
static gdouble
cost (const VadModel * model, gint rate)
{
  VadCore *core = vad_core_new (model, rate);
  gint16 *pcm = g_new (gint16, rate);
  gdouble begin, share;
  VadFrame frame;

  for (gint i = 0; i < rate; i++)
    pcm[i] = g_random_int_range (-3000, 3000) / (i % 4000 < 2000 ? 1 : 50);
  begin = cpu_seconds ();
  for (gint second = 0; second < SECONDS; second++) {
    for (gint i = 0; i < rate; i += rate / 50) {
      const gint16 *at = pcm + i;
      gsize n = rate / 50;

      while (vad_core_push (core, &at, &n, &frame));
    }
  }
  share = 100. * (cpu_seconds () - begin) / SECONDS;
  vad_core_free (core);
  g_free (pcm);
  return share;
}

int
main (void)
{
  gchar *path = gst_voice_data_path ("vad/vad-weights.f32");
  VadModel *model = NULL;
  gchar *weights;
  gsize size;

  if (g_file_get_contents (path, &weights, &size, NULL)) {
    model = vad_model_new (weights, size, NULL);
    g_free (weights);
  }
  if (!model) {
    g_printerr ("no model in %s\n", path);
    return 1;
  }
  figures_row ("voice activity, % of a core at 8 / 16 / 48 kHz", "<= 0.1",
      "%.3f / %.3f / %.3f", cost (model, 8000), cost (model, 16000),
      cost (model, 48000));
  vad_model_free (model);
  g_free (path);
  return 0;
}
