/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

gboolean check_online (const gchar * title, GstElement * pipeline);
