/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "data.h"

/* What we send reliably: it waits until the channel takes it, is numbered, and
 * is kept for a while, to be sent again when a session is resumed. */
typedef struct _ClientData ClientData;

/* Returns: FALSE if the channel does not take it now. */
typedef gboolean (*ClientSendFunc) (gpointer data, GBytes * packet);

#define CLIENT_DATA_MAX_WAITING (1024 * 1024)   /* bytes */
#define CLIENT_DATA_MAX_KEPT (128 * 1024)
#define CLIENT_DATA_RETRY 20    /* ms, while the channel is full */

ClientData *client_data_new (ClientSendFunc send, gpointer data);
void client_data_free (ClientData * self);

gboolean client_data_push (ClientData * self, GBytes * packet);
void client_data_flush (ClientData * self);
void client_data_set_ready (ClientData * self, gboolean ready);
void client_data_restart (ClientData * self);
void client_data_resume (ClientData * self, guint32 last);
gboolean client_data_is_waiting (const ClientData * self);

void client_data_open_text (ClientData * self, guint stream,
    const LivekitEnvelope * envelope, const gchar * topic,
    GHashTable * attributes);
void client_data_write_text (ClientData * self, guint stream,
    const gchar * delta);
void client_data_close_text (ClientData * self, guint stream,
    const gchar * reason, GHashTable * attributes);
