/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Regular expressions of ECMA-262 (as JSON Schema has them) for GRegex.
 *
 * The text is translated character by character, and only what ECMA-262 knows
 * gets through: what PCRE understands otherwise (`.`, `$`, `\d`, `\w`,
 * `\b`, `\s`, `[]`, `{`) is written so that it means the same, and what only
 * PCRE knows (`\A`, `(?>x)`, `a++`, `(?R)`, `(*VERB)`) is refused. Left to PCRE
 * are the names in `\p{}` and that a lookbehind must have a bounded length.
 *
 * Threads: any. Locks: none.
 */
#include "schema-private.h"

#include <string.h>

#define LENGTH_LIMIT 4096
/* Backtracking that is allowed for one match: about a millisecond. */
#define MATCH_LIMIT "50000"

/* As members of a character class. GRegex' own \d, \w and \s are Unicode's. */
#define DIGITS "0-9"
#define NO_DIGITS "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}"
#define WORDS "0-9A-Z_a-z"
#define NO_WORDS "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}" \
  "\\x{7b}-\\x{10ffff}"
#define SPACES "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}" \
  "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NO_SPACES "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}" \
  "\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}" \
  "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}" \
  "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

typedef struct
{
  const gchar *p;
  GString *out;
  gboolean in_class;
  gboolean repeatable;          /* a quantifier may follow */
  GError **error;
} Translation;

static gboolean
G_GNUC_PRINTF (2, 3)
refuse (Translation * t, const gchar * format, ...)
{
  va_list args;

  if (t->error) {
    va_start (args, format);
    *t->error = g_error_new_valist (G_REGEX_ERROR, G_REGEX_ERROR_COMPILE,
        format, args);
    va_end (args);
  }
  return FALSE;
}

static const gchar *
class_escape (gchar c)
{
  switch (c) {
    case 'd':
      return DIGITS;
    case 'D':
      return NO_DIGITS;
    case 'w':
      return WORDS;
    case 'W':
      return NO_WORDS;
    case 's':
      return SPACES;
    case 'S':
      return NO_SPACES;
    default:
      return NULL;
  }
}

static void
put_code_point (Translation * t, guint c)
{
  g_string_append_printf (t->out, "\\x{%x}", c);
}

static gboolean
hex_digits (const gchar * p, guint n, guint * value)
{
  *value = 0;
  for (guint i = 0; i < n; i++) {
    gint digit = g_ascii_xdigit_value (p[i]);

    if (digit < 0)
      return FALSE;
    *value = *value << 4 | digit;
  }
  return TRUE;
}

/* Behind `\u`: XXXX, a surrogate pair, or {X…}. */
static gboolean
unicode_escape (Translation * t)
{
  guint c, low;

  if (*t->p == '{') {
    gsize n = strspn (++t->p, "0123456789abcdefABCDEF");

    if (n == 0 || n > 6 || t->p[n] != '}' || !hex_digits (t->p, n, &c)
        || c > 0x10ffff)
      return refuse (t, "\\u{ } needs one to six hexadecimal digits");
    t->p += n + 1;
  } else {
    if (!hex_digits (t->p, 4, &c))
      return refuse (t, "\\u needs four hexadecimal digits");
    t->p += 4;
    if (c >= 0xd800 && c < 0xdc00 && t->p[0] == '\\' && t->p[1] == 'u'
        && hex_digits (t->p + 2, 4, &low) && low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      t->p += 6;
    }
  }
  if (c >= 0xd800 && c < 0xe000)
    return refuse (t, "half of a surrogate pair stands alone");
  put_code_point (t, c);
  return TRUE;
}

/* Behind `\p`, `\P` or `\k`: a name in brackets, handed on. */
static gboolean
named_escape (Translation * t, gchar kind)
{
  gchar close = kind == 'k' ? '>' : '}';
  const gchar *end = strchr (t->p, close);

  if (*t->p != (kind == 'k' ? '<' : '{') || !end || end == t->p + 1)
    return refuse (t, "\\%c needs a name in %s", kind,
        kind == 'k' ? "< >" : "{ }");
  g_string_append_c (t->out, '\\');
  g_string_append_c (t->out, kind);
  g_string_append_len (t->out, t->p, end - t->p + 1);
  t->p = end + 1;
  return TRUE;
}

static gboolean
boundary (Translation * t, gboolean is)
{
  g_string_append (t->out, is ?
      "(?:(?<=[" WORDS "])(?![" WORDS "])|(?<![" WORDS "])(?=[" WORDS "]))" :
      "(?:(?<=[" WORDS "])(?=[" WORDS "])|(?<![" WORDS "])(?![" WORDS "]))");
  t->repeatable = FALSE;
  return TRUE;
}

static gboolean
back_reference (Translation * t, gchar first)
{
  if (t->in_class)
    return refuse (t, "\\%c is no character", first);
  g_string_append_printf (t->out, "(?:\\%c", first);
  while (g_ascii_isdigit (*t->p))
    g_string_append_c (t->out, *t->p++);
  g_string_append_c (t->out, ')');
  return TRUE;
}

/* Escapes that stand for one character; behind the letter. */
static gboolean
character_escape (Translation * t, gchar c)
{
  static const gchar from[] = "tnvfr";
  static const guint to[] = { 9, 10, 11, 12, 13 };
  const gchar *found = strchr (from, c);
  guint value;

  if (found) {
    put_code_point (t, to[found - from]);
    return TRUE;
  }
  switch (c) {
    case 'u':
      return unicode_escape (t);
    case 'x':
      if (!hex_digits (t->p, 2, &value))
        return refuse (t, "\\x needs two hexadecimal digits");
      t->p += 2;
      put_code_point (t, value);
      return TRUE;
    case 'c':
      if (!g_ascii_isalpha (*t->p))
        return refuse (t, "\\c needs a letter");
      put_code_point (t, *t->p++ % 32);
      return TRUE;
    case '0':
      if (g_ascii_isdigit (*t->p))
        return refuse (t, "ECMA-262 has no octal escapes");
      put_code_point (t, 0);
      return TRUE;
    default:
      if (!g_ascii_ispunct (c) && c != ' ')
        return refuse (t, "ECMA-262 has no escape \\%c", c);
      put_code_point (t, c);
      return TRUE;
  }
}

/* At the character behind the backslash. */
static gboolean
escape (Translation * t)
{
  gchar c = *t->p;
  const gchar *members = class_escape (c);

  if (!c)
    return refuse (t, "nothing follows the last backslash");
  if (c & 0x80)
    return refuse (t, "this character needs no backslash");
  t->p++;
  t->repeatable = TRUE;
  if (members) {
    g_string_append_printf (t->out, t->in_class ? "%s" : "[%s]", members);
    return TRUE;
  }
  if (c >= '1' && c <= '9')
    return back_reference (t, c);
  if (c == 'p' || c == 'P' || (c == 'k' && !t->in_class))
    return named_escape (t, c);
  if (c == 'b' && t->in_class) {
    put_code_point (t, 8);
    return TRUE;
  }
  if ((c == 'b' || c == 'B') && !t->in_class)
    return boundary (t, c == 'b');
  return character_escape (t, c);
}

/* Behind the opening bracket of a character class. */
static gboolean
open_class (Translation * t)
{
  t->repeatable = TRUE;
  if (g_str_has_prefix (t->p, "^]")) {
    t->p += 2;
    g_string_append (t->out, "[\\x{0}-\\x{10ffff}]");
  } else if (*t->p == ']') {
    t->p++;
    g_string_append (t->out, "(?!)");
  } else {
    t->in_class = TRUE;
    g_string_append_c (t->out, '[');
    if (*t->p == '^')
      g_string_append_c (t->out, *t->p++);
  }
  return TRUE;
}

/* Behind an opening parenthesis. */
static gboolean
open_group (Translation * t)
{
  static const gchar *const kinds[] = { "?:", "?=", "?!", "?<=", "?<!" };

  t->repeatable = FALSE;
  g_string_append_c (t->out, '(');
  if (*t->p == '*')
    return refuse (t, "\"*\" has nothing to repeat");
  if (*t->p != '?')
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_has_prefix (t->p, kinds[i])) {
      g_string_append (t->out, kinds[i]);
      t->p += strlen (kinds[i]);
      return TRUE;
    }
  }
  if (t->p[1] != '<' || !(g_ascii_isalpha (t->p[2]) || t->p[2] == '_'))
    return refuse (t,
        "behind (? only : = ! <= <! and a <name> may stand in ECMA-262");
  g_string_append (t->out, "?<");
  t->p += 2;
  while (g_ascii_isalnum (*t->p) || *t->p == '_')
    g_string_append_c (t->out, *t->p++);
  return TRUE;
}

/* The length of `{n}`, `{n,}` or `{n,m}` at @p, 0 if it is none. */
static gsize
braces (const gchar * p)
{
  gsize n = 1 + strspn (p + 1, "0123456789");

  if (*p != '{' || n == 1)
    return 0;
  if (p[n] == ',')
    n += 1 + strspn (p + n + 1, "0123456789");
  return p[n] == '}' ? n + 1 : 0;
}

/* At a quantifier of @n characters. */
static gboolean
quantifier (Translation * t, gsize n)
{
  if (!t->repeatable)
    return refuse (t, "\"%.*s\" has nothing to repeat", (gint) n, t->p);
  g_string_append_len (t->out, t->p, n);
  t->p += n;
  if (*t->p == '?')
    g_string_append_c (t->out, *t->p++);
  t->repeatable = FALSE;
  return TRUE;
}

static gboolean
in_class (Translation * t, gchar c)
{
  if (c == '\\')
    return escape (t);
  if (c == ']')
    t->in_class = FALSE;
  /* PCRE would see [:alpha:], [.x.] or [=x=]. */
  if (c == '[')
    g_string_append_c (t->out, '\\');
  g_string_append_c (t->out, c);
  return TRUE;
}

static gboolean
outside_class (Translation * t, gchar c)
{
  gsize n = braces (t->p - 1);

  if (n > 0 || c == '*' || c == '+' || c == '?') {
    t->p--;
    return quantifier (t, MAX (n, 1));
  }
  switch (c) {
    case '\\':
      return escape (t);
    case '[':
      return open_class (t);
    case '(':
      return open_group (t);
    case '^':
    case '$':
      g_string_append (t->out, c == '^' ? "\\A" : "\\z");
      t->repeatable = FALSE;
      return TRUE;
    case '.':
      g_string_append (t->out, "[^\\n\\r\\x{2028}\\x{2029}]");
      break;
    case '{':
    case '}':
    case ']':
      g_string_append_c (t->out, '\\');
      g_string_append_c (t->out, c);
      break;
    default:
      g_string_append_c (t->out, c);
  }
  t->repeatable = c != '|';
  return TRUE;
}

/* Returns: (transfer full) (nullable): the expression, with its backtracking
 * bounded; never optimised by JIT, which would not count it. */
GRegex *
schema_pattern_new (const gchar * ecma, GError ** error)
{
  Translation t = { ecma, NULL, FALSE, FALSE, error };
  GRegex *regex = NULL;
  gboolean ok = TRUE;

  if (strlen (ecma) > LENGTH_LIMIT) {
    refuse (&t, "longer than %d bytes", LENGTH_LIMIT);
    return NULL;
  }
  t.out = g_string_new ("(*LIMIT_MATCH=" MATCH_LIMIT ")");
  while (ok && *t.p) {
    gchar c = *t.p++;

    ok = t.in_class ? in_class (&t, c) : outside_class (&t, c);
  }
  if (ok)
    regex = g_regex_new (t.out->str, 0, 0, error);
  g_string_free (t.out, TRUE);
  return regex;
}
