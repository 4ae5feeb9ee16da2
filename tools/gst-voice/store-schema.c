/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tables of the database, as the steps that lead there. A step that was
 * ever released stays as it is: a change is a new step at the end. The columns
 * are the fields of record-fields.c; docs/record.md shows what the steps make.
 *
 * Threads: one at a time. Locks: none.
 */
#include "store-private.h"

/* *INDENT-OFF* */
#define CALL_ID \
  "  call_id TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,\n"

const gchar *const store_steps[] = {
  "CREATE TABLE sessions (\n"
  "  call_id TEXT PRIMARY KEY NOT NULL,\n"
  "  persona TEXT NOT NULL,\n"
  "  caller TEXT NOT NULL,\n"
  "  called TEXT NOT NULL,\n"
  "  time_zone TEXT NOT NULL,\n"
  "  started TEXT, -- wall time, UTC: 2026-01-31T09:05:00.000Z\n"
  "  duration REAL, -- seconds, as all times below\n"
  "  reason TEXT NOT NULL,\n"
  "  ended_by TEXT NOT NULL,\n"
  "  simulated INTEGER NOT NULL, -- 0 or 1, as all that is yes or no\n"
  "  version TEXT NOT NULL,\n"
  "  lines INTEGER NOT NULL,\n"
  "  damaged INTEGER NOT NULL,\n"
  "  truncated INTEGER NOT NULL,\n"
  "  ended INTEGER NOT NULL,\n"
  "  turns INTEGER NOT NULL,\n"
  "  interruptions INTEGER NOT NULL,\n"
  "  tool_calls INTEGER NOT NULL,\n"
  "  tokens_in INTEGER NOT NULL,\n"
  "  tokens_out INTEGER NOT NULL,\n"
  "  characters INTEGER NOT NULL,\n"
  "  recognised REAL NOT NULL,\n"
  "  cost REAL NOT NULL,\n"
  "  unheard INTEGER NOT NULL,\n"
  "  underruns INTEGER NOT NULL,\n"
  "  overflows INTEGER NOT NULL,\n"
  "  resets INTEGER NOT NULL,\n"
  "  bytes INTEGER NOT NULL -- of the journal\n"
  ");\n"
  "CREATE INDEX sessions_by_start ON sessions (started);\n"
  "CREATE TABLE turns (\n"
  CALL_ID
  "  turn INTEGER NOT NULL,\n"
  "  merged TEXT NOT NULL, -- JSON: [1, 2]\n"
  "  text TEXT NOT NULL,\n"
  "  start_time REAL,\n"
  "  end_time REAL,\n"
  "  at REAL,\n"
  "  reply INTEGER NOT NULL,\n"
  "  reason TEXT NOT NULL,\n"
  "  no_reply TEXT,\n"
  "  PRIMARY KEY (call_id, turn)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE speeches (\n"
  CALL_ID
  "  speech INTEGER NOT NULL,\n"
  "  turn INTEGER NOT NULL,\n"
  "  source TEXT NOT NULL,\n"
  "  interruptible INTEGER NOT NULL,\n"
  "  at REAL,\n"
  "  start_time REAL,\n"
  "  end_time REAL,\n"
  "  position REAL,\n"
  "  text TEXT,\n"
  "  rest TEXT NOT NULL,\n"
  "  complete INTEGER NOT NULL,\n"
  "  interrupted INTEGER NOT NULL,\n"
  "  PRIMARY KEY (call_id, speech)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE tool_calls (\n"
  CALL_ID
  "  id TEXT NOT NULL,\n"
  "  name TEXT NOT NULL,\n"
  "  arguments TEXT, -- JSON\n"
  "  result TEXT, -- JSON\n"
  "  outcome TEXT NOT NULL,\n"
  "  late TEXT, -- JSON\n"
  "  at REAL,\n"
  "  took REAL,\n"
  "  access TEXT NOT NULL,\n"
  "  turn INTEGER NOT NULL,\n"
  "  speech INTEGER NOT NULL,\n"
  "  PRIMARY KEY (call_id, id)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE metrics (\n"
  CALL_ID
  "  line INTEGER NOT NULL, -- of events\n"
  "  turn INTEGER NOT NULL,\n"
  "  speech INTEGER NOT NULL,\n"
  "  end_of_speech REAL,\n"
  "  playing REAL,\n"
  "  final REAL,\n"
  "  committed REAL,\n"
  "  first_token REAL,\n"
  "  first_sentence REAL,\n"
  "  first_audio REAL,\n"
  "  provider REAL,\n"
  "  own REAL,\n"
  "  PRIMARY KEY (call_id, line)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE usage (\n"
  CALL_ID
  "  provider TEXT NOT NULL,\n"
  "  model TEXT NOT NULL,\n"
  "  requests INTEGER NOT NULL,\n"
  "  tokens_in INTEGER NOT NULL,\n"
  "  tokens_cached INTEGER NOT NULL,\n"
  "  tokens_out INTEGER NOT NULL,\n"
  "  characters INTEGER NOT NULL,\n"
  "  audio REAL,\n"
  "  cost REAL NOT NULL,\n"
  "  PRIMARY KEY (call_id, provider, model)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE recordings (\n"
  CALL_ID
  "  location TEXT NOT NULL,\n"
  "  state TEXT NOT NULL,\n"
  "  start_time REAL,\n"
  "  duration REAL,\n"
  "  lost REAL,\n"
  "  PRIMARY KEY (call_id, location)\n"
  ") WITHOUT ROWID;\n"
  "CREATE TABLE events (\n"
  CALL_ID
  "  line INTEGER NOT NULL, -- of the journal, from 1\n"
  "  at REAL,\n"
  "  type TEXT, -- NULL if the line cannot be read\n"
  "  json TEXT NOT NULL, -- the line; a BLOB if it is not UTF-8\n"
  "  PRIMARY KEY (call_id, line)\n"
  ") WITHOUT ROWID;\n",

  "CREATE TABLE conversations (\n"
  "  call_id TEXT PRIMARY KEY NOT NULL\n"
  "    REFERENCES sessions ON DELETE CASCADE,\n"
  "  document TEXT NOT NULL -- JSON\n"
  ");\n"
  "CREATE TABLE outbox (\n"
  "  id TEXT PRIMARY KEY NOT NULL, -- the key by which a receiver knows it\n"
  "  call_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,\n"
  "  url TEXT NOT NULL,\n"
  "  secret TEXT, -- where it is: env:NAME or file:PATH\n"
  "  state TEXT NOT NULL, -- waiting, delivered or dead\n"
  "  since TEXT NOT NULL, -- when it was put here, or replayed\n"
  "  next_at TEXT NOT NULL, -- not before then\n"
  "  delivered TEXT, -- when\n"
  "  attempts INTEGER NOT NULL,\n"
  "  status INTEGER NOT NULL, -- of the last answer; 0: none came\n"
  "  last_error TEXT NOT NULL\n"
  ");\n"
  "CREATE INDEX outbox_by_time ON outbox (state, next_at);\n",
};
/* *INDENT-ON* */

const guint store_n_steps = G_N_ELEMENTS (store_steps);

static gboolean
take_steps (const Store * store, const gchar * const *steps, guint n_steps,
    GError ** error)
{
  gint64 version = store_number (store, "PRAGMA user_version", error);
  gchar *sql;
  gboolean ok = version >= 0;

  for (guint i = MAX (version, 0); ok && i < n_steps; i++)
    ok = store_exec (store, steps[i], error);
  if (!ok)
    return FALSE;
  sql = g_strdup_printf ("PRAGMA user_version = %u; PRAGMA application_id = %u",
      n_steps, STORE_APPLICATION_ID);
  ok = store_exec (store, sql, error);
  g_free (sql);
  return ok;
}

/**
 * store_migrate:
 * @store: a store whose file has an older version, or nothing in it
 * @steps: what leads from each version to the next
 * @n_steps: the version to reach
 * @error: where to say why it cannot be reached
 *
 * All of the steps are taken, or none. Another process may have taken them
 * meanwhile.
 *
 * Returns: whether the file has the version now
 */
gboolean
store_migrate (const Store * store, const gchar * const *steps, guint n_steps,
    GError ** error)
{
  if (!store_begin (store, error))
    return FALSE;
  if (take_steps (store, steps, n_steps, error))
    return store_commit (store, error);
  store_roll_back (store);
  return FALSE;
}
