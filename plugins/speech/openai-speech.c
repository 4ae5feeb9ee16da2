/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * OpenAI's `/audio/speech`: the request, and what comes of it. Raw samples are
 * asked for, and their pieces may end within a sample. Compatible services may
 * send a wave file instead, or events; anything else is no sound.
 *
 * Threads: any. Locks: none.
 */
#include "openai-speech.h"

#include <gst-voice/json.h>
#include <string.h>

#define RATE 24000
/* Of the head of a wave file. */
#define MAX_HEAD 4096
#define MAX_EVENT (1024 * 1024)

struct _OpenaiSound
{
  GByteArray *held;             /* not yet known what it is, or half a sample */
  gboolean begun;               /* these are samples from now on */
  guint rate;
  guint64 samples;
};

static void
copy_member (JsonObject * from, const gchar * name, JsonNode * node,
    gpointer to)
{
  if (JSON_NODE_HOLDS_NULL (node))
    json_object_remove_member (to, name);
  else
    json_object_set_member (to, name, gst_voice_json_copy (node));
}

/**
 * openai_speech_to_json:
 * @speech: what to ask for
 *
 * Returns: (transfer full): the body of the request
 */
gchar *
openai_speech_to_json (const OpenaiSpeech * speech)
{
  JsonObject *root = json_object_new ();
  JsonNode *node = json_node_init_object (json_node_alloc (), root);
  gchar *text;

  json_object_set_string_member (root, "model", speech->model);
  json_object_set_string_member (root, "voice", speech->voice);
  json_object_set_string_member (root, "input", speech->input);
  json_object_set_string_member (root, "response_format", "pcm");
  if (speech->instructions && *speech->instructions)
    json_object_set_string_member (root, "instructions", speech->instructions);
  if (speech->speed != 1)
    json_object_set_double_member (root, "speed", speech->speed);
  if (speech->extra)
    json_object_foreach_member (speech->extra, copy_member, root);
  text = gst_voice_json_to_string (node);
  json_node_unref (node);
  json_object_unref (root);
  return text;
}

OpenaiSound *
openai_sound_new (void)
{
  OpenaiSound *sound = g_new0 (OpenaiSound, 1);

  sound->held = g_byte_array_new ();
  sound->rate = RATE;
  return sound;
}

void
openai_sound_free (OpenaiSound * sound)
{
  g_byte_array_unref (sound->held);
  g_free (sound);
}

static gboolean
refuse (GError ** error, const gchar * what)
{
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
      "the service sent %s and no samples: check the address, and that it "
      "knows the response_format pcm", what);
  return FALSE;
}

static guint
little_endian (const guint8 * data, guint n)
{
  return n == 0 ? 0 : data[0] | little_endian (data + 1, n - 1) << 8;
}

static gboolean
take_format (OpenaiSound * sound, const guint8 * format)
{
  guint kind = little_endian (format, 2);
  guint rate = little_endian (format + 4, 4);

  sound->rate = rate;
  return (kind == 1 || kind == 0xfffe)  /* PCM, or with more words */
      &&little_endian (format + 2, 2) == 1
      && little_endian (format + 14, 2) == 16 && rate >= 8000 && rate <= 48000;
}

/* The head of a wave file. FALSE if it is not ours; sets @skip to 0 if more is
 * needed. */
static gboolean
look_at_wave (OpenaiSound * sound, gsize * skip)
{
  const guint8 *data = sound->held->data;
  gsize size = sound->held->len, at = 12, length;
  gboolean known = FALSE;

  *skip = 0;
  while (at + 8 <= size) {
    length = little_endian (data + at + 4, 4);
    if (memcmp (data + at, "data", 4) == 0) {
      *skip = at + 8;
      return known;
    }
    if (length > MAX_HEAD)
      return FALSE;
    if (memcmp (data + at, "fmt ", 4) == 0) {
      if (length < 16)
        return FALSE;
      if (at + 8 + length > size)
        return TRUE;
      known = take_format (sound, data + at + 8);
    }
    at += 8 + length + (length & 1);
  }
  return at <= MAX_HEAD && size <= MAX_HEAD;
}

/* Texts, which no voice begins with. */
static gboolean
is_text (const guint8 * data)
{
  for (guint i = 0; i < 4; i++) {
    if (!g_ascii_isprint (data[i]) && !g_ascii_isspace (data[i]))
      return FALSE;
  }
  return data[0] == '{' || data[0] == '<';
}

/* What it is that comes. FALSE if it is no sound. */
static gboolean
look (OpenaiSound * sound, GError ** error)
{
  static const gchar *const others[] = { "ID3", "OggS", "fLaC" };
  const guint8 *data = sound->held->data;
  gsize skip = 0;

  if (sound->held->len < 4)
    return TRUE;
  if (is_text (data))
    return refuse (error, "a text");
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    if (memcmp (data, others[i], strlen (others[i])) == 0)
      return refuse (error, "a compressed file");
  }
  if (memcmp (data, "RIFF", 4) != 0) {
    sound->begun = TRUE;
    return TRUE;
  }
  if (!look_at_wave (sound, &skip))
    return refuse (error, "a wave file that is not one channel of 16 bits");
  sound->begun = skip > 0;
  g_byte_array_remove_range (sound->held, 0, skip);
  return TRUE;
}

static GBytes *
count (OpenaiSound * sound, GBytes * samples)
{
  sound->samples += g_bytes_get_size (samples) / 2;
  return samples;
}

/**
 * openai_sound_take:
 * @sound: what has come so far
 * @piece: the next piece of the body
 * @error: if it is no sound
 *
 * Returns: (transfer full) (nullable): whole samples, or %NULL with @error set
 */
GBytes *
openai_sound_take (OpenaiSound * sound, GBytes * piece, GError ** error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (piece, &size);
  GBytes *whole;
  gsize n;

  /* As it mostly is. */
  if (sound->begun && sound->held->len == 0 && size % 2 == 0)
    return count (sound, g_bytes_ref (piece));
  if (size > 0)
    g_byte_array_append (sound->held, data, size);
  if (!sound->begun && !look (sound, error))
    return NULL;
  n = sound->begun ? sound->held->len & ~1u : 0;
  whole = g_bytes_new (sound->held->data, n);
  g_byte_array_remove_range (sound->held, 0, n);
  return count (sound, whole);
}

static const gchar *
text_at (JsonNode * root, const gchar * pointer)
{
  JsonNode *node = gst_voice_json_at (root, pointer);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : NULL;
}

/**
 * openai_sound_event:
 * @sound: what has come so far
 * @text: an event
 * @size: its bytes
 * @error: if it is not understood, or an error
 *
 * Returns: (transfer full) (nullable): whole samples, or %NULL with @error set
 */
GBytes *
openai_sound_event (OpenaiSound * sound, const gchar * text, gsize size,
    GError ** error)
{
  JsonNode *root;
  const gchar *audio;
  GBytes *piece, *samples;
  guchar *data;

  if (size == strlen ("[DONE]") && memcmp (text, "[DONE]", size) == 0)
    return g_bytes_new (NULL, 0);
  root = gst_voice_json_parse (text, size, MAX_EVENT,
      GST_VOICE_JSON_MAX_DEPTH, NULL);
  if (!root || gst_voice_json_at (root, "/error")) {
    refuse (error, root ? "an error" : "what is no JSON");
    g_clear_pointer (&root, json_node_unref);
    return NULL;
  }
  audio = text_at (root, "/audio");
  if (!audio)
    audio = text_at (root, "/delta");
  data = g_base64_decode (audio ? audio : "", &size);
  piece = g_bytes_new_take (data, size);
  samples = openai_sound_take (sound, piece, error);
  g_bytes_unref (piece);
  json_node_unref (root);
  return samples;
}

guint
openai_sound_rate (const OpenaiSound * sound)
{
  return sound->rate;
}

guint64
openai_sound_samples (const OpenaiSound * sound)
{
  return sound->samples;
}
