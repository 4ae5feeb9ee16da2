/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call-order.h"

#include <json-glib/json-glib.h>

/* Where call processes come from: a process of one thread that has loaded
 * everything and forks itself for each call. This is the side of it in the
 * control process; all functions belong to the thread of the context.
 *
 * The zygote is this program, executed anew as `gst-voice zygote`: so it has
 * one thread and none of our descriptors and secrets whenever it is started,
 * also when the control process has threads long since. If it dies another is
 * started; calls go on without it. */
typedef struct _Zygote Zygote;

/* All may be %NULL or 0. Copied. */
typedef struct
{
  const gchar *program;         /* `gst-voice`; else the one that runs */
  const gchar *const *personas; /* files: what they need is loaded in advance */
  const gchar *const *hidden;   /* variables of the environment to keep */
  gdouble cpu_limit;            /* of a core, all `cpu_seconds` long; 0: 0.5 */
  guint cpu_seconds;            /* 0: 30 */
} ZygoteSettings;

/* How a call process has ended. */
typedef struct
{
  gint status;                  /* as of waitpid(), -1: not known */
  /* Why the control process ended it: `memory`, `cpu`, `late` (it took too
   * long to end), `told` (at once, by zygote_end ()); %NULL: it ended by
   * itself. `fork`: it never was. */
  const gchar *killed;
  gboolean clean;               /* it has reported its end and left with 0 */
  gdouble cpu;                  /* s */
  guint64 memory;               /* most that was resident, bytes */
} ZygoteEnd;

/* Called in the context; any function here may be called from them, except
 * zygote_stop (). Strings and objects are borrowed. Each may be %NULL. */
typedef struct
{
  void (*started) (gpointer data, const gchar * call_id, gint pid);
  /* Something that the call process says: see call-report.h. */
  void (*report) (gpointer data, const gchar * call_id, const gchar * type,
      JsonObject * report);
  /* The last one of a call, once for each zygote_call () that was %TRUE. */
  void (*ended) (gpointer data, const gchar * call_id, const ZygoteEnd * end);
  /* The zygote has died; another is being started unless @error says why
   * not (then zygote_call () tries again). */
  void (*died) (gpointer data, const GError * error);
  /* After an error of that kind: there is one again. */
  void (*back) (gpointer data);
} ZygoteEvents;

/* What a call uses now, for people. */
typedef struct
{
  gint pid;                     /* 0: not yet there */
  gdouble cpu;                  /* s, since its beginning */
  guint64 memory;               /* resident, bytes */
} ZygoteFigures;

Zygote *zygote_start (const ZygoteSettings * settings, GError ** error);
void zygote_attach (Zygote * self, GMainContext * context,
    const ZygoteEvents * events, gpointer data);
gboolean zygote_call (Zygote * self, const CallOrder * order, GError ** error);
gboolean zygote_tell (Zygote * self, const gchar * call_id,
    CallCommand command, const gchar * text);
/* Hangs up; what is not over @grace seconds later is killed. */
void zygote_end (Zygote * self, const gchar * call_id, guint grace);
#define ZYGOTE_GRACE 10
/* The call has a reason to take so long to end, from now on. */
void zygote_extend (Zygote * self, const gchar * call_id, guint seconds);
gboolean zygote_get_figures (Zygote * self, const gchar * call_id,
    ZygoteFigures * figures);
guint zygote_get_calls (Zygote * self);
gint zygote_get_pid (Zygote * self);
/* Nothing is called any more. Calls that still run notice it and hang up. */
void zygote_stop (Zygote * self);
