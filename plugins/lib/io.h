/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
/**
 * GstVoiceIoFunc:
 * @data: what was given with the function
 *
 * Runs on the network thread and must not block it.
 */
typedef void (*GstVoiceIoFunc) (gpointer data);

GST_VOICE_API void gst_voice_io_ref (void);
GST_VOICE_API void gst_voice_io_unref (void);
GST_VOICE_API gboolean gst_voice_io_is_owner (void);
GST_VOICE_API gboolean gst_voice_io_post (GstVoiceIoFunc func, gpointer data,
    GDestroyNotify destroy);
GST_VOICE_API void gst_voice_io_at_end (GstVoiceIoFunc func, gpointer data);

/**
 * GstVoiceIoTimer:
 *
 * A one-shot timeout on the network thread, for network deadlines; whatever
 * belongs to the conversation hangs on the pipeline clock instead.
 */
typedef struct _GstVoiceIoTimer GstVoiceIoTimer;

GST_VOICE_API GstVoiceIoTimer *gst_voice_io_timer_new (GstVoiceIoFunc func,
    gpointer data);
GST_VOICE_API void gst_voice_io_timer_start (GstVoiceIoTimer * timer, guint ms);
GST_VOICE_API void gst_voice_io_timer_stop (GstVoiceIoTimer * timer);
GST_VOICE_API void gst_voice_io_timer_free (GstVoiceIoTimer * timer);

G_END_DECLS
