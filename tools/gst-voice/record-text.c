/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The conversation as plain text. What callers, models and tools have said is
 * not trusted: nothing of it reaches a terminal as a control character.
 *
 * Threads: any. Locks: none.
 */
#include "record-text.h"

#include "json-writer.h"

#include <string.h>

const TextStyle text_plain = {
  "", "", "", "", "", "", "[cut: ", "]"
};

const TextStyle text_coloured = {
  "\033[1m", "\033[2m", "\033[36m", "\033[32m", "\033[31m", "\033[0m",
  "\033[9m", "\033[29m"
};

/**
 * text_append:
 * @out: where to write
 * @text: valid UTF-8 from anywhere
 *
 * Appends the text as part of a line: white space becomes a space, other
 * control characters become U+FFFD.
 */
void
text_append (GString * out, const gchar * text)
{
  for (; *text; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (g_unichar_isspace (c))
      g_string_append_c (out, ' ');
    else if (g_unichar_iscntrl (c))
      g_string_append (out, "\357\277\275");
    else
      g_string_append_unichar (out, c);
  }
}

/**
 * text_printable:
 * @text: valid UTF-8 from anywhere
 *
 * Returns: (transfer full): what text_append() makes of it, without space at
 *   either end
 */
gchar *
text_printable (const gchar * text)
{
  GString *out = g_string_new (NULL);

  text_append (out, text);
  return g_strstrip (g_string_free (out, FALSE));
}

static guint
width_of (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

/**
 * text_width:
 * @text: valid UTF-8
 *
 * Returns: how many columns it takes on a terminal
 */
guint
text_width (const gchar * text)
{
  guint width = 0;

  for (; *text; text = g_utf8_next_char (text))
    width += width_of (g_utf8_get_char (text));
  return width;
}

/**
 * text_fit:
 * @text: valid UTF-8
 * @columns: of a terminal
 *
 * Returns: how many bytes of it fit there
 */
gsize
text_fit (const gchar * text, guint columns)
{
  const gchar *p = text;

  for (guint width = 0; *p; p = g_utf8_next_char (p)) {
    width += width_of (g_utf8_get_char (p));
    if (width > columns)
      break;
  }
  return p - text;
}

/**
 * text_format_time:
 * @time: microseconds, or %JOURNAL_NO_TIME
 *
 * Returns: (transfer full): such as `1:02.5` or `1:00:02.5`
 */
gchar *
text_format_time (gint64 time)
{
  gint64 tenths = (time + G_USEC_PER_SEC / 20) / (G_USEC_PER_SEC / 10);
  gint64 minutes = tenths / 600;
  gint seconds = tenths / 10 % 60, tenth = tenths % 10;

  if (time == JOURNAL_NO_TIME)
    return g_strdup ("-");
  if (minutes < 60)
    return g_strdup_printf ("%d:%02d.%d", (gint) minutes, seconds, tenth);
  return g_strdup_printf ("%" G_GINT64_FORMAT ":%02d:%02d.%d", minutes / 60,
      (gint) (minutes % 60), seconds, tenth);
}

/**
 * text_append_seconds:
 * @out: where to write
 * @width: how many columns at least
 * @time: microseconds, or %JOURNAL_NO_TIME
 *
 * Appends seconds with two decimals, or a dash.
 */
void
text_append_seconds (GString * out, gint width, gint64 time)
{
  gint64 hundredths = (time + G_USEC_PER_SEC / 200) / (G_USEC_PER_SEC / 100);
  gchar *text;

  if (time == JOURNAL_NO_TIME)
    text = g_strdup ("-");
  else
    text = g_strdup_printf ("%" G_GINT64_FORMAT ".%02d", hundredths / 100,
        (gint) (hundredths % 100));
  g_string_append_printf (out, "%*s", width, text);
  g_free (text);
}

static void
append_trimmed (GString * out, const gchar * text)
{
  gchar *line = text_printable (text);

  g_string_append (out, line);
  g_free (line);
}

static void
append_agent (GString * out, const RecordUtterance * u, const TextStyle * style)
{
  if (!u->text) {
    g_string_append_printf (out, "%s(what was heard is not known)%s",
        style->dim, style->off);
    return;
  }
  append_trimmed (out, u->text);
  if (*u->rest) {
    g_string_append_printf (out, " %s", style->cut);
    append_trimmed (out, u->rest);
    g_string_append (out, style->cut_off);
  } else if (u->interrupted) {
    g_string_append (out, " —");
  }
}

/**
 * text_append_utterance:
 * @out: where to write
 * @utterance: a line of the conversation
 * @style: how to mark it
 *
 * Appends when it was, who spoke, and the words, as a line.
 */
void
text_append_utterance (GString * out, const RecordUtterance * utterance,
    const TextStyle * style)
{
  gchar *time = text_format_time (utterance->start);
  gboolean agent = utterance->agent;

  g_string_append_printf (out, "%8s  %s%-6s%s  ", time,
      agent ? style->agent : style->caller, agent ? "agent" : "caller",
      style->off);
  if (agent) {
    append_agent (out, utterance, style);
  } else if (utterance->discarded) {
    g_string_append_printf (out, "%s(", style->dim);
    append_trimmed (out, utterance->text);
    g_string_append (out, ": ");
    append_trimmed (out, utterance->discarded);
    g_string_append_printf (out, ")%s", style->off);
  } else {
    append_trimmed (out, utterance->text);
  }
  g_string_append_c (out, '\n');
  g_free (time);
}

static void
append_header (GString * out, const Record * record)
{
  gchar *wall = json_format_wall (record->started);
  gchar *length = text_format_time (record->duration);

  g_string_append (out, "Call ");
  append_trimmed (out, record->call_id);
  if (*record->persona) {
    g_string_append (out, ", ");
    append_trimmed (out, record->persona);
  }
  if (wall)
    g_string_append_printf (out, ", %s", wall);
  g_string_append_printf (out, ", %s, ", length);
  append_trimmed (out, record->reason);
  g_string_append (out, "\n\n");
  g_free (length);
  g_free (wall);
}

/**
 * record_to_text:
 * @record: a record
 *
 * Returns: (transfer full): a line about the call, and the conversation as it
 *   was heard, a line for each utterance; what was cut stands in brackets
 */
gchar *
record_to_text (const Record * record)
{
  GString *out = g_string_new (NULL);
  GArray *transcript = record_transcript (record);

  append_header (out, record);
  for (guint i = 0; i < transcript->len; i++)
    text_append_utterance (out, &g_array_index (transcript, RecordUtterance,
            i), &text_plain);
  g_array_unref (transcript);
  return g_string_free (out, FALSE);
}
