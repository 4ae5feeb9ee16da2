/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#define LOAD_FRAME_TICKS 960    /* 20 ms at 48 kHz */

/* A packet of something said, ready to be sent. */
typedef struct
{
  GBytes *opus;
  guint frame;                  /* of 20 ms, from the begin */
  guint level;                  /* -dBov */
  gboolean voice, marker;
} LoadPacket;

/* Something said, from its first frame with voice on, with the silence after
 * it. */
typedef struct
{
  GArray *packets;              /* LoadPacket */
  guint last_voice;             /* frame */
  guint frames;
} LoadVoice;

LoadVoice *load_voice_say (const gchar * text);
LoadVoice *load_voice_play (const gchar * name);
LoadVoice *load_voice_tone (guint ms);
void load_voice_free (LoadVoice * voice);
GBytes *load_voice_rest (const LoadVoice * voice);
