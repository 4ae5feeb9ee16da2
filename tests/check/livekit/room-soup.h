/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Plays bytes as events and checks what must be true of any room. Returns
 * whether it was left. */
gboolean room_soup_run (const guint8 * data, gsize size);
