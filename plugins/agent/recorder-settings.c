/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The settings of a call recorder and the properties that they are.
 *
 * Threads: under the guard of whoever owns them. Locks: none.
 */
#include "recorder-settings.h"

#include <string.h>

#define DEFAULT_BITRATE 48000
#define DEFAULT_BUFFER_TIME (10 * GST_SECOND)
#define DEFAULT_THRESHOLD (5 * GST_MSECOND)

#define GST_TYPE_VOICE_CALL_RECORDER_FORMAT \
  (gst_voice_call_recorder_format_get_type ())
static GType
gst_voice_call_recorder_format_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_VOICE_CALL_RECORDER_FORMAT_AUTO,
        "By the location: .wav, or .ogg, .oga, .opus", "auto"},
    {GST_VOICE_CALL_RECORDER_FORMAT_WAV, "WAV, 16 bits a sample", "wav"},
    {GST_VOICE_CALL_RECORDER_FORMAT_OGG_OPUS, "Ogg Opus", "ogg-opus"},
    {0, NULL, NULL},
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoiceCallRecorderFormat", values));
  return type;
}

#define GST_TYPE_VOICE_CALL_RECORDER_OVERFLOW \
  (gst_voice_call_recorder_overflow_get_type ())
static GType
gst_voice_call_recorder_overflow_get_type (void)
{
  static const GEnumValue values[] = {
    {GST_VOICE_CALL_RECORDER_OVERFLOW_AUTO,
        "Drop if upstream is live and time not simulated, else wait", "auto"},
    {GST_VOICE_CALL_RECORDER_OVERFLOW_DROP,
        "Lose the newest sound, never wait", "drop"},
    {GST_VOICE_CALL_RECORDER_OVERFLOW_WAIT,
        "Wait for the writer, five seconds at most", "wait"},
    {0, NULL, NULL},
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type,
        g_enum_register_static ("GstVoiceCallRecorderOverflow", values));
  return type;
}

/**
 * recorder_settings_init:
 * @self: (out): the defaults
 */
void
recorder_settings_init (RecorderSettings * self)
{
  memset (self, 0, sizeof *self);
  self->bitrate = DEFAULT_BITRATE;
  self->buffer_time = DEFAULT_BUFFER_TIME;
  self->start_time = GST_CLOCK_TIME_NONE;
  self->threshold = DEFAULT_THRESHOLD;
}

/**
 * recorder_settings_clear:
 * @self: settings that are no longer used
 */
void
recorder_settings_clear (RecorderSettings * self)
{
  g_clear_pointer (&self->location, g_free);
}

/**
 * recorder_settings_copy:
 * @self: settings
 * @copy: (out): to be cleared
 */
void
recorder_settings_copy (const RecorderSettings * self, RecorderSettings * copy)
{
  *copy = *self;
  copy->location = g_strdup (self->location);
}

/**
 * recorder_settings_set:
 * @self: settings
 * @id: one of the properties
 * @value: its value
 */
void
recorder_settings_set (RecorderSettings * self, guint id, const GValue * value)
{
  switch (id) {
    case PROP_LOCATION:
      g_free (self->location);
      self->location = g_value_dup_string (value);
      break;
    case PROP_FORMAT:
      self->format = g_value_get_enum (value);
      break;
    case PROP_RATE:
      self->rate = g_value_get_uint (value);
      break;
    case PROP_BITRATE:
      self->bitrate = g_value_get_uint (value);
      break;
    case PROP_BUFFER_TIME:
      self->buffer_time = g_value_get_uint64 (value);
      break;
    case PROP_START_TIME:
      self->start_time = g_value_get_uint64 (value);
      break;
    case PROP_ALIGNMENT_THRESHOLD:
      self->threshold = g_value_get_uint64 (value);
      break;
    case PROP_OVERFLOW:
      self->overflow = g_value_get_enum (value);
      break;
    case PROP_OVERWRITE:
      self->overwrite = g_value_get_boolean (value);
      break;
    case PROP_MAKE_FOLDERS:
      self->make_folders = g_value_get_boolean (value);
      break;
    default:
      g_assert_not_reached ();
  }
}

/**
 * recorder_settings_get:
 * @self: settings
 * @id: one of the properties
 * @value: (out): its value
 */
void
recorder_settings_get (const RecorderSettings * self, guint id, GValue * value)
{
  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_FORMAT:
      g_value_set_enum (value, self->format);
      break;
    case PROP_RATE:
      g_value_set_uint (value, self->rate);
      break;
    case PROP_BITRATE:
      g_value_set_uint (value, self->bitrate);
      break;
    case PROP_BUFFER_TIME:
      g_value_set_uint64 (value, self->buffer_time);
      break;
    case PROP_START_TIME:
      g_value_set_uint64 (value, self->start_time);
      break;
    case PROP_ALIGNMENT_THRESHOLD:
      g_value_set_uint64 (value, self->threshold);
      break;
    case PROP_OVERFLOW:
      g_value_set_enum (value, self->overflow);
      break;
    case PROP_OVERWRITE:
      g_value_set_boolean (value, self->overwrite);
      break;
    case PROP_MAKE_FOLDERS:
      g_value_set_boolean (value, self->make_folders);
      break;
    default:
      g_assert_not_reached ();
  }
}

#define SETTING (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS \
    | GST_PARAM_MUTABLE_READY)

static void
install_file (GParamSpec ** props)
{
  /**
   * GstVoiceCallRecorder:location:
   *
   * The file. It must not exist unless `overwrite` is set, and is created
   * readable by its owner only. Without a location nothing is recorded.
   */
  props[PROP_LOCATION] = g_param_spec_string ("location", "Location",
      "File to record to; none: nothing is recorded", NULL, SETTING);
  /**
   * GstVoiceCallRecorder:format:
   *
   * What the file is.
   */
  props[PROP_FORMAT] = g_param_spec_enum ("format", "Format",
      "Format of the file", GST_TYPE_VOICE_CALL_RECORDER_FORMAT,
      GST_VOICE_CALL_RECORDER_FORMAT_AUTO, SETTING);
  /**
   * GstVoiceCallRecorder:rate:
   *
   * Samples a second of the file, one of the rates that the pads take. An Opus
   * file is decoded at any rate; this is what it is coded from.
   */
  props[PROP_RATE] = g_param_spec_uint ("rate", "Rate",
      "Samples a second of the file (0: the higher of the pads' first rates)",
      0, 48000, 0, SETTING);
  /**
   * GstVoiceCallRecorder:bitrate:
   *
   * Bits a second of Ogg Opus. Below the minimum the channels blend.
   */
  props[PROP_BITRATE] = g_param_spec_uint ("bitrate", "Bit rate",
      "Bits a second of Ogg Opus, of both channels together", 40000, 256000,
      DEFAULT_BITRATE, SETTING);
  /**
   * GstVoiceCallRecorder:overwrite:
   *
   * Whether an existing file may be lost.
   */
  props[PROP_OVERWRITE] = g_param_spec_boolean ("overwrite", "Overwrite",
      "Replace an existing file", FALSE, SETTING);
  /**
   * GstVoiceCallRecorder:make-folders:
   *
   * Whether to create the folders of `location` that are missing, open to
   * their owner only.
   */
  props[PROP_MAKE_FOLDERS] = g_param_spec_boolean ("make-folders",
      "Make folders", "Create missing folders of the location", FALSE, SETTING);
}

static void
install_stream (GParamSpec ** props)
{
  /**
   * GstVoiceCallRecorder:buffer-time:
   *
   * How long the disk may stand still before sound is lost, at the highest
   * rate; at 16000 Hz it is three times as long. The memory is used only when
   * it does.
   */
  props[PROP_BUFFER_TIME] = g_param_spec_uint64 ("buffer-time", "Buffer time",
      "Sound at 48 kHz that waits for a slow disk before some is lost, in ns",
      GST_SECOND, 60 * GST_SECOND, DEFAULT_BUFFER_TIME, SETTING);
  /**
   * GstVoiceCallRecorder:start-time:
   *
   * The running time of the file's first frame. What is earlier is left out.
   */
  props[PROP_START_TIME] = g_param_spec_uint64 ("start-time", "Start time",
      "Running time of the first frame in ns (-1: that of the first buffer)",
      0, G_MAXUINT64, GST_CLOCK_TIME_NONE, SETTING);
  /**
   * GstVoiceCallRecorder:alignment-threshold:
   *
   * How far the timestamp of a buffer without the DISCONT flag may be from the
   * end of the one before without a hole or an overlap.
   */
  props[PROP_ALIGNMENT_THRESHOLD] = g_param_spec_uint64 ("alignment-threshold",
      "Alignment threshold",
      "Jitter of timestamps that makes no gap, in ns", 0, GST_SECOND,
      DEFAULT_THRESHOLD, SETTING);
  /**
   * GstVoiceCallRecorder:overflow:
   *
   * What happens to sound that comes faster than it can be written.
   */
  props[PROP_OVERFLOW] = g_param_spec_enum ("overflow", "Overflow",
      "What to do when the disk is too slow",
      GST_TYPE_VOICE_CALL_RECORDER_OVERFLOW,
      GST_VOICE_CALL_RECORDER_OVERFLOW_AUTO, SETTING);
}

/**
 * recorder_settings_install:
 * @props: (array): where the properties go, by their id
 */
void
recorder_settings_install (GParamSpec ** props)
{
  install_file (props);
  install_stream (props);
}
