/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client.h"

#include <gst-voice/session.h>

/* Calls between an application that has an element and people in its room. */

gboolean element_rpc_take (GstElement * element, guint signal,
    LivekitClient * client, const LivekitData * request);
guint element_rpc_call (GstElement * element, GstVoiceSession * session,
    LivekitClient * client, const gchar * identity, const gchar * method,
    const gchar * payload, guint timeout_ms);
