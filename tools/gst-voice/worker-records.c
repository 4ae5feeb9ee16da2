/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From the spool into the database. Journals are delivered when their call is
 * over, and what could not be is tried again every minute, together with what
 * crashed workers have left. Several workers may share a database and its
 * spool: whoever holds a journal's lock delivers it.
 *
 * A call that has crashed is no reason for the others to stutter: reading a
 * journal and writing the database come after everything else on this machine,
 * in a thread of their own, since its priority cannot be raised again.
 *
 * Threads: that of the main context, and one for each job, which has it to
 * itself; there is one at a time. Locks: none.
 */
#define _GNU_SOURCE
#include "worker-records.h"

#include "log.h"
#include "salvage.h"
#include "spool.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AGAIN_SECONDS 60
#define NICE 10
/* As ioprio_set(2) has it, for which there is no header: of the ordinary class
 * the last, since an idle class may never come to the end of a transaction. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_LAST ((2 << 13) | 7)

typedef struct
{
  gchar *db, *dir, *call_id;    /* no database, no id: all that is left */
  SpoolReport report;
} Job;

struct _WorkerRecords
{
  gchar *db;                    /* NULL: the standard one */
  gboolean none;                /* nothing is kept */
  gchar *dir;
  WorkerRecordFunc func;
  gpointer data;
  GQueue waiting;               /* Job */
  gboolean busy, gone;
  guint again;
};

static void
job_free (Job * job)
{
  g_free (job->db);
  g_free (job->dir);
  g_free (job->call_id);
  g_free (job);
}

static gchar *
journal_path (const Job * job)
{
  gchar *name = g_strconcat (job->call_id, ".jsonl", NULL);
  gchar *path = g_build_filename (job->dir, name, NULL);

  g_free (name);
  return path;
}

static gboolean
deliver (Job * job, gboolean none, GError ** error)
{
  gchar *path = job->call_id ? journal_path (job) : NULL;
  gboolean there = !path || g_file_test (path, G_FILE_TEST_EXISTS), ok;
  Store *store;

  /* Nothing is kept. */
  if (none && path)
    spool_forget (path);
  g_free (path);
  if (!there || none)
    return TRUE;
  store = store_open (job->db, STORE_WRITE | STORE_CREATE, error);
  if (!store)
    return FALSE;
  ok = job->call_id ?
      call_salvage (store, job->dir, job->call_id, NULL, error) :
      store_deliver_pending (store, job->dir, &job->report, error);
  store_close (store);
  return ok;
}

/* Of this thread, on Linux; where that is not allowed it is as it was. */
static void
step_back (void)
{
  setpriority (PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICE, 19));
  syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_LAST);
}

static gpointer
run_in_thread (gpointer data)
{
  GTask *task = data;
  WorkerRecords *records = g_task_get_source_tag (task);
  GError *error = NULL;

  step_back ();
  if (deliver (g_task_get_task_data (task), records->none, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
  g_object_unref (task);
  return NULL;
}

static void next (WorkerRecords * records);

static gboolean
try_again (gpointer data)
{
  WorkerRecords *records = data;
  Job *job = g_new0 (Job, 1);

  records->again = 0;
  job->db = g_strdup (records->db);
  job->dir = g_strdup (records->dir);
  g_queue_push_tail (&records->waiting, job);
  next (records);
  return G_SOURCE_REMOVE;
}

static void
records_free (WorkerRecords * records)
{
  if (records->again > 0)
    g_source_remove (records->again);
  g_queue_clear_full (&records->waiting, (GDestroyNotify) job_free);
  if (records->none)
    g_rmdir (records->dir);
  g_free (records->db);
  g_free (records->dir);
  g_free (records);
}

static void
delivered (GObject * source, GAsyncResult * result, gpointer data)
{
  WorkerRecords *records = data;
  Job *job = g_task_get_task_data (G_TASK (result));
  GError *error = NULL;
  gboolean held;

  records->busy = FALSE;
  g_task_propagate_boolean (G_TASK (result), &error);
  /* Whoever holds it delivers it; else it is still there then. */
  held = g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  if (held)
    g_clear_error (&error);
  if (!records->gone && job->call_id)
    records->func (job->call_id, error, records->data);
  else if (error)
    log_event (LOG_LEVEL_WARNING, NULL, "records are not yet delivered",
        "why", error->message, NULL);
  else if (job->report.delivered > 0)
    log_event (LOG_LEVEL_INFO, NULL, "delivered what earlier calls left", NULL);
  if ((error || held) && records->again == 0 && !records->gone)
    records->again = g_timeout_add_seconds (AGAIN_SECONDS, try_again, records);
  g_clear_error (&error);
  next (records);
}

static void
next (WorkerRecords * records)
{
  GError *error = NULL;
  GThread *thread;
  GTask *task;
  Job *job;

  if (records->busy)
    return;
  job = g_queue_pop_head (&records->waiting);
  if (!job) {
    if (records->gone)
      records_free (records);
    return;
  }
  records->busy = TRUE;
  task = g_task_new (NULL, NULL, delivered, records);
  g_task_set_source_tag (task, records);
  g_task_set_task_data (task, job, (GDestroyNotify) job_free);
  thread = g_thread_try_new ("records", run_in_thread, task, &error);
  if (thread) {
    g_thread_unref (thread);
    return;
  }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* A database that cannot take these calls is told before the first comes. */
static gboolean
take_up_earlier (WorkerRecords * records, GError ** error)
{
  Job job = {.db = records->db,.dir = records->dir };
  GError *why = NULL;

  if (deliver (&job, FALSE, &why)) {
    if (job.report.delivered > 0)
      log_event (LOG_LEVEL_INFO, NULL, "delivered what earlier calls left",
          NULL);
    return TRUE;
  }
  if (why->domain == STORE_ERROR && why->code != STORE_ERROR_LOCKED
      && why->code != STORE_ERROR_CONFLICT) {
    g_propagate_error (error, why);
    return FALSE;
  }
  log_event (LOG_LEVEL_WARNING, NULL, "records are not yet delivered",
      "why", why->message, NULL);
  g_error_free (why);
  return TRUE;
}

static gboolean
find_folder (WorkerRecords * records, const gchar * db, GError ** error)
{
  gchar *folder;
  gboolean ok;

  if (records->none) {
    records->dir = g_dir_make_tmp ("gst-voice-XXXXXX", error);
    return records->dir != NULL;
  }
  records->db = db ? g_canonicalize_filename (db, NULL) : NULL;
  records->dir = spool_dir (db);
  folder = records->db ? g_path_get_dirname (records->db) : NULL;
  ok = !folder || g_file_test (folder, G_FILE_TEST_IS_DIR);
  if (!ok)
    g_set_error (error, STORE_ERROR, STORE_ERROR_MISSING, "cannot make the "
        "database of calls %s: there is no folder %s", records->db, folder);
  g_free (folder);
  return ok && take_up_earlier (records, error);
}

/**
 * worker_records_new:
 * @db: (nullable): the database, `none`, or %NULL for the default one
 * @func: called for each call
 * @data: for @func
 * @error: why the calls cannot be recorded
 *
 * Returns: (transfer full) (nullable): what delivers; what earlier calls have
 *   left is in the database already
 */
WorkerRecords *
worker_records_new (const gchar * db, WorkerRecordFunc func, gpointer data,
    GError ** error)
{
  WorkerRecords *records = g_new0 (WorkerRecords, 1);

  records->none = g_strcmp0 (db, "none") == 0;
  records->func = func;
  records->data = data;
  g_queue_init (&records->waiting);
  if (find_folder (records, db, error))
    return records;
  records_free (records);
  return NULL;
}

/**
 * worker_records_free:
 * @records: (transfer full) (nullable): what was to be delivered still is, as
 *   long as the main context runs; nothing is called any more
 */
void
worker_records_free (WorkerRecords * records)
{
  if (!records)
    return;
  records->gone = TRUE;
  next (records);
}

/**
 * worker_records_dir:
 * @records: what delivers
 *
 * Returns: (transfer none): where journals are to be made
 */
const gchar *
worker_records_dir (const WorkerRecords * records)
{
  return records->dir;
}

/**
 * worker_records_deliver:
 * @records: what delivers
 * @call_id: a call that is over
 */
void
worker_records_deliver (WorkerRecords * records, const gchar * call_id)
{
  Job *job = g_new0 (Job, 1);

  job->db = g_strdup (records->db);
  job->dir = g_strdup (records->dir);
  job->call_id = g_strdup (call_id);
  g_queue_push_tail (&records->waiting, job);
  next (records);
}

/**
 * worker_records_pending:
 * @records: what delivers
 *
 * Returns: how many deliveries are not over
 */
guint
worker_records_pending (const WorkerRecords * records)
{
  return records->waiting.length + records->busy;
}
