/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a line of each type adds to the record of a call. Lines may be missing:
 * whatever names a turn, a speech or a call makes it known. What has no number
 * or no id is passed over; it is still in the journal.
 *
 * Threads: one at a time. Locks: none.
 */
#include "record-private.h"

#include "record-fields.h"

#include <string.h>

static void
fill (gpointer item, RecordListId id, const JournalLine * line)
{
  record_fill (item, record_lists[id].fields, line);
}

static gpointer
add_filled (Record * record, RecordListId id, const JournalLine * line)
{
  gpointer item = record_add (record, id);

  fill (item, id, line);
  return item;
}

static void
set_string (gchar ** to, const gchar * text)
{
  g_free (*to);
  *to = g_strdup (text);
}

static void
on_session_started (Record * record, const JournalLine * line)
{
  if (!*record->call_id)
    record_fill (record, record_session_fields, line);
}

/* The session has counted too, and no line of it was lost on the way. */
static void
on_session_ended (Record * record, const JournalLine * line)
{
  record->ended = TRUE;
  record_fill (record, record_session_fields, line);
  record_fill (record, record_statistics_fields, line);
}

static void
on_agent (Record * record, const JournalLine * line)
{
  RecordAgent *agent = add_filled (record, RECORD_AGENTS, line);

  if (!*record->persona)
    set_string (&record->persona, agent->persona);
}

static void
on_variable (Record * record, const JournalLine * line)
{
  const gchar *name = journal_line_string (line, "name");

  for (guint i = 0; i < record_length (record, RECORD_VARIABLES); i++) {
    RecordVariable *variable = record_item (record, RECORD_VARIABLES, i);

    if (strcmp (variable->name, name) == 0) {
      fill (variable, RECORD_VARIABLES, line);
      return;
    }
  }
  add_filled (record, RECORD_VARIABLES, line);
}

static RecordTurn *
find_turn (Record * record, guint number)
{
  return g_hash_table_lookup (record->turn_of, GUINT_TO_POINTER (number));
}

/* The item of a turn that replaces another is that of the other one. */
static RecordTurn *
item_for_turn (Record * record, guint number, guint merges)
{
  RecordTurn *turn = find_turn (record, number);
  RecordTurn *old = merges && merges != number ? find_turn (record, merges) :
      NULL;

  if (old) {
    g_hash_table_remove (record->turn_of, GUINT_TO_POINTER (merges));
    if (turn)
      record_remove (record, RECORD_TURNS, turn);
    g_array_append_val (old->merged, merges);
    turn = old;
  } else if (!turn) {
    turn = record_add (record, RECORD_TURNS);
  }
  g_hash_table_replace (record->turn_of, GUINT_TO_POINTER (number), turn);
  return turn;
}

static void
on_turn (Record * record, const JournalLine * line)
{
  guint number = journal_line_uint (line, "turn");
  guint merges = journal_line_uint (line, "merges");
  gint64 start = journal_line_time (line, "start");
  RecordTurn *turn;

  if (!merges)
    record->turns_taken++;
  if (!number)
    return;
  turn = item_for_turn (record, number, merges);
  fill (turn, RECORD_TURNS, line);
  if (turn->start == JOURNAL_NO_TIME
      || (start != JOURNAL_NO_TIME && start < turn->start))
    turn->start = start;
  g_clear_pointer (&turn->no_reply, g_free);
}

static void
on_correct (Record * record, const JournalLine * line)
{
  RecordTurn *turn = find_turn (record, journal_line_uint (line, "turn"));

  if (turn)
    set_string (&turn->text, journal_line_string (line, "text"));
}

static void
on_no_reply (Record * record, const JournalLine * line)
{
  RecordTurn *turn = find_turn (record, journal_line_uint (line, "turn"));

  if (turn)
    set_string (&turn->no_reply, journal_line_string (line, "reason"));
}

static RecordSpeech *
speech_of_line (Record * record, const JournalLine * line)
{
  guint number = journal_line_uint (line, "speech");
  RecordSpeech *speech = g_hash_table_lookup (record->speech_of,
      GUINT_TO_POINTER (number));

  if (speech || !number)
    return speech;
  speech = record_add (record, RECORD_SPEECHES);
  speech->speech = number;
  speech->at = line->at;
  g_hash_table_insert (record->speech_of, GUINT_TO_POINTER (number), speech);
  return speech;
}

static void
on_speech (Record * record, const JournalLine * line)
{
  RecordSpeech *speech = speech_of_line (record, line);

  if (speech)
    fill (speech, RECORD_SPEECHES, line);
}

static void
on_playing (Record * record, const JournalLine * line)
{
  RecordSpeech *speech = speech_of_line (record, line);

  if (!speech)
    return;
  speech->start = line->at;
  fill (speech, RECORD_SPEECHES, line);
}

static void
on_heard (Record * record, const JournalLine * line)
{
  RecordSpeech *speech = speech_of_line (record, line);

  if (!speech)
    return;
  fill (speech, RECORD_SPEECHES, line);
  speech->end = line->at;
  if (speech->complete)
    speech->interrupted = FALSE;
}

/* `heard` is written before or after this line. */
static void
on_interrupt (Record * record, const JournalLine * line)
{
  RecordSpeech *speech = speech_of_line (record, line);

  add_filled (record, RECORD_INTERRUPTIONS, line);
  if (speech) {
    record->interrupted++;
    speech->interrupted = !speech->complete;
  }
}

static RecordCall *
call_of_line (Record * record, const JournalLine * line)
{
  const gchar *id = journal_line_string (line, "id");
  RecordCall *call = g_hash_table_lookup (record->call_of, id);

  if (call || !*id)
    return call;
  call = record_add (record, RECORD_CALLS);
  call->at = line->at;
  g_hash_table_insert (record->call_of, g_strdup (id), call);
  return call;
}

/* Of a write whose end is not in the journal: it may have been done. */
#define NO_OUTCOME "unknown"

static void
on_tool_call (Record * record, const JournalLine * line)
{
  RecordCall *call = call_of_line (record, line);

  record->tools_run++;
  if (!call)
    return;
  fill (call, RECORD_CALLS, line);
  if (!*call->outcome
      && strcmp (journal_line_string (line, "access"), "write") == 0) {
    g_free (call->outcome);
    call->outcome = g_strdup (NO_OUTCOME);
  }
}

/* `running` is no outcome yet. What is late came after one. */
static void
on_tool_result (Record * record, const JournalLine * line)
{
  RecordCall *call = call_of_line (record, line);

  if (!call)
    return;
  if (strcmp (journal_line_string (line, "outcome"), "late") == 0
      && *call->outcome && strcmp (call->outcome, NO_OUTCOME) != 0
      && strcmp (call->outcome, "running") != 0) {
    g_free (call->late);
    call->late = journal_line_json (line, "json");
  } else {
    fill (call, RECORD_CALLS, line);
  }
}

static void
on_turn_metrics (Record * record, const JournalLine * line)
{
  RecordMetrics *metrics = add_filled (record, RECORD_METRICS, line);

  metrics->line = record->lines;
}

static void
on_discard (Record * record, const JournalLine * line)
{
  add_filled (record, RECORD_DISCARDS, line);
}

static void
on_final (Record * record, const JournalLine * line)
{
  RecordFinal *final = record_add (record, RECORD_FINALS);

  final->confidence = -1;
  fill (final, RECORD_FINALS, line);
}

static RecordUsage *
usage_of_line (Record * record, const JournalLine * line)
{
  const gchar *provider = journal_line_string (line, "provider");
  const gchar *model = journal_line_string (line, "model");

  for (guint i = 0; i < record_length (record, RECORD_USAGE); i++) {
    RecordUsage *usage = record_item (record, RECORD_USAGE, i);

    if (strcmp (usage->provider, provider) == 0
        && strcmp (usage->model, model) == 0)
      return usage;
  }
  return add_filled (record, RECORD_USAGE, line);
}

/* Nobody's journal may make a sum wrap. */
static void
add_time (gint64 * sum, gint64 time)
{
  *sum = MIN (MAX (*sum, 0), G_MAXINT64 - time) + time;
}

static void
on_usage (Record * record, const JournalLine * line)
{
  RecordUsage *usage = usage_of_line (record, line);
  guint tokens_in = journal_line_uint (line, "tokens-in");
  guint tokens_out = journal_line_uint (line, "tokens-out");
  guint characters = journal_line_uint (line, "characters");
  gint64 audio = MAX (journal_line_time (line, "audio"), 0);
  gdouble cost = MAX (journal_line_double (line, "cost"), 0);

  usage->requests++;
  usage->tokens_in += tokens_in;
  usage->tokens_cached += journal_line_uint (line, "tokens-cached");
  usage->tokens_out += tokens_out;
  usage->characters += characters;
  add_time (&usage->audio, audio);
  usage->cost += cost;
  record->tokens_in += tokens_in;
  record->tokens_out += tokens_out;
  record->characters += characters;
  /* As the session counts: what has characters was synthesised. */
  if (!characters)
    add_time (&record->recognised, audio);
  record->cost += cost;
}

static void
on_provider (Record * record, const JournalLine * line)
{
  add_filled (record, RECORD_PROVIDERS, line);
}

static void
on_fault (Record * record, const JournalLine * line)
{
  add_filled (record, RECORD_FAULTS, line);
}

static RecordRecording *
recording_of_line (Record * record, const JournalLine * line)
{
  const gchar *location = journal_line_string (line, "location");

  for (guint i = 0; i < record_length (record, RECORD_RECORDINGS); i++) {
    RecordRecording *recording = record_item (record, RECORD_RECORDINGS, i);

    if (strcmp (recording->location, location) == 0)
      return recording;
  }
  return record_add (record, RECORD_RECORDINGS);
}

static void
on_recording (Record * record, const JournalLine * line)
{
  const gchar *state = journal_line_string (line, "state");
  RecordRecording *recording;

  if (!*journal_line_string (line, "location"))
    return;
  recording = recording_of_line (record, line);
  fill (recording, RECORD_RECORDINGS, line);
  /* It has lost something and goes on. */
  if (strcmp (state, "overflow") != 0)
    set_string (&recording->state, state);
  if (strcmp (state, "started") == 0)
    recording->start = journal_line_time (line, "running-time");
}

static void
on_session_limit (Record * record, const JournalLine * line)
{
  add_filled (record, RECORD_LIMITS, line);
}

static void
on_inactivity (Record * record, const JournalLine * line)
{
  RecordLimit *limit = add_filled (record, RECORD_LIMITS, line);

  set_string (&limit->what, "inactivity");
}

static gint64
worst_time (gint64 worst, const JournalLine * line, const gchar * field)
{
  return MAX (worst, journal_line_time (line, field));
}

/* Both ends of the call report, each what it knows. */
static void
on_network (Record * record, const JournalLine * line)
{
  RecordNetwork *network;

  if (record_length (record, RECORD_NETWORK) > 0) {
    network = record_item (record, RECORD_NETWORK, 0);
  } else {
    network = record_add (record, RECORD_NETWORK);
    network->loss = -1;
  }
  fill (network, RECORD_NETWORK, line);
  network->jitter = worst_time (network->jitter, line, "jitter");
  network->delay = worst_time (network->delay, line, "delay");
  network->round_trip = worst_time (network->round_trip, line, "round-trip");
  if (journal_line_has (line, "loss"))
    network->loss = MAX (network->loss, journal_line_double (line, "loss"));
}

static void
on_hangup (Record * record, const JournalLine * line)
{
  set_string (&record->ended_by, journal_line_string (line, "by"));
}

static void
on_hangup_revoked (Record * record, const JournalLine * line)
{
  set_string (&record->ended_by, "");
}

static void
on_unheard (Record * record, const JournalLine * line)
{
  record->unheard++;
}

static void
on_underrun (Record * record, const JournalLine * line)
{
  record->underruns++;
}

static void
on_overflow (Record * record, const JournalLine * line)
{
  record->overflows++;
}

static void
on_stt_reset (Record * record, const JournalLine * line)
{
  record->resets++;
}

static const struct
{
  const gchar *type;
  void (*apply) (Record * record, const JournalLine * line);
} types[] = {
  {"agent", on_agent},
  {"correct", on_correct},
  {"discard", on_discard},
  {"fault", on_fault},
  {"final", on_final},
  {"hangup", on_hangup},
  {"hangup-revoked", on_hangup_revoked},
  {"heard", on_heard},
  {"inactivity", on_inactivity},
  {"interrupt", on_interrupt},
  {"network", on_network},
  {"no-reply", on_no_reply},
  {"overflow", on_overflow},
  {"playing", on_playing},
  {"provider", on_provider},
  {"recording", on_recording},
  {"session-ended", on_session_ended},
  {"session-limit", on_session_limit},
  {"session-started", on_session_started},
  {"speech", on_speech},
  {"stt-reset", on_stt_reset},
  {"tool-call", on_tool_call},
  {"tool-result", on_tool_result},
  {"turn", on_turn},
  {"turn-metrics", on_turn_metrics},
  {"underrun", on_underrun},
  {"unheard", on_unheard},
  {"usage", on_usage},
  {"variable", on_variable},
};

/**
 * record_apply:
 * @record: a record
 * @line: the next line of its journal
 *
 * Adds what the line says.
 */
void
record_apply (Record * record, const JournalLine * line)
{
  if (record->started == JOURNAL_NO_TIME)
    record->started = line->wall;
  if (!record->ended)
    record->duration = MAX (record->duration, line->at);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
    if (strcmp (types[i].type, line->type) == 0) {
      types[i].apply (record, line);
      return;
    }
  }
}
