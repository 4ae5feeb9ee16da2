/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the elements of a room share, and how they find each other. An element
 * with a `url` looks for one of the same settings in its pipeline, so that
 * several pairs in a pipeline are told apart if all of them have it; an
 * element without one takes what bins and the application have.
 *
 * Threads: elements in any; the client's events on the network thread, which
 * leaves what is to be reported to a worker of GStreamer's pool.
 * Locks: `obtain_lock` (one in the process) around the search, as a session's;
 * messages are posted with it held. `lock` guards the rest and is below it;
 * the client's functions that only post may be called with it. `watch_lock` is
 * between the source's lock and the sink's.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "room-context.h"

#include <gst-voice/error.h>
#include <gst-voice/events.h>
#include <gst-voice/secret.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (room_debug);
#define GST_CAT_DEFAULT room_debug

#define MAX_REPORTS 64
#define STATE_ATTRIBUTE "lk.agent.state"

typedef struct
{
  LivekitClientState state;
  LivekitReason reason;
  GError *error;                /* (nullable) */
} Report;

struct _GstVoiceLivekitRoom
{
  GObject parent;

  /* obtain_lock */
  gboolean configured;
  gconstpointer top;            /* of the pipeline, only compared */
  RoomSettings settings;

  /* set once, with `configured` */
  GWeakRef owner;               /* the element that has the url */
  GstVoiceSession *session;

  /* lock */
  GMutex lock;
  LivekitClient *client;        /* while somebody has started */
  guint listener, started;
  GQueue reports;
  gboolean reporting;
  gchar *name, *sid, *identity; /* of the room, and ours */
  gchar *followed, *followed_track;
  gboolean unanswered;          /* the caller cannot hear yet */
  gboolean joined, shows_agent;
  AgentState agent;

  /* watch_lock; around calls, above the watcher's own locks */
  GMutex watch_lock;
  RoomAnsweredFunc watcher;
  gpointer watcher_data;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (GstVoiceLivekitRoom, gst_voice_livekit_room,
    G_TYPE_OBJECT, GST_DEBUG_CATEGORY_INIT (room_debug, "livekit-room", 0,
        "what the elements of a LiveKit room share"));

static GMutex obtain_lock;
/* obtain_lock: all there are, without references */
static GPtrArray *rooms;

static void
report_free (Report * report)
{
  g_clear_error (&report->error);
  g_free (report);
}

static void
room_dispose (GObject * object)
{
  RoomContext *self = GST_VOICE_LIVEKIT_ROOM (object);

  g_mutex_lock (&obtain_lock);
  if (rooms)
    g_ptr_array_remove_fast (rooms, self);
  if (rooms && rooms->len == 0)
    g_clear_pointer (&rooms, g_ptr_array_unref);
  g_mutex_unlock (&obtain_lock);
  G_OBJECT_CLASS (gst_voice_livekit_room_parent_class)->dispose (object);
}

static void
room_finalize (GObject * object)
{
  RoomContext *self = GST_VOICE_LIVEKIT_ROOM (object);

  room_settings_clear (&self->settings);
  g_weak_ref_clear (&self->owner);
  g_clear_object (&self->session);
  g_queue_clear_full (&self->reports, (GDestroyNotify) report_free);
  g_free (self->name);
  g_free (self->sid);
  g_free (self->identity);
  g_free (self->followed);
  g_free (self->followed_track);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->watch_lock);
  G_OBJECT_CLASS (gst_voice_livekit_room_parent_class)->finalize (object);
}

static void
gst_voice_livekit_room_class_init (GstVoiceLivekitRoomClass * klass)
{
  G_OBJECT_CLASS (klass)->dispose = room_dispose;
  G_OBJECT_CLASS (klass)->finalize = room_finalize;
}

static void
gst_voice_livekit_room_init (GstVoiceLivekitRoom * self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->watch_lock);
  g_weak_ref_init (&self->owner, NULL);
  g_queue_init (&self->reports);
}

static RoomContext *
new_locked (gconstpointer top)
{
  RoomContext *self = g_object_new (GST_TYPE_VOICE_LIVEKIT_ROOM, NULL);

  self->top = top;
  if (!rooms)
    rooms = g_ptr_array_new ();
  g_ptr_array_add (rooms, self);
  return self;
}

static gconstpointer
top_of (GstElement * element)
{
  GstObject *top = gst_object_ref (element), *parent;

  while ((parent = gst_object_get_parent (top))) {
    gst_object_unref (top);
    top = parent;
  }
  gst_object_unref (top);
  return top;
}

static RoomContext *
room_in_element (GstElement * element)
{
  GstContext *context = gst_element_get_context (element, ROOM_CONTEXT);
  RoomContext *room = NULL;

  if (!context)
    return NULL;
  gst_structure_get (gst_context_get_structure (context), "room",
      GST_TYPE_VOICE_LIVEKIT_ROOM, &room, NULL);
  gst_context_unref (context);
  return room;
}

static RoomContext *
find_in_bins (GstElement * element)
{
  RoomContext *room = room_in_element (element);

  if (room)
    return room;
  gst_element_post_message (element,
      gst_message_new_need_context (GST_OBJECT (element), ROOM_CONTEXT));
  return room_in_element (element);
}

static void
share (GstElement * element, RoomContext * room)
{
  GstContext *context = gst_context_new (ROOM_CONTEXT, FALSE);

  gst_structure_set (gst_context_writable_structure (context), "room",
      GST_TYPE_VOICE_LIVEKIT_ROOM, room, NULL);
  gst_element_set_context (element, context);
  gst_element_post_message (element,
      gst_message_new_have_context (GST_OBJECT (element), context));
}

/* One that is just being disposed of lives on if it is found here. */
static RoomContext *
find_equal_locked (gconstpointer top, const RoomSettings * settings)
{
  for (guint i = 0; rooms && i < rooms->len; i++) {
    RoomContext *room = rooms->pdata[i];

    if (room->top == top && room->configured
        && room_settings_equal (&room->settings, settings))
      return g_object_ref (room);
  }
  return NULL;
}

static void
configure_locked (RoomContext * self, GstElement * element,
    const RoomSettings * settings, GstVoiceSession * session)
{
  room_settings_copy (settings, &self->settings);
  g_weak_ref_set (&self->owner, element);
  self->session = g_object_ref (session);
  self->configured = TRUE;
}

static RoomContext *
obtain_configured_locked (GstElement * element, const RoomSettings * settings,
    GstVoiceSession * session)
{
  gconstpointer top = top_of (element);
  RoomContext *room = find_equal_locked (top, settings);

  if (room)
    return room;
  room = find_in_bins (element);
  if (room && room->configured)
    g_clear_object (&room);
  if (!room) {
    room = new_locked (top);
    share (element, room);
  }
  configure_locked (room, element, settings, session);
  return room;
}

/**
 * room_context_obtain:
 * @element: who asks, in NULL→READY and with no lock held
 * @settings: its own; without a `url` it takes the room that it finds
 * @session: of the call
 *
 * Returns: (transfer full): the room
 */
RoomContext *
room_context_obtain (GstElement * element, const RoomSettings * settings,
    GstVoiceSession * session)
{
  RoomContext *room;

  g_mutex_lock (&obtain_lock);
  if (settings->url) {
    room = obtain_configured_locked (element, settings, session);
  } else {
    room = find_in_bins (element);
    if (!room) {
      room = new_locked (top_of (element));
      share (element, room);
    }
  }
  g_mutex_unlock (&obtain_lock);
  return room;
}

static GstClockTime
time_or_none (gint64 time)
{
  return time < 0 ? GST_CLOCK_TIME_NONE : (GstClockTime) time;
}

static GstStructure *
describe_locked (RoomContext * self, const Report * report)
{
  static const gchar *const names[] = {
    "joined", "reconnecting", "reconnected", "left"
  };
  gboolean left = report->state == LIVEKIT_CLIENT_LEFT;
  LivekitClientStats stats = { -1, -1, -1, -1 };

  if (self->client)
    livekit_client_get_stats (self->client, &stats);
  return gst_voice_structure_new ("room", "state", names[report->state],
      "reason", report->error ? report->error->message :
      left ? livekit_reason_name (report->reason) : "",
      "room", self->name, "sid", self->sid, "identity", self->identity,
      "join", time_or_none (stats.joined),
      "subscriber", time_or_none (stats.subscriber_connected),
      "publisher", time_or_none (stats.publisher_connected),
      "first-packet", time_or_none (stats.first_packet), NULL);
}

/* We are told that we have joined before we are told as whom, and where. */
static Report *
next_report_locked (RoomContext * self)
{
  Report *report = g_queue_peek_head (&self->reports);

  if (report && report->state == LIVEKIT_CLIENT_JOINED && !self->identity
      && self->reports.length == 1)
    return NULL;
  return g_queue_pop_head (&self->reports);
}

static void
make_report (RoomContext * self, GstElement * owner, Report * report)
{
  GstStructure *structure;

  if (report->state == LIVEKIT_CLIENT_RETRYING) {
    g_prefix_error (&report->error, "Cannot join the room yet, trying again: ");
    gst_voice_error_post (owner, report->error, "livekit", 0, NULL, FALSE);
    return;
  }
  g_mutex_lock (&self->lock);
  structure = describe_locked (self, report);
  g_mutex_unlock (&self->lock);
  gst_voice_session_report (self->session, owner, structure);
  if (report->error)
    gst_voice_error_post (owner, report->error, "livekit", 0, NULL, TRUE);
}

/* In a worker, one at a time. */
static void
report_all (GstElement * owner, gpointer data)
{
  RoomContext *self = data;
  Report *report;

  g_mutex_lock (&self->lock);
  while ((report = next_report_locked (self))) {
    g_mutex_unlock (&self->lock);
    make_report (self, owner, report);
    report_free (report);
    g_mutex_lock (&self->lock);
  }
  self->reporting = FALSE;
  g_mutex_unlock (&self->lock);
}

static void
begin_reports (RoomContext * self)
{
  GstElement *owner = g_weak_ref_get (&self->owner);
  gboolean begin;

  g_mutex_lock (&self->lock);
  begin = owner && !self->reporting;
  self->reporting |= begin;
  g_mutex_unlock (&self->lock);
  if (begin)
    gst_element_call_async (owner, report_all, g_object_ref (self),
        g_object_unref);
  gst_clear_object (&owner);
}

static void
queue_report_locked (RoomContext * self, LivekitClientState state,
    LivekitReason reason, const GError * error)
{
  Report *report = g_new0 (Report, 1);

  report->state = state;
  report->reason = reason;
  report->error = error ? g_error_copy (error) : NULL;
  if (self->reports.length >= MAX_REPORTS)
    report_free (g_queue_pop_head (&self->reports));
  g_queue_push_tail (&self->reports, report);
}

/* What is missed here is told again with the next change. */
static void
publish_agent_locked (RoomContext * self)
{
  GHashTable *attributes;

  if (!self->shows_agent || !self->joined || !self->client)
    return;
  attributes = livekit_attributes_new ();
  g_hash_table_insert (attributes, g_strdup (STATE_ATTRIBUTE),
      g_strdup (agent_state_name (&self->agent)));
  livekit_client_update (self->client, NULL, NULL, attributes);
  g_hash_table_unref (attributes);
}

static void
on_state (gpointer data, LivekitClientState state, LivekitReason reason,
    const GError * error)
{
  RoomContext *self = data;

  g_mutex_lock (&self->lock);
  self->joined = state == LIVEKIT_CLIENT_JOINED
      || state == LIVEKIT_CLIENT_RECONNECTED;
  publish_agent_locked (self);
  queue_report_locked (self, state, reason, error);
  g_mutex_unlock (&self->lock);
  begin_reports (self);
}

static void
on_room (gpointer data, const LivekitRoom * room,
    const LivekitParticipant * participant)
{
  RoomContext *self = data;

  g_mutex_lock (&self->lock);
  g_free (self->name);
  self->name = g_strdup (room->name);
  g_free (self->sid);
  self->sid = g_strdup (room->sid);
  g_free (self->identity);
  self->identity = g_strdup (participant->identity);
  g_mutex_unlock (&self->lock);
  begin_reports (self);
}

static const LivekitListener listener = {
  .state = on_state,
  .room = on_room,
};

/* Copies what is needed, so that tokens are read without a lock. */
static gboolean
get_settings (RoomContext * self, RoomSettings * settings)
{
  gboolean configured;

  g_mutex_lock (&obtain_lock);
  configured = self->configured;
  if (configured)
    room_settings_copy (&self->settings, settings);
  g_mutex_unlock (&obtain_lock);
  return configured;
}

static void
join_locked (RoomContext * self, const LivekitClientSettings * settings)
{
  agent_state_init (&self->agent);
  self->joined = self->unanswered = FALSE;
  g_clear_pointer (&self->identity, g_free);
  self->client = livekit_client_new ();
  self->listener = livekit_client_listen (self->client, &listener,
      g_object_ref (self), g_object_unref);
  livekit_client_join (self->client, settings);
}

/**
 * room_context_start:
 * @self: a room
 * @error: why it cannot be joined
 *
 * Joins it, unless another element has. In READY→PAUSED, when all elements of
 * the pipeline have said what they know.
 *
 * Returns: (transfer full) (nullable): our participant, until
 *   room_context_stop()
 */
LivekitClient *
room_context_start (RoomContext * self, GError ** error)
{
  LivekitClient *client = NULL;
  LivekitClientSettings resolved;
  RoomSettings settings;

  if (!get_settings (self, &settings)) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "no room: neither this element nor another one of the pipeline has a "
        "url");
    return NULL;
  }
  if (room_settings_resolve (&settings, &resolved, error)) {
    g_mutex_lock (&self->lock);
    if (self->started++ == 0)
      join_locked (self, &resolved);
    client = livekit_client_ref (self->client);
    g_mutex_unlock (&self->lock);
    gst_voice_secret_free (resolved.token);
  }
  room_settings_clear (&settings);
  return client;
}

/* We leave by ourselves, and hear nothing of it any more. */
static void
report_leaving (RoomContext * self, GstStructure * structure)
{
  GstElement *owner = g_weak_ref_get (&self->owner);

  if (owner)
    gst_voice_session_report (self->session, owner, structure);
  else
    gst_structure_free (structure);
  gst_clear_object (&owner);
}

/**
 * room_context_stop:
 * @self: a room that this element has started
 *
 * With the last element the room is left.
 */
void
room_context_stop (RoomContext * self)
{
  Report leaving = { LIVEKIT_CLIENT_LEFT, LIVEKIT_REASON_CLIENT_INITIATED };
  GstStructure *structure = NULL;
  LivekitClient *client = NULL;
  guint id;

  g_mutex_lock (&self->lock);
  if (--self->started == 0) {
    if (self->joined)
      structure = describe_locked (self, &leaving);
    client = g_steal_pointer (&self->client);
    self->shows_agent = FALSE;
  }
  id = self->listener;
  g_mutex_unlock (&self->lock);
  if (structure)
    report_leaving (self, structure);
  if (!client)
    return;
  livekit_client_unlisten (client, id);
  livekit_client_leave (client, LIVEKIT_REASON_CLIENT_INITIATED);
  livekit_client_unref (client);
}

/**
 * room_context_watch:
 * @self: a room
 * @func: (nullable): told now, and whenever it changes, whether the caller can
 *   hear; nobody is once this has returned with %NULL
 * @data: for @func
 */
void
room_context_watch (RoomContext * self, RoomAnsweredFunc func, gpointer data)
{
  gboolean answered;

  g_mutex_lock (&self->watch_lock);
  self->watcher = func;
  self->watcher_data = data;
  g_mutex_lock (&self->lock);
  answered = !self->unanswered;
  g_mutex_unlock (&self->lock);
  if (func)
    func (data, answered);
  g_mutex_unlock (&self->watch_lock);
}

static void
tell_watcher (RoomContext * self, gboolean answered)
{
  g_mutex_lock (&self->watch_lock);
  if (self->watcher)
    self->watcher (self->watcher_data, answered);
  g_mutex_unlock (&self->watch_lock);
}

/**
 * room_context_set_followed:
 * @self: a room
 * @identity: (nullable): of the caller
 * @track: (nullable): sid of his voice
 * @answered: whether he can hear: a telephone that rings cannot
 */
void
room_context_set_followed (RoomContext * self, const gchar * identity,
    const gchar * track, gboolean answered)
{
  gboolean news;

  g_mutex_lock (&self->lock);
  g_free (self->followed);
  self->followed = g_strdup (identity);
  g_free (self->followed_track);
  self->followed_track = g_strdup (track);
  news = self->unanswered != !answered;
  self->unanswered = !answered;
  g_mutex_unlock (&self->lock);
  if (news)
    tell_watcher (self, answered);
}

/**
 * room_context_get_followed:
 * @self: a room
 * @track: (out) (transfer full) (nullable): sid of the caller's voice
 *
 * Returns: (transfer full) (nullable): the caller's identity
 */
gchar *
room_context_get_followed (RoomContext * self, gchar ** track)
{
  gchar *identity;

  g_mutex_lock (&self->lock);
  identity = g_strdup (self->followed);
  *track = g_strdup (self->followed_track);
  g_mutex_unlock (&self->lock);
  return identity;
}

/**
 * room_context_show_agent:
 * @self: a room
 *
 * From now on the room sees what the agent does.
 */
void
room_context_show_agent (RoomContext * self)
{
  g_mutex_lock (&self->lock);
  self->shows_agent = TRUE;
  publish_agent_locked (self);
  g_mutex_unlock (&self->lock);
}

/**
 * room_context_sign:
 * @self: a room
 * @sign: what tells of the agent
 */
void
room_context_sign (RoomContext * self, AgentSign sign)
{
  g_mutex_lock (&self->lock);
  if (agent_state_take (&self->agent, sign, g_get_monotonic_time () * 1000))
    publish_agent_locked (self);
  g_mutex_unlock (&self->lock);
}
