/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Counters, histograms and gauges of a worker, and their text for Prometheus
 * (exposition format 0.0.4). What exists under a name of the LiveKit agents'
 * own workers is there under that name, too, so that their dashboards work.
 *
 * Threads: one at a time. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "worker-metrics.h"

#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

#define MAX_BOUNDS 14
/* That have lines of their own; others are told together. */
#define MAX_PERSONAS 32
#define OTHERS "other"

typedef struct
{
  guint64 counts[MAX_BOUNDS + 1];       /* of each bucket alone */
  gdouble sum;
} Histogram;

struct _WorkerMetrics
{
  gchar *node;
  guint64 counts[WORKER_N_COUNTS];
  guint64 *ended;               /* by reason */
  Histogram times[WORKER_N_TIMES];
  gdouble gauges[WORKER_N_GAUGES];
  GPtrArray *personas;          /* names; the last one is that of the rest */
    Histogram (*by_persona)[CALL_N_TIMINGS];
};

/* What a call may end by (docs/events.md); the rest is `other`. */
static const gchar *const reasons[] = { "completed", "disconnected",
  "inactivity", "limit", "budget", "application", "error", "crashed",
  "transferred", "voicemail", "other"
};

static const struct
{
  const gchar *name, *help;
} counters[WORKER_N_COUNTS] = {
  [WORKER_COUNT_CALLS] = {"calls", "Calls that were begun"},
  [WORKER_COUNT_REJECTED] = {"jobs_rejected",
      "Jobs that were offered and not taken"},
  [WORKER_COUNT_CRASHES] = {"calls_crashed", "Call processes that died"},
  [WORKER_COUNT_RECONNECTS] = {"reconnects",
      "Times the connection to LiveKit was lost"},
  [WORKER_COUNT_REDISPATCHED] = {"redispatches",
      "New dispatches that were asked for after crashes"},
  [WORKER_COUNT_UNTAKEN] = {"redispatches_untaken",
      "New dispatches that no worker took"},
  [WORKER_COUNT_RECORDS] = {"records", "Records delivered to the database"},
  [WORKER_COUNT_RECORDS_FAILED] = {"records_failed",
      "Deliveries that failed and are tried again"},
  [WORKER_COUNT_TRACES] = {"traces", "Traces that a collector has taken"},
  [WORKER_COUNT_TRACES_DROPPED] = {"traces_dropped",
      "Traces that were not delivered"},
  [WORKER_COUNT_TURNS] = {"turns", "Turns of callers"},
  [WORKER_COUNT_INTERRUPTIONS] = {"interruptions",
      "Interruptions by callers"},
};

#define SHARE { .001, .002, .005, .01, .02, .05, .1, .2, .5 }
#define SHORT { .005, .01, .02, .03, .05, .1, .2, .3, .5, 1, 2, 5 }

static const struct
{
  const gchar *name, *help;
  gdouble bounds[MAX_BOUNDS];   /* up to the first 0 */
} histograms[WORKER_N_TIMES] = {
  [WORKER_TIME_START] = {"start_seconds",
      "From a job's assignment until its pipeline plays", SHORT},
  [WORKER_TIME_JOIN] = {"join_seconds",
      "From a job's assignment until the agent is in the room", SHORT},
  [WORKER_TIME_GREETING] = {"greeting_seconds",
        "From a job's assignment until the agent is first heard",
      {.1, .2, .3, .35, .4, .5, .75, 1, 1.5, 2, 3, 5, 10}},
  [WORKER_TIME_REPLY] = {"reply_seconds",
        "From the end of the caller's speech until the reply is heard",
      {.1, .2, .3, .4, .5, .6, .8, 1, 1.25, 1.5, 2, 3, 5, 10}},
  [WORKER_TIME_OWN] = {"reply_own_seconds",
      "Of the time before a reply, what our own stages took", SHORT},
  [WORKER_TIME_JITTER] = {"network_jitter_seconds",
        "Jitter of the caller's packets", {.001, .002, .005, .01, .02, .03, .05,
          .1, .2, .5}},
  [WORKER_TIME_LOSS] = {"network_loss_ratio",
      "Share of the caller's packets that were lost", SHARE},
  [WORKER_TIME_SENT_LOSS] = {"network_sent_loss_ratio",
      "Share of our packets that were lost", SHARE},
  [WORKER_TIME_ROUND_TRIP] = {"network_round_trip_seconds",
      "To the server's media and back", SHORT},
  [WORKER_TIME_DURATION] = {"call_duration_seconds",
        "How long calls were", {5, 10, 30, 60, 120, 180, 300, 600, 900, 1800,
          3600}},
};

#define REPLY { .02, .05, .1, .2, .3, .4, .5, .6, .8, 1, 1.5, 2, 3, 5 }

/* What is told for each persona: a family has several parts, or one. */
static const struct
{
  const gchar *name, *help;
  CallTimingId first, last;
  gdouble bounds[MAX_BOUNDS];
} families[] = {
  {"turn_seconds", "Time before a reply and its parts, by persona",
      CALL_TIMING_REPLY, CALL_TIMING_PLAYOUT, REPLY},
  {"barge_in_seconds", "From when the caller begins to speak until the agent "
        "is silent", CALL_TIMING_BARGE_IN, CALL_TIMING_BARGE_IN, REPLY},
  {"tool_seconds", "How long tools ran", CALL_TIMING_TOOL, CALL_TIMING_TOOL,
      {.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 30, 60}},
};

static const struct
{
  const gchar *name, *label, *help;
} gauges[WORKER_N_GAUGES] = {
  [WORKER_GAUGE_CALLS] = {"calls_active", "", "Calls that run"},
  [WORKER_GAUGE_LOAD] = {"worker_load", "", "Load as told to LiveKit, 0 to 1"},
  [WORKER_GAUGE_REGISTERED] = {"worker_registered", "",
      "Whether LiveKit knows this worker"},
  [WORKER_GAUGE_DRAINING] = {"worker_draining", "",
      "Whether no new calls are taken"},
  [WORKER_GAUGE_MEMORY_WORKER] = {"memory_bytes", "{process=\"worker\"}",
      "Proportional memory (PSS) of the processes"},
  [WORKER_GAUGE_MEMORY_ZYGOTE] = {"memory_bytes", "{process=\"zygote\"}", NULL},
  [WORKER_GAUGE_MEMORY_CALLS] = {"memory_bytes", "{process=\"calls\"}", NULL},
};

/* What a persona is called in labels. */
static gchar *
name_of_persona (const gchar * path)
{
  gchar *base = g_path_get_basename (path), *name;

  if (g_str_has_suffix (base, ".json"))
    base[strlen (base) - strlen (".json")] = 0;
  name = g_strcanon (g_strndup (base, 64),
      G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._", '_');
  g_free (base);
  return name;
}

static gboolean
find_persona (const WorkerMetrics * metrics, const gchar * name, guint * index)
{
  return g_ptr_array_find_with_equal_func (metrics->personas, name, g_str_equal,
      index);
}

/**
 * worker_metrics_set_personas:
 * @metrics: where nothing was counted yet
 * @paths: (nullable): of the personas that are told one by one
 */
void
worker_metrics_set_personas (WorkerMetrics * metrics, gchar ** paths)
{
  g_ptr_array_set_size (metrics->personas, 0);
  for (guint i = 0; paths && paths[i]
      && metrics->personas->len < MAX_PERSONAS; i++) {
    gchar *name = name_of_persona (paths[i]);

    if (find_persona (metrics, name, NULL) || strcmp (name, OTHERS) == 0)
      g_free (name);
    else
      g_ptr_array_add (metrics->personas, name);
  }
  g_ptr_array_add (metrics->personas, g_strdup (OTHERS));
  g_free (metrics->by_persona);
  metrics->by_persona = g_malloc0_n (metrics->personas->len,
      sizeof *metrics->by_persona);
}

/**
 * worker_metrics_new:
 * @node: the name of this machine
 *
 * Returns: (transfer full): nothing counted yet
 */
WorkerMetrics *
worker_metrics_new (const gchar * node)
{
  WorkerMetrics *metrics = g_new0 (WorkerMetrics, 1);

  metrics->node = g_strcanon (g_strndup (node, 253),
      G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-._", '_');
  metrics->ended = g_new0 (guint64, G_N_ELEMENTS (reasons));
  metrics->personas = g_ptr_array_new_with_free_func (g_free);
  worker_metrics_set_personas (metrics, NULL);
  return metrics;
}

/**
 * worker_metrics_free:
 * @metrics: (transfer full) (nullable): what was counted
 */
void
worker_metrics_free (WorkerMetrics * metrics)
{
  if (!metrics)
    return;
  g_free (metrics->ended);
  g_ptr_array_unref (metrics->personas);
  g_free (metrics->by_persona);
  g_free (metrics->node);
  g_free (metrics);
}

/**
 * worker_metrics_count:
 * @metrics: where
 * @what: what has happened
 * @more: how often
 */
void
worker_metrics_count (WorkerMetrics * metrics, WorkerCount what, guint64 more)
{
  metrics->counts[what] += more;
}

/**
 * worker_metrics_ended:
 * @metrics: where
 * @reason: why a call has ended
 */
void
worker_metrics_ended (WorkerMetrics * metrics, const gchar * reason)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (reasons) - 1 && strcmp (reasons[i], reason) != 0)
    i++;
  metrics->ended[i]++;
}

static void
observe (Histogram * histogram, const gdouble * bounds, gdouble value)
{
  guint i = 0;

  if (!isfinite (value) || value < 0)
    return;
  while (i < MAX_BOUNDS && bounds[i] > 0 && value > bounds[i])
    i++;
  histogram->counts[i]++;
  histogram->sum += value;
}

/**
 * worker_metrics_persona_time:
 * @metrics: where
 * @path: (nullable): of the persona that has the call
 * @what: what was measured
 * @seconds: how much; what is no finite number or negative is passed over
 */
void
worker_metrics_persona_time (WorkerMetrics * metrics, const gchar * path,
    CallTimingId what, gdouble seconds)
{
  gchar *name = path ? name_of_persona (path) : g_strdup (OTHERS);
  guint persona, family = 0;

  if (!find_persona (metrics, name, &persona))
    persona = metrics->personas->len - 1;
  while (what > families[family].last)
    family++;
  observe (&metrics->by_persona[persona][what], families[family].bounds,
      seconds);
  g_free (name);
}

/**
 * worker_metrics_time:
 * @metrics: where
 * @what: what was measured
 * @seconds: how much; what is no finite number or negative is passed over
 */
void
worker_metrics_time (WorkerMetrics * metrics, WorkerTime what, gdouble seconds)
{
  observe (&metrics->times[what], histograms[what].bounds, seconds);
}

/**
 * worker_metrics_set:
 * @metrics: where
 * @what: what is so
 * @value: how much it is now
 */
void
worker_metrics_set (WorkerMetrics * metrics, WorkerGauge what, gdouble value)
{
  metrics->gauges[what] = value;
}

static void
append_head (GString * out, const gchar * prefix, const gchar * name,
    const gchar * end, const gchar * help, const gchar * type)
{
  g_string_append_printf (out, "# HELP %s%s%s %s\n# TYPE %s%s%s %s\n", prefix,
      name, end, help, prefix, name, end, type);
}

static void
append_number (GString * out, gdouble value)
{
  if (fabs (value) < 1e15 && value == floor (value))
    g_string_append_printf (out, "%.0f", value);
  else
    gst_voice_json_append_number (out, value);
}

static void
append_value (GString * out, gdouble value)
{
  g_string_append_c (out, ' ');
  append_number (out, value);
  g_string_append_c (out, '\n');
}

static void
append_histogram (GString * out, const gchar * prefix, const gchar * name,
    const gchar * labels, const gdouble * bounds, const Histogram * histogram)
{
  const gchar *comma = *labels ? "," : "";
  guint64 n = 0;

  for (guint i = 0; i <= MAX_BOUNDS; i++) {
    gboolean last = i == MAX_BOUNDS || bounds[i] == 0;

    n += histogram->counts[i];
    g_string_append_printf (out, "%s%s_bucket{%s%sle=\"", prefix, name, labels,
        comma);
    if (last)
      g_string_append (out, "+Inf");
    else
      append_number (out, bounds[i]);
    g_string_append (out, "\"}");
    append_value (out, n);
    if (last)
      break;
  }
  g_string_append_printf (out, "%s%s_sum", prefix, name);
  if (*labels)
    g_string_append_printf (out, "{%s}", labels);
  append_value (out, histogram->sum);
  g_string_append_printf (out, "%s%s_count", prefix, name);
  if (*labels)
    g_string_append_printf (out, "{%s}", labels);
  append_value (out, n);
}

static void
append_counters (GString * out, const WorkerMetrics * metrics)
{
  for (guint i = 0; i < WORKER_N_COUNTS; i++) {
    append_head (out, "gst_voice_", counters[i].name, "_total",
        counters[i].help, "counter");
    g_string_append_printf (out, "gst_voice_%s_total", counters[i].name);
    append_value (out, metrics->counts[i]);
  }
  append_head (out, "gst_voice_", "calls_ended", "_total",
      "Calls that are over, by why", "counter");
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++) {
    g_string_append_printf (out, "gst_voice_calls_ended_total{reason=\"%s\"}",
        reasons[i]);
    append_value (out, metrics->ended[i]);
  }
}

static gboolean
is_empty (const Histogram * histogram)
{
  for (guint i = 0; i <= MAX_BOUNDS; i++) {
    if (histogram->counts[i] > 0)
      return FALSE;
  }
  return TRUE;
}

/* What has never been measured has no lines. */
static void
append_persona (GString * out, const WorkerMetrics * metrics, guint family,
    guint persona)
{
  const CallTimingId first = families[family].first;
  const gchar *name = g_ptr_array_index (metrics->personas, persona);

  for (CallTimingId what = first; what <= families[family].last; what++) {
    const Histogram *histogram = &metrics->by_persona[persona][what];
    gchar *labels = first == families[family].last ?
        g_strdup_printf ("persona=\"%s\"", name) :
        g_strdup_printf ("persona=\"%s\",part=\"%s\"", name,
        call_timing_names[what]);

    if (!is_empty (histogram))
      append_histogram (out, "gst_voice_", families[family].name, labels,
          families[family].bounds, histogram);
    g_free (labels);
  }
}

static void
append_personas (GString * out, const WorkerMetrics * metrics)
{
  for (guint i = 0; i < G_N_ELEMENTS (families); i++) {
    append_head (out, "gst_voice_", families[i].name, "", families[i].help,
        "histogram");
    for (guint k = 0; k < metrics->personas->len; k++)
      append_persona (out, metrics, i, k);
  }
}

/* The same under the names of the LiveKit agents' own workers. */
static void
append_ecosystem (GString * out, const WorkerMetrics * metrics)
{
  static const gdouble bounds[MAX_BOUNDS] = { .1, .5, 1, 2, 5, 10 };
  const Histogram *start = &metrics->times[WORKER_TIME_START];
  gchar *labels = g_strdup_printf ("nodename=\"%s\"", metrics->node);
  Histogram coarse = {.sum = start->sum };
  const struct
  {
    const gchar *name, *help;
    gdouble value;
  } values[] = {
    {"worker_load", "Load of the worker", metrics->gauges[WORKER_GAUGE_LOAD]},
    {"active_job_count", "Jobs that run", metrics->gauges[WORKER_GAUGE_CALLS]},
    {"child_process_count", "Processes of jobs",
        metrics->gauges[WORKER_GAUGE_CALLS]},
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++) {
    append_head (out, "lk_agents_", values[i].name, "", values[i].help,
        "gauge");
    g_string_append_printf (out, "lk_agents_%s{%s}", values[i].name, labels);
    append_value (out, values[i].value);
  }
  for (guint i = 0; i <= MAX_BOUNDS; i++) {
    gdouble bound = i < MAX_BOUNDS ? histograms[WORKER_TIME_START].bounds[i] :
        0;
    guint j = 0;

    while (bounds[j] > 0 && (bound == 0 || bound > bounds[j]))
      j++;
    coarse.counts[j] += start->counts[i];
  }
  append_head (out, "lk_agents_", "proc_initialize_duration_seconds", "",
      "How long the process of a job took to start", "histogram");
  append_histogram (out, "lk_agents_", "proc_initialize_duration_seconds",
      labels, bounds, &coarse);
  g_free (labels);
}

/**
 * worker_metrics_to_text:
 * @metrics: what was counted
 *
 * Returns: (transfer full): all of it, as Prometheus reads it
 */
gchar *
worker_metrics_to_text (const WorkerMetrics * metrics)
{
  GString *out = g_string_new (NULL);

  append_head (out, "gst_voice_", "build_info", "", "The version", "gauge");
  g_string_append (out, "gst_voice_build_info{version=\"" VERSION "\"} 1\n");
  for (guint i = 0; i < WORKER_N_GAUGES; i++) {
    if (gauges[i].help)
      append_head (out, "gst_voice_", gauges[i].name, "", gauges[i].help,
          "gauge");
    g_string_append_printf (out, "gst_voice_%s%s", gauges[i].name,
        gauges[i].label);
    append_value (out, metrics->gauges[i]);
  }
  append_counters (out, metrics);
  for (guint i = 0; i < WORKER_N_TIMES; i++) {
    append_head (out, "gst_voice_", histograms[i].name, "", histograms[i].help,
        "histogram");
    append_histogram (out, "gst_voice_", histograms[i].name, "",
        histograms[i].bounds, &metrics->times[i]);
  }
  append_personas (out, metrics);
  append_ecosystem (out, metrics);
  return g_string_free (out, FALSE);
}
