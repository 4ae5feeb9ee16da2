/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* Members of an object, which may be NULL or have others than are looked for:
 * then they are NULL, or @fallback. */
JsonObject *provider_object (JsonObject * object, const gchar * name);
JsonArray *provider_array (JsonObject * object, const gchar * name);
const gchar *provider_text (JsonObject * object, const gchar * name,
    const gchar * fallback);
gint64 provider_integer (JsonObject * object, const gchar * name,
    gint64 fallback);
gboolean provider_boolean (JsonObject * object, const gchar * name,
    gboolean fallback);
guint provider_length (JsonArray * array);
JsonObject *provider_element (JsonArray * array, guint index);
JsonNode *provider_parse (GBytes * bytes);
