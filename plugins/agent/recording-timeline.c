/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Puts the samples of two channels where they belong in time, whatever order
 * they come in, and writes them in order. A position is a frame of running
 * time; the file begins at the `origin`. A window, a ring of frames, holds what
 * may still change; where nobody put anything there is silence.
 *
 * In the window the later of two that overlap wins. What comes later than the
 * window still goes into the file where the format allows it, in place of
 * silence only, and is left out (clipped) where it does not.
 *
 * Threads: one at a time. Locks: none.
 */
#include "recording-timeline.h"

#include <string.h>

/* How many times longer the silence from a set origin to the first sound may
 * be than any later one. */
#define FIRST_HOLES 24

struct _RecordingTimeline
{
  /* set once */
  RecordingFile *file;
  gint16 *window;
  guint size;                   /* of the window, in frames */
  guint max_hole;

  /* What lies outside [begin, end) in the window is silence. */
  guint64 begin;                /* the first frame that is not written */
  RecordingTimelineState state;
  gboolean any;                 /* something was put or passed */
  gboolean fixed;               /* the origin was set */
};

/**
 * recording_timeline_new:
 * @file: (transfer none): what to write to
 * @window: frames within which the order does not matter
 * @max_hole: frames of silence that are believed
 *
 * Returns: an empty timeline
 */
RecordingTimeline *
recording_timeline_new (RecordingFile * file, guint window, guint max_hole)
{
  RecordingTimeline *self = g_new0 (RecordingTimeline, 1);

  self->file = file;
  self->size = window;
  self->max_hole = max_hole;
  self->window = g_new0 (gint16, (gsize) window * RECORDING_CHANNELS);
  self->state.origin = G_MAXUINT64;
  return self;
}

/**
 * recording_timeline_free:
 * @self: (nullable): a timeline
 */
void
recording_timeline_free (RecordingTimeline * self)
{
  if (!self)
    return;
  g_free (self->window);
  g_free (self);
}

/**
 * recording_timeline_set_origin:
 * @self: an empty timeline
 * @origin: the position of the file's first frame
 *
 * Without it, the earliest position that comes before the first write is.
 */
void
recording_timeline_set_origin (RecordingTimeline * self, guint64 origin)
{
  self->state.origin = self->begin = self->state.end = origin;
  self->fixed = TRUE;
}

static gint16 *
slot (RecordingTimeline * self, guint64 position)
{
  return self->window + RECORDING_CHANNELS * (position % self->size);
}

/* Writes up to @target, silence included if nothing reaches so far. */
static gboolean
advance (RecordingTimeline * self, guint64 target, GError ** error)
{
  while (self->begin < target) {
    gint16 *frames = slot (self, self->begin);
    guint64 n = MIN (target - self->begin, self->size -
        self->begin % self->size);

    if (!recording_file_write (self->file, frames, n, error))
      return FALSE;
    memset (frames, 0, n * RECORDING_CHANNELS * sizeof (gint16));
    self->begin += n;
  }
  self->state.end = MAX (self->state.end, target);
  return TRUE;
}

/* Moves the origin back while nothing is written, as far as the window goes. */
static void
include (RecordingTimeline * self, guint64 position)
{
  if (self->state.origin == G_MAXUINT64) {
    self->state.origin = self->begin = self->state.end = position;
  } else if (!self->fixed && position < self->state.origin
      && recording_file_get_frames (self->file) == 0
      && self->state.end - position <= self->size) {
    self->state.origin = self->begin = position;
  }
  self->any = TRUE;
}

/* A broken timestamp must not fill the disk with silence. */
static gboolean
is_believable (const RecordingTimeline * self, guint64 position)
{
  guint64 limit = self->any ? self->max_hole : FIRST_HOLES * self->max_hole;

  return self->state.origin == G_MAXUINT64 || position <= self->state.end
      || position - self->state.end <= limit;
}

/* The part before `begin`; what is before the origin too is left out. */
static gboolean
put_late (RecordingTimeline * self, guint channel, guint64 position,
    const gint16 * samples, gsize n, GError ** error)
{
  guint64 origin = self->state.origin;
  gsize early = position < origin ? MIN (n, origin - position) : 0;

  if (!recording_file_can_patch (self->file))
    early = n;
  self->state.clipped += early;
  return early == n || recording_file_patch (self->file,
      position + early - origin, channel, samples + early, n - early, error);
}

/* @n samples that do not wrap in the window. */
static gboolean
put_run (RecordingTimeline * self, guint channel, guint64 position,
    const gint16 * samples, gsize n, GError ** error)
{
  gint16 *to;

  if (position + n > self->begin + self->size
      && !advance (self, position + n - self->size, error))
    return FALSE;
  to = slot (self, position) + channel;
  for (gsize i = 0; i < n; i++)
    to[RECORDING_CHANNELS * i] = samples[i];
  self->state.end = MAX (self->state.end, position + n);
  return TRUE;
}

/**
 * recording_timeline_put:
 * @self: a timeline
 * @channel: 0 or 1
 * @position: of the first sample
 * @samples: of that channel
 * @n: how many
 * @error: why the file could not be written
 *
 * Returns: %FALSE if the file could not be written
 */
gboolean
recording_timeline_put (RecordingTimeline * self, guint channel,
    guint64 position, const gint16 * samples, gsize n, GError ** error)
{
  if (!is_believable (self, position)) {
    self->state.clipped += n;
    return TRUE;
  }
  include (self, position);
  if (position < self->begin) {
    gsize late = MIN (n, self->begin - position);

    if (!put_late (self, channel, position, samples, late, error))
      return FALSE;
    position += late;
    samples += late;
    n -= late;
  }
  while (n > 0) {
    gsize run = MIN (n, self->size - position % self->size);

    if (!put_run (self, channel, position, samples, run, error))
      return FALSE;
    position += run;
    samples += run;
    n -= run;
  }
  return TRUE;
}

/**
 * recording_timeline_pass:
 * @self: a timeline
 * @position: where a known silence begins
 * @n: frames
 * @error: why the file could not be written
 *
 * Time passes on a channel without samples: the file gets as long, and nothing
 * is silenced that another buffer has put there.
 *
 * Returns: %FALSE if the file could not be written
 */
gboolean
recording_timeline_pass (RecordingTimeline * self, guint64 position, guint64 n,
    GError ** error)
{
  guint64 end = position + n;

  if (n > self->max_hole || !is_believable (self, end))
    return TRUE;
  include (self, position);
  if (end > self->begin + self->size
      && !advance (self, end - self->size, error))
    return FALSE;
  self->state.end = MAX (self->state.end, end);
  return TRUE;
}

/**
 * recording_timeline_write:
 * @self: a timeline
 * @hold_back: frames before the newest that may still change
 * @error: why the file could not be written
 *
 * Appends to the file what is older than that.
 *
 * Returns: %FALSE if the file could not be written
 */
gboolean
recording_timeline_write (RecordingTimeline * self, guint hold_back,
    GError ** error)
{
  if (!self->any || self->state.end < self->begin + hold_back)
    return TRUE;
  return advance (self, self->state.end - hold_back, error);
}

/**
 * recording_timeline_get_state:
 * @self: a timeline
 *
 * Returns: (transfer none): where it stands
 */
const RecordingTimelineState *
recording_timeline_get_state (RecordingTimeline * self)
{
  return &self->state;
}
