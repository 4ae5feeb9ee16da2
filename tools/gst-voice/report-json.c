/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The report of a call for programs, as docs/observability.md describes it.
 *
 * Threads: one at a time. Locks: none.
 */
#include "report-call.h"

#include "record-exchange.h"
#include "record-private.h"

static void
write_hops (JsonWriter * json, const Exchange * exchange)
{
  ExchangeHop hops[EXCHANGE_N_HOPS];
  gboolean measured = exchange_hops (exchange, hops);

  json_writer_begin (json, "hops", '[');
  for (guint i = 0; measured && i < EXCHANGE_N_HOPS; i++) {
    json_writer_begin (json, NULL, '{');
    json_writer_string (json, "name", exchange_hop_names[i]);
    json_writer_time (json, "start", hops[i].start);
    json_writer_time (json, "duration", hops[i].length);
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
}

static void
write_calls (JsonWriter * json, const Exchange * exchange)
{
  json_writer_begin (json, "tool_calls", '[');
  for (guint i = 0; i < exchange->calls->len; i++) {
    const RecordCall *call = g_ptr_array_index (exchange->calls, i);

    json_writer_begin (json, NULL, '{');
    json_writer_string (json, "id", call->id);
    json_writer_string (json, "name", call->name);
    json_writer_string (json, "outcome", call->outcome);
    json_writer_time (json, "at", call->at);
    json_writer_time (json, "took", call->took);
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
}

static void
write_speeches (JsonWriter * json, const Record * record,
    const Exchange * exchange)
{
  json_writer_begin (json, "speeches", '[');
  for (guint i = 0; i < exchange->speeches->len; i++) {
    const RecordSpeech *speech = g_ptr_array_index (exchange->speeches, i);
    const RecordInterruption *cut = exchange_interruption (record, speech);

    json_writer_begin (json, NULL, '{');
    json_writer_uint (json, "speech", speech->speech);
    json_writer_string (json, "source", speech->source);
    json_writer_time (json, "at", speech->start);
    json_writer_time (json, "position", speech->position);
    json_writer_string (json, "text", speech->text);
    json_writer_string (json, "rest", speech->rest);
    json_writer_boolean (json, "complete", speech->complete);
    json_writer_string (json, "interrupted", cut ? cut->reason : NULL);
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
}

static void
write_exchange (JsonWriter * json, const Record * record,
    const Exchange * exchange)
{
  const RecordTurn *turn = exchange->turn;
  const RecordMetrics *metrics = exchange->metrics;

  json_writer_begin (json, NULL, '{');
  json_writer_uint (json, "turn", exchange->number);
  json_writer_time (json, "at", exchange->at);
  json_writer_string (json, "text", turn ? turn->text : NULL);
  json_writer_string (json, "no_reply", turn ? turn->no_reply : NULL);
  if (exchange->merged)
    json_writer_uint (json, "went_on", exchange->merged->turn);
  json_writer_time (json, "reply", metrics ? metrics->part[RECORD_PLAYING] :
      JOURNAL_NO_TIME);
  json_writer_time (json, "provider", metrics ?
      metrics->part[RECORD_PROVIDER] : JOURNAL_NO_TIME);
  json_writer_time (json, "own", metrics ? metrics->part[RECORD_OWN] :
      JOURNAL_NO_TIME);
  write_hops (json, exchange);
  write_calls (json, exchange);
  write_speeches (json, record, exchange);
  json_writer_end (json, '}');
}

/**
 * report_call_to_json:
 * @record: a call
 *
 * Returns: (transfer full): the report as an object
 */
gchar *
report_call_to_json (const Record * record)
{
  static const RecordListId lists[] = { RECORD_PROVIDERS, RECORD_FAULTS,
    RECORD_USAGE
  };
  JsonWriter json = {.out = g_string_new (NULL),.open = 2 };
  GPtrArray *exchanges = record_exchanges (record);

  json_writer_begin (&json, NULL, '{');
  record_write_call (&json, record, TRUE);
  json_writer_begin (&json, "exchanges", '[');
  for (guint i = 0; i < exchanges->len; i++)
    write_exchange (&json, record, g_ptr_array_index (exchanges, i));
  json_writer_end (&json, ']');
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    record_write_list (&json, record, lists[i]);
  json_writer_end (&json, '}');
  g_ptr_array_unref (exchanges);
  return g_string_free (json.out, FALSE);
}
