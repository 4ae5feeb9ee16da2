/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call as it happens, for people. What callers, models and tools say is not
 * trusted: nothing of it reaches the terminal as a control character.
 *
 * Threads: the main thread. Locks: none.
 */
#include "screen.h"

#include "record-text.h"

#include <gst-voice/events.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TEXT_COLUMN 17
/* On a narrow terminal further lines begin further left. */
#define NARROW 50
#define NARROW_COLUMN 4
#define MIN_WIDTH 24
#define MAX_WIDTH 120
/* What a tool is asked and answers may be long; the record has all of it. */
#define SHOWN 200

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
  const gchar *no_colour = g_getenv ("NO_COLOR");
  const gchar *terminal = g_getenv ("TERM");
  struct winsize size;

  settings->live = isatty (fileno (out)) && terminal
      && strcmp (terminal, "dumb") != 0;
  settings->colours = settings->live && !(no_colour && *no_colour);
  settings->width = 80;
  if (isatty (fileno (out)) && ioctl (fileno (out), TIOCGWINSZ, &size) == 0
      && size.ws_col > 0)
    settings->width = CLAMP (size.ws_col, MIN_WIDTH, MAX_WIDTH);
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

/* A string of the message, fit for a line. */
static gchar *
string_of (const GstStructure * s, const gchar * field)
{
  gchar *valid = g_utf8_make_valid (gst_voice_structure_string (s, field), -1);
  gchar *text = text_printable (valid);

  g_free (valid);
  return text;
}

/* The same, of which only the beginning is shown. */
static gchar *
short_string_of (const GstStructure * s, const gchar * field)
{
  gchar *text = string_of (s, field), *start;

  if (g_utf8_strlen (text, -1) <= SHOWN)
    return text;
  start = g_utf8_substring (text, 0, SHOWN);
  g_free (text);
  text = g_strconcat (start, "…", NULL);
  g_free (start);
  return text;
}

static void
append_time (GString * line, GstClockTime at)
{
  guint tenths = GST_CLOCK_TIME_IS_VALID (at) ? at / (GST_SECOND / 10) : 0;

  g_string_append_printf (line, "%02u:%02u.%u  ", tenths / 600,
      tenths / 10 % 60, tenths % 10);
}

/* How much of @text fits into @columns, up to the end of a word. In bytes, and
 * none if not even a word fits and there would be more room in a new line. */
static gsize
fit (const gchar * text, guint columns, gboolean new_line)
{
  gsize n = text_fit (text, columns), word = n;

  if (!text[n])
    return n;
  while (word > 0 && text[word] != ' ')
    word--;
  if (word > 0 || !new_line)
    return word;
  return n > 0 ? n : (gsize) (g_utf8_next_char (text) - text);
}

/* The text in lines of the screen's width, each in its colour. */
static void
append_wrapped (Screen * screen, GString * line, const gchar * colour,
    const gchar * text, guint * column)
{
  guint width = screen->settings.width;
  guint indent = width < NARROW ? NARROW_COLUMN : TEXT_COLUMN;

  while (*text) {
    gsize n = fit (text, width > *column ? width - *column - 1 : 0,
        *column == indent);
    gchar *part = g_strchomp (g_strndup (text, n));

    if (*part)
      paint (screen, line, colour, part);
    *column += text_width (part);
    g_free (part);
    text += n;
    if (!*text)
      break;
    while (*text == ' ')
      text++;
    while (line->len > 0 && line->str[line->len - 1] == ' ')
      g_string_truncate (line, line->len - 1);
    g_string_append_printf (line, "\n%*s", (gint) indent, "");
    *column = indent;
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
  if (remark) {
    g_string_append (line, *text ? "  " : "");
    column += *text ? 2 : 0;
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

  if (!screen->settings.live)
    return;
  line = g_string_new ("\r\033[K");
  begin_line (screen, line, at, colour, name);
  while (text_width (text) > room)
    text = g_utf8_next_char (text);
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
  guint column = screen->settings.width < NARROW ? NARROW_COLUMN : TEXT_COLUMN;

  g_string_append_printf (line, "%*s", (gint) column, "");
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
  gchar *persona = string_of (s, "persona"), *call_id =
      string_of (s, "call-id");
  gchar *caller = string_of (s, "caller");
  GString *line = g_string_new (NULL);

  paint (screen, line, CALLER, persona);
  g_string_append_printf (line, "  call %s", call_id);
  if (*caller)
    g_string_append_printf (line, "  from %s", caller);
  if (gst_voice_structure_boolean (s, "simulated"))
    g_string_append (line, "  (simulated time)");
  settle (screen, line);
  g_free (caller);
  g_free (call_id);
  g_free (persona);
}

static void
show_turn (Screen * screen, const GstStructure * s)
{
  gchar *text = string_of (s, "text");
  const gchar *remark = NULL;

  if (!gst_voice_structure_boolean (s, "reply"))
    remark = "(not answered)";
  else if (screen->scripted)
    remark = screen->synthetic ? "(synthetic)" : "(human recording)";
  say_line (screen, at_of (s), CALLER, "caller", text, remark);
  g_free (text);
}

static void
show_heard (Screen * screen, const GstStructure * s)
{
  gchar *text = string_of (s, "text"), *rest = string_of (s, "rest");
  GString *line = g_string_new (NULL);
  guint column = TEXT_COLUMN;

  begin_line (screen, line, at_of (s), AGENT, "agent");
  append_wrapped (screen, line, NULL, text, &column);
  if (*rest) {
    g_string_append (line, *text ? " " : "");
    column += *text ? 1 : 0;
    if (!screen->settings.colours) {
      gchar *bracketed = g_strconcat ("[", rest, "]", NULL);

      g_free (rest);
      rest = bracketed;
    }
    append_wrapped (screen, line, STRUCK, rest, &column);
  }
  settle (screen, line);
  g_free (text);
  g_free (rest);
}

static void
show_tool_call (Screen * screen, const GstStructure * s)
{
  gchar *name = string_of (s, "name");
  gchar *arguments = short_string_of (s, "arguments");
  gchar *text = g_strconcat (name, " ", arguments, NULL);

  say_line (screen, at_of (s), TOOL, "tool", text, NULL);
  g_free (text);
  g_free (arguments);
  g_free (name);
}

static void
show_tool_result (Screen * screen, const GstStructure * s)
{
  gchar *outcome = string_of (s, "outcome"), *name = string_of (s, "name");
  gchar *json = short_string_of (s, "json");
  gboolean ok = strcmp (outcome, "ok") == 0;
  GstClockTime took = gst_voice_structure_time (s, "took");
  gchar *text = g_strdup_printf ("→ %s%s%s  (%s, %u ms)", ok ? "" : outcome,
      ok ? "" : " ", json, name,
      GST_CLOCK_TIME_IS_VALID (took) ? (guint) (took / GST_MSECOND) : 0);

  side_line (screen, ok ? FAINT : WARNING, text);
  g_free (text);
  g_free (json);
  g_free (name);
  g_free (outcome);
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

/* Something happened to the call: a word in brackets. Takes @text. */
static void
remark_line (Screen * screen, const GstStructure * s, const gchar * name,
    gchar * text)
{
  say_line (screen, at_of (s), FAINT, name, "", text);
  g_free (text);
}

static void
show_discard (Screen * screen, const GstStructure * s)
{
  gchar *text = string_of (s, "text"), *reason = string_of (s, "reason");
  gchar *remark = g_strdup_printf ("(%s)", reason);

  if (*text)
    say_line (screen, at_of (s), FAINT, "caller", text, remark);
  g_free (remark);
  g_free (reason);
  g_free (text);
}

static void
show_ended (Screen * screen, const GstStructure * s)
{
  gchar *reason = string_of (s, "reason");

  remark_line (screen, s, "ended", g_strdup_printf ("(%s)", reason));
  g_free (reason);
}

static void
show_inactivity (Screen * screen, const GstStructure * s)
{
  remark_line (screen, s, "silence",
      g_strdup_printf ("(nothing said for %u s)",
          (guint) (gst_voice_structure_time (s, "quiet") / GST_SECOND)));
}

static void
show_limit (Screen * screen, const GstStructure * s)
{
  gchar *what = string_of (s, "what"), *stage = string_of (s, "stage");

  remark_line (screen, s, "limit", g_strdup_printf ("(%s: %s)", what, stage));
  g_free (stage);
  g_free (what);
}

static void
show_fault (Screen * screen, const GstStructure * s)
{
  gchar *element = string_of (s, "element"), *text = string_of (s, "text");
  gchar *code = string_of (s, "code");
  gchar *line = g_strdup_printf ("%s: %s (%s)", element, text, code);

  say_line (screen, at_of (s), WARNING, "fault", line, NULL);
  g_free (line);
  g_free (code);
  g_free (text);
  g_free (element);
}

static void
show_interim (Screen * screen, const GstStructure * s)
{
  gchar *text = string_of (s, "text");

  live_line (screen, at_of (s), CALLER, "caller", FAINT, text);
  g_free (text);
}

static void
show_words (Screen * screen, const GstStructure * s)
{
  gchar *text = string_of (s, "text");

  live_line (screen, at_of (s), AGENT, "agent", NULL, text);
  g_free (text);
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

/* @text: of ours or of an element, in one line or more */
void
screen_warn (Screen * screen, const gchar * text)
{
  gchar *valid = g_utf8_make_valid (text, -1), *line = text_printable (valid);

  side_line (screen, WARNING, line);
  g_free (line);
  g_free (valid);
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
