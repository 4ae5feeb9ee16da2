/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * DTLS 1.2 with SRTP's keys (RFC 5764), without a socket. The fingerprint that
 * signalling gave is compared inside the handshake, which fails if it is
 * another: no session is ever connected, and no key ever given out, whose
 * certificate has not been checked.
 *
 * A datagram in or out is one read or write of OpenSSL's; a memory BIO would
 * join them, hence one of our own.
 *
 * Threads: one at a time for each session. Locks: none.
 */
#include "dtls-private.h"

#include <openssl/err.h>
#include <string.h>

#define MTU 1200
#define MAX_EARLY 8             /* datagrams before the start */
#define MAX_DATA 256            /* messages that nobody has fetched */
#define MAX_MESSAGE 16384       /* RFC 6347: a record's content */
#define FIRST_TIMEOUT 100000    /* µs; OpenSSL's second is long for a call */
#define LAST_TIMEOUT 2000000
/* Each is a flight sent once more; from 100 ms to 2 s this is about 13 s. */
#define MAX_TIMEOUTS 10
#define EXPORTER_LABEL "EXTRACTOR-dtls_srtp"    /* RFC 5764, section 4.2 */
#define CIPHERS "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE+AESGCM:ECDHE+CHACHA20"
#define PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

struct _DtlsSession
{
  DtlsIdentity *identity;
  SSL *ssl;
  DtlsState state;
  GError *error;

  const EVP_MD *hash;           /* of the fingerprint that must be theirs */
  guint8 fingerprint[EVP_MAX_MD_SIZE];
  gboolean verified;

  const guint8 *in;             /* the datagram being read, or NULL */
  gsize in_size;
  GQueue early, out, data;      /* of GBytes */
  guint n_timeouts;
};

static int
bio_write (BIO * bio, const char *data, int size)
{
  DtlsSession *self = BIO_get_data (bio);

  g_queue_push_tail (&self->out, g_bytes_new (data, size));
  return size;
}

static int
bio_read (BIO * bio, char *data, int capacity)
{
  DtlsSession *self = BIO_get_data (bio);
  gsize n = MIN ((gsize) capacity, self->in_size);

  BIO_clear_retry_flags (bio);
  if (!self->in) {
    BIO_set_retry_read (bio);
    return -1;
  }
  memcpy (data, self->in, n);
  self->in = NULL;
  return n;
}

static long
bio_ctrl (BIO * bio, int command, long number, void *pointer)
{
  (void) bio;
  (void) number;
  (void) pointer;
  return command == BIO_CTRL_FLUSH ? 1 :
      command == BIO_CTRL_DGRAM_QUERY_MTU ? MTU : 0;
}

static int
bio_create (BIO * bio)
{
  BIO_set_init (bio, 1);
  return 1;
}

/* Made once, kept for ever. */
static BIO_METHOD *
bio_method (void)
{
  static gsize method;

  if (g_once_init_enter (&method)) {
    BIO_METHOD *m = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK,
        "datagrams");

    BIO_meth_set_write (m, bio_write);
    BIO_meth_set_read (m, bio_read);
    BIO_meth_set_ctrl (m, bio_ctrl);
    BIO_meth_set_create (m, bio_create);
    g_once_init_leave (&method, (gsize) m);
  }
  return (BIO_METHOD *) method;
}

/* In the handshake: is it who signalling said? 0 ends it with an alert. */
static int
verify_certificate (X509_STORE_CTX * store, void *unused)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data (store,
      SSL_get_ex_data_X509_STORE_CTX_idx ());
  DtlsSession *self = SSL_get_app_data (ssl);
  X509 *certificate = X509_STORE_CTX_get0_cert (store);
  guint8 digest[EVP_MAX_MD_SIZE];
  guint n;

  (void) unused;
  self->verified = certificate && X509_digest (certificate, self->hash, digest,
      &n) && CRYPTO_memcmp (digest, self->fingerprint, n) == 0;
  if (self->verified)
    return 1;
  X509_STORE_CTX_set_error (store, X509_V_ERR_CERT_REJECTED);
  if (!self->error)
    g_set_error_literal (&self->error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
        "The certificate does not have the fingerprint that was signalled");
  return 0;
}

/**
 * dtls_context_set_up:
 * @context: what all sessions of an identity are made from
 *
 * Returns: %FALSE if OpenSSL refuses
 */
gboolean
dtls_context_set_up (SSL_CTX * context)
{
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER
      | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback (context, verify_certificate, NULL);
  SSL_CTX_set_options (context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET
      | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode (context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead (context, 1);  /* a whole datagram a read */
  return SSL_CTX_set_min_proto_version (context, DTLS1_2_VERSION) == 1
      && SSL_CTX_set_cipher_list (context, CIPHERS) == 1
      && SSL_CTX_set_tlsext_use_srtp (context, PROFILES) == 0;
}

static unsigned int
next_timeout (SSL * ssl, unsigned int before)
{
  (void) ssl;
  return before == 0 ? FIRST_TIMEOUT : MIN (2 * before, LAST_TIMEOUT);
}

/**
 * dtls_session_new:
 * @identity: who we are
 *
 * Returns: (transfer full) (nullable): a session that is to be started
 */
DtlsSession *
dtls_session_new (DtlsIdentity * identity)
{
  DtlsSession *self = g_new0 (DtlsSession, 1);
  BIO *bio = BIO_new (bio_method ());

  self->identity = dtls_identity_ref (identity);
  self->ssl = SSL_new (identity->context);
  if (!bio || !self->ssl) {
    BIO_free (bio);
    dtls_session_free (self);
    return NULL;
  }
  BIO_set_data (bio, self);
  SSL_set_bio (self->ssl, bio, bio);
  SSL_set_app_data (self->ssl, self);
  DTLS_set_link_mtu (self->ssl, MTU);
  DTLS_set_timer_cb (self->ssl, next_timeout);
  return self;
}

/**
 * dtls_session_free:
 * @self: (transfer full) (nullable): a session; the other side is not told
 */
void
dtls_session_free (DtlsSession * self)
{
  if (!self)
    return;
  SSL_free (self->ssl);
  g_queue_clear_full (&self->early, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->out, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->data, (GDestroyNotify) g_bytes_unref);
  g_clear_error (&self->error);
  dtls_identity_unref (self->identity);
  g_free (self);
}

static void
fail (DtlsSession * self, const gchar * what)
{
  self->state = DTLS_FAILED;
  if (!self->error)
    dtls_set_openssl_error (&self->error, what);
  ERR_clear_error ();
}

static void
finish_handshake (DtlsSession * self)
{
  if (self->verified && SSL_get_selected_srtp_profile (self->ssl)) {
    self->state = DTLS_CONNECTED;
    return;
  }
  if (!self->error)
    g_set_error_literal (&self->error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE,
        "The other side does not do SRTP");
  SSL_shutdown (self->ssl);
  fail (self, "DTLS");
}

static void
read_messages (DtlsSession * self)
{
  guint8 message[MAX_MESSAGE];
  int n, why;

  while ((n = SSL_read (self->ssl, message, sizeof message)) > 0)
    if (g_queue_get_length (&self->data) < MAX_DATA)
      g_queue_push_tail (&self->data, g_bytes_new (message, n));
  why = SSL_get_error (self->ssl, n);
  if (why == SSL_ERROR_ZERO_RETURN)
    self->state = DTLS_CLOSED;
  else if (why != SSL_ERROR_WANT_READ)
    fail (self, "DTLS");
}

/* Goes on with whatever is possible now. */
static void
advance (DtlsSession * self)
{
  ERR_clear_error ();
  if (self->state == DTLS_HANDSHAKE) {
    int n = SSL_do_handshake (self->ssl);

    if (n == 1)
      finish_handshake (self);
    else if (SSL_get_error (self->ssl, n) != SSL_ERROR_WANT_READ)
      fail (self, "DTLS handshake");
  }
  if (self->state == DTLS_CONNECTED)
    read_messages (self);
}

/* Old hashes are not believed (RFC 8122, section 5). */
static const EVP_MD *
find_hash (const gchar * name)
{
  return g_ascii_strcasecmp (name, "sha-256") == 0 ? EVP_sha256 () :
      g_ascii_strcasecmp (name, "sha-384") == 0 ? EVP_sha384 () :
      g_ascii_strcasecmp (name, "sha-512") == 0 ? EVP_sha512 () : NULL;
}

/* Pairs of hexadecimal digits, with colons between them. */
static gboolean
parse_fingerprint (const gchar * text, guint8 * digest, gsize size)
{
  if (strlen (text) != 3 * size - 1)
    return FALSE;
  for (gsize i = 0; i < size; i++, text += 3) {
    if (!g_ascii_isxdigit (text[0]) || !g_ascii_isxdigit (text[1])
        || text[2] != (i + 1 < size ? ':' : 0))
      return FALSE;
    digest[i] = g_ascii_xdigit_value (text[0]) << 4
        | g_ascii_xdigit_value (text[1]);
  }
  return TRUE;
}

/**
 * dtls_session_start:
 * @self: a new session
 * @client: whether we begin (`a=setup:active`)
 * @hash: `sha-256`, `sha-384` or `sha-512`
 * @fingerprint: of the other side's certificate, as it was signalled
 * @error: what is wrong with these
 *
 * What has been received before is taken up now.
 *
 * Returns: %FALSE if the session cannot start; it may be tried again
 */
gboolean
dtls_session_start (DtlsSession * self, gboolean client, const gchar * hash,
    const gchar * fingerprint, GError ** error)
{
  const EVP_MD *md = find_hash (hash);
  GBytes *early;

  if (self->state != DTLS_NEW || !md
      || !parse_fingerprint (fingerprint, self->fingerprint,
          EVP_MD_get_size (md))) {
    g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
        self->state != DTLS_NEW ? "DTLS has been started" :
        "No DTLS without a fingerprint by sha-256 or better");
    return FALSE;
  }
  self->hash = md;
  self->state = DTLS_HANDSHAKE;
  if (client)
    SSL_set_connect_state (self->ssl);
  else
    SSL_set_accept_state (self->ssl);
  advance (self);
  while ((early = g_queue_pop_head (&self->early))) {
    gsize size;
    const guint8 *data = g_bytes_get_data (early, &size);

    dtls_session_receive (self, data, size);
    g_bytes_unref (early);
  }
  return TRUE;
}

/**
 * dtls_session_receive:
 * @self: a session
 * @data: a datagram that begins with a byte of DTLS (20 to 63, RFC 7983)
 * @size: of @data
 *
 * Before the start a few datagrams are kept, for ICE is often there before
 * the answer.
 */
void
dtls_session_receive (DtlsSession * self, const guint8 * data, gsize size)
{
  if (self->state == DTLS_NEW && size > 0 && size <= MAX_MESSAGE
      && g_queue_get_length (&self->early) < MAX_EARLY)
    g_queue_push_tail (&self->early, g_bytes_new (data, size));
  if ((self->state != DTLS_HANDSHAKE && self->state != DTLS_CONNECTED)
      || size == 0)
    return;
  self->in = data;
  self->in_size = size;
  advance (self);
  self->in = NULL;
}

/**
 * dtls_session_take_output:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): the next datagram to be sent
 */
GBytes *
dtls_session_take_output (DtlsSession * self)
{
  return g_queue_pop_head (&self->out);
}

/**
 * dtls_session_take_data:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): the next message that was received
 */
GBytes *
dtls_session_take_data (DtlsSession * self)
{
  return g_queue_pop_head (&self->data);
}

/**
 * dtls_session_send:
 * @self: a session
 * @data: a message
 * @size: of @data; it must fit into one datagram
 *
 * Returns: %FALSE if it cannot be sent
 */
gboolean
dtls_session_send (DtlsSession * self, const guint8 * data, gsize size)
{
  gboolean sent;

  if (self->state != DTLS_CONNECTED || size == 0
      || size > DTLS_get_data_mtu (self->ssl))
    return FALSE;
  ERR_clear_error ();
  sent = SSL_write (self->ssl, data, size) == (int) size;
  ERR_clear_error ();
  return sent;
}

/**
 * dtls_session_close:
 * @self: a session; the other side is told by the output
 */
void
dtls_session_close (DtlsSession * self)
{
  ERR_clear_error ();
  if (self->state == DTLS_CONNECTED)
    SSL_shutdown (self->ssl);
  if (self->state != DTLS_FAILED)
    self->state = DTLS_CLOSED;
  ERR_clear_error ();
}

/**
 * dtls_session_get_timeout:
 * @self: a session
 *
 * Returns: in how many milliseconds dtls_session_check_timeout() is to be
 *   called, or -1 for never; asked for anew after every call
 */
gint
dtls_session_get_timeout (DtlsSession * self)
{
  struct timeval left;

  if (self->state != DTLS_HANDSHAKE || !DTLSv1_get_timeout (self->ssl, &left))
    return -1;
  return left.tv_sec * 1000 + (left.tv_usec + 999) / 1000;
}

/**
 * dtls_session_check_timeout:
 * @self: a session
 *
 * Sends what may have been lost once more, if it is time.
 */
void
dtls_session_check_timeout (DtlsSession * self)
{
  int n;

  if (self->state != DTLS_HANDSHAKE)
    return;
  ERR_clear_error ();
  n = DTLSv1_handle_timeout (self->ssl);
  if (n > 0)
    self->n_timeouts++;
  if (n >= 0 && self->n_timeouts <= MAX_TIMEOUTS)
    return;
  if (!self->error)
    g_set_error_literal (&self->error, G_TLS_ERROR, G_TLS_ERROR_HANDSHAKE,
        "The other side does not answer DTLS");
  fail (self, "DTLS");
}

/**
 * dtls_session_get_state:
 * @self: a session
 *
 * Returns: its state
 */
DtlsState
dtls_session_get_state (const DtlsSession * self)
{
  return self->state;
}

/**
 * dtls_session_get_error:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): why it has failed
 */
const GError *
dtls_session_get_error (const DtlsSession * self)
{
  return self->error;
}

/* From the exporter's client key, server key, client salt, server salt. */
static void
arrange_keys (DtlsSrtpKeys * keys, const guint8 * material, gsize key,
    gsize salt, gboolean server)
{
  guint8 *client_s = server ? keys->receive : keys->send;
  guint8 *server_s = server ? keys->send : keys->receive;

  memcpy (client_s, material, key);
  memcpy (server_s, material + key, key);
  memcpy (client_s + key, material + 2 * key, salt);
  memcpy (server_s + key, material + 2 * key + salt, salt);
  keys->size = key + salt;
}

/**
 * dtls_session_get_srtp_keys:
 * @self: a session
 * @keys: (out): the keys of its media; to be cleared after use
 *
 * Returns: %FALSE unless the session is connected
 */
gboolean
dtls_session_get_srtp_keys (DtlsSession * self, DtlsSrtpKeys * keys)
{
  guint8 material[2 * (DTLS_MAX_KEY + DTLS_MAX_SALT)];
  gsize salt;

  if (self->state != DTLS_CONNECTED)
    return FALSE;
  memset (keys, 0, sizeof *keys);
  keys->profile = SSL_get_selected_srtp_profile (self->ssl)->id;
  salt = keys->profile == DTLS_SRTP_AEAD_AES_128_GCM ? 12 : DTLS_MAX_SALT;
  if (SSL_export_keying_material (self->ssl, material,
          2 * (DTLS_MAX_KEY + salt), EXPORTER_LABEL, strlen (EXPORTER_LABEL),
          NULL, 0, 0) != 1)
    return FALSE;
  arrange_keys (keys, material, DTLS_MAX_KEY, salt, SSL_is_server (self->ssl));
  OPENSSL_cleanse (material, sizeof material);
  return TRUE;
}

/**
 * dtls_srtp_keys_clear:
 * @keys: keys that are not needed any more
 */
void
dtls_srtp_keys_clear (DtlsSrtpKeys * keys)
{
  OPENSSL_cleanse (keys, sizeof *keys);
}
