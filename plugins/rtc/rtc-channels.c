/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Data channels by name: an SCTP session, what it has to say, and the one
 * timer that all sessions of the process share, which runs only while there
 * is a session, and slowly while that has nothing to do.
 *
 * Threads: the network thread only. Locks: none.
 */
#include "rtc-channels.h"

#include "sctp-clock.h"
#include "sctp-session.h"

#include <gst-voice/io.h>
#include <string.h>

#define PORT 5000               /* ours, as our descriptions say */
#define MAX_ADDED (SCTP_MAX_CHANNELS / 2)       /* even numbers, or odd */

typedef struct
{
  gchar *label;
  gboolean reliable;
} Added;

struct _RtcChannels
{
  guint refs;                   /* the owner's and those of running handlers */
  gboolean freed;
  RtcChannelsEvents events;
  gpointer data;
  GArray *added;                /* of Added: to be opened */
  SctpSession *session;         /* NULL until it is started */
  gboolean dtls_client;
  gsize max_message;            /* that the other side takes; 0: any */
  gboolean is_open[SCTP_MAX_CHANNELS];
  gchar *labels[SCTP_MAX_CHANNELS];
};

/* network thread only; all NULL while there is no session */
static GPtrArray *running;      /* of RtcChannels, owned by others */
static GstVoiceIoTimer *ticker;
static SctpClock clock_of_all;

static void
channels_unref (gpointer data)
{
  RtcChannels *self = data;

  if (--self->refs > 0)
    return;
  sctp_session_free (self->session);
  for (guint i = 0; i < SCTP_MAX_CHANNELS; i++)
    g_free (self->labels[i]);
  g_array_unref (self->added);
  g_free (self);
}

static gpointer
channels_ref (gconstpointer data, gpointer unused)
{
  RtcChannels *self = (RtcChannels *) data;

  self->refs++;
  return self;
}

static void
flush (RtcChannels * self)
{
  GBytes *bytes;

  while (!self->freed && (bytes = sctp_session_take_output (self->session))) {
    gsize size;
    const guint8 *packet = g_bytes_get_data (bytes, &size);

    self->events.output (self->data, packet, size);
    g_bytes_unref (bytes);
  }
}

/* RFC 8832, section 6: even numbers are the DTLS client's. */
static void
open_added (RtcChannels * self)
{
  static const DcepReliability reliable, lossy = { TRUE, DCEP_RETRANSMITS, 0 };

  for (guint i = 0; i < self->added->len; i++) {
    Added *added = &g_array_index (self->added, Added, i);

    sctp_session_open (self->session, 2 * i + !self->dtls_client, added->label,
        added->reliable ? &reliable : &lossy);
  }
}

static void
on_open (RtcChannels * self, const SctpEvent * event)
{
  self->is_open[event->channel] = TRUE;
  g_free (self->labels[event->channel]);
  self->labels[event->channel] = g_strdup (event->label);
  self->events.open (self->data, event->label);
}

static void
on_event (RtcChannels * self, const SctpEvent * event)
{
  gsize size;
  const guint8 *message;

  switch (event->type) {
    case SCTP_UP:
      open_added (self);
      break;
    case SCTP_DOWN:
      memset (self->is_open, 0, sizeof self->is_open);
      break;
    case SCTP_CHANNEL_OPEN:
      on_open (self, event);
      break;
    case SCTP_MESSAGE:
      message = g_bytes_get_data (event->message, &size);
      self->events.message (self->data, event->label, event->binary,
          size > 0 ? message : (const guint8 *) "", size);
      break;
  }
}

/* Everything the session has to say. What a handler of ours sends meanwhile
 * goes out at once, what it brings about is told after it. */
static void
follow (RtcChannels * self)
{
  SctpEvent *event;

  self->refs++;
  flush (self);
  while (!self->freed && (event = sctp_session_take_event (self->session))) {
    on_event (self, event);
    sctp_event_free (event);
    flush (self);
  }
  channels_unref (self);
}

static void
on_tick (gpointer data)
{
  gint64 now = g_get_monotonic_time ();
  GPtrArray *all = g_ptr_array_copy (running, channels_ref, NULL);

  g_ptr_array_set_free_func (all, channels_unref);
  sctp_pass_time (sctp_clock_pass (&clock_of_all, now));
  for (guint i = 0; i < all->len; i++)
    follow (g_ptr_array_index (all, i));
  g_ptr_array_unref (all);
  if (ticker)
    gst_voice_io_timer_start (ticker, sctp_clock_get_wait (&clock_of_all, now));
}

/* Before a packet comes or goes: timers that it starts count from now. What is
 * due by it goes out with the next tick. */
static void
be_busy (void)
{
  gint64 now = g_get_monotonic_time ();

  if (sctp_clock_packet (&clock_of_all, now)) {
    sctp_pass_time (sctp_clock_pass (&clock_of_all, now));
    gst_voice_io_timer_start (ticker, sctp_clock_get_wait (&clock_of_all, now));
  }
}

static void
begin_to_tick (RtcChannels * self)
{
  gint64 now = g_get_monotonic_time ();

  if (!running) {
    running = g_ptr_array_new ();
    ticker = gst_voice_io_timer_new (on_tick, NULL);
    sctp_clock_begin (&clock_of_all, now);
    gst_voice_io_timer_start (ticker, sctp_clock_get_wait (&clock_of_all, now));
  }
  g_ptr_array_add (running, self);
}

static void
end_ticking (RtcChannels * self)
{
  if (!running || !g_ptr_array_remove_fast (running, self) || running->len > 0)
    return;
  g_clear_pointer (&running, g_ptr_array_unref);
  g_clear_pointer (&ticker, gst_voice_io_timer_free);
}

static void
added_clear (gpointer data)
{
  g_free (((Added *) data)->label);
}

/**
 * rtc_channels_new:
 * @events: what to call; all of them
 * @data: with what
 *
 * Returns: (transfer full): channels; nothing runs until they are started
 */
RtcChannels *
rtc_channels_new (const RtcChannelsEvents * events, gpointer data)
{
  RtcChannels *self = g_new0 (RtcChannels, 1);

  self->refs = 1;
  self->events = *events;
  self->data = data;
  self->added = g_array_new (FALSE, FALSE, sizeof (Added));
  g_array_set_clear_func (self->added, added_clear);
  return self;
}

/**
 * rtc_channels_free:
 * @self: (transfer full) (nullable): channels; nothing is called any more
 */
void
rtc_channels_free (RtcChannels * self)
{
  if (!self)
    return;
  self->freed = TRUE;
  end_ticking (self);
  channels_unref (self);
}

/**
 * rtc_channels_add:
 * @self: channels that are not started
 * @label: the name of one that we open
 * @reliable: in order and whole; else neither
 *
 * Returns: %FALSE if there are too many, or the name is too long
 */
gboolean
rtc_channels_add (RtcChannels * self, const gchar * label, gboolean reliable)
{
  Added added = {.reliable = reliable };

  if (self->session || self->added->len >= MAX_ADDED
      || strlen (label) > DCEP_MAX_LABEL)
    return FALSE;
  added.label = g_strdup (label);
  g_array_append_val (self->added, added);
  return TRUE;
}

/**
 * rtc_channels_count:
 * @self: channels
 *
 * Returns: how many we open
 */
guint
rtc_channels_count (const RtcChannels * self)
{
  return self->added->len;
}

/**
 * rtc_channels_start:
 * @self: channels, their connection connected
 * @dtls_client: whether we have begun DTLS
 * @remote_port: of the other side, by its description
 * @max_message: that it takes, likewise; 0: any
 * @error: why not
 *
 * Started once, they stay as they are.
 *
 * Returns: whether they are being opened
 */
gboolean
rtc_channels_start (RtcChannels * self, gboolean dtls_client,
    guint16 remote_port, gsize max_message, GError ** error)
{
  if (self->session)
    return TRUE;
  self->dtls_client = dtls_client;
  self->max_message = max_message;
  self->session = sctp_session_new ();
  if (!sctp_session_start (self->session, PORT, remote_port, error)) {
    g_clear_pointer (&self->session, sctp_session_free);
    return FALSE;
  }
  begin_to_tick (self);
  follow (self);
  return TRUE;
}

/**
 * rtc_channels_receive:
 * @self: channels
 * @packet: what came through DTLS
 * @size: of @packet
 */
void
rtc_channels_receive (RtcChannels * self, const guint8 * packet, gsize size)
{
  if (!self->session)
    return;
  be_busy ();
  sctp_session_receive (self->session, packet, size);
  follow (self);
}

/* Ours before the other side's of the same name; -1: none. */
static gint
find (const RtcChannels * self, const gchar * label)
{
  gint found = -1;

  for (gint i = 0; i < SCTP_MAX_CHANNELS; i++) {
    if (!self->is_open[i] || g_strcmp0 (self->labels[i], label) != 0)
      continue;
    if (found < 0 || (i % 2 == 0) == self->dtls_client)
      found = i;
  }
  return found;
}

/**
 * rtc_channels_send:
 * @self: channels
 * @label: which one
 * @binary: or text
 * @message: what
 * @size: of @message
 *
 * Returns: %FALSE if it is not open, the message is more than the other side
 *   takes, or too much is under way
 */
gboolean
rtc_channels_send (RtcChannels * self, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
  gint channel = find (self, label);
  gboolean sent;

  if (channel < 0 || (self->max_message > 0 && size > self->max_message))
    return FALSE;
  be_busy ();
  sent = sctp_session_send (self->session, channel, binary, message, size);
  self->refs++;
  flush (self);
  channels_unref (self);
  return sent;
}

/**
 * rtc_channels_is_open:
 * @self: channels
 * @label: which one
 *
 * Returns: whether messages may be sent
 */
gboolean
rtc_channels_is_open (const RtcChannels * self, const gchar * label)
{
  return find (self, label) >= 0;
}
