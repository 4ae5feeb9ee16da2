/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-openaitts
 * @title: openaitts
 *
 * Speaks with OpenAI (`/audio/speech`), or with any service that has the same
 * protocol at `url`, such as `http://localhost:8880/v1`. The sound is passed on
 * as it comes, one request a sentence over connections that are kept; there are
 * no times of words.
 *
 * - The key is taken from the environment variable `OPENAI_API_KEY` unless
 *   `api-key` says otherwise. A service of one's own needs none.
 * - An interruption takes the request back.
 * - A request whose connection breaks before anything has come is sent once
 *   more, on a new connection. Every other failure is one, with a code
 *   (docs/events.md).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=/etc/debian_version ! \
 *   text/x-raw,format=utf8 ! openaitts voice=coral \
 *   instructions="Speak slowly and in a friendly way." ! \
 *   wavenc ! filesink location=/dev/null
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenaitts.h"

#include "openai-speech.h"

#include <gst-voice/http.h>
#include <gst-voice/price.h>
#include <gst-voice/provider.h>
#include <openai-wire.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (openaitts_debug);
#define GST_CAT_DEFAULT openaitts_debug

#define PATH "/audio/speech"
/* No sentence is longer, however slowly it is spoken: the service babbles. */
#define MAX_SOUND (20 * GST_SECOND)
#define MAX_SOUND_PER_CHARACTER (GST_SECOND / 2)

typedef struct
{
  gchar *instructions, *extra;
  gdouble speed;
  JsonNode *more;               /* (nullable): what `extra` says */
} Settings;

/* One sentence on its way. */
typedef struct
{
  GstVoiceLink *link;           /* (nullable): when it is over */
  GBytes *body;
  guint characters;
  gboolean repeated;
  OpenaiSound *sound;
  gint64 asked_us;
  GstClockTime first;           /* how long the first samples took */
} Ask;

struct _GstVoiceOpenaiTts
{
  GstVoiceTts parent;

  GstVoiceProvider *provider;   /* set once in init; has its own rules */

  Ask *ask;                     /* task only (nullable) */
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceOpenaiTts:instructions:
   *
   * How to speak, in words: "Speak like a calm nurse." Not for `tts-1` and
   * `tts-1-hd`.
   */
  {"instructions", "Instructions", "How to speak, in words", G_TYPE_STRING,
      G_STRUCT_OFFSET (Settings, instructions)},
  /**
   * GstVoiceOpenaiTts:speed:
   *
   * How fast it speaks, for the models that can.
   */
  {"speed", "Speed", "How fast it speaks", G_TYPE_DOUBLE,
      G_STRUCT_OFFSET (Settings, speed), 0.25, 4, 1.0},
  /**
   * GstVoiceOpenaiTts:extra:
   *
   * A JSON object whose members go into every request, over ours; one that is
   * null takes ours out.
   */
  {"extra", "Extra",
        "A JSON object whose members go into every request, over ours",
        G_TYPE_STRING, G_STRUCT_OFFSET (Settings, extra),
      .object = G_STRUCT_OFFSET (Settings, more)},
};

static const GstVoiceProviderInfo info = {
  .name = "openai",
  .url = "https://api.openai.com/v1",
  .key_variable = "OPENAI_API_KEY",
  .model = "gpt-4o-mini-tts",
  .voice = "coral",
  .deadlines = {2000, 3000, 2000, 30000},
  .headers = (const gchar * const[]) {"Authorization", "Bearer ${key}", NULL},
  .probe = "/models",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int)[ 8000, 48000 ]"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceOpenaiTts, gst_voice_openai_tts,
    GST_TYPE_VOICE_TTS, GST_DEBUG_CATEGORY_INIT (openaitts_debug, "openaitts",
        0, "speech synthesis of OpenAI and the like"));
GST_ELEMENT_REGISTER_DEFINE (openaitts, "openaitts", GST_RANK_NONE,
    GST_TYPE_VOICE_OPENAI_TTS);

static void
ask_free (Ask * ask)
{
  gst_voice_link_close (ask->link);
  g_bytes_unref (ask->body);
  openai_sound_free (ask->sound);
  g_free (ask);
}

static void
forget (GstVoiceOpenaiTts * self)
{
  g_clear_pointer (&self->ask, ask_free);
}

/* Takes @error. */
static void
fail (GstVoiceOpenaiTts * self, GError * error, gint64 retry_after)
{
  gst_voice_link_blame (self->ask->link, error);
  forget (self);
  gst_voice_provider_refused (self->provider, error, retry_after);
  gst_voice_tts_fail (GST_VOICE_TTS (self), error);
}

static void
fail_with (GstVoiceOpenaiTts * self, const gchar * text)
{
  fail (self, g_error_new_literal (GST_VOICE_ERROR,
          GST_VOICE_ERROR_BAD_RESPONSE, text), -1);
}

static GstClockTime
sound_of (const Ask * ask)
{
  return gst_util_uint64_scale_int (openai_sound_samples (ask->sound),
      GST_SECOND, openai_sound_rate (ask->sound));
}

static void
tell_cost (GstVoiceOpenaiTts * self)
{
  const gchar *model = gst_voice_provider_model (self->provider);
  const GstVoiceAmount amount = {
    .characters = self->ask->characters,
    .audio = sound_of (self->ask),
  };

  gst_voice_tts_cost (GST_VOICE_TTS (self), model, gst_voice_price
      (gst_voice_provider_service (self->provider), model, &amount));
}

/* Takes both; one of them is NULL. */
static void
take_samples (GstVoiceOpenaiTts * self, GBytes * samples, GError * error)
{
  Ask *ask = self->ask;

  if (error) {
    fail (self, error, -1);
    return;
  }
  if (g_bytes_get_size (samples) > 0) {
    if (!GST_CLOCK_TIME_IS_VALID (ask->first))
      ask->first = (g_get_monotonic_time () - ask->asked_us) * GST_USECOND;
    gst_voice_tts_set_rate (GST_VOICE_TTS (self),
        openai_sound_rate (ask->sound));
    gst_voice_tts_audio (GST_VOICE_TTS (self),
        gst_buffer_new_wrapped_bytes (samples), NULL);
  }
  g_bytes_unref (samples);
  if (sound_of (ask) > MAX_SOUND + ask->characters * MAX_SOUND_PER_CHARACTER)
    fail_with (self, "the service sent much more sound than the sentence "
        "needs: check the model");
}

static void
on_binary (GstVoiceStage * stage, GBytes * bytes, gpointer data)
{
  GstVoiceOpenaiTts *self = data;
  GError *error = NULL;
  GBytes *samples = openai_sound_take (self->ask->sound, bytes, &error);

  take_samples (self, samples, error);
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  GstVoiceOpenaiTts *self = data;
  GError *error = NULL;
  GBytes *samples = openai_sound_event (self->ask->sound, text, size, &error);

  take_samples (self, samples, error);
}

static void send_ask (GstVoiceOpenaiTts * self);

/* An idle connection may be closed while the request is on its way. */
static gboolean
may_be_repeated (const Ask * ask, const GstVoiceLinkEnd * end)
{
  return !ask->repeated && end->error->code == GST_VOICE_ERROR_DISCONNECTED
      && end->went_out && end->http_status == 0 && !end->received;
}

static void
lose (GstVoiceOpenaiTts * self, const GstVoiceLinkEnd * end)
{
  gint64 retry_after = end->retry_after;
  GError *error;

  if (may_be_repeated (self->ask, end)) {
    self->ask->repeated = TRUE;
    g_clear_pointer (&self->ask->link, gst_voice_link_close);
    send_ask (self);
    return;
  }
  error = end->http_status >= 400 ?
      openai_refusal (end->error, end->body, &retry_after) :
      g_error_copy (end->error);
  gst_voice_error_inherit (error, end->error);
  GST_INFO_OBJECT (self, "status %u, request %s", end->http_status,
      end->request_id ? end->request_id : "-");
  /* Who refuses a key quotes it. */
  if (end->body && error->code != GST_VOICE_ERROR_AUTH)
    GST_INFO_OBJECT (self, "it says: %s", end->body);
  if (openai_sound_samples (self->ask->sound) > 0)
    tell_cost (self);
  fail (self, error, retry_after);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  GstVoiceOpenaiTts *self = data;

  if (end->error) {
    lose (self, end);
  } else if (openai_sound_samples (self->ask->sound) == 0) {
    fail_with (self, "the service spoke nothing: check voice and model");
  } else {
    gst_voice_provider_answered (self->provider, self->ask->first);
    tell_cost (self);
    forget (self);
    gst_voice_tts_done (GST_VOICE_TTS (self));
  }
}

static void
send_ask (GstVoiceOpenaiTts * self)
{
  static const GstVoiceLinkEvents events = {
    .text = on_text,
    .binary = on_binary,
    .closed = on_closed,
  };
  Ask *ask = self->ask;

  ask->link = gst_voice_provider_http (self->provider, "POST", PATH);
  gst_voice_link_set_body (ask->link, ask->body, "application/json");
  gst_voice_link_set_fresh (ask->link, ask->repeated);
  gst_voice_link_open (ask->link, &events, self);
}

static GBytes *
make_body (GstVoiceOpenaiTts * self, const gchar * text)
{
  const Settings *now = gst_voice_provider_options (self->provider);
  const OpenaiSpeech speech = {
    .model = gst_voice_provider_model (self->provider),
    .voice = gst_voice_provider_voice (self->provider),
    .input = text,
    .instructions = now->instructions,
    .speed = now->speed,
    .extra = now->more ? json_node_get_object (now->more) : NULL,
  };
  gchar *json = openai_speech_to_json (&speech);

  return g_bytes_new_take (json, strlen (json));
}

static void
speak (GstVoiceTts * tts, const gchar * text)
{
  GstVoiceOpenaiTts *self = GST_VOICE_OPENAI_TTS (tts);
  Ask *ask;

  if (!gst_voice_tts_is_speakable (text)) {
    gst_voice_tts_done (tts);
    return;
  }
  forget (self);
  ask = g_new0 (Ask, 1);
  ask->body = make_body (self, text);
  ask->characters = g_utf8_strlen (text, -1);
  ask->sound = openai_sound_new ();
  ask->asked_us = g_get_monotonic_time ();
  ask->first = GST_CLOCK_TIME_NONE;
  self->ask = ask;
  send_ask (self);
}

static void
cancel (GstVoiceTts * tts)
{
  GstVoiceOpenaiTts *self = GST_VOICE_OPENAI_TTS (tts);

  if (self->ask)
    tell_cost (self);
  forget (self);
}

static void
prewarm (GstVoiceStage * stage, gpointer data)
{
  GstVoiceOpenaiTts *self = GST_VOICE_OPENAI_TTS (stage);

  if (!self->ask)
    gst_voice_http_prewarm (gst_voice_provider_url (self->provider));
}

/* Whoever pauses may have finished, and is answered soon. */
static gboolean
oob (GstVoiceStage * stage, GstEvent * event)
{
  if (gst_voice_event_is (event, "speech-pause"))
    gst_voice_stage_post (stage, prewarm, NULL, NULL);
  return GST_VOICE_STAGE_CLASS (gst_voice_openai_tts_parent_class)->oob (stage,
      event);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  return gst_voice_provider_start (GST_VOICE_OPENAI_TTS (stage)->provider,
      error)
      && GST_VOICE_STAGE_CLASS (gst_voice_openai_tts_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceOpenaiTts *self = GST_VOICE_OPENAI_TTS (stage);

  if (self->ask)
    tell_cost (self);
  GST_VOICE_STAGE_CLASS (gst_voice_openai_tts_parent_class)->stop (stage);
  forget (self);
  gst_voice_provider_stop (self->provider);
}

static void
finalize (GObject * object)
{
  gst_voice_provider_free (GST_VOICE_OPENAI_TTS (object)->provider);
  G_OBJECT_CLASS (gst_voice_openai_tts_parent_class)->finalize (object);
}

static void
gst_voice_openai_tts_class_init (GstVoiceOpenaiTtsClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceTtsClass *tts_class = GST_VOICE_TTS_CLASS (klass);

  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  stage_class->oob = GST_DEBUG_FUNCPTR (oob);
  tts_class->speak = GST_DEBUG_FUNCPTR (speak);
  tts_class->cancel = GST_DEBUG_FUNCPTR (cancel);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "OpenAI speech",
      "Audio/Text/Filter", "Speaks with OpenAI and compatible services",
      "gst-voice");
}

static void
gst_voice_openai_tts_init (GstVoiceOpenaiTts * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
}
