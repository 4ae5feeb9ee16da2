/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stand-in described in provider-peer.h: connections, requests, faults and
 * what is kept for a test. Connections are taken here and handed to libsoup,
 * since some faults come before any request.
 *
 * Threads: its own runs all sources; the functions of provider-peer.h are for
 * one other thread.
 * Locks: one, for what a test reads.
 */
#include "provider-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define PATIENCE (20 * G_TIME_SPAN_SECOND)
#define TRACED 320              /* characters of a text */

void
provider_request_free (ProviderRequest * request)
{
  g_free (request->method);
  g_free (request->path);
  g_free (request->target);
  g_hash_table_unref (request->query);
  g_hash_table_unref (request->headers);
  g_bytes_unref (request->body);
  g_free (request);
}

static void
message_free (ProviderMessage * message)
{
  g_bytes_unref (message->bytes);
  g_free (message);
}

static void
add_header (const char *name, const char *value, gpointer headers)
{
  g_hash_table_replace (headers, g_ascii_strdown (name, -1), g_strdup (value));
}

static void
add_query (GHashTable * query, const gchar * text)
{
  gchar **pairs = g_strsplit (text ? text : "", "&", -1);

  for (gchar ** pair = pairs; *pair; pair++) {
    gchar **sides = g_strsplit (*pair, "=", 2);
    gchar *name = sides[0] ? g_uri_unescape_string (sides[0], NULL) : NULL;
    gchar *value = name && sides[1] ? g_uri_unescape_string (g_strdelimit
        (sides[1], "+", ' '), NULL) : NULL;

    if (name && value && !g_hash_table_contains (query, name))
      g_hash_table_insert (query, g_steal_pointer (&name),
          g_steal_pointer (&value));
    g_free (name);
    g_free (value);
    g_strfreev (sides);
  }
  g_strfreev (pairs);
}

static ProviderRequest *
request_of (SoupServerMessage * message)
{
  ProviderRequest *request = g_new0 (ProviderRequest, 1);
  GUri *uri = soup_server_message_get_uri (message);
  SoupMessageHeaders *headers =
      soup_server_message_get_request_headers (message);
  const gchar *query = g_uri_get_query (uri);

  request->method = g_strdup (soup_server_message_get_method (message));
  request->path = g_strdup (g_uri_get_path (uri));
  request->target = query ? g_strconcat (request->path, "?", query, NULL) :
      g_strdup (request->path);
  request->query = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  add_query (request->query, query);
  request->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);
  soup_message_headers_foreach (headers, add_header, request->headers);
  request->body = soup_message_body_flatten
      (soup_server_message_get_request_body (message));
  request->socket = soup_message_headers_header_contains (headers, "Upgrade",
      "websocket");
  return request;
}

static const ProviderProtocol *
protocol_named (const gchar * name)
{
  for (guint i = 0; provider_protocols[i]; i++) {
    if (!strcmp (provider_protocols[i]->name, name))
      return provider_protocols[i];
  }
  return NULL;
}

/* @name: "FAULT" or "FAULT/PROTOCOL". Returns: FALSE if there is none */
static gboolean
parse_fault (PlannedFault * fault, const gchar * name)
{
  static const gchar *const names[] = {
    [FAULT_REFUSE] = "refuse",[FAULT_BAD_TLS] = "bad-tls",
    [FAULT_401] = "401",[FAULT_403] = "403",[FAULT_429] = "429",
    [FAULT_500] = "500",[FAULT_STALL_HEAD] = "stall-head",
    [FAULT_STALL_BODY] = "stall-body",[FAULT_RESET] = "reset",
    [FAULT_MALFORMED] = "malformed",[FAULT_ORDER] = "order",
    [FAULT_HUGE] = "huge",[FAULT_SLOW] = "slow",
  };
  gsize size = strcspn (name, "/");

  fault->fault = FAULT_NONE;
  fault->protocol = name[size] ? protocol_named (name + size + 1) : NULL;
  for (guint i = 1; i < G_N_ELEMENTS (names); i++) {
    if (strlen (names[i]) == size && !strncmp (names[i], name, size))
      fault->fault = i;
  }
  return fault->fault != FAULT_NONE && (!name[size] || fault->protocol);
}

/* Returns: how many requests there were, of @protocol or (NULL) of all */
static guint
count_of (ProviderPeer * peer, const ProviderProtocol * protocol)
{
  return protocol ? GPOINTER_TO_UINT (g_hash_table_lookup (peer->numbers,
          protocol)) : peer->number;
}

/* Returns: (nullable): what is planned for a request that is the one behind
 * so many, of all and of its protocol (NULL: that is not known yet) */
static const PlannedFault *
planned (ProviderPeer * peer, const ProviderProtocol * protocol)
{
  for (guint i = 0; i < peer->faults->len; i++) {
    const PlannedFault *fault = &g_array_index (peer->faults, PlannedFault, i);
    guint number = count_of (peer, fault->protocol) + 1;

    if ((!fault->protocol || fault->protocol == protocol)
        && number >= fault->from && (!fault->count
            || number - fault->from < fault->count))
      return fault;
  }
  return NULL;
}

static void
count_request (ProviderPeer * peer, const ProviderProtocol * protocol)
{
  peer->number++;
  if (protocol)
    g_hash_table_insert (peer->numbers, (gpointer) protocol,
        GUINT_TO_POINTER (count_of (peer, protocol) + 1));
}

void
provider_peer_trace (ProviderExchange * x, const gchar * what, GBytes * bytes)
{
  FILE *trace = x->peer->settings.trace;
  gsize size = 0;
  const gchar *text = bytes ? g_bytes_get_data (bytes, &size) : NULL;
  gsize shown = MIN (size, TRACED);
  gchar *line;

  if (!trace)
    return;
  line = g_strndup (text ? text : "", shown);
  for (gsize i = 0; i < shown; i++) {
    if (!g_ascii_isprint (line[i]))
      line[i] = ' ';
  }
  fprintf (trace, "%" G_GINT64_FORMAT " %s %s %" G_GSIZE_FORMAT " %s\n",
      g_get_monotonic_time (), what, x->protocol ? x->protocol->name : "-",
      size, line);
  g_free (line);
}

void
provider_peer_note_sent (ProviderPeer * peer)
{
  g_mutex_lock (&peer->lock);
  peer->n_sent++;
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
}

void
provider_peer_note_message (ProviderExchange * x, gboolean binary,
    GBytes * bytes)
{
  ProviderPeer *peer = x->peer;
  ProviderMessage *message;
  gsize size = g_bytes_get_size (bytes);
  gchar *copy;

  if (peer->settings.forget)
    return;
  message = g_new0 (ProviderMessage, 1);
  copy = g_malloc (size + 1);
  memcpy (copy, g_bytes_get_data (bytes, NULL), size);
  copy[size] = 0;
  message->request = x->index;
  message->binary = binary;
  message->bytes = g_bytes_new_with_free_func (copy, size, g_free, copy);
  g_mutex_lock (&peer->lock);
  g_ptr_array_add (peer->messages, message);
  g_cond_broadcast (&peer->changed);
  g_mutex_unlock (&peer->lock);
}

static void
message_over (SoupServerMessage * message, gpointer data)
{
  provider_exchange_free (data);
}

static const ProviderProtocol *
protocol_for (const ProviderRequest * request)
{
  for (guint i = 0; provider_protocols[i]; i++) {
    if (provider_protocols[i]->serves (request))
      return provider_protocols[i];
  }
  return NULL;
}

static GSocket *
socket_of (ProviderPeer * peer, SoupServerMessage * message)
{
  GInetSocketAddress *address;
  GSocketConnection *base;

  if (peer->settings.keep)
    return soup_server_message_get_socket (message);
  address = G_INET_SOCKET_ADDRESS (soup_server_message_get_remote_address
      (message));
  base = g_hash_table_lookup (peer->connections,
      GUINT_TO_POINTER (g_inet_socket_address_get_port (address)));
  return base ? g_socket_connection_get_socket (base) : NULL;
}

static void
request_arrived (SoupServer * server, SoupServerMessage * message,
    const char *path, GHashTable * query, gpointer data)
{
  ProviderPeer *peer = data;
  GSocket *base = socket_of (peer, message);
  const PlannedFault *fault;
  ProviderExchange *x;

  /* It was reset while this request came. */
  if (!base)
    return;
  x = g_new0 (ProviderExchange, 1);
  x->peer = peer;
  x->request = request_of (message);
  x->protocol = protocol_for (x->request);
  fault = planned (peer, x->protocol);
  count_request (peer, x->protocol);
  x->request->protocol = x->protocol ? x->protocol->name : NULL;
  x->number = peer->number;
  x->index = peer->requests->len;
  x->message = g_object_ref (message);
  x->base = g_object_ref (base);
  x->kept = g_ptr_array_new_with_free_func (g_free);
  x->owns_request = peer->settings.forget;
  if (fault)
    x->fault = *fault;
  if (x->protocol)
    x->state = g_malloc0 (MAX (x->protocol->size, 1));
  if (peer->settings.hear_each)
    x->mind = provider_mind_copy (peer->mind);
  x->on_over = g_signal_connect (message, "finished",
      G_CALLBACK (message_over), x);
  peer->exchanges = g_list_prepend (peer->exchanges, x);
  if (!x->owns_request) {
    g_mutex_lock (&peer->lock);
    g_ptr_array_add (peer->requests, x->request);
    g_cond_broadcast (&peer->changed);
    g_mutex_unlock (&peer->lock);
  }
  provider_exchange_start (x);
}

static void
hand_over (ProviderPeer * peer, GSocketConnection * base, GIOStream * stream)
{
  GSocketAddress *local = g_socket_connection_get_local_address (base, NULL);
  GSocketAddress *remote = g_socket_connection_get_remote_address (base, NULL);

  if (local && remote)
    soup_server_accept_iostream (peer->server, stream, local, remote, NULL);
  g_clear_object (&local);
  g_clear_object (&remote);
}

typedef struct
{
  ProviderPeer *peer;
  GSocketConnection *base;
} Handshake;

static void
tls_stands (GObject * object, GAsyncResult * result, gpointer data)
{
  Handshake *handshake = data;

  handshake->peer->n_handshakes--;
  if (g_tls_connection_handshake_finish (G_TLS_CONNECTION (object), result,
          NULL))
    hand_over (handshake->peer, handshake->base, G_IO_STREAM (object));
  else
    g_io_stream_close (G_IO_STREAM (handshake->base), NULL, NULL);
  g_object_unref (handshake->base);
  g_free (handshake);
}

static void
begin_tls (ProviderPeer * peer, GSocketConnection * base, gboolean bad)
{
  GIOStream *tls = g_tls_server_connection_new (G_IO_STREAM (base),
      bad && peer->bad_certificate ? peer->bad_certificate :
      peer->certificate, NULL);
  Handshake *handshake = g_new0 (Handshake, 1);

  handshake->peer = peer;
  handshake->base = g_object_ref (base);
  g_tls_connection_set_require_close_notify (G_TLS_CONNECTION (tls), FALSE);
  peer->n_handshakes++;
  g_tls_connection_handshake_async (G_TLS_CONNECTION (tls), 0, peer->ends,
      tls_stands, handshake);
  g_object_unref (tls);
}

static gboolean
is_closed (gpointer port, gpointer connection, gpointer data)
{
  return g_socket_is_closed (g_socket_connection_get_socket (connection));
}

static gboolean
connection_arrived (GSocketService * service, GSocketConnection * base,
    GObject * source, gpointer data)
{
  ProviderPeer *peer = data;
  const PlannedFault *fault = planned (peer, NULL);
  GSocket *socket = g_socket_connection_get_socket (base);
  GSocketAddress *remote;
  guint16 port;

  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  if (fault && fault->fault == FAULT_REFUSE) {
    struct linger linger = { 1, 0 };

    count_request (peer, NULL);
    setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger,
        sizeof linger);
    g_socket_close (socket, NULL);
    return TRUE;
  }
  remote = g_socket_connection_get_remote_address (base, NULL);
  if (!remote)
    return TRUE;
  port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (remote));
  g_object_unref (remote);
  g_hash_table_foreach_remove (peer->connections, is_closed, NULL);
  g_hash_table_replace (peer->connections, GUINT_TO_POINTER (port),
      g_object_ref (base));
  if (peer->certificate) {
    gboolean bad = fault && fault->fault == FAULT_BAD_TLS;

    /* No request will follow on it. */
    if (bad)
      count_request (peer, NULL);
    begin_tls (peer, base, bad);
  } else {
    hand_over (peer, base, G_IO_STREAM (base));
  }
  return TRUE;
}

static gpointer
run (gpointer data)
{
  ProviderPeer *peer = data;

  g_main_context_push_thread_default (peer->context);
  g_main_loop_run (peer->loop);
  g_socket_service_stop (peer->service);
  g_cancellable_cancel (peer->ends);
  while (peer->n_handshakes)
    g_main_context_iteration (peer->context, TRUE);
  soup_server_disconnect (peer->server);
  while (peer->exchanges)
    provider_exchange_free (peer->exchanges->data);
  g_clear_object (&peer->service);
  g_clear_object (&peer->server);
  /* What is closed asynchronously. */
  while (g_main_context_iteration (peer->context, FALSE));
  g_main_context_pop_thread_default (peer->context);
  return NULL;
}

static gboolean
load_certificates (ProviderPeer * peer, GError ** error)
{
  const ProviderPeerSettings *settings = &peer->settings;

  if (settings->pem)
    peer->certificate = g_tls_certificate_new_from_file (settings->pem, error);
  if (settings->bad_pem && (!settings->pem || peer->certificate))
    peer->bad_certificate = g_tls_certificate_new_from_file
        (settings->bad_pem, error);
  return (!settings->pem || peer->certificate)
      && (!settings->bad_pem || peer->bad_certificate);
}

static gboolean
listen_by_server (ProviderPeer * peer, GError ** error)
{
  SoupServerListenOptions options = SOUP_SERVER_LISTEN_IPV4_ONLY;
  GSList *uris;

  if (peer->certificate) {
    soup_server_set_tls_certificate (peer->server, peer->certificate);
    options |= SOUP_SERVER_LISTEN_HTTPS;
  }
  if (!soup_server_listen_local (peer->server, peer->settings.port, options,
          error))
    return FALSE;
  uris = soup_server_get_uris (peer->server);
  peer->port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}

static gboolean
listen_on (ProviderPeer * peer, GError ** error)
{
  GInetAddress *loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  GSocketAddress *address = g_inet_socket_address_new (loopback,
      peer->settings.port);
  GSocketAddress *real = NULL;
  gboolean good;

  good = g_socket_listener_add_address (G_SOCKET_LISTENER (peer->service),
      address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &real, error);
  if (good)
    peer->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (real));
  g_clear_object (&real);
  g_object_unref (address);
  g_object_unref (loopback);
  return good;
}

static void
peer_destroy (ProviderPeer * peer)
{
  g_clear_object (&peer->service);
  g_clear_object (&peer->server);
  g_clear_object (&peer->certificate);
  g_clear_object (&peer->bad_certificate);
  g_clear_pointer (&peer->mind, provider_mind_free);
  g_object_unref (peer->ends);
  g_free (peer->key);
  g_hash_table_unref (peer->connections);
  g_hash_table_unref (peer->numbers);
  g_array_unref (peer->faults);
  g_ptr_array_unref (peer->requests);
  g_ptr_array_unref (peer->messages);
  g_main_loop_unref (peer->loop);
  g_main_context_unref (peer->context);
  g_mutex_clear (&peer->lock);
  g_cond_clear (&peer->changed);
  g_free (peer);
}

ProviderPeer *
provider_peer_new (const ProviderPeerSettings * settings, GError ** error)
{
  ProviderPeer *peer = g_new0 (ProviderPeer, 1);
  gboolean good;

  peer->settings = *settings;
  peer->key = g_strdup (settings->key);
  g_mutex_init (&peer->lock);
  g_cond_init (&peer->changed);
  peer->ends = g_cancellable_new ();
  peer->context = g_main_context_new ();
  peer->loop = g_main_loop_new (peer->context, FALSE);
  peer->connections = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  peer->numbers = g_hash_table_new (NULL, NULL);
  peer->faults = g_array_new (FALSE, FALSE, sizeof (PlannedFault));
  peer->requests = g_ptr_array_new_with_free_func ((GDestroyNotify)
      provider_request_free);
  peer->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)
      message_free);
  g_main_context_push_thread_default (peer->context);
  peer->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (peer->server, NULL, request_arrived, peer, NULL);
  peer->service = g_socket_service_new ();
  g_signal_connect (peer->service, "incoming",
      G_CALLBACK (connection_arrived), peer);
  peer->mind = provider_mind_new (settings->script, error);
  good = peer->mind && load_certificates (peer, error)
      && (settings->keep ? listen_by_server (peer, error) :
      listen_on (peer, error));
  g_main_context_pop_thread_default (peer->context);
  /* The strings belong to the caller. */
  peer->settings.script = NULL;
  if (!good) {
    peer_destroy (peer);
    return NULL;
  }
  peer->settings.pem = peer->settings.bad_pem = NULL;
  peer->settings.key = peer->key;
  peer->thread = g_thread_new ("provider-peer", run, peer);
  return peer;
}

guint16
provider_peer_port (ProviderPeer * peer)
{
  return peer->port;
}

gchar *
provider_peer_url (ProviderPeer * peer, const gchar * scheme,
    const gchar * path)
{
  return g_strdup_printf ("%s%s://127.0.0.1:%u%s", scheme,
      peer->certificate ? "s" : "", peer->port, path);
}

typedef struct
{
  ProviderPeer *peer;
  void (*func) (ProviderPeer * peer, gconstpointer data);
  gconstpointer data;
  gboolean done;
} Order;

static gboolean
obey (gpointer data)
{
  Order *order = data;

  order->func (order->peer, order->data);
  g_mutex_lock (&order->peer->lock);
  order->done = TRUE;
  g_cond_broadcast (&order->peer->changed);
  g_mutex_unlock (&order->peer->lock);
  return G_SOURCE_REMOVE;
}

static void
do_in_thread (ProviderPeer * peer,
    void (*func) (ProviderPeer * peer, gconstpointer data), gconstpointer data)
{
  Order order = {.peer = peer,.func = func,.data = data };
  GSource *source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, obey, &order, NULL);
  g_source_attach (source, peer->context);
  g_source_unref (source);
  g_mutex_lock (&peer->lock);
  while (!order.done)
    g_cond_wait (&peer->changed, &peer->lock);
  g_mutex_unlock (&peer->lock);
}

/* Not by g_main_loop_quit () from here: the loop may not run yet. */
static void
quit (ProviderPeer * peer, gconstpointer data)
{
  g_main_loop_quit (peer->loop);
}

void
provider_peer_free (ProviderPeer * peer)
{
  do_in_thread (peer, quit, NULL);
  g_thread_join (peer->thread);
  peer_destroy (peer);
}

static void
set_latency (ProviderPeer * peer, gconstpointer data)
{
  peer->latency = *(const ProviderLatency *) data;
}

void
provider_peer_set_latency (ProviderPeer * peer, const ProviderLatency * latency)
{
  do_in_thread (peer, set_latency, latency);
}

static void
add_fault (ProviderPeer * peer, gconstpointer data)
{
  PlannedFault fault = *(const PlannedFault *) data;

  if (!fault.from)
    fault.from = count_of (peer, fault.protocol) + 1;
  g_array_append_val (peer->faults, fault);
}

/* @name: "FAULT", or "FAULT/PROTOCOL" for the requests of that protocol alone.
 * @from: of them, from 1 on; 0: the next. @count: 0: from then on for ever.
 * @after: so many pieces are as they should be.
 * Returns: FALSE if there is no such fault */
gboolean
provider_peer_add_fault (ProviderPeer * peer, const gchar * name, guint from,
    guint count, guint after)
{
  PlannedFault fault = {.from = from,.count = count,.after = after };

  if (!parse_fault (&fault, name) || (fault.fault == FAULT_BAD_TLS
          && (!peer->certificate || fault.protocol)))
    return FALSE;
  do_in_thread (peer, add_fault, &fault);
  return TRUE;
}

static void
break_all (ProviderPeer * peer, gconstpointer data)
{
  const PlannedFault *fault = data;

  for (GList * l = peer->exchanges, *next; l; l = next) {
    ProviderExchange *x = l->data;

    next = l->next;
    if (fault->protocol && fault->protocol != x->protocol)
      continue;
    x->fault = *fault;
    if (fault->fault == FAULT_RESET)
      provider_exchange_reset (x);
  }
}

/* What is open now, of that protocol if one is named, gets the fault at once: a
 * reset, or from the next piece on.
 * Returns: FALSE if there is no such fault */
gboolean
provider_peer_break (ProviderPeer * peer, const gchar * name)
{
  PlannedFault fault = { 0 };

  if (!parse_fault (&fault, name) || fault.fault < FAULT_STALL_BODY)
    return FALSE;
  do_in_thread (peer, break_all, &fault);
  return TRUE;
}

static void
mend (ProviderPeer * peer, gconstpointer data)
{
  g_array_set_size (peer->faults, 0);
  for (GList * l = peer->exchanges, *next; l; l = next) {
    ProviderExchange *x = l->data;
    gboolean head = x->stalled && x->fault.fault == FAULT_STALL_HEAD;

    next = l->next;
    x->fault.fault = FAULT_NONE;
    if (x->reset)
      continue;
    x->stalled = FALSE;
    if (head)
      provider_exchange_start (x);
    else
      provider_exchange_pump (x);
  }
}

/* Takes all faults back; what stalls goes on. */
void
provider_peer_mend (ProviderPeer * peer)
{
  do_in_thread (peer, mend, NULL);
}

static void
wait_for (ProviderPeer * peer, const gchar * what,
    gboolean (*there) (ProviderPeer * peer, guint n), guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!there (peer, n)) {
    if (!g_cond_wait_until (&peer->changed, &peer->lock, end))
      g_error ("provider-peer: %s did not come", what);
  }
}

static gboolean
has_request (ProviderPeer * peer, guint index)
{
  return peer->requests->len > index;
}

/* The request stays as it is for the life of the peer; so does a message. */
const ProviderRequest *
provider_peer_request (ProviderPeer * peer, guint index)
{
  const ProviderRequest *request;

  g_mutex_lock (&peer->lock);
  wait_for (peer, "a request", has_request, index);
  request = g_ptr_array_index (peer->requests, index);
  g_mutex_unlock (&peer->lock);
  return request;
}

static gboolean
has_message (ProviderPeer * peer, guint index)
{
  return peer->messages->len > index;
}

const ProviderMessage *
provider_peer_message (ProviderPeer * peer, guint index)
{
  const ProviderMessage *message;

  g_mutex_lock (&peer->lock);
  wait_for (peer, "a message", has_message, index);
  message = g_ptr_array_index (peer->messages, index);
  g_mutex_unlock (&peer->lock);
  return message;
}

/* Returns: the first text message from the index @from on that has @text */
const ProviderMessage *
provider_peer_find (ProviderPeer * peer, const gchar * text, guint from)
{
  for (guint i = from;; i++) {
    const ProviderMessage *message = provider_peer_message (peer, i);

    if (!message->binary
        && strstr (g_bytes_get_data (message->bytes, NULL), text))
      return message;
  }
}

static gboolean
has_sent (ProviderPeer * peer, guint n)
{
  return peer->n_sent >= n;
}

/* Since it exists. */
void
provider_peer_wait_sent (ProviderPeer * peer, guint pieces)
{
  g_mutex_lock (&peer->lock);
  wait_for (peer, "the number of pieces", has_sent, pieces);
  g_mutex_unlock (&peer->lock);
}

static gboolean
has_over (ProviderPeer * peer, guint n)
{
  return peer->n_over >= n;
}

void
provider_peer_wait_over (ProviderPeer * peer, guint requests)
{
  g_mutex_lock (&peer->lock);
  wait_for (peer, "the end of requests", has_over, requests);
  g_mutex_unlock (&peer->lock);
}

guint
provider_peer_n_requests (ProviderPeer * peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->requests->len;
  g_mutex_unlock (&peer->lock);
  return n;
}

guint
provider_peer_n_messages (ProviderPeer * peer)
{
  guint n;

  g_mutex_lock (&peer->lock);
  n = peer->messages->len;
  g_mutex_unlock (&peer->lock);
  return n;
}
