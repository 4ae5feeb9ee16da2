/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "livekit-peer.h"
#include "zygote-double.h"

#include <worker-run.h>

/* A whole worker between a server and a zygote that do as the test says. */
typedef struct
{
  LivekitPeer *peer;
  Zygote *zygote;
  WorkerSettings settings;
  Worker *worker;
  gchar *dir;                   /* its database and its runtime folder */
  int status;                   /* when it has stopped, else -1 */
} WorkerScene;

void worker_scene_set_up (WorkerScene * scene, gconstpointer unused);
void worker_scene_tear_down (WorkerScene * scene, gconstpointer unused);
void worker_scene_start (WorkerScene * scene);

/* Waits until all of that was heard, in this order, and forgets it. */
void worker_scene_hear (WorkerScene * scene, const gchar * text);
void worker_scene_wait_registered (WorkerScene * scene, guint n);
void worker_scene_wait_stopped (WorkerScene * scene, int status);
const ZygoteDoubleOrder *worker_scene_call (WorkerScene * scene,
    const gchar * job, const gchar * redispatched);
void worker_scene_write_journal (WorkerScene * scene,
    const ZygoteDoubleOrder * order, const gchar * name);
gchar *worker_scene_get (WorkerScene * scene, const gchar * path);
gchar *worker_scene_ask (WorkerScene * scene, const gchar * line);

#define WORKER_SCENE_WAIT(condition) G_STMT_START { \
  guint patience_ = g_timeout_add_seconds (30, worker_scene_give_up, \
      (gpointer) #condition); \
  while (!(condition)) \
    g_main_context_iteration (NULL, TRUE); \
  g_source_remove (patience_); \
} G_STMT_END

gboolean worker_scene_give_up (gpointer what);
