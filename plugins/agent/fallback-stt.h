/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fallback-team.h"

G_BEGIN_DECLS

/* The recogniser that `fallback` shows: one stream of sound, several who
 * listen. */
#define GST_TYPE_VOICE_FALLBACK_STT (gst_voice_fallback_stt_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceFallbackStt, gst_voice_fallback_stt, GST,
    VOICE_FALLBACK_STT, GstElement)

GstElement *fallback_stt_new (FallbackTeam * team);
gboolean fallback_stt_link (GstElement * front);
void fallback_stt_lose (GstElement * front, guint child,
    const GError * error);

G_END_DECLS
