/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Links over a WebSocket: refusals, messages both ways, ends of every kind,
 * what is unsent, what is owed, and that nothing comes once one was closed. TLS
 * is in the test of deepgramstt.
 */
#include "http-harness.h"
#include "link-scene.h"

#include <libsoup/soup.h>
#include <string.h>

#define BIG (10 * 1024 * 1024)

GST_VOICE_API const gchar *__lsan_default_suppressions (void);
GST_VOICE_API const gchar *__asan_default_options (void);

/* libsoup's server leaks these, and its client what a handshake with a wrong
 * key had agreed on. That they are its own is seen in whole stacks only. */
const gchar *
__lsan_default_suppressions (void)
{
  return "leak:g_socket_accept\nleak:soup_server_listen_local\n"
      "leak:soup_websocket_client_verify_handshake\n";
}

const gchar *
__asan_default_options (void)
{
  return "fast_unwind_on_malloc=0";
}

static const gchar script[] = "{"
    "'/401': {'status': 401, 'headers': {'dg-request-id': 'r-1',"
    "  'dg-error': 'Invalid credentials.'}, 'steps': ['no']},"
    "'/403': {'status': 403, 'steps': ['no', {'hang': true}]},"
    "'/429': {'status': 429, 'headers': {'Retry-After': '7'}},"
    "'/500': {'status': 500, 'steps': [{'fill': 10485760}]},"
    "'/200': {'steps': ['a page']},"
    "'/301': {'status': 301, 'headers': {'Location': '/200'}},"
    "'/407': {'status': 407},"
    "'/101': {'status': 101, 'headers': {'Upgrade': 'websocket',"
    "  'Connection': 'Upgrade', 'Sec-WebSocket-Accept': 'x'}},"
    "'/101-deflate': {'status': 101, 'headers': {'Upgrade': 'websocket',"
    "  'Connection': 'Upgrade', 'Sec-WebSocket-Extensions':"
    "  'permessage-deflate'}},"
    "'/101-bound': {'status': 101, 'headers': {'Upgrade': 'websocket',"
    "  'Connection': 'Upgrade', 'Sec-WebSocket-Extensions':"
    "  'x-gst-voice-bound; max=99999999999'}},"
    "'/garbage': {'status': 0, 'steps': [{'raw': 'SSH-2.0-x\\r\\n\\r\\n'},"
    "  {'close': true}]},"
    "'/gone': {'status': 0, 'steps': [{'close': true}]},"
    "'/hang': {'status': 0, 'steps': [{'hang': true}]}}";

/* A WebSocket server in a thread of its own. */
typedef struct
{
  GThread *thread;
  GMainLoop *loop;
  GList *connections;           /* server thread only */

  /* lock */
  GMutex lock;
  GCond changed;
  guint port;
  guint n_open, n_closed;
  gushort close_code;           /* of the last that closed */
  GString *got;                 /* texts, one after the other */
  guint64 bytes;
  gboolean thawed;              /* what was frozen goes on */
} Server;

static void
peer_got (SoupWebsocketConnection * connection, gint type, GBytes * message,
    gpointer data)
{
  Server *server = data;
  gsize size;
  const gchar *text = g_bytes_get_data (message, &size);
  GUri *uri = soup_websocket_connection_get_uri (connection);

  g_mutex_lock (&server->lock);
  if (type == SOUP_WEBSOCKET_DATA_TEXT)
    g_string_append_printf (server->got, "%.*s ", (gint) size, text);
  server->bytes += size;
  g_cond_broadcast (&server->changed);
  while (g_str_has_prefix (g_uri_get_path (uri), "/freeze")
      && !server->thawed)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
  if (g_str_has_prefix (g_uri_get_path (uri), "/echo"))
    soup_websocket_connection_send_message (connection, type, message);
}

static void
peer_closed (SoupWebsocketConnection * connection, gpointer data)
{
  Server *server = data;

  g_mutex_lock (&server->lock);
  server->n_closed++;
  server->close_code = soup_websocket_connection_get_close_code (connection);
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

/* Half a message, and nothing more. */
static void
cut (SoupWebsocketConnection * connection)
{
  static const guint8 half[] = { 0x82, 0x7e, 0x10, 0x00, 'h', 'a', 'l', 'f' };
  GIOStream *stream = soup_websocket_connection_get_io_stream (connection);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), half,
      sizeof half, NULL, NULL, NULL);
  g_io_stream_close (stream, NULL, NULL);
}

/* RFC 6455 §5.4, with a ping between the fragments. */
static void
send_fragments (SoupWebsocketConnection * connection)
{
  static const guint8 frames[] = { 0x01, 0x03, 'i', 'n', ' ', 0x89, 0x01, 'p',
    0x00, 0x06, 'p', 'i', 'e', 'c', 'e', 's', 0x80, 0x00
  };
  GIOStream *stream = soup_websocket_connection_get_io_stream (connection);

  g_output_stream_write_all (g_io_stream_get_output_stream (stream), frames,
      sizeof frames, NULL, NULL, NULL);
}

/* A message that has no end, for as long as somebody takes it. */
static void
send_endless (SoupWebsocketConnection * connection)
{
  GOutputStream *out = g_io_stream_get_output_stream
      (soup_websocket_connection_get_io_stream (connection));
  guint8 frame[4 + 0x8000] = { 0x02, 0x7e, 0x80, 0x00 };

  while (g_output_stream_write_all (out, frame, sizeof frame, NULL, NULL, NULL))
    frame[0] = 0x00;
}

static void
send_big (SoupWebsocketConnection * connection, gsize size)
{
  gchar *text = g_strnfill (size, 'x');

  soup_websocket_connection_send_text (connection, text);
  /* Who cannot take so much may be gone already. */
  if (soup_websocket_connection_get_state (connection)
      == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_send_text (connection, "done");
  g_free (text);
}

static void
peer_opened (SoupServer * soup, SoupServerMessage * msg, const gchar * path,
    SoupWebsocketConnection * connection, gpointer data)
{
  Server *server = data;
  guint64 n = 0;

  server->connections = g_list_prepend (server->connections,
      g_object_ref (connection));
  soup_websocket_connection_set_max_incoming_payload_size (connection, 0);
  g_signal_connect (connection, "message", G_CALLBACK (peer_got), server);
  g_signal_connect (connection, "closed", G_CALLBACK (peer_closed), server);
  if (g_str_has_prefix (path, "/close/")) {
    g_ascii_string_to_unsigned (path + 7, 10, 0, 9999, &n, NULL);
    soup_websocket_connection_close (connection, n, n == 1005 ? NULL : "why");
  } else if (g_str_has_prefix (path, "/big/")) {
    g_ascii_string_to_unsigned (path + 5, 10, 0, G_MAXUINT32, &n, NULL);
    send_big (connection, n);
  } else if (strcmp (path, "/cut") == 0) {
    cut (connection);
  } else if (strcmp (path, "/fragments") == 0) {
    send_fragments (connection);
  } else if (strcmp (path, "/endless") == 0) {
    send_endless (connection);
  } else if (strcmp (path, "/two") == 0) {
    soup_websocket_connection_send_text (connection, "one");
    soup_websocket_connection_send_text (connection, "two");
  } else if (strcmp (path, "/one") == 0) {
    soup_websocket_connection_send_text (connection, "one");
  } else if (strcmp (path, "/key") == 0) {
    soup_websocket_connection_send_text (connection,
        soup_message_headers_get_one (soup_server_message_get_request_headers
            (msg), "Authorization"));
  } else if (strcmp (path, "/not-utf8") == 0) {
    static const guint8 bad[] = { 0x81, 0x02, 0xff, 0xfe };

    g_output_stream_write_all (g_io_stream_get_output_stream
        (soup_websocket_connection_get_io_stream (connection)), bad,
        sizeof bad, NULL, NULL, NULL);
  }
  g_mutex_lock (&server->lock);
  server->n_open++;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

static gpointer
serve (gpointer data)
{
  Server *server = data;
  GMainContext *context = g_main_context_new ();
  GError *error = NULL;
  SoupServer *soup;
  GSList *uris;
  gint port;

  g_main_context_push_thread_default (context);
  soup = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (soup, NULL, NULL, NULL, peer_opened,
      server, NULL);
  soup_server_listen_local (soup, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (soup);
  port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  server->loop = g_main_loop_new (context, FALSE);
  g_mutex_lock (&server->lock);
  server->port = port;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
  g_main_loop_run (server->loop);
  for (GList * l = server->connections; l; l = l->next)
    g_signal_handlers_disconnect_by_data (l->data, server);
  g_list_free_full (server->connections, g_object_unref);
  soup_server_disconnect (soup);
  g_object_unref (soup);
  while (g_main_context_iteration (context, FALSE));
  g_main_loop_unref (server->loop);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return NULL;
}

static void
server_begin (Server * server)
{
  memset (server, 0, sizeof *server);
  g_mutex_init (&server->lock);
  g_cond_init (&server->changed);
  server->got = g_string_new (NULL);
  server->thread = g_thread_new ("server", serve, server);
  g_mutex_lock (&server->lock);
  while (!server->port)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

static gboolean
quit (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
server_end (Server * server)
{
  /* The thread may let go of it before attaching is over. */
  GMainContext *context =
      g_main_context_ref (g_main_loop_get_context (server->loop));
  GSource *source = g_idle_source_new ();

  g_source_set_callback (source, quit, server->loop, NULL);
  g_source_attach (source, context);
  g_source_unref (source);
  g_thread_join (server->thread);
  g_main_context_unref (context);
  g_string_free (server->got, TRUE);
  g_mutex_clear (&server->lock);
  g_cond_clear (&server->changed);
}

static void
server_thaw (Server * server)
{
  g_mutex_lock (&server->lock);
  server->thawed = TRUE;
  g_cond_broadcast (&server->changed);
  g_mutex_unlock (&server->lock);
}

static void
server_wait_closed (Server * server, guint n)
{
  g_mutex_lock (&server->lock);
  while (server->n_closed < n)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

static void
server_wait_open (Server * server, guint n)
{
  g_mutex_lock (&server->lock);
  while (server->n_open < n)
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

static void
server_wait_got (Server * server, const gchar * text)
{
  g_mutex_lock (&server->lock);
  while (!strstr (server->got->str, text))
    g_cond_wait (&server->changed, &server->lock);
  g_mutex_unlock (&server->lock);
}

typedef struct
{
  World w;
  LinkScene s;
  Server server;
} Test;

/* libsoup's server complains of clients that have gone already. */
static gboolean
is_fatal (const gchar * domain, GLogLevelFlags level, const gchar * message,
    gpointer data)
{
  return g_strcmp0 (domain, "libsoup") != 0;
}

static void
begin (Test * t)
{
  gchar *json = g_strdelimit (g_strdup (script), "'", '"');

  g_test_log_set_fatal_handler (is_fatal, NULL);
  world_begin_with (&t->w, json, NULL);
  server_begin (&t->server);
  link_scene_begin (&t->s);
  g_free (json);
}


static void
end (Test * t)
{
  if (t->s.error) {
    g_assert_null (strstr (t->s.error->message, SECRET));
    g_assert_null (strstr (t->s.error->message, "?"));
    g_assert_nonnull (strstr (t->s.error->message, ": "));
  }
  link_scene_end (&t->s);
  gst_voice_io_unref ();
  gst_voice_io_ref ();
  server_end (&t->server);
  world_end (&t->w);
}

static GstVoiceLink *
to_url (Test * t, const gchar * url)
{
  static const GstVoiceLinkDeadlines deadlines = { PATIENCE_MS, PATIENCE_MS,
    PATIENCE_MS, PATIENCE_MS
  };
  GstVoiceLink *link = gst_voice_link_new_socket (t->s.stage, url);

  gst_voice_link_set_header (link, "Authorization", "Token " SECRET);
  gst_voice_link_set_deadlines (link, &deadlines);
  return link;
}

static GstVoiceLink *
to (Test * t, const gchar * path)
{
  gchar *url = g_strdup_printf ("ws://127.0.0.1:%u%s?key=" SECRET,
      t->server.port, path);
  GstVoiceLink *link = to_url (t, url);

  g_free (url);
  return link;
}

/* At the peer that speaks HTTP. */
static GstVoiceLink *
to_http (Test * t, const gchar * path)
{
  gchar *base = http_peer_url (t->w.peer, path);
  gchar *url = g_strconcat ("ws", base + 4, "?key=" SECRET, NULL);
  GstVoiceLink *link = to_url (t, url);

  g_free (url);
  g_free (base);
  return link;
}

static void
send_hello (LinkScene * s)
{
  GBytes *bytes = g_bytes_new_static ("bytes", 5);

  gst_voice_link_send_text (s->link, "hello");
  gst_voice_link_send_binary (s->link, bytes);
  g_bytes_unref (bytes);
}

static void
messages_go_both_ways (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/echo"));
  link_scene_do (&t.s, send_hello);
  link_scene_wait_told (&t.s, "[bytes]");
  assert_told (&t.s, "open :hello [bytes]");
  link_scene_do (&t.s, send_hello);
  link_scene_wait_told (&t.s, "[bytes] :hello [bytes]");
  g_assert_cmpuint (gst_voice_link_unsent (t.s.link), ==, 0);
  g_clear_pointer (&t.s.link, gst_voice_link_close);
  server_wait_closed (&t.server, 1);
  g_assert_cmpuint (t.server.close_code, ==, 1000);
  end (&t);
}

static void
the_key_goes_along (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/key"));
  link_scene_wait_told (&t.s, "Token " SECRET);
  end (&t);
}

static void
refusals_are_told_by_status (void)
{
  static const struct
  {
    const gchar *path;
    guint status;
    GstVoiceError code;
  } rows[] = {
    {"/401", 401, GST_VOICE_ERROR_AUTH},
    {"/403", 403, GST_VOICE_ERROR_AUTH},
    {"/429", 429, GST_VOICE_ERROR_RATE_LIMITED},
    {"/500", 500, GST_VOICE_ERROR_SERVER},
    {"/200", 200, GST_VOICE_ERROR_UNSUPPORTED},
    {"/301", 301, GST_VOICE_ERROR_BAD_RESPONSE},
    {"/407", 407, GST_VOICE_ERROR_DISCONNECTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t;

    begin (&t);
    link_scene_open (&t.s, to_http (&t, rows[i].path));
    assert_ended_with (&t.s, rows[i].code);
    assert_told (&t.s, "end");
    g_assert_cmpuint (t.s.status, ==, rows[i].status);
    g_assert_cmpuint (t.s.close_code, ==, 0);
    g_assert_false (t.s.received);
    if (i == 0) {
      g_assert_cmpstr (t.s.request_id, ==, "r-1");
      g_assert_cmpstr (t.s.body, ==, "Invalid credentials.");
    }
    g_assert_cmpint (t.s.retry_after, ==, rows[i].status == 429 ? 7000 : -1);
    end (&t);
  }
}

static void
what_is_no_websocket_is_told (void)
{
  static const struct
  {
    const gchar *path;
    GstVoiceError code;
  } rows[] = {
    {"/101", GST_VOICE_ERROR_BAD_RESPONSE},
    {"/garbage", GST_VOICE_ERROR_BAD_RESPONSE},
    {"/gone", GST_VOICE_ERROR_DISCONNECTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t;

    begin (&t);
    link_scene_open (&t.s, to_http (&t, rows[i].path));
    assert_ended_with (&t.s, rows[i].code);
    g_assert_cmpuint (t.s.status, ==, 0);
    end (&t);
  }
}

static void
nobody_there (void)
{
  Test t;
  guint16 port;
  GSocket *socket = http_peer_refusing (&port);
  gchar *url = g_strdup_printf ("ws://127.0.0.1:%u/", port);

  begin (&t);
  link_scene_open (&t.s, to_url (&t, url));
  assert_ended_with (&t.s, GST_VOICE_ERROR_DISCONNECTED);
  g_assert_nonnull (strstr (t.s.error->message, "refused the connection"));
  end (&t);
  g_free (url);
  g_object_unref (socket);
}

static void
the_connection_has_a_deadline (void)
{
  static const GstVoiceLinkDeadlines deadlines = {.connect = SHORT_MS };
  guint16 port;
  GSocket *socket = http_peer_deaf (&port);
  gchar *deaf = g_strdup_printf ("ws://127.0.0.1:%u/", port);

  for (guint i = 0; i < 2; i++) {
    Test t;
    GstVoiceLink *link;

    begin (&t);
    link = i ? to_http (&t, "/hang") : to_url (&t, deaf);
    gst_voice_link_set_deadlines (link, &deadlines);
    link_scene_open (&t.s, link);
    assert_ended_with (&t.s, GST_VOICE_ERROR_CONNECT_TIMEOUT);
    end (&t);
  }
  g_free (deaf);
  g_object_unref (socket);
}

static void
what_cannot_be_sent_is_told (void)
{
  static const gchar *const urls[] = { "", "ws", "ftp://host/", "ws:///x" };

  for (guint i = 0; i <= G_N_ELEMENTS (urls); i++) {
    Test t;
    GstVoiceLink *link;

    begin (&t);
    link = to_url (&t, i < G_N_ELEMENTS (urls) ? urls[i] : "ws://127.0.0.1/");
    if (i == G_N_ELEMENTS (urls))
      gst_voice_link_set_header (link, "X-Key", SECRET "\r\nX: y");
    link_scene_open (&t.s, link);
    assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_REQUEST);
    end (&t);
  }
}

static void
close_codes_are_told (void)
{
  static const struct
  {
    guint code;
    gint error;                 /* -1: none */
  } rows[] = {
    {1000, -1}, {1001, GST_VOICE_ERROR_DISCONNECTED},
    {1005, GST_VOICE_ERROR_DISCONNECTED}, {1008, GST_VOICE_ERROR_BAD_REQUEST},
    {1011, GST_VOICE_ERROR_SERVER}, {4001, GST_VOICE_ERROR_DISCONNECTED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *path = g_strdup_printf ("/close/%u", rows[i].code);
    Test t;

    begin (&t);
    link_scene_open (&t.s, to (&t, path));
    link_scene_wait_over (&t.s);
    assert_told (&t.s, "open end");
    if (rows[i].error < 0)
      g_assert_no_error (t.s.error);
    else
      g_assert_error (t.s.error, GST_VOICE_ERROR, rows[i].error);
    g_assert_cmpuint (t.s.close_code, ==, rows[i].code);
    g_assert_cmpstr (t.s.reason, ==, rows[i].code == 1005 ? NULL : "why");
    end (&t);
    g_free (path);
  }
}

static void
a_cut_is_told (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/cut"));
  assert_ended_with (&t.s, GST_VOICE_ERROR_DISCONNECTED);
  assert_told (&t.s, "open end");
  g_assert_cmpuint (t.s.close_code, ==, 0);
  end (&t);
}

static void
broken_text_is_a_bad_response (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/not-utf8"));
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
  end (&t);
}

static void
messages_are_bounded (void)
{
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/big/10485760");
  gst_voice_link_set_max_message (link, BIG);
  link_scene_open (&t.s, link);
  link_scene_wait_told (&t.s, "done");
  link_scene_settle (&t.s);
  g_assert_cmpuint (t.s.bytes, ==, BIG + 4);
  end (&t);

  begin (&t);
  link_scene_open (&t.s, to (&t, "/big/10485760"));
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
  g_assert_nonnull (strstr (t.s.error->message, "4194304"));
  end (&t);
}

/* Each is within the bounds. */
static void
fragments_are_bounded_together (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/fragments"));
  link_scene_wait_told (&t.s, "in pieces");
  assert_told (&t.s, "open :in pieces");
  end (&t);

  begin (&t);
  link_scene_open (&t.s, to (&t, "/endless"));
  assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
  g_assert_nonnull (strstr (t.s.error->message, "4194304"));
  end (&t);
}

/* Not even ours. */
static void
extensions_are_not_asked_for (void)
{
  static const gchar *const paths[] = { "/101-deflate", "/101-bound" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    Test t;

    begin (&t);
    link_scene_open (&t.s, to_http (&t, paths[i]));
    assert_ended_with (&t.s, GST_VOICE_ERROR_BAD_RESPONSE);
    g_assert_null (g_hash_table_lookup (http_peer_request (t.w.peer,
                0)->headers, "sec-websocket-extensions"));
    end (&t);
  }
}

static void
expect (LinkScene * s)
{
  gst_voice_link_expect (s->link, TRUE);
}

static void
what_is_owed_has_deadlines (void)
{
  static const struct
  {
    const gchar *path;
    GstVoiceLinkDeadlines deadlines;
    GstVoiceError code;
  } rows[] = {
    {"/mute", {PATIENCE_MS, SHORT_MS, PATIENCE_MS, 0},
        GST_VOICE_ERROR_FIRST_BYTE_TIMEOUT},
    {"/one", {PATIENCE_MS, PATIENCE_MS, SHORT_MS, 0},
        GST_VOICE_ERROR_STALLED},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t;
    GstVoiceLink *link;

    begin (&t);
    link = to (&t, rows[i].path);
    gst_voice_link_set_deadlines (link, &rows[i].deadlines);
    link_scene_open (&t.s, link);
    link_scene_do (&t.s, expect);
    assert_ended_with (&t.s, rows[i].code);
    server_wait_closed (&t.server, 1);
    g_assert_cmpuint (t.server.close_code, ==, 1001);
    end (&t);
  }
}

static void
expect_no_more (LinkScene * s)
{
  gst_voice_link_expect (s->link, TRUE);
  gst_voice_link_expect (s->link, FALSE);
}

static void
silence_is_fine_where_nothing_is_owed (void)
{
  static const GstVoiceLinkDeadlines deadlines = { PATIENCE_MS, SHORT_MS,
    SHORT_MS, 0
  };
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/mute");
  gst_voice_link_set_deadlines (link, &deadlines);
  gst_voice_link_set_keep_alive (link, 2 * SHORT_MS, "here");
  link_scene_open (&t.s, link);
  link_scene_do (&t.s, expect_no_more);
  server_wait_got (&t.server, "here here ");
  assert_told (&t.s, "open");
  end (&t);
}

/* The stage is blocked by what is behind it, for longer than the deadline:
 * the keep-alive has a longer one. */
static void
our_own_delay_is_not_the_peers (void)
{
  static const GstVoiceLinkDeadlines deadlines = { PATIENCE_MS, PATIENCE_MS,
    SHORT_MS, 0
  };

  for (guint i = 0; i < 2; i++) {
    Test t;
    GstVoiceLink *link;

    begin (&t);
    t.s.block_at_first = TRUE;
    t.s.content_at = "two";
    link = to (&t, i ? "/one" : "/two");
    gst_voice_link_set_deadlines (link, &deadlines);
    gst_voice_link_set_keep_alive (link, 2 * SHORT_MS, "here");
    link_scene_open (&t.s, link);
    expect (&t.s);
    link_scene_wait_blocked (&t.s);
    server_wait_got (&t.server, "here here ");
    link_scene_go_on (&t.s);
    if (i) {
      /* Now it is the peer's. */
      assert_ended_with (&t.s, GST_VOICE_ERROR_STALLED);
    } else {
      server_wait_got (&t.server, "here here here here ");
      assert_told (&t.s, "open :one :two");
    }
    end (&t);
  }
}

static void
it_can_begin_later (void)
{
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/echo");
  gst_voice_link_set_delay (link, SHORT_MS);
  link_scene_open (&t.s, link);
  link_scene_do (&t.s, send_hello);
  link_scene_wait_told (&t.s, "[bytes]");
  assert_told (&t.s, "open :hello [bytes]");
  end (&t);

  begin (&t);
  link = to (&t, "/echo");
  gst_voice_link_set_delay (link, PATIENCE_MS);
  link_scene_open (&t.s, link);
  link_scene_do (&t.s, send_hello);
  end (&t);
}

static void
send_a_lot (LinkScene * s)
{
  gchar *data = g_malloc0 (1024 * 1024);
  GBytes *bytes = g_bytes_new_take (data, 1024 * 1024);

  for (guint i = 0; i < 5; i++)
    gst_voice_link_send_binary (s->link, bytes);
  g_bytes_unref (bytes);
}

static void
what_waits_is_bounded (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to_http (&t, "/hang"));
  link_scene_do (&t.s, send_a_lot);
  assert_ended_with (&t.s, GST_VOICE_ERROR_STALLED);
  link_scene_settle (&t.s);
  end (&t);
}

static void
send_far_too_much (LinkScene * s)
{
  for (guint i = 0; i < 8; i++)
    send_a_lot (s);
}

static void
a_peer_that_takes_nothing_is_not_waited_for (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/freeze"));
  link_scene_do (&t.s, send_hello);
  server_wait_got (&t.server, "hello");
  link_scene_do (&t.s, send_far_too_much);
  assert_ended_with (&t.s, GST_VOICE_ERROR_STALLED);
  server_thaw (&t.server);
  end (&t);
}

static void
send_pieces (LinkScene * s)
{
  gchar *data = g_malloc0 (32 * 1024);
  GBytes *bytes = g_bytes_new_take (data, 32 * 1024);

  for (guint i = 0; i < 100; i++)
    gst_voice_link_send_binary (s->link, bytes);
  gst_voice_link_send_text (s->link, "last");
  g_bytes_unref (bytes);
}

static void
what_waited_arrives (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/freeze"));
  link_scene_do (&t.s, send_hello);
  server_wait_got (&t.server, "hello");
  link_scene_do (&t.s, send_pieces);
  server_thaw (&t.server);
  server_wait_got (&t.server, "hello last ");
  g_assert_cmpuint (t.server.bytes, ==, 5 + 5 + 100 * 32 * 1024 + 4);
  g_assert_cmpuint (gst_voice_link_unsent (t.s.link), ==, 0);
  end (&t);
}

/* What was sent still arrives, and then it is closed. */
static void
send_and_close (LinkScene * s)
{
  for (guint i = 0; i < 100; i++)
    gst_voice_link_send_text (s->link, "more");
  gst_voice_link_send_text (s->link, "last");
  g_clear_pointer (&s->link, gst_voice_link_close);
}

static void
it_is_closed_behind_what_was_sent (void)
{
  Test t;

  begin (&t);
  link_scene_open (&t.s, to (&t, "/mute"));
  link_scene_wait_told (&t.s, "open");
  link_scene_do (&t.s, send_and_close);
  server_wait_closed (&t.server, 1);
  g_assert_cmpuint (t.server.close_code, ==, 1000);
  g_assert_true (g_str_has_suffix (t.server.got->str, "more last "));
  assert_told (&t.s, "open");
  end (&t);
}

static void
each_callback_may_close (void)
{
  static const gchar *const rows[][2] = {
    {"/echo", "open"}, {"/one", "one"}, {"/close/1011", "end"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Test t;

    begin (&t);
    t.s.close_at = rows[i][1];
    link_scene_open (&t.s, to (&t, rows[i][0]));
    link_scene_wait_told (&t.s, rows[i][1]);
    link_scene_settle (&t.s);
    g_assert_null (t.s.link);
    end (&t);
  }
}

/* The stage ends while the link is at each stage of its life. */
static void
it_can_be_closed_at_any_time (void)
{
  static const gchar *const paths[] = { "/echo", "/one", "/big/10485760",
    "/close/1000", "/cut", "/mute"
  };

  for (guint i = 0; i < 4 * G_N_ELEMENTS (paths); i++) {
    Test t;

    begin (&t);
    link_scene_open (&t.s, to (&t, paths[i / 4]));
    if (i % 4 > 0)
      link_scene_do (&t.s, send_hello);
    if (i % 4 > 1)
      server_wait_open (&t.server, 1);
    if (i % 4 > 2)
      link_scene_wait_told (&t.s, "open");
    end (&t);
  }
}

static void
a_peer_that_answers_pings_is_there (void)
{
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/echo");
  gst_voice_link_set_ping (link, 1);
  link_scene_open (&t.s, link);
  link_scene_do (&t.s, send_hello);
  link_scene_wait_told (&t.s, "[bytes]");
  end (&t);
}

static void
one_that_does_not_is_gone (void)
{
  Test t;
  GstVoiceLink *link;

  begin (&t);
  link = to (&t, "/freeze");
  gst_voice_link_set_ping (link, 1);
  link_scene_open (&t.s, link);
  link_scene_do (&t.s, send_hello);
  assert_ended_with (&t.s, GST_VOICE_ERROR_STALLED);
  server_thaw (&t.server);
  end (&t);
}

int
main (int argc, char **argv)
{
  int result;

  http_test_init (&argc, &argv);
  gst_init (&argc, &argv);
#define ADD(name) g_test_add_func ("/link-socket/" #name, name)
  ADD (messages_go_both_ways);
  ADD (the_key_goes_along);
  ADD (refusals_are_told_by_status);
  ADD (what_is_no_websocket_is_told);
  ADD (nobody_there);
  ADD (the_connection_has_a_deadline);
  ADD (what_cannot_be_sent_is_told);
  ADD (close_codes_are_told);
  ADD (a_cut_is_told);
  ADD (broken_text_is_a_bad_response);
  ADD (messages_are_bounded);
  ADD (fragments_are_bounded_together);
  ADD (extensions_are_not_asked_for);
  ADD (what_is_owed_has_deadlines);
  ADD (silence_is_fine_where_nothing_is_owed);
  ADD (our_own_delay_is_not_the_peers);
  ADD (it_can_begin_later);
  ADD (what_waits_is_bounded);
  ADD (a_peer_that_takes_nothing_is_not_waited_for);
  ADD (what_waited_arrives);
  ADD (it_is_closed_behind_what_was_sent);
  ADD (each_callback_may_close);
  ADD (it_can_be_closed_at_any_time);
  ADD (a_peer_that_answers_pings_is_there);
  ADD (one_that_does_not_is_gone);
  result = http_test_run ();
  gst_deinit ();
  return result;
}
