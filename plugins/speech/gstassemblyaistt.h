/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stt-stream.h"

#define GST_TYPE_VOICE_ASSEMBLYAI_STT (gst_voice_assemblyai_stt_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceAssemblyaiStt, gst_voice_assemblyai_stt, GST,
    VOICE_ASSEMBLYAI_STT, GstVoiceStreamStt)
GST_ELEMENT_REGISTER_DECLARE (assemblyaistt);
