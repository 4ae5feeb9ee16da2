/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* The pages of a worker: `/` for health checks, `/worker` for people and
 * dashboards, `/metrics` for Prometheus. Nothing secret or private is on
 * them. */
typedef struct _WorkerHttp WorkerHttp;

typedef struct
{
  /* (transfer none) (nullable): what is wrong */
  const gchar *(*trouble) (gpointer data);
  /* (transfer full) */
  gchar *(*info) (gpointer data);
  gchar *(*metrics) (gpointer data);
} WorkerPages;

#define WORKER_HTTP_DEFAULT ":8081"

WorkerHttp *worker_http_new (const gchar * address, guint tries,
    const WorkerPages * pages, gpointer data, GError ** error);
void worker_http_free (WorkerHttp * http);
guint16 worker_http_get_port (const WorkerHttp * http);

gboolean worker_http_parse_address (const gchar * text, GInetAddress ** host,
    guint16 * port, GError ** error);
gchar *worker_http_answer (const gchar * request, const WorkerPages * pages,
    gpointer data);
