/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a WAV file, or one of bare samples, into memory: as S16 mono at the
 * wanted rate. What is wrong with a file is said in words that help.
 *
 * Threads: any. Locks: none.
 */
#include "sound-file.h"

#include <gst/audio/audio.h>
#include <string.h>

/* An hour of 48 kHz stereo. */
#define MAX_BYTES (48000 * 4 * 3600L)

typedef struct
{
  GstAudioFormat format;
  guint rate, channels;
  const guint8 *data;
  gsize size;
} Sound;

static gboolean
fail (GError ** error, const gchar * path, const gchar * why)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", path, why);
  return FALSE;
}

static gboolean
parse_format (const guint8 * chunk, guint32 size, Sound * sound,
    const gchar * path, GError ** error)
{
  guint tag, bits;
  gchar *why;

  if (size < 16)
    return fail (error, path, "its header is damaged");
  tag = GST_READ_UINT16_LE (chunk);
  bits = GST_READ_UINT16_LE (chunk + 14);
  if (tag == 0xfffe && size >= 26)
    tag = GST_READ_UINT16_LE (chunk + 24);
  sound->channels = GST_READ_UINT16_LE (chunk + 2);
  sound->rate = GST_READ_UINT32_LE (chunk + 4);
  sound->format = tag == 3 && bits == 32 ? GST_AUDIO_FORMAT_F32LE :
      tag != 1 ? GST_AUDIO_FORMAT_UNKNOWN :
      gst_audio_format_build_integer (bits > 8, G_LITTLE_ENDIAN, bits, bits);
  if (sound->format == GST_AUDIO_FORMAT_UNKNOWN) {
    why = g_strdup_printf ("its encoding (format %u, %u bits) is not supported;"
        " convert it to 16-bit PCM", tag, bits);
    fail (error, path, why);
    g_free (why);
    return FALSE;
  }
  if (sound->channels < 1 || sound->channels > 8 || sound->rate < 1000
      || sound->rate > 384000)
    return fail (error, path, "its header names an impossible rate or number "
        "of channels");
  return TRUE;
}

/* Who writes a stream does not know its length. */
static gboolean
is_open_end (guint32 length)
{
  return length == 0 || length >= 0x7ffff000;
}

static gboolean
check_length (guint32 length, gsize rest, const gchar * path, GError ** error)
{
  if (length <= rest || is_open_end (length))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
      "%s: it is cut off: its header promises %u bytes of sound, and %"
      G_GSIZE_FORMAT " are there", path, length, rest);
  return FALSE;
}

static gboolean
parse_wav (const guint8 * data, gsize size, Sound * sound, const gchar * path,
    GError ** error)
{
  gsize at = 12;

  if (size < 12 || memcmp (data, "RIFF", 4) || memcmp (data + 8, "WAVE", 4))
    return fail (error, path, "this is not a WAV file");
  while (at + 8 <= size) {
    guint32 length = GST_READ_UINT32_LE (data + at + 4);
    gsize rest = size - at - 8;

    if (memcmp (data + at, "fmt ", 4) == 0) {
      if (!parse_format (data + at + 8, MIN (length, rest), sound, path, error))
        return FALSE;
    } else if (memcmp (data + at, "data", 4) == 0) {
      if (sound->format == GST_AUDIO_FORMAT_UNKNOWN)
        return fail (error, path, "its header is damaged");
      sound->data = data + at + 8;
      sound->size = is_open_end (length) ? rest : length;
      return check_length (length, rest, path, error);
    }
    at += 8 + MIN (rest, (gsize) length + (length & 1));
  }
  return fail (error, path, "there is no sound in it");
}

static gint16 *
convert (const Sound * sound, guint rate, gsize * n)
{
  GstAudioInfo in, out;
  GstAudioConverter *converter;
  gpointer samples = NULL, data;
  gsize size = sound->size;

  gst_audio_info_set_format (&in, sound->format, sound->rate, sound->channels,
      NULL);
  gst_audio_info_set_format (&out, GST_AUDIO_FORMAT_S16LE, rate, 1, NULL);
  size -= size % GST_AUDIO_INFO_BPF (&in);
  converter = gst_audio_converter_new (0, &in, &out, NULL);
  data = g_memdup2 (sound->data, size);
  if (!gst_audio_converter_convert (converter, 0, data, size, &samples, &size))
    size = 0;
  g_free (data);
  gst_audio_converter_free (converter);
  *n = size / sizeof (gint16);
  return samples;
}

/* @raw_rate: of a file of bare S16LE mono samples; 0 for a WAV file */
gint16 *
sound_file_load (const gchar * path, guint raw_rate, guint rate, gsize * n,
    GError ** error)
{
  Sound sound = { GST_AUDIO_FORMAT_UNKNOWN, 0, 0, NULL, 0 };
  gint16 *samples = NULL;
  gchar *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return NULL;
  if (size > MAX_BYTES) {
    fail (error, path, "it is longer than an hour");
  } else if (raw_rate) {
    sound = (Sound) {
    GST_AUDIO_FORMAT_S16LE, raw_rate, 1, (guint8 *) data, size};
    samples = convert (&sound, rate, n);
  } else if (parse_wav ((guint8 *) data, size, &sound, path, error)) {
    samples = convert (&sound, rate, n);
  }
  g_free (data);
  if (samples && *n > 0)
    return samples;
  if (error && !*error)
    fail (error, path, "there is no sound in it");
  g_free (samples);
  return NULL;
}
