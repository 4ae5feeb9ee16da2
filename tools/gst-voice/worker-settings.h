/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "delivery.h"
#include "log.h"
#include "trace-settings.h"

/* What a worker is started with: its command line and its environment. */
typedef struct
{
  gchar *persona;               /* a file, or NULL: the rules decide */
  gchar *rules;                 /* a file, or NULL */
  gchar **personas;             /* all that may take a call */
  gchar *url, *key, *secret;    /* of the LiveKit server */
  gchar *agent_name;            /* or NULL: every room is served */
  gchar *name;                  /* of this worker, for `gst-voice ctl` */
  gchar *db;                    /* a file, `none`, or NULL: the standard one */
  Delivery delivery;            /* of conversations, unless a persona has one */
  gchar *http;                  /* an address, `off`, or NULL: the default */
  gboolean room, publisher;     /* which jobs */
  gdouble load_limit;
  guint max_calls;              /* 0: as many as the load allows */
  guint drain_timeout;          /* seconds */
  guint max_retry;              /* attempts to connect; 0: without end */
  guint64 memory_limit;         /* of a call, bytes; 0: the default */
  TraceSettings traces;
  LogFormat log;
  LogLevel level;
} WorkerSettings;

gboolean worker_settings_parse (WorkerSettings * settings, int *argc,
    char ***argv, GError ** error);
gboolean worker_settings_complete (WorkerSettings * settings, GError ** error);
gboolean worker_settings_take_keys (gchar ** key, gchar ** secret,
    GError ** error);
void worker_settings_clear (WorkerSettings * settings);
