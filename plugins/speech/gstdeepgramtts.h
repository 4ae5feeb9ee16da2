/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tts-socket.h"

#define GST_TYPE_VOICE_DEEPGRAM_TTS (gst_voice_deepgram_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceDeepgramTts, gst_voice_deepgram_tts, GST,
    VOICE_DEEPGRAM_TTS, GstVoiceSocketTts)
GST_ELEMENT_REGISTER_DECLARE (deepgramtts);
