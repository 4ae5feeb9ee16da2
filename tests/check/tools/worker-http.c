/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A worker's pages: what is answered to whom, and that hostile visitors get
 * nothing.
 */
#include <string.h>
#include <worker-http.h>

static const gchar *trouble;

static const gchar *
get_trouble (gpointer data)
{
  return trouble;
}

static gchar *
get_info (gpointer data)
{
  return g_strdup ("{\"active_jobs\":0}");
}

static gchar *
get_metrics (gpointer data)
{
  return g_strdup ("a 1\n");
}

static const WorkerPages pages = {.trouble = get_trouble,.info = get_info,
  .metrics = get_metrics
};

static void
expect (const gchar * request, const gchar * begin, const gchar * end)
{
  gchar *answer = worker_http_answer (request, &pages, NULL);

  if (!g_str_has_prefix (answer, begin) || !g_str_has_suffix (answer, end))
    g_error ("no '%s' … '%s' in: %s", begin, end, answer);
  g_assert_nonnull (strstr (answer, "\r\nConnection: close\r\n"));
  g_free (answer);
}

static void
answers (void)
{
  trouble = NULL;
  expect ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\nOK");
  expect ("GET /?x=1 HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\nOK");
  expect ("HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\n");
  expect ("GET /worker HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n"
      "Content-Type: application/json\r\n", "{\"active_jobs\":0}");
  expect ("GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n"
      "Content-Type: text/plain; version=0.0.4", "a 1\n");
  trouble = "not now";
  expect ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 503 ", "\r\n\r\nnot now");
  expect ("GET /etc HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "\n");
  expect ("GET //worker HTTP/1.1\r\n\r\n", "HTTP/1.1 404 ", "\n");
  expect ("POST / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 ", "\n");
  expect ("GET / HTTP/2\r\n\r\n", "HTTP/1.1 400 ", "\n");
  expect ("GET  / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "\n");
  expect ("\r\n\r\n", "HTTP/1.1 400 ", "\n");
}

static void
expect_address (const gchar * text, const gchar * expected, guint16 number)
{
  GError *error = NULL;
  GInetAddress *host;
  guint16 port;
  gchar *name;

  g_assert_true (worker_http_parse_address (text, &host, &port, &error));
  g_assert_no_error (error);
  name = host ? g_inet_address_to_string (host) : NULL;
  g_assert_cmpstr (name, ==, expected);
  g_assert_cmpuint (port, ==, number);
  g_clear_object (&host);
  g_free (name);
}

static void
addresses (void)
{
  static const gchar *const wrong[] = { "", "8081", ":", ":x", ":70000",
    "host:1", "[::1:1", "127.0.0.1", ":-1", ": 1"
  };

  expect_address (":8081", NULL, 8081);
  expect_address ("127.0.0.1:0", "127.0.0.1", 0);
  expect_address ("localhost:1", "127.0.0.1", 1);
  expect_address ("[::1]:65535", "::1", 65535);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    GInetAddress *host;
    GError *error = NULL;
    guint16 port;

    g_assert_false (worker_http_parse_address (wrong[i], &host, &port, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    g_error_free (error);
  }
}

static gboolean
give_up (gpointer data)
{
  g_error ("it does not answer");
  return G_SOURCE_REMOVE;
}

static void
got (GObject * stream, GAsyncResult * result, gpointer data)
{
  gssize *n = data;

  *n = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, NULL);
}

/* What the server answers to the first bytes of somebody, or closes. */
static void
expect_from (WorkerHttp * http, const gchar * text, gsize size,
    const gchar * begin)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (client,
      "127.0.0.1", worker_http_get_port (http), NULL, NULL);
  guint patience = g_timeout_add_seconds (30, give_up, NULL);
  gchar buffer[256] = { 0 };
  gssize n = -2;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
          (connection)), text, size, NULL, NULL, NULL);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM
          (connection)), buffer, sizeof buffer - 1, G_PRIORITY_DEFAULT, NULL,
      got, &n);
  while (n == -2)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  if (begin)
    g_assert_true (g_str_has_prefix (buffer, begin));
  else
    g_assert_cmpint (n, <=, 0);
  g_object_unref (connection);
  g_object_unref (client);
}

static void
visitors (void)
{
  GError *error = NULL;
  WorkerHttp *http = worker_http_new ("127.0.0.1:0", 1, &pages, NULL, &error);
  gchar *big = g_malloc (8192), *address;

  g_assert_no_error (error);
  trouble = NULL;
  memset (big, 'a', 8192);
  expect_from (http, "GET / HTTP/1.1\r\n\r\n", 18, "HTTP/1.1 200 ");
  expect_from (http, big, 8192, "HTTP/1.1 431 ");
  expect_from (http, "GET \0 HTTP", 10, NULL);
  expect_from (http, "GET / HTTP/1.1\r\n\r\n", 18, "HTTP/1.1 200 ");
  /* The port is taken: that is said, or the next one is. */
  address = g_strdup_printf ("127.0.0.1:%u", worker_http_get_port (http));
  g_assert_null (worker_http_new (address, 1, &pages, NULL, &error));
  g_assert_nonnull (strstr (error->message, "--http"));
  g_clear_error (&error);
  worker_http_free (http);
  while (g_main_context_iteration (NULL, FALSE));
  g_free (address);
  g_free (big);
}

/* More than there is room for are closed at once; the others stay. */
static void
too_many (void)
{
  WorkerHttp *http = worker_http_new ("127.0.0.1:0", 1, &pages, NULL, NULL);
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *open[32];

  for (guint i = 0; i < G_N_ELEMENTS (open); i++) {
    open[i] = g_socket_client_connect_to_host (client, "127.0.0.1",
        worker_http_get_port (http), NULL, NULL);
    while (g_main_context_iteration (NULL, FALSE));
  }
  expect_from (http, "GET / HTTP/1.1\r\n\r\n", 18, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (open); i++)
    g_object_unref (open[i]);
  while (g_main_context_iteration (NULL, FALSE));
  expect_from (http, "GET / HTTP/1.1\r\n\r\n", 18, "HTTP/1.1 200 ");
  g_object_unref (client);
  worker_http_free (http);
  while (g_main_context_iteration (NULL, FALSE));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-http/answers", answers);
  g_test_add_func ("/worker-http/addresses", addresses);
  g_test_add_func ("/worker-http/visitors", visitors);
  g_test_add_func ("/worker-http/too-many", too_many);
  return g_test_run ();
}
