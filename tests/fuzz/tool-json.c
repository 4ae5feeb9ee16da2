/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A tool's arguments as a model writes them, the result of a static tool and a
 * service's answer, with a line `---` between them.
 */
#include "tool-json.h"

#include <gst-voice/json.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

#define SCHEMA "{\"type\": \"object\", \"required\": [\"a\"], " \
    "\"properties\": {\"a\": {\"type\": [\"string\", \"integer\"], " \
    "\"maxLength\": 40}, \"b\": {\"default\": {\"c\": [1]}}, " \
    "\"d\": {\"type\": \"string\", \"pattern\": \"^x+$\"}}}"

static GstVoiceSchema *
the_schema (void)
{
  static GstVoiceSchema *schema;
  JsonNode *node;

  if (!schema) {
    node = gst_voice_json_parse (SCHEMA, -1, 65536, 64, NULL);
    schema = gst_voice_schema_new (node, GST_VOICE_SCHEMA_FORMATS, NULL);
    json_node_unref (node);
  }
  return schema;
}

/* What the model is told is JSON of at most that size. */
static void
tell (JsonNode * node)
{
  gchar *text = tool_result_to_text (node, 256);
  JsonNode *again = gst_voice_json_parse (text, -1, 256, 512, NULL);

  g_assert (strlen (text) <= 256);
  g_assert (again);
  json_node_unref (again);
  g_free (text);
}

static JsonNode *
read_arguments (const gchar * text)
{
  JsonNode *refusal = NULL;
  JsonNode *arguments = tool_arguments_read (text, the_schema (), &refusal);

  g_assert ((arguments == NULL) == (refusal != NULL));
  if (arguments)
    return arguments;
  g_assert (gst_voice_json_at (refusal, "/error/message"));
  tell (refusal);
  json_node_unref (refusal);
  return gst_voice_json_parse ("{\"a\": \"${a}\"}", -1, 65536, 64, NULL);
}

static void
fill (const gchar * text, JsonNode * arguments)
{
  JsonNode *result = gst_voice_json_parse (text, -1, 65536, 64, NULL), *filled;
  GPtrArray *names = result ? tool_result_placeholders (result) : NULL;

  if (names) {
    g_assert (names->len <= 64);
    filled = tool_result_fill_in (result, arguments);
    tell (filled);
    json_node_unref (filled);
    g_ptr_array_unref (names);
  }
  g_clear_pointer (&result, json_node_unref);
}

static void
answer (const gchar * body, gsize size)
{
  static const gchar *const types[] = { NULL, "text/plain", "text/html" };
  gchar *text = g_strndup (body, size);
  gchar *valid = g_utf8_make_valid (text, -1);
  gchar *complaint = tool_body_complaint (valid);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    JsonNode *node = tool_body_read (body, size, types[i]);

    if (node)
      tell (node);
    g_clear_pointer (&node, json_node_unref);
  }
  if (complaint)
    g_assert (*complaint && g_utf8_strlen (complaint, -1) <= 500);
  g_free (complaint);
  g_free (valid);
  g_free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *text = g_malloc (size + 1), *result, *body;
  JsonNode *arguments;

  /* A service may send zero bytes. */
  memcpy (text, data, size);
  text[size] = '\0';
  result = strstr (text, "\n---\n");
  body = result ? strstr (result + 5, "\n---\n") : NULL;
  if (result)
    *result = '\0';
  if (body) {
    *body = '\0';
    answer (body + 5, text + size - (body + 5));
  }
  arguments = read_arguments (text);
  if (result)
    fill (result + 5, arguments);
  json_node_unref (arguments);
  g_free (text);
  return 0;
}
