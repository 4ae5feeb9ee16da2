/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
    GST_VOICE_API GTlsDatabase * gst_voice_tls_get_database (GError ** error);
GST_VOICE_API gboolean gst_voice_tls_share_database (GError ** error);

G_END_DECLS
