/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-voicertcsrc
 * @title: voicertcsrc
 *
 * Hears somebody who calls by WebRTC without a server between, such as a page
 * in a browser: takes an offer, answers it (the message `voice/answer`), and
 * gives out the voice in frames of 20 ms by the pipeline's clock, silence while
 * nothing is said. Opus is decoded to whatever rate downstream wants.
 *
 * Signalling is the application's: it sets #GstVoiceRtcSrc:offer in NULL and
 * hands over the answer, which has all candidates. A `voicertcsink` of the same
 * pipeline speaks to the same caller; it finds the call by the context
 * `gst.voice.rtc.call`. The stream ends when the caller has left, could not be
 * reached, or #GstVoiceRtcSrc::leave was emitted.
 *
 * It sends `voice/disconnected` downstream, and posts this, `voice/answer`,
 * `voice/peer` and each 10 s `voice/network`. See docs/events.md.
 *
 * ## Example
 * |[
 * pipeline = gst_parse_launch ("voicertcsrc name=caller ! "
 *     "voiceagent persona=clinic.json ! voicertcsink", &error);
 * g_object_set (caller, "offer", offer, NULL);
 * gst_element_set_state (pipeline, GST_STATE_PLAYING);
 * ]|
 */
/*
 * Threads: the streaming thread makes frames and tells what has happened; what
 * happens comes on the network thread, which only takes note; a worker of
 * GStreamer's pool posts the answer.
 * Locks: `lock` guards what both touch. Nothing is called with it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "gstvoicertcsrc.h"
#include "rtc-call.h"
#include "rtc-description.h"
#include "rtc-preload.h"
#include "speech-feed.h"

#include <gst-voice/events.h>
#include <gst-voice/preload.h>
#include <gst-voice/session.h>

GST_DEBUG_CATEGORY_STATIC (voicertcsrc_debug);
#define GST_CAT_DEFAULT voicertcsrc_debug

#define VOICE ""                /* the only one */

struct _GstVoiceRtcSrc
{
  GstPushSrc parent;

  /* object lock */
  gchar *offer, *stun_server;
  guint min_port, max_port;
  gboolean loopback;

  /* state changes only */
  RtcCall *call;
  GstVoiceSession *session;

  SpeechFeed feed;              /* has its own lock */

  /* lock */
  GMutex lock;
  gchar *answer;                /* until it is posted */
  gboolean connected, told;
  gboolean over;                /* EOS when that is told */
  const gchar *end;             /* the state by which it is over */
  gchar *why;

  /* streaming thread */
};

enum
{
  PROP_OFFER = 1,
  PROP_STUN_SERVER,
  PROP_MIN_PORT,
  PROP_MAX_PORT,
  PROP_LOOPBACK,
  PROP_STATS,
};

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS (SPEECH_FEED_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceRtcSrc, gst_voice_rtc_src,
    GST_TYPE_PUSH_SRC, GST_DEBUG_CATEGORY_INIT (voicertcsrc_debug,
        "voicertcsrc", 0, "a caller by WebRTC"));
GST_ELEMENT_REGISTER_DEFINE (voicertcsrc, "voicertcsrc", GST_RANK_NONE,
    GST_TYPE_VOICE_RTC_SRC);

static void
post_answer (GstElement * element, gpointer unused)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (element);
  gchar *answer;

  g_mutex_lock (&self->lock);
  answer = g_steal_pointer (&self->answer);
  g_mutex_unlock (&self->lock);
  if (answer)
    gst_element_post_message (element,
        gst_message_new_element (GST_OBJECT (element),
            gst_voice_structure_new ("answer", "sdp", answer, NULL)));
  g_free (answer);
}

static void
on_answer (gpointer data, const gchar * sdp)
{
  GstVoiceRtcSrc *self = data;

  g_mutex_lock (&self->lock);
  g_free (self->answer);
  self->answer = g_strdup (sdp);
  g_mutex_unlock (&self->lock);
  gst_element_call_async (GST_ELEMENT (self), post_answer, NULL, NULL);
}

static void
end_locked (GstVoiceRtcSrc * self, const gchar * state, const gchar * why)
{
  if (self->over)
    return;
  self->over = TRUE;
  self->end = state;
  self->why = g_strdup (why);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  GstVoiceRtcSrc *self = data;

  g_mutex_lock (&self->lock);
  if (state == RTC_CONNECTED)
    self->connected = TRUE;
  else
    end_locked (self, state == RTC_CLOSED ? "closed" : "lost",
        error ? error->message : "");
  g_mutex_unlock (&self->lock);
}

static void
on_audio (gpointer data, const RtpPacket * packet, gint64 now)
{
  speech_feed_push (&((GstVoiceRtcSrc *) data)->feed, VOICE, packet, now);
}

static const RtcCallListener listener = {
  .answer = on_answer,
  .state = on_state,
  .audio = on_audio,
};

static GstClockTime
time_or_none (gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime) time;
}

static void
tell_peer (GstVoiceRtcSrc * self, const gchar * state, const gchar * why)
{
  RtcCallStats stats;

  rtc_call_get_stats (self->call, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("peer", "state", state, "reason", why,
          "connect", time_or_none (stats.connect), "first-packet",
          time_or_none (stats.first_packet), NULL));
}

static void
tell_network (GstVoiceRtcSrc * self)
{
  RtcCallStats stats;

  rtc_call_get_stats (self->call, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      speech_feed_describe_network (&self->feed, stats.dropped));
}

static void
tell_end (GstVoiceRtcSrc * self, const gchar * state, const gchar * why)
{
  GstStructure *structure = gst_voice_structure_new ("disconnected", "reason",
      state, NULL);

  tell_peer (self, state, why);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_structure_copy (structure));
  gst_pad_push_event (GST_BASE_SRC_PAD (self),
      gst_voice_event_new (GST_VOICE_OOB, NULL, structure));
}

/* Tells what has happened. FALSE: that was the end. */
static gboolean
tell_all (GstVoiceRtcSrc * self)
{
  gboolean over, connected;

  g_mutex_lock (&self->lock);
  over = self->over;
  connected = self->connected && !self->told;
  self->told |= connected;
  g_mutex_unlock (&self->lock);
  if (connected)
    tell_peer (self, "connected", "");
  /* What is set by the end stays as it is. */
  if (over)
    tell_end (self, self->end, self->why);
  return !over;
}

static GstFlowReturn
next_frame (GstVoiceRtcSrc * self, GstClock * clock, GstBuffer ** out)
{
  if (!speech_feed_wait (&self->feed, clock))
    return GST_FLOW_FLUSHING;
  if (self->feed.begun && !tell_all (self))
    return GST_FLOW_EOS;
  *out = speech_feed_make (&self->feed, clock);
  return GST_FLOW_OK;
}

static GstFlowReturn
create (GstPushSrc * src, GstBuffer ** out)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (src);
  GstClock *clock = gst_element_get_clock (GST_ELEMENT (self));
  GstFlowReturn flow;

  if (!clock) {
    GST_ELEMENT_ERROR (self, CORE, CLOCK, (NULL), ("the pipeline has none"));
    return GST_FLOW_ERROR;
  }
  flow = next_frame (self, clock, out);
  gst_object_unref (clock);
  if (speech_feed_network_is_due (&self->feed) || flow == GST_FLOW_EOS)
    tell_network (self);
  return flow;
}

static gboolean
unlock (GstBaseSrc * src)
{
  speech_feed_set_flushing (&GST_VOICE_RTC_SRC (src)->feed, TRUE);
  return TRUE;
}

static gboolean
unlock_stop (GstBaseSrc * src)
{
  speech_feed_set_flushing (&GST_VOICE_RTC_SRC (src)->feed, FALSE);
  return TRUE;
}

static GstCaps *
fixate (GstBaseSrc * src, GstCaps * caps)
{
  return GST_BASE_SRC_CLASS (gst_voice_rtc_src_parent_class)->fixate (src,
      speech_feed_fixate (caps));
}

static gboolean
set_caps (GstBaseSrc * src, GstCaps * caps)
{
  return speech_feed_set_caps (&GST_VOICE_RTC_SRC (src)->feed, caps);
}

static gboolean
src_query (GstBaseSrc * src, GstQuery * query)
{
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_BASE_SRC_CLASS (gst_voice_rtc_src_parent_class)->query (src,
        query);
  /* A frame is pushed when it has ended, or up to a frame later. */
  gst_query_set_latency (query, TRUE, 2 * SPEECH_FEED_FRAME,
      GST_CLOCK_TIME_NONE);
  return TRUE;
}

static gboolean
start (GstBaseSrc * src)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (src);

  speech_feed_start (&self->feed);
  return TRUE;
}

static gboolean
stop (GstBaseSrc * src)
{
  speech_feed_stop (&GST_VOICE_RTC_SRC (src)->feed);
  return TRUE;
}

static gboolean
read_settings (GstVoiceRtcSrc * self, RtcSettings * settings,
    RtcServer * server, gchar ** host, GError ** error)
{
  gboolean good;
  gchar *stun;

  GST_OBJECT_LOCK (self);
  settings->min_port = self->min_port;
  settings->max_port = self->max_port;
  settings->loopback = self->loopback;
  stun = g_strdup (self->stun_server);
  GST_OBJECT_UNLOCK (self);
  good = !stun || (rtc_server_parse (stun, server, host)
      && server->kind == RTC_SERVER_STUN);
  if (stun && good) {
    settings->servers = server;
    settings->n_servers = 1;
  }
  if (!good)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "'%s' is no STUN server: write stun:HOST or stun:HOST:PORT", stun);
  g_free (stun);
  return good;
}

static gboolean
begin (GstVoiceRtcSrc * self, GError ** error)
{
  RtcSettings settings = { 0 };
  RtcServer server;
  gchar *offer, *host = NULL;
  gboolean good;

  GST_OBJECT_LOCK (self);
  offer = g_strdup (self->offer);
  GST_OBJECT_UNLOCK (self);
  good = read_settings (self, &settings, &server, &host, error);
  if (good && !offer) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "nobody calls: there is no offer");
    good = FALSE;
  }
  good = good && rtc_call_begin (self->call, offer, &settings, error);
  g_free (host);
  g_free (offer);
  return good;
}

static void
leave_call (GstVoiceRtcSrc * self)
{
  rtc_call_unlisten (self->call, RTC_CALL_SOURCE);
  rtc_call_end (self->call);
  g_clear_object (&self->call);
  g_clear_object (&self->session);
}

static gboolean
take_call (GstVoiceRtcSrc * self)
{
  GError *error = NULL;

  self->session = gst_voice_session_obtain (GST_ELEMENT (self));
  self->call = rtc_call_obtain (GST_ELEMENT (self));
  g_mutex_lock (&self->lock);
  self->connected = self->told = self->over = FALSE;
  g_clear_pointer (&self->answer, g_free);
  g_clear_pointer (&self->why, g_free);
  g_mutex_unlock (&self->lock);
  rtc_call_listen (self->call, RTC_CALL_SOURCE, &listener, self);
  if (begin (self, &error))
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message), (NULL));
  g_error_free (error);
  leave_call (self);
  return FALSE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY && !take_call (self))
    return GST_STATE_CHANGE_FAILURE;
  /* Before the session ends with the other elements. */
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    tell_network (self);
  ret = GST_ELEMENT_CLASS (gst_voice_rtc_src_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL)
    leave_call (self);
  return ret;
}

static void
do_leave (GstVoiceRtcSrc * self)
{
  g_mutex_lock (&self->lock);
  end_locked (self, "closed", "");
  g_mutex_unlock (&self->lock);
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_OFFER:
      g_free (self->offer);
      self->offer = g_value_dup_string (value);
      break;
    case PROP_STUN_SERVER:
      g_free (self->stun_server);
      self->stun_server = g_value_dup_string (value);
      break;
    case PROP_MIN_PORT:
      self->min_port = g_value_get_uint (value);
      break;
    case PROP_MAX_PORT:
      self->max_port = g_value_get_uint (value);
      break;
    case PROP_LOOPBACK:
      self->loopback = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, speech_feed_get_stats (&self->feed));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_OFFER:
      g_value_set_string (value, self->offer);
      break;
    case PROP_STUN_SERVER:
      g_value_set_string (value, self->stun_server);
      break;
    case PROP_MIN_PORT:
      g_value_set_uint (value, self->min_port);
      break;
    case PROP_MAX_PORT:
      g_value_set_uint (value, self->max_port);
      break;
    case PROP_LOOPBACK:
      g_value_set_boolean (value, self->loopback);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceRtcSrc *self = GST_VOICE_RTC_SRC (object);

  g_free (self->offer);
  g_free (self->stun_server);
  g_free (self->answer);
  g_free (self->why);
  speech_feed_clear (&self->feed);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_rtc_src_parent_class)->finalize (object);
}

static void
install_ports (GObjectClass * klass, GParamFlags flags)
{
  g_object_class_install_property (klass, PROP_MIN_PORT,
      g_param_spec_uint ("min-port", "Lowest port",
          "Lowest UDP port to use, 0 for any", 0, G_MAXUINT16, 0, flags));
  g_object_class_install_property (klass, PROP_MAX_PORT,
      g_param_spec_uint ("max-port", "Highest port",
          "Highest UDP port to use, 0 for any", 0, G_MAXUINT16, 0, flags));
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  /**
   * GstVoiceRtcSrc:offer:
   *
   * What the caller offers: a session description (RFC 8866) with an audio
   * section in which it sends and receives Opus.
   */
  g_object_class_install_property (klass, PROP_OFFER,
      g_param_spec_string ("offer", "Offer",
          "What the caller offers, a session description", NULL, flags));
  /**
   * GstVoiceRtcSrc:stun-server:
   *
   * Who tells us our address: `stun:HOST` or `stun:HOST:PORT`. Needed where
   * callers reach us at another address than we have.
   */
  g_object_class_install_property (klass, PROP_STUN_SERVER,
      g_param_spec_string ("stun-server", "STUN server",
          "Who tells us our address: stun:HOST or stun:HOST:PORT", NULL,
          flags));
  install_ports (klass, flags);
  /**
   * GstVoiceRtcSrc:loopback:
   *
   * Whether callers on this machine may come over its loopback interface.
   */
  g_object_class_install_property (klass, PROP_LOOPBACK,
      g_param_spec_boolean ("loopback", "Loopback",
          "Whether callers may come over the loopback interface", FALSE,
          flags));
  /**
   * GstVoiceRtcSrc:stats:
   *
   * Figures of the jitter buffer since the start.
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Figures of the jitter buffer since the start", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
preload (GstVoicePersona * unused)
{
  static gboolean done;

  if (!done)
    rtc_preload ();
  done = TRUE;
}

static void
gst_voice_rtc_src_class_init (GstVoiceRtcSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  /**
   * GstVoiceRtcSrc::leave:
   * @src: the element
   *
   * The caller has left, as signalling says: the stream ends.
   */
  g_signal_new_class_handler ("leave", GST_TYPE_VOICE_RTC_SRC,
      G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION, G_CALLBACK (do_leave), NULL, NULL,
      NULL, G_TYPE_NONE, 0);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  base_class->start = GST_DEBUG_FUNCPTR (start);
  base_class->stop = GST_DEBUG_FUNCPTR (stop);
  base_class->unlock = GST_DEBUG_FUNCPTR (unlock);
  base_class->unlock_stop = GST_DEBUG_FUNCPTR (unlock_stop);
  base_class->fixate = GST_DEBUG_FUNCPTR (fixate);
  base_class->set_caps = GST_DEBUG_FUNCPTR (set_caps);
  base_class->query = GST_DEBUG_FUNCPTR (src_query);
  GST_PUSH_SRC_CLASS (klass)->create = GST_DEBUG_FUNCPTR (create);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "WebRTC caller",
      "Source/Audio/Network", "Hears a caller by WebRTC", "gst-voice");
  gst_voice_preload_add (preload);
}

static void
gst_voice_rtc_src_init (GstVoiceRtcSrc * self)
{
  speech_feed_init (&self->feed, GST_BASE_SRC (self));
  g_mutex_init (&self->lock);
}
