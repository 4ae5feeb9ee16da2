/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceAmount:
 * @tokens_in: read by a model
 * @tokens_cached: of them, from its cache
 * @tokens_out: written
 * @characters: synthesised
 * @audio: recognised or synthesised
 *
 * How much of a service was used.
 */
typedef struct
{
  guint tokens_in;
  guint tokens_cached;
  guint tokens_out;
  guint characters;
  GstClockTime audio;
} GstVoiceAmount;

GST_VOICE_API gdouble gst_voice_price (const gchar * service,
    const gchar * model, const GstVoiceAmount * amount);

G_END_DECLS
