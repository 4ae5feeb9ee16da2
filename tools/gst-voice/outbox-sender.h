/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "outbox.h"

/* Sends what is in the outbox of a database, in a thread of its own. */
typedef struct _OutboxSender OutboxSender;

/**
 * OutboxNews:
 * @entry: (nullable): what was sent; %NULL: the outbox itself is in trouble
 * @state: (nullable): its state now
 * @why: (nullable): why it is not delivered
 * @data: what was given with the function
 *
 * Called in the thread of the sender.
 */
typedef void (*OutboxNews) (const OutboxEntry * entry, const gchar * state,
    const gchar * why, gpointer data);

OutboxSender *outbox_sender_new (const gchar * db, OutboxNews news,
    gpointer data);
void outbox_sender_wake (OutboxSender * sender);
void outbox_sender_free (OutboxSender * sender, guint seconds);
