/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one network thread of the process: a GMainContext and the thread that
 * runs it. It exists while somebody holds a reference, and not before: a
 * process may fork as long as nobody has asked for it.
 *
 * Threads: gst_voice_io_ref (), _unref (), _post () and _is_owner () from any;
 * the rest on the network thread only.
 * Locks: one, a leaf; never held while foreign code runs.
 */
#include "io.h"

/* An endless source of events must not keep the process from ending. */
#define MAX_LAST_ITERATIONS 10000

/* Lower than that of sockets: a deadline that passes while the answer lies in
 * the socket, since this thread was busy or not scheduled, has not passed. */
#define TIMER_PRIORITY (G_PRIORITY_DEFAULT + 10)

typedef struct
{
  GstVoiceIoFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Job;

typedef struct
{
  /* set once in io_start */
  GMainContext *context;
  GSource *source;              /* ready when there are jobs, or at the end */
  GThread *thread;

  /* lock */
  guint users;
  gboolean ending;
  gboolean detached;            /* nobody joins the thread */
  GQueue jobs;

  /* network thread only */
  gboolean over;
  GSList *at_end;               /* of Job, the latest first */
} Io;

struct _GstVoiceIoTimer
{
  GSource source;
  GstVoiceIoFunc func;
  gpointer data;
};

static GMutex lock;
static Io *current;             /* lock; NULL while there is no user */
static GPrivate owned_io;       /* the Io whose thread this is */

static Job *
job_new (GstVoiceIoFunc func, gpointer data, GDestroyNotify destroy)
{
  Job *job = g_new (Job, 1);

  job->func = func;
  job->data = data;
  job->destroy = destroy;
  return job;
}

static void
job_free (Job * job)
{
  if (job->destroy)
    job->destroy (job->data);
  g_free (job);
}

static gboolean
jobs_dispatch (GSource * source, GSourceFunc callback, gpointer user_data)
{
  Io *io = g_private_get (&owned_io);
  GQueue jobs;
  Job *job;

  g_mutex_lock (&lock);
  g_source_set_ready_time (source, -1);
  jobs = io->jobs;
  g_queue_init (&io->jobs);
  io->over = io->ending;        /* after which no job is accepted */
  g_mutex_unlock (&lock);

  while ((job = g_queue_pop_head (&jobs))) {
    job->func (job->data);
    job_free (job);
  }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs jobs_funcs = {.dispatch = jobs_dispatch };

static void
io_free (Io * io)
{
  g_source_destroy (io->source);
  g_source_unref (io->source);
  g_main_context_unref (io->context);
  g_free (io);
}

static gpointer
io_main (gpointer data)
{
  Io *io = data;
  guint i;

  g_private_set (&owned_io, io);
  g_main_context_push_thread_default (io->context);
  while (!io->over)
    g_main_context_iteration (io->context, TRUE);
  while (io->at_end) {
    Job *job = io->at_end->data;

    io->at_end = g_slist_delete_link (io->at_end, io->at_end);
    job->func (job->data);
    job_free (job);
  }
  for (i = 0; i < MAX_LAST_ITERATIONS; i++) {
    if (!g_main_context_iteration (io->context, FALSE))
      break;
  }
  g_main_context_pop_thread_default (io->context);
  g_private_set (&owned_io, NULL);
  if (io->detached)
    io_free (io);
  return NULL;
}

static Io *
io_start (void)
{
  Io *io = g_new0 (Io, 1);

  g_queue_init (&io->jobs);
  io->context = g_main_context_new ();
  io->source = g_source_new (&jobs_funcs, sizeof (GSource));
  g_source_set_static_name (io->source, "voice-io jobs");
  g_source_attach (io->source, io->context);
  io->thread = g_thread_new ("voice-io", io_main, io);
  return io;
}

/**
 * gst_voice_io_ref:
 *
 * Takes part in the network thread; the first user starts it. To be taken
 * before anything else here is used, and given back with
 * gst_voice_io_unref (). A process that has once called this cannot use the
 * network thread in a child it forks.
 */
void
gst_voice_io_ref (void)
{
  g_mutex_lock (&lock);
  if (!current)
    current = io_start ();
  current->users++;
  g_mutex_unlock (&lock);
}

/**
 * gst_voice_io_unref:
 *
 * The last user ends the thread: jobs posted before still run, requests under
 * way are taken back, and when the call returns nothing runs any more. So it
 * must not be called with a lock held that such a callback might want. Called
 * on the network thread itself it returns at once, and the thread ends by
 * itself. The next gst_voice_io_ref () starts a new one.
 */
void
gst_voice_io_unref (void)
{
  gboolean on_io = gst_voice_io_is_owner ();
  GThread *thread;
  Io *io;

  g_mutex_lock (&lock);
  io = current;
  if (!io || --io->users > 0) {
    g_mutex_unlock (&lock);
    g_return_if_fail (io != NULL);
    return;
  }
  current = NULL;
  io->ending = TRUE;
  io->detached = on_io;
  thread = io->thread;
  g_source_set_ready_time (io->source, 0);
  g_mutex_unlock (&lock);

  if (on_io) {
    g_thread_unref (thread);
  } else {
    g_thread_join (thread);
    io_free (io);
  }
}

/**
 * gst_voice_io_is_owner:
 *
 * Returns: whether this is the network thread
 */
gboolean
gst_voice_io_is_owner (void)
{
  return g_private_get (&owned_io) != NULL;
}

/**
 * gst_voice_io_post:
 * @func: what to run on the network thread
 * @data: its argument
 * @destroy: (nullable): frees @data
 *
 * Runs @func on the network thread, after everything posted before it. On the
 * network thread, too, @func runs later and not within this call. @destroy is
 * called in any case: after @func, or at once if there is no thread.
 *
 * Returns: %FALSE if nobody holds a reference to the network thread
 */
gboolean
gst_voice_io_post (GstVoiceIoFunc func, gpointer data, GDestroyNotify destroy)
{
  Job *job = job_new (func, data, destroy);
  gboolean posted = FALSE;

  g_mutex_lock (&lock);
  if (current) {
    g_queue_push_tail (&current->jobs, job);
    g_source_set_ready_time (current->source, 0);
    posted = TRUE;
  }
  g_mutex_unlock (&lock);

  if (!posted)
    job_free (job);
  return posted;
}

/**
 * gst_voice_io_at_end:
 * @func: what to run when the network thread ends
 * @data: its argument
 *
 * Registers what takes back and frees something that lives on the network
 * thread. The functions run in the reverse order, on the thread, and may
 * iterate its thread-default context until their operations have come back.
 */
void
gst_voice_io_at_end (GstVoiceIoFunc func, gpointer data)
{
  Io *io = g_private_get (&owned_io);

  g_return_if_fail (io != NULL);
  io->at_end = g_slist_prepend (io->at_end, job_new (func, data, NULL));
}

static gboolean
timer_dispatch (GSource * source, GSourceFunc callback, gpointer user_data)
{
  GstVoiceIoTimer *timer = (GstVoiceIoTimer *) source;

  g_source_set_ready_time (source, -1);
  timer->func (timer->data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs timer_funcs = {.dispatch = timer_dispatch };

/**
 * gst_voice_io_timer_new:
 * @func: what to run when the time has come
 * @data: its argument
 *
 * Returns: (transfer full): a timer that is not running
 */
GstVoiceIoTimer *
gst_voice_io_timer_new (GstVoiceIoFunc func, gpointer data)
{
  GSource *source;
  GstVoiceIoTimer *timer;

  g_return_val_if_fail (gst_voice_io_is_owner (), NULL);
  source = g_source_new (&timer_funcs, sizeof (GstVoiceIoTimer));
  timer = (GstVoiceIoTimer *) source;
  timer->func = func;
  timer->data = data;
  g_source_set_static_name (source, "voice-io timer");
  g_source_set_priority (source, TIMER_PRIORITY);
  g_source_attach (source, g_main_context_get_thread_default ());
  return timer;
}

/**
 * gst_voice_io_timer_start:
 * @timer: a timer
 * @ms: milliseconds from now
 *
 * Starts the timer, or starts it afresh. It fires once.
 */
void
gst_voice_io_timer_start (GstVoiceIoTimer * timer, guint ms)
{
  g_source_set_ready_time (&timer->source,
      g_get_monotonic_time () + (gint64) ms * 1000);
}

/**
 * gst_voice_io_timer_stop:
 * @timer: a timer
 *
 * After this the function is not called until the timer is started again.
 */
void
gst_voice_io_timer_stop (GstVoiceIoTimer * timer)
{
  g_source_set_ready_time (&timer->source, -1);
}

/**
 * gst_voice_io_timer_free:
 * @timer: (transfer full) (nullable): a timer, running or not; its own function
 *   may free it
 */
void
gst_voice_io_timer_free (GstVoiceIoTimer * timer)
{
  if (!timer)
    return;
  g_source_destroy (&timer->source);
  g_source_unref (&timer->source);
}
