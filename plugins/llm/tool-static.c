/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tools with a result that is written in the persona, for demonstrations and
 * tests: it may contain the arguments, and may take a while, by the pipeline's
 * clock.
 *
 * Threads: as ToolKind says. Locks: none.
 */
#include "tool.h"
#include "tool-json.h"

#include <gst-voice/error.h>

static gboolean
has_parameter (Tool * tool, const gchar * name)
{
  GString *pointer = g_string_new ("/properties");
  gboolean has;

  gst_voice_json_pointer_append (pointer, name);
  has = tool->parameters && gst_voice_json_at (tool->parameters, pointer->str);
  g_string_free (pointer, TRUE);
  return has;
}

static gboolean
prepare (Tool * tool, GError ** error)
{
  GPtrArray *names = tool_result_placeholders (tool->spec->result);
  const gchar *unknown = NULL;

  if (!names) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "too many ${…} in its result");
    return FALSE;
  }
  for (guint i = 0; i < names->len && !unknown; i++) {
    if (!has_parameter (tool, names->pdata[i]))
      unknown = names->pdata[i];
  }
  if (unknown)
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "${%s} in its result is none of its parameters; write $${%s} if you "
        "mean the text", unknown, unknown);
  g_ptr_array_unref (names);
  return !unknown;
}

static void
run (ToolCall * call)
{
  const GstVoicePersonaTool *spec = call->tool->spec;
  JsonNode *result = tool_result_fill_in (spec->result, call->arguments);

  if (spec->delay > 0)
    tool_call_finish_after (call, spec->delay * GST_SECOND, result);
  else
    tool_call_finish (call, TOOL_OK, result);
}

const ToolKind tool_static = {
  .prepare = prepare,
  .run = run,
};
