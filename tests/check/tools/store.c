/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The database of calls: that what goes in comes out, once; that old files are
 * brought up to date and newer ones refused; and what is said of each fault.
 */
#define _GNU_SOURCE             /* memmem() */
#include "fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <store-private.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLINIC "7b1e09c2-4c9e-4f0d-9a53-0d6c2f7e1a44"

typedef struct
{
  gchar *dir, *path;
  Store *store;
} Fixture;

static Store *
open_or_fail (const gchar * path, StoreFlags flags)
{
  GError *error = NULL;
  Store *store = store_open (path, flags, &error);

  g_assert_no_error (error);
  g_assert_nonnull (store);
  return store;
}

static void
set_up (Fixture * self, gconstpointer unused)
{
  self->dir = fixture_dir ();
  self->path = g_build_filename (self->dir, "calls.db", NULL);
  self->store = open_or_fail (self->path, STORE_WRITE | STORE_CREATE);
}

static void
tear_down (Fixture * self, gconstpointer unused)
{
  g_clear_pointer (&self->store, store_close);
  g_free (self->path);
  fixture_remove (self->dir);
}

static void
put (Fixture * self, const gchar * journal)
{
  gchar *relative = g_build_filename ("journals", journal, NULL);
  gchar *path = fixture_path (relative);
  GError *error = NULL;

  g_assert_true (store_put_journal (self->store, path, NULL, NULL, &error));
  g_assert_no_error (error);
  g_free (path);
  g_free (relative);
}

/* Puts a journal of these lines. */
static gboolean
put_text (Fixture * self, const gchar * text, GError ** error)
{
  gchar *path = g_build_filename (self->dir, "some.jsonl", NULL);
  gboolean ok;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  ok = store_put_journal (self->store, path, NULL, NULL, error);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (path);
  return ok;
}

static void
put_call (Fixture * self, const gchar * id, const gchar * day,
    const gchar * persona, const gchar * more)
{
  gchar *text = g_strdup_printf ("{\"n\":1,\"at\":0,"
      "\"wall\":\"2026-01-%sT10:00:00.000Z\",\"type\":\"session-started\","
      "\"call-id\":\"%s\",\"persona\":\"%s\",\"caller\":\"1\"}\n%s", day, id,
      persona, more);
  GError *error = NULL;

  g_assert_true (put_text (self, text, &error));
  g_assert_no_error (error);
  g_free (text);
}

static gint64
count (Fixture * self, const gchar * sql)
{
  return store_number (self->store, sql, NULL);
}

static void
expect_error (gboolean failed, GError ** error, gint code, const gchar * where,
    const gchar * text)
{
  g_assert_true (failed);
  g_assert_error (*error, STORE_ERROR, code);
  if (!strstr ((*error)->message, where) || !strstr ((*error)->message, text))
    g_error ("'%s' lacks '%s' or '%s'", (*error)->message, where, text);
  g_clear_error (error);
}

static void
expect_closed (const gchar * path, StoreFlags flags, gint code,
    const gchar * text)
{
  GError *error = NULL;

  expect_error (store_open (path, flags, &error) == NULL, &error, code, path,
      text);
}

static void
what_goes_in_comes_out (Fixture * self, gconstpointer name)
{
  gchar *relative = g_strdup_printf ("journals/%s", (const gchar *) name);
  gchar *path = fixture_path (relative), *id, *json, *again, *journal, *text;
  Record *made = NULL, *stored;
  gsize size, stored_size;
  GError *error = NULL;

  g_assert_true (store_put_journal (self->store, path, NULL, &made, &error));
  id = store_find (self->store, "last", &error);
  g_assert_cmpstr (id, ==, made->call_id);
  stored = store_get_record (self->store, id, &error);
  g_assert_no_error (error);
  json = record_to_json (made);
  again = record_to_json (stored);
  g_assert_cmpstr (json, ==, again);

  /* Byte for byte, also what is no text. */
  text = fixture_load (relative, &size);
  journal = store_get_journal (self->store, id, &stored_size, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (journal, stored_size, text, size);
  g_free (journal);
  g_free (text);
  g_free (again);
  g_free (json);
  record_free (stored);
  record_free (made);
  g_free (id);
  g_free (path);
  g_free (relative);
}

static void
tables (Fixture * self, gconstpointer unused)
{
  put (self, "clinic.jsonl");
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions WHERE "
          "duration = 60.25 AND reason = 'completed' AND ended AND turns = 3 "
          "AND started = '2026-01-14T09:05:02.262Z' AND cost = 0.00106 "
          "AND bytes > 11000"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM turns WHERE turn = 2 "
          "AND merged = '[1]' AND start_time = 3.9 AND no_reply IS NULL"), ==,
      1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM speeches WHERE "
          "interrupted AND NOT complete"), ==, 2);
  g_assert_cmpint (count (self, "SELECT count(*) FROM tool_calls WHERE "
          "result ->> '$.reference' = 'NG-2041' AND took = 4.28"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM metrics JOIN events "
          "USING (call_id, line) WHERE type = 'turn-metrics' "
          "AND json ->> 'playing' = playing"), ==, 4);
  g_assert_cmpint (count (self, "SELECT count(*) FROM usage WHERE "
          "model = 'gpt-mini' AND tokens_in = 2698 AND requests = 5"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM recordings WHERE "
          "state = 'stopped' AND duration = 60.18"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 78);
}

static void
same_journal_twice (Fixture * self, gconstpointer unused)
{
  gint64 changes;

  put (self, "clinic.jsonl");
  changes = sqlite3_total_changes (self->store->db);
  put (self, "clinic.jsonl");
  g_assert_cmpint (sqlite3_total_changes (self->store->db), ==, changes);
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 78);
}

#define STARTED(second) \
  "{\"n\":1,\"at\":0,\"wall\":\"2026-01-01T10:00:0" second ".000Z\"," \
  "\"type\":\"session-started\",\"call-id\":\"one\",\"persona\":\"p\"}\n"

static void
longer_journal_replaces (Fixture * self, gconstpointer unused)
{
  const gchar *longer = STARTED ("0") "{\"n\":2,\"at\":5,\"type\":\"turn\","
      "\"turn\":1,\"text\":\"hello\"}\n{\"n\":3,\"at\":6,"
      "\"type\":\"session-ended\",\"reason\":\"completed\",\"duration\":6}\n";
  GError *error = NULL;

  g_assert_true (put_text (self, STARTED ("0") "{\"n\":2,", &error));
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions WHERE "
          "truncated AND reason = 'crashed'"), ==, 1);
  g_assert_true (put_text (self, longer, &error));
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions WHERE "
          "NOT truncated AND reason = 'completed' AND turns = 1"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 3);
  /* An earlier state of it does not. */
  g_assert_true (put_text (self, STARTED ("0"), &error));
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 3);
  g_assert_no_error (error);
}

static void
another_call_of_the_same_id (Fixture * self, gconstpointer unused)
{
  GError *error = NULL;

  g_assert_true (put_text (self, STARTED ("0"), &error));
  expect_error (!put_text (self, STARTED ("1") STARTED ("2"), &error), &error,
      STORE_ERROR_CONFLICT, self->path, "another call has the id one");
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 1);
}

static void
list (Fixture * self, gconstpointer unused)
{
  StoreFilter filter = { 0 };
  GPtrArray *calls;
  guint total;

  put_call (self, "b", "02", "sales", "");
  put_call (self, "a", "03", "clinic", "{\"type\":\"session-ended\","
      "\"reason\":\"completed\",\"duration\":1.5,\"turns\":2}");
  put_call (self, "c", "01", "clinic", "");

  calls = store_list (self->store, &filter, &total, NULL);
  g_assert_cmpuint (total, ==, 3);
  g_assert_cmpuint (calls->len, ==, 3);
  g_assert_cmpstr (((Record *) calls->pdata[0])->call_id, ==, "a");
  g_assert_cmpint (((Record *) calls->pdata[0])->duration, ==, 1500000);
  g_assert_cmpuint (((Record *) calls->pdata[0])->turns_taken, ==, 2);
  g_assert_cmpstr (((Record *) calls->pdata[1])->call_id, ==, "b");
  g_assert_cmpstr (((Record *) calls->pdata[1])->reason, ==, "crashed");
  g_assert_cmpstr (((Record *) calls->pdata[2])->call_id, ==, "c");
  g_ptr_array_unref (calls);

  filter.persona = "clinic";
  filter.limit = 1;
  calls = store_list (self->store, &filter, &total, NULL);
  g_assert_cmpuint (total, ==, 2);
  g_assert_cmpuint (calls->len, ==, 1);
  g_ptr_array_unref (calls);

  filter = (StoreFilter) {
  .since = G_GINT64_CONSTANT (1767348000000000),.reason = "crashed",.caller =
        "1"};
  calls = store_list (self->store, &filter, &total, NULL);
  g_assert_cmpuint (total, ==, 1);
  g_assert_cmpstr (((Record *) calls->pdata[0])->call_id, ==, "b");
  g_ptr_array_unref (calls);

  filter.caller = "' OR 1 --";
  calls = store_list (self->store, &filter, &total, NULL);
  g_assert_cmpuint (total, ==, 0);
  g_ptr_array_unref (calls);
}

static void
expect_found (Fixture * self, const gchar * call, const gchar * expected)
{
  GError *error = NULL;
  gchar *id = store_find (self->store, call, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, expected);
  g_free (id);
}

static void
expect_short (Fixture * self, const gchar * id, const gchar * expected)
{
  gchar *name = store_abbreviate (self->store, id);

  g_assert_cmpstr (name, ==, expected);
  g_free (name);
}

static void
names_of_calls (Fixture * self, gconstpointer unused)
{
  GError *error = NULL;

  expect_error (!store_find (self->store, "last", &error), &error,
      STORE_ERROR_NO_CALL, self->path, "no call is recorded");
  put_call (self, "abcdefgh-1", "02", "p", "");
  put_call (self, "abcdefgh-22", "01", "p", "");
  put_call (self, "züge-nach-köln", "01", "p", "");
  put_call (self, "ab", "01", "p", "");

  expect_found (self, "last", "abcdefgh-1");
  expect_found (self, "abcdefgh-2", "abcdefgh-22");
  expect_found (self, "zü", "züge-nach-köln");
  expect_found (self, "ab", "ab");
  expect_short (self, "abcdefgh-1", "abcdefgh-1");
  expect_short (self, "abcdefgh-22", "abcdefgh-2");
  expect_short (self, "züge-nach-köln", "züge-na");
  expect_short (self, "ab", "ab");

  expect_error (!store_find (self->store, "abc", &error), &error,
      STORE_ERROR_AMBIGUOUS, "'abc'", "2 calls: abcdefgh-1, abcdefgh-2");
  expect_error (!store_find (self->store, "abdcefgh", &error), &error,
      STORE_ERROR_NO_CALL, self->path, "did you mean 'abcdefgh-1'?");
  expect_error (!store_find (self->store, "%", &error), &error,
      STORE_ERROR_NO_CALL, self->path, "calls list");
  expect_error (!store_find (self->store, "", &error), &error,
      STORE_ERROR_NO_CALL, self->path, "calls list");
  expect_error (!store_find (self->store, "\xff", &error), &error,
      STORE_ERROR_NO_CALL, "UTF-8", "UTF-8");
}

static gboolean
contains (const gchar * path, const gchar * word)
{
  gchar *text;
  gsize size;
  gboolean found;

  if (!g_file_get_contents (path, &text, &size, NULL))
    return FALSE;
  found = memmem (text, size, word, strlen (word)) != NULL;
  g_free (text);
  return found;
}

static void
deleted_words_are_gone (Fixture * self, gconstpointer unused)
{
  gchar *wal = g_strconcat (self->path, "-wal", NULL);
  GError *error = NULL;

  put (self, "clinic.jsonl");
  put (self, "crashed.jsonl");
  g_assert_true (contains (wal, "Okafor") || contains (self->path, "Okafor"));
  g_assert_true (store_delete (self->store, CLINIC, &error));
  g_assert_no_error (error);
  g_assert_false (contains (wal, "Okafor"));
  g_assert_false (contains (self->path, "Okafor"));
  g_assert_true (contains (self->path, "Saturday"));
  g_assert_cmpint (count (self, "SELECT count(*) FROM turns"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 12);
  expect_error (!store_delete (self->store, CLINIC, &error), &error,
      STORE_ERROR_NO_CALL, CLINIC, "no call");
  g_assert_null (store_get_record (self->store, CLINIC, &error));
  expect_error (TRUE, &error, STORE_ERROR_NO_CALL, CLINIC, "no call");
  g_free (wal);
}

static void
files_are_private (void)
{
  gchar *dir = fixture_dir (), *path;
  gchar *state = g_build_filename (dir, "new", NULL);
  Store *store;
  GStatBuf info;
  mode_t old = umask (0);

  if (!g_test_subprocess ()) {
    umask (old);
    fixture_remove (dir);
    g_free (state);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  g_setenv ("XDG_DATA_HOME", state, TRUE);
  store = open_or_fail (NULL, STORE_WRITE | STORE_CREATE);
  path = store_default_path ();
  g_assert_true (g_str_has_prefix (path, state));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_free (path);
  path = g_build_filename (state, "gst-voice", "calls.db-wal", NULL);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_free (path);
  path = g_build_filename (state, "gst-voice", NULL);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  g_free (path);
  store_close (store);
  g_free (state);
  fixture_remove (dir);
}

static gchar *
schema_of (Store * store, const gchar * order)
{
  gchar *sql = g_strdup_printf ("SELECT sql FROM sqlite_master "
      "WHERE sql IS NOT NULL ORDER BY %s", order);
  sqlite3_stmt *statement = store_prepare (store, sql, NULL);
  GString *out = g_string_new (NULL);

  while (sqlite3_step (statement) == SQLITE_ROW)
    g_string_append_printf (out, "%s;\n", sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  g_free (sql);
  return g_string_free (out, FALSE);
}

static void
docs_show_the_schema (Fixture * self, gconstpointer unused)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "record.md", NULL);
  gchar *schema = schema_of (self->store, "rowid"), *page, *start, *end;

  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  start = strstr (page, "```sql\n");
  g_assert_nonnull (start);
  start += strlen ("```sql\n");
  end = strstr (start, "```");
  g_assert_nonnull (end);
  *end = 0;
  g_assert_cmpstr (start, ==, schema);
  g_free (page);
  g_free (schema);
  g_free (path);
}

/* A file as version 1 has left it, with a call in it. */
static void
version_1_to_the_latest (Fixture * self, gconstpointer unused)
{
  gchar *path = g_build_filename (self->dir, "old.db", NULL);
  gchar *sql = fixture_load ("calls/version-1.sql", NULL), *expected, *schema;
  GError *error = NULL;
  Record *record;
  Store *old;
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  old = open_or_fail (path, STORE_WRITE);
  g_assert_cmpint (store_number (old, "PRAGMA user_version", NULL), ==,
      store_n_steps);
  expected = schema_of (self->store, "name");
  schema = schema_of (old, "name");
  g_assert_cmpstr (schema, ==, expected);
  record = store_get_record (old, "from-version-1", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (record_length (record, RECORD_TURNS), ==, 1);
  g_assert_cmpint (store_number (old, "PRAGMA foreign_key_check", NULL), ==,
      -1);
  record_free (record);
  store_close (old);
  g_free (schema);
  g_free (expected);
  g_free (sql);
  g_free (path);
}

static void
steps_are_taken_once_and_all_or_none (Fixture * self, gconstpointer unused)
{
  const gchar *steps[16], *bad = "CREATE TABLE more (a); INSERT INTO none "
      "VALUES (1);";
  guint n = store_n_steps;
  GError *error = NULL;

  put (self, "clinic.jsonl");
  g_assert_cmpuint (n + 2, <=, G_N_ELEMENTS (steps));
  memcpy (steps, store_steps, n * sizeof *steps);
  steps[n] = "ALTER TABLE sessions ADD COLUMN score REAL;";
  steps[n + 1] = bad;
  expect_error (!store_migrate (self->store, steps, n + 2, &error), &error,
      STORE_ERROR_FAILED, self->path, "no such table: none");
  g_assert_cmpint (count (self, "PRAGMA user_version"), ==, n);
  g_assert_cmpint (count (self, "SELECT count(*) FROM pragma_table_info "
          "('sessions') WHERE name = 'score'"), ==, 0);

  for (guint i = 0; i < 2; i++) {
    g_assert_true (store_migrate (self->store, steps, n + 1, &error));
    g_assert_no_error (error);
    g_assert_cmpint (count (self, "PRAGMA user_version"), ==, n + 1);
  }
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions WHERE "
          "score IS NULL AND turns = 3"), ==, 1);
  g_clear_pointer (&self->store, store_close);
  expect_closed (self->path, STORE_READ, STORE_ERROR_NEWER,
      "a newer gst-voice");
}

static void
files_that_are_not_ours (Fixture * self, gconstpointer unused)
{
  gchar *text = g_build_filename (self->dir, "text", NULL);
  gchar *other = g_build_filename (self->dir, "other.db", NULL);
  gchar *missing = g_build_filename (self->dir, "no", "calls.db", NULL);
  gchar *file = g_build_filename (self->path, "calls.db", NULL);
  gchar *contents;
  sqlite3 *db;

  g_assert_true (g_file_set_contents (text, "these are words and nothing "
          "else, more than a hundred of them or at least of their letters "
          "and then some", -1, NULL));
  expect_closed (text, STORE_WRITE, STORE_ERROR_FOREIGN, "not a database");
  g_assert_true (g_file_get_contents (text, &contents, NULL, NULL));
  g_assert_true (g_str_has_prefix (contents, "these are words"));
  g_free (contents);

  g_assert_cmpint (sqlite3_open (other, &db), ==, SQLITE_OK);
  sqlite3_exec (db, "CREATE TABLE sessions (a)", NULL, NULL, NULL);
  sqlite3_close (db);
  expect_closed (other, STORE_WRITE, STORE_ERROR_FOREIGN, "another program");

  expect_closed (self->dir, STORE_WRITE, STORE_ERROR_FOREIGN, "folder");
  expect_closed (missing, STORE_READ, STORE_ERROR_MISSING, "nothing was");
  expect_closed (missing, STORE_WRITE | STORE_CREATE, STORE_ERROR_MISSING,
      "does not exist");
  expect_closed (file, STORE_WRITE | STORE_CREATE, STORE_ERROR_FAILED,
      "Not a directory");
  g_free (file);
  g_free (missing);
  g_free (other);
  g_free (text);
}

static void
damaged_file (Fixture * self, gconstpointer unused)
{
  gchar *contents;
  gsize size;
  GError *error = NULL;
  Store *store;
  gint64 page;

  put (self, "clinic.jsonl");
  page = store_number (self->store,
      "SELECT rootpage FROM sqlite_master WHERE name = 'sessions'", NULL);
  g_assert_cmpint (page, >, 1);
  g_clear_pointer (&self->store, store_close);
  g_assert_true (g_file_get_contents (self->path, &contents, &size, NULL));
  g_assert_cmpuint (size, >=, page * 4096);
  memset (contents + (page - 1) * 4096, 0x5a, 4096);
  g_assert_true (g_file_set_contents (self->path, contents, size, NULL));
  g_free (contents);
  store = open_or_fail (self->path, STORE_READ);
  expect_error (!store_find (store, "last", &error), &error,
      STORE_ERROR_DAMAGED, self->path, ".recover");
  store_close (store);
}

/* Another connection writes and does not finish. */
static void
locked_by_another (Fixture * self, gconstpointer unused)
{
  Store *other = open_or_fail (self->path, STORE_WRITE);
  GError *error = NULL;
  guint total;
  StoreFilter filter = { 0 };
  GPtrArray *calls;

  put_call (self, "a", "01", "p", "");
  sqlite3_busy_timeout (self->store->db, 0);
  g_assert_true (store_begin (other, &error));
  expect_error (!put_text (self, STARTED ("0"), &error), &error,
      STORE_ERROR_LOCKED, self->path, "fuser");
  expect_error (!store_delete (self->store, "a", &error), &error,
      STORE_ERROR_LOCKED, self->path, "another program has locked it");
  /* Reading goes on. */
  calls = store_list (self->store, &filter, &total, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (calls->len, ==, 1);
  g_ptr_array_unref (calls);
  store_roll_back (other);
  g_assert_true (put_text (self, STARTED ("0"), &error));
  store_close (other);
}

static void
full_disk (Fixture * self, gconstpointer unused)
{
  GError *error = NULL;
  gchar *path = fixture_path ("journals/clinic.jsonl");

  put_call (self, "a", "01", "p", "");
  sqlite3_exec (self->store->db, "PRAGMA max_page_count = 1", NULL, NULL, NULL);
  expect_error (!store_put_journal (self->store, path, NULL, NULL, &error),
      &error, STORE_ERROR_FULL, self->path, "make room");
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions"), ==, 1);
  g_assert_cmpint (count (self, "SELECT count(*) FROM events"), ==, 1);
  sqlite3_exec (self->store->db, "PRAGMA max_page_count = 2000", NULL, NULL,
      NULL);
  put (self, "clinic.jsonl");
  g_free (path);
}

/* In a process of its own, since the limit is for all its files. */
static void
write_that_fails (Fixture * self, gconstpointer unused)
{
  const struct rlimit limit = { 100000, 100000 };
  gchar *path = fixture_path ("journals/clinic.jsonl");
  GError *error = NULL;

  if (!g_test_subprocess ()) {
    g_free (path);
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  expect_error (!store_put_journal (self->store, path, NULL, NULL, &error),
      &error, STORE_ERROR_FAILED, self->path, "ulimit");
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions"), ==, 0);
  g_free (path);
}

/* Permissions do not bind root: be somebody else. */
static gboolean
become_nobody (Fixture * self)
{
  if (geteuid () == 0 && (chown (self->dir, 65534, -1) != 0
          || chown (self->path, 65534, -1) != 0 || seteuid (65534) != 0)) {
    g_test_skip ("cannot become another user");
    return FALSE;
  }
  return TRUE;
}

static void
become_oneself (void)
{
  if (getuid () == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
read_only_file (Fixture * self, gconstpointer unused)
{
  GError *error = NULL;
  Record *record;
  Store *store;

  put (self, "clinic.jsonl");
  g_clear_pointer (&self->store, store_close);
  if (!become_nobody (self))
    return;
  g_assert_cmpint (g_chmod (self->path, 0400), ==, 0);
  expect_closed (self->path, STORE_WRITE, STORE_ERROR_READ_ONLY, "permissions");
  store = open_or_fail (self->path, STORE_READ);
  record = store_get_record (store, CLINIC, &error);
  g_assert_no_error (error);
  record_free (record);
  expect_error (!store_delete (store, CLINIC, &error), &error,
      STORE_ERROR_READ_ONLY, self->path, "permissions");
  store_close (store);

  g_assert_cmpint (g_chmod (self->path, 0000), ==, 0);
  expect_closed (self->path, STORE_READ, STORE_ERROR_READ_ONLY, "open");
  become_oneself ();
}

static void
read_only_folder (Fixture * self, gconstpointer unused)
{
  gchar *new = g_build_filename (self->dir, "new.db", NULL);
  GError *error = NULL;
  Record *record;
  Store *store;

  put (self, "clinic.jsonl");
  g_clear_pointer (&self->store, store_close);
  if (become_nobody (self)) {
    g_assert_cmpint (g_chmod (self->dir, 0500), ==, 0);
    expect_closed (new, STORE_WRITE | STORE_CREATE, STORE_ERROR_READ_ONLY,
        "Permission denied");
    expect_closed (self->path, STORE_WRITE, STORE_ERROR_READ_ONLY, "");
    store = open_or_fail (self->path, STORE_READ);
    record = store_get_record (store, CLINIC, &error);
    g_assert_no_error (error);
    record_free (record);
    store_close (store);
    g_assert_cmpint (g_chmod (self->dir, 0700), ==, 0);
    become_oneself ();
  }
  g_free (new);
}

/* Killed before the commit: nothing is there, and nobody is locked out. */
static void
killed_in_the_middle (Fixture * self, gconstpointer unused)
{
  gint pipes[2], status;
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe (pipes), ==, 0);
  g_clear_pointer (&self->store, store_close);
  child = fork ();
  if (child == 0) {
    Store *store = store_open (self->path, STORE_WRITE, NULL);

    /* More than the cache holds, so that it is in the file. */
    store_exec (store, "PRAGMA cache_size = 1; BEGIN IMMEDIATE;"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 5000) INSERT INTO sessions SELECT 'call-' || i, '', '', "
        "'', '', '', 1, '', '', 0, '', 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
        "0, 0, 0, 9 FROM n", NULL);
    if (write (pipes[1], sqlite3_errcode (store->db) == SQLITE_OK ? "x" : "e",
            1) == 1)
      pause ();
    _exit (1);
  }
  g_assert_cmpint (read (pipes[0], &byte, 1), ==, 1);
  g_assert_cmpint (byte, ==, 'x');
  kill (child, SIGKILL);
  waitpid (child, &status, 0);
  close (pipes[0]);
  close (pipes[1]);
  self->store = open_or_fail (self->path, STORE_WRITE);
  g_assert_cmpint (count (self, "SELECT count(*) FROM sessions"), ==, 0);
  put (self, "clinic.jsonl");
}

static void
put_when_all_are_there (const gchar * dir, const gchar * path, guint number,
    gint start)
{
  gchar *name = g_strdup_printf ("%u.jsonl", number), byte;
  gchar *journal = g_build_filename (dir, name, NULL);
  gboolean ok = g_file_set_contents (journal, "{\"type\":\"hold\"}\n", -1,
      NULL) && read (start, &byte, 1) == 0;
  Store *store = store_open (path, STORE_WRITE | STORE_CREATE, NULL);

  _exit (ok && store && store_put_journal (store, journal, NULL, NULL,
          NULL) ? 0 : 1);
}

/* All at once make the file and put a call in it; again and again, since it
 * takes some luck to meet. */
static void
many_processes (void)
{
  for (guint round = 0; round < 20; round++) {
    gchar *dir = fixture_dir ();
    gchar *path = g_build_filename (dir, "calls.db", NULL);
    Fixture self = { dir, path, NULL };
    gint start[2], status;
    pid_t child[8];

    g_assert_cmpint (pipe (start), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS (child); i++) {
      child[i] = fork ();
      if (child[i] == 0) {
        close (start[1]);
        put_when_all_are_there (dir, path, i, start[0]);
      }
    }
    close (start[0]);
    close (start[1]);
    for (guint i = 0; i < G_N_ELEMENTS (child); i++) {
      g_assert_cmpint (waitpid (child[i], &status, 0), ==, child[i]);
      g_assert_cmpint (status, ==, 0);
    }
    self.store = open_or_fail (path, STORE_READ);
    g_assert_cmpint (count (&self, "SELECT count(*) FROM sessions"), ==,
        G_N_ELEMENTS (child));
    store_close (self.store);
    g_free (path);
    fixture_remove (dir);
  }
}

#define ADD(path, func, data) \
  g_test_add ("/store/" path, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("whole", what_goes_in_comes_out, "clinic.jsonl");
  ADD ("crashed", what_goes_in_comes_out, "crashed.jsonl");
  ADD ("damaged", what_goes_in_comes_out, "damaged.jsonl");
  ADD ("tables", tables, NULL);
  ADD ("twice", same_journal_twice, NULL);
  ADD ("longer", longer_journal_replaces, NULL);
  ADD ("conflict", another_call_of_the_same_id, NULL);
  ADD ("list", list, NULL);
  ADD ("names", names_of_calls, NULL);
  ADD ("delete", deleted_words_are_gone, NULL);
  g_test_add_func ("/store/private", files_are_private);
  ADD ("docs", docs_show_the_schema, NULL);
  ADD ("version-1", version_1_to_the_latest, NULL);
  ADD ("steps", steps_are_taken_once_and_all_or_none, NULL);
  ADD ("foreign", files_that_are_not_ours, NULL);
  ADD ("damaged-file", damaged_file, NULL);
  ADD ("locked", locked_by_another, NULL);
  ADD ("full", full_disk, NULL);
  ADD ("write-fails", write_that_fails, NULL);
  ADD ("read-only-file", read_only_file, NULL);
  ADD ("read-only-folder", read_only_folder, NULL);
  ADD ("killed", killed_in_the_middle, NULL);
  g_test_add_func ("/store/many", many_processes);
  return g_test_run ();
}
