/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A socket on which each connection brings one question, of bounded size and
 * time, and gets one answer. */
typedef struct _WorkerListen WorkerListen;
typedef struct _WorkerQuestion WorkerQuestion;

/**
 * WorkerListenFunc:
 * @question: (transfer full): give it to worker_question_answer (), now or
 *   later
 * @text: what is asked, up to and with its end; no zero byte is in it
 * @data: what was given with the function
 */
typedef void (*WorkerListenFunc) (WorkerQuestion * question,
    const gchar * text, gpointer data);

typedef struct
{
  const gchar *end;             /* what a question ends with */
  gsize max_size;               /* bytes of a question */
  guint max_open;               /* connections at a time */
  guint seconds;                /* for a connection */
  const gchar *too_long;        /* (nullable): the answer to that */
} WorkerListenSettings;

WorkerListen *worker_listen_new (GSocket * socket,
    const WorkerListenSettings * settings, WorkerListenFunc func,
    gpointer data, GError ** error);
void worker_listen_free (WorkerListen * listen);
void worker_question_answer (WorkerQuestion * question, const gchar * answer);
GSocket *worker_question_socket (WorkerQuestion * question);
