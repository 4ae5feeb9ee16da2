/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tools of a persona, made ready for a call: found by name, described for
 * the model, their secrets read.
 *
 * Threads: any; a toolbox does not change. Locks: none.
 */
#include "tool.h"

#include <gst-voice/error.h>
#include <string.h>

/* Takes no arguments at all. */
#define NO_PARAMETERS "{\"type\":\"object\",\"properties\":{}," \
    "\"additionalProperties\":false}"

struct _Toolbox
{
  GstVoicePersona *persona;
  GPtrArray *tools;             /* of Tool */
  GPtrArray *names;             /* with a NULL at the end */
  gchar *json;
};

static void
tool_free (gpointer data)
{
  Tool *tool = data;

  if (tool->kind->clear && tool->data)
    tool->kind->clear (tool);
  g_clear_pointer (&tool->parameters, json_node_unref);
  g_clear_pointer (&tool->schema, gst_voice_schema_unref);
  g_free (tool);
}

static Tool *
tool_new (const GstVoicePersonaTool * spec)
{
  static const ToolKind *kinds[] = { &tool_builtin, &tool_static, &tool_http };
  Tool *tool = g_new0 (Tool, 1);

  tool->spec = spec;
  tool->kind = kinds[spec->kind];
  tool->description = spec->description;
  tool->access = spec->access;
  if (spec->parameters)
    tool->parameters = json_node_ref (spec->parameters);
  if (spec->schema)
    tool->schema = gst_voice_schema_ref (spec->schema);
  return tool;
}

/* A tool that would ask somebody is never what it is beside mocks. */
static void
mock (Tool * tool, JsonObject * mocks)
{
  JsonNode *answers = json_object_get_member (mocks, tool->spec->name);

  if (!answers && (tool->kind == &tool_builtin || tool->kind == &tool_static))
    return;
  tool->kind = &tool_mock;
  tool->data = tool_mock_new (answers);
}

/* A name that is wrong would otherwise mock nothing at all. */
static gboolean
check_mocks (GstVoicePersona * persona, JsonObject * mocks, GError ** error)
{
  const GstVoicePersonaTool *spec;
  JsonObjectIter iter;
  const gchar *name;

  json_object_iter_init (&iter, mocks);
  while (json_object_iter_next (&iter, &name, NULL)) {
    spec = persona ? gst_voice_persona_get_tool (persona, name) : NULL;
    if (spec && spec->kind != GST_VOICE_TOOL_BUILTIN)
      continue;
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST, spec ?
        "\"%s\" acts on the call itself and cannot be mocked" :
        "there is a mock for \"%s\", but no such tool", name);
    return FALSE;
  }
  return TRUE;
}

/* What the persona left out, or the kind has put in. */
static void
complete (Tool * tool)
{
  if (!tool->parameters)
    tool->parameters = gst_voice_json_parse (NO_PARAMETERS, -1,
        GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL);
  if (!tool->schema)
    tool->schema = gst_voice_schema_new (tool->parameters,
        GST_VOICE_SCHEMA_FORMATS, NULL);
}

static gchar *
describe (GPtrArray * tools)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  gchar *text;

  for (guint i = 0; i < tools->len; i++) {
    const Tool *tool = tools->pdata[i];
    JsonObject *one = json_object_new ();

    json_object_set_string_member (one, "name", tool->spec->name);
    json_object_set_string_member (one, "description", tool->description);
    json_object_set_member (one, "parameters",
        gst_voice_json_copy (tool->parameters));
    json_array_add_object_element (array, one);
  }
  json_node_take_array (node, array);
  text = gst_voice_json_to_string (node);
  json_node_unref (node);
  return text;
}

static gboolean
add (Toolbox * box, const GstVoicePersonaTool * spec, JsonObject * mocks,
    GError ** error)
{
  Tool *tool = tool_new (spec);

  if (mocks)
    mock (tool, mocks);
  if (!tool->kind->prepare (tool, error)) {
    g_prefix_error (error, "tool \"%s\": ", spec->name);
    tool_free (tool);
    return FALSE;
  }
  complete (tool);
  g_ptr_array_add (box->tools, tool);
  g_ptr_array_add (box->names, (gpointer) spec->name);
  return TRUE;
}

/**
 * toolbox_new:
 * @persona: (nullable): whose tools
 * @mocks: (nullable): an object: by the name of a tool, what it answers in a
 *   test
 * @error: which of them cannot be used, and why
 *
 * Returns: (transfer full) (nullable): the tools
 */
Toolbox *
toolbox_new (GstVoicePersona * persona, JsonNode * mocks, GError ** error)
{
  JsonObject *answers = mocks ? json_node_get_object (mocks) : NULL;
  Toolbox *box = g_atomic_rc_box_new0 (Toolbox);
  GPtrArray *specs = persona ? gst_voice_persona_get_tools (persona) : NULL;

  box->persona = persona ? gst_voice_persona_ref (persona) : NULL;
  box->tools = g_ptr_array_new_with_free_func (tool_free);
  box->names = g_ptr_array_new ();
  if (answers && !check_mocks (persona, answers, error)) {
    toolbox_unref (box);
    return NULL;
  }
  for (guint i = 0; specs && i < specs->len; i++) {
    if (!add (box, specs->pdata[i], answers, error)) {
      toolbox_unref (box);
      return NULL;
    }
  }
  g_ptr_array_add (box->names, NULL);
  box->json = describe (box->tools);
  return box;
}

/**
 * toolbox_ref:
 * @box: a toolbox
 *
 * Returns: (transfer full): the same
 */
Toolbox *
toolbox_ref (Toolbox * box)
{
  return g_atomic_rc_box_acquire (box);
}

static void
toolbox_clear (gpointer data)
{
  Toolbox *box = data;

  g_ptr_array_unref (box->tools);
  g_ptr_array_unref (box->names);
  g_clear_pointer (&box->persona, gst_voice_persona_unref);
  g_free (box->json);
}

/**
 * toolbox_unref:
 * @box: (transfer full): a toolbox
 */
void
toolbox_unref (Toolbox * box)
{
  g_atomic_rc_box_release_full (box, toolbox_clear);
}

/**
 * toolbox_find:
 * @box: a toolbox
 * @name: of a tool
 *
 * Returns: (transfer none) (nullable): the tool
 */
const Tool *
toolbox_find (Toolbox * box, const gchar * name)
{
  for (guint i = 0; i < box->tools->len; i++) {
    const Tool *tool = box->tools->pdata[i];

    if (strcmp (tool->spec->name, name) == 0)
      return tool;
  }
  return NULL;
}

/**
 * toolbox_closest:
 * @box: a toolbox
 * @name: of a tool that is not in it
 *
 * Returns: (transfer full): what to tell the model
 */
gchar *
toolbox_closest (Toolbox * box, const gchar * name)
{
  const gchar *const *names = (const gchar * const *) box->names->pdata;
  const gchar *meant = gst_voice_json_closest (name, names);
  gchar *all, *text;

  if (meant)
    return g_strdup_printf ("There is no such tool; did you mean \"%s\"?",
        meant);
  all = g_strjoinv (", ", (gchar **) box->names->pdata);
  text = *all ? g_strdup_printf ("There is no such tool; there are %s.", all) :
      g_strdup ("There are no tools.");
  g_free (all);
  return text;
}

/**
 * toolbox_to_json:
 * @box: a toolbox
 *
 * Returns: (transfer none): `[{"name", "description", "parameters"}]`
 */
const gchar *
toolbox_to_json (Toolbox * box)
{
  return box->json;
}

/**
 * toolbox_persona:
 * @box: a toolbox
 *
 * Returns: (transfer none) (nullable): whose tools they are
 */
GstVoicePersona *
toolbox_persona (Toolbox * box)
{
  return box->persona;
}

/**
 * toolbox_uses_network:
 * @box: a toolbox
 *
 * Returns: whether a tool in it needs the network thread
 */
gboolean
toolbox_uses_network (Toolbox * box)
{
  for (guint i = 0; i < box->tools->len; i++) {
    if (((const Tool *) box->tools->pdata[i])->kind == &tool_http)
      return TRUE;
  }
  return FALSE;
}
