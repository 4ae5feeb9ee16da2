/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The health of providers for Prometheus and for people.
 */
#include <gst-voice/health.h>
#include <string.h>
#include <worker-health.h>

static gchar *
dump (void)
{
  gchar *text;

  gst_voice_health_clear ();
  for (guint i = 0; i < 10; i++)
    gst_voice_health_success ("llm/a\\\"b\"", i, 120000);
  gst_voice_health_failure ("stt/c", 0, GST_VOICE_ERROR_RATE_LIMITED, 9000000);
  text = gst_voice_health_dump (0);
  gst_voice_health_clear ();
  return text;
}

static void
prometheus (void)
{
  gchar *text = dump (), *page = worker_health_to_prometheus (text);

  g_assert_cmpstr (page, ==,
      "# HELP gst_voice_provider_cooling_seconds For how long a provider that "
      "failed is left alone\n"
      "# TYPE gst_voice_provider_cooling_seconds gauge\n"
      "gst_voice_provider_cooling_seconds{provider=\"llm/a\\\\\\\"b\\\"\"} 0\n"
      "gst_voice_provider_cooling_seconds{provider=\"stt/c\"} 9\n"
      "# HELP gst_voice_provider_answers_total What came of asking a provider\n"
      "# TYPE gst_voice_provider_answers_total counter\n"
      "gst_voice_provider_answers_total{provider=\"llm/a\\\\\\\"b\\\"\","
      "result=\"ok\"} 10\n"
      "gst_voice_provider_answers_total{provider=\"stt/c\",result=\"ok\"} 0\n"
      "gst_voice_provider_answers_total{provider=\"stt/c\","
      "result=\"rate-limited\"} 1\n"
      "# HELP gst_voice_provider_first_byte_seconds How long its answers took "
      "to begin, lately\n"
      "# TYPE gst_voice_provider_first_byte_seconds gauge\n"
      "gst_voice_provider_first_byte_seconds{provider=\"llm/a\\\\\\\"b\\\"\","
      "quantile=\"0.5\"} 0.12\n"
      "gst_voice_provider_first_byte_seconds{provider=\"llm/a\\\\\\\"b\\\"\","
      "quantile=\"0.95\"} 0.12\n");
  g_free (page);
  g_free (text);
}

static void
table (void)
{
  gchar *text = dump (), *rows = worker_health_to_table (text);

  g_assert_nonnull (strstr (rows, "llm/a\\\"b\""));
  g_assert_nonnull (strstr (rows, "   120    120  well\n"));
  g_assert_nonnull (strstr (rows, "left alone for 9 s: rate-limited\n"));
  g_free (rows);
  g_free (text);
  rows = worker_health_to_table ("{}");
  g_assert_cmpstr (rows, ==, "  no provider has been asked yet\n");
  g_free (rows);
}

static void
nonsense (void)
{
  static const gchar *const texts[] = { "", "[]", "{\"a\":1}",
    "{\"a\":{\"failures\":[1],\"p50\":\"x\"}}"
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (worker_health_to_prometheus (texts[i]));
    g_free (worker_health_to_table (texts[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-health/prometheus", prometheus);
  g_test_add_func ("/worker-health/table", table);
  g_test_add_func ("/worker-health/nonsense", nonsense);
  return g_test_run ();
}
