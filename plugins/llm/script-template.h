/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * Text with `${name}`, `${tool.path.to.0.field}` and `${name|filter:argument}`.
 * `$$` is a dollar sign. Filters:
 *
 *   spell            29340 becomes "2 9 3 4 0"
 *   list:and         ["a","b","c"] becomes "a, b and c"
 *   else:text        the text if there is nothing else
 *   number           a JSON number, where the template is all of an argument
 */
typedef struct _ScriptTemplate ScriptTemplate;

/* What names stand for: text by slot, JSON by call. Slots go first. */
typedef struct
{
  GHashTable *slots;            /* name → gchar * */
  GHashTable *results;          /* name → JsonNode */
} ScriptValues;

ScriptTemplate *script_template_new (const gchar * text, GError ** error);
void script_template_free (ScriptTemplate * template);
const gchar *script_template_name (const ScriptTemplate * template, guint i,
    gboolean * has_path);
void script_template_append (const ScriptTemplate * template,
    const ScriptValues * values, GString * out);
JsonNode *script_template_to_json (const ScriptTemplate * template,
    const ScriptValues * values);

JsonNode *script_values_find (const ScriptValues * values, const gchar * name,
    const gchar * const *path);

G_END_DECLS
