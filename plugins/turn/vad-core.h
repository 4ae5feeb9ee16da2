/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "vad-decision.h"
#include "vad-network.h"

#include <stddef.h>

typedef struct _VadCore VadCore;

/* Every 10 ms. Times are counts of samples at the input's rate. */
typedef struct
{
  int64_t at;                   /* how many were taken in for it */
  int64_t end;                  /* of the frame; some ms before that */
  float probability;
  float level;                  /* dBFS */
  float gain;                   /* dB, of the level control */
  VadEvent event;
  int64_t when;
} VadFrame;

VadCore *vad_core_new (const VadModel * model, int rate);
void vad_core_free (VadCore * self);
bool vad_core_reset (VadCore * self, int rate);
void vad_core_configure (VadCore * self, const VadSettings * settings);
void vad_core_level_control (VadCore * self, bool on);
void vad_core_freeze (VadCore * self, bool frozen);
void vad_core_played (VadCore * self, int64_t sample, const float *levels,
    size_t n);

bool vad_core_push (VadCore * self, const int16_t ** pcm, size_t *n,
    VadFrame * frame);
void vad_core_skip (VadCore * self, int64_t n);
bool vad_core_finish (VadCore * self, VadFrame * frame);
bool vad_core_speaks (const VadCore * self);
