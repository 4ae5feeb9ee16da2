/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_PLAYOUT (gst_voice_playout_get_type ())
G_DECLARE_FINAL_TYPE (GstVoicePlayout, gst_voice_playout, GST, VOICE_PLAYOUT,
    GstElement)
GST_ELEMENT_REGISTER_DECLARE (playout);

G_END_DECLS
