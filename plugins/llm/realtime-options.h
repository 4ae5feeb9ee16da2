/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-realtime-wire.h"

#include <gst-voice/provider.h>

G_BEGIN_DECLS

/* The properties of openairealtime, but for those that others have too. */
typedef struct
{
  gint turns;                   /* of OpenaiRealtimeTurns */
  gint eagerness;
  gdouble threshold, speed;
  guint prefix, silence;        /* ms */
  gboolean interrupts, beta;
  guint max_tokens;
  guint renew_after;            /* ms, 0: never */
  gchar *transcription, *tool_choice, *extra;
  JsonNode *more;               /* nullable: of extra */
} RealtimeOptions;

#define REALTIME_N_OPTIONS 13

extern const GstVoiceOption realtime_options[REALTIME_N_OPTIONS];

const gchar *realtime_options_eagerness (gint eagerness);
/* @model: the property; NULL is the usual one, an empty text is none */
const gchar *realtime_options_transcription (const gchar * model);

G_END_DECLS
