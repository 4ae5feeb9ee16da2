/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceMilestone:
 * @GST_VOICE_MILESTONE_END: the caller's sound ended
 * @GST_VOICE_MILESTONE_FINAL: the last final came
 * @GST_VOICE_MILESTONE_COMMIT: the turn was decided
 * @GST_VOICE_MILESTONE_REQUEST: the language model was asked
 * @GST_VOICE_MILESTONE_TOKEN: its first token came
 * @GST_VOICE_MILESTONE_ENOUGH: the token came that completed the first
 *   sentence; the latest before it counts
 * @GST_VOICE_MILESTONE_SENTENCE: the first sentence reached the synthesiser
 * @GST_VOICE_MILESTONE_SYNTHESIS: its synthesis began
 * @GST_VOICE_MILESTONE_AUDIO: its first sample was there
 * @GST_VOICE_MILESTONE_PLAYING: that sample was played
 *
 * What a turn passes between the caller's last word and the agent's first.
 */
typedef enum
{
  GST_VOICE_MILESTONE_END,
  GST_VOICE_MILESTONE_FINAL,
  GST_VOICE_MILESTONE_COMMIT,
  GST_VOICE_MILESTONE_REQUEST,
  GST_VOICE_MILESTONE_TOKEN,
  GST_VOICE_MILESTONE_ENOUGH,
  GST_VOICE_MILESTONE_SENTENCE,
  GST_VOICE_MILESTONE_SYNTHESIS,
  GST_VOICE_MILESTONE_AUDIO,
  GST_VOICE_MILESTONE_PLAYING,
} GstVoiceMilestone;

#define GST_VOICE_N_MILESTONES (GST_VOICE_MILESTONE_PLAYING + 1)

/**
 * GstVoiceTurnTimes:
 * @turn: the turn
 * @at: when it passed each milestone, in running time, or none
 */
typedef struct
{
  guint turn;
  GstClockTime at[GST_VOICE_N_MILESTONES];
} GstVoiceTurnTimes;

GST_VOICE_API void gst_voice_turn_times_init (GstVoiceTurnTimes * times,
    guint turn);
GST_VOICE_API void gst_voice_turn_times_pass (GstVoiceTurnTimes * times,
    GstVoiceMilestone milestone, GstClockTime at);
GST_VOICE_API GstStructure *gst_voice_turn_times_report (const
    GstVoiceTurnTimes * times, guint speech);

G_END_DECLS
