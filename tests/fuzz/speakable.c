/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text for the ear out of any bytes. The first byte is the language and the
 * settings, the second the seed of the tokens' lengths; the rest is the reply,
 * spoken in those tokens and once more byte by byte.
 */
#include "plugins/speech/speakable-core.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

/* Source that says nothing is kept up to 8192 characters; beside that a chunk
 * and what markup holds back. */
#define HELD_MAX (8192 + 2048 + 1024 + 64)

static void
require (gboolean condition)
{
  if (!condition)
    abort ();
}

static gboolean
is_picture (gunichar c)
{
  return (c >= 0x1f000 && c <= 0x1faff) || (c >= 0x2600 && c <= 0x27bf) ||
      c == 0xfe0f || c == 0x200d || c == 0x20e3;
}

static void
check_text (const SpeakableChunk * chunk)
{
  guint n = 0;

  require (g_utf8_validate (chunk->text, -1, NULL));
  require (strstr (chunk->text, "```") == NULL);
  for (const gchar * p = chunk->text; *p; p = g_utf8_next_char (p)) {
    require (!is_picture (g_utf8_get_char (p)));
    require (!g_unichar_iscntrl (g_utf8_get_char (p)));
    n += *p == ' ';
  }
  require (chunk->n_words == (*chunk->text ? n + 1 : 0));
}

static void
check_words (const SpeakableChunk * chunk)
{
  gsize before = chunk->offset;

  for (guint i = 0; i < chunk->n_words; i++) {
    require (chunk->words[i].offset >= before);
    require (chunk->words[i].length > 0);
    require (chunk->words[i].offset + chunk->words[i].length <=
        chunk->offset + chunk->length);
    before = chunk->words[i].offset;
  }
}

static void
pull (Speakable * core, GString * source, gsize * offset, GString * all)
{
  SpeakableChunk chunk;

  while (speakable_pull (core, &chunk)) {
    require (chunk.offset == *offset);
    require ((gsize) g_utf8_strlen (chunk.source, -1) == chunk.length);
    check_text (&chunk);
    check_words (&chunk);
    *offset += chunk.length;
    g_string_append (source, chunk.source);
    g_string_append_printf (all, "%s\n%d\n", chunk.text, chunk.end);
    speakable_chunk_clear (&chunk);
  }
}

static gchar *
speak (Speakable * core, const gchar * text, gsize length, guint seed)
{
  GString *source = g_string_new (NULL), *all = g_string_new (NULL);
  gchar *valid = g_utf8_make_valid (text, length);
  gsize offset = 0, i = 0;

  while (i < length) {
    gsize n = seed == 0 ? 1 : 1 + (seed >> 16) % 32;

    n = MIN (n, length - i);
    seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
    speakable_push (core, text + i, n);
    i += n;
    pull (core, source, &offset, all);
    require (i <= 4 * (offset + HELD_MAX));
  }
  speakable_finish (core);
  pull (core, source, &offset, all);
  require (strcmp (source->str, valid) == 0);
  g_free (valid);
  g_string_free (source, TRUE);
  return g_string_free (all, FALSE);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  static const gchar *const tags[] = { "en", "de", "en-GB" };
  static Language *languages[G_N_ELEMENTS (tags)];
  Speakable *core;
  gchar *one, *two;
  guint which;

  if (size < 2)
    return 0;
  which = data[0] % (G_N_ELEMENTS (tags) + 1);
  if (which < G_N_ELEMENTS (tags) && !languages[which]) {
    languages[which] = language_load (tags[which], NULL);
    require (languages[which] != NULL);
  }
  core = speakable_new (which < G_N_ELEMENTS (tags) ? languages[which] : NULL);
  if (data[0] & 16)
    speakable_set_max_chars (core, 20 + (data[0] >> 3));
  if (data[0] & 8)
    speakable_set_clause_words (core, data[0] >> 6);
  one = speak (core, (const gchar *) data + 2, size - 2, data[1] + 1);
  two = speak (core, (const gchar *) data + 2, size - 2, 0);
  require (strcmp (one, two) == 0);
  g_free (one);
  g_free (two);
  speakable_free (core);
  return 0;
}
