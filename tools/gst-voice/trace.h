/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record-exchange.h"

/* What a turn has used. */
typedef struct
{
  gchar *llm, *model, *tts;     /* factories and a model, or NULL */
  guint64 tokens_in, tokens_cached, tokens_out, characters;
  gdouble cost;
} TraceUsage;

/* A call of which traces are made. */
typedef struct
{
  const Record *record;
  gint64 epoch;                 /* wall time at the running time 0 */
  gboolean content;             /* with what was said and done */
} TraceCall;

gchar *trace_exchange_to_json (const TraceCall * call,
    const Exchange * exchange, const TraceUsage * usage);
