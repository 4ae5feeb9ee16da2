/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Looks words up in a pronunciation dictionary of CMU Sphinx. A grammar needs a
 * few of its hundred thousand words: reading the file for them takes some
 * milliseconds and no memory; a decoder that has them all is slow and large.
 *
 * Threads: any. Locks: none.
 */
#include "sphinx-dict.h"

#include <gio/gio.h>
#include <string.h>

/* How the words of interest are written in the file: as they are, or else in
 * lower case. */
static GHashTable *
wanted (gchar ** words)
{
  GHashTable *set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_ptr_array_unref);

  for (; *words; words++) {
    g_hash_table_insert (set, g_strdup (*words),
        g_ptr_array_new_with_free_func (g_free));
    g_hash_table_insert (set, g_ascii_strdown (*words, -1),
        g_ptr_array_new_with_free_func (g_free));
  }
  return set;
}

/* A line is a word, perhaps with "(2)" for a further pronunciation, and its
 * phones. */
static void
take_word (gpointer set, const gchar * line, gsize length)
{
  gsize n = 0, end;
  gchar word[128];
  GPtrArray *found;

  while (n < length && !g_ascii_isspace (line[n]))
    n++;
  end = n;
  if (n > 3 && line[n - 1] == ')') {
    const gchar *open = g_strrstr_len (line, n, "(");

    if (open && open > line)
      end = open - line;
  }
  if (end == 0 || end >= sizeof word || n == length)
    return;
  memcpy (word, line, end);
  word[end] = 0;
  found = g_hash_table_lookup (set, word);
  if (found)
    g_ptr_array_add (found, g_strstrip (g_strndup (line + n, length - n)));
}

typedef void (*LineFunc) (gpointer data, const gchar * line, gsize length);

static gboolean
scan (const gchar * path, LineFunc take, gpointer data, GError ** error)
{
  GMappedFile *file = g_mapped_file_new (path, FALSE, error);
  const gchar *text, *end;

  if (!file)
    return FALSE;
  text = g_mapped_file_get_contents (file);
  end = text + g_mapped_file_get_length (file);
  while (text < end) {
    const gchar *newline = memchr (text, '\n', end - text);
    gsize n = (newline ? newline : end) - text;

    take (data, text, n);
    text += n + 1;
  }
  g_mapped_file_unref (file);
  return TRUE;
}

static GPtrArray *
find_any_case (GHashTable * set, const gchar * word)
{
  GPtrArray *found = g_hash_table_lookup (set, word);
  gchar *lower;

  if (found->len == 0) {
    lower = g_ascii_strdown (word, -1);
    found = g_hash_table_lookup (set, lower);
    g_free (lower);
  }
  return found;
}

/**
 * sphinx_dict_find:
 * @path: a dictionary file
 * @words: what to look for; a word that the file has only in lower case is
 *   found nevertheless
 *
 * Returns: (transfer full) (nullable): by each word of @words its
 * pronunciations, a #GPtrArray of texts that is empty if it has none
 */
GHashTable *
sphinx_dict_find (const gchar * path, gchar ** words, GError ** error)
{
  GHashTable *set = wanted (words), *result = NULL;

  if (scan (path, take_word, set, error))
    result = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) g_ptr_array_unref);
  for (; result && *words; words++)
    g_hash_table_insert (result, g_strdup (*words),
        g_ptr_array_ref (find_any_case (set, *words)));
  g_hash_table_unref (set);
  return result;
}

typedef struct
{
  GPtrArray *found;
  guint lines;
} Phones;

static void
take_phones (gpointer data, const gchar * line, gsize length)
{
  Phones *phones = data;
  gchar *copy, **parts;

  /* One line in so many has them all, if there are many. */
  if (length == 0 || strchr ("#;", *line)
      || (phones->lines++ > 64 && phones->lines % 64))
    return;
  copy = g_strndup (line, length);
  parts = g_strsplit_set (copy, " \t\r", -1);
  for (guint i = 1; parts[0] && parts[i]; i++) {
    if (*parts[i] && !g_ptr_array_find_with_equal_func (phones->found,
            parts[i], g_str_equal, NULL))
      g_ptr_array_add (phones->found, g_strdup (parts[i]));
  }
  g_strfreev (parts);
  g_free (copy);
}

/**
 * sphinx_dict_phones:
 * @path: a dictionary file
 *
 * Returns: (transfer full) (nullable): the phones that words consist of
 */
gchar **
sphinx_dict_phones (const gchar * path, GError ** error)
{
  Phones phones = { g_ptr_array_new_with_free_func (g_free), 0 };

  if (!scan (path, take_phones, &phones, error)) {
    g_ptr_array_unref (phones.found);
    return NULL;
  }
  g_ptr_array_add (phones.found, NULL);
  return (gchar **) g_ptr_array_free (phones.found, FALSE);
}
