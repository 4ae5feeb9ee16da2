/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/audio/gstaudiofilter.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_VAD (gst_voice_vad_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceVad, gst_voice_vad, GST, VOICE_VAD,
    GstAudioFilter)
GST_ELEMENT_REGISTER_DECLARE (vad);

G_END_DECLS
