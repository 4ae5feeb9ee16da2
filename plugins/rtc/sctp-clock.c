/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When SCTP is told of time: often while packets come and go, seldom while
 * there is nothing to do, and before each packet that ends a rest.
 *
 * Threads: one at a time. Locks: none.
 */
#include "sctp-clock.h"

#define TICK 20                 /* ms; while packets come and go */
#define REST 250                /* ms; else */
/* µs after a packet until there is rest: more than what SCTP waits to
 * acknowledge. What is repeated later may be so late as a rest is long. */
#define BUSY (500 * 1000)

/**
 * sctp_clock_begin:
 * @self: (out caller-allocates): a clock
 * @now: when the first session begins
 */
void
sctp_clock_begin (SctpClock * self, gint64 now)
{
  self->passed = now;
  self->busy = now + BUSY;
}

/**
 * sctp_clock_pass:
 * @self: a clock
 * @now: the time
 *
 * Returns: ms that the sessions are to be told of; what is less than one is
 *   not lost
 */
guint
sctp_clock_pass (SctpClock * self, gint64 now)
{
  guint ms = (now - self->passed) / 1000;

  self->passed += (gint64) ms *1000;
  return ms;
}

/**
 * sctp_clock_get_wait:
 * @self: a clock
 * @now: the time
 *
 * Returns: ms until the sessions are to be told again
 */
guint
sctp_clock_get_wait (const SctpClock * self, gint64 now)
{
  return now < self->busy ? TICK : REST;
}

/**
 * sctp_clock_packet:
 * @self: a clock
 * @now: when one is about to come or go
 *
 * Returns: whether that ends a rest: before it the sessions are to be told of
 *   the time that has passed, so that timers that it starts count from now
 */
gboolean
sctp_clock_packet (SctpClock * self, gint64 now)
{
  gboolean rested = now >= self->busy;

  self->busy = now + BUSY;
  return rested;
}
