/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dtls-session.h"

#include <openssl/ssl.h>

struct _DtlsIdentity
{
  gatomicrefcount refs;
  /* set once */
  SSL_CTX *context;
  gchar *fingerprint;
};

void dtls_set_openssl_error (GError ** error, const gchar * what);
gboolean dtls_context_set_up (SSL_CTX * context);
