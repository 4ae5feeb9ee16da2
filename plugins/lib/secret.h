/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
    GST_VOICE_API gchar * gst_voice_secret_resolve (const gchar * spec,
    GError ** error);
GST_VOICE_API void gst_voice_secret_free (gchar * secret);

G_END_DECLS
