/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Reads the journal of a call while it grows, and makes a trace of each turn
 * that is over. */
typedef struct _TraceTail TraceTail;

/* @trace: (transfer full): an element of `scopeSpans` */
typedef void (*TraceFunc) (gpointer data, gchar * trace);

TraceTail *trace_tail_new (const gchar * journal, gboolean content,
    TraceFunc func, gpointer data);
void trace_tail_read (TraceTail * tail);
void trace_tail_end (TraceTail * tail);
void trace_tail_free (TraceTail * tail);
