/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <rtc-connection.h>

/* Two connections of ours, which the scene introduces to each other. What
 * happens on the network thread is told to the test by a queue of words:
 * `a connected`, `b rtp 7 sound`. */
typedef struct _Scene Scene;

typedef struct
{
  Scene *scene;
  const gchar *name;
  RtcConnection *connection;
  gchar *candidate;             /* the latest of ours */
  guint16 sent, received, lost; /* of media that flows */
} Side;

struct _Scene
{
  GAsyncQueue *words;
  DtlsIdentity *identity[2];
  Side side[2];                 /* 0 offers */
  RtcSettings settings;         /* of both */
  const gchar *only;            /* candidates with this are handed over */
  const gchar *fingerprint;     /* told to 0 in place of the true one */
  gboolean hold;                /* descriptions come after the candidates */
  gboolean strangers;           /* nobody is described to anybody */
  const gchar *free_at;         /* the event in which both are freed */
  const gchar *until;           /* transport of both that is waited for */
  gpointer timer;
  guint n_gathered;
};

void scene_init (Scene * scene);
void scene_start (Scene * scene);
void scene_clear (Scene * scene);
void scene_set_up_on_io (gpointer scene);
void scene_describe_on_io (gpointer scene);
void scene_say (Side * side, const gchar * what);
void scene_expect (Scene * scene, const gchar * word);
void scene_expect_both (Scene * scene, const gchar * a, const gchar * b);
void scene_check_media (Scene * scene);
void scene_restart (Scene * scene, guint side);
void scene_start_flow (Scene * scene);
void scene_stop_flow (Scene * scene, guint max_lost);
void scene_get_path (Scene * scene, guint side, RtcPath * path);
