/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

gint16 *sound_file_load (const gchar * path, guint raw_rate, guint rate,
    gsize * n, GError ** error);
