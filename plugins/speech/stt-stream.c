/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What recognisers have in common that hear over a socket: the connection
 * stands from the beginning, is kept alive while nobody speaks, and comes again
 * when it breaks; the sound since the last final is kept for that, and every
 * sample that is sent is counted, so that the service's times become running
 * time, and what it costs is known: what is sent again costs again.
 *
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "stt-stream.h"

#include <gst-voice/binding.h>
#include <gst-voice/error.h>
#include <gst-voice/price.h>
#include <gst-voice/relay.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (stt_stream_debug);
#define GST_CAT_DEFAULT stt_stream_debug

#define KEEP_ALIVE_MS 4000
#define PING_S 10
/* Longer than that we do not wait before we try again. */
#define MAX_DELAY_MS 5000
/* One that held so long counts as a good one. */
#define GOOD_US (30 * G_USEC_PER_SEC)
/* What is kept while nobody speaks: `vad` says of an onset a little later. */
#define IDLE_KEPT (2 * GST_SECOND)
/* Without sound for so long, it has stopped: somebody is muted. */
#define FLOW (1 * GST_SECOND)
#define FLOW_TIMER 0
/* What may be sent at once before a pace is kept. */
#define HEAD_START (1 * GST_SECOND)
/* So long before it ends a session is left. */
#define MARGIN_S 60
#define DEFAULT_ATTEMPTS 3

enum
{
  PROP_KEY_TERMS = 1,
  PROP_ATTEMPTS,
};

static const GstVoiceBinding bindings[] = {
  {"key-terms", "key-terms"},
};

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstVoiceStreamStt, gst_voice_stream_stt,
    GST_TYPE_VOICE_STT,
    GST_DEBUG_CATEGORY_INIT (stt_stream_debug, "voice-stt-stream", 0,
        "speech recognition over sockets"));

#define CLASS(self) GST_VOICE_STREAM_STT_GET_CLASS (self)

static guint64
count (GstVoiceStreamStt * self, GstClockTime duration)
{
  return stt_sound_count (self->sound, duration);
}

/* Whether the sound goes on needs to be known only while somebody speaks. */
static void
look_after_flow (GstVoiceStreamStt * self)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  if (self->timed || !self->flowing || !(self->speaking || self->pending))
    return;
  self->timed = TRUE;
  self->flowed = stt_sound_end (self->sound);
  gst_voice_stage_set_timer (stage, FLOW_TIMER, gst_voice_stage_now (stage)
      + FLOW);
}

/**
 * gst_voice_stream_stt_watch:
 * @self: a recogniser, something of which has changed
 *
 * An answer is owed for an interim and for what is being said.
 */
void
gst_voice_stream_stt_watch (GstVoiceStreamStt * self)
{
  gboolean expecting = self->pending || self->owed || self->finishing
      || (self->speaking && self->flowing && !self->patient);

  if (!self->link)
    return;
  if (expecting != self->expecting)
    gst_voice_link_expect (self->link, expecting);
  self->expecting = expecting;
  look_after_flow (self);
}

static void
send_binary (GstVoiceStreamStt * self, const gint16 * samples, gsize n)
{
  GBytes *bytes = g_bytes_new (samples, n * sizeof *samples);

  gst_voice_link_send_binary (self->link, bytes);
  g_bytes_unref (bytes);
}

static void
send_sound (GstVoiceStreamStt * self, gsize n)
{
  CLASS (self)->send (self, stt_sound_at (self->sound, self->sent), n);
  self->sent += n;
  self->unpaid += n;
}

/* What the service takes for too short has silence behind it: no sound follows
 * whose times it could shift. An empty message would end some streams. */
static void
send_rest (GstVoiceStreamStt * self, gsize n)
{
  gsize whole = count (self, CLASS (self)->chunk);
  gint16 *padded;

  if (n == 0)
    return;
  if (!CLASS (self)->whole_chunks) {
    send_sound (self, n);
  } else if (self->finishing) {
    padded = g_new0 (gint16, whole);
    memcpy (padded, stt_sound_at (self->sound, self->sent), n * sizeof *padded);
    CLASS (self)->send (self, padded, whole);
    self->sent += n;
    self->unpaid += whole;
    g_free (padded);
  }
}

/* Behind all sound that is there. */
static void
send_requests (GstVoiceStreamStt * self)
{
  if (self->asking) {
    self->asking = FALSE;
    self->asked_us = g_get_monotonic_time ();
    CLASS (self)->ask_for_final (self);
  }
  if (self->finishing && !self->finished) {
    self->finished = TRUE;
    CLASS (self)->finish (self);
  }
}

/* Whole chunks, and the rest if something is to be asked behind it. */
static void
send_on (GstVoiceStreamStt * self)
{
  gsize least = count (self, CLASS (self)->chunk);
  gsize most = count (self, CLASS (self)->most);
  guint64 all = stt_sound_end (self->sound);
  guint64 end = MIN (all, self->allowed);
  gsize n;

  if (!self->link)
    return;
  if (self->held_back) {
    send_requests (self);
    return;
  }
  while (end > self->sent && (n = end - self->sent) >= least)
    send_sound (self, n < most ? n - n % least : most);
  if (end < all || !(self->asking || self->finishing))
    return;
  send_rest (self, all - self->sent);
  send_requests (self);
}

static void
take_back_interims (GstVoiceStreamStt * self, const gchar * reason)
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

/**
 * gst_voice_stream_stt_sample:
 * @self: a recogniser
 * @time: nanoseconds since the first sample of the connection
 *
 * Returns: the sample there, counted as in `sound`
 */
guint64
gst_voice_stream_stt_sample (GstVoiceStreamStt * self, gint64 time)
{
  return self->base + stt_sound_count (self->sound, time);
}

static GstClockTime
start_time (GstVoiceStreamStt * self, gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE :
      to_clock_time (stt_sound_time (self->sound,
          gst_voice_stream_stt_sample (self, time)));
}

static GstClockTime
end_time (GstVoiceStreamStt * self, gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE :
      to_clock_time (stt_sound_end_time (self->sound,
          gst_voice_stream_stt_sample (self, time)));
}

static GstVoiceWords *
words_of (GstVoiceStreamStt * self, const SttSaying * saying)
{
  GstVoiceWords *words;

  if (!saying->words)
    return NULL;
  words = gst_voice_words_new (saying->words->len);
  for (guint i = 0; i < words->n; i++) {
    const SpeechWord *word = &g_array_index (saying->words, SpeechWord, i);

    words->word[i].text = g_strdup (word->text);
    words->word[i].offset = word->offset;
    words->word[i].length = word->length;
    words->word[i].start = start_time (self, word->start);
    words->word[i].end = end_time (self, word->end);
  }
  return words;
}

static void
push_transcript (GstVoiceStreamStt * self, const SttSaying * saying,
    gboolean is_final)
{
  const gchar *language = gst_voice_provider_language (self->provider);
  GstVoiceWords *words = words_of (self, saying);
  gboolean timed = words && words->n > 0;
  GstVoiceTranscript transcript = {
    .text = saying->text,
    .segment = self->segment,
    .start = timed ? words->word[0].start : start_time (self, saying->start),
    .end = timed ? words->word[words->n - 1].end : end_time (self, saying->end),
    .confidence = saying->confidence,
    .language = saying->language ? saying->language :
        g_strcmp0 (language, "multi") == 0 ? NULL : language,
    .words = words,
  };

  if (is_final)
    gst_voice_stt_final (GST_VOICE_STT (self), &transcript);
  else
    gst_voice_stt_interim (GST_VOICE_STT (self), &transcript);
  if (words)
    gst_voice_words_unref (words);
}

/**
 * gst_voice_stream_stt_spent:
 * @self: a recogniser
 * @audio: that the service has got, or was there for, since this was told last
 *
 * Tells what was used, and what that costs.
 */
void
gst_voice_stream_stt_spent (GstVoiceStreamStt * self, GstClockTime audio)
{
  const gchar *model = gst_voice_provider_model (self->provider);
  const GstVoiceAmount amount = {.audio = audio };

  if (audio > 0)
    gst_voice_stt_spent (GST_VOICE_STT (self), model, audio,
        gst_voice_price (gst_voice_provider_service (self->provider), model,
            &amount));
}

/* What waits for a connection that never stood has reached nobody. */
static void
tell_spent (GstVoiceStreamStt * self)
{
  gint64 now = g_get_monotonic_time ();
  GstClockTime audio = 0;

  if (self->paid_us)
    audio = CLASS (self)->by_time ? (now - self->paid_us) * GST_USECOND :
        gst_util_uint64_scale (self->unpaid, GST_SECOND, self->rate);
  if (self->paid_us)
    self->paid_us = now;
  self->unpaid = 0;
  gst_voice_stream_stt_spent (self, audio);
}

/* Its delay is that of the final that was asked for. */
static void
note_answer (GstVoiceStreamStt * self, const SttSaying * saying)
{
  GstClockTime delay = GST_CLOCK_TIME_NONE;

  if (saying->asked_for && self->asked_us)
    delay = (g_get_monotonic_time () - self->asked_us) * GST_USECOND;
  self->asked_us = 0;
  gst_voice_provider_answered (self->provider, delay);
}

/**
 * gst_voice_stream_stt_tell:
 * @self: a recogniser
 * @saying: what was understood, perhaps nothing
 * @is_final: whether that will not change
 *
 * Goes on to the next segment behind a final.
 */
void
gst_voice_stream_stt_tell (GstVoiceStreamStt * self, const SttSaying * saying,
    gboolean is_final)
{
  if (is_final)
    note_answer (self, saying);
  if (*saying->text || self->pending)
    push_transcript (self, saying, is_final);
  self->pending = !is_final && *saying->text;
  if (!is_final)
    return;
  self->segment++;
  if (*saying->text) {
    self->failures = 0;
    self->unended = TRUE;
    tell_spent (self);
  }
}

/**
 * gst_voice_stream_stt_end_of_turn:
 * @self: a recogniser
 * @confidence: of the service, or negative
 *
 * The service says that the caller has finished. It is told once.
 */
void
gst_voice_stream_stt_end_of_turn (GstVoiceStreamStt * self, gdouble confidence)
{
  if (!self->unended)
    return;
  self->unended = FALSE;
  gst_voice_stage_push_event (GST_VOICE_STAGE (self), GST_VOICE_OOB,
      gst_voice_structure_new ("end-of-turn", "confidence", confidence, NULL));
}

/**
 * gst_voice_stream_stt_cover:
 * @self: a recogniser
 * @sample: all before it is final, and need not be kept
 */
void
gst_voice_stream_stt_cover (GstVoiceStreamStt * self, guint64 sample)
{
  self->covered = MAX (self->covered, MIN (sample, self->sent));
  stt_sound_forget (self->sound, self->covered);
}

/**
 * gst_voice_stream_stt_ask:
 * @self: a recogniser
 *
 * Asks for the final, behind all sound that is there.
 */
void
gst_voice_stream_stt_ask (GstVoiceStreamStt * self)
{
  self->asking = self->link != NULL;
  if (self->asking)
    send_on (self);
}

/**
 * gst_voice_stream_stt_expires:
 * @self: a recogniser
 * @unix_time: when the service will end the session
 *
 * A little earlier it is left, when nobody speaks.
 */
void
gst_voice_stream_stt_expires (GstVoiceStreamStt * self, gint64 unix_time)
{
  gint64 left = unix_time - g_get_real_time () / G_USEC_PER_SEC - MARGIN_S;
  gint64 then = g_get_monotonic_time () + CLAMP (left, MARGIN_S, G_MAXINT32)
      * G_USEC_PER_SEC;

  if (unix_time > 0)
    self->renew_us = self->renew_us ? MIN (self->renew_us, then) : then;
}

static void
let_go (GstVoiceStreamStt * self)
{
  if (self->link && CLASS (self)->reset)
    CLASS (self)->reset (self);
  tell_spent (self);
  self->paid_us = 0;
  g_clear_pointer (&self->link, gst_voice_link_close);
  self->expecting = self->owed = self->finished = FALSE;
  self->asked_us = self->renew_us = 0;
}

/* Of our own accord. */
static void
hang_up (GstVoiceStreamStt * self)
{
  if (self->link && CLASS (self)->goodbye && !self->finished)
    gst_voice_link_send_text (self->link, CLASS (self)->goodbye);
  let_go (self);
}

/* Takes @error. */
static void
give_up (GstVoiceStreamStt * self, GError * error)
{
  GstVoiceStage *stage = GST_VOICE_STAGE (self);

  self->failed = TRUE;
  gst_voice_stage_fail (stage, error);
  if (self->finishing)
    gst_voice_stage_drained (stage);
}

/**
 * gst_voice_stream_stt_recover:
 * @self: a recogniser
 * @error: why the connection is no more, though we had not finished
 * @retry_after: for how long the service wants to be left alone, in ms, or -1
 * @quiet: whether that is none of its faults
 *
 * Tries again, or gives up.
 */
void
gst_voice_stream_stt_recover (GstVoiceStreamStt * self, const GError * error,
    gint64 retry_after, gboolean quiet)
{
  static const guint delays[] = { 0, 500, 2000 };
  GError *fault = g_error_copy (error);
  gint64 delay;

  gst_voice_link_blame (self->link, fault);
  GST_INFO_OBJECT (self, "attempt %u failed: %s", self->failures,
      error->message);
  if (!quiet)
    gst_voice_provider_refused (self->provider, error, retry_after);
  self->asking = self->asking || self->asked_us;
  let_go (self);
  take_back_interims (self, gst_voice_error_name (error->code));
  if (g_get_monotonic_time () - self->opened_us > GOOD_US)
    self->failures = 0;
  delay = delays[MIN (self->failures, G_N_ELEMENTS (delays) - 1)];
  delay = MAX (delay, retry_after);
  if (!gst_voice_error_is_retryable (error->code)
      || self->failures++ >= self->now.attempts || delay > MAX_DELAY_MS
      || (delay > 0 && gst_voice_stt_is_replaceable (GST_VOICE_STT (self))))
    give_up (self, g_steal_pointer (&fault));
  else
    CLASS (self)->connect (self, delay);
  g_clear_error (&fault);
}

static void
recover_from (GstVoiceStreamStt * self, GstVoiceError code, const gchar * text)
{
  GError *error = g_error_new_literal (GST_VOICE_ERROR, code, text);

  gst_voice_stream_stt_recover (self, error, -1, FALSE);
  g_error_free (error);
}

/**
 * gst_voice_stream_stt_drained:
 * @self: a recogniser that was to finish
 *
 * It has told everything.
 */
void
gst_voice_stream_stt_drained (GstVoiceStreamStt * self)
{
  let_go (self);
  gst_voice_stage_drained (GST_VOICE_STAGE (self));
}

static void
on_opened (GstVoiceStage * stage, gpointer data)
{
  GstVoiceStreamStt *self = data;

  self->paid_us = g_get_monotonic_time ();
}

static void
on_text (GstVoiceStage * stage, const gchar * event, const gchar * text,
    gsize size, gpointer data)
{
  GstVoiceStreamStt *self = data;

  GST_LOG_OBJECT (self, "%.*s", (gint) MIN (size, 2000), text);
  if (!CLASS (self)->text (self, text, size))
    recover_from (self, GST_VOICE_ERROR_BAD_RESPONSE, "the service sent what "
        "is no JSON object: check the address");
}

static void
recover_from_end (GstVoiceStreamStt * self, const GstVoiceLinkEnd * end)
{
  gboolean quiet = FALSE;
  GError *better = CLASS (self)->why ? CLASS (self)->why (self, end, &quiet) :
      NULL;

  if (better)
    gst_voice_error_inherit (better, end->error);
  gst_voice_stream_stt_recover (self, better ? better : end->error,
      end->retry_after, quiet);
  g_clear_error (&better);
}

static void
on_closed (GstVoiceStage * stage, const GstVoiceLinkEnd * end, gpointer data)
{
  GstVoiceStreamStt *self = data;

  GST_INFO_OBJECT (self, "closed: status %u, code %u, request %s",
      end->http_status, end->close_code, end->request_id);
  if (end->error)
    recover_from_end (self, end);
  else if (self->finishing)
    gst_voice_stream_stt_drained (self);
  else
    recover_from (self, GST_VOICE_ERROR_DISCONNECTED, "the service ended the "
        "stream though we had not: try again");
}

/* What is not final is sent (again). */
static void
connect_link (GstVoiceStreamStt * self, guint delay)
{
  static const GstVoiceLinkEvents events = {
    .opened = on_opened,
    .text = on_text,
    .closed = on_closed,
  };
  GstVoiceStreamSttClass *klass = CLASS (self);
  gchar *path = klass->path (self);

  self->link = gst_voice_provider_socket (self->provider, path);
  g_free (path);
  gst_voice_link_set_ping (self->link, PING_S);
  gst_voice_link_set_delay (self->link, delay);
  if (klass->keep_alive)
    gst_voice_link_set_keep_alive (self->link, KEEP_ALIVE_MS,
        klass->keep_alive);
  self->opened_us = g_get_monotonic_time ();
  gst_voice_link_open (self->link, &events, self);
  self->base = self->sent = stt_sound_begin (self->sound);
  self->allowed = klass->pace && !self->finishing ? self->base
      + count (self, HEAD_START) : G_MAXUINT64;
  if (klass->greet)
    klass->greet (self);
  send_on (self);
  gst_voice_stream_stt_watch (self);
}

/* Between two utterances, if it is time. */
static void
renew (GstVoiceStreamStt * self)
{
  if (!self->link || !self->renew_us || self->pending || self->speaking
      || self->owed || self->asking || self->finishing
      || g_get_monotonic_time () < self->renew_us)
    return;
  GST_INFO_OBJECT (self, "taking a new session");
  hang_up (self);
  CLASS (self)->connect (self, 0);
}

static void
forget_all (GstVoiceStreamStt * self)
{
  hang_up (self);
  g_clear_pointer (&self->sound, stt_sound_free);
  self->rate = 0;
  self->pending = self->unended = self->speaking = self->by_vad = FALSE;
  self->asking = self->finishing = self->failed = FALSE;
  self->timed = self->flowing = FALSE;
  self->failures = 0;
  self->covered = 0;
}

static void
begin (GstVoiceStreamStt * self, guint rate)
{
  self->rate = rate;
  self->covered = 0;
  self->sound = stt_sound_new (rate);
  CLASS (self)->connect (self, 0);
}

static gboolean
set_rate (GstVoiceStt * stt, guint rate)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stt);

  if (rate == self->rate || self->failed)
    return TRUE;
  take_back_interims (self, "rate");
  hang_up (self);
  g_clear_pointer (&self->sound, stt_sound_free);
  begin (self, rate);
  return TRUE;
}

/* Silence that nobody will ask for again. */
static void
forget_silence (GstVoiceStreamStt * self)
{
  guint64 kept = count (self, IDLE_KEPT);

  if (self->link && self->by_vad && !self->speaking && !self->pending
      && !self->owed && self->sent > kept)
    stt_sound_forget (self->sound, self->sent - kept);
}

static void
keep_pace (GstVoiceStreamStt * self, gsize n)
{
  guint64 most = stt_sound_end (self->sound) + count (self, HEAD_START);

  if (CLASS (self)->pace)
    self->allowed = MIN (self->allowed, G_MAXUINT64 / 2) + CLASS (self)->pace
        * n;
  if (CLASS (self)->pace)
    self->allowed = MIN (self->allowed, most);
}

static void
audio (GstVoiceStt * stt, const gint16 * samples, gsize n, GstClockTime start)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stt);

  if (self->failed)
    return;
  stt_sound_put (self->sound, samples, n, GST_CLOCK_TIME_IS_VALID (start) ?
      (gint64) start : STT_SOUND_NO_TIME);
  self->sent = MAX (self->sent, stt_sound_begin (self->sound));
  keep_pace (self, n);
  send_on (self);
  forget_silence (self);
  renew (self);
  if (!self->flowing) {
    self->flowing = TRUE;
    gst_voice_stream_stt_watch (self);
  }
}

/* The service waits for sound that does not come before words are final. */
static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stage);

  self->timed = FALSE;
  self->flowing = self->flowed != stt_sound_end (self->sound);
  if (!self->flowing) {
    self->allowed = G_MAXUINT64;
    gst_voice_stream_stt_ask (self);
  }
  gst_voice_stream_stt_watch (self);
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stt);

  self->by_vad = TRUE;
  if (what == GST_VOICE_STT_START || what == GST_VOICE_STT_MORE)
    self->speaking = TRUE;
  if (what == GST_VOICE_STT_STOP)
    self->speaking = FALSE;
  gst_voice_stream_stt_watch (self);
}

static gboolean
finish (GstVoiceStt * stt)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stt);

  if (!self->link || stt_sound_end (self->sound) == 0)
    return TRUE;
  self->finishing = TRUE;
  self->speaking = FALSE;
  self->allowed = G_MAXUINT64;
  send_on (self);
  gst_voice_stream_stt_watch (self);
  return FALSE;
}

static void
options_copy (SttStreamOptions * to, const SttStreamOptions * from)
{
  g_free (to->key_terms);
  *to = *from;
  to->key_terms = g_strdup (from->key_terms);
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stage);

  forget_all (self);
  self->segment = 1;
  gst_voice_bindings_apply (GST_ELEMENT (self),
      gst_voice_stage_session (stage), bindings, G_N_ELEMENTS (bindings));
  GST_OBJECT_LOCK (self);
  options_copy (&self->now, &self->options);
  GST_OBJECT_UNLOCK (self);
  return gst_voice_provider_start (self->provider, error)
      && GST_VOICE_STAGE_CLASS (gst_voice_stream_stt_parent_class)->start
      (stage, error);
}

static void
stop (GstVoiceStage * stage)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (stage);

  forget_all (self);
  gst_voice_provider_stop (self->provider);
}

/* Where the rate is known before the first sample, the connection stands when
 * it comes. */
static void
prewarm (GstVoiceStreamStt * self)
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
      GST_ELEMENT_CLASS (gst_voice_stream_stt_parent_class)->change_state
      (element, transition);

  /* Only now can the stage be told of anything; and its task does not run. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED
      && ret != GST_STATE_CHANGE_FAILURE)
    prewarm (GST_VOICE_STREAM_STT (element));
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (object);

  gst_voice_binding_mark (object, pspec);
  GST_OBJECT_LOCK (self);
  if (id == PROP_KEY_TERMS) {
    g_free (self->options.key_terms);
    self->options.key_terms = g_value_dup_string (value);
  } else {
    self->options.attempts = g_value_get_uint (value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (object);

  GST_OBJECT_LOCK (self);
  if (id == PROP_KEY_TERMS)
    g_value_set_string (value, self->options.key_terms);
  else
    g_value_set_uint (value, self->options.attempts);
  GST_OBJECT_UNLOCK (self);
}

static void
constructed (GObject * object)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (object);

  G_OBJECT_CLASS (gst_voice_stream_stt_parent_class)->constructed (object);
  self->provider = gst_voice_provider_new (GST_ELEMENT (self),
      CLASS (self)->info);
}

static void
finalize (GObject * object)
{
  GstVoiceStreamStt *self = GST_VOICE_STREAM_STT (object);

  gst_voice_provider_free (self->provider);
  g_free (self->options.key_terms);
  g_free (self->now.key_terms);
  G_OBJECT_CLASS (gst_voice_stream_stt_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceStreamStt:key-terms:
   *
   * Words that are to be expected, separated by `|`. The persona's, if it is
   * not set.
   */
  g_object_class_install_property (object_class, PROP_KEY_TERMS,
      g_param_spec_string ("key-terms", "Key terms",
          "Words that are to be expected, separated by |", NULL, flags));
  /**
   * GstVoiceStreamStt:attempts:
   *
   * How often to connect again, at once and then after half a second and two,
   * before the element fails. It counts anew when words have come. While
   * another can take its place, in a `fallback`, it tries at once or not at
   * all.
   */
  g_object_class_install_property (object_class, PROP_ATTEMPTS,
      g_param_spec_uint ("attempts", "Attempts",
          "How often to connect again before the element fails", 0, 100,
          DEFAULT_ATTEMPTS, flags));
}

static void
gst_voice_stream_stt_class_init (GstVoiceStreamSttClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->constructed = constructed;
  object_class->finalize = finalize;
  install_properties (object_class);
  GST_ELEMENT_CLASS (klass)->change_state = GST_DEBUG_FUNCPTR (change_state);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  stage_class->timer = GST_DEBUG_FUNCPTR (timer);
  stt_class->set_rate = GST_DEBUG_FUNCPTR (set_rate);
  stt_class->audio = GST_DEBUG_FUNCPTR (audio);
  stt_class->speech = GST_DEBUG_FUNCPTR (speech);
  stt_class->finish = GST_DEBUG_FUNCPTR (finish);
  stt_class->metered = TRUE;
  klass->chunk = 50 * GST_MSECOND;
  klass->most = 250 * GST_MSECOND;
  klass->connect = connect_link;
  klass->send = send_binary;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_STREAM_STT, 0);
}

static void
gst_voice_stream_stt_init (GstVoiceStreamStt * self)
{
  self->options.attempts = DEFAULT_ATTEMPTS;
}
