/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tts-socket.h"

#define GST_TYPE_VOICE_ELEVENLABS_TTS (gst_voice_elevenlabs_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceElevenlabsTts, gst_voice_elevenlabs_tts, GST,
    VOICE_ELEVENLABS_TTS, GstVoiceSocketTts)

GST_ELEMENT_REGISTER_DECLARE (elevenlabstts);
