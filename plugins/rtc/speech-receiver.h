/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "jitter-core.h"
#include "rtp-packet.h"

#include <gio/gio.h>

/* Somebody's speech: packets of Opus go in whenever they come, samples come
 * out whenever they are asked for. */
typedef struct _SpeechReceiver SpeechReceiver;

typedef struct
{
  JitterStats jitter;
  guint64 cut;                  /* samples: the asker's clock is slow */
  guint64 lacking;              /* samples of silence: it is fast */
  guint64 damaged;              /* packets that Opus did not take */
} SpeechReceiverStats;

SpeechReceiver *speech_receiver_new (guint rate, gint64 min_delay,
    gint64 max_delay, gint64 wide_delay, GError ** error);
void speech_receiver_free (SpeechReceiver * self);
void speech_receiver_push (SpeechReceiver * self, const RtpPacket * packet,
    gint64 now);
gboolean speech_receiver_pull (SpeechReceiver * self, gint64 now,
    gint16 * samples, guint n);
gint64 speech_receiver_deadline (SpeechReceiver * self);
void speech_receiver_get_stats (SpeechReceiver * self,
    SpeechReceiverStats * stats);
