/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice run`: one call with a persona, in this terminal.
 *
 * Threads: the main thread; the bus brings everything there. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "report.h"
#include "screen.h"
#include "spool.h"
#include "verbs.h"

#include <glib-unix.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/journal.h>
#include <gst-voice/session.h>
#include <gst/gst.h>
#include <string.h>

/* How long a call may take to say goodbye after Ctrl-C. */
#define GOODBYE_SECONDS 20

typedef struct
{
  /* the command line */
  gchar *persona, *caller, *speaker, *record, *db;
  gchar **variables;
  gboolean json, simulate, quiet;

  /* the call */
  GMainLoop *loop;
  GstElement *pipeline, *agent;
  GstVoiceSession *session;
  Spool *spool;
  Screen *screen;
  gchar *reason;                /* why the call has ended */
  gboolean failed, interrupted;
  guint next_line;              /* of the journal, for --json */
  GHashTable *held_lines;       /* that came before an earlier one */
} Run;

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
    "PERSONA is a file such as pipelines/clinic.json. Without --caller the "
    "microphone\nand the loudspeaker are used.\n\nExamples:\n"
    "  gst-voice run pipelines/clinic.json\n"
    "  gst-voice run pipelines/clinic.json --caller "
    "tests/data/callers/clinic.caller\n"
    "  gst-voice run pipelines/clinic.json --caller question.wav --speaker "
    "answer.wav\n"
    "  gst-voice run pipelines/clinic.json --caller busy.caller --simulate "
    "--json\n\nExit status:\n";

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

static int
status_of (const gchar * reason)
{
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (g_strcmp0 (endings[i].reason, reason) == 0)
      return endings[i].status;
  }
  return EXIT_OK;
}

static void
complain (const gchar * what)
{
  g_printerr ("gst-voice run: %s\n", what);
}

static gboolean
parse_options (Run * run, int *argc, char ***argv)
{
  GOptionEntry entries[] = {
    {"caller", 'c', 0, G_OPTION_ARG_FILENAME, &run->caller,
        "who calls: FILE.wav, FILE.caller, mic or silence", "CALLER"},
    {"speaker", 's', 0, G_OPTION_ARG_FILENAME, &run->speaker,
        "where the agent is heard: FILE.wav, auto or none", "SPEAKER"},
    {"record", 'r', 0, G_OPTION_ARG_FILENAME, &run->record,
        "record the call (stereo, WAV or Ogg Opus)", "FILE"},
    {"db", 'd', 0, G_OPTION_ARG_FILENAME, &run->db,
        "database of calls, or none", "FILE"},
    {"json", 'j', 0, G_OPTION_ARG_NONE, &run->json,
        "print the journal, one event a line (docs/events.md)", NULL},
    {"set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &run->variables,
        "a variable of the call, such as caller=+15550100", "NAME=VALUE"},
    {"simulate", 0, 0, G_OPTION_ARG_NONE, &run->simulate,
        "simulate time: as fast as the machine can, the same each time", NULL},
    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &run->quiet,
        "print only the report at the end", NULL},
    {NULL}
  };
  GOptionContext *context = g_option_context_new ("PERSONA");
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
    complain (error->message);
  g_clear_error (&error);
  g_option_context_free (context);
  return ok;
}

static gboolean
check_options (Run * run, int argc, char **argv)
{
  if (argc != 2) {
    complain (argc < 2 ? "which persona? gst-voice run PERSONA" :
        "one persona at a time");
    return FALSE;
  }
  run->persona = g_strdup (argv[1]);
  for (gchar ** v = run->variables; v && *v; v++) {
    if (!strchr (*v, '=') || **v == '=') {
      g_printerr ("gst-voice run: --set %s: write NAME=VALUE\n", *v);
      return FALSE;
    }
  }
  if (run->simulate && (!run->caller || strcmp (run->caller, "mic") == 0)) {
    complain ("--simulate needs a caller from a file: --caller FILE");
    return FALSE;
  }
  return TRUE;
}

static GstElement *
make (GstElement * bin, const gchar * description, GError ** error)
{
  GstElement *element = gst_parse_bin_from_description_full (description, TRUE,
      NULL, GST_PARSE_FLAG_FATAL_ERRORS | GST_PARSE_FLAG_NO_SINGLE_ELEMENT_BINS,
      error);

  if (element)
    gst_bin_add (GST_BIN (bin), element);
  return element;
}

static GstElement *
make_source (Run * run, GError ** error)
{
  const gchar *caller = run->caller ? run->caller : "mic";
  GstElement *source;

  if (strcmp (caller, "mic") == 0)
    return make (run->pipeline, "autoaudiosrc ! audioconvert ! audioresample ! "
        "audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000",
        error);
  source = make (run->pipeline, "callersrc", error);
  if (source && strcmp (caller, "silence") != 0)
    g_object_set (source, "location", caller, NULL);
  return source;
}

static GstElement *
make_sink (Run * run, GError ** error)
{
  const gchar *speaker = run->speaker ? run->speaker :
      run->caller && strcmp (run->caller, "mic") != 0 ? "none" : "auto";
  GstElement *sink, *file;

  if (strcmp (speaker, "none") == 0)
    return make (run->pipeline, "fakesink sync=false async=false "
        "enable-last-sample=false", error);
  if (strcmp (speaker, "auto") == 0)
    return make (run->pipeline, "audioconvert ! audioresample ! autoaudiosink",
        error);
  sink = make (run->pipeline, "wavenc ! filesink name=speaker async=false",
      error);
  file = sink ? gst_bin_get_by_name (GST_BIN (sink), "speaker") : NULL;
  if (file)
    g_object_set (file, "location", speaker, NULL);
  gst_clear_object (&file);
  return sink;
}

static gboolean
open_journal (Run * run, GError ** error)
{
  gchar *dir = spool_default_dir ();
  gboolean ok;

  run->session = gst_voice_session_new (NULL);
  run->spool = spool_begin (dir, gst_voice_session_call_id (run->session),
      error);
  ok = run->spool && gst_voice_session_open_journal (run->session,
      spool_path (run->spool), error);
  g_free (dir);
  return ok;
}

static void
set_variables (Run * run)
{
  for (gchar ** v = run->variables; v && *v; v++) {
    gchar *value = strchr (*v, '=');
    gchar *name = g_strndup (*v, value - *v);

    gst_voice_session_set_variable (run->session, NULL, name, value + 1);
    g_free (name);
  }
}

static gboolean
build (Run * run, GError ** error)
{
  GstElement *source, *sink;
  GstContext *context;

  run->pipeline = gst_pipeline_new ("call");
  /* The last message of a call comes while it is taken down. */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (run->pipeline), FALSE);
  run->agent = make (run->pipeline, "voiceagent name=voiceagent", error);
  source = run->agent ? make_source (run, error) : NULL;
  sink = source ? make_sink (run, error) : NULL;
  if (!sink)
    return FALSE;
  g_object_set (run->agent, "persona", run->persona, "session", run->session,
      "record", run->record, NULL);
  /* The caller's element reports to the same journal. */
  context = gst_voice_session_to_context (run->session);
  gst_element_set_context (run->pipeline, context);
  gst_context_unref (context);
  return gst_element_link_many (source, run->agent, sink, NULL);
}

/* Lines in the order of their numbers, although threads post them as they
 * come. */
static void
show_json (Run * run, const GstStructure * s)
{
  guint n = gst_voice_structure_uint (s, "n");
  gint64 wall = 0;
  gchar *line;

  if (n == 0)
    return;
  gst_structure_get_int64 (s, "wall", &wall);
  g_hash_table_insert (run->held_lines, GUINT_TO_POINTER (n),
      gst_voice_journal_line (s, n, gst_voice_structure_time (s, "at"), wall));
  while (g_hash_table_steal_extended (run->held_lines,
          GUINT_TO_POINTER (run->next_line), NULL, (gpointer *) & line)) {
    fputs (line, stdout);
    g_free (line);
    run->next_line++;
  }
  fflush (stdout);
}

static void
fail (Run * run, GstMessage * message)
{
  GError *error;
  gchar *debug;

  gst_message_parse_error (message, &error, &debug);
  screen_finish (run->screen);
  /* Errors of a file already say where; others are told by the element. */
  complain (error->message);
  if (debug && g_getenv ("GST_DEBUG"))
    g_printerr ("%s\n", debug);
  g_error_free (error);
  g_free (debug);
  run->failed = TRUE;
  g_main_loop_quit (run->loop);
}

static void
warn (Run * run, GstMessage * message)
{
  GError *error;

  gst_message_parse_warning (message, &error, NULL);
  if (run->json || run->quiet)
    complain (error->message);
  else
    screen_warn (run->screen, error->message);
  g_error_free (error);
}

static void
take_element_message (Run * run, const GstStructure * s)
{
  if (!gst_voice_event_info (gst_structure_get_name (s)))
    return;
  if (gst_structure_has_name (s, "voice/session-ended")) {
    g_free (run->reason);
    run->reason = g_strdup (gst_voice_structure_string (s, "reason"));
  }
  if (run->json)
    show_json (run, s);
  else if (!run->quiet)
    screen_show (run->screen, s);
}

static gboolean
bus_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Run *run = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      take_element_message (run, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      warn (run, message);
      break;
    case GST_MESSAGE_ERROR:
      fail (run, message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (run->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (run->pipeline));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
give_up (gpointer data)
{
  Run *run = data;

  g_main_loop_quit (run->loop);
  return G_SOURCE_REMOVE;
}

/* Once ends the call properly, twice at once. */
static gboolean
interrupted (gpointer data)
{
  Run *run = data;

  if (run->interrupted) {
    g_main_loop_quit (run->loop);
    return G_SOURCE_CONTINUE;
  }
  run->interrupted = TRUE;
  g_signal_emit_by_name (run->agent, "hangup", "application");
  g_timeout_add_seconds (GOODBYE_SECONDS, give_up, run);
  return G_SOURCE_CONTINUE;
}

static gboolean
start (Run * run)
{
  GstClock *clock = run->simulate ? gst_voice_clock_new () :
      gst_system_clock_obtain ();
  GstStateChangeReturn ret;

  gst_pipeline_use_clock (GST_PIPELINE (run->pipeline), clock);
  ret = gst_element_set_state (run->pipeline, GST_STATE_PLAYING);
  if (run->simulate)
    gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  gst_object_unref (clock);
  return ret != GST_STATE_CHANGE_FAILURE;
}

/* What is still on the bus when the pipeline has stopped. */
static void
drain_bus (Run * run, GstBus * bus)
{
  GstMessage *message;

  while ((message = gst_bus_pop (bus))) {
    if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ELEMENT)
      take_element_message (run, gst_message_get_structure (message));
    else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR && !run->failed)
      fail (run, message);
    gst_message_unref (message);
  }
}

static void
play (Run * run)
{
  GstBus *bus = gst_element_get_bus (run->pipeline);
  guint watch = gst_bus_add_watch (bus, bus_message, run);
  guint sigint = g_unix_signal_add (SIGINT, interrupted, run);
  guint sigterm = g_unix_signal_add (SIGTERM, interrupted, run);

  if (start (run))
    g_main_loop_run (run->loop);
  else
    run->reason = g_strdup ("error");
  g_source_remove (watch);
  gst_element_set_state (run->pipeline, GST_STATE_NULL);
  drain_bus (run, bus);
  gst_object_unref (bus);
  g_source_remove (sigint);
  g_source_remove (sigterm);
  screen_finish (run->screen);
}

static gboolean
deliver (Run * run, GError ** error)
{
  gchar *path = run->db ? g_strdup (run->db) : store_default_path ();
  Store *store = store_open (path, STORE_WRITE | STORE_CREATE, error);
  gchar *dir = spool_default_dir ();
  SpoolReport report;
  gboolean ok = store && store_deliver_pending (store, dir, &report, error);

  g_clear_pointer (&store, store_close);
  g_free (dir);
  g_free (path);
  return ok;
}

/* The record goes from the journal into the database; if that is not possible
 * now, the journal waits for the next time. */
static void
keep (Run * run)
{
  GError *error = NULL;
  Record *record;

  record = record_new_from_journal (spool_path (run->spool), &error);
  if (record && !run->json && record_length (record, RECORD_TURNS) > 0)
    report_print (record, stdout);
  g_clear_pointer (&record, record_free);
  g_clear_error (&error);
  spool_end (run->spool);
  run->spool = NULL;
  if (g_strcmp0 (run->db, "none") == 0)
    return;
  if (!deliver (run, &error)) {
    g_printerr ("gst-voice run: the call is not yet in the database: %s. Its "
        "journal is kept and will be delivered next time.\n", error->message);
    g_error_free (error);
  }
}

static void
run_clear (Run * run)
{
  g_clear_pointer (&run->spool, spool_end);
  g_clear_pointer (&run->screen, screen_free);
  g_clear_pointer (&run->held_lines, g_hash_table_unref);
  g_clear_pointer (&run->loop, g_main_loop_unref);
  gst_clear_object (&run->pipeline);
  g_clear_object (&run->session);
  g_strfreev (run->variables);
  g_free (run->persona);
  g_free (run->caller);
  g_free (run->speaker);
  g_free (run->record);
  g_free (run->db);
  g_free (run->reason);
}

static int
call (Run * run)
{
  ScreenSettings settings;
  GError *error = NULL;

  screen_settings_guess (&settings, stdout);
  run->screen = screen_new (stdout, &settings);
  run->loop = g_main_loop_new (NULL, FALSE);
  run->next_line = 1;
  run->held_lines = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  if (!open_journal (run, &error) || !build (run, &error)) {
    complain (error ? error->message : "the pipeline cannot be linked");
    g_clear_error (&error);
    return EXIT_FAILED;
  }
  set_variables (run);
  play (run);
  keep (run);
  if (run->failed)
    return EXIT_FAILED;
  return status_of (run->interrupted && !run->reason ? "application" :
      run->reason);
}

int
verb_run (int argc, char **argv)
{
  Run run = { 0 };
  int status = EXIT_USAGE;

  if (parse_options (&run, &argc, &argv) && check_options (&run, argc, argv))
    status = call (&run);
  run_clear (&run);
  return status;
}
