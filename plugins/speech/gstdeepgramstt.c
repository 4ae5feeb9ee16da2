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
#include "stt-sound.h"

#include <gst-voice/binding.h>
#include <gst-voice/error.h>
#include <gst-voice/provider.h>
#include <gst-voice/secret.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (deepgramstt_debug);
#define GST_CAT_DEFAULT deepgramstt_debug

#define CHUNK (50 * GST_MSECOND)
#define REPLAY_CHUNK (250 * GST_MSECOND)
/* Deepgram hangs up after ten seconds of nothing. */
#define KEEP_ALIVE_MS 4000
#define PING_S 10
/* Longer than that we do not wait before we try again. */
#define MAX_DELAY_MS 5000
/* One that held so long counts as a good one. */
#define GOOD_US (30 * G_USEC_PER_SEC)
/* What is kept while nobody speaks: `vad` says of an onset a little later. */
#define IDLE_KEPT (2 * GST_SECOND)
/* A pause so long may be the end of a turn. */
#define END_OF_TURN_MS 200
/* Without sound for so long, it has stopped: somebody is muted. */
#define FLOW (1 * GST_SECOND)
#define FLOW_TIMER 0

struct _GstVoiceDeepgramStt
{
  GstVoiceStt parent;

  /* set once in init */
  GstVoiceProvider *provider;

  /* object lock */
  DeepgramOptions options;

  /* state changes, read by the task */
  DeepgramOptions now;

  /* task only, and state changes while it does not run */
  guint rate;
  SttSound *sound;              /* (nullable): before the rate is known */
  GstVoiceLink *link;           /* (nullable): before that, and after all */
  guint attempts;               /* in vain */
  gint64 opened_us;
  guint64 base;                 /* the first sample of this connection */
  guint64 sent;                 /* the next one that is to be sent */
  guint64 covered;              /* all before it is final */
  guint segment;
  gboolean pending;             /* the segment has an interim */
  gboolean unended;             /* words since the last end of turn */
  gboolean by_vad, speaking;
  gboolean flowing, timed;      /* timed: the timer looks after that */
  guint64 flowed;               /* the end of the sound when it last looked */
  gboolean expecting;
  gboolean finishing, failed;
  gint64 asked_us;              /* when it was asked for the final, or 0 */
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

static const GstVoiceBinding bindings[] = {
  {"key-terms", "key-terms"},
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 16000, 8000, 12000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceDeepgramStt, gst_voice_deepgram_stt,
    GST_TYPE_VOICE_STT,
    GST_DEBUG_CATEGORY_INIT (deepgramstt_debug, "deepgramstt", 0,
        "Deepgram speech recognition"));
GST_ELEMENT_REGISTER_DEFINE (deepgramstt, "deepgramstt", GST_RANK_NONE,
    GST_TYPE_VOICE_DEEPGRAM_STT);

/* Whether the sound goes on needs to be known only while somebody speaks. */
static void
look_after_flow (GstVoiceDeepgramStt * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  if (self->timed || !self->flowing || !(self->speaking || self->pending))
    return;
  self->timed = TRUE;
  self->flowed = stt_sound_end (self->sound);
  gst_voice_stage_set_timer (stage, FLOW_TIMER, gst_voice_stage_now (stage)
      + FLOW);
}

/* An answer is owed for an interim and for what is being said. */
static void
watch (GstVoiceDeepgramStt * self)
{
  gboolean expecting = self->pending || self->finishing
      || (self->speaking && self->flowing);

  if (!self->link)
    return;
  if (expecting != self->expecting)
    gst_voice_link_expect (self->link, expecting);
  self->expecting = expecting;
  look_after_flow (self);
}

static void
send_sound (GstVoiceDeepgramStt * self, gsize n)
{
  GBytes *bytes = g_bytes_new (stt_sound_at (self->sound, self->sent),
      n * sizeof (gint16));

  gst_voice_link_send_binary (self->link, bytes);
  g_bytes_unref (bytes);
  self->sent += n;
}

/* Whole chunks, and the rest if there is to be none. An empty message would
 * end the stream. */
static void
send_on (GstVoiceDeepgramStt * self, gboolean rest)
{
  gsize least = stt_sound_count (self->sound, CHUNK);
  gsize most = stt_sound_count (self->sound, REPLAY_CHUNK);
  gsize n;

  if (!self->link)
    return;
  while ((n = stt_sound_end (self->sound) - self->sent) >= least)
    send_sound (self, n < most ? n - n % least : most);
  if (rest && n > 0)
    send_sound (self, n);
}

static void
take_back_interims (GstVoiceDeepgramStt * self, const gchar * reason)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);
  GstStructure *s;

  if (!self->pending)
    return;
  self->pending = FALSE;
  self->segment++;
  s = gst_voice_structure_new ("stt-reset", "reason", reason, NULL);
  gst_voice_stage_report (stage, gst_structure_copy (s));
  gst_voice_stage_push_event (stage, GST_VOICE_OOB, s);
}

static GstClockTime
to_clock_time (gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime) time;
}

static guint64
sample_at (GstVoiceDeepgramStt * self, gint64 time)
{
  return self->base + stt_sound_count (self->sound, time);
}

static GstClockTime
start_time (GstVoiceDeepgramStt * self, gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE :
      to_clock_time (stt_sound_time (self->sound, sample_at (self, time)));
}

static GstClockTime
end_time (GstVoiceDeepgramStt * self, gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE :
      to_clock_time (stt_sound_end_time (self->sound, sample_at (self, time)));
}

static GstVoiceWords *
words_of (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  GstVoiceWords *words = gst_voice_words_new (message->words->len);

  for (guint i = 0; i < words->n; i++) {
    const DeepgramWord *word = &g_array_index (message->words, DeepgramWord,
        i);

    words->word[i].text = g_strdup (word->text);
    words->word[i].offset = word->offset;
    words->word[i].length = word->length;
    words->word[i].start = start_time (self, word->start);
    words->word[i].end = end_time (self, word->end);
  }
  return words;
}

static void
tell_transcript (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  const gchar *language = gst_voice_provider_language (self->provider);
  GstVoiceWords *words = words_of (self, message);
  GstVoiceTranscript transcript = {
    .text = message->text,
    .segment = self->segment,
    .start = words->n ? words->word[0].start :
        start_time (self, message->start),
    .end = words->n ? words->word[words->n - 1].end :
        end_time (self, message->end),
    .confidence = message->confidence,
    .language = message->language ? message->language :
        g_strcmp0 (language, "multi") == 0 ? NULL : language,
    .words = words,
  };

  if (message->is_final)
    gst_voice_stt_final (GST_VOICE_STT (self), &transcript);
  else
    gst_voice_stt_interim (GST_VOICE_STT (self), &transcript);
  gst_voice_words_unref (words);
}

static void
tell_end_of_turn (GstVoiceDeepgramStt * self)
{
  if (!self->unended)
    return;
  self->unended = FALSE;
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_OOB,
      gst_voice_structure_new ("end-of-turn", "confidence", -1.0, NULL));
}

/* Its delay is that of the final that was asked for. */
static void
note_answer (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  GstClockTime delay = GST_CLOCK_TIME_NONE;

  if (message->from_finalize && self->asked_us)
    delay = (g_get_monotonic_time () - self->asked_us) * GST_USECOND;
  if (message->is_final) {
    self->asked_us = 0;
    gst_voice_provider_answered (self->provider, delay);
  }
}

static void
take_final (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  note_answer (self, message);
  if (*message->text || self->pending)
    tell_transcript (self, message);
  self->pending = FALSE;
  self->segment++;
  if (message->end >= 0)
    self->covered = MAX (self->covered, MIN (sample_at (self, message->end),
            self->sent));
  stt_sound_forget (self->sound, self->covered);
  if (*message->text) {
    self->attempts = 0;
    self->unended = TRUE;
  }
  if (message->speech_final && self->now.endpointing >= END_OF_TURN_MS)
    tell_end_of_turn (self);
}

static void
take_results (GstVoiceDeepgramStt * self, const DeepgramMessage * message)
{
  if (message->is_final) {
    take_final (self, message);
  } else if (message->end < 0 || sample_at (self, message->end)
      > self->covered) {
    /* Else it is late: the final was there before. */
    if (*message->text || self->pending)
      tell_transcript (self, message);
    self->pending = *message->text != '\0';
  }
  watch (self);
}

static void connect_again (GstVoiceDeepgramStt * self, guint delay);

static void
let_go (GstVoiceDeepgramStt * self)
{
  g_clear_pointer (&self->link, gst_voice_link_close);
  self->expecting = FALSE;
  self->asked_us = 0;
}

static void
give_up (GstVoiceDeepgramStt * self, const GError * error)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  self->failed = TRUE;
  gst_voice_stage_fail (stage, g_error_copy (error));
  if (self->finishing)
    gst_voice_stage_drained (stage);
}

/* The connection is no more, and we had not finished. */
static void
recover (GstVoiceDeepgramStt * self, const GError * error, gint64 retry_after)
{
  static const guint delays[] = { 0, 500, 2000 };
  gint64 delay;

  GST_INFO_OBJECT (self, "attempt %u failed: %s", self->attempts,
      error->message);
  gst_voice_provider_refused (self->provider, error, retry_after);
  take_back_interims (self, gst_voice_error_name (error->code));
  let_go (self);
  if (g_get_monotonic_time () - self->opened_us > GOOD_US)
    self->attempts = 0;
  delay = delays[MIN (self->attempts, G_N_ELEMENTS (delays) - 1)];
  delay = MAX (delay, retry_after);
  if (!gst_voice_error_is_retryable (error->code)
      || self->attempts++ >= self->now.attempts || delay > MAX_DELAY_MS)
    give_up (self, error);
  else
    connect_again (self, delay);
}

static void
recover_from (GstVoiceDeepgramStt * self, GstVoiceError code,
    const gchar * text)
{
  GError *error = g_error_new_literal (GST_VOICE_ERROR, code, text);

  recover (self, error, -1);
  g_error_free (error);
}

static void
finished (GstVoiceDeepgramStt * self)
{
  let_go (self);
  gst_voice_stage_drained (GST_VOICE_STAGE (self));
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  GstVoiceDeepgramStt *self = data;
  DeepgramMessage *message = deepgram_message_parse (text, size, NULL);

  GST_LOG_OBJECT (self, "%.*s", (gint) MIN (size, 2000), text);
  if (!message) {
    recover_from (self, GST_VOICE_ERROR_BAD_RESPONSE, "the service sent what "
        "is no JSON object: check the address");
    return;
  }
  switch (message->type) {
    case DEEPGRAM_RESULTS:
      take_results (self, message);
      break;
    case DEEPGRAM_UTTERANCE_END:
      tell_end_of_turn (self);
      break;
    case DEEPGRAM_METADATA:
      GST_INFO_OBJECT (self, "request %s", message->request_id);
      if (self->finishing)
        finished (self);
      break;
    case DEEPGRAM_ERROR:
      GST_WARNING_OBJECT (self, "%s: %s", message->code, message->text);
      break;
    default:
      break;
  }
  deepgram_message_free (message);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  GstVoiceDeepgramStt *self = data;

  GST_INFO_OBJECT (self, "closed: status %u, code %u %s, request %s, %s",
      end->http_status, end->close_code, end->reason, end->request_id,
      end->body);
  if (end->error)
    recover (self, end->error, end->retry_after);
  else if (self->finishing)
    finished (self);
  else
    recover_from (self, GST_VOICE_ERROR_DISCONNECTED, "the service ended the "
        "stream though we had not: try again");
}

static GstVoiceLink *
make_link (GstVoiceDeepgramStt * self)
{
  const DeepgramOptions *now = &self->now;
  const DeepgramSettings settings = {
    .model = gst_voice_provider_model (self->provider),
    .language = gst_voice_provider_language (self->provider),
    .rate = self->rate,
    .key_terms = now->key_terms,
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
  GstVoiceLink *link = gst_voice_provider_socket (self->provider, path);

  if (left_out)
    GST_INFO_OBJECT (self, "%u key terms are too many", left_out);
  g_free (path);
  return link;
}

static void
send_control (GstVoiceDeepgramStt * self, const gchar * type)
{
  gchar *text = g_strdup_printf ("{\"type\":\"%s\"}", type);

  gst_voice_link_send_text (self->link, text);
  g_free (text);
}

/* What is not final is sent (again). */
static void
connect_again (GstVoiceDeepgramStt * self, guint delay)
{
  static const GstVoiceLinkEvents events = {
    .text = on_text,
    .closed = on_closed,
  };
  const gchar *key = gst_voice_provider_key (self->provider);
  gchar *token;

  self->link = make_link (self);
  if (key) {
    token = g_strconcat ("Token ", key, NULL);
    gst_voice_link_set_header (self->link, "Authorization", token);
    gst_voice_secret_free (token);
  }
  gst_voice_link_set_ping (self->link, PING_S);
  gst_voice_link_set_delay (self->link, delay);
  gst_voice_link_set_keep_alive (self->link, KEEP_ALIVE_MS,
      "{\"type\":\"KeepAlive\"}");
  self->opened_us = g_get_monotonic_time ();
  gst_voice_link_open (self->link, &events, self);
  self->base = self->sent = stt_sound_begin (self->sound);
  send_on (self, self->finishing);
  if (self->finishing)
    send_control (self, "CloseStream");
  watch (self);
}

static void
forget_all (GstVoiceDeepgramStt * self)
{
  let_go (self);
  g_clear_pointer (&self->sound, stt_sound_free);
  self->rate = 0;
  self->pending = self->unended = self->speaking = self->by_vad = FALSE;
  self->finishing = self->failed = self->timed = self->flowing = FALSE;
  self->attempts = 0;
  self->covered = 0;
}

static void
begin (GstVoiceDeepgramStt * self, guint rate)
{
  self->rate = rate;
  self->covered = 0;
  self->sound = stt_sound_new (rate);
  connect_again (self, 0);
}

static gboolean
set_rate (GstVoiceStt * stt, guint rate)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stt);

  if (rate == self->rate || self->failed)
    return TRUE;
  take_back_interims (self, "rate");
  let_go (self);
  g_clear_pointer (&self->sound, stt_sound_free);
  begin (self, rate);
  return TRUE;
}

/* Silence that nobody will ask for again. */
static void
forget_silence (GstVoiceDeepgramStt * self)
{
  guint64 kept = stt_sound_count (self->sound, IDLE_KEPT);
  guint64 end = MIN (self->sent, stt_sound_end (self->sound));

  if (self->link && self->by_vad && !self->speaking && !self->pending
      && end > kept)
    stt_sound_forget (self->sound, end - kept);
}

static void
audio (GstVoiceStt * stt, const gint16 * samples, gsize n, GstClockTime start)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stt);

  if (self->failed)
    return;
  stt_sound_put (self->sound, samples, n, GST_CLOCK_TIME_IS_VALID (start) ?
      (gint64) start : STT_SOUND_NO_TIME);
  self->sent = MAX (self->sent, stt_sound_begin (self->sound));
  send_on (self, FALSE);
  forget_silence (self);
  if (!self->flowing) {
    self->flowing = TRUE;
    watch (self);
  }
}

/* Deepgram waits for sound that does not come before words are final. */
static void
ask_for_final (GstVoiceDeepgramStt * self)
{
  if (!self->link)
    return;
  send_on (self, TRUE);
  send_control (self, "Finalize");
  self->asked_us = g_get_monotonic_time ();
}

static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stage);

  self->timed = FALSE;
  self->flowing = self->flowed != stt_sound_end (self->sound);
  if (!self->flowing)
    ask_for_final (self);
  watch (self);
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stt);

  self->by_vad = TRUE;
  if (what == GST_VOICE_STT_START || what == GST_VOICE_STT_MORE)
    self->speaking = TRUE;
  if (what == GST_VOICE_STT_STOP) {
    self->speaking = FALSE;
    if (self->now.finalize)
      ask_for_final (self);
  }
  watch (self);
}

static gboolean
finish (GstVoiceStt * stt)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stt);

  if (!self->link || stt_sound_end (self->sound) == 0)
    return TRUE;
  self->finishing = TRUE;
  self->speaking = FALSE;
  send_on (self, TRUE);
  send_control (self, "CloseStream");
  watch (self);
  return FALSE;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stage);

  forget_all (self);
  self->segment = 1;
  gst_voice_bindings_apply (GST_ELEMENT (self),
      gst_voice_stage_session (stage), bindings, G_N_ELEMENTS (bindings));
  GST_OBJECT_LOCK (self);
  deepgram_options_copy (&self->now, &self->options);
  GST_OBJECT_UNLOCK (self);
  return gst_voice_provider_start (self->provider, error)
      && GST_VOICE_STAGE_CLASS (gst_voice_deepgram_stt_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (stage);

  forget_all (self);
  gst_voice_provider_stop (self->provider);
}

/* Where the rate is known before the first sample, the connection stands when
 * it comes. */
static void
prewarm (GstVoiceDeepgramStt * self)
{
  GstPad *pad = gst_voice_stage_sink_pad (GST_VOICE_STAGE (self));
  GstCaps *caps = gst_pad_peer_query_caps (pad, NULL);
  gint rate;

  if (gst_caps_is_fixed (caps) && gst_structure_get_int (gst_caps_get_structure
          (caps, 0), "rate", &rate) && rate > 0)
    begin (self, rate);
  gst_caps_unref (caps);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstStateChangeReturn ret =
      GST_ELEMENT_CLASS (gst_voice_deepgram_stt_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything; and its task does not run. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    prewarm (GST_VOICE_DEEPGRAM_STT (element));
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceDeepgramStt *self = GST_VOICE_DEEPGRAM_STT (object);
  gboolean known;

  if (gst_voice_provider_set (self->provider, id, value, pspec))
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

  if (gst_voice_provider_get (self->provider, id, value, pspec))
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

  gst_voice_provider_free (self->provider);
  deepgram_options_clear (&self->options);
  deepgram_options_clear (&self->now);
  G_OBJECT_CLASS (gst_voice_deepgram_stt_parent_class)->finalize (object);
}

static void
gst_voice_deepgram_stt_class_init (GstVoiceDeepgramSttClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  deepgram_options_install (object_class);
  gst_voice_provider_install (object_class, DEEPGRAM_N_OPTIONS, &info);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  stage_class->timer = GST_DEBUG_FUNCPTR (timer);
  stt_class->set_rate = GST_DEBUG_FUNCPTR (set_rate);
  stt_class->audio = GST_DEBUG_FUNCPTR (audio);
  stt_class->speech = GST_DEBUG_FUNCPTR (speech);
  stt_class->finish = GST_DEBUG_FUNCPTR (finish);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Deepgram",
      "Audio/Text/Filter", "Recognises speech with Deepgram", "gst-voice");
}

static void
gst_voice_deepgram_stt_init (GstVoiceDeepgramStt * self)
{
  self->provider = gst_voice_provider_new (GST_ELEMENT (self), &info);
  deepgram_options_init (&self->options);
}
