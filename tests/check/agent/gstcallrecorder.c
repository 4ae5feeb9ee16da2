/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The call recorder as an element: alignment, rates, pauses, ends, restarts.
 */
#include "../doc-line.h"
#include "recorder-fixture.h"

#include <glib/gstdio.h>
#include <gst-voice/session.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

static void
across_gaps (Fixture * self, gconstpointer unused)
{
  GstStructure *started, *stopped;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 1000 * MS, 1200 * MS);
  push_marks (self, AGENT, 1100 * MS, 1400 * MS);
  push_marks (self, CALLER, 1500 * MS, 1600 * MS);
  /* Longer than anything that is kept in memory. */
  push_marks (self, CALLER, 9000 * MS, 9100 * MS);
  push_marks (self, AGENT, 9060 * MS, 9200 * MS);
  end (self, CALLER);
  end (self, AGENT);
  expect_state (self, "started", &started);
  expect_state (self, "stopped", &stopped);
  wait_eos (self);
  g_assert_cmpuint (field (started, "running-time"), ==, 1000 * MS);
  g_assert_cmpuint (field (stopped, "running-time"), ==, 9200 * MS);
  g_assert_cmpuint (field (stopped, "duration"), ==, 8200 * MS);
  g_assert_cmpuint (field (stopped, "lost"), ==, 0);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 82 * 1600);
  expect_marks (self, CALLER, 1000 * MS, 1000 * MS, 1200 * MS, TRUE);
  expect_marks (self, CALLER, 1000 * MS, 1200 * MS, 1500 * MS, FALSE);
  expect_marks (self, CALLER, 1000 * MS, 1500 * MS, 1600 * MS, TRUE);
  expect_marks (self, CALLER, 1000 * MS, 1600 * MS, 9000 * MS, FALSE);
  expect_marks (self, CALLER, 1000 * MS, 9000 * MS, 9100 * MS, TRUE);
  expect_marks (self, AGENT, 1000 * MS, 1000 * MS, 1100 * MS, FALSE);
  expect_marks (self, AGENT, 1000 * MS, 1100 * MS, 1400 * MS, TRUE);
  expect_marks (self, AGENT, 1000 * MS, 1400 * MS, 9060 * MS, FALSE);
  expect_marks (self, AGENT, 1000 * MS, 9060 * MS, 9200 * MS, TRUE);
  g_assert_cmpuint (stat_of (self, "gaps"), ==, 3);
  g_assert_cmpuint (stat_of (self, "frames"), ==, 82 * 1600);
  g_assert_cmpuint (stat_of (self, "start"), ==, 1000 * MS);
  gst_structure_free (stopped);
  gst_structure_free (started);
}

static void
late_start_of_one_side (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 200 * MS, 400 * MS);
  push_marks (self, AGENT, 100 * MS, 200 * MS); /* earlier, but it came later */
  push_marks (self, CALLER, 400 * MS, 2000 * MS);
  push_marks (self, AGENT, 1980 * MS, 2100 * MS);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 32000);
  expect_marks (self, CALLER, 100 * MS, 100 * MS, 200 * MS, FALSE);
  expect_marks (self, CALLER, 100 * MS, 200 * MS, 2000 * MS, TRUE);
  expect_marks (self, AGENT, 100 * MS, 100 * MS, 200 * MS, TRUE);
  expect_marks (self, AGENT, 100 * MS, 200 * MS, 1980 * MS, FALSE);
  expect_marks (self, AGENT, 100 * MS, 1980 * MS, 2100 * MS, TRUE);
}

static void
one_side_after_the_other (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 20 * GST_SECOND);
  push_marks (self, AGENT, 0, 20 * GST_SECOND);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 320000);
  expect_marks (self, CALLER, 0, 0, 20 * GST_SECOND, TRUE);
  expect_marks (self, AGENT, 0, 0, 20 * GST_SECOND, TRUE);
  g_assert_cmpuint (stat_of (self, "clipped"), ==, 0);
}

static void
different_rates (Fixture * self, gconstpointer unused)
{
  begin_both (self, 8000, 24000);
  push_tone (self, CALLER, 8000, 0, 500 * MS);
  push_tone (self, AGENT, 24000, 0, 1000 * MS);
  push_tone (self, CALLER, 8000, 500 * MS, 1500 * MS);
  end_both (self);
  load (self, 24000);
  g_assert_cmpuint (self->n, ==, 36000);
  /* A sample of the file is 500 and 800 of the tones. */
  g_assert_cmpfloat (worst_tone (self, CALLER, 24000, 0.01, 1.49), <, 30);
  g_assert_cmpfloat (worst_tone (self, AGENT, 24000, 0, 1), <=, 1);
}

static void
rate_that_was_set (Fixture * self, gconstpointer unused)
{
  g_object_set (self->recorder, "rate", 12000, NULL);
  begin_both (self, 48000, 12000);
  push_tone (self, CALLER, 48000, 0, 1000 * MS);
  push_tone (self, AGENT, 12000, 0, 1000 * MS);
  end_both (self);
  load (self, 12000);
  g_assert_cmpuint (self->n, ==, 12000);
  g_assert_cmpfloat (worst_tone (self, CALLER, 12000, 0.01, 0.99), <, 30);
  g_assert_cmpfloat (worst_tone (self, AGENT, 12000, 0, 1), <=, 1);
}

static void
rate_of_a_side_that_is_late (Fixture * self, gconstpointer unused)
{
  link_side (self, CALLER);
  link_side (self, AGENT);
  play (self);
  begin (self, CALLER, 8000);
  push_tone (self, CALLER, 8000, 0, 1000 * MS);
  begin (self, AGENT, 48000);
  push_tone (self, CALLER, 8000, 1000 * MS, 2000 * MS);
  push_tone (self, AGENT, 48000, 1000 * MS, 2000 * MS);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 32000);
  g_assert_cmpfloat (worst_tone (self, CALLER, 16000, 0.01, 1.99), <, 30);
  g_assert_cmpfloat (worst_tone (self, AGENT, 16000, 1.01, 1.99), <, 30);
}

static void
renegotiation_in_mid_call (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_tone (self, CALLER, 16000, 0, 600 * MS);
  send_caps (self, CALLER, 8000);
  push_tone (self, CALLER, 8000, 600 * MS, 1200 * MS);
  send_caps (self, CALLER, 48000);
  push_tone (self, CALLER, 48000, 1200 * MS, 2000 * MS);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 32000);
  g_assert_cmpfloat (worst_tone (self, CALLER, 16000, 0, 0.599), <=, 1);
  g_assert_cmpfloat (worst_tone (self, CALLER, 16000, 0.61, 1.19), <, 30);
  g_assert_cmpfloat (worst_tone (self, CALLER, 16000, 1.21, 1.99), <, 30);
  g_assert_cmpuint (stat_of (self, "gaps"), ==, 0);
}

static void
jitter_and_overlap (Fixture * self, gconstpointer unused)
{
  GstBuffer *buffer;

  begin_both (self, 16000, 16000);
  /* The last of these begins in the middle of the one before. */
  push_marks (self, AGENT, 1000 * MS, 1040 * MS);
  push_buffer (self, AGENT, marked (CALLER, 1030 * MS, 320));
  for (guint i = 0; i < 50; i++) {
    GstClockTime time = GST_SECOND + i * 20 * MS;

    buffer = marked (CALLER, time, 320);
    if (i > 0)
      GST_BUFFER_PTS (buffer) += (i % 3) * MS - MS;
    push_buffer (self, CALLER, buffer);
  }
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 16000);
  expect_marks (self, CALLER, 1000 * MS, 1000 * MS, 2000 * MS, TRUE);
  expect_marks (self, AGENT, 1000 * MS, 1000 * MS, 1030 * MS, TRUE);
  for (guint i = 480; i < 800; i++)
    g_assert_cmpint (self->frames[2 * i + AGENT], ==, mark (CALLER, 16000 + i));
  expect_marks (self, AGENT, 1000 * MS, 1050 * MS, 2000 * MS, FALSE);
}

static void
discont_is_exact (Fixture * self, gconstpointer unused)
{
  GstBuffer *buffer;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 100 * MS);
  buffer = marked (CALLER, 102 * MS, 320);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  push_buffer (self, CALLER, buffer);
  end_both (self);
  load (self, 16000);
  expect_marks (self, CALLER, 0, 0, 100 * MS, TRUE);
  expect_marks (self, CALLER, 0, 100 * MS, 102 * MS, FALSE);
  expect_marks (self, CALLER, 0, 102 * MS, 122 * MS, TRUE);
}

static void
segments_and_missing_timestamps (Fixture * self, gconstpointer unused)
{
  GstSegment segment;
  GstBuffer *buffer;

  begin_both (self, 16000, 16000);
  /* Running time 1 s is stream time 5 s; what is before is cut off. */
  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = segment.time = 5 * GST_SECOND;
  segment.base = 1 * GST_SECOND;
  gst_pad_push_event (self->src[CALLER], gst_event_new_segment (&segment));
  buffer = marked (CALLER, 990 * MS, 320);
  GST_BUFFER_PTS (buffer) = 4990 * MS;
  push_buffer (self, CALLER, buffer);
  buffer = marked (CALLER, 1010 * MS, 320);
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  push_buffer (self, CALLER, buffer);
  push_marks (self, AGENT, 1000 * MS, 1040 * MS);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 640);
  expect_marks (self, CALLER, 1000 * MS, 1000 * MS, 1030 * MS, TRUE);
  expect_marks (self, AGENT, 1000 * MS, 1000 * MS, 1040 * MS, TRUE);
}

static void
gap_events_and_buffers (Fixture * self, gconstpointer unused)
{
  GstBuffer *buffer;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 100 * MS);
  buffer = marked (CALLER, 100 * MS, 320);
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  push_buffer (self, CALLER, buffer);
  gst_pad_push_event (self->src[CALLER], gst_event_new_gap (120 * MS, 80 * MS));
  push_marks (self, CALLER, 200 * MS, 300 * MS);
  gst_pad_push_event (self->src[CALLER], gst_event_new_gap (300 * MS,
          GST_CLOCK_TIME_NONE));
  gst_pad_push_event (self->src[AGENT], gst_event_new_gap (0, 400 * MS));
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 6400);
  expect_marks (self, CALLER, 0, 0, 100 * MS, TRUE);
  expect_marks (self, CALLER, 0, 100 * MS, 200 * MS, FALSE);
  expect_marks (self, CALLER, 0, 200 * MS, 300 * MS, TRUE);
  expect_marks (self, AGENT, 0, 0, 400 * MS, FALSE);
  g_assert_cmpuint (stat_of (self, "gaps"), ==, 0);
}

static void
start_time_that_was_set (Fixture * self, gconstpointer unused)
{
  g_object_set (self->recorder, "start-time", (guint64) 500 * MS, NULL);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 400 * MS, 600 * MS);
  push_marks (self, AGENT, 700 * MS, 800 * MS);
  end_both (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 4800);
  expect_marks (self, CALLER, 500 * MS, 500 * MS, 600 * MS, TRUE);
  expect_marks (self, AGENT, 500 * MS, 500 * MS, 700 * MS, FALSE);
  expect_marks (self, AGENT, 500 * MS, 700 * MS, 800 * MS, TRUE);
  g_assert_cmpuint (stat_of (self, "clipped"), ==, 1600);
}

static void
pause_writes_silence (Fixture * self, gconstpointer unused)
{
  GstStructure *paused;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 400 * MS);
  g_object_set (self->recorder, "paused", TRUE, NULL);
  g_object_set (self->recorder, "paused", TRUE, NULL);  /* told once */
  push_marks (self, CALLER, 400 * MS, 800 * MS);
  push_marks (self, AGENT, 700 * MS, 800 * MS);
  expect_state (self, "paused", &paused);
  g_object_set (self->recorder, "paused", FALSE, NULL);
  expect_state (self, "resumed", NULL);
  push_marks (self, CALLER, 800 * MS, 1000 * MS);
  push_marks (self, AGENT, 800 * MS, 1100 * MS);
  end_both (self);
  g_assert_cmpuint (field (paused, "running-time"), ==, 400 * MS);
  gst_structure_free (paused);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 17600);
  expect_marks (self, CALLER, 0, 0, 400 * MS, TRUE);
  expect_marks (self, CALLER, 0, 400 * MS, 800 * MS, FALSE);
  expect_marks (self, CALLER, 0, 800 * MS, 1000 * MS, TRUE);
  expect_marks (self, AGENT, 0, 0, 800 * MS, FALSE);
  expect_marks (self, AGENT, 0, 800 * MS, 1100 * MS, TRUE);
}

static void
broken_timestamps (Fixture * self, gconstpointer unused)
{
  struct stat info;

  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 1000 * MS);
  push_buffer (self, AGENT, marked (AGENT, 400000 * GST_SECOND, 320));
  push_buffer (self, AGENT, marked (AGENT, G_MAXINT64, 320));
  push_buffer (self, AGENT, marked (AGENT, GST_CLOCK_TIME_NONE - 10, 320));
  gst_pad_push_event (self->src[AGENT], gst_event_new_gap (0,
          GST_CLOCK_TIME_NONE - 1));
  push_marks (self, CALLER, 1000 * MS, 1100 * MS);
  end_both (self);
  g_assert_cmpint (g_stat (self->location, &info), ==, 0);
  g_assert_cmpint (info.st_size, <, 100000);
  load (self, 16000);
  expect_marks (self, CALLER, 0, 0, 1100 * MS, TRUE);
  g_assert_cmpuint (stat_of (self, "clipped"), ==, 960);
}

static void
side_that_is_not_linked (Fixture * self, gconstpointer unused)
{
  link_side (self, AGENT);
  play (self);
  begin (self, AGENT, 16000);
  push_marks (self, AGENT, 0, 1000 * MS);
  end (self, AGENT);
  wait_eos (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 16000);
  expect_marks (self, AGENT, 0, 0, 1000 * MS, TRUE);
  expect_marks (self, CALLER, 0, 0, 1000 * MS, FALSE);
}

static void
side_that_goes_away (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 1000 * MS);
  end (self, CALLER);
  g_assert_null (gst_bus_pop_filtered (self->bus, GST_MESSAGE_EOS));
  unlink_side (self, AGENT);
  wait_eos (self);
  unlink_side (self, CALLER);
  g_assert_null (gst_bus_pop_filtered (self->bus, GST_MESSAGE_EOS));
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 16000);
}

static void
nothing_without_a_location (Fixture * self, gconstpointer unused)
{
  g_object_set (self->recorder, "location", NULL, NULL);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 1000 * MS);
  g_object_set (self->recorder, "paused", TRUE, NULL);
  end_both (self);
  g_assert_null (gst_bus_pop_filtered (self->bus, GST_MESSAGE_ELEMENT));
  g_assert_false (g_file_test (self->location, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (stat_of (self, "frames"), ==, 0);
}

static void
two_recordings (Fixture * self, gconstpointer unused)
{
  gchar *first = g_strdup (self->location);

  for (guint round = 0; round < 2; round++) {
    begin_both (self, 16000, 16000);
    push_marks (self, CALLER, 0, 500 * MS + round * 500 * MS);
    if (round == 0)
      end_both (self);
    stop (self);                /* the second one without EOS */
    load (self, 16000);
    g_assert_cmpuint (self->n, ==, 8000 + round * 8000);
    expect_marks (self, CALLER, 0, 0, self->n * 62500, TRUE);
    g_assert_cmpuint (stat_of (self, "frames"), ==, self->n);
    unlink_side (self, CALLER);
    unlink_side (self, AGENT);
    if (round == 0) {
      g_free (self->location);
      self->location = g_build_filename (self->dir, "second.wav", NULL);
      g_object_set (self->recorder, "location", self->location, NULL);
    }
  }
  g_unlink (first);
  g_free (first);
}

static void
no_sound_at_all (Fixture * self, gconstpointer unused)
{
  link_side (self, CALLER);
  play (self);
  stop (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 0);
  g_assert_true (g_file_test (self->location, G_FILE_TEST_EXISTS));
}

static void
flush_and_go_on (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 200 * MS);
  gst_pad_push_event (self->src[CALLER], gst_event_new_flush_start ());
  gst_pad_push_event (self->src[CALLER], gst_event_new_flush_stop (FALSE));
  begin (self, CALLER, 0);
  push_marks (self, CALLER, 300 * MS, 400 * MS);
  end_both (self);
  load (self, 16000);
  expect_marks (self, CALLER, 0, 0, 200 * MS, TRUE);
  expect_marks (self, CALLER, 0, 300 * MS, 400 * MS, TRUE);
}

static void
second_eos_after_a_flush (Fixture * self, gconstpointer unused)
{
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 200 * MS);
  end_both (self);
  gst_pad_push_event (self->src[CALLER], gst_event_new_flush_start ());
  gst_pad_push_event (self->src[CALLER], gst_event_new_flush_stop (FALSE));
  begin (self, CALLER, 0);
  push_marks (self, CALLER, 200 * MS, 400 * MS);        /* recorded no more */
  end (self, CALLER);
  wait_eos (self);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 3200);
}

static void
no_caps (Fixture * self, gconstpointer unused)
{
  link_side (self, CALLER);
  play (self);
  begin (self, CALLER, 0);
  g_assert_cmpint (gst_pad_push (self->src[CALLER], marked (CALLER, 0, 320)),
      ==, GST_FLOW_NOT_NEGOTIATED);
}

static void
properties_while_recording (Fixture * self, gconstpointer unused)
{
  gchar *location;

  play (self);
  g_object_set (self->recorder, "location", "/elsewhere", NULL);
  g_object_get (self->recorder, "location", &location, NULL);
  g_assert_cmpstr (location, ==, self->location);
  g_free (location);
}

static void
every_property (Fixture * self, gconstpointer unused)
{
  guint rate, bitrate;
  guint64 buffer_time, start_time, threshold;
  gint format, overflow;
  gboolean overwrite, make_folders, paused;

  gst_util_set_object_arg (G_OBJECT (self->recorder), "format", "ogg-opus");
  gst_util_set_object_arg (G_OBJECT (self->recorder), "overflow", "wait");
  g_object_set (self->recorder, "rate", 8000, "bitrate", 64000,
      "buffer-time", (guint64) 2 * GST_SECOND, "start-time", (guint64) 7,
      "alignment-threshold", (guint64) 9, "overwrite", TRUE, "make-folders",
      TRUE, "paused", TRUE, NULL);
  g_object_get (self->recorder, "rate", &rate, "bitrate", &bitrate,
      "buffer-time", &buffer_time, "start-time", &start_time,
      "alignment-threshold", &threshold, "overwrite", &overwrite,
      "make-folders", &make_folders, "paused", &paused, "format", &format,
      "overflow", &overflow, NULL);
  g_assert_cmpuint (rate, ==, 8000);
  g_assert_cmpuint (bitrate, ==, 64000);
  g_assert_cmpuint (buffer_time, ==, 2 * GST_SECOND);
  g_assert_cmpuint (start_time, ==, 7);
  g_assert_cmpuint (threshold, ==, 9);
  g_assert_cmpint (format, ==, 2);
  g_assert_cmpint (overflow, ==, 2);
  g_assert_true (overwrite && make_folders && paused);
}

static void
latency_is_nothing_to_it (Fixture * self, gconstpointer unused)
{
  GstQuery *query = gst_query_new_latency ();
  GstClockTime min;
  gboolean live;

  self->live = TRUE;
  begin_both (self, 16000, 16000);
  g_assert_true (gst_element_query (self->recorder, query));
  gst_query_parse_latency (query, &live, &min, NULL);
  g_assert_false (live);
  g_assert_cmpuint (min, ==, 0);
  gst_query_unref (query);
}

/* In the journal of the call, beside the message. */
static void
recording_is_journalled (Fixture * self, gconstpointer unused)
{
  GstVoiceSession *session = gst_voice_session_new ("call-1");
  GstContext *context = gst_voice_session_to_context (session);
  gchar *path = g_build_filename (self->dir, "journal", NULL), *journal;

  g_assert_true (gst_voice_session_open_journal (session, path, NULL));
  gst_element_set_context (self->recorder, context);
  begin_both (self, 16000, 16000);
  push_marks (self, CALLER, 0, 1000 * MS);
  end_both (self);
  stop (self);
  g_assert_true (g_file_get_contents (path, &journal, NULL, NULL));
  g_assert_nonnull (strstr (journal, "\"started\""));
  g_assert_nonnull (strstr (journal, "\"stopped\""));
  g_assert_nonnull (strstr (journal, self->location));
  gst_context_unref (context);
  g_object_unref (session);
  g_unlink (path);
  g_free (journal);
  g_free (path);
}

/* How many samples at 48 kHz a side of the file is late, by correlation. */
static gint
lag_of (const gint16 * frames, gsize n, guint side)
{
  gdouble best = -G_MAXDOUBLE;
  gint at = -1000;

  for (gint lag = -60; lag <= 60; lag++) {
    gdouble sum = 0;

    for (gsize i = 4800; i + 4800 < n; i += 3)
      sum += frames[2 * (i + lag) + side] * (gdouble) tone (side, i / 48000.0);
    if (sum > best) {
      best = sum;
      at = lag;
    }
  }
  return at;
}

static void
opus_is_aligned_too (Fixture * self, gconstpointer unused)
{
  gint16 *frames;
  gsize n;

  g_object_set (self->recorder, "rate", 48000, NULL);
  begin_both (self, 16000, 24000);
  for (guint i = 0; i < 100; i++) {
    push_tone (self, CALLER, 16000, i * 20 * MS, (i + 1) * 20 * MS);
    if (i >= 30)
      push_tone (self, AGENT, 24000, i * 20 * MS, (i + 1) * 20 * MS);
  }
  end_both (self);
  frames = decode (self->location, OPUS, 48000, &n);
  g_assert_cmpuint (n, ==, 96000);
  g_assert_cmpint (ABS (lag_of (frames, n, CALLER)), <=, 1);
  g_assert_cmpint (ABS (lag_of (frames, n, AGENT)), <=, 1);
  for (gsize i = 0; i < 27000; i++)
    g_assert_cmpint (ABS (frames[2 * i + AGENT]), <, 200);
  g_assert_cmpuint (stat_of (self, "clipped"), ==, 0);
  g_free (frames);
}

/* The example of the SECTION block, as it stands there. */
static void
documented_example_runs (Fixture * self, gconstpointer unused)
{
  gchar *line = doc_line_read ("plugins/agent/gstcallrecorder.c");
  gchar **around = g_strsplit (line, "call.wav", 2);
  gchar *text = g_strjoinv (self->location, around);
  GstElement *pipeline;
  GstMessage *message;
  GError *error = NULL;
  GstBus *bus;

  pipeline = gst_parse_launch (text, &error);
  g_assert_no_error (error);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS |
      GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  load (self, 24000);
  g_assert_cmpuint (self->n, ==, 100 * 1024 * 3 / 2);

  gst_message_unref (message);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_strfreev (around);
  g_free (text);
  g_free (line);
}

/* As in a persona's description; a live one, so that preroll is no matter. */
static void
branches_of_tees (Fixture * self, gconstpointer unused)
{
  gchar *text = g_strdup_printf ("audiotestsrc is-live=true num-buffers=10 "
      "samplesperbuffer=320 ! audio/x-raw,rate=16000,channels=1 ! "
      "tee name=caller ! queue ! tee name=agent ! fakesink async=false "
      "caller. ! rec.caller   agent. ! rec.agent   "
      "callrecorder name=rec location=\"%s\"", self->location);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error);
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *message;

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, PATIENCE, GST_MESSAGE_EOS |
      GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  load (self, 16000);
  g_assert_cmpuint (self->n, ==, 3200);
  for (gsize i = 0; i < self->n; i++)
    g_assert_cmpint (self->frames[2 * i], ==, self->frames[2 * i + 1]);
  gst_message_unref (message);
  gst_object_unref (bus);
  gst_object_unref (pipeline);
  g_free (text);
}

#define ADD_AS(path, suffix, function) g_test_add ("/callrecorder/" path, \
    Fixture, suffix, set_up, function, tear_down)
#define ADD(path, function) ADD_AS (path, ".wav", function)

static void
add_stream_tests (void)
{
  ADD ("gaps", across_gaps);
  ADD ("late-start", late_start_of_one_side);
  ADD ("one-after-the-other", one_side_after_the_other);
  ADD ("rates", different_rates);
  ADD ("rate-set", rate_that_was_set);
  ADD ("rate-late", rate_of_a_side_that_is_late);
  ADD ("renegotiation", renegotiation_in_mid_call);
  ADD ("jitter", jitter_and_overlap);
  ADD ("discont", discont_is_exact);
  ADD ("segment", segments_and_missing_timestamps);
  ADD ("gap-events", gap_events_and_buffers);
  ADD ("start-time", start_time_that_was_set);
  ADD ("pause", pause_writes_silence);
  ADD ("broken", broken_timestamps);
  ADD ("flush", flush_and_go_on);
  ADD ("no-caps", no_caps);
  ADD_AS ("opus", ".opus", opus_is_aligned_too);
}

static void
add_life_tests (void)
{
  ADD ("unlinked", side_that_is_not_linked);
  ADD ("goes-away", side_that_goes_away);
  ADD ("no-location", nothing_without_a_location);
  ADD ("twice", two_recordings);
  ADD ("empty", no_sound_at_all);
  ADD ("second-eos", second_eos_after_a_flush);
  ADD ("settings-kept", properties_while_recording);
  ADD ("properties", every_property);
  ADD ("latency", latency_is_nothing_to_it);
  ADD ("journal", recording_is_journalled);
  ADD ("example", documented_example_runs);
  ADD ("tees", branches_of_tees);
}

int
main (int argc, char **argv)
{
  gint result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add_stream_tests ();
  add_life_tests ();
  result = g_test_run ();
  gst_deinit ();
  return result;
}
