/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fallback-team.h"

#include <gst-voice/tts.h>

G_BEGIN_DECLS

/* The synthesiser that `fallback` shows: one order of sentences, several
 * voices. */
#define GST_TYPE_VOICE_FALLBACK_TTS (gst_voice_fallback_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceFallbackTts, gst_voice_fallback_tts, GST,
    VOICE_FALLBACK_TTS, GstVoiceTts)

GstElement *fallback_tts_new (FallbackTeam * team);
void fallback_tts_lose (GstElement * front, guint child,
    const GError * error);

G_END_DECLS
