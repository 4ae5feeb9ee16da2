/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line with a JSON Pointer, then a text. What is read must be written so that
 * it reads back equal, and the pointer must be found in the text exactly if it
 * is found in the tree.
 */
#include <gst-voice/json.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
check_round_trip (JsonNode * node)
{
  gchar *text = gst_voice_json_to_string (node);
  JsonNode *again = gst_voice_json_parse (text, -1, G_MAXSIZE, 64, NULL);
  JsonNode *copy = gst_voice_json_copy (node);

  g_assert_true (again && gst_voice_json_equal (node, again));
  g_assert_true (gst_voice_json_equal (copy, again));
  g_assert_true (gst_voice_json_hash (node) == gst_voice_json_hash (again));
  json_node_unref (copy);
  json_node_unref (again);
  g_free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const gchar *text = (const gchar *) data;
  const gchar *line_end = memchr (text, '\n', size);
  gsize skip = line_end ? line_end - text + 1 : 0;
  gchar *pointer = g_strndup (text, skip ? skip - 1 : 0);
  JsonNode *node = gst_voice_json_parse (text + skip, size - skip, 65536, 64,
      NULL);
  guint line, column;
  gboolean there = gst_voice_json_locate (text + skip, size - skip, pointer,
      &line, &column);

  g_assert_true (line > 0 && column > 0);
  if (node) {
    g_assert_true (there == (gst_voice_json_at (node, pointer) != NULL));
    check_round_trip (node);
    json_node_unref (node);
  }
  g_free (pointer);
  return 0;
}
