/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the wires of language models have in common: what is known of an answer,
 * members of JSON that may be missing or of any type, and errors.
 *
 * Threads: any, one at a time. Locks: none.
 */
#include "llm-wire.h"

#include <gst-voice/json.h>
#include <string.h>

static void
call_free (gpointer data)
{
  LlmCall *call = data;

  g_free (call->id);
  g_free (call->name);
  g_free (call->signature);
  g_string_free (call->arguments, TRUE);
  g_free (call);
}

void
llm_answer_init (LlmAnswer * answer)
{
  answer->calls = g_ptr_array_new_with_free_func (call_free);
}

void
llm_answer_clear (LlmAnswer * answer)
{
  g_clear_pointer (&answer->calls, g_ptr_array_unref);
  g_clear_pointer (&answer->model, g_free);
}

/* Returns: (transfer none) (nullable): one without a name, if there is room */
LlmCall *
llm_answer_add_call (LlmAnswer * answer)
{
  LlmCall *call;

  if (answer->calls->len >= LLM_WIRE_MAX_CALLS)
    return NULL;
  call = g_new0 (LlmCall, 1);
  call->name = g_strdup ("");
  call->arguments = g_string_new (NULL);
  g_ptr_array_add (answer->calls, call);
  return call;
}

/* No arguments are an empty object. */
const gchar *
llm_call_arguments (const LlmCall * call)
{
  return call->arguments->len ? call->arguments->str : "{}";
}

void
llm_answer_set_model (LlmAnswer * answer, const gchar * model)
{
  if (model && *model && !answer->model && strlen (model) <= LLM_WIRE_MAX_NAME)
    answer->model = g_strdup (model);
}

gboolean
llm_answer_count (LlmAnswer * answer, gsize more, GError ** error)
{
  answer->length += more;
  return answer->length <= LLM_WIRE_MAX_TEXT || llm_wire_fail (error,
      GST_VOICE_ERROR_BAD_RESPONSE, "the model wrote more than a megabyte: set "
      "max-tokens");
}

gboolean
llm_answer_is_whole (const LlmAnswer * answer, GError ** error)
{
  if (!answer->finished)
    return llm_wire_fail (error, GST_VOICE_ERROR_DISCONNECTED, "the model's "
        "service ended its answer before it was complete: try again");
  return !answer->filtered || answer->surfaced || llm_wire_fail (error,
      GST_VOICE_ERROR_BAD_REQUEST, "the model has answered nothing: "
      LLM_WIRE_FILTERED);
}

/* Members of the right type only; whatever else a service writes is as if it
 * were not there. */
JsonNode *
llm_wire_member (JsonObject * object, const gchar * name, JsonNodeType type)
{
  JsonNode *node = object ? json_object_get_member (object, name) : NULL;

  return node && JSON_NODE_TYPE (node) == type ? node : NULL;
}

JsonObject *
llm_wire_object (JsonObject * object, const gchar * name)
{
  JsonNode *node = llm_wire_member (object, name, JSON_NODE_OBJECT);

  return node ? json_node_get_object (node) : NULL;
}

JsonArray *
llm_wire_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = llm_wire_member (object, name, JSON_NODE_ARRAY);

  return node ? json_node_get_array (node) : NULL;
}

const gchar *
llm_wire_string (JsonObject * object, const gchar * name)
{
  JsonNode *node = llm_wire_member (object, name, JSON_NODE_VALUE);

  return node && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

gboolean
llm_wire_number (JsonObject * object, const gchar * name, gint64 * number)
{
  JsonNode *node = llm_wire_member (object, name, JSON_NODE_VALUE);
  gdouble value;

  if (!node || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return FALSE;
  value = json_node_get_double (node);
  if (!(value >= 0 && value <= G_MAXINT32))
    return FALSE;
  *number = (gint64) value;
  return TRUE;
}

JsonObject *
llm_wire_element (JsonArray * array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

const gchar *
llm_wire_text_at (JsonArray * array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

guint
llm_wire_length (JsonArray * array)
{
  return array ? json_array_get_length (array) : 0;
}

/* Returns: (transfer full) (nullable): what a service has sent */
JsonNode *
llm_wire_parse (const gchar * json, gssize size)
{
  return gst_voice_json_parse (json, size, GST_VOICE_JSON_MAX_SIZE,
      LLM_WIRE_MAX_DEPTH, NULL);
}

gchar *
llm_wire_to_json (JsonObject * root)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  gchar *json;

  json_node_take_object (node, root);
  json = gst_voice_json_to_string (node);
  json_node_unref (node);
  return json;
}

gboolean
llm_wire_fail (GError ** error, GstVoiceError code, const gchar * text)
{
  g_set_error_literal (error, GST_VOICE_ERROR, code, text);
  return FALSE;
}

const LlmMeaning *
llm_wire_find (const LlmMeaning * meanings, guint n, const gchar * word)
{
  for (guint i = 0; word && i < n; i++) {
    if (strcmp (meanings[i].word, word) == 0)
      return &meanings[i];
  }
  return NULL;
}

gboolean
llm_wire_fail_late (GError ** error, const LlmMeaning * meaning,
    JsonObject * object)
{
  GstVoiceError code = GST_VOICE_ERROR_SERVER;
  gint64 status;

  if (meaning)
    code = meaning->code;
  else if (llm_wire_number (object, "code", &status) && status >= 400)
    code = gst_voice_error_from_http_status (status);
  g_set_error (error, GST_VOICE_ERROR, code, "the model's service failed while "
      "it answered: %s", meaning && meaning->text ? meaning->text :
      code == GST_VOICE_ERROR_BAD_REQUEST ? "it did not like the request" :
      "try again");
  return FALSE;
}

GError *
llm_wire_say_better (const GError * refusal, const LlmMeaning * meaning)
{
  const gchar *todo = strstr (refusal->message, ": ");

  return meaning && meaning->text && todo ? g_error_new (GST_VOICE_ERROR,
      meaning->code, "%.*s: %s", (gint) (todo - refusal->message),
      refusal->message, meaning->text) : g_error_copy (refusal);
}
