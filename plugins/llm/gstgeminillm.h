/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm-ask.h"

G_BEGIN_DECLS

#define GST_TYPE_VOICE_GEMINI_LLM (gst_voice_gemini_llm_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceGeminiLlm, gst_voice_gemini_llm, GST,
    VOICE_GEMINI_LLM, GstVoiceAskLlm)
GST_ELEMENT_REGISTER_DECLARE (geminillm);

G_END_DECLS
