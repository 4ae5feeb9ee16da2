/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call.h"

#include <gst/gst.h>

/* Names of the elements that need a device. */
#define GRAPH_MICROPHONE "microphone"
#define GRAPH_LOUDSPEAKER "loudspeaker"

gboolean graph_is_description (const gchar * path);
GstElement *graph_new (const CallSettings * settings, GstElement ** agent,
    GError ** error);
