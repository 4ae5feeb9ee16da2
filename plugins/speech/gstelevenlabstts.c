/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-elevenlabstts
 * @title: elevenlabstts
 *
 * Speaks with ElevenLabs, over one connection that stands from the beginning
 * and is kept alive while nothing is said. Each sentence is a context of its
 * own: it is spoken at once, its words have their times, and what is left of it
 * at an interruption is dropped while the connection stays.
 *
 * - `voice` is the id of a voice, 20 letters and digits.
 * - `language` is told to the models that take one; the others hear it from the
 *   text.
 * - A sentence whose connection had died meanwhile is asked for once more, on a
 *   new one. Every other failure is one, with a code (docs/events.md).
 * - The key is taken from the environment variable `ELEVENLABS_API_KEY` unless
 *   `api-key` says otherwise.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/debian_version ! \
 *   text/x-raw,format=utf8 ! elevenlabstts model=eleven_multilingual_v2 ! \
 *   wavenc ! filesink location=/dev/null
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstelevenlabstts.h"

#include "elevenlabs-wire.h"

GST_DEBUG_CATEGORY_STATIC (elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

#define THE_VOICE (-1.0)

typedef struct
{
  guint rate;
  gdouble stability, similarity_boost, style, speed;
  gchar *extra;
} Settings;

struct _GstVoiceElevenlabsTts
{
  GstVoiceSocketTts parent;

  /* task only, and state changes while it does not run */
  guint live;                   /* contexts that the service has not ended */
  guint last;                   /* number of the last one */
  gchar *context;               /* (nullable): of what is being spoken */
  guint64 bytes;                /* of sound that have come of it */
  ElevenlabsWords words;        /* of it */
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceElevenlabsTts:rate:
   *
   * Samples a second: 8000, 16000, 22050, 24000, 44100 or 48000. The higher
   * ones are not in every plan.
   */
  {"rate", "Rate",
        "Samples a second: 8000, 16000, 22050, 24000, 44100 or 48000",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, rate), 8000, 48000, 24000},
  /**
   * GstVoiceElevenlabsTts:stability:
   *
   * How even the voice is, 0 to 1; a low one has more feeling. Negative: as the
   * voice is set up.
   */
  {"stability", "Stability",
        "How even the voice is, negative: as it is set up", G_TYPE_DOUBLE,
      G_STRUCT_OFFSET (Settings, stability), -1, 1, THE_VOICE},
  /**
   * GstVoiceElevenlabsTts:similarity-boost:
   *
   * How close it keeps to the original voice, 0 to 1. Negative: as the voice is
   * set up.
   */
  {"similarity-boost", "Similarity boost",
        "How close it keeps to the original voice, negative: as it is set up",
        G_TYPE_DOUBLE, G_STRUCT_OFFSET (Settings, similarity_boost), -1, 1,
      THE_VOICE},
  /**
   * GstVoiceElevenlabsTts:style:
   *
   * How much it exaggerates the voice's style, 0 to 1; it costs time. Negative:
   * as the voice is set up.
   */
  {"style", "Style",
        "How much it exaggerates the style, negative: as it is set up",
      G_TYPE_DOUBLE, G_STRUCT_OFFSET (Settings, style), -1, 1, THE_VOICE},
  /**
   * GstVoiceElevenlabsTts:speed:
   *
   * How fast it speaks, 0.7 to 1.2. Negative: as the voice is set up.
   */
  {"speed", "Speed",
        "How fast it speaks, 0.7 to 1.2, negative: as it is set up",
      G_TYPE_DOUBLE, G_STRUCT_OFFSET (Settings, speed), -1, 4, THE_VOICE},
  /**
   * GstVoiceElevenlabsTts:extra:
   *
   * More of the query string, as it is: `enable_logging=false&seed=7`.
   */
  {"extra", "Extra", "More of the query string, as it is", G_TYPE_STRING,
      G_STRUCT_OFFSET (Settings, extra)},
};

static const GstVoiceProviderInfo info = {
  .name = "elevenlabs",
  .url = "https://api.elevenlabs.io/v1",
  .key_variable = "ELEVENLABS_API_KEY",
  .model = "eleven_flash_v2_5",
  .voice = "JBFqnCBsd6RMkjVDRZzb",
  .language = "",
  .deadlines = {2000, 2000, 2000, 30000},
  .headers = (const gchar * const[]) {"xi-api-key", "${key}", NULL},
  .probe = "/user",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 8000, 16000, 22050, 44100, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceElevenlabsTts, gst_voice_elevenlabs_tts,
    GST_TYPE_VOICE_SOCKET_TTS, GST_DEBUG_CATEGORY_INIT (elevenlabstts_debug,
        "elevenlabstts", 0, "ElevenLabs speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (elevenlabstts, "elevenlabstts", GST_RANK_NONE,
    GST_TYPE_VOICE_ELEVENLABS_TTS);

static ElevenlabsSettings
what_to_ask (GstVoiceSocketTts * tts)
{
  const Settings *now = gst_voice_provider_options (tts->provider);
  const ElevenlabsSettings settings = {
    .voice = gst_voice_provider_voice (tts->provider),
    .model = gst_voice_provider_model (tts->provider),
    .language = gst_voice_provider_language (tts->provider),
    .rate = now->rate,
    .stability = now->stability,
    .similarity_boost = now->similarity_boost,
    .style = now->style,
    .speed = now->speed,
    .extra = now->extra,
  };

  return settings;
}

static gchar *
path (GstVoiceSocketTts * tts)
{
  const ElevenlabsSettings settings = what_to_ask (tts);

  return elevenlabs_path (&settings);
}

static void
forget (GstVoiceSocketTts * tts)
{
  g_clear_pointer (&GST_VOICE_ELEVENLABS_TTS (tts)->context, g_free);
}

static void
begun (GstVoiceSocketTts * tts)
{
  const ElevenlabsSettings settings = what_to_ask (tts);

  forget (tts);
  GST_VOICE_ELEVENLABS_TTS (tts)->live = 0;
  gst_voice_socket_tts_take (tts, elevenlabs_open (&settings, ELEVENLABS_KEEP));
}

/* All of a sentence is there, so its context is closed at once: only then does
 * the service say when it has been spoken. One that is interrupted counts until
 * the service has ended it. */
static void
ask (GstVoiceSocketTts * tts, const gchar * text)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  const ElevenlabsSettings settings = what_to_ask (tts);

  if (self->live + 1 >= ELEVENLABS_MAX_CONTEXTS)
    gst_voice_socket_tts_renew (tts);
  self->live++;
  self->bytes = 0;
  elevenlabs_words_clear (&self->words);
  elevenlabs_words_init (&self->words);
  g_free (self->context);
  self->context = g_strdup_printf ("s%u", ++self->last);
  gst_voice_socket_tts_take (tts, elevenlabs_open (&settings, self->context));
  gst_voice_socket_tts_take (tts, elevenlabs_say (self->context, text));
  gst_voice_socket_tts_take (tts, elevenlabs_close (self->context));
  /* While sentences follow each other nobody else sends it. */
  gst_voice_socket_tts_send (tts, ELEVENLABS_KEEP_ALIVE);
}

/* Returns: whether a word more is complete */
static gboolean
take_words (GstVoiceElevenlabsTts * self, const ElevenlabsMessage * message)
{
  guint before = self->words.words->len;

  elevenlabs_words_add (&self->words, message, gst_util_uint64_scale_int
      (self->bytes / 2, GST_SECOND, GST_VOICE_SOCKET_TTS (self)->rate));
  if (message->is_final)
    elevenlabs_words_end (&self->words);
  return self->words.words->len > before;
}

static void
take_ours (GstVoiceElevenlabsTts * self, const ElevenlabsMessage * message)
{
  GstVoiceSocketTts *tts = GST_VOICE_SOCKET_TTS (self);
  gsize size = g_bytes_get_size (message->audio);
  gboolean more = take_words (self, message);

  if (size > 0 || more)
    gst_voice_socket_tts_sound (tts, message->audio,
        more ? self->words.words : NULL);
  self->bytes += size;
  if (!message->is_final)
    return;
  forget (tts);
  if (self->bytes > 0)
    gst_voice_socket_tts_done (tts);
  else
    gst_voice_socket_tts_fail (tts, g_error_new_literal (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "ElevenLabs spoke nothing: check "
            "voice and model"));
}

/* What it says may quote the request: it is for the log alone. */
static void
refuse (GstVoiceSocketTts * tts, const ElevenlabsMessage * message)
{
  GError *error = g_error_new (GST_VOICE_ERROR, message->code,
      "ElevenLabs refused with %s: look up what it means by that",
      message->error);

  if (message->code != GST_VOICE_ERROR_AUTH)
    GST_INFO_OBJECT (tts, "%s says: %s", message->error, message->text->str);
  if (!tts->text)
    gst_voice_provider_failed (tts->provider, error);
  gst_voice_socket_tts_break (tts, error);
}

static void
on_text (GstVoiceSocketTts * tts, const gchar * text, gsize size)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  ElevenlabsMessage *message = elevenlabs_message_parse (text, size, NULL);

  if (!message) {
    gst_voice_socket_tts_break (tts, g_error_new_literal (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "the service sent what is no JSON "
            "object: check the address"));
    return;
  }
  if (message->is_final && self->live > 0
      && g_strcmp0 (message->context, ELEVENLABS_KEEP) != 0)
    self->live--;
  if (message->error)
    refuse (tts, message);
  else if (self->context && g_strcmp0 (message->context, self->context) == 0)
    take_ours (self, message);
  elevenlabs_message_free (message);
}

static void
finalize (GObject * object)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (object);

  elevenlabs_words_clear (&self->words);
  g_free (self->context);
  G_OBJECT_CLASS (gst_voice_elevenlabs_tts_parent_class)->finalize (object);
}

static void
gst_voice_elevenlabs_tts_class_init (GstVoiceElevenlabsTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceSocketTtsClass *socket_class = GST_VOICE_SOCKET_TTS_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  socket_class->info = &info;
  /* The service hangs up, and ends a context, after a minute of nothing. */
  socket_class->keep_alive = ELEVENLABS_KEEP_ALIVE;
  socket_class->goodbye = ELEVENLABS_GOODBYE;
  socket_class->path = path;
  socket_class->begun = begun;
  socket_class->ask = ask;
  socket_class->forget = forget;
  socket_class->text = on_text;
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "ElevenLabs",
      "Audio/Text/Filter", "Speaks with ElevenLabs", "gst-voice");
}

static void
gst_voice_elevenlabs_tts_init (GstVoiceElevenlabsTts * self)
{
  elevenlabs_words_init (&self->words);
}
