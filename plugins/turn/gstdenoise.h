/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/audio/gstaudiofilter.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_DENOISE (gst_voice_denoise_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceDenoise, gst_voice_denoise, GST, VOICE_DENOISE,
    GstAudioFilter)
GST_ELEMENT_REGISTER_DECLARE (denoise);

G_END_DECLS
