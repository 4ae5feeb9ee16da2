/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Children of `fallback` that fail in every way at every point: no word is
 * lost, none comes twice, and the silence is no longer than the deadline. In
 * virtual time.
 */
#include "agent/fallback-scene.h"

#include <gst-voice/description.h>
#include <gst-voice/health.h>
#include <string.h>

#define TIMEOUT 2000
#define GRACE 300
#define TEXT_CAPS "text/x-raw,format=utf8"

static const Fault faults[] = { REFUSES, SILENT, STALLS, BREAKS, DIES };

static void
assert_once (Scene * scene, const gchar * what)
{
  const gchar *at = strstr (scene->told->str, what);

  g_assert_nonnull (at);
  g_assert_null (strstr (at + 1, what));
}

static guint
count (const gchar * text, const gchar * what)
{
  guint n = 0;

  for (; (text = strstr (text, what)); text += strlen (what))
    n++;
  return n;
}

/* --- models ----------------------------------------------------------- */

/* When a model that fails in no way is through. */
static GstClockTime
answer (GstElement * a, GstElement * b, const gchar * expected)
{
  GstClockTime last;
  Scene scene;

  scene_init (&scene, "", a, b, NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, expected);
  last = scene.last;
  scene_clear (&scene);
  return last;
}

#define WORDS "w1 w2 w3 w4 w5 w6 w7 w8 E EOS"

static void
models (void)
{
  GstClockTime well = answer (double_model (WELL, 0, 8), double_model (WELL, 0,
          8), WORDS);

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    for (guint after = 1; after < 8; after += 3)
      g_assert_cmpuint (answer (double_model (faults[i], after, 8),
              double_model (WELL, 0, 8), WORDS), <=,
          well + (TIMEOUT + GRACE) * MS);
  }
}

/* Told to go on, it begins anew, or with the last words. */
static void
models_repeat (void)
{
  for (guint from = 1; from < 4; from++) {
    GstElement *b = double_model (WELL, 0, 8);

    double_model_repeat (b, from);
    answer (double_model (BREAKS, 4, 8), b, WORDS);
  }
}

/* A call that a model made before it failed is not made. */
static void
tools_once (void)
{
  GstElement *a = double_model (BREAKS, 2, 8), *b = double_model (WELL, 0, 4);
  Scene scene;

  double_model_call (a, "look");
  double_model_call (b, "look");
  scene_init (&scene, "", a, b, NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  gst_voice_clock_start (GST_VOICE_CLOCK (scene.clock));
  g_mutex_lock (&scene.lock);
  while (!strstr (scene.text->str, "call"))
    g_cond_wait (&scene.cond, &scene.lock);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 w4 E call");
  g_mutex_unlock (&scene.lock);
  scene_clear (&scene);
}

/* A second model is asked when the first is late, and none has failed. */
static void
hedge (void)
{
  GstElement *a = double_model (SILENT, 0, 3), *b = double_model (WELL, 0, 3);
  Scene scene;

  scene_init (&scene, "hedge=true", a, b, NULL);
  for (guint i = 0; i < 8; i++)
    gst_voice_health_success ("llm/doublemodel", i, 150000);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 E EOS");
  g_assert_cmpstr (scene.told->str, ==, "");
  g_assert_cmpuint (scene.first, ==, 250 * MS);
  g_assert_cmpuint (double_asked (a), ==, 1);
  g_assert_cmpuint (double_asked (b), ==, 1);
  scene_clear (&scene);
}

static void
no_hedge_if_in_time (void)
{
  GstElement *a = double_model (WELL, 0, 3), *b = double_model (WELL, 0, 3);
  Scene scene;

  scene_init (&scene, "hedge=true", a, b, NULL);
  for (guint i = 0; i < 8; i++)
    gst_voice_health_success ("llm/doublemodel", i, 150000);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 E EOS");
  g_assert_cmpuint (double_asked (b), ==, 0);
  scene_clear (&scene);
}

/* What other calls have seen: the first is not even asked. */
static void
models_by_health (void)
{
  GstElement *a = double_model (WELL, 0, 3), *b = double_model (WELL, 0, 3);
  Scene scene;

  scene_init (&scene, "", a, b, NULL);
  g_object_set_data (G_OBJECT (a), GST_VOICE_HEALTH_KEY, (gpointer) "llm/a");
  gst_voice_health_failure ("llm/a", g_get_monotonic_time (),
      GST_VOICE_ERROR_AUTH, -1);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 E EOS");
  g_assert_cmpuint (double_asked (a), ==, 0);
  scene_clear (&scene);
}

/* --- synthesisers ----------------------------------------------------- */

static void
voices_fail_at (Fault fault, guint after)
{
  Scene scene;

  scene_init (&scene, "", double_voice (fault, after), double_voice (WELL, 0),
      NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2 w3 w4", "w5 w6 w7", NULL);
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 w4 w5 w6 w7 E EOS");
  g_assert_cmpuint (scene.first, <=, (TIMEOUT + GRACE) * MS);
  g_assert_cmpuint (scene.silence, <=, (TIMEOUT + GRACE) * MS);
  if (fault != WELL)
    assert_once (&scene, "switched");
  scene_clear (&scene);
}

static void
voices (void)
{
  voices_fail_at (WELL, 0);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    for (guint after = 1; after < 4; after++)
      voices_fail_at (faults[i], after);
  }
}

/* The first word of a speech is not kept back: a piece of it may be heard, but
 * it is said. */
static void
first_word (void)
{
  Scene scene;

  scene_init (&scene, "", double_voice (BREAKS, 0), double_voice (WELL, 0),
      NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2", NULL);
  scene_wait (&scene);
  g_assert_true (g_str_has_suffix (scene.text->str, "w2 E EOS"));
  scene_clear (&scene);
}

/* Whoever speaks when the caller interrupts is stopped, and the next reply is
 * spoken. */
static void
interrupted (void)
{
  Scene scene;

  scene_init (&scene, "", double_voice (BREAKS, 1), double_voice (WELL, 0),
      NULL);
  scene.interrupts_at = 3;
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2 w3 w4", "w5 w6", NULL);
  scene_speak (&scene, 2, "w7 w8", NULL);
  scene_wait (&scene);
  g_assert_true (g_str_has_prefix (scene.text->str, "w1 w2 "));
  g_assert_true (g_str_has_suffix (scene.text->str, "w7 w8 E EOS"));
  g_assert_null (strstr (scene.text->str, "w4"));
  g_assert_null (strstr (scene.text->str, "w5"));
  scene_clear (&scene);
}

/* Nobody knows which words have sounded: rather one twice than one never. */
static void
voices_without_times (void)
{
  GstElement *a = double_voice (BREAKS, 2);
  Scene scene;

  double_voice_mute_times (a);
  scene_init (&scene, "", a, double_voice (WELL, 0), NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2 w3 w4 w5 w6 w7 w8", NULL);
  scene_wait (&scene);
  g_assert_true (g_str_has_suffix (scene.text->str, "w7 w8 E EOS"));
  scene_clear (&scene);
}

static void
speak_late (Scene * scene, Fault fault, guint interrupts_at)
{
  GstElement *a = double_voice (fault, 2), *b = double_voice (WELL, 0);

  double_voice_late_times (a);
  double_voice_late_times (b);
  scene_init (scene, "", a, b, NULL);
  scene->interrupts_at = interrupts_at;
  scene_start (scene, TEXT_CAPS);
  scene_speak (scene, 1, "w1 w2 w3 w4", NULL);
  scene_wait (scene);
}

/* Words that follow their sound, the last of them behind all of it. When the
 * first voice breaks nothing is known of the second word: it is said again. */
static void
late_words (void)
{
  Scene scene;

  speak_late (&scene, WELL, 0);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 w4 E EOS");
  g_assert_cmpstr (scene.words->str, ==, "0+2@0 3+2@400 6+2@800 9+2@1200 ");
  g_assert_cmpstr (scene.told->str, ==, "doublevoice/late:0.25");
  scene_clear (&scene);
  speak_late (&scene, BREAKS, 0);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 piece-of-w3 w2 w3 w4 E EOS");
  g_assert_cmpstr (scene.words->str, ==, "0+2@0 3+2@950 6+2@1350 9+2@1750 ");
  g_assert_cmpuint (count (scene.told->str, "doublevoice/late:0.25"), ==, 2);
  g_assert_cmpuint (scene.characters, ==, strlen ("w1 w2 w3 w4") + strlen
      ("w2 w3 w4"));
  scene_clear (&scene);
}

/* What was asked for is paid for, also if nobody hears it. */
static void
interrupted_cost (void)
{
  Scene scene;

  speak_late (&scene, WELL, 2);
  g_assert_cmpstr (scene.told->str, ==, "doublevoice/late:0.25");
  scene_clear (&scene);
}

/* Who is stopped tells only then what it was, when nobody waits for it. */
static void
cost_at_the_end (void)
{
  static const Fault given[] = { STALLS, WELL };

  for (guint i = 0; i < G_N_ELEMENTS (given); i++) {
    GstElement *a = double_voice (given[i], 2), *b = double_voice (WELL, 0);
    Scene scene;

    double_voice_cost_at_end (a);
    double_voice_cost_at_end (b);
    scene_init (&scene, "", a, b, NULL);
    scene.interrupts_at = given[i] == WELL ? 2 : 0;
    scene_start (&scene, TEXT_CAPS);
    scene_speak (&scene, 1, "w1 w2 w3 w4", NULL);
    scene_wait (&scene);
    /* What is told at a cancel may come behind the end. */
    scene_wait_cost (&scene, given[i] == WELL ? .25 : .5);
    scene_clear (&scene);
  }
}

/* --- recognisers ------------------------------------------------------ */

static void
ears_fail_at (Fault fault, guint after, const gchar * properties)
{
  Scene scene;

  scene_init (&scene, properties, double_ears (fault, after),
      double_ears (WELL, 0), NULL);
  scene_hear (&scene, 3, 4);
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 "
      "w12 EOS");
  if (fault != WELL) {
    assert_once (&scene, "switched");
    assert_once (&scene, "stt-reset");
  }
  scene_clear (&scene);
}

static void
ears (void)
{
  ears_fail_at (WELL, 0, "");
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    for (guint after = 1; after < 8; after++)
      ears_fail_at (faults[i], after, "");
  }
}

static void
ears_kept_warm (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    ears_fail_at (faults[i], 6, "warm=true");
}

/* What `vad` says passes once, though two children were told. The switch may
 * come before it or behind. */
static void
voice_activity_once (void)
{
  Scene scene;

  scene_init (&scene, "", double_ears (REFUSES, 0), double_ears (WELL, 0),
      NULL);
  scene_hear (&scene, 2, 2);
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 w4 EOS");
  g_assert_cmpuint (count (scene.told->str, "speech-start"), ==, 2);
  g_assert_cmpuint (count (scene.told->str, "speech-stop"), ==, 2);
  assert_once (&scene, "W:disconnected");
  assert_once (&scene, "switched");
  assert_once (&scene, "stt-reset");
  /* A picture of it can be drawn, though pads have no parents. */
  g_free (gst_debug_bin_to_dot_data (GST_BIN (scene.pipeline),
          GST_DEBUG_GRAPH_SHOW_ALL));
  scene_clear (&scene);
}

/* If nobody understands a word there was none, and the call goes on. */
static void
all_deaf (void)
{
  Scene scene;

  scene_init (&scene, "deaf-after=1000", double_ears (SILENT, 0),
      double_ears (SILENT, 0), NULL);
  scene_hear (&scene, 3, 4);
  scene_wait (&scene);
  g_assert_null (strstr (scene.told->str, "ERROR"));
  g_assert_true (g_str_has_suffix (scene.text->str, "EOS"));
  scene_clear (&scene);
}

/* --- nobody left ------------------------------------------------------ */

static void
no_model_left (void)
{
  Scene scene;

  scene_init (&scene, "last-resort=Sorry.", double_model (REFUSES, 0, 1),
      double_model (REFUSES, 0, 1), NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_say (&scene, 1, "hello");
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "EOS");
  assert_once (&scene, "say(Sorry.)");
  assert_once (&scene, "hangup(error)");
  scene_clear (&scene);
}

static void
no_voice_left (const gchar * properties, const gchar * told)
{
  Scene scene;

  scene_init (&scene, properties, double_voice (REFUSES, 0),
      double_voice (REFUSES, 0), NULL);
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2", NULL);
  scene_wait (&scene);
  assert_once (&scene, told);
  g_assert_cmpuint (scene.characters, ==, 0);
  scene_clear (&scene);
}

static void
no_voice (void)
{
  no_voice_left ("", "ERROR:disconnected");
  no_voice_left ("last-resort=Sorry.", "hangup(error)");
}

static void
no_ears (void)
{
  static const gchar *const rows[][2] = { {"", "ERROR:disconnected"},
  {"last-resort=Sorry.", "say(Sorry.) hangup(error)"}
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Scene scene;

    scene_init (&scene, rows[i][0], double_ears (REFUSES, 0),
        double_ears (DIES, 0), NULL);
    scene_hear (&scene, 1, 2);
    scene_wait (&scene);
    assert_once (&scene, rows[i][1]);
    scene_clear (&scene);
  }
}

/* --- how it is made --------------------------------------------------- */

static void
refused (GstElement * a, GstElement * b)
{
  Scene scene;

  scene_init (&scene, "", a, b, NULL);
  g_assert_cmpint (gst_element_set_state (scene.pipeline, GST_STATE_PAUSED),
      ==, GST_STATE_CHANGE_FAILURE);
  assert_once (&scene, "ERROR");
  scene_clear (&scene);
}

static void
children_that_do_not_fit (void)
{
  refused (double_ears (WELL, 0), double_voice (WELL, 0));
  refused (gst_element_factory_make ("identity", NULL), NULL);
  refused (NULL, NULL);
}

static void
up_and_down (void)
{
  Scene scene;

  scene_init (&scene, "", double_voice (BREAKS, 1), double_voice (WELL, 0),
      NULL);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpint (gst_element_set_state (scene.pipeline,
            GST_STATE_PLAYING), !=, GST_STATE_CHANGE_FAILURE);
    gst_element_set_state (scene.pipeline, GST_STATE_READY);
    g_assert_cmpint (gst_element_set_state (scene.pipeline,
            GST_STATE_PAUSED), !=, GST_STATE_CHANGE_FAILURE);
    gst_element_set_state (scene.pipeline, GST_STATE_NULL);
  }
  scene_start (&scene, TEXT_CAPS);
  scene_speak (&scene, 1, "w1 w2 w3", NULL);
  scene_wait (&scene);
  g_assert_cmpstr (scene.text->str, ==, "w1 w2 w3 E EOS");
  scene_clear (&scene);
}

/* --- how it is linked ------------------------------------------------- */

/* (transfer full) */
static GstElement *
build (const gchar * launch)
{
  GstVoiceDescription *text;
  GError *error = NULL;
  GstElement *pipeline;

  gst_object_unref (gst_object_ref_sink (double_voice (WELL, 0)));
  text = gst_voice_description_new (launch, -1, "text", &error);
  g_assert_no_error (error);
  pipeline = gst_voice_description_build (text, GST_VOICE_DESCRIPTION_NONE,
      NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  gst_voice_description_unref (text);
  return gst_object_ref_sink (pipeline);
}

static void
assert_linked (const gchar * launch)
{
  GstElement *pipeline = build (launch);
  GstElement *fallback = gst_bin_get_by_name (GST_BIN (pipeline), "f");

  g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_READY), ==,
      GST_STATE_CHANGE_SUCCESS);
  for (guint i = 0; i < 2; i++) {
    GstPad *pad = gst_element_get_static_pad (fallback, i ? "src" : "sink");

    g_assert_true (gst_pad_is_linked (pad));
    gst_object_unref (pad);
  }
  g_assert_cmpuint (fallback->numpads, ==, 2);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (fallback);
  gst_object_unref (pipeline);
}

/* As it is written in a description. */
static void
description (void)
{
  assert_linked ("identity name=a\n"
      "! f.sink  fallback.( name=f timeout=900\n"
      "  doublevoice\n  doublevoice name=y\n)  f.src ! fakesink");
  assert_linked ("identity ! fallback.( name=f timeout=900 doublevoice )"
      " ! fakesink");
  assert_linked ("identity ! fallback.( name=f doublevoice doublevoice\n"
      "  doublevoice name=z ) ! fakesink");
  assert_linked ("identity ! f.sink fallback.( name=f doublevoice doublevoice )"
      " ! fakesink");
}

static void
linked_wrongly (void)
{
  static const gchar *const rows[][2] = {
    {"identity ! fallback.( name=f doublevoice ! doublevoice ) ! fakesink",
        "the child 'doublevoice*' of the fallback is linked, but children "
          "stand beside each other, without `!`: write *"},
    {"identity ! f.sink identity ! fallback.( name=f doublevoice ) ! fakesink",
        "a fallback is linked twice: write *"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GstElement *pipeline = build (rows[i][0]);
    GstBus *bus = gst_bus_new ();
    GstMessage *message;
    GError *error;

    gst_element_set_bus (pipeline, bus);
    g_assert_cmpint (gst_element_set_state (pipeline, GST_STATE_READY), ==,
        GST_STATE_CHANGE_FAILURE);
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
    gst_message_parse_error (message, &error, NULL);
    if (!g_pattern_match_simple (rows[i][1], error->message))
      g_assert_cmpstr (error->message, ==, rows[i][1]);
    g_error_free (error);
    gst_message_unref (message);
    gst_element_set_state (pipeline, GST_STATE_NULL);
    gst_element_set_bus (pipeline, NULL);
    gst_object_unref (bus);
    gst_object_unref (pipeline);
  }
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fallback/models", models);
  g_test_add_func ("/fallback/models-repeat", models_repeat);
  g_test_add_func ("/fallback/tools-once", tools_once);
  g_test_add_func ("/fallback/hedge", hedge);
  g_test_add_func ("/fallback/no-hedge", no_hedge_if_in_time);
  g_test_add_func ("/fallback/by-health", models_by_health);
  g_test_add_func ("/fallback/voices", voices);
  g_test_add_func ("/fallback/first-word", first_word);
  g_test_add_func ("/fallback/interrupted", interrupted);
  g_test_add_func ("/fallback/without-times", voices_without_times);
  g_test_add_func ("/fallback/late-words", late_words);
  g_test_add_func ("/fallback/interrupted-cost", interrupted_cost);
  g_test_add_func ("/fallback/cost-at-the-end", cost_at_the_end);
  g_test_add_func ("/fallback/ears", ears);
  g_test_add_func ("/fallback/ears-warm", ears_kept_warm);
  g_test_add_func ("/fallback/voice-activity", voice_activity_once);
  g_test_add_func ("/fallback/all-deaf", all_deaf);
  g_test_add_func ("/fallback/no-model", no_model_left);
  g_test_add_func ("/fallback/no-voice", no_voice);
  g_test_add_func ("/fallback/no-ears", no_ears);
  g_test_add_func ("/fallback/refused", children_that_do_not_fit);
  g_test_add_func ("/fallback/states", up_and_down);
  g_test_add_func ("/fallback/description", description);
  g_test_add_func ("/fallback/linked-wrongly", linked_wrongly);
  status = g_test_run ();
  gst_voice_health_clear ();
  gst_deinit ();
  return status;
}
