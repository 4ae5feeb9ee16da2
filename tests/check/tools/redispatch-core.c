/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a new agent is asked for, in virtual time.
 */
#include <redispatch-core.h>

static const RedispatchPace pace = REDISPATCH_PACE;

typedef struct
{
  RedispatchCore core;
  gint64 now;
} Scene;

static void
expect_step (Scene * s, RedispatchStep step)
{
  g_assert_cmpint (s->core.step, ==, step);
}

static void
expect_over (Scene * s, RedispatchResult result)
{
  expect_step (s, REDISPATCH_OVER);
  g_assert_cmpint (s->core.result, ==, result);
  g_assert_cmpint (s->core.deadline, ==, G_MAXINT64);
}

/* Nothing happens sooner. */
static void
expect_wait (Scene * s, gint64 ms, RedispatchStep then)
{
  expect_step (s, REDISPATCH_WAIT);
  g_assert_cmpint (s->core.deadline, ==, s->now + ms);
  redispatch_core_tick (&s->core, s->now + ms - 1);
  expect_step (s, REDISPATCH_WAIT);
  s->now += ms;
  redispatch_core_tick (&s->core, s->now);
  expect_step (s, then);
}

static void
begin (Scene * s)
{
  s->now = 1000;
  redispatch_core_begin (&s->core, &pace, s->now);
  expect_step (s, REDISPATCH_PEOPLE);
}

static void
create (Scene * s)
{
  redispatch_core_people (&s->core, 1);
  expect_step (s, REDISPATCH_CREATE);
  redispatch_core_created (&s->core, s->now);
}

/* Until the next try or the end. */
static void
nobody_takes_it (Scene * s)
{
  create (s);
  expect_wait (s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s->core, LIVEKIT_DISPATCH_WAITING, s->now);
  expect_step (s, REDISPATCH_DELETE);
  redispatch_core_deleted (&s->core, s->now);
}

static void
others_take_it (void)
{
  Scene s;

  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_TAKEN, s.now);
  expect_over (&s, REDISPATCH_COMES);
}

static void
we_take_it (void)
{
  Scene s;

  begin (&s);
  redispatch_core_taken (&s.core);
  create (&s);
  redispatch_core_taken (&s.core);
  expect_over (&s, REDISPATCH_COMES);
  /* While it is looked at, whatever the look shows. */
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_taken (&s.core);
  expect_step (&s, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
  expect_over (&s, REDISPATCH_COMES);
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_taken (&s.core);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_over (&s, REDISPATCH_COMES);
}

/* The server ends a job that comes of a dispatch that is being deleted. */
static void
too_late (void)
{
  Scene s;

  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
  redispatch_core_taken (&s.core);
  expect_step (&s, REDISPATCH_DELETE);
  redispatch_core_deleted (&s.core, s.now);
  redispatch_core_taken (&s.core);
  expect_wait (&s, pace.pause, REDISPATCH_PEOPLE);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
  expect_step (&s, REDISPATCH_DELETE);
}

static void
nobody_ever_takes_it (void)
{
  Scene s;

  begin (&s);
  for (guint i = 0; i < 4; i++) {
    nobody_takes_it (&s);
    expect_wait (&s, pace.pause << i, REDISPATCH_PEOPLE);
  }
  nobody_takes_it (&s);
  expect_over (&s, REDISPATCH_GIVEN_UP);
  g_assert_cmpint (s.now, ==, 1000 + 45000);
}

/* A server that takes its time: fewer tries. */
static void
slow_server (void)
{
  Scene s;
  guint dispatches = 0;

  begin (&s);
  while (s.core.step != REDISPATCH_OVER) {
    g_assert_cmpint (s.now, <, 1000 + pace.max_time);
    if (s.core.step == REDISPATCH_WAIT)
      redispatch_core_tick (&s.core, s.now = s.core.deadline);
    redispatch_core_people (&s.core, 1);
    redispatch_core_created (&s.core, s.now += 9000);
    redispatch_core_tick (&s.core, s.now = s.core.deadline);
    redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
    redispatch_core_deleted (&s.core, s.now += 9000);
    dispatches++;
  }
  expect_over (&s, REDISPATCH_GIVEN_UP);
  g_assert_cmpuint (dispatches, ==, 3);
}

static void
nobody_is_left (void)
{
  Scene s;

  begin (&s);
  redispatch_core_people (&s.core, 0);
  expect_over (&s, REDISPATCH_NOBODY);
  begin (&s);
  nobody_takes_it (&s);
  expect_wait (&s, pace.pause, REDISPATCH_PEOPLE);
  redispatch_core_people (&s.core, 0);
  expect_over (&s, REDISPATCH_NOBODY);
}

static void
something_is_gone (void)
{
  Scene s;

  begin (&s);
  redispatch_core_failed (&s.core, REDISPATCH_GONE, s.now);
  expect_over (&s, REDISPATCH_NOBODY);
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_failed (&s.core, REDISPATCH_GONE, s.now);
  expect_over (&s, REDISPATCH_NOBODY);
  /* Somebody has deleted it on purpose. */
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_UNKNOWN, s.now);
  expect_over (&s, REDISPATCH_WITHDRAWN);
}

static void
faults (void)
{
  Scene s;

  begin (&s);
  redispatch_core_failed (&s.core, REDISPATCH_REFUSED, s.now);
  expect_over (&s, REDISPATCH_FAILED);
  begin (&s);
  for (guint i = 0; i + 1 < REDISPATCH_MAX_TRIES; i++) {
    redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
    expect_wait (&s, pace.pause << i, REDISPATCH_PEOPLE);
  }
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_over (&s, REDISPATCH_FAILED);
  /* It may have been made all the same, and another would be one too many. */
  begin (&s);
  redispatch_core_people (&s.core, 1);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_over (&s, REDISPATCH_FAILED);
  /* Never another one before it is known what came of the first. */
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_wait (&s, pace.pause, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  redispatch_core_taken (&s.core);
  expect_wait (&s, pace.pause << 1, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_TAKEN, s.now);
  expect_over (&s, REDISPATCH_COMES);
  /* It had been deleted, and only the answer was lost. */
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_WAITING, s.now);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_wait (&s, pace.pause, REDISPATCH_LOOK);
  redispatch_core_looked (&s.core, LIVEKIT_DISPATCH_UNKNOWN, s.now);
  expect_wait (&s, pace.pause << 1, REDISPATCH_PEOPLE);
}

static void
stopped (void)
{
  Scene s;

  begin (&s);
  redispatch_core_stop (&s.core);
  expect_step (&s, REDISPATCH_PEOPLE);
  redispatch_core_people (&s.core, 1);
  expect_over (&s, REDISPATCH_STOPPED);
  begin (&s);
  create (&s);
  redispatch_core_stop (&s.core);
  expect_over (&s, REDISPATCH_STOPPED);
  begin (&s);
  create (&s);
  expect_wait (&s, pace.look_after, REDISPATCH_LOOK);
  redispatch_core_stop (&s.core);
  redispatch_core_failed (&s.core, REDISPATCH_PASSING, s.now);
  expect_over (&s, REDISPATCH_STOPPED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redispatch-core/others-take-it", others_take_it);
  g_test_add_func ("/redispatch-core/we-take-it", we_take_it);
  g_test_add_func ("/redispatch-core/too-late", too_late);
  g_test_add_func ("/redispatch-core/nobody-ever", nobody_ever_takes_it);
  g_test_add_func ("/redispatch-core/slow-server", slow_server);
  g_test_add_func ("/redispatch-core/nobody-left", nobody_is_left);
  g_test_add_func ("/redispatch-core/gone", something_is_gone);
  g_test_add_func ("/redispatch-core/faults", faults);
  g_test_add_func ("/redispatch-core/stopped", stopped);
  return g_test_run ();
}
