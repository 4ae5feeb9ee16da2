/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

void livekit_echo (const gchar * build, guint seconds);
