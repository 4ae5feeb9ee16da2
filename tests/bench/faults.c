/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each stage of a call fails in each way at each moment: words lost, words that
 * come twice, and the silence that it adds. Some calls at once, in real time,
 * with stand-ins over sockets (faults-call.c).
 *
 * A row is that of one fault; its silence is compared with the median of calls
 * of the same elements without one. FAULTS_TIMES (1) plays each row so often,
 * FAULTS_CALLS (6) is how many calls there are at once, FAULTS_ONLY a text that
 * must be in a row's name. With FAULTS_SAME the second service of a stage is of
 * the same kind as the first, as it is in livekit/faults.py.
 *
 * Threads: one a call.
 */
#include "faults-call.h"
#include "figures.h"

#include <stdlib.h>
#include <string.h>

#define TIMEOUT 2000            /* of `fallback`, and of deaf-after */
#define GRACE 300
#define BASES 3
#define MOST_TIMES 9

typedef struct
{
  FaultsPlan plan;
  guint base;                   /* the row it is compared with */
  guint deadline;               /* ms that a fault may take to be seen */
  guint times;
  FaultsOutcome outcomes[MOST_TIMES];
} Row;

/* Those that say so at once, and those that have to be waited for. */
static const struct
{
  const gchar *name;
  guint deadline;
} faults[] = {
  {"refuse", 0}, {"bad-tls", 0}, {"401", 0}, {"403", 0}, {"429", 0},
  {"500", 0}, {"stall-head", TIMEOUT}, {"stall-body", TIMEOUT}, {"reset", 0},
  {"malformed", 0}, {"order", TIMEOUT}, {"huge", 0}, {"slow", TIMEOUT},
};

static const gchar *const pairs[STAGES][2] = {
  {"deepgramstt", "assemblyaistt"}, {"openaillm", "geminillm"},
  {"cartesiatts", "elevenlabstts"},
};

/* Each other element is the one that fails, too. */
static const struct
{
  FaultsStage stage;
  const gchar *first, *second;
} others[] = {
  {HEARING, "assemblyaistt", "deepgramstt"},
  {HEARING, "openaistt", "deepgramstt"},
  {HEARING, "openaistt mode=segments", "deepgramstt"},
  {THINKING, "geminillm", "openaillm"},
  {SPEAKING, "elevenlabstts", "openaitts"},
  {SPEAKING, "openaitts", "deepgramtts"},
  {SPEAKING, "deepgramtts", "cartesiatts"},
};

static const gchar *const stages[] = { "hearing", "thinking", "speaking" };

static const gchar *const moments[] = { "no fault", "idle", "mid-utterance",
  "mid-reply"
};

static gchar *
name_of (const Row * row)
{
  const FaultsPlan *plan = &row->plan;

  if (plan->moment == NEVER)
    return g_strdup_printf ("%s, %s%s, no fault", stages[plan->stage],
        plan->first[plan->stage], plan->brief ? ", short answer" : "");
  return g_strdup_printf ("%s, %s%s, %s", plan->first[plan->stage],
      moments[plan->moment], plan->brief ? ", short answer" : "", plan->fault);
}

static void
add (GArray * rows, const gchar * const *elements, FaultsStage stage,
    FaultsMoment moment, const gchar * fault, guint base, guint deadline)
{
  Row row = {.plan = {.stage = stage,.moment = moment,.fault = fault},
  .base = base,.deadline = deadline,
  .times = moment == NEVER ? BASES : CLAMP (atoi (g_getenv ("FAULTS_TIMES") ?
          g_getenv ("FAULTS_TIMES") : "1"), 1, MOST_TIMES)
  };
  const gchar *only = g_getenv ("FAULTS_ONLY");
  guint second = g_getenv ("FAULTS_SAME") ? 0 : 1;
  gchar *name;

  for (guint i = 0; i < STAGES; i++) {
    row.plan.first[i] = i == stage ? elements[0] : pairs[i][0];
    row.plan.second[i] = i == stage ? elements[second] : pairs[i][second];
  }
  name = name_of (&row);
  if (moment == NEVER || !only || strstr (name, only))
    g_array_append_val (rows, row);
  g_free (name);
}

/* Less than a recogniser can be called deaf for. */
static void
add_short_answers (GArray * rows)
{
  static const gchar *const some[] = { "stall-head", "stall-body", "slow" };
  guint base = rows->len;

  for (guint i = 0; i <= G_N_ELEMENTS (some); i++) {
    guint before = rows->len;

    add (rows, pairs[HEARING], HEARING, i ? IDLE : NEVER, i ? some[i - 1] :
        NULL, base, TIMEOUT);
    if (rows->len > before)
      g_array_index (rows, Row, before).plan.brief = TRUE;
  }
}

static GArray *
make_rows (void)
{
  static const gchar *const some[] = { "401", "stall-body", "reset" };
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (Row));

  for (guint stage = 0; stage < STAGES; stage++) {
    guint base = rows->len;

    add (rows, pairs[stage], stage, NEVER, NULL, base, 0);
    for (guint moment = IDLE; moment <= MID_REPLY; moment++)
      for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
        add (rows, pairs[stage], stage, moment, faults[i].name, base,
            faults[i].deadline);
  }
  add_short_answers (rows);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    const gchar *elements[] = { others[i].first, others[i].second };
    FaultsStage stage = others[i].stage;
    guint base = rows->len;

    add (rows, elements, stage, NEVER, NULL, base, 0);
    for (guint k = 0; k < G_N_ELEMENTS (some); k++)
      add (rows, elements, stage, stage == HEARING ? MID_UTTERANCE : MID_REPLY,
          some[k], base, k == 1 ? TIMEOUT : 0);
  }
  return rows;
}

typedef struct
{
  Row *row;
  guint time;
} Job;

static void
do_job (gpointer data, gpointer user_data)
{
  Job *job = data;

  faults_play (&job->row->plan, &job->row->outcomes[job->time]);
  g_free (job);
}

static void
play_all (GArray * rows)
{
  const gchar *set = g_getenv ("FAULTS_CALLS");
  GThreadPool *pool = g_thread_pool_new (do_job, NULL, set ? atoi (set) : 6,
      TRUE, NULL);

  for (guint i = 0; i < rows->len; i++) {
    Row *row = &g_array_index (rows, Row, i);

    for (guint k = 0; k < row->times; k++) {
      Job *job = g_new (Job, 1);

      job->row = row;
      job->time = k;
      g_thread_pool_push (pool, job, NULL);
    }
  }
  g_thread_pool_free (pool, FALSE, TRUE);
}

static gdouble
median_silence (const Row * row)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (gdouble));
  gdouble ms;

  for (guint i = 0; i < row->times; i++) {
    ms = row->outcomes[i].silence / 1e3;
    g_array_append_val (values, ms);
  }
  ms = figures_percentile (values, 50);
  g_array_unref (values);
  return ms;
}

static void
explain (const gchar * name, const FaultsOutcome * outcome)
{
  g_printerr ("%s: %s%s%sheard \"%s\", said \"%s\"\n", name,
      outcome->failed ? "FAILED, " : "", outcome->stuck ? "STUCK, " : "",
      outcome->moved ? "moved, " : "", outcome->heard, outcome->said);
}

typedef struct
{
  guint rows, lost, again, late, bad;
} Sum;

static void
print (GArray * rows, guint i, Sum * sum)
{
  Row *row = &g_array_index (rows, Row, i);
  const Row *base = &g_array_index (rows, Row, row->base);
  gint added = median_silence (row) - median_silence (base);
  guint lost = 0, again = 0, bad = 0;
  gchar *name = name_of (row), *budget;
  gboolean fault = row->plan.moment != NEVER;

  for (guint k = 0; k < row->times; k++) {
    const FaultsOutcome *outcome = &row->outcomes[k];

    lost += outcome->lost;
    again += outcome->again;
    bad += outcome->failed || outcome->stuck;
    if (outcome->lost || outcome->again || outcome->failed || outcome->stuck
        || outcome->moved)
      explain (name, outcome);
  }
  if (fault) {
    budget = g_strdup_printf ("0, 0, <= %u", row->deadline + GRACE);
    figures_row (name, budget, "%u, %u, %+d %s%s", lost, again, added,
        row->outcomes[0].codes, bad ? " FAILED" : "");
    g_free (budget);
    sum->rows++;
    sum->late += added > (gint) (row->deadline + GRACE);
  } else {
    figures_row (name, "0, 0", "%u, %u, %.0f ms silent", lost, again,
        median_silence (row));
  }
  sum->lost += lost;
  sum->again += again;
  sum->bad += bad;
  g_free (name);
}

int
main (int argc, char **argv)
{
  GArray *rows;
  Sum sum = { 0 };

  faults_prepare ();
  gst_init (&argc, &argv);
  rows = make_rows ();
  play_all (rows);
  for (guint i = 0; i < rows->len; i++)
    print (rows, i, &sum);
  figures_row ("all faults: words lost, twice; calls failed", "0, 0, 0",
      "%u, %u, %u", sum.lost, sum.again, sum.bad);
  figures_row ("- of so many, later than the deadline + 300 ms", "0",
      "%u of %u", sum.late, sum.rows);
  for (guint i = 0; i < rows->len; i++) {
    Row *row = &g_array_index (rows, Row, i);

    for (guint k = 0; k < row->times; k++)
      faults_outcome_clear (&row->outcomes[k]);
  }
  g_array_unref (rows);
  faults_clean_up ();
  return 0;
}
