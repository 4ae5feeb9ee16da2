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
#include <gst-voice/stage.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
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

static GstPadProbeReturn
answer_wait (GstPad * pad, GstPadProbeInfo * info, gpointer wait)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);

  if (!(info->type & GST_PAD_PROBE_TYPE_PUSH)
      || !gst_voice_query_is (query, "stt-wait"))
    return GST_PAD_PROBE_OK;
  gst_structure_set (gst_query_writable_structure (query), "wait",
      GST_TYPE_CLOCK_TIME, *(const GstClockTime *) wait, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static void
say_of_sound (GstHarness * h, const gchar * what, const gchar * field, guint ms)
{
  gst_harness_set_time (h, ms * GST_MSECOND);
  gst_harness_push_event (h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (what, "running-time", ms * GST_MSECOND,
              field, ms * GST_MSECOND, NULL)));
}

static void
done (GstVoiceStage * stage, gpointer data)
{
  g_async_queue_push (data, data);
}

static void
settle (GstHarness * h)
{
  GAsyncQueue *queue = g_async_queue_new ();

  for (guint i = 0; i < 2; i++) {
    g_assert_true (gst_voice_stage_post (GST_VOICE_STAGE (h->element), done,
            queue, NULL));
    g_async_queue_pop (queue);
  }
  g_async_queue_unref (queue);
}

/* Three seconds of sound, of which only the beginning has words: when it is
 * the agent's turn, in ms. */
static guint
turn_comes (gint own, GstClockTime wait)
{
  GstHarness *h = gst_harness_new ("turn");
  GstTestClock *clock = gst_harness_get_testclock (h);
  GstBuffer *buffer = gst_voice_text_buffer_new ("I want a table.");
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);
  guint ms;

  if (own >= 0)
    g_object_set (h->element, "stt-wait", own, NULL);
  if (wait > 0)
    gst_pad_add_probe (h->srcpad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM,
        answer_wait, &wait, NULL);
  gst_harness_set_src_caps_str (h, "text/x-raw,format=utf8");
  say_of_sound (h, "speech-start", "onset", 0);
  settle (h);
  gst_harness_set_time (h, 1300 * GST_MSECOND);
  meta->start = 0;
  meta->end = 1300 * GST_MSECOND;
  gst_harness_push (h, buffer);
  settle (h);
  say_of_sound (h, "speech-pause", "end", 3000);
  settle (h);
  /* The alarm is another thread's, before and after. */
  while (gst_harness_buffers_in_queue (h) == 0) {
    if (gst_test_clock_peek_next_pending_id (clock, NULL))
      gst_test_clock_crank (clock);
    settle (h);
  }
  ms = gst_clock_get_time (GST_CLOCK (clock)) / GST_MSECOND;
  gst_object_unref (clock);
  gst_harness_teardown (h);
  return ms;
}

static void
recognisers_have_their_waits (void)
{
  g_assert_cmpuint (turn_comes (-1, 0), ==, 4000);
  g_assert_cmpuint (turn_comes (-1, 700 * GST_MSECOND), ==, 3700);
  g_assert_cmpuint (turn_comes (-1, 1660 * GST_MSECOND), ==, 4660);
  g_assert_cmpuint (turn_comes (800, 1660 * GST_MSECOND), ==, 3800);
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
  g_test_add_func ("/turn/stt-wait", recognisers_have_their_waits);
  turn_table_add (&table);
  result = g_test_run ();
  turn_words_unref (table.words);
  gst_deinit ();
  return result;
}
