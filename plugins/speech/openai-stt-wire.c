/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenAI's transcription: what sets a realtime session up, the events that come
 * back, the form that a file is sent in, and its answer. What is unknown in
 * them is ignored, what is missing has a value that says so, and what makes no
 * sense is missing.
 *
 * Threads: any. Locks: none.
 */
#include "openai-stt-wire.h"

#include <gst-voice/json.h>
#include <string.h>

/* The end of unix time, as far as we are concerned. */
#define MAX_UNIX 1e11
#define WAV_HEAD 44

/* ISO 639-1; NULL: the service is to find out. */
static gchar *
primary_language (const gchar * language)
{
  gchar *primary = language ? g_ascii_strdown (language,
      strcspn (language, "-_")) : NULL;

  if (primary && (!*primary || strcmp (primary, "multi") == 0))
    g_clear_pointer (&primary, g_free);
  return primary;
}

/* Returns: (transfer full) (nullable): a list that reads as a text before */
static gchar *
prompt_of (const gchar * key_terms)
{
  gchar **terms = g_strsplit (key_terms ? key_terms : "", "|", -1);
  GString *prompt = g_string_new (NULL);

  for (guint i = 0; terms[i]; i++) {
    if (*g_strstrip (terms[i]))
      g_string_append_printf (prompt, "%s%s", prompt->len ? ", " : "",
          terms[i]);
  }
  g_strfreev (terms);
  return g_string_free (prompt, prompt->len == 0);
}

static void
append_member (GString * out, const gchar * name, const gchar * value)
{
  if (!value)
    return;
  g_string_append_printf (out, ",\"%s\":", name);
  gst_voice_json_append_string (out, value);
}

static void
append_vad (GString * out, const OpenaiSttSettings * s)
{
  if (s->vad == OPENAI_STT_NO_VAD) {
    g_string_append (out, "null");
  } else if (s->vad == OPENAI_STT_SEMANTIC_VAD) {
    g_string_append (out, "{\"type\":\"semantic_vad\"");
    append_member (out, "eagerness", s->eagerness);
    g_string_append_c (out, '}');
  } else {
    g_string_append (out, "{\"type\":\"server_vad\",\"threshold\":");
    gst_voice_json_append_number (out, s->threshold);
    g_string_append_printf (out, ",\"prefix_padding_ms\":%u,"
        "\"silence_duration_ms\":%u}", s->prefix, s->silence);
  }
}

/**
 * openai_stt_session:
 * @settings: what to ask for
 *
 * Returns: (transfer full): the event that sets a session up
 */
gchar *
openai_stt_session (const OpenaiSttSettings * s)
{
  GString *out = g_string_new ("{\"type\":\"session.update\",\"session\":{"
      "\"type\":\"transcription\",\"audio\":{\"input\":{\"format\":{"
      "\"type\":\"audio/pcm\",\"rate\":24000},\"transcription\":{\"model\":");
  gchar *language = primary_language (s->language);
  gchar *prompt = prompt_of (s->key_terms);

  gst_voice_json_append_string (out, s->model);
  append_member (out, "language", language);
  append_member (out, "prompt", prompt);
  g_string_append (out, "},\"turn_detection\":");
  append_vad (out, s);
  g_string_append (out, "}}}}");
  g_free (language);
  g_free (prompt);
  return g_string_free (out, FALSE);
}

/**
 * openai_stt_append:
 * @samples: sound at %OPENAI_STT_RATE
 * @n: how much
 *
 * Returns: (transfer full): the event that carries it
 */
gchar *
openai_stt_append (const gint16 * samples, gsize n)
{
  gchar *data = g_base64_encode ((const guchar *) samples,
      n * sizeof *samples);
  gchar *event = g_strconcat ("{\"type\":\"input_audio_buffer.append\","
      "\"audio\":\"", data, "\"}", NULL);

  g_free (data);
  return event;
}

static OpenaiSttType
type_of (JsonObject * root)
{
#define TRANSCRIPTION "conversation.item.input_audio_transcription."
  static const gchar *const names[] = {
    [OPENAI_STT_SESSION] = "session.created",
    [OPENAI_STT_READY] = "session.updated",
    [OPENAI_STT_STARTED] = "input_audio_buffer.speech_started",
    [OPENAI_STT_STOPPED] = "input_audio_buffer.speech_stopped",
    [OPENAI_STT_COMMITTED] = "input_audio_buffer.committed",
    [OPENAI_STT_DELTA] = TRANSCRIPTION "delta",
    [OPENAI_STT_COMPLETED] = TRANSCRIPTION "completed",
    [OPENAI_STT_FAILED] = TRANSCRIPTION "failed",
    [OPENAI_STT_ERROR] = "error",
  };

  return speech_wire_type (root, names, G_N_ELEMENTS (names));
}

/* An error may be a text as well. */
static void
take_error (OpenaiSttEvent * event, JsonObject * root)
{
  JsonNode *node = speech_wire_member (root, "error");
  JsonObject *error = speech_wire_object (node);
  const gchar *text = error ? speech_wire_string (error, "message") :
      speech_wire_text (node);
  const gchar *code = speech_wire_string (error, "code");

  if (!code)
    code = speech_wire_string (error, "type");
  event->code = speech_wire_identifier (code);
  g_free (event->text);
  event->text = g_strdup (text ? text : "");
}

static void
take_text (OpenaiSttEvent * event, JsonObject * root, const gchar * name)
{
  const gchar *text = speech_wire_string (root, name);
  JsonNode *first =
      speech_wire_element (speech_wire_member (root, "languages"), 0);

  event->language =
      speech_wire_identifier (speech_wire_string (speech_wire_object (first),
          "code"));
  g_free (event->text);
  event->text = g_strdup (text ? text : "");
  if (event->type == OPENAI_STT_COMPLETED)
    g_strstrip (event->text);
}

static void
take_session (OpenaiSttEvent * event, JsonObject * root)
{
  gdouble expires =
      speech_wire_number (speech_wire_object (speech_wire_member (root,
              "session")), "expires_at");

  event->expires = expires > 0 && expires < MAX_UNIX ? (gint64) expires : 0;
}

static void
take_members (OpenaiSttEvent * event, JsonObject * root)
{
  switch (event->type) {
    case OPENAI_STT_SESSION:
    case OPENAI_STT_READY:
      take_session (event, root);
      break;
    case OPENAI_STT_STARTED:
      event->time =
          speech_wire_time (speech_wire_number (root, "audio_start_ms")
          / 1000);
      break;
    case OPENAI_STT_STOPPED:
      event->time = speech_wire_time (speech_wire_number (root, "audio_end_ms")
          / 1000);
      break;
    case OPENAI_STT_DELTA:
      take_text (event, root, "delta");
      break;
    case OPENAI_STT_COMPLETED:
      take_text (event, root, "transcript");
      break;
    case OPENAI_STT_FAILED:
    case OPENAI_STT_ERROR:
      take_error (event, root);
      break;
    default:
      break;
  }
}

/**
 * openai_stt_event_parse:
 * @text: what came
 * @size: its bytes
 * @error: if it is not a JSON object
 *
 * Returns: (transfer full) (nullable): the event
 */
OpenaiSttEvent *
openai_stt_event_parse (const gchar * text, gsize size, GError ** error)
{
  JsonNode *node =
      speech_wire_parse (text, size, GST_VOICE_JSON_MAX_SIZE, error);
  JsonObject *root = speech_wire_object (node);
  OpenaiSttEvent *event;

  if (!root)
    return NULL;
  event = g_new0 (OpenaiSttEvent, 1);
  event->type = type_of (root);
  event->text = g_strdup ("");
  event->time = SPEECH_NO_TIME;
  event->item = speech_wire_identifier (speech_wire_string (root, "item_id"));
  event->previous = speech_wire_identifier (speech_wire_string (root,
          "previous_item_id"));
  take_members (event, root);
  json_node_unref (node);
  return event;
}

/**
 * openai_stt_event_free:
 * @event: (transfer full): an event
 */
void
openai_stt_event_free (OpenaiSttEvent * event)
{
  g_free (event->text);
  g_free (event->item);
  g_free (event->previous);
  g_free (event->code);
  g_free (event->language);
  g_free (event);
}

static void
put_field (GByteArray * out, const gchar * boundary, const gchar * name,
    const gchar * value)
{
  gchar *part;

  if (!value)
    return;
  part = g_strdup_printf ("--%s\r\nContent-Disposition: form-data; "
      "name=\"%s\"\r\n\r\n%s\r\n", boundary, name, value);
  g_byte_array_append (out, (const guint8 *) part, strlen (part));
  g_free (part);
}

static void
put_number (GByteArray * out, guint32 number, guint bytes)
{
  const guint32 little = GUINT32_TO_LE (number);

  g_byte_array_append (out, (const guint8 *) &little, bytes);
}

static void
put_text (GByteArray * out, const gchar * text)
{
  g_byte_array_append (out, (const guint8 *) text, strlen (text));
}

/* RIFF, one channel of 16 bits. */
static void
put_wav (GByteArray * out, const gint16 * samples, gsize n, guint rate)
{
  gsize size = n * sizeof *samples;

  put_text (out, "RIFF");
  put_number (out, WAV_HEAD - 8 + size, 4);
  put_text (out, "WAVEfmt ");
  put_number (out, 16, 4);
  put_number (out, 1, 2);       /* PCM */
  put_number (out, 1, 2);
  put_number (out, rate, 4);
  put_number (out, rate * sizeof *samples, 4);
  put_number (out, sizeof *samples, 2);
  put_number (out, 16, 2);
  put_text (out, "data");
  put_number (out, size, 4);
  g_byte_array_append (out, (const guint8 *) samples, size);
}

/* The newest model knows key terms, the others a text that comes before. */
static void
put_key_terms (GByteArray * out, const OpenaiSttSettings * s,
    const gchar * boundary)
{
  gchar **terms;
  gchar *prompt;

  if (!g_str_has_prefix (s->model, "gpt-transcribe")) {
    prompt = prompt_of (s->key_terms);
    put_field (out, boundary, "prompt", prompt);
    g_free (prompt);
    return;
  }
  terms = g_strsplit (s->key_terms ? s->key_terms : "", "|", -1);
  for (guint i = 0; terms[i]; i++) {
    if (*g_strstrip (terms[i]))
      put_field (out, boundary, "keywords[]", terms[i]);
  }
  g_strfreev (terms);
}

/**
 * openai_stt_form:
 * @settings: what to ask for
 * @samples: what was said
 * @n: how much
 * @rate: samples a second
 * @boundary: what is not in any of it
 *
 * Returns: (transfer full): the body of a request, multipart/form-data
 */
GBytes *
openai_stt_form (const OpenaiSttSettings * s, const gint16 * samples, gsize n,
    guint rate, const gchar * boundary)
{
  GByteArray *out = g_byte_array_sized_new (n * sizeof *samples + 1024);
  gchar *language = primary_language (s->language);
  gchar *text = g_strdup_printf ("--%s\r\nContent-Disposition: form-data; "
      "name=\"file\"; filename=\"audio.wav\"\r\nContent-Type: audio/wav\r\n"
      "\r\n", boundary);

  put_field (out, boundary, "model", s->model);
  put_field (out, boundary, "language", language);
  put_field (out, boundary, "response_format", "json");
  put_key_terms (out, s, boundary);
  put_text (out, text);
  put_wav (out, samples, n, rate);
  g_free (text);
  text = g_strdup_printf ("\r\n--%s--\r\n", boundary);
  put_text (out, text);
  g_free (text);
  g_free (language);
  return g_byte_array_free_to_bytes (out);
}

/**
 * openai_stt_answer_parse:
 * @text: the answer to a form
 * @size: its bytes
 * @language: (out) (transfer full) (nullable): where it is recognised
 * @error: if it is no such answer
 *
 * Returns: (transfer full) (nullable): the transcript
 */
gchar *
openai_stt_answer_parse (const gchar * text, gsize size, gchar ** language,
    GError ** error)
{
  JsonNode *node =
      speech_wire_parse (text, size, GST_VOICE_JSON_MAX_SIZE, error);
  JsonObject *root = speech_wire_object (node);
  const gchar *transcript = speech_wire_string (root, "text");
  JsonNode *first =
      speech_wire_element (speech_wire_member (root, "languages"), 0);
  gchar *result = NULL;

  *language = NULL;
  if (transcript) {
    result = g_strstrip (g_strdup (transcript));
    *language =
        speech_wire_identifier (speech_wire_string (speech_wire_object (first),
            "code"));
  } else if (node) {
    g_set_error_literal (error, GST_VOICE_JSON_ERROR,
        GST_VOICE_JSON_ERROR_SYNTAX, "it has no text");
  }
  g_clear_pointer (&node, json_node_unref);
  return result;
}

/**
 * openai_stt_error_code:
 * @body: (nullable): of a refusal
 *
 * Returns: (transfer full) (nullable): what OpenAI calls it
 */
gchar *
openai_stt_error_code (const gchar * body)
{
  JsonNode *node =
      body ? speech_wire_parse (body, strlen (body), GST_VOICE_JSON_MAX_SIZE,
      NULL) : NULL;
  OpenaiSttEvent event = { 0 };

  if (node)
    take_error (&event, speech_wire_object (node));
  g_free (event.text);
  g_clear_pointer (&node, json_node_unref);
  return event.code;
}
