/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of openaistt, but for those that others have too.
 */
#include "openai-stt-options.h"

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

const GstVoiceOption openai_stt_options[] = {
  /**
   * GstVoiceOpenaiStt:mode:
   *
   * Over what the service hears.
   */
  {"mode", "Mode", "Over what it hears", G_TYPE_ENUM,
        G_STRUCT_OFFSET (OpenaiSttOptions, mode),
      .type_name = "GstVoiceOpenaiSttMode",.values = modes},
  /**
   * GstVoiceOpenaiStt:turn-detection:
   *
   * Who finds the end of what is said, with `mode=realtime`. With
   * `semantic-vad` it is also told as an end of turn. `none` needs a `vad`
   * before the element.
   */
  {"turn-detection", "Turn detection", "Who finds the end of what is said",
        G_TYPE_ENUM, G_STRUCT_OFFSET (OpenaiSttOptions, turn_detection),
      .type_name = "GstVoiceOpenaiSttTurnDetection",.values = detections},
  /**
   * GstVoiceOpenaiStt:eagerness:
   *
   * How soon `semantic-vad` takes something for finished.
   */
  {"eagerness", "Eagerness",
        "How soon semantic-vad takes something for finished", G_TYPE_ENUM,
        G_STRUCT_OFFSET (OpenaiSttOptions, eagerness),
      .type_name = "GstVoiceOpenaiSttEagerness",.values = eagernesses},
  /**
   * GstVoiceOpenaiStt:vad-threshold:
   *
   * How loud speech is for `server-vad`.
   */
  {"vad-threshold", "VAD threshold", "How loud speech is for server-vad",
      G_TYPE_DOUBLE, G_STRUCT_OFFSET (OpenaiSttOptions, threshold), 0, 1, 0.5},
  /**
   * GstVoiceOpenaiStt:vad-prefix:
   *
   * How much sound before an onset `server-vad` takes with it, in milliseconds.
   */
  {"vad-prefix", "VAD prefix",
        "How much sound before an onset server-vad takes, in ms", G_TYPE_UINT,
      G_STRUCT_OFFSET (OpenaiSttOptions, prefix), 0, 5000, 300},
  /**
   * GstVoiceOpenaiStt:vad-silence:
   *
   * After how much silence `server-vad` takes something for finished, in
   * milliseconds.
   */
  {"vad-silence", "VAD silence",
        "After how much silence something is finished for server-vad, in ms",
      G_TYPE_UINT, G_STRUCT_OFFSET (OpenaiSttOptions, silence), 0, 10000, 500},
  /**
   * GstVoiceOpenaiStt:renew-after:
   *
   * After how long another session is taken, once nobody speaks, in
   * milliseconds: the service ends old ones without a warning. 0 for never,
   * unless the service says when it will end.
   */
  {"renew-after", "Renew after",
        "After how long another session is taken, in ms, 0 for never",
        G_TYPE_UINT, G_STRUCT_OFFSET (OpenaiSttOptions, renew_after), 0,
      G_MAXINT, 600000},
};

G_STATIC_ASSERT (G_N_ELEMENTS (openai_stt_options) == OPENAI_STT_N_OPTIONS);

const gchar *
openai_stt_eagerness (gint eagerness)
{
  return eagernesses[eagerness].value_nick;
}
