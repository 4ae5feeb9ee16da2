/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "trace-settings.h"

/* Sends traces by OTLP over HTTP, several at a time, on the network thread. */
typedef struct _TraceExport TraceExport;

TraceExport *trace_export_new (const TraceSettings * settings);
void trace_export_add (TraceExport * self, gchar * trace);
gboolean trace_export_finish (TraceExport * self, guint ms);
void trace_export_get_counts (TraceExport * self, guint64 * sent,
    guint64 * dropped);
gchar *trace_export_problem (TraceExport * self);
void trace_export_free (TraceExport * self);
