/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * URLs of STUN and TURN servers, as signalling tells them (RFC 7064, RFC
 * 7065): `stun:host:port`, `turn:host:port?transport=udp`. Many write `//`
 * after the scheme, which is let pass.
 *
 * Threads: any. Locks: none.
 */
#include "rtc-server.h"

#include <gio/gio.h>
#include <string.h>

#define MAX_URL 1024
#define MAX_HOST 253            /* RFC 1035 2.3.4, less the dot */
#define PORT 3478
#define TLS_PORT 5349
#define TRANSPORT "?transport="

static const struct
{
  const gchar *scheme, *transport;      /* NULL: none is said */
  RtcServerKind kind;
} kinds[] = {
  {"stun", NULL, RTC_SERVER_STUN},
  {"turn", NULL, RTC_SERVER_TURN_UDP},
  {"turn", "udp", RTC_SERVER_TURN_UDP},
  {"turn", "tcp", RTC_SERVER_TURN_TCP},
  {"turns", NULL, RTC_SERVER_TURN_TLS},
  {"turns", "tcp", RTC_SERVER_TURN_TLS},
};

static gboolean
find_kind (const gchar * scheme, const gchar * transport, RtcServerKind * kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    gboolean said = kinds[i].transport != NULL;

    if (g_ascii_strcasecmp (kinds[i].scheme, scheme) == 0
        && said == (transport != NULL)
        && (!said || g_ascii_strcasecmp (kinds[i].transport, transport) == 0)) {
      *kind = kinds[i].kind;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_name (const gchar * host)
{
  gsize size = strlen (host);

  return size > 0 && size <= MAX_HOST
      && strspn (host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
      "0123456789-._") == size;
}

static gboolean
is_address (const gchar * host)
{
  return strchr (host, ':') && g_hostname_is_ip_address (host);
}

/* `host`, `host:port`, `[address]:port`; @port is as it was without one. */
static gchar *
split_authority (const gchar * authority, guint * port)
{
  gboolean bracket = authority[0] == '[';
  const gchar *end = strchr (authority, bracket ? ']' : ':');
  gchar *host = end ? g_strndup (authority + bracket,
      end - authority - bracket) : g_strdup (authority);
  guint64 number = *port;
  gboolean good = bracket ? end && is_address (host) : is_name (host);

  if (good && end && end[bracket] != '\0')
    good = end[bracket] == ':' && g_ascii_string_to_unsigned (end + bracket + 1,
        10, 1, G_MAXUINT16, &number, NULL);
  *port = number;
  if (!good)
    g_clear_pointer (&host, g_free);
  return host;
}

/**
 * rtc_server_parse:
 * @url: `stun:…`, `turn:…` or `turns:…`
 * @server: (out caller-allocates): what it says; without user and password
 * @host: (out) (transfer full): what @server has as its host
 *
 * Returns: %FALSE if it says nothing that we can use, such as `stuns:`
 */
gboolean
rtc_server_parse (const gchar * url, RtcServer * server, gchar ** host)
{
  const gchar *colon = strnlen (url, MAX_URL) < MAX_URL ? strchr (url, ':') :
      NULL;
  const gchar *query;
  gchar *scheme, *authority;

  memset (server, 0, sizeof *server);
  *host = NULL;
  if (!colon)
    return FALSE;
  scheme = g_strndup (url, colon - url);
  colon += g_str_has_prefix (colon, "://") ? 3 : 1;
  query = strchr (colon, '?');
  authority = query ? g_strndup (colon, query - colon) : g_strdup (colon);
  if ((!query || g_str_has_prefix (query, TRANSPORT))
      && find_kind (scheme, query ? query + strlen (TRANSPORT) : NULL,
          &server->kind)) {
    server->port = server->kind == RTC_SERVER_TURN_TLS ? TLS_PORT : PORT;
    server->host = *host = split_authority (authority, &server->port);
  }
  g_free (authority);
  g_free (scheme);
  return *host != NULL;
}

/**
 * rtc_servers_copy:
 * @servers: (array length=n): servers
 * @n: how many
 *
 * Returns: (transfer full): them with strings of their own
 */
RtcServer *
rtc_servers_copy (const RtcServer * servers, guint n)
{
  RtcServer *copy = g_new0 (RtcServer, n);

  for (guint i = 0; i < n; i++) {
    copy[i] = servers[i];
    copy[i].host = g_strdup (servers[i].host);
    copy[i].user = g_strdup (servers[i].user);
    copy[i].password = g_strdup (servers[i].password);
  }
  return copy;
}

/**
 * rtc_servers_free:
 * @servers: (transfer full) (nullable): of rtc_servers_copy()
 * @n: how many
 */
void
rtc_servers_free (RtcServer * servers, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_free ((gchar *) servers[i].host);
    g_free ((gchar *) servers[i].user);
    g_free ((gchar *) servers[i].password);
  }
  g_free (servers);
}
