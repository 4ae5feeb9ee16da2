/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What flite is given to say of any text.
 */
#include "flite-text.h"

#include <string.h>

/* The tokens as "name" and what is behind, "_" for one that is not spoken. */
static gchar *
split (const gchar * text)
{
  GArray *tokens = flite_text_split (text);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++) {
    FliteToken *token = &g_array_index (tokens, FliteToken, i);

    g_string_append_printf (out, "%s%s", i ? " " : "",
        token->name ? token->name : "_");
    if (token->after)
      g_string_append_c (out, token->after);
  }
  g_array_unref (tokens);
  return g_string_free (out, FALSE);
}

#define assert_split(text, expected) G_STMT_START { \
  gchar *is = split (text); \
  g_assert_cmpstr (is, ==, expected); \
  g_free (is); \
} G_STMT_END

static void
test_plain_text_stays (void)
{
  assert_split ("Hello, world.", "Hello, world.");
  assert_split ("don't well-known 5:30 $50.25 a@b.example",
      "don't well-known 5:30 $50.25 a@b.example");
  assert_split ("  two\t\n words  ", "two words");
}

static void
test_accents_and_typography_become_ascii (void)
{
  assert_split ("Müller café naïve Łódź", "Muller cafe naive Lodz");
  assert_split ("cafe\xcc\x81", "cafe");
  assert_split ("“Don’t!” he said…", "Don't! he said.");
  assert_split ("½ ﬁne Ａ", "1/2 fine A");
}

static void
test_what_has_no_likeness_is_not_spoken (void)
{
  assert_split ("你好 yes 🙂 Привет", "_ yes _ _");
  assert_split ("a\x01\x7f\x1b[31mb", "a[31mb");
  assert_split ("\xe2\x80\x8b\xef\xbb\xbf", "_");
}

static void
test_punctuation_around_words (void)
{
  assert_split ("(a) [b], \"c.\" 'd'? e;", "a b, c. d? e;");
  assert_split ("wait -- now - then — end", "wait _, now _, then _, end");
  assert_split ("... ! , * #", "_. _! _, _ #");
  assert_split ("**bold** _it_ `code`", "bold it code");
}

static void
test_nothing_to_say (void)
{
  assert_split ("", "");
  assert_split (" \n\t\xc2\xa0\xe2\x80\x89 ", "");
}

static void
test_invalid_utf8_is_no_crash (void)
{
  assert_split ("a\xff\xfe b\xc3", "a b");
}

/* One entry for each word between spaces, whatever it is. */
static void
test_as_many_tokens_as_words (void)
{
  GArray *tokens = flite_text_split ("a ½\xc2\xa0½ 你 -- ﬁ");

  g_assert_cmpuint (tokens->len, ==, 6);
  g_assert_cmpstr (g_array_index (tokens, FliteToken, 3).written, ==, "你");
  g_array_unref (tokens);
}

static void
test_long_words_are_cut (void)
{
  gchar *text = g_strnfill (100000, 'x');
  GArray *tokens = flite_text_split (text);
  FliteToken *token = &g_array_index (tokens, FliteToken, 0);

  g_assert_cmpuint (tokens->len, ==, 1);
  g_assert_cmpuint (strlen (token->name), ==, FLITE_TOKEN_MAX);
  g_assert_cmpstr (token->written, ==, text);
  g_array_unref (tokens);
  g_free (text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flite-text/plain-text-stays", test_plain_text_stays);
  g_test_add_func ("/flite-text/accents-and-typography-become-ascii",
      test_accents_and_typography_become_ascii);
  g_test_add_func ("/flite-text/what-has-no-likeness-is-not-spoken",
      test_what_has_no_likeness_is_not_spoken);
  g_test_add_func ("/flite-text/punctuation-around-words",
      test_punctuation_around_words);
  g_test_add_func ("/flite-text/nothing-to-say", test_nothing_to_say);
  g_test_add_func ("/flite-text/invalid-utf8-is-no-crash",
      test_invalid_utf8_is_no_crash);
  g_test_add_func ("/flite-text/as-many-tokens-as-words",
      test_as_many_tokens_as_words);
  g_test_add_func ("/flite-text/long-words-are-cut", test_long_words_are_cut);
  return g_test_run ();
}
