/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "log.h"

#include <gio/gio.h>

/* What `gst-voice serve` is run with. */
typedef struct
{
  gchar **personas;             /* files */
  gchar *listen;                /* as it was given */
  GInetAddress *address;        /* to listen on; NULL: all */
  guint16 port;
  gboolean loopback;            /* nobody else can connect */
  GTlsCertificate *certificate; /* (nullable): HTTPS */
  gchar *token;                 /* (nullable): none is asked for */
  gchar *db;                    /* or NULL */
  gchar *stun_server;           /* or NULL */
  guint min_port, max_port;     /* of media; 0: any */
  guint max_calls;
  LogFormat log;
  LogLevel level;
} ServeSettings;

gboolean serve_settings_parse (ServeSettings * settings, int *argc,
    char ***argv, GError ** error);
gboolean serve_settings_complete (ServeSettings * settings, GError ** error);
void serve_settings_clear (ServeSettings * settings);
