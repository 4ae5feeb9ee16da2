/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Traces of a call, made of its journal while it grows.
 */
#include "fixture.h"

#include <glib/gstdio.h>
#include <gst-voice/json.h>
#include <string.h>
#include <trace-tail.h>

typedef struct
{
  gchar *dir, *path;
  gchar **lines;                /* of the journal */
  GPtrArray *traces;
  TraceTail *tail;
} Fixture;

static void
take (gpointer data, gchar * trace)
{
  g_ptr_array_add (((Fixture *) data)->traces, trace);
}

static void
set_up (Fixture * f, const gchar * journal, gboolean content)
{
  gchar *text = fixture_load (journal, NULL);

  f->dir = fixture_dir ();
  f->path = g_build_filename (f->dir, "x.jsonl", NULL);
  f->lines = g_strsplit (text, "\n", -1);
  f->traces = g_ptr_array_new_with_free_func (g_free);
  f->tail = trace_tail_new (f->path, content, take, f);
  g_free (text);
}

static void
tear_down (Fixture * f)
{
  trace_tail_free (f->tail);
  g_ptr_array_unref (f->traces);
  g_strfreev (f->lines);
  g_free (f->path);
  fixture_remove (f->dir);
}

static void
append (Fixture * f, const gchar * text)
{
  FILE *file = g_fopen (f->path, "a");

  g_assert_nonnull (file);
  fputs (text, file);
  fclose (file);
}

static void
append_lines (Fixture * f, guint first, guint end)
{
  for (guint i = first; i < end && f->lines[i]; i++) {
    append (f, f->lines[i]);
    append (f, "\n");
  }
}

static JsonNode *
parse (const gchar * trace)
{
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (trace, -1, G_MAXSIZE, 32, &error);

  g_assert_no_error (error);
  return node;
}

static JsonArray *
spans_of (JsonNode * trace)
{
  return json_object_get_array_member (json_node_get_object (trace), "spans");
}

static JsonObject *
find_span (JsonNode * trace, const gchar * name)
{
  JsonArray *spans = spans_of (trace);

  for (guint i = 0; i < json_array_get_length (spans); i++) {
    JsonObject *span = json_array_get_object_element (spans, i);

    if (strcmp (json_object_get_string_member (span, "name"), name) == 0)
      return span;
  }
  return NULL;
}

/* As text, whatever it is. */
static gchar *
attribute (JsonObject * span, const gchar * key)
{
  JsonArray *list = json_object_get_array_member (span, "attributes");

  for (guint i = 0; i < json_array_get_length (list); i++) {
    JsonObject *pair = json_array_get_object_element (list, i);

    if (strcmp (json_object_get_string_member (pair, "key"), key) == 0)
      return gst_voice_json_to_string (json_object_get_member (pair, "value"));
  }
  return NULL;
}

static void
expect_attribute (JsonObject * span, const gchar * key, const gchar * value)
{
  gchar *text = attribute (span, key);

  g_assert_cmpstr (text, ==, value);
  g_free (text);
}

/* All spans but the root have it for their parent, and lie within it. */
static void
expect_tree (JsonNode * trace)
{
  JsonArray *spans = spans_of (trace);
  JsonObject *root = find_span (trace, "agent_turn");
  const gchar *id = json_object_get_string_member (root, "traceId");
  GHashTable *ids = g_hash_table_new (g_str_hash, g_str_equal);

  g_assert_cmpuint (strlen (id), ==, 32);
  g_assert_false (json_object_has_member (root, "parentSpanId"));
  for (guint i = 0; i < json_array_get_length (spans); i++) {
    JsonObject *span = json_array_get_object_element (spans, i);
    const gchar *start = json_object_get_string_member (span,
        "startTimeUnixNano"), *end = json_object_get_string_member (span,
        "endTimeUnixNano");

    g_assert_cmpuint (strlen (json_object_get_string_member (span, "spanId")),
        ==, 16);
    g_assert_true (g_hash_table_add (ids, (gpointer)
            json_object_get_string_member (span, "spanId")));
    g_assert_cmpstr (json_object_get_string_member (span, "traceId"), ==, id);
    g_assert_cmpuint (strlen (start), ==, 19);
    g_assert_cmpstr (start, <=, end);
    g_assert_cmpstr (start, >=, json_object_get_string_member (root,
            "startTimeUnixNano"));
    g_assert_cmpstr (end, <=, json_object_get_string_member (root,
            "endTimeUnixNano"));
    if (span != root)
      g_assert_cmpstr (json_object_get_string_member (span, "parentSpanId"), ==,
          json_object_get_string_member (root, "spanId"));
  }
  g_hash_table_unref (ids);
}

/* A turn is told when the next one is decided, and each once. */
static void
as_it_grows (void)
{
  Fixture f;
  JsonNode *trace;

  set_up (&f, "journals/clinic.jsonl", FALSE);
  trace_tail_read (f.tail);
  append_lines (&f, 0, 20);
  append (&f, "{\"n\":21,\"at\":8.1,\"wall\":\"2026-01-14");
  trace_tail_read (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 1);      /* the greeting */
  append (&f, f.lines[20] + strlen ("{\"n\":21,\"at\":8.1,\"wall\":"
          "\"2026-01-14"));
  append (&f, "\n");
  trace_tail_read (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 2);
  append_lines (&f, 21, 43);
  trace_tail_read (f.tail);
  trace_tail_read (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 3);
  append_lines (&f, 43, 999);
  trace_tail_end (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 6);
  trace_tail_end (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 6);
  for (guint i = 0; i < f.traces->len; i++) {
    trace = parse (g_ptr_array_index (f.traces, i));
    expect_tree (trace);
    json_node_unref (trace);
  }
  tear_down (&f);
}

static void
whole_call (Fixture * f, const gchar * journal, gboolean content)
{
  set_up (f, journal, content);
  append_lines (f, 0, G_MAXUINT);
  trace_tail_end (f->tail);
}

static void
attributes (void)
{
  Fixture f;
  JsonNode *trace;
  JsonObject *span;

  whole_call (&f, "journals/clinic.jsonl", FALSE);
  trace = parse (g_ptr_array_index (f.traces, 2));
  span = find_span (trace, "agent_turn");
  expect_attribute (span, "gen_ai.conversation.id",
      "{\"stringValue\":\"7b1e09c2-4c9e-4f0d-9a53-0d6c2f7e1a44\"}");
  expect_attribute (span, "lk.e2e_latency", "{\"doubleValue\":1.71}");
  expect_attribute (span, "gst_voice.turn", "{\"intValue\":\"2\"}");
  span = find_span (trace, "llm_node");
  g_assert_cmpint (json_object_get_int_member (span, "kind"), ==, 3);
  expect_attribute (span, "gen_ai.operation.name",
      "{\"stringValue\":\"chat\"}");
  expect_attribute (span, "gen_ai.provider.name",
      "{\"stringValue\":\"openai\"}");
  expect_attribute (span, "gen_ai.request.model",
      "{\"stringValue\":\"gpt-mini\"}");
  expect_attribute (span, "gen_ai.usage.input_tokens",
      "{\"intValue\":\"975\"}");
  expect_attribute (span, "lk.response.ttft", "{\"doubleValue\":0.92}");
  expect_attribute (find_span (trace, "stt"), "gen_ai.provider.name",
      "{\"stringValue\":\"deepgram\"}");
  expect_attribute (find_span (trace, "tts_node"), "gen_ai.provider.name",
      "{\"stringValue\":\"cartesia\"}");
  span = find_span (trace, "function_tool");
  expect_attribute (span, "gen_ai.tool.name",
      "{\"stringValue\":\"find_slots\"}");
  expect_attribute (span, "lk.function_tool.is_error", "{\"boolValue\":false}");
  expect_attribute (find_span (trace, "agent_speaking"), "lk.interrupted",
      "{\"boolValue\":true}");
  /* The last sound of the caller was at 7.6 s. */
  g_assert_cmpstr (json_object_get_string_member (find_span (trace, "stt"),
          "startTimeUnixNano"), ==, "1768381509850000000");
  json_node_unref (trace);
  tear_down (&f);
}

/* Nobody's words, numbers or arguments are in a trace unless it is wanted. */
static void
no_content (void)
{
  static const gchar *const words[] = { "appointment", "twenty past nine",
    "09:20", "tuesday", "first one is fine", "NG-2041", "+4477"
  };
  Fixture f, with;
  gchar *all, *whole;

  whole_call (&f, "journals/clinic.jsonl", FALSE);
  whole_call (&with, "journals/clinic.jsonl", TRUE);
  g_ptr_array_add (f.traces, NULL);
  g_ptr_array_add (with.traces, NULL);
  all = g_strjoinv ("\n", (gchar **) f.traces->pdata);
  whole = g_strjoinv ("\n", (gchar **) with.traces->pdata);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_null (strstr (all, words[i]));
  g_assert_nonnull (strstr (whole, "appointment on Tuesday"));
  g_assert_nonnull (strstr (whole, "NG-2041"));
  g_assert_null (strstr (whole, "+4477"));
  g_free (whole);
  g_free (all);
  tear_down (&with);
  tear_down (&f);
}

/* The same journal gives the same traces, whoever reads it when. */
static void
same_ids (void)
{
  Fixture a, b;

  whole_call (&a, "journals/clinic.jsonl", FALSE);
  whole_call (&b, "journals/clinic.jsonl", FALSE);
  g_assert_cmpuint (a.traces->len, ==, b.traces->len);
  for (guint i = 0; i < a.traces->len; i++)
    g_assert_cmpstr (g_ptr_array_index (a.traces, i), ==,
        g_ptr_array_index (b.traces, i));
  tear_down (&a);
  tear_down (&b);
}

static void
broken_journals (void)
{
  static const gchar *const journals[] = { "journals/crashed.jsonl",
    "journals/damaged.jsonl", "journals/empty.jsonl"
  };
  const guint expected[] = { 2, 6, 0 };
  Fixture f;

  for (guint i = 0; i < G_N_ELEMENTS (journals); i++) {
    gchar *path = fixture_path (journals[i]);

    set_up (&f, "journals/empty.jsonl", TRUE);
    trace_tail_free (f.tail);
    f.tail = trace_tail_new (path, TRUE, take, &f);
    trace_tail_end (f.tail);
    g_assert_cmpuint (f.traces->len, ==, expected[i]);
    g_free (path);
    for (guint k = 0; k < f.traces->len; k++) {
      JsonNode *trace = parse (g_ptr_array_index (f.traces, k));

      expect_tree (trace);
      json_node_unref (trace);
    }
    tear_down (&f);
  }
}

/* A tool that failed and a turn without an answer are errors. */
static void
failures (void)
{
  static const gchar *lines = "{\"at\":1,\"wall\":\"2026-01-14T09:05:02.262Z\","
      "\"type\":\"turn\",\"turn\":1,\"text\":\"a\",\"reply\":true}\n"
      "{\"at\":2,\"wall\":\"2026-01-14T09:05:03.262Z\",\"type\":\"tool-call\","
      "\"id\":\"1\",\"name\":\"x\",\"turn\":1}\n{\"at\":3,\"wall\":"
      "\"2026-01-14T09:05:04.262Z\",\"type\":\"tool-result\",\"id\":\"1\","
      "\"outcome\":\"timeout\",\"took\":1}\n{\"at\":4,\"wall\":"
      "\"2026-01-14T09:05:05.262Z\",\"type\":\"no-reply\",\"turn\":1,"
      "\"reason\":\"error\"}\n";
  Fixture f;
  JsonNode *trace;
  JsonObject *status;

  set_up (&f, "journals/empty.jsonl", FALSE);
  append (&f, lines);
  trace_tail_end (f.tail);
  g_assert_cmpuint (f.traces->len, ==, 1);
  trace = parse (g_ptr_array_index (f.traces, 0));
  status = json_object_get_object_member (find_span (trace, "function_tool"),
      "status");
  g_assert_cmpint (json_object_get_int_member (status, "code"), ==, 2);
  g_assert_cmpstr (json_object_get_string_member (status, "message"), ==,
      "timeout");
  status = json_object_get_object_member (find_span (trace, "agent_turn"),
      "status");
  g_assert_cmpstr (json_object_get_string_member (status, "message"), ==,
      "error");
  g_assert_null (find_span (trace, "llm_node"));
  json_node_unref (trace);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trace/as-it-grows", as_it_grows);
  g_test_add_func ("/trace/attributes", attributes);
  g_test_add_func ("/trace/no-content", no_content);
  g_test_add_func ("/trace/same-ids", same_ids);
  g_test_add_func ("/trace/broken-journals", broken_journals);
  g_test_add_func ("/trace/failures", failures);
  return g_test_run ();
}
