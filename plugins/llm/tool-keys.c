/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Builtin tools for the keys of a telephone: `collect_digits` waits for those
 * that the caller presses, `send_dtmf` presses some for the other side.
 *
 * Threads: as tool.h says; keys are looked at in a thread of the runner, one
 * call after the other. Locks: none.
 */
#include "tool.h"

#include <gst-voice/events.h>
#include <string.h>

#define END_KEY '#'
#define DEFAULT_TIMEOUT 10.

static JsonNode *
new_result (const gchar * digits, const gchar * by)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "digits", digits);
  json_object_set_string_member (object, "ended_by", by);
  json_node_take_object (node, object);
  return node;
}

/* Until the end key, as many keys as were asked for, or nothing for so long;
 * while the agent speaks, perhaps to ask for them, time does not count. */
static void
look_at_keys (ToolCall * call)
{
  JsonObject *arguments = json_node_get_object (call->arguments);
  gchar *keys = tool_call_keys (call), *end = strchr (keys, END_KEY);
  gint64 count = json_object_get_int_member_with_default (arguments, "count",
      G_MAXINT64);
  gdouble timeout = json_object_get_double_member_with_default (arguments,
      "timeout", DEFAULT_TIMEOUT);

  if (end && end - keys < count) {
    *end = 0;
    tool_call_finish (call, TOOL_OK, new_result (keys, "key"));
  } else if ((gint64) strlen (keys) >= MIN (count, TOOL_MAX_KEYS)) {
    keys[MIN (count, TOOL_MAX_KEYS)] = 0;
    tool_call_finish (call, TOOL_OK, new_result (keys, "count"));
  } else {
    tool_call_finish_after (call, tool_call_agent_speaks (call) ?
        GST_CLOCK_TIME_NONE : tool_call_elapsed (call) +
        (GstClockTime) (timeout * GST_SECOND), new_result (keys, "timeout"));
  }
  g_free (keys);
}

/**
 * tool_keys_changed:
 * @call: a running `collect_digits`
 *
 * A key has come, or the agent has begun or ceased to speak.
 */
void
tool_keys_changed (ToolCall * call)
{
  tool_call_post (call, look_at_keys);
}

/**
 * tool_keys_collect:
 * @call: a call that begins
 *
 * Runs `collect_digits`.
 */
void
tool_keys_collect (ToolCall * call)
{
  JsonObject *arguments = json_node_get_object (call->arguments);
  const gchar *prompt =
      json_object_get_string_member_with_default (arguments, "prompt", "");

  if (*prompt)
    tool_call_say (call, prompt, "say");
  tool_keys_changed (call);
}

/**
 * tool_keys_send:
 * @call: a call that begins
 *
 * Runs `send_dtmf`: in the streaming thread, so that the keys stand in the
 * order of what is said.
 */
void
tool_keys_send (ToolCall * call)
{
  JsonObject *arguments = json_node_get_object (call->arguments), *object;
  const gchar *digits = json_object_get_string_member (arguments, "digits");
  GstPad *pad = gst_element_get_static_pad (call->element, "src");
  GstStructure *s = gst_voice_structure_new ("send-dtmf", "digits", digits,
      NULL);
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  gst_voice_session_report (call->session, call->element,
      gst_structure_copy (s));
  gst_pad_push_event (pad, gst_voice_event_new (GST_VOICE_ORDERED, NULL, s));
  gst_object_unref (pad);
  object = json_object_new ();
  json_object_set_string_member (object, "status", "sent");
  json_node_take_object (node, object);
  tool_call_finish (call, TOOL_OK, node);
}
