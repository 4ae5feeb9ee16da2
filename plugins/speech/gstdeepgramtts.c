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
#include "tts-socket.h"

#include <gst-voice/error.h>
#include <gst-voice/provider.h>
#include <gst-voice/secret.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (deepgramtts_debug);
#define GST_CAT_DEFAULT deepgramtts_debug

#define DEFAULT_RATE 24000
#define DEFAULT_SPEED 1.0
/* A connection may ask for so many sentences in a minute; more are dropped. */
#define MAX_FLUSHES 20
#define FLUSHES_US (60 * G_USEC_PER_SEC)
#define GOODBYE "{\"type\":\"Close\"}"

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_READY)

struct _GstVoiceDeepgramTts
{
  GstVoiceTts parent;

  /* set once in init */
  GstVoiceProvider *provider;
  TtsSocket *socket;

  /* object lock */
  guint rate;
  gdouble speed;
  gboolean mip_opt_out;
  gchar *extra;

  /* state changes, read by the task */
  DeepgramSpeakSettings now;
  gchar *voice, *more;          /* its strings */

  /* task only, and state changes while it does not run */
  guint clearing;               /* answers to Clear that are owed */
  gint64 flushed[MAX_FLUSHES];  /* a ring: when, on this connection, or 0 */
  guint n_flushed;
};

enum
{
  PROP_RATE = 1,
  PROP_SPEED,
  PROP_MIP_OPT_OUT,
  PROP_EXTRA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceProviderInfo info = {
  .name = "deepgram",
  .url = "https://api.deepgram.com",
  .key_variable = "DEEPGRAM_API_KEY",
  .voice = "aura-2-thalia-en",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000,
      .total = 60000},
  .probe = "/v1/projects",
  .probe_headers = (const gchar * const[]) {"Authorization", "Token ${key}",
      NULL},
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 48000, 16000, 8000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceDeepgramTts, gst_voice_deepgram_tts,
    GST_TYPE_VOICE_TTS, GST_DEBUG_CATEGORY_INIT (deepgramtts_debug,
        "deepgramtts", 0, "Deepgram speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (deepgramtts, "deepgramtts", GST_RANK_NONE,
    GST_TYPE_VOICE_DEEPGRAM_TTS);

static GstVoiceLink *
connect_link (GstVoiceTts * tts)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  const gchar *key = gst_voice_provider_key (self->provider);
  gchar *path = deepgram_speak_path (&self->now), *token;
  GstVoiceLink *link = gst_voice_provider_socket (self->provider, path);

  if (key) {
    token = g_strconcat ("Token ", key, NULL);
    gst_voice_link_set_header (link, "Authorization", token);
    gst_voice_secret_free (token);
  }
  g_free (path);
  return link;
}

static void
begun (GstVoiceTts * tts)
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
ask (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  gint64 now = g_get_monotonic_time ();
  gchar *message;

  if (!may_flush (self, now))
    tts_socket_renew (self->socket, GOODBYE);
  while (*text) {
    message = deepgram_speak (&text);
    tts_socket_send (self->socket, message);
    g_free (message);
  }
  tts_socket_send (self->socket, "{\"type\":\"Flush\"}");
  self->flushed[self->n_flushed++ % MAX_FLUSHES] = now;
}

/* What comes before the answer to this belongs to nobody. */
static void
forget (GstVoiceTts * tts)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);

  tts_socket_send (self->socket, "{\"type\":\"Clear\"}");
  self->clearing++;
}

static void
on_binary (GstVoiceTts * tts, GBytes * bytes)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);

  if (!self->clearing)
    tts_socket_sound (self->socket, bytes, NULL);
}

static void
take_cleared (GstVoiceDeepgramTts * self)
{
  if (!self->clearing || --self->clearing > 0)
    return;
  if (tts_socket_is_owed (self->socket))
    tts_socket_expect (self->socket);
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
        tts_socket_done (self->socket);
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
      tts_socket_break (self->socket, error_of (message));
      break;
    default:
      break;
  }
}

static void
on_text (GstVoiceTts * tts, const gchar * text, gsize size)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (tts);
  DeepgramMessage *message = deepgram_message_parse (text, size, NULL);

  if (message)
    take (self, message);
  else
    tts_socket_break (self->socket, g_error_new (GST_VOICE_ERROR,
            GST_VOICE_ERROR_BAD_RESPONSE, "Deepgram sent what is no JSON "
            "object: check the address"));
  g_clear_pointer (&message, deepgram_message_free);
}

static void
speak (GstVoiceTts * tts, const gchar * text)
{
  tts_socket_speak (GST_VOICE_DEEPGRAM_TTS (tts)->socket, text);
}

static void
cancel (GstVoiceTts * tts)
{
  tts_socket_cancel (GST_VOICE_DEEPGRAM_TTS (tts)->socket);
}

static gboolean
is_known_rate (guint rate, GError ** error)
{
  static const guint rates[] = { 8000, 16000, 24000, 48000 };

  for (guint i = 0; i < G_N_ELEMENTS (rates); i++) {
    if (rates[i] == rate)
      return TRUE;
  }
  g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_UNSUPPORTED,
      "deepgramtts cannot speak at %u Hz: the rate is 8000, 16000, 24000 or "
      "48000", rate);
  return FALSE;
}

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

static gboolean
configure (GstVoiceDeepgramTts * self, GError ** error)
{
  g_free (self->voice);
  g_free (self->more);
  GST_OBJECT_LOCK (self);
  self->now.rate = self->rate;
  self->now.speed = self->speed;
  self->now.mip_opt_out = self->mip_opt_out;
  self->now.extra = self->more = g_strdup (self->extra);
  GST_OBJECT_UNLOCK (self);
  self->now.voice = self->voice = NULL;
  if (!is_known_rate (self->now.rate, error)
      || !gst_voice_provider_start (self->provider, error))
    return FALSE;
  self->now.voice = self->voice =
      full_voice (gst_voice_provider_voice (self->provider),
      gst_voice_provider_language (self->provider));
  return TRUE;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (stage);

  if (!configure (self, error))
    return FALSE;
  tts_socket_start (self->socket, self->now.rate, generation_of (self->voice));
  return GST_VOICE_STAGE_CLASS (gst_voice_deepgram_tts_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (stage);

  tts_socket_stop (self->socket, GOODBYE);
  gst_voice_provider_stop (self->provider);
  GST_VOICE_STAGE_CLASS (gst_voice_deepgram_tts_parent_class)->stop (stage);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_deepgram_tts_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    tts_socket_open (GST_VOICE_DEEPGRAM_TTS (element)->socket);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (object);

  if (gst_voice_provider_set (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RATE:
      self->rate = g_value_get_uint (value);
      break;
    case PROP_SPEED:
      self->speed = g_value_get_double (value);
      break;
    case PROP_MIP_OPT_OUT:
      self->mip_opt_out = g_value_get_boolean (value);
      break;
    case PROP_EXTRA:
      g_free (self->extra);
      self->extra = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (object);

  if (gst_voice_provider_get (self->provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RATE:
      g_value_set_uint (value, self->rate);
      break;
    case PROP_SPEED:
      g_value_set_double (value, self->speed);
      break;
    case PROP_MIP_OPT_OUT:
      g_value_set_boolean (value, self->mip_opt_out);
      break;
    case PROP_EXTRA:
      g_value_set_string (value, self->extra);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceDeepgramTts *self = GST_VOICE_DEEPGRAM_TTS (object);

  tts_socket_free (self->socket);
  gst_voice_provider_free (self->provider);
  g_free (self->voice);
  g_free (self->more);
  g_free (self->extra);
  G_OBJECT_CLASS (gst_voice_deepgram_tts_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  /**
   * GstVoiceDeepgramTts:rate:
   *
   * Sampling rate of the sound: 8000, 16000, 24000 or 48000. What `playout`
   * plays at saves a conversion.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate",
      "Sampling rate of the sound: 8000, 16000, 24000 or 48000", 8000, 48000,
      DEFAULT_RATE, FLAGS);
  /**
   * GstVoiceDeepgramTts:speed:
   *
   * How fast it speaks, 1.0 being the voice's own speed.
   */
  props[PROP_SPEED] = g_param_spec_double ("speed", "Speed",
      "How fast it speaks", 0.7, 1.5, DEFAULT_SPEED, FLAGS);
  /**
   * GstVoiceDeepgramTts:mip-opt-out:
   *
   * Whether Deepgram may not use the calls to improve its models.
   */
  props[PROP_MIP_OPT_OUT] = g_param_spec_boolean ("mip-opt-out",
      "MIP opt-out", "Whether the calls may not be used to improve models",
      FALSE, FLAGS);
  /**
   * GstVoiceDeepgramTts:extra:
   *
   * More of the query string, as it is: `tag=clinic`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "More of the query string, as it is", NULL, FLAGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gst_voice_provider_install (object_class, N_PROPS, &info);
}

static void
gst_voice_deepgram_tts_class_init (GstVoiceDeepgramTtsClass * klass)
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
  gst_element_class_set_static_metadata (element_class, "Deepgram",
      "Audio/Text/Filter", "Speaks text with Deepgram", "gst-voice");
}

static void
gst_voice_deepgram_tts_init (GstVoiceDeepgramTts * self)
{
  static const TtsSocketFuncs funcs = {
    .connect = connect_link,
    .begun = begun,
    .ask = ask,
    .forget = forget,
    .text = on_text,
    .binary = on_binary,
  };

  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->socket = tts_socket_new (GST_VOICE_TTS (self), self->provider, &funcs);
  self->rate = DEFAULT_RATE;
  self->speed = DEFAULT_SPEED;
}
