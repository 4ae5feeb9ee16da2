/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <twirp.h>

/* How a new agent is asked for until one comes: who is there, a dispatch, a
 * look whether somebody has taken it, and if not, away with it and another. A
 * pure core; times are milliseconds of any clock that does not jump. */

/* What is to be done; the answer is told to the core. */
typedef enum
{
  REDISPATCH_PEOPLE,            /* ask who is in the room */
  REDISPATCH_CREATE,            /* a dispatch */
  REDISPATCH_LOOK,              /* whether a job has come of it */
  REDISPATCH_DELETE,            /* the dispatch */
  REDISPATCH_WAIT,              /* for the deadline */
  REDISPATCH_OVER,
} RedispatchStep;

typedef enum
{
  REDISPATCH_COMES,             /* an agent */
  REDISPATCH_NOBODY,            /* is there any more */
  REDISPATCH_WITHDRAWN,         /* somebody else has deleted the dispatch */
  REDISPATCH_GIVEN_UP,          /* no worker has taken it for too long */
  REDISPATCH_FAILED,            /* the server does not do what is asked */
  REDISPATCH_STOPPED,
} RedispatchResult;

typedef enum
{
  REDISPATCH_REFUSED,           /* for good */
  REDISPATCH_PASSING,           /* it may go well another time */
  REDISPATCH_GONE,              /* the room */
} RedispatchFault;

#define REDISPATCH_MAX_TRIES 6

/* Milliseconds. */
typedef struct
{
  gint64 look_after;            /* a dispatch was made */
  gint64 pause;                 /* before the second try, then twice as long */
  gint64 max_time;              /* no try begins later */
} RedispatchPace;

/* The server asks its nodes for a second, and gives up on a worker after
 * three; on a busy machine all that takes longer. What comes later still it
 * ends itself when the dispatch is deleted. */
#define REDISPATCH_PACE { 6000, 1000, 60000 }

typedef struct
{
  RedispatchPace pace;
  RedispatchStep step;
  RedispatchStep then;          /* WAIT */
  RedispatchResult result;      /* OVER */
  gint64 begun, deadline;
  guint tries;                  /* of anything that had to be done again */
  gboolean deleting;            /* this dispatch, or it was tried */
  gboolean taken, stopped;
} RedispatchCore;

void redispatch_core_begin (RedispatchCore * core,
    const RedispatchPace * pace, gint64 now);
void redispatch_core_people (RedispatchCore * core, guint people);
void redispatch_core_created (RedispatchCore * core, gint64 now);
void redispatch_core_looked (RedispatchCore * core, LivekitDispatchState state,
    gint64 now);
void redispatch_core_deleted (RedispatchCore * core, gint64 now);
void redispatch_core_failed (RedispatchCore * core, RedispatchFault fault,
    gint64 now);
void redispatch_core_taken (RedispatchCore * core);
void redispatch_core_stop (RedispatchCore * core);
void redispatch_core_tick (RedispatchCore * core, gint64 now);
