/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keeps journals safe from the first line until the database has them.
 *
 * The lock is on a file beside the journal, since it must be held before the
 * journal is there: a journal that anybody can see without a lock is nobody's.
 * flock() and not fcntl(): the latter's lock is lost when any descriptor of the
 * file is closed. Whoever delivers a journal holds its lock meanwhile, so two
 * processes do not deliver the same one.
 *
 * Threads: any; a Spool belongs to one. Locks: none but those of the files.
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define JOURNAL ".jsonl"
#define LOCK ".lock"
#define NOTE ".delivery"
/* With the suffix, less than a file name may have. */
#define MAX_ID 200

struct _Spool
{
  gchar *journal, *lock;
  gint fd;
};

/**
 * spool_dir:
 * @db: (nullable): a database, or %NULL for the default one
 *
 * Each database has a folder of its own: what a call leaves that was to be in
 * one of them must not come into another.
 *
 * Returns: (transfer full): where the journals are that are to be in it
 */
gchar *
spool_dir (const gchar * db)
{
  gchar *standard = store_default_path ();
  gchar *path = db ? g_canonicalize_filename (db, NULL) : g_strdup (standard);
  gchar *dir = strcmp (path, standard) == 0 ?
      g_build_filename (g_get_user_state_dir (), "gst-voice", "journals", NULL)
      : g_strconcat (path, ".journals", NULL);

  g_free (path);
  g_free (standard);
  return dir;
}

static gboolean
set_file_error (GError ** error, const gchar * what, const gchar * path)
{
  gint code = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
      "cannot %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

/* A file that was locked may have been removed before it was: then the lock
 * guards nothing. */
static gboolean
is_still (gint fd, const gchar * path)
{
  GStatBuf ours, there;

  return fstat (fd, &ours) == 0 && g_stat (path, &there) == 0
      && ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

/* The descriptor that holds the lock, or -1; errno is EWOULDBLOCK if somebody
 * else has it. */
static gint
take_lock (const gchar * path)
{
  for (;;) {
    gint fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    gint code;

    if (fd < 0)
      return -1;
    if (flock (fd, LOCK_EX | LOCK_NB) == 0) {
      if (is_still (fd, path))
        return fd;
    } else if (errno != EINTR) {
      code = errno;
      close (fd);
      errno = code;
      return -1;
    }
    close (fd);
  }
}

static void
release_lock (gint fd, const gchar * path)
{
  g_unlink (path);
  close (fd);
}

static gboolean
is_file_name (const gchar * call_id)
{
  return *call_id && *call_id != '.' && strlen (call_id) <= MAX_ID
      && !strchr (call_id, '/');
}

/* Whoever has delivered the last journal may just have removed the folder. */
static gint
take_lock_in (const gchar * dir, const gchar * path)
{
  gint fd = take_lock (path);

  for (guint i = 0; fd < 0 && errno == ENOENT && i < 10; i++) {
    g_mkdir_with_parents (dir, 0700);
    fd = take_lock (path);
  }
  return fd;
}

static gboolean
lock (Spool * spool, const gchar * dir, const gchar * call_id, GError ** error)
{
  spool->fd = take_lock_in (dir, spool->lock);
  if (spool->fd < 0 && errno == EWOULDBLOCK) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
        "a call of the id %s is running (%s is locked); choose another id",
        call_id, spool->lock);
    return FALSE;
  }
  return spool->fd >= 0 || set_file_error (error, "keep journals in",
      spool->lock);
}

static gboolean
is_new (Spool * spool, GError ** error)
{
  if (g_file_test (spool->journal, G_FILE_TEST_EXISTS)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
        "there is a journal %s of an earlier call; choose another id",
        spool->journal);
    return FALSE;
  }
  return TRUE;
}

static Spool *
spool_new (const gchar * dir, const gchar * call_id, GError ** error)
{
  Spool *spool;
  gchar *name;

  if (!is_file_name (call_id)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "a call cannot have the id '%s': it must do as the name of a file, "
        "have %d bytes at most and not begin with a point", call_id, MAX_ID);
    return NULL;
  }
  if (g_mkdir_with_parents (dir, 0700) != 0) {
    set_file_error (error, "make the folder of journals", dir);
    return NULL;
  }
  spool = g_new0 (Spool, 1);
  name = g_build_filename (dir, call_id, NULL);
  spool->journal = g_strconcat (name, JOURNAL, NULL);
  spool->lock = g_strconcat (name, LOCK, NULL);
  g_free (name);
  if (lock (spool, dir, call_id, error))
    return spool;
  spool_end (spool);
  return NULL;
}

/**
 * spool_begin:
 * @dir: the folder; it is made if there is none
 * @call_id: of a call that will be journalled
 * @error: where to say why that is not possible
 *
 * To be called before the journal is made, which is not done here.
 *
 * Returns: (transfer full) (nullable): what keeps others from delivering the
 *   journal until spool_end() or the end of the process
 */
Spool *
spool_begin (const gchar * dir, const gchar * call_id, GError ** error)
{
  Spool *spool = spool_new (dir, call_id, error);

  if (spool && !is_new (spool, error))
    g_clear_pointer (&spool, spool_end);
  return spool;
}

/**
 * spool_resume:
 * @dir: the folder
 * @call_id: of a call whose process has ended
 * @error: where to say that it has not, or what else is wrong
 *
 * Returns: (transfer full) (nullable): the spool of that call; there need not
 *   be a journal
 */
Spool *
spool_resume (const gchar * dir, const gchar * call_id, GError ** error)
{
  return spool_new (dir, call_id, error);
}

/* Where a journal is, or was and its note is left. */
static gchar *
journal_of (const gchar * dir, const gchar * name)
{
  gchar *path = g_build_filename (dir, name, NULL), *id, *journal;

  if (!g_str_has_suffix (name, NOTE))
    return path;
  id = g_strndup (path, strlen (path) - strlen (NOTE));
  journal = g_strconcat (id, JOURNAL, NULL);
  g_free (id);
  g_free (path);
  if (g_file_test (journal, G_FILE_TEST_EXISTS))
    g_clear_pointer (&journal, g_free);
  return journal;
}

static GPtrArray *
list_journals (const gchar * dir, GError ** error)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  GDir *open = g_dir_open (dir, 0, error);
  const gchar *name;

  while (open && (name = g_dir_read_name (open))) {
    gboolean ours = *name != '.' && (g_str_has_suffix (name, JOURNAL)
        || g_str_has_suffix (name, NOTE));
    gchar *path = ours ? journal_of (dir, name) : NULL;

    if (path)
      g_ptr_array_add (paths, path);
  }
  if (open)
    g_dir_close (open);
  return paths;
}

/**
 * spool_has_journals:
 * @dir: a spool folder; it need not be there
 *
 * Returns: whether there may be something to deliver
 */
gboolean
spool_has_journals (const gchar * dir)
{
  GPtrArray *paths = list_journals (dir, NULL);
  gboolean some = paths->len > 0;

  g_ptr_array_unref (paths);
  return some;
}

/**
 * spool_path:
 * @spool: a spool
 *
 * Returns: (transfer none): where the journal of the call is to be made
 */
const gchar *
spool_path (const Spool * spool)
{
  return spool->journal;
}

/**
 * spool_end:
 * @spool: (transfer full): a spool whose journal is closed
 *
 * From now on the journal can be delivered.
 */
void
spool_end (Spool * spool)
{
  if (spool->fd >= 0)
    release_lock (spool->fd, spool->lock);
  g_free (spool->journal);
  g_free (spool->lock);
  g_free (spool);
}

static gboolean
is_empty (const gchar * path)
{
  GStatBuf info;

  return g_stat (path, &info) == 0 && S_ISREG (info.st_mode)
      && info.st_size == 0;
}

static gchar *
note_path (const gchar * journal)
{
  gchar *id = g_strndup (journal, strlen (journal) - strlen (JOURNAL));
  gchar *path = g_strconcat (id, NOTE, NULL);

  g_free (id);
  return path;
}

/* FALSE if there is a note and it cannot be read: a conversation that is to go
 * somewhere must not be taken for one that is not. */
static gboolean
read_note (const gchar * journal, Delivery * delivery, GError ** error)
{
  gchar *path = note_path (journal), *text = NULL;
  GError *why = NULL;
  gsize size;
  gboolean ok;

  memset (delivery, 0, sizeof *delivery);
  if (g_file_get_contents (path, &text, &size, &why)
      && delivery_parse (delivery, text, size, &why))
    ok = TRUE;
  else
    ok = g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  if (ok)
    g_clear_error (&why);
  else
    g_propagate_prefixed_error (error, why, "cannot use %s: ", path);
  g_free (text);
  g_free (path);
  return ok;
}

/* The note goes last: with a journal and without its note a conversation would
 * not be sent. */
static gboolean
forget (const gchar * journal, GError ** error)
{
  gchar *note = note_path (journal);
  gboolean ok = g_unlink (journal) == 0 || errno == ENOENT
      || set_file_error (error, "remove the journal", journal);

  if (ok)
    g_unlink (note);
  g_free (note);
  return ok;
}

/**
 * spool_note:
 * @spool: of a call that is not over
 * @delivery: where its conversation goes
 * @error: where to say why that cannot be written down
 *
 * To be called before the call can leave anything; a later note counts.
 *
 * Returns: whether the conversation goes there whatever happens to this process
 */
gboolean
spool_note (const Spool * spool, const Delivery * delivery, GError ** error)
{
  gchar *path = note_path (spool->journal);
  gchar *text = delivery_to_json (delivery);
  gboolean ok = TRUE;

  if (text)
    ok = g_file_set_contents_full (path, text, -1,
        G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
  else
    g_unlink (path);
  g_free (text);
  g_free (path);
  return ok;
}

/**
 * spool_forget:
 * @journal: of a call of which nothing is to be kept; it need not be there
 */
void
spool_forget (const gchar * journal)
{
  forget (journal, NULL);
}

static gboolean
put (Store * store, const gchar * path, Record ** record, GError ** error)
{
  Delivery delivery;
  gboolean ok = read_note (path, &delivery, error)
      && store_put_journal (store, path, &delivery, record, error);

  delivery_clear (&delivery);
  return ok;
}

/* With the lock held. Without a store nothing is delivered any more. */
static gboolean
deliver_locked (Store * store, const gchar * path, SpoolReport * report,
    Record ** out, GError ** error)
{
  Record *record;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return forget (path, error);
  if (is_empty (path)) {
    report->empty++;
  } else {
    if (!store || !put (store, path, &record, error))
      return FALSE;
    report->delivered++;
    report->crashed += !record->ended;
    if (out)
      *out = record;
    else
      record_free (record);
  }
  return forget (path, error);
}

static gboolean
deliver (Store * store, const gchar * path, SpoolReport * report,
    GError ** error)
{
  gchar *id = g_strndup (path, strlen (path) - strlen (JOURNAL));
  gchar *lock = g_strconcat (id, LOCK, NULL);
  gint fd = take_lock (lock);
  gboolean ok = TRUE;

  if (fd >= 0) {
    ok = deliver_locked (store, path, report, NULL, error);
    release_lock (fd, lock);
  } else if (errno == EWOULDBLOCK) {
    report->running++;
  } else {
    ok = set_file_error (error, "lock the journal", path);
  }
  g_free (lock);
  g_free (id);
  return ok;
}

/**
 * spool_deliver:
 * @spool: of a call that is over
 * @store: a store that may be written
 * @record: (out) (optional) (nullable): what the journal says; %NULL if
 *   nothing was written
 * @error: where to say why it is still there
 *
 * Returns: whether the journal is in the store and no more in the folder
 */
gboolean
spool_deliver (Spool * spool, Store * store, Record ** record, GError ** error)
{
  SpoolReport report = { 0 };

  if (record)
    *record = NULL;
  return deliver_locked (store, spool->journal, &report, record, error);
}

/* What is wrong with the database and not with one journal: the next ones need
 * not wait for it too. */
static gboolean
is_hopeless (const GError * error)
{
  return error->domain == STORE_ERROR && error->code != STORE_ERROR_CONFLICT;
}

/**
 * store_deliver_pending:
 * @store: a store that may be written
 * @dir: a spool folder; it need not be there
 * @report: (out): what became of the journals
 * @error: where to say what was wrong first
 *
 * Puts into the store each journal whose call is over, or whose process is
 * gone, and removes it once it is on the disk.
 *
 * Returns: %FALSE if a journal is still there that should not be; nothing of
 *   it is lost
 */
gboolean
store_deliver_pending (Store * store, const gchar * dir, SpoolReport * report,
    GError ** error)
{
  GError *first = NULL;
  GPtrArray *paths = list_journals (dir, &first);

  memset (report, 0, sizeof *report);
  if (g_error_matches (first, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    g_clear_error (&first);
  for (guint i = 0; i < paths->len; i++) {
    GError *why = NULL;

    if (deliver (store, g_ptr_array_index (paths, i), report, &why))
      continue;
    report->failed++;
    if (why && is_hopeless (why))
      store = NULL;
    if (why && !first)
      first = g_steal_pointer (&why);
    g_clear_error (&why);
  }
  g_ptr_array_unref (paths);
  if (!first)
    return TRUE;
  g_propagate_error (error, first);
  return FALSE;
}
