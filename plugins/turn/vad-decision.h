/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum
{ VAD_FRAME_MS = 10 };

typedef struct
{
  float start, stop;            /* probabilities */
  int min_speech;               /* ms at or above start in a row: speech */
  int pause_after;              /* ms below stop in a row: a pause */
  int min_silence;              /* ms below stop in a row: the end */
} VadSettings;

typedef enum
{
  VAD_NOTHING,
  VAD_START,                    /* speech; `when` is its onset */
  VAD_PAUSE,                    /* it seems to have ended, `when` */
  VAD_MORE,                     /* no: it went on, `when` */
  VAD_STOP                      /* it has ended, `when` */
} VadEvent;

/* Times are ms. */
typedef struct
{
  bool speech, paused;
  int64_t high, low;              /* frames of the run that goes on */
  int64_t run;                  /* when it began */
  int64_t told;                 /* the last time that was told */
} VadDecision;

extern const VadSettings vad_settings_default;

VadEvent vad_decision_step (VadDecision * self, const VadSettings * settings,
    int64_t now, float probability, int64_t * when);
VadEvent vad_decision_finish (VadDecision * self, int64_t now, int64_t * when);
