/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A server offers a job once. If no worker takes it at that moment, the
 * dispatch stays and nobody ever comes, so it is looked at, deleted and made
 * anew, with pauses that grow, until the caller has waited for too long.
 *
 * A dispatch is deleted only after a look has shown that nobody has taken it,
 * and another made only after that one is deleted: two agents never come.
 *
 * Threads: one at a time. Locks: none.
 */
#include "redispatch-core.h"

static void
finish (RedispatchCore * core, RedispatchResult result)
{
  core->step = REDISPATCH_OVER;
  core->result = result;
  core->deadline = G_MAXINT64;
}

static void
wait_until (RedispatchCore * core, gint64 deadline, RedispatchStep then)
{
  core->step = REDISPATCH_WAIT;
  core->then = then;
  core->deadline = deadline;
}

/* Later, unless it was enough. */
static void
try_again (RedispatchCore * core, RedispatchStep step, RedispatchResult enough,
    gint64 now)
{
  gint64 again = now + (core->pace.pause << core->tries);

  core->tries++;
  if (core->tries >= REDISPATCH_MAX_TRIES
      || again >= core->begun + core->pace.max_time)
    finish (core, enough);
  else
    wait_until (core, again, step);
}

/* Returns: whether what has been asked no longer matters. */
static gboolean
is_stopped (RedispatchCore * core)
{
  if (core->stopped && core->step != REDISPATCH_OVER)
    finish (core, REDISPATCH_STOPPED);
  return core->step == REDISPATCH_OVER;
}

/**
 * redispatch_core_begin:
 * @core: (out): a new attempt for one room
 * @pace: how long things take
 * @now: milliseconds
 */
void
redispatch_core_begin (RedispatchCore * core, const RedispatchPace * pace,
    gint64 now)
{
  *core = (RedispatchCore) {
  .pace = *pace,.step = REDISPATCH_PEOPLE,.begun = now,.deadline = G_MAXINT64};
}

/**
 * redispatch_core_people:
 * @core: at %REDISPATCH_PEOPLE
 * @people: how many are there for whom an agent would be of use
 */
void
redispatch_core_people (RedispatchCore * core, guint people)
{
  if (is_stopped (core))
    return;
  if (people > 0)
    core->step = REDISPATCH_CREATE;
  else
    finish (core, REDISPATCH_NOBODY);
}

/**
 * redispatch_core_created:
 * @core: at %REDISPATCH_CREATE
 * @now: milliseconds
 */
void
redispatch_core_created (RedispatchCore * core, gint64 now)
{
  if (is_stopped (core))
    return;
  core->taken = core->deleting = FALSE;
  wait_until (core, now + core->pace.look_after, REDISPATCH_LOOK);
}

/**
 * redispatch_core_deleted:
 * @core: at %REDISPATCH_DELETE
 * @now: milliseconds
 */
void
redispatch_core_deleted (RedispatchCore * core, gint64 now)
{
  if (!is_stopped (core))
    try_again (core, REDISPATCH_PEOPLE, REDISPATCH_GIVEN_UP, now);
}

/**
 * redispatch_core_looked:
 * @core: at %REDISPATCH_LOOK
 * @state: what was seen
 * @now: milliseconds
 */
void
redispatch_core_looked (RedispatchCore * core, LivekitDispatchState state,
    gint64 now)
{
  if (core->taken || state == LIVEKIT_DISPATCH_TAKEN)
    finish (core, REDISPATCH_COMES);
  if (is_stopped (core))
    return;
  if (state == LIVEKIT_DISPATCH_WAITING) {
    core->step = REDISPATCH_DELETE;
    core->deleting = TRUE;
  } else if (core->deleting) {
    redispatch_core_deleted (core, now);
  } else {
    finish (core, REDISPATCH_WITHDRAWN);
  }
}

/**
 * redispatch_core_failed:
 * @core: whose request was not answered as it should be
 * @fault: what is wrong
 * @now: milliseconds
 */
void
redispatch_core_failed (RedispatchCore * core, RedispatchFault fault,
    gint64 now)
{
  if (core->taken && core->step == REDISPATCH_LOOK)
    finish (core, REDISPATCH_COMES);
  if (is_stopped (core))
    return;
  if (fault == REDISPATCH_GONE)
    finish (core, REDISPATCH_NOBODY);
  else if (fault == REDISPATCH_REFUSED || core->step == REDISPATCH_CREATE)
    /* Whether there is a dispatch now is not known. */
    finish (core, REDISPATCH_FAILED);
  else
    /* What has been deleted may be there still, and have been taken. */
    try_again (core, core->step == REDISPATCH_PEOPLE ? REDISPATCH_PEOPLE :
        REDISPATCH_LOOK, REDISPATCH_FAILED, now);
}

/**
 * redispatch_core_taken:
 * @core: whose dispatch has become a job of this worker's
 */
void
redispatch_core_taken (RedispatchCore * core)
{
  /* What comes while it is being deleted is ended by the server. */
  if (core->deleting)
    return;
  if (core->step == REDISPATCH_LOOK)
    core->taken = TRUE;
  else if (core->step == REDISPATCH_WAIT && core->then == REDISPATCH_LOOK)
    finish (core, REDISPATCH_COMES);
}

/**
 * redispatch_core_stop:
 * @core: is over; at once if it waits, else with the next answer
 */
void
redispatch_core_stop (RedispatchCore * core)
{
  core->stopped = TRUE;
  if (core->step == REDISPATCH_WAIT)
    is_stopped (core);
}

/**
 * redispatch_core_tick:
 * @core: whose deadline may have come
 * @now: milliseconds
 */
void
redispatch_core_tick (RedispatchCore * core, gint64 now)
{
  if (core->step != REDISPATCH_WAIT || now < core->deadline)
    return;
  core->step = core->then;
  core->deadline = G_MAXINT64;
}
