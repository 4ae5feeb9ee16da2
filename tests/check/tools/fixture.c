/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of the command share. GST_VOICE_WRITE_EXPECTED=1 writes the
 * expected outputs anew; they are to be read before they are committed.
 */
#include "fixture.h"

#include <glib/gstdio.h>

/* The path of a file of tests/data. */
gchar *
fixture_path (const gchar * name)
{
  return g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "tests", "data",
      name, NULL);
}

gchar *
fixture_load (const gchar * name, gsize * size)
{
  gchar *path = fixture_path (name), *text = NULL;
  GError *error = NULL;

  g_file_get_contents (path, &text, size, &error);
  g_assert_no_error (error);
  g_free (path);
  return text;
}

/* The text is what stands in a file of tests/data. */
void
fixture_expect (const gchar * name, const gchar * text)
{
  gchar *path = fixture_path (name), *expected;

  if (g_getenv ("GST_VOICE_WRITE_EXPECTED"))
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  expected = fixture_load (name, NULL);
  g_assert_cmpstr (text, ==, expected);
  g_free (expected);
  g_free (path);
}

gchar *
fixture_dir (void)
{
  gchar *dir = g_dir_make_tmp ("calls-XXXXXX", NULL);

  g_assert_nonnull (dir);
  return dir;
}

static void
remove_all (const gchar * path)
{
  GDir *dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL :
      g_dir_open (path, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *child = g_build_filename (path, name, NULL);

    remove_all (child);
    g_free (child);
  }
  if (dir)
    g_dir_close (dir);
  g_remove (path);
}

/* Takes @dir. */
void
fixture_remove (gchar * dir)
{
  remove_all (dir);
  g_free (dir);
}

/* Copies a journal of tests/data to a file of a folder, and returns the path
 * of that. */
gchar *
fixture_copy (const gchar * dir, const gchar * journal, const gchar * name)
{
  gchar *from = g_build_filename ("journals", journal, NULL);
  gchar *path = g_build_filename (dir, name, NULL);
  gsize size;
  gchar *text = fixture_load (from, &size);

  g_assert_true (g_file_set_contents (path, text, size, NULL));
  g_free (text);
  g_free (from);
  return path;
}
