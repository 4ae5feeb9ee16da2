/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SRTP and SRTCP (RFC 3711, RFC 7714) by libsrtp2, with the keys of a DTLS
 * session. What is replayed or forged is dropped and counted.
 *
 * Threads: one at a time for each session. Locks: one around libsrtp's own
 * initialisation.
 */
#include "srtp-session.h"

#include <srtp2/srtp.h>
#include <string.h>

#define WINDOW 512              /* packets: ten seconds of a burst's disorder */
#define MIN_SIZE 12             /* of a header; SRTCP has 8, and its trailer */
/* Of the other side, that we remember: twice what a description may have. Each
 * has a window and keys, and libsrtp looks through all for each packet. */
#define MAX_SOURCES 512

struct _SrtpSession
{
  srtp_t out, in;
  guint32 sources[MAX_SOURCES]; /* known to @in, the latest one first */
  guint n_sources;
  SrtpDropped dropped;
};

/* Once for the process; there is no end to it, for other libraries in it use
 * libsrtp2 too. */
static void
initialise (void)
{
  static gsize state;

  /* It refuses to be asked again, as by another plugin with a copy of this.
   * Whether it works srtp_create() tells. */
  if (g_once_init_enter (&state)) {
    if (srtp_init () != srtp_err_status_ok)
      g_debug ("libsrtp2 has been initialised before, or cannot be");
    g_once_init_leave (&state, 1);
  }
}

static srtp_t
make (DtlsSrtpProfile profile, const guint8 * key, srtp_ssrc_type_t direction)
{
  srtp_policy_t policy;
  srtp_t srtp = NULL;

  memset (&policy, 0, sizeof policy);
  if (profile == DTLS_SRTP_AEAD_AES_128_GCM) {
    srtp_crypto_policy_set_aes_gcm_128_16_auth (&policy.rtp);
    srtp_crypto_policy_set_aes_gcm_128_16_auth (&policy.rtcp);
  } else {
    srtp_crypto_policy_set_rtp_default (&policy.rtp);
    srtp_crypto_policy_set_rtcp_default (&policy.rtcp);
  }
  policy.ssrc.type = direction;
  policy.key = (guint8 *) key;
  policy.window_size = WINDOW;
  return srtp_create (&srtp, &policy) == srtp_err_status_ok ? srtp : NULL;
}

/**
 * srtp_session_new:
 * @keys: as a DTLS session gave them; not kept
 * @error: why there is none
 *
 * Returns: (transfer full) (nullable): a session
 */
SrtpSession *
srtp_session_new (const DtlsSrtpKeys * keys, GError ** error)
{
  SrtpSession *self = g_new0 (SrtpSession, 1);

  initialise ();
  self->out = make (keys->profile, keys->send, ssrc_any_outbound);
  self->in = make (keys->profile, keys->receive, ssrc_any_inbound);
  if (self->out && self->in)
    return self;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
      "libsrtp2 does not accept the keys");
  srtp_session_free (self);
  return NULL;
}

/**
 * srtp_session_free:
 * @self: (transfer full) (nullable): a session
 */
void
srtp_session_free (SrtpSession * self)
{
  if (!self)
    return;
  if (self->out)
    srtp_dealloc (self->out);
  if (self->in)
    srtp_dealloc (self->in);
  g_free (self);
}

/**
 * srtp_session_protect:
 * @self: a session
 * @rtcp: whether @data is RTCP
 * @data: a packet, aligned to four bytes; encrypted in place
 * @size: (inout): of it
 * @capacity: of @data, %SRTP_MAX_GROWTH more than @size at least
 *
 * Returns: %FALSE if there is no room, or it is no packet, or its number has
 *   been used before
 */
gboolean
srtp_session_protect (SrtpSession * self, gboolean rtcp, guint8 * data,
    gsize * size, gsize capacity)
{
  int n = *size;
  srtp_err_status_t status;

  if (*size > G_MAXUINT16 || capacity < *size + SRTP_MAX_GROWTH
      || *size < (rtcp ? 8 : MIN_SIZE))
    return FALSE;
  status = rtcp ? srtp_protect_rtcp (self->out, data, &n) :
      srtp_protect (self->out, data, &n);
  if (status != srtp_err_status_ok)
    return FALSE;
  *size = n;
  return TRUE;
}

static guint64 *
counter_of (SrtpSession * self, srtp_err_status_t status)
{
  switch (status) {
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
      return &self->dropped.replayed;
    case srtp_err_status_auth_fail:
      return &self->dropped.forged;
    default:
      return &self->dropped.malformed;
  }
}

static guint
find_source (const SrtpSession * self, guint32 ssrc)
{
  guint i = 0;

  while (i < self->n_sources && self->sources[i] != ssrc)
    i++;
  return i;
}

/**
 * srtp_session_forget:
 * @self: a session
 * @ssrc: a source of the other side's that will not come again
 *
 * Each source costs memory until it is forgotten, or many others have come.
 */
void
srtp_session_forget (SrtpSession * self, guint32 ssrc)
{
  guint at = find_source (self, ssrc);

  if (at == self->n_sources)
    return;
  self->n_sources--;
  memmove (self->sources + at, self->sources + at + 1,
      (self->n_sources - at) * sizeof *self->sources);
  srtp_remove_stream (self->in, g_htonl (ssrc));        /* as of 2.5 */
}

/* A new one in a full list takes the place of whoever has been silent for the
 * longest time. */
static void
note_source (SrtpSession * self, guint32 ssrc)
{
  guint at = find_source (self, ssrc);

  if (at == MAX_SOURCES)
    srtp_session_forget (self, self->sources[--at]);
  if (at == self->n_sources)
    self->n_sources++;
  memmove (self->sources + 1, self->sources, at * sizeof *self->sources);
  self->sources[0] = ssrc;
}

static guint32
source_of (const guint8 * data, gboolean rtcp)
{
  guint32 ssrc;

  memcpy (&ssrc, data + (rtcp ? 4 : 8), sizeof ssrc);
  return g_ntohl (ssrc);
}

/**
 * srtp_session_unprotect:
 * @self: a session
 * @rtcp: whether @data is RTCP
 * @data: a packet, aligned to four bytes; decrypted in place
 * @size: (inout): of it
 *
 * Returns: %FALSE if it is to be dropped, which is counted
 */
gboolean
srtp_session_unprotect (SrtpSession * self, gboolean rtcp, guint8 * data,
    gsize * size)
{
  srtp_err_status_t status = srtp_err_status_bad_param;
  int n = *size;

  if (*size >= MIN_SIZE && *size <= G_MAXUINT16)
    status = rtcp ? srtp_unprotect_rtcp (self->in, data, &n) :
        srtp_unprotect (self->in, data, &n);
  if (status != srtp_err_status_ok) {
    (*counter_of (self, status))++;
    return FALSE;
  }
  note_source (self, source_of (data, rtcp));
  *size = n;
  return TRUE;
}

/**
 * srtp_session_get_dropped:
 * @self: a session
 * @dropped: (out): how many packets were dropped, and why
 */
void
srtp_session_get_dropped (const SrtpSession * self, SrtpDropped * dropped)
{
  *dropped = self->dropped;
}
