/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

GArray *process_tree_children (gint parent);
gchar *process_tree_title (gint pid);
gdouble process_tree_cpu (gint pid);
gdouble process_tree_pss_mb (gint pid);
guint process_tree_threads (gint pid);
guint process_tree_files (gint pid);
