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
#include <math.h>
#include <string.h>

/* Of base64 in JSON: half a minute of sound. */
#define MAX_SIZE (4 * 1024 * 1024)
#define MAX_WORDS 2000
#define MAX_ID 128
/* Of one context. */
#define MAX_SECONDS 1e5

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

static JsonObject *
object_of (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

static const gchar *
string_of (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

static const gchar *
string (JsonObject * object, const gchar * name)
{
  return string_of (json_object_get_member (object, name));
}

/* NAN if it is none. */
static gdouble
number_of (JsonNode * node)
{
  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE
          && json_node_get_value_type (node) != G_TYPE_INT64))
    return NAN;
  return json_node_get_double (node);
}

static JsonNode *
element (JsonObject * object, const gchar * name, guint i)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  return array && i < json_array_get_length (array) ?
      json_array_get_element (array, i) : NULL;
}

static gint64
to_time (gdouble seconds)
{
  return seconds >= 0 && seconds <= MAX_SECONDS ? llround (seconds * 1e9) : -1;
}

/* What it is called when somebody asks; short, and safe to be printed. */
static gchar *
identifier (const gchar * text)
{
  if (!text || !*text || strlen (text) > MAX_ID || !g_str_is_ascii (text))
    return NULL;
  for (const gchar * c = text; *c; c++) {
    if (!g_ascii_isgraph (*c))
      return NULL;
  }
  return g_strdup (text);
}

/* For a GArray of them. */
void
cartesia_word_clear (gpointer data)
{
  g_free (((CartesiaWord *) data)->text);
}

static void
take_words (CartesiaMessage * message, JsonObject * root)
{
  JsonObject *times = object_of (json_object_get_member (root,
          "word_timestamps"));

  for (guint i = 0; times && i < MAX_WORDS; i++) {
    JsonNode *node = element (times, "words", i);
    const gchar *text = string_of (node);
    CartesiaWord word = { 0 };

    if (!node)
      break;
    word.start = to_time (number_of (element (times, "start", i)));
    word.end = to_time (number_of (element (times, "end", i)));
    if (!text || !*text || word.start < 0 || word.end < word.start)
      continue;
    word.text = g_strdup (text);
    g_array_append_val (message->words, word);
  }
}

static void
take_sound (CartesiaMessage * message, JsonObject * root)
{
  const gchar *data = string (root, "data");
  guchar *sound;
  gsize size;

  if (!data)
    return;
  sound = g_base64_decode (data, &size);
  message->sound = g_bytes_new_take (sound, size);
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

  for (guint i = CARTESIA_CHUNK; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (string (root, "type"), names[i]) == 0)
      return i;
  }
  return CARTESIA_OTHER;
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
  JsonNode *node = gst_voice_json_parse (text, size, MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, error);
  JsonObject *root = object_of (node);
  CartesiaMessage *message;
  gdouble status;

  if (!root) {
    if (node)
      g_set_error_literal (error, GST_VOICE_JSON_ERROR,
          GST_VOICE_JSON_ERROR_SYNTAX, "it is no JSON object");
    g_clear_pointer (&node, json_node_unref);
    return NULL;
  }
  message = g_new0 (CartesiaMessage, 1);
  message->type = type_of (root);
  message->context = identifier (string (root, "context_id"));
  message->words = g_array_new (FALSE, FALSE, sizeof (CartesiaWord));
  g_array_set_clear_func (message->words, cartesia_word_clear);
  status = number_of (json_object_get_member (root, "status_code"));
  message->status = status >= 100 && status < 1000 ? (guint) status : 0;
  message->code = identifier (string (root, "error_code"));
  message->request_id = identifier (string (root, "request_id"));
  if (message->type == CARTESIA_CHUNK)
    take_sound (message, root);
  else if (message->type == CARTESIA_TIMESTAMPS)
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
  g_clear_pointer (&message->sound, g_bytes_unref);
  g_array_unref (message->words);
  g_free (message->code);
  g_free (message->request_id);
  g_free (message);
}
