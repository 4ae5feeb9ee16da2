/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A body that may be sound, in pieces as long as the first byte says; and as
 * one event.
 */
#include <openai-speech.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  OpenaiSound *sound = openai_sound_new ();
  gsize step = size > 0 ? MAX (data[0], 1) : 1;
  guint64 samples = 0;
  GBytes *taken = g_bytes_new (NULL, 0);

  for (gsize at = 1; at < size && taken; at += step) {
    GBytes *piece = g_bytes_new (data + at, MIN (step, size - at));

    g_bytes_unref (taken);
    taken = openai_sound_take (sound, piece, NULL);
    g_assert_true (!taken || g_bytes_get_size (taken) % 2 == 0);
    samples += taken ? g_bytes_get_size (taken) / 2 : 0;
    g_bytes_unref (piece);
  }
  g_clear_pointer (&taken, g_bytes_unref);
  g_assert_cmpuint (samples, ==, openai_sound_samples (sound));
  openai_sound_free (sound);
  sound = openai_sound_new ();
  taken = openai_sound_event (sound, (const gchar *) data, size, NULL);
  g_clear_pointer (&taken, g_bytes_unref);
  openai_sound_free (sound);
  return 0;
}
