/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Marks and symbols: what is a pause, what has a name, what is nothing.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

static gboolean
is_counted (SpokenKind kind)
{
  return kind == SPOKEN_NUMBER || kind == SPOKEN_YEAR || kind == SPOKEN_COUNTED;
}

/* Whether a sum goes on behind the number at @i: 5 - 3 = 2. */
static gboolean
is_sum (const Spoken * s, guint i)
{
  SpokenNumber number;

  return spoken_number_read (s, i, &number)
      && spoken_at (s, spoken_skip_spaces (s, number.end)) == '=';
}

/**
 * spoken_by:
 * @s: the chunk
 * @i: where
 *
 * Reads the x of "10 x 20".
 *
 * Returns: how many cells it was
 */
guint
spoken_by (Spoken * s, guint i)
{
  guint next = spoken_skip_spaces (s, i + 1);
  gunichar c = spoken_at (s, i);
  const gchar *times;

  if ((c != 'x' && c != 'X' && c != 0xd7) || !spoken_digit (s, next) ||
      !is_counted (s->last) || spoken_skip_spaces (s, s->last_end) != i)
    return 0;
  times = g_hash_table_lookup (s->language->number_symbols, "*");
  spoken_say (s, is_sum (s, next) && times ? times :
      language_say (s->language, "by"), i, i + 1);
  s->kind = SPOKEN_OTHER;
  return next - i;
}

static gboolean
starts_quantity (const Spoken * s, guint i)
{
  guint end;

  return spoken_digit (s, i) || (spoken_at (s, i) == s->language->decimal &&
      spoken_digit (s, i + 1)) || (spoken_longest (s, s->language->signs, i,
          &end) && spoken_digit (s, end));
}

/* Single capitals with a dash between them: A–Z. */
static gboolean
is_letter_range (const Spoken * s, guint i)
{
  return i > 0 && g_unichar_isupper (s->cells[i - 1].c) &&
      g_unichar_isupper (spoken_at (s, i + 1)) && spoken_ends_word (s, i + 2)
      && (i == 1 || spoken_space (s, i - 2));
}

/* 1-800-FLOWERS is no range. */
static gboolean
is_chain (const Spoken * s, guint i)
{
  SpokenNumber number;

  return spoken_number_read (s, i, &number) && spoken_at (s, number.end) ==
      '-' && spoken_letter (s, number.end + 1);
}

/* 10–15 and 10 - 15, but not 10 -15 */
static gboolean
is_range (const Spoken * s, guint i, guint end, guint next)
{
  return end == i + 1 && is_counted (s->last) &&
      spoken_skip_spaces (s, s->last_end) == i &&
      (next > end) == (s->last_end < i) && starts_quantity (s, next) &&
      !is_chain (s, next);
}

/* Whether what touches the dash on both sides are days, months or letters. */
static gboolean
is_range_of_names (const Spoken * s, guint i, guint end)
{
  return i > 0 && s->last_end == i && ((s->last == SPOKEN_DAY &&
          spoken_letter (s, end)) || is_letter_range (s, i));
}

/* Between numbers it is a range or a minus, before a number a minus, before a
 * word an option of a command, inside a word nothing, else a pause. */
static guint
say_dash (Spoken * s, guint i)
{
  const gchar *word = NULL;
  guint end = i, next;
  gboolean inside;

  while (spoken_is_dash (spoken_at (s, end)))
    end++;
  next = spoken_skip_spaces (s, end);
  inside = i > 0 && s->last_end == i && next == end;
  if (is_range (s, i, end, next) || is_range_of_names (s, i, end)) {
    word = is_sum (s, next) ? "minus" : "to";
    s->kind = s->last;
  } else if (end == i + 1 && next == end && starts_quantity (s, next) &&
      (i == 0 || !cell_is_word (s->cells[i - 1].c))) {
    word = "minus";
  } else if (s->cells[i].c == '-' && end == i + 1 && i > 0 &&
      spoken_space (s, i - 1) && spoken_letter (s, end)) {
    word = "dash";
  }
  if (word)
    spoken_say (s, language_say (s->language, word), i, end);
  else if (end > i + 1 || s->cells[i].c == 0x2014 || !inside)
    spoken_pause (s, ',');
  else
    s->kind = s->last;
  return end - i;
}

static guint
say_dots (Spoken * s, guint i)
{
  guint end = i;

  while (spoken_at (s, end) == '.' || spoken_at (s, end) == 0x2026)
    end++;
  if (end > i + 1 || s->cells[i].c == 0x2026) {
    spoken_pause (s, ',');
    return end - i;
  }
  if (spoken_at (s, end) == ',' || spoken_at (s, end) == ';')
    return 1;                   /* of an abbreviation */
  if (i == 0 || !cell_is_word (s->cells[i - 1].c) ||
      !cell_is_word (spoken_at (s, end)) || (g_unichar_islower (s->cells[i -
                  1].c) && g_unichar_isupper (spoken_at (s, end)) &&
          g_unichar_islower (spoken_at (s, end + 1)))) {
    spoken_pause (s, '.');
    return 1;
  }
  spoken_say (s, language_say (s->language, "dot"), i, end);
  while (spoken_letter (s, end))
    end++;
  if (end - i > 5 || !spoken_ends_word (s, end)
      || spoken_has_vowel (s, i + 1, end))
    return 1;
  spoken_spell (s, i + 1, end);
  return end - i;
}

/* 's, 've and their like behind a word that was replaced. */
static guint
say_ending (Spoken * s, guint i)
{
  guint end = i + 1;
  gchar text[16];

  while (spoken_letter (s, end) && end < i + 4)
    end++;
  if (i == 0 || s->last_end != i || end == i + 1 ||
      !spoken_ends_word (s, end) || spoken_text_of (s, i + 1, end, text,
          sizeof (text), FALSE) == 0)
    return 1;
  spoken_append (s, "'", end);
  spoken_append (s, text, end);
  return end - i;
}

/* Brackets are pauses, but for those inside a word: file(s). */
static guint
say_bracket (Spoken * s, guint i)
{
  guint end = i + 1;
  gchar text[32];

  while (spoken_letter (s, end) && end < i + 4)
    end++;
  if (i > 0 && s->last_end == i && end > i + 1 && spoken_at (s, end) == ')' &&
      spoken_text_of (s, i + 1, end, text, sizeof (text), FALSE) > 0) {
    spoken_append (s, text, end + 1);
    return end + 1 - i;
  }
  spoken_pause (s, ',');
  return 1;
}

/* Symbols with a name. One that is named "," is a pause. */
static guint
say_symbol (Spoken * s, guint i)
{
  const Language *language = s->language;
  guint end;
  const gchar *name = spoken_longest (s, language->symbols, i, &end);

  if (!name) {
    name = spoken_longest (s, language->number_symbols, i, &end);
    if (name && !starts_quantity (s, spoken_skip_spaces (s, end)))
      name = NULL;
  }
  if (!name)
    return 0;
  if (strcmp (name, ",") == 0)
    spoken_pause (s, ',');
  else
    spoken_say (s, name, i, end);
  return end - i;
}

/* "times/day", but not "day/night": the cell behind it, or 0. */
static guint
say_per_word (Spoken * s, guint i)
{
  GHashTable *per = s->language->per;
  const gchar *word;
  guint end;

  word = spoken_longest (s, per, i + 1, &end);
  if (!word || end - i < 4 || s->last != SPOKEN_WORD || s->last_end != i ||
      spoken_follows (s, i, per))
    return 0;
  spoken_say (s, language_say (s->language, "per"), i, i + 1);
  spoken_say (s, word, i + 1, end);
  return end - i;
}

static guint
say_slash (Spoken * s, guint i)
{
  guint used = say_per_word (s, i);

  if (used > 0)
    return used;
  if (i > 0 && cell_is_word (s->cells[i - 1].c) &&
      cell_is_word (spoken_at (s, i + 1)))
    spoken_say (s, language_say (s->language, "slash"), i, i + 1);
  else
    spoken_pause (s, ',');
  return 1;
}

/**
 * spoken_mark:
 * @s: the chunk
 * @i: where
 *
 * Reads what is no word: a mark becomes a pause, a symbol its name, and what
 * has neither is left out.
 *
 * Returns: how many cells it was, at least 1
 */
guint
spoken_mark (Spoken * s, guint i)
{
  gunichar c = spoken_at (s, i);
  guint used;

  if (spoken_is_dash (c) && !(c == '-' && spoken_at (s, i + 1) == '>'))
    return say_dash (s, i);
  if (spoken_is_apostrophe (c))
    return say_ending (s, i);
  used = say_symbol (s, i);
  if (used > 0)
    return used;
  switch (c) {
    case '.':
    case 0x2026:
      return say_dots (s, i);
    case '/':
      return say_slash (s, i);
    case '(':
      return say_bracket (s, i);
    case ')':
    case '|':
    case '>':
    case 0xff0c:
    case 0x3001:
    case 0x2022:
    case 0xb7:
      spoken_pause (s, ',');
      return 1;
    case ',':
    case ';':
    case ':':
    case '!':
    case '?':
      spoken_pause (s, (gchar) c);
      return 1;
    case 0x3002:
      spoken_pause (s, '.');
      return 1;
    case 0xff01:
      spoken_pause (s, '!');
      return 1;
    case 0xff1f:
    case 0x61f:
      spoken_pause (s, '?');
      return 1;
    default:
      return 1;
  }
}
