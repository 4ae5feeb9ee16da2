/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the failures of libsoup, GIO and a service are called here. A text says
 * what happened, at which host, and what to do. It holds nothing that came from
 * below or from the service: those quote addresses and requests, with the keys
 * in them.
 *
 * Threads: any. Locks: none.
 */
#include "http-error.h"
#include "error.h"

#include <libsoup/soup.h>

#define MAX_RETRY_AFTER_MS (24 * 3600 * 1000)

static GError *
new_error (GstVoiceError code, const gchar * host, const gchar * what,
    const gchar * todo)
{
  return g_error_new (GST_VOICE_ERROR, code, "%s %s: %s", host, what, todo);
}

static GError *
from_tls (const gchar * host, GTlsCertificateFlags flags)
{
  const gchar *what = "could not agree with us on TLS";
  const gchar *todo = "check the address and that this port speaks TLS";

  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA) {
    what = "has a certificate that no authority we know has signed";
    todo = "check the address, or name the authority in GST_VOICE_CA_FILE";
  } else if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY) {
    what = "has a certificate made out to another host";
    todo = "check the address";
  } else if (flags & (G_TLS_CERTIFICATE_EXPIRED
          | G_TLS_CERTIFICATE_NOT_ACTIVATED)) {
    what = "has a certificate that is not valid today";
    todo = "check this machine's clock, then tell the service";
  } else if (flags) {
    what = "has a certificate that is not acceptable";
    todo = "check the address, then tell the service";
  }
  return new_error (GST_VOICE_ERROR_DISCONNECTED, host, what, todo);
}

static GError *
from_gio (const gchar * host, gint code, gboolean connecting)
{
  switch (code) {
    case G_IO_ERROR_CONNECTION_REFUSED:
      return new_error (GST_VOICE_ERROR_DISCONNECTED, host,
          "refused the connection",
          "check the address and the port and that the service runs");
    case G_IO_ERROR_HOST_UNREACHABLE:
    case G_IO_ERROR_NETWORK_UNREACHABLE:
      return new_error (GST_VOICE_ERROR_DISCONNECTED, host,
          "cannot be reached", "check this machine's network");
    case G_IO_ERROR_PROXY_FAILED:
    case G_IO_ERROR_PROXY_AUTH_FAILED:
    case G_IO_ERROR_PROXY_NEED_AUTH:
    case G_IO_ERROR_PROXY_NOT_ALLOWED:
      return gst_voice_http_error_proxy (host);
    case G_IO_ERROR_TOO_MANY_OPEN_FILES:
      return new_error (GST_VOICE_ERROR_INTERNAL, host, "cannot be reached",
          "too many files are open, raise the limit of this process");
    case G_IO_ERROR_TIMED_OUT:
    case G_IO_ERROR_CANCELLED: /* by who opened the connection before us */
      if (connecting)
        return new_error (GST_VOICE_ERROR_CONNECT_TIMEOUT, host,
            "did not take the connection", "check the address and the network");
      break;
  }
  return gst_voice_http_error_cut_short (host);
}

/* @lower: from libsoup or GIO
 * @connecting: no request was sent yet
 * @tls_errors: why the certificate was not accepted, if it was that */
GError *
gst_voice_http_error_from_lower (const GError * lower, const gchar * host,
    gboolean connecting, GTlsCertificateFlags tls_errors)
{
  if (lower->domain == G_TLS_ERROR)
    return from_tls (host, tls_errors);
  if (lower->domain == G_RESOLVER_ERROR)
    return new_error (GST_VOICE_ERROR_DISCONNECTED, host,
        "is not a known host", "check the address and this machine's DNS");
  if (lower->domain == SOUP_SESSION_ERROR)
    return gst_voice_http_error_not_understood (host);
  return from_gio (host, lower->domain == G_IO_ERROR ? lower->code : -1,
      connecting);
}

/* libsoup does not know the one that is met most. */
static const gchar *
phrase_of (guint status)
{
  return status == 429 ? "Too Many Requests" : soup_status_get_phrase (status);
}

/* @status: not 2xx */
GError *
gst_voice_http_error_from_status (guint status, const gchar * host)
{
  GstVoiceError code = gst_voice_error_from_http_status (status);
  const gchar *todo = "try again later";

  if (code == GST_VOICE_ERROR_AUTH)
    todo = "check the key";
  else if (code == GST_VOICE_ERROR_QUOTA)
    todo = "the account has nothing left";
  else if (code == GST_VOICE_ERROR_BAD_REQUEST)
    todo = "it did not like the request, its answer may say why";
  else if (code == GST_VOICE_ERROR_UNSUPPORTED)
    todo = "check the address and the names in the request";
  else if (status >= 300 && status < 400)
    todo = "redirections are not followed here, use the final address";

  return g_error_new (GST_VOICE_ERROR, code, "%s answered %u %s: %s", host,
      status, phrase_of (status), todo);
}

GError *
gst_voice_http_error_cut_short (const gchar * host)
{
  return new_error (GST_VOICE_ERROR_DISCONNECTED, host,
      "closed the connection before the answer was complete", "try again");
}

GError *
gst_voice_http_error_proxy (const gchar * host)
{
  return new_error (GST_VOICE_ERROR_DISCONNECTED, host,
      "cannot be reached through the proxy",
      "check the proxy that the environment names");
}

GError *
gst_voice_http_error_not_understood (const gchar * host)
{
  return new_error (GST_VOICE_ERROR_BAD_RESPONSE, host,
      "did not answer in an HTTP that we understand",
      "check the address and the port");
}

/* @ms: (nullable): the header `retry-after-ms`
 * @seconds_or_date: (nullable): `Retry-After` (RFC 9110, 10.2.3)
 * @now_us: since 1970
 *
 * Returns: in milliseconds and at most a day; -1 if neither is understood */
gint64
gst_voice_http_error_retry_after (const gchar * ms,
    const gchar * seconds_or_date, gint64 now_us)
{
  GDateTime *date;
  guint64 n;
  gint64 left;

  if (ms && g_ascii_string_to_unsigned (ms, 10, 0, MAX_RETRY_AFTER_MS, &n,
          NULL))
    return n;
  if (!seconds_or_date)
    return -1;
  if (g_ascii_string_to_unsigned (seconds_or_date, 10, 0, G_MAXUINT32, &n,
          NULL))
    return MIN (n * 1000, MAX_RETRY_AFTER_MS);
  date = soup_date_time_new_from_http_string (seconds_or_date);
  if (!date)
    return -1;
  left = (g_date_time_to_unix (date) * G_USEC_PER_SEC - now_us) / 1000;
  g_date_time_unref (date);
  return CLAMP (left, 0, MAX_RETRY_AFTER_MS);
}
