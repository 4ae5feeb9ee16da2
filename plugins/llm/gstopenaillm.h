/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm-ask.h"

G_BEGIN_DECLS

#define GST_TYPE_VOICE_OPENAI_LLM (gst_voice_openai_llm_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceOpenaiLlm, gst_voice_openai_llm, GST,
    VOICE_OPENAI_LLM, GstVoiceAskLlm)
GST_ELEMENT_REGISTER_DECLARE (openaillm);

G_END_DECLS
