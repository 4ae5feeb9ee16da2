/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A ring of blocks of samples between the streaming threads of a recorder and
 * its writer. Pushing costs a copy under a short lock and never allocates; what
 * does not fit is lost and counted. The memory is reserved at once but touched
 * only as far as the reader falls behind: an empty ring begins at its start
 * again.
 *
 * Threads: any number push, one reads (wait, peek, pop).
 * Locks: `lock`, held for one copy at most, never while calling out.
 */
#include "recording-ring.h"

#include <string.h>

struct _RecordingRing
{
  /* set once */
  guint8 *data;
  gsize size;

  GMutex lock;
  GCond readable, writable;

  /* lock: blocks lie in [tail, head), or wrapped in [tail, wrap) + [0, head) */
  gsize head, tail, wrap, used;
  guint n_blocks;
  guint64 queued[2];            /* ns of each channel */
  gboolean lost[2];             /* the last block of the channel was */
  guint64 first, newest;        /* running time, ns */
  guint64 n_overflows, lost_time;
  guint n_patient;
  gboolean idle, closed, stuck;

  /* reader only */
  gint64 last_wake;
};

/**
 * recording_ring_new:
 * @size: bytes for blocks
 *
 * Returns: an empty ring
 */
RecordingRing *
recording_ring_new (gsize size)
{
  RecordingRing *self = g_new0 (RecordingRing, 1);

  self->size = size;
  self->wrap = size;
  self->data = g_malloc (size);
  self->first = G_MAXUINT64;
  self->last_wake = G_MININT64 / 2;     /* long ago: the first does not wait */
  g_mutex_init (&self->lock);
  g_cond_init (&self->readable);
  g_cond_init (&self->writable);
  return self;
}

/**
 * recording_ring_free:
 * @self: a ring that nobody uses any more
 */
void
recording_ring_free (RecordingRing * self)
{
  g_cond_clear (&self->writable);
  g_cond_clear (&self->readable);
  g_mutex_clear (&self->lock);
  g_free (self->data);
  g_free (self);
}

static gsize
record_size (const RecordingBlock * block)
{
  return (sizeof *block + block->n * sizeof (gint16) + 7) & ~(gsize) 7;
}

/* Where @need bytes fit in one piece, or -1. */
static gssize
place_locked (const RecordingRing * self, gsize need)
{
  if (self->n_blocks == 0)
    return need <= self->size ? 0 : -1;
  if (self->head > self->tail) {
    if (self->size - self->head >= need)
      return self->head;
    return self->tail >= need ? 0 : -1;
  }
  return self->tail - self->head >= need ? (gssize) self->head : -1;
}

static gboolean
has_room_locked (const RecordingRing * self, const RecordingBlock * block)
{
  guint64 queued = self->queued[block->channel];

  if (queued > 0 && queued + block->duration > RECORDING_RING_AHEAD)
    return FALSE;
  return place_locked (self, record_size (block)) >= 0;
}

static void
wait_for_room_locked (RecordingRing * self, const RecordingBlock * block,
    gint64 patience)
{
  gint64 deadline = g_get_monotonic_time () + patience;

  self->n_patient++;
  g_cond_signal (&self->readable);
  while (!self->closed && !self->stuck && !has_room_locked (self, block)) {
    if (!g_cond_wait_until (&self->writable, &self->lock, deadline))
      self->stuck = TRUE;
  }
  self->n_patient--;
}

static void
store_locked (RecordingRing * self, gsize at, const RecordingBlock * block,
    const gint16 * samples)
{
  RecordingBlock *stored = (RecordingBlock *) (self->data + at);
  gsize size = record_size (block);

  if (self->n_blocks == 0) {
    self->tail = 0;
    self->wrap = self->size;
  } else if (at == 0) {
    self->wrap = self->head;
  }
  *stored = *block;
  if (self->lost[block->channel])
    stored->flags |= RECORDING_BLOCK_DISCONT;
  if (block->n > 0)
    memcpy (stored + 1, samples, block->n * sizeof (gint16));
  self->head = at + size;
  self->used += size;
  self->n_blocks++;
  self->queued[block->channel] += block->duration;
}

/**
 * recording_ring_push:
 * @self: a ring
 * @block: what @samples are
 * @samples: (nullable): @block->n of them
 * @patience: µs to wait for the reader, 0 to return at once
 *
 * Copies a block into the ring. A patient caller is kept within
 * %RECORDING_RING_AHEAD of the reader; if its patience ends, the next one's is
 * not tried until the reader moves again.
 *
 * Returns: what became of the block
 */
RecordingRingResult
recording_ring_push (RecordingRing * self, const RecordingBlock * block,
    const gint16 * samples, gint64 patience)
{
  RecordingRingResult result = RECORDING_RING_TAKEN;
  gssize at;

  g_mutex_lock (&self->lock);
  if (patience > 0 && !has_room_locked (self, block))
    wait_for_room_locked (self, block, patience);
  at = self->closed ? -1 : place_locked (self, record_size (block));
  if (at >= 0) {
    store_locked (self, at, block, samples);
    self->first = MIN (self->first, block->time);
    self->newest = MAX (self->newest, block->time + block->duration);
    self->lost[block->channel] = FALSE;
    if (self->idle || self->used > self->size / 2)
      g_cond_signal (&self->readable);
  } else if (self->closed) {
    result = RECORDING_RING_CLOSED;
  } else {
    result = self->lost[block->channel] ? RECORDING_RING_LOST :
        RECORDING_RING_OVERFLOW;
    if (result == RECORDING_RING_OVERFLOW)
      self->n_overflows++;
    self->lost[block->channel] = TRUE;
    if (!(block->flags & RECORDING_BLOCK_SILENT))
      self->lost_time += block->duration;
  }
  g_mutex_unlock (&self->lock);
  return result;
}

/**
 * recording_ring_close:
 * @self: a ring
 *
 * No more blocks are taken; the reader gets those that are there and then the
 * end. Whoever waits is woken.
 */
void
recording_ring_close (RecordingRing * self)
{
  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  g_cond_broadcast (&self->writable);
  g_cond_signal (&self->readable);
  g_mutex_unlock (&self->lock);
}

/**
 * recording_ring_get_span:
 * @self: a ring
 *
 * Returns: ns from the first block to the end of the newest, or what lies in
 *   the ring if that is more
 */
guint64
recording_ring_get_span (RecordingRing * self)
{
  guint64 span;

  g_mutex_lock (&self->lock);
  span = self->newest > self->first ? self->newest - self->first : 0;
  span = MAX (span, MAX (self->queued[0], self->queued[1]));
  g_mutex_unlock (&self->lock);
  return span;
}

/**
 * recording_ring_get_newest:
 * @self: a ring
 *
 * Returns: the running time at which the newest block ends
 */
guint64
recording_ring_get_newest (RecordingRing * self)
{
  guint64 newest;

  g_mutex_lock (&self->lock);
  newest = self->newest;
  g_mutex_unlock (&self->lock);
  return newest;
}

/**
 * recording_ring_get_losses:
 * @self: a ring
 * @overflows: (out): how often the ring became too small
 * @lost: (out): ns of sound that were lost by it, of both channels together
 */
void
recording_ring_get_losses (RecordingRing * self, guint64 * overflows,
    guint64 * lost)
{
  g_mutex_lock (&self->lock);
  *overflows = self->n_overflows;
  *lost = self->lost_time;
  g_mutex_unlock (&self->lock);
}

static void
wake_patient_locked (RecordingRing * self)
{
  if (self->n_patient > 0)
    g_cond_broadcast (&self->writable);
}

static gboolean
is_urgent_locked (const RecordingRing * self)
{
  return self->closed || self->n_patient > 0 || self->used > self->size / 2;
}

/**
 * recording_ring_wait:
 * @self: a ring
 * @interval: µs between two returns
 *
 * Waits until there is something to read and @interval has passed since the
 * last time, so that one wake-up serves many blocks. Returns earlier if the
 * ring is half full, a patient caller waits or the ring is closed. An empty
 * ring causes no wake-up at all.
 *
 * Returns: how many blocks there are; 0 after the last one of a closed ring
 */
guint
recording_ring_wait (RecordingRing * self, gint64 interval)
{
  gint64 deadline = self->last_wake + interval;
  guint n;

  g_mutex_lock (&self->lock);
  wake_patient_locked (self);
  while (!is_urgent_locked (self)
      && g_cond_wait_until (&self->readable, &self->lock, deadline));
  self->idle = TRUE;
  while (self->n_blocks == 0 && !self->closed)
    g_cond_wait (&self->readable, &self->lock);
  self->idle = FALSE;
  n = self->n_blocks;
  g_mutex_unlock (&self->lock);
  self->last_wake = g_get_monotonic_time ();
  return n;
}

/**
 * recording_ring_peek:
 * @self: a ring
 * @samples: (out): those of the block
 *
 * Returns: (nullable): the oldest block, valid until recording_ring_pop()
 */
const RecordingBlock *
recording_ring_peek (RecordingRing * self, const gint16 ** samples)
{
  const RecordingBlock *block = NULL;

  g_mutex_lock (&self->lock);
  if (self->n_blocks > 0) {
    block = (const RecordingBlock *) (self->data + self->tail);
    *samples = (const gint16 *) (block + 1);
  }
  g_mutex_unlock (&self->lock);
  return block;
}

/**
 * recording_ring_pop:
 * @self: a ring
 *
 * Gives the room of the oldest block back.
 */
void
recording_ring_pop (RecordingRing * self)
{
  const RecordingBlock *block;
  gsize size;

  g_mutex_lock (&self->lock);
  block = (const RecordingBlock *) (self->data + self->tail);
  size = record_size (block);
  self->queued[block->channel] -= block->duration;
  self->tail += size;
  self->used -= size;
  self->n_blocks--;
  if (self->tail == self->wrap) {
    self->tail = 0;
    self->wrap = self->size;
  }
  self->stuck = FALSE;
  /* Not for every block, or both sides would take turns with each. */
  if (self->n_blocks == 0)
    wake_patient_locked (self);
  g_mutex_unlock (&self->lock);
}
