/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-invariants.h"

/* Inputs of any kind, in any order, at any times, read from bytes; used with
 * random bytes by the property tests and with the fuzzer's by the fuzz target.
 */

typedef enum
{
  TURN_SOUP_ALL,
  TURN_SOUP_FINALS,             /* words come as finals without segments */
  TURN_SOUP_SPLIT,              /* the same, each final as two */
} TurnSoup;

gchar *turn_soup_run (const guint8 * data, gsize size, TurnWords * words,
    TurnSoup kind, gint64 base);
TurnWords *turn_soup_words (void);
