/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What came of scenarios: for people on standard output, for machines as JUnit
 * XML.
 *
 * Threads: the main thread. Locks: none.
 */
#include "eval.h"

#include "record-text.h"

#include <string.h>

/* Terminals and XML take no control characters, whatever a model has said. */
static gchar *
printable_lines (const gchar * text)
{
  gchar **lines = g_strsplit (text, "\n", -1);
  gchar *joined, *line;

  for (gchar ** l = lines; *l; l++) {
    line = text_printable (*l);
    g_free (*l);
    *l = line;
  }
  joined = g_strjoinv ("\n", lines);
  g_strfreev (lines);
  return joined;
}

/**
 * eval_print_result:
 * @scenario: a scenario
 * @result: what came of it
 *
 * A line, and what was not as expected.
 */
void
eval_print_result (const Scenario * scenario, const EvalResult * result)
{
  gchar *name = text_printable (scenario->name);

  g_print ("%s  %-44s %6.1f s in %.2f s\n", result->failures->len ? "FAIL" :
      "ok  ", name, result->call, result->took);
  g_free (name);
  for (guint i = 0; i < result->failures->len; i++) {
    gchar *text = printable_lines (result->failures->pdata[i]);
    gchar **lines = g_strsplit (text, "\n", -1);

    for (gchar ** l = lines; *l; l++)
      g_print ("        %s\n", *l);
    g_strfreev (lines);
    g_free (text);
  }
}

typedef struct
{
  const gchar *persona;
  guint scenarios, passed, turns, tools;
  gdouble call;
} Row;

static Row *
find_row (GArray * rows, const gchar * persona)
{
  Row row = {.persona = persona };

  for (guint i = 0; i < rows->len; i++) {
    if (strcmp (g_array_index (rows, Row, i).persona, persona) == 0)
      return &g_array_index (rows, Row, i);
  }
  g_array_append_val (rows, row);
  return &g_array_index (rows, Row, rows->len - 1);
}

static void
add_to_row (Row * row, const EvalResult * result)
{
  row->scenarios++;
  row->passed += result->failures->len == 0;
  row->turns += result->turns;
  row->tools += result->tools;
  row->call += result->call;
}

static void
print_row (const Row * row)
{
  gchar *name = text_printable (row->persona);

  g_print ("%-32s %9u %6u %6u %6u %6u %8.1f s\n", name, row->scenarios,
      row->passed, row->scenarios - row->passed, row->turns, row->tools,
      row->call);
  g_free (name);
}

/**
 * eval_print_table:
 * @scenarios: (element-type Scenario): all of them
 * @results: (element-type EvalResult): what came of them
 * @took: seconds
 *
 * A row for each persona, and what all of it took.
 */
void
eval_print_table (GPtrArray * scenarios, GPtrArray * results, gdouble took)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));
  Row all = {.persona = "all" };

  for (guint i = 0; i < scenarios->len; i++) {
    const Scenario *scenario = scenarios->pdata[i];

    add_to_row (find_row (rows, scenario->persona ? scenario->persona :
            "(--persona)"), results->pdata[i]);
    add_to_row (&all, results->pdata[i]);
  }
  g_print ("\n%-32s %9s %6s %6s %6s %6s %10s\n", "persona", "scenarios",
      "passed", "failed", "turns", "tools", "calls");
  for (guint i = 0; i < rows->len; i++)
    print_row (&g_array_index (rows, Row, i));
  if (rows->len > 1)
    print_row (&all);
  g_print ("%u of %u passed, in %.2f s\n", all.passed, all.scenarios, took);
  g_array_unref (rows);
}

static void
append_escaped (GString * out, const gchar * text)
{
  gchar *lines = printable_lines (text);
  gchar *escaped = g_markup_escape_text (lines, -1);

  g_string_append (out, escaped);
  g_free (escaped);
  g_free (lines);
}

/* As an attribute behind another one; with a point whatever the locale. */
static void
append_time (GString * out, gdouble seconds)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "\" time=\"%s\"",
      g_ascii_formatd (number, sizeof (number), "%.3f", seconds));
}

static void
append_case (GString * out, const Scenario * scenario,
    const EvalResult * result)
{
  g_string_append (out, "  <testcase classname=\"");
  append_escaped (out, scenario->path);
  g_string_append (out, "\" name=\"");
  append_escaped (out, scenario->name);
  append_time (out, result->took);
  if (result->failures->len == 0) {
    g_string_append (out, "/>\n");
    return;
  }
  g_string_append (out, ">\n    <failure message=\"");
  append_escaped (out, result->failures->pdata[0]);
  g_string_append (out, "\">");
  for (guint i = 0; i < result->failures->len; i++) {
    append_escaped (out, result->failures->pdata[i]);
    g_string_append_c (out, '\n');
  }
  g_string_append (out, "</failure>\n  </testcase>\n");
}

/**
 * eval_write_junit:
 * @path: of the file
 * @scenarios: (element-type Scenario): all of them
 * @results: (element-type EvalResult): what came of them
 * @error: why it cannot be written
 */
gboolean
eval_write_junit (const gchar * path, GPtrArray * scenarios,
    GPtrArray * results, GError ** error)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  GString *cases = g_string_new (NULL);
  guint failed = 0;
  gdouble took = 0;
  gboolean ok;

  for (guint i = 0; i < scenarios->len; i++) {
    const EvalResult *result = results->pdata[i];

    append_case (cases, scenarios->pdata[i], result);
    failed += result->failures->len > 0;
    took += result->took;
  }
  g_string_append_printf (out, "<testsuites>\n<testsuite name=\"gst-voice "
      "eval\" tests=\"%u\" failures=\"%u\" errors=\"0", scenarios->len, failed);
  append_time (out, took);
  g_string_append_printf (out, ">\n%s</testsuite>\n</testsuites>\n",
      cases->str);
  ok = g_file_set_contents (path, out->str, out->len, error);
  g_string_free (cases, TRUE);
  g_string_free (out, TRUE);
  return ok;
}
