/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Patterns over what a caller said: what matches, what is kept, which is best,
 * and values however they are spoken.
 */
#include "script-match.h"

#include <string.h>

static ScriptList *weekday, *yes;

static const ScriptList *
find_list (const gchar * name, gpointer data)
{
  return strcmp (name, "weekday") == 0 ? weekday :
      strcmp (name, "yes") == 0 ? yes : NULL;
}

static ScriptPattern *
pattern_new (const gchar * text)
{
  GError *error = NULL;
  ScriptPattern *pattern = script_pattern_new (text, find_list, NULL, &error);

  g_assert_no_error (error);
  return pattern;
}

/* The kept slots as "a=x b=y" in the order of the names; NULL without a
 * match. */
static gchar *
match (const gchar * pattern_text, const gchar * said)
{
  ScriptPattern *pattern = pattern_new (pattern_text);
  ScriptWords *words = script_words_new (said);
  GHashTable *slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  GString *out = g_string_new (NULL);
  guint steps = G_MAXUINT;
  gint score = script_pattern_match (pattern, words, slots, &steps);
  GList *names = g_list_sort (g_hash_table_get_keys (slots),
      (GCompareFunc) strcmp);

  for (GList * l = names; l; l = l->next)
    g_string_append_printf (out, "%s%s=%s", out->len ? " " : "",
        (gchar *) l->data, (gchar *) g_hash_table_lookup (slots, l->data));
  g_list_free (names);
  g_hash_table_unref (slots);
  script_words_free (words);
  script_pattern_free (pattern);
  if (score >= 0)
    return g_string_free (out, FALSE);
  g_assert_cmpstr (out->str, ==, "");
  g_string_free (out, TRUE);
  return NULL;
}

#define assert_kept(pattern, said, expected) G_STMT_START { \
  gchar *kept_ = match (pattern, said); \
  g_assert_cmpstr (kept_, ==, expected); \
  g_free (kept_); \
} G_STMT_END

#define assert_matches(pattern, said) assert_kept (pattern, said, "")
#define assert_no_match(pattern, said) assert_kept (pattern, said, NULL)

static gint
score (const gchar * pattern_text, const gchar * said)
{
  ScriptPattern *pattern = pattern_new (pattern_text);
  ScriptWords *words = script_words_new (said);
  guint steps = G_MAXUINT;
  gint result = script_pattern_match (pattern, words, NULL, &steps);

  script_words_free (words);
  script_pattern_free (pattern);
  return result;
}

static void
words_are_folded (void)
{
  ScriptWords *words = script_words_new
      (" I'd like “Zwölf” at 9:30 A.M., Straße—e-mail <Jo@X.org>! …");
  GString *out = g_string_new (NULL);
  gchar *written;

  for (guint i = 0; i < words->n; i++)
    g_string_append_printf (out, "%s ", words->word[i].word);
  g_assert_cmpstr (out->str, ==,
      "id like zwölf at 9 30 a m strasse e mail jo@x.org ");
  written = script_words_written (words, 4, 4);
  g_assert_cmpstr (written, ==, "9:30 A.M");
  g_free (written);
  written = script_words_written (words, 9, 9);
  g_assert_cmpstr (written, ==, "");
  g_free (written);
  g_string_free (out, TRUE);
  script_words_free (words);
}

static void
no_text_is_too_strange (void)
{
  static const gchar *const texts[] = { "", " ", "?!", "@", "@@ '", "'", "\xff",
    "a\xc3", "\xe2\x80\x8f", NULL
  };
  GString *many = g_string_new (NULL);
  ScriptWords *words;

  for (guint i = 0; texts[i]; i++)
    script_words_free (script_words_new (texts[i]));
  for (guint i = 0; i < 10000; i++)
    g_string_append (many, "word ");
  words = script_words_new (many->str);
  g_assert_cmpuint (words->n, ==, SCRIPT_MAX_WORDS);
  script_words_free (words);
  g_string_free (many, TRUE);
}

static void
words_and_groups (void)
{
  assert_matches ("book", "Please book it!");
  assert_no_match ("book", "bookings");
  assert_no_match ("book", "");
  assert_matches ("book * appointment", "book me an appointment");
  assert_matches ("book * appointment", "book appointment");
  assert_no_match ("book * appointment", "appointment book");
  assert_matches ("i (want|need) [to] book", "Hi, I want to book.");
  assert_matches ("i (want|need) [to] book", "i need book");
  assert_no_match ("i (want|need) [to] book", "i book");
  assert_matches ("(a b|c [d|e] f)", "c e f");
  assert_matches ("(a b|c [d|e] f)", "c f");
  assert_no_match ("(a b|c [d|e] f)", "c d e f");
  assert_matches ("[very|so] good", "good");
  assert_matches ("o'clock", "nine O’Clock");
  assert_matches ("a.m.", "nine A M");
  assert_matches ("<yes>", "well that is right");
}

static void
tied_to_the_ends (void)
{
  assert_matches ("^stop$", "Stop.");
  assert_no_match ("^stop$", "I stop");
  assert_no_match ("^stop$", "stop it");
  assert_matches ("^stop", "stop it");
  assert_matches ("stop$", "please stop");
  assert_matches ("^ * $", "");
  assert_no_match ("^ {x} $", "");
}

static void
slots_are_kept (void)
{
  assert_kept ("my name is {name}", "My name is Ann Berg.", "name=Ann Berg");
  assert_kept ("{name}", "Ann  Berg", "name=Ann  Berg");
  assert_kept ("[my name is] {name}", "Ann Berg", "name=Ann Berg");
  assert_kept ("[my name is] {name}", "My name is Ann Berg", "name=Ann Berg");
  assert_kept ("{name} speaking", "This is Ann speaking now",
      "name=This is Ann");
  assert_kept ("is {name:word}", "is Ann Berg", "name=Ann");
  assert_kept ("on {day:weekday}", "On tues, please", "day=Tuesday");
  assert_kept ("[on {day:weekday}] at {t:number}", "at nine", "t=9");
  assert_kept ("from {a} to {b}", "from new york to rome", "a=new york b=rome");
  assert_kept ("(i am {name}|call me {name})", "call me Ann", "name=Ann");
  assert_kept ("{x:yes}", "yeah that is right", "x=that is right");
}

/* People correct themselves: what was said last counts. */
static void
the_last_of_equals (void)
{
  assert_kept ("{day:weekday}", "Tuesday, no, Friday", "day=Friday");
  assert_kept ("book * {day:weekday}", "book Tuesday, no, Friday",
      "day=Friday");
}

static void
digits_however_spoken (void)
{
  assert_kept ("{n:digits}", "two nine three four oh", "n=29340");
  assert_kept ("{n:digits}", "it is 2-9 3, four. Zero!", "n=29340");
  assert_kept ("{n:digits}", "29340", "n=29340");
  assert_kept ("{n:digits}", "double five triple 7 o", "n=557770");
  assert_kept ("{n:digits}", "twenty nine three forty", "n=29340");
  assert_kept ("{n:digits}", "seventeen sixty", "n=1760");
  assert_kept ("{n:digits:5}", "oh two nine three four zero", "n=29340");
  assert_kept ("{n:digits:6}", "oh two nine three four zero", "n=029340");
  assert_no_match ("{n:digits:5}", "two nine three four");
  assert_no_match ("{n:digits:5}", "two nine three four zero one");
  assert_no_match ("{n:digits:5}", "one oh two nine three four zero");
  assert_no_match ("{n:digits}", "oh I see");
  assert_no_match ("{n:digits}", "double trouble");
  assert_kept ("{a:digits} * {b:digits}", "one two and three", "a=12 b=3");
}

static void
numbers_in_words (void)
{
  assert_kept ("{n:number}", "twenty five", "n=25");
  assert_kept ("{n:number}", "zero", "n=0");
  assert_kept ("{n:number}", "two hundred and five", "n=205");
  assert_kept ("{n:number}", "a hundred", "n=100");
  assert_kept ("{n:number}", "a thousand and one", "n=1001");
  assert_kept ("{n:number}", "three million two hundred thousand and sixty one",
      "n=3200061");
  assert_kept ("{n:number}", "1,250", "n=1250");
  assert_kept ("{n:number}", "5 million", "n=5000000");
  assert_kept ("{n:number} and {m:number}", "nine and ten", "m=10 n=9");
  assert_no_match ("{n:number}", "many");
  assert_no_match ("{n:number}", "99999999999999999999");
}

static void
addresses (void)
{
  assert_kept ("{m:email}", "it's John.Smith@Example.com.",
      "m=john.smith@example.com");
  assert_kept ("is {m:email}", "it is john dot smith at example dot com",
      "m=john.smith@example.com");
  assert_kept ("is {m:email}", "is j o 2 underscore four at mail dot co dot uk",
      "m=jo2_4@mail.co.uk");
  assert_no_match ("{m:email}", "look at this");
  assert_no_match ("{m:email}", "me@here");
  assert_no_match ("{m:email}", "john dot smith at");
}

static void
letters_and_answers (void)
{
  assert_kept ("{s:letters}", "that is B, E, R, G", "s=berg");
  assert_no_match ("{s:letters}", "a");
  assert_kept ("{a:yes-no}", "That's right", "a=yes");
  assert_kept ("{a:yes-no}", "that's not right", "a=no");
  assert_kept ("{a:yes-no}", "yes no", "a=no");
}

static void
the_best_names_most (void)
{
  g_assert_cmpint (score ("no", "no wednesday"), <,
      score ("no {day:weekday}", "no wednesday"));
  g_assert_cmpint (score ("{day:weekday}", "no wednesday"), <,
      score ("no {day:weekday}", "no wednesday"));
  g_assert_cmpint (score ("*", "goodbye then"), <,
      score ("{name}", "goodbye then"));
  g_assert_cmpint (score ("{name}", "goodbye then my dear"), <,
      score ("goodbye", "goodbye then my dear"));
  g_assert_cmpint (score ("{d:digits}", "two nine three"), >,
      score ("two nine", "two nine three"));
  g_assert_cmpint (score ("book", "read"), ==, -1);
}

static void
assert_refused (const gchar * text, const gchar * why)
{
  GError *error = NULL;

  g_assert_null (script_pattern_new (text, find_list, NULL, &error));
  g_assert_nonnull (error);
  if (!strstr (error->message, why))
    g_error ("'%s': %s", text, error->message);
  g_error_free (error);
}

static void
faults_are_told (void)
{
  GString *deep = g_string_new ("a");
  GString *wide = g_string_new ("a");

  assert_refused ("", "nothing to match");
  assert_refused ("a (b", "')' is missing");
  assert_refused ("a [b)", "']' is missing");
  assert_refused ("a )", "nothing can follow");
  assert_refused ("(a|)", "nothing to match");
  assert_refused ("[]", "nothing to match");
  assert_refused ("<nolist>", "no list 'nolist'");
  assert_refused ("<yes", "'>' is missing");
  assert_refused ("{x", "'}' is missing");
  assert_refused ("{}", "no name");
  assert_refused ("{X}", "no name");
  assert_refused ("{x:nokind}", "neither a kind");
  assert_refused ("{x:digits:many}", "no length");
  assert_refused ("{x:digits:100}", "no length");
  assert_refused ("{x:weekday:5}", "no length");
  assert_refused ("{x:digits:5:6}", "nothing can follow");
  assert_refused ("a ?", "no word");
  assert_refused ("a ^ b", "'^' cannot stand");
  assert_refused ("a $ b", "nothing can follow");
  for (guint i = 0; i < 9; i++) {
    g_string_prepend (deep, "(");
    g_string_append (deep, ")");
  }
  assert_refused (deep->str, "nested");
  for (guint i = 0; i < 400; i++)
    g_string_append (wide, " a");
  assert_refused (wide->str, "too long");
  for (guint i = 0; i < 400; i++)
    g_string_append (wide, " a");
  assert_refused (wide->str, "at most");
  g_string_free (deep, TRUE);
  g_string_free (wide, TRUE);
}

/* What would take for ever with backtracking takes its few steps, and no more
 * than it is given. */
static void
work_is_bounded (void)
{
  ScriptPattern *pattern =
      pattern_new
      ("* [a] * [a] * [a] * (a|a a) * [a] * [a] * {s} * {t} * (b|c)$");
  GString *said = g_string_new (NULL);
  guint steps = 1000000;
  ScriptWords *words;

  for (guint i = 0; i < 1000; i++)
    g_string_append (said, "a ");
  words = script_words_new (said->str);
  words->n = SCRIPT_MAX_WORDS;
  g_assert_cmpint (script_pattern_match (pattern, words, NULL, &steps), ==, -1);
  g_assert_cmpuint (steps, >, 900000);
  steps = 10;
  g_assert_cmpint (script_pattern_match (pattern, words, NULL, &steps), ==, -1);
  g_assert_cmpuint (steps, ==, 0);
  script_words_free (words);
  script_pattern_free (pattern);
  g_string_free (said, TRUE);
}

static void
make_lists (void)
{
  weekday = script_list_new ();
  g_assert_true (script_list_add (weekday, "tuesday", "Tuesday"));
  g_assert_true (script_list_add (weekday, "tues", "Tuesday"));
  g_assert_true (script_list_add (weekday, "wednesday", "Wednesday"));
  g_assert_true (script_list_add (weekday, "friday", "Friday"));
  yes = script_list_new ();
  g_assert_true (script_list_add (yes, "yeah", NULL));
  g_assert_true (script_list_add (yes, "that is", NULL));
  g_assert_true (script_list_add (yes, "that is right", NULL));
  g_assert_false (script_list_add (yes, "?", NULL));
  g_assert_false (script_list_add (yes, "a b c d e f g h i j k l m", NULL));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  make_lists ();
  g_test_add_func ("/script-match/words", words_are_folded);
  g_test_add_func ("/script-match/strange", no_text_is_too_strange);
  g_test_add_func ("/script-match/groups", words_and_groups);
  g_test_add_func ("/script-match/ends", tied_to_the_ends);
  g_test_add_func ("/script-match/slots", slots_are_kept);
  g_test_add_func ("/script-match/last", the_last_of_equals);
  g_test_add_func ("/script-match/digits", digits_however_spoken);
  g_test_add_func ("/script-match/numbers", numbers_in_words);
  g_test_add_func ("/script-match/email", addresses);
  g_test_add_func ("/script-match/letters", letters_and_answers);
  g_test_add_func ("/script-match/best", the_best_names_most);
  g_test_add_func ("/script-match/faults", faults_are_told);
  g_test_add_func ("/script-match/bounded", work_is_bounded);
  result = g_test_run ();
  script_list_free (weekday);
  script_list_free (yes);
  return result;
}
