/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A chunk on its way into words. Readers (spoken-*.c) are tried one after the
 * other at the beginning of each token; a reader that knows what is written
 * there says it and answers how many cells it was, else 0.
 */
#pragma once

#include "speakable-core.h"

typedef enum
{
  SPOKEN_OTHER,
  SPOKEN_WORD,
  SPOKEN_LETTERS,               /* spelled */
  SPOKEN_DAY,                   /* name of a day or a month */
  SPOKEN_NUMBER,
  SPOKEN_YEAR,
  SPOKEN_COUNTED                /* a number with what it counts */
} SpokenKind;

typedef struct
{
  const Language *language;
  const Lexicon *lexicon;       /* the user's; or NULL */
  const Cell *cells;
  guint n;

  GString *text;
  GArray *words;                /* SpeakableWord */
  gchar pause;                  /* behind the last word; 0 for none */

  SpokenKind kind;              /* what the reader at work has said */
  SpokenKind last;              /* what the one before it had said */
  guint last_end;               /* the cell behind that */
} Spoken;

/* A number as written. */
typedef struct
{
  guint start;
  guint end;
  guint64 value;                /* of the whole part */
  guint digits;                 /* of the whole part */
  gboolean grouped;
  gboolean big;                 /* too long for a value */
  guint fraction;               /* where its decimals begin */
  guint n_fraction;
} SpokenNumber;

/* A part of a phrase: {name} is @text, which stands for those cells. */
typedef struct
{
  const gchar *name;
  const gchar *text;
  guint start;
  guint end;
} SpokenPart;

/* spoken.c: reading and saying */
gunichar spoken_at (const Spoken * s, guint i);
gboolean spoken_digit (const Spoken * s, guint i);
gboolean spoken_letter (const Spoken * s, guint i);
gboolean spoken_space (const Spoken * s, guint i);
gboolean spoken_ends_word (const Spoken * s, guint i);
gboolean spoken_is_apostrophe (gunichar c);
gboolean spoken_is_dash (gunichar c);
guint spoken_skip_spaces (const Spoken * s, guint i);
gboolean spoken_has_vowel (const Spoken * s, guint i, guint end);
gsize spoken_text_of (const Spoken * s, guint i, guint end, gchar * text,
    gsize size, gboolean lower);
gpointer spoken_longest (const Spoken * s, GHashTable * table, guint i,
    guint * end);
gboolean spoken_word_before (const Spoken * s, guint * i, gchar * word,
    gsize size);
gboolean spoken_follows (const Spoken * s, guint i, GHashTable * words);
guint spoken_ordinal_end (const Spoken * s, guint i);
void spoken_say (Spoken * s, const gchar * text, guint i, guint end);
void spoken_append (Spoken * s, const gchar * text, guint end);
void spoken_pause (Spoken * s, gchar mark);
void spoken_phrase (Spoken * s, const gchar * name, const SpokenPart * parts,
    guint n);
void spoken_spell (Spoken * s, guint i, guint end);
gboolean spoken_number_read (const Spoken * s, guint i, SpokenNumber * number);
void spoken_value (const Spoken * s, const gchar * rule, guint64 value,
    GString * out);
void spoken_number_words (const Spoken * s, const SpokenNumber * number,
    const gchar * rule, GString * out);

/* readers */
guint spoken_address (Spoken * s, guint i);
guint spoken_phone (Spoken * s, guint i);
guint spoken_date (Spoken * s, guint i);
guint spoken_time (Spoken * s, guint i);
guint spoken_money (Spoken * s, guint i);
guint spoken_quantity (Spoken * s, guint i);
guint spoken_abbreviation (Spoken * s, guint i);
guint spoken_by (Spoken * s, guint i);
guint spoken_word (Spoken * s, guint i);
guint spoken_mark (Spoken * s, guint i);

void spoken_money_say (Spoken * s, const LanguageCurrency * currency,
    const SpokenNumber * number, const LanguageNoun * magnitude, guint i,
    guint end);
guint spoken_magnitude (const Spoken * s, guint i,
    const LanguageNoun ** magnitude);
guint spoken_per (Spoken * s, guint i);
gboolean spoken_is_spelled (const Spoken * s, guint i, guint end);

/* spoken-text.c */
void spoken_text (const Language * language, const Lexicon * lexicon,
    const Cell * cells, guint n, gboolean sentence_ends, GString * text,
    GArray * words);
