/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tools that act on the call itself. They change nothing outside of it, so
 * all of them are reads, whatever the persona says.
 *
 * Threads: as ToolKind says. Locks: none.
 */
#include "tool.h"
#include "tool-json.h"

#include <gst-voice/error.h>
#include <string.h>

typedef struct
{
  const gchar *name, *description, *parameters;
  ToolCallFunc run;
  gboolean timeless, takes_keys, write;
} Builtin;

static JsonNode *
new_status (const gchar * status)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "status", status);
  json_node_take_object (node, object);
  return node;
}

/* `turn` waits for the last word of the goodbye, and takes the hangup back if
 * the caller has one more thing. */
static void
end_call (ToolCall * call)
{
  tool_call_hang_up (call, "completed");
  tool_call_finish (call, TOOL_OK, new_status ("ending"));
}

static gchar *
text_of (JsonNode * value)
{
  return json_node_get_string (value) ? json_node_dup_string (value) :
      gst_voice_json_to_string (value);
}

/* What the runner knows of the call, a model cannot change. */
static void
set_variable (ToolCall * call)
{
  static const gchar *const fixed[] = { "now", "date", "time", "weekday",
    "time_zone", "caller", "called", "call_id", "persona", NULL
  };
  JsonObject *arguments = json_node_get_object (call->arguments);
  const gchar *name = json_object_get_string_member (arguments, "name");
  gchar *value = text_of (json_object_get_member (arguments, "value"));

  if (g_strv_contains (fixed, name)) {
    tool_call_finish (call, TOOL_INVALID, tool_error_new ("invalid-arguments",
            "This variable cannot be changed. Choose another name."));
  } else {
    gst_voice_session_set_variable (call->session, call->element, name, value);
    tool_call_finish (call, TOOL_OK, new_status ("set"));
  }
  g_free (value);
}

static void
wait_for (ToolCall * call)
{
  gdouble seconds = json_object_get_double_member (json_node_get_object
      (call->arguments), "seconds");

  tool_call_finish_after (call, seconds * GST_SECOND, new_status ("waited"));
}

static const Builtin builtins[] = {
  {"end_call",
        "Ends the phone call. Say goodbye before you use it. Use it only "
        "when the caller wants nothing more.",
      "{\"type\":\"object\",\"properties\":{\"reason\":{\"type\":\"string\","
        "\"maxLength\":500,\"description\":\"Why, for the record.\"}},"
        "\"additionalProperties\":false}", end_call},
  {"set_variable",
        "Notes something about this call under a name, for the "
        "record and for other tools.",
        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\","
        "\"pattern\":\"^[A-Za-z_][A-Za-z0-9_]{0,63}$\"},\"value\":{\"type\":"
        "[\"string\",\"number\",\"boolean\"],\"maxLength\":4096}},"
        "\"required\":[\"name\",\"value\"],\"additionalProperties\":false}",
      set_variable},
  {"wait",
        "Waits in silence, for when the caller asks for a moment. The caller "
        "may speak at any time.",
      "{\"type\":\"object\",\"properties\":{\"seconds\":{\"type\":\"number\","
        "\"minimum\":0,\"maximum\":60}},\"required\":[\"seconds\"],"
        "\"additionalProperties\":false}", wait_for,.timeless = TRUE},
  {"collect_digits",
        "Waits for keys that the caller presses on the telephone, and gives "
        "them. The caller ends by #, or after as many as you ask for. Say "
        "what to key in before, or as the prompt.",
        "{\"type\":\"object\",\"properties\":{\"count\":{\"type\":"
        "\"integer\",\"minimum\":1,\"maximum\":64,\"description\":\"How many "
        "keys, if it is known.\"},\"timeout\":{\"type\":\"number\","
        "\"minimum\":1,\"maximum\":60,\"description\":\"Seconds to wait for "
        "the next key; 10 if left out.\"},\"prompt\":{\"type\":\"string\","
        "\"maxLength\":500,\"description\":\"What to say while "
        "waiting.\"}},\"additionalProperties\":false}",
      tool_keys_collect,.timeless = TRUE,.takes_keys = TRUE},
  {"send_dtmf",
        "Presses keys for the other side, for when a machine answers and "
        "offers a menu.",
        "{\"type\":\"object\",\"properties\":{\"digits\":{\"type\":"
        "\"string\",\"pattern\":\"^[0-9*#A-D]{1,64}$\"}},\"required\":["
        "\"digits\"],\"additionalProperties\":false}",
      tool_keys_send,.write = TRUE},
};

static const Builtin *
find_builtin (const gchar * name)
{
  for (guint i = 0; i < G_N_ELEMENTS (builtins); i++) {
    if (strcmp (builtins[i].name, name) == 0)
      return &builtins[i];
  }
  return NULL;
}

static gboolean
prepare (Tool * tool, GError ** error)
{
  const Builtin *builtin = find_builtin (tool->spec->name);

  if (!builtin) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
        "there is no builtin tool of that name");
    return FALSE;
  }
  if (!tool->description)
    tool->description = builtin->description;
  tool->access = builtin->write ? GST_VOICE_TOOL_WRITE : GST_VOICE_TOOL_READ;
  tool->timeless = builtin->timeless;
  tool->takes_keys = builtin->takes_keys;
  tool->parameters = gst_voice_json_parse (builtin->parameters, -1,
      GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL);
  return TRUE;
}

static void
run (ToolCall * call)
{
  find_builtin (call->tool->spec->name)->run (call);
}

const ToolKind tool_builtin = {
  .prepare = prepare,
  .run = run,
};
