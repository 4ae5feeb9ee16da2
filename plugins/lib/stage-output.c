/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a stage gives: sticky events and times of its own, buffers that are not
 * obsolete, events, reports and errors.
 *
 * Threads: the stage's task, unless said otherwise. Locks: `lock`, see stage.c.
 */
#include "error.h"
#include "stage-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_voice_stage_debug);
#define GST_CAT_DEFAULT gst_voice_stage_debug

/**
 * gst_voice_stage_set_src_caps:
 * @stage: a stage; to be called in the task
 * @caps: the format of the output from now on
 */
void
gst_voice_stage_set_src_caps (GstVoiceStage * stage, GstCaps * caps)
{
  GstVoiceStagePrivate *priv = PRIV (stage);

  if (priv->src_caps && gst_caps_is_equal (priv->src_caps, caps))
    return;
  gst_caps_replace (&priv->src_caps, caps);
  priv->need_caps = TRUE;
}

/* The sticky events that must be there before data. */
static void
announce (GstVoiceStage * self)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstEvent *event = gst_pad_get_sticky_event (priv->srcpad,
      GST_EVENT_STREAM_START, 0);
  GstSegment segment;
  gchar *id;

  if (event) {
    gst_event_unref (event);
  } else {
    id = gst_pad_create_stream_id (priv->srcpad, GST_ELEMENT (self), NULL);
    gst_pad_push_event (priv->srcpad, gst_event_new_stream_start (id));
    g_free (id);
  }
  if (priv->need_caps && priv->src_caps) {
    priv->need_caps = FALSE;
    gst_pad_push_event (priv->srcpad, gst_event_new_caps (priv->src_caps));
  }
  if (priv->need_segment) {
    priv->need_segment = FALSE;
    gst_segment_init (&segment, GST_FORMAT_TIME);
    gst_pad_push_event (priv->srcpad, gst_event_new_segment (&segment));
  }
}

static void
stamp (GstVoiceStage * self, GstBuffer * buffer)
{
  GstVoiceStagePrivate *priv = PRIV (self);
  GstClockTime pts = MAX (priv->last_end, gst_voice_stage_now (self));

  if (pts > priv->last_end)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  if (!GST_BUFFER_DURATION_IS_VALID (buffer))
    GST_BUFFER_DURATION (buffer) = 0;
  priv->last_end = pts + GST_BUFFER_DURATION (buffer);
}

/**
 * gst_voice_stage_push:
 * @stage: a stage; to be called in the task
 * @buffer: (transfer full): output. Its meta says to what it belongs; without
 *   one it gets none
 *
 * Stamps the buffer with the time and pushes it, unless it has become
 * obsolete.
 *
 * Returns: what downstream said; %GST_FLOW_OK if it was dropped
 */
GstFlowReturn
gst_voice_stage_push (GstVoiceStage * stage, GstBuffer * buffer)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  GstVoiceMark mark;
  GstFlowReturn flow;

  gst_voice_mark_buffer (&mark, buffer, &priv->item_mark);
  if (gst_voice_stage_is_obsolete (stage, &mark)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  announce (stage);
  buffer = gst_buffer_make_writable (buffer);
  stamp (stage, buffer);
  gst_voice_token_ride (priv->token, buffer);
  flow = gst_pad_push (priv->srcpad, buffer);
  if (flow != GST_FLOW_OK) {
    g_mutex_lock (&priv->lock);
    priv->src_flow = flow;
    g_cond_broadcast (&priv->cond);
    g_mutex_unlock (&priv->lock);
    GST_DEBUG_OBJECT (stage, "downstream says %s", gst_flow_get_name (flow));
  }
  /* Whoever returns ERROR has posted one. */
  if (flow == GST_FLOW_NOT_LINKED)
    GST_ELEMENT_FLOW_ERROR (stage, flow);
  return flow;
}

/**
 * gst_voice_stage_push_gap:
 * @stage: a stage; to be called in the task
 * @start: running time
 * @duration: for how long there was nothing to push
 */
void
gst_voice_stage_push_gap (GstVoiceStage * stage, GstClockTime start,
    GstClockTime duration)
{
  GstVoiceStagePrivate *priv = PRIV (stage);

  announce (stage);
  gst_pad_push_event (priv->srcpad, gst_event_new_gap (start, duration));
}

/**
 * gst_voice_stage_push_event:
 * @stage: a stage; in the task if @carrier is %GST_VOICE_ORDERED
 * @carrier: how to send it
 * @structure: (transfer full): of the table of events
 *
 * Returns: whether somebody took it
 */
gboolean
gst_voice_stage_push_event (GstVoiceStage * stage, GstVoiceCarrier carrier,
    GstStructure * structure)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  GstVoiceToken *token = carrier == GST_VOICE_ORDERED ? priv->token : NULL;
  GstEvent *event = gst_voice_event_new (carrier, token, structure);

  return gst_pad_push_event (carrier == GST_VOICE_UPSTREAM ? priv->sinkpad :
      priv->srcpad, event);
}

/**
 * gst_voice_stage_drained:
 * @stage: a stage whose `drain` returned %FALSE; to be called in the task
 *
 * Passes EOS on.
 */
void
gst_voice_stage_drained (GstVoiceStage * stage)
{
  GST_DEBUG_OBJECT (stage, "end of stream");
  gst_pad_push_event (PRIV (stage)->srcpad, gst_event_new_eos ());
}

/**
 * gst_voice_stage_report:
 * @stage: a stage in READY or above
 * @structure: (transfer full): of the table of events
 *
 * gst_voice_session_report() for a stage.
 */
void
gst_voice_stage_report (GstVoiceStage * stage, GstStructure * structure)
{
  gst_voice_session_report (PRIV (stage)->session, GST_ELEMENT (stage),
      structure);
}

/**
 * gst_voice_stage_fail:
 * @stage: a stage that cannot go on
 * @error: (transfer full): why
 *
 * Posts the error; upstream gets %GST_FLOW_ERROR from now on.
 */
void
gst_voice_stage_fail (GstVoiceStage * stage, GError * error)
{
  GstVoiceStagePrivate *priv = PRIV (stage);
  GstElementFactory *factory = gst_element_get_factory (GST_ELEMENT (stage));

  gst_voice_error_post (GST_ELEMENT (stage), error,
      factory ? GST_OBJECT_NAME (factory) : NULL, 0, NULL, TRUE);
  g_error_free (error);
  g_mutex_lock (&priv->lock);
  priv->src_flow = GST_FLOW_ERROR;
  g_cond_broadcast (&priv->cond);
  g_mutex_unlock (&priv->lock);
}
