/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From an assigned job to a record in the database: an order for the zygote,
 * what the call's process reports, its end, and what follows from that.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "worker-calls.h"

#include "call-report.h"
#include "call-timing.h"
#include "json-writer.h"
#include "log.h"
#include "trace-tail.h"

#include <gst-voice/health.h>
#include <gst-voice/secret.h>
#include <string.h>
#include <sys/wait.h>

/* For so long a new call is not yet seen in the measured load. */
#define YOUNG_US (5 * G_USEC_PER_SEC / 2)
/* Of what a call is told of providers: it must not make an order too long. */
#define MAX_HEALTH (32 * 1024)
/* Seconds that a tool is waited for, whatever the call says. */
#define MAX_WAITING 30

typedef struct
{
  gchar *id, *job, *room, *sid, *metadata, *participant, *persona, *reason;
  GHashTable *attributes;
  gpointer owner;
  const gchar *state;
  gint64 ordered;               /* monotonic, microseconds */
  gint64 ordered_wall;
  gint pid;
  guint turns, interruptions;
  gdouble latency, own;         /* of the last reply, or -1 */
  gboolean joined;              /* the room */
  gboolean spoken;              /* the agent has been heard */
  gboolean stopped;             /* by us */
  gboolean failed;              /* it said so itself */
  WorkerDumpFunc dump;
  gpointer dump_data;
  TraceTail *tail;              /* or NULL: no traces are wanted */
} Call;

struct _WorkerCalls
{
  const WorkerSettings *settings;
  Zygote *zygote;
  WorkerRecords *records;
  WorkerMetrics *metrics;
  TraceExport *traces;          /* or NULL */
  const WorkerCallsEvents *events;
  gpointer data;
  GHashTable *calls;            /* id → Call */
};

static void
call_free (Call * call)
{
  g_free (call->id);
  g_free (call->job);
  g_free (call->room);
  g_free (call->sid);
  g_free (call->metadata);
  g_free (call->participant);
  g_free (call->persona);
  g_free (call->reason);
  g_hash_table_unref (call->attributes);
  trace_tail_free (call->tail);
  g_free (call);
}

static void
tell_dump (Call * call, const gchar * path, const gchar * failure)
{
  WorkerDumpFunc func = call->dump;

  call->dump = NULL;
  if (func)
    func (call->dump_data, path, failure);
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static gdouble
get_number (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) != G_TYPE_STRING ?
      json_node_get_double (node) : -1;
}

static gdouble
since (const Call * call)
{
  return (g_get_monotonic_time () - call->ordered) / (gdouble) G_USEC_PER_SEC;
}

static void
take_text (gchar ** where, JsonObject * object, const gchar * name)
{
  const gchar *text = get_text (object, name);

  if (!text)
    return;
  g_free (*where);
  *where = g_strdup (text);
}

static void
take_metrics (WorkerCalls * calls, Call * call, JsonObject * report)
{
  gdouble turns = get_number (report, "turns");
  gdouble interruptions = get_number (report, "interruptions");
  gdouble latency = get_number (report, "latency");
  gdouble own = get_number (report, "own");

  /* They count from the call's beginning. */
  if (turns > call->turns) {
    worker_metrics_count (calls->metrics, WORKER_COUNT_TURNS,
        turns - call->turns);
    call->turns = turns;
  }
  if (interruptions > call->interruptions) {
    worker_metrics_count (calls->metrics, WORKER_COUNT_INTERRUPTIONS,
        interruptions - call->interruptions);
    call->interruptions = interruptions;
  }
  /* A reply is reported again as long as there is no other. */
  if (latency >= 0 && (latency != call->latency || own != call->own)) {
    call->latency = latency;
    call->own = own;
    worker_metrics_time (calls->metrics, WORKER_TIME_REPLY, latency);
    worker_metrics_time (calls->metrics, WORKER_TIME_OWN, own);
  }
}

static void
take_network (WorkerCalls * calls, JsonObject * report)
{
  static const struct
  {
    WorkerTime time;
    const gchar *name;
  } figures[] = {
    {WORKER_TIME_JITTER, "jitter"},
    {WORKER_TIME_LOSS, "loss"},
    {WORKER_TIME_SENT_LOSS, "sent_loss"},
    {WORKER_TIME_ROUND_TRIP, "round_trip"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    worker_metrics_time (calls->metrics, figures[i].time, get_number (report,
            figures[i].name));
}

static void
take_timing (WorkerCalls * calls, const Call * call, JsonObject * report)
{
  for (guint i = 0; i < CALL_N_TIMINGS; i++)
    worker_metrics_persona_time (calls->metrics, call->persona, i, get_number
        (report, call_timing_names[i]));
}

static void
take_spoken (WorkerCalls * calls, Call * call, JsonObject * report)
{
  gdouble wall = get_number (report, "wall");

  if (!call->spoken)
    worker_metrics_time (calls->metrics, WORKER_TIME_GREETING,
        (wall - call->ordered_wall) / G_USEC_PER_SEC);
  call->spoken = TRUE;
}

/* What a tool writes is not to be lost because the call is. */
static void
take_waiting (WorkerCalls * calls, Call * call, JsonObject * report)
{
  gdouble seconds = CLAMP (get_number (report, "seconds"), 0, MAX_WAITING);

  call->state = "ending";
  zygote_extend (calls->zygote, call->id, (guint) seconds + ZYGOTE_GRACE);
  log_event (LOG_LEVEL_INFO, call->id, "the call is over, and a tool still "
      "runs", NULL);
}

static void
take_health (JsonObject * report)
{
  const gchar *note = get_text (report, "note");

  if (note)
    gst_voice_health_merge (note, g_get_monotonic_time ());
}

static void
take_room (Call * call, JsonObject * report)
{
  const gchar *state = get_text (report, "state");

  if (g_strcmp0 (state, "reconnecting") == 0)
    call->state = "reconnecting";
  else if (g_strcmp0 (state, "reconnected") == 0)
    call->state = "talking";
  else
    return;
  log_event (LOG_LEVEL_INFO, call->id, "the room's connection", "state", state,
      NULL);
}

static void
take_report (WorkerCalls * calls, Call * call, const gchar * type,
    JsonObject * report)
{
  const gchar *text;

  if (strcmp (type, CALL_REPORT_PLAYING) == 0) {
    worker_metrics_time (calls->metrics, WORKER_TIME_START, since (call));
    take_text (&call->persona, report, "persona");
    /* The room is joined while the agent is being built. */
    if (!call->joined)
      call->state = "joining";
  } else if (strcmp (type, CALL_REPORT_JOINED) == 0) {
    worker_metrics_time (calls->metrics, WORKER_TIME_JOIN, since (call));
    call->joined = TRUE;
    call->state = "talking";
    log_event (LOG_LEVEL_INFO, call->id, "joined the room", NULL);
  } else if (strcmp (type, CALL_REPORT_ROOM) == 0) {
    take_room (call, report);
  } else if (strcmp (type, CALL_REPORT_PARTICIPANT) == 0) {
    take_text (&call->participant, report, "identity");
  } else if (strcmp (type, CALL_REPORT_METRICS) == 0) {
    take_metrics (calls, call, report);
    if (call->tail)
      trace_tail_read (call->tail);
  } else if (strcmp (type, CALL_REPORT_NETWORK) == 0) {
    take_network (calls, report);
  } else if (strcmp (type, CALL_REPORT_HEALTH) == 0) {
    take_health (report);
  } else if (strcmp (type, CALL_REPORT_TIMING) == 0) {
    take_timing (calls, call, report);
  } else if (strcmp (type, CALL_REPORT_SPOKEN) == 0) {
    take_spoken (calls, call, report);
  } else if (strcmp (type, CALL_REPORT_WAITING) == 0) {
    take_waiting (calls, call, report);
  } else if (strcmp (type, CALL_REPORT_FAULT) == 0) {
    text = get_text (report, "text");
    call->failed |= json_object_get_boolean_member_with_default (report,
        "fatal", FALSE);
    log_event (LOG_LEVEL_WARNING, call->id, "a fault", "what", text ? text :
        "", NULL);
  } else if (strcmp (type, CALL_REPORT_DUMPED) == 0) {
    tell_dump (call, get_text (report, "path"), get_text (report, "text"));
  } else if (strcmp (type, CALL_REPORT_ENDED) == 0) {
    take_text (&call->reason, report, "reason");
    call->failed |= json_object_get_boolean_member_with_default (report,
        "failed", FALSE);
    call->state = "ending";
  }
}

static void
on_report (gpointer data, const gchar * call_id, const gchar * type,
    JsonObject * report)
{
  WorkerCalls *calls = data;
  Call *call = g_hash_table_lookup (calls->calls, call_id);

  if (call)
    take_report (calls, call, type, report);
}

static void
on_started (gpointer data, const gchar * call_id, gint pid)
{
  WorkerCalls *calls = data;
  Call *call = g_hash_table_lookup (calls->calls, call_id);

  if (!call)
    return;
  call->pid = pid;
  calls->events->started (calls->data, call->owner, call->job);
}

/* Whoever has told us of a fault and left has not crashed; another agent would
 * fail the same way. */
static gboolean
has_crashed (const Call * call, const ZygoteEnd * end)
{
  gboolean left = end->status != -1 && WIFEXITED (end->status);

  return !end->clean && !call->stopped
      && !(left && (call->failed || call->reason));
}

/* Why a job has failed, for the server and its dashboards. */
static const gchar *
failure_of (const Call * call, const ZygoteEnd * end)
{
  if (call->stopped)
    return NULL;
  if (!has_crashed (call, end))
    return call->failed || !end->clean ? "the call failed" : NULL;
  if (g_strcmp0 (end->killed, "memory") == 0)
    return "the call needed too much memory";
  if (g_strcmp0 (end->killed, "cpu") == 0)
    return "the call was caught in a loop";
  if (g_strcmp0 (end->killed, "fork") == 0)
    return "the call's process could not be made";
  return "the call's process crashed";
}

static void
log_end (const Call * call, const ZygoteEnd * end, const gchar * reason,
    const gchar * failure)
{
  gchar *seconds = g_strdup_printf ("%.1f", since (call));
  gchar *cpu = g_strdup_printf ("%.2f", end->cpu);
  gchar *memory = g_strdup_printf ("%.1f", end->memory / 1048576.0);
  gchar *status = g_strdup_printf ("%d", end->status);

  log_event (failure ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, call->id,
      failure ? failure : "the call is over", "reason", reason, "seconds",
      seconds, "cpu", cpu, "memory_mib", memory, "status", status, NULL);
  g_free (seconds);
  g_free (cpu);
  g_free (memory);
  g_free (status);
}

static void
tell_crash (WorkerCalls * calls, const Call * call)
{
  WorkerCrash crash = {.call_id = call->id,.room = call->room,
    .sid = call->sid,.metadata = call->metadata,
    .attributes = call->attributes
  };

  worker_metrics_count (calls->metrics, WORKER_COUNT_CRASHES, 1);
  if (*call->room)
    calls->events->crashed (calls->data, &crash);
}

static void
finish (WorkerCalls * calls, Call * call, const ZygoteEnd * end)
{
  const gchar *failure = failure_of (call, end), *reason = call->reason;
  gboolean crashed = has_crashed (call, end);

  if (crashed || !reason)
    reason = crashed ? "crashed" : call->stopped ? "application" : "error";
  log_end (call, end, reason, failure);
  worker_metrics_ended (calls->metrics, reason);
  worker_metrics_time (calls->metrics, WORKER_TIME_DURATION, since (call));
  tell_dump (call, NULL, "the call is over");
  if (call->tail)
    trace_tail_end (call->tail);
  worker_records_deliver (calls->records, call->id);
  if (crashed)
    tell_crash (calls, call);
  calls->events->done (calls->data, call->owner, call->job, failure);
  call_free (call);
}

static void
on_ended (gpointer data, const gchar * call_id, const ZygoteEnd * end)
{
  WorkerCalls *calls = data;
  gpointer call;

  if (g_hash_table_steal_extended (calls->calls, call_id, NULL, &call))
    finish (calls, call, end);
}

static void
on_died (gpointer data, const GError * error)
{
  WorkerCalls *calls = data;

  log_event (LOG_LEVEL_ERROR, NULL, "the zygote has died", "then",
      error ? error->message : "another one starts", NULL);
  calls->events->zygote_lost (calls->data, error);
}

static void
on_back (gpointer data)
{
  WorkerCalls *calls = data;

  log_event (LOG_LEVEL_INFO, NULL, "there is a zygote again", NULL);
  calls->events->zygote_back (calls->data);
}

static Call *
call_new (const LivekitJob * job, gpointer owner)
{
  Call *call = g_new0 (Call, 1);

  call->id = g_uuid_string_random ();
  call->job = g_strdup (job->id);
  call->room = g_strdup (job->room ? job->room->name : "");
  call->sid = g_strdup (job->room ? job->room->sid : "");
  call->metadata = g_strdup (job->metadata);
  call->participant = job->participant ?
      g_strdup (job->participant->identity) : NULL;
  call->attributes = g_hash_table_ref (job->attributes);
  call->owner = owner;
  call->state = "starting";
  call->ordered = g_get_monotonic_time ();
  call->ordered_wall = g_get_real_time ();
  call->latency = call->own = -1;
  return call;
}

static void
take_trace (gpointer traces, gchar * trace)
{
  trace_export_add (traces, trace);
}

static void
begin_traces (WorkerCalls * calls, Call * call)
{
  gchar *journal;

  if (!calls->traces)
    return;
  journal = g_strdup_printf ("%s" G_DIR_SEPARATOR_S "%s.jsonl",
      worker_records_dir (calls->records), call->id);
  call->tail = trace_tail_new (journal, calls->settings->traces.content,
      take_trace, calls->traces);
  g_free (journal);
}

static gboolean
give_order (WorkerCalls * calls, const Call * call, const LivekitJob * job,
    const gchar * url, const gchar * token, GError ** error)
{
  const WorkerSettings *settings = calls->settings;
  CallOrder order = {.call_id = call->id,
    .journal_dir = (gchar *) worker_records_dir (calls->records),
    .url = (gchar *) (*url ? url : settings->url),.token = (gchar *) token,
    .participant = call->participant,.room = call->room,.job_id = call->job,
    .persona = settings->persona,.rules = settings->rules,
    .metadata = call->metadata,.memory_limit = settings->memory_limit,
    .webhook = settings->delivery.webhook,
    .webhook_secret = settings->delivery.secret,
    .attributes = job->participant ? job->participant->attributes : NULL
  };
  gboolean ok;

  order.health = gst_voice_health_hand_over (g_get_monotonic_time ());
  if (strlen (order.health) > MAX_HEALTH)
    g_clear_pointer (&order.health, g_free);
  ok = zygote_call (calls->zygote, &order, error);
  g_free (order.health);
  return ok;
}

/**
 * worker_calls_run:
 * @calls: those that run
 * @owner: given back with the job's events; never while this runs
 * @job: what was assigned
 * @url: of the server; empty for the worker's
 * @token: to join the room
 *
 * Begins a call. If that is not possible the job is done with at once.
 */
void
worker_calls_run (WorkerCalls * calls, gpointer owner, const LivekitJob * job,
    const gchar * url, const gchar * token)
{
  Call *call = call_new (job, owner);
  GError *error = NULL;

  worker_metrics_count (calls->metrics, WORKER_COUNT_CALLS, 1);
  log_event (LOG_LEVEL_INFO, call->id, "a call begins", "job", call->job,
      "room", call->room, NULL);
  if (give_order (calls, call, job, url, token, &error)) {
    g_hash_table_insert (calls->calls, call->id, call);
    begin_traces (calls, call);
    return;
  }
  log_event (LOG_LEVEL_ERROR, call->id, "the call cannot begin", "why",
      error->message, NULL);
  worker_metrics_ended (calls->metrics, "error");
  calls->events->done (calls->data, owner, job->id, "the call cannot begin");
  g_error_free (error);
  call_free (call);
}

static void
stop (WorkerCalls * calls, Call * call)
{
  if (!call->stopped)
    zygote_end (calls->zygote, call->id, ZYGOTE_GRACE);
  call->stopped = TRUE;
  call->state = "ending";
}

/**
 * worker_calls_stop:
 * @calls: those that run
 * @job: of the call that is to hang up
 */
void
worker_calls_stop (WorkerCalls * calls, const gchar * job)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, calls->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call)) {
    if (strcmp (((Call *) call)->job, job) == 0)
      stop (calls, call);
  }
}

/**
 * worker_calls_stop_all:
 * @calls: those that are to hang up
 */
void
worker_calls_stop_all (WorkerCalls * calls)
{
  GHashTableIter iter;
  gpointer call;

  g_hash_table_iter_init (&iter, calls->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    stop (calls, call);
}

/**
 * worker_calls_count:
 * @calls: those that run
 *
 * Returns: how many
 */
guint
worker_calls_count (const WorkerCalls * calls)
{
  return g_hash_table_size (calls->calls);
}

/**
 * worker_calls_count_young:
 * @calls: those that run
 *
 * Returns: how many are too new to be seen in the load that is measured
 */
guint
worker_calls_count_young (const WorkerCalls * calls)
{
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer call;
  guint n = 0;

  g_hash_table_iter_init (&iter, calls->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    n += now - ((Call *) call)->ordered < YOUNG_US;
  return n;
}

/**
 * worker_memory_of:
 * @pid: a process
 *
 * Returns: its proportional share of memory in bytes, 0 if it is not known
 */
guint64
worker_memory_of (gint pid)
{
  gchar *path = g_strdup_printf ("/proc/%d/smaps_rollup", pid), *text = NULL;
  const gchar *pss;
  guint64 size = 0;

  if (pid > 0 && g_file_get_contents (path, &text, NULL, NULL)) {
    pss = strstr (text, "\nPss:");
    size = pss ? g_ascii_strtoull (pss + strlen ("\nPss:"), NULL, 10) : 0;
  }
  g_free (text);
  g_free (path);
  return size * 1024;
}

/**
 * worker_calls_memory:
 * @calls: those that run
 *
 * Returns: the proportional memory of their processes
 */
guint64
worker_calls_memory (WorkerCalls * calls)
{
  GHashTableIter iter;
  gpointer call;
  guint64 sum = 0;

  g_hash_table_iter_init (&iter, calls->calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    sum += worker_memory_of (((Call *) call)->pid);
  return sum;
}

static gint
compare_age (gconstpointer a, gconstpointer b)
{
  const Call *x = a, *y = b;

  return x->ordered < y->ordered ? -1 : x->ordered > y->ordered;
}

static void
write_call (WorkerCalls * calls, const Call * call, JsonWriter * json)
{
  ZygoteFigures figures = { 0 };

  zygote_get_figures (calls->zygote, call->id, &figures);
  json_writer_begin (json, NULL, '{');
  json_writer_string (json, "call", call->id);
  json_writer_string (json, "job", call->job);
  json_writer_string (json, "room", call->room);
  json_writer_string (json, "participant", call->participant);
  json_writer_string (json, "persona", call->persona);
  json_writer_string (json, "state", call->state);
  json_writer_number (json, "seconds", since (call));
  json_writer_uint (json, "turns", call->turns);
  json_writer_uint (json, "interruptions", call->interruptions);
  if (call->latency >= 0)
    json_writer_number (json, "latency", call->latency);
  json_writer_uint (json, "pid", call->pid);
  json_writer_number (json, "cpu", figures.cpu);
  json_writer_uint (json, "memory", figures.memory);
  json_writer_end (json, '}');
}

/**
 * worker_calls_to_json:
 * @calls: those that run
 *
 * Returns: (transfer full): a JSON array of them, the oldest first
 */
gchar *
worker_calls_to_json (WorkerCalls * calls)
{
  GList *list = g_list_sort (g_hash_table_get_values (calls->calls),
      compare_age);
  JsonWriter json = {.out = g_string_new (NULL),.first = TRUE };

  json_writer_begin (&json, NULL, '[');
  for (GList * c = list; c; c = c->next)
    write_call (calls, c->data, &json);
  json_writer_end (&json, ']');
  g_list_free (list);
  return g_strchomp (g_string_free (json.out, FALSE));
}

/**
 * worker_calls_find:
 * @calls: those that run
 * @prefix: how its id begins
 * @error: where to say that it is none or several
 *
 * Returns: (transfer none) (nullable): the id
 */
const gchar *
worker_calls_find (WorkerCalls * calls, const gchar * prefix, GError ** error)
{
  const gchar *found = NULL;
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, calls->calls);
  while (g_hash_table_iter_next (&iter, &id, NULL)) {
    if (!g_str_has_prefix (id, prefix))
      continue;
    if (found) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
          "several calls begin with %s", prefix);
      return NULL;
    }
    found = id;
  }
  if (!found)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        "there is no call %s", prefix);
  return found;
}

/**
 * worker_calls_tell:
 * @calls: those that run
 * @call_id: one of them
 * @command: what it is to do
 * @text: (nullable): for the command
 *
 * Returns: whether it was told
 */
gboolean
worker_calls_tell (WorkerCalls * calls, const gchar * call_id,
    CallCommand command, const gchar * text)
{
  Call *call = g_hash_table_lookup (calls->calls, call_id);

  if (call && command == CALL_HANGUP) {
    stop (calls, call);
    return TRUE;
  }
  return call && zygote_tell (calls->zygote, call_id, command, text);
}

/**
 * worker_calls_dump:
 * @calls: those that run
 * @call_id: one of them
 * @func: called once if it returns %TRUE
 * @data: for @func
 *
 * Asks for a picture of the call's pipeline.
 *
 * Returns: whether it was asked
 */
gboolean
worker_calls_dump (WorkerCalls * calls, const gchar * call_id,
    WorkerDumpFunc func, gpointer data)
{
  Call *call = g_hash_table_lookup (calls->calls, call_id);

  if (!call || call->dump
      || !zygote_tell (calls->zygote, call_id, CALL_DUMP, NULL))
    return FALSE;
  call->dump = func;
  call->dump_data = data;
  return TRUE;
}

/**
 * worker_calls_new:
 * @settings: of the worker; they must stay
 * @zygote: where the processes come from
 * @records: where journals go
 * @metrics: where all is counted
 * @traces: (nullable): where traces of turns go
 * @events: what is called; it must stay
 * @data: for @events
 *
 * Returns: (transfer full): no calls yet
 */
WorkerCalls *
worker_calls_new (const WorkerSettings * settings, Zygote * zygote,
    WorkerRecords * records, WorkerMetrics * metrics, TraceExport * traces,
    const WorkerCallsEvents * events, gpointer data)
{
  static const ZygoteEvents zygote_events = {.started = on_started,
    .report = on_report,.ended = on_ended,.died = on_died,
    .back = on_back
  };
  WorkerCalls *calls = g_new0 (WorkerCalls, 1);

  calls->settings = settings;
  calls->zygote = zygote;
  calls->records = records;
  calls->metrics = metrics;
  calls->traces = traces;
  calls->events = events;
  calls->data = data;
  calls->calls = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
      (GDestroyNotify) call_free);
  zygote_attach (zygote, NULL, &zygote_events, calls);
  return calls;
}

/**
 * worker_calls_free:
 * @calls: (transfer full) (nullable): the zygote has been stopped
 */
void
worker_calls_free (WorkerCalls * calls)
{
  if (!calls)
    return;
  g_hash_table_unref (calls->calls);
  g_free (calls);
}
