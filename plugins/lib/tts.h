/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/error.h>
#include <gst-voice/stage.h>

G_BEGIN_DECLS

/**
 * GstVoiceTts:
 *
 * The base of synthesisers: sentences in, sound out that says which words it
 * speaks and when. Sentences are spoken one after the other; the next one is
 * not begun while ten seconds of sound wait to be played.
 */
#define GST_TYPE_VOICE_TTS (gst_voice_tts_get_type ())
GST_VOICE_API
G_DECLARE_DERIVABLE_TYPE (GstVoiceTts, gst_voice_tts, GST, VOICE_TTS,
    GstVoiceStage)

/**
 * GstVoiceTtsClass:
 * @speak: in the task: synthesises @text. The sound is given in the task with
 *   gst_voice_tts_audio() and ended with gst_voice_tts_done() or
 *   gst_voice_tts_fail(), now or later
 * @cancel: in the task: what is being spoken is not wanted any more
 */
struct _GstVoiceTtsClass
{
  GstVoiceStageClass parent_class;

  void (*speak) (GstVoiceTts * tts, const gchar * text);
  void (*cancel) (GstVoiceTts * tts);
};

GST_VOICE_API gboolean gst_voice_tts_is_speakable (const gchar * text);
GST_VOICE_API void gst_voice_tts_set_rate (GstVoiceTts * tts, guint rate);
GST_VOICE_API gboolean gst_voice_tts_audio (GstVoiceTts * tts,
    GstBuffer * samples, const GstVoiceWords * words);
GST_VOICE_API void gst_voice_tts_cost (GstVoiceTts * tts,
    const gchar * model, gdouble cost);
GST_VOICE_API void gst_voice_tts_done (GstVoiceTts * tts);
GST_VOICE_API void gst_voice_tts_fail (GstVoiceTts * tts, GError * error);

G_END_DECLS
