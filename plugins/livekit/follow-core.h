/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model.h"

/* Whom we listen to in a room, and when there is nobody left to listen to.
 *
 * A caller is who has the identity that was asked for, or is of a kind that
 * was asked for. The first one is followed; with `mix` all are heard, and the
 * first one is followed in everything else. Times are nanoseconds. */

typedef struct
{
  const gchar *identity;        /* (nullable): only this one */
  guint kinds;                  /* bits by LivekitKind */
  gboolean mix;
  gint64 leave_after;           /* -1: never */
} FollowSettings;

typedef enum
{
  FOLLOW_JOINED,
  FOLLOW_CHANGED,
  FOLLOW_LEFT,
  FOLLOW_SILENT,                /* this voice says nothing more */
  FOLLOW_END,                   /* the last caller has left; once */
} FollowNoteType;

typedef struct
{
  FollowNoteType type;
  LivekitParticipant *participant;      /* all but SILENT and END */
  gchar *identity;              /* SILENT */
  LivekitReason reason;         /* END: of who was the last */
} FollowNote;

typedef struct _FollowCore FollowCore;

FollowCore *follow_core_new (const FollowSettings * settings);
void follow_core_free (FollowCore * core);
void follow_core_participant (FollowCore * core,
    const LivekitParticipant * participant, gboolean there, gint64 now);
void follow_core_tick (FollowCore * core, gint64 now);
FollowNote *follow_core_pop (FollowCore * core);
void follow_note_free (FollowNote * note);
gboolean follow_core_hears (FollowCore * core, const gchar * identity,
    const gchar * sid);
gboolean follow_core_is_followed (FollowCore * core, const gchar * identity);
const gchar *follow_core_get_followed (FollowCore * core, const gchar ** track);
gboolean follow_core_is_answered (const FollowCore * core);

gboolean follow_kinds_parse (const gchar * text, guint * kinds,
    GError ** error);
const gchar *follow_kind_name (LivekitKind kind);
