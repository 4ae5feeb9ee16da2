/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See quoted.h.
 */
#include "quoted.h"

#include <gst-voice/json.h>

gchar *
quoted (const gchar * text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

JsonNode *
parse (const gchar * text)
{
  gchar *json = quoted (text);
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (json, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);

  g_assert_no_error (error);
  g_free (json);
  return node;
}

void
assert_says (const gchar * json, gssize size, const gchar * expected)
{
  JsonNode *wanted = parse (expected);
  JsonNode *is = gst_voice_json_parse (json, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (!is || !gst_voice_json_equal (is, wanted))
    g_error ("it says %.*s", size < 0 ? G_MAXINT : (gint) size, json);
  json_node_unref (is);
  json_node_unref (wanted);
}
