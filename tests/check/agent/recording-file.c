/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file of a recording: headers, permissions, refusals, patches, what is
 * left after a failure.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <recording-file.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gchar *dir;

static gchar *
path (const gchar * name)
{
  return g_build_filename (dir, name, NULL);
}

static guint
get32 (const guint8 * p)
{
  return p[0] | p[1] << 8 | p[2] << 16 | (guint) p[3] << 24;
}

static guint64
get64 (const guint8 * p)
{
  return get32 (p) | (guint64) get32 (p + 4) << 32;
}

/* Checks the header and returns the samples. */
static gint16 *
load_wav (const gchar * location, guint rate, gsize * n)
{
  GError *error = NULL;
  gchar *contents;
  gsize size;
  gint16 *samples;

  g_file_get_contents (location, &contents, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, >=, RECORDING_WAV_HEADER);
  g_assert_cmpuint (get32 ((guint8 *) contents + 60), ==, rate);
  g_assert_cmpuint (get32 ((guint8 *) contents + 4), ==, size - 8);
  size -= RECORDING_WAV_HEADER;
  g_assert_cmpuint (get32 ((guint8 *) contents + 76), ==, size);
  samples = g_memdup2 (contents + RECORDING_WAV_HEADER, size);
  *n = size / 4;
  g_free (contents);
  return samples;
}

static RecordingFile *
open_new (const gchar * location, RecordingFormat format)
{
  GError *error = NULL;
  RecordingFile *file =
      recording_file_open (location, format, FALSE, FALSE, &error);

  g_assert_no_error (error);
  return file;
}

static void
refused (const gchar * location, gboolean overwrite, gboolean make_folders,
    gint code, const gchar * advice)
{
  GError *error = NULL;

  g_assert_null (recording_file_open (location, RECORDING_WAV, overwrite,
          make_folders, &error));
  g_assert_error (error, G_FILE_ERROR, code);
  g_assert_nonnull (strstr (error->message, location));
  g_assert_nonnull (strstr (error->message, advice));
  g_error_free (error);
}

static void
header_small_and_large (void)
{
  guint8 header[RECORDING_WAV_HEADER];
  const guint64 most = (G_MAXUINT32 - RECORDING_WAV_HEADER + 8) / 4;

  recording_wav_header (header, 16000, most);
  g_assert_cmpmem (header, 4, "RIFF", 4);
  g_assert_cmpmem (header + 12, 4, "JUNK", 4);
  g_assert_cmpuint (get32 (header + 76), ==, most * 4);
  g_assert_cmpuint (get32 (header + 64), ==, 64000);

  recording_wav_header (header, 16000, most + 1);
  g_assert_cmpmem (header, 4, "RF64", 4);
  g_assert_cmpmem (header + 12, 4, "ds64", 4);
  g_assert_cmpuint (get32 (header + 4), ==, G_MAXUINT32);
  g_assert_cmpuint (get32 (header + 76), ==, G_MAXUINT32);
  g_assert_cmpuint (get64 (header + 20), ==, (most + 1) * 4 + 72);
  g_assert_cmpuint (get64 (header + 28), ==, (most + 1) * 4);
  g_assert_cmpuint (get64 (header + 36), ==, most + 1);
}

static void
formats_by_suffix (void)
{
  RecordingFormat format;

  g_assert_true (recording_file_guess_format ("/a/b.wav", &format));
  g_assert_cmpint (format, ==, RECORDING_WAV);
  g_assert_true (recording_file_guess_format ("B.OPUS", &format));
  g_assert_cmpint (format, ==, RECORDING_OGG_OPUS);
  g_assert_true (recording_file_guess_format ("c.ogg", &format));
  g_assert_cmpint (format, ==, RECORDING_OGG_OPUS);
  g_assert_false (recording_file_guess_format ("d.mp3", &format));
  g_assert_false (recording_file_guess_format ("wav", &format));
}

static void
readable_after_each_flush (void)
{
  gchar *location = path ("flush.wav");
  RecordingFile *file = open_new (location, RECORDING_WAV);
  const gint16 frames[] = { 1, -1, 2, -2, 3, -3 };
  gint16 *read;
  gsize n;

  g_assert_true (recording_file_begin (file, 8000, 0, NULL));
  g_assert_true (recording_file_write (file, frames, 2, NULL));
  g_assert_true (recording_file_flush (file, NULL));
  read = load_wav (location, 8000, &n);
  g_assert_cmpmem (read, n * 4, frames, 8);
  g_free (read);
  g_assert_true (recording_file_write (file, frames + 4, 1, NULL));
  g_assert_true (recording_file_finish (file, NULL));
  g_assert_cmpuint (recording_file_get_frames (file), ==, 3);
  read = load_wav (location, 8000, &n);
  g_assert_cmpmem (read, n * 4, frames, 12);
  g_free (read);
  recording_file_free (file);
  g_unlink (location);
  g_free (location);
}

static void
patch_fills_silence_only (void)
{
  gchar *location = path ("patch.wav");
  RecordingFile *file = open_new (location, RECORDING_WAV);
  const guint total = 5000;
  gint16 *frames = g_new0 (gint16, 2 * total);
  gint16 *late = g_new (gint16, 3000), *read;
  gsize n;

  for (guint i = 0; i < total; i++) {
    frames[2 * i] = i % 7 == 0 ? 5 : 0;
    frames[2 * i + 1] = 9;
  }
  for (guint i = 0; i < 3000; i++)
    late[i] = 100 + i;
  g_assert_true (recording_file_begin (file, 16000, 0, NULL));
  g_assert_true (recording_file_write (file, frames, total, NULL));
  g_assert_true (recording_file_can_patch (file));
  g_assert_true (recording_file_patch (file, 1000, 0, late, 3000, NULL));
  g_assert_true (recording_file_write (file, frames, 1, NULL));
  g_assert_true (recording_file_finish (file, NULL));
  read = load_wav (location, 16000, &n);
  g_assert_cmpuint (n, ==, total + 1);
  for (guint i = 0; i < total; i++) {
    gboolean filled = i >= 1000 && i < 4000 && i % 7 != 0;

    g_assert_cmpint (read[2 * i], ==, filled ? 100 + (gint) i - 1000 :
        frames[2 * i]);
    g_assert_cmpint (read[2 * i + 1], ==, 9);
  }
  g_free (read);
  g_free (late);
  g_free (frames);
  recording_file_free (file);
  g_unlink (location);
  g_free (location);
}

static void
only_the_owner_reads (void)
{
  gchar *location = path ("own/er/a.wav"), *folder = path ("own/er");
  gchar *parent = path ("own");
  mode_t old = umask (0);
  RecordingFile *file;
  struct stat info;

  file = recording_file_open (location, RECORDING_WAV, FALSE, TRUE, NULL);
  g_assert_nonnull (file);
  recording_file_free (file);
  g_assert_cmpint (g_stat (location, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);

  /* A file that is overwritten was perhaps readable by all. */
  g_assert_cmpint (g_chmod (location, 0644), ==, 0);
  file = recording_file_open (location, RECORDING_WAV, TRUE, FALSE, NULL);
  g_assert_nonnull (file);
  recording_file_free (file);
  g_assert_cmpint (g_stat (location, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  umask (old);
  g_unlink (location);
  g_rmdir (folder);
  g_rmdir (parent);
  g_free (parent);
  g_free (folder);
  g_free (location);
}

static void
refusals_say_what_to_do (void)
{
  gchar *location = path ("there.wav"), *nowhere = path ("no/a.wav");
  gchar *below = path ("there.wav/a.wav");

  g_file_set_contents (location, "precious", -1, NULL);
  refused (location, FALSE, FALSE, G_FILE_ERROR_EXIST, "overwrite=true");
  refused (nowhere, FALSE, FALSE, G_FILE_ERROR_NOENT, "make-folders=true");
  refused (below, FALSE, FALSE, G_FILE_ERROR_NOTDIR, "choose another");
  refused (below, FALSE, TRUE, G_FILE_ERROR_NOTDIR, "choose another");
  refused (dir, TRUE, FALSE, G_FILE_ERROR_ISDIR, "choose another");
  g_unlink (location);
  g_free (below);
  g_free (nowhere);
  g_free (location);
}

static void
folder_without_permission (void)
{
  gchar *location;
  gint old = geteuid ();

  g_assert_cmpint (g_chmod (dir, 0500), ==, 0);
  location = path ("a.wav");
  /* Permissions do not bind root. */
  if (old == 0 && seteuid (65534) != 0)
    g_test_skip ("cannot become another user");
  else
    refused (location, FALSE, FALSE, G_FILE_ERROR_ACCES, "write permission");
  if (old == 0)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (g_chmod (dir, 0700), ==, 0);
  g_free (location);
}

static void
full_device (void)
{
  const gint16 frames[] = { 1, 2 };
  GError *error = NULL;
  RecordingFile *file;
  struct stat before, after;

  if (g_stat ("/dev/full", &before) != 0) {
    g_test_skip ("no /dev/full here");
    return;
  }
  for (guint i = 0; i < 2; i++) {
    file = recording_file_open ("/dev/full", i ? RECORDING_OGG_OPUS :
        RECORDING_WAV, TRUE, FALSE, NULL);
    g_assert_nonnull (file);
    g_assert_false (recording_file_can_patch (file));
    g_assert_false (recording_file_begin (file, 16000, 48000, &error));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    g_clear_error (&error);
    g_assert_false (recording_file_write (file, frames, 1, &error) && !i);
    g_clear_error (&error);
    g_assert_false (recording_file_finish (file, &error));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    g_clear_error (&error);
    recording_file_free (file);
  }
  /* Whatever is no file keeps its permissions. */
  g_assert_cmpint (g_stat ("/dev/full", &after), ==, 0);
  g_assert_cmpint (before.st_mode, ==, after.st_mode);
}

static void
removed_file (void)
{
  gchar *location = path ("gone.wav");
  RecordingFile *file = open_new (location, RECORDING_WAV);
  GError *error = NULL;

  g_assert_true (recording_file_begin (file, 16000, 0, NULL));
  g_assert_true (recording_file_flush (file, NULL));
  g_unlink (location);
  g_assert_false (recording_file_flush (file, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_error_free (error);
  recording_file_free (file);
  g_free (location);
}

static void
wav_needs_a_seekable_file (void)
{
  gchar *location = path ("pipe");
  GError *error = NULL;
  RecordingFile *file;

  g_assert_cmpint (mkfifo (location, 0600), ==, 0);
  file = recording_file_open (location, RECORDING_WAV, TRUE, FALSE, NULL);
  g_assert_nonnull (file);
  g_assert_false (recording_file_begin (file, 16000, 0, &error));
  g_assert_nonnull (error);
  g_error_free (error);
  recording_file_free (file);
  g_unlink (location);
  g_free (location);
}

int
main (int argc, char **argv)
{
  gint result;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("recording-XXXXXX", NULL);
  g_test_add_func ("/file/header", header_small_and_large);
  g_test_add_func ("/file/suffix", formats_by_suffix);
  g_test_add_func ("/file/flush", readable_after_each_flush);
  g_test_add_func ("/file/patch", patch_fills_silence_only);
  g_test_add_func ("/file/permissions", only_the_owner_reads);
  g_test_add_func ("/file/refusals", refusals_say_what_to_do);
  g_test_add_func ("/file/no-permission", folder_without_permission);
  g_test_add_func ("/file/full", full_device);
  g_test_add_func ("/file/removed", removed_file);
  g_test_add_func ("/file/pipe", wav_needs_a_seekable_file);
  result = g_test_run ();
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  g_free (dir);
  return result;
}
