/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What every language model does, through the one that needs no network: the
 * conversation, the steps of a reply, tools, what others want said, and what an
 * interruption or a withdrawn turn leaves.
 */
#include "llm/llm-fixture.h"

#include <string.h>

#define LAUNCH "scriptllm name=llm"
#define TOOLS "[{\"name\": \"look\"}, {\"name\": \"book\"}]"

/* Calls one or two tools, books (and is late), asks for a number, ends. */
static const gchar script[] = "{'always': ["
    "{'match': 'look', 'say': 'One moment.', 'call': {'name': 'look',"
    " 'arguments': {'x': '${text}'}}, 'then': [{'say': 'Found ${look}.'},"
    " {'when': {'outcome': 'error'}, 'say': 'Not found.'}]},"
    "{'match': 'both', 'call': [{'name': 'look'}, {'name': 'book'}],"
    " 'then': {'say': '${look} and ${book}.'}},"
    "{'match': 'book', 'say': 'Booking.', 'call': {'name': 'book'},"
    " 'then': [{'say': 'Booked ${book}.'}, {'when': {'outcome': 'running'},"
    " 'say': 'Still booking.'}], 'late': 'By the way, ${book} is booked.'},"
    "{'match': 'loop', 'call': {'name': 'look'}, 'then': {'say': 'Again.',"
    " 'call': {'name': 'look'}, 'then': {'say': 'And again.',"
    " 'call': {'name': 'look'}, 'then': {'say': 'End.'}}}},"
    "{'match': 'twice', 'call': {'name': 'look', 'id': 'same'},"
    " 'then': {'call': {'name': 'look', 'id': 'same'},"
    " 'then': {'say': '${look}.'}}},"
    "{'match': 'number', 'say': 'Your number?', 'expect': 'digits'},"
    "{'match': 'listen', 'say': 'Listen.', 'uninterruptible': true,"
    " 'call': {'name': 'look'}, 'then': {'say': 'Over.'}},"
    "{'match': 'hours', 'say': 'From nine to five.'},"
    "{'match': 'empty', 'empty': true},"
    "{'match': 'fail', 'fail': 'rate-limited'},"
    "{'match': 'break', 'say': 'Well', 'fail': 'disconnected'},"
    "{'match': 'stall', 'say': 'Well', 'stall': true},"
    "{'match': 'bye', 'say': 'Goodbye.', 'end': true}],"
    "'else': {'say': 'You said: ${text}'}}";

static void
set_up_with_tools (Fixture * f)
{
  f->tools = TOOLS;
  set_up (f, LAUNCH, script);
}

static void
end_of_stream (Fixture * f)
{
  g_assert_true (gst_harness_push_event (f->h, gst_event_new_eos ()));
}

/* The calls of a step go out together behind its text; the result makes the
 * next step, which is a speech of its own. */
static void
tool_and_next_step (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "look");
  assert_down (&f, "S1:reply \"One \" \"moment.\" E1 "
      "Ccall-1-1-1:look{\"x\":\"look\"}");
  assert_chat (&f, "u:look a:One moment. c:call-1-1-1 "
      "r:call-1-1-1={\"status\":\"running\"}");
  result (&f, "call-1-1-1", "ok", "\"it\"");
  assert_down (&f, "S2:reply \"Found \" \"it.\" E2");
  assert_chat (&f, "u:look a:One moment. c:call-1-1-1 r:call-1-1-1=\"it\" "
      "a:Found it.");
  g_assert_cmpuint (f.questions, ==, 2);
  tear_down (&f);
}

static void
failed_tool (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "look");
  result (&f, "call-1-1-1", "error", "{\"error\":{\"code\":\"x\"}}");
  g_free (take_down (&f));
  assert_chat (&f, "u:look a:One moment. c:call-1-1-1 "
      "r:call-1-1-1={\"error\":{\"code\":\"x\"}} a:Not found.");
  tear_down (&f);
}

/* "several tool calls at once": the model is asked again when the last has its
 * result, whatever the order. */
static void
several_calls (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "both");
  assert_down (&f, "Ccall-1-1-1:look{} Ccall-1-1-2:book{}");
  result (&f, "call-1-1-2", "ok", "2");
  assert_down (&f, "");
  result (&f, "call-1-1-2", "ok", "3");
  assert_down (&f, "");
  result (&f, "call-1-1-1", "ok", "1");
  assert_down (&f, "S2:reply \"1 \" \"and \" \"2.\" E2");
  tear_down (&f);
}

/* A tool says that it will be long: the model goes on, and is told later. */
static void
running_tool (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "book");
  result (&f, "call-1-1-1", "running", "{\"status\":\"running\"}");
  assert_down (&f, "S1:reply \"Booking.\" E1 Ccall-1-1-1:book{} "
      "S2:reply \"Still \" \"booking.\" E2");
  result (&f, "call-1-1-1", "ok", "\"it\"");
  assert_down (&f, "S3:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E3");
  assert_chat (&f, "u:book a:Booking. c:call-1-1-1 r:call-1-1-1=\"it\" "
      "a:Still booking. a:By the way, it is booked.");
  tear_down (&f);
}

/* After max-steps the model is asked without tools, and cannot call any. */
static void
steps_are_bounded (void)
{
  Fixture f = {.tools = TOOLS };

  set_up (&f, LAUNCH " max-steps=2", script);
  hear (&f, 1, 0, "loop");
  result (&f, "call-1-1-1", "ok", "1");
  assert_down (&f, "Ccall-1-1-1:look{} S2:reply \"Again.\" E2 "
      "Ccall-2-2-1:look{}");
  result (&f, "call-2-2-1", "ok", "1");
  assert_down (&f, "S3:reply \"And \" \"again. \" \"Sorry, \" \"that \" "
      "\"did \" \"not \" \"work.\" E3");
  g_assert_cmpuint (f.questions, ==, 2);
  assert_warnings (&f, "bad-request");
  tear_down (&f);
}

/* A model that repeats its ids: the calls are still two. */
static void
ids_are_made_unique (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "twice");
  assert_down (&f, "Csame:look{}");
  result (&f, "same", "ok", "1");
  assert_down (&f, "Ccall-1:look{}");
  result (&f, "call-1", "ok", "2");
  assert_down (&f, "S3:reply \"2.\" E3");
  tear_down (&f);
}

/* `last`: the tool has said all there is to say. */
static void
last_result (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "bye");
  assert_down (&f, "S1:reply \"Goodbye.\" E1 Ccall-1-1-1:end_call{}");
  end_of_stream (&f);
  assert_down (&f, "");
  send_upstream (&f, gst_voice_structure_new ("tool-result",
          "id", "call-1-1-1", "outcome", "ok", "json", "{}", "last", TRUE,
          NULL));
  assert_down (&f, "EOS");
  tear_down (&f);
}

/* A read was taken back although the reply goes on: it is not waited for. */
static void
cancelled_call (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "both");
  result (&f, "call-1-1-1", "cancelled", "");
  result (&f, "call-1-1-2", "ok", "2");
  assert_down (&f, "Ccall-1-1-1:look{} Ccall-1-1-2:book{} S2:reply \" and \" "
      "\"2.\" E2");
  hear (&f, 2, 0, "look");
  result (&f, "call-3-1-1", "cancelled", "");
  end_of_stream (&f);
  assert_down (&f, "S3:reply \"One \" \"moment.\" E3 "
      "Ccall-3-1-1:look{\"x\":\"look\"} EOS");
  tear_down (&f);
}

/* Without `toolcall` nobody would answer, so nothing is called; who has
 * forgotten it is told once. */
static void
no_tools (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "hours");
  assert_warnings (&f, "");
  hear (&f, 2, 0, "book");
  assert_warnings (&f, "bad-request");
  hear (&f, 3, 0, "look");
  assert_warnings (&f, "");
  end_of_stream (&f);
  assert_down (&f, "S1:reply \"From \" \"nine \" \"to \" \"five.\" E1 "
      "S2:reply \"Booking. \" \"Sorry, \" \"that \" \"did \" \"not \" "
      "\"work.\" E2 S3:reply \"One \" \"moment. \" \"Sorry, \" \"that \" "
      "\"did \" \"not \" \"work.\" E3 EOS");
  tear_down (&f);
}

/* "EOS waits for an unanswered tool call" */
static void
eos_waits (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "look");
  end_of_stream (&f);
  assert_down (&f, "S1:reply \"One \" \"moment.\" E1 "
      "Ccall-1-1-1:look{\"x\":\"look\"}");
  result (&f, "call-1-1-1", "ok", "1");
  assert_down (&f, "S2:reply \"Found \" \"1.\" E2 EOS");
  tear_down (&f);
}

static void
every_error (void)
{
  for (guint i = 0; i <= GST_VOICE_ERROR_INTERNAL; i++) {
    gchar *text = g_strdup_printf ("{'else': {'fail': '%s'}}",
        gst_voice_error_name (i));
    Fixture f = { 0 };

    set_up (&f, LAUNCH " apology=Sorry.", text);
    hear (&f, 1, 0, "x");
    assert_down (&f, "S1:say \"Sorry.\" E1");
    assert_up (&f, "no-reply(1:error)");
    assert_warnings (&f, gst_voice_error_name (i));
    hear (&f, 2, 0, "x");
    assert_down (&f, "S2:say \"Sorry.\" E2 H:error");
    tear_down (&f);
    g_free (text);
  }
}

/* The failures of a call are counted only as long as none succeeds. */
static void
failures_in_a_row (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " apology=Sorry.", script);
  hear (&f, 1, 0, "fail");
  hear (&f, 2, 0, "hours");
  hear (&f, 3, 0, "break");
  assert_down (&f, "S1:say \"Sorry.\" E1 "
      "S2:reply \"From \" \"nine \" \"to \" \"five.\" E2 "
      "S3:reply \"Well\" E3 S4:say \"Sorry.\" E4");
  hear (&f, 4, 0, "fail");
  assert_down (&f, "S5:say \"Sorry.\" E5 H:error");
  assert_warnings (&f, "rate-limited disconnected rate-limited");
  tear_down (&f);
}

static void
apology_through_the_arbiter (void)
{
  Fixture f = {.arbiter = TRUE };

  set_up (&f, LAUNCH " apology=Sorry.", script);
  hear (&f, 1, 0, "fail");
  hear (&f, 2, 0, "fail");
  assert_down (&f, "");
  assert_up (&f, "no-reply(1:error) say(Sorry.) no-reply(2:error) say(Sorry.) "
      "hangup(error)");
  tear_down (&f);
}

static void
empty_reply (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "empty");
  assert_up (&f, "no-reply(1:empty)");
  assert_down (&f, "");
  assert_chat (&f, "u:empty");
  tear_down (&f);
}

static void
only_recorded (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear_more (&f, 1, 0, GST_VOICE_FLAG_NO_REPLY, 0, "goodbye");
  assert_down (&f, "");
  assert_up (&f, "");
  assert_chat (&f, "u:goodbye");
  tear_down (&f);
}

/* What of the reply was heard stays; what was written later does not come. */
static void
interrupted_reply (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " token-interval=10", script);
  hear (&f, 1, 0, "hours");
  crank (&f);
  playing (&f, 1);
  assert_down (&f, "S1:reply \"From \" \"nine \"");
  heard (&f, 1, "From", FALSE);
  interrupt (&f, 1, FALSE);
  assert_down (&f, "");
  assert_chat (&f, "u:hours a~:From");
  hear (&f, 2, 1, "x");
  crank (&f);
  crank (&f);
  assert_down (&f, "S2:reply \"You \" \"said: \" \"x\" E2");
  assert_chat (&f, "u:hours a~:From u:x a:You said: x");
  tear_down (&f);
}

/* Nothing was heard of it: it is not in the conversation. */
static void
interrupted_before_it_plays (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "hours");
  settle (&f);
  interrupt (&f, 1, FALSE);
  assert_chat (&f, "u:hours");
  /* A turn that was on its way when the agent was interrupted is recorded. */
  hear (&f, 2, 0, "late");
  assert_chat (&f, "u:hours u:late");
  tear_down (&f);
}

/* What may not be interrupted goes on, and is heard. */
static void
uninterruptible_reply (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "listen");
  settle (&f);
  interrupt (&f, 1, FALSE);
  assert_down (&f, "S1:reply! \"Listen.\" E1 Ccall-1-1-1:look{}");
  playing (&f, 1);
  heard (&f, 1, "Listen.", TRUE);
  assert_chat (&f, "u:listen a:Listen. c:call-1-1-1 "
      "r:call-1-1-1={\"status\":\"running\"}");
  tear_down (&f);
}

static void
forced_interruption (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "listen");
  settle (&f);
  interrupt (&f, 1, TRUE);
  result (&f, "call-1-1-1", "cancelled", "");
  g_free (take_down (&f));
  assert_chat (&f, "u:listen");
  tear_down (&f);
}

/* Only the step that says so. */
static void
uninterruptible_step (void)
{
  Fixture f = { 0 };

  set_up_with_tools (&f);
  hear (&f, 1, 0, "listen");
  result (&f, "call-1-1-1", "ok", "1");
  assert_down (&f, "S1:reply! \"Listen.\" E1 Ccall-1-1-1:look{} "
      "S2:reply \"Over.\" E2");
  tear_down (&f);
}

static void
withdrawn_turn (void)
{
  Fixture f = {.arbiter = TRUE };

  set_up (&f, LAUNCH " token-interval=10", script);
  hear_more (&f, 1, 0, GST_VOICE_FLAG_PROPOSED, 0, "hours");
  assert_down (&f, "S1:reply \"From \"");
  assert_chat (&f, "a:From");
  send_oob (&f, gst_voice_structure_new ("withdraw", "turn", 1u, NULL));
  assert_chat (&f, "");
  hear_more (&f, 2, 0, GST_VOICE_FLAG_PROPOSED, 0, "bye");
  assert_down (&f, "S2:reply \"Goodbye.\" E2");
  commit (&f, 2, 0, "Bye.");
  assert_down (&f, "commit");
  assert_chat (&f, "u:Bye. a:Goodbye.");
  tear_down (&f);
}

/* Nobody is told of what a withdrawn guess has led to. */
static void
only_committed_turns_are_told (void)
{
  Fixture f = {.arbiter = TRUE };

  set_up (&f, LAUNCH " apology=Sorry.", script);
  hear_more (&f, 1, 0, GST_VOICE_FLAG_PROPOSED, 0, "number");
  assert_up (&f, "");
  commit (&f, 1, 0, "number");
  assert_up (&f, "expect(digits:0)");
  hear_more (&f, 2, 0, GST_VOICE_FLAG_PROPOSED, 0, "number");
  send_oob (&f, gst_voice_structure_new ("withdraw", "turn", 2u, NULL));
  hear_more (&f, 3, 0, GST_VOICE_FLAG_PROPOSED, 0, "empty");
  assert_up (&f, "");
  commit (&f, 3, 0, "empty");
  assert_up (&f, "no-reply(3:empty)");
  /* A failure is told at once: `turn` asks again when the turn counts. It is
   * no second failure in a row, which would end the call. */
  for (guint turn = 4; turn < 8; turn++) {
    gchar *told = g_strdup_printf ("no-reply(%u:error)", turn);

    hear_more (&f, turn, 0, GST_VOICE_FLAG_PROPOSED, 0, "fail");
    assert_up (&f, told);
    send_oob (&f, gst_voice_structure_new ("withdraw", "turn", turn, NULL));
    g_free (told);
  }
  hear (&f, 8, 0, "fail");
  assert_up (&f, "no-reply(8:error) say(Sorry.)");
  tear_down (&f);
}

/* R10: one thought, one message; what was answered to its first part goes. */
static void
merged_turn (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH, script);
  hear (&f, 1, 0, "My");
  settle (&f);
  interrupt (&f, 1, FALSE);
  hear_more (&f, 2, 1, GST_VOICE_FLAG_NONE, 1, "My hours");
  assert_chat (&f, "u:My hours a:From nine to five.");
  hear_more (&f, 3, 1, GST_VOICE_FLAG_PROPOSED, 2, "My hours Bye.");
  settle (&f);
  commit (&f, 3, 2, "My hours. Bye.");
  assert_chat (&f, "u:My hours. Bye. a:From nine to five.");
  send_ordered (&f, gst_voice_structure_new ("correct", "turn", 3u,
          "text", "My ours. Bye.", NULL));
  assert_chat (&f, "u:My ours. Bye. a:From nine to five.");
  tear_down (&f);
}

static void
greeting_and_says (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " welcome-message=Hello! welcome-interruptible=false "
      "token-interval=10", script);
  assert_down (&f, "S1:greeting! \"Hello!\" E1");
  assert_chat (&f, "");
  playing (&f, 1);
  assert_chat (&f, "a:Hello!");
  heard (&f, 1, "Hello!", TRUE);
  send_oob (&f, gst_voice_structure_new ("say", "text", "Well?",
          "interruptible", TRUE, "source", "reminder", NULL));
  assert_down (&f, "S2:reminder \"Well?\" E2");
  /* Never in the middle of a reply. */
  hear (&f, 1, 0, "x");
  send_upstream (&f, gst_voice_structure_new ("say", "text", "One minute.",
          "interruptible", FALSE, NULL));
  send_oob (&f, gst_voice_structure_new ("note", "text", "Hurry.", NULL));
  assert_down (&f, "S3:reply \"You \"");
  crank (&f);
  crank (&f);
  assert_down (&f, "\"said: \" \"x\" E3 S4:say! \"One minute.\" E4");
  tear_down (&f);
}

static void
says_go_to_the_arbiter (void)
{
  Fixture f = {.arbiter = TRUE };

  set_up (&f, LAUNCH " welcome-message=Hello!", script);
  assert_down (&f, "");
  assert_up (&f, "say(Hello!)");
  /* What the arbiter sends in its place. */
  send_ordered (&f, gst_voice_structure_new ("say", "text", "Hello!",
          "interruptible", TRUE, "source", "greeting", NULL));
  assert_down (&f, "S1:greeting \"Hello!\" E1");
  send_upstream (&f, gst_voice_structure_new ("say", "text", "More.", NULL));
  assert_up (&f, "say(More.)");
  send_upstream (&f, gst_voice_structure_new ("hangup", "reason", "limit",
          NULL));
  assert_up (&f, "hangup(limit)");
  assert_down (&f, "");
  tear_down (&f);
}

static void
interrupted_says (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " token-interval=10", script);
  hear (&f, 1, 0, "hours");
  send_oob (&f, gst_voice_structure_new ("say", "text", "Old.",
          "interruptible", TRUE, NULL));
  send_oob (&f, gst_voice_structure_new ("say", "text", "Kept.",
          "interruptible", FALSE, NULL));
  assert_down (&f, "S1:reply \"From \"");
  interrupt (&f, 1, FALSE);
  assert_down (&f, "S2:say! \"Kept.\" E2");
  tear_down (&f);
}

static void
not_understood (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " unheard-message=Pardon?", script);
  send_ordered (&f, gst_voice_structure_new ("unheard", "interrupted", FALSE,
          NULL));
  assert_down (&f, "S1:say \"Pardon?\" E1");
  hear (&f, 1, 0, "hours");
  settle (&f);
  playing (&f, 2);
  heard (&f, 2, "From nine", FALSE);
  interrupt (&f, 1, FALSE);
  g_free (take_down (&f));
  send_ordered (&f, gst_voice_structure_new ("unheard", "interrupted", TRUE,
          "generation", 1u, NULL));
  assert_down (&f, "S3:reply \"to \" \"five.\" E3");
  assert_chat (&f, "u:hours a~:From nine a:to five.");
  tear_down (&f);
}

/* The write goes on while the caller does; its outcome is told when nobody
 * speaks, and once. */
static void
book_and_go_on (Fixture * f)
{
  set_up_with_tools (f);
  hear (f, 1, 0, "book");
  settle (f);
  interrupt (f, 1, FALSE);
  hear (f, 2, 1, "hours");
  settle (f);
  g_free (take_down (f));
}

static void
news_is_told_once (void)
{
  Fixture f = { 0 };

  book_and_go_on (&f);
  assert_chat (&f, "u:book a~: c:call-1-1-1 r:call-1-1-1={\"status\":"
      "\"running\"} u:hours a:From nine to five.");
  playing (&f, 2);
  result (&f, "call-1-1-1", "ok", "\"it\"");
  assert_down (&f, "");
  heard (&f, 2, "From nine to five.", TRUE);
  assert_down (&f, "S3:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E3");
  result (&f, "call-1-1-1", "late", "\"it\"");
  playing (&f, 3);
  heard (&f, 3, "By the way, it is booked.", TRUE);
  hear (&f, 3, 1, "hours");
  assert_down (&f, "S4:reply \"From \" \"nine \" \"to \" \"five.\" E4");
  tear_down (&f);
}

/* A speech of which no sample was played is over without having begun. */
static void
news_waits_for_what_plays (void)
{
  Fixture f = { 0 };

  book_and_go_on (&f);
  heard (&f, 2, "", FALSE);
  playing (&f, 9);
  result (&f, "call-1-1-1", "ok", "\"it\"");
  assert_down (&f, "");
  heard (&f, 9, "", TRUE);
  g_assert_nonnull (f.h);
  assert_down (&f, "S3:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E3");
  tear_down (&f);
}

static void
news_waits_for_the_caller (void)
{
  Fixture f = { 0 };

  book_and_go_on (&f);
  send_oob (&f, gst_voice_structure_new ("speech-start", NULL));
  result (&f, "call-1-1-1", "ok", "\"it\"");
  assert_down (&f, "");
  send_oob (&f, gst_voice_structure_new ("speech-stop", NULL));
  assert_down (&f, "S3:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E3");
  tear_down (&f);
}

/* If something is asked before, it rides along. */
static void
news_rides_along (void)
{
  Fixture f = { 0 };

  book_and_go_on (&f);
  playing (&f, 2);
  result (&f, "call-1-1-1", "ok", "\"it\"");
  hear (&f, 3, 1, "x");
  assert_down (&f, "S3:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked. \" \"You \" \"said: \" \"x\" E3");
  heard (&f, 2, "From nine to five.", TRUE);
  assert_down (&f, "");
  tear_down (&f);
}

/* It rode along with a guess that was withdrawn: it is still to be told. */
static void
news_survives_a_withdrawn_turn (void)
{
  Fixture f = { 0 };

  book_and_go_on (&f);
  send_oob (&f, gst_voice_structure_new ("speech-start", NULL));
  result (&f, "call-1-1-1", "ok", "\"it\"");
  hear_more (&f, 3, 1, GST_VOICE_FLAG_PROPOSED, 0, "stall");
  settle (&f);
  send_oob (&f, gst_voice_structure_new ("withdraw", "turn", 3u, NULL));
  g_free (take_down (&f));
  send_oob (&f, gst_voice_structure_new ("speech-stop", NULL));
  assert_down (&f, "S4:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E4");
  tear_down (&f);
}

/* The request that was in flight knew nothing of it, and nothing was heard of
 * its answer. */
static void
news_after_an_empty_reply (void)
{
  Fixture f = {.tools = TOOLS };

  set_up (&f, LAUNCH " first-token=100", script);
  hear (&f, 1, 0, "book");
  crank (&f);
  settle (&f);
  interrupt (&f, 1, FALSE);
  hear (&f, 2, 1, "empty");
  settle (&f);
  g_free (take_down (&f));
  result (&f, "call-1-1-1", "ok", "\"it\"");
  crank (&f);
  assert_up (&f, "no-reply(2:empty)");
  crank (&f);
  assert_down (&f, "S2:reply \"By \" \"the \" \"way, \" \"it \" \"is \" "
      "\"booked.\" E2");
  tear_down (&f);
}

/* Lines without a `turn` between them: the old answer is cut short, and its
 * speech is over for those downstream. */
static void
next_line_cuts_the_reply (void)
{
  Fixture f = { 0 };

  set_up (&f, LAUNCH " token-interval=10", script);
  gst_harness_push (f.h, gst_voice_text_buffer_new ("hours"));
  assert_down (&f, "S1:reply \"From \"");
  gst_harness_push (f.h, gst_voice_text_buffer_new ("x"));
  assert_down (&f, "E1 S2:reply \"You \"");
  tear_down (&f);
}

static void
turn_is_stated (void)
{
  Fixture f = { 0 };
  GstEvent *event;

  set_up_with_tools (&f);
  gst_harness_push_event (f.h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("interrupt", "generation", 4u, NULL)));
  hear (&f, 7, 4, "book");
  settle (&f);
  while ((event = gst_harness_try_pull_event (f.h))) {
    const GstStructure *s = gst_voice_event_parse (event);

    if (s && !gst_voice_event_is (event, "interrupt"))
      g_assert_cmpuint (gst_voice_structure_uint (s, "generation"), ==, 4);
    if (gst_voice_event_is (event, "speech")
        || gst_voice_event_is (event, "tool-call"))
      g_assert_cmpuint (gst_voice_structure_uint (s, "turn"), ==, 7);
    if (gst_voice_event_is (event, "tool-call")) {
      g_assert_cmpuint (gst_voice_structure_uint (s, "speech"), ==, 1);
      g_assert_cmpuint (gst_voice_structure_uint (s, "step"), ==, 1);
      g_assert_cmpuint (gst_voice_structure_uint (s, "calls"), ==, 1);
    }
    gst_event_unref (event);
  }
  tear_down (&f);
}

static void
add_tests (void)
{
  g_test_add_func ("/llm/turn", turn_is_stated);
  g_test_add_func ("/llm/tool/step", tool_and_next_step);
  g_test_add_func ("/llm/tool/failed", failed_tool);
  g_test_add_func ("/llm/tool/several", several_calls);
  g_test_add_func ("/llm/tool/running", running_tool);
  g_test_add_func ("/llm/tool/steps", steps_are_bounded);
  g_test_add_func ("/llm/tool/ids", ids_are_made_unique);
  g_test_add_func ("/llm/tool/last", last_result);
  g_test_add_func ("/llm/tool/cancelled", cancelled_call);
  g_test_add_func ("/llm/tool/none", no_tools);
  g_test_add_func ("/llm/eos", eos_waits);
  g_test_add_func ("/llm/error/codes", every_error);
  g_test_add_func ("/llm/error/row", failures_in_a_row);
  g_test_add_func ("/llm/error/arbiter", apology_through_the_arbiter);
  g_test_add_func ("/llm/empty", empty_reply);
  g_test_add_func ("/llm/recorded", only_recorded);
  g_test_add_func ("/llm/interrupt/playing", interrupted_reply);
  g_test_add_func ("/llm/interrupt/before", interrupted_before_it_plays);
  g_test_add_func ("/llm/interrupt/not", uninterruptible_reply);
  g_test_add_func ("/llm/interrupt/force", forced_interruption);
  g_test_add_func ("/llm/interrupt/step", uninterruptible_step);
  g_test_add_func ("/llm/interrupt/says", interrupted_says);
  g_test_add_func ("/llm/withdraw", withdrawn_turn);
  g_test_add_func ("/llm/commit", only_committed_turns_are_told);
  g_test_add_func ("/llm/merged", merged_turn);
  g_test_add_func ("/llm/say/own", greeting_and_says);
  g_test_add_func ("/llm/say/arbiter", says_go_to_the_arbiter);
  g_test_add_func ("/llm/unheard", not_understood);
  g_test_add_func ("/llm/news/once", news_is_told_once);
  g_test_add_func ("/llm/news/plays", news_waits_for_what_plays);
  g_test_add_func ("/llm/news/sound", news_waits_for_the_caller);
  g_test_add_func ("/llm/news/rides", news_rides_along);
  g_test_add_func ("/llm/news/withdrawn", news_survives_a_withdrawn_turn);
  g_test_add_func ("/llm/news/empty", news_after_an_empty_reply);
  g_test_add_func ("/llm/next-line", next_line_cuts_the_reply);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add_tests ();
  status = g_test_run ();
  gst_deinit ();
  return status;
}
