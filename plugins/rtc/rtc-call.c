/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A peer connection that answers one offer, shared by the elements of a
 * pipeline: the context `gst.voice.rtc.call`. The answer has all candidates
 * of ours, so that signalling is one question and one answer.
 *
 * Threads: the peer and the listeners belong to the network thread; state
 * changes wait until it has done what they want, so nobody is called after
 * rtc_call_unlisten().
 * Locks: `lock` guards the figures, `obtain_lock` finding a call. Nothing is
 * called with `lock`.
 */
#include "rtc-call.h"

#include "rtc-description.h"

#include <gst-voice/io.h>
#include <string.h>

#define CONTEXT "gst.voice.rtc.call"
#define STREAM "gst-voice"
#define TRACK "voice"
#define MAX_CANDIDATES 64

struct _RtcCall
{
  GObject parent;

  /* network thread only */
  RtcPeer *peer;
  const RtcCallListener *listeners[RTC_CALL_N_SIDES];
  gpointer data[RTC_CALL_N_SIDES];
  gchar *sdp;                   /* the answer without candidates */
  GPtrArray *candidates;
  gboolean over;                /* has been told */
  gint64 offered;               /* monotonic, ns */

  /* lock */
  GMutex lock;
  GCond done;
  RtcCallStats stats;
};

G_DEFINE_FINAL_TYPE (RtcCall, rtc_call, G_TYPE_OBJECT);

static GMutex obtain_lock;

static const RtcCallStats NO_STATS = {.connect = -1,.first_packet = -1,
  .round_trip = -1,.loss = -1
};

/* What a state change wants. */
typedef struct
{
  RtcCall *call;
  void (*func) (RtcCall * self, gpointer job);
  gboolean done;
} Job;

static void
run_on_io (gpointer data)
{
  Job *job = data;
  RtcCall *self = job->call;

  job->func (self, job);
  g_mutex_lock (&self->lock);
  job->done = TRUE;
  g_cond_broadcast (&self->done);
  g_mutex_unlock (&self->lock);
}

/* Runs it on the network thread and waits until that is done. */
static void
run (RtcCall * self, gpointer data)
{
  Job *job = data;

  g_return_if_fail (!gst_voice_io_is_owner ());
  job->call = self;
  gst_voice_io_post (run_on_io, job, NULL);
  g_mutex_lock (&self->lock);
  while (!job->done)
    g_cond_wait (&self->done, &self->lock);
  g_mutex_unlock (&self->lock);
}

static gint64
since_offer (RtcCall * self)
{
  return g_get_monotonic_time () * 1000 - self->offered;
}

static void
tell_answer (RtcCall * self)
{
  gchar *sdp = rtc_description_add_candidates (self->sdp,
      (const gchar * const *) self->candidates->pdata, self->candidates->len);

  g_clear_pointer (&self->sdp, g_free);
  for (guint i = 0; i < RTC_CALL_N_SIDES; i++) {
    if (self->listeners[i] && self->listeners[i]->answer)
      self->listeners[i]->answer (self->data[i], sdp);
  }
  g_free (sdp);
}

static void
on_candidate (gpointer data, const gchar * candidate)
{
  RtcCall *self = data;

  if (!self->sdp)
    return;
  if (!candidate)
    tell_answer (self);
  else if (self->candidates->len < MAX_CANDIDATES)
    g_ptr_array_add (self->candidates, g_strdup (candidate));
}

static void
count_dropped (RtcCall * self)
{
  SrtpDropped dropped;

  rtc_peer_get_dropped (self->peer, &dropped);
  g_mutex_lock (&self->lock);
  self->stats.dropped = dropped.forged + dropped.replayed + dropped.malformed;
  g_mutex_unlock (&self->lock);
}

static void
on_state (gpointer data, RtcState state, const GError * error)
{
  RtcCall *self = data;

  if (self->over || state == RTC_CONNECTING)
    return;
  self->over = state == RTC_CLOSED || state == RTC_FAILED;
  g_mutex_lock (&self->lock);
  if (state == RTC_CONNECTED && self->stats.connect < 0)
    self->stats.connect = since_offer (self);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < RTC_CALL_N_SIDES; i++) {
    if (self->listeners[i])
      self->listeners[i]->state (self->data[i], state, error);
  }
}

static void
on_track (gpointer data, const RtcTrack * track, gboolean there)
{
}

static void
on_rtp (gpointer data, const RtcTrack * track, const RtpPacket * packet,
    gint64 now)
{
  RtcCall *self = data;
  const RtcCallListener *listener = self->listeners[RTC_CALL_SOURCE];

  if (listener && listener->audio)
    listener->audio (self->data[RTC_CALL_SOURCE], packet, now);
}

/* There are none. */
static void
on_channel (gpointer data, const gchar * label)
{
}

static void
on_message (gpointer data, const gchar * label, gboolean binary,
    const guint8 * message, gsize size)
{
}

static void
on_report (gpointer data, const RtcSenderStats * stats)
{
  RtcCall *self = data;

  count_dropped (self);
  g_mutex_lock (&self->lock);
  self->stats.round_trip = stats->round_trip;
  self->stats.loss = stats->loss;
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < RTC_CALL_N_SIDES && stats->round_trip >= 0; i++) {
    if (self->listeners[i] && self->listeners[i]->delay)
      self->listeners[i]->delay (self->data[i], stats->round_trip / 2,
          stats->loss);
  }
}

static const RtcPeerEvents peer_events = {
  .candidate = on_candidate,
  .state = on_state,
  .track = on_track,
  .rtp = on_rtp,
  .channel = on_channel,
  .message = on_message,
  .report = on_report,
};

typedef struct
{
  Job job;
  RtcCallSide side;
  const RtcCallListener *listener;
  gpointer data;
} ListenJob;

static void
listen_on_io (RtcCall * self, gpointer data)
{
  ListenJob *job = data;

  self->listeners[job->side] = job->listener;
  self->data[job->side] = job->data;
  if (job->listener && self->peer
      && rtc_peer_get_state (self->peer) == RTC_CONNECTED)
    job->listener->state (job->data, RTC_CONNECTED, NULL);
}

/**
 * rtc_call_listen:
 * @self: a call
 * @side: who wants to be told
 * @listener: what is called from now on; at once if it is connected
 * @data: for @listener
 */
void
rtc_call_listen (RtcCall * self, RtcCallSide side,
    const RtcCallListener * listener, gpointer data)
{
  ListenJob job = {.job.func = listen_on_io,.side = side,.listener = listener,
    .data = data
  };

  run (self, &job);
}

/**
 * rtc_call_unlisten:
 * @self: a call
 * @side: who is not called any more when this returns
 */
void
rtc_call_unlisten (RtcCall * self, RtcCallSide side)
{
  rtc_call_listen (self, side, NULL, NULL);
}

typedef struct
{
  Job job;
  const gchar *offer;
  const RtcSettings *settings;
  GError **error;
  gboolean begun;
} BeginJob;

static gboolean
make_peer (RtcCall * self, const RtcSettings * path, GError ** error)
{
  DtlsIdentity *identity = dtls_identity_new (error);
  RtcPeerSettings settings = {.path = *path,.no_channels = TRUE };

  if (!identity)
    return FALSE;
  self->peer = rtc_peer_new (identity, &settings, &peer_events, self, error);
  dtls_identity_unref (identity);
  return self->peer != NULL;
}

static void
end_on_io (RtcCall * self, gpointer data)
{
  if (self->peer) {
    count_dropped (self);
    rtc_peer_close (self->peer);
  }
  g_clear_pointer (&self->peer, rtc_peer_free);
  g_clear_pointer (&self->sdp, g_free);
  g_ptr_array_set_size (self->candidates, 0);
}

static void
begin_on_io (RtcCall * self, gpointer data)
{
  BeginJob *job = data;

  end_on_io (self, NULL);
  self->over = FALSE;
  self->offered = g_get_monotonic_time () * 1000;
  g_mutex_lock (&self->lock);
  self->stats = NO_STATS;
  g_mutex_unlock (&self->lock);
  if (make_peer (self, job->settings, job->error)) {
    rtc_peer_set_track (self->peer, STREAM, TRACK);
    self->sdp = rtc_peer_create_answer (self->peer, job->offer, job->error);
  }
  job->begun = self->sdp != NULL;
  if (!job->begun)
    end_on_io (self, NULL);
}

/**
 * rtc_call_begin:
 * @self: a call
 * @offer: of the other side
 * @settings: how a path is to be found
 * @error: what is wrong with @offer
 *
 * The listeners are told the answer, when all candidates of ours are known.
 *
 * Returns: whether there will be an answer
 */
gboolean
rtc_call_begin (RtcCall * self, const gchar * offer,
    const RtcSettings * settings, GError ** error)
{
  BeginJob job = {.job.func = begin_on_io,.offer = offer,
    .settings = settings,.error = error
  };

  run (self, &job);
  return job.begun;
}

/**
 * rtc_call_end:
 * @self: a call; the other side is told
 */
void
rtc_call_end (RtcCall * self)
{
  Job job = {.func = end_on_io };

  run (self, &job);
}

typedef struct
{
  RtcCall *call;
  guint32 timestamp;
  guint level;
  gboolean voice, marker;
  gsize size;
  guint8 opus[];
} Packet;

static void
packet_free (gpointer data)
{
  g_object_unref (((Packet *) data)->call);
  g_free (data);
}

static void
send_on_io (gpointer data)
{
  Packet *packet = data;
  RtcCall *self = packet->call;

  if (!self->peer || !rtc_peer_send_audio (self->peer, packet->opus,
          packet->size, packet->timestamp, packet->level, packet->voice,
          packet->marker))
    return;
  g_mutex_lock (&self->lock);
  self->stats.sent++;
  if (self->stats.first_packet < 0 && packet->voice)
    self->stats.first_packet = since_offer (self);
  g_mutex_unlock (&self->lock);
}

/**
 * rtc_call_send:
 * @self: a call
 * @opus: (array length=size): a packet; see rtc_peer_send_audio()
 */
void
rtc_call_send (RtcCall * self, const guint8 * opus, gsize size,
    guint32 timestamp, guint level, gboolean voice, gboolean marker)
{
  Packet *packet = g_malloc (sizeof *packet + size);

  packet->call = g_object_ref (self);
  packet->timestamp = timestamp;
  packet->level = level;
  packet->voice = voice;
  packet->marker = marker;
  packet->size = size;
  memcpy (packet->opus, opus, size);
  gst_voice_io_post (send_on_io, packet, packet_free);
}

/**
 * rtc_call_get_stats:
 * @self: a call
 * @stats: (out): what is known of it
 */
void
rtc_call_get_stats (RtcCall * self, RtcCallStats * stats)
{
  g_mutex_lock (&self->lock);
  *stats = self->stats;
  g_mutex_unlock (&self->lock);
}

static RtcCall *
call_in_element (GstElement * element)
{
  GstContext *context = gst_element_get_context (element, CONTEXT);
  RtcCall *call = NULL;

  if (!context)
    return NULL;
  gst_structure_get (gst_context_get_structure (context), "call",
      RTC_TYPE_CALL, &call, NULL);
  gst_context_unref (context);
  return call;
}

static void
share (GstElement * element, RtcCall * call)
{
  GstContext *context = gst_context_new (CONTEXT, FALSE);

  gst_structure_set (gst_context_writable_structure (context), "call",
      RTC_TYPE_CALL, call, NULL);
  gst_element_set_context (element, context);
  gst_element_post_message (element,
      gst_message_new_have_context (GST_OBJECT (element), context));
}

/**
 * rtc_call_obtain:
 * @element: who asks, in NULL→READY and with no lock held
 *
 * Returns: (transfer full): the call of its pipeline
 */
RtcCall *
rtc_call_obtain (GstElement * element)
{
  RtcCall *call;

  g_mutex_lock (&obtain_lock);
  call = call_in_element (element);
  if (!call) {
    gst_element_post_message (element,
        gst_message_new_need_context (GST_OBJECT (element), CONTEXT));
    call = call_in_element (element);
  }
  if (!call) {
    call = g_object_new (RTC_TYPE_CALL, NULL);
    share (element, call);
  }
  g_mutex_unlock (&obtain_lock);
  return call;
}

static void
finalize (GObject * object)
{
  RtcCall *self = RTC_CALL (object);

  g_ptr_array_unref (self->candidates);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->done);
  gst_voice_io_unref ();
  G_OBJECT_CLASS (rtc_call_parent_class)->finalize (object);
}

static void
rtc_call_class_init (RtcCallClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

static void
rtc_call_init (RtcCall * self)
{
  gst_voice_io_ref ();
  g_mutex_init (&self->lock);
  g_cond_init (&self->done);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->stats = NO_STATS;
}
