/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice eval`: tests personas with scenarios, and makes scenarios of calls
 * that were recorded. This file has its command line.
 *
 * Threads: the main thread. Locks: none.
 */
#include "eval.h"

#include "persona-find.h"
#include "store.h"
#include "verbs.h"

#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const gchar *help_text =
    "A scenario is a JSON file: what the caller says, what the tools answer, "
    "and what is\nto come of it (docs/evaluation.md). Calls have no sound "
    "unless --audio is given, and\ntheir time is simulated.\n\n"
    "Examples:\n"
    "  gst-voice eval tests/scenarios/*.json\n"
    "  gst-voice eval --junit=report.xml --jobs=2 scenarios/*.json\n"
    "  gst-voice eval --persona=clinic-2.json scenarios/*.json\n"
    "  gst-voice eval --from-journal=last --persona=clinic.json "
    "--output=scenario.json\n\n"
    "Exit status:\n"
    "  0   all scenarios passed\n"
    "  1   one failed\n" "  2   the command line or a scenario is wrong\n";

typedef struct
{
  EvalSettings eval;
  gchar *junit, *journal, *output, *db;
  gboolean quiet;
} Options;

typedef struct
{
  GPtrArray *scenarios, *results;
  guint printed;                /* results are told in the order of files */
  gboolean quiet;
} Progress;

static void
complain (const gchar * format, ...)
G_GNUC_PRINTF (1, 2);

     static void complain (const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("gst-voice eval: %s\n", text);
  g_free (text);
}

static gboolean
parse_options (Options * o, int *argc, char ***argv)
{
  GOptionEntry entries[] = {
    {"persona", 'p', 0, G_OPTION_ARG_FILENAME, &o->eval.persona,
        "in the place of the persona of each scenario", "PERSONA"},
    {"audio", 0, 0, G_OPTION_ARG_NONE, &o->eval.audio,
        "the caller speaks (flitetts) and is recognised", NULL},
    {"real-time", 0, 0, G_OPTION_ARG_NONE, &o->eval.real_time,
        "do not simulate time", NULL},
    {"jobs", 'j', 0, G_OPTION_ARG_INT, &o->eval.jobs,
        "calls at a time; as many as processors", "N"},
    {"timeout", 't', 0, G_OPTION_ARG_INT, &o->eval.seconds,
        "seconds of real time that a call may take (60)", "SECONDS"},
    {"junit", 0, 0, G_OPTION_ARG_FILENAME, &o->junit,
        "write the results as JUnit XML", "FILE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet,
        "print only what failed", NULL},
    {"from-journal", 0, 0, G_OPTION_ARG_FILENAME, &o->journal,
        "make a scenario of a recorded call", "CALL|FILE.jsonl"},
    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
        "where to write that scenario", "FILE"},
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &o->db,
        "database of that call", "FILE"},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("SCENARIO…");
  GError *error = NULL;
  gboolean ok;

  g_option_context_set_summary (context, "Test personas with scenarios.");
  g_option_context_set_description (context, help_text);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, argc, argv, &error);
  if (!ok)
    complain ("%s; `gst-voice eval --help` tells more", error->message);
  g_clear_error (&error);
  g_option_context_free (context);
  return ok;
}

static gboolean
check_options (const Options * o, int argc)
{
  if (o->journal && argc > 1)
    complain ("--from-journal makes a scenario and plays none");
  else if (!o->journal && argc < 2)
    complain ("which scenarios? gst-voice eval FILE.json…");
  else if (!o->journal && (o->output || o->db))
    complain ("--output and --db are for --from-journal");
  else if (o->eval.jobs < 1 || o->eval.seconds < 1 || o->eval.seconds > 86400)
    complain ("--jobs and --timeout are at least 1");
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_persona (const Scenario * scenario, const gchar * persona)
{
  GError *error = NULL;
  gchar *path = NULL;

  if (!persona && !scenario->persona) {
    complain ("%s: it names no persona; add \"persona\", or give --persona",
        scenario->path);
    return FALSE;
  }
  path = persona_find (persona ? persona : scenario->persona,
      persona ? NULL : scenario->path, &error);
  if (error)
    complain ("%s: %s", scenario->path, error->message);
  g_clear_error (&error);
  g_free (path);
  return path != NULL;
}

/* All of them are read before one is played. */
static gboolean
load (GPtrArray * scenarios, const EvalSettings * settings, char **files)
{
  GError *error = NULL;
  gboolean ok = TRUE;

  for (; *files; files++) {
    Scenario *scenario = scenario_load (*files, &error);
    gchar *script;

    if (!scenario) {
      complain ("%s", error->message);
      g_clear_error (&error);
      ok = FALSE;
      continue;
    }
    g_ptr_array_add (scenarios, scenario);
    script = scenario_script (scenario, settings->audio, &error);
    if (!script)
      complain ("%s", error->message);
    ok = check_persona (scenario, settings->persona) && script && ok;
    g_clear_error (&error);
    g_free (script);
  }
  return ok;
}

static void
take_result (guint i, gpointer data)
{
  Progress *progress = data;

  for (; progress->printed < progress->results->len; progress->printed++) {
    const EvalResult *result = progress->results->pdata[progress->printed];

    if (!result->done)
      return;
    if (!progress->quiet || result->failures->len > 0)
      eval_print_result (progress->scenarios->pdata[progress->printed], result);
  }
}

static gboolean
all_passed (GPtrArray * results)
{
  for (guint i = 0; i < results->len; i++) {
    if (((EvalResult *) results->pdata[i])->failures->len > 0)
      return FALSE;
  }
  return TRUE;
}

static int
evaluate (const Options * o, GPtrArray * scenarios)
{
  GPtrArray *results = g_ptr_array_new_with_free_func ((GDestroyNotify)
      eval_result_free);
  Progress progress = { scenarios, results, 0, o->quiet };
  gint64 since = g_get_monotonic_time ();
  GError *error = NULL;
  gboolean ok;

  for (guint i = 0; i < scenarios->len; i++)
    g_ptr_array_add (results, eval_result_new ());
  eval_run (scenarios, &o->eval, results, take_result, &progress);
  eval_print_table (scenarios, results, (gdouble) (g_get_monotonic_time () -
          since) / G_USEC_PER_SEC);
  ok = all_passed (results);
  if (o->junit && !eval_write_junit (o->junit, scenarios, results, &error)) {
    complain ("%s", error->message);
    g_clear_error (&error);
    ok = FALSE;
  }
  g_ptr_array_unref (results);
  return ok ? EXIT_OK : EXIT_FAILED;
}

static int
play (const Options * o, char **files)
{
  GPtrArray *scenarios = g_ptr_array_new_with_free_func ((GDestroyNotify)
      scenario_free);
  int status = load (scenarios, &o->eval, files) ? evaluate (o, scenarios) :
      EXIT_USAGE;

  g_ptr_array_unref (scenarios);
  return status;
}

static Record *
find_record (const Options * o, GError ** error)
{
  Record *record = NULL;
  Store *store;
  gchar *id;

  if (g_str_has_suffix (o->journal, ".jsonl"))
    return record_new_from_journal (o->journal, error);
  store = store_open (o->db, STORE_READ, error);
  id = store ? store_find (store, o->journal, error) : NULL;
  if (id)
    record = store_get_record (store, id, error);
  g_free (id);
  g_clear_pointer (&store, store_close);
  return record;
}

/* The scenario may lie anywhere. */
static gchar *
find_persona (const Options * o, GError ** error)
{
  gchar *path = persona_find (o->eval.persona, NULL, error);
  gchar *whole = path ? g_canonicalize_filename (path, NULL) : NULL;

  g_free (path);
  return whole;
}

static int
make_scenario (const Options * o)
{
  GError *error = NULL;
  gchar *persona = o->eval.persona ? find_persona (o, &error) : NULL;
  Record *record = error ? NULL : find_record (o, &error);
  gchar *text = record ? scenario_from_record (record, persona, &error) : NULL;

  if (text && o->output)
    g_file_set_contents (o->output, text, -1, &error);
  else if (text)
    g_print ("%s", text);
  if (error)
    complain ("%s", error->message);
  g_clear_pointer (&record, record_free);
  g_free (persona);
  g_free (text);
  if (!error)
    return EXIT_OK;
  g_error_free (error);
  return EXIT_FAILED;
}

static void
options_clear (Options * o)
{
  g_free (o->eval.persona);
  g_free (o->junit);
  g_free (o->journal);
  g_free (o->output);
  g_free (o->db);
}

int
verb_eval (int argc, char **argv)
{
  Options o = {.eval = {.seconds = 60,.jobs = g_get_num_processors ()}
  };
  int status = EXIT_USAGE;

  signal (SIGPIPE, SIG_IGN);
  if (parse_options (&o, &argc, &argv) && check_options (&o, argc))
    status = o.journal ? make_scenario (&o) : play (&o, argv + 1);
  options_clear (&o);
  return status;
}
