/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any sound in any pieces: decisions are in order, times never go back, a
 * probability is one. Four bytes choose the rate and the settings, then come
 * pieces: a length and so many samples; an empty piece freezes the level
 * control or lets it go.
 */
#include "vad-core.h"

#include <glib.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static VadModel *
load_model (void)
{
  const gchar *dir = g_getenv ("GST_VOICE_DATADIR");
  gchar *path = g_build_filename (dir ? dir : "data", "vad",
      "vad-weights.f32", NULL);
  VadModel *model = NULL;
  gchar *weights;
  gsize length;

  if (g_file_get_contents (path, &weights, &length, NULL)) {
    model = vad_model_new (weights, length, NULL);
    g_free (weights);
  }
  g_free (path);
  g_assert (model);
  return model;
}

/* What must hold between one event and the next. */
typedef struct
{
  VadEvent last;
  gint64 when, at;
} Order;

static void
check (Order * order, const VadFrame * frame)
{
  static const gboolean may_follow[5][5] = {
    /* after:           start  pause  more   stop */
    [VAD_NOTHING] = {0, TRUE, FALSE, FALSE, FALSE},
    [VAD_START] = {0, FALSE, TRUE, FALSE, TRUE},
    [VAD_PAUSE] = {0, FALSE, FALSE, TRUE, TRUE},
    [VAD_MORE] = {0, FALSE, TRUE, FALSE, TRUE},
    [VAD_STOP] = {0, TRUE, FALSE, FALSE, FALSE}
  };

  g_assert (frame->at >= order->at);
  order->at = frame->at;
  if (frame->event == VAD_NOTHING)
    return;
  g_assert (may_follow[order->last][frame->event]);
  g_assert (frame->when >= order->when && frame->when <= frame->at);
  order->last = frame->event;
  order->when = frame->when;
}

static VadCore *
new_core (const VadModel * model, const uint8_t * data)
{
  static const gint rates[] = { 8000, 8001, 11025, 12000, 16000, 22050, 24000,
    44100, 48000
  };
  VadSettings settings = vad_settings_default;
  VadCore *core = vad_core_new (model, rates[data[0] % G_N_ELEMENTS (rates)]);

  /* Low thresholds, or noise would never be speech. */
  settings.start = (data[1] & 15) / 15.f;
  settings.stop = (data[1] >> 4) / 15.f;
  settings.min_speech = (data[2] & 7) * 10;
  settings.pause_after = (data[2] >> 3) * 10;
  settings.min_silence = (data[3] >> 2) * 10;
  vad_core_configure (core, &settings);
  vad_core_level_control (core, data[3] & 1);
  vad_core_freeze (core, data[3] & 2);
  return core;
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static VadModel *model;
  static gint16 pcm[256 * 64];
  gboolean frozen = FALSE;
  Order order = { 0 };
  VadFrame frame;
  VadCore *core;

  if (!model)
    model = load_model ();
  if (size < 4)
    return 0;
  core = new_core (model, data);
  data += 4;
  size -= 4;
  while (size > 0) {
    gsize n = MIN (*data, (size - 1) / 2);
    const gint16 *at = pcm;
    /* A piece of 255 is that sound 64 times over: long, from a short input. */
    gsize times = *data == 255 ? 64 : 1;
    gsize left = n * times;

    for (gsize i = 0; i < left; i++)
      pcm[i] = data[1 + i % n * 2] | data[2 + i % n * 2] << 8;
    data += 1 + 2 * n;
    size -= 1 + 2 * n;
    while (vad_core_push (core, &at, &left, &frame)) {
      g_assert (frame.probability >= 0.f && frame.probability <= 1.f);
      g_assert (frame.gain >= 0.f && frame.gain <= 40.f);
      check (&order, &frame);
    }
    if (n == 0)
      vad_core_freeze (core, (frozen = !frozen));
  }
  if (vad_core_finish (core, &frame))
    check (&order, &frame);
  vad_core_free (core);
  return 0;
}
