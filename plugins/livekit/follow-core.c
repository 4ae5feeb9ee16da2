/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whom `livekitsrc` listens to. Somebody who has hung up, or was on the
 * telephone, is gone; who was lost by the network, or by a page that is loaded
 * again, may come back within `leave_after` and is then the same caller. A
 * telephone is there before it is answered, and still when it has hung up.
 *
 * Threads: one at a time. Locks: none.
 */
#include "follow-core.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_CALLERS 64          /* further ones are not noticed */
#define CALL_STATUS "sip.callStatus"
/* So long it is awaited why a telephone was not answered: servers tell of those
 * who publish nothing only every three seconds. */
#define LAST_WORD G_GINT64_CONSTANT (4000000000)

static const struct
{
  LivekitKind kind;
  const gchar *name;
} kinds[] = {
  {LIVEKIT_KIND_STANDARD, "standard"},
  {LIVEKIT_KIND_INGRESS, "ingress"},
  {LIVEKIT_KIND_EGRESS, "egress"},
  {LIVEKIT_KIND_SIP, "sip"},
  {LIVEKIT_KIND_AGENT, "agent"},
  {LIVEKIT_KIND_CONNECTOR, "connector"},
  {LIVEKIT_KIND_BRIDGE, "bridge"},
};

typedef struct
{
  LivekitParticipant *participant;
  gchar *track;                 /* (nullable): sid of the one that is heard */
  gboolean answered;            /* there was a conversation */
} Caller;

struct _FollowCore
{
  gchar *identity;
  guint kinds;
  gboolean mix, ended;
  gint64 leave_after;

  GPtrArray *callers;           /* who are there, in the order of coming */
  Caller *followed;             /* one of them, or NULL */
  gint64 give_up;               /* when it ends, or -1 */
  LivekitReason reason;
  GQueue notes;
};

/**
 * follow_kind_name:
 * @kind: of a participant
 *
 * Returns: (transfer none): its name
 */
const gchar *
follow_kind_name (LivekitKind kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (kinds[i].kind == kind)
      return kinds[i].name;
  }
  return "unknown";
}

/**
 * follow_kinds_parse:
 * @text: names with commas between them
 * @out: (out): a bit for each
 * @error: which name is none
 *
 * Returns: whether @text was understood
 */
gboolean
follow_kinds_parse (const gchar * text, guint * out, GError ** error)
{
  gchar **names = g_strsplit (text, ",", -1);
  gboolean ok = TRUE;
  guint i;

  *out = 0;
  for (gchar ** name = names; ok && *name; name++) {
    g_strstrip (*name);
    for (i = 0; i < G_N_ELEMENTS (kinds); i++) {
      if (strcmp (*name, kinds[i].name) == 0)
        break;
    }
    ok = i < G_N_ELEMENTS (kinds);
    if (ok)
      *out |= 1u << kinds[i].kind;
    else
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
          "'%s' is no kind of participant: standard, sip, connector, agent, "
          "ingress, egress and bridge are", *name);
  }
  g_strfreev (names);
  if (ok && *out == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "no kind of participant is named");
  return ok && *out != 0;
}

static void
caller_free (Caller * caller)
{
  livekit_participant_free (caller->participant);
  g_free (caller->track);
  g_free (caller);
}

/**
 * follow_core_new:
 * @settings: whom to follow; copied
 *
 * Returns: (transfer full): a core that knows nobody yet
 */
FollowCore *
follow_core_new (const FollowSettings * settings)
{
  FollowCore *core = g_new0 (FollowCore, 1);

  core->identity = g_strdup (settings->identity);
  core->kinds = settings->kinds;
  core->mix = settings->mix;
  core->leave_after = settings->leave_after;
  core->callers = g_ptr_array_new_with_free_func ((GDestroyNotify) caller_free);
  core->give_up = -1;
  g_queue_init (&core->notes);
  return core;
}

/**
 * follow_note_free:
 * @note: (transfer full) (nullable): a note
 */
void
follow_note_free (FollowNote * note)
{
  if (!note)
    return;
  livekit_participant_free (note->participant);
  g_free (note->identity);
  g_free (note);
}

/**
 * follow_core_free:
 * @core: (transfer full) (nullable): a core
 */
void
follow_core_free (FollowCore * core)
{
  if (!core)
    return;
  g_queue_clear_full (&core->notes, (GDestroyNotify) follow_note_free);
  g_ptr_array_unref (core->callers);
  g_free (core->identity);
  g_free (core);
}

/**
 * follow_core_pop:
 * @core: a core
 *
 * Returns: (transfer full) (nullable): what has happened next
 */
FollowNote *
follow_core_pop (FollowCore * core)
{
  return g_queue_pop_head (&core->notes);
}

static FollowNote *
add_note (FollowCore * core, FollowNoteType type)
{
  FollowNote *note = g_new0 (FollowNote, 1);

  note->type = type;
  g_queue_push_tail (&core->notes, note);
  return note;
}

static void
note_participant (FollowCore * core, FollowNoteType type,
    const LivekitParticipant * participant)
{
  add_note (core, type)->participant = livekit_participant_copy (participant);
}

static void
note_silent (FollowCore * core, const gchar * identity)
{
  add_note (core, FOLLOW_SILENT)->identity = g_strdup (identity);
}

static gboolean
is_caller (const FollowCore * core, const LivekitParticipant * participant)
{
  if (core->identity)
    return strcmp (participant->identity, core->identity) == 0;
  return (guint) participant->kind < 32
      && core->kinds & (1u << participant->kind);
}

static Caller *
find (const FollowCore * core, const gchar * identity)
{
  for (guint i = 0; i < core->callers->len; i++) {
    Caller *caller = core->callers->pdata[i];

    if (strcmp (caller->participant->identity, identity) == 0)
      return caller;
  }
  return NULL;
}

/* The microphone, or a sound of which nobody says what it is. */
static const gchar *
voice_of (const LivekitParticipant * participant)
{
  const gchar *found = NULL;

  for (guint i = 0; i < participant->tracks->len; i++) {
    const LivekitTrack *track = participant->tracks->pdata[i];

    if (track->type != LIVEKIT_TRACK_AUDIO)
      continue;
    if (track->source == LIVEKIT_SOURCE_MICROPHONE)
      return track->sid;
    if (track->source == LIVEKIT_SOURCE_UNKNOWN && !found)
      found = track->sid;
  }
  return found;
}

static void
set_voice (Caller * caller)
{
  g_free (caller->track);
  caller->track = g_strdup (voice_of (caller->participant));
}

/* (nullable): of a telephone. */
static const gchar *
call_status (const LivekitParticipant * participant)
{
  if (participant->kind != LIVEKIT_KIND_SIP)
    return NULL;
  return g_hash_table_lookup (participant->attributes, CALL_STATUS);
}

static gboolean
has_hung_up (const LivekitParticipant * participant)
{
  return g_strcmp0 (call_status (participant), "hangup") == 0;
}

/* It rings, or keys are still being dialled. */
static gboolean
is_answered (const LivekitParticipant * participant)
{
  static const gchar *const before[] = {
    "dialing", "ringing", "automation", "hangup", NULL
  };
  const gchar *status = call_status (participant);

  return !status || !g_strv_contains (before, status);
}

static void
follow (FollowCore * core, Caller * caller)
{
  core->followed = caller;
  core->give_up = -1;
  note_participant (core, FOLLOW_JOINED, caller->participant);
}

static gboolean
people_differ (const LivekitParticipant * a, const LivekitParticipant * b)
{
  return strcmp (a->name, b->name) != 0
      || strcmp (a->metadata, b->metadata) != 0
      || !livekit_attributes_equal (a->attributes, b->attributes);
}

static void
meet (FollowCore * core, const LivekitParticipant * participant)
{
  Caller *caller;

  if (core->callers->len == MAX_CALLERS || has_hung_up (participant))
    return;
  caller = g_new0 (Caller, 1);
  caller->participant = livekit_participant_copy (participant);
  caller->answered = is_answered (participant);
  g_ptr_array_add (core->callers, caller);
  set_voice (caller);
  if (!core->followed)
    follow (core, caller);
}

static void
change (FollowCore * core, Caller * caller,
    const LivekitParticipant * participant)
{
  gboolean changed = people_differ (caller->participant, participant);

  livekit_participant_free (caller->participant);
  caller->participant = livekit_participant_copy (participant);
  caller->answered |= is_answered (participant);
  set_voice (caller);
  if (changed && caller == core->followed)
    note_participant (core, FOLLOW_CHANGED, participant);
}

/* Nobody comes back from these, as agents of others see it, too. */
static gboolean
is_final (const LivekitParticipant * participant)
{
  return participant->kind == LIVEKIT_KIND_SIP
      || participant->reason == LIVEKIT_REASON_CLIENT_INITIATED
      || participant->reason == LIVEKIT_REASON_ROOM_DELETED
      || participant->reason == LIVEKIT_REASON_USER_REJECTED;
}

static void
lose (FollowCore * core, const LivekitParticipant * participant, gint64 now)
{
  Caller *caller = find (core, participant->identity);
  gboolean followed = caller && caller == core->followed;

  /* Of an earlier life: somebody with that identity is there again. */
  if (!caller || strcmp (caller->participant->sid, participant->sid) != 0)
    return;
  if (followed)
    note_participant (core, FOLLOW_LEFT, participant);
  note_silent (core, participant->identity);
  if (followed)
    core->followed = NULL;
  g_ptr_array_remove (core->callers, caller);
  if (core->callers->len > 0) {
    if (followed)
      follow (core, core->callers->pdata[0]);
    return;
  }
  core->reason = participant->reason;
  if (core->leave_after >= 0)
    core->give_up = is_final (participant) ? now : now + core->leave_after;
  follow_core_tick (core, now);
}

static void
await_last_word (FollowCore * core, gint64 now)
{
  if (core->callers->len > 1 || core->give_up >= 0 || core->leave_after < 0)
    return;
  core->reason = LIVEKIT_REASON_USER_UNAVAILABLE;
  core->give_up = now + LAST_WORD;
}

/* The telephone's last status; that it leaves comes a bit later. */
static void
hang_up (FollowCore * core, Caller * caller, gint64 now)
{
  LivekitParticipant *gone;

  if (!caller->answered) {
    await_last_word (core, now);
    return;
  }
  gone = livekit_participant_copy (caller->participant);
  gone->reason = LIVEKIT_REASON_CLIENT_INITIATED;
  lose (core, gone, now);
  livekit_participant_free (gone);
}

static void
take (FollowCore * core, const LivekitParticipant * participant, gint64 now)
{
  Caller *caller = find (core, participant->identity);

  if (!caller) {
    meet (core, participant);
    return;
  }
  change (core, caller, participant);
  if (has_hung_up (participant))
    hang_up (core, caller, now);
}

/**
 * follow_core_participant:
 * @core: a core
 * @participant: somebody in the room, with his tracks; not ourselves
 * @there: whether he is, or has left
 * @now: the time
 */
void
follow_core_participant (FollowCore * core,
    const LivekitParticipant * participant, gboolean there, gint64 now)
{
  if (!is_caller (core, participant))
    return;
  if (there)
    take (core, participant, now);
  else
    lose (core, participant, now);
}

/**
 * follow_core_tick:
 * @core: a core
 * @now: the time
 */
void
follow_core_tick (FollowCore * core, gint64 now)
{
  if (core->ended || core->give_up < 0 || now < core->give_up)
    return;
  core->ended = TRUE;
  add_note (core, FOLLOW_END)->reason = core->reason;
}

/**
 * follow_core_hears:
 * @core: a core
 * @identity: of somebody in the room
 * @sid: of a track of his
 *
 * Returns: whether it is to be heard
 */
gboolean
follow_core_hears (FollowCore * core, const gchar * identity, const gchar * sid)
{
  Caller *caller = core->mix ? find (core, identity) : core->followed;

  return caller && caller->track && strcmp (caller->track, sid) == 0
      && strcmp (caller->participant->identity, identity) == 0;
}

/**
 * follow_core_is_followed:
 * @core: a core
 * @identity: of somebody in the room
 *
 * Returns: whether what he writes and presses is for us
 */
gboolean
follow_core_is_followed (FollowCore * core, const gchar * identity)
{
  if (core->mix)
    return find (core, identity) != NULL;
  return core->followed
      && strcmp (core->followed->participant->identity, identity) == 0;
}

/**
 * follow_core_get_followed:
 * @core: a core
 * @track: (out) (nullable): the sid of his voice, if there is one
 *
 * Returns: (transfer none) (nullable): the identity of who is followed
 */
const gchar *
follow_core_get_followed (FollowCore * core, const gchar ** track)
{
  *track = core->followed ? core->followed->track : NULL;
  return core->followed ? core->followed->participant->identity : NULL;
}

/**
 * follow_core_is_answered:
 * @core: a core
 *
 * Returns: whether who is followed can hear; so if there is nobody
 */
gboolean
follow_core_is_answered (const FollowCore * core)
{
  return !core->followed || is_answered (core->followed->participant);
}
