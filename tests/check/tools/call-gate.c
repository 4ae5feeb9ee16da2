/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <call-gate.h>
#include <gst/gst.h>

/* A source without an agent: pads in the test's hands. `identity` has the
 * agent's place. */
typedef struct
{
  GstElement *pipeline, *source, *agent;
  GstPad *out;
  CallGate *gate;
  GString *seen;                /* what the agent was given */
} Scene;

static GstPadProbeReturn
see (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GString *seen = data;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_BUFFER)
    g_string_append_printf (seen, "%" G_GUINT64_FORMAT " ",
        GST_BUFFER_PTS (GST_PAD_PROBE_INFO_BUFFER (info)) / GST_MSECOND);
  else
    g_string_append_printf (seen, "%s ",
        GST_EVENT_TYPE (info->data) == GST_EVENT_CUSTOM_DOWNSTREAM ?
        gst_structure_get_name (gst_event_get_structure (info->data)) :
        GST_EVENT_TYPE_NAME (info->data));
  return GST_PAD_PROBE_OK;
}

static void
set_up (Scene * scene)
{
  GstElement *sink;
  GstPad *pad;

  scene->seen = g_string_new (NULL);
  scene->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  scene->source = gst_bin_new ("source");
  scene->out = gst_pad_new ("src", GST_PAD_SRC);
  gst_element_add_pad (scene->source, gst_object_ref (scene->out));
  scene->agent = gst_element_factory_make ("identity", NULL);
  sink = gst_element_factory_make ("fakesink", NULL);
  g_object_set (sink, "async", FALSE, NULL);
  gst_bin_add_many (GST_BIN (scene->pipeline), scene->source, scene->agent,
      sink, NULL);
  g_assert_true (gst_element_link_many (scene->source, scene->agent, sink,
          NULL));
  pad = gst_element_get_static_pad (scene->agent, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER
      | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, see, scene->seen, NULL);
  gst_object_unref (pad);
  scene->gate = call_gate_new (scene->pipeline, scene->agent);
  gst_element_set_state (scene->pipeline, GST_STATE_PLAYING);
}

static void
tear_down (Scene * scene)
{
  gst_element_set_state (scene->pipeline, GST_STATE_NULL);
  call_gate_free (scene->gate);
  gst_object_unref (scene->out);
  gst_object_unref (scene->pipeline);
  g_string_free (scene->seen, TRUE);
}

static void
begin_stream (Scene * scene)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (scene->out, gst_event_new_stream_start ("s"));
  gst_pad_push_event (scene->out, gst_event_new_segment (&segment));
}

static GstFlowReturn
push (Scene * scene, guint ms)
{
  GstBuffer *buffer = gst_buffer_new ();

  GST_BUFFER_PTS (buffer) = ms * GST_MSECOND;
  return gst_pad_push (scene->out, buffer);
}

static void
tell (Scene * scene, const gchar * name)
{
  gst_pad_push_event (scene->out,
      gst_event_new_custom (GST_EVENT_CUSTOM_DOWNSTREAM,
          gst_structure_new_empty (name)));
}

/* The source goes on; what it says waits, what it sounds like does not. */
static void
opened (void)
{
  Scene scene;

  set_up (&scene);
  begin_stream (&scene);
  g_assert_cmpint (push (&scene, 0), ==, GST_FLOW_OK);
  tell (&scene, "voice/first");
  g_assert_cmpint (push (&scene, 20), ==, GST_FLOW_OK);
  tell (&scene, "voice/second");
  g_assert_cmpint (GST_STATE (scene.agent), ==, GST_STATE_NULL);
  g_assert_cmpstr (scene.seen->str, ==, "");
  call_gate_open (scene.gate);
  g_assert_cmpint (GST_STATE (scene.agent), ==, GST_STATE_PLAYING);
  g_assert_cmpuint (gst_element_get_base_time (scene.agent), ==,
      gst_element_get_base_time (scene.pipeline));
  g_assert_cmpint (push (&scene, 40), ==, GST_FLOW_OK);
  tell (&scene, "voice/third");
  g_assert_cmpint (push (&scene, 60), ==, GST_FLOW_OK);
  g_assert_cmpstr (scene.seen->str, ==, "stream-start segment voice/first "
      "voice/second 40 voice/third 60 ");
  tear_down (&scene);
}

/* What is told after it was opened does not overtake what waits. */
static void
opened_by_an_event (void)
{
  Scene scene;

  set_up (&scene);
  begin_stream (&scene);
  tell (&scene, "voice/first");
  call_gate_open (scene.gate);
  call_gate_open (scene.gate);
  tell (&scene, "voice/second");
  g_assert_cmpstr (scene.seen->str, ==, "stream-start segment voice/first "
      "voice/second ");
  tear_down (&scene);
}

static void
never_opened (void)
{
  GstMessage *message;
  Scene scene;
  GstBus *bus;

  set_up (&scene);
  begin_stream (&scene);
  for (guint i = 0; i < 100; i++)
    tell (&scene, "voice/more");
  push (&scene, 0);
  gst_pad_push_event (scene.out, gst_event_new_eos ());
  bus = gst_element_get_bus (scene.pipeline);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_EOS);
  g_assert_nonnull (message);
  gst_message_unref (message);
  gst_object_unref (bus);
  tear_down (&scene);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/call-gate/opened", opened);
  g_test_add_func ("/call-gate/event", opened_by_an_event);
  g_test_add_func ("/call-gate/never", never_opened);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
