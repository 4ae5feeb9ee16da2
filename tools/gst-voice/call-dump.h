/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "player.h"

gboolean call_dump_write (const Player * player, const gchar * journal,
    const gchar * path, GError ** error);
