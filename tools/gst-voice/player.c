/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plays a pipeline that is a call, and ends it properly whatever ends it.
 * `gst-voice run` shows on the terminal what it tells; a call process reports
 * it to the control process.
 *
 * Threads: the main thread; the bus brings everything there. Locks: none.
 */
#include "player.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>

/* How long a tool that still runs is waited for: more than its timeout. */
#define TOOL_SECONDS 25

/**
 * player_stop:
 * @self: a player
 *
 * The call ends at once.
 */
void
player_stop (Player * self)
{
  if (self->loop)
    g_main_loop_quit (self->loop);
}

/**
 * player_fail:
 * @self: a player
 * @text: why
 * @debug: (nullable): and where
 *
 * The call ends by this, unless it has failed already.
 */
void
player_fail (Player * self, const gchar * text, const gchar * debug)
{
  if (!self->failed && self->events->failed)
    self->events->failed (self->data, text, debug);
  self->failed = TRUE;
  player_stop (self);
}

static void
take_error (Player * self, GstMessage * message)
{
  GError *error;
  gchar *debug;

  gst_message_parse_error (message, &error, &debug);
  player_fail (self, error->message, debug);
  g_error_free (error);
  g_free (debug);
}

static void
take_warning (Player * self, GstMessage * message)
{
  GError *error;

  if (self->failed || !self->events->warning)
    return;
  gst_message_parse_warning (message, &error, NULL);
  self->events->warning (self->data, error->message);
  g_error_free (error);
}

static void
take_element_message (Player * self, const GstStructure * s)
{
  if (!gst_voice_event_info (gst_structure_get_name (s)))
    return;
  self->last_line = MAX (self->last_line, gst_voice_structure_uint (s, "n"));
  if (gst_structure_has_name (s, "voice/ended")) {
    g_free (self->reason);
    self->reason = g_strdup (gst_voice_structure_string (s, "reason"));
  }
  if (self->events->event)
    self->events->event (self->data, s);
}

static gboolean
take_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Player *self = data;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      take_element_message (self, gst_message_get_structure (message));
      break;
    case GST_MESSAGE_WARNING:
      take_warning (self, message);
      break;
    case GST_MESSAGE_ERROR:
      take_error (self, message);
      break;
    case GST_MESSAGE_EOS:
      player_stop (self);
      break;
    case GST_MESSAGE_LATENCY:
      gst_bin_recalculate_latency (GST_BIN (self->pipeline));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
give_up (gpointer data)
{
  Player *self = data;

  self->timeout = 0;
  player_stop (self);
  return G_SOURCE_REMOVE;
}

/**
 * player_hang_up:
 * @self: a player
 * @reason: of `voice/hangup`
 * @seconds: how long that may take
 *
 * The call ends when the agent has said what it is saying.
 */
void
player_hang_up (Player * self, const gchar * reason, guint seconds)
{
  if (GST_STATE (self->agent) < GST_STATE_PAUSED) {
    if (!self->reason)
      self->reason = g_strdup (reason);
    player_stop (self);
    return;
  }
  g_signal_emit_by_name (self->agent, "hangup", reason);
  if (!self->timeout)
    self->timeout = g_timeout_add_seconds (seconds, give_up, self);
}

static gboolean
start (Player * self)
{
  GstClock *clock = self->simulate ? gst_voice_clock_new () :
      gst_system_clock_obtain ();
  GstStateChangeReturn ret;

  gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), clock);
  ret = gst_element_set_state (self->pipeline, GST_STATE_READY);
  if (ret != GST_STATE_CHANGE_FAILURE) {
    if (!self->events->ready || self->events->ready (self->data))
      ret = gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
    else
      ret = GST_STATE_CHANGE_FAILURE;
  }
  if (self->simulate)
    gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  gst_object_unref (clock);
  return ret != GST_STATE_CHANGE_FAILURE;
}

/* What is still on the bus when the pipeline has stopped. */
static void
drain_bus (Player * self, GstBus * bus)
{
  GstMessage *message;

  while ((message = gst_bus_pop (bus))) {
    take_message (bus, message, self);
    gst_message_unref (message);
  }
}

/* An agent that is still kept back tells of no end, and of nothing at all if
 * it has no room. But there was a call. */
static void
end_unstarted (Player * self, GstBus * bus)
{
  const gchar *reason = self->failed ? "error" :
      self->reason ? self->reason : "disconnected";

  if (!gst_element_is_locked_state (self->agent))
    return;
  drain_bus (self, bus);
  if (self->last_line == 0)
    gst_voice_session_report (self->session, self->pipeline,
        gst_voice_structure_new ("disconnected", "reason", reason, NULL));
  gst_voice_session_end (self->session, self->pipeline, reason);
}

/* A tool that writes goes on when the call is over, and what came of it belongs
 * in the record. */
static void
wait_for_tools (Player * self)
{
  if (self->last_line == 0 || gst_voice_session_wait (self->session, 0))
    return;
  if (!self->hurried) {
    if (self->events->waiting)
      self->events->waiting (self->data, TOOL_SECONDS);
    if (gst_voice_session_wait (self->session, TOOL_SECONDS * GST_SECOND))
      return;
  }
  player_fail (self, "a tool still runs, and what comes of it will not be in "
      "the record", NULL);
}

/**
 * player_prepare:
 * @self: a player with a pipeline, an agent and a session
 * @record: (nullable): a file to record into
 *
 * All elements get the session, so that they report to one journal.
 */
void
player_prepare (Player * self, const gchar * record)
{
  GstContext *context = gst_voice_session_to_context (self->session);

  /* The last message of a call comes while it is taken down. */
  gst_pipeline_set_auto_flush_bus (GST_PIPELINE (self->pipeline), FALSE);
  g_object_set (self->agent, "session", self->session, NULL);
  if (record)
    g_object_set (self->agent, "record", record, NULL);
  gst_element_set_context (self->pipeline, context);
  gst_context_unref (context);
}

/**
 * player_run:
 * @self: a player that was prepared
 *
 * Plays the call to its end.
 */
void
player_run (Player * self)
{
  GstBus *bus = gst_element_get_bus (self->pipeline);
  guint watch = gst_bus_add_watch (bus, take_message, self);
  gboolean started;

  self->loop = g_main_loop_new (NULL, FALSE);
  started = start (self);
  if (started)
    g_main_loop_run (self->loop);
  if (self->timeout)
    g_source_remove (self->timeout);
  self->timeout = 0;
  g_source_remove (watch);
  if (started)
    end_unstarted (self, bus);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  drain_bus (self, bus);
  if (!started)
    player_fail (self, "the call cannot be started", NULL);
  wait_for_tools (self);
  drain_bus (self, bus);
  gst_object_unref (bus);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

/**
 * player_clear:
 * @self: a player that does not run
 *
 * Frees what it has made, not what it was given.
 */
void
player_clear (Player * self)
{
  g_clear_pointer (&self->reason, g_free);
}
