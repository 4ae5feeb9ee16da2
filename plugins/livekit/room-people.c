/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who is in the room: the server's updates against what is known, and what
 * has changed as actions. Participants are kept by identity, since their sid
 * changes whenever they join.
 *
 * Threads and locks: as room-core.c.
 */
#include "room-private.h"

/* More than any room that a voice agent is in; further ones are not told. */
#define MAX_PARTICIPANTS 4096
#define MAX_TRACKS 64           /* of each */

static void
tell_track (RoomCore * core, RoomActionType type,
    const LivekitParticipant * participant, const LivekitTrack * track)
{
  RoomAction *action = room_core_act (core, type);

  action->participant = livekit_participant_copy (participant);
  action->track = livekit_track_copy (track);
}

static RoomAction *
tell (RoomCore * core, RoomActionType type,
    const LivekitParticipant * participant)
{
  RoomAction *action = room_core_act (core, type);

  action->participant = livekit_participant_copy (participant);
  return action;
}

static void
tell_tracks (RoomCore * core, RoomActionType type,
    const LivekitParticipant * participant)
{
  for (guint i = 0; i < participant->tracks->len; i++)
    tell_track (core, type, participant, participant->tracks->pdata[i]);
}

static gboolean
comes_again (GPtrArray * tracks, guint i)
{
  const LivekitTrack *track = tracks->pdata[i];

  for (guint k = i + 1; k < tracks->len; k++) {
    if (g_str_equal (((LivekitTrack *) tracks->pdata[k])->sid, track->sid))
      return TRUE;
  }
  return FALSE;
}

/* A list from outside may be long, and name a track twice: the last counts. */
static void
tidy_tracks (GPtrArray * tracks)
{
  if (tracks->len > MAX_TRACKS)
    g_ptr_array_set_size (tracks, MAX_TRACKS);
  for (guint i = 0; i < tracks->len;) {
    if (comes_again (tracks, i))
      g_ptr_array_remove_index (tracks, i);
    else
      i++;
  }
}

static void
compare_tracks (RoomCore * core, const LivekitParticipant * old,
    const LivekitParticipant * new)
{
  for (guint i = 0; i < old->tracks->len; i++) {
    const LivekitTrack *track = old->tracks->pdata[i];

    if (!livekit_participant_find_track (new, track->sid))
      tell_track (core, ROOM_ACTION_TRACK_REMOVED, new, track);
  }
  for (guint i = 0; i < new->tracks->len; i++) {
    const LivekitTrack *track = new->tracks->pdata[i];
    const LivekitTrack *before =
        livekit_participant_find_track (old, track->sid);

    if (!before)
      tell_track (core, ROOM_ACTION_TRACK_ADDED, new, track);
    else if (!livekit_track_equal (before, track))
      tell_track (core, ROOM_ACTION_TRACK_CHANGED, new, track);
  }
}

static gboolean
is_changed (const LivekitParticipant * old, const LivekitParticipant * new)
{
  return !g_str_equal (old->name, new->name)
      || !g_str_equal (old->metadata, new->metadata)
      || old->state != new->state || old->kind != new->kind
      || old->can_publish != new->can_publish
      || old->can_subscribe != new->can_subscribe
      || old->can_publish_data != new->can_publish_data
      || old->can_update_metadata != new->can_update_metadata
      || !livekit_attributes_equal (old->attributes, new->attributes);
}

static void
leave (RoomCore * core, const LivekitParticipant * known, LivekitReason reason)
{
  LivekitParticipant *gone = livekit_participant_copy (known);

  g_hash_table_remove (core->unseen, gone->identity);
  g_hash_table_remove (core->participants, gone->identity);
  g_hash_table_remove (core->received, gone->sid);
  gone->state = LIVEKIT_STATE_DISCONNECTED;
  gone->reason = reason;
  tell_tracks (core, ROOM_ACTION_TRACK_REMOVED, gone);
  tell (core, ROOM_ACTION_PARTICIPANT_LEFT, gone)->reason = reason;
  livekit_participant_free (gone);
}

static void
join (RoomCore * core, const LivekitParticipant * participant)
{
  LivekitParticipant *known;

  if (g_hash_table_size (core->participants) >= MAX_PARTICIPANTS)
    return;
  known = livekit_participant_copy (participant);
  tidy_tracks (known->tracks);
  g_hash_table_insert (core->participants, known->identity, known);
  tell (core, ROOM_ACTION_PARTICIPANT_JOINED, known);
  tell_tracks (core, ROOM_ACTION_TRACK_ADDED, known);
}

static void
change (RoomCore * core, LivekitParticipant * known,
    const LivekitParticipant * participant)
{
  LivekitParticipant *new = livekit_participant_copy (participant);
  LivekitParticipant *old = livekit_participant_copy (known);

  tidy_tracks (new->tracks);
  g_hash_table_replace (core->participants, new->identity, new);
  if (is_changed (old, new))
    tell (core, ROOM_ACTION_PARTICIPANT_CHANGED, new);
  compare_tracks (core, old, new);
  livekit_participant_free (old);
}

/**
 * room_people_set_self:
 * @self: what the server says of us
 */
void
room_people_set_self (RoomCore * core, const LivekitParticipant * self)
{
  gboolean changed = !core->self || is_changed (core->self, self)
      || !g_str_equal (core->self->sid, self->sid);

  livekit_participant_free (core->self);
  core->self = livekit_participant_copy (self);
  if (changed)
    tell (core, ROOM_ACTION_SELF_CHANGED, core->self);
}

static void
update_one (RoomCore * core, const LivekitParticipant * participant)
{
  LivekitParticipant *known =
      g_hash_table_lookup (core->participants, participant->identity);
  gboolean same = known && g_str_equal (known->sid, participant->sid);

  g_hash_table_remove (core->unseen, participant->identity);
  if (participant->state == LIVEKIT_STATE_DISCONNECTED) {
    if (same)
      leave (core, known, participant->reason);
    return;
  }
  /* Updates may overtake each other. */
  if (same && participant->version < known->version)
    return;
  if (same) {
    change (core, known, participant);
    return;
  }
  /* Left and came back, and only the latter was told. */
  if (known)
    leave (core, known, LIVEKIT_REASON_UNKNOWN);
  join (core, participant);
}

/**
 * room_people_update:
 * @participants: LivekitParticipant
 * @everybody: whoever is not in it has left
 */
void
room_people_update (RoomCore * core, GPtrArray * participants,
    gboolean everybody)
{
  if (everybody)
    room_people_expect_all (core);
  for (guint i = 0; i < participants->len; i++) {
    const LivekitParticipant *participant = participants->pdata[i];

    if (!*participant->identity)
      continue;
    if (!core->self
        || !g_str_equal (participant->identity, core->self->identity))
      update_one (core, participant);
    else if (g_str_equal (participant->sid, core->self->sid)
        && participant->state != LIVEKIT_STATE_DISCONNECTED
        && participant->version >= core->self->version)
      room_people_set_self (core, participant);
  }
  if (everybody)
    room_people_forget_unseen (core);
}

/**
 * room_people_expect_all:
 *
 * From here on everybody must show up again until
 * room_people_forget_unseen ().
 */
void
room_people_expect_all (RoomCore * core)
{
  GHashTableIter iter;
  gpointer identity;

  g_hash_table_remove_all (core->unseen);
  g_hash_table_iter_init (&iter, core->participants);
  while (g_hash_table_iter_next (&iter, &identity, NULL))
    g_hash_table_add (core->unseen, g_strdup (identity));
}

static gint
compare_text (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (a, b);
}

/**
 * room_people_forget_unseen:
 *
 * Whoever has not shown up has left while we were away.
 */
void
room_people_forget_unseen (RoomCore * core)
{
  GList *identities =
      g_list_sort (g_hash_table_get_keys (core->unseen), compare_text);
  GList *copy = g_list_copy_deep (identities, (GCopyFunc) g_strdup, NULL);

  for (GList * i = copy; i; i = i->next) {
    const LivekitParticipant *known =
        g_hash_table_lookup (core->participants, i->data);

    if (known)
      leave (core, known, LIVEKIT_REASON_UNKNOWN);
  }
  g_hash_table_remove_all (core->unseen);
  g_list_free_full (copy, g_free);
  g_list_free (identities);
}
