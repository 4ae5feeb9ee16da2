/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scenarios of docs/turn-taking.md again, on the elements `turn` and
 * `playout` under simulated time.
 */
#include "turn-soup.h"
#include "turn-table.h"

#include "../doc-line.h"

#include <gst-voice/events.h>
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

/* A turn without a final comes before the recogniser has said its caps. */
static void
keys_first (void)
{
  GstElement *pipeline = gst_parse_launch ("appsrc name=src format=time "
      "caps=text/x-raw,format=utf8 ! turn name=turn ! appsink name=sink "
      "sync=false", NULL);
  GstElement *src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  GstElement *sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  GstElement *turn = gst_bin_get_by_name (GST_BIN (pipeline), "turn");
  static const gchar *const keys[] = { "4", "#" };
  GstFlowReturn flow;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    GstPad *in = gst_element_get_static_pad (turn, "sink");

    gst_pad_send_event (in, gst_voice_event_new (GST_VOICE_OOB, NULL,
            gst_voice_structure_new ("dtmf", "digit", keys[i], NULL)));
    gst_object_unref (in);
  }
  assert_turn (sink, "4");
  push_text (src, "One thing.", 20 * GST_SECOND);
  g_signal_emit_by_name (src, "end-of-stream", &flow);
  assert_turn (sink, "One thing.");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (turn);
  gst_object_unref (src);
  gst_object_unref (sink);
  gst_object_unref (pipeline);
}

typedef struct
{
  GMutex lock;
  GCond cond;
  GString *told;
} Captions;

static GstPadProbeReturn
note_caption (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);
  Captions *captions = data;
  const GstStructure *s = gst_voice_event_parse (event);

  if (!s || !gst_voice_event_is (event, "transcript"))
    return GST_PAD_PROBE_OK;
  g_assert_cmpstr (gst_voice_structure_string (s, "role"), ==, "user");
  g_mutex_lock (&captions->lock);
  g_string_append_printf (captions->told, "%u '%s'%s\n",
      gst_voice_structure_uint (s, "id"), gst_voice_structure_string (s,
          "text"), gst_voice_structure_boolean (s, "final") ? " final" : "");
  g_cond_broadcast (&captions->cond);
  g_mutex_unlock (&captions->lock);
  return GST_PAD_PROBE_OK;
}

static void
await_captions (Captions * captions, const gchar * expected)
{
  g_mutex_lock (&captions->lock);
  while (captions->told->len < strlen (expected))
    g_cond_wait (&captions->cond, &captions->lock);
  g_assert_cmpstr (captions->told->str, ==, expected);
  g_string_truncate (captions->told, 0);
  g_mutex_unlock (&captions->lock);
}

static void
push_oob (GstPad * pad, GstStructure * s)
{
  gst_pad_send_event (pad, gst_voice_event_new (GST_VOICE_OOB, NULL, s));
}

static void
say_and_press (GstElement * src, GstPad * in, Captions * captions)
{
  GstFlowReturn flow;

  push_oob (in, gst_voice_structure_new ("interim", "text", "one",
          "segment", 1, "start", GST_CLOCK_TIME_NONE,
          "end", GST_CLOCK_TIME_NONE, NULL));
  await_captions (captions, "1 'one'\n");
  push_text (src, "One thing.", 0);
  push_text (src, "Another thing.", 20 * GST_SECOND);
  await_captions (captions, "1 'One thing.'\n1 'One thing.' final\n"
      "2 'Another thing.' final\n");
  push_oob (in, gst_voice_structure_new ("dtmf", "digit", "4", NULL));
  push_oob (in, gst_voice_structure_new ("dtmf", "digit", "#", NULL));
  await_captions (captions, "3 '4' final\n");
  gst_element_send_event (src, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("typed", "text", "And this.", NULL)));
  g_signal_emit_by_name (src, "end-of-stream", &flow);
}

static void
await_end (GstElement * pipeline)
{
  GstBus *bus = gst_element_get_bus (pipeline);

  gst_message_unref (gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
          GST_MESSAGE_EOS));
  gst_object_unref (bus);
}

/* What is spoken and keyed in is told while it is said, and when it is
 * settled; what is written is not. */
static void
captions (void)
{
  GstElement *pipeline = gst_parse_launch ("appsrc name=src format=time "
      "caps=text/x-raw,format=utf8 ! turn name=turn ! fakesink async=false",
      NULL);
  GstElement *src = gst_bin_get_by_name (GST_BIN (pipeline), "src");
  GstElement *turn = gst_bin_get_by_name (GST_BIN (pipeline), "turn");
  GstPad *in = gst_element_get_static_pad (turn, "sink");
  GstPad *out = gst_element_get_static_pad (turn, "src");
  Captions captions = {.told = g_string_new (NULL) };

  gst_pad_add_probe (out, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, note_caption,
      &captions, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  say_and_press (src, in, &captions);
  await_end (pipeline);
  await_captions (&captions, "");
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (in);
  gst_object_unref (out);
  gst_object_unref (src);
  gst_object_unref (turn);
  gst_object_unref (pipeline);
  g_string_free (captions.told, TRUE);
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
  g_test_add_func ("/turn/keys-first", keys_first);
  g_test_add_func ("/turn/captions", captions);
  turn_table_add (&table);
  result = g_test_run ();
  turn_words_unref (table.words);
  gst_deinit ();
  return result;
}
