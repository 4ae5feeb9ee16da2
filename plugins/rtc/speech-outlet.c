/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The half of a sink element that all sinks that speak to people have in
 * common: encodes at the pace at which sound comes, with silence for time in
 * which nothing does; and tells upstream whether somebody hears, and how much
 * later (`voice/far`).
 *
 * Threads: the streaming thread encodes; what is known of the other side comes
 * in any; a worker of GStreamer's pool tells upstream of it.
 * Locks: `lock` guards what is told. Nothing is pushed with it.
 */
#include "speech-outlet.h"

#include <gst-voice/events.h>
#include <string.h>

/* A gap in what comes is one if it is longer than this. */
#define GAP (40 * GST_MSECOND)
#define LOOKAHEAD (6500 * GST_USECOND)  /* of the encoder */
#define FAR_STEP (20 * GST_MSECOND)     /* less is not told */
#define NETWORK_EVERY (10 * GST_SECOND)

#define DEFAULT_BITRATE 24000
#define DEFAULT_COMPLEXITY 5

/**
 * speech_outlet_install:
 * @klass: of a sink with an outlet
 * @first: the number of its first property
 */
void
speech_outlet_install (GObjectClass * klass, guint first)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (klass, first + SPEECH_OUTLET_BITRATE,
      g_param_spec_uint ("bitrate", "Bit rate", "Of Opus, in bit/s", 6000,
          128000, DEFAULT_BITRATE, flags));
  g_object_class_install_property (klass, first + SPEECH_OUTLET_COMPLEXITY,
      g_param_spec_uint ("complexity", "Complexity",
          "How much work Opus does for quality", 0, 10, DEFAULT_COMPLEXITY,
          flags));
  g_object_class_install_property (klass, first + SPEECH_OUTLET_FEC,
      g_param_spec_boolean ("fec", "FEC",
          "Whether lost packets can be restored from those after them", TRUE,
          flags));
  g_object_class_install_property (klass, first + SPEECH_OUTLET_DTX,
      g_param_spec_boolean ("dtx", "DTX",
          "Whether (nearly) nothing is sent while nothing is said", TRUE,
          flags));
}

/**
 * speech_outlet_init:
 * @self: (out): what is to be used between speech_outlet_start() and
 *   speech_outlet_stop()
 * @sink: whose it is
 */
void
speech_outlet_init (SpeechOutlet * self, GstBaseSink * sink)
{
  gst_base_sink_set_sync (sink, FALSE);
  gst_base_sink_set_async_enabled (sink, FALSE);
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  self->sink = sink;
  self->bitrate = DEFAULT_BITRATE;
  self->complexity = DEFAULT_COMPLEXITY;
  self->fec = self->dtx = TRUE;
  g_mutex_init (&self->lock);
}

/**
 * speech_outlet_clear:
 * @self: an outlet that is stopped
 */
void
speech_outlet_clear (SpeechOutlet * self)
{
  g_mutex_clear (&self->lock);
}

/**
 * speech_outlet_start:
 * @self: an outlet
 */
void
speech_outlet_start (SpeechOutlet * self)
{
  self->set_loss = -1;
  self->expected = self->network_at = GST_CLOCK_TIME_NONE;
  /* Playout asks before it is told of a change. */
  g_mutex_lock (&self->lock);
  self->open = self->told_open = FALSE;
  self->delay = self->told_delay = LOOKAHEAD;
  g_mutex_unlock (&self->lock);
}

/**
 * speech_outlet_stop:
 * @self: an outlet of a sink that does not run
 */
void
speech_outlet_stop (SpeechOutlet * self)
{
  g_clear_pointer (&self->sender, speech_sender_free);
}

/**
 * speech_outlet_set:
 * @property: from #SPEECH_OUTLET_BITRATE on
 */
void
speech_outlet_set (SpeechOutlet * self, guint property, const GValue * value)
{
  switch (property) {
    case SPEECH_OUTLET_BITRATE:
      self->bitrate = g_value_get_uint (value);
      break;
    case SPEECH_OUTLET_COMPLEXITY:
      self->complexity = g_value_get_uint (value);
      break;
    case SPEECH_OUTLET_FEC:
      self->fec = g_value_get_boolean (value);
      break;
    default:
      self->dtx = g_value_get_boolean (value);
  }
}

/**
 * speech_outlet_get:
 * @property: from #SPEECH_OUTLET_BITRATE on
 */
void
speech_outlet_get (SpeechOutlet * self, guint property, GValue * value)
{
  switch (property) {
    case SPEECH_OUTLET_BITRATE:
      g_value_set_uint (value, self->bitrate);
      break;
    case SPEECH_OUTLET_COMPLEXITY:
      g_value_set_uint (value, self->complexity);
      break;
    case SPEECH_OUTLET_FEC:
      g_value_set_boolean (value, self->fec);
      break;
    default:
      g_value_set_boolean (value, self->dtx);
  }
}

static gboolean
is_news_locked (SpeechOutlet * self)
{
  return self->open != self->told_open
      || ABS (GST_CLOCK_DIFF (self->told_delay, self->delay)) >
      (gint64) FAR_STEP;
}

/* In a worker, one at a time. */
static void
tell_far (GstElement * element, gpointer data)
{
  SpeechOutlet *self = data;

  g_mutex_lock (&self->lock);
  while (is_news_locked (self)) {
    gboolean open = self->told_open = self->open;
    GstClockTime delay = self->told_delay = self->delay;

    g_mutex_unlock (&self->lock);
    gst_pad_push_event (GST_BASE_SINK_PAD (element),
        gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
            gst_voice_structure_new ("far", "open", open, "delay", delay,
                NULL)));
    g_mutex_lock (&self->lock);
  }
  self->telling = FALSE;
  g_mutex_unlock (&self->lock);
}

/**
 * speech_outlet_set_far:
 * @self: an outlet
 * @open: whether somebody hears
 * @half_round_trip: how long a packet is on its way, or negative
 */
void
speech_outlet_set_far (SpeechOutlet * self, gboolean open,
    gint64 half_round_trip)
{
  gboolean begin;

  g_mutex_lock (&self->lock);
  self->open = open;
  self->delay = LOOKAHEAD + MAX (half_round_trip, 0);
  begin = !self->telling && is_news_locked (self);
  self->telling |= begin;
  g_mutex_unlock (&self->lock);
  if (begin)
    gst_element_call_async (GST_ELEMENT (self->sink), tell_far, self, NULL);
}

/**
 * speech_outlet_answer:
 * @self: an outlet
 * @query: any
 *
 * Returns: whether it was `voice/far`, and is answered
 */
gboolean
speech_outlet_answer (SpeechOutlet * self, GstQuery * query)
{
  if (!gst_voice_query_is (query, "far"))
    return FALSE;
  g_mutex_lock (&self->lock);
  gst_structure_set (gst_query_writable_structure (query), "open",
      G_TYPE_BOOLEAN, self->open, "delay", GST_TYPE_CLOCK_TIME, self->delay,
      NULL);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/**
 * speech_outlet_set_caps:
 * @self: an outlet
 * @caps: fixed
 * @send: what takes its packets, in the streaming thread
 * @data: for @send
 *
 * Returns: whether that can be encoded; if not, the sink has posted why
 */
gboolean
speech_outlet_set_caps (SpeechOutlet * self, GstCaps * caps,
    SpeechPacketFunc send, gpointer data)
{
  OpusSpeechSettings settings;
  GError *error = NULL;
  gint rate;

  if (!gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate))
    return FALSE;
  if (self->sender && self->rate == (guint) rate)
    return TRUE;
  GST_OBJECT_LOCK (self->sink);
  settings.rate = rate;
  settings.bitrate = self->bitrate;
  settings.complexity = self->complexity;
  settings.fec = self->fec;
  settings.dtx = self->dtx;
  GST_OBJECT_UNLOCK (self->sink);
  g_clear_pointer (&self->sender, speech_sender_free);
  self->rate = rate;
  self->sender = speech_sender_new (&settings, send, data, &error);
  if (self->sender)
    return TRUE;
  GST_ELEMENT_ERROR (self->sink, LIBRARY, INIT, ("%s", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}

static gboolean
is_silence (GstBuffer * buffer, const GstMapInfo * map)
{
  /* Each byte is the one before it, and the first is 0. */
  return GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP)
      || map->size == 0 || (map->data[0] == 0
      && memcmp (map->data, map->data + 1, map->size - 1) == 0);
}

/* Time in which nothing came is silence. */
static void
keep_time (SpeechOutlet * self, GstBuffer * buffer, gsize n)
{
  GstClockTime at = gst_segment_to_running_time (&self->sink->segment,
      GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));

  if (GST_CLOCK_TIME_IS_VALID (at) && GST_CLOCK_TIME_IS_VALID (self->expected)
      && at > self->expected + GAP)
    speech_sender_skip (self->sender, at - self->expected);
  if (!GST_CLOCK_TIME_IS_VALID (at))
    at = GST_CLOCK_TIME_IS_VALID (self->expected) ? self->expected : 0;
  self->expected = at + gst_util_uint64_scale_int (n, GST_SECOND, self->rate);
}

/**
 * speech_outlet_take:
 * @self: an outlet that has caps
 * @buffer: of sound
 * @sends: whether it can be sent; else that time is passed over
 * @loss: of our packets, 0 to 1, or negative if it is not known
 * @silence: (out): whether @buffer was nothing but silence
 *
 * Returns: %FALSE if @buffer cannot be read
 */
gboolean
speech_outlet_take (SpeechOutlet * self, GstBuffer * buffer, gboolean sends,
    gdouble loss, gboolean * silence)
{
  GstMapInfo map;
  gsize n;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  if (loss >= 0 && loss != self->set_loss)
    speech_sender_set_loss (self->sender, loss);
  self->set_loss = loss;
  n = map.size / sizeof (gint16);
  keep_time (self, buffer, n);
  *silence = is_silence (buffer, &map);
  if (sends)
    speech_sender_push (self->sender, (const gint16 *) map.data, n);
  else
    speech_sender_skip (self->sender, gst_util_uint64_scale_int (n, GST_SECOND,
            self->rate));
  gst_buffer_unmap (buffer, &map);
  return TRUE;
}

/**
 * speech_outlet_network_is_due:
 * @self: an outlet that has taken a buffer
 *
 * Returns: whether it is time for another message `voice/network`
 */
gboolean
speech_outlet_network_is_due (SpeechOutlet * self)
{
  GstClockTime now = self->expected;
  gboolean due;

  if (!GST_CLOCK_TIME_IS_VALID (self->network_at))
    self->network_at = now + NETWORK_EVERY;
  due = now >= self->network_at;
  if (due)
    self->network_at = now + NETWORK_EVERY;
  return due;
}

/**
 * speech_outlet_describe_network:
 * @sent: packets so far
 * @round_trip: ns, or -1
 * @loss: of our packets as the other side sees it, 0 to 1, or -1
 *
 * Returns: (transfer full): a message `voice/network`
 */
GstStructure *
speech_outlet_describe_network (guint64 sent, gint64 round_trip, gdouble loss)
{
  return gst_voice_structure_new ("network", "sent", (guint) sent,
      "round-trip", round_trip < 0 ? GST_CLOCK_TIME_NONE :
      (GstClockTime) round_trip, "loss", loss, NULL);
}

/**
 * speech_outlet_finish:
 * @self: an outlet to which nothing more comes
 */
void
speech_outlet_finish (SpeechOutlet * self)
{
  if (self->sender)
    speech_sender_skip (self->sender, 0);
}
