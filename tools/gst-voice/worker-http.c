/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A worker's three pages over HTTP/1.1, one request a connection. It reads no
 * bodies and keeps nothing open, so there is little that a stranger on the port
 * can do: 32 connections of 8 KiB and ten seconds each.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "worker-http.h"

#include "worker-listen.h"

#include <string.h>

struct _WorkerHttp
{
  const WorkerPages *pages;
  gpointer data;
  WorkerListen *listen;
  guint16 port;
};

static gchar *
reply (const gchar * status, const gchar * type, const gchar * body,
    gboolean head)
{
  return g_strdup_printf ("HTTP/1.1 %s\r\nContent-Type: %s\r\n"
      "Content-Length: %zu\r\nConnection: close\r\n"
      "Cache-Control: no-store\r\n\r\n%s", status, type, strlen (body),
      head ? "" : body);
}

static gchar *
plain (const gchar * status, const gchar * body, gboolean head)
{
  return reply (status, "text/plain; charset=utf-8", body, head);
}

static gchar *
take (const gchar * type, gchar * body, gboolean head)
{
  gchar *answer = reply ("200 OK", type, body, head);

  g_free (body);
  return answer;
}

static gchar *
answer_path (const gchar * path, gboolean head, const WorkerPages * pages,
    gpointer data)
{
  const gchar *trouble;

  if (strcmp (path, "/") == 0) {
    trouble = pages->trouble (data);
    return plain (trouble ? "503 Service Unavailable" : "200 OK",
        trouble ? trouble : "OK", head);
  }
  if (strcmp (path, "/worker") == 0)
    return take ("application/json", pages->info (data), head);
  if (strcmp (path, "/metrics") == 0)
    return take ("text/plain; version=0.0.4; charset=utf-8",
        pages->metrics (data), head);
  return plain ("404 Not Found", "there are /, /worker and /metrics\n", head);
}

/**
 * worker_http_answer:
 * @request: the head of a request
 * @pages: what there is
 * @data: for @pages
 *
 * Returns: (transfer full): the whole answer
 */
gchar *
worker_http_answer (const gchar * request, const WorkerPages * pages,
    gpointer data)
{
  gchar *line = g_strndup (request, strcspn (request, "\r\n"));
  gchar **words = g_strsplit (line, " ", 4), *answer;
  gboolean head;

  if (g_strv_length (words) != 3 || !g_str_has_prefix (words[2], "HTTP/1.")) {
    answer = plain ("400 Bad Request", "this is not HTTP/1.1\n", FALSE);
  } else if (strcmp (words[0], "GET") != 0 && strcmp (words[0], "HEAD") != 0) {
    answer = plain ("405 Method Not Allowed", "GET only\n", FALSE);
  } else {
    head = strcmp (words[0], "HEAD") == 0;
    words[1][strcspn (words[1], "?")] = '\0';
    answer = answer_path (words[1], head, pages, data);
  }
  g_strfreev (words);
  g_free (line);
  return answer;
}

static void
asked (WorkerQuestion * question, const gchar * text, gpointer data)
{
  WorkerHttp *http = data;
  gchar *answer = worker_http_answer (text, http->pages, http->data);

  worker_question_answer (question, answer);
  g_free (answer);
}

/**
 * worker_http_parse_address:
 * @text: `:PORT` or `HOST:PORT`
 * @host: (out) (transfer full) (nullable): where to listen; %NULL everywhere
 * @port: (out): on which port
 * @error: where to say what is wrong with it
 *
 * Returns: whether it is an address
 */
gboolean
worker_http_parse_address (const gchar * text, GInetAddress ** host,
    guint16 * port, GError ** error)
{
  const gchar *colon = strrchr (text, ':');
  gchar *name = colon ? g_strndup (text, colon - text) : NULL;
  gsize length = name ? strlen (name) : 0;
  guint64 number;
  gboolean ok;

  *host = NULL;
  ok = colon && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16,
      &number, NULL);
  if (ok && length > 0) {
    if (length > 2 && *name == '[' && name[length - 1] == ']') {
      name[length - 1] = '\0';
      *host = g_inet_address_new_from_string (name + 1);
    } else {
      *host = g_inet_address_new_from_string (strcmp (name, "localhost") == 0 ?
          "127.0.0.1" : name);
    }
    ok = *host != NULL;
  }
  *port = ok ? number : 0;
  g_free (name);
  if (!ok)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "'%s' is no address to listen on: write :8081, 127.0.0.1:8081 or off",
        text);
  return ok;
}

static GSocket *
bind_address (GInetAddress * host, guint16 port, GError ** error)
{
  GSocket *socket = g_socket_new (g_inet_address_get_family (host),
      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  GSocketAddress *address = g_inet_socket_address_new (host, port);

  if (socket && !g_socket_bind (socket, address, TRUE, error))
    g_clear_object (&socket);
  g_object_unref (address);
  return socket;
}

/* Everywhere is IPv6 and IPv4, or IPv4 where there is no IPv6. */
static GSocket *
bind_port (GInetAddress * host, guint16 port, GError ** error)
{
  GInetAddress *any;
  GSocket *socket;
  GError *why = NULL;
  gboolean taken;

  if (host)
    return bind_address (host, port, error);
  any = g_inet_address_new_any (G_SOCKET_FAMILY_IPV6);
  socket = bind_address (any, port, &why);
  g_object_unref (any);
  taken = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  if (!socket && !taken) {
    g_clear_error (&why);
    any = g_inet_address_new_any (G_SOCKET_FAMILY_IPV4);
    socket = bind_address (any, port, &why);
    g_object_unref (any);
  }
  if (why)
    g_propagate_error (error, why);
  return socket;
}

static gboolean
open_port (WorkerHttp * http, GInetAddress * host, guint16 port,
    GError ** error)
{
  static const WorkerListenSettings settings = {.end = "\r\n\r\n",
    .max_size = 8192,.max_open = 32,.seconds = 10,
    .too_long = "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        "Content-Length: 0\r\nConnection: close\r\n\r\n"
  };
  GSocket *socket = bind_port (host, port, error);
  GSocketAddress *address;

  if (!socket)
    return FALSE;
  http->listen = worker_listen_new (socket, &settings, asked, http, error);
  address = http->listen ? g_socket_get_local_address (socket, NULL) : NULL;
  if (address)
    http->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS
        (address));
  g_clear_object (&address);
  g_object_unref (socket);
  return http->listen != NULL;
}

/**
 * worker_http_new:
 * @address: see worker_http_parse_address ()
 * @tries: so many ports are tried, from that of @address on, as long as others
 *   have them
 * @pages: what there is; it must stay
 * @data: for @pages
 * @error: where to say why it cannot listen
 *
 * Returns: (transfer full) (nullable): what answers from now on
 */
WorkerHttp *
worker_http_new (const gchar * address, guint tries,
    const WorkerPages * pages, gpointer data, GError ** error)
{
  WorkerHttp *http;
  GInetAddress *host;
  GError *why = NULL;
  guint16 port;

  if (!worker_http_parse_address (address, &host, &port, error))
    return NULL;
  http = g_new0 (WorkerHttp, 1);
  http->pages = pages;
  http->data = data;
  for (guint i = 0; i < tries && !http->listen; i++) {
    g_clear_error (&why);
    if (!open_port (http, host, port + i, &why)
        && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
      break;
  }
  g_clear_object (&host);
  if (http->listen)
    return http;
  g_propagate_prefixed_error (error, why, "cannot listen on %s for health "
      "checks and metrics (choose another with --http, or --http off): ",
      address);
  g_free (http);
  return NULL;
}

/**
 * worker_http_free:
 * @http: (transfer full) (nullable): what answers no more
 */
void
worker_http_free (WorkerHttp * http)
{
  if (!http)
    return;
  worker_listen_free (http->listen);
  g_free (http);
}

/**
 * worker_http_get_port:
 * @http: what answers
 *
 * Returns: the port on which it does
 */
guint16
worker_http_get_port (const WorkerHttp * http)
{
  return http->port;
}
