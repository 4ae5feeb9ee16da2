/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as an event of OpenAI's transcription, and as the answer to a file.
 */
#include <openai-stt-wire.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  OpenaiSttEvent *event = openai_stt_event_parse ((const gchar *) data, size,
      NULL);
  gchar *language;
  gchar *text = openai_stt_answer_parse ((const gchar *) data, size,
      &language, NULL);

  g_assert (event || !text);
  if (event) {
    g_assert (g_utf8_validate (event->text, -1, NULL));
    g_assert (event->time >= SPEECH_NO_TIME && event->expires >= 0);
    openai_stt_event_free (event);
  }
  g_free (text);
  g_free (language);
  return 0;
}
