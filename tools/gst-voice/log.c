/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines on standard error, for people or as JSON, each in one write so that
 * those of several processes do not mix. GLib's own messages come the same way.
 *
 * Threads: any, after log_begin (). Locks: none.
 */
#include "log.h"

#include "json-writer.h"
#include "record-text.h"

#include <errno.h>
#include <gst-voice/json.h>
#include <string.h>
#include <unistd.h>

#define MAX_VALUE 2048          /* bytes of a message or value */

static const gchar *const levels[] = { "debug", "info", "warning", "error",
  NULL
};

static const gchar *const formats[] = { "text", "json", NULL };

static struct
{
  LogFormat format;
  LogLevel least;
} settings = { LOG_TEXT, LOG_LEVEL_INFO };

static gint
find (const gchar * const *names, const gchar * name)
{
  for (gint i = 0; names[i]; i++) {
    if (strcmp (names[i], name) == 0)
      return i;
  }
  return -1;
}

/**
 * log_parse_format:
 * @name: `text` or `json`
 * @format: (out): which that is
 *
 * Returns: whether it is one of them
 */
gboolean
log_parse_format (const gchar * name, LogFormat * format)
{
  gint i = find (formats, name);

  if (i >= 0)
    *format = i;
  return i >= 0;
}

/**
 * log_parse_level:
 * @name: `debug`, `info`, `warning` or `error`
 * @level: (out): which that is
 *
 * Returns: whether it is one of them
 */
gboolean
log_parse_level (const gchar * name, LogLevel * level)
{
  gint i = find (levels, name);

  if (i >= 0)
    *level = i;
  return i >= 0;
}

/* Valid, on one line, of bounded length. */
static gchar *
clean (const gchar * text)
{
  gchar *valid = g_utf8_make_valid (text, strnlen (text, MAX_VALUE));
  gchar *line = text_printable (valid);

  g_free (valid);
  return line;
}

static void
append_json (GString * out, const gchar * name, const gchar * value)
{
  gchar *text = clean (value);

  g_string_append (out, out->len > 1 ? "," : "");
  gst_voice_json_append_string (out, name);
  g_string_append_c (out, ':');
  gst_voice_json_append_string (out, text);
  g_free (text);
}

static gchar *
format_json (gint64 wall, LogLevel level, const gchar * call,
    const gchar * message, const gchar * const *fields)
{
  GString *out = g_string_new ("{");
  gchar *time = json_format_wall (wall);

  append_json (out, "time", time);
  append_json (out, "level", levels[level]);
  append_json (out, "message", message);
  if (call)
    append_json (out, "call", call);
  for (; fields[0]; fields += 2)
    append_json (out, fields[0], fields[1]);
  g_string_append (out, "}\n");
  g_free (time);
  return g_string_free (out, FALSE);
}

static void
append_field (GString * out, const gchar * name, const gchar * value)
{
  gchar *text = clean (value);

  if (*text && !strpbrk (text, " \"="))
    g_string_append_printf (out, " %s=%s", name, text);
  else
    g_string_append_printf (out, " %s=\"%s\"", name, text);
  g_free (text);
}

static gchar *
format_text (gint64 wall, LogLevel level, const gchar * call,
    const gchar * message, const gchar * const *fields)
{
  GDateTime *when = g_date_time_new_from_unix_local (wall / G_USEC_PER_SEC);
  gchar *time = when ? g_date_time_format (when, "%H:%M:%S") : NULL;
  GString *out = g_string_new (time ? time : "");
  gchar *text = clean (message);

  g_string_append_printf (out, " %-7s %s", levels[level], text);
  if (call)
    append_field (out, "call", call);
  for (; fields[0]; fields += 2)
    append_field (out, fields[0], fields[1]);
  g_string_append_c (out, '\n');
  g_free (text);
  g_free (time);
  g_clear_pointer (&when, g_date_time_unref);
  return g_string_free (out, FALSE);
}

/**
 * log_format_line:
 * @format: for whom
 * @wall: microseconds since 1970
 * @level: how bad it is
 * @call: (nullable): id of the call it is about
 * @message: what has happened, always the same words for the same thing
 * @fields: names and values by turns, %NULL at the end
 *
 * Returns: (transfer full): the line, with its end
 */
gchar *
log_format_line (LogFormat format, gint64 wall, LogLevel level,
    const gchar * call, const gchar * message, const gchar * const *fields)
{
  return format == LOG_JSON ?
      format_json (wall, level, call, message, fields) :
      format_text (wall, level, call, message, fields);
}

/* There is nobody to be told that standard error is full. */
static void
write_line (LogLevel level, const gchar * call, const gchar * message,
    const gchar * const *fields)
{
  gchar *line = log_format_line (settings.format, g_get_real_time (), level,
      call, message, fields);
  gsize length = strlen (line), done = 0;
  gssize n;

  do {
    n = write (STDERR_FILENO, line + done, length - done);
    done += n > 0 ? n : 0;
  } while (done < length && (n > 0 || (n < 0 && errno == EINTR)));
  g_free (line);
}

/**
 * log_event:
 * @level: how bad it is
 * @call: (nullable): id of the call it is about
 * @message: what has happened
 * @...: names and values by turns, %NULL at the end
 */
void
log_event (LogLevel level, const gchar * call, const gchar * message, ...)
{
  GPtrArray *fields;
  const gchar *word;
  va_list words;

  if (level < settings.least)
    return;
  fields = g_ptr_array_new ();
  va_start (words, message);
  while ((word = va_arg (words, const gchar *)))
      g_ptr_array_add (fields, (gpointer) word);
  va_end (words);
  g_ptr_array_add (fields, NULL);
  write_line (level, call, message, (const gchar * const *) fields->pdata);
  g_ptr_array_unref (fields);
}

static LogLevel
level_of (GLogLevelFlags flags)
{
  if (flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return LOG_LEVEL_ERROR;
  if (flags & G_LOG_LEVEL_WARNING)
    return LOG_LEVEL_WARNING;
  return flags & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO) ? LOG_LEVEL_INFO :
      LOG_LEVEL_DEBUG;
}

static GLogWriterOutput
write_glib (GLogLevelFlags flags, const GLogField * fields, gsize n_fields,
    gpointer unused)
{
  const gchar *message = "", *pairs[] = { NULL, NULL, NULL };

  for (gsize i = 0; i < n_fields; i++) {
    if (strcmp (fields[i].key, "MESSAGE") == 0) {
      message = fields[i].value;
    } else if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0) {
      pairs[0] = "domain";
      pairs[1] = fields[i].value;
    }
  }
  /* Debugging of libraries is not ours. */
  if (level_of (flags) >= MAX (settings.least, LOG_LEVEL_INFO))
    write_line (level_of (flags), NULL, message, pairs);
  return G_LOG_WRITER_HANDLED;
}

/**
 * log_begin:
 * @format: for whom the lines are
 * @least: what is less bad is not said
 *
 * Once, before there are threads.
 */
void
log_begin (LogFormat format, LogLevel least)
{
  settings.format = format;
  settings.least = least;
  g_log_set_writer_func (write_glib, NULL, NULL);
}
