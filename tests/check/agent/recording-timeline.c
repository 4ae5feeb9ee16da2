/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where samples land in the file, in whatever order they come.
 */
#include <glib/gstdio.h>
#include <recording-timeline.h>
#include <string.h>

#define WINDOW 1000
#define MAX_HOLE 100000

typedef struct
{
  gchar *dir, *location;
  RecordingFile *file;
  RecordingTimeline *timeline;
  gint16 *frames;               /* after done () */
  gsize n;
} Fixture;

static void
set_up (Fixture * self, gconstpointer format)
{
  self->dir = g_dir_make_tmp ("timeline-XXXXXX", NULL);
  self->location = g_build_filename (self->dir, "a", NULL);
  self->file = recording_file_open (self->location, GPOINTER_TO_INT (format),
      FALSE, FALSE, NULL);
  g_assert_nonnull (self->file);
  g_assert_true (recording_file_begin (self->file, 16000, 48000, NULL));
  self->timeline = recording_timeline_new (self->file, WINDOW, MAX_HOLE);
}

static void
tear_down (Fixture * self, gconstpointer unused)
{
  recording_timeline_free (self->timeline);
  recording_file_free (self->file);
  g_unlink (self->location);
  g_rmdir (self->dir);
  g_free (self->frames);
  g_free (self->location);
  g_free (self->dir);
}

/* Every sample differs: it tells its channel and its position. */
static gint16
value (guint channel, guint64 position)
{
  return 1 + (position * 7 + channel * 13) % 30000;
}

static void
put (Fixture * self, guint channel, guint64 position, gsize n)
{
  gint16 *samples = g_new (gint16, n);

  for (gsize i = 0; i < n; i++)
    samples[i] = value (channel, position + i);
  g_assert_true (recording_timeline_put (self->timeline, channel, position,
          samples, n, NULL));
  g_free (samples);
}

static void
write_out (Fixture * self, guint hold_back)
{
  g_assert_true (recording_timeline_write (self->timeline, hold_back, NULL));
}

static void
done (Fixture * self)
{
  gchar *contents;
  gsize size;

  write_out (self, 0);
  g_assert_true (recording_file_finish (self->file, NULL));
  g_assert_true (g_file_get_contents (self->location, &contents, &size, NULL));
  self->n = (size - RECORDING_WAV_HEADER) / 4;
  self->frames = g_memdup2 (contents + RECORDING_WAV_HEADER, self->n * 4);
  g_free (contents);
}

static const RecordingTimelineState *
state (Fixture * self)
{
  return recording_timeline_get_state (self->timeline);
}

/* [from, to) holds what belongs there, or silence. */
static void
expect (Fixture * self, guint channel, guint64 from, guint64 to, gboolean sound)
{
  guint64 origin = state (self)->origin;

  g_assert_cmpuint (to - origin, <=, self->n);
  for (guint64 p = from; p < to; p++)
    g_assert_cmpint (self->frames[2 * (p - origin) + channel], ==,
        sound ? value (channel, p) : 0);
}

static void
in_order (Fixture * self, gconstpointer unused)
{
  for (guint i = 0; i < 50; i++) {
    put (self, 0, 5000 + 160 * i, 160);
    put (self, 1, 5000 + 160 * i, 160);
    write_out (self, 500);
  }
  done (self);
  g_assert_cmpuint (state (self)->origin, ==, 5000);
  g_assert_cmpuint (self->n, ==, 8000);
  expect (self, 0, 5000, 13000, TRUE);
  expect (self, 1, 5000, 13000, TRUE);
  g_assert_cmpuint (state (self)->clipped, ==, 0);
}

static void
out_of_order_in_the_window (Fixture * self, gconstpointer unused)
{
  put (self, 0, 2000, 100);
  put (self, 0, 2300, 100);
  put (self, 1, 2350, 200);
  put (self, 0, 2100, 100);
  put (self, 1, 1900, 50);      /* before the first: the origin moves */
  write_out (self, 300);
  put (self, 1, 2260, 50);
  done (self);
  g_assert_cmpuint (state (self)->origin, ==, 1900);
  g_assert_cmpuint (self->n, ==, 650);
  expect (self, 0, 1900, 2000, FALSE);
  expect (self, 0, 2000, 2200, TRUE);
  expect (self, 0, 2200, 2300, FALSE);
  expect (self, 0, 2300, 2400, TRUE);
  expect (self, 1, 1900, 1950, TRUE);
  expect (self, 1, 1950, 2260, FALSE);
  expect (self, 1, 2260, 2310, TRUE);
  expect (self, 1, 2310, 2350, FALSE);
  expect (self, 1, 2350, 2550, TRUE);
}

static void
hole_larger_than_the_window (Fixture * self, gconstpointer unused)
{
  put (self, 0, 100, 50);
  put (self, 1, 100 + 50 * WINDOW, 70);
  done (self);
  expect (self, 0, 100, 150, TRUE);
  expect (self, 0, 150, 100 + 50 * WINDOW + 70, FALSE);
  expect (self, 1, 100, 100 + 50 * WINDOW, FALSE);
  expect (self, 1, 100 + 50 * WINDOW, 170 + 50 * WINDOW, TRUE);
}

static void
put_larger_than_the_window (Fixture * self, gconstpointer unused)
{
  put (self, 0, 123, 5 * WINDOW + 17);
  done (self);
  expect (self, 0, 123, 123 + 5 * WINDOW + 17, TRUE);
  g_assert_cmpuint (self->n, ==, 5 * WINDOW + 17);
}

static void
late_goes_into_the_file (Fixture * self, gconstpointer unused)
{
  put (self, 0, 1000, 6000);
  write_out (self, 200);
  put (self, 1, 900, 300);      /* 100 of it before the origin */
  put (self, 1, 6700, 250);     /* both sides of what is written */
  done (self);
  expect (self, 0, 1000, 7000, TRUE);
  expect (self, 1, 1000, 1200, TRUE);
  expect (self, 1, 1200, 6700, FALSE);
  expect (self, 1, 6700, 6950, TRUE);
  g_assert_cmpuint (state (self)->clipped, ==, 100);
}

static void
late_is_clipped_in_opus (Fixture * self, gconstpointer unused)
{
  put (self, 0, 1000, 6000);
  write_out (self, 200);
  put (self, 1, 1000, 300);
  put (self, 1, 6700, 250);
  g_assert_cmpuint (state (self)->clipped, ==, 400);
  write_out (self, 0);
  g_assert_cmpuint (recording_file_get_frames (self->file), ==, 6000);
}

static void
later_of_two_wins (Fixture * self, gconstpointer unused)
{
  gint16 other[100];

  for (guint i = 0; i < 100; i++)
    other[i] = -5;
  put (self, 0, 0, 300);
  g_assert_true (recording_timeline_put (self->timeline, 0, 100, other, 100,
          NULL));
  done (self);
  expect (self, 0, 0, 100, TRUE);
  expect (self, 0, 200, 300, TRUE);
  for (guint i = 100; i < 200; i++)
    g_assert_cmpint (self->frames[2 * i], ==, -5);
}

static void
origin_that_was_set (Fixture * self, gconstpointer unused)
{
  recording_timeline_set_origin (self->timeline, 1000);
  put (self, 0, 900, 200);
  put (self, 1, 1500, 10);
  done (self);
  g_assert_cmpuint (state (self)->origin, ==, 1000);
  g_assert_cmpuint (state (self)->clipped, ==, 100);
  expect (self, 0, 1000, 1100, TRUE);
  expect (self, 1, 1500, 1510, TRUE);
  g_assert_cmpuint (self->n, ==, 510);
}

static void
silence_that_is_known (Fixture * self, gconstpointer unused)
{
  put (self, 0, 0, 100);
  g_assert_true (recording_timeline_pass (self->timeline, 50, 3 * WINDOW,
          NULL));
  done (self);
  expect (self, 0, 0, 100, TRUE);
  g_assert_cmpuint (self->n, ==, 50 + 3 * WINDOW);
}

static void
broken_timestamps_are_not_believed (Fixture * self, gconstpointer unused)
{
  put (self, 0, 1000, 100);
  put (self, 0, 1100 + MAX_HOLE + 1, 100);
  put (self, 0, G_MAXUINT64 - 200, 100);
  g_assert_true (recording_timeline_pass (self->timeline, 1100, G_MAXUINT64,
          NULL));
  g_assert_true (recording_timeline_pass (self->timeline, G_MAXUINT64 - 5, 1,
          NULL));
  put (self, 0, 1100, 100);
  done (self);
  g_assert_cmpuint (self->n, ==, 200);
  expect (self, 0, 1000, 1200, TRUE);
  g_assert_cmpuint (state (self)->clipped, ==, 200);
}

static void
nothing_at_all (Fixture * self, gconstpointer unused)
{
  write_out (self, 0);
  done (self);
  g_assert_cmpuint (self->n, ==, 0);
  g_assert_cmpuint (state (self)->origin, ==, G_MAXUINT64);
}

static void
random_order (Fixture * self, gconstpointer unused)
{
  GRand *random = g_rand_new_with_seed (3);
  const guint n = 400, size = 40;
  gboolean there[2][400] = { {FALSE} };

  put (self, 0, 0, 1);
  for (guint i = 0; i < 5000; i++) {
    guint channel = g_rand_int_range (random, 0, 2);
    /* Mostly near the end, sometimes anywhere. */
    guint block = g_rand_int_range (random, 0, 1 + MIN (n - 1, i / 10));

    put (self, channel, block * size, size);
    there[channel][block] = TRUE;
    if (i % 7 == 0)
      write_out (self, g_rand_int_range (random, 0, WINDOW));
  }
  done (self);
  for (guint block = 0; block < n; block++) {
    for (guint channel = 0; channel < 2; channel++)
      if ((block + 1) * size <= self->n)
        expect (self, channel, block * size + 1, (block + 1) * size,
            there[channel][block]);
  }
  g_assert_cmpuint (state (self)->clipped, ==, 0);
  g_rand_free (random);
}

#define ADD(path, format, function) g_test_add ("/timeline/" path, Fixture, \
    GINT_TO_POINTER (format), set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("in-order", RECORDING_WAV, in_order);
  ADD ("out-of-order", RECORDING_WAV, out_of_order_in_the_window);
  ADD ("hole", RECORDING_WAV, hole_larger_than_the_window);
  ADD ("large", RECORDING_WAV, put_larger_than_the_window);
  ADD ("late", RECORDING_WAV, late_goes_into_the_file);
  ADD ("late-opus", RECORDING_OGG_OPUS, late_is_clipped_in_opus);
  ADD ("overlap", RECORDING_WAV, later_of_two_wins);
  ADD ("origin", RECORDING_WAV, origin_that_was_set);
  ADD ("pass", RECORDING_WAV, silence_that_is_known);
  ADD ("broken", RECORDING_WAV, broken_timestamps_are_not_believed);
  ADD ("nothing", RECORDING_WAV, nothing_at_all);
  ADD ("random", RECORDING_WAV, random_order);
  return g_test_run ();
}
