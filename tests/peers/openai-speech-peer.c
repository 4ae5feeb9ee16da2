/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Stands in for OpenAI's POST audio/speech and audio/transcriptions. The
 * sound of the first comes in pieces that cut through samples.
 *
 * Threads: the peer's.
 */
#include "openai-errors.h"
#include "provider-ear.h"
#include "provider-json.h"
#include "provider-voice.h"

#include <libsoup/soup.h>
#include <string.h>

#define RATE 24000
#define MAX_CHARACTERS 4096

static gboolean
serves_speech (const ProviderRequest * request)
{
  return !request->socket && g_str_has_suffix (request->path, "/audio/speech");
}

static void
complain (ProviderExchange * x, const gchar * param, const gchar * message)
{
  provider_refuse (x, 400, "{'error':{'message':%s,"
      "'type':'invalid_request_error','param':'%s','code':null}}",
      provider_quote (x, message), param);
}

static void
send_tone (ProviderExchange * x, const gchar * word, gboolean events)
{
  GBytes *tone = provider_voice_word (word, VOICE_S16, RATE);
  gsize size, half;
  const guint8 *data = g_bytes_get_data (tone, &size);

  half = (size / 2) | 1;
  if (events) {
    provider_event (x, "{'type':'speech.audio.delta','audio':'%s'}",
        provider_base64 (x, data, half));
    provider_event (x, "{'type':'speech.audio.delta','audio':'%s'}",
        provider_base64 (x, data + half, size - half));
  } else {
    provider_send (x, data, half);
    provider_send (x, data + half, size - half);
  }
  g_bytes_unref (tone);
}

/* With the lengths of a sound that has no end. */
static void
send_wav_head (ProviderExchange * x)
{
  static const guint8 head[44] = "RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0"
      "\1\0\xc0\x5d\0\0\x80\xbb\0\0\2\0\x10\0data\xff\xff\xff\xff";

  provider_send (x, head, sizeof head);
}

static void
speak (ProviderExchange * x, const gchar * input, gboolean events, gboolean wav)
{
  GPtrArray *words = provider_words (input);

  provider_stream (x, events ? "text/event-stream" : wav ? "audio/wav" :
      "audio/pcm");
  if (wav && !events)
    send_wav_head (x);
  for (guint i = 0; i < words->len; i++)
    send_tone (x, words->pdata[i], events);
  if (events)
    provider_event (x, "{'type':'speech.audio.done','usage':{"
        "'input_tokens':%u,'output_tokens':%u,'total_tokens':%u}}", words->len,
        4 * words->len, 5 * words->len);
  provider_end (x);
  g_ptr_array_unref (words);
}

static void
begin_speech (ProviderExchange * x)
{
  JsonNode *node = provider_parse (provider_request (x)->body);
  JsonObject *request = node ? json_node_get_object (node) : NULL;
  const gchar *input = provider_text (request, "input", "");
  const gchar *format = provider_text (request, "response_format", "mp3");
  gboolean events = !strcmp (provider_text (request, "stream_format",
          "audio"), "sse");

  if (!*input || g_utf8_strlen (input, -1) > MAX_CHARACTERS)
    complain (x, "input", "input has to have 1 to 4096 characters");
  else if (!provider_text (request, "model", NULL))
    complain (x, "model", "model is missing");
  else if (!request || !json_object_has_member (request, "voice"))
    complain (x, "voice", "voice is missing");
  else if (strcmp (format, "pcm") && strcmp (format, "wav"))
    complain (x, "response_format", "the stand-in speaks pcm and wav");
  else
    speak (x, input, events, !strcmp (format, "wav"));
  g_clear_pointer (&node, json_node_unref);
}

const ProviderProtocol openai_speech_protocol = {
  .name = "openai-speech",
  .serves = serves_speech,
  .key = openai_key,
  .begin = begin_speech,
  .refuse = openai_refuse,
};

static gboolean
serves_transcription (const ProviderRequest * request)
{
  return g_str_has_suffix (request->path, "/audio/transcriptions");
}

typedef struct
{
  GBytes *file;                 /* NULL: there is none */
  GHashTable *fields;
} Form;

static void
form_clear (Form * form)
{
  g_clear_pointer (&form->file, g_bytes_unref);
  g_clear_pointer (&form->fields, g_hash_table_unref);
}

static void
take_part (Form * form, SoupMessageHeaders * headers, GBytes * body)
{
  GHashTable *params = NULL;
  gchar *disposition = NULL;
  const gchar *name;

  if (!soup_message_headers_get_content_disposition (headers, &disposition,
          &params))
    return;
  g_free (disposition);
  name = g_hash_table_lookup (params, "name");
  if (name && !strcmp (name, "file") && !form->file)
    form->file = g_bytes_ref (body);
  else if (name)
    g_hash_table_replace (form->fields, g_strdup (name),
        g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body)));
  g_hash_table_unref (params);
}

static gboolean
form_init (Form * form, ProviderExchange * x)
{
  SoupMessageHeaders *headers =
      soup_message_headers_new (SOUP_MESSAGE_HEADERS_MULTIPART);
  const gchar *type = provider_header (x, "content-type");
  SoupMultipart *parts;

  form->file = NULL;
  form->fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  soup_message_headers_replace (headers, "Content-Type", type ? type : "");
  parts = soup_multipart_new_from_message (headers, provider_request (x)->body);
  for (gint i = 0; parts && i < soup_multipart_get_length (parts); i++) {
    SoupMessageHeaders *part_headers;
    GBytes *body;

    if (soup_multipart_get_part (parts, i, &part_headers, &body))
      take_part (form, part_headers, body);
  }
  g_clear_pointer (&parts, soup_multipart_free);
  soup_message_headers_unref (headers);
  return form->file != NULL;
}

static guint
little_endian (const guint8 * data)
{
  return data[0] | data[1] << 8 | data[2] << 16 | (guint) data[3] << 24;
}

/* Returns: (nullable): where the samples of a wave file of one channel of 16
 * bits begin */
static const guint8 *
find_samples (GBytes * file, gsize * size, guint * rate)
{
  gsize left;
  const guint8 *data = g_bytes_get_data (file, &left);

  if (left < 12 || memcmp (data, "RIFF", 4) || memcmp (data + 8, "WAVE", 4))
    return NULL;
  *rate = 0;
  for (gsize at = 12; at + 8 <= left;) {
    gsize length = little_endian (data + at + 4);

    if (!memcmp (data + at, "data", 4) && *rate) {
      *size = MIN (length, left - at - 8);
      return data + at + 8;
    }
    if (length > left - at - 8)
      return NULL;
    if (!memcmp (data + at, "fmt ", 4) && length >= 16 && data[at + 10] == 1
        && data[at + 22] == 16)
      *rate = little_endian (data + at + 12);
    at += 8 + length + (length & 1);
  }
  return NULL;
}

static void
heard (gpointer data, ProviderEarEvent event, const ProviderHearing * hearing)
{
  GString *text = data;

  if (event == EAR_ENDED)
    g_string_append_printf (text, "%s%s", text->len ? " " : "", hearing->text);
}

static void
stream_text (ProviderExchange * x, const gchar * text)
{
  GPtrArray *words = provider_words (text);

  provider_stream (x, "text/event-stream");
  for (guint i = 0; i < words->len; i++) {
    gchar *piece = g_strconcat (i ? " " : "", words->pdata[i], NULL);

    provider_event (x, "{'type':'transcript.text.delta','delta':%s}",
        provider_quote (x, piece));
    g_free (piece);
  }
  provider_event (x, "{'type':'transcript.text.done','text':%s,"
      "'usage':{'type':'tokens','input_tokens':14,'input_token_details':{"
      "'text_tokens':0,'audio_tokens':14},'output_tokens':%u,"
      "'total_tokens':%u}}", provider_quote (x, text), words->len,
      words->len + 14);
  provider_end (x);
  g_ptr_array_unref (words);
}

static void
transcribe (ProviderExchange * x, const Form * form, const guint8 * samples,
    gsize size, guint rate)
{
  GString *text = g_string_new (NULL);
  ProviderEar *ear = provider_ear_new (provider_mind (x), SOUND_S16, rate, 500,
      heard, text);
  const gchar *stream = g_hash_table_lookup (form->fields, "stream");

  provider_ear_take (ear, samples, size);
  provider_ear_flush (ear);
  if (!g_strcmp0 (stream, "true"))
    stream_text (x, text->str);
  else
    provider_answer (x, "{'text':%s,'usage':{'type':'duration',"
        "'seconds':%u}}", provider_quote (x, text->str),
        (provider_ear_ms (ear) + 999) / 1000);
  provider_ear_free (ear);
  g_string_free (text, TRUE);
}

static void
begin_transcription (ProviderExchange * x)
{
  Form form;
  gsize size = 0;
  guint rate;
  const guint8 *samples;

  if (!form_init (&form, x))
    complain (x, "file", "file is missing");
  else if (!g_hash_table_contains (form.fields, "model"))
    complain (x, "model", "model is missing");
  else if (!(samples = find_samples (form.file, &size, &rate)))
    complain (x, "file", "the stand-in hears wave files of 16 bits, mono");
  else
    transcribe (x, &form, samples, size, rate);
  form_clear (&form);
}

const ProviderProtocol openai_transcription_protocol = {
  .name = "openai-transcription",
  .serves = serves_transcription,
  .key = openai_key,
  .begin = begin_transcription,
  .refuse = openai_refuse,
};
