/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Compares what a scenario expects with the record of the call that was played.
 *
 * Threads: one at a time. Locks: none.
 */
#include "scenario.h"

#include <gst-voice/json.h>
#include <string.h>
#include <tool-json.h>

#define SECOND G_USEC_PER_SEC

typedef struct
{
  const Record *record;
  GArray *transcript;           /* of RecordUtterance */
  GPtrArray *failures;          /* texts of lines */
  guint heard;                  /* how many failures show the conversation */
} Check;

/* Case and the amount of space carry no meaning in speech. */
static gchar *
fold (const gchar * text)
{
  gchar *lower = g_utf8_casefold (text, -1);
  GString *out = g_string_new (NULL);

  for (const gchar * p = lower; *p; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isspace (c))
      g_string_append_unichar (out, c);
    else if (out->len > 0 && out->str[out->len - 1] != ' ')
      g_string_append_c (out, ' ');
  }
  g_free (lower);
  return g_string_free (out, FALSE);
}

static gboolean
contains (const gchar * text, const gchar * part)
{
  gchar *a = fold (text), *b = fold (part);
  gboolean found = strstr (a, g_strstrip (b)) != NULL;

  g_free (a);
  g_free (b);
  return found;
}

static gboolean
agent_said (const RecordUtterance * u, const gchar * part,
    const gchar * pattern)
{
  if (!u->agent || !u->text)
    return FALSE;
  return part ? contains (u->text, part) :
      g_regex_match_simple (pattern, u->text, G_REGEX_CASELESS, 0);
}

/* When it was said first after @since, or -1. */
static gint64
find_said (Check * check, const gchar * part, const gchar * pattern,
    gint64 since)
{
  for (guint i = 0; i < check->transcript->len; i++) {
    const RecordUtterance *u = &g_array_index (check->transcript,
        RecordUtterance, i);

    if (u->start >= since && agent_said (u, part, pattern))
      return u->start;
  }
  return -1;
}

static gboolean
is_call (const RecordCall * call, JsonObject * wanted, const gchar * name)
{
  JsonNode *part = json_object_get_member (wanted, "arguments");
  const gchar *outcome = json_object_get_string_member_with_default (wanted,
      "outcome", NULL);
  JsonNode *arguments;
  gboolean fits;

  if (strcmp (call->name, name) != 0
      || (outcome && strcmp (call->outcome, outcome) != 0))
    return FALSE;
  if (!part)
    return TRUE;
  arguments = call->arguments ? gst_voice_json_parse (call->arguments, -1,
      GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL) : NULL;
  fits = tool_json_contains (arguments, part);
  g_clear_pointer (&arguments, json_node_unref);
  return fits;
}

/* How many such calls there are from @since on; @at: when the first was. */
static guint
find_called (Check * check, JsonObject * wanted, const gchar * name,
    gint64 since, gint64 * at)
{
  guint n = 0;

  for (guint i = 0; i < record_length (check->record, RECORD_CALLS); i++) {
    const RecordCall *call = record_item (check->record, RECORD_CALLS, i);

    if (call->at >= since && is_call (call, wanted, name) && n++ == 0)
      *at = call->at;
  }
  return n;
}

static void
fail (Check * check, const gchar * format, ...)
G_GNUC_PRINTF (2, 3);

     static void fail (Check * check, const gchar * format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (check->failures, g_strdup_vprintf (format, args));
  va_end (args);
}

static const gchar *
string_of (JsonObject * object, const gchar * name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

static gchar *
describe (JsonObject * wanted)
{
  JsonNode *node = json_node_init_object (json_node_alloc (), wanted);
  gchar *text = gst_voice_json_to_string (node);

  json_node_unref (node);
  return text;
}

static void
check_said (Check * check, JsonObject * e)
{
  const gchar *part = string_of (e, "said");
  const gchar *pattern = string_of (e, "said-matches");

  if (find_said (check, part, pattern, -1) >= 0)
    return;
  check->heard++;
  fail (check, part ? "expected the agent to say \"%s\"" :
      "expected the agent to say what matches /%s/", part ? part : pattern);
}

static void
check_not_said (Check * check, JsonObject * e)
{
  const gchar *part = string_of (e, "not-said");
  const gchar *pattern = string_of (e, "not-said-matches");

  for (guint i = 0; i < check->transcript->len; i++) {
    const RecordUtterance *u = &g_array_index (check->transcript,
        RecordUtterance, i);

    if (agent_said (u, part, pattern)) {
      fail (check, "expected the agent not to say \"%s\"; heard: \"%s\"",
          part ? part : pattern, u->text);
      return;
    }
  }
}

static void
list_calls (Check * check, GString * out)
{
  guint n = record_length (check->record, RECORD_CALLS);

  for (guint i = 0; i < n; i++) {
    const RecordCall *call = record_item (check->record, RECORD_CALLS, i);

    g_string_append_printf (out, "%s%s %s (%s)", i ? ", " : "", call->name,
        call->arguments ? call->arguments : "", call->outcome);
  }
  if (n == 0)
    g_string_append (out, "nothing");
}

static void
check_called (Check * check, JsonObject * e)
{
  const gchar *name = string_of (e, "called");
  gint64 times = json_object_get_int_member_with_default (e, "times", 0);
  gint64 at;
  guint n = find_called (check, e, name, G_MININT64, &at);
  gchar *wanted;
  GString *calls;

  if (times ? n == times : n > 0)
    return;
  wanted = describe (e);
  calls = g_string_new (NULL);
  list_calls (check, calls);
  fail (check, "expected %s; %u such; called was %s", wanted, n, calls->str);
  g_string_free (calls, TRUE);
  g_free (wanted);
}

static void
check_not_called (Check * check, JsonObject * e)
{
  const gchar *name = string_of (e, "not-called");
  gint64 at;
  guint n = find_called (check, e, name, G_MININT64, &at);

  if (n > 0)
    fail (check, "expected %s not to be called; it was, %u times, first at "
        "%.1f s", name, n, (gdouble) at / SECOND);
}

/* Each after the one before it; calls may be as early as what was said. */
static void
check_order (Check * check, JsonObject * e)
{
  JsonArray *order = json_object_get_array_member (e, "order");
  gint64 since = -1, at;
  gchar *wanted;

  for (guint i = 0; i < json_array_get_length (order); i++) {
    JsonObject *next = json_array_get_object_element (order, i);
    const gchar *name = string_of (next, "called");

    if (name && find_called (check, next, name, since, &at) > 0) {
      since = at;
      continue;
    }
    at = name ? -1 : find_said (check, string_of (next, "said"),
        string_of (next, "said-matches"), since);
    if (at >= 0) {
      since = at;
      continue;
    }
    wanted = describe (next);
    check->heard++;
    fail (check, "expected as number %u of the order: %s; not from %.1f s on",
        i + 1, wanted, MAX (since, 0) / (gdouble) SECOND);
    g_free (wanted);
    return;
  }
}

static void
check_variable (Check * check, JsonObject * e)
{
  const gchar *name = string_of (e, "variable");
  const gchar *value = string_of (e, "value");
  const gchar *found = NULL;

  for (guint i = 0; i < record_length (check->record, RECORD_VARIABLES); i++) {
    const RecordVariable *v = record_item (check->record, RECORD_VARIABLES, i);

    if (strcmp (v->name, name) == 0)
      found = v->value;
  }
  if (!found)
    fail (check, "expected %s to be \"%s\"; it was not set", name, value);
  else if (strcmp (found, value) != 0)
    fail (check, "expected %s to be \"%s\"; it is \"%s\"", name, value, found);
}

static const RecordSpeech *
reply_to (const Record * record, guint turn)
{
  for (guint i = 0; i < record_length (record, RECORD_SPEECHES); i++) {
    const RecordSpeech *speech = record_item (record, RECORD_SPEECHES, i);

    if (speech->turn == turn && strcmp (speech->source, "reply") == 0
        && speech->start != JOURNAL_NO_TIME)
      return speech;
  }
  return NULL;
}

/* From the end of what the caller said or wrote to the first sound of the
 * reply. */
static void
check_latency (Check * check, JsonObject * e)
{
  gint64 most = json_object_get_double_member (e, "latency") * SECOND;

  for (guint i = 0; i < record_length (check->record, RECORD_TURNS); i++) {
    const RecordTurn *turn = record_item (check->record, RECORD_TURNS, i);
    const RecordSpeech *reply = reply_to (check->record, turn->turn);
    gint64 since = turn->end != JOURNAL_NO_TIME ? turn->end : turn->at;

    if (reply && since != JOURNAL_NO_TIME && reply->start - since > most)
      fail (check, "expected replies within %.2f s; to \"%s\" it took %.2f s",
          (gdouble) most / SECOND, turn->text,
          (gdouble) (reply->start - since) / SECOND);
  }
}

static void
check_ended (Check * check, JsonObject * e)
{
  const gchar *reason = string_of (e, "ended");

  if (strcmp (check->record->reason, reason) != 0)
    fail (check, "expected the call to end by \"%s\"; it ended by \"%s\"",
        reason, check->record->reason);
}

static void
check_expectation (Check * check, JsonObject * e)
{
  static const struct
  {
    const gchar *name;
    void (*check) (Check * check, JsonObject * e);
  } kinds[] = {
    {"said", check_said}, {"said-matches", check_said},
    {"not-said", check_not_said}, {"not-said-matches", check_not_said},
    {"called", check_called}, {"not-called", check_not_called},
    {"order", check_order}, {"variable", check_variable},
    {"latency", check_latency}, {"ended", check_ended},
  };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (json_object_has_member (e, kinds[i].name)) {
      kinds[i].check (check, e);
      return;
    }
  }
}

/* A call that no mock answers is a hole in the scenario. */
static void
check_mocked (Check * check)
{
  for (guint i = 0; i < record_length (check->record, RECORD_CALLS); i++) {
    const RecordCall *call = record_item (check->record, RECORD_CALLS, i);

    if (call->result && strstr (call->result, "\"no-mock\""))
      fail (check, "the scenario has no answer for %s %s", call->name,
          call->arguments ? call->arguments : "");
  }
}

static void
show_conversation (Check * check)
{
  GString *out = g_string_new ("heard:");

  for (guint i = 0; i < check->transcript->len; i++) {
    const RecordUtterance *u = &g_array_index (check->transcript,
        RecordUtterance, i);

    g_string_append_printf (out, "\n  %s: %s", u->agent ? "agent" : "caller",
        u->text ? u->text : "");
  }
  g_ptr_array_add (check->failures, g_string_free (out, FALSE));
}

/**
 * scenario_check:
 * @scenario: that was played
 * @record: what came of it
 * @failures: (element-type utf8): takes what was not as expected
 */
void
scenario_check (const Scenario * scenario, const Record * record,
    GPtrArray * failures)
{
  Check check = {.record = record,.failures = failures };
  JsonArray *expect = json_object_get_array_member (json_node_get_object
      (scenario->root), "expect");

  check.transcript = record_transcript (record);
  for (guint i = 0; i < json_array_get_length (expect); i++)
    check_expectation (&check, json_array_get_object_element (expect, i));
  check_mocked (&check);
  if (check.heard > 0)
    show_conversation (&check);
  g_array_unref (check.transcript);
}
