/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "call.h"

#include <gst/gst.h>

gboolean graph_is_description (const gchar * path);
GstElement *graph_new (const CallSettings * settings, GstElement ** agent,
    GError ** error);
