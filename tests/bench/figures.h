/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void figures_row (const gchar * what, const gchar * budget,
    const gchar * format, ...) G_GNUC_PRINTF (3, 4);
void figures_spread (const gchar * what, const gchar * budget,
    GArray * values);
gdouble figures_percentile (GArray * values, guint percent);
gdouble figures_cpu_seconds (void);
gdouble figures_pss_mb (void);
guint figures_threads (void);
guint figures_descriptors (void);
gdouble figures_heap_kb (void);

G_END_DECLS
