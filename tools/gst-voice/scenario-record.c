/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes a scenario of a call that was recorded: the caller says the same at the
 * same places, the tools answer the same, and what happened is expected.
 *
 * Threads: one at a time. Locks: none.
 */
#include "json-writer.h"
#include "scenario.h"

#include <gst-voice/json.h>
#include <gst-voice/persona.h>
#include <string.h>

/* Characters a second of the silent voice: where a speech was cut off is told
 * by what was heard of it. */
#define PACE 15.
#define SECOND ((gdouble) G_USEC_PER_SEC)
#define MAX_TEXT 4000

typedef struct
{
  const Record *record;
  GstVoicePersona *persona;     /* or NULL: it is not at hand */
  JsonWriter json;
} Writer;

static const RecordSpeech *
last_speech_before (const Record * record, gint64 time)
{
  const RecordSpeech *last = NULL;

  for (guint i = 0; i < record_length (record, RECORD_SPEECHES); i++) {
    const RecordSpeech *speech = record_item (record, RECORD_SPEECHES, i);

    if (speech->start != JOURNAL_NO_TIME && speech->start < time)
      last = speech;
  }
  return last;
}

/* A turn that went on with an earlier one says all of it. */
static gboolean
is_merged (const Record * record, const RecordTurn * turn)
{
  for (guint i = 0; i < record_length (record, RECORD_TURNS); i++) {
    const RecordTurn *other = record_item (record, RECORD_TURNS, i);

    for (guint k = 0; k < other->merged->len; k++) {
      if (g_array_index (other->merged, guint, k) == turn->turn)
        return TRUE;
    }
  }
  return FALSE;
}

static gint64
begin_of (const RecordTurn * turn)
{
  return turn->start != JOURNAL_NO_TIME ? turn->start : turn->at;
}

static void
begin_turn (Writer * w)
{
  json_writer_begin (&w->json, NULL, '{');
}

static void
write_when (Writer * w, const RecordTurn * turn, const RecordSpeech * last)
{
  gint64 since;

  if (!last) {
    json_writer_number (&w->json, "at", MAX (begin_of (turn), 0) / SECOND);
  } else if (last->interrupted) {
    json_writer_number (&w->json, "during-agent", 0.1 +
        (last->text ? g_utf8_strlen (last->text, -1) : 0) / PACE);
  } else {
    since = last->end != JOURNAL_NO_TIME ? last->end : begin_of (turn);
    json_writer_number (&w->json, "after-agent",
        CLAMP ((begin_of (turn) - since) / SECOND, 0.1, 600));
  }
}

static void
write_text (Writer * w, const gchar * name, const gchar * text)
{
  gchar *part = g_utf8_substring (text, 0, MIN (MAX_TEXT, g_utf8_strlen (text,
              -1)));

  json_writer_string (&w->json, name, part);
  g_free (part);
}

static void
write_caller (Writer * w)
{
  guint n = record_length (w->record, RECORD_TURNS);

  json_writer_begin (&w->json, "caller", '[');
  for (guint i = 0; i < n; i++) {
    const RecordTurn *turn = record_item (w->record, RECORD_TURNS, i);
    const RecordSpeech *last = last_speech_before (w->record, begin_of (turn));

    if (!*turn->text || is_merged (w->record, turn))
      continue;
    /* What was said to a reminder is not said before it. */
    if (last && strcmp (last->source, "reminder") == 0) {
      begin_turn (w);
      json_writer_number (&w->json, "wait", 1);
      json_writer_end (&w->json, '}');
    }
    begin_turn (w);
    write_text (w, "say", turn->text);
    write_when (w, turn, last);
    json_writer_end (&w->json, '}');
  }
  if (n == 0 || strcmp (w->record->reason, "disconnected") == 0) {
    begin_turn (w);
    json_writer_boolean (&w->json, "hangup", TRUE);
    json_writer_end (&w->json, '}');
  }
  json_writer_end (&w->json, ']');
}

/* What acts on the call itself does so again. Without the persona it is told
 * by the names that there are. */
static gboolean
is_builtin (Writer * w, const gchar * name)
{
  static const gchar *const names[] = { "end_call", "set_variable", "wait",
    "collect_digits", "send_dtmf", NULL
  };
  const GstVoicePersonaTool *tool = w->persona ?
      gst_voice_persona_get_tool (w->persona, name) : NULL;

  return tool ? tool->kind == GST_VOICE_TOOL_BUILTIN :
      g_strv_contains (names, name);
}

/* A call of a name that there is not, or of arguments that do not fit, never
 * came to a tool. */
static gboolean
is_mocked (Writer * w, const RecordCall * call)
{
  return !is_builtin (w, call->name) && call->arguments
      && strcmp (call->outcome, "invalid") != 0 && (!w->persona
      || gst_voice_persona_get_tool (w->persona, call->name));
}

static gchar *
error_of (const gchar * result)
{
  JsonNode *node = result ? gst_voice_json_parse (result, -1,
      GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL) : NULL;
  JsonNode *message = node ? gst_voice_json_at (node, "/error/message") : NULL;
  const gchar *text = message && JSON_NODE_HOLDS_VALUE (message) ?
      json_node_get_string (message) : NULL;
  gchar *copy = text ? g_strndup (text, MAX_TEXT) : g_strdup ("It failed.");

  g_clear_pointer (&node, json_node_unref);
  return copy;
}

static void
write_answer (Writer * w, const RecordCall * call)
{
  const gchar *late = call->late ? call->late : call->result;
  gchar *error;

  json_writer_begin (&w->json, NULL, '{');
  json_writer_json (&w->json, "arguments", call->arguments);
  if (strcmp (call->outcome, "error") == 0) {
    error = error_of (call->result);
    write_text (w, "error", error);
    g_free (error);
  } else if (strcmp (call->outcome, "ok") == 0 || call->late) {
    json_writer_json (&w->json, "result", late ? late : "null");
    if (call->took != JOURNAL_NO_TIME)
      json_writer_number (&w->json, "delay", MIN (call->took / SECOND, 3600));
  } else {
    json_writer_boolean (&w->json, "hangs", TRUE);
  }
  json_writer_end (&w->json, '}');
}

static gboolean
is_first (Writer * w, guint n)
{
  const RecordCall *call = record_item (w->record, RECORD_CALLS, n);

  for (guint i = 0; i < n; i++) {
    const RecordCall *other = record_item (w->record, RECORD_CALLS, i);

    if (is_mocked (w, other) && strcmp (other->name, call->name) == 0)
      return FALSE;
  }
  return is_mocked (w, call);
}

static void
write_tools (Writer * w)
{
  guint n = record_length (w->record, RECORD_CALLS);

  json_writer_begin (&w->json, "tools", '{');
  for (guint i = 0; i < n; i++) {
    const RecordCall *call = record_item (w->record, RECORD_CALLS, i);

    if (!is_first (w, i))
      continue;
    json_writer_begin (&w->json, call->name, '[');
    for (guint k = i; k < n; k++) {
      const RecordCall *other = record_item (w->record, RECORD_CALLS, k);

      if (strcmp (other->name, call->name) == 0 && is_mocked (w, other))
        write_answer (w, other);
    }
    json_writer_end (&w->json, ']');
  }
  json_writer_end (&w->json, '}');
}

static void
expect_call (Writer * w, const RecordCall * call)
{
  begin_turn (w);
  json_writer_string (&w->json, "called", call->name);
  if (call->arguments && strcmp (call->outcome, "invalid") != 0)
    json_writer_json (&w->json, "arguments", call->arguments);
  json_writer_end (&w->json, '}');
}

/* Greetings and what the caller has cut off may be worded or cut elsewhere. */
static gboolean
is_decision (const RecordSpeech * speech)
{
  return strcmp (speech->source, "reply") == 0 && speech->complete
      && speech->text && *speech->text && speech->start != JOURNAL_NO_TIME;
}

/* Calls and whole replies in the order of their times. @n is how many; they are
 * written if @write says so. */
static guint
walk_order (Writer * w, gboolean write)
{
  guint n_calls = record_length (w->record, RECORD_CALLS);
  guint n_speeches = record_length (w->record, RECORD_SPEECHES);
  guint c = 0, s = 0, n = 0;

  while (c < n_calls || s < n_speeches) {
    const RecordCall *call = c < n_calls ?
        record_item (w->record, RECORD_CALLS, c) : NULL;
    const RecordSpeech *speech = s < n_speeches ?
        record_item (w->record, RECORD_SPEECHES, s) : NULL;

    if (speech && !is_decision (speech)) {
      s++;
      continue;
    }
    n++;
    if (call && (!speech || call->at <= speech->start)) {
      c++;
      if (write)
        expect_call (w, call);
      continue;
    }
    s++;
    if (write) {
      begin_turn (w);
      write_text (w, "said", speech->text);
      json_writer_end (&w->json, '}');
    }
  }
  return n;
}

static void
expect_variables (Writer * w)
{
  for (guint i = 0; i < record_length (w->record, RECORD_VARIABLES); i++) {
    const RecordVariable *v = record_item (w->record, RECORD_VARIABLES, i);

    begin_turn (w);
    json_writer_string (&w->json, "variable", v->name);
    write_text (w, "value", v->value);
    json_writer_end (&w->json, '}');
  }
}

static gboolean
is_ending (const gchar * reason)
{
  static const gchar *const names[] = { "completed", "inactivity", "limit",
    "budget", "disconnected", NULL
  };

  return g_strv_contains (names, reason);
}

static void
write_expectations (Writer * w)
{
  guint n = walk_order (w, FALSE);

  json_writer_begin (&w->json, "expect", '[');
  if (n > 1) {
    begin_turn (w);
    json_writer_begin (&w->json, "order", '[');
  }
  walk_order (w, TRUE);
  if (n > 1) {
    json_writer_end (&w->json, ']');
    json_writer_end (&w->json, '}');
  }
  expect_variables (w);
  if (is_ending (w->record->reason)) {
    begin_turn (w);
    json_writer_string (&w->json, "ended", w->record->reason);
    json_writer_end (&w->json, '}');
  }
  json_writer_end (&w->json, ']');
}

static void
write_variables (Writer * w)
{
  const Record *r = w->record;

  json_writer_begin (&w->json, "variables", '{');
  if (*r->caller)
    json_writer_string (&w->json, "caller", r->caller);
  if (*r->called)
    json_writer_string (&w->json, "called", r->called);
  json_writer_end (&w->json, '}');
}

/**
 * scenario_from_record:
 * @record: of a call
 * @persona: (nullable): the persona; without it that of the record's name
 * @error: why it cannot be read
 *
 * Returns: (transfer full) (nullable): the scenario, JSON
 */
gchar *
scenario_from_record (const Record * record, const gchar * persona,
    GError ** error)
{
  Writer w = {.record = record };
  gchar *name = g_strdup_printf ("call %s", record->call_id);

  if (persona) {
    w.persona = gst_voice_persona_load (persona, error);
    if (!w.persona) {
      g_free (name);
      return NULL;
    }
  }
  w.json = (JsonWriter) {
  .out = g_string_new (NULL),.open = 2};
  json_writer_begin (&w.json, NULL, '{');
  json_writer_string (&w.json, "name", name);
  json_writer_string (&w.json, "persona", persona ? persona : record->persona);
  write_variables (&w);
  write_caller (&w);
  write_tools (&w);
  write_expectations (&w);
  json_writer_end (&w.json, '}');
  g_clear_pointer (&w.persona, gst_voice_persona_unref);
  g_free (name);
  return g_string_free (w.json.out, FALSE);
}
