/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the record of a call makes of a journal: of a whole one, of one that a
 * crash ended, and of one that was damaged.
 */
#include "fixture.h"

#include <glib/gstdio.h>
#include <gst-voice/events.h>
#include <gst-voice/json.h>
#include <record-fields.h>
#include <string.h>

#define MS 1000
#define S G_USEC_PER_SEC

static Record *
load (const gchar * name)
{
  gchar *relative = g_build_filename ("journals", name, NULL);
  gchar *path = fixture_path (relative);
  GError *error = NULL;
  Record *record = record_new_from_journal (path, &error);

  g_assert_no_error (error);
  g_free (path);
  g_free (relative);
  return record;
}

/* A record of these lines, each of which can be read. */
static Record *
record_of (const gchar * const *lines)
{
  Record *record = record_new ();

  for (; *lines; lines++)
    g_assert_true (record_add_line (record, *lines, -1));
  return record;
}

#define RECORD_OF(...) record_of ((const gchar *[]) { __VA_ARGS__, NULL })

/* Two ends tell, each what it knows; counts grow, and the worst counts. */
static void
network (void)
{
  Record *record =
      RECORD_OF ("{\"n\":1,\"at\":10,\"type\":\"network\",\"delay\":0.04,"
      "\"jitter\":0.009,\"received\":480,\"lost\":5}",
      "{\"n\":2,\"at\":10,\"type\":\"network\",\"sent\":300,"
      "\"round-trip\":0.2,\"loss\":0.02}",
      "{\"n\":3,\"at\":20,\"type\":\"network\",\"delay\":0.06,"
      "\"jitter\":0.002,\"received\":980,\"lost\":6}",
      "{\"n\":4,\"at\":20,\"type\":\"network\",\"sent\":700,"
      "\"round-trip\":null,\"loss\":-1}");
  const RecordNetwork *n = record_item (record, RECORD_NETWORK, 0);
  gchar *json = record_to_json (record);

  g_assert_cmpuint (record_length (record, RECORD_NETWORK), ==, 1);
  g_assert_cmpint (n->jitter, ==, 9 * MS);
  g_assert_cmpint (n->delay, ==, 60 * MS);
  g_assert_cmpint (n->round_trip, ==, 200 * MS);
  g_assert_cmpfloat (n->loss, ==, 0.02);
  g_assert_cmpuint (n->received, ==, 980);
  g_assert_cmpuint (n->lost, ==, 6);
  g_assert_cmpuint (n->sent, ==, 700);
  g_assert_nonnull (strstr (json, "\"round_trip\": 0.2"));
  g_free (json);
  record_free (record);
}

static void
session (void)
{
  Record *record = load ("clinic.jsonl");

  g_assert_cmpstr (record->call_id, ==, "7b1e09c2-4c9e-4f0d-9a53-0d6c2f7e1a44");
  g_assert_cmpstr (record->persona, ==, "clinic");
  g_assert_cmpstr (record->caller, ==, "+447700900123");
  g_assert_cmpstr (record->called, ==, "+442079460456");
  g_assert_cmpstr (record->time_zone, ==, "Europe/London");
  g_assert_cmpstr (record->reason, ==, "completed");
  g_assert_cmpstr (record->ended_by, ==, "model");
  g_assert_cmpint (record->started, ==, G_GINT64_CONSTANT (1768381502262) * MS);
  g_assert_cmpint (record->duration, ==, 60250 * MS);
  g_assert_true (record->ended);
  g_assert_false (record->truncated);
  g_assert_cmpuint (record->damaged, ==, 0);
  record_free (record);
}

/* What is derived is what the session has counted. */
static void
counts (void)
{
  Record *record = load ("clinic.jsonl"), *derived = record_new ();
  gsize size, length;
  gchar *text = fixture_load ("journals/clinic.jsonl", &size);
  const gchar *next = text, *line;

  while ((line = journal_next_line (&next, text + size, &length))) {
    if (!g_strstr_len (line, length, "session-ended"))
      record_add_line (derived, line, length);
  }
  g_assert_false (derived->ended);
  g_assert_cmpuint (derived->turns_taken, ==, record->turns_taken);
  g_assert_cmpuint (derived->interrupted, ==, record->interrupted);
  g_assert_cmpuint (derived->tools_run, ==, record->tools_run);
  g_assert_cmpuint (derived->tokens_in, ==, record->tokens_in);
  g_assert_cmpuint (derived->tokens_out, ==, record->tokens_out);
  g_assert_cmpuint (derived->characters, ==, record->characters);
  g_assert_cmpint (derived->recognised, ==, record->recognised);
  g_assert_cmpfloat_with_epsilon (derived->cost, record->cost, 1e-9);
  g_assert_cmpuint (record->turns_taken, ==, 3);
  g_free (text);
  record_free (derived);
  record_free (record);
}

static void
turns (void)
{
  Record *record = load ("clinic.jsonl");
  const RecordTurn *turn;

  g_assert_cmpuint (record_length (record, RECORD_TURNS), ==, 3);
  turn = record_item (record, RECORD_TURNS, 0);
  g_assert_cmpuint (turn->turn, ==, 2);
  g_assert_cmpuint (turn->merged->len, ==, 1);
  g_assert_cmpuint (g_array_index (turn->merged, guint, 0), ==, 1);
  g_assert_cmpint (turn->start, ==, 3900 * MS);
  g_assert_cmpint (turn->end, ==, 7600 * MS);
  g_assert_true (turn->reply);
  turn = record_item (record, RECORD_TURNS, 1);
  g_assert_cmpstr (turn->text, ==, "The first one is fine.");
  g_assert_null (turn->no_reply);
  record_free (record);
}

/* Three in a row, one that replaces itself, one that replaces what is not
 * there, and two that claim the same number. */
static void
odd_merges (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"turn\",\"at\":1,\"turn\":1,\"text\":\"a\",\"start\":0.5}",
      "{\"type\":\"turn\",\"at\":2,\"turn\":2,\"text\":\"a b\",\"merges\":1,"
      "\"start\":null}",
      "{\"type\":\"turn\",\"at\":3,\"turn\":3,\"text\":\"a b c\",\"merges\":2}",
      "{\"type\":\"turn\",\"at\":4,\"turn\":4,\"text\":\"d\",\"merges\":4}",
      "{\"type\":\"turn\",\"at\":5,\"turn\":5,\"text\":\"e\",\"merges\":9}",
      "{\"type\":\"turn\",\"at\":6,\"turn\":5,\"text\":\"f\",\"merges\":4}",
      "{\"type\":\"turn\",\"at\":7,\"text\":\"no number\"}",
      "{\"type\":\"no-reply\",\"turn\":3,\"reason\":\"empty\"}",
      "{\"type\":\"correct\",\"turn\":8,\"text\":\"unknown\"}");
  const RecordTurn *turn = record_item (record, RECORD_TURNS, 0);

  g_assert_cmpuint (record_length (record, RECORD_TURNS), ==, 2);
  g_assert_cmpstr (turn->text, ==, "a b c");
  g_assert_cmpuint (turn->merged->len, ==, 2);
  g_assert_cmpint (turn->start, ==, 500 * MS);
  g_assert_cmpstr (turn->no_reply, ==, "empty");
  turn = record_item (record, RECORD_TURNS, 1);
  g_assert_cmpuint (turn->turn, ==, 5);
  g_assert_cmpstr (turn->text, ==, "f");
  record_free (record);
}

static void
speeches (void)
{
  Record *record = load ("clinic.jsonl");
  const RecordSpeech *speech;

  g_assert_cmpuint (record_length (record, RECORD_SPEECHES), ==, 7);
  speech = record_item (record, RECORD_SPEECHES, 2);
  g_assert_cmpuint (speech->speech, ==, 3);
  g_assert_cmpuint (speech->turn, ==, 2);
  g_assert_cmpstr (speech->source, ==, "reply");
  g_assert_cmpstr (speech->text, ==, "I have twenty past nine with Dr Lee,");
  g_assert_true (speech->interrupted);
  g_assert_false (speech->complete);
  g_assert_cmpint (speech->start, ==, 9310 * MS);
  g_assert_cmpint (speech->end, ==, 13150 * MS);
  g_assert_cmpint (speech->position, ==, 3590 * MS);
  speech = record_item (record, RECORD_SPEECHES, 6);
  g_assert_false (speech->interruptible);
  g_assert_false (speech->interrupted);
  record_free (record);
}

/* Whichever line comes first; a speech that was heard to its end was not
 * interrupted although somebody tried. */
static void
interruptions (void)
{
  Record *record =
      RECORD_OF ("{\"type\":\"heard\",\"at\":1,\"speech\":1,\"text\":\"a\","
      "\"complete\":false}",
      "{\"type\":\"interrupt\",\"at\":1,\"speech\":1,\"reason\":\"words\"}",
      "{\"type\":\"interrupt\",\"at\":2,\"speech\":2,\"reason\":\"stop\"}",
      "{\"type\":\"heard\",\"at\":2,\"speech\":2,\"text\":\"b\","
      "\"complete\":true}",
      "{\"type\":\"interrupt\",\"at\":3,\"speech\":0,"
      "\"reason\":\"continued\"}");
  const RecordSpeech *first = record_item (record, RECORD_SPEECHES, 0);
  const RecordSpeech *second = record_item (record, RECORD_SPEECHES, 1);

  g_assert_true (first->interrupted);
  g_assert_false (second->interrupted);
  g_assert_cmpuint (record_length (record, RECORD_INTERRUPTIONS), ==, 3);
  g_assert_cmpuint (record->interrupted, ==, 2);
  record_free (record);
}

static void
tool_calls (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"tool-call\",\"at\":1,\"id\":\"x\",\"name\":\"pay\","
      "\"arguments\":{\"n\":1},\"turn\":2,\"access\":\"write\"}",
      "{\"type\":\"tool-result\",\"at\":2,\"id\":\"x\",\"name\":\"pay\","
      "\"json\":{\"error\":{\"code\":\"timeout\"}},\"outcome\":\"timeout\","
      "\"took\":20}",
      "{\"type\":\"tool-result\",\"at\":30,\"id\":\"x\",\"name\":\"pay\","
      "\"json\":{\"paid\":true},\"outcome\":\"late\",\"took\":29}",
      "{\"type\":\"tool-result\",\"at\":31,\"id\":\"y\",\"name\":\"lost\","
      "\"json\":\"text\",\"outcome\":\"ok\",\"took\":1}",
      "{\"type\":\"tool-call\",\"at\":32,\"name\":\"without an id\"}",
      "{\"type\":\"tool-call\",\"at\":33,\"id\":\"z\",\"name\":\"open\"}",
      "{\"type\":\"tool-call\",\"at\":34,\"id\":\"w\",\"name\":\"pay\","
      "\"access\":\"write\"}");
  const RecordCall *call = record_item (record, RECORD_CALLS, 0);

  g_assert_cmpuint (record_length (record, RECORD_CALLS), ==, 4);
  g_assert_cmpstr (call->arguments, ==, "{\"n\":1}");
  g_assert_cmpstr (call->outcome, ==, "timeout");
  g_assert_cmpstr (call->result, ==, "{\"error\":{\"code\":\"timeout\"}}");
  g_assert_cmpstr (call->late, ==, "{\"paid\":true}");
  g_assert_cmpint (call->took, ==, 20 * S);
  g_assert_cmpint (call->at, ==, 1 * S);
  call = record_item (record, RECORD_CALLS, 1);
  g_assert_cmpstr (call->name, ==, "lost");
  g_assert_cmpstr (call->result, ==, "\"text\"");
  call = record_item (record, RECORD_CALLS, 2);
  g_assert_cmpstr (call->outcome, ==, "");
  g_assert_null (call->result);
  /* the process died before the outcome */
  call = record_item (record, RECORD_CALLS, 3);
  g_assert_cmpstr (call->outcome, ==, "unknown");
  record_free (record);
}

static void
recordings (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"recording\",\"state\":\"started\",\"location\":\"/a\","
      "\"running-time\":0.5,\"duration\":0,\"lost\":0}",
      "{\"type\":\"recording\",\"state\":\"overflow\",\"location\":\"/a\","
      "\"running-time\":2,\"duration\":1,\"lost\":0.5}",
      "{\"type\":\"recording\",\"state\":\"started\",\"location\":\"/b\","
      "\"running-time\":3,\"duration\":0,\"lost\":0}",
      "{\"type\":\"recording\",\"state\":\"failed\",\"location\":\"/b\","
      "\"running-time\":4,\"duration\":1,\"lost\":0}",
      "{\"type\":\"recording\",\"state\":\"started\",\"location\":\"\"}");
  const RecordRecording *recording = record_item (record, RECORD_RECORDINGS,
      0);

  g_assert_cmpuint (record_length (record, RECORD_RECORDINGS), ==, 2);
  g_assert_cmpstr (recording->state, ==, "started");
  g_assert_cmpint (recording->start, ==, 500 * MS);
  g_assert_cmpint (recording->duration, ==, 1 * S);
  g_assert_cmpint (recording->lost, ==, 500 * MS);
  recording = record_item (record, RECORD_RECORDINGS, 1);
  g_assert_cmpstr (recording->state, ==, "failed");
  record_free (record);
}

static void
hangup_that_is_taken_back (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"hangup\",\"reason\":\"completed\",\"by\":\"model\"}",
      "{\"type\":\"hangup-revoked\",\"reason\":\"completed\"}",
      "{\"type\":\"session-ended\",\"reason\":\"disconnected\","
      "\"duration\":9}");

  g_assert_cmpstr (record->reason, ==, "disconnected");
  g_assert_cmpstr (record->ended_by, ==, "");
  g_assert_cmpint (record->duration, ==, 9 * S);
  record_free (record);
}

static void
crashed (void)
{
  Record *record = load ("crashed.jsonl");
  GArray *transcript = record_transcript (record);
  const RecordUtterance *last = &g_array_index (transcript, RecordUtterance,
      transcript->len - 1);

  g_assert_false (record->ended);
  g_assert_true (record->truncated);
  g_assert_cmpuint (record->damaged, ==, 0);
  g_assert_cmpuint (record->lines, ==, 12);
  g_assert_cmpstr (record->reason, ==, "crashed");
  g_assert_cmpint (record->duration, ==, 7200 * MS);
  g_assert_cmpuint (record->tokens_in, ==, 300);
  g_assert_true (last->agent);
  g_assert_null (last->text);
  g_array_unref (transcript);
  record_free (record);
}

static void
damaged (void)
{
  Record *record = load ("damaged.jsonl"), *whole = load ("clinic.jsonl");

  g_assert_cmpuint (record->damaged, ==, 3);
  g_assert_false (record->truncated);
  g_assert_true (record->ended);
  g_assert_cmpuint (record->lines, ==, whole->lines + 4);
  /* A turn without a number is none. */
  g_assert_cmpuint (record_length (record, RECORD_TURNS), ==,
      record_length (whole, RECORD_TURNS));
  record_free (whole);
  record_free (record);
}

static void
broken_line_that_is_not_the_last (void)
{
  Record *record = record_new ();

  g_assert_false (record_add_line (record, "{\"n\":1,", -1));
  g_assert_true (record->truncated);
  g_assert_cmpuint (record->damaged, ==, 0);
  g_assert_true (record_add_line (record, "", -1));
  g_assert_false (record->truncated);
  g_assert_cmpuint (record->damaged, ==, 1);
  g_assert_false (record_add_line (record, "{\"type\":\"a\"} x", -1));
  g_assert_false (record_add_line (record, "{\"type\":7}", -1));
  g_assert_false (record_add_line (record, "{\"type\":\"a\",\"type\":\"b\"}",
          -1));
  g_assert_cmpuint (record->damaged, ==, 3);
  g_assert_true (record->truncated);
  g_assert_cmpuint (record->lines, ==, 5);
  record_free (record);
}

static void
unknown_types_and_odd_values (void)
{
  Record *record = RECORD_OF ("{\"type\":\"of-tomorrow\",\"at\":\"soon\"}",
      "{\"type\":\"session-started\",\"call-id\":17,\"persona\":null}",
      "{\"type\":\"usage\",\"tokens-in\":-4,\"tokens-out\":1e300,"
      "\"audio\":-1,\"cost\":-5}",
      "{\"type\":\"usage\",\"audio\":1e30,\"characters\":\"many\"}",
      "{\"type\":\"playing\",\"at\":1e18,\"speech\":4294967295}",
      "{\"type\":\"variable\",\"name\":\"a\",\"value\":\"1\"}",
      "{\"type\":\"variable\",\"name\":\"a\",\"value\":\"2\"}",
      "{\"type\":\"final\",\"text\":\"\\u0000\\ud800\"}");
  const RecordVariable *variable = record_item (record, RECORD_VARIABLES, 0);
  const RecordFinal *final = record_item (record, RECORD_FINALS, 0);

  g_assert_cmpstr (record->call_id, ==, "");
  g_assert_cmpuint (record->tokens_in, ==, 0);
  g_assert_cmpuint (record->tokens_out, ==, 0);
  g_assert_cmpint (record->recognised, ==, 0);
  g_assert_cmpfloat (record->cost, ==, 0);
  g_assert_cmpint (record->duration, ==, JOURNAL_NO_TIME);
  g_assert_cmpuint (record_length (record, RECORD_VARIABLES), ==, 1);
  g_assert_cmpstr (variable->value, ==, "2");
  g_assert_true (g_utf8_validate (final->text, -1, NULL));
  g_assert_cmpfloat (final->confidence, ==, -1);
  record_free (record);
}

static void
deep_and_long_lines_are_damaged (void)
{
  Record *record = record_new ();
  GString *deep = g_string_new ("{\"type\":\"turn\",\"x\":");
  GString *longest = g_string_new ("{\"type\":\"turn\",\"x\":\"");

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  while (longest->len < 2 * 1024 * 1024)
    g_string_append (longest, "long and longer ");
  g_string_append (longest, "\"}");
  g_assert_false (record_add_line (record, deep->str, deep->len));
  g_assert_false (record_add_line (record, longest->str, longest->len));
  g_string_free (longest, TRUE);
  g_string_free (deep, TRUE);
  record_free (record);
}

static void
expect_error (const gchar * path, gint code, const gchar * text)
{
  GError *error = NULL;

  g_assert_null (record_new_from_journal (path, &error));
  g_assert_error (error, G_FILE_ERROR, code);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, text));
  g_error_free (error);
}

static void
files_that_are_no_journal (void)
{
  gchar *dir = fixture_dir ();
  gchar *missing = g_build_filename (dir, "missing.jsonl", NULL);
  gchar *empty = fixture_copy (dir, "empty.jsonl", "empty.jsonl");
  gchar *blank = g_build_filename (dir, "blank", NULL);

  g_assert_true (g_file_set_contents (blank, "\n \n", -1, NULL));
  expect_error (missing, G_FILE_ERROR_NOENT, "No such file");
  expect_error (empty, G_FILE_ERROR_INVAL, "never began");
  expect_error (blank, G_FILE_ERROR_INVAL, "never began");
  expect_error (dir, G_FILE_ERROR_INVAL, "no file");
  g_free (blank);
  g_free (empty);
  g_free (missing);
  fixture_remove (dir);
}

/* The runner has named the file after the call. */
static void
first_line_is_lost (void)
{
  gchar *dir = fixture_dir ();
  gchar *path = g_build_filename (dir, "call-7.jsonl", NULL);
  GError *error = NULL;
  Record *record;

  g_assert_true (g_file_set_contents (path, "{\"n\":1,\"at\":\n"
          "{\"n\":2,\"at\":3,\"wall\":\"2026-01-14T09:05:02.250Z\","
          "\"type\":\"hold\",\"speech\":1}", -1, NULL));
  record = record_new_from_journal (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (record->call_id, ==, "call-7");
  g_assert_cmpint (record->started, ==, G_GINT64_CONSTANT (1768381502250) * MS);
  g_assert_false (record->truncated);
  g_assert_cmpuint (record->damaged, ==, 1);
  record_free (record);
  g_free (path);
  fixture_remove (dir);
}

static void
transcript (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"playing\",\"at\":1,\"speech\":1,\"running-time\":1}",
      "{\"type\":\"turn\",\"at\":4,\"turn\":1,\"text\":\"but\",\"start\":2.5,"
      "\"end\":3.5}",
      "{\"type\":\"heard\",\"at\":3,\"speech\":1,\"text\":\"well\","
      "\"rest\":\" then\",\"complete\":false}",
      /* The recogniser's clock is wrong. */
      "{\"type\":\"turn\",\"at\":6,\"turn\":2,\"text\":\"late\",\"start\":99,"
      "\"end\":100}",
      "{\"type\":\"speech\",\"at\":6.5,\"speech\":2,\"turn\":2}",
      "{\"type\":\"heard\",\"at\":7,\"speech\":2,\"text\":\"\","
      "\"rest\":\"never played\",\"complete\":false}",
      "{\"type\":\"discard\",\"at\":7,\"reason\":\"backchannel\","
      "\"text\":\"mhm\"}",
      "{\"type\":\"discard\",\"at\":8,\"reason\":\"duplicate\","
      "\"text\":\"late\"}",
      "{\"type\":\"discard\",\"at\":9,\"reason\":\"no-words\",\"text\":\"\"}");
  GArray *lines = record_transcript (record);
  const RecordUtterance *u = (const RecordUtterance *) lines->data;

  g_assert_cmpuint (lines->len, ==, 4);
  g_assert_true (u[0].agent);
  g_assert_cmpstr (u[0].text, ==, "well");
  g_assert_cmpstr (u[0].rest, ==, " then");
  g_assert_cmpstr (u[1].text, ==, "but");
  g_assert_cmpint (u[1].start, ==, 2500 * MS);
  g_assert_cmpint (u[2].start, ==, 6 * S);
  g_assert_cmpint (u[2].end, ==, 6 * S);
  g_assert_cmpstr (u[3].discarded, ==, "backchannel");
  g_array_unref (lines);
  record_free (record);
}

/* By nearest rank: of 20 values the 10th and the 19th. */
static void
latencies (void)
{
  Record *record = record_new ();
  RecordLatency latency;

  record_latency (record, &latency);
  g_assert_cmpuint (latency.n, ==, 0);
  g_assert_cmpint (latency.p50[RECORD_PLAYING], ==, JOURNAL_NO_TIME);
  for (guint i = 20; i > 0; i--) {
    gchar *line = g_strdup_printf ("{\"type\":\"turn-metrics\",\"turn\":%u,"
        "\"end-of-speech\":%u,\"playing\":%u,\"own\":0.0%u}", i, i, i, i);

    g_assert_true (record_add_line (record, line, -1));
    g_free (line);
  }
  /* Without the end of the sound nothing was measured from there. */
  g_assert_true (record_add_line (record, "{\"type\":\"turn-metrics\","
          "\"turn\":21,\"end-of-speech\":null,\"playing\":0,\"own\":0}", -1));
  record_latency (record, &latency);
  g_assert_cmpuint (latency.n, ==, 20);
  g_assert_cmpint (latency.p50[RECORD_PLAYING], ==, 10 * S);
  g_assert_cmpint (latency.p95[RECORD_PLAYING], ==, 19 * S);
  g_assert_cmpint (latency.p50[RECORD_FINAL], ==, JOURNAL_NO_TIME);
  record_free (record);
}

static void
expected_outputs (void)
{
  static const gchar *names[] = { "clinic", "crashed", "damaged" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *journal = g_strconcat (names[i], ".jsonl", NULL);
    gchar *json_name = g_strconcat ("calls/", names[i], ".json", NULL);
    gchar *text_name = g_strconcat ("calls/", names[i], ".txt", NULL);
    Record *record = load (journal);
    gchar *json = record_to_json (record), *text = record_to_text (record);
    JsonNode *node = gst_voice_json_parse (json, -1, G_MAXSIZE, 64, NULL);

    g_assert_nonnull (node);
    fixture_expect (json_name, json);
    fixture_expect (text_name, text);
    json_node_unref (node);
    g_free (text);
    g_free (json);
    record_free (record);
    g_free (text_name);
    g_free (json_name);
    g_free (journal);
  }
}

static void
nothing_controls_a_terminal (void)
{
  Record *record =
      RECORD_OF
      ("{\"type\":\"session-started\",\"call-id\":\"a\\u001b]0;x\\u0007\"}",
      "{\"type\":\"turn\",\"at\":1,\"turn\":1,"
      "\"text\":\"one\\ntwo\\u001b[2J\\u009b31m\"}");
  gchar *text = record_to_text (record);

  g_assert_null (strpbrk (text, "\033\007"));
  g_assert_null (strstr (text, "\302\233"));
  g_assert_nonnull (strstr (text, "one two\357\277\275[2J"));
  g_free (text);
  record_free (record);
}

static void
expect_documented (const gchar * page, const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++) {
    gchar *name = g_strdup_printf ("`%s`", f->name);

    if (!strstr (page, name))
      g_error ("docs/record.md does not have %s", name);
    g_free (name);
  }
}

static void
docs_name_every_field (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "record.md", NULL);
  gchar *page;

  g_assert_true (g_file_get_contents (path, &page, NULL, NULL));
  expect_documented (page, record_session_fields);
  expect_documented (page, record_statistics_fields);
  for (guint i = 0; i < RECORD_N_LISTS; i++) {
    gchar *name = g_strdup_printf ("`%s`", record_lists[i].name);

    g_assert_nonnull (strstr (page, name));
    if (i != RECORD_VARIABLES)
      expect_documented (page, record_lists[i].fields);
    g_free (name);
  }
  g_free (page);
  g_free (path);
}

/* The journal of the tests is one that the elements could have written, and
 * every field that the record wants is one that they write. */
static void
fields_are_those_of_the_journal (void)
{
  static const gchar *common[] = { "n", "at", "wall", "type", NULL };
  gsize size, length;
  gchar *text = fixture_load ("journals/clinic.jsonl", &size);
  const gchar *next = text, *line;

  while ((line = journal_next_line (&next, text + size, &length))) {
    const GstVoiceEventInfo *info;
    JournalLine parsed;
    GList *names;

    g_assert_true (journal_line_parse (&parsed, line, length));
    info = gst_voice_event_info (parsed.type);
    g_assert_nonnull (info);
    g_assert_true (info->carriers & GST_VOICE_JOURNAL);
    names = json_object_get_members (parsed.object);
    for (GList * l = names; l; l = l->next)
      g_assert_true (g_strv_contains (common, l->data)
          || gst_voice_event_field (info, l->data) != NULL);
    g_list_free (names);
    journal_line_clear (&parsed);
  }
  g_free (text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/session", session);
  g_test_add_func ("/record/network", network);
  g_test_add_func ("/record/counts", counts);
  g_test_add_func ("/record/turns", turns);
  g_test_add_func ("/record/odd-merges", odd_merges);
  g_test_add_func ("/record/speeches", speeches);
  g_test_add_func ("/record/interruptions", interruptions);
  g_test_add_func ("/record/tool-calls", tool_calls);
  g_test_add_func ("/record/recordings", recordings);
  g_test_add_func ("/record/hangup-revoked", hangup_that_is_taken_back);
  g_test_add_func ("/record/crashed", crashed);
  g_test_add_func ("/record/damaged", damaged);
  g_test_add_func ("/record/broken", broken_line_that_is_not_the_last);
  g_test_add_func ("/record/odd", unknown_types_and_odd_values);
  g_test_add_func ("/record/deep-and-long", deep_and_long_lines_are_damaged);
  g_test_add_func ("/record/no-journal", files_that_are_no_journal);
  g_test_add_func ("/record/first-line-lost", first_line_is_lost);
  g_test_add_func ("/record/transcript", transcript);
  g_test_add_func ("/record/latencies", latencies);
  g_test_add_func ("/record/outputs", expected_outputs);
  g_test_add_func ("/record/control-characters", nothing_controls_a_terminal);
  g_test_add_func ("/record/docs", docs_name_every_field);
  g_test_add_func ("/record/journal", fields_are_those_of_the_journal);
  return g_test_run ();
}
