/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The journal's file, and how a structure becomes a line of it.
 *
 * Threads: any may append; one thread of its own puts lines on the disk within
 * a second of being told that there are some, and sleeps otherwise.
 * Locks: `lock`, a leaf. write() is called with it held, so that lines are in
 * the order of their numbers; fdatasync() is not.
 */
#include "journal.h"

#include "events.h"
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

struct _GstVoiceJournal
{
  /* set once in gst_voice_journal_new() */
  gchar *path;
  gint fd;
  GThread *thread;

  /* lock */
  GMutex lock;
  GCond cond;
  gboolean dirty, quit;
};

static gpointer
sync_loop (gpointer data)
{
  GstVoiceJournal *journal = data;
  gint64 until;

  g_mutex_lock (&journal->lock);
  while (!journal->quit) {
    if (!journal->dirty) {
      g_cond_wait (&journal->cond, &journal->lock);
      continue;
    }
    until = g_get_monotonic_time () + G_TIME_SPAN_SECOND * 3 / 4;
    while (!journal->quit
        && g_cond_wait_until (&journal->cond, &journal->lock, until));
    journal->dirty = FALSE;
    g_mutex_unlock (&journal->lock);
    fdatasync (journal->fd);
    g_mutex_lock (&journal->lock);
  }
  g_mutex_unlock (&journal->lock);
  return NULL;
}

/**
 * gst_voice_journal_new:
 * @path: a file that does not exist
 * @error: where to say why it cannot be made
 *
 * Returns: (transfer full) (nullable): a journal
 */
GstVoiceJournal *
gst_voice_journal_new (const gchar * path, GError ** error)
{
  GstVoiceJournal *journal;
  gint fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC,
      0600);

  if (fd < 0) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
        "cannot write the journal %s: %s", path, g_strerror (errno));
    return NULL;
  }
  journal = g_new0 (GstVoiceJournal, 1);
  journal->path = g_strdup (path);
  journal->fd = fd;
  g_mutex_init (&journal->lock);
  g_cond_init (&journal->cond);
  journal->thread = g_thread_new ("voice-journal", sync_loop, journal);
  return journal;
}

/**
 * gst_voice_journal_free:
 * @journal: (transfer full): a journal; all lines are on the disk afterwards
 */
void
gst_voice_journal_free (GstVoiceJournal * journal)
{
  g_mutex_lock (&journal->lock);
  journal->quit = TRUE;
  g_cond_signal (&journal->cond);
  g_mutex_unlock (&journal->lock);
  g_thread_join (journal->thread);
  fdatasync (journal->fd);
  close (journal->fd);
  g_cond_clear (&journal->cond);
  g_mutex_clear (&journal->lock);
  g_free (journal->path);
  g_free (journal);
}

static gboolean
write_all_locked (GstVoiceJournal * journal, const gchar * text, gsize size)
{
  while (size > 0) {
    gssize n = write (journal->fd, text, size);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return FALSE;
    text += n;
    size -= n;
  }
  return TRUE;
}

static gboolean
set_file_error (GstVoiceJournal * journal, GError ** error)
{
  gint code = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
      "cannot write the journal %s: %s", journal->path, g_strerror (code));
  return FALSE;
}

/**
 * gst_voice_journal_append:
 * @journal: the journal
 * @line: a line with its newline
 * @error: where to say why it is not written
 *
 * Returns: whether the line would survive a crash of this process
 */
gboolean
gst_voice_journal_append (GstVoiceJournal * journal, const gchar * line,
    GError ** error)
{
  gboolean ok;

  g_mutex_lock (&journal->lock);
  ok = write_all_locked (journal, line, strlen (line)) ||
      set_file_error (journal, error);
  if (ok && !journal->dirty) {
    journal->dirty = TRUE;
    g_cond_signal (&journal->cond);
  }
  g_mutex_unlock (&journal->lock);
  return ok;
}

/**
 * gst_voice_journal_sync:
 * @journal: the journal
 * @error: where to say why it is not on the disk
 *
 * Returns: whether all lines would survive a power cut
 */
gboolean
gst_voice_journal_sync (GstVoiceJournal * journal, GError ** error)
{
  return fdatasync (journal->fd) == 0 || set_file_error (journal, error);
}

/* To the microsecond: what is finer is noise. */
static void
append_seconds (GString * out, GstClockTime time)
{
  if (GST_CLOCK_TIME_IS_VALID (time))
    gst_voice_json_append_number (out,
        round ((gdouble) time / GST_USECOND) / 1e6);
  else
    g_string_append (out, "null");
}

/* What is not JSON, though it should be, is kept as a string. */
static void
append_json (GString * out, const gchar * text)
{
  JsonNode *node = gst_voice_json_parse (text, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  gchar *compact;

  if (!node) {
    gst_voice_json_append_string (out, text);
    return;
  }
  compact = gst_voice_json_to_string (node);
  g_string_append (out, compact);
  g_free (compact);
  json_node_unref (node);
}

static void
append_field (GString * out, const GstVoiceFieldInfo * field,
    const GstStructure * structure)
{
  const gchar *name = field->name;

  g_string_append_printf (out, ",\"%s\":", name);
  switch (field->type) {
    case GST_VOICE_STRING:
      gst_voice_json_append_string (out, gst_voice_structure_string (structure,
              name));
      break;
    case GST_VOICE_JSON:
      append_json (out, gst_voice_structure_string (structure, name));
      break;
    case GST_VOICE_UINT:
      g_string_append_printf (out, "%u",
          gst_voice_structure_uint (structure, name));
      break;
    case GST_VOICE_BOOLEAN:
      g_string_append (out, gst_voice_structure_boolean (structure, name) ?
          "true" : "false");
      break;
    case GST_VOICE_DOUBLE:
      gst_voice_json_append_number (out,
          gst_voice_structure_double (structure, name));
      break;
    case GST_VOICE_TIME:
      append_seconds (out, gst_voice_structure_time (structure, name));
      break;
  }
}

static void
append_wall (GString * out, gint64 wall)
{
  GDateTime *seconds = g_date_time_new_from_unix_utc (wall / G_USEC_PER_SEC);
  gchar *text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");

  g_string_append_printf (out, "\"%s.%03dZ\"", text,
      (gint) (wall % G_USEC_PER_SEC / 1000));
  g_free (text);
  g_date_time_unref (seconds);
}

/**
 * gst_voice_journal_line:
 * @structure: a structure of the table of events
 * @n: the number of the line, from 1
 * @at: running time
 * @wall: microseconds since 1970
 *
 * Returns: (transfer full): `{"n", "at", "wall", "type", …}` and a newline
 */
gchar *
gst_voice_journal_line (const GstStructure * structure, guint n,
    GstClockTime at, gint64 wall)
{
  const GstVoiceEventInfo *info =
      gst_voice_event_info (gst_structure_get_name (structure));
  GString *out = g_string_new (NULL);

  g_return_val_if_fail (info != NULL, g_string_free (out, FALSE));
  g_string_append_printf (out, "{\"n\":%u,\"at\":", n);
  append_seconds (out, at);
  g_string_append (out, ",\"wall\":");
  append_wall (out, wall);
  g_string_append_printf (out, ",\"type\":\"%s\"", info->name);
  for (const GstVoiceFieldInfo * f = info->fields; f->name; f++) {
    if (gst_structure_has_field (structure, f->name))
      append_field (out, f, structure);
  }
  g_string_append (out, "}\n");
  return g_string_free (out, FALSE);
}
