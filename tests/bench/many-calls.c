/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls one after another in one process, in simulated time: what stays behind
 * of a call.
 */
#include "figures.h"
#include "idle-stages.h"
#include "played-call.h"

#include <unistd.h>

#define WARM 100
#define CALLS 500

static void
play (const gchar * persona, const gchar * caller)
{
  PlayedCall call;

  if (!played_call_start (&call, persona, caller, TRUE))
    g_error ("the call does not begin");
  played_call_run (&call, 1, 60 * GST_SECOND, NULL, NULL);
  played_call_stop (&call);
  if (!call.ended || call.failed)
    g_error ("the call failed");
}

static void
measure (const gchar * name, const gchar * persona, const gchar * caller,
    guint warm, guint calls)
{
  guint threads, descriptors;
  gdouble heap, begin, ms;
  gchar *what;

  for (guint i = 0; i < warm; i++)
    play (persona, caller);
  threads = figures_threads ();
  descriptors = figures_descriptors ();
  heap = figures_heap_kb ();
  begin = g_get_monotonic_time ();
  for (guint i = warm; i < calls; i++)
    play (persona, caller);
  ms = (g_get_monotonic_time () - begin) / 1e3 / (calls - warm);
  what = g_strdup_printf ("%s: threads, descriptors more", name);
  figures_row (what, "0, 0", "%+d, %+d", (gint) (figures_threads () - threads),
      (gint) (figures_descriptors () - descriptors));
  g_free (what);
  what = g_strdup_printf ("%s: heap growth, kB a call", name);
  figures_row (what, "< 1", "%.3f (%.0f kB in use)",
      (figures_heap_kb () - heap) / (calls - warm), figures_heap_kb ());
  g_free (what);
  what = g_strdup_printf ("%s: ms to play a call", name);
  figures_row (what, "", "%.1f", ms);
  g_free (what);
}

int
main (int argc, char **argv)
{
  /* What a thread keeps for its next allocation would count as in use. */
  if (g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", FALSE)
      && argc == 1)
    execl ("/proc/self/exe", argv[0], "cache-off", NULL);
  gst_init (&argc, &argv);
  idle_stages_register ();
  measure ("500 calls, idle stages", "tests/data/idle/idle.json",
      "tests/data/idle/short.caller", WARM, CALLS);
  measure ("60 calls, embedded stages", "pipelines/clinic.json",
      "tests/data/callers/clinic.caller", 20, 60);
  return 0;
}
