/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>
#include <gst-voice/stt.h>
#include <gst-voice/tts.h>

G_BEGIN_DECLS

/**
 * GstVoiceLlmRelay:
 * @token: gst_voice_llm_token()
 * @call: gst_voice_llm_call()
 * @uninterruptible: gst_voice_llm_set_uninterruptible()
 * @expect: gst_voice_llm_expect()
 * @done: gst_voice_llm_done()
 * @fail: gst_voice_llm_fail()
 *
 * Who takes what a model writes, in the place of the conversation that its
 * base keeps. All are called in the model's task, with the id of a request
 * that the relay's owner has made by the model's `request`.
 */
typedef struct
{
  void (*token) (GstVoiceLlm * llm, guint id, const gchar * text,
      gpointer data);
  void (*call) (GstVoiceLlm * llm, guint id, const gchar * call_id,
      const gchar * name, const gchar * arguments, gpointer data);
  void (*uninterruptible) (GstVoiceLlm * llm, guint id, gpointer data);
  void (*expect) (GstVoiceLlm * llm, guint id, const gchar * kind,
      guint length, gpointer data);
  void (*done) (GstVoiceLlm * llm, guint id, const GstVoiceLlmUsage * usage,
      gpointer data);
  void (*fail) (GstVoiceLlm * llm, guint id, const GError * error,
      gpointer data);
} GstVoiceLlmRelay;

/**
 * GstVoiceTtsRelay:
 * @audio: gst_voice_tts_audio(), with the rate of the samples
 * @cost: gst_voice_tts_cost()
 * @done: gst_voice_tts_done()
 * @fail: gst_voice_tts_fail()
 *
 * Who takes what a synthesiser speaks, likewise.
 */
typedef struct
{
  gboolean (*audio) (GstVoiceTts * tts, guint rate, GstBuffer * samples,
      const GstVoiceWords * words, gpointer data);
  void (*cost) (GstVoiceTts * tts, const gchar * model, gdouble cost,
      gpointer data);
  void (*done) (GstVoiceTts * tts, gpointer data);
  void (*fail) (GstVoiceTts * tts, const GError * error, gpointer data);
} GstVoiceTtsRelay;

GST_VOICE_API void gst_voice_stt_set_replaceable (GstVoiceStt * stt,
    gboolean replaceable);
GST_VOICE_API gboolean gst_voice_stt_is_replaceable (GstVoiceStt * stt);

GST_VOICE_API void gst_voice_llm_set_relay (GstVoiceLlm * llm,
    const GstVoiceLlmRelay * relay, gpointer data);
GST_VOICE_API void gst_voice_llm_done_by (GstVoiceLlm * llm, guint id,
    const gchar * provider, const GstVoiceLlmUsage * usage);
GST_VOICE_API void gst_voice_llm_set_patience (GstVoiceLlm * llm,
    guint failures);

GST_VOICE_API void gst_voice_tts_set_relay (GstVoiceTts * tts,
    const GstVoiceTtsRelay * relay, gpointer data);
GST_VOICE_API void gst_voice_tts_cost_by (GstVoiceTts * tts,
    const gchar * provider, const gchar * model, guint characters,
    gdouble cost);
GST_VOICE_API void gst_voice_tts_spent_by (GstVoiceTts * tts,
    const gchar * provider, const gchar * model, guint characters,
    gdouble cost, guint turn);
GST_VOICE_API void gst_voice_tts_done_by (GstVoiceTts * tts,
    const gchar * provider);
GST_VOICE_API guint gst_voice_tts_speech (GstVoiceTts * tts);
GST_VOICE_API guint gst_voice_tts_turn (GstVoiceTts * tts);

G_END_DECLS
