/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fallback-team.h"

#include <gst-voice/llm.h>

G_BEGIN_DECLS

/* The model that `fallback` shows: one conversation, several who write. */
#define GST_TYPE_VOICE_FALLBACK_LLM (gst_voice_fallback_llm_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceFallbackLlm, gst_voice_fallback_llm, GST,
    VOICE_FALLBACK_LLM, GstVoiceLlm)

GstElement *fallback_llm_new (FallbackTeam * team);
void fallback_llm_lose (GstElement * front, guint child,
    const GError * error);

G_END_DECLS
