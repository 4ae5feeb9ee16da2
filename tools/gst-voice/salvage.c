/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Brings the journal of a call whose process has ended into the store. If the
 * process could not write its last line, because it crashed, it is written
 * here, so that whoever reads the journal finds how the call ended.
 *
 * Threads: that of the store. Locks: none but that of the journal's file.
 */
#include "salvage.h"

#include "json-writer.h"
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What was counted until then. */
static gchar *
last_line (const Record * record, gint64 wall)
{
  JsonWriter json = {.out = g_string_new (NULL) };

  json_writer_begin (&json, NULL, '{');
  json_writer_uint (&json, "n", record->lines + 1);
  json_writer_time (&json, "at", record->duration);
  json_writer_wall (&json, "wall", wall);
  json_writer_string (&json, "type", "session-ended");
  json_writer_string (&json, "reason", "crashed");
  json_writer_time (&json, "duration", record->duration);
  json_writer_uint (&json, "turns", record->turns_taken);
  json_writer_uint (&json, "interruptions", record->interrupted);
  json_writer_uint (&json, "tokens-in", record->tokens_in);
  json_writer_uint (&json, "tokens-out", record->tokens_out);
  json_writer_uint (&json, "characters", record->characters);
  json_writer_time (&json, "recognised", record->recognised);
  json_writer_uint (&json, "tool-calls", record->tools_run);
  json_writer_number (&json, "cost", record->cost);
  json_writer_end (&json, '}');
  return g_string_free (json.out, FALSE);
}

/* A line that is broken off stays one of its own. */
static gboolean
ends_with_newline (gint fd, gint64 size)
{
  gchar last = 0;

  return pread (fd, &last, 1, size - 1) == 1 && last == '\n';
}

static gboolean
append (const gchar * path, const Record * record)
{
  gint fd = g_open (path, O_RDWR | O_APPEND | O_CLOEXEC, 0);
  struct stat info;
  gchar *line, *text;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = fstat (fd, &info) == 0;
  if (ok) {
    /* When the line before was written: about when the call ended. */
    line = last_line (record, info.st_mtime * G_USEC_PER_SEC);
    text = g_strconcat (ends_with_newline (fd, info.st_size) ? "" : "\n", line,
        NULL);
    ok = write (fd, text, strlen (text)) == (gssize) strlen (text)
        && fdatasync (fd) == 0;
    g_free (text);
    g_free (line);
  }
  close (fd);
  return ok;
}

static gboolean
is_empty (const gchar * path)
{
  GStatBuf info;

  return g_stat (path, &info) != 0 || info.st_size == 0;
}

static gboolean
complete (const gchar * path, GError ** error)
{
  Record *record = record_new_from_journal (path, error);
  gboolean ok;

  if (!record)
    return FALSE;
  ok = record->ended || append (path, record);
  if (!ok)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
        "cannot complete the journal %s: %s", path, g_strerror (errno));
  record_free (record);
  return ok;
}

/**
 * call_salvage:
 * @store: a store that may be written
 * @journal_dir: the spool folder
 * @call_id: a call whose process has ended
 * @record: (out) (optional) (nullable): what its journal says
 * @error: where to say why it is still in the folder; nothing of it is lost
 *
 * Returns: whether the call is in the store, or has written nothing
 */
gboolean
call_salvage (Store * store, const gchar * journal_dir, const gchar * call_id,
    Record ** record, GError ** error)
{
  Spool *spool = spool_resume (journal_dir, call_id, error);
  gboolean ok;

  if (record)
    *record = NULL;
  if (!spool)
    return FALSE;
  ok = (is_empty (spool_path (spool)) || complete (spool_path (spool), error))
      && spool_deliver (spool, store, record, error);
  spool_end (spool);
  return ok;
}
