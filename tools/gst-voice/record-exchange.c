/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call as exchanges: what the caller said, what he waited for, what the agent
 * did and said. It follows from the record alone.
 *
 * Threads: one at a time. Locks: none.
 */
#include "record-exchange.h"

const gchar *const exchange_hop_names[EXCHANGE_N_HOPS] = {
  "recognised", "decided", "first_token", "first_sentence", "first_sound",
  "playout"
};

/* How the list is made: which exchange a number means. */
typedef struct
{
  GPtrArray *list;
  GHashTable *by_number;
} Exchanges;

static void
exchange_free (gpointer data)
{
  Exchange *exchange = data;

  g_ptr_array_unref (exchange->speeches);
  g_ptr_array_unref (exchange->calls);
  g_free (exchange);
}

/* What belongs to no turn is an exchange each time. */
static Exchange *
get (Exchanges * all, guint number, gint64 at)
{
  Exchange *exchange = number ? g_hash_table_lookup (all->by_number,
      GUINT_TO_POINTER (number)) : NULL;

  if (exchange)
    return exchange;
  exchange = g_new0 (Exchange, 1);
  exchange->number = number;
  exchange->at = at;
  exchange->speeches = g_ptr_array_new ();
  exchange->calls = g_ptr_array_new ();
  g_ptr_array_add (all->list, exchange);
  if (number)
    g_hash_table_insert (all->by_number, GUINT_TO_POINTER (number), exchange);
  return exchange;
}

static void
take_turns (Exchanges * all, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_TURNS); i++) {
    const RecordTurn *turn = record_item (record, RECORD_TURNS, i);
    gboolean known = turn->end != JOURNAL_NO_TIME && turn->end <= turn->at;

    get (all, turn->turn, known ? turn->end : turn->at)->turn = turn;
  }
}

static void
take_speeches (Exchanges * all, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_SPEECHES); i++) {
    RecordSpeech *speech = record_item (record, RECORD_SPEECHES, i);

    g_ptr_array_add (get (all, speech->turn, speech->at)->speeches, speech);
  }
}

static void
take_calls (Exchanges * all, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_CALLS); i++) {
    RecordCall *call = record_item (record, RECORD_CALLS, i);

    g_ptr_array_add (get (all, call->turn, call->at)->calls, call);
  }
}

/* Of a turn that said something twice the first is what was waited for. */
static void
take_metrics (Exchanges * all, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_METRICS); i++) {
    const RecordMetrics *metrics = record_item (record, RECORD_METRICS, i);
    Exchange *exchange = get (all, metrics->turn, metrics->end_of_speech);

    if (exchange->metrics)
      continue;
    exchange->metrics = metrics;
    if (metrics->end_of_speech != JOURNAL_NO_TIME)
      exchange->at = metrics->end_of_speech;
  }
}

static void
take_merged (Exchanges * all, const Record * record)
{
  for (guint i = 0; i < record_length (record, RECORD_TURNS); i++) {
    const RecordTurn *turn = record_item (record, RECORD_TURNS, i);

    for (guint k = 0; k < turn->merged->len; k++) {
      Exchange *exchange = g_hash_table_lookup (all->by_number,
          GUINT_TO_POINTER (g_array_index (turn->merged, guint, k)));

      if (exchange && !exchange->turn)
        exchange->merged = turn;
    }
  }
}

static gint
by_time (gconstpointer a, gconstpointer b)
{
  const Exchange *x = *(const Exchange * const *) a;
  const Exchange *y = *(const Exchange * const *) b;

  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

/**
 * record_exchanges:
 * @record: a record, which must outlive them
 *
 * Returns: (transfer full) (element-type Exchange): by time
 */
GPtrArray *
record_exchanges (const Record * record)
{
  Exchanges all = {.list = g_ptr_array_new_with_free_func (exchange_free),
    .by_number = g_hash_table_new (NULL, NULL)
  };

  take_turns (&all, record);
  take_speeches (&all, record);
  take_calls (&all, record);
  take_metrics (&all, record);
  take_merged (&all, record);
  g_hash_table_unref (all.by_number);
  g_ptr_array_sort (all.list, by_time);
  return all.list;
}

/**
 * exchange_hops:
 * @exchange: one of record_exchanges()
 * @hops: (out): what was waited for; together they are the time until the reply
 *
 * Returns: whether it was measured
 */
gboolean
exchange_hops (const Exchange * exchange, ExchangeHop hops[EXCHANGE_N_HOPS])
{
  const RecordMetrics *m = exchange->metrics;
  gint64 ends[EXCHANGE_N_HOPS], last = 0, all;

  if (!m || m->end_of_speech == JOURNAL_NO_TIME
      || m->part[RECORD_PLAYING] == JOURNAL_NO_TIME)
    return FALSE;
  all = m->part[RECORD_PLAYING];
  /* A final may come after the commit, and what was there before it cost
   * nothing; nobody's journal may make a sum wrap. */
  ends[EXCHANGE_DECIDED] = CLAMP (m->part[RECORD_COMMITTED], 0, all);
  ends[EXCHANGE_RECOGNISED] = CLAMP (m->part[RECORD_FINAL], 0,
      ends[EXCHANGE_DECIDED]);
  for (guint i = EXCHANGE_TOKEN; i <= EXCHANGE_SOUND; i++) {
    gint64 part = m->part[RECORD_FIRST_TOKEN + i - EXCHANGE_TOKEN];

    ends[i] = ends[i - 1] + CLAMP (part, 0, all - ends[i - 1]);
  }
  ends[EXCHANGE_PLAYOUT] = all;
  for (guint i = 0; i < EXCHANGE_N_HOPS; i++) {
    hops[i].start = last;
    hops[i].length = ends[i] - last;
    last = ends[i];
  }
  return TRUE;
}

/**
 * exchange_interruption:
 * @record: a record
 * @speech: one of its speeches
 *
 * Returns: (transfer none) (nullable): what cut it off
 */
const RecordInterruption *
exchange_interruption (const Record * record, const RecordSpeech * speech)
{
  for (guint i = 0; speech->interrupted
      && i < record_length (record, RECORD_INTERRUPTIONS); i++) {
    const RecordInterruption *interruption = record_item (record,
        RECORD_INTERRUPTIONS, i);

    if (interruption->speech == speech->speech)
      return interruption;
  }
  return NULL;
}
