/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Asks the server for a new agent after a call has crashed, if somebody is
 * still there to be spoken with. */
typedef struct _WorkerRedispatch WorkerRedispatch;

/* So often for one room, whichever workers it comes to. */
#define WORKER_REDISPATCH_MAX 2
/* The attribute of a job that says how often that was. */
#define WORKER_REDISPATCH_ATTRIBUTE "gst-voice.redispatch"

typedef enum
{
  WORKER_REDISPATCH_ASKED,
  WORKER_REDISPATCH_NOBODY,     /* is there any more */
  WORKER_REDISPATCH_ENOUGH,     /* it was tried before */
  WORKER_REDISPATCH_FAILED,
} WorkerRedispatchResult;

/* Called once, in the main context. */
typedef void (*WorkerRedispatchFunc) (const gchar * call_id,
    WorkerRedispatchResult result, const GError * error, gpointer data);

typedef struct
{
  const gchar *call_id;         /* for @func */
  const gchar *room, *sid;      /* @sid may be empty */
  const gchar *metadata;        /* of the job that crashed */
  GHashTable *attributes;       /* (nullable), likewise */
} WorkerCrash;

WorkerRedispatch *worker_redispatch_new (const gchar * url, const gchar * key,
    const gchar * secret, const gchar * agent_name, WorkerRedispatchFunc func,
    gpointer data);
void worker_redispatch_free (WorkerRedispatch * redispatch);
void worker_redispatch_ask (WorkerRedispatch * redispatch,
    const WorkerCrash * crash);
guint worker_redispatch_pending (const WorkerRedispatch * redispatch);
