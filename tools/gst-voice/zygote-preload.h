/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

void zygote_preload (gchar ** personas, guint n);
