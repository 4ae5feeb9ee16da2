/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The element around the arithmetic of silence: what it says and when, by what
 * it hears of caller and agent, and that settings count at once.
 */
#include "../doc-line.h"

#include <gst-voice/events.h>
#include <gst/check/gstharness.h>
#include <string.h>

#define MS GST_MSECOND

typedef struct
{
  GstHarness *h;
  GstClockTime now;
  GString *said;
} Fixture;

static void
set_up (Fixture * f, const gchar * launch)
{
  f->h = gst_harness_new_parse (launch);
  gst_harness_set_src_caps_str (f->h, "audio/x-raw,format=S16LE,"
      "layout=interleaved,channels=1,rate=8000");
  f->now = 0;
  f->said = g_string_new (NULL);
}

static void
tear_down (Fixture * f, const gchar * expected)
{
  g_assert_cmpstr (f->said->str, ==, expected);
  g_string_free (f->said, TRUE);
  gst_harness_teardown (f->h);
}

static void
take_events (Fixture * f)
{
  GstEvent *event;

  while ((event = gst_harness_try_pull_event (f->h))) {
    const GstStructure *s = gst_voice_event_parse (event);

    if (s && gst_voice_event_is (event, "say"))
      g_string_append_printf (f->said, "%s:%s@%u ",
          gst_voice_structure_string (s, "source"),
          gst_voice_structure_string (s, "text"), (guint) (f->now / MS));
    else if (s && gst_voice_event_is (event, "hangup"))
      g_string_append_printf (f->said, "hangup:%s@%u ",
          gst_voice_structure_string (s, "reason"), (guint) (f->now / MS));
    gst_event_unref (event);
  }
}

static void
until (Fixture * f, guint ms)
{
  while (f->now < ms * MS) {
    GstBuffer *buffer = gst_buffer_new_allocate (NULL, 320, NULL);

    gst_buffer_memset (buffer, 0, 0, 320);
    GST_BUFFER_PTS (buffer) = f->now;
    GST_BUFFER_DURATION (buffer) = 20 * MS;
    f->now += 20 * MS;
    g_assert_cmpint (gst_harness_push (f->h, buffer), ==, GST_FLOW_OK);
    gst_buffer_unref (gst_harness_pull (f->h));
    take_events (f);
  }
}

static void
sound (Fixture * f, const gchar * name, const gchar * field, guint at)
{
  gst_harness_push_event (f->h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new (name, field, at * MS, NULL)));
}

static void
agent (Fixture * f, GstStructure * s)
{
  gst_harness_push_upstream_event (f->h, gst_voice_event_new
      (GST_VOICE_UPSTREAM, NULL, s));
}

static void
reminds_then_hangs_up (void)
{
  Fixture f;

  set_up (&f, "inactivity timeout=1000 count=2 goodbye=Bye "
      "reminders=\"Hello?|Still there?\"");
  until (&f, 5000);
  tear_down (&f, "reminder:Hello?@1000 reminder:Still there?@2000 "
      "goodbye:Bye@3000 hangup:inactivity@3000 ");
}

static void
agent_is_not_silence (void)
{
  Fixture f;

  set_up (&f, "inactivity timeout=1000 count=9 reminders=?");
  agent (&f, gst_voice_structure_new ("busy", "by", "playout", NULL));
  until (&f, 3000);
  agent (&f, gst_voice_structure_new ("heard", "speech", 1u, NULL));
  agent (&f, gst_voice_structure_new ("idle", "by", "playout", NULL));
  until (&f, 3500);
  agent (&f, gst_voice_structure_new ("busy", "by", "tool", "id", "a", NULL));
  until (&f, 6000);
  agent (&f, gst_voice_structure_new ("idle", "by", "tool", "id", "a", NULL));
  until (&f, 7100);
  tear_down (&f, "reminder:?@7000 ");
}

static void
caller_is_not_silence (void)
{
  Fixture f;

  set_up (&f, "inactivity timeout=1000 count=9 reminders=?");
  until (&f, 500);
  sound (&f, "speech-start", "onset", 400);
  agent (&f, gst_voice_structure_new ("busy", "by", "turn", NULL));
  until (&f, 3000);
  sound (&f, "speech-stop", "end", 2600);
  agent (&f, gst_voice_structure_new ("turn", "turn", 1u, NULL));
  agent (&f, gst_voice_structure_new ("idle", "by", "turn", NULL));
  until (&f, 4100);
  tear_down (&f, "reminder:?@4000 ");
}

static void
who_writes_is_there (void)
{
  Fixture f;

  set_up (&f, "inactivity timeout=1000 count=1 reminders=? goodbye=Bye");
  until (&f, 1500);
  gst_harness_push_event (f.h, gst_voice_event_new (GST_VOICE_OOB, NULL,
          gst_voice_structure_new ("dtmf", "digit", "1", NULL)));
  until (&f, 3000);
  gst_harness_push_event (f.h, gst_voice_event_new (GST_VOICE_ORDERED, NULL,
          gst_voice_structure_new ("typed", "text", "Hello?", NULL)));
  until (&f, 3900);
  tear_down (&f, "reminder:?@1000 reminder:?@2500 ");
}

/* A line that never opens ends by itself, though the agent has something to
 * say; nothing is said into it that would be heard too late. When it opens all
 * begins anew. */
static void
closed_line_is_silence (void)
{
  Fixture f;

  set_up (&f, "inactivity timeout=1000 count=1 reminders=? goodbye=Bye");
  agent (&f, gst_voice_structure_new ("far", "open", FALSE, NULL));
  agent (&f, gst_voice_structure_new ("busy", "by", "turn", NULL));
  until (&f, 3000);
  tear_down (&f, "hangup:inactivity@2000 ");

  set_up (&f, "inactivity timeout=1000 count=1 reminders=? goodbye=Bye");
  agent (&f, gst_voice_structure_new ("far", "open", FALSE, NULL));
  agent (&f, gst_voice_structure_new ("busy", "by", "turn", NULL));
  until (&f, 1900);
  agent (&f, gst_voice_structure_new ("far", "open", TRUE, NULL));
  until (&f, 5000);
  agent (&f, gst_voice_structure_new ("idle", "by", "turn", "since", 5000 * MS,
          NULL));
  until (&f, 7500);
  tear_down (&f, "reminder:?@6000 goodbye:Bye@7000 hangup:inactivity@7000 ");
}

static void
settings_count_at_once (void)
{
  Fixture f;
  GstElement *element;

  set_up (&f, "inactivity name=i timeout=30000 count=9 reminders=?");
  element = gst_bin_get_by_name (GST_BIN (f.h->element), "i");
  until (&f, 2000);
  g_object_set (element, "timeout", 1500, NULL);
  until (&f, 2100);
  g_object_set (element, "timeout", 0, NULL);
  until (&f, 9000);
  gst_object_unref (element);
  tear_down (&f, "reminder:?@2020 ");
}

static void
end_turns_into_eos (void)
{
  Fixture f;
  GstBuffer *buffer;

  set_up (&f, "inactivity");
  agent (&f, gst_voice_structure_new ("end", "reason", "completed", NULL));
  buffer = gst_harness_create_buffer (f.h, 320);
  GST_BUFFER_PTS (buffer) = 0;
  GST_BUFFER_DURATION (buffer) = 20 * MS;
  g_assert_cmpint (gst_harness_push (f.h, buffer), ==, GST_FLOW_EOS);
  tear_down (&f, "");
}

static void
launch_line (void)
{
  doc_line_run ("plugins/turn/gstinactivity.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/inactivity/reminds", reminds_then_hangs_up);
  g_test_add_func ("/inactivity/agent", agent_is_not_silence);
  g_test_add_func ("/inactivity/caller", caller_is_not_silence);
  g_test_add_func ("/inactivity/written", who_writes_is_there);
  g_test_add_func ("/inactivity/far", closed_line_is_silence);
  g_test_add_func ("/inactivity/settings", settings_count_at_once);
  g_test_add_func ("/inactivity/end", end_turns_into_eos);
  g_test_add_func ("/inactivity/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
