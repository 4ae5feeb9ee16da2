/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What docs/script.md says: its examples are scripts, the conversations below
 * them go as they are written, and it names every key, kind and filter. The
 * scripts of pipelines/ load without a warning.
 */
#include "script-core.h"
#include "script-words.h"

#include <string.h>

typedef struct
{
  const gchar *line;            /* for messages */
  Script *script;
  JsonArray *messages;
  ScriptAnswer *answer;         /* NULL before the first */
  guint next_call;
  gboolean said, expects, fails, stalls, insists;       /* was written down */
} Play;

static gchar *
read_source (const gchar * path)
{
  gchar *whole = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), path,
      NULL);
  GError *error = NULL;
  gchar *text = NULL;

  g_file_get_contents (whole, &text, NULL, &error);
  g_assert_no_error (error);
  g_free (whole);
  return text;
}

/* The first block of that kind behind @from, which is set behind it. */
static gchar *
next_block (const gchar ** from, const gchar * kind)
{
  gchar *fence = g_strdup_printf ("\n```%s\n", kind);
  const gchar *begin = strstr (*from, fence), *end;
  gchar *block = NULL;

  if (begin) {
    begin += strlen (fence);
    end = strstr (begin, "\n```");
    g_assert_nonnull (end);
    block = g_strndup (begin, end + 1 - begin);
    *from = end + 4;
  }
  g_free (fence);
  return block;
}

static JsonObject *
add (Play * play, const gchar * role, const gchar * content)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  json_object_set_string_member (message, "content", content);
  json_array_add_object_element (play->messages, message);
  return message;
}

static JsonNode *
json (const gchar * text)
{
  GError *error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  return node;
}

/* All of the answer was in the conversation that the page has. */
static void
finish (Play * play)
{
  ScriptAnswer *answer = g_steal_pointer (&play->answer);

  if (!answer)
    return;
  if ((!play->said && *answer->text) || play->next_call < answer->calls->len
      || play->expects != (answer->expect != NULL)
      || play->fails != (answer->fail != NULL)
      || play->stalls != answer->stall
      || play->insists != answer->uninterruptible)
    g_error ("before '%s': the answer \"%s\" has more or less than is written",
        play->line, answer->text);
  script_answer_free (answer);
}

static void
ask (Play * play, ScriptAsk how)
{
  g_clear_pointer (&play->answer, script_answer_free);
  play->answer = script_answer (play->script, play->messages,
      SCRIPT_TOOLS | how);
  play->next_call = 0;
  play->said = play->expects = play->fails = play->stalls = play->insists =
      FALSE;
}

static void
caller (Play * play, const gchar * text)
{
  gboolean heard = strcmp (text, "...") != 0;

  finish (play);
  if (heard)
    add (play, "user", text);
  ask (play, heard ? 0 : SCRIPT_UNHEARD);
}

/* Behind a bar it is not heard any more. */
static void
agent (Play * play, const gchar * text)
{
  gchar **parts = g_strsplit (text, " | ", 2);
  gchar *whole = g_strjoinv (" ", parts);
  JsonObject *message;

  g_assert_nonnull (play->answer);
  g_assert_cmpstr (play->answer->text, ==, whole);
  play->said = TRUE;
  message = add (play, "assistant", parts[0] ? parts[0] : "");
  if (parts[0] && parts[1])
    json_object_set_boolean_member (message, "interrupted", TRUE);
  g_free (whole);
  g_strfreev (parts);
}

/* The last message of the agent, which has the calls. */
static JsonObject *
caller_of_tools (Play * play)
{
  guint n = json_array_get_length (play->messages);
  JsonObject *message = NULL;

  while (n-- > 0) {
    message = json_array_get_object_element (play->messages, n);
    if (strcmp (json_object_get_string_member (message, "role"), "tool") != 0)
      break;
  }
  if (strcmp (json_object_get_string_member (message, "role"),
          "assistant") != 0)
    message = add (play, "assistant", "");
  if (!json_object_has_member (message, "tool_calls"))
    json_object_set_array_member (message, "tool_calls", json_array_new ());
  return message;
}

static void
answer_call (Play * play, const ScriptCall * call, JsonNode * result)
{
  JsonArray *calls = json_object_get_array_member (caller_of_tools (play),
      "tool_calls");
  JsonObject *object = json_object_new ();
  gchar *id = g_strdup_printf ("%u", json_array_get_length (play->messages));

  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "name", call->name);
  json_array_add_object_element (calls, object);
  object = add (play, "tool", "");
  json_object_set_string_member (object, "id", id);
  json_object_set_string_member (object, "name", call->name);
  json_object_set_member (object, "content", result);
  g_free (id);
}

/* "name {arguments} => result" */
static void
tool (Play * play, const gchar * text)
{
  gchar **halves = g_strsplit (text, " => ", 2);
  gchar **words = g_strsplit (halves[0], " ", 2);
  const ScriptCall *call;

  g_assert_nonnull (play->answer);
  g_assert_cmpuint (play->next_call, <, play->answer->calls->len);
  call = g_ptr_array_index (play->answer->calls, play->next_call++);
  g_assert_cmpstr (call->name, ==, words[0]);
  g_assert_cmpstr (call->arguments, ==, words[1]);
  if (halves[1]) {
    answer_call (play, call, json (halves[1]));
    if (play->next_call == play->answer->calls->len)
      ask (play, 0);
  }
  g_strfreev (words);
  g_strfreev (halves);
}

/* "name result" comes in the place of one that was running. */
static void
late_result (Play * play, const gchar * text)
{
  gchar **words = g_strsplit (text, " ", 2);
  gboolean found = FALSE;

  for (guint i = 0; i < json_array_get_length (play->messages); i++) {
    JsonObject *message = json_array_get_object_element (play->messages, i);

    if (g_strcmp0 (json_object_get_string_member_with_default (message, "name",
                NULL), words[0]) == 0) {
      json_object_set_member (message, "content", json (words[1]));
      found = TRUE;
    }
  }
  g_assert_true (found);
  g_strfreev (words);
}

static void
play_line (Play * play, const gchar * line)
{
  gchar **halves = g_strsplit (line, ":", 2);
  const gchar *what = halves[0], *rest = halves[1] ? halves[1] : "";
  ScriptAnswer *answer = play->answer;
  gchar *failure;

  rest += strspn (rest, " ");
  play->line = line;
  if (strcmp (what, "caller") == 0) {
    caller (play, rest);
  } else if (strcmp (what, "agent") == 0) {
    agent (play, rest);
  } else if (strcmp (what, "tool") == 0) {
    tool (play, rest);
  } else if (strcmp (what, "result") == 0) {
    late_result (play, rest);
  } else if (strcmp (what, "expects") == 0) {
    g_assert_cmpstr (answer->expect, ==, rest);
    play->expects = TRUE;
  } else if (strcmp (what, "fails") == 0) {
    failure = g_strdup_printf ("%s %s", answer->fail, answer->fail_text);
    g_assert_cmpstr (failure, ==, rest);
    play->fails = TRUE;
    g_free (failure);
  } else if (strcmp (what, "stalls") == 0) {
    play->stalls = TRUE;
  } else if (strcmp (what, "uninterruptible") == 0) {
    play->insists = TRUE;
  } else {
    g_error ("'%s' is no line of a conversation", line);
  }
  g_strfreev (halves);
}

static void
play_conversation (Script * script, const gchar * conversation)
{
  Play play = {.script = script,.messages = json_array_new () };
  gchar **lines = g_strsplit (g_strchomp ((gchar *) conversation), "\n", -1);

  for (guint i = 0; lines[i]; i++)
    play_line (&play, lines[i]);
  play.line = "the end";
  finish (&play);
  g_strfreev (lines);
  json_array_unref (play.messages);
}

static Script *
load (const gchar * text, const gchar * file)
{
  GError *error = NULL;
  Script *script = script_new (text, -1, file, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (script_warnings (script)[0], ==, NULL);
  return script;
}

static void
examples_play (void)
{
  gchar *page = read_source ("docs/script.md"), *example, *conversation;
  const gchar *from = page, *next;
  guint n = 0;

  while ((example = next_block (&from, "json"))) {
    Script *script = load (example, "docs/script.md");

    next = strstr (from, "\n```json\n");
    conversation = next_block (&from, "conversation");
    g_assert_nonnull (conversation);
    g_assert_true (!next || from < next);
    play_conversation (script, conversation);
    g_free (conversation);
    g_free (example);
    script_free (script);
    n++;
  }
  g_assert_cmpuint (n, >=, 6);
  g_free (page);
}

/* Each quoted word of a table of names in a source file. */
static void
check_names (const gchar * page, const gchar * source, const gchar * table)
{
  gchar *text = read_source (source);
  const gchar *p = strstr (text, table);
  const gchar *end = p ? strstr (p, "};") : NULL;
  guint n = 0;

  g_assert_nonnull (end);
  for (p = strchr (p, '{'); (p = strchr (p, '"')) && p < end; n++) {
    gsize length = strcspn (p + 1, "\"");
    gchar *quoted = g_strdup_printf ("`%.*s`", (int) length, p + 1);
    gchar *filter = g_strdup_printf ("`${x\\|%.*s", (int) length, p + 1);

    if (length > 0 && !strstr (page, quoted) && !strstr (page, filter))
      g_error ("docs/script.md does not have %s of %s", quoted, source);
    g_free (filter);
    g_free (quoted);
    p += length + 2;
  }
  g_assert_cmpuint (n, >, 3);
  g_free (text);
}

static void
page_has_every_name (void)
{
  gchar *page = read_source ("docs/script.md");

  check_names (page, "plugins/llm/script-load.c", "script_keys[]");
  check_names (page, "plugins/llm/script-load-action.c", "action_keys[]");
  check_names (page, "plugins/llm/script-load-action.c", "expect_kinds[]");
  check_names (page, "plugins/llm/script-load-action.c", "error_codes[]");
  check_names (page, "plugins/llm/script-load-action.c", "outcomes[]");
  check_names (page, "plugins/llm/script-template.c", "filter_names[]");
  check_names (page, "plugins/llm/script-words.c", "kinds[]");
  g_free (page);
}

static void
scripts_of_pipelines_load (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"),
      "pipelines", NULL);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir))) {
    gchar *file = g_build_filename ("pipelines", name, NULL), *text;

    if (g_str_has_suffix (name, ".script.json")) {
      text = read_source (file);
      script_free (load (text, file));
      g_free (text);
      n++;
    }
    g_free (file);
  }
  g_assert_cmpuint (n, >, 0);
  g_dir_close (dir);
  g_free (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/script-doc/examples", examples_play);
  g_test_add_func ("/script-doc/names", page_has_every_name);
  g_test_add_func ("/script-doc/pipelines", scripts_of_pipelines_load);
  return g_test_run ();
}
