/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tracks that we publish: asked for, confirmed, refused, muted, and what
 * the server must know of them when a session is resumed.
 *
 * Threads and locks: as room-core.c.
 */
#include "room-private.h"

#define PUBLISH_TIMEOUT 10000
#define MAX_TRACKS 16

void
room_publication_free (RoomPublication * publication)
{
  g_free (publication->cid);
  g_free (publication->name);
  g_free (publication->stream);
  livekit_track_free (publication->track);
  g_free (publication);
}

static RoomPublication *
find_cid (RoomCore * core, const gchar * cid)
{
  for (guint i = 0; i < core->published->len; i++) {
    RoomPublication *publication = core->published->pdata[i];

    if (g_str_equal (publication->cid, cid))
      return publication;
  }
  return NULL;
}

static RoomPublication *
find_sid (RoomCore * core, const gchar * sid)
{
  for (guint i = 0; i < core->published->len; i++) {
    RoomPublication *publication = core->published->pdata[i];

    if (publication->track && g_str_equal (publication->track->sid, sid))
      return publication;
  }
  return NULL;
}

static void
fail (RoomCore * core, const gchar * cid, GstVoiceError code, const gchar * why)
{
  RoomAction *action = room_core_act (core, ROOM_ACTION_NOT_PUBLISHED);

  action->cid = g_strdup (cid);
  action->error = g_error_new (GST_VOICE_ERROR, code,
      "the track could not be published: %s", why);
}

static void
ask (RoomCore * core, RoomPublication * publication, gint64 now)
{
  LivekitAddTrack track = {.cid = publication->cid,.name = publication->name,
    .stream = publication->stream,.source = publication->source,
    .muted = publication->muted,.dtx = publication->dtx,
    .red = publication->red
  };

  g_clear_pointer (&publication->track, livekit_track_free);
  publication->deadline = now + PUBLISH_TIMEOUT;
  room_core_send (core, livekit_signal_encode_add_track (&track));
}

/**
 * room_publish_add:
 * @track: to be published, at once or as soon as we are connected
 */
void
room_publish_add (RoomCore * core, const LivekitAddTrack * track, gint64 now)
{
  RoomPublication *publication;

  if (core->published->len >= MAX_TRACKS || find_cid (core, track->cid)) {
    fail (core, track->cid, GST_VOICE_ERROR_BAD_REQUEST,
        "there are too many, or there is one with this cid");
    return;
  }
  publication = g_new0 (RoomPublication, 1);
  publication->cid = g_strdup (track->cid);
  publication->name = g_strdup (track->name);
  publication->stream = g_strdup (track->stream);
  publication->source = track->source;
  publication->muted = track->muted;
  publication->dtx = track->dtx;
  publication->red = track->red;
  publication->deadline = G_MAXINT64;
  g_ptr_array_add (core->published, publication);
  if (core->state == ROOM_CONNECTED)
    ask (core, publication, now);
}

/**
 * room_publish_again:
 *
 * After a join: everything. After a resume: what was not confirmed.
 */
void
room_publish_again (RoomCore * core, gint64 now)
{
  for (guint i = 0; i < core->published->len; i++) {
    RoomPublication *publication = core->published->pdata[i];

    if (core->full)
      publication->offered = FALSE;
    if (!publication->track || core->full)
      ask (core, publication, now);
  }
}

/**
 * room_publish_offered:
 *
 * An offer goes out. It has every track that is to be published, also those
 * that the server has not confirmed: they need no further one.
 */
void
room_publish_offered (RoomCore * core)
{
  for (guint i = 0; i < core->published->len; i++)
    ((RoomPublication *) core->published->pdata[i])->offered = TRUE;
}

/**
 * room_publish_mute:
 * @cid: of a track of ours
 */
void
room_publish_mute (RoomCore * core, const gchar * cid, gboolean muted)
{
  RoomPublication *publication = find_cid (core, cid);

  if (!publication || publication->muted == muted)
    return;
  publication->muted = muted;
  if (!publication->track)
    return;                     /* told when it is confirmed */
  publication->track->muted = muted;
  room_core_send (core, livekit_signal_encode_mute (publication->track->sid,
          muted));
}

/**
 * room_publish_done:
 * @signal: LIVEKIT_SIGNAL_PUBLISHED
 *
 * Returns: whether the track is to be offered now
 */
gboolean
room_publish_done (RoomCore * core, LivekitSignal * signal)
{
  RoomPublication *publication = find_cid (core, signal->published.cid);
  RoomAction *action;

  if (!publication || publication->track || !*signal->published.track->sid)
    return FALSE;
  publication->track = livekit_track_copy (signal->published.track);
  publication->deadline = G_MAXINT64;
  action = room_core_act (core, ROOM_ACTION_PUBLISHED);
  action->cid = g_strdup (publication->cid);
  action->track = livekit_track_copy (publication->track);
  if (publication->track->muted != publication->muted) {
    publication->track->muted = publication->muted;
    room_core_send (core, livekit_signal_encode_mute (publication->track->sid,
            publication->muted));
  }
  return !publication->offered;
}

static const gchar *
explain (LivekitResponseReason reason)
{
  switch (reason) {
    case LIVEKIT_RESPONSE_NOT_ALLOWED:
      return "the token does not allow to publish this source";
    case LIVEKIT_RESPONSE_UNSUPPORTED_TYPE:
      return "the server does not allow its codec";
    case LIVEKIT_RESPONSE_LIMIT_EXCEEDED:
      return "there are too many tracks";
    default:
      return "the server refused it";
  }
}

/**
 * room_publish_response:
 * @signal: LIVEKIT_SIGNAL_RESPONSE, which may be about a track
 */
void
room_publish_response (RoomCore * core, const LivekitSignal * signal)
{
  RoomPublication *publication = find_cid (core, signal->response.cid);

  if (!publication || publication->track
      || signal->response.reason == LIVEKIT_RESPONSE_OK
      || signal->response.reason == LIVEKIT_RESPONSE_QUEUED)
    return;
  fail (core, publication->cid,
      signal->response.reason == LIVEKIT_RESPONSE_NOT_ALLOWED ?
      GST_VOICE_ERROR_AUTH : GST_VOICE_ERROR_BAD_REQUEST,
      explain (signal->response.reason));
  g_ptr_array_remove (core->published, publication);
}

/**
 * room_publish_server_mute:
 * @signal: LIVEKIT_SIGNAL_MUTE
 */
void
room_publish_server_mute (RoomCore * core, const LivekitSignal * signal)
{
  RoomPublication *publication = find_sid (core, signal->track.sid);
  RoomAction *action;

  if (!publication || publication->muted == signal->track.muted)
    return;
  publication->muted = publication->track->muted = signal->track.muted;
  action = room_core_act (core, ROOM_ACTION_MUTED);
  action->cid = g_strdup (publication->cid);
  action->muted = publication->muted;
}

/**
 * room_publish_remove:
 * @sid: of a track that the server has withdrawn
 */
void
room_publish_remove (RoomCore * core, const gchar * sid)
{
  RoomPublication *publication = find_sid (core, sid);

  if (!publication)
    return;
  room_core_act (core, ROOM_ACTION_UNPUBLISHED)->cid =
      g_strdup (publication->cid);
  g_ptr_array_remove (core->published, publication);
}

/**
 * room_publish_expire:
 *
 * What the server has not confirmed by now has failed.
 */
void
room_publish_expire (RoomCore * core, gint64 now)
{
  for (guint i = core->published->len; i > 0; i--) {
    RoomPublication *publication = core->published->pdata[i - 1];

    if (publication->track || now < publication->deadline)
      continue;
    fail (core, publication->cid, GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT,
        "the server did not confirm it within ten seconds");
    g_ptr_array_remove_index (core->published, i - 1);
  }
}

gint64
room_publish_get_deadline (RoomCore * core)
{
  gint64 deadline = G_MAXINT64;

  for (guint i = 0; i < core->published->len; i++) {
    const RoomPublication *publication = core->published->pdata[i];

    if (!publication->track)
      deadline = MIN (deadline, publication->deadline);
  }
  return deadline;
}

static guint
get_received (RoomCore * core, LivekitReceived * received, guint max)
{
  GHashTableIter iter;
  gpointer sid, sequence;
  guint n = 0;

  g_hash_table_iter_init (&iter, core->received);
  while (n < max && g_hash_table_iter_next (&iter, &sid, &sequence))
    received[n++] = (LivekitReceived) {
    sid, GPOINTER_TO_UINT (sequence)};
  return n;
}

/**
 * room_publish_get_sync:
 *
 * Returns: (transfer full): what the server must know first after a resume
 */
GBytes *
room_publish_get_sync (RoomCore * core)
{
  guint size = g_hash_table_size (core->received);
  LivekitReceived *received = g_new (LivekitReceived, size);
  LivekitPublished published[MAX_TRACKS];
  LivekitSync sync = {.offer = core->remote_offer,
    .answer = core->local_answer,.offer_id = core->remote_offer_id,
    .published = published,.received = received,
    .publisher_channels = core->offered
  };
  GBytes *bytes;

  for (guint i = 0; i < core->published->len; i++) {
    const RoomPublication *publication = core->published->pdata[i];

    if (publication->track)
      published[sync.n_published++] = (LivekitPublished) {
      publication->cid, publication->track};
  }
  sync.n_received = get_received (core, received, size);
  bytes = livekit_signal_encode_sync (&sync);
  g_free (received);
  return bytes;
}
