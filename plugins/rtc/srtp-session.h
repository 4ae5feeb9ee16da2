/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "dtls-session.h"

/* What a packet may grow by: SRTP's tag, SRTCP's index and tag. */
#define SRTP_MAX_GROWTH 32

/* Media of one association, both ways, encrypted. */
typedef struct _SrtpSession SrtpSession;

typedef struct
{
  guint64 replayed;             /* seen before, or too old to tell */
  guint64 forged;               /* not made with the key */
  guint64 malformed;            /* anything else that was wrong with it */
} SrtpDropped;

SrtpSession *srtp_session_new (const DtlsSrtpKeys * keys, GError ** error);
void srtp_session_free (SrtpSession * self);
gboolean srtp_session_protect (SrtpSession * self, gboolean rtcp,
    guint8 * data, gsize * size, gsize capacity);
gboolean srtp_session_unprotect (SrtpSession * self, gboolean rtcp,
    guint8 * data, gsize * size);
void srtp_session_forget (SrtpSession * self, guint32 ssrc);
void srtp_session_get_dropped (const SrtpSession * self, SrtpDropped * dropped);
