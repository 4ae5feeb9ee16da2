/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define JITTER_WINDOWS 8
#define JITTER_BINS 32
#define JITTER_RECENT 4
#define JITTER_HELD 12

/* How late packets are, in ticks. The transit of a packet is its arrival less
 * its timestamp, a number that only compares. */
typedef struct
{
  guint clock_rate;
  gint64 least[JITTER_WINDOWS]; /* transit, in each half second */
  gint64 window;                /* the newest one's number, or -1 */
  gint64 last;                  /* transit, of the packet before */
  gdouble jitter;
  gdouble share[JITTER_BINS];   /* of packets, by lateness */
  gint64 span_end;              /* of a half second in which packets come */
  gint64 worst[JITTER_HELD];    /* lateness, in each of these; newest first */
  gint64 held[JITTER_HELD];     /* what lasted, in each; newest first */
} JitterTiming;

void jitter_timing_init (JitterTiming * self, guint clock_rate);
void jitter_timing_forget (JitterTiming * self);
void jitter_timing_learn (JitterTiming * self, gint64 transit, gint64 now);
gint64 jitter_timing_least (const JitterTiming * self);
gint64 jitter_timing_spread (const JitterTiming * self);
gint64 jitter_timing_lasting (const JitterTiming * self, gint64 usual);
