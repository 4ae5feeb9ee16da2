/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store.h"

#include <sqlite3.h>

struct _Store
{
  sqlite3 *db;
  gchar *path;
};

/* `gstv` */
#define STORE_APPLICATION_ID 0x67737476

extern const gchar *const store_steps[];
extern const guint store_n_steps;

gboolean store_fail (const Store * store, const gchar * what, GError ** error);
gboolean store_exec (const Store * store, const gchar * sql, GError ** error);
sqlite3_stmt *store_prepare (const Store * store, const gchar * sql,
    GError ** error);
gboolean store_run (const Store * store, sqlite3_stmt * statement,
    GError ** error);
gint64 store_number (const Store * store, const gchar * sql, GError ** error);
void store_bind (sqlite3_stmt * statement, gint index, const gchar * text);
gboolean store_begin (const Store * store, GError ** error);
gboolean store_commit (const Store * store, GError ** error);
void store_roll_back (const Store * store);
gboolean outbox_put (const Store * store, const Record * record,
    const Delivery * delivery, GError ** error);
gboolean store_migrate (const Store * store, const gchar * const *steps,
    guint n_steps, GError ** error);
