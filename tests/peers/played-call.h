/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * PlayedCall:
 * @pipeline: the call
 * @agent: its `voiceagent`
 * @ended: no more comes
 * @failed: it ended with an error
 * @reason: of the end, as the session tells it, or empty
 * @duration: of the call, as the session tells it
 *
 * A call that a caller file plays.
 */
typedef struct
{
  GstElement *pipeline, *agent;
  gboolean ended, failed;
  gchar reason[32];
  GstClockTime duration;
} PlayedCall;

/**
 * PlayedCallFunc:
 *
 * Called with every message of a call.
 */
typedef void (*PlayedCallFunc) (PlayedCall * call, GstMessage * message,
    gpointer data);

gboolean played_call_prepare (PlayedCall * call, const gchar * persona,
    const gchar * caller);
gboolean played_call_play (PlayedCall * call, gboolean simulated);
gboolean played_call_start (PlayedCall * call, const gchar * persona,
    const gchar * caller, gboolean simulated);
void played_call_run (PlayedCall * calls, guint n, GstClockTime longest,
    PlayedCallFunc func, gpointer data);
void played_call_stop (PlayedCall * call);
GstElement *played_call_find (PlayedCall * call, const gchar * factory);

G_END_DECLS
