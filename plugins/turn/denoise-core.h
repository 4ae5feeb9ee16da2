/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  DENOISE_RNNOISE,
  DENOISE_SPEEXDSP
} DenoiseMethod;

typedef struct _DenoiseCore DenoiseCore;

bool denoise_core_has (DenoiseMethod method);
DenoiseCore *denoise_core_new (DenoiseMethod method, int rate);
void denoise_core_free (DenoiseCore * self);
int denoise_core_latency (const DenoiseCore * self);
void denoise_core_process (DenoiseCore * self, int16_t * pcm, size_t n,
    float strength);
