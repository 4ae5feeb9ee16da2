/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_OPENAI_REALTIME (gst_voice_openai_realtime_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceOpenaiRealtime, gst_voice_openai_realtime, GST,
    VOICE_OPENAI_REALTIME, GstBin)

GST_ELEMENT_REGISTER_DECLARE (openairealtime);

G_END_DECLS
