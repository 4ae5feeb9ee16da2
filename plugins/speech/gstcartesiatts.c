/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-cartesiatts
 * @title: cartesiatts
 *
 * Speaks with Cartesia's Sonic models over one WebSocket, which stands from the
 * beginning of the call. Each sentence is a context of its own; an interruption
 * cancels it and keeps the connection. The times of words are Cartesia's.
 *
 * A connection that has died while nobody spoke costs a sentence the time of a
 * new one. Other faults end the sentence, and without `fallback` the stream.
 *
 * The key is taken from the environment variable `CARTESIA_API_KEY` unless
 * `api-key` says otherwise.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/debian_version ! \
 *   text/x-raw,format=utf8 ! cartesiatts language=en ! wavenc ! \
 *   filesink location=/dev/null
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstcartesiatts.h"

#include "cartesia-wire.h"

#include <gst-voice/error.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (cartesiatts_debug);
#define GST_CAT_DEFAULT cartesiatts_debug

/* Of the API: it says what fields and errors look like. */
#define VERSION_DATE "2026-03-01"
#define MAX_WORDS 2000

typedef struct
{
  guint rate;
  gdouble speed;
  gchar *extra;
  JsonNode *more;               /* (nullable): what `extra` says */
} Settings;

struct _GstVoiceCartesiaTts
{
  GstVoiceSocketTts parent;

  /* task only, and state changes while it does not run */
  guint contexts;               /* of this call */
  gchar *context;               /* (nullable): of the sentence in work */
  GArray *words;                /* of SpeechWord: of it */
  guint n_told;                 /* of them */
  gboolean sounded;
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceCartesiaTts:rate:
   *
   * Sampling rate of the sound: 8000, 16000, 24000 or 48000. What `playout`
   * plays at saves a conversion.
   */
  {"rate", "Rate", "Sampling rate of the sound: 8000, 16000, 24000 or 48000",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, rate), 8000, 48000, 24000},
  /**
   * GstVoiceCartesiaTts:speed:
   *
   * How fast it speaks, 1.0 being the voice's own speed. Models before sonic-3
   * know but slower and faster.
   */
  {"speed", "Speed", "How fast it speaks", G_TYPE_DOUBLE,
      G_STRUCT_OFFSET (Settings, speed), 0.6, 1.5, 1.0},
  /**
   * GstVoiceCartesiaTts:extra:
   *
   * More members of each request, as a JSON object:
   * `{"generation_config": {"emotion": "calm", "speed": 0.9}}`. What it says of
   * `generation_config` is in the place of `speed`.
   */
  {"extra", "Extra", "More members of each request, as a JSON object",
        G_TYPE_STRING, G_STRUCT_OFFSET (Settings, extra),
      .object = G_STRUCT_OFFSET (Settings, more)},
};

static const GstVoiceProviderInfo info = {
  .name = "cartesia",
  .url = "https://api.cartesia.ai",
  .key_variable = "CARTESIA_API_KEY",
  .model = "sonic-3",
  .voice = "f786b574-daa5-4673-aa0c-cbe3e8534c02",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000,
      .total = 60000},
  .headers = (const gchar * const[]) {"Authorization", "Bearer ${key}",
      "Cartesia-Version", VERSION_DATE, NULL},
  .probe = "/voices?limit=1",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 48000, 16000, 8000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceCartesiaTts, gst_voice_cartesia_tts,
    GST_TYPE_VOICE_SOCKET_TTS, GST_DEBUG_CATEGORY_INIT (cartesiatts_debug,
        "cartesiatts", 0, "Cartesia speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (cartesiatts, "cartesiatts", GST_RANK_NONE,
    GST_TYPE_VOICE_CARTESIA_TTS);

static gchar *
path (GstVoiceSocketTts * tts)
{
  return g_strdup ("/tts/websocket");
}

static void
forget_context (GstVoiceCartesiaTts * self)
{
  g_clear_pointer (&self->context, g_free);
  g_array_set_size (self->words, 0);
  self->n_told = 0;
  self->sounded = FALSE;
}

static void
begun (GstVoiceSocketTts * tts)
{
  forget_context (GST_VOICE_CARTESIA_TTS (tts));
}

static void
ask (GstVoiceSocketTts * tts, const gchar * text)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  const Settings *now = gst_voice_provider_options (tts->provider);
  const CartesiaSettings settings = {
    .model = gst_voice_provider_model (tts->provider),
    .voice = gst_voice_provider_voice (tts->provider),
    .language = gst_voice_provider_language (tts->provider),
    .rate = now->rate,
    .speed = now->speed,
    .extra = now->more ? json_node_get_object (now->more) : NULL,
  };

  forget_context (self);
  self->context = g_strdup_printf ("s%u", ++self->contexts);
  gst_voice_socket_tts_take (tts, cartesia_request (&settings, self->context,
          text));
}

/* What comes of it though belongs to nobody. */
static void
forget (GstVoiceSocketTts * tts)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);

  if (!self->context)
    return;
  gst_voice_socket_tts_take (tts, cartesia_cancel (self->context));
  forget_context (self);
}

static void
give (GstVoiceCartesiaTts * self, GBytes * sound)
{
  gboolean more = self->words->len > self->n_told;

  gst_voice_socket_tts_sound (GST_VOICE_SOCKET_TTS (self), sound,
      more ? self->words : NULL);
  self->n_told = self->words->len;
}

/* They come before their sound or behind it. */
static void
take_words (GstVoiceCartesiaTts * self, const CartesiaMessage * message)
{
  for (guint i = 0; i < message->words->len; i++) {
    SpeechWord word = g_array_index (message->words, SpeechWord, i);

    if (self->words->len == MAX_WORDS)
      break;
    word.text = g_strdup (word.text);
    g_array_append_val (self->words, word);
  }
  if (self->sounded)
    give (self, message->sound);
}

static void
take_sound (GstVoiceCartesiaTts * self, const CartesiaMessage * message)
{
  if (g_bytes_get_size (message->sound) == 0)
    return;
  self->sounded = TRUE;
  give (self, message->sound);
}

static GError *
error_of (const CartesiaMessage * message)
{
  GstVoiceError code = message->status ?
      gst_voice_error_from_http_status (message->status) :
      GST_VOICE_ERROR_SERVER;
  const gchar *name = message->code ? message->code : "no code";
  GError *error;

  if (strstr (name, "quota") || strstr (name, "credit"))
    code = GST_VOICE_ERROR_QUOTA;
  error = g_error_new (GST_VOICE_ERROR, code, "Cartesia refused the sentence "
      "with %u (%s, request %s): look that up, and check voice, model and "
      "language", message->status, name,
      message->request_id ? message->request_id : "unknown");
  gst_voice_error_set_request (error, message->status, message->request_id);
  return error;
}

static void
take (GstVoiceCartesiaTts * self, const CartesiaMessage * message)
{
  switch (message->type) {
    case CARTESIA_CHUNK:
      take_sound (self, message);
      break;
    case CARTESIA_TIMESTAMPS:
      take_words (self, message);
      break;
    case CARTESIA_DONE:
      forget_context (self);
      gst_voice_socket_tts_done (GST_VOICE_SOCKET_TTS (self));
      break;
    case CARTESIA_ERROR:
      forget_context (self);
      gst_voice_socket_tts_fail (GST_VOICE_SOCKET_TTS (self),
          error_of (message));
      break;
    default:
      break;
  }
}

/* An error without a context is about what we have asked for last. */
static void
on_text (GstVoiceSocketTts * tts, const gchar * text, gsize size)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  CartesiaMessage *message = cartesia_message_parse (text, size, NULL);

  if (!message) {
    gst_voice_socket_tts_break (tts, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "Cartesia sent what is no JSON "
            "object: check the address"));
    return;
  }
  if (message->type == CARTESIA_ERROR)
    GST_WARNING_OBJECT (self, "context %s: %u %s, request %s",
        message->context, message->status, message->code, message->request_id);
  if (self->context && (message->context ? strcmp (message->context,
              self->context) == 0 : message->type == CARTESIA_ERROR))
    take (self, message);
  cartesia_message_free (message);
}

static void
finalize (GObject * object)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (object);

  g_array_unref (self->words);
  g_free (self->context);
  G_OBJECT_CLASS (gst_voice_cartesia_tts_parent_class)->finalize (object);
}

static void
gst_voice_cartesia_tts_class_init (GstVoiceCartesiaTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceSocketTtsClass *socket_class = GST_VOICE_SOCKET_TTS_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  socket_class->info = &info;
  socket_class->path = path;
  socket_class->begun = begun;
  socket_class->ask = ask;
  socket_class->forget = forget;
  socket_class->text = on_text;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Cartesia",
      "Audio/Text/Filter", "Speaks text with Cartesia", "gst-voice");
}

static void
gst_voice_cartesia_tts_init (GstVoiceCartesiaTts * self)
{
  self->words = speech_wire_words_new ();
}
