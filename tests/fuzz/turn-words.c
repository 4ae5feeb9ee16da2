/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What any text means to turn taking, and any word lists.
 */
#include "turn-words.h"

#include <gst-voice/data.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static TurnWords *
load (const gchar * json)
{
  TurnWords *words = turn_words_new_from_json (json, NULL);

  return words ? words : turn_words_new ();
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static TurnWords *english;
  gchar *text, *normal;
  TurnWords *words;
  guint n;

  if (size < 2 || size > 4096)
    return 0;
  if (!english) {
    gchar *path = gst_voice_data_path ("language/en/turn.json"), *json;

    if (!g_file_get_contents (path, &json, NULL, NULL))
      g_error ("cannot read %s", path);
    english = load (json);
    g_free (json);
    g_free (path);
  }
  text = g_strndup ((const gchar *) data + 2, size - 2);
  words = data[0] & 1 ? load (text) : turn_words_ref (english);
  normal = turn_words_normalise (text, &n);
  if (!g_utf8_validate (normal, -1, NULL) || (n == 0) != (*normal == 0))
    g_error ("bad normal form");
  turn_words_cover (words, normal, TURN_WORD_BACK_CHANNEL);
  turn_words_begin (words, normal, TURN_WORD_STOP, TURN_WORD_HESITATION);
  turn_words_judge (words, text, data[0] / 2 % 6, data[1] % 16);
  if (words != english)
    turn_words_add (words, TURN_WORD_STOP, text);
  g_free (normal);
  g_free (text);
  turn_words_unref (words);
  return 0;
}
