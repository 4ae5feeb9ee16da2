/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS
#define GST_TYPE_VOICE_RTC_SINK (gst_voice_rtc_sink_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceRtcSink, gst_voice_rtc_sink, GST, VOICE_RTC_SINK,
    GstBaseSink)
GST_ELEMENT_REGISTER_DECLARE (voicertcsink);

G_END_DECLS
