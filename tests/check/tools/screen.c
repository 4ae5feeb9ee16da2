/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What of a call is drawn, on a terminal and elsewhere: events go in, text
 * comes out.
 */
#include <screen.h>

#include <gst-voice/events.h>
#include <stdlib.h>
#include <string.h>

typedef struct
{
  Screen *screen;
  FILE *out;
  char *text;
  size_t size;
} Drawn;

static void
begin (Drawn * self, gboolean live, gboolean colours, guint width)
{
  ScreenSettings settings = { live, colours, width };

  self->out = open_memstream (&self->text, &self->size);
  self->screen = screen_new (self->out, &settings);
}

/* Takes @s. */
static void
show (Drawn * self, GstStructure * s)
{
  gst_structure_set (s, "at", GST_TYPE_CLOCK_TIME, 61 * GST_SECOND, NULL);
  screen_show (self->screen, s);
  gst_structure_free (s);
}

static void
expect (Drawn * self, const gchar * text)
{
  screen_finish (self->screen);
  screen_free (self->screen);
  fclose (self->out);
  g_assert_cmpstr (self->text, ==, text);
  free (self->text);
}

static void
say (Drawn * self, const gchar * text)
{
  show (self, gst_voice_structure_new ("turn", "text", text, "reply", TRUE,
          NULL));
}

static GstStructure *
heard (const gchar * text, const gchar * rest)
{
  return gst_voice_structure_new ("heard", "text", text, "rest", rest, NULL);
}

static void
to_a_file (void)
{
  Drawn drawn;

  begin (&drawn, FALSE, FALSE, 80);
  show (&drawn, gst_voice_structure_new ("session-started", "persona", "clinic",
          "call-id", "77", "caller", "+1555", "simulated", TRUE, NULL));
  show (&drawn, gst_voice_structure_new ("speech-start", NULL));
  show (&drawn, gst_voice_structure_new ("interim", "text", "i wo", NULL));
  say (&drawn, "i would");
  show (&drawn, gst_voice_structure_new ("words", "text", "Good", NULL));
  show (&drawn, heard ("Good ", "morning."));
  show (&drawn, heard ("", "Nothing."));
  show (&drawn, gst_voice_structure_new ("discard", "text", "okay", "reason",
          "backchannel", NULL));
  show (&drawn, gst_voice_structure_new ("ended", "reason", "completed", NULL));
  expect (&drawn, "clinic  call 77  from +1555  (simulated time)\n"
      "01:01.0  caller  i would\n"
      "01:01.0  agent   Good [morning.]\n"
      "01:01.0  agent   [Nothing.]\n"
      "01:01.0  caller  okay  (backchannel)\n"
      "01:01.0  ended   (completed)\n");
}

/* What is in another colour than the rest, and how the line that is not yet
 * settled is drawn over. */
static void
to_a_terminal (void)
{
  Drawn drawn;

  begin (&drawn, TRUE, TRUE, 80);
  show (&drawn, gst_voice_structure_new ("interim", "text", "i wo", NULL));
  say (&drawn, "i would");
  show (&drawn, gst_voice_structure_new ("words", "text", "Good", NULL));
  show (&drawn, heard ("Good", "morning."));
  expect (&drawn,
      "\r\033[K01:01.0  \033[1mcaller  \033[0m\033[90mi wo\033[0m"
      "\r\033[K01:01.0  \033[1mcaller  \033[0mi would\n"
      "\r\033[K01:01.0  \033[36magent   \033[0mGood"
      "\r\033[K01:01.0  \033[36magent   \033[0mGood "
      "\033[9;90mmorning.\033[0m\n");
}

static void
without_colours (void)
{
  Drawn drawn;

  begin (&drawn, TRUE, FALSE, 80);
  show (&drawn, gst_voice_structure_new ("words", "text", "Good", NULL));
  show (&drawn, heard ("Good", "morning."));
  screen_warn (drawn.screen, "the disk\nis full");
  expect (&drawn, "\r\033[K01:01.0  agent   Good"
      "\r\033[K01:01.0  agent   Good [morning.]\n"
      "                 the disk is full\n");
}

static void
wrapped (void)
{
  Drawn drawn;

  begin (&drawn, FALSE, FALSE, 50);
  say (&drawn, "one two three four five six seven eight nine ten");
  expect (&drawn, "01:01.0  caller  one two three four five six\n"
      "                 seven eight nine ten\n");
}

static void
narrow (void)
{
  Drawn drawn;

  begin (&drawn, TRUE, FALSE, 24);
  show (&drawn, gst_voice_structure_new ("words", "text", "one two three",
          NULL));
  show (&drawn, heard ("one two three four", ""));
  say (&drawn, "abcdefghijklmnopqrstuvwxyz");
  expect (&drawn, "\r\033[K01:01.0  agent    three"
      "\r\033[K01:01.0  agent   one\n    two three four\n"
      "01:01.0  caller\n    abcdefghijklmnopqrs\n    tuvwxyz\n");
}

/* Wide characters take two columns, marks none. */
static void
other_scripts (void)
{
  Drawn drawn;

  begin (&drawn, TRUE, FALSE, 24);
  show (&drawn, gst_voice_structure_new ("words", "text", "日本語日本語",
          NULL));
  say (&drawn, "日本語日本語日本語日本語");
  say (&drawn, "e\314\201e\314\201e\314\201e\314\201e\314\201e\314\201");
  expect (&drawn, "\r\033[K01:01.0  agent   日本語"
      "\r\033[K01:01.0  caller\n"
      "    日本語日本語日本語\n    日本語\n"
      "01:01.0  caller  e\314\201e\314\201e\314\201e\314\201e\314\201e\314\201"
      "\n");
}

/* Nobody who is on the telephone can write to the terminal as he likes. */
static void
control_characters (void)
{
  Drawn drawn;

  begin (&drawn, FALSE, FALSE, 80);
  say (&drawn, "a\033[2Jb\r\nc\007");
  show (&drawn, gst_voice_structure_new ("tool-call", "name", "x\033",
          "arguments", "{\"a\":\"\302\233\"}", NULL));
  expect (&drawn,
      "01:01.0  caller  a\357\277\275[2Jb  c\357\277\275\n"
      "01:01.0  tool    x\357\277\275 {\"a\":\"\357\277\275\"}\n");
}

static void
tools (void)
{
  gchar *much = g_strnfill (5000, 'x'), *line, *text;
  Drawn drawn;

  begin (&drawn, FALSE, FALSE, 1000);
  show (&drawn, gst_voice_structure_new ("tool-call", "name", "book",
          "arguments", "{\"day\":1}", NULL));
  show (&drawn, gst_voice_structure_new ("tool-result", "name", "book", "json",
          "{\"ok\":true}", "outcome", "ok", "took", 1500 * GST_MSECOND, NULL));
  show (&drawn, gst_voice_structure_new ("tool-result", "name", "book", "json",
          much, "outcome", "late", "took", GST_CLOCK_TIME_NONE, NULL));
  show (&drawn, gst_voice_structure_new ("fault", "element", "toolcall", "text",
          "refused", "code", "disconnected", NULL));
  much[200] = 0;
  line = g_strdup_printf ("%17s→ late %s…  (book, 0 ms)\n", "", much);
  text = g_strconcat ("01:01.0  tool    book {\"day\":1}\n"
      "                 → {\"ok\":true}  (book, 1500 ms)\n", line,
      "01:01.0  fault   toolcall: refused (disconnected)\n", NULL);
  expect (&drawn, text);
  g_free (text);
  g_free (line);
  g_free (much);
}

static void
latency (void)
{
  Drawn drawn;

  begin (&drawn, FALSE, FALSE, 100);
  show (&drawn, gst_voice_structure_new ("turn-metrics", "playing",
          820 * GST_MSECOND, "commit", 500 * GST_MSECOND, "first-token",
          120 * GST_MSECOND, "first-sentence", GST_CLOCK_TIME_NONE,
          "first-audio", 190 * GST_MSECOND, "own", 10 * GST_MSECOND, NULL));
  expect (&drawn, "                 reply after 820 ms: end of turn 500, model "
      "120, voice 190, ours 10\n");
}

static void
guessed (void)
{
  ScreenSettings settings;
  FILE *out = tmpfile ();

  screen_settings_guess (&settings, out);
  g_assert_false (settings.live);
  g_assert_false (settings.colours);
  g_assert_cmpuint (settings.width, ==, 80);
  fclose (out);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/screen/file", to_a_file);
  g_test_add_func ("/screen/terminal", to_a_terminal);
  g_test_add_func ("/screen/no-colours", without_colours);
  g_test_add_func ("/screen/wrapped", wrapped);
  g_test_add_func ("/screen/narrow", narrow);
  g_test_add_func ("/screen/other-scripts", other_scripts);
  g_test_add_func ("/screen/control-characters", control_characters);
  g_test_add_func ("/screen/tools", tools);
  g_test_add_func ("/screen/latency", latency);
  g_test_add_func ("/screen/guessed", guessed);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
