/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a process uses now, by proc(5). */
typedef struct
{
  gdouble cpu;                  /* s, of all its threads */
  guint64 memory;               /* resident and not of a file, bytes */
} ProcessFigures;

gboolean process_figures_read (gint pid, ProcessFigures * figures);
