/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is kept of an answer of a realtime session: whole samples whatever the
 * pieces, and what the service is told of what was heard.
 */
#include "realtime-answer.h"

#include <string.h>

static void
give (RealtimeAnswer * a, const gchar * item, gsize bytes)
{
  GBytes *sound = g_bytes_new_take (g_malloc0 (bytes), bytes);

  g_bytes_unref (realtime_answer_sound (a, item, sound));
  g_bytes_unref (sound);
}

static void
half_a_sample_waits_for_the_other_half (void)
{
  static const gchar *const pieces[] = { "abc", "d", "", "e", "fg", "h" };
  static const gchar *const out[] = { "ab", "cd", "", "", "ef", "gh" };
  RealtimeAnswer *a = realtime_answer_new ();

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++) {
    GBytes *in = g_bytes_new_static (pieces[i], strlen (pieces[i]));
    GBytes *is = realtime_answer_sound (a, "i", in);
    gsize size;
    const gchar *data = g_bytes_get_data (is, &size);

    g_assert_cmpuint (size, ==, strlen (out[i]));
    g_assert_cmpint (size ? memcmp (data, out[i], size) : 0, ==, 0);
    g_bytes_unref (in);
    g_bytes_unref (is);
  }
  realtime_answer_free (a);
}

/* @expected: the beginnings of the events, or NULL */
static void
assert_told (RealtimeAnswer * a, guint ms, const gchar * first,
    const gchar * second)
{
  GPtrArray *events = realtime_answer_heard (a, ms);
  const gchar *expected[] = { first, second };

  for (guint i = 0; i < events->len; i++) {
    g_assert_nonnull (expected[i]);
    g_assert_nonnull (strstr (g_ptr_array_index (events, i), expected[i]));
  }
  g_assert_true (events->len == 2 || !expected[events->len]);
  g_ptr_array_unref (events);
}

static void
what_was_not_heard_is_forgotten (void)
{
  RealtimeAnswer *a = realtime_answer_new ();

  realtime_answer_add_item (a, "one");
  realtime_answer_add_item (a, "one");
  give (a, "one", 48000);
  give (a, "two", 48001);
  g_assert_cmpuint (a->items->len, ==, 2);
  assert_told (a, 0, "delete\",\"item_id\":\"one\"",
      "delete\",\"item_id\":\"two\"");
  assert_told (a, 300, "truncate\",\"item_id\":\"one\",\"content_index\":0,"
      "\"audio_end_ms\":300", "delete\",\"item_id\":\"two\"");
  assert_told (a, 1000, "delete\",\"item_id\":\"two\"", NULL);
  assert_told (a, 1001, "truncate\",\"item_id\":\"two\",\"content_index\":0,"
      "\"audio_end_ms\":1}", NULL);
  assert_told (a, 2000, NULL, NULL);
  assert_told (a, G_MAXUINT, NULL, NULL);
  realtime_answer_free (a);
}

static void
no_more_is_held_than_it_may (void)
{
  RealtimeAnswer *a = realtime_answer_new ();
  guint n = 0;
  OpenaiRealtimeEvent *e;

  do {
    e = openai_realtime_event_parse ("{}", 2);
    e->audio = g_bytes_new_take (g_malloc0 (1024 * 1024), 1024 * 1024);
    n++;
  } while (realtime_answer_hold (a, e));
  g_assert_cmpuint (n, ==, 8);
  for (guint i = 0; i < 100; i++) {
    gchar *id = g_strdup_printf ("%u", i);

    realtime_answer_add_item (a, id);
    g_free (id);
  }
  g_assert_cmpuint (a->items->len, ==, REALTIME_ANSWER_MAX_ITEMS);
  realtime_answer_free (a);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/realtime-answer/samples",
      half_a_sample_waits_for_the_other_half);
  g_test_add_func ("/realtime-answer/heard", what_was_not_heard_is_forgotten);
  g_test_add_func ("/realtime-answer/bounds", no_more_is_held_than_it_may);
  return g_test_run ();
}
