/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The socket of `gst-voice ctl`: what it answers, and to whom.
 */
#include "worker-scene.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <gst-voice/health.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <worker-control.h>

#define add(path, test) g_test_add (path, WorkerScene, NULL, \
    worker_scene_set_up, test, worker_scene_tear_down)

static void
expect (WorkerScene * scene, const gchar * line, const gchar * text)
{
  gchar *answer = worker_scene_ask (scene, line);

  g_assert_true (g_str_has_suffix (answer, "}\n"));
  if (!strstr (answer, text))
    g_error ("no '%s' in %s", text, answer);
  g_free (answer);
}

static gchar *
command (const gchar * name, const ZygoteDoubleOrder * order,
    const gchar * text)
{
  return g_strdup_printf ("{\"command\":\"%s\",\"call\":\"%.8s\"%s}\n", name,
      order->call_id, text);
}

static void
tell (WorkerScene * scene, const gchar * name,
    const ZygoteDoubleOrder * order, const gchar * text, const gchar * answer)
{
  gchar *line = command (name, order, text);

  expect (scene, line, answer);
  g_free (line);
}

static void
commands (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order;

  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  expect (scene, "{\"command\":\"list\"}\n", "\"calls\": []");
  order = worker_scene_call (scene, "AJ_1", NULL);
  zygote_double_started (scene->zygote, order->call_id);
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"joined\",\"room\":\"room\"}");
  /* The room may be joined before the agent is built. */
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"playing\",\"persona\":\"clinic.json\"}");
  expect (scene, "{\"command\":\"list\"}\n", "\"persona\": \"clinic.json\"");
  expect (scene, "{\"command\":\"list\"}\n", "\"state\": \"talking\"");
  expect (scene, "{\"command\":\"list\"}\n", order->call_id);
  tell (scene, "say", order, ",\"text\":\"One moment.\"", order->call_id);
  tell (scene, "inject", order, ",\"text\":\"Be brief.\"", order->call_id);
  tell (scene, "end", order, "", order->call_id);
  g_assert_cmpstr (zygote_double_told->str, ==,
      "say(One moment.) inject(Be brief.) end()");
}

/* What one call notes of a provider all know, and the next call begins with. */
static void
health (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order;
  gchar *page;

  gst_voice_health_clear ();
  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  expect (scene, "{\"command\":\"health\"}\n", "\"health\": {}");
  order = worker_scene_call (scene, "AJ_1", NULL);
  g_assert_cmpstr (order->health, ==, "{}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"health\",\"note\":\"{\\\"key\\\":\\\"stt/a\\\","
      "\\\"code\\\":\\\"auth\\\",\\\"retry_after\\\":-1}\"}");
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"health\",\"note\":\"{\"}");
  expect (scene, "{\"command\":\"health\"}\n", "\"stt/a\"");
  page = worker_scene_get (scene, "/metrics");
  g_assert_nonnull (strstr (page, "gst_voice_provider_answers_total{provider="
          "\"stt/a\",result=\"auth\"} 1\n"));
  g_free (page);
  order = worker_scene_call (scene, "AJ_2", NULL);
  g_assert_nonnull (strstr (order->health, "\"code\":\"auth\""));
  gst_voice_health_clear ();
}

/* One after the other, and the answer comes when the call has it. */
static gboolean
dump_now (gpointer data)
{
  WorkerScene *scene = data;
  ZygoteDoubleOrder *order = g_ptr_array_index (zygote_double_orders, 0);

  if (!strstr (zygote_double_told->str, "dump()"))
    return G_SOURCE_CONTINUE;
  g_string_truncate (zygote_double_told, 0);
  zygote_double_report (scene->zygote, order->call_id,
      "{\"type\":\"dumped\",\"path\":\"/tmp/call.dot\"}");
  return G_SOURCE_REMOVE;
}

static void
dump (WorkerScene * scene, gconstpointer unused)
{
  const ZygoteDoubleOrder *order;

  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  order = worker_scene_call (scene, "AJ_1", NULL);
  g_timeout_add (5, dump_now, scene);
  tell (scene, "dump", order, "", "\"path\": \"/tmp/call.dot\"");
}

static void
nonsense (WorkerScene * scene, gconstpointer unused)
{
  GString *big = g_string_new ("{\"command\":\"");

  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  expect (scene, "\n", "\"error\":");
  expect (scene, "[]\n", "\"error\":");
  expect (scene, "{\"command\":7}\n", "\"error\":");
  expect (scene, "{\"command\":\"shutdown\"}\n", "\"error\":");
  expect (scene, "{\"command\":\"say\"}\n", "\"error\":");
  expect (scene, "{\"command\":\"say\",\"call\":\"x\",\"text\":{}}\n",
      "\"error\":");
  expect (scene, "{\"command\":\"end\",\"call\":\"x\"}\n",
      "there is no call x");
  while (big->len < WORKER_CONTROL_MAX)
    g_string_append (big, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
  g_string_truncate (big, WORKER_CONTROL_MAX);
  expect (scene, big->str, "at most 64 KiB");
  g_string_free (big, TRUE);
}

/* Nobody else may, and nobody takes another's place. */
static void
the_socket (WorkerScene * scene, gconstpointer unused)
{
  gchar *dir = worker_control_dir (), *path;
  gboolean draining = FALSE;
  WorkerControl *second;
  GError *error = NULL;
  GStatBuf info;

  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  path = g_build_filename (dir, "test.sock", NULL);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (dir, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0700);
  second = worker_control_new (dir, "test", NULL, &draining, &error);
  g_assert_null (second);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  /* What nobody listens on was left by somebody. */
  g_assert_true (g_file_set_contents (path, "", -1, NULL));
  second = worker_control_new (dir, "test", NULL, &draining, &error);
  g_assert_no_error (error);
  worker_control_free (second);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_free (path);
  g_free (dir);
}

#define NOBODY 65534

/* As another user, to whom somebody has opened the folder. */
static void
ask_as_nobody (const gchar * path, gint out)
{
  static const gchar question[] = "{\"command\":\"list\"}\n";
  struct sockaddr_un address = {.sun_family = AF_UNIX };
  gint fd = socket (AF_UNIX, SOCK_STREAM, 0);
  gchar answer[256];
  gssize n;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (setgid (NOBODY) != 0 || setuid (NOBODY) != 0
      || connect (fd, (struct sockaddr *) &address, sizeof address) != 0
      || write (fd, question, strlen (question)) < 0)
    _exit (1);
  n = read (fd, answer, sizeof answer);
  _exit (n > 0 && write (out, answer, n) == n ? 0 : 1);
}

static gboolean
got_answer (gint fd, GIOCondition condition, gpointer data)
{
  gchar *text = data;
  gssize n = read (fd, text, 255);

  text[MAX (n, 0)] = '\0';
  return G_SOURCE_REMOVE;
}

static void
somebody_else (WorkerScene * scene, gconstpointer unused)
{
  gchar *dir = worker_control_dir (), *path, *run;
  gchar answer[256] = "-";
  gint fds[2], status;
  pid_t pid;

  if (getuid () != 0) {
    g_test_skip ("only root can be somebody else");
    g_free (dir);
    return;
  }
  worker_scene_start (scene);
  worker_scene_hear (scene, "register(0,)");
  path = g_build_filename (dir, "test.sock", NULL);
  run = g_path_get_dirname (dir);
  g_assert_cmpint (g_chmod (scene->dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (run, 0755), ==, 0);
  g_assert_cmpint (g_chmod (dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  g_assert_cmpint (pipe (fds), ==, 0);
  pid = fork ();
  if (pid == 0)
    ask_as_nobody (path, fds[1]);
  close (fds[1]);
  g_unix_fd_add (fds[0], G_IO_IN | G_IO_HUP, got_answer, answer);
  WORKER_SCENE_WAIT (*answer != '-');
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_nonnull (strstr (answer, "belongs to another user"));
  g_assert_null (strstr (answer, "calls"));
  close (fds[0]);
  g_free (run);
  g_free (path);
  g_free (dir);
}

int
main (int argc, char **argv)
{
  int rc;

  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  add ("/worker-control/commands", commands);
  add ("/worker-control/health", health);
  add ("/worker-control/dump", dump);
  add ("/worker-control/nonsense", nonsense);
  add ("/worker-control/the-socket", the_socket);
  add ("/worker-control/somebody-else", somebody_else);
  rc = g_test_run ();
  gst_deinit ();
  return rc;
}
