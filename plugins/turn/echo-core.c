/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether what is heard may be the agent's own voice that comes back. It knows
 * how loud the agent was in each step of the last second, and how loud the
 * line was, and wants no more: no delay is estimated, so none can be wrong.
 *
 * Whatever the delay is, a sound that was played a second ago is back by now.
 * So the loudest step heard since then bounds how much of it comes back, and
 * the least such bounds of the last seconds of speech are close to the truth:
 * where there is no echo they fall to the noise of the line, and a caller who
 * speaks meanwhile only makes a bound higher than another one. The very least
 * are not taken when there are enough: a tone that hardly comes back has less
 * of a bound than the others. What is no
 * louder than the loudest of the last second with that gain may be echo. What
 * is louder is the caller, who is then believed over the gaps between
 * syllables too.
 *
 * Threads: one at a time. Locks: none.
 */
#include "echo-core.h"

#include <string.h>

/* dB and dBFS. */
static const float SILENCE = -96.f;
static const float INITIAL = -20.f;     /* before anything is known */
static const float MOST = 0.f;  /* louder than the agent it is no echo */
static const float LOUD = -40.f;        /* a step that bounds the gain */
static const float MARGIN = 6.f;
static const float SPEECH = .5f;        /* a probability */

enum
{
  SPAN = 100,                   /* loud steps, of which the least is taken */
  UNSURE = 2,                   /* of fewer spans only a low bound counts */
  FEW = 2,                      /* so many spans may be too low */
  SLIP = 2,                     /* of the count of steps: no gap */
  SURE = 3,                     /* steps above that are the caller */
  CARRY = 25,
  AHEAD = ECHO_RING - ECHO_REACH - 1,   /* so far playing is known before */
};

static float *
at (float *ring, int64_t step)
{
  return &ring[step & (ECHO_RING - 1)];
}

/**
 * echo_core_restart:
 * @self: a core
 *
 * Steps are counted anew; how much comes back stays known.
 */
void
echo_core_restart (EchoCore * self)
{
  self->last_played = self->next = 0;
  self->run = self->above = self->carry = 0;
  for (int i = 0; i < ECHO_RING; i++)
    self->played[i] = self->heard[i] = SILENCE;
}

/**
 * echo_core_reset:
 * @self: a core
 *
 * A new call.
 */
void
echo_core_reset (EchoCore * self)
{
  memset (self, 0, sizeof *self);
  echo_core_restart (self);
  for (int i = 0; i < ECHO_SPANS; i++)
    self->spans[i] = MOST;
}

/**
 * echo_core_played:
 * @self: a core
 * @step: when; not much later than what is heard
 * @level: how loud the agent was
 */
void
echo_core_played (EchoCore * self, int64_t step, float level)
{
  if (step < 0 || step < self->next - ECHO_REACH || step >= self->next + AHEAD)
    return;
  *at (self->played, step) = level;
  if (level > SILENCE && step >= self->last_played)
    self->last_played = step + 1;
}

/**
 * echo_core_gain:
 * @self: a core
 *
 * Returns: how much of the agent's voice comes back at most, dB
 */
float
echo_core_gain (const EchoCore * self)
{
  const float *spans = self->spans;
  int rank = self->known * FEW / ECHO_SPANS;
  float least[FEW + 1];

  for (int i = 0; i <= FEW; i++)
    least[i] = MOST;
  for (int i = 0; i < ECHO_SPANS; i++) {
    int k = FEW;

    if (spans[i] >= least[k])
      continue;
    for (; k > 0 && least[k - 1] > spans[i]; k--)
      least[k] = least[k - 1];
    least[k] = spans[i];
  }
  if (self->known < UNSURE && least[0] > INITIAL)
    return INITIAL;
  return least[rank];
}

static float
loudest (float *ring, int64_t last)
{
  float most = SILENCE;

  for (int64_t step = last - ECHO_REACH; step <= last; step++) {
    if (*at (ring, step) > most)
      most = *at (ring, step);
  }
  return most;
}

static void
learn (EchoCore * self, int64_t step)
{
  float played = *at (self->played, step - ECHO_REACH), bound;

  if (self->run < ECHO_REACH || played < LOUD)
    return;
  bound = loudest (self->heard, step) - played;
  if (bound < self->spans[self->span])
    self->spans[self->span] = bound;
  if (++self->steps < SPAN)
    return;
  self->steps = 0;
  if (self->known < ECHO_SPANS)
    self->known++;
  self->span = (self->span + 1) % ECHO_SPANS;
  self->spans[self->span] = MOST;
}

/* Brings the time to behind a step. */
static void
move_to (EchoCore * self, int64_t step)
{
  if (step > self->next + SLIP)
    self->run = self->above = self->carry = 0;
  if (step > self->next + ECHO_RING)
    self->next = step - ECHO_RING;
  for (; self->next <= step; self->next++) {
    *at (self->heard, self->next) = SILENCE;
    *at (self->played, self->next + AHEAD) = SILENCE;
  }
}

/**
 * echo_core_hears:
 * @self: a core
 * @step: when
 * @level: how loud the line is
 * @probability: that this is speech
 *
 * Returns: whether it may be the agent's echo
 */
bool
echo_core_hears (EchoCore * self, int64_t step, float level, float probability)
{
  float ceiling;

  move_to (self, step);
  *at (self->heard, step) = level;
  if (self->run < ECHO_REACH)
    self->run++;
  if (step >= self->last_played + ECHO_REACH)
    return false;
  learn (self, step);
  ceiling = loudest (self->played, step) + echo_core_gain (self) + MARGIN;
  if (level <= ceiling || probability < SPEECH)
    self->above = 0;
  else if (++self->above >= SURE)
    self->carry = CARRY;
  if (self->carry > 0) {
    self->carry--;
    return false;
  }
  return level <= ceiling;
}
