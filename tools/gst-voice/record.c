/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The record of a call as it grows line by line, and what follows from it: the
 * conversation and the latencies. Without a database and without a clock: the
 * same lines always give the same record. What a record consists of stands in
 * record-fields.c, what a line of each type adds to it in record-events.c.
 *
 * Threads: one at a time. Locks: none.
 */
#include "record-private.h"

#include "record-fields.h"

#include <string.h>

/**
 * record_new:
 *
 * Returns: (transfer full): the record of a call of which nothing is known
 */
Record *
record_new (void)
{
  Record *record = g_new0 (Record, 1);

  record_init (record, record_session_fields);
  g_free (record->reason);
  record->reason = g_strdup ("crashed");
  for (guint i = 0; i < RECORD_N_LISTS; i++)
    record->list[i] = g_ptr_array_new ();
  record->turn_of = g_hash_table_new (NULL, NULL);
  record->speech_of = g_hash_table_new (NULL, NULL);
  record->call_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  return record;
}

/**
 * record_free:
 * @record: (transfer full): a record
 */
void
record_free (Record * record)
{
  for (guint id = 0; id < RECORD_N_LISTS; id++) {
    for (guint i = 0; i < record_length (record, id); i++) {
      gpointer item = record_item (record, id, i);

      record_clear (item, record_lists[id].fields);
      g_free (item);
    }
    g_ptr_array_unref (record->list[id]);
  }
  g_hash_table_unref (record->turn_of);
  g_hash_table_unref (record->speech_of);
  g_hash_table_unref (record->call_of);
  record_clear (record, record_session_fields);
  g_free (record);
}

static gboolean
is_blank (const gchar * line, gsize length)
{
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isspace (line[i]))
      return FALSE;
  }
  return TRUE;
}

/**
 * record_add_line:
 * @record: a record
 * @line: the next line of the journal; its newline may be missing
 * @length: its bytes, or -1 if it ends with a NUL
 *
 * What cannot be read is counted: as broken off if nothing follows, as damaged
 * otherwise. A type that is not known, or a field, is passed over.
 *
 * Returns: whether the line could be read, or is blank
 */
gboolean
record_add_line (Record * record, const gchar * line, gssize length)
{
  gsize size = length < 0 ? strlen (line) : length;
  gboolean blank = is_blank (line, size), readable;
  JournalLine parsed;

  record->lines++;
  if (record->truncated)
    record->damaged++;
  readable = !blank && journal_line_parse (&parsed, line, size);
  record->truncated = !blank && !readable;
  if (readable) {
    record_apply (record, &parsed);
    journal_line_clear (&parsed);
  }
  return blank || readable;
}

/* What the runner called the file, if no line says which call it was. */
static void
name_after_file (Record * record, const gchar * path)
{
  gchar *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, ".jsonl"))
    name[strlen (name) - strlen (".jsonl")] = 0;
  g_free (record->call_id);
  record->call_id = g_utf8_make_valid (name, -1);
  g_free (name);
}

/**
 * record_new_from_text:
 * @text: a journal
 * @size: its bytes
 * @path: the file that it was in
 * @error: where to say that there is nothing in it
 *
 * Returns: (transfer full) (nullable): the record of the call, however much of
 *   the journal can be read
 */
Record *
record_new_from_text (const gchar * text, gsize size, const gchar * path,
    GError ** error)
{
  const gchar *end = text + size, *line;
  Record *record;
  gsize length;

  if (is_blank (text, size)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "the journal %s is empty: the call never began", path);
    return NULL;
  }
  record = record_new ();
  while ((line = journal_next_line (&text, end, &length)))
    record_add_line (record, line, length);
  if (record->truncated && end[-1] == '\n') {
    record->truncated = FALSE;
    record->damaged++;
  }
  if (!*record->call_id)
    name_after_file (record, path);
  return record;
}

/**
 * record_new_from_journal:
 * @path: a journal
 * @error: where to say why it cannot be read
 *
 * Returns: (transfer full) (nullable): the record of the call, however much of
 *   the journal can be read; an empty file is an error
 */
Record *
record_new_from_journal (const gchar * path, GError ** error)
{
  gsize size;
  gchar *text = journal_load (path, &size, error);
  Record *record = text ? record_new_from_text (text, size, path, error) : NULL;

  g_free (text);
  return record;
}

/* The recogniser's clock may be wrong: a sound cannot begin after the turn was
 * decided. */
static RecordUtterance
utterance_of_turn (const RecordTurn * turn)
{
  RecordUtterance u = {
    .start = turn->start != JOURNAL_NO_TIME && turn->start <= turn->at ?
        turn->start : turn->at,
    .end = turn->end != JOURNAL_NO_TIME && turn->end <= turn->at ?
        turn->end : turn->at,
    .text = turn->text,.rest = "",.number = turn->turn,
  };

  return u;
}

static RecordUtterance
utterance_of_speech (const RecordSpeech * speech)
{
  RecordUtterance u = {
    .agent = TRUE,
    .start = speech->start != JOURNAL_NO_TIME ? speech->start : speech->at,
    .end = speech->end,
    .text = speech->text,
    .rest = speech->complete ? "" : speech->rest,
    .interrupted = speech->interrupted,
    .number = speech->speech,
  };

  return u;
}

static gint
by_start (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const RecordUtterance *) a)->start;
  gint64 y = ((const RecordUtterance *) b)->start;

  return x < y ? -1 : x > y;
}

/* Of a speech that did not begin to play, or not far enough for a word, the
 * caller knows nothing. */
static gboolean
was_audible (const RecordSpeech * speech)
{
  return speech->text ? *speech->text != 0 : speech->start != JOURNAL_NO_TIME;
}

/**
 * record_transcript:
 * @record: a record
 *
 * Who said what and when, as it was heard: what the agent did not get to say
 * is no part of it, or marked as cut. Words of the caller that were no turn
 * are there, with the reason.
 *
 * Returns: (transfer full) (element-type RecordUtterance): in the order in
 *   which they were begun
 */
GArray *
record_transcript (const Record * record)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (RecordUtterance));
  RecordUtterance u;

  for (guint i = 0; i < record_length (record, RECORD_TURNS); i++) {
    u = utterance_of_turn (record_item (record, RECORD_TURNS, i));
    g_array_append_val (out, u);
  }
  for (guint i = 0; i < record_length (record, RECORD_DISCARDS); i++) {
    const RecordDiscard *discard = record_item (record, RECORD_DISCARDS, i);

    /* Said once, recognised twice. */
    if (!*discard->text || strcmp (discard->reason, "duplicate") == 0)
      continue;
    u = (RecordUtterance) {
    .start = discard->at,.end = discard->at,.text = discard->text,.rest =
          "",.discarded = discard->reason};
    g_array_append_val (out, u);
  }
  for (guint i = 0; i < record_length (record, RECORD_SPEECHES); i++) {
    const RecordSpeech *speech = record_item (record, RECORD_SPEECHES, i);

    if (!was_audible (speech))
      continue;
    u = utterance_of_speech (speech);
    g_array_append_val (out, u);
  }
  g_array_sort (out, by_start);
  return out;
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

/* By nearest rank: a value that was measured. */
static gint64
percentile (const GArray * sorted, guint percent)
{
  guint rank = (sorted->len * percent + 99) / 100;

  return sorted->len == 0 ? JOURNAL_NO_TIME :
      g_array_index (sorted, gint64, MAX (rank, 1) - 1);
}

/**
 * record_latency:
 * @record: a record
 * @latency: (out): the percentiles of its replies, by nearest rank
 *
 * Replies for which the end of the caller's sound is not known do not count.
 */
void
record_latency (const Record * record, RecordLatency * latency)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (gint64));

  memset (latency, 0, sizeof *latency);
  for (guint part = 0; part < RECORD_N_PARTS; part++) {
    g_array_set_size (values, 0);
    for (guint i = 0; i < record_length (record, RECORD_METRICS); i++) {
      const RecordMetrics *metrics = record_item (record, RECORD_METRICS, i);

      if (metrics->end_of_speech != JOURNAL_NO_TIME
          && metrics->part[part] != JOURNAL_NO_TIME)
        g_array_append_val (values, metrics->part[part]);
    }
    g_array_sort (values, by_time);
    latency->p50[part] = percentile (values, 50);
    latency->p95[part] = percentile (values, 95);
    if (part == RECORD_PLAYING)
      latency->n = values->len;
  }
  g_array_unref (values);
}
