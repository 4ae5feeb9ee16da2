/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What is timed in a call. */
typedef enum
{
  CALL_TIMING_REPLY,            /* the caller's last sound → the reply */
  CALL_TIMING_RECOGNISED,       /* and its parts, one after the other */
  CALL_TIMING_DECIDED,
  CALL_TIMING_TOKEN,
  CALL_TIMING_SENTENCE,
  CALL_TIMING_SOUND,
  CALL_TIMING_PLAYOUT,
  CALL_TIMING_BARGE_IN,         /* he begins to speak → the agent is silent */
  CALL_TIMING_TOOL,
  CALL_N_TIMINGS,
} CallTimingId;

extern const gchar *const call_timing_names[CALL_N_TIMINGS];

/* What is known between two events; begin with CALL_TIMING_INIT. */
typedef struct
{
  GstClockTime onset;           /* of the caller's sound */
  GstClockTime held;            /* the agent is, since then */
} CallTiming;

#define CALL_TIMING_INIT {GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE}

gboolean call_timing_take (CallTiming * timing, const GstStructure * s,
    gdouble seconds[CALL_N_TIMINGS]);
