/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store.h"

/* The folder in which journals are while their calls run, and stay until they
 * are in a store. The journal of a call is `<call-id>.jsonl`; as long as the
 * process of the call lives it holds a lock (flock) on `<call-id>.lock`. A
 * journal without a lock is whole, or its process has crashed. Where the
 * conversation goes is in `<call-id>.delivery`. */
typedef struct _Spool Spool;

/* What became of the journals of a spool folder. */
typedef struct
{
  guint delivered;              /* are in the store and no more in the folder */
  guint crashed;                /* of them, without their last line */
  guint empty;                  /* had no line and are gone */
  guint running;                /* their calls go on */
  guint failed;                 /* stay where they are */
} SpoolReport;

gchar *spool_dir (const gchar * db);
Spool *spool_begin (const gchar * dir, const gchar * call_id, GError ** error);
Spool *spool_resume (const gchar * dir, const gchar * call_id, GError ** error);
const gchar *spool_path (const Spool * spool);
gboolean spool_has_journals (const gchar * dir);
gboolean spool_note (const Spool * spool, const Delivery * delivery,
    GError ** error);
void spool_forget (const gchar * journal);
gboolean spool_deliver (Spool * spool, Store * store, Record ** record,
    GError ** error);
void spool_end (Spool * spool);

gboolean store_deliver_pending (Store * store, const gchar * dir,
    SpoolReport * report, GError ** error);
