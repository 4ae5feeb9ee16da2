/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client.h"

/* Calls of methods, ours and those of others. Times are milliseconds. */
typedef struct _ClientRpc ClientRpc;

/* Takes a packet, without a number; FALSE: it is refused. */
typedef gboolean (*ClientPushFunc) (gpointer data, GBytes * packet);

ClientRpc *client_rpc_new (ClientPushFunc push, gpointer data);
void client_rpc_free (ClientRpc * self);

void client_rpc_call (ClientRpc * self, const gchar * identity,
    const gchar * method, const gchar * payload, guint timeout_ms,
    LivekitRpcFunc done, gpointer data, gint64 now);
void client_rpc_take_reply (ClientRpc * self, const LivekitData * packet,
    gint64 now);

gboolean client_rpc_take_request (ClientRpc * self, const LivekitData * packet,
    gint64 now);
void client_rpc_answer (ClientRpc * self, const gchar * identity,
    const gchar * id, const gchar * payload, LivekitRpcCode code,
    const gchar * message);

void client_rpc_left (ClientRpc * self, const gchar * identity);
void client_rpc_end (ClientRpc * self);
void client_rpc_tick (ClientRpc * self, gint64 now);
gint64 client_rpc_get_deadline (ClientRpc * self);
const gchar *client_rpc_explain (LivekitRpcCode code);
