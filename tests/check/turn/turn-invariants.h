/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-core.h"

/* A core whose inputs and outputs are watched: what docs/turn-taking.md calls
 * invariants is checked at each of them, as far as the core can see it. What is
 * violated aborts with the inputs and outputs so far.
 *
 * Words of finals and lines that begin with "zz" are followed: at the end each
 * must be in one message of the chat or in one discard. */

typedef struct _TurnJudge TurnJudge;

/* Is given each output after it was checked. */
typedef void (*TurnJudgeFunc) (const TurnOutput * output, gpointer data);

/* More time than any deadline of the defaults takes. */
#define TURN_JUDGE_LONG TURN_MS (200000)

TurnJudge *turn_judge_new (const TurnConfig * config, TurnWords * words,
    gint64 base, TurnJudgeFunc watch, gpointer data);
void turn_judge_free (TurnJudge * judge);
TurnCore *turn_judge_core (TurnJudge * judge);

void turn_judge_input (TurnJudge * judge, gint64 now,
    const TurnInput * input);
void turn_judge_advance (TurnJudge * judge, gint64 now);
void turn_judge_wait (TurnJudge * judge, gint64 until);
void turn_judge_finish (TurnJudge * judge);

const gchar *turn_judge_outputs (TurnJudge * judge);
void turn_judge_fail (TurnJudge * judge, const gchar * format, ...)
    G_GNUC_PRINTF (2, 3) G_GNUC_NORETURN;
