/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside this project only. */

#include <glib.h>
#include <gst-voice/visibility.h>

typedef struct _GstVoiceSse GstVoiceSse;

typedef enum
{
  GST_VOICE_SSE_MORE,           /* all that was pushed is read */
  GST_VOICE_SSE_EVENT,
  GST_VOICE_SSE_TOO_LONG,       /* for good */
} GstVoiceSseResult;

GST_VOICE_API GstVoiceSse *gst_voice_sse_new (gsize max_event);
GST_VOICE_API void gst_voice_sse_free (GstVoiceSse * sse);
GST_VOICE_API void gst_voice_sse_push (GstVoiceSse * sse, const guint8 * bytes,
    gsize size);
GST_VOICE_API void gst_voice_sse_end (GstVoiceSse * sse);
GST_VOICE_API GstVoiceSseResult gst_voice_sse_next (GstVoiceSse * sse,
    const gchar ** event, const gchar ** data, gsize * size);
