/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call as exchanges, from its journal.
 */
#include "fixture.h"

#include <record-exchange.h>

static Record *
load (const gchar * text)
{
  Record *record = record_new ();
  gchar **lines = g_strsplit (text, "\n", -1);

  for (gchar ** line = lines; *line; line++)
    g_assert_true (record_add_line (record, *line, -1));
  g_strfreev (lines);
  return record;
}

#define AT "\"wall\":\"2026-01-14T09:05:02.262Z\","

/* What was waited for is all of the time before the reply, in order. */
static void
add_up (void)
{
  gchar *path = fixture_path ("journals/clinic.jsonl");
  Record *record = record_new_from_journal (path, NULL);
  GPtrArray *exchanges = record_exchanges (record);
  ExchangeHop hops[EXCHANGE_N_HOPS];
  guint measured = 0;

  for (guint i = 0; i < exchanges->len; i++) {
    const Exchange *exchange = g_ptr_array_index (exchanges, i);
    gint64 sum = 0;

    if (!exchange_hops (exchange, hops))
      continue;
    measured++;
    for (guint k = 0; k < EXCHANGE_N_HOPS; k++) {
      g_assert_cmpint (hops[k].start, ==, sum);
      g_assert_cmpint (hops[k].length, >=, 0);
      sum += hops[k].length;
    }
    g_assert_cmpint (sum, ==, exchange->metrics->part[RECORD_PLAYING]);
  }
  g_assert_cmpuint (measured, ==, 4);
  g_ptr_array_unref (exchanges);
  record_free (record);
  g_free (path);
}

/* A turn that was gone on with has its own exchange and no words of its own;
 * what belongs to no turn has one each time. */
static void
belong (void)
{
  gchar *path = fixture_path ("journals/clinic.jsonl");
  Record *record = record_new_from_journal (path, NULL);
  GPtrArray *exchanges = record_exchanges (record);
  const guint numbers[] = { 0, 1, 2, 4, 0, 5 };
  const Exchange *first, *second, *fourth;

  g_assert_cmpuint (exchanges->len, ==, G_N_ELEMENTS (numbers));
  for (guint i = 0; i < exchanges->len; i++)
    g_assert_cmpuint (((Exchange *) g_ptr_array_index (exchanges, i))->number,
        ==, numbers[i]);
  first = g_ptr_array_index (exchanges, 1);
  second = g_ptr_array_index (exchanges, 2);
  fourth = g_ptr_array_index (exchanges, 3);
  g_assert_null (first->turn);
  g_assert_true (first->merged == second->turn);
  g_assert_cmpint (second->at, ==, 7600000);
  g_assert_cmpuint (second->calls->len, ==, 1);
  g_assert_cmpuint (fourth->speeches->len, ==, 2);
  g_assert_cmpstr (exchange_interruption (record,
          g_ptr_array_index (second->speeches, 0))->reason, ==, "words");
  g_assert_null (exchange_interruption (record,
          g_ptr_array_index (fourth->speeches, 0)));
  g_ptr_array_unref (exchanges);
  record_free (record);
  g_free (path);
}

/* Whatever a journal says, no hop is negative or beyond the reply. */
static void
hostile_metrics (void)
{
  Record *record = load ("{\"at\":9,\"type\":\"turn-metrics\"," AT
      "\"turn\":1,\"speech\":1,\"end-of-speech\":1,\"final\":9,\"commit\":3,"
      "\"first-token\":90000,\"first-audio\":90000,\"playing\":4}\n"
      "{\"at\":9,\"type\":\"turn-metrics\"," AT "\"turn\":2,\"speech\":2,"
      "\"playing\":4}\n{\"at\":9,\"type\":\"tool-call\"," AT
      "\"id\":\"x\",\"name\":\"y\",\"turn\":3}");
  GPtrArray *exchanges = record_exchanges (record);
  ExchangeHop hops[EXCHANGE_N_HOPS];

  g_assert_cmpuint (exchanges->len, ==, 3);
  for (guint i = 0; i < exchanges->len; i++) {
    const Exchange *exchange = g_ptr_array_index (exchanges, i);

    g_assert_true (exchange_hops (exchange, hops) == (exchange->number == 1));
    if (exchange->number != 1)
      continue;
    g_assert_cmpint (hops[EXCHANGE_RECOGNISED].length, ==, 3000000);
    g_assert_cmpint (hops[EXCHANGE_DECIDED].length, ==, 0);
    g_assert_cmpint (hops[EXCHANGE_TOKEN].length, ==, 1000000);
    g_assert_cmpint (hops[EXCHANGE_PLAYOUT].start, ==, 4000000);
  }
  g_ptr_array_unref (exchanges);
  record_free (record);
}

static void
nothing (void)
{
  Record *record = record_new ();
  GPtrArray *exchanges = record_exchanges (record);

  g_assert_cmpuint (exchanges->len, ==, 0);
  g_ptr_array_unref (exchanges);
  record_free (record);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record-exchange/add-up", add_up);
  g_test_add_func ("/record-exchange/belong", belong);
  g_test_add_func ("/record-exchange/hostile-metrics", hostile_metrics);
  g_test_add_func ("/record-exchange/nothing", nothing);
  return g_test_run ();
}
