/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * HTTP of `gst-voice serve`: the page; a call by an offer and an answer, as
 * WHIP has it (RFC 9725) but with sound both ways; and what the call tells, as
 * server-sent events.
 *
 *   GET /                   the page, and its two files
 *   GET /personas           their names; needs the token
 *   POST /call?persona=…    an offer; the token; answered by 201 and Location
 *   GET /call/KEY/events    lines of JSON
 *   POST /call/KEY/text     a line that the caller has written
 *   DELETE /call/KEY        the caller has left
 *
 * Whoever asks is a stranger: heads are checked before a body is read, bodies
 * are bounded, and what somebody who watches does not read is not kept.
 *
 * Threads: that of the main context. Locks: none.
 */
#include "serve-http.h"

#include "serve-guard.h"
#include "serve-listen.h"

#include <gst-voice/data.h>
#include <string.h>

#define MAX_PAGE (1024 * 1024)
#define PING_SECONDS 15
/* What somebody who watches may be behind. */
#define MAX_UNREAD (4 * 1024 * 1024)
#define CALL "/call"

#define POLICY "default-src 'none'; script-src 'self'; style-src 'self'; " \
  "connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; " \
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

static const struct
{
  const gchar *path, *file, *type;
} files[] = {
  {"/", "page/index.html", "text/html; charset=utf-8"},
  {"/page.js", "page/page.js", "text/javascript; charset=utf-8"},
  {"/page.css", "page/page.css", "text/css; charset=utf-8"},
};

struct _ServeHttp
{
  const ServeSettings *settings;
  ServeCalls *calls;
  SoupServer *server;
  ServeListen *listen;
  GBytes *pages[G_N_ELEMENTS (files)];
  GList *streams;               /* of Stream */
  GList *waiting;               /* of Waiting */
};

/* Somebody who watches. */
typedef struct
{
  ServeHttp *http;
  SoupServerMessage *message;
  guint watch, ping;
  gsize unread;
  gboolean over;
} Stream;

/* An offer that is not answered yet. */
typedef struct
{
  ServeHttp *http;
  SoupServerMessage *message;
} Waiting;

static void
reply (SoupServerMessage * message, guint status, const gchar * type,
    const gchar * body)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_COPY, body,
      strlen (body));
}

static void
refuse (SoupServerMessage * message, guint status, const gchar * why)
{
  gchar *text = g_strconcat (why, "\n", NULL);

  reply (message, status, "text/plain; charset=utf-8", text);
  g_free (text);
}

static void
allow (SoupServerMessage * message, const gchar * methods)
{
  refuse (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "not this way");
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Allow", methods);
}

static const gchar *
header (SoupServerMessage * message, const gchar * name)
{
  return soup_message_headers_get_one (soup_server_message_get_request_headers
      (message), name);
}

static void
protect (SoupServerMessage * message)
{
  static const gchar *const headers[][2] = {
    {"Content-Security-Policy", POLICY},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "microphone=(self)"},
    {"Cache-Control", "no-store"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++)
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), headers[i][0], headers[i][1]);
}

static gboolean
needs_token (const gchar * path)
{
  return strcmp (path, CALL) == 0 || strcmp (path, "/personas") == 0;
}

/* Whether a body of this size, which must be told, may come. */
static gboolean
check_body (SoupServerMessage * message)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_request_headers (message);

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    refuse (message, SOUP_STATUS_LENGTH_REQUIRED, "say how long it is");
  else if (soup_message_headers_get_content_length (headers) > SERVE_MAX_OFFER)
    refuse (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too long");
  else
    return TRUE;
  /* What comes nevertheless is read by nobody. */
  soup_message_body_set_accumulate (soup_server_message_get_request_body
      (message), FALSE);
  soup_message_headers_replace (soup_server_message_get_response_headers
      (message), "Connection", "close");
  return FALSE;
}

/* The head has come. */
static void
check (SoupServer * server, SoupServerMessage * message, const gchar * path,
    GHashTable * query, gpointer data)
{
  ServeHttp *http = data;
  const ServeSettings *settings = http->settings;
  const gchar *host = header (message, "Host");

  protect (message);
  if (!check_body (message))
    return;
  if (settings->loopback && !serve_guard_is_local (host))
    refuse (message, SOUP_STATUS_MISDIRECTED_REQUEST,
        "this machine has another name");
  else if (!serve_guard_is_ours (header (message, "Origin"), host))
    refuse (message, SOUP_STATUS_FORBIDDEN, "a page of others asks this");
  else if (settings->token && needs_token (path)
      && !serve_guard_has_token (header (message, "Authorization"),
          settings->token)) {
    refuse (message, SOUP_STATUS_UNAUTHORIZED, "the token is missing or wrong");
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "WWW-Authenticate", "Bearer");
  }
}

static gboolean
is_get (SoupServerMessage * message)
{
  const gchar *method = soup_server_message_get_method (message);

  return method == SOUP_METHOD_GET || method == SOUP_METHOD_HEAD;
}

static void
serve_page (ServeHttp * http, SoupServerMessage * message, const gchar * path)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    gsize size;
    const gchar *text;

    if (strcmp (path, files[i].path) != 0)
      continue;
    if (!is_get (message)) {
      allow (message, "GET, HEAD");
      return;
    }
    text = g_bytes_get_data (http->pages[i], &size);
    soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
    soup_server_message_set_response (message, files[i].type, SOUP_MEMORY_COPY,
        text, size);
    return;
  }
  refuse (message, SOUP_STATUS_NOT_FOUND, "there is nothing here");
}

static void
serve_personas (ServeHttp * http, SoupServerMessage * message)
{
  gchar *names;

  if (!is_get (message)) {
    allow (message, "GET, HEAD");
    return;
  }
  names = serve_calls_personas (http->calls);
  reply (message, SOUP_STATUS_OK, "application/json", names);
  g_free (names);
}

static void on_waiting_gone (SoupServerMessage * message, Waiting * waiting);

static void
waiting_free (Waiting * waiting)
{
  waiting->http->waiting = g_list_remove (waiting->http->waiting, waiting);
  g_signal_handlers_disconnect_by_func (waiting->message, on_waiting_gone,
      waiting);
  g_object_unref (waiting->message);
  g_free (waiting);
}

/* The browser has given up. */
static void
on_waiting_gone (SoupServerMessage * message, Waiting * waiting)
{
  serve_calls_forget (waiting->http->calls, waiting);
  waiting_free (waiting);
}

static void
refuse_call (SoupServerMessage * message, const GError * error)
{
  static const guint statuses[] = {
    [SERVE_BAD_OFFER] = SOUP_STATUS_BAD_REQUEST,
    [SERVE_NO_PERSONA] = SOUP_STATUS_NOT_FOUND,
    [SERVE_TOO_MANY] = SOUP_STATUS_SERVICE_UNAVAILABLE,
    [SERVE_TOO_FAST] = 429,
    [SERVE_FAILED] = SOUP_STATUS_INTERNAL_SERVER_ERROR,
  };
  guint status = error->domain == SERVE_ERROR ? statuses[error->code] :
      SOUP_STATUS_INTERNAL_SERVER_ERROR;

  refuse (message, status, error->message);
  if (error->code == SERVE_TOO_MANY || error->code == SERVE_TOO_FAST)
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "Retry-After", "5");
}

static void
answer_call (gpointer data, const gchar * key, const gchar * sdp,
    const GError * error)
{
  Waiting *waiting = data;
  SoupServerMessage *message = waiting->message;
  gchar *location;

  if (sdp) {
    location = g_strconcat (CALL "/", key, NULL);
    reply (message, SOUP_STATUS_CREATED, "application/sdp", sdp);
    soup_message_headers_replace (soup_server_message_get_response_headers
        (message), "Location", location);
    g_free (location);
  } else {
    refuse_call (message, error);
  }
  soup_server_message_unpause (message);
  waiting_free (waiting);
}

static gboolean
has_type (SoupServerMessage * message, const gchar * type)
{
  const gchar *ours = soup_message_headers_get_content_type
      (soup_server_message_get_request_headers (message), NULL);

  if (ours && g_ascii_strcasecmp (ours, type) == 0)
    return TRUE;
  refuse (message, SOUP_STATUS_UNSUPPORTED_MEDIA_TYPE, type);
  return FALSE;
}

/* (transfer full) (nullable): text without zero bytes */
static gchar *
body_of (SoupServerMessage * message, gsize max)
{
  GBytes *bytes = soup_message_body_flatten
      (soup_server_message_get_request_body (message));
  gsize size;
  const gchar *data = g_bytes_get_data (bytes, &size);
  gchar *text = NULL;

  if (size <= max && g_utf8_validate_len (data ? data : "", size, NULL))
    text = g_strndup (data ? data : "", size);
  g_bytes_unref (bytes);
  if (!text)
    refuse (message, SOUP_STATUS_BAD_REQUEST, "too long, or no text in UTF-8");
  return text;
}

static void
serve_offer (ServeHttp * http, SoupServerMessage * message, GHashTable * query)
{
  const gchar *persona = query ? g_hash_table_lookup (query, "persona") : NULL;
  GError *error = NULL;
  Waiting *waiting;
  gchar *offer;

  if (soup_server_message_get_method (message) != SOUP_METHOD_POST) {
    allow (message, "POST");
    return;
  }
  offer = has_type (message, "application/sdp") ?
      body_of (message, SERVE_MAX_OFFER) : NULL;
  if (!offer)
    return;
  waiting = g_new (Waiting, 1);
  waiting->http = http;
  waiting->message = g_object_ref (message);
  http->waiting = g_list_prepend (http->waiting, waiting);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_waiting_gone),
      waiting);
  if (serve_calls_begin (http->calls, persona, offer, answer_call, waiting,
          &error)) {
    soup_server_message_pause (message);
  } else {
    refuse_call (message, error);
    waiting_free (waiting);
    g_error_free (error);
  }
  g_free (offer);
}

static void
stream_write (Stream * stream, const gchar * text)
{
  gsize size = strlen (text);

  stream->unread += size;
  soup_message_body_append (soup_server_message_get_response_body
      (stream->message), SOUP_MEMORY_COPY, text, size);
  soup_server_message_unpause (stream->message);
}

static void
stream_end (Stream * stream)
{
  if (stream->over)
    return;
  stream->over = TRUE;
  soup_message_body_complete (soup_server_message_get_response_body
      (stream->message));
  soup_server_message_unpause (stream->message);
}

static void
on_line (gpointer data, guint64 number, const gchar * line)
{
  Stream *stream = data;
  gchar *text;

  if (!line || stream->unread > MAX_UNREAD) {
    stream_end (stream);
    return;
  }
  text = g_strdup_printf ("id: %" G_GUINT64_FORMAT "\ndata: %s\n\n", number,
      line);
  if (!stream->over)
    stream_write (stream, text);
  g_free (text);
}

/* Nobody would notice that a browser is gone while nothing is told, and proxies
 * take silence for the end. */
static gboolean
ping (gpointer data)
{
  stream_write (data, ":\n\n");
  return G_SOURCE_CONTINUE;
}

static void
on_written (SoupServerMessage * message, guint size, Stream * stream)
{
  stream->unread -= MIN (stream->unread, size);
}

static void on_stream_gone (SoupServerMessage * message, Stream * stream);

static void
stream_free (Stream * stream)
{
  ServeHttp *http = stream->http;

  http->streams = g_list_remove (http->streams, stream);
  if (stream->watch)
    serve_calls_unwatch (http->calls, stream->watch);
  g_signal_handlers_disconnect_by_data (stream->message, stream);
  g_source_remove (stream->ping);
  g_object_unref (stream->message);
  g_free (stream);
}

static void
on_stream_gone (SoupServerMessage * message, Stream * stream)
{
  stream_free (stream);
}

static guint64
last_seen (SoupServerMessage * message)
{
  const gchar *text = header (message, "Last-Event-ID");
  guint64 number = 0;

  return text && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number,
      NULL) ? number : 0;
}

static void
serve_events (ServeHttp * http, SoupServerMessage * message, ServeCall * call)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (message);
  Stream *stream;

  if (soup_server_message_get_method (message) != SOUP_METHOD_GET) {
    allow (message, "GET");
    return;
  }
  if (serve_call_watchers (call) >= SERVE_MAX_WATCHERS) {
    refuse (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "too many watch it");
    return;
  }
  stream = g_new0 (Stream, 1);
  stream->http = http;
  stream->message = g_object_ref (message);
  stream->ping = g_timeout_add_seconds (PING_SECONDS, ping, stream);
  http->streams = g_list_prepend (http->streams, stream);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, "text/event-stream", NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body
      (message), FALSE);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_written),
      stream);
  g_signal_connect (message, "finished", G_CALLBACK (on_stream_gone), stream);
  g_signal_connect (message, "disconnected", G_CALLBACK (on_stream_gone),
      stream);
  stream_write (stream, ":\n\n");
  stream->watch = serve_call_watch (call, last_seen (message), on_line, stream);
}

static void
serve_text (SoupServerMessage * message, ServeCall * call)
{
  gchar *text;

  if (soup_server_message_get_method (message) != SOUP_METHOD_POST) {
    allow (message, "POST");
    return;
  }
  text = has_type (message, "text/plain") ? body_of (message,
      SERVE_MAX_TYPED) : NULL;
  if (!text)
    return;
  if (serve_call_is_over (call)) {
    refuse (message, SOUP_STATUS_GONE, "the call is over");
  } else {
    if (*g_strstrip (text))
      serve_call_type (call, text);
    soup_server_message_set_status (message, SOUP_STATUS_NO_CONTENT, NULL);
  }
  g_free (text);
}

static void
serve_one (SoupServerMessage * message, ServeCall * call)
{
  if (soup_server_message_get_method (message) != SOUP_METHOD_DELETE) {
    /* Neither more candidates nor restarts (RFC 9725, section 4.3). */
    allow (message, "DELETE");
    return;
  }
  serve_call_leave (call);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
}

/* `/call/KEY` and what is below. */
static void
serve_call (ServeHttp * http, SoupServerMessage * message, const gchar * path)
{
  gchar **parts = g_strsplit (path + strlen (CALL "/"), "/", 3);
  const gchar *what = *parts && parts[1] ? parts[1] : "";
  ServeCall *call = *parts && !(parts[1] && parts[2]) ?
      serve_calls_find (http->calls, *parts) : NULL;

  if (!call)
    refuse (message, SOUP_STATUS_NOT_FOUND, "there is no such call");
  else if (!parts[1])
    serve_one (message, call);
  else if (strcmp (what, "events") == 0)
    serve_events (http, message, call);
  else if (strcmp (what, "text") == 0)
    serve_text (message, call);
  else
    refuse (message, SOUP_STATUS_NOT_FOUND, "there is nothing here");
  g_strfreev (parts);
}

static void
serve (SoupServer * server, SoupServerMessage * message, const gchar * path,
    GHashTable * query, gpointer data)
{
  ServeHttp *http = data;

  if (strcmp (path, CALL) == 0)
    serve_offer (http, message, query);
  else if (g_str_has_prefix (path, CALL "/"))
    serve_call (http, message, path);
  else if (strcmp (path, "/personas") == 0)
    serve_personas (http, message);
  else
    serve_page (http, message, path);
}

static gboolean
load_pages (ServeHttp * http, GError ** error)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    gchar *path = gst_voice_data_path (files[i].file), *text = NULL;
    gsize size = 0;
    gboolean ok = g_file_get_contents (path, &text, &size, error);

    if (ok)
      http->pages[i] = g_bytes_new_take (text, size);
    g_free (path);
    if (!ok)
      return FALSE;
  }
  return TRUE;
}

/**
 * serve_http_new:
 * @settings: where, and who may
 * @calls: whose calls; they must stay
 * @error: why it cannot listen
 *
 * Returns: (transfer full) (nullable): what answers from now on
 */
ServeHttp *
serve_http_new (const ServeSettings * settings, ServeCalls * calls,
    GError ** error)
{
  ServeHttp *http = g_new0 (ServeHttp, 1);

  http->settings = settings;
  http->calls = calls;
  http->server = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (http->server, NULL, check, http, NULL);
  soup_server_add_handler (http->server, NULL, serve, http, NULL);
  if (load_pages (http, error)
      && (http->listen = serve_listen_new (settings, http->server, error)))
    return http;
  serve_http_free (http);
  return NULL;
}

/**
 * serve_http_free:
 * @http: (transfer full) (nullable): what answers no more
 */
void
serve_http_free (ServeHttp * http)
{
  if (!http)
    return;
  serve_listen_free (http->listen);
  while (http->streams)
    stream_free (http->streams->data);
  while (http->waiting) {
    serve_calls_forget (http->calls, http->waiting->data);
    waiting_free (http->waiting->data);
  }
  soup_server_disconnect (http->server);
  g_object_unref (http->server);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_clear_pointer (&http->pages[i], g_bytes_unref);
  g_free (http);
}

/**
 * serve_http_get_port:
 * @http: what answers
 *
 * Returns: on which port
 */
guint16
serve_http_get_port (const ServeHttp * http)
{
  return http->listen ? serve_listen_get_port (http->listen) : 0;
}
