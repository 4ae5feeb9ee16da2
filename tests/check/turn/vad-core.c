/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Samples of any rate and in any pieces give the same decisions, with exact
 * times.
 */
#include "vad-core.h"

#include "resampler.h"
#include "vad-signal.h"

#include <glib.h>
#include <math.h>

static VadModel *model;
static gint16 signal_8k[VAD_SIGNAL_SAMPLES];

/* The vowel of the test signal is not quite speech. */
static const VadSettings easy = {.start = .5f,.stop = .4f,.min_speech = 40,
  .pause_after = 60,.min_silence = 400
};

/* The test signal at another rate. */
static gint16 *
signal_at (gint rate, gsize * n)
{
  Resampler *resampler = resampler_new (8000, rate);
  gint16 *pcm = g_new (gint16, (gsize) VAD_SIGNAL_SAMPLES * rate / 8000 + 8);
  gfloat out[RESAMPLER_OUT_MAX];

  *n = 0;
  for (gsize i = 0; i < VAD_SIGNAL_SAMPLES; i++) {
    gsize made = resampler_push (resampler, signal_8k[i], out);

    for (gsize k = 0; k < made; k++)
      pcm[(*n)++] = CLAMP (lrintf (out[k]), G_MININT16, G_MAXINT16);
  }
  resampler_free (resampler);
  return pcm;
}

/* All frames of some samples that come in pieces of `chunk`. */
static GArray *
frames_of (VadCore * core, const gint16 * pcm, gsize n, gsize chunk)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (VadFrame));
  VadFrame frame;

  while (n > 0) {
    const gint16 *at = pcm;
    gsize left = MIN (n, chunk);

    pcm += left;
    n -= left;
    while (vad_core_push (core, &at, &left, &frame))
      g_array_append_val (frames, frame);
    g_assert_true (at == pcm && left == 0);
  }
  return frames;
}

static void
pieces_do_not_matter (void)
{
  static const gint rates[] = { 8000, 11025, 16000, 48000 };
  static const gsize chunks[] = { 1, 7, 80, 160, 333, 100000 };

  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    gsize n;
    gint16 *pcm = signal_at (rates[r], &n);
    GArray *first = NULL;

    for (guint c = 0; c < G_N_ELEMENTS (chunks); c++) {
      VadCore *core = vad_core_new (model, rates[r]);
      GArray *frames;

      vad_core_configure (core, &easy);
      frames = frames_of (core, pcm, n, chunks[c]);
      vad_core_free (core);
      if (!first) {
        first = frames;
        continue;
      }
      g_assert_cmpmem (frames->data, frames->len * sizeof (VadFrame),
          first->data, first->len * sizeof (VadFrame));
      g_array_unref (frames);
    }
    g_array_unref (first);
    g_free (pcm);
  }
}

/* Frames lie on the input's own samples, and are decided as soon as the
 * resampler's delay allows. */
static void
times_are_exact (void)
{
  static const gint rates[] = { 8000, 8001, 11025, 44100, 48000 };

  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    gsize n;
    gint16 *pcm = signal_at (rates[r], &n);
    VadCore *core = vad_core_new (model, rates[r]);
    GArray *frames = frames_of (core, pcm, n, 1000);

    g_assert_cmpuint (frames->len, >, 590);
    for (guint i = 0; i < frames->len; i++) {
      VadFrame *frame = &g_array_index (frames, VadFrame, i);

      g_assert_cmpint (frame->end, ==, (gint64) (i + 1) * rates[r] / 100);
      g_assert_cmpint (frame->at - frame->end, >=, -(rates[r] / 8000) - 1);
      g_assert_cmpint (frame->at - frame->end, <=, rates[r] * 4 / 1000);
    }
    g_array_unref (frames);
    vad_core_free (core);
    g_free (pcm);
  }
}

static void
rates_agree (void)
{
  static const gint rates[] = { 11025, 12000, 16000, 24000, 44100, 48000 };
  VadCore *core = vad_core_new (model, 8000);
  GArray *reference = frames_of (core, signal_8k, VAD_SIGNAL_SAMPLES, 160);

  vad_core_free (core);
  for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
    gsize n;
    gint16 *pcm = signal_at (rates[r], &n);
    GArray *frames;
    gdouble sum = 0.;

    core = vad_core_new (model, rates[r]);
    frames = frames_of (core, pcm, n, 500);
    for (guint i = 0; i < frames->len; i++)
      sum += fabs (g_array_index (frames, VadFrame, i).probability
          - g_array_index (reference, VadFrame, i).probability);
    g_assert_cmpfloat (sum / frames->len, <, .01);
    g_array_unref (frames);
    vad_core_free (core);
    g_free (pcm);
  }
  g_array_unref (reference);
}

static VadCore *
easy_core (gint rate)
{
  VadCore *core = vad_core_new (model, rate);

  vad_core_configure (core, &easy);
  vad_core_level_control (core, false);
  return core;
}

static const VadFrame *
first_event (GArray * frames, VadEvent event)
{
  for (guint i = 0; i < frames->len; i++)
    if (g_array_index (frames, VadFrame, i).event == event)
      return &g_array_index (frames, VadFrame, i);
  g_assert_not_reached ();
}

/* The vowel sounds from 0.5 to 1.5 s. */
static void
vowel_is_found (void)
{
  VadCore *core = easy_core (8000);
  GArray *frames = frames_of (core, signal_8k, 3 * VAD_SIGNAL_PART, 160);
  const VadFrame *start = first_event (frames, VAD_START);
  const VadFrame *pause = first_event (frames, VAD_PAUSE);
  const VadFrame *stop = first_event (frames, VAD_STOP);
  VadFrame frame;

  g_assert_cmpint (ABS (start->when - VAD_SIGNAL_PART), <, 400);
  g_assert_cmpint (pause->when, >, start->when);
  g_assert_cmpint (stop->when, ==, pause->when);
  g_assert_cmpint (stop->at, ==, pause->at + 8 * 340);
  g_assert_false (vad_core_finish (core, &frame));
  g_array_unref (frames);
  vad_core_free (core);
}

static void
reset_begins_at_nought (void)
{
  VadCore *core = easy_core (8000);
  GArray *frames = frames_of (core, signal_8k, 3 * VAD_SIGNAL_PART, 160);
  GArray *again;

  g_assert_true (vad_core_reset (core, 8000));
  again = frames_of (core, signal_8k, 3 * VAD_SIGNAL_PART, 160);
  g_assert_cmpmem (frames->data, frames->len * sizeof (VadFrame), again->data,
      again->len * sizeof (VadFrame));
  g_array_unref (frames);
  g_array_unref (again);
  vad_core_free (core);
}

static void
sound_that_ends_in_speech (void)
{
  VadCore *core = easy_core (8000);
  VadFrame frame;

  g_array_unref (frames_of (core, signal_8k, VAD_SIGNAL_PART * 3 / 2, 160));
  g_assert_true (vad_core_speaks (core));
  g_assert_true (vad_core_finish (core, &frame));
  g_assert_false (vad_core_speaks (core));
  g_assert_cmpint (frame.event, ==, VAD_STOP);
  g_assert_cmpint (frame.at, ==, VAD_SIGNAL_PART * 3 / 2);
  g_assert_cmpint (frame.when, ==, VAD_SIGNAL_PART * 3 / 2);
  g_assert_false (vad_core_finish (core, &frame));
  vad_core_free (core);
}

static void
skipped_time_counts (void)
{
  VadCore *core = easy_core (8000);
  GArray *frames;

  vad_core_skip (core, 80000);
  frames = frames_of (core, signal_8k, 3 * VAD_SIGNAL_PART, 160);
  g_assert_cmpint (g_array_index (frames, VadFrame, 0).end, ==, 80080);
  g_assert_cmpint (g_array_index (frames, VadFrame, 0).at, ==, 80080);
  g_assert_cmpint (ABS (first_event (frames, VAD_START)->when - 80000
          - VAD_SIGNAL_PART), <, 400);
  g_array_unref (frames);
  vad_core_free (core);
}

/* Human speech at 16 kHz, at -64 dBFS: not heard without the level control,
 * heard with it, and not while the agent speaks, since nobody is known. */
static void
faint_speech (void)
{
  static const gchar *const path =
      "/usr/share/pocketsphinx/test/data/goforward.raw";
  gint16 *pcm;
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL)) {
    g_test_skip ("pocketsphinx-testdata is not installed");
    return;
  }
  pcm = g_malloc0 (size + 64000);       /* two seconds of quiet before it */
  for (gsize i = 0; i < size / 2; i++)
    pcm[32000 + i] = ((gint16 *) (gpointer) data)[i] / 64;
  for (guint control = 0; control < 3; control++) {
    VadCore *core = vad_core_new (model, 16000);
    GArray *frames;
    guint starts = 0;

    vad_core_level_control (core, control > 0);
    vad_core_freeze (core, control > 1);
    frames = frames_of (core, pcm, size / 2 + 32000, 320);
    for (guint i = 0; i < frames->len; i++)
      starts += g_array_index (frames, VadFrame, i).event == VAD_START;
    if (control == 1)
      g_assert_cmpuint (starts, >, 0);
    else
      g_assert_cmpuint (starts, ==, 0);
    g_array_unref (frames);
    vad_core_free (core);
  }
  g_free (pcm);
  g_free (data);
}

static void
odd_rates_are_refused (void)
{
  VadCore *core = vad_core_new (model, 16000);

  g_assert_null (vad_core_new (model, 7999));
  g_assert_null (vad_core_new (model, 0));
  g_assert_null (vad_core_new (model, 96000));
  g_assert_false (vad_core_reset (core, 96000));
  vad_core_free (core);
}

int
main (int argc, char **argv)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_DATADIR"), "vad",
      "vad-weights.f32", NULL);
  gchar *weights;
  gsize size;
  int result;

  g_test_init (&argc, &argv, NULL);
  if (!g_file_get_contents (path, &weights, &size, NULL))
    g_error ("no weights in %s", path);
  model = vad_model_new (weights, size, NULL);
  g_free (weights);
  g_free (path);
  vad_signal (signal_8k);
  g_test_add_func ("/vad-core/pieces", pieces_do_not_matter);
  g_test_add_func ("/vad-core/times", times_are_exact);
  g_test_add_func ("/vad-core/rates", rates_agree);
  g_test_add_func ("/vad-core/vowel", vowel_is_found);
  g_test_add_func ("/vad-core/reset", reset_begins_at_nought);
  g_test_add_func ("/vad-core/finish", sound_that_ends_in_speech);
  g_test_add_func ("/vad-core/skip", skipped_time_counts);
  g_test_add_func ("/vad-core/faint", faint_speech);
  g_test_add_func ("/vad-core/refused", odd_rates_are_refused);
  result = g_test_run ();
  vad_model_free (model);
  return result;
}
