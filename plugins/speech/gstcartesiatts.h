/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/tts.h>

#define GST_TYPE_VOICE_CARTESIA_TTS (gst_voice_cartesia_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceCartesiaTts, gst_voice_cartesia_tts, GST,
    VOICE_CARTESIA_TTS, GstVoiceTts)
GST_ELEMENT_REGISTER_DECLARE (cartesiatts);
