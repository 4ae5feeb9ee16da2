/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The load of a worker: what the system's files say, and what follows.
 */
#include "fixture.h"

#include <string.h>
#include <worker-load.h>

static void
stat_text (void)
{
  guint64 busy, total;

  g_assert_true (worker_load_parse_stat ("cpu  10 20 30 400 50 6 7 8 9 10\n"
          "cpu0 1 2 3\n", &busy, &total));
  g_assert_cmpuint (total, ==, 531);
  g_assert_cmpuint (busy, ==, 81);
  g_assert_false (worker_load_parse_stat ("", &busy, &total));
  g_assert_false (worker_load_parse_stat ("cpu  1 2 3\n", &busy, &total));
  g_assert_false (worker_load_parse_stat ("intr 1\n", &busy, &total));
}

static void
group_texts (void)
{
  guint64 used;
  gchar *group;

  g_assert_cmpfloat (worker_load_parse_cpu_max ("150000 100000\n"), ==, 1.5);
  g_assert_cmpfloat (worker_load_parse_cpu_max ("max 100000\n"), ==, 0);
  g_assert_cmpfloat (worker_load_parse_cpu_max ("1 0\n"), ==, 0);
  g_assert_cmpfloat (worker_load_parse_cpu_max (""), ==, 0);
  g_assert_true (worker_load_parse_cpu_stat ("usage_usec 77\nuser_usec 1\n",
          &used));
  g_assert_cmpuint (used, ==, 77);
  g_assert_false (worker_load_parse_cpu_stat ("xusage_usec 1\n", &used));
  g_assert_false (worker_load_parse_cpu_stat ("usage_usec x\n", &used));
  group = worker_load_parse_group ("1:cpu:/old\n0::/a/b\n");
  g_assert_cmpstr (group, ==, "/a/b");
  g_free (group);
  g_assert_null (worker_load_parse_group ("1:cpu:/old\n"));
}

static void
add (WorkerLoad * load, gdouble seconds, guint64 busy, guint64 total,
    gdouble used, gdouble cpus)
{
  WorkerLoadSample sample = {.at = seconds * G_USEC_PER_SEC,.busy = busy,
    .total = total,.used = used * G_USEC_PER_SEC,.cpus = cpus
  };

  worker_load_add (load, &sample);
}

#define expect(value, expected) \
    g_assert_cmpfloat_with_epsilon (value, expected, 0.0001)

/* The last five intervals count, and no older one. */
static void
machine (void)
{
  WorkerLoad load = { 0 };

  expect (worker_load_get (&load), 0);
  add (&load, 0, 0, 0, 0, 0);
  expect (worker_load_get (&load), 0);
  add (&load, 0.5, 100, 100, 0, 0);
  expect (worker_load_get (&load), 1);
  for (guint i = 2; i <= 5; i++)
    add (&load, i * 0.5, 100, i * 100, 0, 0);
  expect (worker_load_get (&load), 0.2);
  add (&load, 3, 100, 600, 0, 0);
  expect (worker_load_get (&load), 0);
  add (&load, 3.5, 90, 700, 0, 0);
  expect (worker_load_get (&load), 0);
}

/* A container that is throttled on an idle machine is full. */
static void
group (void)
{
  WorkerLoad load = { 0 };

  add (&load, 0, 0, 0, 0, 0.5);
  add (&load, 2, 10, 1000, 0.9, 0.5);
  expect (worker_load_get (&load), 0.9);
  expect (worker_load_cpus (&load), 0.5);
  add (&load, 4, 20, 2000, 5, 0.5);
  expect (worker_load_get (&load), 1);
}

static void
a_call (void)
{
  expect (worker_load_of_call (0.9, 0, 2), 0.01);
  expect (worker_load_of_call (0.3, 10, 2), 0.03);
  expect (worker_load_of_call (1, 1, 2), 0.125);
  expect (worker_load_of_call (0, 100, 2), 0.01);
}

static void
write_file (const gchar * root, const gchar * path, const gchar * text)
{
  gchar *file = g_build_filename (root, path, NULL);
  gchar *dir = g_path_get_dirname (file);

  g_mkdir_with_parents (dir, 0700);
  g_assert_true (g_file_set_contents (file, text, -1, NULL));
  g_free (dir);
  g_free (file);
}

/* The tightest limit of the groups that we are in. */
static void
files (void)
{
  gchar *root = fixture_dir ();
  WorkerLoadSample sample;

  g_assert_false (worker_load_read (&sample, root));
  write_file (root, "proc/stat", "cpu  1 0 0 9 0 0 0 0\n");
  g_assert_true (worker_load_read (&sample, root));
  g_assert_cmpuint (sample.busy, ==, 1);
  g_assert_cmpfloat (sample.cpus, ==, 0);
  write_file (root, "proc/self/cgroup", "0::/a/b\n");
  write_file (root, "sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  write_file (root, "sys/fs/cgroup/a/b/cpu.stat", "usage_usec 4\n");
  write_file (root, "sys/fs/cgroup/a/cpu.max", "200000 100000\n");
  write_file (root, "sys/fs/cgroup/a/cpu.stat", "usage_usec 2\n");
  write_file (root, "sys/fs/cgroup/cpu.max", "max 100000\n");
  g_assert_true (worker_load_read (&sample, root));
  g_assert_cmpfloat (sample.cpus, ==, 2);
  g_assert_cmpuint (sample.used, ==, 2);
  /* As a container sees itself. */
  write_file (root, "proc/self/cgroup", "0::/\n");
  write_file (root, "sys/fs/cgroup/cpu.max", "50000 100000\n");
  write_file (root, "sys/fs/cgroup/cpu.stat", "usage_usec 1\n");
  g_assert_true (worker_load_read (&sample, root));
  g_assert_cmpfloat (sample.cpus, ==, 0.5);
  g_assert_true (worker_load_read (&sample, "/"));
  g_assert_cmpuint (sample.total, >, 0);
  fixture_remove (root);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-load/stat", stat_text);
  g_test_add_func ("/worker-load/group-texts", group_texts);
  g_test_add_func ("/worker-load/machine", machine);
  g_test_add_func ("/worker-load/group", group);
  g_test_add_func ("/worker-load/a-call", a_call);
  g_test_add_func ("/worker-load/files", files);
  return g_test_run ();
}
