/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads scenarios, and makes of them what a call is played with: the lines of a
 * caller file, and the answers of tools.
 *
 * Threads: one at a time. Locks: none.
 */
#include "scenario.h"

#include <gst-voice/json.h>
#include <gst-voice/schema.h>
#include <string.h>

#define SCHEMA_PATH "/gst-voice/scenario.schema.json"

static GstVoiceSchema *
load_schema (void)
{
  GBytes *bytes = g_resources_lookup_data (SCHEMA_PATH, 0, NULL);
  gsize size;
  const gchar *text = g_bytes_get_data (bytes, &size);
  JsonNode *node = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  GstVoiceSchema *schema = gst_voice_schema_new (node,
      GST_VOICE_SCHEMA_FORMATS, NULL);

  json_node_unref (node);
  g_bytes_unref (bytes);
  return schema;
}

static gboolean
set_problem (const gchar * path, guint line, const gchar * pointer,
    const gchar * what, GError ** error)
{
  g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "%s:%u: %s%s%s",
      path, line, pointer, *pointer ? ": " : "", what);
  return FALSE;
}

/* The first problem that is told; the schema finds all of them. */
static gboolean
check_form (JsonNode * root, const gchar * text, gsize size,
    const gchar * path, GError ** error)
{
  GstVoiceSchema *schema = load_schema ();
  const GstVoiceSchemaProblem *problem;
  GPtrArray *problems = NULL;
  guint line = 1, column;
  gboolean ok = gst_voice_schema_validate (schema, root, &problems);

  if (!ok) {
    problem = problems->pdata[0];
    gst_voice_json_locate (text, size, problem->pointer, &line, &column);
    set_problem (path, line, problem->pointer, problem->message, error);
  }
  g_clear_pointer (&problems, g_ptr_array_unref);
  gst_voice_schema_unref (schema);
  return ok;
}

/* Regular expressions are compiled here, so that a wrong one is found before
 * any call. */
static gboolean
check_patterns (JsonArray * expect, const gchar * path, GError ** error)
{
  static const gchar *const names[] = { "said-matches", "not-said-matches" };

  for (guint i = 0; i < json_array_get_length (expect) * 2; i++) {
    JsonObject *e = json_array_get_object_element (expect, i / 2);
    const gchar *pattern = json_object_get_string_member_with_default (e,
        names[i % 2], NULL);
    GError *why = NULL;
    GRegex *regex = pattern ? g_regex_new (pattern, 0, 0, &why) : NULL;

    g_clear_pointer (&regex, g_regex_unref);
    if (why) {
      set_problem (path, 1, pattern, why->message, error);
      g_error_free (why);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_order_patterns (JsonArray * expect, const gchar * path, GError ** error)
{
  for (guint i = 0; i < json_array_get_length (expect); i++) {
    JsonObject *e = json_array_get_object_element (expect, i);

    if (json_object_has_member (e, "order")
        && !check_patterns (json_object_get_array_member (e, "order"), path,
            error))
      return FALSE;
  }
  return check_patterns (expect, path, error);
}

static gchar *
name_of (const gchar * path)
{
  gchar *base = g_path_get_basename (path);

  if (g_str_has_suffix (base, ".json"))
    base[strlen (base) - strlen (".json")] = '\0';
  return base;
}

/**
 * scenario_new_from_json:
 * @text: the scenario
 * @size: of @text
 * @path: where it is from
 * @error: what is wrong, and where
 *
 * Returns: (transfer full) (nullable): the scenario
 */
Scenario *
scenario_new_from_json (const gchar * text, gsize size, const gchar * path,
    GError ** error)
{
  JsonNode *root = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, error);
  JsonObject *object;
  Scenario *scenario;

  if (!root) {
    g_prefix_error (error, "%s: ", path);
    return NULL;
  }
  if (!check_form (root, text, size, path, error)
      || !check_order_patterns (json_object_get_array_member
          (json_node_get_object (root), "expect"), path, error)) {
    json_node_unref (root);
    return NULL;
  }
  object = json_node_get_object (root);
  scenario = g_new0 (Scenario, 1);
  scenario->path = g_strdup (path);
  scenario->root = root;
  scenario->name = json_object_has_member (object, "name") ?
      g_strdup (json_object_get_string_member (object, "name")) :
      name_of (path);
  scenario->persona = g_strdup (json_object_get_string_member_with_default
      (object, "persona", NULL));
  return scenario;
}

/**
 * scenario_load:
 * @path: of a file
 * @error: what is wrong, and where
 *
 * Returns: (transfer full) (nullable): the scenario
 */
Scenario *
scenario_load (const gchar * path, GError ** error)
{
  Scenario *scenario;
  gchar *text;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  scenario = scenario_new_from_json (text, size, path, error);
  g_free (text);
  return scenario;
}

/**
 * scenario_free:
 * @scenario: (transfer full): a scenario
 */
void
scenario_free (Scenario * scenario)
{
  g_free (scenario->path);
  g_free (scenario->name);
  g_free (scenario->persona);
  json_node_unref (scenario->root);
  g_free (scenario);
}

/* A line of a caller file is one line. */
static void
append_quoted (GString * out, const gchar * text)
{
  gchar *line = g_strdelimit (g_strdup (text), "\n\r", ' ');
  gchar *quoted = g_shell_quote (line);

  g_string_append (out, quoted);
  g_free (quoted);
  g_free (line);
}

static void
append_seconds (GString * out, const gchar * before, gdouble seconds)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (out, "%s%s ", before,
      g_ascii_formatd (number, sizeof (number), "%.3f", seconds));
}

static void
append_when (GString * out, JsonObject * turn)
{
  static const struct
  {
    const gchar *name, *words;
  } when[] = {
    {"after-agent", "after agent "}, {"during-agent", "during agent "},
    {"after", "after "}, {"at", "at "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (when); i++) {
    if (json_object_has_member (turn, when[i].name)) {
      append_seconds (out, when[i].words,
          json_object_get_double_member (turn, when[i].name));
      return;
    }
  }
}

static gboolean
append_play (GString * out, const Scenario * scenario, JsonObject * turn,
    gboolean audio, GError ** error)
{
  const gchar *file = json_object_get_string_member (turn, "play");
  const gchar *says = json_object_get_string_member_with_default (turn, "says",
      NULL);
  gchar *folder, *path;

  if (!audio && !says)
    return set_problem (scenario->path, 1, "/caller", "what is played needs "
        "\"says\", or --audio", error);
  if (!audio) {
    g_string_append (out, "type ");
    append_quoted (out, says);
    return TRUE;
  }
  folder = g_path_get_dirname (scenario->path);
  path = g_canonicalize_filename (file, folder);
  g_string_append (out, "play ");
  append_quoted (out, path);
  if (json_object_has_member (turn, "rate"))
    g_string_append_printf (out, " rate=%d",
        (gint) json_object_get_int_member (turn, "rate"));
  if (says) {
    g_string_append (out, " says ");
    append_quoted (out, says);
  }
  g_free (folder);
  g_free (path);
  return TRUE;
}

static gboolean
append_turn (GString * out, const Scenario * scenario, JsonObject * turn,
    gboolean audio, GError ** error)
{
  gboolean ok = TRUE;

  append_when (out, turn);
  if (json_object_has_member (turn, "say")) {
    g_string_append (out, audio ? "say " : "type ");
    append_quoted (out, json_object_get_string_member (turn, "say"));
  } else if (json_object_has_member (turn, "play")) {
    ok = append_play (out, scenario, turn, audio, error);
  } else if (json_object_has_member (turn, "wait")) {
    append_seconds (out, "silence ",
        json_object_get_double_member (turn, "wait"));
  } else {
    g_string_append (out, "hangup");
  }
  g_string_append_c (out, '\n');
  return ok;
}

static JsonObject *
root_of (const Scenario * scenario)
{
  return json_node_get_object (scenario->root);
}

/**
 * scenario_script:
 * @scenario: a scenario
 * @audio: whether the caller speaks, and does not write
 * @error: why it cannot be played so
 *
 * Returns: (transfer full) (nullable): the lines of a caller file
 */
gchar *
scenario_script (const Scenario * scenario, gboolean audio, GError ** error)
{
  JsonArray *caller = json_object_get_array_member (root_of (scenario),
      "caller");
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (caller); i++) {
    if (!append_turn (out, scenario, json_array_get_object_element (caller, i),
            audio, error)) {
      g_string_free (out, TRUE);
      return NULL;
    }
  }
  /* Whoever has hung up does not come to this. */
  g_string_append (out, "end\n");
  return g_string_free (out, FALSE);
}

/**
 * scenario_mocks:
 * @scenario: a scenario
 *
 * Returns: (transfer full): JSON for the property `mocks` of `toolcall`
 */
gchar *
scenario_mocks (const Scenario * scenario)
{
  JsonNode *tools = json_object_get_member (root_of (scenario), "tools");

  return tools ? gst_voice_json_to_string (tools) : g_strdup ("{}");
}

/**
 * scenario_variables:
 * @scenario: a scenario
 *
 * Returns: (transfer none) (nullable): those that it sets
 */
JsonObject *
scenario_variables (const Scenario * scenario)
{
  JsonObject *root = root_of (scenario);

  return json_object_has_member (root, "variables") ?
      json_object_get_object_member (root, "variables") : NULL;
}
