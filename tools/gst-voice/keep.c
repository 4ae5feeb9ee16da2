/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the journal of a call is while the call runs, and how it comes from
 * there into the database. What an earlier call has left, because it crashed or
 * the database could not be written, goes the same way at the next start. What
 * is in the outbox of the database is sent meanwhile, and this call's at its
 * end.
 *
 * Threads: the main thread, beside that of the outbox. Locks: none.
 */
#include "keep.h"

#include "outbox-sender.h"
#include "spool.h"

#include <glib/gstdio.h>
#include <string.h>

/* How long receivers are waited for at the end. */
#define OUTBOX_SECONDS 10

struct _Keep
{
  gchar *db;                    /* NULL: nothing is kept */
  gchar *dir;
  gboolean standard;            /* the default database, whose folder we make */
  Spool *spool;
  OutboxSender *outbox;
  gchar *trouble;               /* thread of the outbox, until that is gone */
};

static void
keep_free (Keep * keep)
{
  g_clear_pointer (&keep->spool, spool_end);
  if (keep->outbox)
    outbox_sender_free (keep->outbox, 0);
  g_free (keep->trouble);
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

/* One trouble is told, unless it has passed. */
static void
take_news (const OutboxEntry * entry, const gchar * state, const gchar * why,
    gpointer data)
{
  Keep *keep = data;

  if (!why && !(keep->trouble && strstr (keep->trouble, entry->id)))
    return;
  g_free (keep->trouble);
  keep->trouble = !why ? NULL : entry ? g_strdup_printf ("%s does not take the "
      "conversation %s: %s", entry->url, entry->id, why) : g_strdup (why);
}

static gboolean
begin (Keep * keep, const gchar * call_id, const Delivery * delivery,
    GError ** error)
{
  keep->spool = spool_begin (keep->dir, call_id, error);
  if (!keep->spool)
    return FALSE;
  /* Nothing of a call that is not kept is sent. */
  if (!keep->db)
    return TRUE;
  if (!spool_note (keep->spool, delivery, error))
    return FALSE;
  keep->outbox = outbox_sender_new (keep->db, take_news, keep);
  return TRUE;
}

/**
 * keep_begin:
 * @db: (nullable): the database, `none`, or %NULL for the default one
 * @call_id: of the call that begins
 * @delivery: where its conversation goes
 * @error: where to say why its journal cannot be kept
 *
 * Returns: (transfer full) (nullable): to be given to keep_end()
 */
Keep *
keep_begin (const gchar * db, const gchar * call_id,
    const Delivery * delivery, GError ** error)
{
  Keep *keep = g_new0 (Keep, 1);

  if (find_folders (keep, db, error) && take_up_earlier (keep, error)
      && begin (keep, call_id, delivery, error))
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
 * @undelivered: (out) (optional) (nullable): why a conversation is still in the
 *   outbox, though it was tried
 * @error: where to say why it is not in the database; its journal stays then,
 *   and the next start tries again
 *
 * Returns: (transfer full) (nullable): the database that has the call now
 */
gchar *
keep_end (Keep * keep, gchar ** undelivered, GError ** error)
{
  gchar *db = NULL;
  SpoolReport report;

  if (!keep->db)
    spool_forget (keep_journal (keep));
  g_clear_pointer (&keep->spool, spool_end);
  if (keep->db && deliver (keep, &report, error))
    db = g_strdup (keep->db);
  if (keep->outbox)
    outbox_sender_free (g_steal_pointer (&keep->outbox), OUTBOX_SECONDS);
  if (undelivered)
    *undelivered = g_steal_pointer (&keep->trouble);
  /* Unless it is empty it stays. */
  g_rmdir (keep->dir);
  keep_free (keep);
  return db;
}
