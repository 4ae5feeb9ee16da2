/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How late packets are compared with the fastest one of the last four seconds,
 * so that a drifting clock or another route is followed without being known.
 *
 * Threads and locks: those of the core that it belongs to.
 */
#include "jitter-timing.h"

#include <math.h>
#include <string.h>

#define WINDOWS_PER_SECOND 2
#define BINS_PER_SECOND 200
#define FORGET 0.01             /* what one packet weighs */
#define QUANTILE 0.97
#define SPANS_PER_SECOND 2

void
jitter_timing_init (JitterTiming * self, guint clock_rate)
{
  memset (self, 0, sizeof *self);
  self->clock_rate = clock_rate;
  self->share[0] = 1;
  jitter_timing_forget (self);
}

/* Timestamps begin anew; how much packets spread remains true. */
void
jitter_timing_forget (JitterTiming * self)
{
  self->window = -1;
}

static void
note_least (JitterTiming * self, gint64 transit, gint64 now)
{
  gint64 window = now / (self->clock_rate / WINDOWS_PER_SECOND);
  gint64 first = self->window < 0 ? window - JITTER_WINDOWS :
      MAX (self->window, window - JITTER_WINDOWS);

  for (gint64 w = first + 1; w <= window; w++)
    self->least[w & (JITTER_WINDOWS - 1)] = G_MAXINT64;
  self->window = MAX (self->window, window);
  window = self->window & (JITTER_WINDOWS - 1);
  self->least[window] = MIN (self->least[window], transit);
}

/* What all but one of the recent half seconds have seen. One stall, whose
 * packets come in two of them at the most, is not in it. */
static gint64
recent_lateness (const JitterTiming * self)
{
  gint64 least = G_MAXINT64, second = G_MAXINT64;

  for (guint i = 0; i < JITTER_RECENT; i++) {
    if (self->worst[i] < least) {
      second = least;
      least = self->worst[i];
    } else {
      second = MIN (second, self->worst[i]);
    }
  }
  return second;
}

/* Only time in which packets come counts: it says nothing about the network
 * that nobody speaks. */
static void
note_worst (JitterTiming * self, gint64 late, gint64 now)
{
  if (now >= self->span_end) {
    self->span_end = now + self->clock_rate / SPANS_PER_SECOND;
    memmove (self->worst + 1, self->worst, sizeof self->worst
        - sizeof *self->worst);
    memmove (self->held + 1, self->held, sizeof self->held
        - sizeof *self->held);
    self->worst[0] = 0;
  }
  self->worst[0] = MAX (self->worst[0], late);
  self->held[0] = recent_lateness (self);
}

/* A packet has come at @now. */
void
jitter_timing_learn (JitterTiming * self, gint64 transit, gint64 now)
{
  gint64 late;
  guint bin;

  if (self->window >= 0)
    self->jitter += (fabs ((gdouble) (transit - self->last)) - self->jitter)
        / 16;
  self->last = transit;
  note_least (self, transit, now);
  late = transit - jitter_timing_least (self);
  bin = MIN (late / (self->clock_rate / BINS_PER_SECOND), JITTER_BINS - 1);
  for (guint i = 0; i < JITTER_BINS; i++)
    self->share[i] *= 1 - FORGET;
  self->share[bin] += FORGET;
  note_worst (self, late, now);
}

/* The fastest packet's transit. */
gint64
jitter_timing_least (const JitterTiming * self)
{
  gint64 least = G_MAXINT64;

  for (guint i = 0; i < JITTER_WINDOWS; i++)
    least = MIN (least, self->least[i]);
  return least;
}

/* What nearly all packets stay below. */
gint64
jitter_timing_spread (const JitterTiming * self)
{
  gdouble sum = 0;
  guint i;

  for (i = 0; i < JITTER_BINS - 1; i++)
    if ((sum += self->share[i]) >= QUANTILE)
      break;
  return (gint64) (i + 1) * (self->clock_rate / BINS_PER_SECOND);
}

/* What all but two of the half seconds that are kept have not exceeded. */
static gint64
third_worst (const JitterTiming * self)
{
  gint64 top[3] = { 0 };

  for (guint i = 0; i < JITTER_HELD; i++) {
    gint64 late = self->worst[i];

    for (guint k = 0; k < G_N_ELEMENTS (top); k++) {
      gint64 less = MIN (top[k], late);

      top[k] = MAX (top[k], late);
      late = less;
    }
  }
  return top[2];
}

/* How late packets come again and again, the worst of the last six seconds. If
 * that is more than @usual, nearly all of them are in it. */
gint64
jitter_timing_lasting (const JitterTiming * self, gint64 usual)
{
  gint64 most = 0;

  for (guint i = 0; i < JITTER_HELD; i++)
    most = MAX (most, self->held[i]);
  return most > usual ? MAX (most, third_worst (self)) : most;
}
