/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#define DTLS_MAX_KEY 16
#define DTLS_MAX_SALT 14

/* A certificate of ours and its key, made for this process. */
typedef struct _DtlsIdentity DtlsIdentity;

DtlsIdentity *dtls_identity_new (GError ** error);
DtlsIdentity *dtls_identity_ref (DtlsIdentity * self);
void dtls_identity_unref (DtlsIdentity * self);
const gchar *dtls_identity_get_fingerprint (const DtlsIdentity * self);

/* One association. It touches no socket: datagrams go in by
 * dtls_session_receive() and are to be fetched by dtls_session_take_output()
 * after every call. */
typedef struct _DtlsSession DtlsSession;

typedef enum
{
  DTLS_NEW,
  DTLS_HANDSHAKE,
  DTLS_CONNECTED,
  DTLS_CLOSED,                  /* by either side */
  DTLS_FAILED,                  /* dtls_session_get_error() says why */
} DtlsState;

typedef enum
{
  DTLS_SRTP_AES_128_CM_SHA1_80 = 1,     /* as RFC 5764 numbers them */
  DTLS_SRTP_AEAD_AES_128_GCM = 7,       /* RFC 7714 */
} DtlsSrtpProfile;

/* Keys with their salts behind them, for what we send and what we receive. */
typedef struct
{
  DtlsSrtpProfile profile;
  gsize size;                   /* of each */
  guint8 send[DTLS_MAX_KEY + DTLS_MAX_SALT];
  guint8 receive[DTLS_MAX_KEY + DTLS_MAX_SALT];
} DtlsSrtpKeys;

DtlsSession *dtls_session_new (DtlsIdentity * identity);
void dtls_session_free (DtlsSession * self);
gboolean dtls_session_start (DtlsSession * self, gboolean client,
    const gchar * hash, const gchar * fingerprint, GError ** error);
void dtls_session_receive (DtlsSession * self, const guint8 * data,
    gsize size);
GBytes *dtls_session_take_output (DtlsSession * self);
GBytes *dtls_session_take_data (DtlsSession * self);
gboolean dtls_session_send (DtlsSession * self, const guint8 * data,
    gsize size);
void dtls_session_close (DtlsSession * self);
gint dtls_session_get_timeout (DtlsSession * self);
void dtls_session_check_timeout (DtlsSession * self);
DtlsState dtls_session_get_state (const DtlsSession * self);
const GError *dtls_session_get_error (const DtlsSession * self);
gboolean dtls_session_get_srtp_keys (DtlsSession * self, DtlsSrtpKeys * keys);
void dtls_srtp_keys_clear (DtlsSrtpKeys * keys);
