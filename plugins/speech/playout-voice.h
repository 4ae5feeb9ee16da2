/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "playout-level.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define PLAYOUT_VOICE_STEPS 10

/* What is still to be told of how loud the agent is. */
typedef struct
{
  PlayoutLevel level;
  gchar levels[PLAYOUT_VOICE_STEPS + 1];
  guint n;
  GstClockTime from;
} PlayoutVoice;

void playout_voice_init (PlayoutVoice * voice, guint rate);
void playout_voice_frame (PlayoutVoice * voice, GstPad * sinkpad,
    GstClockTime at, const gint16 * frame, guint n);

G_END_DECLS
