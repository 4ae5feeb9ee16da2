/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines of the journal, and that they are in the file when it is said so.
 */
#include <gst-voice/events.h>
#include <gst-voice/journal.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void
line_of_a_structure (void)
{
  GstStructure *s = gst_voice_structure_new ("tool-call", "id", "c1",
      "name", "say \"hi\"\n", "arguments", "{ \"a\" : [1, 2.5] }", "turn", 3u,
      NULL);
  gchar *line = gst_voice_journal_line (s, 4, 1234500 * GST_USECOND,
      G_GINT64_CONSTANT (1767225600123456));

  g_assert_cmpstr (line, ==, "{\"n\":4,\"at\":1.2345,"
      "\"wall\":\"2026-01-01T00:00:00.123Z\",\"type\":\"tool-call\","
      "\"id\":\"c1\",\"name\":\"say \\\"hi\\\"\\n\","
      "\"arguments\":{\"a\":[1,2.5]},\"turn\":3}\n");
  g_free (line);
  gst_structure_free (s);
}

static void
odd_values (void)
{
  GstStructure *s = gst_voice_structure_new ("tool-result", "json", "{broken",
      "took", GST_CLOCK_TIME_NONE, NULL);
  gchar *line = gst_voice_journal_line (s, 1, 60 * GST_SECOND, 0);

  g_assert_cmpstr (line, ==, "{\"n\":1,\"at\":60.0,"
      "\"wall\":\"1970-01-01T00:00:00.000Z\",\"type\":\"tool-result\","
      "\"json\":\"{broken\",\"took\":null}\n");
  g_free (line);
  gst_structure_free (s);

  s = gst_voice_structure_new ("usage", "cost", 0.00025, NULL);
  line = gst_voice_journal_line (s, 1, 0, 0);
  g_assert_nonnull (strstr (line, "\"cost\":0.00025}"));
  g_free (line);
  gst_structure_free (s);
}

static gchar *
temp_path (gchar ** dir)
{
  *dir = g_dir_make_tmp ("journal-XXXXXX", NULL);
  return g_build_filename (*dir, "j.jsonl", NULL);
}

static void
temp_remove (gchar * dir, gchar * path)
{
  g_unlink (path);
  g_rmdir (dir);
  g_free (path);
  g_free (dir);
}

static void
refuses_an_existing_file (void)
{
  gchar *dir, *path = temp_path (&dir);
  GError *error = NULL;

  g_assert_true (g_file_set_contents (path, "old\n", -1, NULL));
  g_assert_null (gst_voice_journal_new (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  temp_remove (dir, path);
  g_assert_null (gst_voice_journal_new ("/nonexistent/j.jsonl", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
}

/* A child appends and is killed: what append() returned for is in the file. */
static void
survives_a_kill (void)
{
  gchar *dir, *path = temp_path (&dir), *text;
  int status, pipes[2];
  gchar byte;
  pid_t child;

  g_assert_cmpint (pipe (pipes), ==, 0);
  child = fork ();
  if (child == 0) {
    GstVoiceJournal *journal = gst_voice_journal_new (path, NULL);

    gst_voice_journal_append (journal, "{\"n\":1}\n", NULL);
    gst_voice_journal_append (journal, "{\"n\":2}\n", NULL);
    if (write (pipes[1], "x", 1) == 1)
      pause ();
    _exit (1);
  }
  g_assert_cmpint (read (pipes[0], &byte, 1), ==, 1);
  kill (child, SIGKILL);
  waitpid (child, &status, 0);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "{\"n\":1}\n{\"n\":2}\n");
  g_free (text);
  close (pipes[0]);
  close (pipes[1]);
  temp_remove (dir, path);
}

static void
file_is_private (void)
{
  gchar *dir, *path = temp_path (&dir);
  GstVoiceJournal *journal = gst_voice_journal_new (path, NULL);
  GStatBuf info;

  g_assert_true (gst_voice_journal_append (journal, "{}\n", NULL));
  g_assert_true (gst_voice_journal_sync (journal, NULL));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  gst_voice_journal_free (journal);
  temp_remove (dir, path);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal/line", line_of_a_structure);
  g_test_add_func ("/journal/odd", odd_values);
  g_test_add_func ("/journal/existing", refuses_an_existing_file);
  g_test_add_func ("/journal/kill", survives_a_kill);
  g_test_add_func ("/journal/private", file_is_private);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
