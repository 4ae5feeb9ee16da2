/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Levels at every rate: in the band of a telephone they are true, beside it
 * they fall.
 */
#include "playout-level.h"

#include <glib.h>
#include <math.h>

/* Of a sine, in dBFS. */
static gint
level_of (gint rate, gdouble frequency, gdouble amplitude)
{
  PlayoutLevel level;
  gint16 pcm[480];
  gchar last = 0;

  playout_level_init (&level, rate);
  for (gint step = 0; step < 30; step++) {
    for (gint i = 0; i < rate / 100; i++)
      pcm[i] = amplitude * sin (2. * G_PI * frequency *
          (step * rate / 100 + i) / rate);
    last = playout_level_step (&level, pcm, rate / 100);
  }
  return last - 126;
}

static void
band (void)
{
  static const gint rates[] = { 8000, 12000, 16000, 24000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    g_assert_cmpint (level_of (rates[i], 1000., 32767.), ==, -3);
    g_assert_cmpint (level_of (rates[i], 500., 3276.7), ==, -23);
    g_assert_cmpint (level_of (rates[i], 60., 32767.), <, -35);
    if (rates[i] > 12000)
      g_assert_cmpint (level_of (rates[i], 7000., 32767.), <, -25);
  }
}

static void
silence (void)
{
  g_assert_cmpint (level_of (16000, 1000., 0.), ==, 32 - 126);
}

/* The level falls when the sound is over, and not at once. */
static void
window (void)
{
  static const gint16 nothing[160];
  PlayoutLevel level;
  gint16 pcm[160];
  gchar first, loud = 0, after;

  for (guint i = 0; i < G_N_ELEMENTS (pcm); i++)
    pcm[i] = 10000. * sin (2. * G_PI * 1000. * i / 16000.);
  playout_level_init (&level, 16000);
  first = playout_level_step (&level, pcm, G_N_ELEMENTS (pcm));
  for (gint i = 0; i < 5; i++)
    loud = playout_level_step (&level, pcm, G_N_ELEMENTS (pcm));
  g_assert_cmpint (first, <, loud - 2);
  after = playout_level_step (&level, nothing, G_N_ELEMENTS (nothing));
  g_assert_cmpint (after, <, loud);
  g_assert_cmpint (after, >, loud - 4);
  for (gint i = 0; i < 10; i++)
    after = playout_level_step (&level, nothing, G_N_ELEMENTS (nothing));
  g_assert_cmpint (after, <, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/playout-level/band", band);
  g_test_add_func ("/playout-level/silence", silence);
  g_test_add_func ("/playout-level/window", window);
  return g_test_run ();
}
