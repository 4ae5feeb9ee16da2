/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes OpenSSL and libsrtp2 load what they load with the first connection of a
 * process, test themselves and fill their tables: 30 million instructions and
 * most of a megabyte, which processes that are forked then share. What is made
 * for that is freed, and no secret is left: OpenSSL draws new random numbers in
 * a child, and libsrtp2's keys come from it.
 *
 * Threads: any; meant for a process that has one. Locks: none.
 */
#include "rtc-preload.h"
#include "dtls-session.h"
#include "srtp-session.h"

/* A handshake takes four. */
#define MAX_FLIGHTS 16

/* FALSE: there was nothing to be said. */
static gboolean
carry (DtlsSession * from, DtlsSession * to)
{
  GBytes *bytes;
  gboolean any = FALSE;

  while ((bytes = dtls_session_take_output (from))) {
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    dtls_session_receive (to, data, size);
    g_bytes_unref (bytes);
    any = TRUE;
  }
  return any;
}

static void
shake_hands (DtlsSession * a, DtlsSession * b)
{
  for (guint i = 0; i < MAX_FLIGHTS; i++) {
    if (!carry (a, b) && !carry (b, a))
      return;
  }
}

static void
use_keys (DtlsSession * dtls)
{
  DtlsSrtpKeys keys;

  if (!dtls_session_get_srtp_keys (dtls, &keys))
    return;
  srtp_session_free (srtp_session_new (&keys, NULL));
  dtls_srtp_keys_clear (&keys);
}

/**
 * rtc_preload:
 *
 * To be called before a process forks those that make connections.
 */
void
rtc_preload (void)
{
  DtlsIdentity *identity = dtls_identity_new (NULL);
  DtlsSession *a, *b;

  if (!identity)
    return;
  a = dtls_session_new (identity);
  b = dtls_session_new (identity);
  if (a && b && dtls_session_start (a, TRUE, "sha-256",
          dtls_identity_get_fingerprint (identity), NULL)
      && dtls_session_start (b, FALSE, "sha-256",
          dtls_identity_get_fingerprint (identity), NULL)) {
    shake_hands (a, b);
    use_keys (a);
  }
  dtls_session_free (a);
  dtls_session_free (b);
  dtls_identity_unref (identity);
}
