/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where replies are cut. Each row is a text with a | at every place where a
 * chunk must end, and nowhere else.
 */
#include "chunks.h"

#include <string.h>

typedef struct
{
  const gchar *tag;             /* NULL: an unknown language */
  guint clause_words;
  guint max_chars;
} CutSettings;

/* The sources of all chunks that can be pulled, with | between them. */
static gchar *
pull_sources (Speakable * core)
{
  GString *all = g_string_new (NULL);
  SpeakableChunk chunk;

  while (speakable_pull (core, &chunk)) {
    if (all->len > 0)
      g_string_append_c (all, '|');
    g_string_append (all, chunk.source);
    speakable_chunk_clear (&chunk);
  }
  return g_string_free (all, FALSE);
}

static gchar *
without_cuts (const gchar * row)
{
  gchar **parts = g_strsplit (row, "|", -1);
  gchar *text = g_strjoinv (NULL, parts);

  g_strfreev (parts);
  return text;
}

static void
check_cuts (CutSettings settings, const gchar * const *rows, guint n)
{
  Language *language = settings.tag ? language_load (settings.tag, NULL) : NULL;
  Speakable *core = speakable_new (language);

  g_assert_true (!settings.tag || language);
  speakable_set_clause_words (core, settings.clause_words);
  if (settings.max_chars > 0)
    speakable_set_max_chars (core, settings.max_chars);
  for (guint i = 0; i < n; i++) {
    gchar *text = without_cuts (rows[i]);
    gchar *cuts;

    speakable_push (core, text, -1);
    speakable_finish (core);
    cuts = pull_sources (core);
    if (strcmp (cuts, rows[i]) != 0) {
      g_test_message ("“%s” was cut “%s”", rows[i], cuts);
      g_test_fail ();
    }
    g_free (cuts);
    g_free (text);
  }
  speakable_free (core);
  language_unref (language);
}

static void
ends (void)
{
  static const gchar *const rows[] = {
    "Hello.",
    "Hello. |How are you?",
    "Hello! |How are you? |Fine.",
    "Hello.\n|How are you?",
    "Hello.\n|\nHow are you?",
    "Really?! |Yes.",
    "No!!! |Yes.",
    "Well\u2026 |Then we go.",
    "Well... |Then we go.",
    "Well... then we go.",
    "Well\u2026 then we go.",
    "He said \u201cStop.\u201d |Then he left.",
    "He said \"Stop!\" |Then he left.",
    "\"Stop!\" he said. |\"Why?\" she asked.",
    "(See above.) |Next.",
    "It works (see above). |Next.",
    "Great! \xf0\x9f\x98\x8a |Let's go.",
    "Great!\xf0\x9f\x98\x8a |Let's go.",
    "**Done.** |Next step.",
    "Hi. |**Next** step.",
    "hello. |how are you today. |all is well.",
    "It is over. |\u201cReally?\u201d he said.",
    "One. |Two. |Three.",
    "It costs $5. |That is all.",
    "It is 5. |That is all.",
    "I have 3. |Do you?",
    "See example.com. |It is good.",
    "Ask Jim. |He knows.",
    "I like vitamin C. |It helps.",
    "So do I. |Do you?",
    "It is in the U.S. |We live there.",
    "We met at 5 p.m. |Then we left.",
    "Tea, coffee, etc. |We have it all.",
    "He works for Acme Inc. |They pay well.",
    "He lives on Main St. |It is quiet.",
    "No. |That is wrong.",
    "Yes. |No. |Maybe.",
    "It ended. |3 people left.",
    "\u4f60\u597d\u3002|\u518d\u89c1\u3002",
    "\u4f60\u597d\uff01|\u518d\u89c1",
    "Stop.  |Go.",
    "What? |no.",
    "# Title\n|Text here.",
    "Options:\n|- tea\n|- coffee\n|Choose one.",
    "1. Tea\n|2. Coffee\n|3. Milk",
    "First line\nsecond line.",
  };

  check_cuts ((CutSettings) {
      "en", 0, 0}, rows, G_N_ELEMENTS (rows));
}

static void
no_ends (void)
{
  static const gchar *const rows[] = {
    "Dr. Smith is in.",
    "Ask Dr. Smith. |He knows.",
    "Mr. and Mrs. Jones came.",
    "Prof. Lee, St. Louis, Mt. Fuji.",
    "It costs 3.50 dollars.",
    "It costs $3.50. |OK?",
    "Version 1.2.3 is out.",
    "Use e.g. tea or coffee.",
    "Use e.g. Paris.",
    "That is, i.e. Monday.",
    "Cats vs. Dogs.",
    "See fig. 3 and p. 12.",
    "No. 5 is alive.",
    "J. R. Smith wrote it.",
    "J.R.R. Smith wrote it.",
    "George W. Smith wrote it.",
    "The U.S. Army came.",
    "A Ph.D. student came.",
    "At 5 p.m. Monday we met.",
    "At 5 p.m. on Monday we met.",
    "Visit www.example.com/a.html now.",
    "Mail a.b@example.com now.",
    "Node.js and report.pdf exist.",
    "192.168.1.10 is the address.",
    "On Jan. 5 we met.",
    "On Mon. Jan. 5 we met.",
    "Acme Inc. sells it.",
    "Acme Inc. Paris sells it.",
    "Approx. 5 people came.",
    "It is approx. five.",
    "John Smith Jr. came.",
    "tea, coffee, etc. are here.",
    "He came at 10 a.m. sharp.",
    "Options: 1. Tea 2. Coffee 3. Milk.",
    "So: 1. Tea, 2. Coffee.",
    "\"Really?\" he said.",
    "\"Stop!\" he said.",
    "Gen. Smith met Sen. Jones.",
    "He said \u201cno.\u201d and left.",
    "Wait (really?) for it.",
    "a.m. and p.m. differ.",
    "The 5 ft. tall man.",
    "Lt. Col. Brown.",
    "Smith et al. wrote it.",
    "Is it 3:30? |Yes.",
    "It is 10.",
    "3.",
    "Dr.\nSmith",
  };

  check_cuts ((CutSettings) {
      "en", 0, 0}, rows, G_N_ELEMENTS (rows));
}

static void
first_clause (void)
{
  static const gchar *const rows[] = {
    "Sure, I can help you with that. |What is it?",
    "Sure, I can help, |since I know it, and it is easy. |Next, please, now.",
    "I can help you, |but not now.",
    "I can help you: |call me.",
    "I can help you \u2014 |call me.",
    "I can help you\u2014|call me.",
    "I can help you - |call me.",
    "I can help you; |call me.",
    "Yes! |I can help you, but not now.",
    "It is on March 5, 2026, |in the morning.",
    "It costs about 1,000 dollars, |I think.",
    "At about half past 3:30 we go.",
    "Well, of course, |I can.",
    "They have apples, |2 pears, and more.",
    "\u201cI can help you,\u201d |she said, and did.",
    "A well-known fact it is.",
  };

  check_cuts ((CutSettings) {
      "en", 3, 0}, rows, G_N_ELEMENTS (rows));
}

static void
long_sentences (void)
{
  static const gchar *const rows[] = {
    "one two three four five six |seven eight nine ten eleven |twelve",
    "one two three four five, |six seven eight nine",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|aaaaa",
    "one two three four |and five six seven eight",
    "we went to the shop |and we bought some tea",
    "we went to town; |then we came back again",
    "that will be all of it 10 km |away from us",
    "that will be all of |it 123456 kilometres",
  };

  check_cuts ((CutSettings) {
      "en", 0, 30}, rows, G_N_ELEMENTS (rows));
}

static void
unknown_language (void)
{
  static const gchar *const rows[] = {
    "Ol\u00e1. |Tudo bem? |Sim.",
    "Custa 3.50 agora. |Bom.",
    "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1. |\u03a4\u03b9 "
        "\u03ba\u03ac\u03bd\u03b5\u03b9\u03c2;",
    "\u0645\u0631\u062d\u0628\u0627\u061f |\u0646\u0639\u0645.",
    "J. R. Smith.",
  };

  check_cuts ((CutSettings) {
      NULL, 0, 0}, rows, G_N_ELEMENTS (rows));
}

static void
german (void)
{
  static const gchar *const rows[] = {
    "Am 3. M\u00e4rz kommt er. |Gut.",
    "Das ist z. B. Tee. |Gut.",
    "Das ist z.B. Tee. |Gut.",
    "Er kam am 15. |Das war gut.",
    "Dr. Meier kommt. |Er wartet.",
    "Tee, Kaffee usw. |Das ist alles.",
    "Es kostet 3,50 \u20ac. |Bitte.",
    "Es sind ca. 5 Leute.",
  };

  check_cuts ((CutSettings) {
      "de", 0, 0}, rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sentence/ends", ends);
  g_test_add_func ("/sentence/no-ends", no_ends);
  g_test_add_func ("/sentence/first-clause", first_clause);
  g_test_add_func ("/sentence/long", long_sentences);
  g_test_add_func ("/sentence/unknown-language", unknown_language);
  g_test_add_func ("/sentence/german", german);
  return g_test_run ();
}
