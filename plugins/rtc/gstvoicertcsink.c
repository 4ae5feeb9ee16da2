/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-voicertcsink
 * @title: voicertcsink
 *
 * Speaks to somebody who calls by WebRTC: sends what comes in packets of 20 ms
 * of Opus, at the pace at which it comes. Upstream is live (`playout` is). The
 * offer is taken by a `voicertcsrc` of the same pipeline, see there.
 *
 * It answers the query `voice/far` and sends the event `voice/far` upstream: a
 * speech may begin when there is a path to the caller, and is heard half a
 * round trip later. Each 10 s it posts `voice/network`. See docs/events.md.
 *
 * ## Example
 * |[
 * pipeline = gst_parse_launch ("voicertcsrc name=caller ! "
 *     "voiceagent persona=clinic.json ! voicertcsink bitrate=32000", &error);
 * ]|
 */
/*
 * Threads: the streaming thread encodes; what is known of the other side comes
 * on the network thread.
 * Locks: `lock` guards what both touch; it is above the outlet's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstvoicertcsink.h"
#include "rtc-call.h"
#include "speech-feed.h"
#include "speech-outlet.h"

#include <gst-voice/events.h>
#include <gst-voice/session.h>

GST_DEBUG_CATEGORY_STATIC (voicertcsink_debug);
#define GST_CAT_DEFAULT voicertcsink_debug


struct _GstVoiceRtcSink
{
  GstBaseSink parent;

  /* state changes only */
  RtcCall *call;
  GstVoiceSession *session;

  SpeechOutlet outlet;          /* has its own lock, below ours */

  /* lock */
  GMutex lock;
  gboolean connected;
  gint64 half_round_trip;
  gdouble loss;

  /* streaming thread */
};

enum
{
  PROP_OUTLET = 1,              /* and the others of SpeechOutlet */
  PROP_STATS = PROP_OUTLET + SPEECH_OUTLET_N_PROPS,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (SPEECH_FEED_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceRtcSink, gst_voice_rtc_sink,
    GST_TYPE_BASE_SINK, GST_DEBUG_CATEGORY_INIT (voicertcsink_debug,
        "voicertcsink", 0, "an agent's voice by WebRTC"));
GST_ELEMENT_REGISTER_DEFINE (voicertcsink, "voicertcsink", GST_RANK_NONE,
    GST_TYPE_VOICE_RTC_SINK);

static void
check_far_locked (GstVoiceRtcSink * self)
{
  speech_outlet_set_far (&self->outlet, self->connected, self->half_round_trip);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  GstVoiceRtcSink *self = data;

  g_mutex_lock (&self->lock);
  self->connected = state == RTC_CONNECTED;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_delay (gpointer data, gint64 half_round_trip, gdouble loss)
{
  GstVoiceRtcSink *self = data;

  g_mutex_lock (&self->lock);
  self->half_round_trip = half_round_trip;
  self->loss = loss;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static const RtcCallListener listener = {
  .state = on_state,
  .delay = on_delay,
};

static gboolean
sink_event (GstBaseSink * sink, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    speech_outlet_finish (&GST_VOICE_RTC_SINK (sink)->outlet);
  return GST_BASE_SINK_CLASS (gst_voice_rtc_sink_parent_class)->event (sink,
      event);
}

static gboolean
sink_query (GstBaseSink * sink, GstQuery * query)
{
  return speech_outlet_answer (&GST_VOICE_RTC_SINK (sink)->outlet, query)
      || GST_BASE_SINK_CLASS (gst_voice_rtc_sink_parent_class)->query (sink,
      query);
}

static void
send_packet (gpointer data, const SpeechPacket * packet)
{
  rtc_call_send (((GstVoiceRtcSink *) data)->call, packet->payload,
      packet->size, packet->timestamp, packet->level, packet->voice,
      packet->marker);
}

static gboolean
set_caps (GstBaseSink * sink, GstCaps * caps)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (sink);

  return speech_outlet_set_caps (&self->outlet, caps, send_packet, self);
}

static void
tell_network (GstVoiceRtcSink * self)
{
  RtcCallStats stats;

  rtc_call_get_stats (self->call, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      speech_outlet_describe_network (stats.sent, stats.round_trip,
          stats.loss));
}

static GstFlowReturn
render (GstBaseSink * sink, GstBuffer * buffer)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (sink);
  gboolean connected, silence;
  gdouble loss;

  g_mutex_lock (&self->lock);
  connected = self->connected;
  loss = self->loss;
  g_mutex_unlock (&self->lock);
  if (!speech_outlet_take (&self->outlet, buffer, connected, loss, &silence))
    return GST_FLOW_ERROR;
  if (speech_outlet_network_is_due (&self->outlet))
    tell_network (self);
  return GST_FLOW_OK;
}

static gboolean
start (GstBaseSink * sink)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (sink);

  self->connected = FALSE;
  self->half_round_trip = 0;
  self->loss = -1;
  speech_outlet_start (&self->outlet);
  rtc_call_listen (self->call, RTC_CALL_SINK, &listener, self);
  return TRUE;
}

static gboolean
stop (GstBaseSink * sink)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (sink);

  rtc_call_unlisten (self->call, RTC_CALL_SINK);
  tell_network (self);
  speech_outlet_stop (&self->outlet);
  return TRUE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    self->session = gst_voice_session_obtain (element);
    self->call = rtc_call_obtain (element);
  }
  ret = GST_ELEMENT_CLASS (gst_voice_rtc_sink_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    g_clear_object (&self->call);
    g_clear_object (&self->session);
  }
  return ret;
}

static GstStructure *
get_stats (GstVoiceRtcSink * self)
{
  GstStructure *stats;

  g_mutex_lock (&self->lock);
  stats = gst_structure_new ("stats",
      "connected", G_TYPE_BOOLEAN, self->connected,
      "delay", GST_TYPE_CLOCK_TIME, self->outlet.delay,
      "loss", G_TYPE_DOUBLE, self->loss, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (object);

  GST_OBJECT_LOCK (self);
  speech_outlet_set (&self->outlet, id - PROP_OUTLET, value);
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  speech_outlet_get (&self->outlet, id - PROP_OUTLET, value);
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceRtcSink *self = GST_VOICE_RTC_SINK (object);

  speech_outlet_clear (&self->outlet);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_rtc_sink_parent_class)->finalize (object);
}

static void
gst_voice_rtc_sink_class_init (GstVoiceRtcSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  speech_outlet_install (object_class, PROP_OUTLET);
  /**
   * GstVoiceRtcSink:stats:
   *
   * How it stands with the path to the caller.
   */
  g_object_class_install_property (object_class, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "How it stands with the path to the caller", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  base_class->start = GST_DEBUG_FUNCPTR (start);
  base_class->stop = GST_DEBUG_FUNCPTR (stop);
  base_class->set_caps = GST_DEBUG_FUNCPTR (set_caps);
  base_class->event = GST_DEBUG_FUNCPTR (sink_event);
  base_class->query = GST_DEBUG_FUNCPTR (sink_query);
  base_class->render = GST_DEBUG_FUNCPTR (render);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "WebRTC voice",
      "Sink/Audio/Network", "Speaks to a caller by WebRTC", "gst-voice");
}

static void
gst_voice_rtc_sink_init (GstVoiceRtcSink * self)
{
  speech_outlet_init (&self->outlet, GST_BASE_SINK (self));
  g_mutex_init (&self->lock);
}
