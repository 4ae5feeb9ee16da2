/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/tts.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_FLITE_TTS (gst_voice_flite_tts_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceFliteTts, gst_voice_flite_tts, GST,
    VOICE_FLITE_TTS, GstVoiceTts)
GST_ELEMENT_REGISTER_DECLARE (flitetts);

G_END_DECLS
