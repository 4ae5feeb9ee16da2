/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice calls show`: one call for a person.
 *
 * Threads: the main thread. Locks: none.
 */
#include "calls-private.h"

#include "record-fields.h"
#include "verbs.h"

#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

/* Of arguments and results; JSON has all. */
#define MAX_JSON 100

static const CallsUsage usage = {
  "gst-voice calls show", "CALL",
  "Shows one call: the conversation as it was heard with what was cut off, "
      "tools,\nwhere the time before each reply went, recordings and faults.",
  "CALL is an id, the beginning of one, or `last`.\n\nExamples:\n"
      "  gst-voice calls show last\n"
      "  gst-voice calls show 7b1e09c2 --json | jq .statistics\n",
};

static void
append_field (GString * out, const TextStyle * style, const gchar * name,
    const gchar * value)
{
  g_string_append_printf (out, "%s%-9s%s ", style->dim, name, style->off);
  text_append (out, value);
  g_string_append_c (out, '\n');
}

/* What the clock of the caller showed, if it is another one. */
static gchar *
time_of_call (const Record * record)
{
  GTimeZone *zone = *record->time_zone ?
      g_time_zone_new_identifier (record->time_zone) : NULL;
  GDateTime *here, *there;
  gchar *text = NULL;

  if (!zone || record->started == JOURNAL_NO_TIME) {
    g_clear_pointer (&zone, g_time_zone_unref);
    return NULL;
  }
  here = g_date_time_new_from_unix_local (record->started / G_USEC_PER_SEC);
  there = g_date_time_to_timezone (here, zone);
  if (g_date_time_get_utc_offset (here) != g_date_time_get_utc_offset (there))
    text = g_date_time_format (there, "%H:%M");
  g_date_time_unref (there);
  g_date_time_unref (here);
  g_time_zone_unref (zone);
  return text;
}

static void
append_started (GString * out, const Record * record, const TextStyle * style)
{
  gchar *local = calls_local_time (record->started, "%Y-%m-%d %H:%M:%S %Z");
  gchar *there = time_of_call (record);
  gchar *both = g_strdup_printf ("%s (%s in %s)", local, there,
      record->time_zone);

  append_field (out, style, "Started", there ? both : local);
  g_free (both);
  g_free (there);
  g_free (local);
}

static void
append_journal (GString * out, const Record * record, const TextStyle * style)
{
  gchar *damaged = g_strdup_printf ("%u of %u lines could not be read",
      record->damaged + record->truncated, record->lines);

  if (record->damaged || record->truncated)
    append_field (out, style, "Journal", damaged);
  g_free (damaged);
}

/**
 * calls_append_header:
 * @out: where to write
 * @record: a call
 * @style: how to mark it
 *
 * Appends what call it was, and how it ended.
 */
void
calls_append_header (GString * out, const Record * record,
    const TextStyle * style)
{
  gchar *length = text_format_time (record->duration);
  gchar *numbers = g_strdup_printf ("%s → %s", *record->caller ?
      record->caller : "?", *record->called ? record->called : "?");
  gchar *end = g_strdup_printf ("%s%s%s", record->reason, *record->ended_by
      && strcmp (record->ended_by, record->reason) != 0 ? ", by " : "",
      strcmp (record->ended_by, record->reason) != 0 ? record->ended_by : "");

  append_field (out, style, "Call", record->call_id);
  append_field (out, style, "Persona", *record->persona ? record->persona :
      "none");
  if (*record->caller || *record->called)
    append_field (out, style, "Numbers", numbers);
  append_started (out, record, style);
  append_field (out, style, "Length", length);
  append_field (out, style, "Ended", end);
  if (record->simulated)
    append_field (out, style, "Time", "simulated");
  append_journal (out, record, style);
  g_string_append_c (out, '\n');
  g_free (end);
  g_free (numbers);
  g_free (length);
}

static void
append_json (GString * out, const gchar * json)
{
  glong length = g_utf8_strlen (json, -1);
  gchar *start = g_utf8_substring (json, 0, MIN (length, MAX_JSON));

  text_append (out, start);
  if (length > MAX_JSON)
    g_string_append (out, "…");
  g_free (start);
}

static void
append_call (GString * out, const RecordCall * call, const TextStyle * style)
{
  gchar *time = text_format_time (call->at);
  gboolean ok = strcmp (call->outcome, "ok") == 0;

  g_string_append_printf (out, "%8s  %stool%s    ", time, style->bold,
      style->off);
  text_append (out, call->name);
  g_string_append_c (out, ' ');
  append_json (out, call->arguments ? call->arguments : "");
  g_string_append_printf (out, " %s→%s %s", style->dim, style->off,
      ok ? "" : style->bad);
  text_append (out, *call->outcome ? call->outcome : "no result");
  g_string_append (out, ok ? "" : style->off);
  if (call->took != JOURNAL_NO_TIME) {
    g_string_append (out, " in ");
    text_append_seconds (out, 0, call->took);
    g_string_append (out, " s");
  }
  if (call->result) {
    g_string_append (out, ": ");
    append_json (out, call->result);
  }
  g_string_append_c (out, '\n');
  g_free (time);
}

/* What was said and what was done, by time. */
static void
append_conversation (GString * out, const Record * record,
    const TextStyle * style)
{
  GArray *transcript = record_transcript (record);
  guint n_calls = record_length (record, RECORD_CALLS), k = 0;

  for (guint i = 0; i < transcript->len; i++) {
    const RecordUtterance *u = &g_array_index (transcript, RecordUtterance, i);

    for (; k < n_calls; k++) {
      const RecordCall *call = record_item (record, RECORD_CALLS, k);

      if (call->at > u->start)
        break;
      append_call (out, call, style);
    }
    text_append_utterance (out, u, style);
  }
  for (; k < n_calls; k++)
    append_call (out, record_item (record, RECORD_CALLS, k), style);
  if (transcript->len + n_calls == 0)
    g_string_append (out, "Nothing was said.\n");
  g_array_unref (transcript);
}

static void
append_title (GString * out, const TextStyle * style, const gchar * title)
{
  g_string_append_printf (out, "\n%s%s%s\n", style->bold, title, style->off);
}

static void
append_parts (GString * out, const gchar * name, const gint64 * parts)
{
  static const gint widths[RECORD_N_PARTS] = { 7, 7, 8, 7, 10, 7, 10, 6 };

  g_string_append_printf (out, "%6s", name);
  for (guint i = 0; i < RECORD_N_PARTS; i++)
    text_append_seconds (out, widths[i], parts[i]);
  g_string_append_c (out, '\n');
}

static void
append_latencies (GString * out, const Record * record, const TextStyle * style)
{
  RecordLatency latency;

  if (record_length (record, RECORD_METRICS) == 0)
    return;
  append_title (out, style, "Seconds before each reply");
  g_string_append_printf (out, "%s  turn  reply  final  commit  token  "
      "sentence  audio  provider   own%s\n", style->dim, style->off);
  for (guint i = 0; i < record_length (record, RECORD_METRICS); i++) {
    const RecordMetrics *metrics = record_item (record, RECORD_METRICS, i);
    gchar *name = g_strdup_printf ("%u", metrics->turn);

    append_parts (out, name, metrics->part);
    g_free (name);
  }
  record_latency (record, &latency);
  if (latency.n > 0) {
    append_parts (out, "p50", latency.p50);
    append_parts (out, "p95", latency.p95);
  }
}

static void
append_recordings (GString * out, const Record * record,
    const TextStyle * style)
{
  guint n = record_length (record, RECORD_RECORDINGS);

  if (n > 0)
    append_title (out, style, "Recordings");
  for (guint i = 0; i < n; i++) {
    const RecordRecording *recording = record_item (record, RECORD_RECORDINGS,
        i);
    gchar *length = text_format_time (recording->duration);

    g_string_append (out, "  ");
    text_append (out, recording->location);
    g_string_append_printf (out, ", %s, ", length);
    text_append (out, recording->state);
    if (recording->lost > 0) {
      g_string_append_printf (out, ", %s", style->bad);
      text_append_seconds (out, 0, recording->lost);
      g_string_append_printf (out, " s lost%s", style->off);
    }
    g_string_append_c (out, '\n');
    g_free (length);
  }
}

static void
append_event (GString * out, gint64 at, const gchar * where,
    const gchar * state, const gchar * code, const gchar * text)
{
  gchar *time = text_format_time (at);

  g_string_append_printf (out, "%8s  ", time);
  text_append (out, where);
  g_string_append_printf (out, "%s", *state ? " " : "");
  text_append (out, state);
  g_string_append_printf (out, "%s", *code ? ", " : "");
  text_append (out, code);
  g_string_append_printf (out, "%s", *text ? ": " : "");
  text_append (out, text);
  g_string_append_c (out, '\n');
  g_free (time);
}

/**
 * calls_append_faults:
 * @out: where to write
 * @record: a call
 * @style: how to mark it
 *
 * Appends what failed or was replaced, if anything.
 */
void
calls_append_faults (GString * out, const Record * record,
    const TextStyle * style)
{
  guint n_faults = record_length (record, RECORD_FAULTS);
  guint n_changes = record_length (record, RECORD_PROVIDERS);

  if (n_faults + n_changes > 0)
    append_title (out, style, "Faults");
  for (guint i = 0; i < n_changes; i++) {
    const RecordProvider *p = record_item (record, RECORD_PROVIDERS, i);

    append_event (out, p->at, p->provider, p->state, p->code, p->text);
  }
  for (guint i = 0; i < n_faults; i++) {
    const RecordFault *f = record_item (record, RECORD_FAULTS, i);

    append_event (out, f->at, f->element, f->fatal ? "fatal" : "", f->code,
        f->text);
  }
}

static void
append_count (GString * out, guint64 n, const gchar * one, const gchar * many)
{
  if (n > 0)
    g_string_append_printf (out, "%s%" G_GUINT64_FORMAT " %s", out->len ?
        ", " : "", n, n == 1 ? one : many);
}

static void
append_cost (GString * out, gdouble cost)
{
  if (cost > 0) {
    g_string_append_printf (out, "%scost ", out->len ? ", " : "");
    gst_voice_json_append_number (out, round (cost * 1e6) / 1e6);
  }
}

static void
append_usage (GString * out, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_USAGE); i++) {
    const RecordUsage *u = record_item (record, RECORD_USAGE, i);
    GString *line = g_string_new (NULL);

    append_count (line, u->requests, "request", "requests");
    append_count (line, u->tokens_in, "token read", "tokens read");
    append_count (line, u->tokens_out, "token written", "tokens written");
    append_count (line, u->characters, "character", "characters");
    if (u->audio > 0) {
      g_string_append (line, ", ");
      text_append_seconds (line, 0, u->audio);
      g_string_append (line, " s of audio");
    }
    append_cost (line, u->cost);
    g_string_append (out, "  ");
    text_append (out, u->provider);
    g_string_append_printf (out, "%s", *u->model ? " " : "");
    text_append (out, u->model);
    g_string_append_printf (out, ": %s\n", line->str);
    g_string_free (line, TRUE);
  }
}

/**
 * calls_append_statistics:
 * @out: where to write
 * @r: a call
 * @style: how to mark it
 *
 * Appends the totals of the call, and what it has used.
 */
void
calls_append_statistics (GString * out, const Record * r,
    const TextStyle * style)
{
  GString *line = g_string_new (NULL);

  append_count (line, r->turns_taken, "turn", "turns");
  append_count (line, r->interrupted, "interruption", "interruptions");
  append_count (line, r->tools_run, "tool call", "tool calls");
  append_count (line, r->unheard, "time not understood",
      "times not understood");
  append_count (line, r->underruns, "underrun", "underruns");
  append_count (line, r->overflows, "overflow", "overflows");
  append_count (line, r->resets, "reset of the recogniser",
      "resets of the recogniser");
  append_cost (line, r->cost);
  if (line->len > 0 || record_length (r, RECORD_USAGE) > 0)
    append_title (out, style, "Statistics");
  if (line->len > 0)
    g_string_append_printf (out, "  %s\n", line->str);
  append_usage (out, r);
  g_string_free (line, TRUE);
}

static gchar *
make_page (const Record * record)
{
  const TextStyle *style = calls_style ();
  GString *out = g_string_new (NULL);

  calls_append_header (out, record, style);
  append_conversation (out, record, style);
  append_latencies (out, record, style);
  append_recordings (out, record, style);
  calls_append_faults (out, record, style);
  calls_append_statistics (out, record, style);
  return g_string_free (out, FALSE);
}

static int
show (Store * store, const gchar * call, gboolean json)
{
  GError *error = NULL;
  gchar *call_id = store_find (store, call, &error);
  Record *record = call_id ? store_get_record (store, call_id, &error) : NULL;
  gchar *text;
  int status;

  g_free (call_id);
  if (!record)
    return calls_fail (error);
  text = json ? record_to_json (record) : make_page (record);
  status = calls_print (text, strlen (text));
  g_free (text);
  record_free (record);
  return status;
}

/**
 * calls_show:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
calls_show (int argc, char **argv)
{
  g_autofree gchar *db = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    {"db", 0, 0, G_OPTION_ARG_FILENAME, &db, "The database", "FILE"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print the whole record as JSON",
        NULL},
    {NULL}
  };
  GError *error = NULL;
  Store *store;
  int status;

  if (!calls_parse (&usage, options, &argc, &argv))
    return EXIT_USAGE;
  if (argc != 2)
    return calls_misused (&usage, "name one call");
  store = calls_open (db, STORE_READ, &error);
  if (!store)
    return calls_fail (error);
  status = show (store, argv[1], json);
  store_close (store);
  return status;
}
