/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage-queue.h"

G_BEGIN_DECLS

typedef struct
{
  /* set once in init */
  GstPad *sinkpad, *srcpad;
  GstVoiceAlarm *alarm;

  /* state changes only */
  GstVoiceSession *session;

  /* lock */
  GMutex lock;
  GCond cond;                   /* something to do, or room in the queue */
  StageQueue queue;
  GstClockTime lost;            /* dropped since the last report */
  gboolean leaking;
  GstVoiceFilter filter;
  GstVoiceMark current;         /* of the last `voice/speech` that came in */
  gboolean flushing, playing, live, ending;
  gboolean timed;               /* it has played, so there is a base time */
  GstFlowReturn src_flow;
  GstClockTime deadline[GST_VOICE_STAGE_TIMERS];
  gboolean alarm_due;
  GstVoiceToken *alarm_token;
  GThread *task_thread;

  /* task only */
  GstVoiceToken *token;         /* of what is being done */
  GstClockTime item_at;
  GstVoiceMark item_mark;
  GstSegment segment;           /* upstream's */
  GstClockTime position;        /* how far a stream that is not live has come */
  GstCaps *src_caps;
  gboolean need_caps, need_segment;
  GstClockTime last_end;
} GstVoiceStagePrivate;

G_GNUC_INTERNAL GstVoiceStagePrivate *gst_voice_stage_private (GstVoiceStage *
    stage);

#define PRIV(stage) (gst_voice_stage_private (stage))

G_END_DECLS
