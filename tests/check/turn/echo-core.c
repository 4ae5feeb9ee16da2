/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What may be the agent's echo and what is somebody else, in virtual time.
 */
#include "echo-core.h"

#include <glib.h>

#define SECOND 100

/* A line on which the agent speaks in syllables, the echo of which comes back
 * after `delay` steps. */
typedef struct
{
  EchoCore core;
  gint delay;
  gfloat gain;                  /* dB; none at all below -90 */
  gint64 step;
  gint heard;                   /* steps in which somebody else was heard */
} Line;

#define NO_ECHO (-100.f)
#define NOISE (-60.f)
#define NOBODY (-96.f)

static void
set_up (Line * line, gint delay, gfloat gain)
{
  echo_core_reset (&line->core);
  line->delay = delay;
  line->gain = gain;
  line->step = line->heard = 0;
}

/* Syllables of 200 ms, each of another level, and a pause each two seconds. */
static gfloat
agent_at (gint64 step)
{
  if (step < 0 || step % 200 >= 170)
    return NOBODY;
  return -20.f - (step / 20 * 7 % 11) - (step % 20 < 14 ? 0.f : 15.f);
}

/* The agent speaks, and perhaps somebody else: so loud, and with that
 * probability of speech. */
static void
run (Line * line, gint steps, gboolean agent, gfloat caller, gfloat probability)
{
  line->heard = 0;
  for (gint64 end = line->step + steps; line->step < end; line->step++) {
    gfloat echo = agent_at (line->step - line->delay) + line->gain;

    if (agent)
      echo_core_played (&line->core, line->step, agent_at (line->step));
    line->heard += !echo_core_hears (&line->core, line->step,
        MAX (MAX (echo, caller), NOISE), probability);
  }
}

static void
echo_is_explained (void)
{
  static const gint delays[] = { 3, 10, 20, 30, 45, 60, 95 };
  static const gfloat gains[] = { -10.f, -14.f, -20.f, -26.f };

  for (guint d = 0; d < G_N_ELEMENTS (delays); d++) {
    for (guint g = 0; g < G_N_ELEMENTS (gains); g++) {
      Line line;

      set_up (&line, delays[d], gains[g]);
      /* One that is louder than usual is learnt first. */
      if (gains[g] > -20.f)
        run (&line, 5 * SECOND, TRUE, NOBODY, 1.f);
      run (&line, 60 * SECOND, TRUE, NOBODY, 1.f);
      g_assert_cmpint (line.heard, ==, 0);
      g_assert_cmpfloat (echo_core_gain (&line.core), >=, gains[g] - 1.f);
      g_assert_cmpfloat (echo_core_gain (&line.core), <=, gains[g] + 4.f);
    }
  }
}

static void
nothing_played_changes_nothing (void)
{
  Line line;

  set_up (&line, 0, NO_ECHO);
  run (&line, 10 * SECOND, FALSE, -90.f, 1.f);
  g_assert_cmpint (line.heard, ==, 10 * SECOND);
}

static void
caller_is_heard_over_an_echo (void)
{
  Line line;

  set_up (&line, 30, -20.f);
  run (&line, 10 * SECOND, TRUE, NOBODY, 1.f);
  run (&line, SECOND, TRUE, -26.f, 1.f);
  g_assert_cmpint (line.heard, ==, SECOND);
  /* And is no echo between two syllables, as long as a syllable may last. */
  run (&line, 10, TRUE, NOBODY, 1.f);
  g_assert_cmpint (line.heard, ==, 10);
  run (&line, SECOND, TRUE, NOBODY, 1.f);
  g_assert_cmpint (line.heard, <, 20);
  /* A loud noise that is not speech makes nobody believed. */
  run (&line, SECOND, TRUE, -26.f, .1f);
  run (&line, SECOND, TRUE, NOBODY, 1.f);
  g_assert_cmpint (line.heard, ==, 0);
}

/* Before anything is known a loud caller is heard, and what may be echo is
 * none. */
static void
beginning (void)
{
  Line line;

  set_up (&line, 30, NO_ECHO);
  run (&line, SECOND / 2, TRUE, -18.f, 1.f);
  g_assert_cmpint (line.heard, ==, SECOND / 2);
  set_up (&line, 30, NO_ECHO);
  run (&line, SECOND / 2, TRUE, -36.f, 1.f);
  g_assert_cmpint (line.heard, ==, 0);
}

/* Where nothing comes back even a faint caller is no echo. */
static void
no_echo (void)
{
  Line line;

  set_up (&line, 30, NO_ECHO);
  run (&line, 3 * SECOND, TRUE, NOBODY, 0.f);
  run (&line, SECOND, TRUE, -48.f, 1.f);
  g_assert_cmpint (line.heard, ==, SECOND);
}

/* A caller who talks all the time teaches nothing wrong. */
static void
double_talk (void)
{
  Line line;

  set_up (&line, 30, -20.f);
  run (&line, 10 * SECOND, TRUE, NOBODY, 1.f);
  run (&line, 5 * SECOND, TRUE, -22.f, 1.f);
  g_assert_cmpfloat (echo_core_gain (&line.core), <=, -16.f);
  g_assert_cmpint (line.heard, ==, 5 * SECOND);
}

static void
louder_echo_is_learnt (void)
{
  Line line;

  set_up (&line, 30, -40.f);
  run (&line, 10 * SECOND, TRUE, NOBODY, 1.f);
  line.gain = -14.f;
  run (&line, 20 * SECOND, TRUE, NOBODY, 1.f);
  run (&line, 20 * SECOND, TRUE, NOBODY, 1.f);
  g_assert_cmpint (line.heard, ==, 0);
}

/* The echo outlasts the agent's speech, but not by more than a second. */
static void
tail (void)
{
  Line line;

  set_up (&line, 60, -20.f);
  run (&line, 10 * SECOND + 150, TRUE, NOBODY, 1.f);
  line.gain = NO_ECHO;
  run (&line, 60, FALSE, -45.f, 1.f);
  g_assert_cmpint (line.heard, ==, 0);
  run (&line, 100, FALSE, NOBODY, 0.f);
  run (&line, SECOND, FALSE, -45.f, 1.f);
  g_assert_cmpint (line.heard, ==, SECOND);
}

/* What is known stays when steps are counted anew, and over gaps. */
static void
known_gain_stays (void)
{
  Line line;

  set_up (&line, 30, -20.f);
  run (&line, 10 * SECOND, TRUE, NOBODY, 1.f);
  echo_core_restart (&line.core);
  line.step = 0;
  run (&line, 5 * SECOND, TRUE, NOBODY, 1.f);
  g_assert_cmpint (line.heard, ==, 0);
  line.step += 1000000;
  run (&line, SECOND / 2, TRUE, -28.f, 1.f);
  g_assert_cmpint (line.heard, >, SECOND / 4);
}

/* What nobody can have played then is not taken. */
static void
wild_steps (void)
{
  EchoCore core;

  echo_core_reset (&core);
  echo_core_played (&core, -1, 0.f);
  echo_core_played (&core, G_MAXINT64, 0.f);
  echo_core_played (&core, ECHO_RING, 0.f);
  g_assert_true (!echo_core_hears (&core, 0, -30.f, 1.f));
  echo_core_hears (&core, 5000, -30.f, 1.f);
  echo_core_played (&core, 4000, 0.f);
  g_assert_true (!echo_core_hears (&core, 5001, -30.f, 1.f));
  echo_core_played (&core, 4990, 0.f);
  g_assert_true (echo_core_hears (&core, 5002, -30.f, 1.f));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/echo-core/echo-is-explained", echo_is_explained);
  g_test_add_func ("/echo-core/nothing-played", nothing_played_changes_nothing);
  g_test_add_func ("/echo-core/caller", caller_is_heard_over_an_echo);
  g_test_add_func ("/echo-core/beginning", beginning);
  g_test_add_func ("/echo-core/no-echo", no_echo);
  g_test_add_func ("/echo-core/double-talk", double_talk);
  g_test_add_func ("/echo-core/louder-echo", louder_echo_is_learnt);
  g_test_add_func ("/echo-core/tail", tail);
  g_test_add_func ("/echo-core/known-gain-stays", known_gain_stays);
  g_test_add_func ("/echo-core/wild-steps", wild_steps);
  return g_test_run ();
}
