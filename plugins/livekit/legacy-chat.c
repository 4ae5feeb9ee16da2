/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is typed, as clients without text streams send it: a packet of user
 * data with JSON. Those that have them send both, and say so in it.
 *
 * Threads: any. Locks: none.
 */
#include "legacy-chat.h"

#include <gst-voice/json.h>

#define MAX_SIZE 65536

/**
 * legacy_chat_read:
 * @payload: of a packet on %LEGACY_CHAT_TOPIC; from outside
 *
 * Returns: (transfer full) (nullable): what was typed, unless it comes as a
 *   text stream, too
 */
gchar *
legacy_chat_read (GBytes * payload)
{
  gsize size;
  const gchar *json = g_bytes_get_data (payload, &size);
  JsonNode *node = json ? gst_voice_json_parse (json, size, MAX_SIZE, 8, NULL) :
      NULL, *message, *ignore;
  gchar *text = NULL;

  if (!node)
    return NULL;
  message = gst_voice_json_at (node, "/message");
  ignore = gst_voice_json_at (node, "/ignoreLegacy");
  if (message && json_node_get_value_type (message) == G_TYPE_STRING
      && *json_node_get_string (message) && !(ignore
          && json_node_get_value_type (ignore) == G_TYPE_BOOLEAN
          && json_node_get_boolean (ignore)))
    text = json_node_dup_string (message);
  json_node_unref (node);
  return text;
}
