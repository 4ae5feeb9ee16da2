/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "recording-file.h"

typedef struct _RecordingTimeline RecordingTimeline;

typedef struct
{
  guint64 origin;               /* the file's first frame; G_MAXUINT64: none */
  guint64 end;                  /* of the newest frame */
  guint64 clipped;              /* samples left out */
} RecordingTimelineState;

RecordingTimeline *recording_timeline_new (RecordingFile * file, guint window,
    guint max_hole);
void recording_timeline_free (RecordingTimeline * self);
void recording_timeline_set_origin (RecordingTimeline * self, guint64 origin);
gboolean recording_timeline_put (RecordingTimeline * self, guint channel,
    guint64 position, const gint16 * samples, gsize n, GError ** error);
gboolean recording_timeline_pass (RecordingTimeline * self, guint64 position,
    guint64 n, GError ** error);
gboolean recording_timeline_write (RecordingTimeline * self, guint hold_back,
    GError ** error);
const RecordingTimelineState *recording_timeline_get_state (RecordingTimeline *
    self);
