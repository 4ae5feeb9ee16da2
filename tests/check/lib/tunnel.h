/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* Something on 127.0.0.1 that stands between a client and its service. */
typedef struct _Tunnel Tunnel;

/* A proxy: CONNECT, and requests with a whole address. Whatever the host, it
 * is sought on 127.0.0.1. */
Tunnel *tunnel_new_proxy (void);
/* Who is asked for TLS, begins to answer, and does not go on. */
Tunnel *tunnel_new_half_hello (void);
/* When nobody is connected any more. */
void tunnel_free (Tunnel * tunnel);

guint16 tunnel_port (Tunnel * tunnel);
/* How many have come through. */
guint tunnel_count (Tunnel * tunnel);
