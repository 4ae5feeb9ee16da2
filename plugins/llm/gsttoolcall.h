/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_TOOL_CALL (gst_voice_tool_call_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceToolCall, gst_voice_tool_call, GST,
    VOICE_TOOL_CALL, GstBaseTransform)
GST_ELEMENT_REGISTER_DECLARE (toolcall);

G_END_DECLS
