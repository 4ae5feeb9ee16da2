/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Looks into JSON that may be anything, which json-glib's own functions answer
 * with criticals.
 *
 * Threads: any.
 */
#include "provider-json.h"

static JsonNode *
member (JsonObject * object, const gchar * name)
{
  return object ? json_object_get_member (object, name) : NULL;
}

JsonObject *
provider_object (JsonObject * object, const gchar * name)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

JsonArray *
provider_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
}

const gchar *
provider_text (JsonObject * object, const gchar * name, const gchar * fallback)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : fallback;
}

gint64
provider_integer (JsonObject * object, const gchar * name, gint64 fallback)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) != G_TYPE_STRING ?
      json_node_get_int (node) : fallback;
}

gboolean
provider_boolean (JsonObject * object, const gchar * name, gboolean fallback)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN ?
      json_node_get_boolean (node) : fallback;
}

guint
provider_length (JsonArray * array)
{
  return array ? json_array_get_length (array) : 0;
}

/* Returns: (nullable): the element, if it is an object */
JsonObject *
provider_element (JsonArray * array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Returns: (transfer full) (nullable): an object */
JsonNode *
provider_parse (GBytes * bytes)
{
  gsize size;
  const gchar *data = g_bytes_get_data (bytes, &size);
  gchar *text = g_strndup (data ? data : "", size);
  JsonNode *node = json_from_string (text, NULL);

  g_free (text);
  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}
