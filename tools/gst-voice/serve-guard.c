/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What keeps strangers out of `gst-voice serve`. Without a token whoever can
 * connect to us is on this machine, but so is his browser, with pages of others
 * in it: these cannot say that they are ours (`Origin`, Fetch standard), and a
 * name of theirs that they let point at us is not one of this machine's
 * (`Host`; DNS rebinding).
 *
 * Threads: any. Locks: none.
 */
#include "serve-guard.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/random.h>

#define SECRET_BYTES 24
#define BEARER "Bearer "
#define MAX_TOKEN 1024

/**
 * serve_guard_is_local:
 * @host: (nullable): the header `Host`
 *
 * Returns: whether it names this machine by an address or name that no other
 *   can have
 */
gboolean
serve_guard_is_local (const gchar * host)
{
  gchar *url, *path;
  const gchar *name;
  gboolean local = FALSE;
  GUri *uri;

  if (!host)
    return FALSE;
  url = g_strconcat ("http://", host, "/", NULL);
  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  name = uri ? g_uri_get_host (uri) : NULL;
  if (name && !g_uri_get_userinfo (uri)) {
    GInetAddress *address = g_inet_address_new_from_string (name);

    path = g_strdup (g_uri_get_path (uri));
    local = strcmp (path, "/") == 0 && (g_ascii_strcasecmp (name,
            "localhost") == 0 || (address
            && g_inet_address_get_is_loopback (address)));
    g_clear_object (&address);
    g_free (path);
  }
  g_clear_pointer (&uri, g_uri_unref);
  g_free (url);
  return local;
}

/**
 * serve_guard_is_ours:
 * @origin: (nullable): the header `Origin`
 * @host: (nullable): the header `Host`
 *
 * Returns: whether the request comes from a page of ours, or from no page
 */
gboolean
serve_guard_is_ours (const gchar * origin, const gchar * host)
{
  static const gchar *const schemes[] = { "http://", "https://" };

  if (!origin)
    return TRUE;
  for (guint i = 0; host && i < G_N_ELEMENTS (schemes); i++) {
    if (g_str_has_prefix (origin, schemes[i])
        && g_ascii_strcasecmp (origin + strlen (schemes[i]), host) == 0)
      return TRUE;
  }
  return FALSE;
}

/* How long it takes says nothing of where they differ. */
static gboolean
is_equal (const gchar * a, const gchar * b)
{
  gsize length = strlen (a);
  guint8 differs = strlen (b) != length;

  for (gsize i = 0; i < length && b[i]; i++)
    differs |= a[i] ^ b[i];
  return !differs;
}

/**
 * serve_guard_has_token:
 * @authorization: (nullable): the header of that name
 * @token: what is to be in it
 *
 * Returns: whether it is (RFC 6750)
 */
gboolean
serve_guard_has_token (const gchar * authorization, const gchar * token)
{
  gchar *ours, *theirs;
  gboolean has;

  if (!authorization || strlen (authorization) > MAX_TOKEN
      || g_ascii_strncasecmp (authorization, BEARER, strlen (BEARER)) != 0)
    return FALSE;
  /* Sums, so that the length is none of their business either. */
  ours = g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
  theirs = g_compute_checksum_for_string (G_CHECKSUM_SHA256,
      authorization + strlen (BEARER), -1);
  has = is_equal (ours, theirs);
  g_free (ours);
  g_free (theirs);
  return has;
}

/**
 * serve_guard_secret:
 *
 * Returns: (transfer full) (nullable): what nobody can guess, of letters,
 *   digits, - and _; %NULL if the machine has no randomness
 */
gchar *
serve_guard_secret (void)
{
  guint8 bytes[SECRET_BYTES];
  gchar *text;

  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    return NULL;
  text = g_base64_encode (bytes, sizeof bytes);
  for (gchar * c = text; *c; c++)
    *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
  return text;
}

/**
 * serve_bucket_take:
 * @bucket: zeroes at first
 * @burst: so many at once
 * @per_second: and so many more each second
 * @now: monotonic time, µs
 *
 * Returns: whether there may be one more now
 */
gboolean
serve_bucket_take (ServeBucket * bucket, guint burst, gdouble per_second,
    gint64 now)
{
  gdouble since = (now - bucket->at) / (gdouble) G_USEC_PER_SEC;

  bucket->left = bucket->at == 0 ? burst :
      MIN (burst, bucket->left + since * per_second);
  bucket->at = now;
  if (bucket->left < 1)
    return FALSE;
  bucket->left -= 1;
  return TRUE;
}
