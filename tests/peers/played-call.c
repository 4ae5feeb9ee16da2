/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole calls for tests and benchmarks: callersrc ! voiceagent ! fakesink, in
 * real or in simulated time.
 */
#include "played-call.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <string.h>

/**
 * played_call_prepare:
 * @call: to be filled
 * @persona: the persona's path
 * @caller: (nullable): a caller file; without one the caller is silent
 *
 * Makes a call that has not begun; its elements are there.
 *
 * Returns: whether that was possible
 */
gboolean
played_call_prepare (PlayedCall * call, const gchar * persona,
    const gchar * caller)
{
  GstElement *source = gst_element_factory_make ("callersrc", NULL);
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);

  memset (call, 0, sizeof *call);
  call->agent = gst_element_factory_make ("voiceagent", NULL);
  if (!call->agent || !source)
    g_error ("no voiceagent in GST_PLUGIN_PATH_1_0");
  call->pipeline = gst_pipeline_new (NULL);
  gst_bin_add_many (GST_BIN (call->pipeline), source, call->agent, sink, NULL);
  g_object_set (source, "location", caller, NULL);
  g_object_set (call->agent, "persona", persona, "session", session, NULL);
  gst_element_set_context (call->pipeline, context);
  gst_context_unref (context);
  g_object_unref (session);
  g_object_set (sink, "sync", FALSE, "async", FALSE, "enable-last-sample",
      FALSE, NULL);
  gst_element_link_many (source, call->agent, sink, NULL);
  return gst_element_set_state (call->pipeline, GST_STATE_READY) !=
      GST_STATE_CHANGE_FAILURE;
}

/**
 * played_call_play:
 * @call: that is prepared
 * @simulated: whether time is simulated
 *
 * Returns: whether the call has begun
 */
gboolean
played_call_play (PlayedCall * call, gboolean simulated)
{
  GstClock *clock = simulated ? gst_voice_clock_new () :
      gst_system_clock_obtain ();
  GstStateChangeReturn ret;

  gst_pipeline_use_clock (GST_PIPELINE (call->pipeline), clock);
  ret = gst_element_set_state (call->pipeline, GST_STATE_PLAYING);
  if (simulated)
    gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  gst_object_unref (clock);
  return ret != GST_STATE_CHANGE_FAILURE;
}

/**
 * played_call_start:
 * @call: to be filled
 * @persona: the persona's path
 * @caller: (nullable): a caller file; without one the caller is silent
 * @simulated: whether time is simulated
 *
 * Both in one.
 *
 * Returns: whether the call has begun
 */
gboolean
played_call_start (PlayedCall * call, const gchar * persona,
    const gchar * caller, gboolean simulated)
{
  return played_call_prepare (call, persona, caller)
      && played_call_play (call, simulated);
}

static void
take_message (PlayedCall * call, GstMessage * message)
{
  const GstStructure *s = gst_message_get_structure (message);

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS)
    call->ended = TRUE;
  else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    call->ended = call->failed = TRUE;
  if (!s || !gst_structure_has_name (s, "voice/session-ended"))
    return;
  g_strlcpy (call->reason, gst_voice_structure_string (s, "reason"),
      sizeof call->reason);
  call->duration = gst_voice_structure_time (s, "duration");
}

static void
take_messages (PlayedCall * call, GstClockTime wait, PlayedCallFunc func,
    gpointer data)
{
  GstBus *bus = gst_element_get_bus (call->pipeline);
  GstMessage *message;

  while (!call->ended && (message = gst_bus_timed_pop (bus, wait))) {
    take_message (call, message);
    if (func)
      func (call, message, data);
    gst_message_unref (message);
  }
  gst_object_unref (bus);
}

/**
 * played_call_run:
 * @calls: that have begun
 * @n: how many
 * @longest: how long at the most, in real time
 * @func: (nullable): gets their messages
 * @data: for @func
 *
 * Waits until all have ended.
 */
void
played_call_run (PlayedCall * calls, guint n, GstClockTime longest,
    PlayedCallFunc func, gpointer data)
{
  gint64 until = g_get_monotonic_time () + longest / GST_USECOND;
  gboolean going = TRUE;

  while (going && g_get_monotonic_time () < until) {
    going = FALSE;
    for (guint i = 0; i < n; i++) {
      take_messages (&calls[i], n > 1 ? 0 : 100 * GST_MSECOND, func, data);
      going = going || !calls[i].ended;
    }
    if (n > 1)
      g_usleep (20000);
  }
}

/**
 * played_call_stop:
 * @call: a call
 *
 * Ends it and frees what it holds.
 */
void
played_call_stop (PlayedCall * call)
{
  GstBus *bus = gst_element_get_bus (call->pipeline);
  GstMessage *message;

  /* In NULL the bus forgets what came last. */
  gst_element_set_state (call->pipeline, GST_STATE_READY);
  while ((message = gst_bus_pop (bus))) {
    take_message (call, message);
    gst_message_unref (message);
  }
  gst_object_unref (bus);
  gst_element_set_state (call->pipeline, GST_STATE_NULL);
  gst_clear_object (&call->pipeline);
}

/**
 * played_call_find:
 * @call: a call
 * @factory: what makes the element
 *
 * Returns: (transfer full): the first such element of the agent
 */
GstElement *
played_call_find (PlayedCall * call, const gchar * factory)
{
  GstIterator *it = gst_bin_iterate_all_by_element_factory_name (GST_BIN
      (call->agent), factory);
  GValue item = G_VALUE_INIT;
  GstElement *found = NULL;

  if (gst_iterator_next (it, &item) == GST_ITERATOR_OK)
    found = g_value_dup_object (&item);
  if (G_IS_VALUE (&item))
    g_value_unset (&item);
  gst_iterator_free (it);
  if (!found)
    g_error ("no %s in the call", factory);
  return found;
}
