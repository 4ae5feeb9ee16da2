/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

/* A coturn on loopback, which ends with us. GST_VOICE_CA_FILE names the
 * authority of its certificate, for `localhost`, from set_up on. */
typedef struct
{
  gchar *folder, *certificate, *log;
  guint16 port, tls_port;
  GSubprocess *process;
} TurnServer;

#define TURN_SERVER_USER "user"
#define TURN_SERVER_PASSWORD "right"

const gchar *turn_server_find_missing (void);
guint16 turn_server_free_port (void);
void turn_server_set_up (TurnServer * server);
void turn_server_clear (TurnServer * server);
void turn_server_start (TurnServer * server);
void turn_server_stop (TurnServer * server);
void turn_server_forget_log (TurnServer * server);
void turn_server_check_given_back (TurnServer * server);
guint turn_server_count_relayed (const TurnServer * server);
