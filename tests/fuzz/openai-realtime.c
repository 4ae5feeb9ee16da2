/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as an event of a realtime session, and as a conversation that is
 * told to a new one.
 */
#include <openai-realtime-wire.h>

#include <gst-voice/json.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
tell (const gchar * text, gsize size)
{
  JsonNode *node = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (node && JSON_NODE_HOLDS_ARRAY (node))
    g_ptr_array_unref (openai_realtime_history (json_node_get_array (node),
            size % 2));
  g_clear_pointer (&node, json_node_unref);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  OpenaiRealtimeEvent *event =
      openai_realtime_event_parse ((const gchar *) data, size);

  if (event) {
    const OpenaiRealtimeUsage *u = &event->usage;

    g_assert (g_utf8_validate (event->text, -1, NULL));
    g_assert (event->time >= -1 && event->expires >= 0);
    g_assert (u->read_audio <= u->read && u->cached <= u->read);
    g_assert (u->cached_audio <= u->cached && u->written_audio <= u->written);
    g_assert (event->type != OPENAI_REALTIME_CALL || event->name);
    openai_realtime_event_free (event);
  }
  tell ((const gchar *) data, size);
  return 0;
}
