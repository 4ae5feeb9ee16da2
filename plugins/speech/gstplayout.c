/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-playout
 * @title: playout
 *
 * The mouth of an agent: takes speech as fast as it is synthesised and gives
 * it out in frames of 20 ms by the pipeline's clock. It stops and goes on at
 * once, and knows which words were heard.
 *
 * The output rate is fixed for the call: the property, or what downstream
 * prefers, or 24 kHz; whatever comes is resampled to it.
 *
 * It obeys the events `voice/hold`, `voice/resume`, `voice/interrupt`,
 * `voice/skip`, `voice/withdraw`, `voice/commit` and `voice/hangup`, passes
 * `voice/send-dtmf` on when what came before it is said, and tells upstream
 * `voice/busy`, `voice/playing`, `voice/played`, `voice/heard`, `voice/idle`
 * and `voice/end`, downstream `voice/words` and `voice/transcript`. See
 * docs/events.md.
 *
 * At the start and when a speech comes it asks downstream `voice/far`, and
 * takes that event. While the far end is not open no speech begins. What is
 * told of words and of a speech that was cut is what the far end has heard;
 * `voice/playing` and the end of a speech are told as they happen here.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc num-buffers=20 ! audio/x-raw,rate=16000 ! \
 *   playout ! wavenc ! filesink location=/dev/null
 * ]|
 */
/*
 * Threads: speech comes in the synthesiser's thread and waits in the core; the
 * task of the source pad takes a frame out of it whenever the alarm says so;
 * out-of-band events come in any thread.
 * Locks: `lock` guards the core and is a leaf; everything is pushed and posted
 * without it. While the task tells upstream what was heard, `telling` is set
 * and an interruption waits for it, so that nothing is told after the handler
 * of an interruption has returned that it should have told before.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstplayout.h"
#include "playout-far.h"
#include "playout-notes.h"
#include "playout-rate.h"
#include "playout-sentence.h"
#include "playout-voice.h"

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/filter.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (playout_debug);
#define GST_CAT_DEFAULT playout_debug

#define FRAME (20 * GST_MSECOND)
/* In silence that is not filled, downstream hears of time this often. */
#define GAP (100 * GST_MSECOND)
/* So late that catching up would do more harm than a skip. */
#define TOO_LATE (200 * GST_MSECOND)
/* So long a hangup waits for somebody to hear what is still to be said. */
#define GIVE_UP (10 * GST_SECOND)

#define DEFAULT_RATE 0
#define DEFAULT_FILL FILL_SILENCE
#define DEFAULT_DRAIN 300
#define DEFAULT_MAX_AHEAD 30000

typedef enum
{
  FILL_SILENCE,
  FILL_GAP,
} Fill;

struct _GstVoicePlayout
{
  GstElement parent;

  /* set once in init */
  GstPad *sinkpad, *srcpad;
  GstVoiceAlarm *alarm;

  /* state changes only */
  GstVoiceSession *session;

  /* has its own lock */
  PlayoutFar far;

  /* object lock */
  guint set_rate, drain, max_ahead;
  Fill fill;

  /* streaming thread of the sink pad */
  PlayoutRate input;

  /* lock */
  GMutex lock;
  GCond cond;
  PlayoutCore *core;
  guint rate, frame;            /* of the output */
  GstVoiceFilter filter;
  GstVoiceMark current;
  guint current_speech;         /* that has begun and not ended, or 0 */
  guint own_speech;             /* for sound that nobody has announced */
  guint committed;              /* the latest turn that is */
  gboolean flushing, playing, eos, busy;
  gboolean hangup, hangup_now;
  gchar *hangup_reason;
  GstVoiceToken *token;         /* with `due`: holds time until it is done */
  gboolean over;                /* the task will not look again */
  gboolean due;
  gboolean telling;
  GThread *teller;
  GstFlowReturn src_flow;
  guint skipped;                /* frames that came too late */

  /* state changes only, read by all */
  Fill filling;
  GstClockTime draining, most_ahead;

  /* task only */
  PlayoutVoice voice;
  GstClockTime next;            /* running time of the next frame */
  GstClockTime gap_from;        /* silence that downstream has not heard of */
  GstClockTime hangup_at;
  GstClockTime sound_until;     /* the end of the last frame with sound */
  gboolean announced, discont;
  gboolean asleep;              /* there is nothing to fill the silence with */
};

enum
{
  PROP_RATE = 1,
  PROP_FILL,
  PROP_DRAIN,
  PROP_MAX_AHEAD,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

#define CAPS "audio/x-raw, format=(string)S16LE, " \
    "layout=(string)interleaved, channels=(int)1, rate=(int)"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (CAPS "[ 8000, 48000 ]"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (CAPS "{ 8000, 12000, 16000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoicePlayout, gst_voice_playout,
    GST_TYPE_ELEMENT, GST_DEBUG_CATEGORY_INIT (playout_debug, "playout", 0,
        "the mouth of an agent"));
GST_ELEMENT_REGISTER_DEFINE (playout, "playout", GST_RANK_NONE,
    GST_TYPE_VOICE_PLAYOUT);

#define GST_TYPE_VOICE_PLAYOUT_FILL (playout_fill_get_type ())
static GType
playout_fill_get_type (void)
{
  static const GEnumValue values[] = {
    {FILL_SILENCE, "Frames of silence", "silence"},
    {FILL_GAP, "GAP events", "gap"},
    {0, NULL, NULL}
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoicePlayoutFill", values));
  return type;
}

static GstClockTime
samples_to_time (GstVoicePlayout * self, guint64 samples)
{
  return gst_util_uint64_scale_int (samples, GST_SECOND, self->rate);
}

static GstVoiceToken *
new_token (GstVoicePlayout * self)
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  GstVoiceToken *token = gst_voice_token_new (clock);

  gst_clear_object (&clock);
  return token;
}

static void
push_upstream (GstVoicePlayout * self, GstStructure * s)
{
  gst_pad_push_event (self->sinkpad, gst_voice_event_new (GST_VOICE_UPSTREAM,
          NULL, s));
}

/* Wakes the task, unless it is woken anyway. */
static void
wake (gpointer owner)
{
  GstVoicePlayout *self = owner;
  GstVoiceToken *token = new_token (self);

  g_mutex_lock (&self->lock);
  if (!self->due && !self->over)
    self->token = g_steal_pointer (&token);
  self->due = TRUE;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  gst_voice_token_unref (token);
}

/* In silence that is filled the next frame comes by itself. */
static void
wake_if_asleep (GstVoicePlayout * self)
{
  if (self->filling == FILL_GAP)
    wake (self);
}

/* The core is to know what is known of the far end, and so is upstream. */
static void
far_changed (GstVoicePlayout * self)
{
  PlayoutFarState far;

  g_mutex_lock (&self->lock);
  far = playout_far_get (&self->far);
  if (self->core)
    playout_core_set_far (self->core, far.open,
        gst_util_uint64_scale_int (far.delay, self->rate, GST_SECOND));
  g_mutex_unlock (&self->lock);
  playout_far_tell (&self->far, self->sinkpad);
}

static void
ask_far (GstVoicePlayout * self)
{
  playout_far_ask (&self->far, self->srcpad);
  far_changed (self);
}

static GstVoiceMark
mark_of (const PlayoutSpeech * speech)
{
  GstVoiceMark mark = {
    .generation = speech->generation,
    .turn = speech->turn,
    .flags = speech->interruptible ? GST_VOICE_FLAG_NONE :
        GST_VOICE_FLAG_UNINTERRUPTIBLE,
  };

  return mark;
}

static gboolean
keep_speech (const PlayoutSpeech * speech, gpointer data)
{
  GstVoicePlayout *self = data;
  GstVoiceMark mark = mark_of (speech);

  return gst_voice_filter_passes (&self->filter, &mark);
}

/* Takes what there is to tell. Until told() others wait in wait_told(). */
static GSList *
take_notes_locked (GstVoicePlayout * self)
{
  GSList *notes = NULL;
  PlayoutNote *note;

  while ((note = playout_core_next_note (self->core)))
    notes = g_slist_prepend (notes, note);
  self->telling = TRUE;
  self->teller = g_thread_self ();
  return g_slist_reverse (notes);
}

static void
tell_all (GstVoicePlayout * self, GSList * notes)
{
  PlayoutMouth mouth = {
    GST_ELEMENT (self), self->sinkpad, self->srcpad, self->session, self->rate
  };

  for (GSList * l = notes; l; l = l->next)
    playout_tell (&mouth, l->data);
  g_slist_free_full (notes, (GDestroyNotify) playout_note_free);
  g_mutex_lock (&self->lock);
  self->telling = FALSE;
  self->teller = NULL;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
wait_told_locked (GstVoicePlayout * self)
{
  while (self->telling && self->teller != g_thread_self ())
    g_cond_wait (&self->cond, &self->lock);
}

static gboolean
set_busy_locked (GstVoicePlayout * self, gboolean busy)
{
  gboolean changed = self->busy != busy;

  self->busy = busy;
  return changed;
}

static void
tell_busy (GstVoicePlayout * self, gboolean busy)
{
  push_upstream (self, gst_voice_structure_new (busy ? "busy" : "idle",
          "by", "playout", NULL));
}

/* By an interruption, a withdrawal or a skip. */
static gboolean
interrupted (GstVoicePlayout * self, GstEvent * event)
{
  GSList *notes;
  gboolean idle;

  g_mutex_lock (&self->lock);
  wait_told_locked (self);
  gst_voice_filter_event (&self->filter, event);
  if (!self->core) {
    g_mutex_unlock (&self->lock);
    gst_event_unref (event);
    return FALSE;
  }
  if (gst_voice_event_is (event, "skip"))
    playout_core_skip (self->core, gst_voice_structure_uint
        (gst_voice_event_parse (event), "speech"));
  else
    playout_core_cut (self->core, keep_speech, self);
  if (gst_voice_event_is (event, "interrupt"))
    playout_core_resume (self->core);
  idle = !playout_core_has_work (self->core) && set_busy_locked (self, FALSE);
  notes = take_notes_locked (self);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);

  tell_all (self, notes);
  if (idle)
    tell_busy (self, FALSE);
  wake_if_asleep (self);
  return gst_pad_push_event (self->srcpad, event);
}

static void
drop_all_locked (GstVoicePlayout * self)
{
  self->filter.forced_below = G_MAXUINT;
  playout_core_cut (self->core, keep_speech, self);
}

static void
take_hangup (GstVoicePlayout * self, const GstStructure * s)
{
  g_mutex_lock (&self->lock);
  if (!self->hangup)
    self->hangup_reason = g_strdup (gst_voice_structure_string (s, "reason"));
  self->hangup = TRUE;
  if (self->core && gst_voice_structure_boolean (s, "now")) {
    self->hangup_now = TRUE;
    drop_all_locked (self);
  }
  g_mutex_unlock (&self->lock);
  wake_if_asleep (self);
}

static gboolean
sink_event_oob (GstVoicePlayout * self, GstEvent * event)
{
  if (gst_voice_event_is (event, "interrupt")
      || gst_voice_event_is (event, "skip")
      || gst_voice_event_is (event, "withdraw"))
    return interrupted (self, event);

  g_mutex_lock (&self->lock);
  if (self->core && gst_voice_event_is (event, "hold"))
    playout_core_hold (self->core);
  else if (self->core && gst_voice_event_is (event, "resume"))
    playout_core_resume (self->core);
  g_mutex_unlock (&self->lock);
  if (gst_voice_event_is (event, "hangup"))
    take_hangup (self, gst_voice_event_parse (event));
  else if (gst_voice_event_is (event, "resume"))
    wake_if_asleep (self);
  return gst_pad_push_event (self->srcpad, event);
}

/* The speech joins the line if it is not in it. Returns whether that makes the
 * agent busy. */
static gboolean
begin_speech_locked (GstVoicePlayout * self, guint speech,
    const GstVoiceMark * mark)
{
  PlayoutSpeech info = {
    .speech = speech,
    .turn = mark->turn,
    .generation = mark->generation,
    .interruptible = !(mark->flags & GST_VOICE_FLAG_UNINTERRUPTIBLE),
    .gated = mark->flags & GST_VOICE_FLAG_PROPOSED
        && mark->turn > self->committed,
  };

  return playout_core_begin (self->core, &info)
      && set_busy_locked (self, TRUE);
}

static void
speech_begins (GstVoicePlayout * self, GstEvent * event)
{
  GstVoiceMark mark;

  ask_far (self);
  g_mutex_lock (&self->lock);
  gst_voice_mark_event (&mark, event, &self->current);
  self->current_speech = gst_voice_filter_passes (&self->filter, &mark) ?
      gst_voice_structure_uint (gst_voice_event_parse (event), "speech") : 0;
  g_mutex_unlock (&self->lock);
}

static void
speech_ends (GstVoicePlayout * self, guint speech)
{
  GArray *rest = playout_rate_flush (&self->input);
  gboolean busy = FALSE;

  g_mutex_lock (&self->lock);
  if (speech && speech == self->current_speech)
    busy = begin_speech_locked (self, speech, &self->current);
  playout_core_add (self->core, speech, (gint16 *) rest->data, rest->len, NULL);
  playout_core_end (self->core, speech);
  self->current_speech = 0;
  g_mutex_unlock (&self->lock);
  g_array_unref (rest);
  if (busy)
    tell_busy (self, TRUE);
  wake_if_asleep (self);
}

static void
turn_committed (GstVoicePlayout * self, const GstStructure * s)
{
  guint turn = gst_voice_structure_uint (s, "turn");

  g_mutex_lock (&self->lock);
  self->committed = MAX (self->committed, turn);
  playout_core_open (self->core, turn);
  g_mutex_unlock (&self->lock);
  wake_if_asleep (self);
}

static void
take_keys (GstVoicePlayout * self, const GstStructure * s)
{
  g_mutex_lock (&self->lock);
  playout_core_add_keys (self->core, gst_voice_structure_string (s, "digits"));
  g_mutex_unlock (&self->lock);
  wake_if_asleep (self);
}

static void
take_eos (GstVoicePlayout * self)
{
  if (self->own_speech)
    speech_ends (self, self->own_speech);
  g_mutex_lock (&self->lock);
  self->own_speech = 0;
  self->eos = TRUE;
  g_mutex_unlock (&self->lock);
  wake_if_asleep (self);
}

/* A seek upstream: what was not yet played is not wanted. The output goes
 * on. */
static void
flushed (GstVoicePlayout * self)
{
  guint below;

  g_mutex_lock (&self->lock);
  below = self->filter.below;
  drop_all_locked (self);
  gst_voice_filter_init (&self->filter, below);
  self->eos = FALSE;
  self->current_speech = self->own_speech = 0;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static gboolean
sink_event_ordered (GstVoicePlayout * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (gst_voice_event_is (event, "speech"))
    speech_begins (self, event);
  else if (gst_voice_event_is (event, "speech-end"))
    speech_ends (self, gst_voice_structure_uint (s, "speech"));
  else if (gst_voice_event_is (event, "commit"))
    turn_committed (self, s);
  else if (gst_voice_event_is (event, "hangup"))
    take_hangup (self, s);
  else if (gst_voice_event_is (event, "send-dtmf"))
    take_keys (self, s);
  else if (s)
    return gst_pad_push_event (self->srcpad, event);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      flushed (self);
      break;
    case GST_EVENT_CAPS:
      playout_rate_set_input (&self->input, event, self->rate);
      break;
    case GST_EVENT_EOS:
      take_eos (self);
      break;
    default:
      return GST_EVENT_IS_SERIALIZED (event) ?
          sink_event_ordered (self, event) : sink_event_oob (self, event);
  }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (parent);
  GstClockTime ahead = 0;

  if (!gst_voice_query_is (query, "ahead"))
    return gst_pad_query_default (pad, parent, query);
  g_mutex_lock (&self->lock);
  if (self->core)
    ahead = samples_to_time (self, playout_core_ahead (self->core));
  g_mutex_unlock (&self->lock);
  gst_structure_set (gst_query_writable_structure (query), "ahead",
      GST_TYPE_CLOCK_TIME, ahead, NULL);
  return TRUE;
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (parent);

  if (!gst_voice_event_is (event, "far"))
    return gst_pad_event_default (pad, parent, event);
  playout_far_take (&self->far, gst_voice_event_parse (event));
  gst_event_unref (event);
  far_changed (self);
  wake_if_asleep (self);
  return TRUE;
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  /* A frame is pushed when its first sample is due. What lies upstream does
   * not delay it. */
  gst_query_set_latency (query, TRUE, FRAME, GST_CLOCK_TIME_NONE);
  return TRUE;
}

/* Waits while too much is ahead. Simulated time would stand still. */
static GstFlowReturn
wait_for_room_locked (GstVoicePlayout * self, gboolean simulated)
{
  while (!self->flushing && self->src_flow == GST_FLOW_OK && !simulated
      && samples_to_time (self, playout_core_ahead (self->core)) >=
      self->most_ahead)
    g_cond_wait (&self->cond, &self->lock);
  return self->flushing ? GST_FLOW_FLUSHING : self->src_flow;
}

static guint
speech_of_locked (GstVoicePlayout * self, const GstVoiceMeta * meta)
{
  if (meta && meta->speech)
    return meta->speech;
  if (self->current_speech)
    return self->current_speech;
  if (!self->own_speech)
    self->own_speech = gst_voice_session_next_speech (self->session);
  return self->own_speech;
}

static GstFlowReturn
add_sound (GstVoicePlayout * self, GstBuffer * buffer, const gint16 * samples,
    gsize n)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  GstVoiceToken *token = gst_voice_token_of_buffer (buffer);
  gboolean busy = FALSE, announced;
  GstVoiceMark mark;
  GstFlowReturn flow;
  guint speech;

  g_mutex_lock (&self->lock);
  announced = self->current_speech || self->own_speech;
  g_mutex_unlock (&self->lock);
  if (!announced)
    ask_far (self);
  g_mutex_lock (&self->lock);
  flow = wait_for_room_locked (self, token != NULL);
  gst_voice_mark_buffer (&mark, buffer, &self->current);
  if (flow == GST_FLOW_OK && gst_voice_filter_passes (&self->filter, &mark)) {
    speech = speech_of_locked (self, meta);
    busy = begin_speech_locked (self, speech, &mark);
    playout_sentence_add (self->core, self->rate, speech, samples, n, meta);
  }
  g_mutex_unlock (&self->lock);
  gst_voice_token_unref (token);
  if (busy)
    tell_busy (self, TRUE);
  wake_if_asleep (self);
  return flow;
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (parent);
  const gint16 *samples;
  GstFlowReturn flow;
  GstMapInfo map;
  gsize n;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  n = map.size / sizeof (gint16);
  samples = playout_rate_convert (&self->input, map.data, &n);
  flow = add_sound (self, buffer, samples, n);
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return flow;
}

static void
announce (GstVoicePlayout * self)
{
  GstSegment segment;
  GstCaps *caps;
  gchar *id;

  if (self->announced)
    return;
  self->announced = TRUE;
  id = gst_pad_create_stream_id (self->srcpad, GST_ELEMENT (self), "playout");
  gst_pad_push_event (self->srcpad, gst_event_new_stream_start (id));
  g_free (id);
  caps = gst_static_pad_template_get_caps (&src_template);
  caps = gst_caps_make_writable (caps);
  gst_caps_set_simple (caps, "rate", G_TYPE_INT, (gint) self->rate, NULL);
  gst_pad_push_event (self->srcpad, gst_event_new_caps (caps));
  gst_caps_unref (caps);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->srcpad, gst_event_new_segment (&segment));
}

static void
push_gap (GstVoicePlayout * self, GstClockTime until)
{
  if (until > self->gap_from)
    gst_pad_push_event (self->srcpad, gst_event_new_gap (self->gap_from,
            until - self->gap_from));
  self->gap_from = until;
  self->discont = TRUE;
}

static GstFlowReturn
push_frame (GstVoicePlayout * self, GstBuffer * frame, gboolean sound,
    GstVoiceToken * token)
{
  if (self->filling == FILL_GAP && self->next > self->gap_from)
    push_gap (self, self->next);
  GST_BUFFER_PTS (frame) = self->next;
  GST_BUFFER_DURATION (frame) = FRAME;
  if (sound)
    self->sound_until = self->next + FRAME;
  if (self->discont)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DISCONT);
  if (!sound)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_GAP);
  self->discont = FALSE;
  self->gap_from = self->next + FRAME;
  gst_voice_token_ride (token, frame);
  return gst_pad_push (self->srcpad, frame);
}

/* What is left to be done when the line is empty. FALSE if that was all. */
static gboolean
finish (GstVoicePlayout * self, gboolean hangup, gboolean eos)
{
  PlayoutFarState far = playout_far_get (&self->far);
  GstClockTime until = self->sound_until + (far.open ? far.delay : 0);
  gboolean now;
  gchar *reason;

  if (eos) {
    GST_DEBUG_OBJECT (self, "played to the end");
    gst_pad_push_event (self->srcpad, gst_event_new_eos ());
    return FALSE;
  }
  if (!hangup)
    return TRUE;
  g_mutex_lock (&self->lock);
  now = self->hangup_now;
  g_mutex_unlock (&self->lock);
  if (!GST_CLOCK_TIME_IS_VALID (self->hangup_at))
    self->hangup_at = self->next + self->draining;
  if ((self->next < self->hangup_at && !now) || self->next < until)
    return TRUE;
  g_mutex_lock (&self->lock);
  self->hangup = FALSE;
  reason = g_steal_pointer (&self->hangup_reason);
  g_mutex_unlock (&self->lock);
  self->hangup_at = GST_CLOCK_TIME_NONE;
  push_upstream (self, gst_voice_structure_new ("end", "reason", reason, NULL));
  g_free (reason);
  return TRUE;
}

/* A goodbye that nobody is there to hear is not waited for for ever. */
static void
wait_for_ears (GstVoicePlayout * self, gboolean unheard)
{
  if (!unheard)
    self->hangup_at = GST_CLOCK_TIME_NONE;
  else if (!GST_CLOCK_TIME_IS_VALID (self->hangup_at))
    self->hangup_at = self->next + GIVE_UP;
  if (self->next < self->hangup_at)
    return;
  g_mutex_lock (&self->lock);
  drop_all_locked (self);
  g_mutex_unlock (&self->lock);
}

/* One frame, when its time has come. FALSE if there is no more to play. */
static gboolean
tick (GstVoicePlayout * self, GstVoiceToken * token)
{
  gboolean sound, work, idle, hangup, eos, unheard;
  GstFlowReturn flow = GST_FLOW_OK;
  GSList *notes;
  GstBuffer *frame =
      gst_buffer_new_allocate (NULL, self->frame * sizeof (gint16), NULL);
  GstMapInfo map;

  announce (self);
  gst_buffer_map (frame, &map, GST_MAP_WRITE);
  g_mutex_lock (&self->lock);
  wait_told_locked (self);
  sound = playout_core_frame (self->core, (gint16 *) map.data);
  work = playout_core_has_work (self->core);
  idle = !work && set_busy_locked (self, FALSE);
  unheard = playout_core_is_unheard (self->core);
  hangup = self->hangup;
  eos = self->eos;
  notes = take_notes_locked (self);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  playout_voice_frame (&self->voice, self->sinkpad, self->next,
      sound ? (gint16 *) map.data : NULL, self->frame);
  gst_buffer_unmap (frame, &map);

  tell_all (self, notes);
  if (idle)
    tell_busy (self, FALSE);
  if (work && hangup)
    wait_for_ears (self, unheard);
  if (!work && !finish (self, hangup, eos)) {
    gst_buffer_unref (frame);
    return FALSE;
  }
  if (sound || self->filling == FILL_SILENCE)
    flow = push_frame (self, frame, sound, token);
  else
    gst_buffer_unref (frame);
  self->next += FRAME;
  if (flow == GST_FLOW_OK)
    return TRUE;
  g_mutex_lock (&self->lock);
  self->src_flow = flow;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  if (flow == GST_FLOW_NOT_LINKED)
    GST_ELEMENT_FLOW_ERROR (self, flow);
  return FALSE;
}

static gboolean
has_work (GstVoicePlayout * self)
{
  gboolean work;

  g_mutex_lock (&self->lock);
  work = playout_core_has_work (self->core) ?
      !playout_core_is_unheard (self->core) || self->hangup :
      self->hangup || self->eos;
  g_mutex_unlock (&self->lock);
  return work;
}

/* Plays what is due and sets the alarm for the next frame. */
static gboolean
play_until (GstVoicePlayout * self, GstClockTime now, GstVoiceToken * token)
{
  gboolean gaps = self->filling == FILL_GAP;

  if (gaps && !has_work (self)) {
    announce (self);
    if (now >= self->gap_from + GAP)
      push_gap (self, now);
    self->asleep = TRUE;
    gst_voice_alarm_set_running (self->alarm, GST_ELEMENT (self),
        self->gap_from + GAP);
    return TRUE;
  }
  if (self->asleep)
    self->next = now;
  self->asleep = FALSE;
  if (now > self->next + TOO_LATE) {
    self->skipped += (now - self->next) / FRAME;
    self->next = now;
    self->discont = TRUE;
  }
  while (self->next <= now) {
    if (!tick (self, token))
      return FALSE;
  }
  gst_voice_alarm_set_running (self->alarm, GST_ELEMENT (self), self->next);
  return TRUE;
}

/* Simulated time must not wait for a task that does not come. */
static void
end_task (GstVoicePlayout * self)
{
  gst_pad_pause_task (self->srcpad);
  gst_voice_alarm_clear (self->alarm);
  g_mutex_lock (&self->lock);
  self->over = TRUE;
  g_clear_pointer (&self->token, gst_voice_token_unref);
  g_mutex_unlock (&self->lock);
}

static void
loop (gpointer data)
{
  GstVoicePlayout *self = data;
  GstVoiceToken *token;
  GstClockTime now;
  gboolean go_on;

  g_mutex_lock (&self->lock);
  while (!self->flushing && !(self->playing && self->due))
    self->due |= gst_voice_alarm_wait (self->alarm, &self->cond, &self->lock);
  go_on = !self->flushing;
  self->due = FALSE;
  token = g_steal_pointer (&self->token);
  g_mutex_unlock (&self->lock);

  now = gst_element_get_current_running_time (GST_ELEMENT (self));
  if (go_on && GST_CLOCK_TIME_IS_VALID (now))
    go_on = play_until (self, now, token);
  gst_voice_token_unref (token);
  if (!go_on)
    end_task (self);
}

static gboolean
src_activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode,
    gboolean active)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (parent);

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->flushing = !active;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  return active ? gst_pad_start_task (pad, loop, self, NULL) :
      gst_pad_stop_task (pad);
}

static void
start (GstVoicePlayout * self)
{
  guint rate;

  GST_OBJECT_LOCK (self);
  rate = self->set_rate;
  GST_OBJECT_UNLOCK (self);
  if (!rate)
    rate = playout_rate_choose (self->srcpad);
  playout_far_reset (&self->far);
  g_mutex_lock (&self->lock);
  self->rate = rate;
  self->frame = rate / 50;
  self->core = playout_core_new (rate, self->frame);
  gst_voice_filter_init (&self->filter,
      gst_voice_session_generation (self->session));
  memset (&self->current, 0, sizeof self->current);
  self->current.generation = self->filter.below;
  self->current_speech = self->own_speech = self->committed = 0;
  self->eos = self->busy = self->due = self->over = FALSE;
  self->hangup = self->hangup_now = FALSE;
  self->src_flow = GST_FLOW_OK;
  self->skipped = 0;
  g_mutex_unlock (&self->lock);
  GST_OBJECT_LOCK (self);
  self->filling = self->fill;
  self->draining = self->drain * GST_MSECOND;
  self->most_ahead = self->max_ahead * GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  playout_voice_init (&self->voice, rate);
  self->next = self->gap_from = self->sound_until = 0;
  self->hangup_at = GST_CLOCK_TIME_NONE;
  self->announced = self->asleep = FALSE;
  self->discont = TRUE;
}

static void
stop (GstVoicePlayout * self)
{
  gst_voice_alarm_clear (self->alarm);
  g_mutex_lock (&self->lock);
  /* An alarm that is being delivered takes no token any more. */
  self->over = TRUE;
  g_clear_pointer (&self->core, playout_core_free);
  g_clear_pointer (&self->hangup_reason, g_free);
  g_clear_pointer (&self->token, gst_voice_token_unref);
  g_mutex_unlock (&self->lock);
  playout_rate_reset (&self->input);
}

static void
set_playing (GstVoicePlayout * self, gboolean playing)
{
  g_mutex_lock (&self->lock);
  self->playing = playing;
  g_mutex_unlock (&self->lock);
  if (playing)
    gst_voice_alarm_call_soon (self->alarm, GST_ELEMENT (self));
  else
    gst_voice_alarm_clear (self->alarm);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    self->session = gst_voice_session_obtain (element);
  else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    start (self);
  else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    set_playing (self, FALSE);

  ret = GST_ELEMENT_CLASS (gst_voice_playout_parent_class)->change_state
      (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE)
    return ret;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      ask_far (self);
      set_playing (self, TRUE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      stop (self);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      g_clear_object (&self->session);
      break;
    default:
      break;
  }
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RATE:
      self->set_rate = g_value_get_uint (value);
      break;
    case PROP_FILL:
      self->fill = g_value_get_enum (value);
      break;
    case PROP_DRAIN:
      self->drain = g_value_get_uint (value);
      break;
    case PROP_MAX_AHEAD:
      self->max_ahead = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static GstStructure *
make_stats (GstVoicePlayout * self)
{
  guint underruns = 0, skipped;
  GstClockTime ahead = 0;

  g_mutex_lock (&self->lock);
  if (self->core) {
    underruns = playout_core_underruns (self->core);
    ahead = samples_to_time (self, playout_core_ahead (self->core));
  }
  skipped = self->skipped;
  g_mutex_unlock (&self->lock);
  return gst_structure_new ("stats", "underruns", G_TYPE_UINT, underruns,
      "skipped", G_TYPE_UINT, skipped, "ahead", GST_TYPE_CLOCK_TIME, ahead,
      NULL);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, make_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_RATE:
      g_value_set_uint (value, self->set_rate);
      break;
    case PROP_FILL:
      g_value_set_enum (value, self->fill);
      break;
    case PROP_DRAIN:
      g_value_set_uint (value, self->drain);
      break;
    case PROP_MAX_AHEAD:
      g_value_set_uint (value, self->max_ahead);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoicePlayout *self = GST_VOICE_PLAYOUT (object);

  gst_voice_alarm_free (self->alarm);
  g_clear_object (&self->session);
  playout_rate_clear (&self->input);
  playout_far_clear (&self->far);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (gst_voice_playout_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
      GST_PARAM_MUTABLE_READY;

  /**
   * GstVoicePlayout:rate:
   *
   * Sampling rate of the output in Hz; 0 takes what downstream prefers, or
   * 24000.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate",
      "Sampling rate of the output in Hz (0 = what downstream prefers)",
      0, 48000, DEFAULT_RATE, flags);
  /**
   * GstVoicePlayout:fill:
   *
   * What goes downstream while nothing is said.
   */
  props[PROP_FILL] = g_param_spec_enum ("fill", "Fill",
      "What goes downstream while nothing is said",
      GST_TYPE_VOICE_PLAYOUT_FILL, DEFAULT_FILL, flags);
  /**
   * GstVoicePlayout:drain:
   *
   * How long after the last sample a hangup is carried out, in ms, so that the
   * last word is not clipped.
   */
  props[PROP_DRAIN] = g_param_spec_uint ("drain", "Drain",
      "How long after the last sample a hangup is carried out, in ms",
      0, 10000, DEFAULT_DRAIN, flags);
  /**
   * GstVoicePlayout:max-ahead:
   *
   * How much sound may wait before upstream has to, in ms.
   */
  props[PROP_MAX_AHEAD] = g_param_spec_uint ("max-ahead", "Maximum ahead",
      "How much sound may wait before upstream has to, in ms",
      100, G_MAXINT, DEFAULT_MAX_AHEAD, flags);
  /**
   * GstVoicePlayout:stats:
   *
   * `underruns`: how often synthesis was late in a speech; `skipped`: frames
   * that this element was too late for; `ahead`: sound that waits, in ns.
   */
  props[PROP_STATS] = g_param_spec_boxed ("stats", "Statistics",
      "Underruns, skipped frames, sound that waits", GST_TYPE_STRUCTURE,
      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_voice_playout_class_init (GstVoicePlayoutClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Playout",
      "Filter/Audio", "Plays speech by the clock and knows what was heard",
      "gst-voice");
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_PLAYOUT_FILL, 0);
}

static void
gst_voice_playout_init (GstVoicePlayout * self)
{
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, GST_DEBUG_FUNCPTR (sink_chain));
  gst_pad_set_event_function (self->sinkpad, GST_DEBUG_FUNCPTR (sink_event));
  gst_pad_set_query_function (self->sinkpad, GST_DEBUG_FUNCPTR (sink_query));
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_activatemode_function (self->srcpad,
      GST_DEBUG_FUNCPTR (src_activate_mode));
  gst_pad_set_event_function (self->srcpad, GST_DEBUG_FUNCPTR (src_event));
  gst_pad_set_query_function (self->srcpad, GST_DEBUG_FUNCPTR (src_query));
  gst_pad_use_fixed_caps (self->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->flushing = TRUE;
  playout_rate_init (&self->input);
  playout_far_init (&self->far);
  self->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_PLAYOUT, wake, self);
  gst_voice_alarm_set_waited (self->alarm);
  self->set_rate = DEFAULT_RATE;
  self->fill = DEFAULT_FILL;
  self->drain = DEFAULT_DRAIN;
  self->max_ahead = DEFAULT_MAX_AHEAD;
}
