/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the JSON files share: the reference tokens of a JSON Pointer (RFC 6901),
 * whether a word is another one but for a slip, and values in messages.
 */
#pragma once

#include <json-glib/json-glib.h>

gchar *_gst_voice_json_next_token (const gchar ** pointer);
gboolean _gst_voice_json_array_index (const gchar * token, guint * index);
gboolean _gst_voice_json_is_slip (const gchar * word, const gchar * meant);
gchar *_gst_voice_json_quote (JsonNode * node, guint length);
