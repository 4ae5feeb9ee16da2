/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A worker with many calls, and callers and a server
 * beside it, all on this machine: what a call costs, how fast it answers at the
 * caller's end of the wire, and what the others notice when one process dies.
 * The stages do nothing (tests/peers/idle-stages.c), so providers cost nothing.
 *
 * GST_VOICE_LOAD_CALLS: how many at once, by turns ("1 10 20 40 60");
 * GST_VOICE_LOAD_SECONDS: how long (60); GST_VOICE_LOAD_VISITS (1000);
 * GST_VOICE_LOAD_ECHO: how long an echo is measured, s (60; 0: not at all);
 * GST_VOICE_LOAD_CHECK: decodes what callers hear; GST_VOICE_LOAD_KEEP: leaves
 * logs and journals.
 */
#include "figures.h"
#include "livekit-echo.h"
#include "load-lab.h"
#include "process-tree.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE 4                /* seconds before anything is counted */
#define IDLE 10
#define AT_ONCE 8
#define KILL_SPAN 6             /* seconds */
#define ROUNDS 6                /* of greetings */

typedef struct
{
  gdouble worker, server, load; /* s of processor time */
  GHashTable *calls;            /* gdouble by pid */
  gint64 at, wall;              /* us */
} Cpu;

typedef struct
{
  GArray *replies, *cuts, *own, *commits, *joins;
  guint unanswered, uncut, packets, sounds, lost, late, gaps, errors;
  guint checked, mistaken, frames, said, deaf;
} Sum;

static LoadLab lab;
static gdouble idle_mb, single_p95;

static void
judge (const gchar * what, gboolean good, const gchar * budget,
    const gchar * format, ...)
G_GNUC_PRINTF (4, 5);

     static void judge (const gchar * what, gboolean good,
    const gchar * budget, const gchar * format, ...)
{
  gchar *value, *verdict = g_strdup_printf ("%s %s", budget,
      good ? "OK" : "missed");
  va_list args;

  va_start (args, format);
  value = g_strdup_vprintf (format, args);
  va_end (args);
  figures_row (what, verdict, "%s", value);
  g_free (value);
  g_free (verdict);
}

static void
judge_spread (const gchar * what, gdouble p50, gdouble p99, GArray * values)
{
  gchar *budget = g_strdup_printf ("<= %.0f / <= %.0f", p50, p99);
  gdouble a = figures_percentile (values, 50);
  gdouble b = figures_percentile (values, 99);

  judge (what, values->len > 0 && a <= p50 && b <= p99, budget,
      "%.1f / %.1f (n = %u)", a, b, values->len);
  g_free (budget);
}

static void
tell (const gchar * format, ...)
G_GNUC_PRINTF (1, 2);

     static void tell (const gchar * format, ...)
{
  va_list args;
  gchar *text;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  json_node_unref (load_lab_ask (&lab, "%s", text));
  g_free (text);
}

static guint
number (JsonObject * object, const gchar * name)
{
  return json_object_get_int_member_with_default (object, name, 0);
}

static guint
ask_number (const gchar * name, const gchar * command)
{
  JsonNode *node = load_lab_ask (&lab, "%s", command);
  guint value = number (json_node_get_object (node), name);

  json_node_unref (node);
  return value;
}

static GArray *
new_list (void)
{
  return g_array_new (FALSE, FALSE, sizeof (gdouble));
}

static void
add (GArray * values, gdouble value)
{
  g_array_append_val (values, value);
}

static void
add_list (GArray * values, JsonObject * object, const gchar * name)
{
  JsonArray *list = json_object_get_array_member (object, name);

  for (guint i = 0; i < json_array_get_length (list); i++)
    add (values, json_array_get_double_element (list, i));
}

static void
add_caller (JsonArray * array, guint i, JsonNode * node, gpointer data)
{
  JsonObject *caller = json_node_get_object (node);
  Sum *sum = data;

  add_list (sum->replies, caller, "replies");
  add_list (sum->replies, caller, "returns");
  add_list (sum->cuts, caller, "cuts");
  add (sum->joins, (json_object_get_int_member (caller, "joined")
          - json_object_get_int_member (caller, "asked")) / 1e3);
  sum->unanswered += number (caller, "unanswered");
  sum->uncut += number (caller, "uncut");
  sum->packets += number (caller, "packets");
  sum->sounds += number (caller, "sounds");
  sum->lost += number (caller, "lost");
  sum->late += number (caller, "late");
  sum->checked += number (caller, "checked");
  sum->mistaken += number (caller, "mistaken");
  sum->frames += number (caller, "frames");
  sum->said += number (caller, "said");
  sum->deaf += number (caller, "sounds") == 0;
  sum->gaps += json_array_get_length (json_object_get_array_member (caller,
          "gaps"));
  sum->errors += json_object_has_member (caller, "error");
}

static void
sum_init (Sum * sum)
{
  memset (sum, 0, sizeof *sum);
  sum->replies = new_list ();
  sum->cuts = new_list ();
  sum->own = new_list ();
  sum->commits = new_list ();
  sum->joins = new_list ();
}

static void
sum_clear (Sum * sum)
{
  g_array_unref (sum->replies);
  g_array_unref (sum->cuts);
  g_array_unref (sum->own);
  g_array_unref (sum->commits);
  g_array_unref (sum->joins);
}

static JsonArray *
get_callers (JsonNode * report)
{
  return json_object_get_array_member (json_node_get_object (report),
      "callers");
}

static void
cpu_read (Cpu * cpu)
{
  GArray *calls = load_lab_calls (&lab);

  cpu->at = g_get_monotonic_time ();
  cpu->wall = g_get_real_time ();
  cpu->worker = process_tree_cpu (load_lab_pid (lab.worker))
      + process_tree_cpu (load_lab_zygote (&lab));
  cpu->server = process_tree_cpu (load_lab_pid (lab.server));
  cpu->load = process_tree_cpu (load_lab_pid (lab.load));
  cpu->calls = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < calls->len; i++) {
    gint pid = g_array_index (calls, gint, i);
    gdouble *seconds = g_new (gdouble, 1);

    *seconds = process_tree_cpu (pid);
    g_hash_table_insert (cpu->calls, GINT_TO_POINTER (pid), seconds);
  }
  g_array_unref (calls);
}

/* Of the calls that were there at both times. */
static gdouble
calls_cpu (const Cpu * a, const Cpu * b, guint * n)
{
  GHashTableIter iter;
  gpointer pid, value;
  gdouble sum = 0;

  *n = 0;
  g_hash_table_iter_init (&iter, a->calls);
  while (g_hash_table_iter_next (&iter, &pid, &value)) {
    gdouble *later = g_hash_table_lookup (b->calls, pid);

    if (!later)
      continue;
    sum += *later - *(gdouble *) value;
    (*n)++;
  }
  return sum;
}

static gdouble
worker_mb (guint * threads, guint * files)
{
  GArray *calls = load_lab_calls (&lab);
  gdouble mb = process_tree_pss_mb (load_lab_pid (lab.worker))
      + process_tree_pss_mb (load_lab_zygote (&lab));

  *threads = *files = 0;
  for (guint i = 0; i < calls->len; i++) {
    gint pid = g_array_index (calls, gint, i);

    mb += process_tree_pss_mb (pid);
    *threads = MAX (*threads, process_tree_threads (pid));
    *files = MAX (*files, process_tree_files (pid));
  }
  g_array_unref (calls);
  return mb;
}

static void
rest (gdouble seconds)
{
  g_usleep (seconds * G_USEC_PER_SEC);
}

static void
wait_until_idle (void)
{
  gboolean idle = FALSE;

  for (guint i = 0; i < 200 && !idle; i++) {
    GArray *calls = load_lab_calls (&lab);

    idle = calls->len == 0;
    g_array_unref (calls);
    rest (0.1);
  }
}

static void
measure_idle (void)
{
  guint threads, files;
  Cpu a, b;

  rest (3);
  cpu_read (&a);
  rest (IDLE);
  cpu_read (&b);
  idle_mb = worker_mb (&threads, &files);
  judge ("idle worker and zygote: MB (PSS)", idle_mb <= 30, "<= 30", "%.1f",
      idle_mb);
  judge ("- % of a core", b.worker - a.worker <= 0.002 * IDLE, "0", "%.2f",
      (b.worker - a.worker) / IDLE * 100);
  figures_row ("- threads, descriptors of the worker", "", "%u, %u",
      process_tree_threads (load_lab_pid (lab.worker)),
      process_tree_files (load_lab_pid (lab.worker)));
  g_hash_table_unref (a.calls);
  g_hash_table_unref (b.calls);
}

/* A time of the machine's clock as one since 1970. */
static gint64
to_wall (gint64 us)
{
  return us - g_get_monotonic_time () + g_get_real_time ();
}

static void
take_greetings (GArray * asked, GArray * joined, GArray * assigned)
{
  GHashTable *times = load_lab_assigned (&lab);
  JsonNode *report = load_lab_ask (&lab, "report");
  JsonArray *callers = get_callers (report);

  for (guint i = 0; i < json_array_get_length (callers); i++) {
    JsonObject *caller = json_array_get_object_element (callers, i);
    gint64 first = json_object_get_int_member (caller, "first-sound");
    gint64 *time = g_hash_table_lookup (times,
        json_object_get_string_member (caller, "room"));

    if (!first || !time)
      continue;
    add (asked, (first - json_object_get_int_member (caller, "asked")) / 1e3);
    add (joined, (first - json_object_get_int_member (caller, "joined")) / 1e3);
    add (assigned, (to_wall (first) - *time) / 1e3);
  }
  json_node_unref (report);
  g_hash_table_unref (times);
}

static void
measure_greetings (guint n)
{
  GArray *asked = new_list (), *joined = new_list (), *assigned = new_list ();
  gchar *what = g_strdup_printf ("caller in the room -> greeting, ms, %u at "
      "once", n);

  for (guint i = 0; i < ROUNDS; i++) {
    tell ("join %u 0 greeting-%u-%u", n, n, i);
    tell ("greeted 20");
    take_greetings (asked, joined, assigned);
    tell ("leave");
    wait_until_idle ();
  }
  judge (what, joined->len == n * ROUNDS && figures_percentile (joined, 50)
      <= 350, "p50 <= 350", "%.0f / %.0f (n = %u)",
      figures_percentile (joined, 50), figures_percentile (joined, 99),
      joined->len);
  figures_spread ("- from the beginning of the join, ms", "", asked);
  figures_spread ("- from the job's assignment to the worker, ms", "",
      assigned);
  g_array_unref (asked);
  g_array_unref (joined);
  g_array_unref (assigned);
  g_free (what);
}

static void
print_cpu (const Cpu * a, const Cpu * b, guint n)
{
  gdouble minutes = (b->at - a->at) / 60e6, cpu;
  guint there;

  cpu = calls_cpu (a, b, &there);
  judge ("- CPU s a call-minute", there >= n && cpu / there / minutes <= 0.9,
      "<= 0.9", "%.2f (%u processes)", there ? cpu / there / minutes : 0,
      there);
  figures_row ("- worker and zygote, server, callers, the same", "",
      "%.3f, %.2f, %.2f", (b->worker - a->worker) / n / minutes,
      (b->server - a->server) / n / minutes, (b->load - a->load) / n / minutes);
}

static void
print_speech (Sum * sum, guint n)
{
  gdouble p95 = figures_percentile (sum->replies, 95);

  figures_row ("- caller speaks, agent speaks, % of the time", "",
      "%.0f, %.0f", 100. * sum->said / MAX (sum->frames, 1),
      100. * sum->sounds / MAX (sum->frames, 1));
  judge_spread ("- reply, our share (turn-metrics), ms", 30, 60, sum->own);
  figures_spread ("- - last voiced packet out -> first in, ms", "",
      sum->replies);
  figures_spread ("- - of it until the turn was over, ms", "", sum->commits);
  if (n == 1)
    single_p95 = p95;
  else if (single_p95 > 0)
    judge ("- - 95 %, times that of one call", p95 <= 1.2 * single_p95,
        "<= 1.2", "%.2f", p95 / single_p95);
  judge_spread ("- barge-in, onset out -> last voiced in, ms", 350, 400,
      sum->cuts);
  judge ("- not answered, not interrupted", sum->unanswered == 0
      && sum->uncut == 0, "0, 0", "%u, %u", sum->unanswered, sum->uncut);
  judge ("- packets lost, late by 60 ms; gaps > 60 ms", sum->lost == 0
      && sum->gaps == 0, "0, , 0", "%u, %u; %u of %u", sum->lost, sum->late,
      sum->gaps, sum->packets);
  judge ("- calls lost, callers who heard nothing", sum->errors == 0
      && sum->deaf == 0, "0, 0", "%u, %u", sum->errors, sum->deaf);
  if (sum->checked)
    figures_row ("- packets whose size misleads", "", "%u of %u",
        sum->mistaken, sum->checked);
}

/* Returns: how many callers heard the agent, and without a gap */
static guint
count_gaps (guint * gaps, guint * lost)
{
  JsonNode *report = load_lab_ask (&lab, "report");
  JsonArray *callers = get_callers (report);
  guint well = 0;

  *gaps = *lost = 0;
  for (guint i = 0; i < json_array_get_length (callers); i++) {
    JsonObject *caller = json_array_get_object_element (callers, i);
    guint n = json_array_get_length (json_object_get_array_member (caller,
            "gaps"));

    *gaps += n;
    *lost += number (caller, "lost");
    well += n == 0 && number (caller, "sounds") > 0;
  }
  json_node_unref (report);
  return well;
}

/* The others hear nothing of it. What a busy machine does without it is told
 * beside it. */
static void
kill_one (guint n)
{
  GArray *calls = load_lab_calls (&lab);
  guint gaps, lost, well, gaps_before, lost_before, well_before;

  tell ("forget");
  rest (KILL_SPAN);
  well_before = count_gaps (&gaps_before, &lost_before);
  tell ("forget");
  if (calls->len > 0)
    kill (g_array_index (calls, gint, 0), SIGKILL);
  rest (KILL_SPAN);
  well = count_gaps (&gaps, &lost);
  judge ("kill -9 of one call: others with a gap; gaps, lost", well >= n - 1
      && lost == 0, "0; 0, 0", "%d; %u, %u", (gint) (n - 1) - (gint) MIN (well,
          n - 1), gaps, lost);
  figures_row ("- callers with a gap; gaps, lost in the time before", "",
      "%u; %u, %u", n - well_before, gaps_before, lost_before);
  g_array_unref (calls);
}

static void
converse (guint n, guint seconds)
{
  guint threads, files, joined, greeted;
  JsonNode *report;
  gdouble mb;
  Sum sum;
  Cpu a, b;

  sum_init (&sum);
  tell ("join %u 150 calls-%u", n, n);
  joined = ask_number ("done", "joined 20");
  greeted = ask_number ("done", "greeted 20");
  tell ("talk 1");
  rest (SETTLE);
  tell ("forget");
  cpu_read (&a);
  rest (seconds / 2.);
  mb = worker_mb (&threads, &files);
  rest (seconds / 2.);
  cpu_read (&b);
  report = load_lab_ask (&lab, "report");
  load_lab_turns (&lab, a.wall, sum.own, sum.commits);
  json_array_foreach_element (get_callers (report), add_caller, &sum);
  judge (n > 1 ? "calls at once: joined, greeted" : "one call: joined, greeted",
      joined == n && greeted == n, "", "%u, %u of %u", joined, greeted, n);
  figures_spread ("- join, ms", "", sum.joins);
  print_cpu (&a, &b, n);
  judge ("- MB a call (PSS over the idle worker)", (mb - idle_mb) / n <= 6,
      "<= 6", "%.2f", (mb - idle_mb) / n);
  figures_row ("- threads, descriptors of a call", "", "%u, %u", threads,
      files);
  print_speech (&sum, n);
  figures_row ("- callers' clock behind by 10 ms, % of its ticks", "", "%.2f",
      100. * number (json_node_get_object (report), "behind")
      / MAX (number (json_node_get_object (report), "ticks"), 1));
  if (n == 10)
    kill_one (n);
  tell ("leave");
  wait_until_idle ();
  json_node_unref (report);
  g_hash_table_unref (a.calls);
  g_hash_table_unref (b.calls);
  sum_clear (&sum);
}

static JsonObject *
look_at_first (JsonNode ** report)
{
  *report = load_lab_ask (&lab, "report");
  return json_array_get_object_element (get_callers (*report), 0);
}

/* When the agent was last heard, us; waits until a speech of it begins. */
static gint64
wait_for_speech (gint64 since, guint seconds)
{
  gint64 until = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  gint64 heard = 0, before = 0;

  while (g_get_monotonic_time () < until) {
    JsonNode *report;

    heard = json_object_get_int_member (look_at_first (&report), "last-sound");
    json_node_unref (report);
    if (heard > since && before && heard > before + 200000)
      return heard;
    before = heard;
    rest (0.02);
  }
  return 0;
}

/* Something happens while the agent speaks: how much of it is not heard, and
 * when the agent is heard again. */
static void
suffer (const gchar * what, void (*fault) (void))
{
  gint64 begin, back;
  JsonNode *report;
  JsonObject *caller;
  static guint faults;
  JsonArray *gaps;
  gdouble longest = 0;

  /* A room is still there for a while when all have left. */
  tell ("join 1 0 fault-%u", faults++);
  tell ("greeted 20");
  tell ("talk 1");
  rest (SETTLE);
  wait_for_speech (0, 20);
  tell ("forget");
  begin = g_get_monotonic_time ();
  fault ();
  rest (4);
  back = wait_for_speech (begin + 4 * G_USEC_PER_SEC, 45);
  caller = look_at_first (&report);
  gaps = json_object_get_array_member (caller, "gaps");
  for (guint i = 0; i < json_array_get_length (gaps); i++)
    longest = MAX (longest, json_array_get_double_element
        (json_array_get_array_element (gaps, i), 1));
  if (back)
    figures_row (what, "", "%.0f (%u times back)", longest, number (caller,
            "reconnected"));
  else
    figures_row (what, "", "no agent for 45 s");
  json_node_unref (report);
  tell ("leave");
  wait_until_idle ();
}

static void
migrate (void)
{
  tell ("simulate 0 migration");
}

static void
fail_node (void)
{
  tell ("simulate 0 node_failure");
}

static void
restart_server (void)
{
  load_lab_restart_server (&lab);
}

static void
measure_visits (guint n)
{
  JsonNode *node = load_lab_ask (&lab, "visits %u", n);
  JsonObject *visits = json_node_get_object (node);
  gint files = json_object_get_int_member (visits, "files");
  gint threads = json_object_get_int_member (visits, "threads");
  gdouble heap = json_object_get_double_member (visits, "heap");
  gchar *what = g_strdup_printf ("%u joins and leaves: descriptors, threads",
      n);

  judge (what, files <= 0 && threads <= 0, "0, 0", "%+d, %+d", files, threads);
  judge ("- heap growth, kB a visit", heap < 0.1, "< 0.1", "%.3f", heap);
  figures_row ("- ms a visit", "", "%.1f",
      json_object_get_double_member (visits, "ms"));
  json_node_unref (node);
  g_free (what);
}

static const gchar *
setting (const gchar * name, const gchar * standard)
{
  const gchar *value = g_getenv (name);

  return value ? value : standard;
}

int
main (int argc, char **argv)
{
  gchar **calls = g_strsplit (setting ("GST_VOICE_LOAD_CALLS",
          "1 10 20 40 60"), " ", 0);
  guint seconds = atoi (setting ("GST_VOICE_LOAD_SECONDS", "60"));
  guint visits = atoi (setting ("GST_VOICE_LOAD_VISITS", "1000"));
  guint echo = atoi (setting ("GST_VOICE_LOAD_ECHO", "60"));
  gchar *here = g_path_get_dirname (argv[0]);
  gchar *build = g_build_filename (here, "..", "..", NULL);

  if (!load_lab_start (&lab, build)) {
    figures_row ("calls over LiveKit", "", "no livekit-server");
    return 0;
  }
  measure_idle ();
  if (calls[0] && *calls[0]) {
    measure_greetings (1);
    measure_greetings (AT_ONCE);
  }
  for (guint i = 0; calls[i] && *calls[i]; i++)
    converse (MAX (atoi (calls[i]), 1), seconds);
  if (visits > 0)
    measure_visits (visits);
  suffer ("longest gap, ms: the caller migrates", migrate);
  suffer ("- the caller's node fails", fail_node);
  suffer ("- the server restarts", restart_server);
  load_lab_stop (&lab);
  if (echo > 0)
    livekit_echo (build, echo);
  g_strfreev (calls);
  g_free (build);
  g_free (here);
  return 0;
}
