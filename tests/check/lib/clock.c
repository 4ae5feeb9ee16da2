/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Simulated time: what holds it, in which order alarms are delivered, and that
 * a queue in the pipeline does not let it run ahead. Alarms on other clocks.
 */
#include <gst-voice/clock.h>
#include <gst/check/gsttestclock.h>

#define MS GST_MSECOND

/* An owner that notes when and in which order its alarms came. */
typedef struct
{
  GObject parent;
  GstClock *clock;
  GMutex lock;
  GCond cond;
  GString *seen;
  gchar name;
  GstVoiceToken *token;         /* taken when the alarm comes, if `keep` */
  gboolean keep;
} Noter;
typedef GObjectClass NoterClass;
static GType noter_get_type (void);
G_DEFINE_TYPE (Noter, noter, G_TYPE_OBJECT);

static void
noter_class_init (NoterClass * klass)
{
}

static void
noter_init (Noter * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->seen = g_string_new (NULL);
}

static void
noter_free (Noter * self)
{
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_string_free (self->seen, TRUE);
  g_object_unref (self);
}

static void
note (gpointer owner)
{
  Noter *self = owner;

  g_mutex_lock (&self->lock);
  g_string_append_printf (self->seen, "%c%" G_GUINT64_FORMAT " ", self->name,
      gst_clock_get_time (self->clock) / MS);
  if (self->keep)
    self->token = gst_voice_token_new (self->clock);
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static Noter *
noter_new (GstClock * clock, gchar name)
{
  Noter *self = g_object_new (noter_get_type (), NULL);

  self->clock = clock;
  self->name = name;
  return self;
}

static void
noter_wait_for (Noter * self, const gchar * text)
{
  g_mutex_lock (&self->lock);
  while (!strstr (self->seen->str, text))
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
stands_still_until_started (void)
{
  GstClock *clock = gst_voice_clock_new ();
  Noter *noter = noter_new (clock, 'a');
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);

  gst_voice_alarm_set (alarm, clock, 50 * MS);
  g_assert_cmpuint (gst_clock_get_time (clock), ==, 0);
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  noter_wait_for (noter, "a50 ");
  g_assert_cmpuint (gst_clock_get_time (clock), ==, 50 * MS);

  gst_voice_alarm_free (alarm);
  gst_object_unref (clock);
  noter_free (noter);
}

static void
token_holds_time (void)
{
  GstClock *clock = gst_voice_clock_new ();
  GstVoiceToken *token = gst_voice_token_new (clock);
  Noter *noter = noter_new (clock, 'a');
  GstVoiceAlarm *first = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);
  GstVoiceAlarm *second = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);
  GstVoiceToken *kept;

  noter->keep = TRUE;
  gst_voice_alarm_set (first, clock, 10 * MS);
  gst_voice_alarm_set (second, clock, 20 * MS);
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  g_assert_cmpuint (gst_clock_get_time (clock), ==, 0);
  gst_voice_token_unref (token);
  noter_wait_for (noter, "a10 ");
  /* The note keeps a token: the second alarm must wait for it. */
  g_assert_cmpuint (gst_clock_get_time (clock), ==, 10 * MS);
  g_mutex_lock (&noter->lock);
  kept = g_steal_pointer (&noter->token);
  noter->keep = FALSE;
  g_mutex_unlock (&noter->lock);
  gst_voice_token_unref (kept);
  noter_wait_for (noter, "a20 ");

  gst_voice_alarm_free (first);
  gst_voice_alarm_free (second);
  gst_object_unref (clock);
  noter_free (noter);
}

/* Time, then rank, then who registered first; never two at once. */
static void
order_of_delivery (void)
{
  GstClock *clock = gst_voice_clock_new ();
  GstVoiceAlarm *alarms[5];
  GString *order = g_string_new (NULL);
  Noter *noters[5];
  static const struct
  {
    GstVoiceAlarmRank rank;
    GstClockTime time;
  } rows[5] = {
    {GST_VOICE_ALARM_DEADLINE, 10 * MS}, {GST_VOICE_ALARM_STAGE, 10 * MS},
    {GST_VOICE_ALARM_SOURCE, 10 * MS}, {GST_VOICE_ALARM_STAGE, 10 * MS},
    {GST_VOICE_ALARM_DEADLINE, 5 * MS},
  };

  for (guint i = 0; i < 5; i++) {
    noters[i] = noter_new (clock, 'a' + i);
    g_string_free (noters[i]->seen, TRUE);
    noters[i]->seen = order;
    alarms[i] = gst_voice_alarm_new (rows[i].rank, note, noters[i]);
    gst_voice_alarm_set (alarms[i], clock, rows[i].time);
  }
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  noter_wait_for (noters[0], "a10 ");
  g_assert_cmpstr (order->str, ==, "e5 c10 b10 d10 a10 ");

  for (guint i = 0; i < 5; i++) {
    gst_voice_alarm_free (alarms[i]);
    noters[i]->seen = i ? g_string_new (NULL) : order;
  }
  gst_object_unref (clock);
  for (guint i = 0; i < 5; i++)
    noter_free (noters[i]);
}

static void
cleared_and_reset (void)
{
  GstClock *clock = gst_voice_clock_new ();
  Noter *noter = noter_new (clock, 'a'), *gone = noter_new (clock, 'g');
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);
  GstVoiceAlarm *last = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);
  GstVoiceAlarm *orphan = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      gone);

  gst_voice_alarm_set (alarm, clock, 10 * MS);
  gst_voice_alarm_set (alarm, clock, 30 * MS);
  gst_voice_alarm_set (orphan, clock, 20 * MS);
  noter_free (gone);
  gst_voice_alarm_set (last, clock, 40 * MS);
  gst_voice_clock_start (GST_VOICE_CLOCK (clock));
  noter_wait_for (noter, "a40 ");
  g_assert_cmpstr (noter->seen->str, ==, "a30 a40 ");
  gst_voice_alarm_set (alarm, clock, 50 * MS);
  gst_voice_alarm_free (alarm);

  gst_voice_alarm_free (last);
  gst_voice_alarm_free (orphan);
  gst_object_unref (clock);
  noter_free (noter);
}

static void
no_tokens_on_other_clocks (void)
{
  GstClock *clock = gst_system_clock_obtain ();

  g_assert_null (gst_voice_token_new (clock));
  g_assert_null (gst_voice_token_new (NULL));
  g_assert_null (gst_voice_token_ref (NULL));
  gst_voice_token_unref (NULL);
  gst_object_unref (clock);
}

static void
alarm_on_test_clock (void)
{
  GstClock *clock = gst_test_clock_new ();
  Noter *noter = noter_new (clock, 'a');
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);

  gst_voice_alarm_set (alarm, clock, 10 * MS);
  gst_voice_alarm_set (alarm, clock, 20 * MS);
  g_assert_true (gst_test_clock_crank (GST_TEST_CLOCK (clock)));
  noter_wait_for (noter, "a20 ");
  g_assert_cmpstr (noter->seen->str, ==, "a20 ");
  gst_voice_alarm_set (alarm, clock, 30 * MS);
  gst_voice_alarm_clear (alarm);
  g_assert_cmpuint (gst_test_clock_peek_id_count (GST_TEST_CLOCK (clock)), ==,
      0);

  gst_voice_alarm_free (alarm);
  gst_object_unref (clock);
  noter_free (noter);
}

/* Who sleeps in the system's time is woken by nobody. */
static void
alarm_waited (void)
{
  GstClock *clock = gst_system_clock_obtain ();
  Noter *noter = noter_new (clock, 'a');
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);
  GstClockTime due = gst_clock_get_time (clock) + 3 * MS;

  gst_voice_alarm_set_waited (alarm);
  gst_voice_alarm_set (alarm, clock, due);
  g_mutex_lock (&noter->lock);
  while (!gst_voice_alarm_wait (alarm, &noter->cond, &noter->lock));
  g_mutex_unlock (&noter->lock);
  g_assert_cmpuint (gst_clock_get_time (clock), >=, due);
  g_assert_cmpstr (noter->seen->str, ==, "");

  gst_voice_alarm_free (alarm);
  gst_object_unref (clock);
  noter_free (noter);
}

/* On another clock it is called, as any alarm; so it is if it was set on the
 * system's before. */
static void
alarm_not_waited (void)
{
  GstClock *system = gst_system_clock_obtain (), *clock = gst_test_clock_new ();
  Noter *noter = noter_new (clock, 'a');
  GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
      noter);

  gst_voice_alarm_set_waited (alarm);
  gst_voice_alarm_set (alarm, system, gst_clock_get_time (system));
  gst_voice_alarm_set (alarm, clock, 10 * MS);
  gst_test_clock_advance_time (GST_TEST_CLOCK (clock), 10 * MS);
  gst_test_clock_crank (GST_TEST_CLOCK (clock));
  g_mutex_lock (&noter->lock);
  while (!noter->seen->len)
    g_assert_false (gst_voice_alarm_wait (alarm, &noter->cond, &noter->lock));
  g_mutex_unlock (&noter->lock);

  gst_voice_alarm_free (alarm);
  gst_object_unref (system);
  gst_object_unref (clock);
  noter_free (noter);
}

/* A pipeline with a queue: a feeder puts a buffer in at every 10 ms of
 * simulated time, and the sink notes the time at which each arrives. */
typedef struct
{
  GObject parent;
  GstElement *pipeline;
  GstPad *pad;
  GstVoiceAlarm *alarm;
  GMutex lock;
  GCond cond;
  GstVoiceToken *due;           /* set when the feeder's time has come */
  GstClockTime fed;
  guint wrong, arrived;
} Feeder;
typedef GObjectClass FeederClass;
static GType feeder_get_type (void);
G_DEFINE_TYPE (Feeder, feeder, G_TYPE_OBJECT);

static void
feeder_class_init (FeederClass * klass)
{
}

static void
feeder_init (Feeder * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
}

static void
feeder_due (gpointer owner)
{
  Feeder *self = owner;

  g_mutex_lock (&self->lock);
  self->due = gst_voice_token_new (GST_ELEMENT_CLOCK (self->pipeline));
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
feed (Feeder * self, guint n)
{
  GstVoiceToken *token;
  GstBuffer *buffer;

  gst_voice_alarm_set_running (self->alarm, self->pipeline, 10 * MS);
  gst_voice_clock_start (GST_VOICE_CLOCK (GST_ELEMENT_CLOCK (self->pipeline)));
  for (guint i = 1; i <= n; i++) {
    g_mutex_lock (&self->lock);
    while (!self->due)
      g_cond_wait (&self->cond, &self->lock);
    token = g_steal_pointer (&self->due);
    g_mutex_unlock (&self->lock);
    buffer = gst_buffer_new_allocate (NULL, 16, NULL);
    GST_BUFFER_PTS (buffer) = i * 10 * MS;
    gst_voice_token_ride (token, buffer);
    g_assert_cmpint (gst_pad_push (self->pad, buffer), ==, GST_FLOW_OK);
    /* The next alarm is set before this token goes: time may not overtake. */
    if (i < n)
      gst_voice_alarm_set_running (self->alarm, self->pipeline,
          (i + 1) * 10 * MS);
    gst_voice_token_unref (token);
  }
}

static void
arrived (GstElement * sink, GstBuffer * buffer, GstPad * pad, gpointer data)
{
  Feeder *self = data;

  if (gst_element_get_current_running_time (self->pipeline) !=
      GST_BUFFER_PTS (buffer))
    self->wrong++;
  self->arrived++;
}

static void
queue_does_not_hide_work (void)
{
  Feeder *self = g_object_new (feeder_get_type (), NULL);
  GstClock *clock = gst_voice_clock_new ();
  GError *error = NULL;
  GstElement *queue, *sink;
  GstBus *bus;
  GstMessage *message;
  GstPad *peer;
  GstSegment segment;

  self->pipeline = gst_parse_launch ("queue name=q ! identity ! queue ! "
      "fakesink name=s sync=false async=false enable-last-sample=false "
      "signal-handoffs=true", &error);
  g_assert_no_error (error);
  queue = gst_bin_get_by_name (GST_BIN (self->pipeline), "q");
  sink = gst_bin_get_by_name (GST_BIN (self->pipeline), "s");
  g_signal_connect (sink, "handoff", G_CALLBACK (arrived), self);
  gst_pipeline_use_clock (GST_PIPELINE (self->pipeline), clock);
  self->alarm = gst_voice_alarm_new (GST_VOICE_ALARM_SOURCE, feeder_due, self);
  self->pad = gst_pad_new ("src", GST_PAD_SRC);
  peer = gst_element_get_static_pad (queue, "sink");
  gst_pad_link (self->pad, peer);
  gst_pad_set_active (self->pad, TRUE);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  gst_element_get_state (self->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->pad, gst_event_new_stream_start ("x"));
  gst_pad_push_event (self->pad, gst_event_new_segment (&segment));
  feed (self, 300);
  gst_pad_push_event (self->pad, gst_event_new_eos ());
  bus = gst_element_get_bus (self->pipeline);
  message = gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  g_assert_cmpuint (self->arrived, ==, 300);
  g_assert_cmpuint (self->wrong, ==, 0);

  gst_message_unref (message);
  gst_object_unref (bus);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_pad_set_active (self->pad, FALSE);
  gst_pad_unlink (self->pad, peer);
  gst_object_unref (peer);
  gst_object_unref (self->pad);
  gst_object_unref (queue);
  gst_object_unref (sink);
  gst_voice_alarm_free (self->alarm);
  gst_object_unref (self->pipeline);
  gst_object_unref (clock);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_object_unref (self);
}

/* At once on an ordinary clock; when time moves on a simulated one. */
static void
call_soon (void)
{
  GstClock *clocks[] = { gst_test_clock_new (), gst_voice_clock_new () };

  for (guint i = 0; i < G_N_ELEMENTS (clocks); i++) {
    GstElement *element = gst_object_ref_sink (gst_element_factory_make
        ("identity", NULL));
    Noter *noter = noter_new (clocks[i], 'a');
    GstVoiceAlarm *alarm = gst_voice_alarm_new (GST_VOICE_ALARM_STAGE, note,
        noter);

    gst_element_set_clock (element, clocks[i]);
    gst_voice_alarm_call_soon (alarm, element);
    g_mutex_lock (&noter->lock);
    g_assert_cmpstr (noter->seen->str, ==, i == 0 ? "a0 " : "");
    g_mutex_unlock (&noter->lock);
    if (i == 1)
      gst_voice_clock_start (GST_VOICE_CLOCK (clocks[i]));
    noter_wait_for (noter, "a0 ");
    gst_voice_alarm_free (alarm);
    gst_element_set_clock (element, NULL);
    gst_object_unref (element);
    noter_free (noter);
    gst_object_unref (clocks[i]);
  }
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/soon", call_soon);
  g_test_add_func ("/clock/stands-still", stands_still_until_started);
  g_test_add_func ("/clock/token", token_holds_time);
  g_test_add_func ("/clock/order", order_of_delivery);
  g_test_add_func ("/clock/cleared", cleared_and_reset);
  g_test_add_func ("/clock/other-clocks", no_tokens_on_other_clocks);
  g_test_add_func ("/clock/test-clock", alarm_on_test_clock);
  g_test_add_func ("/clock/waited", alarm_waited);
  g_test_add_func ("/clock/not-waited", alarm_not_waited);
  g_test_add_func ("/clock/queue", queue_does_not_hide_work);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
