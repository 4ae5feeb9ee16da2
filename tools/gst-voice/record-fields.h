/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json-writer.h"
#include "record.h"

typedef enum
{
  RECORD_STRING,
  RECORD_MAYBE,                 /* a string or NULL */
  RECORD_JSON,                  /* the same, which holds JSON */
  RECORD_UINT,
  RECORD_LONG,
  RECORD_BOOLEAN,
  RECORD_DOUBLE,
  RECORD_TIME,
  RECORD_WALL,
  RECORD_NUMBERS,               /* a GArray of guint */
} RecordType;

/* A field of a struct of the record. */
typedef struct
{
  const gchar *name;            /* in JSON and in the database */
  RecordType type;
  gsize offset;
  const gchar *from;            /* in the journal's lines, or NULL */
} RecordField;

/* A list in the record. */
typedef struct
{
  const gchar *name;            /* in JSON, and of its table */
  gboolean table;               /* it has one */
  gsize size;                   /* of an item */
  const RecordField *fields;    /* until one without a name */
} RecordList;

extern const RecordField record_session_fields[];
extern const RecordField record_statistics_fields[];
extern const RecordList record_lists[RECORD_N_LISTS];
extern const gchar *const record_part_names[RECORD_N_PARTS];

#define RECORD_AT(item, field, type) \
  (*(type *) ((gchar *) (item) + (field)->offset))

void record_init (gpointer item, const RecordField * fields);
void record_clear (gpointer item, const RecordField * fields);
void record_fill (gpointer item, const RecordField * fields,
    const JournalLine * line);
gpointer record_add (Record * record, RecordListId id);
void record_remove (Record * record, RecordListId id, gpointer item);
