/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside this project only. */

#include <gio/gio.h>
#include <gst-voice/visibility.h>

/* Also for what speaks HTTP in another thread. */
GST_VOICE_API GError *gst_voice_http_error_from_lower (const GError * lower,
    const gchar * host, gboolean connecting, GTlsCertificateFlags tls_errors);
GError *gst_voice_http_error_from_status (guint status, const gchar * host);
GError *gst_voice_http_error_cut_short (const gchar * host);
GST_VOICE_API GError *gst_voice_http_error_proxy (const gchar * host);
GError *gst_voice_http_error_not_understood (const gchar * host);

GST_VOICE_API gint64 gst_voice_http_error_retry_after (const gchar * ms,
    const gchar * seconds_or_date, gint64 now_us);
