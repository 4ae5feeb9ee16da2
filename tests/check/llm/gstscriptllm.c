/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scripted model as an element: its pace on a test clock and in simulated
 * time, what it can do as any model does, and what it says of a bad script.
 */
#include "llm-fixture.h"
#include "doc-line.h"

#include <gst-voice/clock.h>
#include <glib/gstdio.h>
#include <string.h>

static void
plain_line (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm reply=\"You said: ${text}\"", NULL);
  gst_harness_push (f.h, gst_voice_text_buffer_new ("Hello"));
  assert_down (&f, "S1:reply \"You \" \"said: \" \"Hello\" E1");
  gst_harness_push (f.h, gst_voice_text_buffer_new ("again"));
  assert_down (&f, "S2:reply \"You \" \"said: \" \"again\" E2");
  assert_chat (&f, "u:Hello a:You said: Hello u:again a:You said: again");
  g_assert_true (gst_harness_push_event (f.h, gst_event_new_eos ()));
  assert_down (&f, "EOS");
  tear_down (&f);
}

/* Text of any shape becomes tokens that give it back. */
static void
tokens (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm", "{'else': {'say': ' Zwölf,  bitte. '}}");
  hear (&f, 1, 0, "x");
  assert_down (&f, "S1:reply \" Zwölf,  \" \"bitte. \" E1");
  tear_down (&f);
}

static void
meta_of_tokens (void)
{
  Fixture f = { 0 };
  const GstVoiceMeta *meta;
  GstBuffer *buffer;

  set_up (&f, "scriptllm name=llm reply=\"Zwölf Uhr.\"", NULL);
  hear_more (&f, 7, 0, GST_VOICE_FLAG_PROPOSED, 0, "x");
  buffer = gst_harness_pull (f.h);
  meta = gst_voice_meta_get (buffer);
  g_assert_cmpuint (meta->turn, ==, 7);
  g_assert_cmpuint (meta->speech, ==, 1);
  g_assert_cmpuint (meta->flags, ==, GST_VOICE_FLAG_PROPOSED);
  g_assert_cmpuint (meta->offset, ==, 0);
  g_assert_cmpuint (meta->length, ==, 6);
  gst_buffer_unref (buffer);
  buffer = gst_harness_pull (f.h);
  meta = gst_voice_meta_get (buffer);
  g_assert_cmpuint (meta->offset, ==, 6);
  g_assert_cmpuint (meta->length, ==, 4);
  gst_buffer_unref (buffer);
  tear_down (&f);
}

static void
pace_is_exact (void)
{
  Fixture f = { 0 };
  GstBuffer *buffer;

  set_up (&f, "scriptllm name=llm reply=\"One two three.\" first-token=350 "
      "token-interval=40", NULL);
  gst_test_clock_set_time (f.clock, 1000 * MS);
  hear (&f, 1, 0, "x");
  assert_down (&f, "");
  g_assert_cmpuint (crank (&f), ==, 1350);
  buffer = gst_harness_pull (f.h);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, 1350 * MS);
  gst_buffer_unref (buffer);
  assert_down (&f, "S1:reply \"One \"");
  g_assert_cmpuint (crank (&f), ==, 1390);
  assert_down (&f, "\"two \"");
  g_assert_cmpuint (crank (&f), ==, 1430);
  assert_down (&f, "\"three.\" E1");
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 0);
  /* Who comes late catches up and goes on in step. */
  hear (&f, 2, 0, "x");
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_test_clock_set_time (f.clock, (1430 + 350 + 45) * MS);
  crank (&f);
  assert_down (&f, "S2:reply \"One \" \"two \"");
  g_assert_cmpuint (crank (&f), ==, 1430 + 350 + 80);
  assert_down (&f, "\"three.\" E2");
  tear_down (&f);
}

/* The first token may take its time, and the rest none. */
static void
slow_start (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm first-token=200",
      "{'else': {'cycle': [{'say': 'A b'}, {'empty': true}]}}");
  hear (&f, 1, 0, "x");
  assert_down (&f, "");
  g_assert_cmpuint (crank (&f), ==, 200);
  assert_down (&f, "S1:reply \"A \" \"b\" E1");
  hear (&f, 2, 0, "x");
  assert_up (&f, "");
  g_assert_cmpuint (crank (&f), ==, 400);
  assert_up (&f, "no-reply(2:empty)");
  tear_down (&f);
}

static void
interrupted_tokens_stop (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm reply=\"One two three.\" "
      "token-interval=40", NULL);
  hear (&f, 1, 0, "x");
  assert_down (&f, "S1:reply \"One \"");
  crank (&f);
  assert_down (&f, "\"two \"");
  playing (&f, 1);
  heard (&f, 1, "One", FALSE);
  interrupt (&f, 1, FALSE);
  assert_down (&f, "");
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 0);
  assert_chat (&f, "u:x a~:One");
  hear (&f, 2, 1, "y");
  assert_down (&f, "S2:reply \"One \"");
  tear_down (&f);
}

/* What stands still is given up when the caller goes on. */
static void
stalled_answer (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm",
      "{'always': [{'match': 'wait', 'say': 'Well', 'stall': true}]}");
  hear (&f, 1, 0, "wait");
  assert_down (&f, "S1:reply \"Well\"");
  g_assert_true (gst_harness_push_event (f.h, gst_event_new_eos ()));
  assert_down (&f, "");
  interrupt (&f, 1, FALSE);
  assert_down (&f, "EOS");
  tear_down (&f);
}

static void
expected_answers (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm",
      "{'else': {'say': 'Your number?',"
      " 'expect': {'kind': 'digits', 'length': 5}}}");
  hear (&f, 1, 0, "x");
  assert_up (&f, "expect(digits:5)");
  tear_down (&f);
}

static void
count_usage (Fixture * f, guint in, guint out, const gchar * model)
{
  GstMessage *message;

  settle (f);
  do {
    message = gst_bus_pop (f->bus);
    g_assert_nonnull (message);
    if (gst_message_has_name (message, "voice/usage")) {
      const GstStructure *s = gst_message_get_structure (message);

      g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-in"), ==, in);
      g_assert_cmpuint (gst_voice_structure_uint (s, "tokens-out"), ==, out);
      g_assert_cmpstr (gst_voice_structure_string (s, "model"), ==, model);
      g_assert_cmpstr (gst_voice_structure_string (s, "provider"), ==,
          "scriptllm");
      gst_message_unref (message);
      return;
    }
    gst_message_unref (message);
  } while (TRUE);
}

static void
words_are_counted (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm system-prompt=\"Be nice.\"",
      "{'name': 'tiny', 'else': {'say': 'One two.'}}");
  hear (&f, 1, 0, "a b c");
  count_usage (&f, 5, 2, "tiny");
  hear (&f, 2, 0, "d");
  count_usage (&f, 8, 2, "tiny");
  tear_down (&f);
}

/* Starts an element and returns the text of the ERROR that it posts. */
static gchar *
error_of (const gchar * launch)
{
  GstElement *llm = gst_parse_launch (launch, NULL);
  GstBus *bus = gst_bus_new ();
  GstMessage *message;
  GError *error = NULL;
  gchar *text;

  gst_element_set_bus (llm, bus);
  g_assert_cmpint (gst_element_set_state (llm, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_FAILURE);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  gst_message_parse_error (message, &error, NULL);
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  text = g_strdup (error->message);
  g_error_free (error);
  gst_message_unref (message);
  gst_element_set_bus (llm, NULL);
  gst_element_set_state (llm, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (llm);
  return text;
}

static void
bad_scripts (void)
{
  gchar *dir = g_dir_make_tmp ("script-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "a.json", NULL);
  gchar *launch = g_strdup_printf ("scriptllm script=%s", path);
  gchar *text, *expected;

  text = error_of (launch);
  g_assert_true (g_str_has_prefix (text, "cannot read the script: "));
  g_free (text);
  g_assert_true (g_file_set_contents (path, "{\n\"else\":\n{\"sya\": \"x\"}}",
          -1, NULL));
  text = error_of (launch);
  expected = g_strdup_printf ("%s:3: /else/sya: there is no such key; did you "
      "mean 'say'?", path);
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  g_free (expected);
  text = error_of ("scriptllm script-text={");
  g_assert_true (g_str_has_prefix (text, "script-text:1:"));
  g_free (text);
  text = error_of ("scriptllm script=x script-text={}");
  g_assert_true (g_str_has_prefix (text, "both 'script' and 'script-text'"));
  g_free (text);
  text = error_of ("scriptllm reply=\"${txt}\"");
  g_assert_nonnull (strstr (text, "nothing fills 'txt'"));
  g_free (text);
  g_unlink (path);
  g_rmdir (dir);
  g_free (launch);
  g_free (path);
  g_free (dir);
}

/* A script lies beside the description, wherever the program runs. */
static void
beside_the_description (void)
{
  gchar *dir = g_dir_make_tmp ("script-XXXXXX", NULL);
  gchar *path = g_build_filename (dir, "a.script.json", NULL);
  gchar *launch = g_build_filename (dir, "a.launch", NULL);
  gchar *persona_path = g_build_filename (dir, "a.json", NULL);
  GError *error = NULL;
  GstVoicePersona *persona;
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  GstElement *llm = gst_element_factory_make ("scriptllm", NULL);

  g_assert_true (g_file_set_contents (path, "{}", -1, NULL));
  g_assert_true (g_file_set_contents (launch, "identity", -1, NULL));
  g_assert_true (g_file_set_contents (persona_path, "{\"name\": \"a\", "
          "\"pipeline\": \"a.launch\"}", -1, NULL));
  persona = gst_voice_persona_load (persona_path, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (session, persona);
  gst_voice_persona_unref (persona);
  gst_element_set_context (llm, context);
  g_object_set (llm, "script", "a.script.json", NULL);
  g_assert_cmpint (gst_element_set_state (llm, GST_STATE_PAUSED), ==,
      GST_STATE_CHANGE_NO_PREROLL);
  gst_element_set_state (llm, GST_STATE_NULL);
  gst_object_unref (llm);
  gst_context_unref (context);
  g_object_unref (session);
  g_unlink (path);
  g_unlink (launch);
  g_unlink (persona_path);
  g_rmdir (dir);
  g_free (path);
  g_free (launch);
  g_free (persona_path);
  g_free (dir);
}

static void
example_line (void)
{
  doc_line_run ("plugins/llm/gstscriptllm.c");
}

static void
useless_parts_are_told (void)
{
  Fixture f = { 0 };

  set_up (&f, "scriptllm name=llm", "{'lists': {'a': ['b']}}");
  assert_warnings (&f, "bad-request");
  tear_down (&f);
}

/* The script is read anew at each start. */
static void
states_up_and_down (void)
{
  Fixture f = { 0 };
  gchar *text;

  set_up (&f, "scriptllm name=llm reply=One first-token=100", NULL);
  for (guint i = 0; i < 10; i++) {
    hear (&f, 1, 0, "x");
    gst_element_set_state (f.h->element, GST_STATE_NULL);
    g_object_set (f.llm, "reply", i % 2 ? "One" : "Two", "first-token", 0,
        NULL);
    g_object_get (f.llm, "reply", &text, NULL);
    g_assert_cmpstr (text, ==, i % 2 ? "One" : "Two");
    g_free (text);
    gst_element_set_state (f.h->element, GST_STATE_PLAYING);
    gst_harness_push_event (f.h, gst_event_new_stream_start ("x"));
    gst_harness_set_src_caps_str (f.h, "text/x-raw,format=utf8");
    g_free (take_down (&f));
    hear (&f, 1, 0, "y");
    assert_taken (&f, down, i % 2 ? "S1:reply \"One\" E1" :
        "S1:reply \"Two\" E1");
  }
  tear_down (&f);
}

/* A conversation in simulated time: every line is said when the answer to the
 * one before is complete. Returns what came, with its times. */
typedef struct
{
  GstElement *source, *pipeline;
  GString *log;
  guint line;
} Conversation;

static const gchar *const lines[] = { "one", "two two", "three", NULL };

static void
say_next (Conversation * c)
{
  GstFlowReturn flow;
  GstBuffer *buffer;

  if (!lines[c->line]) {
    g_signal_emit_by_name (c->source, "end-of-stream", &flow);
    return;
  }
  buffer = gst_voice_text_buffer_new (lines[c->line++]);
  g_signal_emit_by_name (c->source, "push-buffer", buffer, &flow);
  gst_buffer_unref (buffer);
}

static GstPadProbeReturn
token_came (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Conversation *c = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gchar *text = gst_voice_text_buffer_get (buffer);

  g_string_append_printf (c->log, "%s@%" G_GUINT64_FORMAT " ", text,
      GST_BUFFER_PTS (buffer) / MS);
  g_free (text);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
event_came (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  if (gst_voice_event_is (GST_PAD_PROBE_INFO_EVENT (info), "speech-end"))
    say_next (data);
  return GST_PAD_PROBE_OK;
}

static gchar *
simulate (void)
{
  Conversation c = {.log = g_string_new (NULL) };
  GstClock *clock = gst_voice_clock_new ();
  GstElement *sink;
  GstMessage *message;
  GstBus *bus;
  GstPad *pad;

  c.pipeline = gst_parse_launch ("appsrc name=source format=time "
      "caps=text/x-raw,format=utf8 ! scriptllm first-token=300 "
      "token-interval=50 reply=\"You said ${text}.\" ! "
      "fakesink name=sink sync=false async=false enable-last-sample=false",
      NULL);
  c.source = gst_bin_get_by_name (GST_BIN (c.pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (c.pipeline), "sink");
  pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, token_came, &c, NULL);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, event_came, &c,
      NULL);
  gst_pipeline_use_clock (GST_PIPELINE (c.pipeline), clock);
  say_next (&c);
  gst_element_set_state (c.pipeline, GST_STATE_PLAYING);
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  bus = gst_element_get_bus (c.pipeline);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (c.pipeline, GST_STATE_NULL);
  gst_object_unref (bus);
  gst_object_unref (pad);
  gst_object_unref (sink);
  gst_object_unref (c.source);
  gst_object_unref (c.pipeline);
  gst_object_unref (clock);
  return g_string_free (c.log, FALSE);
}

static void
simulated_time (void)
{
  gchar *first = simulate (), *second = simulate ();

  g_assert_cmpstr (first, ==, "You @300 said @350 one.@400 You @700 said @750 "
      "two @800 two.@850 You @1150 said @1200 three.@1250 ");
  g_assert_cmpstr (first, ==, second);
  g_free (first);
  g_free (second);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scriptllm/plain", plain_line);
  g_test_add_func ("/scriptllm/tokens", tokens);
  g_test_add_func ("/scriptllm/meta", meta_of_tokens);
  g_test_add_func ("/scriptllm/pace", pace_is_exact);
  g_test_add_func ("/scriptllm/slow-start", slow_start);
  g_test_add_func ("/scriptllm/interrupted", interrupted_tokens_stop);
  g_test_add_func ("/scriptllm/stall", stalled_answer);
  g_test_add_func ("/scriptllm/expect", expected_answers);
  g_test_add_func ("/scriptllm/usage", words_are_counted);
  g_test_add_func ("/scriptllm/bad", bad_scripts);
  g_test_add_func ("/scriptllm/beside", beside_the_description);
  g_test_add_func ("/scriptllm/example", example_line);
  g_test_add_func ("/scriptllm/useless", useless_parts_are_told);
  g_test_add_func ("/scriptllm/states", states_up_and_down);
  g_test_add_func ("/scriptllm/simulated", simulated_time);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
