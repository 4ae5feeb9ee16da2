/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-core.h"

#include <gst-voice/stage.h>

/* Hears what a scene says: times are milliseconds of running time. */

#define SCENE_TYPE_EARS (scene_ears_get_type ())
G_DECLARE_FINAL_TYPE (SceneEars, scene_ears, SCENE, EARS, GstVoiceStage)

/* What a scene does itself, in the task; NULL if it does neither. */
typedef struct
{
  void (*begun) (gpointer data);        /* or NULL: the stream has begun */
  void (*no_reply) (gpointer data, gboolean error);
} SceneEarsFuncs;

void scene_ears_register (void);
SceneEars *scene_ears_new (void);
void scene_ears_input (SceneEars * ears, gint64 at, const TurnInput * input);
void scene_ears_sound (SceneEars * ears, gint64 start, gint64 end);
void scene_ears_attach (SceneEars * ears, GstElement * turn,
    GstElement * behind, const SceneEarsFuncs * funcs, gpointer data);
