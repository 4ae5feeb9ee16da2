/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON Schema: the life of a compiled schema, problems, and defaults.
 * schema-compile.c compiles, schema-validate.c validates, schema-format.c has
 * the formats, schema-pattern.c the regular expressions.
 *
 * Threads: any; a schema does not change. Locks: none.
 */
#include "json.h"
#include "schema-private.h"

#include <string.h>

/* References followed from a property to its default. */
#define REF_LIMIT 64

G_DEFINE_BOXED_TYPE (GstVoiceSchema, gst_voice_schema, gst_voice_schema_ref,
    gst_voice_schema_unref);

typedef struct
{
  GstVoiceSchemaProblem public;
  gchar *pointer, *keyword, *message, *expected;
} Problem;

static void
problem_clear (gpointer data)
{
  Problem *problem = data;

  g_free (problem->pointer);
  g_free (problem->keyword);
  g_free (problem->message);
  g_free (problem->expected);
}

static void
problem_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, problem_clear);
}

GPtrArray *
schema_problems_new (void)
{
  return g_ptr_array_new_with_free_func (problem_unref);
}

/* Takes @pointer, @message and @expected. */
void
schema_problem_add (GPtrArray * problems, gchar * pointer,
    const gchar * keyword, gchar * message, gchar * expected)
{
  Problem *problem = g_atomic_rc_box_new0 (Problem);

  problem->public.pointer = problem->pointer = pointer;
  problem->public.keyword = problem->keyword = g_strdup (keyword);
  problem->public.message = problem->message = message;
  problem->public.expected = problem->expected = expected;
  g_ptr_array_add (problems, problem);
}

static void
schema_clear (gpointer data)
{
  GstVoiceSchema *schema = data;

  g_ptr_array_unref (schema->subs);
  g_clear_pointer (&schema->root, json_node_unref);
}

/**
 * gst_voice_schema_compile:
 * @node: a JSON Schema; it is copied
 * @flags: how to validate
 * @problems: (out) (optional) (nullable) (element-type GstVoiceSchemaProblem)
 *   (transfer full): what is wrong with the schema, %NULL if nothing is
 *
 * Checks the schema itself: wrong types of keywords, unknown types, bad regular
 * expressions, references that lead nowhere or in a circle, keywords that this
 * validator does not have.
 *
 * Returns: (transfer full) (nullable): the schema, %NULL if it has a problem
 */
GstVoiceSchema *
gst_voice_schema_compile (JsonNode * node, GstVoiceSchemaFlags flags,
    GPtrArray ** problems)
{
  GstVoiceSchema *schema = g_atomic_rc_box_new0 (GstVoiceSchema);
  GPtrArray *found = schema_problems_new ();

  schema->subs = g_ptr_array_new_with_free_func (schema_sub_free);
  schema_compile (schema, node, flags, found);
  if (found->len > 0)
    g_clear_pointer (&schema, gst_voice_schema_unref);
  else
    g_clear_pointer (&found, g_ptr_array_unref);
  if (problems)
    *problems = found;
  else if (found)
    g_ptr_array_unref (found);
  return schema;
}

/**
 * gst_voice_schema_new:
 * @node: a JSON Schema; it is copied
 * @flags: how to validate
 *
 * gst_voice_schema_compile() for those who want to know of the first problem
 * only. The error's domain is %GST_VOICE_JSON_ERROR.
 *
 * Returns: (transfer full) (nullable): the schema
 */
GstVoiceSchema *
gst_voice_schema_new (JsonNode * node, GstVoiceSchemaFlags flags,
    GError ** error)
{
  GPtrArray *problems;
  GstVoiceSchema *schema = gst_voice_schema_compile (node, flags, &problems);
  gchar *text;

  if (problems) {
    text = gst_voice_schema_problem_to_string (problems->pdata[0]);
    g_set_error_literal (error, GST_VOICE_JSON_ERROR,
        GST_VOICE_JSON_ERROR_SYNTAX, text);
    g_free (text);
    g_ptr_array_unref (problems);
  }
  return schema;
}

/**
 * gst_voice_schema_ref:
 * @schema: a schema
 *
 * Returns: (transfer full): the same
 */
GstVoiceSchema *
gst_voice_schema_ref (GstVoiceSchema * schema)
{
  return g_atomic_rc_box_acquire (schema);
}

/**
 * gst_voice_schema_unref:
 * @schema: (transfer full): a schema
 */
void
gst_voice_schema_unref (GstVoiceSchema * schema)
{
  g_atomic_rc_box_release_full (schema, schema_clear);
}

/* Whether the schema names that member of an object. */
gboolean
schema_has_property (GstVoiceSchema * schema, const gchar * name)
{
  const Sub *root = g_ptr_array_index (schema->subs, 0);

  return root->maps[MAP_PROPERTIES]
      && g_hash_table_contains (root->maps[MAP_PROPERTIES], name);
}

/**
 * gst_voice_schema_problem_to_string:
 * @problem: a problem
 *
 * Returns: (transfer full): one line, such as
 *   `/date: must match the format date (YYYY-MM-DD), got "tuesday"`
 */
gchar *
gst_voice_schema_problem_to_string (const GstVoiceSchemaProblem * problem)
{
  return g_strconcat (problem->pointer, *problem->pointer ? ": " : "",
      problem->message, NULL);
}

typedef struct
{
  GHashTable *visited;          /* of references: Sub and node, see Visit */
  gboolean in_default;          /* what was filled in just now */
} Filling;

typedef struct
{
  const Sub *sub;
  JsonNode *node;
} Visit;

static guint
visit_hash (gconstpointer key)
{
  const Visit *visit = key;

  return g_direct_hash (visit->sub) * 31 + g_direct_hash (visit->node);
}

static gboolean
visit_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (Visit)) == 0;
}

static JsonNode *
default_of (const Sub * sub)
{
  for (guint i = 0; sub && i < REF_LIMIT; i++) {
    if (sub->fallback)
      return sub->fallback;
    sub = sub->singles[SINGLE_REF];
  }
  return NULL;
}

static void fill (Filling * f, const Sub * sub, JsonNode * node);

static void
fill_object (Filling * f, const Sub * sub, JsonObject * object)
{
  JsonObjectIter iter;
  const gchar *name;

  /* In the order of the text, which the hash table does not keep. */
  json_object_iter_init_ordered (&iter, json_node_get_object
      (gst_voice_json_at (sub->node, "/properties")));
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    const Sub *property = g_hash_table_lookup (sub->maps[MAP_PROPERTIES], name);
    JsonNode *value = json_object_get_member (object, name);
    JsonNode *fallback = value ? NULL : default_of (property);
    gboolean in_default = f->in_default;

    if (fallback) {
      value = gst_voice_json_copy (fallback);
      json_object_set_member (object, name, value);
      f->in_default = TRUE;
    }
    if (value)
      fill (f, property, value);
    f->in_default = in_default;
  }
}

static void
fill_items (Filling * f, const Sub * sub, JsonArray * array)
{
  GPtrArray *prefix = sub->lists[LIST_PREFIX_ITEMS];
  const Sub *rest = sub->singles[SINGLE_ITEMS];

  for (guint i = 0; i < json_array_get_length (array); i++) {
    const Sub *item = prefix && i < prefix->len ? prefix->pdata[i] : rest;

    if (item)
      fill (f, item, json_array_get_element (array, i));
  }
}

/* References are not followed from what was filled in: a default of a schema
 * that refers to itself would never end. */
static void
fill_reference (Filling * f, const Sub * target, JsonNode * node)
{
  Visit *visit;

  if (f->in_default)
    return;
  visit = g_new0 (Visit, 1);
  visit->sub = target;
  visit->node = node;
  if (g_hash_table_add (f->visited, visit))
    fill (f, target, node);
}

static void
fill (Filling * f, const Sub * sub, JsonNode * node)
{
  GPtrArray *all = sub->lists[LIST_ALL_OF];

  if (sub->singles[SINGLE_REF])
    fill_reference (f, sub->singles[SINGLE_REF], node);
  if (JSON_NODE_HOLDS_OBJECT (node) && sub->maps[MAP_PROPERTIES])
    fill_object (f, sub, json_node_get_object (node));
  if (JSON_NODE_HOLDS_ARRAY (node))
    fill_items (f, sub, json_node_get_array (node));
  for (guint i = 0; all && i < all->len; i++)
    fill (f, all->pdata[i], node);
}

/**
 * gst_voice_schema_fill_defaults:
 * @schema: a schema
 * @instance: a value, which is changed
 *
 * Gives objects the members that they lack and for which the schema has a
 * `default`: in `properties`, also below `items`, `allOf` and `$ref`, and
 * inside a default that was filled in. Branches such as `anyOf` and `if` are
 * not entered. A default is not checked; validate afterwards.
 */
void
gst_voice_schema_fill_defaults (GstVoiceSchema * schema, JsonNode * instance)
{
  Filling f = { g_hash_table_new_full (visit_hash, visit_equal, g_free, NULL),
    FALSE
  };

  fill (&f, g_ptr_array_index (schema->subs, 0), instance);
  g_hash_table_unref (f.visited);
}
