/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a call costs: CPU for a minute of it and proportional memory, with the
 * embedded recogniser, script and voice, and with stages that do nothing in
 * their place, which leaves the graph itself. The caller and a sink that drops
 * everything are in it. Each kind has a process of its own.
 */
#include "figures.h"
#include "idle-stages.h"
#include "played-call.h"

#include <sys/wait.h>
#include <unistd.h>

#define CALLS 4

typedef struct
{
  const gchar *name, *persona, *caller;
} Kind;

static void
prepare (PlayedCall * call, const Kind * kind)
{
  if (!played_call_prepare (call, kind->persona, kind->caller))
    g_error ("the call does not begin");
}

static void
stop (PlayedCall * call)
{
  played_call_stop (call);
  if (!call->ended || call->failed || !call->duration)
    g_error ("a call failed");
}

/* One call in simulated time, which also loads what all calls share. */
static void
measure_simulated (const Kind * kind)
{
  gint64 begin = g_get_monotonic_time ();
  gdouble cpu, seconds;
  PlayedCall call;
  gchar *what;

  prepare (&call, kind);
  cpu = figures_cpu_seconds ();
  played_call_play (&call, TRUE);
  played_call_run (&call, 1, 300 * GST_SECOND, NULL, NULL);
  cpu = figures_cpu_seconds () - cpu;
  stop (&call);
  seconds = call.duration / 1e9;
  what = g_strdup_printf ("%s: simulated speed, x real time", kind->name);
  figures_row (what, "", "%.0f (%.1f s of call)", seconds /
      ((g_get_monotonic_time () - begin) / 1e6), seconds);
  g_free (what);
  figures_row ("- CPU s a call-minute, simulated", "", "%.2f",
      cpu / seconds * 60);
}

static void
measure_real (const Kind * kind)
{
  gdouble before = figures_pss_mb (), during, cpu, seconds = 0;
  PlayedCall calls[CALLS];

  for (guint i = 0; i < CALLS; i++)
    prepare (&calls[i], kind);
  cpu = figures_cpu_seconds ();
  for (guint i = 0; i < CALLS; i++)
    played_call_play (&calls[i], FALSE);
  played_call_run (calls, CALLS, 20 * GST_SECOND, NULL, NULL);
  during = figures_pss_mb ();
  played_call_run (calls, CALLS, 200 * GST_SECOND, NULL, NULL);
  cpu = figures_cpu_seconds () - cpu;
  for (guint i = 0; i < CALLS; i++) {
    stop (&calls[i]);
    seconds += calls[i].duration / 1e9;
  }
  figures_row ("- CPU s a call-minute, in real time, 4 calls at once",
      "<= 0.9", "%.2f", cpu / seconds * 60);
  figures_row ("- PSS of the process between calls, MB", "", "%.1f", before);
  figures_row ("- PSS that each of 4 calls adds, MB", "<= 6", "%.1f",
      (during - before) / CALLS);
}

static void
measure (const Kind * kind)
{
  pid_t child = fork ();
  int status = 0;

  if (child == 0) {
    gst_init (NULL, NULL);
    idle_stages_register ();
    measure_simulated (kind);
    measure_real (kind);
    _exit (0);
  }
  waitpid (child, &status, 0);
  if (status)
    g_error ("%s could not be measured", kind->name);
}

int
main (void)
{
  static const Kind kinds[] = {
    {"idle stages", "tests/data/idle/idle.json",
        "tests/data/idle/minute.caller"},
    {"embedded stages", "pipelines/clinic.json",
        "tests/data/callers/clinic.caller"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    measure (&kinds[i]);
  return 0;
}
