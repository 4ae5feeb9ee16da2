/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-openaistt
 * @title: openaistt
 *
 * Recognises speech with OpenAI's transcription, or any server that speaks its
 * protocols at `url`.
 *
 * With `mode=realtime` it goes over a realtime socket. OpenAI cuts what it
 * hears into items (`turn-detection`), each of which is one of our finals; with
 * `none` a `vad` before this element does that, and only what it takes for
 * speech is sent. When the connection breaks, what was not final is sent again
 * over a new one, and between two utterances a session is left before it
 * expires (`renew-after`). OpenAI wants 24 kHz: a source that can choose gives
 * that, anything else is resampled here.
 *
 * With `mode=segments` what a `vad` takes for speech is sent as a file, as soon
 * as it is over. That is what local servers understand.
 *
 * After `attempts` in vain the element fails. There are no times of words.
 *
 * The key is taken from the environment variable `OPENAI_API_KEY` unless
 * `api-key` says otherwise. A file has to be played in real time (`clocksync`).
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 -m filesrc \
 *   location=/usr/share/pocketsphinx/test/data/goforward.raw ! \
 *   audio/x-raw,format=S16LE,layout=interleaved,channels=1,rate=16000 ! \
 *   clocksync ! vad ! openaistt language=en ! fakesink
 * ]|
 */
/*
 * Threads: as GstVoiceStage. Locks: the object lock for the properties.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstopenaistt.h"

#include "openai-segments.h"
#include "openai-stt-items.h"
#include "openai-stt-options.h"
#include "resampler.h"

#include <gst-voice/error.h>
#include <math.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (openaistt_debug);
#define GST_CAT_DEFAULT openaistt_debug

/* `vad` tells the onset a little late. */
#define BEFORE (300 * GST_MSECOND)
/* Speech that goes on is cut in a pause once it is as long as that, and
 * anywhere before what is kept of it ends. */
#define LONG (8 * GST_SECOND)
#define TOO_LONG (16 * GST_SECOND)
/* It refuses less. */
#define LEAST (100 * GST_MSECOND)
#define RETRY_TIMER GST_VOICE_STREAM_STT_TIMERS

struct _GstVoiceOpenaiStt
{
  GstVoiceStreamStt parent;

  const OpenaiSttOptions *now;  /* set once when it is made */

  /* task only, and state changes while it does not run */
  OpenaiSttItems *items;
  GArray *commits;              /* of Span: asked for, not yet items */
  gboolean ready;               /* the session is as we want it */
  guint updates;                /* of the session, not yet confirmed */
  guint64 begin;                /* the first sample that is not committed */
  guint64 said;                 /* and the last that `vad` takes for speech */
  guint64 onset;
  Resampler *resampler;         /* (nullable): it is at that rate */
  OpenaiSegments *segments;     /* (nullable): with that mode */
};

typedef struct
{
  guint64 start, end;
} Span;

static const GstVoiceProviderInfo info = {
  .name = "openai",
  .url = "https://api.openai.com/v1",
  .key_variable = "OPENAI_API_KEY",
  .model = "gpt-4o-mini-transcribe",
  .language = "en",
  .deadlines = {.connect = 2000,.first_byte = 5000,.stall = 5000},
  .headers = (const gchar * const[]) {"Authorization", "Bearer ${key}", NULL},
  .probe = "/models",
  .options = openai_stt_options,
  .n_options = OPENAI_STT_N_OPTIONS,
  .options_size = sizeof (OpenaiSttOptions),
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 24000, 16000, 8000, 12000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceOpenaiStt, gst_voice_openai_stt,
    GST_TYPE_VOICE_STREAM_STT,
    GST_DEBUG_CATEGORY_INIT (openaistt_debug, "openaistt", 0,
        "OpenAI speech recognition"));
GST_ELEMENT_REGISTER_DEFINE (openaistt, "openaistt", GST_RANK_NONE,
    GST_TYPE_VOICE_OPENAI_STT);

static GstVoiceSttClass *
parent_stt (void)
{
  return GST_VOICE_STT_CLASS (gst_voice_openai_stt_parent_class);
}

static OpenaiSttSettings
settings_of (GstVoiceOpenaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  const OpenaiSttSettings settings = {
    .model = gst_voice_provider_model (stream->provider),
    .language = gst_voice_provider_language (stream->provider),
    .key_terms = stream->now.key_terms,
    .vad = self->now->turn_detection,
    .eagerness = openai_stt_eagerness (self->now->eagerness),
    .threshold = self->now->threshold,
    .prefix = self->now->prefix,
    .silence = self->now->silence,
  };

  return settings;
}

/* The cutting is ours. */
static gboolean
cuts (GstVoiceOpenaiStt * self)
{
  return self->now->turn_detection == OPENAI_STT_NO_VAD
      || self->now->mode == OPENAI_STT_SEGMENTS;
}

static gint64
since_base (GstVoiceOpenaiStt * self, guint64 sample)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);

  return gst_util_uint64_scale (sample - MIN (sample, stream->base),
      GST_SECOND, stream->rate);
}

/* Some answer is to be expected: that the session stands, what was committed,
 * and an item whose sound is over. */
static void
watch (GstVoiceOpenaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  OpenaiSttItem *first = openai_stt_items_first (self->items);

  stream->owed = !self->ready || self->commits->len > 0
      || openai_stt_items_owe (self->items)
      || (first && stream->by_vad && !stream->speaking);
  gst_voice_stream_stt_watch (stream);
}

static void
tell (GstVoiceOpenaiStt * self, const OpenaiSttItem * item)
{
  const SttSaying saying = {
    .text = item->text->str,
    .start = item->start,
    .end = item->end,
    .confidence = -1,
    .language = item->language,
    .asked_for = TRUE,
  };

  gst_voice_stream_stt_tell (GST_VOICE_STREAM_STT (self), &saying, item->done);
}

static void
tell_items (GstVoiceOpenaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  OpenaiSttItem *item;

  while ((item = openai_stt_items_first (self->items)) && item->done) {
    tell (self, item);
    gst_voice_stream_stt_cover (stream, item->end >= 0 ?
        gst_voice_stream_stt_sample (stream, item->end) : item->covered);
    if (self->now->turn_detection == OPENAI_STT_SEMANTIC_VAD)
      gst_voice_stream_stt_end_of_turn (stream, -1);
    openai_stt_items_drop_first (self->items);
  }
  if (item && item->text->len)
    tell (self, item);
  if (stream->finishing && stream->finished && self->commits->len == 0
      && self->updates == 0 && !item)
    gst_voice_stream_stt_drained (stream);
  else
    watch (self);
}

static void
take_started (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  OpenaiSttItem *item = openai_stt_items_add (self->items, event->item, NULL);
  gint64 prefix = self->now->turn_detection == OPENAI_STT_SERVER_VAD ?
      (gint64) (self->now->prefix * GST_MSECOND) : 0;

  if (!item)
    return;
  stream->patient = TRUE;
  /* It has begun to listen a little before, if there was anything. */
  if (event->time >= 0)
    item->start = event->time > 0 ? event->time + prefix : 0;
  watch (self);
}

static void
take_stopped (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  OpenaiSttItem *item = openai_stt_items_add (self->items, event->item, NULL);

  if (!item)
    return;
  item->end =
      event->time >= 0 ? MAX (event->time, item->start) : SPEECH_NO_TIME;
  item->over = TRUE;
  watch (self);
}

static void
take_committed (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  OpenaiSttItem *item = openai_stt_items_add (self->items, event->item,
      event->previous);
  Span span;

  if (!item)
    return;
  item->over = TRUE;
  item->covered = GST_VOICE_STREAM_STT (self)->sent;
  if (self->commits->len > 0) {
    span = g_array_index (self->commits, Span, 0);
    g_array_remove_index (self->commits, 0);
    if (item->start < 0)
      item->start = since_base (self, span.start);
    if (item->end < 0)
      item->end = since_base (self, span.end);
  }
  watch (self);
}

static void
take_text (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  gboolean done = event->type == OPENAI_STT_COMPLETED;
  OpenaiSttItem *item = done ? openai_stt_items_add (self->items, event->item,
      NULL) : openai_stt_items_find (self->items, event->item);

  if (!item || item->done)
    return;
  if (!openai_stt_item_take_text (item, event->text, done) && !done)
    return;
  item->over = done || item->over;
  item->done = done;
  if (done && item->covered == 0)
    item->covered = GST_VOICE_STREAM_STT (self)->sent;
  if (!item->language)
    item->language = g_strdup (event->language);
  tell_items (self);
}

static GstVoiceError
error_of_code (const gchar * code, GstVoiceError usual)
{
  static const struct
  {
    const gchar *code;
    GstVoiceError error;
  } rows[] = {
    {"invalid_api_key", GST_VOICE_ERROR_AUTH},
    {"account_deactivated", GST_VOICE_ERROR_AUTH},
    {"insufficient_quota", GST_VOICE_ERROR_QUOTA},
    {"billing_hard_limit_reached", GST_VOICE_ERROR_QUOTA},
    {"rate_limit_exceeded", GST_VOICE_ERROR_RATE_LIMITED},
    {"inference_rate_limit_exceeded", GST_VOICE_ERROR_RATE_LIMITED},
    {"server_error", GST_VOICE_ERROR_SERVER},
    {"session_expired", GST_VOICE_ERROR_DISCONNECTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_strcmp0 (code, rows[i].code) == 0)
      return rows[i].error;
  }
  return usual;
}

static void
recover_from_event (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event,
    GstVoiceError usual)
{
  GstVoiceError code = error_of_code (event->code, usual);
  GError *error = g_error_new (GST_VOICE_ERROR, code, "the service refused to "
      "go on (%s): look up what it means by that",
      event->code ? event->code : "it does not say why");

  gst_voice_stream_stt_recover (GST_VOICE_STREAM_STT (self), error, -1,
      code == GST_VOICE_ERROR_DISCONNECTED);
  g_error_free (error);
}

/* Most errors leave the session as it is. */
static void
take_error (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  GST_WARNING_OBJECT (self, "%s: %s", event->code, event->text);
  if (g_strcmp0 (event->code, "input_audio_buffer_commit_empty") == 0) {
    if (self->commits->len > 0)
      g_array_remove_index (self->commits, 0);
    tell_items (self);
  } else if (!self->ready) {
    recover_from_event (self, event, GST_VOICE_ERROR_BAD_REQUEST);
  } else if (error_of_code (event->code, GST_VOICE_ERROR_INTERNAL)
      != GST_VOICE_ERROR_INTERNAL) {
    recover_from_event (self, event, GST_VOICE_ERROR_SERVER);
  }
}

static void
take_session (GstVoiceOpenaiStt * self, const OpenaiSttEvent * event)
{
  gst_voice_stream_stt_expires (GST_VOICE_STREAM_STT (self), event->expires);
  if (event->type == OPENAI_STT_READY) {
    self->ready = TRUE;
    self->updates -= self->updates > 0;
    tell_items (self);
  }
}

static gboolean
text (GstVoiceStreamStt * stream, const gchar * text, gsize size)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  OpenaiSttEvent *event = openai_stt_event_parse (text, size, NULL);

  if (!event)
    return FALSE;
  switch (event->type) {
    case OPENAI_STT_SESSION:
    case OPENAI_STT_READY:
      take_session (self, event);
      break;
    case OPENAI_STT_STARTED:
      take_started (self, event);
      break;
    case OPENAI_STT_STOPPED:
      take_stopped (self, event);
      break;
    case OPENAI_STT_COMMITTED:
      take_committed (self, event);
      break;
    case OPENAI_STT_DELTA:
    case OPENAI_STT_COMPLETED:
      take_text (self, event);
      break;
    case OPENAI_STT_FAILED:
      recover_from_event (self, event, GST_VOICE_ERROR_SERVER);
      break;
    case OPENAI_STT_ERROR:
      take_error (self, event);
      break;
    default:
      break;
  }
  openai_stt_event_free (event);
  return TRUE;
}

/* What it calls an error says more than the status. */
static GError *
why (GstVoiceStreamStt * stream, const GstVoiceLinkEnd * end, gboolean * quiet)
{
  gchar *code = openai_stt_error_code (end->body);
  GstVoiceError usual = end->error->code;
  GstVoiceError better = error_of_code (code, usual);
  GError *error = better == usual ? NULL : g_error_new (GST_VOICE_ERROR,
      better, "%s (%s)", end->error->message, code);

  g_free (code);
  return error;
}

/* What was committed and did not come is sent and committed again. */
static void
reset (GstVoiceStreamStt * stream)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  OpenaiSttItem *first = openai_stt_items_first (self->items);
  gboolean open = first || self->commits->len > 0;

  if (first && first->start >= 0)
    self->onset = gst_voice_stream_stt_sample (stream, first->start);
  else if (open && !first)
    self->onset = g_array_index (self->commits, Span, 0).start;
  openai_stt_items_clear (self->items);
  g_array_set_size (self->commits, 0);
  self->ready = FALSE;
  stream->patient = cuts (self);
  if (self->now->mode == OPENAI_STT_SEGMENTS || !cuts (self))
    return;
  stream->asking = stream->asking || (open && !stream->speaking);
  stream->held_back = !stream->asking && !stream->speaking;
}

static gchar *
path (GstVoiceStreamStt * stream)
{
  return g_strdup ("/realtime?intent=transcription");
}

static void
update_session (GstVoiceOpenaiStt * self)
{
  const OpenaiSttSettings settings = settings_of (self);
  gchar *session = openai_stt_session (&settings);

  gst_voice_link_send_text (GST_VOICE_STREAM_STT (self)->link, session);
  self->updates++;
  g_free (session);
}

static void
greet (GstVoiceStreamStt * stream)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);

  self->updates = 0;
  update_session (self);
  self->begin = stream->base;
  g_clear_pointer (&self->resampler, resampler_free);
  if (stream->rate != OPENAI_STT_RATE)
    self->resampler = resampler_new (stream->rate, OPENAI_STT_RATE);
  if (self->now->renew_after)
    stream->renew_us = g_get_monotonic_time ()
        + self->now->renew_after * G_TIME_SPAN_MILLISECOND;
  watch (self);
}

static void
send_event (GstVoiceStreamStt * stream, const gint16 * samples, gsize n)
{
  gchar *event = openai_stt_append (samples, n);

  gst_voice_link_send_text (stream->link, event);
  g_free (event);
}

static void
send_sound (GstVoiceStreamStt * stream, const gint16 * samples, gsize n)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  gfloat out[RESAMPLER_OUT_MAX];
  GArray *converted;

  if (!self->resampler) {
    send_event (stream, samples, n);
    return;
  }
  converted = g_array_new (FALSE, FALSE, sizeof (gint16));
  for (gsize i = 0; i < n; i++) {
    gsize more = resampler_push (self->resampler, samples[i], out);

    for (gsize k = 0; k < more; k++) {
      gint16 sample = CLAMP (lrintf (out[k]), G_MININT16, G_MAXINT16);

      g_array_append_val (converted, sample);
    }
  }
  if (converted->len)
    send_event (stream, (const gint16 *) converted->data, converted->len);
  g_array_unref (converted);
}

static void
commit (GstVoiceStreamStt * stream)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  Span span = { MAX (self->begin, self->onset), stream->sent };

  if (self->said > span.start)
    span.end = MIN (self->said, span.end);
  gst_voice_link_send_text (stream->link,
      "{\"type\":\"input_audio_buffer.commit\"}");
  if (cuts (self))
    g_array_append_val (self->commits, span);
  self->begin = stream->sent;
}

static void
ask_for_final (GstVoiceStreamStt * stream)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  gboolean open = cuts (self) || openai_stt_items_first (self->items);

  if (open && stream->sent >= self->begin + stt_sound_count (stream->sound,
          LEAST))
    commit (stream);
  if (cuts (self))
    stream->held_back = !stream->speaking;
  watch (self);
}

/* Whatever has not become an item does now. Whether it has, or there is nothing
 * to say, is sure when the service confirms something behind it. */
static void
finish_stream (GstVoiceStreamStt * stream)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  OpenaiSttItem *last = openai_stt_items_first (self->items);
  gboolean unheard = !stream->by_vad || self->said > stream->covered
      || (last && !last->over);

  if (unheard && !cuts (self)) {
    if (stream->sent >= self->begin + stt_sound_count (stream->sound, LEAST))
      commit (stream);
    update_session (self);
  }
  tell_items (self);
}

static void
begin_to_cut (GstVoiceOpenaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  guint64 before = stt_sound_count (stream->sound, BEFORE);
  guint64 first = self->onset - MIN (self->onset, before);

  first = MAX (MAX (first, self->begin), stt_sound_begin (stream->sound));
  self->begin = first;
  stream->sent = first;
  stream->held_back = self->now->mode == OPENAI_STT_SEGMENTS;
  /* Before it is silence. */
  if (self->commits->len == 0 && !openai_stt_items_first (self->items)
      && !stream->asking)
    gst_voice_stream_stt_cover (stream, first);
}

static void
cut_segment (GstVoiceOpenaiStt * self)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);
  const OpenaiSttSettings settings = settings_of (self);
  guint64 begin = MAX (self->begin, stt_sound_begin (stream->sound));
  guint64 end = stt_sound_end (stream->sound);
  OpenaiSegment segment = {
    .start = since_base (self, MAX (begin, self->onset)),
    .end = since_base (self, self->said > begin ? MIN (self->said, end) : end),
  };

  self->begin = end;
  if (end < begin + stt_sound_count (stream->sound, LEAST))
    return;
  openai_segments_add (self->segments, &settings, stt_sound_at (stream->sound,
          begin), end - begin, stream->rate, &segment);
  stream->sent = end;
  gst_voice_stream_stt_cover (stream, end);
}

static void
cut (GstVoiceOpenaiStt * self)
{
  if (self->now->mode == OPENAI_STT_SEGMENTS)
    cut_segment (self);
  else
    gst_voice_stream_stt_ask (GST_VOICE_STREAM_STT (self));
}

/* What is kept of the sound has an end. */
static void
cut_long_speech (GstVoiceOpenaiStt * self, GstClockTime longest)
{
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (self);

  if (!stream->failed && stream->speaking && cuts (self)
      && stt_sound_end (stream->sound) >= self->begin
      + stt_sound_count (stream->sound, longest))
    cut (self);
}

static void
audio (GstVoiceStt * stt, const gint16 * samples, gsize n, GstClockTime start)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stt);

  parent_stt ()->audio (stt, samples, n, start);
  cut_long_speech (self, TOO_LONG);
}

static void
speech (GstVoiceStt * stt, GstVoiceSttSpeech what, GstClockTime time)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stt);
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (stt);
  gboolean begins = what == GST_VOICE_STT_START && !stream->speaking;
  guint64 sample;

  if (stream->failed || !stream->sound)
    return;
  sample = GST_CLOCK_TIME_IS_VALID (time) ? stt_sound_sample (stream->sound,
      time) : stt_sound_end (stream->sound);
  if (begins) {
    self->onset = sample;
    stream->patient = cuts (self);
  }
  if (what == GST_VOICE_STT_PAUSE || what == GST_VOICE_STT_STOP)
    self->said = sample;
  else
    self->said = MAX (self->said, sample);
  if (what == GST_VOICE_STT_PAUSE)
    cut_long_speech (self, LONG);
  parent_stt ()->speech (stt, what, time);
  if (begins && cuts (self))
    begin_to_cut (self);
  if (what == GST_VOICE_STT_STOP && cuts (self))
    cut (self);
  watch (self);
}

static gboolean
finish (GstVoiceStt * stt)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stt);
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (stt);

  if (stream->failed || !stream->sound)
    return TRUE;
  if (cuts (self) && stream->speaking) {
    stream->speaking = FALSE;
    self->said = stt_sound_end (stream->sound);
    cut (self);
  }
  if (self->now->mode != OPENAI_STT_SEGMENTS)
    return parent_stt ()->finish (stt);
  stream->finishing = !openai_segments_are_done (self->segments);
  return !stream->finishing;
}

/* A file is an exchange of its own, so there may be nothing to connect. */
static void
connect_again (GstVoiceStreamStt * stream, guint delay)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stream);
  GstVoiceStage *stage = GST_VOICE_STAGE (stream);

  if (self->now->mode != OPENAI_STT_SEGMENTS) {
    GST_VOICE_STREAM_STT_CLASS (gst_voice_openai_stt_parent_class)->connect
        (stream, delay);
  } else if (delay == 0) {
    stream->held_back = TRUE;
    openai_segments_send (self->segments);
  } else {
    gst_voice_stage_set_timer (stage, RETRY_TIMER, gst_voice_stage_now (stage)
        + delay * GST_MSECOND);
  }
}

static void
timer (GstVoiceStage * stage, guint id)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stage);

  if (id == RETRY_TIMER)
    openai_segments_send (self->segments);
  else
    GST_VOICE_STAGE_CLASS (gst_voice_openai_stt_parent_class)->timer (stage,
        id);
}

static void
forget (GstVoiceOpenaiStt * self)
{
  openai_stt_items_clear (self->items);
  g_array_set_size (self->commits, 0);
  g_clear_pointer (&self->resampler, resampler_free);
  g_clear_pointer (&self->segments, openai_segments_free);
  self->ready = FALSE;
  self->begin = self->said = self->onset = 0;
}

static gboolean
start (GstVoiceStage * stage, GError ** error)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stage);
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (stage);

  if (!GST_VOICE_STAGE_CLASS (gst_voice_openai_stt_parent_class)->start
      (stage, error))
    return FALSE;
  forget (self);
  stream->held_back = stream->patient = cuts (self);
  if (self->now->mode == OPENAI_STT_SEGMENTS)
    self->segments = openai_segments_new (stream, why);
  return TRUE;
}

static void
stop (GstVoiceStage * stage)
{
  forget (GST_VOICE_OPENAI_STT (stage));
  GST_VOICE_STAGE_CLASS (gst_voice_openai_stt_parent_class)->stop (stage);
}

static gboolean
set_rate (GstVoiceStt * stt, guint rate)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (stt);
  GstVoiceStreamStt *stream = GST_VOICE_STREAM_STT (stt);

  if (rate != stream->rate)
    self->begin = self->said = self->onset = 0;
  return parent_stt ()->set_rate (stt, rate);
}

static void
constructed (GObject * object)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (object);

  G_OBJECT_CLASS (gst_voice_openai_stt_parent_class)->constructed (object);
  self->now = gst_voice_provider_options (self->parent.provider);
}

static void
finalize (GObject * object)
{
  GstVoiceOpenaiStt *self = GST_VOICE_OPENAI_STT (object);

  openai_stt_items_free (self->items);
  g_array_unref (self->commits);
  g_clear_pointer (&self->resampler, resampler_free);
  g_clear_pointer (&self->segments, openai_segments_free);
  G_OBJECT_CLASS (gst_voice_openai_stt_parent_class)->finalize (object);
}

static void
gst_voice_openai_stt_class_init (GstVoiceOpenaiSttClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstVoiceStageClass *stage_class = GST_VOICE_STAGE_CLASS (klass);
  GstVoiceSttClass *stt_class = GST_VOICE_STT_CLASS (klass);
  GstVoiceStreamSttClass *stream_class = GST_VOICE_STREAM_STT_CLASS (klass);

  object_class->constructed = constructed;
  object_class->finalize = finalize;
  gst_voice_provider_install (object_class, &info);
  stage_class->start = GST_DEBUG_FUNCPTR (start);
  stage_class->stop = GST_DEBUG_FUNCPTR (stop);
  stage_class->timer = GST_DEBUG_FUNCPTR (timer);
  stt_class->set_rate = GST_DEBUG_FUNCPTR (set_rate);
  stt_class->audio = GST_DEBUG_FUNCPTR (audio);
  stt_class->speech = GST_DEBUG_FUNCPTR (speech);
  stt_class->finish = GST_DEBUG_FUNCPTR (finish);
  GST_VOICE_STT_CLASS (klass)->wait = 1660 * GST_MSECOND;
  stream_class->info = &info;
  stream_class->connect = connect_again;
  stream_class->path = path;
  stream_class->greet = greet;
  stream_class->send = send_sound;
  stream_class->ask_for_final = ask_for_final;
  stream_class->finish = finish_stream;
  stream_class->text = text;
  stream_class->why = why;
  stream_class->reset = reset;
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "OpenAI",
      "Audio/Text/Filter", "Recognises speech with OpenAI's transcription",
      "gst-voice");
}

static void
gst_voice_openai_stt_init (GstVoiceOpenaiStt * self)
{
  self->items = openai_stt_items_new ();
  self->commits = g_array_new (FALSE, FALSE, sizeof (Span));
}
