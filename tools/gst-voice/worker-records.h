/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Brings the journals of calls that are over into the database, one after the
 * other, without keeping the worker waiting. */
typedef struct _WorkerRecords WorkerRecords;

/**
 * WorkerRecordFunc:
 * @call_id: the call
 * @error: (nullable): why it is not in the database yet; it is tried again
 * @data: what was given with the function
 */
typedef void (*WorkerRecordFunc) (const gchar * call_id,
    const GError * error, gpointer data);

WorkerRecords *worker_records_new (const gchar * db, WorkerRecordFunc func,
    gpointer data, GError ** error);
void worker_records_free (WorkerRecords * records);
const gchar *worker_records_dir (const WorkerRecords * records);
void worker_records_deliver (WorkerRecords * records, const gchar * call_id);
guint worker_records_pending (const WorkerRecords * records);
