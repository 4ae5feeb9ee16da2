/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How loud the agent is in the band of a telephone. */
typedef struct
{
  float filters[4][5];          /* second order: b0, b1, b2, a1, a2 */
  float held[4][2];             /* in them */
  float before[2];              /* the power of the last steps */
} PlayoutLevel;

void playout_level_init (PlayoutLevel * self, int rate);
char playout_level_step (PlayoutLevel * self, const int16_t * pcm, size_t n);
