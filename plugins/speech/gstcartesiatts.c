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
#include "tts-socket.h"

#include <gst-voice/error.h>
#include <gst-voice/provider.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (cartesiatts_debug);
#define GST_CAT_DEFAULT cartesiatts_debug

/* Of the API: it says what fields and errors look like. */
#define VERSION_DATE "2026-03-01"
#define DEFAULT_RATE 24000
#define DEFAULT_SPEED 1.0
#define MAX_WORDS 2000

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_READY)

struct _GstVoiceCartesiaTts
{
  GstVoiceTts parent;

  /* set once in init */
  GstVoiceProvider *provider;
  TtsSocket *socket;

  /* object lock */
  guint rate;
  gdouble speed;
  gchar *extra;

  /* state changes, read by the task */
  CartesiaSettings now;
  JsonNode *more;               /* (nullable): what `extra` says */

  /* task only, and state changes while it does not run */
  guint contexts;               /* of this call */
  gchar *context;               /* (nullable): of the sentence in work */
  GArray *words;                /* of CartesiaWord: of it */
  guint n_told;                 /* of them */
  gboolean sounded;
};

enum
{
  PROP_RATE = 1,
  PROP_SPEED,
  PROP_EXTRA,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static const GstVoiceProviderInfo info = {
  .name = "cartesia",
  .url = "https://api.cartesia.ai",
  .key_variable = "CARTESIA_API_KEY",
  .model = "sonic-3",
  .voice = "f786b574-daa5-4673-aa0c-cbe3e8534c02",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000,
      .total = 60000},
  .probe = "/voices?limit=1",
  .probe_headers = (const gchar * const[]) {"Authorization", "Bearer ${key}",
      "Cartesia-Version", VERSION_DATE, NULL},
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 48000, 16000, 8000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceCartesiaTts, gst_voice_cartesia_tts,
    GST_TYPE_VOICE_TTS, GST_DEBUG_CATEGORY_INIT (cartesiatts_debug,
        "cartesiatts", 0, "Cartesia speech synthesis"));
GST_ELEMENT_REGISTER_DEFINE (cartesiatts, "cartesiatts", GST_RANK_NONE,
    GST_TYPE_VOICE_CARTESIA_TTS);

static GstVoiceLink *
connect_link (GstVoiceTts * tts)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  GstVoiceLink *link = gst_voice_provider_socket (self->provider,
      "/tts/websocket");

  gst_voice_link_set_header (link, "Cartesia-Version", VERSION_DATE);
  gst_voice_provider_bearer (self->provider, link);
  return link;
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
ask (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  gchar *request;

  forget_context (self);
  self->context = g_strdup_printf ("s%u", ++self->contexts);
  request = cartesia_request (&self->now, self->context, text);
  tts_socket_send (self->socket, request);
  g_free (request);
}

/* What comes of it though belongs to nobody. */
static void
forget (GstVoiceTts * tts)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  gchar *request;

  if (!self->context)
    return;
  request = cartesia_cancel (self->context);
  tts_socket_send (self->socket, request);
  g_free (request);
  forget_context (self);
}

static void
give (GstVoiceCartesiaTts * self, GBytes * sound)
{
  GstVoiceWords *words = NULL;

  if (self->words->len > self->n_told) {
    words = gst_voice_words_new (self->words->len);
    for (guint i = 0; i < words->n; i++) {
      const CartesiaWord *word = &g_array_index (self->words, CartesiaWord, i);

      words->word[i].text = g_strdup (word->text);
      words->word[i].start = word->start;
      words->word[i].end = word->end;
    }
    self->n_told = words->n;
  }
  tts_socket_sound (self->socket, sound, words);
  if (words)
    gst_voice_words_unref (words);
}

/* They come before their sound or behind it. */
static void
take_words (GstVoiceCartesiaTts * self, const CartesiaMessage * message)
{
  GBytes *none;

  for (guint i = 0; i < message->words->len; i++) {
    CartesiaWord word = g_array_index (message->words, CartesiaWord, i);

    if (self->words->len == MAX_WORDS)
      break;
    word.text = g_strdup (word.text);
    g_array_append_val (self->words, word);
  }
  if (!self->sounded)
    return;
  none = g_bytes_new_static (NULL, 0);
  give (self, none);
  g_bytes_unref (none);
}

static void
take_sound (GstVoiceCartesiaTts * self, const CartesiaMessage * message)
{
  if (!message->sound || g_bytes_get_size (message->sound) == 0)
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

  if (strstr (name, "quota") || strstr (name, "credit"))
    code = GST_VOICE_ERROR_QUOTA;
  return g_error_new (GST_VOICE_ERROR, code, "Cartesia refused the sentence "
      "with %u (%s, request %s): look that up, and check voice, model and "
      "language", message->status, name,
      message->request_id ? message->request_id : "unknown");
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
      tts_socket_done (self->socket);
      break;
    case CARTESIA_ERROR:
      forget_context (self);
      tts_socket_fail (self->socket, error_of (message));
      break;
    default:
      break;
  }
}

/* An error without a context is about what we have asked for last. */
static void
on_text (GstVoiceTts * tts, const gchar * text, gsize size)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (tts);
  CartesiaMessage *message = cartesia_message_parse (text, size, NULL);

  if (!message) {
    tts_socket_break (self->socket, g_error_new (GST_VOICE_ERROR,
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
speak (GstVoiceTts * tts, const gchar * text)
{
  tts_socket_speak (GST_VOICE_CARTESIA_TTS (tts)->socket, text);
}

static void
cancel (GstVoiceTts * tts)
{
  tts_socket_cancel (GST_VOICE_CARTESIA_TTS (tts)->socket);
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
      "cartesiatts cannot speak at %u Hz: the rate is 8000, 16000, 24000 or "
      "48000", rate);
  return FALSE;
}

static gboolean
configure (GstVoiceCartesiaTts * self, GError ** error)
{
  gchar *extra;
  gboolean ok;

  GST_OBJECT_LOCK (self);
  self->now.rate = self->rate;
  self->now.speed = self->speed;
  extra = g_strdup (self->extra);
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&self->more, json_node_unref);
  ok = is_known_rate (self->now.rate, error)
      && gst_voice_provider_parse (self->provider, "extra", extra, &self->more,
      error)
      && gst_voice_provider_start (self->provider, error);
  g_free (extra);
  self->now.extra = self->more ? json_node_get_object (self->more) : NULL;
  self->now.model = gst_voice_provider_model (self->provider);
  self->now.voice = gst_voice_provider_voice (self->provider);
  self->now.language = gst_voice_provider_language (self->provider);
  return ok;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (stage);

  if (!configure (self, error))
    return FALSE;
  tts_socket_start (self->socket, self->now.rate, self->now.model);
  return GST_VOICE_STAGE_CLASS (gst_voice_cartesia_tts_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (stage);

  tts_socket_stop (self->socket, NULL);
  forget_context (self);
  gst_voice_provider_stop (self->provider);
  GST_VOICE_STAGE_CLASS (gst_voice_cartesia_tts_parent_class)->stop (stage);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_cartesia_tts_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    tts_socket_open (GST_VOICE_CARTESIA_TTS (element)->socket);
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (object);

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
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (object);

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
  GstVoiceCartesiaTts *self = GST_VOICE_CARTESIA_TTS (object);

  tts_socket_free (self->socket);
  gst_voice_provider_free (self->provider);
  g_clear_pointer (&self->more, json_node_unref);
  g_array_unref (self->words);
  g_free (self->context);
  g_free (self->extra);
  G_OBJECT_CLASS (gst_voice_cartesia_tts_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  /**
   * GstVoiceCartesiaTts:rate:
   *
   * Sampling rate of the sound: 8000, 16000, 24000 or 48000. What `playout`
   * plays at saves a conversion.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate",
      "Sampling rate of the sound: 8000, 16000, 24000 or 48000", 8000, 48000,
      DEFAULT_RATE, FLAGS);
  /**
   * GstVoiceCartesiaTts:speed:
   *
   * How fast it speaks, 1.0 being the voice's own speed. Models before sonic-3
   * know but slower and faster.
   */
  props[PROP_SPEED] = g_param_spec_double ("speed", "Speed",
      "How fast it speaks", 0.6, 1.5, DEFAULT_SPEED, FLAGS);
  /**
   * GstVoiceCartesiaTts:extra:
   *
   * More members of each request, as a JSON object:
   * `{"generation_config": {"emotion": "calm", "speed": 0.9}}`. What it says of
   * `generation_config` is in the place of `speed`.
   */
  props[PROP_EXTRA] = g_param_spec_string ("extra", "Extra",
      "More members of each request, as a JSON object", NULL, FLAGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  gst_voice_provider_install (object_class, N_PROPS, &info);
}

static void
gst_voice_cartesia_tts_class_init (GstVoiceCartesiaTtsClass * klass)
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
  gst_element_class_set_static_metadata (element_class, "Cartesia",
      "Audio/Text/Filter", "Speaks text with Cartesia", "gst-voice");
}

static void
gst_voice_cartesia_tts_init (GstVoiceCartesiaTts * self)
{
  static const TtsSocketFuncs funcs = {
    .connect = connect_link,
    .ask = ask,
    .forget = forget,
    .text = on_text,
  };

  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  self->socket = tts_socket_new (GST_VOICE_TTS (self), self->provider, &funcs);
  self->words = g_array_new (FALSE, FALSE, sizeof (CartesiaWord));
  g_array_set_clear_func (self->words, cartesia_word_clear);
  self->rate = DEFAULT_RATE;
  self->speed = DEFAULT_SPEED;
}
