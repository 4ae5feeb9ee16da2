/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes JSON piece by piece, as the command prints it.
 *
 * Threads: one at a time. Locks: none.
 */
#include "json-writer.h"

#include "journal-line.h"

#include <gst-voice/json.h>
#include <math.h>

static void
new_line (JsonWriter * json)
{
  g_string_append_printf (json->out, "\n%*s", (gint) json->depth * 2, "");
}

/* To where a value may stand. @name is NULL in an array. */
static void
begin_value (JsonWriter * json, const gchar * name)
{
  if (!json->first)
    g_string_append_c (json->out, ',');
  if (json->depth > 0 && json->depth <= json->open)
    new_line (json);
  else if (!json->first)
    g_string_append_c (json->out, ' ');
  json->first = FALSE;
  if (name) {
    gst_voice_json_append_string (json->out, name);
    g_string_append (json->out, ": ");
  }
}

/**
 * json_writer_begin:
 * @json: a writer
 * @name: (nullable): of the member; %NULL in an array and at the top
 * @bracket: `{` or `[`
 */
void
json_writer_begin (JsonWriter * json, const gchar * name, gchar bracket)
{
  if (json->depth == 0)
    json->first = TRUE;
  begin_value (json, name);
  g_string_append_c (json->out, bracket);
  json->depth++;
  json->first = TRUE;
}

/**
 * json_writer_end:
 * @json: a writer
 * @bracket: `}` or `]`, which closes what was begun last
 */
void
json_writer_end (JsonWriter * json, gchar bracket)
{
  gboolean lines = !json->first && json->depth <= json->open;

  json->depth--;
  if (lines)
    new_line (json);
  g_string_append_c (json->out, bracket);
  json->first = FALSE;
  if (json->depth == 0)
    g_string_append_c (json->out, '\n');
}

/**
 * json_writer_string:
 * @json: a writer
 * @name: (nullable): of the member
 * @value: (nullable): UTF-8; %NULL is `null`
 */
void
json_writer_string (JsonWriter * json, const gchar * name, const gchar * value)
{
  begin_value (json, name);
  if (value)
    gst_voice_json_append_string (json->out, value);
  else
    g_string_append (json->out, "null");
}

/**
 * json_writer_uint:
 * @json: a writer
 * @name: (nullable): of the member
 * @value: a number
 */
void
json_writer_uint (JsonWriter * json, const gchar * name, guint64 value)
{
  begin_value (json, name);
  g_string_append_printf (json->out, "%" G_GUINT64_FORMAT, value);
}

/**
 * json_writer_boolean:
 * @json: a writer
 * @name: (nullable): of the member
 * @value: true or false
 */
void
json_writer_boolean (JsonWriter * json, const gchar * name, gboolean value)
{
  begin_value (json, name);
  g_string_append (json->out, value ? "true" : "false");
}

/**
 * json_writer_number:
 * @json: a writer
 * @name: (nullable): of the member
 * @value: a number; what is not finite is `null`
 */
void
json_writer_number (JsonWriter * json, const gchar * name, gdouble value)
{
  begin_value (json, name);
  /* Sums of money and times have no more digits than this. */
  gst_voice_json_append_number (json->out, isfinite (value) ?
      round (value * 1e9) / 1e9 : value);
}

/**
 * json_writer_time:
 * @json: a writer
 * @name: (nullable): of the member
 * @time: microseconds, written in seconds; %JOURNAL_NO_TIME is `null`
 */
void
json_writer_time (JsonWriter * json, const gchar * name, gint64 time)
{
  begin_value (json, name);
  if (time == JOURNAL_NO_TIME)
    g_string_append (json->out, "null");
  else
    gst_voice_json_append_number (json->out, (gdouble) time / G_USEC_PER_SEC);
}

/**
 * json_format_wall:
 * @wall: microseconds since 1970, or %JOURNAL_NO_TIME
 *
 * Returns: (transfer full) (nullable): RFC 3339 in UTC with milliseconds, which
 *   sorts by time
 */
gchar *
json_format_wall (gint64 wall)
{
  GDateTime *seconds;
  gchar *text, *full;

  if (wall == JOURNAL_NO_TIME)
    return NULL;
  seconds = g_date_time_new_from_unix_utc (wall / G_USEC_PER_SEC);
  text = g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S");
  full = g_strdup_printf ("%s.%03dZ", text,
      (gint) (wall % G_USEC_PER_SEC / 1000));
  g_free (text);
  g_date_time_unref (seconds);
  return full;
}

/**
 * json_writer_wall:
 * @json: a writer
 * @name: (nullable): of the member
 * @wall: microseconds since 1970, or %JOURNAL_NO_TIME
 */
void
json_writer_wall (JsonWriter * json, const gchar * name, gint64 wall)
{
  gchar *text = json_format_wall (wall);

  json_writer_string (json, name, text);
  g_free (text);
}

/**
 * json_writer_json:
 * @json: a writer
 * @name: (nullable): of the member
 * @value: (nullable): JSON; %NULL is `null`
 */
void
json_writer_json (JsonWriter * json, const gchar * name, const gchar * value)
{
  begin_value (json, name);
  g_string_append (json->out, value ? value : "null");
}
