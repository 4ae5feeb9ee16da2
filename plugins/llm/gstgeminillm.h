/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_GEMINI_LLM (gst_voice_gemini_llm_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceGeminiLlm, gst_voice_gemini_llm, GST,
    VOICE_GEMINI_LLM, GstVoiceLlm)
GST_ELEMENT_REGISTER_DECLARE (geminillm);

/* How the service is shown the key. */
typedef enum
{
  GST_VOICE_GEMINI_AUTH_KEY,
  GST_VOICE_GEMINI_AUTH_BEARER,
} GstVoiceGeminiAuth;

#define GST_TYPE_VOICE_GEMINI_AUTH (gst_voice_gemini_auth_get_type ())
GType gst_voice_gemini_auth_get_type (void);

G_END_DECLS
