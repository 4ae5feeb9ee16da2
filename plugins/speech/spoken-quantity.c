/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers and what they count in words: plain numbers, years, ordinals,
 * fractions, versions, units, durations.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

#define TEXT_MAX 64

/* Groups of digits as people read out a long number: threes, with four or
 * two at the end; fours if that is even. */
static void
say_long_digits (Spoken * s, guint i, guint end)
{
  guint group = (end - i) % 4 == 0 && (end - i) % 3 != 0 ? 4 : 3;

  while (i < end) {
    guint left = end - i;
    guint take = left == 4 ? 4 : MIN (group, left);

    spoken_spell (s, i, i + take);
    i += take;
    if (i < end)
      spoken_pause (s, ',');
  }
}

/* The rule set that the words before a number ask for: "room" → "pairs". */
static const gchar *
rule_by_context (const Spoken * s, guint i)
{
  gchar word[TEXT_MAX];

  for (guint k = 0; k < 3; k++) {
    const gchar *rule;

    if (!spoken_word_before (s, &i, word, sizeof (word)))
      return NULL;
    rule = g_hash_table_lookup (s->language->after, word);
    if (rule)
      return rule;
    if (!g_hash_table_contains (s->language->after_skip, word))
      return NULL;
  }
  return NULL;
}

static gboolean
is_year (const Spoken * s, const SpokenNumber * number)
{
  if (number->digits != 4 || number->grouped || number->n_fraction > 0 ||
      number->value < 1001 || number->value > 2099)
    return FALSE;
  if (number->value >= 1900 || (s->last == SPOKEN_YEAR &&
          s->last_end + 3 >= number->start))
    return TRUE;
  return spoken_follows (s, number->start, s->language->year_after);
}

/* A number behind spelled capitals: BA 1234, F-16, AB-1234. */
static gboolean
is_code (const Spoken * s, const SpokenNumber * number)
{
  gchar word[TEXT_MAX];
  guint i = number->start, end = s->last_end;

  if (s->last != SPOKEN_LETTERS || number->grouped || number->n_fraction > 0 ||
      number->digits < 3)
    return FALSE;
  if (i == end && i > 0 && spoken_is_dash (s->cells[i - 1].c))
    return TRUE;
  if (number->digits == 5 && i == end + 1 && spoken_space (s, end))
    return TRUE;                /* a postal code */
  return number->digits <= 4 && i == end + 1 && spoken_space (s, end) &&
      spoken_word_before (s, &i, word, sizeof (word)) && end - i == 2 &&
      spoken_text_of (s, i, end, word, sizeof (word), FALSE) > 0 &&
      !g_hash_table_contains (s->language->no_code, word);
}

static guint
say_plain (Spoken * s, const SpokenNumber * number)
{
  GString *words;
  const gchar *rule = number->digits >= 3 && !number->grouped &&
      number->n_fraction == 0 ? rule_by_context (s, number->start) : NULL;
  gboolean zero_led = number->digits > 1 && s->cells[number->start].c == '0';

  s->kind = SPOKEN_NUMBER;
  if (!number->grouped && number->n_fraction == 0 && (zero_led ||
          number->digits >= s->language->digits_from ||
          g_strcmp0 (rule, "digits") == 0 || (!is_year (s, number) &&
              is_code (s, number)))) {
    if (number->digits < 6)
      spoken_spell (s, number->start, number->end);
    else
      say_long_digits (s, number->start, number->end);
    return number->end;
  }
  if (!rule && is_year (s, number)) {
    rule = "year";
    s->kind = SPOKEN_YEAR;
  }
  words = g_string_new (NULL);
  spoken_number_words (s, number, rule, words);
  spoken_say (s, words->str, number->start, number->end);
  g_string_free (words, TRUE);
  return number->end;
}

/* Digits with dots between them. */
typedef struct
{
  guint end;
  guint dots;
  gboolean address;             /* four parts up to 255 */
} Dotted;

static gboolean
read_dotted (const Spoken * s, guint i, Dotted * dotted)
{
  *dotted = (Dotted) {
  i, 0, TRUE};
  for (;;) {
    guint start = dotted->end, value = 0, j = start;

    for (; spoken_digit (s, j) && j - start < 7; j++)
      value = value * 10 + (s->cells[j].c - '0');
    if (j == start || spoken_digit (s, j) || spoken_letter (s, j))
      return FALSE;
    dotted->address &= value <= 255 && (j - start == 1 ||
        s->cells[start].c != '0');
    dotted->end = j;
    if (spoken_at (s, j) != '.' || !spoken_digit (s, j + 1))
      break;
    dotted->dots++;
    dotted->end++;
  }
  dotted->address &= dotted->dots == 3;
  return TRUE;
}

/* One part of a version is a number, one of an address is digits. */
static void
say_dotted_part (Spoken * s, guint i, guint end, gboolean address)
{
  GString *words = g_string_new (NULL);
  guint64 value = 0;

  if (address || (s->cells[i].c == '0' && end - i > 1)) {
    spoken_spell (s, i, end);
  } else {
    for (guint k = i; k < end; k++)
      value = value * 10 + (s->cells[k].c - '0');
    spoken_value (s, NULL, value, words);
    spoken_say (s, words->str, i, end);
  }
  g_string_free (words, TRUE);
}

static void
say_dotted_parts (Spoken * s, guint i, const Dotted * dotted)
{
  for (guint part = i, j = i; j < dotted->end; part = ++j) {
    while (j < dotted->end && spoken_digit (s, j))
      j++;
    say_dotted_part (s, part, j, dotted->address);
    if (j < dotted->end)
      spoken_say (s, language_say (s->language, dotted->address ? "dot" :
              "point"), j, j + 1);
  }
  s->kind = SPOKEN_NUMBER;
}

/* The port behind an address: 10.0.0.1:80 */
static guint
say_port (Spoken * s, guint i)
{
  guint end = i + 1;

  if (spoken_at (s, i) != ':' || !spoken_digit (s, end))
    return i;
  spoken_say (s, language_say (s->language, "colon"), i, i + 1);
  while (spoken_digit (s, end))
    end++;
  spoken_spell (s, i + 1, end);
  return end;
}

/* 1.2.3 and 192.168.1.10; "version 2.10" */
static guint
say_dotted (Spoken * s, guint i)
{
  SpokenNumber number;
  Dotted dotted;

  if (!read_dotted (s, i, &dotted) || dotted.dots == 0 || (dotted.dots == 1 &&
          !spoken_follows (s, i, s->language->version_after)))
    return 0;
  spoken_number_read (s, i, &number);
  if (!dotted.address && number.grouped && number.end >= dotted.end)
    return 0;
  say_dotted_parts (s, i, &dotted);
  return dotted.address ? say_port (s, dotted.end) : dotted.end;
}

/* v2, v1.2.3 */
static guint
say_version (Spoken * s, guint i)
{
  Dotted dotted;

  if ((spoken_at (s, i) != 'v' && spoken_at (s, i) != 'V') ||
      !spoken_ends_word (s, i) || !read_dotted (s, i + 1, &dotted))
    return 0;
  dotted.address = FALSE;
  spoken_say (s, language_say (s->language, "version"), i, i + 1);
  say_dotted_parts (s, i + 1, &dotted);
  return dotted.end;
}

/* 1st; in some languages "1." before a word */
static guint
say_ordinal (Spoken * s, const SpokenNumber * number)
{
  gchar text[TEXT_MAX];
  const gchar *rule = NULL;
  guint i = number->start, j = number->end;
  GString *words;

  if (number->n_fraction > 0 || number->big)
    return 0;
  while (spoken_letter (s, j))
    j++;
  if (j > number->end) {
    if (!spoken_ends_word (s, j) || spoken_ordinal_end (s, number->end) != j)
      return 0;
  } else {
    if (!s->language->ordinal_dot || number->digits > 2 ||
        spoken_at (s, j) != '.' || !spoken_space (s, j + 1) ||
        !spoken_letter (s, j + 2))
      return 0;
    j++;
  }
  if (spoken_word_before (s, &i, text, sizeof (text)))
    rule = g_hash_table_lookup (s->language->ordinal_after, text);
  words = g_string_new (NULL);
  spoken_value (s, rule ? rule : "ordinal", number->value, words);
  spoken_say (s, words->str, number->start, j);
  g_string_free (words, TRUE);
  s->kind = SPOKEN_NUMBER;
  return j;
}

/* Gives the last word the ending of a decade: ninety → nineties. */
static void
end_decade (const Spoken * s, GString * words)
{
  const GPtrArray *endings = s->language->decade_endings;

  for (guint i = 0; i + 1 < endings->len; i += 2) {
    const gchar *end = g_ptr_array_index (endings, i);

    if (g_str_has_suffix (words->str, end)) {
      g_string_truncate (words, words->len - strlen (end));
      g_string_append (words, g_ptr_array_index (endings, i + 1));
      return;
    }
  }
}

/* 1990s, '90s, "her 20s" */
static guint
say_decade (Spoken * s, const SpokenNumber * number)
{
  guint j = number->end, i = number->start;
  gunichar before = i > 0 ? s->cells[i - 1].c : 0;
  gboolean apostrophe = before == '\'' || before == 0x2019;
  GString *words;

  if (s->language->decade_endings->len == 0 || number->n_fraction > 0 ||
      number->grouped || number->value % 10 != 0)
    return 0;
  if (spoken_at (s, j) == '\'' || spoken_at (s, j) == 0x2019)
    j++;
  if (spoken_at (s, j) != 's' || !spoken_ends_word (s, j + 1))
    return 0;
  if (!(number->digits == 4 && number->value > 1000 && number->value < 2100) &&
      !(number->digits == 2 && number->value > 0 && (apostrophe ||
              spoken_follows (s, i, s->language->decade_after))))
    return 0;
  words = g_string_new (NULL);
  spoken_value (s, number->digits == 4 ? "year" : NULL, number->value, words);
  end_decade (s, words);
  spoken_say (s, words->str, number->start, j + 1);
  g_string_free (words, TRUE);
  s->kind = SPOKEN_YEAR;
  return j + 1;
}

static gboolean
read_vulgar (gunichar c, guint * over, guint * under)
{
  static const struct
  {
    gunichar c;
    guint8 over;
    guint8 under;
  } signs[] = {
    {0xbc, 1, 4}, {0xbd, 1, 2}, {0xbe, 3, 4}, {0x2150, 1, 7}, {0x2151, 1, 9},
    {0x2152, 1, 10}, {0x2153, 1, 3}, {0x2154, 2, 3}, {0x2155, 1, 5},
    {0x2156, 2, 5}, {0x2157, 3, 5}, {0x2158, 4, 5}, {0x2159, 1, 6},
    {0x215a, 5, 6}, {0x215b, 1, 8}, {0x215c, 3, 8}, {0x215d, 5, 8},
    {0x215e, 7, 8},
  };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++) {
    if (signs[i].c == c) {
      *over = signs[i].over;
      *under = signs[i].under;
      return TRUE;
    }
  }
  return FALSE;
}

/* 3/4 or ¾ at @i: its end, or 0. */
static guint
read_fraction (const Spoken * s, guint i, guint * over, guint * under)
{
  SpokenNumber a, b;
  gunichar slash;
  guint end;

  if (read_vulgar (spoken_at (s, i), over, under))
    return i + 1;
  if (!spoken_number_read (s, i, &a) || a.digits > 3 || a.n_fraction > 0)
    return 0;
  slash = spoken_at (s, a.end);
  if ((slash != '/' && slash != 0x2044) || !spoken_number_read (s, a.end + 1,
          &b) || b.digits > 3 || b.n_fraction > 0 || b.value == 0 ||
      b.digits == 0 || a.digits == 0)
    return 0;
  end = spoken_ordinal_end (s, b.end);
  if (!spoken_ends_word (s, end) || (spoken_at (s, end) == '/' &&
          spoken_digit (s, end + 1)))
    return 0;
  *over = a.value;
  *under = b.value;
  return end;
}

/* A fraction behind a whole number, or alone; @whole is %NULL then. */
static void
say_parts (Spoken * s, const SpokenNumber * whole, guint over, guint under,
    guint i, guint end)
{
  gchar *key = g_strdup_printf ("%u", under);
  const LanguageNoun *noun = g_hash_table_lookup (s->language->fractions, key);
  GString *w = g_string_new (NULL), *n = g_string_new (NULL);
  GString *d = g_string_new (NULL);
  const gchar *phrase = whole ? "mixed" : "fraction";

  if (whole)
    spoken_number_words (s, whole, NULL, w);
  spoken_value (s, noun ? noun->rule : NULL, over, n);
  if (noun) {
    g_string_append (d, language_form (s->language, noun, over, TRUE));
    if (whole && over == 1 && *language_say (s->language, "mixed-one"))
      phrase = "mixed-one";
  } else {
    spoken_value (s, NULL, under, d);
    phrase = whole ? "mixed-over" : over <= under ? "out-of" : "over";
  }
  {
    const SpokenPart parts[] = {
      {"w", w->str, i, end}, {"n", n->str, i, end}, {"d", d->str, i, end}
    };

    spoken_phrase (s, phrase, parts, G_N_ELEMENTS (parts));
  }
  s->kind = SPOKEN_NUMBER;
  g_string_free (w, TRUE);
  g_string_free (n, TRUE);
  g_string_free (d, TRUE);
  g_free (key);
}

/* 4.8/5 */
static guint
say_rating (Spoken * s, const SpokenNumber * number)
{
  SpokenNumber most;
  GString *n, *d;

  if (!spoken_number_read (s, number->end + 1, &most) || most.n_fraction > 0 ||
      most.value <= number->value || !spoken_ends_word (s, most.end))
    return 0;
  n = g_string_new (NULL);
  d = g_string_new (NULL);
  spoken_number_words (s, number, NULL, n);
  spoken_number_words (s, &most, NULL, d);
  {
    const SpokenPart parts[] = {
      {"n", n->str, number->start, number->end}, {"d", d->str, number->end + 1,
          most.end}
    };

    spoken_phrase (s, "out-of", parts, G_N_ELEMENTS (parts));
  }
  g_string_free (n, TRUE);
  g_string_free (d, TRUE);
  s->kind = SPOKEN_NUMBER;
  return most.end;
}

/* 3/4, 2 1/2, 2½ */
static guint
say_fraction (Spoken * s, const SpokenNumber * number)
{
  guint over, under, j = number->end;
  guint end = read_fraction (s, number->start, &over, &under);

  if (end > 0) {
    say_parts (s, NULL, over, under, number->start, end);
    return end;
  }
  if (number->n_fraction > 0 && spoken_at (s, j) == '/')
    return say_rating (s, number);
  if (number->n_fraction > 0 || number->big)
    return 0;
  if (spoken_space (s, j))
    j++;
  end = read_fraction (s, j, &over, &under);
  if (end == 0 || (j == number->end && spoken_digit (s, j)) || over >= under)
    return 0;
  say_parts (s, number, over, under, number->start, end);
  return end;
}

/* 3:1 */
static guint
say_ratio (Spoken * s, const SpokenNumber * number)
{
  SpokenNumber other;
  GString *words;

  if (spoken_at (s, number->end) != ':' || number->n_fraction > 0 ||
      !spoken_number_read (s, number->end + 1, &other) || other.digits == 0)
    return 0;
  words = g_string_new (NULL);
  spoken_number_words (s, number, NULL, words);
  spoken_say (s, words->str, number->start, number->end);
  spoken_say (s, language_say (s->language, "to"), number->end,
      number->end + 1);
  g_string_free (words, TRUE);
  s->kind = SPOKEN_NUMBER;
  return number->end + 1;
}

/* The dot of "5 min. walk". */
static guint
skip_unit_dot (const Spoken * s, guint i)
{
  return spoken_at (s, i) == '.' && spoken_letter (s, i - 1) &&
      spoken_space (s, i + 1) && g_unichar_islower (spoken_at (s, i + 2)) ?
      i + 1 : i;
}

/**
 * spoken_per:
 * @s: the chunk
 * @i: behind a quantity
 *
 * Says a slash and the unit behind it: "/month", "/h".
 *
 * Returns: the cell behind that, or @i
 */
guint
spoken_per (Spoken * s, guint i)
{
  const LanguageNoun *unit;
  const gchar *word;
  guint end;

  if (spoken_at (s, i) != '/' || !cell_is_word (spoken_at (s, i + 1)))
    return i;
  spoken_say (s, language_say (s->language, "per"), i, i + 1);
  if ((word = spoken_longest (s, s->language->per, i + 1, &end))) {
    spoken_say (s, word, i + 1, end);
    return skip_unit_dot (s, end);
  }
  if ((unit = spoken_longest (s, s->language->units, i + 1, &end))) {
    spoken_say (s, language_form (s->language, unit, 1, TRUE), i + 1, end);
    return end;
  }
  return i + 1;
}

/* "million" behind a number and a space: the cell behind it, or @i. */
guint
spoken_magnitude (const Spoken * s, guint i, const LanguageNoun ** magnitude)
{
  guint j = i, end;

  *magnitude = NULL;
  if (!spoken_space (s, j))
    return i;
  while (spoken_space (s, j))
    j++;
  *magnitude = spoken_longest (s, s->language->magnitudes, j, &end);
  return *magnitude ? end : i;
}

/* Whether the mark at @i ends a quotation and is no inch or foot. */
static gboolean
is_closing_quote (const Spoken * s, guint i)
{
  gunichar c = spoken_at (s, i);
  gboolean open = FALSE;

  if (c != '"' && c != '\'' && c != 0x2019)
    return FALSE;
  while (i-- > 0) {
    if (c == '"')
      open ^= s->cells[i].c == c;
    else
      open |= (s->cells[i].c == '\'' || s->cells[i].c == 0x2018) &&
          (i == 0 || spoken_space (s, i - 1));
  }
  return open;
}

/* "K" and "M" are for short numbers: 13700K is the name of something. */
static gboolean
is_long_for (const Spoken * s, const SpokenNumber * number, guint i)
{
  gunichar c = g_unichar_tolower (spoken_at (s, i));

  return (c == 'k' || c == 'm') && spoken_ends_word (s, i + 1) &&
      number->digits > 4;
}

/* A number, perhaps a magnitude, and the unit at @unit. */
static guint
say_counted (Spoken * s, const SpokenNumber * number,
    const LanguageNoun * magnitude, guint behind, const LanguageNoun * noun,
    guint unit, guint end, gboolean one)
{
  const Language *language = s->language;
  gboolean apart = unit > behind && spoken_space (s, behind);
  GString *words = g_string_new (NULL);

  spoken_number_words (s, number, magnitude ? magnitude->rule : noun->rule,
      words);
  spoken_say (s, words->str, number->start, apart || magnitude ? number->end :
      end);
  if (magnitude)
    spoken_say (s, language_form (language, magnitude, number->value,
            number->n_fraction == 0), number->end, behind);
  if (noun)
    spoken_say (s, language_form (language, noun, one ? 1 :
            magnitude ? 1000000 : number->value, one ||
            number->n_fraction == 0), apart || magnitude ? unit :
        number->start, end);
  g_string_free (words, TRUE);
  s->kind = SPOKEN_COUNTED;
  return noun ? spoken_per (s, skip_unit_dot (s, end)) : end;
}

/* 5 km, 5km, 5-km, 5 million km, 20 €, 5 million */
static guint
say_unit (Spoken * s, const SpokenNumber * number)
{
  const Language *language = s->language;
  const LanguageNoun *magnitude, *noun = NULL;
  const LanguageCurrency *currency;
  guint behind = spoken_magnitude (s, number->end, &magnitude);
  guint j = behind, end;
  gboolean hyphen = spoken_at (s, j) == '-' && spoken_letter (s, j + 1);

  if (!magnitude)
    noun = spoken_longest (s, language->close_units, j, &end);
  if (noun && (spoken_digit (s, end) || is_closing_quote (s, j) ||
          is_long_for (s, number, j)))
    noun = NULL;
  if (!noun && (spoken_space (s, j) || hyphen))
    j++;
  if (!noun && !hyphen && (currency = spoken_longest (s, language->signs, j,
              &end))) {
    SpokenNumber other;
    guint k = spoken_space (s, end) ? end + 1 : end;

    if (j == behind || !spoken_number_read (s, k, &other)) {
      spoken_money_say (s, currency, number, magnitude, number->start, end);
      return spoken_per (s, end);
    }
  }
  if (!noun)
    noun = spoken_longest (s, language->units, j, &end);
  if (!noun && !magnitude)
    return 0;
  if (!noun)
    end = behind;
  return say_counted (s, number, magnitude, behind, noun, j, end, hyphen);
}

/* 6'2" */
static guint
say_feet (Spoken * s, const SpokenNumber * number)
{
  GString *feet, *inches;
  SpokenNumber other;
  gunichar mark = spoken_at (s, number->end);
  guint end;

  if ((mark != '\'' && mark != 0x2019 && mark != 0x2032) ||
      number->digits > 2 || !*language_say (s->language, "feet") ||
      !spoken_number_read (s, number->end + 1, &other) || other.value > 11 ||
      other.n_fraction > 0)
    return 0;
  end = other.end;
  mark = spoken_at (s, end);
  end += mark == '"' || mark == 0x201d || mark == 0x2033;
  if (!spoken_ends_word (s, end))
    return 0;
  feet = g_string_new (NULL);
  inches = g_string_new (NULL);
  spoken_value (s, NULL, number->value, feet);
  spoken_value (s, NULL, other.value, inches);
  {
    const SpokenPart parts[] = {
      {"n", feet->str, number->start, end}, {"m", inches->str, number->start,
          end}
    };

    spoken_phrase (s, "feet", parts, G_N_ELEMENTS (parts));
  }
  g_string_free (feet, TRUE);
  g_string_free (inches, TRUE);
  s->kind = SPOKEN_COUNTED;
  return end;
}

/* '99 */
static guint
say_short_year (Spoken * s, const SpokenNumber * number)
{
  guint i = number->start;
  GString *words;

  if (number->digits != 2 || number->n_fraction > 0 || i == 0 ||
      (s->cells[i - 1].c != '\'' && s->cells[i - 1].c != 0x2019) ||
      (i > 1 && !spoken_space (s, i - 2)) ||
      !spoken_ends_word (s, number->end) ||
      !number_rules_has (s->language->rules, "short-year"))
    return 0;
  words = g_string_new (NULL);
  spoken_value (s, "short-year", number->value, words);
  spoken_say (s, words->str, i, number->end);
  g_string_free (words, TRUE);
  s->kind = SPOKEN_YEAR;
  return number->end;
}

/* The unit of one part of a duration; minutes need none behind hours. */
static const LanguageNoun *
read_duration (const Spoken * s, const SpokenNumber * part, guint * end)
{
  gchar unit[TEXT_MAX];
  guint j = part->end;

  while (spoken_letter (s, j))
    j++;
  *end = j;
  if (part->n_fraction > 0 || part->digits == 0)
    return NULL;
  if (j == part->end && (part->digits != 2 || part->start == 0 ||
          s->cells[part->start - 1].c != 'h'))
    return NULL;
  if (spoken_text_of (s, part->end, j, unit, sizeof (unit), FALSE) == 0 &&
      j > part->end)
    return NULL;
  return g_hash_table_lookup (s->language->durations, unit);
}

/* 2h30, 1h20m, 1m30s; "1h 20m" is two quantities */
static guint
say_duration (Spoken * s, const SpokenNumber * number)
{
  SpokenNumber part = *number;
  guint end, n = 0, behind = number->end;

  while (read_duration (s, &part, &end) && n < 4) {
    n++;
    behind = end;
    if (!spoken_number_read (s, end, &part))
      break;
  }
  if (n < 2 || !spoken_ends_word (s, behind))
    return 0;
  for (part = *number; n > 0; n--) {
    const LanguageNoun *noun = read_duration (s, &part, &end);

    say_counted (s, &part, NULL, part.end, noun, part.end, end, FALSE);
    spoken_number_read (s, end, &part);
  }
  return behind;
}

/**
 * spoken_quantity:
 * @s: the chunk
 * @i: where
 *
 * Reads a number and what belongs to it.
 *
 * Returns: how many cells it was
 */
guint
spoken_quantity (Spoken * s, guint i)
{
  static guint (*const readers[]) (Spoken *, const SpokenNumber *) = {
    say_ordinal, say_decade, say_short_year, say_feet, say_fraction,
    say_duration, say_ratio, say_unit,
  };
  SpokenNumber number;
  guint over, under, end;

  if (read_vulgar (spoken_at (s, i), &over, &under)) {
    say_parts (s, NULL, over, under, i, i + 1);
    return 1;
  }
  end = say_version (s, i);
  if (end > 0)
    return end - i;
  if (!spoken_digit (s, i) && !(spoken_at (s, i) == s->language->decimal &&
          spoken_digit (s, i + 1) && (i == 0 || spoken_space (s, i - 1))))
    return 0;
  end = say_dotted (s, i);
  if (end > 0)
    return end - i;
  spoken_number_read (s, i, &number);
  for (guint k = 0; k < G_N_ELEMENTS (readers); k++) {
    end = readers[k] (s, &number);
    if (end > 0)
      return end - i;
  }
  if (!spoken_ends_word (s, number.end) && !((spoken_at (s, number.end) ==
              'x' || spoken_at (s, number.end) == 'X') &&
          spoken_digit (s, number.end + 1)))
    return 0;
  end = say_plain (s, &number);
  if (spoken_at (s, end) == '/' && (spoken_longest (s, s->language->per,
              end + 1, &over) || spoken_longest (s, s->language->units,
              end + 1, &over)))
    end = spoken_per (s, end);
  return end - i;
}
