/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How `playout` tells upstream how loud the agent is, so that `vad` knows its
 * echo: one event for 100 ms of sound, none for silence.
 *
 * Threads: the task of `playout`. Locks: none.
 */
#include "playout-voice.h"

#include <gst-voice/events.h>

void
playout_voice_init (PlayoutVoice * voice, guint rate)
{
  playout_level_init (&voice->level, rate);
  voice->n = 0;
}

static void
tell (PlayoutVoice * voice, GstPad * sinkpad)
{
  voice->levels[voice->n] = 0;
  voice->n = 0;
  gst_pad_push_event (sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
          gst_voice_structure_new ("played", "running-time", voice->from,
              "levels", voice->levels, NULL)));
}

/**
 * playout_voice_frame:
 * @voice: what is told
 * @sinkpad: where
 * @at: running time of the frame
 * @frame: (nullable): 20 ms of sound, or silence
 * @n: samples of it
 *
 * A frame is played; frames of sound follow each other without a gap unless
 * there is silence between them.
 */
void
playout_voice_frame (PlayoutVoice * voice, GstPad * sinkpad, GstClockTime at,
    const gint16 * frame, guint n)
{
  if (voice->n > 0 && at != voice->from + voice->n * 10 * GST_MSECOND)
    tell (voice, sinkpad);
  if (frame && voice->n == 0)
    voice->from = at;
  for (guint i = 0; frame && i < 2; i++)
    voice->levels[voice->n++] = playout_level_step (&voice->level,
        frame + i * (n / 2), n / 2);
  if (voice->n == PLAYOUT_VOICE_STEPS || (voice->n > 0 && !frame))
    tell (voice, sinkpad);
}
