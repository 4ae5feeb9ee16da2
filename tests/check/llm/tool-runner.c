/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools as the conversation sees them: a scripted model before `toolcall`.
 * What an interruption leaves in the chat, that every call in it has one
 * result, and where a model that only calls tools is stopped.
 */
#include "llm-fixture.h"

#define LAUNCH "scriptllm name=llm ! toolcall name=tools tools=\"[" \
    "{\\\"name\\\": \\\"look\\\", \\\"kind\\\": \\\"static\\\", " \
    "\\\"description\\\": \\\"x\\\", \\\"access\\\": \\\"read\\\", " \
    "\\\"delay\\\": 3, \\\"result\\\": \\\"found\\\"}," \
    "{\\\"name\\\": \\\"book\\\", \\\"kind\\\": \\\"static\\\", " \
    "\\\"description\\\": \\\"x\\\", \\\"delay\\\": 3, " \
    "\\\"result\\\": \\\"booked\\\"}," \
    "{\\\"name\\\": \\\"now\\\", \\\"kind\\\": \\\"static\\\", " \
    "\\\"description\\\": \\\"x\\\", \\\"result\\\": \\\"noon\\\"}," \
    "{\\\"name\\\": \\\"set_variable\\\", \\\"kind\\\": \\\"builtin\\\"}," \
    "{\\\"name\\\": \\\"end_call\\\", \\\"kind\\\": \\\"builtin\\\"}]\""

static const gchar script[] = "{'always': ["
    "{'match': 'look', 'call': {'name': 'look'}, 'then': {'say': '${look}.'}},"
    "{'match': 'book', 'call': {'name': 'book'}, 'then': {'say': '${book}.'},"
    " 'late': 'It is ${book}.'},"
    "{'match': 'both', 'call': [{'name': 'look'}, {'name': 'book'}],"
    " 'then': {'say': '${look}, ${book}.'}, 'late': 'It is ${book}.'},"
    "{'match': 'bad', 'call': {'name': 'set_variable', 'arguments': {}},"
    " 'then': [{'say': 'Set.'}, {'when': {'outcome': 'error'},"
    " 'say': 'Not set.'}]},"
    "{'match': 'name', 'call': {'name': 'set_variable', 'arguments':"
    " {'name': 'who', 'value': '${text}'}}, 'then': {'say': 'Noted.'}},"
    "{'match': 'loop', 'call': {'name': 'now', 'id': '1'}, 'then':"
    " {'call': {'name': 'now', 'id': '2'}, 'then':"
    " {'call': {'name': 'now', 'id': '3'}, 'then':"
    " {'call': {'name': 'now', 'id': '4'}, 'then': {'say': 'End.'}}}}},"
    "{'match': 'bye', 'say': 'Goodbye.', 'end': true}],"
    "'else': {'say': 'Yes.'}}";

/* Until the tool is done and the model has begun to say something to it. */
static void
wait_for_reply (Fixture * f)
{
  g_assert_cmpuint (crank (f), ==, 3000);
  g_mutex_lock (&f->lock);
  while (!f->down->len)
    g_cond_wait (&f->cond, &f->lock);
  g_mutex_unlock (&f->lock);
}

/* "at most 3 steps a turn": then the model is asked without tools. */
static void
three_steps (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "loop");
  settle (&f);                  /* each step posts the next */
  assert_chat (&f, "u:loop a: c:1 r:1=\"noon\" a: c:2 r:2=\"noon\" a: c:3 "
      "r:3=\"noon\" a:Sorry, that did not work.");
  assert_warnings (&f, "bad-request");
  tear_down (&f);
}

static void
violation (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "bad");
  assert_down (&f, "S2:reply \"Not \" \"set.\" E2");
  hear (&f, 2, 0, "name");
  assert_down (&f, "S4:reply \"Noted.\" E4");
  tear_down (&f);
}

/* "an interruption cancels reads": as if it had never been called. */
static void
interrupted_read (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "look");
  assert_chat (&f, "u:look a: c:call-1-1-1 "
      "r:call-1-1-1={\"status\":\"running\"}");
  interrupt (&f, 1, FALSE);
  assert_chat (&f, "u:look");
  hear (&f, 2, 1, "hello");
  assert_chat (&f, "u:look u:hello a:Yes.");
  tear_down (&f);
}

/* "and lets writes finish, their result stays in the chat": the next request
 * shows it as running, then the result is in its place, and the caller is told
 * once. */
static void
interrupted_write (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "both");
  settle (&f);
  interrupt (&f, 1, FALSE);
  hear (&f, 2, 1, "hello");
  assert_chat (&f, "u:both a~: c:call-1-1-2 "
      "r:call-1-1-2={\"status\":\"running\"} u:hello a:Yes.");
  heard (&f, 2, "Yes.", TRUE);
  g_free (take_down (&f));
  wait_for_reply (&f);
  assert_down (&f, "S3:reply \"It \" \"is \" \"booked.\" E3");
  assert_chat (&f, "u:both a~: c:call-1-1-2 r:call-1-1-2=\"booked\" u:hello "
      "a:Yes. a:It is booked.");
  tear_down (&f);
}

/* The model's hangup comes behind its goodbye. */
static void
end_of_call (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "bye");
  assert_down (&f, "S1:reply \"Goodbye.\" E1 H:completed");
  g_assert_true (gst_harness_push_event (f.h, gst_event_new_eos ()));
  assert_down (&f, "EOS");
  tear_down (&f);
}

/* Nothing of a turn that is withdrawn has happened. */
static void
proposed (void)
{
  Fixture f = { 0 };
  GstVoiceSession *session;
  gchar *who;

  set_up (&f, LAUNCH, script);
  session = gst_voice_stage_session (GST_VOICE_STAGE (f.llm));
  hear_more (&f, 1, 0, GST_VOICE_FLAG_PROPOSED, 0, "name");
  settle (&f);
  g_assert_null (gst_voice_session_get_variable (session, "who"));
  send_oob (&f, gst_voice_structure_new ("withdraw", "turn", 1, NULL));
  assert_chat (&f, "");
  hear_more (&f, 2, 0, GST_VOICE_FLAG_PROPOSED, 0, "my name");
  commit (&f, 2, 0, "My name.");
  settle (&f);
  who = gst_voice_session_get_variable (session, "who");
  g_assert_cmpstr (who, ==, "my name");
  g_free (who);
  tear_down (&f);
}

/* EOS waits for the answer. */
static void
end_of_stream (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "look");
  g_assert_true (gst_harness_push_event (f.h, gst_event_new_eos ()));
  assert_down (&f, "");
  wait_for_reply (&f);
  assert_down (&f, "S2:reply \"found.\" E2 EOS");
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-runner/three-steps", three_steps);
  g_test_add_func ("/tool-runner/violation", violation);
  g_test_add_func ("/tool-runner/interrupt/read", interrupted_read);
  g_test_add_func ("/tool-runner/interrupt/write", interrupted_write);
  g_test_add_func ("/tool-runner/end-call", end_of_call);
  g_test_add_func ("/tool-runner/proposed", proposed);
  g_test_add_func ("/tool-runner/eos", end_of_stream);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
