/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How `gst-voice run` ends when somebody asks it to, or nobody reads it.
 */
#include "command.h"

#include <signal.h>

#define SILENCE "run echo --simulate --caller silence "

/* Whatever asks it to end, it says what it was saying and keeps the record. */
static void
ended_from_outside (Command * self, gconstpointer unused)
{
  static const gint signals[] = { SIGINT, SIGTERM, SIGHUP };
  GSubprocess *calls[G_N_ELEMENTS (signals)];

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    calls[i] = command_start (self, NULL, "run echo --caller silence --json");
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    g_free (command_read_until (g_subprocess_get_stdout_pipe (calls[i]),
            "\"type\":\"playing\""));
    g_subprocess_send_signal (calls[i], signals[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    command_end (self, calls[i]);
    command_expect (self, 13, "\"complete\":true");
    command_expect (self, 13, "\"type\":\"session-ended\",\"reason\":"
        "\"application\"");
  }
  command_run (self, "calls list --reason application");
  command_expect (self, 0, "application");
}

/* The second time at once: not all of the greeting is heard. */
static void
ended_at_once (Command * self, gconstpointer unused)
{
  GSubprocess *call = command_start (self, NULL, "run echo --caller silence");

  g_free (command_read_until (g_subprocess_get_stdout_pipe (call), "call "));
  g_subprocess_send_signal (call, SIGINT);
  g_free (command_read_until (g_subprocess_get_stdout_pipe (call),
          "Hanging up."));
  g_subprocess_send_signal (call, SIGINT);
  command_end (self, call);
  command_expect (self, 13, "ended: ");
  g_assert_cmpstr (self->err, ==, "");
}

static void
nobody_reads (Command * self, gconstpointer unused)
{
  GSubprocessLauncher *launcher = command_launcher (self);

  g_subprocess_launcher_set_flags (launcher, G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_stdout_file_path (launcher, "/dev/full");
  command_end (self, command_start (self, launcher, SILENCE));
  self->out = g_strdup ("");
  command_expect_error (self, 1, "the output cannot be written");
  command_run (self, "calls list");
  command_expect (self, 0, "echo");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/run-end/signals", ended_from_outside);
  command_add ("/run-end/signal-twice", ended_at_once);
  command_add ("/run-end/output", nobody_reads);
  return g_test_run ();
}
