/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From probabilities to speech and pauses: speech is a run of high ones, its
 * end a run of low ones, and a pause is what may yet become the end. Each is
 * told with the time at which it truly happened: where the run began, less
 * what the network needs to notice. Between two events that time never goes
 * back.
 *
 * Threads: one at a time. Locks: none.
 */
#include "vad-decision.h"

/* By how much a run's first frame is late: medians over the tuning material
 * of tools/train-vad, whose `evaluate` prints them. */
enum
{
  ONSET_LAG = 20,
  END_LAG = 80
};

const VadSettings vad_settings_default = {
  .start = .7f,
  .stop = .6f,
  .min_speech = 40,
  .pause_after = 60,
  .min_silence = 400
};

static int64_t
time_of_run (VadDecision * self, int lag)
{
  int64_t when = self->run - lag;

  if (when > self->told)
    self->told = when;
  return self->told;
}

static bool
lasts (int64_t frames, int ms)
{
  return frames > 0 && frames * VAD_FRAME_MS >= ms;
}

/* How long the probability has been on the side that would change things. */
static void
count (VadDecision * self, const VadSettings * settings, int64_t now,
    float probability)
{
  bool high = probability >= (self->speech ? settings->stop : settings->start);

  if (high ? self->high == 0 : self->low == 0)
    self->run = now;
  self->high = high ? self->high + 1 : 0;
  self->low = high ? 0 : self->low + 1;
}

/* An end that was told with a pause, and not undone, stays the end. */
static VadEvent
end (VadDecision * self, int lag, int64_t * when)
{
  *when = self->paused ? self->told : time_of_run (self, lag);
  self->speech = self->paused = false;
  self->high = self->low = 0;
  return VAD_STOP;
}

/**
 * vad_decision_step:
 * @self: the state, all zero at the start of a call
 * @settings: what counts as speech
 * @now: when the frame begins
 * @probability: of speech in it
 * @when: (out): the true time of the event
 *
 * A run in which the probability is between stop and start neither begins
 * speech nor ends it. What undoes a pause must last as long as what begins
 * speech; anything shorter only restarts the wait for the end.
 *
 * Returns: what has been decided
 */
VadEvent
vad_decision_step (VadDecision * self, const VadSettings * settings,
    int64_t now, float probability, int64_t * when)
{
  count (self, settings, now, probability);
  if (!self->speech) {
    if (!lasts (self->high, settings->min_speech))
      return VAD_NOTHING;
    self->speech = true;
    *when = time_of_run (self, ONSET_LAG);
    return VAD_START;
  }
  if (self->paused && lasts (self->high, settings->min_speech)) {
    self->paused = false;
    *when = time_of_run (self, ONSET_LAG);
    return VAD_MORE;
  }
  if (lasts (self->low, settings->min_silence))
    return end (self, END_LAG, when);
  if (!self->paused && lasts (self->low, settings->pause_after)) {
    self->paused = true;
    *when = time_of_run (self, END_LAG);
    return VAD_PAUSE;
  }
  return VAD_NOTHING;
}

/**
 * vad_decision_finish:
 * @self: the state
 * @now: when the sound ended
 * @when: (out): the true time of the event
 *
 * Returns: %VAD_STOP if there was speech, which has ended with the sound
 */
VadEvent
vad_decision_finish (VadDecision * self, int64_t now, int64_t * when)
{
  if (!self->speech)
    return VAD_NOTHING;
  if (self->low > 0)
    return end (self, END_LAG, when);
  self->run = now;
  return end (self, 0, when);
}
