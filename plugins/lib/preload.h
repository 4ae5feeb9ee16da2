/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/persona.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/* Loads what calls with @persona will need and only read, such as models and
 * word lists. It makes no thread, and leaves no descriptor open. */
typedef void (*GstVoicePreloadFunc) (GstVoicePersona * persona);

GST_VOICE_API void gst_voice_preload_add (GstVoicePreloadFunc func);
GST_VOICE_API void gst_voice_preload (GstVoicePersona * persona);

G_END_DECLS
