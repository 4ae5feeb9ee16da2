/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a language needs so that its text can be spoken, read from
 * `data/language/<tag>/speakable.json`. Everything is optional: what is
 * missing is not put into words. The members of the file:
 *
 * format      decimal ("."), group (","): the marks in numbers; date ("mdy",
 *             "dmy", "ymd"): the order in 3/5/2026; ordinal-dot (false): "3."
 *             may be an ordinal; digits-from (7): so many digits without
 *             groups are read one by one
 * regions     for each region ("GB") members that replace those of the file
 * plural      a condition for each form of a noun; the first that is true for
 *             the number counts. Parts joined by &, each [%M]=N, =N..M or !=N;
 *             an empty one is always true. English: ["=1", ""]
 * rules       number rules by the name of their set, see spoken-number.c; used
 *             are "cardinal" (required), "ordinal", "year", "short-year" ('99),
 *             "pairs" (room 405), and those named elsewhere
 * say         words and phrases by name, with {…} for their parts
 * months      twelve lists: the name to say, then other ways to write it
 * days        seven of them, Monday first; "Sat?" is a day only beside a
 *             number, a dash or another day
 * halves      what stands behind a time of twelve hours: "am", "pm"
 * ordinal-suffixes, ordinal-after (word before → rule set)
 * decade-endings ([end, other end]…), decade-after: "1990s", "her 20s"
 * fractions   denominator → noun
 * currencies  code → {signs, major, minor}: nouns; no minor, no decimals
 * magnitudes  words behind a number ("million"); money-magnitudes: letters
 *             behind an amount of money ("m")
 * units       behind a number, with or without a space; close-units: without.
 *             After a slash the first form is said behind say.per
 * durations   the units that may follow each other without a space: 2h30m
 * per         what else may follow a slash behind a quantity: "mo" → "month"
 * abbreviations  title (before a name), name (behind one), number (before a
 *             number), word (anywhere), never (anywhere, and a sentence never
 *             ends with it): written form without its last dot → words
 * bare        those that are also written without the dot
 * words       a lexicon, after that of the user
 * symbols     always spoken; number-symbols: before a number only
 * spelled, read  capitals that are spelled, or are not; vowels: what other
 *             capitals need to be read as a word
 * after       word before a number → rule set, or "digits"; after-skip: words
 *             that may stand between
 * year-after, date-after, version-after  words before such a number
 * no-code     two capitals before a number that are no flight
 * starters    words that begin a sentence behind "etc." or an initial
 * cut-before  words before which a long sentence is best cut
 *
 * A noun is a form or a list of forms as plural demands; "%set" in the list
 * names the rule set of the numbers before it: ["Stunde", "Stunden", "%eine"].
 */
#pragma once

#include "lexicon.h"
#include "spoken-number.h"

#define LANGUAGE_FORMS 4
/* The longest of those keys and of the abbreviations, in characters. */
#define LANGUAGE_KEY_MAX 16
typedef struct
{
  gchar *forms[LANGUAGE_FORMS];
  gchar *rule;                  /* NULL: cardinal */
} LanguageNoun;

typedef struct
{
  LanguageNoun *major;
  LanguageNoun *minor;          /* NULL: there is none */
} LanguageCurrency;

typedef enum
{
  LANGUAGE_TITLE,
  LANGUAGE_NAME,
  LANGUAGE_NUMBER,
  LANGUAGE_WORD,
  LANGUAGE_NEVER,
  LANGUAGE_KINDS
} LanguageKind;

typedef struct
{
  gchar *said[LANGUAGE_KINDS];  /* NULL: not of this kind */
  gboolean bare;
} LanguageAbbreviation;

typedef struct
{
  gint ref_count;

  gunichar decimal;
  gunichar group;
  gchar date[4];
  gboolean ordinal_dot;
  guint digits_from;

  NumberRules *rules;
  GPtrArray *plural;            /* conditions as text */
  GHashTable *say;              /* text → text */
  GHashTable *months;           /* as written → 1…12 */
  GHashTable *days;             /* as written → 1…7, negative if with `?` */
  gchar *month_names[12];
  gchar *day_names[7];
  GHashTable *halves;
  GHashTable *ordinal_suffixes;
  GHashTable *ordinal_after;
  GPtrArray *decade_endings;    /* pairs */
  GHashTable *decade_after;
  GHashTable *fractions;        /* text → LanguageNoun */
  GHashTable *currencies;       /* code → LanguageCurrency */
  GHashTable *signs;            /* "$" → LanguageCurrency, not owned */
  GHashTable *magnitudes;
  GHashTable *money_magnitudes;
  GHashTable *units;
  GHashTable *close_units;
  GHashTable *durations;
  GHashTable *per;
  GHashTable *abbreviations;    /* → LanguageAbbreviation */
  Lexicon *words;
  GHashTable *symbols;
  GHashTable *number_symbols;
  GHashTable *spelled;
  GHashTable *read;
  gchar *vowels;
  GHashTable *after;
  GHashTable *after_skip;
  GHashTable *year_after;
  GHashTable *date_after;
  GHashTable *version_after;
  GHashTable *no_code;
  GHashTable *starters;
  GHashTable *cut_before;

  /* of all keys that are looked for in a text without knowing their end */
  guint8 first_bytes[256];      /* whether one begins with that byte */
  guint longest;                /* in bytes */
} Language;

Language *language_load (const gchar * tag, GError ** error);
Language *language_new_from_data (const gchar * json, gssize length,
    const gchar * region, GError ** error);
Language *language_ref (Language * language);
void language_unref (Language * language);
const gchar *language_say (const Language * language, const gchar * name);
const gchar *language_form (const Language * language,
    const LanguageNoun * noun, guint64 value, gboolean whole);
