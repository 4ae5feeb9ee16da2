/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <libsoup/soup.h>
#include <worker-core.h>

/* A worker's connection to the server: one registration for one type of jobs,
 * made again whenever it is lost. */
typedef struct _WorkerLink WorkerLink;

/* Called from the main context, never from within a function of the link's but
 * worker_link_start (). What is given is borrowed. */
typedef struct
{
  void (*registered) (gpointer data, WorkerLink * link, const gchar * id);
  void (*lost) (gpointer data, WorkerLink * link);
  /* It could not connect and will try again, unless it has stopped. */
  void (*trouble) (gpointer data, WorkerLink * link, const GError * error);
  /* Whether the job is taken. */
  gboolean (*offer) (gpointer data, WorkerLink * link, const LivekitJob * job);
  void (*withdraw) (gpointer data, WorkerLink * link, const gchar * job);
  /* @url: empty for the worker's own */
  void (*run) (gpointer data, WorkerLink * link, const LivekitJob * job,
      const gchar * url, const gchar * token);
  void (*stop) (gpointer data, WorkerLink * link, const gchar * job);
  /* The last one, with an error if it did not drain. */
  void (*stopped) (gpointer data, WorkerLink * link, const GError * error);
} WorkerLinkEvents;

typedef struct
{
  const gchar *url, *key, *secret;
  const gchar *agent_display;   /* (nullable): its name in the room */
  WorkerConfig config;
} WorkerLinkSettings;

WorkerLink *worker_link_new (SoupSession * session,
    const WorkerLinkSettings * settings, const WorkerLinkEvents * events,
    gpointer data);
void worker_link_free (WorkerLink * link);

void worker_link_start (WorkerLink * link);
void worker_link_drain (WorkerLink * link);
void worker_link_set_load (WorkerLink * link, gdouble load, gdouble job_load);
void worker_link_started (WorkerLink * link, const gchar * job);
void worker_link_done (WorkerLink * link, const gchar * job,
    const gchar * failure);
guint64 worker_link_get_rejected (WorkerLink * link);
gboolean worker_link_is_registered (WorkerLink * link);
LivekitJobType worker_link_get_type (WorkerLink * link);
