/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Time goes in steps of 10 ms; an echo comes back within ECHO_REACH of them. */
enum
{
  ECHO_STEP_MS = 10,
  ECHO_REACH = 100,
  ECHO_RING = 256,              /* more than reach, a power of two */
  ECHO_SPANS = 10,
};

/* What one call knows of the agent's echo; all levels in dBFS. */
typedef struct
{
  float played[ECHO_RING], heard[ECHO_RING];
  int64_t last_played;          /* the latest step with sound, and 1, or 0 */
  int64_t next;                 /* the step that will be heard */
  int run;                      /* steps heard in one piece, up to reach */
  float spans[ECHO_SPANS];      /* the least bound in each, dB */
  int span, steps;              /* the present one, and how long it is */
  int known;                    /* spans that are over, up to all */
  int above;                    /* steps in a row that are no echo */
  int carry;                    /* steps for which the caller is believed */
} EchoCore;

void echo_core_reset (EchoCore * self);
void echo_core_restart (EchoCore * self);
void echo_core_played (EchoCore * self, int64_t step, float level);
bool echo_core_hears (EchoCore * self, int64_t step, float level,
    float probability);
float echo_core_gain (const EchoCore * self);
