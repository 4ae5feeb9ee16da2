/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a disk can do to the call recorder, and what a crash leaves.
 */
#include "recorder-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst-voice/clock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* If upstream waits for a disk that hangs, it does so for longer, in us. */
#define WAIT (4 * G_TIME_SPAN_SECOND)

static const gchar *self_path;

static void
refuses_to_start (Fixture * self, gint code, const gchar * text)
{
  GstMessage *message;
  GError *error;

  g_assert_cmpint (gst_element_set_state (self->recorder, GST_STATE_PAUSED),
      ==, GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (self->bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_RESOURCE_ERROR, code);
  g_assert_nonnull (strstr (error->message, text));
  g_error_free (error);
  gst_message_unref (message);
  stop (self);
}

static void
errors_at_the_start (Fixture * self, gconstpointer unused)
{
  gchar *missing = g_build_filename (self->dir, "no", "a.wav", NULL);
  gchar *odd = g_build_filename (self->dir, "a.mp3", NULL);

  g_file_set_contents (self->location, "precious", -1, NULL);
  refuses_to_start (self, GST_RESOURCE_ERROR_OPEN_WRITE, "overwrite=true");
  g_object_set (self->recorder, "location", missing, NULL);
  refuses_to_start (self, GST_RESOURCE_ERROR_OPEN_WRITE, "make-folders=true");
  g_object_set (self->recorder, "location", odd, NULL);
  refuses_to_start (self, GST_RESOURCE_ERROR_SETTINGS, "set format");
  g_object_set (self->recorder, "location", self->location, "overwrite", TRUE,
      "rate", 44100, NULL);
  refuses_to_start (self, GST_RESOURCE_ERROR_SETTINGS, "44100");
  g_object_set (self->recorder, "rate", 0, NULL);
  play (self);
  g_free (odd);
  g_free (missing);
}

static void
folder_that_may_not_be_written (Fixture * self, gconstpointer unused)
{
  gint user = geteuid ();

  g_assert_cmpint (g_chmod (self->dir, 0500), ==, 0);
  /* Permissions do not bind root. */
  if (user == 0 && seteuid (65534) != 0)
    g_test_skip ("cannot become another user");
  else
    refuses_to_start (self, GST_RESOURCE_ERROR_OPEN_WRITE, "write permission");
  if (user == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (g_chmod (self->dir, 0700), ==, 0);
}

/* The next message of these types; others are dropped. */
static GstMessage *
next_message (Fixture * self, GstMessageType types, GstMessageType expected)
{
  GstMessage *message = gst_bus_timed_pop_filtered (self->bus, PATIENCE,
      types);

  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, expected);
  return message;
}

static void
removed_in_mid_call (Fixture * self, gconstpointer unused)
{
  const GstMessageType types = GST_MESSAGE_WARNING | GST_MESSAGE_ELEMENT
      | GST_MESSAGE_EOS;
  const GstStructure *details;
  GstMessage *message;
  GError *error;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 2 * GST_SECOND);
  expect_state (self, "started", NULL);
  g_unlink (self->location);
  push_marks (self, CALLER, 2 * GST_SECOND, 8 * GST_SECOND);
  end (self, CALLER);
  end (self, AGENT);

  /* One warning, one message that it is over, and the call goes on. */
  message = next_message (self, types, GST_MESSAGE_WARNING);
  gst_message_parse_warning (message, &error, NULL);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, "removed"));
  gst_message_parse_warning_details (message, &details);
  g_assert_cmpstr (gst_structure_get_string (details, "location"), ==,
      self->location);
  g_assert_true (gst_structure_has_field (details, "reason"));
  g_error_free (error);
  gst_message_unref (message);
  message = next_message (self, types, GST_MESSAGE_ELEMENT);
  g_assert_true (is_recording (message, "failed"));
  gst_message_unref (message);
  gst_message_unref (next_message (self, types, GST_MESSAGE_EOS));
  g_assert_true (has_failed (self));
  g_assert_cmpuint (stat_of (self, "lost"), >=, 2 * GST_SECOND);
}

static void
full_device (Fixture * self, gconstpointer format)
{
  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS)) {
    g_test_skip ("no /dev/full here");
    return;
  }
  gst_util_set_object_arg (G_OBJECT (self->recorder), "format",
      g_str_has_suffix (self->location, "wav") ? "wav" : "ogg-opus");
  g_object_set (self->recorder, "location", "/dev/full", "overwrite", TRUE,
      NULL);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 5 * GST_SECOND);
  end_both (self);
  g_assert_null (gst_bus_pop_filtered (self->bus, GST_MESSAGE_EOS));
  g_assert_true (has_failed (self));
  g_assert_cmpuint (stat_of (self, "frames"), ==, 0);
  g_assert_cmpuint (stat_of (self, "lost"), >=, 4 * GST_SECOND);
}

/* The file consists of whole Ogg pages. */
static void
expect_pages (const gchar * location)
{
  gchar *contents;
  gsize size, at = 0;

  g_assert_true (g_file_get_contents (location, &contents, &size, NULL));
  while (at < size) {
    const guint8 *page = (const guint8 *) contents + at;
    guint n_segments;

    g_assert_cmpuint (size - at, >=, 27);
    g_assert_cmpmem (page, 4, "OggS", 4);
    n_segments = page[26];
    at += 27 + n_segments;
    for (guint i = 0; i < n_segments; i++)
      at += page[27 + i];
  }
  g_assert_cmpuint (at, ==, size);
  g_free (contents);
}

/* In a process of its own, since the limit is for all its files. */
static void
disk_full (Fixture * self, gconstpointer suffix)
{
  const struct rlimit limit = { 100000, 100000 };
  gboolean wav = g_str_equal (suffix, ".wav");
  gsize n;

  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 60 * GST_SECOND);
  end (self, CALLER);
  end (self, AGENT);
  gst_message_unref (next_message (self, GST_MESSAGE_WARNING,
          GST_MESSAGE_WARNING));
  wait_eos (self);
  g_assert_true (has_failed (self));
  g_assert_cmpuint (stat_of (self, "lost"), >, 10 * GST_SECOND);
  /* What went in before is a file that can be read. */
  if (wav) {
    load (self, 16000);
    n = self->n;
    expect_marks (self, CALLER, 0, 0, n * 62500, TRUE);
    g_assert_cmpuint (n, >, 16000);
  } else {
    expect_pages (self->location);
    g_free (decode (self->location, OPUS, 16000, &n));
    g_assert_cmpuint (n, >, 5 * 16000);
  }
}

/* A pipe that nobody empties: the disk that hangs. */
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

typedef struct
{
  gint fd;
  gint stop;                    /* atomic */
} Drain;

static gpointer
drain_pipe (gpointer data)
{
  Drain *drain = data;
  gchar block[4096];

  while (!g_atomic_int_get (&drain->stop)) {
    if (read (drain->fd, block, sizeof block) < 0)
      g_thread_yield ();
  }
  return NULL;
}

static void
hung_disk_blocks_nobody (Fixture * self, gconstpointer unused)
{
  Drain drain = { stuff_pipe (self->location), FALSE };
  gint64 start = g_get_monotonic_time ();
  GstStructure *overflow, *stopped;
  GThread *thread;

  self->live = TRUE;
  g_object_set (self->recorder, "overwrite", TRUE, "buffer-time",
      (guint64) GST_SECOND, NULL);
  begin_both (self, 16000, 16000);
  /* Nothing of it can be written. */
  for (guint i = 0; i < 60; i++) {
    push_marks (self, CALLER, i * GST_SECOND, (i + 1) * GST_SECOND);
    push_marks (self, AGENT, i * GST_SECOND, (i + 1) * GST_SECOND);
  }
  g_assert_cmpint (g_get_monotonic_time () - start, <, WAIT);
  g_assert_cmpuint (stat_of (self, "overflows"), ==, 2);
  g_assert_cmpuint (stat_of (self, "lost"), >, 100 * GST_SECOND);
  g_assert_null (gst_bus_pop_filtered (self->bus, GST_MESSAGE_ELEMENT));

  thread = g_thread_new ("drain", drain_pipe, &drain);
  end (self, CALLER);
  end (self, AGENT);
  expect_state (self, "overflow", &overflow);
  expect_state (self, "stopped", &stopped);
  wait_eos (self);
  g_assert_cmpuint (field (overflow, "lost"), >, 100 * GST_SECOND);
  gst_structure_free (overflow);
  /* All that is not in the file; the sides end at different times. */
  g_assert_cmpuint (field (stopped, "lost") + 2 * field (stopped, "duration"),
      >=, 120 * GST_SECOND);
  g_assert_cmpuint (field (stopped, "lost") + 2 * field (stopped, "duration"),
      <=, 121 * GST_SECOND);
  gst_structure_free (stopped);
  g_atomic_int_set (&drain.stop, TRUE);
  g_thread_join (thread);
  close (drain.fd);
}

/* The same, but upstream can wait: not a sample is lost. */
static void
slow_disk_holds_up_a_file (Fixture * self, gconstpointer unused)
{
  for (guint simulated = 0; simulated < 2; simulated++) {
    Drain drain = { stuff_pipe (self->location), FALSE };
    GThread *thread = g_thread_new ("drain", drain_pipe, &drain);
    GstClock *clock = simulated ? gst_voice_clock_new () : NULL;

    self->live = simulated;
    gst_element_set_clock (self->recorder, clock);
    g_object_set (self->recorder, "overwrite", TRUE, "buffer-time",
        (guint64) GST_SECOND, NULL);
    begin_both (self, 16000, 16000);
    for (guint i = 0; i < 60; i++) {
      push_marks (self, CALLER, i * GST_SECOND, (i + 1) * GST_SECOND);
      push_marks (self, AGENT, i * GST_SECOND, (i + 1) * GST_SECOND);
    }
    end_both (self);
    g_assert_cmpuint (stat_of (self, "lost"), ==, 0);
    g_assert_cmpuint (stat_of (self, "frames"), ==, 60 * 16000);
    stop (self);
    unlink_side (self, CALLER);
    unlink_side (self, AGENT);
    g_atomic_int_set (&drain.stop, TRUE);
    g_thread_join (thread);
    close (drain.fd);
    g_unlink (self->location);
    gst_clear_object (&clock);
  }
}

static gpointer
push_until_refused (gpointer data)
{
  Fixture *self = data;
  GstClockTime time = 0;

  while (gst_pad_push (self->src[CALLER], marked (CALLER, time, 320)) ==
      GST_FLOW_OK)
    time += 20 * MS;
  return NULL;
}

static gpointer
stop_in_thread (gpointer data)
{
  stop (data);
  return NULL;
}

/* Its chain waits in the ring and must let go; only then does the disk. */
static void
state_change_wakes_upstream (Fixture * self, gconstpointer unused)
{
  Drain drain = { stuff_pipe (self->location), FALSE };
  gint64 start = g_get_monotonic_time ();
  GThread *pusher, *drainer, *stopper;

  g_object_set (self->recorder, "overwrite", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (self->recorder), "overflow", "wait");
  self->live = TRUE;
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 20 * MS);
  pusher = g_thread_new ("push", push_until_refused, self);
  stopper = g_thread_new ("stop", stop_in_thread, self);
  g_thread_join (pusher);
  drainer = g_thread_new ("drain", drain_pipe, &drain);
  g_thread_join (stopper);
  g_assert_cmpint (g_get_monotonic_time () - start, <, WAIT);
  g_assert_false (has_failed (self));
  g_atomic_int_set (&drain.stop, TRUE);
  g_thread_join (drainer);
  close (drain.fd);
}

/* A state change must not hang for ever; what hangs frees itself later. */
static void
hung_disk_is_given_up (Fixture * self, gconstpointer unused)
{
  gint fd = stuff_pipe (self->location);
  GstMessage *message;
  gchar block[4096];

  self->live = TRUE;
  g_object_set (self->recorder, "overwrite", TRUE, NULL);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 2 * GST_SECOND);
  end (self, CALLER);
  end (self, AGENT);
  message = next_message (self, GST_MESSAGE_WARNING | GST_MESSAGE_EOS,
      GST_MESSAGE_WARNING);
  gst_message_unref (message);
  wait_eos (self);
  g_assert_true (has_failed (self));
  stop (self);
  gst_bus_set_flushing (self->bus, TRUE);       /* messages hold references */
  while (g_atomic_int_get (&G_OBJECT (self->recorder)->ref_count) > 1) {
    if (read (fd, block, sizeof block) < 0)
      g_thread_yield ();
  }
  g_assert_true (has_failed (self));
  close (fd);
}

/* Run as `check --record LOCATION`: records for ever, and says up to where. */
static int
record_until_killed (const gchar * location)
{
  Fixture self = { 0 };

  self.recorder = gst_object_ref_sink (gst_element_factory_make
      ("callrecorder", NULL));
  g_object_set (self.recorder, "location", location, NULL);
  begin_both (&self, 16000, 16000);
  for (guint i = 0;; i++) {
    push_marks (&self, CALLER, i * 20 * MS, (i + 1) * 20 * MS);
    push_marks (&self, AGENT, i * 20 * MS, (i + 1) * 20 * MS);
    if (printf ("%u\n", (i + 1) * 20) < 0 || fflush (stdout) != 0)
      return 0;
  }
}

/* Returns the ms that the child had pushed when it was killed. */
static guint
kill_a_recording (const gchar * location, guint after)
{
  const gchar *argv[] = { self_path, "--record", location, NULL };
  gchar line[32];
  guint pushed = 0;
  gint out, status;
  GPid child;
  FILE *lines;

  g_assert_true (g_spawn_async_with_pipes (NULL, (gchar **) argv, NULL,
          G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &child, NULL, &out, NULL,
          NULL));
  lines = fdopen (out, "r");
  while (pushed < after && fgets (line, sizeof line, lines))
    pushed = atoi (line);
  g_assert_cmpuint (pushed, >=, after);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  while (fgets (line, sizeof line, lines))
    if (strchr (line, '\n'))
      pushed = atoi (line);
  fclose (lines);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  g_spawn_close_pid (child);
  return pushed;
}

static void
killed_in_mid_call (Fixture * self, gconstpointer suffix)
{
  for (guint after = 1500; after <= 9500; after += 2000) {
    guint pushed = kill_a_recording (self->location, after);
    gint16 *frames;
    gsize n;

    if (g_str_equal (suffix, ".wav")) {
      load (self, 16000);
      n = self->n;
      expect_marks (self, CALLER, 0, 0, n * 62500, TRUE);
      expect_marks (self, AGENT, 0, 0, n * 62500, TRUE);
    } else {
      frames = decode (self->location, OPUS, 16000, &n);
      g_free (frames);
    }
    g_assert_cmpuint (n / 16, >=, pushed - 1000);
    g_assert_cmpuint (n / 16, <=, pushed + 20);
    g_unlink (self->location);
  }
}

#define ADD_AS(path, suffix, function) g_test_add ("/callrecorder/" path, \
    Fixture, suffix, set_up, function, tear_down)
#define ADD(path, function) ADD_AS (path, ".wav", function)

int
main (int argc, char **argv)
{
  gint result;

  self_path = argv[0];
  gst_init (&argc, &argv);
  if (argc == 3 && g_str_equal (argv[1], "--record"))
    return record_until_killed (argv[2]);
  g_test_init (&argc, &argv, NULL);
  ADD ("errors", errors_at_the_start);
  ADD ("permission", folder_that_may_not_be_written);
  ADD ("removed", removed_in_mid_call);
  ADD ("dev-full", full_device);
  ADD_AS ("dev-full-opus", ".opus", full_device);
  ADD ("disk-full", disk_full);
  ADD_AS ("disk-full-opus", ".opus", disk_full);
  ADD_AS ("hung", ".opus", hung_disk_blocks_nobody);
  ADD_AS ("given-up", ".opus", hung_disk_is_given_up);
  ADD_AS ("slow", ".opus", slow_disk_holds_up_a_file);
  ADD_AS ("wake", ".opus", state_change_wakes_upstream);
  ADD ("killed", killed_in_mid_call);
  ADD_AS ("killed-opus", ".opus", killed_in_mid_call);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
