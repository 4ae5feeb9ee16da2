/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Finds calls in the database, reads them and deletes them.
 *
 * Threads: one at a time. Locks: none.
 */
#include "store-private.h"

#include "json-writer.h"
#include "record-fields.h"

#include <gst-voice/json.h>
#include <string.h>

/* As git: short enough to type, seldom ambiguous. */
#define SHORT_ID 8
#define LAST "last"             /* names the newest call */
#define SUGGESTIONS_FROM 1000
#define CANDIDATES_SHOWN 5

static gint64
column_time (sqlite3_stmt * row, gint index)
{
  gdouble seconds = sqlite3_column_double (row, index);

  if (sqlite3_column_type (row, index) == SQLITE_NULL)
    return JOURNAL_NO_TIME;
  return CLAMP (seconds, 0, 1e12) * G_USEC_PER_SEC + 0.5;
}

static gint64
column_wall (sqlite3_stmt * row, gint index)
{
  const gchar *text = (const gchar *) sqlite3_column_text (row, index);
  GDateTime *time = text ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
  gint64 wall = JOURNAL_NO_TIME;

  if (time)
    wall = g_date_time_to_unix (time) * G_USEC_PER_SEC +
        g_date_time_get_microsecond (time);
  g_clear_pointer (&time, g_date_time_unref);
  return wall;
}

static void
take_column (Record * record, const RecordField * f, sqlite3_stmt * row,
    gint index)
{
  switch (f->type) {
    case RECORD_STRING:
      g_free (RECORD_AT (record, f, gchar *));
      RECORD_AT (record, f, gchar *) = g_utf8_make_valid ((const gchar *)
          sqlite3_column_text (row, index), -1);
      break;
    case RECORD_UINT:
      RECORD_AT (record, f, guint) = sqlite3_column_int64 (row, index);
      break;
    case RECORD_LONG:
      RECORD_AT (record, f, guint64) = sqlite3_column_int64 (row, index);
      break;
    case RECORD_BOOLEAN:
      RECORD_AT (record, f, gboolean) = sqlite3_column_int (row, index) != 0;
      break;
    case RECORD_DOUBLE:
      RECORD_AT (record, f, gdouble) = sqlite3_column_double (row, index);
      break;
    case RECORD_TIME:
      RECORD_AT (record, f, gint64) = column_time (row, index);
      break;
    case RECORD_WALL:
      RECORD_AT (record, f, gint64) = column_wall (row, index);
      break;
    default:
      g_assert_not_reached ();
  }
}

static Record *
record_of_row (sqlite3_stmt * row)
{
  Record *record = record_new ();
  gint index = 0;

  for (const RecordField * f = record_session_fields; f->name; f++)
    take_column (record, f, row, index++);
  for (const RecordField * f = record_statistics_fields; f->name; f++)
    take_column (record, f, row, index++);
  return record;
}

#define WHERE \
  "FROM sessions WHERE (?1 IS NULL OR started >= ?1) " \
  "AND (?2 IS NULL OR persona = ?2) AND (?3 IS NULL OR caller = ?3) " \
  "AND (?4 IS NULL OR reason = ?4) "
#define NEWEST "ORDER BY started DESC, sessions.rowid DESC "

static sqlite3_stmt *
prepare_filtered (Store * store, const gchar * sql, const StoreFilter * filter,
    GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, sql, error);

  if (!statement)
    return NULL;
  if (filter->since > 0)
    sqlite3_bind_text (statement, 1, json_format_wall (filter->since), -1,
        g_free);
  store_bind (statement, 2, filter->persona);
  store_bind (statement, 3, filter->caller);
  store_bind (statement, 4, filter->reason);
  return statement;
}

static gchar *
select_sessions (void)
{
  GString *sql = g_string_new ("SELECT ");

  for (const RecordField * f = record_session_fields; f->name; f++)
    g_string_append_printf (sql, "%s, ", f->name);
  for (const RecordField * f = record_statistics_fields; f->name; f++)
    g_string_append_printf (sql, "%s%s ", f->name, f[1].name ? "," : "");
  g_string_append (sql, WHERE NEWEST "LIMIT ?5");
  return g_string_free (sql, FALSE);
}

static gboolean
count_calls (Store * store, const StoreFilter * filter, guint * total,
    GError ** error)
{
  sqlite3_stmt *statement = prepare_filtered (store, "SELECT count(*) " WHERE,
      filter, error);
  gboolean ok = statement && sqlite3_step (statement) == SQLITE_ROW;

  if (ok)
    *total = sqlite3_column_int64 (statement, 0);
  else if (statement)
    store_fail (store, "read", error);
  sqlite3_finalize (statement);
  return ok;
}

/**
 * store_list:
 * @store: a store
 * @filter: which calls
 * @total: (out): how many there are, without the limit
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable) (element-type Record): the calls, newest
 *   first, with what they are and their statistics but without their lists
 */
GPtrArray *
store_list (Store * store, const StoreFilter * filter, guint * total,
    GError ** error)
{
  GPtrArray *calls;
  sqlite3_stmt *statement;
  gchar *sql;
  gint code;

  if (!count_calls (store, filter, total, error))
    return NULL;
  sql = select_sessions ();
  statement = prepare_filtered (store, sql, filter, error);
  g_free (sql);
  if (!statement)
    return NULL;
  sqlite3_bind_int64 (statement, 5, filter->limit ? filter->limit : -1);
  calls = g_ptr_array_new_with_free_func ((GDestroyNotify) record_free);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (calls, record_of_row (statement));
  if (code != SQLITE_DONE) {
    store_fail (store, "read", error);
    g_clear_pointer (&calls, g_ptr_array_unref);
  }
  sqlite3_finalize (statement);
  return calls;
}

/* The first column of each row. */
static GPtrArray *
select_ids (Store * store, const gchar * sql, const gchar * text,
    GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, sql, error);
  GPtrArray *ids;
  gint code;

  if (!statement)
    return NULL;
  if (text)
    store_bind (statement, 1, text);
  ids = g_ptr_array_new_with_free_func (g_free);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (ids, g_strdup ((const gchar *)
            sqlite3_column_text (statement, 0)));
  if (code != SQLITE_DONE) {
    store_fail (store, "read", error);
    g_clear_pointer (&ids, g_ptr_array_unref);
  }
  sqlite3_finalize (statement);
  return ids;
}

static gsize
common_prefix (const gchar * a, const gchar * b)
{
  gsize n = 0;

  while (a[n] && a[n] == b[n])
    n++;
  return n;
}

/**
 * store_abbreviate:
 * @store: a store
 * @call_id: the id of a call in it
 *
 * Returns: (transfer full): as much of the id as is needed to name the call,
 *   eight characters at least
 */
gchar *
store_abbreviate (Store * store, const gchar * call_id)
{
  GPtrArray *neighbours = select_ids (store,
      "SELECT max(call_id) FROM sessions WHERE call_id < ?1 UNION ALL "
      "SELECT min(call_id) FROM sessions WHERE call_id > ?1", call_id, NULL);
  gsize length = SHORT_ID;

  for (guint i = 0; neighbours && i < neighbours->len; i++) {
    const gchar *other = g_ptr_array_index (neighbours, i);

    if (other)
      length = MAX (length, common_prefix (call_id, other) + 1);
  }
  if (neighbours)
    g_ptr_array_unref (neighbours);
  if (length >= strlen (call_id))
    return g_strdup (call_id);
  /* Not in the middle of a character. */
  while ((call_id[length] & 0xc0) == 0x80)
    length++;
  return g_strndup (call_id, length);
}

/* The call whose id begins most like @call. */
static gchar *
suggest (Store * store, const gchar * call)
{
  gchar *sql = g_strdup_printf ("SELECT call_id FROM sessions " NEWEST
      "LIMIT %d", SUGGESTIONS_FROM);
  GPtrArray *ids = select_ids (store, sql, NULL, NULL);
  GPtrArray *beginnings = g_ptr_array_new_with_free_func (g_free);
  gchar *meant = NULL;
  const gchar *found;
  guint index;

  g_free (sql);
  for (guint i = 0; ids && i < ids->len; i++)
    g_ptr_array_add (beginnings, g_strndup (g_ptr_array_index (ids, i),
            strlen (call)));
  g_ptr_array_add (beginnings, NULL);
  found = *call ? gst_voice_json_closest (call,
      (const gchar * const *) beginnings->pdata) : NULL;
  if (found && g_ptr_array_find (beginnings, found, &index))
    meant = store_abbreviate (store, g_ptr_array_index (ids, index));
  g_ptr_array_unref (beginnings);
  if (ids)
    g_ptr_array_unref (ids);
  return meant;
}

static void
set_no_call (Store * store, const gchar * call, GError ** error)
{
  gchar *meant;

  if (strcmp (call, LAST) == 0) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_NO_CALL,
        "no call is recorded in %s yet", store->path);
    return;
  }
  meant = suggest (store, call);
  g_set_error (error, STORE_ERROR, STORE_ERROR_NO_CALL,
      "there is no call '%s' in %s%s%s%s", call, store->path,
      meant ? "; did you mean '" : "; `gst-voice calls list` shows all",
      meant ? meant : "", meant ? "'?" : "");
  g_free (meant);
}

static void
set_ambiguous (Store * store, const gchar * call, const GPtrArray * ids,
    GError ** error)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < MIN (ids->len, CANDIDATES_SHOWN); i++) {
    gchar *name = store_abbreviate (store, g_ptr_array_index (ids, i));

    g_string_append_printf (names, "%s%s", i ? ", " : "", name);
    g_free (name);
  }
  g_set_error (error, STORE_ERROR, STORE_ERROR_AMBIGUOUS,
      "'%s' is the beginning of %u calls: %s%s", call, ids->len, names->str,
      ids->len > CANDIDATES_SHOWN ? ", …" : "");
  g_string_free (names, TRUE);
}

/**
 * store_find:
 * @store: a store
 * @call: an id, the beginning of one, or `last`
 * @error: where to say that it names no call, or several
 *
 * Returns: (transfer full) (nullable): the id of the call
 */
gchar *
store_find (Store * store, const gchar * call, GError ** error)
{
  static const gchar *const queries[] = {
    "SELECT call_id FROM sessions WHERE call_id = ?1",
    "SELECT call_id FROM sessions WHERE ?1 = '" LAST "' " NEWEST "LIMIT 1",
    "SELECT call_id FROM sessions WHERE substr(call_id, 1, length(?1)) = ?1 "
        "AND ?1 != '' " NEWEST,
  };
  GPtrArray *ids = NULL;
  gchar *found = NULL;

  if (!g_utf8_validate (call, -1, NULL)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_NO_CALL,
        "the name of the call is not UTF-8");
    return NULL;
  }
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++) {
    g_clear_pointer (&ids, g_ptr_array_unref);
    ids = select_ids (store, queries[i], call, error);
    if (!ids)
      return NULL;
    if (ids->len > 0)
      break;
  }
  if (ids->len == 1)
    found = g_strdup (g_ptr_array_index (ids, 0));
  else if (ids->len == 0)
    set_no_call (store, call, error);
  else
    set_ambiguous (store, call, ids, error);
  g_ptr_array_unref (ids);
  return found;
}

static gboolean
is_truncated (Store * store, const gchar * call_id)
{
  GPtrArray *ids = select_ids (store,
      "SELECT call_id FROM sessions WHERE call_id = ?1 AND truncated",
      call_id, NULL);
  gboolean truncated = ids && ids->len > 0;

  if (ids)
    g_ptr_array_unref (ids);
  return truncated;
}

/**
 * store_get_journal:
 * @store: a store
 * @call_id: the whole id of a call
 * @size: (out): bytes
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable): the journal as it was put in; a last
 *   line that was broken off still is
 */
gchar *
store_get_journal (Store * store, const gchar * call_id, gsize * size,
    GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store,
      "SELECT json FROM events WHERE call_id = ? ORDER BY line", error);
  GString *out;
  gint code;

  if (!statement)
    return NULL;
  out = g_string_new (NULL);
  store_bind (statement, 1, call_id);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW) {
    const void *line = sqlite3_column_blob (statement, 0);

    g_string_append_len (out, line ? line : "",
        sqlite3_column_bytes (statement, 0));
    g_string_append_c (out, '\n');
  }
  if (code != SQLITE_DONE)
    store_fail (store, "read", error);
  sqlite3_finalize (statement);
  if (code == SQLITE_DONE && out->len > 0 && is_truncated (store, call_id))
    g_string_truncate (out, out->len - 1);
  *size = out->len;
  return g_string_free (out, code != SQLITE_DONE);
}

/**
 * store_get_record:
 * @store: a store
 * @call_id: the whole id of a call
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable): the record, made anew from the journal
 */
Record *
store_get_record (Store * store, const gchar * call_id, GError ** error)
{
  gsize size;
  gchar *text = store_get_journal (store, call_id, &size, error);
  Record *record = NULL;

  if (text && size == 0)
    set_no_call (store, call_id, error);
  else if (text)
    record = record_new_from_text (text, size, call_id, error);
  g_free (text);
  return record;
}

/**
 * store_delete:
 * @store: a store that may be written
 * @call_id: the whole id of a call
 * @error: where to say what is wrong
 *
 * Returns: whether it was there and is no more
 */
gboolean
store_delete (Store * store, const gchar * call_id, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store,
      "DELETE FROM sessions WHERE call_id = ?", error);
  gboolean ok;

  if (!statement)
    return FALSE;
  store_bind (statement, 1, call_id);
  ok = store_run (store, statement, error);
  sqlite3_finalize (statement);
  if (ok && sqlite3_changes (store->db) == 0) {
    set_no_call (store, call_id, error);
    return FALSE;
  }
  /* So that the words are gone from the file beside it too; not if it is in
   * use, or within a transaction. */
  if (ok)
    sqlite3_exec (store->db, "PRAGMA wal_checkpoint (TRUNCATE)", NULL, NULL,
        NULL);
  return ok;
}
