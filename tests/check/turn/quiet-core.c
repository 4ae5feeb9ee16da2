/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Quiet time: the rows 115 to 124 of docs/turn-taking.md, sound arriving in
 * pieces of 20 ms.
 */
#include <quiet-core.h>

#define MS G_GINT64_CONSTANT (1000000)

typedef struct
{
  QuietCore core;
  gint64 now;                   /* ms of sound that has arrived */
  GString *acts;
} Fixture;

static void
set_up (Fixture * f)
{
  quiet_core_init (&f->core, 30000 * MS, 1);
  f->now = 0;
  f->acts = g_string_new (NULL);
}

static void
tear_down (Fixture * f, const gchar * expected)
{
  g_assert_cmpstr (f->acts->str, ==, expected);
  g_string_free (f->acts, TRUE);
}

static void
until (Fixture * f, gint64 ms)
{
  for (; f->now < ms; f->now += 20) {
    switch (quiet_core_audio (&f->core, 20 * MS)) {
      case QUIET_REMIND:
        g_string_append_printf (f->acts, "r%u@%d ", f->core.reminders_given,
            (gint) f->now + 20);
        break;
      case QUIET_HANG_UP:
        g_string_append_printf (f->acts, "h@%d ", (gint) f->now + 20);
        break;
      default:
        break;
    }
  }
}

static void
sound (Fixture * f, QuietSound what, gint64 at)
{
  quiet_core_sound (&f->core, what, (f->now - at) * MS);
}

/* S[a,b] of the scenarios, as `vad` tells it, with the turn that it opens. */
static void
wordless (Fixture * f, gint64 a, gint64 b)
{
  until (f, a + 100);
  sound (f, QUIET_SOUND_START, a);
  quiet_core_turn_busy (&f->core, 100 * MS);
  until (f, b + 60);
  sound (f, QUIET_SOUND_PAUSE, b);
  until (f, b + 400);
  sound (f, QUIET_SOUND_STOP, b);
  until (f, b + 2000);
  quiet_core_turn_idle (&f->core, 2000 * MS, FALSE);
}

static void
speech (Fixture * f, gint64 a, gint64 b)
{
  until (f, a);
  quiet_core_playout (&f->core, TRUE);
  until (f, b);
  quiet_core_heard (&f->core);
  quiet_core_playout (&f->core, FALSE);
}

static void
row_115 (void)
{
  Fixture f;

  set_up (&f);
  speech (&f, 0, 5000);
  speech (&f, 35100, 36500);
  until (&f, 100000);
  tear_down (&f, "r1@35000 h@66500 ");
}

static void
row_116 (void)
{
  Fixture f;

  set_up (&f);
  speech (&f, 0, 5000);
  wordless (&f, 20000, 21000);
  until (&f, 40000);
  tear_down (&f, "r1@36000 ");
}

static void
row_117 (void)
{
  Fixture f;

  set_up (&f);
  speech (&f, 0, 5000);
  until (&f, 10000);
  quiet_core_tool (&f.core, TRUE);
  until (&f, 50000);
  quiet_core_tool (&f.core, FALSE);
  until (&f, 81000);
  tear_down (&f, "r1@80000 ");
}

static void
row_118 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 9000);
  quiet_core_turn_busy (&f.core, 0);
  until (&f, 10000);
  quiet_core_turn (&f.core);
  speech (&f, 48000, 49000);
  quiet_core_turn_idle (&f.core, 0, TRUE);
  until (&f, 80000);
  tear_down (&f, "r1@79000 ");
}

static void
row_120 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 31000);
  tear_down (&f, "r1@30000 ");
}

/* Answering the reminder: the next one is the first again. */
static void
row_121 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 30000);
  quiet_core_turn (&f.core);
  until (&f, 61000);
  tear_down (&f, "r1@30000 r1@60000 ");
}

/* A sound without end and without words is not speech after eight seconds. */
static void
row_122 (void)
{
  Fixture f;

  set_up (&f);
  speech (&f, 0, 5000);
  until (&f, 10100);
  sound (&f, QUIET_SOUND_START, 10000);
  quiet_core_turn_busy (&f.core, 100 * MS);
  until (&f, 18000);
  quiet_core_turn_idle (&f.core, 0, FALSE);
  until (&f, 20000);
  /* It flaps: still the same sound. */
  sound (&f, QUIET_SOUND_PAUSE, 19900);
  sound (&f, QUIET_SOUND_MORE, 20000);
  until (&f, 44000);
  tear_down (&f, "r1@43000 ");
}

static void
row_123 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 12000);
  quiet_core_set (&f.core, 10000 * MS, 1);
  until (&f, 12040);
  quiet_core_set (&f.core, 0, 1);
  until (&f, 100000);
  tear_down (&f, "r1@12020 ");
}

/* A mumble does not disarm it: it counts from the end of the sound. */
static void
row_124 (void)
{
  Fixture f;

  set_up (&f);
  wordless (&f, 0, 1800);
  until (&f, 32000);
  tear_down (&f, "r1@31800 ");
}

/* Without a `turn` the sound itself is what stops it. */
static void
without_turn (void)
{
  Fixture f;

  set_up (&f);
  speech (&f, 0, 5000);
  until (&f, 20100);
  sound (&f, QUIET_SOUND_START, 20000);
  until (&f, 21400);
  sound (&f, QUIET_SOUND_STOP, 21000);
  until (&f, 40000);
  tear_down (&f, "r1@36000 ");
}

/* A model that was slow and then failed: its time does not count. */
static void
row_47 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 1000);
  quiet_core_turn_busy (&f.core, 1000 * MS);
  quiet_core_turn (&f.core);
  until (&f, 29000);
  quiet_core_turn_idle (&f.core, 0, TRUE);
  until (&f, 60000);
  tear_down (&f, "r1@59000 ");
}

/* On a dead line time stands still. */
static void
row_137 (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 20000);
  f.now += 60000;
  until (&f, 91000);
  tear_down (&f, "r1@90000 ");
}

static void
sounds_out_of_order (void)
{
  Fixture f;

  set_up (&f);
  until (&f, 1000);
  sound (&f, QUIET_SOUND_STOP, 900);
  sound (&f, QUIET_SOUND_MORE, 900);
  sound (&f, QUIET_SOUND_START, 900);
  sound (&f, QUIET_SOUND_STOP, 5000);
  quiet_core_tool (&f.core, FALSE);
  quiet_core_turn_idle (&f.core, 0, FALSE);
  g_assert_cmpint (f.core.quiet, >=, 0);
  tear_down (&f, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/quiet-core/47", row_47);
  g_test_add_func ("/quiet-core/without-turn", without_turn);
  g_test_add_func ("/quiet-core/115", row_115);
  g_test_add_func ("/quiet-core/116", row_116);
  g_test_add_func ("/quiet-core/117", row_117);
  g_test_add_func ("/quiet-core/118", row_118);
  g_test_add_func ("/quiet-core/120", row_120);
  g_test_add_func ("/quiet-core/121", row_121);
  g_test_add_func ("/quiet-core/122", row_122);
  g_test_add_func ("/quiet-core/123", row_123);
  g_test_add_func ("/quiet-core/124", row_124);
  g_test_add_func ("/quiet-core/137", row_137);
  g_test_add_func ("/quiet-core/out-of-order", sounds_out_of_order);
  return g_test_run ();
}
