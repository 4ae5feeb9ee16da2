/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The server's side of the worker protocol, by the messages' own types: it
 * checks the token of whoever connects, registers them, and does what the test
 * says.
 */
#include "livekit-peer.h"

#include <gst-voice/json.h>
#include <jwt.h>
#include <livekit_agent.pb-c.h>
#include <proto.h>
#include <string.h>

#define KEY "key"
#define SECRET "a secret of thirty-two characters"

/* libsoup 3.2's server forgets the socket of every WebSocket and the address it
 * listens on. That these are its leaks is seen in whole stacks only. */
__attribute__((visibility ("default")))
     const gchar *__lsan_default_suppressions (void);
__attribute__((visibility ("default")))
     const gchar *__asan_default_options (void);

     const gchar *__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n";
}

const gchar *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

static void
send_message (LivekitPeer * peer, guint socket,
    Livekit__ServerMessage__MessageCase which, gpointer content)
{
  Livekit__ServerMessage message;
  GBytes *bytes;

  livekit__server_message__init (&message);
  message.message_case = which;
  message.pong = content;       /* one of a union of pointers */
  bytes = livekit_proto_encode (&message);
  g_assert_cmpuint (socket, <, peer->sockets->len);
  soup_websocket_connection_send_message (g_ptr_array_index (peer->sockets,
          socket), SOUP_WEBSOCKET_DATA_BINARY, bytes);
  g_bytes_unref (bytes);
}

static void
note (LivekitPeer * peer, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void note (LivekitPeer * peer, const gchar * format, ...)
{
  va_list args;

  if (peer->heard->len > 0)
    g_string_append_c (peer->heard, ' ');
  va_start (args, format);
  g_string_append_vprintf (peer->heard, format, args);
  va_end (args);
}

static void
take_register (LivekitPeer * peer, SoupWebsocketConnection * socket,
    const Livekit__RegisterWorkerRequest * message)
{
  Livekit__RegisterWorkerResponse answer;

  livekit__register_worker_response__init (&answer);
  answer.worker_id = (gchar *) "AW_1";
  note (peer, "register(%u,%s)", message->type, message->agent_name);
  g_ptr_array_add (peer->sockets, g_object_ref (socket));
  peer->registered++;
  send_message (peer, peer->sockets->len - 1,
      LIVEKIT__SERVER_MESSAGE__MESSAGE_REGISTER, &answer);
}

static void
take_message (LivekitPeer * peer, SoupWebsocketConnection * socket,
    const Livekit__WorkerMessage * m)
{
  switch (m->message_case) {
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_REGISTER:
      take_register (peer, socket, m->register_);
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_AVAILABILITY:
      note (peer, "%s(%s)", m->availability->available ? "accept" : "reject",
          m->availability->job_id);
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_UPDATE_JOB:
      note (peer, "job(%s,%u%s%s)", m->update_job->job_id,
          m->update_job->status, *m->update_job->error ? "," : "",
          m->update_job->error);
      break;
    case LIVEKIT__WORKER_MESSAGE__MESSAGE_MIGRATE_JOB:
      note (peer, "migrate(%zu)", m->migrate_job->n_job_ids);
      break;
    default:                   /* load and pings come by the clock */
      break;
  }
}

static void
on_message (SoupWebsocketConnection * socket, gint type, GBytes * bytes,
    LivekitPeer * peer)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);
  Livekit__WorkerMessage *message =
      livekit_proto_decode (&livekit__worker_message__descriptor, data, size,
      LIVEKIT_PROTO_MAX_SIZE, NULL);

  g_assert_nonnull (message);
  take_message (peer, socket, message);
  livekit_proto_free (message);
}

static void
on_closed (SoupWebsocketConnection * socket, LivekitPeer * peer)
{
  g_signal_handlers_disconnect_by_data (socket, peer);
  g_ptr_array_remove (peer->sockets, socket);
  g_ptr_array_remove (peer->accepted, socket);
}

static JsonNode *
read_token (SoupServerMessage * message)
{
  const gchar *header =
      soup_message_headers_get_one (soup_server_message_get_request_headers
      (message), "Authorization");

  if (!header || !g_str_has_prefix (header, "Bearer "))
    return NULL;
  return livekit_jwt_read (header + strlen ("Bearer "), SECRET,
      g_get_real_time () / G_USEC_PER_SEC, NULL);
}

/* Before the upgrade, as the server's middleware does. */
static void
check_worker (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer data)
{
  LivekitPeer *peer = data;
  JsonNode *claims = read_token (message);
  JsonNode *agent = claims ? gst_voice_json_at (claims, "/video/agent") : NULL;

  if (peer->refuse > 0 || !agent) {
    const gchar *text = peer->refuse > 0 ? peer->refusal :
        "go-jose/go-jose: error in cryptographic primitive";

    soup_server_message_set_status (message, peer->refuse > 0 ? peer->refuse :
        401, NULL);
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY,
        text, strlen (text));
  }
  g_clear_pointer (&claims, json_node_unref);
}

static void
on_worker (SoupServer * server, SoupServerMessage * message,
    const gchar * path, SoupWebsocketConnection * socket, gpointer data)
{
  g_ptr_array_add (((LivekitPeer *) data)->accepted, g_object_ref (socket));
  g_signal_connect (socket, "message", G_CALLBACK (on_message), data);
  g_signal_connect (socket, "closed", G_CALLBACK (on_closed), data);
}

/* All APIs want a token for the room that is asked about. */
static gboolean
may_ask (SoupServerMessage * message, const gchar * body, gsize size)
{
  JsonNode *claims = read_token (message), *request =
      gst_voice_json_parse (body, size, GST_VOICE_JSON_MAX_SIZE, 8, NULL);
  JsonNode *admin = claims ? gst_voice_json_at (claims, "/video/roomAdmin") :
      NULL;
  JsonNode *may = claims ? gst_voice_json_at (claims, "/video/room") : NULL;
  JsonNode *wants = request ? gst_voice_json_at (request, "/room") : NULL;
  gboolean ok = admin && may && wants && g_strcmp0 (json_node_get_string (may),
      json_node_get_string (wants)) == 0;

  g_clear_pointer (&claims, json_node_unref);
  g_clear_pointer (&request, json_node_unref);
  return ok;
}

static void
answer (SoupServerMessage * message, guint status, const gchar * text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json",
      SOUP_MEMORY_COPY, text, strlen (text));
}

static gchar *
get_dispatch (SoupMessageBody * body)
{
  JsonNode *request = gst_voice_json_parse (body->data, body->length,
      GST_VOICE_JSON_MAX_SIZE, 8, NULL);
  gchar *id = g_strdup (json_node_get_string (gst_voice_json_at (request,
              "/dispatch_id")));

  json_node_unref (request);
  return id;
}

static void
on_made (LivekitPeer * peer, SoupServerMessage * message,
    SoupMessageBody * body)
{
  gchar *text;

  g_ptr_array_add (peer->dispatches, g_strndup (body->data, body->length));
  text = g_strdup_printf ("{\"id\":\"AD_%u\",\"room\":\"r\"}",
      peer->dispatches->len);
  answer (message, 200, text);
  g_free (text);
}

/* Those that are taken are the last. */
static void
on_dispatch (LivekitPeer * peer, SoupServerMessage * message,
    const gchar * what, SoupMessageBody * body)
{
  gchar *id = get_dispatch (body), *text;
  guint n = g_ascii_strtoull (id + strlen ("AD_"), NULL, 10);

  g_string_append_printf (peer->asked, "%s%s(%s)",
      peer->asked->len > 0 ? " " : "", what, id);
  text = g_strdup_printf ("{\"agent_dispatches\":[{\"id\":\"%s\",\"state\":"
      "{\"jobs\":[%s]}}]}", id, n > peer->untaken ? "{}" : "");
  answer (message, 200, text);
  g_free (text);
  g_free (id);
}

static void
on_twirp (SoupServer * server, SoupServerMessage * message,
    const gchar * path, GHashTable * query, gpointer data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  LivekitPeer *peer = data;

  if (!may_ask (message, body->data, body->length)) {
    answer (message, 401, "{\"code\":\"unauthenticated\",\"msg\":\"\"}");
  } else if (peer->fault > 0) {
    answer (message, peer->fault, "{\"code\":\"unavailable\",\"msg\":\"\"}");
    peer->fault = 0;
  } else if (g_str_has_suffix (path, "RoomService/ListParticipants")) {
    answer (message, 200, peer->participants);
  } else if (g_str_has_suffix (path, "AgentDispatchService/CreateDispatch")) {
    on_made (peer, message, body);
  } else if (g_str_has_suffix (path, "AgentDispatchService/ListDispatch")) {
    on_dispatch (peer, message, "look", body);
  } else if (g_str_has_suffix (path, "AgentDispatchService/DeleteDispatch")) {
    on_dispatch (peer, message, "delete", body);
  } else {
    answer (message, 404, "{\"code\":\"bad_route\",\"msg\":\"\"}");
  }
}

static void
begin_to_listen (LivekitPeer * peer, const gchar * scheme,
    SoupServerListenOptions options)
{
  GError *error = NULL;
  GSList *uris;

  g_assert_true (soup_server_listen_local (peer->server, 0,
          SOUP_SERVER_LISTEN_IPV4_ONLY | options, &error));
  g_assert_no_error (error);
  uris = soup_server_get_uris (peer->server);
  g_free (peer->url);
  peer->url = g_strdup_printf ("%s://127.0.0.1:%d", scheme,
      g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

void
livekit_peer_secure (LivekitPeer * peer, const gchar * pem)
{
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (pem, NULL);

  g_assert_nonnull (certificate);
  soup_server_disconnect (peer->server);
  soup_server_set_tls_certificate (peer->server, certificate);
  g_object_unref (certificate);
  begin_to_listen (peer, "wss", SOUP_SERVER_LISTEN_HTTPS);
}

LivekitPeer *
livekit_peer_new (void)
{
  LivekitPeer *peer = g_new0 (LivekitPeer, 1);

  peer->server = soup_server_new (NULL, NULL);
  peer->key = g_strdup (KEY);
  peer->secret = g_strdup (SECRET);
  peer->participants = g_strdup ("{\"participants\":[]}");
  peer->sockets = g_ptr_array_new_with_free_func (g_object_unref);
  peer->accepted = g_ptr_array_new_with_free_func (g_object_unref);
  peer->dispatches = g_ptr_array_new_with_free_func (g_free);
  peer->heard = g_string_new (NULL);
  peer->asked = g_string_new (NULL);
  soup_server_add_early_handler (peer->server, "/agent", check_worker, peer,
      NULL);
  soup_server_add_websocket_handler (peer->server, "/agent", NULL, NULL,
      on_worker, peer, NULL);
  soup_server_add_handler (peer->server, "/twirp", on_twirp, peer, NULL);
  begin_to_listen (peer, "ws", 0);
  return peer;
}

/* As when the server is killed: no handshake. */
void
livekit_peer_drop (LivekitPeer * peer)
{
  while (peer->sockets->len > 0) {
    SoupWebsocketConnection *socket = g_ptr_array_index (peer->sockets, 0);

    g_signal_handlers_disconnect_by_data (socket, peer);
    g_io_stream_close (soup_websocket_connection_get_io_stream (socket), NULL,
        NULL);
    g_ptr_array_remove (peer->accepted, socket);
    g_ptr_array_remove_index (peer->sockets, 0);
  }
}

void
livekit_peer_free (LivekitPeer * peer)
{
  /* What is still being upgraded becomes a socket by this. */
  soup_server_disconnect (peer->server);
  livekit_peer_drop (peer);
  /* Workers that have not registered. */
  for (guint i = 0; i < peer->accepted->len; i++)
    g_signal_handlers_disconnect_by_data (peer->accepted->pdata[i], peer);
  g_ptr_array_unref (peer->accepted);
  g_object_unref (peer->server);
  g_ptr_array_unref (peer->sockets);
  g_ptr_array_unref (peer->dispatches);
  g_string_free (peer->heard, TRUE);
  g_string_free (peer->asked, TRUE);
  g_free (peer->participants);
  g_free (peer->refusal);
  g_free (peer->url);
  g_free (peer->key);
  g_free (peer->secret);
  g_free (peer);
}

typedef struct
{
  Livekit__Job job;
  Livekit__Room room;
  Livekit__ParticipantInfo caller;
  Livekit__Job__AttributesEntry entry, *entries[1];
} JobMessage;

static void
fill_job (JobMessage * m, const gchar * job, const gchar * room,
    const gchar * redispatched)
{
  livekit__job__init (&m->job);
  livekit__room__init (&m->room);
  livekit__participant_info__init (&m->caller);
  livekit__job__attributes_entry__init (&m->entry);
  m->job.id = (gchar *) job;
  m->job.metadata = (gchar *) "{\"who\":\"test\"}";
  m->job.room = &m->room;
  m->room.name = (gchar *) room;
  m->room.sid = (gchar *) "RM_1";
  m->job.participant = &m->caller;
  m->caller.identity = (gchar *) "caller";
  if (redispatched) {
    m->entry.key = (gchar *) "gst-voice.redispatch";
    m->entry.value = (gchar *) redispatched;
    m->entries[0] = &m->entry;
    m->job.attributes = m->entries;
    m->job.n_attributes = 1;
  }
}

void
livekit_peer_offer (LivekitPeer * peer, guint socket, const gchar * job,
    const gchar * room, const gchar * redispatched)
{
  Livekit__AvailabilityRequest message;
  JobMessage m;

  fill_job (&m, job, room, redispatched);
  livekit__availability_request__init (&message);
  message.job = &m.job;
  send_message (peer, socket, LIVEKIT__SERVER_MESSAGE__MESSAGE_AVAILABILITY,
      &message);
}

void
livekit_peer_assign (LivekitPeer * peer, guint socket, const gchar * job,
    const gchar * room, const gchar * redispatched)
{
  Livekit__JobAssignment message;
  JobMessage m;

  fill_job (&m, job, room, redispatched);
  livekit__job_assignment__init (&message);
  message.job = &m.job;
  message.token = (gchar *) "the job's token";
  send_message (peer, socket, LIVEKIT__SERVER_MESSAGE__MESSAGE_ASSIGNMENT,
      &message);
}

void
livekit_peer_terminate (LivekitPeer * peer, guint socket, const gchar * job)
{
  Livekit__JobTermination message;

  livekit__job_termination__init (&message);
  message.job_id = (gchar *) job;
  send_message (peer, socket, LIVEKIT__SERVER_MESSAGE__MESSAGE_TERMINATION,
      &message);
}
