/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS
#define GST_TYPE_VOICE_CALL_RECORDER (gst_voice_call_recorder_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceCallRecorder, gst_voice_call_recorder, GST,
    VOICE_CALL_RECORDER, GstElement)
GST_ELEMENT_REGISTER_DECLARE (callrecorder);

G_END_DECLS
