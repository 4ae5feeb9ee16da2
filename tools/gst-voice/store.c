/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens the database of calls, and says in a user's words what SQLite says in
 * its own.
 *
 * What goes in is committed with synchronous=FULL, since a journal is removed
 * once it is in; what is deleted is overwritten.
 *
 * Threads: one at a time. Locks: none; SQLite locks the file, and is waited
 * for for five seconds.
 */
#include "store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE 5000           /* ms */
#define WAL_PAUSE 10            /* ms */

G_DEFINE_QUARK (store_error, store_error);

/**
 * store_default_path:
 *
 * Returns: (transfer full): where calls are recorded unless said otherwise
 */
gchar *
store_default_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "gst-voice", "calls.db",
      NULL);
}

typedef struct
{
  gint code;                    /* of SQLite, without its extension */
  StoreError error;
  const gchar *text;            /* what is the matter and what to do */
} Explanation;

static const Explanation explanations[] = {
  {SQLITE_BUSY, STORE_ERROR_LOCKED, "another program has locked it; close that "
        "(`fuser FILE` names it) and try again"},
  {SQLITE_LOCKED, STORE_ERROR_LOCKED, "this program has locked it"},
  {SQLITE_READONLY, STORE_ERROR_READ_ONLY, "it may not be written; look at the "
        "permissions of the file and its folder"},
  {SQLITE_PERM, STORE_ERROR_READ_ONLY, "it may not be opened; look at the "
        "permissions of the file and its folder"},
  {SQLITE_FULL, STORE_ERROR_FULL, "the disk is full; make room and try again"},
  {SQLITE_IOERR, STORE_ERROR_FAILED, "the disk could not be read or written; "
        "the system's log (`dmesg`) or a limit (`ulimit -f`) may say why"},
  {SQLITE_NOTADB, STORE_ERROR_FOREIGN, "it is not a database; choose another "
        "file"},
  {SQLITE_CORRUPT, STORE_ERROR_DAMAGED,
      "it is damaged; `sqlite3 FILE .recover` "
        "may save what is in it, and a new one is made once it is moved away"},
};

/**
 * store_fail:
 * @store: a store that could not do something
 * @what: such as `read`
 * @error: where to say so
 *
 * Returns: %FALSE
 */
gboolean
store_fail (const Store * store, const gchar * what, GError ** error)
{
  gint code = sqlite3_errcode (store->db), number;

  for (guint i = 0; i < G_N_ELEMENTS (explanations); i++) {
    if (explanations[i].code == (code & 0xff)) {
      g_set_error (error, STORE_ERROR, explanations[i].error,
          "cannot %s the database of calls %s: %s", what, store->path,
          explanations[i].text);
      return FALSE;
    }
  }
  number = sqlite3_system_errno (store->db);
  g_set_error (error, STORE_ERROR, number == EACCES || number == EROFS ?
      STORE_ERROR_READ_ONLY : number == ENOSPC || number == EDQUOT
      || number == EFBIG ? STORE_ERROR_FULL : STORE_ERROR_FAILED,
      "cannot %s the database of calls %s: %s%s%s", what, store->path,
      sqlite3_errmsg (store->db), number ? ": " : "",
      number ? g_strerror (number) : "");
  return FALSE;
}

/**
 * store_exec:
 * @store: a store
 * @sql: one statement or more
 * @error: where to say what is wrong
 *
 * Returns: whether all were carried out
 */
gboolean
store_exec (const Store * store, const gchar * sql, GError ** error)
{
  return sqlite3_exec (store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
      store_fail (store, "use", error);
}

/**
 * store_prepare:
 * @store: a store
 * @sql: a statement
 * @error: where to say what is wrong
 *
 * Returns: (transfer full) (nullable): to be finalized
 */
sqlite3_stmt *
store_prepare (const Store * store, const gchar * sql, GError ** error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    store_fail (store, "use", error);
  return statement;
}

/**
 * store_run:
 * @store: a store
 * @statement: one that returns no rows; it can be used again
 * @error: where to say what is wrong
 *
 * Returns: whether it was carried out
 */
gboolean
store_run (const Store * store, sqlite3_stmt * statement, GError ** error)
{
  gboolean ok = sqlite3_step (statement) == SQLITE_DONE ||
      store_fail (store, "write", error);

  sqlite3_reset (statement);
  return ok;
}

/**
 * store_number:
 * @store: a store
 * @sql: a statement that returns a number that is not negative
 * @error: where to say what is wrong
 *
 * Returns: the number, or -1
 */
gint64
store_number (const Store * store, const gchar * sql, GError ** error)
{
  sqlite3_stmt *statement = store_prepare (store, sql, error);
  gint64 number = -1;

  if (!statement)
    return -1;
  if (sqlite3_step (statement) == SQLITE_ROW)
    number = sqlite3_column_int64 (statement, 0);
  else
    store_fail (store, "read", error);
  sqlite3_finalize (statement);
  return number;
}

/**
 * store_bind:
 * @statement: a statement
 * @index: of a parameter, from 1
 * @text: (nullable): stays until the statement is done; %NULL is NULL
 */
void
store_bind (sqlite3_stmt * statement, gint index, const gchar * text)
{
  sqlite3_bind_text (statement, index, text, -1, SQLITE_STATIC);
}

/**
 * store_begin:
 * @store: a store
 * @error: where to say what is wrong
 *
 * Returns: whether nobody else can write from now on
 */
gboolean
store_begin (const Store * store, GError ** error)
{
  return store_exec (store, "BEGIN IMMEDIATE", error);
}

/**
 * store_commit:
 * @store: a store
 * @error: where to say what is wrong
 *
 * Returns: whether all since store_begin() is on the disk; else nothing is
 */
gboolean
store_commit (const Store * store, GError ** error)
{
  if (store_exec (store, "COMMIT", error))
    return TRUE;
  store_roll_back (store);
  return FALSE;
}

/**
 * store_roll_back:
 * @store: a store
 *
 * Nothing since store_begin() has happened.
 */
void
store_roll_back (const Store * store)
{
  /* SQLite may have done it by itself. */
  if (!sqlite3_get_autocommit (store->db))
    sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
}

static gboolean
missing (const Store * store, GError ** error)
{
  g_set_error (error, STORE_ERROR, STORE_ERROR_MISSING,
      "there is no database of calls %s: nothing was recorded there",
      store->path);
  return FALSE;
}

/* SQLite would give the file the permissions of the umask; the files beside it
 * get those of this one. */
static gboolean
create_file (const Store * store, GError ** error)
{
  gint fd = g_open (store->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  gint code = errno;
  gchar *dir;

  if (fd >= 0) {
    close (fd);
    return TRUE;
  }
  if (code == EEXIST)
    return TRUE;
  dir = g_path_get_dirname (store->path);
  if (code == ENOENT)
    g_set_error (error, STORE_ERROR, STORE_ERROR_MISSING,
        "cannot make the database of calls %s: the folder %s does not exist; "
        "make it or choose another file", store->path, dir);
  else
    g_set_error (error, STORE_ERROR, code == EACCES || code == EROFS ?
        STORE_ERROR_READ_ONLY : code == ENOSPC || code == EDQUOT ?
        STORE_ERROR_FULL : STORE_ERROR_FAILED,
        "cannot make the database of calls %s: %s", store->path,
        g_strerror (code));
  g_free (dir);
  return FALSE;
}

static gboolean
check_file (const Store * store, StoreFlags flags, GError ** error)
{
  GStatBuf info;

  if (g_stat (store->path, &info) != 0 && errno == ENOENT)
    return flags & STORE_CREATE ? create_file (store, error) :
        missing (store, error);
  if (g_file_test (store->path, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_FOREIGN,
        "cannot use the database of calls %s: it is a folder; name a file",
        store->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
connect_as (Store * store, const gchar * name, gint flags, GError ** error)
{
  if (store->db)
    sqlite3_close (store->db);
  store->db = NULL;
  if (sqlite3_open_v2 (name, &store->db, flags, NULL) != SQLITE_OK)
    return store_fail (store, "open", error);
  sqlite3_busy_timeout (store->db, PATIENCE);
  /* The first that reads the file. */
  return store_number (store, "SELECT count(*) FROM sqlite_master", error) >= 0;
}

/* Even readers write beside the file, which neither a folder that may not be
 * written nor a full disk allows. If no writer has left anything there, the
 * file is all there is. */
static gboolean
connect_immutable (Store * store, GError ** error)
{
  gchar *wal = g_strconcat (store->path, "-wal", NULL);
  gchar *uri = g_filename_to_uri (store->path, NULL, NULL);
  gchar *name = g_strconcat (uri, "?immutable=1", NULL);
  GStatBuf info;
  gboolean ok = FALSE;

  if (g_stat (wal, &info) != 0 || info.st_size == 0)
    ok = connect_as (store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
        error);
  else
    store_fail (store, "open", error);
  g_free (name);
  g_free (uri);
  g_free (wal);
  return ok;
}

static gboolean
connect_store (Store * store, StoreFlags flags, GError ** error)
{
  GError *why = NULL;
  gint code;

  if (connect_as (store, store->path, SQLITE_OPEN_READWRITE, &why))
    return TRUE;
  code = sqlite3_errcode (store->db);
  if (!(flags & STORE_WRITE) && (code == SQLITE_CANTOPEN || code == SQLITE_FULL
          || code == SQLITE_READONLY || code == SQLITE_IOERR)) {
    g_error_free (why);
    return connect_immutable (store, error);
  }
  g_propagate_error (error, why);
  return FALSE;
}

/* When several processes open a new file at once SQLite does not always wait
 * here, but calls it locked at once. */
static gboolean
use_wal (const Store * store, GError ** error)
{
  gint64 until = g_get_monotonic_time () + PATIENCE * 1000;
  gint code;

  while ((code = sqlite3_exec (store->db, "PRAGMA journal_mode = WAL", NULL,
              NULL, NULL)) == SQLITE_BUSY && g_get_monotonic_time () < until)
    g_usleep (WAL_PAUSE * 1000);
  return code == SQLITE_OK || store_fail (store, "use", error);
}

/* Makes or updates the tables of a file that is ours, or empty. */
static gboolean
check_schema (const Store * store, StoreFlags flags, GError ** error)
{
  gint64 tables = store_number (store, "SELECT count(*) FROM sqlite_master",
      error);
  gint64 id = store_number (store, "PRAGMA application_id", NULL);
  gint64 version = store_number (store, "PRAGMA user_version", NULL);
  gboolean read_only = sqlite3_db_readonly (store->db, "main");

  if (tables < 0)
    return FALSE;
  if (tables > 0 && id != STORE_APPLICATION_ID) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_FOREIGN,
        "cannot use the database of calls %s: it is the database of another "
        "program; choose another file", store->path);
    return FALSE;
  }
  if (version > store_n_steps) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_NEWER,
        "cannot use the database of calls %s: a newer gst-voice has made it "
        "(version %" G_GINT64_FORMAT ", this one knows %u); use that one",
        store->path, version, store_n_steps);
    return FALSE;
  }
  if (read_only && (flags & STORE_WRITE || version < store_n_steps)) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_READ_ONLY,
        "cannot write the database of calls %s: it may not be written%s; look "
        "at the permissions of the file and its folder", store->path,
        flags & STORE_WRITE ? "" : ", and must be, to be brought up to date");
    return FALSE;
  }
  return read_only || (use_wal (store, error) && (version == store_n_steps
          || store_migrate (store, store_steps, store_n_steps, error)));
}

static gboolean
open_store (Store * store, StoreFlags flags, GError ** error)
{
  return check_file (store, flags, error)
      && connect_store (store, flags, error)
      && store_exec (store, "PRAGMA foreign_keys = ON;"
      "PRAGMA secure_delete = ON; PRAGMA synchronous = FULL", error)
      && check_schema (store, flags, error);
}

/**
 * store_open:
 * @path: (nullable): the file; %NULL is store_default_path(), whose folder is
 *   made if there is none and @flags want the file
 * @flags: what for
 * @error: where to say why it cannot be opened
 *
 * Returns: (transfer full) (nullable): the calls in the file
 */
Store *
store_open (const gchar * path, StoreFlags flags, GError ** error)
{
  Store *store = g_new0 (Store, 1);
  gchar *dir;

  store->path = path ? g_canonicalize_filename (path, NULL) :
      store_default_path ();
  if (!path && flags & STORE_CREATE) {
    dir = g_path_get_dirname (store->path);
    /* If it fails, so will what follows, and say why. */
    g_mkdir_with_parents (dir, 0700);
    g_free (dir);
  }
  if (open_store (store, flags, error))
    return store;
  store_close (store);
  return NULL;
}

/**
 * store_close:
 * @store: (transfer full): a store
 */
void
store_close (Store * store)
{
  sqlite3_close (store->db);
  g_free (store->path);
  g_free (store);
}
