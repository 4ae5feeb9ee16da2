/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>
#include <gst-voice/error.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GST_VOICE_HEALTH_KEY:
 *
 * Data of an element that talks to a service: the key under which it notes how
 * that does, see gst_voice_health_success(); there from the beginning, and
 * another if its address changes. An element without it is no
 * service, and whoever uses it notes for it.
 */
#define GST_VOICE_HEALTH_KEY "gst-voice-health-key"

/**
 * GstVoiceHealthFunc:
 * @key: of the service
 * @json_line: what was noted, for gst_voice_health_merge()
 * @data: what gst_voice_health_watch() was given
 *
 * Called in the thread that notes.
 */
typedef void (*GstVoiceHealthFunc) (const gchar * key,
    const gchar * json_line, gpointer data);

GST_VOICE_API void gst_voice_health_success (const gchar * key,
    gint64 now_us, gint64 first_byte_us);
GST_VOICE_API void gst_voice_health_failure (const gchar * key,
    gint64 now_us, GstVoiceError code, gint64 retry_after_us);
GST_VOICE_API gint64 gst_voice_health_cooling (const gchar * key,
    gint64 now_us);
GST_VOICE_API gint64 gst_voice_health_latency (const gchar * key,
    gdouble quantile);
GST_VOICE_API gchar *gst_voice_health_dump (gint64 now_us);
GST_VOICE_API gchar *gst_voice_health_hand_over (gint64 now_us);
GST_VOICE_API gboolean gst_voice_health_load (const gchar * json,
    gint64 now_us);
GST_VOICE_API gboolean gst_voice_health_merge (const gchar * json_line,
    gint64 now_us);
GST_VOICE_API void gst_voice_health_watch (GstVoiceHealthFunc func,
    gpointer data);
GST_VOICE_API void gst_voice_health_clear (void);

G_END_DECLS
