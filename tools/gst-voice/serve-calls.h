/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "serve-settings.h"
#include "worker-records.h"
#include "zygote.h"

/* The calls of `gst-voice serve`, each a process. A call has a key that nobody
 * can guess; whoever knows it may watch and end it. */
typedef struct _ServeCalls ServeCalls;
typedef struct _ServeCall ServeCall;

#define SERVE_MAX_OFFER (32 * 1024)     /* bytes */
#define SERVE_MAX_TYPED 2000
#define SERVE_MAX_WATCHERS 4    /* of a call */

typedef enum
{
  SERVE_BAD_OFFER = 1,
  SERVE_NO_PERSONA,
  SERVE_TOO_MANY,               /* calls */
  SERVE_TOO_FAST,
  SERVE_FAILED,
} ServeError;
#define SERVE_ERROR (serve_error_quark ())
GQuark serve_error_quark (void);

/* Once for each call that was begun: the answer, or why there is none. The call
 * is there until it is over. */
typedef void (*ServeAnswerFunc) (gpointer data, const gchar * key,
    const gchar * sdp, const GError * error);
/* @line: JSON, as in the journal; %NULL: there are no more. */
typedef void (*ServeWatchFunc) (gpointer data, guint64 number,
    const gchar * line);

ServeCalls *serve_calls_new (const ServeSettings * settings, Zygote * zygote,
    WorkerRecords * records);
void serve_calls_free (ServeCalls * calls);
gboolean serve_calls_begin (ServeCalls * calls, const gchar * persona,
    const gchar * offer, ServeAnswerFunc answer, gpointer data,
    GError ** error);
void serve_calls_forget (ServeCalls * calls, gpointer data);
void serve_calls_end_all (ServeCalls * calls);
guint serve_calls_count (const ServeCalls * calls);
gchar *serve_calls_personas (const ServeCalls * calls);

ServeCall *serve_calls_find (ServeCalls * calls, const gchar * key);
gboolean serve_call_is_over (const ServeCall * call);
guint serve_call_watchers (const ServeCall * call);
void serve_call_type (ServeCall * call, const gchar * text);
void serve_call_leave (ServeCall * call);
guint serve_call_watch (ServeCall * call, guint64 after, ServeWatchFunc func,
    gpointer data);
void serve_calls_unwatch (ServeCalls * calls, guint watch);
