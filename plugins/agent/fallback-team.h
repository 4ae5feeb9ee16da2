/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fallback-core.h"

#include <gst-voice/error.h>
#include <gst-voice/stage.h>

G_BEGIN_DECLS

/* Times in milliseconds. */
typedef struct
{
  guint timeout;                /* until an answer begins, and between pieces */
  guint deaf_after;             /* speech without a word, 0 for ever */
  guint retry_after;            /* for how long who failed is left alone */
  gboolean hedge, warm;
  gchar *last_resort;
} FallbackSettings;

/* Nobody is to work: the call is over. */
#define FALLBACK_STOPPED (-2)

/* The children of a `fallback`, the best first: who works, who has failed. */
typedef struct _FallbackTeam FallbackTeam;

FallbackTeam *fallback_team_new (GstElement * bin, GstVoiceSession * session,
    const gchar * kind, GPtrArray * children,
    const FallbackSettings * settings);
void fallback_team_unref (FallbackTeam * team);
const FallbackSettings *fallback_team_settings (const FallbackTeam * team);

guint fallback_team_size (const FallbackTeam * team);
GstElement *fallback_team_child (const FallbackTeam * team, guint i);
const gchar *fallback_team_provider (const FallbackTeam * team, guint i);
gint fallback_team_find (const FallbackTeam * team, GstObject * object);

void fallback_team_set_state (FallbackTeam * team, GstState state);
void fallback_team_fresh (FallbackTeam * team);
void fallback_team_report (FallbackTeam * team, GstStructure * structure);
gint fallback_team_choose (FallbackTeam * team, GstClockTime now,
    gboolean better);
gint fallback_team_second (FallbackTeam * team, GstClockTime now,
    gint64 * after);
void fallback_team_failed (FallbackTeam * team, guint i, const GError * error,
    GstClockTime now, gboolean own_finding);
void fallback_team_answered (FallbackTeam * team, guint i,
    GstClockTime first_byte);
void fallback_team_rest (FallbackTeam * team, guint i);

void fallback_hang_up (GstPad * sinkpad, GstPad * srcpad, gboolean now);

G_END_DECLS
