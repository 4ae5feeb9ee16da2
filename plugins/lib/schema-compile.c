/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a JSON Schema to Subs: every keyword is checked for its type, references
 * are resolved, and what this validator cannot do is refused here, so that no
 * keyword is silently without effect.
 *
 * Dialects: 2020-12, and what draft 6 to 2019-09 wrote differently (`items` as
 * an array, `additionalItems`, `dependencies`, `definitions`, `$id` as an
 * anchor). `$schema` of draft 6 or 7 makes the siblings of `$ref` ignored, as
 * those drafts say.
 *
 * Threads: any; a compilation is one call. Locks: none.
 */
#include "json.h"
#include "json-private.h"
#include "schema-private.h"

#include <string.h>

#define DEPTH_LIMIT 128
#define SUBS_LIMIT 10000
#define PROBLEMS_LIMIT 32
/* Schemas applied to one value, each by the one before it. */
#define CHAIN_LIMIT 64
#define IN_PROGRESS G_MAXUINT

typedef struct
{
  Sub *from;
  gchar *base;
  const gchar *target;
} Reference;

typedef struct
{
  GstVoiceSchema *schema;
  GstVoiceSchemaFlags flags;
  GPtrArray *problems;
  GHashTable *compiled;         /* JsonNode → Sub */
  GHashTable *ids;              /* absolute URI → JsonNode */
  GArray *references;           /* Reference, not yet resolved */
  gboolean ref_stands_alone;    /* draft 6 and 7 */
} Compiler;

/* One keyword at work. */
typedef struct
{
  Compiler *c;
  Sub *sub;
  const gchar *name;
  JsonNode *value;
  const gchar *base;
} Keyword;

typedef struct
{
  const gchar *name;
  void (*compile) (const Keyword * k, guint which);
  guint which;
} KeywordInfo;

static const struct
{
  const gchar *name;
  guint bit;
} types[] = {
  {"null", TYPE_NULL}, {"boolean", TYPE_BOOLEAN}, {"integer", TYPE_INTEGER},
  {"number", TYPE_NUMBER}, {"string", TYPE_STRING}, {"array", TYPE_ARRAY},
  {"object", TYPE_OBJECT},
};

static void
reference_clear (gpointer data)
{
  g_free (((Reference *) data)->base);
}

static void
pattern_free (gpointer data)
{
  SchemaPattern *pattern = data;

  g_clear_pointer (&pattern->regex, g_regex_unref);
  g_free (pattern->source);
  g_free (pattern);
}

static void
G_GNUC_PRINTF (3, 4)
complain (Compiler * c, gchar * pointer, const gchar * format, ...)
{
  va_list args;

  if (c->problems->len >= PROBLEMS_LIMIT) {
    g_free (pointer);
    return;
  }
  va_start (args, format);
  schema_problem_add (c->problems, pointer, "schema",
      g_strdup_vprintf (format, args), g_strdup (""));
  va_end (args);
}

/* The pointer to the keyword's value, or to the member @inner of it. */
static gchar *
place (const Keyword * k, const gchar * inner)
{
  GString *pointer = g_string_new (k->sub->pointer);

  gst_voice_json_pointer_append (pointer, k->name);
  if (inner)
    gst_voice_json_pointer_append (pointer, inner);
  return g_string_free (pointer, FALSE);
}

static const gchar *
string_of (JsonNode * node)
{
  return JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
}

static gboolean
is_number (JsonNode * node)
{
  GType type = json_node_get_value_type (node);

  return JSON_NODE_HOLDS_VALUE (node) && (type == G_TYPE_INT64
      || type == G_TYPE_DOUBLE);
}

static JsonObject *
want_object (const Keyword * k)
{
  if (JSON_NODE_HOLDS_OBJECT (k->value))
    return json_node_get_object (k->value);
  complain (k->c, place (k, NULL), "must be an object");
  return NULL;
}

static JsonArray *
want_array (const Keyword * k)
{
  if (JSON_NODE_HOLDS_ARRAY (k->value))
    return json_node_get_array (k->value);
  complain (k->c, place (k, NULL), "must be an array");
  return NULL;
}

static const gchar *
want_string (const Keyword * k)
{
  const gchar *text = string_of (k->value);

  if (!text)
    complain (k->c, place (k, NULL), "must be a string");
  return text;
}

static Sub *compile_sub (Compiler * c, JsonNode * node, gchar * pointer,
    const gchar * base);

/* @node is the keyword's value or, with @inner, something in it. */
static Sub *
compile_inner (const Keyword * k, JsonNode * node, const gchar * inner)
{
  return compile_sub (k->c, node, place (k, inner), k->base);
}

static void
add_type (const Keyword * k, JsonNode * word)
{
  const gchar *names[G_N_ELEMENTS (types) + 1] = { NULL };
  const gchar *text = string_of (word), *meant;

  if (!text) {
    complain (k->c, place (k, NULL), "must be a type's name or an array of "
        "such names");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    names[i] = types[i].name;
    if (strcmp (text, types[i].name) == 0) {
      k->sub->types |= types[i].bit;
      return;
    }
  }
  meant = gst_voice_json_closest (text, names);
  complain (k->c, place (k, NULL), "unknown type \"%s\"%s%s%s", text,
      meant ? "; did you mean \"" : "; there are null, boolean, integer, "
      "number, string, array and object", meant ? meant : "",
      meant ? "\"?" : "");
}

static void
on_type (const Keyword * k, guint which)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (k->value)) {
    add_type (k, k->value);
    return;
  }
  array = json_node_get_array (k->value);
  if (json_array_get_length (array) == 0)
    complain (k->c, place (k, NULL), "must name at least one type");
  for (guint i = 0; i < json_array_get_length (array); i++)
    add_type (k, json_array_get_element (array, i));
}

static void
on_enum (const Keyword * k, guint which)
{
  k->sub->enumeration = want_array (k);
  if (k->sub->enumeration && json_array_get_length (k->sub->enumeration) == 0)
    complain (k->c, place (k, NULL), "has no values, so nothing would match");
}

static void
on_const (const Keyword * k, guint which)
{
  k->sub->constant = k->value;
}

static void
on_default (const Keyword * k, guint which)
{
  k->sub->fallback = k->value;
}

static void
on_number (const Keyword * k, guint which)
{
  if (!is_number (k->value))
    complain (k->c, place (k, NULL), JSON_NODE_HOLDS_VALUE (k->value)
        && json_node_get_value_type (k->value) == G_TYPE_BOOLEAN ?
        "must be a number (a boolean was right in draft 4 only)" :
        "must be a number");
  else if (which == NUMBER_MULTIPLE_OF && json_node_get_double (k->value) <= 0)
    complain (k->c, place (k, NULL), "must be greater than 0");
  else
    k->sub->numbers[which] = k->value;
}

static void
on_count (const Keyword * k, guint which)
{
  gdouble count = is_number (k->value) ? json_node_get_double (k->value) : -1;

  if (count < 0 || count != (gdouble) (gint64) MIN (count, 1e15))
    complain (k->c, place (k, NULL), "must be a whole number from 0 up");
  else
    k->sub->counts[which] = count;
}

static void
on_unique (const Keyword * k, guint which)
{
  if (!JSON_NODE_HOLDS_VALUE (k->value)
      || json_node_get_value_type (k->value) != G_TYPE_BOOLEAN)
    complain (k->c, place (k, NULL), "must be true or false");
  else
    k->sub->unique = json_node_get_boolean (k->value);
}

static SchemaPattern *
make_pattern (const Keyword * k, const gchar * source, const gchar * inner)
{
  SchemaPattern *pattern = g_new0 (SchemaPattern, 1);
  GError *error = NULL;

  pattern->source = g_strdup (source);
  pattern->regex = schema_pattern_new (source, &error);
  if (!pattern->regex)
    complain (k->c, place (k, inner), "\"%s\" is no regular expression: %s",
        source, error->message);
  g_clear_error (&error);
  return pattern;
}

static void
on_pattern (const Keyword * k, guint which)
{
  const gchar *source = want_string (k);

  if (source)
    k->sub->pattern = make_pattern (k, source, NULL);
}

static void
on_format (const Keyword * k, guint which)
{
  const gchar *name = want_string (k);

  if (name && (k->c->flags & GST_VOICE_SCHEMA_FORMATS))
    k->sub->format = schema_format_find (name);
}

static void
on_single (const Keyword * k, guint which)
{
  k->sub->singles[which] = compile_inner (k, k->value, NULL);
}

static void
on_list (const Keyword * k, guint which)
{
  JsonArray *array = want_array (k);

  if (!array)
    return;
  if (json_array_get_length (array) == 0 && which != LIST_PREFIX_ITEMS)
    complain (k->c, place (k, NULL), "must have at least one schema");
  if (k->sub->lists[which]) {
    complain (k->c, place (k, NULL),
        "\"prefixItems\" and an array of \"items\" exclude one another");
    return;
  }
  k->sub->lists[which] = g_ptr_array_new ();
  for (guint i = 0; i < json_array_get_length (array); i++) {
    gchar number[16];

    g_snprintf (number, sizeof number, "%u", i);
    g_ptr_array_add (k->sub->lists[which],
        compile_inner (k, json_array_get_element (array, i), number));
  }
}

/* Draft 6 to 2019-09 wrote an array here for today's `prefixItems`. */
static void
on_items (const Keyword * k, guint which)
{
  if (JSON_NODE_HOLDS_ARRAY (k->value))
    on_list (k, LIST_PREFIX_ITEMS);
  else
    on_single (k, SINGLE_ITEMS);
}

static void
add_to_map (const Keyword * k, guint which, const gchar * name, JsonNode * node)
{
  if (!k->sub->maps[which])
    k->sub->maps[which] = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (k->sub->maps[which], (gpointer) name,
      compile_inner (k, node, name));
}

static void
on_map (const Keyword * k, guint which)
{
  JsonObject *object = want_object (k);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!object)
    return;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    add_to_map (k, which, name, node);
}

static void
on_pattern_properties (const Keyword * k, guint which)
{
  JsonObject *object = want_object (k);
  JsonObjectIter iter;
  const gchar *source;
  JsonNode *node;

  if (!object)
    return;
  k->sub->pattern_properties = g_ptr_array_new_with_free_func (pattern_free);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &source, &node)) {
    SchemaPattern *pattern = make_pattern (k, source, source);

    pattern->sub = compile_inner (k, node, source);
    g_ptr_array_add (k->sub->pattern_properties, pattern);
  }
}

static gboolean
is_list_of_names (JsonNode * node)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (!string_of (json_array_get_element (array, i)))
      return FALSE;
  }
  return TRUE;
}

static void
on_required (const Keyword * k, guint which)
{
  if (is_list_of_names (k->value))
    k->sub->required = json_node_get_array (k->value);
  else
    complain (k->c, place (k, NULL), "must be an array of property names%s",
        JSON_NODE_HOLDS_VALUE (k->value) ?
        " beside \"properties\", not a mark on one of them" : "");
}

/* Also the half of draft 7's `dependencies` that are lists; @which says whether
 * schemas may stand here too. */
static void
on_dependent_required (const Keyword * k, guint which)
{
  JsonObject *object = want_object (k);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!object)
    return;
  k->sub->dependent_required = object;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    if (which && !JSON_NODE_HOLDS_ARRAY (node))
      add_to_map (k, MAP_DEPENDENT_SCHEMAS, name, node);
    else if (!is_list_of_names (node))
      complain (k->c, place (k, name), "must be an array of property names");
  }
}

static void
on_definitions (const Keyword * k, guint which)
{
  JsonObject *object = want_object (k);
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *node;

  if (!object)
    return;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    compile_inner (k, node, name);
}

static void
on_ref (const Keyword * k, guint which)
{
  Reference reference = { k->sub, NULL, want_string (k) };

  if (!reference.target)
    return;
  reference.base = g_strdup (k->base);
  g_array_append_val (k->c->references, reference);
}

static void
on_text (const Keyword * k, guint which)
{
  want_string (k);
}

static gboolean
is_old_dialect (const gchar * uri)
{
  return strstr (uri, "://json-schema.org/draft-06/schema")
      || strstr (uri, "://json-schema.org/draft-07/schema");
}

static void
on_dialect (const Keyword * k, guint which)
{
  const gchar *uri = want_string (k);

  if (!uri || is_old_dialect (uri)
      || g_str_has_prefix (uri, "https://json-schema.org/draft/2020-12/")
      || g_str_has_prefix (uri, "https://json-schema.org/draft/2019-09/"))
    return;
  complain (k->c, place (k, NULL),
      "only draft 6, 7, 2019-09 and 2020-12 of JSON Schema are understood");
}

static void
on_annotation (const Keyword * k, guint which)
{
}

static void
on_refused (const Keyword * k, guint which)
{
  complain (k->c, place (k, NULL), "\"%s\" is not supported%s", k->name,
      which ? "; name \"null\" among the types instead" : "");
}

static const KeywordInfo keywords[] = {
  {"type", on_type}, {"enum", on_enum}, {"const", on_const},
  {"default", on_default},
  {"minimum", on_number, NUMBER_MINIMUM},
  {"maximum", on_number, NUMBER_MAXIMUM},
  {"exclusiveMinimum", on_number, NUMBER_EXCLUSIVE_MINIMUM},
  {"exclusiveMaximum", on_number, NUMBER_EXCLUSIVE_MAXIMUM},
  {"multipleOf", on_number, NUMBER_MULTIPLE_OF},
  {"minLength", on_count, COUNT_MIN_LENGTH},
  {"maxLength", on_count, COUNT_MAX_LENGTH},
  {"pattern", on_pattern}, {"format", on_format},
  {"minItems", on_count, COUNT_MIN_ITEMS},
  {"maxItems", on_count, COUNT_MAX_ITEMS},
  {"uniqueItems", on_unique}, {"items", on_items},
  {"prefixItems", on_list, LIST_PREFIX_ITEMS},
  {"additionalItems", on_single, SINGLE_ADDITIONAL_ITEMS},
  {"contains", on_single, SINGLE_CONTAINS},
  {"minContains", on_count, COUNT_MIN_CONTAINS},
  {"maxContains", on_count, COUNT_MAX_CONTAINS},
  {"minProperties", on_count, COUNT_MIN_PROPERTIES},
  {"maxProperties", on_count, COUNT_MAX_PROPERTIES},
  {"required", on_required}, {"properties", on_map, MAP_PROPERTIES},
  {"patternProperties", on_pattern_properties},
  {"additionalProperties", on_single, SINGLE_ADDITIONAL_PROPERTIES},
  {"propertyNames", on_single, SINGLE_PROPERTY_NAMES},
  {"dependentRequired", on_dependent_required, FALSE},
  {"dependentSchemas", on_map, MAP_DEPENDENT_SCHEMAS},
  {"dependencies", on_dependent_required, TRUE},
  {"allOf", on_list, LIST_ALL_OF}, {"anyOf", on_list, LIST_ANY_OF},
  {"oneOf", on_list, LIST_ONE_OF}, {"not", on_single, SINGLE_NOT},
  {"if", on_single, SINGLE_IF}, {"then", on_single, SINGLE_THEN},
  {"else", on_single, SINGLE_ELSE},
  {"$ref", on_ref}, {"$defs", on_definitions},
  {"definitions", on_definitions},
  {"$id", on_text}, {"$anchor", on_text}, {"$schema", on_dialect},
  {"$comment", on_annotation}, {"title", on_annotation},
  {"description", on_annotation}, {"examples", on_annotation},
  {"deprecated", on_annotation}, {"readOnly", on_annotation},
  {"writeOnly", on_annotation},
  {"nullable", on_refused, TRUE},
  {"$dynamicRef", on_refused}, {"$dynamicAnchor", on_refused},
  {"$recursiveRef", on_refused}, {"$recursiveAnchor", on_refused},
  {"$vocabulary", on_refused}, {"unevaluatedItems", on_refused},
  {"unevaluatedProperties", on_refused}, {"contentEncoding", on_refused},
  {"contentMediaType", on_refused}, {"contentSchema", on_refused},
};

/* Unknown keywords are annotations, says the standard; but one letter from a
 * keyword is a slip that would leave the rule without effect. */
static void
check_unknown (const Keyword * k)
{
  if (strlen (k->name) < 5)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++) {
    if (keywords[i].compile != on_annotation
        && _gst_voice_json_is_slip (k->name, keywords[i].name)) {
      complain (k->c, place (k, NULL),
          "unknown keyword \"%s\"; did you mean \"%s\"?", k->name,
          keywords[i].name);
      return;
    }
  }
}

static void
compile_keyword (const Keyword * k)
{
  for (guint i = 0; i < G_N_ELEMENTS (keywords); i++) {
    if (strcmp (k->name, keywords[i].name) == 0) {
      keywords[i].compile (k, keywords[i].which);
      return;
    }
  }
  check_unknown (k);
}

/* The absolute form without fragment; @base and @uri may be empty. */
static gchar *
resolve_uri (const gchar * base, const gchar * uri)
{
  gchar *resolved = *base ? g_uri_resolve_relative (base, uri,
      G_URI_FLAGS_ENCODED, NULL) : NULL;
  gchar *hash;

  if (!resolved)
    resolved = g_strdup (uri);
  hash = strchr (resolved, '#');
  if (hash)
    *hash = '\0';
  return resolved;
}

/* Enters `$id` and `$anchor`. Returns the base of what is inside. */
static gchar *
enter_ids (Compiler * c, JsonObject * object, const gchar * base)
{
  JsonNode *id = json_object_get_member (object, "$id");
  JsonNode *anchor = json_object_get_member (object, "$anchor");
  const gchar *text = id ? string_of (id) : NULL;
  const gchar *name = anchor ? string_of (anchor) : NULL;
  JsonNode *node = ((Sub *) g_ptr_array_index (c->schema->subs,
          c->schema->subs->len - 1))->node;
  gchar *inner;

  /* Draft 6 and 7 had no `$anchor`. */
  if (text && *text == '#') {
    name = text + 1;
    text = NULL;
  }
  inner = text ? resolve_uri (base, text) : g_strdup (base);
  if (text)
    g_hash_table_insert (c->ids, g_strdup (inner), node);
  if (name)
    g_hash_table_insert (c->ids, g_strconcat (inner, "#", name, NULL), node);
  return inner;
}

static void
compile_object (Compiler * c, Sub * sub, JsonObject * object,
    const gchar * base)
{
  Keyword k = { c, sub };
  JsonObjectIter iter;
  gchar *inner;

  if (c->ref_stands_alone && json_object_has_member (object, "$ref")) {
    k.name = "$ref";
    k.value = json_object_get_member (object, "$ref");
    k.base = base;
    compile_keyword (&k);
    return;
  }
  inner = enter_ids (c, object, base);
  k.base = inner;
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &k.name, &k.value))
    compile_keyword (&k);
  g_free (inner);
}

/* Takes @pointer. Always returns a Sub; what is wrong is in the problems. */
static Sub *
compile_sub (Compiler * c, JsonNode * node, gchar * pointer, const gchar * base)
{
  Sub *sub = g_hash_table_lookup (c->compiled, node);

  if (sub) {
    g_free (pointer);
    return sub;
  }
  if (c->schema->subs->len >= SUBS_LIMIT) {
    complain (c, pointer, "more than %d schemas", SUBS_LIMIT);
    return g_ptr_array_index (c->schema->subs, 0);
  }
  sub = g_new0 (Sub, 1);
  sub->pointer = pointer;
  sub->node = node;
  for (guint i = 0; i < N_COUNTS; i++)
    sub->counts[i] = -1;
  g_ptr_array_add (c->schema->subs, sub);
  g_hash_table_insert (c->compiled, node, sub);
  if (JSON_NODE_HOLDS_OBJECT (node))
    compile_object (c, sub, json_node_get_object (node), base);
  else if (JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    sub->never = !json_node_get_boolean (node);
  else
    complain (c, g_strdup (pointer),
        "a schema must be an object, true or false");
  return sub;
}

/* Returns: (transfer none) (nullable): what the reference names; else @why
 * says why there is nothing. */
static JsonNode *
find_target (Compiler * c, const Reference * reference, const gchar ** why)
{
  const gchar *hash = strchr (reference->target, '#');
  g_autofree gchar *before = hash ? g_strndup (reference->target,
      hash - reference->target) : g_strdup (reference->target);
  g_autofree gchar *document = *before ?
      resolve_uri (reference->base, before) : g_strdup (reference->base);
  g_autofree gchar *fragment = g_uri_unescape_string (hash ? hash + 1 : "",
      NULL);
  g_autofree gchar *anchor = NULL;
  JsonNode *node = g_hash_table_lookup (c->ids, document);

  *why = "leads to another document, which is not supported; put what it "
      "means under \"$defs\"";
  if (!node && *document)
    return NULL;
  if (!node)
    node = c->schema->root;
  *why = "leads to nothing in this schema";
  if (!fragment)
    return NULL;
  if (!*fragment || *fragment == '/')
    return gst_voice_json_at (node, fragment);
  anchor = g_strconcat (document, "#", fragment, NULL);
  return g_hash_table_lookup (c->ids, anchor);
}

/* A target may stand where no keyword leads, and may refer to more. */
static void
resolve_references (Compiler * c)
{
  for (guint i = 0; i < c->references->len; i++) {
    Reference reference = g_array_index (c->references, Reference, i);
    const gchar *why;
    JsonNode *node = find_target (c, &reference, &why);
    const gchar *hash = strchr (reference.target, '#');

    if (node)
      reference.from->singles[SINGLE_REF] = compile_sub (c, node,
          g_uri_unescape_string (hash ? hash + 1 : "", NULL), reference.base);
    else
      complain (c, g_strconcat (reference.from->pointer, "/$ref", NULL),
          "\"%s\" %s", reference.target, why);
  }
}

static guint chain_height (Compiler * c, Sub * sub, guint above);

static guint
highest_of_map (Compiler * c, GHashTable * map, guint above)
{
  GHashTableIter iter;
  gpointer sub;
  guint height = 0;

  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, NULL, &sub))
    height = MAX (height, chain_height (c, sub, above));
  return height;
}

static guint
highest_inside (Compiler * c, Sub * sub, guint above)
{
  guint height = 0;

  for (guint i = SINGLE_REF; i <= SINGLE_ELSE; i++) {
    if (sub->singles[i])
      height = MAX (height, chain_height (c, sub->singles[i], above));
  }
  for (guint i = LIST_ALL_OF; i <= LIST_ONE_OF; i++) {
    for (guint j = 0; sub->lists[i] && j < sub->lists[i]->len; j++)
      height = MAX (height, chain_height (c, g_ptr_array_index (sub->lists[i],
                  j), above));
  }
  if (sub->maps[MAP_DEPENDENT_SCHEMAS])
    height = MAX (height, highest_of_map (c,
            sub->maps[MAP_DEPENDENT_SCHEMAS], above));
  return height;
}

/* How many schemas @sub applies to the value that it is applied to itself, one
 * inside the other. Complains of circles and of too many; bounded by them. */
static guint
chain_height (Compiler * c, Sub * sub, guint above)
{
  if (c->problems->len > 0)
    return 0;
  if (sub->height == IN_PROGRESS) {
    complain (c, g_strdup (sub->pointer),
        "refers back to itself without a step into the value");
    return 0;
  }
  if (sub->height == 0) {
    sub->height = IN_PROGRESS;
    sub->height = above >= CHAIN_LIMIT ? 1 : 1 +
        highest_inside (c, sub, above + 1);
  }
  if (above + sub->height > CHAIN_LIMIT)
    complain (c, g_strdup (sub->pointer),
        "more than %d schemas refer to one another for the same value",
        CHAIN_LIMIT);
  return sub->height;
}

static gboolean
is_deeper (JsonNode * node, guint limit)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; limit && i < json_array_get_length (array); i++) {
      if (is_deeper (json_array_get_element (array, i), limit - 1))
        return TRUE;
    }
    return limit == 0;
  }
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    JsonNode *value;

    json_object_iter_init (&iter, json_node_get_object (node));
    while (limit && json_object_iter_next (&iter, NULL, &value)) {
      if (is_deeper (value, limit - 1))
        return TRUE;
    }
    return limit == 0;
  }
  return FALSE;
}

static gboolean
has_old_dialect (JsonNode * root)
{
  JsonNode *node = gst_voice_json_at (root, "/$schema");
  const gchar *uri = node ? string_of (node) : NULL;

  return uri && is_old_dialect (uri);
}

/* Fills @schema from @node, of which it keeps a copy. */
void
schema_compile (GstVoiceSchema * schema, JsonNode * node,
    GstVoiceSchemaFlags flags, GPtrArray * problems)
{
  Compiler c = { schema, flags, problems };

  if (is_deeper (node, DEPTH_LIMIT)) {
    complain (&c, g_strdup (""), "nested more than %d deep", DEPTH_LIMIT);
    return;
  }
  schema->root = gst_voice_json_copy (node);
  c.compiled = g_hash_table_new (NULL, NULL);
  c.ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  c.references = g_array_new (FALSE, FALSE, sizeof (Reference));
  g_array_set_clear_func (c.references, reference_clear);
  c.ref_stands_alone = has_old_dialect (schema->root);
  compile_sub (&c, schema->root, g_strdup (""), "");
  resolve_references (&c);
  for (guint i = 0; i < schema->subs->len; i++)
    chain_height (&c, g_ptr_array_index (schema->subs, i), 0);
  g_array_unref (c.references);
  g_hash_table_unref (c.ids);
  g_hash_table_unref (c.compiled);
}

void
schema_sub_free (gpointer data)
{
  Sub *sub = data;

  g_clear_pointer (&sub->pattern, pattern_free);
  g_clear_pointer (&sub->pattern_properties, g_ptr_array_unref);
  for (guint i = 0; i < N_LISTS; i++)
    g_clear_pointer (&sub->lists[i], g_ptr_array_unref);
  for (guint i = 0; i < N_MAPS; i++)
    g_clear_pointer (&sub->maps[i], g_hash_table_unref);
  g_free (sub->pointer);
  g_free (sub);
}
