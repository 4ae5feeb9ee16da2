/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_SCRIPT_LLM (gst_voice_script_llm_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceScriptLlm, gst_voice_script_llm, GST,
    VOICE_SCRIPT_LLM, GstVoiceLlm)
GST_ELEMENT_REGISTER_DECLARE (scriptllm);

G_END_DECLS
