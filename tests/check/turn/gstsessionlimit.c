/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The end of long calls: warning, goodbye and hard stop to the millisecond on
 * a test clock; budgets; where the words go.
 */
#include "../doc-line.h"

#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <string.h>

#define MS GST_MSECOND

typedef struct
{
  GstHarness *h;
  GstTestClock *clock;
  GstVoiceSession *session;
  GMutex lock;
  GCond cond;
  GString *said;
} Fixture;

static GstPadProbeReturn
listen (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Fixture *f = data;
  const GstStructure *s =
      gst_voice_event_parse (GST_PAD_PROBE_INFO_EVENT (info));

  if (!s)
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&f->lock);
  g_string_append_printf (f->said, "%s:%s%s@%u ",
      gst_structure_get_name (s) + strlen ("voice/"),
      gst_structure_has_field (s, "reason") ?
      gst_voice_structure_string (s, "reason") :
      gst_voice_structure_string (s, "text"),
      gst_voice_structure_boolean (s, "now") ? "!" : "",
      (guint) (gst_clock_get_time (GST_CLOCK (f->clock)) / MS));
  g_cond_signal (&f->cond);
  g_mutex_unlock (&f->lock);
  return GST_PAD_PROBE_OK;
}

static void
set_up (Fixture * f, const gchar * settings)
{
  gchar *launch = g_strconcat ("sessionlimit goodbye=Bye ", settings, NULL);
  GstElement *element = gst_parse_launch (launch, NULL);
  GstContext *context;

  f->session = gst_voice_session_new (NULL);
  context = gst_voice_session_to_context (f->session);
  gst_element_set_context (element, context);
  gst_context_unref (context);
  f->said = g_string_new (NULL);
  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->h = gst_harness_new_with_element (element, "sink", "src");
  gst_object_unref (element);
  f->clock = gst_harness_get_testclock (f->h);
  gst_pad_add_probe (f->h->sinkpad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, listen,
      f, NULL);
  gst_harness_set_src_caps_str (f->h, "text/x-raw,format=utf8");
  g_free (launch);
}

static void
tear_down (Fixture * f)
{
  /* The harness takes the functions from its pads before it stops us. */
  gst_element_set_state (f->h->element, GST_STATE_NULL);
  gst_object_unref (f->clock);
  gst_harness_teardown (f->h);
  g_object_unref (f->session);
  g_string_free (f->said, TRUE);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static void
wait_said (Fixture * f, const gchar * expected)
{
  g_mutex_lock (&f->lock);
  while (strlen (f->said->str) < strlen (expected))
    g_cond_wait (&f->cond, &f->lock);
  g_assert_cmpstr (f->said->str, ==, expected);
  g_mutex_unlock (&f->lock);
}

static void
step (Fixture * f)
{
  gst_test_clock_wait_for_next_pending_id (f->clock, NULL);
  g_assert_true (gst_test_clock_crank (f->clock));
}

static GstFlowReturn
push (Fixture * f)
{
  return gst_harness_push (f->h, gst_harness_create_buffer (f->h, 1));
}

/* Rows 125 and 127. */
static void
warning_goodbye_hard (void)
{
  Fixture f;

  set_up (&f, "note=Hurry say=Soon");
  step (&f);
  wait_said (&f, "note:Hurry@840000 say:Soon@840000 ");
  g_assert_cmpint (push (&f), ==, GST_FLOW_OK);
  step (&f);
  wait_said (&f, "note:Hurry@840000 say:Soon@840000 say:Bye@900000 "
      "hangup:limit@900000 ");
  step (&f);
  wait_said (&f, "note:Hurry@840000 say:Soon@840000 say:Bye@900000 "
      "hangup:limit@900000 hangup:limit!@915000 ");
  /* Nobody ends the call: the next buffer does. */
  while (push (&f) == GST_FLOW_OK);
  g_assert_cmpint (push (&f), ==, GST_FLOW_EOS);
  tear_down (&f);
}

static void
without_limit (void)
{
  Fixture f;

  set_up (&f, "limit=0");
  g_assert_cmpuint (gst_test_clock_peek_id_count (f.clock), ==, 0);
  tear_down (&f);
}

static void
usage (Fixture * f, GstStructure * s)
{
  gst_voice_session_report (f->session, f->h->element, s);
}

static void
budgets (void)
{
  static const struct
  {
    const gchar *settings;
    const gchar *name, *field;
  } rows[] = {
    {"limit=0 tokens=100", "usage", "tokens-out"},
    {"limit=0 cost=99.5", "usage", "cost"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Fixture f;

    set_up (&f, rows[i].settings);
    g_assert_cmpint (push (&f), ==, GST_FLOW_OK);
    wait_said (&f, "");
    if (i == 0)
      usage (&f, gst_voice_structure_new ("usage", "tokens-out", 100u, NULL));
    else
      usage (&f, gst_voice_structure_new ("usage", "cost", 100., NULL));
    g_assert_cmpint (push (&f), ==, GST_FLOW_OK);
    wait_said (&f, "say:Bye@0 hangup:budget@0 ");
    g_assert_cmpint (push (&f), ==, GST_FLOW_OK);
    step (&f);
    wait_said (&f, "say:Bye@0 hangup:budget@0 hangup:budget!@15000 ");
    tear_down (&f);
  }
}

static void
tool_budget (void)
{
  Fixture f;

  set_up (&f, "limit=0 tool-calls=2");
  usage (&f, gst_voice_structure_new ("tool-call", "id", "a", NULL));
  push (&f);
  wait_said (&f, "");
  usage (&f, gst_voice_structure_new ("tool-call", "id", "b", NULL));
  push (&f);
  wait_said (&f, "say:Bye@0 hangup:budget@0 ");
  tear_down (&f);
}

static void
hear (Fixture * f, guint speech, const gchar * source, const gchar * text,
    gboolean complete)
{
  gst_harness_push_upstream_event (f->h, gst_voice_event_new
      (GST_VOICE_UPSTREAM, NULL, gst_voice_structure_new ("speech",
              "speech", speech, "source", source, NULL)));
  gst_harness_push_upstream_event (f->h, gst_voice_event_new
      (GST_VOICE_UPSTREAM, NULL, gst_voice_structure_new ("heard",
              "speech", speech, "text", text, "complete", complete, NULL)));
  push (f);
}

/* Row 128: the same reply three times in a row; what is said without the
 * model, or was cut, does not count. */
static void
same_reply (void)
{
  Fixture f;

  set_up (&f, "limit=0");
  hear (&f, 1, "reply", "Pardon?", TRUE);
  hear (&f, 2, "reply", "Pardon?", TRUE);
  hear (&f, 3, "reply", "Yes.", TRUE);
  hear (&f, 4, "reply", "Pardon?", TRUE);
  hear (&f, 5, "reminder", "Pardon?", TRUE);
  hear (&f, 6, "reply", "Pardon?", FALSE);
  hear (&f, 7, "reply", "Pardon?", TRUE);
  wait_said (&f, "");
  hear (&f, 8, "reply", "Pardon?", TRUE);
  wait_said (&f, "say:Bye@0 hangup:budget@0 ");
  tear_down (&f);
}

static void
limit_changed_in_the_call (void)
{
  Fixture f;

  set_up (&f, "warning=0");
  g_object_set (f.h->element, "limit", 5000, NULL);
  step (&f);
  step (&f);
  wait_said (&f, "say:Bye@5000 hangup:limit@5000 ");
  tear_down (&f);
}

static void
launch_line (void)
{
  doc_line_run ("plugins/turn/gstsessionlimit.c");
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessionlimit/time", warning_goodbye_hard);
  g_test_add_func ("/sessionlimit/none", without_limit);
  g_test_add_func ("/sessionlimit/budgets", budgets);
  g_test_add_func ("/sessionlimit/tools", tool_budget);
  g_test_add_func ("/sessionlimit/same-reply", same_reply);
  g_test_add_func ("/sessionlimit/changed", limit_changed_in_the_call);
  g_test_add_func ("/sessionlimit/launch", launch_line);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
