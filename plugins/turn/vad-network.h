/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

enum
{
  VAD_RATE = 8000,
  VAD_HOP = 80,                 /* one probability every 10 ms */
  VAD_WINDOW = 256,
  VAD_BINS = VAD_WINDOW / 2 + 1,
  VAD_BANDS = 32,
  VAD_HIDDEN = 64,
  VAD_WEIGHTS = VAD_BANDS * 32 + 32 + 32 * 3 * VAD_HIDDEN + 3 * VAD_HIDDEN
      + VAD_HIDDEN * 3 * VAD_HIDDEN + 3 * VAD_HIDDEN + VAD_HIDDEN + 1
};

typedef struct _VadModel VadModel;

/* What one call has of the network: 1.3 kB. */
typedef struct
{
  float samples[VAD_WINDOW];    /* the last ones, -1 … 1 */
  float hidden[VAD_HIDDEN];
} VadNetwork;

VadModel *vad_model_new (const void *weights, size_t size, const char **why);
void vad_model_free (VadModel * model);

void vad_network_reset (VadNetwork * self);
void vad_network_spectrum (const VadModel * model, VadNetwork * self,
    const float hop[VAD_HOP], float power[VAD_BINS]);
float vad_network_run (const VadModel * model, VadNetwork * self,
    const float power[VAD_BINS], float gain);
