/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The health of providers, from gst_voice_health_dump (). */
gchar *worker_health_to_prometheus (const gchar * dump);
gchar *worker_health_to_table (const gchar * dump);
