/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Simulated time, the tokens that hold it, and alarms on any clock.
 *
 * Threads: any may set alarms and take or drop tokens. A GstVoiceClock has one
 * thread that delivers its alarms; on other clocks GStreamer's clock thread
 * does.
 * Locks: the timeline's `lock` and an alarm's `lock` are leaves: nothing is
 * called with either held, and no other lock is taken below them.
 */
#include "clock.h"

typedef struct _Timeline Timeline;

struct _GstVoiceAlarm
{
  gatomicrefcount refs;

  /* set once in gst_voice_alarm_new() */
  GstVoiceAlarmRank rank;
  GstVoiceAlarmFunc func;
  GWeakRef owner;
  gboolean waited;              /* see gst_voice_alarm_set_waited() */

  /* lock */
  GMutex lock;
  GstClockID id;                /* what is armed on an ordinary clock */
  gint64 deadline;              /* of who waits, monotonic; 0: none */
  Timeline *timeline;           /* where it is armed in simulated time */
};

typedef struct
{
  GstClockTime time;
  GstVoiceAlarmRank rank;
  guint64 seq;
  GstVoiceAlarm *alarm;         /* a reference */
} Pending;

/* What the clock shares with its thread and its tokens, all of which may
 * outlive it. */
struct _Timeline
{
  gatomicrefcount refs;

  /* lock */
  GMutex lock;
  GCond cond;
  GstClockTime now;
  gint in_flight;
  gboolean started, quit;
  guint64 next_seq;
  GList *pending;               /* of Pending, in the order of delivery */
};

struct _GstVoiceClock
{
  GstClock parent;

  /* set once in init */
  Timeline *timeline;
  GThread *thread;
};

struct _GstVoiceToken
{
  gatomicrefcount refs;
  Timeline *timeline;
};

typedef struct
{
  GstMeta meta;
  GstVoiceToken *token;
} TokenMeta;

G_DEFINE_FINAL_TYPE (GstVoiceClock, gst_voice_clock, GST_TYPE_CLOCK);
G_DEFINE_BOXED_TYPE (GstVoiceToken, gst_voice_token, gst_voice_token_ref,
    gst_voice_token_unref);

static GstVoiceAlarm *
alarm_ref (GstVoiceAlarm * alarm)
{
  g_atomic_ref_count_inc (&alarm->refs);
  return alarm;
}

static void
alarm_unref (GstVoiceAlarm * alarm)
{
  if (!g_atomic_ref_count_dec (&alarm->refs))
    return;
  g_weak_ref_clear (&alarm->owner);
  g_mutex_clear (&alarm->lock);
  g_free (alarm);
}

static void
alarm_call (GstVoiceAlarm * alarm)
{
  gpointer owner = g_weak_ref_get (&alarm->owner);

  if (owner) {
    alarm->func (owner);
    g_object_unref (owner);
  }
}

static void
pending_free (Pending * pending)
{
  alarm_unref (pending->alarm);
  g_free (pending);
}

static gint
pending_compare (gconstpointer a, gconstpointer b)
{
  const Pending *x = a, *y = b;

  if (x->time != y->time)
    return x->time < y->time ? -1 : 1;
  if (x->rank != y->rank)
    return x->rank < y->rank ? -1 : 1;
  return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static Timeline *
timeline_ref (Timeline * self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
timeline_unref (Timeline * self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_list_free_full (self->pending, (GDestroyNotify) pending_free);
  g_cond_clear (&self->cond);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Takes the alarm that is due out of the list, moves time, and takes the
 * flight that lasts until the alarm's function has returned. */
static Pending *
next_due_locked (Timeline * self)
{
  Pending *next;

  if (!self->started || self->in_flight > 0 || !self->pending)
    return NULL;
  next = self->pending->data;
  self->pending = g_list_delete_link (self->pending, self->pending);
  self->now = MAX (self->now, next->time);
  self->in_flight++;
  return next;
}

static gpointer
deliver_alarms (gpointer data)
{
  Timeline *self = data;
  Pending *due;

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    due = next_due_locked (self);
    if (!due) {
      g_cond_wait (&self->cond, &self->lock);
      continue;
    }
    g_mutex_unlock (&self->lock);
    alarm_call (due->alarm);
    pending_free (due);
    g_mutex_lock (&self->lock);
    self->in_flight--;
  }
  g_mutex_unlock (&self->lock);
  timeline_unref (self);
  return NULL;
}

static GList *
take_pending_locked (Timeline * self, GstVoiceAlarm * alarm)
{
  for (GList * l = self->pending; l; l = l->next) {
    if (((Pending *) l->data)->alarm == alarm) {
      self->pending = g_list_remove_link (self->pending, l);
      return l;
    }
  }
  return NULL;
}

static void
timeline_disarm (Timeline * self, GstVoiceAlarm * alarm)
{
  GList *found;

  g_mutex_lock (&self->lock);
  found = take_pending_locked (self, alarm);
  g_mutex_unlock (&self->lock);
  g_list_free_full (found, (GDestroyNotify) pending_free);
}

static void
timeline_arm (Timeline * self, GstVoiceAlarm * alarm, GstClockTime time)
{
  Pending *pending = g_new (Pending, 1);
  GList *before;

  pending->time = time;
  pending->rank = alarm->rank;
  pending->alarm = alarm_ref (alarm);
  g_mutex_lock (&self->lock);
  before = take_pending_locked (self, alarm);
  pending->seq = self->next_seq++;
  self->pending = g_list_insert_sorted (self->pending, pending,
      pending_compare);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
  g_list_free_full (before, (GDestroyNotify) pending_free);
}

static GstClockTime
clock_get_internal_time (GstClock * clock)
{
  Timeline *timeline = GST_VOICE_CLOCK (clock)->timeline;
  GstClockTime now;

  g_mutex_lock (&timeline->lock);
  now = timeline->now;
  g_mutex_unlock (&timeline->lock);
  return now;
}

static GstClockTime
clock_get_resolution (GstClock * clock)
{
  return 1;
}

static void
clock_finalize (GObject * object)
{
  GstVoiceClock *self = GST_VOICE_CLOCK (object);

  g_mutex_lock (&self->timeline->lock);
  self->timeline->quit = TRUE;
  g_cond_signal (&self->timeline->cond);
  g_mutex_unlock (&self->timeline->lock);
  /* An alarm's owner may have held the last reference to the clock. */
  if (self->thread == g_thread_self ())
    g_thread_unref (self->thread);
  else
    g_thread_join (self->thread);
  timeline_unref (self->timeline);
  G_OBJECT_CLASS (gst_voice_clock_parent_class)->finalize (object);
}

static void
gst_voice_clock_class_init (GstVoiceClockClass * klass)
{
  GstClockClass *clock_class = GST_CLOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = clock_finalize;
  clock_class->get_internal_time = clock_get_internal_time;
  clock_class->get_resolution = clock_get_resolution;
}

static void
gst_voice_clock_init (GstVoiceClock * self)
{
  self->timeline = g_new0 (Timeline, 1);
  g_atomic_ref_count_init (&self->timeline->refs);
  g_mutex_init (&self->timeline->lock);
  g_cond_init (&self->timeline->cond);
  self->thread = g_thread_new ("voice-clock", deliver_alarms,
      timeline_ref (self->timeline));
}

/**
 * gst_voice_clock_new:
 *
 * For gst_pipeline_use_clock() before the pipeline leaves READY.
 *
 * Returns: (transfer full): a clock at 0 that does not move yet
 */
GstClock *
gst_voice_clock_new (void)
{
  GstClock *clock = g_object_new (GST_TYPE_VOICE_CLOCK, NULL);

  return gst_object_ref_sink (clock);
}

/**
 * gst_voice_clock_start:
 * @clock: a simulated clock
 *
 * Lets time move. To be called when the state change to PLAYING has returned:
 * by then every element has set its first alarm, and none is overtaken.
 */
void
gst_voice_clock_start (GstVoiceClock * clock)
{
  g_mutex_lock (&clock->timeline->lock);
  clock->timeline->started = TRUE;
  g_cond_signal (&clock->timeline->cond);
  g_mutex_unlock (&clock->timeline->lock);
}

/**
 * gst_voice_token_new:
 * @clock: (nullable): the pipeline's clock
 *
 * Returns: (transfer full) (nullable): a token, or %NULL unless the clock is
 * simulated
 */
GstVoiceToken *
gst_voice_token_new (GstClock * clock)
{
  GstVoiceToken *token;

  if (!clock || !GST_IS_VOICE_CLOCK (clock))
    return NULL;
  token = g_new (GstVoiceToken, 1);
  g_atomic_ref_count_init (&token->refs);
  token->timeline = timeline_ref (GST_VOICE_CLOCK (clock)->timeline);
  g_mutex_lock (&token->timeline->lock);
  token->timeline->in_flight++;
  g_mutex_unlock (&token->timeline->lock);
  return token;
}

/**
 * gst_voice_token_ref:
 * @token: (nullable): a token
 *
 * Returns: (transfer full) (nullable): the same token
 */
GstVoiceToken *
gst_voice_token_ref (GstVoiceToken * token)
{
  if (token)
    g_atomic_ref_count_inc (&token->refs);
  return token;
}

/**
 * gst_voice_token_unref:
 * @token: (transfer full) (nullable): a token
 *
 * Time may move once the last reference to the last token is gone.
 */
void
gst_voice_token_unref (GstVoiceToken * token)
{
  Timeline *timeline;

  if (!token || !g_atomic_ref_count_dec (&token->refs))
    return;
  timeline = token->timeline;
  g_mutex_lock (&timeline->lock);
  if (--timeline->in_flight == 0)
    g_cond_signal (&timeline->cond);
  g_mutex_unlock (&timeline->lock);
  timeline_unref (timeline);
  g_free (token);
}

static gboolean
token_meta_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  ((TokenMeta *) meta)->token = NULL;
  return TRUE;
}

static void
token_meta_free (GstMeta * meta, GstBuffer * buffer)
{
  gst_voice_token_unref (((TokenMeta *) meta)->token);
}

static gboolean
token_meta_transform (GstBuffer * dest, GstMeta * meta, GstBuffer * buffer,
    GQuark type, gpointer data)
{
  gst_voice_token_ride (((TokenMeta *) meta)->token, dest);
  return TRUE;
}

static GType
token_meta_api (void)
{
  static gsize type;
  static const gchar *no_tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        gst_meta_api_type_register ("GstVoiceTokenMetaAPI", no_tags));
  return type;
}

static const GstMetaInfo *
token_meta_info (void)
{
  static const GstMetaInfo *info;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, gst_meta_register (token_meta_api (),
            "GstVoiceTokenMeta", sizeof (TokenMeta), token_meta_init,
            token_meta_free, token_meta_transform));
  return info;
}

/**
 * gst_voice_token_ride:
 * @token: (nullable): a token
 * @buffer: a writable buffer
 *
 * Time stands still until the buffer, and every buffer that an element makes
 * from it, is consumed.
 */
void
gst_voice_token_ride (GstVoiceToken * token, GstBuffer * buffer)
{
  TokenMeta *meta;

  if (!token)
    return;
  meta = (TokenMeta *) gst_buffer_get_meta (buffer, token_meta_api ());
  if (!meta)
    meta = (TokenMeta *) gst_buffer_add_meta (buffer, token_meta_info (), NULL);
  if (!meta->token)
    meta->token = gst_voice_token_ref (token);
}

/**
 * gst_voice_token_of_buffer:
 * @buffer: a buffer
 *
 * Returns: (transfer full) (nullable): the token that rides in @buffer
 */
GstVoiceToken *
gst_voice_token_of_buffer (GstBuffer * buffer)
{
  TokenMeta *meta = (TokenMeta *) gst_buffer_get_meta (buffer,
      token_meta_api ());

  return meta ? gst_voice_token_ref (meta->token) : NULL;
}

/**
 * gst_voice_token_alight:
 * @buffer: a buffer that will be kept
 *
 * Takes the token off a buffer whose keeping is no work in flight, such as
 * sound that waits for its time to be played.
 */
void
gst_voice_token_alight (GstBuffer * buffer)
{
  TokenMeta *meta = (TokenMeta *) gst_buffer_get_meta (buffer,
      token_meta_api ());

  if (meta) {
    gst_voice_token_unref (meta->token);
    meta->token = NULL;
  }
}

/**
 * gst_voice_alarm_new:
 * @rank: who is woken first at the same simulated time
 * @func: what to call when time has come
 * @owner: (type GObject): handed to @func; not kept alive by the alarm, and
 *   not called once it is being disposed of
 *
 * Returns: (transfer full): an alarm that is not set
 */
GstVoiceAlarm *
gst_voice_alarm_new (GstVoiceAlarmRank rank, GstVoiceAlarmFunc func,
    gpointer owner)
{
  GstVoiceAlarm *alarm = g_new0 (GstVoiceAlarm, 1);

  g_atomic_ref_count_init (&alarm->refs);
  alarm->rank = rank;
  alarm->func = func;
  g_weak_ref_init (&alarm->owner, owner);
  g_mutex_init (&alarm->lock);
  return alarm;
}

/**
 * gst_voice_alarm_free:
 * @alarm: (transfer full): an alarm, set or not
 */
void
gst_voice_alarm_free (GstVoiceAlarm * alarm)
{
  gst_voice_alarm_clear (alarm);
  alarm_unref (alarm);
}

static gboolean
id_fired (GstClock * clock, GstClockTime time, GstClockID id, gpointer data)
{
  GstVoiceAlarm *alarm = data;
  gboolean current;

  g_mutex_lock (&alarm->lock);
  current = alarm->id == id;
  if (current)
    alarm->id = NULL;
  g_mutex_unlock (&alarm->lock);
  if (current) {
    gst_clock_id_unref (id);
    alarm_call (alarm);
  }
  return TRUE;
}

/**
 * gst_voice_alarm_clear:
 * @alarm: an alarm
 *
 * Unsets it. A call that is on its way at this moment may still arrive, so
 * the owner compares its own deadline with the time.
 */
void
gst_voice_alarm_clear (GstVoiceAlarm * alarm)
{
  Timeline *timeline;
  GstClockID id;

  g_mutex_lock (&alarm->lock);
  id = g_steal_pointer (&alarm->id);
  timeline = g_steal_pointer (&alarm->timeline);
  alarm->deadline = 0;
  g_mutex_unlock (&alarm->lock);
  if (id) {
    gst_clock_id_unschedule (id);
    gst_clock_id_unref (id);
  }
  if (timeline) {
    timeline_disarm (timeline, alarm);
    timeline_unref (timeline);
  }
}

static void
set_simulated (GstVoiceAlarm * alarm, Timeline * timeline, GstClockTime time)
{
  Timeline *before;

  g_mutex_lock (&alarm->lock);
  before = alarm->timeline;
  alarm->timeline = timeline_ref (timeline);
  alarm->deadline = 0;
  g_mutex_unlock (&alarm->lock);
  if (before && before != timeline)
    timeline_disarm (before, alarm);
  g_clear_pointer (&before, timeline_unref);
  timeline_arm (timeline, alarm, time);
}

/* What sleeps in real time needs no other thread to wake it. */
static gboolean
set_deadline (GstVoiceAlarm * alarm, GstClock * clock, GstClockTime time)
{
  GstClockTime now;

  if (!alarm->waited || G_OBJECT_TYPE (clock) != GST_TYPE_SYSTEM_CLOCK)
    return FALSE;
  now = gst_clock_get_time (clock);
  g_mutex_lock (&alarm->lock);
  alarm->deadline = g_get_monotonic_time ();
  if (time > now)
    alarm->deadline += (time - now + GST_USECOND - 1) / GST_USECOND;
  g_mutex_unlock (&alarm->lock);
  return TRUE;
}

/**
 * gst_voice_alarm_set_waited:
 * @alarm: an alarm that is not set yet
 *
 * For a thread that sleeps until the alarm comes or something else happens. It
 * sets the alarm itself and sleeps in gst_voice_alarm_wait(); on the system's
 * clock it then wakes by itself, instead of being woken by the clock's thread
 * and its alarm's function.
 */
void
gst_voice_alarm_set_waited (GstVoiceAlarm * alarm)
{
  alarm->waited = TRUE;
}

/**
 * gst_voice_alarm_wait:
 * @alarm: an alarm of gst_voice_alarm_set_waited()
 * @cond: what is signalled when something else happens, and by the alarm's
 *   function
 * @mutex: locked; what guards that
 *
 * Returns: whether the time has come, which unsets the alarm; %FALSE if @cond
 *   was signalled, or for nothing
 */
gboolean
gst_voice_alarm_wait (GstVoiceAlarm * alarm, GCond * cond, GMutex * mutex)
{
  gboolean came;
  gint64 deadline;

  g_mutex_lock (&alarm->lock);
  deadline = alarm->deadline;
  g_mutex_unlock (&alarm->lock);
  if (!deadline) {
    g_cond_wait (cond, mutex);
    return FALSE;
  }
  if (g_cond_wait_until (cond, mutex, deadline))
    return FALSE;
  g_mutex_lock (&alarm->lock);
  came = alarm->deadline == deadline;
  if (came)
    alarm->deadline = 0;
  g_mutex_unlock (&alarm->lock);
  return came;
}

/**
 * gst_voice_alarm_set:
 * @alarm: an alarm; what it was set to before is forgotten
 * @clock: any clock
 * @time: the clock time at which to call; a time gone by is at once
 */
void
gst_voice_alarm_set (GstVoiceAlarm * alarm, GstClock * clock, GstClockTime time)
{
  GstClockID id, before;

  if (GST_IS_VOICE_CLOCK (clock)) {
    set_simulated (alarm, GST_VOICE_CLOCK (clock)->timeline, time);
    return;
  }
  if (set_deadline (alarm, clock, time))
    return;
  id = gst_clock_new_single_shot_id (clock, time);
  g_mutex_lock (&alarm->lock);
  before = alarm->id;
  alarm->id = gst_clock_id_ref (id);
  alarm->deadline = 0;
  g_mutex_unlock (&alarm->lock);
  if (before) {
    gst_clock_id_unschedule (before);
    gst_clock_id_unref (before);
  }
  gst_clock_id_wait_async (id, id_fired, alarm_ref (alarm),
      (GDestroyNotify) alarm_unref);
  gst_clock_id_unref (id);
}

/**
 * gst_voice_alarm_set_running:
 * @alarm: an alarm
 * @element: whose clock and base time to use; without a clock nothing happens
 * @running_time: when to call
 */
void
gst_voice_alarm_set_running (GstVoiceAlarm * alarm, GstElement * element,
    GstClockTime running_time)
{
  GstClock *clock = gst_element_get_clock (element);

  if (!clock)
    return;
  gst_voice_alarm_set (alarm, clock,
      gst_element_get_base_time (element) + running_time);
  gst_object_unref (clock);
}

/**
 * gst_voice_alarm_call_soon:
 * @alarm: an alarm
 * @element: whose clock to use
 *
 * For an element that begins to play. The alarm's function is called at once;
 * in simulated time by the clock, when it moves and in the order of ranks, so
 * that nothing depends on which of the elements is first.
 */
void
gst_voice_alarm_call_soon (GstVoiceAlarm * alarm, GstElement * element)
{
  GstClock *clock = gst_element_get_clock (element);

  if (clock && GST_IS_VOICE_CLOCK (clock))
    gst_voice_alarm_set (alarm, clock, gst_clock_get_time (clock));
  else
    alarm_call (alarm);
  gst_clear_object (&clock);
}
