/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Scripts: what is answered in which conversation, what a fault in the file is
 * called, and that the answer depends on nothing but the two.
 */
#include "script-core.h"
#include "script-template.h"
#include "script-words.h"

#include <gst-voice/error.h>
#include <string.h>

/* Scripts and messages are written with ' for ". */
static gchar *
quoted (const gchar * text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static Script *
script (const gchar * text)
{
  gchar *json = quoted (text);
  GError *error = NULL;
  Script *made = script_new (json, -1, "test.json", NULL, &error);

  g_assert_no_error (error);
  g_free (json);
  return made;
}

static void
add (JsonArray * messages, const gchar * role, const gchar * content)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  json_object_set_string_member (message, "content", content);
  json_array_add_object_element (messages, message);
}

static JsonObject *
last (JsonArray * messages)
{
  return json_array_get_object_element (messages, json_array_get_length
      (messages) - 1);
}

static void
add_call (JsonArray * messages, guint n, const gchar * name)
{
  JsonObject *call = json_object_new ();
  gchar *id = g_strdup_printf ("%u", n);

  if (!json_object_has_member (last (messages), "tool_calls"))
    json_object_set_array_member (last (messages), "tool_calls",
        json_array_new ());
  json_object_set_string_member (call, "id", id);
  json_object_set_string_member (call, "name", name);
  json_array_add_object_element (json_object_get_array_member (last (messages),
          "tool_calls"), call);
  g_free (id);
}

static void
add_result (JsonArray * messages, guint n, const gchar * content)
{
  gchar *json = quoted (content), *id = g_strdup_printf ("%u", n);

  add (messages, "tool", "");
  json_object_set_string_member (last (messages), "id", id);
  json_object_set_member (last (messages), "content", json_from_string (json,
          NULL));
  g_free (json);
  g_free (id);
}

/* A conversation in one line: "u:text", "a:text", "a~:interrupted text",
 * "c:tool" for a call of the last "a:", then "r:json" for each result, in
 * their order; parts are separated by "; ". */
static JsonArray *
conversation (const gchar * line)
{
  JsonArray *messages = json_array_new ();
  gchar **parts = g_strsplit (line, "; ", -1);
  guint calls = 0, results = 0;

  for (guint i = 0; parts[i] && *parts[i]; i++) {
    const gchar *text = strchr (parts[i], ':') + 1;

    switch (parts[i][0]) {
      case 'u':
        add (messages, "user", text);
        break;
      case 'a':
        add (messages, "assistant", text);
        if (parts[i][1] == '~')
          json_object_set_boolean_member (last (messages), "interrupted", TRUE);
        break;
      case 'c':
        add_call (messages, calls++, text);
        break;
      case 'r':
        add_result (messages, results++, text);
        break;
      default:
        add (messages, "system", text);
    }
  }
  g_strfreev (parts);
  return messages;
}

/* The answer in one line: "text" with "c:tool{arguments}", "?kind length",
 * "!code", "stall", "A!" for uninterruptible. */
static gchar *
worded (const ScriptAnswer * answer)
{
  GString *out = g_string_new (answer->text);

  for (guint i = 0; i < answer->calls->len; i++) {
    const ScriptCall *call = g_ptr_array_index (answer->calls, i);

    g_string_append_printf (out, " c:%s%s", call->name, call->arguments);
  }
  if (answer->expect)
    g_string_append_printf (out, " ?%s %u", answer->expect,
        answer->expect_length);
  if (answer->fail)
    g_string_append_printf (out, " !%s %s", answer->fail, answer->fail_text);
  if (answer->stall)
    g_string_append (out, " stall");
  if (answer->uninterruptible)
    g_string_append (out, " A!");
  return g_strdelimit (g_string_free (out, FALSE), "\"", '\'');
}

static void
check (const Script * made, ScriptAsk ask, const gchar * line,
    const gchar * expected)
{
  JsonArray *messages = conversation (line);
  ScriptAnswer *answer = script_answer (made, messages, ask);
  ScriptAnswer *again = script_answer (made, messages, ask);
  gchar *first = worded (answer), *second = worded (again);

  g_assert_cmpstr (first, ==, expected);
  g_assert_cmpstr (first, ==, second);
  g_free (first);
  g_free (second);
  script_answer_free (answer);
  script_answer_free (again);
  json_array_unref (messages);
}

#define assert_answer(made, line, expected) \
  check (made, SCRIPT_TOOLS, line, expected)

static void
intents_and_lines (void)
{
  Script *s = script ("{'always': ["
      "{'match': 'hello', 'say': 'Hi.'},"
      "{'match': ['my name is {name}', 'call me {name}'],"
      " 'say': 'Hello, ${name}. You said: ${text}'},"
      "{'match': 'bye', 'say': 'Goodbye.', 'end': true}]}");

  assert_answer (s, "u:Hello there", "Hi.");
  assert_answer (s, "u:Call me Ann!", "Hello, Ann. You said: Call me Ann!");
  assert_answer (s, "u:what", "Sorry, I did not understand that.");
  assert_answer (s, "u:", "Sorry, I did not understand that.");
  assert_answer (s, "", "");
  assert_answer (s, "s:note; a:Greeting", "");
  assert_answer (s, "u:bye", "Goodbye. c:end_call{}");
  /* If it is asked once more, there is nothing more to say. */
  assert_answer (s, "u:bye; a:Goodbye.; c:end_call; r:{}", "");
  script_free (s);
}

static void
reply_stands_for_a_script (void)
{
  Script *s = script_new ("{}", -1, "x", "You said: ${text}", NULL);

  assert_answer (s, "u:one; a:x; u:two", "You said: two");
  script_free (s);
  s = script_new ("{\"else\": {\"say\": \"No.\"}}", -1, "x", "Unused", NULL);
  assert_answer (s, "u:one", "No.");
  script_free (s);
}

/* Each line of `say`, and each part of `cycle`, in its turn; counted from the
 * messages. */
static void
lines_take_turns (void)
{
  Script *s = script ("{'always': ["
      "{'match': 'a', 'say': ['One.', 'Two.']},"
      "{'match': 'b', 'cycle': [{'fail': 'server'}, {'say': 'Works.'}]}]}");

  assert_answer (s, "u:a", "One.");
  assert_answer (s, "u:a; a:One.; u:a", "Two.");
  assert_answer (s, "u:a; u:b; u:a", "Two.");
  assert_answer (s, "u:a; u:a; u:a", "One.");
  assert_answer (s, "u:b", " !server the script fails here");
  assert_answer (s, "u:b; u:b", "Works.");
  script_free (s);
}

static const gchar order[] = "{'start': 'idle', 'lists': {"
    " 'size': {'large': ['large', 'big'], 'small': ['small']}},"
    "'states': {"
    " 'idle': {'intents': ["
    "  {'match': '[{size:size}] pizza', 'goto': 'order'}],"
    "  'else': {'say': 'Pizza?'}},"
    " 'order': {'enter': {'cases': ["
    "   {'when': {'size': null}, 'goto': 'ask'},"
    "   {'say': 'A ${size} pizza?', 'expect': 'yes-no', 'goto': 'sure'}]}},"
    " 'ask': {'enter': {'say': 'How large?'}, 'intents': ["
    "   {'match': '{size:size}', 'goto': 'order'}],"
    "   'else': {'say': 'Sorry.', 'goto': 'ask'}},"
    " 'sure': {'intents': ["
    "   {'match': 'yes', 'say': 'Done.', 'set': {'size': null},"
    "    'goto': 'idle'},"
    "   {'match': '{size:size}', 'goto': 'order'}]}},"
    "'always': [{'match': 'help', 'say': 'I sell pizza.'}]}";

static void
states_lead_on (void)
{
  Script *s = script (order);

  assert_answer (s, "u:what", "Pizza?");
  assert_answer (s, "u:a pizza", "How large?");
  assert_answer (s, "u:a pizza; u:what", "Sorry. How large?");
  assert_answer (s, "u:a pizza; u:help", "I sell pizza.");
  assert_answer (s, "u:a pizza; u:help; u:big", "A large pizza? ?yes-no 0");
  assert_answer (s, "u:big pizza", "A large pizza? ?yes-no 0");
  assert_answer (s, "u:big pizza; u:no small", "A small pizza? ?yes-no 0");
  assert_answer (s, "u:big pizza; u:yes", "Done.");
  assert_answer (s, "u:big pizza; u:yes; u:a pizza", "How large?");
  assert_answer (s, "u:big pizza; u:no", "Sorry, I did not understand that.");
  script_free (s);
}

/* R10, R17: what was withdrawn or merged is not in the messages, so it has not
 * happened. */
static void
merged_turn (void)
{
  Script *s = script (order);

  assert_answer (s, "u:a pizza", "How large?");
  assert_answer (s, "u:a pizza. No, a big one. Pizza.", "How large?");
  assert_answer (s, "u:a big. pizza", "A large pizza? ?yes-no 0");
  script_free (s);
}

static const gchar booking[] = "{'always': ["
    "{'match': 'book {day:word}', 'say': 'One moment.', 'call':"
    " {'name': 'book', 'arguments': {'day': '${day}', 'n': [1, null, '${day}'],"
    "   'deep': {'note': 'for ${day}'}}},"
    " 'then': ["
    "  {'when': {'outcome': 'running'}, 'say': 'Still booking.'},"
    "  {'when': {'outcome': 'error', 'book.error.code': ['timeout', 'server']},"
    "   'say': 'It hangs.'},"
    "  {'when': {'outcome': 'error'}, 'say': 'No: ${book.error.message}'},"
    "  {'when': {'book.free': false}, 'say': 'Full: ${book.days|list:or}.'},"
    "  {'when': {'book.free': {'not': null}}, 'say': 'Booked.'}],"
    " 'late': 'By the way, ${day} is booked.'},"
    "{'match': 'look', 'call': [{'name': 'look', 'as': 'a'},"
    "   {'name': 'look', 'as': 'b', 'arguments': {'x': 2}}, {'name': 'see'}],"
    " 'then': {'say': '${a} ${b} ${see.x}', 'call': {'name': 'more'},"
    "   'then': {'say': '${more}.'}}}," "{'match': 'thanks', 'say': 'Sure.'}]}";

static void
results_take_their_branch (void)
{
  Script *s = script (booking);

  assert_answer (s, "u:book Tuesday", "One moment. c:book{'day':'Tuesday',"
      "'n':[1,null,'Tuesday'],'deep':{'note':'for Tuesday'}}");
#define BOOK "u:book Tuesday; a:One moment.; c:book; "
  assert_answer (s, BOOK "r:{'free': true}", "Booked.");
  assert_answer (s, BOOK "r:{'free': false, 'days': ['Mo', 'We', 'Fr']}",
      "Full: Mo, We or Fr.");
  assert_answer (s, BOOK "r:{'status': 'running'}", "Still booking.");
  assert_answer (s, BOOK "r:{'error': {'code': 'timeout', 'message': 'm'}}",
      "It hangs.");
  assert_answer (s, BOOK "r:{'error': {'code': 'x', 'message': 'closed'}}",
      "No: closed");
  assert_answer (s, BOOK "r:'odd'", "Sorry, that did not work.");
  assert_answer (s, BOOK "r:{'free': true}; a:Filler.", "Booked.");
  script_free (s);
}

static void
several_calls_and_steps (void)
{
  Script *s = script (booking);

  assert_answer (s, "u:look", " c:look{} c:look{'x':2} c:see{}");
#define LOOK "u:look; a:; c:look; c:look; c:see; "
  assert_answer (s, LOOK "r:1; r:2.5; r:{'x': true}", "1 2.5 true c:more{}");
  assert_answer (s, LOOK "r:1; r:2; r:{'error': {}}",
      "Sorry, that did not work.");
  assert_answer (s, LOOK "r:1; r:2; r:{'status': 'running'}",
      "That is still being done.");
  /* A cancelled read leaves no trace. */
  assert_answer (s, "u:look; a:; c:look; c:see; r:1; r:{'x': 3}",
      "1  3 c:more{}");
  assert_answer (s, LOOK "r:1; r:2; r:{}; a:; c:more; r:'end'", "end.");
  assert_answer (s, LOOK "r:1; r:2; r:{}; a:; c:more; r:'end'; u:thanks",
      "Sure.");
  script_free (s);
}

/* R17: a call shown as running, and the late report of a write: told once, by
 * itself or with the next answer. */
static void
late_results (void)
{
  Script *s = script (booking);

#define RUNNING BOOK "r:{'status': 'running'}; u:thanks"
#define ENDED BOOK "r:{'free': true}; u:thanks"
  assert_answer (s, RUNNING, "Sure.");
  check (s, SCRIPT_UNASKED, ENDED "; a:Sure.",
      "By the way, Tuesday is booked.");
  assert_answer (s, ENDED "; a:Sure.; u:thanks",
      "By the way, Tuesday is booked. Sure.");
  assert_answer (s,
      ENDED "; a:Sure.; a:By the way, Tuesday is booked.; " "u:thanks",
      "Sure.");
  assert_answer (s, ENDED "; a:Sure.; a~:By the way,; u:thanks", "Sure.");
  check (s, SCRIPT_UNASKED, ENDED "; a:By the way, Tuesday is booked. Sure.",
      "");
  /* Without words of its own it is what the answer would have been. */
  check (s, SCRIPT_UNASKED, "u:look; a:; c:see; r:{'x': 1}; u:thanks; a:Sure.",
      "  1");
  /* It was heard in time. */
  assert_answer (s, BOOK "r:{'free': true}; a:Booked.; u:thanks", "Sure.");
  check (s, SCRIPT_UNASKED, "u:thanks; a:Sure.", "");
  script_free (s);
}

/* R17: it goes on from the heard words. */
static void
unheard (void)
{
  Script *s = script ("{'always': [{'match': 'hours', 'say':"
      " 'We are open from nine to five, but not on Sunday.'}]}");

#define ASK(line, expected) check (s, SCRIPT_UNHEARD | SCRIPT_TOOLS, line, \
    expected)
  ASK ("u:hours; a~:We are open", "from nine to five, but not on Sunday.");
  ASK ("u:hours; a~:We are open ; s:The caller interrupted.",
      "from nine to five, but not on Sunday.");
  ASK ("u:hours; a~:We are open; a~:from nine", "to five, but not on Sunday.");
  ASK ("u:hours", "We are open from nine to five, but not on Sunday.");
  ASK ("u:hours; a:Filler", "We are open from nine to five, but not on "
      "Sunday.");
  ASK ("u:hours; a:We are open from nine to five, but not on Sunday.",
      "Sorry, what did you say?");
  ASK ("a~:Welcome", "Sorry, what did you say?");
  script_free (s);
  s = script ("{'always': [{'match': 'a', 'say': 'One two three.'}],"
      "'unheard': {'say': 'I said ${heard}. So: ${rest}', 'expect': 'open'}}");
  ASK ("u:a; a~:One", "I said One. So: two three. ?open 0");
  ASK ("u:a; a~:One; a~:I said One. So: two", "I said One two. So: three. "
      "?open 0");
  script_free (s);
}

static void
what_models_do_badly (void)
{
  Script *s = script ("{'always': ["
      "{'match': 'fail', 'say': 'Well', 'fail': {'code': 'auth', 'text': 'No"
      " key.'}}, {'match': 'stall', 'say': 'Well', 'stall': true},"
      "{'match': 'empty', 'empty': true}, {'match': 'refuse', 'refuse': true},"
      "{'match': 'listen', 'say': 'Listen.', 'uninterruptible': true},"
      "{'match': 'wild', 'call': {'name': 'nothing', 'id': 'same'},"
      " 'then': {'say': 'x'}}]}");
  ScriptAnswer *answer;
  JsonArray *messages = conversation ("u:wild");

  assert_answer (s, "u:fail", "Well !auth No key.");
  assert_answer (s, "u:stall", "Well stall");
  assert_answer (s, "u:empty", "");
  assert_answer (s, "u:refuse", "Sorry, I cannot help with that.");
  assert_answer (s, "u:listen", "Listen. A!");
  assert_answer (s, "u:wild", " c:nothing{}");
  answer = script_answer (s, messages, SCRIPT_TOOLS);
  g_assert_cmpstr (((ScriptCall *) g_ptr_array_index (answer->calls, 0))->id,
      ==, "same");
  script_answer_free (answer);
  json_array_unref (messages);
  script_free (s);
}

static void
every_error_code (void)
{
  for (guint i = 0; i <= GST_VOICE_ERROR_INTERNAL; i++) {
    const gchar *name = gst_voice_error_name (i);
    gchar *text = g_strdup_printf ("{'else': {'fail': '%s'}}", name);
    gchar *expected = g_strdup_printf (" !%s the script fails here", name);
    Script *s = script (text);

    assert_answer (s, "u:x", expected);
    script_free (s);
    g_free (expected);
    g_free (text);
  }
}

/* After too many steps, and where there are no tools at all. */
static void
without_tools (void)
{
  Script *s = script (booking);

  check (s, 0, "u:book Tuesday", "One moment. Sorry, that did not work.");
  check (s, 0, "u:thanks", "Sure.");
  check (s, 0, LOOK "r:1; r:2; r:{'x': 3}", "1 2 3 Sorry, that did not work.");
  script_free (s);
  s = script ("{'else': {'say': 'Bye.', 'end': true}}");
  check (s, 0, "u:x", "Bye.");
  script_free (s);
}

/* Whatever else did the talking: what is known of it counts, the rest is
 * let be. */
static void
foreign_conversations (void)
{
  Script *s = script (booking);

  assert_answer (s, "u:thanks; a:; c:other; r:{}", "Sure.");
  assert_answer (s, "a:; c:other; r:{}; u:thanks", "Sure.");
  assert_answer (s, "u:book x; a:; c:other; r:{}", "One moment. c:book{'day':"
      "'x','n':[1,null,'x'],'deep':{'note':'for x'}}");
  assert_answer (s, "u:book x; a:; c:book", "One moment. c:book{'day':'x',"
      "'n':[1,null,'x'],'deep':{'note':'for x'}}");
  script_free (s);
}

static void
odd_messages (void)
{
  Script *s = script (booking);
  static const gchar *const odd[] = { "[]", "[1, null, [], {}]",
    "[{\"role\": 1}]", "[{\"role\": \"user\"}]",
    "[{\"role\": \"user\", \"content\": {}}]",
    "[{\"role\": \"assistant\", \"tool_calls\": 1}]",
    "[{\"role\": \"assistant\", \"tool_calls\": [1, {}, {\"id\": 2}]}]",
    "[{\"role\": \"user\", \"content\": \"look\"},"
        "{\"role\": \"assistant\", \"tool_calls\": [{\"name\": \"see\"}]},"
        "{\"role\": \"tool\", \"content\": 1}, {\"role\": \"tool\"}]",
    NULL
  };

  for (guint i = 0; odd[i]; i++) {
    JsonNode *node = json_from_string (odd[i], NULL);

    for (guint ask = 0; ask < 8; ask++)
      script_answer_free (script_answer (s, json_node_get_array (node), ask));
    json_node_unref (node);
  }
  script_free (s);
}

static void
templates (void)
{
  ScriptValues values = {
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        (GDestroyNotify) json_node_unref)
  };
  static const gchar *const rows[][3] = {
    {"$ $$ $${n} ${", NULL, "'}' is missing"},
    {"${}", NULL, "no name"},
    {"${n|shout}", NULL, "no filter 'shout'"},
    {"a$b $$c ${n}", "a$b $c 29340", "\"a$b $c 29340\""},
    {"${n}", "29340", "\"29340\""},
    {"${n|number}", "29340", "29340"},
    {"${w|number}", "ä b", "\"ä b\""},
    {"${n|spell}", "2 9 3 4 0", "\"2 9 3 4 0\""},
    {"${w|spell}", "ä b", "\"ä b\""},
    {"${none}", "", "null"},
    {"${none|else:him}", "him", "\"him\""},
    {"${n|else:him}", "29340", "\"29340\""},
    {"${t.list.1}", "b", "\"b\""},
    {"${t.list.9}${t.x.y}", "", "\"\""},
    {"${t.list}", "a, b", "[\"a\",\"b\"]"},
    {"${t.list|list:and}", "a and b", "\"a and b\""},
    {"${t.obj.f}", "1.5", "1.5"},
    {"${t.obj}", "{\"f\":1.5,\"no\":false}", "{\"f\":1.5,\"no\":false}"},
    {"${t.null}", "", "null"},
  };

  g_hash_table_insert (values.slots, g_strdup ("n"), g_strdup ("29340"));
  g_hash_table_insert (values.slots, g_strdup ("w"), g_strdup ("ä b"));
  g_hash_table_insert (values.results, g_strdup ("t"), json_from_string
      ("{\"list\": [\"a\", \"b\"], \"obj\": {\"f\": 1.5, \"no\": false}, "
          "\"null\": null}", NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    ScriptTemplate *t = script_template_new (rows[i][0], &error);
    GString *out = g_string_new (NULL);
    JsonNode *node;
    gchar *json;

    if (!rows[i][1]) {
      g_assert_null (t);
      g_assert_nonnull (strstr (error->message, rows[i][2]));
      g_clear_error (&error);
    } else {
      g_assert_no_error (error);
      script_template_append (t, &values, out);
      g_assert_cmpstr (out->str, ==, rows[i][1]);
      node = script_template_to_json (t, &values);
      json = json_to_string (node, FALSE);
      g_assert_cmpstr (json, ==, rows[i][2]);
      g_free (json);
      json_node_unref (node);
      script_template_free (t);
    }
    g_string_free (out, TRUE);
  }
  g_hash_table_unref (values.slots);
  g_hash_table_unref (values.results);
}

/* A result as large as one likes does not make a speech as large. */
static void
text_is_bounded (void)
{
  Script *s = script ("{'always': [{'match': 'a', 'call': {'name': 't'},"
      "'then': {'say': 'x${t}${t}'}}]}");
  GString *line = g_string_new ("u:a; a:; c:t; r:'");
  JsonArray *messages;
  ScriptAnswer *answer;

  for (guint i = 0; i < 20000; i++)
    g_string_append (line, "ä");
  g_string_append (line, "'");
  messages = conversation (line->str);
  answer = script_answer (s, messages, SCRIPT_TOOLS);
  g_assert_true (g_utf8_validate (answer->text, -1, NULL));
  g_assert_cmpuint (strlen (answer->text), ==, 16 * 1024 - 1);
  script_answer_free (answer);
  json_array_unref (messages);
  g_string_free (line, TRUE);
  script_free (s);
}

static const gchar *const faults[][2] = {
  {"", "test.json:1:1: "},
  {"[]", "test.json:1: must be an object"},
  {"{\n 'sates': {}}", "test.json:2: /sates: there is no such key; did you "
        "mean 'states'?"},
  {"{'states': {'a': {'intent': []}}}", "/states/a/intent: there is no such "
        "key; did you mean 'intents'?"},
  {"{'start': 'ide', 'states': {'idle': {}}}", "/start: there is no state "
        "'ide'; did you mean 'idle'?"},
  {"{'start': 'x'}", "/start: there is no state 'x'"},
  {"{'else': {'goto': 'idel'}, 'states': {'idle': {}}}", "/else/goto: there "
        "is no state 'idel'; did you mean 'idle'?"},
  {"{'else': {'goto': 'q'}, 'states': {'idle': {}}}", "there are: idle"},
  {"{'else': {'goto': 1}, 'states': {'idle': {}}}", "/else/goto: must be a "
        "text"},
  {"{'else': {}}", "/else: does nothing"},
  {"{'else': {'say': 1}}", "/else/say: must be a text"},
  {"{'else': {'say': []}}", "/else/say: must have one text"},
  {"{'else': {'say': ['a', 1]}}", "/else/say/1: must be a text"},
  {"{'else': {'say': '${x'}}", "/else/say: '}' is missing"},
  {"{'else': {'say': '${x}'}}", "/else/say: nothing fills 'x': no pattern"},
  {"{'always': [{'match': '{name}', 'say': '${nmae}'}]}",
      "/always/0/say: nothing fills 'nmae'; did you mean 'name'?"},
  {"{'always': [{'match': '{name}', 'say': '${name.x}'}]}",
      "'name' is a slot, which has no parts"},
  {"{'always': [{'match': '{text}', 'say': 'x'}]}", "cannot be called"},
  {"{'always': [{'match': '(', 'say': 'x'}]}", "/always/0/match: "},
  {"{'always': [{'match': ['a', '<b>'], 'say': 'x'}]}",
      "/always/0/match/1: there is no list 'b'"},
  {"{'always': [{'match': [], 'say': 'x'}]}", "1 to 100 patterns"},
  {"{'always': [{'match': 1, 'say': 'x'}]}", "must be a pattern"},
  {"{'always': [{'say': 'x'}]}", "/always/0: 'match' is missing"},
  {"{'always': {}}", "must be a list of intents"},
  {"{'always': [1]}", "/always/0: must be an object"},
  {"{'else': {'say': 'x', 'end': 'yes'}}", "/else/end: must be true or "
        "false"},
  {"{'else': {'set': {'A': 'x'}}}", "/else/set/A: a slot has a name"},
  {"{'else': {'set': {'rest': 'x'}}}", "'rest' cannot be set"},
  {"{'else': {'set': {'a': 1}}}", "/else/set/a: must be a text"},
  {"{'else': {'expect': 'digit'}}", "/else/expect: there is no kind of "
        "answer 'digit'; did you mean 'digits'?"},
  {"{'else': {'expect': {'kind': 'digits', 'length': 0}}}",
      "/else/expect/length: must be a number"},
  {"{'else': {'expect': {'length': 1}}}", "/else/expect: 'kind' is missing"},
  {"{'else': {'fail': 'sever'}}", "/else/fail: there is no error code "
        "'sever'; did you mean 'server'?"},
  {"{'else': {'fail': {'text': 'x'}}}", "'code' is missing"},
  {"{'else': {'fail': 'server', 'goto': 'a'}, 'states': {'a': {}}}",
      "/else: only one of"},
  {"{'else': {'fail': 'server', 'set': {'a': 'b'}}}", "cannot set"},
  {"{'else': {'empty': true, 'say': 'x'}}", "/else/empty: must be without"},
  {"{'else': {'cycle': [{'say': 'a'}], 'say': 'x'}}", "/else/cycle: must "
        "stand alone"},
  {"{'else': {'cycle': []}}", "/else/cycle: must not be empty"},
  {"{'else': {'call': {'name': 'x'}}}", "'then' is missing"},
  {"{'else': {'call': {'name': 'x'}, 'end': true, 'then': {'say': 'y'}}}",
      "only one of"},
  {"{'else': {'say': 'x', 'then': {'say': 'y'}}}", "only beside 'call'"},
  {"{'else': {'say': 'x', 'late': 'y'}}", "only beside 'call'"},
  {"{'else': {'call': {}, 'then': {'say': 'y'}}}", "/else/call: 'name' is "
        "missing"},
  {"{'else': {'call': [], 'then': {'say': 'y'}}}", "1 to 16 calls"},
  {"{'else': {'call': {'name': 'x', 'argument': {}}, 'then': {'say': 'y'}}}",
      "did you mean 'arguments'?"},
  {"{'else': {'call': {'name': 'x', 'arguments': []}, 'then': {'say': 'y'}}}",
      "/else/call/arguments: must be an object"},
  {"{'else': {'call': {'name': 'x', 'arguments': {'a': ['${b}']}},"
        "'then': {'say': 'y'}}}", "/else/call/arguments/a/0: nothing fills"},
  {"{'else': {'say': 'x', 'when': {}}}", "/else/when: there is no such key"},
  {"{'else': {'cases': [{'when': {'outcome': 'good'}, 'say': 'x'}]}}",
      "/else/cases/0/when/outcome: there is no outcome 'good'"},
  {"{'else': {'cases': [{'when': {'x': 1}, 'say': 'x'}]}}",
      "/else/cases/0/when/x: nothing fills 'x'"},
  {"{'else': {'cases': [{'when': {'text': {'is': 1}}, 'say': 'x'}]}}",
      "/else/cases/0/when/text/is: there is no such key"},
  {"{'else': {'cases': [{'when': {'text': {}}, 'say': 'x'}]}}",
      "'not' is missing"},
  {"{'else': {'cases': [{'when': {'text': {'not': {}}}, 'say': 'x'}]}}",
      "must be a text, a number"},
  {"{'failed': {'goto': 'a'}, 'states': {'a': {}}}", "/failed: can only "
        "speak"},
  {"{'unheard': {'cases': [{'call': {'name': 'x'}, 'then': {'say': 'y'}}]}}",
      "can only speak"},
  {"{'lists': {'a': []}}", "/lists/a: must have 1 to"},
  {"{'lists': {'a': 'b'}}", "/lists/a: must be a list of words"},
  {"{'lists': {'a': ['?']}}", "/lists/a/0: must be a word"},
  {"{'lists': {'a': {'b': ['c', 1]}}}", "/lists/a/b/1: must be a word"},
  {"{'lists': {'digits': ['a']}}", "cannot have the name of a kind"},
  {"{'states': {'a': {'enter': {'goto': 'b'}}, 'b': {'enter': {'goto': 'a'}}"
        "}}", "/states/a/enter: leads back"},
  {"{'states': 1}", "/states: must be an object"},
};

static void
faults_are_told (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++) {
    gchar *json = quoted (faults[i][0]);
    GError *error = NULL;
    Script *s = script_new (json, -1, "test.json", NULL, &error);

    if (s || !g_str_has_prefix (error->message, "test.json:")
        || !strstr (error->message, faults[i][1]))
      g_error ("%s: %s", faults[i][0], s ? "no error" : error->message);
    g_error_free (error);
    g_free (json);
  }
}

static void
size_and_depth_are_bounded (void)
{
  GString *text = g_string_new (NULL);
  GError *error = NULL;

  for (guint i = 0; i < 20; i++)
    g_string_append (text, "{\"else\":{\"cases\":[" + (i ? 8 : 0));
  g_string_append (text, "{\"say\":\"x\"}");
  for (guint i = 0; i < 20; i++)
    g_string_append (text, i < 19 ? "]}" : "]}}");
  g_assert_null (script_new (text->str, -1, "x", NULL, &error));
  g_assert_nonnull (strstr (error->message, "nested more than"));
  g_clear_error (&error);
  g_string_set_size (text, SCRIPT_MAX_SIZE + 1);
  memset (text->str, ' ', text->len);
  g_assert_null (script_new (text->str, text->len, "x", NULL, &error));
  g_clear_error (&error);
  g_string_free (text, TRUE);
}

static void
what_is_of_no_use (void)
{
  Script *s = script ("{'lists': {'used': ['a'], 'idle': ['b']},\n"
      "'states': {'a': {'intents': [{'match': '<used>', 'goto': 'b'},\n"
      "{'match': ['x', '<used>'], 'say': 'y'}]}, 'b': {},\n'c': {}}}");
  const gchar *const *warnings = script_warnings (s);

  g_assert_cmpstr (warnings[0], ==, "test.json:3: /states/a/intents/1/match/1: "
      "is never taken, since /states/a/intents/0/match has the same pattern");
  g_assert_cmpstr (warnings[1], ==,
      "test.json:4: /states/c: no 'goto' leads to this state");
  g_assert_cmpstr (warnings[2], ==,
      "test.json:1: /lists/idle: no pattern uses this list");
  g_assert_null (warnings[3]);
  script_free (s);
  s = script (order);
  g_assert_null (script_warnings (s)[0]);
  script_free (s);
}

/* States that lead round in a circle by conditions end some time. */
static void
circles_end (void)
{
  Script *s = script ("{'else': {'goto': 'a'}, 'states': {"
      "'a': {'enter': {'say': 'x', 'cases': [{'when': {'text': {'not': 'n'}},"
      "'goto': 'a'}]}}}}");
  JsonArray *messages = conversation ("u:go");
  ScriptAnswer *answer = script_answer (s, messages, 0);

  g_assert_cmpuint (strlen (answer->text), <, 100);
  script_answer_free (answer);
  json_array_unref (messages);
  script_free (s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/script/intents", intents_and_lines);
  g_test_add_func ("/script/reply", reply_stands_for_a_script);
  g_test_add_func ("/script/turns", lines_take_turns);
  g_test_add_func ("/script/states", states_lead_on);
  g_test_add_func ("/script/merged", merged_turn);
  g_test_add_func ("/script/results", results_take_their_branch);
  g_test_add_func ("/script/steps", several_calls_and_steps);
  g_test_add_func ("/script/late", late_results);
  g_test_add_func ("/script/unheard", unheard);
  g_test_add_func ("/script/badly", what_models_do_badly);
  g_test_add_func ("/script/codes", every_error_code);
  g_test_add_func ("/script/no-tools", without_tools);
  g_test_add_func ("/script/foreign", foreign_conversations);
  g_test_add_func ("/script/odd", odd_messages);
  g_test_add_func ("/script/templates", templates);
  g_test_add_func ("/script/bounded", text_is_bounded);
  g_test_add_func ("/script/faults", faults_are_told);
  g_test_add_func ("/script/size", size_and_depth_are_bounded);
  g_test_add_func ("/script/useless", what_is_of_no_use);
  g_test_add_func ("/script/circles", circles_end);
  return g_test_run ();
}
