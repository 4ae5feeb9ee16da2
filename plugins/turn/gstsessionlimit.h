/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_SESSION_LIMIT (gst_voice_session_limit_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceSessionLimit, gst_voice_session_limit, GST,
    VOICE_SESSION_LIMIT, GstBaseTransform)
GST_ELEMENT_REGISTER_DECLARE (sessionlimit);

G_END_DECLS
