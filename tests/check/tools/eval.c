/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice eval` as it is run before a deployment: what passes, what fails
 * and how that is told, and that a recorded call happens again.
 */
#include "command.h"

#include <string.h>

#define SHIPPED "${DATA}/../scenarios/"
#define CLINIC "${PIPELINES}/clinic.json"

static void
shipped_scenarios (Command * self, gconstpointer unused)
{
  command_run (self, "eval --junit=report.xml " SHIPPED "clinic-books.json "
      SHIPPED "clinic-corrects.json " SHIPPED "clinic-fails.json "
      SHIPPED "clinic-full.json " SHIPPED "clinic-hours.json "
      SHIPPED "clinic-interrupts.json " SHIPPED "clinic-silent.json "
      SHIPPED "clinic-unknown.json");
  command_expect (self, 0, "ok    books an appointment");
  command_expect (self, 0, "8 of 8 passed");
}

static void
expect_file (Command * self, const gchar * name, const gchar * part)
{
  gchar *path = command_path (self, name);
  gchar *text;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  if (!strstr (text, part))
    g_error ("%s has no %s: %s", name, part, text);
  g_free (text);
  g_free (path);
}

static void
failures_are_told (Command * self, gconstpointer unused)
{
  command_write (self, "bad.json", "{\"name\": \"is <bad>\", \"persona\": "
      "\"clinic\", \"caller\": [{\"say\": \"when are you open\"}, "
      "{\"hangup\": true}], \"tools\": {\"opening_hours\": {\"arguments\": "
      "{\"day\": 1}, \"result\": 1}}, \"expect\": ["
      "{\"said\": \"we sell bicycles\"}, {\"not-said\": \"NORTHGATE dental\"}, "
      "{\"called\": \"book_slot\"}, {\"called\": \"opening_hours\", "
      "\"times\": 2}, {\"not-called\": \"opening_hours\"}, {\"order\": ["
      "{\"called\": \"opening_hours\"}, {\"said\": \"Northgate\"}]}, "
      "{\"variable\": \"mood\", \"value\": \"good\"}, {\"latency\": 0.01}, "
      "{\"ended\": \"completed\"}]}");
  command_run (self, "eval --junit=report.xml bad.json " SHIPPED
      "clinic-unknown.json");
  command_expect (self, 1, "FAIL  is <bad>");
  command_expect (self, 1, "expected the agent to say \"we sell bicycles\"");
  command_expect (self, 1,
      "expected the agent not to say \"NORTHGATE dental\"");
  command_expect (self, 1,
      "expected {\"called\":\"book_slot\"}; 0 such; "
      "called was opening_hours {} (error)");
  command_expect (self, 1,
      "expected {\"called\":\"opening_hours\",\"times\":2}" "; 1 such");
  command_expect (self, 1, "expected opening_hours not to be called");
  command_expect (self, 1, "expected as number 2 of the order");
  command_expect (self, 1, "expected mood to be \"good\"; it was not set");
  command_expect (self, 1, "expected replies within 0.01 s");
  command_expect (self, 1, "to end by \"completed\"; it ended by "
      "\"disconnected\"");
  command_expect (self, 1, "the scenario has no answer for opening_hours {}");
  command_expect (self, 1, "  caller: when are you open");
  command_expect (self, 1, "1 of 2 passed");
  expect_file (self, "report.xml", "tests=\"2\" failures=\"1\"");
  expect_file (self, "report.xml", "name=\"is &lt;bad&gt;\"");
  expect_file (self, "report.xml", "<failure message=\"expected the agent to "
      "say &quot;we sell bicycles&quot;\">");
}

/* Nothing is played, and the place is named. */
static void
wrong_files (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *text, *message;
  } rows[] = {
    {"{", "a.json: "},
    {"{\"persona\": \"clinic\",\n\"caller\": [{\"sya\": \"x\"}],\n"
          "\"expect\": []}", "a.json:2: /caller/0"},
    {"{\"persona\": \"clinic\", \"caller\": [{\"say\": \"x\"}], \"expect\": "
          "[{\"said-matches\": \"(\"}]}", "missing terminating )"},
    {"{\"persona\": \"clinic\", \"caller\": [{\"play\": \"x.wav\"}], "
          "\"expect\": []}", "needs \"says\", or --audio"},
    {"{\"caller\": [{\"say\": \"x\"}], \"expect\": []}", "names no persona"},
    {"{\"persona\": \"clnic\", \"caller\": [{\"say\": \"x\"}], \"expect\": []}",
        "there is no persona clnic"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_write (self, "a.json", rows[i].text);
    command_run (self, "eval a.json");
    command_expect_error (self, 2, rows[i].message);
  }
  command_run (self, "eval");
  command_expect_error (self, 2, "which scenarios?");
  command_run (self, "eval --jobs=0 a.json");
  command_expect_error (self, 2, "--jobs and --timeout");
  command_run (self, "eval --from-journal=last a.json");
  command_expect_error (self, 2, "plays none");
}

/* A call that cannot be played fails; the others are played. */
static void
broken_call (Command * self, gconstpointer unused)
{
  command_write (self, "a.json", "{\"persona\": \"clinic\", \"caller\": "
      "[{\"say\": \"x\"}], \"tools\": {\"book\": {\"result\": 1}}, "
      "\"expect\": []}");
  command_run (self, "eval a.json " SHIPPED "clinic-unknown.json");
  command_expect (self, 1, "there is a mock for \"book\", but no such tool");
  command_expect (self, 1, "1 of 2 passed");
}

/* A write is never given up by the call; its mock does not outlive it. */
static void
a_tool_hangs (Command * self, gconstpointer unused)
{
  command_write (self, "a.json", "{\"persona\": \"clinic\", \"caller\": ["
      "{\"say\": \"an appointment on friday\"}, "
      "{\"say\": \"the first one\"}, {\"say\": \"12345\"}, "
      "{\"say\": \"yes\"}, {\"say\": \"goodbye\", \"after-agent\": 3}], "
      "\"tools\": {\"book_slot\": {\"hangs\": true}}, \"expect\": ["
      "{\"called\": \"book_slot\", \"outcome\": \"timeout\"}, "
      "{\"not-said\": \"You are booked\"}, {\"ended\": \"completed\"}]}");
  command_run (self, "eval a.json");
  command_expect (self, 0, "1 of 1 passed");
}

static void
the_caller_speaks (Command * self, gconstpointer unused)
{
  command_write (self, "a.json", "{\"persona\": \"clinic\", \"caller\": "
      "[{\"say\": \"what are your opening hours\"}, {\"hangup\": true}], "
      "\"expect\": [{\"called\": \"opening_hours\"}, {\"ended\": "
      "\"disconnected\"}]}");
  command_run (self, "eval --audio a.json");
  command_expect (self, 0, "1 of 1 passed");
}

/* With an interruption, tools and an end by the agent. */
static void
a_recorded_call (Command * self, gconstpointer unused)
{
  command_write (self, "a.caller", "say \"i would like an appointment on "
      "tuesday\"\nduring agent 3.2 say \"half past nine please\"\n"
      "say \"one two three four five\"\nsay \"yes\"\n"
      "say \"thank you goodbye\"\nend\n");
  command_run (self, "run clinic --simulate --caller a.caller --db calls.db");
  command_expect (self, 0, "book_slot");
  command_run (self, "eval --from-journal=last --db=calls.db -o a.json");
  command_expect (self, 0, "");
  expect_file (self, "a.json", "\"during-agent\"");
  expect_file (self, "a.json", "{\"called\": \"book_slot\", \"arguments\": "
      "{\"day\":\"tuesday\",\"time\":\"09:30\",\"patient\":\"12345\"}}");
  expect_file (self, "a.json", "{\"ended\": \"completed\"}");
  command_run (self, "eval a.json");
  command_expect (self, 0, "1 of 1 passed");

  command_run (self, "eval --from-journal=${DATA}/journals/clinic.jsonl "
      "--persona=" CLINIC);
  command_expect (self, 0, "\"wait\": 1");
  command_run (self, "eval --from-journal=none.jsonl");
  command_expect_error (self, 1, "none.jsonl");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/eval/shipped", shipped_scenarios);
  command_add ("/eval/failures", failures_are_told);
  command_add ("/eval/wrong", wrong_files);
  command_add ("/eval/broken", broken_call);
  command_add ("/eval/hangs", a_tool_hangs);
  command_add ("/eval/audio", the_caller_speaks);
  command_add ("/eval/recorded", a_recorded_call);
  return g_test_run ();
}
