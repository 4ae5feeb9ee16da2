/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call recorder between two pads of the test: pushes sound whose every sample
 * tells where it belongs, and reads files back with other elements.
 */
#include "recorder-fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

void
set_up (Fixture * self, gconstpointer suffix)
{
  gchar *name = g_strconcat ("call", suffix, NULL);

  self->dir = g_dir_make_tmp ("callrecorder-XXXXXX", NULL);
  self->location = g_build_filename (self->dir, name, NULL);
  self->recorder = gst_object_ref_sink (gst_element_factory_make
      ("callrecorder", NULL));
  self->bus = gst_bus_new ();
  gst_element_set_bus (self->recorder, self->bus);
  g_object_set (self->recorder, "location", self->location, NULL);
  g_free (name);
}

static gboolean
answer_latency (GstPad * pad, GstObject * parent, GstQuery * query)
{
  gboolean *live = gst_pad_get_element_private (pad);

  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  gst_query_set_latency (query, *live, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

static GstPad *
sink_pad (Fixture * self, guint side)
{
  GstPad *pad = gst_element_get_static_pad (self->recorder,
      side == CALLER ? "caller" : "agent");

  g_assert_nonnull (pad);
  gst_object_unref (pad);
  return pad;
}

void
link_side (Fixture * self, guint side)
{
  GstPad *src = gst_pad_new (NULL, GST_PAD_SRC);

  gst_pad_set_element_private (src, &self->live);
  gst_pad_set_query_function (src, answer_latency);
  g_assert_cmpint (gst_pad_link (src, sink_pad (self, side)), ==,
      GST_PAD_LINK_OK);
  gst_pad_set_active (src, TRUE);
  self->src[side] = src;
}

void
unlink_side (Fixture * self, guint side)
{
  if (!self->src[side])
    return;
  gst_pad_set_active (self->src[side], FALSE);
  gst_pad_unlink (self->src[side], sink_pad (self, side));
  g_clear_object (&self->src[side]);
}

void
play (Fixture * self)
{
  g_assert_cmpint (gst_element_set_state (self->recorder, GST_STATE_PLAYING),
      ==, GST_STATE_CHANGE_SUCCESS);
}

void
stop (Fixture * self)
{
  g_assert_cmpint (gst_element_set_state (self->recorder, GST_STATE_NULL), ==,
      GST_STATE_CHANGE_SUCCESS);
}

void
tear_down (Fixture * self, gconstpointer unused)
{
  stop (self);
  unlink_side (self, CALLER);
  unlink_side (self, AGENT);
  gst_element_set_bus (self->recorder, NULL);
  gst_object_unref (self->bus);
  gst_object_unref (self->recorder);
  g_unlink (self->location);
  g_rmdir (self->dir);
  g_free (self->frames);
  g_free (self->location);
  g_free (self->dir);
}

void
send_caps (Fixture * self, guint side, guint rate)
{
  GstCaps *caps = gst_caps_new_simple ("audio/x-raw",
      "format", G_TYPE_STRING, "S16LE", "layout", G_TYPE_STRING, "interleaved",
      "rate", G_TYPE_INT, rate, "channels", G_TYPE_INT, 1, NULL);

  g_assert_true (gst_pad_push_event (self->src[side],
          gst_event_new_caps (caps)));
  gst_caps_unref (caps);
}

void
begin (Fixture * self, guint side, guint rate)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_pad_push_event (self->src[side],
          gst_event_new_stream_start ("s")));
  if (rate != 0)
    send_caps (self, side, rate);
  g_assert_true (gst_pad_push_event (self->src[side],
          gst_event_new_segment (&segment)));
}

/* Both sides linked and playing. */
void
begin_both (Fixture * self, guint caller_rate, guint agent_rate)
{
  link_side (self, CALLER);
  link_side (self, AGENT);
  play (self);
  begin (self, CALLER, caller_rate);
  begin (self, AGENT, agent_rate);
}

/* At 16 kHz every sample says which side and when, and is not 0. */
gint16
mark (guint side, guint64 position)
{
  guint hash = (guint) position * 2654435761u + side * 40503u;

  return 1 + (hash >> 8) % 30000;
}

/* Deep tones, different on each side, that can be resampled. */
gint16
tone (guint side, gdouble seconds)
{
  return 9000 * sin (2 * G_PI * (side == CALLER ? 210 : 340) * seconds);
}

static GstBuffer *
make_buffer (GstClockTime time, guint n)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 2 * n, NULL);

  GST_BUFFER_PTS (buffer) = time;
  return buffer;
}

GstBuffer *
marked (guint side, GstClockTime time, guint n)
{
  GstBuffer *buffer = make_buffer (time, n);
  guint64 position = gst_util_uint64_scale_round (time, 16000, GST_SECOND);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (guint i = 0; i < n; i++)
    ((gint16 *) map.data)[i] = mark (side, position + i);
  gst_buffer_unmap (buffer, &map);
  return buffer;
}

void
push_buffer (Fixture * self, guint side, GstBuffer * buffer)
{
  g_assert_cmpint (gst_pad_push (self->src[side], buffer), ==, GST_FLOW_OK);
}

/* 20 ms buffers of marks, 16 kHz. */
void
push_marks (Fixture * self, guint side, GstClockTime from, GstClockTime to)
{
  for (GstClockTime time = from; time < to; time += 20 * MS)
    push_buffer (self, side, marked (side, time, 320));
}

void
push_tone (Fixture * self, guint side, guint rate, GstClockTime from,
    GstClockTime to)
{
  const guint n = rate / 50;

  for (GstClockTime time = from; time < to; time += 20 * MS) {
    GstBuffer *buffer = make_buffer (time, n);
    GstMapInfo map;

    gst_buffer_map (buffer, &map, GST_MAP_WRITE);
    for (guint i = 0; i < n; i++)
      ((gint16 *) map.data)[i] = tone (side, (gdouble) time / GST_SECOND +
          (gdouble) i / rate);
    gst_buffer_unmap (buffer, &map);
    push_buffer (self, side, buffer);
  }
}

void
end (Fixture * self, guint side)
{
  g_assert_true (gst_pad_push_event (self->src[side], gst_event_new_eos ()));
}

void
wait_eos (Fixture * self)
{
  GstMessage *message = gst_bus_timed_pop_filtered (self->bus, PATIENCE,
      GST_MESSAGE_EOS);

  g_assert_nonnull (message);
  gst_message_unref (message);
}

void
end_both (Fixture * self)
{
  end (self, CALLER);
  end (self, AGENT);
  wait_eos (self);
}

gboolean
is_recording (GstMessage * message, const gchar * state)
{
  const GstStructure *s = gst_message_get_structure (message);

  return gst_structure_has_name (s, "voice/recording")
      && (!state || g_strcmp0 (gst_structure_get_string (s, "state"),
          state) == 0);
}

/* The next voice/recording message; `started` comes when the writer likes. */
void
expect_state (Fixture * self, const gchar * state, GstStructure ** fields)
{
  GstMessage *message = NULL;
  const GstStructure *s;

  do {
    g_clear_pointer (&message, gst_message_unref);
    message = gst_bus_timed_pop_filtered (self->bus, PATIENCE,
        GST_MESSAGE_ELEMENT);
    g_assert_nonnull (message);
  } while (!is_recording (message, NULL) || (is_recording (message, "started")
          && !g_str_equal (state, "started")));
  s = gst_message_get_structure (message);
  g_assert_cmpstr (gst_structure_get_string (s, "state"), ==, state);
  g_assert_cmpstr (gst_structure_get_string (s, "location"), ==,
      self->location);
  g_assert_true (gst_structure_has_field_typed (s, "running-time",
          GST_TYPE_CLOCK_TIME));
  g_assert_true (gst_structure_has_field_typed (s, "duration",
          GST_TYPE_CLOCK_TIME));
  g_assert_true (gst_structure_has_field_typed (s, "lost",
          GST_TYPE_CLOCK_TIME));
  if (fields)
    *fields = gst_structure_copy (s);
  gst_message_unref (message);
}

guint64
field (GstStructure * s, const gchar * name)
{
  guint64 value;

  g_assert_true (gst_structure_get_uint64 (s, name, &value));
  return value;
}

guint64
stat_of (Fixture * self, const gchar * name)
{
  GstStructure *stats;
  guint64 value;

  g_object_get (self->recorder, "stats", &stats, NULL);
  value = field (stats, name);
  gst_structure_free (stats);
  return value;
}

gboolean
has_failed (Fixture * self)
{
  GstStructure *stats;
  gboolean failed;

  g_object_get (self->recorder, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_boolean (stats, "failed", &failed));
  gst_structure_free (stats);
  return failed;
}

static void
append_sample (GByteArray * out, GstSample * sample)
{
  GstMapInfo map;

  gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ);
  g_byte_array_append (out, map.data, map.size);
  gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
  gst_sample_unref (sample);
}

/* Decodes a file with GStreamer's own elements. */
gint16 *
decode (const gchar * location, const gchar * decoder, guint rate, gsize * n)
{
  gchar *text = g_strdup_printf ("filesrc location=\"%s\" ! %s ! "
      "audio/x-raw,format=S16LE,channels=2,rate=%u ! appsink name=out "
      "sync=false", location, decoder, rate);
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch (text, &error), *out;
  GByteArray *bytes = g_byte_array_new ();
  GstSample *sample;

  g_assert_no_error (error);
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (;;) {
    g_signal_emit_by_name (out, "pull-sample", &sample);
    if (!sample)
      break;
    append_sample (bytes, sample);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (out);
  gst_object_unref (pipeline);
  g_free (text);
  *n = bytes->len / 4;
  return (gint16 *) g_byte_array_free (bytes, FALSE);
}

void
load (Fixture * self, guint rate)
{
  g_clear_pointer (&self->frames, g_free);
  self->frames = decode (self->location, "wavparse", rate, &self->n);
}

/* [from, to) of a 16 kHz file that begins at @start. */
void
expect_marks (Fixture * self, guint side, GstClockTime start,
    GstClockTime from, GstClockTime to, gboolean sound)
{
  guint64 origin = start / (GST_SECOND / 16000);

  g_assert_cmpuint (to / 62500 - origin, <=, self->n);
  for (guint64 p = from / 62500; p < to / 62500; p++)
    g_assert_cmpint (self->frames[2 * (p - origin) + side], ==,
        sound ? mark (side, p) : 0);
}

/* The largest difference from the tone in [from, to), in seconds. */
gdouble
worst_tone (Fixture * self, guint side, guint rate, gdouble from, gdouble to)
{
  gdouble worst = 0;

  g_assert_cmpuint (self->n, >=, to * rate);
  for (gsize i = from * rate; i < to * rate; i++)
    worst = MAX (worst, fabs (self->frames[2 * i + side] -
            (gdouble) tone (side, (gdouble) i / rate)));
  return worst;
}
