/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_SPEAKABLE (gst_voice_speakable_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceSpeakable, gst_voice_speakable, GST,
    VOICE_SPEAKABLE, GstElement)
GST_ELEMENT_REGISTER_DECLARE (speakable);

G_END_DECLS
