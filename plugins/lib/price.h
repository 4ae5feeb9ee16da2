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
 * @audio_tokens_in: of @tokens_in, those that are sound
 * @audio_tokens_cached: of @tokens_cached, likewise
 * @audio_tokens_out: of @tokens_out, likewise
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
  guint audio_tokens_in;
  guint audio_tokens_cached;
  guint audio_tokens_out;
  guint characters;
  GstClockTime audio;
} GstVoiceAmount;

GST_VOICE_API gdouble gst_voice_price (const gchar * service,
    const gchar * model, const GstVoiceAmount * amount);

G_END_DECLS
