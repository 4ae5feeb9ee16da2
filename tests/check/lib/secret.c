/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where secrets come from, what is refused, and that no message repeats one.
 */
#include <gst-voice/error.h>
#include <gst-voice/secret.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET "Zx81-not-a-real-key"

static gchar *folder;

static gchar *
write_file (const gchar * name, const gchar * content, gssize size)
{
  gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, size, NULL));
  return path;
}

static void
assert_resolves (const gchar * spec, const gchar * expected)
{
  GError *error = NULL;
  gchar *secret = gst_voice_secret_resolve (spec, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (secret, ==, expected);
  gst_voice_secret_free (secret);
}

static void
assert_refused (const gchar * spec, const gchar * says)
{
  GError *error = NULL;

  g_assert_null (gst_voice_secret_resolve (spec, &error));
  g_assert_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH);
  g_assert_nonnull (strstr (error->message, says));
  g_assert_null (strstr (error->message, SECRET));
  g_error_free (error);
  g_assert_null (gst_voice_secret_resolve (spec, NULL));
}

static void
assert_file_resolves (const gchar * content, gssize size,
    const gchar * expected)
{
  gchar *path = write_file ("key", content, size);
  gchar *spec = g_strconcat ("file:", path, NULL);

  assert_resolves (spec, expected);
  g_unlink (path);
  g_free (spec);
  g_free (path);
}

static void
assert_file_refused (const gchar * content, gssize size, const gchar * says)
{
  gchar *path = write_file ("key", content, size);
  gchar *spec = g_strconcat ("file:", path, NULL);

  assert_refused (spec, says);
  g_unlink (path);
  g_free (spec);
  g_free (path);
}

static void
plain_text_passes (void)
{
  assert_resolves (SECRET, SECRET);
  assert_resolves ("", "");
  assert_resolves ("environment:X", "environment:X");
}

static void
environment (void)
{
  g_setenv ("GST_VOICE_TEST_KEY", SECRET, TRUE);
  assert_resolves ("env:GST_VOICE_TEST_KEY", SECRET);
  g_setenv ("GST_VOICE_TEST_KEY", "", TRUE);
  assert_refused ("env:GST_VOICE_TEST_KEY", "GST_VOICE_TEST_KEY is empty");
  g_unsetenv ("GST_VOICE_TEST_KEY");
  assert_refused ("env:GST_VOICE_TEST_KEY", "GST_VOICE_TEST_KEY is not set");
}

static void
a_key_in_place_of_a_name_is_not_repeated (void)
{
  assert_refused ("env:" SECRET, "not the name of an environment variable");
  assert_refused ("env:", "not the name of an environment variable");
  assert_refused ("env:1ABC", "not the name of an environment variable");
}

static void
file_is_read (void)
{
  assert_file_resolves (SECRET, -1, SECRET);
  assert_file_resolves (SECRET "\n", -1, SECRET);
  assert_file_resolves (SECRET "\r\n\n", -1, SECRET);
  assert_file_resolves ("two\nlines\n", -1, "two\nlines");
}

static void
file_sizes (void)
{
  gchar *text = g_malloc (64 * 1024 + 2);

  memset (text, 'x', 64 * 1024 + 1);
  text[64 * 1024] = '\0';
  assert_file_resolves (text, 64 * 1024, text);
  text[64 * 1024] = 'x';
  assert_file_refused (text, 64 * 1024 + 1, "larger than 64 KiB");
  g_free (text);
}

static void
file_is_refused (void)
{
  gchar *spec;

  assert_file_refused ("", 0, "is empty");
  assert_file_refused ("\n\n", 2, "is empty");
  assert_file_refused (SECRET "\0" SECRET, 2 * strlen (SECRET) + 1,
      "zero byte");
  spec = g_strdup_printf ("file:%s", folder);
  assert_refused (spec, "not a regular file");
  g_free (spec);
  spec = g_strdup_printf ("file:%s/none", folder);
  assert_refused (spec, "No such file");
  g_free (spec);
}

/* Opened to block, this would wait for a writer for ever. */
static void
named_pipe_is_refused (void)
{
  gchar *path = g_build_filename (folder, "pipe", NULL);
  gchar *spec = g_strconcat ("file:", path, NULL);

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  assert_refused (spec, "not a regular file");
  g_unlink (path);
  g_free (spec);
  g_free (path);
}

static void
free_takes_null (void)
{
  gst_voice_secret_free (NULL);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("secret-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/secret/plain", plain_text_passes);
  g_test_add_func ("/secret/env", environment);
  g_test_add_func ("/secret/misplaced-key",
      a_key_in_place_of_a_name_is_not_repeated);
  g_test_add_func ("/secret/file", file_is_read);
  g_test_add_func ("/secret/file-size", file_sizes);
  g_test_add_func ("/secret/file-refused", file_is_refused);
  g_test_add_func ("/secret/named-pipe", named_pipe_is_refused);
  g_test_add_func ("/secret/free-null", free_takes_null);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
