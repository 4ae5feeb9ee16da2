/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A script, and after a line `---` what happens: a line is what the caller
 * says, one that begins with `=` is the result of the calls before, `~` cuts
 * the last answer, `?` asks although the caller was not understood, `!` though
 * nobody asked.
 */
#include "script-core.h"

#include <gst-voice/json.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#define MAX_LINES 40

static JsonObject *
add (JsonArray * messages, const gchar * role, const gchar * content)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "role", role);
  json_object_set_string_member (message, "content", content);
  json_array_add_object_element (messages, message);
  return message;
}

static guint
ask (const Script * script, JsonArray * messages, ScriptAsk how)
{
  ScriptAnswer *answer = script_answer (script, messages, how);
  JsonObject *message = add (messages, "assistant", answer->text);
  guint n = answer->calls->len;
  JsonArray *calls = json_array_new ();

  g_assert (g_utf8_validate (answer->text, -1, NULL));
  for (guint i = 0; i < n; i++) {
    const ScriptCall *call = g_ptr_array_index (answer->calls, i);
    JsonObject *one = json_object_new ();
    JsonNode *arguments = gst_voice_json_parse (call->arguments, -1,
        G_MAXSIZE, 512, NULL);

    g_assert (arguments && JSON_NODE_HOLDS_OBJECT (arguments));
    json_node_unref (arguments);
    json_object_set_string_member (one, "id", call->id ? call->id : "x");
    json_object_set_string_member (one, "name", call->name);
    json_array_add_object_element (calls, one);
  }
  if (n)
    json_object_set_array_member (message, "tool_calls", calls);
  else
    json_array_unref (calls);
  script_answer_free (answer);
  return n;
}

static void
happen (const Script * script, JsonArray * messages, const gchar * line,
    guint * calls)
{
  guint length = json_array_get_length (messages);

  if (*line == '=') {
    for (; *calls > 0; (*calls)--) {
      JsonNode *content = gst_voice_json_parse (line + 1, -1, 65536, 64,
          NULL);
      JsonObject *result = add (messages, "tool", "");

      json_object_set_string_member (result, "id", "x");
      if (content)
        json_object_set_member (result, "content", content);
    }
    *calls = ask (script, messages, SCRIPT_TOOLS);
  } else if (*line == '~' && length > 0) {
    json_object_set_string_member (json_array_get_object_element (messages,
            length - 1), "content", line + 1);
  } else if (*line == '?' || *line == '!') {
    *calls = ask (script, messages, *line == '?' ? SCRIPT_UNHEARD :
        SCRIPT_UNASKED);
  } else {
    add (messages, "user", line);
    *calls = ask (script, messages, SCRIPT_TOOLS);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  gchar *rest = strstr (text, "\n---\n");
  GError *error = NULL;
  JsonArray *messages = json_array_new ();
  gchar **lines;
  Script *script;
  guint calls = 0;

  if (rest)
    *rest = 0;
  lines = g_strsplit (rest ? rest + 5 : "", "\n", MAX_LINES + 1);
  script = script_new (text, -1, "fuzz", NULL, &error);
  g_assert ((script == NULL) == (error != NULL));
  for (guint i = 0; script && lines[i] && i < MAX_LINES; i++) {
    gchar *line = g_utf8_make_valid (lines[i], -1);

    happen (script, messages, line, &calls);
    g_free (line);
  }
  g_clear_pointer (&script, script_free);
  g_clear_error (&error);
  g_strfreev (lines);
  json_array_unref (messages);
  g_free (text);
  return 0;
}
