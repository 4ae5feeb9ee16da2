/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of calls when one of them, the zygote or the control process
 * comes to a bad end.
 */
#include "zygote-scene.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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
  scene_add ("/zygote-end/dies", the_zygote_dies);
  scene_add ("/zygote-end/control-dies", the_control_dies);
  return g_test_run ();
}
