/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* What the level control of one call has learnt; all levels in dBFS. */
typedef struct
{
  float gain;                   /* dB, what has been reached so far */
  float speech;                 /* the caller's level */
  int spoken;                   /* 10 ms frames of speech it is known from */
  float floor, lowest;          /* of the last stretch, and of this one */
  int stretch;                  /* frames of this one */
  bool frozen;
  int wait;                     /* frames until the gain may rise */
} VadLevel;

void vad_level_reset (VadLevel * self);
void vad_level_freeze (VadLevel * self, bool frozen);
float vad_level_gain (VadLevel * self, float level);
void vad_level_learn (VadLevel * self, float level, float probability);
