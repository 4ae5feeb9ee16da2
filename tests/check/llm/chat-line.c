/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A conversation in one line.
 */
#include "chat-line.h"

static void
show_message (GString * out, JsonObject * message)
{
  const gchar *role = json_object_get_string_member (message, "role");
  JsonArray *calls = json_object_has_member (message, "tool_calls") ?
      json_object_get_array_member (message, "tool_calls") : NULL;
  gchar *text;

  if (g_str_equal (role, "tool")) {
    text = json_to_string (json_object_get_member (message, "content"), FALSE);
    g_string_append_printf (out, "r:%s=%s ",
        json_object_get_string_member (message, "id"), text);
    g_free (text);
    return;
  }
  g_string_append_printf (out, "%c%s:%s ", role[0],
      json_object_has_member (message, "interrupted") ? "~" : "",
      json_object_get_string_member (message, "content"));
  for (guint k = 0; calls && k < json_array_get_length (calls); k++)
    g_string_append_printf (out, "c:%s ",
        json_object_get_string_member (json_array_get_object_element (calls,
                k), "id"));
}

/* As the model is shown it: `u:words`, `a:words` (`a~:` if interrupted),
 * `c:call`, `r:call=result`, `s:note`. */
gchar *
chat_line (GstVoiceChat * chat)
{
  JsonArray *messages = gst_voice_chat_render (chat);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (messages); i++)
    show_message (out, json_array_get_object_element (messages, i));
  json_array_unref (messages);
  return g_strchomp (g_string_free (out, FALSE));
}
