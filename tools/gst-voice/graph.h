/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call.h"

#include <gst-voice/description.h>
#include <gst/gst.h>

/* Names of the elements that need a device. */
#define GRAPH_MICROPHONE "microphone"
#define GRAPH_LOUDSPEAKER "loudspeaker"

/* A room of LiveKit. */
typedef struct
{
  const gchar *url, *token;
  const gchar *participant;     /* whom to hear; NULL: whoever comes first */
} GraphRoom;

/* Somebody who calls by WebRTC. */
typedef struct
{
  const gchar *offer;
  const gchar *stun_server;     /* or NULL */
  guint min_port, max_port;     /* 0: any */
  gboolean loopback;
} GraphPeer;

gboolean graph_is_description (const gchar * path);
GstElement *graph_new (const CallSettings * settings, GstElement ** agent,
    GError ** error);
GstElement *graph_new_from_description (GstVoiceDescription * description,
    const gchar * origin, GstVoiceDescriptionLookup lookup, gpointer data,
    GstElement ** agent, GError ** error);
GstElement *graph_new_for_peer (const GraphPeer * peer, GstElement ** agent,
    GError ** error);
void graph_join (GstElement * pipeline);
void graph_leave (GstElement * pipeline);
GstElement *graph_new_in_room (const GraphRoom * room, GstElement ** agent,
    GError ** error);
