/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The voice of the stand-ins: PROVIDER_WORD_MS of a tone for each word. */

#define PROVIDER_WORD_MS 200
/* As many words can be told apart in what a caller says. */
#define PROVIDER_MARKS 14

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
guint provider_voice_mark (guint word);
void provider_voice_add_mark (gint16 * samples, gsize n, guint rate,
    guint word);
GBytes *provider_voice_word (const gchar * word, ProviderVoiceFormat format,
    guint rate);
