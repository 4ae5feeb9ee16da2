/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who we are to a DTLS peer: a key and a certificate that we sign ourselves.
 * Nobody is asked to believe it; its fingerprint goes to the other side by
 * signalling (RFC 8122), and theirs comes the same way.
 *
 * Threads: any; an identity does not change. Locks: none.
 */
#include "dtls-private.h"

#include <openssl/err.h>
#include <openssl/rand.h>

#define VALID_FROM (-24 * 3600) /* other people's clocks */
#define VALID_UNTIL (365 * 24 * 3600)

/**
 * dtls_set_openssl_error:
 * @error: (out) (optional): what OpenSSL complained of last
 * @what: what was being done
 */
void
dtls_set_openssl_error (GError ** error, const gchar * what)
{
  unsigned long code = ERR_peek_last_error ();
  const gchar *reason = code ? ERR_reason_error_string (code) : NULL;

  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_MISC, "%s: %s", what,
      reason ? reason : "unknown error");
  ERR_clear_error ();
}

static gboolean
set_serial (X509 * certificate)
{
  guint64 serial;

  return RAND_bytes ((guint8 *) & serial, sizeof serial) == 1
      && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate),
      serial >> 1 | 1);
}

/* Nothing in it tells who or where we are. */
static gboolean
sign_certificate (X509 * certificate, EVP_PKEY * key)
{
  X509_NAME *name = X509_get_subject_name (certificate);

  return X509_set_version (certificate, X509_VERSION_3)
      && set_serial (certificate)
      && X509_gmtime_adj (X509_getm_notBefore (certificate), VALID_FROM)
      && X509_gmtime_adj (X509_getm_notAfter (certificate), VALID_UNTIL)
      && X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC,
      (const guint8 *) "WebRTC", -1, -1, 0)
      && X509_set_issuer_name (certificate, name)
      && X509_set_pubkey (certificate, key)
      && X509_sign (certificate, key, EVP_sha256 ()) > 0;
}

static gchar *
make_fingerprint (X509 * certificate)
{
  guint8 digest[EVP_MAX_MD_SIZE];
  GString *text;
  guint n;

  if (!X509_digest (certificate, EVP_sha256 (), digest, &n))
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, i > 0 ? ":%02X" : "%02X", digest[i]);
  return g_string_free (text, FALSE);
}

static gboolean
fill (DtlsIdentity * self, EVP_PKEY * key, X509 * certificate)
{
  if (!key || !certificate || !self->context
      || !sign_certificate (certificate, key)
      || SSL_CTX_use_certificate (self->context, certificate) != 1
      || SSL_CTX_use_PrivateKey (self->context, key) != 1)
    return FALSE;
  self->fingerprint = make_fingerprint (certificate);
  return self->fingerprint != NULL && dtls_context_set_up (self->context);
}

/**
 * dtls_identity_new:
 * @error: why there is none
 *
 * Takes a millisecond. Not to be made before a process forks: its children
 * would all be the same.
 *
 * Returns: (transfer full) (nullable): a new identity
 */
DtlsIdentity *
dtls_identity_new (GError ** error)
{
  DtlsIdentity *self = g_new0 (DtlsIdentity, 1);
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *certificate = X509_new ();
  gboolean good;

  g_atomic_ref_count_init (&self->refs);
  self->context = SSL_CTX_new (DTLS_method ());
  good = fill (self, key, certificate);
  X509_free (certificate);
  EVP_PKEY_free (key);
  if (good)
    return self;
  dtls_set_openssl_error (error, "No DTLS certificate");
  dtls_identity_unref (self);
  return NULL;
}

/**
 * dtls_identity_ref:
 * @self: an identity
 *
 * Returns: (transfer full): @self
 */
DtlsIdentity *
dtls_identity_ref (DtlsIdentity * self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * dtls_identity_unref:
 * @self: (transfer full): an identity
 */
void
dtls_identity_unref (DtlsIdentity * self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  SSL_CTX_free (self->context);
  g_free (self->fingerprint);
  g_free (self);
}

/**
 * dtls_identity_get_fingerprint:
 * @self: an identity
 *
 * Returns: (transfer none): of its certificate, by sha-256, as in
 *   a session description
 */
const gchar *
dtls_identity_get_fingerprint (const DtlsIdentity * self)
{
  return self->fingerprint;
}
