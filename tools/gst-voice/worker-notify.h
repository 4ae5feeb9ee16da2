/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What systemd is told of a service of Type=notify (sd_notify(3)). */
gboolean worker_notify (const gchar * state);
gboolean worker_notify_has_watchdog (void);
