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

#include "deepgram-wire.h"

GST_DEBUG_CATEGORY_STATIC (deepgramstt_debug);
#define GST_CAT_DEFAULT deepgramstt_debug

/* A pause so long may be the end of a turn. */
#define END_OF_TURN_MS 200

typedef struct
{
  gint endpointing;             /* ms, -1: off */
  guint utterance_end;          /* ms, 0: off */
  gboolean finalize, smart_format, numerals, profanity_filter, mip_opt_out;
  gchar *redact, *tag, *extra;
} Settings;

struct _GstVoiceDeepgramStt
{
  GstVoiceStreamStt parent;
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceDeepgramStt:endpointing:
   *
   * After how long a pause words become final, in milliseconds. With 200 or
   * more it is also told as an end of turn.
   */
  {"endpointing", "Endpointing",
        "After how long a pause words are final, in ms, -1 for never",
      G_TYPE_INT, G_STRUCT_OFFSET (Settings, endpointing), -1, 10000, 25},
  /**
   * GstVoiceDeepgramStt:utterance-end:
   *
   * After how long a gap between words the end of a turn is told, in
   * milliseconds; Deepgram knows none below 1000.
   */
  {"utterance-end", "Utterance end",
        "After how long a gap between words a turn is over, in ms, 0 for never",
      G_TYPE_UINT, G_STRUCT_OFFSET (Settings, utterance_end), 0, 10000, 1000},
  /**
   * GstVoiceDeepgramStt:finalize:
   *
   * Whether to ask for the final when `vad` says that the sound is over.
   */
  {"finalize", "Finalize",
        "Whether to ask for the final when the sound is over", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, finalize),.usual = TRUE},
  /**
   * GstVoiceDeepgramStt:smart-format:
   *
   * Whether dates, amounts and the like are written as people write them.
   */
  {"smart-format", "Smart format",
        "Whether dates, amounts etc. are written as usual", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, smart_format)},
  /**
   * GstVoiceDeepgramStt:numerals:
   *
   * Whether numbers are written in digits.
   */
  {"numerals", "Numerals", "Whether numbers are written in digits",
      G_TYPE_BOOLEAN, G_STRUCT_OFFSET (Settings, numerals)},
  /**
   * GstVoiceDeepgramStt:profanity-filter:
   *
   * Whether swear words are left out.
   */
  {"profanity-filter", "Profanity filter", "Whether swear words are left out",
      G_TYPE_BOOLEAN, G_STRUCT_OFFSET (Settings, profanity_filter)},
  /**
   * GstVoiceDeepgramStt:redact:
   *
   * What is made unreadable, such as `pci|numbers`, separated by `|`.
   */
  {"redact", "Redact", "What is made unreadable, separated by |",
      G_TYPE_STRING, G_STRUCT_OFFSET (Settings, redact)},
  /**
   * GstVoiceDeepgramStt:tag:
   *
   * What Deepgram's figures call these calls; several are separated by `|`.
   */
  {"tag", "Tag", "What the service's figures call these calls",
      G_TYPE_STRING, G_STRUCT_OFFSET (Settings, tag)},
  /**
   * GstVoiceDeepgramStt:mip-opt-out:
   *
   * Whether Deepgram may not use the calls to improve its models.
   */
  {"mip-opt-out", "MIP opt-out",
        "Whether the calls may not be used to improve models", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, mip_opt_out)},
  /**
   * GstVoiceDeepgramStt:extra:
   *
   * More of the query string, as it is: `version=latest&dictation=true`.
   */
  {"extra", "Extra", "More of the query string, as it is", G_TYPE_STRING,
      G_STRUCT_OFFSET (Settings, extra)},
};

static const GstVoiceProviderInfo info = {
  .name = "deepgram",
  .url = "https://api.deepgram.com",
  .key_variable = "DEEPGRAM_API_KEY",
  .model = "nova-3",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000},
  .headers = (const gchar * const[]) {"Authorization", "Token ${key}", NULL},
  .probe = "/v1/projects",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
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

static const Settings *
settings_of (GstVoiceStreamStt * stream)
{
  return gst_voice_provider_options (stream->provider);
}

static void
take_final (GstVoiceStreamStt * stream, const DeepgramMessage * message)
{
  tell (stream, message);
  if (message->end >= 0)
    gst_voice_stream_stt_cover (stream, gst_voice_stream_stt_sample (stream,
            message->end));
  if (message->speech_final
      && settings_of (stream)->endpointing >= END_OF_TURN_MS)
    gst_voice_stream_stt_end_of_turn (stream, -1);
}

static void
take_results (GstVoiceStreamStt * stream, const DeepgramMessage * message)
{
  if (message->is_final)
    take_final (stream, message);
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
      take_results (stream, message);
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
path (GstVoiceStreamStt * stream)
{
  const Settings *now = settings_of (stream);
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
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (stt);

  GST_VOICE_STT_CLASS (gst_voice_deepgram_stt_parent_class)->speech (stt, what,
      time);
  if (what == GST_VOICE_STT_STOP && settings_of (stream)->finalize)
    gst_voice_stream_stt_ask (stream);
}

static void
gst_voice_deepgram_stt_class_init (GstVoiceDeepgramSttClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStreamSttClass *stream_class = GST_VOICE_STREAM_STT_CLASS (klass);

  gst_voice_provider_install (G_OBJECT_CLASS (klass), &info);
  GST_VOICE_STT_CLASS (klass)->speech = GST_DEBUG_FUNCPTR (speech);
  GST_VOICE_STT_CLASS (klass)->wait = 350 * GST_MSECOND;
  stream_class->info = &info;
  /* It hangs up after ten seconds of nothing. */
  stream_class->keep_alive = "{\"type\":\"KeepAlive\"}";
  stream_class->path = path;
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
}
