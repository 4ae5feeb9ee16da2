/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "playout-core.h"

#include <gst-voice/session.h>
#include <gst/gst.h>

/* Who tells what was heard, and to whom. */
typedef struct
{
  GstElement *element;
  GstPad *sinkpad, *srcpad;
  GstVoiceSession *session;
  guint rate;
} PlayoutMouth;

void playout_tell (const PlayoutMouth * mouth, const PlayoutNote * note);
