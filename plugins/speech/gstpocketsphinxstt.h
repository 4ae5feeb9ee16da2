/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/stt.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_POCKETSPHINX_STT \
  (gst_voice_pocketsphinx_stt_get_type ())
G_DECLARE_FINAL_TYPE (GstVoicePocketsphinxStt, gst_voice_pocketsphinx_stt, GST,
    VOICE_POCKETSPHINX_STT, GstVoiceStt)
GST_ELEMENT_REGISTER_DECLARE (pocketsphinxstt);

G_END_DECLS
