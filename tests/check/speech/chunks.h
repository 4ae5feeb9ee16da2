/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of text for the ear share: a whole reply through the core.
 */
#pragma once

#include <speakable-core.h>

typedef struct
{
  const gchar *written;
  const gchar *spoken;
} SpokenRow;

/* The texts of all chunks that can be pulled, with " | " between them. */
static inline gchar *
pull_all (Speakable * core)
{
  GString *all = g_string_new (NULL);
  SpeakableChunk chunk;

  while (speakable_pull (core, &chunk)) {
    if (all->len > 0 && *chunk.text)
      g_string_append (all, " | ");
    g_string_append (all, chunk.text);
    speakable_chunk_clear (&chunk);
  }
  return g_string_free (all, FALSE);
}

/* A table of whole replies; every row that differs is told. */
static inline void
check_rows (Speakable * core, const SpokenRow * rows, guint n)
{
  for (guint i = 0; i < n; i++) {
    gchar *spoken;

    speakable_push (core, rows[i].written, -1);
    speakable_finish (core);
    spoken = pull_all (core);
    if (g_strcmp0 (spoken, rows[i].spoken) != 0) {
      g_test_message ("“%s” is spoken “%s” and not “%s”",
          rows[i].written, spoken, rows[i].spoken);
      g_test_fail ();
    }
    g_free (spoken);
  }
}
