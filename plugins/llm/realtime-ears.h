/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "realtime-mind.h"

#include <gst-voice/stt.h>

G_BEGIN_DECLS

/* The part of openairealtime that hears: sound in, to the mind; text out, as
 * the service writes it down. */
#define GST_TYPE_VOICE_REALTIME_EARS (gst_voice_realtime_ears_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceRealtimeEars, gst_voice_realtime_ears, GST,
    VOICE_REALTIME_EARS, GstVoiceStt)

void realtime_ears_set_mind (GstVoiceRealtimeEars * ears,
    GstVoiceRealtimeMind * mind);
/* For the mind. */
void realtime_ears_told (gpointer ears, RealtimeTold * told);
void realtime_ears_finished (gpointer ears);

G_END_DECLS
