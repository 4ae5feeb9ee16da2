/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "openai-stt-wire.h"
#include "stt-stream.h"

/* What is said, sent as files one after the other; their texts are told in
 * that order. */
typedef struct _OpenaiSegments OpenaiSegments;

/* Nanoseconds of the sound. */
typedef struct
{
  gint64 start, end;
} OpenaiSegment;

typedef GError *(*OpenaiSegmentsWhy) (GstVoiceStreamStt * stt,
    const GstVoiceLinkEnd * end, gboolean * quiet);

OpenaiSegments *openai_segments_new (GstVoiceStreamStt * stt,
    OpenaiSegmentsWhy why);
void openai_segments_free (OpenaiSegments * segments);

void openai_segments_add (OpenaiSegments * segments,
    const OpenaiSttSettings * settings, const gint16 * samples, gsize n,
    guint rate, const OpenaiSegment * segment);
void openai_segments_send (OpenaiSegments * segments);
gboolean openai_segments_are_done (OpenaiSegments * segments);
