/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A text as folded words, and what several words stand for together: phrases
 * of a list, digits however they are spoken, numbers, letters, addresses.
 *
 * Folded is lower case, composed, without punctuation and apostrophes, so that
 * "I'd" and "id", "A.M." and "a m" are the same. A piece with an `@` stays one
 * word.
 *
 * Threads: any. Locks: none; a list is not changed once it is used.
 */
#include "script-words.h"

#include <string.h>

#define MAX_DIGITS 64
#define MAX_PHRASE 12

G_DEFINE_QUARK (script - error - quark, script_error);

struct _ScriptList
{
  GHashTable *by_first;         /* first word → GPtrArray of Phrase */
};

typedef struct
{
  guint n;
  gchar **word;
  gchar *value;
} Phrase;

static gboolean
is_apostrophe (gunichar c)
{
  return c == '\'' || c == 0x2019 || c == 0x2018;
}

static gboolean
is_of_word (gunichar c)
{
  return g_unichar_isalnum (c) || g_unichar_ismark (c);
}

static gchar *
fold (const gchar * from, const gchar * to)
{
  GString *kept = g_string_new (NULL);
  gchar *folded, *composed;

  for (const gchar * p = from; p < to; p = g_utf8_next_char (p)) {
    if (!is_apostrophe (g_utf8_get_char (p)))
      g_string_append_unichar (kept, g_utf8_get_char (p));
  }
  folded = g_utf8_casefold (kept->str, kept->len);
  composed = g_utf8_normalize (folded, -1, G_NORMALIZE_ALL_COMPOSE);
  g_string_free (kept, TRUE);
  g_free (folded);
  return composed;
}

static void
add_word (GArray * words, const gchar * text, const gchar * from,
    const gchar * to)
{
  ScriptWord word;

  if (words->len >= SCRIPT_MAX_WORDS)
    return;
  word.word = fold (from, to);
  word.start = from - text;
  word.end = to - text;
  if (*word.word)
    g_array_append_val (words, word);
  else
    g_free (word.word);
}

/* An address is one word; what hangs about it is not part of it. */
static void
add_address (GArray * words, const gchar * text, const gchar * from,
    const gchar * to)
{
  while (from < to && !is_of_word (g_utf8_get_char (from)))
    from = g_utf8_next_char (from);
  while (to > from) {
    const gchar *last = g_utf8_prev_char (to);

    if (is_of_word (g_utf8_get_char (last)))
      break;
    to = last;
  }
  if (to > from)
    add_word (words, text, from, to);
}

static void
add_piece (GArray * words, const gchar * text, const gchar * from,
    const gchar * to)
{
  const gchar *begin = NULL;

  if (memchr (from, '@', to - from)) {
    add_address (words, text, from, to);
    return;
  }
  for (const gchar * p = from; p < to; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (is_of_word (c)) {
      begin = begin ? begin : p;
    } else if (begin && !is_apostrophe (c)) {
      add_word (words, text, begin, p);
      begin = NULL;
    }
  }
  if (begin)
    add_word (words, text, begin, to);
}

/* Splits at white space; the pieces at punctuation. */
ScriptWords *
script_words_new (const gchar * text)
{
  ScriptWords *self = g_new (ScriptWords, 1);
  GArray *words = g_array_new (FALSE, FALSE, sizeof (ScriptWord));
  const gchar *begin = NULL, *p;

  self->text = g_utf8_make_valid (text, -1);
  for (p = self->text; *p && words->len < SCRIPT_MAX_WORDS;
      p = g_utf8_next_char (p)) {
    if (!g_unichar_isspace (g_utf8_get_char (p))) {
      begin = begin ? begin : p;
    } else if (begin) {
      add_piece (words, self->text, begin, p);
      begin = NULL;
    }
  }
  if (begin)
    add_piece (words, self->text, begin, p);
  self->n = words->len;
  self->word = (ScriptWord *) g_array_free (words, FALSE);
  return self;
}

void
script_words_free (ScriptWords * words)
{
  for (guint i = 0; i < words->n; i++)
    g_free (words->word[i].word);
  g_free (words->word);
  g_free (words->text);
  g_free (words);
}

/* @n words as they were written, without what stands about them. */
gchar *
script_words_written (const ScriptWords * words, guint from, guint n)
{
  guint start, end;

  if (n == 0 || from + n > words->n)
    return g_strdup ("");
  start = words->word[from].start;
  end = words->word[from + n - 1].end;
  return g_strndup (words->text + start, end - start);
}

static void
phrase_free (Phrase * phrase)
{
  g_strfreev (phrase->word);
  g_free (phrase->value);
  g_free (phrase);
}

ScriptList *
script_list_new (void)
{
  ScriptList *list = g_new (ScriptList, 1);

  list->by_first = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_ptr_array_unref);
  return list;
}

void
script_list_free (ScriptList * list)
{
  g_hash_table_unref (list->by_first);
  g_free (list);
}

/* @value is what a slot gets, NULL for the words as they were written. FALSE
 * if the phrase has no word or too many. */
gboolean
script_list_add (ScriptList * list, const gchar * text, const gchar * value)
{
  ScriptWords *words = script_words_new (text);
  gboolean ok = words->n > 0 && words->n <= MAX_PHRASE;
  GPtrArray *same;
  Phrase *phrase;

  if (ok) {
    phrase = g_new (Phrase, 1);
    phrase->n = words->n;
    phrase->word = g_new0 (gchar *, words->n + 1);
    for (guint i = 0; i < words->n; i++)
      phrase->word[i] = g_strdup (words->word[i].word);
    phrase->value = g_strdup (value);
    same = g_hash_table_lookup (list->by_first, phrase->word[0]);
    if (!same) {
      same = g_ptr_array_new_with_free_func ((GDestroyNotify) phrase_free);
      g_hash_table_insert (list->by_first, g_strdup (phrase->word[0]), same);
    }
    g_ptr_array_add (same, phrase);
  }
  script_words_free (words);
  return ok;
}

static gboolean
phrase_is_at (const Phrase * phrase, const ScriptWords * words, guint pos)
{
  if (phrase->n > words->n - pos)
    return FALSE;
  for (guint i = 0; i < phrase->n; i++) {
    if (strcmp (phrase->word[i], words->word[pos + i].word) != 0)
      return FALSE;
  }
  return TRUE;
}

/* The phrases that stand at @pos; of two of one length the first counts. */
guint
script_list_spans (const ScriptList * list, const ScriptWords * words,
    guint pos, gboolean values, ScriptSpan * spans)
{
  GPtrArray *same = pos < words->n ? g_hash_table_lookup (list->by_first,
      words->word[pos].word) : NULL;
  guint found = 0;

  for (guint i = 0; same && i < same->len && found < SCRIPT_MAX_SPANS; i++) {
    const Phrase *phrase = g_ptr_array_index (same, i);
    gboolean known = FALSE;

    if (!phrase_is_at (phrase, words, pos))
      continue;
    for (guint k = 0; k < found; k++)
      known |= spans[k].n == phrase->n;
    if (known)
      continue;
    spans[found].n = phrase->n;
    spans[found++].value = !values ? NULL : phrase->value ?
        g_strdup (phrase->value) : script_words_written (words, pos, phrase->n);
  }
  return found;
}

static const gchar *
word_at (const ScriptWords * words, guint pos)
{
  return pos < words->n ? words->word[pos].word : "";
}

static gboolean
is_numeral (const gchar * word)
{
  return *word && strspn (word, "0123456789") == strlen (word);
}

/* -1 if @word is none of the words of @table. */
static gint
find_word (const gchar * word, const gchar * const *table)
{
  for (gint i = 0; *word && table[i]; i++) {
    if (strcmp (table[i], word) == 0)
      return i;
  }
  return -1;
}

/* 0 to 19, or -1. */
static gint
small_number (const gchar * word)
{
  static const gchar *const names[] = { "zero", "one", "two", "three", "four",
    "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", NULL
  };

  return find_word (word, names);
}

/* 20 to 90, or -1. */
static gint
tens_number (const gchar * word)
{
  static const gchar *const names[] = { "twenty", "thirty", "forty", "fifty",
    "sixty", "seventy", "eighty", "ninety", NULL
  };
  gint found = find_word (word, names);

  return found < 0 ? -1 : (found + 2) * 10;
}

static gboolean
is_oh (const gchar * word)
{
  return strcmp (word, "oh") == 0 || strcmp (word, "o") == 0;
}

/* One digit as a word, or -1. */
static gint
one_digit (const gchar * word)
{
  gint number = small_number (word);

  if (is_oh (word) || strcmp (word, "nought") == 0)
    return 0;
  return number >= 0 && number <= 9 ? number : -1;
}

/* How often the next digit is meant. */
static guint
repeats (const gchar * word)
{
  return strcmp (word, "double") == 0 ? 2 : strcmp (word, "triple") == 0 ? 3 :
      1;
}

/* "double five" */
static guint
read_repeated (const ScriptWords * words, guint pos, GString * out)
{
  const gchar *word = word_at (words, pos + 1);
  guint times = repeats (word_at (words, pos));
  gint digit = is_numeral (word) && strlen (word) == 1 ? *word - '0' :
      one_digit (word);

  if (times == 1 || digit < 0)
    return 0;
  for (guint i = 0; i < times; i++)
    g_string_append_c (out, '0' + digit);
  return 2;
}

/* What stands for digits at @pos: how many words, and the digits. */
static guint
read_digit_words (const ScriptWords * words, guint pos, GString * out)
{
  const gchar *word = word_at (words, pos);
  gint number = small_number (word), unit;

  if (is_numeral (word)) {
    g_string_append (out, word);
    return 1;
  }
  if (number >= 10 || one_digit (word) >= 0) {
    g_string_append_printf (out, "%d", number >= 0 ? number : 0);
    return 1;
  }
  number = tens_number (word);
  if (number >= 0) {
    unit = small_number (word_at (words, pos + 1));
    if (unit < 1 || unit > 9)
      unit = 0;
    g_string_append_printf (out, "%d", number + unit);
    return unit ? 2 : 1;
  }
  return read_repeated (words, pos, out);
}

/* All digits that stand together. "oh" alone is no number, and before one it
 * may be a sigh. */
static guint
span_digits (const ScriptWords * words, guint pos, GString * out)
{
  guint n = 0, step, before = pos;
  gboolean real = FALSE;

  while (before > 0 && is_oh (word_at (words, before - 1)))
    before--;
  if (before > 0 && read_digit_words (words, before - 1, out)) {
    g_string_truncate (out, 0);
    return 0;
  }
  while (out->len <= MAX_DIGITS
      && (step = read_digit_words (words, pos + n, out)) > 0) {
    real |= !is_oh (word_at (words, pos + n));
    n += step;
  }
  return real && out->len <= MAX_DIGITS ? n : 0;
}

/* A numeral, with its groups of three digits. */
static guint
read_numeral (const ScriptWords * words, guint pos, gint64 * value)
{
  GString *digits = g_string_new (word_at (words, pos));
  guint n = 1;

  while (digits->len <= 3 * n && is_numeral (word_at (words, pos + n))
      && strlen (word_at (words, pos + n)) == 3)
    g_string_append (digits, word_at (words, pos + n++));
  *value = digits->len <= 15 ? g_ascii_strtoll (digits->str, NULL, 10) : -1;
  g_string_free (digits, TRUE);
  return *value < 0 ? 0 : n;
}

/* A number below a hundred in words. */
static guint
read_tens (const ScriptWords * words, guint pos, gint64 * value)
{
  gint number = small_number (word_at (words, pos)), unit;

  if (number >= 0) {
    *value = number;
    return 1;
  }
  number = tens_number (word_at (words, pos));
  if (number < 0)
    return 0;
  unit = small_number (word_at (words, pos + 1));
  *value = number + (unit > 0 && unit < 10 ? unit : 0);
  return unit > 0 && unit < 10 ? 2 : 1;
}

static gboolean
is_word (const ScriptWords * words, guint pos, const gchar * word)
{
  return strcmp (word_at (words, pos), word) == 0;
}

/* A number below a thousand: "two hundred and five", "a hundred", "205". */
static guint
read_hundreds (const ScriptWords * words, guint pos, gint64 * value)
{
  guint n, more, skip;
  gint64 rest;

  if (is_numeral (word_at (words, pos)))
    return read_numeral (words, pos, value);
  *value = 1;
  n = read_tens (words, pos, value);
  if (!n && is_word (words, pos, "a") && is_word (words, pos + 1, "hundred"))
    n = 1;
  if (!n || *value < 1 || *value > 99 || !is_word (words, pos + n, "hundred"))
    return n;
  *value *= 100;
  n++;
  skip = is_word (words, pos + n, "and");
  more = read_tens (words, pos + n + skip, &rest);
  if (more && rest > 0) {
    *value += rest;
    n += skip + more;
  }
  return n;
}

/* "two million three hundred thousand and five" */
static guint
span_number (const ScriptWords * words, guint pos, GString * out)
{
  static const struct
  {
    const gchar *name;
    gint64 factor;
  } scales[] = { {"million", 1000000}, {"thousand", 1000}, {NULL, 1} };
  gint64 total = 0, part;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++) {
    guint skip = n > 0 && is_word (words, pos + n, "and");
    guint used = read_hundreds (words, pos + n + skip, &part);

    if (!used && !n && scales[i].name && is_word (words, pos, "a")
        && is_word (words, pos + 1, scales[i].name)) {
      used = 1;
      part = 1;
    }
    if (!used || part >= G_GINT64_CONSTANT (1000000000)
        || (scales[i].name && !is_word (words, pos + n + skip + used,
                scales[i].name)))
      continue;
    total += part * scales[i].factor;
    n += skip + used + (scales[i].name != NULL);
  }
  g_string_append_printf (out, "%" G_GINT64_FORMAT, total);
  return n;
}

static gboolean
is_letter (const gchar * word)
{
  return *word && !*g_utf8_next_char (word)
      && g_unichar_isalpha (g_utf8_get_char (word));
}

/* "B E R G": all letters that stand together, two at least. */
static guint
span_letters (const ScriptWords * words, guint pos, GString * out)
{
  guint n = 0;

  if (pos > 0 && is_letter (word_at (words, pos - 1)))
    return 0;
  while (is_letter (word_at (words, pos + n)) && n < MAX_DIGITS)
    g_string_append (out, word_at (words, pos + n++));
  return n > 1 ? n : 0;
}

static guint
span_word (const ScriptWords * words, guint pos, GString * out)
{
  gchar *written = script_words_written (words, pos, 1);

  g_string_append (out, written);
  g_free (written);
  return pos < words->n;
}

static gchar
spoken_sign (const gchar * word)
{
  static const gchar *const names[] = { "dot", "period", "point", "underscore",
    "dash", "hyphen", "minus", "plus", NULL
  };
  gint found = find_word (word, names);

  return found < 0 ? 0 : "..._---+"[found];
}

static gboolean
is_single (const gchar * word)
{
  return *word && !*g_utf8_next_char (word);
}

/* One name between the dots of a spoken address: a word, or letters and digits
 * one by one. */
static guint
read_label (const ScriptWords * words, guint pos, GString * out)
{
  const gchar *word = word_at (words, pos);
  guint n = 0;
  gint digit;

  if (!*word || spoken_sign (word) || strcmp (word, "at") == 0
      || strchr (word, '@'))
    return 0;
  if (!is_single (word) && one_digit (word) < 0) {
    g_string_append (out, word);
    return 1;
  }
  for (;; n++) {
    word = word_at (words, pos + n);
    digit = one_digit (word);
    if (is_single (word))
      g_string_append (out, word);
    else if (digit >= 0)
      g_string_append_c (out, '0' + digit);
    else
      return n;
  }
}

static guint
read_labels (const ScriptWords * words, guint pos, GString * out, guint * signs)
{
  guint n = read_label (words, pos, out), more;
  gchar sign;

  while (n && (sign = spoken_sign (word_at (words, pos + n)))) {
    g_string_append_c (out, sign);
    more = read_label (words, pos + n + 1, out);
    if (!more) {
      g_string_truncate (out, out->len - 1);
      break;
    }
    n += 1 + more;
    *signs += 1;
  }
  return n;
}

static gboolean
is_address (const gchar * word)
{
  const gchar *at = strchr (word, '@');

  return at && at > word && !strchr (at + 1, '@') && strchr (at + 1, '.')
      && at[1] != '.' && !g_str_has_suffix (word, ".");
}

/* "john.smith@example.com", "john dot smith at example dot com" */
static guint
span_email (const ScriptWords * words, guint pos, GString * out)
{
  guint n, more, signs = 0;

  if (is_address (word_at (words, pos))) {
    g_string_append (out, word_at (words, pos));
    return 1;
  }
  if (pos > 0 && spoken_sign (word_at (words, pos - 1)))
    return 0;
  n = read_labels (words, pos, out, &signs);
  if (!n || !is_word (words, pos + n, "at"))
    return 0;
  g_string_append_c (out, '@');
  signs = 0;
  more = read_labels (words, pos + n + 1, out, &signs);
  return more && signs ? n + 1 + more : 0;
}

static const ScriptList *
yes_no_list (void)
{
  static const gchar *const yes[] = { "yes", "yeah", "yep", "yup", "yah",
    "sure", "correct", "right", "exactly", "okay", "ok", "of course", "fine",
    "absolutely", "definitely", "that's right", "that's correct",
    "that is right", "that is correct", "please do", "go ahead", NULL
  };
  static const gchar *const no[] = { "no", "nope", "nah", "wrong", "incorrect",
    "never", "not really", "no thanks", "no thank you", "don't", "do not",
    "that's wrong", "that is wrong", "that's not right", "that is not right",
    "that's not correct", "that is not correct", NULL
  };
  static ScriptList *list;

  if (g_once_init_enter (&list)) {
    ScriptList *made = script_list_new ();

    for (guint i = 0; yes[i]; i++)
      script_list_add (made, yes[i], "yes");
    for (guint i = 0; no[i]; i++)
      script_list_add (made, no[i], "no");
    g_once_init_leave (&list, made);
  }
  return list;
}

struct _ScriptKind
{
  const gchar *name;
    guint (*span) (const ScriptWords * words, guint pos, GString * out);
  gboolean counts;              /* words of it say what the caller means */
};

static const ScriptKind kinds[] = {
  {"digits", span_digits, TRUE},
  {"number", span_number, TRUE},
  {"letters", span_letters, TRUE},
  {"email", span_email, TRUE},
  {"yes-no", NULL, TRUE},
  {"word", span_word, FALSE},
};

const ScriptKind *
script_kind_find (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (strcmp (kinds[i].name, name) == 0)
      return &kinds[i];
  }
  return NULL;
}

/* Whether its words count when the best pattern is chosen. */
gboolean
script_kind_counts (const ScriptKind * kind)
{
  return kind->counts;
}

/* The readings at @pos; @length of characters, if it is not 0. */
guint
script_kind_spans (const ScriptKind * kind, guint length,
    const ScriptWords * words, guint pos, gboolean values, ScriptSpan * spans)
{
  GString *value;
  guint n;

  if (!kind->span)
    return script_list_spans (yes_no_list (), words, pos, values, spans);
  value = g_string_new (NULL);
  n = pos < words->n ? kind->span (words, pos, value) : 0;
  if (n && length && g_utf8_strlen (value->str, -1) != length)
    n = 0;
  spans[0].n = n;
  spans[0].value = n && values ? g_strdup (value->str) : NULL;
  g_string_free (value, TRUE);
  return n > 0;
}
