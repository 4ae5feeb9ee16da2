/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stand-in described in http-peer.h. It uses sockets and no HTTP library,
 * so that it can break the protocol and shares no fault with what is tested.
 *
 * Threads: its own runs all sources; the functions of http-peer.h are for one
 * other thread.
 * Locks: one, held in every source and function.
 */
#include "http-peer.h"
#include "http-script.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_REQUEST (64 * 1024 * 1024)
#define PIECE 16384

struct _HttpPeer
{
  /* set once */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GSocket *listener;
  GTlsCertificate *certificate; /* NULL: no TLS */
  guint16 port;

  GMutex lock;
  GCond changed;
  /* lock */
  GHashTable *paths;
  GPtrArray *requests;
  GList *connections;
  guint n_accepted;
  guint64 n_sent;
  gchar *protocol;
  guint patience;
};

typedef struct
{
  HttpPeer *peer;
  guint number;
  GSocketConnection *base;
  GIOStream *stream;            /* base, or TLS above it */
  GSource *in, *out, *timer;
  GByteArray *received;
  GByteArray *to_send;
  gboolean full;                /* the other side does not take more */
  gboolean continued;           /* sent 100 for the request to come */

  /* the reply under way */
  const gchar *path;            /* NULL if there is none */
  Path *script;
  const Reply *reply;
  gboolean head_sent;
  gboolean no_body;
  gboolean close_after;
  gboolean at_gate;
  guint step;
  gsize filled;
} Connection;

static void
request_free (HttpPeerRequest * request)
{
  g_free (request->method);
  g_free (request->target);
  g_free (request->path);
  g_hash_table_unref (request->headers);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_free (request);
}

static void
source_clear (GSource ** source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
connection_free (Connection * c, gboolean reset)
{
  GSocket *socket = g_socket_connection_get_socket (c->base);
  struct linger linger = { 1, 0 };

  if (reset) {
    setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger,
        sizeof linger);
    g_socket_close (socket, NULL);
  }
  source_clear (&c->in);
  source_clear (&c->out);
  source_clear (&c->timer);
  /* Not for the TLS stream: its close would wait for the other side. */
  g_io_stream_close (G_IO_STREAM (c->base), NULL, NULL);
  g_object_unref (c->stream);
  g_object_unref (c->base);
  g_byte_array_unref (c->received);
  g_byte_array_unref (c->to_send);
  c->peer->connections = g_list_remove (c->peer->connections, c);
  g_cond_broadcast (&c->peer->changed);
  g_free (c);
}

static HttpPeerRequest *
parse_head (const gchar * head)
{
  gchar **lines = g_strsplit (head, "\r\n", -1);
  gchar **words = g_strsplit (lines[0], " ", 3);
  HttpPeerRequest *request = NULL;

  if (g_strv_length (words) == 3 && g_str_has_prefix (words[2], "HTTP/1.")) {
    const gchar *path = words[1];

    if (strstr (path, "://"))
      path = strchr (strstr (path, "://") + 3, '/');
    request = g_new0 (HttpPeerRequest, 1);
    request->method = g_strdup (words[0]);
    request->target = g_strdup (words[1]);
    request->path = path ? g_strndup (path, strcspn (path, "?")) :
        g_strdup ("/");
    request->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
        g_free);
    for (gchar ** line = lines + 1; *line; line++) {
      gchar *colon = strchr (*line, ':');

      if (colon)
        g_hash_table_insert (request->headers, g_ascii_strdown (*line,
                colon - *line), g_strdup (g_strstrip (colon + 1)));
    }
    if (!g_hash_table_contains (request->headers, "connection")
        && !strcmp (words[2], "HTTP/1.0"))
      g_hash_table_insert (request->headers, g_strdup ("connection"),
          g_strdup ("close"));
  }
  g_strfreev (words);
  g_strfreev (lines);
  return request;
}

/* Returns: (nullable): a whole request; @bad if there can be none */
static HttpPeerRequest *
take_request (Connection * c, gboolean * bad)
{
  const gchar *data = (const gchar *) c->received->data;
  const gchar *end = c->received->len ? g_strstr_len (data, c->received->len,
      "\r\n\r\n") : NULL;
  HttpPeerRequest *request;
  const gchar *length;
  gchar *head;
  gsize head_size, size;

  /* The first byte of a TLS connection comes to the wrong port. */
  *bad = c->received->len > MAX_REQUEST || (c->received->len && *data == 0x16);
  if (!end)
    return NULL;
  head_size = end + 4 - data;
  head = g_strndup (data, head_size - 4);
  request = parse_head (head);
  g_free (head);
  *bad = *bad || !request
      || g_hash_table_contains (request->headers, "transfer-encoding");
  if (*bad) {
    g_clear_pointer (&request, request_free);
    return NULL;
  }
  length = g_hash_table_lookup (request->headers, "content-length");
  size = length ? g_ascii_strtoull (length, NULL, 10) : 0;
  if (c->received->len - head_size < size) {
    if (!c->continued && g_hash_table_contains (request->headers, "expect"))
      g_byte_array_append (c->to_send,
          (const guint8 *) "HTTP/1.1 100 Continue\r\n\r\n", 25);
    c->continued = TRUE;
    request_free (request);
    return NULL;
  }
  c->continued = FALSE;
  request->body = g_bytes_new (c->received->data + head_size, size);
  g_byte_array_remove_range (c->received, 0, head_size + size);
  return request;
}

static void
append (Connection * c, const gchar * text)
{
  g_byte_array_append (c->to_send, (const guint8 *) text, strlen (text));
}

static void release_locked (HttpPeer * peer, const gchar * path);

/* Returns: whether there was a request to begin with */
static gboolean
begin_reply (Connection * c, gboolean * bad)
{
  HttpPeerRequest *request = take_request (c, bad);
  HttpPeer *peer = c->peer;
  Path *script;

  if (!request)
    return FALSE;
  request->connection = c->number;
  c->close_after = !g_strcmp0 (g_hash_table_lookup (request->headers,
          "connection"), "close");
  if (g_str_has_prefix (request->path, "/-/release/")) {
    release_locked (peer, request->path + strlen ("/-/release"));
    append (c, "HTTP/1.1 204 No Content\r\n\r\n");
    request_free (request);
    return TRUE;
  }
  g_ptr_array_add (peer->requests, request);
  g_cond_broadcast (&peer->changed);

  script = g_hash_table_lookup (peer->paths, request->path);
  if (!script) {
    append (c, "HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\n\r\n"
        "not in the script\r\n");
    return TRUE;
  }
  c->script = script;
  c->path = request->path;
  c->reply = g_ptr_array_index (script->replies, script->next);
  if (script->next + 1 < script->replies->len)
    script->next++;
  c->head_sent = FALSE;
  c->no_body = !strcmp (request->method, "HEAD") || c->reply->status == 204
      || c->reply->status == 304;
  c->step = 0;
  c->filled = 0;
  return TRUE;
}

static void
send_head (Connection * c)
{
  const Reply *reply = c->reply;
  gchar *head;

  c->head_sent = TRUE;
  if (!reply->status)
    return;
  head = g_strdup_printf ("HTTP/1.1 %u Scripted\r\n%s", reply->status,
      reply->headers);
  append (c, head);
  g_free (head);
  if (c->close_after || reply->framing == FRAMING_CLOSE)
    append (c, "Connection: close\r\n");
  if (reply->framing == FRAMING_CHUNKED && !c->no_body) {
    append (c, "Transfer-Encoding: chunked\r\n");
  } else if (reply->framing == FRAMING_LENGTH) {
    gchar *length = g_strdup_printf ("Content-Length: %" G_GINT64_FORMAT
        "\r\n", reply->length);

    append (c, length);
    g_free (length);
  }
  append (c, "\r\n");
}

static void
send_piece (Connection * c, const guint8 * data, gsize size)
{
  gchar size_line[32];

  if (c->reply->framing == FRAMING_CHUNKED) {
    g_snprintf (size_line, sizeof size_line, "%" G_GSIZE_MODIFIER "x\r\n",
        size);
    append (c, size_line);
  }
  g_byte_array_append (c->to_send, data, size);
  if (c->reply->framing == FRAMING_CHUNKED)
    append (c, "\r\n");
}

/* Returns: whether the step is done */
static gboolean
send_fill (Connection * c, gsize total)
{
  guint8 piece[PIECE];
  gsize size = MIN (total - c->filled, sizeof piece);

  for (gsize i = 0; i < size; i++)
    piece[i] = (c->filled + i) % 251;
  if (size)
    send_piece (c, piece, size);
  c->filled += size;
  return c->filled == total;
}

static void
pass_gate (Connection * c, gboolean * waits)
{
  *waits = c->script->open == 0;
  if (*waits != c->at_gate) {
    c->at_gate = *waits;
    g_cond_broadcast (&c->peer->changed);
  }
  if (!*waits)
    c->script->open--;
}

static void connection_pump (Connection * c);

static gboolean
delay_over (gpointer data)
{
  Connection *c = data;
  HttpPeer *peer = c->peer;

  g_mutex_lock (&peer->lock);
  source_clear (&c->timer);
  c->step++;
  connection_pump (c);
  g_mutex_unlock (&peer->lock);
  return G_SOURCE_REMOVE;
}

static void
start_delay (Connection * c, guint ms)
{
  if (c->timer)
    return;
  c->timer = g_timeout_source_new (ms);
  g_source_set_callback (c->timer, delay_over, c, NULL);
  g_source_attach (c->timer, c->peer->context);
}

typedef enum
{
  GO_ON,
  WAIT,
  CLOSE,
  RESET,
} Outcome;

static Outcome
do_step (Connection * c, const Step * step)
{
  gboolean waits = FALSE;
  gsize size;
  gconstpointer data;

  switch (step->kind) {
    case STEP_DATA:
      data = g_bytes_get_data (step->bytes, &size);
      if (size)
        send_piece (c, data, size);
      break;
    case STEP_FILL:
      if (!send_fill (c, step->number))
        return GO_ON;
      c->filled = 0;
      break;
    case STEP_RAW:
      data = g_bytes_get_data (step->bytes, &size);
      g_byte_array_append (c->to_send, data, size);
      break;
    case STEP_GATE:
      pass_gate (c, &waits);
      break;
    case STEP_DELAY:
      start_delay (c, step->number);
      return WAIT;
    case STEP_HANG:
      return WAIT;
    case STEP_CLOSE:
      return CLOSE;
    case STEP_RESET:
      return RESET;
  }
  if (waits)
    return WAIT;
  c->step++;
  return GO_ON;
}

static Outcome
go_on_with_reply (Connection * c)
{
  gboolean waits = FALSE;

  if (!c->head_sent) {
    if (c->reply->hold)
      pass_gate (c, &waits);
    if (waits)
      return WAIT;
    send_head (c);
    return GO_ON;
  }
  if (!c->no_body && c->step < c->reply->steps->len)
    return do_step (c, &g_array_index (c->reply->steps, Step, c->step));
  if (c->reply->framing == FRAMING_CHUNKED && c->reply->status && !c->no_body)
    append (c, "0\r\n\r\n");
  if (c->reply->framing == FRAMING_CLOSE)
    c->close_after = TRUE;
  c->reply = NULL;
  c->path = NULL;
  return GO_ON;
}

static gboolean
out_ready (GObject * stream, gpointer data)
{
  Connection *c = data;
  HttpPeer *peer = c->peer;

  g_mutex_lock (&peer->lock);
  source_clear (&c->out);
  connection_pump (c);
  g_mutex_unlock (&peer->lock);
  return G_SOURCE_REMOVE;
}

static Outcome
flush (Connection * c)
{
  GPollableOutputStream *out = G_POLLABLE_OUTPUT_STREAM
      (g_io_stream_get_output_stream (c->stream));

  c->full = FALSE;
  while (c->to_send->len) {
    GError *error = NULL;
    gssize n = g_pollable_output_stream_write_nonblocking (out,
        c->to_send->data, c->to_send->len, NULL, &error);

    if (n > 0) {
      c->peer->n_sent += n;
      g_byte_array_remove_range (c->to_send, 0, n);
      continue;
    }
    if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
      g_clear_error (&error);
      return CLOSE;
    }
    g_error_free (error);
    c->full = TRUE;
    g_cond_broadcast (&c->peer->changed);
    if (!c->out) {
      c->out = g_pollable_output_stream_create_source (out, NULL);
      g_source_set_callback (c->out, G_SOURCE_FUNC (out_ready), c, NULL);
      g_source_attach (c->out, c->peer->context);
    }
    return WAIT;
  }
  return GO_ON;
}

static void
refuse (Connection * c)
{
  append (c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
      "Content-Length: 0\r\n\r\n");
  c->close_after = TRUE;
}

/* Goes on with the connection as far as it goes; may free it. */
static void
connection_pump (Connection * c)
{
  Outcome outcome;
  gboolean bad;

  do {
    outcome = c->to_send->len >= PIECE ? flush (c) : GO_ON;
    if (outcome != GO_ON)
      break;
    if (c->reply)
      outcome = go_on_with_reply (c);
    else if (c->close_after)
      outcome = CLOSE;
    else if (!begin_reply (c, &bad) && bad)
      refuse (c);
    else if (!c->reply && !c->to_send->len)
      outcome = WAIT;
    if (outcome != GO_ON || !c->reply) {
      Outcome flushed = flush (c);

      outcome = flushed == GO_ON ? outcome : flushed;
    }
  } while (outcome == GO_ON);

  if (outcome == CLOSE || outcome == RESET)
    connection_free (c, outcome == RESET);
}

static void
note_protocol (Connection * c)
{
  HttpPeer *peer = c->peer;

  if (!G_IS_TLS_CONNECTION (c->stream))
    return;
  g_free (peer->protocol);
  peer->protocol = g_strdup (g_tls_connection_get_negotiated_protocol
      (G_TLS_CONNECTION (c->stream)));
}

static gboolean
in_ready (GObject * stream, gpointer data)
{
  Connection *c = data;
  HttpPeer *peer = c->peer;
  GError *error = NULL;
  guint8 buffer[PIECE];
  gssize n;

  g_mutex_lock (&peer->lock);
  n = g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM
      (stream), buffer, sizeof buffer, NULL, &error);
  if (n > 0) {
    note_protocol (c);
    g_byte_array_append (c->received, buffer, n);
    connection_pump (c);
  } else if (n == 0
      || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
    connection_free (c, FALSE);
  }
  g_clear_error (&error);
  g_mutex_unlock (&peer->lock);
  return G_SOURCE_CONTINUE;
}

static GIOStream *
tls_stream (HttpPeer * peer, GSocketConnection * base)
{
  /* h2 is offered so that a test can see that it is not taken. */
  static const gchar *const protocols[] = { "h2", "http/1.1", NULL };
  GIOStream *stream = g_tls_server_connection_new (G_IO_STREAM (base),
      peer->certificate, NULL);

  g_tls_connection_set_advertised_protocols (G_TLS_CONNECTION (stream),
      protocols);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (stream), FALSE);
  return stream;
}

static gboolean
accept_ready (GSocket * listener, GIOCondition condition, gpointer data)
{
  HttpPeer *peer = data;
  GSocket *socket = g_socket_accept (listener, NULL, NULL);
  Connection *c;

  if (!socket)
    return G_SOURCE_CONTINUE;
  g_mutex_lock (&peer->lock);
  c = g_new0 (Connection, 1);
  c->peer = peer;
  c->number = ++peer->n_accepted;
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  c->base = g_socket_connection_factory_create_connection (socket);
  c->stream = peer->certificate ? tls_stream (peer, c->base) :
      g_object_ref (G_IO_STREAM (c->base));
  c->received = g_byte_array_new ();
  c->to_send = g_byte_array_new ();
  c->in = g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM
      (g_io_stream_get_input_stream (c->stream)), NULL);
  g_source_set_callback (c->in, G_SOURCE_FUNC (in_ready), c, NULL);
  g_source_attach (c->in, peer->context);
  peer->connections = g_list_prepend (peer->connections, c);
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
  g_object_unref (socket);
  return G_SOURCE_CONTINUE;
}

static gpointer
peer_main (gpointer data)
{
  HttpPeer *peer = data;
  GSource *source = g_socket_create_source (peer->listener, G_IO_IN, NULL);

  g_main_context_push_thread_default (peer->context);
  g_source_set_callback (source, G_SOURCE_FUNC (accept_ready), peer, NULL);
  g_source_attach (source, peer->context);
  g_main_loop_run (peer->loop);
  g_source_destroy (source);
  g_source_unref (source);
  g_mutex_lock (&peer->lock);
  while (peer->connections)
    connection_free (peer->connections->data, FALSE);
  g_mutex_unlock (&peer->lock);
  while (g_main_context_iteration (peer->context, FALSE));
  g_main_context_pop_thread_default (peer->context);
  return NULL;
}

static GSocket *
bind_loopback (guint16 * port, GError ** error)
{
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM,
      G_SOCKET_PROTOCOL_TCP, error);
  GSocketAddress *address;
  gboolean bound;

  if (!socket)
    return NULL;
  address = g_inet_socket_address_new_from_string ("127.0.0.1", *port);
  bound = g_socket_bind (socket, address, TRUE, error);
  g_object_unref (address);
  address = bound ? g_socket_get_local_address (socket, error) : NULL;
  if (!address) {
    g_object_unref (socket);
    return NULL;
  }
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  g_object_unref (address);
  return socket;
}

/* @pem: (nullable): a file with a key and a certificate, for TLS
 * @port: 0 for one that is free */
HttpPeer *
http_peer_new (const gchar * script, const gchar * pem, guint16 port,
    GError ** error)
{
  HttpPeer *peer = g_new0 (HttpPeer, 1);

  peer->port = port;
  peer->patience = 30;
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->changed);
  peer->requests = g_ptr_array_new_with_free_func ((GDestroyNotify)
      request_free);
  peer->context = g_main_context_new ();
  peer->loop = g_main_loop_new (peer->context, FALSE);
  peer->paths = http_script_parse (script, error);
  if (peer->paths)
    peer->listener = bind_loopback (&peer->port, error);
  if (peer->listener) {
    g_socket_set_blocking (peer->listener, FALSE);
    g_socket_set_listen_backlog (peer->listener, 512);
  }
  if (!peer->listener || !g_socket_listen (peer->listener, error)
      || (pem && !(peer->certificate = g_tls_certificate_new_from_file (pem,
                  error)))) {
    http_peer_free (peer);
    return NULL;
  }
  peer->thread = g_thread_new ("http-peer", peer_main, peer);
  return peer;
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

void
http_peer_free (HttpPeer * peer)
{
  if (peer->thread) {
    g_main_context_invoke (peer->context, quit, peer->loop);
    g_thread_join (peer->thread);
  }
  g_main_loop_unref (peer->loop);
  g_main_context_unref (peer->context);
  g_clear_object (&peer->listener);
  g_clear_object (&peer->certificate);
  g_clear_pointer (&peer->paths, g_hash_table_unref);
  g_ptr_array_unref (peer->requests);
  g_free (peer->protocol);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->changed);
  g_free (peer);
}

guint16
http_peer_port (HttpPeer * peer)
{
  return peer->port;
}

gchar *
http_peer_url (HttpPeer * peer, const gchar * path)
{
  return g_strdup_printf ("%s://127.0.0.1:%u%s",
      peer->certificate ? "https" : "http", peer->port, path);
}

/* How long the functions that wait do so; 0 is for ever. */
void
http_peer_set_patience (HttpPeer * peer, guint seconds)
{
  peer->patience = seconds;
}

static gboolean
pump_waiting (gpointer data)
{
  HttpPeer *peer = data;
  GList *next;

  g_mutex_lock (&peer->lock);
  for (GList * l = peer->connections; l; l = next) {
    Connection *c = l->data;

    next = l->next;
    if (c->at_gate && c->script->open > 0)
      connection_pump (c);
  }
  g_mutex_unlock (&peer->lock);
  return G_SOURCE_REMOVE;
}

static void
release_locked (HttpPeer * peer, const gchar * path)
{
  Path *script = g_hash_table_lookup (peer->paths, path);
  GSource *source;

  if (!script)
    return;
  script->open++;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, pump_waiting, peer, NULL);
  g_source_attach (source, peer->context);
  g_source_unref (source);
}

void
http_peer_release (HttpPeer * peer, const gchar * path)
{
  g_mutex_lock (&peer->lock);
  release_locked (peer, path);
  g_mutex_unlock (&peer->lock);
}

typedef gboolean (*Condition) (HttpPeer * peer, gconstpointer data);

static void
wait_for (HttpPeer * peer, const gchar * what, Condition condition,
    gconstpointer data)
{
  gint64 end = g_get_monotonic_time () + peer->patience * G_USEC_PER_SEC;

  while (!condition (peer, data)) {
    if (!peer->patience)
      g_cond_wait (&peer->changed, &peer->lock);
    else if (!g_cond_wait_until (&peer->changed, &peer->lock, end))
      g_error ("http-peer: %s did not come", what);
  }
}

static gboolean
has_request (HttpPeer * peer, gconstpointer index)
{
  return peer->requests->len > GPOINTER_TO_UINT (index);
}

/* The request stays as it is for the life of the peer. */
const HttpPeerRequest *
http_peer_request (HttpPeer * peer, guint index)
{
  const HttpPeerRequest *request;

  g_mutex_lock (&peer->lock);
  wait_for (peer, "a request", has_request, GUINT_TO_POINTER (index));
  request = g_ptr_array_index (peer->requests, index);
  g_mutex_unlock (&peer->lock);
  return request;
}

static gboolean
is_at_gate (HttpPeer * peer, gconstpointer path)
{
  for (GList * l = peer->connections; l; l = l->next) {
    Connection *c = l->data;

    if (c->at_gate && c->script->open == 0 && !strcmp (c->path, path))
      return TRUE;
  }
  return FALSE;
}

void
http_peer_wait_gate (HttpPeer * peer, const gchar * path)
{
  g_mutex_lock (&peer->lock);
  wait_for (peer, "a connection at a gate", is_at_gate, path);
  g_mutex_unlock (&peer->lock);
}

static gboolean
has_open (HttpPeer * peer, gconstpointer n)
{
  return g_list_length (peer->connections) == GPOINTER_TO_UINT (n);
}

void
http_peer_wait_open (HttpPeer * peer, guint connections)
{
  g_mutex_lock (&peer->lock);
  wait_for (peer, "the number of connections", has_open,
      GUINT_TO_POINTER (connections));
  g_mutex_unlock (&peer->lock);
}

static gboolean
is_full (HttpPeer * peer, gconstpointer data)
{
  for (GList * l = peer->connections; l; l = l->next) {
    if (((Connection *) l->data)->full)
      return TRUE;
  }
  return FALSE;
}

void
http_peer_wait_full (HttpPeer * peer)
{
  g_mutex_lock (&peer->lock);
  wait_for (peer, "a full connection", is_full, NULL);
  g_mutex_unlock (&peer->lock);
}

guint
http_peer_n_requests (HttpPeer * peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->requests->len;
  g_mutex_unlock (&peer->lock);
  return n;
}

guint
http_peer_n_accepted (HttpPeer * peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->n_accepted;
  g_mutex_unlock (&peer->lock);
  return n;
}

guint64
http_peer_sent (HttpPeer * peer)
{
  guint64 n;

  g_mutex_lock (&peer->lock);
  n = peer->n_sent;
  g_mutex_unlock (&peer->lock);
  return n;
}

/* Returns: (transfer full) (nullable): what the last TLS connection chose */
gchar *
http_peer_protocol (HttpPeer * peer)
{
  gchar *protocol;

  g_mutex_lock (&peer->lock);
  protocol = g_strdup (peer->protocol);
  g_mutex_unlock (&peer->lock);
  return protocol;
}

GSocket *
http_peer_refusing (guint16 * port)
{
  *port = 0;
  return bind_loopback (port, NULL);
}

GSocket *
http_peer_deaf (guint16 * port)
{
  GSocket *socket = http_peer_refusing (port);

  g_socket_listen (socket, NULL);
  return socket;
}
