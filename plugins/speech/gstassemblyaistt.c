/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-assemblyaistt
 * @title: assemblyaistt
 *
 * Recognises speech with AssemblyAI's streaming models (version 3 of its
 * protocol). The connection stands from the beginning; when it breaks or the
 * session expires, what was not final is sent again over a new one, and times
 * stay true. After `attempts` in vain the element fails.
 *
 * Each turn of AssemblyAI's is one of our finals. Its end of a turn is also
 * told as `voice/end-of-turn`, unless it was us who asked for it: when a `vad`
 * says that the sound is over, the final is asked for at once
 * (`force-endpoint`). Without that AssemblyAI judges alone.
 *
 * The key is taken from the environment variable `ASSEMBLYAI_API_KEY` unless
 * `api-key` says otherwise. A file has to be played in real time (`clocksync`).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc \
 *   location=/usr/share/pocketsphinx/test/data/goforward.raw ! \
 *   audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000 ! \
 *   clocksync ! vad ! assemblyaistt language=en ! fakesink
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstassemblyaistt.h"

#include "assemblyai-wire.h"

GST_DEBUG_CATEGORY_STATIC (assemblyaistt_debug);
#define GST_CAT_DEFAULT assemblyaistt_debug

/* A word's end may be told a little early. */
#define TAIL (100 * GST_MSECOND)

typedef struct
{
  gboolean format_turns, force_endpoint;
  gdouble end_of_turn_confidence;
  guint min_turn_silence, max_turn_silence;
  gchar *extra;
} Settings;

struct _GstVoiceAssemblyaiStt
{
  GstVoiceStreamStt parent;

  /* task only, and state changes while it does not run */
  guint turn;                   /* the first that is not over */
  gboolean forced;              /* its end is our doing */
  AssemblyaiMessage *held;      /* (nullable): its end, not yet formatted */
};

static const GstVoiceOption options[] = {
  /**
   * GstVoiceAssemblyaiStt:format-turns:
   *
   * Whether finals have capitals and punctuation; older models take a little
   * longer for them. Newer ones always have.
   */
  {"format-turns", "Format turns",
        "Whether finals have capitals and punctuation", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, format_turns)},
  /**
   * GstVoiceAssemblyaiStt:force-endpoint:
   *
   * Whether to ask for the final when `vad` says that the sound is over.
   */
  {"force-endpoint", "Force endpoint",
        "Whether to ask for the final when the sound is over", G_TYPE_BOOLEAN,
      G_STRUCT_OFFSET (Settings, force_endpoint),.usual = TRUE},
  /**
   * GstVoiceAssemblyaiStt:end-of-turn-confidence:
   *
   * How sure AssemblyAI has to be that a turn is over; negative for its own
   * default.
   */
  {"end-of-turn-confidence", "End of turn confidence",
        "How sure it has to be of the end of a turn, negative: as usual",
        G_TYPE_DOUBLE, G_STRUCT_OFFSET (Settings, end_of_turn_confidence), -1,
        1,
      -1},
  /**
   * GstVoiceAssemblyaiStt:min-turn-silence:
   *
   * After how much silence a turn is over if AssemblyAI is sure, in
   * milliseconds; 0 for its own default.
   */
  {"min-turn-silence", "Least turn silence",
        "After how much silence a turn is over if it is sure, in ms, 0: as "
        "usual", G_TYPE_UINT, G_STRUCT_OFFSET (Settings, min_turn_silence), 0,
      60000},
  /**
   * GstVoiceAssemblyaiStt:max-turn-silence:
   *
   * After how much silence a turn is over in any case, in milliseconds; 0 for
   * AssemblyAI's own default.
   */
  {"max-turn-silence", "Most turn silence",
        "After how much silence a turn is over in any case, in ms, 0: as "
        "usual", G_TYPE_UINT, G_STRUCT_OFFSET (Settings, max_turn_silence), 0,
      60000},
  /**
   * GstVoiceAssemblyaiStt:extra:
   *
   * More of the query string, as it is: `vad_threshold=0.5`.
   */
  {"extra", "Extra", "More of the query string, as it is", G_TYPE_STRING,
      G_STRUCT_OFFSET (Settings, extra)},
};

static const GstVoiceProviderInfo info = {
  .name = "assemblyai",
  .url = "https://streaming.assemblyai.com",
  .key_variable = "ASSEMBLYAI_API_KEY",
  .model = "universal-streaming",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 2000,.stall = 2000},
  .headers = (const gchar * const[]) {"Authorization", "${key}", NULL},
  .probe = "/v3/token?expires_in_seconds=60",
  .options = options,
  .n_options = G_N_ELEMENTS (options),
  .options_size = sizeof (Settings),
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 16000, 8000, 12000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceAssemblyaiStt,
    gst_voice_assemblyai_stt, GST_TYPE_VOICE_STREAM_STT,
    GST_DEBUG_CATEGORY_INIT (assemblyaistt_debug, "assemblyaistt", 0,
        "AssemblyAI speech recognition"));
GST_ELEMENT_REGISTER_DEFINE (assemblyaistt, "assemblyaistt", GST_RANK_NONE,
    GST_TYPE_VOICE_ASSEMBLYAI_STT);

static const Settings *
settings_of (GstVoiceAssemblyaiStt * self)
{
  return gst_voice_provider_options (self->parent.provider);
}

static void
tell (GstVoiceAssemblyaiStt * self, const AssemblyaiMessage * message,
    gboolean is_final)
{
  const SttSaying saying = {
    .text = message->text,
    .start = SPEECH_NO_TIME,
    .end = SPEECH_NO_TIME,
    .confidence = message->confidence,
    .language = message->language,
    .words = message->words,
    .asked_for = self->forced,
  };

  gst_voice_stream_stt_tell (GST_VOICE_STREAM_STT (self), &saying, is_final);
}

static void
end_turn (GstVoiceAssemblyaiStt * self, const AssemblyaiMessage * message)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  guint n = message->words->len;

  tell (self, message, TRUE);
  if (n > 0)
    gst_voice_stream_stt_cover (stream, gst_voice_stream_stt_sample (stream,
            g_array_index (message->words, SpeechWord, n - 1).end + TAIL));
  if (!self->forced)
    gst_voice_stream_stt_end_of_turn (stream, message->end_of_turn_confidence);
  self->forced = FALSE;
  self->turn = message->turn + 1;
}

/* Some models format a turn in a second message, some do not. */
static void
end_held (GstVoiceAssemblyaiStt * self)
{
  AssemblyaiMessage *held = g_steal_pointer (&self->held);

  if (!held)
    return;
  end_turn (self, held);
  assemblyai_message_free (held);
}

/* Returns: whether the message was taken */
static gboolean
take_turn (GstVoiceAssemblyaiStt * self, AssemblyaiMessage * message)
{
  if (message->turn < self->turn)
    return FALSE;
  if (message->turn > self->turn)
    end_held (self);
  if (!message->end_of_turn) {
    if (!self->held)
      tell (self, message, FALSE);
    return FALSE;
  }
  if (settings_of (self)->format_turns && !message->formatted) {
    tell (self, message, FALSE);
    g_clear_pointer (&self->held, assemblyai_message_free);
    self->held = message;
    return TRUE;
  }
  g_clear_pointer (&self->held, assemblyai_message_free);
  end_turn (self, message);
  return FALSE;
}

static void
take_termination (GstVoiceAssemblyaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);

  end_held (self);
  if (stream->finishing)
    gst_voice_stream_stt_drained (stream);
}

static gboolean
text (GstVoiceStreamStt * stream, const gchar * text, gsize size)
{
  GstVoiceAssemblyaiStt *self = GST_VOICE_ASSEMBLYAI_STT (stream);
  AssemblyaiMessage *message = assemblyai_message_parse (text, size, NULL);
  gboolean taken = FALSE;

  if (!message)
    return FALSE;
  switch (message->type) {
    case ASSEMBLYAI_BEGIN:
      GST_INFO_OBJECT (self, "session %s", message->session);
      gst_voice_stream_stt_expires (stream, message->expires);
      break;
    case ASSEMBLYAI_TURN:
      taken = take_turn (self, message);
      gst_voice_stream_stt_watch (stream);
      break;
    case ASSEMBLYAI_TERMINATION:
      take_termination (self);
      break;
    case ASSEMBLYAI_WARNING:
    case ASSEMBLYAI_ERROR:
      GST_WARNING_OBJECT (self, "%s", message->text);
      break;
    default:
      break;
  }
  if (!taken)
    assemblyai_message_free (message);
  return TRUE;
}

static GError *
why (GstVoiceStreamStt * stream, const GstVoiceLinkEnd * end, gboolean * quiet)
{
  GstVoiceError code;
  const gchar *what;

  if (!assemblyai_close_error (end->close_code, end->reason, &code, &what))
    return NULL;
  /* Its time was over. */
  *quiet = code == GST_VOICE_ERROR_DISCONNECTED;
  return g_error_new (GST_VOICE_ERROR, code, "AssemblyAI %s (code %u)", what,
      end->close_code);
}

static void
reset (GstVoiceStreamStt * stream)
{
  GstVoiceAssemblyaiStt *self = GST_VOICE_ASSEMBLYAI_STT (stream);

  self->turn = 0;
  self->forced = FALSE;
  g_clear_pointer (&self->held, assemblyai_message_free);
}

static gchar *
path (GstVoiceStreamStt * stream)
{
  const Settings *now = gst_voice_provider_options (stream->provider);
  const AssemblyaiSettings settings = {
    .model = gst_voice_provider_model (stream->provider),
    .language = gst_voice_provider_language (stream->provider),
    .rate = stream->rate,
    .key_terms = stream->now.key_terms,
    .format_turns = now->format_turns,
    .end_of_turn_confidence = now->end_of_turn_confidence,
    .min_turn_silence = now->min_turn_silence,
    .max_turn_silence = now->max_turn_silence,
    .extra = now->extra,
  };
  guint left_out;
  gchar *path = assemblyai_path (&settings, &left_out);

  if (left_out)
    GST_INFO_OBJECT (stream, "%u key terms are too many or too long", left_out);
  return path;
}

static void
ask_for_final (GstVoiceStreamStt * stream)
{
  GST_VOICE_ASSEMBLYAI_STT (stream)->forced = TRUE;
  gst_voice_link_send_text (stream->link, "{\"type\":\"ForceEndpoint\"}");
}

static void
finish (GstVoiceStreamStt * stream)
{
  gst_voice_link_send_text (stream->link, "{\"type\":\"Terminate\"}");
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoiceAssemblyaiStt *self = GST_VOICE_ASSEMBLYAI_STT (stt);

  GST_VOICE_STT_CLASS (gst_voice_assemblyai_stt_parent_class)->speech (stt,
      what, time);
  if (what == GST_VOICE_STT_START)
    self->forced = FALSE;
  if (what == GST_VOICE_STT_STOP && settings_of (self)->force_endpoint)
    gst_voice_stream_stt_ask (GST_VOICE_STREAM_STT (stt));
}

static void
gst_voice_assemblyai_stt_class_init (GstVoiceAssemblyaiSttClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStreamSttClass *stream_class = GST_VOICE_STREAM_STT_CLASS (klass);

  gst_voice_provider_install (G_OBJECT_CLASS (klass), &info);
  GST_VOICE_STT_CLASS (klass)->speech = GST_DEBUG_FUNCPTR (speech);
  GST_VOICE_STT_CLASS (klass)->wait = 420 * GST_MSECOND;
  stream_class->info = &info;
  stream_class->whole_chunks = TRUE;
  /* It hangs up on whoever sends much faster than one speaks. */
  stream_class->pace = 2;
  stream_class->keep_alive = "{\"type\":\"KeepAlive\"}";
  /* It charges for sessions until they are over. */
  stream_class->by_time = TRUE;
  stream_class->goodbye = "{\"type\":\"Terminate\"}";
  stream_class->path = path;
  stream_class->ask_for_final = ask_for_final;
  stream_class->finish = finish;
  stream_class->text = text;
  stream_class->why = why;
  stream_class->reset = reset;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "AssemblyAI",
      "Audio/Text/Filter", "Recognises speech with AssemblyAI", "gst-voice");
}

static void
gst_voice_assemblyai_stt_init (GstVoiceAssemblyaiStt * self)
{
}
