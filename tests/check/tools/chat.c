/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice chat` with lines that come from no terminal: one turn each, in
 * their order, and an end.
 */
#include "command.h"

#include <string.h>

static void
chat (Command * self, const gchar * line, const gchar * typed)
{
  GSubprocessLauncher *launcher = command_launcher (self);
  gchar *path = command_path (self, "typed");

  command_write (self, "typed", typed);
  g_subprocess_launcher_set_stdin_file_path (launcher, path);
  command_end (self, command_start (self, launcher, line));
  g_free (path);
}

/* Each after the one before it in what was printed. */
static void
expect_order (Command * self, const gchar * const *parts)
{
  const gchar *at = self->out;

  for (; *parts; parts++) {
    at = strstr (at, *parts);
    if (!at)
      g_error ("no '%s' at its place in:\n%s", *parts, self->out);
  }
}

/* No recogniser is loaded, and no line interrupts an answer. */
static void
a_conversation (Command * self, gconstpointer unused)
{
  static const gchar *const parts[] = {
    "agent   Northgate Dental, good morning.",
    "caller  an appointment on friday",
    "tool    find_slots {\"day\":\"friday\"}",
    "agent   On friday I have", "caller  the first one",
    "agent   09:30. What is your patient number?", "caller  it's \"12345\"",
    "agent   1 2 3 4 5, is that right?", "caller  goodbye",
    "agent   Thank you for calling. Goodbye.", "ended   (completed)",
    "0 interruptions", NULL
  };

  chat (self, "chat clinic", "an appointment on friday\r\n\n"
      "the first one\nit's \"12345\"\ngoodbye");
  command_expect (self, 0, "ended: completed");
  expect_order (self, parts);
  g_assert_null (strstr (self->out, "database"));
}

static void
the_end_of_lines (Command * self, gconstpointer unused)
{
  chat (self, "chat clinic --json --set caller=+15550100 --db calls.db",
      "when are you open\n");
  command_expect (self, 0, "\"type\":\"tool-call\"");
  command_expect (self, 0, "\"caller\":\"+15550100\"");
  command_expect (self, 0, "On weekdays we are open");
  command_run (self, "calls show last");
  command_expect_error (self, 1, "");
  command_run (self, "calls show last --db calls.db");
  command_expect (self, 0, "caller  when are you open");
}

static void
wrong (Command * self, gconstpointer unused)
{
  chat (self, "chat", "");
  command_expect_error (self, 2, "gst-voice chat: which persona?");
  chat (self, "chat clinic --set 1", "");
  command_expect_error (self, 2, "write NAME=VALUE");
  chat (self, "chat clnic", "");
  command_expect_error (self, 1, "there is no persona clnic");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/chat/conversation", a_conversation);
  command_add ("/chat/end", the_end_of_lines);
  command_add ("/chat/wrong", wrong);
  return g_test_run ();
}
