/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order of items.
 */
#include "openai-stt-items.h"

static void
assert_first (OpenaiSttItems * items, const gchar * id)
{
  OpenaiSttItem *first = openai_stt_items_first (items);

  g_assert_cmpstr (first ? first->id : NULL, ==, id);
}

static void
test_each_names_the_one_before (void)
{
  OpenaiSttItems *items = openai_stt_items_new ();

  openai_stt_items_add (items, "c", NULL);
  openai_stt_items_add (items, "a", NULL);
  openai_stt_items_add (items, "b", "a");
  openai_stt_items_add (items, "c", "b");
  for (const gchar * id = "a\0b\0c\0"; *id; id += 2) {
    assert_first (items, id);
    openai_stt_items_drop_first (items);
  }
  assert_first (items, NULL);
  openai_stt_items_free (items);
}

static void
test_what_is_over_stays_so (void)
{
  OpenaiSttItems *items = openai_stt_items_new ();

  g_assert_null (openai_stt_items_add (items, NULL, NULL));
  openai_stt_items_add (items, "a", "a");
  g_assert_false (openai_stt_items_owe (items));
  openai_stt_items_first (items)->over = TRUE;
  g_assert_true (openai_stt_items_owe (items));
  openai_stt_items_drop_first (items);
  g_assert_null (openai_stt_items_add (items, "a", NULL));
  g_assert_null (openai_stt_items_find (items, "a"));
  openai_stt_items_clear (items);
  g_assert_nonnull (openai_stt_items_add (items, "a", NULL));
  openai_stt_items_free (items);
}

static void
test_there_is_an_end_of_them (void)
{
  OpenaiSttItems *items = openai_stt_items_new ();
  guint n = 0;

  for (guint i = 0; i < 1000; i++) {
    gchar *id = g_strdup_printf ("%u", i);

    n += openai_stt_items_add (items, id, "0") != NULL;
    g_free (id);
  }
  g_assert_cmpuint (n, ==, 64);
  openai_stt_items_free (items);
}

static void
test_nobody_says_that_much (void)
{
  OpenaiSttItems *items = openai_stt_items_new ();
  OpenaiSttItem *item = openai_stt_items_add (items, "a", NULL);
  gchar *kilobyte = g_strnfill (1024, 'x');
  guint taken = 0;

  while (taken < 1000 && openai_stt_item_take_text (item, kilobyte, FALSE))
    taken++;
  g_assert_cmpuint (taken, ==, 64);
  g_assert_cmpuint (item->text->len, ==, 64 * 1024);
  g_assert_true (openai_stt_item_take_text (item, "all of it", TRUE));
  g_assert_cmpstr (item->text->str, ==, "all of it");
  openai_stt_items_free (items);
  g_free (kilobyte);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/openai-stt-items/" #name, test_##name)
  ADD (each_names_the_one_before);
  ADD (what_is_over_stays_so);
  ADD (there_is_an_end_of_them);
  ADD (nobody_says_that_much);
  return g_test_run ();
}
