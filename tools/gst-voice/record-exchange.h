/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

/* What the caller waits for between his last sound and the reply's first, one
 * after the other. */
typedef enum
{
  EXCHANGE_RECOGNISED,          /* until the last final */
  EXCHANGE_DECIDED,             /* until the turn was committed */
  EXCHANGE_TOKEN,
  EXCHANGE_SENTENCE,
  EXCHANGE_SOUND,               /* until the first sample was synthesised */
  EXCHANGE_PLAYOUT,             /* until it was played */
  EXCHANGE_N_HOPS,
} ExchangeHopId;

typedef struct
{
  gint64 start, length;         /* microseconds, from the end of speech */
} ExchangeHop;

/* A turn of the caller and what the agent did about it; or, without a turn,
 * what the agent said by itself. All of it belongs to the record. */
typedef struct
{
  guint number;                 /* of the turn, or 0 */
  gint64 at;                    /* end of the caller's sound, if it is known */
  const RecordTurn *turn;       /* NULL: none, or `merged` */
  const RecordTurn *merged;     /* the turn with which he went on, or NULL */
  const RecordMetrics *metrics; /* of the first reply, or NULL */
  GPtrArray *speeches, *calls;  /* of RecordSpeech, RecordCall */
} Exchange;

extern const gchar *const exchange_hop_names[EXCHANGE_N_HOPS];

GPtrArray *record_exchanges (const Record * record);
gboolean exchange_hops (const Exchange * exchange,
    ExchangeHop hops[EXCHANGE_N_HOPS]);
const RecordInterruption *exchange_interruption (const Record * record,
    const RecordSpeech * speech);
