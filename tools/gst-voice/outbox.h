/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store.h"

/* Documents that are to reach a receiver: each at least once, under one key by
 * which the receiver knows it again. They lie in the database, beside what they
 * are about. */
typedef struct
{
  gchar *id;                    /* the key */
  gchar *call_id, *url;
  gchar *secret;                /* where it is, or NULL: no signature */
  gchar *state;                 /* one of outbox_states */
  gchar *since, *next_at;       /* wall times, as they are written */
  gchar *delivered;             /* or NULL */
  guint attempts, status;
  gchar *last_error;
} OutboxEntry;

#define OUTBOX_WAITING "waiting"
#define OUTBOX_DELIVERED "delivered"
#define OUTBOX_DEAD "dead"
extern const gchar *const outbox_states[];      /* NULL-terminated */

/* What became of an attempt. */
typedef struct
{
  guint status;                 /* of the answer; 0: none came */
  gint64 retry_after;           /* ms, or -1: the receiver did not say */
  const gchar *why;             /* it is not delivered, or NULL */
} OutboxOutcome;

void outbox_entry_free (OutboxEntry * entry);
GPtrArray *outbox_list (Store * store, const gchar * state, GError ** error);
GPtrArray *outbox_due (Store * store, gint64 now, guint limit,
    GError ** error);
gint64 outbox_next (Store * store, GError ** error);
OutboxEntry *outbox_find (Store * store, const gchar * id, GError ** error);
const gchar *outbox_settle (Store * store, const OutboxEntry * entry,
    const OutboxOutcome * outcome, gint64 now, GError ** error);
gboolean outbox_replay (Store * store, const gchar * id, gint64 now,
    GError ** error);
gboolean outbox_drop (Store * store, const gchar * id, GError ** error);

/* What does not need the database. */
gchar *outbox_sign (const gchar * secret, gint64 now, const gchar * body);
const gchar *outbox_judge (const OutboxOutcome * outcome, gboolean too_old);
gint64 outbox_pause (guint attempts, gint64 retry_after);
