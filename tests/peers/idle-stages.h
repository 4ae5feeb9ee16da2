/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/llm.h>
#include <gst-voice/stt.h>
#include <gst-voice/tts.h>

G_BEGIN_DECLS

#define IDLE_TYPE_STT (idle_stt_get_type ())
G_DECLARE_FINAL_TYPE (IdleStt, idle_stt, IDLE, STT, GstVoiceStt)
#define IDLE_TYPE_LLM (idle_llm_get_type ())
G_DECLARE_FINAL_TYPE (IdleLlm, idle_llm, IDLE, LLM, GstVoiceLlm)
#define IDLE_TYPE_TTS (idle_tts_get_type ())
G_DECLARE_FINAL_TYPE (IdleTts, idle_tts, IDLE, TTS, GstVoiceTts)

void idle_stages_register (void);

G_END_DECLS
