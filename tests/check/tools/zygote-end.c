/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of calls when one of them, the zygote or the control process
 * comes to a bad end.
 */
#include "zygote-scene.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE 5                 /* seconds */

/* One of three is killed: the others do not notice, and nothing is lost. */
static void
a_crash (Scene * scene, gconstpointer unused)
{
  static const gchar *const ids[] = { "a", "b", "c" };
  Record *record;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    scene_call (scene, ids[i]);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    scene_wait_journal (scene, ids[i], "\"playing\"");
  kill (scene_get (scene, "b")->pid, SIGKILL);
  scene_wait_end (scene, "b");
  g_assert_true (WIFSIGNALED (scene_get (scene, "b")->end.status));
  g_assert_false (scene_get (scene, "b")->end.clean);
  g_assert_null (scene_get (scene, "b")->end.killed);
  g_assert_cmpuint (zygote_get_calls (scene->zygote), ==, 2);
  record = scene_salvage (scene, "b");
  g_assert_cmpstr (record->reason, ==, "crashed");
  g_assert_true (record->ended);
  record_free (record);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i += 2) {
    g_assert_false (scene_get (scene, ids[i])->ended);
    zygote_end (scene->zygote, ids[i], ZYGOTE_GRACE);
  }
  for (guint i = 0; i < G_N_ELEMENTS (ids); i += 2) {
    scene_wait_end (scene, ids[i]);
    g_assert_true (scene_get (scene, ids[i])->end.clean);
    record = scene_salvage (scene, ids[i]);
    g_assert_cmpstr (record->reason, ==, "application");
    g_assert_cmpuint (record->damaged, ==, 0);
    record_free (record);
  }
}

#define BESIDE SCENE_SILENCE " audiotestsrc ! "

static void
too_much_memory (Scene * scene, gconstpointer unused)
{
  CallOrder order = scene_order (scene, "greedy", BESIDE "queue "
      "max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! "
      "identity sleep-time=1000000 ! fakesink sync=false async=false");
  order.memory_limit = 96 << 20;
  scene_begin (scene, &order);
  scene_call (scene, "modest");
  scene_wait_end (scene, "greedy");
  g_assert_cmpstr (scene_get (scene, "greedy")->end.killed, ==, "memory");
  g_assert_false (scene_get (scene, "modest")->ended);
  scene_wait_journal (scene, "modest", "\"playing\"");
  zygote_end (scene->zygote, "modest", ZYGOTE_GRACE);
  scene_wait_end (scene, "modest");
  g_assert_true (scene_get (scene, "modest")->end.clean);
  g_assert_true (WIFSIGNALED (scene_get (scene, "greedy")->end.status));
}

/* Other programs may leave it little of the machine. */
static const gdouble little = 0.02;

static void
too_much_cpu (Scene * scene, gconstpointer unused)
{
  CallOrder order = scene_order (scene, "busy",
      BESIDE "fakesink sync=false async=false");

  /* A sanitizer keeps what is freed. */
  order.memory_limit = G_MAXINT64;
  scene_begin (scene, &order);
  scene_wait_end (scene, "busy");
  g_assert_cmpstr (scene_get (scene, "busy")->end.killed, ==, "cpu");
}

/* It is asked first, and if it does not listen it is killed. */
static void
a_deaf_call (Scene * scene, gconstpointer unused)
{
  SceneCall *call = scene_call (scene, "deaf");

  scene_wait_report (scene, call, "\"playing\"");
  kill (call->pid, SIGSTOP);
  zygote_end (scene->zygote, "deaf", 1);
  scene_wait_end (scene, "deaf");
  g_assert_cmpstr (call->end.killed, ==, "late");
}

/* A service that answers when it is told to, on whichever connection it was
 * asked. */
static gboolean
take_request (GSocketService * service, GSocketConnection * connection,
    GObject * source, gpointer data)
{
  g_ptr_array_add (data, g_object_ref (connection));
  return FALSE;
}

static gboolean
answer (gpointer data)
{
  static const gchar *const text = "HTTP/1.1 200 OK\r\nContent-Type: "
      "application/json\r\nContent-Length: 15\r\nConnection: close\r\n\r\n"
      "{\"booked\":4711}";
  GPtrArray *connections = data;

  for (guint i = 0; i < connections->len; i++) {
    GIOStream *stream = connections->pdata[i];

    g_output_stream_write_all (g_io_stream_get_output_stream (stream), text,
        strlen (text), NULL, NULL, NULL);
    g_io_stream_close (stream, NULL, NULL);
  }
  return G_SOURCE_REMOVE;
}

/* A persona with a tool that writes there. */
static CallOrder
order_with_tool (Scene * scene, guint16 port)
{
  CallOrder order = scene_order (scene, "writer", SCENE_SPOKEN);
  gchar *persona = g_strdup_printf ("{\"name\": \"writer\", "
      "\"pipeline\": \"writer.launch\", \"tools\": [{\"name\": \"book\", "
      "\"kind\": \"http\", \"description\": \"Books.\", \"method\": \"POST\", "
      "\"url\": \"http://127.0.0.1:%u/\"}]}", port);
  const gchar *const files[] = {
    "writer.json", persona,
    "writer.launch", "tee name=caller ! vad ! pocketsphinxstt ! turn ! "
        "scriptllm script=writer.script.json ! toolcall ! speakable ! "
        "flitetts ! playout ! tee name=agent",
    "writer.script.json", "{\"name\": \"writer\", \"always\": [{\"match\": "
        "\"*\", \"call\": {\"name\": \"book\"}, \"then\": {\"say\": "
        "\"Done.\"}}]}",
    "once.caller", "at 1 say \"go forward\"\nend\n"
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i += 2) {
    gchar *path = g_build_filename (scene->dir, files[i], NULL);

    g_assert_true (g_file_set_contents (path, files[i + 1], -1, NULL));
    g_free (path);
  }
  g_free (persona);
  g_free (order.persona);
  order.persona = g_build_filename (scene->dir, "writer.json", NULL);
  return order;
}

/* What a tool writes is not lost, though it takes longer than the end may. */
static void
a_slow_tool (Scene * scene, gconstpointer unused)
{
  GSocketService *service = g_socket_service_new ();
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER
      (service), NULL, NULL);
  CallOrder order = order_with_tool (scene, port);
  GPtrArray *connections = g_ptr_array_new_with_free_func (g_object_unref);
  const RecordCall *call;
  Record *record;

  g_signal_connect (service, "incoming", G_CALLBACK (take_request),
      connections);
  scene_begin (scene, &order);
  scene_wait_journal (scene, "writer", "\"tool-call\"");
  zygote_end (scene->zygote, "writer", GRACE);
  scene_wait_report (scene, scene_get (scene, "writer"), "\"waiting\"");
  zygote_extend (scene->zygote, "writer", 10 * GRACE);
  g_timeout_add_seconds (GRACE + 1, answer, connections);
  scene_wait_end (scene, "writer");
  g_assert_null (scene_get (scene, "writer")->end.killed);
  g_assert_true (scene_get (scene, "writer")->end.clean);
  record = scene_salvage (scene, "writer");
  g_assert_cmpuint (record_length (record, RECORD_CALLS), ==, 1);
  call = record_item (record, RECORD_CALLS, 0);
  g_assert_nonnull (strstr (call->late ? call->late : call->result, "4711"));
  record_free (record);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_object_unref (service);
  g_ptr_array_unref (connections);
}

/* Another takes its place; the call goes on, and how it ends is known. */
static void
the_zygote_dies (Scene * scene, gconstpointer unused)
{
  SceneCall *before = scene_call (scene, "before"), *after;
  gint pid = zygote_get_pid (scene->zygote);

  scene_wait_report (scene, before, "\"playing\"");
  kill (pid, SIGKILL);
  while (scene->deaths == 0)
    g_main_context_iteration (NULL, TRUE);
  after = scene_call (scene, "after");
  scene_wait_report (scene, after, "\"playing\"");
  g_assert_cmpint (zygote_get_pid (scene->zygote), !=, pid);
  g_assert_false (before->ended);
  zygote_end (scene->zygote, "before", ZYGOTE_GRACE);
  zygote_end (scene->zygote, "after", 0);
  scene_wait_end (scene, "before");
  scene_wait_end (scene, "after");
  g_assert_cmpint (before->end.status, ==, 0);
  g_assert_true (before->end.clean);
  g_assert_cmpstr (after->end.killed, ==, "told");
}

/* Calls end properly when nobody is there who could tell them to. */
static void
the_control_dies (Scene * scene, gconstpointer unused)
{
  SceneCall *call = scene_call (scene, "alone");
  Record *record;
  gint status;

  scene_wait_journal (scene, "alone", "\"playing\"");
  zygote_stop (g_steal_pointer (&scene->zygote));
  g_assert_cmpint (waitpid (call->pid, &status, 0), ==, call->pid);
  g_assert_cmpint (status, ==, 0);
  record = scene_salvage (scene, "alone");
  g_assert_cmpstr (record->reason, ==, "disconnected");
  g_assert_true (record->ended);
  record_free (record);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  scene_environment ();
  scene_add ("/zygote-end/crash", a_crash);
  scene_add ("/zygote-end/memory", too_much_memory);
  g_test_add ("/zygote-end/cpu", Scene, &little, scene_set_up, too_much_cpu,
      scene_tear_down);
  scene_add ("/zygote-end/deaf", a_deaf_call);
  scene_add ("/zygote-end/slow-tool", a_slow_tool);
  scene_add ("/zygote-end/dies", the_zygote_dies);
  scene_add ("/zygote-end/control-dies", the_control_dies);
  return g_test_run ();
}
