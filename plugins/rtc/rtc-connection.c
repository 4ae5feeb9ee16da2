/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A connection: libnice's ICE under DTLS and SRTP, all on the one network
 * thread. What arrives is told apart by its first bytes (RFC 7983, RFC 5761).
 * Candidates of the other side wait for its description; media that comes
 * before the keys is dropped.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "rtc-connection.h"

#include <agent.h>
#include <gst-voice/io.h>
#include <string.h>

#define COMPONENT 1             /* RTCP and DTLS share it (BUNDLE) */
#define MAX_DATAGRAM 2048
#define MAX_CANDIDATES 64       /* of the other side, held or given to ICE */
#define CANDIDATE "candidate:"

struct _RtcConnection
{
  guint refs;                   /* the owner's and those of running handlers */
  gboolean freed;
  RtcEvents events;
  gpointer data;
  RtcState state;
  GError *error;

  NiceAgent *agent;
  guint stream;
  gchar *ufrag, *password;
  RtcServer *servers;
  guint n_servers;
  gboolean has_path;            /* ICE has found one */
  GQueue candidates;            /* of gchar *, until the description is there */
  guint n_candidates;

  gboolean dtls_client, has_remote;
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
  g_queue_clear_full (&self->candidates, g_free);
  g_clear_error (&self->error);
  rtc_servers_free (self->servers, self->n_servers);
  g_free (self->ufrag);
  g_free (self->password);
  g_free (self->hash);
  g_free (self->fingerprint);
  g_free (self);
}

static gboolean
is_over (const RtcConnection * self)
{
  return self->freed || self->state == RTC_CLOSED || self->state == RTC_FAILED;
}

/* The caller holds a reference. */
static void
set_state (RtcConnection * self, RtcState state, const GError * error)
{
  if (is_over (self) || self->state == state)
    return;
  self->state = state;
  if (error)
    self->error = g_error_copy (error);
  if (is_over (self))
    gst_voice_io_timer_stop (self->timer);
  self->events.state (self->data, state, self->error);
}

static void
fail (RtcConnection * self, const gchar * why)
{
  GError *error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, why);

  set_state (self, RTC_FAILED, error);
  g_error_free (error);
}

static gboolean
send_datagram (RtcConnection * self, const guint8 * data, gsize size)
{
  return self->has_path && nice_agent_send (self->agent, self->stream,
      COMPONENT, size, (const gchar *) data) == (gint) size;
}

static void
send_output (RtcConnection * self)
{
  GBytes *bytes;

  while ((bytes = dtls_session_take_output (self->dtls))) {
    gsize size;
    const guint8 *data = g_bytes_get_data (bytes, &size);

    send_datagram (self, data, size);
    g_bytes_unref (bytes);
  }
}

static void
take_keys (RtcConnection * self)
{
  GError *error = NULL;
  DtlsSrtpKeys keys;

  if (!dtls_session_get_srtp_keys (self->dtls, &keys)) {
    fail (self, "DTLS gives no keys");
    return;
  }
  self->srtp = srtp_session_new (&keys, &error);
  dtls_srtp_keys_clear (&keys);
  set_state (self, self->srtp ? RTC_CONNECTED : RTC_FAILED, error);
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
      set_state (self, RTC_FAILED, dtls_session_get_error (self->dtls));
      break;
    default:
      break;
  }
  tell_messages (self);
  if (dtls_session_get_state (self->dtls) == DTLS_CLOSED)
    set_state (self, RTC_CLOSED, NULL);
  if (is_over (self))
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

  if (!self->has_path || !self->has_remote || is_over (self)
      || dtls_session_get_state (self->dtls) != DTLS_NEW)
    return;
  if (dtls_session_start (self->dtls, self->dtls_client, self->hash,
          self->fingerprint, &error))
    follow_dtls (self);
  else
    set_state (self, RTC_FAILED, error);
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
on_datagram (NiceAgent * agent, guint stream, guint component, guint size,
    gchar * buffer, gpointer data)
{
  const guint8 *datagram = (const guint8 *) buffer;
  RtcConnection *self = data;

  if (is_over (self) || size == 0 || size > MAX_DATAGRAM)
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
on_ice_state (NiceAgent * agent, guint stream, guint component, guint state,
    RtcConnection * self)
{
  self->refs++;
  if (state == NICE_COMPONENT_STATE_CONNECTED
      || state == NICE_COMPONENT_STATE_READY) {
    self->has_path = TRUE;
    start_dtls (self);
  } else if (state == NICE_COMPONENT_STATE_FAILED) {
    fail (self, "ICE finds no path");
  }
  connection_unref (self);
}

static void
on_candidate (NiceAgent * agent, NiceCandidate * candidate,
    RtcConnection * self)
{
  gchar *line = nice_agent_generate_local_candidate_sdp (agent, candidate);

  self->refs++;
  if (!self->freed && line)
    self->events.candidate (self->data,
        g_str_has_prefix (line, "a=") ? line + 2 : line);
  g_free (line);
  connection_unref (self);
}

static void
on_gathered (NiceAgent * agent, guint stream, RtcConnection * self)
{
  self->refs++;
  if (!self->freed)
    self->events.candidate (self->data, NULL);
  connection_unref (self);
}

static gboolean
use_address (NiceAgent * agent, const gchar * text)
{
  NiceAddress *address = nice_address_new ();
  gboolean good = nice_address_set_from_string (address, text)
      && nice_agent_add_local_address (agent, address);

  nice_address_free (address);
  return good;
}

static gboolean
set_up_agent (RtcConnection * self, const RtcSettings * settings)
{
  self->agent = nice_agent_new_full (g_main_context_get_thread_default (),
      NICE_COMPATIBILITY_RFC5245, NICE_AGENT_OPTION_ICE_TRICKLE
      | NICE_AGENT_OPTION_CONSENT_FRESHNESS);
  g_object_set (self->agent, "upnp", FALSE, "ice-tcp", settings->tcp,
      "controlling-mode", settings->controlling, "force-relay",
      settings->relay_only, NULL);
  if (settings->local_address
      && !use_address (self->agent, settings->local_address))
    return FALSE;
  self->stream = nice_agent_add_stream (self->agent, 1);
  if (self->stream == 0)
    return FALSE;
  if (settings->max_port > 0)
    nice_agent_set_port_range (self->agent, self->stream, COMPONENT,
        settings->min_port, settings->max_port);
  g_signal_connect (self->agent, "component-state-changed",
      G_CALLBACK (on_ice_state), self);
  g_signal_connect (self->agent, "new-candidate-full",
      G_CALLBACK (on_candidate), self);
  g_signal_connect (self->agent, "candidate-gathering-done",
      G_CALLBACK (on_gathered), self);
  return nice_agent_get_local_credentials (self->agent, self->stream,
      &self->ufrag, &self->password)
      && nice_agent_attach_recv (self->agent, self->stream, COMPONENT,
      g_main_context_get_thread_default (), on_datagram, self);
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
  self->servers = rtc_servers_copy (settings->servers, settings->n_servers);
  self->n_servers = settings->n_servers;
  self->timer = gst_voice_io_timer_new (on_timeout, self);
  self->dtls = dtls_session_new (identity);
  if (self->dtls && set_up_agent (self, settings))
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
  if (self->agent) {
    g_signal_handlers_disconnect_by_data (self->agent, self);
    if (self->stream > 0) {
      nice_agent_attach_recv (self->agent, self->stream, COMPONENT, NULL, NULL,
          NULL);
      nice_agent_remove_stream (self->agent, self->stream);
    }
    g_clear_object (&self->agent);
  }
  self->has_path = FALSE;
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
  return self->ufrag;
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
  return self->password;
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
  gboolean good;

  self->refs++;
  good = nice_agent_gather_candidates (self->agent, self->stream);
  connection_unref (self);
  if (!good)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE,
        "No address to gather ICE candidates from");
  return good;
}

/* Pion lists component 2, too, which RTCP does not need here. */
static gboolean
is_for_us (const gchar * candidate)
{
  const gchar *component = strchr (candidate, ' ');

  return g_str_has_prefix (candidate, CANDIDATE) && component
      && component[1] == '1' && component[2] == ' ';
}

/* Unknown kinds, such as a name of mDNS, are left out. */
static gboolean
give_candidate (RtcConnection * self, const gchar * candidate)
{
  gchar *line = g_strconcat ("a=", candidate, NULL);
  NiceCandidate *parsed = nice_agent_parse_remote_candidate_sdp (self->agent,
      self->stream, line);
  GSList *list;
  gboolean good = FALSE;

  g_free (line);
  if (parsed) {
    list = g_slist_append (NULL, parsed);
    good = nice_agent_set_remote_candidates (self->agent, self->stream,
        COMPONENT, list) > 0;
    g_slist_free_full (list, (GDestroyNotify) nice_candidate_free);
  }
  return good;
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
 * Returns: whether the connection is being made; only once
 */
gboolean
rtc_connection_set_remote (RtcConnection * self, const gchar * ufrag,
    const gchar * password, gboolean dtls_client, const gchar * hash,
    const gchar * fingerprint, GError ** error)
{
  gchar *candidate;

  if (self->has_remote || !nice_agent_set_remote_credentials (self->agent,
          self->stream, ufrag, password)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
        "No ICE with these credentials");
    return FALSE;
  }
  self->refs++;
  self->has_remote = TRUE;
  self->dtls_client = dtls_client;
  self->hash = g_strdup (hash);
  self->fingerprint = g_strdup (fingerprint);
  set_state (self, RTC_CONNECTING, NULL);
  while (!self->freed && (candidate = g_queue_pop_head (&self->candidates))) {
    give_candidate (self, candidate);
    g_free (candidate);
  }
  start_dtls (self);
  connection_unref (self);
  return TRUE;
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
  gboolean good = TRUE;

  if (is_over (self) || !is_for_us (candidate)
      || self->n_candidates >= MAX_CANDIDATES)
    return FALSE;
  self->n_candidates++;
  self->refs++;
  if (self->has_remote)
    good = give_candidate (self, candidate);
  else
    g_queue_push_tail (&self->candidates, g_strdup (candidate));
  connection_unref (self);
  return good;
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
  g_object_set (self->agent, "controlling-mode", TRUE, NULL);
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

  rtc_servers_free (self->servers, self->n_servers);
  self->servers = copy;
  self->n_servers = n_servers;
}

/**
 * rtc_connection_restart:
 * @self: a connection, failed or not
 * @error: why not
 *
 * ICE begins anew: there are a new ufrag and password, our candidates come
 * again by the event, and the other side is to be told. Media goes on on the
 * old path until there is a new one.
 *
 * Returns: %FALSE if it is closed, or failed otherwise than in ICE
 */
gboolean
rtc_connection_restart (RtcConnection * self, GError ** error)
{
  if (is_over (self) || !nice_agent_restart_stream (self->agent, self->stream)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CLOSED,
        "The connection has ended");
    return FALSE;
  }
  g_clear_pointer (&self->ufrag, g_free);
  g_clear_pointer (&self->password, g_free);
  return nice_agent_get_local_credentials (self->agent, self->stream,
      &self->ufrag, &self->password);
}

static gboolean
send_media (RtcConnection * self, gboolean rtcp, guint8 * packet, gsize size,
    gsize capacity)
{
  return self->state == RTC_CONNECTED && srtp_session_protect (self->srtp,
      rtcp, packet, &size, capacity) && send_datagram (self, packet, size);
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
  if (is_over (self))
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

static const gchar *
candidate_kind (const NiceCandidate * candidate)
{
  static const gchar *const names[] = { "host", "srflx", "prflx", "relay" };

  return names[MIN (candidate->type, G_N_ELEMENTS (names) - 1)];
}

/**
 * rtc_connection_get_path:
 * @self: a connection
 * @path: (out caller-allocates): the path that media takes now
 */
void
rtc_connection_get_path (const RtcConnection * self, RtcPath * path)
{
  NiceCandidate *local, *remote;

  memset (path, 0, sizeof *path);
  if (!nice_agent_get_selected_pair (self->agent, self->stream, COMPONENT,
          &local, &remote))
    return;
  path->local = candidate_kind (local);
  path->remote = candidate_kind (remote);
  path->transport = local->transport == NICE_CANDIDATE_TRANSPORT_UDP ? "udp" :
      "tcp";
  path->family = nice_address_ip_version (&local->addr);
}
