/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A recogniser that has others listen. They are linked behind it, the sound
 * goes to one of them, and its transcripts come back and go on.
 *
 * The sound since the last final is kept with the events of `vad` in their
 * places. When a child fails, says nothing of a caller who speaks, or leaves
 * words open behind his last one, all that is given to the next one at one go,
 * and what that one says of sound which was settled before does not go on.
 *
 * Out-of-band and upstream events pass by the children, so that none is lost
 * with one of them: a child is shown them, and what it passes on itself is
 * swallowed.
 *
 * Threads: sound in the sender's, transcripts in the children's tasks, events
 * in any; switches in a thread of gst_element_call_async().
 * Locks: `feed`, then `lock`. `feed` makes what a child is given one sequence,
 * and is held while a child takes it, which may wait for that child's task but
 * for nothing else; `lock` guards the state and is a leaf.
 */
#include "fallback-stt.h"

#include "fallback-ring.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <string.h>

/* Transcripts that end so little behind what is known say nothing new. */
#define SLACK (50 * GST_MSECOND)
#define MAX_WORDS 500

/* The pads have no parent: to the bin that sorts its elements, the children
 * would be before us and behind. */
typedef struct
{
  GstVoiceFallbackStt *front;   /* borrowed */
  gint child;
  GstPad *feed, *take;
} Link;

struct _GstVoiceFallbackStt
{
  GstElement parent;

  /* set once when it is made */
  FallbackTeam *team;
  GstPad *sinkpad, *srcpad;
  Link links[FALLBACK_MAX];
  GstVoiceAlarm *alarm;

  /* sender's thread */
  GstSegment segment;

  /* feed */
  GMutex feed;
  gboolean eos_fed;

  /* lock */
  GMutex lock;
  GCond cond;                   /* current has changed */
  gint current;                 /* -1: nobody */
  guint switches;
  FallbackRing ring;
  GstClockTime fed;             /* up to where a child was given the sound */
  GstClockTime settled;         /* up to where it was understood */
  guint base, highest;          /* of segments, for the child and of all */
  gboolean started, segmented;  /* STREAM_START and SEGMENT have gone on */
  GstCaps *caps;                /* that have gone on */
  gboolean sounding, open;      /* the caller; words that no final settles */
  GstClockTime since, sounded;  /* he sounds, and has in all, without a word */
  GstClockTime deaf_at, late_at;
  gboolean live, running, lost;
};

G_DEFINE_FINAL_TYPE (GstVoiceFallbackStt, gst_voice_fallback_stt,
    GST_TYPE_ELEMENT);

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

/* An event that a child is being shown, in the thread that shows it. */
typedef struct
{
  guint32 seqnum;
  gboolean passed;              /* it has come out again */
} Shown;

static GPrivate shown_key;

static gboolean
is_shown (GstEvent * event)
{
  Shown *shown = g_private_get (&shown_key);

  if (!shown || shown->seqnum != gst_event_get_seqnum (event))
    return FALSE;
  shown->passed = TRUE;
  return TRUE;
}

/* Takes @event. Returns whether others are to have it, too. */
static gboolean
show (GstPad * pad, GstEvent * event)
{
  Shown *before = g_private_get (&shown_key);
  Shown shown = { gst_event_get_seqnum (event), FALSE };
  gboolean taken;

  g_private_set (&shown_key, &shown);
  taken = gst_pad_push_event (pad, event);
  g_private_set (&shown_key, before);
  return shown.passed || !taken;
}

static GstClockTime
now_of (GstVoiceFallbackStt * self)
{
  GstClockTime now = gst_element_get_current_running_time (GST_ELEMENT (self));

  return GST_CLOCK_TIME_IS_VALID (now) ? now : 0;
}

static GstVoiceFallbackStt *
front_of (GstPad * pad)
{
  return ((const Link *) gst_pad_get_element_private (pad))->front;
}

static gint
current_of (GstVoiceFallbackStt * self)
{
  gint current;

  g_mutex_lock (&self->lock);
  current = self->current;
  g_mutex_unlock (&self->lock);
  return current;
}

/* When the child has had long enough. On a file it may be any time behind. */
static void
arm (GstVoiceFallbackStt * self)
{
  GstClockTime at = GST_CLOCK_TIME_NONE;

  g_mutex_lock (&self->lock);
  if (self->running && self->live && self->current >= 0)
    at = MIN (self->deaf_at, self->late_at);
  g_mutex_unlock (&self->lock);
  if (GST_CLOCK_TIME_IS_VALID (at))
    gst_voice_alarm_set_running (self->alarm, GST_ELEMENT (self), at);
  else
    gst_voice_alarm_clear (self->alarm);
}

static void
expect_words_locked (GstVoiceFallbackStt * self)
{
  GstClockTime deaf_after = GST_MSECOND *
      fallback_team_settings (self->team)->deaf_after;

  self->deaf_at = self->sounding && deaf_after ?
      self->since + deaf_after - MIN (self->sounded, deaf_after) :
      GST_CLOCK_TIME_NONE;
}

/* A word of the caller's, or that there was none after all. */
static void
note_words (GstVoiceFallbackStt * self, gboolean any, gboolean final)
{
  g_mutex_lock (&self->lock);
  if (any || final) {
    self->sounded = 0;
    self->since = now_of (self);
  }
  self->open = any && !final;
  if (!self->open)
    self->late_at = GST_CLOCK_TIME_NONE;
  expect_words_locked (self);
  g_mutex_unlock (&self->lock);
  arm (self);
}

/* What `vad` says: he begins or ends. */
static void
note_voice (GstVoiceFallbackStt * self, gboolean begins, gboolean over)
{
  GstClockTime now = now_of (self);
  guint timeout = fallback_team_settings (self->team)->timeout;

  g_mutex_lock (&self->lock);
  if (begins && !self->sounding)
    self->since = now;
  else if (!begins && self->sounding)
    self->sounded += now - MIN (self->since, now);
  self->sounding = begins;
  self->late_at = over && self->open && timeout ?
      now + timeout * GST_MSECOND : GST_CLOCK_TIME_NONE;
  expect_words_locked (self);
  g_mutex_unlock (&self->lock);
  arm (self);
}

static gboolean
send_sticky (GstPad * pad, GstEvent ** event, gpointer feed)
{
  /* A copy: one that the pad has had already is not sent again. */
  if (GST_EVENT_TYPE (*event) != GST_EVENT_EOS)
    gst_pad_push_event (feed, gst_event_copy (*event));
  return TRUE;
}

/* Gives the child all that is not settled. With feed held. */
static void
replay (GstVoiceFallbackStt * self, const Link * link)
{
  GSList *items = NULL;
  gboolean eos = self->eos_fed;

  gst_pad_sticky_events_foreach (self->sinkpad, send_sticky, link->feed);
  g_mutex_lock (&self->lock);
  for (GList * l = self->ring.items.head; l; l = l->next) {
    const FallbackItem *item = l->data;
    gboolean stays = item->out && GST_EVENT_IS_SERIALIZED (item->object);

    if (GST_IS_BUFFER (item->object) || !stays)
      items = g_slist_prepend (items, gst_mini_object_ref (item->object));
  }
  g_mutex_unlock (&self->lock);
  items = g_slist_reverse (items);
  for (GSList * l = items; l; l = l->next) {
    if (GST_IS_BUFFER (l->data))
      gst_pad_push (link->feed, GST_BUFFER (l->data));
    else if (GST_EVENT_IS_SERIALIZED (l->data))
      gst_pad_push_event (link->feed, GST_EVENT (l->data));
    else
      show (link->feed, GST_EVENT (l->data));
  }
  g_slist_free (items);
  if (eos)
    gst_pad_push_event (link->feed, gst_event_new_eos ());
}

/* What the one before has left open is void. */
static void
push_reset (GstVoiceFallbackStt * self)
{
  GstStructure *s = gst_voice_structure_new ("stt-reset", "reason",
      "switched", NULL);

  fallback_team_report (self->team, gst_structure_copy (s));
  gst_pad_push_event (self->srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
          s));
}

static void
take_child (GstVoiceFallbackStt * self, gint child)
{
  g_mutex_lock (&self->lock);
  self->current = child;
  self->switches++;
  self->base = self->highest;
  self->open = FALSE;
  self->sounded = 0;
  self->since = now_of (self);
  self->late_at = GST_CLOCK_TIME_NONE;
  expect_words_locked (self);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
switch_to (GstVoiceFallbackStt * self, gint child)
{
  gint before;

  g_mutex_lock (&self->feed);
  before = current_of (self);
  if (child != before) {
    take_child (self, child);
    push_reset (self);
    replay (self, &self->links[child]);
  }
  g_mutex_unlock (&self->feed);
  if (before >= 0 && before != child)
    fallback_team_rest (self->team, before);
  arm (self);
}

/* Nobody hears the caller any more. */
static void
give_up (GstVoiceFallbackStt * self, const GError * error)
{
  const gchar *text = fallback_team_settings (self->team)->last_resort;
  gboolean first, eos;

  g_mutex_lock (&self->lock);
  first = !self->lost;
  self->lost = TRUE;
  self->current = -1;
  self->switches++;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  if (!first)
    return;
  if (!text) {
    gst_voice_error_post (GST_ELEMENT (self), error, NULL, 0, NULL, TRUE);
    return;
  }
  if (*text)
    gst_pad_push_event (self->srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
            gst_voice_structure_new ("say", "text", text, "interruptible",
                FALSE, "source", "goodbye", NULL)));
  gst_pad_push_event (self->srcpad, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("hangup", "reason", "error", "by",
              "application", "now", FALSE, NULL)));
  g_mutex_lock (&self->feed);
  eos = self->eos_fed;
  g_mutex_unlock (&self->feed);
  if (eos)
    gst_pad_push_event (self->srcpad, gst_event_new_eos ());
}

typedef struct
{
  gint child;
  GError *error;
  gboolean broken;              /* its element cannot go on */
  GstVoiceToken *token;
} Loss;

static void
loss_free (gpointer data)
{
  Loss *loss = data;

  g_clear_error (&loss->error);
  gst_voice_token_unref (loss->token);
  g_free (loss);
}

static void
do_lose (GstElement * element, gpointer data)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (element);
  const Loss *loss = data;
  gint child;

  if (current_of (self) != loss->child && !loss->broken)
    return;
  fallback_team_failed (self->team, loss->child, loss->error, now_of (self),
      !loss->broken);
  if (current_of (self) != loss->child) {
    fallback_team_rest (self->team, loss->child);
    return;
  }
  child = fallback_team_choose (self->team, now_of (self), TRUE);
  if (child >= 0) {
    switch_to (self, child);
  } else if (child == -1 && !loss->broken) {
    /* If nobody hears a word there is none: a cough, music. */
    fallback_team_fresh (self->team);
    note_words (self, FALSE, TRUE);
  } else if (child == -1) {
    fallback_team_rest (self->team, loss->child);
    give_up (self, loss->error);
  }
}

/* Before simulated time goes on. */
static void
call_soon (GstVoiceFallbackStt * self, GstElementCallAsyncFunc func,
    Loss * loss)
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));

  loss->token = gst_voice_token_new (clock);
  gst_clear_object (&clock);
  gst_element_call_async (GST_ELEMENT (self), func, loss, loss_free);
}

static const gchar *
what_is_due (GstVoiceFallbackStt * self, gint * child)
{
  GstClockTime now = now_of (self);
  const gchar *what = NULL;

  g_mutex_lock (&self->lock);
  *child = self->current;
  if (self->deaf_at <= now)
    what = "the caller speaks, and not a word is recognised";
  else if (self->late_at <= now)
    what = "the caller's last words are not settled";
  if (what)
    self->deaf_at = self->late_at = GST_CLOCK_TIME_NONE;
  g_mutex_unlock (&self->lock);
  return *child < 0 ? NULL : what;
}

/* What it was set for may have come meanwhile. */
static void
do_deadline (GstElement * element, gpointer data)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (element);
  Loss *loss = data;
  const gchar *what = what_is_due (self, &loss->child);

  if (!what) {
    arm (self);
    return;
  }
  loss->error = g_error_new_literal (GST_VOICE_ERROR, GST_VOICE_ERROR_STALLED,
      what);
  do_lose (element, loss);
}

static void
alarm_came (gpointer owner)
{
  call_soon (owner, do_deadline, g_new0 (Loss, 1));
}

/* A better one may listen again, while nobody speaks. */
static void
do_reconsider (GstElement * element, gpointer data)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (element);
  gboolean quiet;
  gint child;

  g_mutex_lock (&self->lock);
  quiet = !self->sounding && !self->open && self->current > 0;
  g_mutex_unlock (&self->lock);
  if (!quiet)
    return;
  child = fallback_team_choose (self->team, now_of (self), TRUE);
  if (child >= 0)
    switch_to (self, child);
}

/* Whoever feeds a file waits for the next child; a caller does not. */
static GstFlowReturn
after_failure (GstVoiceFallbackStt * self, guint switches)
{
  GstFlowReturn flow = GST_FLOW_OK;

  g_mutex_lock (&self->lock);
  while (!self->live && self->running && !self->lost
      && self->switches == switches)
    g_cond_wait (&self->cond, &self->lock);
  if (self->lost && !fallback_team_settings (self->team)->last_resort)
    flow = GST_FLOW_ERROR;
  else if (!self->running)
    flow = GST_FLOW_FLUSHING;
  g_mutex_unlock (&self->lock);
  return flow;
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (parent);
  GstClockTime end = gst_segment_to_running_time (&self->segment,
      GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  GstFlowReturn flow = GST_FLOW_OK;
  guint switches;
  gint current;

  if (GST_CLOCK_TIME_IS_VALID (end) && GST_BUFFER_DURATION_IS_VALID (buffer))
    end += GST_BUFFER_DURATION (buffer);
  g_mutex_lock (&self->feed);
  g_mutex_lock (&self->lock);
  current = self->current;
  switches = self->switches;
  fallback_ring_add_buffer (&self->ring, buffer, end);
  if (GST_CLOCK_TIME_IS_VALID (end))
    self->fed = end;
  g_mutex_unlock (&self->lock);
  if (current >= 0)
    flow = gst_pad_push (self->links[current].feed, buffer);
  else
    gst_buffer_unref (buffer);
  g_mutex_unlock (&self->feed);
  if (flow == GST_FLOW_OK && current >= 0)
    return GST_FLOW_OK;
  return flow == GST_FLOW_EOS ? flow : after_failure (self, switches);
}

static void
learn_liveness (GstVoiceFallbackStt * self)
{
  GstQuery *query = gst_query_new_latency ();
  gboolean live = TRUE;

  if (gst_pad_peer_query (self->sinkpad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  g_mutex_lock (&self->lock);
  self->live = live;
  g_mutex_unlock (&self->lock);
}

/* What comes in order goes through a child, and is kept until it has. */
static gboolean
feed_event (GstVoiceFallbackStt * self, GstEvent * event)
{
  gboolean sticky = GST_EVENT_IS_STICKY (event), ok = TRUE;
  gint current;

  g_mutex_lock (&self->feed);
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    self->eos_fed = TRUE;
  g_mutex_lock (&self->lock);
  current = self->current;
  if (!sticky)
    fallback_ring_add_event (&self->ring, gst_voice_event_alight (gst_event_ref
            (event)), FALSE);
  g_mutex_unlock (&self->lock);
  /* The pad keeps it when we have returned. A child that is taken before that
   * is to have it, too. */
  if (sticky && GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    gst_pad_store_sticky_event (self->sinkpad, event);
  if (current >= 0)
    ok = gst_pad_push_event (self->links[current].feed, event);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    ok = gst_pad_push_event (self->srcpad, event);
  else
    gst_event_unref (event);
  g_mutex_unlock (&self->feed);
  return ok;
}

static gboolean
is_voice (GstEvent * event, gboolean * begins, gboolean * over)
{
  *begins = gst_voice_event_is (event, "speech-start")
      || gst_voice_event_is (event, "speech-more");
  *over = gst_voice_event_is (event, "speech-stop");
  return *begins || *over || gst_voice_event_is (event, "speech-pause");
}

static gboolean
pass_oob (GstVoiceFallbackStt * self, GstEvent * event)
{
  gboolean begins, over, voice = is_voice (event, &begins, &over);
  gboolean passes = TRUE;
  gint current;

  if (voice) {
    note_voice (self, begins, over);
    g_mutex_lock (&self->feed);
    g_mutex_lock (&self->lock);
    fallback_ring_add_event (&self->ring, gst_voice_event_alight (gst_event_ref
            (event)), TRUE);
    g_mutex_unlock (&self->lock);
  }
  current = current_of (self);
  if (current >= 0)
    passes = show (self->links[current].feed, gst_event_ref (event));
  if (voice)
    g_mutex_unlock (&self->feed);
  if (passes)
    return gst_pad_push_event (self->srcpad, event);
  gst_event_unref (event);
  return TRUE;
}

static void
forget_sound (GstVoiceFallbackStt * self)
{
  g_mutex_lock (&self->lock);
  fallback_ring_clear (&self->ring);
  self->started = self->segmented = FALSE;
  gst_clear_caps (&self->caps);
  g_mutex_unlock (&self->lock);
}

/* The child that listens flushes itself and what is behind us. */
static gboolean
pass_flush (GstVoiceFallbackStt * self, GstEvent * event)
{
  gint current = current_of (self);

  if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    forget_sound (self);
  if (current >= 0)
    return gst_pad_push_event (self->links[current].feed, event);
  return gst_pad_push_event (self->srcpad, event);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
    case GST_EVENT_FLUSH_STOP:
      return pass_flush (self, event);
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &self->segment);
      learn_liveness (self);
      return feed_event (self, event);
    default:
      return GST_EVENT_IS_SERIALIZED (event) ? feed_event (self, event) :
          pass_oob (self, event);
  }
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (parent);
  gint current = current_of (self);

  if (current < 0 || show (self->links[current].take, gst_event_ref (event)))
    return gst_pad_push_event (self->sinkpad, event);
  gst_event_unref (event);
  return TRUE;
}

/* Of a child, upstream: what it was shown has gone on already. */
static gboolean
feed_src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  const Link *link = gst_pad_get_element_private (pad);
  GstVoiceFallbackStt *self = link->front;

  if (is_shown (event) || link->child != current_of (self)) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_push_event (self->sinkpad, event);
}

/* Of what comes from a child, all but the first of each kind is its own. */
static gboolean
goes_on (GstVoiceFallbackStt * self, GstEvent * event)
{
  gboolean yes = TRUE;
  GstCaps *caps;

  g_mutex_lock (&self->lock);
  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
      yes = !self->started;
      self->started = TRUE;
      break;
    case GST_EVENT_SEGMENT:
      yes = !self->segmented;
      self->segmented = TRUE;
      break;
    case GST_EVENT_CAPS:
      gst_event_parse_caps (event, &caps);
      yes = !self->caps || !gst_caps_is_equal (self->caps, caps);
      gst_caps_replace (&self->caps, caps);
      break;
    default:
      if (GST_EVENT_IS_SERIALIZED (event))
        yes = fallback_ring_went_out (&self->ring,
            gst_event_get_seqnum (event));
      break;
  }
  g_mutex_unlock (&self->lock);
  return yes;
}

/* Segments are counted through all children. */
static guint
number_segment (GstVoiceFallbackStt * self, guint segment)
{
  g_mutex_lock (&self->lock);
  segment += self->base;
  self->highest = MAX (self->highest, segment);
  g_mutex_unlock (&self->lock);
  return segment;
}

static GstEvent *
take_interim (GstVoiceFallbackStt * self, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);
  guint segment = gst_voice_structure_uint (s, "segment");
  guint numbered = number_segment (self, segment);
  GstStructure *copy;

  note_words (self, *gst_voice_structure_string (s, "text") != 0, FALSE);
  if (numbered == segment)
    return event;
  copy = gst_structure_copy (s);
  gst_structure_set (copy, "segment", G_TYPE_UINT, numbered, NULL);
  gst_event_unref (event);
  return gst_voice_event_new (GST_VOICE_OOB, NULL, copy);
}

static gboolean
take_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  const Link *link = gst_pad_get_element_private (pad);
  GstVoiceFallbackStt *self = link->front;

  if (is_shown (event) || link->child != current_of (self)
      || !goes_on (self, event)) {
    gst_event_unref (event);
    return TRUE;
  }
  if (gst_voice_event_is (event, "interim"))
    event = take_interim (self, event);
  return gst_pad_push_event (self->srcpad, event);
}

static guint
words_known (const GstVoiceWords * words, GstClockTime settled)
{
  guint n = MIN (words->n, MAX_WORDS);
  FallbackSpan *spans = g_new (FallbackSpan, n);
  guint known;

  for (guint i = 0; i < n; i++) {
    spans[i].start = words->word[i].start / GST_USECOND;
    spans[i].end = words->word[i].end / GST_USECOND;
  }
  known = fallback_words_known (spans, n, settled / GST_USECOND);
  g_free (spans);
  return known;
}

/* Without the first @known words. Takes @buffer. */
static GstBuffer *
cut_words (GstBuffer * buffer, guint known)
{
  const GstVoiceMeta *from = gst_voice_meta_get (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);
  GstBuffer *rest = gst_voice_text_buffer_new (fallback_rest (text, known,
          from->words->n));
  GstVoiceMeta *meta = gst_voice_meta_copy (from, rest);
  GstVoiceWords *words = gst_voice_words_new (from->words->n - known);

  for (guint i = 0; i < words->n; i++) {
    words->word[i] = from->words->word[known + i];
    words->word[i].text = g_strdup (words->word[i].text);
  }
  gst_voice_words_unref (meta->words);
  meta->words = words;
  meta->start = words->word[0].start;
  GST_BUFFER_PTS (rest) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (rest) = GST_BUFFER_DURATION (buffer);
  gst_buffer_unref (buffer);
  g_free (text);
  return rest;
}

/* Takes @buffer. Returns what of it is new, or NULL. */
static GstBuffer *
leave_out_known (GstVoiceFallbackStt * self, GstBuffer * buffer,
    GstClockTime settled)
{
  const GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  guint known = 0;

  if (!meta || !settled || !GST_CLOCK_TIME_IS_VALID (meta->end))
    return buffer;
  if (meta->end <= settled + SLACK) {
    gst_buffer_unref (buffer);
    return NULL;
  }
  if (meta->words && meta->words->n > 0)
    known = words_known (meta->words, settled);
  if (known == 0)
    return buffer;
  if (known < meta->words->n)
    return cut_words (buffer, known);
  gst_buffer_unref (buffer);
  return NULL;
}

/* What is settled is not kept; what was settled by another is not said anew. */
static GstBuffer *
take_final (GstVoiceFallbackStt * self, GstBuffer * buffer)
{
  GstVoiceMeta *meta = gst_voice_meta_get (buffer);
  GstClockTime end = meta ? meta->end : GST_CLOCK_TIME_NONE, settled;
  gboolean switched;

  g_mutex_lock (&self->lock);
  settled = self->settled;
  switched = self->switches > 0;
  if (!GST_CLOCK_TIME_IS_VALID (end))
    end = self->fed;
  self->settled = MAX (self->settled, end);
  fallback_ring_settle (&self->ring, self->settled);
  g_mutex_unlock (&self->lock);
  buffer = gst_buffer_make_writable (buffer);
  meta = gst_voice_meta_get (buffer);
  if (meta)
    meta->segment = number_segment (self, meta->segment);
  note_words (self, TRUE, TRUE);
  return switched ? leave_out_known (self, buffer, settled) : buffer;
}

static GstFlowReturn
take_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  const Link *link = gst_pad_get_element_private (pad);
  GstVoiceFallbackStt *self = link->front;
  GstFlowReturn flow = GST_FLOW_OK;

  if (link->child != current_of (self)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  buffer = take_final (self, buffer);
  if (buffer)
    flow = gst_pad_push (self->srcpad, buffer);
  fallback_team_fresh (self->team);
  fallback_team_answered (self->team, link->child, GST_CLOCK_TIME_NONE);
  if (link->child > 0)
    call_soon (self, do_reconsider, g_new0 (Loss, 1));
  return flow;
}

static gboolean
sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (parent);
  gint current = MAX (0, current_of (self));

  return gst_pad_peer_query (self->links[current].feed, query);
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (parent);
  gint current = MAX (0, current_of (self));

  return gst_pad_peer_query (self->links[current].take, query);
}

static gboolean
feed_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  return gst_pad_peer_query (front_of (pad)->sinkpad, query);
}

static gboolean
take_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  return gst_pad_peer_query (front_of (pad)->srcpad, query);
}

/**
 * fallback_stt_lose:
 * @front: the recogniser that is shown
 * @child: whose element cannot go on
 * @error: why
 *
 * May be called from any thread.
 */
void
fallback_stt_lose (GstElement * front, guint child, const GError * error)
{
  Loss *loss = g_new0 (Loss, 1);

  loss->child = child;
  loss->error = g_error_copy (error);
  loss->broken = TRUE;
  call_soon (GST_VOICE_FALLBACK_STT (front), do_lose, loss);
}

static void
reset (GstVoiceFallbackStt * self)
{
  forget_sound (self);
  gst_segment_init (&self->segment, GST_FORMAT_TIME);
  g_mutex_lock (&self->lock);
  self->current = -1;
  self->switches = self->base = self->highest = 0;
  self->fed = self->settled = self->sounded = 0;
  self->deaf_at = self->late_at = GST_CLOCK_TIME_NONE;
  self->sounding = self->open = self->lost = FALSE;
  self->live = TRUE;
  g_mutex_unlock (&self->lock);
  self->eos_fed = FALSE;
}

static void
set_running (GstVoiceFallbackStt * self, gboolean running)
{
  g_mutex_lock (&self->lock);
  self->running = running;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
activate_links (GstVoiceFallbackStt * self, gboolean active)
{
  for (guint i = 0; i < fallback_team_size (self->team); i++) {
    gst_pad_set_active (self->links[i].feed, active);
    gst_pad_set_active (self->links[i].take, active);
  }
}

static gboolean
start (GstVoiceFallbackStt * self)
{
  gint child;

  reset (self);
  activate_links (self, TRUE);
  fallback_team_fresh (self->team);
  child = fallback_team_choose (self->team, 0, TRUE);
  if (child < 0)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->current = child;
  g_mutex_unlock (&self->lock);
  set_running (self, TRUE);
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    set_running (self, FALSE);
    gst_voice_alarm_clear (self->alarm);
  }
  ret = GST_ELEMENT_CLASS (gst_voice_fallback_stt_parent_class)->change_state
      (element, transition);
  if (ret != GST_STATE_CHANGE_FAILURE
      && (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED))
    return GST_STATE_CHANGE_NO_PREROLL;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    activate_links (self, FALSE);
    reset (self);
  }
  return ret;
}

static void
finalize (GObject * object)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (object);

  gst_voice_alarm_free (self->alarm);
  for (guint i = 0; i < FALLBACK_MAX; i++) {
    gst_clear_object (&self->links[i].feed);
    gst_clear_object (&self->links[i].take);
  }
  fallback_ring_clear (&self->ring);
  gst_clear_caps (&self->caps);
  g_mutex_clear (&self->feed);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  if (self->team)
    fallback_team_unref (self->team);
  G_OBJECT_CLASS (gst_voice_fallback_stt_parent_class)->finalize (object);
}

static void
gst_voice_fallback_stt_class_init (GstVoiceFallbackSttClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
      "Recogniser within fallback", "Audio/Text/Filter",
      "Has other recognisers listen", "gst-voice");
}

static void
gst_voice_fallback_stt_init (GstVoiceFallbackStt * self)
{
  g_mutex_init (&self->feed);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  fallback_ring_init (&self->ring);
  self->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_DEADLINE, alarm_came,
      self);
  self->sinkpad = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_chain_function (self->sinkpad, sink_chain);
  gst_pad_set_event_function (self->sinkpad, sink_event);
  gst_pad_set_query_function (self->sinkpad, sink_query);
  gst_element_add_pad (GST_ELEMENT (self), self->sinkpad);
  self->srcpad = gst_pad_new_from_static_template (&src_template, "src");
  gst_pad_set_event_function (self->srcpad, src_event);
  gst_pad_set_query_function (self->srcpad, src_query);
  gst_element_add_pad (GST_ELEMENT (self), self->srcpad);
  reset (self);
}

static void
add_link (GstVoiceFallbackStt * self, gint child)
{
  Link *link = &self->links[child];

  link->front = self;
  link->child = child;
  link->feed = gst_object_ref_sink (gst_pad_new ("feed", GST_PAD_SRC));
  gst_pad_set_event_function (link->feed, feed_src_event);
  gst_pad_set_query_function (link->feed, feed_query);
  gst_pad_set_element_private (link->feed, link);
  link->take = gst_object_ref_sink (gst_pad_new ("take", GST_PAD_SINK));
  gst_pad_set_chain_function (link->take, take_chain);
  gst_pad_set_event_function (link->take, take_event);
  gst_pad_set_query_function (link->take, take_query);
  gst_pad_set_element_private (link->take, link);
}

/**
 * fallback_stt_new:
 * @team: (transfer full): of recognisers, none of which has started
 *
 * Returns: (transfer floating): the recogniser to show
 */
GstElement *
fallback_stt_new (FallbackTeam * team)
{
  GstVoiceFallbackStt *self = g_object_new (GST_TYPE_VOICE_FALLBACK_STT, NULL);

  self->team = team;
  for (guint i = 0; i < fallback_team_size (team); i++)
    add_link (self, i);
  return GST_ELEMENT (self);
}

/**
 * fallback_stt_link:
 * @front: in the same bin as the children
 *
 * Returns: whether all children could be linked
 */
gboolean
fallback_stt_link (GstElement * front)
{
  GstVoiceFallbackStt *self = GST_VOICE_FALLBACK_STT (front);
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < fallback_team_size (self->team); i++) {
    GstElement *child = fallback_team_child (self->team, i);
    GstPad *sink = gst_element_get_static_pad (child, "sink");
    GstPad *src = gst_element_get_static_pad (child, "src");

    ok = sink && src && GST_PAD_LINK_SUCCESSFUL (gst_pad_link (self->links
            [i].feed, sink))
        && GST_PAD_LINK_SUCCESSFUL (gst_pad_link (src, self->links[i].take));
    gst_clear_object (&sink);
    gst_clear_object (&src);
  }
  return ok;
}
