/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Deepgram's `/v1/listen` and `/v1/speak`: the query string that sets a stream
 * up, and the messages that come back. What is unknown in them is ignored, what
 * is missing has a value that says so, and what makes no sense is missing.
 *
 * Threads: any. Locks: none.
 */
#include "deepgram-wire.h"

#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

#define MAX_WORDS 2000
#define MAX_ID 128
/* Characters of one message that is to be spoken. */
#define MAX_SPEAK 2000
/* Of one connection. */
#define MAX_SECONDS 1e6
/* Beyond 500 tokens of key terms Deepgram falls silent. A term has no more
 * tokens than this makes of it. */
#define MAX_TOKENS 450
#define TOKENS(term) (1 + strlen (term) / 3)

/* With any other region it takes the language alone. */
static const gchar *const regional[] = { "da-DK", "de-CH", "en-AU", "en-GB",
  "en-IN", "en-NZ", "en-US", "es-419", "fr-CA", "hi-Latn", "ko-KR", "nl-BE",
  "pt-BR", "pt-PT", "sv-SE", "th-TH", "zh-CN", "zh-HK", "zh-Hans", "zh-Hant",
  "zh-TW", NULL
};

static void
append (GString * out, const gchar * name, const gchar * value)
{
  if (!value || !*value)
    return;
  g_string_append_printf (out, "%c%s=", strchr (out->str, '?') ? '&' : '?',
      name);
  g_string_append_uri_escaped (out, value, NULL, FALSE);
}

static void
append_number (GString * out, const gchar * name, guint number)
{
  gchar *value = g_strdup_printf ("%u", number);

  append (out, name, value);
  g_free (value);
}

static void
append_flag (GString * out, const gchar * name, gboolean set)
{
  if (set)
    append (out, name, "true");
}

static void
append_each (GString * out, const gchar * name, const gchar * list)
{
  gchar **values = g_strsplit (list ? list : "", "|", -1);

  for (guint i = 0; values[i]; i++)
    append (out, name, g_strstrip (values[i]));
  g_strfreev (values);
}

static void
append_extra (GString * out, const gchar * extra)
{
  if (extra && *extra)
    g_string_append_printf (out, "&%s", extra + (*extra == '&'
            || *extra == '?'));
}

static void
append_language (GString * out, const gchar * language)
{
  gchar *known;

  if (!language)
    return;
  for (guint i = 0; regional[i]; i++) {
    if (g_ascii_strcasecmp (regional[i], language) == 0) {
      append (out, "language", regional[i]);
      return;
    }
  }
  known = g_strndup (language, strcspn (language, "-_"));
  append (out, "language", known);
  g_free (known);
}

/* Older models know another parameter, and refuse this one. */
static const gchar *
key_terms_parameter (const gchar * model)
{
  static const gchar *const older[] = { "nova-2", "nova-1", "nova-general",
    "nova-phonecall", "enhanced", "base", "whisper"
  };

  if (strcmp (model, "nova") == 0)
    return "keywords";
  for (guint i = 0; i < G_N_ELEMENTS (older); i++) {
    if (g_str_has_prefix (model, older[i]))
      return "keywords";
  }
  return "keyterm";
}

static guint
append_key_terms (GString * out, const DeepgramSettings * settings)
{
  const gchar *name = key_terms_parameter (settings->model);
  gchar **terms = g_strsplit (settings->key_terms ? settings->key_terms : "",
      "|", -1);
  gsize tokens = 0;
  guint left_out = 0;

  for (guint i = 0; terms[i]; i++) {
    g_strstrip (terms[i]);
    if (tokens + TOKENS (terms[i]) > MAX_TOKENS) {
      left_out++;
      continue;
    }
    tokens += TOKENS (terms[i]);
    append (out, name, terms[i]);
  }
  g_strfreev (terms);
  return left_out;
}

/**
 * deepgram_path:
 * @settings: what to ask for
 * @left_out: (out): how many key terms were too many
 *
 * Returns: (transfer full): path and query of a stream
 */
gchar *
deepgram_path (const DeepgramSettings * s, guint * left_out)
{
  GString *out = g_string_new ("/v1/listen");

  append (out, "model", s->model);
  append_language (out, s->language);
  append (out, "encoding", "linear16");
  append_number (out, "sample_rate", s->rate);
  append (out, "channels", "1");
  append (out, "interim_results", "true");
  append (out, "punctuate", "true");
  append (out, "vad_events", "true");
  if (s->endpointing < 0)
    append (out, "endpointing", "false");
  else
    append_number (out, "endpointing", s->endpointing);
  if (s->utterance_end)
    append_number (out, "utterance_end_ms", s->utterance_end);
  append_flag (out, "smart_format", s->smart_format);
  /* Otherwise it waits for the end of a number. */
  append_flag (out, "no_delay", s->smart_format);
  append_flag (out, "numerals", s->numerals);
  append_flag (out, "profanity_filter", s->profanity_filter);
  append_flag (out, "mip_opt_out", s->mip_opt_out);
  append_each (out, "redact", s->redact);
  append_each (out, "tag", s->tag);
  *left_out = append_key_terms (out, s);
  append_extra (out, s->extra);
  return g_string_free (out, FALSE);
}

/**
 * deepgram_speak_path:
 * @settings: how it is to be spoken
 *
 * Returns: (transfer full): path and query of a stream of speech
 */
gchar *
deepgram_speak_path (const DeepgramSpeakSettings * s)
{
  GString *out = g_string_new ("/v1/speak");
  gchar speed[G_ASCII_DTOSTR_BUF_SIZE];

  append (out, "model", s->voice);
  append (out, "encoding", "linear16");
  append_number (out, "sample_rate", s->rate);
  if (s->speed != 1)
    append (out, "speed", g_ascii_formatd (speed, sizeof speed, "%.3g",
            s->speed));
  append_flag (out, "mip_opt_out", s->mip_opt_out);
  append_extra (out, s->extra);
  return g_string_free (out, FALSE);
}

/**
 * deepgram_speak:
 * @text: (inout): what is to be spoken, and then what is left of it
 *
 * Returns: (transfer full): a message with as much of it as one may have
 */
gchar *
deepgram_speak (const gchar ** text)
{
  GString *out = g_string_new ("{\"type\":\"Speak\",\"text\":");
  const gchar *end = *text, *space = NULL;
  gchar *part;

  for (guint n = 0; *end && n < MAX_SPEAK; n++) {
    end = g_utf8_next_char (end);
    if (g_unichar_isspace (g_utf8_get_char (end)))
      space = end;
  }
  if (*end && space)
    end = space;
  part = g_strndup (*text, end - *text);
  gst_voice_json_append_string (out, part);
  g_string_append_c (out, '}');
  g_free (part);
  *text = end;
  return g_string_free (out, FALSE);
}

static JsonObject *
object_of (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

static JsonNode *
member (JsonObject * object, const gchar * name)
{
  return object ? json_object_get_member (object, name) : NULL;
}

static JsonNode *
element (JsonNode * node, guint i)
{
  JsonArray *array = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  return array && i < json_array_get_length (array) ?
      json_array_get_element (array, i) : NULL;
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
  return string_of (member (object, name));
}

static gboolean
flag (JsonObject * object, const gchar * name)
{
  JsonNode *node = member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_BOOLEAN
      && json_node_get_boolean (node);
}

/* NAN if there is no such number. */
static gdouble
number (JsonObject * object, const gchar * name)
{
  JsonNode *node = member (object, name);

  if (!node || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE
          && json_node_get_value_type (node) != G_TYPE_INT64))
    return NAN;
  return json_node_get_double (node);
}

static gint64
to_time (gdouble seconds)
{
  return seconds >= 0 && seconds <= MAX_SECONDS ? llround (seconds * 1e9) :
      DEEPGRAM_NO_TIME;
}

static gdouble
probability (JsonObject * object)
{
  gdouble p = number (object, "confidence");

  return p >= 0 && p <= 1 ? p : -1;
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

static void
word_clear (gpointer data)
{
  g_free (((DeepgramWord *) data)->text);
}

/* Where the word stands in what is left of the transcript.
 * @at: (inout): the place in bytes; @offset: (inout): in characters */
static void
place_word (DeepgramWord * word, const gchar * transcript, gsize * at,
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

static void
take_words (DeepgramMessage * message, JsonNode * words)
{
  gsize at = 0;
  guint offset = 0;

  for (guint i = 0; i < MAX_WORDS; i++) {
    JsonObject *object = object_of (element (words, i));
    const gchar *text = string (object, "punctuated_word");
    DeepgramWord word = { 0 };

    if (!element (words, i))
      break;
    if (!text)
      text = string (object, "word");
    word.start = to_time (number (object, "start"));
    word.end = to_time (number (object, "end"));
    if (!text || !*text || word.start < 0 || word.end < word.start)
      continue;
    word.text = g_strdup (text);
    place_word (&word, message->text, &at, &offset);
    g_array_append_val (message->words, word);
  }
}

static void
take_results (DeepgramMessage * message, JsonObject * root)
{
  JsonObject *channel = object_of (member (root, "channel"));
  JsonObject *best = object_of (element (member (channel, "alternatives"), 0));
  JsonObject *metadata = object_of (member (root, "metadata"));
  const gchar *transcript = string (best, "transcript");

  message->start = to_time (number (root, "start"));
  message->end = to_time (number (root, "start") + number (root, "duration"));
  message->is_final = flag (root, "is_final");
  message->speech_final = message->is_final && flag (root, "speech_final");
  message->from_finalize = flag (root, "from_finalize");
  message->confidence = probability (best);
  message->request_id = identifier (string (metadata, "request_id"));
  message->language = identifier (string_of (element (member (best,
                  "languages"), 0)));
  if (!transcript)
    return;
  g_free (message->text);
  message->text = g_strstrip (g_strdup (transcript));
  take_words (message, member (best, "words"));
}

static void
take_error (DeepgramMessage * message, JsonObject * root)
{
  static const gchar *const texts[] = { "description", "message", "err_msg" };
  static const gchar *const codes[] = { "code", "variant", "err_code" };
  const gchar *text = NULL, *code = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    text = text ? text : string (root, texts[i]);
    code = code ? code : string (root, codes[i]);
  }
  message->code = identifier (code);
  if (text) {
    g_free (message->text);
    message->text = g_strdup (text);
  }
}

static DeepgramType
type_of (JsonObject * root)
{
  static const gchar *const names[] = {
    [DEEPGRAM_RESULTS] = "Results",
    [DEEPGRAM_SPEECH_STARTED] = "SpeechStarted",
    [DEEPGRAM_UTTERANCE_END] = "UtteranceEnd",
    [DEEPGRAM_METADATA] = "Metadata",
    [DEEPGRAM_FLUSHED] = "Flushed",
    [DEEPGRAM_CLEARED] = "Cleared",
    [DEEPGRAM_WARNING] = "Warning",
    [DEEPGRAM_ERROR] = "Error",
  };

  for (guint i = DEEPGRAM_RESULTS; i < G_N_ELEMENTS (names); i++) {
    if (g_strcmp0 (string (root, "type"), names[i]) == 0)
      return i;
  }
  return DEEPGRAM_OTHER;
}

/**
 * deepgram_message_parse:
 * @text: what came
 * @size: its bytes
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): the message
 */
DeepgramMessage *
deepgram_message_parse (const gchar * text, gsize size, GError ** error)
{
  JsonNode *node = gst_voice_json_parse (text, size, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, error);
  JsonObject *root = object_of (node);
  DeepgramMessage *message;

  if (!root) {
    if (node)
      g_set_error_literal (error, GST_VOICE_JSON_ERROR,
          GST_VOICE_JSON_ERROR_SYNTAX, "it is no JSON object");
    g_clear_pointer (&node, json_node_unref);
    return NULL;
  }
  message = g_new0 (DeepgramMessage, 1);
  message->type = type_of (root);
  message->text = g_strdup ("");
  message->start = message->end = DEEPGRAM_NO_TIME;
  message->confidence = -1;
  message->words = g_array_new (FALSE, FALSE, sizeof (DeepgramWord));
  g_array_set_clear_func (message->words, word_clear);
  if (message->type == DEEPGRAM_RESULTS)
    take_results (message, root);
  else if (message->type == DEEPGRAM_ERROR || message->type == DEEPGRAM_WARNING)
    take_error (message, root);
  else if (message->type == DEEPGRAM_SPEECH_STARTED)
    message->start = to_time (number (root, "timestamp"));
  else if (message->type == DEEPGRAM_UTTERANCE_END)
    message->end = to_time (number (root, "last_word_end"));
  else if (message->type == DEEPGRAM_METADATA)
    message->request_id = identifier (string (root, "request_id"));
  json_node_unref (node);
  return message;
}

/**
 * deepgram_message_free:
 * @message: (transfer full): a message
 */
void
deepgram_message_free (DeepgramMessage * message)
{
  g_free (message->text);
  g_free (message->language);
  g_free (message->request_id);
  g_free (message->code);
  g_array_unref (message->words);
  g_free (message);
}
