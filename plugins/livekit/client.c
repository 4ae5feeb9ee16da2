/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A participant of a LiveKit room, for whoever wants one: from any thread the
 * functions here post what is wanted to the network thread, which does it in
 * that order. Listeners are called there, without a lock.
 *
 * The last reference posts the end behind everything that was posted before,
 * so what is posted needs no reference of its own. It holds the network
 * thread, and gives it back last: when the last client's unref has returned on
 * another thread, that thread is gone with all it had.
 *
 * Threads: any; on_io: network thread. Locks: one, a leaf.
 */
#include "client-private.h"

#include <gst-voice/secret.h>
#include <string.h>

GST_DEBUG_CATEGORY (livekit_client_debug);

/* A second of speech that the network thread has not yet taken. */
#define MAX_AUDIO 50

static void
listener_unref (gpointer data)
{
  ClientListener *listener = data;

  if (!g_atomic_int_dec_and_test (&listener->refs))
    return;
  if (listener->destroy)
    listener->destroy (listener->data);
  g_free (listener);
}

static gpointer
listener_ref (gpointer data)
{
  g_atomic_int_inc (&((ClientListener *) data)->refs);
  return data;
}

/**
 * client_hold_listeners:
 *
 * Returns: (transfer full): those that there are now
 */
GPtrArray *
client_hold_listeners (LivekitClient * self)
{
  GPtrArray *listeners;

  g_mutex_lock (&self->lock);
  listeners = g_ptr_array_ref (self->listeners);
  g_mutex_unlock (&self->lock);
  return listeners;
}

/**
 * client_enter:
 *
 * Returns: whether the listener may be called; then client_exit () follows
 */
gboolean
client_enter (LivekitClient * self, ClientListener * listener)
{
  gboolean entered;

  g_mutex_lock (&self->lock);
  entered = listener->active && !listener->gone;
  listener->calls += entered;
  g_mutex_unlock (&self->lock);
  return entered;
}

void
client_exit (LivekitClient * self, ClientListener * listener)
{
  g_mutex_lock (&self->lock);
  listener->calls--;
  g_cond_broadcast (&self->called);
  g_mutex_unlock (&self->lock);
}

/* The list but for one, or all of it. */
static GPtrArray *
copy_listeners_locked (LivekitClient * self, guint without)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (listener_unref);

  for (guint i = 0; i < self->listeners->len; i++) {
    ClientListener *listener = self->listeners->pdata[i];

    if (listener->id != without)
      g_ptr_array_add (copy, listener_ref (listener));
  }
  return copy;
}

/* Returns: (transfer full) (nullable) */
static ClientListener *
find_listener_locked (LivekitClient * self, guint id)
{
  for (guint i = 0; i < self->listeners->len; i++) {
    ClientListener *listener = self->listeners->pdata[i];

    if (listener->id == id)
      return listener_ref (listener);
  }
  return NULL;
}

/* A job for the network thread; which fields are set is its function's. */
typedef struct
{
  LivekitClient *client;
  LivekitClientSettings settings;
  guint number;
  guint level, timeout_ms;
  gboolean flag, voice, marker;
  gchar *name, *text, *topic, *as;
  GStrv to;
  GBytes *bytes;
  GHashTable *attributes;
  LivekitRpcFunc done;
  gpointer data;
} Job;

static void
settings_clear (LivekitClientSettings * settings)
{
  g_free (settings->url);
  gst_voice_secret_free (settings->token);
  g_free (settings->ca_file);
  g_free (settings->local_address);
  memset (settings, 0, sizeof *settings);
}

static void
job_free (gpointer data)
{
  Job *job = data;

  settings_clear (&job->settings);
  g_free (job->name);
  g_free (job->text);
  g_free (job->topic);
  g_free (job->as);
  g_strfreev (job->to);
  g_clear_pointer (&job->bytes, g_bytes_unref);
  g_clear_pointer (&job->attributes, g_hash_table_unref);
  g_free (job);
}

static Job *
job_new (LivekitClient * self)
{
  Job *job = g_new0 (Job, 1);

  job->client = self;
  return job;
}

static void
post (Job * job, GstVoiceIoFunc func)
{
  gst_voice_io_post (func, job, job_free);
}

static GHashTable *
copy_attributes (GHashTable * attributes)
{
  return attributes ? livekit_attributes_copy (attributes) : NULL;
}

/**
 * livekit_client_new:
 *
 * Returns: (transfer full): a client that is in no room. It takes part in the
 *   network thread.
 */
LivekitClient *
livekit_client_new (void)
{
  LivekitClient *self = g_new0 (LivekitClient, 1);
  static gsize once;

  if (g_once_init_enter (&once)) {
    GST_DEBUG_CATEGORY_INIT (livekit_client_debug, "livekit-client", 0,
        "a participant of a LiveKit room");
    g_once_init_leave (&once, 1);
  }
  gst_voice_io_ref ();
  self->refs = 1;
  g_mutex_init (&self->lock);
  g_cond_init (&self->called);
  self->listeners = g_ptr_array_new_with_free_func (listener_unref);
  self->stats.joined = self->stats.publisher_connected =
      self->stats.subscriber_connected = self->stats.first_packet =
      self->stats.round_trip = -1;
  client_peers_init (self);
  return self;
}

LivekitClient *
livekit_client_ref (LivekitClient * self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

static void
end_on_io (gpointer data)
{
  LivekitClient *self = data;

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->listeners->len; i++)
    ((ClientListener *) self->listeners->pdata[i])->gone = TRUE;
  g_mutex_unlock (&self->lock);
  client_room_end (self);
  client_peers_clear (self);
  g_ptr_array_unref (self->listeners);
  settings_clear (&self->settings);
  g_free (self->track_name);
  g_free (self->track_sid);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->called);
  g_free (self);
}

/**
 * livekit_client_unref:
 * @self: (transfer full): the last reference leaves the room, if that has not
 *   been done; not with a lock held that a listener wants
 */
void
livekit_client_unref (LivekitClient * self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  gst_voice_io_post (end_on_io, self, NULL);
  gst_voice_io_unref ();
}

static void
tell_people (LivekitClient * self, ClientListener * listener)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, room_core_get_participants (self->core));
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const LivekitParticipant *participant = value;

    client_tell_one (self, listener, participant, participant, LIVEKIT_ADDED);
    for (guint i = 0; i < participant->tracks->len; i++)
      client_tell_one (self, listener, track, participant,
          participant->tracks->pdata[i], LIVEKIT_ADDED);
  }
}

/* Who comes late is told what there is. */
static void
tell_all (LivekitClient * self, ClientListener * listener)
{
  if (self->left) {
    client_tell_one (self, listener, state, LIVEKIT_CLIENT_LEFT,
        self->left_reason, self->left_error);
    return;
  }
  if (!self->core || !room_core_get_self (self->core))
    return;
  client_tell_one (self, listener, state, LIVEKIT_CLIENT_JOINED,
      LIVEKIT_REASON_UNKNOWN, NULL);
  client_tell_one (self, listener, room, room_core_get_room (self->core),
      room_core_get_self (self->core));
  tell_people (self, listener);
  if (self->track_sid)
    client_tell_one (self, listener, published, self->track_sid);
  if (self->listened)
    client_tell_one (self, listener, listened, TRUE);
  if (self->sending)
    client_tell_one (self, listener, sending, TRUE);
  if (!self->connected)
    client_tell_one (self, listener, state, LIVEKIT_CLIENT_RECONNECTING,
        LIVEKIT_REASON_UNKNOWN, NULL);
}

static void
listen_on_io (gpointer data)
{
  Job *job = data;
  LivekitClient *self = job->client;
  ClientListener *listener;

  g_mutex_lock (&self->lock);
  listener = find_listener_locked (self, job->number);
  if (listener)
    listener->active = TRUE;
  g_mutex_unlock (&self->lock);
  if (!listener)
    return;
  tell_all (self, listener);
  listener_unref (listener);
}

/**
 * livekit_client_listen:
 * @listener: copied
 * @destroy: (nullable): frees @data, on any thread
 *
 * Who comes late is told first what there is: the state, who is there with
 * which tracks, our track.
 *
 * Returns: for livekit_client_unlisten ()
 */
guint
livekit_client_listen (LivekitClient * self, const LivekitListener * listener,
    gpointer data, GDestroyNotify destroy)
{
  ClientListener *added = g_new0 (ClientListener, 1);
  GPtrArray *before;
  Job *job = job_new (self);
  guint id;

  added->refs = 1;
  added->funcs = *listener;
  added->data = data;
  added->destroy = destroy;
  g_mutex_lock (&self->lock);
  added->id = job->number = id = ++self->last_listener;
  before = self->listeners;
  self->listeners = copy_listeners_locked (self, 0);
  g_ptr_array_add (self->listeners, added);
  g_mutex_unlock (&self->lock);
  g_ptr_array_unref (before);
  post (job, listen_on_io);
  return id;
}

/**
 * livekit_client_unlisten:
 * @id: what livekit_client_listen () returned
 *
 * When it returns the listener is not called any more: on another thread than
 * the network's it waits for a call that is running, so it must not be called
 * with a lock held that the listener wants.
 */
void
livekit_client_unlisten (LivekitClient * self, guint id)
{
  GPtrArray *before;
  ClientListener *listener;

  g_mutex_lock (&self->lock);
  listener = find_listener_locked (self, id);
  if (!listener) {
    g_mutex_unlock (&self->lock);
    return;
  }
  listener->gone = TRUE;
  before = self->listeners;
  self->listeners = copy_listeners_locked (self, id);
  while (listener->calls > 0 && !gst_voice_io_is_owner ())
    g_cond_wait (&self->called, &self->lock);
  g_mutex_unlock (&self->lock);
  g_ptr_array_unref (before);
  listener_unref (listener);
}

static void
join_on_io (gpointer data)
{
  Job *job = data;
  LivekitClient *self = job->client;

  if (self->core && !self->left)
    return;
  settings_clear (&self->settings);
  self->settings = job->settings;
  memset (&job->settings, 0, sizeof job->settings);
  client_room_begin (self);
}

/**
 * livekit_client_join:
 * @settings: copied
 *
 * Without effect while there is a session.
 */
void
livekit_client_join (LivekitClient * self,
    const LivekitClientSettings * settings)
{
  Job *job = job_new (self);

  job->settings = *settings;
  job->settings.url = g_strdup (settings->url);
  job->settings.token = g_strdup (settings->token);
  job->settings.ca_file = g_strdup (settings->ca_file);
  job->settings.local_address = g_strdup (settings->local_address);
  post (job, join_on_io);
}

static void
leave_on_io (gpointer data)
{
  Job *job = data;
  RoomEvent event = {.type = ROOM_EVENT_LEAVE,.reason = job->number };

  client_room_handle (job->client, &event);
}

/**
 * livekit_client_leave:
 * @reason: %LIVEKIT_REASON_CLIENT_INITIATED, or what else the server takes
 *   from us; it is told
 */
void
livekit_client_leave (LivekitClient * self, LivekitReason reason)
{
  Job *job = job_new (self);

  job->number = reason;
  post (job, leave_on_io);
}

static void
simulate_on_io (gpointer data)
{
  Job *job = data;
  RoomEvent event = {.type = ROOM_EVENT_SIMULATE,.scenario = job->name };

  client_room_handle (job->client, &event);
}

/**
 * livekit_client_simulate:
 * @scenario: what livekit_signal_encode_simulate () knows
 *
 * The server plays a fault, for tests.
 */
void
livekit_client_simulate (LivekitClient * self, const gchar * scenario)
{
  Job *job = job_new (self);

  job->name = g_strdup (scenario);
  post (job, simulate_on_io);
}

static void
publish_on_io (gpointer data)
{
  Job *job = data;
  LivekitClient *self = job->client;

  if (self->track_name)
    return;
  self->track_name = g_steal_pointer (&job->name);
  self->track_source = job->number;
  self->track_dtx = job->flag;
  client_room_publish (self);
}

/**
 * livekit_client_publish:
 * @name: of the track, for others to see
 * @dtx: it may have gaps
 *
 * There is one track; it is published in every session from here on. Best
 * called before livekit_client_join (): then the first offer has it.
 */
void
livekit_client_publish (LivekitClient * self, const gchar * name,
    LivekitSource source, gboolean dtx)
{
  Job *job = job_new (self);

  job->name = g_strdup (name ? name : "");
  job->number = source;
  job->flag = dtx;
  post (job, publish_on_io);
}

static void
mute_on_io (gpointer data)
{
  Job *job = data;
  RoomEvent event = {.type = ROOM_EVENT_MUTE };

  job->client->muted = job->flag;
  event.mute.cid = "voice";
  event.mute.muted = job->flag;
  client_room_handle (job->client, &event);
}

/**
 * livekit_client_mute:
 *
 * What is sent while it is muted is dropped.
 */
void
livekit_client_mute (LivekitClient * self, gboolean muted)
{
  Job *job = job_new (self);

  job->flag = muted;
  post (job, mute_on_io);
}

static void
send_audio_on_io (gpointer data)
{
  Job *job = data;
  LivekitClient *self = job->client;
  RtcPeer *publisher = self->peers[LIVEKIT_TARGET_PUBLISHER].peer;
  gsize size;
  const guint8 *opus = g_bytes_get_data (job->bytes, &size);

  g_atomic_int_add (&self->audio, -1);
  if (!publisher || self->muted || self->track_refused
      || !rtc_peer_send_audio (publisher, opus, size, job->number, job->level,
          job->voice, job->marker))
    return;
  g_mutex_lock (&self->lock);
  self->stats.sent++;
  if (self->stats.first_packet < 0)
    self->stats.first_packet = g_get_monotonic_time () * 1000 - self->asked;
  g_mutex_unlock (&self->lock);
}

/**
 * livekit_client_send_audio:
 * @opus: a packet
 * @timestamp: ticks of 48 kHz since the track's begin
 * @level: -dBov, 127 is silence
 * @marker: after a rest
 *
 * Dropped while there is no path, and if the network thread does not keep up.
 */
void
livekit_client_send_audio (LivekitClient * self, GBytes * opus,
    guint32 timestamp, guint level, gboolean voice, gboolean marker)
{
  Job *job;

  if (g_atomic_int_add (&self->audio, 1) >= MAX_AUDIO) {
    g_atomic_int_add (&self->audio, -1);
    return;
  }
  job = job_new (self);
  job->bytes = g_bytes_ref (opus);
  job->number = timestamp;
  job->level = level;
  job->voice = voice;
  job->marker = marker;
  post (job, send_audio_on_io);
}

static void
update_on_io (gpointer data)
{
  Job *job = data;
  RoomEvent event = {.type = ROOM_EVENT_UPDATE };

  event.update.name = job->name;
  event.update.metadata = job->text;
  event.update.attributes = job->attributes;
  event.update.id = ++job->client->updates;
  client_room_handle (job->client, &event);
}

/**
 * livekit_client_update:
 * @name: (nullable): ours; %NULL and empty change nothing
 * @metadata: (nullable): likewise
 * @attributes: (nullable): what changes; an empty value deletes
 */
void
livekit_client_update (LivekitClient * self, const gchar * name,
    const gchar * metadata, GHashTable * attributes)
{
  Job *job = job_new (self);

  job->name = g_strdup (name);
  job->text = g_strdup (metadata);
  job->attributes = copy_attributes (attributes);
  post (job, update_on_io);
}

static LivekitEnvelope
envelope_of (const Job * job)
{
  return (LivekitEnvelope) {
  (const gchar * const *) job->to, job->as};
}

static void
send_lossy (LivekitClient * self, GBytes * packet)
{
  RtcPeer *publisher = self->peers[LIVEKIT_TARGET_PUBLISHER].peer;
  gsize size;
  const guint8 *data = g_bytes_get_data (packet, &size);

  if (publisher && size <= LIVEKIT_DATA_MAX_SIZE)
    rtc_peer_send_message (publisher, "_lossy", TRUE, data, size);
  g_bytes_unref (packet);
}

static void
send_data_on_io (gpointer data)
{
  Job *job = data;
  LivekitEnvelope envelope = envelope_of (job);
  GBytes *packet;

  if (!job->client->core)
    return;
  packet = livekit_data_encode_user (&envelope, job->topic, job->bytes);
  if (job->flag)
    client_packet_push (job->client, packet);
  else
    send_lossy (job->client, packet);
}

/**
 * livekit_client_send_data:
 * @to: (nullable): identities; %NULL is everybody
 * @topic: (nullable): what it is about
 * @reliable: it waits for the channel, as far as client-data.c says, and is
 *   sent again after a resume; otherwise it is lost if there is no channel
 */
void
livekit_client_send_data (LivekitClient * self, const gchar * const *to,
    const gchar * topic, GBytes * payload, gboolean reliable)
{
  Job *job = job_new (self);

  job->to = g_strdupv ((GStrv) to);
  job->topic = g_strdup (topic);
  job->bytes = g_bytes_ref (payload);
  job->flag = reliable;
  post (job, send_data_on_io);
}

static void
send_dtmf_on_io (gpointer data)
{
  Job *job = data;
  LivekitEnvelope envelope = envelope_of (job);

  for (const gchar * digit = job->text; *digit && job->client->core; digit++)
    client_packet_push (job->client,
        livekit_data_encode_dtmf (&envelope, g_ascii_toupper (*digit)));
}

/**
 * livekit_client_send_dtmf:
 * @to: (nullable): identities; %NULL is everybody
 * @digits: 0 to 9, *, #, A to D; others are passed over
 */
void
livekit_client_send_dtmf (LivekitClient * self, const gchar * const *to,
    const gchar * digits)
{
  Job *job = job_new (self);

  job->to = g_strdupv ((GStrv) to);
  job->text = g_strdup (digits);
  post (job, send_dtmf_on_io);
}

static void
open_text_on_io (gpointer data)
{
  Job *job = data;
  LivekitEnvelope envelope = envelope_of (job);

  if (!job->client->core)
    return;
  client_data_open_text (job->client->data, job->number, &envelope, job->topic,
      job->attributes);
  client_packet_flushed (job->client);
}

/**
 * livekit_client_open_text:
 * @to: (nullable): identities; %NULL is everybody
 * @as: (nullable): whose words they are, if not ours; the server lets agents
 * @topic: `lk.transcription`, `lk.chat`, …
 * @attributes: (nullable): of the text
 *
 * Begins a text that grows. Of a text that is opened before
 * livekit_client_join () nothing is sent.
 *
 * Returns: for livekit_client_write_text () and livekit_client_close_text ()
 */
guint
livekit_client_open_text (LivekitClient * self, const gchar * const *to,
    const gchar * as, const gchar * topic, GHashTable * attributes)
{
  Job *job = job_new (self);
  guint stream = (guint) g_atomic_int_add (&self->streams, 1) + 1;

  job->number = stream;
  job->to = g_strdupv ((GStrv) to);
  job->as = g_strdup (as);
  job->topic = g_strdup (topic);
  job->attributes = copy_attributes (attributes);
  post (job, open_text_on_io);
  return stream;
}

static void
write_text_on_io (gpointer data)
{
  Job *job = data;

  if (!job->client->core)
    return;
  client_data_write_text (job->client->data, job->number, job->text);
  client_packet_flushed (job->client);
}

/**
 * livekit_client_write_text:
 * @delta: what is new of it; goes out at once
 */
void
livekit_client_write_text (LivekitClient * self, guint stream,
    const gchar * delta)
{
  Job *job = job_new (self);

  job->number = stream;
  job->text = g_strdup (delta);
  post (job, write_text_on_io);
}

static void
close_text_on_io (gpointer data)
{
  Job *job = data;

  if (!job->client->core)
    return;
  client_data_close_text (job->client->data, job->number, job->text,
      job->attributes);
  client_packet_flushed (job->client);
}

/**
 * livekit_client_close_text:
 * @reason: (nullable): why it is not complete
 * @attributes: (nullable): that come with its end
 */
void
livekit_client_close_text (LivekitClient * self, guint stream,
    const gchar * reason, GHashTable * attributes)
{
  Job *job = job_new (self);

  job->number = stream;
  job->text = g_strdup (reason);
  job->attributes = copy_attributes (attributes);
  post (job, close_text_on_io);
}

/**
 * livekit_client_send_text:
 * @to: (nullable): identities; %NULL is everybody
 * @as: (nullable): whose words they are, if not ours
 * @attributes: (nullable): of the text
 */
void
livekit_client_send_text (LivekitClient * self, const gchar * const *to,
    const gchar * as, const gchar * topic, const gchar * text,
    GHashTable * attributes)
{
  guint stream = livekit_client_open_text (self, to, as, topic, attributes);

  livekit_client_write_text (self, stream, text);
  livekit_client_close_text (self, stream, NULL, NULL);
}

/* Whom we call must be there. */
static void
call_on_io (gpointer data)
{
  Job *job = data;
  LivekitClient *self = job->client;
  LivekitRpcCode code = LIVEKIT_RPC_SEND_FAILED;

  if (self->core && !self->left) {
    if (room_core_get_participant (self->core, job->name)) {
      client_rpc_call (self->rpc, job->name, job->topic, job->text,
          job->timeout_ms, job->done, job->data, client_room_now ());
      client_room_schedule (self);
      return;
    }
    code = LIVEKIT_RPC_RECIPIENT_NOT_FOUND;
  }
  job->done (job->data, NULL, code, client_rpc_explain (code));
}

/**
 * livekit_client_call:
 * @identity: whom; must be in the room
 * @timeout_ms: until the response; 0 is fifteen seconds
 * @done: called once, on the network thread, at the latest when the client
 *   goes
 */
void
livekit_client_call (LivekitClient * self, const gchar * identity,
    const gchar * method, const gchar * payload, guint timeout_ms,
    LivekitRpcFunc done, gpointer data)
{
  Job *job = job_new (self);

  job->name = g_strdup (identity);
  job->topic = g_strdup (method);
  job->text = g_strdup (payload ? payload : "");
  job->timeout_ms = timeout_ms;
  job->done = done;
  job->data = data;
  post (job, call_on_io);
}

/**
 * livekit_client_answer_on_io:
 * @identity: who has called
 * @id: of the request
 * @payload: (nullable): the result, with the code 0
 * @code: what went wrong, or 0
 * @message: (nullable): for people, with a code
 */
void
livekit_client_answer_on_io (LivekitClient * self, const gchar * identity,
    const gchar * id, const gchar * payload, LivekitRpcCode code,
    const gchar * message)
{
  g_return_if_fail (gst_voice_io_is_owner ());
  if (!self->rpc)
    return;
  client_rpc_answer (self->rpc, identity, id, payload, code, message);
  client_room_schedule (self);
}

/**
 * livekit_client_get_stats:
 * @stats: (out): as far as is known
 */
void
livekit_client_get_stats (LivekitClient * self, LivekitClientStats * stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}
