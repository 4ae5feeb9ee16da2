/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rooms, participants and tracks as plain values; nothing of the wire.
 *
 * Threads: any. Locks: none.
 */
#include "model.h"

LivekitTrack *
livekit_track_copy (const LivekitTrack * track)
{
  LivekitTrack *copy = g_memdup2 (track, sizeof *track);

  copy->sid = g_strdup (track->sid);
  copy->name = g_strdup (track->name);
  copy->mime = g_strdup (track->mime);
  copy->mid = g_strdup (track->mid);
  copy->stream = g_strdup (track->stream);
  return copy;
}

/* For those who listen; the mid is the transport's affair. */
gboolean
livekit_track_equal (const LivekitTrack * a, const LivekitTrack * b)
{
  return g_str_equal (a->sid, b->sid) && g_str_equal (a->name, b->name)
      && g_str_equal (a->mime, b->mime) && g_str_equal (a->stream, b->stream)
      && a->type == b->type && a->source == b->source && a->muted == b->muted;
}

void
livekit_track_free (LivekitTrack * track)
{
  if (!track)
    return;
  g_free (track->sid);
  g_free (track->name);
  g_free (track->mime);
  g_free (track->mid);
  g_free (track->stream);
  g_free (track);
}

GHashTable *
livekit_attributes_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

GHashTable *
livekit_attributes_copy (GHashTable * attributes)
{
  GHashTable *copy = livekit_attributes_new ();
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, attributes);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), g_strdup (value));
  return copy;
}

gboolean
livekit_attributes_equal (GHashTable * a, GHashTable * b)
{
  GHashTableIter iter;
  gpointer key, value;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    if (g_strcmp0 (g_hash_table_lookup (b, key), value) != 0)
      return FALSE;
  }
  return TRUE;
}

LivekitParticipant *
livekit_participant_new (const gchar * sid, const gchar * identity)
{
  LivekitParticipant *participant = g_new0 (LivekitParticipant, 1);

  participant->sid = g_strdup (sid);
  participant->identity = g_strdup (identity);
  participant->name = g_strdup ("");
  participant->metadata = g_strdup ("");
  participant->attributes = livekit_attributes_new ();
  participant->tracks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) livekit_track_free);
  return participant;
}

LivekitParticipant *
livekit_participant_copy (const LivekitParticipant * participant)
{
  LivekitParticipant *copy = g_memdup2 (participant, sizeof *participant);

  copy->sid = g_strdup (participant->sid);
  copy->identity = g_strdup (participant->identity);
  copy->name = g_strdup (participant->name);
  copy->metadata = g_strdup (participant->metadata);
  copy->attributes = livekit_attributes_copy (participant->attributes);
  copy->tracks =
      g_ptr_array_new_with_free_func ((GDestroyNotify) livekit_track_free);
  for (guint i = 0; i < participant->tracks->len; i++)
    g_ptr_array_add (copy->tracks,
        livekit_track_copy (participant->tracks->pdata[i]));
  return copy;
}

/**
 * livekit_participant_find_track:
 *
 * Returns: (transfer none) (nullable): the track with that sid
 */
const LivekitTrack *
livekit_participant_find_track (const LivekitParticipant * participant,
    const gchar * sid)
{
  for (guint i = 0; i < participant->tracks->len; i++) {
    const LivekitTrack *track = participant->tracks->pdata[i];

    if (g_str_equal (track->sid, sid))
      return track;
  }
  return NULL;
}

void
livekit_participant_free (LivekitParticipant * participant)
{
  if (!participant)
    return;
  g_free (participant->sid);
  g_free (participant->identity);
  g_free (participant->name);
  g_free (participant->metadata);
  g_hash_table_unref (participant->attributes);
  g_ptr_array_unref (participant->tracks);
  g_free (participant);
}

LivekitRoom *
livekit_room_copy (const LivekitRoom * room)
{
  LivekitRoom *copy = g_memdup2 (room, sizeof *room);

  copy->sid = g_strdup (room->sid);
  copy->name = g_strdup (room->name);
  copy->metadata = g_strdup (room->metadata);
  return copy;
}

void
livekit_room_free (LivekitRoom * room)
{
  if (!room)
    return;
  g_free (room->sid);
  g_free (room->name);
  g_free (room->metadata);
  g_free (room);
}

static const struct
{
  const gchar *name, *explanation;
} reasons[] = {
  {"unknown", "the server gave no reason"},
  {"client-initiated", "the participant left"},
  {"duplicate-identity", "another participant joined with the same identity: "
        "give every participant an identity of its own"},
  {"server-shutdown", "the server is shutting down"},
  {"participant-removed", "the participant was removed by the server's API"},
  {"room-deleted", "the room was deleted"},
  {"state-mismatch", "the server knows nothing of this session any more"},
  {"join-failure", "no media connection came about within a minute: look at "
        "the server's UDP and TCP ports and at rtc.node_ip"},
  {"migration", "the server moves the session to another node"},
  {"signal-close", "the signalling connection was lost before any media "
        "connection came about"},
  {"room-closed", "the room was closed, since nobody was left in it"},
  {"user-unavailable", "the called party did not answer"},
  {"user-rejected", "the called party rejected the call"},
  {"sip-trunk-failure", "the SIP trunk failed"},
  {"connection-timeout", "the media connection broke and did not come back"},
  {"media-failure", "the media stream failed"},
  {"agent-error", "the agent failed"},
};

/**
 * livekit_reason_name:
 *
 * Returns: the name for journals and messages; `unknown` for a number that we
 *   do not know
 */
const gchar *
livekit_reason_name (LivekitReason reason)
{
  return reasons[(guint) reason < G_N_ELEMENTS (reasons) ? reason : 0].name;
}

/**
 * livekit_reason_explain:
 *
 * Returns: what it means and, where there is something to do, what to do
 */
const gchar *
livekit_reason_explain (LivekitReason reason)
{
  return reasons[(guint) reason < G_N_ELEMENTS (reasons) ? reason :
      0].explanation;
}
