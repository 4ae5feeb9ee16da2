/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_FALLBACK (gst_voice_fallback_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceFallback, gst_voice_fallback, GST,
    VOICE_FALLBACK, GstBin)
GST_ELEMENT_REGISTER_DECLARE (fallback);

GstPad *gst_voice_fallback_get_open_pad (GstVoiceFallback * self,
    GstPadDirection direction);

G_END_DECLS
