/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "delivery.h"
#include "record.h"

/* The calls that were recorded, in a file of SQLite. docs/record.md shows its
 * tables. One thread at a time may use a store; any number of processes may
 * have the file open. */
typedef struct _Store Store;

typedef enum
{
  STORE_READ = 0,
  STORE_WRITE = 1 << 0,         /* an error now if it may not be written */
  STORE_CREATE = 1 << 1,        /* make the file if there is none */
} StoreFlags;

/* Every message says what, where and what can be done. */
#define STORE_ERROR (store_error_quark ())
typedef enum
{
  STORE_ERROR_MISSING,          /* no such file or folder */
  STORE_ERROR_LOCKED,           /* another process has it for too long */
  STORE_ERROR_READ_ONLY,
  STORE_ERROR_FULL,             /* the disk */
  STORE_ERROR_FOREIGN,          /* no database, or none of calls */
  STORE_ERROR_NEWER,            /* made by a later version */
  STORE_ERROR_DAMAGED,
  STORE_ERROR_CONFLICT,         /* another call has the same id */
  STORE_ERROR_NO_CALL,
  STORE_ERROR_AMBIGUOUS,
  STORE_ERROR_FAILED,
} StoreError;
GQuark store_error_quark (void);

/* Which calls are wanted; NULL and 0 want all. */
typedef struct
{
  gint64 since;                 /* wall time */
  const gchar *persona, *caller, *reason;
  guint limit;
} StoreFilter;

gchar *store_default_path (void);
Store *store_open (const gchar * path, StoreFlags flags, GError ** error);
void store_close (Store * store);

gboolean store_put_journal (Store * store, const gchar * path,
    const Delivery * delivery, Record ** record, GError ** error);
GPtrArray *store_list (Store * store, const StoreFilter * filter,
    guint * total, GError ** error);
gchar *store_find (Store * store, const gchar * call, GError ** error);
gchar *store_abbreviate (Store * store, const gchar * call_id);
gchar *store_get_journal (Store * store, const gchar * call_id, gsize * size,
    GError ** error);
gchar *store_get_conversation (Store * store, const gchar * call_id,
    GError ** error);
Record *store_get_record (Store * store, const gchar * call_id,
    GError ** error);
gboolean store_delete (Store * store, const gchar * call_id, GError ** error);
