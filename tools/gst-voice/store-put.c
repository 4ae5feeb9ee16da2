/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Puts a journal into the database: its lines as they are, and the record that
 * follows from them, in one transaction.
 *
 * Threads: one at a time. Locks: none.
 */
#include "store-private.h"

#include "conversation.h"
#include "json-writer.h"
#include "record-fields.h"

#include <string.h>

static void
bind_time (sqlite3_stmt * statement, gint index, gint64 time)
{
  if (time == JOURNAL_NO_TIME)
    sqlite3_bind_null (statement, index);
  else
    sqlite3_bind_double (statement, index, (gdouble) time / G_USEC_PER_SEC);
}

static void
bind_taken (sqlite3_stmt * statement, gint index, gchar * text)
{
  sqlite3_bind_text (statement, index, text, -1, g_free);
}

static gchar *
numbers_as_json (const GArray * numbers)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '[');
  for (guint i = 0; i < numbers->len; i++)
    json_writer_uint (&json, NULL, g_array_index (numbers, guint, i));
  json_writer_end (&json, ']');
  return g_strchomp (g_string_free (json.out, FALSE));
}

static void
bind_field (sqlite3_stmt * statement, gint index, gconstpointer item,
    const RecordField * f)
{
  switch (f->type) {
    case RECORD_STRING:
    case RECORD_MAYBE:
    case RECORD_JSON:
      store_bind (statement, index, RECORD_AT (item, f, gchar *));
      break;
    case RECORD_UINT:
      sqlite3_bind_int64 (statement, index, RECORD_AT (item, f, guint));
      break;
    case RECORD_LONG:
      sqlite3_bind_int64 (statement, index, RECORD_AT (item, f, guint64));
      break;
    case RECORD_BOOLEAN:
      sqlite3_bind_int (statement, index, RECORD_AT (item, f, gboolean));
      break;
    case RECORD_DOUBLE:
      sqlite3_bind_double (statement, index, RECORD_AT (item, f, gdouble));
      break;
    case RECORD_TIME:
      bind_time (statement, index, RECORD_AT (item, f, gint64));
      break;
    case RECORD_WALL:
      bind_taken (statement, index, json_format_wall (RECORD_AT (item, f,
                  gint64)));
      break;
    case RECORD_NUMBERS:
      bind_taken (statement, index, numbers_as_json (RECORD_AT (item, f,
                  GArray *)));
      break;
  }
}

static void
append_columns (GString * columns, GString * values, const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++) {
    g_string_append_printf (columns, "%s, ", f->name);
    g_string_append (values, "?, ");
  }
}

static sqlite3_stmt *
prepare_insert (const Store * store, const gchar * table,
    const RecordField * fields, const RecordField * more, const gchar * last,
    GError ** error)
{
  GString *columns = g_string_new (NULL), *values = g_string_new (NULL);
  sqlite3_stmt *insert;
  gchar *sql;

  append_columns (columns, values, fields);
  if (more)
    append_columns (columns, values, more);
  sql = g_strdup_printf ("INSERT INTO %s (%s%s) VALUES (%s?)", table,
      columns->str, last, values->str);
  insert = store_prepare (store, sql, error);
  g_free (sql);
  g_string_free (columns, TRUE);
  g_string_free (values, TRUE);
  return insert;
}

static gint
bind_fields (sqlite3_stmt * statement, gint index, gconstpointer item,
    const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++)
    bind_field (statement, index++, item, f);
  return index;
}

static gboolean
put_session (const Store * store, const Record * record, gsize bytes,
    GError ** error)
{
  sqlite3_stmt *insert = prepare_insert (store, "sessions",
      record_session_fields, record_statistics_fields, "bytes", error);
  gint index;
  gboolean ok;

  if (!insert)
    return FALSE;
  index = bind_fields (insert, 1, record, record_session_fields);
  index = bind_fields (insert, index, record, record_statistics_fields);
  sqlite3_bind_int64 (insert, index, bytes);
  ok = store_run (store, insert, error);
  sqlite3_finalize (insert);
  return ok;
}

static gboolean
put_list (const Store * store, const Record * record, RecordListId id,
    GError ** error)
{
  const RecordList *list = &record_lists[id];
  sqlite3_stmt *insert = prepare_insert (store, list->name, list->fields, NULL,
      "call_id", error);
  gboolean ok = insert != NULL;

  for (guint i = 0; ok && i < record_length (record, id); i++) {
    gint index = bind_fields (insert, 1, record_item (record, id, i),
        list->fields);

    store_bind (insert, index, record->call_id);
    ok = store_run (store, insert, error);
  }
  sqlite3_finalize (insert);
  return ok;
}

static void
bind_line (sqlite3_stmt * insert, const gchar * line, gsize length)
{
  JournalLine parsed;
  gboolean readable = journal_line_parse (&parsed, line, length);

  bind_time (insert, 3, readable ? parsed.at : JOURNAL_NO_TIME);
  if (readable)
    sqlite3_bind_text (insert, 4, parsed.type, -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_null (insert, 4);
  if (g_utf8_validate_len (line, length, NULL))
    sqlite3_bind_text (insert, 5, line, length, SQLITE_STATIC);
  else
    sqlite3_bind_blob (insert, 5, line, length, SQLITE_STATIC);
  if (readable)
    journal_line_clear (&parsed);
}

static gboolean
put_lines (const Store * store, const Record * record, const gchar * text,
    gsize bytes, GError ** error)
{
  sqlite3_stmt *insert = store_prepare (store,
      "INSERT INTO events (call_id, line, at, type, json) "
      "VALUES (?, ?, ?, ?, ?)", error);
  const gchar *end = text + bytes, *line;
  gboolean ok = insert != NULL;
  guint number = 0;
  gsize length;

  while (ok && (line = journal_next_line (&text, end, &length))) {
    store_bind (insert, 1, record->call_id);
    sqlite3_bind_int64 (insert, 2, ++number);
    bind_line (insert, line, length);
    ok = store_run (store, insert, error);
  }
  sqlite3_finalize (insert);
  return ok;
}

static gboolean
put_conversation (const Store * store, const Record * record,
    const gchar * rules, GError ** error)
{
  sqlite3_stmt *insert = store_prepare (store,
      "INSERT INTO conversations (call_id, document) VALUES (?, ?)", error);
  gboolean ok;

  if (!insert)
    return FALSE;
  store_bind (insert, 1, record->call_id);
  bind_taken (insert, 2, conversation_to_json (record, rules));
  ok = store_run (store, insert, error);
  sqlite3_finalize (insert);
  return ok;
}

static gboolean
put_all (const Store * store, const Record * record, const gchar * text,
    gsize bytes, const Delivery * delivery, GError ** error)
{
  if (!put_session (store, record, bytes, error))
    return FALSE;
  for (guint id = 0; id < RECORD_N_LISTS; id++) {
    if (record_lists[id].table && !put_list (store, record, id, error))
      return FALSE;
  }
  return put_lines (store, record, text, bytes, error)
      && put_conversation (store, record, delivery ? delivery->rules : NULL,
      error)
      && (!delivery || !delivery->webhook
      || outbox_put (store, record, delivery, error));
}

typedef enum
{
  PRESENT_NO,
  PRESENT_SHORTER,              /* an earlier state of the same journal */
  PRESENT_ALL,
  PRESENT_OTHER,                /* another call of the same id */
  PRESENT_UNKNOWN,              /* an error */
} Present;

/* The first line has the time at which the call began. */
static Present
compare_first (sqlite3_stmt * statement, const gchar * text, gsize bytes)
{
  const void *stored = sqlite3_column_blob (statement, 1);
  gsize length = sqlite3_column_bytes (statement, 1), first_length;
  const gchar *first = journal_next_line (&text, text + bytes, &first_length);

  return length <= first_length && (length == 0
      || memcmp (stored, first, length) == 0) ? PRESENT_ALL : PRESENT_OTHER;
}

static Present
what_is_present (const Store * store, const Record * record,
    const gchar * text, gsize bytes, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store,
      "SELECT bytes, json FROM sessions LEFT JOIN events "
      "ON events.call_id = sessions.call_id AND line = 1 "
      "WHERE sessions.call_id = ?", error);
  Present present = PRESENT_UNKNOWN;
  gint code;

  if (!statement)
    return PRESENT_UNKNOWN;
  store_bind (statement, 1, record->call_id);
  code = sqlite3_step (statement);
  if (code == SQLITE_DONE) {
    present = PRESENT_NO;
  } else if (code == SQLITE_ROW) {
    present = compare_first (statement, text, bytes);
    if (present == PRESENT_ALL
        && sqlite3_column_int64 (statement, 0) < (gint64) bytes)
      present = PRESENT_SHORTER;
  } else {
    store_fail (store, "read", error);
  }
  sqlite3_finalize (statement);
  return present;
}

static gboolean
put_record (Store * store, const Record * record, const gchar * text,
    gsize bytes, const Delivery * delivery, GError ** error)
{
  Present present = what_is_present (store, record, text, bytes, error);

  switch (present) {
    case PRESENT_UNKNOWN:
      return FALSE;
    case PRESENT_ALL:
      return TRUE;
    case PRESENT_OTHER:
      g_set_error (error, STORE_ERROR, STORE_ERROR_CONFLICT,
          "another call has the id %s in %s; delete that one, or give this "
          "journal another call-id in its first line", record->call_id,
          store->path);
      return FALSE;
    case PRESENT_SHORTER:
      if (!store_delete (store, record->call_id, error))
        return FALSE;
      break;
    case PRESENT_NO:
      break;
  }
  return put_all (store, record, text, bytes, delivery, error);
}

/**
 * store_put_journal:
 * @store: a store that may be written
 * @path: a journal
 * @delivery: (nullable): where the conversation goes
 * @record: (out) (optional): the record of the call
 * @error: where to say why it is not in the store
 *
 * Puts the call into the store, once however often it is called; what is there
 * of the same journal and is shorter is replaced. The file stays. With the call
 * its conversation is there, and in the outbox if it goes somewhere.
 *
 * Returns: whether the call is on the disk, all of it
 */
gboolean
store_put_journal (Store * store, const gchar * path,
    const Delivery * delivery, Record ** record, GError ** error)
{
  gsize bytes;
  gchar *text = journal_load (path, &bytes, error);
  Record *made = text ? record_new_from_text (text, bytes, path, error) : NULL;
  gboolean ok = FALSE;

  if (made && store_begin (store, error)) {
    ok = put_record (store, made, text, bytes, delivery, error);
    if (ok)
      ok = store_commit (store, error);
    else
      store_roll_back (store);
  }
  if (ok && record)
    *record = g_steal_pointer (&made);
  g_clear_pointer (&made, record_free);
  g_free (text);
  return ok;
}
