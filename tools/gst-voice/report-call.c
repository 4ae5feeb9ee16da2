/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice report`: where the time of a call went, turn by turn. The call
 * comes from the database, or from a journal.
 *
 * Threads: the main thread. Locks: none.
 */
#include "report-call.h"

#include "calls-private.h"
#include "verbs.h"

#include <string.h>

static const CallsUsage usage = {
  "gst-voice report", "CALL",
  "Draws a call: below each turn what the caller waited for, tools, what was "
      "heard of\nthe reply; then totals, services that failed, and the cost.",
  "CALL is an id, the beginning of one, `last`, or a journal (FILE.jsonl).\n\n"
      "Examples:\n  gst-voice report last\n"
      "  gst-voice report 7b1e09c2 --json | jq '.exchanges[].reply'\n"
      "  gst-voice report call.jsonl\n",
};

static gboolean
is_journal (const gchar * call)
{
  return strchr (call, G_DIR_SEPARATOR) || g_str_has_suffix (call, ".jsonl");
}

static Record *
from_store (const gchar * db, const gchar * call, GError ** error)
{
  Store *store = calls_open (db, STORE_READ, error);
  gchar *call_id = store ? store_find (store, call, error) : NULL;
  Record *record = call_id ? store_get_record (store, call_id, error) : NULL;

  g_free (call_id);
  g_clear_pointer (&store, store_close);
  return record;
}

int
verb_report (int argc, char **argv)
{
  g_autofree gchar *db = NULL;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    {"db", 0, 0, G_OPTION_ARG_FILENAME, &db, "The database", "FILE"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
    {NULL}
  };
  GError *error = NULL;
  Record *record;
  gchar *text;
  int status;

  if (!calls_parse (&usage, options, &argc, &argv))
    return EXIT_USAGE;
  if (argc != 2)
    return calls_misused (&usage, "name one call");
  record = is_journal (argv[1]) ? record_new_from_journal (argv[1], &error) :
      from_store (db, argv[1], &error);
  if (!record)
    return calls_fail (error);
  text = json ? report_call_to_json (record) : report_call_to_text (record,
      calls_style ());
  status = calls_print (text, strlen (text));
  g_free (text);
  record_free (record);
  return status;
}
