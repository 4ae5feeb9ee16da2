/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A real livekit-server on loopback, which ends with us. */
typedef struct
{
  gchar *url;                   /* http://127.0.0.1:… */
  guint16 port;
  GSubprocess *process;
} LivekitServer;

#define LIVEKIT_SERVER_KEY "key"
#define LIVEKIT_SERVER_SECRET "a secret of thirty-two characters"
#define LIVEKIT_SERVER_MISSING "there is no livekit-server: go install " \
    "github.com/livekit/livekit-server/cmd/server@v1.13.5 makes one, to be " \
    "named in GST_VOICE_LIVEKIT_SERVER"

gchar *livekit_server_find (void);
gboolean livekit_server_start (LivekitServer * server, const gchar * path,
    const gchar * more);
void livekit_server_stop (LivekitServer * server);
