/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What recording a minute of a call costs: caller at 16 kHz, agent at 24 kHz,
 * each speaking half of the time. Upstream waits for the writer, which so wakes
 * as often for a second of the call as it does in a live one.
 */
#include "figures.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <math.h>

#define MINUTES 5
#define FRAMES_PER_SECOND 50

typedef struct
{
  GstPad *src;
  guint rate, turn;
  GstBuffer *speech, *silence;  /* a second of each, in frames */
} Side;

/* A voice of sorts: harmonics of a gliding pitch, syllables, some noise. */
static GstBuffer *
make_speech (guint rate)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 2 * rate, NULL);
  gdouble phase = 0;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (guint i = 0; i < rate; i++) {
    gdouble t = (gdouble) i / rate, sum = 0;

    phase += 2 * G_PI * (120 + 30 * sin (2 * G_PI * t)) / rate;
    for (guint k = 1; k < 20; k++)
      sum += sin (k * phase) / k;
    ((gint16 *) map.data)[i] = 4000 * sum * fabs (sin (4 * G_PI * t)) +
        g_random_int_range (-100, 100);
  }
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

static void
start_side (Side * side, GstElement * recorder, const gchar * pad)
{
  GstPad *sink = gst_element_get_static_pad (recorder, pad);
  GstSegment segment;
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw",
      "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved",
      "rate", G_TYPE_INT, side->rate, "channels", G_TYPE_INT, 1, NULL);

  side->src = gst_pad_new (NULL, GST_PAD_SRC);
  gst_pad_link (side->src, sink);
  gst_object_unref (sink);
  gst_pad_set_active (side->src, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (side->src, gst_event_new_stream_start (pad));
  gst_pad_push_event (side->src, gst_event_new_caps (caps));
  gst_pad_push_event (side->src, gst_event_new_segment (&segment));
  gst_caps_unref (caps);
  side->speech = make_speech (side->rate);
  side->silence = gst_buffer_new_allocate (NULL, 2 * side->rate, NULL);
  gst_buffer_memset (side->silence, 0, 0, 2 * side->rate);
}

static void
push_frame (Side * side, guint frame)
{
  gboolean speaks = frame / (3 * FRAMES_PER_SECOND) % 2 == side->turn;
  gsize size = 2 * side->rate / FRAMES_PER_SECOND;
  GstBuffer *buffer = gst_buffer_copy_region (speaks ? side->speech :
      side->silence, GST_BUFFER_COPY_MEMORY, frame % FRAMES_PER_SECOND * size,
      size);

  GST_BUFFER_PTS (buffer) = frame * (GST_SECOND / FRAMES_PER_SECOND);
  gst_pad_push (side->src, buffer);
}

static void
end_side (Side * side)
{
  gst_pad_set_active (side->src, FALSE);
  gst_object_unref (side->src);
  gst_buffer_unref (side->speech);
  gst_buffer_unref (side->silence);
}

static gdouble
cost (const gchar * name)
{
  gchar *dir = g_dir_make_tmp ("bench-XXXXXX", NULL);
  gchar *location = g_build_filename (dir, name, NULL);
  GstElement *recorder = gst_element_factory_make ("callrecorder", NULL);
  Side caller = {.rate = 16000,.turn = 0 }, agent = {.rate = 24000,.turn = 1 };
  gdouble begin;

  if (!recorder)
    g_error ("no callrecorder in GST_PLUGIN_PATH_1_0");
  gst_object_ref_sink (recorder);
  g_object_set (recorder, "location", location, "rate", 16000, NULL);
  gst_util_set_object_arg (G_OBJECT (recorder), "overflow", "wait");
  gst_element_set_state (recorder, GST_STATE_PLAYING);
  start_side (&caller, recorder, "caller");
  start_side (&agent, recorder, "agent");
  begin = figures_cpu_seconds ();
  for (guint i = 0; i < MINUTES * 60 * FRAMES_PER_SECOND; i++) {
    push_frame (&caller, i);
    push_frame (&agent, i);
  }
  gst_element_set_state (recorder, GST_STATE_NULL);
  begin = figures_cpu_seconds () - begin;
  end_side (&caller);
  end_side (&agent);
  gst_object_unref (recorder);
  g_unlink (location);
  g_rmdir (dir);
  g_free (location);
  g_free (dir);
  return begin / MINUTES;
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  figures_row ("recording, CPU s a call-minute, WAV / Ogg Opus",
      "<= 0.9 for all", "%.3f / %.3f", cost ("a.wav"), cost ("a.opus"));
  return 0;
}
