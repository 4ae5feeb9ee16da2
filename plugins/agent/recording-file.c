/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file of a recording: stereo, 16-bit WAV or Ogg Opus, appended to in
 * pieces. After every recording_file_flush() the file can be read as it is, so
 * a killed process loses what it has not flushed and no more. Only
 * recording_file_finish() waits for the disk: a power cut costs what the
 * kernel has not yet written back of its own accord (about half a minute).
 *
 * A WAV's sizes are rewritten at every flush. It has room for 64-bit sizes and
 * becomes an RF64 (EBU Tech 3306) where 32 bits no longer hold them.
 *
 * Threads: one at a time; every call may block on the disk. Locks: none.
 */
#include "recording-file.h"
#include "recording-opus.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAME_BYTES (RECORDING_CHANNELS * (guint) sizeof (gint16))
#define PATCH_FRAMES 1024

/* Samples are stored as they lie in memory. */
G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

struct _RecordingFile
{
  /* set once */
  gint fd;
  gchar *location;
  RecordingFormat format;
  gboolean regular;
  guint rate;                   /* 0: not begun */
  RecordingOpus *opus;

  guint64 n_frames;
  guint64 n_bytes;              /* Ogg: those that are whole pages */
};

static void
put16 (guint8 * p, guint value)
{
  p[0] = value;
  p[1] = value >> 8;
}

static void
put32 (guint8 * p, guint64 value)
{
  put16 (p, value);
  put16 (p + 2, value >> 16);
}

static void
put64 (guint8 * p, guint64 value)
{
  put32 (p, value);
  put32 (p + 4, value >> 32);
}

/**
 * recording_wav_header:
 * @header: (out): room for %RECORDING_WAV_HEADER bytes
 * @rate: samples a second
 * @frames: how many of them follow
 *
 * Makes the header of a WAV file, or of an RF64 if the file is longer than
 * 4 GiB. Both have the same length.
 */
void
recording_wav_header (guint8 * header, guint rate, guint64 frames)
{
  guint64 data = frames * FRAME_BYTES;
  guint64 riff = data + RECORDING_WAV_HEADER - 8;
  gboolean big = riff > G_MAXUINT32;

  memset (header, 0, RECORDING_WAV_HEADER);
  memcpy (header, big ? "RF64" : "RIFF", 4);
  put32 (header + 4, big ? G_MAXUINT32 : riff);
  memcpy (header + 8, "WAVE", 4);
  memcpy (header + 12, big ? "ds64" : "JUNK", 4);
  put32 (header + 16, 28);
  if (big) {
    put64 (header + 20, riff);
    put64 (header + 28, data);
    put64 (header + 36, frames);
  }
  memcpy (header + 48, "fmt ", 4);
  put32 (header + 52, 16);
  put16 (header + 56, 1);       /* PCM */
  put16 (header + 58, RECORDING_CHANNELS);
  put32 (header + 60, rate);
  put32 (header + 64, rate * FRAME_BYTES);
  put16 (header + 68, FRAME_BYTES);
  put16 (header + 70, 16);
  memcpy (header + 72, "data", 4);
  put32 (header + 76, big ? G_MAXUINT32 : data);
}

/**
 * recording_file_guess_format:
 * @location: a file name
 * @format: (out): what its suffix stands for
 *
 * Returns: %FALSE if the suffix is none of `.wav`, `.ogg`, `.oga`, `.opus`
 */
gboolean
recording_file_guess_format (const gchar * location, RecordingFormat * format)
{
  static const struct
  {
    const gchar *suffix;
    RecordingFormat format;
  } suffixes[] = {
    {".wav", RECORDING_WAV}, {".ogg", RECORDING_OGG_OPUS},
    {".oga", RECORDING_OGG_OPUS}, {".opus", RECORDING_OGG_OPUS},
  };
  gchar *lower = g_ascii_strdown (location, -1);
  gboolean found = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (suffixes) && !found; i++) {
    found = g_str_has_suffix (lower, suffixes[i].suffix);
    if (found)
      *format = suffixes[i].format;
  }
  g_free (lower);
  return found;
}

static gboolean
fail_errno (const RecordingFile * self, const gchar * what, gint code,
    GError ** error)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
      "cannot %s %s: %s", what, self->location, g_strerror (code));
  return FALSE;
}

/* What to do about a file that could not be opened. */
static void
fail_open (const gchar * location, gint code, GError ** error)
{
  gchar *folder = g_path_get_dirname (location);
  gchar *advice;

  switch (code) {
    case EEXIST:
      advice = g_strdup ("the file exists; choose another location or set "
          "overwrite=true");
      break;
    case ENOENT:
      advice = g_strdup_printf ("there is no folder %s; create it or set "
          "make-folders=true", folder);
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      advice = g_strdup_printf ("%s may not write in folder %s (%s); give it "
          "write permission or choose another location", g_get_user_name (),
          folder, g_strerror (code));
      break;
    case ENOSPC:
    case EDQUOT:
      advice = g_strdup_printf ("no space is left in folder %s (%s); make room "
          "or choose another location", folder, g_strerror (code));
      break;
    default:
      advice = g_strdup_printf ("%s; choose another location",
          g_strerror (code));
      break;
  }
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
      "cannot record to %s: %s", location, advice);
  g_free (advice);
  g_free (folder);
}

static gboolean
make_folders_of (const gchar * location)
{
  gchar *folder = g_path_get_dirname (location);
  gint status = g_mkdir_with_parents (folder, 0700);
  gint saved = errno;

  g_free (folder);
  errno = saved;
  return status == 0;
}

/**
 * recording_file_open:
 * @location: a file name
 * @format: what to write
 * @overwrite: whether an existing file may be lost
 * @make_folders: whether to create the folders that are missing (0700)
 * @error: why there is none, where, and what to do
 *
 * Creates the file, readable by its owner only. Nothing is in it before
 * recording_file_begin().
 *
 * Returns: (nullable): the file
 */
RecordingFile *
recording_file_open (const gchar * location, RecordingFormat format,
    gboolean overwrite, gboolean make_folders, GError ** error)
{
  /* A pipe opened for reading too does not wait for its reader. */
  gint flags = O_RDWR | O_CREAT | O_CLOEXEC | (overwrite ? O_TRUNC : O_EXCL);
  RecordingFile *self;
  struct stat info;
  gint fd;

  if (make_folders && !make_folders_of (location)) {
    fail_open (location, errno, error);
    return NULL;
  }
  fd = g_open (location, flags, 0600);
  if (fd < 0) {
    fail_open (location, errno, error);
    return NULL;
  }
  self = g_new0 (RecordingFile, 1);
  self->fd = fd;
  self->location = g_strdup (location);
  self->format = format;
  self->regular = fstat (fd, &info) == 0 && S_ISREG (info.st_mode);
  if (self->regular && overwrite && fchmod (fd, 0600) != 0) {
    fail_open (location, errno, error);
    recording_file_free (self);
    return NULL;
  }
  return self;
}

/**
 * recording_file_free:
 * @self: (nullable): a file
 *
 * Closes the file as it is.
 */
void
recording_file_free (RecordingFile * self)
{
  if (!self)
    return;
  recording_opus_free (self->opus);
  close (self->fd);
  g_free (self->location);
  g_free (self);
}

/* @at is -1 for what has no positions, a pipe. */
static gboolean
write_all (RecordingFile * self, const void *data, gsize size, gint64 at,
    GError ** error)
{
  const guint8 *p = data;

  while (size > 0) {
    gssize done = at < 0 ? write (self->fd, p, size) :
        pwrite (self->fd, p, size, at);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return fail_errno (self, "write", done < 0 ? errno : EIO, error);
    p += done;
    size -= done;
    if (at >= 0)
      at += done;
  }
  return TRUE;
}

static gint64
wav_position (guint64 frame)
{
  return RECORDING_WAV_HEADER + frame * FRAME_BYTES;
}

static gboolean
write_header (RecordingFile * self, GError ** error)
{
  guint8 header[RECORDING_WAV_HEADER];

  recording_wav_header (header, self->rate, self->n_frames);
  return write_all (self, header, sizeof header, 0, error);
}

static gboolean
write_pages (RecordingFile * self, GError ** error)
{
  GByteArray *pages = recording_opus_get_pages (self->opus);

  if (!write_all (self, pages->data, pages->len,
          self->regular ? (gint64) self->n_bytes : -1, error)) {
    if (self->regular && ftruncate (self->fd, self->n_bytes) != 0)
      g_prefix_error (error, "half a page is left at the end: ");
    return FALSE;
  }
  self->n_bytes += pages->len;
  g_byte_array_set_size (pages, 0);
  return TRUE;
}

/**
 * recording_file_begin:
 * @self: an empty file
 * @rate: 8000, 12000, 16000, 24000 or 48000
 * @bitrate: of Opus, both channels together
 * @error: why it failed
 *
 * Returns: whether the header is written
 */
gboolean
recording_file_begin (RecordingFile * self, guint rate, guint bitrate,
    GError ** error)
{
  self->rate = rate;
  if (self->format == RECORDING_WAV)
    return write_header (self, error);
  self->opus = recording_opus_new (rate, bitrate, error);
  return self->opus && write_pages (self, error);
}

/**
 * recording_file_write:
 * @self: a file that was begun
 * @frames: (array): left and right, interleaved
 * @n: how many of both
 * @error: why it failed
 *
 * Appends. After a failure nothing more may be appended.
 *
 * Returns: whether all were taken
 */
gboolean
recording_file_write (RecordingFile * self, const gint16 * frames, gsize n,
    GError ** error)
{
  if (self->format == RECORDING_WAV) {
    if (!write_all (self, frames, n * FRAME_BYTES,
            wav_position (self->n_frames), error))
      return FALSE;
  } else if (!recording_opus_encode (self->opus, frames, n, error)
      || !write_pages (self, error)) {
    return FALSE;
  }
  self->n_frames += n;
  return TRUE;
}

/**
 * recording_file_can_patch:
 * @self: a file
 *
 * Returns: whether recording_file_patch() can work
 */
gboolean
recording_file_can_patch (RecordingFile * self)
{
  return self->format == RECORDING_WAV && self->regular;
}

static gboolean
read_frames (RecordingFile * self, gint16 * frames, gsize n, gint64 at,
    GError ** error)
{
  guint8 *p = (guint8 *) frames;
  gsize size = n * FRAME_BYTES;

  while (size > 0) {
    gssize done = pread (self->fd, p, size, at);

    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return fail_errno (self, "read", done < 0 ? errno : EIO, error);
    p += done;
    at += done;
    size -= done;
  }
  return TRUE;
}

/**
 * recording_file_patch:
 * @self: a file of which recording_file_can_patch() is true
 * @position: a frame that was written
 * @channel: 0 or 1
 * @samples: what comes late
 * @n: how many; all within what was written
 * @error: why it failed
 *
 * Puts samples in the place of silence. What is there already stays: a fault
 * in late timestamps must not cost a recorded word.
 *
 * Returns: whether the file was read and written
 */
gboolean
recording_file_patch (RecordingFile * self, guint64 position, guint channel,
    const gint16 * samples, gsize n, GError ** error)
{
  gint16 frames[RECORDING_CHANNELS * PATCH_FRAMES];

  while (n > 0) {
    gsize part = MIN (n, PATCH_FRAMES);
    gint64 at = wav_position (position);

    if (!read_frames (self, frames, part, at, error))
      return FALSE;
    for (gsize i = 0; i < part; i++) {
      gint16 *sample = &frames[RECORDING_CHANNELS * i + channel];

      if (*sample == 0)
        *sample = samples[i];
    }
    if (!write_all (self, frames, part * FRAME_BYTES, at, error))
      return FALSE;
    position += part;
    samples += part;
    n -= part;
  }
  return TRUE;
}

static gboolean
check_there (RecordingFile * self, GError ** error)
{
  struct stat info;

  if (!self->regular || fstat (self->fd, &info) != 0 || info.st_nlink > 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
      "%s was removed while it was being recorded", self->location);
  return FALSE;
}

/**
 * recording_file_flush:
 * @self: a file that was begun
 * @error: why it failed, also if the file was removed meanwhile
 *
 * Returns: whether what was written can be read by others from now on
 */
gboolean
recording_file_flush (RecordingFile * self, GError ** error)
{
  if (!check_there (self, error))
    return FALSE;
  if (self->format == RECORDING_WAV)
    return write_header (self, error);
  recording_opus_flush (self->opus);
  return write_pages (self, error);
}

/**
 * recording_file_finish:
 * @self: a file that was begun
 * @error: why it failed
 *
 * Completes the file and waits until it is on the disk. Also after a failed
 * write: what was written before is then made readable as far as possible.
 *
 * Returns: whether all of it is there
 */
gboolean
recording_file_finish (RecordingFile * self, GError ** error)
{
  if (self->format == RECORDING_WAV) {
    if (!write_header (self, error))
      return FALSE;
  } else if (self->opus && (!recording_opus_finish (self->opus, error)
          || !write_pages (self, error))) {
    return FALSE;
  }
  if (self->regular && fdatasync (self->fd) != 0)
    return fail_errno (self, "sync", errno, error);
  return TRUE;
}

/**
 * recording_file_get_frames:
 * @self: a file
 *
 * Returns: how many frames were written
 */
guint64
recording_file_get_frames (RecordingFile * self)
{
  return self->n_frames;
}
