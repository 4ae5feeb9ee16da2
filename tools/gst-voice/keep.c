/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the journal of a call is while the call runs, and how it comes from
 * there into the database. What an earlier call has left, because it crashed or
 * the database could not be written, goes the same way at the next start.
 *
 * Threads: the main thread. Locks: none.
 */
#include "keep.h"

#include "spool.h"

#include <glib/gstdio.h>
#include <string.h>

struct _Keep
{
  gchar *db;                    /* NULL: nothing is kept */
  gchar *dir;
  gboolean standard;            /* the default database, whose folder we make */
  Spool *spool;
};

static void
keep_free (Keep * keep)
{
  g_clear_pointer (&keep->spool, spool_end);
  g_free (keep->db);
  g_free (keep->dir);
  g_free (keep);
}

static gboolean
deliver (const Keep * keep, SpoolReport * report, GError ** error)
{
  Store *store = store_open (keep->standard ? NULL : keep->db,
      STORE_WRITE | STORE_CREATE, error);
  gboolean ok = store && store_deliver_pending (store, keep->dir, report,
      error);

  g_clear_pointer (&store, store_close);
  return ok;
}

/* A database that cannot take this call either is told before it begins; one
 * that is busy, or another call's journal, can be dealt with at its end. */
static gboolean
take_up_earlier (const Keep * keep, GError ** error)
{
  GError *why = NULL;
  SpoolReport report;

  if (!keep->db)
    return TRUE;
  if (deliver (keep, &report, &why)) {
    if (report.crashed > 0)
      g_printerr ("gst-voice: %u %s had crashed; what was said is in the "
          "database now\n", report.crashed,
          report.crashed == 1 ? "earlier call" : "earlier calls");
  } else if (why->domain != STORE_ERROR || why->code == STORE_ERROR_LOCKED
      || why->code == STORE_ERROR_CONFLICT) {
    g_printerr ("gst-voice: an earlier call may not yet be in the database: "
        "%s\n", why->message);
    g_clear_error (&why);
  }
  if (why)
    g_propagate_error (error, why);
  return why == NULL;
}

static gboolean
find_folders (Keep * keep, const gchar * db, GError ** error)
{
  gchar *standard = store_default_path ();
  gchar *folder;

  if (g_strcmp0 (db, "none") == 0) {
    keep->dir = g_dir_make_tmp ("gst-voice-XXXXXX", error);
  } else {
    keep->db = db ? g_canonicalize_filename (db, NULL) : g_strdup (standard);
    keep->standard = strcmp (keep->db, standard) == 0;
    folder = g_path_get_dirname (keep->db);
    if (keep->standard || g_file_test (folder, G_FILE_TEST_IS_DIR))
      keep->dir = spool_dir (db);
    else
      g_set_error (error, STORE_ERROR, STORE_ERROR_MISSING, "cannot make the "
          "database of calls %s: there is no folder %s", keep->db, folder);
    g_free (folder);
  }
  g_free (standard);
  return keep->dir != NULL;
}

/**
 * keep_begin:
 * @db: (nullable): the database, `none`, or %NULL for the default one
 * @call_id: of the call that begins
 * @error: where to say why its journal cannot be kept
 *
 * Returns: (transfer full) (nullable): to be given to keep_end()
 */
Keep *
keep_begin (const gchar * db, const gchar * call_id, GError ** error)
{
  Keep *keep = g_new0 (Keep, 1);

  if (find_folders (keep, db, error) && take_up_earlier (keep, error))
    keep->spool = spool_begin (keep->dir, call_id, error);
  if (keep->spool)
    return keep;
  keep_free (keep);
  return NULL;
}

/**
 * keep_journal:
 * @keep: of a call
 *
 * Returns: (transfer none): where its journal is to be made
 */
const gchar *
keep_journal (const Keep * keep)
{
  return spool_path (keep->spool);
}

/**
 * keep_record:
 * @keep: of a call
 * @lines: how many lines its journal should have
 * @error: where to say that there are fewer
 *
 * Returns: (transfer full) (nullable): what the journal says so far
 */
Record *
keep_record (const Keep * keep, guint lines, GError ** error)
{
  Record *record = record_new_from_journal (keep_journal (keep), error);

  if (record && record->lines < lines)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
        "the record of the call is not whole: %u of %u lines of the journal "
        "could be written", record->lines, lines);
  return record;
}

/**
 * keep_end:
 * @keep: (transfer full): of a call that is over
 * @error: where to say why it is not in the database; its journal stays then,
 *   and the next start tries again
 *
 * Returns: (transfer full) (nullable): the database that has the call now
 */
gchar *
keep_end (Keep * keep, GError ** error)
{
  gchar *db = NULL;
  SpoolReport report;

  if (!keep->db)
    g_unlink (keep_journal (keep));
  g_clear_pointer (&keep->spool, spool_end);
  if (keep->db && deliver (keep, &report, error))
    db = g_strdup (keep->db);
  /* Unless it is empty it stays. */
  g_rmdir (keep->dir);
  keep_free (keep);
  return db;
}
