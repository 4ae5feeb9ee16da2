/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-mixer.h"

#include <gst/base/gstbasesrc.h>

#define SPEECH_FEED_FRAME (20 * GST_MSECOND)
#define SPEECH_FEED_CAPS "audio/x-raw, format=(string)S16LE, " \
  "layout=(string)interleaved, channels=(int)1, " \
  "rate=(int){ 8000, 12000, 16000, 24000, 48000 }"

/* What a live source that hears people has within it: frames by the pipeline's
 * clock, of what comes in packets. */
typedef struct
{
  GstBaseSrc *src;              /* set once */

  /* lock */
  GMutex lock;
  SpeechMixer *mixer;           /* once the rate is known */
  gboolean flushing;
  GstClockID wait;

  /* streaming thread */
  guint rate, frame;
  gboolean begun;               /* a frame has gone, behind the segment */
  GstClockTime next;            /* running time of the next frame */
  GstClockTime wake;            /* and when it is due */
  guint untold;                 /* frames since the last `voice/network` */
} SpeechFeed;

void speech_feed_init (SpeechFeed * self, GstBaseSrc * src);
void speech_feed_clear (SpeechFeed * self);
void speech_feed_start (SpeechFeed * self);
void speech_feed_stop (SpeechFeed * self);

/* Any thread. */
void speech_feed_push (SpeechFeed * self, const gchar * voice,
    const RtpPacket * packet, gint64 now);
void speech_feed_remove (SpeechFeed * self, const gchar * voice);
void speech_feed_set_flushing (SpeechFeed * self, gboolean flushing);
GstStructure *speech_feed_get_stats (SpeechFeed * self);
GstStructure *speech_feed_describe_network (SpeechFeed * self, guint dropped);

/* Streaming thread. */
GstCaps *speech_feed_fixate (GstCaps * caps);
gboolean speech_feed_set_caps (SpeechFeed * self, GstCaps * caps);
gboolean speech_feed_wait (SpeechFeed * self, GstClock * clock);
void speech_feed_postpone (SpeechFeed * self);
GstBuffer *speech_feed_make (SpeechFeed * self, GstClock * clock);
gboolean speech_feed_network_is_due (SpeechFeed * self);
