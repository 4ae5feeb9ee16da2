/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/tts.h>

#define GST_TYPE_VOICE_OPENAI_TTS (gst_voice_openai_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceOpenaiTts, gst_voice_openai_tts, GST,
    VOICE_OPENAI_TTS, GstVoiceTts)

GST_ELEMENT_REGISTER_DECLARE (openaitts);
