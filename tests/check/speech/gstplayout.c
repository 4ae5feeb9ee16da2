/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The mouth on a test clock: frames at their time, what is told when, and what
 * an interruption, a hold, a hangup do to the millisecond.
 */
#include "../doc-line.h"

#include <gst-voice/events.h>
#include <gst-voice/meta.h>
#include <gst-voice/session.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <string.h>

#define RATE 8000
#define MS GST_MSECOND

typedef struct
{
  GstHarness *h;
  GstTestClock *clock;
  GString *told;                /* upstream, in order */
  GString *levels;              /* of `voice/played` */
  GMutex lock;
} Fixture;

/* What arrives upstream, with the clock's time. */
static GstPadProbeReturn
listen (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  const GstStructure *s =
      gst_voice_event_parse (GST_PAD_PROBE_INFO_EVENT (info));
  guint64 now = gst_clock_get_time (GST_CLOCK (f->clock)) / MS;

  if (!s)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&f->lock);
  if (gst_structure_has_name (s, "voice/played")) {
    g_string_append_printf (f->levels, "%s@%" G_GUINT64_FORMAT "\n",
        gst_voice_structure_string (s, "levels"),
        gst_voice_structure_time (s, "running-time") / MS);
    g_mutex_unlock (&f->lock);
    return GST_PAD_PROBE_OK;
  }
  g_string_append_printf (f->told, "%s@%" G_GUINT64_FORMAT,
      gst_structure_get_name (s) + strlen ("voice/"), now);
  if (gst_structure_has_name (s, "voice/heard"))
    g_string_append_printf (f->told, "%c%s|%" G_GUINT64_FORMAT,
        gst_voice_structure_boolean (s, "complete") ? '+' : '-',
        gst_voice_structure_string (s, "text"),
        gst_voice_structure_time (s, "position") / MS);
  g_string_append_c (f->told, ' ');
  g_mutex_unlock (&f->lock);
  return GST_PAD_PROBE_OK;
}

static void
set_up_with (Fixture * f, const gchar * launch)
{
  GstPad *pad;

  f->h = gst_harness_new_parse (launch);
  f->clock = gst_harness_get_testclock (f->h);
  f->told = g_string_new (NULL);
  f->levels = g_string_new (NULL);
  g_mutex_init (&f->lock);
  pad = gst_pad_get_peer (f->h->srcpad);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, listen, f, NULL);
  gst_object_unref (pad);
  gst_harness_set_src_caps_str (f->h, "audio/x-raw,format=S16LE,"
      "layout=interleaved,channels=1,rate=8000");
}

static void
set_up (Fixture * f)
{
  set_up_with (f, "playout rate=8000 drain=100");
}

static void
tear_down (Fixture * f)
{
  gst_object_unref (f->clock);
  gst_harness_teardown (f->h);
  g_string_free (f->told, TRUE);
  g_string_free (f->levels, TRUE);
  g_mutex_clear (&f->lock);
}

#define assert_told(f, expected) G_STMT_START { \
  g_mutex_lock (&(f)->lock); \
  g_assert_cmpstr ((f)->told->str, ==, expected); \
  g_string_set_size ((f)->told, 0); \
  g_mutex_unlock (&(f)->lock); \
} G_STMT_END

/* The first sample of the frame that is pulled. */
static gint
pull (Fixture * f)
{
  GstBuffer *buffer = gst_harness_pull (f->h);
  gint16 first;

  g_assert_nonnull (buffer);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, RATE / 50 * 2);
  g_assert_cmpuint (GST_BUFFER_DURATION (buffer), ==, 20 * MS);
  g_assert_cmpuint (GST_BUFFER_PTS (buffer), ==,
      gst_clock_get_time (GST_CLOCK (f->clock)));
  gst_buffer_extract (buffer, 0, &first, 2);
  gst_buffer_unref (buffer);
  return first;
}

/* Lets the clock come to the next frame and pulls it. */
static gint
next (Fixture * f)
{
  gst_test_clock_wait_for_next_pending_id (f->clock, NULL);
  g_assert_true (gst_test_clock_crank (f->clock));
  return pull (f);
}

static void
next_until (Fixture * f, guint ms)
{
  while (gst_clock_get_time (GST_CLOCK (f->clock)) < ms * MS)
    next (f);
}

static void
ordered (Fixture * f, GstStructure * s)
{
  g_assert_true (gst_harness_push_event (f->h, gst_voice_event_new
          (GST_VOICE_ORDERED, NULL, s)));
}

static void
oob (Fixture * f, GstStructure * s)
{
  g_assert_true (gst_harness_push_event (f->h, gst_voice_event_new
          (GST_VOICE_OOB, NULL, s)));
}

static void
interrupt (Fixture * f, guint generation, gboolean force)
{
  oob (f, gst_voice_structure_new ("interrupt", "generation", generation,
          "reason", "words", "force", force, NULL));
}

/* A speech of one sentence: @ms of a constant level. */
static void
say (Fixture * f, guint speech, guint ms, gint16 level, GstVoiceFlags flags,
    const gchar * written)
{
  guint n = RATE / 1000 * ms;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, n * 2, NULL);
  GstVoiceMeta *meta = gst_voice_meta_add (buffer);
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (guint i = 0; i < n; i++)
    ((gint16 *) map.data)[i] = level;
  gst_buffer_unmap (buffer, &map);
  meta->speech = meta->turn = speech;
  meta->flags = flags;
  meta->written = g_strdup (written);
  meta->length = g_utf8_strlen (written, -1);
  ordered (f, gst_voice_structure_new ("speech", "speech", speech,
          "turn", speech, "interruptible",
          !(flags & GST_VOICE_FLAG_UNINTERRUPTIBLE), NULL));
  g_assert_cmpint (gst_harness_push (f->h, buffer), ==, GST_FLOW_OK);
  ordered (f, gst_voice_structure_new ("speech-end", "speech", speech, NULL));
}

static void
plays_by_the_clock (void)
{
  Fixture f;

  set_up (&f);
  g_assert_cmpint (pull (&f), ==, 0);
  g_assert_cmpint (next (&f), ==, 0);
  say (&f, 1, 60, 500, 0, "One.");
  assert_told (&f, "busy@20 ");
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "playing@40 heard@100+One.|60 idle@100 ");
  tear_down (&f);
}

/* A click: what is loud is told in pieces of 100 ms, with its time, and
 * silence is not. */
static void
how_loud_the_agent_is (void)
{
  Fixture f;
  gchar **told;

  set_up (&f);
  pull (&f);
  say (&f, 1, 140, 20000, 0, "One.");
  next_until (&f, 240);
  g_mutex_lock (&f.lock);
  told = g_strsplit (f.levels->str, "\n", -1);
  g_mutex_unlock (&f.lock);
  g_assert_cmpuint (g_strv_length (told), ==, 3);
  g_assert_cmpuint (strlen (told[0]), ==, strlen ("0123456789@20"));
  g_assert_true (g_str_has_suffix (told[0], "@20"));
  g_assert_cmpint (told[0][0], >, 126 - 30);
  g_assert_cmpint (told[0][9], <, told[0][0] - 30);
  g_assert_cmpuint (strlen (told[1]), ==, strlen ("0123@120"));
  g_assert_true (g_str_has_suffix (told[1], "@120"));
  g_strfreev (told);
  tear_down (&f);
}

/* "fades out in 5 ms and sends `voice/heard` upstream before its handler
 * returns" */
static void
interrupt_tells_before_it_returns (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 1000, 800, 0, "one two three four five six seven eight");
  next_until (&f, 520);
  assert_told (&f, "busy@0 playing@20 ");
  interrupt (&f, 1, FALSE);
  assert_told (&f, "heard@520-one two three four|520 ");
  g_assert_cmpint (next (&f), ==, 800);
  g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "idle@540 ");
  /* What is older and comes late is not heard. */
  say (&f, 2, 100, 900, 0, "late");
  g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "");
  tear_down (&f);
}

static void
announcement_survives (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 1000, 800, 0, "reply");
  say (&f, 2, 40, 900, GST_VOICE_FLAG_UNINTERRUPTIBLE, "announcement");
  next (&f);
  interrupt (&f, 1, FALSE);
  g_assert_cmpint (next (&f), ==, 800);
  g_assert_cmpint (next (&f), ==, 900);
  interrupt (&f, 2, TRUE);
  next (&f);
  g_assert_cmpint (next (&f), ==, 0);
  tear_down (&f);
}

/* A skip drops a speech and nothing else; no generation is raised. */
static void
skip_drops_one_speech (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 1000, 800, 0, "one two three four five six seven eight");
  say (&f, 2, 40, 900, 0, "more");
  next_until (&f, 520);
  oob (&f, gst_voice_structure_new ("skip", "speech", 1u, NULL));
  assert_told (&f, "busy@0 playing@20 heard@520-one two three four|520 ");
  say (&f, 1, 100, 700, 0, "late");
  g_assert_cmpint (next (&f), ==, 800);
  g_assert_cmpint (next (&f), ==, 900);
  next_until (&f, 620);
  assert_told (&f, "playing@560 heard@600+more|40 idle@600 ");
  tear_down (&f);
}

/* Keys are sent when what was to be said before them has been. */
static void
keys_go_in_order (void)
{
  Fixture f;
  GstEvent *event;
  guint keys = 0;

  set_up (&f);
  pull (&f);
  say (&f, 1, 40, 500, 0, "One.");
  ordered (&f, gst_voice_structure_new ("send-dtmf", "digits", "12#", NULL));
  next (&f);
  next (&f);
  while ((event = gst_harness_try_pull_event (f.h))) {
    g_assert_false (gst_voice_event_is (event, "send-dtmf"));
    gst_event_unref (event);
  }
  next (&f);
  next (&f);
  while ((event = gst_harness_try_pull_event (f.h))) {
    if (gst_voice_event_is (event, "send-dtmf")) {
      g_assert_cmpstr (gst_voice_structure_string (gst_voice_event_parse
              (event), "digits"), ==, "12#");
      g_assert_true (GST_EVENT_IS_SERIALIZED (event));
      keys++;
    }
    gst_event_unref (event);
  }
  g_assert_cmpuint (keys, ==, 1);
  tear_down (&f);
}

static void
hold_and_resume (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 100, 800, 0, "held");
  next (&f);
  oob (&f, gst_voice_structure_new ("hold", "speech", 1u, NULL));
  g_assert_cmpint (next (&f), ==, 800);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpint (next (&f), ==, 0);
  oob (&f, gst_voice_structure_new ("resume", "speech", 1u, NULL));
  next (&f);
  g_assert_cmpint (next (&f), ==, 800);
  next_until (&f, 400);
  /* 20 + 5 before the hold, 75 after it: played whole. */
  assert_told (&f, "busy@0 playing@20 heard@340+held|100 idle@340 ");
  tear_down (&f);
}

static void
proposed_reply_waits_for_the_commit (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 3, 100, 700, GST_VOICE_FLAG_PROPOSED, "guess");
  g_assert_cmpint (next (&f), ==, 0);
  ordered (&f, gst_voice_structure_new ("commit", "turn", 3u, NULL));
  g_assert_cmpint (next (&f), ==, 700);
  /* A commit that overtakes the sound opens the gate as well. */
  ordered (&f, gst_voice_structure_new ("commit", "turn", 4u, NULL));
  say (&f, 4, 100, 600, GST_VOICE_FLAG_PROPOSED, "sure");
  next_until (&f, 140);
  g_assert_cmpint (next (&f), ==, 600);
  tear_down (&f);
}

static void
withdrawn_reply_is_never_heard (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 3, 100, 700, GST_VOICE_FLAG_PROPOSED, "guess");
  oob (&f, gst_voice_structure_new ("withdraw", "turn", 3u, NULL));
  ordered (&f, gst_voice_structure_new ("commit", "turn", 3u, NULL));
  g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "busy@0 idle@0 ");
  tear_down (&f);
}

/* The last word is never clipped: end comes `drain` after the last sample. */
static void
hangup_drains (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 60, 500, 0, "Goodbye.");
  ordered (&f, gst_voice_structure_new ("hangup", "reason", "completed", NULL));
  next_until (&f, 160);
  assert_told (&f, "busy@0 playing@20 heard@80+Goodbye.|60 idle@80 ");
  next (&f);
  assert_told (&f, "end@180 ");
  next_until (&f, 400);
  assert_told (&f, "");
  tear_down (&f);
}

static void
hangup_now (void)
{
  Fixture f;

  set_up (&f);
  pull (&f);
  say (&f, 1, 1000, 500, 0, "Goodbye and so on.");
  next (&f);
  oob (&f, gst_voice_structure_new ("hangup", "reason", "limit", "now", TRUE,
          NULL));
  next_until (&f, 160);
  g_assert_nonnull (strstr (f.told->str, "heard@40-"));
  g_assert_nonnull (strstr (f.told->str, "end@40"));
  tear_down (&f);
}

static void
eos_after_the_last_sample (void)
{
  Fixture f;
  GstEvent *event;
  gboolean eos = FALSE;

  set_up (&f);
  pull (&f);
  say (&f, 1, 40, 500, 0, "Bye.");
  gst_harness_push_event (f.h, gst_event_new_eos ());
  next (&f);
  next (&f);
  while ((event = gst_harness_try_pull_event (f.h))) {
    g_assert_cmpint (GST_EVENT_TYPE (event), !=, GST_EVENT_EOS);
    gst_event_unref (event);
  }
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  gst_test_clock_crank (f.clock);
  while (!eos && (event = gst_harness_pull_event (f.h))) {
    eos = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
    gst_event_unref (event);
  }
  g_assert_true (eos);
  tear_down (&f);
}

static void
resamples_and_keeps_its_rate (void)
{
  Fixture f;
  GstBuffer *buffer;
  GstCaps *caps;
  gint rate;

  set_up_with (&f, "playout ! capsfilter caps=audio/x-raw,rate=48000");
  buffer = gst_harness_pull (f.h);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, 48000 / 50 * 2);
  gst_buffer_unref (buffer);
  say (&f, 1, 100, 1000, 0, "up");
  for (guint i = 0; i < 3; i++) {
    gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
    gst_test_clock_crank (f.clock);
    buffer = gst_harness_pull (f.h);
    if (i == 2) {
      gint16 samples[960];
      gint64 sum = 0;

      g_assert_cmpuint (gst_buffer_extract (buffer, 0, samples, 1920), ==,
          1920);
      for (guint k = 0; k < 960; k++)
        sum += samples[k];
      g_assert_cmpint (sum / 960, >, 950);
      g_assert_cmpint (sum / 960, <, 1050);
    }
    gst_buffer_unref (buffer);
  }
  caps = gst_pad_get_current_caps (f.h->sinkpad);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate);
  g_assert_cmpint (rate, ==, 48000);
  gst_caps_unref (caps);
  tear_down (&f);
}

/* fill=gap: no frames in silence, and speech does not wait for a frame's
 * time. */
static void
gaps_instead_of_silence (void)
{
  Fixture f;
  GstEvent *event;
  guint gaps = 0;

  set_up_with (&f, "playout rate=8000 fill=gap");
  for (guint i = 0; i < 3; i++) {
    gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
    gst_test_clock_crank (f.clock);
  }
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  g_assert_cmpuint (gst_harness_buffers_received (f.h), ==, 0);
  gst_test_clock_set_time (f.clock, 333 * MS);
  say (&f, 1, 40, 500, 0, "Now.");
  g_assert_cmpint (pull (&f), ==, 500);
  while ((event = gst_harness_try_pull_event (f.h))) {
    gaps += GST_EVENT_TYPE (event) == GST_EVENT_GAP;
    gst_event_unref (event);
  }
  g_assert_cmpuint (gaps, ==, 4);
  tear_down (&f);
}

static void
answers_for_latency (void)
{
  Fixture f;

  set_up (&f);
  gst_harness_set_upstream_latency (f.h, 500 * MS);
  g_assert_cmpuint (gst_harness_query_latency (f.h), ==, 20 * MS);
  tear_down (&f);
}

static void
tells_how_much_is_ahead (void)
{
  Fixture f;
  GstQuery *query;

  set_up (&f);
  pull (&f);
  say (&f, 1, 700, 500, 0, "Long.");
  query = gst_voice_query_new ("ahead");
  g_assert_true (gst_pad_peer_query (f.h->srcpad, query));
  g_assert_cmpuint (gst_voice_structure_time (gst_query_get_structure (query),
          "ahead"), ==, 700 * MS);
  gst_query_unref (query);
  tear_down (&f);
}

static gpointer
say_much (gpointer data)
{
  say (data, 2, 400, 500, 0, "more");
  return NULL;
}

/* Upstream waits while too much is ahead, and an interruption lets it go. */
static void
back_pressure (void)
{
  Fixture f;
  GThread *thread;

  set_up_with (&f, "playout rate=8000 max-ahead=500");
  pull (&f);
  say (&f, 1, 600, 500, 0, "much");
  thread = g_thread_new ("more", say_much, &f);
  interrupt (&f, 1, FALSE);
  g_thread_join (thread);
  tear_down (&f);
}

/* Sound that nobody has announced is a speech of its own. */
static void
plain_sound (void)
{
  Fixture f;
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 1600, NULL);

  set_up (&f);
  pull (&f);
  gst_buffer_memset (buffer, 0, 1, 1600);
  gst_harness_push (f.h, buffer);
  g_assert_cmpint (next (&f), ==, 0x101);
  assert_told (&f, "busy@0 playing@20 ");
  tear_down (&f);
}

static void
states_up_and_down (void)
{
  Fixture f;

  set_up (&f);
  for (guint i = 0; i < 10; i++) {
    say (&f, i + 1, 100, 500, 0, "x");
    gst_element_set_state (f.h->element, GST_STATE_NULL);
    gst_element_set_state (f.h->element, GST_STATE_PLAYING);
  }
  tear_down (&f);
}

/* Downstream of the playout: it answers for the far end. */
typedef struct
{
  gboolean open;
  GstClockTime delay;
  guint asked;
} FarEnd;

static GstPadProbeReturn
answer_far (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  GstQuery *query = GST_PAD_PROBE_INFO_QUERY (info);
  FarEnd *far = data;

  if (!gst_voice_query_is (query, "far"))
    return GST_PAD_PROBE_OK;
  far->asked++;
  gst_structure_set (gst_query_writable_structure (query),
      "open", G_TYPE_BOOLEAN, far->open,
      "delay", GST_TYPE_CLOCK_TIME, far->delay, NULL);
  return GST_PAD_PROBE_HANDLED;
}

static void
set_up_far (Fixture * f, FarEnd * far, const gchar * launch)
{
  set_up_with (f, launch);
  gst_pad_add_probe (f->h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, answer_far, far, NULL);
}

static void
tell_far (Fixture * f, gboolean open, GstClockTime delay)
{
  g_assert_true (gst_harness_push_upstream_event (f->h, gst_voice_event_new
          (GST_VOICE_UPSTREAM, NULL, gst_voice_structure_new ("far",
                  "open", open, "delay", delay, NULL))));
}

static guint
underruns (Fixture * f)
{
  GstElement *playout = gst_harness_find_element (f->h, "playout");
  GstStructure *stats;
  guint n = 0;

  g_object_get (playout, "stats", &stats, NULL);
  gst_structure_get_uint (stats, "underruns", &n);
  gst_structure_free (stats);
  gst_object_unref (playout);
  return n;
}

/* Nothing of a greeting is lost while the line is not open. */
static void
waits_until_the_far_end_is_there (void)
{
  FarEnd far = { 0 };
  Fixture f;

  set_up_far (&f, &far, "playout rate=8000 drain=100");
  pull (&f);
  say (&f, 1, 60, 500, 0, "Hello.");
  g_assert_cmpuint (far.asked, ==, 1);
  assert_told (&f, "far@0 busy@0 ");
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "");
  tell_far (&f, TRUE, 0);
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 500);
  g_assert_cmpint (next (&f), ==, 0);
  assert_told (&f, "far@2000 playing@2020 heard@2080+Hello.|60 idle@2080 ");
  g_assert_cmpuint (underruns (&f), ==, 0);
  /* The same again is no news. */
  tell_far (&f, TRUE, 0);
  assert_told (&f, "");
  tear_down (&f);
}

/* fill=gap: time goes on downstream, and speech begins when it may. */
static void
gaps_until_the_far_end_is_there (void)
{
  FarEnd far = { 0 };
  Fixture f;

  set_up_far (&f, &far, "playout rate=8000 fill=gap");
  say (&f, 1, 40, 500, 0, "Now.");
  for (guint i = 0; i < 5; i++) {
    gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
    gst_test_clock_crank (f.clock);
  }
  gst_test_clock_wait_for_next_pending_id (f.clock, NULL);
  g_assert_cmpuint (gst_harness_buffers_received (f.h), ==, 0);
  g_assert_cmpuint (gst_clock_get_time (GST_CLOCK (f.clock)), >=, 300 * MS);
  tell_far (&f, TRUE, 0);
  g_assert_cmpint (pull (&f), ==, 500);
  tear_down (&f);
}

/* What was heard of a speech that is cut counts from the far end's ear; that a
 * speech begins and was played out is told as it happens here. */
static void
counts_from_the_far_end (void)
{
  FarEnd far = { TRUE, 200 * MS, 0 };
  Fixture f;

  set_up_far (&f, &far, "playout rate=8000 drain=100");
  pull (&f);
  say (&f, 1, 1000, 800, 0, "one two three four five six seven eight");
  next_until (&f, 520);
  assert_told (&f, "far@0 busy@0 playing@20 ");
  interrupt (&f, 1, FALSE);
  assert_told (&f, "heard@520-one two|320 ");
  next_until (&f, 600);
  tear_down (&f);

  set_up_far (&f, &far, "playout rate=8000 drain=100");
  pull (&f);
  say (&f, 1, 60, 500, 0, "Goodbye.");
  ordered (&f, gst_voice_structure_new ("hangup", "reason", "completed", NULL));
  next_until (&f, 260);
  assert_told (&f, "far@0 busy@0 playing@20 heard@80+Goodbye.|60 idle@80 ");
  next_until (&f, 300);
  /* The last word is on its way for longer than the drain. */
  assert_told (&f, "end@280 ");
  tear_down (&f);
}

/* A call whose line never opens ends all the same. */
static void
hangs_up_on_a_line_that_never_opens (void)
{
  FarEnd far = { 0 };
  Fixture f;

  set_up_far (&f, &far, "playout rate=8000 drain=100");
  pull (&f);
  say (&f, 1, 60, 500, 0, "Hello.");
  ordered (&f, gst_voice_structure_new ("hangup", "reason", "completed", NULL));
  next_until (&f, 10000);
  assert_told (&f, "far@0 busy@0 ");
  next_until (&f, 10200);
  assert_told (&f, "idle@10040 end@10040 ");
  tear_down (&f);

  set_up_far (&f, &far, "playout rate=8000 drain=100");
  pull (&f);
  say (&f, 1, 60, 500, GST_VOICE_FLAG_UNINTERRUPTIBLE, "Hello.");
  next (&f);
  oob (&f, gst_voice_structure_new ("hangup", "reason", "limit", "now", TRUE,
          NULL));
  next_until (&f, 100);
  assert_told (&f, "far@0 busy@0 idle@40 end@40 ");
  tear_down (&f);
}

/* The far end's own word is newer than an answer that it has overtaken. */
static GstPadProbeReturn
overtake (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;

  if (gst_voice_query_is (GST_PAD_PROBE_INFO_QUERY (info), "far"))
    tell_far (f, TRUE, 40 * MS);
  return GST_PAD_PROBE_OK;
}

static void
late_answer_does_not_count (void)
{
  FarEnd far = { 0 };
  Fixture f;

  set_up_with (&f, "playout rate=8000");
  gst_pad_add_probe (f.h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, overtake, &f, NULL);
  gst_pad_add_probe (f.h->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM |
      GST_PAD_PROBE_TYPE_PUSH, answer_far, &far, NULL);
  pull (&f);
  say (&f, 1, 60, 500, 0, "Hello.");
  g_assert_cmpuint (far.asked, ==, 1);
  g_assert_cmpint (next (&f), ==, 500);
  assert_told (&f, "far@0 busy@0 playing@20 ");
  tear_down (&f);
}

static void
launch_line (void)
{
  doc_line_run ("plugins/speech/gstplayout.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/playout/clock", plays_by_the_clock);
  g_test_add_func ("/playout/interrupt", interrupt_tells_before_it_returns);
  g_test_add_func ("/playout/announcement", announcement_survives);
  g_test_add_func ("/playout/hold", hold_and_resume);
  g_test_add_func ("/playout/commit", proposed_reply_waits_for_the_commit);
  g_test_add_func ("/playout/withdraw", withdrawn_reply_is_never_heard);
  g_test_add_func ("/playout/hangup/drain", hangup_drains);
  g_test_add_func ("/playout/hangup/now", hangup_now);
  g_test_add_func ("/playout/eos", eos_after_the_last_sample);
  g_test_add_func ("/playout/rate", resamples_and_keeps_its_rate);
  g_test_add_func ("/playout/gap", gaps_instead_of_silence);
  g_test_add_func ("/playout/latency", answers_for_latency);
  g_test_add_func ("/playout/ahead", tells_how_much_is_ahead);
  g_test_add_func ("/playout/back-pressure", back_pressure);
  g_test_add_func ("/playout/skip", skip_drops_one_speech);
  g_test_add_func ("/playout/keys", keys_go_in_order);
  g_test_add_func ("/playout/far/closed", waits_until_the_far_end_is_there);
  g_test_add_func ("/playout/far/gap", gaps_until_the_far_end_is_there);
  g_test_add_func ("/playout/far/late", counts_from_the_far_end);
  g_test_add_func ("/playout/far/never", hangs_up_on_a_line_that_never_opens);
  g_test_add_func ("/playout/far/answer", late_answer_does_not_count);
  g_test_add_func ("/playout/levels", how_loud_the_agent_is);
  g_test_add_func ("/playout/plain", plain_sound);
  g_test_add_func ("/playout/states", states_up_and_down);
  g_test_add_func ("/playout/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
