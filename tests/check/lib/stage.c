/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The contract of a stage, a test a sentence: order, time, what an
 * interruption drops however late it comes and what nothing may drop, back-
 * pressure, EOS, flushing, states.
 */
#include <gst-voice/events.h>
#include <gst-voice/stage.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <string.h>

#define AUDIO_CAPS "audio/x-raw,format=S16LE,layout=interleaved,channels=1," \
    "rate=8000"

/* A stage that passes its input on, and can be told to wait before it does. */
typedef struct
{
  GstVoiceStage parent;

  GMutex lock;
  GCond cond;
  GString *seen;                /* what the subclass was called with */
  guint blocked, gates;         /* inputs that wait, and may go on */
  gboolean gated, hold_eos;
} EchoStage;
typedef GstVoiceStageClass EchoStageClass;
static GType echo_stage_get_type (void);
G_DEFINE_TYPE (EchoStage, echo_stage, gst_voice_stage_get_type ());

static GstStaticPadTemplate any_sink = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);
static GstStaticPadTemplate any_src = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static void
saw (EchoStage * self, const gchar * what)
{
  g_mutex_lock (&self->lock);
  g_string_append_printf (self->seen, "%s ", what);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static void
wait_until_seen (EchoStage * self, const gchar * what)
{
  g_mutex_lock (&self->lock);
  while (!strstr (self->seen->str, what))
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
wait_until_blocked (EchoStage * self)
{
  g_mutex_lock (&self->lock);
  while (!self->blocked)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
}

static void
let_go (EchoStage * self, guint n)
{
  g_mutex_lock (&self->lock);
  self->gates += n;
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
}

static GstFlowReturn
echo_input (GstVoiceStage * stage, GstBuffer * buffer)
{
  EchoStage *self = (EchoStage *) stage;
  GstBuffer *out = gst_buffer_copy_deep (buffer);
  gchar *text = gst_voice_text_buffer_get (buffer);

  saw (self, text);
  g_free (text);
  g_mutex_lock (&self->lock);
  if (self->gated) {
    self->blocked++;
    g_cond_broadcast (&self->cond);
    while (!self->gates)
      g_cond_wait (&self->cond, &self->lock);
    self->gates--;
    self->blocked--;
  }
  g_mutex_unlock (&self->lock);
  gst_buffer_unref (buffer);
  return gst_voice_stage_push (stage, out);
}

static gboolean
echo_event (GstVoiceStage * stage, GstEvent * event)
{
  const GstStructure *s = gst_voice_event_parse (event);

  if (s)
    saw ((EchoStage *) stage, gst_structure_get_name (s));
  return FALSE;
}

static void
echo_interrupt (GstVoiceStage * stage, GstEvent * event)
{
  saw ((EchoStage *) stage, "cancel");
}

static void
echo_timer (GstVoiceStage * stage, guint id)
{
  gchar *text = g_strdup_printf ("timer%u@%" G_GUINT64_FORMAT, id,
      gst_voice_stage_now (stage) / GST_MSECOND);

  saw ((EchoStage *) stage, text);
  g_free (text);
}

static gboolean
echo_drain (GstVoiceStage * stage)
{
  saw ((EchoStage *) stage, "drain");
  return !((EchoStage *) stage)->hold_eos;
}

static gboolean
echo_set_caps (GstVoiceStage * stage, GstCaps * caps)
{
  gst_voice_stage_set_src_caps (stage, caps);
  return TRUE;
}

static void
echo_finalize (GObject * object)
{
  EchoStage *self = (EchoStage *) object;

  g_string_free (self->seen, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (echo_stage_parent_class)->finalize (object);
}

static void
echo_stage_class_init (EchoStageClass * klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  gst_element_class_add_static_pad_template (element_class, &any_sink);
  gst_element_class_add_static_pad_template (element_class, &any_src);
  gst_element_class_set_static_metadata (element_class, "echo", "Test", "-",
      "-");
  G_OBJECT_CLASS (klass)->finalize = echo_finalize;
  klass->max_buffers = 4;
  klass->set_caps = echo_set_caps;
  klass->input = echo_input;
  klass->event = echo_event;
  klass->interrupt = echo_interrupt;
  klass->timer = echo_timer;
  klass->drain = echo_drain;
}

static void
echo_stage_init (EchoStage * self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->seen = g_string_new (NULL);
}

/* The same for sound, which leaks and lives in the time of its input. */
typedef EchoStage EarStage;
typedef GstVoiceStageClass EarStageClass;
static GType ear_stage_get_type (void);
G_DEFINE_TYPE (EarStage, ear_stage, echo_stage_get_type ());

static void
ear_stage_class_init (EarStageClass * klass)
{
  klass->leaky = TRUE;
  klass->hears = TRUE;
}

static void
ear_stage_init (EarStage * self)
{
}

typedef struct
{
  GstHarness *h;
  EchoStage *stage;
  GstTestClock *clock;
} Fixture;

static void
set_up (Fixture * f, GType type)
{
  f->stage = g_object_new (type, NULL);
  f->h = gst_harness_new_with_element (GST_ELEMENT (f->stage), "sink", "src");
  f->clock = gst_harness_get_testclock (f->h);
  gst_harness_set_src_caps_str (f->h, "text/x-raw,format=utf8");
}

static void
tear_down (Fixture * f)
{
  gst_object_unref (f->clock);
  gst_harness_teardown (f->h);
  gst_object_unref (f->stage);
}

static GstBuffer *
text (const gchar * words, guint generation)
{
  GstBuffer *buffer = gst_voice_text_buffer_new (words);

  gst_voice_meta_add (buffer)->generation = generation;
  return buffer;
}

static void
push_oob (Fixture * f, GstStructure * s)
{
  g_assert_true (gst_harness_push_event (f->h,
          gst_voice_event_new (GST_VOICE_OOB, NULL, s)));
}

static void
interrupt (Fixture * f, guint generation, gboolean force)
{
  push_oob (f, gst_voice_structure_new ("interrupt", "generation", generation,
          "reason", "words", "force", force, NULL));
}

/* Takes out what has arrived until a text, and gives the texts before it. */
static void
assert_arrives (Fixture * f, const gchar * expected)
{
  gchar **words = g_strsplit (expected, " ", -1);

  for (guint i = 0; words[i]; i++) {
    GstBuffer *buffer = gst_harness_pull (f->h);
    gchar *got;

    g_assert_nonnull (buffer);
    got = gst_voice_text_buffer_get (buffer);
    g_assert_cmpstr (got, ==, words[i]);
    g_free (got);
    gst_buffer_unref (buffer);
  }
  g_strfreev (words);
}

/* The names of our events that have arrived downstream. EOS may be on its way
 * when the stage has been seen to drain: @eos waits for it. */
static gchar *
events_arrived (Fixture * f, gboolean eos)
{
  GString *names = g_string_new (NULL);
  GstEvent *event;

  while ((event = eos ? gst_harness_pull_event (f->h) :
          gst_harness_try_pull_event (f->h))) {
    const GstStructure *s = gst_voice_event_parse (event);

    if (s)
      g_string_append_printf (names, "%s ", gst_structure_get_name (s) + 6);
    else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
      g_string_append (names, "eos ");
      eos = FALSE;
    }
    gst_event_unref (event);
  }
  return g_string_free (names, FALSE);
}

static void
assert_events (Fixture * f, const gchar * expected)
{
  gchar *names = events_arrived (f, g_str_has_suffix (expected, "eos "));

  g_assert_cmpstr (names, ==, expected);
  g_free (names);
}

static void
push_ordered (Fixture * f, GstStructure * s)
{
  gst_harness_push_event (f->h, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          s));
}

static void
drain (Fixture * f)
{
  gst_harness_push_event (f->h, gst_event_new_eos ());
  wait_until_seen (f->stage, "drain");
}

static void
in_order (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  gst_harness_push (f.h, text ("one", 0));
  push_ordered (&f, gst_voice_structure_new ("speech", "speech", 1u, NULL));
  gst_harness_push (f.h, text ("two", 0));
  drain (&f);
  assert_arrives (&f, "one two");
  g_assert_cmpstr (f.stage->seen->str, ==, "one voice/speech two drain ");
  tear_down (&f);
}

static void
count_job (GstVoiceStage * stage, gpointer data)
{
  g_assert_true (gst_voice_stage_in_task (stage));
  saw ((EchoStage *) stage, data);
}

static void
jobs_run_in_the_task (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  g_assert_false (gst_voice_stage_in_task ((GstVoiceStage *) f.stage));
  gst_harness_push (f.h, text ("one", 0));
  g_assert_true (gst_voice_stage_post ((GstVoiceStage *) f.stage, count_job,
          g_strdup ("job"), g_free));
  wait_until_seen (f.stage, "job");
  g_assert_cmpstr (f.stage->seen->str, ==, "one job ");
  gst_element_set_state (f.h->element, GST_STATE_NULL);
  g_assert_false (gst_voice_stage_post ((GstVoiceStage *) f.stage, count_job,
          g_strdup ("late"), g_free));
  tear_down (&f);
}

/* "SEGMENT and GAP are held until caps are known": the order of sticky events
 * and that the output has a segment and times of its own. */
static void
output_is_desynchronised (void)
{
  Fixture f;
  GstBuffer *buffer;
  GstEvent *event;
  guint order = 0;

  set_up (&f, echo_stage_get_type ());
  gst_test_clock_set_time (f.clock, 5 * GST_SECOND);
  buffer = text ("one", 0);
  GST_BUFFER_PTS (buffer) = 77 * GST_SECOND;
  gst_harness_push (f.h, buffer);
  buffer = gst_harness_pull (f.h);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==, 5 * GST_SECOND);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, 0);
  gst_buffer_unref (buffer);
  while ((event = gst_harness_try_pull_event (f.h))) {
    if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
      g_assert_cmpuint (order++, ==, 0);
    else if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
      g_assert_cmpuint (order++, ==, 1);
    else if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
      g_assert_cmpuint (order++, ==, 2);
    gst_event_unref (event);
  }
  g_assert_cmpuint (order, ==, 3);
  tear_down (&f);
}

static void
interrupt_drops_what_waits (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  f.stage->gated = TRUE;
  gst_harness_push (f.h, text ("old1", 0));
  wait_until_blocked (f.stage);
  gst_harness_push (f.h, text ("old2", 0));
  gst_harness_push (f.h, text ("new", 1));
  interrupt (&f, 1, FALSE);
  /* The event is downstream although the stage is busy. */
  assert_events (&f, "interrupt ");
  g_assert_nonnull (strstr (f.stage->seen->str, "cancel"));
  let_go (f.stage, 10);
  drain (&f);
  /* old1 was in work and has become obsolete on its way out. */
  assert_arrives (&f, "new");
  g_assert_null (strstr (f.stage->seen->str, "old2"));
  tear_down (&f);
}

/* "however late they come" */
static void
late_text_is_dropped (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  interrupt (&f, 3, FALSE);
  gst_harness_push (f.h, text ("late", 2));
  gst_harness_push (f.h, text ("fresh", 3));
  drain (&f);
  assert_arrives (&f, "fresh");
  g_assert_null (strstr (f.stage->seen->str, "late"));
  tear_down (&f);
}

/* "Output inherits the generation of the input that caused it": a token made
 * after the session's number has been raised still has the old one. */
static void
stamp_is_inherited (void)
{
  Fixture f;
  GstVoiceSession *session;

  set_up (&f, echo_stage_get_type ());
  session = gst_voice_stage_session ((GstVoiceStage *) f.stage);
  f.stage->gated = TRUE;
  gst_harness_push (f.h, text ("token", 0));
  wait_until_blocked (f.stage);
  g_assert_cmpuint (gst_voice_session_interrupt (session), ==, 1);
  interrupt (&f, 1, FALSE);
  let_go (f.stage, 1);
  drain (&f);
  g_assert_cmpuint (gst_harness_buffers_received (f.h), ==, 0);
  tear_down (&f);
}

/* "a buffer without meta belongs to the last `voice/speech`" */
static void
without_meta_it_belongs_to_the_speech (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  interrupt (&f, 2, FALSE);
  push_ordered (&f, gst_voice_structure_new ("speech", "speech", 1u,
          "interruptible", TRUE, "generation", 1u, NULL));
  gst_harness_push (f.h, gst_voice_text_buffer_new ("old"));
  push_ordered (&f, gst_voice_structure_new ("speech-end", "speech", 1u,
          "generation", 1u, NULL));
  push_ordered (&f, gst_voice_structure_new ("speech", "speech", 2u,
          "interruptible", TRUE, "generation", 2u, NULL));
  gst_harness_push (f.h, gst_voice_text_buffer_new ("new"));
  drain (&f);
  assert_arrives (&f, "new");
  g_assert_cmpstr (f.stage->seen->str, ==, "cancel voice/speech new drain ");
  tear_down (&f);
}

/* "Never dropped: hangup, EOS"; and what may not be interrupted survives a
 * voice interruption but not a forced one. */
static void
what_is_never_dropped (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  interrupt (&f, 5, FALSE);
  push_ordered (&f, gst_voice_structure_new ("say", "text", "a",
          "interruptible", TRUE, "generation", 1u, NULL));
  push_ordered (&f, gst_voice_structure_new ("say", "text", "b",
          "interruptible", FALSE, "generation", 1u, NULL));
  push_ordered (&f, gst_voice_structure_new ("hangup", "reason", "x", NULL));
  drain (&f);
  g_assert_cmpstr (f.stage->seen->str, ==,
      "cancel voice/say voice/hangup drain ");
  assert_events (&f, "interrupt say hangup eos ");
  tear_down (&f);
}

static GstBuffer *
announcement (const gchar * words)
{
  GstBuffer *buffer = text (words, 0);

  gst_voice_meta_get (buffer)->flags = GST_VOICE_FLAG_UNINTERRUPTIBLE;
  return buffer;
}

static void
force_drops_announcements (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  interrupt (&f, 1, FALSE);
  gst_harness_push (f.h, announcement ("kept"));
  assert_arrives (&f, "kept");
  interrupt (&f, 2, TRUE);
  gst_harness_push (f.h, announcement ("gone"));
  drain (&f);
  g_assert_null (strstr (f.stage->seen->str, "gone"));
  tear_down (&f);
}

/* "`voice/withdraw` takes it back without raising the generation" */
static void
withdrawn_turn_is_dropped (void)
{
  Fixture f;
  GstBuffer *buffer;

  set_up (&f, echo_stage_get_type ());
  push_oob (&f, gst_voice_structure_new ("withdraw", "turn", 4u, NULL));
  buffer = text ("gone", 0);
  gst_voice_meta_get (buffer)->turn = 4;
  gst_harness_push (f.h, buffer);
  buffer = text ("kept", 0);
  gst_voice_meta_get (buffer)->turn = 5;
  gst_harness_push (f.h, buffer);
  assert_arrives (&f, "kept");
  g_assert_null (strstr (f.stage->seen->str, "gone"));
  tear_down (&f);
}

/* "a stage that starts late asks the session for the current generation" */
static void
late_starter_knows_the_generation (void)
{
  GstVoiceSession *session = gst_voice_session_new (NULL);
  GstContext *context = gst_voice_session_to_context (session);
  EchoStage *stage = g_object_new (echo_stage_get_type (), NULL);
  Fixture f = {.stage = stage };

  gst_voice_session_interrupt (session);
  gst_voice_session_interrupt (session);
  gst_element_set_context (GST_ELEMENT (stage), context);
  f.h = gst_harness_new_with_element (GST_ELEMENT (stage), "sink", "src");
  f.clock = gst_harness_get_testclock (f.h);
  gst_harness_set_src_caps_str (f.h, "text/x-raw,format=utf8");
  gst_harness_push (f.h, text ("late", 1));
  gst_harness_push (f.h, text ("fresh", 2));
  assert_arrives (&f, "fresh");
  g_assert_null (strstr (stage->seen->str, "late"));
  tear_down (&f);
  gst_context_unref (context);
  g_object_unref (session);
}

/* "Such an event passes full queues and a blocked sink" */
static GstPadProbeReturn
block_buffers (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  saw (data, "pushing");
  return GST_PAD_PROBE_OK;
}

static void
interrupt_during_a_blocked_push (void)
{
  Fixture f;
  gulong probe;

  set_up (&f, echo_stage_get_type ());
  probe = gst_pad_add_probe (f.h->sinkpad, GST_PAD_PROBE_TYPE_BLOCK |
      GST_PAD_PROBE_TYPE_BUFFER, block_buffers, f.stage, NULL);
  gst_harness_push (f.h, text ("old1", 0));
  wait_until_seen (f.stage, "pushing");
  for (guint i = 0; i < 3; i++)
    gst_harness_push (f.h, text ("old", 0));
  interrupt (&f, 1, FALSE);
  assert_events (&f, "interrupt ");
  gst_pad_remove_probe (f.h->sinkpad, probe);
  gst_harness_push (f.h, text ("new", 1));
  drain (&f);
  /* The one that was being pushed is for the next stage to drop. */
  assert_arrives (&f, "old1 new");
  tear_down (&f);
}

typedef struct
{
  Fixture *f;
  const gchar *words;
  GstFlowReturn flow;
} Pusher;

static gpointer
push_in_thread (gpointer data)
{
  Pusher *p = data;

  p->flow = gst_harness_push (p->f->h, text (p->words, 0));
  return NULL;
}

/* A full queue makes the sender wait; an interruption lets it go. */
static void
full_queue_waits (void)
{
  Fixture f;
  Pusher pusher = { &f, "waits", GST_FLOW_ERROR };
  GThread *thread;

  set_up (&f, echo_stage_get_type ());
  f.stage->gated = TRUE;
  gst_harness_push (f.h, text ("a", 0));
  wait_until_blocked (f.stage);
  for (guint i = 0; i < 4; i++)
    gst_harness_push (f.h, text ("b", 0));
  thread = g_thread_new ("pusher", push_in_thread, &pusher);
  interrupt (&f, 1, FALSE);
  g_thread_join (thread);
  g_assert_cmpint (pusher.flow, ==, GST_FLOW_OK);
  let_go (f.stage, 10);
  tear_down (&f);
}

static void
push_sound (Fixture * f, guint i)
{
  GstBuffer *buffer = gst_buffer_new_memdup ("s\0", 2);

  GST_BUFFER_PTS (buffer) = i * 20 * GST_MSECOND;
  GST_BUFFER_DURATION (buffer) = 20 * GST_MSECOND;
  g_assert_cmpint (gst_harness_push (f->h, buffer), ==, GST_FLOW_OK);
}

/* "The audio thread never blocks (live input: oldest audio dropped, counted,
 * told)" */
static void
live_sound_leaks (void)
{
  Fixture f;
  GstBus *bus;
  GstMessage *message;

  set_up (&f, ear_stage_get_type ());
  bus = gst_bus_new ();
  gst_element_set_bus (GST_ELEMENT (f.stage), bus);
  f.stage->gated = TRUE;
  push_sound (&f, 0);
  wait_until_blocked (f.stage);
  for (guint i = 1; i < 8; i++)
    push_sound (&f, i);
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  while (message && !gst_message_has_name (message, "voice/overflow")) {
    gst_message_unref (message);
    message = gst_bus_pop_filtered (bus, GST_MESSAGE_ELEMENT);
  }
  g_assert_nonnull (message);
  g_assert_cmpuint (gst_voice_structure_time (gst_message_get_structure
          (message), "lost"), ==, 20 * GST_MSECOND);
  gst_message_unref (message);
  let_go (f.stage, 20);
  drain (&f);
  g_assert_cmpuint (gst_harness_buffers_received (f.h), ==, 5);
  gst_element_set_bus (GST_ELEMENT (f.stage), NULL);
  gst_object_unref (bus);
  tear_down (&f);
}

static void
set_timers (GstVoiceStage * stage, gpointer data)
{
  gst_voice_stage_set_timer (stage, 0, 300 * GST_MSECOND);
  gst_voice_stage_set_timer (stage, 1, 100 * GST_MSECOND);
  gst_voice_stage_set_timer (stage, 2, 200 * GST_MSECOND);
  gst_voice_stage_set_timer (stage, 2, GST_CLOCK_TIME_NONE);
  saw ((EchoStage *) stage, "set");
}

static void
timers_to_the_millisecond (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  gst_voice_stage_post ((GstVoiceStage *) f.stage, set_timers, NULL, NULL);
  wait_until_seen (f.stage, "set");
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_test_clock_set_time (f.clock, 99 * GST_MSECOND);
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 1);
  gst_harness_crank_single_clock_wait (f.h);
  wait_until_seen (f.stage, "timer1@100");
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_harness_crank_single_clock_wait (f.h);
  wait_until_seen (f.stage, "timer0@300");
  g_assert_cmpstr (f.stage->seen->str, ==, "set timer1@100 timer0@300 ");
  tear_down (&f);
}

static void
timers_wait_for_playing (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  gst_voice_stage_post ((GstVoiceStage *) f.stage, set_timers, NULL, NULL);
  wait_until_seen (f.stage, "set");
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_element_set_state (f.h->element, GST_STATE_PAUSED);
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 0);
  gst_test_clock_set_time (f.clock, 150 * GST_MSECOND);
  gst_element_set_state (f.h->element, GST_STATE_PLAYING);
  wait_until_seen (f.stage, "timer1@150");
  tear_down (&f);
}

static void
tell_time (GstVoiceStage * stage, gpointer data)
{
  *(GstClockTime *) data = gst_voice_stage_item_time (stage);
  saw ((EchoStage *) stage, "told");
}

/* A neighbour may play already, and send something, when this one has got the
 * clock but not yet its base time. */
static void
no_time_before_playing (void)
{
  GstElement *element = g_object_new (echo_stage_get_type (), NULL);
  GstClock *clock = gst_test_clock_new_with_start_time (3600 * GST_SECOND);
  GstClockTime came = GST_CLOCK_TIME_NONE;

  gst_object_ref_sink (element);
  gst_element_set_state (element, GST_STATE_PAUSED);
  gst_element_set_clock (element, clock);
  gst_voice_stage_post ((GstVoiceStage *) element, tell_time, &came, NULL);
  gst_element_set_base_time (element, 3600 * GST_SECOND);
  gst_element_set_state (element, GST_STATE_PLAYING);
  wait_until_seen ((EchoStage *) element, "told");
  g_assert_cmpuint (came, ==, 0);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
  gst_object_unref (clock);
}

/* "On non-live input timers follow the input's running time" */
static void
timers_follow_a_file (void)
{
  Fixture f;

  f.stage = g_object_new (ear_stage_get_type (), NULL);
  f.h = gst_harness_new_with_element (GST_ELEMENT (f.stage), "sink", "src");
  f.clock = gst_harness_get_testclock (f.h);
  gst_harness_set_live (f.h, FALSE);
  gst_harness_set_src_caps_str (f.h, AUDIO_CAPS);
  gst_voice_stage_post ((GstVoiceStage *) f.stage, set_timers, NULL, NULL);
  for (guint i = 0; i < 10; i++)
    push_sound (&f, i);
  drain (&f);
  g_assert_nonnull (strstr (f.stage->seen->str, "timer1@100"));
  g_assert_null (strstr (f.stage->seen->str, "timer0"));
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 0);
  tear_down (&f);
}

static void
pass_eos_on (GstVoiceStage * stage, gpointer data)
{
  gst_voice_stage_drained (stage);
  saw ((EchoStage *) stage, "passed");
}

static void
eos_waits_until_drained (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  f.stage->hold_eos = TRUE;
  drain (&f);
  assert_events (&f, "");
  gst_voice_stage_post ((GstVoiceStage *) f.stage, pass_eos_on, NULL, NULL);
  wait_until_seen (f.stage, "passed");
  assert_events (&f, "eos ");
  tear_down (&f);
}

/* "`voice/end`: the first of our elements to see it returns GST_FLOW_EOS on
 * its next buffer" */
static void
end_turns_into_eos (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  gst_harness_push_upstream_event (f.h, gst_voice_event_new
      (GST_VOICE_UPSTREAM, NULL, gst_voice_structure_new ("end", "reason",
              "completed", NULL)));
  g_assert_cmpint (gst_harness_push (f.h, text ("more", 0)), ==, GST_FLOW_EOS);
  tear_down (&f);
}

static void
unknown_events_pass_both_ways (void)
{
  Fixture f;
  GstEvent *event;

  set_up (&f, echo_stage_get_type ());
  gst_harness_push_upstream_event (f.h, gst_event_new_custom
      (GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new_empty ("voice/unknown")));
  do {
    event = gst_harness_pull_upstream_event (f.h);
    if (gst_voice_event_parse (event))
      break;
    gst_event_unref (event);
  } while (TRUE);
  g_assert_true (gst_voice_event_is (event, "unknown"));
  gst_event_unref (event);
  gst_harness_push_event (f.h, gst_event_new_custom
      (GST_EVENT_CUSTOM_DOWNSTREAM_OOB,
          gst_structure_new_empty ("voice/unknown")));
  assert_events (&f, "unknown ");
  tear_down (&f);
}

static void
flush_empties_it (void)
{
  Fixture f;
  GstSegment segment;

  set_up (&f, echo_stage_get_type ());
  f.stage->gated = TRUE;
  gst_harness_push (f.h, text ("a", 0));
  wait_until_blocked (f.stage);
  gst_harness_push (f.h, text ("b", 0));
  let_go (f.stage, 10);
  gst_harness_push_event (f.h, gst_event_new_flush_start ());
  g_assert_cmpint (gst_harness_push (f.h, text ("c", 0)), ==,
      GST_FLOW_FLUSHING);
  gst_harness_push_event (f.h, gst_event_new_flush_stop (FALSE));
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_harness_push_event (f.h, gst_event_new_segment (&segment));
  while (gst_harness_buffers_in_queue (f.h))
    gst_buffer_unref (gst_harness_pull (f.h));
  gst_harness_push (f.h, text ("d", 0));
  assert_arrives (&f, "d");
  tear_down (&f);
}

static void
states_up_and_down (void)
{
  Fixture f;
  GstCaps *caps;

  set_up (&f, echo_stage_get_type ());
  caps = gst_pad_get_current_caps (f.h->srcpad);
  for (guint i = 0; i < 20; i++) {
    gst_harness_push (f.h, text ("a", 0));
    gst_element_set_state (f.h->element, GST_STATE_NULL);
    gst_element_set_state (f.h->element, GST_STATE_PLAYING);
    gst_harness_push_event (f.h, gst_event_new_stream_start ("x"));
    gst_harness_push_event (f.h, gst_event_new_caps (caps));
  }
  gst_caps_unref (caps);
  tear_down (&f);
}

static void
latency_is_live (void)
{
  Fixture f;

  set_up (&f, echo_stage_get_type ());
  gst_harness_set_upstream_latency (f.h, 30 * GST_MSECOND);
  g_assert_cmpuint (gst_harness_query_latency (f.h), ==, 30 * GST_MSECOND);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stage/order", in_order);
  g_test_add_func ("/stage/jobs", jobs_run_in_the_task);
  g_test_add_func ("/stage/desynchronised", output_is_desynchronised);
  g_test_add_func ("/stage/interrupt/waiting", interrupt_drops_what_waits);
  g_test_add_func ("/stage/interrupt/late", late_text_is_dropped);
  g_test_add_func ("/stage/interrupt/inherited", stamp_is_inherited);
  g_test_add_func ("/stage/interrupt/no-meta",
      without_meta_it_belongs_to_the_speech);
  g_test_add_func ("/stage/interrupt/never", what_is_never_dropped);
  g_test_add_func ("/stage/interrupt/force", force_drops_announcements);
  g_test_add_func ("/stage/interrupt/withdraw", withdrawn_turn_is_dropped);
  g_test_add_func ("/stage/interrupt/late-starter",
      late_starter_knows_the_generation);
  g_test_add_func ("/stage/interrupt/blocked-push",
      interrupt_during_a_blocked_push);
  g_test_add_func ("/stage/full/waits", full_queue_waits);
  g_test_add_func ("/stage/full/leaks", live_sound_leaks);
  g_test_add_func ("/stage/timers/exact", timers_to_the_millisecond);
  g_test_add_func ("/stage/timers/playing", timers_wait_for_playing);
  g_test_add_func ("/stage/timers/before", no_time_before_playing);
  g_test_add_func ("/stage/timers/file", timers_follow_a_file);
  g_test_add_func ("/stage/eos", eos_waits_until_drained);
  g_test_add_func ("/stage/end", end_turns_into_eos);
  g_test_add_func ("/stage/unknown", unknown_events_pass_both_ways);
  g_test_add_func ("/stage/flush", flush_empties_it);
  g_test_add_func ("/stage/states", states_up_and_down);
  g_test_add_func ("/stage/latency", latency_is_live);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
