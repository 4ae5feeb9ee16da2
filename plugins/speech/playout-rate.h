/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/audio/audio.h>

/* From the rates of synthesisers to the one rate of a call. */
typedef struct
{
  GstAudioConverter *converter; /* NULL: they are the same */
  guint in_rate;
  GArray *converted;
} PlayoutRate;

void playout_rate_init (PlayoutRate * rate);
void playout_rate_clear (PlayoutRate * rate);
void playout_rate_reset (PlayoutRate * rate);
guint playout_rate_choose (GstPad * srcpad);
void playout_rate_set_input (PlayoutRate * rate, GstEvent * caps,
    guint out_rate);
const gint16 *playout_rate_convert (PlayoutRate * rate, gpointer samples,
    gsize * n);
GArray *playout_rate_flush (PlayoutRate * rate);
