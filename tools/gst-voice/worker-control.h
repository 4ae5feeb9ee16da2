/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker-calls.h"

/* What `gst-voice ctl` talks to: a socket in the user's runtime folder. A
 * connection brings one line, a JSON object with `command` (list, health,
 * say, inject, end, dump) and by command `call` (its id or how it begins) and
 * `text`; the answer is one line, too: an object with `error`, or
 *
 * list   `worker`, `draining`, `calls`: see worker_calls_to_json ()
 * health `worker`, `health`: see gst_voice_health_dump ()
 * dump   `call`, `path`
 * …      `call`
 */
typedef struct _WorkerControl WorkerControl;

#define WORKER_CONTROL_END ".sock"
#define WORKER_CONTROL_MAX (64 * 1024)
/* How long a connection lasts at the most, in seconds. */
#define WORKER_CONTROL_PATIENCE 15

gchar *worker_control_dir (void);
WorkerControl *worker_control_new (const gchar * dir, const gchar * name,
    WorkerCalls * calls, const gboolean * draining, GError ** error);
void worker_control_free (WorkerControl * control);
