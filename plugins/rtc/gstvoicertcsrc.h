/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS
#define GST_TYPE_VOICE_RTC_SRC (gst_voice_rtc_src_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceRtcSrc, gst_voice_rtc_src, GST, VOICE_RTC_SRC,
    GstPushSrc)
GST_ELEMENT_REGISTER_DECLARE (voicertcsrc);

G_END_DECLS
