/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Addresses with `{{variable}}` and `${argument}` in them. What a caller or a
 * model says stays within the place that the persona gives it: it is escaped,
 * is not looked through again, and as a part of the path it is neither empty
 * nor a step to another folder.
 *
 * Threads: any. Locks: none.
 */
#include "tool-template.h"

#include <gst-voice/json.h>
#include <string.h>

typedef struct
{
  JsonObject *arguments;
  ToolTemplateLookup lookup;
  gpointer data;
} Filling;

/* The length of `{{name}}` or `${name}` at the text, or 0. */
static gsize
placeholder_at (const gchar * text, gchar ** name)
{
  gboolean variable = g_str_has_prefix (text, "{{");
  const gchar *close = variable ? "}}" : "}";
  const gchar *first, *last;

  if (!variable && !g_str_has_prefix (text, "${"))
    return 0;
  first = text + 2 + strspn (text + 2, variable ? " " : "");
  last = first;
  while (g_ascii_isalnum (*last) || *last == '_' || *last == '-')
    last++;
  if (last == first)
    return 0;
  *name = g_strndup (first, last - first);
  last += strspn (last, variable ? " " : "");
  if (g_str_has_prefix (last, close))
    return last + strlen (close) - text;
  g_clear_pointer (name, g_free);
  return 0;
}

static gchar *
argument_text (JsonNode * value)
{
  if (!value || JSON_NODE_HOLDS_NULL (value))
    return g_strdup ("");
  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_string (value))
    return json_node_dup_string (value);
  return gst_voice_json_to_string (value);
}

static gchar *
value_of (const Filling * f, gboolean variable, const gchar * name)
{
  gchar *value;

  if (!variable)
    return argument_text (json_object_get_member (f->arguments, name));
  value = f->lookup (name, f->data);
  return value ? value : g_strdup ("");
}

/**
 * tool_template_url:
 * @text: an address of the persona
 * @arguments: of the call
 * @lookup: (scope call): gives variables
 * @data: for @lookup
 *
 * Returns: (transfer full) (nullable): the address; %NULL if a value in its
 *   path is empty or nothing but dots
 */
gchar *
tool_template_url (const gchar * text, JsonObject * arguments,
    ToolTemplateLookup lookup, gpointer data)
{
  Filling f = { arguments, lookup, data };
  GString *url = g_string_new (NULL);
  gboolean good = TRUE;

  while (*text && good) {
    gchar *name = NULL, *value;
    gsize length = placeholder_at (text, &name);

    if (length == 0) {
      g_string_append_c (url, *text++);
      continue;
    }
    value = value_of (&f, *text == '{', name);
    good = strchr (url->str, '?') || value[strspn (value, ".")];
    g_string_append_uri_escaped (url, value, NULL, FALSE);
    text += length;
    g_free (value);
    g_free (name);
  }
  return g_string_free (url, !good);
}

/**
 * tool_template_uses:
 * @text: an address of the persona
 * @argument: of the tool
 *
 * Returns: whether the argument stands in it
 */
gboolean
tool_template_uses (const gchar * text, const gchar * argument)
{
  gboolean uses = FALSE;

  while (!uses && (text = strstr (text, "${"))) {
    gchar *name = NULL;

    if (placeholder_at (text, &name))
      uses = strcmp (name, argument) == 0;
    g_free (name);
    text += 2;
  }
  return uses;
}
