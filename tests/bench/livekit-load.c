/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * livekit-load URL [--check | --decode] [--recorded]: callers for a LiveKit
 * server, as many as wanted in one process, which cost next to nothing: what
 * they say was encoded before, what they hear is judged by the size of the
 * packets, or, with --decode, by what they decode to. With --recorded they play
 * what a person said. Key and secret are in LIVEKIT_API_KEY and
 * LIVEKIT_API_SECRET. A line on stdin is a command, and is answered by one line
 * of JSON; it ends with its stdin.
 *
 *   join N MS NAME   N callers join rooms NAME-0, …, one each MS
 *   joined S         waits until all have, S seconds at the most
 *   greeted S        likewise, until all have heard the agent
 *   talk 0|1|2|3|4   they are silent; ask and interrupt; send bursts of a tone
 *                    (answered by what comes back); a tone without end; ask,
 *                    every second time with a pause of 0.4 s in it
 *   forget           what is measured counts from here on
 *   report           what was measured
 *   simulate I WHAT  has the server play a fault on caller I
 *   leave            all leave
 *   visits N         N callers join and leave, one after another
 *
 * Threads: the main thread obeys; one has the 20 ms of all callers; the
 * network thread. Locks: `lock` guards the list of callers and is above those
 * of the callers.
 */
#include "figures.h"
#include "load-caller.h"

#include <client.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gst/gst.h>
#include <time.h>
#include <unistd.h>

#define FRAME_NS 20000000
#define SLOTS 10                /* callers do not all send at once */
#define BEHIND_US 10000         /* a frame that is so late is counted */
#define BURST_MS 200
#define TONE_MS 120000
#define PATIENCE_US (20 * G_USEC_PER_SEC)

typedef struct
{
  LoadSettings settings;
  GThread *clock;
  gint quit;                    /* atomic */

  /* lock */
  GMutex lock;
  GPtrArray *callers;
  guint behind, ticks;
} Load;

static void
tick (Load * load, guint slot, gint64 due_us)
{
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&load->lock);
  load->ticks++;
  load->behind += now - due_us > BEHIND_US;
  for (guint i = slot; i < load->callers->len; i += SLOTS)
    load_caller_frame (load->callers->pdata[i], now);
  g_mutex_unlock (&load->lock);
}

static gpointer
keep_time (gpointer data)
{
  Load *load = data;
  struct timespec due;
  guint slot = 0;

  clock_gettime (CLOCK_MONOTONIC, &due);
  while (!g_atomic_int_get (&load->quit)) {
    due.tv_nsec += FRAME_NS / SLOTS;
    if (due.tv_nsec >= 1000000000) {
      due.tv_nsec -= 1000000000;
      due.tv_sec++;
    }
    while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL)
        == EINTR);
    tick (load, slot, due.tv_sec * G_USEC_PER_SEC + due.tv_nsec / 1000);
    slot = (slot + 1) % SLOTS;
  }
  return NULL;
}

static void
answer (const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  putchar ('\n');
  fflush (stdout);
}

static void
do_join (Load * load, guint n, guint ms, const gchar * name)
{
  for (guint i = 0; i < n; i++) {
    gchar *room = g_strdup_printf ("%s-%u", name, i);
    LoadCaller *caller = load_caller_new (&load->settings, room, i);

    g_mutex_lock (&load->lock);
    g_ptr_array_add (load->callers, caller);
    g_mutex_unlock (&load->lock);
    g_free (room);
    g_usleep (ms * 1000);
  }
  answer ("{\"callers\": %u}", load->callers->len);
}

static guint
count (Load * load, gboolean (*func) (LoadCaller *))
{
  guint n = 0;

  for (guint i = 0; i < load->callers->len; i++)
    n += func (load->callers->pdata[i]);
  return n;
}

static void
wait_for (Load * load, gboolean (*func) (LoadCaller *), gdouble seconds)
{
  gint64 until = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  guint n;

  while ((n = count (load, func)) < load->callers->len
      && g_get_monotonic_time () < until)
    g_usleep (10000);
  answer ("{\"done\": %u}", n);
}

static void
do_talk (Load * load, LoadTalk talk)
{
  for (guint i = 0; i < load->callers->len; i++)
    load_caller_set_talk (load->callers->pdata[i], talk);
  answer ("{}");
}

static void
do_forget (Load * load)
{
  g_mutex_lock (&load->lock);
  load->behind = load->ticks = 0;
  g_mutex_unlock (&load->lock);
  for (guint i = 0; i < load->callers->len; i++)
    load_caller_forget (load->callers->pdata[i]);
  answer ("{}");
}

static void
do_report (Load * load)
{
  GString *json = g_string_new (NULL);

  g_mutex_lock (&load->lock);
  g_string_append_printf (json, "{\"ticks\": %u, \"behind\": %u, "
      "\"callers\": [", load->ticks, load->behind);
  g_mutex_unlock (&load->lock);
  for (guint i = 0; i < load->callers->len; i++) {
    g_string_append (json, i ? ", " : "");
    load_caller_report (load->callers->pdata[i], json);
  }
  g_string_append (json, "]}");
  answer ("%s", json->str);
  g_string_free (json, TRUE);
}

static void
do_leave (Load * load)
{
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  guint n = load->callers->len;

  for (guint i = 0; i < n; i++)
    load_caller_leave (load->callers->pdata[i]);
  while (count (load, load_caller_has_left) < n
      && g_get_monotonic_time () < until)
    g_usleep (5000);
  g_mutex_lock (&load->lock);
  g_ptr_array_set_size (load->callers, 0);
  g_mutex_unlock (&load->lock);
  answer ("{\"left\": %u}", n);
}

static gboolean
visit (Load * load)
{
  LoadCaller *caller = load_caller_new (&load->settings, "visits", 0);
  gint64 until = g_get_monotonic_time () + PATIENCE_US;
  gboolean joined;

  while (!(joined = load_caller_is_joined (caller))
      && g_get_monotonic_time () < until)
    g_usleep (1000);
  load_caller_leave (caller);
  while (!load_caller_has_left (caller) && g_get_monotonic_time () < until)
    g_usleep (1000);
  load_caller_free (caller);
  return joined;
}

/* Figures after a tenth and at the end. A client of our own keeps the network
 * thread, as the elements of a call do. */
static void
do_visits (Load * load, guint n)
{
  LivekitClient *keeper = livekit_client_new ();
  guint joined = 0, files = 0, threads = 0;
  gint64 begin = 0;
  gdouble heap = 0;

  for (guint i = 0; i < n + n / 10; i++) {
    if (i == n / 10) {
      files = figures_descriptors ();
      threads = figures_threads ();
      heap = figures_heap_kb ();
      begin = g_get_monotonic_time ();
    }
    joined += visit (load);
  }
  answer ("{\"joined\": %u, \"files\": %d, \"threads\": %d, \"heap\": %.3f, "
      "\"ms\": %.1f}", joined, (gint) (figures_descriptors () - files),
      (gint) (figures_threads () - threads), (figures_heap_kb () - heap) / n,
      (g_get_monotonic_time () - begin) / 1e3 / n);
  livekit_client_unref (keeper);
}

static void
do_simulate (Load * load, guint i, const gchar * scenario)
{
  if (i < load->callers->len)
    load_caller_simulate (load->callers->pdata[i], scenario);
  answer ("{}");
}

static void
obey (Load * load, gchar * line)
{
  gchar **words = g_strsplit (g_strstrip (line), " ", 0);
  guint n = g_strv_length (words);
  guint number = n > 1 ? atoi (words[1]) : 0;

  if (n == 4 && g_str_equal (words[0], "join"))
    do_join (load, number, atoi (words[2]), words[3]);
  else if (n == 2 && g_str_equal (words[0], "joined"))
    wait_for (load, load_caller_is_joined, number);
  else if (n == 2 && g_str_equal (words[0], "greeted"))
    wait_for (load, load_caller_is_greeted, number);
  else if (n == 2 && g_str_equal (words[0], "talk"))
    do_talk (load, MIN (number, LOAD_PAUSES));
  else if (n == 1 && g_str_equal (words[0], "forget"))
    do_forget (load);
  else if (n == 1 && g_str_equal (words[0], "report"))
    do_report (load);
  else if (n == 3 && g_str_equal (words[0], "simulate"))
    do_simulate (load, number, words[2]);
  else if (n == 1 && g_str_equal (words[0], "leave"))
    do_leave (load);
  else if (n == 2 && g_str_equal (words[0], "visits"))
    do_visits (load, number);
  else
    answer ("{\"error\": \"unknown\"}");
  g_strfreev (words);
}

static gboolean
is_given (gchar ** argv, const gchar * option)
{
  return g_strv_contains ((const gchar * const *) argv, option);
}

int
main (int argc, char **argv)
{
  Load load = {.settings = {
          .key = g_getenv ("LIVEKIT_API_KEY"),
          .secret = g_getenv ("LIVEKIT_API_SECRET"),
          .check = is_given (argv, "--check"),
      .decode = is_given (argv, "--decode")}
  };
  gboolean recorded = is_given (argv, "--recorded");
  gchar line[1024];

  if (argc < 2 || !load.settings.key || !load.settings.secret)
    return 2;
  /* What a thread keeps for its next allocation would count as in use. */
  if (!g_getenv ("GLIBC_TUNABLES")
      && g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", TRUE))
    execv ("/proc/self/exe", argv);
  gst_init (NULL, NULL);
  load.settings.url = argv[1];
  load.settings.question = recorded ? load_voice_play ("goforward.raw") :
      load_voice_say ("please write that down");
  load.settings.interruption = recorded ? load_voice_play ("something.raw") :
      load_voice_say ("no wait please stop that");
  load.settings.paused = load_voice_say ("please write ... that down");
  load.settings.burst = load_voice_tone (BURST_MS);
  load.settings.tone = load_voice_tone (TONE_MS);
  load.callers = g_ptr_array_new_with_free_func ((GDestroyNotify)
      load_caller_free);
  g_mutex_init (&load.lock);
  load.clock = g_thread_new ("frames", keep_time, &load);
  answer ("{\"question\": %u, \"interruption\": %u}",
      20 * (load.settings.question->last_voice + 1),
      20 * (load.settings.interruption->last_voice + 1));
  while (fgets (line, sizeof line, stdin))
    obey (&load, line);
  g_atomic_int_set (&load.quit, 1);
  g_thread_join (load.clock);
  g_ptr_array_unref (load.callers);
  load_voice_free (load.settings.question);
  load_voice_free (load.settings.interruption);
  load_voice_free (load.settings.paused);
  load_voice_free (load.settings.burst);
  load_voice_free (load.settings.tone);
  g_mutex_clear (&load.lock);
  return 0;
}
