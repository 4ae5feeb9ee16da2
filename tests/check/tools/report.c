/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The short report: what a journal comes to.
 */
#include "fixture.h"

#include <report.h>

#include <stdlib.h>
#include <string.h>

static gchar *
report_of (const gchar * journal, const gchar * db, const gchar * speaker)
{
  gchar *path = fixture_path (journal), *copy;
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
  g_free (path);
  return copy;
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/call", of_a_call);
  g_test_add_func ("/report/crash", of_a_crash);
  return g_test_run ();
}
