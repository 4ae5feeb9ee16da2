/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

typedef enum
{
  GST_VOICE_CALL_RECORDER_FORMAT_AUTO,
  GST_VOICE_CALL_RECORDER_FORMAT_WAV,
  GST_VOICE_CALL_RECORDER_FORMAT_OGG_OPUS,
} GstVoiceCallRecorderFormat;

typedef enum
{
  GST_VOICE_CALL_RECORDER_OVERFLOW_AUTO,
  GST_VOICE_CALL_RECORDER_OVERFLOW_DROP,
  GST_VOICE_CALL_RECORDER_OVERFLOW_WAIT,
} GstVoiceCallRecorderOverflow;

/* The properties that are settings; the element adds its own. */
enum
{
  PROP_LOCATION = 1,
  PROP_FORMAT,
  PROP_RATE,
  PROP_BITRATE,
  PROP_BUFFER_TIME,
  PROP_START_TIME,
  PROP_ALIGNMENT_THRESHOLD,
  PROP_OVERFLOW,
  PROP_OVERWRITE,
  PROP_MAKE_FOLDERS,
  N_SETTINGS
};

typedef struct
{
  gchar *location;
  GstVoiceCallRecorderFormat format;
  GstVoiceCallRecorderOverflow overflow;
  guint rate, bitrate;
  GstClockTime buffer_time, start_time, threshold;
  gboolean overwrite, make_folders;
} RecorderSettings;

void recorder_settings_init (RecorderSettings * self);
void recorder_settings_clear (RecorderSettings * self);
void recorder_settings_copy (const RecorderSettings * self,
    RecorderSettings * copy);
void recorder_settings_set (RecorderSettings * self, guint id,
    const GValue * value);
void recorder_settings_get (const RecorderSettings * self, guint id,
    GValue * value);
void recorder_settings_install (GParamSpec ** props);
