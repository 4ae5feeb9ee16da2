/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/*
 * ToolTemplateLookup:
 * @name: of a variable
 * @data: what was given
 *
 * Returns: (transfer full) (nullable): its value
 */
typedef gchar *(*ToolTemplateLookup) (const gchar * name, gpointer data);

gchar *tool_template_url (const gchar * text, JsonObject * arguments,
    ToolTemplateLookup lookup, gpointer data);
gboolean tool_template_uses (const gchar * text, const gchar * argument);

G_END_DECLS
