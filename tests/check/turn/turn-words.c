/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What words mean: normal form, back-channel, stop phrases, whether a text is
 * likely to go on (R4), and the form of the lists.
 */
#include "turn-words.h"

#include <gst-voice/data.h>
#include <string.h>

static TurnWords *english;

static void
normal_form (void)
{
  static const struct
  {
    const gchar *text, *normal;
    guint n;
  } rows[] = {
    {"", "", 0}, {" ... ", "", 0}, {"Uh-huh.", "uh huh", 2},
    {"  That\xe2\x80\x99s   IT!", "that's it", 2}, {"'Tis 'so'", "tis so", 2},
    {"john.smith@example.com", "john smith example com", 4},
    {"Stra\xc3\x9f" "e", "strasse", 1},
    {"cafe\xcc\x81", "caf\xc3\xa9", 1}, /* accents composed */
    {"\xd0\x94\xd0\x90, \xd0\xb4\xd0\xb0", "\xd0\xb4\xd0\xb0 \xd0\xb4\xd0\xb0",
        2},
    {"\xe6\x98\x9f\xe6\x9c\x9f" "ok", "\xe6\x98\x9f \xe6\x9c\x9f ok", 3},
    {"a\xff" "b", "a b", 2},    /* not UTF-8 */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint n;
    gchar *normal = turn_words_normalise (rows[i].text, &n);

    g_assert_cmpstr (normal, ==, rows[i].normal);
    g_assert_cmpuint (n, ==, rows[i].n);
    g_free (normal);
  }
}

static gboolean
covers (const TurnWords * words, const gchar * text, TurnWordClass classes)
{
  gchar *normal = turn_words_normalise (text, NULL);
  gboolean covered = turn_words_cover (words, normal, classes);

  g_free (normal);
  return covered;
}

static void
back_channel (void)
{
  static const gchar *const yes[] = {
    "uh-huh", "Uh huh!", "mhm", "MM-HMM.", "Yeah, yeah, right.", "Okay. I see.",
    "oh really", "yes, of course", "That makes sense.", "all right",
    "got it, thanks", "um", "Don't stop.", "go on", "right, that's correct"
  };
  static const gchar *const no[] = {
    "", "no", "yeah but", "okay Tuesday", "I see a problem", "stop", "hello",
    "bye", "what", "right now", "got", "huh?", "no way"
  };
  GString *many = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++) {
    if (!covers (english, yes[i], TURN_WORD_BACK_CHANNEL))
      g_error ("\"%s\" is back-channel", yes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (no); i++) {
    if (covers (english, no[i], TURN_WORD_BACK_CHANNEL))
      g_error ("\"%s\" is no back-channel", no[i]);
  }
  g_assert_true (covers (english, "Bye, thanks!", TURN_WORD_BACK_CHANNEL |
          TURN_WORD_FAREWELL));
  g_assert_true (covers (english, "Hello, good morning.", TURN_WORD_GREETING));
  for (guint i = 0; i < 100; i++)
    g_string_append (many, "yeah ");
  g_assert_false (covers (english, many->str, TURN_WORD_BACK_CHANNEL));
  g_string_free (many, TRUE);
}

/* A phrase inside a longer one must not be found greedily. */
static void
cover_tries_all (void)
{
  TurnWords *words = turn_words_new ();

  g_assert_true (turn_words_add (words, TURN_WORD_POLITE, "a b"));
  g_assert_true (turn_words_add (words, TURN_WORD_POLITE, "a"));
  g_assert_true (turn_words_add (words, TURN_WORD_POLITE, "b c"));
  g_assert_true (turn_words_cover (words, "a b c", TURN_WORD_POLITE));
  g_assert_true (turn_words_cover (words, "a b", TURN_WORD_POLITE));
  g_assert_false (turn_words_cover (words, "a c", TURN_WORD_POLITE));
  g_assert_false (turn_words_cover (words, "a b c", TURN_WORD_STOP));
  turn_words_unref (words);
}

static gboolean
stops (const gchar * text)
{
  gchar *normal = turn_words_normalise (text, NULL);
  gboolean found = turn_words_begin (english, normal, TURN_WORD_STOP,
      TURN_WORD_BACK_CHANNEL | TURN_WORD_HESITATION | TURN_WORD_POLITE);

  g_free (normal);
  return found;
}

static void
stop_phrases (void)
{
  static const gchar *const yes[] = {
    "stop", "Stop it!", "um, stop", "okay okay wait", "Please stop.",
    "hold on a second", "Wait a minute, I", "sorry, hang on", "Excuse me",
    "no no no", "that's enough", "shut up"
  };
  static const gchar *const no[] = {
    "", "don't stop", "I am at the bus stop", "the waiting list", "stopover",
    "yeah", "um", "I can't wait", "go on"
  };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++) {
    if (!stops (yes[i]))
      g_error ("\"%s\" stops", yes[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (no); i++) {
    if (stops (no[i]))
      g_error ("\"%s\" does not stop", no[i]);
  }
}

typedef struct
{
  const gchar *text;
  TurnText judged;
} Judged;

static void
judge_all (const TurnWords * words, const Judged * rows, guint n,
    TurnExpect expect, guint length)
{
  static const gchar *const names[] = { "unknown", "complete", "incomplete" };

  for (guint i = 0; i < n; i++) {
    TurnText judged = turn_words_judge (words, rows[i].text, expect, length);

    if (judged != rows[i].judged)
      g_error ("\"%s\" is %s, not %s (expected: %d, %u)", rows[i].text,
          names[rows[i].judged], names[judged], expect, length);
  }
}

#define JUDGE(words, rows, expect, length) \
    judge_all (words, rows, G_N_ELEMENTS (rows), expect, length)

static void
completeness (void)
{
  static const Judged rows[] = {
    {"", TURN_TEXT_UNKNOWN}, {"...", TURN_TEXT_UNKNOWN},
    {"I'd like to book.", TURN_TEXT_COMPLETE},
    {"I'd like to book", TURN_TEXT_UNKNOWN},
    {"Really?!", TURN_TEXT_COMPLETE},
    {"He said \"yes.\"", TURN_TEXT_COMPLETE},
    {"(That is all.) ", TURN_TEXT_COMPLETE},
    {"That is all, ", TURN_TEXT_INCOMPLETE},
    {"That is all -", TURN_TEXT_INCOMPLETE},
    {"I was thinking\xe2\x80\xa6", TURN_TEXT_INCOMPLETE},
    {"I was thinking...", TURN_TEXT_INCOMPLETE},
    /* what leaves a sentence open */
    {"I'd like to book and", TURN_TEXT_INCOMPLETE},
    {"I'd like to book and.", TURN_TEXT_INCOMPLETE},
    {"Not on Tuesday because", TURN_TEXT_INCOMPLETE},
    {"I want a", TURN_TEXT_INCOMPLETE}, {"It's about my.",
        TURN_TEXT_INCOMPLETE},
    {"with Dr.", TURN_TEXT_INCOMPLETE}, {"I need a doctor.",
        TURN_TEXT_COMPLETE},
    {"I'm going to", TURN_TEXT_INCOMPLETE},
    {"I want to speak with.", TURN_TEXT_INCOMPLETE},
    {"What is it for?", TURN_TEXT_COMPLETE},
    {"Please come in.", TURN_TEXT_COMPLETE}, {"I live in",
        TURN_TEXT_INCOMPLETE},
    {"I think so.", TURN_TEXT_COMPLETE}, {"My name is", TURN_TEXT_INCOMPLETE},
    {"I have been waiting for a while.", TURN_TEXT_COMPLETE},
    /* hesitation */
    {"Well, um", TURN_TEXT_INCOMPLETE}, {"Um.", TURN_TEXT_INCOMPLETE},
    {"Let me check.", TURN_TEXT_INCOMPLETE}, {"Uh-huh.", TURN_TEXT_COMPLETE},
    {"Mm-hmm", TURN_TEXT_UNKNOWN}, {"uh", TURN_TEXT_INCOMPLETE},
    /* dictation */
    {"B E R", TURN_TEXT_INCOMPLETE}, {"B E R.", TURN_TEXT_INCOMPLETE},
    {"4 1 5.", TURN_TEXT_INCOMPLETE}, {"4 1 5", TURN_TEXT_INCOMPLETE},
    {"415-555 2671.", TURN_TEXT_INCOMPLETE},
    {"A table for 6", TURN_TEXT_INCOMPLETE},
    {"A table for 6.", TURN_TEXT_COMPLETE}, {"At 7:30.", TURN_TEXT_COMPLETE},
    {"On the 5th of May.", TURN_TEXT_COMPLETE},
    {"Six.", TURN_TEXT_COMPLETE}, {"Plan B.", TURN_TEXT_COMPLETE},
    /* addresses */
    {"john dot smith at", TURN_TEXT_INCOMPLETE},
    {"john dot", TURN_TEXT_INCOMPLETE},
    {"john dot smith at gmail", TURN_TEXT_INCOMPLETE},
    {"john dot smith at gmail dot com", TURN_TEXT_UNKNOWN},
    {"john@", TURN_TEXT_INCOMPLETE}, {"john@example", TURN_TEXT_INCOMPLETE},
    {"john@example.", TURN_TEXT_INCOMPLETE},
    {"john.smith@example.com", TURN_TEXT_UNKNOWN},
    {"It's john.smith@example.com.", TURN_TEXT_COMPLETE},
    {"john@example.com please", TURN_TEXT_UNKNOWN},
    {"Meet me at noon.", TURN_TEXT_COMPLETE},
    /* other scripts */
    {"\xe5\xa5\xbd\xe7\x9a\x84\xe3\x80\x82", TURN_TEXT_COMPLETE},
    {"\xd8\xa7\xd8\xb9\xd8\x9f", TURN_TEXT_COMPLETE},
    {"\xe5\xa5\xbd\xe3\x80\x81", TURN_TEXT_INCOMPLETE},
  };

  JUDGE (english, rows, TURN_EXPECT_OPEN, 0);
}

static void
expectations (void)
{
  static const Judged yes_no[] = {
    {"yeah", TURN_TEXT_COMPLETE}, {"no thanks", TURN_TEXT_COMPLETE},
    {"I don't think so", TURN_TEXT_COMPLETE}, {"yes please",
        TURN_TEXT_COMPLETE},
    {"yes but", TURN_TEXT_INCOMPLETE}, {"yes Tuesday", TURN_TEXT_UNKNOWN},
  };
  static const Judged digits[] = {
    {"4 1 5", TURN_TEXT_INCOMPLETE}, {"415 555 2671", TURN_TEXT_COMPLETE},
    {"415-555-2671.", TURN_TEXT_COMPLETE},
    {"four one five double five five two six seven one", TURN_TEXT_COMPLETE},
    {"four one five, triple five, two six seven oh.", TURN_TEXT_COMPLETE},
    {"twenty five twelve thirty", TURN_TEXT_INCOMPLETE},
    {"forty one fifty five twenty six seventy one fifty", TURN_TEXT_COMPLETE},
    {"double 5 1234567", TURN_TEXT_INCOMPLETE},
    {"double 5 12345678", TURN_TEXT_COMPLETE},
    {"I don't have it.", TURN_TEXT_COMPLETE},
    {"my number is", TURN_TEXT_INCOMPLETE},
  };
  static const Judged spelling[] = {
    {"B E R", TURN_TEXT_INCOMPLETE}, {"B E R G", TURN_TEXT_COMPLETE},
    {"B, double E, R.", TURN_TEXT_COMPLETE}, {"no idea.", TURN_TEXT_COMPLETE},
  };
  static const Judged email[] = {
    {"john.smith@example.com", TURN_TEXT_COMPLETE},
    {"john at example dot com", TURN_TEXT_COMPLETE},
    {"john at", TURN_TEXT_INCOMPLETE}, {"john at example",
        TURN_TEXT_INCOMPLETE},
    {"john dot smith.", TURN_TEXT_INCOMPLETE},
    {"I have none.", TURN_TEXT_COMPLETE},
  };
  static const Judged name[] = {
    {"Ann Berg", TURN_TEXT_COMPLETE}, {"Ann", TURN_TEXT_UNKNOWN},
    {"my name is", TURN_TEXT_INCOMPLETE}, {"Ann.", TURN_TEXT_COMPLETE},
  };
  static const Judged open_digits[] = {
    {"4 1 5 5", TURN_TEXT_INCOMPLETE}, {"It was 7.", TURN_TEXT_COMPLETE},
  };

  JUDGE (english, yes_no, TURN_EXPECT_YES_NO, 0);
  JUDGE (english, digits, TURN_EXPECT_DIGITS, 10);
  JUDGE (english, spelling, TURN_EXPECT_SPELLING, 4);
  JUDGE (english, email, TURN_EXPECT_EMAIL, 0);
  JUDGE (english, name, TURN_EXPECT_NAME, 2);
  JUDGE (english, open_digits, TURN_EXPECT_DIGITS, 0);
}

/* Without lists only punctuation, digits and letters count. */
static void
unknown_language (void)
{
  static const Judged rows[] = {
    {"I'd like to book and", TURN_TEXT_UNKNOWN},
    {"I'd like to book.", TURN_TEXT_COMPLETE}, {"4 1 5", TURN_TEXT_INCOMPLETE},
    {"Bitte,", TURN_TEXT_INCOMPLETE},
  };
  TurnWords *none = turn_words_new ();

  JUDGE (none, rows, TURN_EXPECT_OPEN, 0);
  g_assert_false (covers (none, "yeah", TURN_WORD_BACK_CHANNEL));
  turn_words_unref (none);
}

static void
bounds (void)
{
  TurnWords *words = turn_words_new ();
  gchar *phrase = g_strnfill (97, 'a');
  guint n = 0;

  g_assert_false (turn_words_add (words, TURN_WORD_STOP, ""));
  g_assert_false (turn_words_add (words, TURN_WORD_STOP, "?!"));
  g_assert_false (turn_words_add (words, TURN_WORD_STOP, "1 2 3 4 5 6 7"));
  g_assert_false (turn_words_add (words, TURN_WORD_STOP, phrase));
  phrase[96] = 0;
  g_assert_true (turn_words_add (words, TURN_WORD_STOP, phrase));
  g_assert_true (covers (words, phrase, TURN_WORD_STOP));
  g_free (phrase);
  do {
    phrase = g_strdup_printf ("w%u", n++);
    if (!turn_words_add (words, TURN_WORD_STOP, phrase))
      n |= 1u << 31;
    g_free (phrase);
  } while (n < 10000);
  g_assert_cmpuint (n & ~(1u << 31), ==, 4096);
  turn_words_unref (words);
}

static void
bad_lists (void)
{
  static const struct
  {
    const gchar *json;
    gint code;
  } rows[] = {
    {"", TURN_WORDS_ERROR_JSON}, {"{", TURN_WORDS_ERROR_JSON},
    {"[]", TURN_WORDS_ERROR_JSON}, {"{\"stop\": 1}", TURN_WORDS_ERROR_JSON},
    {"{\"stop\": [1]}", TURN_WORDS_ERROR_JSON},
    {"{\"stop\": [null]}", TURN_WORDS_ERROR_JSON},
    {"{\"stops\": []}", TURN_WORDS_ERROR_KEY},
    {"{\"stop\": [\"\"]}", TURN_WORDS_ERROR_SIZE},
    {"{\"stop\": [\"a b c d e f g\"]}", TURN_WORDS_ERROR_SIZE},
  };
  gchar *spaces = g_strnfill (300000, ' ');
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_null (turn_words_new_from_json (rows[i].json, &error));
    g_assert_error (error, TURN_WORDS_ERROR, rows[i].code);
    g_clear_error (&error);
  }
  g_assert_null (turn_words_new_from_json (spaces, &error));
  g_assert_error (error, TURN_WORDS_ERROR, TURN_WORDS_ERROR_SIZE);
  g_clear_error (&error);
  g_free (spaces);
}

static void
good_lists (void)
{
  GError *error = NULL;
  TurnWords *words = turn_words_new_from_json ("{\"_about\": 1, "
      "\"stop\": [\"Halt!\", \"Moment mal\"], \"article\": [\"der\"]}",
      &error);
  TurnWords *same;

  g_assert_no_error (error);
  same = turn_words_ref (words);
  turn_words_unref (words);
  g_assert_true (covers (same, "HALT, moment-mal", TURN_WORD_STOP));
  g_assert_cmpint (turn_words_judge (same, "Das ist der.", TURN_EXPECT_OPEN,
          0), ==, TURN_TEXT_INCOMPLETE);
  turn_words_unref (same);
}

int
main (int argc, char **argv)
{
  gchar *path, *json;
  GError *error = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  path = gst_voice_data_path ("language/en/turn.json");
  g_file_get_contents (path, &json, NULL, &error);
  g_assert_no_error (error);
  english = turn_words_new_from_json (json, &error);
  g_assert_no_error (error);
  g_test_add_func ("/turn-words/normal-form", normal_form);
  g_test_add_func ("/turn-words/back-channel", back_channel);
  g_test_add_func ("/turn-words/cover-tries-all", cover_tries_all);
  g_test_add_func ("/turn-words/stop-phrases", stop_phrases);
  g_test_add_func ("/turn-words/completeness", completeness);
  g_test_add_func ("/turn-words/expectations", expectations);
  g_test_add_func ("/turn-words/unknown-language", unknown_language);
  g_test_add_func ("/turn-words/bounds", bounds);
  g_test_add_func ("/turn-words/bad-lists", bad_lists);
  g_test_add_func ("/turn-words/good-lists", good_lists);
  result = g_test_run ();
  turn_words_unref (english);
  g_free (json);
  g_free (path);
  return result;
}
