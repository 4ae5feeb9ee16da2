/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The user's words: whole ones only, the longest first, with the letter case
 * they ask for; and what is refused.
 */
#include "chunks.h"

static Speakable *
core_with (const gchar * const *pairs, const gchar * tag)
{
  Language *language = tag ? language_load (tag, NULL) : NULL;
  GHashTable *words = g_hash_table_new (g_str_hash, g_str_equal);
  Speakable *core = speakable_new (language);

  for (guint i = 0; pairs[i]; i += 2)
    g_hash_table_insert (words, (gpointer) pairs[i], (gpointer) pairs[i + 1]);
  g_assert_true (speakable_set_lexicon (core, words, NULL));
  speakable_set_clause_words (core, 0);
  g_hash_table_unref (words);
  language_unref (language);
  return core;
}

static const gchar *const pairs[] = {
  "siobhan", "shi-vawn", "New York", "noo york", "new york city", "big apple",
  "VIII", "the eighth", "FBI", "eff bee eye", "sql", "sequel", "MySQL",
  "my sequel", "C++", "see plus plus", "Dr. Who", "doctor who",
  "Yahoo!", "yahoo", "$5", "a fiver", "quiet", "", "o'neil", "oh neil",
  "approx.", "roughly", NULL
};

static void
words (void)
{
  static const SpokenRow rows[] = {
    {"Siobhan came.", "shi-vawn came."},
    {"SIOBHAN came.", "shi-vawn came."},
    {"Siobhan's here.", "shi-vawn's here."},
    {"(Siobhan)", "shi-vawn."},
    {"**Siobhan**", "shi-vawn."},
    {"New York is it.", "noo york is it."},
    {"New\nYork is it.", "noo york is it."},
    {"new york is it.", "new york is it."},
    {"New York City is it.", "big apple is it."},
    {"King Henry VIII", "King Henry the eighth."},
    {"the FBI", "the eff bee eye."},
    {"fbi", "fbi."},
    {"SQL and MySQL", "sequel and my sequel."},
    {"mysql", "mysql."},
    {"sqlite", "sqlite."},
    {"C++ code", "see plus plus code."},
    {"See Dr. Who now. Then go.", "See doctor who now. | Then go."},
    {"I use Yahoo! Mail.", "I use yahoo Mail."},
    {"It costs $5 now.", "It costs a fiver now."},
    {"It costs $50 now.", "It costs fifty dollars now."},
    {"be quiet now", "be now."},
    {"O\u2019Neil", "oh neil."},
    {"approx. 5", "roughly five."},
    {"Approx. Five", "roughly Five."},
  };
  Speakable *core = core_with (pairs, "en");

  check_rows (core, rows, G_N_ELEMENTS (rows));
  speakable_free (core);
}

/* They are spoken in a language that is not known, too. */
static void
words_alone (void)
{
  static const SpokenRow rows[] = {
    {"Siobhan came.", "shi-vawn came."},
    {"\"Siobhan\", yes", "\"shi-vawn\", yes"},
    {"New York!", "noo york!"},
    {"asiobhan", "asiobhan"},
  };
  Speakable *core = core_with (pairs, NULL);

  check_rows (core, rows, G_N_ELEMENTS (rows));
  speakable_free (core);
}

static void
refused (void)
{
  gchar *long_word = g_strnfill (65, 'a');
  gchar *long_spoken = g_strnfill (300, 'a');
  const struct
  {
    const gchar *written;
    const gchar *spoken;
  } rows[] = {
    {"", "x"}, {"  ", "x"}, {long_word, "x"}, {"x", long_spoken},
    {"\xff", "x"}, {"x", "\xff"},
  };
  Speakable *core = core_with (pairs, "en");
  gchar *spoken;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);
    GError *error = NULL;

    g_hash_table_insert (table, (gpointer) rows[i].written,
        (gpointer) rows[i].spoken);
    g_assert_false (speakable_set_lexicon (core, table, &error));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_error_free (error);
    g_hash_table_unref (table);
  }
  speakable_push (core, "Siobhan", -1);
  speakable_finish (core);
  spoken = pull_all (core);
  g_assert_cmpstr (spoken, ==, "shi-vawn.");
  g_free (spoken);

  g_assert_true (speakable_set_lexicon (core, NULL, NULL));
  speakable_push (core, "Siobhan", -1);
  speakable_finish (core);
  spoken = pull_all (core);
  g_assert_cmpstr (spoken, ==, "Siobhan.");
  g_free (spoken);
  speakable_free (core);
  g_free (long_word);
  g_free (long_spoken);
}

static void
too_many (void)
{
  Lexicon *lexicon = lexicon_new ();
  gchar word[32];

  for (guint i = 0; i < 10000; i++) {
    g_snprintf (word, sizeof (word), "w%u", i);
    g_assert_true (lexicon_add (lexicon, word, "x", NULL));
  }
  g_assert_false (lexicon_add (lexicon, "one more", "x", NULL));
  lexicon_free (lexicon);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lexicon/words", words);
  g_test_add_func ("/lexicon/alone", words_alone);
  g_test_add_func ("/lexicon/refused", refused);
  g_test_add_func ("/lexicon/too-many", too_many);
  return g_test_run ();
}
