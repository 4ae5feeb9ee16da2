/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-livekitsrc
 * @title: livekitsrc
 *
 * Hears a caller in a LiveKit room: joins, follows one participant (or, with
 * #GstVoiceLivekitSrc:mix, all of them) and gives out the voice in frames of
 * 20 ms by the pipeline's clock, silence while nothing is said. Opus is decoded
 * to whatever rate downstream wants.
 *
 * Together with a `livekitsink` of the same pipeline it is one participant:
 * one of the two needs a `url` and a token, the other finds it by the context
 * `gst.voice.livekit.room`. Where a pipeline has several rooms, both elements
 * of each have the same settings.
 *
 * A caller is who has the identity #GstVoiceLivekitSrc:follow, or else is of
 * one of the kinds #GstVoiceLivekitSrc:kinds. Who hangs up is gone at once, as
 * is a telephone; who is lost may come back within
 * #GstVoiceLivekitSrc:leave-after. With the last caller, and with the room, the
 * stream ends. While a telephone rings (attribute `sip.callStatus`) no speech
 * begins, and one that has hung up is gone.
 *
 * What is typed comes on the topic `lk.chat`, or in packets of `lk-chat-topic`.
 * Calls (RPC) of people in the room come as the signal
 * #GstVoiceLivekitSrc::rpc; #GstVoiceLivekitSrc::call-rpc calls them.
 *
 * It sends `voice/participant`, `voice/typed`, `voice/dtmf` and
 * `voice/disconnected` downstream, posts these, `voice/room` and each 10 s
 * `voice/network`. The query `voice/participant` it answers with whether the
 * first has been sent. See docs/events.md.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 livekitsrc url=ws://127.0.0.1:7880 token=env:LIVEKIT_TOKEN ! \
 *   livekitsink
 * ]|
 */
/*
 * Threads: the streaming thread makes frames and tells what has happened; what
 * happens comes on the network thread, which only takes note.
 * Locks: `lock` guards what both touch. It is above the locks of the feed and
 * of the room, and nothing is pushed or posted with it.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "element-rpc.h"
#include "follow-core.h"
#include "gstlivekitsrc.h"
#include "legacy-chat.h"
#include "room-context.h"

#include <gst-voice/events.h>
#include <gst-voice/json.h>
#include <gst-voice/preload.h>
#include <rtc-preload.h>
#include <speech-feed.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (livekitsrc_debug);
#define GST_CAT_DEFAULT livekitsrc_debug

#define MAX_NOTES 256
#define DEFAULT_KINDS "standard,sip,connector"
#define DEFAULT_LEAVE_AFTER 20000
#define CHAT_TOPIC "lk.chat"

/* What is to be told, in the streaming thread. */
typedef struct
{
  GstStructure *structure;
  GstVoiceCarrier carrier;
} Note;

struct _GstVoiceLivekitSrc
{
  GstPushSrc parent;

  /* object lock */
  RoomSettings settings;
  gchar *follow, *kinds;
  gboolean mix;
  gint leave_after;

  /* state changes only */
  RoomContext *room;
  GstVoiceSession *session;
  guint listener;

  SpeechFeed feed;              /* has its own lock, below ours */

  /* lock */
  GMutex lock;
  LivekitClient *client;        /* set in state changes, which need no lock */
  FollowCore *core;             /* between start and stop */
  GQueue notes;
  gboolean introduced;          /* `voice/participant` is behind us */
  gboolean over;                /* EOS after the notes */
  gboolean failed;              /* the error has been posted: no more data */

  /* streaming thread */
};

enum
{
  PROP_ROOM = 1,                /* and the others of RoomSettings */
  PROP_FOLLOW = PROP_ROOM + ROOM_N_PROPS,
  PROP_KINDS,
  PROP_MIX,
  PROP_LEAVE_AFTER,
  PROP_STATS,
};

enum
{
  SIGNAL_RPC,
  SIGNAL_CALL_RPC,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src",
    GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (SPEECH_FEED_CAPS));

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceLivekitSrc, gst_voice_livekit_src,
    GST_TYPE_PUSH_SRC, GST_DEBUG_CATEGORY_INIT (livekitsrc_debug,
        "livekitsrc", 0, "a caller in a LiveKit room"));
GST_ELEMENT_REGISTER_DEFINE (livekitsrc, "livekitsrc", GST_RANK_NONE,
    GST_TYPE_VOICE_LIVEKIT_SRC);

static void
note_free (Note * note)
{
  if (note->structure)
    gst_structure_free (note->structure);
  g_free (note);
}

static void
add_note_locked (GstVoiceLivekitSrc * self, GstVoiceCarrier carrier,
    GstStructure * structure)
{
  Note *note = g_new (Note, 1);

  if (self->notes.length >= MAX_NOTES)
    note_free (g_queue_pop_head (&self->notes));
  note->structure = structure;
  note->carrier = carrier;
  g_queue_push_tail (&self->notes, note);
}

static gchar *
attributes_to_json (GHashTable * attributes)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  GHashTableIter iter;
  gpointer key, value;
  gchar *text;

  g_hash_table_iter_init (&iter, attributes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    json_object_set_string_member (object, key, value);
  json_node_take_object (node, object);
  text = json_to_string (node, FALSE);
  json_node_unref (node);
  return text;
}

static GstStructure *
describe (const LivekitParticipant * participant, const gchar * change)
{
  gchar *attributes = attributes_to_json (participant->attributes);
  GstStructure *structure = gst_voice_structure_new ("participant",
      "identity", participant->identity, "name", participant->name,
      "kind", follow_kind_name (participant->kind),
      "attributes", attributes, "metadata", participant->metadata,
      "change", change,
      "reason", strcmp (change, "left") == 0 ?
      livekit_reason_name (participant->reason) : "", NULL);

  g_free (attributes);
  return structure;
}

static void
end_locked (GstVoiceLivekitSrc * self, LivekitReason reason)
{
  if (self->over)
    return;
  add_note_locked (self, GST_VOICE_OOB, gst_voice_structure_new
      ("disconnected", "reason", livekit_reason_name (reason), NULL));
  self->over = TRUE;
}

/* What the core has found out. */
static void
obey_locked (GstVoiceLivekitSrc * self)
{
  static const gchar *const changes[] = { "joined", "changed", "left" };
  const gchar *identity, *track;
  FollowNote *note;

  while ((note = follow_core_pop (self->core))) {
    if (note->type == FOLLOW_END)
      end_locked (self, note->reason);
    else if (note->type == FOLLOW_SILENT)
      speech_feed_remove (&self->feed, note->identity);
    else if (note->participant)
      add_note_locked (self, GST_VOICE_ORDERED,
          describe (note->participant, changes[note->type]));
    follow_note_free (note);
  }
  identity = follow_core_get_followed (self->core, &track);
  room_context_set_followed (self->room, identity, track,
      follow_core_is_answered (self->core));
}

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
on_participant (gpointer data, const LivekitParticipant * participant,
    LivekitChange change)
{
  GstVoiceLivekitSrc *self = data;

  g_mutex_lock (&self->lock);
  follow_core_participant (self->core, participant, change != LIVEKIT_REMOVED,
      now_ns ());
  obey_locked (self);
  g_mutex_unlock (&self->lock);
}

/* Also of one who has just left, which his own event will tell. */
static void
on_track (gpointer data, const LivekitParticipant * participant,
    const LivekitTrack * track, LivekitChange change)
{
  if (participant->state != LIVEKIT_STATE_DISCONNECTED)
    on_participant (data, participant, LIVEKIT_CHANGED);
}

static void
on_audio (gpointer data, const gchar * identity, const gchar * sid,
    const RtpPacket * packet, gint64 now)
{
  GstVoiceLivekitSrc *self = data;

  g_mutex_lock (&self->lock);
  if (follow_core_hears (self->core, identity, sid))
    speech_feed_push (&self->feed, identity, packet, now);
  g_mutex_unlock (&self->lock);
}

/* Those who are not followed are not ours to answer. */
static void
take_typed (GstVoiceLivekitSrc * self, const gchar * identity,
    const gchar * text)
{
  g_mutex_lock (&self->lock);
  if (*text && follow_core_is_followed (self->core, identity))
    add_note_locked (self, GST_VOICE_ORDERED, gst_voice_structure_new ("typed",
            "text", text, "source", "chat", NULL));
  g_mutex_unlock (&self->lock);
}

static void
on_text (gpointer data, const LivekitText * text)
{
  if (strcmp (text->topic, CHAT_TOPIC) == 0)
    take_typed (data, text->identity, text->text);
}

static void
take_user_data (GstVoiceLivekitSrc * self, const LivekitData * packet)
{
  gchar *text;

  if (strcmp (packet->user.topic, LEGACY_CHAT_TOPIC) != 0)
    return;
  text = legacy_chat_read (packet->user.payload);
  if (text)
    take_typed (self, packet->identity, text);
  g_free (text);
}

/* Both fields should be there; either will do. */
static gchar
digit_of (const LivekitData * packet)
{
  static const gchar digits[] = "0123456789*#ABCD";
  gchar digit = g_ascii_toupper (packet->dtmf.digit[0]);

  if (digit != '\0' && strchr (digits, digit))
    return digit;
  return packet->dtmf.code < strlen (digits) ? digits[packet->dtmf.code] : 0;
}

static void
take_digit (GstVoiceLivekitSrc * self, const LivekitData * packet)
{
  gchar digit[2] = { digit_of (packet) };

  g_mutex_lock (&self->lock);
  if (*digit && follow_core_is_followed (self->core, packet->identity))
    add_note_locked (self, GST_VOICE_OOB, gst_voice_structure_new ("dtmf",
            "digit", digit, NULL));
  g_mutex_unlock (&self->lock);
}

static void
on_packet (gpointer data, const LivekitData * packet)
{
  if (packet->type == LIVEKIT_DATA_DTMF)
    take_digit (data, packet);
  else if (packet->type == LIVEKIT_DATA_USER)
    take_user_data (data, packet);
}

static gboolean
on_call (gpointer data, const LivekitData * request)
{
  GstVoiceLivekitSrc *self = data;

  return element_rpc_take (GST_ELEMENT (self), signals[SIGNAL_RPC],
      self->client, request);
}

static void
on_state (gpointer data, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  GstVoiceLivekitSrc *self = data;

  if (state != LIVEKIT_CLIENT_LEFT)
    return;
  g_mutex_lock (&self->lock);
  if (error)
    self->failed = TRUE;
  else
    end_locked (self, reason);
  g_mutex_unlock (&self->lock);
}

static const LivekitListener listener = {
  .state = on_state,
  .participant = on_participant,
  .track = on_track,
  .audio = on_audio,
  .text = on_text,
  .packet = on_packet,
  .call = on_call,
};

/* Returns whether it was of a participant. */
static gboolean
tell (GstVoiceLivekitSrc * self, Note * note)
{
  GstStructure *structure = g_steal_pointer (&note->structure);
  GstEvent *event = gst_voice_event_new (note->carrier, NULL,
      gst_structure_copy (structure));
  gboolean participant = gst_voice_event_is (event, "participant");

  gst_voice_session_report (self->session, GST_ELEMENT (self), structure);
  /* Not gst_element_send_event (): it takes the state lock, with which a state
   * change waits for this thread. */
  gst_pad_push_event (GST_BASE_SRC_PAD (self), event);
  return participant;
}

/* Tells what has happened. FALSE: that was the end. */
static gboolean
tell_all (GstVoiceLivekitSrc * self)
{
  gboolean over, participant;
  Note *note;

  g_mutex_lock (&self->lock);
  follow_core_tick (self->core, now_ns ());
  obey_locked (self);
  while ((note = g_queue_pop_head (&self->notes))) {
    g_mutex_unlock (&self->lock);
    participant = tell (self, note);
    note_free (note);
    g_mutex_lock (&self->lock);
    self->introduced |= participant;
  }
  over = self->over;
  g_mutex_unlock (&self->lock);
  return !over;
}

static void
tell_network (GstVoiceLivekitSrc * self)
{
  LivekitClientStats stats;

  if (!self->client)
    return;
  livekit_client_get_stats (self->client, &stats);
  gst_voice_session_report (self->session, GST_ELEMENT (self),
      speech_feed_describe_network (&self->feed, stats.forged + stats.replayed
          + stats.malformed));
}

static gboolean
has_failed (GstVoiceLivekitSrc * self)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  failed = self->failed;
  g_mutex_unlock (&self->lock);
  return failed;
}

static GstFlowReturn
next_frame (GstVoiceLivekitSrc * self, GstClock * clock, GstBuffer ** out)
{
  if (!speech_feed_wait (&self->feed, clock))
    return GST_FLOW_FLUSHING;
  while (has_failed (self)) {
    speech_feed_postpone (&self->feed);
    if (!speech_feed_wait (&self->feed, clock))
      return GST_FLOW_FLUSHING;
  }
  if (self->feed.begun && !tell_all (self))
    return GST_FLOW_EOS;
  *out = speech_feed_make (&self->feed, clock);
  return GST_FLOW_OK;
}

static GstFlowReturn
create (GstPushSrc * src, GstBuffer ** out)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (src);
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
  speech_feed_set_flushing (&GST_VOICE_LIVEKIT_SRC (src)->feed, TRUE);
  return TRUE;
}

static gboolean
unlock_stop (GstBaseSrc * src)
{
  speech_feed_set_flushing (&GST_VOICE_LIVEKIT_SRC (src)->feed, FALSE);
  return TRUE;
}

static GstCaps *
fixate (GstBaseSrc * src, GstCaps * caps)
{
  return GST_BASE_SRC_CLASS (gst_voice_livekit_src_parent_class)->fixate (src,
      speech_feed_fixate (caps));
}

static gboolean
set_caps (GstBaseSrc * src, GstCaps * caps)
{
  return speech_feed_set_caps (&GST_VOICE_LIVEKIT_SRC (src)->feed, caps);
}

static void
answer_participant (GstVoiceLivekitSrc * self, GstQuery * query)
{
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->introduced;
  g_mutex_unlock (&self->lock);
  gst_structure_set (gst_query_writable_structure (query), "known",
      G_TYPE_BOOLEAN, known, NULL);
}

static gboolean
src_query (GstBaseSrc * src, GstQuery * query)
{
  if (gst_voice_query_is (query, "participant")) {
    answer_participant (GST_VOICE_LIVEKIT_SRC (src), query);
    return TRUE;
  }
  if (GST_QUERY_TYPE (query) != GST_QUERY_LATENCY)
    return GST_BASE_SRC_CLASS (gst_voice_livekit_src_parent_class)->query (src,
        query);
  /* A frame is pushed when it has ended, or up to a frame later. */
  gst_query_set_latency (query, TRUE, 2 * SPEECH_FEED_FRAME,
      GST_CLOCK_TIME_NONE);
  return TRUE;
}

/* What comes upstream tells what the agent is doing. */
static gboolean
src_event (GstBaseSrc * src, GstEvent * event)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (src);
  const GstStructure *s = gst_voice_event_parse (event);

  if (!s || !self->room)
    return GST_BASE_SRC_CLASS (gst_voice_livekit_src_parent_class)->event (src,
        event);
  if (gst_voice_event_is (event, "turn")
      && gst_voice_structure_boolean (s, "reply"))
    room_context_sign (self->room, AGENT_SIGN_TURN);
  else if (gst_voice_event_is (event, "no-reply"))
    room_context_sign (self->room, AGENT_SIGN_NO_REPLY);
  return TRUE;
}

static FollowCore *
make_core (GstVoiceLivekitSrc * self, GError ** error)
{
  FollowSettings settings = { 0 };
  gchar *follow, *kinds;
  FollowCore *core = NULL;

  GST_OBJECT_LOCK (self);
  follow = g_strdup (self->follow);
  kinds = g_strdup (self->kinds ? self->kinds : DEFAULT_KINDS);
  settings.mix = self->mix;
  settings.leave_after = self->leave_after < 0 ? -1 :
      self->leave_after * (gint64) GST_MSECOND;
  GST_OBJECT_UNLOCK (self);
  settings.identity = follow && *follow ? follow : NULL;
  if (follow_kinds_parse (kinds, &settings.kinds, error))
    core = follow_core_new (&settings);
  g_free (follow);
  g_free (kinds);
  return core;
}

static void
set_client (GstVoiceLivekitSrc * self, LivekitClient * client)
{
  LivekitClient *old;

  g_mutex_lock (&self->lock);
  old = self->client;
  self->client = client;
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&old, livekit_client_unref);
}

static gboolean
start (GstBaseSrc * src)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (src);
  GError *error = NULL;

  self->core = make_core (self, &error);
  if (self->core)
    set_client (self, room_context_start (self->room, &error));
  if (!self->client) {
    g_clear_pointer (&self->core, follow_core_free);
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", error->message),
        (NULL));
    g_error_free (error);
    return FALSE;
  }
  self->introduced = self->over = self->failed = FALSE;
  speech_feed_start (&self->feed);
  self->listener = livekit_client_listen (self->client, &listener, self, NULL);
  return TRUE;
}

static gboolean
stop (GstBaseSrc * src)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (src);

  if (!self->client)
    return TRUE;
  livekit_client_unlisten (self->client, self->listener);
  set_client (self, NULL);
  room_context_stop (self->room);
  speech_feed_stop (&self->feed);
  g_clear_pointer (&self->core, follow_core_free);
  g_queue_clear_full (&self->notes, (GDestroyNotify) note_free);
  return TRUE;
}

static guint
do_call_rpc (GstVoiceLivekitSrc * self, const gchar * identity,
    const gchar * method, const gchar * payload, guint timeout)
{
  LivekitClient *client;
  gchar *followed, *track;
  guint id;

  g_return_val_if_fail (method != NULL, 0);
  g_mutex_lock (&self->lock);
  client = self->client ? livekit_client_ref (self->client) : NULL;
  g_mutex_unlock (&self->lock);
  if (!client)
    return 0;
  followed = room_context_get_followed (self->room, &track);
  if (!identity || !*identity)
    identity = followed;
  id = element_rpc_call (GST_ELEMENT (self), self->session, client,
      identity ? identity : "", method, payload, timeout);
  g_free (followed);
  g_free (track);
  livekit_client_unref (client);
  return id;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange transition)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (element);
  RoomSettings settings;
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    GST_OBJECT_LOCK (self);
    room_settings_copy (&self->settings, &settings);
    GST_OBJECT_UNLOCK (self);
    self->session = gst_voice_session_obtain (element);
    self->room = room_context_obtain (element, &settings, self->session);
    room_settings_clear (&settings);
  }
  /* Before the session ends with the other elements. */
  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    tell_network (self);
  ret = GST_ELEMENT_CLASS (gst_voice_livekit_src_parent_class)->change_state
      (element, transition);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    g_clear_object (&self->room);
    g_clear_object (&self->session);
  }
  return ret;
}

static void
set_property (GObject * object, guint id, const GValue * value,
    GParamSpec * pspec)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_FOLLOW:
      g_free (self->follow);
      self->follow = g_value_dup_string (value);
      break;
    case PROP_KINDS:
      g_free (self->kinds);
      self->kinds = g_value_dup_string (value);
      break;
    case PROP_MIX:
      self->mix = g_value_get_boolean (value);
      break;
    case PROP_LEAVE_AFTER:
      self->leave_after = g_value_get_int (value);
      break;
    default:
      room_settings_set (&self->settings, id - PROP_ROOM, value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * pspec)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (object);

  if (id == PROP_STATS) {
    g_value_take_boxed (value, speech_feed_get_stats (&self->feed));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_FOLLOW:
      g_value_set_string (value, self->follow);
      break;
    case PROP_KINDS:
      g_value_set_string (value, self->kinds);
      break;
    case PROP_MIX:
      g_value_set_boolean (value, self->mix);
      break;
    case PROP_LEAVE_AFTER:
      g_value_set_int (value, self->leave_after);
      break;
    default:
      room_settings_get (&self->settings, id - PROP_ROOM, value);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  GstVoiceLivekitSrc *self = GST_VOICE_LIVEKIT_SRC (object);

  room_settings_clear (&self->settings);
  g_free (self->follow);
  g_free (self->kinds);
  speech_feed_clear (&self->feed);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_voice_livekit_src_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass * klass)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  room_settings_install (klass, PROP_ROOM);
  /**
   * GstVoiceLivekitSrc:follow:
   *
   * Identity of the only participant to listen to; if empty, the first one of
   * #GstVoiceLivekitSrc:kinds.
   */
  g_object_class_install_property (klass, PROP_FOLLOW,
      g_param_spec_string ("follow", "Follow",
          "Identity of the only participant to listen to", NULL, flags));
  /**
   * GstVoiceLivekitSrc:kinds:
   *
   * Which kinds of participants are callers, with commas between them:
   * standard, sip, connector, agent, ingress, egress, bridge.
   */
  g_object_class_install_property (klass, PROP_KINDS,
      g_param_spec_string ("kinds", "Kinds",
          "Which kinds of participants are callers", DEFAULT_KINDS, flags));
  /**
   * GstVoiceLivekitSrc:mix:
   *
   * Hear all callers at once, and not only the first one.
   */
  g_object_class_install_property (klass, PROP_MIX,
      g_param_spec_boolean ("mix", "Mix", "Hear all callers at once", FALSE,
          flags));
  /**
   * GstVoiceLivekitSrc:leave-after:
   *
   * How long a caller who was lost may take to come back, in ms; then the
   * stream ends. -1: it never does.
   */
  g_object_class_install_property (klass, PROP_LEAVE_AFTER,
      g_param_spec_int ("leave-after", "Leave after",
          "How long a caller who was lost may take to come back, in ms", -1,
          G_MAXINT, DEFAULT_LEAVE_AFTER, flags));
  /**
   * GstVoiceLivekitSrc:stats:
   *
   * Figures of the jitter buffer since the start.
   */
  g_object_class_install_property (klass, PROP_STATS,
      g_param_spec_boxed ("stats", "Statistics",
          "Figures of the jitter buffer since the start", GST_TYPE_STRUCTURE,
          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
install_signals (void)
{
  /**
   * GstVoiceLivekitSrc::rpc:
   * @src: the element
   * @identity: who calls
   * @method: what is called
   * @payload: and with what
   *
   * To be connected to, not to be emitted: somebody in the room calls a method
   * of ours (RPC), and the answer is what is returned, or %NULL if there is no
   * such method. In a thread of its own, so it may take its time, though no
   * more than the other side waits, which is 15 s unless it says otherwise.
   *
   * Returns: (nullable): the answer; %NULL: there is no such method
   */
  signals[SIGNAL_RPC] = g_signal_new ("rpc", GST_TYPE_VOICE_LIVEKIT_SRC,
      G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_first_wins, NULL, NULL,
      G_TYPE_STRING, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  /**
   * GstVoiceLivekitSrc::call-rpc:
   * @src: the element
   * @identity: (nullable): whom to call; the caller unless said
   * @method: what
   * @payload: (nullable): and with what
   * @timeout: how long the answer may take, in ms; 0: 15 s
   *
   * Calls a method of somebody in the room. The answer comes as the message
   * `voice/rpc` with the number that this returns.
   *
   * Returns: the number of the call, 0 if we are in no room
   */
  signals[SIGNAL_CALL_RPC] = g_signal_new_class_handler ("call-rpc",
      GST_TYPE_VOICE_LIVEKIT_SRC, G_SIGNAL_RUN_LAST | G_SIGNAL_ACTION,
      G_CALLBACK (do_call_rpc), NULL, NULL, NULL, G_TYPE_UINT, 4,
      G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_UINT);
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
gst_voice_livekit_src_class_init (GstVoiceLivekitSrcClass * klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base_class = GST_BASE_SRC_CLASS (klass);

  object_class->set_property = set_property;
  object_class->get_property = get_property;
  object_class->finalize = finalize;
  install_properties (object_class);
  install_signals ();
  element_class->change_state = GST_DEBUG_FUNCPTR (change_state);
  base_class->start = GST_DEBUG_FUNCPTR (start);
  base_class->stop = GST_DEBUG_FUNCPTR (stop);
  base_class->unlock = GST_DEBUG_FUNCPTR (unlock);
  base_class->unlock_stop = GST_DEBUG_FUNCPTR (unlock_stop);
  base_class->fixate = GST_DEBUG_FUNCPTR (fixate);
  base_class->set_caps = GST_DEBUG_FUNCPTR (set_caps);
  base_class->query = GST_DEBUG_FUNCPTR (src_query);
  base_class->event = GST_DEBUG_FUNCPTR (src_event);
  GST_PUSH_SRC_CLASS (klass)->create = GST_DEBUG_FUNCPTR (create);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "LiveKit caller",
      "Source/Audio/Network", "Hears a caller in a LiveKit room", "gst-voice");
  gst_voice_preload_add (preload);
}

static void
gst_voice_livekit_src_init (GstVoiceLivekitSrc * self)
{
  speech_feed_init (&self->feed, GST_BASE_SRC (self));
  g_mutex_init (&self->lock);
  g_queue_init (&self->notes);
  self->kinds = g_strdup (DEFAULT_KINDS);
  self->leave_after = DEFAULT_LEAVE_AFTER;
}
