/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trace-export.h"
#include "worker-metrics.h"
#include "worker-records.h"
#include "worker-redispatch.h"
#include "worker-settings.h"
#include "zygote.h"

#include <worker-message.h>

/* The calls of a worker, each a process: begun, watched, ended, recorded. */
typedef struct _WorkerCalls WorkerCalls;

/* @owner: what the job was run with. Borrowed strings. */
typedef struct
{
  void (*started) (gpointer data, gpointer owner, const gchar * job);
  void (*done) (gpointer data, gpointer owner, const gchar * job,
      const gchar * failure);
  void (*crashed) (gpointer data, const WorkerCrash * crash);
  void (*zygote_lost) (gpointer data, const GError * error);
  void (*zygote_back) (gpointer data);
} WorkerCallsEvents;

/* What is called when a dump is there: its path, or why there is none. */
typedef void (*WorkerDumpFunc) (gpointer data, const gchar * path,
    const gchar * failure);

WorkerCalls *worker_calls_new (const WorkerSettings * settings,
    Zygote * zygote, WorkerRecords * records, WorkerMetrics * metrics,
    TraceExport * traces, const WorkerCallsEvents * events, gpointer data);
void worker_calls_free (WorkerCalls * calls);

void worker_calls_run (WorkerCalls * calls, gpointer owner,
    const LivekitJob * job, const gchar * url, const gchar * token);
void worker_calls_stop (WorkerCalls * calls, const gchar * job);
void worker_calls_stop_all (WorkerCalls * calls);

guint worker_calls_count (const WorkerCalls * calls);
guint worker_calls_count_young (const WorkerCalls * calls);
guint64 worker_calls_memory (WorkerCalls * calls);
gchar *worker_calls_to_json (WorkerCalls * calls);
const gchar *worker_calls_find (WorkerCalls * calls, const gchar * prefix,
    GError ** error);
gboolean worker_calls_tell (WorkerCalls * calls, const gchar * call_id,
    CallCommand command, const gchar * text);
gboolean worker_calls_dump (WorkerCalls * calls, const gchar * call_id,
    WorkerDumpFunc func, gpointer data);
guint64 worker_memory_of (gint pid);
