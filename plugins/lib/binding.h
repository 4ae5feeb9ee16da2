/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/session.h>

G_BEGIN_DECLS

/**
 * GstVoiceBinding:
 * @property: of an element
 * @path: what it takes from the persona, as in a description's `${path}`
 *
 * A property that takes its value from the persona unless it was set.
 */
typedef struct
{
  const gchar *property;
  const gchar *path;
} GstVoiceBinding;

GST_VOICE_API void gst_voice_binding_mark (GObject * object,
    GParamSpec * pspec);
GST_VOICE_API gboolean gst_voice_binding_is_set (GObject * object,
    const gchar * property);
GST_VOICE_API gboolean gst_voice_bindings_apply (GstElement * element,
    GstVoiceSession * session, const GstVoiceBinding * bindings, guint n);

G_END_DECLS
