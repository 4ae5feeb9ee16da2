/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plays one call: makes the pipeline, shows what it tells, ends it properly
 * whatever ends it, and keeps its record.
 *
 * Threads: the main thread; the bus brings everything there. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "call.h"

#include "graph.h"
#include "keep.h"
#include "lines.h"
#include "record-text.h"
#include "report.h"
#include "screen.h"

#include <glib-unix.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <gst/gst.h>
#include <string.h>

/* How long a call may take to say goodbye after Ctrl-C. */
#define GOODBYE_SECONDS 20
/* How long a tool that still runs is waited for: more than its timeout. */
#define TOOL_SECONDS 25

static const gint end_signals[] = { SIGINT, SIGTERM, SIGHUP };

typedef struct
{
  const CallSettings *settings;
  GMainLoop *loop;
  GstElement *pipeline, *agent;
  GstVoiceSession *session;
  Keep *keep;
  Screen *screen;
  Lines *lines;
  guint signals[G_N_ELEMENTS (end_signals)];

  gchar *reason;                /* why the call has ended */
  guint last_line;              /* of the journal */
  gboolean failed;              /* and it was said why */
  guint interrupted;            /* how often */
} Call;

/**
 * call_complain:
 * @format: what is the matter
 * @...: for @format
 *
 * Says so on standard error, in one line.
 */
void
call_complain (const gchar * format, ...)
{
  gchar *text, *valid, *line;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  valid = g_utf8_make_valid (text, -1);
  line = text_printable (valid);
  g_printerr ("gst-voice run: %s\n", line);
  g_free (line);
  g_free (valid);
  g_free (text);
}

static void
set_variables (Call * call)
{
  for (gchar ** v = call->settings->variables; v && *v; v++) {
    gchar *value = strchr (*v, '=');
    gchar *name = g_strndup (*v, value - *v);

    gst_voice_session_set_variable (call->session, NULL, name, value + 1);
    g_free (name);
  }
}

static gboolean
build (Call * call, GError ** error)
{
  const gchar *record = call->settings->record;
  GstContext *context;

  call->pipeline = graph_new (call->settings, &call->agent, error);
  if (!call->pipeline)
    return FALSE;
  /* The last message of a call comes while it is taken down. */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (call->pipeline), FALSE);
  g_object_set (call->agent, "session", call->session, NULL);
  if (record)
    g_object_set (call->agent, "record", record, NULL);
  /* The caller's element reports to the same journal. */
  context = gst_voice_session_to_context (call->session);
  gst_element_set_context (call->pipeline, context);
  gst_context_unref (context);
  return TRUE;
}

static void
fail (Call * call, const gchar * text)
{
  if (!call->failed) {
    screen_finish (call->screen);
    call_complain ("%s", text);
  }
  call->failed = TRUE;
  g_main_loop_quit (call->loop);
}

static void
take_error (Call * call, GstMessage * message)
{
  GError *error;
  gchar *debug;

  gst_message_parse_error (message, &error, &debug);
  fail (call, error->message);
  if (debug && g_getenv ("GST_DEBUG"))
    call_complain ("%s", debug);
  g_error_free (error);
  g_free (debug);
}

static void
take_warning (Call * call, GstMessage * message)
{
  GError *error;

  if (call->failed)
    return;
  gst_message_parse_warning (message, &error, NULL);
  if (call->settings->json || call->settings->quiet)
    call_complain ("%s", error->message);
  else
    screen_warn (call->screen, error->message);
  g_error_free (error);
}

static void
take_element_message (Call * call, const GstStructure * s)
{
  if (!gst_voice_event_info (gst_structure_get_name (s)))
    return;
  call->last_line = MAX (call->last_line, gst_voice_structure_uint (s, "n"));
  if (gst_structure_has_name (s, "voice/ended")) {
    g_free (call->reason);
    call->reason = g_strdup (gst_voice_structure_string (s, "reason"));
  }
  if (call->settings->json)
    lines_take (call->lines, s);
  else if (!call->settings->quiet)
    screen_show (call->screen, s);
  if (ferror (stdout))
    fail (call, "the output cannot be written");
}

static gboolean
take_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Call *call = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      take_element_message (call, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      take_warning (call, message);
      break;
    case GST_MESSAGE_ERROR:
      take_error (call, message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit (call->loop);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (call->pipeline));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
give_up (gpointer data)
{
  Call *call = data;

  g_main_loop_quit (call->loop);
  return G_SOURCE_REMOVE;
}

/* Once ends the call properly, twice at once; a third time kills. */
static gboolean
interrupt (gpointer data)
{
  Call *call = data;

  if (call->interrupted++ > 0) {
    g_main_loop_quit (call->loop);
    return G_SOURCE_CONTINUE;
  }
  g_signal_emit_by_name (call->agent, "hangup", "application");
  g_timeout_add_seconds (GOODBYE_SECONDS, give_up, call);
  if (!call->settings->json && !call->settings->quiet)
    screen_warn (call->screen, "Hanging up. Once more, and the call ends at "
        "once.");
  return G_SOURCE_CONTINUE;
}

static void
catch_signals (Call * call)
{
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    call->signals[i] = g_unix_signal_add (end_signals[i], interrupt, call);
}

/* They do again what they do by themselves. */
static void
leave_signals (Call * call)
{
  for (guint i = 0; i < G_N_ELEMENTS (end_signals); i++)
    g_source_remove (call->signals[i]);
}

/* Without a device the automatic elements choose one that does nothing. */
static gboolean
has_device (Call * call, const gchar * name)
{
  GstElement *bin = gst_bin_get_by_name (GST_BIN (call->pipeline), name);
  gboolean found = TRUE;

  if (!bin)
    return TRUE;
  GST_OBJECT_LOCK (bin);
  for (GList * l = GST_BIN_CHILDREN (bin); l; l = l->next)
    found = found && !g_str_has_prefix (GST_OBJECT_NAME (l->data), "fake");
  GST_OBJECT_UNLOCK (bin);
  gst_object_unref (bin);
  return found;
}

static gboolean
has_devices (Call * call)
{
  if (!has_device (call, GRAPH_MICROPHONE))
    fail (call, "there is no microphone; --caller FILE plays a caller from a "
        "file");
  else if (!has_device (call, GRAPH_LOUDSPEAKER))
    fail (call, "there is no loudspeaker; --speaker none plays without one, "
        "and --speaker FILE into a file");
  return !call->failed;
}

static gboolean
start (Call * call)
{
  GstClock *clock = call->settings->simulate ? gst_voice_clock_new () :
      gst_system_clock_obtain ();
  GstStateChangeReturn ret;

  gst_pipeline_use_clock (GST_PIPELINE (call->pipeline), clock);
  ret = gst_element_set_state (call->pipeline, GST_STATE_READY);
  if (ret != GST_STATE_CHANGE_FAILURE)
    ret = has_devices (call) ? gst_element_set_state (call->pipeline,
        GST_STATE_PLAYING) : GST_STATE_CHANGE_FAILURE;
  if (call->settings->simulate)
    gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  gst_object_unref (clock);
  return ret != GST_STATE_CHANGE_FAILURE;
}

/* What is still on the bus when the pipeline has stopped. */
static void
drain_bus (Call * call, GstBus * bus)
{
  GstMessage *message;

  while ((message = gst_bus_pop (bus))) {
    take_message (bus, message, call);
    gst_message_unref (message);
  }
}

/* A tool that writes goes on when the call is over, and what came of it belongs
 * in the record. */
static void
wait_for_tools (Call * call)
{
  if (call->last_line == 0 || gst_voice_session_wait (call->session, 0))
    return;
  if (call->interrupted < 2) {
    call_complain ("a tool still runs; its result is waited for, %d s at the "
        "most", TOOL_SECONDS);
    if (gst_voice_session_wait (call->session, TOOL_SECONDS * GST_SECOND))
      return;
  }
  fail (call, "a tool still runs, and what comes of it will not be in the "
      "record");
}

static void
play (Call * call)
{
  GstBus *bus = gst_element_get_bus (call->pipeline);
  guint watch = gst_bus_add_watch (bus, take_message, call);
  gboolean started;

  catch_signals (call);
  started = start (call);
  if (started)
    g_main_loop_run (call->loop);
  leave_signals (call);
  g_source_remove (watch);
  gst_element_set_state (call->pipeline, GST_STATE_NULL);
  drain_bus (call, bus);
  if (!started)
    fail (call, "the call cannot be started");
  wait_for_tools (call);
  drain_bus (call, bus);
  gst_object_unref (bus);
  screen_finish (call->screen);
}

/* That a recording broke off was said when it did, but is easily missed. */
static void
check_recordings (Call * call, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_RECORDINGS); i++) {
    const RecordRecording *r = record_item (record, RECORD_RECORDINGS, i);

    if (strcmp (r->state, "failed") == 0)
      fail (call, "the recording of the call is not whole");
  }
}

/* The record goes from the journal into the database; if that is not possible
 * now, the journal waits for the next time. */
static void
keep (Call * call)
{
  GError *error = NULL;
  Record *record = keep_record (call->keep, call->last_line, &error);
  gchar *db;

  if (error && call->last_line > 0)
    fail (call, error->message);
  g_clear_error (&error);
  if (record)
    check_recordings (call, record);
  if (call->settings->json)
    lines_finish (call->lines, keep_journal (call->keep));
  db = keep_end (g_steal_pointer (&call->keep), &error);
  if (record && !call->settings->json && call->last_line > 0)
    report_print (record, db, call->settings->speaker, stdout);
  g_clear_pointer (&record, record_free);
  if (error) {
    call_complain ("the call is not yet in the database: %s. Its journal is "
        "kept and will be delivered next time.", error->message);
    call->failed = TRUE;
    g_error_free (error);
  }
  if (fflush (stdout) != 0)
    fail (call, "the output cannot be written");
  g_free (db);
}

static gboolean
begin (Call * call, GError ** error)
{
  ScreenSettings screen;

  screen_settings_guess (&screen, stdout);
  call->screen = screen_new (stdout, &screen);
  call->lines = lines_new (stdout);
  call->loop = g_main_loop_new (NULL, FALSE);
  call->session = gst_voice_session_new (NULL);
  if (!build (call, error))
    return FALSE;
  set_variables (call);
  call->keep = keep_begin (call->settings->db,
      gst_voice_session_call_id (call->session), error);
  return call->keep && gst_voice_session_open_journal (call->session,
      keep_journal (call->keep), error);
}

static void
call_clear (Call * call)
{
  if (call->keep)
    g_free (keep_end (call->keep, NULL));
  g_clear_pointer (&call->screen, screen_free);
  g_clear_pointer (&call->lines, lines_free);
  g_clear_pointer (&call->loop, g_main_loop_unref);
  gst_clear_object (&call->pipeline);
  g_clear_object (&call->session);
}

/**
 * call_play:
 * @settings: with what
 *
 * Plays a call from its beginning to its end.
 *
 * Returns: (transfer full): how it ended: a reason of `voice/hangup`, or
 *   %CALL_FAILED if stderr says what was wrong
 */
gchar *
call_play (const CallSettings * settings)
{
  Call call = {.settings = settings };
  GError *error = NULL;

  if (begin (&call, &error)) {
    play (&call);
    keep (&call);
  } else {
    fail (&call, error->message);
    g_clear_error (&error);
  }
  if (call.failed || (call.interrupted
          && g_strcmp0 (call.reason, "disconnected") == 0)) {
    g_free (call.reason);
    call.reason = g_strdup (call.failed ? CALL_FAILED : "application");
  }
  call_clear (&call);
  return call.reason ? call.reason : g_strdup ("disconnected");
}
