/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

GST_VOICE_API gchar *gst_voice_data_path (const gchar * relative);

G_END_DECLS
