/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The core's interface: what it makes of inputs that are late, odd, stale,
 * nested or too many (rows 138 and 139 of docs/turn-taking.md), and what the
 * scenario table cannot say.
 */
#include "turn-invariants.h"
#include "turn-soup.h"

#include <string.h>

static TurnWords *words;

/* A core and what it has said, in short. */
typedef struct
{
  TurnConfig config;
  TurnJudge *judge;
  TurnCore *core;
  GString *said;
  const gchar *heard;           /* what playout answers; NULL: nothing */
  gint64 now;
  gboolean quiet;               /* busy and idle too */
} Fixture;

static void
say_commit (Fixture * f, const TurnOutput * o)
{
  g_string_append_printf (f->said, "C%u", o->commit.turn);
  if (o->commit.merges)
    g_string_append_printf (f->said, "<%u", o->commit.merges);
  if (!o->commit.reply)
    g_string_append (f->said, "!");
  g_string_append_printf (f->said, "'%s'", o->commit.text);
}

static void
answer (Fixture * f, const TurnOutput * o)
{
  TurnInput input = {.type = TURN_INPUT_HEARD };

  if (!o->interrupt.speech || !f->heard)
    return;
  input.heard.speech = o->interrupt.speech;
  input.heard.text = f->heard;
  input.heard.position = TURN_MS (500);
  turn_judge_input (f->judge, o->time, &input);
}

static void
take (const TurnOutput * o, gpointer data)
{
  static const gchar *const short_names[] = {
    "C", "p", "w", "I", "h", "r", "d", "correct", "U", "say", "hangup",
    "revoke", "busy", "idle", "overflow", "ended"
  };
  Fixture *f = data;
  gboolean quiet = o->type == TURN_OUTPUT_BUSY || o->type == TURN_OUTPUT_IDLE;

  if (quiet && !f->quiet)
    return;
  if (f->said->len)
    g_string_append_c (f->said, ' ');
  if (o->type == TURN_OUTPUT_COMMIT)
    say_commit (f, o);
  else
    g_string_append (f->said, short_names[o->type]);
  if (o->type == TURN_OUTPUT_INTERRUPT)
    g_string_append_printf (f->said, "%u", o->interrupt.generation);
  else if (o->type == TURN_OUTPUT_DISCARD)
    g_string_append_printf (f->said, "%d'%.20s'", o->discard.reason,
        o->discard.text);
  else if (o->type == TURN_OUTPUT_CORRECT)
    g_string_append_printf (f->said, "'%s'", o->correct.text);
  else if (o->type == TURN_OUTPUT_UNHEARD)
    g_string_append_printf (f->said, "%d", o->unheard.speak);
  else if (o->type == TURN_OUTPUT_SAY)
    g_string_append_printf (f->said, "'%s'", o->say.text);
  else if (o->type == TURN_OUTPUT_OVERFLOW)
    g_string_append_printf (f->said, "%d", o->overflow.what);
  g_string_append_printf (f->said, "@%" G_GINT64_FORMAT, o->time / TURN_MS (1));
  if (o->type == TURN_OUTPUT_INTERRUPT)
    answer (f, o);
}

static void
create (Fixture * f)
{
  f->said = g_string_new (NULL);
  f->judge = turn_judge_new (&f->config, words, 0, take, f);
  f->core = turn_judge_core (f->judge);
}

static void
setup (Fixture * f, gconstpointer data)
{
  turn_config_init (&f->config);
  f->config.preemptive = FALSE;
  f->heard = "some words";
  create (f);
}

static void
teardown (Fixture * f, gconstpointer data)
{
  turn_judge_free (f->judge);
  g_string_free (f->said, TRUE);
}

static void
said (Fixture * f, const gchar * what)
{
  g_assert_cmpstr (f->said->str, ==, what);
  g_string_truncate (f->said, 0);
}

static void
wait_until (Fixture * f, gint64 ms)
{
  turn_judge_wait (f->judge, TURN_MS (ms));
  f->now = ms;
}

/* Time passes until then, and then this comes; decisions are made later. */
static void
feed (Fixture * f, gint64 ms, const TurnInput * input)
{
  if (ms > f->now) {
    turn_judge_wait (f->judge, TURN_MS (ms) - 1);
    f->now = ms;
  }
  turn_judge_input (f->judge, TURN_MS (ms), input);
}

static void
sound (Fixture * f, gint64 ms, TurnInputType type, gint64 at)
{
  TurnInput input = {.type = type };

  input.sound.at = at < 0 ? TURN_NONE : TURN_MS (at);
  feed (f, ms, &input);
}

static void
transcript (Fixture * f, gint64 ms, TurnInputType type, const gchar * text,
    guint segment)
{
  TurnInput input = {.type = type };

  input.transcript.text = text;
  input.transcript.segment = segment;
  input.transcript.start = input.transcript.end = TURN_NONE;
  feed (f, ms, &input);
}

#define FINAL(f, ms, text) transcript (f, ms, TURN_INPUT_FINAL, text, 0)
#define INTERIM(f, ms, text) transcript (f, ms, TURN_INPUT_INTERIM, text, 0)

static void
plain (Fixture * f, gint64 ms, TurnInputType type)
{
  TurnInput input = {.type = type };

  feed (f, ms, &input);
}

static void
begins (Fixture * f, gint64 ms, guint speech, guint turn, guint generation,
    TurnSource source, gboolean interruptible)
{
  TurnInput input = {.type = TURN_INPUT_SPEECH_BEGINS };

  input.begins.speech = speech;
  input.begins.turn = turn;
  input.begins.generation = generation;
  input.begins.source = source;
  input.begins.interruptible = interruptible;
  feed (f, ms, &input);
}

static void
playing (Fixture * f, gint64 ms, guint speech)
{
  TurnInput input = {.type = TURN_INPUT_PLAYING };

  input.playing.speech = speech;
  feed (f, ms, &input);
}

static void
heard (Fixture * f, gint64 ms, guint speech, const gchar * text)
{
  TurnInput input = {.type = TURN_INPUT_HEARD };

  input.heard.speech = speech;
  input.heard.text = text;
  input.heard.position = TURN_MS (1000);
  feed (f, ms, &input);
}

static void
say (Fixture * f, gint64 ms, const gchar * text, gboolean interruptible)
{
  TurnInput input = {.type = TURN_INPUT_SAY };

  input.say.text = text;
  input.say.interruptible = interruptible;
  input.say.source = TURN_SOURCE_SAY;
  feed (f, ms, &input);
}

static void
hangup (Fixture * f, gint64 ms, TurnBy by, gboolean now)
{
  TurnInput input = {.type = TURN_INPUT_HANGUP };

  input.hangup.by = by;
  input.hangup.reason = "completed";
  input.hangup.now = now;
  feed (f, ms, &input);
}

static void
tool_busy (Fixture * f, gint64 ms, const gchar * call, guint generation,
    gboolean write)
{
  TurnInput input = {.type = TURN_INPUT_TOOL_BUSY };

  input.tool_busy.call = call;
  input.tool_busy.generation = generation;
  input.tool_busy.write = write;
  input.tool_busy.filler_after = TURN_NONE;
  feed (f, ms, &input);
}

static void
assert_ignored (Fixture * f, guint n)
{
  TurnCounters counters;

  turn_core_counters (f->core, &counters);
  g_assert_cmpuint (counters.ignored, ==, n);
}

/* A turn that is committed at 1700 and being answered. */
static void
turn_and_reply (Fixture * f)
{
  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  sound (f, 1260, TURN_INPUT_SPEECH_PAUSE, 1200);
  FINAL (f, 1500, "Book Tuesday.");
  sound (f, 1600, TURN_INPUT_SPEECH_STOP, 1200);
  wait_until (f, 1800);
  said (f, "C1'Book Tuesday.'@1700");
  begins (f, 2000, 1, 1, 0, TURN_SOURCE_REPLY, TRUE);
  playing (f, 2000, 1);
  wait_until (f, 2000);
}

/* 138 */
static void
time_goes_back (Fixture * f, gconstpointer data)
{
  TurnCounters counters;

  wait_until (f, 5000);
  FINAL (f, 1000, "Hello.");
  turn_judge_advance (f->judge, TURN_MS (2000));
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (5500));
  wait_until (f, 6000);
  said (f, "C1'Hello.'@5500");
  turn_core_counters (f->core, &counters);
  g_assert_cmpuint (counters.late, ==, 2);
}

/* 138 */
static void
sounds_out_of_order (Fixture * f, gconstpointer data)
{
  sound (f, 100, TURN_INPUT_SPEECH_PAUSE, 50);
  sound (f, 100, TURN_INPUT_SPEECH_MORE, 50);
  sound (f, 100, TURN_INPUT_SPEECH_STOP, 50);
  assert_ignored (f, 3);
  sound (f, 200, TURN_INPUT_SPEECH_START, 100);
  sound (f, 250, TURN_INPUT_SPEECH_START, 240);
  sound (f, 260, TURN_INPUT_SPEECH_MORE, 250);
  assert_ignored (f, 5);
  sound (f, 1000, TURN_INPUT_SPEECH_PAUSE, 900);
  sound (f, 1010, TURN_INPUT_SPEECH_PAUSE, 905);
  assert_ignored (f, 6);
  FINAL (f, 1100, "Hello.");
  wait_until (f, 2000);
  said (f, "C1'Hello.'@1400");
}

/* 138: times that cannot be. */
static void
odd_times (Fixture * f, gconstpointer data)
{
  sound (f, 1000, TURN_INPUT_SPEECH_START, 7000);       /* in the future */
  sound (f, 1500, TURN_INPUT_SPEECH_PAUSE, 500);        /* before it began */
  FINAL (f, 1600, "Hello.");
  wait_until (f, 2000);
  said (f, "C1'Hello.'@1600");  /* E is 1000, where it "began" */
  sound (f, 2000, TURN_INPUT_SPEECH_STOP, -1);
  sound (f, 3000, TURN_INPUT_SPEECH_START, -1);
  sound (f, 3400, TURN_INPUT_SPEECH_STOP, -1);  /* without a pause */
  FINAL (f, 3500, "Tuesday.");
  wait_until (f, 5000);
  said (f, "h@3000 r@3400 I1@3500 C2<1'Hello. Tuesday.'@3900");
}

/* 138 */
static void
unknown_speech_or_call (Fixture * f, gconstpointer data)
{
  TurnInput idle = {.type = TURN_INPUT_TOOL_IDLE };

  playing (f, 100, 7);
  heard (f, 100, 7, "words");
  idle.tool_idle.call = "nobody";
  feed (f, 100, &idle);
  idle.tool_idle.call = NULL;
  feed (f, 100, &idle);
  tool_busy (f, 100, NULL, 0, FALSE);
  tool_busy (f, 100, "", 0, FALSE);
  plain (f, 100, TURN_INPUT_NO_REPLY);
  begins (f, 100, 0, 0, 0, TURN_SOURCE_SAY, TRUE);
  begins (f, 100, 8, 99, 0, TURN_SOURCE_REPLY, TRUE);   /* of no turn */
  assert_ignored (f, 9);
  wait_until (f, 1000);
  said (f, "");
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_NONE);
  tool_busy (f, 1000, "a", 0, FALSE);
  tool_busy (f, 1000, "a", 0, FALSE);
  assert_ignored (f, 10);
}

/* The merge depends on what playout answers while it is interrupted. */
static void
nested_heard (Fixture * f, gconstpointer data)
{
  f->heard = data;
  turn_and_reply (f);
  FINAL (f, 4000, "For six.");
  wait_until (f, 6000);
  if (data && *f->heard)
    said (f, "I1@4000 C2'For six.'@4500");
  else if (data)
    said (f, "I1@4000 C2<1'Book Tuesday. For six.'@4500");
  else
    /* Unknown, so it was heard. */
    said (f, "I1@4000 C2'For six.'@4500");
}

/* 139 */
static void
late_heard (Fixture * f, gconstpointer data)
{
  f->heard = NULL;
  turn_and_reply (f);
  FINAL (f, 4000, "For six.");
  wait_until (f, 4100);
  said (f, "I1@4000");
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_IDLE);
  playing (f, 4200, 1);
  assert_ignored (f, 1);
  heard (f, 4300, 1, "");
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_IDLE);
  wait_until (f, 6000);
  said (f, "C2<1'Book Tuesday. For six.'@4500");
  heard (f, 6100, 1, "");
  assert_ignored (f, 2);
}

/* What is older than the last interruption does not come back. */
static void
older_generation (Fixture * f, gconstpointer data)
{
  turn_and_reply (f);
  FINAL (f, 4000, "For six.");
  wait_until (f, 5000);
  said (f, "I1@4000 C2'For six.'@4500");
  begins (f, 5000, 2, 1, 0, TURN_SOURCE_REPLY, TRUE);
  begins (f, 5000, 3, 1, 1, TURN_SOURCE_REPLY, TRUE);
  tool_busy (f, 5000, "read", 0, FALSE);
  assert_ignored (f, 3);
  /* A write has begun before it was interrupted: nothing stops it. */
  tool_busy (f, 5000, "write", 0, TRUE);
  begins (f, 5000, 4, 2, 1, TURN_SOURCE_REPLY, TRUE);
  playing (f, 5100, 4);
  assert_ignored (f, 3);
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_SPEAKING);
  heard (f, 6000, 4, "words");
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_THINKING);
}

/* An announcement on its way survives, although it is older. */
static void
announcement_survives (Fixture * f, gconstpointer data)
{
  turn_and_reply (f);
  heard (f, 3000, 1, "words");
  FINAL (f, 3500, "And Friday.");
  wait_until (f, 6000);
  said (f, "C2'And Friday.'@4000");
  say (f, 6000, "Recorded.", FALSE);
  wait_until (f, 6010);
  said (f, "say'Recorded.'@6000");
  FINAL (f, 6200, "For six.");
  wait_until (f, 6210);
  said (f, "I1@6200");
  begins (f, 6300, 2, 0, 0, TURN_SOURCE_SAY, TRUE);     /* another one */
  assert_ignored (f, 1);
  begins (f, 6300, 3, 0, 0, TURN_SOURCE_SAY, FALSE);
  playing (f, 6400, 3);
  wait_until (f, 6700);
  heard (f, 7000, 3, "Recorded.");
  wait_until (f, 8000);
  /* Said over what may not be interrupted: kept. The announcement was heard,
   * so it is a new turn. */
  said (f, "C3'For six.'@7000");
}

static void
second_speech_plays (Fixture * f, gconstpointer data)
{
  turn_and_reply (f);
  begins (f, 2500, 2, 1, 0, TURN_SOURCE_REPLY, TRUE);
  playing (f, 2600, 2);
  assert_ignored (f, 1);
  FINAL (f, 3500, "Stop.");
  wait_until (f, 3600);
  said (f, "I1@3500");
  heard (f, 3700, 1, "words");
  wait_until (f, 4500);
  said (f, "C2'Stop.'@4000");
}

static void
counts_overflow (Fixture * f, guint n)
{
  TurnCounters counters;

  turn_core_counters (f->core, &counters);
  g_assert_cmpuint (counters.overflows, ==, n);
}

static void
too_many_things (Fixture * f, gconstpointer data)
{
  for (guint i = 0; i < 17; i++)
    say (f, 100, "Something.", TRUE);
  counts_overflow (f, 1);
  said (f, "overflow1@100");
  for (guint i = 0; i < 33; i++) {
    gchar *id = g_strdup_printf ("call %u", i);

    tool_busy (f, 100, id, 0, FALSE);
    g_free (id);
  }
  said (f, "overflow3@100");
  for (guint i = 1; i <= 17; i++)
    begins (f, 100, i, 0, 0, TURN_SOURCE_REPLY, TRUE);
  said (f, "overflow2@100");
  for (guint i = 0; i < 9; i++) {
    TurnInput line = {.type = TURN_INPUT_TEXT };

    line.line.text = "line";
    feed (f, 100, &line);
  }
  said (f, "overflow0@100 d6'line'@100");
  counts_overflow (f, 4);
}

/* Not a word is lost, however many finals a turn has. */
static void
many_finals (Fixture * f, gconstpointer data)
{
  GString *all = g_string_new ("C1'");

  for (guint i = 0; i < 200; i++) {
    gchar *text = g_strdup_printf ("word %u.", i);

    FINAL (f, 100 + i, text);
    wait_until (f, 100 + i);
    g_string_append_printf (all, "%s%s", i ? " " : "", text);
    g_free (text);
  }
  g_string_append (all, "'@799");
  wait_until (f, 2000);
  said (f, all->str);
  g_string_free (all, TRUE);
}

static void
spanned (Fixture * f, gint64 ms, const gchar * text, gint64 start, gint64 end)
{
  TurnInput input = {.type = TURN_INPUT_FINAL };

  input.transcript.text = text;
  input.transcript.start = TURN_MS (start);
  input.transcript.end = TURN_MS (end);
  feed (f, ms, &input);
}

/* What came first is known after many more. */
static void
many_spans (Fixture * f, gconstpointer data)
{
  for (guint i = 0; i < 150; i++)
    spanned (f, 100 * i + 100, "word.", 100 * i, 100 * i + 90);
  wait_until (f, 17000);
  g_assert_true (g_str_has_prefix (f->said->str, "C1'word. word."));
  g_string_truncate (f->said, 0);
  plain (f, 17000, TURN_INPUT_STT_RESET);
  spanned (f, 17000, "Again.", 14900, 14980);
  spanned (f, 17000, "Empty.", 14050, 14050);
  said (f, "d2'Again.'@17000 d2'Empty.'@17000");
}

/* Equal text on the same span is the same final. */
static void
same_span (Fixture * f, gconstpointer data)
{
  spanned (f, 1000, "book tuesday", 100, 900);
  spanned (f, 1100, "Book Tuesday.", 100, 890);
  spanned (f, 1200, "For six.", 100, 890);      /* another text */
  wait_until (f, 3000);
  said (f, "C1'Book Tuesday. For six.'@1700");
}

/* Of very many short runs none is forgotten: 720 were voiced after the final,
 * so another is awaited. */
static void
many_runs (Fixture * f, gconstpointer data)
{
  for (guint i = 0; i < 25; i++) {
    if (i == 1)
      FINAL (f, 110, "Book it.");
    sound (f, 100 * i + 90, i ? TURN_INPUT_SPEECH_MORE :
        TURN_INPUT_SPEECH_START, 100 * i + 60);
    sound (f, 100 * i + 100, TURN_INPUT_SPEECH_PAUSE, 100 * i + 90);
  }
  wait_until (f, 5000);
  said (f, "C1'Book it.'@3490");
}

static void
many_interims (Fixture * f, gconstpointer data)
{
  for (guint i = 1; i <= 33; i++) {
    gchar *text = g_strdup_printf ("word%u", i);

    transcript (f, 100 + i, TURN_INPUT_INTERIM, text, i);
    g_free (text);
  }
  said (f, "overflow0@133");
  wait_until (f, 5000);
  g_assert_true (g_str_has_prefix (f->said->str, "C1'word2 word3 "));
}

static void
many_says_on_the_way (Fixture * f, gconstpointer data)
{
  FINAL (f, 100, "Book it.");
  say (f, 200, "One.", FALSE);
  wait_until (f, 300);
  said (f, "say'One.'@200");
  for (guint i = 0; i < 16; i++)
    say (f, 300, "More.", FALSE);
  wait_until (f, 1000);
  g_assert_true (g_str_has_suffix (f->said->str, " C1'Book it.'@600"));
}

static void
freed_in_the_middle (Fixture * f, gconstpointer data)
{
  TurnInput line = {.type = TURN_INPUT_TEXT };

  turn_and_reply (f);
  heard (f, 3000, 1, "words");
  begins (f, 3100, 2, 0, 0, TURN_SOURCE_SAY, FALSE);
  playing (f, 3100, 2);
  FINAL (f, 3600, "Kept.");
  wait_until (f, 4500);
  FINAL (f, 4600, "Open.");
  INTERIM (f, 4700, "and more");
  say (f, 4700, "Queued.", TRUE);
  tool_busy (f, 4700, "call", 0, TRUE);
  hangup (f, 4700, TURN_BY_MODEL, FALSE);
  line.line.text = "written";
  feed (f, 4700, &line);
  said (f, "");
  g_assert_cmpuint (turn_core_held_bytes (f->core), >, 100);
}

static void
too_many_words (Fixture * f, gconstpointer data)
{
  gchar *big = g_strnfill (9000, 'x'), *huge = g_strnfill (20000, 'y');

  FINAL (f, 100, big);
  FINAL (f, 200, big);
  said (f, "overflow0@200 d6'xxxxxxxxxxxxxxxxxxxx'@200");
  FINAL (f, 300, huge);
  said (f, "overflow0@300 d6'yyyyyyyyyyyyyyyyyyyy'@300");
  INTERIM (f, 300, huge);
  INTERIM (f, 300, big);
  said (f, "overflow0@300 overflow0@300");
  g_assert_cmpuint (turn_core_held_bytes (f->core), <, 100000);
  g_free (big);
  g_free (huge);
}

static void
too_many_kept (Fixture * f, gconstpointer data)
{
  begins (f, 0, 1, 0, 0, TURN_SOURCE_SAY, FALSE);
  playing (f, 0, 1);
  for (guint i = 0; i < 17; i++) {
    FINAL (f, 1000 * (i + 1), "Is this about it?");
    wait_until (f, 1000 * (i + 1) + 900);
  }
  said (f, "overflow0@17500 d6'Is this about it?'@17500");
  heard (f, 20000, 1, "words");
  wait_until (f, 20000);
  g_assert_true (g_str_has_prefix (f->said->str, "C1'Is this about it? Is"));
}

/* Inputs of one instant come before timers; timers that were due before an
 * input come before it, stamped now. */
static void
inputs_and_timers (Fixture * f, gconstpointer data)
{
  FINAL (f, 1000, "Book it.");
  FINAL (f, 1500, "Now.");
  wait_until (f, 1500);
  said (f, "");
  f->now = 3000;                /* nobody has looked at the core */
  FINAL (f, 3000, "Please.");
  said (f, "C1'Book it. Now.'@3000");
  wait_until (f, 3000);
  said (f, "I1@3000 C2<1'Book it. Now. Please.'@3000"); /* R11 */
  FINAL (f, 5000, "Tuesday.");
  wait_until (f, 5000);
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (5500));
}

static void
config_at_run_time (Fixture * f, gconstpointer data)
{
  FINAL (f, 1000, "Book it");
  wait_until (f, 1100);
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (2000));
  f->config.delay_unknown = TURN_MS (300);
  turn_core_set_config (f->core, &f->config);
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (1300));
  f->config.delay_unknown = G_MAXINT64; /* not more than is sane */
  f->config.hold_after = G_MININT64;
  turn_core_set_config (f->core, &f->config);
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (61000));
  f->config.delay_unknown = -5;
  turn_core_set_config (f->core, &f->config);
  wait_until (f, 1200);
  said (f, "C1'Book it'@1100");
}

static void
manual_releases_hold (Fixture * f, gconstpointer data)
{
  turn_and_reply (f);
  sound (f, 3100, TURN_INPUT_SPEECH_START, 3000);
  wait_until (f, 3400);
  said (f, "h@3250");
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_HELD);
  f->config.mode = TURN_MODE_MANUAL;
  turn_core_set_config (f->core, &f->config);
  wait_until (f, 3500);
  said (f, "r@3400");
}

static void
other_language (Fixture * f, gconstpointer data)
{
  TurnWords *german = turn_words_new ();

  turn_words_add (german, TURN_WORD_OPEN, "und");
  FINAL (f, 1000, "Am Dienstag und");
  wait_until (f, 1000);
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_MS (2000));
  turn_core_set_words (f->core, german);
  turn_words_unref (german);
  wait_until (f, 6000);
  said (f, "C1'Am Dienstag und'@4000");
}

static void
commit_by_application (Fixture * f, gconstpointer data)
{
  TurnInput commit = {.type = TURN_INPUT_COMMIT };

  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  INTERIM (f, 500, "book");
  feed (f, 600, &commit);
  wait_until (f, 700);
  said (f, "");                 /* its final may come */
  commit.commit.force = TRUE;
  feed (f, 800, &commit);
  wait_until (f, 900);
  said (f, "C1'book'@800");
  /* The sound goes on and is another turn. */
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_MAYBE);
  /* Over a speech it interrupts. */
  begins (f, 1000, 1, 1, 0, TURN_SOURCE_REPLY, TRUE);
  playing (f, 1000, 1);
  wait_until (f, 1100);
  said (f, "h@1050");
  FINAL (f, 1200, "yeah");      /* back-channel, but the application knows */
  feed (f, 1300, &commit);
  wait_until (f, 1400);
  said (f, "I1@1300 C2'yeah'@1300");
}

/* The final of an interim that was committed. */
static void
final_of_committed (Fixture * f, gconstpointer data)
{
  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  transcript (f, 900, TURN_INPUT_INTERIM, "call me", 4);
  sound (f, 1260, TURN_INPUT_SPEECH_PAUSE, 1200);
  sound (f, 1600, TURN_INPUT_SPEECH_STOP, 1200);
  wait_until (f, 3300);
  said (f, "C1'call me'@3200");
  transcript (f, 3400, TURN_INPUT_INTERIM, "call me", 4);
  wait_until (f, 3500);
  said (f, "");
  transcript (f, 3600, TURN_INPUT_FINAL, "Call me.", 4);
  wait_until (f, 3600);
  said (f, "correct'Call me.'@3600");
  transcript (f, 3700, TURN_INPUT_FINAL, "Call me.", 4);
  wait_until (f, 3700);
  said (f, "d2'Call me.'@3700");
  transcript (f, 3800, TURN_INPUT_FINAL, "Call me tomorrow, please.", 4);
  wait_until (f, 3900);
  said (f, "I1@3800 C2<1'Call me. tomorrow, please.'@3800");
}

/* The same without segments: only soon, and without a sound between. */
static void
final_without_segment (Fixture * f, gconstpointer data)
{
  INTERIM (f, 1000, "call me");
  wait_until (f, 3100);
  said (f, "C1'call me'@3000");
  FINAL (f, 3200, "Call Mia.");
  wait_until (f, 3300);
  said (f, "correct'Call Mia.'@3200");
  FINAL (f, 3300, "Tomorrow.");
  wait_until (f, 3400);
  said (f, "I1@3300 C2<1'Call Mia. Tomorrow.'@3300");
  FINAL (f, 6000, "Tomorrow."); /* too late to be the same */
  wait_until (f, 6100);
  said (f, "I2@6000");
}

static void
segments (Fixture * f, gconstpointer data)
{
  transcript (f, 1000, TURN_INPUT_INTERIM, "one", 1);
  transcript (f, 1100, TURN_INPUT_INTERIM, "two", 2);
  transcript (f, 1200, TURN_INPUT_FINAL, "Two.", 2);
  transcript (f, 1300, TURN_INPUT_FINAL, "Won.", 1);
  transcript (f, 1400, TURN_INPUT_FINAL, "One.", 1);
  transcript (f, 1450, TURN_INPUT_INTERIM, "one more", 1);
  wait_until (f, 3000);
  said (f, "C1'Two. One.'@1900");
}

/* The provider's end of turn is about the words it knew. */
static void
end_of_turn_knows_words (Fixture * f, gconstpointer data)
{
  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  sound (f, 560, TURN_INPUT_SPEECH_PAUSE, 500);
  plain (f, 600, TURN_INPUT_END_OF_TURN);
  FINAL (f, 700, "a table");
  wait_until (f, 1100);
  said (f, "C1'a table'@1000");
  FINAL (f, 4000, "for six");
  plain (f, 4100, TURN_INPUT_END_OF_TURN);
  FINAL (f, 4200, "or seven");
  wait_until (f, 6000);
  said (f, "I1@4000 C2<1'a table for six or seven'@5200");
}

/* What was expected of the first part is expected of all. */
static void
expectation_is_merged (Fixture * f, gconstpointer data)
{
  TurnInput expect = {.type = TURN_INPUT_EXPECT };

  expect.expect.kind = TURN_EXPECT_DIGITS;
  expect.expect.length = 6;
  feed (f, 0, &expect);
  FINAL (f, 1000, "4 1 5");
  wait_until (f, 4100);
  said (f, "C1'4 1 5'@4000");
  FINAL (f, 6000, "5 5 5");
  wait_until (f, 7000);
  said (f, "I1@6000 C2<1'4 1 5 5 5 5'@6500");
  begins (f, 7000, 1, 2, 1, TURN_SOURCE_REPLY, TRUE);
  playing (f, 7000, 1);
  heard (f, 9000, 1, "words");
  FINAL (f, 10000, "4 1 5 5 5 5");      /* nothing is expected any more */
  wait_until (f, 15000);
  said (f, "C3'4 1 5 5 5 5'@13000");
}

static void
mumble (Fixture * f, gint64 from)
{
  sound (f, from + 100, TURN_INPUT_SPEECH_START, from);
  sound (f, from + 2060, TURN_INPUT_SPEECH_PAUSE, from + 2000);
  sound (f, from + 2400, TURN_INPUT_SPEECH_STOP, from + 2000);
  wait_until (f, from + 5000);
}

static void
unheard_at_most_twice (Fixture * f, gconstpointer data)
{
  mumble (f, 0);
  said (f, "d0''@4000 U1@4000");
  mumble (f, 10000);
  said (f, "d0''@14000 U1@14000");
  mumble (f, 20000);
  said (f, "d0''@24000 U0@24000");
  FINAL (f, 30000, "Hello.");
  wait_until (f, 31000);
  said (f, "C1'Hello.'@30500");
  plain (f, 31000, TURN_INPUT_CLEAR);
  begins (f, 31000, 1, 1, 0, TURN_SOURCE_REPLY, FALSE);
  playing (f, 31000, 1);
  mumble (f, 40000);            /* not idle: nobody is told */
  said (f, "d0''@44000 U0@44000");
  heard (f, 45000, 1, "words");
  mumble (f, 50000);
  said (f, "d0''@54000 U1@54000");
}

static void
hangups (Fixture * f, gconstpointer data)
{
  begins (f, 0, 1, 0, 0, TURN_SOURCE_SAY, TRUE);
  playing (f, 0, 1);
  hangup (f, 1000, TURN_BY_MODEL, FALSE);
  hangup (f, 1000, TURN_BY_MODEL, FALSE);
  assert_ignored (f, 1);
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_ENDING);
  say (f, 1100, "One more.", TRUE);     /* too late */
  assert_ignored (f, 2);
  hangup (f, 1200, TURN_BY_LIMIT, FALSE);
  hangup (f, 1300, TURN_BY_MODEL, FALSE);
  assert_ignored (f, 3);
  FINAL (f, 1400, "Wait, please.");     /* a deadline is a deadline */
  wait_until (f, 1500);
  said (f, "I1@1400");
  wait_until (f, 3000);
  said (f, "C1!'Wait, please.'@1700 hangup@1700");
  FINAL (f, 3000, "Hello?");
  said (f, "d5'Hello?'@3000");
}

static void
hangup_now (Fixture * f, gconstpointer data)
{
  say (f, 0, "Recorded.", FALSE);
  wait_until (f, 0);
  begins (f, 0, 1, 0, 0, TURN_SOURCE_SAY, FALSE);
  playing (f, 0, 1);
  said (f, "say'Recorded.'@0");
  FINAL (f, 900, "Hello?");
  hangup (f, 1000, TURN_BY_APPLICATION, TRUE);
  wait_until (f, 1000);
  said (f, "I1@1000 C1!'Hello?'@1000 hangup@1000");
  g_assert_cmpint (turn_core_wake_at (f->core), ==, TURN_NONE);
}

/* A say whose speech never begins keeps the next ones waiting 10 s. */
static void
lost_say (Fixture * f, gconstpointer data)
{
  say (f, 1000, "One.", TRUE);
  say (f, 1000, "Two.", TRUE);
  say (f, 1000, "", TRUE);
  say (f, 1000, NULL, TRUE);
  assert_ignored (f, 2);
  wait_until (f, 20000);
  said (f, "say'One.'@1000 say'Two.'@11000");
  f->quiet = TRUE;
  wait_until (f, 30000);
  said (f, "idle@21000");
}

static void
both_ends (Fixture * f, gconstpointer data)
{
  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  INTERIM (f, 300, "hello");
  plain (f, 400, TURN_INPUT_EOS);
  sound (f, 500, TURN_INPUT_SPEECH_START, 450);
  assert_ignored (f, 1);
  wait_until (f, 600);
  said (f, "C1'hello'@400");
  tool_busy (f, 700, "write", 0, TRUE);
  plain (f, 800, TURN_INPUT_DISCONNECT);
  plain (f, 800, TURN_INPUT_DISCONNECT);
  assert_ignored (f, 2);
  wait_until (f, 900);
  said (f, "I1@800 ended@800");
  plain (f, 900, TURN_INPUT_DISCONNECT);
  say (f, 900, "Hello.", FALSE);
  assert_ignored (f, 4);
  {
    TurnInput line = {.type = TURN_INPUT_TEXT };

    line.line.text = "hello";
    feed (f, 1000, &line);
  }
  said (f, "d5'hello'@1000");
}

/* Several lines at once are several turns. */
static void
lines (Fixture * f, gconstpointer data)
{
  TurnInput line = {.type = TURN_INPUT_TEXT };

  turn_and_reply (f);
  line.line.text = "one";
  feed (f, 3000, &line);
  line.line.text = "two";
  feed (f, 3000, &line);
  line.line.text = " ";
  feed (f, 3000, &line);
  wait_until (f, 3000);
  said (f, "I1@3000 C2'one'@3000 I2@3000 C3<2'one two'@3000");
}

static void
press (Fixture * f, gint64 at, const gchar * keys)
{
  for (; *keys; keys++) {
    TurnInput input = {.type = TURN_INPUT_KEY };

    input.key.key = *keys;
    feed (f, at, &input);
  }
}

/* What is no key is ignored; too many are a turn of those that fit; after the
 * end they are in the record. */
static void
keys (Fixture * f, gconstpointer data)
{
  TurnConfig config;
  GString *many = g_string_new (NULL);

  press (f, 100, "x\x7f ");
  assert_ignored (f, 3);
  for (guint i = 0; i < 65; i++)
    g_string_append_c (many, '1');
  press (f, 1000, many->str);
  counts_overflow (f, 1);
  wait_until (f, 1000);
  g_string_truncate (many, 64);
  g_string_prepend (many, "overflow0@1000 d6'1'@1000 C1'");
  g_string_append (many, "'@1000");
  said (f, many->str);
  /* The settings count from now on. */
  turn_config_init (&config);
  config.dtmf_timeout = TURN_MS (500);
  config.dtmf_end = 0;
  turn_core_set_config (f->core, &config);
  press (f, 2000, "3#");
  wait_until (f, 3000);
  said (f, "I1@2000 C2<1'1111111111111111111111111111111111111111111111111111"
      "111111111111 3#'@2500");
  plain (f, 4000, TURN_INPUT_DISCONNECT);
  wait_until (f, 4000);
  said (f, "I2@4000 ended@4000");
  press (f, 4100, "7");
  said (f, "d5'7'@4100");
  g_string_free (many, TRUE);
}

static void
states (Fixture * f, gconstpointer data)
{
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_SILENT);
  sound (f, 100, TURN_INPUT_SPEECH_START, 0);
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_MAYBE);
  wait_until (f, 300);
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_SPEAKING);
  sound (f, 660, TURN_INPUT_SPEECH_PAUSE, 600);
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_UNHEARD);
  INTERIM (f, 700, "hello");
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_PAUSING);
  sound (f, 800, TURN_INPUT_SPEECH_MORE, 750);
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_SPEAKING);
  sound (f, 860, TURN_INPUT_SPEECH_STOP, 800);
  wait_until (f, 5000);
  said (f, "C1'hello'@2600");
  g_assert_cmpint (turn_core_user_state (f->core), ==, TURN_USER_SILENT);
  g_assert_cmpint (turn_core_agent_state (f->core), ==, TURN_AGENT_THINKING);
}

static void
numbers_go_on (void)
{
  Fixture f = { 0 };

  turn_config_init (&f.config);
  f.config.first_turn = 41;
  f.config.generation = 7;
  create (&f);
  FINAL (&f, 1000, "One.");
  wait_until (&f, 1100);
  INTERIM (&f, 1200, "two");
  FINAL (&f, 1300, "Two.");
  wait_until (&f, 3000);
  said (&f, "p@1000 w@1200 p@1300 C42'One. Two.'@1800");
  FINAL (&f, 4000, "Three.");
  wait_until (&f, 5000);
  said (&f, "I8@4000 p@4000 C43<42'One. Two. Three.'@4500");
  teardown (&f, NULL);
}

#define ADD(name, function, data) g_test_add ("/turn-core/inputs/" name, \
    Fixture, data, setup, function, teardown)

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  words = turn_soup_words ();
  ADD ("time-goes-back", time_goes_back, NULL);
  ADD ("sounds-out-of-order", sounds_out_of_order, NULL);
  ADD ("odd-times", odd_times, NULL);
  ADD ("unknown-speech-or-call", unknown_speech_or_call, NULL);
  ADD ("nested-heard/words", nested_heard, "words");
  ADD ("nested-heard/none", nested_heard, "");
  ADD ("nested-heard/unknown", nested_heard, NULL);
  ADD ("late-heard", late_heard, NULL);
  ADD ("older-generation", older_generation, NULL);
  ADD ("announcement-survives", announcement_survives, NULL);
  ADD ("second-speech-plays", second_speech_plays, NULL);
  ADD ("too-many-things", too_many_things, NULL);
  ADD ("many-finals", many_finals, NULL);
  ADD ("many-spans", many_spans, NULL);
  ADD ("same-span", same_span, NULL);
  ADD ("many-runs", many_runs, NULL);
  ADD ("many-interims", many_interims, NULL);
  ADD ("many-says-on-the-way", many_says_on_the_way, NULL);
  ADD ("freed-in-the-middle", freed_in_the_middle, NULL);
  ADD ("too-many-words", too_many_words, NULL);
  ADD ("too-many-kept", too_many_kept, NULL);
  ADD ("inputs-and-timers", inputs_and_timers, NULL);
  ADD ("config-at-run-time", config_at_run_time, NULL);
  ADD ("manual-releases-hold", manual_releases_hold, NULL);
  ADD ("other-language", other_language, NULL);
  ADD ("commit-by-application", commit_by_application, NULL);
  ADD ("final-of-committed", final_of_committed, NULL);
  ADD ("final-without-segment", final_without_segment, NULL);
  ADD ("segments", segments, NULL);
  ADD ("end-of-turn-knows-words", end_of_turn_knows_words, NULL);
  ADD ("expectation-is-merged", expectation_is_merged, NULL);
  ADD ("unheard-at-most-twice", unheard_at_most_twice, NULL);
  ADD ("hangups", hangups, NULL);
  ADD ("hangup-now", hangup_now, NULL);
  ADD ("lost-say", lost_say, NULL);
  ADD ("both-ends", both_ends, NULL);
  ADD ("lines", lines, NULL);
  ADD ("keys", keys, NULL);
  ADD ("states", states, NULL);
  g_test_add_func ("/turn-core/inputs/numbers-go-on", numbers_go_on);
  result = g_test_run ();
  turn_words_unref (words);
  return result;
}
