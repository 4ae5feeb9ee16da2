/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Chooses the persona of a call, and makes variables of what came with it. The
 * rules are ours; metadata and attributes come from outside and are bounded.
 *
 * Threads: any; rules never change. Locks: none.
 */
#include "persona-rules.h"

#include <gio/gio.h>
#include <gst-voice/json.h>
#include <string.h>

#define MAX_RULES 1000
#define MAX_CONDITIONS 32
#define MAX_PATTERNS 1000
#define MAX_FILE (1024 * 1024)
#define MAX_METADATA (128 * 1024)
#define MAX_DEPTH 8
#define MAX_VARIABLES 64
#define MAX_NAME 64
#define MAX_VALUE 4096

#define METADATA "metadata."
#define PARTICIPANT "participant."

typedef struct
{
  gchar *name;
  gchar **patterns;
} Condition;

typedef struct
{
  GArray *conditions;           /* of Condition */
  gchar *persona;               /* a path */
} Rule;

struct _PersonaRules
{
  GPtrArray *rules;             /* of Rule */
};

static void
condition_clear (gpointer data)
{
  Condition *condition = data;

  g_free (condition->name);
  g_strfreev (condition->patterns);
}

static void
rule_free (gpointer data)
{
  Rule *rule = data;

  g_array_unref (rule->conditions);
  g_free (rule->persona);
  g_free (rule);
}

/**
 * persona_rules_fit:
 * @pattern: in which `*` stands for anything, also for nothing
 * @text: a text
 *
 * Returns: whether the whole text is like that
 */
gboolean
persona_rules_fit (const gchar * pattern, const gchar * text)
{
  const gchar *star = NULL, *from = NULL;

  /* A `*` takes as little as it can, and more if the rest does not fit. Only
   * the last one needs to be tried again, so this takes no longer than one
   * length times the other. */
  while (*text) {
    if (*pattern == '*') {
      star = ++pattern;
      from = text;
    } else if (*pattern == *text) {
      pattern++;
      text++;
    } else if (star) {
      pattern = star;
      text = ++from;
    } else {
      return FALSE;
    }
  }
  while (*pattern == '*')
    pattern++;
  return !*pattern;
}

static gboolean
refuse (GError ** error, guint rule, const gchar * what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "rule %u: %s",
      rule + 1, what);
  return FALSE;
}

static gboolean
read_patterns (Condition * condition, JsonNode * node)
{
  JsonArray *array;
  guint n;

  if (json_node_get_value_type (node) == G_TYPE_STRING) {
    condition->patterns = g_new0 (gchar *, 2);
    condition->patterns[0] = json_node_dup_string (node);
    return TRUE;
  }
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return FALSE;
  array = json_node_get_array (node);
  n = json_array_get_length (array);
  if (n == 0 || n > MAX_PATTERNS)
    return FALSE;
  condition->patterns = g_new0 (gchar *, n + 1);
  for (guint i = 0; i < n; i++) {
    JsonNode *item = json_array_get_element (array, i);

    if (json_node_get_value_type (item) != G_TYPE_STRING)
      return FALSE;
    condition->patterns[i] = json_node_dup_string (item);
  }
  return TRUE;
}

static gboolean
read_when (Rule * rule, guint number, JsonNode * when, GError ** error)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (when)
      || json_object_get_size (json_node_get_object (when)) > MAX_CONDITIONS)
    return refuse (error, number, "`when` is an object of 32 members at most");
  json_object_iter_init (&iter, json_node_get_object (when));
  while (json_object_iter_next (&iter, &name, &value)) {
    Condition condition = {.name = g_strdup (name) };
    gboolean ok = read_patterns (&condition, value);

    g_array_append_val (rule->conditions, condition);
    if (!ok)
      return refuse (error, number, "a member of `when` is a text or an array "
          "of texts");
  }
  return TRUE;
}

static gboolean
read_rule (Rule * rule, guint number, JsonNode * node, const gchar * folder,
    GError ** error)
{
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, number, "a rule is an object");
  json_object_iter_init (&iter, json_node_get_object (node));
  while (json_object_iter_next (&iter, &name, &value)) {
    if (strcmp (name, "when") == 0) {
      if (!read_when (rule, number, value, error))
        return FALSE;
    } else if (strcmp (name, "persona") == 0
        && json_node_get_value_type (value) == G_TYPE_STRING) {
      rule->persona = g_canonicalize_filename (json_node_get_string (value),
          folder);
    } else {
      return refuse (error, number, "it has `persona`, a file, and may have "
          "`when`");
    }
  }
  return rule->persona || refuse (error, number, "`persona` is missing");
}

static gboolean
read_rules (PersonaRules * self, JsonNode * node, const gchar * folder,
    GError ** error)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) > MAX_RULES) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
        "rules are an array of at most %d objects", MAX_RULES);
    return FALSE;
  }
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    Rule *rule = g_new0 (Rule, 1);

    rule->conditions = g_array_new (FALSE, FALSE, sizeof (Condition));
    g_array_set_clear_func (rule->conditions, condition_clear);
    g_ptr_array_add (self->rules, rule);
    if (!read_rule (rule, i, json_array_get_element (array, i), folder, error))
      return FALSE;
  }
  return TRUE;
}

/**
 * persona_rules_new:
 * @text: JSON
 * @length: its bytes, or -1
 * @folder: (nullable): of the personas; %NULL is the working directory
 * @error: what is wrong with it
 *
 * Returns: (transfer full) (nullable): rules
 */
PersonaRules *
persona_rules_new (const gchar * text, gssize length, const gchar * folder,
    GError ** error)
{
  JsonNode *node = gst_voice_json_parse (text, length, MAX_FILE, MAX_DEPTH,
      error);
  PersonaRules *self;

  if (!node)
    return NULL;
  self = g_new0 (PersonaRules, 1);
  self->rules = g_ptr_array_new_with_free_func (rule_free);
  if (!read_rules (self, node, folder, error))
    g_clear_pointer (&self, persona_rules_free);
  json_node_unref (node);
  return self;
}

/**
 * persona_rules_load:
 * @path: a file
 * @error: what is wrong with it
 *
 * Returns: (transfer full) (nullable): its rules
 */
PersonaRules *
persona_rules_load (const gchar * path, GError ** error)
{
  gchar *text, *folder;
  PersonaRules *self;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, error))
    return NULL;
  folder = g_path_get_dirname (path);
  self = persona_rules_new (text, length, folder, error);
  if (!self)
    g_prefix_error (error, "%s: ", path);
  g_free (folder);
  g_free (text);
  return self;
}

/**
 * persona_rules_free:
 * @self: (transfer full): rules
 */
void
persona_rules_free (PersonaRules * self)
{
  g_ptr_array_unref (self->rules);
  g_free (self);
}

static JsonNode *
parse_metadata (const gchar * metadata)
{
  JsonNode *node = metadata && *metadata ? gst_voice_json_parse (metadata, -1,
      MAX_METADATA, MAX_DEPTH, NULL) : NULL;

  if (node && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

/* A text as it is, other values as JSON. */
static gchar *
to_text (JsonNode * node)
{
  return json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_dup_string (node) : gst_voice_json_to_string (node);
}

/* `a.b` in `{"a": {"b": 1}}`; a member that is called so comes first. */
static gchar *
find_in_metadata (JsonNode * metadata, const gchar * path)
{
  JsonNode *node = metadata;
  gchar **parts;

  if (!metadata)
    return NULL;
  node = json_object_get_member (json_node_get_object (metadata), path);
  if (node)
    return to_text (node);
  node = metadata;
  parts = g_strsplit (path, ".", MAX_DEPTH + 1);
  for (guint i = 0; node && parts[i]; i++)
    node = JSON_NODE_HOLDS_OBJECT (node) ?
        json_object_get_member (json_node_get_object (node), parts[i]) : NULL;
  g_strfreev (parts);
  return node ? to_text (node) : NULL;
}

/* (transfer full) (nullable). @later: it is not known yet. */
static gchar *
find_fact (const PersonaFacts * facts, JsonNode * metadata, const gchar * name,
    gboolean * later)
{
  const gchar *value = NULL;

  *later = FALSE;
  if (strcmp (name, "room") == 0)
    return g_strdup (facts->room);
  if (strcmp (name, "job") == 0)
    return g_strdup (facts->job);
  if (strcmp (name, "metadata") == 0)
    return g_strdup (facts->metadata);
  if (g_str_has_prefix (name, METADATA))
    return find_in_metadata (metadata, name + strlen (METADATA));
  if (strcmp (name, PARTICIPANT "identity") == 0)
    value = facts->identity;
  else if (strcmp (name, PARTICIPANT "name") == 0)
    value = facts->name;
  else if (strcmp (name, PARTICIPANT "kind") == 0)
    value = facts->kind;
  else if (facts->attributes)
    value = g_hash_table_lookup (facts->attributes, name);
  *later = !value && !facts->participant_known;
  return g_strdup (value);
}

static PersonaRulesResult
is_true (const Condition * condition, const PersonaFacts * facts,
    JsonNode * metadata)
{
  gboolean later, fits = FALSE;
  gchar *value = find_fact (facts, metadata, condition->name, &later);

  for (gchar ** p = condition->patterns; value && *p && !fits; p++)
    fits = persona_rules_fit (*p, value);
  g_free (value);
  return fits ? PERSONA_RULES_FOUND : later ? PERSONA_RULES_LATER :
      PERSONA_RULES_NONE;
}

/* What is false now will not become true, whatever else is not known. */
static PersonaRulesResult
applies (const Rule * rule, const PersonaFacts * facts, JsonNode * metadata)
{
  PersonaRulesResult all = PERSONA_RULES_FOUND;

  for (guint i = 0; i < rule->conditions->len; i++) {
    PersonaRulesResult one = is_true (&g_array_index (rule->conditions,
            Condition, i), facts, metadata);

    if (one == PERSONA_RULES_NONE)
      return one;
    if (one == PERSONA_RULES_LATER)
      all = one;
  }
  return all;
}

/**
 * persona_rules_choose:
 * @self: rules
 * @facts: what is known of the call
 * @persona: (out) (transfer none): the file, if one was found
 *
 * Returns: whether one was found, or might be when the participant is known
 */
PersonaRulesResult
persona_rules_choose (const PersonaRules * self, const PersonaFacts * facts,
    const gchar ** persona)
{
  JsonNode *metadata = parse_metadata (facts->metadata);
  PersonaRulesResult result = PERSONA_RULES_NONE;

  for (guint i = 0; i < self->rules->len && result == PERSONA_RULES_NONE; i++) {
    const Rule *rule = g_ptr_array_index (self->rules, i);

    result = applies (rule, facts, metadata);
    if (result == PERSONA_RULES_FOUND)
      *persona = rule->persona;
  }
  g_clear_pointer (&metadata, json_node_unref);
  return result;
}

/**
 * persona_rules_get_personas:
 * @self: rules
 *
 * Returns: (transfer container): the files that they name, each once, with a
 *   %NULL at the end
 */
const gchar **
persona_rules_get_personas (const PersonaRules * self)
{
  GPtrArray *files = g_ptr_array_new ();

  for (guint i = 0; i < self->rules->len; i++) {
    const Rule *rule = g_ptr_array_index (self->rules, i);

    if (!g_ptr_array_find_with_equal_func (files, rule->persona, g_str_equal,
            NULL))
      g_ptr_array_add (files, rule->persona);
  }
  g_ptr_array_add (files, NULL);
  return (const gchar **) g_ptr_array_free (files, FALSE);
}

/* Other characters become `_`. NULL if there is no such name. */
static gchar *
variable_name (const gchar * prefix, const gchar * member)
{
  gchar *name = *prefix ? g_strconcat (prefix, "_", member, NULL) :
      g_strdup (member);

  for (gchar * p = name; *p; p++) {
    if (!g_ascii_isalnum (*p))
      *p = '_';
  }
  if (!*name || g_ascii_isdigit (*name) || strlen (name) > MAX_NAME)
    g_clear_pointer (&name, g_free);
  return name;
}

/* Takes @name and @value. */
static void
add_variable (GHashTable * variables, gchar * name, gchar * value)
{
  if (g_hash_table_size (variables) < MAX_VARIABLES
      && strlen (value) <= MAX_VALUE && !g_hash_table_contains (variables,
          name)) {
    g_hash_table_insert (variables, name, value);
    return;
  }
  g_free (name);
  g_free (value);
}

static void
add_members (GHashTable * variables, const gchar * prefix, JsonObject * object)
{
  JsonObjectIter iter;
  const gchar *member;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, &value)) {
    gchar *name = variable_name (prefix, member);

    if (name && JSON_NODE_HOLDS_OBJECT (value)) {
      add_members (variables, name, json_node_get_object (value));
      g_free (name);
    } else if (name) {
      add_variable (variables, name, to_text (value));
    }
  }
}

/**
 * persona_metadata_variables:
 * @metadata: (nullable): of a job
 *
 * Returns: (transfer full): variables of the call, by name; what has no name
 *   or is too much is left out
 */
GHashTable *
persona_metadata_variables (const gchar * metadata)
{
  GHashTable *variables = g_hash_table_new_full (g_str_hash, g_str_equal,
      g_free, g_free);
  JsonNode *node = parse_metadata (metadata);

  if (node)
    add_members (variables, "", json_node_get_object (node));
  else if (metadata && *metadata)
    add_variable (variables, g_strdup ("metadata"),
        g_utf8_make_valid (metadata, -1));
  g_clear_pointer (&node, json_node_unref);
  return variables;
}
