/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The jitter buffer: which piece of sound is next, and when.
 *
 * The cursor is the media time of the next piece and `next_at` the moment when
 * it is due; what lies between is the delay. A piece that stands for a packet
 * moves both. One that is inserted moves `next_at` alone and makes the delay
 * longer; a packet that is skipped moves the cursor alone and makes it
 * shorter. Shorter it becomes in pauses, or at once where it is more than the
 * greatest delay allowed. That is the usual one, and a much greater one while
 * packets come later than that again and again; once they do so no more, it
 * falls by a frame at a time. What comes after its turn is dropped, unless
 * nothing has been heard for a while: then the stream begins anew from there.
 *
 * Threads: one at a time. Locks: none.
 */
#include "jitter-core.h"
#include "jitter-timing.h"

#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
#define MAX_DURATION_MS 120     /* the longest packet of Opus */
#define CONCEAL_MS 100          /* from then on a guess is worse than silence */
#define FORMER_SOURCE_MS 1000   /* how long its packets may still come */
#define STALL_MS 1000           /* asked for nothing for so long: go on */
#define STEP_MS 300             /* between two frames that are left out */
#define MAX_LOST 1000           /* a greater hole is another numbering */

typedef struct
{
  gint64 timestamp;
  guint16 sequence;
  guint duration;
  gboolean quiet, rests, fec;
  guint8 *payload;
  gsize size;
} Slot;

struct _JitterCore
{
  /* set once */
  guint clock_rate;
  gint64 min_delay, max_delay, wide_delay;
  guint quantum;                /* 2.5 ms: what Opus can be cut into */

  gint64 now;                   /* the latest that we were told */
  gboolean has_source, playing;
  guint32 ssrc, former_ssrc;
  gint64 source_since;
  gint64 reference;             /* timestamp of the packet before */
  guint64 seen;                 /* the 64 numbers up to `highest` */
  guint16 highest;
  JitterTiming timing;

  Slot slots[JITTER_MAX_PACKETS];       /* by timestamp */
  guint n_slots;
  gboolean has_last;
  guint16 last;                 /* number of the last packet taken */
  guint frame;                  /* its duration */
  gboolean resting;             /* after it the sender says nothing */
  gint64 cursor, next_at;
  gint64 missing;               /* how long no packet has been played */
  gint64 limit;                 /* of the delay, but for a packet */
  gint64 limited_at;            /* when it was last changed */

  guint8 *payload;              /* what the last piece points to */
  JitterStats stats;
};

static gint64
to_ticks (const JitterCore * self, gint64 time)
{
  return time / SECOND * self->clock_rate
      + time % SECOND * self->clock_rate / SECOND;
}

/* Rounds up, so that what is due is due at that time. */
static gint64
to_time (const JitterCore * self, gint64 ticks)
{
  gint64 rest = ticks % self->clock_rate * SECOND;

  return ticks / self->clock_rate * SECOND
      + (rest + self->clock_rate - 1) / self->clock_rate;
}

static gint64
ms (const JitterCore * self, gint64 n)
{
  return n * self->clock_rate / 1000;
}

static void
move_now (JitterCore * self, gint64 now)
{
  self->now = MAX (self->now, to_ticks (self, now));
}

/* A frame more than packets spread, so that the one after a lost one is there
 * when its FEC is needed. */
static gint64
target_delay (const JitterCore * self)
{
  gint64 wide = self->frame + jitter_timing_lasting (&self->timing,
      self->max_delay - self->frame);

  if (wide > self->max_delay)
    return MIN (wide, self->wide_delay);
  return CLAMP (jitter_timing_spread (&self->timing) + self->frame,
      self->min_delay, self->max_delay);
}

static gint64
delay (const JitterCore * self)
{
  return self->next_at - self->cursor - jitter_timing_least (&self->timing);
}

/**
 * jitter_core_new:
 * @clock_rate: ticks per second, at least 1000
 * @min_delay: how long the fastest packet waits at least
 * @max_delay: and at most, but for one packet's duration
 * @wide_delay: likewise, while packets are later than that again and again
 *
 * Returns: (transfer full): a buffer
 */
JitterCore *
jitter_core_new (guint clock_rate, gint64 min_delay, gint64 max_delay,
    gint64 wide_delay)
{
  JitterCore *self = g_new0 (JitterCore, 1);

  self->clock_rate = MAX (clock_rate, 1000);
  self->min_delay = to_ticks (self, min_delay);
  self->max_delay = MAX (self->min_delay, to_ticks (self, max_delay));
  self->wide_delay = MAX (self->max_delay, to_ticks (self, wide_delay));
  self->limit = self->max_delay;
  self->quantum = self->clock_rate / 400;
  self->frame = ms (self, 20);
  jitter_timing_init (&self->timing, self->clock_rate);
  return self;
}

/* Takes the oldest packet out. */
static Slot
take_slot (JitterCore * self)
{
  Slot slot = self->slots[0];

  self->n_slots--;
  memmove (self->slots, self->slots + 1, self->n_slots * sizeof (Slot));
  self->has_last = TRUE;
  self->last = slot.sequence;
  return slot;
}

static void
drop_slot (JitterCore * self, guint64 * counter)
{
  Slot slot = take_slot (self);

  g_free (slot.payload);
  (*counter)++;
}

/* How many packets between the last one and the oldest one have not come. */
static guint
missing_before (const JitterCore * self)
{
  guint16 n = self->slots[0].sequence - self->last - 1;

  return self->has_last && n <= MAX_LOST ? n : 0;
}

/**
 * jitter_core_free:
 * @self: (transfer full) (nullable): a buffer
 */
void
jitter_core_free (JitterCore * self)
{
  if (!self)
    return;
  for (guint i = 0; i < self->n_slots; i++)
    g_free (self->slots[i].payload);
  g_free (self->payload);
  g_free (self);
}

static void
begin_source (JitterCore * self, const JitterPacket * packet)
{
  while (self->n_slots > 0)
    drop_slot (self, &self->stats.skipped);
  self->former_ssrc = self->has_source ? self->ssrc : packet->ssrc;
  self->has_source = TRUE;
  self->ssrc = packet->ssrc;
  self->source_since = self->now;
  self->reference = packet->timestamp;
  self->seen = 0;
  self->highest = packet->sequence;
  self->has_last = self->resting = FALSE;
  jitter_timing_forget (&self->timing);
  self->stats.sources++;
}

/* FALSE: it is a straggler of the source before. */
static gboolean
follow_source (JitterCore * self, const JitterPacket * packet)
{
  if (self->has_source && packet->ssrc == self->ssrc)
    return TRUE;
  if (self->has_source && packet->ssrc == self->former_ssrc
      && self->now - self->source_since < ms (self, FORMER_SOURCE_MS))
    return FALSE;
  begin_source (self, packet);
  return TRUE;
}

static gboolean
is_duplicate (JitterCore * self, guint16 sequence)
{
  gint16 ahead = sequence - self->highest;
  guint64 bit;

  if (ahead > 0) {
    self->seen = ahead < 64 ? self->seen << ahead : 0;
    self->highest = sequence;
    ahead = 0;
  } else if (ahead < -MAX_LOST) {       /* another numbering */
    self->seen = 0;
    self->highest = sequence;
    ahead = 0;
  } else if (ahead <= -64) {
    return FALSE;
  }
  bit = G_GUINT64_CONSTANT (1) << -ahead;
  if (self->seen & bit)
    return TRUE;
  self->seen |= bit;
  return FALSE;
}

/* Timestamps do not wrap any more: each is near the one before. */
static gint64
extend (JitterCore * self, guint32 timestamp)
{
  gint32 step = timestamp - (guint32) self->reference;

  self->reference += step;
  return self->reference;
}

static void
place_cursor (JitterCore * self, gint64 timestamp)
{
  self->cursor = MIN (timestamp, self->next_at
      - jitter_timing_least (&self->timing) - target_delay (self));
}

/* Packets go another way from here on, unless they are so late anyway. */
static void
restart (JitterCore * self, gint64 timestamp)
{
  gint64 late = self->now - timestamp - jitter_timing_least (&self->timing);

  if (late > target_delay (self)) {
    jitter_timing_forget (&self->timing);
    jitter_timing_learn (&self->timing, self->now - timestamp, self->now);
  }
  place_cursor (self, timestamp);
  self->stats.restarts++;
}

/* Before the first piece a packet may still be put in front of it. */
static gboolean
fit_before_start (JitterCore * self, gint64 timestamp)
{
  gint64 earlier = self->cursor - timestamp;

  if (self->n_slots == 0) {
    self->cursor = timestamp;
    self->next_at = self->now + target_delay (self);
  } else if (earlier > self->limit) {
    return FALSE;
  } else if (earlier > 0) {
    self->cursor = timestamp;
    self->next_at = MAX (self->now, self->next_at - earlier);
  }
  return TRUE;
}

/* Whether a packet behind the cursor is the stream's new beginning. What is
 * older than what has been played never is. */
static gboolean
may_restart (const JitterCore * self, guint16 sequence)
{
  gint16 ahead = sequence - self->last;

  return self->n_slots == 0 && self->missing >= ms (self, CONCEAL_MS)
      && (!self->has_last || ahead > 0 || ahead < -MAX_LOST);
}

static gboolean
fit (JitterCore * self, gint64 timestamp, guint16 sequence)
{
  if (!self->playing)
    return fit_before_start (self, timestamp);
  if (timestamp >= self->cursor)
    return TRUE;
  if (!may_restart (self, sequence))
    return FALSE;
  restart (self, timestamp);
  return TRUE;
}

/* FALSE: there is one of that time, or the buffer is full of later ones. */
static gboolean
insert (JitterCore * self, gint64 timestamp, const JitterPacket * packet)
{
  guint i = self->n_slots;
  Slot *slot;

  while (i > 0 && self->slots[i - 1].timestamp > timestamp)
    i--;
  if (i > 0 && self->slots[i - 1].timestamp == timestamp)
    return FALSE;
  if (self->n_slots == JITTER_MAX_PACKETS) {
    if (i == 0)
      return FALSE;
    drop_slot (self, &self->stats.overflown);
    i--;
  }
  slot = &self->slots[i];
  memmove (slot + 1, slot, (self->n_slots - i) * sizeof (Slot));
  self->n_slots++;
  slot->timestamp = timestamp;
  slot->sequence = packet->sequence;
  slot->duration = packet->duration;
  slot->quiet = packet->quiet;
  slot->rests = packet->rests;
  slot->fec = packet->fec;
  slot->payload = g_memdup2 (packet->payload, packet->size);
  slot->size = packet->size;
  return TRUE;
}

/**
 * jitter_core_push:
 * @self: a buffer
 * @packet: what has come; the payload is copied
 * @now: when
 *
 * Returns: whether it will be of use
 */
gboolean
jitter_core_push (JitterCore * self, const JitterPacket * packet, gint64 now)
{
  guint64 sources = self->stats.sources;
  gint64 timestamp;

  move_now (self, now);
  self->stats.received++;
  if (packet->duration == 0 || packet->duration > ms (self, MAX_DURATION_MS)
      || !follow_source (self, packet)) {
    self->stats.refused++;
    return FALSE;
  }
  if (is_duplicate (self, packet->sequence)) {
    self->stats.duplicate++;
    return FALSE;
  }
  timestamp = extend (self, packet->timestamp);
  jitter_timing_learn (&self->timing, self->now - timestamp, self->now);
  if (self->playing && sources != self->stats.sources)
    place_cursor (self, timestamp);
  if (!fit (self, timestamp, packet->sequence)) {
    self->stats.late++;
    return FALSE;
  }
  if (!insert (self, timestamp, packet)) {
    self->stats.duplicate++;
    return FALSE;
  }
  return TRUE;
}

/**
 * jitter_core_deadline:
 * @self: a buffer
 *
 * Returns: when the next piece is due, or -1 before any packet has come
 */
gint64
jitter_core_deadline (const JitterCore * self)
{
  return self->playing || self->n_slots > 0 ? to_time (self, self->next_at) :
      -1;
}

/* Nobody asked for a long time: what should have been heard is past. */
static gboolean
go_on_after_stall (JitterCore * self)
{
  gint64 behind = self->now - self->next_at;

  if (behind < ms (self, STALL_MS))
    return FALSE;
  self->next_at += behind;
  self->cursor += behind;
  while (self->n_slots > 0 && self->slots[0].timestamp < self->cursor)
    drop_slot (self, &self->stats.overflown);
  return TRUE;
}

/* Whole pieces of 2.5 ms. */
static gint64
quantised (const JitterCore * self, gint64 ticks)
{
  return ticks - ticks % self->quantum;
}

/* While packets come late the delay must not be cut whenever one comes in
 * time; afterwards it goes down where nobody notices, or a frame at a time. */
static void
follow_limit (JitterCore * self)
{
  if (target_delay (self) > self->max_delay) {
    self->limit = self->wide_delay;
    self->limited_at = self->now;
  } else if (self->now - self->limited_at >= ms (self, STEP_MS)) {
    self->limit = MAX (self->max_delay,
        MIN (self->limit, delay (self)) - self->frame);
    self->limited_at = self->now;
  }
}

/* Whether the oldest packet must be left out, heard or not. */
static gboolean
is_too_old (const JitterCore * self)
{
  return delay (self) - self->limit >= self->slots[0].duration;
}

/* How much of the hole before the oldest packet may be left out: whatever is
 * in excess, but not what FEC restores; of lost packets only whole ones. */
static gint64
cut_of_hole (const JitterCore * self, gint64 hole, gint64 excess)
{
  const Slot *slot = &self->slots[0];
  gboolean lost = missing_before (self) > 0;
  gint64 most = hole;

  if (lost && slot->fec && !is_too_old (self))
    most -= slot->duration;
  excess = MAX (excess, 0);
  if (most > excess)
    most = excess - excess % (lost ? self->frame : self->quantum);
  return MAX (most, 0);
}

/* Brings the delay down to where it should be, as far as nobody notices, and
 * in any case down to where it must be. */
static void
shorten (JitterCore * self)
{
  gboolean unheard = self->missing >= ms (self, CONCEAL_MS);

  while (self->n_slots > 0) {
    const Slot *slot = &self->slots[0];
    gint64 hole = slot->timestamp - self->cursor;
    gint64 excess = delay (self) - target_delay (self);

    if (hole > 0) {
      gint64 cut = cut_of_hole (self, hole, excess);

      self->cursor += cut;
      if (cut < hole)
        return;
    } else if (hole < 0) {
      drop_slot (self, &self->stats.late);      /* it overlapped */
    } else if (((slot->quiet || unheard) && excess >= slot->duration)
        || is_too_old (self)) {
      self->cursor += slot->duration;
      drop_slot (self, &self->stats.skipped);
    } else {
      return;
    }
  }
}

/* A piece of so many ticks; it stands for as many of the stream. */
static JitterAction
advance (JitterCore * self, JitterAction action, gint64 ticks,
    JitterPiece * piece)
{
  piece->duration = ticks;
  self->next_at += ticks;
  self->cursor += ticks;
  self->missing += ticks;
  if (action == JITTER_CONCEAL)
    self->stats.concealed++;
  else
    self->stats.silent++;
  return action;
}

/* The same, but it stands for nothing: the delay grows. */
static JitterAction
insert_piece (JitterCore * self, JitterAction action, gint64 ticks,
    JitterPiece * piece)
{
  advance (self, action, ticks, piece);
  self->cursor -= ticks;
  self->stats.inserted++;
  return action;
}

/* There is no packet at all. Perhaps it is only late. */
static JitterAction
nothing_there (JitterCore * self, JitterPiece * piece)
{
  if (self->resting || self->missing >= ms (self, CONCEAL_MS))
    return advance (self, JITTER_SILENCE, self->frame, piece);
  if (delay (self) + self->frame <= MAX (self->max_delay, target_delay (self)))
    return insert_piece (self, JITTER_CONCEAL, self->frame, piece);
  return advance (self, JITTER_CONCEAL, self->frame, piece);
}

static void
point_to (JitterCore * self, const Slot * slot, JitterPiece * piece)
{
  piece->ssrc = self->ssrc;
  piece->timestamp = slot->timestamp;
  piece->payload = self->payload;
  piece->size = slot->size;
  piece->duration = slot->duration;
  self->next_at += slot->duration;
  self->cursor += slot->duration;
  self->missing = 0;
}

static JitterAction
restore (JitterCore * self, JitterPiece * piece)
{
  const Slot *slot = &self->slots[0];

  self->payload = g_memdup2 (slot->payload, slot->size);
  point_to (self, slot, piece);
  self->stats.fec++;
  return JITTER_FEC;
}

static JitterAction
play (JitterCore * self, JitterPiece * piece)
{
  Slot slot;

  self->stats.lost += missing_before (self);
  slot = take_slot (self);
  self->payload = slot.payload;
  self->frame = slot.duration;
  self->resting = slot.rests;
  point_to (self, &slot, piece);
  self->stats.played++;
  return JITTER_PLAY;
}

/* The oldest packet is not yet next: packets were lost, or nothing was said. */
static JitterAction
fill_hole (JitterCore * self, gint64 hole, JitterPiece * piece)
{
  const Slot *slot = &self->slots[0];
  gint64 lacking = quantised (self, target_delay (self) - delay (self));

  if (missing_before (self) == 0) {
    if (lacking > 0)
      return insert_piece (self, JITTER_SILENCE, MIN (lacking, self->frame),
          piece);
    return advance (self, JITTER_SILENCE, MIN (hole, self->frame), piece);
  }
  /* Perhaps it is only as late as others are. */
  if (lacking >= self->frame && target_delay (self) > self->max_delay)
    return insert_piece (self, JITTER_CONCEAL, self->frame, piece);
  if (slot->fec && hole == slot->duration)
    return restore (self, piece);
  if (slot->fec && hole > slot->duration)
    hole -= slot->duration;
  return advance (self, JITTER_CONCEAL, MIN (hole, self->frame), piece);
}

static JitterAction
next_piece (JitterCore * self, JitterPiece * piece)
{
  const Slot *slot = &self->slots[0];

  if (self->n_slots == 0)
    return nothing_there (self, piece);
  if (slot->timestamp > self->cursor)
    return fill_hole (self, slot->timestamp - self->cursor, piece);
  if (slot->quiet && target_delay (self) - delay (self) >= self->frame)
    return insert_piece (self, JITTER_CONCEAL, self->frame, piece);
  return play (self, piece);
}

/**
 * jitter_core_pull:
 * @self: a buffer
 * @now: the time
 * @piece: (out): what to play, unless the answer is %JITTER_WAIT
 *
 * To be asked until nothing is due any more.
 *
 * Returns: what is to be done
 */
JitterAction
jitter_core_pull (JitterCore * self, gint64 now, JitterPiece * piece)
{
  memset (piece, 0, sizeof *piece);
  g_clear_pointer (&self->payload, g_free);
  move_now (self, now);
  if ((!self->playing && self->n_slots == 0) || self->now < self->next_at)
    return JITTER_WAIT;
  self->playing = TRUE;
  piece->discontinuity = go_on_after_stall (self);
  piece->due = to_time (self, self->next_at);
  follow_limit (self);
  shorten (self);
  return next_piece (self, piece);
}

/**
 * jitter_core_get_stats:
 * @self: a buffer
 * @stats: (out): its figures, since it was made
 */
void
jitter_core_get_stats (const JitterCore * self, JitterStats * stats)
{
  *stats = self->stats;
  stats->buffered = self->n_slots;
  stats->target = to_time (self, target_delay (self));
  stats->jitter = self->timing.jitter * SECOND / self->clock_rate;
  if (self->timing.window >= 0)
    stats->delay = to_time (self, MAX (0, delay (self)));
}
