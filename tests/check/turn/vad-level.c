/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The level control, on made-up levels and probabilities.
 */
#include "vad-level.h"

#include <glib.h>
#include <math.h>

/* Frames of one level to which the network says one probability; returns the
 * gain of the last. */
static gfloat
hears (VadLevel * level, guint frames, gfloat dbfs, gfloat probability)
{
  gfloat gain = 0.f;

  for (guint i = 0; i < frames; i++) {
    gain = vad_level_gain (level, dbfs);
    vad_level_learn (level, dbfs, probability);
  }
  return gain;
}

static void
unknown_caller_on_a_quiet_line (void)
{
  VadLevel level;

  vad_level_reset (&level);
  g_assert_cmpfloat (hears (&level, 1, -80.f, 0.f), <, 1.f);
  g_assert_cmpfloat_with_epsilon (hears (&level, 100, -80.f, 0.f), 18., .1);
}

static void
noise_is_not_lifted (void)
{
  VadLevel level;

  vad_level_reset (&level);
  g_assert_cmpfloat_with_epsilon (hears (&level, 300, -55.f, 0.f), 11., .1);
  g_assert_cmpfloat (hears (&level, 300, -40.f, 0.f), ==, 0.f);
  /* Quiet again: within the stretch over which the floor is sought. */
  g_assert_cmpfloat_with_epsilon (hears (&level, 300, -80.f, 0.f), 18., .1);
}

static void
faint_caller_is_lifted (void)
{
  VadLevel level;

  vad_level_reset (&level);
  hears (&level, 100, -85.f, 0.f);
  hears (&level, 200, -60.f, .9f);
  hears (&level, 100, -85.f, 0.f);
  g_assert_cmpfloat_with_epsilon (hears (&level, 100, -60.f, .9f), 28., .5);
}

static void
usual_caller_is_left_alone (void)
{
  VadLevel level;

  vad_level_reset (&level);
  hears (&level, 50, -85.f, 0.f);
  hears (&level, 300, -24.f, .9f);
  g_assert_cmpfloat (hears (&level, 6000, -85.f, 0.f), ==, 0.f);
  /* A minute of somebody 21 dB fainter is not learnt from. */
  hears (&level, 6000, -45.f, .9f);
  g_assert_cmpfloat (hears (&level, 100, -85.f, 0.f), ==, 0.f);
}

static void
caller_who_goes_away_is_found_again (void)
{
  VadLevel level;

  vad_level_reset (&level);
  hears (&level, 300, -24.f, .9f);
  g_assert_cmpfloat (hears (&level, 30 * 6000, -85.f, 0.f), >, 15.f);
}

static void
loud_frames_are_not_lifted (void)
{
  VadLevel level;

  vad_level_reset (&level);
  hears (&level, 200, -85.f, 0.f);
  g_assert_cmpfloat_with_epsilon (hears (&level, 1, -30.f, 0.f), 10., .1);
  g_assert_cmpfloat (hears (&level, 1, -10.f, 0.f), ==, 0.f);
}

static void
unknown_caller_and_the_agent_speaks (void)
{
  VadLevel level;

  vad_level_reset (&level);
  hears (&level, 200, -85.f, 0.f);
  vad_level_freeze (&level, true);
  g_assert_cmpfloat (hears (&level, 1, -50.f, .9f), ==, 0.f);
  g_assert_cmpfloat (hears (&level, 1000, -50.f, .9f), ==, 0.f);
  g_assert_cmpint (level.spoken, ==, 0);
  /* Afterwards the echo's tail is waited for, then it rises. */
  vad_level_freeze (&level, false);
  g_assert_cmpfloat (hears (&level, 19, -85.f, 0.f), ==, 0.f);
  g_assert_cmpfloat_with_epsilon (hears (&level, 100, -85.f, 0.f), 18., .1);
}

static void
known_caller_and_the_agent_speaks (void)
{
  VadLevel level;
  gfloat before;

  vad_level_reset (&level);
  hears (&level, 100, -85.f, 0.f);
  hears (&level, 200, -55.f, .9f);
  before = hears (&level, 100, -85.f, 0.f);
  g_assert_cmpfloat (before, >, 20.f);
  vad_level_freeze (&level, true);
  hears (&level, 1000, -44.f, .9f);
  g_assert_cmpfloat_with_epsilon (hears (&level, 200, -85.f, 0.f), before, .5);
}

static void
digital_silence (void)
{
  VadLevel level;

  vad_level_reset (&level);
  g_assert_cmpfloat_with_epsilon (hears (&level, 1000, -INFINITY, 0.f), 18.,
      .1);
  g_assert_cmpfloat (level.floor, >=, -96.f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vad-level/unknown", unknown_caller_on_a_quiet_line);
  g_test_add_func ("/vad-level/noise", noise_is_not_lifted);
  g_test_add_func ("/vad-level/faint", faint_caller_is_lifted);
  g_test_add_func ("/vad-level/usual", usual_caller_is_left_alone);
  g_test_add_func ("/vad-level/forgets", caller_who_goes_away_is_found_again);
  g_test_add_func ("/vad-level/loud", loud_frames_are_not_lifted);
  g_test_add_func ("/vad-level/frozen-unknown",
      unknown_caller_and_the_agent_speaks);
  g_test_add_func ("/vad-level/frozen-known",
      known_caller_and_the_agent_speaks);
  g_test_add_func ("/vad-level/digital-silence", digital_silence);
  return g_test_run ();
}
