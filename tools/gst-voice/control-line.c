/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line of `gst-voice ctl`, as it comes from a socket that all programs of
 * the user may write to.
 *
 * Threads: any. Locks: none.
 */
#include "control-line.h"

#include "worker-control.h"

#include <gst-voice/json.h>

#define MAX_DEPTH 4

static const struct
{
  const gchar *name;
  CallCommand command;
  gboolean text;
} commands[] = {
  {"say", CALL_SAY, TRUE},
  {"inject", CALL_INJECT, TRUE},
  {"end", CALL_HANGUP, FALSE},
  {"dump", CALL_DUMP, FALSE},
};

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static gboolean
take (ControlLine * line, guint which, JsonObject * object, GError ** error)
{
  const gchar *call = get_text (object, "call");
  const gchar *text = commands[which].text ? get_text (object, "text") : NULL;

  if (!call || !*call || (commands[which].text && !(text && *text))) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        commands[which].text ? "`call` and `text` must be texts" :
        "`call` must be a text");
    return FALSE;
  }
  line->command = commands[which].command;
  line->call = g_strdup (call);
  line->text = g_strdup (text);
  return TRUE;
}

static gboolean
take_object (ControlLine * line, JsonObject * object, GError ** error)
{
  const gchar *name = get_text (object, "command");

  line->list = g_strcmp0 (name, "list") == 0;
  line->health = g_strcmp0 (name, "health") == 0;
  if (line->list || line->health)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (g_strcmp0 (name, commands[i].name) == 0)
      return take (line, i, object, error);
  }
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
      "`command` is list, health, say, inject, end or dump");
  return FALSE;
}

/**
 * control_line_parse:
 * @line: (out): what is asked for, to be cleared
 * @json: a line, without its end
 * @length: its bytes
 * @error: what is wrong with it, for whoever has asked
 *
 * Returns: whether it can be obeyed
 */
gboolean
control_line_parse (ControlLine * line, const gchar * json, gsize length,
    GError ** error)
{
  JsonNode *node = gst_voice_json_parse (json, length, WORKER_CONTROL_MAX,
      MAX_DEPTH, NULL);
  gboolean ok = FALSE;

  *line = (ControlLine) {
  0};
  if (node && JSON_NODE_HOLDS_OBJECT (node))
    ok = take_object (line, json_node_get_object (node), error);
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "a command is a line with a JSON object");
  g_clear_pointer (&node, json_node_unref);
  return ok;
}

/**
 * control_line_clear:
 * @line: what control_line_parse () has set
 */
void
control_line_clear (ControlLine * line)
{
  g_clear_pointer (&line->call, g_free);
  g_clear_pointer (&line->text, g_free);
}
