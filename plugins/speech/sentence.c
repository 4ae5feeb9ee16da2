/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where to cut a text into sentences. The text comes cell by cell; a cut is
 * made as soon as what follows proves it, and never taken back:
 *
 * - an end of paragraph at once; a mark at the end of a line at once;
 * - `!` and `?` when the next visible character is there;
 * - a dot when it is there too, unless the word before it could be an
 *   abbreviation, an initial or an ordinal: then when the next word is whole,
 *   since only a word that begins sentences proves that one has ended;
 * - a clause, if one is wanted, when the character behind its mark is there.
 *
 * So what is held back at any time is at most one sentence, never more than
 * max_chars and a few characters: a longer sentence is cut at the best place.
 *
 * Threads: one at a time. Locks: none.
 */
#include "sentence.h"

#include <string.h>

/* How far a decision may look ahead: marks, white space, openers, a word. */
#define MARKS_MAX 16
#define SPACES_MAX 5
#define OPENERS_MAX 4
#define WORD_MAX 24
#define LOOK_AHEAD (MARKS_MAX + SPACES_MAX + OPENERS_MAX + WORD_MAX)
#define TOKEN_MAX 24

typedef enum
{
  UNKNOWN,
  NO,
  YES
} Verdict;

/* What the token before a dot says about it. */
typedef enum
{
  TOKEN_PLAIN,
  TOKEN_NUMBER,                 /* no end before a digit */
  TOKEN_MAYBE,                  /* an end before a word that begins one */
  TOKEN_NEVER
} TokenClass;

/**
 * sentence_restart:
 * @sentence: a splitter
 *
 * The cells before the cut are gone; begins with the first of the rest.
 */
void
sentence_restart (Sentence * sentence)
{
  sentence->scan = 0;
  sentence->words = 0;
}

static gboolean
is_terminator (gunichar c)
{
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 ||
      c == 0xff01 || c == 0xff1f || c == 0x61f || c == 0x964;
}

/* Marks of scripts that put no space behind them. */
static gboolean
is_wide_terminator (gunichar c)
{
  return c == 0x3002 || c == 0xff01 || c == 0xff1f;
}

static gboolean
is_closer (gunichar c)
{
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' ||
      c == 0x2019 || c == 0x201d || c == 0xbb || c == 0x201c || c == 0x300d ||
      c == 0x300f || c == 0xff09 || c == 0x203a;
}

static gboolean
is_opener (gunichar c)
{
  return c == '"' || c == '\'' || c == '(' || c == '[' || c == '{' ||
      c == 0x2018 || c == 0x201c || c == 0x201e || c == 0xab || c == 0xbf ||
      c == 0xa1 || c == 0x300c || c == 0x203a;
}

/* The token that ends before @end, lower case, without opening marks. Returns
 * where it begins; it is empty if it is too long to be an abbreviation. */
static guint
token_before (const Cell * cells, guint end, gchar * token, gsize size)
{
  guint start = end;
  gsize used = 0;

  while (start > 0 && end - start <= TOKEN_MAX &&
      !cell_is_space (cells[start - 1].c))
    start--;
  while (start < end && is_opener (cells[start].c))
    start++;
  for (guint i = start; i < end && end - start <= TOKEN_MAX; i++) {
    if (used + 6 >= size)
      break;
    used += g_unichar_to_utf8 (g_unichar_tolower (cells[i].c), token + used);
  }
  token[used] = '\0';
  return start;
}

static gboolean
all_digits (const Cell * cells, guint start, guint end)
{
  for (guint i = start; i < end; i++) {
    if (!g_unichar_isdigit (cells[i].c))
      return FALSE;
  }
  return end > start;
}

/* Letters with dots between them, each part two letters at most: U.S, p.m */
static gboolean
has_inner_dots (const Cell * cells, guint start, guint end)
{
  guint part = 0, dots = 0;

  for (guint i = start; i < end; i++) {
    if (cells[i].c == '.') {
      dots++;
      part = 0;
    } else if (!g_unichar_isalpha (cells[i].c) || ++part > 2) {
      return FALSE;
    }
  }
  return dots > 0;
}

static void
token_exact (const Cell * cells, guint start, guint end, gchar * text,
    gsize size)
{
  gsize used = 0;

  for (guint i = start; i < end && used + 6 < size; i++)
    used += g_unichar_to_utf8 (cells[i].c, text + used);
  text[used] = '\0';
}

/* A short name of a month or day: "Mar." but not "March." */
static gboolean
is_calendar_name (const Language * language, const Cell * cells, guint start,
    guint end)
{
  gchar exact[TOKEN_MAX * 6 + 6];
  gint month, day;

  token_exact (cells, start, end, exact, sizeof (exact));
  month = ABS (GPOINTER_TO_INT (g_hash_table_lookup (language->months, exact)));
  day = ABS (GPOINTER_TO_INT (g_hash_table_lookup (language->days, exact)));
  return (month && strcmp (exact, language->month_names[month - 1]) != 0) ||
      (day && strcmp (exact, language->day_names[day - 1]) != 0);
}

/* Capitals matter only to those few that are words without them: "No." */
static const LanguageAbbreviation *
find_abbreviation (const Language * language, const Cell * cells, guint start,
    guint end, const gchar * lower)
{
  gchar exact[TOKEN_MAX * 6 + 6];
  const LanguageAbbreviation *found;

  token_exact (cells, start, end, exact, sizeof (exact));
  found = g_hash_table_lookup (language->abbreviations, exact);
  return found ? found : g_hash_table_lookup (language->abbreviations, lower);
}

/* Whether the word before @i begins with a capital or a digit. */
static gboolean
is_name_before (const Cell * cells, guint i)
{
  while (i > 0 && cell_is_space (cells[i - 1].c))
    i--;
  while (i > 0 && cell_is_word (cells[i - 1].c))
    i--;
  return i > 0 && (g_unichar_isupper (cells[i].c) ||
      g_unichar_isdigit (cells[i].c));
}

static TokenClass
abbreviation_class (const LanguageAbbreviation * abbreviation,
    const Cell * cells, guint start)
{
  gchar *const *said = abbreviation->said;

  if (said[LANGUAGE_NEVER])
    return TOKEN_NEVER;
  if (said[LANGUAGE_TITLE] && !(said[LANGUAGE_NAME] &&
          is_name_before (cells, start)))
    return TOKEN_NEVER;
  if (said[LANGUAGE_NAME] || said[LANGUAGE_WORD])
    return TOKEN_MAYBE;
  return said[LANGUAGE_NUMBER] ? TOKEN_NUMBER : TOKEN_PLAIN;
}

/* "2." is no end in "1. tea 2. coffee". */
static gboolean
is_enumerator (const Sentence * sentence, const Cell * cells, guint start,
    guint end, guint * number)
{
  gunichar before = 0;

  if (end - start > 2)
    return FALSE;
  *number = 0;
  for (guint i = start; i < end; i++)
    *number = *number * 10 + g_unichar_digit_value (cells[i].c);
  while (start > 0 && before == 0) {
    start--;
    before = cell_is_space (cells[start].c) ? 0 : cells[start].c;
  }
  if (sentence->last_number > 0 && (*number == sentence->last_number ||
          *number == sentence->last_number + 1))
    return TRUE;
  return *number == 1 && (before == 0 || before == ':' || before == ',' ||
      before == ';');
}

static TokenClass
classify (Sentence * sentence, const Cell * cells, guint dot)
{
  const Language *language = sentence->language;
  const LanguageAbbreviation *abbreviation = NULL;
  gchar token[TOKEN_MAX * 6 + 6];
  guint start = token_before (cells, dot, token, sizeof (token));
  TokenClass class = TOKEN_PLAIN;
  guint number;

  if (all_digits (cells, start, dot)) {
    if (is_enumerator (sentence, cells, start, dot, &number)) {
      sentence->last_number = number;
      return TOKEN_NEVER;
    }
    return language && language->ordinal_dot && dot - start <= 2 ?
        TOKEN_MAYBE : TOKEN_PLAIN;
  }
  if (*token && language && is_calendar_name (language, cells, start, dot))
    return TOKEN_MAYBE;
  if (*token && language)
    abbreviation = find_abbreviation (language, cells, start, dot, token);
  if (abbreviation)
    class = abbreviation_class (abbreviation, cells, start);
  if (class != TOKEN_PLAIN)
    return class;
  if (dot - start == 1 && g_unichar_isupper (cells[start].c))
    return TOKEN_MAYBE;
  if (has_inner_dots (cells, start, dot))
    return TOKEN_MAYBE;
  return TOKEN_PLAIN;
}

/* Whether the word at @i, when it is whole, begins sentences. */
static Verdict
begins_sentence (const Language * language, const Cell * cells, guint n,
    guint i, gboolean ended)
{
  gchar word[WORD_MAX * 6 + 6];
  gsize used = 0;
  guint end = i;

  while (end < n && end - i < WORD_MAX && cell_is_word (cells[end].c))
    used += g_unichar_to_utf8 (g_unichar_tolower (cells[end++].c), word + used);
  word[used] = '\0';
  if (end == n && !ended && end - i < WORD_MAX)
    return UNKNOWN;
  return language && g_hash_table_contains (language->starters, word) ? YES :
      NO;
}

/* "Hello. how are you" is two sentences, "approx. five" is not. */
static Verdict
before_small_letter (const Cell * cells, guint dot, TokenClass class)
{
  guint start = dot;

  while (start > 0 && g_unichar_isalpha (cells[start - 1].c))
    start--;
  if (class != TOKEN_PLAIN || dot - start < 4)
    return NO;
  return start == 0 || cell_is_space (cells[start - 1].c) ? YES : NO;
}

static Verdict
dot_ends (Sentence * sentence, const Cell * cells, guint n, guint dot,
    guint next, gboolean ended)
{
  TokenClass class = classify (sentence, cells, dot);

  if (class == TOKEN_NEVER)
    return NO;
  if (g_unichar_islower (cells[next].c))
    return before_small_letter (cells, dot, class);
  if (class == TOKEN_NUMBER && g_unichar_isdigit (cells[next].c))
    return NO;
  if (class == TOKEN_MAYBE)
    return begins_sentence (sentence->language, cells, n, next, ended);
  return YES;
}

/* Whether the mark before @end belongs to a word of a lexicon. */
static LexiconProtection
protection (const Sentence * sentence, const Cell * cells, guint end)
{
  gchar token[TOKEN_MAX * 6 + 6];
  LexiconProtection found;

  token_before (cells, end, token, sizeof (token));
  found = lexicon_protection (sentence->lexicon, token);
  return found == LEXICON_FREE && sentence->language ?
      lexicon_protection (sentence->language->words, token) : found;
}

/* Whether the marks from @i to @end end a sentence before the visible cell at
 * @next. */
static Verdict
marks_end (Sentence * sentence, const Cell * cells, guint n, guint i,
    guint end, guint next, gboolean ended)
{
  gboolean closed = is_closer (cells[end - 1].c);
  gboolean several = end - i > 1 && (is_terminator (cells[i + 1].c) ||
      is_terminator (cells[end - 1].c));
  guint word = next;

  while (word < n && word - next < OPENERS_MAX && is_opener (cells[word].c))
    word++;
  if (word == n && !ended)
    return UNKNOWN;
  if (word == n)
    word = next;
  if (g_unichar_islower (cells[word].c) && (closed || several))
    return closed || cells[i].c == '.' ? NO : YES;
  switch (protection (sentence, cells, i + 1)) {
    case LEXICON_INSIDE:
      return NO;
    case LEXICON_AT_END:
      return g_unichar_islower (cells[word].c) ? NO :
          begins_sentence (sentence->language, cells, n, word, ended);
    default:
      break;
  }
  if (cells[i].c == '.' && !several)
    return dot_ends (sentence, cells, n, i, word, ended);
  return g_unichar_islower (cells[word].c) && cells[i].c == 0x2026 ? NO : YES;
}

static Verdict
sentence_ends (Sentence * sentence, const Cell * cells, guint n, guint i,
    gboolean ended, guint * cut)
{
  guint end = i + 1, next;
  gboolean line = FALSE;

  while (end < n && end - i < MARKS_MAX &&
      (is_terminator (cells[end].c) || is_closer (cells[end].c)))
    end++;
  for (next = end; next < n && next - end < SPACES_MAX &&
      cell_is_space (cells[next].c); next++)
    line |= cells[next].c >= CELL_LINE;
  *cut = next;
  if (line && next == n && (cells[i].c != '.' ||
          classify (sentence, cells, i) == TOKEN_PLAIN))
    return YES;
  if (next == n)
    return ended ? NO : UNKNOWN;
  if (next == end)
    return is_wide_terminator (cells[end - 1].c) ||
        is_wide_terminator (cells[i].c) ? YES : NO;
  return marks_end (sentence, cells, n, i, end, next, ended);
}

static gboolean
is_dash (gunichar c)
{
  return c == '-' || c == 0x2013 || c == 0x2014;
}

/* Whether the word before @i has a digit in it. */
static gboolean
has_digit_before (const Cell * cells, guint i)
{
  while (i > 0 && (cell_is_space (cells[i - 1].c) || is_dash (cells[i - 1].c)))
    i--;
  for (; i > 0 && !cell_is_space (cells[i - 1].c); i--) {
    if (g_unichar_isdigit (cells[i - 1].c))
      return TRUE;
  }
  return FALSE;
}

/* Whether a clause ends with the mark at @i. A comma or colon between digits
 * belongs to a number, a date or a time. */
static Verdict
clause_ends (const Sentence * sentence, const Cell * cells, guint n, guint i,
    guint * cut)
{
  gunichar c = cells[i].c;
  guint next = i + 1;
  gboolean dash = is_dash (c);

  if (!dash && c != ',' && c != ';' && c != ':' && c != 0xff0c && c != 0x3001)
    return NO;
  if (sentence->words < sentence->clause_words)
    return NO;
  if (dash && c != 0x2014 && (i == 0 || !cell_is_space (cells[i - 1].c)))
    return NO;
  while (next < n && next - i < OPENERS_MAX && is_closer (cells[next].c))
    next++;
  if (next == n)
    return UNKNOWN;
  if (!cell_is_space (cells[next].c))
    return c >= 0x2014 ? (*cut = next, YES) : NO;
  while (next < n && next - i < 2 * SPACES_MAX && cell_is_space (cells[next].c))
    next++;
  if (next == n)
    return UNKNOWN;
  *cut = next;
  return !g_unichar_isalpha (cells[next].c) && has_digit_before (cells, i) ?
      NO : YES;
}

static gboolean
word_is_among (GHashTable * set, const Cell * cells, guint n, guint i)
{
  gchar word[WORD_MAX * 6 + 6];
  gsize used = 0;

  for (guint k = i; k < n && k - i < WORD_MAX && cell_is_word (cells[k].c); k++)
    used += g_unichar_to_utf8 (g_unichar_tolower (cells[k].c), word + used);
  word[used] = '\0';
  return g_hash_table_contains (set, word);
}

/* How good a place before cell @i is for a cut; 0 if it is none. */
static guint
cut_quality (const Sentence * sentence, const Cell * cells, guint n, guint i)
{
  gunichar before;
  guint back = i;

  if (i >= n || i == 0 || !cell_is_space (cells[i - 1].c) ||
      cell_is_space (cells[i].c))
    return 0;
  if (cells[i - 1].c >= CELL_LINE)
    return 6;
  while (back > 0 && cell_is_space (cells[back - 1].c))
    back--;
  before = back > 0 ? cells[back - 1].c : ' ';
  if (before == '.' || before == '!' || before == '?')
    return 5;
  if (before == ';' || before == ':' || is_dash (before))
    return 5;
  if (before == ',')
    return 4;
  if (sentence->language &&
      word_is_among (sentence->language->cut_before, cells, n, i))
    return 3;
  return g_unichar_isdigit (before) || g_unichar_isdigit (cells[i].c) ? 1 : 2;
}

/* The best place in the second half of what is allowed, else any space, else
 * in the middle of a word. */
static guint
cut_long (const Sentence * sentence, const Cell * cells, guint n)
{
  guint best = 0, quality = 0, max = MIN (sentence->max_chars, n);

  for (guint i = max; i > max / 4; i--) {
    guint q = cut_quality (sentence, cells, n, i);

    if (i <= max / 2 && quality > 0)
      break;
    if (q > quality) {
      quality = q;
      best = i;
    }
  }
  return best > 0 ? best : max;
}

static gboolean
begins_word (const Cell * cells, guint i)
{
  if (!cell_is_word (cells[i].c))
    return FALSE;
  while (i > 0 && is_opener (cells[i - 1].c))
    i--;
  return i == 0 || cell_is_space (cells[i - 1].c);
}

static Verdict
judge (Sentence * sentence, const Cell * cells, guint n, gboolean ended,
    guint * cut, SentenceCut * kind)
{
  guint i = sentence->scan;
  gunichar c = cells[i].c;
  Verdict verdict = NO;

  *kind = SENTENCE_END;
  if (c == CELL_PARAGRAPH && i > 0) {
    sentence->last_number = 0;
    *cut = i + 1;
    return YES;
  }
  if (is_terminator (c))
    return sentence_ends (sentence, cells, n, i, ended, cut);
  if (sentence->early && sentence->clause_words > 0)
    verdict = clause_ends (sentence, cells, n, i, cut);
  if (verdict == UNKNOWN && ended)
    verdict = NO;
  *kind = SENTENCE_CLAUSE;
  return verdict;
}

/**
 * sentence_scan:
 * @sentence: a splitter
 * @cells: the text since the last cut
 * @n: its length; it only grows between two cuts
 * @ended: nothing follows
 * @cut: (out): the first cell behind the cut
 *
 * Returns: the kind of the next cut, or %SENTENCE_NO_CUT
 */
SentenceCut
sentence_scan (Sentence * sentence, const Cell * cells, guint n,
    gboolean ended, guint * cut)
{
  SentenceCut kind;

  while (sentence->scan < n && sentence->scan < sentence->max_chars) {
    guint i = sentence->scan;
    Verdict verdict = judge (sentence, cells, n, ended, cut, &kind);

    if (verdict == YES)
      return kind;
    if (verdict == UNKNOWN)
      break;
    sentence->words += begins_word (cells, i);
    sentence->scan++;
  }
  if (n <= sentence->max_chars || (sentence->scan < sentence->max_chars &&
          n <= sentence->max_chars + LOOK_AHEAD))
    return SENTENCE_NO_CUT;
  *cut = cut_long (sentence, cells, n);
  return SENTENCE_LENGTH;
}
