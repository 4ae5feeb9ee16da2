/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "signalling.h"

/**
 * LivekitConnect:
 * @resume: (nullable): our sid in the session to be resumed; %NULL joins anew
 * @reason: why we resume
 * @manual: subscribe to nothing by itself
 * @version: (nullable): of this program, for the server's statistics
 */
typedef struct
{
  const gchar *resume;
  LivekitReconnectReason reason;
  gboolean manual;
  const gchar *version;
} LivekitConnect;

gchar *livekit_signal_url (const gchar * server,
    const LivekitConnect * connect, GError ** error);
gchar *livekit_signal_validate_url (const gchar * socket_url);
gchar *livekit_worker_url (const gchar * server, GError ** error);
GError *livekit_signal_refusal (guint status, const gchar * body);
