/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where traces go. */
typedef struct
{
  gchar *endpoint;              /* as given, or NULL: that of the environment */
  gboolean content;             /* with what was said and done */

  gchar *url;                   /* where to post, or NULL: there are none */
  GPtrArray *headers;           /* name, value, name, …; secret */
} TraceSettings;

gboolean trace_settings_complete (TraceSettings * settings, GError ** error);
void trace_settings_clear (TraceSettings * settings);
