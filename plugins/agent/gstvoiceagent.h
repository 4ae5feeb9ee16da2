/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_VOICE_AGENT (gst_voice_agent_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceAgent, gst_voice_agent, GST, VOICE_AGENT, GstBin)
GST_ELEMENT_REGISTER_DECLARE (voiceagent);

G_END_DECLS
