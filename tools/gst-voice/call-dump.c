/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A picture of a call that runs, for people who want to know what is wrong
 * with it: states, the graph for Graphviz, the end of the journal. Properties
 * are not in it, since some are secret.
 *
 * Threads: the main thread. Locks: none.
 */
#include "call-dump.h"

#include <gst-voice/session.h>
#include <string.h>

#define GRAPH (GST_DEBUG_GRAPH_SHOW_STATES | \
    GST_DEBUG_GRAPH_SHOW_MEDIA_TYPE | GST_DEBUG_GRAPH_SHOW_CAPS_DETAILS)
/* How much of the journal. */
#define MAX_TAIL (64 * 1024)

static void
append_state (GString * out, const Player * player)
{
  GstVoiceUsage usage;

  gst_voice_session_get_usage (player->session, &usage);
  g_string_append_printf (out, "call %s\nstate %s, agent %s\nturns %u, "
      "interruptions %u, tool calls %u, journal lines %u\n"
      "running time %.3f s\n",
      gst_voice_session_call_id (player->session),
      gst_element_state_get_name (GST_STATE (player->pipeline)),
      gst_element_state_get_name (GST_STATE (player->agent)),
      usage.turns, usage.interruptions, usage.tool_calls, player->last_line,
      (gdouble) gst_element_get_current_running_time (player->pipeline) /
      GST_SECOND);
}

static void
append_graph (GString * out, const Player * player)
{
  gchar *graph = gst_debug_bin_to_dot_data (GST_BIN (player->pipeline), GRAPH);

  g_string_append_printf (out, "\n%s\n", graph);
  g_free (graph);
}

/* From the beginning of a line. */
static void
append_journal (GString * out, const gchar * journal)
{
  gchar *text, *tail;
  gsize size;

  if (!g_file_get_contents (journal, &text, &size, NULL))
    return;
  tail = text;
  if (size > MAX_TAIL) {
    tail = strchr (text + size - MAX_TAIL, '\n');
    tail = tail ? tail + 1 : text + size - MAX_TAIL;
  }
  g_string_append (out, tail);
  g_free (text);
}

/**
 * call_dump_write:
 * @player: of a call that runs
 * @journal: where its journal is
 * @path: a file, which is replaced
 * @error: where to say why it cannot be written
 *
 * Returns: whether it was written
 */
gboolean
call_dump_write (const Player * player, const gchar * journal,
    const gchar * path, GError ** error)
{
  GString *out = g_string_new (NULL);
  gboolean ok;

  append_state (out, player);
  append_graph (out, player);
  append_journal (out, journal);
  ok = g_file_set_contents_full (path, out->str, out->len,
      G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
  g_string_free (out, TRUE);
  return ok;
}
