/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Traces on their way to a collector, and what it may do to them.
 */
#include <gst-voice/json.h>
#include <gst/gst.h>
#include <string.h>
#include <trace-export.h>

#include "http-peer.h"

#define PATIENCE_MS 20000
#define KEY "Zx81hush"

typedef struct
{
  HttpPeer *peer;
  TraceSettings settings;
  TraceExport *traces;
} Fixture;

static void
set_up (Fixture * f, const gchar * script)
{
  GError *error = NULL;
  gchar *url;

  memset (f, 0, sizeof *f);
  f->peer = http_peer_new (script, NULL, 0, &error);
  g_assert_no_error (error);
  url = http_peer_url (f->peer, "");
  f->settings.endpoint = url;
  g_assert_true (trace_settings_complete (&f->settings, &error));
  g_assert_no_error (error);
  f->traces = trace_export_new (&f->settings);
}

static void
tear_down (Fixture * f)
{
  trace_export_free (f->traces);
  trace_settings_clear (&f->settings);
  http_peer_free (f->peer);
}

static void
add (Fixture * f, guint n)
{
  for (guint i = 0; i < n; i++)
    trace_export_add (f->traces, g_strdup ("{\"spans\":[]}"));
}

static void
expect_counts (Fixture * f, guint64 sent, guint64 dropped)
{
  guint64 s, d;

  trace_export_get_counts (f->traces, &s, &d);
  g_assert_cmpuint (s, ==, sent);
  g_assert_cmpuint (d, ==, dropped);
}

static JsonArray *
body_of (const HttpPeerRequest * request, JsonNode ** node)
{
  GError *error = NULL;
  gsize size;
  const gchar *text = g_bytes_get_data (request->body, &size);
  JsonArray *resources;

  *node = gst_voice_json_parse (text, size, G_MAXSIZE, 32, &error);
  g_assert_no_error (error);
  resources = json_object_get_array_member (json_node_get_object (*node),
      "resourceSpans");
  g_assert_cmpuint (json_array_get_length (resources), ==, 1);
  return json_object_get_array_member (json_array_get_object_element (resources,
          0), "scopeSpans");
}

static void
sent_together (void)
{
  Fixture f;
  const HttpPeerRequest *request;
  JsonNode *node;

  g_setenv ("GST_VOICE_TEST_KEY", KEY, TRUE);
  g_setenv ("OTEL_EXPORTER_OTLP_HEADERS", "x-key = env:GST_VOICE_TEST_KEY,"
      "x-other=a%20b", TRUE);
  set_up (&f, "{\"/v1/traces\": {\"steps\": [\"{}\"]}}");
  g_unsetenv ("OTEL_EXPORTER_OTLP_HEADERS");
  add (&f, 3);
  g_assert_true (trace_export_finish (f.traces, PATIENCE_MS));
  expect_counts (&f, 3, 0);
  request = http_peer_request (f.peer, 0);
  g_assert_cmpstr (request->method, ==, "POST");
  g_assert_cmpstr (request->path, ==, "/v1/traces");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "content-type"), ==,
      "application/json");
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-key"), ==, KEY);
  g_assert_cmpstr (g_hash_table_lookup (request->headers, "x-other"), ==,
      "a b");
  g_assert_cmpuint (json_array_get_length (body_of (request, &node)), ==, 3);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 1);
  json_node_unref (node);
  tear_down (&f);
}

/* Without being hurried it goes when a second is over, or many wait. */
static void
sent_by_itself (void)
{
  Fixture f;
  JsonNode *node;

  set_up (&f, "{\"/v1/traces\": {\"steps\": [\"{}\"]}}");
  add (&f, 64);
  g_assert_cmpuint (json_array_get_length (body_of (http_peer_request (f.peer,
                  0), &node)), ==, 64);
  json_node_unref (node);
  add (&f, 1);
  g_assert_cmpuint (json_array_get_length (body_of (http_peer_request (f.peer,
                  1), &node)), ==, 1);
  json_node_unref (node);
  tear_down (&f);
}

/* The same batch is sent again, and what is added waits. */
static void
busy_collector (void)
{
  Fixture f;
  JsonNode *node;

  set_up (&f, "{\"/v1/traces\": [{\"status\": 503, \"headers\": "
      "{\"Retry-After\": \"0\"}}, {\"steps\": [\"{}\"]}]}");
  add (&f, 2);
  g_assert_true (trace_export_finish (f.traces, PATIENCE_MS));
  expect_counts (&f, 2, 0);
  g_assert_cmpuint (http_peer_n_requests (f.peer), ==, 2);
  g_assert_cmpuint (json_array_get_length (body_of (http_peer_request (f.peer,
                  1), &node)), ==, 2);
  json_node_unref (node);
  tear_down (&f);
}

/* What it refuses is not sent again, and does not stop the next. */
static void
refusing_collector (void)
{
  Fixture f;
  gchar *problem;

  set_up (&f, "{\"/v1/traces\": [{\"status\": 400, \"steps\": [\"{}\"]}, "
      "{\"steps\": [\"{}\"]}]}");
  add (&f, 64);
  http_peer_request (f.peer, 0);
  add (&f, 1);
  g_assert_false (trace_export_finish (f.traces, PATIENCE_MS));
  expect_counts (&f, 1, 64);
  problem = trace_export_problem (f.traces);
  g_assert_nonnull (strstr (problem, "400"));
  g_free (problem);
  tear_down (&f);
}

/* A collector that does not answer costs the traces and no more. */
static void
silent_collector (void)
{
  Fixture f;
  gchar *problem;

  set_up (&f, "{\"/v1/traces\": {\"hold\": true}}");
  add (&f, 64);
  http_peer_request (f.peer, 0);
  add (&f, 1024 + 3);
  expect_counts (&f, 0, 3);
  g_assert_false (trace_export_finish (f.traces, 1));
  expect_counts (&f, 0, 64 + 1024 + 3);
  problem = trace_export_problem (f.traces);
  g_assert_cmpstr (problem, ==, "the collector is too slow");
  g_free (problem);
  tear_down (&f);
}

static void
large_traces (void)
{
  Fixture f;

  set_up (&f, "{\"/v1/traces\": {\"hold\": true}}");
  trace_export_add (f.traces, g_strnfill (9 * 1024 * 1024, ' '));
  expect_counts (&f, 0, 1);
  tear_down (&f);
}

static void
expect_settings (const gchar * endpoint, const gchar * url, const gchar * why)
{
  TraceSettings settings = {.endpoint = g_strdup (endpoint) };
  GError *error = NULL;
  gboolean ok = trace_settings_complete (&settings, &error);

  g_assert_true (ok == (why == NULL));
  if (why) {
    g_assert_nonnull (strstr (error->message, why));
    g_assert_null (strstr (error->message, KEY));
    g_error_free (error);
  } else {
    g_assert_cmpstr (settings.url, ==, url);
  }
  trace_settings_clear (&settings);
}

static void
where_they_go (void)
{
  expect_settings (NULL, NULL, NULL);
  expect_settings ("http://c:4318", "http://c:4318/v1/traces", NULL);
  expect_settings ("https://c/x/", "https://c/x/v1/traces", NULL);
  expect_settings ("https://c/v1/traces", "https://c/v1/traces", NULL);
  expect_settings ("c:4318", NULL, "--otlp-endpoint: a URL of HTTP");
  expect_settings ("file:///etc/passwd", NULL, "a URL of HTTP");
  g_setenv ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a", TRUE);
  expect_settings (NULL, "http://a/v1/traces", NULL);
  expect_settings ("http://b", "http://b/v1/traces", NULL);
  g_setenv ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://d/t", TRUE);
  expect_settings (NULL, "http://d/t", NULL);
  g_setenv ("OTEL_EXPORTER_OTLP_HEADERS", "a: " KEY, TRUE);
  expect_settings (NULL, NULL, "OTEL_EXPORTER_OTLP_HEADERS: write NAME=VALUE");
  g_setenv ("OTEL_EXPORTER_OTLP_HEADERS", "a b=" KEY, TRUE);
  expect_settings (NULL, NULL, "a header's name");
  g_setenv ("OTEL_EXPORTER_OTLP_HEADERS", "a=env:GST_VOICE_NOT_SET", TRUE);
  expect_settings (NULL, NULL, "GST_VOICE_NOT_SET is not set");
  g_unsetenv ("OTEL_EXPORTER_OTLP_HEADERS");
  g_unsetenv ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  g_unsetenv ("OTEL_EXPORTER_OTLP_ENDPOINT");
}

int
main (int argc, char **argv)
{
  int status;

  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace-export/together", sent_together);
  g_test_add_func ("/trace-export/by-itself", sent_by_itself);
  g_test_add_func ("/trace-export/busy", busy_collector);
  g_test_add_func ("/trace-export/refusing", refusing_collector);
  g_test_add_func ("/trace-export/silent", silent_collector);
  g_test_add_func ("/trace-export/large", large_traces);
  g_test_add_func ("/trace-export/settings", where_they_go);
  status = g_test_run ();
  gst_deinit ();
  return status;
}
