/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

typedef enum
{
  RTC_SERVER_STUN,
  RTC_SERVER_TURN_UDP,
  RTC_SERVER_TURN_TCP,
  RTC_SERVER_TURN_TLS,
} RtcServerKind;

/* Who tells us our address, or relays for us. */
typedef struct
{
  RtcServerKind kind;
  const gchar *host;            /* name or address */
  guint port;
  const gchar *user, *password; /* of TURN */
} RtcServer;

gboolean rtc_server_parse (const gchar * url, RtcServer * server,
    gchar ** host);
RtcServer *rtc_servers_copy (const RtcServer * servers, guint n);
void rtc_servers_free (RtcServer * servers, guint n);
