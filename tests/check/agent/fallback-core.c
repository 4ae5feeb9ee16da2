/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which child of a `fallback` works, and what of a sentence, a reply or a
 * transcript is left for the next one.
 */
#include <fallback-core.h>
#include <string.h>

#define S G_USEC_PER_SEC

static gint64
cooling_first (guint child, gpointer data)
{
  return child == 0 ? *(gint64 *) data : 0;
}

static void
the_best_works (void)
{
  FallbackCore core;

  fallback_core_init (&core, 3, 30 * S);
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, NULL, NULL), ==, 0);
  fallback_core_failed (&core, 0, 0);
  g_assert_cmpint (fallback_core_choose (&core, 0, FALSE, NULL, NULL), ==, 1);
  fallback_core_failed (&core, 1, 0);
  g_assert_cmpint (fallback_core_choose (&core, 0, FALSE, NULL, NULL), ==, 2);
  fallback_core_failed (&core, 2, 0);
  g_assert_cmpint (fallback_core_choose (&core, 0, FALSE, NULL, NULL), ==, -1);
  /* In the next piece of work somebody must be asked, whoever failed. */
  fallback_core_fresh (&core);
  g_assert_cmpint (fallback_core_choose (&core, S, TRUE, NULL, NULL), >=, 0);
}

/* It comes back when its time is over, and not before a pause. */
static void
comes_back (void)
{
  FallbackCore core;

  fallback_core_init (&core, 2, 30 * S);
  fallback_core_choose (&core, 0, TRUE, NULL, NULL);
  fallback_core_failed (&core, 0, 0);
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, NULL, NULL), ==, 1);
  fallback_core_fresh (&core);
  g_assert_cmpint (fallback_core_choose (&core, 30 * S - 1, TRUE, NULL, NULL),
      ==, 1);
  g_assert_cmpint (fallback_core_choose (&core, 30 * S, FALSE, NULL, NULL), ==,
      1);
  g_assert_cmpint (fallback_core_choose (&core, 30 * S, TRUE, NULL, NULL), ==,
      0);
}

/* What other calls have seen orders the children at the start of this one. */
static void
others_know (void)
{
  gint64 left = 5 * S;
  FallbackCore core;

  fallback_core_init (&core, 2, 30 * S);
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, cooling_first, &left),
      ==, 1);
  left = 0;
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, cooling_first, &left),
      ==, 0);
  /* Who works is judged by this call. */
  left = 5 * S;
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, cooling_first, &left),
      ==, 0);
  /* Somebody must do it. */
  fallback_core_init (&core, 1, 30 * S);
  g_assert_cmpint (fallback_core_choose (&core, 0, TRUE, cooling_first, &left),
      ==, 0);
}

static void
second (void)
{
  FallbackCore core;

  fallback_core_init (&core, 3, 30 * S);
  fallback_core_choose (&core, 0, TRUE, NULL, NULL);
  g_assert_cmpint (fallback_core_second (&core, 0), ==, 1);
  fallback_core_failed (&core, 1, 0);
  fallback_core_fresh (&core);
  g_assert_cmpint (fallback_core_second (&core, 0), ==, 2);
  g_assert_cmpint (fallback_core_second (&core, 30 * S), ==, 1);
}

static void
words (void)
{
  static const FallbackSpan spans[] = { {0, 100}, {150, 300}, {300, 500} };
  static const struct
  {
    gint64 have, may;
    guint said;
  } rows[] = {
    {0, 0, 0}, {99, 0, 0}, {100, 100, 1}, {120, 120, 1}, {200, 150, 1},
    {300, 300, 2}, {499, 300, 2}, {500, 500, 3}, {900, 900, 3}
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_cmpint (fallback_may_give (spans, 3, rows[i].have), ==,
        rows[i].may);
    g_assert_cmpuint (fallback_words_said (spans, 3, rows[i].have), ==,
        rows[i].said);
  }
  g_assert_cmpint (fallback_may_give (NULL, 0, 77), ==, 77);
  g_assert_cmpuint (fallback_words_known (spans, 3, 0), ==, 0);
  g_assert_cmpuint (fallback_words_known (spans, 3, 51), ==, 1);
  g_assert_cmpuint (fallback_words_known (spans, 3, 225), ==, 1);
  g_assert_cmpuint (fallback_words_known (spans, 3, 999), ==, 3);
}

static void
estimates (void)
{
  g_assert_cmpuint (fallback_words_estimated ("one two three", 0, 10), ==, 0);
  g_assert_cmpuint (fallback_words_estimated ("one two three", S / 2, 10), ==,
      1);
  g_assert_cmpuint (fallback_words_estimated ("one two three", 9 * S, 10), ==,
      3);
  g_assert_cmpuint (fallback_words_estimated ("", 9 * S, 10), ==, 0);
}

static void
rests (void)
{
  g_assert_cmpstr (fallback_rest (" one two  three.", 0, 3), ==,
      "one two  three.");
  g_assert_cmpstr (fallback_rest ("one two  three.", 2, 3), ==, "three.");
  g_assert_cmpstr (fallback_rest ("one two", 2, 2), ==, "");
  g_assert_cmpstr (fallback_rest ("one two", 9, 9), ==, "");
  g_assert_cmpstr (fallback_rest ("", 1, 1), ==, "");
  /* "$50" counts as two words there. */
  g_assert_cmpstr (fallback_rest ("pay $50 now", 3, 4), ==, "now");
  g_assert_cmpstr (fallback_rest ("pay $50 now", 2, 4), ==, "$50 now");
  /* Only the first two are known yet. */
  g_assert_cmpstr (fallback_rest ("a b c d", 2, 2), ==, "c d");
}

static void
overlaps (void)
{
  static const struct
  {
    const gchar *said, *text;
    gboolean complete;
    gssize overlap;
  } rows[] = {
    {"I can help", "", FALSE, -1},
    {"I can help", "", TRUE, 0},
    {"I can help", " you", FALSE, 0},
    {"I can help", "I", FALSE, -1},
    {"I can help", "I can", FALSE, -1},
    {"I can help", "I can do", FALSE, 0},
    {"I can help", "I can help", TRUE, 10},
    {"I can help", "I can help you", FALSE, 10},
    {"I can help ", " I can help you", FALSE, 11},
    {"I can help", "I can helpless", FALSE, 0},
    {"I can help", "can help you", FALSE, 8},
    {"I can help", "can he", FALSE, -1},
    {"I can help", "help me", FALSE, 0},
    {"that that", "that that is", FALSE, 9},
    {"", "anything", FALSE, 0},
    {"Grüß Gott", "Grüß Gott, wie", FALSE, 11},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (fallback_overlap (rows[i].said, rows[i].text,
            rows[i].complete), ==, rows[i].overlap);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fallback-core/best", the_best_works);
  g_test_add_func ("/fallback-core/comes-back", comes_back);
  g_test_add_func ("/fallback-core/others", others_know);
  g_test_add_func ("/fallback-core/second", second);
  g_test_add_func ("/fallback-core/words", words);
  g_test_add_func ("/fallback-core/estimates", estimates);
  g_test_add_func ("/fallback-core/rests", rests);
  g_test_add_func ("/fallback-core/overlaps", overlaps);
  return g_test_run ();
}
