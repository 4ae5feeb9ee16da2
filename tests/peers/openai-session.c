/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a realtime session is at its beginning, and how it changes.
 *
 * Threads: any.
 */
#include "openai-session.h"
#include "provider-json.h"

#include <string.h>

#define INPUT "\"input\":{\"format\":{\"type\":\"audio/pcm\",\"rate\":24000}," \
  "\"transcription\":null,\"noise_reduction\":null,\"turn_detection\":{" \
  "\"type\":\"server_vad\",\"threshold\":0.5,\"prefix_padding_ms\":300," \
  "\"silence_duration_ms\":500%s}}"
#define OUTPUT ",\"output\":{\"format\":{\"type\":\"audio/pcm\"," \
  "\"rate\":24000},\"voice\":\"marin\",\"speed\":1.0}"

/* Returns: (transfer full) */
JsonNode *
openai_session_new (gboolean transcription, const gchar * model, guint number)
{
  gchar *text = transcription ?
      g_strdup_printf ("{\"type\":\"transcription\",\"id\":\"sess_%u\","
      "\"object\":\"realtime.transcription_session\","
      "\"expires_at\":4102444800,\"audio\":{" INPUT "}}", number, "") :
      g_strdup_printf ("{\"type\":\"realtime\",\"id\":\"sess_%u\","
      "\"object\":\"realtime.session\",\"expires_at\":4102444800,"
      "\"output_modalities\":[\"audio\"],\"instructions\":\"\",\"tools\":[],"
      "\"tool_choice\":\"auto\",\"max_output_tokens\":\"inf\","
      "\"truncation\":\"auto\",\"audio\":{" INPUT OUTPUT "}}", number,
      ",\"create_response\":true,\"interrupt_response\":true");
  JsonNode *node = json_from_string (text, NULL);

  if (!transcription)
    json_object_set_string_member (json_node_get_object (node), "model",
        model ? model : "gpt-realtime");
  g_free (text);
  return node;
}

void
openai_session_change (JsonObject * session, JsonObject * change)
{
  GList *names = json_object_get_members (change);

  for (GList * l = names; l; l = l->next) {
    JsonObject *old = provider_object (session, l->data);
    JsonObject *new = provider_object (change, l->data);

    if (old && new)
      openai_session_change (old, new);
    else
      json_object_set_member (session, l->data,
          json_node_copy (json_object_get_member (change, l->data)));
  }
  g_list_free (names);
}
