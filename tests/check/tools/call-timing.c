/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How fast a call is, from its messages.
 */
#include <call-timing.h>
#include <gst-voice/events.h>

#define MS GST_MSECOND
#define NONE GST_CLOCK_TIME_NONE

typedef struct
{
  CallTiming timing;
  gdouble seconds[CALL_N_TIMINGS];
} Fixture;

static gboolean
take (Fixture * f, GstStructure * s, GstClockTime at)
{
  gboolean said;

  gst_structure_set (s, "at", GST_TYPE_CLOCK_TIME, at, NULL);
  said = call_timing_take (&f->timing, s, f->seconds);
  gst_structure_free (s);
  return said;
}

static GstStructure *
metrics (GstClockTime end, GstClockTime final, GstClockTime commit,
    GstClockTime token, GstClockTime playing)
{
  return gst_voice_structure_new ("turn-metrics", "turn", 1, "speech", 1,
      "end-of-speech", end, "final", final, "commit", commit, "first-token",
      token, "first-sentence", 20 * MS, "first-audio", 80 * MS, "playing",
      playing, NULL);
}

static void
expect_ms (Fixture * f, CallTimingId what, guint ms)
{
  g_assert_cmpfloat_with_epsilon (f->seconds[what], ms / 1000., 1e-9);
}

static void
reply (void)
{
  Fixture f = {.timing = CALL_TIMING_INIT };

  g_assert_true (take (&f, metrics (0, 200 * MS, 300 * MS, 100 * MS, 510 * MS),
          0));
  expect_ms (&f, CALL_TIMING_REPLY, 510);
  expect_ms (&f, CALL_TIMING_RECOGNISED, 200);
  expect_ms (&f, CALL_TIMING_DECIDED, 100);
  expect_ms (&f, CALL_TIMING_TOKEN, 100);
  expect_ms (&f, CALL_TIMING_SENTENCE, 20);
  expect_ms (&f, CALL_TIMING_SOUND, 80);
  expect_ms (&f, CALL_TIMING_PLAYOUT, 10);
  g_assert_cmpfloat (f.seconds[CALL_TIMING_TOOL], <, 0);
  /* Parts never come to more than the whole; nothing is made up. */
  g_assert_true (take (&f, metrics (0, 900 * MS, 300 * MS, NONE, 310 * MS), 0));
  expect_ms (&f, CALL_TIMING_RECOGNISED, 300);
  expect_ms (&f, CALL_TIMING_DECIDED, 0);
  expect_ms (&f, CALL_TIMING_SENTENCE, 10);
  expect_ms (&f, CALL_TIMING_SOUND, 0);
  expect_ms (&f, CALL_TIMING_PLAYOUT, 0);
  g_assert_false (take (&f, metrics (NONE, 0, 0, 0, 310 * MS), 0));
  g_assert_false (take (&f, metrics (0, 0, 0, 0, NONE), 0));
}

static GstStructure *
onset (GstClockTime at)
{
  return gst_voice_structure_new ("speech-start", "onset", at, NULL);
}

static GstStructure *
hold (const gchar * name)
{
  return gst_voice_structure_new (name, "speech", 1, NULL);
}

static GstStructure *
interrupt (const gchar * reason, guint speech)
{
  return gst_voice_structure_new ("interrupt", "reason", reason, "speech",
      speech, NULL);
}

static void
barge_in (void)
{
  Fixture f = {.timing = CALL_TIMING_INIT };

  g_assert_false (take (&f, interrupt ("words", 1), 100 * MS));
  g_assert_false (take (&f, onset (1000 * MS), 1040 * MS));
  g_assert_false (take (&f, hold ("hold"), 1200 * MS));
  g_assert_true (take (&f, interrupt ("words", 1), 1500 * MS));
  expect_ms (&f, CALL_TIMING_BARGE_IN, 200);
  /* Once. */
  g_assert_false (take (&f, interrupt ("words", 1), 1500 * MS));
  /* Held for something that was nothing, and then not held. */
  take (&f, onset (2000 * MS), 2000 * MS);
  take (&f, hold ("hold"), 2100 * MS);
  take (&f, hold ("resume"), 2200 * MS);
  take (&f, onset (3000 * MS), 3000 * MS);
  g_assert_true (take (&f, interrupt ("stop", 1), 3300 * MS));
  expect_ms (&f, CALL_TIMING_BARGE_IN, 300);
  /* Nobody was interrupted, and not by the caller. */
  take (&f, onset (4000 * MS), 4000 * MS);
  g_assert_false (take (&f, interrupt ("words", 0), 4100 * MS));
  take (&f, onset (5000 * MS), 5000 * MS);
  g_assert_false (take (&f, interrupt ("limit", 1), 5100 * MS));
}

static GstStructure *
result (const gchar * outcome, GstClockTime took)
{
  return gst_voice_structure_new ("tool-result", "outcome", outcome, "took",
      took, NULL);
}

static void
tool (void)
{
  Fixture f = {.timing = CALL_TIMING_INIT };

  g_assert_true (take (&f, result ("ok", 40 * MS), 0));
  expect_ms (&f, CALL_TIMING_TOOL, 40);
  g_assert_true (take (&f, result ("timeout", 50 * MS), 0));
  g_assert_false (take (&f, result ("running", 1 * MS), 0));
  g_assert_false (take (&f, result ("late", 1 * MS), 0));
  g_assert_false (take (&f, result ("ok", NONE), 0));
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-timing/reply", reply);
  g_test_add_func ("/call-timing/barge-in", barge_in);
  g_test_add_func ("/call-timing/tool", tool);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
