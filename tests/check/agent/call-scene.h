/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn/turn-scene.h"

/* A scene of turn-scene.h on a whole call: a caller's line, `inactivity`,
 * `turn`, `scriptllm`, `toolcall`, `sessionlimit`, `speakable` and `playout`,
 * with a recogniser that hears what the scene says and a voice whose words last
 * 500 ms each. What it says of speeches is no part of such a scene: the script
 * says it. Its notes are read from the journal. */

typedef struct
{
  /* in which ' stands for ", or NULL */
  const gchar *script, *tools;
  /* "ELEMENT.PROPERTY=VALUE; …", or NULL; elements are `inactivity`, `turn`,
   * `llm`, `tools`, `limit`, `speakable` and `playout` */
  const gchar *settings;
  gint64 look_at;               /* ms: when to look at the chat; 0: end */
  gint64 change_at;             /* ms: when to make `change`, or 0 */
  const gchar *change;          /* as `settings` */
} CallSettings;

void call_scene_configure (TurnScene * scene, const CallSettings * settings);
/* The conversation, as chat_line() writes it. */
const gchar *call_scene_chat (TurnScene * scene);
