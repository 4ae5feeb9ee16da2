/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Words, abbreviations, acronyms and codes.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

#define WORD_MAX 64

/* The number in "no.: 5" */
static guint
skip_to_number (const Spoken * s, guint i)
{
  i += spoken_at (s, i) == '.';
  i += spoken_at (s, i) == ':';
  return spoken_skip_spaces (s, i);
}

static gboolean
is_capital_before (const Spoken * s, guint i)
{
  gchar word[WORD_MAX * 6 + 8];

  return spoken_word_before (s, &i, word, sizeof (word)) && i > 0 &&
      (g_unichar_isupper (s->cells[i].c) || g_unichar_isdigit (s->cells[i].c));
}

/* Whether an abbreviation of that kind makes sense between its neighbours. */
static gboolean
kind_fits (const Spoken * s, const LanguageAbbreviation * abbreviation,
    LanguageKind kind, guint i, guint end, gboolean dotted)
{
  guint next = spoken_skip_spaces (s, end);
  gboolean capital = next > end && g_unichar_isupper (spoken_at (s, next));

  switch (kind) {
    case LANGUAGE_TITLE:
      if (!abbreviation->said[LANGUAGE_NAME] && dotted)
        return TRUE;
      return capital && !(abbreviation->said[LANGUAGE_NAME] &&
          is_capital_before (s, i));
    case LANGUAGE_NAME:
      return dotted || is_capital_before (s, i);
    case LANGUAGE_NUMBER:
      return spoken_digit (s, skip_to_number (s, end));
    default:
      return TRUE;
  }
}

/* "E.g." is "e.g.", but "Max." is a name, unless it begins the sentence or a
 * number follows. */
static const LanguageAbbreviation *
find_abbreviation (const Spoken * s, guint i, guint end, gboolean inner)
{
  gchar key[LANGUAGE_KEY_MAX * 6 + 8];
  const LanguageAbbreviation *found = NULL;

  if (end - i <= LANGUAGE_KEY_MAX && spoken_text_of (s, i, end, key,
          sizeof (key), FALSE) > 0)
    found = g_hash_table_lookup (s->language->abbreviations, key);
  if (found || !g_unichar_isupper (s->cells[i].c) || end - i > LANGUAGE_KEY_MAX)
    return found;
  if (!inner && s->words->len > 0 && !spoken_digit (s, skip_to_number (s, end)))
    return NULL;
  spoken_text_of (s, i, end, key, sizeof (key), TRUE);
  return g_hash_table_lookup (s->language->abbreviations, key);
}

/* J. before a name, U.S.A. */
static guint
read_initials (Spoken * s, guint i)
{
  guint j = i, n = 0;

  while (spoken_letter (s, j) && spoken_at (s, j + 1) == '.' &&
      spoken_ends_word (s, j + 1)) {
    j += 2;
    n++;
  }
  if (n == 0 || (n == 1 && !(g_unichar_isupper (s->cells[i].c) &&
              spoken_space (s, j) && g_unichar_isupper (spoken_at (s,
                      spoken_skip_spaces (s, j))))))
    return 0;
  if (!spoken_ends_word (s, j))
    return 0;
  spoken_spell (s, i, j);
  s->kind = SPOKEN_LETTERS;
  return j - i;
}

/**
 * spoken_abbreviation:
 * @s: the chunk
 * @i: where
 *
 * Reads an abbreviation, or initials.
 *
 * Returns: how many cells it was
 */
guint
spoken_abbreviation (Spoken * s, guint i)
{
  const LanguageAbbreviation *found;
  guint end = i;
  gboolean dotted, inner = FALSE;

  if (!spoken_letter (s, i) || !spoken_ends_word (s, i))
    return 0;
  while (spoken_letter (s, end) || (spoken_at (s, end) == '.' &&
          spoken_letter (s, end + 1)))
    inner |= s->cells[end++].c == '.';
  dotted = spoken_at (s, end) == '.' && spoken_at (s, end + 1) != '.';
  found = find_abbreviation (s, i, end, inner);
  if (!found || !(dotted || inner || found->bare) || !spoken_ends_word (s, end))
    return read_initials (s, i);
  for (guint kind = 0; kind < LANGUAGE_KINDS; kind++) {
    if (found->said[kind] && kind_fits (s, found, kind, i, end + dotted,
            dotted)) {
      spoken_say (s, found->said[kind], i, end + dotted);
      s->kind = inner ? SPOKEN_LETTERS : SPOKEN_WORD;
      return end + dotted - i;
    }
  }
  return 0;
}

static gboolean
is_roman (const Spoken * s, guint i, guint end)
{
  for (; i < end; i++) {
    if (!strchr ("IVX", (gint) MIN (s->cells[i].c, 0x7f)))
      return FALSE;
  }
  return TRUE;
}

/* Whether capitals look like a word that can be read. */
static gboolean
is_readable (const Spoken * s, guint i, guint end)
{
  guint consonants = 0;
  gboolean vowel = FALSE;

  for (guint k = i; k < end; k++) {
    gchar text[8] = "";

    g_unichar_to_utf8 (s->cells[k].c, text);
    if (strstr (s->language->vowels, text)) {
      vowel = TRUE;
      consonants = 0;
    } else if (++consonants > 2) {
      return FALSE;
    }
  }
  return vowel;
}

/* Whether the letters from @i to @end are capitals to be spelled. Short ones
 * are, unless they are known as words; longer ones if nobody could read
 * them. Roman numerals are left as they are. */
gboolean
spoken_is_spelled (const Spoken * s, guint i, guint end)
{
  gchar word[WORD_MAX];

  for (guint k = i; k < end; k++) {
    if (!g_unichar_isupper (s->cells[k].c))
      return FALSE;
  }
  if (end - i < 2 || spoken_text_of (s, i, end, word, sizeof (word),
          FALSE) == 0 || g_hash_table_contains (s->language->read, word))
    return FALSE;
  if (g_hash_table_contains (s->language->spelled, word))
    return TRUE;
  if (is_roman (s, i, end))
    return FALSE;
  return end - i <= 3 || (end - i <= 5 && !is_readable (s, i, end)) ||
      (end - i > 5 && end - i < 12 && !is_readable (s, i, end) &&
      strpbrk (word, s->language->vowels) == NULL);
}

static void
say_code_letters (Spoken * s, guint i, guint end, gboolean alone)
{
  gchar word[WORD_MAX * 6 + 8];
  gboolean small = FALSE;

  for (guint k = i; k < end; k++)
    small |= g_unichar_islower (s->cells[k].c);
  if (alone && ((small && end - i >= 3 && spoken_has_vowel (s, i, end))
          || (!small && end - i >= 4 && !spoken_is_spelled (s, i, end)))) {
    if (spoken_text_of (s, i, end, word, sizeof (word), FALSE) > 0) {
      spoken_say (s, word, i, end);
      return;
    }
  }
  spoken_spell (s, i, end);
}

/* The only number in a code: a short one, a year behind letters, or that of a
 * house before a letter are read as such. */
static void
say_code_number (Spoken * s, guint i, guint end, gboolean first)
{
  const gchar *rule = NULL;
  SpokenNumber number;
  GString *words;

  spoken_number_read (s, i, &number);
  if (end - i == 3 && first)
    rule = "pairs";
  else if (end - i == 4 && number.value >= 1900 && number.value < 2100)
    rule = "year";
  if (!rule && end - i > 2) {
    spoken_spell (s, i, end);
    return;
  }
  words = g_string_new (NULL);
  spoken_value (s, rule, number.value, words);
  spoken_say (s, words->str, i, end);
  g_string_free (words, TRUE);
}

/* Letters and digits mixed: MP3, B12, 221B are read as a name and a number,
 * all else, such as A12B and BA1234, is spelled. */
static void
say_code (Spoken * s, guint i, guint end)
{
  guint runs = 1;

  for (guint k = i + 1; k < end; k++)
    runs += spoken_digit (s, k) != spoken_digit (s, k - 1);
  while (i < end) {
    gboolean digit = spoken_digit (s, i);
    guint j = i;

    while (j < end && spoken_digit (s, j) == digit)
      j++;
    if (!digit) {
      say_code_letters (s, i, j, runs == 2);
    } else if (runs == 2 && s->cells[i].c != '0') {
      say_code_number (s, i, j, j < end);
    } else {
      spoken_spell (s, i, j);
    }
    i = j;
  }
  s->kind = SPOKEN_LETTERS;
}

/* The end of a word at @i, with apostrophes inside. */
static guint
word_end (const Spoken * s, guint i, gboolean * code)
{
  gboolean letters = FALSE, digits = FALSE;
  guint j = i;

  while (cell_is_word (spoken_at (s, j)) || (j > i && !digits &&
          spoken_is_apostrophe (spoken_at (s, j))
          && spoken_letter (s, j + 1))) {
    letters |= spoken_letter (s, j);
    digits |= spoken_digit (s, j);
    j++;
  }
  *code = letters && digits;
  return j;
}

/* How many of the letters are before an apostrophe or a plural s: "PDFs". */
static guint
stem_end (const Spoken * s, guint i, guint end)
{
  guint j = i;

  while (j < end && !spoken_is_apostrophe (s->cells[j].c))
    j++;
  if (j == end && j - i > 2 && s->cells[j - 1].c == 's' &&
      g_unichar_isupper (s->cells[j - 2].c))
    j--;
  return j;
}

static void
say_acronym (Spoken * s, guint i, guint stem, guint end)
{
  gchar text[WORD_MAX * 6 + 8];

  spoken_spell (s, i, stem);
  s->kind = SPOKEN_LETTERS;
  if (stem == end)
    return;
  if (spoken_text_of (s,
          spoken_is_apostrophe (s->cells[stem].c) ? stem + 1 : stem, end, text,
          sizeof (text), FALSE) > 0) {
    spoken_append (s, "'", end);
    spoken_append (s, text, end);
  }
}

/* A word as it is, with plain apostrophes. */
static void
say_letters (Spoken * s, guint i, guint end)
{
  GString *word = g_string_new (NULL);

  for (guint k = i; k < end; k++)
    g_string_append_unichar (word, spoken_is_apostrophe (s->cells[k].c) ? '\'' :
        spoken_is_dash (s->cells[k].c) ? '-' : s->cells[k].c);
  spoken_say (s, word->str, i, end);
  g_string_free (word, TRUE);
  s->kind = SPOKEN_WORD;
}

/* J-O-H-N: at least three letters, each alone. */
static guint
read_spelled (const Spoken * s, guint i)
{
  guint j = i, n = 0;

  while (spoken_letter (s, j) && spoken_ends_word (s, j + 1)) {
    n++;
    j++;
    if (spoken_at (s, j) != '-' || !spoken_letter (s, j + 1))
      break;
    j++;
  }
  return n >= 3 && spoken_ends_word (s, j) && spoken_letter (s, j - 1) ? j : 0;
}

/**
 * spoken_word:
 * @s: the chunk
 * @i: where
 *
 * Reads a word: as it is, spelled if it is an acronym, or as a code.
 *
 * Returns: how many cells it was
 */
guint
spoken_word (Spoken * s, guint i)
{
  gboolean code;
  guint end, stem;

  if (!cell_is_word (spoken_at (s, i)))
    return 0;
  end = read_spelled (s, i);
  if (end > 0) {
    spoken_spell (s, i, end);
    s->kind = SPOKEN_LETTERS;
    return end - i;
  }
  end = word_end (s, i, &code);
  stem = stem_end (s, i, end);
  if (code) {
    say_code (s, i, end);
    return end - i;
  }
  if (spoken_is_spelled (s, i, stem)) {
    say_acronym (s, i, stem, end);
    return end - i;
  }
  while (spoken_is_dash (spoken_at (s, end)) && spoken_at (s, end) < 0x2012 &&
      spoken_letter (s, end + 1)) {
    guint next = word_end (s, end + 1, &code);

    if (code || spoken_is_spelled (s, end + 1, stem_end (s, end + 1, next)))
      break;
    end = next;
  }
  say_letters (s, i, end);
  return end - i;
}
