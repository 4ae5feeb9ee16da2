/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Voice activity of one call: samples of any rate in, a decision every 10 ms
 * out. When speech begins and ends is told in the input's own samples and is
 * the true time, as far as the probabilities show it, not that of the
 * decision. What comes out depends on the samples alone, not on the pieces
 * they arrive in. Needs libc and libm only.
 *
 * Threads: one at a time for each core. Locks: none.
 */
#include "vad-core.h"

#include "echo-core.h"
#include "resampler.h"
#include "vad-level.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct _VadCore
{
  const VadModel *model;
  VadSettings settings;
  int rate;

  Resampler *resampler;
  float hop[VAD_HOP];
  int filled;
  VadNetwork network;
  bool level_control;
  VadLevel level;
  EchoCore echo;
  VadDecision decision;

  int64_t taken;                /* samples */
  int64_t skipped;
  int64_t frames;
};

/**
 * vad_core_new:
 * @model: the network, which must outlive the core
 * @rate: of the samples, 8000 to 48000
 *
 * Returns: (nullable): a core with #vad_settings_default and level control
 */
VadCore *
vad_core_new (const VadModel * model, int rate)
{
  VadCore *self = calloc (1, sizeof *self);

  if (!self)
    return NULL;
  self->model = model;
  self->settings = vad_settings_default;
  self->level_control = true;
  vad_level_reset (&self->level);
  echo_core_reset (&self->echo);
  if (!vad_core_reset (self, rate)) {
    free (self);
    return NULL;
  }
  return self;
}

void
vad_core_free (VadCore * self)
{
  if (!self)
    return;
  resampler_free (self->resampler);
  free (self);
}

/**
 * vad_core_reset:
 * @self: a core
 * @rate: of the samples that come next
 *
 * Another stretch of sound, of the same caller: counting begins at 0, and what
 * is known of levels stays known.
 *
 * Returns: false, and nothing has changed, if the rate is out of range or
 * memory is out
 */
bool
vad_core_reset (VadCore * self, int rate)
{
  Resampler *resampler = resampler_new (rate, VAD_RATE);

  if (!resampler)
    return false;
  resampler_free (self->resampler);
  self->resampler = resampler;
  self->rate = rate;
  self->filled = 0;
  vad_network_reset (&self->network);
  echo_core_restart (&self->echo);
  memset (&self->decision, 0, sizeof self->decision);
  self->taken = self->skipped = self->frames = 0;
  return true;
}

/**
 * vad_core_configure:
 * @self: a core
 * @settings: hold from the next frame on
 */
void
vad_core_configure (VadCore * self, const VadSettings * settings)
{
  self->settings = *settings;
}

/**
 * vad_core_level_control:
 * @self: a core
 * @on: whether faint callers are amplified for the network
 */
void
vad_core_level_control (VadCore * self, bool on)
{
  self->level_control = on;
}

/**
 * vad_core_freeze:
 * @self: a core
 * @frozen: whether the agent's own speech may be in the sound, so that the
 *   level control must not learn from it
 */
void
vad_core_freeze (VadCore * self, bool frozen)
{
  vad_level_freeze (&self->level, frozen);
}

static int64_t
position (const VadCore * self, int64_t ms)
{
  return self->skipped + ms * self->rate / 1000;
}

static int64_t
echo_step (const VadCore * self, int64_t sample)
{
  return (sample * 1000 + self->rate / 2) / self->rate / ECHO_STEP_MS;
}

/**
 * vad_core_played:
 * @self: a core
 * @sample: when it began to be played, in samples of the input; may lie
 *   before the first
 * @levels: dBFS of each 10 ms from then on, in 200 … 3800 Hz
 * @n: how many
 *
 * What the agent says; told soon after it is played, and before it can have
 * come back. What may be its echo is not speech.
 */
void
vad_core_played (VadCore * self, int64_t sample, const float *levels, size_t n)
{
  for (size_t i = 0; i < n; i++)
    echo_core_played (&self->echo, echo_step (self, sample) + i, levels[i]);
}

/* The mean power in 200 … 3800 Hz; a full-scale sine is -3 dB. */
static float
level_of (const float power[VAD_BINS])
{
  enum
  { FIRST = 7, LAST = 121 };
  float sum = 1e-9f;

  for (int k = FIRST; k <= LAST; k++)
    sum += power[k];
  return 10.f * log10f (sum * 2.f / (VAD_WINDOW * VAD_WINDOW * .375f));
}

static void
complete_frame (VadCore * self, VadFrame * frame)
{
  int64_t now = self->frames * VAD_FRAME_MS, when = 0;
  float power[VAD_BINS];

  memset (frame, 0, sizeof *frame);
  vad_network_spectrum (self->model, &self->network, self->hop, power);
  frame->level = level_of (power);
  if (self->level_control)
    frame->gain = vad_level_gain (&self->level, frame->level);
  frame->probability = vad_network_run (self->model, &self->network, power,
      powf (10.f, frame->gain / 10.f));
  if (echo_core_hears (&self->echo, echo_step (self, position (self, now)),
          frame->level, frame->probability))
    frame->probability = 0.f;
  vad_level_learn (&self->level, frame->level, frame->probability);
  frame->at = self->taken;
  frame->end = position (self, now + VAD_FRAME_MS);
  frame->event = vad_decision_step (&self->decision, &self->settings, now,
      frame->probability, &when);
  frame->when = position (self, when);
  self->frames++;
}

/**
 * vad_core_push:
 * @self: a core
 * @pcm: (inout): samples; moved past what was taken
 * @n: (inout): how many there are left
 * @frame: (out): a decision
 *
 * Takes samples up to the next decision. Call it until it returns false.
 *
 * Returns: whether @frame was filled; if not, all samples were taken
 */
bool
vad_core_push (VadCore * self, const int16_t ** pcm, size_t *n,
    VadFrame * frame)
{
  float out[RESAMPLER_OUT_MAX];

  while (*n > 0) {
    size_t made = resampler_push (self->resampler, **pcm / 32768.f, out);

    ++*pcm;
    --*n;
    self->taken++;
    if (made == 0)              /* never more than one: the rate goes down */
      continue;
    self->hop[self->filled++] = out[0];
    if (self->filled == VAD_HOP) {
      self->filled = 0;
      complete_frame (self, frame);
      return true;
    }
  }
  return false;
}

/**
 * vad_core_skip:
 * @self: a core
 * @n: samples
 *
 * Time that passed without a sound, after enough of it was pushed as silence.
 */
void
vad_core_skip (VadCore * self, int64_t n)
{
  self->taken += n;
  self->skipped += n;
}

/**
 * vad_core_finish:
 * @self: a core
 * @frame: (out): the end of speech
 *
 * No more samples come.
 *
 * Returns: whether there was speech, which has now ended
 */
bool
vad_core_finish (VadCore * self, VadFrame * frame)
{
  int64_t when = 0;
  VadEvent event = vad_decision_finish (&self->decision,
      (self->taken - self->skipped) * 1000 / self->rate, &when);

  if (event == VAD_NOTHING)
    return false;
  memset (frame, 0, sizeof *frame);
  frame->at = frame->end = self->taken;
  frame->event = event;
  frame->when = position (self, when);
  return true;
}

/**
 * vad_core_speaks:
 * @self: a core
 *
 * Returns: whether speech has started and not stopped
 */
bool
vad_core_speaks (const VadCore * self)
{
  return self->decision.speech;
}
