/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls one after another in one process leave nothing behind: no thread, no
 * descriptor, and no memory, which LeakSanitizer watches.
 */
#include "idle-stages.h"
#include "played-call.h"

#define WARM 5
#define CALLS 40

static gchar *
data_file (const gchar * name)
{
  return g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "tests", "data",
      "idle", name, NULL);
}

static void
play (void)
{
  gchar *persona = data_file ("idle.json");
  gchar *caller = data_file ("short.caller");
  PlayedCall call;

  g_assert_true (played_call_start (&call, persona, caller, TRUE));
  played_call_run (&call, 1, 100 * GST_SECOND, NULL, NULL);
  played_call_stop (&call);
  g_assert_true (call.ended);
  g_assert_false (call.failed);
  g_free (persona);
  g_free (caller);
}

static guint
count_entries (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir))
    n++;
  g_dir_close (dir);
  return n;
}

/* Threads of GLib's pool end by themselves once they have nothing to do. */
static void
assert_threads (guint expected)
{
  g_thread_pool_stop_unused_threads ();
  while (count_entries ("/proc/self/task") > expected)
    g_thread_yield ();
}

static void
nothing_stays (void)
{
  GstElementFactory *voice = gst_element_factory_find ("flitetts");
  guint threads, descriptors;

  if (!voice) {
    g_test_skip ("built without flite, which gives the caller a voice");
    return;
  }
  gst_object_unref (voice);

  for (guint i = 0; i < WARM; i++)
    play ();
  g_thread_pool_stop_unused_threads ();
  threads = count_entries ("/proc/self/task");
  descriptors = count_entries ("/proc/self/fd");
  for (guint i = 0; i < CALLS; i++)
    play ();
  g_assert_cmpuint (count_entries ("/proc/self/fd"), ==, descriptors);
  assert_threads (threads);
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  idle_stages_register ();
  g_test_add_func ("/many-calls/nothing-stays", nothing_stays);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
