/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "recording-file.h"
#include "recording-ring.h"

typedef enum
{
  RECORDING_STARTED,            /* the first samples are in the file */
  RECORDING_OVERFLOW,           /* some were lost before they got there */
  RECORDING_FAILED,             /* nothing more will be */
} RecordingEvent;

typedef struct
{
  guint64 start;                /* running time of the first frame, ns */
  guint64 newest;               /* of the end of what came in, ns */
  guint64 frames;               /* in the file */
  guint64 duration;             /* theirs, ns */
  guint64 lost;                 /* ns of sound that is not in the file */
  guint64 overflows;            /* how often the ring became too small */
  guint64 gaps;                 /* holes in a channel filled with silence */
  guint64 clipped;              /* samples too late, or before the start */
  guint rate;
  gboolean failed;
} RecordingStats;

typedef struct
{
  guint bitrate;
  guint64 start_time;           /* G_MAXUINT64: where the first sample is */
  guint64 threshold;            /* ns that continue a channel regardless */
  gsize ring_size;              /* bytes */
} RecordingSettings;

/* From the writer's thread, without a lock held. */
typedef void (*RecordingReport) (RecordingEvent event, const GError * error,
    gpointer data);

typedef struct _RecordingWriter RecordingWriter;

RecordingWriter *recording_writer_new (RecordingFile * file,
    const RecordingSettings * settings, RecordingReport report, gpointer data,
    GDestroyNotify destroy);
void recording_writer_unref (RecordingWriter * self);
RecordingRing *recording_writer_get_ring (RecordingWriter * self);
gboolean recording_writer_start (RecordingWriter * self, guint rate,
    GError ** error);
gboolean recording_writer_stop (RecordingWriter * self, gint64 patience);
void recording_writer_get_stats (RecordingWriter * self,
    RecordingStats * stats);
