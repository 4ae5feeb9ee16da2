/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of openairealtime, but for those that others have too.
 *
 * Threads: any. Locks: none.
 */
#include "realtime-options.h"

#define AT(field) G_STRUCT_OFFSET (RealtimeOptions, field)

static const GEnumValue detections[] = {
  {OPENAI_REALTIME_SERVER_VAD, "The service, by the sound", "server"},
  {OPENAI_REALTIME_SEMANTIC_VAD, "The service, by what is said", "semantic"},
  {OPENAI_REALTIME_OWN_TURNS, "vad and turn, here", "own"},
  {0, NULL, NULL}
};

static const GEnumValue eagernesses[] = {
  {0, "As the service has it", "auto"},
  {1, "Waits longest", "low"},
  {2, "In between", "medium"},
  {3, "Answers soonest", "high"},
  {0, NULL, NULL}
};

const GstVoiceOption realtime_options[REALTIME_N_OPTIONS] = {
  {"turn-detection", "Turn detection",
        "Who finds that the caller has finished, and stops the agent",
        G_TYPE_ENUM, AT (turns),.usual = OPENAI_REALTIME_SERVER_VAD,
        .type_name = "GstVoiceOpenaiRealtimeTurnDetection",
      .values = detections},
  {"eagerness", "Eagerness",
        "How soon turn-detection=semantic takes something for finished",
      G_TYPE_ENUM, AT (eagerness),.type_name =
        "GstVoiceOpenaiRealtimeEagerness",.values = eagernesses},
  {"vad-threshold", "VAD threshold",
        "How loud speech is for turn-detection=server", G_TYPE_DOUBLE,
      AT (threshold), 0, 1, 0.5},
  {"vad-prefix", "VAD prefix",
        "How much sound before an onset turn-detection=server takes, in ms",
      G_TYPE_UINT, AT (prefix), 0, 5000, 300},
  {"vad-silence", "VAD silence", "After how much silence "
        "turn-detection=server takes something for finished, in ms",
      G_TYPE_UINT, AT (silence), 0, 10000, 500},
  {"interrupt-response", "Interrupt response", "Whether the service stops its "
        "answer as soon as it hears the caller; otherwise the turn within "
        "decides", G_TYPE_BOOLEAN, AT (interrupts),.usual = TRUE},
  {"transcription-model", "Transcription model", "What writes down the "
        "caller's words, such as gpt-4o-mini-transcribe, which it is unless "
        "set; empty for nothing, and then the record has none",
      G_TYPE_STRING, AT (transcription)},
  {"speed", "Speed", "How fast the agent speaks", G_TYPE_DOUBLE, AT (speed),
      0.25, 1.5, 1},
  {"max-tokens", "Maximum tokens",
        "How long an answer may be, 0 for the service's default", G_TYPE_UINT,
      AT (max_tokens), 0, 4096, 0},
  {"tool-choice", "Tool choice", "Whether the model calls tools: auto, none or "
        "required", G_TYPE_STRING, AT (tool_choice)},
  {"beta", "Beta", "Whether the service wants the beta's form of a session, as "
        "Azure's older addresses and many others do; only that has a "
        "temperature", G_TYPE_BOOLEAN, AT (beta)},
  /* A session ends after an hour, without a warning. */
  {"renew-after", "Renew after", "How old a session becomes before it is made "
        "anew when nobody speaks, in ms; 0 for never", G_TYPE_UINT,
      AT (renew_after), 0, G_MAXINT, 50 * 60 * 1000},
  {"extra", "Extra", "A JSON object whose members go into the session, over "
        "ours; one that is null takes ours out", G_TYPE_STRING, AT (extra),
      .object = AT (more)},
};

const gchar *
realtime_options_eagerness (gint eagerness)
{
  return eagernesses[eagerness].value_nick;
}

const gchar *
realtime_options_transcription (const gchar * model)
{
  return model ? model : "gpt-4o-mini-transcribe";
}
