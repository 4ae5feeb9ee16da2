/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The task, the timers and the stream events of every stage, and what an
 * interruption does to them.
 *
 * Threads: buffers and serialized events come in the sender's thread and are
 * queued; the task of the source pad takes them out and calls the subclass;
 * out-of-band and upstream events are handled and passed on in the thread that
 * sends them; the alarm is delivered by the clock's thread, which only signals.
 * Locks: `lock` guards the queue and is a leaf but for the clock's: nothing is
 * pushed, posted or called in a subclass with it held.
 */
#include "stage.h"

#include "events.h"
#include "stage-private.h"

#include <string.h>

GST_DEBUG_CATEGORY (gst_voice_stage_debug);
#define GST_CAT_DEFAULT gst_voice_stage_debug

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (GstVoiceStage, gst_voice_stage,
    GST_TYPE_ELEMENT, G_ADD_PRIVATE (GstVoiceStage);
    GST_DEBUG_CATEGORY_INIT (gst_voice_stage_debug, "voice-stage", 0,
        "voice stages"));


GstVoiceStagePrivate *
gst_voice_stage_private (GstVoiceStage * stage)
{
  return gst_voice_stage_get_instance_private (stage);
}

static GstVoiceToken *
new_token (GstVoiceStage * self)
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  GstVoiceToken *token = gst_voice_token_new (clock);

  gst_clear_object (&clock);
  return token;
}

/* All elements get the clock before the first of them gets its base time: what
 * a neighbour sends that plays already would come at the time of the machine.
 */
static GstClockTime
now_or_none (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean timed;

  g_mutex_lock (&priv->lock);
  timed = priv->timed;
  g_mutex_unlock (&priv->lock);
  return timed ? gst_element_get_current_running_time (GST_ELEMENT (self)) :
      GST_CLOCK_TIME_NONE;
}

static gboolean
enqueue (GstVoiceStage * self, StageItem * item)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean ok;

  g_mutex_lock (&priv->lock);
  ok = !priv->flushing;
  if (ok) {
    stage_queue_push (&priv->queue, item);
    g_cond_broadcast (&priv->cond);
  }
  g_mutex_unlock (&priv->lock);
  if (!ok)
    stage_item_free (item);
  return ok;
}

/* Makes room, or waits for it. Simulated time never waits: whoever waits here
 * would hold it still. */
static GstFlowReturn
make_room_locked (GstVoiceStage * self, const StageItem * item, GSList ** gone)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);

  while (!priv->flushing && !priv->ending && priv->src_flow == GST_FLOW_OK
      && !item->token && stage_queue_is_full (&priv->queue,
          klass->max_buffers, klass->max_bytes, item->size)) {
    if (klass->leaky && priv->live) {
      *gone = stage_queue_leak (&priv->queue, klass->max_buffers,
          klass->max_bytes, item->size, &priv->lost);
      break;
    }
    g_cond_wait (&priv->cond, &priv->lock);
  }
  if (priv->flushing)
    return GST_FLOW_FLUSHING;
  if (priv->src_flow != GST_FLOW_OK)
    return priv->src_flow;
  return priv->ending ? GST_FLOW_EOS : GST_FLOW_OK;
}

/* A report when it begins, and then for every second lost. */
static GstClockTime
loss_to_report_locked (GstVoiceStagePrivate * priv, gboolean leaks)
{
  GstClockTime lost = 0;

  if (leaks && (!priv->leaking || priv->lost >= GST_SECOND)) {
    lost = priv->lost;
    priv->lost = 0;
  }
  priv->leaking = leaks;
  return lost;
}

static void
report_loss (GstVoiceStage * self, GstClockTime lost)
{
  gchar *name = gst_object_get_name (GST_OBJECT (self));

  GST_WARNING_OBJECT (self, "too slow: dropped %" GST_TIME_FORMAT,
      GST_TIME_ARGS (lost));
  gst_voice_stage_report (self, gst_voice_structure_new ("overflow",
          "what", "audio", "element", name, "lost", lost, NULL));
  g_free (name);
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstVoiceStage *self = GST_VOICE_STAGE (parent);
  GstVoiceStagePrivate *priv = PRIV (self);
  StageItem *item = g_new0 (StageItem, 1);
  GSList *gone = NULL;
  GstClockTime lost;
  GstFlowReturn flow;
  gboolean passes;

  item->kind = STAGE_BUFFER;
  item->object = GST_MINI_OBJECT (buffer);
  item->at = now_or_none (self);
  item->size = gst_buffer_get_size (buffer);
  item->token = gst_voice_token_of_buffer (buffer);
  if (!item->token)
    item->token = new_token (self);

  g_mutex_lock (&priv->lock);
  flow = make_room_locked (self, item, &gone);
  gst_voice_mark_buffer (&item->mark, buffer, &priv->current);
  item->can_expire = !(GST_VOICE_STAGE_GET_CLASS (self)->keeps_turns
      && item->mark.turn);
  passes = !item->can_expire || gst_voice_filter_passes (&priv->filter,
      &item->mark);
  lost = loss_to_report_locked (priv, gone != NULL);
  g_mutex_unlock (&priv->lock);

  g_slist_free_full (gone, (GDestroyNotify) stage_item_free);
  if (lost)
    report_loss (self, lost);
  if (flow != GST_FLOW_OK || !passes) {
    stage_item_free (item);
    return flow;
  }
  return enqueue (self, item) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
}

/* Whether upstream is live decides by which time the timers go. */
static void
learn_liveness (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstQuery *query;
  gboolean live = TRUE;

  if (!GST_VOICE_STAGE_GET_CLASS (self)->hears)
    return;
  query = gst_query_new_latency ();
  if (gst_pad_peer_query (priv->sinkpad, query))
    gst_query_parse_latency (query, &live, NULL, NULL);
  gst_query_unref (query);
  g_mutex_lock (&priv->lock);
  priv->live = live;
  g_mutex_unlock (&priv->lock);
}

static gboolean
enqueue_event (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  StageItem *item = g_new0 (StageItem, 1);

  item->kind = STAGE_EVENT;
  item->object = GST_MINI_OBJECT (event);
  item->at = now_or_none (self);
  item->token = gst_voice_event_token (event);
  if (!item->token)
    item->token = new_token (self);
  g_mutex_lock (&priv->lock);
  item->can_expire = gst_voice_mark_event (&item->mark, event, &priv->current);
  g_mutex_unlock (&priv->lock);
  return enqueue (self, item);
}

static gboolean
flush_start (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean ok = gst_pad_push_event (priv->srcpad, event);

  g_mutex_lock (&priv->lock);
  priv->flushing = TRUE;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->lock);
  gst_pad_pause_task (priv->srcpad);
  return ok;
}

static void loop (gpointer data);

static gboolean
flush_stop (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean ok = gst_pad_push_event (priv->srcpad, event);
  GSList *gone;

  g_mutex_lock (&priv->lock);
  gone = stage_queue_clear (&priv->queue);
  priv->flushing = FALSE;
  priv->src_flow = GST_FLOW_OK;
  priv->need_segment = TRUE;
  g_mutex_unlock (&priv->lock);
  g_slist_free_full (gone, (GDestroyNotify) stage_item_free);
  gst_pad_start_task (priv->srcpad, loop, self, NULL);
  return ok;
}

static gboolean
sink_event_oob (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);
  GSList *gone = NULL;
  gboolean obsoletes;

  g_mutex_lock (&priv->lock);
  obsoletes = gst_voice_filter_event (&priv->filter, event);
  if (obsoletes) {
    gone = stage_queue_purge (&priv->queue, &priv->filter);
    g_cond_broadcast (&priv->cond);
  }
  g_mutex_unlock (&priv->lock);
  g_slist_free_full (gone, (GDestroyNotify) stage_item_free);
  if (obsoletes && klass->interrupt)
    klass->interrupt (self, event);
  if (klass->oob && gst_voice_event_parse (event) && klass->oob (self, event)) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_push_event (priv->srcpad, event);
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceStage *self = GST_VOICE_STAGE (parent);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_START:
      return flush_start (self, event);
    case GST_EVENT_FLUSH_STOP:
      return flush_stop (self, event);
    case GST_EVENT_SEGMENT:
      learn_liveness (self);
      return enqueue_event (self, event);
    default:
      return GST_EVENT_IS_SERIALIZED (event) ? enqueue_event (self, event) :
          sink_event_oob (self, event);
  }
}

static gboolean
sink_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstVoiceStage *self = GST_VOICE_STAGE (parent);
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);

  if (klass->query && klass->query (self, query))
    return TRUE;
  return gst_pad_query_default (pad, parent, query);
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstVoiceStage *self = GST_VOICE_STAGE (parent);
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);

  if (gst_voice_event_is (event, "end")) {
    g_mutex_lock (&priv->lock);
    priv->ending = TRUE;
    g_cond_broadcast (&priv->cond);
    g_mutex_unlock (&priv->lock);
  }
  if (klass->upstream && gst_voice_event_parse (event)
      && klass->upstream (self, event)) {
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_push_event (priv->sinkpad, event);
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (parent);
  GstVoiceStagePrivate *priv = PRIV (GST_VOICE_STAGE (parent));
  GstClockTime min = 0, max = GST_CLOCK_TIME_NONE;
  gboolean live = TRUE;

  if (klass->src_query && klass->src_query (GST_VOICE_STAGE (parent), query))
    return TRUE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return gst_pad_query_default (pad, parent, query);
  if (gst_pad_peer_query (priv->sinkpad, query))
    gst_query_parse_latency (query, &live, &min, &max);
  gst_query_set_latency (query, live || !klass->hears, min, max);
  return TRUE;
}

/* The timer whose time has come and whose time came first, or -1. */
static gint
due_timer_locked (GstVoiceStagePrivate * priv, GstClockTime now)
{
  gint due = -1;

  for (gint i = 0; i < GST_VOICE_STAGE_TIMERS; i++) {
    if (GST_CLOCK_TIME_IS_VALID (priv->deadline[i]) && priv->deadline[i] <= now
        && (due < 0 || priv->deadline[i] < priv->deadline[due]))
      due = i;
  }
  return due;
}

static void
arm (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstClockTime next = GST_CLOCK_TIME_NONE;
  gboolean armable;

  g_mutex_lock (&priv->lock);
  for (guint i = 0; i < GST_VOICE_STAGE_TIMERS; i++)
    next = MIN (next, priv->deadline[i]);
  armable = priv->playing && priv->live && !priv->alarm_due;
  g_mutex_unlock (&priv->lock);
  if (armable && GST_CLOCK_TIME_IS_VALID (next))
    gst_voice_alarm_set_running (priv->alarm, GST_ELEMENT (self), next);
  else
    gst_voice_alarm_clear (priv->alarm);
}

static void
alarm_came (gpointer owner)
{
  GstVoiceStage *self = owner;
  GstVoiceStagePrivate *priv = PRIV (self);
  GstVoiceToken *token = new_token (self);

  g_mutex_lock (&priv->lock);
  priv->alarm_due = TRUE;
  if (!priv->alarm_token && !priv->flushing)
    priv->alarm_token = g_steal_pointer (&token);
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->lock);
  gst_voice_token_unref (token);
}

static void
take_caps (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstCaps *caps, *text;

  gst_event_parse_caps (event, &caps);
  if (!klass->set_caps) {
    text = gst_caps_new_simple ("text/x-raw", "format", G_TYPE_STRING, "utf8",
        NULL);
    gst_voice_stage_set_src_caps (self, text);
    gst_caps_unref (text);
  } else if (!klass->set_caps (self, caps)) {
    GST_ELEMENT_ERROR (self, CORE, NEGOTIATION, (NULL),
        ("cannot work with %" GST_PTR_FORMAT, caps));
  }
}

static void
note_position (GstVoiceStage * self, GstClockTime pts, GstClockTime duration)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstClockTime end;

  if (!GST_CLOCK_TIME_IS_VALID (pts))
    return;
  if (GST_CLOCK_TIME_IS_VALID (duration))
    pts += duration;
  end = gst_segment_to_running_time (&priv->segment, GST_FORMAT_TIME, pts);
  if (GST_CLOCK_TIME_IS_VALID (end))
    priv->position = MAX (priv->position, end);
}

static gboolean
task_gap (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstClockTime pts, duration;

  gst_event_parse_gap (event, &pts, &duration);
  note_position (self, pts, duration);
  /* Before the first caps a gap says nothing to anybody. */
  return priv->need_caps;
}

static void
task_event (GstVoiceStage * self, GstEvent * event)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean taken = FALSE;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      take_caps (self, event);
      return;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &priv->segment);
      if (priv->segment.format != GST_FORMAT_TIME)
        gst_segment_init (&priv->segment, GST_FORMAT_TIME);
      return;
    case GST_EVENT_EOS:
      if (!klass->drain || klass->drain (self))
        gst_voice_stage_drained (self);
      return;
    case GST_EVENT_GAP:
      taken = task_gap (self, event);
      break;
    default:
      break;
  }
  if (klass->event && klass->event (self, event))
    taken = TRUE;
  if (!taken)
    gst_pad_push_event (priv->srcpad, gst_event_ref (event));
}

static void
task_buffer (GstVoiceStage * self, StageItem * item)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);
  GstBuffer *buffer = GST_BUFFER (g_steal_pointer (&item->object));
  GstFlowReturn flow;

  note_position (self, GST_BUFFER_PTS (buffer), GST_BUFFER_DURATION (buffer));
  flow = klass->input (self, buffer);
  g_mutex_lock (&priv->lock);
  if (priv->src_flow == GST_FLOW_OK)
    priv->src_flow = flow;
  g_mutex_unlock (&priv->lock);
}

static void
do_item (GstVoiceStage * self, StageItem * item)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  gboolean passes;

  priv->token = item->token;
  priv->item_at = item->at;
  priv->item_mark = item->mark;
  g_mutex_lock (&priv->lock);
  passes = !item->can_expire || gst_voice_filter_passes (&priv->filter,
      &item->mark);
  g_mutex_unlock (&priv->lock);
  if (passes) {
    switch (item->kind) {
      case STAGE_BUFFER:
        task_buffer (self, item);
        break;
      case STAGE_EVENT:
        task_event (self, GST_EVENT (item->object));
        break;
      case STAGE_JOB:
        item->func (self, item->data);
        break;
    }
  }
  priv->token = NULL;
  stage_item_free (item);
}

static void
do_timers (GstVoiceStage * self, GstVoiceToken * token)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GstVoiceStagePrivate *priv = PRIV (self);
  GstClockTime now = gst_voice_stage_now (self);
  gint id;

  priv->token = token;
  priv->item_at = now;
  for (;;) {
    g_mutex_lock (&priv->lock);
    id = due_timer_locked (priv, now);
    if (id >= 0)
      priv->deadline[id] = GST_CLOCK_TIME_NONE;
    g_mutex_unlock (&priv->lock);
    if (id < 0)
      break;
    klass->timer (self, id);
  }
  priv->token = NULL;
}

/* What is to be done next: what came in goes before what has become due. */
static StageItem *
wait_locked (GstVoiceStagePrivate * priv, gboolean * timers,
    GstVoiceToken ** token)
{
  for (;;) {
    if (priv->flushing)
      return NULL;
    if (priv->playing) {
      StageItem *item = stage_queue_pop (&priv->queue);

      if (item) {
        g_cond_broadcast (&priv->cond);
        return item;
      }
      if (priv->alarm_due) {
        priv->alarm_due = FALSE;
        *token = g_steal_pointer (&priv->alarm_token);
        *timers = TRUE;
        return NULL;
      }
    }
    g_cond_wait (&priv->cond, &priv->lock);
  }
}

static void
loop (gpointer data)
{
  GstVoiceStage *self = data;
  GstVoiceStagePrivate *priv = PRIV (self);
  GstVoiceToken *token = NULL;
  gboolean timers = FALSE, live;
  StageItem *item;

  g_mutex_lock (&priv->lock);
  priv->task_thread = g_thread_self ();
  item = wait_locked (priv, &timers, &token);
  live = priv->live;
  g_mutex_unlock (&priv->lock);
  if (item)
    do_item (self, item);
  if (timers || (item && !live))
    do_timers (self, token);
  if (timers)
    arm (self);
  gst_voice_token_unref (token);
  if (!item && !timers)
    gst_pad_pause_task (priv->srcpad);
}

static gboolean
src_activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode,
    gboolean active)
{
  GstVoiceStage *self = GST_VOICE_STAGE (parent);
  GstVoiceStagePrivate *priv = PRIV (self);
  GSList *gone;
  gboolean ok;

  if (mode != GST_PAD_MODE_PUSH)
    return FALSE;
  g_mutex_lock (&priv->lock);
  priv->flushing = !active;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->lock);
  if (active)
    return gst_pad_start_task (pad, loop, self, NULL);
  ok = gst_pad_stop_task (pad);
  g_mutex_lock (&priv->lock);
  gone = stage_queue_clear (&priv->queue);
  priv->task_thread = NULL;
  g_mutex_unlock (&priv->lock);
  g_slist_free_full (gone, (GDestroyNotify) stage_item_free);
  return ok;
}

static void
reset (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstVoiceToken *token;

  g_mutex_lock (&priv->lock);
  gst_voice_filter_init (&priv->filter,
      GST_VOICE_STAGE_GET_CLASS (self)->hears ? 0 :
      gst_voice_session_generation (priv->session));
  memset (&priv->current, 0, sizeof priv->current);
  priv->current.generation = priv->filter.below;
  priv->ending = priv->leaking = priv->alarm_due = priv->timed = FALSE;
  priv->live = TRUE;
  priv->lost = 0;
  priv->src_flow = GST_FLOW_OK;
  for (guint i = 0; i < GST_VOICE_STAGE_TIMERS; i++)
    priv->deadline[i] = GST_CLOCK_TIME_NONE;
  token = g_steal_pointer (&priv->alarm_token);
  g_mutex_unlock (&priv->lock);
  gst_voice_token_unref (token);
  gst_segment_init (&priv->segment, GST_FORMAT_TIME);
  priv->position = 0;
  priv->last_end = 0;
  priv->need_caps = priv->need_segment = TRUE;
  gst_clear_caps (&priv->src_caps);
}

static gboolean
start (GstVoiceStage * self)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);
  GError *error = NULL;

  reset (self);
  if (klass->start && !klass->start (self, &error)) {
    gst_voice_stage_fail (self, error);
    return FALSE;
  }
  return TRUE;
}

static void
set_playing (GstVoiceStage * self, gboolean playing)
{
  GstVoiceStagePrivate *priv = PRIV (self);

  g_mutex_lock (&priv->lock);
  priv->playing = playing;
  priv->timed |= playing;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->lock);
  /* The task looks at its timers and arms the alarm itself. */
  if (playing)
    gst_voice_alarm_call_soon (priv->alarm, GST_ELEMENT (self));
  else
    gst_voice_alarm_clear (priv->alarm);
}

static void
stop (GstVoiceStage * self)
{
  GstVoiceStageClass *klass = GST_VOICE_STAGE_GET_CLASS (self);

  gst_voice_alarm_clear (PRIV (self)->alarm);
  if (klass->stop)
    klass->stop (self);
  reset (self);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceStage *self = GST_VOICE_STAGE (element);
  GstVoiceStagePrivate *priv = PRIV (self);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY)
    priv->session = gst_voice_session_obtain (element);
  else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self))
    return GST_STATE_CHANGE_FAILURE;
  else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    set_playing (self, FALSE);

  ret = GST_ELEMENT_CLASS (gst_voice_stage_parent_class)->change_state
      (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE)
    return ret;
  switch (transition) {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL;
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      set_playing (self, TRUE);
      break;
    case GST_STATE_CHANGE_PAUSED_TO_READY:
      stop (self);
      break;
    case GST_STATE_CHANGE_READY_TO_NULL:
      g_clear_object (&priv->session);
      break;
    default:
      break;
  }
  return ret;
}

/* In init the class is not yet the subclass's. */
static void
constructed (GObject * object)
{
  GstVoiceStage *self = GST_VOICE_STAGE (object);
  GstVoiceStagePrivate *priv = PRIV (self);
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);

  G_OBJECT_CLASS (gst_voice_stage_parent_class)->constructed (object);
  priv->alarm = gst_voice_alarm_new (GST_VOICE_STAGE_GET_CLASS (self)->rank,
      alarm_came, self);
  priv->sinkpad = gst_pad_new_from_template
      (gst_element_class_get_pad_template (klass, "sink"), "sink");
  gst_pad_set_chain_function (priv->sinkpad, GST_DEBUG_FUNCPTR (sink_chain));
  gst_pad_set_event_function (priv->sinkpad, GST_DEBUG_FUNCPTR (sink_event));
  gst_pad_set_query_function (priv->sinkpad, GST_DEBUG_FUNCPTR (sink_query));
  gst_element_add_pad (GST_ELEMENT (self), priv->sinkpad);
  priv->srcpad = gst_pad_new_from_template
      (gst_element_class_get_pad_template (klass, "src"), "src");
  gst_pad_set_activatemode_function (priv->srcpad,
      GST_DEBUG_FUNCPTR (src_activate_mode));
  gst_pad_set_event_function (priv->srcpad, GST_DEBUG_FUNCPTR (src_event));
  gst_pad_set_query_function (priv->srcpad, GST_DEBUG_FUNCPTR (src_query));
  gst_pad_use_fixed_caps (priv->srcpad);
  gst_element_add_pad (GST_ELEMENT (self), priv->srcpad);
}

static void
finalize (GObject * object)
{
  GstVoiceStagePrivate *priv = PRIV (GST_VOICE_STAGE (object));

  gst_voice_alarm_free (priv->alarm);
  gst_clear_caps (&priv->src_caps);
  g_clear_object (&priv->session);
  g_mutex_clear (&priv->lock);
  g_cond_clear (&priv->cond);
  G_OBJECT_CLASS (gst_voice_stage_parent_class)->finalize (object);
}

static void
gst_voice_stage_class_init (GstVoiceStageClass * klass)
{
  G_OBJECT_CLASS (klass)->constructed = constructed;
  G_OBJECT_CLASS (klass)->finalize = finalize;
  GST_ELEMENT_CLASS (klass)->change_state = GST_DEBUG_FUNCPTR (change_state);
  klass->max_buffers = 1000;
  klass->max_bytes = 256 * 1024;
  klass->rank = GST_VOICE_ALARM_STAGE;
  gst_type_mark_as_plugin_api (GST_TYPE_VOICE_STAGE, 0);
}

static void
gst_voice_stage_init (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);

  g_mutex_init (&priv->lock);
  g_cond_init (&priv->cond);
  priv->flushing = TRUE;
}

/**
 * gst_voice_stage_sink_pad:
 * @stage: a stage
 *
 * Returns: (transfer none): its sink pad
 */
GstPad *
gst_voice_stage_sink_pad (GstVoiceStage * stage)
{
  return PRIV (stage)->sinkpad;
}

/**
 * gst_voice_stage_src_pad:
 * @stage: a stage
 *
 * Returns: (transfer none): its source pad
 */
GstPad *
gst_voice_stage_src_pad (GstVoiceStage * stage)
{
  return PRIV (stage)->srcpad;
}

/**
 * gst_voice_stage_session:
 * @stage: a stage in READY or above
 *
 * Returns: (transfer none): the session of the call
 */
GstVoiceSession *
gst_voice_stage_session (GstVoiceStage * stage)
{
  return PRIV (stage)->session;
}

/**
 * gst_voice_stage_provider:
 * @stage: a stage in READY or above
 *
 * Returns: (transfer none): what reports call it: its factory, or that of the
 *   bin that it is a part of
 */
const gchar *
gst_voice_stage_provider (GstVoiceStage * stage)
{
  GstObject *at = GST_OBJECT (stage);

  while (at && !(GST_IS_ELEMENT (at)
          && gst_element_get_factory (GST_ELEMENT (at))))
    at = GST_OBJECT_PARENT (at);
  return at ? GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (at))) :
      G_OBJECT_TYPE_NAME (stage);
}

/**
 * gst_voice_stage_post:
 * @stage: a stage
 * @func: called in the stage's task, after what is queued now
 * @data: (transfer full): for @func
 * @destroy: (nullable): frees @data, whether or not @func was called
 *
 * May be called from any thread. Simulated time waits for the job.
 *
 * Returns: %FALSE if the stage is not running
 */
gboolean
gst_voice_stage_post (GstVoiceStage * stage, GstVoiceStageFunc func,
    gpointer data, GDestroyNotify destroy)
{
  StageItem *item = g_new0 (StageItem, 1);

  item->kind = STAGE_JOB;
  item->func = func;
  item->data = data;
  item->destroy = destroy;
  item->at = now_or_none (stage);
  item->token = new_token (stage);
  return enqueue (stage, item);
}

/**
 * gst_voice_stage_post_event:
 * @stage: a stage
 * @event: (transfer full): any event
 *
 * Hands an event that came out of band or from downstream to the subclass's
 * `event` in the task, after what is queued now. May be called from any
 * thread.
 *
 * Returns: %FALSE if the stage is not running
 */
gboolean
gst_voice_stage_post_event (GstVoiceStage * stage, GstEvent * event)
{
  StageItem *item = g_new0 (StageItem, 1);

  item->kind = STAGE_EVENT;
  item->object = GST_MINI_OBJECT (event);
  item->at = now_or_none (stage);
  item->token = new_token (stage);
  return enqueue (stage, item);
}

/**
 * gst_voice_stage_in_task:
 * @stage: a stage
 *
 * Returns: whether the calling thread is the stage's task
 */
gboolean
gst_voice_stage_in_task (GstVoiceStage * stage)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  gboolean yes;

  g_mutex_lock (&priv->lock);
  yes = priv->task_thread == g_thread_self ();
  g_mutex_unlock (&priv->lock);
  return yes;
}

/**
 * gst_voice_stage_set_timer:
 * @stage: a stage
 * @id: below %GST_VOICE_STAGE_TIMERS
 * @running_time: when to call the subclass's `timer`; %GST_CLOCK_TIME_NONE
 *   for never
 *
 * To be called in the task. On a stream that is not live the timer comes when
 * the input has reached that time.
 */
void
gst_voice_stage_set_timer (GstVoiceStage * stage, guint id,
    GstClockTime running_time)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  gboolean changed;

  g_return_if_fail (id < GST_VOICE_STAGE_TIMERS);
  g_mutex_lock (&priv->lock);
  changed = priv->deadline[id] != running_time;
  priv->deadline[id] = running_time;
  g_mutex_unlock (&priv->lock);
  if (changed)
    arm (stage);
}

/**
 * gst_voice_stage_is_simulated:
 * @stage: a stage
 *
 * Returns: whether the pipeline's clock simulates time
 */
gboolean
gst_voice_stage_is_simulated (GstVoiceStage * stage)
{
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (stage));
  gboolean yes = clock && GST_IS_VOICE_CLOCK (clock);

  gst_clear_object (&clock);
  return yes;
}

/**
 * gst_voice_stage_is_live:
 * @stage: a stage
 *
 * Returns: whether its input comes from a live source
 */
gboolean
gst_voice_stage_is_live (GstVoiceStage * stage)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  gboolean live;

  g_mutex_lock (&priv->lock);
  live = priv->live;
  g_mutex_unlock (&priv->lock);
  return live;
}

/**
 * gst_voice_stage_now:
 * @stage: a stage; to be called in the task
 *
 * Returns: the running time: that of the clock on a live stream, otherwise how
 * far the input has come
 */
GstClockTime
gst_voice_stage_now (GstVoiceStage * stage)
{
  GstClockTime now;

  if (!gst_voice_stage_is_live (stage))
    return PRIV (stage)->position;
  now = now_or_none (stage);
  return GST_CLOCK_TIME_IS_VALID (now) ? now : 0;
}

/**
 * gst_voice_stage_item_time:
 * @stage: a stage; to be called in the task
 *
 * Returns: when that which is being done came in, in running time
 */
GstClockTime
gst_voice_stage_item_time (GstVoiceStage * stage)
{
  GstVoiceStagePrivate *priv = PRIV (stage);

  if (!gst_voice_stage_is_live (stage))
    return priv->position;
  return GST_CLOCK_TIME_IS_VALID (priv->item_at) ? priv->item_at : 0;
}

/**
 * gst_voice_stage_running_time:
 * @stage: a stage; to be called in the task
 * @buffer: one of its inputs
 *
 * Returns: the running time of the buffer's beginning
 */
GstClockTime
gst_voice_stage_running_time (GstVoiceStage * stage, GstBuffer * buffer)
{
  return gst_segment_to_running_time (&PRIV (stage)->segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (buffer));
}

/**
 * gst_voice_stage_is_obsolete:
 * @stage: a stage
 * @mark: of what is to be made
 *
 * Returns: whether it would be dropped
 */
gboolean
gst_voice_stage_is_obsolete (GstVoiceStage * stage, const GstVoiceMark * mark)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  gboolean passes;

  g_mutex_lock (&priv->lock);
  passes = gst_voice_filter_passes (&priv->filter, mark);
  g_mutex_unlock (&priv->lock);
  return !passes;
}

/**
 * gst_voice_stage_generation:
 * @stage: a stage
 *
 * For what a stage says of its own accord: an interruption that has not yet
 * come by here still stops it.
 *
 * Returns: the newest generation that the stage has been told of
 */
guint
gst_voice_stage_generation (GstVoiceStage * stage)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  guint generation;

  g_mutex_lock (&priv->lock);
  generation = priv->filter.below;
  g_mutex_unlock (&priv->lock);
  return generation;
}

/**
 * gst_voice_stage_item_mark:
 * @stage: a stage; to be called in the task
 * @mark: (out): to what the buffer or event belongs that is being done
 */
void
gst_voice_stage_item_mark (GstVoiceStage * stage, GstVoiceMark * mark)
{
  *mark = PRIV (stage)->item_mark;
}
