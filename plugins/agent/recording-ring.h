/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The longest block, in samples: 50 ms at 48 kHz. */
#define RECORDING_BLOCK_MAX 2400

/* How far a patient caller may be ahead of the reader, in ns. */
#define RECORDING_RING_AHEAD (200 * G_GUINT64_CONSTANT (1000000))

typedef enum
{
  RECORDING_BLOCK_SILENT = 1 << 0,      /* time passes, no samples follow */
  RECORDING_BLOCK_DISCONT = 1 << 1,     /* does not continue the one before */
} RecordingBlockFlags;

typedef struct
{
  guint64 time;                 /* running time of the first sample, ns */
  guint64 duration;             /* ns */
  guint32 n;                    /* samples; 0 if silent */
  guint32 rate;
  guint8 channel;               /* 0: left, 1: right */
  guint8 flags;
} RecordingBlock;

typedef enum
{
  RECORDING_RING_TAKEN,
  RECORDING_RING_OVERFLOW,      /* lost, and the one before was not */
  RECORDING_RING_LOST,
  RECORDING_RING_CLOSED,
} RecordingRingResult;

typedef struct _RecordingRing RecordingRing;

RecordingRing *recording_ring_new (gsize size);
void recording_ring_free (RecordingRing * self);
RecordingRingResult recording_ring_push (RecordingRing * self,
    const RecordingBlock * block, const gint16 * samples, gint64 patience);
void recording_ring_close (RecordingRing * self);
guint64 recording_ring_get_span (RecordingRing * self);
guint64 recording_ring_get_newest (RecordingRing * self);
void recording_ring_get_losses (RecordingRing * self, guint64 * overflows,
    guint64 * lost);

guint recording_ring_wait (RecordingRing * self, gint64 interval);
const RecordingBlock *recording_ring_peek (RecordingRing * self,
    const gint16 ** samples);
void recording_ring_pop (RecordingRing * self);
