/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/link.h>

/* A stage with nothing to do but to be told by a link, in a pipeline that
 * plays, and what it was told. */
typedef struct
{
  /* to be set before the link is opened */
  const gchar *close_at;        /* the stage closes the link when it hears it */
  const gchar *content_at;      /* nothing is owed when the stage hears it */
  gboolean block_at_first;      /* at the first message, until scene_go_on () */

  GstElement *pipeline;
  GstVoiceStage *stage;
  GstVoiceLink *link;

  /* lock */
  GMutex lock;
  GCond changed;
  GString *told;                /* `open`, `name:text`, `[bytes]`, `end` */
  guint64 bytes;
  guint n_messages;
  gboolean blocked, over;
  GError *error;                /* of the end */
  guint status, close_code;
  gchar *reason, *body, *request_id;
  gint64 retry_after;
  gboolean received;
} LinkScene;

void link_scene_begin (LinkScene * s);
void link_scene_end (LinkScene * s);

/* With the link as it was made and set up, which is taken. */
void link_scene_open (LinkScene * s, GstVoiceLink * link);

void link_scene_wait_told (LinkScene * s, const gchar * what);
void link_scene_wait_over (LinkScene * s);
void link_scene_wait_blocked (LinkScene * s);
void link_scene_go_on (LinkScene * s);
void link_scene_settle (LinkScene * s);

/* Runs @func in the stage's task and waits for its end. */
void link_scene_do (LinkScene * s, void (*func) (LinkScene * s));

#define assert_told(s, expected) G_STMT_START { \
  link_scene_settle (s); \
  g_mutex_lock (&(s)->lock); \
  g_assert_cmpstr ((s)->told->str, ==, expected); \
  g_mutex_unlock (&(s)->lock); \
} G_STMT_END

#define assert_ended_with(s, c) G_STMT_START { \
  link_scene_wait_over (s); \
  g_assert_error ((s)->error, GST_VOICE_ERROR, c); \
} G_STMT_END
