/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes out of a text what is meant for the eye: markdown, HTML and SSML tags,
 * code blocks, link targets, emoji, control and zero-width characters. What
 * remains are cells (cell.h). Characters come one by one, and what is made of
 * them depends on nothing but the characters, so it does not matter how the
 * text was cut into tokens.
 *
 * Only what needs it is held back: one character behind a mark that may be
 * half of another, a few at the beginning of a line (is it a list?), and a
 * tag, entity or link target until it is complete. If such a thing is not
 * closed within HELD_MAX characters it was none, and none of its kind is
 * looked for before the character that told: every character is looked at a
 * fixed number of times.
 *
 * Emphasis is not matched in pairs. A star or an underscore that could be
 * emphasis is one; what is left are those between digits or inside a word.
 *
 * Threads: one at a time. Locks: none.
 */
#include "markdown.h"

#include <string.h>

#define HELD_MAX 1024
#define LABEL_MAX 64            /* of a footnote, reference or citation */

/* What a step answers instead of a number of characters used up. */
#define MORE 0                  /* the next character decides */
#define NOT_THIS (-1)

struct _Markdown
{
  GArray *held;                 /* gunichar, from `head` on undecided */
  guint head;
  gsize position;               /* of the head, in the reply */
  gboolean ended;               /* nothing follows what is held */
  GArray *cells;                /* where to, during a call */

  /* how far the construct at the head has been looked through */
  guint scan;
  guint depth;
  gunichar quote;
  gsize literal_until;          /* no tag or link begins before this */

  gunichar last;                /* the character before the head */
  gboolean line_start;
  gboolean marker;              /* a list marker was seen in this line */
  gboolean block;               /* the end of the line ends a paragraph */
  gboolean code;                /* between back-ticks */
  gboolean skip_line;           /* drop the rest of it */
  gsize link_end;               /* where the `>` of a bare link is */
  gunichar rule;                /* drop more of this character */
  guint brackets;
  guint item;                   /* number of the last ordered item */

  gunichar fence;               /* its character; 0 outside of code blocks */
  guint fence_length;
  guint fence_run;              /* fence characters seen in a row */
  gboolean fence_counting;      /* still in the opening run */
  gboolean fence_open;          /* still in the opening line */
  gboolean fence_start;         /* only white space in this line so far */
};

/**
 * markdown_new:
 *
 * Returns: (transfer full): a reader at the beginning of a reply
 */
Markdown *
markdown_new (void)
{
  Markdown *md = g_new0 (Markdown, 1);

  md->held = g_array_new (FALSE, FALSE, sizeof (gunichar));
  markdown_reset (md);
  return md;
}

/**
 * markdown_free:
 * @md: (transfer full): a reader
 */
void
markdown_free (Markdown * md)
{
  g_array_unref (md->held);
  g_free (md);
}

/**
 * markdown_reset:
 * @md: a reader
 *
 * Begins a new reply.
 */
void
markdown_reset (Markdown * md)
{
  GArray *held = md->held;

  memset (md, 0, sizeof (*md));
  g_array_set_size (held, 0);
  md->held = held;
  md->line_start = TRUE;
}

/**
 * markdown_position:
 * @md: a reader
 *
 * Returns: how many characters of the reply are decided
 */
gsize
markdown_position (const Markdown * md)
{
  return md->position;
}

static guint
held (const Markdown * md)
{
  return md->held->len - md->head;
}

/* 0 stands for none: there is no such character in the text. */
static gunichar
peek (const Markdown * md, guint i)
{
  return i < held (md) ? g_array_index (md->held, gunichar, md->head + i) : 0;
}

/* Whether the answer must wait for character @i. */
static gboolean
unknown (const Markdown * md, guint i)
{
  return i >= held (md) && !md->ended;
}

static guint
space_rank (gunichar c)
{
  return c == CELL_PARAGRAPH ? 4 : c == CELL_LINE ? 3 : c == CELL_PICTURE ? 2 :
      1;
}

/* White space runs together, unless what comes is stronger. Emoji removed
 * between two spaces leave one space that covers them. */
static void
emit (Markdown * md, gunichar c, guint length)
{
  Cell cell = { c, md->position, md->position + length };

  if (cell_is_space (c) && md->cells->len > 0) {
    Cell *before = &g_array_index (md->cells, Cell, md->cells->len - 1);

    if (cell_is_space (before->c) && space_rank (before->c) >= space_rank (c)) {
      before->end = cell.end;
      return;
    }
  }
  g_array_append_val (md->cells, cell);
}

static gboolean
is_emoji_part (gunichar c)
{
  return (c >= 0xfe00 && c <= 0xfe0f) || c == 0x20e3 ||
      (c >= 0x1f3fb && c <= 0x1f3ff) || (c >= 0xe0000 && c <= 0xe007f);
}

/* Symbols that are pictures. The few with a name in a text are kept:
 * degrees, copyright, numero and their like. */
static gboolean
is_picture (gunichar c)
{
  if (c >= 0x1f000 && c <= 0x1faff)
    return !(c >= 0x1f3fb && c <= 0x1f3ff);
  switch (g_unichar_type (c)) {
    case G_UNICODE_OTHER_SYMBOL:
      return c != 0xa9 && c != 0xae && c != 0xb0 && c != 0x2103 &&
          c != 0x2109 && c != 0x2116 && c != 0x2122;
    case G_UNICODE_MATH_SYMBOL:
      return c == 0x2194 || (c >= 0x25a0 && c <= 0x27bf) ||
          (c >= 0x2b00 && c <= 0x2bff);
    default:
      return FALSE;
  }
}

static gboolean
is_invisible (gunichar c)
{
  switch (g_unichar_type (c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_UNASSIGNED:
      return TRUE;
    default:
      return is_emoji_part (c);
  }
}

/* One visible character that @length characters of the text stand for. */
static void
emit_plain (Markdown * md, gunichar c, guint length)
{
  if (c == '`')
    return;                     /* no one can hear it */
  if (c > ' ' && c < 0x7f)
    emit (md, c, length);
  else if (c == 0xa0 || c == 0x202f || c == 0x2009)
    emit (md, CELL_TIE, length);
  else if (is_picture (c))
    emit (md, CELL_PICTURE, length);
  else if (g_unichar_isspace (c))
    emit (md, ' ', length);
  else if (c == 0x203c || c == 0x2049)
    emit (md, c == 0x203c ? '!' : '?', length);
  else if (c == 0x3030)
    emit (md, 0x2014, length);
  else if ((c >= 0x2080 && c <= 0x2089) || (c >= 0xff10 && c <= 0xff19))
    emit (md, '0' + c % 16, length);    /* H₂O, and wide digits */
  else if (!is_invisible (c))
    emit (md, c, length);
}

static gboolean
is_newline (gunichar c)
{
  return c == '\n' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 ||
      c == 0x2029;
}

static gboolean
is_blank (gunichar c)
{
  return g_unichar_isspace (c) && !is_newline (c);
}

static gboolean
is_one_of (gunichar c, const gchar * set)
{
  return c > 0 && c < 0x80 && strchr (set, (gint) c) != NULL;
}

/* A heading, item or row begins: what was before it has ended. */
static void
begin_block (Markdown * md)
{
  emit (md, CELL_PARAGRAPH, 0);
  md->block = TRUE;
}

/* Where the label that begins at @from ends with @close; never over 64. */
static gint
label_end (const Markdown * md, guint from, gunichar close)
{
  for (guint i = from; i < from + LABEL_MAX; i++) {
    gunichar c = peek (md, i);

    if (unknown (md, i))
      return MORE;
    if (c == close)
      return i > from ? (gint) i : NOT_THIS;
    if (c == 0 || c == '[' || is_newline (c))
      return NOT_THIS;
  }
  return NOT_THIS;
}

static void
open_code_block (Markdown * md, gunichar fence)
{
  if (md->line_start)
    emit (md, CELL_PARAGRAPH, 0);
  else
    emit (md, ' ', 0);
  md->fence = fence;
  md->fence_length = 3;
  md->fence_run = 0;
  md->fence_counting = md->fence_open = TRUE;
  md->fence_start = FALSE;
}

static void
close_code_block (Markdown * md)
{
  if (!md->fence_open)
    emit (md, CELL_PARAGRAPH, 1);
  md->rule = md->fence;
  md->fence = 0;
  md->line_start = FALSE;
}

static gint
step_code_block (Markdown * md)
{
  gunichar c = peek (md, 0);

  if (c == md->fence && md->fence_counting) {
    md->fence_length++;
  } else if (is_newline (c)) {
    if (md->fence_open)
      emit (md, CELL_PARAGRAPH, 1);
    md->fence_open = FALSE;
    md->fence_start = TRUE;
    md->fence_run = 0;
  } else if (c == md->fence && (md->fence_open || md->fence_start)) {
    if (++md->fence_run >= md->fence_length)
      close_code_block (md);
  } else {
    md->fence_run = 0;
    md->fence_start = md->fence_start && (is_blank (c) || c == '>');
  }
  md->fence_counting = md->fence_counting && c == md->fence;
  return 1;
}

static gint
step_heading (Markdown * md)
{
  guint i = 0;

  while (i < 7 && peek (md, i) == '#')
    i++;
  if (i == 0 || i == 7)
    return NOT_THIS;
  if (unknown (md, i))
    return MORE;
  if (!g_unichar_isspace (peek (md, i)))
    return NOT_THIS;
  begin_block (md);
  return is_newline (peek (md, i)) ? i : i + 1;
}

/* A thematic break, the line under a heading, or a fence of tildes. */
static gint
step_rule (Markdown * md)
{
  gunichar c = peek (md, 0);

  if (!is_one_of (c, "-=_*~"))
    return NOT_THIS;
  for (guint i = 1; i < 3; i++) {
    if (unknown (md, i))
      return MORE;
    if (peek (md, i) != c)
      return NOT_THIS;
  }
  if (c == '~') {
    open_code_block (md, c);
  } else {
    emit (md, CELL_PARAGRAPH, 0);
    md->rule = c;
  }
  return 3;
}

static gboolean
is_bullet (gunichar c)
{
  return is_one_of (c, "-*+") || c == 0x2022 || c == 0x25e6 || c == 0x2023 ||
      c == 0x25cf || c == 0x25aa || c == 0xb7 || c == 0x2013 || c == 0x2014;
}

static gint
step_bullet (Markdown * md)
{
  if (!is_bullet (peek (md, 0)))
    return NOT_THIS;
  if (unknown (md, 1))
    return MORE;
  if (md->marker && (peek (md, 1) == 0 || is_newline (peek (md, 1))))
    return 1;
  if (!is_blank (peek (md, 1)) && peek (md, 0) != 0x2022)
    return NOT_THIS;
  begin_block (md);
  md->marker = TRUE;
  return is_blank (peek (md, 1)) ? 2 : 1;
}

/* "1." begins a list and "2." goes on with it; "2026." at the beginning of a
 * line is something that is said. */
static gint
step_numbered (Markdown * md)
{
  guint i = 0, value = 0;

  while (i < 3 && g_unichar_isdigit (peek (md, i)) && peek (md, i) < 0x80)
    value = value * 10 + (peek (md, i++) - '0');
  if (i == 0)
    return NOT_THIS;
  if (unknown (md, i))
    return MORE;
  if (!is_one_of (peek (md, i), ".)"))
    return NOT_THIS;
  if (unknown (md, i + 1))
    return MORE;
  if (!is_blank (peek (md, i + 1)) || (value != 1 && value != md->item + 1))
    return NOT_THIS;
  begin_block (md);
  md->item = value;
  md->marker = TRUE;
  return i + 2;
}

static gint
step_checkbox (Markdown * md)
{
  if (!md->marker || peek (md, 0) != '[')
    return NOT_THIS;
  if (unknown (md, 1) || unknown (md, 2))
    return MORE;
  return is_one_of (peek (md, 1), " xX") && peek (md, 2) == ']' ? 3 : NOT_THIS;
}

/* `[name]: https://…` is no text; of `[^1]: text` the text is. */
static gint
step_definition (Markdown * md)
{
  static const gchar http[] = "http";
  gint end;
  guint i;

  if (peek (md, 0) != '[')
    return NOT_THIS;
  end = label_end (md, 1, ']');
  if (end <= 0)
    return end;
  if (unknown (md, end + 1))
    return MORE;
  if (peek (md, end + 1) != ':')
    return NOT_THIS;
  if (peek (md, 1) == '^')
    return end + 2;
  for (i = end + 2; is_blank (peek (md, i)) && i < (guint) end + 5; i++);
  for (guint k = 0; k < 4; k++) {
    if (unknown (md, i + k))
      return MORE;
    if (k == 0 && is_one_of (peek (md, i), "</#"))
      break;
    if (peek (md, i + k) != (gunichar) http[k])
      return NOT_THIS;
  }
  md->skip_line = TRUE;
  md->line_start = FALSE;
  return end + 2;
}

static gint
step_line_start (Markdown * md)
{
  static gint (*const constructs[]) (Markdown *) = {
    step_heading, step_rule, step_bullet, step_numbered, step_checkbox,
    step_definition,
  };
  gunichar c = peek (md, 0);

  if (is_newline (c)) {
    emit (md, CELL_PARAGRAPH, 1);
    md->marker = md->block = FALSE;
    return 1;
  }
  if (is_blank (c) || (c == '>' && !md->marker))
    return 1;
  if (c == '|') {
    begin_block (md);
    md->line_start = FALSE;
    return 1;
  }
  for (guint i = 0; i < G_N_ELEMENTS (constructs); i++) {
    gint used = constructs[i] (md);

    if (used != NOT_THIS)
      return used;
  }
  return NOT_THIS;
}

static gint
step_newline (Markdown * md)
{
  emit (md, md->block ? CELL_PARAGRAPH : CELL_LINE, 1);
  md->line_start = TRUE;
  md->marker = md->block = md->code = md->skip_line = FALSE;
  md->brackets = 0;
  return 1;
}

static gint
step_back_tick (Markdown * md)
{
  guint run = 1;

  while (run < 3 && peek (md, run) == '`')
    run++;
  if (run < 3 && unknown (md, run))
    return MORE;
  if (run == 3)
    open_code_block (md, '`');
  else
    md->code = !md->code;
  return run;
}

static gint
step_backslash (Markdown * md)
{
  gunichar next = peek (md, 1);

  if (unknown (md, 1))
    return MORE;
  if (is_newline (next))
    return 1;
  if (is_one_of (next, "()[]"))
    return 2;
  if (next < 0x80 && g_ascii_ispunct ((gchar) next)) {
    emit_plain (md, next, 2);
    return 2;
  }
  emit (md, '\\', 1);
  return 1;
}

/* 3*4 and 3 * 4 are sums, all other stars are emphasis. */
static gint
step_star (Markdown * md)
{
  gunichar next = peek (md, 1);

  if (unknown (md, 1))
    return MORE;
  if ((g_unichar_isdigit (md->last) && g_unichar_isdigit (next)) ||
      (is_blank (md->last) && is_blank (next)))
    emit (md, '*', 1);
  return 1;
}

static gint
step_underscore (Markdown * md)
{
  guint run = 1;

  while (run < 3 && peek (md, run) == '_')
    run++;
  if (unknown (md, run))
    return MORE;
  if (g_unichar_isalnum (md->last) && g_unichar_isalnum (peek (md, run)))
    emit (md, '_', 1);
  return 1;
}

static gint
step_tilde (Markdown * md)
{
  if (unknown (md, 1))
    return MORE;
  if (peek (md, 1) == '~')
    md->rule = '~';
  else
    emit (md, '~', 1);
  return 1;
}

static gint
step_exclamation (Markdown * md)
{
  if (unknown (md, 1))
    return MORE;
  if (peek (md, 1) != '[' || g_unichar_isalnum (md->last))
    emit (md, '!', 1);
  return 1;
}

/* [12] as a reference to a source: close behind a word, or before a mark. */
static gint
step_citation (Markdown * md)
{
  guint i = 1;
  gunichar next;

  while (i <= 3 && g_unichar_isdigit (peek (md, i)))
    i++;
  if (i <= 4 && unknown (md, i))
    return MORE;
  if (i == 1 || peek (md, i) != ']')
    return NOT_THIS;
  if (unknown (md, i + 1))
    return MORE;
  next = peek (md, i + 1);
  if (next == '(') {
    md->brackets++;
    return i;
  }
  return is_blank (md->last) && !is_one_of (next, ".,;:)[") ? NOT_THIS :
      (gint) i + 1;
}

static gint
step_open_bracket (Markdown * md)
{
  gint used = NOT_THIS;

  if (unknown (md, 1))
    return MORE;
  if (peek (md, 1) == '^') {
    used = label_end (md, 2, ']');
    used = used > 0 ? used + 1 : used;
  } else if (g_unichar_isdigit (peek (md, 1))) {
    used = step_citation (md);
  }
  if (used != NOT_THIS)
    return used;
  md->brackets = MIN (md->brackets + 1, 64);
  return 1;
}

/* Whether character @i can stand in a link's target, outside of its title. */
static gboolean
target_goes_on (const Markdown * md, guint i)
{
  gunichar c = peek (md, i);

  if (i >= HELD_MAX || is_newline (c) || c == '[' || c == ']')
    return FALSE;
  return i == 2 || !g_unichar_isspace (peek (md, i - 1)) ||
      is_one_of (c, " \"')");
}

/* The end of `](target "title")`. */
static gint
target_end (Markdown * md)
{
  for (guint i = MAX (md->scan, 2); i < held (md); i++) {
    gunichar c = peek (md, i);

    md->scan = i + 1;
    if (md->quote && i < HELD_MAX) {
      md->quote = c == md->quote ? 0 : md->quote;
      continue;
    }
    if (!target_goes_on (md, i))
      return NOT_THIS;
    if (is_one_of (c, "\"'") && g_unichar_isspace (peek (md, i - 1)))
      md->quote = c;
    else if (c == '(')
      md->depth++;
    else if (c == ')' && md->depth-- == 0)
      return i + 1;
  }
  return md->ended ? NOT_THIS : MORE;
}

static gint
step_close_bracket (Markdown * md)
{
  gint used = NOT_THIS;

  if (md->brackets == 0)
    return 1;
  if (unknown (md, 1))
    return MORE;
  if (peek (md, 1) == '(' && md->position >= md->literal_until) {
    used = target_end (md);
    if (used == NOT_THIS)
      md->literal_until = md->position + md->scan;
  } else if (peek (md, 1) == '[') {
    used = label_end (md, 2, ']');
    used = used > 0 ? used + 1 : used;
  }
  if (used == MORE)
    return MORE;
  md->brackets--;
  return used == NOT_THIS ? 1 : used;
}

/* What a tag leaves behind: the end of a block, a line, a pause, nothing. */
static void
emit_tag (Markdown * md, const gchar * name, guint length)
{
  static const gchar *const blocks[] = { "p", "li", "ul", "ol", "tr", "div",
    "table", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6", NULL
  };
  static const gchar *const pauses[] = { "td", "th", "break", NULL };

  if (g_strv_contains (blocks, name))
    emit (md, CELL_PARAGRAPH, length);
  else if (strcmp (name, "br") == 0)
    emit (md, CELL_LINE, length);
  else if (g_strv_contains (pauses, name))
    emit (md, '|', length);
}

/* Looks at `<…>`, whose end is at @end: a tag, a link, or neither. */
static gint
read_tag (Markdown * md, guint end)
{
  gchar name[32];
  guint n = 0, i = peek (md, 1) == '/' ? 2 : 1;
  gboolean spaces = FALSE, equals = FALSE, link = FALSE;

  for (guint k = 1; k < end; k++) {
    spaces |= g_unichar_isspace (peek (md, k));
    equals |= peek (md, k) == '=';
    link |= peek (md, k) == '@' || (peek (md, k) == ':' &&
        peek (md, k + 1) == '/');
  }
  if (link && !spaces) {
    md->link_end = md->position + end;
    return 1;
  }
  if (is_one_of (peek (md, 1), "!?"))
    return end + 1;
  for (; n + 1 < sizeof (name) && (is_one_of (peek (md, i), "-:") ||
          (peek (md, i) < 0x80 && g_ascii_isalnum (peek (md, i)))); i++)
    name[n++] = g_ascii_tolower (peek (md, i));
  name[n] = '\0';
  if ((spaces && !equals && peek (md, end - 1) != '/') ||
      !(g_unichar_isspace (peek (md, i)) || is_one_of (peek (md, i), "/>=")))
    return NOT_THIS;
  emit_tag (md, name, end + 1);
  return end + 1;
}

static gboolean
is_comment (const Markdown * md)
{
  return peek (md, 1) == '!' && peek (md, 2) == '-' && peek (md, 3) == '-';
}

static gint
tag_end (Markdown * md)
{
  for (guint i = MAX (md->scan, 1); i < held (md); i++) {
    gunichar c = peek (md, i);
    gboolean comment = is_comment (md);

    md->scan = i + 1;
    if (i >= HELD_MAX || (c == '<' && !comment))
      return NOT_THIS;
    if (c == '>' && !comment)
      return i;
    if (c == '>' && i > 5 && peek (md, i - 1) == '-' && peek (md, i - 2) == '-')
      return i;
  }
  return md->ended ? NOT_THIS : MORE;
}

static gint
step_less (Markdown * md)
{
  gunichar next = peek (md, 1);
  gint used = NOT_THIS;

  if (unknown (md, 1))
    return MORE;
  if (md->position >= md->literal_until && next < 0x80 &&
      (g_ascii_isalpha (next) || is_one_of (next, "/!?"))) {
    gint end = tag_end (md);

    used = end > 0 ? read_tag (md, end) : end;
    if (used == NOT_THIS)
      md->literal_until = md->position + md->scan;
  }
  if (used != NOT_THIS)
    return used;
  emit (md, '<', 1);
  return 1;
}

static gunichar
named_entity (const gchar * name)
{
  static const struct
  {
    const gchar *name;
    gunichar c;
  } names[] = {
    {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''},
    {"nbsp", 0xa0}, {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026},
    {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},
    {"laquo", 0xab}, {"raquo", 0xbb}, {"euro", 0x20ac}, {"pound", 0xa3},
    {"yen", 0xa5}, {"cent", 0xa2}, {"deg", 0xb0}, {"copy", 0xa9},
    {"reg", 0xae}, {"trade", 0x2122}, {"times", 0xd7}, {"divide", 0xf7},
    {"plusmn", 0xb1}, {"micro", 0xb5}, {"sect", 0xa7}, {"para", 0xb6},
    {"middot", 0xb7}, {"bull", 0x2022}, {"frac12", 0xbd}, {"frac14", 0xbc},
    {"frac34", 0xbe}, {"sup2", 0xb2}, {"sup3", 0xb3}, {"auml", 0xe4},
    {"ouml", 0xf6}, {"uuml", 0xfc}, {"Auml", 0xc4}, {"Ouml", 0xd6},
    {"Uuml", 0xdc}, {"szlig", 0xdf}, {"eacute", 0xe9}, {"egrave", 0xe8},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (strcmp (names[i].name, name) == 0)
      return names[i].c;
  }
  return 0;
}

static gunichar
decode_entity (const gchar * name)
{
  guint64 c;

  if (name[0] != '#')
    return named_entity (name);
  if (name[1] == 'x' || name[1] == 'X')
    c = g_ascii_strtoull (name + 2, NULL, 16);
  else
    c = g_ascii_strtoull (name + 1, NULL, 10);
  return c > 0 && c < 0x110000 && g_unichar_validate (c) ? c : 0;
}

static gint
step_ampersand (Markdown * md)
{
  gchar name[12];
  guint n = 0;
  gunichar c;

  while (n + 1 < sizeof (name) && peek (md, n + 1) < 0x80 &&
      (g_ascii_isalnum (peek (md, n + 1)) || (n == 0 && peek (md, 1) == '#'))) {
    name[n] = peek (md, n + 1);
    n++;
  }
  if (n + 1 < sizeof (name) && unknown (md, n + 1))
    return MORE;
  name[n] = '\0';
  c = peek (md, n + 1) == ';' ? decode_entity (name) : 0;
  emit_plain (md, c ? c : '&', c ? n + 2 : 1);
  return c ? n + 2 : 1;
}

/* Behind a letter it is C#, before one a hashtag; else it closes a heading. */
static gint
step_hash (Markdown * md)
{
  if (unknown (md, 1))
    return MORE;
  if (g_unichar_isalnum (peek (md, 1)) || g_unichar_isalpha (md->last))
    emit (md, '#', 1);
  return 1;
}

/* A digit on a key, as an emoji, is no digit. */
static gint
step_digit (Markdown * md)
{
  gboolean key = peek (md, 1) == 0x20e3;

  if (unknown (md, 1) || (peek (md, 1) == 0xfe0f && unknown (md, 2)))
    return MORE;
  if (peek (md, 1) == 0xfe0f)
    key = peek (md, 2) == 0x20e3;
  emit (md, key ? ' ' : peek (md, 0), 1);
  return 1;
}

static gint
step_text (Markdown * md)
{
  gunichar c = peek (md, 0);
  gint used;

  if (is_newline (c))
    return step_newline (md);
  if (c == '`')
    return step_back_tick (md);
  if (c >= '0' && c <= '9')
    return step_digit (md);
  switch (md->code ? 0 : c) {
    case '\\':
      return step_backslash (md);
    case '*':
      return step_star (md);
    case '_':
      return step_underscore (md);
    case '~':
      return step_tilde (md);
    case '!':
      return step_exclamation (md);
    case '[':
      return step_open_bracket (md);
    case ']':
      return step_close_bracket (md);
    case '<':
      return step_less (md);
    case '&':
      return step_ampersand (md);
    case '#':
      return step_hash (md);
    case 0x3010:               /* the brackets of a source, as some models do */
      used = label_end (md, 1, 0x3011);
      if (used != NOT_THIS)
        return used > 0 ? used + 1 : MORE;
      break;
  }
  if (c != '>' || md->link_end == 0 || md->position != md->link_end)
    emit_plain (md, c, 1);
  return 1;
}

static gint
step (Markdown * md)
{
  gunichar c = peek (md, 0);

  if (md->fence)
    return step_code_block (md);
  if (c == md->rule || (md->skip_line && !is_newline (c)))
    return 1;
  md->rule = 0;
  if (md->line_start) {
    gint used = step_line_start (md);

    if (used != NOT_THIS)
      return used;
    md->line_start = FALSE;
  }
  return step_text (md);
}

static void
advance (Markdown * md, GArray * cells)
{
  md->cells = cells;
  while (held (md) > 0) {
    gint used = step (md);

    if (used == MORE)
      break;
    md->last = peek (md, used - 1);
    md->head += used;
    md->position += used;
    md->scan = md->depth = 0;
    md->quote = 0;
  }
  if (held (md) == 0 || md->head > HELD_MAX) {
    g_array_remove_range (md->held, 0, md->head);
    md->head = 0;
  }
}

/**
 * markdown_push:
 * @md: a reader
 * @c: the next character of the reply
 * @cells: (element-type Cell): where what is decided is appended
 */
void
markdown_push (Markdown * md, gunichar c, GArray * cells)
{
  g_array_append_val (md->held, c);
  advance (md, cells);
}

/**
 * markdown_flush:
 * @md: a reader
 * @cells: (element-type Cell): where the rest is appended
 *
 * Decides what is held back as if nothing followed. An open code block stays
 * open.
 */
void
markdown_flush (Markdown * md, GArray * cells)
{
  md->ended = TRUE;
  advance (md, cells);
  md->ended = FALSE;
}
