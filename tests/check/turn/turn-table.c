/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scenarios of docs/turn-taking.md. The table is read from there: what is
 * in the code spans of the columns "input" and "output" is run, in the notation
 * that the page explains, twice: with a model that announces a reply when it is
 * played, and with one that does so at once.
 */
#include "turn-table.h"

#include "turn-notation.h"

#include <string.h>

#define FIRST_ROW 1
#define LAST_ROW 157

typedef struct
{
  gchar *number;
  gchar *input, *output;        /* what stood in code spans */
  gboolean strict;              /* p and w are all listed */
  gboolean early;
  const TurnTable *table;
} Row;

static void
compare (const Row * row, GPtrArray * notes, GPtrArray * expected)
{
  gchar *seen;

  if (!turn_notation_compare (notes, expected, row->strict,
          row->table->tolerance, &seen)) {
    g_printerr ("row %s%s\n  %s\nmust give\n  %s\nand gives\n%s", row->number,
        row->early ? ", early" : "", row->input, row->output, seen);
    g_test_fail ();
  }
  g_free (seen);
}

static void
run_row (gconstpointer data)
{
  const Row *row = data;
  TurnScene *scene =
      turn_notation_inputs (row->input, row->table->words, row->early);
  GPtrArray *expected = turn_notation_outputs (row->output);
  gint64 until = row->table->until;

  if (expected->len > 0)
    until = MAX (until, ((TurnNote *)
            expected->pdata[expected->len - 1])->at + 1000);
  compare (row, turn_scene_run (scene, until), expected);
  g_ptr_array_unref (expected);
  turn_scene_free (scene);
}

/* --- the page -------------------------------------------------------- */

/* What stands in code spans, with spaces between. */
static gchar *
code_of (const gchar * cell)
{
  GString *code = g_string_new (NULL);
  gchar **pieces = g_strsplit (cell, "`", -1);

  for (guint i = 1; pieces[0] && pieces[i] && pieces[i + 1]; i += 2)
    g_string_append_printf (code, "%s%s", code->len ? " " : "", pieces[i]);
  g_strfreev (pieces);
  return g_string_free (code, FALSE);
}

typedef struct
{
  gchar *input, *output;
  gboolean strict;
} Group;

/* "**Name. Base: `…` gives `…`; then**" */
static void
read_group (Group * group, const gchar * cell)
{
  const gchar *base = strstr (cell, "Base:"), *gives = strstr (cell, "gives");
  gchar *before = base ? g_strndup (base, gives ? gives - base :
      (gssize) strlen (base)) : g_strdup ("");

  g_free (group->input);
  g_free (group->output);
  group->input = code_of (before);
  group->output = code_of (gives ? gives : "");
  group->strict = strstr (cell, "End of turn")
      || strstr (cell, "Pre-emptive");
  g_free (before);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->number);
  g_free (row->input);
  g_free (row->output);
  g_free (row);
}

static void
add_row (const TurnTable * table, const Group * group, const gchar * name,
    const gchar * input, const gchar * output, gboolean early)
{
  Row *row = g_new0 (Row, 1);
  gchar *path;

  row->number = g_strdup (name);
  row->input = g_strjoin (" ", group->input, input, NULL);
  row->output = g_strjoin (" ", group->output, output, NULL);
  row->strict = group->strict;
  row->early = early;
  row->table = table;
  path = g_strdup_printf ("/%s/%s/%s", table->name,
      early ? "early" : "row", name);
  if (!table->wants || table->wants (name, row->input))
    g_test_add_data_func_full (path, row, run_row, row_free);
  else
    row_free (row);
  g_free (path);
}

/* Adds the rows of the page; which numbers there are. */
static void
read_table (const TurnTable * table, const gchar * page, gboolean * found)
{
  gchar **lines = g_strsplit (strstr (page, "\n## 3."), "\n", -1);
  Group group = { g_strdup (""), g_strdup (""), FALSE };

  for (gchar ** line = lines; *line && !g_str_has_prefix (*line, "## 4.");
      line++) {
    gchar **cells = g_strsplit (*line, "|", -1);
    guint n_cells = g_strv_length (cells);
    const gchar *name = n_cells > 4 ? g_strstrip (cells[1]) : "";
    guint n = strtoul (name, NULL, 10);
    gchar *input, *output;

    if (g_str_has_prefix (*line, "| | **")) {
      read_group (&group, *line + 4);
    } else if (n > 0) {
      g_assert_cmpuint (n, <=, LAST_ROW);
      found[n] = TRUE;
      input = code_of (cells[2]);
      output = code_of (cells[3]);
      if (!strchr (name, ' ') && *input) {
        add_row (table, &group, name, input, output, FALSE);
        /* With a tool the first step says nothing. */
        if (!strstr (input, "read(") && !strstr (input, "write("))
          add_row (table, &group, name, input, output, TRUE);
      }
      g_free (input);
      g_free (output);
    }
    g_strfreev (cells);
  }
  g_free (group.input);
  g_free (group.output);
  g_strfreev (lines);
}

/**
 * turn_table_add:
 * @table: what is to be run, and how; it must outlive the tests
 *
 * Adds a test for each row that @table wants.
 */
void
turn_table_add (const TurnTable * table)
{
  gboolean found[LAST_ROW + 1] = { FALSE };
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "turn-taking.md", NULL);
  GError *error = NULL;
  gchar *page;

  if (!g_file_get_contents (path, &page, NULL, &error))
    g_error ("%s", error->message);
  read_table (table, page, found);
  for (guint i = FIRST_ROW; i <= LAST_ROW; i++) {
    if (!found[i])
      g_error ("row %u is not in the table", i);
  }
  g_free (page);
  g_free (path);
}
