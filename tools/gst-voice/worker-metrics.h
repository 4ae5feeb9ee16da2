/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call-timing.h"

/* What a worker counts, and how Prometheus reads it. A pure core. */

typedef enum
{
  WORKER_COUNT_CALLS,           /* that were begun */
  WORKER_COUNT_REJECTED,        /* jobs that were offered */
  WORKER_COUNT_CRASHES,
  WORKER_COUNT_RECONNECTS,
  WORKER_COUNT_REDISPATCHED,    /* dispatches for calls that crashed */
  WORKER_COUNT_UNTAKEN,         /* of these, that no worker took */
  WORKER_COUNT_RECORDS,         /* that are in the database */
  WORKER_COUNT_RECORDS_FAILED,
  WORKER_COUNT_TRACES,          /* that a collector has taken */
  WORKER_COUNT_TRACES_DROPPED,
  WORKER_COUNT_TURNS,
  WORKER_COUNT_INTERRUPTIONS,
  WORKER_N_COUNTS,
} WorkerCount;

typedef enum
{
  WORKER_TIME_START,            /* order → the process plays */
  WORKER_TIME_JOIN,             /* order → in the room */
  WORKER_TIME_GREETING,         /* order → the first sample of a speech */
  WORKER_TIME_REPLY,            /* end of the caller's speech → reply */
  WORKER_TIME_OWN,              /* of that, our own stages */
  WORKER_TIME_JITTER,
  WORKER_TIME_LOSS,             /* no time, but a share */
  WORKER_TIME_SENT_LOSS,        /* likewise, of our packets */
  WORKER_TIME_ROUND_TRIP,
  WORKER_TIME_DURATION,         /* of whole calls */
  WORKER_N_TIMES,
} WorkerTime;

typedef enum
{
  WORKER_GAUGE_CALLS,
  WORKER_GAUGE_LOAD,
  WORKER_GAUGE_REGISTERED,
  WORKER_GAUGE_DRAINING,
  WORKER_GAUGE_MEMORY_WORKER,
  WORKER_GAUGE_MEMORY_ZYGOTE,
  WORKER_GAUGE_MEMORY_CALLS,
  WORKER_N_GAUGES,
} WorkerGauge;

typedef struct _WorkerMetrics WorkerMetrics;

WorkerMetrics *worker_metrics_new (const gchar * node);
void worker_metrics_free (WorkerMetrics * metrics);

void worker_metrics_count (WorkerMetrics * metrics, WorkerCount what,
    guint64 more);
void worker_metrics_ended (WorkerMetrics * metrics, const gchar * reason);
void worker_metrics_time (WorkerMetrics * metrics, WorkerTime what,
    gdouble seconds);
void worker_metrics_set_personas (WorkerMetrics * metrics, gchar ** paths);
void worker_metrics_persona_time (WorkerMetrics * metrics, const gchar * path,
    CallTimingId what, gdouble seconds);
void worker_metrics_set (WorkerMetrics * metrics, WorkerGauge what,
    gdouble value);
gchar *worker_metrics_to_text (const WorkerMetrics * metrics);
