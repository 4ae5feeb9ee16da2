/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define RECORDING_CHANNELS 2
#define RECORDING_WAV_HEADER 80

typedef enum
{
  RECORDING_WAV,
  RECORDING_OGG_OPUS,
} RecordingFormat;

typedef struct _RecordingFile RecordingFile;

gboolean recording_file_guess_format (const gchar * location,
    RecordingFormat * format);
RecordingFile *recording_file_open (const gchar * location,
    RecordingFormat format, gboolean overwrite, gboolean make_folders,
    GError ** error);
void recording_file_free (RecordingFile * self);
gboolean recording_file_begin (RecordingFile * self, guint rate,
    guint bitrate, GError ** error);
gboolean recording_file_write (RecordingFile * self, const gint16 * frames,
    gsize n, GError ** error);
gboolean recording_file_can_patch (RecordingFile * self);
gboolean recording_file_patch (RecordingFile * self, guint64 position,
    guint channel, const gint16 * samples, gsize n, GError ** error);
gboolean recording_file_flush (RecordingFile * self, GError ** error);
gboolean recording_file_finish (RecordingFile * self, GError ** error);
guint64 recording_file_get_frames (RecordingFile * self);
void recording_wav_header (guint8 * header, guint rate, guint64 frames);
