/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The conversations of calls in the database, and the outbox. A document comes
 * into the outbox in the transaction that puts its call into the database, and
 * an attempt changes it only when its outcome is known: whoever is killed in
 * between leaves it to be sent again.
 *
 * Threads: one at a time. Locks: none.
 */
#include "outbox.h"

#include "conversation.h"
#include "json-writer.h"
#include "store-private.h"

/* How long a document is tried. */
#define PATIENCE_US (24 * G_TIME_SPAN_HOUR)
#define MAX_ERROR 500

const gchar *const outbox_states[] = {
  OUTBOX_WAITING, OUTBOX_DELIVERED, OUTBOX_DEAD, NULL
};

#define COLUMNS "id, call_id, url, secret, state, since, next_at, delivered, " \
  "attempts, status, last_error"

/**
 * outbox_entry_free:
 * @entry: (transfer full): of the outbox
 */
void
outbox_entry_free (OutboxEntry * entry)
{
  g_free (entry->id);
  g_free (entry->call_id);
  g_free (entry->url);
  g_free (entry->secret);
  g_free (entry->state);
  g_free (entry->since);
  g_free (entry->next_at);
  g_free (entry->delivered);
  g_free (entry->last_error);
  g_free (entry);
}

static gchar *
column_text (sqlite3_stmt * row, gint index)
{
  return g_strdup ((const gchar *) sqlite3_column_text (row, index));
}

static OutboxEntry *
entry_of_row (sqlite3_stmt * row)
{
  OutboxEntry *entry = g_new0 (OutboxEntry, 1);

  entry->id = column_text (row, 0);
  entry->call_id = column_text (row, 1);
  entry->url = column_text (row, 2);
  entry->secret = column_text (row, 3);
  entry->state = column_text (row, 4);
  entry->since = column_text (row, 5);
  entry->next_at = column_text (row, 6);
  entry->delivered = column_text (row, 7);
  entry->attempts = sqlite3_column_int (row, 8);
  entry->status = sqlite3_column_int (row, 9);
  entry->last_error = column_text (row, 10);
  return entry;
}

/* Takes @statement. */
static GPtrArray *
take_entries (Store * store, sqlite3_stmt * statement, GError ** error)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)
      outbox_entry_free);
  gint code;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    g_ptr_array_add (entries, entry_of_row (statement));
  if (code != SQLITE_DONE) {
    store_fail (store, "read", error);
    g_clear_pointer (&entries, g_ptr_array_unref);
  }
  sqlite3_finalize (statement);
  return entries;
}

static void
bind_wall (sqlite3_stmt * statement, gint index, gint64 wall)
{
  sqlite3_bind_text (statement, index, json_format_wall (wall), -1, g_free);
}

/* Of the library's own use: in the transaction of the call. */
gboolean
outbox_put (const Store * store, const Record * record,
    const Delivery * delivery, GError ** error)
{
  sqlite3_stmt *insert = store_prepare (store, "INSERT INTO outbox (" COLUMNS
      ") VALUES (?1, ?2, ?3, ?4, '" OUTBOX_WAITING "', ?5, ?5, NULL, 0, 0, '')",
      error);
  gboolean ok;

  if (!insert)
    return FALSE;
  sqlite3_bind_text (insert, 1, conversation_id (record), -1, g_free);
  store_bind (insert, 2, record->call_id);
  store_bind (insert, 3, delivery->webhook);
  store_bind (insert, 4, delivery->secret);
  bind_wall (insert, 5, g_get_real_time ());
  ok = store_run (store, insert, error);
  sqlite3_finalize (insert);
  return ok;
}

/**
 * outbox_list:
 * @store: a store
 * @state: (nullable): only what is in this one
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable) (element-type OutboxEntry): the newest
 *   first
 */
GPtrArray *
outbox_list (Store * store, const gchar * state, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, "SELECT " COLUMNS
      " FROM outbox WHERE ?1 IS NULL OR state = ?1 "
      "ORDER BY since DESC, rowid DESC", error);

  if (!statement)
    return NULL;
  store_bind (statement, 1, state);
  return take_entries (store, statement, error);
}

/**
 * outbox_due:
 * @store: a store
 * @now: wall time, µs
 * @limit: how many at the most
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable) (element-type OutboxEntry): what is to
 *   be sent, that which waits longest first
 */
GPtrArray *
outbox_due (Store * store, gint64 now, guint limit, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, "SELECT " COLUMNS
      " FROM outbox WHERE state = '" OUTBOX_WAITING "' AND next_at <= ? "
      "ORDER BY next_at LIMIT ?", error);

  if (!statement)
    return NULL;
  bind_wall (statement, 1, now);
  sqlite3_bind_int64 (statement, 2, limit);
  return take_entries (store, statement, error);
}

/**
 * outbox_next:
 * @store: a store
 * @error: where to say what is wrong
 *
 * Returns: when something is due next, as wall time; -1 if nothing waits, or
 *   there is an error
 */
gint64
outbox_next (Store * store, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, "SELECT min(next_at) "
      "FROM outbox WHERE state = '" OUTBOX_WAITING "'", error);
  const gchar *text = NULL;
  GDateTime *time = NULL;
  gint64 next = -1;

  if (!statement)
    return -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    text = (const gchar *) sqlite3_column_text (statement, 0);
  else
    store_fail (store, "read", error);
  if (text)
    time = g_date_time_new_from_iso8601 (text, NULL);
  if (time)
    next = g_date_time_to_unix (time) * G_USEC_PER_SEC
        + g_date_time_get_microsecond (time);
  g_clear_pointer (&time, g_date_time_unref);
  sqlite3_finalize (statement);
  return next;
}

/**
 * outbox_find:
 * @store: a store
 * @id: of a document or its call, or how one of them begins
 * @error: where to say that there is none, or more than one
 *
 * Returns: (transfer full) (nullable): the one that is meant
 */
OutboxEntry *
outbox_find (Store * store, const gchar * id, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, "SELECT " COLUMNS
      " FROM outbox WHERE substr(id, 1, length(?1)) = ?1 "
      "OR substr(call_id, 1, length(?1)) = ?1 LIMIT 2", error);
  GPtrArray *found;
  OutboxEntry *entry = NULL;

  if (!statement)
    return NULL;
  store_bind (statement, 1, id);
  found = take_entries (store, statement, error);
  if (!found)
    return NULL;
  if (found->len == 1 && *id)
    entry = g_ptr_array_steal_index (found, 0);
  else
    g_set_error (error, STORE_ERROR, found->len ? STORE_ERROR_AMBIGUOUS :
        STORE_ERROR_NO_CALL, found->len ? "more than one document of the "
        "outbox begins with '%s'; name more of it" : "there is no document "
        "'%s' in the outbox; `gst-voice outbox list` shows them", id);
  g_ptr_array_unref (found);
  return entry;
}

static gboolean
is_too_old (const OutboxEntry * entry, gint64 now)
{
  gchar *limit = json_format_wall (now - PATIENCE_US);
  gboolean too_old = g_strcmp0 (entry->since, limit) <= 0;

  g_free (limit);
  return too_old;
}

static gchar *
short_error (const OutboxOutcome * outcome)
{
  gchar *valid = g_utf8_make_valid (outcome->why ? outcome->why : "", -1);

  if (g_utf8_strlen (valid, -1) > MAX_ERROR)
    *g_utf8_offset_to_pointer (valid, MAX_ERROR) = 0;
  return valid;
}

static gboolean
run_on (Store * store, sqlite3_stmt * statement, GError ** error)
{
  gboolean ok = store_run (store, statement, error);

  sqlite3_finalize (statement);
  return ok;
}

/**
 * outbox_settle:
 * @store: a store that may be written
 * @entry: what was sent
 * @outcome: what came of it
 * @now: wall time, µs
 * @error: where to say what is wrong
 *
 * Returns: (nullable): the state it has now; %NULL if it could not be written
 *   down, and it will be sent again
 */
const gchar *
outbox_settle (Store * store, const OutboxEntry * entry,
    const OutboxOutcome * outcome, gint64 now, GError ** error)
{
  const gchar *state = outbox_judge (outcome, is_too_old (entry, now));
  gint64 pause = outbox_pause (entry->attempts + 1, outcome->retry_after);
  /* What somebody replays meanwhile has another `since`. */
  sqlite3_stmt *update = store_prepare (store, "UPDATE outbox SET state = ?1, "
      "next_at = ?2, attempts = attempts + 1, status = ?3, last_error = ?4, "
      "delivered = CASE WHEN ?1 = '" OUTBOX_DELIVERED "' THEN ?5 ELSE "
      "delivered END WHERE id = ?6 AND since = ?7", error);

  if (!update)
    return NULL;
  store_bind (update, 1, state);
  bind_wall (update, 2, now + pause * 1000);
  sqlite3_bind_int64 (update, 3, outcome->status);
  sqlite3_bind_text (update, 4, short_error (outcome), -1, g_free);
  bind_wall (update, 5, now);
  store_bind (update, 6, entry->id);
  store_bind (update, 7, entry->since);
  return run_on (store, update, error) ? state : NULL;
}

/**
 * outbox_replay:
 * @store: a store that may be written
 * @id: of a document, the whole of it
 * @now: wall time, µs
 * @error: where to say what is wrong
 *
 * It is sent again as if it had never been, under the same key.
 *
 * Returns: whether it waits now
 */
gboolean
outbox_replay (Store * store, const gchar * id, gint64 now, GError ** error)
{
  sqlite3_stmt *update = store_prepare (store, "UPDATE outbox SET state = '"
      OUTBOX_WAITING "', since = ?1, next_at = ?1, attempts = 0 WHERE id = ?2",
      error);

  if (!update)
    return FALSE;
  bind_wall (update, 1, now);
  store_bind (update, 2, id);
  return run_on (store, update, error);
}

/**
 * outbox_drop:
 * @store: a store that may be written
 * @id: of a document, the whole of it
 * @error: where to say what is wrong
 *
 * The conversation stays in the database.
 *
 * Returns: whether it will not be sent any more
 */
gboolean
outbox_drop (Store * store, const gchar * id, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store,
      "DELETE FROM outbox WHERE id = ?", error);

  if (!statement)
    return FALSE;
  store_bind (statement, 1, id);
  return run_on (store, statement, error);
}

/* Of a call that an earlier version has recorded. */
static gchar *
make_conversation (Store * store, const gchar * call_id, GError ** error)
{
  Record *record = store_get_record (store, call_id, error);
  gchar *document = record ? conversation_to_json (record, NULL) : NULL;

  g_clear_pointer (&record, record_free);
  return document;
}

/**
 * store_get_conversation:
 * @store: a store
 * @call_id: the whole id of a call
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable): the document, as it is sent
 */
gchar *
store_get_conversation (Store * store, const gchar * call_id, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store,
      "SELECT document FROM conversations WHERE call_id = ?", error);
  gchar *document = NULL;
  gint code;

  if (!statement)
    return NULL;
  store_bind (statement, 1, call_id);
  code = sqlite3_step (statement);
  if (code == SQLITE_ROW)
    document = column_text (statement, 0);
  else if (code != SQLITE_DONE)
    store_fail (store, "read", error);
  sqlite3_finalize (statement);
  return code == SQLITE_DONE ? make_conversation (store, call_id, error) :
      document;
}
