/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a language model asks of those before and behind it.
 *
 * Threads: any. Locks: none.
 */
#include "llm-query.h"

#include "json.h"

/* Whether a `turn` decides when something is said. */
gboolean
llm_query_arbiter (GstVoiceStage * llm)
{
  GstQuery *query = gst_voice_query_new ("arbiter");
  gboolean yes = gst_pad_peer_query (gst_voice_stage_sink_pad (llm), query);

  gst_query_unref (query);
  return yes;
}

/* (transfer full) (nullable): what the model may call. */
JsonArray *
llm_query_tools (GstVoiceStage * llm)
{
  GstQuery *query = gst_voice_query_new ("tools");
  JsonArray *tools = NULL;
  JsonNode *node = NULL;

  if (gst_pad_peer_query (gst_voice_stage_src_pad (llm), query))
    node = gst_voice_json_parse (gst_voice_structure_string
        (gst_query_get_structure (query), "tools"), -1,
        GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL);
  if (node && JSON_NODE_HOLDS_ARRAY (node)
      && json_array_get_length (json_node_get_array (node)) > 0)
    tools = json_array_ref (json_node_get_array (node));
  g_clear_pointer (&node, json_node_unref);
  gst_query_unref (query);
  return tools;
}

/* Whether somebody will tell who the other side is, and has not yet. */
gboolean
llm_query_awaits (GstVoiceStage * llm)
{
  GstQuery *query = gst_voice_query_new ("participant");
  gboolean awaits = gst_pad_peer_query (gst_voice_stage_sink_pad (llm), query)
      && !gst_voice_structure_boolean (gst_query_get_structure (query),
      "known");

  gst_query_unref (query);
  return awaits;
}
