/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-sender.h"

#include <gst/base/gstbasesink.h>

/* What a sink that speaks to people has within it: sound at the pace at which
 * it comes, as packets of Opus; and what it tells upstream of the other side's
 * ear (`voice/far`). */
typedef struct
{
  GstBaseSink *sink;            /* set once */

  /* the sink's object lock */
  guint bitrate, complexity;
  gboolean fec, dtx;

  /* lock */
  GMutex lock;
  gboolean open, told_open;
  GstClockTime delay, told_delay;
  gboolean telling;

  /* streaming thread */
  guint rate;
  SpeechSender *sender;
  GstClockTime expected;        /* running time of the next sample, or none */
  gdouble set_loss;
  GstClockTime network_at;      /* running time of the next message */
} SpeechOutlet;

/* Properties; add the number of the first one. */
enum
{
  SPEECH_OUTLET_BITRATE,
  SPEECH_OUTLET_COMPLEXITY,
  SPEECH_OUTLET_FEC,
  SPEECH_OUTLET_DTX,
  SPEECH_OUTLET_N_PROPS
};

void speech_outlet_install (GObjectClass * klass, guint first);

void speech_outlet_init (SpeechOutlet * self, GstBaseSink * sink);
void speech_outlet_clear (SpeechOutlet * self);
void speech_outlet_start (SpeechOutlet * self);
void speech_outlet_stop (SpeechOutlet * self);

/* With the sink's object lock. */
void speech_outlet_set (SpeechOutlet * self, guint property,
    const GValue * value);
void speech_outlet_get (SpeechOutlet * self, guint property, GValue * value);

/* Any thread. */
void speech_outlet_set_far (SpeechOutlet * self, gboolean open,
    gint64 half_round_trip);
gboolean speech_outlet_answer (SpeechOutlet * self, GstQuery * query);

/* Streaming thread. */
gboolean speech_outlet_set_caps (SpeechOutlet * self, GstCaps * caps,
    SpeechPacketFunc send, gpointer data);
gboolean speech_outlet_take (SpeechOutlet * self, GstBuffer * buffer,
    gboolean sends, gdouble loss, gboolean * silence);
gboolean speech_outlet_network_is_due (SpeechOutlet * self);
void speech_outlet_finish (SpeechOutlet * self);

GstStructure *speech_outlet_describe_network (guint64 sent, gint64 round_trip,
    gdouble loss);
