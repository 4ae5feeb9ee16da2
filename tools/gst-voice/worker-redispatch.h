/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "redispatch-core.h"

/* Asks the server for a new agent after a call has crashed, if somebody is
 * still there to be spoken with. */
typedef struct _WorkerRedispatch WorkerRedispatch;

/* So often for one room, whichever workers it comes to. */
#define WORKER_REDISPATCH_MAX 2
/* The attribute of a job that says how often that was. */
#define WORKER_REDISPATCH_ATTRIBUTE "gst-voice.redispatch"

typedef enum
{
  WORKER_REDISPATCH_ASKED,      /* for a new agent */
  WORKER_REDISPATCH_UNTAKEN,    /* no worker took it; it is deleted */
  WORKER_REDISPATCH_TROUBLE,    /* it is tried again */
  /* One of these is the last. */
  WORKER_REDISPATCH_COMES,      /* an agent */
  WORKER_REDISPATCH_NOBODY,     /* is there any more */
  WORKER_REDISPATCH_WITHDRAWN,  /* somebody else has deleted the dispatch */
  WORKER_REDISPATCH_STOPPED,
  WORKER_REDISPATCH_GIVEN_UP,   /* no worker took it for too long */
  WORKER_REDISPATCH_ENOUGH,     /* agents came before and crashed */
  WORKER_REDISPATCH_FAILED,
} WorkerRedispatchNews;

/* Called in the main context. @asked: how many dispatches there were. */
typedef void (*WorkerRedispatchFunc) (const gchar * call_id,
    WorkerRedispatchNews news, guint asked, const GError * error,
    gpointer data);

typedef struct
{
  const gchar *call_id;         /* for @func */
  const gchar *room, *sid;      /* @sid may be empty */
  const gchar *metadata;        /* of the job that crashed */
  GHashTable *attributes;       /* (nullable), likewise */
} WorkerCrash;

WorkerRedispatch *worker_redispatch_new (const gchar * url, const gchar * key,
    const gchar * secret, const gchar * agent_name,
    const RedispatchPace * pace, WorkerRedispatchFunc func, gpointer data);
void worker_redispatch_free (WorkerRedispatch * redispatch);
void worker_redispatch_stop (WorkerRedispatch * redispatch);
void worker_redispatch_taken (WorkerRedispatch * redispatch,
    const gchar * dispatch);
void worker_redispatch_ask (WorkerRedispatch * redispatch,
    const WorkerCrash * crash);
guint worker_redispatch_pending (const WorkerRedispatch * redispatch);
