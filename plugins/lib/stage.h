/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/filter.h>
#include <gst-voice/session.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceStage:
 *
 * The base of every element whose answer is not the immediate result of its
 * input: recognisers, `turn`, language models, synthesisers.
 *
 * A stage has a bounded queue at its sink pad and one task at its source pad.
 * Everything a subclass does happens in that task, one thing at a time:
 * buffers and serialized events in their order, jobs that other threads have
 * posted, timers. So a subclass needs no lock for its own state. Only what is
 * out of band or upstream is handled in the thread that sends it.
 *
 * The output is desynchronised: it is stamped with the time at which it is
 * pushed, upstream's SEGMENT and GAPs are kept until caps are known, and what
 * an interruption has made obsolete is dropped on the way in and on the way
 * out, however late it comes.
 */
#define GST_TYPE_VOICE_STAGE (gst_voice_stage_get_type ())
GST_VOICE_API
G_DECLARE_DERIVABLE_TYPE (GstVoiceStage, gst_voice_stage, GST, VOICE_STAGE,
    GstElement)

/**
 * GstVoiceStageClass:
 * @max_buffers: how many buffers wait at the most
 * @max_bytes: how many bytes of buffers wait at the most
 * @leaky: on a live stream the oldest buffer is dropped when the queue is
 *   full; otherwise, and on files, the sender waits
 * @hears: it is on the caller's side of `turn`: interruptions do not concern
 *   it, and on a stream that is not live its time is that of the input
 * @keeps_turns: turns pass although they are obsolete, since they belong into
 *   the conversation; gst_voice_stage_is_obsolete() then tells
 * @rank: of the stage's timers in simulated time
 * @start: READY→PAUSED. Must not block
 * @stop: PAUSED→READY, when the task has ended
 * @set_caps: in the task: the format of the input has changed
 * @input: in the task: (transfer full) the next buffer
 * @event: in the task: the next serialized event that is not CAPS, SEGMENT or
 *   EOS. Returns whether it is consumed and thus not passed on
 * @timer: in the task: a timer has come due
 * @drain: in the task: EOS has come. Returns whether it may be passed on; if
 *   not, gst_voice_stage_drained() does it later
 * @oob: in any thread: an out-of-band event has come. Returns whether it is
 *   consumed. Must not block
 * @upstream: in any thread: an upstream `voice/` event has come. Returns
 *   whether it is consumed. Must not block
 * @interrupt: in any thread: what @event (`voice/interrupt` or
 *   `voice/withdraw`) makes obsolete is to be cancelled. Must not block
 * @query: in any thread: a query from upstream. Returns whether it is answered
 * @src_query: in any thread: a query from downstream, likewise
 */
struct _GstVoiceStageClass
{
  GstElementClass parent_class;

  guint max_buffers;
  gsize max_bytes;
  gboolean leaky;
  gboolean hears;
  gboolean keeps_turns;
  GstVoiceAlarmRank rank;

  gboolean (*start) (GstVoiceStage * stage, GError ** error);
  void (*stop) (GstVoiceStage * stage);
  gboolean (*set_caps) (GstVoiceStage * stage, GstCaps * caps);
  GstFlowReturn (*input) (GstVoiceStage * stage, GstBuffer * buffer);
  gboolean (*event) (GstVoiceStage * stage, GstEvent * event);
  void (*timer) (GstVoiceStage * stage, guint id);
  gboolean (*drain) (GstVoiceStage * stage);
  gboolean (*oob) (GstVoiceStage * stage, GstEvent * event);
  gboolean (*upstream) (GstVoiceStage * stage, GstEvent * event);
  void (*interrupt) (GstVoiceStage * stage, GstEvent * event);
  gboolean (*query) (GstVoiceStage * stage, GstQuery * query);
  gboolean (*src_query) (GstVoiceStage * stage, GstQuery * query);
};

#define GST_VOICE_STAGE_TIMERS 4

/**
 * GstVoiceStageFunc:
 * @stage: the stage
 * @data: what gst_voice_stage_post() was given
 *
 * A job; called in the stage's task.
 */
typedef void (*GstVoiceStageFunc) (GstVoiceStage * stage, gpointer data);

GST_VOICE_API GstPad *gst_voice_stage_sink_pad (GstVoiceStage * stage);
GST_VOICE_API GstPad *gst_voice_stage_src_pad (GstVoiceStage * stage);
GST_VOICE_API GstVoiceSession *gst_voice_stage_session (GstVoiceStage *
    stage);

GST_VOICE_API const gchar *gst_voice_stage_provider (GstVoiceStage * stage);

GST_VOICE_API gboolean gst_voice_stage_post (GstVoiceStage * stage,
    GstVoiceStageFunc func, gpointer data, GDestroyNotify destroy);
GST_VOICE_API gboolean gst_voice_stage_post_event (GstVoiceStage * stage,
    GstEvent * event);
GST_VOICE_API gboolean gst_voice_stage_in_task (GstVoiceStage * stage);
GST_VOICE_API void gst_voice_stage_set_timer (GstVoiceStage * stage, guint id,
    GstClockTime running_time);

GST_VOICE_API gboolean gst_voice_stage_is_simulated (GstVoiceStage * stage);
GST_VOICE_API gboolean gst_voice_stage_is_live (GstVoiceStage * stage);
GST_VOICE_API GstClockTime gst_voice_stage_now (GstVoiceStage * stage);
GST_VOICE_API GstClockTime gst_voice_stage_item_time (GstVoiceStage * stage);
GST_VOICE_API GstClockTime gst_voice_stage_running_time (GstVoiceStage *
    stage, GstBuffer * buffer);
GST_VOICE_API gboolean gst_voice_stage_is_obsolete (GstVoiceStage * stage,
    const GstVoiceMark * mark);
GST_VOICE_API guint gst_voice_stage_generation (GstVoiceStage * stage);
GST_VOICE_API void gst_voice_stage_item_mark (GstVoiceStage * stage,
    GstVoiceMark * mark);

GST_VOICE_API void gst_voice_stage_set_src_caps (GstVoiceStage * stage,
    GstCaps * caps);
GST_VOICE_API GstFlowReturn gst_voice_stage_push (GstVoiceStage * stage,
    GstBuffer * buffer);
GST_VOICE_API void gst_voice_stage_push_gap (GstVoiceStage * stage,
    GstClockTime start, GstClockTime duration);
GST_VOICE_API gboolean gst_voice_stage_push_event (GstVoiceStage * stage,
    GstVoiceCarrier carrier, GstStructure * structure);
GST_VOICE_API void gst_voice_stage_drained (GstVoiceStage * stage);

GST_VOICE_API void gst_voice_stage_report (GstVoiceStage * stage,
    GstStructure * structure);
GST_VOICE_API void gst_voice_stage_fail (GstVoiceStage * stage,
    GError * error);

G_END_DECLS
