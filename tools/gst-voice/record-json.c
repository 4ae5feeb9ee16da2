/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The record of a call as JSON. Its members are those of the tables of
 * record-fields.c, and what is derived: the transcript and the latencies.
 *
 * Threads: one at a time. Locks: none.
 */
#include "record-private.h"

#include "record-fields.h"

static void
write_numbers (JsonWriter * json, const gchar * name, const GArray * numbers)
{
  json_writer_begin (json, name, '[');
  for (guint i = 0; i < numbers->len; i++)
    json_writer_uint (json, NULL, g_array_index (numbers, guint, i));
  json_writer_end (json, ']');
}

static void
write_field (JsonWriter * json, gconstpointer item, const RecordField * f)
{
  switch (f->type) {
    case RECORD_STRING:
    case RECORD_MAYBE:
      json_writer_string (json, f->name, RECORD_AT (item, f, gchar *));
      break;
    case RECORD_JSON:
      json_writer_json (json, f->name, RECORD_AT (item, f, gchar *));
      break;
    case RECORD_UINT:
      json_writer_uint (json, f->name, RECORD_AT (item, f, guint));
      break;
    case RECORD_LONG:
      json_writer_uint (json, f->name, RECORD_AT (item, f, guint64));
      break;
    case RECORD_BOOLEAN:
      json_writer_boolean (json, f->name, RECORD_AT (item, f, gboolean));
      break;
    case RECORD_DOUBLE:
      json_writer_number (json, f->name, RECORD_AT (item, f, gdouble));
      break;
    case RECORD_TIME:
      json_writer_time (json, f->name, RECORD_AT (item, f, gint64));
      break;
    case RECORD_WALL:
      json_writer_wall (json, f->name, RECORD_AT (item, f, gint64));
      break;
    case RECORD_NUMBERS:
      write_numbers (json, f->name, RECORD_AT (item, f, GArray *));
      break;
  }
}

static void
write_fields (JsonWriter * json, gconstpointer item, const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++)
    write_field (json, item, f);
}

/**
 * record_write_item:
 * @json: in the object of the item
 * @record: a record
 * @id: one of its lists
 * @index: of the item in it
 */
void
record_write_item (JsonWriter * json, const Record * record, RecordListId id,
    guint index)
{
  write_fields (json, record_item (record, id, index), record_lists[id].fields);
}

/**
 * record_write_list:
 * @json: in an object
 * @record: a record
 * @id: which of its lists to write
 */
void
record_write_list (JsonWriter * json, const Record * record, RecordListId id)
{
  json_writer_begin (json, record_lists[id].name, '[');
  for (guint i = 0; i < record_length (record, id); i++) {
    json_writer_begin (json, NULL, '{');
    record_write_item (json, record, id, i);
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
}

/**
 * record_write_variables:
 * @json: in an object
 * @record: a record
 *
 * As an object: nobody looks for one by its place.
 */
void
record_write_variables (JsonWriter * json, const Record * record)
{
  json_writer_begin (json, record_lists[RECORD_VARIABLES].name, '{');
  for (guint i = 0; i < record_length (record, RECORD_VARIABLES); i++) {
    const RecordVariable *variable = record_item (record, RECORD_VARIABLES, i);

    json_writer_string (json, variable->name, variable->value);
  }
  json_writer_end (json, '}');
}

/**
 * record_write_transcript:
 * @json: in an object
 * @record: a record
 */
void
record_write_transcript (JsonWriter * json, const Record * record)
{
  GArray *transcript = record_transcript (record);

  json_writer_begin (json, "transcript", '[');
  for (guint i = 0; i < transcript->len; i++) {
    const RecordUtterance *u = &g_array_index (transcript, RecordUtterance, i);

    json_writer_begin (json, NULL, '{');
    json_writer_time (json, "at", u->start);
    json_writer_time (json, "end_time", u->end);
    json_writer_string (json, "who", u->agent ? "agent" : "caller");
    json_writer_string (json, "text", u->text);
    if (u->agent) {
      json_writer_string (json, "cut", u->rest);
      json_writer_boolean (json, "interrupted", u->interrupted);
    }
    if (u->discarded)
      json_writer_string (json, "discarded", u->discarded);
    else
      json_writer_uint (json, u->agent ? "speech" : "turn", u->number);
    json_writer_end (json, '}');
  }
  json_writer_end (json, ']');
  g_array_unref (transcript);
}

static void
write_latency (JsonWriter * json, const Record * record)
{
  RecordLatency latency;

  record_latency (record, &latency);
  json_writer_begin (json, "latency", '{');
  json_writer_uint (json, "replies", latency.n);
  for (guint i = 0; i < RECORD_N_PARTS; i++) {
    json_writer_begin (json, record_part_names[i], '{');
    json_writer_time (json, "p50", latency.p50[i]);
    json_writer_time (json, "p95", latency.p95[i]);
    json_writer_end (json, '}');
  }
  json_writer_end (json, '}');
}

/**
 * record_write_call:
 * @json: where to write
 * @record: a record
 * @whole: with the latencies
 *
 * Writes what the call is, and its statistics, as members.
 */
void
record_write_call (JsonWriter * json, const Record * record, gboolean whole)
{
  write_fields (json, record, record_session_fields);
  json_writer_begin (json, "statistics", '{');
  write_fields (json, record, record_statistics_fields);
  if (whole)
    write_latency (json, record);
  json_writer_end (json, '}');
}

/**
 * record_list_to_json:
 * @records: (element-type Record): calls
 *
 * Returns: (transfer full): an array of what each call is and of its
 *   statistics, without what it has several of
 */
gchar *
record_list_to_json (GPtrArray * records)
{
  JsonWriter json = {.out = g_string_new (NULL),.open = 2 };

  json_writer_begin (&json, NULL, '[');
  for (guint i = 0; i < records->len; i++) {
    json_writer_begin (&json, NULL, '{');
    record_write_call (&json, g_ptr_array_index (records, i), FALSE);
    json_writer_end (&json, '}');
  }
  json_writer_end (&json, ']');
  return g_string_free (json.out, FALSE);
}

/**
 * record_to_json:
 * @record: a record
 *
 * Returns: (transfer full): the whole record as docs/record.md describes it
 */
gchar *
record_to_json (const Record * record)
{
  JsonWriter json = {.out = g_string_new (NULL),.open = 2 };

  json_writer_begin (&json, NULL, '{');
  record_write_call (&json, record, TRUE);
  record_write_variables (&json, record);
  record_write_transcript (&json, record);
  for (guint id = 0; id < RECORD_N_LISTS; id++) {
    if (id != RECORD_VARIABLES)
      record_write_list (&json, record, id);
  }
  json_writer_end (&json, '}');
  return g_string_free (json.out, FALSE);
}
