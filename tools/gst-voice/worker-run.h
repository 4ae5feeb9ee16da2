/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker-settings.h"
#include "zygote.h"

/* A worker: its connections to the server, its calls, its pages, its socket. */
typedef struct _Worker Worker;

/* Called from the main context, never from within a function of the worker's.
 * @status: the exit status. */
typedef void (*WorkerStoppedFunc) (gpointer data, int status);

Worker *worker_new (const WorkerSettings * settings, Zygote * zygote,
    WorkerStoppedFunc stopped, gpointer data, GError ** error);
void worker_free (Worker * worker);
void worker_start (Worker * worker);
void worker_end (Worker * worker);
guint16 worker_get_http_port (const Worker * worker);
