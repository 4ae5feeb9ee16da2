/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Packets come when they come; sound must come out without a gap. Whoever
 * plays asks jitter_core_pull() at jitter_core_deadline() what the next piece
 * is. The pieces follow one another without hole or overlap, from the first
 * packet on, whatever the network does.
 *
 * Times are nanoseconds of any clock that only goes forward; media times and
 * durations are ticks of the stream's clock. */

#define JITTER_MAX_PACKETS 64

typedef struct _JitterCore JitterCore;

typedef struct
{
  guint32 ssrc, timestamp;
  guint16 sequence;
  guint duration;               /* ticks */
  gboolean quiet;               /* may be left out to catch up */
  gboolean rests;               /* the sender says nothing more for a while */
  gboolean fec;                 /* can restore the packet before it */
  const guint8 *payload;
  gsize size;
} JitterPacket;

typedef enum
{
  JITTER_WAIT,                  /* nothing is due */
  JITTER_PLAY,                  /* decode the payload */
  JITTER_FEC,                   /* decode from it what came before it */
  JITTER_CONCEAL,               /* something is missing: guess */
  JITTER_SILENCE,               /* nothing was said: comfort noise */
} JitterAction;

typedef struct
{
  guint duration;               /* ticks, never 0 */
  gint64 due;                   /* the end of the piece before, mostly */
  gboolean discontinuity;       /* it was not asked for so long: not the end */
  guint32 ssrc, timestamp;      /* PLAY and FEC: of the payload's packet */
  const guint8 *payload;        /* until the next call */
  gsize size;
} JitterPiece;

typedef struct
{
  gint64 delay, target;         /* what we add to the fastest packet's time */
  gint64 jitter;                /* as in RFC 3550 */
  guint buffered;               /* packets */
  guint64 received, played;
  guint64 duplicate;            /* came twice */
  guint64 late;                 /* came after their turn */
  guint64 lost;                 /* not there at their turn, `late` too */
  guint64 refused;              /* no sensible duration, or a former source's */
  guint64 fec, concealed, silent;       /* pieces */
  guint64 inserted;             /* pieces of these that made the delay longer */
  guint64 skipped;              /* packets left out to make it shorter */
  guint64 overflown;            /* packets nobody asked for */
  guint64 restarts, sources;
} JitterStats;

JitterCore *jitter_core_new (guint clock_rate, gint64 min_delay,
    gint64 max_delay, gint64 wide_delay);
void jitter_core_free (JitterCore * self);
gboolean jitter_core_push (JitterCore * self, const JitterPacket * packet,
    gint64 now);
gint64 jitter_core_deadline (const JitterCore * self);
JitterAction jitter_core_pull (JitterCore * self, gint64 now,
    JitterPiece * piece);
void jitter_core_get_stats (const JitterCore * self, JitterStats * stats);
