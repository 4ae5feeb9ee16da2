/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The half of a source element that all sources of people's speech have in
 * common: waits by the pipeline's clock, makes frames of 20 ms, and tells how
 * its jitter buffers are.
 *
 * Threads: the streaming thread makes frames, any thread brings packets.
 * Locks: `lock`, above the mixer's. Nothing is called with it.
 */
#include "speech-feed.h"

#include <gst-voice/events.h>

#define FRAME SPEECH_FEED_FRAME
#define NETWORK_FRAMES 500      /* between two messages: 10 s */
/* So late that what was said meanwhile is left out. */
#define TOO_LATE GST_SECOND
/* The clock of packets counts microseconds: a frame is asked for a bit later
 * than its piece is due. */
#define LATER (500 * GST_USECOND)
#define POSTPONED 10            /* frames */

#define MIN_DELAY (40 * GST_MSECOND)
#define MAX_DELAY (60 * GST_MSECOND)
#define WIDE_DELAY (300 * GST_MSECOND)  /* while packets keep coming late */
#define PREFERRED_RATE 16000

/**
 * speech_feed_init:
 * @self: (out): what is to be used between speech_feed_start() and
 *   speech_feed_stop()
 * @src: whose it is
 */
void
speech_feed_init (SpeechFeed * self, GstBaseSrc * src)
{
  gst_base_src_set_live (src, TRUE);
  gst_base_src_set_format (src, GST_FORMAT_TIME);
  self->src = src;
  g_mutex_init (&self->lock);
}

/**
 * speech_feed_clear:
 * @self: a feed that is stopped
 */
void
speech_feed_clear (SpeechFeed * self)
{
  g_mutex_clear (&self->lock);
}

/**
 * speech_feed_start:
 * @self: a feed
 */
void
speech_feed_start (SpeechFeed * self)
{
  self->untold = 0;
  self->next = GST_CLOCK_TIME_NONE;
  self->begun = FALSE;
}

/**
 * speech_feed_stop:
 * @self: a feed of a source that does not run
 */
void
speech_feed_stop (SpeechFeed * self)
{
  SpeechMixer *mixer;

  g_mutex_lock (&self->lock);
  mixer = g_steal_pointer (&self->mixer);
  g_mutex_unlock (&self->lock);
  g_clear_pointer (&mixer, speech_mixer_free);
}

/**
 * speech_feed_push:
 * @self: a feed
 * @voice: whose
 * @packet: of Opus
 * @now: g_get_monotonic_time () * 1000
 */
void
speech_feed_push (SpeechFeed * self, const gchar * voice,
    const RtpPacket * packet, gint64 now)
{
  g_mutex_lock (&self->lock);
  if (self->mixer)
    speech_mixer_push (self->mixer, voice, packet, now);
  g_mutex_unlock (&self->lock);
}

/**
 * speech_feed_remove:
 * @self: a feed
 * @voice: of somebody who is not heard any more
 */
void
speech_feed_remove (SpeechFeed * self, const gchar * voice)
{
  g_mutex_lock (&self->lock);
  if (self->mixer)
    speech_mixer_remove (self->mixer, voice);
  g_mutex_unlock (&self->lock);
}

/**
 * speech_feed_set_flushing:
 * @self: a feed
 * @flushing: whether the streaming thread must not wait
 */
void
speech_feed_set_flushing (SpeechFeed * self, gboolean flushing)
{
  g_mutex_lock (&self->lock);
  self->flushing = flushing;
  if (flushing && self->wait)
    gst_clock_id_unschedule (self->wait);
  g_mutex_unlock (&self->lock);
}

static guint
get_stats (SpeechFeed * self, SpeechReceiverStats * stats)
{
  guint voices = 0;

  *stats = (SpeechReceiverStats) {
  0};
  g_mutex_lock (&self->lock);
  if (self->mixer)
    voices = speech_mixer_get_stats (self->mixer, stats);
  g_mutex_unlock (&self->lock);
  return voices;
}

/**
 * speech_feed_get_stats:
 * @self: a feed
 *
 * Returns: (transfer full): the figures of its jitter buffers, for a property
 */
GstStructure *
speech_feed_get_stats (SpeechFeed * self)
{
  SpeechReceiverStats s;
  guint voices = get_stats (self, &s);

  return gst_structure_new ("stats", "voices", G_TYPE_UINT, voices,
      "delay", GST_TYPE_CLOCK_TIME, (GstClockTime) s.jitter.delay,
      "target", GST_TYPE_CLOCK_TIME, (GstClockTime) s.jitter.target,
      "jitter", GST_TYPE_CLOCK_TIME, (GstClockTime) s.jitter.jitter,
      "received", G_TYPE_UINT64, s.jitter.received,
      "played", G_TYPE_UINT64, s.jitter.played,
      "lost", G_TYPE_UINT64, s.jitter.lost,
      "late", G_TYPE_UINT64, s.jitter.late,
      "duplicate", G_TYPE_UINT64, s.jitter.duplicate,
      "refused", G_TYPE_UINT64, s.jitter.refused,
      "repaired", G_TYPE_UINT64, s.jitter.fec,
      "concealed", G_TYPE_UINT64, s.jitter.concealed,
      "inserted", G_TYPE_UINT64, s.jitter.inserted,
      "skipped", G_TYPE_UINT64, s.jitter.skipped,
      "damaged", G_TYPE_UINT64, s.damaged,
      "cut", G_TYPE_UINT64, s.cut, "lacking", G_TYPE_UINT64, s.lacking, NULL);
}

/**
 * speech_feed_describe_network:
 * @self: a feed
 * @dropped: packets that did not come so far
 *
 * Returns: (transfer full): a message `voice/network`
 */
GstStructure *
speech_feed_describe_network (SpeechFeed * self, guint dropped)
{
  SpeechReceiverStats stats;

  get_stats (self, &stats);
  return gst_voice_structure_new ("network",
      "delay", (GstClockTime) stats.jitter.delay,
      "target", (GstClockTime) stats.jitter.target,
      "jitter", (GstClockTime) stats.jitter.jitter,
      "received", (guint) stats.jitter.received,
      "lost", (guint) stats.jitter.lost,
      "late", (guint) stats.jitter.late,
      "concealed", (guint) stats.jitter.concealed,
      "repaired", (guint) stats.jitter.fec, "dropped", dropped, NULL);
}

/**
 * speech_feed_fixate:
 * @caps: (transfer full): what downstream takes
 *
 * Returns: (transfer full): the same, with the rate that suits us best
 */
GstCaps *
speech_feed_fixate (GstCaps * caps)
{
  caps = gst_caps_make_writable (caps);
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    gst_structure_fixate_field_nearest_int (gst_caps_get_structure (caps, i),
        "rate", PREFERRED_RATE);
  return caps;
}

/**
 * speech_feed_set_caps:
 * @self: a feed
 * @caps: fixed
 *
 * Returns: whether they have a rate
 */
gboolean
speech_feed_set_caps (SpeechFeed * self, GstCaps * caps)
{
  SpeechMixer *old;
  gint rate;

  if (!gst_structure_get_int (gst_caps_get_structure (caps, 0), "rate", &rate))
    return FALSE;
  if (self->mixer && self->rate == (guint) rate)
    return TRUE;
  self->rate = rate;
  self->frame = rate / 50;
  g_mutex_lock (&self->lock);
  old = self->mixer;
  self->mixer = speech_mixer_new (rate, MIN_DELAY, MAX_DELAY, WIDE_DELAY);
  g_mutex_unlock (&self->lock);
  speech_mixer_free (old);
  return TRUE;
}

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static GstClockTime
running_time (SpeechFeed * self, GstClock * clock)
{
  GstClockTime base = gst_element_get_base_time (GST_ELEMENT (self->src));
  GstClockTime time = gst_clock_get_time (clock);

  return time > base ? time - base : 0;
}

static void
start_time (SpeechFeed * self, GstClockTime now)
{
  self->next = now;
  self->wake = now + FRAME;
}

/**
 * speech_feed_wait:
 * @self: a feed
 * @clock: the pipeline's
 *
 * Waits until a frame is due.
 *
 * Returns: %FALSE if it is flushing
 */
gboolean
speech_feed_wait (SpeechFeed * self, GstClock * clock)
{
  gboolean go_on;
  GstClockID id;

  if (!GST_CLOCK_TIME_IS_VALID (self->next))
    start_time (self, running_time (self, clock));
  id = gst_clock_new_single_shot_id (clock,
      gst_element_get_base_time (GST_ELEMENT (self->src)) + self->wake);
  g_mutex_lock (&self->lock);
  if (!self->flushing) {
    self->wait = id;
    g_mutex_unlock (&self->lock);
    gst_clock_id_wait (id, NULL);
    g_mutex_lock (&self->lock);
    self->wait = NULL;
  }
  go_on = !self->flushing;
  g_mutex_unlock (&self->lock);
  gst_clock_id_unref (id);
  return go_on;
}

/**
 * speech_feed_postpone:
 * @self: a feed that was waited for, and is not to give a frame
 */
void
speech_feed_postpone (SpeechFeed * self)
{
  self->wake += POSTPONED * FRAME;
}

/* When the next frame is due: 20 ms after this one; or when the next piece of
 * sound is, a bit later, so that it need not wait. As these delays add up, a
 * frame more is made at once. */
static void
set_wake (SpeechFeed * self, GstClockTime now)
{
  GstClockTime wake = self->wake + FRAME;
  gint64 then, better;

  if (wake >= self->next + 2 * FRAME)
    wake -= FRAME;
  then = now_ns () + (gint64) (wake - now);
  better = speech_mixer_wake (self->mixer, then, FRAME - LATER);
  if (better > then)
    wake += better - then + LATER;
  self->wake = wake;
}

static GstBuffer *
pull (SpeechFeed * self)
{
  gsize size = self->frame * sizeof (gint16);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  gboolean sound;
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  sound = speech_mixer_pull (self->mixer, now_ns (), (gint16 *) map.data,
      self->frame);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = self->next;
  GST_BUFFER_DURATION (buffer) = FRAME;
  if (!sound)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  return buffer;
}

/**
 * speech_feed_make:
 * @self: a feed that was waited for
 * @clock: the pipeline's
 *
 * Returns: (transfer full): the frame that ends now
 */
GstBuffer *
speech_feed_make (SpeechFeed * self, GstClock * clock)
{
  GstClockTime now = running_time (self, clock);
  gboolean discont = now > self->wake + TOO_LATE;
  GstBuffer *buffer;

  if (discont)
    start_time (self, now - FRAME);
  buffer = pull (self);
  if (discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  self->next += FRAME;
  self->begun = TRUE;
  set_wake (self, now);
  return buffer;
}

/**
 * speech_feed_network_is_due:
 * @self: a feed, once for each frame
 *
 * Returns: whether it is time for another message `voice/network`
 */
gboolean
speech_feed_network_is_due (SpeechFeed * self)
{
  if (++self->untold < NETWORK_FRAMES)
    return FALSE;
  self->untold = 0;
  return TRUE;
}
