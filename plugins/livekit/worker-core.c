/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The worker: registering, offers, assignments, load, draining, reconnecting.
 *
 * Threads: one at a time; the control process's loop owns it. Locks: none.
 */
#include "worker-core.h"

#include <gst-voice/secret.h>

/* Milliseconds. */
#define REGISTER_TIMEOUT 10000
#define OFFER_TIMEOUT 2000      /* the server gives up after three seconds */
#define ASSIGN_TIMEOUT 7500
#define STATUS_INTERVAL 2500
#define PING_INTERVAL 10000
#define PING_TIMEOUT 30000

#define MOST_LOAD 0.99
#define MAX_JOBS 4096           /* offered, assigned and running */

typedef enum
{
  JOB_OFFERED,                  /* we have not answered yet */
  JOB_ACCEPTED,                 /* the server has not assigned it yet */
  JOB_RUNNING,
  JOB_ENDED,                    /* by the server; it still runs here */
} JobState;

typedef struct
{
  gchar *id;
  JobState state;
  gint64 deadline;              /* of OFFERED and ACCEPTED */
  guint serial;                 /* of the connection that knows it */
} Job;

struct _WorkerCore
{
  WorkerConfig config;
  WorkerState state;
  GQueue actions;               /* WorkerAction */
  GHashTable *jobs;             /* id → Job */
  guint serial;
  gboolean opening, open, draining;
  gboolean full;                /* as last told */
  guint64 rejected;             /* jobs that were offered */
  gdouble load;
  guint attempts;
  gint64 deadline;              /* of CONNECTING and BACKING_OFF */
  gint64 status_at, ping_at, heard;
};

static void
job_free (Job * job)
{
  g_free (job->id);
  g_free (job);
}

static WorkerAction *
act (WorkerCore * core, WorkerActionType type)
{
  WorkerAction *action = g_new0 (WorkerAction, 1);

  action->type = type;
  g_queue_push_tail (&core->actions, action);
  return action;
}

static void
send_bytes (WorkerCore * core, GBytes * bytes)
{
  if (core->open)
    act (core, WORKER_ACTION_SEND)->bytes = bytes;
  else
    g_bytes_unref (bytes);
}

static guint
count_jobs (WorkerCore * core, JobState state)
{
  GHashTableIter iter;
  gpointer job;
  guint n = 0;

  g_hash_table_iter_init (&iter, core->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &job))
    n += ((Job *) job)->state == state;
  return n;
}

/* Jobs that are offered or accepted cost nothing yet, but will. */
static gdouble
get_load (WorkerCore * core)
{
  guint coming = count_jobs (core, JOB_OFFERED)
      + count_jobs (core, JOB_ACCEPTED);

  return MIN (core->load + coming * core->config.job_load, 1);
}

static gboolean
is_full (WorkerCore * core)
{
  guint n = g_hash_table_size (core->jobs);

  return core->draining || n >= MAX_JOBS
      || (core->config.max_jobs > 0 && n >= core->config.max_jobs)
      || (core->config.load_limit < 1
      && get_load (core) >= core->config.load_limit);
}

static void
tell_status (WorkerCore * core, gint64 now)
{
  gdouble load = get_load (core);

  core->full = is_full (core);
  core->status_at = now + STATUS_INTERVAL;
  /* With 1 a worker is drawn by no server, whatever it says of being full. */
  if (!core->full)
    load = MIN (load, MOST_LOAD);
  send_bytes (core, livekit_worker_encode_status (core->full, load,
          count_jobs (core, JOB_RUNNING) + count_jobs (core, JOB_ENDED)));
}

/* At once, or a job is offered that must be rejected. */
static void
check_full (WorkerCore * core, gint64 now)
{
  if (core->state == WORKER_REGISTERED && is_full (core) != core->full)
    tell_status (core, now);
}

static void
close_socket (WorkerCore * core)
{
  if (core->open || core->opening)
    act (core, WORKER_ACTION_CLOSE);
  core->open = core->opening = FALSE;
}

static void
stop (WorkerCore * core, GError * error)
{
  close_socket (core);
  core->state = WORKER_STOPPED;
  act (core, WORKER_ACTION_STOPPED)->error = error;
}

static void
check_drained (WorkerCore * core)
{
  if (core->draining && core->state != WORKER_STOPPED
      && g_hash_table_size (core->jobs) == 0)
    stop (core, NULL);
}

static void
forget (WorkerCore * core, Job * job, gint64 now)
{
  g_hash_table_remove (core->jobs, job->id);
  check_full (core, now);
  check_drained (core);
}

static void
reject (WorkerCore * core, const gchar * id, gboolean terminate)
{
  core->rejected++;
  send_bytes (core, livekit_worker_encode_reject (id, terminate));
}

static void
withdraw (WorkerCore * core, Job * job, gint64 now)
{
  act (core, WORKER_ACTION_WITHDRAW)->id = g_strdup (job->id);
  forget (core, job, now);
}

/* Offers of a connection that is gone, or all that are late. */
static void
withdraw_offers (WorkerCore * core, gboolean all, gint64 now)
{
  GList *jobs = g_hash_table_get_values (core->jobs);

  for (GList * j = jobs; j; j = j->next) {
    Job *job = j->data;

    if (job->state > JOB_ACCEPTED || (!all && now < job->deadline))
      continue;
    if (job->state == JOB_OFFERED)
      reject (core, job->id, FALSE);
    withdraw (core, job, now);
  }
  g_list_free (jobs);
}

static void
open_socket (WorkerCore * core, gint64 now)
{
  core->state = WORKER_CONNECTING;
  core->opening = TRUE;
  core->deadline = now + REGISTER_TIMEOUT;
  act (core, WORKER_ACTION_OPEN)->serial = ++core->serial;
}

static void
lost (WorkerCore * core, GstVoiceError code, const gchar * why, gint64 now)
{
  gboolean registered = core->state == WORKER_REGISTERED;

  close_socket (core);
  if (registered)
    act (core, WORKER_ACTION_LOST);
  core->state = WORKER_BACKING_OFF;
  withdraw_offers (core, TRUE, now);
  if (core->state == WORKER_STOPPED)
    return;
  core->attempts++;
  if (core->config.max_attempts > 0
      && core->attempts >= core->config.max_attempts) {
    stop (core, g_error_new_literal (GST_VOICE_ERROR, code, why));
    return;
  }
  core->deadline = now + MIN (2 * core->attempts, 10) * 1000;
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const gchar * const *) a, *(const gchar * const *) b);
}

/* Jobs that run since before; Cloud takes them over, others ignore it. */
static void
tell_running (WorkerCore * core)
{
  GPtrArray *ids = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, core->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((Job *) value)->state == JOB_RUNNING)
      g_ptr_array_add (ids, ((Job *) value)->id);
  }
  g_ptr_array_sort (ids, compare_text);
  if (ids->len > 0) {
    g_ptr_array_add (ids, NULL);
    send_bytes (core, livekit_worker_encode_migrate ((const gchar * const *)
            ids->pdata));
  }
  g_ptr_array_unref (ids);
}

static void
on_registered (WorkerCore * core, const LivekitWorkerMessage * message,
    gint64 now)
{
  if (core->state != WORKER_CONNECTING)
    return;
  core->state = WORKER_REGISTERED;
  core->attempts = 0;
  core->ping_at = now + PING_INTERVAL;
  act (core, WORKER_ACTION_REGISTERED)->id = g_strdup (message->id);
  tell_running (core);
  tell_status (core, now);
}

static void
on_job_offered (WorkerCore * core, const LivekitJob * offered, gint64 now)
{
  Job *job;

  /* Without an id there is nothing to answer; twice is once. */
  if (!*offered->id || g_hash_table_contains (core->jobs, offered->id))
    return;
  if (is_full (core)) {
    reject (core, offered->id, FALSE);
    return;
  }
  job = g_new0 (Job, 1);
  job->id = g_strdup (offered->id);
  job->deadline = now + OFFER_TIMEOUT;
  job->serial = core->serial;
  g_hash_table_insert (core->jobs, job->id, job);
  act (core, WORKER_ACTION_OFFER)->job = livekit_job_copy (offered);
  check_full (core, now);
}

static void
on_assigned (WorkerCore * core, const LivekitWorkerMessage * message)
{
  Job *job = g_hash_table_lookup (core->jobs, message->job->id);
  WorkerAction *action;

  if (job && job->state >= JOB_RUNNING)
    return;
  if (!job || job->state != JOB_ACCEPTED) {
    /* Else the caller would wait for somebody who does not come. */
    send_bytes (core, livekit_worker_encode_job (message->job->id,
            LIVEKIT_JOB_FAILED, "assigned too late"));
    return;
  }
  job->state = JOB_RUNNING;
  action = act (core, WORKER_ACTION_RUN);
  action->job = livekit_job_copy (message->job);
  action->url = g_strdup (message->url);
  action->token = g_strdup (message->token);
}

static void
on_terminated (WorkerCore * core, const gchar * id, gint64 now)
{
  Job *job = g_hash_table_lookup (core->jobs, id);

  if (!job || job->state == JOB_ENDED)
    return;
  if (job->state != JOB_RUNNING) {
    withdraw (core, job, now);
    return;
  }
  job->state = JOB_ENDED;
  act (core, WORKER_ACTION_STOP)->id = g_strdup (id);
}

static void
on_message (WorkerCore * core, LivekitWorkerMessage * message, gint64 now)
{
  if (message->type == LIVEKIT_WORKER_REGISTERED)
    on_registered (core, message, now);
  else if (core->state == WORKER_REGISTERED) {
    if (message->type == LIVEKIT_WORKER_OFFER)
      on_job_offered (core, message->job, now);
    else if (message->type == LIVEKIT_WORKER_ASSIGNMENT)
      on_assigned (core, message);
    else if (message->type == LIVEKIT_WORKER_TERMINATION)
      on_terminated (core, message->id, now);
  }
}

static void
on_refused (WorkerCore * core, const WorkerEvent * event, gint64 now)
{
  core->opening = core->open = FALSE;
  if (event->code == GST_VOICE_ERROR_AUTH
      || event->code == GST_VOICE_ERROR_UNSUPPORTED
      || event->code == GST_VOICE_ERROR_BAD_REQUEST)
    stop (core, g_error_new_literal (GST_VOICE_ERROR, event->code,
            event->text));
  else
    lost (core, event->code, event->text, now);
}

static void
on_socket (WorkerCore * core, const WorkerEvent * event, gint64 now)
{
  if (event->serial != core->serial || (!core->open && !core->opening))
    return;
  core->heard = now;
  switch (event->type) {
    case WORKER_EVENT_OPENED:
      if (!core->opening)
        break;
      core->opening = FALSE;
      core->open = TRUE;
      send_bytes (core, livekit_worker_encode_register (core->config.type,
              core->config.agent_name, core->config.version));
      break;
    case WORKER_EVENT_REFUSED:
      on_refused (core, event, now);
      break;
    case WORKER_EVENT_CLOSED:
      core->opening = core->open = FALSE;
      lost (core, GST_VOICE_ERROR_DISCONNECTED,
          "the server closed the worker's connection", now);
      break;
    default:
      if (core->open)
        on_message (core, event->message, now);
      break;
  }
}

static void
on_answer (WorkerCore * core, const WorkerEvent * event, gint64 now)
{
  Job *job = g_hash_table_lookup (core->jobs, event->job);

  if (!job || job->state != JOB_OFFERED)
    return;
  if (event->type == WORKER_EVENT_ACCEPT) {
    send_bytes (core, livekit_worker_encode_accept (job->id,
            event->acceptance));
    job->state = JOB_ACCEPTED;
    job->deadline = now + ASSIGN_TIMEOUT;
  } else {
    reject (core, job->id, event->terminate);
    forget (core, job, now);
  }
}

/* A server that has lost the connection has forgotten the job. */
static void
on_started (WorkerCore * core, const WorkerEvent * event)
{
  Job *job = g_hash_table_lookup (core->jobs, event->job);

  if (job && job->state == JOB_RUNNING && job->serial == core->serial)
    send_bytes (core, livekit_worker_encode_job (job->id, LIVEKIT_JOB_RUNNING,
            NULL));
}

static void
on_done (WorkerCore * core, const WorkerEvent * event, gint64 now)
{
  Job *job = g_hash_table_lookup (core->jobs, event->job);

  if (!job || job->state < JOB_RUNNING)
    return;
  if (job->state == JOB_RUNNING && job->serial == core->serial)
    send_bytes (core, livekit_worker_encode_job (job->id, event->failure ?
            LIVEKIT_JOB_FAILED : LIVEKIT_JOB_SUCCESS, event->failure));
  forget (core, job, now);
}

static void
on_request (WorkerCore * core, const WorkerEvent * event, gint64 now)
{
  switch (event->type) {
    case WORKER_EVENT_START:
      if (core->state == WORKER_IDLE)
        open_socket (core, now);
      break;
    case WORKER_EVENT_DRAIN:
      core->draining = TRUE;
      check_full (core, now);
      check_drained (core);
      break;
    case WORKER_EVENT_LOAD:
      core->load = event->load > 0 ? MIN (event->load, 1) : 0;
      if (event->job_load > 0)
        core->config.job_load = event->job_load;
      check_full (core, now);
      break;
    case WORKER_EVENT_STARTED:
      on_started (core, event);
      break;
    case WORKER_EVENT_DONE:
      on_done (core, event, now);
      break;
    default:
      on_answer (core, event, now);
      break;
  }
}

/**
 * worker_core_handle:
 * @event: what has happened; its message is taken, the rest borrowed
 * @now: milliseconds, not less than before
 */
void
worker_core_handle (WorkerCore * core, WorkerEvent * event, gint64 now)
{
  /* Jobs may outlive even the worker. */
  if (core->state != WORKER_STOPPED || event->type == WORKER_EVENT_DONE) {
    if (event->type < WORKER_EVENT_OPENED)
      on_request (core, event, now);
    else
      on_socket (core, event, now);
  }
  livekit_worker_message_free (event->message);
  event->message = NULL;
}

static void
tick_registered (WorkerCore * core, gint64 now)
{
  if (now >= core->heard + PING_TIMEOUT) {
    lost (core, GST_VOICE_ERROR_STALLED, "the worker's connection is dead",
        now);
    return;
  }
  withdraw_offers (core, FALSE, now);
  if (core->state != WORKER_REGISTERED)
    return;
  if (now >= core->status_at)
    tell_status (core, now);
  if (now >= core->ping_at) {
    core->ping_at = now + PING_INTERVAL;
    send_bytes (core, livekit_worker_encode_ping (now));
  }
}

/**
 * worker_core_tick:
 * @now: milliseconds; to be called when worker_core_get_deadline () has come
 */
void
worker_core_tick (WorkerCore * core, gint64 now)
{
  if (core->state == WORKER_REGISTERED)
    tick_registered (core, now);
  else if (core->state == WORKER_BACKING_OFF && now >= core->deadline)
    open_socket (core, now);
  else if (core->state == WORKER_CONNECTING && now >= core->deadline)
    lost (core, GST_VOICE_ERROR_CONNECT_TIMEOUT,
        "the server did not register the worker in time", now);
}

/**
 * worker_core_get_deadline:
 *
 * Returns: when worker_core_tick () is to be called, or G_MAXINT64
 */
gint64
worker_core_get_deadline (WorkerCore * core)
{
  GHashTableIter iter;
  gpointer value;
  gint64 deadline;

  if (core->state == WORKER_IDLE || core->state == WORKER_STOPPED)
    return G_MAXINT64;
  if (core->state != WORKER_REGISTERED)
    return core->deadline;
  deadline = MIN (MIN (core->status_at, core->ping_at),
      core->heard + PING_TIMEOUT);
  g_hash_table_iter_init (&iter, core->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((Job *) value)->state <= JOB_ACCEPTED)
      deadline = MIN (deadline, ((Job *) value)->deadline);
  }
  return deadline;
}

/**
 * worker_core_pop:
 *
 * Returns: (transfer full) (nullable): the next thing to do
 */
WorkerAction *
worker_core_pop (WorkerCore * core)
{
  return g_queue_pop_head (&core->actions);
}

/**
 * worker_core_has_actions:
 *
 * Returns: whether worker_core_pop () would return one
 */
gboolean
worker_core_has_actions (WorkerCore * core)
{
  return !g_queue_is_empty (&core->actions);
}

/**
 * worker_action_free:
 * @action: (transfer full) (nullable): what worker_core_pop () returned
 */
void
worker_action_free (WorkerAction * action)
{
  if (!action)
    return;
  g_clear_pointer (&action->bytes, g_bytes_unref);
  g_free (action->id);
  livekit_job_free (action->job);
  g_free (action->url);
  gst_voice_secret_free (action->token);
  g_clear_error (&action->error);
  g_free (action);
}

/**
 * worker_core_new:
 * @config: copied
 */
WorkerCore *
worker_core_new (const WorkerConfig * config)
{
  WorkerCore *core = g_new0 (WorkerCore, 1);

  core->config = *config;
  core->config.agent_name = g_strdup (config->agent_name);
  core->config.version = g_strdup (config->version);
  g_queue_init (&core->actions);
  core->jobs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) job_free);
  return core;
}

/**
 * worker_core_free:
 * @core: (transfer full) (nullable): a worker; nothing is said to the server
 */
void
worker_core_free (WorkerCore * core)
{
  if (!core)
    return;
  g_queue_clear_full (&core->actions, (GDestroyNotify) worker_action_free);
  g_hash_table_unref (core->jobs);
  g_free ((gchar *) core->config.agent_name);
  g_free ((gchar *) core->config.version);
  g_free (core);
}

WorkerState
worker_core_get_state (WorkerCore * core)
{
  return core->state;
}

/**
 * worker_core_get_jobs:
 *
 * Returns: how many jobs run
 */
guint
worker_core_get_jobs (WorkerCore * core)
{
  return count_jobs (core, JOB_RUNNING) + count_jobs (core, JOB_ENDED);
}

/**
 * worker_core_get_rejected:
 *
 * Returns: how many offered jobs were not taken
 */
guint64
worker_core_get_rejected (WorkerCore * core)
{
  return core->rejected;
}
