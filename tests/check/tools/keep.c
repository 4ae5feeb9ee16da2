/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing that was said is lost: not when the process is killed, not when the
 * database cannot be written, and not when the disk is full.
 */
#include "command.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>

#define SILENCE "run echo --simulate --caller silence "

/* Killed in the middle, once in each database. */
static void
a_crash (Command * self, gconstpointer unused)
{
  GSubprocess *call, *other;

  command_write (self, "a.caller",
      "at 0 say \"what are your opening hours\"\nsilence 30\n");
  call = command_start (self, NULL, "run clinic --caller a.caller --json");
  other = command_start (self, NULL, "run echo --caller silence --json --db "
      "other.db");
  g_free (command_read_until (g_subprocess_get_stdout_pipe (other),
          "\"type\":\"session-started\""));
  g_free (command_read_until (g_subprocess_get_stdout_pipe (call),
          "\"type\":\"turn\""));
  g_subprocess_send_signal (call, SIGKILL);
  g_subprocess_send_signal (other, SIGKILL);
  command_end (self, call);
  command_end (self, other);
  g_assert_cmpint (self->status, ==, -1);

  command_run (self, "calls list");
  command_expect (self, 0, "crashed");
  command_expect (self, 0, "clinic");
  g_assert_null (strstr (self->out, "echo"));
  command_run (self, "calls show last");
  command_expect (self, 0, "caller  what are your opening hours\n");
  /* The next start takes it up, too. */
  command_run (self, SILENCE "--db other.db");
  command_expect_error (self, 10, "1 earlier call had crashed; what was said "
      "is in the database now");
  command_run (self, "calls list --db other.db --reason crashed");
  command_expect (self, 0, "echo");
}

static void
a_locked_database (Command * self, gconstpointer unused)
{
  gchar *path = command_path (self, "calls.db");
  sqlite3 *db;

  command_run (self, SILENCE "--db calls.db");
  command_expect (self, 10, "calls.db");
  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), ==,
      SQLITE_OK);
  command_run (self, SILENCE "--db calls.db");
  command_expect_error (self, 1, "another program has locked it");
  command_expect_error (self, 1, "Its journal is kept and will be delivered "
      "next time.");
  command_expect (self, 1, "ended: inactivity");
  sqlite3_close (db);
  command_run (self, "calls list --db calls.db");
  g_assert_nonnull (strstr (strstr (self->out, "echo") + 1, "echo"));
  g_free (path);
}

/* What a full disk looks like to a process. */
static void
limit_files (gpointer size)
{
  struct rlimit limit = { GPOINTER_TO_SIZE (size), GPOINTER_TO_SIZE (size) };

  signal (SIGXFSZ, SIG_IGN);
  setrlimit (RLIMIT_FSIZE, &limit);
}

static void
run_limited (Command * self, gsize size, const gchar * line)
{
  GSubprocessLauncher *launcher = command_launcher (self);

  g_subprocess_launcher_set_child_setup (launcher, limit_files,
      GSIZE_TO_POINTER (size), NULL);
  command_end (self, command_start (self, launcher, line));
}

static void
a_full_disk (Command * self, gconstpointer unused)
{
  /* The recording does not fit, the record does. */
  run_limited (self, 500000, SILENCE "--record call.wav");
  command_expect_error (self, 1, "the recording of the call is not whole");
  command_expect (self, 1, "call.wav, failed");
  command_expect (self, 1, "ended: inactivity");
  command_run (self, "calls list");
  command_expect (self, 0, "inactivity");
}

/* Not even the journal fits: what is heard of the call is on the output only,
 * and whole there. */
static void
a_disk_without_room (Command * self, gconstpointer unused)
{
  run_limited (self, 2000, SILENCE "--json --db none");
  command_expect (self, 1, "\"type\":\"session-ended\",\"reason\":"
      "\"inactivity\"");
  command_expect_error (self, 1, "cannot write the journal ");
  command_expect_error (self, 1, "the record of the call is not whole: ");
  run_limited (self, 2000, SILENCE);
  command_expect_error (self, 1, "cannot use the database of calls ");
  g_assert_cmpstr (self->out, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/keep/crash", a_crash);
  command_add ("/keep/locked", a_locked_database);
  command_add ("/keep/full", a_full_disk);
  command_add ("/keep/no-room", a_disk_without_room);
  return g_test_run ();
}
