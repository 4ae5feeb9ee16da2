/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* How busy this machine is, or what of it we may use: 0 to 1. A pure core; what
 * it is told comes from files that worker_load_read () finds. */

typedef struct
{
  gint64 at;                    /* microseconds, of a clock that never jumps */
  guint64 busy, total;          /* of all processors, in ticks since start */
  guint64 used;                 /* by our control group, microseconds */
  gdouble cpus;                 /* it may use so many; 0: as many as it likes */
} WorkerLoadSample;

#define WORKER_LOAD_INTERVAL 500        /* milliseconds between two samples */
#define WORKER_LOAD_WINDOW 5    /* so many intervals are looked at */

typedef struct
{
  WorkerLoadSample samples[WORKER_LOAD_WINDOW + 1];
  guint n;                      /* that were ever added */
} WorkerLoad;

gboolean worker_load_parse_stat (const gchar * text, guint64 * busy,
    guint64 * total);
gdouble worker_load_parse_cpu_max (const gchar * text);
gboolean worker_load_parse_cpu_stat (const gchar * text, guint64 * used);
gchar *worker_load_parse_group (const gchar * text);

void worker_load_add (WorkerLoad * load, const WorkerLoadSample * sample);
gdouble worker_load_get (const WorkerLoad * load);
gdouble worker_load_cpus (const WorkerLoad * load);
gdouble worker_load_of_call (gdouble load, guint calls, gdouble cpus);

gboolean worker_load_read (WorkerLoadSample * sample, const gchar * root);
