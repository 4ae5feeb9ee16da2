/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller file: what it understands, how it says what it does not, and when
 * its lines begin.
 */
#include <caller-core.h>
#include <string.h>

#define RATE 8000
#define FRAME 160
#define MS G_GINT64_CONSTANT (1000000)

static CallerCore *
parse (const gchar * text)
{
  GError *error = NULL;
  CallerCore *core = caller_core_parse (text, "test.caller", &error);

  g_assert_no_error (error);
  return core;
}

static void
lines (void)
{
  CallerCore *core = parse ("# a comment\n#\n"
      "voice awb\n"
      "\n"
      "say \"Hello there\" level=-6   # and another\n"
      "after agent 1.5 play digits.raw rate=16000 says 'two nine'\n"
      "during agent say stop voice=slt\n"
      "after 2 noise 0.4 level=3\n" "at 10 silence 1\n" "after agent hangup");
  CallerItem *item;

  g_assert_cmpuint (caller_core_count (core), ==, 6);
  item = caller_core_item (core, 0);
  g_assert_cmpint (item->what, ==, CALLER_SAY);
  g_assert_cmpint (item->when, ==, CALLER_AFTER_AGENT);
  g_assert_cmpint (item->delay, ==, 500 * MS);
  g_assert_cmpstr (item->text, ==, "Hello there");
  g_assert_cmpstr (item->voice, ==, "awb");
  g_assert_cmpfloat (item->level, ==, -6);
  g_assert_cmpuint (item->line, ==, 5);
  item = caller_core_item (core, 1);
  g_assert_cmpint (item->what, ==, CALLER_PLAY);
  g_assert_cmpint (item->delay, ==, 1500 * MS);
  g_assert_cmpstr (item->path, ==, "digits.raw");
  g_assert_cmpuint (item->rate, ==, 16000);
  g_assert_cmpstr (item->text, ==, "two nine");
  item = caller_core_item (core, 2);
  g_assert_cmpint (item->when, ==, CALLER_DURING_AGENT);
  g_assert_cmpstr (item->voice, ==, "slt");
  item = caller_core_item (core, 3);
  g_assert_cmpint (item->when, ==, CALLER_AFTER_SELF);
  g_assert_cmpint (item->length, ==, 400 * MS);
  item = caller_core_item (core, 4);
  g_assert_cmpint (item->when, ==, CALLER_AT);
  g_assert_cmpint (item->delay, ==, 10000 * MS);
  g_assert_cmpint (caller_core_item (core, 5)->what, ==, CALLER_HANG_UP);
  caller_core_free (core);
}

static void
errors (void)
{
  static const struct
  {
    const gchar *text, *message;
  } rows[] = {
    {"say \"a\"\nsya \"b\"\n", "test.caller:2: 'sya' is not understood; there "
          "are say, play, type, noise, silence, end and hangup"},
    {"say", "test.caller:1: say what? Write say \"TEXT\""},
    {"type", "test.caller:1: type what? Write type \"TEXT\""},
    {"type a level=3", "test.caller:1: type what? Write type \"TEXT\""},
    {"say \"a", "test.caller:1: Text ended before matching quote was found"},
    {"after agent", "test.caller:1: what shall the caller do? There are say, "
          "play, type, noise, silence, end and hangup"},
    {"after you say x", "test.caller:1: 'after' needs a time: after agent [S], "
          "during agent [S], after S or at S, in seconds"},
    {"at -1 say x", "test.caller:1: 'at' needs a time: after agent [S], "
          "during agent [S], after S or at S, in seconds"},
    {"noise nan", "test.caller:1: for how long? Write a number of seconds up "
          "to 3600"},
    {"say x level=loud", "test.caller:1: level=loud is not a number of "
          "decibels between -100 and 100"},
    {"play f rate=5", "test.caller:1: rate=5 is not a sampling rate between "
          "8000 and 48000"},
    {"say x colour=red", "test.caller:1: 'colour=red' is not understood here; "
          "there are voice=NAME, level=DB and rate=HZ"},
    {"# nothing\n", "test.caller:1: the caller says nothing; write a line such "
          "as: say \"Hello.\""},
    {"\xff\xfe", "test.caller:1: this is not a text"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_null (caller_core_parse (rows[i].text, "test.caller", &error));
    g_assert_nonnull (error);
    /* The first part may come from GLib. */
    if (!g_str_has_prefix (error->message, rows[i].message))
      g_assert_cmpstr (error->message, ==, rows[i].message);
    g_error_free (error);
  }
}

/* Runs a caller whose items each last 100 ms; gives when which began. */
typedef struct
{
  CallerCore *core;
  gint64 now;                   /* ms */
  GString *begun;
} Fixture;

static void
set_up (Fixture * f, const gchar * text)
{
  f->core = parse (text);
  f->now = 0;
  f->begun = g_string_new (NULL);
  caller_core_make_noises (f->core, RATE);
  for (guint i = 0; i < caller_core_count (f->core); i++) {
    if (caller_core_item (f->core, i)->what == CALLER_SAY)
      caller_core_take_sound (f->core, i, g_new0 (gint16, RATE / 10),
          RATE / 10);
  }
  caller_core_start (f->core, RATE);
}

static void
until (Fixture * f, gint64 ms)
{
  const CallerItem *begun;
  gint16 frame[FRAME];

  for (; f->now < ms; f->now += 20) {
    gboolean there = caller_core_frame (f->core, f->now * MS, frame, FRAME,
        &begun);

    if (begun)
      g_string_append_printf (f->begun, "%s@%d ", begun->text ? begun->text :
          there ? "-" : "bye", (gint) f->now);
  }
}

static void
tear_down (Fixture * f, const gchar * expected)
{
  g_assert_cmpstr (f->begun->str, ==, expected);
  g_string_free (f->begun, TRUE);
  caller_core_free (f->core);
}

static void
speaks (Fixture * f, gint64 from, gint64 to)
{
  until (f, from);
  caller_core_agent_idle (f->core, FALSE, f->now * MS);
  caller_core_agent_speaks (f->core, f->now * MS);
  until (f, to);
  caller_core_agent_heard (f->core);
  caller_core_agent_idle (f->core, TRUE, f->now * MS);
}

static void
answers_when_the_agent_is_done (void)
{
  Fixture f;

  set_up (&f, "say a\nsay b\nafter 1 say c\nafter agent 0.1 hangup");
  until (&f, 1000);
  speaks (&f, 1000, 2000);
  speaks (&f, 4000, 5000);
  until (&f, 9000);
  speaks (&f, 9000, 9500);
  until (&f, 12000);
  tear_down (&f, "a@2500 b@5500 c@6600 bye@9600 ");
}

/* The agent says something, runs a tool, and goes on: that is one answer. */
static void
waits_for_tools (void)
{
  Fixture f;

  set_up (&f, "say a");
  until (&f, 100);
  caller_core_agent_idle (f.core, FALSE, f.now * MS);
  caller_core_agent_speaks (f.core, f.now * MS);
  until (&f, 1000);
  caller_core_agent_heard (f.core);
  until (&f, 3000);
  caller_core_agent_idle (f.core, TRUE, f.now * MS);
  until (&f, 5000);
  tear_down (&f, "a@3500 ");
}

static void
interrupts (void)
{
  Fixture f;

  set_up (&f, "during agent 0.3 say a\nduring agent 0.2 say b");
  speaks (&f, 1000, 2000);
  speaks (&f, 3000, 4000);
  until (&f, 5000);
  tear_down (&f, "a@1300 b@1400 ");
}

/* What is written takes no time. */
static void
writes (void)
{
  Fixture f;

  set_up (&f, "type a\nafter 0.1 type b\ntype c");
  speaks (&f, 1000, 2000);
  speaks (&f, 3000, 4000);
  until (&f, 6000);
  tear_down (&f, "a@2500 b@2600 c@4500 ");
}

static void
noise_is_the_same_each_time (void)
{
  Fixture f, g;

  set_up (&f, "at 0.1 noise 0.5");
  set_up (&g, "at 0.1 noise 0.5");
  g_assert_cmpmem (caller_core_item (f.core, 0)->samples, RATE,
      caller_core_item (g.core, 0)->samples, RATE);
  until (&f, 1000);
  tear_down (&f, "-@100 ");
  tear_down (&g, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/caller-core/lines", lines);
  g_test_add_func ("/caller-core/errors", errors);
  g_test_add_func ("/caller-core/answers", answers_when_the_agent_is_done);
  g_test_add_func ("/caller-core/tools", waits_for_tools);
  g_test_add_func ("/caller-core/interrupts", interrupts);
  g_test_add_func ("/caller-core/writes", writes);
  g_test_add_func ("/caller-core/noise", noise_is_the_same_each_time);
  return g_test_run ();
}
