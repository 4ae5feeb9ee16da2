/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tts-socket.h"

#define GST_TYPE_VOICE_CARTESIA_TTS (gst_voice_cartesia_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceCartesiaTts, gst_voice_cartesia_tts, GST,
    VOICE_CARTESIA_TTS, GstVoiceSocketTts)
GST_ELEMENT_REGISTER_DECLARE (cartesiatts);
