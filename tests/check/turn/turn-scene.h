/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-invariants.h"

/* A call in virtual time: a watched core, a caller and a model of `playout`.
 * What happens is kept as a list of notes. Times are milliseconds. */

typedef struct _TurnScene TurnScene;

/* One thing that the core has decided or the caller has heard. What a note that
 * is expected does not name is not compared. */
typedef struct
{
  gint64 at;                    /* ms */
  const gchar *kind;            /* "C", "h", "say" … */
  gchar *reason;
  gchar *text;
  gint64 number;                /* -1: none; -2: to the end */
  gboolean merged, no_reply;
  gint64 slack;                 /* of an expected time */
} TurnNote;

TurnScene *turn_scene_new (const TurnConfig * config, TurnWords * words,
    gboolean early);
void turn_scene_free (TurnScene * scene);

void turn_scene_input (TurnScene * scene, gint64 at, const TurnInput * input);
void turn_scene_sound (TurnScene * scene, gint64 start, gint64 end);
void turn_scene_speech (TurnScene * scene, gint64 start, gint64 end,
    TurnSource source, gboolean interruptible);
void turn_scene_jump (TurnScene * scene, gint64 start, gint64 end);

GPtrArray *turn_scene_run (TurnScene * scene, gint64 until);
void turn_note_free (TurnNote * note);
