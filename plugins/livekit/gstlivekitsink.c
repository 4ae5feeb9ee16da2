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
 * happens in the room comes on the network thread, which only takes note.
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
#include <speech-feed.h>
#include <speech-outlet.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (livekitsink_debug);
#define GST_CAT_DEFAULT livekitsink_debug

#define CAPTION_TOPIC "lk.transcription"
#define MAX_CAPTION 16384

#define DEFAULT_TRACK_NAME "roomio_audio"

struct _GstVoiceLivekitSink
{
  GstBaseSink parent;

  /* object lock */
  RoomSettings settings;
  gchar *track_name;
  gboolean transcription, agent_state;

  /* state changes only */
  RoomContext *room;
  GstVoiceSession *session;
  LivekitClient *client;
  guint listener;

  SpeechOutlet outlet;          /* has its own lock, below ours */

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

  /* streaming thread */
};

enum
{
  PROP_ROOM = 1,                /* and the others of RoomSettings */
  PROP_TRACK_NAME = PROP_ROOM + ROOM_N_PROPS,
  PROP_OUTLET,                  /* and the others of SpeechOutlet */
  PROP_TRANSCRIPTION = PROP_OUTLET + SPEECH_OUTLET_N_PROPS,
  PROP_AGENT_STATE,
  PROP_STATS,
};

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink",
    GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (SPEECH_FEED_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceLivekitSink, gst_voice_livekit_sink,
    GST_TYPE_BASE_SINK, GST_DEBUG_CATEGORY_INIT (livekitsink_debug,
        "livekitsink", 0, "an agent's voice in a LiveKit room"));
GST_ELEMENT_REGISTER_DEFINE (livekitsink, "livekitsink", GST_RANK_NONE,
    GST_TYPE_VOICE_LIVEKIT_SINK);

static gboolean
is_open_locked (GstVoiceLivekitSink * self)
{
  return self->connected && self->track && self->listened && !self->muted
      && self->answered;
}

/* To be called when what is told upstream may have changed. */
static void
check_far_locked (GstVoiceLivekitSink * self)
{
  speech_outlet_set_far (&self->outlet, is_open_locked (self),
      self->half_round_trip);
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
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_published (gpointer data, const gchar * sid)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  g_free (self->track);
  self->track = g_strdup (sid);
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_unpublished (gpointer data, const GError * error)
{
  GstVoiceLivekitSink *self = data;

  if (error)
    GST_WARNING_OBJECT (self, "not published: %s", error->message);
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->track, g_free);
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_listened (gpointer data, gboolean somebody)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->listened = somebody;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_muted (gpointer data, gboolean muted)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->muted = muted;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_delay (gpointer data, gint64 half_round_trip, gdouble loss)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->half_round_trip = half_round_trip;
  self->loss = loss;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
}

static void
on_answered (gpointer data, gboolean answered)
{
  GstVoiceLivekitSink *self = data;

  g_mutex_lock (&self->lock);
  self->answered = answered;
  check_far_locked (self);
  g_mutex_unlock (&self->lock);
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
    speech_outlet_finish (&self->outlet);
    end_captions (self);
  }
  return GST_BASE_SINK_CLASS (gst_voice_livekit_sink_parent_class)->event (sink,
      event);
}

static gboolean
sink_query (GstBaseSink * sink, GstQuery * query)
{
  return speech_outlet_answer (&GST_VOICE_LIVEKIT_SINK (sink)->outlet, query)
      || GST_BASE_SINK_CLASS (gst_voice_livekit_sink_parent_class)->query
      (sink, query);
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

  return speech_outlet_set_caps (&self->outlet, caps, send_packet, self);
}

static void
tell_network (GstVoiceLivekitSink * self)
{
  LivekitClientStats stats;

  livekit_client_get_stats (self->client, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      speech_outlet_describe_network (stats.sent, stats.round_trip,
          stats.loss));
}

/* Whether what is said can be sent. The server publishes the track with the
 * first packet: it must not come in the encoder's rests, so there is no time
 * for these before. */
static gboolean
look_around (GstVoiceLivekitSink * self, gboolean * left, gdouble * loss)
{
  gboolean sends;

  g_mutex_lock (&self->lock);
  sends = self->track && self->sending && !self->muted;
  *left = self->left;
  *loss = self->loss;
  g_mutex_unlock (&self->lock);
  return sends;
}

static GstFlowReturn
render (GstBaseSink * sink, GstBuffer * buffer)
{
  GstVoiceLivekitSink *self = GST_VOICE_LIVEKIT_SINK (sink);
  gdouble loss;
  gboolean left, sends = look_around (self, &left, &loss), silence;

  if (left)
    return GST_FLOW_EOS;
  if (!speech_outlet_take (&self->outlet, buffer, sends, loss, &silence))
    return GST_FLOW_ERROR;
  room_context_sign (self->room, silence ? AGENT_SIGN_SILENCE :
      AGENT_SIGN_SOUND);
  if (speech_outlet_network_is_due (&self->outlet))
    tell_network (self);
  return GST_FLOW_OK;
}

static void
publish (GstVoiceLivekitSink * self)
{
  gchar *name, *prefix = g_strdup_printf ("SG_%08x", g_random_int ());
  gboolean dtx, agent_state;

  GST_OBJECT_LOCK (self);
  name = g_strdup (self->track_name ? self->track_name : DEFAULT_TRACK_NAME);
  dtx = self->outlet.dtx;
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
  self->loss = -1;
  speech_outlet_start (&self->outlet);
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
  speech_outlet_stop (&self->outlet);
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

  g_mutex_lock (&self->lock);
  stats = gst_structure_new ("stats",
      "published", G_TYPE_BOOLEAN, self->track != NULL,
      "listened", G_TYPE_BOOLEAN, self->listened,
      "muted", G_TYPE_BOOLEAN, self->muted,
      "answered", G_TYPE_BOOLEAN, self->answered,
      "open", G_TYPE_BOOLEAN, is_open_locked (self),
      "delay", GST_TYPE_CLOCK_TIME, self->outlet.delay,
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
    case PROP_TRANSCRIPTION:
      self->transcription = g_value_get_boolean (value);
      break;
    case PROP_AGENT_STATE:
      self->agent_state = g_value_get_boolean (value);
      break;
    default:
      if (id >= PROP_OUTLET)
        speech_outlet_set (&self->outlet, id - PROP_OUTLET, value);
      else
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
    case PROP_TRANSCRIPTION:
      g_value_set_boolean (value, self->transcription);
      break;
    case PROP_AGENT_STATE:
      g_value_set_boolean (value, self->agent_state);
      break;
    default:
      if (id >= PROP_OUTLET)
        speech_outlet_get (&self->outlet, id - PROP_OUTLET, value);
      else
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
  speech_outlet_clear (&self->outlet);
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
  speech_outlet_install (klass, PROP_OUTLET);
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
  speech_outlet_init (&self->outlet, GST_BASE_SINK (self));
  g_mutex_init (&self->lock);
  self->track_name = g_strdup (DEFAULT_TRACK_NAME);
  self->transcription = self->agent_state = TRUE;
}
