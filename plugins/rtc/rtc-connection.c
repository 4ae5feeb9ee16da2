/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A connection: ICE under DTLS and SRTP, all on the one network thread. What
 * arrives is told apart by its first bytes (RFC 7983, RFC 5761); media that
 * comes before the keys is dropped.
 *
 * To restart ICE, by whichever side, is to look for another path while media
 * goes on on the one there is. When it is found, media moves to it; the old
 * one is listened on a little longer, since the other side moves at a time of
 * its own.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "rtc-connection.h"

#include <gst-voice/io.h>
#include <string.h>

#define MAX_DATAGRAM 2048
#define LINGER_MS 2000          /* of a path that another has replaced */

struct _RtcConnection
{
  guint refs;                   /* the owner's and those of running handlers */
  gboolean freed;
  RtcEvents events;
  gpointer data;
  RtcState state;
  GError *error;

  RtcSettings settings;         /* with strings of our own */
  IcePath *path;                /* what media takes, or is to take first */
  IcePath *next;                /* what is to replace it, or NULL */
  IcePath *old;                 /* what it has replaced, or NULL */
  GstVoiceIoTimer *gather_timer, *linger_timer;

  gboolean dtls_client, has_remote;
  gboolean over;                /* nothing to be restarted */
  gchar *hash, *fingerprint;
  DtlsSession *dtls;
  GstVoiceIoTimer *timer;
  SrtpSession *srtp;
};

static void
connection_unref (RtcConnection * self)
{
  if (--self->refs > 0)
    return;
  srtp_session_free (self->srtp);
  dtls_session_free (self->dtls);
  rtc_servers_free ((RtcServer *) self->settings.servers,
      self->settings.n_servers);
  g_free ((gchar *) self->settings.local_address);
  g_clear_error (&self->error);
  g_free (self->hash);
  g_free (self->fingerprint);
  g_free (self);
}

static gboolean
is_over (const RtcConnection * self)
{
  return self->freed || self->over;
}

/* The caller holds a reference. */
static void
tell_state (RtcConnection * self, RtcState state, const GError * error)
{
  if (self->freed || self->state == state)
    return;
  self->state = state;
  g_clear_error (&self->error);
  if (error)
    self->error = g_error_copy (error);
  if (state == RTC_CLOSED || state == RTC_FAILED)
    gst_voice_io_timer_stop (self->timer);
  self->events.state (self->data, state, self->error);
}

static void
set_state (RtcConnection * self, RtcState state, const GError * error)
{
  if (!self->over)
    tell_state (self, state, error);
}

/* What a restart of ICE cannot mend. */
static void
end (RtcConnection * self, RtcState state, const GError * error)
{
  if (is_over (self))
    return;
  self->over = TRUE;
  gst_voice_io_timer_stop (self->gather_timer);
  gst_voice_io_timer_stop (self->linger_timer);
  tell_state (self, state, error);
}

static void
send_output (RtcConnection * self)
{
  GBytes *bytes;

  while ((bytes = dtls_session_take_output (self->dtls))) {
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    ice_path_send (self->path, data, size);
    g_bytes_unref (bytes);
  }
}

static void
take_keys (RtcConnection * self)
{
  GError *error = NULL;
  DtlsSrtpKeys keys;

  if (dtls_session_get_srtp_keys (self->dtls, &keys)) {
    self->srtp = srtp_session_new (&keys, &error);
    dtls_srtp_keys_clear (&keys);
  } else {
    g_set_error_literal (&error, G_IO_ERROR, G_IO_ERROR_FAILED,
        "DTLS gives no keys");
  }
  if (self->srtp)
    set_state (self, RTC_CONNECTED, NULL);
  else
    end (self, RTC_FAILED, error);
  g_clear_error (&error);
}

static void
tell_messages (RtcConnection * self)
{
  GBytes *bytes;

  while (!self->freed && (bytes = dtls_session_take_data (self->dtls))) {
    gsize size;
    const guint8 *message = g_bytes_get_data (bytes, &size);

    self->events.message (self->data, message, size);
    g_bytes_unref (bytes);
  }
}

/* After whatever has moved DTLS on. The caller holds a reference. */
static void
follow_dtls (RtcConnection * self)
{
  gint timeout;

  send_output (self);
  switch (dtls_session_get_state (self->dtls)) {
    case DTLS_CONNECTED:
      if (!self->srtp && !is_over (self))
        take_keys (self);
      break;
    case DTLS_FAILED:
      end (self, RTC_FAILED, dtls_session_get_error (self->dtls));
      break;
    default:
      break;
  }
  tell_messages (self);
  if (dtls_session_get_state (self->dtls) == DTLS_CLOSED)
    end (self, RTC_CLOSED, NULL);
  if (is_over (self) || self->state == RTC_FAILED)
    return;
  timeout = dtls_session_get_timeout (self->dtls);
  if (timeout >= 0)
    gst_voice_io_timer_start (self->timer, timeout);
  else
    gst_voice_io_timer_stop (self->timer);
}

static void
on_timeout (gpointer data)
{
  RtcConnection *self = data;

  self->refs++;
  dtls_session_check_timeout (self->dtls);
  follow_dtls (self);
  connection_unref (self);
}

/* DTLS begins when there is a path and somebody to expect on it. */
static void
start_dtls (RtcConnection * self)
{
  GError *error = NULL;

  if (!self->has_remote || is_over (self)
      || dtls_session_get_state (self->dtls) != DTLS_NEW)
    return;
  if (dtls_session_start (self->dtls, self->dtls_client, self->hash,
          self->fingerprint, &error))
    follow_dtls (self);
  else
    end (self, RTC_FAILED, error);
  g_clear_error (&error);
}

/* Into memory of our own, aligned as libsrtp2 wants it. */
static void
receive_media (RtcConnection * self, const guint8 * data, gsize size)
{
  guint64 aligned[MAX_DATAGRAM / sizeof (guint64)];
  guint8 *packet = (guint8 *) aligned;
  gboolean rtcp = size >= 2 && data[1] >= 192 && data[1] <= 223;

  if (!self->srtp)
    return;
  memcpy (packet, data, size);
  if (!srtp_session_unprotect (self->srtp, rtcp, packet, &size))
    return;
  if (rtcp)
    self->events.rtcp (self->data, packet, size);
  else
    self->events.rtp (self->data, packet, size);
}

static void
on_datagram (gpointer data, IcePath * path, const guint8 * datagram, gsize size)
{
  RtcConnection *self = data;

  if (is_over (self) || self->state == RTC_FAILED || size == 0
      || size > MAX_DATAGRAM)
    return;
  self->refs++;
  if (datagram[0] >= 20 && datagram[0] <= 63) {
    dtls_session_receive (self->dtls, datagram, size);
    follow_dtls (self);
  } else if (datagram[0] >= 128 && datagram[0] <= 191) {
    receive_media (self, datagram, size);
  }
  connection_unref (self);
}

static void
forget_old (gpointer data)
{
  RtcConnection *self = data;

  g_clear_pointer (&self->old, ice_path_free);
}

static void
move_to_next (RtcConnection * self)
{
  forget_old (self);
  self->old = self->path;
  self->path = g_steal_pointer (&self->next);
  gst_voice_io_timer_start (self->linger_timer, ice_path_is_lost (self->old) ?
      0 : LINGER_MS);
}

static void
on_found (gpointer data, IcePath * path)
{
  RtcConnection *self = data;

  if (is_over (self))
    return;
  self->refs++;
  if (path == self->next)
    move_to_next (self);
  if (self->srtp)
    set_state (self, RTC_CONNECTED, NULL);
  else if (dtls_session_get_state (self->dtls) == DTLS_NEW)
    start_dtls (self);
  else
    follow_dtls (self);
  connection_unref (self);
}

static gboolean
has_other_path (const RtcConnection * self)
{
  return !ice_path_is_lost (self->path) && ice_path_has_remote (self->path);
}

/* A restart that comes to nothing leaves what there was. */
static void
on_lost (gpointer data, IcePath * path, const GError * error)
{
  RtcConnection *self = data;

  if (path == self->old) {
    forget_old (self);
    return;
  }
  self->refs++;
  if (path == self->next)
    g_clear_pointer (&self->next, ice_path_free);
  if (!has_other_path (self)) {
    if (self->next && ice_path_has_remote (self->next))
      set_state (self, RTC_CONNECTING, NULL);
    else
      set_state (self, RTC_FAILED, error);
  }
  connection_unref (self);
}

static IcePath *
newest_path (const RtcConnection * self)
{
  return self->next ? self->next : self->path;
}

static void
on_candidate (gpointer data, IcePath * path, const gchar * candidate)
{
  RtcConnection *self = data;

  self->refs++;
  if (!is_over (self) && path == newest_path (self))
    self->events.candidate (self->data, candidate);
  connection_unref (self);
}

static const IcePathEvents path_events = { on_candidate, on_found, on_lost,
  on_datagram
};

/* Later, so that whoever restarts can tell the other side before. */
static void
gather_next (gpointer data)
{
  RtcConnection *self = data;

  self->refs++;
  if (self->next && !is_over (self))
    ice_path_gather (self->next);
  connection_unref (self);
}

static gboolean
make_next (RtcConnection * self)
{
  IcePath *next = ice_path_new (&self->settings, &path_events, self);

  if (!next)
    return FALSE;
  ice_path_free (self->next);
  self->next = next;
  gst_voice_io_timer_start (self->gather_timer, 0);
  return TRUE;
}

static void
copy_settings (RtcConnection * self, const RtcSettings * settings)
{
  self->settings = *settings;
  self->settings.servers = rtc_servers_copy (settings->servers,
      settings->n_servers);
  self->settings.local_address = g_strdup (settings->local_address);
}

/**
 * rtc_connection_new:
 * @identity: who we are
 * @settings: how the path is to be found
 * @events: what to call; all of them
 * @data: with what
 * @error: why there is none
 *
 * Returns: (transfer full) (nullable): a connection
 */
RtcConnection *
rtc_connection_new (DtlsIdentity * identity, const RtcSettings * settings,
    const RtcEvents * events, gpointer data, GError ** error)
{
  RtcConnection *self;

  g_return_val_if_fail (gst_voice_io_is_owner (), NULL);
  self = g_new0 (RtcConnection, 1);
  self->refs = 1;
  self->events = *events;
  self->data = data;
  copy_settings (self, settings);
  self->timer = gst_voice_io_timer_new (on_timeout, self);
  self->gather_timer = gst_voice_io_timer_new (gather_next, self);
  self->linger_timer = gst_voice_io_timer_new (forget_old, self);
  self->dtls = dtls_session_new (identity);
  self->path = ice_path_new (&self->settings, &path_events, self);
  if (self->dtls && self->path)
    return self;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
      "No ICE with these settings");
  rtc_connection_free (self);
  return NULL;
}

/**
 * rtc_connection_free:
 * @self: (transfer full) (nullable): a connection; nothing is called any more
 */
void
rtc_connection_free (RtcConnection * self)
{
  if (!self)
    return;
  self->freed = TRUE;
  gst_voice_io_timer_free (self->timer);
  gst_voice_io_timer_free (self->gather_timer);
  gst_voice_io_timer_free (self->linger_timer);
  ice_path_free (self->path);
  ice_path_free (self->next);
  ice_path_free (self->old);
  connection_unref (self);
}

/**
 * rtc_connection_get_ufrag:
 * @self: a connection
 *
 * Returns: (transfer none): `ice-ufrag` of our description
 */
const gchar *
rtc_connection_get_ufrag (const RtcConnection * self)
{
  return ice_path_get_ufrag (newest_path (self));
}

/**
 * rtc_connection_get_password:
 * @self: a connection
 *
 * Returns: (transfer none): `ice-pwd` of our description
 */
const gchar *
rtc_connection_get_password (const RtcConnection * self)
{
  return ice_path_get_password (newest_path (self));
}

/**
 * rtc_connection_gather:
 * @self: a connection
 * @error: why not
 *
 * Our candidates come by the event, the first ones before this returns.
 *
 * Returns: whether there will be any
 */
gboolean
rtc_connection_gather (RtcConnection * self, GError ** error)
{
  if (ice_path_gather (self->path))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE,
      "No address to gather ICE candidates from");
  return FALSE;
}

static void
take_identity (RtcConnection * self, gboolean dtls_client, const gchar * hash,
    const gchar * fingerprint)
{
  self->has_remote = TRUE;
  self->dtls_client = dtls_client;
  self->hash = g_strdup (hash);
  self->fingerprint = g_strdup (fingerprint);
}

static gboolean
is_same_identity (RtcConnection * self, const gchar * hash,
    const gchar * fingerprint)
{
  return g_ascii_strcasecmp (self->hash, hash) == 0
      && g_ascii_strcasecmp (self->fingerprint, fingerprint) == 0;
}

/* Credentials that the newest path does not know: it has none yet, or the
 * other side has restarted. */
static gboolean
take_credentials (RtcConnection * self, const gchar * ufrag,
    const gchar * password)
{
  if (ice_path_has_remote (newest_path (self)) && !make_next (self))
    return FALSE;
  if (!ice_path_set_remote (newest_path (self), ufrag, password))
    return FALSE;
  if (self->state == RTC_NEW || self->state == RTC_FAILED)
    set_state (self, RTC_CONNECTING, NULL);
  return TRUE;
}

/* What they are already, be it that they answer something older than our
 * restart: whoever answers that has others. */
static gboolean
are_known (RtcConnection * self, const gchar * ufrag, const gchar * password)
{
  return ice_path_is_to (newest_path (self), ufrag, password)
      || (self->next && !ice_path_has_remote (self->next)
      && ice_path_is_to (self->path, ufrag, password));
}

static const gchar *
take_remote (RtcConnection * self, const gchar * ufrag, const gchar * password,
    gboolean dtls_client, const gchar * hash, const gchar * fingerprint)
{
  if (is_over (self))
    return "The connection has ended";
  if (self->has_remote && !is_same_identity (self, hash, fingerprint))
    return "The other side has another certificate than before";
  if (are_known (self, ufrag, password))
    return NULL;
  if (ice_path_is_lost (newest_path (self)) && !self->has_remote)
    return "ICE has failed before and is not restarted";
  if (!self->has_remote)
    take_identity (self, dtls_client, hash, fingerprint);
  if (!take_credentials (self, ufrag, password))
    return "No ICE with these credentials";
  return NULL;
}

/**
 * rtc_connection_set_remote:
 * @self: a connection
 * @ufrag: the other side's `ice-ufrag`
 * @password: its `ice-pwd`
 * @dtls_client: whether we begin (we are `active`)
 * @hash: of the other side's fingerprint
 * @fingerprint: of its certificate
 * @error: why not
 *
 * May be called again: the same changes nothing; another @ufrag or @password
 * means that the other side has restarted ICE, and unless we have done so
 * ourselves our credentials change, too. The certificate stays.
 *
 * Returns: whether the connection is being made
 */
gboolean
rtc_connection_set_remote (RtcConnection * self, const gchar * ufrag,
    const gchar * password, gboolean dtls_client, const gchar * hash,
    const gchar * fingerprint, GError ** error)
{
  const gchar *fault;

  self->refs++;
  fault = take_remote (self, ufrag, password, dtls_client, hash, fingerprint);
  connection_unref (self);
  if (fault)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, fault);
  return fault == NULL;
}

/**
 * rtc_connection_add_candidate:
 * @self: a connection
 * @candidate: one of the other side's, `candidate:…`
 *
 * Returns: %FALSE if it is of no use to us
 */
gboolean
rtc_connection_add_candidate (RtcConnection * self, const gchar * candidate)
{
  return !is_over (self) && ice_path_add_candidate (newest_path (self),
      candidate);
}

/**
 * rtc_connection_set_remote_lite:
 * @self: a connection
 *
 * The other side's description has `a=ice-lite`: we control, whoever has
 * offered. Before rtc_connection_set_remote().
 */
void
rtc_connection_set_remote_lite (RtcConnection * self)
{
  self->settings.controlling = TRUE;
  ice_path_set_controlling (newest_path (self), TRUE);
}

/**
 * rtc_connection_set_servers:
 * @self: a connection
 * @servers: (array length=n_servers): for the next restart
 * @n_servers: how many
 */
void
rtc_connection_set_servers (RtcConnection * self, const RtcServer * servers,
    guint n_servers)
{
  RtcServer *copy = rtc_servers_copy (servers, n_servers);

  rtc_servers_free ((RtcServer *) self->settings.servers,
      self->settings.n_servers);
  self->settings.servers = copy;
  self->settings.n_servers = n_servers;
}

/**
 * rtc_connection_restart:
 * @self: a connection, failed or not
 * @error: why not
 *
 * ICE begins anew: there are a new ufrag and password, candidates come by the
 * event, from the main loop, and the other side is to be told. Media goes on
 * on the old path until there is a new one, and for as long as it lasts if
 * there is none.
 *
 * Returns: %FALSE if it is closed, or failed otherwise than in ICE
 */
gboolean
rtc_connection_restart (RtcConnection * self, GError ** error)
{
  if (!is_over (self) && make_next (self))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
      "The connection has ended");
  return FALSE;
}

static gboolean
send_media (RtcConnection * self, gboolean rtcp, guint8 * packet, gsize size,
    gsize capacity)
{
  return self->state == RTC_CONNECTED && srtp_session_protect (self->srtp,
      rtcp, packet, &size, capacity)
      && ice_path_send (self->path, packet, size);
}

/**
 * rtc_connection_send_rtp:
 * @self: a connection
 * @packet: an RTP packet, aligned to four bytes; is encrypted in place
 * @size: of it
 * @capacity: of @packet, %SRTP_MAX_GROWTH more at least
 *
 * Returns: whether it was sent
 */
gboolean
rtc_connection_send_rtp (RtcConnection * self, guint8 * packet, gsize size,
    gsize capacity)
{
  return send_media (self, FALSE, packet, size, capacity);
}

/**
 * rtc_connection_send_rtcp:
 * @self: a connection
 * @packet: as for rtc_connection_send_rtp()
 * @size: of it
 * @capacity: as for rtc_connection_send_rtp()
 *
 * Returns: whether it was sent
 */
gboolean
rtc_connection_send_rtcp (RtcConnection * self, guint8 * packet, gsize size,
    gsize capacity)
{
  return send_media (self, TRUE, packet, size, capacity);
}

/**
 * rtc_connection_send_message:
 * @self: a connection
 * @message: what goes through DTLS
 * @size: of it; it must fit into one datagram
 *
 * Returns: whether it was sent
 */
gboolean
rtc_connection_send_message (RtcConnection * self, const guint8 * message,
    gsize size)
{
  gboolean sent = self->state == RTC_CONNECTED
      && dtls_session_send (self->dtls, message, size);

  send_output (self);
  return sent;
}

/**
 * rtc_connection_close:
 * @self: a connection; the other side is told
 */
void
rtc_connection_close (RtcConnection * self)
{
  if (is_over (self) || self->state == RTC_FAILED)
    return;
  self->refs++;
  dtls_session_close (self->dtls);
  follow_dtls (self);
  connection_unref (self);
}

/**
 * rtc_connection_get_state:
 * @self: a connection
 *
 * Returns: its state
 */
RtcState
rtc_connection_get_state (const RtcConnection * self)
{
  return self->state;
}

/**
 * rtc_connection_get_dropped:
 * @self: a connection
 * @dropped: (out): packets that were not what they should be
 */
void
rtc_connection_get_dropped (const RtcConnection * self, SrtpDropped * dropped)
{
  memset (dropped, 0, sizeof *dropped);
  if (self->srtp)
    srtp_session_get_dropped (self->srtp, dropped);
}

/**
 * rtc_connection_forget:
 * @self: a connection
 * @ssrc: a source of the other side's that is gone for good
 */
void
rtc_connection_forget (RtcConnection * self, guint32 ssrc)
{
  if (self->srtp)
    srtp_session_forget (self->srtp, ssrc);
}

/**
 * rtc_connection_get_path:
 * @self: a connection
 * @path: (out caller-allocates): the path that media takes now
 */
void
rtc_connection_get_path (const RtcConnection * self, RtcPath * path)
{
  ice_path_get (self->path, path);
}
