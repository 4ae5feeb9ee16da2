/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <store.h>
#include <zygote.h>

/* A zygote with calls, and what it has told of them. */
typedef struct
{
  gchar *dir, *spool;
  Zygote *zygote;
  GHashTable *calls;            /* of SceneCall, by id */
  guint deaths;
} Scene;

typedef struct
{
  gint pid;
  GString *reports;
  gboolean ended;
  ZygoteEnd end;
} SceneCall;

#define SCENE_END " ! voiceagent ! fakesink sync=false async=false " \
    "enable-last-sample=false"
#define SCENE_SILENCE "callersrc" SCENE_END
#define SCENE_SPOKEN "callersrc location=${caller}" SCENE_END

void scene_environment (void);
void scene_set_up (Scene * scene, gconstpointer cpu_limit);
void scene_tear_down (Scene * scene, gconstpointer unused);

CallOrder scene_order (Scene * scene, const gchar * id,
    const gchar * description);
SceneCall *scene_begin (Scene * scene, CallOrder * order);
SceneCall *scene_call (Scene * scene, const gchar * id);
SceneCall *scene_call_simulated (Scene * scene, const gchar * id);
SceneCall *scene_get (Scene * scene, const gchar * id);

void scene_wait_report (Scene * scene, SceneCall * call, const gchar * text);
void scene_assert_report (SceneCall * call, const gchar * text);
void scene_wait_journal (Scene * scene, const gchar * id, const gchar * text);
void scene_wait_end (Scene * scene, const gchar * id);
Record *scene_salvage (Scene * scene, const gchar * id);

#define scene_add(path, test) g_test_add (path, Scene, NULL, scene_set_up, \
    test, scene_tear_down)
