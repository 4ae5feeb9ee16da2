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
#include <string.h>

/* Characters of one message that is to be spoken. */
#define MAX_SPEAK 2000
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
append_number (GString * out, const gchar * name, guint number)
{
  gchar *value = g_strdup_printf ("%u", number);

  speech_wire_append_query (out, name, value);
  g_free (value);
}

static void
append_flag (GString * out, const gchar * name, gboolean set)
{
  if (set)
    speech_wire_append_query (out, name, "true");
}

static void
append_each (GString * out, const gchar * name, const gchar * list)
{
  gchar **values = g_strsplit (list ? list : "", "|", -1);

  for (guint i = 0; values[i]; i++)
    speech_wire_append_query (out, name, g_strstrip (values[i]));
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
      speech_wire_append_query (out, "language", regional[i]);
      return;
    }
  }
  known = g_strndup (language, strcspn (language, "-_"));
  speech_wire_append_query (out, "language", known);
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
    speech_wire_append_query (out, name, terms[i]);
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

  speech_wire_append_query (out, "model", s->model);
  append_language (out, s->language);
  speech_wire_append_query (out, "encoding", "linear16");
  append_number (out, "sample_rate", s->rate);
  speech_wire_append_query (out, "channels", "1");
  speech_wire_append_query (out, "interim_results", "true");
  speech_wire_append_query (out, "punctuate", "true");
  speech_wire_append_query (out, "vad_events", "true");
  if (s->endpointing < 0)
    speech_wire_append_query (out, "endpointing", "false");
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

  speech_wire_append_query (out, "model", s->voice);
  speech_wire_append_query (out, "encoding", "linear16");
  append_number (out, "sample_rate", s->rate);
  if (s->speed != 1)
    speech_wire_append_query (out, "speed", g_ascii_formatd (speed,
            sizeof speed, "%.3g", s->speed));
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

static void
take_results (DeepgramMessage * message, JsonObject * root)
{
  static const SpeechWordForm form = { "punctuated_word", "word", 1 };
  JsonObject *channel =
      speech_wire_object (speech_wire_member (root, "channel"));
  JsonObject *best =
      speech_wire_object (speech_wire_element (speech_wire_member (channel,
              "alternatives"), 0));
  JsonObject *metadata =
      speech_wire_object (speech_wire_member (root, "metadata"));
  const gchar *transcript = speech_wire_string (best, "transcript");

  message->start = speech_wire_time (speech_wire_number (root, "start"));
  message->end =
      speech_wire_time (speech_wire_number (root,
          "start") + speech_wire_number (root, "duration"));
  message->is_final = speech_wire_flag (root, "is_final");
  message->speech_final = message->is_final
      && speech_wire_flag (root, "speech_final");
  message->from_finalize = speech_wire_flag (root, "from_finalize");
  message->confidence = speech_wire_probability (best, "confidence");
  message->request_id =
      speech_wire_identifier (speech_wire_string (metadata, "request_id"));
  message->language =
      speech_wire_identifier (speech_wire_text (speech_wire_element
          (speech_wire_member (best, "languages"), 0)));
  if (!transcript)
    return;
  g_free (message->text);
  message->text = g_strstrip (g_strdup (transcript));
  speech_wire_take_words (message->words, message->text,
      speech_wire_member (best, "words"), &form);
}

static void
take_error (DeepgramMessage * message, JsonObject * root)
{
  static const gchar *const texts[] = { "description", "message", "err_msg" };
  static const gchar *const codes[] = { "code", "variant", "err_code" };
  const gchar *text = NULL, *code = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    text = text ? text : speech_wire_string (root, texts[i]);
    code = code ? code : speech_wire_string (root, codes[i]);
  }
  message->code = speech_wire_identifier (code);
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

  return speech_wire_type (root, names, G_N_ELEMENTS (names));
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
  JsonNode *node =
      speech_wire_parse (text, size, GST_VOICE_JSON_MAX_SIZE, error);
  JsonObject *root = speech_wire_object (node);
  DeepgramMessage *message;

  if (!root)
    return NULL;
  message = g_new0 (DeepgramMessage, 1);
  message->type = type_of (root);
  message->text = g_strdup ("");
  message->start = message->end = SPEECH_NO_TIME;
  message->confidence = -1;
  message->words = speech_wire_words_new ();
  if (message->type == DEEPGRAM_RESULTS)
    take_results (message, root);
  else if (message->type == DEEPGRAM_ERROR || message->type == DEEPGRAM_WARNING)
    take_error (message, root);
  else if (message->type == DEEPGRAM_SPEECH_STARTED)
    message->start = speech_wire_time (speech_wire_number (root, "timestamp"));
  else if (message->type == DEEPGRAM_UTTERANCE_END)
    message->end =
        speech_wire_time (speech_wire_number (root, "last_word_end"));
  else if (message->type == DEEPGRAM_METADATA)
    message->request_id =
        speech_wire_identifier (speech_wire_string (root, "request_id"));
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
