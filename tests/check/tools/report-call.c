/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice report`: a call is drawn, from the database and from a journal.
 */
#include "command.h"

#include "fixture.h"

#include <string.h>

#define AT "\"wall\":\"2026-01-14T09:05:02.262Z\","

/* No line is wider than a terminal, but for the statistics. */
static void
expect_narrow (const gchar * text)
{
  gchar **lines = g_strsplit (text, "\n", -1);

  for (gchar ** l = lines; *l && strcmp (*l, "Statistics") != 0; l++)
    g_assert_cmpint (g_utf8_strlen (*l, -1), <=, 80);
  g_strfreev (lines);
}

static void
draw (Command * self, gconstpointer unused)
{
  command_run (self, "report ${DATA}/journals/clinic.jsonl");
  g_assert_cmpint (self->status, ==, 0);
  fixture_expect ("calls/clinic-waterfall.txt", self->out);
  expect_narrow (self->out);
  g_assert_null (strchr (self->out, '\033'));
  command_run (self, "report --json ${DATA}/journals/clinic.jsonl");
  g_assert_cmpint (self->status, ==, 0);
  fixture_expect ("calls/clinic-waterfall.json", self->out);
  command_run (self, "report ${DATA}/journals/crashed.jsonl");
  command_expect (self, 0, "what was heard is not known");
  command_run (self, "report ${DATA}/journals/damaged.jsonl");
  command_expect (self, 0, "3 of 82 lines could not be read");
}

static void
from_the_database (Command * self, gconstpointer unused)
{
  command_run (self, "report last");
  command_expect_error (self, 1, "nothing was recorded there");
  command_run (self, "run --quiet --simulate ${PIPELINES}/clinic.json "
      "--caller ${DATA}/callers/clinic.caller");
  command_run (self, "report last");
  command_expect (self, 0, "until the reply");
  expect_narrow (self->out);
  command_run (self, "report last --db none.db");
  command_expect_error (self, 1, "there is no database of calls");
}

/* What nobody has measured is not drawn, and nothing of a journal moves the
 * cursor. */
static void
odd_calls (Command * self, gconstpointer unused)
{
  command_write (self, "odd.jsonl",
      "{\"at\":1,\"type\":\"turn\"," AT "\"turn\":1,\"text\":\"a\\u001b[2Jb\","
      "\"reply\":true}\n{\"at\":2,\"type\":\"no-reply\"," AT
      "\"turn\":1,\"reason\":\"error\"}\n{\"at\":3,\"type\":\"tool-call\"," AT
      "\"id\":\"1\",\"name\":\"x\\ny\",\"turn\":1}\n");
  command_run (self, "report odd.jsonl");
  command_expect (self, 0, "not answered: error");
  command_expect (self, 0, "no result: tool x…");
  g_assert_null (strchr (self->out, '\033'));
  g_assert_null (strstr (self->out, "whole bar"));
  expect_narrow (self->out);
  command_write (self, "slow.jsonl",
      "{\"at\":99,\"type\":\"turn-metrics\"," AT "\"turn\":1,\"speech\":1,"
      "\"end-of-speech\":1,\"commit\":97,\"playing\":98}\n");
  command_run (self, "report slow.jsonl");
  command_expect (self, 0, "a whole bar is 10.00 s");
  expect_narrow (self->out);
}

static void
wrong_command_lines (Command * self, gconstpointer unused)
{
  command_run (self, "report");
  command_expect_error (self, 2, "name one call");
  command_run (self, "report ./none.jsonl");
  command_expect_error (self, 1, "none.jsonl");
  command_run (self, "report ${DATA}/journals/empty.jsonl");
  command_expect_error (self, 1, "the call never began");
  command_run (self, "report --help");
  command_expect (self, 0, "gst-voice report last");
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  command_add ("/report-call/draw", draw);
  command_add ("/report-call/database", from_the_database);
  command_add ("/report-call/odd", odd_calls);
  command_add ("/report-call/command-line", wrong_command_lines);
  return g_test_run ();
}
