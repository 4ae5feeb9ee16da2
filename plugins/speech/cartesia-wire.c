/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Cartesia's `/tts/websocket`: the requests, and the messages that come back.
 * What is unknown in them is ignored, what is missing has a value that says so,
 * and what makes no sense is missing.
 *
 * Threads: any. Locks: none.
 */
#include "cartesia-wire.h"

#include <gst-voice/json.h>
#include <string.h>

#define MAX_WORDS 2000

static void
append_text (GString * out, const gchar * name, const gchar * value)
{
  g_string_append_printf (out, ",\"%s\":", name);
  gst_voice_json_append_string (out, value);
}

static void
append_language (GString * out, const gchar * language)
{
  gchar *known;

  if (!language || !*language)
    return;
  known = g_strndup (language, strcspn (language, "-_"));
  append_text (out, "language", known);
  g_free (known);
}

/* Models before the third know three speeds. */
static void
append_speed (GString * out, const CartesiaSettings * settings)
{
  static const gchar *const older[] = { "sonic-2", "sonic-turbo",
    "sonic-english", "sonic-multilingual"
  };
  gboolean old = strcmp (settings->model, "sonic") == 0;

  if (settings->speed == 1)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (older); i++)
    old |= g_str_has_prefix (settings->model, older[i]);
  if (old) {
    append_text (out, "speed", settings->speed < 1 ? "slow" : "fast");
    return;
  }
  g_string_append (out, ",\"generation_config\":{\"speed\":");
  gst_voice_json_append_number (out, settings->speed);
  g_string_append_c (out, '}');
}

static void
append_extra (JsonObject * extra, const gchar * name, JsonNode * node,
    gpointer data)
{
  GString *out = data;
  gchar *value = gst_voice_json_to_string (node);

  g_string_append_c (out, ',');
  gst_voice_json_append_string (out, name);
  g_string_append_printf (out, ":%s", value);
  g_free (value);
}

/**
 * cartesia_request:
 * @settings: how it is to be spoken
 * @context: a name that nothing else has
 * @text: all of what is to be spoken
 *
 * Returns: (transfer full): a message
 */
gchar *
cartesia_request (const CartesiaSettings * s, const gchar * context,
    const gchar * text)
{
  GString *out = g_string_new ("{\"context_id\":");
  gboolean config = s->extra && json_object_has_member (s->extra,
      "generation_config");

  gst_voice_json_append_string (out, context);
  append_text (out, "model_id", s->model);
  append_text (out, "transcript", text);
  g_string_append (out, ",\"voice\":{\"mode\":\"id\",\"id\":");
  gst_voice_json_append_string (out, s->voice);
  g_string_append_c (out, '}');
  append_language (out, s->language);
  g_string_append_printf (out, ",\"output_format\":{\"container\":\"raw\","
      "\"encoding\":\"pcm_s16le\",\"sample_rate\":%u}", s->rate);
  /* All of the text is there: nothing is worth waiting for. */
  g_string_append (out, ",\"add_timestamps\":true,\"continue\":false,"
      "\"max_buffer_delay_ms\":0");
  if (!config)
    append_speed (out, s);
  if (s->extra)
    json_object_foreach_member (s->extra, append_extra, out);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/**
 * cartesia_cancel:
 * @context: of a request
 *
 * Returns: (transfer full): a message
 */
gchar *
cartesia_cancel (const gchar * context)
{
  GString *out = g_string_new ("{\"context_id\":");

  gst_voice_json_append_string (out, context);
  g_string_append (out, ",\"cancel\":true}");
  return g_string_free (out, FALSE);
}

static gint64
time_at (JsonObject * times, const gchar * name, guint i)
{
  return speech_wire_time (speech_wire_value (speech_wire_element
          (speech_wire_member (times, name), i)));
}

static void
take_words (CartesiaMessage * message, JsonObject * root)
{
  JsonObject *times = speech_wire_object (speech_wire_member (root,
          "word_timestamps"));

  for (guint i = 0; times && i < MAX_WORDS; i++) {
    JsonNode *node = speech_wire_element (speech_wire_member (times, "words"),
        i);
    const gchar *text = speech_wire_text (node);
    SpeechWord word = {
      .start = time_at (times, "start", i),
      .end = time_at (times, "end", i),
    };

    if (!node)
      break;
    if (!text || !*text || word.start < 0 || word.end < word.start)
      continue;
    word.text = g_strdup (text);
    g_array_append_val (message->words, word);
  }
}

static CartesiaType
type_of (JsonObject * root)
{
  static const gchar *const names[] = {
    [CARTESIA_CHUNK] = "chunk",
    [CARTESIA_TIMESTAMPS] = "timestamps",
    [CARTESIA_DONE] = "done",
    [CARTESIA_ERROR] = "error",
  };

  return speech_wire_type (root, names, G_N_ELEMENTS (names));
}

/**
 * cartesia_message_parse:
 * @text: what came
 * @size: its bytes
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): the message
 */
CartesiaMessage *
cartesia_message_parse (const gchar * text, gsize size, GError ** error)
{
  JsonNode *node = speech_wire_parse (text, size, SPEECH_WIRE_MAX_SOUND, error);
  JsonObject *root = speech_wire_object (node);
  CartesiaMessage *message;
  gdouble status;

  if (!root)
    return NULL;
  message = g_new0 (CartesiaMessage, 1);
  message->type = type_of (root);
  message->context = speech_wire_identifier (speech_wire_string (root,
          "context_id"));
  message->words = speech_wire_words_new ();
  status = speech_wire_number (root, "status_code");
  message->status = status >= 100 && status < 1000 ? (guint) status : 0;
  message->code = speech_wire_identifier (speech_wire_string (root,
          "error_code"));
  message->request_id = speech_wire_identifier (speech_wire_string (root,
          "request_id"));
  message->sound = speech_wire_sound (message->type == CARTESIA_CHUNK ?
      speech_wire_string (root, "data") : NULL);
  if (message->type == CARTESIA_TIMESTAMPS)
    take_words (message, root);
  json_node_unref (node);
  return message;
}

/**
 * cartesia_message_free:
 * @message: (transfer full): a message
 */
void
cartesia_message_free (CartesiaMessage * message)
{
  g_free (message->context);
  g_bytes_unref (message->sound);
  g_array_unref (message->words);
  g_free (message->code);
  g_free (message->request_id);
  g_free (message);
}
