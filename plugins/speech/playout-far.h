/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What `playout` knows of the far end, which hears what is played. */
typedef struct
{
  gboolean open;                /* a speech may begin */
  GstClockTime delay;           /* so much later it is heard */
} PlayoutFarState;

typedef struct
{
  GMutex lock;
  PlayoutFarState now, told;    /* as it is, and as upstream knows it */
  guint events;
  gboolean telling;
} PlayoutFar;

void playout_far_init (PlayoutFar * far);
void playout_far_clear (PlayoutFar * far);
void playout_far_reset (PlayoutFar * far);
PlayoutFarState playout_far_get (PlayoutFar * far);
void playout_far_take (PlayoutFar * far, const GstStructure * event);
void playout_far_ask (PlayoutFar * far, GstPad * srcpad);
void playout_far_tell (PlayoutFar * far, GstPad * sinkpad);
