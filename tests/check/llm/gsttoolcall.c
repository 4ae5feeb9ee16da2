/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `toolcall`: which tools there are, which arguments they take, when a call
 * runs and when it does not, what an interruption leaves, timers, and that
 * every call has one result. What needs a network is in tool-http.c, what a
 * conversation makes of it in tool-runner.c.
 */
#include "tool-fixture.h"
#include "doc-line.h"

#include <glib/gstdio.h>
#include <string.h>

#define STATIC(name) "{'name': '" name "', 'description': 'x', " \
    "'kind': 'static', "
#define READ(name) STATIC (name) "'access': 'read', "

/* `slow` takes two seconds by the clock, `book` one and changes something. */
#define TOOLS "[" \
    READ ("now") "'result': 'noon'}," \
    READ ("slow") "'delay': 2, 'result': 'at last'}," \
    STATIC ("book") "'delay': 1, 'result': {'id': 7}}," \
    READ ("greet") "'parameters': {'type': 'object', 'properties': {'name':" \
    " {'type': 'string'}, 'times': {'type': 'integer', 'minimum': 1," \
    " 'default': 1}}, 'required': ['name'], 'additionalProperties': false}," \
    " 'result': {'text': 'Hello ${name}', 'times': '${times}'}}," \
    "{'name': 'end_call', 'kind': 'builtin'}," \
    "{'name': 'set_variable', 'kind': 'builtin'}," \
    "{'name': 'wait', 'kind': 'builtin'}]"

#define INTERRUPTED "{'error':{'code':'cancelled','message':" \
    "'The caller interrupted.'}}"

static void
assert_down (Fixture * f, const gchar * expected)
{
  gchar *down = take_down (f);

  g_assert_cmpstr (down, ==, expected);
  g_free (down);
}

static void
example_line (void)
{
  doc_line_run ("plugins/llm/gsttoolcall.c");
}

/* Every list of tools in docs/tools.md can be used as it is. */
static void
examples_of_the_docs (void)
{
  gchar **blocks = read_docs_json ();
  guint n = 0;

  g_setenv ("CLINIC_AUTHORIZATION", "Bearer " SECRET, TRUE);
  for (guint i = 0; blocks[i]; i++) {
    GstElement *element;

    if (blocks[i][0] != '[')
      continue;
    element = gst_object_ref_sink (gst_element_factory_make ("toolcall", NULL));
    g_object_set (element, "tools", blocks[i], NULL);
    g_assert_cmpint (gst_element_set_state (element, GST_STATE_PAUSED), ==,
        GST_STATE_CHANGE_SUCCESS);
    gst_element_set_state (element, GST_STATE_NULL);
    gst_object_unref (element);
    n++;
  }
  g_assert_cmpuint (n, ==, 2);
  g_strfreev (blocks);
}

/* A call ends here; all else goes on. */
static void
text_passes (void)
{
  Fixture f = { 0 };
  GstBuffer *text;

  set_up (&f, TOOLS, NULL);
  text = gst_buffer_new_memdup ("Hello.", 6);
  g_assert_cmpint (gst_pad_push (f.model, text), ==, GST_FLOW_OK);
  call (&f, "a", "now", "{}");
  send (&f, GST_VOICE_ORDERED, gst_voice_structure_new ("speech-end",
          "speech", 1, NULL));
  gst_pad_push_event (f.model, gst_event_new_eos ());
  assert_down (&f, "Hello.\nvoice/speech-end\nEOS\n");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\nresult a ok 'noon'\n");
  tear_down (&f);
}

static gchar *
ask_for_tools (Fixture * f)
{
  GstQuery *query = gst_voice_query_new ("tools");
  gchar *tools;

  g_assert_true (gst_pad_peer_query (f->model, query));
  tools = g_strdup (gst_voice_structure_string (gst_query_get_structure
          (query), "tools"));
  gst_query_unref (query);
  return tools;
}

static void
tools_are_described (void)
{
  Fixture f = { 0 };
  gchar *tools;

  set_up (&f, "[" STATIC ("now") "'result': 1},"
      "{'name': 'find', 'kind': 'static', 'description': 'Finds it.',"
      " 'parameters': {'type': 'object', 'required': ['what']}, 'result': 1},"
      "{'name': 'wait', 'kind': 'builtin'},"
      "{'name': 'end_call', 'kind': 'builtin', 'description': 'Hangs up.'}]",
      NULL);
  tools = ask_for_tools (&f);
  g_assert_true (g_str_has_prefix (tools, "[{\"name\":\"now\","
          "\"description\":\"x\",\"parameters\":{\"type\":\"object\","
          "\"properties\":{},\"additionalProperties\":false}},"
          "{\"name\":\"find\",\"description\":\"Finds it.\",\"parameters\":"
          "{\"type\":\"object\",\"required\":[\"what\"]}},"
          "{\"name\":\"wait\",\"description\":\"Waits in silence"));
  g_assert_nonnull (strstr (tools, "\"seconds\":{\"type\":\"number\""));
  g_assert_nonnull (strstr (tools, "\"description\":\"Hangs up.\""));
  g_free (tools);
  tear_down (&f);
}

static void
give_persona (Fixture * f)
{
  static const gchar text[] =
      "{\"name\": \"Anna\", \"pipeline\": \"a.launch\", "
      "\"tools\": [{\"name\": \"now\", \"kind\": \"static\", "
      "\"description\": \"x\", \"filler\": \"{{persona}} looks.\", "
      "\"result\": 1}]}";
  gchar *path = g_build_filename (f->dir, "a.launch", NULL);
  GError *error = NULL;
  GstVoicePersona *persona;

  g_file_set_contents (path, "identity", -1, NULL);
  persona = gst_voice_persona_new_from_json (text, -1, "x", f->dir, &error);
  g_assert_no_error (error);
  gst_voice_session_set_persona (f->session, persona);
  gst_voice_persona_unref (persona);
  g_unlink (path);
  g_free (path);
}

static void
restart (Fixture * f)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_element_set_state (f->element, GST_STATE_READY);
  g_assert_cmpint (gst_element_set_state (f->element, GST_STATE_PLAYING), ==,
      GST_STATE_CHANGE_SUCCESS);
  gst_pad_push_event (f->model, gst_event_new_stream_start ("again"));
  gst_pad_push_event (f->model, gst_event_new_segment (&segment));
}

/* "registry from the persona"; what the property names counts more. */
static void
tools_of_the_persona (void)
{
  Fixture f = { 0 };
  gchar *tools;

  set_up (&f, NULL, NULL);
  tools = ask_for_tools (&f);
  g_assert_cmpstr (tools, ==, "[]");
  g_free (tools);
  give_persona (&f);
  restart (&f);
  call (&f, "a", "now", "{}");
  expect_up (&f, "busy a write 'Anna looks.' -1\nidle a goes-on\n"
      "result a ok 1\n");
  g_object_set (f.element, "tools", "[]", NULL);
  restart (&f);
  call (&f, "b", "now", "{}");
  expect_up (&f, "busy b read '' -1\nidle b goes-on\nresult b error "
      "{'error':{'code':'unknown-tool','message':'There are no tools.'}}\n");
  tear_down (&f);
}

static void
bad_tools (void)
{
  assert_refused ("nonsense", "the tools cannot be used: *");
  assert_refused ("[{'name': 'a', 'kind': 'static', 'resul': 1}]",
      "*/tools/0*did you mean*result*");
  assert_refused ("[{'name': 'stop', 'kind': 'builtin'}]",
      "*there is no builtin tool*");
  assert_refused ("[" STATIC ("a") "'result': 'Hello ${name}'}]",
      "*tool *a*: ${name} in its result is none of its parameters*");
  assert_refused ("[{'name': 'a', 'description': 'x', 'kind': 'http',"
      " 'url': 'http://a.test/', 'headers': {'X-Key':"
      " 'env:GST_VOICE_NO_SUCH_KEY'}}]",
      "*tool *a*: header X-Key: the environment variable "
      "GST_VOICE_NO_SUCH_KEY is not set*");
}

#define PROBLEMS(text, problems) "{'error':{'code':'invalid-arguments'," \
    "'message':'" text "','problems':[" problems "]}}"

#define MISFIT "The arguments do not fit this tool. Correct them and call it " \
    "again, or ask the caller for what is missing."
#define MISFITS PROBLEMS (MISFIT, "{'path':'','message':'misses the property " \
    "\\'name\\' (a string); is \\'nme\\' meant for it?'},{'path':'/times'," \
    "'message':'must be at least 1, got 0'},{'path':'/nme','message':" \
    "'unknown property \\'nme\\'; did you mean \\'name\\'?'}")
#define NO_JSON PROBLEMS ("The arguments are not valid JSON (line 1:10: " \
    "expected a value, but the text ends here). Call the tool again with a " \
    "JSON object.", "")
#define NO_OBJECT PROBLEMS ("The arguments must be a JSON object. Call the " \
    "tool again with one.", "")

/* "violations go back to the model as a structured error" */
static void
arguments_that_do_not_fit (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "greet", "{'times': 0, 'nme': 'Ada'}");
  call (&f, "b", "greet", "{'name': ");
  call (&f, "c", "greet", "['Ada']");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\n"
      "result a invalid " MISFITS "\n"
      "busy b read '' -1\nidle b goes-on\nresult b invalid " NO_JSON "\n"
      "busy c read '' -1\nidle c goes-on\nresult c invalid " NO_OBJECT "\n");
  expect_journal (&f, "call a greet read {'times':0,'nme':'Ada'}\n"
      "result a invalid " MISFITS "\n"
      "call b greet read '{\\'name\\': '\nresult b invalid " NO_JSON "\n"
      "call c greet read ['Ada']\nresult c invalid " NO_OBJECT "\n");
  g_assert_cmpuint (stat_of (&f, "invalid"), ==, 3);
  tear_down (&f);
}

/* Nothing at all is an empty object, and what the schema fills in is there. */
static void
arguments_that_fit (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "greet", "{'name': 'Ada'}");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\n"
      "result a ok {'text':'Hello Ada','times':1}\n");
  call (&f, "b", "now", "");
  expect_up (&f, "busy b read '' -1\nidle b goes-on\nresult b ok 'noon'\n");
  expect_journal (&f, "call a greet read {'name':'Ada','times':1}\n"
      "result a ok {'text':'Hello Ada','times':1}\n"
      "call b now read {}\nresult b ok 'noon'\n");
  tear_down (&f);
}

static void
unknown_tool (void)
{
  Fixture f = { 0 };

  set_up (&f, "[" READ ("now") "'result': 1}," READ ("then") "'result': 2}]",
      NULL);
  call (&f, "a", "know", "{}");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\nresult a error {'error':"
      "{'code':'unknown-tool','message':'There is no such tool; did you mean "
      "\\'now\\'?'}}\n");
  call (&f, "b", "shell", "{}");
  expect_up (&f, "busy b read '' -1\nidle b goes-on\nresult b error {'error':"
      "{'code':'unknown-tool','message':'There is no such tool; there are now, "
      "then.'}}\n");
  tear_down (&f);
}

#define DUPLICATE(id) "{'error':{'code':'duplicate-id','message':'A call of " \
    "this name was made before, so this one was not. Call the tool again.'}}"

/* "no call id runs twice": not while the first runs, nor later, nor in the next
 * stretch of the same phone call. */
static void
same_id_twice (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "book", "{}");
  call (&f, "a", "book", "{}");
  crank_to (&f, 1000);
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a ok {'id':7}\n");
  call (&f, "a", "now", "{}");
  expect_up (&f, "result a error " DUPLICATE ("a") "\n");
  restart (&f);
  call (&f, "a", "now", "{}");
  expect_up (&f, "result a error " DUPLICATE ("a") "\n");
  expect_journal (&f, "call a book write {}\n"
      "fault bad-request tool 'book': a call named 'a' was made before, so "
      "this one was not\nresult a ok {'id':7}\n"
      "fault bad-request tool 'now': a call named 'a' was made before, so "
      "this one was not\n"
      "fault bad-request tool 'now': a call named 'a' was made before, so "
      "this one was not\n");
  tear_down (&f);
}

/* A model that goes wild is stopped. */
static void
too_many_calls (void)
{
  Fixture f = { 0 };
  gchar *up;

  set_up (&f, TOOLS, NULL);
  for (guint i = 0; i < 33; i++) {
    gchar *id = g_strdup_printf ("c%u", i);

    call_of (&f, 1, 1, 33, id, "slow", "{}");
    g_free (id);
  }
  up = take_up (&f, 33 + 2);
  g_assert_nonnull (strstr (up, "result c32 error {\"error\":{\"code\":"
          "\"too-many-calls\""));
  g_assert_null (strstr (up, "result c31"));
  g_free (up);
  g_assert_cmpuint (stat_of (&f, "unfinished"), ==, 32);
  interrupt (&f, 1);
  g_free (take_up (&f, 2 * 32));
  tear_down (&f);
}

typedef struct
{
  const gchar *id, *name, *arguments;
} Line;

static void
do_call (Fixture * f, gpointer data)
{
  const Line *line = data;

  call (f, line->id, line->name, line->arguments);
}

static void
do_interrupt (Fixture * f, gpointer data)
{
  interrupt (f, gst_voice_session_generation (f->session) + 1);
}

static void
call_both (Fixture * f, gpointer data)
{
  call_of (f, 1, 1, 2, "a", "slow", "{}");
  call_of (f, 1, 1, 2, "b", "book", "{}");
}

/* "calls of one step run in parallel"; the model is asked again when the last
 * of them is done. */
static void
calls_are_parallel (void)
{
  Fixture f = {.simulated = TRUE };

  set_up (&f, TOOLS, NULL);
  at (&f, 100, call_both, NULL);
  run (&f, 5000);
  expect_up (&f, "100 busy a read '' -1\n100 busy b write '' -1\n"
      "1100 idle b\n1100 result b ok {'id':7}\n"
      "2100 idle a goes-on\n2100 result a ok 'at last'\n");
  tear_down (&f);
}

/* "an interruption cancels reads": nobody hears of it any more, and no timer is
 * left. */
static void
interrupted_read (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, "filler=One moment.");
  call (&f, "a", "slow", "{}");
  interrupt (&f, 1);
  expect_up (&f, "busy a read 'One moment.' -1\nidle a\n"
      "result a cancelled " INTERRUPTED "\n");
  assert_down (&f, "voice/interrupt\n");
  g_assert_cmpuint (gst_test_clock_peek_id_count (GST_TEST_CLOCK (f.clock)),
      ==, 0);
  expect_journal (&f, "call a slow read {}\nresult a cancelled " INTERRUPTED
      "\n");
  tear_down (&f);
}

/* "and lets writes finish": the result comes, but the model is not asked for an
 * answer to it; the next turn's calls are another matter. */
static void
interrupted_write (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "book", "{}");
  interrupt (&f, 1);
  call_of (&f, 2, 1, 1, "b", "now", "{}");
  expect_up (&f, "busy a write '' -1\nbusy b read '' -1\nidle b goes-on\n"
      "result b ok 'noon'\n");
  crank_to (&f, 1000);
  expect_up (&f, "idle a\nresult a ok {'id':7}\n");
  tear_down (&f);
}

/* What was called before the interruption, and comes after it. */
static void
obsolete_call (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  interrupt (&f, 1);
  send (&f, GST_VOICE_ORDERED, gst_voice_structure_new ("tool-call",
          "id", "a", "name", "book", "arguments", "{}", "turn", 1, "speech", 1,
          "step", 1, "calls", 1, "generation", 0, NULL));
  expect_up (&f, "result a cancelled " INTERRUPTED "\n");
  expect_journal (&f, "");
  g_assert_cmpuint (stat_of (&f, "calls"), ==, 0);
  tear_down (&f);
}

static gchar *
variable (Fixture * f, const gchar * name)
{
  return gst_voice_session_get_variable (f->session, name);
}

/* "no tool start of a turn before its commit", not even of what takes no
 * time. */
static void
proposed_call_waits (void)
{
  Fixture f = { 0 };
  gchar *value;

  set_up (&f, TOOLS, NULL);
  propose (&f, 2, "a", "set_variable", "{'name': 'mood', 'value': 'good'}");
  commit (&f, 1);
  expect_journal (&f, "");
  g_assert_null (variable (&f, "mood"));
  commit (&f, 2);
  expect_up (&f, "busy a read '' -1\nidle a goes-on\n"
      "result a ok {'status':'set'}\n");
  value = variable (&f, "mood");
  g_assert_cmpstr (value, ==, "good");
  g_free (value);
  assert_down (&f, "voice/commit\nvoice/commit\n");
  tear_down (&f);
}

static void
proposed_call_is_dropped (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  propose (&f, 2, "a", "book", "{}");
  withdraw (&f, 2);
  expect_up (&f, "result a cancelled " INTERRUPTED "\n");
  propose (&f, 2, "late", "book", "{}");
  expect_up (&f, "result late cancelled " INTERRUPTED "\n");
  commit (&f, 2);
  propose (&f, 3, "b", "book", "{}");
  interrupt (&f, 1);
  expect_up (&f, "result b cancelled " INTERRUPTED "\n");
  commit (&f, 3);
  expect_journal (&f, "");
  g_assert_cmpuint (stat_of (&f, "dropped"), ==, 2);
  g_assert_cmpuint (stat_of (&f, "unfinished"), ==, 0);
  tear_down (&f);
}

/* "a filler after 1.5 s", and none if the tool is fast enough. */
static void
filler (void)
{
  static const Line slow = { "a", "slow", "{}" }, book = { "b", "book", "{}" };
  Fixture f = {.simulated = TRUE };

  set_up (&f, TOOLS, "filler=One moment.");
  at (&f, 100, do_call, (gpointer) & slow);
  at (&f, 3000, do_call, (gpointer) & book);
  run (&f, 9000);
  expect_up (&f, "100 busy a read 'One moment.' -1\n"
      "1600 say filler 'One moment.'\n"
      "2100 idle a goes-on\n2100 result a ok 'at last'\n"
      "3000 busy b write 'One moment.' -1\n"
      "4000 idle b goes-on\n4000 result b ok {'id':7}\n");
  tear_down (&f);
}

/* "settable": for all tools, or for one; several take turns. */
static void
filler_settings (void)
{
  static const Line lines[] = { {"a", "slow", "{}"}, {"b", "own", "{}"},
  {"c", "none", "{}"}, {"d", "slow", "{}"}, {"e", "wait", "{'seconds': 1}"}
  };
  Fixture f = {.simulated = TRUE };

  set_up (&f, "[" READ ("slow") "'delay': 1, 'result': 1},"
      READ ("own") "'delay': 1, 'filler': 'I look for {{who}}.',"
      " 'filler-after': 0.25, 'result': 1},"
      READ ("none") "'delay': 1, 'filler': false, 'result': 1},"
      "{'name': 'wait', 'kind': 'builtin'}]",
      "filler=One.|Two.; filler-after=500");
  gst_voice_session_set_variable (f.session, NULL, "who", "Ada");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    at (&f, i * 2000, do_call, (gpointer) & lines[i]);
  run (&f, 20000);
  expect_up (&f, "0 busy a read 'One.' 500\n500 say filler 'One.'\n"
      "1000 idle a goes-on\n1000 result a ok 1\n"
      "2000 busy b read 'I look for Ada.' 250\n"
      "2250 say filler 'I look for Ada.'\n"
      "3000 idle b goes-on\n3000 result b ok 1\n"
      "4000 busy c read '' 500\n5000 idle c goes-on\n5000 result c ok 1\n"
      "6000 busy d read 'Two.' 500\n6500 say filler 'Two.'\n"
      "7000 idle d goes-on\n7000 result d ok 1\n"
      "8000 busy e read '' 500\n9000 idle e goes-on\n"
      "9000 result e ok {'status':'waited'}\n");
  tear_down (&f);
}

static void
call_two_slow (Fixture * f, gpointer data)
{
  call_of (f, 1, 1, 2, "a", "slow", "{}");
  call_of (f, 1, 1, 2, "b", "slow", "{}");
}

/* Once a step; where there is a `turn` that says it, not here. */
static void
who_says_the_filler (void)
{
  for (guint arbiter = 0; arbiter < 2; arbiter++) {
    Fixture f = {.simulated = TRUE,.arbiter = arbiter };

    set_up (&f, TOOLS, "filler=Wait.; filler-after=1000");
    at (&f, 0, call_two_slow, NULL);
    run (&f, 5000);
    expect_up (&f, arbiter ?
        "0 busy a read 'Wait.' 1000\n0 busy b read 'Wait.' 1000\n"
        "2000 idle a\n2000 result a ok 'at last'\n"
        "2000 idle b goes-on\n2000 result b ok 'at last'\n" :
        "0 busy a read 'Wait.' 1000\n0 busy b read 'Wait.' 1000\n"
        "1000 say filler 'Wait.'\n"
        "2000 idle a\n2000 result a ok 'at last'\n"
        "2000 idle b goes-on\n2000 result b ok 'at last'\n");
    tear_down (&f);
  }
}

#define TIMEOUT "{'error':{'code':'timeout','message':'The tool did not " \
    "answer in time.'}}"
#define IN_DOUBT "{'error':{'code':'timeout','message':'The tool did not " \
    "answer in time. It is not known whether it was done; do not simply try " \
    "again.'}}"

/* After 20 s, or as long as the tool or the element says. What comes later is
 * in the journal, and the model is not told twice. */
static void
timeouts (void)
{
  static const Line lines[] = { {"a", "read", "{}"}, {"b", "write", "{}"},
  {"c", "short", "{}"}, {"d", "wait", "{'seconds': 60}"}
  };
  Fixture f = {.simulated = TRUE };

  set_up (&f, "[" READ ("read") "'delay': 21, 'result': 1},"
      STATIC ("write") "'delay': 21, 'result': 1},"
      READ ("short") "'delay': 1, 'timeout': 0.5, 'result': 1},"
      "{'name': 'wait', 'kind': 'builtin'}]", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    at (&f, 0, do_call, (gpointer) & lines[i]);
  run (&f, 90000);
  expect_up (&f, "0 busy a read '' -1\n0 busy b write '' -1\n"
      "0 busy c read '' -1\n0 busy d read '' -1\n"
      "500 idle c goes-on\n500 result c timeout " TIMEOUT "\n"
      "20000 idle a goes-on\n20000 result a timeout " TIMEOUT "\n"
      "20000 idle b goes-on\n20000 result b timeout " IN_DOUBT "\n"
      "60000 idle d goes-on\n60000 result d ok {'status':'waited'}\n");
  expect_journal (&f, "call a read read {}\ncall b write write {}\n"
      "call c short read {}\ncall d wait read {'seconds':60}\n"
      "result c timeout " TIMEOUT "\nresult a timeout " TIMEOUT "\n"
      "result b timeout " IN_DOUBT "\nresult b late 1\n"
      "result d ok {'status':'waited'}\n");
  tear_down (&f);
}

static void
timeout_of_the_element (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, "timeout=1500");
  call (&f, "a", "slow", "{}");
  crank_to (&f, 1500);
  expect_up (&f, "busy a read '' -1\nidle a goes-on\nresult a timeout " TIMEOUT
      "\n");
  tear_down (&f);
}

/* An answer of the same instant is in time. */
static void
answer_goes_before_timeout (void)
{
  static const Line slow = { "a", "slow", "{}" };
  Fixture f = {.simulated = TRUE };

  set_up (&f, TOOLS, "timeout=2000; filler=Wait.; filler-after=2000");
  at (&f, 0, do_call, (gpointer) & slow);
  run (&f, 5000);
  expect_up (&f, "0 busy a read 'Wait.' 2000\n2000 idle a goes-on\n"
      "2000 result a ok 'at last'\n");
  tear_down (&f);
}

/* The caller may speak at any time. */
static void
waiting_is_interrupted (void)
{
  static const Line wait = { "a", "wait", "{'seconds': 30}" };
  Fixture f = {.simulated = TRUE };

  set_up (&f, TOOLS, NULL);
  at (&f, 0, do_call, (gpointer) & wait);
  at (&f, 7000, do_interrupt, NULL);
  run (&f, 60000);
  expect_up (&f, "0 busy a read '' -1\n7000 idle a\n"
      "7000 result a cancelled " INTERRUPTED "\n");
  tear_down (&f);
}

static void
press (Fixture * f, gpointer key)
{
  send (f, GST_VOICE_OOB, gst_voice_structure_new ("dtmf", "digit", key, NULL));
}

static void
mouth (Fixture * f, gpointer state)
{
  gst_pad_push_event (f->mouth, gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
          gst_voice_structure_new (state, "by", "playout", NULL)));
}

#define KEYS "[{'name': 'collect_digits', 'kind': 'builtin'}," \
    "{'name': 'send_dtmf', 'kind': 'builtin'}]"
#define DIGITS(digits, by) "{'digits':'" digits "','ended_by':'" by "'}"

/* By `#`, by the count, by the time since the last key. */
static void
keys_are_collected (void)
{
  static const Line lines[] = {
    {"a", "collect_digits", "{}"},
    {"b", "collect_digits", "{'count': 3}"},
    {"c", "collect_digits", "{'timeout': 3}"},
    {"d", "collect_digits", "{'count': 3}"},
    {"e", "collect_digits", "{'count': 1}"},
  };
  Fixture f = {.simulated = TRUE };

  set_up (&f, KEYS, NULL);
  at (&f, 500, press, (gpointer) "9");  /* nobody waits */
  at (&f, 1000, do_call, (gpointer) & lines[0]);
  at (&f, 2000, press, (gpointer) "1");
  at (&f, 11000, press, (gpointer) "2");
  at (&f, 12000, press, (gpointer) "#");
  at (&f, 13000, do_call, (gpointer) & lines[1]);
  at (&f, 13100, press, (gpointer) "*");
  at (&f, 13200, press, (gpointer) "d");
  at (&f, 13300, press, (gpointer) "6");
  at (&f, 13400, press, (gpointer) "7");
  at (&f, 14000, do_call, (gpointer) & lines[2]);
  at (&f, 15000, press, (gpointer) "8");
  at (&f, 20000, do_call, (gpointer) & lines[3]);
  at (&f, 40000, do_call, (gpointer) & lines[4]);
  at (&f, 41000, press, (gpointer) "#");
  run (&f, 50000);
  expect_up (&f, "1000 busy a read '' -1 keys\n12000 idle a goes-on\n"
      "12000 result a ok " DIGITS ("12", "key") "\n"
      "13000 busy b read '' -1 keys\n13300 idle b goes-on\n"
      "13300 result b ok " DIGITS ("*D6", "count") "\n"
      "14000 busy c read '' -1 keys\n18000 idle c goes-on\n"
      "18000 result c ok " DIGITS ("8", "timeout") "\n"
      "20000 busy d read '' -1 keys\n30000 idle d goes-on\n"
      "30000 result d ok " DIGITS ("", "timeout") "\n"
      "40000 busy e read '' -1 keys\n41000 idle e goes-on\n"
      "41000 result e ok " DIGITS ("", "key") "\n");
  tear_down (&f);
}

/* While the agent asks for them time does not count. */
static void
keys_are_asked_for (void)
{
  static const Line line = { "a", "collect_digits",
    "{'prompt': 'Your number, please.', 'timeout': 4}"
  };
  Fixture f = {.simulated = TRUE };

  set_up (&f, KEYS, NULL);
  at (&f, 0, do_call, (gpointer) & line);
  at (&f, 1000, mouth, (gpointer) "busy");
  at (&f, 30000, press, (gpointer) "1");
  at (&f, 40000, mouth, (gpointer) "idle");
  at (&f, 43000, press, (gpointer) "2");
  run (&f, 60000);
  expect_up (&f, "0 busy a read '' -1 keys\n"
      "0 say say 'Your number, please.'\n"
      "1000 busy   '' -1\n40000 idle \n47000 idle a goes-on\n"
      "47000 result a ok " DIGITS ("12", "timeout") "\n");
  expect_journal (&f, "call a collect_digits read {'prompt':'Your number, "
      "please.','timeout':4}\nresult a ok " DIGITS ("12", "timeout") "\n");
  tear_down (&f);
}

/* The caller may say it instead. */
static void
collecting_is_interrupted (void)
{
  static const Line line = { "a", "collect_digits", "{}" };
  Fixture f = {.simulated = TRUE };

  set_up (&f, KEYS, NULL);
  at (&f, 0, do_call, (gpointer) & line);
  at (&f, 1000, press, (gpointer) "1");
  at (&f, 2000, do_interrupt, NULL);
  at (&f, 3000, press, (gpointer) "2");
  run (&f, 20000);
  expect_up (&f, "0 busy a read '' -1 keys\n2000 idle a\n"
      "2000 result a cancelled " INTERRUPTED "\n");
  tear_down (&f);
}

static void
keys_are_sent (void)
{
  Fixture f = { 0 };
  gchar *down;

  set_up (&f, KEYS, NULL);
  call (&f, "a", "send_dtmf", "{'digits': '12#'}");
  expect_up (&f, "busy a write '' -1\nidle a goes-on\n"
      "result a ok {'status':'sent'}\n");
  down = take_down (&f);
  g_assert_cmpstr (down, ==, "voice/send-dtmf 12#\n");
  g_free (down);
  call (&f, "b", "send_dtmf", "{'digits': '12x'}");
  down = take_up (&f, 3);
  g_assert_nonnull (strstr (down, "result b invalid"));
  g_free (down);
  down = take_down (&f);
  g_assert_cmpstr (down, ==, "");
  g_free (down);
  tear_down (&f);
}

static void
end_call (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "end_call", "{'reason': 'All done.'}");
  expect_up (&f, "busy a read '' -1\nhangup completed\nidle a\n"
      "result a ok {'status':'ending'} last\n");
  /* Beside it something else is still to be done; nothing is left to say. */
  call_of (&f, 2, 1, 2, "b", "end_call", "{}");
  call_of (&f, 2, 1, 2, "c", "book", "{}");
  crank_to (&f, 1000);
  expect_up (&f, "busy b read '' -1\nhangup completed\nidle b\n"
      "result b ok {'status':'ending'} last\nbusy c write '' -1\nidle c\n"
      "result c ok {'id':7}\n");
  tear_down (&f);
}

#define FIXED "{'error':{'code':'invalid-arguments','message':'This " \
    "variable cannot be changed. Choose another name.'}}"
#define BAD_NAME PROBLEMS (MISFIT, "{'path':'/name','message':'must match " \
    "the pattern ^[A-Za-z_][A-Za-z0-9_]{0,63}$, got \\'a b\\''}")

/* Seen by the session, by the texts of other tools, and in the journal. */
static void
set_variable (void)
{
  Fixture f = { 0 };
  gchar *value;

  set_up (&f, TOOLS, "filler=Yes {{customer}}.");
  call (&f, "a", "set_variable", "{'name': 'customer', 'value': 'Ada'}");
  call (&f, "b", "set_variable", "{'name': 'guests', 'value': 4}");
  call (&f, "c", "set_variable", "{'name': 'caller', 'value': '+49'}");
  call (&f, "d", "set_variable", "{'name': 'a b', 'value': 1}");
  call (&f, "e", "now", "{}");
  expect_up (&f, "busy a read '' -1\nidle a goes-on\n"
      "result a ok {'status':'set'}\n"
      "busy b read '' -1\nidle b goes-on\nresult b ok {'status':'set'}\n"
      "busy c read '' -1\nidle c goes-on\nresult c invalid " FIXED "\n"
      "busy d read '' -1\nidle d goes-on\nresult d invalid " BAD_NAME "\n"
      "busy e read 'Yes Ada.' -1\nidle e goes-on\nresult e ok 'noon'\n");
  value = variable (&f, "customer");
  g_assert_cmpstr (value, ==, "Ada");
  g_free (value);
  value = variable (&f, "guests");
  g_assert_cmpstr (value, ==, "4");
  g_free (value);
  expect_journal (&f, "call a set_variable read {'name':'customer','value':"
      "'Ada'}\nvariable\nresult a ok {'status':'set'}\n"
      "call b set_variable read {'name':'guests','value':4}\nvariable\n"
      "result b ok {'status':'set'}\n"
      "call c set_variable read {'name':'caller','value':'+49'}\n"
      "result c invalid " FIXED "\n"
      "call d set_variable read {'name':'a b','value':1}\n"
      "result d invalid " BAD_NAME "\n"
      "call e now read {}\nresult e ok 'noon'\n");
  tear_down (&f);
}

/* "the journal is on disk before an event is acted on" */
static void
write_is_journalled_first (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "book", "{}");
  expect_journal (&f, "call a book write {}\n");
  crank_to (&f, 1000);
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a ok {'id':7}\n");
  tear_down (&f);
}

/* The model reads at most 64 KiB of it. */
static void
long_result (void)
{
  Fixture f = { 0 };
  gchar *text = g_strnfill (60000, 'x'), *up;
  gchar *arguments = g_strdup_printf ("{'name': '%s'}", text);

  set_up (&f, "[" READ ("twice") "'parameters': {'type': 'object',"
      " 'properties': {'name': {'type': 'string'}}},"
      " 'result': '${name}${name}'}]", NULL);
  call (&f, "a", "twice", arguments);
  up = take_up (&f, 3);
  g_assert_nonnull (strstr (up, "\"note\":\"Too long: these are the first "));
  g_assert_nonnull (strstr (up, " of 120002 bytes.\"}\n"));
  g_assert_cmpuint (strlen (up), <, 66000);
  g_free (up);
  g_free (arguments);
  g_free (text);
  tear_down (&f);
}

/* The element stops: reads are given up, a write that only waits for the clock
 * is done, and whatever waits for a commit never was. */
static void
stopped_while_tools_run (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "slow", "{}");
  call (&f, "b", "book", "{}");
  propose (&f, 2, "c", "book", "{}");
  expect_up (&f, "busy a read '' -1\nbusy b write '' -1\n");
  stop (&f);
  expect_journal (&f, "call a slow read {}\ncall b book write {}\n"
      "result a cancelled {'error':{'code':'cancelled','message':'The call has "
      "ended.'}}\nresult b ok {'id':7}\n");
  tear_down (&f);
}

/* While time stands still nothing comes due. */
static void
paused (void)
{
  Fixture f = { 0 };

  set_up (&f, TOOLS, NULL);
  call (&f, "a", "book", "{}");
  gst_element_set_state (f.element, GST_STATE_PAUSED);
  g_assert_cmpuint (gst_test_clock_peek_id_count (GST_TEST_CLOCK (f.clock)),
      ==, 0);
  gst_element_set_state (f.element, GST_STATE_PLAYING);
  crank_to (&f, 1000);
  expect_up (&f, "busy a write '' -1\nidle a goes-on\nresult a ok {'id':7}\n");
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/toolcall/example", example_line);
  g_test_add_func ("/toolcall/docs", examples_of_the_docs);
  g_test_add_func ("/toolcall/text", text_passes);
  g_test_add_func ("/toolcall/tools/described", tools_are_described);
  g_test_add_func ("/toolcall/tools/persona", tools_of_the_persona);
  g_test_add_func ("/toolcall/tools/bad", bad_tools);
  g_test_add_func ("/toolcall/tools/unknown", unknown_tool);
  g_test_add_func ("/toolcall/arguments/bad", arguments_that_do_not_fit);
  g_test_add_func ("/toolcall/arguments/good", arguments_that_fit);
  g_test_add_func ("/toolcall/same-id", same_id_twice);
  g_test_add_func ("/toolcall/too-many", too_many_calls);
  g_test_add_func ("/toolcall/parallel", calls_are_parallel);
  g_test_add_func ("/toolcall/interrupt/read", interrupted_read);
  g_test_add_func ("/toolcall/interrupt/write", interrupted_write);
  g_test_add_func ("/toolcall/interrupt/before", obsolete_call);
  g_test_add_func ("/toolcall/proposed/waits", proposed_call_waits);
  g_test_add_func ("/toolcall/proposed/dropped", proposed_call_is_dropped);
  g_test_add_func ("/toolcall/filler/default", filler);
  g_test_add_func ("/toolcall/filler/settings", filler_settings);
  g_test_add_func ("/toolcall/filler/who", who_says_the_filler);
  g_test_add_func ("/toolcall/timeout/tools", timeouts);
  g_test_add_func ("/toolcall/timeout/element", timeout_of_the_element);
  g_test_add_func ("/toolcall/timeout/same-time", answer_goes_before_timeout);
  g_test_add_func ("/toolcall/builtin/wait", waiting_is_interrupted);
  g_test_add_func ("/toolcall/builtin/keys", keys_are_collected);
  g_test_add_func ("/toolcall/builtin/keys/prompt", keys_are_asked_for);
  g_test_add_func ("/toolcall/builtin/keys/cancel", collecting_is_interrupted);
  g_test_add_func ("/toolcall/builtin/send-dtmf", keys_are_sent);
  g_test_add_func ("/toolcall/builtin/end-call", end_call);
  g_test_add_func ("/toolcall/builtin/set-variable", set_variable);
  g_test_add_func ("/toolcall/journal", write_is_journalled_first);
  g_test_add_func ("/toolcall/long", long_result);
  g_test_add_func ("/toolcall/stop", stopped_while_tools_run);
  g_test_add_func ("/toolcall/paused", paused);
  return tool_test_run ();
}
