/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A signalling connection, on the network thread. */
typedef struct _ClientSocket ClientSocket;

/* Not called any more after client_socket_close (), which each may call. */
typedef struct
{
  void (*opened) (gpointer data);
  void (*refused) (gpointer data, const GError * error);
  void (*closed) (gpointer data);
  void (*message) (gpointer data, const guint8 * message, gsize size);
} ClientSocketEvents;

ClientSocket *client_socket_open (const gchar * url, const gchar * token,
    GTlsDatabase * authorities, const ClientSocketEvents * events,
    gpointer data);
void client_socket_send (ClientSocket * self, GBytes * message);
void client_socket_close (ClientSocket * self);
gboolean client_socket_is_trusted (const gchar * url, const gchar * ours);
