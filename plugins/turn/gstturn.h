/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/stage.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_TURN (gst_voice_turn_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceTurn, gst_voice_turn, GST, VOICE_TURN,
    GstVoiceStage)
GST_ELEMENT_REGISTER_DECLARE (turn);

G_END_DECLS
