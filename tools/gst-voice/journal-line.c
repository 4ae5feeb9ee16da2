/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads lines of a journal. A journal may come from anywhere, from a newer or
 * an older version, and from a process that died in the middle of a line: no
 * line is trusted to be whole or to have the fields that docs/events.md names.
 *
 * Threads: any. Locks: none.
 */
#include "journal-line.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

/* A call of an hour has about a megabyte. */
#define MAX_JOURNAL (256 * 1024 * 1024)
/* About thirty years; what is beyond is no time of a call. */
#define MAX_SECONDS 1e9

static gint64
parse_wall (const gchar * text)
{
  GDateTime *time = g_date_time_new_from_iso8601 (text, NULL);
  gint64 wall = JOURNAL_NO_TIME;

  if (time && g_date_time_to_unix (time) >= 0)
    wall = g_date_time_to_unix (time) * G_USEC_PER_SEC +
        g_date_time_get_microsecond (time);
  g_clear_pointer (&time, g_date_time_unref);
  return wall;
}

/**
 * journal_line_parse:
 * @line: (out): to be cleared if this succeeds
 * @text: a line
 * @length: its bytes, without the newline
 *
 * Returns: whether it is a line of a journal
 */
gboolean
journal_line_parse (JournalLine * line, const gchar * text, gsize length)
{
  JsonNode *root = gst_voice_json_parse (text, length, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (!root)
    return FALSE;
  line->root = root;
  if (JSON_NODE_HOLDS_OBJECT (root)) {
    line->object = json_node_get_object (root);
    line->type = journal_line_string (line, "type");
    if (*line->type) {
      line->n = journal_line_uint (line, "n");
      line->at = journal_line_time (line, "at");
      line->wall = parse_wall (journal_line_string (line, "wall"));
      return TRUE;
    }
  }
  json_node_unref (root);
  return FALSE;
}

/**
 * journal_line_clear:
 * @line: a line that was parsed
 */
void
journal_line_clear (JournalLine * line)
{
  g_clear_pointer (&line->root, json_node_unref);
}

static JsonNode *
value_of_type (const JournalLine * line, const gchar * field, GType type)
{
  JsonNode *node = json_object_get_member (line->object, field);

  if (node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == type)
    return node;
  return NULL;
}

/**
 * journal_line_has:
 * @line: a line
 * @field: a field's name
 *
 * Returns: whether the line has such a field, whatever is in it
 */
gboolean
journal_line_has (const JournalLine * line, const gchar * field)
{
  return json_object_has_member (line->object, field);
}

/**
 * journal_line_string:
 * @line: a line
 * @field: a field's name
 *
 * Returns: (transfer none): valid UTF-8, empty if there is none
 */
const gchar *
journal_line_string (const JournalLine * line, const gchar * field)
{
  JsonNode *node = value_of_type (line, field, G_TYPE_STRING);

  return node ? json_node_get_string (node) : "";
}

/**
 * journal_line_double:
 * @line: a line
 * @field: a field's name
 *
 * Returns: a finite number
 */
gdouble
journal_line_double (const JournalLine * line, const gchar * field)
{
  JsonNode *node = value_of_type (line, field, G_TYPE_DOUBLE);
  gdouble value;

  if (!node)
    node = value_of_type (line, field, G_TYPE_INT64);
  value = node ? json_node_get_double (node) : 0;
  return isfinite (value) ? value : 0;
}

/**
 * journal_line_uint:
 * @line: a line
 * @field: a field's name
 *
 * Returns: a number, 0 if what is there is none or does not fit
 */
guint
journal_line_uint (const JournalLine * line, const gchar * field)
{
  gdouble value = journal_line_double (line, field);

  return value >= 0 && value <= G_MAXUINT ? (guint) value : 0;
}

/**
 * journal_line_boolean:
 * @line: a line
 * @field: a field's name
 *
 * Returns: whether `true` is there
 */
gboolean
journal_line_boolean (const JournalLine * line, const gchar * field)
{
  JsonNode *node = value_of_type (line, field, G_TYPE_BOOLEAN);

  return node && json_node_get_boolean (node);
}

/**
 * journal_line_time:
 * @line: a line
 * @field: a field's name
 *
 * Returns: microseconds, or %JOURNAL_NO_TIME
 */
gint64
journal_line_time (const JournalLine * line, const gchar * field)
{
  gdouble seconds = journal_line_double (line, field);
  gboolean is_number = value_of_type (line, field, G_TYPE_DOUBLE)
      || value_of_type (line, field, G_TYPE_INT64);

  if (!is_number || seconds < 0 || seconds > MAX_SECONDS)
    return JOURNAL_NO_TIME;
  return llround (seconds * G_USEC_PER_SEC);
}

/**
 * journal_line_json:
 * @line: a line
 * @field: a field's name
 *
 * Returns: (transfer full) (nullable): the value as JSON, %NULL if there is
 *   none
 */
gchar *
journal_line_json (const JournalLine * line, const gchar * field)
{
  JsonNode *node = json_object_get_member (line->object, field);

  return node ? gst_voice_json_to_string (node) : NULL;
}

/**
 * journal_load:
 * @path: a journal
 * @size: (out): its bytes
 * @error: where to say why it cannot be read
 *
 * Returns: (transfer full) (nullable): what is in the file
 */
gchar *
journal_load (const gchar * path, gsize * size, GError ** error)
{
  GStatBuf info;
  gchar *text;
  int code;

  if (g_stat (path, &info) != 0) {
    code = errno;
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
        "cannot read the journal %s: %s", path, g_strerror (code));
    return NULL;
  }
  if (!S_ISREG (info.st_mode) || info.st_size > MAX_JOURNAL) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "cannot read the journal %s: it is %s", path,
        S_ISREG (info.st_mode) ? "too long for a call" : "no file");
    return NULL;
  }
  if (!g_file_get_contents (path, &text, size, error)) {
    g_prefix_error (error, "cannot read the journal: ");
    return NULL;
  }
  return text;
}

/**
 * journal_next_line:
 * @text: (inout): where to go on
 * @end: of the text
 * @length: (out): bytes of the line, without its newline
 *
 * Returns: (transfer none) (nullable): the next line
 */
const gchar *
journal_next_line (const gchar ** text, const gchar * end, gsize * length)
{
  const gchar *line = *text, *newline;

  if (line >= end)
    return NULL;
  newline = memchr (line, '\n', end - line);
  *length = (newline ? newline : end) - line;
  *text = newline ? newline + 1 : end;
  return line;
}
