/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as the URL of a STUN or TURN server.
 */
#include <rtc-server.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *url = g_strndup ((const gchar *) data, size), *host;
  RtcServer server;

  if (rtc_server_parse (url, &server, &host)
      && (server.port == 0 || server.port > G_MAXUINT16 || !*server.host
          || strlen (server.host) > 253 || server.host != host))
    g_error ("no such server");
  g_free (host);
  g_free (url);
  return 0;
}
