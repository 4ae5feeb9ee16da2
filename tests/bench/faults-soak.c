/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * faults-soak SECONDS [CALLS [SEED]]
 *
 * So many calls at once (10), each followed by another, while their services
 * fail at random: is any stuck, is any lost, does anything grow? A call has
 * stand-ins of its own, two for each stage; at random moments one of them gets
 * a random fault, and after a while all of them are well again.
 *
 * Threads: one a call. Locks: `lock` guards the sums.
 */
#include "faults-call.h"
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STUCK (30 * G_USEC_PER_SEC)
#define LONGEST (120 * G_USEC_PER_SEC)
#define REPORT_S 300
#define WORDS 28                /* of caller and agent, in a call */
#define WARM 3                  /* calls a place, before anything is counted */

static const gchar *const faults[] = { "refuse", "401", "403", "429", "500",
  "stall-head", "stall-body", "reset", "malformed", "order", "huge", "slow"
};

static const gchar *const elements[STAGES][4] = {
  {"deepgramstt", "assemblyaistt", "openaistt", "openaistt mode=segments"},
  {"openaillm", "geminillm", "openaillm", "geminillm"},
  {"cartesiatts", "elevenlabstts", "openaitts", "deepgramtts"},
};

static GMutex lock;
/* lock */
static guint n_calls, n_faults, n_switches, n_stuck, n_failed;
static guint n_whole, n_lost, n_again;  /* of calls that were neither */
static GHashTable *codes;       /* to how often */
static guint n_begun;

static gint64 until;
static guint32 seed;

static void
count_codes_locked (const gchar * text)
{
  gchar **each = g_strsplit (text, " ", -1);

  for (gchar ** code = each; *code; code++) {
    guint n = GPOINTER_TO_UINT (g_hash_table_lookup (codes, *code));

    if (**code)
      g_hash_table_insert (codes, g_strdup (*code), GUINT_TO_POINTER (n + 1));
  }
  g_strfreev (each);
}

static void
count (const FaultsPlan * plan, const FaultsOutcome * outcome, guint number)
{
  gboolean whole = !outcome->stuck && !outcome->failed;

  g_mutex_lock (&lock);
  n_calls++;
  n_switches += outcome->switches;
  n_stuck += outcome->stuck;
  n_failed += outcome->failed;
  if (whole) {
    n_whole++;
    n_lost += outcome->lost;
    n_again += outcome->again;
  }
  count_codes_locked (outcome->codes);
  g_mutex_unlock (&lock);
  if (!whole || outcome->lost || outcome->again)
    g_printerr ("call %u (%s/%s, %s/%s, %s/%s): %s, %s, heard \"%s\", said "
        "\"%s\"\n", number, plan->first[0], plan->second[0], plan->first[1],
        plan->second[1], plan->first[2], plan->second[2],
        outcome->stuck ? "STUCK" : outcome->failed ? "failed" : "words",
        outcome->codes, outcome->heard, outcome->said);
}

static void
choose (FaultsPlan * plan, GRand * random)
{
  for (guint i = 0; i < STAGES; i++) {
    guint first = g_rand_int_range (random, 0, 4);

    plan->first[i] = elements[i][first];
    plan->second[i] =
        elements[i][(first + g_rand_int_range (random, 1, 4)) % 4];
  }
}

/* Every second to five one fails; then, mostly, all are well for a time. */
static gint64
disturb (FaultsCall * call, GRand * random)
{
  if (g_rand_int_range (random, 0, 3) == 0) {
    faults_call_mend (call);
  } else {
    faults_call_inject (call, g_rand_int_range (random, 0, STAGES),
        g_rand_int_range (random, 0, 4) == 0, faults[g_rand_int_range (random,
                0, G_N_ELEMENTS (faults))]);
    g_mutex_lock (&lock);
    n_faults++;
    g_mutex_unlock (&lock);
  }
  return g_get_monotonic_time () + g_rand_int_range (random, 1000, 5000) * 1000;
}

static void
play (guint number)
{
  GRand *random = g_rand_new_with_seed (seed + number);
  FaultsPlan plan = {.by_clock = TRUE };
  FaultsOutcome outcome;
  FaultsCall *call;
  gint64 next, end = g_get_monotonic_time () + LONGEST;

  choose (&plan, random);
  call = faults_call_start (&plan);
  next = g_get_monotonic_time () + g_rand_int_range (random, 0, 5000) * 1000;
  while (faults_call_step (call) && faults_call_quiet_for (call) < STUCK
      && g_get_monotonic_time () < end) {
    if (g_get_monotonic_time () > next)
      next = disturb (call, random);
  }
  faults_call_end (call, &outcome);
  count (&plan, &outcome, number);
  faults_outcome_clear (&outcome);
  g_rand_free (random);
}

static gpointer
run (gpointer most)
{
  guint number;

  for (guint i = 0; (!most || i < GPOINTER_TO_UINT (most))
      && (most || g_get_monotonic_time () < until); i++) {
    g_mutex_lock (&lock);
    number = n_begun++;
    g_mutex_unlock (&lock);
    play (number);
  }
  return NULL;
}

/* Threads that have just become idle would count. */
static guint
count_threads (void)
{
  g_usleep (G_USEC_PER_SEC);
  return figures_threads ();
}

/* @most: calls of each; 0: until the time is over */
static void
play_many (guint calls, guint most)
{
  GThread **threads = g_new (GThread *, calls);

  for (guint i = 0; i < calls; i++)
    threads[i] = g_thread_new ("caller", run, GUINT_TO_POINTER (most));
  for (guint i = 0; i < calls; i++)
    g_thread_join (threads[i]);
  g_free (threads);
}

/* What grows for some minutes only, such as the hosts that an HTTP session
 * knows, is seen to stop. Calls are going on. */
static gpointer
report (gpointer unused)
{
  for (guint s = 1; g_get_monotonic_time () < until; s++) {
    g_usleep (G_USEC_PER_SEC);
    if (s % REPORT_S)
      continue;
    g_mutex_lock (&lock);
    figures_row ("- meanwhile: calls, stuck, descriptors, heap kB", "",
        "%u, %u, %u, %.0f", n_calls, n_stuck, figures_descriptors (),
        figures_heap_kb ());
    g_mutex_unlock (&lock);
  }
  return NULL;
}

static void
print_codes (void)
{
  GHashTableIter iter;
  gpointer code, n;

  g_hash_table_iter_init (&iter, codes);
  while (g_hash_table_iter_next (&iter, &code, &n)) {
    gchar *what = g_strdup_printf ("- failures: %s", (gchar *) code);

    figures_row (what, "", "%u", GPOINTER_TO_UINT (n));
    g_free (what);
  }
}

static void
print_sums (void)
{
  figures_row ("calls, faults, switches", "", "%u, %u, %u", n_calls, n_faults,
      n_switches);
  print_codes ();
  figures_row ("calls that were stuck", "0", "%u", n_stuck);
  figures_row ("calls that ended with nobody left", "", "%u", n_failed);
  figures_row ("in all others: words lost, twice, of all", "", "%u, %u of %u",
      n_lost, n_again, n_whole * WORDS);
}

int
main (int argc, char **argv)
{
  guint seconds = argc > 1 ? atoi (argv[1]) : 0;
  guint calls = argc > 2 ? CLAMP (atoi (argv[2]), 1, 1000) : 10;
  guint threads, after, descriptors, before;
  GThread *reporter;
  gdouble heap;

  if (!seconds) {
    g_printerr ("faults-soak SECONDS [CALLS [SEED]]\n");
    return 2;
  }
  /* What a thread keeps for its next allocation would count as in use; GLib's
   * slices are such, too. */
  if (!g_getenv ("GLIBC_TUNABLES")
      && g_setenv ("G_SLICE", "always-malloc", TRUE)
      && g_setenv ("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0", TRUE))
    execv ("/proc/self/exe", argv);
  seed = argc > 3 ? atoi (argv[3]) : 1;
  faults_prepare ();
  gst_init (NULL, NULL);
  codes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  play_many (calls, WARM);
  threads = count_threads ();
  descriptors = figures_descriptors ();
  heap = figures_heap_kb ();
  before = n_calls;
  figures_row ("before: threads, descriptors, heap kB", "", "%u, %u, %.0f",
      threads, descriptors, heap);
  until = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  reporter = g_thread_new ("reporter", report, NULL);
  play_many (calls, 0);
  g_thread_join (reporter);
  print_sums ();
  after = count_threads ();
  figures_row ("after: threads, descriptors, heap kB", "", "%u, %u, %.0f",
      after, figures_descriptors (), figures_heap_kb ());
  figures_row ("more: threads, descriptors, heap kB a call", "0, 0, < 1",
      "%+d, %+d, %.3f", (gint) (after - threads),
      (gint) (figures_descriptors () - descriptors),
      (figures_heap_kb () - heap) / MAX (1, n_calls - before));
  g_hash_table_unref (codes);
  faults_clean_up ();
  return n_stuck > 0;
}
