/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is kept of a caller's sound, and the time of every sample.
 */
#include "stt-sound.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define MS (SECOND / 1000)
#define RATE 16000

/* Samples that say which they are. */
static void
put (SttSound * sound, gsize n, gint64 start)
{
  gint16 *samples = g_new (gint16, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = (stt_sound_end (sound) + i) % 32749;
  stt_sound_put (sound, samples, n, start);
  g_free (samples);
}

static void
assert_kept (SttSound * sound, guint64 begin, guint64 end)
{
  g_assert_cmpuint (stt_sound_begin (sound), ==, begin);
  g_assert_cmpuint (stt_sound_end (sound), ==, end);
  for (guint64 i = begin; i < end; i++)
    g_assert_cmpint (*stt_sound_at (sound, i), ==, i % 32749);
}

static void
test_twenty_seconds_are_kept (void)
{
  SttSound *sound = stt_sound_new (RATE);

  for (guint i = 0; i < 19; i++)
    put (sound, RATE, i * SECOND);
  assert_kept (sound, 0, 19 * RATE);
  for (guint i = 19; i < 60; i++)
    put (sound, RATE, i * SECOND);
  assert_kept (sound, 40 * RATE, 60 * RATE);
  g_assert_cmpint (stt_sound_time (sound, 50 * RATE), ==, 50 * SECOND);
  stt_sound_free (sound);
}

static void
test_what_is_final_is_forgotten (void)
{
  SttSound *sound = stt_sound_new (RATE);

  put (sound, RATE, 0);
  stt_sound_forget (sound, 1);
  assert_kept (sound, 1, RATE);
  stt_sound_forget (sound, 12000);
  assert_kept (sound, 12000, RATE);
  stt_sound_forget (sound, 100);
  assert_kept (sound, 12000, RATE);
  put (sound, 160, SECOND);
  assert_kept (sound, 12000, RATE + 160);
  stt_sound_forget (sound, G_MAXUINT64);
  assert_kept (sound, RATE + 160, RATE + 160);
  put (sound, 160, SECOND + 10 * MS);
  assert_kept (sound, RATE + 160, RATE + 320);
  stt_sound_free (sound);
}

/* Buffers' times are rounded, the samples' are not. */
static void
test_time_is_that_of_the_sample (void)
{
  SttSound *sound = stt_sound_new (48000);
  gint64 start = 7 * SECOND;

  for (guint i = 0; i < 1000; i++)
    put (sound, 441, start + (gint64) i * 441 * SECOND / 48000 / MS * MS);
  for (guint64 i = 0; i <= 441000; i += 123)
    g_assert_cmpint (stt_sound_time (sound, i), ==, start
        + (gint64) i * SECOND / 48000);
  g_assert_cmpint (stt_sound_end_time (sound, 0), ==, start);
  g_assert_cmpint (stt_sound_end_time (sound, 48000), ==, start + SECOND);
  stt_sound_free (sound);
}

static void
test_time_jumps_where_the_source_has_paused (void)
{
  SttSound *sound = stt_sound_new (RATE);

  put (sound, RATE, 1 * SECOND);
  put (sound, RATE, 10 * SECOND);
  put (sound, RATE, 11 * SECOND);
  g_assert_cmpint (stt_sound_time (sound, RATE - 160), ==, 1990 * MS);
  g_assert_cmpint (stt_sound_end_time (sound, RATE), ==, 2 * SECOND);
  g_assert_cmpint (stt_sound_time (sound, RATE), ==, 10 * SECOND);
  g_assert_cmpint (stt_sound_end_time (sound, RATE + 160), ==, 10010 * MS);
  g_assert_cmpint (stt_sound_time (sound, 3 * RATE), ==, 12 * SECOND);
  /* What is no longer kept has the time before the first that is. */
  stt_sound_forget (sound, 2 * RATE);
  g_assert_cmpint (stt_sound_time (sound, RATE), ==, 10 * SECOND);
  g_assert_cmpint (stt_sound_time (sound, 0), ==, 9 * SECOND);
  stt_sound_free (sound);
}

static void
test_without_times_there_are_none (void)
{
  SttSound *sound = stt_sound_new (RATE);

  put (sound, 160, STT_SOUND_NO_TIME);
  g_assert_cmpint (stt_sound_time (sound, 10), ==, STT_SOUND_NO_TIME);
  g_assert_cmpint (stt_sound_end_time (sound, 10), ==, STT_SOUND_NO_TIME);
  put (sound, 160, 5 * MS);
  /* Before the beginning of time there is nothing. */
  g_assert_cmpint (stt_sound_time (sound, 0), ==, 0);
  g_assert_cmpint (stt_sound_time (sound, 240), ==, 10 * MS);
  stt_sound_free (sound);
}

static void
test_times_that_jump_all_the_time_are_bounded (void)
{
  SttSound *sound = stt_sound_new (RATE);

  for (guint i = 0; i < 10000; i++)
    put (sound, 16, i * SECOND);
  g_assert_cmpint (stt_sound_time (sound, 160000 - 16), ==, 9999 * SECOND);
  g_assert_cmpint (stt_sound_time (sound, 0), >=, 0);
  stt_sound_free (sound);
}

static void
test_durations_are_counted_to_the_nearest_sample (void)
{
  SttSound *sound = stt_sound_new (RATE);

  g_assert_cmpuint (stt_sound_count (sound, 0), ==, 0);
  g_assert_cmpuint (stt_sound_count (sound, 50 * MS), ==, 800);
  g_assert_cmpuint (stt_sound_count (sound, SECOND / RATE / 2 - 1), ==, 0);
  g_assert_cmpuint (stt_sound_count (sound, 86400 * SECOND + 62499), ==,
      86400 * (guint64) RATE + 1);
  for (guint64 i = 0; i < RATE; i++)
    g_assert_cmpuint (stt_sound_count (sound, (gint64) i * SECOND / RATE), ==,
        i);
  stt_sound_free (sound);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/stt-sound/" #name, test_##name)
  ADD (twenty_seconds_are_kept);
  ADD (what_is_final_is_forgotten);
  ADD (time_is_that_of_the_sample);
  ADD (time_jumps_where_the_source_has_paused);
  ADD (without_times_there_are_none);
  ADD (times_that_jump_all_the_time_are_bounded);
  ADD (durations_are_counted_to_the_nearest_sample);
  return g_test_run ();
}
