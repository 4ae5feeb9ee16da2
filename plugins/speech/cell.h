/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A cell is one character to be spoken and where in the reply it was written.
 * What markup, emoji and entities leave behind is a row of cells: a removed
 * mark has none, `&amp;` is one cell of five characters.
 */
#pragma once

#include <glib.h>

/* The white space that matters: an end of line, and an end of a paragraph,
 * heading, list item or table row. All other is a space, or U+00A0 for one
 * that may stand between the digits of a number. */
#define CELL_LINE ((gunichar) 0x2028)
#define CELL_PARAGRAPH ((gunichar) 0x2029)
#define CELL_TIE ((gunichar) 0xa0)
/* A picture was here. It often stands for the mark at a sentence's end. */
#define CELL_PICTURE ((gunichar) 0x2003)

typedef struct
{
  gunichar c;
  gsize start;                  /* in characters of the reply */
  gsize end;
} Cell;

static inline gboolean
cell_is_space (gunichar c)
{
  return c == ' ' || c == CELL_TIE || c == CELL_PICTURE || c == CELL_LINE ||
      c == CELL_PARAGRAPH;
}

/* Part of a word: a letter, a digit, or a mark upon one. */
static inline gboolean
cell_is_word (gunichar c)
{
  return g_unichar_isalpha (c) || g_unichar_isdigit (c) || (c >= 0x300 &&
      (g_unichar_ismark (c) || g_unichar_type (c) == G_UNICODE_LETTER_NUMBER));
}
