/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A chunk of written text in words for the ear, and what each word stands for.
 * The user's lexicon comes first, then the language's words, then its readers.
 *
 * Threads: one at a time. Locks: none.
 */
#include "spoken.h"

#include <string.h>

/* An entry of a lexicon at @i. */
static guint
read_lexicon (Spoken * s, guint i, const Lexicon * lexicon)
{
  const gchar *spoken;
  guint used = lexicon_match (lexicon, s->cells, s->n, i, &spoken);

  if (used > 0) {
    spoken_say (s, spoken, i, i + used);
    s->kind = SPOKEN_WORD;
  }
  return used;
}

static guint
read_token (Spoken * s, guint i)
{
  static guint (*const readers[]) (Spoken *, guint) = {
    spoken_address, spoken_date, spoken_time, spoken_phone, spoken_money,
    spoken_quantity, spoken_abbreviation, spoken_by, spoken_word, spoken_mark,
  };
  guint used = read_lexicon (s, i, s->lexicon);

  if (used == 0)
    used = read_lexicon (s, i, s->language->words);
  for (guint k = 0; used == 0 && k < G_N_ELEMENTS (readers); k++)
    used = readers[k] (s, i);
  return MAX (used, 1);
}

/* The end of a line is a pause, unless the text just goes on; a picture is one
 * if the text begins anew. */
static void
read_space (Spoken * s, guint i)
{
  gunichar next = spoken_at (s, i + 1);

  if ((spoken_at (s, i) == CELL_LINE && next && !g_unichar_islower (next)) ||
      (spoken_at (s, i) == CELL_PICTURE && g_unichar_isupper (next)))
    spoken_pause (s, ',');
}

static void
read_all (Spoken * s)
{
  guint i = 0;

  while (i < s->n) {
    if (spoken_space (s, i)) {
      read_space (s, i++);
      continue;
    }
    s->kind = SPOKEN_OTHER;
    i += read_token (s, i);
    s->last = s->kind;
    s->last_end = i;
  }
}

/* What makes a token worth saying in a language that is not known. */
static gboolean
is_said (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CURRENCY_SYMBOL:
    case G_UNICODE_MATH_SYMBOL:
    case G_UNICODE_OTHER_NUMBER:
    case G_UNICODE_OTHER_SYMBOL:
      return c != '|';
    default:
      return cell_is_word (c) || c == '&' || c == '@' || c == '%' || c == '#';
  }
}

/* The end of what stands together at @i. */
static guint
token_end (const Spoken * s, guint i, gboolean * said)
{
  *said = FALSE;
  while (i < s->n && !spoken_space (s, i) && s->cells[i].c != '|')
    *said |= is_said (s->cells[i++].c);
  return i;
}

/* Says @text without a space before its first word. */
static void
join (Spoken * s, const gchar * text, guint i, guint end)
{
  const gchar *space = strpbrk (text, " \t\n");
  gchar *first = space ? g_strndup (text, space - text) : g_strdup (text);

  spoken_append (s, first, end);
  if (space)
    spoken_say (s, space, i, end);
  g_free (first);
}

/* A token as it is, but for the user's words in it: the cell behind it. */
static guint
say_verbatim (Spoken * s, guint i, guint end)
{
  guint before = s->words->len;

  while (i < end) {
    gchar text[8] = "";
    const gchar *spoken = text;
    guint used = lexicon_match (s->lexicon, s->cells, s->n, i, &spoken);

    if (used == 0) {
      g_unichar_to_utf8 (s->cells[i].c, text);
      used = 1;
    }
    if (s->words->len > before)
      join (s, spoken, i, i + used);
    else
      spoken_say (s, spoken, i, i + used);
    i += used;
  }
  return i;
}

/* Marks that stand alone go to the word before them; others are dropped. */
static void
read_loose_marks (Spoken * s, guint i, guint end)
{
  for (; i < end; i++) {
    gchar text[2] = { (gchar) s->cells[i].c, '\0' };

    if (s->cells[i].c < 0x80 && strchr (".,;:!?", text[0]))
      spoken_append (s, text, i + 1);
  }
}

static void
read_all_verbatim (Spoken * s)
{
  for (guint i = 0; i < s->n;) {
    gboolean said;
    guint end = token_end (s, i, &said);

    if (said) {
      i = say_verbatim (s, i, end);
    } else if (end > i) {
      read_loose_marks (s, i, end);
      i = end;
    } else {
      if (s->cells[i].c == '|')
        spoken_pause (s, ',');
      i++;
    }
  }
}

/**
 * spoken_text:
 * @language: (nullable): the language, or %NULL if it is not known
 * @lexicon: (nullable): the user's words
 * @cells: what is written
 * @n: how much
 * @sentence_ends: a sentence or paragraph ends here
 * @text: (out): where the words are appended, a space between them
 * @words: (element-type SpeakableWord): where what they stand for is appended
 *
 * Puts a chunk into words.
 */
void
spoken_text (const Language * language, const Lexicon * lexicon,
    const Cell * cells, guint n, gboolean sentence_ends, GString * text,
    GArray * words)
{
  Spoken s = {.language = language,.lexicon = lexicon,.cells = cells,
    .n = n,.text = text,.words = words
  };

  if (language)
    read_all (&s);
  else
    read_all_verbatim (&s);
  if (sentence_ends && language && s.pause != ':')
    spoken_pause (&s, '.');
  if (sentence_ends && s.pause == ',')
    s.pause = 0;
  if (s.pause && words->len > 0)
    g_string_append_c (text, s.pause);
}
