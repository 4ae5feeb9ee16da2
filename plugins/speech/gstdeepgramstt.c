/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-deepgramstt
 * @title: deepgramstt
 *
 * Recognises speech with Deepgram's Nova models, or any server that speaks its
 * `/v1/listen` at `url`. The connection stands from the beginning and is kept
 * alive while nobody speaks; when it breaks, what was not final is sent again
 * over a new one, and times stay true. After `attempts` in vain the element
 * fails.
 *
 * Each final of Deepgram's is one of ours. The end of the caller's sound, where
 * a `vad` tells of it, asks for the final at once. `voice/end-of-turn` is sent
 * for Deepgram's UtteranceEnd, and for its speech_final where `endpointing` is
 * 200 ms or more: a shorter pause is one between words.
 *
 * The key is taken from the environment variable `DEEPGRAM_API_KEY` unless
 * `api-key` says otherwise. A file has to be played in real time (`clocksync`).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc \
 *   location=/usr/share/pocketsphinx/test/data/goforward.raw ! \
 *   audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000 ! \
 *   clocksync ! vad ! deepgramstt language=en ! fakesink
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstdeepgramstt.h"

#include "deepgram-options.h"
#include "deepgram-wire.h"

#include <gst-voice/binding.h>
#include <gst-voice/secret.h>

GST_DEBUG_CATEGORY_STATIC (deepgramstt_debug);
#define GST_CAT_DEFAULT deepgramstt_debug

/* A pause so long may be the end of a turn. */
#define END_OF_TURN_MS 200

struct _GstVoiceDeepgramStt
{
  GstVoiceStreamStt parent;

  /* object lock */
  DeepgramOptions options;

  /* state changes, read by the task */
  DeepgramOptions now;
};

static const GstVoiceProviderInfo info = {
  .name = "deepgram",
  .url = "https://api.deepgram.com",
  .key_variable = "DEEPGRAM_API_KEY",
  .model = "nova-3",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000},
  .probe = "/v1/projects",
  .probe_headers = (const gchar * const[]) {"Authorization", "Token ${key}",
      NULL},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 16000, 8000, 12000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceDeepgramStt, gst_voice_deepgram_stt,
    GST_TYPE_VOICE_STREAM_STT,
    GST_DEBUG_CATEGORY_INIT (deepgramstt_debug, "deepgramstt", 0,
        "Deepgram speech recognition"));
GST_ELEMENT_REGISTER_DEFINE (deepgramstt, "deepgramstt", GST_RANK_NONE,
    GST_TYPE_VOICE_DEEPGRAM_STT);

static void
tell (GstVoiceStreamStt * stream, const DeepgramMessage * message)
{
  const SttSaying saying = {
    .text = message->text,
    .start = message->start,
    .end = message->end,
    .confidence = message->confidence,
    .language = message->language,
    .words = message->words,
    .asked_for = message->from_finalize,
  };

  gst_voice_stream_stt_tell (stream, &saying, message->is_final);
}

static void
take_final (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);

  tell (stream, message);
  if (message->end >= 0)
    gst_voice_stream_stt_cover (stream, gst_voice_stream_stt_sample (stream,
            message->end));
  if (message->speech_final && self->now.endpointing >= END_OF_TURN_MS)
    gst_voice_stream_stt_end_of_turn (stream, -1);
}

static void
take_results (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);

  if (message->is_final)
    take_final (self, message);
  else if (message->end < 0 || gst_voice_stream_stt_sample (stream,
          message->end) > stream->covered)
    tell (stream, message);
  /* Else it is late: the final was there before. */
  gst_voice_stream_stt_watch (stream);
}

static gboolean
text (GstVoiceStreamStt * stream, const gchar * text, gsize size)
{
  DeepgramMessage *message = deepgram_message_parse (text, size, NULL);

  if (!message)
    return FALSE;
  switch (message->type) {
    case DEEPGRAM_RESULTS:
      take_results (GST_VOICE_DEEPGRAM_STT (stream), message);
      break;
    case DEEPGRAM_UTTERANCE_END:
      gst_voice_stream_stt_end_of_turn (stream, -1);
      break;
    case DEEPGRAM_METADATA:
      GST_INFO_OBJECT (stream, "request %s", message->request_id);
      if (stream->finishing)
        gst_voice_stream_stt_drained (stream);
      break;
    case DEEPGRAM_ERROR:
      GST_WARNING_OBJECT (stream, "%s: %s", message->code, message->text);
      break;
    default:
      break;
  }
  deepgram_message_free (message);
  return TRUE;
}

static gchar *
path_of (GstVoiceStreamStt * stream)
{
  const DeepgramOptions *now = &GST_VOICE_DEEPGRAM_STT (stream)->now;
  const DeepgramSettings settings = {
    .model = gst_voice_provider_model (stream->provider),
    .language = gst_voice_provider_language (stream->provider),
    .rate = stream->rate,
    .key_terms = stream->now.key_terms,
    .endpointing = now->endpointing,
    .utterance_end = now->utterance_end,
    .smart_format = now->smart_format,
    .numerals = now->numerals,
    .profanity_filter = now->profanity_filter,
    .mip_opt_out = now->mip_opt_out,
    .redact = now->redact,
    .tag = now->tag,
    .extra = now->extra,
  };
  guint left_out;
  gchar *path = deepgram_path (&settings, &left_out);

  if (left_out)
    GST_INFO_OBJECT (stream, "%u key terms are too many", left_out);
  return path;
}

static GstVoiceLink *
make_link (GstVoiceStreamStt * stream)
{
  const gchar *key = gst_voice_provider_key (stream->provider);
  gchar *path = path_of (stream);
  GstVoiceLink *link = gst_voice_provider_socket (stream->provider, path);
  gchar *token;

  g_free (path);
  if (key) {
    token = g_strconcat ("Token ", key, NULL);
    gst_voice_link_set_header (link, "Authorization", token);
    gst_voice_secret_free (token);
  }
  return link;
}

static void
ask_for_final (GstVoiceStreamStt * stream)
{
  gst_voice_link_send_text (stream->link, "{\"type\":\"Finalize\"}");
}

static void
finish (GstVoiceStreamStt * stream)
{
  gst_voice_link_send_text (stream->link, "{\"type\":\"CloseStream\"}");
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GST_VOICE_STT_CLASS (gst_voice_deepgram_stt_parent_class)->speech (stt, what,
      time);
  if (what == GST_VOICE_STT_STOP && GST_VOICE_DEEPGRAM_STT (stt)->now.finalize)
    gst_voice_stream_stt_ask (GST_VOICE_STREAM_STT (stt));
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stage);

  GST_OBJECT_LOCK (self);
  deepgram_options_copy (&self->now, &self->options);
  GST_OBJECT_UNLOCK (self);
  return GST_VOICE_STAGE_CLASS (gst_voice_deepgram_stt_parent_class)->start
      (stage, error);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (object);
  gboolean known;

  if (gst_voice_provider_set (self->parent.provider, id, value, pspec))
    return;
  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  known = deepgram_options_set (&self->options, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (object);
  gboolean known;

  if (gst_voice_provider_get (self->parent.provider, id, value, pspec))
    return;
  GST_OBJECT_LOCK (self);
  known = deepgram_options_get (&self->options, id, value);
  GST_OBJECT_UNLOCK (self);
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
finalize (GObject * object)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (object);

  deepgram_options_clear (&self->options);
  deepgram_options_clear (&self->now);
  G_OBJECT_CLASS (gst_voice_deepgram_stt_parent_class)->finalize (object);
}

static void
gst_voice_deepgram_stt_class_init (GstVoiceDeepgramSttClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStreamSttClass *stream_class = GST_VOICE_STREAM_STT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  deepgram_options_install (object_class);
  gst_voice_provider_install (object_class, DEEPGRAM_N_OPTIONS, &info);
  GST_VOICE_STAGE_CLASS (klass)->start = GST_DEBUG_FUNCPTR (start);
  GST_VOICE_STT_CLASS (klass)->speech = GST_DEBUG_FUNCPTR (speech);
  GST_VOICE_STT_CLASS (klass)->wait = 350 * GST_MSECOND;
  stream_class->info = &info;
  /* It hangs up after ten seconds of nothing. */
  stream_class->keep_alive = "{\"type\":\"KeepAlive\"}";
  stream_class->make_link = make_link;
  stream_class->ask_for_final = ask_for_final;
  stream_class->finish = finish;
  stream_class->text = text;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Deepgram",
      "Audio/Text/Filter", "Recognises speech with Deepgram", "gst-voice");
}

static void
gst_voice_deepgram_stt_init (GstVoiceDeepgramStt * self)
{
  deepgram_options_init (&self->options);
}
