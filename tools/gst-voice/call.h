/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "delivery.h"
#include "trace-settings.h"

/* What a call is played with. */
typedef struct
{
  gchar *persona;               /* the path of it, or of a whole call */
  gchar *caller, *speaker, *record, *db;        /* or NULL */
  gchar *script;                /* of the caller, in place of a file, or NULL */
  gchar **variables;            /* NAME=VALUE, or NULL */
  Delivery delivery;            /* unless the persona has one */
  gboolean json, simulate, quiet;
  TraceSettings traces;
  gboolean chat;                /* without sound: the caller writes */
} CallSettings;

/* No ending of a call: it could not be played, or something was lost. */
#define CALL_FAILED "error"

void call_complain (const gchar * format, ...) G_GNUC_PRINTF (1, 2);
gchar *call_play (const CallSettings * settings);
int call_status (const gchar * reason);
gboolean call_check_variable (const gchar * variable);
