/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a call came to, by the rules of its persona. They see the record and
 * nothing else, so the same call is judged the same way each time.
 *
 * Threads: any. Locks: none.
 */
#include "evaluation.h"

#include "persona-rules.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_DEPTH 8

static const gchar *
text_member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

/* What came late may be an error, too. */
static gboolean
is_error (const gchar * json)
{
  JsonNode *node = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  gboolean error = !node || (JSON_NODE_HOLDS_OBJECT (node)
      && json_object_has_member (json_node_get_object (node), "error"));

  g_clear_pointer (&node, json_node_unref);
  return error;
}

static gboolean
has_succeeded (const RecordCall * call)
{
  const gchar *late = call->late;

  if (strcmp (call->outcome, "ok") == 0)
    return TRUE;
  if (strcmp (call->outcome, "late") == 0)
    late = call->result;
  return late && !is_error (late);
}

static gboolean
tools_fit (const Record * record, const gchar * name, const gchar * access)
{
  if (!name && !access)
    return TRUE;
  for (guint i = 0; i < record_length (record, RECORD_CALLS); i++) {
    const RecordCall *call = record_item (record, RECORD_CALLS, i);

    if (has_succeeded (call) && (!name || persona_rules_fit (name, call->name))
        && (!access || strcmp (access, call->access) == 0))
      return TRUE;
  }
  return FALSE;
}

static const gchar *
find_variable (const Record * record, const gchar * name)
{
  for (guint i = 0; i < record_length (record, RECORD_VARIABLES); i++) {
    const RecordVariable *variable = record_item (record, RECORD_VARIABLES, i);

    if (strcmp (variable->name, name) == 0)
      return variable->value;
  }
  return NULL;
}

static gboolean
variables_fit (const Record * record, JsonObject * when)
{
  JsonNode *node = json_object_get_member (when, "variables");
  JsonObjectIter iter;
  const gchar *name;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return node == NULL;
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, NULL)) {
    const gchar *pattern = text_member (json_node_get_object (node), name);
    const gchar *value = find_variable (record, name);

    if (!pattern || !value || !persona_rules_fit (pattern, value))
      return FALSE;
  }
  return TRUE;
}

static gboolean
holds (const Record * record, JsonObject * when)
{
  const gchar *reason = text_member (when, "reason");

  return tools_fit (record, text_member (when, "tool"),
      text_member (when, "access"))
      && (!reason || persona_rules_fit (reason, record->reason))
      && record->turns_taken >=
      json_object_get_int_member_with_default (when, "turns", 0)
      && variables_fit (record, when);
}

/* (nullable): what the rule says if it holds. */
static const gchar *
apply (const Record * record, JsonNode * rule)
{
  JsonNode *when = JSON_NODE_HOLDS_OBJECT (rule) ?
      json_object_get_member (json_node_get_object (rule), "when") : NULL;

  if (!JSON_NODE_HOLDS_OBJECT (rule)
      || (when && (!JSON_NODE_HOLDS_OBJECT (when)
              || !holds (record, json_node_get_object (when)))))
    return NULL;
  return text_member (json_node_get_object (rule), "outcome");
}

/**
 * evaluation_by_rules:
 * @record: of a call that is over
 * @rules: (nullable): of the persona
 *
 * Returns: (transfer full) (nullable): what the call came to; %NULL if no rule
 *   holds
 */
gchar *
evaluation_by_rules (const Record * record, const gchar * rules)
{
  JsonNode *node = rules ? gst_voice_json_parse (rules, -1,
      GST_VOICE_JSON_MAX_SIZE, MAX_DEPTH, NULL) : NULL;
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;
  const gchar *outcome = NULL;
  gchar *text;

  for (guint i = 0; array && !outcome && i < json_array_get_length (array); i++)
    outcome = apply (record, json_array_get_element (array, i));
  text = g_strdup (outcome);
  g_clear_pointer (&node, json_node_unref);
  return text;
}
