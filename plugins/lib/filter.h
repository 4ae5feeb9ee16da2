/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/meta.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

#define GST_VOICE_FILTER_WITHDRAWN 16

/**
 * GstVoiceMark:
 * @generation: that of the input which caused it
 * @turn: the turn that it belongs to, or 0
 * @flags: what may be done with it
 *
 * What decides whether something may still be heard.
 */
typedef struct
{
  guint generation;
  guint turn;
  GstVoiceFlags flags;
} GstVoiceMark;

/**
 * GstVoiceFilter:
 *
 * What a stage has been told to drop. The owner's lock guards it.
 */
typedef struct
{
  guint below;                  /* interruptible and older: dropped */
  guint forced_below;           /* older: dropped */
  guint withdrawn[GST_VOICE_FILTER_WITHDRAWN];  /* the latest ones */
  guint n_withdrawn;
} GstVoiceFilter;

GST_VOICE_API void gst_voice_filter_init (GstVoiceFilter * filter,
    guint generation);
GST_VOICE_API gboolean gst_voice_filter_event (GstVoiceFilter * filter,
    GstEvent * event);
GST_VOICE_API gboolean gst_voice_filter_passes (const GstVoiceFilter * filter,
    const GstVoiceMark * mark);
GST_VOICE_API void gst_voice_mark_buffer (GstVoiceMark * mark,
    GstBuffer * buffer, const GstVoiceMark * current);
GST_VOICE_API gboolean gst_voice_mark_event (GstVoiceMark * mark,
    GstEvent * event, GstVoiceMark * current);

G_END_DECLS
