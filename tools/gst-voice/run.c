/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice run`: one call with a persona, in this terminal. This file has its
 * command line; call.c plays the call.
 *
 * Threads: the main thread. Locks: none.
 */
#include "call.h"
#include "graph.h"
#include "persona-find.h"
#include "verbs.h"

#include <gst/gst.h>
#include <signal.h>
#include <string.h>

static const struct
{
  const gchar *reason;
  int status;
  const gchar *means;
} endings[] = {
  {"completed", 0, "the agent or the caller ended the call"},
  {"disconnected", 0, NULL},
  {"inactivity", 10, "the caller was silent for too long"},
  {"limit", 11, "the call became too long"},
  {"budget", 12, "the call used too much"},
  {"application", 13, "the call was ended from outside (Ctrl-C)"},
  {"error", 1, "something failed; stderr says what"},
};

static const gchar *help_text =
    "PERSONA is a file such as pipelines/clinic.json, or the name of an "
    "installed one.\nWithout --caller the microphone and the loudspeaker are "
    "used. CALL.launch describes\na whole call, with who calls and who "
    "listens; "
    "--set gives its values. Ctrl-C ends\nthe call after what is being said, a "
    "second one at once.\n\nExamples:\n"
    "  gst-voice run clinic\n"
    "  gst-voice run pipelines/clinic.json --caller "
    "tests/data/callers/clinic.caller\n"
    "  gst-voice run pipelines/clinic.json --caller question.wav --speaker "
    "answer.wav\n"
    "  gst-voice run pipelines/clinic.json --caller busy.caller --simulate "
    "--json\n"
    "  gst-voice run pipelines/wav.launch --set question=question.wav --set "
    "answer=answer.wav\n\nExit status:\n";

static gchar *
description (void)
{
  GString *text = g_string_new (help_text);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (endings[i].means)
      g_string_append_printf (text, "  %-3d %s\n", endings[i].status,
          endings[i].means);
  }
  g_string_append (text, "  2   the command line is wrong\n");
  return g_string_free (text, FALSE);
}

/**
 * call_status:
 * @reason: (nullable): how a call has ended
 *
 * Returns: the exit status that tells it
 */
int
call_status (const gchar * reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (g_strcmp0 (endings[i].reason, reason) == 0)
      return endings[i].status;
  }
  return EXIT_OK;
}

/* As it stands on the command line. */
typedef struct
{
  gchar *url, *secret;
} Webhook;

static gboolean
parse_options (CallSettings * settings, Webhook * webhook, int *argc,
    char ***argv)
{
  GOptionEntry entries[] = {
    {"caller", 'c', 0, G_OPTION_ARG_FILENAME, &settings->caller,
        "who calls: FILE.wav, FILE.caller, mic or silence", "CALLER"},
    {"speaker", 's', 0, G_OPTION_ARG_FILENAME, &settings->speaker,
        "where the agent is heard: FILE.wav, auto or none", "SPEAKER"},
    {"record", 'r', 0, G_OPTION_ARG_FILENAME, &settings->record,
        "record the call (stereo, WAV or Ogg Opus)", "FILE"},
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &settings->db,
        "database of calls, or none", "FILE"},
    {"json", 'j', 0, G_OPTION_ARG_NONE, &settings->json,
        "print the journal, one event a line (docs/events.md)", NULL},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings->variables,
        "a variable of the call, such as caller=+15550100", "NAME=VALUE"},
    {"webhook", 0, 0, G_OPTION_ARG_STRING, &webhook->url,
        "where the conversation is sent, unless the persona says it", "URL"},
    {"webhook-secret", 0, 0, G_OPTION_ARG_STRING, &webhook->secret,
          "where the secret of its signature is: env:NAME or file:PATH",
        "SECRET"},
    {"simulate", 0, 0, G_OPTION_ARG_NONE, &settings->simulate,
        "simulate time: as fast as the machine can, the same each time", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &settings->quiet,
        "print only the report at the end", NULL},
    {"otlp-endpoint", 0, 0, G_OPTION_ARG_STRING, &settings->traces.endpoint,
        "send a trace of each turn to this collector (OTLP/HTTP)", "URL"},
    {"otlp-content", 0, 0, G_OPTION_ARG_NONE, &settings->traces.content,
        "with what was said and done", NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("PERSONA|CALL.launch");
  gchar *end = description ();
  GError *error = NULL;
  gboolean ok;

  g_option_context_set_summary (context, "Play a call with a persona.");
  g_option_context_set_description (context, end);
  g_free (end);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  ok = g_option_context_parse (context, argc, argv, &error);
  if (!ok)
    call_complain ("%s; `gst-voice run --help` tells more", error->message);
  g_clear_error (&error);
  g_option_context_free (context);
  return ok;
}

static gchar *
find_persona (const gchar * name)
{
  GError *error = NULL;
  gchar *path = persona_find (name, NULL, &error);

  if (!path)
    call_complain ("%s", error->message);
  g_clear_error (&error);
  return path;
}

/**
 * call_check_variable:
 * @variable: of `--set`
 *
 * Returns: whether it is NAME=VALUE; if not, says so
 */
gboolean
call_check_variable (const gchar * variable)
{
  const gchar *end = variable;

  while (g_ascii_isalnum (*end) || *end == '_')
    end++;
  if (*end == '=' && end > variable && !g_ascii_isdigit (*variable))
    return TRUE;
  call_complain (strchr (variable, '=') ?
      "--set %s: the name of a variable has letters, digits and _" :
      "--set %s: write NAME=VALUE", variable);
  return FALSE;
}

/* Neither is a file that is there lost, nor is a whole call played for one that
 * cannot be written. */
static gboolean
check_recording (const gchar * record)
{
  if (!g_file_test (record, G_FILE_TEST_EXISTS))
    return TRUE;
  call_complain (g_file_test (record, G_FILE_TEST_IS_DIR) ?
      "--record %s: this is a folder; name a file in it" :
      "--record %s: this file exists; remove it or choose another name",
      record);
  return FALSE;
}

/* Nothing of a call that is not kept is sent. */
static gboolean
take_webhook (CallSettings * settings, const Webhook * webhook)
{
  GError *error = NULL;
  gboolean ok = delivery_set (&settings->delivery, webhook->url,
      webhook->secret, &error);

  if (!ok)
    call_complain ("--webhook: %s", error->message);
  else if (webhook->url && g_strcmp0 (settings->db, "none") == 0)
    call_complain ("--webhook needs a database, from which it is sent: not "
        "--db none");
  g_clear_error (&error);
  return ok && !(webhook->url && g_strcmp0 (settings->db, "none") == 0);
}

static gboolean
check_settings (CallSettings * settings, gboolean whole)
{
  const gchar *caller = settings->caller;
  gboolean mic = !whole && (!caller || strcmp (caller, "mic") == 0);

  for (gchar ** v = settings->variables; v && *v; v++) {
    if (!call_check_variable (*v))
      return FALSE;
  }
  if (whole && (caller || settings->speaker)) {
    call_complain ("a description of a whole call says itself who calls and "
        "who listens: --caller and --speaker are for personas");
    return FALSE;
  }
  if (settings->simulate && mic) {
    call_complain ("--simulate needs a caller that is simulated too: --caller "
        "FILE or --caller silence");
    return FALSE;
  }
  if (settings->simulate && g_strcmp0 (settings->speaker, "auto") == 0) {
    call_complain ("simulated time cannot be heard: --speaker FILE or "
        "--speaker none");
    return FALSE;
  }
  if (caller && g_strcmp0 (caller, settings->speaker) == 0
      && g_file_test (caller, G_FILE_TEST_EXISTS)) {
    call_complain ("--speaker %s: this file is the caller; choose another name",
        caller);
    return FALSE;
  }
  return !settings->record || check_recording (settings->record);
}

static gboolean
check_traces (CallSettings * settings)
{
  GError *error = NULL;

  if (trace_settings_complete (&settings->traces, &error))
    return TRUE;
  call_complain ("%s", error->message);
  g_error_free (error);
  return FALSE;
}

static gboolean
check_arguments (int argc, char **argv)
{
  if (argc < 2)
    call_complain ("which persona? gst-voice run PERSONA");
  else if (argc > 2)
    call_complain ("one persona at a time, and not also '%s'", argv[2]);
  return argc == 2;
}

static void
settings_clear (CallSettings * settings)
{
  g_strfreev (settings->variables);
  g_free (settings->persona);
  g_free (settings->caller);
  g_free (settings->speaker);
  g_free (settings->record);
  g_free (settings->db);
  delivery_clear (&settings->delivery);
  trace_settings_clear (&settings->traces);
}

int
verb_run (int argc, char **argv)
{
  CallSettings settings = { 0 };
  Webhook webhook = { NULL };
  int status = EXIT_USAGE;
  gchar *reason;

  /* Who reads our output may leave before the call is over. */
  signal (SIGPIPE, SIG_IGN);
  if (parse_options (&settings, &webhook, &argc, &argv)
      && check_arguments (argc, argv) && take_webhook (&settings, &webhook)
      && check_settings (&settings, graph_is_description (argv[1]))
      && check_traces (&settings)) {
    settings.persona = graph_is_description (argv[1]) ? g_strdup (argv[1]) :
        find_persona (argv[1]);
    reason = settings.persona ? call_play (&settings) : g_strdup (CALL_FAILED);
    status = call_status (reason);
    g_free (reason);
  }
  settings_clear (&settings);
  g_free (webhook.url);
  g_free (webhook.secret);
  return status;
}
