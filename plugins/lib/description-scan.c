/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the text of a description into items, with the line of each, and
 * checks its grammar.
 *
 * gst-parse would read the text too, but it knows no comments and no lines,
 * says "syntax error" to everything, and matches its longest token: a value
 * that ends in a backslash swallows what stands behind it. It therefore never
 * sees this text, only one that is written from the items.
 *
 * Not taken over from gst-parse: URIs and `@preset` in the place of elements,
 * and single quotes that stay in the value (they quote here).
 *
 * Threads: any. Locks: none.
 */
#include "description-private.h"

#include <string.h>

#define ITEMS_LIMIT 5000
#define PROBLEMS_LIMIT 32
#define DEPTH_LIMIT 16
#define NAME_LENGTH 256

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LETTERS UPPER "abcdefghijklmnopqrstuvwxyz_"
#define DIGITS "0123456789"
#define IDENTIFIER LETTERS DIGITS "-%:"
#define PAD LETTERS DIGITS "-%"

typedef struct
{
  GstVoiceDescription *description;
  const gchar *p;
  guint line;
  ItemKind last;                /* properties do not count */
  guint last_line;
  gboolean linked;              /* the last one stands behind a link */
  guint owner;                  /* the item that properties belong to, + 1 */
  guint depth;
  guint open_lines[DEPTH_LIMIT];
} Scanner;

static void
problem_clear (gpointer data)
{
  g_free (((DescriptionProblem *) data)->message);
}

GArray *
description_problems_new (void)
{
  GArray *problems = g_array_new (FALSE, FALSE, sizeof (DescriptionProblem));

  g_array_set_clear_func (problems, problem_clear);
  return problems;
}

void
description_problem (GArray * problems, guint line, const gchar * format, ...)
{
  DescriptionProblem problem = { line, NULL };
  va_list args;

  if (problems->len >= PROBLEMS_LIMIT)
    return;
  va_start (args, format);
  problem.message = g_strdup_vprintf (format, args);
  va_end (args);
  g_array_append_val (problems, problem);
}

#define complain(s, ...) \
  description_problem ((s)->description->problems, (s)->line, __VA_ARGS__)

/* Takes @name and @text. */
static Item *
add_item (Scanner * s, ItemKind kind, gchar * name, gchar * text)
{
  Item item = { kind, s->line, 0, FALSE, name, text };
  GArray *items = s->description->items;

  g_array_append_val (items, item);
  return &g_array_index (items, Item, items->len - 1);
}

/* To where the next token begins. Inside of a token, as in `colour=#ff0000`, a
 * `#` begins no comment. */
static void
skip_blank (Scanner * s)
{
  for (;;) {
    if (*s->p == '#') {
      s->p += strcspn (s->p, "\n");
    } else if (g_ascii_isspace (*s->p)) {
      s->line += *s->p == '\n';
      s->p++;
    } else {
      return;
    }
  }
}

static gchar *
take (Scanner * s, gsize length)
{
  gchar *text = g_strndup (s->p, length);

  s->p += length;
  return text;
}

/* At `${`. Returns: (nullable): what is wrong with it. */
const gchar *
description_placeholder (const gchar * text, Placeholder * place)
{
  const gchar *close;

  place->name = text + 2;
  close = place->name + strcspn (place->name, "}\n");
  if (*close != '}')
    return "\"${\" is not closed by \"}\" on its line";
  place->end = close + 1;
  place->name_end = place->name;
  if (g_str_has_prefix (place->name, "env:"))
    place->name_end += 4;
  if (!*place->name_end || !strchr (LETTERS, *place->name_end))
    return "\"${\" needs a name that begins with a letter, such as "
        "${language} or ${env:HOME}";
  place->name_end += strspn (place->name_end, LETTERS DIGITS "-.");
  /* The dash of `:-` is no part of the name, though a name may end with one. */
  place->fallback = NULL;
  if (g_str_has_prefix (place->name_end, ":-")) {
    place->fallback = place->name_end + 2;
    place->fallback_end = close;
  } else if (place->name_end != close) {
    return "a name has letters, digits, \"-\", \"_\" and \".\"; behind it "
        "\":-\" and a default may stand";
  }
  return place->name_end - place->name > NAME_LENGTH ? "a name is too long" :
      NULL;
}

/* The value as gst-parse would have it, for one without quotes around it: a
 * backslash is taken away, but not between quotes inside. */
static gchar *
bare_value (Scanner * s)
{
  GString *value = g_string_new (NULL);
  gboolean in_quotes = FALSE;

  while (*s->p && !g_ascii_isspace (*s->p)) {
    if (s->p[0] == '$' && s->p[1] == '{') {
      gsize n = strcspn (s->p, "}\n");

      g_string_append_len (value, s->p, n);
      s->p += n;
      if (*s->p == '}')
        g_string_append_c (value, *s->p++);
      continue;
    }
    if (*s->p == '\\' && !in_quotes) {
      if (!*++s->p || *s->p == '\n')
        break;
    } else if (*s->p == '"') {
      in_quotes = !in_quotes;
    }
    g_string_append_c (value, *s->p++);
  }
  return g_string_free (value, FALSE);
}

/* At the opening quote. Between single quotes everything stands for itself. */
static gchar *
quoted_value (Scanner * s)
{
  GString *value = g_string_new (NULL);
  gchar quote = *s->p++;
  guint line = s->line;

  while (*s->p && *s->p != quote) {
    if (*s->p == '\\' && quote == '"' && s->p[1])
      s->p++;
    s->line += *s->p == '\n';
    g_string_append_c (value, *s->p++);
  }
  if (*s->p)
    s->p++;
  else
    description_problem (s->description->problems, line,
        "the value that begins here with %c is never closed", quote);
  if (*s->p && !g_ascii_isspace (*s->p) && *s->p != ')')
    complain (s, "\"%.1s\" follows a closing quote; put a space between, or a "
        "backslash before a quote that belongs to the value",
        (guchar) * s->p < 0x80 ? s->p : "?");
  return g_string_free (value, FALSE);
}

static void
check_placeholders (Scanner * s, guint line, const gchar * value)
{
  Placeholder place;
  const gchar *wrong;

  while ((value = strchr (value, '$'))) {
    if (g_str_has_prefix (value, "$${")) {
      value += 3;
      continue;
    }
    if (value[1] != '{') {
      value++;
      continue;
    }
    wrong = description_placeholder (value, &place);
    if (wrong) {
      description_problem (s->description->problems, line, "%s; a \"${\" that "
          "stands for itself is written \"$${\"", wrong);
      return;
    }
    value = place.end;
  }
}

/* Behind the equals sign. */
static void
scan_value (Scanner * s, gchar * name)
{
  guint line = s->line;
  gchar *value;
  Item *item;

  while (*s->p == ' ' || *s->p == '\t')
    s->p++;
  if (!*s->p || *s->p == '\n' || *s->p == '\r') {
    complain (s, "no value behind \"%s=\"; an empty one is \"\"", name);
    g_free (name);
    return;
  }
  value = *s->p == '"' || *s->p == '\'' ? quoted_value (s) : bare_value (s);
  if (!s->owner) {
    description_problem (s->description->problems, line,
        "\"%s=\" belongs to no element; properties stand right behind their "
        "element, or behind the parenthesis of their bin", name);
    g_free (name);
    g_free (value);
    return;
  }
  check_placeholders (s, line, value);
  item = add_item (s, ITEM_PROPERTY, name, value);
  item->line = line;
  item->owner = s->owner - 1;
}

/* Whatever may stand behind a complete chain ends the one before; a reference
 * or pads without a link are left over. */
static void
end_chain (Scanner * s)
{
  const gchar *wrong = NULL;

  if (s->last == ITEM_LINK || (s->last == ITEM_PADS && s->linked))
    wrong = "nothing stands behind this link";
  else if (s->last == ITEM_REFERENCE && !s->linked)
    wrong = "this reference is not linked to anything; write \"! name.\" or "
        "\"name. !\"";
  else if (s->last == ITEM_PADS)
    wrong = "these pads are not linked to anything";
  if (wrong)
    description_problem (s->description->problems, s->last_line, "%s", wrong);
}

static void
follow (Scanner * s, ItemKind kind, gboolean linked)
{
  gboolean takes_properties = kind == ITEM_ELEMENT || kind == ITEM_OPEN;

  s->last = kind;
  s->last_line = s->line;
  s->linked = linked;
  s->owner = takes_properties ? s->description->items->len : 0;
}

/* Takes @name. */
static void
add_element (Scanner * s, ItemKind kind, gchar * name)
{
  gboolean linked = s->last == ITEM_LINK || (s->last == ITEM_PADS && s->linked);

  if (!linked)
    end_chain (s);
  if (++s->description->elements == DESCRIPTION_ELEMENTS + 1)
    complain (s, "more than %d elements", DESCRIPTION_ELEMENTS);
  add_item (s, kind, name, NULL);
  follow (s, kind, linked);
}

/* Behind the parenthesis. Takes @name. */
static void
open_bin (Scanner * s, gchar * name)
{
  add_element (s, ITEM_OPEN, name);
  if (s->depth < DEPTH_LIMIT)
    s->open_lines[s->depth] = s->line;
  else if (s->depth == DEPTH_LIMIT)
    complain (s, "bins are nested more than %d deep", DEPTH_LIMIT);
  s->depth++;
}

static void
close_bin (Scanner * s)
{
  s->p++;
  if (s->depth == 0) {
    complain (s, "\")\" without a \"(\" before it");
    return;
  }
  if (s->last == ITEM_OPEN)
    complain (s, "an empty bin; put an element between \"(\" and \")\"");
  else
    end_chain (s);
  s->depth--;
  add_item (s, ITEM_CLOSE, NULL, NULL);
  follow (s, ITEM_CLOSE, FALSE);
}

/* The caps of a filtered link: up to the second `!`. */
static gchar *
scan_caps (Scanner * s)
{
  GString *caps = g_string_new (NULL);
  guint line = s->line;

  while (*s->p && *s->p != '!') {
    if (g_ascii_isspace (*s->p)) {
      skip_blank (s);
      g_string_append_c (caps, ' ');
      continue;
    }
    if (s->p[0] == '$' && s->p[1] == '{')
      complain (s, "values are put into properties only; write capsfilter "
          "caps=\"%s…\" for these caps", caps->str);
    /* gst-parse would see `\!` as a part of the caps. */
    if (*s->p == '\\')
      complain (s, "a backslash cannot stand in the caps of a link");
    g_string_append_c (caps, *s->p++);
  }
  if (*s->p)
    s->p++;
  else {
    description_problem (s->description->problems, line,
        "caps stand between two \"!\", but the second one is missing");
    s->last = ITEM_NONE;
  }
  return g_strchomp (g_string_free (caps, FALSE));
}

static gboolean
is_media_type (const gchar * p)
{
  gsize n = strspn (p, LETTERS DIGITS "-");

  return n > 0 && p[n] == '/' && p[n + 1] && strchr (LETTERS DIGITS "-",
      p[n + 1]);
}

/* At `!` or `:`. */
static void
scan_link (Scanner * s)
{
  gboolean all = *s->p++ == ':';
  gchar *caps = NULL;
  Item *item;

  if (s->last == ITEM_NONE || s->last == ITEM_OPEN)
    complain (s, "nothing stands before the link");
  else if (s->last == ITEM_LINK || (s->last == ITEM_PADS && s->linked))
    complain (s, "two links without an element between them");
  else if (s->last == ITEM_REFERENCE && s->linked)
    complain (s, "a chain ends with a reference; begin the next one with its "
        "source, such as \"name. ! …\"");
  item = add_item (s, ITEM_LINK, NULL, NULL);
  follow (s, ITEM_LINK, TRUE);
  skip_blank (s);
  if (is_media_type (s->p))
    caps = scan_caps (s);
  if (caps && all)
    complain (s, "caps stand between two \"!\"");
  item->text = caps;
  item->all = all;
}

/* `name[,name…]`, the first one perhaps read already. */
static gchar *
scan_pads (Scanner * s)
{
  GString *pads = g_string_new (NULL);
  gsize n = strspn (s->p, PAD);

  g_string_append_len (pads, s->p, n);
  s->p += n;
  for (;;) {
    skip_blank (s);
    if (*s->p != ',')
      break;
    s->p++;
    skip_blank (s);
    n = strspn (s->p, PAD);
    if (n == 0) {
      complain (s, "a pad's name must follow the comma");
      break;
    }
    if (pads->len)
      g_string_append_c (pads, ',');
    g_string_append_len (pads, s->p, n);
    s->p += n;
  }
  return g_string_free (pads, pads->len == 0);
}

/* `.pad`, at the dot. */
static void
scan_pad_list (Scanner * s)
{
  Item *item;

  s->p++;
  if (s->last != ITEM_ELEMENT && s->last != ITEM_CLOSE && s->last != ITEM_LINK)
    complain (s, "a pad's name stands behind an element or a link");
  item = add_item (s, ITEM_PADS, NULL, NULL);
  follow (s, ITEM_PADS, s->last == ITEM_LINK);
  item->text = scan_pads (s);
  if (!item->text)
    description_problem (s->description->problems, s->last_line,
        "a pad's name must follow the dot");
}

/* Behind `name.`. Takes @name. */
static void
scan_reference (Scanner * s, gchar * name)
{
  gboolean with_pads = s->last == ITEM_PADS && s->linked;
  gboolean linked = s->last == ITEM_LINK || with_pads;
  Item *item;

  if (with_pads)
    complain (s, "a pad of a reference is written \"%s.pad\"", name);
  else if (!linked)
    end_chain (s);
  item = add_item (s, ITEM_REFERENCE, name, NULL);
  follow (s, ITEM_REFERENCE, linked);
  item->text = scan_pads (s);
}

static gboolean
is_uri (const gchar * p)
{
  gsize n = strspn (p, LETTERS DIGITS "+-.");

  return g_str_has_prefix (p + n, "://") || *p == '/';
}

static void
skip_word (Scanner * s)
{
  while (*s->p && !g_ascii_isspace (*s->p))
    s->p++;
}

/* At a letter or digit: an element, a property, a reference or a bin. */
static void
scan_name (Scanner * s)
{
  gchar *name = take (s, strspn (s->p, IDENTIFIER));
  const gchar *next = s->p + strspn (s->p, " \t");

  if (strlen (name) > NAME_LENGTH) {
    complain (s, "\"%.16s…\" is no name", name);
    g_free (name);
    return;
  }
  if (*next == '=') {
    s->p = next + 1;
    scan_value (s, name);
  } else if (*s->p == '.' && s->p[1] == '(') {
    s->p += 2;
    open_bin (s, name);
  } else if (*s->p == '.') {
    s->p++;
    scan_reference (s, name);
  } else {
    add_element (s, ITEM_ELEMENT, name);
  }
}

static void
scan_token (Scanner * s)
{
  if (*s->p == '(') {
    s->p++;
    open_bin (s, g_strdup ("bin"));
  } else if (*s->p == ')') {
    close_bin (s);
  } else if (*s->p == '!' || *s->p == ':') {
    scan_link (s);
  } else if (*s->p == '.') {
    scan_pad_list (s);
  } else if (is_uri (s->p)) {
    complain (s, "a URI or path cannot stand for an element; name the element "
        "and give it to a property");
    skip_word (s);
  } else if (strchr (LETTERS DIGITS, *s->p)) {
    scan_name (s);
  } else if (*s->p == '@') {
    complain (s, "presets are not supported; set the properties");
    skip_word (s);
  } else {
    if (s->p[0] == '$' && s->p[1] == '{')
      complain (s, "values are put into properties only, such as "
          "property=${name}");
    else
      complain (s, "\"%.*s\" cannot stand here",
          (gint) (g_utf8_next_char (s->p) - s->p), s->p);
    skip_word (s);
  }
}

/* @text is UTF-8. Fills the items and the problems. */
void
description_scan (GstVoiceDescription * description, const gchar * text)
{
  Scanner s = { description, text, 1 };

  skip_blank (&s);
  while (*s.p) {
    if (description->items->len >= ITEMS_LIMIT) {
      complain (&s, "more than %d words", ITEMS_LIMIT);
      break;
    }
    scan_token (&s);
    skip_blank (&s);
  }
  end_chain (&s);
  if (s.depth > 0 && s.depth <= DEPTH_LIMIT)
    description_problem (description->problems, s.open_lines[s.depth - 1],
        "the bin that is opened here is never closed by \")\"");
  if (description->elements == 0 && description->problems->len == 0)
    complain (&s, "there is no element in it");
}
