/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scenarios of docs/turn-taking.md again, on the elements `turn` and
 * `playout` under simulated time.
 */
#include "turn-soup.h"
#include "turn-table.h"

#include "../doc-line.h"

#include <gst-voice/meta.h>
#include <string.h>

static void
launch_line (void)
{
  doc_line_run ("plugins/turn/gstturn.c");
}

static void
push_text (GstElement * src, const gchar * text, GstClockTime at)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (text);
  GstFlowReturn flow;

  GST_BUFFER_PTS (buffer) = at;
  GST_BUFFER_DURATION (buffer) = GST_SECOND;
  g_signal_emit_by_name (src, "push-buffer", buffer, &flow);
  g_assert_cmpint (flow, ==, GST_FLOW_OK);
  gst_buffer_unref (buffer);
}

static void
assert_turn (GstElement * sink, const gchar * expected)
{
  GstSample *sample;
  gchar *text;

  g_signal_emit_by_name (sink, "pull-sample", &sample);
  g_assert_true ((sample != NULL) == (expected != NULL));
  if (!sample)
    return;
  text = gst_voice_text_buffer_get (gst_sample_get_buffer (sample));
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  gst_sample_unref (sample);
}

/* Where nothing tells what is heard each turn stands by itself. */
static void
without_playout (void)
{
  GstElement *pipeline = gst_parse_launch ("appsrc name=src format=time "
      "caps=text/x-raw,format=utf8 ! turn ! appsink name=sink sync=false",
      NULL);
  GstElement *src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstFlowReturn flow;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push_text (src, "One thing.", 0);
  push_text (src, "Another thing.", 20 * GST_SECOND);
  g_signal_emit_by_name (src, "end-of-stream", &flow);
  assert_turn (sink, "One thing.");
  assert_turn (sink, "Another thing.");
  assert_turn (sink, NULL);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (src);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

/* Not those in which the clock jumps: simulated time does not. Of a change of
 * terms (54) the element hears when it decides: what was proposed is withdrawn
 * then. */
static gboolean
is_for_elements (const gchar * number, const gchar * input)
{
  return !strstr (input, "jump[") && strcmp (number, "54") != 0;
}

int
main (int argc, char **argv)
{
  TurnTable table = {.name = "turn",.until = 20000,.tolerance = 40,
    .wants = is_for_elements
  };
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  table.words = turn_soup_words ();
  g_test_add_func ("/turn/launch", launch_line);
  g_test_add_func ("/turn/without-playout", without_playout);
  turn_table_add (&table);
  result = g_test_run ();
  turn_words_unref (table.words);
  gst_deinit ();
  return result;
}
