/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any rate of voice to any other, sample by sample: a windowed sinc (Kaiser,
 * 63 dB) whose phases are a table. Rates with a small ratio are exact; with
 * an odd one (44100 to 8000) two neighbouring phases are mixed, which is
 * 70 dB right. Needs libc and libm only.
 *
 * Threads: one at a time for each resampler. Locks: none.
 */
#include "resampler.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum
{
  CROSSINGS = 24,               /* of the sinc, each side, at the lower rate */
  PHASES_MAX = 32
};
static const double BETA = 6.;

typedef float Lanes __attribute__((vector_size (16)));

struct _Resampler
{
  int from, to;
  int half, taps, phases;
  float *rows;                  /* [phases + 1][taps] */
  float *history;               /* [2 * taps], every sample twice, so that the
                                 * last `taps` of them are always in a row */
  int at;
  int ahead;                    /* samples to come before the next output */
  int phase;                    /* its place between two samples, in 1 / to */
};

static double
bessel_i0 (double x)
{
  double sum = 1., term = 1.;

  for (int k = 1; term > sum * 1e-12; k++) {
    term *= x * x / (4. * k * k);
    sum += term;
  }
  return sum;
}

static double
windowed_sinc (double distance, double half, double cutoff)
{
  double edge = distance / half, x = M_PI * cutoff * distance;

  if (fabs (edge) >= 1.)
    return 0.;
  return (fabs (x) < 1e-9 ? 1. : sin (x) / x)
      * bessel_i0 (BETA * sqrt (1. - edge * edge));
}

/* Each row has sum 1, so that silence with an offset stays one. */
static void
fill_row (float *row, int half, double offset, double cutoff)
{
  double sum = 0.;

  for (int k = 0; k < 2 * half; k++)
    sum += windowed_sinc (offset + half - 1 - k, half, cutoff);
  for (int k = 0; k < 2 * half; k++)
    row[k] = (float) (windowed_sinc (offset + half - 1 - k, half, cutoff)
        / sum);
}

static float
dot (const float *a, const float *b, int n)
{
  Lanes even = { 0 }, odd = { 0 }, p, q, r, s;

  for (int i = 0; i < n; i += 8) {
    memcpy (&p, a + i, sizeof p);
    memcpy (&q, b + i, sizeof q);
    memcpy (&r, a + i + 4, sizeof r);
    memcpy (&s, b + i + 4, sizeof s);
    even += p * q;
    odd += r * s;
  }
  even += odd;
  return (even[0] + even[1]) + (even[2] + even[3]);
}

static int
greatest_common_divisor (int a, int b)
{
  while (b) {
    int rest = a % b;

    a = b;
    b = rest;
  }
  return a;
}

/**
 * resampler_new:
 * @from: rate of what goes in
 * @to: rate of what comes out; both within %RESAMPLER_RATE_MIN and
 *   %RESAMPLER_RATE_MAX. Equal rates pass every sample on untouched
 *
 * Returns: (nullable): %NULL if a rate is out of range or memory is out
 */
Resampler *
resampler_new (int from, int to)
{
  double ratio = (double) from / to;
  Resampler *self;

  if (from < RESAMPLER_RATE_MIN || from > RESAMPLER_RATE_MAX ||
      to < RESAMPLER_RATE_MIN || to > RESAMPLER_RATE_MAX)
    return NULL;
  self = calloc (1, sizeof *self);
  if (!self)
    return NULL;
  self->from = from;
  self->to = to;
  if (from == to)
    return self;

  self->half = ((int) ceil (CROSSINGS * (ratio > 1. ? ratio : 1.)) + 3) & ~3;
  self->taps = 2 * self->half;
  self->phases = to / greatest_common_divisor (from, to);
  if (self->phases > PHASES_MAX)
    self->phases = PHASES_MAX;
  self->rows = calloc ((size_t) (self->phases + 1) * self->taps,
      sizeof (float));
  self->history = calloc (2 * (size_t) self->taps, sizeof (float));
  if (!self->rows || !self->history) {
    resampler_free (self);
    return NULL;
  }
  for (int p = 0; p <= self->phases; p++)
    fill_row (self->rows + p * self->taps, self->half,
        (double) p / self->phases, ratio > 1. ? 1. / ratio : 1.);
  resampler_reset (self);
  return self;
}

void
resampler_free (Resampler * self)
{
  if (!self)
    return;
  free (self->rows);
  free (self->history);
  free (self);
}

/**
 * resampler_reset:
 * @self: a resampler
 *
 * As new: what came before is silence.
 */
void
resampler_reset (Resampler * self)
{
  if (self->history)
    memset (self->history, 0, 2 * self->taps * sizeof (float));
  self->at = 0;
  self->phase = 0;
  self->ahead = self->half + 1;
}

/**
 * resampler_delay:
 * @self: a resampler
 *
 * Returns: how many samples of the input rate must follow one before its
 * counterpart comes out
 */
int
resampler_delay (const Resampler * self)
{
  return self->half;
}

static float
output (const Resampler * self)
{
  const float *window = self->history + self->at;
  int scaled = self->phase * self->phases;
  int row = scaled / self->to;
  float rest = (float) (scaled % self->to) / self->to;
  const float *coefficients = self->rows + row * self->taps;
  float value = dot (coefficients, window, self->taps);

  if (rest > 0.f)
    value += rest * (dot (coefficients + self->taps, window, self->taps)
        - value);
  return value;
}

/**
 * resampler_push:
 * @self: a resampler
 * @sample: the next sample
 * @out: room for what this makes
 *
 * The first output is that of the first sample's time, the n-th that of the
 * time n / to.
 *
 * Returns: how many samples are in @out
 */
size_t
resampler_push (Resampler * self, float sample, float out[RESAMPLER_OUT_MAX])
{
  size_t n = 0;

  if (self->from == self->to) {
    out[0] = sample;
    return 1;
  }
  self->history[self->at] = self->history[self->at + self->taps] = sample;
  self->at = (self->at + 1) % self->taps;
  self->ahead--;
  while (self->ahead == 0) {
    out[n++] = output (self);
    self->phase += self->from;
    self->ahead += self->phase / self->to;
    self->phase %= self->to;
  }
  return n;
}
