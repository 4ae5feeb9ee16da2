/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element denoise: every sample comes out again, with the time stamp it
 * went in with, whatever happens to the stream.
 */
#include "../doc-line.h"

#include <gst/audio/audio.h>
#include <gst/check/gstharness.h>

static const gint rates[] = { 8000, 12000, 16000, 24000, 44100, 48000 };
static const gchar *const methods[] = { "rnnoise", "speexdsp" };

static gboolean
missing (void)
{
  GstElementFactory *factory = gst_element_factory_find ("denoise");

  if (factory) {
    gst_object_unref (factory);
    return FALSE;
  }
  g_test_skip ("built without a method of noise suppression");
  return TRUE;
}

/* With a method that may not have been built; then NULL. */
static GstHarness *
harness_new (const gchar * method, gint rate)
{
  GstElement *element = gst_element_factory_make ("denoise", NULL);
  GstHarness *h;
  gchar *caps;

  gst_util_set_object_arg (G_OBJECT (element), "method", method);
  if (gst_element_set_state (element, GST_STATE_PAUSED)
      == GST_STATE_CHANGE_FAILURE) {
    gst_element_set_state (element, GST_STATE_NULL);
    gst_object_unref (element);
    return NULL;
  }
  h = gst_harness_new_with_element (element, "sink", "src");
  caps = g_strdup_printf ("audio/x-raw,format=" GST_AUDIO_NE (S16)
      ",layout=interleaved,channels=1,rate=%d", rate);
  gst_harness_set_src_caps_str (h, caps);
  g_free (caps);
  gst_object_unref (element);
  return h;
}

/* A saw tooth, so that samples can be told apart. */
static gint16
sample_at (guint64 i)
{
  return i * 7 % 20011;
}

static GstFlowReturn
push (GstHarness * h, gint rate, guint64 first, guint n, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 2 * n, NULL);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (guint i = 0; i < n; i++)
    ((gint16 *) (gpointer) map.data)[i] = sample_at (first + i);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = gst_util_uint64_scale_round (n, GST_SECOND,
      rate);
  return gst_harness_push (h, buffer);
}

/* A second of sound in buffers of 20 ms. */
static void
push_second (GstHarness * h, gint rate, GstClockTime base)
{
  for (gint i = 0; i < rate; i += rate / 50)
    g_assert_cmpint (push (h, rate, i, rate / 50, base +
            gst_util_uint64_scale_round (i, GST_SECOND, rate)), ==,
        GST_FLOW_OK);
}

/* Takes what came out; it must be unbroken from `base` on, and untouched if
 * the strength is 0. Returns how many samples. */
static guint
pull_all (GstHarness * h, gint rate, GstClockTime base, gboolean untouched)
{
  GstBuffer *buffer;
  guint64 n = 0;

  while ((buffer = gst_harness_try_pull (h))) {
    GstClockTime expected = base +
        gst_util_uint64_scale_round (n, GST_SECOND, rate);
    GstMapInfo map;

    g_assert_cmpint (ABS (GST_CLOCK_DIFF (GST_BUFFER_PTS (buffer),
                expected)), <=, 3);
    gst_buffer_map (buffer, &map, GST_MAP_READ);
    g_assert_cmpuint (map.size, >, 0);
    for (gsize i = 0; untouched && i < map.size / 2; i++)
      g_assert_cmpint (((gint16 *) (gpointer) map.data)[i], ==,
          sample_at (n + i));
    n += map.size / 2;
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
  }
  return n;
}

typedef void (*Check) (GstHarness * h, gint rate);

static void
everywhere (gconstpointer check)
{
  if (missing ())
    return;
  for (guint m = 0; m < G_N_ELEMENTS (methods); m++) {
    for (guint r = 0; r < G_N_ELEMENTS (rates); r++) {
      GstHarness *h = harness_new (methods[m], rates[r]);

      if (!h) {
        g_test_message ("built without %s", methods[m]);
        continue;
      }
      ((Check) check) (h, rates[r]);
      gst_harness_teardown (h);
    }
  }
}

static void
nothing_is_lost (GstHarness * h, gint rate)
{
  g_object_set (h->element, "strength", 0., NULL);
  push_second (h, rate, GST_SECOND);
  g_assert_true (gst_harness_push_event (h, gst_event_new_eos ()));
  g_assert_cmpuint (pull_all (h, rate, GST_SECOND, TRUE), ==, rate);
}

static void
latency_is_reported (GstHarness * h, gint rate)
{
  GstClockTime latency, inside;

  gst_harness_set_upstream_latency (h, 30 * GST_MSECOND);
  push_second (h, rate, 0);
  inside = gst_util_uint64_scale_round (rate - pull_all (h, rate, 0, FALSE),
      GST_SECOND, rate);
  latency = gst_harness_query_latency (h);
  g_assert_cmpuint (latency, >=, 50 * GST_MSECOND);
  g_assert_cmpuint (latency, <=, 60 * GST_MSECOND);
  g_assert_cmpuint (latency, ==, 30 * GST_MSECOND + inside);
}

static void
small_buffers (GstHarness * h, gint rate)
{
  g_object_set (h->element, "strength", 0., NULL);
  for (gint i = 0, n = 1; i < rate; i += n, n = n % 97 + 1)
    push (h, rate, i, MIN (n, rate - i), gst_util_uint64_scale_round (i,
            GST_SECOND, rate));
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (pull_all (h, rate, 0, TRUE), ==, rate);
}

/* Each stretch comes out whole, at its own time. */
static void
time_jumps (GstHarness * h, gint rate)
{
  guint n = rate / 50 * 50;

  g_object_set (h->element, "strength", 0., NULL);
  push_second (h, rate, 0);
  pull_all (h, rate, 0, TRUE);
  push (h, rate, 0, rate / 50, 10 * GST_SECOND);
  /* First the tail of the stretch before. */
  {
    GstBuffer *buffer = gst_harness_pull (h);

    g_assert_cmpuint (GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer),
        <=, gst_util_uint64_scale_round (n, GST_SECOND, rate) + 3);
    g_assert_cmpuint (GST_BUFFER_PTS (buffer), >, 900 * GST_MSECOND);
    gst_buffer_unref (buffer);
  }
  push (h, rate, rate / 50, rate / 50, 10 * GST_SECOND + 20 * GST_MSECOND);
  gst_harness_push_event (h, gst_event_new_gap (11 * GST_SECOND, GST_SECOND));
  g_assert_cmpuint (pull_all (h, rate, 10 * GST_SECOND, TRUE), ==,
      rate / 50 * 2);
}

static void
flush (GstHarness * h, gint rate)
{
  GstSegment segment;

  g_object_set (h->element, "strength", 0., NULL);
  push_second (h, rate, 0);
  gst_harness_push_event (h, gst_event_new_flush_start ());
  gst_harness_push_event (h, gst_event_new_flush_stop (TRUE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (h, gst_event_new_segment (&segment));
  while (gst_harness_buffers_in_queue (h))
    gst_buffer_unref (gst_harness_pull (h));
  push_second (h, rate, 0);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (pull_all (h, rate, 0, TRUE), ==, rate / 50 * 50);
}

static void
caps_change (GstHarness * h, gint rate)
{
  gint other = rate == 16000 ? 48000 : 16000;
  gchar *caps = g_strdup_printf ("audio/x-raw,format=" GST_AUDIO_NE (S16)
      ",layout=interleaved,channels=1,rate=%d", other);

  g_object_set (h->element, "strength", 0., NULL);
  push_second (h, rate, 0);
  gst_harness_set_src_caps_str (h, caps);
  g_assert_cmpuint (pull_all (h, rate, 0, TRUE), ==, rate / 50 * 50);
  push_second (h, other, GST_SECOND);
  gst_harness_push_event (h, gst_event_new_eos ());
  g_assert_cmpuint (pull_all (h, other, GST_SECOND, TRUE), ==, other);
  g_free (caps);
}

static void
launch_line (void)
{
  if (!missing ())
    doc_line_run ("plugins/turn/gstdenoise.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, check) \
  g_test_add_data_func ("/denoise/" name, check, everywhere)
  ADD ("nothing-lost", nothing_is_lost);
  ADD ("latency", latency_is_reported);
  ADD ("small-buffers", small_buffers);
  ADD ("time-jumps", time_jumps);
  ADD ("flush", flush);
  ADD ("caps", caps_change);
  g_test_add_func ("/denoise/launch-line", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
