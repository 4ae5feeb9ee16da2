/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How long a provider that failed is left alone, who asks it again, and what a
 * snapshot carries to other processes. In virtual time.
 */
#include <gst-voice/health.h>
#include <gst-voice/json.h>
#include <string.h>

#define KEY "stt/one"
#define S ((gint64) G_USEC_PER_SEC)

/* Fails when it may be asked again, @n times, from @now on. Returns the last
 * time for which it is left alone. */
static gint64
fail_again (gint64 * now, GstVoiceError code, guint n)
{
  gint64 left = 0;

  for (guint i = 0; i < n; i++) {
    *now += left;
    gst_voice_health_failure (KEY, *now, code, -1);
    left = gst_voice_health_cooling (KEY, *now);
  }
  return left;
}

static void
assert_about (gint64 time, gint64 wanted)
{
  g_assert_cmpint (time, >=, wanted * 8 / 10);
  g_assert_cmpint (time, <=, wanted * 12 / 10);
}

static void
cools_longer_each_time (void)
{
  gint64 now = 1000;

  g_assert_cmpint (gst_voice_health_cooling (KEY, now), ==, 0);
  assert_about (fail_again (&now, GST_VOICE_ERROR_STALLED, 1), 2 * S);
  now += 3 * S;
  assert_about (fail_again (&now, GST_VOICE_ERROR_STALLED, 1), 4 * S);
  now += 5 * S;
  assert_about (fail_again (&now, GST_VOICE_ERROR_STALLED, 20), 300 * S);
  gst_voice_health_success (KEY, now, -1);
  g_assert_cmpint (gst_voice_health_cooling (KEY, now), ==, 0);
  assert_about (fail_again (&now, GST_VOICE_ERROR_STALLED, 1), 2 * S);
  gst_voice_health_clear ();
}

/* Ten calls that lose the same connection have seen one failure. */
static void
one_failure_of_many_calls (void)
{
  for (guint i = 0; i < 10; i++)
    gst_voice_health_failure (KEY, 1000 + i, GST_VOICE_ERROR_DISCONNECTED, -1);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 1010), <=, 24 * S / 10);
  gst_voice_health_clear ();
}

static void
firm_failures_cool_longer (void)
{
  static const GstVoiceError codes[] = { GST_VOICE_ERROR_AUTH,
    GST_VOICE_ERROR_QUOTA, GST_VOICE_ERROR_UNSUPPORTED
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    gint64 now = 0;

    assert_about (fail_again (&now, codes[i], 1), 60 * S);
    gst_voice_health_clear ();
  }
}

static void
retry_after_wins (void)
{
  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_RATE_LIMITED, 7 * S);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 0), ==, 7 * S);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 7 * S - 1), ==, 1);
  gst_voice_health_clear ();
  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_RATE_LIMITED, G_MAXINT64);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 0), ==, 3600 * S);
  gst_voice_health_clear ();
}

static void
cancelling_is_no_failure (void)
{
  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_CANCELLED, -1);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 0), ==, 0);
}

/* Likewise among processes: who is told first that the time is over asks. */
static void
one_process_probes (void)
{
  static const gchar *const calls[] = { "\"cooling\":0,",
    "\"cooling\":9000000,", "\"cooling\":0,"
  };

  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_SERVER, 5 * S);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    gint64 now = i == 2 ? 15 * S : (5 + i) * S;
    gchar *look = gst_voice_health_dump (now);
    gchar *call = gst_voice_health_hand_over (now);

    g_assert_nonnull (strstr (look, calls[i]));
    g_assert_cmpstr (call, ==, look);
    g_free (look);
    g_free (call);
  }
  gst_voice_health_clear ();
}

/* One asks again; the others wait for what it learns, but not for ever. */
static void
one_probe (void)
{
  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_SERVER, 5 * S);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 5 * S), ==, 0);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 5 * S), ==, 10 * S);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 15 * S), ==, 0);
  gst_voice_health_success (KEY, 16 * S, -1);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 16 * S), ==, 0);
  g_assert_cmpint (gst_voice_health_cooling (KEY, 16 * S), ==, 0);
  gst_voice_health_clear ();
}

static void
latencies (void)
{
  g_assert_cmpint (gst_voice_health_latency (KEY, .5), ==, -1);
  for (guint i = 1; i <= 7; i++)
    gst_voice_health_success (KEY, i, i * 100);
  g_assert_cmpint (gst_voice_health_latency (KEY, .5), ==, -1);
  gst_voice_health_success (KEY, 8, -1);
  g_assert_cmpint (gst_voice_health_latency (KEY, .5), ==, -1);
  for (guint i = 8; i <= 101; i++)
    gst_voice_health_success (KEY, i, i * 100);
  /* The last 64: 38 to 101. */
  g_assert_cmpint (gst_voice_health_latency (KEY, 0), ==, 3800);
  g_assert_cmpint (gst_voice_health_latency (KEY, 1), ==, 10100);
  g_assert_cmpint (gst_voice_health_latency (KEY, .95), ==, 9800);
  gst_voice_health_clear ();
}

/* What another process knows, on a clock of its own. */
static void
snapshot (void)
{
  gchar *dump, *again;

  for (guint i = 0; i < 9; i++)
    gst_voice_health_success ("llm/\"x\"", i, 1000 + i);
  gst_voice_health_failure (KEY, 100 * S, GST_VOICE_ERROR_RATE_LIMITED, 9 * S);
  dump = gst_voice_health_dump (101 * S);
  g_assert_nonnull (strstr (dump, "\"cooling\":8000000,\"code\":\"rate-limited"
          "\",\"successes\":0,\"failures\":{\"rate-limited\":1}"));
  gst_voice_health_clear ();
  g_assert_true (gst_voice_health_load (dump, 5 * S));
  g_assert_cmpint (gst_voice_health_cooling (KEY, 5 * S), ==, 8 * S);
  g_assert_cmpint (gst_voice_health_latency ("llm/\"x\"", .5), ==, 1004);
  again = gst_voice_health_dump (5 * S);
  g_assert_cmpstr (dump, ==, again);
  g_free (again);
  g_free (dump);
  gst_voice_health_clear ();
}

static void
keep_line (const gchar * key, const gchar * line, gpointer data)
{
  g_assert_cmpstr (key, ==, KEY);
  g_ptr_array_add (data, g_strdup (line));
}

/* What one process notes another takes, and tells nobody. */
static void
lines (void)
{
  GPtrArray *told = g_ptr_array_new_with_free_func (g_free);

  gst_voice_health_watch (keep_line, told);
  gst_voice_health_failure (KEY, 0, GST_VOICE_ERROR_SERVER, 3 * S);
  gst_voice_health_success (KEY, 0, 250);
  g_assert_cmpuint (told->len, ==, 2);
  gst_voice_health_clear ();
  g_assert_true (gst_voice_health_merge (told->pdata[0], 50 * S));
  g_assert_cmpint (gst_voice_health_cooling (KEY, 50 * S), ==, 3 * S);
  g_assert_true (gst_voice_health_merge (told->pdata[1], 50 * S));
  g_assert_cmpint (gst_voice_health_cooling (KEY, 50 * S), ==, 0);
  g_assert_cmpuint (told->len, ==, 2);
  gst_voice_health_watch (NULL, NULL);
  g_ptr_array_unref (told);
  gst_voice_health_clear ();
}

static void
refused (void)
{
  static const gchar *const texts[] = { NULL, "", "[]", "{", "x" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_false (gst_voice_health_load (texts[i], 0));
    g_assert_false (gst_voice_health_merge (texts[i], 0));
  }
  g_assert_false (gst_voice_health_merge ("{\"key\":\"a\",\"code\":\"x\"}", 0));
  g_assert_false (gst_voice_health_merge ("{\"key\":\"\"}", 0));
}

/* Names come from addresses that a persona may choose: their number and so
 * the memory is bounded, and the latest are kept. */
static void
many_keys (void)
{
  JsonNode *node;
  gchar *dump;

  for (guint i = 0; i < 1000; i++) {
    gchar *key = g_strdup_printf ("llm/%u", i);

    gst_voice_health_failure (key, 0, GST_VOICE_ERROR_SERVER, 9 * S);
    g_free (key);
  }
  dump = gst_voice_health_dump (0);
  node = gst_voice_json_parse (dump, -1, 65536, 5, NULL);
  g_assert_nonnull (node);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==, 64);
  g_assert_cmpint (gst_voice_health_cooling ("llm/999", 0), ==, 9 * S);
  g_assert_cmpint (gst_voice_health_cooling ("llm/1", 0), ==, 0);
  json_node_unref (node);
  g_free (dump);
  gst_voice_health_clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/health/cools-longer", cools_longer_each_time);
  g_test_add_func ("/health/many-calls", one_failure_of_many_calls);
  g_test_add_func ("/health/firm", firm_failures_cool_longer);
  g_test_add_func ("/health/retry-after", retry_after_wins);
  g_test_add_func ("/health/cancelled", cancelling_is_no_failure);
  g_test_add_func ("/health/one-probe", one_probe);
  g_test_add_func ("/health/one-process-probes", one_process_probes);
  g_test_add_func ("/health/latencies", latencies);
  g_test_add_func ("/health/snapshot", snapshot);
  g_test_add_func ("/health/lines", lines);
  g_test_add_func ("/health/refused", refused);
  g_test_add_func ("/health/many-keys", many_keys);
  return g_test_run ();
}
