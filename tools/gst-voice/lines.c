/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The journal on standard output. Lines come as messages on the bus: threads
 * post them as they come, not in the order of their numbers, and what an
 * element reports when it is no longer in the pipeline (the outcome of a tool)
 * is not posted at all. At the end the journal itself says what was missed.
 *
 * Threads: the main thread. Locks: none.
 */
#include "lines.h"

#include <gst-voice/events.h>
#include <gst-voice/journal.h>
#include <string.h>

struct _Lines
{
  FILE *out;
  guint next;                   /* the number of the next line */
  GHashTable *held;             /* by number: what came before an earlier one */
};

Lines *
lines_new (FILE * out)
{
  Lines *lines = g_new0 (Lines, 1);

  lines->out = out;
  lines->next = 1;
  lines->held = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return lines;
}

void
lines_free (Lines * lines)
{
  g_hash_table_unref (lines->held);
  g_free (lines);
}

static gboolean
print_next (Lines * lines)
{
  gchar *line;

  if (!g_hash_table_steal_extended (lines->held,
          GUINT_TO_POINTER (lines->next), NULL, (gpointer *) & line))
    return FALSE;
  fputs (line, lines->out);
  g_free (line);
  lines->next++;
  return TRUE;
}

/* An element message of ours; what is in no journal is passed over. */
void
lines_take (Lines * lines, const GstStructure * message)
{
  guint n = gst_voice_structure_uint (message, "n");
  gint64 wall = 0;

  if (n < lines->next)
    return;
  gst_structure_get_int64 (message, "wall", &wall);
  g_hash_table_insert (lines->held, GUINT_TO_POINTER (n),
      gst_voice_journal_line (message, n,
          gst_voice_structure_time (message, "at"), wall));
  while (print_next (lines));
  fflush (lines->out);
}

/* A line that is broken off is not taken. */
static void
take_journal (Lines * lines, const gchar * text)
{
  static const gchar start[] = "{\"n\":";
  const gchar *end;

  for (; (end = strchr (text, '\n')); text = end + 1) {
    guint64 n = g_str_has_prefix (text, start) ?
        g_ascii_strtoull (text + strlen (start), NULL, 10) : 0;

    if (n >= lines->next && n <= G_MAXUINT32)
      g_hash_table_insert (lines->held, GUINT_TO_POINTER ((guint) n),
          g_strndup (text, end + 1 - text));
  }
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  return GPOINTER_TO_UINT (a) < GPOINTER_TO_UINT (b) ? -1 : 1;
}

/* @journal: the path of the journal, which is closed; if it lacks lines (a full
 * disk) what came over the bus is all there is */
void
lines_finish (Lines * lines, const gchar * journal)
{
  GList *numbers;
  gchar *text;

  if (g_file_get_contents (journal, &text, NULL, NULL)) {
    take_journal (lines, text);
    g_free (text);
  }
  numbers = g_list_sort (g_hash_table_get_keys (lines->held), compare_numbers);
  for (GList * l = numbers; l; l = l->next) {
    lines->next = GPOINTER_TO_UINT (l->data);
    print_next (lines);
  }
  g_list_free (numbers);
  fflush (lines->out);
}
