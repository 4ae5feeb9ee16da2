/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests of a worker share.
 */
#include "worker-scene.h"

#include "fixture.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <gst-voice/secret.h>
#include <string.h>

gboolean
worker_scene_give_up (gpointer what)
{
  g_error ("it does not come to this: %s", (const gchar *) what);
  return G_SOURCE_REMOVE;
}

void
worker_scene_set_up (WorkerScene * scene, gconstpointer unused)
{
  gchar *runtime;

  zygote_double_begin ();
  scene->peer = livekit_peer_new ();
  scene->zygote = zygote_start (NULL, NULL);
  scene->dir = fixture_dir ();
  /* However busy this machine is, it is not full. */
  runtime = g_build_filename (scene->dir, "run", NULL);
  g_setenv ("XDG_RUNTIME_DIR", runtime, TRUE);
  g_free (runtime);
  scene->settings = (WorkerSettings) {
  .persona = g_strdup ("clinic.json"),.url =
        g_strdup (scene->peer->url),.key =
        g_strdup (scene->peer->key),.secret =
        g_strdup (scene->peer->secret),.name = g_strdup ("test"),.db =
        g_build_filename (scene->dir, "calls.db", NULL),.http =
        g_strdup ("127.0.0.1:0"),.room = TRUE,.load_limit = 2,.drain_timeout =
        3600,.max_retry = 16};
  scene->status = -1;
}

static void
on_stopped (gpointer data, int status)
{
  ((WorkerScene *) data)->status = status;
}

void
worker_scene_start (WorkerScene * scene)
{
  GError *error = NULL;

  scene->worker = worker_new (&scene->settings, scene->zygote, on_stopped,
      scene, &error);
  g_assert_no_error (error);
  worker_start (scene->worker);
}

void
worker_scene_tear_down (WorkerScene * scene, gconstpointer unused)
{
  zygote_stop (scene->zygote);
  worker_free (scene->worker);
  livekit_peer_free (scene->peer);
  /* What was cancelled comes back. */
  for (guint i = 0; i < 50; i++) {
    while (g_main_context_iteration (NULL, FALSE));
    g_usleep (1000);
  }
  worker_settings_clear (&scene->settings);
  fixture_remove (scene->dir);
  zygote_double_end ();
}

void
worker_scene_hear (WorkerScene * scene, const gchar * text)
{
  guint patience = g_timeout_add_seconds (30, worker_scene_give_up,
      (gpointer) text);

  while (scene->peer->heard->len < strlen (text))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  g_assert_cmpstr (scene->peer->heard->str, ==, text);
  g_string_truncate (scene->peer->heard, 0);
}

void
worker_scene_wait_registered (WorkerScene * scene, guint n)
{
  WORKER_SCENE_WAIT (scene->peer->registered >= n);
}

void
worker_scene_wait_stopped (WorkerScene * scene, int status)
{
  WORKER_SCENE_WAIT (scene->status >= 0);
  g_assert_cmpint (scene->status, ==, status);
}

/* Offers a job, assigns it, and waits for the order. */
const ZygoteDoubleOrder *
worker_scene_call (WorkerScene * scene, const gchar * job,
    const gchar * redispatched)
{
  gchar *accept = g_strdup_printf ("accept(%s)", job);
  guint n = zygote_double_orders->len;

  livekit_peer_offer (scene->peer, 0, job, "room", redispatched);
  worker_scene_hear (scene, accept);
  livekit_peer_assign (scene->peer, 0, job, "room", redispatched);
  WORKER_SCENE_WAIT (zygote_double_orders->len > n);
  g_free (accept);
  return g_ptr_array_index (zygote_double_orders, n);
}

/* What the call's process would have written. */
void
worker_scene_write_journal (WorkerScene * scene,
    const ZygoteDoubleOrder * order, const gchar * name)
{
  gchar *text = fixture_load (name, NULL);
  gchar *file = g_strconcat (order->call_id, ".jsonl", NULL);
  gchar *path = g_build_filename (order->journal_dir, file, NULL);
  const gchar *begin = strstr (text, "\"call-id\":\"");
  GString *out = g_string_new (text);
  gchar *old;

  g_assert_nonnull (begin);
  begin += strlen ("\"call-id\":\"");
  old = g_strndup (begin, strcspn (begin, "\""));
  g_string_replace (out, old, order->call_id, 0);
  g_mkdir_with_parents (order->journal_dir, 0700);
  g_assert_true (g_file_set_contents (path, out->str, out->len, NULL));
  g_string_free (out, TRUE);
  g_free (old);
  g_free (path);
  g_free (file);
  g_free (text);
}

typedef struct
{
  const gchar *question;
  GString *answer;
  gboolean done;
} Exchange;

static gpointer
exchange_in_thread (GSocketConnection * connection, Exchange * exchange)
{
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  gchar buffer[4096];
  gssize n;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM
          (connection)), exchange->question, strlen (exchange->question), NULL,
      NULL, NULL);
  while ((n = g_input_stream_read (in, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (exchange->answer, buffer, n);
  return NULL;
}

static void
run_exchange (GTask * task, gpointer source, gpointer data,
    GCancellable * cancellable)
{
  exchange_in_thread (source, data);
  g_task_return_boolean (task, TRUE);
}

static void
exchanged (GObject * source, GAsyncResult * result, gpointer data)
{
  ((Exchange *) data)->done = TRUE;
}

/* In a thread, since the worker answers in this one. */
static gchar *
exchange (GSocketConnectable * where, const gchar * question)
{
  GSocketClient *client = g_socket_client_new ();
  GError *error = NULL;
  GSocketConnection *connection;
  Exchange it = {.question = question,.answer = g_string_new (NULL) };
  GTask *task;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect (client, where, NULL, &error);
  g_assert_no_error (error);
  task = g_task_new (connection, NULL, exchanged, &it);
  g_task_set_task_data (task, &it, NULL);
  g_task_run_in_thread (task, run_exchange);
  g_object_unref (task);
  WORKER_SCENE_WAIT (it.done);
  g_object_unref (connection);
  g_object_unref (client);
  return g_string_free (it.answer, FALSE);
}

/* The whole answer of a page. */
gchar *
worker_scene_get (WorkerScene * scene, const gchar * path)
{
  gchar *question = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: x\r\n\r\n",
      path);
  GSocketConnectable *where = g_network_address_new ("127.0.0.1",
      worker_get_http_port (scene->worker));
  gchar *answer = exchange (where, question);

  g_object_unref (where);
  g_free (question);
  return answer;
}

/* The answer to a line on the socket of `gst-voice ctl`. */
gchar *
worker_scene_ask (WorkerScene * scene, const gchar * line)
{
  gchar *path = g_build_filename (scene->dir, "run", "gst-voice", "test.sock",
      NULL);
  GSocketAddress *where = g_unix_socket_address_new (path);
  gchar *answer = exchange (G_SOCKET_CONNECTABLE (where), line);

  g_object_unref (where);
  g_free (path);
  return answer;
}
