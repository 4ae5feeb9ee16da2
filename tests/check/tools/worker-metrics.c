/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text for Prometheus: that it is one (by the rules of the exposition
 * format 0.0.4), and that it says what was counted.
 */
#include <math.h>
#include <string.h>
#include <worker-metrics.h>

typedef struct
{
  GHashTable *types;            /* family → type */
  GHashTable *closed;           /* families whose lines are over */
  GHashTable *samples;          /* line without its value → value */
  gchar *family;                /* that the lines are of */
  gdouble bucket, bound;        /* the last of a histogram */
} Page;

static gboolean
is_name (const gchar * name, gsize length)
{
  if (length == 0 || g_ascii_isdigit (*name))
    return FALSE;
  return strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_:") >= length;
}

static void
begin_family (Page * page, const gchar * name)
{
  if (g_strcmp0 (page->family, name) == 0)
    return;
  if (page->family)
    g_hash_table_add (page->closed, page->family);
  g_assert_false (g_hash_table_contains (page->closed, name));
  page->family = g_strdup (name);
}

static void
read_comment (Page * page, const gchar * line)
{
  gchar **words = g_strsplit (line, " ", 4);

  g_assert_cmpuint (g_strv_length (words), ==, 4);
  g_assert_true (is_name (words[2], strlen (words[2])));
  begin_family (page, words[2]);
  if (strcmp (words[1], "TYPE") == 0) {
    g_assert_true (g_strv_contains ((const gchar * const[]) { "counter",
              "gauge", "histogram", NULL
            }, words[3]));
    g_assert_true (g_hash_table_insert (page->types, g_strdup (words[2]),
            g_strdup (words[3])));
  } else {
    g_assert_cmpstr (words[1], ==, "HELP");
  }
  g_strfreev (words);
}

/* `{a="b",c="d"}`; returns what follows. */
static const gchar *
read_labels (const gchar * at)
{
  do {
    gsize length = strcspn (++at, "=");

    g_assert_true (is_name (at, length));
    at += length;
    g_assert_true (g_str_has_prefix (at, "=\""));
    at += 2 + strcspn (at + 2, "\"\\\n");
    g_assert_cmpint (*at++, ==, '"');
  } while (*at == ',');
  g_assert_cmpint (*at, ==, '}');
  return at + 1;
}

/* Buckets only grow, and the last one is all. */
static void
check_histogram (Page * page, const gchar * line, gdouble value)
{
  const gchar *le = strstr (line, "le=\"");
  gdouble bound;

  if (le) {
    bound = g_str_has_prefix (le + 4, "+Inf") ? INFINITY :
        g_ascii_strtod (le + 4, NULL);
    if (page->bound == INFINITY)
      page->bucket = 0;
    else
      g_assert_cmpfloat (bound, >, page->bound);
    g_assert_cmpfloat (value, >=, page->bucket);
    page->bound = bound;
    page->bucket = value;
  } else if (strstr (line, "_count")) {
    g_assert_cmpfloat (value, ==, page->bucket);
  } else {
    g_assert_nonnull (strstr (line, "_sum"));
  }
}

static void
read_sample (Page * page, const gchar * line)
{
  const gchar *at = line + strcspn (line, "{ "), *type;
  gchar *end;
  gdouble value;

  g_assert_true (is_name (line, at - line));
  g_assert_nonnull (page->family);
  g_assert_true (g_str_has_prefix (line, page->family));
  type = g_hash_table_lookup (page->types, page->family);
  g_assert_nonnull (type);
  if (*at == '{')
    at = read_labels (at);
  g_assert_cmpint (*at, ==, ' ');
  value = g_ascii_strtod (at + 1, &end);
  g_assert_true (end > at + 1 && *end == '\0');
  if (strcmp (type, "histogram") == 0)
    check_histogram (page, line, value);
  else
    g_assert_cmpuint (strcspn (line, "{ "), ==, strlen (page->family));
  if (strcmp (type, "counter") == 0)
    g_assert_true (g_str_has_suffix (page->family, "_total"));
  g_assert_true (g_hash_table_insert (page->samples, g_strndup (line,
              at - line), g_strdup (at + 1)));
}

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static Page *
read_page (const WorkerMetrics * metrics)
{
  gchar *text = worker_metrics_to_text (metrics);
  gchar **lines = g_strsplit (text, "\n", -1);
  Page *page = g_new0 (Page, 1);

  g_assert_true (g_str_has_suffix (text, "\n"));
  page->types = new_table ();
  page->closed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  page->samples = new_table ();
  page->bound = INFINITY;
  for (guint i = 0; lines[i + 1]; i++) {
    if (*lines[i] == '#')
      read_comment (page, lines[i]);
    else
      read_sample (page, lines[i]);
  }
  g_strfreev (lines);
  g_free (text);
  return page;
}

static void
page_free (Page * page)
{
  g_hash_table_unref (page->types);
  g_hash_table_unref (page->closed);
  g_hash_table_unref (page->samples);
  g_free (page->family);
  g_free (page);
}

#define expect(page, name, value) g_assert_cmpstr ( \
    g_hash_table_lookup ((page)->samples, name), ==, value)

static void
empty (void)
{
  WorkerMetrics *metrics = worker_metrics_new ("host");
  Page *page = read_page (metrics);

  expect (page, "gst_voice_calls_total", "0");
  expect (page, "gst_voice_reply_seconds_count", "0");
  expect (page, "lk_agents_worker_load{nodename=\"host\"}", "0");
  page_free (page);
  worker_metrics_free (metrics);
}

static void
counted (void)
{
  WorkerMetrics *metrics = worker_metrics_new ("ho\"st\n");
  Page *page;

  worker_metrics_count (metrics, WORKER_COUNT_CALLS, 3);
  worker_metrics_ended (metrics, "completed");
  worker_metrics_ended (metrics, "\"\n");
  worker_metrics_set (metrics, WORKER_GAUGE_LOAD, 0.25);
  worker_metrics_set (metrics, WORKER_GAUGE_CALLS, 2);
  worker_metrics_time (metrics, WORKER_TIME_REPLY, 0.4);
  worker_metrics_time (metrics, WORKER_TIME_REPLY, 0.41);
  worker_metrics_time (metrics, WORKER_TIME_REPLY, 1000);
  worker_metrics_time (metrics, WORKER_TIME_REPLY, -1);
  worker_metrics_time (metrics, WORKER_TIME_REPLY, NAN);
  worker_metrics_time (metrics, WORKER_TIME_START, 0.06);
  worker_metrics_time (metrics, WORKER_TIME_START, 7);
  page = read_page (metrics);
  expect (page, "gst_voice_calls_total", "3");
  expect (page, "gst_voice_calls_active", "2");
  expect (page, "gst_voice_calls_ended_total{reason=\"completed\"}", "1");
  expect (page, "gst_voice_calls_ended_total{reason=\"other\"}", "1");
  expect (page, "gst_voice_reply_seconds_bucket{le=\"0.4\"}", "1");
  expect (page, "gst_voice_reply_seconds_bucket{le=\"0.5\"}", "2");
  expect (page, "gst_voice_reply_seconds_bucket{le=\"10\"}", "2");
  expect (page, "gst_voice_reply_seconds_bucket{le=\"+Inf\"}", "3");
  expect (page, "lk_agents_worker_load{nodename=\"ho_st_\"}", "0.25");
  expect (page, "lk_agents_active_job_count{nodename=\"ho_st_\"}", "2");
  expect (page, "lk_agents_proc_initialize_duration_seconds_bucket{"
      "nodename=\"ho_st_\",le=\"0.1\"}", "1");
  expect (page, "lk_agents_proc_initialize_duration_seconds_bucket{"
      "nodename=\"ho_st_\",le=\"+Inf\"}", "2");
  page_free (page);
  worker_metrics_free (metrics);
}

/* A persona has a name that is a label, and there are never more than were
 * named. */
static void
by_persona (void)
{
  const gchar *paths[] = { "/etc/clinic.json", "a \"b\".json", "x/clinic.json",
    "other.json", NULL
  };
  WorkerMetrics *metrics = worker_metrics_new ("host");
  Page *page;

  worker_metrics_set_personas (metrics, (gchar **) paths);
  worker_metrics_persona_time (metrics, "/etc/clinic.json", CALL_TIMING_REPLY,
      0.7);
  worker_metrics_persona_time (metrics, "clinic.json", CALL_TIMING_REPLY, 9);
  worker_metrics_persona_time (metrics, "clinic.json", CALL_TIMING_REPLY, -1);
  worker_metrics_persona_time (metrics, "a \"b\".json", CALL_TIMING_TOOL, 0.3);
  worker_metrics_persona_time (metrics, "stranger.json", CALL_TIMING_BARGE_IN,
      0.2);
  worker_metrics_persona_time (metrics, NULL, CALL_TIMING_BARGE_IN, 0.3);
  page = read_page (metrics);
  expect (page, "gst_voice_turn_seconds_bucket{persona=\"clinic\","
      "part=\"reply\",le=\"0.8\"}", "1");
  expect (page, "gst_voice_turn_seconds_count{persona=\"clinic\","
      "part=\"reply\"}", "2");
  expect (page, "gst_voice_turn_seconds_count{persona=\"clinic\","
      "part=\"decided\"}", NULL);
  expect (page, "gst_voice_tool_seconds_bucket{persona=\"a__b_\",le=\"0.5\"}",
      "1");
  expect (page, "gst_voice_barge_in_seconds_count{persona=\"other\"}", "2");
  page_free (page);
  worker_metrics_free (metrics);
}

/* However many personas a worker has. */
static void
many_personas (void)
{
  gchar **paths = g_new0 (gchar *, 101);
  WorkerMetrics *metrics = worker_metrics_new ("host");
  Page *page;

  for (guint i = 0; i < 100; i++)
    paths[i] = g_strdup_printf ("p%u.json", i);
  worker_metrics_set_personas (metrics, paths);
  for (guint i = 0; i < 100; i++)
    worker_metrics_persona_time (metrics, paths[i], CALL_TIMING_TOOL, 1);
  page = read_page (metrics);
  expect (page, "gst_voice_tool_seconds_count{persona=\"p31\"}", "1");
  expect (page, "gst_voice_tool_seconds_count{persona=\"p32\"}", NULL);
  expect (page, "gst_voice_tool_seconds_count{persona=\"other\"}", "68");
  page_free (page);
  worker_metrics_free (metrics);
  g_strfreev (paths);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-metrics/empty", empty);
  g_test_add_func ("/worker-metrics/counted", counted);
  g_test_add_func ("/worker-metrics/by-persona", by_persona);
  g_test_add_func ("/worker-metrics/many-personas", many_personas);
  return g_test_run ();
}
