/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-stt-wire.h"

#include <gst/gst.h>

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

/* The first property id that is free. */
#define OPENAI_STT_N_OPTIONS 8

void openai_stt_options_init (OpenaiSttOptions * options);

/* FALSE if there is no such property. */
gboolean openai_stt_options_set (OpenaiSttOptions * options, guint id,
    const GValue * value);
gboolean openai_stt_options_get (OpenaiSttOptions * options, guint id,
    GValue * value);
void openai_stt_options_install (GObjectClass * klass);

const gchar *openai_stt_eagerness (gint eagerness);
