/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call as such: what it keeps, texts with the variables of the phone call,
 * and faults.
 *
 * Threads: any. Locks: none.
 */
#include "tool.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <string.h>

/**
 * tool_call_ref:
 * @call: a call
 *
 * Returns: (transfer full): the same
 */
ToolCall *
tool_call_ref (ToolCall * call)
{
  g_atomic_int_inc (&call->refs);
  return call;
}

/**
 * tool_call_unref:
 * @call: (transfer full): a call
 */
void
tool_call_unref (ToolCall * call)
{
  if (!g_atomic_int_dec_and_test (&call->refs))
    return;
  if (call->free_data)
    call->free_data (call->data);
  g_clear_pointer (&call->arguments, json_node_unref);
  g_clear_pointer (&call->answer, json_node_unref);
  g_free (call->id);
  g_free (call->name);
  g_free (call->text);
  g_free (call->filler);
  toolbox_unref (call->box);
  g_object_unref (call->session);
  gst_object_unref (call->element);
  g_free (call);
}

/**
 * tool_call_took:
 * @call: a call
 * @now: the running time
 *
 * With the runner's lock held.
 *
 * Returns: for how long it has been run, in running time; when the element has
 *   stopped there is none, but time goes on
 */
GstClockTime
tool_call_took (const ToolCall * call, GstClockTime now)
{
  if (call->stopped)
    return (g_get_monotonic_time () - call->since_us) * GST_USECOND;
  return now > call->since ? now - call->since : 0;
}

static gchar *
look_up (const gchar * name, gpointer data)
{
  GstVoiceSession *session = data;

  return strcmp (name, "call_id") == 0 ?
      g_strdup (gst_voice_session_call_id (session)) :
      gst_voice_session_get_variable (session, name);
}

/**
 * tool_call_expand:
 * @call: a call
 * @text: of the persona, perhaps with `{{name}}`
 *
 * Returns: (transfer full): the text with the variables of the phone call
 */
gchar *
tool_call_expand (ToolCall * call, const gchar * text)
{
  GDateTime *now;
  gchar *expanded;

  if (!strstr (text, "{{"))
    return g_strdup (text);
  now = gst_voice_session_now (call->session, call->element);
  expanded = gst_voice_persona_expand (toolbox_persona (call->box), text, now,
      look_up, call->session, NULL);
  g_date_time_unref (now);
  return expanded;
}

/**
 * tool_call_fault:
 * @call: a call
 * @error: what went wrong, in domain %GST_VOICE_ERROR
 *
 * Tells those who run the service; the model is told in other words. With no
 * lock held.
 */
void
tool_call_fault (ToolCall * call, const GError * error)
{
  gchar *name = gst_object_get_name (GST_OBJECT (call->element));
  GError *fault = g_error_new (GST_VOICE_ERROR, error->code, "tool \"%s\": %s",
      call->name, error->message);

  gst_voice_session_report (call->session, call->element,
      gst_voice_structure_new ("fault", "element", name,
          "code", gst_voice_error_name (error->code), "text", fault->message,
          "fatal", FALSE, NULL));
  gst_voice_error_post (call->element, fault, "toolcall", 0, NULL, FALSE);
  g_error_free (fault);
  g_free (name);
}
