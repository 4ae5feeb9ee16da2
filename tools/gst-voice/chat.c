/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice chat`: a call without sound, in which the caller writes. This file
 * has its command line and the lines that come from no terminal; call.c plays
 * the call.
 *
 * Threads: the main thread. Locks: none.
 */
#include "call.h"
#include "persona-find.h"
#include "verbs.h"

#include <gst/gst.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_TYPED (1024 * 1024)
#define MAX_LINES 5000

static const gchar *help_text =
    "PERSONA is a file such as pipelines/clinic.json, or the name of an "
    "installed one.\nIts pipeline is that of a call, but nobody is heard "
    "(docs/chat.md). Each line is a\nturn; Ctrl-D hangs up.\n\nExamples:\n"
    "  gst-voice chat clinic\n"
    "  echo \"when are you open\" | gst-voice chat clinic\n"
    "  gst-voice chat pipelines/clinic.json --set caller=+15550100 --json\n\n"
    "Exit status: as `gst-voice run`.\n";

static gboolean
parse_options (CallSettings * settings, int *argc, char ***argv)
{
  GOptionEntry entries[] = {
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &settings->db,
        "database of calls, or none (none)", "FILE"},
    {"json", 'j', 0, G_OPTION_ARG_NONE, &settings->json,
        "print the journal, one event a line (docs/events.md)", NULL},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings->variables,
        "a variable of the call, such as caller=+15550100", "NAME=VALUE"},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &settings->quiet,
        "print only the report at the end", NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("PERSONA");
  GError *error = NULL;
  gboolean ok;

  g_option_context_set_summary (context, "Write with a persona.");
  g_option_context_set_description (context, help_text);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, argc, argv, &error);
  if (!ok)
    call_complain ("%s; `gst-voice chat --help` tells more", error->message);
  g_clear_error (&error);
  g_option_context_free (context);
  return ok;
}

static gboolean
check_arguments (const CallSettings * settings, int argc)
{
  if (argc != 2) {
    call_complain ("which persona? gst-voice chat PERSONA");
    return FALSE;
  }
  for (gchar ** v = settings->variables; v && *v; v++) {
    if (!call_check_variable (*v))
      return FALSE;
  }
  return TRUE;
}

static gchar *
read_all (void)
{
  GString *text = g_string_new (NULL);
  gchar part[4096], *valid;
  gsize n;

  while (text->len < MAX_TYPED
      && (n = fread (part, 1, sizeof (part), stdin)) > 0)
    g_string_append_len (text, part, n);
  valid = g_utf8_make_valid (text->str, text->len);
  g_string_free (text, TRUE);
  return valid;
}

/* Nobody watches who could wait for the answer: the caller does. */
static gchar *
read_script (void)
{
  gchar *text = read_all ();
  gchar **lines = g_strsplit_set (text, "\r\n", MAX_LINES);
  GString *script = g_string_new (NULL);

  for (gchar ** line = lines; *line; line++) {
    gchar *quoted = g_shell_quote (g_strdelimit (g_strstrip (*line), "\r\n",
            ' '));

    if (**line)
      g_string_append_printf (script, "after agent 0 type %s\n", quoted);
    g_free (quoted);
  }
  g_string_append (script, "after agent 0 end\n");
  g_strfreev (lines);
  g_free (text);
  return g_string_free (script, FALSE);
}

static int
chat (CallSettings * settings, const gchar * name)
{
  GError *error = NULL;
  gchar *reason;
  int status;

  settings->persona = persona_find (name, NULL, &error);
  if (!settings->persona) {
    call_complain ("%s", error->message);
    g_error_free (error);
    return EXIT_FAILED;
  }
  if (!isatty (STDIN_FILENO))
    settings->script = read_script ();
  reason = call_play (settings);
  status = call_status (reason);
  g_free (reason);
  return status;
}

int
verb_chat (int argc, char **argv)
{
  CallSettings settings = {.chat = TRUE };
  int status = EXIT_USAGE;

  signal (SIGPIPE, SIG_IGN);
  settings.caller = g_strdup ("silence");
  settings.speaker = g_strdup ("none");
  if (parse_options (&settings, &argc, &argv)
      && check_arguments (&settings, argc)) {
    if (!settings.db)
      settings.db = g_strdup ("none");
    status = chat (&settings, argv[1]);
  }
  g_strfreev (settings.variables);
  g_free (settings.persona);
  g_free (settings.caller);
  g_free (settings.speaker);
  g_free (settings.script);
  g_free (settings.db);
  return status;
}
