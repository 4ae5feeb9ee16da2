/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Words and how they are to be spoken. An entry is one or several whole words;
 * of two that fit the longer wins. Letter case matters only if the entry has a
 * capital. White space in an entry matches any, a typographic apostrophe is
 * the same as a plain one.
 *
 * Threads: a lexicon is not changed any more once it is used. Locks: none.
 */
#include "lexicon.h"

#include <string.h>

#define ENTRIES_MAX 10000
#define WRITTEN_MAX 64          /* characters */
#define SPOKEN_MAX 256

typedef struct
{
  gunichar *written;
  guint length;
  gboolean exact;               /* letter case matters */
  gchar *spoken;
} LexiconEntry;

struct _Lexicon
{
  GHashTable *buckets;          /* first word, lower case → GPtrArray */
  GHashTable *protected;        /* token → LexiconProtection */
  guint n_entries;
};

static void
entry_free (LexiconEntry * entry)
{
  g_free (entry->written);
  g_free (entry->spoken);
  g_free (entry);
}

/**
 * lexicon_new:
 *
 * Returns: (transfer full): an empty lexicon
 */
Lexicon *
lexicon_new (void)
{
  Lexicon *lexicon = g_new0 (Lexicon, 1);

  lexicon->buckets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_ptr_array_unref);
  lexicon->protected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      NULL);
  return lexicon;
}

/**
 * lexicon_free:
 * @lexicon: (transfer full) (nullable): a lexicon
 */
void
lexicon_free (Lexicon * lexicon)
{
  if (!lexicon)
    return;
  g_hash_table_unref (lexicon->buckets);
  g_hash_table_unref (lexicon->protected);
  g_free (lexicon);
}

static gunichar
normal (gunichar c)
{
  return c == 0x2019 ? '\'' : c;
}

/* The first word, or the first character if it is none. */
static void
first_word (const gunichar * text, guint n, GString * key)
{
  g_string_truncate (key, 0);
  for (guint i = 0; i < n && (cell_is_word (text[i]) || i == 0); i++) {
    g_string_append_unichar (key, g_unichar_tolower (text[i]));
    if (!cell_is_word (text[i]))
      break;
  }
}

/* Trims, and makes every run of white space one space. */
static gunichar *
tidy (const gchar * text, guint * length)
{
  glong n;
  gunichar *chars = g_utf8_to_ucs4_fast (text, -1, &n);
  guint kept = 0;

  for (glong i = 0; i < n; i++) {
    if (!g_unichar_isspace (chars[i]))
      chars[kept++] = normal (chars[i]);
    else if (kept > 0 && chars[kept - 1] != ' ')
      chars[kept++] = ' ';
  }
  if (kept > 0 && chars[kept - 1] == ' ')
    kept--;
  *length = kept;
  return chars;
}

/* Remembers the tokens of an entry that end like a sentence: "Yahoo!". */
static void
protect_tokens (Lexicon * lexicon, const LexiconEntry * entry)
{
  GString *token = g_string_new (NULL);

  for (guint i = 0; i < entry->length; i++) {
    if (entry->written[i] == ' ') {
      g_string_truncate (token, 0);
      continue;
    }
    g_string_append_unichar (token, g_unichar_tolower (entry->written[i]));
    if (strchr (".!?", token->str[token->len - 1]))
      g_hash_table_insert (lexicon->protected, g_strdup (token->str),
          GINT_TO_POINTER (i + 1 < entry->length ? LEXICON_INSIDE :
              LEXICON_AT_END));
  }
  g_string_free (token, TRUE);
}

/* Longer entries come first. */
static void
insert (Lexicon * lexicon, LexiconEntry * entry)
{
  GString *key = g_string_new (NULL);
  GPtrArray *bucket;
  guint at = 0;

  first_word (entry->written, entry->length, key);
  bucket = g_hash_table_lookup (lexicon->buckets, key->str);
  if (!bucket) {
    bucket = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
    g_hash_table_insert (lexicon->buckets, g_strdup (key->str), bucket);
  }
  while (at < bucket->len && entry->length <=
      ((LexiconEntry *) g_ptr_array_index (bucket, at))->length)
    at++;
  g_ptr_array_insert (bucket, at, entry);
  g_string_free (key, TRUE);
}

/**
 * lexicon_add:
 * @lexicon: a lexicon
 * @written: the words as written, up to 64 characters
 * @spoken: the words to say instead, up to 256 bytes; may be empty
 * @error: why the entry is refused
 *
 * Returns: %FALSE if an entry is empty, too long, no UTF-8, or one too many
 */
gboolean
lexicon_add (Lexicon * lexicon, const gchar * written, const gchar * spoken,
    GError ** error)
{
  LexiconEntry *entry;

  if (!g_utf8_validate (written, -1, NULL) ||
      !g_utf8_validate (spoken, -1, NULL) || strlen (spoken) > SPOKEN_MAX ||
      g_utf8_strlen (written, -1) > WRITTEN_MAX ||
      lexicon->n_entries >= ENTRIES_MAX) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "an entry of the lexicon is too long, not UTF-8, or one too many");
    return FALSE;
  }
  entry = g_new0 (LexiconEntry, 1);
  entry->written = tidy (written, &entry->length);
  entry->spoken = g_strdup (spoken);
  if (entry->length == 0) {
    entry_free (entry);
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "an entry of the lexicon has no written form");
    return FALSE;
  }
  for (guint i = 0; i < entry->length; i++)
    entry->exact |= g_unichar_isupper (entry->written[i]);
  lexicon->n_entries++;
  protect_tokens (lexicon, entry);
  insert (lexicon, entry);
  return TRUE;
}

/* 9/11 is no entry in 9/11/2026, nor 5 in 5.5. */
static gboolean
number_goes_on (const Cell * cells, guint n, guint i)
{
  return i + 1 < n && g_unichar_isdigit (cells[i - 1].c) &&
      cells[i].c < 0x80 && strchr ("./,:-", (gint) cells[i].c) &&
      g_unichar_isdigit (cells[i + 1].c);
}

/* How many cells from @i on are the entry; 0 if they are not. */
static guint
entry_match (const LexiconEntry * entry, const Cell * cells, guint n, guint i)
{
  guint j = i;

  for (guint k = 0; k < entry->length; k++) {
    gunichar want = entry->written[k];

    if (j >= n)
      return 0;
    if (want == ' ') {
      if (!cell_is_space (cells[j].c))
        return 0;
      while (j < n && cell_is_space (cells[j].c))
        j++;
    } else {
      gunichar c = normal (cells[j++].c);

      if ((entry->exact ? c : g_unichar_tolower (c)) != want)
        return 0;
    }
  }
  if (j < n && cell_is_word (cells[j - 1].c) && cell_is_word (cells[j].c))
    return 0;
  return number_goes_on (cells, n, j) ? 0 : j - i;
}

/**
 * lexicon_match:
 * @lexicon: (nullable): a lexicon
 * @cells: text
 * @n: its length
 * @i: where in it
 * @spoken: (out) (transfer none): what to say for the words there
 *
 * Returns: how many cells are the entry's, 0 if there is none at @i
 */
guint
lexicon_match (const Lexicon * lexicon, const Cell * cells, guint n, guint i,
    const gchar ** spoken)
{
  gunichar first[WRITTEN_MAX];
  GPtrArray *bucket;
  GString *key;
  guint length = 0;

  if (!lexicon || (i > 0 && cell_is_word (cells[i - 1].c) &&
          cell_is_word (cells[i].c)))
    return 0;
  while (length < WRITTEN_MAX && i + length < n &&
      (length == 0 || cell_is_word (cells[i + length].c))) {
    first[length] = normal (cells[i + length].c);
    length++;
  }
  key = g_string_new (NULL);
  first_word (first, length, key);
  bucket = g_hash_table_lookup (lexicon->buckets, key->str);
  g_string_free (key, TRUE);
  for (guint e = 0; bucket && e < bucket->len; e++) {
    const LexiconEntry *entry = g_ptr_array_index (bucket, e);
    guint used = entry_match (entry, cells, n, i);

    if (used > 0) {
      *spoken = entry->spoken;
      return used;
    }
  }
  return 0;
}

/**
 * lexicon_protection:
 * @lexicon: (nullable): a lexicon
 * @token: text without white space, lower case, ending in `.`, `!` or `?`
 *
 * Returns: whether that mark belongs to an entry, and where in it
 */
LexiconProtection
lexicon_protection (const Lexicon * lexicon, const gchar * token)
{
  return lexicon ? GPOINTER_TO_INT (g_hash_table_lookup (lexicon->protected,
          token)) : LEXICON_FREE;
}
