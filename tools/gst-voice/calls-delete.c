/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice calls delete`: forgets calls, and their recordings if that is
 * wanted. The record goes last: as long as it is there it says where the
 * recordings are.
 *
 * Threads: the main thread. Locks: none.
 */
#include "calls-private.h"

#include "verbs.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const CallsUsage usage = {
  "gst-voice calls delete", "CALL…",
  "Deletes calls from the database, and what is left of their words in its "
      "file.\nRecordings stay, unless --recordings is given.",
  "CALL is an id, the beginning of one, or `last`. Without --yes it asks on a "
      "terminal,\nand refuses elsewhere.\n\nExamples:\n"
      "  gst-voice calls delete last\n"
      "  gst-voice calls delete --yes --recordings 7b1e09c2 5f0c1b6e\n",
};

static gboolean
delete_recording (const RecordRecording * recording, GError ** error)
{
  const gchar *path = recording->location;
  const gchar *why = NULL;
  GStatBuf info;

  if (!g_path_is_absolute (path))
    why = "it is relative to the folder in which the call ran";
  else if (g_lstat (path, &info) != 0)
    why = errno == ENOENT ? NULL : g_strerror (errno);
  else if (!S_ISREG (info.st_mode))
    why = "it is no file";
  else if (g_unlink (path) != 0)
    why = g_strerror (errno);
  if (why)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
        "cannot delete the recording %s: %s; the call is kept", path, why);
  return why == NULL;
}

static gboolean
delete_recordings (Store * store, const gchar * call_id, GError ** error)
{
  Record *record = store_get_record (store, call_id, error);
  gboolean ok = record != NULL;

  for (guint i = 0; ok && i < record_length (record, RECORD_RECORDINGS); i++)
    ok = delete_recording (record_item (record, RECORD_RECORDINGS, i), error);
  g_clear_pointer (&record, record_free);
  return ok;
}

static int
delete_calls (Store * store, GPtrArray * ids, gboolean recordings)
{
  GError *error = NULL;

  for (guint i = 0; i < ids->len; i++) {
    const gchar *id = g_ptr_array_index (ids, i);

    if ((recordings && !delete_recordings (store, id, &error))
        || !store_delete (store, id, &error))
      return calls_fail (error);
  }
  fprintf (stderr, "%u %s deleted\n", ids->len, ids->len == 1 ? "call" :
      "calls");
  return EXIT_OK;
}

static gboolean
confirm (GPtrArray * ids, gboolean recordings)
{
  gchar answer[16] = "";

  fprintf (stderr, "Delete %u %s%s", ids->len, ids->len == 1 ? "call" :
      "calls", recordings ? " and their recordings" : "");
  for (guint i = 0; i < ids->len; i++) {
    gchar *id = text_printable (g_ptr_array_index (ids, i));

    fprintf (stderr, "%s%s", i ? ", " : " (", id);
    g_free (id);
  }
  fprintf (stderr, ")? [y/N] ");
  return fgets (answer, sizeof answer, stdin)
      && (g_ascii_strcasecmp (g_strstrip (answer), "y") == 0
      || g_ascii_strcasecmp (answer, "yes") == 0);
}

/* Each once; NULL and an error if one is not there. */
static GPtrArray *
find_calls (Store * store, char **names, GError ** error)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (; *names; names++) {
    gchar *id = store_find (store, *names, error);

    if (!id) {
      g_ptr_array_unref (ids);
      return NULL;
    }
    if (g_ptr_array_find_with_equal_func (ids, id, g_str_equal, NULL))
      g_free (id);
    else
      g_ptr_array_add (ids, id);
  }
  return ids;
}

/**
 * calls_delete:
 * @argc: of the verb
 * @argv: of the verb, its name first
 *
 * Returns: the exit status
 */
int
calls_delete (int argc, char **argv)
{
  g_autofree gchar *db = NULL;
  gboolean yes = FALSE, recordings = FALSE;
  const GOptionEntry options[] = {
    {"db", 0, 0, G_OPTION_ARG_FILENAME, &db, "The database", "FILE"},
    {"yes", 'y', 0, G_OPTION_ARG_NONE, &yes, "Do not ask", NULL},
    {"recordings", 0, 0, G_OPTION_ARG_NONE, &recordings, "Delete the files of "
          "their recordings too", NULL},
    {NULL}
  };
  GError *error = NULL;
  GPtrArray *ids;
  Store *store;
  int status = EXIT_FAILED;

  if (!calls_parse (&usage, options, &argc, &argv))
    return EXIT_USAGE;
  if (argc < 2)
    return calls_misused (&usage, "name the calls");
  if (!yes && !isatty (STDIN_FILENO))
    return calls_misused (&usage, "nobody can be asked here: add --yes");
  store = calls_open (db, STORE_WRITE, &error);
  if (!store)
    return calls_fail (error);
  ids = find_calls (store, argv + 1, &error);
  if (!ids)
    status = calls_fail (error);
  else if (yes || confirm (ids, recordings))
    status = delete_calls (store, ids, recordings);
  else
    fprintf (stderr, "nothing was deleted\n");
  g_clear_pointer (&ids, g_ptr_array_unref);
  store_close (store);
  return status;
}
