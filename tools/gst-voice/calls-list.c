/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice calls list`: a table, or JSON.
 *
 * Threads: the main thread. Locks: none.
 */
#include "calls-private.h"

#include "verbs.h"

#include <stdio.h>
#include <string.h>

/* What fits a screen; JSON has all. */
#define SHOWN 20
#define MAX_WIDTH 30

static const CallsUsage usage = {
  "gst-voice calls list", NULL,
  "Lists the recorded calls, newest first.",
  "DATE is a day (2026-01-31), a day and a time (\"2026-01-31 09:00\"), today "
      "or yesterday.\n\nExamples:\n"
      "  gst-voice calls list --since yesterday --reason crashed\n"
      "  gst-voice calls list --persona clinic --limit 0\n"
      "  gst-voice calls list --json | jq '.[] | .duration'\n",
};

typedef struct
{
  const gchar *title;
  gboolean right;               /* a number */
} Column;

static const Column columns[] = {
  {"CALL", FALSE}, {"STARTED", FALSE}, {"LENGTH", TRUE}, {"PERSONA", FALSE},
  {"CALLER", FALSE}, {"TURNS", TRUE}, {"END", FALSE},
};

#define N_COLUMNS G_N_ELEMENTS (columns)

static gboolean
parse_since (const gchar * text, gint64 * since)
{
  GTimeZone *zone = g_time_zone_new_local ();
  GDateTime *now = g_date_time_new_now (zone), *day, *time;
  gboolean yesterday = strcmp (text, "yesterday") == 0;
  gchar *full;

  if (yesterday || strcmp (text, "today") == 0) {
    day = g_date_time_add_days (now, yesterday ? -1 : 0);
    full = g_date_time_format (day, "%Y-%m-%dT00:00:00");
    g_date_time_unref (day);
  } else {
    full = g_strdup_printf ("%s%s", text, strlen (text) == 10 ? "T00:00:00" :
        strlen (text) == 16 ? ":00" : "");
  }
  if (strlen (full) > 10 && full[10] == ' ')
    full[10] = 'T';
  time = g_date_time_new_from_iso8601 (full, zone);
  if (time)
    *since = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  g_clear_pointer (&time, g_date_time_unref);
  g_date_time_unref (now);
  g_time_zone_unref (zone);
  g_free (full);
  return time != NULL;
}

/* At most MAX_WIDTH columns. */
static gchar *
cell (const gchar * text)
{
  gchar *line = text_printable (text);
  GString *out = g_string_new (NULL);

  for (const gchar * p = line; *p; p = g_utf8_next_char (p)) {
    g_string_append_unichar (out, g_utf8_get_char (p));
    if (text_width (out->str) >= MAX_WIDTH && *g_utf8_next_char (p)) {
      g_string_append (out, "…");
      break;
    }
  }
  g_free (line);
  return g_string_free (out, FALSE);
}

static gchar *
length_in_seconds (gint64 duration)
{
  gchar *text = text_format_time (duration);
  gchar *point = strrchr (text, '.');

  if (point)
    *point = 0;
  return text;
}

static void
fill_row (Store * store, const Record * call, gchar ** row)
{
  gchar *name = store_abbreviate (store, call->call_id);

  row[0] = text_printable (name);
  row[1] = calls_local_time (call->started, "%Y-%m-%d %H:%M");
  row[2] = length_in_seconds (call->duration);
  row[3] = cell (call->persona);
  row[4] = cell (call->caller);
  row[5] = g_strdup_printf ("%u", call->turns_taken);
  row[6] = cell (call->reason);
  g_free (name);
}

static void
append_row (GString * out, gchar ** row, const guint * widths)
{
  for (guint i = 0; i < N_COLUMNS; i++) {
    gint padding = widths[i] - text_width (row[i]);

    if (i > 0)
      g_string_append (out, "  ");
    if (columns[i].right)
      g_string_append_printf (out, "%*s%s", padding, "", row[i]);
    else if (i + 1 < N_COLUMNS)
      g_string_append_printf (out, "%s%*s", row[i], padding, "");
    else
      g_string_append (out, row[i]);
  }
}

static gchar *
make_table (Store * store, GPtrArray * calls)
{
  const TextStyle *style = calls_style ();
  GString *out = g_string_new (style->bold);
  guint widths[N_COLUMNS] = { 0 };
  gchar *titles[N_COLUMNS];
  gchar *(*rows)[N_COLUMNS] = g_malloc0_n (calls->len + 1, sizeof *rows);

  for (guint i = 0; i < N_COLUMNS; i++) {
    titles[i] = (gchar *) columns[i].title;
    widths[i] = strlen (titles[i]);
  }
  for (guint k = 0; k < calls->len; k++) {
    fill_row (store, g_ptr_array_index (calls, k), rows[k]);
    for (guint i = 0; i < N_COLUMNS; i++)
      widths[i] = MAX (widths[i], text_width (rows[k][i]));
  }
  append_row (out, titles, widths);
  g_string_append_printf (out, "%s\n", style->off);
  for (guint k = 0; k < calls->len; k++) {
    append_row (out, rows[k], widths);
    g_string_append_c (out, '\n');
    for (guint i = 0; i < N_COLUMNS; i++)
      g_free (rows[k][i]);
  }
  g_free (rows);
  return g_string_free (out, FALSE);
}

static int
print_calls (Store * store, GPtrArray * calls, guint total, gboolean filtered,
    gboolean json)
{
  gchar *text = json ? record_list_to_json (calls) : calls->len > 0 ?
      make_table (store, calls) : g_strdup ("");
  int status = calls_print (text, strlen (text));

  g_free (text);
  if (total == 0 && !json)
    fprintf (stderr, "gst-voice: no %s\n", filtered ? "such call is recorded" :
        "call is recorded yet");
  else if (calls->len < total && !json)
    fprintf (stderr, "%u of %u calls; --limit 0 lists all\n", calls->len,
        total);
  return status;
}

static int
list (const gchar * db, const StoreFilter * filter, gboolean json)
{
  GPtrArray *calls = NULL;
  GError *error = NULL;
  guint total;
  int status;
  Store *store = calls_open (db, STORE_READ, &error);

  if (store)
    calls = store_list (store, filter, &total, &error);
  if (calls) {
    status = print_calls (store, calls, total, filter->since || filter->persona
        || filter->caller || filter->reason, json);
    g_ptr_array_unref (calls);
  } else if (!db && g_error_matches (error, STORE_ERROR, STORE_ERROR_MISSING)) {
    /* Before the first call this is no fault. */
    g_error_free (error);
    fprintf (stderr, "gst-voice: no call is recorded yet\n");
    status = json ? calls_print ("[]\n", 3) : EXIT_OK;
  } else {
    status = calls_fail (error);
  }
  g_clear_pointer (&store, store_close);
  return status;
}

/**
 * calls_list:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
calls_list (int argc, char **argv)
{
  g_autofree gchar *db = NULL, *since = NULL, *persona = NULL, *caller = NULL;
  g_autofree gchar *reason = NULL;
  gint limit = -1;
  gboolean json = FALSE;
  const GOptionEntry options[] = {
    {"db", 0, 0, G_OPTION_ARG_FILENAME, &db, "The database", "FILE"},
    {"since", 0, 0, G_OPTION_ARG_STRING, &since, "Calls from then on", "DATE"},
    {"persona", 0, 0, G_OPTION_ARG_STRING, &persona, "Calls of this persona",
        "NAME"},
    {"caller", 0, 0, G_OPTION_ARG_STRING, &caller, "Calls from this number",
        "NUMBER"},
    {"reason", 0, 0, G_OPTION_ARG_STRING, &reason, "Calls that ended so: "
          "completed, crashed, disconnected, inactivity, limit, …", "REASON"},
    {"limit", 0, 0, G_OPTION_ARG_INT, &limit, "At most so many (20, or all "
          "with --json), 0 for all", "N"},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL},
    {NULL}
  };
  StoreFilter filter = { 0 };

  if (!calls_parse (&usage, options, &argc, &argv))
    return EXIT_USAGE;
  if (argc > 1)
    return calls_misused (&usage, "'%s' is one word too many", argv[1]);
  if (since && !parse_since (since, &filter.since))
    return calls_misused (&usage, "'%s' is no date: write 2026-01-31, "
        "\"2026-01-31 09:00\", today or yesterday", since);
  if (limit < -1)
    return calls_misused (&usage, "the limit cannot be %d", limit);
  filter.persona = persona;
  filter.caller = caller;
  filter.reason = reason;
  filter.limit = limit >= 0 ? limit : json ? 0 : SHOWN;
  return list (db, &filter, json);
}
