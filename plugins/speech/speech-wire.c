/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the messages of speech services have in common: members that may be
 * missing or of another type, words with their times, sound, and the query
 * string of an address.
 *
 * Threads: any. Locks: none.
 */
#include "speech-wire.h"

#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

#define MAX_WORDS 2000
#define MAX_ID 128
/* Of one connection. */
#define MAX_SECONDS 1e6

/**
 * speech_wire_parse:
 * @text: what came
 * @size: its bytes
 * @most: how many they may be
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): a node that holds an object
 */
JsonNode *
speech_wire_parse (const gchar * text, gsize size, gsize most, GError ** error)
{
  JsonNode *node = gst_voice_json_parse (text, size, most,
      GST_VOICE_JSON_MAX_DEPTH, error);

  if (node && !JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error_literal (error, GST_VOICE_JSON_ERROR,
        GST_VOICE_JSON_ERROR_SYNTAX, "it is no JSON object");
    g_clear_pointer (&node, json_node_unref);
  }
  return node;
}

/* Returns: (transfer none) (nullable): what @node is, if it is that */
JsonObject *
speech_wire_object (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

JsonNode *
speech_wire_member (JsonObject * object, const gchar * name)
{
  return object ? json_object_get_member (object, name) : NULL;
}

JsonNode *
speech_wire_element (JsonNode * node, guint i)
{
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  return array && i < json_array_get_length (array) ?
      json_array_get_element (array, i) : NULL;
}

const gchar *
speech_wire_text (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

const gchar *
speech_wire_string (JsonObject * object, const gchar * name)
{
  return speech_wire_text (speech_wire_member (object, name));
}

gboolean
speech_wire_flag (JsonObject * object, const gchar * name)
{
  JsonNode *node = speech_wire_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN
      && json_node_get_boolean (node);
}

/* NAN if it is no number. */
gdouble
speech_wire_value (JsonNode * node)
{
  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE
          && json_node_get_value_type (node) != G_TYPE_INT64))
    return NAN;
  return json_node_get_double (node);
}

/* NAN if there is no such number. */
gdouble
speech_wire_number (JsonObject * object, const gchar * name)
{
  return speech_wire_value (speech_wire_member (object, name));
}

/* Negative if there is none. */
gdouble
speech_wire_probability (JsonObject * object, const gchar * name)
{
  gdouble p = speech_wire_number (object, name);

  return p >= 0 && p <= 1 ? p : -1;
}

/**
 * speech_wire_type:
 * @object: a message
 * @names: (array length=n): what its `type` may be, from 1
 * @n: how many, with the first
 *
 * Returns: which it is, or 0
 */
guint
speech_wire_type (JsonObject * object, const gchar * const *names, guint n)
{
  const gchar *type = speech_wire_string (object, "type");

  for (guint i = 1; type && i < n; i++) {
    if (strcmp (type, names[i]) == 0)
      return i;
  }
  return 0;
}

/**
 * speech_wire_identifier:
 * @text: (nullable): what something is called
 *
 * Returns: (transfer full) (nullable): the same if it is short and safe to be
 *   printed
 */
gchar *
speech_wire_identifier (const gchar * text)
{
  if (!text || !*text || strlen (text) > MAX_ID || !g_str_is_ascii (text))
    return NULL;
  for (const gchar * c = text; *c; c++) {
    if (!g_ascii_isgraph (*c))
      return NULL;
  }
  return g_strdup (text);
}

gint64
speech_wire_time (gdouble seconds)
{
  return seconds >= 0 && seconds <= MAX_SECONDS ? llround (seconds * 1e9) :
      SPEECH_NO_TIME;
}

/* Returns: (transfer full): empty, if there is none */
GBytes *
speech_wire_sound (const gchar * base64)
{
  gsize size;
  guchar *sound = g_base64_decode (base64 ? base64 : "", &size);

  return g_bytes_new_take (sound, size);
}

static void
word_clear (gpointer data)
{
  g_free (((SpeechWord *) data)->text);
}

/**
 * speech_wire_words_new:
 *
 * Returns: (transfer full): an empty array of SpeechWord
 */
GArray *
speech_wire_words_new (void)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (SpeechWord));

  g_array_set_clear_func (words, word_clear);
  return words;
}

/* Where the word stands in what is left of the transcript.
 * @at: (inout): the place in bytes; @offset: (inout): in characters */
static void
place_word (SpeechWord * word, const gchar * transcript, gsize * at,
    guint * offset)
{
  const gchar *rest = transcript + *at;
  const gchar *found = strstr (rest, word->text);

  word->offset = *offset;
  if (!found)
    return;
  word->offset += g_utf8_strlen (rest, found - rest);
  word->length = g_utf8_strlen (word->text, -1);
  *at = found - transcript + strlen (word->text);
  *offset = word->offset + word->length;
}

/**
 * speech_wire_take_words:
 * @words: an array of SpeechWord
 * @transcript: where they stand
 * @array: (nullable): an array of them
 * @form: how they look
 *
 * Appends those that make sense.
 */
void
speech_wire_take_words (GArray * words, const gchar * transcript,
    JsonNode * array, const SpeechWordForm * form)
{
  gsize at = 0;
  guint offset = 0;

  for (guint i = 0; i < MAX_WORDS; i++) {
    JsonObject *object = speech_wire_object (speech_wire_element (array, i));
    const gchar *text = speech_wire_string (object, form->text);
    SpeechWord word = { 0 };

    if (!speech_wire_element (array, i))
      break;
    if (!text && form->or_text)
      text = speech_wire_string (object, form->or_text);
    word.start = speech_wire_time (speech_wire_number (object, "start")
        * form->unit);
    word.end =
        speech_wire_time (speech_wire_number (object, "end") * form->unit);
    if (!text || !*text || word.start < 0 || word.end < word.start)
      continue;
    word.text = g_strdup (text);
    place_word (&word, transcript, &at, &offset);
    g_array_append_val (words, word);
  }
}

/**
 * speech_wire_append_query:
 * @out: an address
 * @name: of a parameter
 * @value: (nullable): what it is to be; nothing is appended if it is empty
 */
void
speech_wire_append_query (GString * out, const gchar * name,
    const gchar * value)
{
  if (!value || !*value)
    return;
  g_string_append_printf (out, "%c%s=", strchr (out->str, '?') ? '&' : '?',
      name);
  g_string_append_uri_escaped (out, value, NULL, FALSE);
}
