/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The voice of the stand-ins: PROVIDER_WORD_MS of a tone for each word. */

#define PROVIDER_WORD_MS 200

typedef enum
{
  VOICE_S16,
  VOICE_MULAW,
  VOICE_ALAW,
  VOICE_F32,
  VOICE_UNKNOWN,
} ProviderVoiceFormat;

ProviderVoiceFormat provider_voice_format (const gchar * name);
guint provider_voice_pitch (const gchar * word);
GBytes *provider_voice_word (const gchar * word, ProviderVoiceFormat format,
    guint rate);
