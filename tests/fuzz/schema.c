/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A line with a schema, then a value. Whatever is wrong must be told with a
 * place that exists, and the same way twice.
 */
#include <gst-voice/json.h>
#include <gst-voice/schema.h>

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
check_problems (GPtrArray * problems, JsonNode * node)
{
  g_assert_true (problems->len > 0);
  for (guint i = 0; i < problems->len; i++) {
    GstVoiceSchemaProblem *problem = problems->pdata[i];
    gchar *text = gst_voice_schema_problem_to_string (problem);

    g_assert_true (g_utf8_validate (text, -1, NULL));
    g_assert_true (gst_voice_json_at (node, problem->pointer) != NULL);
    g_free (text);
  }
  g_ptr_array_unref (problems);
}

static void
validate (GstVoiceSchema * schema, JsonNode * instance)
{
  GPtrArray *problems;
  gboolean valid = gst_voice_schema_validate (schema, instance, &problems);

  g_assert_true (valid == (problems == NULL));
  g_assert_true (valid == gst_voice_schema_validate (schema, instance, NULL));
  if (problems)
    check_problems (problems, instance);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  const gchar *text = (const gchar *) data;
  const gchar *line_end = memchr (text, '\n', size);
  gsize skip = line_end ? line_end - text + 1 : size;
  JsonNode *node = gst_voice_json_parse (text, skip, 65536, 64, NULL);
  JsonNode *instance = gst_voice_json_parse (text + skip, size - skip, 65536,
      64, NULL);
  GPtrArray *problems = NULL;
  GstVoiceSchema *schema = node ? gst_voice_schema_compile (node,
      GST_VOICE_SCHEMA_FORMATS, &problems) : NULL;

  if (problems)
    check_problems (problems, node);
  if (schema && instance) {
    validate (schema, instance);
    gst_voice_schema_fill_defaults (schema, instance);
    validate (schema, instance);
  }
  g_clear_pointer (&schema, gst_voice_schema_unref);
  g_clear_pointer (&instance, json_node_unref);
  g_clear_pointer (&node, json_node_unref);
  return 0;
}
