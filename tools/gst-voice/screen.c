/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call as it happens, for people.
 *
 * Threads: the main thread. Locks: none.
 */
#include "screen.h"

#include <gst-voice/events.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TEXT_COLUMN 17

#define RESET "\033[0m"
#define FAINT "\033[90m"
#define AGENT "\033[36m"
#define CALLER "\033[1m"
#define TOOL "\033[35m"
#define WARNING "\033[33m"
#define STRUCK "\033[9;90m"

struct _Screen
{
  FILE *out;
  ScreenSettings settings;
  gboolean alive;               /* the last line is not settled */
  gboolean synthetic;           /* what the caller says now */
  gboolean scripted;            /* the caller is a file's */
};

void
screen_settings_guess (ScreenSettings * settings, FILE * out)
{
  struct winsize size;

  settings->terminal = isatty (fileno (out));
  settings->colours = settings->terminal && !g_getenv ("NO_COLOR")
      && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;
  settings->width = 80;
  if (settings->terminal && ioctl (fileno (out), TIOCGWINSZ, &size) == 0
      && size.ws_col >= 40)
    settings->width = MIN (size.ws_col, 120);
}

Screen *
screen_new (FILE * out, const ScreenSettings * settings)
{
  Screen *screen = g_new0 (Screen, 1);

  screen->out = out;
  screen->settings = *settings;
  return screen;
}

void
screen_free (Screen * screen)
{
  g_free (screen);
}

static void
paint (Screen * screen, GString * line, const gchar * colour,
    const gchar * text)
{
  if (screen->settings.colours && colour)
    g_string_append_printf (line, "%s%s" RESET, colour, text);
  else
    g_string_append (line, text);
}

static void
append_time (GString * line, GstClockTime at)
{
  guint tenths = GST_CLOCK_TIME_IS_VALID (at) ? at / (GST_SECOND / 10) : 0;

  g_string_append_printf (line, "%02u:%02u.%u  ", tenths / 600,
      tenths / 10 % 60, tenths % 10);
}

/* How much of @text fits into @columns, up to the end of a word. In bytes. */
static gsize
fit (const gchar * text, guint columns)
{
  const gchar *p = text, *word = NULL;

  for (guint n = 0; *p && n < columns; n++, p = g_utf8_next_char (p)) {
    if (*p == ' ')
      word = p;
  }
  if (!*p)
    return p - text;
  return (word ? word : p) - text;
}

/* The text in lines of the screen's width, each in its colour. */
static void
append_wrapped (Screen * screen, GString * line, const gchar * colour,
    const gchar * text, guint * column)
{
  while (*text) {
    guint room = screen->settings.width > *column + 1 ?
        screen->settings.width - *column - 1 : 1;
    gsize n = fit (text, room);
    gchar *part = g_strndup (text, n);

    paint (screen, line, colour, part);
    *column += g_utf8_strlen (part, -1);
    g_free (part);
    text += n;
    if (!*text)
      break;
    while (*text == ' ')
      text++;
    g_string_append_printf (line, "\n%*s", TEXT_COLUMN, "");
    *column = TEXT_COLUMN;
  }
}

static void
begin_line (Screen * screen, GString * line, GstClockTime at,
    const gchar * colour, const gchar * name)
{
  gchar *padded = g_strdup_printf ("%-8s", name);

  append_time (line, at);
  paint (screen, line, colour, padded);
  g_free (padded);
}

static void
settle (Screen * screen, GString * line)
{
  if (screen->alive)
    fputs ("\r\033[K", screen->out);
  screen->alive = FALSE;
  fprintf (screen->out, "%s\n", line->str);
  fflush (screen->out);
  g_string_free (line, TRUE);
}

static void
say_line (Screen * screen, GstClockTime at, const gchar * colour,
    const gchar * name, const gchar * text, const gchar * remark)
{
  GString *line = g_string_new (NULL);
  guint column = TEXT_COLUMN;

  begin_line (screen, line, at, colour, name);
  append_wrapped (screen, line, NULL, text, &column);
  if (remark && *remark) {
    g_string_append (line, *text ? "  " : "");
    column += 2;
    append_wrapped (screen, line, FAINT, remark, &column);
  }
  settle (screen, line);
}

/* The live line: the end of the text, if not all of it fits. */
static void
live_line (Screen * screen, GstClockTime at, const gchar * colour,
    const gchar * name, const gchar * text_colour, const gchar * text)
{
  GString *line;
  guint room = screen->settings.width - TEXT_COLUMN - 1;
  glong length = g_utf8_strlen (text, -1);

  if (!screen->settings.terminal)
    return;
  line = g_string_new ("\r\033[K");
  begin_line (screen, line, at, colour, name);
  if (length > (glong) room)
    text = g_utf8_offset_to_pointer (text, length - room);
  paint (screen, line, text_colour, text);
  fputs (line->str, screen->out);
  fflush (screen->out);
  screen->alive = TRUE;
  g_string_free (line, TRUE);
}

/* A line below, without a time. */
static void
side_line (Screen * screen, const gchar * colour, const gchar * text)
{
  GString *line = g_string_new (NULL);
  guint column = TEXT_COLUMN;

  g_string_append_printf (line, "%*s", TEXT_COLUMN, "");
  append_wrapped (screen, line, colour, text, &column);
  settle (screen, line);
}

static GstClockTime
at_of (const GstStructure * s)
{
  return gst_voice_structure_time (s, "at");
}

static void
show_started (Screen * screen, const GstStructure * s)
{
  gboolean simulated = gst_voice_structure_boolean (s, "simulated");
  const gchar *caller = gst_voice_structure_string (s, "caller");
  GString *line = g_string_new (NULL);

  paint (screen, line, CALLER, gst_voice_structure_string (s, "persona"));
  g_string_append_printf (line, "  call %s",
      gst_voice_structure_string (s, "call-id"));
  if (*caller)
    g_string_append_printf (line, "  from %s", caller);
  if (simulated)
    g_string_append (line, "  (simulated time)");
  settle (screen, line);
}

static void
show_turn (Screen * screen, const GstStructure * s)
{
  const gchar *remark = NULL;

  if (!gst_voice_structure_boolean (s, "reply"))
    remark = "(not answered)";
  else if (screen->scripted)
    remark = screen->synthetic ? "(synthetic)" : "(human recording)";
  say_line (screen, at_of (s), CALLER, "caller",
      gst_voice_structure_string (s, "text"), remark);
}

static void
show_heard (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup (gst_voice_structure_string (s, "text"));
  gchar *rest = g_strdup (gst_voice_structure_string (s, "rest"));
  GString *line = g_string_new (NULL);
  guint column = TEXT_COLUMN;

  g_strstrip (text);
  g_strstrip (rest);
  begin_line (screen, line, at_of (s), AGENT, "agent");
  append_wrapped (screen, line, NULL, text, &column);
  if (*rest) {
    g_string_append (line, *text ? " " : "");
    column++;
    /* Without colours brackets say what was not heard. */
    if (!screen->settings.colours)
      g_string_append_c (line, '[');
    append_wrapped (screen, line, STRUCK, rest, &column);
    if (!screen->settings.colours)
      g_string_append_c (line, ']');
  }
  settle (screen, line);
  g_free (text);
  g_free (rest);
}

static void
show_tool_call (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup_printf ("%s %s", gst_voice_structure_string (s,
          "name"), gst_voice_structure_string (s, "arguments"));

  say_line (screen, at_of (s), TOOL, "tool", text, NULL);
  g_free (text);
}

static void
show_tool_result (Screen * screen, const GstStructure * s)
{
  const gchar *outcome = gst_voice_structure_string (s, "outcome");
  GstClockTime took = gst_voice_structure_time (s, "took");
  gchar *text = g_strdup_printf ("→ %s%s%s  (%s, %u ms)",
      strcmp (outcome, "ok") == 0 ? "" : outcome,
      strcmp (outcome, "ok") == 0 ? "" : " ",
      gst_voice_structure_string (s, "json"),
      gst_voice_structure_string (s, "name"),
      GST_CLOCK_TIME_IS_VALID (took) ? (guint) (took / GST_MSECOND) : 0);

  side_line (screen, strcmp (outcome, "ok") == 0 ? FAINT : WARNING, text);
  g_free (text);
}

static void
append_part (GString * text, const gchar * name, const GstStructure * s,
    const gchar * field)
{
  GstClockTime time = gst_voice_structure_time (s, field);

  if (GST_CLOCK_TIME_IS_VALID (time))
    g_string_append_printf (text, "%s%s %" G_GUINT64_FORMAT,
        g_str_has_suffix (text->str, ": ") ? "" : ", ", name,
        time / GST_MSECOND);
}

static void
show_metrics (Screen * screen, const GstStructure * s)
{
  GString *text = g_string_new (NULL);
  GstClockTime playing = gst_voice_structure_time (s, "playing");

  if (GST_CLOCK_TIME_IS_VALID (playing) && playing > 0)
    g_string_append_printf (text, "reply after %" G_GUINT64_FORMAT " ms: ",
        playing / GST_MSECOND);
  else
    g_string_append (text, "reply: ");
  append_part (text, "end of turn", s, "commit");
  append_part (text, "model", s, "first-token");
  append_part (text, "sentence", s, "first-sentence");
  append_part (text, "voice", s, "first-audio");
  append_part (text, "ours", s, "own");
  side_line (screen, FAINT, text->str);
  g_string_free (text, TRUE);
}

static void
show_discard (Screen * screen, const GstStructure * s)
{
  const gchar *text = gst_voice_structure_string (s, "text");
  gchar *remark = g_strdup_printf ("(%s)", gst_voice_structure_string (s,
          "reason"));

  if (*text)
    say_line (screen, at_of (s), FAINT, "caller", text, remark);
  g_free (remark);
}

static void
show_ended (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup_printf ("(%s)", gst_voice_structure_string (s,
          "reason"));

  say_line (screen, at_of (s), FAINT, "ended", "", text);
  g_free (text);
}

static void
show_inactivity (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup_printf ("(nothing said for %u s)",
      (guint) (gst_voice_structure_time (s, "quiet") / GST_SECOND));

  say_line (screen, at_of (s), FAINT, "silence", "", text);
  g_free (text);
}

static void
show_limit (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup_printf ("(%s: %s)", gst_voice_structure_string (s,
          "what"), gst_voice_structure_string (s, "stage"));

  say_line (screen, at_of (s), FAINT, "limit", "", text);
  g_free (text);
}

static void
show_fault (Screen * screen, const GstStructure * s)
{
  gchar *text = g_strdup_printf ("%s: %s (%s)",
      gst_voice_structure_string (s, "element"),
      gst_voice_structure_string (s, "text"),
      gst_voice_structure_string (s, "code"));

  say_line (screen, at_of (s), WARNING, "fault", text, NULL);
  g_free (text);
}

static void
show_interim (Screen * screen, const GstStructure * s)
{
  live_line (screen, at_of (s), CALLER, "caller", FAINT,
      gst_voice_structure_string (s, "text"));
}

static void
show_words (Screen * screen, const GstStructure * s)
{
  live_line (screen, at_of (s), AGENT, "agent", NULL,
      gst_voice_structure_string (s, "text"));
}

static void
show_speech_start (Screen * screen, const GstStructure * s)
{
  live_line (screen, at_of (s), CALLER, "caller", FAINT, "…");
}

static void
note_caller (Screen * screen, const GstStructure * s)
{
  screen->scripted = TRUE;
  screen->synthetic = gst_voice_structure_boolean (s, "synthetic");
}

/* An element message of ours; what people need not see is passed over. */
void
screen_show (Screen * screen, const GstStructure * message)
{
  static const struct
  {
    const gchar *name;
    void (*show) (Screen * screen, const GstStructure * s);
  } rows[] = {
    {"voice/session-started", show_started}, {"voice/caller", note_caller},
    {"voice/speech-start", show_speech_start},
    {"voice/interim", show_interim}, {"voice/turn", show_turn},
    {"voice/discard", show_discard}, {"voice/words", show_words},
    {"voice/heard", show_heard}, {"voice/tool-call", show_tool_call},
    {"voice/tool-result", show_tool_result},
    {"voice/turn-metrics", show_metrics}, {"voice/ended", show_ended},
    {"voice/inactivity", show_inactivity},
    {"voice/session-limit", show_limit}, {"voice/fault", show_fault},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (gst_structure_has_name (message, rows[i].name))
      rows[i].show (screen, message);
  }
}

void
screen_warn (Screen * screen, const gchar * text)
{
  GString *line = g_string_new (NULL);

  paint (screen, line, WARNING, text);
  settle (screen, line);
}

/* Leaves the cursor on an empty line. */
void
screen_finish (Screen * screen)
{
  if (screen->alive)
    fputs ("\r\033[K", screen->out);
  screen->alive = FALSE;
  fflush (screen->out);
}
