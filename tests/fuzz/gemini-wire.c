/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An answer of Gemini, an event a line; and each line as a refusal and as a
 * schema. What is said is UTF-8, and what is put together can be asked about
 * again.
 */
#include "gemini-schema.h"
#include "gemini-wire.h"

#include <gst-voice/json.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

/* As the conversation would hold it. */
static JsonArray *
to_messages (const GPtrArray * calls, const gchar * text)
{
  JsonArray *messages = json_array_new (), *array = json_array_new ();
  JsonObject *message = json_object_new ();

  for (guint i = 0; i < calls->len; i++) {
    const LlmCall *call = g_ptr_array_index (calls, i);
    JsonObject *one = json_object_new ();

    json_object_set_string_member (one, "id", call->id);
    json_object_set_string_member (one, "name", call->name);
    json_object_set_member (one, "arguments",
        gst_voice_json_parse (llm_call_arguments (call), -1,
            GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL));
    json_array_add_object_element (array, one);
  }
  json_object_set_string_member (message, "role", "assistant");
  json_object_set_string_member (message, "content", text);
  json_object_set_array_member (message, "tool_calls", array);
  json_array_add_object_element (messages, message);
  return messages;
}

static void
ask_again (const LlmAnswer * answer, const gchar * text)
{
  GeminiQuestion question = {.model = answer->model,
    .messages = to_messages (answer->calls, text),
    .thinking_budget = GEMINI_NO_BUDGET
  };
  gchar *json = gemini_question_to_json (&question);
  JsonNode *node = gst_voice_json_parse (json, -1, 64 * 1024 * 1024, 512, NULL);

  g_assert_nonnull (node);
  json_node_unref (node);
  g_free (json);
  json_array_unref (question.messages);
}

static void
refuse (const gchar * body)
{
  GError *refusal = g_error_new (GST_VOICE_ERROR, GST_VOICE_ERROR_SERVER,
      "host answered: try again");
  gint64 retry_after = -1;
  GError *error = gemini_refusal (refusal, body, &retry_after);

  g_assert_true (g_str_has_prefix (error->message, "host answered: "));
  g_assert_cmpint (retry_after, >=, -1);
  g_error_free (error);
  g_error_free (refusal);
}

static void
reduce (const gchar * text)
{
  JsonNode *node = gst_voice_json_parse (text, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (node)
    json_object_unref (gemini_schema (node));
  g_clear_pointer (&node, json_node_unref);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *all = g_utf8_make_valid ((const gchar *) data, size);
  gchar **lines = g_strsplit (all, "\n", 200);
  LlmAnswer *answer = gemini_answer_new ();
  GString *text = g_string_new (NULL);
  gboolean ok = TRUE;

  for (guint i = 0; lines[i]; i++) {
    refuse (lines[i]);
    reduce (lines[i]);
    if (ok)
      ok = gemini_answer_read (answer, lines[i], strlen (lines[i]), text, NULL);
  }
  if (ok && gemini_answer_end (answer, text, NULL))
    ask_again (answer, text->str);
  g_assert_true (g_utf8_validate (text->str, text->len, NULL));
  g_string_free (text, TRUE);
  gemini_answer_free (answer);
  g_strfreev (lines);
  g_free (all);
  return 0;
}
