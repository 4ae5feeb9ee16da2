/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* TLS for those who only speak TCP: whoever connects to its port on this
 * machine is connected to the server. */
typedef struct _TurnBridge TurnBridge;

/* Called on the network thread; the bridge may be freed in it. */
typedef void (*TurnBridgeFailed) (gpointer data, const GError * error);

TurnBridge *turn_bridge_new (const gchar * host, guint port, gboolean ipv6,
    TurnBridgeFailed failed, gpointer data, GError ** error);
guint turn_bridge_get_port (const TurnBridge * self);
void turn_bridge_mute (TurnBridge * self);
void turn_bridge_free (TurnBridge * self);
