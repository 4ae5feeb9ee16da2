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
#include "tts-socket.h"

#include <gst-voice/provider.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (elevenlabstts_debug);
#define GST_CAT_DEFAULT elevenlabstts_debug

/* The service hangs up, and ends a context, after a minute of nothing. */
#define KEEP_ALIVE_MS 10000

#define DEFAULT_RATE 24000
#define THE_VOICE (-1.0)

typedef struct
{
  guint rate;
  gdouble stability, similarity_boost, style, speed;
  gchar *extra;
} Settings;

struct _GstVoiceElevenlabsTts
{
  GstVoiceTts parent;

  /* set once in init */
  GstVoiceProvider *provider;
  TtsSocket *socket;

  Settings settings;            /* object lock */
  Settings now;                 /* state changes only, read by the task */

  /* task only, and state changes while it does not run */
  guint live;                   /* contexts that the service has not ended */
  guint last;                   /* number of the last one */
  gchar *context;               /* (nullable): of what is being spoken */
  guint64 bytes;                /* of sound that have come of it */
  ElevenlabsWords words;        /* of it */
};

enum
{
  PROP_RATE = 1,
  PROP_STABILITY,
  PROP_SIMILARITY_BOOST,
  PROP_STYLE,
  PROP_SPEED,
  PROP_EXTRA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceProviderInfo info = {
  .name = "elevenlabs",
  .url = "https://api.elevenlabs.io/v1",
  .key_variable = "ELEVENLABS_API_KEY",
  .model = "eleven_flash_v2_5",
  .voice = "JBFqnCBsd6RMkjVDRZzb",
  .language = "",
  .deadlines = {2000, 2000, 2000, 30000},
  .probe = "/user",
  .probe_headers = (const gchar * const[]) {"xi-api-key", "${key}", NULL},
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 8000, 16000, 22050, 44100, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceElevenlabsTts, gst_voice_elevenlabs_tts,
    GST_TYPE_VOICE_TTS, GST_DEBUG_CATEGORY_INIT (elevenlabstts_debug,
        "elevenlabstts", 0, "ElevenLabs speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (elevenlabstts, "elevenlabstts", GST_RANK_NONE,
    GST_TYPE_VOICE_ELEVENLABS_TTS);

static ElevenlabsSettings
what_to_ask (GstVoiceElevenlabsTts * self)
{
  const Settings *now = &self->now;
  const ElevenlabsSettings settings = {
    .voice = gst_voice_provider_voice (self->provider),
    .model = gst_voice_provider_model (self->provider),
    .language = gst_voice_provider_language (self->provider),
    .rate = now->rate,
    .stability = now->stability,
    .similarity_boost = now->similarity_boost,
    .style = now->style,
    .speed = now->speed,
    .extra = now->extra,
  };

  return settings;
}

static GstVoiceLink *
new_link (GstVoiceTts * tts)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  const ElevenlabsSettings settings = what_to_ask (self);
  const gchar *key = gst_voice_provider_key (self->provider);
  gchar *path = elevenlabs_path (&settings);
  GstVoiceLink *link = gst_voice_provider_socket (self->provider, path);

  if (key)
    gst_voice_link_set_header (link, "xi-api-key", key);
  gst_voice_link_set_keep_alive (link, KEEP_ALIVE_MS, ELEVENLABS_KEEP_ALIVE);
  g_free (path);
  return link;
}

/* Takes @text. */
static void
send_text (GstVoiceElevenlabsTts * self, gchar * text)
{
  tts_socket_send (self->socket, text);
  g_free (text);
}

static void
begin (GstVoiceTts * tts)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  const ElevenlabsSettings settings = what_to_ask (self);

  self->live = 0;
  send_text (self, elevenlabs_open (&settings, ELEVENLABS_KEEP));
}

static void
forget (GstVoiceTts * tts)
{
  g_clear_pointer (&GST_VOICE_ELEVENLABS_TTS (tts)->context, g_free);
}

/* All of a sentence is there, so its context is closed at once: only then does
 * the service say when it has been spoken. One that is interrupted counts until
 * the service has ended it. */
static void
ask (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  const ElevenlabsSettings settings = what_to_ask (self);

  if (self->live + 1 >= ELEVENLABS_MAX_CONTEXTS)
    tts_socket_renew (self->socket, ELEVENLABS_GOODBYE);
  self->live++;
  self->bytes = 0;
  elevenlabs_words_clear (&self->words);
  elevenlabs_words_init (&self->words);
  g_free (self->context);
  self->context = g_strdup_printf ("s%u", ++self->last);
  send_text (self, elevenlabs_open (&settings, self->context));
  send_text (self, elevenlabs_say (self->context, text));
  send_text (self, elevenlabs_close (self->context));
  /* While sentences follow each other nobody else sends it. */
  tts_socket_send (self->socket, ELEVENLABS_KEEP_ALIVE);
}

/* Returns: (nullable): all that are complete, if one is new */
static GstVoiceWords *
words_of (GstVoiceElevenlabsTts * self, const ElevenlabsMessage * message)
{
  const GArray *from = self->words.words;
  guint before = from->len;
  GstVoiceWords *words;

  elevenlabs_words_add (&self->words, message, gst_util_uint64_scale_int
      (self->bytes / 2, GST_SECOND, self->now.rate));
  if (message->is_final)
    elevenlabs_words_end (&self->words);
  if (from->len == before)
    return NULL;
  words = gst_voice_words_new (from->len);
  for (guint i = 0; i < from->len; i++) {
    const ElevenlabsWord *word = &g_array_index (from, ElevenlabsWord, i);

    words->word[i].text = g_strdup (word->text);
    words->word[i].start = word->start;
    words->word[i].end = word->end;
  }
  return words;
}

static void
take_ours (GstVoiceElevenlabsTts * self, const ElevenlabsMessage * message)
{
  gsize size = g_bytes_get_size (message->audio);
  GstVoiceWords *words = words_of (self, message);

  if (size > 0 || words)
    tts_socket_sound (self->socket, message->audio, words);
  self->bytes += size;
  g_clear_pointer (&words, gst_voice_words_unref);
  if (!message->is_final)
    return;
  forget (GST_VOICE_TTS (self));
  if (self->bytes > 0)
    tts_socket_done (self->socket);
  else
    tts_socket_fail (self->socket, g_error_new_literal (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "ElevenLabs spoke nothing: check "
            "voice and model"));
}

/* What it says may quote the request: it is for the log alone. */
static void
refuse (GstVoiceElevenlabsTts * self, const ElevenlabsMessage * message)
{
  GError *error = g_error_new (GST_VOICE_ERROR, message->code,
      "ElevenLabs refused with %s: look up what it means by that",
      message->error);

  if (message->code != GST_VOICE_ERROR_AUTH)
    GST_INFO_OBJECT (self, "%s says: %s", message->error, message->text->str);
  if (!tts_socket_is_owed (self->socket))
    gst_voice_provider_failed (self->provider, error);
  tts_socket_break (self->socket, error);
}

static void
on_text (GstVoiceTts * tts, const gchar * text, gsize size)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (tts);
  ElevenlabsMessage *message = elevenlabs_message_parse (text, size, NULL);

  if (!message) {
    tts_socket_break (self->socket, g_error_new_literal (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "the service sent what is no JSON "
            "object: check the address"));
    return;
  }
  if (message->is_final && self->live > 0
      && g_strcmp0 (message->context, ELEVENLABS_KEEP) != 0)
    self->live--;
  if (message->error)
    refuse (self, message);
  else if (self->context && g_strcmp0 (message->context, self->context) == 0)
    take_ours (self, message);
  elevenlabs_message_free (message);
}

static const TtsSocketFuncs funcs = {
  .connect = new_link,
  .begun = begin,
  .ask = ask,
  .forget = forget,
  .text = on_text,
};

static void
speak (GstVoiceTts * tts, const gchar * text)
{
  tts_socket_speak (GST_VOICE_ELEVENLABS_TTS (tts)->socket, text);
}

static void
cancel (GstVoiceTts * tts)
{
  tts_socket_cancel (GST_VOICE_ELEVENLABS_TTS (tts)->socket);
}

static void
settings_clear (Settings * s)
{
  g_free (s->extra);
  memset (s, 0, sizeof *s);
}

static gboolean
check_rate (GstVoiceElevenlabsTts * self, GError ** error)
{
  static const guint rates[] = { 8000, 16000, 22050, 24000, 44100, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (rates[i] == self->now.rate)
      return TRUE;
  }
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
      "elevenlabstts cannot speak with rate=%u: there are 8000, 16000, 22050, "
      "24000, 44100 and 48000", self->now.rate);
  return FALSE;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (stage);

  settings_clear (&self->now);
  GST_OBJECT_LOCK (self);
  self->now = self->settings;
  self->now.extra = g_strdup (self->settings.extra);
  GST_OBJECT_UNLOCK (self);
  if (!check_rate (self, error)
      || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  tts_socket_start (self->socket, self->now.rate,
      gst_voice_provider_model (self->provider));
  return GST_VOICE_STAGE_CLASS (gst_voice_elevenlabs_tts_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (stage);

  GST_VOICE_STAGE_CLASS (gst_voice_elevenlabs_tts_parent_class)->stop (stage);
  tts_socket_stop (self->socket, ELEVENLABS_GOODBYE);
  forget (GST_VOICE_TTS (self));
  gst_voice_provider_stop (self->provider);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_elevenlabs_tts_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything; and its task does not run. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    tts_socket_open (GST_VOICE_ELEVENLABS_TTS (element)->socket);
  return ret;
}

static gdouble *
number_of (Settings * settings, guint id)
{
  switch (id) {
    case PROP_STABILITY:
      return &settings->stability;
    case PROP_SIMILARITY_BOOST:
      return &settings->similarity_boost;
    case PROP_STYLE:
      return &settings->style;
    case PROP_SPEED:
      return &settings->speed;
    default:
      return NULL;
  }
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (object);
  gdouble *number = number_of (&self->settings, id);

  if (gst_voice_provider_set (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  if (number) {
    *number = g_value_get_double (value);
  } else if (id == PROP_RATE) {
    self->settings.rate = g_value_get_uint (value);
  } else if (id == PROP_EXTRA) {
    g_free (self->settings.extra);
    self->settings.extra = g_value_dup_string (value);
  } else {
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (object);
  gdouble *number = number_of (&self->settings, id);

  if (gst_voice_provider_get (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  if (number)
    g_value_set_double (value, *number);
  else if (id == PROP_RATE)
    g_value_set_uint (value, self->settings.rate);
  else if (id == PROP_EXTRA)
    g_value_set_string (value, self->settings.extra);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceElevenlabsTts *self = GST_VOICE_ELEVENLABS_TTS (object);

  tts_socket_free (self->socket);
  elevenlabs_words_clear (&self->words);
  g_free (self->context);
  settings_clear (&self->now);
  settings_clear (&self->settings);
  gst_voice_provider_free (self->provider);
  G_OBJECT_CLASS (gst_voice_elevenlabs_tts_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceElevenlabsTts:rate:
   *
   * Samples a second: 8000, 16000, 22050, 24000, 44100 or 48000. The higher
   * ones are not in every plan.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate", "Samples a second: "
      "8000, 16000, 22050, 24000, 44100 or 48000", 8000, 48000, DEFAULT_RATE,
      flags);
  /**
   * GstVoiceElevenlabsTts:stability:
   *
   * How even the voice is, 0 to 1; a low one has more feeling. Negative: as the
   * voice is set up.
   */
  props[PROP_STABILITY] = g_param_spec_double ("stability", "Stability",
      "How even the voice is, negative: as it is set up", -1, 1, THE_VOICE,
      flags);
  /**
   * GstVoiceElevenlabsTts:similarity-boost:
   *
   * How close it keeps to the original voice, 0 to 1. Negative: as the voice is
   * set up.
   */
  props[PROP_SIMILARITY_BOOST] = g_param_spec_double ("similarity-boost",
      "Similarity boost", "How close it keeps to the original voice, "
      "negative: as it is set up", -1, 1, THE_VOICE, flags);
  /**
   * GstVoiceElevenlabsTts:style:
   *
   * How much it exaggerates the voice's style, 0 to 1; it costs time. Negative:
   * as the voice is set up.
   */
  props[PROP_STYLE] = g_param_spec_double ("style", "Style",
      "How much it exaggerates the style, negative: as it is set up", -1, 1,
      THE_VOICE, flags);
  /**
   * GstVoiceElevenlabsTts:speed:
   *
   * How fast it speaks, 0.7 to 1.2. Negative: as the voice is set up.
   */
  props[PROP_SPEED] = g_param_spec_double ("speed", "Speed",
      "How fast it speaks, 0.7 to 1.2, negative: as it is set up", -1, 4,
      THE_VOICE, flags);
  /**
   * GstVoiceElevenlabsTts:extra:
   *
   * More of the query string, as it is: `enable_logging=false&seed=7`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "More of the query string, as it is", NULL, flags);
  g_object_class_install_properties (klass, N_PROPS, props);
  gst_voice_provider_install (klass, N_PROPS, &info);
}

static void
gst_voice_elevenlabs_tts_class_init (GstVoiceElevenlabsTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceTtsClass *tts_class = GST_VOICE_TTS_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  tts_class->speak = GST_DEBUG_FUNCPTR (speak);
  tts_class->cancel = GST_DEBUG_FUNCPTR (cancel);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "ElevenLabs",
      "Audio/Text/Filter", "Speaks with ElevenLabs", "gst-voice");
}

static void
gst_voice_elevenlabs_tts_init (GstVoiceElevenlabsTts * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->socket = tts_socket_new (GST_VOICE_TTS (self), self->provider, &funcs);
  elevenlabs_words_init (&self->words);
  self->settings.rate = DEFAULT_RATE;
  self->settings.stability = self->settings.similarity_boost = THE_VOICE;
  self->settings.style = self->settings.speed = THE_VOICE;
}
