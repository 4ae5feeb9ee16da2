/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

gchar *persona_find (const gchar * name, const gchar * beside,
    GError ** error);
gboolean persona_check_all (gchar ** personas);
