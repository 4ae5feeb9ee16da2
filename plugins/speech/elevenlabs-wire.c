/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ElevenLabs' `multi-stream-input`: the query string that sets a connection
 * up, the messages of a context, and what comes back. A context is opened by a
 * single space, spoken by a flush, and ends, once it is closed, with a message
 * of its own. What is unknown is ignored; the service writes some names in two
 * ways, and either will do.
 *
 * Threads: any. Locks: none.
 */
#include "elevenlabs-wire.h"

#include <gst-voice/json.h>
#include <math.h>
#include <string.h>

#define MAX_LETTERS 20000
#define MAX_WORD 512            /* bytes */
/* Of one sentence. */
#define MAX_MS 1e7
#define NS_PER_MS 1000000

static void
append (GString * out, const gchar * name, const gchar * value)
{
  g_string_append_printf (out, "%c%s=", strchr (out->str, '?') ? '&' : '?',
      name);
  g_string_append_uri_escaped (out, value, NULL, FALSE);
}

/* The others refuse to be told a language. */
static gboolean
takes_language (const gchar * model)
{
  return strstr (model, "flash_v2_5") || strstr (model, "turbo_v2_5")
      || g_str_has_prefix (model, "eleven_v3");
}

/**
 * elevenlabs_path:
 * @settings: what to ask for
 *
 * Returns: (transfer full): path and query of a connection
 */
gchar *
elevenlabs_path (const ElevenlabsSettings * s)
{
  GString *out = g_string_new ("/text-to-speech/");
  gchar *language = g_strndup (s->language ? s->language : "",
      strcspn (s->language ? s->language : "", "-_"));
  gchar *format = g_strdup_printf ("pcm_%u", s->rate);

  g_string_append_uri_escaped (out, s->voice, NULL, FALSE);
  g_string_append (out, "/multi-stream-input");
  append (out, "model_id", s->model);
  append (out, "output_format", format);
  if (*language && takes_language (s->model))
    append (out, "language_code", language);
  append (out, "sync_alignment", "true");
  append (out, "inactivity_timeout", "60");
  if (s->extra && *s->extra)
    g_string_append_printf (out, "&%s", s->extra + (*s->extra == '&'
            || *s->extra == '?'));
  g_free (language);
  g_free (format);
  return g_string_free (out, FALSE);
}

static void
append_setting (GString * out, const gchar * name, gdouble value)
{
  if (value < 0)
    return;
  g_string_append_printf (out, "%s\"%s\":", g_str_has_suffix (out->str, "{") ?
      "" : ",", name);
  gst_voice_json_append_number (out, value);
}

/**
 * elevenlabs_open:
 * @settings: how to speak
 * @context: a new one
 *
 * Returns: (transfer full): its first message
 */
gchar *
elevenlabs_open (const ElevenlabsSettings * s, const gchar * context)
{
  GString *out = g_string_new ("{\"text\":\" \",\"context_id\":");
  gsize empty;

  gst_voice_json_append_string (out, context);
  g_string_append (out, ",\"voice_settings\":{");
  empty = out->len;
  append_setting (out, "stability", s->stability);
  append_setting (out, "similarity_boost", s->similarity_boost);
  append_setting (out, "style", s->style);
  append_setting (out, "speed", s->speed);
  if (out->len == empty)
    g_string_truncate (out, empty - strlen (",\"voice_settings\":{"));
  else
    g_string_append_c (out, '}');
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/**
 * elevenlabs_say:
 * @context: one that is open
 * @text: all that is to be spoken in it
 *
 * Returns: (transfer full): the message
 */
gchar *
elevenlabs_say (const gchar * context, const gchar * text)
{
  GString *out = g_string_new ("{\"text\":");
  gchar *spaced = g_strconcat (text, " ", NULL);

  gst_voice_json_append_string (out, spaced);
  g_string_append (out, ",\"context_id\":");
  gst_voice_json_append_string (out, context);
  g_string_append (out, ",\"flush\":true}");
  g_free (spaced);
  return g_string_free (out, FALSE);
}

/**
 * elevenlabs_close:
 * @context: one that is open
 *
 * Returns: (transfer full): the message; what was flushed is still spoken
 */
gchar *
elevenlabs_close (const gchar * context)
{
  GString *out = g_string_new ("{\"context_id\":");

  gst_voice_json_append_string (out, context);
  g_string_append (out, ",\"close_context\":true}");
  return g_string_free (out, FALSE);
}

static GType
value_type (JsonNode * node)
{
  return node && JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_value_type (node) : G_TYPE_INVALID;
}

/* The first of two names that is a text. */
static const gchar *
string (JsonNode * root, const gchar * name, const gchar * other)
{
  JsonNode *node = gst_voice_json_at (root, name);

  if (value_type (node) != G_TYPE_STRING && other)
    node = gst_voice_json_at (root, other);
  return value_type (node) == G_TYPE_STRING ? json_node_get_string (node) :
      NULL;
}

static gboolean
flag (JsonNode * root, const gchar * name)
{
  JsonNode *node = gst_voice_json_at (root, name);

  return value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}

/* The first of three names that is a list. */
static JsonArray *
list (JsonNode * alignment, const gchar * const *names)
{
  for (; *names; names++) {
    JsonNode *node = gst_voice_json_at (alignment, *names);

    if (node && JSON_NODE_HOLDS_ARRAY (node))
      return json_node_get_array (node);
  }
  return NULL;
}

/* FALSE if it is no sensible time. */
static gboolean
take_ms (JsonArray * array, guint i, gint64 * ns)
{
  JsonNode *node = json_array_get_element (array, i);
  gdouble ms;

  if (value_type (node) != G_TYPE_INT64 && value_type (node) != G_TYPE_DOUBLE)
    return FALSE;
  ms = json_node_get_double (node);
  if (!(ms >= 0 && ms <= MAX_MS))
    return FALSE;
  *ns = llround (ms * NS_PER_MS);
  return TRUE;
}

static void
take_letters (ElevenlabsMessage * message, JsonNode * alignment)
{
  static const gchar *const chars[] = { "/chars", "/characters", NULL };
  static const gchar *const starts[] = { "/charStartTimesMs",
    "/charsStartTimesMs", NULL
  };
  static const gchar *const durations[] = { "/charDurationsMs",
    "/charsDurationsMs", NULL
  };
  JsonArray *letter = list (alignment, chars);
  JsonArray *start = list (alignment, starts);
  JsonArray *duration = list (alignment, durations);
  guint n;

  if (!letter || !start || !duration)
    return;
  n = MIN (json_array_get_length (start), json_array_get_length (duration));
  n = MIN (MIN (n, json_array_get_length (letter)), MAX_LETTERS);
  for (guint i = 0; i < n; i++) {
    JsonNode *node = json_array_get_element (letter, i);
    ElevenlabsLetter one;
    gint64 lasts;

    if (value_type (node) != G_TYPE_STRING || !take_ms (start, i, &one.start)
        || !take_ms (duration, i, &lasts))
      continue;
    one.end = one.start + lasts;
    one.length = strlen (json_node_get_string (node));
    g_string_append (message->text, json_node_get_string (node));
    g_array_append_val (message->letters, one);
  }
}

static GstVoiceError
code_of (const gchar * name)
{
  static const struct
  {
    const gchar *part;
    GstVoiceError code;
  } rows[] = {
    {"api_key", GST_VOICE_ERROR_AUTH},
    {"authoriz", GST_VOICE_ERROR_AUTH},
    {"authentic", GST_VOICE_ERROR_AUTH},
    {"permission", GST_VOICE_ERROR_AUTH},
    {"only_for", GST_VOICE_ERROR_AUTH},
    {"unusual_activity", GST_VOICE_ERROR_AUTH},
    {"quota", GST_VOICE_ERROR_QUOTA},
    {"payment", GST_VOICE_ERROR_QUOTA},
    {"too_many", GST_VOICE_ERROR_RATE_LIMITED},
    {"rate_limit", GST_VOICE_ERROR_RATE_LIMITED},
    {"max_active", GST_VOICE_ERROR_RATE_LIMITED},
    {"timeout", GST_VOICE_ERROR_DISCONNECTED},
    {"system_busy", GST_VOICE_ERROR_SERVER},
    {"internal", GST_VOICE_ERROR_SERVER},
    {"server", GST_VOICE_ERROR_SERVER},
    {"not_found", GST_VOICE_ERROR_UNSUPPORTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strstr (name, rows[i].part))
      return rows[i].code;
  }
  return GST_VOICE_ERROR_BAD_REQUEST;
}

static void
take_error (ElevenlabsMessage * message, JsonNode * root)
{
  const gchar *text = string (root, "/message", "/detail/message");

  message->error =
      speech_wire_identifier (string (root, "/error", "/detail/status"));
  if (!message->error)
    message->error = g_strdup ("error");
  message->code = code_of (message->error);
  g_string_append (message->text, text ? text : "");
}

/**
 * elevenlabs_message_parse:
 * @text: what came
 * @size: its bytes
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): the message
 */
ElevenlabsMessage *
elevenlabs_message_parse (const gchar * text, gsize size, GError ** error)
{
  JsonNode *root = speech_wire_parse (text, size, SPEECH_WIRE_MAX_SOUND, error);
  ElevenlabsMessage *message;
  JsonNode *alignment;

  if (!root)
    return NULL;
  message = g_new0 (ElevenlabsMessage, 1);
  message->text = g_string_new (NULL);
  message->letters = g_array_new (FALSE, FALSE, sizeof (ElevenlabsLetter));
  message->audio = speech_wire_sound (string (root, "/audio", NULL));
  message->context =
      speech_wire_identifier (string (root, "/contextId", "/context_id"));
  if (string (root, "/error", "/detail/status")) {
    take_error (message, root);
  } else {
    message->is_final = flag (root, "/isFinal") || flag (root, "/is_final");
    alignment = gst_voice_json_at (root, "/alignment");
    if (alignment && JSON_NODE_HOLDS_OBJECT (alignment))
      take_letters (message, alignment);
  }
  json_node_unref (root);
  return message;
}

/**
 * elevenlabs_message_free:
 * @message: (transfer full): a message
 */
void
elevenlabs_message_free (ElevenlabsMessage * message)
{
  g_free (message->context);
  g_free (message->error);
  g_bytes_unref (message->audio);
  g_string_free (message->text, TRUE);
  g_array_unref (message->letters);
  g_free (message);
}

/**
 * elevenlabs_words_init:
 * @words: what to begin with
 */
void
elevenlabs_words_init (ElevenlabsWords * words)
{
  words->words = speech_wire_words_new ();
  words->open = g_string_new (NULL);
  words->start = words->end = words->behind = 0;
}

/**
 * elevenlabs_words_clear:
 * @words: what is not needed any more
 */
void
elevenlabs_words_clear (ElevenlabsWords * words)
{
  g_clear_pointer (&words->words, g_array_unref);
  g_string_free (words->open, TRUE);
  words->open = NULL;
}

static void
add_letter (ElevenlabsWords * words, const gchar * text, gsize length,
    gint64 start, gint64 end)
{
  if (words->open->len == 0)
    words->start = MAX (start, words->behind);
  words->end = MAX (MAX (end, words->start), words->open->len ? words->end : 0);
  g_string_append_len (words->open, text, length);
}

/**
 * elevenlabs_words_add:
 * @words: the words so far
 * @message: the next message of the sentence
 * @at: the time of its first sample in the sentence, in nanoseconds
 *
 * A word is there when a space follows it. They are in order, and none begins
 * before the last has ended.
 */
void
elevenlabs_words_add (ElevenlabsWords * words,
    const ElevenlabsMessage * message, gint64 at)
{
  const gchar *text = message->text->str;

  for (guint i = 0; i < message->letters->len; i++) {
    const ElevenlabsLetter *letter = &g_array_index (message->letters,
        ElevenlabsLetter, i);

    if (letter->length > 0 && g_unichar_isspace (g_utf8_get_char (text)))
      elevenlabs_words_end (words);
    else if (words->open->len + letter->length <= MAX_WORD)
      add_letter (words, text, letter->length, at + letter->start,
          at + letter->end);
    text += letter->length;
  }
}

/**
 * elevenlabs_words_end:
 * @words: the words so far; the last of them does not go on
 */
void
elevenlabs_words_end (ElevenlabsWords * words)
{
  SpeechWord word = {.start = words->start,.end = words->end };

  if (words->open->len == 0)
    return;
  word.text = g_strdup (words->open->str);
  words->behind = word.end;
  g_array_append_val (words->words, word);
  g_string_truncate (words->open, 0);
}
