/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Data channels (RFC 8831, RFC 8832) by usrsctp without its threads. usrsctp
 * calls back from its depths: what it says is put into queues and fetched when
 * it has returned. It knows sessions by numbers, never by pointers, since it
 * may speak of one that is gone.
 *
 * usrsctp is begun with the first session and never ended; it makes a thread
 * for its own iterations. No process that forks may get here before.
 *
 * Threads: one at a time for all sessions together, for usrsctp has one clock.
 * Locks: none.
 */
#include "sctp-session.h"

#include <errno.h>
#include <string.h>
#include <usrsctp.h>

#define STREAMS SCTP_MAX_CHANNELS
#define PATH_MTU 1128           /* without SCTP's header; DTLS takes 1160 */
#define SEND_BUFFER (2 * SCTP_MAX_MESSAGE)      /* a message goes in whole */
#define MAX_EVENTS 1024         /* that nobody has fetched */
#define FIRST_REPEAT 500        /* ms; RFC 9260's seconds are long for a call */
#define MIN_REPEAT 200
#define MAX_REPEAT 5000
#define PPID_TEXT 51            /* RFC 8831, section 8 */
#define PPID_BINARY 53
#define PPID_TEXT_EMPTY 56
#define PPID_BINARY_EMPTY 57

typedef struct
{
  gboolean used, open;
  gchar *label;
  DcepReliability reliability;
} Channel;

struct _SctpSession
{
  gpointer number;
  struct socket *socket;
  gboolean up;
  Channel channels[SCTP_MAX_CHANNELS];
  GQueue out;                   /* of GBytes */
  GQueue events;                /* of SctpEvent */
  GByteArray *partial;          /* the beginning of a long message */
};

static GHashTable *sessions;    /* by number */

static SctpEvent *
add_event (SctpSession * self, SctpEventType type, guint16 channel)
{
  SctpEvent *event = g_new0 (SctpEvent, 1);

  event->type = type;
  event->channel = channel;
  if (channel < SCTP_MAX_CHANNELS)
    event->label = g_strdup (self->channels[channel].label);
  g_queue_push_tail (&self->events, event);
  return event;
}

/* usrsctp has a packet to send. */
static int
on_output (void *number, void *data, size_t size, uint8_t tos, uint8_t df)
{
  SctpSession *self = g_hash_table_lookup (sessions, number);

  if (self)
    g_queue_push_tail (&self->out, g_bytes_new (data, size));
  return 0;
}

static gboolean
send_raw (SctpSession * self, guint16 stream, guint32 ppid,
    const DcepReliability * reliability, const guint8 * data, gsize size)
{
  struct sctp_sendv_spa spa = {.sendv_flags = SCTP_SEND_SNDINFO_VALID };

  spa.sendv_sndinfo.snd_sid = stream;
  spa.sendv_sndinfo.snd_ppid = g_htonl (ppid);
  spa.sendv_sndinfo.snd_flags = reliability->unordered ? SCTP_UNORDERED : 0;
  if (reliability->kind != DCEP_RELIABLE) {
    spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
    spa.sendv_prinfo.pr_policy = reliability->kind == DCEP_RETRANSMITS ?
        SCTP_PR_SCTP_RTX : SCTP_PR_SCTP_TTL;
    spa.sendv_prinfo.pr_value = reliability->limit;
  }
  return usrsctp_sendv (self->socket, data, size, NULL, 0, &spa, sizeof spa,
      SCTP_SENDV_SPA, 0) == (ssize_t) size;
}

static gboolean
send_dcep (SctpSession * self, guint16 channel, const DcepMessage * message)
{
  static const DcepReliability reliable;
  guint8 data[DCEP_MAX_SIZE];
  gsize size = dcep_message_write (message, data, sizeof data);

  return size > 0 && send_raw (self, channel, DCEP_PPID, &reliable, data, size);
}

static void
on_dcep (SctpSession * self, guint16 channel, const guint8 * data, gsize size)
{
  Channel *c = &self->channels[channel];
  DcepMessage message;

  if (!dcep_message_parse (&message, data, size))
    return;
  if (message.type == DCEP_ACK ? !c->used || c->open : c->used)
    return;
  if (message.type == DCEP_OPEN) {
    c->used = TRUE;
    c->label = g_strdup (message.label);
    c->reliability = message.reliability;
    message.type = DCEP_ACK;
    send_dcep (self, channel, &message);
  }
  c->open = TRUE;
  add_event (self, SCTP_CHANNEL_OPEN, channel);
}

static void
on_message (SctpSession * self, guint16 channel, guint32 ppid,
    const guint8 * data, gsize size)
{
  gboolean empty = ppid == PPID_TEXT_EMPTY || ppid == PPID_BINARY_EMPTY;
  SctpEvent *event;

  if (channel >= SCTP_MAX_CHANNELS)
    return;
  if (ppid == DCEP_PPID) {
    on_dcep (self, channel, data, size);
    return;
  }
  if (!self->channels[channel].used
      || g_queue_get_length (&self->events) >= MAX_EVENTS)
    return;
  event = add_event (self, SCTP_MESSAGE, channel);
  event->binary = ppid == PPID_BINARY || ppid == PPID_BINARY_EMPTY;
  event->message = g_bytes_new (data, empty ? 0 : size);
}

/* A long message comes in pieces; what is too long is dropped as a whole. */
static void
on_piece (SctpSession * self, const struct sctp_rcvinfo *info,
    const guint8 * data, gsize size, gboolean last)
{
  if (self->partial->len <= SCTP_MAX_MESSAGE)
    g_byte_array_append (self->partial, data, size);
  if (!last)
    return;
  if (self->partial->len <= SCTP_MAX_MESSAGE)
    on_message (self, info->rcv_sid, g_ntohl (info->rcv_ppid),
        self->partial->data, self->partial->len);
  g_byte_array_set_size (self->partial, 0);
}

static void
on_notification (SctpSession * self, const union sctp_notification *n,
    gsize size)
{
  guint16 state;

  if (size < sizeof (struct sctp_assoc_change)
      || n->sn_header.sn_type != SCTP_ASSOC_CHANGE)
    return;
  state = n->sn_assoc_change.sac_state;
  if (state == SCTP_COMM_UP && !self->up) {
    self->up = TRUE;
    add_event (self, SCTP_UP, SCTP_MAX_CHANNELS);
  } else if ((state == SCTP_COMM_LOST || state == SCTP_SHUTDOWN_COMP
          || state == SCTP_CANT_STR_ASSOC)) {
    self->up = FALSE;
    add_event (self, SCTP_DOWN, SCTP_MAX_CHANNELS);
  }
}

/* usrsctp has received something; @data is ours to free. */
static int
on_receive (struct socket *socket, union sctp_sockstore address, void *data,
    size_t size, struct sctp_rcvinfo info, int flags, void *number)
{
  SctpSession *self = g_hash_table_lookup (sessions, number);

  if (self && data && flags & MSG_NOTIFICATION)
    on_notification (self, data, size);
  else if (self && data)
    on_piece (self, &info, data, size, flags & MSG_EOR);
  free (data);
  return 1;
}

static void
initialise (void)
{
  if (sessions)
    return;
  sessions = g_hash_table_new (NULL, NULL);
  usrsctp_init_nothreads (0, on_output, NULL);
  usrsctp_sysctl_set_sctp_ecn_enable (0);
  usrsctp_sysctl_set_sctp_asconf_enable (0);
  usrsctp_sysctl_set_sctp_auth_enable (0);
  usrsctp_sysctl_set_sctp_rto_initial_default (FIRST_REPEAT);
  usrsctp_sysctl_set_sctp_rto_min_default (MIN_REPEAT);
  usrsctp_sysctl_set_sctp_rto_max_default (MAX_REPEAT);
}

/**
 * sctp_session_new:
 *
 * Returns: (transfer full): a session that is to be started
 */
SctpSession *
sctp_session_new (void)
{
  static gsize last_number;
  SctpSession *self = g_new0 (SctpSession, 1);

  initialise ();
  self->number = GSIZE_TO_POINTER (++last_number);
  self->partial = g_byte_array_new ();
  g_hash_table_insert (sessions, self->number, self);
  usrsctp_register_address (self->number);
  return self;
}

/**
 * sctp_session_free:
 * @self: (transfer full) (nullable): a session; the other side is not told
 */
void
sctp_session_free (SctpSession * self)
{
  if (!self)
    return;
  g_hash_table_remove (sessions, self->number);
  if (self->socket)
    usrsctp_close (self->socket);
  usrsctp_deregister_address (self->number);
  for (guint i = 0; i < SCTP_MAX_CHANNELS; i++)
    g_free (self->channels[i].label);
  g_queue_clear_full (&self->out, (GDestroyNotify) g_bytes_unref);
  g_queue_clear_full (&self->events, (GDestroyNotify) sctp_event_free);
  g_byte_array_unref (self->partial);
  g_free (self);
}

static gboolean
set_option (SctpSession * self, int level, int option, const void *value,
    gsize size)
{
  return usrsctp_setsockopt (self->socket, level, option, value, size) == 0;
}

static gboolean
set_options (SctpSession * self)
{
  struct linger no_linger = { 1, 0 };
  struct sctp_initmsg streams = {.sinit_num_ostreams = STREAMS,
    .sinit_max_instreams = STREAMS
  };
  struct sctp_event changes = {.se_assoc_id = SCTP_ALL_ASSOC,
    .se_type = SCTP_ASSOC_CHANGE,.se_on = 1
  };
  int on = 1, room = SEND_BUFFER;

  return usrsctp_set_non_blocking (self->socket, 1) == 0
      && set_option (self, SOL_SOCKET, SO_LINGER, &no_linger, sizeof no_linger)
      && set_option (self, SOL_SOCKET, SO_SNDBUF, &room, sizeof room)
      && set_option (self, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on)
      && set_option (self, IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof streams)
      && set_option (self, IPPROTO_SCTP, SCTP_EVENT, &changes, sizeof changes);
}

static gboolean
connect_to_other (SctpSession * self, guint16 port, guint16 remote_port)
{
  struct sockaddr_conn address = {.sconn_family = AF_CONN,
    .sconn_port = g_htons (port),.sconn_addr = self->number
  };
  struct sctp_paddrparams path = {.spp_flags = SPP_PMTUD_DISABLE,
    .spp_pathmtu = PATH_MTU
  };

  if (usrsctp_bind (self->socket, (struct sockaddr *) &address,
          sizeof address) != 0)
    return FALSE;
  address.sconn_port = g_htons (remote_port);
  if (usrsctp_connect (self->socket, (struct sockaddr *) &address,
          sizeof address) != 0 && errno != EINPROGRESS)
    return FALSE;
  memcpy (&path.spp_address, &address, sizeof address);
  return set_option (self, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path,
      sizeof path);
}

/**
 * sctp_session_start:
 * @self: a new session, its DTLS connected
 * @port: ours, as in `a=sctp-port`
 * @remote_port: the other side's
 * @error: why not
 *
 * Both sides do so, there is no client.
 *
 * Returns: whether the association is being made
 */
gboolean
sctp_session_start (SctpSession * self, guint16 port, guint16 remote_port,
    GError ** error)
{
  if (!self->socket)
    self->socket = usrsctp_socket (AF_CONN, SOCK_STREAM, IPPROTO_SCTP,
        on_receive, NULL, 0, self->number);
  if (self->socket && set_options (self)
      && connect_to_other (self, port, remote_port))
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
      "No SCTP association: %s", g_strerror (errno));
  return FALSE;
}

/**
 * sctp_session_receive:
 * @self: a session
 * @packet: what came through DTLS
 * @size: of @packet
 */
void
sctp_session_receive (SctpSession * self, const guint8 * packet, gsize size)
{
  if (self->socket && size > 0 && size <= G_MAXUINT16)
    usrsctp_conninput (self->number, packet, size, 0);
}

/**
 * sctp_session_open:
 * @self: a session that is up
 * @channel: its stream: even for the DTLS client, odd for the server
 * @label: its name
 * @reliability: how its messages travel
 *
 * An event tells when the other side has agreed; messages may be sent before.
 *
 * Returns: whether it could be asked for
 */
gboolean
sctp_session_open (SctpSession * self, guint16 channel, const gchar * label,
    const DcepReliability * reliability)
{
  DcepMessage message = {.type = DCEP_OPEN,.reliability = *reliability };

  if (!self->up || channel >= SCTP_MAX_CHANNELS || self->channels[channel].used
      || g_strlcpy (message.label, label, sizeof message.label)
      >= sizeof message.label || !send_dcep (self, channel, &message))
    return FALSE;
  self->channels[channel].used = TRUE;
  self->channels[channel].label = g_strdup (label);
  self->channels[channel].reliability = *reliability;
  return TRUE;
}

/**
 * sctp_session_send:
 * @self: a session that is up
 * @channel: an opened channel
 * @binary: or text
 * @message: what to send
 * @size: of @message
 *
 * Returns: %FALSE if it cannot be sent, or not now: too much is under way
 */
gboolean
sctp_session_send (SctpSession * self, guint16 channel, gboolean binary,
    const guint8 * message, gsize size)
{
  static const guint8 nothing;
  guint32 ppid = binary ? PPID_BINARY : PPID_TEXT;
  const Channel *c = &self->channels[channel % SCTP_MAX_CHANNELS];
  DcepReliability reliability = c->reliability;

  if (!self->up || channel >= SCTP_MAX_CHANNELS || !c->used
      || size > SCTP_MAX_MESSAGE)
    return FALSE;
  /* RFC 8832, section 6: in order until the other side has agreed. */
  reliability.unordered &= c->open;
  if (size == 0)
    return send_raw (self, channel, binary ? PPID_BINARY_EMPTY :
        PPID_TEXT_EMPTY, &reliability, &nothing, 1);
  return send_raw (self, channel, ppid, &reliability, message, size);
}

/**
 * sctp_session_take_output:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): the next packet to go through DTLS
 */
GBytes *
sctp_session_take_output (SctpSession * self)
{
  return g_queue_pop_head (&self->out);
}

/**
 * sctp_session_take_event:
 * @self: a session
 *
 * Returns: (transfer full) (nullable): what has happened next
 */
SctpEvent *
sctp_session_take_event (SctpSession * self)
{
  return g_queue_pop_head (&self->events);
}

/**
 * sctp_event_free:
 * @event: (transfer full): an event
 */
void
sctp_event_free (SctpEvent * event)
{
  if (event->message)
    g_bytes_unref (event->message);
  g_free (event->label);
  g_free (event);
}

/**
 * sctp_pass_time:
 * @ms: that have passed since the last call; about 20 at a time is best
 *
 * All sessions repeat what has been lost. It must be the true time: usrsctp
 * compares it with the machine's clock.
 */
void
sctp_pass_time (guint ms)
{
  if (sessions)
    usrsctp_handle_timers (ms);
}
