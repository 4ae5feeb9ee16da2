/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-deepgramtts
 * @title: deepgramtts
 *
 * Speaks with Deepgram's Aura voices over one WebSocket, which stands from the
 * beginning of the call, or with any server that speaks its `/v1/speak` at
 * `url`. An interruption clears what was asked for and keeps the connection.
 * Deepgram does not tell when words are spoken: `playout` estimates it.
 *
 * A connection that has died while nobody spoke costs a sentence the time of a
 * new one. Other faults end the sentence, and without `fallback` the stream.
 *
 * A voice is called as Deepgram's models are, `aura-2-thalia-en`, or in short
 * `thalia` with the `language`. The key is taken from the environment variable
 * `DEEPGRAM_API_KEY` unless `api-key` says otherwise.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/debian_version ! \
 *   text/x-raw,format=utf8 ! deepgramtts voice=thalia ! wavenc ! \
 *   filesink location=/dev/null
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdeepgramtts.h"

#include "deepgram-wire.h"

#include <gst-voice/error.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (deepgramtts_debug);
#define GST_CAT_DEFAULT deepgramtts_debug

/* A connection may ask for so many sentences in a minute; more are dropped. */
#define MAX_FLUSHES 20
#define FLUSHES_US (60 * G_USEC_PER_SEC)

typedef struct
{
  guint rate;
  gdouble speed;
  gboolean mip_opt_out;
  gchar *extra;
} Settings;

struct _GstVoiceDeepgramTts
{
  GstVoiceSocketTts parent;

  /* task only, and state changes while it does not run */
  gchar *voice;                 /* in full */
  guint clearing;               /* answers to Clear that are owed */
  gint64 flushed[MAX_FLUSHES];  /* a ring: when, on this connection, or 0 */
  guint n_flushed;
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceDeepgramTts:rate:
   *
   * Sampling rate of the sound: 8000, 16000, 24000 or 48000. What `playout`
   * plays at saves a conversion.
   */
  {"rate", "Rate", "Sampling rate of the sound: 8000, 16000, 24000 or 48000",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, rate), 8000, 48000, 24000},
  /**
   * GstVoiceDeepgramTts:speed:
   *
   * How fast it speaks, 1.0 being the voice's own speed.
   */
  {"speed", "Speed", "How fast it speaks", G_TYPE_DOUBLE,
      G_STRUCT_OFFSET (Settings, speed), 0.7, 1.5, 1.0},
  /**
   * GstVoiceDeepgramTts:mip-opt-out:
   *
   * Whether Deepgram may not use the calls to improve its models.
   */
  {"mip-opt-out", "MIP opt-out",
        "Whether the calls may not be used to improve models", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, mip_opt_out)},
  /**
   * GstVoiceDeepgramTts:extra:
   *
   * More of the query string, as it is: `tag=clinic`.
   */
  {"extra", "Extra", "More of the query string, as it is", G_TYPE_STRING,
      G_STRUCT_OFFSET (Settings, extra)},
};

static const GstVoiceProviderInfo info = {
  .name = "deepgram",
  .url = "https://api.deepgram.com",
  .key_variable = "DEEPGRAM_API_KEY",
  .voice = "aura-2-thalia-en",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000,
      .total = 60000},
  .headers = (const gchar * const[]) {"Authorization", "Token ${key}", NULL},
  .probe = "/v1/projects",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 48000, 16000, 8000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceDeepgramTts, gst_voice_deepgram_tts,
    GST_TYPE_VOICE_SOCKET_TTS, GST_DEBUG_CATEGORY_INIT (deepgramtts_debug,
        "deepgramtts", 0, "Deepgram speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (deepgramtts, "deepgramtts", GST_RANK_NONE,
    GST_TYPE_VOICE_DEEPGRAM_TTS);

/* A name alone is one of the second generation. */
static gchar *
full_voice (const gchar * voice, const gchar * language)
{
  if (!voice || strchr (voice, '-') || !language || !*language)
    return g_strdup (voice);
  return g_strdup_printf ("aura-2-%s-%.*s", voice,
      (gint) strcspn (language, "-_"), language);
}

/* Prices are those of all voices of a generation. */
static const gchar *
generation_of (const gchar * voice)
{
  return voice && g_str_has_prefix (voice, "aura-2-") ? "aura-2" :
      voice && g_str_has_prefix (voice, "aura-") ? "aura" : voice;
}

static const gchar *
paid_by (GstVoiceSocketTts * tts)
{
  return generation_of (GST_VOICE_DEEPGRAM_TTS (tts)->voice);
}

static gchar *
path (GstVoiceSocketTts * tts)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  const Settings *now = gst_voice_provider_options (tts->provider);
  DeepgramSpeakSettings settings = {
    .rate = now->rate,
    .speed = now->speed,
    .mip_opt_out = now->mip_opt_out,
    .extra = now->extra,
  };

  g_free (self->voice);
  settings.voice = self->voice =
      full_voice (gst_voice_provider_voice (tts->provider),
      gst_voice_provider_language (tts->provider));
  return deepgram_speak_path (&settings);
}

static void
begun (GstVoiceSocketTts * tts)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);

  self->clearing = 0;
  memset (self->flushed, 0, sizeof self->flushed);
}

/* Whether the connection takes one more. */
static gboolean
may_flush (GstVoiceDeepgramTts * self, gint64 now)
{
  gint64 oldest = self->flushed[self->n_flushed % MAX_FLUSHES];

  return !oldest || now - oldest > FLUSHES_US;
}

static void
ask (GstVoiceSocketTts * tts, const gchar * text)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  gint64 now = g_get_monotonic_time ();

  if (!may_flush (self, now))
    gst_voice_socket_tts_renew (tts);
  while (*text)
    gst_voice_socket_tts_take (tts, deepgram_speak (&text));
  gst_voice_socket_tts_send (tts, "{\"type\":\"Flush\"}");
  self->flushed[self->n_flushed++ % MAX_FLUSHES] = now;
}

/* What comes before the answer to this belongs to nobody. */
static void
forget (GstVoiceSocketTts * tts)
{
  gst_voice_socket_tts_send (tts, "{\"type\":\"Clear\"}");
  GST_VOICE_DEEPGRAM_TTS (tts)->clearing++;
}

static void
on_binary (GstVoiceSocketTts * tts, GBytes * bytes)
{
  if (!GST_VOICE_DEEPGRAM_TTS (tts)->clearing)
    gst_voice_socket_tts_sound (tts, bytes, NULL);
}

static void
take_cleared (GstVoiceDeepgramTts * self)
{
  if (!self->clearing || --self->clearing > 0)
    return;
  gst_voice_socket_tts_expect (GST_VOICE_SOCKET_TTS (self));
}

static GError *
error_of (const DeepgramMessage * message)
{
  const gchar *code = message->code ? message->code : "no code";
  gboolean theirs = !message->code || g_str_has_prefix (code, "NET");

  return g_error_new (GST_VOICE_ERROR, theirs ? GST_VOICE_ERROR_SERVER :
      GST_VOICE_ERROR_BAD_REQUEST, "Deepgram did not speak the sentence (%s): "
      "look that up, and check voice and text", code);
}

static void
take (GstVoiceDeepgramTts * self, const DeepgramMessage * message)
{
  switch (message->type) {
    case DEEPGRAM_FLUSHED:
      if (!self->clearing)
        gst_voice_socket_tts_done (GST_VOICE_SOCKET_TTS (self));
      break;
    case DEEPGRAM_CLEARED:
      take_cleared (self);
      break;
    case DEEPGRAM_METADATA:
      GST_INFO_OBJECT (self, "request %s", message->request_id);
      break;
    case DEEPGRAM_WARNING:
      GST_WARNING_OBJECT (self, "%s: %s", message->code, message->text);
      break;
    case DEEPGRAM_ERROR:
      GST_WARNING_OBJECT (self, "%s: %s", message->code, message->text);
      gst_voice_socket_tts_break (GST_VOICE_SOCKET_TTS (self),
          error_of (message));
      break;
    default:
      break;
  }
}

static void
on_text (GstVoiceSocketTts * tts, const gchar * text, gsize size)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  DeepgramMessage *message = deepgram_message_parse (text, size, NULL);

  if (message)
    take (self, message);
  else
    gst_voice_socket_tts_break (tts, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "Deepgram sent what is no JSON "
            "object: check the address"));
  g_clear_pointer (&message, deepgram_message_free);
}

static void
finalize (GObject * object)
{
  g_free (GST_VOICE_DEEPGRAM_TTS (object)->voice);
  G_OBJECT_CLASS (gst_voice_deepgram_tts_parent_class)->finalize (object);
}

static void
gst_voice_deepgram_tts_class_init (GstVoiceDeepgramTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceSocketTtsClass *socket_class = GST_VOICE_SOCKET_TTS_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  socket_class->info = &info;
  socket_class->goodbye = "{\"type\":\"Close\"}";
  socket_class->path = path;
  socket_class->begun = begun;
  socket_class->ask = ask;
  socket_class->forget = forget;
  socket_class->text = on_text;
  socket_class->binary = on_binary;
  socket_class->paid_by = paid_by;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Deepgram",
      "Audio/Text/Filter", "Speaks text with Deepgram", "gst-voice");
}

static void
gst_voice_deepgram_tts_init (GstVoiceDeepgramTts * self)
{
}
