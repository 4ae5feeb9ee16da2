/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "scenario.h"

/* How scenarios are played. */
typedef struct
{
  gchar *persona;               /* in the place of theirs, or NULL */
  gboolean audio;               /* the caller speaks */
  gboolean real_time;
  gint seconds;                 /* that one may take */
  gint jobs;                    /* at a time */
} EvalSettings;

/* What came of a scenario. */
typedef struct
{
  gboolean done;                /* the rest is known */
  GPtrArray *failures;          /* what was not as expected; may have lines */
  gchar *reason;                /* of the end of the call, or empty */
  gdouble call, took;           /* seconds of the call, and of the machine */
  guint turns, tools;
} EvalResult;

EvalResult *eval_result_new (void);
void eval_result_free (EvalResult * result);

void eval_play (const Scenario * scenario, const EvalSettings * settings,
    EvalResult * result);

typedef void (*EvalDone) (guint i, gpointer data);
void eval_run (GPtrArray * scenarios, const EvalSettings * settings,
    GPtrArray * results, EvalDone done, gpointer data);

gboolean eval_write_junit (const gchar * path, GPtrArray * scenarios,
    GPtrArray * results, GError ** error);
void eval_print_result (const Scenario * scenario, const EvalResult * result);
void eval_print_table (GPtrArray * scenarios, GPtrArray * results,
    gdouble took);
