/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the time between the caller's last word and the agent's first went.
 *
 * Threads and locks: the owner's lock guards a GstVoiceTurnTimes.
 */
#include "metrics.h"

#include "events.h"

/**
 * gst_voice_turn_times_init:
 * @times: to be filled
 * @turn: the turn
 */
void
gst_voice_turn_times_init (GstVoiceTurnTimes * times, guint turn)
{
  times->turn = turn;
  for (guint i = 0; i < GST_VOICE_N_MILESTONES; i++)
    times->at[i] = GST_CLOCK_TIME_NONE;
}

/**
 * gst_voice_turn_times_pass:
 * @times: of a turn
 * @milestone: what it has passed; only the first time counts, but for the
 *   token that completes the first sentence
 * @at: when
 */
void
gst_voice_turn_times_pass (GstVoiceTurnTimes * times,
    GstVoiceMilestone milestone, GstClockTime at)
{
  GstClockTime *slot = &times->at[milestone];

  if (milestone == GST_VOICE_MILESTONE_ENOUGH ?
      !GST_CLOCK_TIME_IS_VALID (times->at[GST_VOICE_MILESTONE_SENTENCE]) :
      !GST_CLOCK_TIME_IS_VALID (*slot))
    *slot = at;
}

/* From @a to @b, 0 if one is unknown or @b was first. */
static GstClockTime
span (const GstVoiceTurnTimes * times, GstVoiceMilestone a, GstVoiceMilestone b)
{
  if (!GST_CLOCK_TIME_IS_VALID (times->at[a])
      || !GST_CLOCK_TIME_IS_VALID (times->at[b])
      || times->at[b] < times->at[a])
    return 0;
  return times->at[b] - times->at[a];
}

/* The same, counting only what lies after the commit: what was done before
 * cost the caller nothing. */
static GstClockTime
span_after_commit (const GstVoiceTurnTimes * times, GstVoiceMilestone a,
    GstVoiceMilestone b)
{
  GstVoiceTurnTimes later = *times;
  GstClockTime commit = times->at[GST_VOICE_MILESTONE_COMMIT];

  if (GST_CLOCK_TIME_IS_VALID (commit) && GST_CLOCK_TIME_IS_VALID (later.at[a]))
    later.at[a] = MAX (later.at[a], commit);
  return span (&later, a, b);
}

/**
 * gst_voice_turn_times_report:
 * @times: of a turn whose reply has begun to play
 * @speech: that reply
 *
 * Returns: (transfer full): `voice/turn-metrics`
 */
GstStructure *
gst_voice_turn_times_report (const GstVoiceTurnTimes * t, guint speech)
{
  GstClockTime provider = span_after_commit (t, GST_VOICE_MILESTONE_REQUEST,
      GST_VOICE_MILESTONE_ENOUGH) + span_after_commit (t,
      GST_VOICE_MILESTONE_SYNTHESIS, GST_VOICE_MILESTONE_AUDIO);
  GstClockTime own = span_after_commit (t, GST_VOICE_MILESTONE_COMMIT,
      GST_VOICE_MILESTONE_REQUEST) + span_after_commit (t,
      GST_VOICE_MILESTONE_ENOUGH, GST_VOICE_MILESTONE_SENTENCE)
      + span_after_commit (t, GST_VOICE_MILESTONE_SENTENCE,
      GST_VOICE_MILESTONE_SYNTHESIS) + span_after_commit (t,
      GST_VOICE_MILESTONE_AUDIO, GST_VOICE_MILESTONE_PLAYING);

  return gst_voice_structure_new ("turn-metrics",
      "turn", t->turn, "speech", speech,
      "end-of-speech", t->at[GST_VOICE_MILESTONE_END],
      "final", span (t, GST_VOICE_MILESTONE_END, GST_VOICE_MILESTONE_FINAL),
      "commit", span (t, GST_VOICE_MILESTONE_END, GST_VOICE_MILESTONE_COMMIT),
      "first-token", span (t, GST_VOICE_MILESTONE_COMMIT,
          GST_VOICE_MILESTONE_TOKEN),
      "first-sentence", span (t, GST_VOICE_MILESTONE_TOKEN,
          GST_VOICE_MILESTONE_SENTENCE),
      "first-audio", span (t, GST_VOICE_MILESTONE_SENTENCE,
          GST_VOICE_MILESTONE_AUDIO),
      "playing", span (t, GST_VOICE_MILESTONE_END,
          GST_VOICE_MILESTONE_PLAYING), "provider", provider, "own", own, NULL);
}
