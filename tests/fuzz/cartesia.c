/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as a message of Cartesia's.
 */
#include <cartesia-wire.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  CartesiaMessage *message = cartesia_message_parse ((const gchar *) data,
      size, NULL);

  if (!message)
    return 0;
  g_assert (message->status == 0 || (message->status >= 100
          && message->status < 1000));
  g_assert (g_bytes_get_size (message->sound) <= size);
  for (guint i = 0; i < message->words->len; i++) {
    SpeechWord *word = &g_array_index (message->words, SpeechWord, i);

    g_assert (*word->text && g_utf8_validate (word->text, -1, NULL));
    g_assert (word->start >= 0 && word->end >= word->start);
  }
  cartesia_message_free (message);
  return 0;
}
