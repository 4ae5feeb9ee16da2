/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A worker as a whole: registers, takes jobs as its load allows, drains, shows
 * itself, and asks for new agents where a call has crashed.
 *
 * Threads: that of the main context. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "worker-run.h"

#include "json-writer.h"
#include "outbox-sender.h"
#include "worker-calls.h"
#include "worker-control.h"
#include "worker-health.h"
#include "worker-http.h"
#include "worker-link.h"
#include "worker-load.h"
#include "worker-notify.h"
#include "verbs.h"

#include <gst-voice/health.h>
#include <gst-voice/http-session.h>
#include <gst-voice/io.h>
#include <string.h>
#include <unistd.h>

/* If it is taken: so many workers on one machine find one. */
#define HTTP_TRIES 32
#define MAX_LINKS 2
#define PROTOCOL 1
/* Measuring memory costs; two scrapes within that get the same. */
#define MEMORY_US (5 * G_USEC_PER_SEC)
/* From this load on a server offers nothing, unless its `agents.target_load`
 * says otherwise. */
#define TARGET_LOAD 0.7
/* A moment is nothing to speak of, and what is busy by turns is busy. */
#define LOUD_US (5 * G_USEC_PER_SEC)
#define QUIET_US (10 * G_USEC_PER_SEC)
/* How long receivers are waited for at the end. */
#define OUTBOX_SECONDS 10
/* How long a collector of traces may hold up the end. */
#define TRACES_MS 5000

struct _Worker
{
  const WorkerSettings *settings;
  Zygote *zygote;
  WorkerStoppedFunc stopped;
  gpointer data;

  SoupSession *session;
  WorkerLink *links[MAX_LINKS];
  guint n_links, n_stopped;
  WorkerRecords *records;
  OutboxSender *outbox;
  WorkerRedispatch *redispatch;
  WorkerCalls *calls;
  WorkerMetrics *metrics;
  TraceExport *traces;          /* or NULL */
  WorkerHttp *http;
  WorkerControl *control;

  GHashTable *accepted;         /* ids of jobs that may be assigned */
  guint64 rejected;             /* jobs, as counted in the metrics */
  guint64 traced, untraced;     /* traces, likewise */
  WorkerLoad load;
  guint load_timer, drain_timer, check;
  gint64 measured;              /* when memory was */
  gint64 quiet, loud;           /* when the load was last below, above limits */
  gboolean busy;
  guint ends;                   /* how often it was to end */
  gboolean draining, ready, failed, no_zygote;
};

static gboolean
is_registered (const Worker * worker)
{
  for (guint i = 0; i < worker->n_links; i++) {
    if (!worker_link_is_registered (worker->links[i]))
      return FALSE;
  }
  return TRUE;
}

static const gchar *
type_name (LivekitJobType type)
{
  return type == LIVEKIT_JOB_ROOM ? "JT_ROOM" : "JT_PUBLISHER";
}

static gboolean
check_stopped (gpointer data)
{
  Worker *worker = data;

  worker->check = 0;
  if (worker->n_stopped < worker->n_links
      || worker_calls_count (worker->calls) > 0
      || worker_records_pending (worker->records) > 0
      || worker_redispatch_pending (worker->redispatch) > 0)
    return G_SOURCE_REMOVE;
  log_event (LOG_LEVEL_INFO, NULL, "the worker has ended", NULL);
  worker->stopped (worker->data, worker->failed ? EXIT_FAILED : EXIT_OK);
  return G_SOURCE_REMOVE;
}

static void
check_later (Worker * worker)
{
  if (worker->check == 0)
    worker->check = g_idle_add (check_stopped, worker);
}

static void
end_calls (Worker * worker)
{
  worker_calls_stop_all (worker->calls);
  worker_redispatch_stop (worker->redispatch);
}

static gboolean
drained_too_long (gpointer data)
{
  Worker *worker = data;

  worker->drain_timer = 0;
  log_event (LOG_LEVEL_WARNING, NULL, "calls have gone on for too long and are "
      "ended", NULL);
  end_calls (worker);
  return G_SOURCE_REMOVE;
}

static void
drain (Worker * worker)
{
  gchar *calls;

  if (worker->draining)
    return;
  worker->draining = TRUE;
  calls = g_strdup_printf ("%u", worker_calls_count (worker->calls));
  log_event (LOG_LEVEL_INFO, NULL, "draining", "calls", calls, NULL);
  g_free (calls);
  worker_notify ("STOPPING=1");
  for (guint i = 0; i < worker->n_links; i++)
    worker_link_drain (worker->links[i]);
  worker->drain_timer = g_timeout_add_seconds (worker->settings->drain_timeout,
      drained_too_long, worker);
}

static gdouble
get_load (Worker * worker, gdouble * of_call)
{
  gdouble load = worker_load_get (&worker->load);
  guint calls = worker_calls_count (worker->calls);
  guint limit = worker->settings->max_calls;

  *of_call = worker_load_of_call (load, calls,
      worker_load_cpus (&worker->load));
  if (limit > 0 && calls + g_hash_table_size (worker->accepted) >= limit)
    return 1;
  return MIN (load + worker_calls_count_young (worker->calls) * *of_call, 1);
}

/* Nobody would see otherwise why callers hear nothing. */
static void
tell_busy (Worker * worker, gdouble load)
{
  gint64 now = g_get_monotonic_time ();
  gboolean was = worker->busy;
  gchar *text;

  if (load >= MIN (worker->settings->load_limit, TARGET_LOAD))
    worker->loud = now;
  else
    worker->quiet = now;
  worker->busy = was ? now - worker->loud < QUIET_US :
      now - worker->quiet >= LOUD_US;
  if (was == worker->busy)
    return;
  text = g_strdup_printf ("%.2f", load);
  if (was)
    log_event (LOG_LEVEL_INFO, NULL, "there is room for calls again", "load",
        text, NULL);
  else
    log_event (LOG_LEVEL_WARNING, NULL, "too busy: LiveKit offers no calls at "
        "such a load (see `Load` in operations.md)", "load", text, NULL);
  g_free (text);
}

static gboolean
measure_load (gpointer data)
{
  Worker *worker = data;
  WorkerLoadSample sample;
  gdouble load, of_call;

  if (worker_load_read (&sample, "/"))
    worker_load_add (&worker->load, &sample);
  load = get_load (worker, &of_call);
  for (guint i = 0; i < worker->n_links; i++)
    worker_link_set_load (worker->links[i], load, of_call);
  tell_busy (worker, load);
  if (worker_notify_has_watchdog ())
    worker_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static void
on_registered (gpointer data, WorkerLink * link, const gchar * id)
{
  Worker *worker = data;

  log_event (LOG_LEVEL_INFO, NULL, "registered", "worker", id, "jobs",
      type_name (worker_link_get_type (link)), "agent",
      worker->settings->agent_name ? worker->settings->agent_name : "", NULL);
  if (worker->ready || !is_registered (worker))
    return;
  worker->ready = TRUE;
  worker_notify ("READY=1\nSTATUS=registered");
}

static void
on_lost (gpointer data, WorkerLink * link)
{
  Worker *worker = data;
  gchar *calls = g_strdup_printf ("%u", worker_calls_count (worker->calls));

  worker_metrics_count (worker->metrics, WORKER_COUNT_RECONNECTS, 1);
  log_event (LOG_LEVEL_WARNING, NULL, "the connection to LiveKit is lost; "
      "calls go on", "jobs", type_name (worker_link_get_type (link)), "calls",
      calls, NULL);
  g_free (calls);
}

static void
on_trouble (gpointer data, WorkerLink * link, const GError * error)
{
  log_event (LOG_LEVEL_WARNING, NULL, "cannot connect to LiveKit", "why",
      error->message, NULL);
}

static gboolean
on_offer (gpointer data, WorkerLink * link, const LivekitJob * job)
{
  Worker *worker = data;
  guint limit = worker->settings->max_calls;
  guint coming = g_hash_table_size (worker->accepted);

  if (worker->draining || worker->no_zygote
      || (limit > 0 && worker_calls_count (worker->calls) + coming >= limit))
    return FALSE;
  g_hash_table_add (worker->accepted, g_strdup (job->id));
  return TRUE;
}

static void
on_withdraw (gpointer data, WorkerLink * link, const gchar * job)
{
  Worker *worker = data;

  g_hash_table_remove (worker->accepted, job);
  log_event (LOG_LEVEL_WARNING, NULL, "a job was accepted but not assigned",
      "job", job, NULL);
}

static void
on_run (gpointer data, WorkerLink * link, const LivekitJob * job,
    const gchar * url, const gchar * token)
{
  Worker *worker = data;

  g_hash_table_remove (worker->accepted, job->id);
  worker_redispatch_taken (worker->redispatch, job->dispatch);
  worker_calls_run (worker->calls, link, job, url, token);
}

static void
on_stop (gpointer data, WorkerLink * link, const gchar * job)
{
  worker_calls_stop (((Worker *) data)->calls, job);
}

static void
on_stopped (gpointer data, WorkerLink * link, const GError * error)
{
  Worker *worker = data;

  worker->n_stopped++;
  if (error) {
    worker->failed = TRUE;
    log_event (LOG_LEVEL_ERROR, NULL, "LiveKit does not take this worker",
        "why", error->message, NULL);
    drain (worker);
  }
  check_later (worker);
}

static void
call_started (gpointer data, gpointer link, const gchar * job)
{
  worker_link_started (link, job);
}

static void
call_done (gpointer data, gpointer link, const gchar * job,
    const gchar * failure)
{
  worker_link_done (link, job, failure);
  check_later (data);
}

static void
call_crashed (gpointer data, const WorkerCrash * crash)
{
  worker_redispatch_ask (((Worker *) data)->redispatch, crash);
}

static void
zygote_lost (gpointer data, const GError * error)
{
  Worker *worker = data;

  worker->no_zygote = error != NULL;
}

static void
zygote_back (gpointer data)
{
  ((Worker *) data)->no_zygote = FALSE;
}

/* In the thread of the outbox. */
static void
sent (const OutboxEntry * entry, const gchar * state, const gchar * why,
    gpointer data)
{
  const gchar *call_id = entry ? entry->call_id : NULL;

  if (!why)
    log_event (LOG_LEVEL_INFO, call_id, "the conversation is delivered", NULL);
  else if (entry)
    log_event (strcmp (state, OUTBOX_DEAD) == 0 ? LOG_LEVEL_ERROR :
        LOG_LEVEL_WARNING, call_id, strcmp (state, OUTBOX_DEAD) == 0 ?
        "the conversation cannot be delivered; see `gst-voice outbox`" :
        "the conversation is not yet delivered; it is tried again", "why", why,
        NULL);
  else
    log_event (LOG_LEVEL_WARNING, NULL, "the outbox cannot be read", "why", why,
        NULL);
}

static void
recorded (const gchar * call_id, const GError * error, gpointer data)
{
  Worker *worker = data;

  worker_metrics_count (worker->metrics, error ? WORKER_COUNT_RECORDS_FAILED :
      WORKER_COUNT_RECORDS, 1);
  if (error)
    log_event (LOG_LEVEL_WARNING, call_id, "the record is not yet in the "
        "database; its journal is kept", "why", error->message, NULL);
  else if (worker->outbox)
    outbox_sender_wake (worker->outbox);
  check_later (worker);
}

static void
redispatched (const gchar * call_id, WorkerRedispatchNews news, guint asked,
    const GError * error, gpointer data)
{
  static const struct
  {
    LogLevel level;
    const gchar *text;
  } said[] = {
    [WORKER_REDISPATCH_ASKED] = {LOG_LEVEL_INFO, "a new agent was asked for"},
    [WORKER_REDISPATCH_UNTAKEN] = {LOG_LEVEL_WARNING,
        "no worker has taken the new dispatch; it is deleted"},
    [WORKER_REDISPATCH_TROUBLE] = {LOG_LEVEL_WARNING,
        "asking for a new agent has failed; it is tried again"},
    [WORKER_REDISPATCH_COMES] = {LOG_LEVEL_INFO, "a new agent comes"},
    [WORKER_REDISPATCH_NOBODY] = {LOG_LEVEL_INFO,
        "nobody is left who needs a new agent"},
    [WORKER_REDISPATCH_WITHDRAWN] = {LOG_LEVEL_WARNING,
        "somebody has deleted the new dispatch; no other is made"},
    [WORKER_REDISPATCH_STOPPED] = {LOG_LEVEL_WARNING,
        "no new agent is asked for any more: the worker ends"},
    [WORKER_REDISPATCH_GIVEN_UP] = {LOG_LEVEL_ERROR,
        "no worker has room for a new agent; the caller stays alone"},
    [WORKER_REDISPATCH_ENOUGH] = {LOG_LEVEL_ERROR, "calls in this room have "
          "crashed too often; no new agent is asked for"},
    [WORKER_REDISPATCH_FAILED] = {LOG_LEVEL_ERROR,
        "no new agent could be asked for"},
  };
  Worker *worker = data;
  gchar *number = g_strdup_printf ("%u", asked);

  if (news == WORKER_REDISPATCH_ASKED)
    worker_metrics_count (worker->metrics, WORKER_COUNT_REDISPATCHED, 1);
  else if (news == WORKER_REDISPATCH_UNTAKEN)
    worker_metrics_count (worker->metrics, WORKER_COUNT_UNTAKEN, 1);
  log_event (said[news].level, call_id, said[news].text, "asked", number,
      error ? "why" : NULL, error ? error->message : NULL, NULL);
  g_free (number);
  if (news >= WORKER_REDISPATCH_COMES)
    check_later (worker);
}

/* A lost connection is no reason to be restarted while calls go on. */
static const gchar *
get_trouble (gpointer data)
{
  Worker *worker = data;

  if (worker->no_zygote)
    return "calls cannot be started";
  if (!worker->draining && !is_registered (worker)
      && worker_calls_count (worker->calls) == 0)
    return "failed to connect to livekit";
  return NULL;
}

static gchar *
get_info (gpointer data)
{
  Worker *worker = data;
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };
  const WorkerSettings *settings = worker->settings;
  gdouble of_call;

  json_writer_begin (&json, NULL, '{');
  json_writer_string (&json, "agent_name", settings->agent_name ?
      settings->agent_name : "");
  json_writer_string (&json, "worker_type", settings->room
      && settings->publisher ? "JT_ROOM,JT_PUBLISHER" :
      settings->room ? "JT_ROOM" : "JT_PUBLISHER");
  json_writer_number (&json, "worker_load", get_load (worker, &of_call));
  json_writer_uint (&json, "active_jobs", worker_calls_count (worker->calls));
  json_writer_string (&json, "sdk_version", VERSION);
  json_writer_uint (&json, "protocol_version", PROTOCOL);
  json_writer_string (&json, "name", settings->name);
  json_writer_boolean (&json, "draining", worker->draining);
  json_writer_end (&json, '}');
  return g_string_free (json.out, FALSE);
}

static void
measure_memory (Worker * worker)
{
  gint64 now = g_get_monotonic_time ();

  if (worker->measured > 0 && now - worker->measured < MEMORY_US)
    return;
  worker->measured = now;
  worker_metrics_set (worker->metrics, WORKER_GAUGE_MEMORY_WORKER,
      worker_memory_of (getpid ()));
  worker_metrics_set (worker->metrics, WORKER_GAUGE_MEMORY_ZYGOTE,
      worker_memory_of (zygote_get_pid (worker->zygote)));
  worker_metrics_set (worker->metrics, WORKER_GAUGE_MEMORY_CALLS,
      worker_calls_memory (worker->calls));
}

static void
count_rejected (Worker * worker)
{
  guint64 rejected = 0;

  for (guint i = 0; i < worker->n_links; i++)
    rejected += worker_link_get_rejected (worker->links[i]);
  worker_metrics_count (worker->metrics, WORKER_COUNT_REJECTED,
      rejected - worker->rejected);
  worker->rejected = rejected;
}

static void
count_traces (Worker * worker)
{
  guint64 sent, dropped;

  if (!worker->traces)
    return;
  trace_export_get_counts (worker->traces, &sent, &dropped);
  worker_metrics_count (worker->metrics, WORKER_COUNT_TRACES,
      sent - worker->traced);
  worker_metrics_count (worker->metrics, WORKER_COUNT_TRACES_DROPPED,
      dropped - worker->untraced);
  worker->traced = sent;
  worker->untraced = dropped;
}

/* Takes @text. */
static gchar *
add_health (gchar * text)
{
  gchar *dump = gst_voice_health_dump (g_get_monotonic_time ());
  gchar *health = worker_health_to_prometheus (dump);
  gchar *all = g_strconcat (text, health, NULL);

  g_free (health);
  g_free (dump);
  g_free (text);
  return all;
}

static gchar *
get_metrics (gpointer data)
{
  Worker *worker = data;
  WorkerMetrics *metrics = worker->metrics;
  gdouble of_call;

  measure_memory (worker);
  count_rejected (worker);
  count_traces (worker);
  worker_metrics_set (metrics, WORKER_GAUGE_LOAD, get_load (worker, &of_call));
  worker_metrics_set (metrics, WORKER_GAUGE_CALLS,
      worker_calls_count (worker->calls));
  worker_metrics_set (metrics, WORKER_GAUGE_REGISTERED, is_registered (worker));
  worker_metrics_set (metrics, WORKER_GAUGE_DRAINING, worker->draining);
  return add_health (worker_metrics_to_text (metrics));
}

static gboolean
open_http (Worker * worker, GError ** error)
{
  static const WorkerPages pages = {.trouble = get_trouble,.info = get_info,
    .metrics = get_metrics
  };
  const gchar *address = worker->settings->http;
  gchar *port;

  if (g_strcmp0 (address, "off") == 0)
    return TRUE;
  /* A port that somebody has chosen is meant. */
  worker->http = worker_http_new (address ? address : WORKER_HTTP_DEFAULT,
      address ? 1 : HTTP_TRIES, &pages, worker, error);
  if (!worker->http)
    return FALSE;
  port = g_strdup_printf ("%u", worker_http_get_port (worker->http));
  log_event (LOG_LEVEL_INFO, NULL, "health and metrics", "port", port, NULL);
  g_free (port);
  return TRUE;
}

/* A worker that cannot be controlled can still work, unless somebody wanted
 * that name. */
static void
open_control (Worker * worker)
{
  gchar *dir = worker_control_dir ();
  GError *error = NULL;

  worker->control = worker_control_new (dir, worker->settings->name,
      worker->calls, &worker->draining, &error);
  if (error)
    log_event (LOG_LEVEL_WARNING, NULL, "gst-voice ctl cannot reach this "
        "worker", "why", error->message, NULL);
  g_clear_error (&error);
  g_free (dir);
}

static void
add_link (Worker * worker, LivekitJobType type)
{
  static const WorkerLinkEvents events = {.registered = on_registered,
    .lost = on_lost,.trouble = on_trouble,.offer = on_offer,
    .withdraw = on_withdraw,.run = on_run,.stop = on_stop,
    .stopped = on_stopped
  };
  const WorkerSettings *settings = worker->settings;
  WorkerLinkSettings link = {.url = settings->url,.key = settings->key,
    .secret = settings->secret,.agent_display = settings->agent_name,
    .config = {.type = type,.agent_name = settings->agent_name,
          .version = VERSION,.load_limit = settings->load_limit,
          .job_load = worker_load_of_call (0, 0,
              worker_load_cpus (&worker->load)),
        .max_jobs = settings->max_calls,.max_attempts = settings->max_retry}
  };

  worker->links[worker->n_links++] = worker_link_new (worker->session, &link,
      &events, worker);
}

static gboolean
open_all (Worker * worker, GError ** error)
{
  static const WorkerCallsEvents events = {.started = call_started,
    .done = call_done,.crashed = call_crashed,.zygote_lost = zygote_lost,
    .zygote_back = zygote_back
  };
  static const RedispatchPace pace = REDISPATCH_PACE;
  const WorkerSettings *settings = worker->settings;

  worker->session = gst_voice_http_session_new (error);
  if (!worker->session)
    return FALSE;
  worker->records = worker_records_new (settings->db, recorded, worker, error);
  if (!worker->records)
    return FALSE;
  if (g_strcmp0 (settings->db, "none") != 0)
    worker->outbox = outbox_sender_new (settings->db, sent, NULL);
  if (settings->traces.url)
    worker->traces = trace_export_new (&settings->traces);
  worker->calls = worker_calls_new (settings, worker->zygote, worker->records,
      worker->metrics, worker->traces, &events, worker);
  worker->redispatch = worker_redispatch_new (settings->url, settings->key,
      settings->secret, settings->agent_name, &pace, redispatched, worker);
  return open_http (worker, error);
}

/**
 * worker_new:
 * @settings: complete; they must stay
 * @zygote: where call processes come from
 * @stopped: called when all is over
 * @data: for @stopped
 * @error: where to say why there can be no worker
 *
 * Returns: (transfer full) (nullable): a worker that nobody knows yet
 */
Worker *
worker_new (const WorkerSettings * settings, Zygote * zygote,
    WorkerStoppedFunc stopped, gpointer data, GError ** error)
{
  Worker *worker = g_new0 (Worker, 1);

  gst_voice_io_ref ();
  worker->settings = settings;
  worker->zygote = zygote;
  worker->stopped = stopped;
  worker->data = data;
  worker->metrics = worker_metrics_new (g_get_host_name ());
  worker_metrics_set_personas (worker->metrics, settings->personas);
  worker->accepted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  if (open_all (worker, error))
    return worker;
  worker_free (worker);
  return NULL;
}

/**
 * worker_start:
 * @worker: a new worker; it registers
 */
void
worker_start (Worker * worker)
{
  open_control (worker);
  worker->quiet = g_get_monotonic_time ();
  measure_load (worker);
  worker->load_timer = g_timeout_add (WORKER_LOAD_INTERVAL, measure_load,
      worker);
  if (worker->settings->room)
    add_link (worker, LIVEKIT_JOB_ROOM);
  if (worker->settings->publisher)
    add_link (worker, LIVEKIT_JOB_PUBLISHER);
  for (guint i = 0; i < worker->n_links; i++)
    worker_link_start (worker->links[i]);
}

/**
 * worker_end:
 * @worker: what runs. The first time it drains; the second time calls are hung
 *   up; the third time it stops at once
 */
void
worker_end (Worker * worker)
{
  worker->ends++;
  if (worker->ends == 1) {
    drain (worker);
    check_later (worker);
  } else if (worker->ends == 2) {
    log_event (LOG_LEVEL_WARNING, NULL, "calls are ended", NULL);
    drain (worker);
    end_calls (worker);
  } else {
    worker->stopped (worker->data, EXIT_FAILED);
  }
}

/**
 * worker_get_http_port:
 * @worker: what runs
 *
 * Returns: where its pages are, or 0
 */
guint16
worker_get_http_port (const Worker * worker)
{
  return worker->http ? worker_http_get_port (worker->http) : 0;
}

static void
end_traces (Worker * worker)
{
  guint64 sent, dropped;
  gchar *count, *problem;

  if (!worker->traces)
    return;
  if (!trace_export_finish (worker->traces, worker->ends < 3 ? TRACES_MS : 0)) {
    trace_export_get_counts (worker->traces, &sent, &dropped);
    count = g_strdup_printf ("%" G_GUINT64_FORMAT, dropped);
    problem = trace_export_problem (worker->traces);
    log_event (LOG_LEVEL_WARNING, NULL, "traces were not delivered", "traces",
        count, "why", problem, NULL);
    g_free (problem);
    g_free (count);
  }
  trace_export_free (worker->traces);
}

/**
 * worker_free:
 * @worker: (transfer full) (nullable): a worker, whatever it does; the zygote
 *   has been stopped
 */
void
worker_free (Worker * worker)
{
  if (!worker)
    return;
  for (guint i = 0; i < worker->n_links; i++)
    worker_link_free (worker->links[i]);
  g_clear_handle_id (&worker->load_timer, g_source_remove);
  g_clear_handle_id (&worker->drain_timer, g_source_remove);
  g_clear_handle_id (&worker->check, g_source_remove);
  worker_control_free (worker->control);
  worker_http_free (worker->http);
  worker_redispatch_free (worker->redispatch);
  worker_calls_free (worker->calls);
  end_traces (worker);
  worker_records_free (worker->records);
  if (worker->outbox)
    outbox_sender_free (worker->outbox, OUTBOX_SECONDS);
  g_clear_object (&worker->session);
  worker_metrics_free (worker->metrics);
  g_hash_table_unref (worker->accepted);
  g_free (worker);
  gst_voice_io_unref ();
}
