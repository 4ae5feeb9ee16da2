/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker-message.h"

#include <gst-voice/error.h>

/* An agent worker as a state machine without sockets, processes or clocks:
 * events in, actions out. Times are milliseconds of any clock that does not
 * jump. Jobs outlive the connection: losing it costs no call. */

typedef enum
{
  WORKER_IDLE,
  WORKER_CONNECTING,            /* until we are registered */
  WORKER_REGISTERED,
  WORKER_BACKING_OFF,
  WORKER_STOPPED,               /* for good */
} WorkerState;

typedef enum
{
  WORKER_EVENT_START,
  WORKER_EVENT_DRAIN,           /* no new jobs; stop when the last is over */
  WORKER_EVENT_LOAD,
  WORKER_EVENT_ACCEPT,          /* an offered job */
  WORKER_EVENT_REJECT,
  WORKER_EVENT_STARTED,         /* a job's process runs */
  WORKER_EVENT_DONE,            /* a job is over */
  /* From the socket with that serial. */
  WORKER_EVENT_OPENED,
  WORKER_EVENT_REFUSED,
  WORKER_EVENT_CLOSED,
  WORKER_EVENT_MESSAGE,
} WorkerEventType;

/* What is pointed to is borrowed, but for the message. */
typedef struct
{
  WorkerEventType type;
  guint serial;
  const gchar *job;             /* ACCEPT, REJECT, STARTED, DONE: its id */
  const LivekitAcceptance *acceptance;  /* ACCEPT */
  gboolean terminate;           /* REJECT: nobody else shall be asked */
  const gchar *failure;         /* DONE: (nullable): why it failed */
  gdouble load;                 /* LOAD: of this machine, 0 to 1 */
  gdouble job_load;             /* LOAD: what a job will add; 0: as before */
  GstVoiceError code;           /* REFUSED */
  const gchar *text;            /* REFUSED */
  LivekitWorkerMessage *message;        /* (transfer full) */
} WorkerEvent;

typedef enum
{
  WORKER_ACTION_OPEN,
  WORKER_ACTION_CLOSE,          /* and forget it: nothing of it is awaited */
  WORKER_ACTION_SEND,
  WORKER_ACTION_REGISTERED,
  WORKER_ACTION_LOST,           /* the connection; it is tried again */
  WORKER_ACTION_OFFER,          /* accept or reject within two seconds */
  WORKER_ACTION_WITHDRAW,       /* the offer: nothing will come of it */
  WORKER_ACTION_RUN,            /* the job */
  WORKER_ACTION_STOP,           /* the job; then say it is done */
  WORKER_ACTION_STOPPED,        /* the last one */
} WorkerActionType;

/* Which fields are set is told by the type; the rest is %NULL or 0. */
typedef struct
{
  WorkerActionType type;
  guint serial;                 /* OPEN */
  GBytes *bytes;                /* SEND */
  gchar *id;                    /* WITHDRAW, STOP: job; REGISTERED: ours */
  LivekitJob *job;              /* OFFER, RUN */
  gchar *url;                   /* RUN: empty = the worker's */
  gchar *token;                 /* RUN */
  GError *error;                /* STOPPED: (nullable) */
} WorkerAction;

typedef struct
{
  LivekitJobType type;
  const gchar *agent_name;      /* (nullable): every room is served */
  const gchar *version;
  gdouble load_limit;           /* from here on we are full; 1: never */
  gdouble job_load;             /* what a job is expected to add */
  guint max_jobs;               /* 0 = as many as the load allows */
  guint max_attempts;           /* to connect in a row; 0 = without end */
} WorkerConfig;

typedef struct _WorkerCore WorkerCore;

WorkerCore *worker_core_new (const WorkerConfig * config);
void worker_core_free (WorkerCore * core);

void worker_core_handle (WorkerCore * core, WorkerEvent * event, gint64 now);
void worker_core_tick (WorkerCore * core, gint64 now);
gint64 worker_core_get_deadline (WorkerCore * core);
WorkerAction *worker_core_pop (WorkerCore * core);
gboolean worker_core_has_actions (WorkerCore * core);
void worker_action_free (WorkerAction * action);

WorkerState worker_core_get_state (WorkerCore * core);
guint worker_core_get_jobs (WorkerCore * core);
guint64 worker_core_get_rejected (WorkerCore * core);
