/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Remote procedure calls, version 1 of LiveKit's: a request, its
 * acknowledgement within seven seconds, its response within what the caller
 * grants. Each call of ours is answered once, whatever happens; a late answer
 * is passed over. What others ask of us is acknowledged before anybody deals
 * with it.
 *
 * Threads: one at a time. Locks: none.
 */
#include "client-rpc.h"

#include <string.h>

#define MAX_CALLS 256           /* each way */
#define ACK_TIMEOUT 7000
#define RESPONSE_TIMEOUT 15000
#define MIN_TIMEOUT 1000        /* that the other side is given */
#define MAX_TIMEOUT 3600000

/* A call of ours. */
typedef struct
{
  gchar *identity;
  LivekitRpcFunc done;
  gpointer data;
  gint64 ack_by, answer_by;
} Call;

/* One of somebody else; the key has both. */
typedef struct
{
  gchar *identity;
  gint64 answer_by;
} Request;

struct _ClientRpc
{
  ClientPushFunc push;
  gpointer data;
  GHashTable *calls;            /* id → Call */
  GHashTable *requests;         /* id → Request */
};

static void
call_free (Call * call)
{
  g_free (call->identity);
  g_free (call);
}

static void
request_free (Request * request)
{
  g_free (request->identity);
  g_free (request);
}

ClientRpc *
client_rpc_new (ClientPushFunc push, gpointer data)
{
  ClientRpc *self = g_new0 (ClientRpc, 1);

  self->push = push;
  self->data = data;
  self->calls = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) call_free);
  self->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) request_free);
  return self;
}

/**
 * client_rpc_explain:
 *
 * Returns: what LiveKit says for an error without a message
 */
const gchar *
client_rpc_explain (LivekitRpcCode code)
{
  switch (code) {
    case LIVEKIT_RPC_UNSUPPORTED_METHOD:
      return "Method not supported at destination";
    case LIVEKIT_RPC_RECIPIENT_NOT_FOUND:
      return "Recipient not found";
    case LIVEKIT_RPC_REQUEST_TOO_LARGE:
      return "Request payload too large";
    case LIVEKIT_RPC_UNSUPPORTED_SERVER:
      return "RPC not supported by server";
    case LIVEKIT_RPC_UNSUPPORTED_VERSION:
      return "Unsupported RPC version";
    case LIVEKIT_RPC_CONNECTION_TIMEOUT:
      return "Connection timeout";
    case LIVEKIT_RPC_RESPONSE_TIMEOUT:
      return "Response timeout";
    case LIVEKIT_RPC_RECIPIENT_DISCONNECTED:
      return "Recipient disconnected";
    case LIVEKIT_RPC_RESPONSE_TOO_LARGE:
      return "Response payload too large";
    case LIVEKIT_RPC_SEND_FAILED:
      return "Failed to send";
    default:
      return "Application error in method handler";
  }
}

static void
fail (LivekitRpcFunc done, gpointer data, LivekitRpcCode code)
{
  done (data, NULL, code, client_rpc_explain (code));
}

/* The call is out of the table when its caller hears of it. */
static void
finish (ClientRpc * self, const gchar * id, const gchar * payload,
    LivekitRpcCode code, const gchar * message)
{
  gpointer key, value;

  if (!g_hash_table_steal_extended (self->calls, id, &key, &value))
    return;
  ((Call *) value)->done (((Call *) value)->data, payload, code, message);
  call_free (value);
  g_free (key);
}

/**
 * client_rpc_call:
 * @timeout_ms: until the response; 0 for fifteen seconds
 * @done: called once, also before this returns
 */
void
client_rpc_call (ClientRpc * self, const gchar * identity,
    const gchar * method, const gchar * payload, guint timeout_ms,
    LivekitRpcFunc done, gpointer data, gint64 now)
{
  const gchar *const to[] = { identity, NULL };
  LivekitEnvelope envelope = {.to = to };
  guint timeout = timeout_ms ? MIN (timeout_ms, MAX_TIMEOUT) : RESPONSE_TIMEOUT;
  gchar *id;
  GBytes *packet;
  Call *call;

  if (strlen (payload) > LIVEKIT_RPC_MAX_PAYLOAD) {
    fail (done, data, LIVEKIT_RPC_REQUEST_TOO_LARGE);
    return;
  }
  id = g_uuid_string_random ();
  /* The way there and back is not the other side's to use. */
  packet = livekit_data_encode_rpc_request (&envelope, id, method, payload,
      timeout > ACK_TIMEOUT + MIN_TIMEOUT ? timeout - ACK_TIMEOUT :
      MIN_TIMEOUT);
  if (g_hash_table_size (self->calls) >= MAX_CALLS) {
    g_bytes_unref (packet);
    fail (done, data, LIVEKIT_RPC_SEND_FAILED);
    g_free (id);
    return;
  }
  call = g_new0 (Call, 1);
  call->identity = g_strdup (identity);
  call->done = done;
  call->data = data;
  call->ack_by = now + MIN (ACK_TIMEOUT, timeout);
  call->answer_by = now + timeout;
  g_hash_table_insert (self->calls, g_strdup (id), call);
  if (!self->push (self->data, packet))
    finish (self, id, NULL, LIVEKIT_RPC_SEND_FAILED,
        client_rpc_explain (LIVEKIT_RPC_SEND_FAILED));
  g_free (id);
}

/**
 * client_rpc_take_reply:
 * @packet: an acknowledgement or a response
 *
 * It counts only from whom the call was made to.
 */
void
client_rpc_take_reply (ClientRpc * self, const LivekitData * packet, gint64 now)
{
  gboolean ack = packet->type == LIVEKIT_DATA_RPC_ACK;
  const gchar *id = ack ? packet->rpc_ack : packet->rpc_response.id;
  Call *call = g_hash_table_lookup (self->calls, id);
  guint code;

  if (!call || !g_str_equal (call->identity, packet->identity))
    return;
  if (ack) {
    call->ack_by = G_MAXINT64;
    return;
  }
  code = packet->rpc_response.code;
  if (code == 0)
    finish (self, id, packet->rpc_response.payload, 0, NULL);
  else
    finish (self, id, NULL, code, *packet->rpc_response.payload ?
        packet->rpc_response.payload : client_rpc_explain (code));
}

static void
push_error (ClientRpc * self, const gchar * identity, const gchar * id,
    LivekitRpcCode code, const gchar * message)
{
  const gchar *const to[] = { identity, NULL };
  LivekitEnvelope envelope = {.to = to };

  self->push (self->data, livekit_data_encode_rpc_error (&envelope, id, code,
          message ? message : client_rpc_explain (code)));
}

/**
 * client_rpc_take_request:
 * @packet: a request; it is acknowledged
 *
 * Returns: whether somebody must answer it by client_rpc_answer ()
 */
gboolean
client_rpc_take_request (ClientRpc * self, const LivekitData * packet,
    gint64 now)
{
  const gchar *id = packet->rpc_request.id;
  const gchar *const to[] = { packet->identity, NULL };
  LivekitEnvelope envelope = {.to = to };
  guint timeout = packet->rpc_request.timeout_ms;
  Request *request;

  if (!*id || !*packet->identity || g_hash_table_contains (self->requests, id))
    return FALSE;
  self->push (self->data, livekit_data_encode_rpc_ack (&envelope, id));
  if (packet->rpc_request.version != 1) {
    push_error (self, packet->identity, id, LIVEKIT_RPC_UNSUPPORTED_VERSION,
        NULL);
    return FALSE;
  }
  if (g_hash_table_size (self->requests) >= MAX_CALLS) {
    push_error (self, packet->identity, id, LIVEKIT_RPC_APPLICATION_ERROR,
        "too many calls at a time");
    return FALSE;
  }
  request = g_new0 (Request, 1);
  request->identity = g_strdup (packet->identity);
  request->answer_by = now + (timeout ? MIN (timeout, MAX_TIMEOUT) :
      RESPONSE_TIMEOUT);
  g_hash_table_insert (self->requests, g_strdup (id), request);
  return TRUE;
}

/**
 * client_rpc_answer:
 * @payload: (nullable): the result, with the code 0
 * @code: what went wrong, or 0
 * @message: (nullable): for people, with a code
 *
 * An answer that comes too late, or a second one, is passed over.
 */
void
client_rpc_answer (ClientRpc * self, const gchar * identity, const gchar * id,
    const gchar * payload, LivekitRpcCode code, const gchar * message)
{
  const gchar *const to[] = { identity, NULL };
  LivekitEnvelope envelope = {.to = to };
  const Request *request = g_hash_table_lookup (self->requests, id);

  if (!request || !g_str_equal (request->identity, identity))
    return;
  if (code)
    push_error (self, identity, id, code, message);
  else
    self->push (self->data, livekit_data_encode_rpc_result (&envelope, id,
            payload ? payload : ""));
  g_hash_table_remove (self->requests, id);
}

typedef gboolean (*CallMatch) (const Call * call, gconstpointer what,
    LivekitRpcCode * code);

/* Callers may call again when they hear of it, hence not in one walk. */
static void
fail_some (ClientRpc * self, CallMatch matches, gconstpointer what)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  GArray *codes = g_array_new (FALSE, FALSE, sizeof (LivekitRpcCode));
  GHashTableIter iter;
  gpointer id, call;
  LivekitRpcCode code;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, &id, &call)) {
    if (matches (call, what, &code)) {
      g_ptr_array_add (ids, g_strdup (id));
      g_array_append_val (codes, code);
    }
  }
  for (guint i = 0; i < ids->len; i++) {
    code = g_array_index (codes, LivekitRpcCode, i);
    finish (self, ids->pdata[i], NULL, code, client_rpc_explain (code));
  }
  g_ptr_array_unref (ids);
  g_array_unref (codes);
}

static gboolean
is_to (const Call * call, gconstpointer identity, LivekitRpcCode * code)
{
  *code = LIVEKIT_RPC_RECIPIENT_DISCONNECTED;
  return !identity || g_str_equal (call->identity, identity);
}

static gboolean
is_late (const Call * call, gconstpointer now, LivekitRpcCode * code)
{
  gint64 t = *(const gint64 *) now;

  *code = t >= call->ack_by ? LIVEKIT_RPC_CONNECTION_TIMEOUT :
      LIVEKIT_RPC_RESPONSE_TIMEOUT;
  return t >= call->ack_by || t >= call->answer_by;
}

static gboolean
is_from (gpointer id, gpointer request, gpointer identity)
{
  return !identity || g_str_equal (((Request *) request)->identity, identity);
}

static gboolean
is_forgotten (gpointer id, gpointer request, gpointer now)
{
  return *(gint64 *) now >= ((Request *) request)->answer_by;
}

/**
 * client_rpc_left:
 * @identity: who has left
 */
void
client_rpc_left (ClientRpc * self, const gchar * identity)
{
  g_hash_table_foreach_remove (self->requests, is_from, (gpointer) identity);
  fail_some (self, is_to, identity);
}

/**
 * client_rpc_end:
 *
 * We have left.
 */
void
client_rpc_end (ClientRpc * self)
{
  client_rpc_left (self, NULL);
}

/**
 * client_rpc_tick:
 *
 * To be called when client_rpc_get_deadline () has come.
 */
void
client_rpc_tick (ClientRpc * self, gint64 now)
{
  g_hash_table_foreach_remove (self->requests, is_forgotten, &now);
  fail_some (self, is_late, &now);
}

gint64
client_rpc_get_deadline (ClientRpc * self)
{
  gint64 deadline = G_MAXINT64;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Call *call = value;

    deadline = MIN (deadline, MIN (call->ack_by, call->answer_by));
  }
  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    deadline = MIN (deadline, ((Request *) value)->answer_by);
  return deadline;
}

/**
 * client_rpc_free:
 * @self: (transfer full) (nullable): whoever still waits is told
 */
void
client_rpc_free (ClientRpc * self)
{
  if (!self)
    return;
  client_rpc_end (self);
  g_hash_table_unref (self->calls);
  g_hash_table_unref (self->requests);
  g_free (self);
}
