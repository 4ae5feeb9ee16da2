/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What all readers of spoken text share: looking at the cells, reading a
 * number, and saying words with what they stand for.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

#define PARTS_MAX 8

/* The character at @i, 0 outside of the chunk. */
gunichar
spoken_at (const Spoken * s, guint i)
{
  return i < s->n ? s->cells[i].c : 0;
}

gboolean
spoken_digit (const Spoken * s, guint i)
{
  gunichar c = spoken_at (s, i);

  return c >= '0' && c <= '9';
}

gboolean
spoken_letter (const Spoken * s, guint i)
{
  return g_unichar_isalpha (spoken_at (s, i));
}

gboolean
spoken_space (const Spoken * s, guint i)
{
  return cell_is_space (spoken_at (s, i));
}

/* Whether no word goes on at @i. */
gboolean
spoken_ends_word (const Spoken * s, guint i)
{
  return i == 0 || i >= s->n || !cell_is_word (s->cells[i - 1].c) ||
      !cell_is_word (s->cells[i].c);
}

gboolean
spoken_is_apostrophe (gunichar c)
{
  return c == '\'' || c == 0x2019;
}

gboolean
spoken_is_dash (gunichar c)
{
  return c == '-' || c == 0x2010 || c == 0x2011 || c == 0x2012 ||
      c == 0x2013 || c == 0x2014 || c == 0x2212;
}

/* The first visible cell behind @i. */
guint
spoken_skip_spaces (const Spoken * s, guint i)
{
  while (spoken_space (s, i))
    i++;
  return i;
}

/* The cells as text; 0 if they do not fit. */
gsize
spoken_text_of (const Spoken * s, guint i, guint end, gchar * text, gsize size,
    gboolean lower)
{
  gsize used = 0;

  for (; i < end && i < s->n; i++) {
    gunichar c = s->cells[i].c;

    if (used + 7 > size)
      return 0;
    if (cell_is_space (c))
      c = ' ';
    used += g_unichar_to_utf8 (lower ? g_unichar_tolower (c) : c, text + used);
  }
  text[used] = '\0';
  return used;
}

/* Whether there is a vowel among the letters. */
gboolean
spoken_has_vowel (const Spoken * s, guint i, guint end)
{
  for (; i < end; i++) {
    gchar text[8] = "";

    g_unichar_to_utf8 (g_unichar_toupper (s->cells[i].c), text);
    if (strstr (s->language->vowels, text))
      return TRUE;
  }
  return FALSE;
}

/* The value of the longest key that is written at @i as a whole word. */
gpointer
spoken_longest (const Spoken * s, GHashTable * table, guint i, guint * end)
{
  gchar text[LANGUAGE_KEY_MAX * 6 + 8];
  gsize ends[LANGUAGE_KEY_MAX + 1] = { 0 };
  guint n = 0;

  while (n < LANGUAGE_KEY_MAX && i + n < s->n &&
      ends[n] <= s->language->longest) {
    gunichar c = s->cells[i + n].c;

    ends[n + 1] = ends[n] + g_unichar_to_utf8 (cell_is_space (c) ? ' ' : c,
        text + ends[n]);
    if (n++ == 0 && !s->language->first_bytes[(guchar) text[0]])
      return NULL;
  }
  for (; n > 0; n--) {
    gpointer value;

    text[ends[n]] = '\0';
    if (spoken_ends_word (s, i + n) &&
        (value = g_hash_table_lookup (table, text))) {
      *end = i + n;
      return value;
    }
  }
  return NULL;
}

/* The word before @i in lower case, and where it begins. */
gboolean
spoken_word_before (const Spoken * s, guint * i, gchar * word, gsize size)
{
  guint end = *i, start;

  while (end > 0 && (cell_is_space (s->cells[end - 1].c) ||
          s->cells[end - 1].c == ':' || s->cells[end - 1].c == '#' ||
          s->cells[end - 1].c == '.'))
    end--;
  for (start = end; start > 0 && cell_is_word (s->cells[start - 1].c); start--);
  *i = start;
  return start < end && spoken_text_of (s, start, end, word, size, TRUE) > 0;
}

/* Whether the word before @i is one of @words. */
gboolean
spoken_follows (const Spoken * s, guint i, GHashTable * words)
{
  gchar word[64];

  return spoken_word_before (s, &i, word, sizeof (word)) &&
      g_hash_table_contains (words, word);
}

/* Where the letters of an ordinal ("st") at @i end, or @i. */
guint
spoken_ordinal_end (const Spoken * s, guint i)
{
  gchar suffix[16];
  guint j = i;

  while (spoken_letter (s, j))
    j++;
  return j > i && spoken_text_of (s, i, j, suffix, sizeof (suffix), TRUE) > 0
      && g_hash_table_contains (s->language->ordinal_suffixes, suffix) ? j : i;
}

static void
begin_word (Spoken * s, gsize offset, gsize end)
{
  SpeakableWord word = { offset, end - offset };

  if (s->words->len > 0) {
    if (s->pause)
      g_string_append_c (s->text, s->pause);
    g_string_append_c (s->text, ' ');
  }
  s->pause = 0;
  g_array_append_val (s->words, word);
}

/* Says all words of @text for the cells from @i to @end. */
void
spoken_say (Spoken * s, const gchar * text, guint i, guint end)
{
  gboolean inside = FALSE;

  for (const gchar * p = text; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_isspace (c)) {
      inside = FALSE;
      continue;
    }
    if (!inside)
      begin_word (s, s->cells[i].start, s->cells[end - 1].end);
    inside = TRUE;
    g_string_append_unichar (s->text, c);
  }
}

/* Lengthens the last word, which stands for the cells up to @end then. */
void
spoken_append (Spoken * s, const gchar * text, guint end)
{
  SpeakableWord *word;

  if (s->words->len == 0)
    return;
  word = &g_array_index (s->words, SpeakableWord, s->words->len - 1);
  word->length = s->cells[end - 1].end - word->offset;
  g_string_append (s->text, text);
}

/* A pause behind the last word; the stronger of two counts. */
void
spoken_pause (Spoken * s, gchar mark)
{
  static const gchar order[] = ",;:.!?";

  if (s->words->len > 0 &&
      (!s->pause || strchr (order, mark) > strchr (order, s->pause)))
    s->pause = mark;
}

static const SpokenPart *
find_part (const SpokenPart * parts, guint n, const gchar * name, gsize length)
{
  for (guint i = 0; i < n; i++) {
    if (strlen (parts[i].name) == length &&
        strncmp (parts[i].name, name, length) == 0)
      return &parts[i];
  }
  return NULL;
}

/* The part that a {name} in the word at @p is, or the next one behind it. */
static const SpokenPart *
next_part (const gchar * p, const SpokenPart * parts, guint n)
{
  const gchar *open = strchr (p, '{');
  const gchar *close = open ? strchr (open, '}') : NULL;

  return close ? find_part (parts, n, open + 1, close - open - 1) : NULL;
}

/* Whether the parts are spoken in the order in which they were written; else
 * each word stands for all of them. */
static gboolean
is_in_order (const gchar * phrase, const SpokenPart * parts, guint n)
{
  guint before = 0;

  for (const gchar * p = strchr (phrase, '{'); p; p = strchr (p + 1, '{')) {
    const SpokenPart *part = next_part (p, parts, n);

    if (part && part->start < before)
      return FALSE;
    before = part ? part->start : before;
  }
  return TRUE;
}

static gboolean
said_last (const Spoken * s, const gchar * word)
{
  gsize length = strlen (word);

  return s->text->len >= length && !s->pause
      && g_ascii_strcasecmp (s->text->str + s->text->len - length, word) == 0
      && (s->text->len == length
      || s->text->str[s->text->len - length - 1] == ' ');
}

/**
 * spoken_phrase:
 * @s: the chunk
 * @name: of a phrase of the language
 * @parts: what its {…} are
 * @n: how many
 *
 * Says a phrase. A word of its own stands for what the next part stands for.
 * If it begins with a word that was just said ("the"), that is left out.
 */
void
spoken_phrase (Spoken * s, const gchar * name, const SpokenPart * parts,
    guint n)
{
  const gchar *phrase = language_say (s->language, name);
  gboolean in_order = is_in_order (phrase, parts, n);
  gchar **words = g_strsplit (phrase, " ", -1);
  const SpokenPart *last = &parts[n - 1];
  const gchar *rest = phrase;
  guint low = s->n, high = 0;

  for (guint i = 0; i < n; i++) {
    low = MIN (low, parts[i].start);
    high = MAX (high, parts[i].end);
  }
  for (guint w = 0; words[w]; w++) {
    const SpokenPart *part = next_part (rest, parts, n);
    gchar *open = strchr (words[w], '{');
    gsize length = strlen (words[w]);

    rest += length + (words[w + 1] != NULL);
    last = part ? part : last;
    if (w == 0 && !open && said_last (s, words[w]))
      continue;
    spoken_say (s, !open ? words[w] : part ? part->text : "",
        in_order ? last->start : low, in_order ? last->end : high);
    if (open && length > 0 && words[w][length - 1] == ',')
      spoken_pause (s, ',');
  }
  g_strfreev (words);
}

/* Letter by letter and digit by digit, each for its own cell. */
void
spoken_spell (Spoken * s, guint i, guint end)
{
  GString *word = g_string_new (NULL);

  for (; i < end; i++) {
    gunichar c = s->cells[i].c;

    g_string_truncate (word, 0);
    if (spoken_digit (s, i))
      spoken_value (s, NULL, c - '0', word);
    else if (g_unichar_isalpha (c))
      g_string_append_unichar (word, g_unichar_toupper (c));
    spoken_say (s, word->str, i, i + 1);
  }
  g_string_free (word, TRUE);
}

static gboolean
is_group (const Spoken * s, guint i)
{
  gunichar c = spoken_at (s, i);

  return (c == s->language->group || c == CELL_TIE) && spoken_digit (s, i + 1)
      && spoken_digit (s, i + 2) && spoken_digit (s, i + 3) &&
      !spoken_digit (s, i + 4);
}

/**
 * spoken_number_read:
 * @s: the chunk
 * @i: where
 * @number: (out): what is there
 *
 * Reads digits, with groups and decimals as the language writes them.
 *
 * Returns: %FALSE if there is no number at @i
 */
gboolean
spoken_number_read (const Spoken * s, guint i, SpokenNumber * number)
{
  guint j = i;

  *number = (SpokenNumber) {
  .start = i};
  while (spoken_digit (s, j) || (number->digits > 0 &&
          (number->grouped || j - i <= 3) && spoken_at (s, i) != '0' &&
          is_group (s, j))) {
    if (!spoken_digit (s, j)) {
      number->grouped = TRUE;
      j++;
      continue;
    }
    number->big |= ++number->digits > 18;
    if (!number->big)
      number->value = number->value * 10 + (s->cells[j].c - '0');
    j++;
  }
  number->fraction = j + 1;
  if (spoken_at (s, j) == s->language->decimal && spoken_digit (s, j + 1)) {
    for (j++; spoken_digit (s, j); j++)
      number->n_fraction++;
  }
  number->end = j;
  return number->digits > 0 || number->n_fraction > 0;
}

/* A value in words; in digits if the rules have none. */
void
spoken_value (const Spoken * s, const gchar * rule, guint64 value,
    GString * out)
{
  const NumberRules *rules = s->language->rules;

  if (!rule || !number_rules_has (rules, rule))
    rule = "cardinal";
  if (!number_rules_spell (rules, rule, value, out))
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, value);
}

static void
append_digits (const Spoken * s, guint i, guint end, GString * out)
{
  for (; i < end; i++) {
    if (!spoken_digit (s, i))
      continue;
    if (out->len > 0)
      g_string_append_c (out, ' ');
    spoken_value (s, NULL, s->cells[i].c - '0', out);
  }
}

/* A number in words, decimals one by one. */
void
spoken_number_words (const Spoken * s, const SpokenNumber * number,
    const gchar * rule, GString * out)
{
  if (number->big)
    append_digits (s, number->start, number->n_fraction > 0 ?
        number->fraction : number->end, out);
  else
    spoken_value (s, number->n_fraction > 0 ? NULL : rule, number->value, out);
  if (number->n_fraction > 0) {
    g_string_append_printf (out, " %s", language_say (s->language, "point"));
    append_digits (s, number->fraction, number->end, out);
  }
}
