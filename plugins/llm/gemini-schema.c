/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A JSON Schema as Gemini takes it: a part of OpenAPI's. What has a counterpart
 * there gets it (several types, `const`, `oneOf`, references within the
 * schema); the rest is left out, for one keyword more and all of the request is
 * refused. `toolcall` checks arguments against the schema itself.
 *
 * Threads: any. Locks: none.
 */
#include "gemini-schema.h"
#include "llm-wire.h"

#include <gst-voice/json.h>
#include <string.h>

/* References can make a small schema endless. */
#define MAX_DEPTH 24
#define MAX_NODES 2000

typedef struct
{
  JsonNode *root;
  guint depth, left;
} Scope;

static JsonObject *reduce (Scope * scope, JsonObject * schema);

static void
take (JsonObject * out, JsonObject * schema, const gchar * name)
{
  JsonNode *node = json_object_get_member (schema, name);

  if (node)
    json_object_set_member (out, name, gst_voice_json_copy (node));
}

static void
set_type (JsonObject * out, const gchar * type)
{
  gchar *upper = g_ascii_strup (type, -1);

  json_object_set_string_member (out, "type", upper);
  g_free (upper);
}

/* One type or several, null among them or not. */
static void
take_type (JsonObject * out, JsonObject * schema)
{
  const gchar *type = llm_wire_string (schema, "type");
  JsonArray *types = llm_wire_array (schema, "type");
  JsonArray *several = json_array_new ();

  if (!type && !types && llm_wire_object (schema, "properties"))
    type = "object";
  if (type)
    set_type (out, type);
  for (guint i = 0; i < llm_wire_length (types); i++) {
    const gchar *one = llm_wire_text_at (types, i);
    JsonObject *choice = json_object_new ();

    if (g_strcmp0 (one, "null") == 0) {
      json_object_set_boolean_member (out, "nullable", TRUE);
    } else if (one) {
      set_type (choice, one);
      json_array_add_object_element (several, json_object_ref (choice));
    }
    json_object_unref (choice);
  }
  if (json_array_get_length (several) == 1)
    set_type (out, llm_wire_string (llm_wire_element (several, 0), "type"));
  else if (json_array_get_length (several) > 1)
    json_object_set_array_member (out, "anyOf", json_array_ref (several));
  json_array_unref (several);
}

/* Of texts only, and none empty. */
static void
take_enum (JsonObject * out, JsonObject * schema)
{
  JsonArray *values = llm_wire_array (schema, "enum");
  const gchar *constant = llm_wire_string (schema, "const");
  JsonArray *texts = json_array_new ();
  gboolean other = FALSE;

  if (constant && *constant)
    json_array_add_string_element (texts, constant);
  for (guint i = 0; i < llm_wire_length (values); i++) {
    JsonNode *node = json_array_get_element (values, i);

    if (JSON_NODE_HOLDS_NULL (node))
      json_object_set_boolean_member (out, "nullable", TRUE);
    else if (!JSON_NODE_HOLDS_VALUE (node)
        || json_node_get_value_type (node) != G_TYPE_STRING)
      other = TRUE;
    else if (*json_node_get_string (node))
      json_array_add_string_element (texts, json_node_get_string (node));
  }
  if (json_array_get_length (texts) > 0 && !other) {
    set_type (out, "string");
    json_object_set_array_member (out, "enum", json_array_ref (texts));
  }
  json_array_unref (texts);
}

static void
take_format (JsonObject * out, JsonObject * schema)
{
  static const gchar *const known[] = { "date-time", "float", "double",
    "int32", "int64", NULL
  };
  const gchar *format = llm_wire_string (schema, "format");

  if (format && g_strv_contains (known, format))
    json_object_set_string_member (out, "format", format);
}

static void
take_properties (Scope * scope, JsonObject * out, JsonObject * schema)
{
  JsonObject *properties = llm_wire_object (schema, "properties");
  JsonArray *required = llm_wire_array (schema, "required");
  JsonObject *reduced = json_object_new ();
  JsonArray *names = json_array_new ();
  GList *members = properties ? json_object_get_members (properties) : NULL;

  for (GList * m = members; m; m = m->next) {
    JsonObject *one = llm_wire_object (properties, m->data);

    json_object_set_object_member (reduced, m->data, one ?
        reduce (scope, one) : json_object_new ());
  }
  g_list_free (members);
  for (guint i = 0; i < llm_wire_length (required); i++) {
    const gchar *name = llm_wire_text_at (required, i);

    if (name && json_object_has_member (reduced, name))
      json_array_add_string_element (names, name);
  }
  if (json_object_get_size (reduced) > 0)
    json_object_set_object_member (out, "properties",
        json_object_ref (reduced));
  if (json_array_get_length (names) > 0)
    json_object_set_array_member (out, "required", json_array_ref (names));
  json_object_unref (reduced);
  json_array_unref (names);
}

static void
take_choices (Scope * scope, JsonObject * out, JsonObject * schema)
{
  JsonArray *choices = llm_wire_array (schema, "anyOf");
  JsonArray *reduced = json_array_new ();

  if (!choices)
    choices = llm_wire_array (schema, "oneOf");
  for (guint i = 0; i < llm_wire_length (choices); i++) {
    JsonObject *one = llm_wire_element (choices, i);

    if (g_strcmp0 (llm_wire_string (one, "type"), "null") == 0)
      json_object_set_boolean_member (out, "nullable", TRUE);
    else if (one)
      json_array_add_object_element (reduced, reduce (scope, one));
  }
  if (json_array_get_length (reduced) > 0)
    json_object_set_array_member (out, "anyOf", json_array_ref (reduced));
  json_array_unref (reduced);
}

/* What a reference within the schema means, or the schema itself. */
static JsonObject *
follow (const Scope * scope, JsonObject * schema)
{
  const gchar *ref = llm_wire_string (schema, "$ref");
  JsonNode *node = ref && *ref == '#' ?
      gst_voice_json_at (scope->root, ref + 1) : NULL;

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      schema;
}

static JsonObject *
reduce (Scope * scope, JsonObject * schema)
{
  static const gchar *const same[] = { "title", "description", "nullable",
    "pattern", "minimum", "maximum", "minItems", "maxItems", "minLength",
    "maxLength", "minProperties", "maxProperties", "propertyOrdering"
  };
  JsonObject *out = json_object_new (), *items;

  if (scope->depth >= MAX_DEPTH || scope->left == 0)
    return out;
  scope->depth++;
  scope->left--;
  schema = follow (scope, schema);
  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    take (out, schema, same[i]);
  take_type (out, schema);
  take_enum (out, schema);
  take_format (out, schema);
  take_properties (scope, out, schema);
  take_choices (scope, out, schema);
  items = llm_wire_object (schema, "items");
  if (items)
    json_object_set_object_member (out, "items", reduce (scope, items));
  scope->depth--;
  return out;
}

/**
 * gemini_schema:
 * @schema: a JSON Schema
 *
 * Returns: (transfer full): what Gemini understands of it
 */
JsonObject *
gemini_schema (JsonNode * schema)
{
  Scope scope = {.root = schema,.left = MAX_NODES };

  return JSON_NODE_HOLDS_OBJECT (schema) ?
      reduce (&scope, json_node_get_object (schema)) : json_object_new ();
}
