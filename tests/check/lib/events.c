/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table of events: what it refuses, that values come back, and that
 * docs/events.md says the same. GST_VOICE_WRITE_DOCS=1 writes that file.
 */
#include <gst-voice/events.h>
#include <string.h>

static const gchar *type_names[] = {
  "string", "number", "boolean", "decimal", "time", "JSON"
};

static const gchar *preface =
    "# Events, messages and the journal\n"
    "\n"
    "What travels between the elements, what they tell the application, and "
    "what the\nrecord of a call is made of. This page is generated from the "
    "table in\n`plugins/lib/events.c` (`tools/dev doc`); a test compares the "
    "two.\n"
    "\n"
    "Every structure is named `voice/` and the name given here. Types are "
    "those of a\n`GstStructure`: string `gchararray`, number `guint`, boolean "
    "`gboolean`, decimal\n`gdouble`, time `GstClockTime` in nanoseconds, JSON "
    "a `gchararray` that holds JSON.\nTimes are running time unless said "
    "otherwise.\n"
    "\n"
    "**Messages** are element messages on the bus. Beside the fields given "
    "here they have\n`n` (number of the journal's line, 0 if it is in none), "
    "`at` (running time) and\n`wall` (microseconds since 1970, `gint64`).\n"
    "\n"
    "**The journal** has one JSON object a line: `n`, `at`, `wall` (RFC 3339, "
    "UTC), `type`\n(the name) and the fields. In JSON a time is in seconds "
    "(`null` if there is none) and\na JSON field is the value itself. "
    "`gst-voice run --json` prints these lines.\n"
    "\n"
    "| carried by | meaning |\n| --- | --- |\n"
    "| out of band | a downstream event that overtakes queued data |\n"
    "| in order | a downstream event in the order of the data |\n"
    "| upstream | an upstream event |\n"
    "| query | a query |\n"
    "| message | an element message |\n"
    "| journal | a line of the journal |\n";

static gchar *
carrier_names (GstVoiceCarrier carriers)
{
  static const gchar *names[] = {
    "out of band", "in order", "upstream", "query", "message", "journal"
  };
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (carriers & (1 << i))
      g_string_append_printf (out, "%s%s", out->len ? ", " : "", names[i]);
  }
  return g_string_free (out, FALSE);
}

static gchar *
document (void)
{
  GString *out = g_string_new (preface);
  guint n;
  const GstVoiceEventInfo *table = gst_voice_event_table (&n);

  for (guint i = 0; i < n; i++) {
    gchar *carriers = carrier_names (table[i].carriers);

    g_string_append_printf (out, "\n## %s\n\n%s\n\nFrom: %s. Carried: %s.\n\n"
        "| field | type | |\n| --- | --- | --- |\n", table[i].name,
        table[i].doc, table[i].from, carriers);
    for (const GstVoiceFieldInfo * f = table[i].fields; f->name; f++)
      g_string_append_printf (out, "| `%s` | %s | %s |\n", f->name,
          type_names[f->type], f->doc);
    g_free (carriers);
  }
  return g_string_free (out, FALSE);
}

static void
docs_say_the_same (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "events.md", NULL);
  gchar *expected = document (), *text = NULL;

  if (g_getenv ("GST_VOICE_WRITE_DOCS"))
    g_assert_true (g_file_set_contents (path, expected, -1, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
  g_free (expected);
  g_free (path);
}

static void
names_are_unique (void)
{
  guint n;
  const GstVoiceEventInfo *table = gst_voice_event_table (&n);

  for (guint i = 0; i < n; i++) {
    g_assert_true (gst_voice_event_info (table[i].name) == &table[i]);
    for (const GstVoiceFieldInfo * f = table[i].fields; f->name; f++)
      g_assert_true (gst_voice_event_field (&table[i], f->name) == f);
  }
}

static void
values_come_back (void)
{
  GstStructure *s = gst_voice_structure_new ("heard", "speech", 3u,
      "text", "one \"two\"", "complete", TRUE, "position", 5 * GST_SECOND,
      NULL);
  GstEvent *event = gst_voice_event_new (GST_VOICE_UPSTREAM, NULL, s);
  const GstStructure *seen = gst_voice_event_parse (event);

  g_assert_true (gst_voice_event_is (event, "heard"));
  g_assert_false (gst_voice_event_is (event, "hear"));
  g_assert_cmpint (GST_EVENT_TYPE (event), ==, GST_EVENT_CUSTOM_UPSTREAM);
  g_assert_cmpuint (gst_voice_structure_uint (seen, "speech"), ==, 3);
  g_assert_cmpstr (gst_voice_structure_string (seen, "text"), ==,
      "one \"two\"");
  g_assert_true (gst_voice_structure_boolean (seen, "complete"));
  g_assert_cmpuint (gst_voice_structure_time (seen, "position"), ==,
      5 * GST_SECOND);
  g_assert_cmpstr (gst_voice_structure_string (seen, "rest"), ==, "");
  g_assert_cmpuint (gst_voice_structure_time (seen, "none"), ==,
      GST_CLOCK_TIME_NONE);
  g_assert_null (gst_voice_event_token (event));
  gst_event_unref (event);
}

static void
token_rides_in_event (void)
{
  GstClock *clock = gst_voice_clock_new ();
  GstVoiceToken *token = gst_voice_token_new (clock), *seen;
  GstEvent *event = gst_voice_event_new (GST_VOICE_ORDERED, token,
      gst_voice_structure_new ("speech-end", "speech", 1u, NULL));

  seen = gst_voice_event_token (event);
  g_assert_true (seen == token);
  gst_voice_token_unref (seen);
  gst_voice_token_unref (token);
  gst_event_unref (event);
  gst_object_unref (clock);
}

static void
foreign_events_are_not_ours (void)
{
  GstEvent *flush = gst_event_new_flush_start ();
  GstEvent *other = gst_event_new_custom (GST_EVENT_CUSTOM_UPSTREAM,
      gst_structure_new_empty ("GstForceKeyUnit"));

  g_assert_null (gst_voice_event_parse (flush));
  g_assert_null (gst_voice_event_parse (other));
  g_assert_false (gst_voice_event_is (other, "heard"));
  gst_event_unref (flush);
  gst_event_unref (other);
}

static void
unknown_is_refused (void)
{
  GstStructure *s;

  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*no field*");
  s = gst_voice_structure_new ("heard", "speach", 3u, NULL);
  g_test_assert_expected_messages ();
  g_test_expect_message (NULL, G_LOG_LEVEL_CRITICAL, "*not carried*");
  gst_event_unref (gst_voice_event_new (GST_VOICE_OOB, NULL, s));
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/events/docs", docs_say_the_same);
  g_test_add_func ("/events/unique", names_are_unique);
  g_test_add_func ("/events/values", values_come_back);
  g_test_add_func ("/events/token", token_rides_in_event);
  g_test_add_func ("/events/foreign", foreign_events_are_not_ours);
  g_test_add_func ("/events/unknown", unknown_is_refused);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
