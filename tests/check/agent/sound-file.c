/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Sound files of every kind, and of no kind: other rates, stereo, truncated,
 * empty, text in disguise.
 */
#include <sound-file.h>
#include <gst/gst.h>
#include <glib/gstdio.h>
#include <string.h>

static gchar *dir;

static void
put (GByteArray * out, guint32 value, guint bytes)
{
  guint8 le[4];

  GST_WRITE_UINT32_LE (le, value);
  g_byte_array_append (out, le, bytes);
}

/* A header as it stands before the samples. */
static GByteArray *
header (guint tag, guint rate, guint channels, guint bits, guint32 size)
{
  GByteArray *out = g_byte_array_new ();

  g_byte_array_append (out, (const guint8 *) "RIFF", 4);
  put (out, 36 + size, 4);
  g_byte_array_append (out, (const guint8 *) "WAVEfmt ", 8);
  put (out, 16, 4);
  put (out, tag, 2);
  put (out, channels, 2);
  put (out, rate, 4);
  put (out, rate * channels * bits / 8, 4);
  put (out, channels * bits / 8, 2);
  put (out, bits, 2);
  g_byte_array_append (out, (const guint8 *) "data", 4);
  put (out, size, 4);
  return out;
}

static gint16 *
load (GByteArray * bytes, guint raw_rate, gsize * n, GError ** error)
{
  gchar *path = g_build_filename (dir, "sound", NULL);
  gint16 *samples;

  g_file_set_contents (path, (gchar *) bytes->data, bytes->len, NULL);
  samples = sound_file_load (path, raw_rate, 8000, n, error);
  g_unlink (path);
  g_free (path);
  g_byte_array_unref (bytes);
  return samples;
}

static void
constant (GByteArray * bytes, gint16 value, guint n)
{
  for (guint i = 0; i < n; i++)
    put (bytes, (guint16) value, 2);
}

static void
plain (void)
{
  GByteArray *bytes = header (1, 8000, 1, 16, 1600);
  GError *error = NULL;
  gint16 *samples;
  gsize n;

  constant (bytes, 1234, 800);
  samples = load (bytes, 0, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 800);
  g_assert_cmpint (samples[0], ==, 1234);
  g_free (samples);
}

static void
other_rate_and_stereo (void)
{
  GByteArray *bytes = header (1, 48000, 2, 16, 48000 * 4);
  GError *error = NULL;
  gint16 *samples;
  gsize n;

  constant (bytes, 1000, 96000);
  samples = load (bytes, 0, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, >, 7900);
  g_assert_cmpuint (n, <, 8100);
  g_assert_cmpint (samples[4000], >, 990);
  g_assert_cmpint (samples[4000], <, 1010);
  g_free (samples);
}

/* Its header does not say how long it is. */
static void
of_unknown_length (gconstpointer length)
{
  GByteArray *bytes = header (1, 8000, 1, 16, GPOINTER_TO_UINT (length));
  GError *error = NULL;
  gint16 *samples;
  gsize n;

  constant (bytes, 7, 100);
  put (bytes, 1, 1);
  samples = load (bytes, 0, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 100);
  g_free (samples);
}

static void
raw (void)
{
  GByteArray *bytes = g_byte_array_new ();
  GError *error = NULL;
  gint16 *samples;
  gsize n;

  constant (bytes, -5, 1600);
  samples = load (bytes, 16000, &n, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n, >, 750);
  g_assert_cmpuint (n, <, 850);
  g_free (samples);
}

static void
assert_fails (GByteArray * bytes, const gchar * why)
{
  GError *error = NULL;
  gsize n;

  g_assert_null (load (bytes, 0, &n, &error));
  g_assert_nonnull (error);
  if (!strstr (error->message, why))
    g_assert_cmpstr (error->message, ==, why);
  g_assert_nonnull (strstr (error->message, "sound: "));
  g_error_free (error);
}

static void
what_is_wrong (void)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *) "Dear Sir or Madam,\n", 19);
  assert_fails (bytes, "this is not a WAV file");
  assert_fails (g_byte_array_new (), "this is not a WAV file");
  assert_fails (header (1, 8000, 1, 16, 0), "there is no sound in it");
  bytes = header (0x31, 8000, 1, 16, 100);
  constant (bytes, 1, 50);
  assert_fails (bytes, "its encoding (format 49, 16 bits) is not supported; "
      "convert it to 16-bit PCM");
  bytes = header (1, 0, 1, 16, 100);
  constant (bytes, 1, 50);
  assert_fails (bytes, "impossible rate");
  bytes = header (1, 8000, 1, 16, 1600);
  constant (bytes, 1, 50);
  assert_fails (bytes,
      "it is cut off: its header promises 1600 bytes of sound, "
      "and 100 are there");
  bytes = header (1, 8000, 0, 16, 100);
  assert_fails (bytes, "impossible rate");
  bytes = header (1, 8000, 1, 16, 100);
  g_byte_array_set_size (bytes, 30);
  assert_fails (bytes, "its header is damaged");
}

static void
missing (void)
{
  GError *error = NULL;
  gsize n;

  g_assert_null (sound_file_load ("/nonexistent.wav", 0, 8000, &n, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_error_free (error);
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("sound-XXXXXX", NULL);
  g_test_add_func ("/sound-file/plain", plain);
  g_test_add_func ("/sound-file/converted", other_rate_and_stereo);
  g_test_add_data_func ("/sound-file/of-unknown-length/0", NULL,
      of_unknown_length);
  g_test_add_data_func ("/sound-file/of-unknown-length/max",
      GUINT_TO_POINTER (G_MAXUINT32), of_unknown_length);
  g_test_add_func ("/sound-file/raw", raw);
  g_test_add_func ("/sound-file/wrong", what_is_wrong);
  g_test_add_func ("/sound-file/missing", missing);
  result = g_test_run ();
  g_rmdir (dir);
  g_free (dir);
  gst_deinit ();
  return result;
}
