/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plays one call in the terminal: shows what it tells, ends it when it is asked
 * to, and keeps its record.
 *
 * Threads: the main thread. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "call.h"

#include "graph.h"
#include "keep.h"
#include "lines.h"
#include "player.h"
#include "record-text.h"
#include "report.h"
#include "screen.h"
#include "silent.h"
#include "trace-export.h"
#include "trace-tail.h"

#include <errno.h>
#include <glib-unix.h>
#include <gst-voice/session.h>
#include <gst/gst.h>
#include <string.h>
#include <unistd.h>

/* How long a call may take to say goodbye after Ctrl-C. */
#define GOODBYE_SECONDS 20
/* How long the end of a call may be held up by a collector of traces. */
#define TRACES_MS 5000
/* Who reads need not wait for words to be spoken. */
#define CHAT_PACE 2000
#define MAX_LINE 4000

static const gint end_signals[] = { SIGINT, SIGTERM, SIGHUP };

typedef struct
{
  const CallSettings *settings;
  Player player;
  Keep *keep;
  Delivery delivery;
  Screen *screen;
  Lines *lines;
  TraceExport *traces;          /* or NULL, with the next */
  TraceTail *tail;
  Silence silence;              /* of a chat */
  GString *typed;               /* that has no end of line yet */
  guint input;
  guint signals[G_N_ELEMENTS (end_signals)];
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
  g_printerr ("%s: %s\n", g_get_prgname (), line);
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

    gst_voice_session_set_variable (call->player.session, NULL, name,
        value + 1);
    g_free (name);
  }
}

static gboolean
build (Call * call, GError ** error)
{
  Player *player = &call->player;

  player->pipeline = graph_new (call->settings, &player->agent, error);
  if (player->pipeline)
    player_prepare (player, call->settings->record);
  if (player->pipeline && call->settings->chat) {
    call->silence = (Silence) {
    .deaf = TRUE,.pace = CHAT_PACE};
    silence_make (player->pipeline, &call->silence);
  }
  return player->pipeline != NULL;
}

static void
fail (Call * call, const gchar * text)
{
  player_fail (&call->player, text, NULL);
}

static void
show_failure (gpointer data, const gchar * text, const gchar * debug)
{
  Call *call = data;

  if (call->screen)
    screen_finish (call->screen);
  call_complain ("%s", text);
  if (debug && g_getenv ("GST_DEBUG"))
    call_complain ("%s", debug);
}

static void
show_warning (gpointer data, const gchar * text)
{
  Call *call = data;

  if (call->settings->json || call->settings->quiet)
    call_complain ("%s", text);
  else
    screen_warn (call->screen, text);
}

static void
show_event (gpointer data, const GstStructure * s)
{
  Call *call = data;

  if (call->settings->json)
    lines_take (call->lines, s);
  else if (!call->settings->quiet)
    screen_show (call->screen, s);
  if (call->tail && gst_structure_has_name (s, "voice/turn"))
    trace_tail_read (call->tail);
  if (ferror (stdout))
    fail (call, "the output cannot be written");
}

static void
show_waiting (gpointer data, guint seconds)
{
  call_complain ("a tool still runs; its result is waited for, %u s at the "
      "most", seconds);
}

/* Once ends the call properly, twice at once; a third time kills. */
static gboolean
interrupt (gpointer data)
{
  Call *call = data;

  if (call->interrupted++ > 0) {
    call->player.hurried = TRUE;
    player_stop (&call->player);
    return G_SOURCE_CONTINUE;
  }
  player_hang_up (&call->player, "application", GOODBYE_SECONDS);
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
  GstElement *bin = gst_bin_get_by_name (GST_BIN (call->player.pipeline), name);
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
has_devices (gpointer data)
{
  Call *call = data;

  if (!has_device (call, GRAPH_MICROPHONE))
    fail (call, "there is no microphone; --caller FILE plays a caller from a "
        "file");
  else if (!has_device (call, GRAPH_LOUDSPEAKER))
    fail (call, "there is no loudspeaker; --speaker none plays without one, "
        "and --speaker FILE into a file");
  return !call->player.failed;
}

static const PlayerEvents player_events = {
  .ready = has_devices,
  .event = show_event,
  .warning = show_warning,
  .failed = show_failure,
  .waiting = show_waiting,
};

static void
take_typed (Call * call)
{
  gchar *end, *line;

  while ((end = strchr (call->typed->str, '\n'))) {
    *end = '\0';
    line = g_utf8_make_valid (call->typed->str, -1);
    g_signal_emit_by_name (call->player.agent, "text", line);
    g_free (line);
    g_string_erase (call->typed, 0, end + 1 - call->typed->str);
  }
  if (call->typed->len > MAX_LINE)
    g_string_truncate (call->typed, MAX_LINE);
}

/* The terminal; its end hangs up. */
static gboolean
read_typed (gint fd, GIOCondition condition, gpointer data)
{
  Call *call = data;
  gchar part[1024];
  gssize n = read (fd, part, sizeof (part));

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n > 0) {
    for (gssize i = 0; i < n; i++)
      g_string_append_c (call->typed, part[i] ? part[i] : ' ');
    take_typed (call);
    return G_SOURCE_CONTINUE;
  }
  call->input = 0;
  player_hang_up (&call->player, "disconnected", GOODBYE_SECONDS);
  return G_SOURCE_REMOVE;
}

static void
play (Call * call)
{
  catch_signals (call);
  if (call->settings->chat && !call->settings->script) {
    call->typed = g_string_new (NULL);
    call->input = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, read_typed,
        call);
  }
  player_run (&call->player);
  if (call->input)
    g_source_remove (call->input);
  leave_signals (call);
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

static void
take_trace (gpointer traces, gchar * trace)
{
  trace_export_add (traces, trace);
}

/* Traces that are lost do not make a call fail. */
static void
send_traces (Call * call)
{
  gchar *problem;
  guint64 sent, dropped;

  if (!call->traces)
    return;
  trace_tail_end (call->tail);
  if (trace_export_finish (call->traces, TRACES_MS))
    return;
  problem = trace_export_problem (call->traces);
  trace_export_get_counts (call->traces, &sent, &dropped);
  call_complain ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " traces were "
      "not delivered: %s", dropped, sent + dropped, problem);
  g_free (problem);
}

static void
begin_traces (Call * call)
{
  const TraceSettings *settings = &call->settings->traces;

  if (!settings->url)
    return;
  call->traces = trace_export_new (settings);
  call->tail = trace_tail_new (keep_journal (call->keep), settings->content,
      take_trace, call->traces);
}

/* The record goes from the journal into the database; if that is not possible
 * now, the journal waits for the next time. */
static void
keep (Call * call)
{
  GError *error = NULL;
  Record *record = keep_record (call->keep, call->player.last_line, &error);
  gchar *db, *undelivered;

  if (error && call->player.last_line > 0)
    fail (call, error->message);
  g_clear_error (&error);
  if (record)
    check_recordings (call, record);
  if (call->settings->json)
    lines_finish (call->lines, keep_journal (call->keep));
  db = keep_end (g_steal_pointer (&call->keep), &undelivered, &error);
  if (record && !call->settings->json && call->player.last_line > 0)
    report_print (record, db, call->settings->speaker, stdout);
  g_clear_pointer (&record, record_free);
  if (undelivered)
    call_complain ("not yet delivered: %s. It is in the outbox (`gst-voice "
        "outbox list`).", undelivered);
  g_free (undelivered);
  if (error) {
    call_complain ("the call is not yet in the database: %s. Its journal is "
        "kept and will be delivered next time.", error->message);
    call->player.failed = TRUE;
    g_error_free (error);
  }
  if (fflush (stdout) != 0)
    fail (call, "the output cannot be written");
  g_free (db);
}

/* A whole call has no persona that we know of. */
static gboolean
find_delivery (Call * call, GError ** error)
{
  const CallSettings *settings = call->settings;
  const Delivery *given = &settings->delivery;
  GstVoicePersona *persona;

  delivery_set (&call->delivery, given->webhook, given->secret, NULL);
  if (graph_is_description (settings->persona))
    return TRUE;
  persona = gst_voice_persona_load (settings->persona, error);
  if (!persona)
    return FALSE;
  delivery_take_persona (&call->delivery, persona);
  gst_voice_persona_unref (persona);
  return TRUE;
}

static gboolean
begin (Call * call, GError ** error)
{
  ScreenSettings screen;

  screen_settings_guess (&screen, stdout);
  call->screen = screen_new (stdout, &screen);
  call->lines = lines_new (stdout);
  call->player.session = gst_voice_session_new (NULL);
  if (!build (call, error) || !find_delivery (call, error))
    return FALSE;
  set_variables (call);
  call->keep = keep_begin (call->settings->db,
      gst_voice_session_call_id (call->player.session), &call->delivery, error);
  return call->keep && gst_voice_session_open_journal (call->player.session,
      keep_journal (call->keep), error);
}

static void
call_clear (Call * call)
{
  g_clear_pointer (&call->tail, trace_tail_free);
  g_clear_pointer (&call->traces, trace_export_free);
  if (call->keep)
    g_free (keep_end (call->keep, NULL, NULL));
  delivery_clear (&call->delivery);
  if (call->typed)
    g_string_free (call->typed, TRUE);
  g_clear_pointer (&call->screen, screen_free);
  g_clear_pointer (&call->lines, lines_free);
  gst_clear_object (&call->player.pipeline);
  g_clear_object (&call->player.session);
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
  Call call = {.settings = settings,.player = {.simulate = settings->simulate,
      .events = &player_events,.data = &call}
  };
  GError *error = NULL;
  gchar *reason;

  if (begin (&call, &error)) {
    begin_traces (&call);
    play (&call);
    send_traces (&call);
    keep (&call);
  } else {
    fail (&call, error->message);
    g_clear_error (&error);
  }
  reason = g_steal_pointer (&call.player.reason);
  if (call.player.failed || (call.interrupted
          && g_strcmp0 (reason, "disconnected") == 0)) {
    g_free (reason);
    reason = g_strdup (call.player.failed ? CALL_FAILED : "application");
  }
  call_clear (&call);
  return reason ? reason : g_strdup ("disconnected");
}
