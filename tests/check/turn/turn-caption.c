/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which segments of captions come of turns that grow, merge and come to
 * nothing.
 */
#include <turn-caption.h>

#define MS(ms) (G_GINT64_CONSTANT (1000000) * (ms))

typedef struct
{
  TurnCaption *caption;
  GString *told;
} Fixture;

static void
on_caption (guint segment, const gchar * text, gboolean final, gpointer data)
{
  g_string_append_printf (data, "%u '%s'%s\n", segment, text,
      final ? " final" : "");
}

static void
begin (Fixture * f)
{
  f->told = g_string_new (NULL);
  f->caption = turn_caption_new (on_caption, f->told);
}

static void
expect (Fixture * f, const gchar * told)
{
  g_assert_cmpstr (f->told->str, ==, told);
  g_string_truncate (f->told, 0);
}

static void
end (Fixture * f)
{
  expect (f, "");
  turn_caption_free (f->caption);
  g_string_free (f->told, TRUE);
}

static void
growing (void)
{
  Fixture f;

  begin (&f);
  turn_caption_show (f.caption, 0, "", 1, 0);
  turn_caption_show (f.caption, 0, NULL, 0, 0);
  expect (&f, "");
  turn_caption_show (f.caption, 0, "A", 1, 0);
  turn_caption_show (f.caption, MS (1000), "A table", 1, 0);
  turn_caption_show (f.caption, MS (2000), "A table", 1, 0);
  /* Its proposal was withdrawn: another number, the same segment. */
  turn_caption_show (f.caption, MS (3000), "A table for", 2, 0);
  turn_caption_commit (f.caption, "A table for two.", 2, 0);
  turn_caption_show (f.caption, MS (4000), NULL, 0, 0);
  expect (&f, "1 'A'\n1 'A table'\n1 'A table for'\n"
      "1 'A table for two.' final\n");
  turn_caption_correct (f.caption, "A table for too.", 1);
  turn_caption_correct (f.caption, "A table for six.", 2);
  expect (&f, "1 'A table for six.' final\n");
  /* Written, so without a caption before. */
  turn_caption_commit (f.caption, "At ten.", 3, 0);
  expect (&f, "3 'At ten.' final\n");
  end (&f);
}

/* The latest of many wordings, ten times a second. */
static void
hurry (void)
{
  Fixture f;

  begin (&f);
  turn_caption_show (f.caption, 0, "A", 1, 0);
  turn_caption_show (f.caption, MS (10), "A b", 1, 0);
  turn_caption_show (f.caption, MS (20), "A b c", 1, 0);
  expect (&f, "1 'A'\n");
  g_assert_cmpint (turn_caption_flush (f.caption, MS (20)), ==, MS (100));
  g_assert_cmpint (turn_caption_flush (f.caption, MS (100)), ==, -1);
  g_assert_cmpint (turn_caption_flush (f.caption, MS (300)), ==, -1);
  expect (&f, "1 'A b c'\n");
  /* What is final does not wait, and nothing follows it. */
  turn_caption_show (f.caption, MS (110), "A b c d", 1, 0);
  turn_caption_commit (f.caption, "A b c d e", 1, 0);
  g_assert_cmpint (turn_caption_flush (f.caption, MS (900)), ==, -1);
  expect (&f, "1 'A b c d e' final\n");
  end (&f);
}

static void
merging (void)
{
  Fixture f;

  begin (&f);
  turn_caption_commit (f.caption, "A table.", 1, 0);
  turn_caption_show (f.caption, 0, "A table. For", 2, 1);
  turn_caption_commit (f.caption, "A table. For two.", 2, 1);
  expect (&f, "1 'A table.' final\n1 'A table. For'\n"
      "1 'A table. For two.' final\n");
  /* The reply is heard before the words are known: no merge. */
  turn_caption_show (f.caption, MS (500), "A table. For two. And", 3, 2);
  turn_caption_show (f.caption, MS (1000), "And six", 3, 0);
  turn_caption_commit (f.caption, "And six chairs.", 3, 0);
  expect (&f, "1 'A table. For two. And'\n1 'A table. For two.' final\n"
      "3 'And six'\n3 'And six chairs.' final\n");
  /* It was not heard after all. */
  turn_caption_show (f.caption, MS (2000), "No", 4, 0);
  turn_caption_show (f.caption, MS (3000), "And six chairs. No", 4, 3);
  turn_caption_commit (f.caption, "And six chairs. No, five.", 4, 3);
  expect (&f, "4 'No'\n4 '' final\n3 'And six chairs. No'\n"
      "3 'And six chairs. No, five.' final\n");
  turn_caption_show (f.caption, MS (4000), "Or", 5, 0);
  turn_caption_commit (f.caption, "And six chairs. No, five. Or four.", 5, 4);
  expect (&f, "5 'Or'\n5 '' final\n"
      "3 'And six chairs. No, five. Or four.' final\n");
  end (&f);
}

static void
nothing (void)
{
  Fixture f;

  begin (&f);
  /* Words that are no turn stand; the next ones have the next number. */
  turn_caption_show (f.caption, 0, "Uh-huh", 1, 0);
  turn_caption_show (f.caption, MS (1000), NULL, 0, 0);
  turn_caption_commit (f.caption, "Hello.", 1, 0);
  expect (&f, "1 'Uh-huh'\n1 'Uh-huh' final\n2 'Hello.' final\n");
  /* Words that the recogniser takes back do not. */
  turn_caption_show (f.caption, MS (2000), "Ha", 2, 0);
  turn_caption_show (f.caption, MS (3000), "", 2, 0);
  turn_caption_show (f.caption, MS (4000), NULL, 0, 0);
  expect (&f, "3 'Ha'\n3 ''\n3 '' final\n");
  /* Nor do those that seemed to go on with the last turn. */
  turn_caption_show (f.caption, MS (5000), "Hello. Uh", 3, 1);
  turn_caption_show (f.caption, MS (6000), NULL, 0, 0);
  expect (&f, "2 'Hello. Uh'\n2 'Hello.' final\n");
  end (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/turn-caption/growing", growing);
  g_test_add_func ("/turn-caption/hurry", hurry);
  g_test_add_func ("/turn-caption/merging", merging);
  g_test_add_func ("/turn-caption/nothing", nothing);
  return g_test_run ();
}
