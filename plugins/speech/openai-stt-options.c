/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of openaistt, but for those that others have too.
 *
 * Threads and locks: the element's object lock guards its options.
 */
#include "openai-stt-options.h"

#define DEFAULT_THRESHOLD 0.5
#define DEFAULT_PREFIX 300
#define DEFAULT_SILENCE 500
#define DEFAULT_RENEW_AFTER 600000

#define FLAGS (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | \
    GST_PARAM_MUTABLE_READY)

enum
{
  PROP_MODE = 1,
  PROP_TURN_DETECTION,
  PROP_EAGERNESS,
  PROP_THRESHOLD,
  PROP_PREFIX,
  PROP_SILENCE,
  PROP_RENEW_AFTER,
  N_PROPS
};

G_STATIC_ASSERT (N_PROPS == OPENAI_STT_N_OPTIONS);

static const GEnumValue modes[] = {
  {OPENAI_STT_REALTIME, "A realtime socket", "realtime"},
  {OPENAI_STT_SEGMENTS, "What vad takes for speech, as files", "segments"},
  {0, NULL, NULL},
};

static const GEnumValue detections[] = {
  {OPENAI_STT_SERVER_VAD, "By silence", "server-vad"},
  {OPENAI_STT_SEMANTIC_VAD, "By what is said", "semantic-vad"},
  {OPENAI_STT_NO_VAD, "By the vad before this element", "none"},
  {0, NULL, NULL},
};

static const GEnumValue eagernesses[] = {
  {0, "As the service likes", "auto"},
  {1, "Lets people finish", "low"},
  {2, "In between", "medium"},
  {3, "Answers soon", "high"},
  {0, NULL, NULL},
};

void
openai_stt_options_init (OpenaiSttOptions * options)
{
  options->threshold = DEFAULT_THRESHOLD;
  options->prefix = DEFAULT_PREFIX;
  options->silence = DEFAULT_SILENCE;
  options->renew_after = DEFAULT_RENEW_AFTER;
}

const gchar *
openai_stt_eagerness (gint eagerness)
{
  return eagernesses[eagerness].value_nick;
}

gboolean
openai_stt_options_set (OpenaiSttOptions * options, guint id,
    const GValue * value)
{
  switch (id) {
    case PROP_MODE:
      options->mode = g_value_get_enum (value);
      return TRUE;
    case PROP_TURN_DETECTION:
      options->turn_detection = g_value_get_enum (value);
      return TRUE;
    case PROP_EAGERNESS:
      options->eagerness = g_value_get_enum (value);
      return TRUE;
    case PROP_THRESHOLD:
      options->threshold = g_value_get_double (value);
      return TRUE;
    case PROP_PREFIX:
      options->prefix = g_value_get_uint (value);
      return TRUE;
    case PROP_SILENCE:
      options->silence = g_value_get_uint (value);
      return TRUE;
    case PROP_RENEW_AFTER:
      options->renew_after = g_value_get_uint (value);
      return TRUE;
    default:
      return FALSE;
  }
}

gboolean
openai_stt_options_get (OpenaiSttOptions * options, guint id, GValue * value)
{
  switch (id) {
    case PROP_MODE:
      g_value_set_enum (value, options->mode);
      return TRUE;
    case PROP_TURN_DETECTION:
      g_value_set_enum (value, options->turn_detection);
      return TRUE;
    case PROP_EAGERNESS:
      g_value_set_enum (value, options->eagerness);
      return TRUE;
    case PROP_THRESHOLD:
      g_value_set_double (value, options->threshold);
      return TRUE;
    case PROP_PREFIX:
      g_value_set_uint (value, options->prefix);
      return TRUE;
    case PROP_SILENCE:
      g_value_set_uint (value, options->silence);
      return TRUE;
    case PROP_RENEW_AFTER:
      g_value_set_uint (value, options->renew_after);
      return TRUE;
    default:
      return FALSE;
  }
}

static void
install_enum (GObjectClass * klass, guint id, const gchar * name,
    const gchar * nick, const gchar * blurb, const gchar * type,
    const GEnumValue * values)
{
  GType enum_type = g_enum_register_static (type, values);

  g_object_class_install_property (klass, id, g_param_spec_enum (name, nick,
          blurb, enum_type, 0, FLAGS));
  gst_type_mark_as_plugin_api (enum_type, 0);
}

static void
install_cutting (GObjectClass * klass)
{
  /**
   * GstVoiceOpenaiStt:mode:
   *
   * Over what the service hears.
   */
  install_enum (klass, PROP_MODE, "mode", "Mode", "Over what it hears",
      "GstVoiceOpenaiSttMode", modes);
  /**
   * GstVoiceOpenaiStt:turn-detection:
   *
   * Who finds the end of what is said, with `mode=realtime`. With
   * `semantic-vad` it is also told as an end of turn. `none` needs a `vad`
   * before the element.
   */
  install_enum (klass, PROP_TURN_DETECTION, "turn-detection",
      "Turn detection", "Who finds the end of what is said",
      "GstVoiceOpenaiSttTurnDetection", detections);
  /**
   * GstVoiceOpenaiStt:eagerness:
   *
   * How soon `semantic-vad` takes something for finished.
   */
  install_enum (klass, PROP_EAGERNESS, "eagerness", "Eagerness",
      "How soon semantic-vad takes something for finished",
      "GstVoiceOpenaiSttEagerness", eagernesses);
}

static void
install_server_vad (GObjectClass * klass)
{
  /**
   * GstVoiceOpenaiStt:vad-threshold:
   *
   * How loud speech is for `server-vad`.
   */
  g_object_class_install_property (klass, PROP_THRESHOLD,
      g_param_spec_double ("vad-threshold", "VAD threshold",
          "How loud speech is for server-vad", 0, 1, DEFAULT_THRESHOLD, FLAGS));
  /**
   * GstVoiceOpenaiStt:vad-prefix:
   *
   * How much sound before an onset `server-vad` takes with it, in milliseconds.
   */
  g_object_class_install_property (klass, PROP_PREFIX,
      g_param_spec_uint ("vad-prefix", "VAD prefix",
          "How much sound before an onset server-vad takes, in ms", 0, 5000,
          DEFAULT_PREFIX, FLAGS));
  /**
   * GstVoiceOpenaiStt:vad-silence:
   *
   * After how much silence `server-vad` takes something for finished, in
   * milliseconds.
   */
  g_object_class_install_property (klass, PROP_SILENCE,
      g_param_spec_uint ("vad-silence", "VAD silence",
          "After how much silence something is finished for server-vad, in ms",
          0, 10000, DEFAULT_SILENCE, FLAGS));
}

void
openai_stt_options_install (GObjectClass * klass)
{
  install_cutting (klass);
  install_server_vad (klass);
  /**
   * GstVoiceOpenaiStt:renew-after:
   *
   * After how long another session is taken, once nobody speaks, in
   * milliseconds: the service ends old ones without a warning. 0 for never,
   * unless the service says when it will end.
   */
  g_object_class_install_property (klass, PROP_RENEW_AFTER,
      g_param_spec_uint ("renew-after", "Renew after",
          "After how long another session is taken, in ms, 0 for never", 0,
          G_MAXINT, DEFAULT_RENEW_AFTER, FLAGS));
}
