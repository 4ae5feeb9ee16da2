/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inside this project only: what everything that speaks HTTP shares. */

#include <gst-voice/visibility.h>
#include <libsoup/soup.h>

/* Another one, for the thread that calls. */
GST_VOICE_API SoupSession *gst_voice_http_session_new (GError ** error);
GST_VOICE_API SoupSession *gst_voice_http_session_on_io (GError ** error);
GST_VOICE_API void gst_voice_http_session_hold_on_io (void);
GST_VOICE_API void gst_voice_http_session_release_on_io (void);
GST_VOICE_API void gst_voice_http_session_prepare_on_io (SoupMessage * msg);
