/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "journal-line.h"

#include <glib.h>

/* The record of a call: what its journal says, put in order. All of it follows
 * from the lines alone. Times are running time in microseconds, or
 * JOURNAL_NO_TIME; texts are valid UTF-8. docs/record.md says what each field
 * means; record-fields.c names them. */

typedef struct
{
  guint turn;
  GArray *merged;               /* of guint */
  gchar *text;
  gint64 start, end, at;
  gboolean reply;
  gchar *reason;
  gchar *no_reply;              /* or NULL */
} RecordTurn;

typedef struct
{
  guint speech, turn;
  gchar *source;
  gboolean interruptible;
  gint64 at, start, end, position;
  gchar *text;                  /* or NULL: not known */
  gchar *rest;
  gboolean complete, interrupted;
} RecordSpeech;

typedef struct
{
  gchar *id, *name, *outcome, *access;
  gchar *arguments, *result, *late;     /* JSON, or NULL */
  guint turn, speech;
  gint64 at, took;
} RecordCall;

/* Where the time before a reply went. */
typedef enum
{
  RECORD_PLAYING,               /* from the end of speech to the reply */
  RECORD_FINAL,
  RECORD_COMMITTED,
  RECORD_FIRST_TOKEN,
  RECORD_FIRST_SENTENCE,
  RECORD_FIRST_AUDIO,
  RECORD_PROVIDER,
  RECORD_OWN,
} RecordPart;

#define RECORD_N_PARTS (RECORD_OWN + 1)

typedef struct
{
  guint line, turn, speech;
  gint64 end_of_speech;
  gint64 part[RECORD_N_PARTS];
} RecordMetrics;

typedef struct
{
  gint64 at;
  gchar *reason;
  gboolean force;
  guint speech;
} RecordInterruption;

typedef struct
{
  gint64 at;
  gchar *reason, *text;
} RecordDiscard;

typedef struct
{
  gint64 at, start, end;
  gchar *text, *language, *provider;
  guint segment;
  gdouble confidence;
} RecordFinal;

typedef struct
{
  gchar *provider, *model;
  guint requests;
  guint64 tokens_in, tokens_cached, tokens_out, characters;
  gint64 audio;
  gdouble cost;
} RecordUsage;

typedef struct
{
  gint64 at;
  gchar *provider, *state, *code, *text;
} RecordProvider;

typedef struct
{
  gint64 at;
  gchar *element, *code, *text;
  gboolean fatal;
} RecordFault;

typedef struct
{
  gchar *location, *state;
  gint64 start, duration, lost;
} RecordRecording;

typedef struct
{
  gint64 at, quiet;
  gchar *what, *stage;
  guint reminder;
} RecordLimit;

typedef struct
{
  gint64 jitter, delay, round_trip;     /* the worst */
  gdouble loss;                 /* of our packets, the worst, or -1 */
  guint received, lost, late, concealed, repaired, dropped, sent;
} RecordNetwork;

typedef struct
{
  gint64 at;
  gchar *persona, *pipeline;
} RecordAgent;

typedef struct
{
  gchar *name, *value;
} RecordVariable;

/* What a record has several of, each with the struct of its name. */
typedef enum
{
  RECORD_AGENTS,
  RECORD_VARIABLES,
  RECORD_TURNS,
  RECORD_SPEECHES,
  RECORD_CALLS,
  RECORD_METRICS,
  RECORD_INTERRUPTIONS,
  RECORD_DISCARDS,
  RECORD_FINALS,
  RECORD_USAGE,
  RECORD_PROVIDERS,
  RECORD_FAULTS,
  RECORD_RECORDINGS,
  RECORD_LIMITS,
  RECORD_NETWORK,               /* one at most */
  RECORD_N_LISTS,
} RecordListId;

typedef struct
{
  /* the session */
  gchar *call_id;               /* empty if no line names it */
  gchar *persona, *caller, *called, *time_zone, *version;
  gchar *reason, *ended_by;
  gint64 started;               /* wall time */
  gint64 duration;
  gboolean simulated;

  /* the journal */
  guint lines;
  guint damaged;                /* of them, unreadable */
  gboolean truncated;           /* the last is broken off; not in `damaged` */
  gboolean ended;               /* it has its last line */

  /* counted */
  guint turns_taken, interrupted, tools_run;
  guint unheard, underruns, overflows, resets;
  guint64 tokens_in, tokens_out, characters;
  gint64 recognised;
  gdouble cost;

  GPtrArray *list[RECORD_N_LISTS];      /* in the order of the journal */

  /* how lines find what they are about */
  GHashTable *turn_of, *speech_of, *call_of;
} Record;

/* A line of the conversation. Its texts belong to the record. */
typedef struct
{
  gboolean agent;
  gint64 start, end;
  const gchar *text;            /* as heard, or NULL if that is not known */
  const gchar *rest;            /* what was cut off, or empty */
  gboolean interrupted;
  const gchar *discarded;       /* why the words are no turn, or NULL */
  guint number;                 /* of the turn or the speech, or 0 */
} RecordUtterance;

typedef struct
{
  guint n;                      /* how many replies were measured */
  gint64 p50[RECORD_N_PARTS], p95[RECORD_N_PARTS];
} RecordLatency;

Record *record_new (void);
Record *record_new_from_journal (const gchar * path, GError ** error);
Record *record_new_from_text (const gchar * text, gsize size,
    const gchar * path, GError ** error);
void record_free (Record * record);

gboolean record_add_line (Record * record, const gchar * line, gssize length);
GArray *record_transcript (const Record * record);
void record_latency (const Record * record, RecordLatency * latency);

#define record_length(record, id) ((record)->list[id]->len)
#define record_item(record, id, i) g_ptr_array_index ((record)->list[id], i)

gchar *record_to_json (const Record * record);
gchar *record_list_to_json (GPtrArray * records);
gchar *record_to_text (const Record * record);
