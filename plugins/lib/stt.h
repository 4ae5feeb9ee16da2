/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/stage.h>

G_BEGIN_DECLS

/**
 * GstVoiceSttSpeech:
 * @GST_VOICE_STT_START: the caller has begun to make a sound; the onset
 * @GST_VOICE_STT_PAUSE: the sound has paused; its end
 * @GST_VOICE_STT_MORE: it goes on; the onset
 * @GST_VOICE_STT_STOP: it is over; its end
 *
 * What `vad` says of the caller.
 */
typedef enum
{
  GST_VOICE_STT_START,
  GST_VOICE_STT_PAUSE,
  GST_VOICE_STT_MORE,
  GST_VOICE_STT_STOP,
} GstVoiceSttSpeech;

/**
 * GstVoiceTranscript:
 * @text: the words, without space at either end
 * @segment: the recogniser's segment, from 1; a final replaces the interims
 *   of its segment
 * @start: beginning of the audio in running time, or none
 * @end: end of it, or none
 * @confidence: 0 to 1, or negative
 * @language: (nullable): BCP 47
 * @words: (nullable): words with their running times
 *
 * What a recogniser has understood.
 */
typedef struct
{
  const gchar *text;
  guint segment;
  GstClockTime start;
  GstClockTime end;
  gdouble confidence;
  const gchar *language;
  GstVoiceWords *words;
} GstVoiceTranscript;

/**
 * GstVoiceStt:
 *
 * The base of speech recognisers: S16LE mono in, finals out as buffers of
 * text, interims as events.
 */
#define GST_TYPE_VOICE_STT (gst_voice_stt_get_type ())
GST_VOICE_API
G_DECLARE_DERIVABLE_TYPE (GstVoiceStt, gst_voice_stt, GST, VOICE_STT,
    GstVoiceStage)

/**
 * GstVoiceSttClass:
 * @set_rate: in the task: the sampling rate of what follows. Returns %FALSE
 *   after having failed
 * @audio: in the task: the next samples and the running time of the first
 * @speech: in the task, in the order of the samples: what `vad` says
 * @finish: in the task: the stream is over; returns whether all finals have
 *   been given, otherwise gst_voice_stage_drained() follows
 * @wait: how long after the end of a sound its final comes, the 99th
 *   percentile; 0: not known
 * @metered: it tells by itself what it has used, with gst_voice_stt_spent();
 *   otherwise that is what its finals are about
 */
struct _GstVoiceSttClass
{
  GstVoiceStageClass parent_class;

  gboolean (*set_rate) (GstVoiceStt * stt, guint rate);
  void (*audio) (GstVoiceStt * stt, const gint16 * samples, gsize n,
      GstClockTime start);
  void (*speech) (GstVoiceStt * stt, GstVoiceSttSpeech what,
      GstClockTime time);
  gboolean (*finish) (GstVoiceStt * stt);
  GstClockTime wait;
  gboolean metered;
};

GST_VOICE_API guint gst_voice_stt_rate (GstVoiceStt * stt);
GST_VOICE_API void gst_voice_stt_interim (GstVoiceStt * stt,
    const GstVoiceTranscript * transcript);
GST_VOICE_API void gst_voice_stt_final (GstVoiceStt * stt,
    const GstVoiceTranscript * transcript);
GST_VOICE_API void gst_voice_stt_spent (GstVoiceStt * stt,
    const gchar * model, GstClockTime audio, gdouble cost);

G_END_DECLS
