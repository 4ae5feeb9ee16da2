/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice calls`: a recorded call is listed, shown, exported and deleted.
 */
#include "command.h"

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define CLINIC_ID "7b1e09c2-4c9e-4f0d-9a53-0d6c2f7e1a44"

/* The journals of earlier calls, as they lie when their process has crashed. */
static void
leave_journals (Command * self)
{
  gchar *dir = command_path (self, ".local/state/gst-voice/journals");

  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  g_free (fixture_copy (dir, "clinic.jsonl", "a.jsonl"));
  g_free (fixture_copy (dir, "crashed.jsonl", "b.jsonl"));
  g_free (dir);
}

static void
list (Command * self, gconstpointer unused)
{
  command_run (self, "calls list");
  command_expect_error (self, 0, "no call is recorded yet");
  command_run (self, "calls list --json");
  command_expect (self, 0, "[]\n");
  leave_journals (self);
  command_run (self, "calls list");
  command_expect (self, 0, "CALL      STARTED           LENGTH  PERSONA");
  command_expect (self, 0, "7b1e09c2  ");
  command_expect (self, 0, "  crashed\n");
  g_assert_null (strchr (self->out, '\033'));
  command_run (self, "calls list --reason crashed");
  g_assert_null (strstr (self->out, "7b1e09c2"));
  command_run (self, "calls list --persona nobody");
  command_expect_error (self, 0, "no such call is recorded");
  command_run (self, "calls list --limit 1");
  command_expect_error (self, 0, "1 of 2 calls; --limit 0 lists all");
  command_run (self, "calls list --json");
  command_expect (self, 0, "\"" CLINIC_ID "\"");
}

static void
show_and_export (Command * self, gconstpointer unused)
{
  gchar *journal = fixture_load ("journals/clinic.jsonl", NULL);
  gchar *path = command_path (self, "call.json"), *text;

  leave_journals (self);
  command_run (self, "calls show 7b1e");
  command_expect (self, 0, "Call      " CLINIC_ID);
  command_expect (self, 0, "  agent   ");
  command_expect (self, 0, "Recordings");
  command_run (self, "calls show 7b1e --json");
  fixture_expect ("calls/clinic.json", self->out);
  command_run (self, "calls export 7b1e --format text");
  fixture_expect ("calls/clinic.txt", self->out);
  command_run (self, "calls export 7b1e --format jsonl");
  g_assert_cmpstr (self->out, ==, journal);
  command_run (self, "calls export 7b1e --output call.json");
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fixture_expect ("calls/clinic.json", text);
  command_run (self, "calls export 7b1e --output none/call.json");
  command_expect_error (self, 1, "none/call.json");
  g_free (text);
  g_free (path);
  g_free (journal);
}

static void
delete (Command * self, gconstpointer unused)
{
  leave_journals (self);
  command_run (self, "calls delete 7b1e");
  command_expect_error (self, 2, "nobody can be asked here: add --yes");
  command_run (self, "calls delete --yes 7b1e nonsense");
  command_expect_error (self, 1, "there is no call 'nonsense'");
  command_run (self, "calls show 7b1e");
  command_expect (self, 0, CLINIC_ID);
  command_run (self, "calls delete --yes 7b1e");
  command_expect_error (self, 0, "1 call deleted");
  command_run (self, "calls show 7b1e");
  command_expect_error (self, 1, "there is no call '7b1e'");
  command_run (self, "calls list");
  command_expect (self, 0, "crashed");
}

static void
wrong_command_lines (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *line;
    gint status;
    const gchar *text;
  } rows[] = {
    {"calls frob", 2, "`calls` has no verb 'frob'"},
    {"calls lst", 2, "did you mean 'list'?"},
    {"calls list x", 2, "'x' is one word too many"},
    {"calls list --since never", 2, "'never' is no date"},
    {"calls list --limit -5", 2, "the limit cannot be -5"},
    {"calls show", 2, "name one call"},
    {"calls show last", 1, "no"},
    {"calls export last --format xml", 2, "there is no format 'xml'"},
    {"calls list --db none.db", 1, "there is no database of calls"},
    {"calls list --db .", 1, "it is a folder"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_run (self, rows[i].line);
    command_expect_error (self, rows[i].status, rows[i].text);
    g_assert_cmpstr (self->out, ==, "");
  }
  command_run (self, "calls");
  command_expect (self, 2, "Usage: gst-voice calls VERB");
  command_run (self, "calls --help");
  command_expect (self, 0, "  delete   delete calls");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/calls/list", list);
  command_add ("/calls/show", show_and_export);
  command_add ("/calls/delete", delete);
  command_add ("/calls/command-line", wrong_command_lines);
  return g_test_run ();
}
