/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/session.h>
#include <gst/gst.h>

/* Called in the thread of player_run(), each may be %NULL. */
typedef struct
{
  /* The devices and services are open; %FALSE does not go on. */
  gboolean (*ready) (gpointer data);
  /* An element message of the table of events. */
  void (*event) (gpointer data, const GstStructure * structure);
  void (*warning) (gpointer data, const gchar * text);
  /* Once: what the call fails by. */
  void (*failed) (gpointer data, const gchar * text, const gchar * debug);
  /* Tools still run after the call; they are waited for. */
  void (*waiting) (gpointer data, guint seconds);
} PlayerEvents;

/* A pipeline that is a call, from its beginning to its end. Whoever plays it
 * makes both, and keeps the record of what it tells. */
typedef struct
{
  /* to be set before player_run () */
  GstElement *pipeline, *agent;
  GstVoiceSession *session;
  gboolean simulate;
  const PlayerEvents *events;
  gpointer data;

  /* to be read */
  gchar *reason;                /* why the call has ended, or NULL */
  guint last_line;              /* of the journal */
  gboolean failed;
  gboolean hurried;             /* it does not wait for anything any more */

  /* its own */
  GMainLoop *loop;
  guint timeout;
} Player;

void player_prepare (Player * self, const gchar * record);
void player_run (Player * self);
void player_hang_up (Player * self, const gchar * reason, guint seconds);
void player_stop (Player * self);
void player_fail (Player * self, const gchar * text, const gchar * debug);
void player_clear (Player * self);
