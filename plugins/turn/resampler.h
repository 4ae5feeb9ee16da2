/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* The rates that a resampler goes from and to. */
enum
{
  RESAMPLER_RATE_MIN = 8000,
  RESAMPLER_RATE_MAX = 48000,
  RESAMPLER_OUT_MAX = RESAMPLER_RATE_MAX / RESAMPLER_RATE_MIN
};

typedef struct _Resampler Resampler;

Resampler *resampler_new (int from, int to);
void resampler_free (Resampler * self);
void resampler_reset (Resampler * self);
int resampler_delay (const Resampler * self);
size_t resampler_push (Resampler * self, float sample,
    float out[RESAMPLER_OUT_MAX]);
