/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stt-stream.h"

#define GST_TYPE_VOICE_OPENAI_STT (gst_voice_openai_stt_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceOpenaiStt, gst_voice_openai_stt, GST,
    VOICE_OPENAI_STT, GstVoiceStreamStt)
GST_ELEMENT_REGISTER_DECLARE (openaistt);
