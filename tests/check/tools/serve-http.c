/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `gst-voice serve` over real sockets, with calls that have no processes: who
 * gets what, what a call tells, bounds, and what comes of those who leave.
 */
#include "../lib/http-harness.h"
#include "fixture.h"
#include "zygote-double.h"

#include <gst/gst.h>
#include <serve-http.h>
#include <string.h>

#define TRANSPORT "c=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:0\r\n" \
  "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" \
  "a=fingerprint:sha-256 " \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:" \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
#define OFFER "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" \
  "a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" TRANSPORT \
  "a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n"
#define TOKEN "a-token-for-this-test"

typedef struct
{
  ServeSettings settings;
  Zygote *zygote;
  WorkerRecords *records;
  ServeCalls *calls;
  ServeHttp *http;
} Scene;

static void
on_record (const gchar * call_id, const GError * error, gpointer data)
{
}

static void
set_up (Scene * scene, const gchar * token)
{
  GError *error = NULL;

  memset (scene, 0, sizeof *scene);
  zygote_double_begin ();
  scene->settings.personas = g_strsplit ("x/one.json,y/two.json", ",", 0);
  scene->settings.listen = g_strdup ("127.0.0.1:0");
  scene->settings.address = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  scene->settings.loopback = token == NULL;
  scene->settings.token = g_strdup (token);
  scene->settings.max_calls = 2;
  scene->zygote = zygote_start (NULL, NULL);
  scene->records = worker_records_new ("none", on_record, NULL, &error);
  g_assert_no_error (error);
  scene->calls = serve_calls_new (&scene->settings, scene->zygote,
      scene->records);
  scene->http = serve_http_new (&scene->settings, scene->calls, &error);
  g_assert_no_error (error);
}

static void
tear_down (Scene * scene)
{
  serve_http_free (scene->http);
  zygote_stop (scene->zygote);
  serve_calls_free (scene->calls);
  worker_records_free (scene->records);
  while (g_main_context_iteration (NULL, FALSE));
  serve_settings_clear (&scene->settings);
  zygote_double_end ();
}

/* Somebody who asks, in a thread of his own. */
typedef struct
{
  Scene *scene;
  gchar *request;
  const gchar *until;           /* then he leaves; NULL: reads to the end */
  GString *answer;
  GThread *thread;
  gint done;                    /* atomic */
} Client;

static gboolean
has_all (const Client * client)
{
  return client->until && strstr (client->answer->str, client->until);
}

static gpointer
run_client (gpointer data)
{
  Client *client = data;
  GSocketClient *socket = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (socket,
      "127.0.0.1", serve_http_get_port (client->scene->http), NULL, NULL);
  gchar part[4096];
  gssize n = 1;

  g_assert_nonnull (connection);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
          (connection)), client->request, strlen (client->request), NULL, NULL,
      NULL);
  while (n > 0 && !has_all (client)) {
    n = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM
            (connection)), part, sizeof part, NULL, NULL);
    if (n > 0)
      g_string_append_len (client->answer, part, n);
  }
  g_object_unref (connection);
  g_object_unref (socket);
  g_atomic_int_set (&client->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
begin (Client * client, Scene * scene, const gchar * head, const gchar * body,
    const gchar * until)
{
  client->scene = scene;
  client->until = until;
  client->done = FALSE;
  client->answer = g_string_new (NULL);
  client->request = body ? g_strdup_printf ("%s\r\nConnection: close\r\n"
      "Content-Length: %zu\r\n\r\n%s", head, strlen (body), body) :
      g_strdup_printf ("%s\r\nConnection: close\r\n\r\n", head);
  client->thread = g_thread_new ("client", run_client, client);
}

static gchar *
finish (Client * client)
{
  while (!g_atomic_int_get (&client->done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (client->thread);
  g_free (client->request);
  return g_string_free (client->answer, FALSE);
}

static gchar *
ask (Scene * scene, const gchar * head, const gchar * body)
{
  Client client;

  begin (&client, scene, head, body, NULL);
  return finish (&client);
}

/* @line: the method, the path and what is between them and the end of the
 * head. */
static void
expect (Scene * scene, const gchar * head, const gchar * body,
    const gchar * status, const gchar * part)
{
  gchar *answer = ask (scene, head, body);

  if (!g_str_has_prefix (answer + strlen ("HTTP/1.1 "), status)
      || !strstr (answer, part))
    g_error ("no %s with '%s' in: %s", status, part, answer);
  g_assert_nonnull (strstr (answer, "Content-Security-Policy: default-src "
          "'none'; script-src 'self'"));
  g_assert_null (strstr (answer, "Access-Control"));
  g_free (answer);
}

#define LOCAL " HTTP/1.1\r\nHost: localhost:1"
#define SDP LOCAL "\r\nContent-Type: application/sdp"

static void
pages (void)
{
  Scene scene;

  set_up (&scene, NULL);
  expect (&scene, "GET /" LOCAL, NULL, "200", "<!doctype html>");
  expect (&scene, "GET /page.js" LOCAL, NULL, "200", "'use strict'");
  expect (&scene, "GET /page.css" LOCAL, NULL, "200", "text/css");
  expect (&scene, "GET /personas" LOCAL, NULL, "200", "[\"one\", \"two\"]");
  expect (&scene, "POST /" LOCAL, "x", "405", "Allow: GET");
  expect (&scene, "GET /index.html" LOCAL, NULL, "404", "nothing");
  expect (&scene, "GET /../../etc/passwd" LOCAL, NULL, "404", "nothing");
  expect (&scene, "GET /%2e%2e/etc/passwd" LOCAL, NULL, "404", "nothing");
  tear_down (&scene);
}

/* A page of others, a name of others, bodies without end. */
static void
strangers (void)
{
  gchar *big = g_strnfill (SERVE_MAX_OFFER + 1, 'x');
  Scene scene;

  set_up (&scene, NULL);
  expect (&scene, "GET / HTTP/1.1\r\nHost: evil.example", NULL, "421", "name");
  expect (&scene, "GET /" LOCAL "\r\nOrigin: http://evil.example", NULL, "403",
      "others");
  expect (&scene, "GET /" LOCAL "\r\nOrigin: http://localhost:1", NULL, "200",
      "html");
  expect (&scene, "POST /call" SDP, big, "413", "long");
  expect (&scene, "POST /call" SDP "\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n", NULL, "411", "long");
  expect (&scene, "POST /call" LOCAL, OFFER, "415", "application/sdp");
  expect (&scene, "POST /call" SDP, "", "400", "description");
  expect (&scene, "POST /call" SDP, "v=0\r\n", "400", "audio");
  expect (&scene, "POST /call?persona=three" SDP, OFFER, "404", "persona");
  expect (&scene, "GET /call" LOCAL, NULL, "405", "Allow: POST");
  expect (&scene, "DELETE /call/x" LOCAL, NULL, "404", "no such call");
  expect (&scene, "GET /call//events" LOCAL, NULL, "404", "no such call");
  g_assert_cmpuint (zygote_double_orders->len, ==, 0);
  tear_down (&scene);
  g_free (big);
}

static void
token (void)
{
  Scene scene;

  set_up (&scene, TOKEN);
  expect (&scene, "GET / HTTP/1.1\r\nHost: any", NULL, "200", "html");
  expect (&scene, "GET /personas HTTP/1.1\r\nHost: any", NULL, "401",
      "WWW-Authenticate: Bearer");
  expect (&scene, "POST /call" SDP, OFFER, "401", "token");
  expect (&scene, "POST /call" SDP "\r\nAuthorization: Bearer x", OFFER, "401",
      "token");
  expect (&scene, "GET /personas HTTP/1.1\r\nHost: any\r\n"
      "Authorization: Bearer " TOKEN, NULL, "200", "one");
  g_assert_cmpuint (zygote_double_orders->len, ==, 0);
  tear_down (&scene);
}

static const ZygoteDoubleOrder *
wait_for_order (guint n)
{
  while (zygote_double_orders->len < n)
    g_main_context_iteration (NULL, TRUE);
  return g_ptr_array_index (zygote_double_orders, n - 1);
}

/* (transfer full): where the call is */
static gchar *
call (Scene * scene, const gchar ** id)
{
  guint n = zygote_double_orders->len + 1;
  const ZygoteDoubleOrder *order;
  gchar *answer, *location;
  Client client;

  begin (&client, scene, "POST /call?persona=two" SDP, OFFER, NULL);
  order = wait_for_order (n);
  g_assert_cmpstr (order->offer, ==, OFFER);
  g_assert_cmpstr (order->persona, ==, "y/two.json");
  *id = order->call_id;
  zygote_double_report (scene->zygote, *id,
      "{\"type\": \"answer\", \"sdp\": \"v=0 ours\"}");
  answer = finish (&client);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 201 "));
  g_assert_nonnull (strstr (answer, "Content-Type: application/sdp"));
  g_assert_true (g_str_has_suffix (answer, "\r\n\r\nv=0 ours"));
  location = strstr (answer, "Location: ") + strlen ("Location: ");
  location = g_strndup (location, strcspn (location, "\r"));
  g_assert_true (g_str_has_prefix (location, "/call/"));
  g_assert_null (strstr (location, *id));
  g_free (answer);
  return location;
}

static void
report_line (Scene * scene, const gchar * id, const gchar * line)
{
  gchar *json = g_strdup_printf ("{\"type\": \"event\", \"line\": \"%s\"}",
      line);

  zygote_double_report (scene->zygote, id, json);
  g_free (json);
}

static gchar *
watch (Scene * scene, const gchar * location, const gchar * more,
    const gchar * until)
{
  gchar *head = g_strdup_printf ("GET %s/events" LOCAL "%s", location, more);
  gchar *answer;
  Client client;

  begin (&client, scene, head, NULL, until);
  answer = finish (&client);
  g_assert_nonnull (strstr (answer, "Content-Type: text/event-stream"));
  g_free (head);
  return answer;
}

static void
a_call (void)
{
  gchar *location, *answer, *path;
  const gchar *id;
  Scene scene;

  set_up (&scene, NULL);
  location = call (&scene, &id);
  report_line (&scene, id, "first");
  report_line (&scene, id, "second");
  answer = watch (&scene, location, "", "id: 2\ndata: second\n\n");
  g_assert_nonnull (strstr (answer, "id: 1\ndata: first\n\n"));
  g_free (answer);
  answer = watch (&scene, location, "\r\nLast-Event-ID: 1", "second");
  g_assert_null (strstr (answer, "first"));
  g_free (answer);
  path = g_strconcat ("POST ", location, "/text" LOCAL
      "\r\nContent-Type: text/plain", NULL);
  expect (&scene, path, " half past nine ", "204", "");
  expect (&scene, path, "\xff", "400", "UTF-8");
  g_free (path);
  path = g_strconcat ("PATCH ", location, LOCAL, NULL);
  expect (&scene, path, NULL, "405", "Allow: DELETE");
  g_free (path);
  path = g_strconcat ("DELETE ", location, LOCAL, NULL);
  expect (&scene, path, NULL, "200", "");
  g_free (path);
  g_assert_cmpstr (zygote_double_told->str, ==, "type(half past nine) leave()");
  zygote_double_report (scene.zygote, id, "{\"type\": \"ended\", \"reason\": "
      "\"completed\", \"lines\": 3, \"failed\": false}");
  zygote_double_ended (scene.zygote, id, NULL, TRUE);
  g_assert_cmpuint (serve_calls_count (scene.calls), ==, 0);
  /* Whoever comes late hears it all, and that it is over. */
  answer = watch (&scene, location, "", NULL);
  g_assert_nonnull (strstr (answer, "second"));
  g_assert_nonnull (strstr (answer, "call-ended"));
  g_assert_nonnull (strstr (answer, "completed"));
  g_free (answer);
  g_free (location);
  tear_down (&scene);
}

/* One more is refused until one of them is over. */
static void
busy (void)
{
  gchar *one, *two, *three;
  const gchar *first, *second;
  Scene scene;

  set_up (&scene, NULL);
  one = call (&scene, &first);
  two = call (&scene, &second);
  g_assert_cmpstr (one, !=, two);
  expect (&scene, "POST /call" SDP, OFFER, "503", "Retry-After");
  zygote_double_ended (scene.zygote, first, NULL, FALSE);
  three = call (&scene, &first);
  g_free (one);
  g_free (two);
  g_free (three);
  tear_down (&scene);
}

static void
too_fast (void)
{
  gchar *answer = NULL;
  guint n = 0;
  Scene scene;

  set_up (&scene, NULL);
  do {
    g_free (answer);
    g_assert_cmpuint (++n, <, 100);
    zygote_double_fails = TRUE;
    answer = ask (&scene, "POST /call" SDP, OFFER);
  } while (g_str_has_prefix (answer, "HTTP/1.1 500 "));
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 429 "));
  g_assert_cmpuint (n, >, 10);
  g_free (answer);
  tear_down (&scene);
}

/* The process ends before it has answered, and says why. */
static void
no_answer (void)
{
  const ZygoteDoubleOrder *order;
  gchar *answer;
  Client client;
  Scene scene;

  set_up (&scene, NULL);
  begin (&client, &scene, "POST /call" SDP, OFFER, NULL);
  order = wait_for_order (1);
  zygote_double_report (scene.zygote, order->call_id,
      "{\"type\": \"fault\", \"text\": \"no model\", \"fatal\": true}");
  zygote_double_ended (scene.zygote, order->call_id, NULL, TRUE);
  answer = finish (&client);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 500 "));
  g_assert_nonnull (strstr (answer, "no model"));
  g_free (answer);
  tear_down (&scene);
}

/* Of those who watch each gets what comes; a fifth none. */
static void
watchers (void)
{
  Client clients[SERVE_MAX_WATCHERS];
  gchar *location, *head, *answer;
  const gchar *id;
  Scene scene;

  set_up (&scene, NULL);
  location = call (&scene, &id);
  report_line (&scene, id, "first");
  head = g_strconcat ("GET ", location, "/events" LOCAL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    begin (&clients[i], &scene, head, NULL, "call-ended");
    while (serve_call_watchers (serve_calls_find (scene.calls, location
                + strlen ("/call/"))) <= i)
      g_main_context_iteration (NULL, TRUE);
  }
  expect (&scene, head, NULL, "503", "watch");
  zygote_double_ended (scene.zygote, id, NULL, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++) {
    answer = finish (&clients[i]);
    g_assert_nonnull (strstr (answer, "first"));
    g_free (answer);
  }
  g_free (head);
  g_free (location);
  tear_down (&scene);
}

int
main (int argc, char **argv)
{
  gint status;

  http_test_init (&argc, &argv);
  gst_init (&argc, &argv);
  log_begin (LOG_TEXT, LOG_LEVEL_ERROR);
  g_test_add_func ("/serve-http/pages", pages);
  g_test_add_func ("/serve-http/strangers", strangers);
  g_test_add_func ("/serve-http/token", token);
  g_test_add_func ("/serve-http/a-call", a_call);
  g_test_add_func ("/serve-http/busy", busy);
  g_test_add_func ("/serve-http/too-fast", too_fast);
  g_test_add_func ("/serve-http/no-answer", no_answer);
  g_test_add_func ("/serve-http/watchers", watchers);
  status = http_test_run ();
  gst_deinit ();
  return status;
}
