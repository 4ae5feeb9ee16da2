/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as flite can take it: tokens of ASCII with their punctuation. There
 * are exactly as many tokens as the sentence has words between spaces, so that
 * what was heard can be told in its words.
 *
 * Threads: any. Locks: none.
 */
#include "flite-text.h"

#include <string.h>

#define OPENING "\"'`(){}[]<>*_~|"
#define CLOSING OPENING ".,:;!?-/\\"

static void
token_clear (gpointer data)
{
  FliteToken *token = data;

  g_free (token->written);
  g_free (token->name);
}

static void
append_visible (GString * out, const gchar * ascii)
{
  for (; *ascii && out->len < FLITE_TOKEN_MAX; ascii++) {
    if (*ascii > ' ' && *ascii < 0x7f)
      g_string_append_c (out, *ascii);
  }
}

/* The characters that flite knows, nearest to @text: é is e, “ is ", … is
 * three full stops; what has no likeness is left out. */
static gchar *
to_ascii (const gchar * text, gssize length)
{
  gchar *composed = g_utf8_normalize (text, length, G_NORMALIZE_ALL_COMPOSE);
  GString *out = g_string_new (NULL);

  for (const gchar * p = composed; *p && out->len < FLITE_TOKEN_MAX;
      p = g_utf8_next_char (p)) {
    gchar one[7] = { 0 };
    gchar *like;

    g_unichar_to_utf8 (g_utf8_get_char (p), one);
    like = g_str_to_ascii (one, "en");
    /* A question mark stands for what it does not know. */
    if (strcmp (like, "?") != 0 || *p == '?')
      append_visible (out, like);
    g_free (like);
  }
  g_free (composed);
  return g_string_free (out, FALSE);
}

/* What the melody goes by: the end of a sentence rather than a comma. */
static gchar
strongest (const gchar * punctuation)
{
  const gchar *found = strpbrk (punctuation, "?!.");

  if (!found)
    found = strpbrk (punctuation, ";:,");
  if (found)
    return *found;
  return strchr (punctuation, '-') ? ',' : 0;
}

static FliteToken
make_token (const gchar * text, gsize length)
{
  FliteToken token = {.written = g_strndup (text, length) };
  gchar *ascii = to_ascii (text, length);
  gchar *name = ascii + strspn (ascii, OPENING);
  gchar *end = name + strlen (name);

  while (end > name && strchr (CLOSING, end[-1]))
    end--;
  /* "-5" and "/" between words keep their sign; "--" is a dash. */
  if (end > name) {
    token.after = strongest (end);
    token.name = g_strndup (name, end - name);
  } else {
    token.after = strongest (ascii);
  }
  g_free (ascii);
  return token;
}

/**
 * flite_text_split:
 * @text: UTF-8; what is not is replaced
 *
 * Returns: (transfer full) (element-type FliteToken): its tokens in order
 */
GArray *
flite_text_split (const gchar * text)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (FliteToken));
  gchar *valid = g_utf8_make_valid (text, -1);
  const gchar *p = valid, *begin;

  g_array_set_clear_func (tokens, token_clear);
  for (;;) {
    while (*p && g_unichar_isspace (g_utf8_get_char (p)))
      p = g_utf8_next_char (p);
    for (begin = p; *p && !g_unichar_isspace (g_utf8_get_char (p));)
      p = g_utf8_next_char (p);
    if (p == begin)
      break;
    FliteToken token = make_token (begin, p - begin);

    g_array_append_val (tokens, token);
  }
  g_free (valid);
  return tokens;
}
