/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An exchange of a call as a trace of OpenTelemetry, in the JSON encoding of
 * OTLP: a span for the turn and one below it for each thing that was waited
 * for. Spans have the names of livekit-agents' where those exist, attributes
 * those of the semantic conventions for gen_ai, and then livekit-agents' own.
 * The same exchange always has the same ids, so that what is sent twice is
 * there once.
 *
 * Threads: one at a time. Locks: none.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "trace.h"

#include "json-writer.h"

#include <string.h>

/* Of OTLP's enums, which are numbers in JSON. */
#define KIND_INTERNAL 1
#define KIND_CLIENT 3
#define STATUS_ERROR 2

#define ID_CHARS 16

typedef struct
{
  const TraceCall *call;
  const Exchange *exchange;
  const TraceUsage *usage;
  JsonWriter json;
  gchar *trace;                 /* 32 hexadecimal digits */
  gchar root[ID_CHARS + 1];
  guint spans;
  gint64 start, end;            /* of all, running time */
} Trace;

static void
begin_attribute (Trace * t, const gchar * key)
{
  json_writer_begin (&t->json, NULL, '{');
  json_writer_string (&t->json, "key", key);
  json_writer_begin (&t->json, "value", '{');
}

static void
end_attribute (Trace * t)
{
  json_writer_end (&t->json, '}');
  json_writer_end (&t->json, '}');
}

static void
add_string (Trace * t, const gchar * key, const gchar * value)
{
  if (!value || !*value)
    return;
  begin_attribute (t, key);
  json_writer_string (&t->json, "stringValue", value);
  end_attribute (t);
}

/* What was said: only if it is wanted. */
static void
add_content (Trace * t, const gchar * key, const gchar * value)
{
  if (t->call->content)
    add_string (t, key, value);
}

static void
add_integer (Trace * t, const gchar * key, guint64 value)
{
  gchar *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);

  begin_attribute (t, key);
  json_writer_string (&t->json, "intValue", text);
  end_attribute (t);
  g_free (text);
}

static void
add_count (Trace * t, const gchar * key, guint64 value)
{
  if (value > 0)
    add_integer (t, key, value);
}

static void
add_number (Trace * t, const gchar * key, gdouble value)
{
  begin_attribute (t, key);
  json_writer_number (&t->json, "doubleValue", value);
  end_attribute (t);
}

static void
add_seconds (Trace * t, const gchar * key, gint64 time)
{
  if (time != JOURNAL_NO_TIME)
    add_number (t, key, (gdouble) time / G_USEC_PER_SEC);
}

static void
add_boolean (Trace * t, const gchar * key, gboolean value)
{
  begin_attribute (t, key);
  json_writer_boolean (&t->json, "boolValue", value);
  end_attribute (t);
}

static void
make_id (const Trace * t, guint n, gchar id[ID_CHARS + 1])
{
  gchar *name = g_strdup_printf ("%s/%u", t->trace, n);
  gchar *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  g_strlcpy (id, sum, ID_CHARS + 1);
  g_free (sum);
  g_free (name);
}

static void
write_time (Trace * t, const gchar * name, gint64 time)
{
  gchar *text = g_strdup_printf ("%" G_GINT64_FORMAT "000",
      MAX (t->call->epoch + time, 0));

  json_writer_string (&t->json, name, text);
  g_free (text);
}

/* Leaves its attributes open. */
static void
write_head (Trace * t, const gchar * name, const gchar * id, guint kind,
    gint64 start, gint64 end)
{
  json_writer_begin (&t->json, NULL, '{');
  json_writer_string (&t->json, "traceId", t->trace);
  json_writer_string (&t->json, "spanId", id);
  if (id != t->root)
    json_writer_string (&t->json, "parentSpanId", t->root);
  json_writer_string (&t->json, "name", name);
  json_writer_uint (&t->json, "kind", kind);
  write_time (t, "startTimeUnixNano", start);
  write_time (t, "endTimeUnixNano", end);
  json_writer_begin (&t->json, "attributes", '[');
}

static void
begin_span (Trace * t, const gchar * name, guint kind, gint64 start, gint64 end)
{
  gchar id[ID_CHARS + 1];

  end = MAX (start, end);
  make_id (t, ++t->spans, id);
  write_head (t, name, id, kind, start, end);
  t->start = MIN (t->start, start);
  t->end = MAX (t->end, end);
}

/* @failure: (nullable): why what it stands for has failed */
static void
end_span (Trace * t, const gchar * failure)
{
  if (failure)
    add_string (t, "error.type", failure);
  json_writer_end (&t->json, ']');
  if (failure) {
    json_writer_begin (&t->json, "status", '{');
    json_writer_uint (&t->json, "code", STATUS_ERROR);
    json_writer_string (&t->json, "message", failure);
    json_writer_end (&t->json, '}');
  }
  json_writer_end (&t->json, '}');
}

/* The conventions' names of services; ours are those of elements. */
static void
add_provider (Trace * t, const gchar * factory)
{
  gsize length = factory ? strlen (factory) : 0;
  gchar *name;

  if (length <= 3)
    return;
  name = strcmp (factory, "geminillm") == 0 ? g_strdup ("gcp.gemini") :
      g_strndup (factory, length - 3);
  add_string (t, "gen_ai.provider.name", name);
  g_free (name);
}

/* What was recognised last before the turn was decided. */
static const RecordFinal *
find_final (const Trace * t)
{
  const Record *record = t->call->record;
  const RecordTurn *turn = t->exchange->turn;

  for (guint i = record_length (record, RECORD_FINALS); turn && i > 0; i--) {
    const RecordFinal *final = record_item (record, RECORD_FINALS, i - 1);

    if (final->at <= turn->at)
      return final;
  }
  return NULL;
}

static void
write_caller (Trace * t)
{
  const RecordTurn *turn = t->exchange->turn;
  const RecordFinal *final = find_final (t);

  if (!turn)
    return;
  begin_span (t, "user_turn", KIND_INTERNAL, turn->start != JOURNAL_NO_TIME
      && turn->start <= turn->at ? turn->start : turn->at, t->exchange->at);
  add_content (t, "lk.pii.user_transcript", turn->text);
  if (final && final->confidence >= 0)
    add_number (t, "lk.transcript_confidence", final->confidence);
  end_span (t, NULL);
}

static void
write_recognition (Trace * t, gint64 start, gint64 length)
{
  const RecordFinal *final = find_final (t);

  begin_span (t, "stt", KIND_CLIENT, start, start + length);
  add_provider (t, final ? final->provider : NULL);
  add_seconds (t, "lk.transcription_delay", length);
  end_span (t, NULL);
}

static void
write_decision (Trace * t, gint64 start, gint64 length)
{
  begin_span (t, "eou_detection", KIND_INTERNAL, start, start + length);
  add_seconds (t, "lk.eou.endpointing_delay", length);
  add_seconds (t, "lk.end_of_turn_delay",
      t->exchange->metrics->part[RECORD_COMMITTED]);
  if (t->exchange->turn)
    add_string (t, "gst_voice.reason", t->exchange->turn->reason);
  end_span (t, NULL);
}

static void
write_model (Trace * t, gint64 start, gint64 token, gint64 sentence)
{
  const TraceUsage *u = t->usage;

  begin_span (t, "llm_node", KIND_CLIENT, start, start + token + sentence);
  add_string (t, "gen_ai.operation.name", "chat");
  if (u) {
    add_provider (t, u->llm);
    add_string (t, "gen_ai.request.model", u->model);
    add_count (t, "gen_ai.usage.input_tokens", u->tokens_in);
    add_count (t, "gen_ai.usage.cache_read.input_tokens", u->tokens_cached);
    add_count (t, "gen_ai.usage.output_tokens", u->tokens_out);
  }
  add_seconds (t, "gen_ai.response.time_to_first_chunk", token);
  add_seconds (t, "lk.response.ttft", token);
  end_span (t, NULL);
}

static void
write_synthesis (Trace * t, gint64 start, gint64 length)
{
  begin_span (t, "tts_node", KIND_CLIENT, start, start + length);
  add_string (t, "gen_ai.output.type", "speech");
  add_provider (t, t->usage ? t->usage->tts : NULL);
  if (t->usage)
    add_count (t, "gst_voice.characters", t->usage->characters);
  add_seconds (t, "lk.response.ttfb", length);
  end_span (t, NULL);
}

static void
write_hops (Trace * t)
{
  ExchangeHop hops[EXCHANGE_N_HOPS];
  gint64 at = t->exchange->at;

  if (!exchange_hops (t->exchange, hops))
    return;
  write_recognition (t, at, hops[EXCHANGE_RECOGNISED].length);
  write_decision (t, at + hops[EXCHANGE_DECIDED].start,
      hops[EXCHANGE_DECIDED].length);
  write_model (t, at + hops[EXCHANGE_TOKEN].start,
      hops[EXCHANGE_TOKEN].length, hops[EXCHANGE_SENTENCE].length);
  write_synthesis (t, at + hops[EXCHANGE_SOUND].start,
      hops[EXCHANGE_SOUND].length);
  begin_span (t, "playout", KIND_INTERNAL, at + hops[EXCHANGE_PLAYOUT].start,
      at + hops[EXCHANGE_PLAYOUT].start + hops[EXCHANGE_PLAYOUT].length);
  end_span (t, NULL);
}

static void
write_call (Trace * t, const RecordCall * call)
{
  gboolean ok = strcmp (call->outcome, "ok") == 0;

  begin_span (t, "function_tool", KIND_INTERNAL, call->at,
      call->at + MAX (call->took, 0));
  add_string (t, "gen_ai.operation.name", "execute_tool");
  add_string (t, "gen_ai.tool.name", call->name);
  add_string (t, "gen_ai.tool.call.id", call->id);
  add_string (t, "gen_ai.tool.type", "function");
  add_content (t, "gen_ai.tool.call.arguments", call->arguments);
  add_content (t, "gen_ai.tool.call.result", call->result);
  add_boolean (t, "lk.function_tool.is_error", !ok);
  add_string (t, "gst_voice.access", call->access);
  end_span (t, ok ? NULL : *call->outcome ? call->outcome : "no-result");
}

static void
write_speech (Trace * t, const RecordSpeech * speech)
{
  const RecordInterruption *cut = exchange_interruption (t->call->record,
      speech);
  gint64 start = speech->start != JOURNAL_NO_TIME ? speech->start : speech->at;
  gint64 length = MAX (speech->position, 0);

  begin_span (t, "agent_speaking", KIND_INTERNAL, start,
      speech->end != JOURNAL_NO_TIME ? speech->end : start + length);
  add_integer (t, "lk.speech_id", speech->speech);
  add_string (t, "gst_voice.source", speech->source);
  add_boolean (t, "lk.interrupted", cut != NULL);
  add_string (t, "gst_voice.interrupted_by", cut ? cut->reason : NULL);
  add_seconds (t, "gst_voice.played", speech->position);
  add_content (t, "lk.pii.response.text", speech->text);
  end_span (t, NULL);
}

/* The span of the turn, when it is known how long that was. */
static void
write_root (Trace * t)
{
  const Record *record = t->call->record;
  const RecordMetrics *metrics = t->exchange->metrics;
  const RecordTurn *turn = t->exchange->turn;

  write_head (t, "agent_turn", t->root, KIND_INTERNAL, t->start, t->end);
  add_string (t, "gen_ai.operation.name", "invoke_agent");
  add_string (t, "gen_ai.conversation.id", record->call_id);
  add_string (t, "session.id", record->call_id);
  add_string (t, "gen_ai.agent.name", record->persona);
  add_count (t, "gst_voice.turn", t->exchange->number);
  if (t->exchange->merged)
    add_count (t, "gst_voice.went_on", t->exchange->merged->turn);
  if (metrics) {
    add_seconds (t, "lk.e2e_latency", metrics->part[RECORD_PLAYING]);
    add_seconds (t, "gst_voice.provider", metrics->part[RECORD_PROVIDER]);
    add_seconds (t, "gst_voice.own", metrics->part[RECORD_OWN]);
  }
  if (t->usage && t->usage->cost > 0)
    add_number (t, "gst_voice.cost", t->usage->cost);
  end_span (t, turn ? turn->no_reply : NULL);
}

static void
write_spans (Trace * t)
{
  const Exchange *exchange = t->exchange;

  write_caller (t);
  write_hops (t);
  for (guint i = 0; i < exchange->calls->len; i++)
    write_call (t, g_ptr_array_index (exchange->calls, i));
  for (guint i = 0; i < exchange->speeches->len; i++)
    write_speech (t, g_ptr_array_index (exchange->speeches, i));
  write_root (t);
}

/* Unique and always the same. */
static gchar *
make_trace_id (const Trace * t)
{
  const Exchange *exchange = t->exchange;
  const RecordSpeech *speech = exchange->speeches->len > 0 ?
      g_ptr_array_index (exchange->speeches, 0) : NULL;
  const RecordCall *call = exchange->calls->len > 0 ?
      g_ptr_array_index (exchange->calls, 0) : NULL;
  gchar *name = g_strdup_printf ("%s/%u/%u/%s", t->call->record->call_id,
      exchange->number, !exchange->number && speech ? speech->speech : 0,
      !exchange->number && call ? call->id : "");
  gchar *id = g_compute_checksum_for_string (G_CHECKSUM_SHA256, name, -1);

  id[2 * ID_CHARS] = 0;
  g_free (name);
  return id;
}

/**
 * trace_exchange_to_json:
 * @call: the call
 * @exchange: one of its exchanges
 * @usage: (nullable): what it has used
 *
 * Returns: (transfer full): the trace, an element of `scopeSpans`
 */
gchar *
trace_exchange_to_json (const TraceCall * call, const Exchange * exchange,
    const TraceUsage * usage)
{
  Trace t = {.call = call,.exchange = exchange,.usage = usage,
    .json = {.out = g_string_new (NULL)},.start = exchange->at,
    .end = exchange->at
  };

  t.trace = make_trace_id (&t);
  make_id (&t, 0, t.root);
  json_writer_begin (&t.json, NULL, '{');
  json_writer_begin (&t.json, "scope", '{');
  json_writer_string (&t.json, "name", "gst-voice");
  json_writer_string (&t.json, "version", VERSION);
  json_writer_end (&t.json, '}');
  json_writer_begin (&t.json, "spans", '[');
  write_spans (&t);
  json_writer_end (&t.json, ']');
  json_writer_end (&t.json, '}');
  g_free (t.trace);
  return g_string_free (t.json.out, FALSE);
}
