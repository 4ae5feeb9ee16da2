/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_CALLER_SRC (gst_voice_caller_src_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceCallerSrc, gst_voice_caller_src, GST,
    VOICE_CALLER_SRC, GstElement)
GST_ELEMENT_REGISTER_DECLARE (callersrc);

G_END_DECLS
