/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasetransform.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_INACTIVITY (gst_voice_inactivity_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceInactivity, gst_voice_inactivity, GST,
    VOICE_INACTIVITY, GstBaseTransform)
GST_ELEMENT_REGISTER_DECLARE (inactivity);

G_END_DECLS
