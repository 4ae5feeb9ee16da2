/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a record consists of, in tables: the name of each field in JSON and in
 * the database, and which field of the journal's lines it comes from. Reading,
 * writing and freeing follow the tables, and docs/record.md says what the
 * fields mean.
 *
 * Threads: one at a time. Locks: none.
 */
#include "record-fields.h"

#include <string.h>

#define FIELD(name, type, struct, member, from) \
  {name, RECORD_##type, G_STRUCT_OFFSET (struct, member), from},
#define END {NULL, 0, 0, NULL}

/* *INDENT-OFF* */
const RecordField record_session_fields[] = {
  FIELD ("call_id", STRING, Record, call_id, "call-id")
  FIELD ("persona", STRING, Record, persona, "persona")
  FIELD ("caller", STRING, Record, caller, "caller")
  FIELD ("called", STRING, Record, called, "called")
  FIELD ("time_zone", STRING, Record, time_zone, "time-zone")
  FIELD ("started", WALL, Record, started, NULL)
  FIELD ("duration", TIME, Record, duration, "duration")
  FIELD ("reason", STRING, Record, reason, "reason")
  FIELD ("ended_by", STRING, Record, ended_by, NULL)
  FIELD ("simulated", BOOLEAN, Record, simulated, "simulated")
  FIELD ("version", STRING, Record, version, "version")
  FIELD ("lines", UINT, Record, lines, NULL)
  FIELD ("damaged", UINT, Record, damaged, NULL)
  FIELD ("truncated", BOOLEAN, Record, truncated, NULL)
  FIELD ("ended", BOOLEAN, Record, ended, NULL)
  END
};

const RecordField record_statistics_fields[] = {
  FIELD ("turns", UINT, Record, turns_taken, "turns")
  FIELD ("interruptions", UINT, Record, interrupted, "interruptions")
  FIELD ("tool_calls", UINT, Record, tools_run, "tool-calls")
  FIELD ("tokens_in", LONG, Record, tokens_in, "tokens-in")
  FIELD ("tokens_out", LONG, Record, tokens_out, "tokens-out")
  FIELD ("characters", LONG, Record, characters, "characters")
  FIELD ("recognised", TIME, Record, recognised, "recognised")
  FIELD ("cost", DOUBLE, Record, cost, "cost")
  FIELD ("unheard", UINT, Record, unheard, NULL)
  FIELD ("underruns", UINT, Record, underruns, NULL)
  FIELD ("overflows", UINT, Record, overflows, NULL)
  FIELD ("resets", UINT, Record, resets, NULL)
  END
};

static const RecordField agent_fields[] = {
  FIELD ("at", TIME, RecordAgent, at, "at")
  FIELD ("persona", STRING, RecordAgent, persona, "persona")
  FIELD ("pipeline", STRING, RecordAgent, pipeline, "pipeline")
  END
};

static const RecordField variable_fields[] = {
  FIELD ("name", STRING, RecordVariable, name, "name")
  FIELD ("value", STRING, RecordVariable, value, "value")
  END
};

static const RecordField turn_fields[] = {
  FIELD ("turn", UINT, RecordTurn, turn, "turn")
  FIELD ("merged", NUMBERS, RecordTurn, merged, NULL)
  FIELD ("text", STRING, RecordTurn, text, "text")
  FIELD ("start_time", TIME, RecordTurn, start, NULL)
  FIELD ("end_time", TIME, RecordTurn, end, "end")
  FIELD ("at", TIME, RecordTurn, at, "at")
  FIELD ("reply", BOOLEAN, RecordTurn, reply, "reply")
  FIELD ("reason", STRING, RecordTurn, reason, "reason")
  FIELD ("no_reply", MAYBE, RecordTurn, no_reply, NULL)
  END
};

static const RecordField speech_fields[] = {
  FIELD ("speech", UINT, RecordSpeech, speech, "speech")
  FIELD ("turn", UINT, RecordSpeech, turn, "turn")
  FIELD ("source", STRING, RecordSpeech, source, "source")
  FIELD ("interruptible", BOOLEAN, RecordSpeech, interruptible,
      "interruptible")
  FIELD ("at", TIME, RecordSpeech, at, NULL)
  FIELD ("start_time", TIME, RecordSpeech, start, "running-time")
  FIELD ("end_time", TIME, RecordSpeech, end, NULL)
  FIELD ("position", TIME, RecordSpeech, position, "position")
  FIELD ("text", MAYBE, RecordSpeech, text, "text")
  FIELD ("rest", STRING, RecordSpeech, rest, "rest")
  FIELD ("complete", BOOLEAN, RecordSpeech, complete, "complete")
  FIELD ("interrupted", BOOLEAN, RecordSpeech, interrupted, NULL)
  END
};

static const RecordField call_fields[] = {
  FIELD ("id", STRING, RecordCall, id, "id")
  FIELD ("name", STRING, RecordCall, name, "name")
  FIELD ("arguments", JSON, RecordCall, arguments, "arguments")
  FIELD ("result", JSON, RecordCall, result, "json")
  FIELD ("outcome", STRING, RecordCall, outcome, "outcome")
  FIELD ("late", JSON, RecordCall, late, NULL)
  FIELD ("at", TIME, RecordCall, at, NULL)
  FIELD ("took", TIME, RecordCall, took, "took")
  FIELD ("access", STRING, RecordCall, access, "access")
  FIELD ("turn", UINT, RecordCall, turn, "turn")
  FIELD ("speech", UINT, RecordCall, speech, "speech")
  END
};

static const RecordField metrics_fields[] = {
  FIELD ("line", UINT, RecordMetrics, line, NULL)
  FIELD ("turn", UINT, RecordMetrics, turn, "turn")
  FIELD ("speech", UINT, RecordMetrics, speech, "speech")
  FIELD ("end_of_speech", TIME, RecordMetrics, end_of_speech, "end-of-speech")
  FIELD ("playing", TIME, RecordMetrics, part[RECORD_PLAYING], "playing")
  FIELD ("final", TIME, RecordMetrics, part[RECORD_FINAL], "final")
  FIELD ("committed", TIME, RecordMetrics, part[RECORD_COMMITTED], "commit")
  FIELD ("first_token", TIME, RecordMetrics, part[RECORD_FIRST_TOKEN],
      "first-token")
  FIELD ("first_sentence", TIME, RecordMetrics, part[RECORD_FIRST_SENTENCE],
      "first-sentence")
  FIELD ("first_audio", TIME, RecordMetrics, part[RECORD_FIRST_AUDIO],
      "first-audio")
  FIELD ("provider", TIME, RecordMetrics, part[RECORD_PROVIDER], "provider")
  FIELD ("own", TIME, RecordMetrics, part[RECORD_OWN], "own")
  END
};

static const RecordField interruption_fields[] = {
  FIELD ("at", TIME, RecordInterruption, at, "at")
  FIELD ("reason", STRING, RecordInterruption, reason, "reason")
  FIELD ("force", BOOLEAN, RecordInterruption, force, "force")
  FIELD ("speech", UINT, RecordInterruption, speech, "speech")
  END
};

static const RecordField discard_fields[] = {
  FIELD ("at", TIME, RecordDiscard, at, "at")
  FIELD ("reason", STRING, RecordDiscard, reason, "reason")
  FIELD ("text", STRING, RecordDiscard, text, "text")
  END
};

static const RecordField final_fields[] = {
  FIELD ("at", TIME, RecordFinal, at, "at")
  FIELD ("start_time", TIME, RecordFinal, start, "start")
  FIELD ("end_time", TIME, RecordFinal, end, "end")
  FIELD ("text", STRING, RecordFinal, text, "text")
  FIELD ("segment", UINT, RecordFinal, segment, "segment")
  FIELD ("confidence", DOUBLE, RecordFinal, confidence, "confidence")
  FIELD ("language", STRING, RecordFinal, language, "language")
  FIELD ("provider", STRING, RecordFinal, provider, "provider")
  END
};

static const RecordField usage_fields[] = {
  FIELD ("provider", STRING, RecordUsage, provider, "provider")
  FIELD ("model", STRING, RecordUsage, model, "model")
  FIELD ("requests", UINT, RecordUsage, requests, NULL)
  FIELD ("tokens_in", LONG, RecordUsage, tokens_in, NULL)
  FIELD ("tokens_cached", LONG, RecordUsage, tokens_cached, NULL)
  FIELD ("tokens_out", LONG, RecordUsage, tokens_out, NULL)
  FIELD ("characters", LONG, RecordUsage, characters, NULL)
  FIELD ("audio", TIME, RecordUsage, audio, NULL)
  FIELD ("cost", DOUBLE, RecordUsage, cost, NULL)
  END
};

static const RecordField provider_fields[] = {
  FIELD ("at", TIME, RecordProvider, at, "at")
  FIELD ("provider", STRING, RecordProvider, provider, "provider")
  FIELD ("state", STRING, RecordProvider, state, "state")
  FIELD ("code", STRING, RecordProvider, code, "code")
  FIELD ("text", STRING, RecordProvider, text, "text")
  END
};

static const RecordField fault_fields[] = {
  FIELD ("at", TIME, RecordFault, at, "at")
  FIELD ("element", STRING, RecordFault, element, "element")
  FIELD ("code", STRING, RecordFault, code, "code")
  FIELD ("text", STRING, RecordFault, text, "text")
  FIELD ("fatal", BOOLEAN, RecordFault, fatal, "fatal")
  END
};

static const RecordField recording_fields[] = {
  FIELD ("location", STRING, RecordRecording, location, "location")
  FIELD ("state", STRING, RecordRecording, state, NULL)
  FIELD ("start_time", TIME, RecordRecording, start, NULL)
  FIELD ("duration", TIME, RecordRecording, duration, "duration")
  FIELD ("lost", TIME, RecordRecording, lost, "lost")
  END
};

static const RecordField limit_fields[] = {
  FIELD ("at", TIME, RecordLimit, at, "at")
  FIELD ("what", STRING, RecordLimit, what, "what")
  FIELD ("stage", STRING, RecordLimit, stage, "stage")
  FIELD ("reminder", UINT, RecordLimit, reminder, "reminder")
  FIELD ("quiet", TIME, RecordLimit, quiet, "quiet")
  END
};

static const RecordField network_fields[] = {
  FIELD ("jitter", TIME, RecordNetwork, jitter, NULL)
  FIELD ("delay", TIME, RecordNetwork, delay, NULL)
  FIELD ("round_trip", TIME, RecordNetwork, round_trip, NULL)
  FIELD ("loss", DOUBLE, RecordNetwork, loss, NULL)
  FIELD ("received", UINT, RecordNetwork, received, "received")
  FIELD ("lost", UINT, RecordNetwork, lost, "lost")
  FIELD ("late", UINT, RecordNetwork, late, "late")
  FIELD ("concealed", UINT, RecordNetwork, concealed, "concealed")
  FIELD ("repaired", UINT, RecordNetwork, repaired, "repaired")
  FIELD ("dropped", UINT, RecordNetwork, dropped, "dropped")
  FIELD ("sent", UINT, RecordNetwork, sent, "sent")
  END
};

#define LIST(name, table, struct, fields) \
  {name, table, sizeof (struct), fields}

/* In the order of RecordListId. */
const RecordList record_lists[RECORD_N_LISTS] = {
  LIST ("agents", FALSE, RecordAgent, agent_fields),
  LIST ("variables", FALSE, RecordVariable, variable_fields),
  LIST ("turns", TRUE, RecordTurn, turn_fields),
  LIST ("speeches", TRUE, RecordSpeech, speech_fields),
  LIST ("tool_calls", TRUE, RecordCall, call_fields),
  LIST ("metrics", TRUE, RecordMetrics, metrics_fields),
  LIST ("interruptions", FALSE, RecordInterruption, interruption_fields),
  LIST ("discards", FALSE, RecordDiscard, discard_fields),
  LIST ("finals", FALSE, RecordFinal, final_fields),
  LIST ("usage", TRUE, RecordUsage, usage_fields),
  LIST ("providers", FALSE, RecordProvider, provider_fields),
  LIST ("faults", FALSE, RecordFault, fault_fields),
  LIST ("recordings", TRUE, RecordRecording, recording_fields),
  LIST ("limits", FALSE, RecordLimit, limit_fields),
  LIST ("network", FALSE, RecordNetwork, network_fields),
};
/* *INDENT-ON* */

const gchar *const record_part_names[RECORD_N_PARTS] = {
  "playing", "final", "committed", "first_token", "first_sentence",
  "first_audio", "provider", "own"
};

/**
 * record_init:
 * @item: zeros
 * @fields: what is in it
 *
 * Makes it an item of which nothing is known.
 */
void
record_init (gpointer item, const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++) {
    if (f->type == RECORD_STRING)
      RECORD_AT (item, f, gchar *) = g_strdup ("");
    else if (f->type == RECORD_TIME || f->type == RECORD_WALL)
      RECORD_AT (item, f, gint64) = JOURNAL_NO_TIME;
    else if (f->type == RECORD_NUMBERS)
      RECORD_AT (item, f, GArray *) =
          g_array_new (FALSE, FALSE, sizeof (guint));
  }
}

/**
 * record_clear:
 * @item: an item
 * @fields: what is in it
 *
 * Frees what the item holds.
 */
void
record_clear (gpointer item, const RecordField * fields)
{
  for (const RecordField * f = fields; f->name; f++) {
    if (f->type == RECORD_STRING || f->type == RECORD_MAYBE
        || f->type == RECORD_JSON)
      g_free (RECORD_AT (item, f, gchar *));
    else if (f->type == RECORD_NUMBERS)
      g_array_unref (RECORD_AT (item, f, GArray *));
  }
}

static void
take_string (gpointer item, const RecordField * field, gchar * text)
{
  g_free (RECORD_AT (item, field, gchar *));
  RECORD_AT (item, field, gchar *) = text;
}

static void
fill_field (gpointer item, const RecordField * f, const JournalLine * line)
{
  gint64 time;

  switch (f->type) {
    case RECORD_STRING:
    case RECORD_MAYBE:
      take_string (item, f, g_strdup (journal_line_string (line, f->from)));
      break;
    case RECORD_JSON:
      take_string (item, f, journal_line_json (line, f->from));
      break;
    case RECORD_UINT:
      RECORD_AT (item, f, guint) = journal_line_uint (line, f->from);
      break;
    case RECORD_LONG:
      RECORD_AT (item, f, guint64) = journal_line_uint (line, f->from);
      break;
    case RECORD_BOOLEAN:
      RECORD_AT (item, f, gboolean) = journal_line_boolean (line, f->from);
      break;
    case RECORD_DOUBLE:
      RECORD_AT (item, f, gdouble) = journal_line_double (line, f->from);
      break;
    case RECORD_TIME:
      time = journal_line_time (line, f->from);
      if (time != JOURNAL_NO_TIME)
        RECORD_AT (item, f, gint64) = time;
      break;
    case RECORD_WALL:
    case RECORD_NUMBERS:
      break;
  }
}

/**
 * record_fill:
 * @item: an item
 * @fields: what is in it
 * @line: a line
 *
 * Sets the fields that the line has; an unknown time leaves what is known.
 */
void
record_fill (gpointer item, const RecordField * fields,
    const JournalLine * line)
{
  for (const RecordField * f = fields; f->name; f++) {
    if (f->from && journal_line_has (line, f->from))
      fill_field (item, f, line);
  }
}

/**
 * record_add:
 * @record: a record
 * @id: one of its lists
 *
 * Returns: (transfer none): a new item, of which nothing is known
 */
gpointer
record_add (Record * record, RecordListId id)
{
  gpointer item = g_malloc0 (record_lists[id].size);

  record_init (item, record_lists[id].fields);
  g_ptr_array_add (record->list[id], item);
  return item;
}

/**
 * record_remove:
 * @record: a record
 * @id: one of its lists
 * @item: (transfer full): an item of that list
 */
void
record_remove (Record * record, RecordListId id, gpointer item)
{
  g_ptr_array_remove (record->list[id], item);
  record_clear (item, record_lists[id].fields);
  g_free (item);
}
