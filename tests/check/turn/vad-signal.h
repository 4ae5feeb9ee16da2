/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The test signal of the voice activity network: 6 s at 8 kHz by integer
 * arithmetic only, so that it is the same everywhere. A pulse train through
 * two resonators (a rough vowel) in parts 1, 2, 4 and, quieter, in 9 and 10;
 * then noise, a tone pair, clicks and near silence.
 */
#pragma once

#include <stdint.h>

enum
{
  VAD_SIGNAL_SAMPLES = 48000,
  VAD_SIGNAL_PART = 4000
};

typedef struct
{
  uint32_t seed;
  int phase;
  int64_t a[2], b[2];           /* the vowel's resonators */
  int64_t low[2], high[2];      /* the tone pair, undamped */
} VadSignal;

static inline int64_t
vad_signal_resonate (int64_t y[2], int64_t input, int64_t near, int64_t far)
{
  int64_t value = input + near * y[0] / 4096 - far * y[1] / 4096;

  y[1] = y[0];
  y[0] = value;
  return value;
}

static inline int64_t
vad_signal_sample (VadSignal * s, int n)
{
  int64_t noise, pulse = 0, vowel, tones;

  s->seed = s->seed * 1664525u + 1013904223u;
  noise = (int64_t) ((s->seed >> 16) & 0xffff) - 32768;
  if (++s->phase >= 62 + (n / 400) % 9) {
    s->phase = 0;
    pulse = 60000;
  }
  vowel = vad_signal_resonate (s->a, pulse + noise / 512,
      (n / 800) % 2 ? 7000 : 6300, 3860);
  vowel = vad_signal_resonate (s->b, vowel, (n / 1600) % 2 ? 2600 : 900, 3600);
  if (n % VAD_SIGNAL_PART == 0) {
    s->low[0] = s->high[0] = 0;
    s->low[1] = -2600;
    s->high[1] = -3000;
  }
  tones = vad_signal_resonate (s->low, 0, 6993, 4096)
      + vad_signal_resonate (s->high, 0, 4768, 4096);
  switch (n / VAD_SIGNAL_PART) {
    case 1:
    case 2:
    case 4:
      return vowel / 28;
    case 3:
      return noise / 4096;
    case 6:
      return noise / 6;
    case 7:
      return tones;
    case 8:
      return n % 1200 < 24 ? noise / 2 : noise / 4096;
    case 9:
    case 10:
      return vowel / 300 + noise / 1024;
    default:
      return noise / 8192;
  }
}

static inline void
vad_signal (int16_t pcm[VAD_SIGNAL_SAMPLES])
{
  VadSignal state = {.seed = 12345 };

  for (int n = 0; n < VAD_SIGNAL_SAMPLES; n++) {
    int64_t value = vad_signal_sample (&state, n);

    pcm[n] = (int16_t) (value > 32767 ? 32767 : value < -32768 ? -32768
        : value);
  }
}
