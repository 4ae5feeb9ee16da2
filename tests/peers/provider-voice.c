/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tones that the stand-ins speak.
 *
 * Threads: any.
 */
#include "provider-voice.h"

#include <math.h>
#include <string.h>

/* @name: as any of the services calls it */
ProviderVoiceFormat
provider_voice_format (const gchar * name)
{
  if (!name || g_str_has_prefix (name, "linear16")
      || g_str_has_prefix (name, "pcm_s16le") || !strcmp (name, "pcm"))
    return VOICE_S16;
  if (g_str_has_suffix (name, "mulaw") || g_str_has_prefix (name, "ulaw"))
    return VOICE_MULAW;
  if (strstr (name, "alaw"))
    return VOICE_ALAW;
  if (strstr (name, "f32"))
    return VOICE_F32;
  return VOICE_UNKNOWN;
}

/* Returns: in Hz, 200 to 799, the same for the same letters and digits */
guint
provider_voice_pitch (const gchar * word)
{
  guint hash = 5381;

  for (; *word; word++) {
    if (g_ascii_isalnum (*word) || (guchar) * word > 127)
      hash = hash * 33 + g_ascii_tolower (*word);
  }
  return 200 + hash % 600;
}

/* ITU-T G.711 */
static guint8
mulaw_byte (gint sample)
{
  guint8 sign = sample < 0 ? 0x80 : 0;
  gint magnitude = MIN (ABS (sample), 32635) + 132;
  gint exponent = 7;

  while (exponent && !(magnitude & (0x80 << exponent)))
    exponent--;
  return ~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 15));
}

static guint8
alaw_byte (gint sample)
{
  guint8 sign = sample < 0 ? 0 : 0x80;
  gint magnitude = MIN (sample < 0 ? -sample - 1 : sample, 32767);
  gint exponent = 7;
  guint8 byte;

  while (exponent && !(magnitude & (0x80 << exponent)))
    exponent--;
  byte = exponent ? exponent << 4 | ((magnitude >> (exponent + 3)) & 15) :
      magnitude >> 4;
  return (sign | byte) ^ 0x55;
}

static void
add_sample (GByteArray * bytes, ProviderVoiceFormat format, gdouble value)
{
  gint16 sample = lrint (value * 32767);
  guint8 byte = format == VOICE_ALAW ? alaw_byte (sample) : mulaw_byte (sample);
  gfloat real = value;

  if (format == VOICE_F32)
    g_byte_array_append (bytes, (guint8 *) & real, sizeof real);
  else if (format == VOICE_S16)
    g_byte_array_append (bytes, (guint8 *) & sample, sizeof sample);
  else
    g_byte_array_append (bytes, &byte, 1);
}

/* Returns: (transfer full): the tone for @word, with soft ends */
GBytes *
provider_voice_word (const gchar * word, ProviderVoiceFormat format, guint rate)
{
  guint size = rate * PROVIDER_WORD_MS / 1000;
  guint soft = rate / 200;
  gdouble step = 2 * G_PI * provider_voice_pitch (word) / rate;
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < size; i++) {
    gdouble gain = MIN (1., MIN (i, size - 1 - i) / (gdouble) soft);

    add_sample (bytes, format, .3 * gain * sin (step * i));
  }
  return g_byte_array_free_to_bytes (bytes);
}
