/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "realtime-mind.h"

G_BEGIN_DECLS

/* The part of openairealtime that speaks: text in, as the service writes down
 * what it says; sound out, that says which words it speaks. */
#define GST_TYPE_VOICE_REALTIME_MOUTH (gst_voice_realtime_mouth_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceRealtimeMouth, gst_voice_realtime_mouth, GST,
    VOICE_REALTIME_MOUTH, GstVoiceStage)

void realtime_mouth_set_mind (GstVoiceRealtimeMouth * mouth,
    GstVoiceRealtimeMind * mind);
/* For the mind. */
void realtime_mouth_sound (gpointer mouth, guint speech, GBytes * sound);
void realtime_mouth_spoken (gpointer mouth, guint speech);

G_END_DECLS
