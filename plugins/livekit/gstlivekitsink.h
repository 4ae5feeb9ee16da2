/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS
#define GST_TYPE_VOICE_LIVEKIT_SINK (gst_voice_livekit_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceLivekitSink, gst_voice_livekit_sink, GST,
    VOICE_LIVEKIT_SINK, GstBaseSink)
GST_ELEMENT_REGISTER_DECLARE (livekitsink);

G_END_DECLS
