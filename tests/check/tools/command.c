/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of the command as a whole share. ${PIPELINES} and ${DATA} in a
 * command line stand for folders of the source tree.
 */
#include "command.h"

#include "fixture.h"

#include <string.h>

#define PATIENCE 60             /* seconds; what takes longer hangs */

void
command_set_up (Command * self, gconstpointer unused)
{
  self->home = fixture_dir ();
}

static void
forget (Command * self)
{
  g_clear_pointer (&self->out, g_free);
  g_clear_pointer (&self->err, g_free);
}

void
command_tear_down (Command * self, gconstpointer unused)
{
  forget (self);
  fixture_remove (self->home);
}

GSubprocessLauncher *
command_launcher (Command * self)
{
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE |
      G_SUBPROCESS_FLAGS_STDERR_PIPE);
  gchar *data = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"), "data",
      "installed", NULL);
  gchar *options;

  g_subprocess_launcher_set_cwd (launcher, self->home);
  g_subprocess_launcher_setenv (launcher, "HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "TMPDIR", self->home, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "XDG_DATA_HOME");
  g_subprocess_launcher_unsetenv (launcher, "XDG_STATE_HOME");
  g_subprocess_launcher_setenv (launcher, "GST_VOICE_DATADIR", data, TRUE);
  /* What ASan finds is not to look like a status of ours. Leaks are looked for
   * in the tests of the elements: LeakSanitizer itself crashes if threads of a
   * GThreadPool end while the process does, which they do here. */
  options = g_strconcat (g_getenv ("ASAN_OPTIONS") ? : "",
      ":exitcode=99:detect_leaks=0", NULL);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", options, TRUE);
  g_free (options);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  g_free (data);
  return launcher;
}

static gchar *
fill_in (const gchar * line)
{
  gchar *pipelines = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"),
      "pipelines", NULL);
  gchar *data = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "tests",
      "data", NULL);
  GString *out = g_string_new (line);
  gchar *text;

  g_string_replace (out, "${PIPELINES}", pipelines, 0);
  g_string_replace (out, "${DATA}", data, 0);
  text = g_string_free (out, FALSE);
  g_free (data);
  g_free (pipelines);
  return text;
}

/* Takes @launcher, if any. @line: as in a shell, without `gst-voice` */
GSubprocess *
command_start (Command * self, GSubprocessLauncher * launcher,
    const gchar * line)
{
  gchar *program = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"),
      "tools", "gst-voice", "gst-voice", NULL);
  gchar *filled = fill_in (line);
  gchar *whole = g_strconcat (program, " ", filled, NULL);
  GError *error = NULL;
  GSubprocess *process;
  gchar **argv;

  if (!launcher)
    launcher = command_launcher (self);
  g_assert_true (g_shell_parse_argv (whole, NULL, &argv, &error));
  process = g_subprocess_launcher_spawnv (launcher,
      (const gchar * const *) argv, &error);
  g_assert_no_error (error);
  g_strfreev (argv);
  g_free (whole);
  g_free (filled);
  g_free (program);
  g_object_unref (launcher);
  return process;
}

static gboolean
is_late (gpointer process)
{
  g_subprocess_force_exit (process);
  g_error ("the command does not end");
  return G_SOURCE_REMOVE;
}

static void
got_end (GObject * process, GAsyncResult * result, gpointer data)
{
  Command *self = data;
  GError *error = NULL;

  g_subprocess_communicate_utf8_finish (G_SUBPROCESS (process), result,
      &self->out, &self->err, &error);
  g_assert_no_error (error);
  self->status = g_subprocess_get_if_exited (G_SUBPROCESS (process)) ?
      g_subprocess_get_exit_status (G_SUBPROCESS (process)) : -1;
}

/* Takes @process, and waits for its end. */
void
command_end (Command * self, GSubprocess * process)
{
  guint late = g_timeout_add_seconds (PATIENCE, is_late, process);

  forget (self);
  self->status = -2;
  g_subprocess_communicate_utf8_async (process, NULL, NULL, got_end, self);
  while (self->status == -2)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (late);
  g_object_unref (process);
}

void
command_run (Command * self, const gchar * line)
{
  g_test_message ("gst-voice %s", line);
  command_end (self, command_start (self, NULL, line));
}

gchar *
command_path (Command * self, const gchar * name)
{
  return g_build_filename (self->home, name, NULL);
}

void
command_write (Command * self, const gchar * name, const gchar * text)
{
  gchar *path = command_path (self, name);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_free (path);
}

/* Reads what a command says up to the line that has @text in it. */
gchar *
command_read_until (GInputStream * stream, const gchar * text)
{
  GString *seen = g_string_new (NULL);
  gchar c;

  while (!(g_str_has_suffix (seen->str, "\n") && strstr (seen->str, text))) {
    if (g_input_stream_read (stream, &c, 1, NULL, NULL) != 1)
      g_error ("'%s' does not come: %s", text, seen->str);
    g_string_append_c (seen, c);
  }
  return g_string_free (seen, FALSE);
}

static void
check (Command * self, gint status, const gchar * where, const gchar * text)
{
  if (self->status == status && strstr (where, text))
    return;
  g_error ("status %d for %d, or no '%s' in:\n%s\nstderr:\n%s", self->status,
      status, text, self->out, self->err);
}

void
command_expect (Command * self, gint status, const gchar * text)
{
  check (self, status, self->out, text);
}

/* What is wrong stands on standard error. */
void
command_expect_error (Command * self, gint status, const gchar * text)
{
  check (self, status, self->err, text);
}
