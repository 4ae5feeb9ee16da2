/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stt-stream.h"

#define GST_TYPE_VOICE_DEEPGRAM_STT (gst_voice_deepgram_stt_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceDeepgramStt, gst_voice_deepgram_stt, GST,
    VOICE_DEEPGRAM_STT, GstVoiceStreamStt)
GST_ELEMENT_REGISTER_DECLARE (deepgramstt);
