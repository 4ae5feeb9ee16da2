/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The short report at the end of a call.
 *
 * Threads: the main thread. Locks: none.
 */
#include "report.h"

#include "record-text.h"

#include <string.h>

static void
print_latency (const Record * record, FILE * out)
{
  RecordLatency latency;

  record_latency (record, &latency);
  if (latency.n == 0)
    return;
  fprintf (out,
      "  replies        p50 %u ms, p95 %u ms; our share p50 %.1f ms\n",
      (guint) (latency.p50[RECORD_PLAYING] / 1000),
      (guint) (latency.p95[RECORD_PLAYING] / 1000),
      latency.p50[RECORD_OWN] / 1000.);
}

static void
print_file (FILE * out, const gchar * what, const gchar * path,
    const gchar * state)
{
  gchar *valid = g_utf8_make_valid (path, -1);
  gchar *line = text_printable (valid);

  fprintf (out, "  %-14s %s%s%s\n", what, line, *state ? ", " : "", state);
  g_free (line);
  g_free (valid);
}

static void
print_recordings (const Record * record, FILE * out)
{
  for (guint i = 0; i < record_length (record, RECORD_RECORDINGS); i++) {
    const RecordRecording *r = record_item (record, RECORD_RECORDINGS, i);

    print_file (out, "recording", r->location,
        strcmp (r->state, "stopped") == 0 ? "" : r->state);
  }
}

static const gchar *
plural (guint64 n)
{
  return n == 1 ? "" : "s";
}

/* A service tells its model; what runs here costs nothing, and has none but for
 * the name of a script. */
static gboolean
has_unknown_cost (const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_USAGE); i++) {
    const RecordUsage *u = record_item (record, RECORD_USAGE, i);

    if (*u->model && u->cost == 0 && strcmp (u->provider, "scriptllm") != 0
        && (u->tokens_in || u->tokens_out || u->characters || u->audio))
      return TRUE;
  }
  return FALSE;
}

static void
print_cost (const Record * record, FILE * out)
{
  gboolean unknown = has_unknown_cost (record);

  if (unknown && record->cost == 0)
    fputs ("cost unknown\n", out);
  else
    fprintf (out, "cost %s%.4g\n", unknown ? "at least " : "", record->cost);
}

/**
 * report_print:
 * @record: of a call that is over
 * @db: (nullable): the database that has it
 * @speaker: (nullable): what the agent was heard by
 * @out: where to print
 *
 * What the call came to, and where it is kept.
 */
void
report_print (const Record * record, const gchar * db, const gchar * speaker,
    FILE * out)
{
  gchar *reason = text_printable (record->reason);

  fprintf (out, "\n%s  %u:%02u  ended: %s\n", record->call_id,
      (guint) (record->duration / 60000000),
      (guint) (record->duration / 1000000 % 60), reason);
  fprintf (out, "  turns          %u, %u interruption%s, %u tool call%s\n",
      record->turns_taken, record->interrupted, plural (record->interrupted),
      record->tools_run, plural (record->tools_run));
  print_latency (record, out);
  fprintf (out, "  used           %" G_GUINT64_FORMAT " token%s in, %"
      G_GUINT64_FORMAT " out, %" G_GUINT64_FORMAT " character%s spoken, ",
      record->tokens_in, plural (record->tokens_in), record->tokens_out,
      record->characters, plural (record->characters));
  print_cost (record, out);
  print_recordings (record, out);
  if (speaker && strcmp (speaker, "none") != 0 && strcmp (speaker, "auto") != 0)
    print_file (out, "speaker", speaker, "");
  if (db)
    print_file (out, "database", db, "");
  g_free (reason);
}
