/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A peer connection: descriptions in and out (RFC 8829), and by them one
 * connection, its tracks and its channels. Either side may send one track;
 * whoever offers opens channels. Sections keep their places, a track that comes
 * back takes its old one with another source.
 *
 * A lost packet is not asked for again, nor sent again: in-band FEC restores
 * it without delay, where a repetition would mostly come later than the jitter
 * buffer waits, and SRTP does not take a number twice.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "rtc-peer.h"

#include "rtc-channels.h"
#include "rtc-description.h"
#include "rtc-reports.h"
#include "rtc-tracks.h"

#include <gst-voice/io.h>
#include <string.h>

#define CLOCK_RATE 48000        /* of Opus, always */
#define MAX_PACKET 1500
#define MAX_HELD 256            /* candidates of ours */
#define END ""                  /* of our candidates, among those held */

struct _RtcPeer
{
  guint refs;                   /* the owner's and those of running handlers */
  gboolean freed;
  /* set once */
  RtcPeerEvents events;
  gpointer data;
  gboolean offers, receives, no_channels;
  DtlsIdentity *identity;

  RtcConnection *connection;
  RtcChannels *channels;
  GstVoiceIoTimer *timer;       /* tells held candidates; reports */
  gboolean gathered;

  /* Candidates of ours wait until the description they belong to is out. */
  gboolean holding;
  GQueue held;

  guint64 session;
  guint version;
  gboolean pending;             /* an offer has no answer yet */
  gboolean settled;             /* the other side has described itself */
  gboolean dtls_client;
  guint sctp_port;              /* of the other side; 0: no channels */
  gsize max_message;

  RtcKind places[2];            /* of our offers */
  guint n_places;
  gchar *stream, *id;           /* of our track, or NULL */
  guint32 described;            /* its source in the last offer */
  gboolean sends;               /* the other side wants it */
  guint payload_type, level_id;
  guint16 sequence;
  guint32 offset;               /* of timestamps */

  RtcReports reports;
  gint64 report_at;             /* µs, or -1: nothing to report */
  RtcTracks *tracks;            /* of the other side */
};

static void
peer_unref (RtcPeer * self)
{
  if (--self->refs > 0)
    return;
  g_queue_clear_full (&self->held, g_free);
  rtc_tracks_free (self->tracks);
  dtls_identity_unref (self->identity);
  g_free (self->stream);
  g_free (self->id);
  g_free (self);
}

static gint64
get_now (void)
{
  return g_get_monotonic_time () * 1000;
}

/* FALSE: there is nothing to report. */
static gboolean
send_report (RtcPeer * self, gboolean bye)
{
  RtcpReceived *list[RTC_MAX_SECTIONS];
  guint32 aligned[(RTC_MAX_REPORT + SRTP_MAX_GROWTH) / sizeof (guint32)];
  guint8 *packet = (guint8 *) aligned;
  gsize size = rtc_reports_write (&self->reports, list,
      rtc_tracks_list (self->tracks, list), bye, get_now (), g_get_real_time (),
      packet,
      RTC_MAX_REPORT);

  if (size > 0)
    rtc_connection_send_rtcp (self->connection, packet, size, sizeof aligned);
  return size > 0;
}

static void
wait_for_report (RtcPeer * self)
{
  guint ms = rtc_reports_interval (&self->reports, g_random_double ());

  self->report_at = g_get_monotonic_time () + (gint64) ms *1000;
  if (!self->holding)           /* else it runs already, for less */
    gst_voice_io_timer_start (self->timer, ms);
}

/* There is something again. */
static void
want_report (RtcPeer * self)
{
  if (self->report_at < 0)
    wait_for_report (self);
}

static void
tell_candidates (RtcPeer * self)
{
  gchar *line;

  self->holding = FALSE;
  while (!self->freed && (line = g_queue_pop_head (&self->held))) {
    self->events.candidate (self->data, *line ? line : NULL);
    g_free (line);
  }
}

static void
on_timer (gpointer data)
{
  RtcPeer *self = data;
  gint64 left;

  self->refs++;
  if (self->holding)
    tell_candidates (self);
  left = self->report_at - g_get_monotonic_time ();
  if (self->freed || self->report_at < 0)
    self->report_at = -1;
  else if (left > 0)
    gst_voice_io_timer_start (self->timer, left / 1000 + 1);
  else if (rtc_connection_get_state (self->connection) == RTC_CONNECTED
      && send_report (self, FALSE))
    wait_for_report (self);
  else
    self->report_at = -1;
  peer_unref (self);
}

static void
hold_candidates (RtcPeer * self)
{
  self->holding = TRUE;
  gst_voice_io_timer_start (self->timer, 0);
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  RtcPeer *self = data;

  if (!self->holding)
    self->events.candidate (self->data, candidate);
  else if (g_queue_get_length (&self->held) < MAX_HELD)
    g_queue_push_tail (&self->held, g_strdup (candidate ? candidate : END));
}

static gboolean
start_channels (RtcPeer * self, GError ** error)
{
  return self->sctp_port == 0
      || rtc_connection_get_state (self->connection) != RTC_CONNECTED
      || rtc_channels_start (self->channels, self->dtls_client,
      self->sctp_port, self->max_message, error);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  RtcPeer *self = data;
  GError *no_channels = NULL;

  self->refs++;
  if (state == RTC_CONNECTED && !start_channels (self, &no_channels))
    g_warning ("%s", no_channels->message);
  g_clear_error (&no_channels);
  if (!self->freed)
    self->events.state (self->data, state, error);
  peer_unref (self);
}

static void
on_rtp (gpointer data, guint8 * bytes, gsize size)
{
  RtcPeer *self = data;
  gint64 now = get_now ();
  RtpPacket packet;
  RtcSource *source;

  if (!rtp_packet_parse (&packet, bytes, size) || packet.ssrc == 0)
    return;
  source = rtc_tracks_find (self->tracks, &packet);
  if (!source)
    return;
  rtcp_received_packet (&source->received, packet.sequence, packet.timestamp,
      now);
  want_report (self);
  self->events.rtp (self->data, &source->track, &packet, now);
  rtc_source_unref (source);
}

static void
on_rtcp (gpointer data, guint8 * packet, gsize size)
{
  RtcpReceived *list[RTC_MAX_SECTIONS];
  RtcPeer *self = data;
  RtcSenderStats stats;

  if (!rtc_reports_take (&self->reports, list, rtc_tracks_list (self->tracks,
              list), packet, size, get_now (), g_get_real_time ()))
    return;
  rtc_peer_get_sender_stats (self, &stats);
  self->events.report (self->data, &stats);
}

static void
on_dtls_message (gpointer data, const guint8 * message, gsize size)
{
  rtc_channels_receive (((RtcPeer *) data)->channels, message, size);
}

static void
on_channels_output (gpointer data, const guint8 * packet, gsize size)
{
  rtc_connection_send_message (((RtcPeer *) data)->connection, packet, size);
}

static void
on_channel (gpointer data, const gchar * label)
{
  RtcPeer *self = data;

  self->events.channel (self->data, label);
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  RtcPeer *self = data;

  self->events.message (self->data, label, binary, message, size);
}

/**
 * rtc_peer_new:
 * @identity: who we are
 * @settings: whether it offers, and how its path is to be found
 * @events: what to call; all of them
 * @data: with what
 * @error: why there is none
 *
 * Returns: (transfer full) (nullable): a peer connection
 */
RtcPeer *
rtc_peer_new (DtlsIdentity * identity, const RtcPeerSettings * settings,
    const RtcPeerEvents * events, gpointer data, GError ** error)
{
  static const RtcEvents of_connection = { on_candidate, on_state, on_rtp,
    on_rtcp, on_dtls_message
  };
  static const RtcChannelsEvents of_channels = { on_channels_output,
    on_channel, on_message
  };
  RtcSettings path = settings->path;
  RtcPeer *self = g_new0 (RtcPeer, 1);

  self->refs = 1;
  self->events = *events;
  self->data = data;
  self->offers = settings->offers;
  self->receives = settings->receives;
  self->no_channels = settings->no_channels;
  self->identity = dtls_identity_ref (identity);
  self->session = (guint64) (g_random_int () >> 1) << 32 | g_random_int ();
  self->report_at = -1;
  self->tracks = rtc_tracks_new (CLOCK_RATE);
  rtc_reports_init (&self->reports, CLOCK_RATE);
  self->timer = gst_voice_io_timer_new (on_timer, self);
  self->channels = rtc_channels_new (&of_channels, self);
  path.controlling = self->offers;
  self->connection = rtc_connection_new (identity, &path, &of_connection, self,
      error);
  if (!self->connection)
    g_clear_pointer (&self, rtc_peer_free);
  return self;
}

/**
 * rtc_peer_free:
 * @self: (transfer full) (nullable): a peer connection; nothing is called any
 *   more, and the other side is not told
 */
void
rtc_peer_free (RtcPeer * self)
{
  if (!self)
    return;
  self->freed = TRUE;
  gst_voice_io_timer_free (self->timer);
  rtc_channels_free (self->channels);
  rtc_connection_free (self->connection);
  peer_unref (self);
}

/**
 * rtc_peer_add_channel:
 * @self: a peer connection that offers, before its first offer
 * @label: the channel's name
 * @reliable: in order and whole; else neither
 */
void
rtc_peer_add_channel (RtcPeer * self, const gchar * label, gboolean reliable)
{
  g_return_if_fail (self->offers);
  if (!rtc_channels_add (self->channels, label, reliable))
    g_warning ("No channel of this name: %s", label);
}

/**
 * rtc_peer_set_track:
 * @self: a peer connection
 * @stream: (nullable): what the track belongs to
 * @id: (nullable): its own name; %NULL: no track
 *
 * The next offer, or answer, has it, as another source than the one before.
 * Until then, and until an offer is answered, nothing is sent.
 */
void
rtc_peer_set_track (RtcPeer * self, const gchar * stream, const gchar * id)
{
  g_return_if_fail (!id || (stream && rtc_description_is_token (stream)
          && rtc_description_is_token (id)));
  if (g_strcmp0 (stream, self->stream) == 0 && g_strcmp0 (id, self->id) == 0)
    return;
  g_free (self->stream);
  g_free (self->id);
  self->stream = g_strdup (stream);
  self->id = g_strdup (id);
  self->sends = FALSE;
  rtc_reports_set_source (&self->reports, g_random_int_range (1, G_MAXINT32));
  /* Below half, so that SRTP's count of wraps cannot go wrong (RFC 3711). */
  self->sequence = g_random_int_range (0, G_MAXINT16);
  self->offset = g_random_int ();
}

static RtcSelf
describe_self (RtcPeer * self)
{
  return (RtcSelf) {
  .session = self->session,.version = ++self->version,.ufrag =
        rtc_connection_get_ufrag (self->connection),.password =
        rtc_connection_get_password (self->connection),.fingerprint =
        dtls_identity_get_fingerprint (self->identity),.cname =
        self->reports.cname,};
}

static void
take_place (RtcPeer * self, RtcKind kind)
{
  for (guint i = 0; i < self->n_places; i++)
    if (self->places[i] == kind)
      return;
  self->places[self->n_places++] = kind;
}

static gboolean
refuse (GError ** error, const gchar * why)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, why);
  return FALSE;
}

/* Ours come by the event, after what describes us is out. */
static gboolean
gather (RtcPeer * self, GError ** error)
{
  hold_candidates (self);
  if (self->gathered)
    return TRUE;
  self->gathered = rtc_connection_gather (self->connection, error);
  return self->gathered;
}

/**
 * rtc_peer_create_offer:
 * @self: a peer connection that offers
 * @restart: whether ICE is to begin anew
 * @error: why there is none
 *
 * An offer before it that has no answer is void. Candidates of ours come when
 * this has returned.
 *
 * Returns: (transfer full) (nullable): what to tell the other side
 */
gchar *
rtc_peer_create_offer (RtcPeer * self, gboolean restart, GError ** error)
{
  RtcOffered offered[G_N_ELEMENTS (self->places)];
  RtcSelf own;

  if (self->id)
    take_place (self, RTC_AUDIO);
  if (rtc_channels_count (self->channels) > 0)
    take_place (self, RTC_CHANNELS);
  if (!self->offers || self->n_places == 0) {
    refuse (error, "There is nothing to offer");
    return NULL;
  }
  if ((restart && self->settled
          && !rtc_connection_restart (self->connection, error))
      || !gather (self, error))
    return NULL;
  for (guint i = 0; i < self->n_places; i++)
    offered[i] = (RtcOffered) {
    self->places[i], self->stream, self->id, self->reports.sent.ssrc,
        self->receives};
  self->pending = TRUE;
  self->described = self->reports.sent.ssrc;
  own = describe_self (self);
  return rtc_description_write_offer (&own, offered, self->n_places);
}

/* RFC 8842, section 5: who begins DTLS is settled once. */
static gboolean
settle_role (RtcPeer * self, const RtcDescription * theirs, GError ** error)
{
  RtcSetup setup = theirs->carrier->transport.setup;
  gboolean client = setup != RTC_SETUP_ACTIVE;

  if (self->offers && setup == RTC_SETUP_ACTPASS)
    return refuse (error, "The answer does not say who begins DTLS");
  if (self->settled && setup != RTC_SETUP_ACTPASS
      && client != self->dtls_client)
    return refuse (error, "Who has begun DTLS cannot change");
  self->dtls_client = self->settled ? self->dtls_client : client;
  return TRUE;
}

static gboolean
is_alive (const RtcPeer * self, GError ** error)
{
  return !self->freed || refuse (error, "The connection has been freed");
}

/* How to reach the other side; ICE begins anew where its credentials are new,
 * and then ours become so, too. */
static gboolean
use_transport (RtcPeer * self, const RtcDescription * theirs, GError ** error)
{
  const RtcTransport *t;
  GPtrArray *candidates;

  if (!theirs->carrier)
    return refuse (error, "The description says of no way to the other side");
  if (!settle_role (self, theirs, error))
    return FALSE;
  if (theirs->lite && !self->settled)
    rtc_connection_set_remote_lite (self->connection);
  self->settled = TRUE;
  hold_candidates (self);
  t = &theirs->carrier->transport;
  if (!rtc_connection_set_remote (self->connection, t->ufrag, t->password,
          self->dtls_client, t->hash, t->fingerprint, error))
    return FALSE;
  candidates = theirs->carrier->candidates;
  for (guint i = 0; i < candidates->len && !self->freed; i++)
    rtc_connection_add_candidate (self->connection,
        g_ptr_array_index (candidates, i));
  return is_alive (self, error);
}

static const RtcSection *
find_usable (const RtcDescription * theirs, RtcKind kind)
{
  for (guint i = 0; i < theirs->sections->len; i++) {
    const RtcSection *section = g_ptr_array_index (theirs->sections, i);

    if (section->usable && section->kind == kind)
      return section;
  }
  return NULL;
}

static gboolean
use_channels (RtcPeer * self, const RtcDescription * theirs, GError ** error)
{
  const RtcSection *section = find_usable (theirs, RTC_CHANNELS);

  if (section) {
    self->sctp_port = section->sctp_port;
    self->max_message = section->max_message;
  }
  return start_channels (self, error) && is_alive (self, error);
}

/* RFC 3264, section 6: section by section. */
static gboolean
is_answer (const RtcPeer * self, const RtcDescription * answer)
{
  static const gchar *const media[] = {[RTC_AUDIO] = "audio",
    [RTC_CHANNELS] = "application"
  };

  if (!self->pending || answer->sections->len != self->n_places)
    return FALSE;
  for (guint i = 0; i < self->n_places; i++) {
    const RtcSection *section = g_ptr_array_index (answer->sections, i);
    gchar *mid = g_strdup_printf ("%u", i);
    gboolean good = g_str_equal (section->media, media[self->places[i]])
        && (!*section->mid || g_str_equal (section->mid, mid));

    g_free (mid);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

static void
tell_tracks (RtcPeer * self, const GPtrArray * sources, gboolean there)
{
  for (guint i = 0; i < sources->len && !self->freed; i++) {
    const RtcSource *source = g_ptr_array_index (sources, i);

    self->events.track (self->data, &source->track, there);
  }
}

static gboolean
is_heard (RtcPeer * self, guint32 ssrc)
{
  RtcpReceived *list[RTC_MAX_SECTIONS];
  guint n = rtc_tracks_list (self->tracks, list);

  for (guint i = 0; i < n; i++)
    if (list[i]->ssrc == ssrc)
      return TRUE;
  return FALSE;
}

/* But those that go on as another track. */
static void
forget_sources (RtcPeer * self, const GPtrArray * gone)
{
  for (guint i = 0; i < gone->len; i++) {
    const RtcSource *source = g_ptr_array_index (gone, i);

    if (!is_heard (self, source->received.ssrc))
      rtc_connection_forget (self->connection, source->received.ssrc);
  }
}

static void
use_tracks (RtcPeer * self, const RtcDescription * offer)
{
  GPtrArray *come, *gone = rtc_tracks_update (self->tracks, offer, &come);

  forget_sources (self, gone);
  tell_tracks (self, gone, FALSE);
  tell_tracks (self, come, TRUE);
  g_ptr_array_unref (gone);
  g_ptr_array_unref (come);
}

static gboolean
use_answer (RtcPeer * self, const RtcDescription * answer, GError ** error)
{
  const RtcSection *audio = find_usable (answer, RTC_AUDIO);

  if (!is_answer (self, answer))
    return refuse (error, "This answers no offer of ours");
  if (!use_transport (self, answer, error))
    return FALSE;
  self->pending = FALSE;
  self->sends = audio && audio->receives && self->id
      && self->described == self->reports.sent.ssrc;
  if (self->sends) {
    self->payload_type = audio->opus;
    self->level_id = audio->level_id;
  }
  if (!use_channels (self, answer, error))
    return FALSE;
  if (self->receives)
    use_tracks (self, answer);
  return is_alive (self, error);
}

/**
 * rtc_peer_set_answer:
 * @self: a peer connection whose offer is out
 * @sdp: what the other side answers
 * @error: what is wrong with it
 *
 * Returns: whether it holds
 */
gboolean
rtc_peer_set_answer (RtcPeer * self, const gchar * sdp, GError ** error)
{
  RtcDescription *answer = rtc_description_parse (sdp, error);
  gboolean good;

  if (!answer)
    return FALSE;
  self->refs++;
  good = use_answer (self, answer, error);
  rtc_description_free (answer);
  peer_unref (self);
  return good;
}

/* (nullable): what of ours goes into the answer. */
static const RtcOffered *
answer_track (RtcPeer * self, const RtcDescription * offer, RtcOffered * track)
{
  const RtcSection *audio = self->id ? rtc_description_find_listener (offer) :
      NULL;

  self->sends = audio != NULL;
  if (!audio)
    return NULL;
  self->payload_type = audio->opus;
  self->level_id = audio->level_id;
  *track = (RtcOffered) {
  RTC_AUDIO, self->stream, self->id, self->reports.sent.ssrc, TRUE};
  return track;
}

/* One that carries the others must stay; nothing comes of it. */
static void
refuse_channels (RtcDescription * offer)
{
  for (guint i = 0; i < offer->sections->len; i++) {
    RtcSection *section = g_ptr_array_index (offer->sections, i);

    if (section->kind == RTC_CHANNELS && section != offer->carrier)
      section->usable = FALSE;
  }
}

static gchar *
answer (RtcPeer * self, const RtcDescription * offer, GError ** error)
{
  RtcOffered track;
  RtcSelf own;
  gchar *sdp;

  if (self->offers) {
    refuse (error, "This side makes the offers");
    return NULL;
  }
  if (!use_transport (self, offer, error) || !gather (self, error)
      || (!self->no_channels && !use_channels (self, offer, error)))
    return NULL;
  own = describe_self (self);
  sdp = rtc_description_write_answer (&own, offer, self->dtls_client,
      answer_track (self, offer, &track));
  use_tracks (self, offer);
  return sdp;
}

/**
 * rtc_peer_create_answer:
 * @self: a peer connection that answers
 * @offer: of the other side
 * @error: what is wrong with it
 *
 * What has come and gone by the offer is told before this returns, candidates
 * of ours when it has returned.
 *
 * Returns: (transfer full) (nullable): what to tell the other side
 */
gchar *
rtc_peer_create_answer (RtcPeer * self, const gchar * offer, GError ** error)
{
  RtcDescription *theirs = rtc_description_parse (offer, error);
  gchar *sdp;

  if (!theirs)
    return NULL;
  self->refs++;
  if (self->no_channels)
    refuse_channels (theirs);
  sdp = answer (self, theirs, error);
  rtc_description_free (theirs);
  peer_unref (self);
  return sdp;
}

/**
 * rtc_peer_add_candidate:
 * @self: a peer connection
 * @candidate: one of the other side's, `candidate:…`, before or after its
 *   description
 *
 * Returns: %FALSE if it is of no use to us
 */
gboolean
rtc_peer_add_candidate (RtcPeer * self, const gchar * candidate)
{
  return rtc_connection_add_candidate (self->connection, candidate);
}

/**
 * rtc_peer_set_servers:
 * @self: a peer connection
 * @servers: (array length=n_servers): copied; for the next restart of ICE
 * @n_servers: how many
 */
void
rtc_peer_set_servers (RtcPeer * self, const RtcServer * servers,
    guint n_servers)
{
  rtc_connection_set_servers (self->connection, servers, n_servers);
}

/**
 * rtc_peer_send_audio:
 * @self: a peer connection with a track
 * @opus: a packet
 * @size: of @opus
 * @timestamp: ticks of 48 kHz since the track's begin
 * @level: of its sound, in dB below overload; 127: silence
 * @voice: whether it is voice
 * @marker: whether it is the first one after a rest
 *
 * Returns: whether it was sent; not while there is no path, or nobody wants it
 */
gboolean
rtc_peer_send_audio (RtcPeer * self, const guint8 * opus, gsize size,
    guint32 timestamp, guint level, gboolean voice, gboolean marker)
{
  guint32 aligned[MAX_PACKET / sizeof (guint32)];
  guint8 *data = (guint8 *) aligned, extensions[4];
  gsize used = 0;
  RtpPacket packet = {.marker = marker,.payload_type = self->payload_type,
    .sequence = self->sequence,.timestamp = self->offset + timestamp,
    .ssrc = self->reports.sent.ssrc,.payload = opus,.payload_size = size
  };

  if (!self->sends
      || rtc_connection_get_state (self->connection) != RTC_CONNECTED)
    return FALSE;
  if (self->level_id > 0 && rtp_extension_add_audio_level
      (RTP_ONE_BYTE_EXTENSIONS, extensions, sizeof extensions, &used,
          self->level_id, level, voice)) {
    packet.extension_profile = RTP_ONE_BYTE_EXTENSIONS;
    packet.extensions = extensions;
    packet.extensions_size = used;
  }
  size = rtp_packet_write (&packet, data, MAX_PACKET - SRTP_MAX_GROWTH);
  if (size == 0)
    return FALSE;
  self->sequence++;             /* SRTP takes no number twice */
  if (!rtc_connection_send_rtp (self->connection, data, size, MAX_PACKET))
    return FALSE;
  rtc_reports_sent (&self->reports, packet.timestamp, packet.payload_size,
      get_now ());
  want_report (self);
  return TRUE;
}

/**
 * rtc_peer_send_message:
 * @self: a peer connection
 * @label: a channel's, ours or the other side's
 * @binary: or text
 * @message: what
 * @size: of @message
 *
 * Returns: %FALSE if the channel is not open, the message is more than the
 *   other side takes, or too much is under way
 */
gboolean
rtc_peer_send_message (RtcPeer * self, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  return rtc_channels_send (self->channels, label, binary, message, size);
}

/**
 * rtc_peer_channel_is_open:
 * @self: a peer connection
 * @label: a channel's, ours or the other side's
 *
 * Returns: whether messages may be sent
 */
gboolean
rtc_peer_channel_is_open (RtcPeer * self, const gchar * label)
{
  return rtc_channels_is_open (self->channels, label);
}

/**
 * rtc_peer_close:
 * @self: a peer connection; the other side is told
 */
void
rtc_peer_close (RtcPeer * self)
{
  if (rtc_connection_get_state (self->connection) == RTC_CONNECTED)
    send_report (self, TRUE);
  rtc_connection_close (self->connection);
}

/**
 * rtc_peer_get_state:
 * @self: a peer connection
 *
 * Returns: its state
 */
RtcState
rtc_peer_get_state (const RtcPeer * self)
{
  return rtc_connection_get_state (self->connection);
}

/**
 * rtc_peer_get_sender_stats:
 * @self: a peer connection
 * @stats: (out): what is known of our track
 */
void
rtc_peer_get_sender_stats (const RtcPeer * self, RtcSenderStats * stats)
{
  const RtcpSent *sent = &self->reports.sent;

  *stats = (RtcSenderStats) {
  .sent = self->reports.packets,.round_trip = sent->round_trip,.jitter =
        sent->jitter,.loss = sent->loss,};
}

/**
 * rtc_peer_get_dropped:
 * @dropped: (out): packets of media that were not let through
 */
void
rtc_peer_get_dropped (const RtcPeer * self, SrtpDropped * dropped)
{
  rtc_connection_get_dropped (self->connection, dropped);
}
