/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-livekitsink
 * @title: livekitsink
 *
 * Speaks in a LiveKit room: publishes one track and sends what comes, in
 * packets of 20 ms of Opus, at the pace at which it comes. Upstream is live
 * (`playout` is); for a file set `sync=true`.
 *
 * Together with a `livekitsrc` of the same pipeline it is one participant, see
 * there.
 *
 * Captions: each `voice/transcript` goes to the topic `lk.transcription`, as
 * LiveKit's own agents do it. #GstVoiceLivekitSink:agent-state shows in the
 * attribute `lk.agent.state` what the agent does: `initializing` until sound
 * passes; `thinking` from the caller's turn on, if a `livekitsrc` is there to
 * see it; `speaking` from the first sound that is not silence until 0.4 s of
 * silence; else `listening`, also after an interruption.
 *
 * It answers the query `voice/far` and sends the event `voice/far` upstream:
 * a speech may begin when somebody listens and a telephone has been answered,
 * and is heard half a round trip later. `voice/send-dtmf` presses keys. Each
 * 10 s it posts `voice/network`.
 * See docs/events.md.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 audiotestsrc is-live=true num-buffers=500 ! livekitsink \
 *   url=ws://127.0.0.1:7880 token=env:LIVEKIT_TOKEN
 * ]|
 */
/*
 * Threads: the streaming thread encodes; out-of-band events come in any; what
 * happens in the room comes on the network thread, which only takes note; a
 * worker of GStreamer's pool tells upstream of it.
 * Locks: `lock` guards what they share; it is above the room's, and nothing is
 * pushed or posted with it. The client's functions that only post may be
 * called.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "caption-core.h"
#include "gstlivekitsink.h"
#include "room-context.h"

#include <gst-voice/events.h>
#include <speech-sender.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (livekitsink_debug);
#define GST_CAT_DEFAULT livekitsink_debug

#define FRAME (20 * GST_MSECOND)
/* A gap in what comes is one if it is longer than this. */
#define GAP (2 * FRAME)
#define NETWORK_EVERY (10 * GST_SECOND)
#define LOOKAHEAD (6500 * GST_USECOND)  /* of the encoder */
#define FAR_STEP (20 * GST_MSECOND)     /* less is not told */
#define CAPTION_TOPIC "lk.transcription"
#define MAX_CAPTION 16384

#define DEFAULT_TRACK_NAME "roomio_audio"
#define DEFAULT_BITRATE 24000
#define DEFAULT_COMPLEXITY 5

typedef struct
{
  gboolean open;
  GstClockTime delay;
} Far;

struct _GstVoiceLivekitSink
{
  GstBaseSink parent;

  /* object lock */
  RoomSettings settings;
  gchar *track_name;
  guint bitrate, complexity;
  gboolean fec, dtx, transcription, agent_state;

  /* state changes only */
  RoomContext *room;
  GstVoiceSession *session;
  LivekitClient *client;
  guint listener;

  /* lock */
  GMutex lock;
  gboolean captions_on;
  CaptionCore *captions;
  guint stream;                 /* of the captions that is open, or 0 */
  gchar *track;                 /* (nullable): our sid; it is published */
  gboolean connected, listened, muted, answered, sending;
  gboolean left;                /* the room; there is no error */
  gint64 half_round_trip;
  gdouble loss;
  Far told;                     /* upstream */
  gboolean telling;

  /* streaming thread */
  guint rate;
  SpeechSender *sender;
  GstClockTime expected;        /* running time of the next sample, or none */
  GstClockTime network_at;
  gdouble set_loss;
};

enum
{
  PROP_ROOM = 1,                /* and the others of RoomSettings */
  PROP_TRACK_NAME = PROP_ROOM + ROOM_N_PROPS,
  PROP_BITRATE,
  PROP_COMPLEXITY,
  PROP_FEC,
  PROP_DTX,
  PROP_TRANSCRIPTION,
  PROP_AGENT_STATE,
  PROP_STATS,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)S16LE, "
        "layout=(string)interleaved, channels=(int)1, "
        "rate=(int){ 8000, 12000, 16000, 24000, 48000 }"));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceLivekitSink, gst_voice_livekit_sink,
    GST_TYPE_BASE_SINK, GST_DEBUG_CATEGORY_INIT (livekitsink_debug,
        "livekitsink", 0, "an agent's voice in a LiveKit room"));
GST_ELEMENT_REGISTER_DEFINE (livekitsink, "livekitsink", GST_RANK_NONE,
    GST_TYPE_VOICE_LIVEKIT_SINK);

static Far
far_locked (GstVoiceLivekitSink * self)
{
  Far far = {
    .open = self->connected && self->track && self->listened && !self->muted
        && self->answered,
    .delay = LOOKAHEAD + MAX (self->half_round_trip, 0),
  };

  return far;
}

static gboolean
is_news_locked (GstVoiceLivekitSink * self, const Far * far)
{
  return far->open != self->told.open
      || ABS (GST_CLOCK_DIFF (self->told.delay, far->delay)) >
      (gint64) FAR_STEP;
}

/* In a worker, one at a time. */
static void
tell_far (GstElement * element, gpointer unused)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (element);
  Far far;

  g_mutex_lock (&self->lock);
  while ((far = far_locked (self), is_news_locked (self, &far))) {
    self->told = far;
    g_mutex_unlock (&self->lock);
    gst_pad_push_event (GST_BASE_SINK_PAD (self),
        gst_voice_event_new (GST_VOICE_UPSTREAM, NULL,
            gst_voice_structure_new ("far", "open", far.open, "delay",
                far.delay, NULL)));
    g_mutex_lock (&self->lock);
  }
  self->telling = FALSE;
  g_mutex_unlock (&self->lock);
}

/* To be called when what is told may have changed. */
static void
check_far (GstVoiceLivekitSink * self)
{
  gboolean begin;
  Far far;

  g_mutex_lock (&self->lock);
  far = far_locked (self);
  begin = !self->telling && is_news_locked (self, &far);
  self->telling |= begin;
  g_mutex_unlock (&self->lock);
  if (begin)
    gst_element_call_async (GST_ELEMENT (self), tell_far, NULL, NULL);
}

static void
on_state (gpointer data, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->connected = state == LIVEKIT_CLIENT_JOINED
      || state == LIVEKIT_CLIENT_RECONNECTED;
  self->left = state == LIVEKIT_CLIENT_LEFT && !error;
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_published (gpointer data, const gchar * sid)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  g_free (self->track);
  self->track = g_strdup (sid);
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_unpublished (gpointer data, const GError * error)
{
  GstVoiceLivekitSink *self = data;

  if (error)
    GST_WARNING_OBJECT (self, "not published: %s", error->message);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->track, g_free);
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_listened (gpointer data, gboolean somebody)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->listened = somebody;
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_muted (gpointer data, gboolean muted)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->muted = muted;
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_delay (gpointer data, gint64 half_round_trip, gdouble loss)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->half_round_trip = half_round_trip;
  self->loss = loss;
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_answered (gpointer data, gboolean answered)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->answered = answered;
  g_mutex_unlock (&self->lock);
  check_far (self);
}

static void
on_sending (gpointer data, gboolean sending)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->sending = sending;
  g_mutex_unlock (&self->lock);
}

static const LivekitListener listener = {
  .state = on_state,
  .published = on_published,
  .unpublished = on_unpublished,
  .listened = on_listened,
  .muted = on_muted,
  .sending = on_sending,
  .delay = on_delay,
};

static void
set_attribute (GHashTable * attributes, const gchar * name, const gchar * value)
{
  if (value)
    g_hash_table_replace (attributes, g_strdup (name), g_strdup (value));
}

static GHashTable *
caption_attributes (const CaptionAction * action, const gchar * track)
{
  GHashTable *attributes = livekit_attributes_new ();

  set_attribute (attributes, "lk.segment_id", action->segment);
  set_attribute (attributes, "lk.transcribed_track_id", track);
  set_attribute (attributes, "lk.transcription_final",
      action->final ? "true" : "false");
  return attributes;
}

/* The caller's words, as the caller's. */
static void
send_wording_locked (GstVoiceLivekitSink * self, const CaptionAction * action)
{
  gchar *track, *identity = room_context_get_followed (self->room, &track);
  GHashTable *attributes = caption_attributes (action, track);

  livekit_client_send_text (self->client, NULL, identity, CAPTION_TOPIC,
      action->text, attributes);
  g_hash_table_unref (attributes);
  g_free (identity);
  g_free (track);
}

static void
obey_caption_locked (GstVoiceLivekitSink * self, const CaptionAction * action)
{
  GHashTable *attributes = caption_attributes (action, self->track);

  if (action->type == CAPTION_SEND)
    send_wording_locked (self, action);
  else if (action->type == CAPTION_OPEN)
    self->stream = livekit_client_open_text (self->client, NULL, NULL,
        CAPTION_TOPIC, attributes);
  else if (action->type == CAPTION_WRITE)
    livekit_client_write_text (self->client, self->stream, action->text);
  else
    livekit_client_close_text (self->client, self->stream, "", attributes);
  g_hash_table_unref (attributes);
}

static void
obey_captions_locked (GstVoiceLivekitSink * self)
{
  CaptionAction *action;

  while ((action = caption_core_pop (self->captions))) {
    obey_caption_locked (self, action);
    caption_action_free (action);
  }
}

static void
take_transcript (GstVoiceLivekitSink * self, const GstStructure * s)
{
  const gchar *text = gst_voice_structure_string (s, "text");
  gboolean final = gst_voice_structure_boolean (s, "final");
  guint id = gst_voice_structure_uint (s, "id");

  if (strlen (text) > MAX_CAPTION)
    return;
  g_mutex_lock (&self->lock);
  if (self->captions && self->captions_on) {
    if (strcmp (gst_voice_structure_string (s, "role"), "user") == 0)
      caption_core_user (self->captions, id, text, final);
    else
      caption_core_agent (self->captions, id, text, final);
    obey_captions_locked (self);
  }
  g_mutex_unlock (&self->lock);
}

static void
send_dtmf (GstVoiceLivekitSink * self, const gchar * digits)
{
  gchar *track, *identity = room_context_get_followed (self->room, &track);
  const gchar *to[] = { identity, NULL };

  livekit_client_send_dtmf (self->client, identity ? to : NULL, digits);
  g_free (identity);
  g_free (track);
}

/* Afterwards there are none: an event may still be on its way. */
static void
end_captions (GstVoiceLivekitSink * self)
{
  g_mutex_lock (&self->lock);
  if (self->captions) {
    caption_core_end (self->captions);
    obey_captions_locked (self);
    g_clear_pointer (&self->captions, caption_core_free);
  }
  g_mutex_unlock (&self->lock);
}

static gboolean
sink_event (GstBaseSink * sink, GstEvent * event)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (sink);
  const GstStructure *s = gst_voice_event_parse (event);

  if (s && self->client) {
    if (gst_voice_event_is (event, "transcript"))
      take_transcript (self, s);
    else if (gst_voice_event_is (event, "send-dtmf"))
      send_dtmf (self, gst_voice_structure_string (s, "digits"));
    else if (gst_voice_event_is (event, "interrupt"))
      room_context_sign (self->room, AGENT_SIGN_INTERRUPTED);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_GAP && self->client) {
    room_context_sign (self->room, AGENT_SIGN_SILENCE);
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS) {
    if (self->sender)
      speech_sender_skip (self->sender, 0);
    end_captions (self);
  }
  return GST_BASE_SINK_CLASS (gst_voice_livekit_sink_parent_class)->event (sink,
      event);
}

static gboolean
sink_query (GstBaseSink * sink, GstQuery * query)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (sink);
  Far far;

  if (!gst_voice_query_is (query, "far"))
    return GST_BASE_SINK_CLASS (gst_voice_livekit_sink_parent_class)->query
        (sink, query);
  g_mutex_lock (&self->lock);
  far = far_locked (self);
  g_mutex_unlock (&self->lock);
  gst_structure_set (gst_query_writable_structure (query), "open",
      G_TYPE_BOOLEAN, far.open, "delay", GST_TYPE_CLOCK_TIME, far.delay, NULL);
  return TRUE;
}

static void
send_packet (gpointer data, const SpeechPacket * packet)
{
  GstVoiceLivekitSink *self = data;
  GBytes *opus = g_bytes_new (packet->payload, packet->size);

  livekit_client_send_audio (self->client, opus, packet->timestamp,
      packet->level, packet->voice, packet->marker);
  g_bytes_unref (opus);
}

static gboolean
set_caps (GstBaseSink * sink, GstCaps * caps)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (sink);
  OpusSpeechSettings settings;
  GError *error = NULL;
  gint rate;

  if (!gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate))
    return FALSE;
  if (self->sender && self->rate == (guint) rate)
    return TRUE;
  GST_OBJECT_LOCK (self);
  settings.rate = rate;
  settings.bitrate = self->bitrate;
  settings.complexity = self->complexity;
  settings.fec = self->fec;
  settings.dtx = self->dtx;
  GST_OBJECT_UNLOCK (self);
  g_clear_pointer (&self->sender, speech_sender_free);
  self->rate = rate;
  self->sender = speech_sender_new (&settings, send_packet, self, &error);
  if (self->sender)
    return TRUE;
  GST_ELEMENT_ERROR (self, LIBRARY, INIT, ("%s", error->message), (NULL));
  g_error_free (error);
  return FALSE;
}

static gboolean
is_silence (const GstMapInfo * map)
{
  /* Each byte is the one before it, and the first is 0. */
  return map->size == 0 || (map->data[0] == 0
      && memcmp (map->data, map->data + 1, map->size - 1) == 0);
}

/* Time in which nothing came is silence. */
static void
keep_time (GstVoiceLivekitSink * self, GstBuffer * buffer, gsize n)
{
  GstSegment *segment = &GST_BASE_SINK (self)->segment;
  GstClockTime at = gst_segment_to_running_time (segment, GST_FORMAT_TIME,
      GST_BUFFER_PTS (buffer));

  if (GST_CLOCK_TIME_IS_VALID (at) && GST_CLOCK_TIME_IS_VALID (self->expected)
      && at > self->expected + GAP)
    speech_sender_skip (self->sender, at - self->expected);
  if (!GST_CLOCK_TIME_IS_VALID (at))
    at = GST_CLOCK_TIME_IS_VALID (self->expected) ? self->expected : 0;
  self->expected = at + gst_util_uint64_scale_int (n, GST_SECOND, self->rate);
}

static void
tell_network (GstVoiceLivekitSink * self)
{
  LivekitClientStats stats;

  livekit_client_get_stats (self->client, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      gst_voice_structure_new ("network", "sent", (guint) stats.sent,
          "round-trip", stats.round_trip < 0 ? GST_CLOCK_TIME_NONE :
          (GstClockTime) stats.round_trip, "loss", stats.loss, NULL));
}

static void
tell_network_sometimes (GstVoiceLivekitSink * self)
{
  if (!GST_CLOCK_TIME_IS_VALID (self->network_at))
    self->network_at = self->expected + NETWORK_EVERY;
  if (self->expected < self->network_at)
    return;
  self->network_at = self->expected + NETWORK_EVERY;
  tell_network (self);
}

/* Whether what is said can be sent, and what the encoder must know. The server
 * publishes the track with the first packet: it must not come in the encoder's
 * rests, so there is no time for these before. */
static gboolean
look_around (GstVoiceLivekitSink * self, gboolean * left)
{
  gboolean sends;
  gdouble loss;

  g_mutex_lock (&self->lock);
  sends = self->track && self->sending && !self->muted;
  *left = self->left;
  loss = self->loss;
  g_mutex_unlock (&self->lock);
  if (loss >= 0 && loss != self->set_loss)
    speech_sender_set_loss (self->sender, loss);
  self->set_loss = loss;
  return sends;
}

static GstFlowReturn
render (GstBaseSink * sink, GstBuffer * buffer)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (sink);
  gboolean left, sends = look_around (self, &left), silence;
  GstMapInfo map;
  gsize n;

  if (left)
    return GST_FLOW_EOS;
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_FLOW_ERROR;
  n = map.size / sizeof (gint16);
  keep_time (self, buffer, n);
  silence = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP)
      || is_silence (&map);
  room_context_sign (self->room, silence ? AGENT_SIGN_SILENCE :
      AGENT_SIGN_SOUND);
  if (sends)
    speech_sender_push (self->sender, (const gint16 *) map.data, n);
  else
    speech_sender_skip (self->sender, gst_util_uint64_scale_int (n, GST_SECOND,
            self->rate));
  gst_buffer_unmap (buffer, &map);
  tell_network_sometimes (self);
  return GST_FLOW_OK;
}

static void
publish (GstVoiceLivekitSink * self)
{
  gchar *name, *prefix = g_strdup_printf ("SG_%08x", g_random_int ());
  gboolean dtx, agent_state;

  GST_OBJECT_LOCK (self);
  name = g_strdup (self->track_name ? self->track_name : DEFAULT_TRACK_NAME);
  dtx = self->dtx;
  agent_state = self->agent_state;
  self->captions_on = self->transcription;
  GST_OBJECT_UNLOCK (self);
  self->captions = caption_core_new (prefix);
  self->listener = livekit_client_listen (self->client, &listener, self, NULL);
  livekit_client_publish (self->client, name, LIVEKIT_SOURCE_MICROPHONE, dtx);
  if (agent_state)
    room_context_show_agent (self->room);
  g_free (prefix);
  g_free (name);
}

/* Not the base class's vfunc, which runs before others have said where the
 * room is. */
static gboolean
start (GstVoiceLivekitSink * self)
{
  GError *error = NULL;

  self->client = room_context_start (self->room, &error);
  if (!self->client) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    g_error_free (error);
    return FALSE;
  }
  self->connected = self->listened = self->muted = self->left = FALSE;
  self->sending = FALSE;
  self->half_round_trip = 0;
  self->loss = self->set_loss = -1;
  /* Playout asks before it is told of a change. */
  self->told.open = FALSE;
  self->told.delay = LOOKAHEAD;
  self->expected = self->network_at = GST_CLOCK_TIME_NONE;
  self->stream = 0;
  room_context_watch (self->room, on_answered, self);
  publish (self);
  return TRUE;
}

static void
stop (GstVoiceLivekitSink * self)
{
  if (!self->client)
    return;
  end_captions (self);
  room_context_watch (self->room, NULL, NULL);
  livekit_client_unlisten (self->client, self->listener);
  tell_network (self);
  g_clear_pointer (&self->client, livekit_client_unref);
  room_context_stop (self->room);
  g_clear_pointer (&self->sender, speech_sender_free);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->track, g_free);
  g_mutex_unlock (&self->lock);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (element);
  RoomSettings settings;
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    GST_OBJECT_LOCK (self);
    room_settings_copy (&self->settings, &settings);
    GST_OBJECT_UNLOCK (self);
    self->session = gst_voice_session_obtain (element);
    self->room = room_context_obtain (element, &settings, self->session);
    room_settings_clear (&settings);
  } else if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start (self)) {
    return GST_STATE_CHANGE_FAILURE;
  }
  ret = GST_ELEMENT_CLASS (gst_voice_livekit_sink_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY
      || (transition == GST_STATE_CHANGE_READY_TO_PAUSED
          && ret == GST_STATE_CHANGE_FAILURE)) {
    stop (self);
  } else if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    g_clear_object (&self->room);
    g_clear_object (&self->session);
  }
  return ret;
}

static GstStructure *
get_stats (GstVoiceLivekitSink * self)
{
  GstStructure *stats;
  Far far;

  g_mutex_lock (&self->lock);
  far = far_locked (self);
  stats = gst_structure_new ("stats",
      "published", G_TYPE_BOOLEAN, self->track != NULL,
      "listened", G_TYPE_BOOLEAN, self->listened,
      "muted", G_TYPE_BOOLEAN, self->muted,
      "answered", G_TYPE_BOOLEAN, self->answered,
      "open", G_TYPE_BOOLEAN, far.open,
      "delay", GST_TYPE_CLOCK_TIME, far.delay,
      "loss", G_TYPE_DOUBLE, self->loss, NULL);
  g_mutex_unlock (&self->lock);
  return stats;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TRACK_NAME:
      g_free (self->track_name);
      self->track_name = g_value_dup_string (value);
      break;
    case PROP_BITRATE:
      self->bitrate = g_value_get_uint (value);
      break;
    case PROP_COMPLEXITY:
      self->complexity = g_value_get_uint (value);
      break;
    case PROP_FEC:
      self->fec = g_value_get_boolean (value);
      break;
    case PROP_DTX:
      self->dtx = g_value_get_boolean (value);
      break;
    case PROP_TRANSCRIPTION:
      self->transcription = g_value_get_boolean (value);
      break;
    case PROP_AGENT_STATE:
      self->agent_state = g_value_get_boolean (value);
      break;
    default:
      room_settings_set (&self->settings, id - PROP_ROOM, value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, get_stats (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_TRACK_NAME:
      g_value_set_string (value, self->track_name);
      break;
    case PROP_BITRATE:
      g_value_set_uint (value, self->bitrate);
      break;
    case PROP_COMPLEXITY:
      g_value_set_uint (value, self->complexity);
      break;
    case PROP_FEC:
      g_value_set_boolean (value, self->fec);
      break;
    case PROP_DTX:
      g_value_set_boolean (value, self->dtx);
      break;
    case PROP_TRANSCRIPTION:
      g_value_set_boolean (value, self->transcription);
      break;
    case PROP_AGENT_STATE:
      g_value_set_boolean (value, self->agent_state);
      break;
    default:
      room_settings_get (&self->settings, id - PROP_ROOM, value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (object);

  room_settings_clear (&self->settings);
  g_free (self->track_name);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_livekit_sink_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  room_settings_install (klass, PROP_ROOM);
  g_object_class_install_property (klass, PROP_TRACK_NAME,
      g_param_spec_string ("track-name", "Track name",
          "Name of the track that is published", DEFAULT_TRACK_NAME, flags));
  g_object_class_install_property (klass, PROP_BITRATE,
      g_param_spec_uint ("bitrate", "Bit rate", "Of Opus, in bit/s", 6000,
          128000, DEFAULT_BITRATE, flags));
  g_object_class_install_property (klass, PROP_COMPLEXITY,
      g_param_spec_uint ("complexity", "Complexity",
          "How much work Opus does for quality", 0, 10, DEFAULT_COMPLEXITY,
          flags));
  g_object_class_install_property (klass, PROP_FEC,
      g_param_spec_boolean ("fec", "FEC",
          "Whether lost packets can be restored from those after them", TRUE,
          flags));
  g_object_class_install_property (klass, PROP_DTX,
      g_param_spec_boolean ("dtx", "DTX",
          "Whether (nearly) nothing is sent while nothing is said", TRUE,
          flags));
  g_object_class_install_property (klass, PROP_TRANSCRIPTION,
      g_param_spec_boolean ("transcription", "Transcription",
          "Whether captions are published", TRUE, flags));
  g_object_class_install_property (klass, PROP_AGENT_STATE,
      g_param_spec_boolean ("agent-state", "Agent state",
          "Whether the room is shown what the agent does", TRUE, flags));
  /**
   * GstVoiceLivekitSink:stats:
   *
   * How it stands with our track.
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "How it stands with our track", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
gst_voice_livekit_sink_class_init (GstVoiceLivekitSinkClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSinkClass *base_class = GST_BASE_SINK_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  base_class->set_caps = GST_DEBUG_FUNCPTR (set_caps);
  base_class->event = GST_DEBUG_FUNCPTR (sink_event);
  base_class->query = GST_DEBUG_FUNCPTR (sink_query);
  base_class->render = GST_DEBUG_FUNCPTR (render);
  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "LiveKit voice",
      "Sink/Audio/Network", "Speaks in a LiveKit room", "gst-voice");
}

static void
gst_voice_livekit_sink_init (GstVoiceLivekitSink * self)
{
  GstBaseSink *sink = GST_BASE_SINK (self);

  gst_base_sink_set_sync (sink, FALSE);
  gst_base_sink_set_async_enabled (sink, FALSE);
  gst_base_sink_set_last_sample_enabled (sink, FALSE);
  g_mutex_init (&self->lock);
  self->track_name = g_strdup (DEFAULT_TRACK_NAME);
  self->bitrate = DEFAULT_BITRATE;
  self->complexity = DEFAULT_COMPLEXITY;
  self->fec = self->dtx = self->transcription = self->agent_state = TRUE;
}
