/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "serve-calls.h"

/* The page of `gst-voice serve`, and what it asks for. */
typedef struct _ServeHttp ServeHttp;

ServeHttp *serve_http_new (const ServeSettings * settings,
    ServeCalls * calls, GError ** error);
void serve_http_free (ServeHttp * http);
guint16 serve_http_get_port (const ServeHttp * http);
