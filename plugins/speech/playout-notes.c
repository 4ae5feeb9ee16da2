/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How `playout` tells others what its core has noted.
 *
 * Threads: the task of `playout`, or whoever interrupts it. Locks: none.
 */
#include "playout-notes.h"

#include <gst-voice/events.h>

static GstClockTime
samples_to_time (const PlayoutMouth * m, guint64 samples)
{
  return gst_util_uint64_scale_int (samples, GST_SECOND, m->rate);
}

static void
push_upstream (const PlayoutMouth * m, GstStructure * s)
{
  gst_pad_push_event (m->sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM,
          NULL, s));
}

static void
tell_playing (const PlayoutMouth * m, const PlayoutNote * note)
{
  const PlayoutSpeech *speech = &note->speech;
  GstClockTime now = gst_element_get_current_running_time (m->element);
  GstStructure *s = gst_voice_structure_new ("playing",
      "speech", speech->speech, "turn", speech->turn, "running-time", now,
      NULL);
  GstVoiceTurnTimes times;

  gst_voice_session_report (m->session, m->element, gst_structure_copy (s));
  push_upstream (m, s);
  if (!gst_voice_session_get_times (m->session, speech->turn, &times)
      || GST_CLOCK_TIME_IS_VALID (times.at[GST_VOICE_MILESTONE_PLAYING]))
    return;
  gst_voice_session_pass (m->session, speech->turn,
      GST_VOICE_MILESTONE_PLAYING, now);
  gst_voice_turn_times_pass (&times, GST_VOICE_MILESTONE_PLAYING, now);
  gst_voice_session_report (m->session, m->element,
      gst_voice_turn_times_report (&times, speech->speech));
}

static void
push_caption (const PlayoutMouth * m, const PlayoutNote * note, gboolean final)
{
  gst_pad_push_event (m->srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("transcript", "role", "assistant",
              "text", note->text, "final", final, "id", note->speech.speech,
              "start", GST_CLOCK_TIME_NONE, "end", GST_CLOCK_TIME_NONE, NULL)));
}

static void
tell_words (const PlayoutMouth * m, const PlayoutNote * note)
{
  GstStructure *s = gst_voice_structure_new ("words",
      "speech", note->speech.speech, "text", note->text,
      "position", samples_to_time (m, note->position), NULL);

  gst_voice_session_report (m->session, m->element, gst_structure_copy (s));
  push_caption (m, note, FALSE);
  gst_pad_push_event (m->srcpad, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          s));
}

static void
tell_heard (const PlayoutMouth * m, const PlayoutNote * note)
{
  GstStructure *s = gst_voice_structure_new ("heard",
      "speech", note->speech.speech, "text", note->text, "rest", note->rest,
      "complete", note->complete,
      "position", samples_to_time (m, note->position),
      "generation", note->speech.generation, NULL);

  gst_voice_session_report (m->session, m->element, gst_structure_copy (s));
  push_upstream (m, s);
  push_caption (m, note, TRUE);
}

/* The sink presses them. */
static void
push_keys (const PlayoutMouth * m, const PlayoutNote * note)
{
  gst_pad_push_event (m->srcpad, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("send-dtmf", "digits", note->keys, NULL)));
}

/* Tells upstream, downstream, the bus and the journal. With no lock held. */
void
playout_tell (const PlayoutMouth * m, const PlayoutNote * note)
{
  switch (note->kind) {
    case PLAYOUT_PLAYING:
      tell_playing (m, note);
      break;
    case PLAYOUT_WORDS:
      tell_words (m, note);
      break;
    case PLAYOUT_HEARD:
      tell_heard (m, note);
      break;
    case PLAYOUT_UNDERRUN:
      gst_voice_session_report (m->session, m->element,
          gst_voice_structure_new ("underrun", "speech", note->speech.speech,
              "position", samples_to_time (m, note->position),
              "lasted", samples_to_time (m, note->lasted), NULL));
      break;
    case PLAYOUT_KEYS:
      push_keys (m, note);
      break;
  }
}
