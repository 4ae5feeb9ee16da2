/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where a call process has its socket. */
#define CALL_FD 3

gboolean call_child_begin (gint socket, gint parent);
void call_child_attached (void);
void call_child_limit (guint64 memory);
void call_child_log (const gchar * prefix, const gchar * call_id);
