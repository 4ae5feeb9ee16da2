/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the place of a tool when a persona is tested: answers what the scenario
 * says (docs/evaluation.md), and reaches nobody.
 *
 * Threads: as ToolKind says. Locks: `lock` of the answers, a leaf.
 */
#include "tool.h"
#include "tool-json.h"

#include <gst-voice/error.h>

typedef struct
{
  GMutex lock;
  JsonNode *answers;            /* an object, an array of them, or NULL */
  GHashTable *used;             /* lock: of them, those that were given */
} ToolMock;

static gboolean
fits (JsonObject * answer, JsonNode * arguments)
{
  JsonNode *part = json_object_get_member (answer, "arguments");

  return !part || tool_json_contains (arguments, part);
}

/* Each that fits is given once, in their order, and the last one again. */
static JsonObject *
choose (ToolMock * mock, JsonNode * arguments)
{
  JsonArray *array;
  JsonObject *chosen = NULL;

  if (!mock->answers)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (mock->answers)) {
    chosen = json_node_get_object (mock->answers);
    return fits (chosen, arguments) ? chosen : NULL;
  }
  array = json_node_get_array (mock->answers);
  g_mutex_lock (&mock->lock);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *answer = json_array_get_object_element (array, i);

    if (!fits (answer, arguments))
      continue;
    chosen = answer;
    if (g_hash_table_add (mock->used, answer))
      break;
  }
  g_mutex_unlock (&mock->lock);
  return chosen;
}

/**
 * tool_mock_new:
 * @answers: (nullable): an answer or an array of them; without any each call
 *   fails
 *
 * Returns: (transfer full): the `data` of a tool of the kind `tool_mock`
 */
gpointer
tool_mock_new (JsonNode * answers)
{
  ToolMock *mock = g_new0 (ToolMock, 1);

  g_mutex_init (&mock->lock);
  mock->used = g_hash_table_new (NULL, NULL);
  if (answers)
    mock->answers = gst_voice_json_copy (answers);
  return mock;
}

static gboolean
holds (JsonObject * answer, const gchar * name, GType type)
{
  JsonNode *node = json_object_get_member (answer, name);

  return !node || (JSON_NODE_HOLDS_VALUE (node)
      && (json_node_get_value_type (node) == type
          || (type == G_TYPE_DOUBLE
              && json_node_get_value_type (node) == G_TYPE_INT64)));
}

static gboolean
is_answer (JsonNode * node)
{
  JsonObject *answer = JSON_NODE_HOLDS_OBJECT (node) ?
      json_node_get_object (node) : NULL;

  return answer && holds (answer, "error", G_TYPE_STRING)
      && holds (answer, "delay", G_TYPE_DOUBLE)
      && holds (answer, "hangs", G_TYPE_BOOLEAN);
}

static gboolean
prepare (Tool * tool, GError ** error)
{
  ToolMock *mock = tool->data;
  JsonNode *answers = mock->answers;
  JsonArray *array = answers && JSON_NODE_HOLDS_ARRAY (answers) ?
      json_node_get_array (answers) : NULL;
  gboolean ok = array || !answers || is_answer (answers);

  for (guint i = 0; array && i < json_array_get_length (array); i++)
    ok = ok && is_answer (json_array_get_element (array, i));
  if (!ok)
    g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "its mock is no answer, which is an object with arguments, result, "
        "error, delay or hangs");
  return ok;
}

static void
clear (Tool * tool)
{
  ToolMock *mock = tool->data;

  g_mutex_clear (&mock->lock);
  g_hash_table_unref (mock->used);
  g_clear_pointer (&mock->answers, json_node_unref);
  g_free (mock);
}

static JsonNode *
copy_member (JsonObject * answer, const gchar * name)
{
  JsonNode *node = json_object_get_member (answer, name);

  return node ? gst_voice_json_copy (node) : NULL;
}

static void
run (ToolCall * call)
{
  JsonObject *answer = choose (call->tool->data, call->arguments);
  const gchar *error = answer && json_object_has_member (answer, "error") ?
      json_object_get_string_member (answer, "error") : NULL;
  gdouble delay = answer ?
      json_object_get_double_member_with_default (answer, "delay", 0) : 0;
  JsonNode *result;

  if (!answer) {
    tool_call_finish (call, TOOL_ERROR, tool_error_new ("no-mock",
            "The scenario has no answer for this call."));
    return;
  }
  if (json_object_get_boolean_member_with_default (answer, "hangs", FALSE))
    tool_call_finish_after (call, GST_CLOCK_TIME_NONE, NULL);
  else if (error)
    tool_call_finish (call, TOOL_ERROR, tool_error_new ("mock", error));
  else {
    result = copy_member (answer, "result");
    if (!result)
      result = json_node_init_null (json_node_alloc ());
    if (delay > 0)
      tool_call_finish_after (call, MIN (delay, 3600) * GST_SECOND, result);
    else
      tool_call_finish (call, TOOL_OK, result);
  }
}

const ToolKind tool_mock = {
  .prepare = prepare,
  .clear = clear,
  .run = run,
};
