/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The writer's thread: runs, rates, drift, failures, a disk that hangs.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>
#include <recording-writer.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define MS (SECOND / 1000)
#define FOREVER (60 * G_TIME_SPAN_SECOND)

typedef struct
{
  gchar *dir, *location;
  RecordingWriter *writer;
  RecordingRing *ring;
  gint started, failed, gone;   /* atomic */
  RecordingStats stats;
  gint16 *frames;
  gsize n;
} Fixture;

static void
on_report (RecordingEvent event, const GError * error, gpointer data)
{
  Fixture *self = data;

  g_atomic_int_inc (event == RECORDING_STARTED ? &self->started :
      &self->failed);
  g_assert_cmpint (error != NULL, ==, event == RECORDING_FAILED);
}

static void
on_gone (gpointer data)
{
  Fixture *self = data;

  g_atomic_int_set (&self->gone, TRUE);
}

static void
make_writer (Fixture * self, RecordingFormat format, gboolean overwrite)
{
  const RecordingSettings settings = {
    .bitrate = 48000,
    .start_time = G_MAXUINT64,
    .threshold = 5 * MS,
    .ring_size = 1000000,
  };
  RecordingFile *file = recording_file_open (self->location, format, overwrite,
      FALSE, NULL);

  g_assert_nonnull (file);
  self->writer = recording_writer_new (file, &settings, on_report, self,
      on_gone);
  self->ring = recording_writer_get_ring (self->writer);
}

static void
set_up (Fixture * self, gconstpointer unused)
{
  self->dir = g_dir_make_tmp ("writer-XXXXXX", NULL);
  self->location = g_build_filename (self->dir, "a", NULL);
}

static void
tear_down (Fixture * self, gconstpointer unused)
{
  g_clear_pointer (&self->writer, recording_writer_unref);
  g_unlink (self->location);
  g_rmdir (self->dir);
  g_free (self->frames);
  g_free (self->location);
  g_free (self->dir);
}

static void
start (Fixture * self, guint rate)
{
  GError *error = NULL;

  g_assert_true (recording_writer_start (self->writer, rate, &error));
  g_assert_no_error (error);
}

static void
stop (Fixture * self)
{
  gchar *contents;
  gsize size;

  g_assert_true (recording_writer_stop (self->writer, FOREVER));
  recording_writer_get_stats (self->writer, &self->stats);
  g_assert_true (g_file_get_contents (self->location, &contents, &size, NULL));
  g_assert_cmpuint (size, ==, RECORDING_WAV_HEADER + 4 * self->stats.frames);
  self->n = self->stats.frames;
  self->frames = g_memdup2 (contents + RECORDING_WAV_HEADER, 4 * self->n);
  g_free (contents);
}

/* A tone of 300 Hz whose phase tells the time. */
static gdouble
tone (gdouble seconds)
{
  return 10000 * sin (2 * G_PI * 300 * seconds);
}

/* @n samples that were taken from @time on, by a clock that is @ppm fast. */
static void
push (Fixture * self, guint channel, guint rate, guint64 time, guint64 stamp,
    guint n)
{
  gint16 samples[RECORDING_BLOCK_MAX];
  RecordingBlock block = {
    .time = stamp,
    .duration = n * SECOND / rate,
    .n = n,
    .rate = rate,
    .channel = channel,
  };

  for (guint i = 0; i < n; i++)
    samples[i] = tone ((gdouble) time / SECOND + (gdouble) i / rate);
  g_assert_cmpint (recording_ring_push (self->ring, &block, samples, FOREVER),
      ==, RECORDING_RING_TAKEN);
}

/* The largest difference from the tone between two times. */
static gdouble
worst (Fixture * self, guint channel, gdouble from, gdouble to)
{
  gdouble start_time = (gdouble) self->stats.start / SECOND, worst = 0;
  guint rate = self->stats.rate;

  for (gsize i = (from - start_time) * rate; i < (to - start_time) * rate; i++)
    worst = MAX (worst, fabs (self->frames[2 * i + channel] -
            tone (start_time + (gdouble) i / rate)));
  return worst;
}

static void
any_rate_to_any_rate (Fixture * self, gconstpointer unused)
{
  static const guint rates[] = { 8000, 12000, 16000, 24000, 48000 };
  const guint64 begin = 7 * SECOND + 12 * MS;

  for (guint i = 0; i < 25; i++) {
    guint in = rates[i / 5], out = rates[i % 5];

    make_writer (self, RECORDING_WAV, FALSE);
    start (self, out);
    for (guint k = 0; k < 25; k++) {
      push (self, 0, in, begin + 20 * MS * k, begin + 20 * MS * k, in / 50);
      push (self, 1, out, begin + 20 * MS * k, begin + 20 * MS * k, out / 50);
    }
    stop (self);
    g_assert_cmpuint (self->n, ==, out / 2);
    g_assert_cmpuint (self->stats.gaps, ==, 0);
    /* A tenth of a sample at 48 kHz moves the tone by 40. */
    g_assert_cmpfloat (worst (self, 0, 7.03, 7.49), <, 20);
    g_clear_pointer (&self->frames, g_free);
    g_clear_pointer (&self->writer, recording_writer_unref);
    g_unlink (self->location);
  }
}

static void
rate_changes (Fixture * self, gconstpointer unused)
{
  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 16000);
  for (guint k = 0; k < 60; k++) {
    guint rate = k < 20 ? 8000 : k < 40 ? 48000 : 16000;

    push (self, 1, rate, 20 * MS * k, 20 * MS * k, rate / 50);
  }
  stop (self);
  g_assert_cmpuint (self->n, ==, 60 * 320);
  g_assert_cmpuint (self->stats.gaps, ==, 0);
  g_assert_cmpfloat (worst (self, 1, 0.01, 0.39), <, 300);
  g_assert_cmpfloat (worst (self, 1, 0.41, 0.79), <, 300);
  g_assert_cmpfloat (worst (self, 1, 0.80, 1.19), <, 10);
}

static void
jitter_is_not_heard (Fixture * self, gconstpointer unused)
{
  GRand *random = g_rand_new_with_seed (5);

  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 16000);
  for (guint k = 0; k < 500; k++) {
    guint64 time = SECOND + 20 * MS * k;
    gint64 jitter = k == 0 ? 0 : g_rand_int_range (random, -2000000, 2000000);

    push (self, 0, 16000, time, time + jitter, 320);
  }
  stop (self);
  g_assert_cmpuint (self->n, ==, 500 * 320);
  g_assert_cmpuint (self->stats.gaps, ==, 0);
  g_assert_cmpfloat (worst (self, 0, 1, 11), <=, 1);
  g_rand_free (random);
}

/* @ppm: how much the source's clock is too slow. */
static void
drift (Fixture * self, gint ppm)
{
  const guint blocks = 3000;    /* a minute */

  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 16000);
  for (guint k = 0; k < blocks; k++) {
    gint64 time = 20 * MS * k;

    push (self, 0, 16000, time, time + time / 1000000 * ppm, 320);
  }
  stop (self);
  g_assert_cmpuint (self->stats.gaps, ==, 0);
  /* A minute at 500 ppm is 30 ms. */
  g_assert_cmpint (ABS ((gint) self->n - (gint) (blocks * 320 +
              blocks * 320 / 1000000.0 * ppm)), <, 40);
  /* No sample is more than two of the tone's away from the one before. */
  for (gsize i = 1; i < self->n; i++)
    g_assert_cmpint (ABS (self->frames[2 * i] - self->frames[2 * i - 2]), <,
        2400);
  g_clear_pointer (&self->frames, g_free);
  g_clear_pointer (&self->writer, recording_writer_unref);
  g_unlink (self->location);
}

static void
drift_does_not_accumulate (Fixture * self, gconstpointer unused)
{
  drift (self, 500);
  drift (self, -500);
}

static void
small_hole_without_a_flag (Fixture * self, gconstpointer unused)
{
  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 16000);
  for (guint k = 0; k < 50; k++) {
    if (k != 20)
      push (self, 0, 16000, 10 * MS * k, 10 * MS * k, 160);
  }
  stop (self);
  g_assert_cmpuint (self->n, ==, 50 * 160);
  g_assert_cmpuint (self->stats.gaps, ==, 1);
  for (guint i = 0; i < 160; i++)
    g_assert_cmpint (self->frames[2 * (20 * 160 + i)], ==, 0);
  g_assert_cmpfloat (worst (self, 0, 0, 0.199), <=, 1);
  g_assert_cmpfloat (worst (self, 0, 0.21, 0.5), <=, 1);
}

static void
reports_start_once (Fixture * self, gconstpointer unused)
{
  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 8000);
  for (guint k = 0; k < 200; k++)
    push (self, 0, 8000, 20 * MS * k, 20 * MS * k, 160);
  stop (self);
  g_assert_cmpint (self->started, ==, 1);
  g_assert_cmpint (self->failed, ==, 0);
  g_assert_cmpuint (self->stats.duration, ==, 4 * SECOND);
  g_assert_cmpuint (self->stats.newest, ==, 4 * SECOND);
}

static void
nothing_pushed (Fixture * self, gconstpointer unused)
{
  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 8000);
  stop (self);
  g_assert_cmpuint (self->n, ==, 0);
  g_assert_cmpint (self->started, ==, 0);
}

static void
failure_is_told_once (Fixture * self, gconstpointer unused)
{
  make_writer (self, RECORDING_WAV, FALSE);
  start (self, 8000);
  g_unlink (self->location);
  for (guint k = 0; k < 200; k++)
    push (self, 0, 8000, 20 * MS * k, 20 * MS * k, 160);
  g_assert_true (recording_writer_stop (self->writer, FOREVER));
  recording_writer_get_stats (self->writer, &self->stats);
  g_assert_true (self->stats.failed);
  g_assert_cmpint (self->failed, ==, 1);
  g_assert_cmpint (self->started, ==, 0);
  g_assert_cmpuint (self->stats.lost, >, 3 * SECOND);
}

/* Opens a pipe and fills it. */
static gint
stuff_pipe (const gchar * location)
{
  gchar block[4096] = { 0 };
  gint fd;

  g_assert_cmpint (mkfifo (location, 0600), ==, 0);
  fd = g_open (location, O_RDWR | O_NONBLOCK, 0);
  g_assert_cmpint (fd, >=, 0);
  while (write (fd, block, sizeof block) > 0);
  while (write (fd, block, 1) > 0);
  return fd;
}

static void
hung_disk_is_given_up (Fixture * self, gconstpointer unused)
{
  gint fd = stuff_pipe (self->location);
  gchar block[4096];

  make_writer (self, RECORDING_OGG_OPUS, TRUE);
  start (self, 16000);
  g_assert_false (recording_writer_stop (self->writer, 1));
  g_clear_pointer (&self->writer, recording_writer_unref);
  g_assert_false (g_atomic_int_get (&self->gone));

  /* When the disk lets go, the writer frees itself. */
  while (!g_atomic_int_get (&self->gone)) {
    if (read (fd, block, sizeof block) < 0)
      g_thread_yield ();
  }
  g_assert_cmpint (self->started + self->failed, ==, 0);
  close (fd);
}

#define ADD(path, function) g_test_add ("/writer/" path, Fixture, NULL, \
    set_up, function, tear_down)

int
main (int argc, char **argv)
{
  gint result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  ADD ("rates", any_rate_to_any_rate);
  ADD ("rate-changes", rate_changes);
  ADD ("jitter", jitter_is_not_heard);
  ADD ("drift", drift_does_not_accumulate);
  ADD ("small-hole", small_hole_without_a_flag);
  ADD ("started", reports_start_once);
  ADD ("nothing", nothing_pushed);
  ADD ("failure", failure_is_told_once);
  ADD ("hung", hung_disk_is_given_up);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
