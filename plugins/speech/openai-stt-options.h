/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-stt-wire.h"

#include <gst-voice/provider.h>

typedef enum
{
  OPENAI_STT_REALTIME,
  OPENAI_STT_SEGMENTS,
} OpenaiSttMode;

/* The properties of openaistt, but for those that others have too. */
typedef struct
{
  OpenaiSttMode mode;
  OpenaiSttVad turn_detection;
  gint eagerness;
  gdouble threshold;
  guint prefix, silence;        /* ms */
  guint renew_after;            /* ms, 0: never */
} OpenaiSttOptions;

#define OPENAI_STT_N_OPTIONS 7
extern const GstVoiceOption openai_stt_options[OPENAI_STT_N_OPTIONS];

const gchar *openai_stt_eagerness (gint eagerness);
