/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-core.h"

#include <glib-object.h>

void turn_settings_install (GObjectClass * klass, guint first);
void turn_settings_set (TurnConfig * config, guint i, const GValue * value);
void turn_settings_get (const TurnConfig * config, guint i, GValue * value);
