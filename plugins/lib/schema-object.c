/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Validation of objects and arrays, for schema-validate.c.
 *
 * Threads: any; a Run belongs to one call. Locks: none.
 */
#include "json.h"
#include "schema-run.h"

#define LIST_LENGTH 240

static guint
item_hash (gconstpointer node)
{
  return gst_voice_json_hash ((JsonNode *) node);
}

static gboolean
item_equal (gconstpointer a, gconstpointer b)
{
  return gst_voice_json_equal ((JsonNode *) a, (JsonNode *) b);
}

static gboolean
check_unique (Run * run, JsonArray * array, const Path * path, GPtrArray * out)
{
  GHashTable *seen;
  gboolean valid = TRUE;

  if (!schema_charge (run, json_array_get_length (array)))
    return FALSE;
  seen = g_hash_table_new (item_hash, item_equal);
  for (guint i = 0; valid && i < json_array_get_length (array); i++) {
    JsonNode *item = json_array_get_element (array, i);
    gpointer first;

    if (g_hash_table_lookup_extended (seen, item, NULL, &first))
      valid = schema_fail (out, path, "uniqueItems", g_strdup ("no item twice"),
          "must have no item twice, but /%u and /%u are the same",
          GPOINTER_TO_UINT (first), i);
    else
      g_hash_table_insert (seen, item, GUINT_TO_POINTER (i));
  }
  g_hash_table_unref (seen);
  return valid;
}

static gboolean
check_contains (Run * run, const Sub * sub, JsonArray * array,
    const Path * path, GPtrArray * out)
{
  gint64 least = sub->counts[COUNT_MIN_CONTAINS];
  gint64 most = sub->counts[COUNT_MAX_CONTAINS];
  gint64 count = 0;

  for (guint i = 0; i < json_array_get_length (array); i++) {
    Path here = { path, NULL, i };
    GPtrArray *ignored = schema_problems_new ();

    count += schema_check (run, sub->singles[SINGLE_CONTAINS],
        json_array_get_element (array, i), &here, ignored);
    g_ptr_array_unref (ignored);
  }
  if (least < 0)
    least = 1;
  if (count < least)
    return schema_fail (out, path, least == 1 ? "contains" : "minContains",
        g_strdup_printf ("%" G_GINT64_FORMAT " fitting items", least),
        "must contain at least %" G_GINT64_FORMAT " item%s of the kind that "
        "\"contains\" describes, has %" G_GINT64_FORMAT, least,
        least == 1 ? "" : "s", count);
  if (most >= 0 && count > most)
    return schema_fail (out, path, "maxContains",
        g_strdup_printf ("at most %" G_GINT64_FORMAT " such items", most),
        "must contain at most %" G_GINT64_FORMAT " item%s of the kind that "
        "\"contains\" describes, has %" G_GINT64_FORMAT, most,
        most == 1 ? "" : "s", count);
  return TRUE;
}

static gboolean
check_items (Run * run, const Sub * sub, JsonArray * array, const Path * path,
    GPtrArray * out)
{
  GPtrArray *prefix = sub->lists[LIST_PREFIX_ITEMS];
  guint length = json_array_get_length (array);
  const Sub *rest = sub->singles[SINGLE_ITEMS];
  gboolean valid = TRUE;

  if (prefix && !rest)
    rest = sub->singles[SINGLE_ADDITIONAL_ITEMS];
  if (prefix && rest && rest->never && length > prefix->len)
    return schema_fail (out, path, "items",
        g_strdup_printf ("at most %u items", prefix->len),
        "must have at most %u item%s, has %u", prefix->len,
        prefix->len == 1 ? "" : "s", length);
  for (guint i = 0; i < length; i++) {
    const Sub *item = prefix && i < prefix->len ? prefix->pdata[i] : rest;
    Path here = { path, NULL, i };

    if (item
        && !schema_check (run, item, json_array_get_element (array, i), &here,
            out))
      valid = FALSE;
  }
  return valid;
}

gboolean
schema_check_array (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  JsonArray *array = json_node_get_array (node);
  gboolean valid = schema_check_counts (sub, COUNT_MIN_ITEMS,
      json_array_get_length (array), "item", "items", path, out);

  if (!check_items (run, sub, array, path, out))
    valid = FALSE;
  if (sub->unique && !check_unique (run, array, path, out))
    valid = FALSE;
  if (sub->singles[SINGLE_CONTAINS]
      && !check_contains (run, sub, array, path, out))
    valid = FALSE;
  return valid;
}

/* The names in `properties` that the object does not have, NULL-terminated. */
static GPtrArray *
names_left (const Sub * sub, JsonObject * object)
{
  GPtrArray *names = g_ptr_array_new ();
  JsonNode *properties = gst_voice_json_at (sub->node, "/properties");
  JsonObjectIter iter;
  const gchar *name;

  if (properties && sub->maps[MAP_PROPERTIES]) {
    json_object_iter_init_ordered (&iter, json_node_get_object (properties));
    while (json_object_iter_next_ordered (&iter, &name, NULL)) {
      if (!json_object_has_member (object, name))
        g_ptr_array_add (names, (gpointer) name);
    }
  }
  g_ptr_array_add (names, NULL);
  return names;
}

static gchar *
join_names (GPtrArray * names)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; names->pdata[i] && list->len < LIST_LENGTH; i++)
    g_string_append_printf (list, "%s%s", i ? ", " : "",
        (const gchar *) names->pdata[i]);
  if (list->len >= LIST_LENGTH)
    g_string_append (list, " …");
  return g_string_free (list, FALSE);
}

static gboolean
unknown_property (Run * run, const Sub * sub, JsonObject * object,
    const gchar * name, const Path * path, GPtrArray * out)
{
  GPtrArray *names;
  const gchar *meant;
  gchar *list;

  if (out->len >= PROBLEMS_LIMIT)
    return FALSE;
  names = names_left (sub, object);
  meant = schema_charge (run, names->len * 4) ? gst_voice_json_closest (name,
      (const gchar * const *) names->pdata) : NULL;
  list = join_names (names);
  if (meant)
    schema_fail (out, path, "additionalProperties", g_strdup (meant),
        "unknown property \"%s\"; did you mean \"%s\"?", name, meant);
  else if (*list)
    schema_fail (out, path, "additionalProperties", g_strdup (list),
        "unknown property \"%s\"; what may stand here still: %s", name, list);
  else
    schema_fail (out, path, "additionalProperties", g_strdup (""),
        "unknown property \"%s\"; leave it out", name);
  g_free (list);
  g_ptr_array_unref (names);
  return FALSE;
}

/* The members that no property names, NULL-terminated. */
static GPtrArray *
strangers (const Sub * sub, JsonObject * object)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTable *properties = sub->maps[MAP_PROPERTIES];
  JsonObjectIter iter;
  const gchar *name;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    if (!properties || !g_hash_table_contains (properties, name))
      g_ptr_array_add (names, (gpointer) name);
  }
  g_ptr_array_add (names, NULL);
  return names;
}

static void
missing_property (Run * run, const Sub * sub, JsonObject * object,
    const gchar * name, const Path * path, GPtrArray * out)
{
  const Sub *property = sub->maps[MAP_PROPERTIES] ?
      g_hash_table_lookup (sub->maps[MAP_PROPERTIES], name) : NULL;
  GPtrArray *names;
  const gchar *meant;
  gchar *words;

  if (out->len >= PROBLEMS_LIMIT)
    return;
  names = strangers (sub, object);
  meant = schema_charge (run, names->len * 4) ? gst_voice_json_closest (name,
      (const gchar * const *) names->pdata) : NULL;
  words = schema_types_in_words (property ? property->types : 0);
  schema_fail (out, path, "required", g_strdup (*words ? words : name),
      "misses the property \"%s\"%s%s%s%s%s%s", name, *words ? " (" : "",
      words, *words ? ")" : "", meant ? "; is \"" : "", meant ? meant : "",
      meant ? "\" meant for it?" : "");
  g_free (words);
  g_ptr_array_unref (names);
}

static gboolean
check_required (Run * run, const Sub * sub, JsonObject * object,
    const Path * path, GPtrArray * out)
{
  guint length = sub->required ? json_array_get_length (sub->required) : 0;
  gboolean valid = schema_charge (run, length);

  for (guint i = 0; i < length && !run->given_up; i++) {
    const gchar *name = json_array_get_string_element (sub->required, i);

    if (!json_object_has_member (object, name)) {
      missing_property (run, sub, object, name, path, out);
      valid = FALSE;
    }
  }
  return valid;
}

static gboolean
check_dependent_required (Run * run, const Sub * sub, JsonObject * object,
    const Path * path, GPtrArray * out)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;
  gboolean valid = TRUE;

  json_object_iter_init_ordered (&iter, sub->dependent_required);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ?
        json_node_get_array (node) : NULL;

    if (!array || !json_object_has_member (object, name))
      continue;
    if (!schema_charge (run, json_array_get_length (array)))
      return FALSE;
    for (guint i = 0; i < json_array_get_length (array); i++) {
      const gchar *needed = json_array_get_string_element (array, i);

      if (!json_object_has_member (object, needed))
        valid = schema_fail (out, path, "dependentRequired", g_strdup (needed),
            "misses the property \"%s\", which \"%s\" needs beside it", needed,
            name);
    }
  }
  return valid;
}

static gboolean
check_dependent_schemas (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  JsonObject *object = json_node_get_object (node);
  GHashTableIter iter;
  gpointer name, schema;
  gboolean valid = TRUE;

  g_hash_table_iter_init (&iter, sub->maps[MAP_DEPENDENT_SCHEMAS]);
  while (g_hash_table_iter_next (&iter, &name, &schema)) {
    if (!json_object_has_member (object, name))
      continue;
    if (((Sub *) schema)->never)
      valid = schema_fail (out, path, "dependentSchemas", g_strdup (""),
          "must not have the property \"%s\"", (const gchar *) name);
    else if (!schema_check (run, schema, node, path, out))
      valid = FALSE;
  }
  return valid;
}

/* The name as a value lives as long as the Run: its address is in `visits`. */
static gboolean
check_name (Run * run, const Sub * sub, const gchar * name, const Path * path,
    GPtrArray * out)
{
  GPtrArray *found = schema_problems_new ();
  JsonNode *node = json_node_new (JSON_NODE_VALUE);
  gboolean valid;

  json_node_set_string (node, name);
  if (!run->names)
    run->names = g_ptr_array_new_with_free_func ((GDestroyNotify)
        json_node_unref);
  g_ptr_array_add (run->names, node);
  valid = schema_check (run, sub, node, path, found);
  if (!valid)
    schema_fail (out, path, "propertyNames", g_strdup (""),
        "is no name for a property here%s%s", found->len ? ": " : "",
        found->len ? ((GstVoiceSchemaProblem *) found->pdata[0])->message : "");
  g_ptr_array_unref (found);
  return valid;
}

static gboolean
check_member (Run * run, const Sub * sub, JsonObject * object,
    JsonNode * value, const Path * path, GPtrArray * out)
{
  const Sub *property = sub->maps[MAP_PROPERTIES] ?
      g_hash_table_lookup (sub->maps[MAP_PROPERTIES], path->name) : NULL;
  const Sub *others = sub->singles[SINGLE_ADDITIONAL_PROPERTIES];
  GPtrArray *patterns = sub->pattern_properties;
  gboolean known = property != NULL, valid = TRUE;

  if (sub->singles[SINGLE_PROPERTY_NAMES])
    valid = check_name (run, sub->singles[SINGLE_PROPERTY_NAMES], path->name,
        path, out);
  if (property && !schema_check (run, property, value, path, out))
    valid = FALSE;
  for (guint i = 0; patterns && i < patterns->len; i++) {
    const SchemaPattern *pattern = patterns->pdata[i];

    if (schema_matches (run, pattern, path->name)) {
      known = TRUE;
      if (!schema_check (run, pattern->sub, value, path, out))
        valid = FALSE;
    }
  }
  if (known || !others)
    return valid;
  if (others->never)
    return unknown_property (run, sub, object, path->name, path, out);
  return schema_check (run, others, value, path, out) && valid;
}

gboolean
schema_check_object (Run * run, const Sub * sub, JsonNode * node,
    const Path * path, GPtrArray * out)
{
  JsonObject *object = json_node_get_object (node);
  gboolean valid = schema_check_counts (sub, COUNT_MIN_PROPERTIES,
      json_object_get_size (object), "property", "properties", path, out);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (!check_required (run, sub, object, path, out))
    valid = FALSE;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &value)) {
    Path here = { path, name, 0 };

    if (!check_member (run, sub, object, value, &here, out))
      valid = FALSE;
  }
  if (sub->dependent_required
      && !check_dependent_required (run, sub, object, path, out))
    valid = FALSE;
  if (sub->maps[MAP_DEPENDENT_SCHEMAS]
      && !check_dependent_schemas (run, sub, node, path, out))
    valid = FALSE;
  return valid;
}
