/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The short report: what a journal comes to.
 */
#include "fixture.h"

#include <report.h>

#include <stdlib.h>
#include <string.h>

static gchar *
report_of_file (const gchar * path, const gchar * db, const gchar * speaker)
{
  gchar *copy;
  GError *error = NULL;
  Record *record = record_new_from_journal (path, &error);
  char *text;
  size_t size;
  FILE *out = open_memstream (&text, &size);

  g_assert_no_error (error);
  report_print (record, db, speaker, out);
  fclose (out);
  copy = g_strdup (text);
  free (text);
  record_free (record);
  return copy;
}

static gchar *
report_of (const gchar * journal, const gchar * db, const gchar * speaker)
{
  gchar *path = fixture_path (journal);
  gchar *text = report_of_file (path, db, speaker);

  g_free (path);
  return text;
}

static void
of_a_call (void)
{
  gchar *text = report_of ("journals/clinic.jsonl", "/data/ca\033lls.db",
      "agent.wav");

  fixture_expect ("calls/clinic-report.txt", text);
  g_assert_null (strchr (text, '\033'));
  g_free (text);
}

/* No latency is invented, and no file. */
static void
of_a_crash (void)
{
  gchar *text = report_of ("journals/crashed.jsonl", NULL, "none");

  g_assert_nonnull (strstr (text, "ended: crashed\n"));
  g_assert_null (strstr (text, "speaker "));
  g_assert_null (strstr (text, "database "));
  g_free (text);
}

/* A cost of 0 is told only of what runs here. */
static void
of_an_unknown_cost (void)
{
#define LINE "{\"n\":1,\"at\":0.5,\"type\":\"usage\",\"provider\":"
#define FREE LINE "\"flitetts\",\"characters\":9}\n" \
    LINE "\"scriptllm\",\"model\":\"clinic\",\"tokens-in\":9}\n"
#define PRICED LINE "\"openaillm\",\"model\":\"m\",\"tokens-in\":9," \
    "\"cost\":0.25}\n"
#define UNKNOWN LINE "\"deepgramstt\",\"model\":\"nova-9\",\"audio\":2}\n"
  static const gchar *const cases[][2] = {
    {FREE, "cost 0\n"}, {FREE UNKNOWN, "cost unknown\n"},
    {FREE PRICED, "cost 0.25\n"}, {PRICED UNKNOWN, "cost at least 0.25\n"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gchar *dir = fixture_dir ();
    gchar *path = g_build_filename (dir, "a.jsonl", NULL);
    gchar *text;

    g_assert_true (g_file_set_contents (path, cases[i][0], -1, NULL));
    text = report_of_file (path, NULL, "none");
    g_assert_nonnull (strstr (text, cases[i][1]));
    g_free (text);
    g_free (path);
    fixture_remove (dir);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/call", of_a_call);
  g_test_add_func ("/report/crash", of_a_crash);
  g_test_add_func ("/report/unknown-cost", of_an_unknown_cost);
  return g_test_run ();
}
