/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Amounts of money in words.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

/* Cents of "3.5" and "3.50"; %FALSE if the decimals are no cents. */
static gboolean
read_cents (const Spoken * s, const SpokenNumber * number, guint * cents)
{
  if (number->n_fraction < 1 || number->n_fraction > 2 || number->big)
    return FALSE;
  *cents = (s->cells[number->fraction].c - '0') * 10;
  if (number->n_fraction == 2)
    *cents += s->cells[number->fraction + 1].c - '0';
  return TRUE;
}

/**
 * spoken_money_say:
 * @s: the chunk
 * @currency: what currency
 * @number: how much
 * @magnitude: (nullable): million
 * @i: where it is written
 * @end: where that ends
 */
void
spoken_money_say (Spoken * s, const LanguageCurrency * currency,
    const SpokenNumber * number, const LanguageNoun * magnitude, guint i,
    guint end)
{
  const Language *language = s->language;
  SpokenNumber whole = *number;
  GString *n = g_string_new (NULL), *m = g_string_new (NULL);
  guint cents = 0;
  gboolean decimal = !magnitude && currency->minor &&
      read_cents (s, number, &cents);
  const gchar *phrase = "money-major", *minor = "";
  const gchar *rule = magnitude ? magnitude->rule : currency->major->rule;
  const gchar *major;

  if (decimal) {
    whole.n_fraction = 0;
    spoken_value (s, currency->minor->rule, cents, m);
    minor = language_form (language, currency->minor, cents, TRUE);
    if (cents > 0)
      phrase = number->value > 0 ? "money" : "money-minor";
  }
  spoken_number_words (s, &whole, rule, n);
  if (magnitude)
    g_string_append_printf (n, " %s", language_form (language, magnitude,
            number->value, number->n_fraction == 0));
  major = language_form (language, currency->major, magnitude ? 1000000 :
      number->value, whole.n_fraction == 0);
  {
    const SpokenPart parts[] = {
      {"n", n->str, i, end}, {"major", major, i, end},
      {"m", m->str, i, end}, {"minor", minor, i, end},
    };

    spoken_phrase (s, phrase, parts, G_N_ELEMENTS (parts));
  }
  s->kind = SPOKEN_COUNTED;
  g_string_free (n, TRUE);
  g_string_free (m, TRUE);
}

/* The sign or code of a currency at @i; a code needs its own word, but for a
 * number right behind it. */
static const LanguageCurrency *
read_sign (const Spoken * s, guint i, guint * end)
{
  for (guint j = MIN (s->n, i + 4); j > i; j--) {
    gchar sign[32];
    const LanguageCurrency *currency;

    if (!spoken_ends_word (s, j) && !spoken_digit (s, j))
      continue;
    if (spoken_text_of (s, i, j, sign, sizeof (sign), FALSE) > 0 &&
        (currency = g_hash_table_lookup (s->language->signs, sign))) {
      *end = j;
      return currency;
    }
  }
  return NULL;
}

/* A second amount of "$5–10" or "$5-$10": only a number is said before it. */
static guint
say_range (Spoken * s, const LanguageCurrency * currency,
    const SpokenNumber * number, guint i)
{
  guint j = number->end, after;
  SpokenNumber other;
  GString *words;

  if (!spoken_is_dash (spoken_at (s, j)) || number->n_fraction > 0)
    return 0;
  if (read_sign (s, j + 1, &after) != currency)
    after = j + 1;
  if (!spoken_number_read (s, after, &other))
    return 0;
  words = g_string_new (NULL);
  spoken_number_words (s, number, currency->major->rule, words);
  spoken_say (s, words->str, i, number->end);
  g_string_free (words, TRUE);
  spoken_say (s, language_say (s->language, "to"), j, j + 1);
  return after;
}

/**
 * spoken_money:
 * @s: the chunk
 * @i: where
 *
 * Reads an amount of money with its sign or code before it, or the sign alone.
 *
 * Returns: how many cells it was
 */
guint
spoken_money (Spoken * s, guint i)
{
  const LanguageNoun *magnitude;
  const LanguageCurrency *currency;
  SpokenNumber number;
  guint end, j, behind, start = i;

  if (!spoken_ends_word (s, i) || !(currency = read_sign (s, i, &end)))
    return 0;
  j = spoken_space (s, end) ? end + 1 : end;
  if (!spoken_number_read (s, j, &number)) {
    if (spoken_letter (s, i) || spoken_letter (s, end))
      return 0;
    spoken_say (s, language_form (s->language, currency->major, 2, TRUE), i,
        end);
    return end - i;
  }
  behind = say_range (s, currency, &number, i);
  if (behind > 0) {
    spoken_number_read (s, behind, &number);
    i = behind;
  }
  magnitude = spoken_longest (s, s->language->money_magnitudes, number.end,
      &end);
  if (!magnitude)
    end = spoken_magnitude (s, number.end, &magnitude);
  spoken_money_say (s, currency, &number, magnitude, i, end);
  return spoken_per (s, end) - start;
}
