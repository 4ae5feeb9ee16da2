/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any packets at any times: pieces follow one another without a hole, memory
 * and work stay bounded, the figures add up.
 */
#include <jitter-core.h>
#include <stdint.h>

#define MS G_GINT64_CONSTANT (1000000)

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
pull (JitterCore * core, gint64 now, gint64 * due)
{
  static volatile guint8 sink;
  JitterPiece piece;

  for (guint n = 0; jitter_core_pull (core, now, &piece) != JITTER_WAIT; n++) {
    if (piece.duration == 0 || piece.duration > 5760 || n > 200000)
      g_error ("bad piece");
    if (*due >= 0 && !piece.discontinuity && ABS (piece.due - *due) > 2)
      g_error ("a hole or an overlap");
    *due = piece.due + (gint64) piece.duration * 62500 / 3;
    for (gsize i = 0; i < piece.size; i++)
      sink = piece.payload[i];
  }
  (void) sink;
}

/* Eight bytes a step: time, number, timestamp, flags with the duration. */
int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gint64 now = 0, due = -1;
  JitterCore *core;
  JitterStats stats;

  if (size > 8000)
    return 0;
  core = jitter_core_new (48000, 40 * MS, 60 * MS, 300 * MS);
  for (; size >= 8; data += 8, size -= 8) {
    JitterPacket packet = {
      .ssrc = data[7] >> 6,
      .sequence = data[1] << 8 | data[2],
      .timestamp = (guint32) data[3] << 24 | data[4] << 16 | data[5] << 8
          | data[6],
      .duration = (data[7] & 7) * 480,
      .quiet = data[7] & 8,.rests = data[7] & 16,.fec = data[7] & 32,
      .payload = data,.size = data[0] & 7,
    };

    now += data[0] * (data[0] > 250 ? 400 : 1) * MS / 4;
    pull (core, now, &due);
    jitter_core_push (core, &packet, now);
    jitter_core_get_stats (core, &stats);
    if (stats.buffered > JITTER_MAX_PACKETS || stats.received != stats.played
        + stats.late + stats.duplicate + stats.skipped + stats.refused
        + stats.overflown + stats.buffered)
      g_error ("figures do not add up");
  }
  pull (core, now + 500 * MS, &due);
  jitter_core_free (core);
  return 0;
}
