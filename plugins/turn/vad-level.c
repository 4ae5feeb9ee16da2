/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Level control for detection: the gain, in front of the network only, with
 * which a faint caller is heard and neither the room nor the agent's own echo
 * becomes speech. Three things hold it down:
 *
 * - the caller's level, learnt from what the network took for speech: who
 *   speaks at a usual level gets no gain, and then faint voices stay faint;
 * - the noise floor, which is never lifted above NOISE_LIMIT;
 * - the freeze, while the agent speaks: nothing is learnt, the gain does not
 *   rise, and there is none while the caller is not known.
 *
 * Before a caller is known the gain is INITIAL, as far as the floor allows:
 * enough for a first word to be noticed.
 *
 * Threads: one at a time. Locks: none.
 */
#include "vad-level.h"

#include <string.h>

/* dB and dBFS; times in frames of 10 ms; rates per frame. */
enum
{
  KNOWN = 50,                   /* speech that makes a caller known */
  STRETCH = 150,                /* over which the floor is sought */
  SETTLE = 20,                  /* after a freeze: the echo's tail */
};
static const float INITIAL = 18.f;
static const float GAIN_MAX = 30.f;
static const float TARGET = -32.f;      /* for the peaks of speech */
static const float NOISE_LIMIT = -44.f;
static const float LOUD = -20.f;        /* nothing is lifted above this */
static const float RISE = .4f;
static const float SURE = .7f;  /* a probability that is learnt from */
static const float ATTACK = .03f;
static const float RELEASE = .005f;
static const float BELOW = 15.f;        /* under the caller: somebody else */
static const float FORGET = .001f;
static const float SILENCE = -96.f;

void
vad_level_reset (VadLevel * self)
{
  memset (self, 0, sizeof *self);
  self->speech = SILENCE;
}

/**
 * vad_level_freeze:
 * @self: a level control
 * @frozen: whether to learn nothing from now on
 */
void
vad_level_freeze (VadLevel * self, bool frozen)
{
  if (self->frozen && !frozen)
    self->wait = SETTLE;
  self->frozen = frozen;
}

/* Down at once, up after a whole stretch; an echo takes it down only. */
static void
seek_floor (VadLevel * self, float level)
{
  if (level < self->floor)
    self->floor = level;
  if (self->frozen)
    return;
  if (self->stretch == 0 || level < self->lowest)
    self->lowest = level;
  if (++self->stretch == STRETCH) {
    self->floor = self->lowest;
    self->stretch = 0;
  }
}

static float
wanted (const VadLevel * self)
{
  bool known = self->spoken >= KNOWN;
  float gain = known ? TARGET - self->speech : self->frozen ? 0.f : INITIAL;

  if (gain > NOISE_LIMIT - self->floor)
    gain = NOISE_LIMIT - self->floor;
  if (gain > GAIN_MAX)
    gain = GAIN_MAX;
  return gain > 0.f ? gain : 0.f;
}

/**
 * vad_level_gain:
 * @self: a level control
 * @level: of the next frame
 *
 * Returns: the gain for that frame, dB
 */
float
vad_level_gain (VadLevel * self, float level)
{
  float gain;

  if (level < SILENCE)
    level = SILENCE;
  seek_floor (self, level);
  gain = wanted (self);
  if (self->wait > 0)
    self->wait--;
  if (gain < self->gain)
    self->gain = gain;
  else if (!self->frozen && self->wait == 0)
    self->gain = self->gain + RISE < gain ? self->gain + RISE : gain;

  if (level + self->gain > LOUD)
    return level < LOUD ? LOUD - level : 0.f;
  return self->gain;
}

/**
 * vad_level_learn:
 * @self: a level control
 * @level: of the frame
 * @probability: what the network said to it
 */
void
vad_level_learn (VadLevel * self, float level, float probability)
{
  if (self->frozen)
    return;
  if (probability < SURE) {
    if (self->speech > SILENCE)
      self->speech -= FORGET;
    return;
  }
  if (self->spoken == 0)
    self->speech = level;
  else if (level > self->speech)
    self->speech += ATTACK * (level - self->speech);
  else if (level > self->speech - BELOW)
    self->speech += RELEASE * (level - self->speech);
  else
    return;
  if (self->spoken < KNOWN)
    self->spoken++;
}
