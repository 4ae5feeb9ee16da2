/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the messages of a call say of how fast it is.
 *
 * Threads: one at a time. Locks: none.
 */
#include "call-timing.h"

#include <gst-voice/events.h>
#include <string.h>

/* In reports and as labels of metrics. */
const gchar *const call_timing_names[CALL_N_TIMINGS] = {
  [CALL_TIMING_REPLY] = "reply",
  [CALL_TIMING_RECOGNISED] = "recognised",
  [CALL_TIMING_DECIDED] = "decided",
  [CALL_TIMING_TOKEN] = "first_token",
  [CALL_TIMING_SENTENCE] = "first_sentence",
  [CALL_TIMING_SOUND] = "first_sound",
  [CALL_TIMING_PLAYOUT] = "playout",
  [CALL_TIMING_BARGE_IN] = "barge_in",
  [CALL_TIMING_TOOL] = "tool",
};

static GstClockTime
get_time (const GstStructure * s, const gchar * field, GstClockTime most)
{
  GstClockTime time = gst_voice_structure_time (s, field);

  return GST_CLOCK_TIME_IS_VALID (time) ? MIN (time, most) : 0;
}

static gdouble
to_seconds (GstClockTime time)
{
  return (gdouble) time / GST_SECOND;
}

static gboolean
take_reply (const GstStructure * s, gdouble seconds[CALL_N_TIMINGS])
{
  static const gchar *const fields[] = { "first-token", "first-sentence",
    "first-audio"
  };
  GstClockTime all = gst_voice_structure_time (s, "playing"), at, final;

  if (!GST_CLOCK_TIME_IS_VALID (gst_voice_structure_time (s, "end-of-speech"))
      || !GST_CLOCK_TIME_IS_VALID (all))
    return FALSE;
  seconds[CALL_TIMING_REPLY] = to_seconds (all);
  at = get_time (s, "commit", all);
  /* A final may come after the commit. */
  final = get_time (s, "final", at);
  seconds[CALL_TIMING_RECOGNISED] = to_seconds (final);
  seconds[CALL_TIMING_DECIDED] = to_seconds (at - final);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    GstClockTime part = get_time (s, fields[i], all - at);

    seconds[CALL_TIMING_TOKEN + i] = to_seconds (part);
    at += part;
  }
  seconds[CALL_TIMING_PLAYOUT] = to_seconds (all - at);
  return TRUE;
}

/* It counts when the caller really takes the word; silent the agent was from
 * when it was held. */
static gboolean
take_interrupt (CallTiming * timing, const GstStructure * s,
    gdouble seconds[CALL_N_TIMINGS])
{
  static const gchar *const caller[] = { "words", "stop", "continued", NULL };
  GstClockTime silent = GST_CLOCK_TIME_IS_VALID (timing->held) ?
      timing->held : gst_voice_structure_time (s, "at");
  GstClockTime onset = timing->onset;

  timing->held = timing->onset = GST_CLOCK_TIME_NONE;
  if (gst_voice_structure_uint (s, "speech") == 0
      || !g_strv_contains (caller, gst_voice_structure_string (s, "reason"))
      || !GST_CLOCK_TIME_IS_VALID (onset) || !GST_CLOCK_TIME_IS_VALID (silent)
      || silent < onset)
    return FALSE;
  seconds[CALL_TIMING_BARGE_IN] = to_seconds (silent - onset);
  return TRUE;
}

static gboolean
take_tool (const GstStructure * s, gdouble seconds[CALL_N_TIMINGS])
{
  const gchar *outcome = gst_voice_structure_string (s, "outcome");
  GstClockTime took = gst_voice_structure_time (s, "took");

  if (strcmp (outcome, "running") == 0 || strcmp (outcome, "late") == 0
      || !GST_CLOCK_TIME_IS_VALID (took))
    return FALSE;
  seconds[CALL_TIMING_TOOL] = to_seconds (took);
  return TRUE;
}

/**
 * call_timing_take:
 * @timing: of a call
 * @s: a message of it
 * @seconds: (out): what it says, negative where it says nothing
 *
 * Returns: whether it says anything
 */
gboolean
call_timing_take (CallTiming * timing, const GstStructure * s,
    gdouble seconds[CALL_N_TIMINGS])
{
  for (guint i = 0; i < CALL_N_TIMINGS; i++)
    seconds[i] = -1;
  if (gst_structure_has_name (s, "voice/turn-metrics"))
    return take_reply (s, seconds);
  if (gst_structure_has_name (s, "voice/interrupt"))
    return take_interrupt (timing, s, seconds);
  if (gst_structure_has_name (s, "voice/tool-result"))
    return take_tool (s, seconds);
  if (gst_structure_has_name (s, "voice/speech-start"))
    timing->onset = gst_voice_structure_time (s, "onset");
  else if (gst_structure_has_name (s, "voice/hold"))
    timing->held = gst_voice_structure_time (s, "at");
  else if (gst_structure_has_name (s, "voice/resume"))
    timing->held = GST_CLOCK_TIME_NONE;
  return FALSE;
}
