/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages of ElevenLabs', a line each, of one sentence.
 */
#include <elevenlabs-wire.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *all = g_strndup ((const gchar *) data, size);
  gchar **lines = g_strsplit (all, "\n", 100);
  ElevenlabsWords words;
  gint64 behind = 0;

  elevenlabs_words_init (&words);
  for (guint i = 0; lines[i]; i++) {
    ElevenlabsMessage *message = elevenlabs_message_parse (lines[i],
        strlen (lines[i]), NULL);

    if (!message)
      continue;
    elevenlabs_words_add (&words, message, i * 100000000);
    if (message->is_final)
      elevenlabs_words_end (&words);
    elevenlabs_message_free (message);
  }
  for (guint i = 0; i < words.words->len; i++) {
    SpeechWord *word = &g_array_index (words.words, SpeechWord, i);

    g_assert_true (*word->text && g_utf8_validate (word->text, -1, NULL));
    g_assert_true (word->start >= behind && word->end >= word->start);
    behind = word->end;
  }
  elevenlabs_words_clear (&words);
  g_strfreev (lines);
  g_free (all);
  return 0;
}
