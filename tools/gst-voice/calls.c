/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The verb `calls`: what was recorded. This file has what its own verbs share;
 * each of them has one of its own.
 *
 * They first take in what crashed calls have left in the spool folder of the
 * database, so that a call that has just crashed can be looked at.
 *
 * Threads: the main thread. Locks: none.
 */
#include "calls-private.h"

#include "spool.h"
#include "verbs.h"

#include <errno.h>
#include <gst-voice/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const Verb verbs[] = {
  {"list", "list the calls, newest first", calls_list},
  {"show", "show one call: who said what, tools, latencies", calls_show},
  {"export", "write one call as JSON, text or journal", calls_export},
  {"delete", "delete calls", calls_delete},
};

static void
say (const gchar * message)
{
  gchar *valid = g_utf8_make_valid (message, -1);
  gchar *line = text_printable (valid);

  fprintf (stderr, "gst-voice: %s\n", line);
  g_free (line);
  g_free (valid);
}

/**
 * calls_fail:
 * @error: (transfer full): what was wrong
 *
 * Returns: the exit status
 */
int
calls_fail (GError * error)
{
  say (error->message);
  g_error_free (error);
  return EXIT_FAILED;
}

/**
 * calls_misused:
 * @usage: of the verb
 * @format: what is wrong with the command line
 * @...: for @format
 *
 * Returns: the exit status
 */
int
calls_misused (const CallsUsage * usage, const gchar * format, ...)
{
  gchar *what, *message;
  va_list values;

  va_start (values, format);
  what = g_strdup_vprintf (format, values);
  va_end (values);
  message = g_strdup_printf ("%s; `%s --help` tells more", what, usage->name);
  say (message);
  g_free (message);
  g_free (what);
  return EXIT_USAGE;
}

/**
 * calls_parse:
 * @usage: of the verb
 * @options: its options
 * @argc: (inout): of the verb
 * @argv: (inout): of the verb; what is left is no option
 *
 * Returns: whether the options could be read; if not it was said why
 */
gboolean
calls_parse (const CallsUsage * usage, const GOptionEntry * options,
    int *argc, char ***argv)
{
  GOptionContext *context = g_option_context_new (usage->arguments);
  GError *error = NULL;
  gboolean ok;

  g_set_prgname (usage->name);
  g_option_context_set_summary (context, usage->summary);
  g_option_context_set_description (context, usage->examples);
  g_option_context_add_main_entries (context, options, NULL);
  ok = g_option_context_parse (context, argc, argv, &error);
  g_option_context_free (context);
  if (!ok) {
    calls_misused (usage, "%s", error->message);
    g_error_free (error);
  }
  return ok;
}

/* What cannot be delivered stays, and the next start of a call tries again. */
static void
take_up (const gchar * db)
{
  gchar *dir = spool_dir (db);
  GError *error = NULL;
  SpoolReport report;
  Store *store;

  if (spool_has_journals (dir)) {
    store = store_open (db, STORE_WRITE | STORE_CREATE, &error);
    if (store)
      store_deliver_pending (store, dir, &report, &error);
    if (error)
      say (error->message);
    g_clear_error (&error);
    g_clear_pointer (&store, store_close);
  }
  g_free (dir);
}

/**
 * calls_open:
 * @db: (nullable): the file, %NULL for the default one
 * @flags: what for
 * @error: where to say why it cannot be opened
 *
 * Returns: (transfer full) (nullable): the recorded calls
 */
Store *
calls_open (const gchar * db, StoreFlags flags, GError ** error)
{
  take_up (db);
  return store_open (db, flags, error);
}

/**
 * calls_print:
 * @text: what to print
 * @size: its bytes
 *
 * Returns: the exit status
 */
int
calls_print (const gchar * text, gsize size)
{
  GError *error = NULL;

  if (fwrite (text, 1, size, stdout) == size && fflush (stdout) == 0)
    return EXIT_OK;
  g_set_error (&error, G_FILE_ERROR, g_file_error_from_errno (errno),
      "cannot write: %s", g_strerror (errno));
  return calls_fail (error);
}

/**
 * calls_style:
 *
 * Returns: how to mark text on standard output
 */
const TextStyle *
calls_style (void)
{
  const gchar *no_colour = g_getenv ("NO_COLOR");
  const gchar *terminal = g_getenv ("TERM");

  return isatty (STDOUT_FILENO) && !(no_colour && *no_colour) && terminal
      && strcmp (terminal, "dumb") != 0 ? &text_coloured : &text_plain;
}

/**
 * calls_local_time:
 * @wall: microseconds since 1970, or %JOURNAL_NO_TIME
 * @format: of g_date_time_format()
 *
 * Returns: (transfer full): the time in the time zone of this machine
 */
gchar *
calls_local_time (gint64 wall, const gchar * format)
{
  GDateTime *time = wall == JOURNAL_NO_TIME ? NULL :
      g_date_time_new_from_unix_local (wall / G_USEC_PER_SEC);
  gchar *text = time ? g_date_time_format (time, format) : g_strdup ("unknown");

  g_clear_pointer (&time, g_date_time_unref);
  return text;
}

static int
print_help (void)
{
  GString *out = g_string_new ("Usage: gst-voice calls VERB [OPTION…]\n\n"
      "What was recorded of calls.\n\nVerbs:\n");
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (out, "  %-8s %s\n", verbs[i].name,
        verbs[i].summary);
  g_string_append (out, "\nA call is named by its id, by the beginning of it, "
      "or by `last`.\n\nExamples:\n  gst-voice calls list --since yesterday\n"
      "  gst-voice calls show last\n\n"
      "`gst-voice calls VERB --help` tells more.\n");
  status = calls_print (out->str, out->len);
  g_string_free (out, TRUE);
  return status;
}

static int
no_such_verb (const gchar * name)
{
  const gchar *names[G_N_ELEMENTS (verbs) + 1] = { NULL };
  const gchar *meant;
  gchar *message;

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    names[i] = verbs[i].name;
  meant = gst_voice_json_closest (name, names);
  message = g_strdup_printf ("`calls` has no verb '%s'; %s%s%s", name,
      meant ? "did you mean '" : "", meant ? meant :
      "`gst-voice calls --help` lists them", meant ? "'?" : "");
  say (message);
  g_free (message);
  return EXIT_USAGE;
}

/**
 * verb_calls:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
verb_calls (int argc, char **argv)
{
  if (argc < 2) {
    print_help ();
    return EXIT_USAGE;
  }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    return print_help ();
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++) {
    if (strcmp (argv[1], verbs[i].name) == 0)
      return verbs[i].main (argc - 1, argv + 1);
  }
  return no_such_verb (argv[1]);
}
