/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The journal of a call, read as it grows. A turn is over when the next one is
 * decided, or the call is: until then the agent may still say something, or
 * run a tool, for it. Nothing of this is in the way of the call.
 *
 * Threads: one at a time. Locks: none.
 */
#include "trace-tail.h"

#include "trace.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define PIECE (64 * 1024)

struct _TraceTail
{
  gchar *path;
  gboolean content;
  TraceFunc func;
  gpointer data;

  Record *record;
  GString *rest;                /* of a line */
  gint64 offset;                /* in the file */
  gint64 epoch;                 /* or JOURNAL_NO_TIME */
  guint turn;                   /* the last that was decided */
  gboolean due;                 /* a turn is over */
  GHashTable *usage;            /* turn → TraceUsage */
  GHashTable *told;             /* the keys of exchanges */
};

static void
usage_free (gpointer data)
{
  TraceUsage *usage = data;

  g_free (usage->llm);
  g_free (usage->model);
  g_free (usage->tts);
  g_free (usage);
}

/**
 * trace_tail_new:
 * @journal: the path of it; it need not be there yet
 * @content: with what was said and done
 * @func: called for each trace, within the calls below
 * @data: for @func
 *
 * Returns: (transfer full): the tail of the journal
 */
TraceTail *
trace_tail_new (const gchar * journal, gboolean content, TraceFunc func,
    gpointer data)
{
  TraceTail *tail = g_new0 (TraceTail, 1);

  tail->path = g_strdup (journal);
  tail->content = content;
  tail->func = func;
  tail->data = data;
  tail->record = record_new ();
  tail->rest = g_string_new (NULL);
  tail->epoch = JOURNAL_NO_TIME;
  tail->usage = g_hash_table_new_full (NULL, NULL, NULL, usage_free);
  tail->told = g_hash_table_new (NULL, NULL);
  return tail;
}

/**
 * trace_tail_free:
 * @tail: (transfer full) (nullable): a tail; nothing more is told
 */
void
trace_tail_free (TraceTail * tail)
{
  if (!tail)
    return;
  g_hash_table_unref (tail->told);
  g_hash_table_unref (tail->usage);
  g_string_free (tail->rest, TRUE);
  record_free (tail->record);
  g_free (tail->path);
  g_free (tail);
}

static void
set_string (gchar ** to, const gchar * text)
{
  g_free (*to);
  *to = g_strdup (text);
}

static void
take_usage (TraceTail * tail, const JournalLine * line)
{
  gpointer turn = GUINT_TO_POINTER (journal_line_uint (line, "turn"));
  TraceUsage *usage = g_hash_table_lookup (tail->usage, turn);
  const gchar *provider = journal_line_string (line, "provider");

  if (!usage) {
    usage = g_new0 (TraceUsage, 1);
    g_hash_table_insert (tail->usage, turn, usage);
  }
  usage->cost += MAX (journal_line_double (line, "cost"), 0);
  if (g_str_has_suffix (provider, "llm")) {
    set_string (&usage->llm, provider);
    set_string (&usage->model, journal_line_string (line, "model"));
    usage->tokens_in += journal_line_uint (line, "tokens-in");
    usage->tokens_cached += journal_line_uint (line, "tokens-cached");
    usage->tokens_out += journal_line_uint (line, "tokens-out");
  } else if (g_str_has_suffix (provider, "tts")) {
    set_string (&usage->tts, provider);
    usage->characters += journal_line_uint (line, "characters");
  }
}

static void
take_line (TraceTail * tail, const gchar * text, gsize length)
{
  JournalLine line;

  record_add_line (tail->record, text, length);
  if (!journal_line_parse (&line, text, length))
    return;
  if (tail->epoch == JOURNAL_NO_TIME && line.wall != JOURNAL_NO_TIME)
    tail->epoch = line.wall - MAX (line.at, 0);
  if (strcmp (line.type, "usage") == 0) {
    take_usage (tail, &line);
  } else if (strcmp (line.type, "turn") == 0) {
    tail->turn = MAX (tail->turn, journal_line_uint (&line, "turn"));
    tail->due = TRUE;
  }
  journal_line_clear (&line);
}

/* Takes lines that are whole. */
static void
take_text (TraceTail * tail, const gchar * text, gsize size)
{
  const gchar *start, *end;

  g_string_append_len (tail->rest, text, size);
  start = tail->rest->str;
  while ((end = memchr (start, '\n', tail->rest->str + tail->rest->len
              - start))) {
    take_line (tail, start, end - start);
    start = end + 1;
  }
  g_string_erase (tail->rest, 0, start - tail->rest->str);
}

static void
read_on (TraceTail * tail)
{
  int fd = open (tail->path, O_RDONLY | O_CLOEXEC);
  gchar *piece;
  ssize_t got;

  if (fd < 0)
    return;
  piece = g_malloc (PIECE);
  while ((got = pread (fd, piece, PIECE, tail->offset)) > 0) {
    tail->offset += got;
    take_text (tail, piece, got);
  }
  g_free (piece);
  close (fd);
}

/* Turns by their number, what the agent says by itself by that of the speech;
 * 0 if there is nothing by which to know it. */
static gpointer
key_of (const Exchange * exchange)
{
  const RecordSpeech *speech = exchange->speeches->len > 0 ?
      g_ptr_array_index (exchange->speeches, 0) : NULL;

  if (exchange->number)
    return GUINT_TO_POINTER (exchange->number);
  return speech ? GSIZE_TO_POINTER (G_MAXUINT + (gsize) speech->speech) : NULL;
}

static gboolean
is_over (const TraceTail * tail, const Exchange * exchange)
{
  const RecordSpeech *speech;

  if (exchange->number)
    return exchange->number < tail->turn;
  if (exchange->speeches->len == 0)
    return FALSE;
  speech = g_ptr_array_index (exchange->speeches, 0);
  return speech->end != JOURNAL_NO_TIME;
}

static void
tell (TraceTail * tail, gboolean all)
{
  TraceCall call = {.record = tail->record,.epoch = tail->epoch,
    .content = tail->content
  };
  GPtrArray *exchanges = record_exchanges (tail->record);

  for (guint i = 0; i < exchanges->len; i++) {
    const Exchange *exchange = g_ptr_array_index (exchanges, i);
    gpointer number = GUINT_TO_POINTER (exchange->number);
    gpointer key = key_of (exchange);

    if ((!all && !is_over (tail, exchange)) || (key
            && g_hash_table_contains (tail->told, key)))
      continue;
    g_hash_table_add (tail->told, key);
    tail->func (tail->data, trace_exchange_to_json (&call, exchange,
            exchange->number ? g_hash_table_lookup (tail->usage, number) :
            NULL));
    if (exchange->number)
      g_hash_table_remove (tail->usage, number);
  }
  g_ptr_array_unref (exchanges);
  tail->due = FALSE;
}

/**
 * trace_tail_read:
 * @tail: a tail
 *
 * Reads what is new, and tells of the turns that are over.
 */
void
trace_tail_read (TraceTail * tail)
{
  read_on (tail);
  if (tail->due && tail->epoch != JOURNAL_NO_TIME)
    tell (tail, FALSE);
}

/**
 * trace_tail_end:
 * @tail: a tail of a call that is over
 *
 * Reads the rest, and tells of all that was not told.
 */
void
trace_tail_end (TraceTail * tail)
{
  read_on (tail);
  if (tail->epoch != JOURNAL_NO_TIME)
    tell (tail, TRUE);
}
