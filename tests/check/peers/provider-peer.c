/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The stand-in for services: each fault as a client of libsoup sees it, what is
 * kept for a test, latencies. The services' own SDKs judge the protocols
 * (tests/interop/providers.py).
 */
#include "lib/http-harness.h"
#include "provider-peer.h"

#include <gmodule.h>
#include <libsoup/soup.h>
#include <string.h>

typedef struct
{
  ProviderPeer *peer;
  SoupSession *session;
  gboolean reuses;              /* connections; libsoup's POST does not else */

  GBytes *body;                 /* of a request that is over, or NULL */
  GError *error;
  gboolean over;

  SoupWebsocketConnection *socket;
  GPtrArray *messages;          /* of the socket, GBytes */
  guint close_code;             /* G_MAXUINT: it is open */
} Scene;

G_MODULE_EXPORT const gchar *__asan_default_options (void);
G_MODULE_EXPORT const gchar *__lsan_default_suppressions (void);

/* So that what is suppressed is known by its name. */
const gchar *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

/* What libsoup's server keeps of those that it has accepted itself. */
const gchar *
__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n";
}

static gboolean
trust (SoupMessage * message, GTlsCertificate * certificate,
    GTlsCertificateFlags errors, gpointer data)
{
  GError *error = NULL;
  GTlsCertificate *known = g_tls_certificate_new_from_file (PEER_PEM, &error);
  gboolean same;

  g_assert_no_error (error);
  same = g_tls_certificate_is_same (known, certificate);
  g_object_unref (known);
  return same;
}

static void
scene_init (Scene * scene, const ProviderPeerSettings * settings)
{
  GError *error = NULL;

  memset (scene, 0, sizeof *scene);
  scene->peer = provider_peer_new (settings, &error);
  g_assert_no_error (error);
  scene->session = soup_session_new ();
  scene->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)
      g_bytes_unref);
  scene->close_code = G_MAXUINT;
}

static void
scene_clear (Scene * scene)
{
  if (scene->socket) {
    g_signal_handlers_disconnect_by_data (scene->socket, scene);
    g_object_unref (scene->socket);
  }
  soup_session_abort (scene->session);
  g_object_unref (scene->session);
  g_clear_pointer (&scene->body, g_bytes_unref);
  g_clear_error (&scene->error);
  g_ptr_array_unref (scene->messages);
  provider_peer_free (scene->peer);
  while (g_main_context_iteration (NULL, FALSE));
}

static SoupMessage *
chat_message (Scene * scene, gboolean stream)
{
  gchar *url = provider_peer_url (scene->peer, "http", "/v1/chat/completions");
  SoupMessage *message = soup_message_new ("POST", url);
  gchar *text = g_strdup_printf ("{\"model\":\"m\",\"stream\":%s,"
      "\"messages\":[{\"role\":\"user\",\"content\":\"one two three\"}]}",
      stream ? "true" : "false");
  GBytes *body = g_bytes_new_take (text, strlen (text));

  if (scene->reuses)
    soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_message_headers_replace (soup_message_get_request_headers (message),
      "Authorization", "Bearer key");
  g_signal_connect (message, "accept-certificate", G_CALLBACK (trust), NULL);
  g_bytes_unref (body);
  g_free (url);
  return message;
}

static void
answered (GObject * session, GAsyncResult * result, gpointer data)
{
  Scene *scene = data;

  scene->body = soup_session_send_and_read_finish (SOUP_SESSION (session),
      result, &scene->error);
  scene->over = TRUE;
}

static SoupMessage *
ask (Scene * scene, gboolean stream)
{
  SoupMessage *message = chat_message (scene, stream);

  g_clear_pointer (&scene->body, g_bytes_unref);
  g_clear_error (&scene->error);
  scene->over = FALSE;
  soup_session_send_and_read_async (scene->session, message,
      G_PRIORITY_DEFAULT, NULL, answered, scene);
  return message;
}

static void
wait_over (Scene * scene)
{
  while (!scene->over)
    g_main_context_iteration (NULL, TRUE);
}

/* Returns: the status, 0 if there was none */
static guint
status_of (Scene * scene)
{
  SoupMessage *message = ask (scene, FALSE);
  guint status;

  wait_over (scene);
  status = scene->error ? 0 : soup_message_get_status (message);
  g_object_unref (message);
  return status;
}

/* Returns: (nullable): the body of a streamed answer, until the next */
static const gchar *
stream_of (Scene * scene)
{
  gchar *text;
  gsize size;
  gconstpointer data;

  g_object_unref (ask (scene, TRUE));
  wait_over (scene);
  if (!scene->body)
    return NULL;
  data = g_bytes_get_data (scene->body, &size);
  text = g_strndup (data, size);
  g_bytes_unref (scene->body);
  scene->body = g_bytes_new_take (text, size + 1);
  return text;
}

/* The peer's own functions wait without our loop, in which our requests go
 * out. */
static void
wait_arrived (Scene * scene, guint requests, guint messages)
{
  while (provider_peer_n_requests (scene->peer) < requests
      || provider_peer_n_messages (scene->peer) < messages) {
    g_main_context_iteration (NULL, FALSE);
    g_thread_yield ();
  }
}

static void
add_fault (Scene * scene, const gchar * name, guint count, guint after)
{
  g_assert_true (provider_peer_add_fault (scene->peer, name, 0, count, after));
}

static void
got_message (SoupWebsocketConnection * socket, SoupWebsocketDataType type,
    GBytes * message, gpointer data)
{
  Scene *scene = data;

  g_ptr_array_add (scene->messages, g_bytes_ref (message));
}

static void
got_close (SoupWebsocketConnection * socket, gpointer data)
{
  Scene *scene = data;

  scene->close_code = soup_websocket_connection_get_close_code (socket);
}

static void
socket_there (GObject * session, GAsyncResult * result, gpointer data)
{
  Scene *scene = data;

  scene->socket = soup_session_websocket_connect_finish
      (SOUP_SESSION (session), result, &scene->error);
  scene->over = TRUE;
}

/* Returns: the status of the handshake */
static guint
open_socket (Scene * scene, const gchar * path)
{
  gchar *url = provider_peer_url (scene->peer, "ws", path);
  SoupMessage *message = soup_message_new ("GET", url);
  guint status;

  if (scene->socket) {
    g_signal_handlers_disconnect_by_data (scene->socket, scene);
    g_clear_object (&scene->socket);
  }
  g_clear_error (&scene->error);
  g_ptr_array_set_size (scene->messages, 0);
  scene->close_code = G_MAXUINT;
  scene->over = FALSE;
  soup_message_headers_replace (soup_message_get_request_headers (message),
      "Authorization", "Token key");
  soup_session_websocket_connect_async (scene->session, message, NULL, NULL,
      G_PRIORITY_DEFAULT, NULL, socket_there, scene);
  wait_over (scene);
  if (scene->socket) {
    soup_websocket_connection_set_max_incoming_payload_size (scene->socket,
        16 * 1024 * 1024);
    g_signal_connect (scene->socket, "message", G_CALLBACK (got_message),
        scene);
    g_signal_connect (scene->socket, "closed", G_CALLBACK (got_close), scene);
  }
  status = soup_message_get_status (message);
  g_object_unref (message);
  g_free (url);
  return status;
}

static void
speak (Scene * scene, const gchar * text)
{
  gchar *message = g_strdup_printf ("{\"type\":\"Speak\",\"text\":\"%s\"}",
      text);

  soup_websocket_connection_send_text (scene->socket, message);
  soup_websocket_connection_send_text (scene->socket, "{\"type\":\"Flush\"}");
  g_free (message);
}

static void
wait_messages (Scene * scene, guint n)
{
  while (scene->messages->len < n && scene->close_code == G_MAXUINT)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_closed (Scene * scene)
{
  while (scene->close_code == G_MAXUINT)
    g_main_context_iteration (NULL, TRUE);
}

static gsize
size_of (Scene * scene, guint index)
{
  return g_bytes_get_size (scene->messages->pdata[index]);
}

static gboolean
was_told (Scene * scene, const gchar * text)
{
  GBytes *last = scene->messages->pdata[scene->messages->len - 1];
  gchar *copy = g_strndup (g_bytes_get_data (last, NULL),
      g_bytes_get_size (last));
  gboolean found = strstr (copy, text) != NULL;

  g_free (copy);
  return found;
}

#define SPEAK "/v1/speak?encoding=linear16&sample_rate=16000"
#define WORD 6400               /* bytes of 200 ms */

static void
says_what_was_said (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };
  const ProviderRequest *request;

  scene_init (&scene, &settings);
  g_assert_nonnull (strstr (stream_of (&scene), "\"content\":\"three\""));
  g_assert_true (g_str_has_suffix (g_bytes_get_data (scene.body, NULL),
          "data: [DONE]\n\n"));
  request = provider_peer_request (scene.peer, 0);
  g_assert_cmpstr (request->protocol, ==, "openai-chat");
  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_cmpstr (request->path, ==, "/v1/chat/completions");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "authorization"),
      ==, "Bearer key");
  g_assert_cmpuint (g_bytes_get_size (request->body), >, 50);
  g_assert_false (request->socket);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_clear (&scene);
}

static void
follows_a_script (void)
{
  Scene scene;
  ProviderPeerSettings settings = {.script =
        "{\"answers\":[{\"when\":\"four\",\"say\":\"no\"},"
        "{\"when\":\"TWO\",\"say\":\"yes indeed\"}]}"
  };

  scene_init (&scene, &settings);
  g_assert_nonnull (strstr (stream_of (&scene), "\"indeed\""));
  scene_clear (&scene);
}

static void
only_that_key (void)
{
  Scene scene;
  ProviderPeerSettings settings = {.key = "another" };

  scene_init (&scene, &settings);
  g_assert_cmpuint (status_of (&scene), ==, 401);
  scene_clear (&scene);
}

static void
wrong_settings (void)
{
  GError *error = NULL;
  ProviderPeerSettings settings = {.script = "[" };

  g_assert_null (provider_peer_new (&settings, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  settings = (ProviderPeerSettings) {
  .pem = "/nowhere.pem"};
  g_assert_null (provider_peer_new (&settings, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
}

static void
refusals (void)
{
  static const guint statuses[] = { 401, 403, 429, 500 };
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    gchar name[8];

    g_snprintf (name, sizeof name, "%u", statuses[i]);
    add_fault (&scene, name, 1, 0);
    g_assert_cmpuint (status_of (&scene), ==, statuses[i]);
    g_assert_cmpuint (status_of (&scene), ==, 200);
  }
  add_fault (&scene, "refuse", 0, 0);
  g_assert_cmpuint (status_of (&scene), ==, 0);
  provider_peer_mend (scene.peer);
  g_assert_cmpuint (status_of (&scene), ==, 200);
  g_assert_false (provider_peer_add_fault (scene.peer, "no-such", 0, 0, 0));
  g_assert_false (provider_peer_add_fault (scene.peer, "bad-tls", 0, 0, 0));
  scene_clear (&scene);
}

static void
from_the_nth_for_so_many (void)
{
  static const guint statuses[] = { 200, 500, 500, 200 };
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  g_assert_true (provider_peer_add_fault (scene.peer, "500", 2, 2, 0));
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    g_assert_cmpuint (status_of (&scene), ==, statuses[i]);
  scene_clear (&scene);
}

static void
connections_that_are_refused_count (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  g_assert_true (provider_peer_add_fault (scene.peer, "refuse", 1, 1, 0));
  g_assert_true (provider_peer_add_fault (scene.peer, "403", 2, 1, 0));
  g_assert_cmpuint (status_of (&scene), ==, 0);
  g_assert_cmpuint (status_of (&scene), ==, 403);
  g_assert_cmpuint (provider_peer_n_requests (scene.peer), ==, 1);
  scene_clear (&scene);
}

static void
of_one_protocol (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  g_assert_true (provider_peer_add_fault (scene.peer, "500/openai-chat", 2, 1,
          0));
  g_assert_false (provider_peer_add_fault (scene.peer, "500/nobody", 0, 0, 0));
  g_assert_cmpuint (open_socket (&scene, SPEAK), ==, 101);
  wait_messages (&scene, 1);
  g_assert_cmpuint (status_of (&scene), ==, 200);
  g_assert_true (provider_peer_break (scene.peer, "reset/openai-chat"));
  g_assert_cmpuint (status_of (&scene), ==, 500);
  g_assert_cmpuint (status_of (&scene), ==, 200);
  g_assert_cmpuint (scene.close_code, ==, G_MAXUINT);
  g_assert_true (provider_peer_break (scene.peer, "reset/deepgram-speak"));
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 0);
  scene_clear (&scene);
}

static void
stalls_until_mended (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };
  SoupMessage *message;

  scene_init (&scene, &settings);
  add_fault (&scene, "stall-head", 0, 0);
  message = ask (&scene, TRUE);
  wait_arrived (&scene, 1, 0);
  g_assert_cmpuint (soup_message_get_status (message), ==, 0);
  provider_peer_mend (scene.peer);
  wait_over (&scene);
  g_assert_no_error (scene.error);
  g_object_unref (message);

  add_fault (&scene, "stall-body", 0, 2);
  message = ask (&scene, TRUE);
  while (soup_message_get_status (message) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (scene.over);
  provider_peer_mend (scene.peer);
  wait_over (&scene);
  g_assert_no_error (scene.error);
  g_object_unref (message);
  scene_clear (&scene);
}

static void
ends_while_it_stalls (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  add_fault (&scene, "stall-head", 0, 0);
  g_object_unref (ask (&scene, TRUE));
  wait_arrived (&scene, 1, 0);
  soup_session_abort (scene.session);
  wait_over (&scene);
  g_assert_nonnull (scene.error);
  scene_clear (&scene);
}

static void
bodies_that_break (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };
  const gchar *text;

  scene_init (&scene, &settings);
  add_fault (&scene, "reset", 1, 3);
  g_assert_null (stream_of (&scene));
  g_assert_nonnull (scene.error);
  add_fault (&scene, "malformed", 1, 3);
  text = stream_of (&scene);
  g_assert_nonnull (strstr (text, "data: {\"a\":[1,{\"b\n\n"));
  g_assert_null (strstr (text, "one"));
  g_assert_nonnull (strstr (text, "three"));
  add_fault (&scene, "order", 1, 1);
  text = stream_of (&scene);
  g_assert_true (strstr (text, "said:") < strstr (text, "You"));
  g_assert_true (strstr (text, "two") < strstr (text, "one"));
  add_fault (&scene, "huge", 1, 1);
  g_assert_nonnull (strstr (stream_of (&scene), "three"));
  g_assert_cmpuint (g_bytes_get_size (scene.body), >, 10 * 1024 * 1024);
  scene_clear (&scene);
}

static void
latencies_change_nothing_else (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };
  const ProviderLatency latency = { 5, 5, 1 };
  gchar *first;

  scene_init (&scene, &settings);
  first = g_strdup (stream_of (&scene));
  provider_peer_set_latency (scene.peer, &latency);
  g_assert_cmpuint (strlen (stream_of (&scene)), ==, strlen (first));
  g_free (first);
  scene_clear (&scene);
}

static void
tls_good_and_bad (void)
{
  Scene scene;
  ProviderPeerSettings settings = {.pem = PEER_PEM,.bad_pem = PEER_BAD_PEM };

  scene_init (&scene, &settings);
  add_fault (&scene, "bad-tls", 1, 0);
  g_assert_cmpuint (status_of (&scene), ==, 0);
  g_assert_error (scene.error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE);
  g_assert_cmpuint (status_of (&scene), ==, 200);
  scene_clear (&scene);
}

static void
sockets (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };
  const ProviderMessage *message;

  scene_init (&scene, &settings);
  g_assert_cmpuint (open_socket (&scene, SPEAK), ==, 101);
  speak (&scene, "one two");
  wait_messages (&scene, 4);
  g_assert_cmpuint (size_of (&scene, 1), ==, WORD);
  g_assert_cmpuint (size_of (&scene, 2), ==, WORD);
  provider_peer_wait_sent (scene.peer, 4);
  message = provider_peer_find (scene.peer, "Flush", 0);
  g_assert_true (message == provider_peer_message (scene.peer, 1));
  g_assert_cmpuint (message->request, ==, 0);
  g_assert_false (message->binary);
  g_assert_cmpuint (provider_peer_n_messages (scene.peer), ==, 2);
  soup_websocket_connection_send_text (scene.socket, "{\"type\":\"Close\"}");
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 1000);
  provider_peer_wait_over (scene.peer, 1);
  scene_clear (&scene);
}

static void
sockets_that_are_refused (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  add_fault (&scene, "429", 1, 0);
  g_assert_cmpuint (open_socket (&scene, SPEAK), ==, 429);
  g_assert_cmpuint (open_socket (&scene, "/v1/speak?encoding=x"), ==, 400);
  g_assert_cmpuint (open_socket (&scene, "/nowhere"), ==, 404);
  /* These accept first. */
  add_fault (&scene, "401", 1, 0);
  g_assert_cmpuint (open_socket (&scene, "/v3/ws"), ==, 101);
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 1008);
  scene_clear (&scene);
}

static void
sockets_that_break (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  add_fault (&scene, "reset", 1, 2);
  open_socket (&scene, SPEAK);
  speak (&scene, "one two three");
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 0);
  add_fault (&scene, "malformed", 1, 0);
  open_socket (&scene, SPEAK);
  wait_messages (&scene, 1);
  g_assert_cmpuint (size_of (&scene, 0), ==, 11);
  add_fault (&scene, "order", 1, 0);
  open_socket (&scene, SPEAK);
  speak (&scene, "one");
  wait_messages (&scene, 2);
  g_assert_cmpuint (size_of (&scene, 0), ==, WORD);
  add_fault (&scene, "huge", 1, 0);
  open_socket (&scene, SPEAK);
  wait_messages (&scene, 2);
  g_assert_cmpuint (size_of (&scene, 0), >=, 10 * 1024 * 1024);
  /* Frames with a short length and with a long one. */
  add_fault (&scene, "slow", 2, 0);
  open_socket (&scene, SPEAK);
  wait_messages (&scene, 1);
  g_assert_cmpuint (size_of (&scene, 0), <=, 125);
  open_socket (&scene, SPEAK "&model=aura-2-of-a-rather-long-name");
  wait_messages (&scene, 1);
  g_assert_cmpuint (size_of (&scene, 0), >, 125);
  g_assert_true (was_told (&scene, "\"new_member\":1}"));
  scene_clear (&scene);
}

static void
breaks_what_is_open (void)
{
  Scene scene;
  ProviderPeerSettings settings = { 0 };

  scene_init (&scene, &settings);
  open_socket (&scene, SPEAK);
  wait_messages (&scene, 1);
  g_assert_true (provider_peer_break (scene.peer, "stall-body"));
  speak (&scene, "one two");
  wait_arrived (&scene, 1, 2);
  provider_peer_mend (scene.peer);
  wait_messages (&scene, 4);
  g_assert_true (provider_peer_break (scene.peer, "reset"));
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 0);
  g_assert_false (provider_peer_break (scene.peer, "401"));
  scene_clear (&scene);
}

/* 100 ms each: loud or not. */
static void
send_sound (Scene * scene, guint pieces, gint16 value)
{
  gint16 samples[1600];

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    samples[i] = i & 32 ? value : -value;
  for (guint i = 0; i < pieces; i++)
    soup_websocket_connection_send_binary (scene->socket, samples,
        sizeof samples);
}

#define LISTEN "/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000"

static void
hears_each_text_once (void)
{
  Scene scene;
  ProviderPeerSettings settings = {.script =
        "{\"hear\":[\"first text\",\"second text\"]}"
  };

  scene_init (&scene, &settings);
  open_socket (&scene, LISTEN);
  send_sound (&scene, 5, 3000);
  wait_arrived (&scene, 1, 5);
  /* What was not said to its end is heard again. */
  g_assert_true (provider_peer_break (scene.peer, "reset"));
  wait_closed (&scene);
  open_socket (&scene, LISTEN);
  send_sound (&scene, 5, 3000);
  send_sound (&scene, 5, 0);
  wait_messages (&scene, 1);
  g_assert_true (was_told (&scene, "\"transcript\":\"first text\""));
  send_sound (&scene, 5, 3000);
  send_sound (&scene, 5, 0);
  wait_messages (&scene, 2);
  g_assert_true (was_told (&scene, "\"transcript\":\"second text\""));
  g_assert_true (was_told (&scene, "\"start\":1.000"));
  scene_clear (&scene);
}

static void
hangs_up_when_starved (void)
{
  Scene scene;
  ProviderPeerSettings settings = {.idle_ms = 20 };

  scene_init (&scene, &settings);
  open_socket (&scene, LISTEN);
  wait_closed (&scene);
  g_assert_cmpuint (scene.close_code, ==, 1011);
  scene_clear (&scene);
}

/* One request after the other on a connection, and faults in them. */
static void
keeps_connections (const ProviderPeerSettings * settings)
{
  Scene scene;
  guint64 first = 0;

  scene_init (&scene, settings);
  scene.reuses = TRUE;
  g_assert_true (provider_peer_add_fault (scene.peer, "reset", 1, 1, 0));
  g_assert_cmpuint (status_of (&scene), ==, 0);
  for (guint i = 0; i < 3; i++) {
    SoupMessage *message = ask (&scene, i > 0);
    guint64 id;

    wait_over (&scene);
    g_assert_no_error (scene.error);
    id = soup_message_get_connection_id (message);
    g_assert_true (i == 0 || id == first);
    first = id;
    g_object_unref (message);
  }
  scene_clear (&scene);
}

static void
kept (void)
{
  const ProviderPeerSettings settings = {.keep = TRUE };
  const ProviderPeerSettings with_tls = {.keep = TRUE,.pem = PEER_PEM };

  keeps_connections (&settings);
  keeps_connections (&with_tls);
}

static void
traces (void)
{
  gchar *text = NULL;
  gsize size = 0;
  FILE *trace = open_memstream (&text, &size);
  ProviderPeerSettings settings = {.trace = trace };
  gchar **lines;
  Scene scene;

  scene_init (&scene, &settings);
  g_assert_cmpuint (status_of (&scene), ==, 200);
  open_socket (&scene, LISTEN);
  send_sound (&scene, 5, 3000);
  wait_arrived (&scene, 2, 5);
  scene_clear (&scene);
  fclose (trace);
  lines = g_strsplit (text, "\n", 0);
  g_assert_nonnull (strstr (lines[0], " asked openai-chat "));
  g_assert_nonnull (strstr (lines[0], "one two three"));
  g_assert_nonnull (strstr (lines[1], " sent openai-chat "));
  g_assert_nonnull (strstr (lines[2], " asked deepgram-listen 0"));
  g_assert_nonnull (strstr (lines[3], " got deepgram-listen "));
  g_strfreev (lines);
  free (text);
}

int
main (int argc, char **argv)
{
  http_test_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/provider-peer/" #name, name)
  ADD (says_what_was_said);
  ADD (follows_a_script);
  ADD (only_that_key);
  ADD (wrong_settings);
  ADD (refusals);
  ADD (from_the_nth_for_so_many);
  ADD (connections_that_are_refused_count);
  ADD (of_one_protocol);
  ADD (stalls_until_mended);
  ADD (ends_while_it_stalls);
  ADD (bodies_that_break);
  ADD (latencies_change_nothing_else);
  ADD (tls_good_and_bad);
  ADD (sockets);
  ADD (sockets_that_are_refused);
  ADD (sockets_that_break);
  ADD (breaks_what_is_open);
  ADD (hears_each_text_once);
  ADD (hangs_up_when_starved);
  ADD (kept);
  ADD (traces);
#undef ADD
  return http_test_run ();
}
