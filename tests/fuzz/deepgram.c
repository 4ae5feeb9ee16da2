/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as a message of Deepgram's.
 */
#include <deepgram-wire.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  DeepgramMessage *message = deepgram_message_parse ((const gchar *) data,
      size, NULL);
  glong length;
  guint behind = 0;

  if (!message)
    return 0;
  g_assert (g_utf8_validate (message->text, -1, NULL));
  length = g_utf8_strlen (message->text, -1);
  for (guint i = 0; i < message->words->len; i++) {
    SpeechWord *word = &g_array_index (message->words, SpeechWord, i);

    g_assert (word->start >= 0 && word->end >= word->start);
    g_assert (word->offset >= behind && word->offset + word->length <= length);
    behind = word->offset + word->length;
  }
  deepgram_message_free (message);
  return 0;
}
