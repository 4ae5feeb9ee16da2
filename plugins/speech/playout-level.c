/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The agent's level for those who look for its echo: that between 220 and
 * 3400 Hz, since little else comes back through a telephone. Needs libm only.
 *
 * Threads: one at a time. Locks: none.
 */
#include "playout-level.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* dBFS as one character, 1 dB each: '~' is 0 and the space silence. */
enum
{
  FULL = '~',
  SILENT = ' '
};

/* A filter of the second order; two of them are a Butterworth filter. */
static void
set_filter (float c[5], bool high, double frequency, double rate, double q)
{
  double w = 2. * M_PI * frequency / rate, alpha = sin (w) / (2. * q);
  double a0 = 1. + alpha, side = high ? 1. + cos (w) : 1. - cos (w);

  c[0] = c[2] = side / 2. / a0;
  c[1] = (high ? -side : side) / a0;
  c[3] = -2. * cos (w) / a0;
  c[4] = (1. - alpha) / a0;
}

void
playout_level_init (PlayoutLevel * self, int rate)
{
  static const double qs[] = { .54119610, 1.3065630 };

  memset (self, 0, sizeof *self);
  for (int i = 0; i < 2; i++) {
    set_filter (self->filters[i], false, 3400., rate, qs[i]);
    set_filter (self->filters[2 + i], true, 220., rate, qs[i]);
  }
}

static float
filter (const float c[5], float held[2], float x)
{
  float y = c[0] * x + held[0];

  held[0] = c[1] * x - c[3] * y + held[1];
  held[1] = c[2] * x - c[4] * y;
  return y;
}

/**
 * playout_level_step:
 * @self: a level
 * @pcm: 10 ms of sound
 * @n: samples
 *
 * The level is that of the last 30 ms, about what a listener's window sees.
 *
 * Returns: how loud it is: 126 is full scale, one less is a dB less, 32 is
 *   silence
 */
char
playout_level_step (PlayoutLevel * self, const int16_t * pcm, size_t n)
{
  float sum = 0.f, power, level;

  for (size_t i = 0; i < n; i++) {
    float x = pcm[i] / 32768.f;

    for (int k = 0; k < 4; k++)
      x = filter (self->filters[k], self->held[k], x);
    sum += x * x;
  }
  sum = n > 0 ? sum / n : 0.f;
  power = (sum + self->before[0] + self->before[1]) / 3.f;
  self->before[1] = self->before[0];
  self->before[0] = sum;
  level = roundf (FULL + 10.f * log10f (power + 1e-12f));
  return level < SILENT ? SILENT : level > FULL ? FULL : level;
}
