/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "json-writer.h"
#include "record.h"

void record_apply (Record * record, const JournalLine * line);

/* Parts of a record in JSON. */
void record_write_call (JsonWriter * json, const Record * record,
    gboolean whole);
void record_write_variables (JsonWriter * json, const Record * record);
void record_write_transcript (JsonWriter * json, const Record * record);
void record_write_list (JsonWriter * json, const Record * record,
    RecordListId id);
void record_write_item (JsonWriter * json, const Record * record,
    RecordListId id, guint index);
