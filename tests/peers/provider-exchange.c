/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One request to the stand-in: what its protocol says goes through one queue,
 * with the latencies and the faults. A socket is upgraded here and not by
 * SoupServer, so that it can be kept waiting and refused like any request.
 *
 * Threads: the peer's.
 */
#include "provider-private.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define HUGE_SIZE (10 * 1024 * 1024)
#define SLOW_MS 5
#define MAX_MESSAGE (64 * 1024 * 1024)

typedef enum
{
  PIECE_HEAD,                   /* of an answer that is streamed */
  PIECE_TEXT,
  PIECE_BINARY,
  PIECE_END,
} PieceKind;

typedef struct _Piece
{
  PieceKind kind;
  GBytes *bytes;
  guint wait;
  guint mark;
  gushort code;                 /* PIECE_END of a socket */
  gboolean waited;
} Piece;

static void
piece_free (Piece * piece)
{
  g_clear_pointer (&piece->bytes, g_bytes_unref);
  g_free (piece);
}

static void
source_clear (GSource ** source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
provider_exchange_free (ProviderExchange * x)
{
  ProviderPeer *peer = x->peer;

  source_clear (&x->timer);
  source_clear (&x->alarm);
  if (x->protocol && x->protocol->over && x->state)
    x->protocol->over (x);
  if (x->on_over)
    g_signal_handler_disconnect (x->message, x->on_over);
  if (x->socket) {
    g_signal_handlers_disconnect_by_data (x->socket, x);
    g_clear_object (&x->socket);
  }
  g_clear_object (&x->message);
  g_clear_object (&x->base);
  g_queue_clear_full (&x->out, (GDestroyNotify) piece_free);
  g_clear_pointer (&x->held, piece_free);
  g_clear_pointer (&x->slow, g_bytes_unref);
  g_ptr_array_unref (x->kept);
  g_clear_pointer (&x->mind, provider_mind_free);
  g_free (x->state);
  if (x->owns_request)
    provider_request_free (x->request);
  peer->exchanges = g_list_remove (peer->exchanges, x);
  g_free (x);
  g_mutex_lock (&peer->lock);
  peer->n_over++;
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
}

void
provider_exchange_reset (ProviderExchange * x)
{
  const struct sockaddr nobody = {.sa_family = AF_UNSPEC };
  GSocket *socket = x->base;

  x->stalled = TRUE;
  if (x->reset || g_socket_is_closed (socket))
    return;
  x->reset = TRUE;
  /* Resets, and leaves libsoup to close it: what libsoup waits for would be
   * polled behind the end of the descriptor. */
  connect (g_socket_get_fd (socket), &nobody, sizeof nobody);
  /* So that libsoup sees it. */
  if (x->message && !x->socket)
    soup_server_message_unpause (x->message);
}

static void
append (ProviderExchange * x, gconstpointer data, gsize size)
{
  soup_message_body_append (soup_server_message_get_response_body (x->message),
      SOUP_MEMORY_COPY, data, size);
  soup_server_message_unpause (x->message);
}

static void
deliver_bytes (ProviderExchange * x, PieceKind kind, GBytes * bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (!x->socket) {
    if (size)
      append (x, data, size);
  } else if (soup_websocket_connection_get_state (x->socket)
      == SOUP_WEBSOCKET_STATE_OPEN) {
    soup_websocket_connection_send_message (x->socket, kind == PIECE_TEXT ?
        SOUP_WEBSOCKET_DATA_TEXT : SOUP_WEBSOCKET_DATA_BINARY, bytes);
  }
}

static gboolean
slow_byte (gpointer data)
{
  ProviderExchange *x = data;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (x->slow, &size);
  gboolean more;

  if (x->socket)
    g_output_stream_write (g_io_stream_get_output_stream
        (soup_websocket_connection_get_io_stream (x->socket)),
        bytes + x->slow_sent, 1, NULL, NULL);
  else
    append (x, bytes + x->slow_sent, 1);
  more = ++x->slow_sent < size;
  if (!more) {
    g_clear_pointer (&x->slow, g_bytes_unref);
    source_clear (&x->timer);
    provider_exchange_pump (x);
  }
  return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
set_timer (ProviderExchange * x, GSource ** timer, guint ms, GSourceFunc func)
{
  source_clear (timer);
  *timer = g_timeout_source_new (ms);
  g_source_set_callback (*timer, func, x, NULL);
  g_source_attach (*timer, x->peer->context);
}

/* A socket's frame is made here, since libsoup writes whole ones (RFC 6455,
 * 5.2). */
static void
deliver_slowly (ProviderExchange * x, PieceKind kind, GBytes * bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  GByteArray *frame = g_byte_array_new ();
  guint8 head[4] = { kind == PIECE_TEXT ? 0x81 : 0x82, size };

  if (x->socket && size > 125) {
    head[1] = 126;
    head[2] = size >> 8;
    head[3] = size;
  }
  if (x->socket)
    g_byte_array_append (frame, head, size > 125 ? 4 : 2);
  /* More would take for ever, and longer. */
  g_byte_array_append (frame, data, MIN (size, 65535));
  x->slow_sent = 0;
  x->slow = g_byte_array_free_to_bytes (frame);
  if (g_bytes_get_size (x->slow))
    set_timer (x, &x->timer, SLOW_MS, slow_byte);
  else
    g_clear_pointer (&x->slow, g_bytes_unref);
}

static void
deliver_huge (ProviderExchange * x, const Piece * piece)
{
  const gchar *text = g_bytes_get_data (piece->bytes, NULL);
  gboolean event = !x->socket && g_str_has_prefix (text, "data:");
  GString *huge = g_string_sized_new (HUGE_SIZE + 64);
  GBytes *bytes;

  g_string_append_printf (huge, "%s{\"type\":\"huge\",\"padding\":\"",
      event ? "data: " : "");
  while (huge->len < HUGE_SIZE)
    g_string_append (huge, "0123456789abcdef");
  g_string_append_printf (huge, "\"}%s", event ? "\n\n" : "");
  bytes = g_string_free_to_bytes (huge);
  deliver_bytes (x, piece->kind, bytes);
  g_bytes_unref (bytes);
}

static void
deliver_malformed (ProviderExchange * x, const Piece * piece)
{
  const gchar *text = g_bytes_get_data (piece->bytes, NULL);
  gboolean event = !x->socket && g_str_has_prefix (text, "data:");
  const gchar *broken = event ? "data: {\"a\":[1,{\"b\n\n" : "{\"a\":[1,{\"b";
  GBytes *bytes = g_bytes_new_static (broken, strlen (broken));

  deliver_bytes (x, piece->kind, bytes);
  g_bytes_unref (bytes);
}

static void
deliver_piece (ProviderExchange * x, const Piece * piece, gboolean faulty)
{
  ProviderFault fault = faulty ? x->fault.fault : FAULT_NONE;

  provider_peer_trace (x, "sent", piece->bytes);
  x->n_sent++;
  if (fault == FAULT_SLOW) {
    deliver_slowly (x, piece->kind, piece->bytes);
  } else if (fault == FAULT_MALFORMED && !x->done_fault) {
    deliver_malformed (x, piece);
    x->done_fault = TRUE;
  } else {
    if (fault == FAULT_HUGE && !x->done_fault)
      deliver_huge (x, piece);
    x->done_fault = x->done_fault || fault == FAULT_HUGE;
    deliver_bytes (x, piece->kind, piece->bytes);
  }
  provider_peer_note_sent (x->peer);
}

static void
deliver_end (ProviderExchange * x, const Piece * piece)
{
  Piece *held = g_steal_pointer (&x->held);

  if (held) {
    deliver_piece (x, held, FALSE);
    piece_free (held);
  }
  if (x->socket) {
    if (soup_websocket_connection_get_state (x->socket)
        == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_close (x->socket, piece->code,
          piece->bytes ? g_bytes_get_data (piece->bytes, NULL) : NULL);
    return;
  }
  soup_message_body_complete (soup_server_message_get_response_body
      (x->message));
  soup_server_message_unpause (x->message);
}

static void
deliver (ProviderExchange * x, Piece * piece)
{
  gboolean faulty = x->n_sent >= x->fault.after && piece->kind != PIECE_HEAD;

  if (faulty && x->fault.fault == FAULT_STALL_BODY) {
    x->stalled = TRUE;
    g_queue_push_head (&x->out, piece);
    return;
  }
  if (faulty && x->fault.fault == FAULT_RESET) {
    provider_exchange_reset (x);
  } else if (piece->kind == PIECE_HEAD) {
    soup_server_message_unpause (x->message);
  } else if (piece->kind == PIECE_END) {
    deliver_end (x, piece);
  } else if (faulty && x->fault.fault == FAULT_ORDER && !x->held) {
    x->held = piece;
    return;
  } else {
    Piece *held = g_steal_pointer (&x->held);

    deliver_piece (x, piece, faulty);
    if (held) {
      deliver_piece (x, held, FALSE);
      piece_free (held);
    }
  }
  piece_free (piece);
}

static gboolean
waited (gpointer data)
{
  ProviderExchange *x = data;
  Piece *piece = g_queue_peek_head (&x->out);

  source_clear (&x->timer);
  if (piece)
    piece->waited = TRUE;
  provider_exchange_pump (x);
  return G_SOURCE_REMOVE;
}

void
provider_exchange_pump (ProviderExchange * x)
{
  Piece *piece;

  while (!x->timer && !x->stalled && x->head_sent
      && (piece = g_queue_peek_head (&x->out))) {
    if (piece->wait && !piece->waited) {
      set_timer (x, &x->timer, piece->wait, waited);
      return;
    }
    deliver (x, g_queue_pop_head (&x->out));
  }
}

static void
queue (ProviderExchange * x, PieceKind kind, GBytes * bytes, gushort code)
{
  const ProviderLatency *latency = &x->peer->latency;
  Piece *piece = g_new0 (Piece, 1);
  Piece *last = g_queue_peek_tail (&x->out);

  piece->kind = kind;
  piece->bytes = bytes;
  piece->mark = x->mark;
  piece->code = code;
  if (kind == PIECE_TEXT || kind == PIECE_BINARY)
    piece->wait = last && last->kind != PIECE_HEAD ? latency->between :
        !x->socket && x->n_sent ? latency->between : latency->first;
  g_queue_push_tail (&x->out, piece);
}

/* What the protocol has queued goes out when it returns. */
static void
handled (ProviderExchange * x)
{
  provider_exchange_pump (x);
  g_ptr_array_set_size (x->kept, 0);
}

static void
socket_message (SoupWebsocketConnection * socket, SoupWebsocketDataType type,
    GBytes * bytes, gpointer data)
{
  ProviderExchange *x = data;
  gsize size;
  const guint8 *content = g_bytes_get_data (bytes, &size);
  gboolean binary = type == SOUP_WEBSOCKET_DATA_BINARY;
  JsonNode *node;

  provider_peer_trace (x, "got", bytes);
  provider_peer_note_message (x, binary, bytes);
  if (x->refused)
    return;
  if (binary) {
    if (x->protocol->binary)
      x->protocol->binary (x, content, size);
  } else {
    gchar *text = g_strndup ((const gchar *) content, size);

    node = json_from_string (text, NULL);
    if (node && JSON_NODE_HOLDS_OBJECT (node) && x->protocol->text)
      x->protocol->text (x, json_node_get_object (node));
    g_clear_pointer (&node, json_node_unref);
    g_free (text);
  }
  handled (x);
}

static void
socket_closed (SoupWebsocketConnection * socket, gpointer data)
{
  provider_exchange_free (data);
}

static void
socket_error (SoupWebsocketConnection * socket, GError * error, gpointer data)
{
  g_debug ("stand-in: %s", error->message);
}

static void
upgraded (SoupServerMessage * message, gpointer data)
{
  ProviderExchange *x = data;
  GIOStream *stream;

  g_clear_signal_handler (&x->on_over, message);
  g_signal_handlers_disconnect_by_func (message, upgraded, x);
  stream = soup_server_message_steal_connection (message);
  x->socket = soup_websocket_connection_new (stream,
      soup_server_message_get_uri (message), SOUP_WEBSOCKET_CONNECTION_SERVER,
      NULL, NULL, NULL);
  g_object_unref (stream);
  soup_websocket_connection_set_max_incoming_payload_size (x->socket,
      MAX_MESSAGE);
  g_signal_connect (x->socket, "message", G_CALLBACK (socket_message), x);
  g_signal_connect (x->socket, "error", G_CALLBACK (socket_error), x);
  g_signal_connect (x->socket, "closed", G_CALLBACK (socket_closed), x);
  if (x->late_status)
    x->protocol->refuse (x, x->late_status);
  else
    x->protocol->begin (x);
  handled (x);
}

static gboolean
is_upgrade (SoupServerMessage * message)
{
  return soup_message_headers_header_contains
      (soup_server_message_get_request_headers (message), "Upgrade",
      "websocket");
}

static void
accept_socket (ProviderExchange * x)
{
  /* It sets the status, 101 or 400. */
  if (soup_websocket_server_process_handshake (x->message, NULL, NULL, NULL,
          NULL))
    g_signal_connect (x->message, "wrote-informational",
        G_CALLBACK (upgraded), x);
  soup_server_message_unpause (x->message);
}

static void
refuse (ProviderExchange * x, guint status)
{
  if (x->protocol && x->protocol->refuses_open && is_upgrade (x->message)) {
    x->late_status = status;
    x->refused = TRUE;
    accept_socket (x);
    return;
  }
  if (status == 429)
    provider_respond (x, "Retry-After", "1");
  if (x->protocol)
    x->protocol->refuse (x, status);
  else
    provider_refuse (x, status, "{'error':'nobody serves this path'}");
}

static gboolean
is_right (ProviderExchange * x)
{
  const gchar *wanted = x->peer->settings.key;
  const gchar *key = x->protocol->key ? x->protocol->key (x) : "";

  return key && (!wanted || !strcmp (key, wanted));
}

static gboolean
begin (gpointer data)
{
  ProviderExchange *x = data;
  const gint statuses[] = { 401, 403, 429, 500 };
  ProviderFault fault = x->fault.fault;

  source_clear (&x->timer);
  x->head_sent = TRUE;
  if (!x->protocol)
    refuse (x, 404);
  else if (fault >= FAULT_401 && fault <= FAULT_500)
    refuse (x, statuses[fault - FAULT_401]);
  else if (!is_right (x))
    refuse (x, 401);
  else if (is_upgrade (x->message)) {
    if (x->protocol->check)
      x->protocol->check (x);
    if (!x->refused)
      accept_socket (x);
  } else {
    x->protocol->begin (x);
  }
  handled (x);
  return G_SOURCE_REMOVE;
}

void
provider_exchange_start (ProviderExchange * x)
{
  guint wait = x->peer->latency.head;
  gchar *id = g_strdup_printf ("r-%u", x->number);

  provider_respond (x, x->protocol && x->protocol->request_id ?
      x->protocol->request_id : "x-request-id", id);
  g_free (id);
  soup_server_message_pause (x->message);
  provider_peer_trace (x, "asked", x->request->body);
  if (x->fault.fault == FAULT_REFUSE)
    provider_exchange_reset (x);
  else if (x->fault.fault == FAULT_STALL_HEAD)
    x->stalled = TRUE;
  else if (wait)
    set_timer (x, &x->timer, wait, begin);
  else
    begin (x);
}

gpointer
provider_state (ProviderExchange * x)
{
  return x->state;
}

const ProviderRequest *
provider_request (ProviderExchange * x)
{
  return x->request;
}

ProviderMind *
provider_mind (ProviderExchange * x)
{
  return x->mind ? x->mind : x->peer->mind;
}

guint
provider_idle_ms (ProviderExchange * x, guint usual)
{
  return x->peer->settings.idle_ms ? x->peer->settings.idle_ms : usual;
}

guint
provider_number (ProviderExchange * x)
{
  return x->number;
}

gboolean
provider_is_open (ProviderExchange * x)
{
  return x->socket != NULL;
}

const gchar *
provider_query (ProviderExchange * x, const gchar * name)
{
  return g_hash_table_lookup (x->request->query, name);
}

guint
provider_query_number (ProviderExchange * x, const gchar * name, guint fallback)
{
  const gchar *text = provider_query (x, name);

  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : fallback;
}

const gchar *
provider_header (ProviderExchange * x, const gchar * name)
{
  return g_hash_table_lookup (x->request->headers, name);
}

/* Returns: (nullable): what stands behind @scheme in the header @name */
const gchar *
provider_key_behind (ProviderExchange * x, const gchar * name,
    const gchar * scheme)
{
  const gchar *value = provider_header (x, name);
  gsize size = strlen (scheme);

  if (!value || g_ascii_strncasecmp (value, scheme, size) || !value[size])
    return NULL;
  return value + size;
}

static gchar *
format_json (const gchar * format, va_list args)
{
  gchar *doubled = g_strdup (format);
  gchar *text;

  g_strdelimit (doubled, "'", '"');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  text = g_strdup_vprintf (doubled, args);
#pragma GCC diagnostic pop
  g_free (doubled);
  return text;
}

void
provider_respond (ProviderExchange * x, const gchar * name, const gchar * value)
{
  soup_message_headers_replace (soup_server_message_get_response_headers
      (x->message), name, value);
}

/* SoupServer (3.2) closes a connection that it was given behind its first
 * answer; without this a client would send its next request into it. */
static void
say_close (ProviderExchange * x)
{
  if (!x->peer->settings.keep)
    provider_respond (x, "Connection", "close");
}

void
provider_refuse (ProviderExchange * x, guint status, const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = format_json (format, args);
  va_end (args);
  soup_server_message_set_status (x->message, status, NULL);
  soup_server_message_set_response (x->message, "application/json",
      SOUP_MEMORY_TAKE, text, strlen (text));
  say_close (x);
  x->refused = TRUE;
  soup_server_message_unpause (x->message);
}

void
provider_answer (ProviderExchange * x, const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = format_json (format, args);
  va_end (args);
  provider_stream (x, "application/json");
  queue (x, PIECE_TEXT, g_bytes_new_take (text, strlen (text)), 0);
  provider_end (x);
}

void
provider_stream (ProviderExchange * x, const gchar * content_type)
{
  SoupMessageHeaders *headers =
      soup_server_message_get_response_headers (x->message);

  soup_server_message_set_status (x->message, 200, NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (headers, "Content-Type", content_type);
  say_close (x);
  soup_message_body_set_accumulate (soup_server_message_get_response_body
      (x->message), FALSE);
  queue (x, PIECE_HEAD, NULL, 0);
}

void
provider_event (ProviderExchange * x, const gchar * format, ...)
{
  va_list args;
  gchar *text, *whole;

  va_start (args, format);
  text = format_json (format, args);
  va_end (args);
  whole = g_strdup_printf ("data: %s\n\n", text);
  g_free (text);
  queue (x, PIECE_TEXT, g_bytes_new_take (whole, strlen (whole)), 0);
}

void
provider_say (ProviderExchange * x, const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = format_json (format, args);
  va_end (args);
  queue (x, PIECE_TEXT, g_bytes_new_take (text, strlen (text)), 0);
}

void
provider_send (ProviderExchange * x, gconstpointer data, gsize size)
{
  queue (x, PIECE_BINARY, g_bytes_new (data, size), 0);
}

void
provider_end (ProviderExchange * x)
{
  queue (x, PIECE_END, NULL, 0);
}

void
provider_close (ProviderExchange * x, guint code, const gchar * reason)
{
  queue (x, PIECE_END, reason ? g_bytes_new (reason, strlen (reason) + 1) :
      NULL, code);
}

void
provider_mark (ProviderExchange * x, guint mark)
{
  x->mark = mark;
}

void
provider_drop (ProviderExchange * x, guint mark)
{
  for (GList * l = x->out.head, *next; l; l = next) {
    Piece *piece = l->data;

    next = l->next;
    if (piece->mark == mark) {
      piece_free (piece);
      g_queue_delete_link (&x->out, l);
    }
  }
}

/* Returns: how many pieces with that mark are not yet on their way */
guint
provider_waiting (ProviderExchange * x, guint mark)
{
  guint n = 0;

  for (GList * l = x->out.head; l; l = l->next)
    n += ((Piece *) l->data)->mark == mark;
  return n;
}

static gboolean
alarm_rings (gpointer data)
{
  ProviderExchange *x = data;

  source_clear (&x->alarm);
  x->due (x);
  handled (x);
  return G_SOURCE_REMOVE;
}

void
provider_alarm (ProviderExchange * x, guint ms,
    void (*due) (ProviderExchange * x))
{
  source_clear (&x->alarm);
  x->due = due;
  if (due)
    set_timer (x, &x->alarm, ms, alarm_rings);
}

/* Returns: (transfer none): @text, which it takes */
const gchar *
provider_keep (ProviderExchange * x, gchar * text)
{
  g_ptr_array_add (x->kept, text);
  return text;
}

const gchar *
provider_quote (ProviderExchange * x, const gchar * text)
{
  JsonNode *node = json_node_init_string (json_node_alloc (), text);
  gchar *quoted = json_to_string (node, FALSE);

  json_node_unref (node);
  return provider_keep (x, quoted);
}

const gchar *
provider_base64 (ProviderExchange * x, gconstpointer data, gsize size)
{
  return provider_keep (x, g_base64_encode (data, size));
}

/* No %f, which follows the locale. */
const gchar *
provider_seconds (ProviderExchange * x, guint ms)
{
  return provider_keep (x, g_strdup_printf ("%u.%03u", ms / 1000, ms % 1000));
}
