/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text with places that slots and tool results fill.
 *
 * Threads: any. Locks: none; a template does not change.
 */
#include "script-template.h"
#include "script-words.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_PARTS 200
#define MAX_TEXT (16 * 1024)

typedef enum
{
  FILTER_NONE,
  FILTER_SPELL,
  FILTER_LIST,
  FILTER_ELSE,
  FILTER_NUMBER,
} Filter;

/* A piece of text, or a place to fill. */
typedef struct
{
  gchar *text;
  gchar *name;
  gchar **path;
  Filter filter;
  gchar *argument;
} Part;

struct _ScriptTemplate
{
  GArray *parts;                /* of Part */
};

static const gchar *const filter_names[] = { "", "spell", "list", "else",
  "number", NULL
};

static void
part_clear (gpointer data)
{
  Part *part = data;

  g_free (part->text);
  g_free (part->name);
  g_strfreev (part->path);
  g_free (part->argument);
}

static gboolean
parse_filter (Part * part, const gchar * text, GError ** error)
{
  gchar **halves = g_strsplit (text, ":", 2);

  part->filter = FILTER_NONE;
  for (guint i = 1; filter_names[i]; i++) {
    if (halves[0] && strcmp (filter_names[i], halves[0]) == 0)
      part->filter = i;
  }
  part->argument = g_strdup (halves[0] && halves[1] ? halves[1] : "");
  g_strfreev (halves);
  if (part->filter == FILTER_NONE)
    g_set_error (error, SCRIPT_ERROR, 0, "there is no filter '%s'; filters "
        "are spell, list, else and number", text);
  return part->filter != FILTER_NONE;
}

static gboolean
parse_place (Part * part, const gchar * text, GError ** error)
{
  gchar **halves = g_strsplit (text, "|", 2);
  gchar **names = g_strsplit (halves[0] ? halves[0] : "", ".", 16);
  gboolean ok = names[0] && *names[0];

  if (!ok)
    g_set_error (error, SCRIPT_ERROR, 0, "'${%s}' has no name", text);
  else if (halves[1])
    ok = parse_filter (part, halves[1], error);
  if (ok) {
    part->name = g_strdup (names[0]);
    part->path = g_strdupv (names + 1);
  }
  g_strfreev (names);
  g_strfreev (halves);
  return ok;
}

static void
add_text (GArray * parts, GString * text)
{
  Part part = { 0 };

  if (text->len == 0)
    return;
  part.text = g_strdup (text->str);
  g_array_append_val (parts, part);
  g_string_truncate (text, 0);
}

static const gchar *
add_place (GArray * parts, const gchar * p, GError ** error)
{
  const gchar *end = strchr (p, '}');
  Part part = { 0 };
  gchar *text;
  gboolean ok;

  if (!end) {
    g_set_error (error, SCRIPT_ERROR, 0, "'}' is missing after '${%s'", p);
    return NULL;
  }
  text = g_strndup (p, end - p);
  ok = parse_place (&part, text, error);
  g_free (text);
  if (ok)
    g_array_append_val (parts, part);
  else
    part_clear (&part);
  return ok ? end + 1 : NULL;
}

static gboolean
parse (GArray * parts, const gchar * p, GError ** error)
{
  GString *text = g_string_new (NULL);

  while (p && *p) {
    if (p[0] == '$' && p[1] == '{') {
      add_text (parts, text);
      p = add_place (parts, p + 2, error);
    } else {
      p += p[0] == '$' && p[1] == '$';
      g_string_append_c (text, *p++);
    }
    if (p && parts->len > MAX_PARTS) {
      g_set_error (error, SCRIPT_ERROR, 0, "more than %u places to fill",
          MAX_PARTS / 2);
      p = NULL;
    }
  }
  if (p)
    add_text (parts, text);
  g_string_free (text, TRUE);
  return p != NULL;
}

ScriptTemplate *
script_template_new (const gchar * text, GError ** error)
{
  ScriptTemplate *self = g_new (ScriptTemplate, 1);

  self->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_array_set_clear_func (self->parts, part_clear);
  if (parse (self->parts, text, error))
    return self;
  script_template_free (self);
  return NULL;
}

void
script_template_free (ScriptTemplate * template)
{
  g_array_unref (template->parts);
  g_free (template);
}

/* The name in the @i-th part, "" if that is text; NULL behind the last. */
const gchar *
script_template_name (const ScriptTemplate * template, guint i,
    gboolean * has_path)
{
  const Part *part;

  if (i >= template->parts->len)
    return NULL;
  part = &g_array_index (template->parts, Part, i);
  *has_path = part->path && part->path[0];
  return part->name ? part->name : "";
}

static JsonNode *
step (JsonNode * node, const gchar * name)
{
  JsonArray *array;
  guint64 index;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_member (json_node_get_object (node), name);
  if (!JSON_NODE_HOLDS_ARRAY (node) || !g_ascii_string_to_unsigned (name, 10,
          0, G_MAXUINT - 1, &index, NULL))
    return NULL;
  array = json_node_get_array (node);
  return index < json_array_get_length (array) ?
      json_array_get_element (array, index) : NULL;
}

/* Returns: (transfer full) (nullable) */
JsonNode *
script_values_find (const ScriptValues * values, const gchar * name,
    const gchar * const *path)
{
  const gchar *slot = path && *path ? NULL :
      g_hash_table_lookup (values->slots, name);
  JsonNode *node;

  if (slot)
    return json_node_init_string (json_node_alloc (), slot);
  node = g_hash_table_lookup (values->results, name);
  for (; node && path && *path; path++)
    node = step (node, *path);
  return node ? json_node_ref (node) : NULL;
}

static void
append_cut (GString * out, const gchar * text)
{
  gsize room = out->len < MAX_TEXT ? MAX_TEXT - out->len : 0;
  const gchar *end;

  if (strlen (text) <= room) {
    g_string_append (out, text);
    return;
  }
  g_utf8_validate_len (text, room, &end);
  g_string_append_len (out, text, end - text);
}

static void append_json (GString * out, JsonNode * node, const gchar * last);

static void
append_array (GString * out, JsonArray * array, const gchar * last)
{
  guint n = json_array_get_length (array);

  for (guint i = 0; i < n && out->len < MAX_TEXT; i++) {
    if (i > 0 && (i + 1 < n || !*last)) {
      append_cut (out, ", ");
    } else if (i > 0) {
      append_cut (out, " ");
      append_cut (out, last);
      append_cut (out, " ");
    }
    append_json (out, json_array_get_element (array, i), "");
  }
}

static void
append_value (GString * out, JsonNode * node)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE];

  switch (json_node_get_value_type (node)) {
    case G_TYPE_STRING:
      append_cut (out, json_node_get_string (node));
      break;
    case G_TYPE_DOUBLE:
      append_cut (out, g_ascii_formatd (number, sizeof number, "%.10g",
              json_node_get_double (node)));
      break;
    case G_TYPE_BOOLEAN:
      append_cut (out, json_node_get_boolean (node) ? "true" : "false");
      break;
    default:
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT,
          json_node_get_int (node));
      append_cut (out, number);
  }
}

/* A value as text for the ear, as far as that is possible. */
static void
append_json (GString * out, JsonNode * node, const gchar * last)
{
  gchar *json;

  switch (json_node_get_node_type (node)) {
    case JSON_NODE_VALUE:
      append_value (out, node);
      break;
    case JSON_NODE_ARRAY:
      append_array (out, json_node_get_array (node), last);
      break;
    case JSON_NODE_OBJECT:
      json = gst_voice_json_to_string (node);
      append_cut (out, json);
      g_free (json);
      break;
    default:
      break;
  }
}

static void
append_spelled (GString * out, const gchar * text)
{
  gchar c[8] = "";

  for (const gchar * p = text; *p; p = g_utf8_next_char (p)) {
    gunichar u = g_utf8_get_char (p);

    if (g_unichar_isspace (u))
      continue;
    c[g_unichar_to_utf8 (u, c)] = 0;
    if (p > text)
      append_cut (out, " ");
    append_cut (out, c);
  }
}

static void
append_place (GString * out, const Part * part, const ScriptValues * values)
{
  JsonNode *node = script_values_find (values, part->name,
      (const gchar * const *) part->path);
  GString *text = g_string_new (NULL);

  if (node)
    append_json (text, node, part->filter == FILTER_LIST ? part->argument : "");
  if (part->filter == FILTER_SPELL)
    append_spelled (out, text->str);
  else if (part->filter == FILTER_ELSE && text->len == 0)
    append_cut (out, part->argument);
  else
    append_cut (out, text->str);
  g_string_free (text, TRUE);
  g_clear_pointer (&node, json_node_unref);
}

/* Appends the text with its places filled; what is not set fills nothing. */
void
script_template_append (const ScriptTemplate * template,
    const ScriptValues * values, GString * out)
{
  for (guint i = 0; i < template->parts->len; i++) {
    const Part *part = &g_array_index (template->parts, Part, i);

    if (part->text)
      append_cut (out, part->text);
    else
      append_place (out, part, values);
  }
}

static JsonNode *
number_from (JsonNode * node, GString * text)
{
  gint64 number;
  gchar *end;

  append_json (text, node, "");
  number = g_ascii_strtoll (text->str, &end, 10);
  if (text->len > 0 && !*end)
    return json_node_init_int (json_node_alloc (), number);
  return NULL;
}

/* As an argument of a call. A template that is nothing but a place is the value
 * itself, whatever its type, or null.
 *
 * Returns: (transfer full) */
JsonNode *
script_template_to_json (const ScriptTemplate * template,
    const ScriptValues * values)
{
  const Part *part = template->parts->len == 1 ?
      &g_array_index (template->parts, Part, 0) : NULL;
  gboolean whole = part && part->name && (part->filter == FILTER_NONE
      || part->filter == FILTER_NUMBER);
  JsonNode *node = whole ? script_values_find (values, part->name,
      (const gchar * const *) part->path) : NULL;
  JsonNode *number = NULL;
  GString *text;

  if (whole && !node)
    return json_node_init_null (json_node_alloc ());
  text = g_string_new (NULL);
  if (whole && part->filter == FILTER_NUMBER)
    number = number_from (node, text);
  if (number)
    json_node_unref (g_steal_pointer (&node));
  if (!whole) {
    script_template_append (template, values, text);
    node = json_node_init_string (json_node_alloc (), text->str);
  }
  g_string_free (text, TRUE);
  return number ? number : node;
}
