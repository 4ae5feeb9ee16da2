/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceDescription:
 *
 * A pipeline as text: what gst-launch-1.0 takes, with `#` comments and
 * `${name}` values (`docs/persona.md` has the language). It never changes, so
 * any number of threads may build from it.
 */
typedef struct _GstVoiceDescription GstVoiceDescription;

/**
 * GstVoiceDescriptionFlags:
 * @GST_VOICE_DESCRIPTION_NONE: the text is ours
 * @GST_VOICE_DESCRIPTION_RESTRICTED: the text comes from somebody else: only
 *   allowed elements, no environment, no secrets, no elements inside of
 *   properties, tighter limits
 */
typedef enum
{
  GST_VOICE_DESCRIPTION_NONE = 0,
  GST_VOICE_DESCRIPTION_RESTRICTED = 1 << 0,
} GstVoiceDescriptionFlags;

/**
 * GstVoiceDescriptionLookup:
 * @name: what stands in `${name}`, such as `limits.inactivity.timeout`
 * @user_data: the caller's
 *
 * Returns: (transfer full) (nullable): the value, %NULL if there is none
 */
typedef gchar *(*GstVoiceDescriptionLookup) (const gchar * name,
    gpointer user_data);

#define GST_TYPE_VOICE_DESCRIPTION (gst_voice_description_get_type ())
GST_VOICE_API GType gst_voice_description_get_type (void);

GST_VOICE_API GstVoiceDescription *gst_voice_description_load (const gchar *
    path, GError ** error);
GST_VOICE_API GstVoiceDescription *gst_voice_description_new (const gchar *
    text, gssize length, const gchar * origin, GError ** error);
GST_VOICE_API GstVoiceDescription *gst_voice_description_ref
    (GstVoiceDescription * description);
GST_VOICE_API void gst_voice_description_unref (GstVoiceDescription *
    description);

GST_VOICE_API GstElement *gst_voice_description_build (GstVoiceDescription *
    description, GstVoiceDescriptionFlags flags,
    const gchar * const *allowed, GstVoiceDescriptionLookup lookup,
    gpointer user_data, GError ** error);
GST_VOICE_API gboolean gst_voice_description_check (GstVoiceDescription *
    description, GstVoiceDescriptionFlags flags,
    const gchar * const *allowed, GstVoiceDescriptionLookup lookup,
    gpointer user_data, GPtrArray ** problems);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoiceDescription, gst_voice_description_unref)
    G_END_DECLS
