/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <provider-peer.h>

G_BEGIN_DECLS

typedef enum
{
  HEARING,
  THINKING,
  SPEAKING,
  STAGES,
} FaultsStage;

/* When it is, after the first turn of a call. */
typedef enum
{
  NEVER,
  IDLE,                         /* nobody speaks */
  MID_UTTERANCE,
  MID_REPLY,
} FaultsMoment;

/* What a call is to be like. */
typedef struct
{
  const gchar *first[STAGES], *second[STAGES];  /* elements */
  FaultsStage stage;
  FaultsMoment moment;
  const gchar *fault;
  gboolean by_clock;            /* the caller does not wait for answers */
  gboolean brief;               /* what he says second is short */
} FaultsPlan;

/* What came of it. */
typedef struct
{
  guint lost, again;            /* words, heard and spoken */
  gboolean moved;               /* they are in another order */
  gint64 silence;               /* us, of the second turn and its reply */
  guint switches;
  gchar codes[256];              /* of failures, the first few */
  gboolean failed, stuck;
  gchar *heard, *said;          /* words */
} FaultsOutcome;

void faults_prepare (void);
void faults_clean_up (void);
void faults_play (const FaultsPlan * plan, FaultsOutcome * outcome);
void faults_outcome_clear (FaultsOutcome * outcome);

/* For who times faults himself: a call with stand-ins. */
typedef struct _FaultsCall FaultsCall;

FaultsCall *faults_call_start (const FaultsPlan * plan);
gboolean faults_call_step (FaultsCall * call);
void faults_call_inject (FaultsCall * call, FaultsStage stage, guint which,
    const gchar * fault);
void faults_call_mend (FaultsCall * call);
gint64 faults_call_quiet_for (FaultsCall * call);
void faults_call_end (FaultsCall * call, FaultsOutcome * outcome);

G_END_DECLS
