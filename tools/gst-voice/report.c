/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The short report at the end of a call.
 *
 * Threads: the main thread. Locks: none.
 */
#include "report.h"

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
print_recordings (const Record * record, FILE * out)
{
  for (guint i = 0; i < record_length (record, RECORD_RECORDINGS); i++) {
    const RecordRecording *r = record_item (record, RECORD_RECORDINGS, i);

    fprintf (out, "  recording      %s (%s)\n", r->location, r->state);
  }
}

/* What the call came to. */
void
report_print (const Record * record, FILE * out)
{
  fprintf (out, "\n%s  %u:%02u  ended: %s\n", record->call_id,
      (guint) (record->duration / 60000000),
      (guint) (record->duration / 1000000 % 60), record->reason);
  fprintf (out, "  turns          %u, %u interruptions, %u tool calls\n",
      record->turns_taken, record->interrupted, record->tools_run);
  print_latency (record, out);
  fprintf (out, "  used           %" G_GUINT64_FORMAT " tokens in, %"
      G_GUINT64_FORMAT " out, %" G_GUINT64_FORMAT " characters spoken, cost "
      "%.4g\n", record->tokens_in, record->tokens_out, record->characters,
      record->cost);
  print_recordings (record, out);
}
