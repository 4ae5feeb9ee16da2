/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "serve-settings.h"

#include <libsoup/soup.h>

/* Connections for a SoupServer, bounded in number and in how long nothing may
 * come or go on them. */
typedef struct _ServeListen ServeListen;

ServeListen *serve_listen_new (const ServeSettings * settings,
    SoupServer * server, GError ** error);
void serve_listen_free (ServeListen * listen);
guint16 serve_listen_get_port (const ServeListen * listen);
