/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstpushsrc.h>

G_BEGIN_DECLS
#define GST_TYPE_VOICE_LIVEKIT_SRC (gst_voice_livekit_src_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceLivekitSrc, gst_voice_livekit_src, GST,
    VOICE_LIVEKIT_SRC, GstPushSrc)
GST_ELEMENT_REGISTER_DECLARE (livekitsrc);

G_END_DECLS
