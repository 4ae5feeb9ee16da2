/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-scene.h"

/* How far `@~` may be from the time that it gives, in ms: two frames of
 * `playout`. */
#define TURN_NOTATION_SLACK 40

TurnScene *turn_notation_inputs (const gchar * text, TurnWords * words,
    gboolean early);
GPtrArray *turn_notation_outputs (const gchar * text);
gboolean turn_notation_compare (GPtrArray * notes, GPtrArray * expected,
    gboolean strict, gint64 tolerance, gchar ** seen);
